"""The table as it is in the library, counts, and what is drawn of them."""

from __future__ import annotations

from pathlib import Path

from drawing import NEVER, dot
from table import Counts, possible_pairs, read_table

TABLE = read_table(Path(__file__).resolve().parents[3] / "lib/session/session_fsm.def")
OPENED = ("INIT", "OPEN")
IDLE_OVER = ("IDLE", "IDLE_TIMEOUT")


def test_table() -> None:
    assert "ESTABLISHED" in TABLE.states and "TEARDOWN" in TABLE.events
    assert set(TABLE.leads_to) == {(s, e) for s in TABLE.states for e in TABLE.events}
    assert TABLE.leads_to[OPENED] == {"ESTABLISHED"}
    assert TABLE.active < TABLE.possible < set(TABLE.leads_to)


def test_pairs_fit_together() -> None:
    pairs = possible_pairs(TABLE)
    assert (OPENED, ("ESTABLISHED", "UNUSED")) in pairs
    assert (OPENED, IDLE_OVER) not in pairs


def test_counts_add_up() -> None:
    counts = Counts()
    counts.add("step INIT OPEN 2\npair INIT OPEN ESTABLISHED UNUSED 1\n")
    counts.add("step INIT OPEN 3\n")
    assert counts.steps[OPENED] == 5
    assert counts.pairs[OPENED, ("ESTABLISHED", "UNUSED")] == 1


def test_what_was_never_taken_shows() -> None:
    counts = Counts()
    counts.add("step INIT OPEN 2\n")
    drawing = dot(TABLE, counts)
    assert "INIT -> ESTABLISHED" in drawing
    assert "never: IDLE_TIMEOUT" in drawing
    assert f'bgcolor="{NEVER}">never' in drawing
