"""The console: progress while it runs, then a summary to be read in ten seconds."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from ..trace import Trace
from ..verdict import ERROR, FAIL, INCONCLUSIVE, WARN, XPASS, Result, Run

COLOURS = {"PASS": 32, "WARN": 33, "FAIL": 31, "XPASS": 31, "ERROR": 31, "INCONCLUSIVE": 35,
           "SKIP": 36, "XFAIL": 36}
SHOWN = (FAIL, XPASS, ERROR)
MENTIONED = (WARN, INCONCLUSIVE)
LONG_HEX = 96
PATIENCE = 2.0  # seconds before progress is shown


class Console:
    """Writes to `out`; colours and the progress line only when that is a terminal."""

    def __init__(self, out: TextIO = sys.stdout, quiet: bool = False):
        self.out = out
        self.terminal = out.isatty()
        self.quiet = quiet
        self.progress_shown = False
        self.start = time.monotonic()

    def paint(self, verdict: str) -> str:
        if not self.terminal:
            return verdict
        return f"\x1b[{COLOURS[verdict]}m{verdict}\x1b[0m"

    def progress(self, what: str, done: int, total: int) -> None:
        if self.quiet or not self.terminal or time.monotonic() < self.start + PATIENCE:
            return
        self.out.write(f"\r\x1b[K{done}/{total} {what}")
        self.out.flush()
        self.progress_shown = True

    def clear(self) -> None:
        if self.progress_shown:
            self.out.write("\r\x1b[K")
            self.progress_shown = False

    def line(self, text: str = "") -> None:
        self.out.write(text + "\n")

    def remark(self, text: str) -> None:
        """What is no result, on the terminal's own channel: results may go to a file."""
        if not self.quiet:
            print(f"coapspec: {text}", file=sys.stderr)

    def run(self, run: Run) -> None:
        """The summary of one peer."""
        self.clear()
        if not self.quiet:
            for result in run.results:
                if result.verdict in SHOWN:
                    self.finding(result)
            for result in run.results:
                if result.verdict in MENTIONED:
                    self.line(f"{self.paint(result.verdict)} {result.case.id}: {result.text}")
        counts = ", ".join(f"{count} {name}" for name, count in run.counts().items() if count)
        ending = "conforms" if run.conforms else "does not conform"
        if not run.executed:
            ending = "no case came to a verdict"
        if run.died:
            self.line(f"the peer died in {run.died}")
        self.line(f"{run.peer} ({run.uri}): {counts} in {run.seconds:.1f} s: {ending}")

    def finding(self, result: Result) -> None:
        case = result.case
        self.line(f"{self.paint(result.verdict)} {case.id} [{case.level}, {case.rfc}]")
        self.line(f"  rule: {case.title}")
        self.line(f"  seen: {result.text}")
        self.trace(result.trace)
        self.line()

    def trace(self, trace: Trace) -> None:
        for entry in trace.entries:
            if entry.data is None:
                self.line(f"  {entry.seconds:8.3f} -- {entry.text}")
                continue
            arrow = ">>" if entry.direction == "sent" else "<<"
            text = entry.data.hex()
            if len(text) > LONG_HEX:
                text = f"{text[:LONG_HEX]}... ({len(entry.data)} bytes)"
            self.line(f"  {entry.seconds:8.3f} {arrow} {text}")
            self.line(f"           {'':2} {entry.text}")
