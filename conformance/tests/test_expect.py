"""Expected-failures files, and what they make of verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from suite.case import Case
from suite.expect import Expectation, ExpectError, read
from suite.verdict import Result, Run


def a_case(id: str) -> Case:
    async def nothing(peer: object) -> None:
        """Nothing."""

    return Case(id, "server", "MUST", ("coap",), "RFC 7252 section 1", (), "t", (), False, (),
                nothing)


CASES = {id: a_case(id) for id in ("rfc1/1/a", "rfc1/1/b")}


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "expected"
    file.write_text("# known\n\nrfc1/1/a  # RFC 1 section 1: does it wrong\n")
    assert read(file, CASES) == {
        "rfc1/1/a": Expectation("rfc1/1/a", "RFC 1 section 1: does it wrong", 3)}


@pytest.mark.parametrize(("text", "complaint"), [
    ("rfc1/1/z # why\n", ":1: unknown case 'rfc1/1/z'"),
    ("\nrfc1/1/a\n", ":2: 'rfc1/1/a' needs a reason"),
    ("rfc1/1/a # x\nrfc1/1/a # y\n", ":2: 'rfc1/1/a' is already on line 1"),
])
def test_faults_name_their_line(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "expected"
    file.write_text(text)
    with pytest.raises(ExpectError) as caught:
        read(file, CASES)
    assert complaint in str(caught.value)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExpectError) as caught:
        read(tmp_path / "nowhere", CASES)
    assert "nowhere" in str(caught.value)


@pytest.mark.parametrize(("verdict", "expected", "strict", "settled"), [
    ("PASS", False, False, "PASS"),
    ("PASS", True, False, "XPASS"),
    ("FAIL", True, False, "XFAIL"),
    ("WARN", False, False, "WARN"),
    ("WARN", False, True, "FAIL"),
    ("WARN", True, True, "XFAIL"),
    ("SKIP", True, False, "SKIP"),
    ("INCONCLUSIVE", True, False, "INCONCLUSIVE"),
    ("ERROR", True, False, "ERROR"),
])
def test_verdicts_are_settled(verdict: str, expected: bool, strict: bool, settled: str) -> None:
    result = Result(CASES["rfc1/1/a"], verdict)
    result.settle(Expectation("rfc1/1/a", "why", 1) if expected else None, strict)
    assert result.verdict == settled


@pytest.mark.parametrize(("verdicts", "conforms"), [
    (["PASS", "WARN", "XFAIL", "SKIP", "INCONCLUSIVE"], True),
    (["PASS", "FAIL"], False),
    (["PASS", "XPASS"], False),
    (["PASS", "ERROR"], False),
    (["SKIP", "SKIP"], False),
    (["INCONCLUSIVE", "SKIP"], False),
    ([], False),
])
def test_what_makes_a_run_conform(verdicts: list[str], conforms: bool) -> None:
    run = Run("x", "coap://x", [Result(CASES["rfc1/1/a"], verdict) for verdict in verdicts])
    assert run.conforms is conforms
