"""Reports for the maintainers of reference peers. findings/PEER.toml says in words what each known
failure comes from, findings/kinds.toml which rule that is about; the bytes come from JSON reports
of real runs. `coapspec findings RUN.json...` puts the two together."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import expect, peers
from .case import Case
from .explain import wrapped

FOLDER = peers.CONFORMANCE / "findings"
SHOWN = 12  # entries of a trace
LONGEST = 320  # characters of one line of bytes
FAILED = ("fail", "xfail")
OURS = "own"  # our own stack's failures are issues, not findings


class FindingError(Exception):
    """A finding that cannot be written: what it is made of is missing."""


@dataclass(frozen=True)
class Finding:
    peer: str
    name: str
    title: str
    rule: str
    effect: str
    cases: tuple[str, ...]
    seen: str
    advice: str

    @property
    def path(self) -> Path:
        return Path(self.peer) / f"{self.name}.md"


def load(folder: Path = FOLDER) -> list[Finding]:
    kinds = tomllib.loads((folder / "kinds.toml").read_text(encoding="utf-8"))
    found = []
    for path in sorted(folder.glob("*.toml")):
        if path.name == "kinds.toml":
            continue
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["finding"]:
            kind = kinds[entry["kind"]]
            found.append(Finding(path.stem, entry["name"], kind["title"], kind["rule"],
                                 kind["effect"], tuple(entry["cases"]), entry["seen"],
                                 entry["advice"]))
    return found


def known(cases: dict[str, Case]) -> dict[str, set[str]]:
    """What each foreign peer is known to fail, by its own file."""
    files = {name: peers.PEERS / name / "expected-failures.txt" for name in peers.names()}
    return {name: set(expect.read(path, cases)) for name, path in files.items()
            if path.exists() and name.partition("-")[0] != OURS}


@dataclass
class Evidence:
    """What runs have shown: (peer, case) -> the run and the result."""

    results: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]]

    def of(self, peer: str, case: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """From a run of the peer itself, else of one that is like it."""
        alike = [name for name in peers.names() if peers.load(name).like == peer]
        for name in (peer, *alike):
            if (name, case) in self.results:
                return self.results[name, case]
        raise FindingError(f"no run shows how {peer} fails {case}")


def evidence(paths: Iterable[Path]) -> Evidence:
    """Reads JSON reports; of several runs the first that shows a failure counts."""
    results: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]] = {}
    for path in paths:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            for run in document["runs"]:
                for result in run["cases"]:
                    if result["verdict"] in FAILED:
                        results.setdefault((run["peer"]["name"], result["id"]), (run, result))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FindingError(f"{path}: not a report of coapspec ({error})") from None
    return Evidence(results)


def _packets(case: Case, trace: list[dict[str, Any]]) -> Iterable[str]:
    arrows = {"sent": "->", "received": "<-", "note": "  "}
    entries = [entry for entry in trace
               if entry["layer"] == "message" or case.is_about_security]
    yield "```"
    for entry in entries[:SHOWN]:
        yield f"{arrows[entry['direction']]} {entry['text']}"
        if entry["hex"] is not None:
            data = entry["hex"]
            cut = f"... ({len(data) // 2} bytes)" if len(data) > LONGEST else ""
            yield f"   {data[:LONGEST]}{cut}"
    if len(entries) > SHOWN:
        yield f"... and {len(entries) - SHOWN} more"
    yield "```"


def _case_text(case: Case, run: dict[str, Any], result: dict[str, Any]) -> Iterable[str]:
    name, transport = run["peer"]["name"], run["peer"]["transport"]
    yield f"### `{case.id}`"
    yield ""
    yield f"{case.title} ({case.level}, {case.rfc})."
    yield ""
    yield from wrapped(f"Expected and seen: {result['reason'].partition(' (expected:')[0]}")
    yield ""
    yield from _packets(case, result["trace"])
    yield ""
    yield (f"Again: `conformance/coapspec {case.command} --peer {name} --transport {transport} "
           f"--only {case.id}`")
    yield ""


def rendered(finding: Finding, cases: dict[str, Case], shown: Evidence) -> str:
    """The report on one finding, in Markdown."""
    description = peers.load(finding.peer)
    found = [(cases[id], *shown.of(finding.peer, id)) for id in finding.cases]
    sections = dict.fromkeys(case.rfc for case, _, _ in found)
    versions = dict.fromkeys(run["peer"]["version"] or description.version
                             for _, run, _ in found)
    lines = [f"# {description.title}: {finding.title[0].lower()}{finding.title[1:]}", ""]
    lines += [f"- version: {', '.join(versions)} ({description.package})"]
    lines += [f"- rules: {'; '.join(sections)}"]
    lines += ["- arrows in the packets: `->` to the peer, `<-` from it", ""]
    for heading, text in (("What it does", finding.seen), ("What the RFC asks for", finding.rule),
                          ("What comes of it", finding.effect),
                          ("What could be done", finding.advice)):
        lines += [f"## {heading}", "", *wrapped(text), ""]
    lines += ["## Packets", ""]
    for case, run, result in found:
        lines += _case_text(case, run, result)
    text = "\n".join(lines).rstrip() + "\n"
    return text.replace(f"{peers.ROOT}/", "")  # where it was seen is nobody else's path


def index(found: list[Finding]) -> str:
    """The table of all reports."""
    lines = ["# Findings in other stacks", "", *wrapped(
        "One report for each cause of known failures of a reference peer, for its maintainers: "
        "what it does, what the RFC asks for, what comes of it, what could be done, and the packets. "
        "Nothing here has been sent to anybody. The words are in PEER.toml and kinds.toml, the "
        "packets are those of a run; to write all of it anew:"), "", "```",
        "conformance/coapspec server --peer NAME --json server.json",
        "conformance/coapspec client --peer NAME --json client.json   # libcoap-*, which have one",
        "conformance/coapspec findings server.json client.json ...", "```", "",
        *wrapped("What could be done is a guess from outside: names of functions are from the "
                 "stacks' public documentation and may have moved."), "",
        "| peer | finding | cases |", "| --- | --- | --- |"]
    lines += [f"| {finding.peer} | [{finding.title}: {finding.name}]({finding.path}) | "
              f"{len(finding.cases)} |" for finding in found]
    return "\n".join(lines) + "\n"
