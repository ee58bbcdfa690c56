"""A network between the runner and a server that loses, delays and reorders datagrams: a relay on
loopback, for UDP. It counts what it lost of each socket of the runner's, so that a case can be
told whether the network was in it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from .address import Address
from .target import Target

LIMITS = {"loss": 90.0, "delay": 5000.0, "reorder": 90.0, "seed": float(1 << 32)}
LATER = 2.5  # so many delays late a datagram is that others overtake


class NetworkError(Exception):
    """A description that says no network."""


@dataclass(frozen=True)
class Network:
    """Percent lost and overtaken in each direction, and milliseconds of delay in each."""

    loss: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    seed: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Network:
        """From "loss=10,delay=200,reorder=25"."""
        values: dict[str, float] = {}
        for part in filter(None, text.split(",")):
            name, _, number = part.partition("=")
            try:
                if not 0 <= float(number) <= LIMITS[name]:
                    raise ValueError
                values[name] = float(number)
            except (KeyError, ValueError):
                known = ", ".join(f"{name} up to {limit:.0f}" for name, limit in LIMITS.items())
                raise NetworkError(f"'{part}': expected NAME=NUMBER; there are: {known}") from None
        return cls(**values)

    def __str__(self) -> str:
        return (f"{self.loss:g} % lost, {self.delay:g} ms late, {self.reorder:g} % reordered "
                "each way")


class _Way(asyncio.DatagramProtocol):
    """One socket of the relay: gives what comes to `take`."""

    def __init__(self, take: Any):
        self.take = take

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.take(data, addr)

    def error_received(self, exc: Exception) -> None:
        """What ICMP says stays with the relay: as on a network that loses it."""


class Relay:
    """An asynchronous context. Each socket of the runner's has one of its own towards the server,
    so that the server tells them apart."""

    def __init__(self, server: Address, network: Network):
        self.server = server
        self.network = network
        self.random = random.Random(network.seed or None)
        self.lost: Counter[int] = Counter()  # by port of the runner's socket
        self.inner: asyncio.DatagramTransport | None = None
        self.outer: dict[tuple[str, int], asyncio.Task[asyncio.DatagramTransport]] = {}

    async def __aenter__(self) -> Relay:
        loop = asyncio.get_running_loop()
        self.inner, _ = await loop.create_datagram_endpoint(
            lambda: _Way(self._from_runner), local_addr=(self.server.host, 0),
            family=self.server.family)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.inner:
            self.inner.close()
        for made in self.outer.values():
            (await made).close()

    @property
    def address(self) -> Address:
        """Where the runner finds the server."""
        assert self.inner
        return replace(self.server, port=self.inner.get_extra_info("sockname")[1])

    def _from_runner(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr not in self.outer:
            self.outer[addr] = asyncio.ensure_future(self._towards_server(addr))
        made = self.outer[addr]
        self._pass(addr[1], lambda: made.add_done_callback(
            lambda task: None if task.cancelled() else task.result().sendto(data)))

    async def _towards_server(self, addr: tuple[str, int]) -> asyncio.DatagramTransport:
        def answer(data: bytes) -> None:
            if self.inner:
                self.inner.sendto(data, addr)

        def back(data: bytes, _: object) -> None:
            self._pass(addr[1], lambda: answer(data))

        made, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Way(back), remote_addr=(self.server.host, self.server.port),
            family=self.server.family)
        return made

    def _pass(self, port: int, send: Any) -> None:
        """Loses a datagram, or sends it later."""
        if self.random.uniform(0, 100) < self.network.loss:
            self.lost[port] += 1
            return
        late = self.network.delay / 1000
        if self.random.uniform(0, 100) < self.network.reorder:
            late = max(late * LATER, 0.02)
        asyncio.get_running_loop().call_later(late, self._unless_closed, send)

    def _unless_closed(self, send: Any) -> None:
        if self.inner and not self.inner.is_closing():
            send()


def through(target: Target, relay: Relay) -> Target:
    """The same server, over the relay."""
    return replace(target, address=relay.address, lost=relay.lost)
