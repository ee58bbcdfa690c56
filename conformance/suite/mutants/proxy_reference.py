"""A correct proxy, and what its mutants may change: one hook each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from .. import message as m
from ..codec import FormatError, decode, encode
from ..message import ACK, CON, NON, RST, Message, path_options, uint

Address = tuple[str, int]
Options = tuple[tuple[int, bytes], ...]
HOP_LIMIT_REACHED = m.code("5.08")
DEFAULT_HOPS = 16
OF_THE_URI = (m.PROXY_URI, m.PROXY_SCHEME, m.URI_HOST, m.URI_PORT, m.URI_PATH, m.URI_QUERY)


def is_unsafe(options: Options) -> bool:
    """An option is unknown and must not be forwarded by who does not know it (RFC 7252 5.4.2)."""
    return any(number & 2 and number not in m.OPTIONS for number, _ in options)


class ProxyRules:
    """The rules as the RFCs have them."""

    transport = "coap"
    role = "middle"

    def refusal(self, request: Message) -> int | None:
        """The code of an answer without forwarding."""
        if is_unsafe(request.options):
            return m.BAD_OPTION
        return HOP_LIMIT_REACHED if self.hops(request) == 0 else None

    def hops(self, request: Message) -> int:
        given = request.uint(m.HOP_LIMIT)
        return self.first_hops() if given is None else given - 1

    def first_hops(self) -> int:
        return DEFAULT_HOPS

    def where(self, request: Message) -> tuple[Address, Options]:
        """The origin, and the options for it that are of the URI."""
        uri = request.first(m.PROXY_URI)
        if uri is None:
            host, port = request.first(m.URI_HOST) or b"", request.uint(m.URI_PORT)
            return (host.decode(), port or 5683), tuple(
                option for option in request.options if option[0] in (m.URI_PATH, m.URI_QUERY))
        parts = urlsplit(uri.decode())
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return (parts.hostname or "", parts.port or 5683), path_options(path)

    def kept(self, options: Options) -> Options:
        """The options that are forwarded as they are."""
        return tuple(option for option in options if option[0] not in (*OF_THE_URI, m.HOP_LIMIT))

    def forwarded(self, request: Message) -> tuple[Address, Options]:
        origin, of_uri = self.where(request)
        hops = ((m.HOP_LIMIT, uint(self.hops(request))),)
        return origin, (*of_uri, *self.kept(request.options), *hops)

    def returned(self, response: Message) -> tuple[int, Options, bytes]:
        """What the client gets of the origin's response."""
        if is_unsafe(response.options):
            return m.BAD_GATEWAY, (), b""
        return response.code, response.options, response.payload


class _Onward(asyncio.DatagramProtocol):
    def __init__(self, wanted: asyncio.Future[Message]):
        self.wanted = wanted

    def datagram_received(self, data: bytes, addr: Address) -> None:
        message = decode(data)
        if message.is_response and not self.wanted.done():
            self.wanted.set_result(message)


class ReferenceProxy(asyncio.DatagramProtocol):
    def __init__(self, rules: ProxyRules):
        self.rules = rules
        self.transport: asyncio.DatagramTransport | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.seen: set[tuple[Address, int]] = set()

    def connection_made(  # type: ignore[override]
            self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        assert self.transport
        try:
            message = decode(data)
        except FormatError:
            return
        if message.is_empty and message.type == CON:
            self.transport.sendto(encode(Message(RST, m.EMPTY, message.mid)), addr)
        elif message.is_request and (addr, message.mid) not in self.seen:
            self.seen.add((addr, message.mid))
            task = asyncio.ensure_future(self.serve(message, addr))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def serve(self, request: Message, addr: Address) -> None:
        code, options, payload = await self.answer(request)
        kind = ACK if request.type == CON else NON
        assert self.transport
        self.transport.sendto(
            encode(Message(kind, code, request.mid, request.token, options, payload)), addr)

    async def answer(self, request: Message) -> tuple[int, Options, bytes]:
        if not (request.has(m.PROXY_URI) or request.has(m.PROXY_SCHEME)):
            return m.CONTENT, (), b"a proxy"
        refused = self.rules.refusal(request)
        if refused:
            return refused, (), b""
        origin, options = self.rules.forwarded(request)
        loop = asyncio.get_running_loop()
        wanted: asyncio.Future[Message] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Onward(wanted), remote_addr=origin)
        transport.sendto(encode(Message(CON, request.code, request.mid ^ 0x5555, b"onward",
                                        options, request.payload)))
        try:
            return self.rules.returned(await asyncio.wait_for(wanted, 5.0))
        except TimeoutError:
            return m.GATEWAY_TIMEOUT, (), b""
        finally:
            transport.close()


@asynccontextmanager
async def serve_proxy(rules: ProxyRules) -> AsyncIterator[str]:
    """Serves by such rules on a free loopback port; gives the proxy's URI."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: ReferenceProxy(rules), local_addr=("127.0.0.1", 0))
    try:
        yield f"coap://127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()
