"""WebSocket frames and the opening handshake (RFC 6455), as much as CoAP needs, both sides."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close",
         PING: "ping", PONG: "pong"}
SUBPROTOCOL = "coap"
PATH = "/.well-known/coap"
VERSION = "13"
_UNIQUE = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LONGEST_HEAD = 16384
CONTROL_AT_MOST = 125  # bytes in a control frame
PROTOCOL_ERROR, UNACCEPTABLE_DATA, NORMAL = 1002, 1003, 1000


class WebSocketError(ValueError):
    """A handshake that cannot be read."""


@dataclass(frozen=True)
class Frame:
    opcode: int
    payload: bytes = b""
    fin: bool = True
    masked: bool = False
    reserved: int = 0  # the three reserved bits

    @property
    def is_control(self) -> bool:
        return self.opcode >= CLOSE

    def __str__(self) -> str:
        name = NAMES.get(self.opcode, f"opcode {self.opcode}")
        parts = [f"{name} frame of {len(self.payload)} bytes"]
        if not self.fin:
            parts.append("not final")
        if self.opcode == CLOSE and len(self.payload) >= 2:
            parts.append(f"status {int.from_bytes(self.payload[:2], 'big')}")
        return ", ".join(parts)


def masked(payload: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[n & 3] for n, byte in enumerate(payload))


def encode_frame(frame: Frame) -> bytes:
    """The bytes of a frame, with a fresh mask when it is to be masked."""
    length = len(frame.payload)
    first = frame.fin << 7 | frame.reserved << 4 | frame.opcode
    mask = 0x80 if frame.masked else 0
    if length < 126:
        head = bytes([first, mask | length])
    elif length < 65536:
        head = bytes([first, mask | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([first, mask | 127]) + length.to_bytes(8, "big")
    if not frame.masked:
        return head + frame.payload
    key = secrets.token_bytes(4)
    return head + key + masked(frame.payload, key)


class FrameReader:
    """Cuts a stream into frames."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        self.rest += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        data = self.rest
        if len(data) < 2:
            return None
        length, at = data[1] & 0x7F, 2
        if length >= 126:
            at += 2 if length == 126 else 8
            if len(data) < at:
                return None
            length = int.from_bytes(data[2:at], "big")
        has_mask = bool(data[1] & 0x80)
        key = data[at : at + 4] if has_mask else b""
        at += 4 if has_mask else 0
        if len(data) < at + length:
            return None
        payload = data[at : at + length]
        self.rest = data[at + length :]
        return Frame(data[0] & 15, masked(payload, key) if has_mask else payload,
                     bool(data[0] & 0x80), has_mask, data[0] >> 4 & 7)


@dataclass
class Head:
    """The head of an HTTP message: its first line, and header fields by lower-case name."""

    first: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        values = self.fields.get(name.lower())
        return None if values is None else ", ".join(values)

    def words(self, name: str) -> list[str]:
        """A field that is a list, in lower case."""
        return [word.strip().lower() for word in (self.value(name) or "").split(",")]

    @property
    def status(self) -> int:
        """The status code of a response, 0 when the first line is none."""
        words = self.first.split()
        ok = len(words) > 1 and words[0].startswith("HTTP/1.1") and words[1].isdigit()
        return int(words[1]) if ok else 0


def split_head(data: bytes) -> tuple[Head | None, bytes]:
    """The head at the front of `data` and what is behind it; None while it has not ended."""
    text, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        if len(data) > LONGEST_HEAD:
            raise WebSocketError("an HTTP head without an end")
        return None, data
    first, *lines = text.decode("latin-1").split("\r\n")
    head = Head(first)
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise WebSocketError(f"no header field: {line!r}")
        head.fields.setdefault(name.lower(), []).append(value.strip())
    return head, rest


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(16)).decode()


def accept_key(key: str) -> str:
    """What a server proves with that it has read the client's key (RFC 6455 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode() + _UNIQUE).digest()).decode()


def upgrade_fields(host: str, key: str) -> dict[str, str]:
    """The header fields of a correct opening handshake (RFC 8323 4.1); a case may spoil them."""
    return {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Protocol": SUBPROTOCOL,
        "Sec-WebSocket-Version": VERSION,
    }


def upgrade_request(fields: dict[str, str], path: str = PATH) -> bytes:
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()
