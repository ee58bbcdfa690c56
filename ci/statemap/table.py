"""The session transition table, read from session_fsm.def, and counts of its rows."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

Cell = tuple[str, str]  # state, event


@dataclass
class Table:
    """Rows by (state, event): where each leads, for either role."""

    states: list[str]
    events: list[str]
    leads_to: dict[Cell, set[str]]
    possible: set[Cell]  # not a caller's mistake
    active: set[Cell]  # something is done


@dataclass
class Counts:
    """How often each cell was taken, and each two of one session in a row."""

    steps: Counter[Cell] = field(default_factory=Counter)
    pairs: Counter[tuple[Cell, Cell]] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        for line in text.splitlines():
            words = line.split()
            if words[0] == "step":
                self.steps[words[1], words[2]] += int(words[3])
            else:
                self.pairs[(words[1], words[2]), (words[3], words[4])] += int(words[5])


def read_table(path: Path) -> Table:
    text = path.read_text(encoding="utf-8")
    table = Table(re.findall(r"^FSM_STATE\((\w+),", text, re.MULTILINE),
                  re.findall(r"^FSM_EVENT\((\w+),", text, re.MULTILINE), {}, set(), set())
    rows = re.findall(r"^ROW\((\w+), (\w+), \w+, (\w+), (\w+),", text, re.MULTILINE)
    for state, event, following, action in rows:
        cell = (state, event)
        table.leads_to.setdefault(cell, set()).add(following)
        if action != "IMPOSSIBLE":
            table.possible.add(cell)
        if action not in ("IMPOSSIBLE", "IGNORE"):
            table.active.add(cell)
    return table


def possible_pairs(table: Table) -> set[tuple[Cell, Cell]]:
    """Rows that do something and can lie next to each other: one leads to where the next begins."""
    return {(before, after) for before in table.active for after in table.active
            if after[0] in table.leads_to[before]}
