"""A server that is asked for three times what it can do; see ci/overload, which calls this.

usage: python3 ci/figures/overload.py --tree DIR --programs DIR [--seconds N] [--json FILE] [--quiet]

Prints TAP, with the figures as its comments. Exit: 0 all as promised, 1 not, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from bench import Bench, LoadFailed, uri
from machine import NotStarted, Server

FACTOR = 3  # times what it can do
CLIENTS = 10_000
PROBES = 200  # requests a second from clients that do not overload it
ROUNDS = 3
PEAK_SECONDS = 2
BEFORE = 1.0  # seconds of these alone, before and after
AFTER = 3.0
PATIENCE_MS = 100
PEAK_SHARE = 0.9
# Each run asks from ports of its own: so many sessions are kept in the end.
SESSIONS = CLIENTS * (2 * ROUNDS + 2)
# What a server remembers of one at most: itself, and 32 messages (COAP_CORE_MAX_SEEN of
# lib/session/core.h, RFC 7252 4.2) with answers as short as these.
MEMORY_OF_SESSION = 512 + 32 * 64
RECOVERED_SECONDS = 1.0


@dataclass
class Overload:
    """What was measured. Rates are per second of the server's processor time, which says what it
    does with what it has; by the clock there are the others of the machine. The peak is measured
    before and after each overload, and once more at the end."""

    peaks: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    offered_per_second: list[float] = field(default_factory=list)
    answered_per_second: list[float] = field(default_factory=list)
    recovered_seconds: list[float] = field(default_factory=list)
    requests: int = 0
    lost: int = 0
    probes: int = 0
    probes_lost: int = 0
    dropped_by_system: int = 0
    memory_before: int = 0
    memory_peak: int = 0


class Watch(threading.Thread):
    """The most memory that a server has while it is overloaded."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.most = 0
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(0.05):
            self.most = max(self.most, self.server.memory())

    def stop(self) -> int:
        self.is_over.set()
        self.join()
        return self.most


def drops(port: int) -> int:
    """Datagrams that found no room in the sockets on this UDP port."""
    return sum(int(line.split()[12]) for line in
               Path("/proc/net/udp").read_text().splitlines()[1:]
               if line.split()[1].endswith(f":{port:04X}"))


def rates(said: dict) -> tuple[float, float]:
    return said["answers"] / max(said["server_cpu_seconds"], 1e-9), said["per_second"]


def recovered(timeline: list[int], overload_end: float) -> float:
    """Seconds from the end of the overload until the probes are answered as they come. A tenth of a
    second may have fewer by chance, or by what else the machine does: two in a row count."""
    wanted = PROBES / 10 * 0.8
    first = int(overload_end * 10)
    for tick in range(first, len(timeline) - 1):
        if timeline[tick] + timeline[tick + 1] >= 2 * wanted:
            return max(tick / 10 - overload_end, 0.0)
    return float("inf")


def peak(bench: Bench, server: Server, found: Overload) -> float:
    """By the clock; closed loop."""
    bench.say("what it can do")
    rate, clock = rates(bench.load(server, uri(server, "coap", "work"), "-w", 0, "-t", PEAK_SECONDS,
                                   "-c", CLIENTS))
    found.peaks.append(rate)
    return clock


def overload(bench: Bench, server: Server, found: Overload, rate: int, seconds: float) -> None:
    """Those who overload it, among those who only ask now and then."""
    bench.say(f"{FACTOR} times that, for {seconds:.0f} s")
    target = uri(server, "coap", "work")
    with ThreadPoolExecutor(1) as pool:
        probe: Future[dict] = pool.submit(
            bench.load, server, target, "-w", 0, "-t", BEFORE + seconds + AFTER, "-r", PROBES,
            "-T", 1000, "-s", "127.32.0.1", "-c", 16)
        time.sleep(BEFORE)
        said = bench.load(server, target, "-w", 0, "-t", seconds, "-r", rate, "-c", CLIENTS,
                          "-T", PATIENCE_MS)
        probes = probe.result()
    answered, clock = rates(said)
    found.answered.append(answered)
    found.answered_per_second.append(clock)
    found.offered_per_second.append(said["requests"] / seconds)
    found.recovered_seconds.append(recovered(probes["timeline"]["answers"], BEFORE + seconds))
    found.requests += said["requests"]
    found.lost += said["lost"]
    found.probes += probes["requests"]
    found.probes_lost += probes["lost"]


def measure(bench: Bench, seconds: float) -> Overload:
    found = Overload()
    with bench.ours() as server:
        # Once for each client, so that what a session holds is there before it is counted.
        bench.load(server, uri(server, "coap", "hello"), "-w", 0, "-t", 60, "-c", CLIENTS,
                   "-n", CLIENTS)
        found.memory_before, dropped = server.memory(), drops(server.port)
        watch = Watch(server)
        watch.start()
        for _ in range(ROUNDS):
            clock = peak(bench, server, found)
            overload(bench, server, found, int(clock * FACTOR), seconds)
        peak(bench, server, found)
        found.memory_peak = watch.stop()
        found.dropped_by_system = drops(server.port) - dropped
    return found


def checks(found: Overload) -> list[tuple[str, bool]]:
    peak_rate, answered = median(found.peaks), median(found.answered)
    slowest = max(found.recovered_seconds)
    return [
        (f"it is asked for more than it can do: {median(found.offered_per_second):.0f}/s offered, "
         f"{median(found.answered_per_second):.0f}/s answered, {found.lost} of {found.requests} "
         f"lost", found.lost > found.requests // 10),
        (f"it answers as at its peak: {answered:.0f} for each second that it computes, "
         f"{peak_rate:.0f} without overload ({answered / peak_rate:.0%})",
         answered >= PEAK_SHARE * peak_rate),
        (f"memory is bound: {found.memory_peak / 1e6:.1f} MB at most, {SESSIONS} sessions; "
         f"{found.memory_before / 1e6:.1f} MB before",
         found.memory_peak - found.memory_before <= SESSIONS * MEMORY_OF_SESSION),
        (f"it recovers within a second: after {slowest:.1f} s all others are answered again; "
         f"{found.probes_lost} of their {found.probes} requests were lost",
         slowest <= RECOVERED_SECONDS),
        (f"afterwards it is as fast as before: {found.peaks[-1]:.0f}, {found.peaks[0]:.0f} before",
         found.peaks[-1] >= PEAK_SHARE * min(found.peaks[:-1])),
    ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/overload", description=__doc__.splitlines()[0])
    parser.add_argument("--tree", type=Path, required=True)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--first", type=int, default=1, help="number of the first test")
    parser.add_argument("--quiet", action="store_true")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    bench = Bench(options.tree, options.programs, options.tree, is_quiet=options.quiet)
    try:
        found = measure(bench, options.seconds)
    except (LoadFailed, NotStarted) as error:
        print(f"not ok {options.first} - overload: {error}")
        return 1
    if options.json:
        options.json.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    results = checks(found)
    for number, (text, is_kept) in enumerate(results, options.first):
        print(f"{'ok' if is_kept else 'not ok'} {number} - overload: {text}")
    print(f"# datagrams that the system dropped for want of room: {found.dropped_by_system}")
    return 0 if all(is_kept for _, is_kept in results) else 1


if __name__ == "__main__":
    sys.exit(main())
