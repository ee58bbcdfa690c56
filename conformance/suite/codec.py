"""Datagrams to messages and back (RFC 7252 section 3, RFC 8974 section 2.1).

Independent of the C library: what one gets wrong, the other shows. Decoding is strict; every byte
of a datagram is accounted for, or a FormatError says where and why not."""

from __future__ import annotations

from .message import EMPTY, Message, Type


class FormatError(ValueError):
    """A datagram that is no CoAP message."""

    def __init__(self, reason: str, offset: int):
        super().__init__(f"{reason} at byte {offset}")
        self.reason = reason
        self.offset = offset


def extended(value: int) -> tuple[int, bytes]:
    """The nibble and the bytes behind it for an option delta, option length or token length."""
    if value < 13:
        return value, b""
    if value < 269:
        return 13, (value - 13).to_bytes(1, "big")
    return 14, (value - 269).to_bytes(2, "big")


def encode_option(delta: int, value: bytes) -> bytes:
    delta_nibble, delta_more = extended(delta)
    length_nibble, length_more = extended(len(value))
    return bytes([delta_nibble << 4 | length_nibble]) + delta_more + length_more + value


def encode_options(options: tuple[tuple[int, bytes], ...]) -> bytes:
    out = b""
    previous = 0
    for number, value in sorted(options, key=lambda option: option[0]):
        out += encode_option(number - previous, value)
        previous = number
    return out


def encode(message: Message) -> bytes:
    """The datagram of a message. What it may hold is not checked: odd messages are tests, too."""
    nibble, more = extended(len(message.token))
    head = bytes([1 << 6 | message.type << 4 | nibble, message.code])
    out = head + message.mid.to_bytes(2, "big") + more + message.token
    out += encode_options(message.options)
    return out + b"\xff" + message.payload if message.payload else out


class Reader:
    """Takes bytes from the front; running past the end is a FormatError."""

    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, count: int, what: str) -> bytes:
        if self.at + count > len(self.data):
            raise FormatError(f"{what} runs past the end", self.at)
        self.at += count
        return self.data[self.at - count : self.at]

    def extended(self, nibble: int, what: str) -> int:
        if nibble == 15:
            raise FormatError(f"{what} 15 is reserved", self.at - 1)
        if nibble == 13:
            return self.take(1, what)[0] + 13
        if nibble == 14:
            return int.from_bytes(self.take(2, what), "big") + 269
        return nibble


def _options(reader: Reader) -> tuple[tuple[int, bytes], ...]:
    options = []
    number = 0
    while reader.at < len(reader.data) and reader.data[reader.at] != 0xFF:
        head = reader.take(1, "option")[0]
        number += reader.extended(head >> 4, "option delta")
        length = reader.extended(head & 15, "option length")
        if number > 65535:
            raise FormatError("option number past 65535", reader.at)
        options.append((number, reader.take(length, "option value")))
    return tuple(options)


def options_and_payload(reader: Reader) -> tuple[tuple[tuple[int, bytes], ...], bytes]:
    """The part of a message that is the same on every transport, up to the end."""
    options = _options(reader)
    payload = b""
    if reader.at < len(reader.data):
        reader.take(1, "payload marker")
        payload = reader.data[reader.at :]
        if not payload:
            raise FormatError("payload marker without payload", reader.at - 1)
    return options, payload


def decode(data: bytes) -> Message:
    """The message in a datagram; raises FormatError."""
    reader = Reader(data)
    first, code, *mid = reader.take(4, "header")
    if first >> 6 != 1:
        raise FormatError(f"version {first >> 6}", 0)
    token = reader.take(reader.extended(first & 15, "token length"), "token")
    options, payload = options_and_payload(reader)
    if code == EMPTY and len(data) > 4:
        raise FormatError("Empty message with bytes after the message ID", 4)
    return Message(Type(first >> 4 & 3), code, int.from_bytes(bytes(mid), "big"), token, options,
                   payload)
