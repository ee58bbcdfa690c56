"""Client programs under test."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
import time
from pathlib import Path

import pytest
from conftest import CONFORMANCE, coapspec

from suite import peers
from suite.client_handle import Program
from suite.gnutls import Keys

ONLY = ("--only", "rfc8323/8.2/client-alpn", "--only", "rfc8323/9.1/server-wrong-key")
KEYS = Keys("me", b"k")
# A client: the reference client as a program.
CLIENT = f"""
import asyncio, sys
sys.path.insert(0, {str(CONFORMANCE)!r})
from suite.gnutls import Keys
from suite.mutants.client_reference import ClientRules, ReferenceClient
uri, identity, key, seconds = sys.argv[1:]
class Talkative(str):
    def encode(self):
        return b""
outcome = asyncio.run(ReferenceClient(ClientRules()).ask(
    uri, Keys(identity, key.encode()), Talkative(), float(seconds)))
print(outcome.text)
"""


def command(code: str, *words: str) -> str:
    return shlex.join([sys.executable, "-B", "-c", code.replace("{", "{{").replace("}", "}}")]
                      ) + " " + " ".join(words)


def test_a_program_is_tested(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = coapspec("client", "--psk", command(CLIENT, "{uri}", "{identity}", "'{key}'",
                                               "{seconds}"),
                    "--transport", "coaps+tcp", *ONLY, "--json", report)
    assert done.code == 0, done.out + done.err
    (run,) = json.loads(report.read_text())["runs"]
    assert run["peer"]["transport"] == "coaps+tcp" and run["counts"]["pass"] == 2
    assert any(entry["layer"] == "record" for case in run["cases"] for entry in case["trace"])


def test_a_program_that_does_nothing_fails() -> None:
    done = coapspec("client", "--psk", "true {uri}", "--transport", "coaps+tcp", *ONLY)
    assert done.code == 1
    assert "expected that the request is answered" in done.out


def test_cases_for_which_there_is_no_command_are_skipped() -> None:
    done = coapspec("client", "--psk", "true {uri}", "--transport", "coaps",
                    "--only", "rfc7252/9.1.3.3/server-untrusted")
    assert done.code == 1 and "no case came to a verdict" in done.out


@pytest.mark.parametrize(("words", "worked", "text"), [
    (["echo", "{key}", "{uri}"], True, "exit code 0"),
    (["sh", "-c", "echo other; exit 3"], False, "exit code 3, 'other'"),
])
def test_how_a_program_ends_is_told(words: list[str], worked: bool, text: str) -> None:
    outcome = asyncio.run(Program(words, []).ask("coaps://h", KEYS, "k coaps", 5.0))
    assert outcome.worked is worked and text in outcome.text


def test_a_program_that_hangs_is_ended() -> None:
    start = time.monotonic()
    outcome = asyncio.run(Program(["sleep", "60"], []).ask("coaps://h", KEYS, "x", 0.2))
    assert not outcome.worked and "did not end" in outcome.text
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("name", ["own", "own-openssl", "libcoap-gnutls", "libcoap-openssl"])
def test_clients_of_peers_are_described(name: str) -> None:
    client = peers.load(name).client
    assert client.features == {"psk", "certificates"} and client.needs
    for words in (client.psk, client.certificates):
        assert "{uri}" in words
    why = peers.load(name).clientless()
    assert why is None or client.needs.rpartition("/")[2] in why
