"""Ties the results of one run together: index.html, summary.json, junit.xml.

usage: python3 ci/report --out DIR --peers NAME,NAME... --started TIME --seconds N
                         [--commit ID]
Reads DIR/results/ and DIR/history/, to which it adds this run. Exit: 0 nothing unexpected, 1 findings, 2 usage or unreadable results.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path

# The tables of ci/interop are that command's own.
sys.path.append(str(Path(__file__).resolve().parents[1] / "matrix"))

import history  # noqa: E402
from junit import junit  # noqa: E402
from page import page  # noqa: E402
from reading import BadResult  # noqa: E402
from results import Run, load_run  # noqa: E402
from summary import summary  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/report", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--peers", required=True, help="names, separated by commas")
    parser.add_argument("--started", required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--commit", default="")
    return parser.parse_args()


def line_per_piece(run: Run) -> list[str]:
    """What the console shows."""
    lines = []
    for peer in run.peers:
        if peer.ran:
            shown = ", ".join(f"{count} {name}" for name, count in peer.counts.items() if count)
            lines.append(f"conformance {peer.name} ({peer.version}): {shown}")
        else:
            lines.append(f"conformance {peer.name}: not available: {peer.unavailable}")
        lines += [f"  {case.verdict} {case.id}: {case.reason}" for case in peer.bad]
    for campaign in run.campaigns:
        lines.append(
            f"fuzz {campaign.target}: {campaign.execs} execs, {campaign.execs_per_s:.0f}/s, "
            f"{campaign.edges} edges, {campaign.crashes} crashes"
        )
        lines += [f"  reproduce: {finding.reproduce}" for finding in campaign.findings]
    for replay in run.replays:
        lines.append(f"replay {replay.target}: {replay.files} inputs, {len(replay.failed)} failed")
        lines += [f"  reproduce: {finding.reproduce}" for finding in replay.failed]
    measures = run.measures
    if measures.coverage:
        lines.append("coverage: " + ", ".join(
            f"{percent:.1f} % of {part}" for part, percent in measures.coverage.percent.items()))
    if measures.states:
        lines.append(f"states: {measures.states.taken} of {measures.states.rows} rows taken")
    if measures.speed:
        lines.append(f"speed: {measures.speed.met} of {measures.speed.aims} aims met")
    shown = ", ".join(f"{count} {name}" for name, count in run.cell_counts.items() if count)
    lines.append(f"interop: {shown}")
    lines += [f"  {cell.verdict}: {cell.name}: {cell.reason}" for cell in run.bad_cells]
    return lines


def main() -> int:
    options = arguments()
    about = {
        "started": options.started,
        "seconds": options.seconds,
        "commit": options.commit,
        "system": f"{platform.system()} {platform.machine()}",
    }
    try:
        run = load_run(options.out / "results", options.peers.split(","))
        figures = summary(run, about)
        history.keep(options.out / "history", figures)
        trends = history.trends(history.runs(options.out / "history"))
    except BadResult as error:
        print(f"ci/report: {error}", file=sys.stderr)
        return 2
    (options.out / "index.html").write_text(page(run, about, trends), encoding="utf-8")
    (options.out / "summary.json").write_text(
        json.dumps(figures, indent=2) + "\n", encoding="utf-8"
    )
    (options.out / "junit.xml").write_bytes(junit(run))
    print("\n".join(line_per_piece(run)))
    return 1 if run.findings else 0


if __name__ == "__main__":
    sys.exit(main())
