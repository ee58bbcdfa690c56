"""The `client` handle of cases about clients over UDP: the runner is a server that says what the
case has it say, and the client under test is a program that was given a task.

The server's side of the message layer is kept here: a copy of a request that was answered gets the
same answer again, so that a loss or a slow machine changes no verdict."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from .client_handle import ClientJudge, Report, Task
from .codec import encode
from .message import ACK, CON, CONTENT, EMPTY, GET, NON, RST, Message, Type
from .trace import Datagram

HOST = "127.0.0.1"
TASK_SECONDS = 12.0  # that a client has for its task
FIRST_SECONDS = 10.0  # until its first request: some take long to start
NEXT_SECONDS = 8.0  # until the next message: time for two copies
SETTLE = 0.3  # seconds in which an answer to what should have none would still come
GRACE = 0.1  # seconds in which what a client said last may still come
Source = tuple[str, int]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Arrival:
    """A datagram of the client."""

    entry: Datagram
    source: Source

    @property
    def message(self) -> Message | None:
        return self.entry.message


def fresh(word: str) -> bytes:
    """A payload that nothing else has."""
    return f"{word} {random.randbytes(6).hex()}".encode()


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, talk: Talk, number: int):
        self.talk = talk
        self.number = number

    def datagram_received(self, data: bytes, addr: Source) -> None:
        self.talk.came(self.number, data, addr[:2])


class Talk:
    """The server's side while the client has its task."""

    def __init__(self, peer: UdpClientPeer, task: Task):
        self.peer = peer
        self.task = task
        self.arrivals: list[Arrival] = []
        self.source: Source = (HOST, 0)  # of the latest request
        self.inlet = 0  # the socket where it came
        self.registration: Message | None = None  # of what is observed
        self.value = 0  # the latest sequence number of its notifications
        self.stop = asyncio.Event()
        self.running: asyncio.Task[Report] | None = None
        self._news = asyncio.Event()
        self._seen = 0  # of the arrivals, by request()
        self._known: dict[tuple[Source, bytes], bytes | None] = {}  # what each request got
        self._sockets: list[asyncio.DatagramTransport] = []
        self._mid = random.randrange(0x10000)

    # -- sockets -----------------------------------------------------------------------------------

    async def add_socket(self, host: str = HOST, port: int = 0) -> int:
        """One more socket of the server; gives its number."""
        number = len(self._sockets)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Socket(self, number + 1), local_addr=(host, port))
        self._sockets.append(transport)
        return number

    @property
    def port(self) -> int:
        return int(self._sockets[0].get_extra_info("sockname")[1])

    def came(self, number: int, data: bytes, source: Source) -> None:
        arrival = Arrival(self.peer.trace.datagram("received", number, data), source)
        self.arrivals.append(arrival)
        again = self._known.get((source, data))
        if again:
            self.say_bytes(again, socket_number=number - 1, to=source)
        self._news.set()

    def close(self) -> None:
        for transport in self._sockets:
            transport.close()

    # -- waiting -----------------------------------------------------------------------------------

    async def until(self, look: Callable[[], Found | None], seconds: float) -> Found | None:
        """What `look` finds, None when it finds nothing in time or before the client ends."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.peer.seconds(seconds)
        last = False
        while True:
            self._news.clear()
            found = look()
            left = end - loop.time()
            if found is not None or left <= 0 or last:
                return found
            if self.running and self.running.done():
                last = True
                await asyncio.sleep(GRACE)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)

    def notice_end(self, _: object = None) -> None:
        self._news.set()

    async def next_request(self, seconds: float = NEXT_SECONDS) -> Message | None:
        """The next request that is no copy of an earlier one, None when there is none."""

        def look() -> Message | None:
            while self._seen < len(self.arrivals):
                arrival = self.arrivals[self._seen]
                self._seen += 1
                message = arrival.message
                if message is None or not message.is_request:
                    continue
                key = arrival.source, arrival.entry.data or b""
                if key not in self._known:
                    self._known[key] = None
                    self.source, self.inlet = arrival.source, arrival.entry.socket - 1
                    return message
            return None

        return await self.until(look, seconds)

    async def request(self, what: str = "a request", seconds: float = 0.0) -> Message:
        """The next request; the case fails when there is none."""
        found = await self.next_request(seconds or (NEXT_SECONDS if self._seen else FIRST_SECONDS))
        if found is None:
            await self.missing(what)
        assert found is not None
        return found

    async def missing(self, what: str) -> NoReturn:
        """What was awaited did not come."""
        broken = next((a for a in self.arrivals if a.message is None), None)
        if broken:
            self.peer.fail(f"expected {what}; got {broken.entry.text}")
        ended = self.running is not None and self.running.done()
        report = await self.ended()
        self.peer.fail(f"expected {what}; nothing came{' any more' if self.arrivals else ''}"
                       f"{', the client had ended' if ended else ''}: {report.text}")

    async def reaction(self, mid: int, seconds: float = NEXT_SECONDS) -> Message | None:
        """The Acknowledgement or Reset of a message, None when there is none."""
        return await self.until(lambda: next(iter(self.reactions(mid)), None), seconds)

    def reactions(self, mid: int) -> list[Message]:
        """All that came as an Acknowledgement or Reset of a message."""
        return [m for m in self.messages if m.type in (ACK, RST) and m.mid == mid]

    @property
    def messages(self) -> list[Message]:
        return [arrival.message for arrival in self.arrivals if arrival.message]

    def copies(self, request: Message) -> list[Arrival]:
        """Every time that a request came."""
        return [arrival for arrival in self.arrivals if arrival.message
                and arrival.message.mid == request.mid and arrival.message.is_request]

    async def await_copies(self, request: Message, count: int, seconds: float) -> list[Arrival]:
        """Waits for so many of them; gives those that there are."""
        await self.until(lambda: len(self.copies(request)) >= count or None, seconds)
        return self.copies(request)

    # -- sending -----------------------------------------------------------------------------------

    def fresh_mid(self) -> int:
        self._mid = (self._mid + 1) & 0xFFFF
        return self._mid

    def say_bytes(self, data: bytes, socket_number: int | None = None,
                  to: Source | None = None) -> None:
        number = self.inlet if socket_number is None else socket_number
        self.peer.trace.datagram("sent", number + 1, data)
        self._sockets[number].sendto(data, to or self.source)

    def say(self, message: Message, socket_number: int | None = None) -> Message:
        """Sends a message to where the latest request came from; returns it as sent."""
        if message.mid < 0:
            message = message.but(mid=self.fresh_mid())
        self.say_bytes(encode(message), socket_number)
        return message

    def answer(self, request: Message, payload: bytes = b"", code: int = CONTENT,
               options: tuple[tuple[int, bytes], ...] = ()) -> Message:
        """The response as a correct server sends it: in the Acknowledgement of a Confirmable
        request, in a message of its own to a Non-confirmable one."""
        confirmable = request.type == CON
        return self.reply(request, Message(
            ACK if confirmable else NON, code, request.mid if confirmable else self.fresh_mid(),
            request.token, options, payload))

    def acknowledge(self, request: Message) -> None:
        """An Empty Acknowledgement: the response comes later."""
        self.reply(request, Message(ACK, EMPTY, request.mid))

    def reply(self, request: Message, message: Message) -> Message:
        """Sends what copies of the request get as well."""
        data = encode(message)
        self._known[self.source, self._bytes_of(request)] = data
        self.say_bytes(data)
        return message

    def _bytes_of(self, request: Message) -> bytes:
        """The datagram that a request came in."""
        return next(a.entry.data or b"" for a in self.arrivals if a.message is request)

    def separate(self, request: Message, payload: bytes = b"", type: Type = CON,
                 code: int = CONTENT, options: tuple[tuple[int, bytes], ...] = (),
                 token: bytes | None = None) -> Message:
        """A response in a message of its own."""
        return self.say(Message(type, code, -1, request.token if token is None else token, options,
                                payload))

    # -- how it ends -------------------------------------------------------------------------------

    async def ended(self) -> Report:
        """Waits until the client has ended."""
        assert self.running
        return await self.running

    async def stopped(self, seconds: float = 0.0) -> Report:
        """Asks it to end, unless it does by itself in time."""
        assert self.running
        if seconds:
            await asyncio.wait({self.running}, timeout=self.peer.seconds(seconds))
        self.stop.set()
        return await self.ended()

    async def expect_shown(self, payload: bytes, why: str) -> Report:
        """The client ends by itself and has shown this."""
        report = await self.ended()
        self.peer.check(payload in report.shown,
                        f"{why}: expected that the payload {payload[:64]!r} is delivered; "
                        f"{report.text}")
        return report

    async def expect_acknowledged(self, sent: Message, why: str) -> None:
        """An Empty Acknowledgement of four bytes comes for a Confirmable message."""
        found = await self.reaction(sent.mid)
        if found is None:
            await self.missing(f"an Acknowledgement ({why})")
        assert found is not None
        self.peer.check(found.type == ACK and found.is_empty,
                        f"{why}: expected an Empty Acknowledgement; got {found}")


class UdpClientPeer(ClientJudge):
    """The client under test as one case sees it."""

    @asynccontextmanager
    async def given(self, kind: str = "get", path: str = "/test", host: str = HOST,
                    body: bytes = b"", size: int = 0, token: str = "",
                    seconds: float = TASK_SECONDS) -> AsyncIterator[Talk]:
        """The client has a task; it is ended when the case has seen enough."""
        task = Task(kind, "", self.seconds(seconds), body, size, token)
        talk = Talk(self, task)
        try:
            await talk.add_socket()
            if host != HOST:
                # A name may stand for the other loopback address as well.
                with contextlib.suppress(OSError):
                    await talk.add_socket("::1", talk.port)
            talk.task = Task(kind, f"coap://{host}:{talk.port}{path}", task.seconds, body, size,
                             token)
            talk.running = asyncio.create_task(self.target.client.perform(talk.task, talk.stop))
            talk.running.add_done_callback(talk.notice_end)
            yield talk
        finally:
            talk.stop.set()
            try:
                if talk.running:
                    self.note((await talk.running).text)
            finally:
                talk.close()

    async def first_request(self, **task: object) -> Message:
        """The first request that such a task makes; it is answered."""
        async with self.given(**task) as talk:  # type: ignore[arg-type]
            request = await talk.request()
            talk.answer(request, fresh("right"))
            await talk.ended()
        return request

    async def expect_working(self) -> None:
        """A plain GET is answered and its payload shown: without that nothing that is not shown
        would mean anything."""
        async with self.given() as talk:
            right = fresh("right")
            request = await talk.request("a GET")
            self.check(request.code == GET, f"expected a GET; got {request}")
            talk.answer(request, right)
            await talk.expect_shown(right, "a plain response")


def resolves(name: str) -> bool:
    """Whether this machine knows a host's name."""
    with contextlib.suppress(OSError):
        return bool(socket.getaddrinfo(name, 1))
    return False
