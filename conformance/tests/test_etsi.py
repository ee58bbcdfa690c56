"""`coapspec etsi`: the plugtest descriptions, run against real servers, right and wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Reference, coapspec
from suite import etsi
from suite.case import load
from suite.message import OPTION_NUMBERS, Type
from suite.target import USUAL_RESOURCES
from suite.verdict import FAIL, PASS, SKIP, WARN

CASES = load()
DESCRIPTIONS = etsi.load()
# The names of the plugtest's own list: nothing of it is left out.
NAMES = ([f"TD_COAP_CORE_{n:02}" for n in (*range(1, 24), 31)]
         + [f"TD_COAP_LINK_{n:02}" for n in range(1, 10)]
         + [f"TD_COAP_BLOCK_{n:02}" for n in range(1, 7)]
         + [f"TD_COAP_OBS_{n:02}" for n in (1, 2, *range(4, 15))]
         + [f"TD_COAP_DTLS_{n:02}" for n in range(1, 8)])
ROLES = {*USUAL_RESOURCES, "location-path", "large-post", "sub1", "sub2", "sub3"}


def test_all_59_are_there() -> None:
    assert [found.name for found in DESCRIPTIONS] == NAMES
    assert len(NAMES) == 59


@pytest.mark.parametrize("found", DESCRIPTIONS, ids=NAMES)
def test_a_description_is_run_or_says_why_not(found: etsi.Description) -> None:
    assert found.what
    assert bool(found.ids) != bool(found.why)
    assert set(found.cases) <= set(CASES)
    assert all(CASES[id].role == "server" for id in found.cases)
    for step in found.steps:
        assert set(step) <= etsi.STEP and step["codes"]
        assert step["resource"] in ROLES
        assert step.get("method", "GET") in etsi.METHODS
        assert step.get("type", "CON") in Type.__members__
        assert set(step.get("has", ())) <= set(OPTION_NUMBERS)


def test_every_test_purpose_has_cases_or_says_why_not() -> None:
    purposes = etsi.load(etsi.PURPOSES)
    assert len(purposes) > 100
    for found in purposes:
        assert found.name.startswith("TP_CoAP_") and found.what
        assert bool(found.cases) != bool(found.why), found.name
        assert all(id in CASES and CASES[id].role == "server" for id in found.cases), found.name
    done = coapspec("etsi", "--purposes")
    assert done.code == 0 and "TP_CoAP_MessageFormat_Header_Version_001" in done.out


def test_test_purposes_are_run(tmp_path: Path, reference: Reference) -> None:
    file = tmp_path / "table.json"
    name = "TP_CoAP_MessageFormat_Header_Version_001"
    for mutant, verdict in (("", "pass"), ("acknowledges-ping", "fail")):
        done = coapspec("etsi", "--purposes", reference.start(mutant), "--table", file, "--only",
                        "rfc7252/4.3/ping-reset")
        assert done.code == (verdict == "fail")
        (rows,) = json.loads(file.read_text())["peers"].values()
        assert {row["name"]: row for row in rows}[name]["verdict"] == verdict


def table(uri: str, folder: Path, *words: str) -> dict[str, dict[str, object]]:
    """The outcome of the scripted exchanges, or of `words`."""
    file = folder / "table.json"
    coapspec("etsi", uri, "--table", file, "--resource", "large-create=/large-create",
             "--resource", "location-path=/test", *(words or ("--only", "etsi/*")))
    document = json.loads(file.read_text())
    assert document["schema"] == "coapspec-etsi/1"
    (rows,) = document["peers"].values()
    assert [row["name"] for row in rows] == NAMES
    return {row["name"]: row for row in rows}


def test_a_correct_server_passes_its_scripts(tmp_path: Path, reference: Reference) -> None:
    rows = table(reference.start(), tmp_path)
    scripted = {found.name for found in DESCRIPTIONS if found.steps}
    verdicts = {name: rows[name]["verdict"] for name in scripted}
    missing = {"TD_COAP_BLOCK_05", "TD_COAP_LINK_09"}  # it has no such resources, or not so named
    assert {name for name, verdict in verdicts.items() if verdict == "skip"} == missing
    assert all(verdicts[name] == "pass" for name in scripted - missing)
    assert all(rows[name]["verdict"] == "-" for name in set(NAMES) - scripted)


@pytest.mark.parametrize(("mutant", "name", "verdict"), [
    ("answers-non-confirmably", "TD_COAP_CORE_05", "warn"),
    ("misses-what-is-deleted", "TD_COAP_CORE_02", "pass"),  # the script deletes what is there
    ("creates-what-exists", "TD_COAP_CORE_03", "pass"),  # 2.01 is one of two codes
    ("prefers-text", "TD_COAP_CORE_20", "fail"),
    ("continues-without-block1", "TD_COAP_BLOCK_04", "fail"),
])
def test_a_wrong_server_is_seen(mutant: str, name: str, verdict: str, tmp_path: Path,
                                reference: Reference) -> None:
    script = next(found.script for found in DESCRIPTIONS if found.name == name)
    assert table(reference.start(mutant), tmp_path, "--only", script)[name]["verdict"] == verdict


def test_cases_count_for_their_description(tmp_path: Path, reference: Reference) -> None:
    rows = table(reference.start("ignores-ping"), tmp_path, "--only", "rfc7252/4.3/ping-reset")
    assert rows["TD_COAP_CORE_31"]["verdict"] == "warn"


def test_the_worst_of_several_counts() -> None:
    found = DESCRIPTIONS[0]
    assert etsi.Standing(found, {"a": PASS, "b": FAIL}).verdict == FAIL
    assert etsi.Standing(found, {"a": SKIP, "b": WARN}).verdict == WARN
    assert etsi.Standing(found, {"a": SKIP}).verdict == SKIP
    assert etsi.Standing(found).verdict == "-"


def test_without_a_server_it_says_what_tests_what() -> None:
    done = coapspec("etsi")
    assert done.code == 0
    assert "rfc7252/4.3/ping-reset" in done.out and "59 descriptions" in done.out


def test_a_resource_is_left_as_it_was(tmp_path: Path, reference: Reference) -> None:
    """The scripts of PUT and DELETE change /test; the one of GET sees what was there before."""
    uri, report = reference.start(), tmp_path / "run.json"
    for _ in range(2):
        coapspec("etsi", uri, "--only", "etsi/*", "--json", report)
    run = json.loads(report.read_text())["runs"][0]
    (get,) = [case for case in run["cases"] if case["id"] == "etsi/td-coap-core-01"]
    assert "a plain text resource" in get["trace"][-1]["text"]


def test_quick_says_what_it_leaves_out(reference: Reference) -> None:
    uri = reference.start()
    done = coapspec("server", uri, "--quick", "--quiet", "--only", "rfc7252/4.3/*")
    slow = sum(case.slow and case.role == "server" for case in CASES.values())
    assert f"--quick: {slow} cases" in done.error_line
