"""One UDP socket of the runner towards the peer, on asyncio."""

from __future__ import annotations

import asyncio
import random
import socket
from dataclasses import dataclass

from .codec import encode
from .message import Message
from .trace import Datagram, Trace


@dataclass(frozen=True)
class Address:
    """Where the peer listens."""

    host: str
    port: int
    family: int = socket.AF_INET
    transport: str = "coap"  # the URI scheme: "coap", "coap+tcp" or "coap+ws"

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.transport}://{self.authority}"


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.endpoint.on_datagram(data)

    def error_received(self, exc: Exception) -> None:
        self.endpoint.on_error(exc)


class Endpoint:
    """A socket with message IDs and tokens of its own. Connected to the peer: datagrams from
    elsewhere never reach a case, and an ICMP error shows at once."""

    def __init__(self, trace: Trace, number: int):
        self.trace = trace
        self.number = number
        self.received: asyncio.Queue[Datagram] = asyncio.Queue()
        self.unreachable = False
        self.transport: asyncio.DatagramTransport | None = None
        self._mid = random.randrange(0x10000)
        self._token = random.randrange(1 << 32)

    async def open(self, address: Address) -> None:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(
            lambda: _Protocol(self), remote_addr=(address.host, address.port),
            family=address.family)

    def close(self) -> None:
        if self.transport:
            self.transport.close()

    def on_datagram(self, data: bytes) -> None:
        self.received.put_nowait(self.trace.datagram("received", self.number, data))

    def on_error(self, error: Exception) -> None:
        self.unreachable = True
        self.trace.note(f"socket {self.number}: {error}")

    def fresh_mid(self) -> int:
        self._mid = (self._mid + 1) & 0xFFFF
        return self._mid

    def fresh_token(self, length: int = 4) -> bytes:
        self._token = (self._token + 1) & 0xFFFFFFFF
        return random.randbytes(max(0, length - 4)) + self._token.to_bytes(4, "big")[:length]

    def send_bytes(self, data: bytes) -> None:
        """Sends a datagram as it is."""
        assert self.transport
        self.trace.datagram("sent", self.number, data)
        self.transport.sendto(data)

    def send_message(self, message: Message) -> Message:
        """Sends a message, with a fresh message ID when it has none; returns it as sent."""
        if message.mid < 0:
            message = message.but(mid=self.fresh_mid())
        self.send_bytes(encode(message))
        return message

    async def next(self, seconds: float) -> Datagram | None:
        """The next datagram, None when none comes in time."""
        try:
            return await asyncio.wait_for(self.received.get(), max(seconds, 0.0))
        except TimeoutError:
            return None
