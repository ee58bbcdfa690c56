"""Parts by themselves: the codec, the timers."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

from bench import Bench, LoadFailed, in_turns
from machine import pinned
from samples import Figure, Spread

CODEC_ROUNDS = 1_000_000
COUNTED_ROUNDS = 1_000
TIMERS = 1_000_000
RECORDED = Path(__file__).resolve().parent / "instructions.toml"


def codec_times(bench: Bench, whose: str) -> dict[str, float]:
    command = [str(bench.programs / f"{whose}-codec"), str(CODEC_ROUNDS)]
    said = subprocess.run(pinned(bench.server_core, command), capture_output=True, text=True,
                          check=True)
    return json.loads(said.stdout)


def instructions(bench: Bench, whose: str) -> float:
    """That one round takes, as callgrind counts them: the same on every machine with the same
    compiler and C library."""
    said = subprocess.run(
        ["valgrind", "--tool=callgrind", "--toggle-collect=one_round",
         f"--callgrind-out-file={bench.out / f'callgrind.{whose}-codec'}",
         str(bench.programs / f"{whose}-codec"), str(COUNTED_ROUNDS)],
        capture_output=True, text=True, check=False)
    counted = re.search(r"Collected : (\d+)", said.stderr)
    if not counted:
        raise LoadFailed(f"callgrind on {whose}-codec: {said.stderr.strip().splitlines()[-1]}")
    return int(counted.group(1)) / COUNTED_ROUNDS


def codec(bench: Bench) -> list[Figure]:
    taken = in_turns(bench.rounds, {
        whose: lambda whose=whose: codec_times(bench, whose) for whose in ("ours", "libcoap")})
    bench.out.mkdir(parents=True, exist_ok=True)
    recorded = float(tomllib.loads(RECORDED.read_text(encoding="utf-8"))["codec"])
    counts = {"ours": Spread.of([instructions(bench, "ours")]),
              "recorded": Spread.of([recorded]),
              "libcoap": Spread.of([instructions(bench, "libcoap")])}
    notes = [f"ours: read {taken['read_ns']['ours'].median:.0f} ns, "
             f"write {taken['write_ns']['ours'].median:.0f} ns"]
    return [Figure("codec", "a request of 32 bytes read and written", "nanoseconds",
                   taken["both_ns"], more_is_better=False, notes=notes),
            Figure("codec-instructions", "the same in instructions (callgrind)", "instructions",
                   counts, more_is_better=False)]


def timers(bench: Bench) -> list[Figure]:
    taken = in_turns(bench.rounds, {"ours": lambda: bench.probe("timers", TIMERS),
                                    "1000": lambda: bench.probe("timers", 1000)})
    names = {"arm": "armed", "replace": "ended, another one begun", "fire": "due and armed again"}
    return [Figure(f"timers-{name}", f"a retransmission among {TIMERS} in virtual time, {what}",
                   "nanoseconds", taken[f"{name}_ns"], more_is_better=False)
            for name, what in names.items()]
