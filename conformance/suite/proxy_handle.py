"""The `peer` handle of cases about proxies: the runner is the client on one side of the proxy, and
the origin server on the other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

from .address import Address
from .case import Case
from .codec import FormatError, decode, encode
from .handle import Exchange, Peer
from .message import (
    ACK,
    CON,
    CONTENT,
    GET,
    NON,
    PROXY_URI,
    Message,
)
from .target import Target

ORIGIN = 99  # the origin's socket, in the trace
Answer = tuple[int, tuple[tuple[int, bytes], ...], bytes]  # code, options, payload


@dataclass
class ProxyTarget(Target):
    """One proxy under test."""

    role: ClassVar[str] = "middle"


@dataclass
class Passage:
    """A request through the proxy: what reached the origin, and what came back."""

    exchange: Exchange
    arrived: list[Message] = field(default_factory=list)


class Origin(asyncio.DatagramProtocol):
    """An origin server of one answer. Copies of a request get the same again."""

    def __init__(self, peer: ProxyPeer):
        self.peer = peer
        self.answer: Answer = (CONTENT, (), b"from the origin")
        self.arrived: list[Message] = []
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(  # type: ignore[override]
            self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.peer.trace.datagram("received", ORIGIN, data)
        try:
            message = decode(data)
        except FormatError:
            return
        if not message.is_request:
            return
        if message.mid not in [m.mid for m in self.arrived]:
            self.arrived.append(message)
        code, options, payload = self.answer
        kind = ACK if message.type == CON else NON
        mid = message.mid if message.type == CON else message.mid ^ 0x8000
        reply = encode(Message(kind, code, mid, message.token, options, payload))
        self.peer.trace.datagram("sent", ORIGIN, reply)
        assert self.transport
        self.transport.sendto(reply, addr)


class ProxyPeer(Peer):
    """The proxy under test as one case sees it."""

    def __init__(self, target: Target, case: Case):
        super().__init__(target, case)
        self.origin: Origin | None = None
        self.origin_port = 0

    async def open(self, address: Address, seconds: float = 0.0) -> None:
        await super().open(address)
        transport, self.origin = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Origin(self), local_addr=(address.host, 0), family=address.family)
        self.origin_port = transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        super().close()
        if self.origin and self.origin.transport:
            self.origin.transport.close()

    @property
    def origin_uri(self) -> str:
        host = self.target.address.host
        return f"coap://{f'[{host}]' if ':' in host else host}:{self.origin_port}"

    async def through(self, path: str = "/a/b?c=d", *, code: int = GET,
                      options: tuple[tuple[int, bytes], ...] = (),
                      answer: Answer | None = None, proxied: bool = True) -> Passage:
        """A request for a path of the origin's, by Proxy-Uri unless `proxied` is off and `options`
        say it otherwise; and what came of it."""
        assert self.origin
        if answer:
            self.origin.answer = answer
        before = len(self.origin.arrived)
        uri = ((PROXY_URI, (self.origin_uri + path).encode()),) if proxied else ()
        exchange = await self.request(code, "/", options=(*options, *uri))
        return Passage(exchange, self.origin.arrived[before:])

    async def relayed(self, *words: str, **more: object) -> tuple[Message, Message]:
        """As through(); the request has to arrive and an answer to come back: gives both. Skips
        when the peer does no proxying here."""
        passage = await self.through(*words, **more)  # type: ignore[arg-type]
        answer = await self.response_of(passage.exchange)
        if not passage.arrived:
            self.fail(f"expected the request at the origin; it did not arrive, and the client "
                      f"got {answer}")
        return passage.arrived[0], answer


__all__ = ["Passage", "ProxyPeer", "ProxyTarget"]
