"""One case in plain words, with the packets: what it sends and what a correct peer answers come
from a run against the suite's own correct server or client, and what a wrong one does from a run
against a mutant. Nothing of it is written down a second time."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterable
from pathlib import Path

from . import expect, gnutls, peers, requirements, selftest
from .address import INSIDE
from .case import Case
from .mutants import Mutant
from .verdict import Result

MATTERS = Path(__file__).resolve().parent.parent / "matters.toml"
LONGEST = 160  # characters of a line of bytes
WIDTH = 96
SHOWN = 40  # lines of a trace


def why_it_matters(case: Case) -> str:
    """The text of the longest name that the case's id begins with."""
    texts = tomllib.loads(MATTERS.read_text(encoding="utf-8"))
    id = case.id.rpartition("/")[0]
    fitting = [name for name in texts if id == name or id.startswith((name + "/", name + "."))]
    return str(texts[max(fitting, key=len)]) if fitting else ""


def known_failures(case: Case, cases: dict[str, Case]) -> list[tuple[str, str]]:
    """Which reference peers are known to fail it, and how."""
    found = []
    for name in peers.names():
        own = peers.PEERS / name / "expected-failures.txt"
        said = expect.read(own, cases).get(case.id) if own.exists() else None
        if said:
            found.append((name, said.reason))
    return found


def wrapped(text: str, indent: str = "") -> list[str]:
    """A text in lines."""
    lines, line = [], indent
    for word in text.split():
        if len(line) + len(word) >= WIDTH and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += word + " "
    return [*lines, line.rstrip()] if line.strip() else lines


def packets(result: Result) -> Iterable[str]:
    """The trace of a run, a line of meaning above each line of bytes. The records of (D)TLS are
    there where a case is about them."""
    arrows = {"sent": "->", "received": "<-", "note": "  "}
    entries = [e for e in result.trace.entries
               if e.layer == "message" or result.case.is_about_security]
    for number, entry in enumerate(entries):
        if number == SHOWN:
            yield f"  ... and {len(entries) - SHOWN} more"
            return
        yield f"  {entry.seconds:6.2f} s {arrows[entry.direction]} {entry.text}"
        if entry.data is not None:
            data = entry.data.hex()
            cut = f"... ({len(entry.data)} bytes)" if len(data) > LONGEST else ""
            yield f"              {data[:LONGEST]}{cut}"


def run_on(case: Case, mutant: Mutant | None) -> Result | None:
    """The case on the suite's correct peer (None) or on a mutant of it."""
    run = asyncio.run(selftest.run_on(mutant, case.transports[0], case.role, [case]))
    return run.results[0] if run.results else None


def _shown(case: Case) -> Iterable[str]:
    """The packets of a correct peer and the verdict on a wrong one."""
    if case.transports[0] in INSIDE and not gnutls.available():
        yield f"packets:   not shown, as {gnutls.LIBRARY} is not installed"
        return
    right = run_on(case, None)
    who = case.command
    if right:
        yield f"packets, with a correct {who} ({right.verdict}):"
        yield from packets(right)
    mutants = [mutant for mutant in selftest.MUTANTS if case.id in mutant.breaks]
    wrong = run_on(case, mutants[0]) if mutants else None
    if wrong:
        yield ""
        yield f"and with a {who} that is wrong ({mutants[0].name}: {mutants[0].summary})"
        yield from wrapped(f"{wrong.verdict}: {wrong.text}", "  ")


def explained(case: Case, cases: dict[str, Case], shown: bool = True) -> Iterable[str]:
    """All there is to say about a case, in lines."""
    yield case.id
    yield ""
    yield f"{case.title}."
    yield ""
    yield from wrapped(case.text)
    yield ""
    yield f"rule:      {case.level}, {case.rfc}"
    rows = requirements.load().rows
    for row in case.rows:
        yield f"row:       {row}: {rows[row].rule}"
    first, *rest = wrapped(why_it_matters(case), " " * 11)
    yield from (f"matters:   {first.strip()}", *rest)
    yield f"transport: {case.transports[0]}"
    yield f"needs:     {', '.join(case.requires) or 'nothing in particular'}"
    yield f"takes:     {'seconds of protocol timers' if case.slow else 'a moment'}"
    failures = known_failures(case, cases)
    yield f"failed by: {', '.join(name for name, _ in failures) or 'no reference peer'}"
    for name, reason in failures:
        yield f"           {name}: {reason}"
    for mutant in selftest.MUTANTS:
        if case.id in mutant.breaks:
            yield f"proved by: {mutant.name}: {mutant.summary}"
    if shown:
        yield ""
        yield from _shown(case)
