"""The reference client over UDP: requests, blocks and observations as its rules say."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

from ..address import ipv4_first
from ..blocks import Block, block_in, szx_of
from ..client_handle import Report, Task
from ..codec import encode
from ..message import (
    ACK,
    BLOCK1,
    BLOCK2,
    CON,
    CONTINUE,
    ECHO,
    GET,
    OBSERVE,
    PUT,
    RST,
    TOO_LARGE,
    UNAUTHORIZED,
    Message,
    code,
    code_class,
    uint,
)
from .client_udp_rules import Options, UdpClientRules

RESTARTS = 3  # of a transfer whose body changes
TOO_MANY = code("4.29")
LONGEST_WAIT = 93.0  # seconds for a response (MAX_TRANSMIT_WAIT)
DEREGISTRATION_SECONDS = 1.0


class Unanswered(Exception):
    """A request came to nothing."""


class Exchange:
    """A request that is under way."""

    def __init__(self, request: Message):
        self.request = request
        loop = asyncio.get_running_loop()
        self.quiet = asyncio.Event()  # there is no need for further copies
        self.acknowledged = False
        self.response: asyncio.Future[Message] = loop.create_future()

    def end(self, response: Message) -> None:
        self.quiet.set()
        if not self.response.done():
            self.response.set_result(response)

    def give_up(self, why: str) -> None:
        self.quiet.set()
        if not self.response.done():
            self.response.set_exception(Unanswered(why))


class Session(asyncio.DatagramProtocol):
    """One task of the client, on a socket of its own."""

    def __init__(self, rules: UdpClientRules, task: Task):
        self.rules = rules
        self.task = task
        self.shown: list[bytes] = []
        self.exchange: Exchange | None = None
        self.observed = b""  # the token of the registration
        self.notifications: asyncio.Queue[Message] = asyncio.Queue()
        self.known: dict[int, Message | None] = {}  # what was said to messages by their MID
        self.transport: asyncio.DatagramTransport | None = None
        parts = urlsplit(task.uri)
        self.server = (parts.hostname or "", parts.port or 5683)
        self.options = rules.options_of(task.uri)

    # -- the message layer -------------------------------------------------------------------------

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(*self.server)
        family, _, _, _, address = ipv4_first(found)
        self.server = (str(address[0]), int(address[1]))
        self.transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1" if "." in self.server[0] else "::1", 0),
            family=family)

    def send(self, message: Message | None) -> None:
        if message and self.transport:
            self.transport.sendto(encode(message), self.server)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = self.rules.read(data)
        if message is None or not self.rules.comes_from(addr[:2], self.server):
            return
        if message.type in (ACK, RST):
            self.on_reply(message)
        elif message.mid in self.known and self.rules.knows_copies():
            self.send(self.rules.receipt_again(self.known[message.mid]))
        elif message.is_empty or message.is_request:
            self.send(self.rules.rejection(message))
        else:
            self.on_response(message)

    def on_reply(self, reply: Message) -> None:
        exchange = self.exchange
        if exchange is None or reply.mid != exchange.request.mid:
            self.send(self.rules.about_nothing(reply))
            return
        if not self.rules.counts(reply):
            return
        if reply.type == RST:
            if self.rules.stops(reply):
                exchange.give_up("it was reset")
        elif reply.is_empty:
            exchange.acknowledged = True
            if self.rules.stops(reply):
                exchange.quiet.set()
        elif self.rules.takes_piggybacked(reply) and self.usable(reply, exchange.request):
            exchange.end(reply)

    def usable(self, response: Message, request: Message) -> bool:
        return (self.rules.belongs(response, request) and self.rules.understands(response)
                and self.rules.has_usable_options(response)
                and self.rules.takes_code(response.code))

    def on_response(self, response: Message) -> None:
        exchange = self.exchange
        is_answer = bool(exchange and not exchange.response.done() and self.usable(
            response, exchange.request) and self.rules.takes_separate(
                response, exchange.acknowledged))
        is_notification = (not is_answer and bool(self.observed) and response.token == self.observed
                           and self.rules.understands(response)
                           and self.rules.is_notification(response))
        if not is_answer and not is_notification:
            self.send(self.rules.rejection(response))
            return
        receipt = self.rules.receipt(response)
        self.known[response.mid] = receipt
        self.send(receipt)
        if is_notification:
            self.notifications.put_nowait(response)
        elif exchange:
            exchange.end(response)

    async def ask(self, code: int, options: Options, payload: bytes = b"",
                  token: bytes | None = None) -> Message:
        """One request and its response."""
        while True:
            request = self.rules.request(Message(
                self.rules.type_of(self.task.kind), code, self.rules.fresh_mid(),
                self.rules.token() if token is None else token, options, payload))
            response = await self._asked(request)
            echo = response.first(ECHO)
            back = self.rules.echoes(echo) if echo is not None else None
            if response.code == UNAUTHORIZED and back and not request.has(ECHO):
                options = (*options, (ECHO, back))
            elif response.code != TOO_MANY or not self.rules.may_repeat(response):
                return response

    async def _asked(self, request: Message) -> Message:
        assert self.transport
        exchange = self.exchange = Exchange(request)
        data = self.rules.written(encode(request))
        self.transport.sendto(data, self.server)
        for other in self.rules.at_once(request):
            self.send(other)
        timeout = self.rules.first_timeout()
        for _ in range(self.rules.max_retransmit() if request.type == CON else 0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(exchange.quiet.wait(), timeout)
                break
            self.transport.sendto(self.rules.copy(data), self.server)
            timeout = self.rules.next_timeout(timeout)
        return await asyncio.wait_for(exchange.response, LONGEST_WAIT)

    # -- tasks -------------------------------------------------------------------------------------

    async def run(self) -> None:
        await self.open()
        if self.task.kind == "put":
            await self.put()
        elif self.task.kind == "observe":
            await self.observe()
        else:
            await self.get()

    async def get(self) -> None:
        options, token = self.options, None
        if self.task.size:
            options = (*options, *self.rules.early(szx_of(self.task.size)))
        if self.task.token:
            token = self.task.token.encode()
        response = await self.ask(GET, options, token=token)
        self.show(*await self.whole(response, GET, self.options))

    def show(self, response: Message, body: bytes) -> None:
        if self.rules.is_for_the_user(response):
            self.shown.append(body)

    async def whole(self, response: Message, method: int, options: Options
                    ) -> tuple[Message, bytes]:
        """The body that a response is the first block of; that of the last response when there is
        an error."""
        first, body = response, response.payload
        for _ in range(RESTARTS):
            while code_class(response.code) == 2:
                got = block_in(response, BLOCK2)
                if got is None or not got.more:
                    return response, body
                asked = self.rules.next_block2(got, len(body))
                response = await self.ask(method, (*options, asked.option(BLOCK2)))
                if not self.rules.is_same_body(response.first(4), first.first(4)):
                    break
                body += response.payload
            else:
                return response, response.payload
            response = await self.ask(method, options)
            first, body = response, response.payload
        raise Unanswered("the body changes all the time")

    async def put(self) -> None:
        body, szx = self.task.body, self.rules.first_szx1(szx_of(self.task.size or 1024))
        if self.rules.fits_one(body, self.task.size):
            response = await self.ask(PUT, self.options, body)
        else:
            response = await self._in_blocks(body, szx)
        self.show(*await self.whole(response, PUT, self.options))

    async def _in_blocks(self, body: bytes, szx: int) -> Message:
        at = self.rules.begins_at() << (szx + 4)
        while True:
            number = at >> (szx + 4)
            block = Block(number, at + (1 << (szx + 4)) < len(body), szx)
            part = self.rules.part(body, block)
            response = await self.ask(PUT, (*self.options, *self.rules.block1_options(block)), part)
            theirs = block_in(response, BLOCK1)
            smaller = self.rules.next_szx1(szx, theirs.szx) if theirs else szx
            if response.code == TOO_LARGE and at == 0 and smaller < szx and (
                    self.rules.retries_smaller()):
                szx = smaller
                continue
            if not block.more or not self.rules.goes_on(response):
                return response
            if response.code != CONTINUE and code_class(response.code) == 2 and theirs is None:
                return response
            at, szx = at + len(part), smaller

    async def observe(self) -> None:
        register = (*self.options, (OBSERVE, self.rules.register_value()))
        self.observed = self.rules.token()
        response = await self.ask(GET, register, token=self.observed)
        latest, heard = response.uint(OBSERVE), asyncio.get_running_loop().time()
        self.show(*await self.whole(response, GET, self.options))
        if not self.rules.is_registered(response, latest is not None):
            return
        while True:
            notification = await self.notifications.get()
            value, now = notification.uint(OBSERVE), asyncio.get_running_loop().time()
            if value is not None and latest is not None:
                if not self.rules.is_newer(value, latest, now - heard):
                    continue
                latest, heard = value, now
            self.show(*await self.whole(notification, GET, self.rules.rest_options(self.options)))
            if self.rules.notification_ends(notification):
                self.observed = b""
                return

    async def deregister(self) -> None:
        """Ends what is observed, when something is."""
        if not self.observed:
            return
        token, self.observed = self.observed, b""
        request = self.rules.cancelling(Message(
            token=token, options=(*self.options, (OBSERVE, uint(1)))))
        with contextlib.suppress(TimeoutError, Unanswered):
            await asyncio.wait_for(self.ask(GET, request.options, token=request.token),
                                   DEREGISTRATION_SECONDS)


class UdpReferenceClient:
    """Does its tasks as such rules say, each by rules of its own: they remember things."""

    def __init__(self, rules: type[UdpClientRules]):
        self.rules = rules

    async def perform(self, task: Task, stop: asyncio.Event) -> Report:
        session = Session(self.rules(), task)
        running = asyncio.create_task(session.run())
        stopping = asyncio.create_task(stop.wait())
        text = "ended"
        try:
            await asyncio.wait({running, stopping}, timeout=task.seconds,
                               return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            else:
                running.cancel()
                text = "was ended"
                if task.kind == "observe":
                    await session.deregister()
        except (OSError, TimeoutError, Unanswered) as error:
            text = f"{type(error).__name__}: {error}"
        finally:
            running.cancel()
            stopping.cancel()
            await asyncio.gather(running, stopping, return_exceptions=True)
            if session.transport:
                session.transport.close()
        return Report(b"\n".join(session.shown), f"the reference client {text}")
