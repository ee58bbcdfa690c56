"""The tables as HTML and JSON, for ci/interop and for the page of ci/regression."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from verdicts import MEANING, SHOWN

HERE = Path(__file__).parent


@dataclass
class Table:
    """One transport with one credential: rows are clients, columns servers."""

    title: str
    clients: list[str]
    servers: list[str]
    cells: dict[tuple[str, str], dict[str, Any]]


def tables(cells: list[dict[str, Any]]) -> list[Table]:
    """The cells of one run in tables, in their order."""
    made: dict[str, Table] = {}
    for cell in cells:
        title = cell["transport"]
        title += "" if cell["credential"] == "none" else f", {cell['credential']}"
        table = made.setdefault(title, Table(title, [], [], {}))
        for names, name in ((table.clients, cell["client"]), (table.servers, cell["server"])):
            if name not in names:
                names.append(name)
        table.cells[cell["client"], cell["server"]] = cell
    return list(made.values())


def reasons(cells: list[dict[str, Any]]) -> dict[str, int]:
    """Each reason once, numbered, so that cells can refer to it."""
    said = [cell["reason"] for cell in cells if cell["reason"]]
    return {reason: number for number, reason in enumerate(dict.fromkeys(said), 1)}


def words(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """What the template `tables.html.j2` wants."""
    return {"tables": tables(cells), "reasons": reasons(cells), "meaning": MEANING, "shown": SHOWN}


def page(cells: list[dict[str, Any]], about: dict[str, str], started: str) -> str:
    """A page of its own."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True,
                                     trim_blocks=True, lstrip_blocks=True,
                                     undefined=jinja2.StrictUndefined)
    return environment.get_template("page.html.j2").render(matrix=words(cells), about=about,
                                                           started=started)
