"""The last runs: what of each is kept in history/, and how the figures went."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reading import load

SHOWN = 30  # runs
# What the figure of each trend counts.
UNITS = {"findings": "findings", "conformance": "passed", "interop": "pairs", "fuzzing": "edges",
         "inputs": "inputs", "coverage": "points", "states": "rows", "speed": "aims"}
WIDTH, HEIGHT = 120, 28  # of a line that shows how a figure went


@dataclass
class Trend:
    """One figure over the last runs, the newest last; None where a run did not have it."""

    values: list[float | None]

    @property
    def known(self) -> list[float]:
        return [value for value in self.values if value is not None]

    @property
    def change(self) -> float | None:
        """Since the run before that had it."""
        return self.known[-1] - self.known[-2] if len(self.known) > 1 else None

    @property
    def points(self) -> str:
        """Of an SVG polyline."""
        low, high = min(self.known), max(self.known)
        across = max(len(self.values) - 1, 1)
        span = (high - low) or 1
        return " ".join(
            f"{2 + (WIDTH - 4) * at / across:.1f},"
            f"{HEIGHT - 3 - (HEIGHT - 6) * ((value - low) / span if high > low else 0.5):.1f}"
            for at, value in enumerate(self.values) if value is not None)


def keep(folder: Path, summary: dict[str, Any]) -> None:
    """Adds this run; the same run again replaces itself."""
    folder.mkdir(exist_ok=True)
    name = re.sub(r"[^0-9A-Za-z]+", "-", f"{summary['started']} {summary['commit']}").strip("-")
    (folder / f"{name}.json").write_text(json.dumps(summary) + "\n", encoding="utf-8")


def runs(folder: Path) -> list[dict[str, Any]]:
    """The last ones, the newest last."""
    kept = [load(path) for path in folder.glob("*.json")]
    return sorted(kept, key=lambda run: str(run.get("started")))[-SHOWN:]


def _sum(run: dict[str, Any], group: str, key: str) -> float | None:
    rows = run.get(group, {}).values()
    return sum(row.get(key, 0) for row in rows) if rows else None


def trends(kept: list[dict[str, Any]]) -> dict[str, Trend]:
    """By the name of the figure; those that no run has are left out."""
    def own(run: dict[str, Any]) -> float | None:
        return run.get("peers", {}).get("own", {}).get("pass")

    readers = {
        "findings": lambda run: run.get("findings"),
        "conformance": own,
        "interop": lambda run: run.get("interop", {}).get("works"),
        "fuzzing": lambda run: _sum(run, "fuzz", "edges"),
        "inputs": lambda run: _sum(run, "replay", "files"),
        "coverage": lambda run: run.get("coverage", {}).get("lines"),
        "states": lambda run: run.get("states", {}).get("taken"),
        "speed": lambda run: run.get("speed", {}).get("met"),
    }
    found = {name: Trend([reader(run) for run in kept]) for name, reader in readers.items()}
    return {name: trend for name, trend in found.items() if trend.known}
