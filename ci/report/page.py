"""index.html: the run on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

import tables
from history import HEIGHT, UNITS, WIDTH, Trend
from results import VERDICTS, Run

MEANING = {
    "pass": "did what the RFC asks",
    "warn": "a SHOULD was not followed",
    "fail": "a MUST was broken, and nobody expected it",
    "skip": "the peer lacks what the case needs",
    "inconclusive": "no verdict could be reached; never counted as a pass",
    "xfail": "a MUST was broken, as the peer's list of expected failures says",
    "xpass": "listed as an expected failure, but passed: the list is out of date",
    "error": "the runner itself failed",
}


def page(run: Run, about: dict[str, Any], trends: dict[str, Trend]) -> str:
    """The page's HTML; links are relative to the folder it will stand in."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([Path(__file__).parent, tables.HERE]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["figure"] = lambda number: f"{number:,.4g}" if number < 1000 else f"{number:,.0f}"
    environment.filters["signed"] = lambda number: f"{number:+,.4g}"
    environment.filters["grouped"] = lambda number: f"{number:,.0f}".replace(",", "\u202f")
    return environment.get_template("page.html.j2").render(
        run=run, about=about, verdicts=VERDICTS, meaning=MEANING, trends=trends,
        units=UNITS, width=WIDTH, height=HEIGHT,
        matrix=tables.words([cell.row for cell in run.cells])
    )
