"""The reference client over TCP and WebSockets (RFC 8323): one GET, as a correct client sends it."""

from __future__ import annotations

import asyncio

from .. import stream as s
from .. import websocket as ws
from ..address import NO_KEYS
from ..client_handle import Outcome
from ..connection import CLOSED, HEAD, MALFORMED, Arrival, Connection
from ..gnutls import Keys
from ..message import EMPTY, GET, Message, path_options, uint
from ..probes import OUR_CSM
from ..target import parse_uri
from ..trace import Trace
from ..websocket import Frame, Head
from .client_reference import ClientRules

UNDERSTOOD = (3, 7, 11, 15, 17, 23, 27)  # critical options that may be in a response, or do no harm


class RefusedError(Exception):
    """The client wants no more of this server."""


class StreamClientRules(ClientRules):
    """What a correct client does on a connection, one hook each."""

    transport = "coap+tcp"

    def csm(self) -> Message | None:
        return OUR_CSM

    def asks_before_csm(self) -> bool:
        """Whether the request is the first message (RFC 8323 3.3)."""
        return False

    def token(self, token: bytes) -> bytes:
        return token

    def encoded(self, connection: Connection, message: Message) -> bytes:
        return connection.encoded(message)

    # Reading

    def kept(self, rest: bytes) -> bytes:
        """What is left of a read for the next one."""
        return rest

    def arrived(self, arrivals: list[Arrival]) -> list[Arrival]:
        """What one read has brought."""
        return arrivals

    def reads(self, message: Message) -> bool:
        """Whether a message's length is understood."""
        return True

    def ends_at_malformed(self) -> bool:
        return True

    # RFC 8323 3.4, 5

    def ends_at_empty(self) -> bool:
        return False

    def needs_csm(self) -> bool:
        """Whether the server's first message has to be a CSM."""
        return True

    def stumbles_over(self, code: int, number: int) -> bool:
        return number & 1 == 1

    def abort(self, reason: str, bad_option: int | None) -> Message | None:
        options = () if bad_option is None else ((s.BAD_CSM_OPTION, uint(bad_option)),)
        return Message(code=s.ABORT, options=options, payload=reason.encode())

    def pong(self, ping: Message) -> Message | None:
        custody = ((s.CUSTODY, b""),) if ping.has(s.CUSTODY) else ()
        return Message(code=s.PONG, token=ping.token, options=custody)

    def ends_at_release(self) -> bool:
        """Whether it waits no more for answers after a Release."""
        return False

    def heeds_abort(self) -> bool:
        return True

    def is_its_own(self, response: Message, request: Message) -> bool:
        return response.token == request.token

    def rejects(self, response: Message) -> bool:
        """Whether there is a critical option in it that is not understood (RFC 7252 5.4.1)."""
        return any(number & 1 and number not in UNDERSTOOD for number, _ in response.options)


class WebSocketClientRules(StreamClientRules):
    transport = "coap+ws"

    # RFC 6455 4.1

    def fields(self, fields: dict[str, str]) -> dict[str, str]:
        return fields

    def path(self) -> str:
        return ws.PATH

    def takes_status(self, head: Head) -> bool:
        return head.status == 101

    def takes_accept(self, head: Head, key: str) -> bool:
        return head.value("sec-websocket-accept") == ws.accept_key(key)

    def takes_protocol(self, head: Head) -> bool:
        return head.value("sec-websocket-protocol") == ws.SUBPROTOCOL

    # RFC 6455 5

    def frame(self, payload: bytes) -> Frame:
        """The frame of a message."""
        return Frame(ws.BINARY, payload, masked=True)

    def encoded(self, connection: Connection, message: Message) -> bytes:
        return ws.encode_frame(self.frame(s.encode_ws(message)))

    def takes_mask(self, frame: Frame) -> bool:
        return not frame.masked

    def takes_reserved(self, frame: Frame) -> bool:
        return not frame.reserved

    def takes_text(self) -> bool:
        return False

    def takes_parts(self) -> bool:
        return True

    def pong_frame(self, ping: Frame) -> Frame | None:
        return Frame(ws.PONG, ping.payload, masked=True)

    def close_frame(self, close: Frame) -> Frame | None:
        return Frame(ws.CLOSE, close.payload[:2], masked=True)


class ClientConnection(Connection):
    """A connection whose reading its rules may spoil."""

    def __init__(self, rules: StreamClientRules, address: object) -> None:
        super().__init__(Trace(), 0, address)  # type: ignore[arg-type]
        self.rules = rules

    def _read(self, data: bytes) -> list[Arrival]:
        arrivals = self.rules.arrived(super()._read(data))
        self._tcp.rest = self.rules.kept(self._tcp.rest)
        self._ws.rest = self.rules.kept(self._ws.rest)
        return arrivals


class ReferenceStreamClient:
    """Asks as its rules say."""

    def __init__(self, rules: StreamClientRules) -> None:
        self.rules = rules
        self.heard_csm = False
        self.frames = 0  # that have been looked at

    async def ask(self, uri: str, keys: Keys, proof: str, seconds: float) -> Outcome:
        client = type(self)(self.rules)
        connection = ClientConnection(self.rules, parse_uri(uri, NO_KEYS))
        try:
            async with asyncio.timeout(seconds):
                answer = await client.run(connection)
        except (OSError, TimeoutError, RefusedError) as error:
            return Outcome(False, f"{type(error).__name__}: {error}")
        finally:
            if connection.transport:
                connection.transport.close()
        return Outcome(proof.encode() in answer.payload, str(answer))

    async def run(self, connection: ClientConnection) -> Message:
        await connection.join()
        if isinstance(self.rules, WebSocketClientRules):
            await self.upgrade(connection, self.rules)
        request = Message(code=GET, token=self.rules.token(connection.fresh_token()),
                          options=path_options("/test"))
        first = [self.rules.csm(), request]
        for message in reversed(first) if self.rules.asks_before_csm() else first:
            self.send(connection, message)
        while True:
            arrival = await connection.next(60.0)
            if arrival is None or arrival.kind == CLOSED:
                raise RefusedError("the server closed the connection")
            answer = self.take(connection, arrival, request)
            if answer is not None:
                return answer

    def send(self, connection: Connection, message: Message | None) -> None:
        if message is not None:
            connection.write(self.rules.encoded(connection, message))

    async def upgrade(self, connection: Connection, rules: WebSocketClientRules) -> None:
        fields = rules.fields(ws.upgrade_fields(connection.address.authority, ws.new_key()))
        key = connection.upgrade(fields, rules.path())
        arrival = await connection.next(60.0)
        head = arrival.head if arrival and arrival.kind == HEAD else None
        if head is None or not rules.takes_status(head):
            raise RefusedError("no WebSocket")
        if not rules.takes_accept(head, key) or not rules.takes_protocol(head):
            raise RefusedError("a wrong handshake")

    def end(self, connection: Connection, why: str, bad_option: int | None = None) -> None:
        self.send(connection, self.rules.abort(why, bad_option))
        raise RefusedError(why)

    def take(self, connection: Connection, arrival: Arrival, request: Message) -> Message | None:
        """The answer, if this is it."""
        if isinstance(self.rules, WebSocketClientRules):
            self.look_at_frames(connection, self.rules)
            if arrival.frame and arrival.message is None and arrival.kind != MALFORMED:
                return self.take_frame(connection, arrival.frame, self.rules)
        if arrival.kind == MALFORMED:
            if self.rules.ends_at_malformed():
                self.end(connection, "a message format error")
            return None
        message = arrival.message
        if message is None or not self.rules.reads(message):
            return None
        if not self.heard_csm and message.code != s.CSM and self.rules.needs_csm():
            self.end(connection, "a CSM has to come first")
        if message.code == EMPTY:
            if self.rules.ends_at_empty():
                self.end(connection, "an Empty message")
        elif s.is_signaling(message):
            self.take_signal(connection, message)
        elif self.rules.is_its_own(message, request):
            if self.rules.rejects(message):
                raise RefusedError("a critical option that is not known")
            return message
        return None

    def take_signal(self, connection: Connection, message: Message) -> None:
        for number, _ in message.options:
            if self.rules.stumbles_over(message.code, number):
                self.end(connection, f"option {number} is not understood",
                         number if message.code == s.CSM else None)
        if message.code == s.CSM:
            self.heard_csm = True
        elif message.code == s.PING:
            self.send(connection, self.rules.pong(message))
        elif message.code == s.RELEASE and self.rules.ends_at_release():
            raise RefusedError("a Release")
        elif message.code == s.ABORT and self.rules.heeds_abort():
            raise RefusedError("an Abort")

    def look_at_frames(self, connection: Connection, rules: WebSocketClientRules) -> None:
        for frame in connection.frames[self.frames :]:
            self.frames += 1
            if not rules.takes_mask(frame) or not rules.takes_reserved(frame):
                connection.send_frame(Frame(ws.CLOSE, ws.PROTOCOL_ERROR.to_bytes(2, "big"),
                                            masked=True))
                raise RefusedError("a frame that breaks the protocol")
            if not frame.fin and not rules.takes_parts():
                raise RefusedError("a message in parts")

    def take_frame(self, connection: Connection, frame: Frame, rules: WebSocketClientRules
                   ) -> Message | None:
        answers = {ws.PING: rules.pong_frame, ws.CLOSE: rules.close_frame}
        if frame.opcode in answers:
            answer = answers[frame.opcode](frame)
            if answer is not None:
                connection.send_frame(answer)
            if frame.opcode == ws.CLOSE:
                raise RefusedError("the server closes")
        elif frame.opcode == ws.TEXT and rules.takes_text():
            return s.decode_ws(frame.payload)
        return None
