"""What llvm-cov has counted."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

KINDS = ("lines", "branches", "regions")


@dataclass
class Function:
    """A function that was not run to its last line."""

    file: str
    name: str
    lines: list[int] = field(default_factory=list)  # that never ran

    @property
    def key(self) -> str:
        return f"{self.file}: {self.name}"


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    covered: int
    count: int

    @property
    def percent(self) -> float:
        return 100.0 * self.covered / self.count if self.count else 100.0

    def __str__(self) -> str:
        return f"{self.percent:.2f} % ({self.covered} of {self.count})"


def below(lib: Path, path: str) -> str:
    """A source as lib/ has it, wherever the build tree is."""
    return str(Path(path).resolve().relative_to(lib.resolve()))


def shares(summary: dict[str, dict[str, int]]) -> dict[str, Share]:
    return {kind: Share(summary[kind]["covered"], summary[kind]["count"]) for kind in KINDS}


def read_summary(text: str, lib: Path) -> tuple[dict[str, Share], dict[str, dict[str, Share]]]:
    """Of the whole, and of each file."""
    data = json.loads(text)["data"][0]
    return shares(data["totals"]), {below(lib, file["filename"]): shares(file["summary"])
                                    for file in data["files"]}


def read_lines(text: str, lib: Path) -> tuple[list[Function], set[str]]:
    """The functions with lines that never ran, and the keys of all that there are."""
    missed: list[Function] = []
    every: set[str] = set()
    file = ""
    starts: list[tuple[int, str]] = []
    for line in text.splitlines():
        word, _, rest = line.partition(":")
        if word == "SF":
            file, starts, functions = below(lib, rest), [], {}
        elif word == "FN":
            at, _, name = rest.partition(",")
            starts.append((int(at), name.rpartition(":")[2]))
            every.add(Function(file, starts[-1][1]).key)
        elif word == "FNDA":
            starts.sort()  # all are known by now
        elif word == "DA":
            number, count = (int(part) for part in rest.split(",")[:2])
            if count == 0 and starts:
                name = starts[max(0, bisect_right(starts, (number, "~")) - 1)][1]
                if name not in functions:
                    functions[name] = Function(file, name)
                    missed.append(functions[name])
                functions[name].lines.append(number)
    return missed, every
