"""Runs the tables of ci/interop, which reads the command line: TAP on standard output.

usage: python3 ci/matrix --plain DIR --builds DIR,... --jobs N [--json FILE] [--html FILE]
Exit: 0 as expected, 1 not, 2 a file cannot be read or written.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "conformance"))  # certificates and free ports are made there

from cells import Cell, Matrix  # noqa: E402
from limits import LimitsError, load  # noqa: E402
from programs import Program, libcoap, library, own  # noqa: E402
from tables import page  # noqa: E402
from verdicts import BAD, LIMITATION, UNAVAILABLE, WORKS  # noqa: E402

from suite import certificates  # noqa: E402

USUAL = {"build-tls": "own-gnutls", "build-openssl": "own-openssl", "build-mbedtls": "own-mbedtls"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/matrix", description=__doc__.splitlines()[0])
    parser.add_argument("--plain", type=Path, required=True)
    parser.add_argument("--builds", required=True)
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--limits", type=Path, default=HERE / "limits.toml")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--html", type=Path)
    return parser.parse_args()


def ours(builds: list[Path]) -> list[Program]:
    """Our programs in these build directories; two with the same library are told apart."""
    found: list[Program] = []
    for build in builds:
        program = own(build)
        if program.missing:
            program = own(build, USUAL.get(build.name, ""))
        elif not library(program.about):
            program = Program(f"own ({build.name})", program.family, program.client, program.server,
                              missing=f"{build.name}/ is configured without (D)TLS")
        if program.name in (other.name for other in found):
            program = own(build, f"{program.name} ({build.name})")
        found.append(program)
    return found


class Tap:
    """Numbers the results."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, cell: Cell) -> None:
        self.count += 1
        number, name = self.count, cell.name
        if cell.verdict == WORKS:
            print(f"ok {number} - {name}")
        elif cell.verdict == UNAVAILABLE:
            print(f"ok {number} - {name} # SKIP {cell.reason}")
        elif cell.verdict == LIMITATION:
            # TAP's word for a failure that is expected.
            print(f"not ok {number} - {name} # TODO {cell.reason}")
        else:
            print(f"not ok {number} - {name}")
            for line in dict.fromkeys((*cell.said, cell.reason)):
                print(f"# {line}")
        sys.stdout.flush()


def write(path: Path | None, text: str) -> None:
    if path:
        path.write_text(text, encoding="utf-8")


def main() -> int:
    options = arguments()
    began, started = time.monotonic(), time.strftime("%Y-%m-%d %H:%M %Z")
    plain = [own(options.plain, "own"), libcoap("notls")]
    secure = [*ours([Path(name) for name in options.builds.split(",")]),
              libcoap("gnutls"), libcoap("openssl")]
    folder = Path(tempfile.mkdtemp(prefix="coapspec-interop-"))
    try:
        matrix = Matrix(plain, secure, load(options.limits), folder, certificates.make(folder))
        tap = Tap()
        matrix.run(options.jobs, tap)
        print(f"1..{tap.count}")
        cells = [cell.as_json() for cell in matrix.cells]
        about = {program.name: program.missing or program.about for program in (*plain, *secure)}
        write(options.json, json.dumps({"started": started, "programs": about, "cells": cells,
                                        "seconds": round(time.monotonic() - began, 1)},
                                       indent=1) + "\n")
        write(options.html, page(cells, about, started))
    except (LimitsError, OSError) as error:
        print(f"ci/interop: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    works = any(cell.verdict == WORKS for cell in matrix.cells)
    return 0 if works and not any(cell.verdict in BAD for cell in matrix.cells) else 1


if __name__ == "__main__":
    sys.exit(main())
