"""Machine formats: JSON (described in conformance/README.md), JUnit XML, TAP."""

from __future__ import annotations

import os
import re
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from .. import __version__
from ..target import UDP
from ..verdict import ERROR, FAIL, INCONCLUSIVE, SKIP, XFAIL, XPASS, Result, Run

SCHEMA = "coapspec-run/1"
# What XML 1.0 cannot hold.
CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")


def write_file(path: Path, text: str) -> None:
    """Writes a whole file or none: by way of a temporary one beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def result_json(result: Result) -> dict[str, Any]:
    return {
        "id": result.case.id,
        "verdict": result.verdict.lower(),
        "level": result.case.level,
        "rfc": result.case.rfc,
        "rows": list(result.case.rows),
        "title": result.case.title,
        "reason": result.text,
        "seconds": round(result.seconds, 3),
        "trace": result.trace.as_json(),
    }


def run_json(run: Run) -> dict[str, Any]:
    return {
        "peer": {"name": run.peer, "title": run.title or run.peer, "version": run.version,
                 "uri": run.uri, "transport": run.transport},
        "conforms": run.conforms,
        "died": run.died,
        "seconds": round(run.seconds, 3),
        "counts": run.counts(),
        "cases": [result_json(result) for result in run.results],
    }


def document(runs: list[Run]) -> dict[str, Any]:
    """The whole JSON report."""
    return {"schema": SCHEMA, "tool": {"name": "coapspec", "version": __version__},
            "runs": [run_json(run) for run in runs]}


def trace_text(result: Result) -> str:
    lines = []
    for entry in result.trace.entries:
        lines.append(f"{entry.seconds:.3f} {entry.direction} "
                     f"{entry.data.hex() if entry.data is not None else ''} {entry.text}")
    return CONTROL.sub("?", "\n".join(lines))


def junit(runs: list[Run]) -> str:
    root = ElementTree.Element("testsuites", name="coapspec")
    for run in runs:
        counts = run.counts()
        name = run.peer if run.transport == UDP else f"{run.peer} over {run.transport}"
        suite = ElementTree.SubElement(
            root, "testsuite", name=name, tests=str(len(run.results)),
            failures=str(counts["fail"] + counts["xpass"]), errors=str(counts["error"]),
            skipped=str(counts["skip"] + counts["xfail"] + counts["inconclusive"]),
            time=f"{run.seconds:.3f}")
        for result in run.results:
            test = ElementTree.SubElement(suite, "testcase", classname=f"coapspec.{run.peer}",
                                          name=result.case.id, time=f"{result.seconds:.3f}")
            text = CONTROL.sub("?", result.text)
            if result.verdict in (FAIL, XPASS):
                failure = ElementTree.SubElement(
                    test, "failure", type=result.verdict,
                    message=f"{result.case.title} [{result.case.rfc}]: {text}")
                failure.text = trace_text(result)
            elif result.verdict == ERROR:
                ElementTree.SubElement(test, "error", message=text)
            elif result.verdict in (SKIP, XFAIL, INCONCLUSIVE):
                ElementTree.SubElement(test, "skipped", message=f"{result.verdict}: {text}")
            elif text:
                ElementTree.SubElement(test, "system-out").text = f"{result.verdict}: {text}"
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(
        root, encoding="unicode") + "\n"


def _tap_line(number: int, run: Run, result: Result) -> str:
    reason = " ".join(result.text.split()).replace("#", "\\#")
    line = f"{number} - {run.peer}: {result.case.id}"
    if result.verdict == SKIP:
        return f"ok {line} # SKIP {reason}"
    if result.verdict in (XFAIL, INCONCLUSIVE):
        return f"not ok {line} # TODO {result.verdict.lower()}: {reason}"
    if result.verdict in (FAIL, XPASS, ERROR):
        return f"not ok {line}"
    return f"ok {line}"


def tap(runs: list[Run]) -> str:
    lines = ["TAP version 14", f"1..{sum(len(run.results) for run in runs)}"]
    number = 0
    for run in runs:
        for result in run.results:
            number += 1
            lines.append(_tap_line(number, run, result))
            if result.text and result.verdict != SKIP:
                text = " ".join(result.text.split()).replace('"', "'").replace("\\", "/")
                lines += ["  ---", f'  verdict: {result.verdict}', f'  message: "{text}"',
                          f'  rfc: "{result.case.rfc}"', "  ..."]
    return "\n".join(lines) + "\n"
