"""conformance/findings: every known failure of a foreign peer is reported, with bytes of a run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conftest import Reference, coapspec
from suite import findings, peers
from suite.case import load
from suite.codec import FormatError, decode
from suite.findings import FOLDER, Finding, FindingError

CASES = load()
FOUND = findings.load()
NAMES = [f"{finding.peer}/{finding.name}" for finding in FOUND]
BYTES = re.compile(r"^   ([0-9a-f]{2,})$", re.MULTILINE)


def test_every_expected_failure_is_in_one_finding() -> None:
    for peer, expected in findings.known(CASES).items():
        told = [case for finding in FOUND if finding.peer == peer for case in finding.cases]
        assert sorted(told) == sorted(expected), peer


def test_there_is_no_finding_about_anybody_else() -> None:
    assert {finding.peer for finding in FOUND} <= set(findings.known(CASES))
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("finding", FOUND, ids=NAMES)
def test_a_finding_is_written_up(finding: Finding) -> None:
    """Version, rules, words, and for each case its packets; the words are those of today."""
    text = (FOLDER / finding.path).read_text()
    words = " ".join(text.split())
    for said in (finding.seen, finding.rule, finding.effect, finding.advice):
        assert " ".join(said.split()) in words
    assert re.search(r"^- version: \d+\.\d+", text, re.MULTILINE)
    for part in text.split("\n### `")[1:]:
        id = part.partition("`")[0]
        assert id in finding.cases and CASES[id].rfc in part and CASES[id].title in part
        assert "Expected and seen: " in part and f"--only {id}" in part
        assert BYTES.search(part), id
    assert text.count("\n### `") == len(finding.cases)


def test_packets_are_packets() -> None:
    """What stands below a message of a UDP case is that message."""
    seen = 0
    for finding in FOUND:
        text = (FOLDER / finding.path).read_text()
        for meaning, data in re.findall(r"^(?:->|<-) ((?:CON|NON|ACK|RST) .*)\n   ([0-9a-f]+)$",
                                        text, re.MULTILINE):
            try:
                assert str(decode(bytes.fromhex(data))) == meaning
            except FormatError:
                pytest.fail(f"{finding.path}: {data} is no message")
            seen += 1
    assert seen > 500


def test_the_index_is_current() -> None:
    assert (FOLDER / "README.md").read_text() == findings.index(FOUND)
    written = {path.relative_to(FOLDER) for path in FOLDER.glob("*/*.md")}
    assert written == {finding.path for finding in FOUND}


def test_a_report_is_written_from_a_run(tmp_path: Path, reference: Reference) -> None:
    """A real run on a server with a fault; its name is that of a peer, as a report is about one."""
    report = tmp_path / "run.json"
    uri = reference.start("acknowledges-ping")
    coapspec("server", uri, "--only", "rfc7252/4.3/ping-reset", "--json", report)
    document = json.loads(report.read_text())
    document["runs"][0]["peer"]["name"] = "node-coap"
    report.write_text(json.dumps(document))
    finding = Finding("node-coap", "ping", "Pings", "rule", "effect", ("rfc7252/4.3/ping-reset",),
                      "seen", "advice")
    text = findings.rendered(finding, CASES, findings.evidence([report]))
    assert "<- ACK 0.00 (Empty)" in text and peers.load("node-coap").title in text
    other = Finding("node-coap", "x", "X", "", "", ("rfc7252/4.3/empty-non",), "", "")
    with pytest.raises(FindingError, match="no run shows"):
        findings.rendered(other, CASES, findings.evidence([report]))


def test_what_is_no_report_is_told(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("{}")
    done = coapspec("findings", file, "--out", tmp_path)
    assert done.code == 2 and "not a report" in done.error_line
