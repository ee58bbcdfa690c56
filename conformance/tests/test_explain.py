"""`coapspec explain`: everything that it says of a case is there, and the packets are real ones."""

from __future__ import annotations

import tomllib

import pytest

from conftest import coapspec
from suite import explain
from suite.case import Case, load
from suite.codec import decode
from suite.message import RST

CASES = load()


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_case_is_explained(case: Case) -> None:
    """The words, for every case."""
    assert explain.why_it_matters(case)
    text = "\n".join(explain.explained(case, CASES, shown=False))
    assert case.title in text and case.rfc in text and "proved by:" in text
    assert all(f"row:       {row}: " in text for row in case.rows)
    words = " ".join(text.split())
    assert case.text in words and explain.why_it_matters(case) in words


def test_every_reason_why_is_used() -> None:
    known = tomllib.loads(explain.MATTERS.read_text())
    assert set(known.values()) == {explain.why_it_matters(case) for case in CASES.values()}


def test_the_longest_name_counts() -> None:
    texts = tomllib.loads(explain.MATTERS.read_text())
    assert explain.why_it_matters(CASES["rfc7252/3.1/option-delta-15"]) == texts["rfc7252/3.1"]
    assert explain.why_it_matters(CASES["rfc7252/3/short-datagram"]) == texts["rfc7252/3"]


def test_the_packets_are_those_of_a_run() -> None:
    done = coapspec("explain", "rfc7252/4.3/ping-reset")
    assert done.code == 0
    lines = done.out.splitlines()
    right = lines[lines.index("packets, with a correct server (PASS):"):]
    reset = decode(bytes.fromhex(next(after for line, after in zip(right, right[1:], strict=False)
                                      if "<- RST" in line).strip()))
    assert reset.type == RST and reset.is_empty
    wrong = next(n for n, line in enumerate(right) if line.startswith("and with a server"))
    assert right[wrong + 1].startswith("  FAIL: ")


def test_peers_that_fail_are_named() -> None:
    out = coapspec("explain", "rfc7252/4.3/ping-reset", "--no-packets").out
    assert "failed by: coap-rs, go-coap, node-coap" in out
    assert "packets" not in out
    out = coapspec("explain", "rfc7252/5.8.1/get-content", "--no-packets").out
    assert "failed by: no reference peer" in out


def test_a_client_case_is_run_as_well() -> None:
    case = CASES["rfc4279/2/server-wrong-key"]
    text = "\n".join(explain.explained(case, CASES))
    assert "packets, with a correct client (PASS):" in text
    assert "\n  FAIL: " in text or "\n  WARN: " in text
