"""Every measurement there is, in the order in which they are taken; as a program, prints their
names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import memory
import probes
import scale
import throughput
from bench import Bench
from samples import Figure


@dataclass(frozen=True)
class Measurement:
    name: str
    measure: Callable[[Bench], list[Figure]]
    is_quick: bool  # whether --quick takes it, too


MEASUREMENTS = [
    Measurement("udp", throughput.udp, True),
    Measurement("tcp", throughput.tcp, True),
    Measurement("dtls", throughput.dtls, True),
    Measurement("handshakes", throughput.handshakes, True),
    Measurement("latency", throughput.latency, True),
    Measurement("codec", probes.codec, True),
    Measurement("timers", probes.timers, True),
    Measurement("size", memory.text_size, True),
    Measurement("memory", memory.udp_20k, True),
    Measurement("memory-100k", memory.udp_100k, False),
    Measurement("memory-dtls", memory.dtls, False),
    Measurement("sessions", scale.sessions, False),
    Measurement("workers", scale.workers, True),
    Measurement("observers", scale.observers, False),
    Measurement("blocks", scale.blocks, False),
]

if __name__ == "__main__":
    print("\n".join(measurement.name for measurement in MEASUREMENTS))
