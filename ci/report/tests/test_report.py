"""The page, the summary and the JUnit file say what the results folder holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

REPORT = Path(__file__).resolve().parents[1]


def case(name: str, verdict: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "verdict": verdict, "title": name, "rfc": "RFC 7252 4.2", **more}


def cell(verdict: str, reason: str = "") -> dict[str, Any]:
    return {"transport": "DTLS", "credential": "PSK", "client": "ours", "server": "theirs",
            "verdict": verdict, "reason": reason, "seconds": 0.25, "said": []}


GOOD_CASES = [case("a/ping", "pass"), case("a/slow", "xfail", reason="known"), case("b", "skip")]
CAMPAIGN = {
    "target": "pdu",
    "engine": "libfuzzer",
    "seconds": 2.1,
    "execs": 4200,
    "execs_per_s": 2000,
    "edges": 321,
    "corpus": 12,
    "crashes": 0,
}


class Results:
    """A results folder to fill, and the command run on it."""

    def __init__(self, out: Path) -> None:
        self.out = out
        for name in ("conformance", "fuzz", "replay"):
            (out / "results" / name).mkdir(parents=True)

    def write(self, name: str, data: Any) -> None:
        (self.out / "results" / name).write_text(json.dumps(data))

    def peer(self, name: str, cases: list[dict[str, Any]]) -> None:
        about = {"title": name, "version": "1.2"}
        self.write(f"conformance/{name}.json", {"runs": [{"peer": about, "cases": cases}]})

    def peer_runs(self, name: str, *runs: list[dict[str, Any]]) -> None:
        """A peer that was tested over several transports."""
        about = {"title": name, "version": "1.2"}
        self.write(f"conformance/{name}.json",
                   {"runs": [{"peer": about, "cases": cases} for cases in runs]})

    def report(self, peers: str = "own") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(REPORT), "--out", str(self.out), "--peers", peers]
        command += ["--started", "2026-01-01 00:00", "--seconds", "5"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads((self.out / "summary.json").read_text())

    @property
    def page(self) -> str:
        return (self.out / "index.html").read_text()

    @property
    def junit(self) -> ET.Element:
        return ET.parse(self.out / "junit.xml").getroot()


@pytest.fixture
def results(tmp_path: Path) -> Results:
    made = Results(tmp_path)
    made.peer("own", GOOD_CASES)
    made.write("fuzz/pdu.json", CAMPAIGN)
    made.write("replay/pdu.json", {"target": "pdu", "files": 7, "failed": []})
    made.write("interop.json", {"cells": [cell("works")]})
    return made


def test_a_run_as_expected_exits_0(results: Results) -> None:
    run = results.report()
    assert run.returncode == 0, run.stderr
    assert "Everything as expected" in results.page
    assert results.summary["findings"] == 0


def test_known_failures_are_shown(results: Results) -> None:
    results.report()
    assert "1 known failures of own" in results.page
    assert "a/slow" in results.page


def test_summary_counts_every_verdict(results: Results) -> None:
    results.report()
    own = results.summary["peers"]["own"]
    assert own["version"] == "1.2"
    counts = {name: own[name] for name in ("pass", "warn", "fail", "skip", "xfail", "xpass")}
    assert counts == {"pass": 1, "warn": 0, "fail": 0, "skip": 1, "xfail": 1, "xpass": 0}
    assert own["inconclusive"] == 0


def test_the_runs_of_all_transports_count(results: Results) -> None:
    results.peer_runs("own", GOOD_CASES, [case("t/tcp", "pass"), case("t/bad", "fail")])
    assert results.report().returncode == 1
    own = results.summary["peers"]["own"]
    assert (own["pass"], own["fail"], own["skip"]) == (2, 1, 1)


def test_a_case_over_a_secure_transport_is_told_apart(results: Results) -> None:
    runs = [{"peer": {"title": "own", "transport": transport}, "cases": [case("a/ping", verdict)]}
            for transport, verdict in (("coap", "pass"), ("coaps", "fail"))]
    results.write("conformance/own.json", {"runs": runs})
    assert results.report().returncode == 1
    names = [test.attrib["name"] for test in results.junit.iter("testcase")]
    assert "a/ping" in names and "a/ping over coaps" in names
    assert "a/ping over coaps" in results.page


def test_summary_holds_the_campaign(results: Results) -> None:
    results.report()
    fuzz = results.summary["fuzz"]["pdu"]
    assert (fuzz["execs"], fuzz["execs_per_s"], fuzz["edges"], fuzz["crashes"]) == (
        4200,
        2000,
        321,
        0,
    )


@pytest.mark.parametrize("verdict", ["fail", "xpass", "error"])
def test_an_unexpected_verdict_is_a_finding(results: Results, verdict: str) -> None:
    results.peer("own", [*GOOD_CASES, case("c/bad", verdict, reason="no answer <b>")])
    run = results.report()
    assert run.returncode == 1
    assert "c/bad" in run.stdout
    assert "no answer &lt;b&gt;" in results.page
    suite = results.junit.find("testsuite[@name='conformance.own']")
    assert suite is not None
    assert int(suite.attrib["failures"]) + int(suite.attrib["errors"]) == 1


def test_warn_and_inconclusive_are_no_findings(results: Results) -> None:
    results.peer("own", [case("a", "warn"), case("b", "inconclusive")])
    assert results.report().returncode == 0
    assert results.summary["peers"]["own"]["pass"] == 0


def test_a_crash_is_a_finding_with_its_reproducer(results: Results) -> None:
    finding = {"path": "x/crash-1", "reproduce": "replay x/crash-1"}
    results.write("fuzz/pdu.json", {**CAMPAIGN, "crashes": 1, "findings": [finding]})
    run = results.report()
    assert run.returncode == 1
    assert "replay x/crash-1" in run.stdout
    assert "replay x/crash-1" in results.page


def test_a_failed_replay_is_a_finding(results: Results) -> None:
    failed = [{"path": "seed", "reproduce": "replay seed"}]
    results.write("replay/pdu.json", {"target": "pdu", "files": 7, "failed": failed})
    assert results.report().returncode == 1
    assert results.junit.find("testsuite[@name='replay.pdu']/testcase/failure") is not None


def test_a_peer_that_is_not_there_is_reported_and_never_passed(results: Results) -> None:
    note = results.out / "results/conformance/go-coap.unavailable"
    note.write_text("coapspec: peer 'go-coap' is not available: no Go compiler\n")
    run = results.report("own,go-coap")
    assert run.returncode == 0
    assert "not available: no Go compiler" in run.stdout
    assert results.summary["peers"]["go-coap"] == {
        "available": False,
        "why": "not available: no Go compiler",
    }
    assert "not available: no Go compiler" in results.page


@pytest.mark.parametrize("verdict", ["fails", "surprise"])
def test_a_bad_cell_is_a_finding(results: Results, verdict: str) -> None:
    results.write("interop.json", {"cells": [cell("works"), cell(verdict, "no <answer>")]})
    assert results.report().returncode == 1
    assert results.summary["findings"] == 1
    assert (results.summary["interop"]["works"], results.summary["interop"][verdict]) == (1, 1)
    failure = results.junit.find("testsuite[@name='interop']/testcase/failure")
    assert failure is not None
    assert failure.attrib["message"] == f"{verdict}: no <answer>"
    assert "<td class=\"text " + verdict in results.page
    assert "no &lt;answer&gt;" in results.page


@pytest.mark.parametrize("verdict", ["limitation", "unavailable"])
def test_a_cell_that_cannot_work_is_no_finding(results: Results, verdict: str) -> None:
    results.write("interop.json", {"cells": [cell("works"), cell(verdict, "has none")]})
    assert results.report().returncode == 0
    skipped = results.junit.find("testsuite[@name='interop']/testcase/skipped")
    assert skipped is not None and skipped.attrib["message"] == f"{verdict}: has none"
    assert "has none" in results.page


@pytest.mark.parametrize(("content", "wanted"), [
    ({"cells": [cell("unavailable", "no build")]}, "nothing was tried"),
    ({"cells": [cell("splendid")]}, '"splendid" is none of'),
    ({"cells": [{}]}, '"transport" is missing'),
    ({}, '"cells" is missing'),
])
def test_interop_without_results_is_no_pass(results: Results, content: Any, wanted: str) -> None:
    results.write("interop.json", content)
    run = results.report()
    assert run.returncode == 2
    assert wanted in run.stderr


def test_peers_come_in_the_order_asked_for(results: Results) -> None:
    results.peer("libcoap", GOOD_CASES)
    results.report("libcoap,own")
    assert list(results.summary["peers"]) == ["libcoap", "own"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("{", "Expecting property name"),
        ("[]", "wanted a JSON object"),
        ('{"peer": {}}', '"runs" is missing'),
        ('{"runs": []}', "no run"),
        ('{"runs": [{"peer": {}}]}', '"cases" is missing'),
        ('{"runs": [{"cases": []}]}', "no case was run"),
        ('{"runs": [{"cases": [{"id": "a", "verdict": "fine"}]}]}', 'verdict "fine"'),
    ],
)
def test_results_that_cannot_be_read_are_named(results: Results, broken: str, said: str) -> None:
    (results.out / "results/conformance/own.json").write_text(broken)
    run = results.report()
    assert run.returncode == 2
    assert said in run.stderr
    assert "own.json" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_peer_without_results_is_no_pass(results: Results) -> None:
    run = results.report("own,libcoap")
    assert run.returncode == 2
    assert "libcoap.json" in run.stderr
