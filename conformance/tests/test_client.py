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
from suite.client_handle import TASKS, Program, Report, Task
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
# A client over UDP: one GET of /test, whose answer it waits for.
ONE_DATAGRAM = """
import socket, sys, urllib.parse
uri = urllib.parse.urlsplit(sys.argv[1])
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.connect((uri.hostname, uri.port))
path = uri.path[1:].encode()
query = bytes([0x40 | len(uri.query)]) + uri.query.encode() if uri.query else b""
link.send(bytes([0x41, 1, 0, 1, 7, 0xb0 | len(path)]) + path + query)
print(link.recv(1500).partition(bytes([255]))[2].decode())
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
    assert client.features >= {"psk", "certificates"} and client.needs
    for words in (client.psk, client.certificates):
        assert "{uri}" in words
    why = peers.load(name).clientless("coaps")
    assert why is None or client.needs.rpartition("/")[2] in why


@pytest.mark.parametrize(("name", "tasks"), [
    ("own", set(TASKS)),
    ("libcoap", set(TASKS) - {"token"}),
    ("aiocoap", {"get", "non", "put"}),
])
def test_clients_over_udp_are_described(name: str, tasks: set[str]) -> None:
    description = peers.load(name)
    client = description.client
    assert client.features - {"psk", "certificates"} == tasks
    assert "coap" in client.transports and client.plain_needs
    assert all("{uri}" in words for words in client.commands.values())
    why = description.clientless("coap")
    assert why is None or client.plain_needs.rpartition("/")[2] in why


def test_a_program_is_tested_over_udp(tmp_path: Path) -> None:
    """A client that sends one datagram, and knows nothing of copies."""
    report = tmp_path / "report.json"
    done = coapspec("client", "--command", "get=" + command(ONE_DATAGRAM, "{uri}"),
                    "--only", "rfc7252/4.2/client-retransmission", "--only", "rfc7252/3/client-request",
                    "--only", "rfc7641/2/client-registration", "--json", report)
    assert done.code == 1, done.out + done.err
    (run,) = json.loads(report.read_text())["runs"]
    assert {case["id"]: case["verdict"] for case in run["cases"]} == {
        "rfc7252/3/client-request": "pass", "rfc7252/4.2/client-retransmission": "fail",
        "rfc7641/2/client-registration": "skip"}


@pytest.mark.parametrize(("words", "text"), [
    (["--command", "fetch=true {uri}"], "expected TASK=COMMAND"),
    (["--command", "get"], "expected TASK=COMMAND"),
    (["--command", "get=true {host}"], "there are: {uri}, {seconds}, {file}, {size}, {token}"),
    (["--command", "get=true"], "has no {uri}"),
    (["--command", "get=no-such-program {uri}"], "there is no program 'no-such-program'"),
    (["--command", "get=true {uri}", "--transport", "coaps"], "no case is left"),
])
def test_a_wrong_command_is_told(words: list[str], text: str) -> None:
    done = coapspec("client", *words)
    assert done.code == 2 and text in done.err


def test_a_program_with_a_task_is_asked_to_end() -> None:
    """It ends as by the keyboard, and what it has shown by then counts."""
    code = "trap 'echo interrupted; exit' INT; echo started; while :; do sleep 0.1; done"

    async def main() -> Report:
        stop = asyncio.Event()
        program = Program([], [], commands={"get": ["sh", "-c", code, "{uri}"]})
        running = asyncio.create_task(program.perform(Task("get", "coap://h", 30.0), stop))
        await asyncio.sleep(1.0)
        stop.set()
        return await running

    report = asyncio.run(main())
    assert report.shown == b"started\ninterrupted\n" and "exit code 0" in report.text


def test_a_task_has_its_file() -> None:
    program = Program([], [], commands={"put": ["cat", "{file}"]})
    report = asyncio.run(program.perform(Task("put", "coap://h", 5.0, b"a body"), asyncio.Event()))
    assert report.shown == b"a body"
