"""CoAP messages as values: types, codes, options (RFC 7252 sections 3, 5.10 and 12)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum


class Type(IntEnum):
    CON = 0
    NON = 1
    ACK = 2
    RST = 3


CON, NON, ACK, RST = Type.CON, Type.NON, Type.ACK, Type.RST


def code(text: str) -> int:
    """The code's byte for its dotted form: code("2.05") is 69."""
    head, _, tail = text.partition(".")
    return int(head) << 5 | int(tail)


EMPTY = 0
GET, POST, PUT, DELETE, FETCH, PATCH, IPATCH = range(1, 8)
CREATED, DELETED, VALID, CHANGED, CONTENT = (code(f"2.0{n}") for n in range(1, 6))
CONTINUE = code("2.31")
BAD_REQUEST, UNAUTHORIZED, BAD_OPTION = code("4.00"), code("4.01"), code("4.02")
FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED = code("4.03"), code("4.04"), code("4.05")
NOT_ACCEPTABLE, INCOMPLETE, PRECONDITION_FAILED = code("4.06"), code("4.08"), code("4.12")
TOO_LARGE, UNSUPPORTED_FORMAT = code("4.13"), code("4.15")
INTERNAL_ERROR, NOT_IMPLEMENTED, BAD_GATEWAY = code("5.00"), code("5.01"), code("5.02")
UNAVAILABLE, GATEWAY_TIMEOUT, NO_PROXYING = code("5.03"), code("5.04"), code("5.05")

METHOD_NAMES = {
    GET: "GET",
    POST: "POST",
    PUT: "PUT",
    DELETE: "DELETE",
    FETCH: "FETCH",
    PATCH: "PATCH",
    IPATCH: "iPATCH",
}


def code_name(value: int) -> str:
    """A code for people: "GET", "2.05", "0.00 (Empty)"."""
    if value == EMPTY:
        return "0.00 (Empty)"
    return METHOD_NAMES.get(value, f"{value >> 5}.{value & 31:02d}")


def code_class(value: int) -> int:
    return value >> 5


@dataclass(frozen=True)
class OptionInfo:
    """What a specification says of one option."""

    number: int
    name: str
    format: str  # "empty", "opaque", "uint" or "string"
    shortest: int
    longest: int
    repeatable: bool
    rfc: str

    @property
    def critical(self) -> bool:
        return bool(self.number & 1)

    @property
    def unsafe(self) -> bool:
        return bool(self.number & 2)


_REGISTRY = (
    OptionInfo(1, "If-Match", "opaque", 0, 8, True, "RFC 7252 5.10.8.1"),
    OptionInfo(3, "Uri-Host", "string", 1, 255, False, "RFC 7252 5.10.1"),
    OptionInfo(4, "ETag", "opaque", 1, 8, True, "RFC 7252 5.10.6"),
    OptionInfo(5, "If-None-Match", "empty", 0, 0, False, "RFC 7252 5.10.8.2"),
    OptionInfo(6, "Observe", "uint", 0, 3, False, "RFC 7641 2"),
    OptionInfo(7, "Uri-Port", "uint", 0, 2, False, "RFC 7252 5.10.1"),
    OptionInfo(8, "Location-Path", "string", 0, 255, True, "RFC 7252 5.10.7"),
    OptionInfo(9, "OSCORE", "opaque", 0, 255, False, "RFC 8613 2"),
    OptionInfo(11, "Uri-Path", "string", 0, 255, True, "RFC 7252 5.10.1"),
    OptionInfo(12, "Content-Format", "uint", 0, 2, False, "RFC 7252 5.10.3"),
    OptionInfo(14, "Max-Age", "uint", 0, 4, False, "RFC 7252 5.10.5"),
    OptionInfo(15, "Uri-Query", "string", 0, 255, True, "RFC 7252 5.10.1"),
    OptionInfo(16, "Hop-Limit", "uint", 1, 1, False, "RFC 8768 3"),
    OptionInfo(17, "Accept", "uint", 0, 2, False, "RFC 7252 5.10.4"),
    OptionInfo(19, "Q-Block1", "uint", 0, 3, False, "RFC 9177 4.1"),
    OptionInfo(20, "Location-Query", "string", 0, 255, True, "RFC 7252 5.10.7"),
    OptionInfo(23, "Block2", "uint", 0, 3, False, "RFC 7959 2.1"),
    OptionInfo(27, "Block1", "uint", 0, 3, False, "RFC 7959 2.1"),
    OptionInfo(28, "Size2", "uint", 0, 4, False, "RFC 7959 4"),
    OptionInfo(31, "Q-Block2", "uint", 0, 3, True, "RFC 9177 4.1"),
    OptionInfo(35, "Proxy-Uri", "string", 1, 1034, False, "RFC 7252 5.10.2"),
    OptionInfo(39, "Proxy-Scheme", "string", 1, 255, False, "RFC 7252 5.10.2"),
    OptionInfo(60, "Size1", "uint", 0, 4, False, "RFC 7252 5.10.9"),
    OptionInfo(252, "Echo", "opaque", 1, 40, False, "RFC 9175 2.2"),
    OptionInfo(258, "No-Response", "uint", 0, 1, False, "RFC 7967 2"),
    OptionInfo(292, "Request-Tag", "opaque", 0, 8, True, "RFC 9175 3.2"),
)
OPTIONS = {info.number: info for info in _REGISTRY}
OPTION_NUMBERS = {info.name: info.number for info in _REGISTRY}

IF_MATCH, URI_HOST, ETAG, IF_NONE_MATCH, OBSERVE, URI_PORT = 1, 3, 4, 5, 6, 7
LOCATION_PATH, URI_PATH, CONTENT_FORMAT, MAX_AGE, URI_QUERY = 8, 11, 12, 14, 15
HOP_LIMIT, ACCEPT, LOCATION_QUERY, BLOCK2, BLOCK1, SIZE2 = 16, 17, 20, 23, 27, 28
OSCORE = 9
PROXY_URI, PROXY_SCHEME, SIZE1, ECHO, NO_RESPONSE, REQUEST_TAG = 35, 39, 60, 252, 258, 292

TEXT_PLAIN, LINK_FORMAT, XML, OCTET_STREAM, EXI, JSON, CBOR = 0, 40, 41, 42, 47, 50, 60


def uint(value: int) -> bytes:
    """The shortest form of an option's unsigned integer (RFC 7252 3.2)."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def path_options(path: str) -> tuple[tuple[int, bytes], ...]:
    """Uri-Path and Uri-Query options of an absolute path such as "/a/b?x=1"; nothing is decoded."""
    path, _, query = path.partition("?")
    segments = path.strip("/").split("/") if path.strip("/") else []
    options = [(URI_PATH, segment.encode()) for segment in segments]
    options += [(URI_QUERY, argument.encode()) for argument in query.split("&") if query]
    return tuple(options)


def _option_text(number: int, value: bytes) -> str:
    info = OPTIONS.get(number)
    name = info.name if info else f"option {number}"
    if info and info.format == "empty" and not value:
        return name
    if info and info.format == "uint" and len(value) <= 4:
        return f"{name}: {int.from_bytes(value, 'big')}"
    if info and info.format == "string":
        return f"{name}: {value.decode('utf-8', 'backslashreplace')!r}"
    return f"{name}: 0x{value.hex()}"


@dataclass(frozen=True)
class Message:
    """One CoAP message. `options` is a tuple of (number, value) in any order; encoding sorts it
    stably, so that repeated options keep theirs."""

    type: Type = CON
    code: int = EMPTY
    mid: int = -1  # -1: a fresh one when it is sent
    token: bytes = b""
    options: tuple[tuple[int, bytes], ...] = field(default=())
    payload: bytes = b""

    def all(self, number: int) -> list[bytes]:
        """The values of every option `number`."""
        return [value for n, value in self.options if n == number]

    def first(self, number: int) -> bytes | None:
        """The value of the first option `number`, None when there is none."""
        values = self.all(number)
        return values[0] if values else None

    def uint(self, number: int) -> int | None:
        """The first option `number` as an unsigned integer, None when there is none."""
        value = self.first(number)
        return None if value is None else int.from_bytes(value, "big")

    def has(self, number: int) -> bool:
        return any(n == number for n, _ in self.options)

    def but(self, **changes: object) -> Message:
        """A copy with some fields changed."""
        return replace(self, **changes)

    @property
    def is_request(self) -> bool:
        return 0 < self.code < 32

    @property
    def is_response(self) -> bool:
        return code_class(self.code) in (2, 4, 5)

    @property
    def is_empty(self) -> bool:
        return self.code == EMPTY

    def __str__(self) -> str:
        parts = [f"{self.type.name} {code_name(self.code)} mid {self.mid:#06x}"]
        if self.token:
            parts.append(f"token {self.token.hex()}")
        parts += [_option_text(number, value) for number, value in self.options]
        if self.payload:
            text = self.payload[:64].decode("utf-8", "backslashreplace")
            more = "..." if len(self.payload) > 64 else ""
            parts.append(f"payload {len(self.payload)} bytes {text!r}{more}")
        return ", ".join(parts)
