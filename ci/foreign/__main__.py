"""Runs stored inputs on another stack and fuzzes it; see ci/sut, which calls this.

usage: python3 ci/foreign --work DIR --seconds N --convert PROGRAM [--past-known] [--json FILE]
                          [--quiet] TARGET...
Exit: 0 nothing found, 1 a finding.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from rules import rule_of

REPLAY_SECONDS = 30


@dataclass
class Outcome:
    """What came of one target."""

    target: str
    inputs: int = 0
    passed: int = 0
    execs: int = 0
    edges: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    rules: dict[str, int] = field(default_factory=dict)
    examples: dict[str, Path] = field(default_factory=dict)

    def found(self, rule: str, example: Path) -> None:
        self.rules[rule] = self.rules.get(rule, 0) + 1
        best = self.examples.get(rule)
        if best is None or example.stat().st_size < best.stat().st_size:
            self.examples[rule] = example

    def as_json(self) -> dict[str, object]:
        return {"target": self.target, "inputs": self.inputs, "passed": self.passed,
                "execs": self.execs, "edges": self.edges, "seconds": round(self.seconds, 1),
                "cpu": round(self.cpu, 1),
                "findings": [{"rule": rule, "times": times, "input": str(self.examples[rule])}
                             for rule, times in sorted(self.rules.items())]}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/foreign", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--convert", type=Path, required=True)
    parser.add_argument("--past-known", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("targets", nargs="+")
    return parser.parse_args()


def environment(past_known: bool) -> dict[str, str]:
    """With `past_known`, known faults end no run (fuzz/oracle/oracle.h)."""
    return {**os.environ, "FUZZ_PAST_KNOWN": "1"} if past_known else dict(os.environ)


def replay(replayer: Path, path: Path, past_known: bool = False) -> str | None:
    """The rule that is broken, None when none is."""
    try:
        done = subprocess.run([str(replayer), "--quiet", str(path)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", check=False,
                              timeout=REPLAY_SECONDS, env=environment(past_known))
    except subprocess.TimeoutExpired:
        return "no end"
    return None if done.returncode == 0 else rule_of(done.stdout + done.stderr, done.returncode)


def run_stored(outcome: Outcome, replayer: Path, place: Path, past_known: bool) -> None:
    """Every rule counts here; the seeds are those that the fuzzer gets through."""
    good = place / "passed"
    shutil.rmtree(good, ignore_errors=True)
    good.mkdir()
    for path in sorted((place / "seeds").iterdir()):
        outcome.inputs += 1
        rule = replay(replayer, path)
        if rule is None:
            outcome.passed += 1
        else:
            outcome.found(rule, path)
        if rule is None or (past_known and replay(replayer, path, past_known) is None):
            shutil.copyfile(path, good / path.name)


def children_cpu() -> float:
    """Seconds that what has been run and waited for has used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fuzz(outcome: Outcome, build: Path, place: Path, seconds: int, past_known: bool) -> None:
    """Past each finding: in a process of its own, which libFuzzer starts again."""
    crashes, corpus = place / "crashes", place / "corpus"
    shutil.rmtree(crashes, ignore_errors=True)
    crashes.mkdir()
    corpus.mkdir(exist_ok=True)
    begin, before = time.monotonic(), children_cpu()
    with (place / "fuzz.log").open("w", encoding="utf-8") as log:
        subprocess.run(
            [str(build / f"{outcome.target}_fuzzer"), "-fork=1", "-ignore_crashes=1",
             "-ignore_ooms=1", "-ignore_timeouts=1", "-timeout=10", f"-max_total_time={seconds}",
             f"-artifact_prefix={crashes}/", str(corpus), str(place / "passed")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False,
            env={**environment(past_known), "ASAN_OPTIONS": "detect_leaks=0:symbolize=0"})
    outcome.seconds, outcome.cpu = time.monotonic() - begin, children_cpu() - before
    text = (place / "fuzz.log").read_text(encoding="utf-8", errors="replace")
    for execs, edges in re.findall(r"^#(\d+): cov: (\d+)", text, re.MULTILINE):
        outcome.execs, outcome.edges = int(execs), int(edges)
    replayer = build / f"{outcome.target}_replay"
    for path in sorted(crashes.iterdir()):
        rule = replay(replayer, path, past_known)
        if rule is not None:
            outcome.found(rule, path)


def keep(outcome: Outcome, convert: Path, place: Path) -> None:
    """One input of each rule, readable."""
    folder = place / "findings"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, (rule, path) in enumerate(sorted(outcome.examples.items()), 1):
        kept = folder / f"{number:02}-{re.sub('[^a-z0-9]+', '-', rule.lower()).strip('-')[:60]}.session"
        subprocess.run([str(convert), "--from", "bytes", "--to", "text", str(path), str(kept)],
                       check=True)
        outcome.examples[rule] = kept


def main() -> int:
    options = arguments()
    outcomes = []
    for target in options.targets:
        outcome = Outcome(target)
        place, build = options.work / target, options.work / "build"
        if not options.quiet:
            print(f"{target}: running the stored inputs", file=sys.stderr, flush=True)
        run_stored(outcome, build / f"{target}_replay", place, options.past_known)
        if options.seconds:
            if not options.quiet:
                print(f"{target}: fuzzing for {options.seconds} s", file=sys.stderr, flush=True)
            fuzz(outcome, build, place, options.seconds, options.past_known)
        keep(outcome, options.convert, place)
        print(f"{target}: {outcome.passed} of {outcome.inputs} stored inputs pass; "
              f"{outcome.execs} executions in {outcome.seconds:.0f} s ({outcome.cpu:.0f} s of CPU), "
              f"{outcome.edges} edges; "
              f"{len(outcome.rules)} rules broken")
        for rule, times in sorted(outcome.rules.items(), key=lambda item: -item[1]):
            print(f"  {times:5}  {rule}\n         {outcome.examples[rule]}")
        outcomes.append(outcome)
    if options.json:
        options.json.write_text(json.dumps([o.as_json() for o in outcomes], indent=1) + "\n",
                                encoding="utf-8")
    return 1 if any(outcome.rules for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
