"""Runs a program and all that it starts, for so many seconds of CPU."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.2
# A machine that has no time for it must not make it run for ever.
WALL_FACTOR, WALL_EXTRA = 10, 120


@dataclass(frozen=True)
class Ended:
    """How it went."""

    code: int
    cpu: float
    in_time: bool


class Stopped(Exception):
    """Somebody has set STOP."""


# All that runs is to be ended.
STOP = threading.Event()


def stop_on_signals() -> None:
    """SIGINT and SIGTERM set it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: STOP.set())


def family(leader: int) -> dict[int, int]:
    """The ticks of CPU, ended children included, of `leader` and each that it has started, directly
    or not. (A session would not do: afl-fuzz puts its target in one of its own.)"""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            stat = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        # The command's name may have anything in it: what follows it is counted from its end.
        fields = stat.rpartition(")")[2].split()
        parents[int(entry.name)] = int(fields[1])
        ticks[int(entry.name)] = sum(int(field) for field in fields[11:15])

    def is_of_it(pid: int) -> bool:
        while pid in parents and pid != leader:
            pid = parents[pid]
        return pid == leader

    return {pid: used for pid, used in ticks.items() if is_of_it(pid)}


def family_cpu(leader: int) -> float:
    """Seconds used by all of them so far."""
    return sum(family(leader).values()) / TICKS


def end_family(process: subprocess.Popen[bytes]) -> None:
    """Ends the program and what it has started."""
    members = family(process.pid)
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=3)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
    for member in members:
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)


def run(command: list[str], log: Path, seconds: float, more_environment: dict[str, str],
        stop: Path | None = None) -> Ended:
    """Runs until it ends, has used its seconds of CPU, or a file `stop`/* is there. Stopped when
    STOP is set; nothing is left running then."""
    if STOP.is_set():
        raise Stopped
    wall = time.monotonic() + seconds * WALL_FACTOR + WALL_EXTRA
    environment = {**os.environ, **more_environment}
    with log.open("wb") as output:
        # pylint: disable=consider-using-with
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, env=environment,
                                   start_new_session=True,
                                   preexec_fn=lambda: resource.setrlimit(
                                       resource.RLIMIT_CORE, (0, 0)))
    used = 0.0
    in_time = True
    while True:
        used = max(used, family_cpu(process.pid))
        # Asked for without being waited for, an ended one stays to be counted.
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None:
            used = max(used, family_cpu(process.pid))
            break
        if STOP.is_set():
            end_family(process)
            process.wait()
            raise Stopped
        if stop is not None and any(stop.glob("*")):
            break
        if used >= seconds or time.monotonic() > wall:
            in_time = False
            break
        time.sleep(LOOK_SECONDS)
    end_family(process)
    return Ended(process.wait(), used, in_time)
