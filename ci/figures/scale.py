"""Many at once: sessions, observers, bodies."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from bench import Bench, in_turns, uri
from machine import Server, cpu_seconds, wait_until_quiet
from samples import Figure, Spread
from throughput import CPU_UNIT, asked

MANY = 1_000_000
FEW = 1_000
MANY_BESIDE = 20_000  # libcoap looks through all of them each time that it waits
OBSERVERS = 100_000
OBSERVERS_BESIDE = 10_000  # libcoap looks through all that there are for each new one
BODIES_AT_ONCE = 1_000
BODIES = 1_024  # of 1 MiB each
NOTIFY_ROUNDS = 5
ROUND_PAUSE = 0.5  # seconds


def fill(bench: Bench, server: Server, sessions: int) -> None:
    """Each client asks once."""
    bench.load(server, uri(server, "coap", "hello"), "-w", 0, "-t", 900, "-c", sessions,
               "-n", sessions, "-o", 256)


def sessions(bench: Bench) -> list[Figure]:
    """A server with a million sessions beside one with a thousand; the next request is mostly of a
    session that nothing has been heard of for long."""
    with bench.ours() as many, bench.ours() as few, bench.libcoap() as libcoap:
        for server, count in ((many, MANY), (few, FEW), (libcoap, MANY_BESIDE)):
            bench.say(f"{server.name}: {count} sessions")
            before = server.memory()
            fill(bench, server, count)
            if server is many:
                note = f"ours: {(server.memory() - before) / count:.0f} bytes a session"
        taken = in_turns(bench.rounds, {
            "ours": asked(bench, many, "coap", "-c", MANY),
            str(FEW): asked(bench, few, "coap", "-c", FEW),
            "libcoap": asked(bench, libcoap, "coap", "-c", MANY_BESIDE)})
        return [Figure("sessions-1m", f"UDP GET with {MANY} sessions (libcoap: {MANY_BESIDE})",
                       CPU_UNIT, taken["cpu"],
                       notes=[note])]


def notified(bench: Bench, server: Server, observers: int) -> tuple[list[float], float, str]:
    """Notifications a second of processor time, round by round; the share that came, and how long
    it took."""
    spent = []
    with bench.observing(server, uri(server, "coap", "obs"), observers) as load:
        wait_until_quiet(server.pid)
        for _ in range(NOTIFY_ROUNDS):
            before = server.cpu_seconds()
            server.send_signal(signal.SIGUSR1)
            time.sleep(ROUND_PAUSE)
            wait_until_quiet(server.pid, 60)
            spent.append(server.cpu_seconds() - before)
    said = load.result()
    came = said["notifications"] / (observers * NOTIFY_ROUNDS)
    rates = [observers * came / max(cpu, 1e-9) for cpu in spent]
    longest = max((one["ms"] for one in said["rounds"]), default=0.0)
    return rates, came, (f"{server.name}: {came:.1%} of the notifications to {observers} observers "
                         f"came, a round took {longest:.0f} ms at most")


def observers(bench: Bench) -> list[Figure]:
    with bench.ours() as ours, bench.libcoap() as libcoap:
        own, came, said = notified(bench, ours, OBSERVERS)
        others, others_came, also_said = notified(bench, libcoap, OBSERVERS_BESIDE)
    return [Figure("observers", f"notifications to {OBSERVERS} observers "
                   f"(libcoap: to {OBSERVERS_BESIDE})",
                   "notifications per second of the server's processor time",
                   {"ours": Spread.of(own), "libcoap": Spread.of(others)},
                   notes=[said, also_said]),
            Figure("observers-came", "of these, how many came", "share",
                   {"ours": Spread.of([came]), "libcoap": Spread.of([others_came])})]


def fetched(bench: Bench, server: Server, *options: object) -> Callable[[], dict[str, float]]:
    def measure() -> dict[str, float]:
        said = bench.load(server, uri(server, "coap", "large"), "-w", 0, "-D", *options)
        return {"cpu": said["bytes"] / 1e6 / max(said["server_cpu_seconds"], 1e-9),
                "bytes": said["bytes"], "lost": said["lost"]}
    return measure


def blocks(bench: Bench) -> list[Figure]:
    """One GiB in all by 1000 clients at once, and how much more memory that takes; then shorter
    ones in turns with libcoap."""
    with bench.ours() as ours, bench.libcoap() as libcoap:
        notes = []
        growth = {}
        for server in (ours, libcoap):
            before = server.memory()
            taken = fetched(bench, server, "-c", BODIES_AT_ONCE, "-n", BODIES, "-t", 900)()
            growth[server.name] = (server.peak_memory() - before) / 1e6
            notes.append(f"{server.name}: {taken['bytes'] / 2**30:.3f} GiB by {BODIES_AT_ONCE} "
                         f"clients, {taken['lost']:.0f} blocks asked for twice")
        taken = in_turns(bench.rounds, {
            server.name: fetched(bench, server, "-c", BODIES_AT_ONCE, "-t", bench.seconds)
            for server in (ours, libcoap)})
    return [Figure("blocks", f"bodies of 1 MiB block by block, {BODIES_AT_ONCE} at once",
                   "MB per second of the server's processor time", taken["cpu"], notes=notes),
            Figure("blocks-memory", f"peak memory of {BODIES_AT_ONCE} such transfers",
                   "MB more than before",
                   {name: Spread.of([value]) for name, value in growth.items()},
                   more_is_better=False)]


def shared(bench: Bench, server: Server) -> Callable[[], dict[str, float]]:
    """What several processes answer while the busiest of them computes for a second: more of them
    are faster as far as the load is dealt out evenly and none waits for another."""
    def measure() -> dict[str, float]:
        pids = server.children()
        before = {pid: cpu_seconds(pid) for pid in pids}
        said = bench.load(server, uri(server, "coap", "hello"), "-w", 0, "-t", bench.seconds,
                          "-c", FEW)
        busiest = max(cpu_seconds(pid) - before[pid] for pid in pids)
        return {"busiest": said["answers"] / max(busiest, 1e-9)}
    return measure


def workers(bench: Bench) -> list[Figure]:
    """coapspec-workers with two processes, each on a core, beside one with a single one. The load
    takes turns with them on the same cores when there are no others, so it is not the clock that
    tells."""
    def start(count: int) -> Server:
        return Server(f"{count} workers", [str(bench.tree / "coapspec-workers"), "-A", "127.0.0.1",
                                           "-n", str(count), "-p"], None,
                      ready="coapspec-workers: ")

    with start(2) as two, start(1) as one:
        taken = in_turns(bench.rounds, {"ours": shared(bench, two), "1": shared(bench, one)})
    return [Figure("workers", "UDP GET, two processes that share a port, beside one",
                   "answers per second of the busiest one's processor time", taken["busiest"])]
