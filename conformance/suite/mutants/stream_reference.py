"""The reference server over TCP and WebSockets (RFC 8323), on asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .. import stream as s
from .. import websocket as ws
from ..codec import FormatError
from ..message import BLOCK2, EMPTY, GET, Message, uint
from ..websocket import Frame, FrameReader
from .exchange import Reply
from .secure_reference import TlsFront
from .secure_rules import SecureRules
from .service import Service
from .stream_rules import StreamRules, WebSocketRules

BLOCK_OVERHEAD = 64  # bytes of header and options to leave room for beside a block


class StreamConnection(asyncio.Protocol):
    """One connection: its CSM, its requests, its end."""

    def __init__(self, rules: StreamRules, service: Service,
                 peers: list[StreamConnection]) -> None:
        self.rules = rules
        self.peers = peers  # all connections of the server, the latest last
        self.service = service
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.csms = 0
        self.their_size = s.BASE_SIZE
        self.latest = Message()
        self.waiting = 0  # requests whose answer is still to come
        self.pongs: list[Message] = []  # held back until nothing waits
        self.greeted = self.releasing = self.over = False

    # -- asyncio.Protocol --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.started()

    def started(self) -> None:
        if self.rules.greets_at_once():
            self.greet()

    def greet(self) -> None:
        if self.greeted:
            return
        self.greeted = True
        self.send(self.rules.csm())

    def connection_lost(self, exc: Exception | None) -> None:
        self.over = True

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        taken = 0
        while not self.over:
            try:
                size = self.rules.size_of(self.buffer)
            except FormatError as error:
                self.abort(str(error))
                return
            if size is None or size > len(self.buffer):
                break
            frame, self.buffer = self.buffer[:size], self.buffer[size:]
            self.take_frame(frame)
            taken += 1
            if not self.rules.goes_on(taken):
                self.buffer = b""
        self.buffer = self.rules.kept(self.buffer)

    # -- messages ----------------------------------------------------------------------------------

    def take_frame(self, frame: bytes) -> None:
        try:
            message = self.rules.decoded(frame)
        except FormatError as error:
            self.abort(str(error))
            return
        if message is not None:
            self.take(message)

    def take(self, message: Message) -> None:
        if len(message.token) > self.rules.longest_token():
            self.abort("a token longer than 8 bytes")
        elif not self.csms and not self.rules.serves_without_csm(message):
            self.abort("a CSM has to come first")
        elif message.code == EMPTY:
            self.take_empty()
        elif s.is_signaling(message):
            self.take_signal(message)
        elif message.is_request:
            self.take_request(message)

    def take_empty(self) -> None:
        self.send(self.rules.for_empty())
        if self.rules.aborts_at_empty():
            self.abort("an Empty message")

    def take_signal(self, message: Message) -> None:
        for number, _ in message.options:
            if self.rules.stumbles_over(message.code, number):
                self.abort(f"signaling option {number} is not understood",
                           number if message.code == s.CSM else None)
                return
        actions = {s.CSM: self.take_csm, s.PING: self.take_ping, s.RELEASE: self.take_release,
                   s.ABORT: self.take_abort}
        if message.code in actions:
            actions[message.code](message)

    def take_csm(self, message: Message) -> None:
        self.csms += 1
        if not self.rules.takes_csm(self.csms):
            self.abort("another CSM")
            return
        self.their_size = self.rules.new_size(self.their_size, message.uint(s.MAX_MESSAGE_SIZE))
        self.greet()

    def take_ping(self, ping: Message) -> None:
        pong = self.rules.pong(ping)
        if pong is None:
            return
        if self.waiting and self.rules.awaits_custody(ping):
            self.pongs.append(pong)
        else:
            self.send(pong)

    def take_release(self, message: Message) -> None:
        self.releasing = self.rules.closes_on_release()
        if self.releasing and not (self.waiting and self.rules.awaits_answers()):
            self.end()

    def take_abort(self, message: Message) -> None:
        if self.rules.heeds_abort():
            self.end()

    def take_request(self, request: Message) -> None:
        self.latest = request
        reply = self.service.answer(request)
        if reply is None:
            return
        if reply.delay == 0:
            self.respond(request, reply)
            return
        self.waiting += 1
        asyncio.get_running_loop().call_later(reply.delay, self.respond_late, request, reply)

    def respond_late(self, request: Message, reply: Reply) -> None:
        self.waiting -= 1
        self.respond(request, reply)
        if self.waiting:
            return
        for pong in self.pongs:
            self.send(pong)
        self.pongs.clear()
        if self.releasing:
            self.end()

    def respond(self, request: Message, reply: Reply) -> None:
        token = self.rules.stream_token(request, self.latest)
        message = Message(code=reply.code, token=token, options=tuple(reply.options),
                          payload=reply.payload)
        limit = self.rules.size_limit(self.their_size)
        if len(self.rules.encoded(message)) > limit and request.code == GET:
            message = self.smaller(request, limit, message)
        goal = self.rules.sent_on(self, self.peers[-1])
        assert isinstance(goal, StreamConnection)
        goal.send(message)

    def smaller(self, request: Message, limit: int, message: Message) -> Message:
        """The same answer in a block that fits, so that the peer can take it (5.3.1)."""
        exponent = 0
        while exponent < 6 and (32 << exponent) + BLOCK_OVERHEAD <= limit:
            exponent += 1
        reply = self.service.answer(request.but(
            options=(*(o for o in request.options if o[0] != BLOCK2), (BLOCK2, uint(exponent)))))
        assert reply
        return message.but(code=reply.code, options=tuple(reply.options), payload=reply.payload)

    # -- the end -----------------------------------------------------------------------------------

    def abort(self, reason: str, bad_option: int | None = None) -> None:
        self.greet()
        self.send(self.rules.abort(reason, bad_option))
        if self.rules.closes_after_abort():
            self.end()
        self.over = True

    def end(self) -> None:
        self.over = True
        if self.transport:
            self.transport.close()

    def send(self, message: Message | None) -> None:
        if message is not None:
            self.write(self.rules.encoded(message))

    def write(self, data: bytes) -> None:
        if self.transport and not self.over and not self.transport.is_closing():
            self.transport.write(data)


class WebSocketConnection(StreamConnection):
    """The same inside WebSocket messages."""

    rules: WebSocketRules

    def __init__(self, rules: WebSocketRules, service: Service,
                 peers: list[StreamConnection]) -> None:
        super().__init__(rules, service, peers)
        self.upgraded = False
        self.reader = FrameReader()
        self.parts: list[Frame] = []

    def started(self) -> None:
        """The CSM comes after the handshake."""

    def data_received(self, data: bytes) -> None:
        if not self.upgraded:
            self.buffer += data
            self.take_head()
            return
        for frame in self.reader.feed(data):
            if not self.over:
                self.take_ws_frame(frame)

    def take_head(self) -> None:
        try:
            head, rest = ws.split_head(self.buffer)
        except ws.WebSocketError:
            self.refuse(400, {})
            return
        if head is None:
            return
        refusal = self.rules.refusal(head)
        offered = head.words("sec-websocket-protocol")
        if refusal is None and not self.rules.speaks_with(offered):
            refusal = (400, {})
        if refusal is not None:
            self.refuse(*refusal)
            return
        self.switch(head.value("sec-websocket-key") or "", self.rules.subprotocol(offered))
        self.data_received(self.rules.handshake_rest(rest))

    def refuse(self, status: int, fields: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Refused", "Content-Length: 0", "Connection: close",
                 *(f"{name}: {value}" for name, value in fields.items())]
        self.write("\r\n".join([*lines, "", ""]).encode())
        self.end()

    def switch(self, key: str, subprotocol: str | None) -> None:
        self.upgraded = True
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Accept: {self.rules.accept(key)}"]
        if subprotocol is not None:
            lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        self.write("\r\n".join([*lines, "", ""]).encode())
        if self.rules.greets_at_once():
            self.greet()

    def take_ws_frame(self, frame: Frame) -> None:
        what = self.rules.violation(frame, self.parts)
        if what is not None:
            self.fail(ws.PROTOCOL_ERROR, what)
        elif frame.opcode == ws.PING:
            self.send_frame(self.rules.pong_frame(frame))
        elif frame.opcode == ws.CLOSE:
            self.send_frame(self.rules.close_frame(frame))
            if self.rules.closes_after_close():
                self.end()
        elif not frame.is_control:
            self.take_part(frame)

    def take_part(self, frame: Frame) -> None:
        self.parts.append(frame)
        if not frame.fin:
            return
        parts, self.parts = self.parts, []
        if parts[0].opcode == ws.TEXT and not self.rules.serves_text():
            self.fail(ws.UNACCEPTABLE_DATA, "a text message")
            return
        self.take_frame(self.rules.whole(parts))

    def fail(self, status: int, what: str) -> None:
        """RFC 6455 7.1.7."""
        self.send_frame(Frame(ws.CLOSE, status.to_bytes(2, "big") + what.encode()))
        self.end()

    def send(self, message: Message | None) -> None:
        if message is not None:
            self.send_frame(self.rules.sent_frame(self.rules.encoded(message)))

    def send_frame(self, frame: Frame | None) -> None:
        if frame is not None:
            self.write(ws.encode_frame(frame))


@asynccontextmanager
async def serve_stream(rules: StreamRules) -> AsyncIterator[str]:
    """Serves on a free loopback port; gives the server's URI."""
    service = Service(rules)
    connections: list[StreamConnection] = []

    def made() -> asyncio.Protocol:
        kind = WebSocketConnection if isinstance(rules, WebSocketRules) else StreamConnection
        connections.append(kind(rules, service, connections))  # type: ignore[arg-type]
        if isinstance(rules, SecureRules):
            return TlsFront(rules, connections[-1])
        return connections[-1]

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()
        yield f"{rules.transport}://{host}:{port}"
    finally:
        server.close()
        for connection in connections:
            if connection.transport:
                connection.transport.abort()
