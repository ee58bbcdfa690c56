"""`coapspec stability`: what is the same each time holds, and what is not is named."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from conftest import Reference, coapspec

from suite import stability
from suite.case import load
from suite.verdict import FAIL, PASS, Result, Run

CASES = load()
PING, TEST = "rfc7252/4.3/ping-reset", "rfc7252/4.2/request-acknowledged"


def run(peer: str, **verdicts: str) -> Run:
    ids = {"ping": PING, "test": TEST}
    return Run(peer, f"coap://{peer}", [Result(CASES[ids[name]], verdict)
                                        for name, verdict in verdicts.items()])


def test_a_case_that_flickers_is_named() -> None:
    record = stability.Record(3)
    record.runs["a", "coap"] = [run("a", ping=PASS, test=PASS), run("a", ping=FAIL, test=PASS),
                                run("a", ping=PASS, test=PASS)]
    record.runs["b", "coap"] = [run("b", ping=FAIL, test=PASS)] * 3  # the same, if wrong
    (found,) = record.flickers()
    assert (found.peer, found.case, found.verdicts) == ("a", PING, Counter({PASS: 2, FAIL: 1}))
    assert [number for number, _ in found.odd] == [2]
    assert not record.holds and record.as_json()["holds"] is False
    text = "\n".join(stability.lines(record))
    assert f"a (coap) {PING}: 2 PASS, 1 FAIL" in text and "run 2: FAIL" in text


@pytest.mark.parametrize(("runs", "missing"), [([1, 1], []), ([1, 1, 1], ["no peer"]), ([], [])])
def test_what_did_not_run_as_often_does_not_hold(runs: list[int], missing: list[str]) -> None:
    record = stability.Record(3, missing=missing)
    if runs:
        record.runs["a", "coap"] = [run("a", ping=PASS) for _ in runs]
    assert not record.holds and not record.flickers()


def test_a_correct_server_is_stable(tmp_path: Path, reference: Reference) -> None:
    table = tmp_path / "table.json"
    done = coapspec("stability", reference.start(), "--runs", "3", "--only", "rfc7252/4.3/*",
                    "--table", table)
    assert done.code == 0, done.out
    document = json.loads(table.read_text())
    assert document["schema"] == "coapspec-stability/1" and document["holds"]
    (peer,) = document["peers"]
    assert peer["runs"] == 3 and peer["cases"] > 3 and not document["flickers"]


def test_servers_of_a_peer_run_beside_one_another() -> None:
    done = coapspec("stability", "--peer", "libcoap", "--transport", "coap", "--runs", "4",
                    "--at-once", "4", "--only", "rfc7252/4.3/*")
    if done.code == 3:
        pytest.skip(done.error_line)
    assert done.code == 0, done.out


def test_a_peer_that_is_not_there_is_said_once() -> None:
    done = coapspec("stability", "coap://127.0.0.1:9", "--runs", "3", "--only", PING)
    assert done.code == 3
    assert "nothing answers at coap://127.0.0.1:9" in done.error_line
