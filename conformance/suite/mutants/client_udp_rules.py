"""What a correct client over UDP does, one hook each; its mutants change one."""

from __future__ import annotations

import random
from urllib.parse import unquote_to_bytes, urlsplit

from ..blocks import Block
from ..codec import FormatError, decode
from ..message import (
    ACK,
    BLOCK1,
    BLOCK2,
    CON,
    CONTENT,
    EMPTY,
    NON,
    OPTIONS,
    RST,
    URI_HOST,
    URI_PATH,
    URI_QUERY,
    Message,
    Type,
    code_class,
)
from .client_reference import ClientRules

ACK_TIMEOUT = 2.0  # seconds (RFC 7252 4.8)
RANDOM_FACTOR = 1.5
MAX_RETRANSMIT = 4
HALF = 1 << 23  # of the sequence numbers of notifications (RFC 7641 3.4)
FRESH_SECONDS = 128.0
TOKEN_SIZE = 4
Options = tuple[tuple[int, bytes], ...]


def without_dots(path: str) -> str:
    """A path resolved as RFC 3986 section 5.2.4 has it."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for at, segment in enumerate(segments):
        if segment == ".." and kept:
            kept.pop()
        if segment not in (".", ".."):
            kept.append(segment)
        elif at == len(segments) - 1:
            kept.append("")
    return "/" + "/".join(kept)


class UdpClientRules(ClientRules):
    transport = "coap"

    def __init__(self) -> None:
        self.mid = random.randrange(0x10000)

    # RFC 7252 3: format

    def read(self, data: bytes) -> Message | None:
        """The message in a datagram; None for what is no message."""
        try:
            return decode(data)
        except FormatError:
            return None

    def written(self, data: bytes) -> bytes:
        """A request on its way out."""
        return data

    # RFC 7252 4: messages

    def fresh_mid(self) -> int:
        self.mid = (self.mid + 1) & 0xFFFF
        return self.mid

    def first_timeout(self) -> float:
        return random.uniform(ACK_TIMEOUT, ACK_TIMEOUT * RANDOM_FACTOR)

    def next_timeout(self, timeout: float) -> float:
        return 2 * timeout

    def max_retransmit(self) -> int:
        return MAX_RETRANSMIT

    def copy(self, data: bytes) -> bytes:
        """A request that is sent again."""
        return data

    def stops(self, reply: Message) -> bool:
        """Whether an Empty Acknowledgement or a Reset ends the copies."""
        return True

    def counts(self, reply: Message) -> bool:
        """Whether an Acknowledgement or Reset has a form that counts (RFC 7252 4.2)."""
        if reply.type == RST:
            return reply.is_empty
        return reply.is_empty or reply.is_response

    def about_nothing(self, reply: Message) -> Message | None:
        """What is said to an Acknowledgement or Reset that matches nothing."""
        return None

    def comes_from(self, source: tuple[str, int], server: tuple[str, int]) -> bool:
        """Whether a datagram is the server's."""
        return source == server

    def rejection(self, message: Message) -> Message | None:
        """What is said to a message that there is no use for."""
        return Message(RST, EMPTY, message.mid) if message.type == CON else None

    def receipt(self, response: Message) -> Message | None:
        """What is said to a response in a message of its own."""
        return Message(ACK, EMPTY, response.mid) if response.type == CON else None

    def receipt_again(self, first: Message | None) -> Message | None:
        """What is said to a copy of one, after `first`."""
        return first

    def knows_copies(self) -> bool:
        """Whether a copy is not delivered a second time."""
        return True

    # RFC 7252 5: requests and responses

    def type_of(self, kind: str) -> Type:
        return NON if kind == "non" else CON

    def token(self) -> bytes:
        return random.randbytes(TOKEN_SIZE)

    def request(self, request: Message) -> Message:
        """A request before it is sent."""
        return request

    def at_once(self, request: Message) -> list[Message]:
        """What else is asked while a request is outstanding."""
        return []

    def takes_piggybacked(self, response: Message) -> bool:
        return True

    def takes_separate(self, response: Message, acknowledged: bool) -> bool:
        """`acknowledged`: whether the request was."""
        return True

    def belongs(self, response: Message, request: Message) -> bool:
        """Whether the tokens say so."""
        return response.token == request.token

    def understands(self, response: Message) -> bool:
        """No critical option that is unknown (RFC 7252 5.4.1)."""
        return all(number in OPTIONS for number, _ in response.options if number & 1)

    def has_usable_options(self, response: Message) -> bool:
        """Elective options do not hinder (RFC 7252 5.4.1, 5.4.3)."""
        return True

    def is_for_the_user(self, response: Message) -> bool:
        """Whether the payload is shown: those of errors are none of the resource."""
        return code_class(response.code) == 2

    def takes_code(self, code: int) -> bool:
        return code_class(code) in (2, 4, 5)

    def may_repeat(self, response: Message) -> bool:
        """Whether a request is sent again although the server has asked to wait (RFC 8516)."""
        return False

    # RFC 7252 6.4: from a URI to options

    def host_option(self, host: str) -> Options:
        is_literal = host.replace(".", "").isdigit() or ":" in host
        return () if is_literal else ((URI_HOST, unquote_to_bytes(host.lower())),)

    def port_option(self, port: int) -> Options:
        return ()

    def resolved(self, path: str) -> str:
        return without_dots(path)

    def segments(self, path: str) -> list[bytes]:
        return [] if path in ("", "/") else [unquote_to_bytes(s) for s in path[1:].split("/")]

    def arguments(self, query: str) -> list[bytes]:
        return [unquote_to_bytes(argument) for argument in query.split("&")] if query else []

    def options_of(self, uri: str) -> Options:
        parts = urlsplit(uri)
        host = parts.netloc.rpartition(":")[0]
        path = self.segments(self.resolved(parts.path or "/"))
        return (*self.host_option(host), *self.port_option(parts.port or 0),
                *((URI_PATH, segment) for segment in path),
                *((URI_QUERY, argument) for argument in self.arguments(parts.query)))

    # RFC 7959: blocks

    def early(self, szx: int) -> Options:
        """What asks for a size before the first response."""
        return (Block(0, False, szx).option(BLOCK2),)

    def next_block2(self, got: Block, have: int) -> Block:
        """What is asked for after a block, with so many bytes of the body."""
        return Block(have // got.size, False, got.szx)

    def is_same_body(self, etag: bytes | None, first: bytes | None) -> bool:
        return etag == first

    def fits_one(self, body: bytes, asked: int) -> bool:
        """Whether a body goes without blocks; `asked`: the size that the user wants."""
        return len(body) <= (asked or 1024)

    def first_szx1(self, asked: int) -> int:
        return asked

    def part(self, body: bytes, block: Block) -> bytes:
        return block.cut(body)

    def next_szx1(self, ours: int, theirs: int) -> int:
        """The size of blocks after a response that has another."""
        return min(ours, theirs)

    def begins_at(self) -> int:
        """The block that is sent first."""
        return 0

    def retries_smaller(self) -> bool:
        """After a 4.13 with a smaller size."""
        return True

    def goes_on(self, response: Message) -> bool:
        """Whether the next block is sent after a response."""
        return response.code >> 5 == 2

    def block1_options(self, block: Block) -> Options:
        return (block.option(BLOCK1),)

    # RFC 7641: observing

    def register_value(self) -> bytes:
        return b""

    def is_newer(self, value: int, latest: int, passed: float) -> bool:
        """Sequence numbers, and the seconds between two notifications."""
        return (latest < value and value - latest < HALF
                or latest > value and latest - value > HALF or passed > FRESH_SECONDS)

    def is_registered(self, response: Message, has_observe: bool) -> bool:
        return has_observe and code_class(response.code) == 2

    def is_notification(self, response: Message) -> bool:
        """Whether a response with the token of the registration is one."""
        return True

    def notification_ends(self, response: Message) -> bool:
        return code_class(response.code) != code_class(CONTENT)

    def cancelling(self, registration: Message) -> Message:
        """The deregistration, from the registration without Observe."""
        return registration

    def rest_options(self, options: Options) -> Options:
        """Of the requests for the rest of a notification."""
        return options

    # RFC 9175

    def echoes(self, value: bytes) -> bytes | None:
        """What goes back after a 4.01 with such an Echo option."""
        return value
