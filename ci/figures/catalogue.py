"""Every measurement there is, in the order in which they are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
]
