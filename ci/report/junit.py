"""junit.xml: the same run for CI systems that read JUnit."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from results import Campaign, Case, Cell, Peer, Replay, Run
from verdicts import WORKS

SKIPPED = ("skip", "inconclusive", "xfail")


def _suite(root: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(root, "testsuite", name=name)


def _test(suite: ET.Element, name: str, seconds: float = 0.0) -> ET.Element:
    return ET.SubElement(
        suite, "testcase", classname=suite.attrib["name"], name=name, time=f"{seconds:.3f}"
    )


def _close(suite: ET.Element) -> None:
    tests = suite.findall("testcase")
    suite.set("tests", str(len(tests)))
    for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(test.find(kind) is not None for test in tests)))


def _conformance_case(suite: ET.Element, case: Case) -> None:
    test = _test(suite, case.id, case.seconds)
    message = f"{case.verdict}: {case.reason}" if case.reason else case.verdict
    if case.verdict in ("fail", "xpass"):
        ET.SubElement(test, "failure", message=message).text = case.rfc
    elif case.verdict == "error":
        ET.SubElement(test, "error", message=message)
    elif case.verdict in SKIPPED:
        ET.SubElement(test, "skipped", message=message)


def _peer(root: ET.Element, peer: Peer) -> None:
    suite = _suite(root, f"conformance.{peer.name}")
    if peer.ran:
        for case in peer.cases:
            _conformance_case(suite, case)
    else:
        test = _test(suite, peer.name)
        ET.SubElement(test, "skipped", message=f"not available: {peer.unavailable}")
    _close(suite)


def _campaign(root: ET.Element, campaign: Campaign) -> None:
    suite = _suite(root, f"fuzz.{campaign.target}")
    test = _test(suite, campaign.engine, campaign.seconds)
    if campaign.crashes:
        failure = ET.SubElement(test, "failure", message=f"{campaign.crashes} findings")
        failure.text = "\n".join(finding.reproduce for finding in campaign.findings)
    _close(suite)


def _replay(root: ET.Element, replay: Replay) -> None:
    suite = _suite(root, f"replay.{replay.target}")
    test = _test(suite, f"{replay.files} stored inputs")
    if replay.failed:
        failure = ET.SubElement(test, "failure", message=f"{len(replay.failed)} inputs failed")
        failure.text = "\n".join(finding.reproduce for finding in replay.failed)
    _close(suite)


def _interop(root: ET.Element, cells: list[Cell]) -> None:
    suite = _suite(root, "interop")
    for cell in cells:
        test = _test(suite, cell.name, cell.row["seconds"])
        message = f"{cell.verdict}: {cell.reason}"
        if cell.unexpected:
            failure = ET.SubElement(test, "failure", message=message)
            failure.text = "\n".join(cell.row.get("said", []))
        elif cell.verdict != WORKS:
            ET.SubElement(test, "skipped", message=message)
    _close(suite)


def junit(run: Run) -> bytes:
    """The run as a JUnit document."""
    root = ET.Element("testsuites", name="coapspec")
    for peer in run.peers:
        _peer(root, peer)
    for campaign in run.campaigns:
        _campaign(root, campaign)
    for replay in run.replays:
        _replay(root, replay)
    _interop(root, run.cells)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
