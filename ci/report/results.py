"""What a run left in its results folder, as plain values.

The folder holds one file per piece of work, each written by the command that did it:
conformance/PEER.json (or PEER.unavailable: one line, why), fuzz/TARGET.json,
replay/TARGET.json and interop.json, and what measures.py reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measures import Measures, load_measures
from reading import BadResult, load, take
from verdicts import BAD, MEANING, UNAVAILABLE

VERDICTS = ("pass", "warn", "fail", "skip", "inconclusive", "xfail", "xpass", "error")
# A verdict that nobody expected: each one is a finding.
BAD_VERDICTS = ("fail", "xpass", "error")


@dataclass
class Case:
    """One conformance case at one peer."""

    id: str
    verdict: str
    title: str = ""
    rfc: str = ""
    reason: str = ""
    seconds: float = 0.0

    @property
    def unexpected(self) -> bool:
        return self.verdict in BAD_VERDICTS


@dataclass
class Peer:
    """One peer's conformance run; `unavailable` says why there was none."""

    name: str
    title: str = ""
    version: str = ""
    cases: list[Case] = field(default_factory=list)
    unavailable: str = ""
    page: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many cases ended with each verdict, zeros included."""
        counts = dict.fromkeys(VERDICTS, 0)
        for case in self.cases:
            counts[case.verdict] += 1
        return counts

    @property
    def bad(self) -> list[Case]:
        return [case for case in self.cases if case.unexpected]

    @property
    def known(self) -> list[Case]:
        """The failures that were expected."""
        return [case for case in self.cases if case.verdict == "xfail"]

    @property
    def ran(self) -> bool:
        return not self.unavailable


@dataclass
class Finding:
    """One input that makes a target fail, and the line that shows it."""

    path: str
    reproduce: str


@dataclass
class Campaign:
    """One fuzzing campaign."""

    target: str
    engine: str
    seconds: float
    execs: int
    execs_per_s: float
    edges: int
    corpus: int
    crashes: int
    findings: list[Finding] = field(default_factory=list)


@dataclass
class Replay:
    """One target's stored corpus, replayed."""

    target: str
    files: int
    failed: list[Finding] = field(default_factory=list)


@dataclass
class Cell:
    """One stack's client and another's server in a table of ci/interop."""

    row: dict[str, Any]  # as ci/interop wrote it

    @property
    def name(self) -> str:
        keys = self.row["credential"]
        how = self.row["transport"] + ("" if keys == "none" else f" {keys}")
        return f"{how}: {self.row['client']} asks {self.row['server']}"

    @property
    def verdict(self) -> str:
        return str(self.row["verdict"])

    @property
    def reason(self) -> str:
        return str(self.row["reason"])

    @property
    def unexpected(self) -> bool:
        return self.verdict in BAD


@dataclass
class Run:
    """All of it."""

    peers: list[Peer]
    campaigns: list[Campaign]
    replays: list[Replay]
    cells: list[Cell]
    measures: Measures

    @property
    def findings(self) -> int:
        return (
            sum(len(peer.bad) for peer in self.peers)
            + sum(campaign.crashes for campaign in self.campaigns)
            + sum(len(replay.failed) for replay in self.replays)
            + len(self.bad_cells)
        )

    @property
    def bad_cells(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.unexpected]

    @property
    def cell_counts(self) -> dict[str, int]:
        """How many cells there are of each verdict, zeros included."""
        counts = dict.fromkeys(MEANING, 0)
        for cell in self.cells:
            counts[cell.verdict] += 1
        return counts


def _findings(rows: list[dict[str, str]]) -> list[Finding]:
    return [Finding(path=row["path"], reproduce=row["reproduce"]) for row in rows]


def _case(row: dict[str, Any], path: Path, about: dict[str, Any]) -> Case:
    """A case of one of the peer's runs. Those over plain transports have ids of their own; over a
    secure one the same cases run again."""
    verdict = str(take(row, "verdict", path)).lower()
    if verdict not in VERDICTS:
        raise BadResult(f'{path}: verdict "{verdict}" is none of {", ".join(VERDICTS)}')
    transport = about.get("transport", "")
    again = f" over {transport}" if transport.startswith("coaps") else ""
    return Case(
        id=take(row, "id", path) + again,
        verdict=verdict,
        title=row.get("title", ""),
        rfc=row.get("rfc", ""),
        reason=row.get("reason", ""),
        seconds=float(row.get("seconds", 0.0)),
    )


def load_peer(folder: Path, name: str) -> Peer:
    """The peer's conformance run out of `folder`."""
    note = folder / f"{name}.unavailable"
    if note.exists():
        why = note.read_text(encoding="utf-8").strip()
        # The runner's sentence names the peer and the fact; the table does so already.
        why = re.sub(r"^coapspec: (peer '[^']*' )?(is not available: )?", "", why)
        return Peer(name=name, unavailable=why or "the run left no word why")
    path = folder / f"{name}.json"
    runs = take(load(path), "runs", path)
    if not runs:
        raise BadResult(f"{path}: no run")
    # One run for each transport of the peer.
    about = runs[0].get("peer", {})
    cases = [_case(row, path, run.get("peer", {}))
             for run in runs for row in take(run, "cases", path)]
    if not cases:
        raise BadResult(f"{path}: no case was run")
    page = folder / f"{name}.html"
    return Peer(
        name=name,
        title=about.get("title", name),
        version=about.get("version", ""),
        cases=cases,
        page=page.name if page.exists() else "",
    )


def load_campaign(path: Path) -> Campaign:
    """One ci/fuzz --json file."""
    data = load(path)
    return Campaign(
        target=take(data, "target", path),
        engine=take(data, "engine", path),
        seconds=float(take(data, "seconds", path)),
        execs=int(take(data, "execs", path)),
        execs_per_s=float(take(data, "execs_per_s", path)),
        edges=int(take(data, "edges", path)),
        corpus=int(take(data, "corpus", path)),
        crashes=int(take(data, "crashes", path)),
        findings=_findings(data.get("findings", [])),
    )


def load_replay(path: Path) -> Replay:
    """One replay/TARGET.json file."""
    data = load(path)
    return Replay(
        target=take(data, "target", path),
        files=int(take(data, "files", path)),
        failed=_findings(take(data, "failed", path)),
    )


def load_cells(path: Path) -> list[Cell]:
    """The --json file of ci/interop."""
    cells = []
    for row in take(load(path), "cells", path):
        for key in ("transport", "credential", "client", "server", "reason", "seconds"):
            take(row, key, path)
        if take(row, "verdict", path) not in MEANING:
            raise BadResult(f'{path}: verdict "{row["verdict"]}" is none of {", ".join(MEANING)}')
        cells.append(Cell(row))
    if all(cell.verdict == UNAVAILABLE for cell in cells):
        raise BadResult(f"{path}: nothing was tried")
    return cells


def load_run(folder: Path, peers: list[str]) -> Run:
    """Everything under the results folder, the peers in the order asked for."""
    return Run(
        peers=[load_peer(folder / "conformance", name) for name in peers],
        campaigns=[load_campaign(path) for path in sorted((folder / "fuzz").glob("*.json"))],
        replays=[load_replay(path) for path in sorted((folder / "replay").glob("*.json"))],
        cells=load_cells(folder / "interop.json"),
        measures=load_measures(folder),
    )
