"""Verdicts, and what one run of cases came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .case import Case
from .expect import Expectation
from .trace import Trace

PASS, WARN, FAIL, SKIP = "PASS", "WARN", "FAIL", "SKIP"
INCONCLUSIVE, XFAIL, XPASS, ERROR = "INCONCLUSIVE", "XFAIL", "XPASS", "ERROR"
VERDICTS = (PASS, WARN, FAIL, SKIP, INCONCLUSIVE, XFAIL, XPASS, ERROR)


@dataclass
class Result:
    """How one case ended on one peer."""

    case: Case
    verdict: str
    text: str = ""
    seconds: float = 0.0
    trace: Trace = field(default_factory=Trace)
    is_unsecured: bool = False  # its handshake came to nothing, and another one did not

    def settle(self, expectation: Expectation | None, strict: bool) -> None:
        """Applies --strict and what was expected of this case. A case that was skipped or came to
        no verdict is neither an expected failure nor an unexpected pass."""
        if strict and self.verdict == WARN:
            self.verdict = FAIL
        if expectation is None:
            return
        if self.verdict in (FAIL, WARN):
            self.verdict = XFAIL
            self.text = f"{self.text} (expected: {expectation.reason})"
        elif self.verdict == PASS:
            self.verdict = XPASS
            self.text = f"passed, but a failure is expected: {expectation.reason}"


@dataclass
class Run:
    """All results of one peer."""

    peer: str
    uri: str
    results: list[Result]
    seconds: float = 0.0
    version: str = ""
    title: str = ""
    died: str = ""  # the case in which the peer died

    @property
    def transport(self) -> str:
        return self.uri.partition("://")[0]

    def counts(self) -> dict[str, int]:
        found = Counter(result.verdict for result in self.results)
        return {verdict.lower(): found[verdict] for verdict in VERDICTS}

    @property
    def executed(self) -> int:
        """How many cases came to a verdict about the peer."""
        return sum(result.verdict not in (SKIP, INCONCLUSIVE) for result in self.results)

    @property
    def conforms(self) -> bool:
        """Exit 0: nothing failed unexpectedly, nothing passed unexpectedly, something ran, and a
        peer that died did so in a case that is expected to fail."""
        counts = self.counts()
        expected = {result.case.id for result in self.results if result.verdict == XFAIL}
        return (self.executed > 0 and (not self.died or self.died in expected)
                and not (counts["fail"] or counts["xpass"] or counts["error"]))
