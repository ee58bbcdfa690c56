"""Hunts planted bugs; see ci/canaries, which calls this.

usage: python3 ci/hunt --seconds N --seed N --engines E,E --jobs N [--json FILE] [--no-corpus]
                       [--resume] [--quiet] [NAME...]
Exit: 0 every canary found by an engine, 1 one was not, or could not be built.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from canary import BadPatch, Canary, read_all
from hunting import Hunter, Places, Result
from kept import Kept, conditions
from running import Stopped, stop_on_signals

TOP = Path(__file__).resolve().parents[2]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/hunt", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--engines", required=True)
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--no-corpus", action="store_true")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def make_seeds(canaries: list[Canary], folder: Path) -> None:
    """The stored inputs as engines read them, of the targets that there are canaries for."""
    targets = sorted({target for canary in canaries for target in canary.targets})
    subprocess.run([str(TOP / "fuzz/tools/build_corpus.sh"),
                    str(TOP / "build-fuzz/fuzz/session-convert"), str(TOP / "corpus"),
                    str(folder), *targets], check=True, stdout=subprocess.DEVNULL)


def outcome(result: Result) -> str:
    """A line for people."""
    if result.found:
        return (f"found by the corpus in {result.cpu:.1f} s: {result.seen}"
                if result.source == "corpus" else f"found in {result.cpu:.1f} s: {result.seen}")
    return f"NOT found in {result.cpu:.1f} s{': ' + result.trouble if result.trouble else ''}"


def table(results: list[Result]) -> str:
    head = ("canary", "class", "layer", "engine", "CPU s", "by", "seen by", "target")
    rows = [head] + [(r.canary.name, r.canary.kind, r.canary.layer, r.engine, f"{r.cpu:.1f}",
                      r.source if r.found else "NOT FOUND", r.seen, r.target) for r in results]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in rows)


def engine_line(engine: str, results: list[Result]) -> str:
    own = [r for r in results if r.engine == engine]
    found = [r for r in own if r.found]
    stored = sum(r.source == "corpus" for r in found)
    times = sorted(r.cpu for r in found)
    middle = f"median {statistics.median(times):.1f} s, longest {times[-1]:.1f} s" if times else "-"
    return f"{engine}: {len(found)} of {len(own)} found, {stored} by the corpus; {middle}"


def main() -> int:
    options = arguments()
    engines = options.engines.split(",")
    try:
        canaries = [c for c in read_all(TOP / "fuzz/canaries")
                    if not options.names or c.name in options.names]
    except BadPatch as bad:
        print(f"ci/canaries: {bad}", file=sys.stderr)
        return 1
    work = TOP / "out/canaries"
    work.mkdir(parents=True, exist_ok=True)
    make_seeds(canaries, work / "seeds")
    hunter = Hunter(Places(TOP, {"libfuzzer": TOP / "build-fuzz", "afl": TOP / "build-afl"},
                           work / "seeds", work), options.seconds, options.seed)
    kept = Kept(work, conditions(hunter.places, options.seconds, options.seed,
                                 not options.no_corpus), options.resume)
    total = len(canaries) * len(engines)
    done = 0
    lock = threading.Lock()

    def say(words: str, step: int = 0) -> None:
        nonlocal done
        with lock:
            done += step
            if not options.quiet:
                print(f"{done}/{total} {words}", file=sys.stderr, flush=True)

    def by_one(canary: Canary, engine: str, stored: Result | None) -> Result:
        result = kept.read(canary, engine)
        if result is None:
            if stored is not None and stored.found:
                result = replace(stored, engine=engine)
            else:
                say(f"{canary.name}, {engine}: hunting, {options.seconds:.0f} s of CPU at most")
                result = hunter.by_engine(canary, engine)
                result.cpu += stored.cpu if stored else 0
            kept.write(result)
        say(f"{canary.name}, {engine}: {outcome(result)}", 1)
        return result

    # Both engines of one canary in one lane: they share what is built of it.
    def one(canary: Canary) -> list[Result]:
        new = [engine for engine in engines if kept.read(canary, engine) is None]
        stored = hunter.by_corpus(canary) if new and not options.no_corpus else None
        return [by_one(canary, engine, stored) for engine in engines]

    stop_on_signals()
    try:
        with ThreadPoolExecutor(options.jobs) as lanes:
            results = [result for pair in lanes.map(one, canaries) for result in pair]
    except Stopped:
        print("ci/canaries: interrupted; --resume goes on from here", file=sys.stderr)
        return 1
    print(table(results))
    print()
    for engine in engines:
        print(engine_line(engine, results))
    names_found = {r.canary.name for r in results if r.found}
    lost = [c.name for c in canaries if c.name not in names_found]
    print(f"{len(names_found)} of {len(canaries)} canaries found"
          + (f"; not found: {' '.join(lost)}" if lost else ""))
    if options.json:
        options.json.write_text(json.dumps([r.as_json() for r in results], indent=1) + "\n",
                                encoding="utf-8")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
