"""The runner with peers that die, hang or cannot be had. The peer is a real process: the
reference server, made to end at a certain message."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import CONFORMANCE, Reference

from suite import peers
from suite.case import Case
from suite.codec import encode
from suite.endpoint import Endpoint
from suite.handle import Peer
from suite.message import CON, GET, Message, path_options
from suite.peers import Server
from suite.runner import run_case, run_cases
from suite.secure import HandshakeError
from suite.target import Target, parse_uri
from suite.trace import Trace
from suite.verdict import Run

# Serves on the given port and, at a datagram with method 0.31, does what the last word says.
FRAGILE = """
import asyncio, os, sys, time
sys.path.insert(0, sys.argv[1])
from suite.mutants.reference import ReferenceServer
from suite.mutants.rules import Rules
class Fragile(ReferenceServer):
    def datagram_received(self, data, source):
        if data[1:2] == b"\\x1f":
            os._exit(9) if sys.argv[4] == "ends" else time.sleep(3600)
        super().datagram_received(data, source)
async def main():
    await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Fragile(Rules()), local_addr=(sys.argv[2], int(sys.argv[3])))
    await asyncio.Event().wait()
asyncio.run(main())
"""
SCALE = 0.2  # of all waiting times: the peers are near, and death is to be noticed soon
DEADLY = Message(CON, 0x1F, token=b"die")


async def kills(peer: Peer) -> None:
    """Ends the peer, and notices."""
    await peer.answers_to(DEADLY)


async def kills_unnoticed(peer: Peer) -> None:
    """Ends the peer, and does not look."""
    await peer.send(DEADLY)


async def asks(peer: Peer) -> None:
    """Any plain request, several times over, so that the peer's death is seen by others."""
    for _ in range(10):
        await peer.ask(GET, "/test")
        await peer.pause(0.05)


def case_of(name: str, function: object) -> Case:
    return Case(f"rfc1/1/{name}", "server", "MUST", ("coap",), "RFC 1 section 1", (), "A rule",
                (), False, (), function)  # type: ignore[arg-type]


BYSTANDERS = [case_of(f"asks-{n}", asks) for n in range(6)]


@pytest.fixture
def fragile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> peers.Description:
    monkeypatch.setenv("COAPSPEC_BUILD", str(tmp_path))
    script = tmp_path / "fragile.py"
    script.write_text(FRAGILE)
    return peers.Description(
        name="fragile", folder=tmp_path, title="t", language="l", package="p", version="1",
        transports=["coap"], resources={"test": "/test"}, ready_seconds=100,
        start=[sys.executable, str(script), str(CONFORMANCE), "{host}", "{port}", "ends"])


async def run_with(fragile: peers.Description, cases: list[Case], jobs: int) -> Run:
    server = Server(fragile, SCALE)
    async with server:
        run = await run_cases(cases, server.target, jobs=jobs, revive=server.revive)
    assert server.process and server.process.poll() is not None
    return run


def verdicts(run: Run) -> dict[str, str]:
    return {result.case.id.removeprefix("rfc1/1/"): result.verdict for result in run.results}


@pytest.mark.parametrize("jobs", [1, 8])
@pytest.mark.parametrize("how", ["ends", "hangs"])
def test_the_case_that_ends_a_peer_is_found(fragile: peers.Description, jobs: int,
                                            how: str) -> None:
    fragile.start[-1] = how
    cases = [case_of("kills", kills), *BYSTANDERS]
    run = asyncio.run(run_with(fragile, cases, jobs))
    assert verdicts(run) == {"kills": "FAIL", **{f"asks-{n}": "PASS" for n in range(6)}}
    assert run.died == "rfc1/1/kills" and not run.conforms


def test_a_death_that_no_case_notices_is_a_finding(fragile: peers.Description) -> None:
    run = asyncio.run(run_with(fragile, [case_of("kills", kills_unnoticed)], 8))
    assert verdicts(run) == {"kills": "PASS"}
    assert run.died and not run.conforms
    run = asyncio.run(run_with(fragile, [case_of("kills", kills_unnoticed)], 1))
    assert verdicts(run) == {"kills": "FAIL"} and run.died == "rfc1/1/kills"


def test_what_is_left_after_a_death_is_skipped(fragile: peers.Description) -> None:
    async def use() -> Run:
        async with Server(fragile, SCALE) as server:
            return await run_cases([case_of("a-kills", kills), *BYSTANDERS], server.target, jobs=1)

    run = asyncio.run(use())
    assert verdicts(run) == {"a-kills": "FAIL", **{f"asks-{n}": "SKIP" for n in range(6)}}
    assert all("the peer died in rfc1/1/a-kills" in result.text for result in run.results[1:])


@pytest.mark.parametrize("again", [True, False])
def test_what_went_wrong_while_nothing_was_heard_is_run_again(reference: Reference,
                                                              again: bool) -> None:
    runs = []

    async def kept_waiting(peer: Peer) -> None:
        runs.append(peer)
        if len(runs) == 1:
            await peer.pause(0.2)
            time.sleep(1.0)  # noqa: ASYNC251 (as a machine does that has other things to do)
            await peer.pause(0.2)
            peer.fail("too late")

    target = Target("x", parse_uri(reference.start()), {"test": "/test"})
    run = asyncio.run(run_cases([case_of("waits", kept_waiting)], target, again_when_late=again))
    assert verdicts(run) == {"waits": "PASS" if again else "FAIL"} and len(runs) == 1 + again


def one(uri: str, function: object, scale: float = 1.0) -> tuple[str, str]:
    target = Target(uri, parse_uri(uri), {"test": "/test"}, timeout_scale=scale)
    result = asyncio.run(run_case(case_of("x", function), target))
    return result.verdict, result.text


def test_a_handshake_that_is_lost_without_a_reason(reference: Reference) -> None:
    uri, runs = reference.start(), []

    def lost(times: int) -> object:
        async def function(peer: Peer) -> None:
            runs.append(peer)
            if len(runs) <= times:
                await peer.unsecured(HandshakeError("it came to nothing"))
        runs.clear()
        return function

    assert one(uri, lost(1)) == ("PASS", "") and len(runs) == 2
    assert any("it came to nothing" in entry.text for entry in runs[1].trace.entries)
    verdict, text = one(uri, lost(2))
    assert verdict == "INCONCLUSIVE" and "it came to nothing" in text and len(runs) == 2


def test_verdicts_of_a_case(reference: Reference) -> None:
    async def warns(peer: Peer) -> None:
        peer.warn("one")
        peer.warn("two")

    async def breaks(peer: Peer) -> None:
        raise KeyError("oops")

    async def needs(peer: Peer) -> None:
        peer.resource("nothing-like-it")

    async def never_ends(peer: Peer) -> None:
        await asyncio.Event().wait()

    uri = reference.start()
    assert one(uri, asks) == ("PASS", "")
    assert one(uri, warns) == ("WARN", "one; two")
    assert one(uri, breaks)[0] == "ERROR" and "KeyError" in one(uri, breaks)[1]
    assert one(uri, needs) == ("SKIP", "the peer offers no resource for 'nothing-like-it'")
    assert one(uri, never_ends, 0.005)[0] == "INCONCLUSIVE"


def test_rejection_is_judged(reference: Reference) -> None:
    async def rejected(peer: Peer) -> None:
        await peer.expect_rejected(Message(CON, 0xE0), "a reserved code")

    async def not_rejected(peer: Peer) -> None:
        request = Message(CON, GET, options=path_options("/test"))
        await peer.expect_rejected(request, "a request")

    async def not_silent(peer: Peer) -> None:
        await peer.expect_silence(Message(CON), "a ping")

    uri = reference.start()
    assert one(uri, rejected) == ("PASS", "")
    verdict, text = one(uri, not_rejected)
    assert verdict == "FAIL" and "must be rejected with a Reset or ignored; got ACK 2.05" in text
    verdict, text = one(uri, not_silent)
    assert verdict == "FAIL" and "must be ignored silently; got RST" in text


def test_a_slow_answer_is_no_missing_answer(reference: Reference) -> None:
    """What came while the peer was probed for life still counts."""
    async def patient(peer: Peer) -> None:
        sent = await peer.send(Message(CON, GET, token=b"slow", options=path_options("/test")))
        await peer.expect("the answer", mid=sent.mid)

    assert one(reference.start(), patient, 0.0001) == ("PASS", "")


def test_the_deadline_of_a_run_ends_it(reference: Reference) -> None:
    target = Target("r", parse_uri(reference.start()), {"test": "/test"})
    run = asyncio.run(run_cases(BYSTANDERS, target, jobs=1, run_seconds=0.7))
    found = [result.verdict for result in run.results]
    assert found[0] == "PASS" and found[-1] == "ERROR" and not run.conforms


def test_a_run_that_is_ended_stops_its_peer() -> None:
    if peers.installed_version(peers.load("own")) is None:
        pytest.skip("coapspec-server has not been built")
    command = subprocess.Popen(
        [sys.executable, str(CONFORMANCE / "coapspec"), "server", "--peer", "own"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    children = Path(f"/proc/{command.pid}/task/{command.pid}/children")

    def servers() -> list[Path]:
        found = [Path(f"/proc/{child}") for child in children.read_text().split()]
        return [path for path in found if b"coapspec-server" in (path / "cmdline").read_bytes()]

    end = time.monotonic() + 30
    while not (started := servers()) and time.monotonic() < end:
        time.sleep(0.1)
    command.terminate()
    _, errors = command.communicate(timeout=30)
    assert command.returncode == 1 and errors == "coapspec: interrupted\n"
    assert started and not any(path.exists() for path in started)


def test_tokens_and_message_ids_are_fresh() -> None:
    endpoint = Endpoint(Trace(), 1)
    assert len({endpoint.fresh_mid() for _ in range(2000)}) == 2000
    assert len({endpoint.fresh_token(8) for _ in range(2000)}) == 2000
    assert [len(endpoint.fresh_token(n)) for n in (0, 1, 4, 8, 12)] == [0, 1, 4, 8, 12]
    assert len(encode(Message(CON, GET, 1, endpoint.fresh_token()))) == 8
