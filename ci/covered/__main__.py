"""Sums up what the stored inputs run of lib/; see ci/coverage, which calls this.

usage: python3 ci/covered --lib DIR --summary FILE --lines FILE --reasons FILE [--json FILE] [--all]
Exit: 0 done, 1 a reason is out of date.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from measured import KINDS, Function, Share, read_lines, read_summary
from reasons import Reasons, read_reasons, unmeasured

UNKNOWN = "no reason is known"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/covered", description=__doc__.splitlines()[0])
    for name in ("lib", "summary", "lines", "reasons"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--all", action="store_true")
    return parser.parse_args()


def print_files(files: dict[str, dict[str, Share]]) -> None:
    """The least covered first, those that are whole left out."""
    print(f"{'lines':>7} {'branch.':>7}  file")
    for name, file in sorted(files.items(), key=lambda item: item[1]["lines"].percent):
        if file["lines"].percent < 100 or file["branches"].percent < 100:
            print(f"{file['lines'].percent:6.1f}% {file['branches'].percent:6.1f}%  {name}")


def print_rest(missed: list[Function], reasons: Reasons, with_all: bool) -> None:
    known = [function for function in missed if function.key in reasons.functions]
    print(f"\nnot run to the last line: {len(missed)} functions, of {len(known)} a reason is known")
    for function in missed:
        why = reasons.functions.get(function.key)
        if why is None or with_all:
            print(f"{len(function.lines):5} lines  {function.key}: {why or UNKNOWN}")


def as_json(totals: dict[str, Share], files: dict[str, dict[str, Share]], missed: list[Function],
            left_out: list[str], reasons: Reasons) -> str:
    def figures(of: dict[str, Share]) -> dict[str, object]:
        return {kind: {"covered": of[kind].covered, "count": of[kind].count,
                       "percent": round(of[kind].percent, 2)} for kind in KINDS}

    return json.dumps({
        **figures(totals),
        "files": {name: figures(file) for name, file in sorted(files.items())},
        "not_run": [{"function": function.key, "lines": function.lines,
                     "why": reasons.functions.get(function.key)} for function in missed],
        "not_measured": {name: reasons.files.get(name) for name in left_out},
    }, indent=1) + "\n"


def main() -> int:
    options = arguments()
    totals, files = read_summary(options.summary.read_text(encoding="utf-8"), options.lib)
    missed, every = read_lines(options.lines.read_text(encoding="utf-8"), options.lib)
    reasons = read_reasons(options.reasons)
    left_out = unmeasured(options.lib, set(files))
    print_files(files)
    print_rest(missed, reasons, options.all)
    print(f"\nin no harness: {len(left_out)} files")
    for name in left_out:
        print(f"  {name}: {reasons.files.get(name, UNKNOWN)}")
    print()
    for kind in KINDS:
        print(f"{kind}: {totals[kind]}")
    if options.json:
        options.json.write_text(as_json(totals, files, missed, left_out, reasons),
                                encoding="utf-8")
    stale = reasons.stale(missed, every, set(files), options.lib)
    for line in stale:
        print(f"ci/coverage: {options.reasons.name} is out of date: {line}", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
