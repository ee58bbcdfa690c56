"""Requests a second: what a core's worth of a server can do, and how soon it answers.

A server's processor time for a number of requests says what its core can do whatever else the
machine does meanwhile; the requests answered in a second by the clock stand beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from bench import Bench, in_turns, uri
from machine import Server
from samples import Figure, Spread

CPU_UNIT = "answers per second of the server's processor time"
WALL_UNIT = "answers per second"


def asked(bench: Bench, server: Server, scheme: str, *options: object,
          ) -> Callable[[], dict[str, float]]:
    """Closed loop with 64 requests under way."""
    def measure() -> dict[str, float]:
        said = bench.load(server, uri(server, scheme, "hello"), "-w", 0, "-t", bench.seconds,
                          "-o", 64, *options)
        return {"cpu": said["answers"] / max(said["server_cpu_seconds"], 1e-9),
                "wall": said["per_second"]}
    return measure


def warm_up(bench: Bench, server: Server, scheme: str) -> None:
    bench.load(server, uri(server, scheme, "hello"), "-w", 0, "-t", 1)


def both(identity: str, title: str, taken: dict[str, dict[str, Spread]], unit: str = CPU_UNIT,
         ) -> list[Figure]:
    return [Figure(identity, title, unit, taken["cpu"]),
            Figure(f"{identity}-clock", f"{title}, by the clock", WALL_UNIT, taken["wall"])]


def udp(bench: Bench) -> list[Figure]:
    with bench.ours() as ours, bench.libcoap() as libcoap, bench.echo() as echo:
        for server in (ours, libcoap, echo):
            warm_up(bench, server, "coap")
        return both("udp-get", "UDP GET, 64 outstanding of 64 clients", in_turns(bench.rounds, {
            server.name: asked(bench, server, "coap") for server in (ours, libcoap, echo)}))


def tcp(bench: Bench) -> list[Figure]:
    with bench.ours() as ours, bench.libcoap() as libcoap:
        return both("tcp-get", "TCP GET, 64 outstanding on 4 connections", in_turns(bench.rounds, {
            server.name: asked(bench, server, "coap+tcp", "-c", 4)
            for server in (ours, libcoap)}))


def dtls(bench: Bench) -> list[Figure]:
    with bench.ours(secure=True) as ours, bench.libcoap(secure=True) as libcoap:
        return both("dtls-get", "DTLS-PSK GET (AES-128-CCM-8), 64 outstanding of 16 sessions",
                    in_turns(bench.rounds, {server.name: asked(bench, server, "coaps", "-c", 16)
                                            for server in (ours, libcoap)}))


def handshakes(bench: Bench) -> list[Figure]:
    """Each from a port of its own, as clients that come anew."""
    with bench.ours(secure=True) as ours, bench.libcoap(secure=True) as libcoap:
        return both("dtls-handshakes", "DTLS-PSK handshakes, with one GET each",
                    in_turns(bench.rounds, {
                        server.name: asked(bench, server, "coaps", "-H", "-c", 16, "-s", "ports")
                        for server in (ours, libcoap)}),
                    "handshakes per second of the server's processor time")


def p99(bench: Bench, server: Server, rate: float) -> Callable[[], dict[str, float]]:
    def measure() -> dict[str, float]:
        said = bench.load(server, uri(server, "coap", "hello"), "-w", 0, "-t", bench.seconds,
                          "-r", max(int(rate), 1), "-P", "-T", 1000)
        latency = said["latency_us"]
        return {"p50": latency["p50"], "p99": latency["p99"],
                "lost": said["lost"] / max(said["requests"], 1)}
    return measure


def latency(bench: Bench) -> list[Figure]:
    """Open loop at random times, latency from the time at which each request was due."""
    with ExitStack() as stack:
        servers = [stack.enter_context(bench.ours()), stack.enter_context(bench.libcoap())]
        peaks = {server.name: in_turns(3, {"peak": asked(bench, server, "coap")})["wall"]["peak"]
                 for server in servers}
        own = in_turns(bench.rounds, {
            server.name: p99(bench, server, peaks[server.name].median / 2) for server in servers})
        rate = peaks["libcoap"].median / 2
        same = in_turns(bench.rounds, {server.name: p99(bench, server, rate)
                                       for server in servers})
    notes = [f"{name}: peak {spread.median:.0f}/s by the clock" for name, spread in peaks.items()]
    return [Figure("latency-own", "UDP GET, p99 at half of its own peak", "microseconds",
                   own["p99"], more_is_better=False, notes=notes),
            Figure("latency-same", f"UDP GET, p99 at half of libcoap's peak ({rate:.0f}/s)",
                   "microseconds", same["p99"], more_is_better=False),
            Figure("latency-median", f"UDP GET, median at {rate:.0f}/s", "microseconds",
                   same["p50"], more_is_better=False)]
