"""What may have been measured besides: coverage (ci/coverage), states (ci/states), speed (ci/bench).

Each is a file of its command in the results folder, of this run or of an earlier one; one that is not
there is not shown as good or bad, but as not measured.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reading import load, take

PARTS = ("lines", "branches", "regions")


@dataclass
class Coverage:
    """Of the library, by the stored inputs alone: percent, and the files with the most to do."""

    percent: dict[str, float]
    least: list[tuple[str, float]]
    without_reason: int  # functions not run to the last line, and nobody knows why
    when: str


@dataclass
class States:
    """Rows of the session table that the stored inputs take."""

    taken: int
    rows: int
    pairs: int
    picture: str  # the SVG, beside the JSON
    when: str


@dataclass
class Comparison:
    """One figure of ours beside others'."""

    title: str
    unit: str
    ours: float
    ratios: dict[str, float]
    aims: list[tuple[str, bool]]


@dataclass
class Speed:
    """Of ci/bench."""

    figures: list[Comparison]
    commit: str
    when: str

    @property
    def met(self) -> int:
        return sum(met for figure in self.figures for _, met in figure.aims)

    @property
    def aims(self) -> int:
        return sum(len(figure.aims) for figure in self.figures)


@dataclass
class Measures:
    """None where nothing was measured."""

    coverage: Coverage | None = None
    states: States | None = None
    speed: Speed | None = None
    missing: list[str] = field(default_factory=list)


def _when(path: Path) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))


def _percent(row: dict[str, Any], path: Path) -> dict[str, float]:
    return {part: float(take(take(row, part, path), "percent", path)) for part in PARTS}


def load_coverage(path: Path) -> Coverage:
    data = load(path)
    files = [(name, _percent(row, path)["lines"]) for name, row in take(data, "files", path).items()]
    return Coverage(
        percent=_percent(data, path),
        least=sorted((file for file in files if file[1] < 100), key=lambda file: file[1])[:10],
        without_reason=sum(not row.get("why") for row in take(data, "not_run", path)),
        when=_when(path),
    )


def load_states(path: Path) -> States:
    data = load(path)
    steps = take(data, "steps", path)
    picture = path.with_suffix(".svg")
    return States(
        taken=sum(row[-1] > 0 for row in steps),
        rows=int(take(data, "rows", path)),
        pairs=sum(row[-1] > 0 for row in take(data, "pairs", path)),
        picture=picture.name if picture.exists() else "",
        when=_when(path),
    )


def _aim(row: dict[str, Any]) -> tuple[str, bool]:
    bound = f"≥ {row['at_least']}" if row["at_least"] is not None else f"≤ {row['at_most']}"
    whose = "" if row["against"] == "ours" else f"× {row['against']} "
    return f"{whose}{bound}", bool(row["met"])


def load_speed(path: Path) -> Speed:
    data = load(path)
    figures = [
        Comparison(
            title=take(row, "title", path), unit=take(row, "unit", path),
            ours=float(take(take(row, "values", path), "ours", path)["median"]),
            ratios={name: float(spread["median"]) for name, spread in row["ratios"].items()},
            aims=[_aim(aim) for aim in row["aims"]],
        )
        for row in take(data, "figures", path)
    ]
    return Speed(figures, take(data, "about", path).get("commit", ""), _when(path))


def load_measures(folder: Path) -> Measures:
    """What there is of them in the results folder."""
    found = Measures()
    for name, reader in (("coverage", load_coverage), ("states", load_states),
                         ("speed", load_speed)):
        path = folder / f"{name}.json"
        if path.exists():
            setattr(found, name, reader(path))
        else:
            found.missing.append(name)
    return found
