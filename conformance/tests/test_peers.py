"""Peer descriptions, and peers started and stopped by the runner."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import coapspec

from suite import peers
from suite.address import INSIDE
from suite.case import load as load_cases
from suite.expect import read
from suite.target import DEFAULT_PORTS, TargetError, parse_uri


@pytest.mark.parametrize("name", peers.names())
def test_every_description_is_usable(name: str) -> None:
    peer = peers.load(name)
    assert peer.name == name and peer.transports
    assert any(name in INSIDE for name in peer.transports) == bool(peer.secure_start)
    assert set(peer.transports) <= set(DEFAULT_PORTS)
    assert (peer.folder / peer.install).stat().st_mode & 0o111
    assert all(path.startswith("/") for path in peer.resources.values())
    assert peer.expectations
    for path in peer.expectations:
        read(path, load_cases())


def test_a_peer_may_be_like_another() -> None:
    one, other = peers.load("libcoap"), peers.load("libcoap-openssl")
    assert other.resources == one.resources and set(one.features) < set(other.features)
    assert other.expectations[:-1] == one.expectations and other.name != one.name
    assert other.secure_start and not one.secure_start


def test_tables_of_peers_that_are_alike_are_merged() -> None:
    one, other = peers.load("own"), peers.load("own-openssl")
    assert other.secure_start == one.secure_start
    assert other.client.transports == [t for t in one.client.transports if t != "coap"]
    assert replace(other.client, transports=one.client.transports) == one.client
    assert other.tls_build.name == "build-openssl" != one.tls_build.name
    assert other.keys == one.keys and "coap" not in other.transports


def test_security_that_is_not_there_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COAPSPEC_TLS_BUILD", "/no/such/build")
    why = peers.load("own").insecure()
    assert why and "/no/such/build/coapspec-server" in why
    done = coapspec("server", "--peer", "own", "--transport", "coaps")
    assert done.code == 3 and why in done.error_line


def test_the_promised_peers_are_there() -> None:
    assert {"own", "libcoap", "node-coap", "aiocoap", "californium", "coap-rs", "go-coap"} <= set(
        peers.names())


def test_peers_lists_them_all() -> None:
    done = coapspec("peers", "--json")
    assert done.code == 0
    assert [row["name"] for row in json.loads(done.out)] == peers.names()


def write_peer(folder: Path, start: str, more: str = "") -> None:
    folder.mkdir(parents=True)
    (folder / "peer.toml").write_text(
        f'name = "{folder.name}"\ntitle = "t"\nlanguage = "l"\npackage = "p"\nversion = "1"\n'
        f'transports = ["coap"]\n[server]\nstart = [{start}]\nready_seconds = 1\n{more}')


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(peers, "PEERS", tmp_path / "peers")
    monkeypatch.setenv("COAPSPEC_BUILD", str(tmp_path / "build"))
    return tmp_path / "peers"


def test_a_broken_description_names_the_file(scratch: Path) -> None:
    write_peer(scratch / "odd", '"x"')
    (scratch / "odd" / "peer.toml").write_text("name = \n")
    with pytest.raises(peers.PeerError) as caught:
        peers.load("odd")
    assert "odd/peer.toml" in str(caught.value)


@pytest.mark.parametrize(("start", "complaint"), [
    ('"/no/such/program"', "cannot be started: /no/such/program"),
    ('"sh", "-c", "echo port {port} is taken >&2; exit 4"', "ended with 4 on port"),
    ('"sleep", "60"', "does not answer on port"),
])
def test_a_peer_that_does_not_come_up_says_why(scratch: Path, start: str, complaint: str) -> None:
    write_peer(scratch / "odd", start)

    async def use() -> None:
        async with peers.Server(peers.load("odd")):
            pass

    with pytest.raises(peers.PeerError) as caught:
        asyncio.run(use())
    assert complaint in str(caught.value)


def test_a_failed_installation_gives_its_last_line(scratch: Path) -> None:
    write_peer(scratch / "odd", '"x"')
    script = scratch / "odd" / "install"
    script.write_text("#!/bin/sh\necho working >&2\necho 'no network' >&2\nexit 1\n")
    script.chmod(0o755)
    assert peers.installed_version(peers.load("odd")) is None
    with pytest.raises(peers.PeerError) as caught:
        peers.install(peers.load("odd"))
    assert str(caught.value) == "peer 'odd' is not available: no network"


@pytest.mark.parametrize("name", ["libcoap", "libcoap-gnutls", "libcoap-openssl"])
def test_libcoap_is_started_probed_and_stopped(name: str) -> None:
    peer = peers.load(name)
    if peers.installed_version(peer) is None:
        pytest.skip("libcoap3-bin is not installed")

    async def use() -> peers.Server:
        server = peers.Server(peer, transports=peer.transports)
        async with server:
            for target in server.targets:
                assert "discovery" in target.features
                assert await target.is_up()
        assert not await server.targets[1].is_up(0.2)
        return server

    server = asyncio.run(use())
    assert server.process and server.process.poll() is not None


@pytest.mark.parametrize("text", ["", "127.0.0.1", "coap:127.0.0.1", "coap://", "coap://u@h",
                                  "coap://h#f", "coap://[::1"])
def test_malformed_uris_are_refused(text: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_uri(text)
    assert repr(text) in str(caught.value) or text in str(caught.value)


def test_addresses_are_taken_from_uris() -> None:
    assert str(parse_uri("coap://127.0.0.1")) == "coap://127.0.0.1:5683"
    assert str(parse_uri("coap://[::1]:99/")) == "coap://[::1]:99"
    assert str(parse_uri("coap+tcp://127.0.0.1")) == "coap+tcp://127.0.0.1:5683"
    assert str(parse_uri("coap+ws://127.0.0.1")) == "coap+ws://127.0.0.1:80"


def test_of_a_name_with_both_the_ipv4_address_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where /etc/hosts has ::1 for localhost, too, whichever of them it names first."""
    both = [(socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("::1", 5683, 0, 0)),
            (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.0.1", 5683))]
    for found in (both, both[::-1]):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, found=found, **__: found)
        assert str(parse_uri("coap://localhost")) == "coap://127.0.0.1:5683"
