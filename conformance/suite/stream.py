"""CoAP messages on reliable transports (RFC 8323 sections 3.2, 4.2 and 5, RFC 8974 section 2.1).

Independent of the C library, like codec.py. A message of a stream has no type and no message ID:
those fields of Message stay at their defaults."""

from __future__ import annotations

from .codec import FormatError, Reader, encode_options, extended, options_and_payload
from .message import Message, code, code_name

CSM, PING, PONG, RELEASE, ABORT = (code(f"7.0{n}") for n in range(1, 6))
MAX_MESSAGE_SIZE, BLOCK_WISE_TRANSFER, EXTENDED_TOKEN_LENGTH = 2, 4, 6  # of a CSM
CUSTODY = 2  # of Ping and Pong
ALTERNATIVE_ADDRESS, HOLD_OFF = 2, 4  # of Release
BAD_CSM_OPTION = 2  # of Abort
BASE_SIZE = 1152  # what a peer takes that says nothing of its Max-Message-Size

NAMES = {CSM: "CSM", PING: "Ping", PONG: "Pong", RELEASE: "Release", ABORT: "Abort"}
OPTION_NAMES = {
    (CSM, MAX_MESSAGE_SIZE): "Max-Message-Size",
    (CSM, BLOCK_WISE_TRANSFER): "Block-Wise-Transfer",
    (CSM, EXTENDED_TOKEN_LENGTH): "Extended-Token-Length",
    (PING, CUSTODY): "Custody",
    (PONG, CUSTODY): "Custody",
    (RELEASE, ALTERNATIVE_ADDRESS): "Alternative-Address",
    (RELEASE, HOLD_OFF): "Hold-Off",
    (ABORT, BAD_CSM_OPTION): "Bad-CSM-Option",
}
# Len nibble -> bytes of the extended length, and what is added to it.
LENGTH_FORMS = {13: (1, 13), 14: (2, 269), 15: (4, 65805)}


def is_signaling(message: Message) -> bool:
    return message.code >> 5 == 7


def describe(message: Message) -> str:
    """A message for people."""
    if not is_signaling(message):
        return str(message).split(" ", 1)[1].replace(f" mid {message.mid:#06x}", "")
    parts = [f"{code_name(message.code)} ({NAMES.get(message.code, 'unknown signal')})"]
    if message.token:
        parts.append(f"token {message.token.hex()}")
    for number, value in message.options:
        name = OPTION_NAMES.get((message.code, number), f"signaling option {number}")
        parts.append(f"{name}: 0x{value.hex()}" if value else name)
    if message.payload:
        parts.append(f"payload {message.payload[:80].decode('utf-8', 'backslashreplace')!r}")
    return ", ".join(parts)


def body_of(message: Message) -> bytes:
    """Options and payload, which is what Len counts."""
    body = encode_options(message.options)
    return body + b"\xff" + message.payload if message.payload else body


def length_form(length: int) -> tuple[int, bytes]:
    """The Len nibble and the extended length behind it."""
    for nibble, (size, base) in reversed(LENGTH_FORMS.items()):
        if length >= base:
            return nibble, (length - base).to_bytes(size, "big")
    return length, b""


def encode_tcp(message: Message) -> bytes:
    """The bytes of a message on a TCP connection."""
    body = body_of(message)
    nibble, length = length_form(len(body))
    token_nibble, token_more = extended(len(message.token))
    return (bytes([nibble << 4 | token_nibble]) + length + bytes([message.code]) + token_more
            + message.token + body)


def encode_ws(message: Message) -> bytes:
    """The payload of a WebSocket message: as on TCP, but Len is 0."""
    nibble, more = extended(len(message.token))
    return bytes([nibble, message.code]) + more + message.token + body_of(message)


def decode_ws(data: bytes) -> Message:
    """The message in a WebSocket message; raises FormatError."""
    reader = Reader(data)
    first, code = reader.take(2, "header")
    if first >> 4:
        raise FormatError(f"Len {first >> 4} in a WebSocket message", 0)
    token = reader.take(reader.extended(first & 15, "token length"), "token")
    options, payload = options_and_payload(reader)
    return Message(code=code, token=token, options=options, payload=payload)


def frame_size(data: bytes) -> int | None:
    """How long the message at the front of a stream is, None while that cannot be told."""
    if not data:
        return None
    nibble, token = data[0] >> 4, data[0] & 15
    more, base = LENGTH_FORMS.get(nibble, (0, nibble))
    token_more = {13: 1, 14: 2}.get(token, 0)
    head = 2 + more + token_more
    if token == 15:
        raise FormatError("token length 15 is reserved", 0)
    if len(data) < head:
        return None
    length = base + int.from_bytes(data[1 : 1 + more], "big")
    if token_more:
        token = (13 if token == 13 else 269) + int.from_bytes(data[head - token_more : head], "big")
    return head + token + length


def decode_tcp(data: bytes) -> Message:
    """The message in the bytes of a whole frame; raises FormatError."""
    more, _ = LENGTH_FORMS.get(data[0] >> 4, (0, 0))
    return decode_ws(bytes([data[0] & 15]) + data[1 + more :])


class TcpReader:
    """Cuts a stream into messages."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> list[Message | FormatError]:
        """The messages that end in `data`; after an error the stream cannot be read further."""
        self.rest += data
        found: list[Message | FormatError] = []
        try:
            while (size := frame_size(self.rest)) is not None and size <= len(self.rest):
                frame, self.rest = self.rest[:size], self.rest[size:]
                found.append(decode_tcp(frame))
        except FormatError as error:
            found.append(error)
            self.rest = b""
        return found
