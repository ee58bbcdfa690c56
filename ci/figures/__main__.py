"""Takes the measurements and says how they compare; see ci/bench, which calls this.

usage: python3 ci/figures --tree DIR --programs DIR --out DIR [--json FILE] [--quick]
                          [--only NAME,NAME...] [--rounds N] [--quiet] [--commit ID]
Exit: 0 taken (whatever aims are missed), 1 a measurement failed, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from pathlib import Path

from bench import Bench, LoadFailed
from catalogue import MEASUREMENTS
from figure_page import write_page
from machine import NotStarted
from samples import Aim, Figure
from words import line_of

HERE = Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--tree", type=Path, required=True)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="measurements, separated by commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--commit", default="")
    return parser.parse_args()


def with_aims(figures: list[Figure]) -> list[Figure]:
    known = tomllib.loads((HERE / "aims.toml").read_text(encoding="utf-8"))["aim"]
    for figure in figures:
        figure.aims = [Aim(aim["against"], aim.get("at_least"), aim.get("at_most"),
                           aim.get("text", ""))
                       for aim in known if aim["figure"] == figure.id]
    return figures


def main() -> int:
    options = arguments()
    names = options.only.split(",") if options.only else []
    bench = Bench(options.tree, options.programs, options.out, options.rounds,
                  seconds=0.5 if options.quick else 3, is_quick=options.quick,
                  is_quiet=options.quiet)
    began = time.time()
    figures: list[Figure] = []
    failed: list[str] = []
    for measurement in MEASUREMENTS:
        if measurement.name not in names if names else options.quick and not measurement.is_quick:
            continue
        bench.say(f"measuring: {measurement.name}")
        try:
            taken = with_aims(measurement.measure(bench))
        except (LoadFailed, NotStarted) as error:
            failed.append(f"{measurement.name}: {error}")
            print(f"ci/bench: {failed[-1]}", file=sys.stderr)
            continue
        for figure in taken:
            print(line_of(figure), flush=True)
        figures += taken
    about = {"commit": options.commit, "seconds": round(time.time() - began),
             "started": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(began)),
             "server core": bench.server_core, "load core": bench.load_core,
             "rounds": bench.rounds, "quick": options.quick}
    result = {"about": about, "figures": [figure.as_json() for figure in figures],
              "failed": failed}
    options.out.mkdir(parents=True, exist_ok=True)
    for path in (options.out / "bench.json", options.json):
        if path:
            path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    page = write_page(options.out, figures, about, failed)
    met = [aim["met"] for figure in result["figures"] for aim in figure["aims"]]
    print(f"aims: {sum(met)} met, {len(met) - sum(met)} missed; {page}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
