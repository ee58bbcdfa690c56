"""Compares campaigns with the mutator of programs and without it; see ci/mutator, which calls this.

usage: python3 ci/hunt/mutators.py --engine libfuzzer|afl --seconds N --runs N [--canary NAME]...
                                   [--json FILE] [--quiet] TARGET...
Exit: 0 done, 1 an engine did not run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from canary import read
from engines import (AFL_ENVIRONMENT, CAMPAIGN, Job, afl_command, afl_figure, afl_mutator, fresh,
                     libfuzzer_command)
from hunting import Hunter, Places
from running import Stopped, run, stop_on_signals

TOP = Path(__file__).resolve().parents[2]
WAYS = {"with": "", "without": "plain"}


@dataclass(frozen=True)
class Row:
    """One campaign, or one hunt."""

    what: str  # a target or a canary
    way: str
    seed: int
    value: float | None  # edges; seconds of CPU until it was found, None: it was not
    execs: int

    def as_json(self, unit: str) -> dict[str, object]:
        return {"what": self.what, "mutator": self.way, "seed": self.seed, unit: self.value,
                "execs": self.execs}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/mutator", description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=("libfuzzer", "afl"), required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--canary", action="append", default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("targets", nargs="*")
    return parser.parse_args()


def last_figures(log: str) -> tuple[int, int]:
    """Edges and executions, as libFuzzer has counted them last."""
    edges = re.findall(r"cov: (\d+)", log)
    execs = re.findall(r"^#(\d+)", log, re.MULTILINE)
    return int(edges[-1]) if edges else 0, int(execs[-1]) if execs else 0


def libfuzzer_campaign(job: Job, way: str) -> tuple[int, int]:
    log = job.work / "log"
    run(libfuzzer_command(job, "-detect_leaks=0", f"-artifact_prefix={job.work}/"), log,
        job.seconds, {**CAMPAIGN, "FUZZ_MUTATOR": WAYS[way]})
    return last_figures(log.read_text(encoding="utf-8", errors="replace"))


def afl_campaign(job: Job, way: str) -> tuple[int, int]:
    run(afl_command(job), job.work / "log", job.seconds,
        {**AFL_ENVIRONMENT, **afl_mutator(job.target), "FUZZ_MUTATOR": WAYS[way]})
    return afl_figure(job, "edges_found"), afl_figure(job, "execs_done")


# Where each engine's targets are, and how it says what it has come to.
ENGINES = {"libfuzzer": ("build-fuzz", libfuzzer_campaign), "afl": ("build-afl", afl_campaign)}


def campaign(engine: str, target: str, way: str, seed: int, seconds: float, work: Path) -> Row:
    """From the seeds that people have written, with nothing that a campaign has found."""
    build, begin = ENGINES[engine]
    job = Job(target, TOP / f"{build}/fuzz/{target}_fuzzer", TOP / "out/mutator/seeds" / target,
              TOP / f"corpus/dictionaries/{target}.dict", work, seconds, seed)
    edges, execs = begin(job, way)
    return Row(target, way, seed, edges, execs)


def hunt(engine: str, name: str, way: str, seed: int, seconds: float, work: Path) -> Row:
    os.environ["FUZZ_MUTATOR"] = WAYS[way]
    places = Places(TOP, {engine: TOP / ENGINES[engine][0]}, work / "seeds", work / "canaries")
    result = Hunter(places, seconds, seed).by_engine(
        read(TOP / f"fuzz/canaries/{name}.patch"), engine)
    return Row(name, way, seed, round(result.cpu, 1) if result.found else None, result.execs)


def line(what: str, rows: list[Row]) -> str:
    """All runs of both ways, and what the middle one of each says."""
    parts = [f"{what:24}"]
    for way in WAYS:
        values = [row.value for row in rows if row.what == what and row.way == way]
        # What has not been found takes longer than all that has.
        middle_value = statistics.median(math.inf if v is None else v for v in values)
        middle = f"{middle_value:g}" if math.isfinite(middle_value) else "not found"
        parts.append(f"{way} {' '.join('-' if v is None else f'{v:g}' for v in values)}"
                     f" (median {middle})")
    return "  ".join(parts)


def compare(options: argparse.Namespace) -> int:
    work = TOP / "out/mutator"
    rows: list[Row] = []
    hunts: list[Row] = []
    for target in options.targets:
        for way in WAYS:
            for seed in range(1, options.runs + 1):
                if not options.quiet:
                    print(f"{target}, {way} it, run {seed}", file=sys.stderr, flush=True)
                rows.append(campaign(options.engine, target, way, seed, options.seconds,
                                     fresh(work / target / f"{way}-{seed}")))
        print(f"edges    {line(target, rows)}", flush=True)
    for name in options.canary:
        for way in WAYS:
            for seed in range(1, options.runs + 1):
                if not options.quiet:
                    print(f"{name}, {way} it, run {seed}", file=sys.stderr, flush=True)
                hunts.append(hunt(options.engine, name, way, seed, options.seconds, work))
        print(f"seconds  {line(name, hunts)}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(
            [row.as_json("edges") for row in rows] + [row.as_json("seconds") for row in hunts],
            indent=1) + "\n", encoding="utf-8")
    return 1 if any(not row.execs for row in rows) else 0


def main() -> int:
    options = arguments()
    stop_on_signals()
    try:
        return compare(options)
    except Stopped:
        print("ci/mutator: interrupted", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
