"""Findings are told apart by the rule, not by what was sent."""

from __future__ import annotations

import pytest

from rules import rule_of

ONE = ("oracle answers violated (RFC 7252 4.2) in operation 19 at 1009500 ms: "
       "RST with message ID 0xeaee answers nothing received\n")


def test_numbers_make_no_other_rule() -> None:
    other = ONE.replace("19", "2").replace("0xeaee", "0x0000").replace("1009500", "1")
    assert rule_of(ONE, -6) == rule_of(other, -6)
    assert rule_of(ONE, -6).startswith("oracle answers violated (RFC 7252 4.2): RST with message")
    assert rule_of(ONE, -6) != rule_of(ONE.replace("RST", "ACK"), -6)


def test_likely_causes_make_another_rule() -> None:
    other = ONE.replace("received", "received, likely a malformed acknowledgement")
    assert rule_of(ONE, -6) != rule_of(other, -6)


@pytest.mark.parametrize("report, code, words", [
    ("==1==ERROR: AddressSanitizer: heap-use-after-free on", 1,
     "AddressSanitizer: heap-use-after-free"),
    ("x: y.c:1: f: Assertion `session->ref == 0' failed.", -6,
     "Assertion `session->ref == 0' failed"),
    ("", -11, "exit -11")])
def test_others(report: str, code: int, words: str) -> None:
    assert rule_of(report, code) == words
