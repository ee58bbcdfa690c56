"""The requirement catalogue (conformance/requirements.toml), and what has become of each row."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .case import Case

FILE = Path(__file__).resolve().parent.parent / "requirements.toml"
ROLES = ("server", "client", "middle")
TESTED, UNTESTED, PENDING, FORGOTTEN = "tested", "untested", "pending", "forgotten"


@dataclass(frozen=True)
class Row:
    """One requirement."""

    id: str
    rfc: str
    level: str
    roles: tuple[str, ...]
    rule: str


@dataclass(frozen=True)
class Account:
    """What has become of a row in one of its roles."""

    row: Row
    role: str
    cases: tuple[str, ...]  # that test it
    why: str  # it has none
    state: str


@dataclass(frozen=True)
class Catalogue:
    rows: dict[str, Row]
    untested: dict[str, dict[str, str]]  # role -> row -> why
    pending: dict[str, str]  # role -> why rows of that role have no case as yet

    def accounts(self, cases: Iterable[Case]) -> list[Account]:
        """Every row in each of its roles, and in those in which a case has it all the same."""
        by: dict[tuple[str, str], list[str]] = {}
        for case in cases:
            for row in case.rows:
                by.setdefault((row, case.role), []).append(case.id)
        return [self._account(row, role, tuple(by.get((row.id, role), ())))
                for row in self.rows.values() for role in ROLES
                if role in row.roles or (row.id, role) in by]

    def _account(self, row: Row, role: str, cases: tuple[str, ...]) -> Account:
        why = self.untested.get(role, {}).get(row.id, "")
        if cases:
            return Account(row, role, cases, why, TESTED)
        if why:
            return Account(row, role, cases, why, UNTESTED)
        why = self.pending.get(role, "")
        return Account(row, role, cases, why, PENDING if why else FORGOTTEN)


def load(path: Path = FILE) -> Catalogue:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = {id: Row(id, row["rfc"], row["level"], tuple(row["roles"]), row["rule"])
            for id, row in data["rows"].items()}
    return Catalogue(rows, data["untested"], data["pending"])


def _number(name: str) -> list[tuple[int, str]]:
    """Sorts 5.4.10 behind 5.4.9."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in name.split(".")]


def place(rfc: str) -> tuple[str, str]:
    """RFC and section of a row or a case: of several the first."""
    found = re.match(r"RFC (\d+)(?: (?:sections?|appendix) ([0-9A-Z.]+))?", rfc)
    return (found[1], found[2] or "") if found else ("", "")


@dataclass
class Cover:
    """How a section is covered."""

    cases: int = 0
    rows: int = 0
    states: Counter[str] = field(default_factory=Counter)


def coverage(catalogue: Catalogue, cases: Iterable[Case]) -> dict[tuple[str, str], Cover]:
    """For each RFC and section the cases that are from it, its rows, and what became of them."""
    chosen = list(cases)
    covers: dict[tuple[str, str], Cover] = {}
    for case in chosen:
        number, section, _ = case.id.split("/")
        covers.setdefault((number[3:], section), Cover()).cases += 1
    for row in catalogue.rows.values():
        covers.setdefault(place(row.rfc), Cover()).rows += 1
    for account in catalogue.accounts(chosen):
        covers[place(account.row.rfc)].states[account.state] += 1
    return dict(sorted(covers.items(), key=lambda item: (int(item[0][0] or 0), _number(item[0][1]))))


def coverage_lines(catalogue: Catalogue, cases: Iterable[Case]) -> list[str]:
    """A table for people, with a line for each RFC above those of its sections."""
    covers = coverage(catalogue, cases)
    lines = [f"{'':22}{'cases':>6}{'rows':>6}{'tested':>8}{'untested':>10}{'pending':>9}"]
    for rfc in dict.fromkeys(rfc for rfc, _ in covers):
        own = {section: cover for (number, section), cover in covers.items() if number == rfc}
        whole = Cover(sum(c.cases for c in own.values()), sum(c.rows for c in own.values()))
        for cover in own.values():
            whole.states += cover.states
        lines.append(_line(f"RFC {rfc}" if rfc else "of no RFC", whole))
        lines += [_line(f"  section {section}", cover) for section, cover in own.items() if section]
    return lines


def _line(name: str, cover: Cover) -> str:
    states = cover.states
    return (f"{name:22}{cover.cases:6}{cover.rows:6}{states[TESTED]:8}{states[UNTESTED]:10}"
            f"{states[PENDING] + states[FORGOTTEN]:9}")


def as_json(catalogue: Catalogue, cases: Iterable[Case]) -> list[dict[str, object]]:
    """Every row, and for each of its roles the cases or why there is none."""
    made: dict[str, dict[str, object]] = {
        row.id: {"id": row.id, "rfc": row.rfc, "level": row.level, "rule": row.rule, "roles": {}}
        for row in catalogue.rows.values()}
    for account in catalogue.accounts(cases):
        roles = made[account.row.id]["roles"]
        assert isinstance(roles, dict)
        roles[account.role] = {"state": account.state, "cases": list(account.cases),
                               "why": account.why}
    return list(made.values())
