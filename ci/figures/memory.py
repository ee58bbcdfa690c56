"""What a session costs that has asked once and is idle since, and how large the library is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from bench import Bench, in_turns, uri
from machine import Server, wait_until_quiet
from samples import Figure, Spread

UNIT = "bytes a session"
DTLS_SESSIONS = 2000
FILL_SECONDS = 300
DEBIAN = Path("/usr/lib/x86_64-linux-gnu")


def per_session(bench: Bench, make: Callable[[], Server], sessions: int,
                ) -> Callable[[], dict[str, float]]:
    """In a new process each time: growth of its RAM from one session to that many, or to as many as
    it has taken after a while."""
    def measure() -> dict[str, float]:
        with make() as server:
            target = uri(server, "coap", "hello")
            bench.load(server, target, "-w", 0, "-c", 1, "-n", 1, "-s", "127.32.0.1")
            before = server.memory()
            said = bench.load(server, target, "-w", 0, "-t", FILL_SECONDS, "-c", sessions,
                              "-n", sessions, "-T", 10_000)
            wait_until_quiet(server.pid)
            return {"ram": (server.memory() - before) / said["answered"],
                    "taken": said["answered"]}
    return measure


def udp(bench: Bench, sessions: int, rounds_of_libcoap: int) -> Figure:
    ours = in_turns(bench.rounds, {"ours": per_session(bench, bench.ours, sessions)})
    libcoap = in_turns(rounds_of_libcoap, {
        "libcoap": per_session(bench, bench.libcoap, sessions)})
    return Figure(f"memory-{sessions // 1000}k", f"an idle UDP session among {sessions}", UNIT,
                  {**ours["ram"], **libcoap["ram"]}, more_is_better=False,
                  notes=[f"{name}: {spread.median:.0f} sessions" for name, spread in
                         {**ours["taken"], **libcoap["taken"]}.items()])


def udp_20k(bench: Bench) -> list[Figure]:
    """libcoap takes seven seconds for it: once is enough where time is short."""
    return [udp(bench, 20_000, 1 if bench.is_quick else bench.rounds)]


def udp_100k(bench: Bench) -> list[Figure]:
    """libcoap walks all sessions each time that it waits: some minutes until there are 100,000, so
    only once. Memory does not depend on the machine's mood."""
    return [udp(bench, 100_000, 1)]


def dtls(bench: Bench) -> list[Figure]:
    """Beside GnuTLS without a CoAP library. The sessions are open when they are counted: the load
    generator is stopped before it closes them."""
    def bare() -> dict[str, float]:
        return {"ram": bench.probe("gnutls_sessions", DTLS_SESSIONS)["ram_bytes"]}

    def open_sessions(make: Callable[..., Server]) -> Callable[[], dict[str, float]]:
        def measure() -> dict[str, float]:
            with make(secure=True) as server:
                target = uri(server, "coaps", "hello")
                bench.load(server, target, "-w", 0, "-c", 1, "-n", 1, "-s", "127.32.0.1")
                before = server.memory()
                with bench.observing(server, uri(server, "coaps", "hello"), DTLS_SESSIONS):
                    wait_until_quiet(server.pid)
                    return {"ram": (server.memory() - before) / DTLS_SESSIONS}
        return measure

    taken = in_turns(bench.rounds, {"ours": open_sessions(bench.ours), "gnutls": bare,
                                    "libcoap": open_sessions(bench.libcoap)})
    return [Figure("memory-dtls", f"an open DTLS session among {DTLS_SESSIONS}", UNIT,
                   taken["ram"], more_is_better=False)]


def text_bytes(library: Path) -> float:
    """Code and constants, as size(1) counts them."""
    said = subprocess.run(["size", str(library)], capture_output=True, text=True, check=True)
    return float(said.stdout.splitlines()[1].split()[0])


def text_size(bench: Bench) -> list[Figure]:
    figures = []
    for kind in ("notls", "gnutls"):
        ours = text_bytes(bench.tree / f"lib/.libs/libcoap-3-{kind}.so")
        libcoap = text_bytes(DEBIAN / f"libcoap-3-{kind}.so.3")
        identity = "text-size" if kind == "notls" else f"text-size-{kind}"
        figures.append(Figure(identity, f"code and constants of libcoap-3-{kind}", "bytes",
                              {"ours": Spread.of([ours]), "libcoap": Spread.of([libcoap])},
                              more_is_better=False))
    return figures
