"""What can become of a cell."""

from __future__ import annotations

WORKS, FAILS, LIMITATION, SURPRISE, UNAVAILABLE = (
    "works", "fails", "limitation", "surprise", "unavailable")
# Each one is a finding.
BAD = (FAILS, SURPRISE)
MEANING = {
    WORKS: "every question was answered",
    FAILS: "one was not, and nobody expected it",
    LIMITATION: "one was not, for a limitation of the peer that its bytes show",
    SURPRISE: "a known limitation, and yet it works: the list is out of date",
    UNAVAILABLE: "not there, or cannot do that",
}
SHOWN = {WORKS: "✓", FAILS: "✗", LIMITATION: "limit", SURPRISE: "✓?", UNAVAILABLE: "–"}
