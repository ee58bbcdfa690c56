"""The reference server: the message layer of RFC 7252 section 4 on asyncio's UDP transport."""

import asyncio
import random
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from ..codec import FormatError, decode, encode
from ..message import ACK, CON, EMPTY, RST, Message, Type
from .exchange import Reply
from .observers import Observers
from .rules import MAX_RETRANSMIT, Rules
from .service import Service

Address = tuple[str, int]
REMEMBERED = 4096  # messages kept for de-duplication; the oldest go first


class Outstanding:
    """A Confirmable message of the server that nobody has acknowledged yet."""

    def __init__(self, message: Message, destination: Address, timeout: float) -> None:
        self.message = message
        self.destination = destination
        self.timeout = timeout
        self.copies = 1
        self.timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


class ReferenceServer(asyncio.DatagramProtocol):
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.service = Service(rules)
        self.observers = Observers(rules, self.service, self.notify, self.is_outstanding)
        self.transport: asyncio.DatagramTransport | None = None
        self.last_mid = random.randrange(0x10000)
        self.answers: OrderedDict[object, Message | None] = OrderedDict()
        self.outstanding: dict[int, Outstanding] = {}
        self.late: set[asyncio.TimerHandle] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)  # asyncio's own is none by name

    def is_outstanding(self, mid: int) -> bool:
        return mid in self.outstanding

    def close(self) -> None:
        self.observers.stop()
        for handle in self.late:
            handle.cancel()
        for waiting in self.outstanding.values():
            waiting.stop()
        if self.transport is not None:
            self.transport.close()

    def datagram_received(self, data: bytes, source: Address) -> None:
        if len(data) < 4:
            self.send(self.rules.for_fragment(data), source)
            return
        if not self.rules.knows_version(data):
            return
        header = self.header(data)
        try:
            message = decode(bytes([0x40 | data[0] & 0x3F]) + data[1:])
        except FormatError:
            repaired = self.rules.repaired(data)
            if repaired is None:
                self.send(self.rules.for_malformed(data, header), source)
                return
            message = repaired
        self.take(message, source)

    def header(self, data: bytes) -> Message:
        """What the first four bytes say, for messages that cannot be read further."""
        return Message(Type(data[0] >> 4 & 3), data[1], int.from_bytes(data[2:4], "big"))

    def take(self, message: Message, source: Address) -> None:
        if message.type in (ACK, RST):
            self.settle(message, source)
            self.send(self.rules.for_acknowledgement(message), source)
            if not self.rules.serves(message):
                return
        if message.code == EMPTY:
            self.send(self.rules.rejection("empty", message), source)
        elif self.rules.is_request(message):
            self.take_request(message, source)
        elif message.is_response:
            self.send(self.rules.rejection("response", message), source)
        else:
            self.send(self.rules.rejection("reserved", message), source)

    def settle(self, message: Message, source: Address) -> None:
        if message.type == RST:
            self.observers.reset(message.mid, source)
        waiting = self.outstanding.get(message.mid)
        if waiting is None or not self.rules.settles(message):
            return
        if self.rules.settles_from(source, waiting.destination):
            waiting.stop()
            del self.outstanding[message.mid]

    def take_request(self, request: Message, source: Address) -> None:
        key = self.rules.duplicate_key(request, source)
        if key in self.answers and self.rules.remembers(request):
            self.send(self.rules.for_duplicate(request, self.answers[key]), source)
            return
        reply = self.service.answer(request, source)
        if reply is not None:
            reply = self.observers.considered(request, reply, source)
        answer = self.first_answer(request, reply, source)
        self.answers[key] = answer
        if len(self.answers) > REMEMBERED:
            self.answers.popitem(last=False)
        self.send(answer, source, request)

    def first_answer(
        self, request: Message, reply: Reply | None, source: Address
    ) -> Message | None:
        """What goes out at once; a separate response follows by itself (5.2)."""
        if reply is None:
            return self.rules.rejection("unprocessable", request)
        if not self.rules.sends(request, reply):
            return self.unwanted(request)
        if self.rules.piggybacks(request, reply):
            return self.response(request, reply, ACK, request.mid)
        if reply.delay == 0:
            kind = self.rules.response_type(request)
            response = self.response(request, reply, kind, self.new_mid(request))
            if response.type == CON:
                self.keep(response, source)
            return response
        loop = asyncio.get_running_loop()
        self.late.add(loop.call_later(reply.delay, self.send_late, request, reply, source))
        return self.rules.promise(request)

    def unwanted(self, request: Message) -> Message | None:
        """What goes out in place of a response that nobody wants (RFC 7967 2)."""
        return self.rules.promise(request) if self.rules.acknowledges_unwanted() else None

    def notify(self, request: Message, reply: Reply, source: Address) -> int:
        """Sends a notification; gives its Message ID."""
        token = self.rules.notification_token(request.token)
        message = Message(CON, reply.code, self.new_mid(request), token, tuple(reply.options),
                          reply.payload)
        self.keep(message, source)
        self.send(message, source)
        return message.mid

    def send_late(self, request: Message, reply: Reply, source: Address) -> None:
        kind = self.rules.separate_type(request)
        mid = request.mid if kind == ACK else self.new_mid(request)
        response = self.response(request, reply, kind, mid)
        key = self.rules.duplicate_key(request, source)
        self.answers[key] = self.rules.after_separate(self.answers.get(key), response)
        if response.type == CON:
            self.keep(response, source)
        self.send(response, source, request)

    def response(self, request: Message, reply: Reply, kind: Type, mid: int) -> Message:
        token = self.rules.token_for(request, reply)
        return Message(kind, reply.code, mid, token, tuple(reply.options), reply.payload)

    def new_mid(self, request: Message) -> int:
        self.last_mid = self.rules.next_mid(self.last_mid, request)
        return self.last_mid

    def keep(self, message: Message, destination: Address) -> None:
        waiting = Outstanding(message, destination, self.rules.first_timeout())
        self.outstanding[message.mid] = waiting
        self.schedule(waiting)

    def schedule(self, waiting: Outstanding) -> None:
        loop = asyncio.get_running_loop()
        waiting.timer = loop.call_later(waiting.timeout, self.retransmit, waiting)

    def retransmit(self, waiting: Outstanding) -> None:
        if waiting.copies > MAX_RETRANSMIT:
            self.outstanding.pop(waiting.message.mid, None)
            return
        waiting.copies += 1
        waiting.timeout = self.rules.next_timeout(waiting.timeout)
        self.send(self.rules.retransmission(waiting.message), waiting.destination)
        self.schedule(waiting)

    def send(
        self, message: Message | None, destination: Address, request: Message | None = None
    ) -> None:
        if message is None or self.transport is None or self.transport.is_closing():
            return
        data = encode(message)
        if request is not None:
            data = self.rules.datagram(request, data)
        self.transport.sendto(data, destination)


@asynccontextmanager
async def serve(rules: Rules) -> AsyncIterator[str]:
    """Serves on a free loopback port; gives the server's URI."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: ReferenceServer(rules), local_addr=("127.0.0.1", 0)
    )
    try:
        host, port = transport.get_extra_info("sockname")
        yield f"coap://{host}:{port}"
    finally:
        server.close()
