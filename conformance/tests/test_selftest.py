"""The selftest's own judgement: what it takes for caught, missed and a false alarm."""

from __future__ import annotations

import pytest

from suite.case import Case
from suite.mutants import Mutant
from suite.selftest import Proof, concerned, judge_mutant, judge_reference, merged, odd_ones
from suite.verdict import Result, Run


async def nothing(peer: object) -> None:
    """Nothing."""


def run_of(**verdicts: str) -> Run:
    return Run("m", "coap://m", [
        Result(Case(name, "server", "MUST", ("coap",), "RFC 1", (), "t", (), False, (), nothing),
               verdict) for name, verdict in verdicts.items()])


MUTANT = Mutant("m", breaks=("a",), also=("b",), summary="breaks a rule")


@pytest.mark.parametrize(("verdicts", "caught", "alarms"), [
    ({"a": "FAIL", "b": "PASS", "c": "PASS"}, 1, 0),
    ({"a": "WARN", "b": "FAIL", "c": "PASS"}, 1, 0),
    ({"a": "FAIL", "b": "SKIP", "c": "PASS"}, 1, 0),
    ({"a": "PASS", "b": "FAIL", "c": "PASS"}, 0, 0),
    ({"a": "SKIP", "b": "PASS", "c": "PASS"}, 0, 0),
    ({"a": "INCONCLUSIVE", "b": "PASS", "c": "PASS"}, 0, 0),
    ({"a": "FAIL", "b": "PASS", "c": "FAIL"}, 1, 1),
    ({"a": "FAIL", "b": "PASS", "c": "WARN"}, 1, 1),
    ({"a": "FAIL", "b": "PASS", "c": "SKIP"}, 1, 1),
    ({"a": "ERROR", "b": "PASS", "c": "ERROR"}, 0, 1),
])
def test_a_mutant_is_judged(verdicts: dict[str, str], caught: int, alarms: int) -> None:
    proof = Proof(cases=3, mutants=1)
    judge_mutant(MUTANT, run_of(**verdicts), proof)
    assert (proof.caught, len(proof.alarms)) == (caught, alarms)
    assert proof.holds is (caught == 1 and alarms == 0)
    assert proof.line() == f"cases: 3, mutants: 1, caught: {caught}, false alarms: {alarms}"


@pytest.mark.parametrize(("mutant", "verdicts", "odd"), [
    (MUTANT, {"a": "FAIL", "b": "FAIL", "c": "PASS"}, set()),
    (MUTANT, {"a": "PASS", "b": "SKIP", "c": "FAIL"}, {"a", "c"}),
    (None, {"a": "PASS", "b": "WARN", "c": "PASS"}, {"b"}),
])
def test_what_comes_out_odd_is_run_again(
    mutant: Mutant | None, verdicts: dict[str, str], odd: set[str]
) -> None:
    run = run_of(**verdicts)
    assert odd_ones(mutant, run) == odd
    second = run_of(c="ERROR")
    assert [r.verdict for r in merged(run, second).results] == [
        verdicts["a"], verdicts["b"], "ERROR"]
    assert [r.verdict for r in run.results] == list(verdicts.values())


@pytest.mark.parametrize("verdict", ["FAIL", "WARN", "SKIP", "INCONCLUSIVE", "ERROR"])
def test_the_correct_server_has_to_pass_everything(verdict: str) -> None:
    proof = Proof(cases=2, mutants=0)
    judge_reference(run_of(a="PASS", b=verdict), proof)
    assert len(proof.alarms) == 1 and not proof.holds


def test_slow_cases_run_on_the_mutants_that_concern_them() -> None:
    def made(name: str, slow: bool) -> Case:
        return Case(name, "server", "MUST", ("coap",), "RFC 1", (), "t", (), slow, (), nothing)

    cases = [made("rfc1/1/quick", False), made("rfc1/1/slow", True), made("rfc2/1/quick", False),
             made("rfc2/1/slow", True), made("rfc2/1/named", True)]
    mutant = Mutant("m", ("rfc1/1/quick",), ("rfc2/1/named",), "breaks a rule")
    assert [case.id for case in concerned(mutant, cases)] == [
        "rfc1/1/quick", "rfc1/1/slow", "rfc2/1/quick", "rfc2/1/named"]


def test_a_case_without_a_mutant_proves_nothing() -> None:
    assert not Proof(cases=1, mutants=0, uncovered=["a"]).holds
    assert not Proof(cases=0, mutants=0).holds
