"""Runs a program and all that it starts, for so many seconds of CPU."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
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


def session_cpu(leader: int) -> float:
    """Seconds used so far by the session that `leader` began, ended children included."""
    ticks = 0
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            stat = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        # The command's name may have anything in it: what follows it is counted from its end.
        fields = stat.rpartition(")")[2].split()
        if int(fields[3]) == leader:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Ends the program and what it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=3)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def run(command: list[str], log: Path, seconds: float, more_environment: dict[str, str],
        stop: Path | None = None) -> Ended:
    """Runs until it ends, has used its seconds of CPU, or a file `stop`/* is there."""
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
        used = max(used, session_cpu(process.pid))
        # Asked for without being waited for, an ended one stays to be counted.
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None:
            used = max(used, session_cpu(process.pid))
            break
        if stop is not None and any(stop.glob("*")):
            break
        if used >= seconds or time.monotonic() > wall:
            in_time = False
            break
        time.sleep(LOOK_SECONDS)
    end_session(process)
    return Ended(process.wait(), used, in_time)
