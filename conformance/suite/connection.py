"""One connection of the runner to the peer: CoAP over TCP or over WebSockets (RFC 8323), with TLS
where the address says so."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from . import records
from . import websocket as ws
from .address import Address
from .codec import FormatError
from .gnutls import Side
from .message import Message
from .secure import HANDSHAKE_SECONDS, Secure, side_for
from .stream import TcpReader, decode_ws, describe, encode_tcp, encode_ws
from .trace import Trace
from .websocket import Frame, FrameReader, Head

BETWEEN_CONNECTIONS = 0.02  # seconds from one connection to a server to the next
_next_turn: dict[Address, float] = {}

MESSAGE, MALFORMED, FRAME, HEAD, CLOSED = "message", "malformed", "frame", "head", "closed"


@dataclass(frozen=True)
class Arrival:
    """Something that came: a message, what is none, a WebSocket frame that carries no message, the
    head of an HTTP response, or the end of the connection."""

    kind: str
    text: str
    seconds: float = 0.0
    message: Message | None = None
    frame: Frame | None = None
    head: Head | None = None


class Connection(asyncio.Protocol):
    """Bytes, messages and frames of one connection, with tokens of its own."""

    def __init__(self, trace: Trace, number: int, address: Address):
        self.trace = trace
        self.number = number
        self.address = address
        self.received: asyncio.Queue[Arrival] = asyncio.Queue()
        self.transport: asyncio.Transport | None = None
        self.secure: Secure | None = None
        self.is_bare = False  # what comes is kept as it is, and nobody reads messages in it
        self.raw = b""
        self.closed: Arrival | None = None  # set when the end has come
        self.frames: list[Frame] = []  # every frame seen, in order
        self._tcp = TcpReader()
        self._ws = FrameReader()
        self._head = b""
        self._upgraded = not self.is_websocket
        self._parts = b""
        self._token = random.randrange(1 << 32)

    @property
    def is_websocket(self) -> bool:
        return self.address.is_websocket

    async def open(self, seconds: float = HANDSHAKE_SECONDS) -> None:
        """Connects; raises OSError, for a secure address HandshakeError as well."""
        await self.join()
        if self.address.is_secure:
            await self.begin(side_for(self.address)).handshake(seconds)

    def begin(self, side: Side) -> Secure:
        """The connection's TLS, whose handshake is still to come."""
        assert self.transport
        self.secure = Secure(side, self._write_raw, self._plain_received, self.trace, self.number)
        return self.secure

    def _write_raw(self, data: bytes) -> None:
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)

    async def join(self) -> None:
        """Connects, without security whatever the address says. A server may have a short queue
        for connections, so they do not come in a burst."""
        loop = asyncio.get_running_loop()
        turn = max(loop.time(), _next_turn.get(self.address, 0.0))
        _next_turn[self.address] = turn + BETWEEN_CONNECTIONS
        await asyncio.sleep(turn - loop.time())
        await loop.create_connection(lambda: self, self.address.host, self.address.port,
                                     family=self.address.family)

    def close(self) -> None:
        if self.secure:
            self.secure.close()
        if self.transport:
            self.transport.abort()

    # -- asyncio.Protocol --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.secure:
            self.secure.received(data)
        elif self.is_bare:
            self.raw += data
            self.trace.records("received", self.number, data, records.describe(data, False))
        else:
            self._plain_received(data)

    def _plain_received(self, data: bytes) -> None:
        arrivals = self._read(data)
        text = "; ".join(arrival.text for arrival in arrivals) or "the start of a message"
        entry = self.trace.stream("received", self.number, data, text)
        for arrival in arrivals:
            self.received.put_nowait(
                Arrival(arrival.kind, arrival.text, entry.seconds, arrival.message, arrival.frame,
                        arrival.head))

    def eof_received(self) -> bool:
        return False  # the transport closes itself

    def connection_lost(self, exc: Exception | None) -> None:
        how = f"the connection broke: {exc}" if exc else "the peer closed the connection"
        self.trace.note(f"socket {self.number}: {how}")
        if self.secure:
            self.secure.lost(exc)
        self.closed = Arrival(CLOSED, how)
        self.received.put_nowait(self.closed)

    # -- reading -----------------------------------------------------------------------------------

    def _read(self, data: bytes) -> list[Arrival]:
        if not self.is_websocket:
            return [_arrival(found) for found in self._tcp.feed(data)]
        if not self._upgraded:
            return self._read_head(data)
        arrivals = []
        for frame in self._ws.feed(data):
            self.frames.append(frame)
            arrivals.append(self._read_frame(frame))
        return arrivals

    def is_upgraded_by(self, head: ws.Head) -> bool:
        """Whether frames come behind the head of the opening handshake."""
        return head.status == 101

    def _read_head(self, data: bytes) -> list[Arrival]:
        self._head += data
        try:
            head, rest = ws.split_head(self._head)
        except ws.WebSocketError as error:
            return [Arrival(MALFORMED, str(error))]
        if head is None:
            return []
        self._upgraded = self.is_upgraded_by(head)
        first = Arrival(HEAD, head.first, head=head)
        return [first, *(self._read(rest) if rest and self._upgraded else [])]

    def _read_frame(self, frame: Frame) -> Arrival:
        if frame.is_control or frame.opcode == ws.TEXT:
            return Arrival(FRAME, str(frame), frame=frame)
        self._parts += frame.payload
        if not frame.fin:
            return Arrival(FRAME, str(frame), frame=frame)
        whole, self._parts = self._parts, b""
        try:
            return _arrival(decode_ws(whole), frame)
        except FormatError as error:
            return _arrival(error, frame)

    async def next(self, seconds: float) -> Arrival | None:
        """What comes next; None when nothing does in time. After the end, always the end."""
        if not self.received.empty():
            return self.received.get_nowait()
        if self.closed:
            return self.closed
        try:
            return await asyncio.wait_for(self.received.get(), max(seconds, 0.0))
        except TimeoutError:
            return None

    # -- writing -----------------------------------------------------------------------------------

    def fresh_token(self, length: int = 4) -> bytes:
        self._token = (self._token + 1) & 0xFFFFFFFF
        return self._token.to_bytes(4, "big")[:length]

    def write(self, data: bytes, text: str = "bytes made by hand") -> None:
        """Sends bytes as they are. A connection that has ended takes them, and nothing happens."""
        self.trace.stream("sent", self.number, data, text)
        if self.secure:
            self.secure.write(data)
        else:
            self._write_raw(data)

    def write_records(self, data: bytes, text: str = "") -> None:
        """Sends bytes below the security, whether there is any or not."""
        self.trace.records("sent", self.number, data, text or records.describe(data, False))
        self._write_raw(data)

    def encoded(self, message: Message) -> bytes:
        """The bytes of a message on this connection."""
        if self.is_websocket:
            return ws.encode_frame(Frame(ws.BINARY, encode_ws(message), masked=True))
        return encode_tcp(message)

    def send(self, message: Message) -> Message:
        self.write(self.encoded(message), describe(message))
        return message

    def send_frame(self, frame: Frame) -> None:
        self.write(ws.encode_frame(frame), str(frame))

    def upgrade(self, fields: dict[str, str] | None = None, path: str = ws.PATH) -> str:
        """Sends the opening handshake, correct ones without `fields`; returns the key in it."""
        if fields is None:
            fields = ws.upgrade_fields(self.address.authority, ws.new_key())
        self.write(ws.upgrade_request(fields, path), "opening handshake")
        return fields.get("Sec-WebSocket-Key", "")


def _arrival(found: Message | FormatError, frame: Frame | None = None) -> Arrival:
    if isinstance(found, Message):
        return Arrival(MESSAGE, describe(found), message=found, frame=frame)
    return Arrival(MALFORMED, f"not a CoAP message: {found}", frame=frame)
