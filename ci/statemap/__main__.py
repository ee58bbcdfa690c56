"""Ties the counts of state_coverage.c together; see ci/states, which calls this.

usage: python3 ci/statemap --table FILE --svg FILE [--json FILE] COUNTS...
Exit: 0 done, 1 Graphviz fails.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from drawing import dot
from table import Counts, possible_pairs, read_table


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/statemap", description=__doc__.splitlines()[0])
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--svg", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("counts", nargs="+", type=Path)
    return parser.parse_args()


def main() -> int:
    options = arguments()
    table = read_table(options.table)
    counts = Counts()
    for path in options.counts:
        counts.add(path.read_text(encoding="utf-8"))
    reached = {cell for cell in counts.steps if counts.steps[cell]}
    pairs = possible_pairs(table)
    print(f"{'state':12} {'done':>9} {'possible':>9}  rows that do something, never taken")
    for state in table.states:
        active = [cell for cell in table.active if cell[0] == state]
        possible = [cell for cell in table.possible if cell[0] == state]
        never = [event for event in table.events if (state, event) in table.active - reached]
        print(f"{state:12} {len(reached.intersection(active)):3} of {len(active):2} "
              f"{len(reached.intersection(possible)):3} of {len(possible):2}  {' '.join(never)}")
    print(f"rows: {len(reached & table.active)} of {len(table.active)} that do something, "
          f"{len(reached & table.possible)} of {len(table.possible)} possible ones")
    print(f"in a row: {len(pairs & set(counts.pairs))} of {len(pairs)} pairs that fit together")
    mistakes = sorted(reached - table.possible)
    if mistakes:
        print("impossible ones taken: " + " ".join("/".join(cell) for cell in mistakes))
    if options.json:
        options.json.write_text(json.dumps({
            "rows": len(table.possible),
            "steps": [[*cell, count] for cell, count in sorted(counts.steps.items())],
            "pairs": [[*a, *b, count] for (a, b), count in sorted(counts.pairs.items())],
        }) + "\n", encoding="utf-8")
    drawn = subprocess.run(["dot", "-Tsvg", "-o", str(options.svg)],
                           input=dot(table, counts), text=True, check=False)
    return 1 if drawn.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
