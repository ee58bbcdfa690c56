"""The requirement catalogue: no row is forgotten, and no reason outlives the case that ends it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from conftest import coapspec
from suite import requirements
from suite.case import LEVELS, load
from suite.requirements import FORGOTTEN, PENDING, ROLES, TESTED, UNTESTED, Catalogue

CASES = load()
CATALOGUE = requirements.load()
ID = re.compile(r"(R\d{4}|X)-\d\d\d?")
PLACE = re.compile(r"RFC \d{4} (section \d+(\.\d+)*|sections \d+ and \d+|appendix [A-Z])")


def test_the_whole_catalogue_is_there() -> None:
    """290 rows of the project's list, and those about (D)TLS that came later."""
    assert len(CATALOGUE.rows) >= 326
    by_rfc = {id.split("-")[0] for id in CATALOGUE.rows}
    for rfc in ("7252", "7641", "7959", "8323", "6690", "7967", "8132", "8516", "8768", "8974",
                "9175", "9177", "8613"):
        assert f"R{rfc}" in by_rfc


@pytest.mark.parametrize("row", CATALOGUE.rows.values(), ids=list(CATALOGUE.rows))
def test_a_row_is_accounted_for(row: requirements.Row) -> None:
    assert ID.fullmatch(row.id)
    assert PLACE.fullmatch(row.rfc) or row.id == "X-01"
    assert row.level in (*LEVELS, "MUST NOT", "SHOULD NOT", "SHALL", "SHALL NOT", "INFO")
    assert row.roles and set(row.roles) <= set(ROLES)
    assert row.rule
    for account in Catalogue({row.id: row}, CATALOGUE.untested, CATALOGUE.pending).accounts(
            CASES.values()):
        assert account.state != FORGOTTEN, f"{row.id}: no case and no reason ({account.role})"
        if account.state == TESTED:
            assert not account.why, f"{row.id}: tested ({account.role}), and a reason why it is not"


def test_a_row_without_case_and_reason_is_found() -> None:
    """What the test above would say of a row that somebody forgets."""
    row = replace(CATALOGUE.rows["R7252-16"], id="R7252-999")
    (account,) = Catalogue({row.id: row}, CATALOGUE.untested, CATALOGUE.pending).accounts(
        CASES.values())
    assert account.state == FORGOTTEN


def test_cases_name_rows_that_there_are() -> None:
    unknown = {row for case in CASES.values() for row in case.rows} - set(CATALOGUE.rows)
    assert unknown == set()


def test_reasons_are_about_rows_that_there_are() -> None:
    assert set(CATALOGUE.untested) == set(ROLES)
    for role, reasons in CATALOGUE.untested.items():
        for id, why in reasons.items():
            assert role in CATALOGUE.rows[id].roles, (role, id)
            assert re.match(r"not (testable|yet)|no case of its own", why), id
    assert set(CATALOGUE.pending) <= set(ROLES)


def test_list_accounts_for_every_row() -> None:
    listed = json.loads(coapspec("list", "--json").out)
    assert listed["schema"] == "coapspec-list/1"
    rows = {row["id"]: row for row in listed["rows"]}
    assert set(rows) == set(CATALOGUE.rows)
    for row in rows.values():
        assert row["roles"]
        for account in row["roles"].values():
            assert account["state"] in (TESTED, UNTESTED, PENDING)
            assert bool(account["cases"]) == (account["state"] == TESTED)
            assert account["cases"] or account["why"]
    ping = rows["R7252-16"]["roles"]["server"]
    assert "rfc7252/4.3/ping-reset" in ping["cases"]


def test_coverage_adds_up() -> None:
    covers = requirements.coverage(CATALOGUE, CASES.values())
    assert sum(cover.cases for cover in covers.values()) == len(CASES)
    assert sum(cover.rows for cover in covers.values()) == len(CATALOGUE.rows)
    out = coapspec("list").out
    assert re.search(r"^RFC 7252 +\d+ +\d+ +\d+", out, re.MULTILINE)
    assert re.search(r"^  section 5\.10\.6\.1 ", out, re.MULTILINE)
    sections = [section for rfc, section in covers if rfc == "7252"]
    assert sections.index("5.9.2.2") < sections.index("5.10.1")
