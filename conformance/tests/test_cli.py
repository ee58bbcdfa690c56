"""The command as its users meet it: exit codes, one-line errors, selection, reports."""

from __future__ import annotations

import json
import re
import socket
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from conftest import Reference, coapspec

from suite.case import load
from suite.selftest import MUTANTS

SOME = "rfc7252/4.2/*"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(("words", "code", "complaint"), [
    (["server"], 2, "give either URIs or --peer"),
    (["server", "coap://127.0.0.1", "--peer", "libcoap"], 2, "give either URIs or --peer"),
    (["server", "nonsense"], 2, "malformed URI 'nonsense'"),
    (["server", "coap://"], 2, "malformed URI 'coap://'"),
    (["server", "coap://h:99999"], 2, "malformed URI 'coap://h:99999'"),
    (["server", "http://h/"], 2, "scheme 'http'"),
    (["server", "--peer", "libcoop"], 2, "unknown peer 'libcoop' (did you mean 'libcoap'?)"),
    (["server", "coap://127.0.0.1", "--only", "rfc7252/4.3/ping-rest"], 2, "did you mean"),
    (["server", "coap://127.0.0.1", "--rfc", "9999"], 2, "no case of RFC 9999"),
    (["server", "coap://127.0.0.1", "--transport", "coap+sms"], 2, "unknown transport 'coap+sms'"),
    (["server", "coap://127.0.0.1", "--only", SOME, "--skip", SOME], 2, "no case is left"),
    (["server", "coap://127.0.0.1", "--transport", "coap+tcp"], 2, "not of a transport asked for"),
    (["server", "coap+tcp://127.0.0.1", "--only", SOME], 2, "none is for coap+tcp"),
    (["server", "--peer", "node-coap", "--transport", "coap+ws"], 2, "it has: coap"),
    (["server", "coap://no-such-host.invalid"], 3, "cannot resolve 'no-such-host.invalid'"),
    (["server", "coaps://127.0.0.1"], 2, "needs --key (with --identity), or --ca"),
    (["server", "coaps://127.0.0.1", "--ca", "/no/such/file"], 2, "cannot read /no/such/file"),
    (["server", "coaps://127.0.0.1", "--ca", "/dev/null", "--certificate", "/dev/null"], 2,
     "belong together"),
    (["client"], 2, "give either --peer NAME, or commands by --command"),
    (["client", "--psk", "no-such-program {uri}"], 2, "there is no program 'no-such-program'"),
    (["client", "--psk", "true"], 2, "has no {uri}"),
    (["client", "--psk", "true {uri} {nonsense}"], 2, "{uri}, {identity}, {key}"),
    (["client", "--psk", "true '{uri}"], 2, "No closing quotation"),
    (["client", "--peer", "node-coap"], 3, "its peer.toml describes no client"),
    (["client", "--psk", "true {uri}", "--transport", "coop"], 2, "unknown transport 'coop'"),
    (["client", "--psk", "true {uri}", "--only", "rfc7252/4.3/*"], 2, "no case is left"),
    (["explain", "rfc7252/4.3/ping-rest"], 2, "did you mean"),
    (["selftest", "--mutant", "nothing-like-it"], 2, "unknown mutant"),
])
def test_bad_input_is_one_clear_line(words: list[str], code: int, complaint: str) -> None:
    done = coapspec(*words)
    assert done.code == code
    assert complaint in done.error_line
    assert not done.out


def test_unknown_options_are_usage_errors() -> None:
    done = coapspec("server", "--no-such-option")
    assert done.code == 2 and "--no-such-option" in done.err


def test_a_server_that_is_not_there_is_unreachable() -> None:
    done = coapspec("server", f"coap://127.0.0.1:{free_port()}")
    assert done.code == 3 and "nothing answers at" in done.error_line


def test_faults_in_an_expectations_file_name_the_line(tmp_path: Path,
                                                      reference: Reference) -> None:
    file = tmp_path / "expected"
    file.write_text("no/such/case # why\n")
    done = coapspec("server", reference.start(), "--expect", file)
    assert done.code == 2 and f"{file}:1: unknown case" in done.error_line


def test_list_and_explain_know_every_case() -> None:
    rows = json.loads(coapspec("list", "--json").out)["cases"]
    assert [row["id"] for row in rows] == list(load())
    assert f"{len(rows)} cases" in coapspec("list").out
    row = rows[0]  # every one of them: test_explain.py
    done = coapspec("explain", row["id"])
    assert done.code == 0 and row["rfc"] in done.out and "proved by:" in done.out


def test_a_correct_server_conforms_and_every_report_says_so(tmp_path: Path,
                                                            reference: Reference) -> None:
    files = {kind: tmp_path / f"run.{kind}" for kind in ("json", "junit", "tap", "html")}
    done = coapspec("server", reference.start(), "--only", SOME,
                    *(word for kind, path in files.items() for word in (f"--{kind}", path)))
    assert (done.code, done.err) == (0, "")
    assert "conforms" in done.out.splitlines()[-1]
    document = json.loads(files["json"].read_text())
    assert document["schema"] == "coapspec-run/1"
    [run] = document["runs"]
    assert run["conforms"] and run["counts"]["pass"] == len(run["cases"]) > 5
    for row in run["cases"]:
        assert row["trace"] and row["rfc"].startswith("RFC ")
        assert all(e["hex"] is None or bytes.fromhex(e["hex"]) is not None for e in row["trace"])
    suites = ElementTree.parse(files["junit"]).getroot()
    assert suites[0].attrib["tests"] == str(len(run["cases"]))
    assert suites[0].attrib["failures"] == "0"
    lines = files["tap"].read_text().splitlines()
    assert lines[1] == f"1..{len(run['cases'])}"
    assert sum(line.startswith("ok ") for line in lines) == len(run["cases"])
    page = files["html"].read_text()
    assert page.count("<summary>") == len(run["cases"])
    assert not re.search(r'(src|href)="http', page)


def a_failing_mutant() -> tuple[str, str]:
    """A mutant and the one case that flags it, quick and a MUST."""
    cases = load()
    for mutant in MUTANTS:
        case = cases[mutant.breaks[0]]
        if len(mutant.breaks) == 1 and case.level == "MUST" and not case.slow:
            return mutant.name, case.id
    raise AssertionError("no mutant breaks a single MUST")


def test_a_broken_server_is_shown_with_its_bytes(tmp_path: Path, reference: Reference) -> None:
    mutant, case = a_failing_mutant()
    uri = reference.start(mutant)
    report = tmp_path / "run.xml"
    done = coapspec("server", uri, "--only", case, "--junit", report)
    assert done.code == 1
    assert f"FAIL {case} [MUST, RFC " in done.out
    assert re.search(r">> [0-9a-f]{8}", done.out)
    assert ElementTree.parse(report).getroot()[0].attrib["failures"] == "1"
    quiet = coapspec("server", uri, "--only", case, "--quiet")
    assert quiet.code == 1 and len(quiet.out.splitlines()) == 1
    expected = tmp_path / "expected"
    expected.write_text(f"{case} # RFC 7252: planted\n")
    done = coapspec("server", uri, "--only", case, "--expect", expected)
    assert done.code == 0 and "1 xfail" in done.out
    done = coapspec("server", reference.start(), "--only", case, "--expect", expected)
    assert done.code == 1 and "1 xpass" in done.out


def test_tap_on_standard_output_is_nothing_but_tap(reference: Reference) -> None:
    done = coapspec("server", reference.start(), "--only", SOME, "--tap")
    assert done.code == 0 and done.out.startswith("TAP version 14\n")
    assert all(re.match(r"TAP|1\.\.|ok |not ok |  ", line) for line in done.out.splitlines())


def test_reports_are_written_whole_or_not_at_all(tmp_path: Path, reference: Reference) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = coapspec("server", reference.start(), "--only", SOME, "--quiet", "--json",
                    blocked / "run.json")
    assert done.code == 2 and "cannot write" in done.error_line
    assert list(tmp_path.iterdir()) == [blocked]


def test_what_a_peer_lacks_is_skipped_and_said(reference: Reference, tmp_path: Path) -> None:
    needy = next(case for case in load().values()
                 if any(need.startswith("resource:") for need in case.requires))
    role = next(need for need in needy.requires if need.startswith("resource:")).split(":")[1]
    report = tmp_path / "run.json"
    done = coapspec("server", reference.start(), "--only", needy.id, "--lacks", role, "--json",
                    report)
    assert done.code == 1 and "no case came to a verdict" in done.out
    [row] = json.loads(report.read_text())["runs"][0]["cases"]
    assert row["verdict"] == "skip" and role in row["reason"]


def test_a_server_that_cannot_be_had_does_not_spoil_the_others(reference: Reference,
                                                               tmp_path: Path) -> None:
    report = tmp_path / "run.json"
    gone = f"coap://127.0.0.1:{free_port()}"
    done = coapspec("server", gone, reference.start(), "--only", SOME, "--json", report)
    assert done.code == 3 and f"nothing answers at {gone}" in done.error_line
    [run] = json.loads(report.read_text())["runs"]
    assert run["conforms"]


def test_selftest_catches_a_fault_and_says_which(tmp_path: Path) -> None:
    mutant, case = a_failing_mutant()
    report = tmp_path / "selftest.json"
    done = coapspec("selftest", "--mutant", mutant, "--only", case, "--json", report)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "cases: 1, mutants: 1, caught: 1, false alarms: 0"
    document = json.loads(report.read_text())
    assert document["schema"] == "coapspec-selftest/1" and document["holds"]
    [row] = document["matrix"]
    assert row["mutant"] == mutant and row["flagged_by"] == [case]


def test_every_case_has_a_mutant_of_its_own() -> None:
    broken = {id for mutant in MUTANTS for id in mutant.breaks}
    assert broken == set(load())
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= len(load()) >= 60
    assert all(set(mutant.also) <= set(load()) and mutant.summary for mutant in MUTANTS)
