"""`coapspec proxy`: the runner on both sides of a proxy."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from conftest import Reference, coapspec

from suite import peers, selftest
from suite.case import load
from suite.mutants import MUTANTS
from suite.verdict import FAIL, PASS, WARN

CASES = [case for case in load().values() if case.role == "middle"]
PROXIES = [mutant for mutant in MUTANTS if mutant.role == "middle"]


def test_a_correct_proxy_passes() -> None:
    run = asyncio.run(selftest.run_proxy(None, "coap", CASES))
    assert len(run.results) == len(CASES) > 10
    assert all(result.verdict == PASS for result in run.results)


@pytest.mark.parametrize("mutant", PROXIES, ids=lambda mutant: mutant.name)
def test_a_wrong_proxy_is_seen_by_its_case_alone(mutant) -> None:
    run = asyncio.run(selftest.run_proxy(mutant, "coap", CASES))
    seen = {result.case.id for result in run.results if result.verdict in (FAIL, WARN)}
    assert seen == set(mutant.breaks)


def test_a_server_is_no_proxy(reference: Reference) -> None:
    done = coapspec("proxy", reference.start(), "--only", "rfc7252/5.7.2/relayed")
    assert done.code == 1
    assert "it did not arrive, and the client got" in done.out and "5.05" in done.out


def test_a_real_proxy(tmp_path: Path) -> None:
    if peers.installed_version(peers.load("libcoap")) is None:
        pytest.skip("libcoap3-bin is not installed")
    file = tmp_path / "proxy.json"
    done = coapspec("proxy", "--peer", "libcoap", "--json", file)
    assert done.code == 0, done.out
    (run,) = json.loads(file.read_text())["runs"]
    verdicts = {case["id"]: case["verdict"] for case in run["cases"]}
    assert set(verdicts) == {case.id for case in CASES}
    assert verdicts["rfc7252/5.7.2/relayed"] == "pass"
    assert verdicts["rfc7252/5.7.1/unsafe-request"] == "xfail"


@pytest.mark.parametrize(("words", "code", "complaint"), [
    ((), 2, "give either URIs or --peer"),
    (("--peer", "node-coap"), 3, "its peer.toml describes none"),
    (("coap+tcp://127.0.0.1",), 2, "none is for coap+tcp"),
])
def test_bad_input_is_one_clear_line(words: tuple[str, ...], code: int, complaint: str) -> None:
    done = coapspec("proxy", *words)
    assert done.code == code
    assert complaint in done.error_line
