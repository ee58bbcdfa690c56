"""DTLS and TLS below the runner: records, GnuTLS without sockets, cases over secure transports."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Reference, coapspec

from suite import certificates, gnutls
from suite import records as r
from suite.address import INSIDE
from suite.case import load
from suite.endpoint import Endpoint
from suite.gnutls import Keys, Side, Tls, TlsError
from suite.mutants import KEYS as SERVERS_KEYS
from suite.mutants import serve_reference
from suite.records import HandshakeMessage, Hello, Record
from suite.secure import HandshakeError
from suite.target import Target, parse_uri
from suite.trace import Trace

KEYS = Keys("me", b"a key")


class Pair:
    """A client and a server, and what went between them."""

    def __init__(self, client: Keys = KEYS, server: Keys = KEYS, **changes: object):
        self.to_server: list[bytes] = []
        self.to_client: list[bytes] = []
        self.client = Tls(replace(Side(client), **changes), self.to_server.append)
        self.server = Tls(replace(Side(server, is_server=True, key_for=lambda _: server.key),
                                  **changes), self.to_client.append)

    def shake(self) -> bool:
        for _ in range(20):
            self.client.is_up or self.client.handshake()
            self.server.is_up or self.server.handshake()
            self.carry()
        return self.client.is_up and self.server.is_up

    def carry(self) -> None:
        for box, side in ((self.to_server, self.server), (self.to_client, self.client)):
            for data in box:
                side.feed(data)
            box.clear()


@pytest.mark.parametrize("is_datagram", [True, False])
def test_both_sides_agree_and_talk(is_datagram: bool) -> None:
    pair = Pair(is_datagram=is_datagram)
    assert pair.shake()
    assert "CCM_8" in pair.client.suite and pair.client.suite == pair.server.suite
    pair.client.write(b"hello")
    pair.server.write(b"x" * 3000)
    pair.carry()
    assert pair.server.read() == [b"hello"] and b"".join(pair.client.read()) == b"x" * 3000
    pair.client.bye()
    pair.carry()
    assert pair.server.read() == [] and pair.server.ended and not pair.client.ended


def test_a_wrong_key_ends_in_an_alert() -> None:
    pair = Pair(client=Keys("me", b"another"), is_datagram=False)
    with pytest.raises(TlsError):
        pair.shake()
    pair.carry()
    with pytest.raises(TlsError) as caught:
        pair.client.handshake()
    assert caught.value.alert and not pair.client.is_up


@pytest.mark.parametrize("wanted", [(b"coap",), (b"h2", b"coap")])
def test_a_protocol_is_chosen(wanted: tuple[bytes, ...]) -> None:
    pair = Pair(is_datagram=False)
    pair.client = Tls(Side(KEYS, is_datagram=False, alpn=wanted), pair.to_server.append)
    pair.server = Tls(Side(KEYS, is_server=True, is_datagram=False, alpn=(b"coap",)),
                      pair.to_client.append)
    assert pair.shake() and pair.client.chosen_alpn == b"coap"


@pytest.mark.parametrize(("server", "client", "host", "ok"), [
    ("server", "client", "localhost", True),
    ("server", "expired", "localhost", False),
    ("server", "stranger", "localhost", False),
    ("server", "", "localhost", False),
    ("expired", "client", "localhost", False),
    ("elsewhere", "client", "localhost", False),
    ("stranger", "client", "localhost", False),
])
def test_certificates_are_what_they_say(server: str, client: str, host: str, ok: bool) -> None:
    folder = certificates.temporary()
    pair = Pair()
    pair.client = Tls(Side(certificates.keys(folder, client), host=host,
                           flags=gnutls.FORCE_CLIENT_CERT), pair.to_server.append)
    pair.server = Tls(Side(certificates.keys(folder, server), is_server=True,
                           wants_certificate=True), pair.to_client.append)
    if ok:
        assert pair.shake() and "ECDHE_ECDSA" in pair.client.suite
    else:
        with pytest.raises(TlsError):
            pair.shake()


def test_keys_are_split_by_kind() -> None:
    both = Keys("me", b"key", "c.pem", "c.key", "ca.pem")
    psk, certified = both.split()
    assert psk == Keys("me", b"key") and certified == Keys("", b"", "c.pem", "c.key", "ca.pem")
    assert certified.split() == (certified, certified)


def test_a_library_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gnutls, "_library", None)
    assert not gnutls.available()
    with pytest.raises(TlsError) as caught:
        Tls(Side(KEYS), lambda _: None)
    assert "libgnutls30" in str(caught.value)


def test_a_session_that_was_closed_says_so() -> None:
    tls = Tls(Side(KEYS), lambda _: None)
    tls.close()
    tls.bye()
    for use in (tls.handshake, tls.timeout, lambda: tls.suite, lambda: tls.write(b"x")):
        with pytest.raises(TlsError):
            use()


def test_useless_settings_are_told() -> None:
    for side in (Side(KEYS, priority="NONSENSE"), Side(Keys(ca="/no/such/file"))):
        with pytest.raises(TlsError):
            Tls(side, lambda _: None)


RECORDS = [Record(r.HANDSHAKE, r.DTLS_1_2, b"abc", 0, 7), Record(r.ALERT, r.DTLS_1_2, b"\2\50", 0, 8),
           Record(r.APPLICATION_DATA, r.DTLS_1_2, b"", 1, 1 << 40)]


def test_records_are_read_as_they_are_written() -> None:
    assert r.split(b"".join(record.encode() for record in RECORDS)) == RECORDS
    stream = b"".join(replace(record, version=r.TLS_1_2).encode_tls() for record in RECORDS)
    found, rest = r.split_tls(stream + b"\x17\x03")
    assert [record.fragment for record in found] == [b"abc", b"\2\50", b""] and rest == b"\x17\x03"


@pytest.mark.parametrize("data", [b"\x40\x01\x00\x00", RECORDS[0].encode()[:-1], b"\x16",
                                  Record(r.ALERT, r.TLS_1_2, b"\2\50").encode()])
def test_what_is_no_record_is_told(data: bytes) -> None:
    with pytest.raises(r.RecordError):
        r.split(data)
    assert "no record" in r.describe(data, True)


@pytest.mark.parametrize("overlap", [0, 2])
def test_fragments_hold_the_whole_message(overlap: int) -> None:
    message = HandshakeMessage(r.CLIENT_KEY_EXCHANGE, 2, bytes(range(10)))
    pieces = message.fragments(3, overlap)
    whole = bytearray(10)
    for piece in pieces:
        assert piece.whole_length == 10 and piece.sequence == 2
        whole[piece.offset : piece.offset + len(piece.body)] = piece.body
        (again,) = r.messages_of(Record(r.HANDSHAKE, r.DTLS_1_2, piece.encode()))
        assert (again.offset, again.body, again.length) == (piece.offset, piece.body, 10)
    assert bytes(whole) == message.body and len(pieces) == 4


def test_a_hello_by_hand_is_one() -> None:
    """GnuTLS's own server goes on with it, and sends an alert that tells when it does not."""
    for suites, kind in (((r.PSK_AES_128_CCM_8,), r.HANDSHAKE), ((r.RENEGOTIATION_INFO,), r.ALERT)):
        out: list[bytes] = []
        server = Tls(Side(KEYS, is_server=True), out.append)
        server.feed(Hello(suites=suites).datagram())
        try:
            server.handshake()
        except TlsError:
            pass
        assert out and out[0][0] == kind


def test_text_says_what_goes_by() -> None:
    assert "ClientHello" in r.describe(Hello().datagram(), True)
    assert "ClientHello" in r.describe(Hello(version=r.TLS_1_2).stream(), False)
    assert "Alert handshake_failure" in r.describe(RECORDS[1].encode(), True)
    assert "protected" in r.describe(RECORDS[2].encode(), True)


def test_a_session_survives_losses() -> None:
    async def main() -> tuple[str, int]:
        async with serve_reference(transport="coaps") as uri:
            address = parse_uri(uri, SERVERS_KEYS)
            endpoint = Endpoint(Trace(), 1)
            await endpoint.bind(address)
            from suite.secure import side_for

            secure = endpoint.begin(side_for(address))
            lost = 0

            def lose(data: bytes) -> list[bytes]:
                nonlocal lost
                lost += 1
                return [] if lost in (1, 2) else [data]

            secure.incoming = lose
            await secure.handshake()
            protocol = secure.tls.protocol
            endpoint.close()
            return protocol, lost

    protocol, seen = asyncio.run(main())
    assert protocol == "DTLS1.2" and seen > 2


def test_a_wrong_key_gets_no_session() -> None:
    async def main() -> None:
        async with serve_reference(transport="coaps+tcp") as uri:
            target = Target("x", parse_uri(uri, Keys("coapspec", b"wrong")))
            assert not await target.is_up()
            from suite.connection import Connection

            connection = Connection(Trace(), 1, target.address)
            try:
                with pytest.raises(HandshakeError):
                    await connection.open()
            finally:
                connection.close()

    asyncio.run(main())


def test_a_case_runs_inside_security_too() -> None:
    cases = load()
    ping = cases["rfc7252/4.3/ping-reset"]
    assert ping.is_for("coap") and ping.is_for("coaps") and not ping.is_for("coaps+tcp")
    about = [case for case in cases.values() if case.is_about_security]
    assert len(about) >= 55 and not any(case.is_for("coap") for case in about)
    assert {name for case in about for name in case.transports} == set(INSIDE)


@pytest.mark.parametrize("transport", INSIDE)
def test_uris_with_security_are_tested(transport: str, reference: Reference, tmp_path: Path) -> None:
    keys = SERVERS_KEYS
    uri, report = reference.start(transport=transport), tmp_path / "report.json"
    done = coapspec("server", uri, "--identity", keys.identity, "--key", keys.key.decode(),
                    "--only", "rfc7252/4.3/*", "--only", "rfc8323/3.2/length-literal",
                    "--only", "rfc8323/4.1/upgrade", "--json", report)
    assert done.code == 0, done.out + done.err
    (run,) = json.loads(report.read_text())["runs"]
    assert run["peer"]["transport"] == transport
    layers = {entry["layer"] for case in run["cases"] for entry in case["trace"]}
    assert layers == {"message", "record"}


def test_a_server_that_takes_another_key_is_unreachable(reference: Reference) -> None:
    done = coapspec("server", reference.start(transport="coaps+tcp"), "--key", "wrong")
    assert done.code == 3 and "nothing answers" in done.error_line
