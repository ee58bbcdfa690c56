"""Every rule that the reference server follows, one hook each.

A mutant is a subclass that overrides one hook, so it breaks one rule and no other.
"""

import random
from typing import TYPE_CHECKING

from .. import message as m
from ..message import ACK, CON, NON, RST, Message
from .exchange import Reply
from .links import Link, link_matches

if TYPE_CHECKING:
    from .site import Site

ACK_TIMEOUT = 2.0  # RFC 7252 4.8
ACK_RANDOM_FACTOR = 1.5
MAX_RETRANSMIT = 4

# Number -> shortest and longest value, how often, for the options that requests may carry
# (RFC 7252 table 4, RFC 7959). Location-* and Max-Age say nothing in a request, so they count
# as unrecognized there (5.4) and, being elective, are ignored.
KNOWN_OPTIONS: dict[int, tuple[int, int, bool]] = {
    m.IF_MATCH: (0, 8, True),
    m.URI_HOST: (1, 255, False),
    m.ETAG: (1, 8, True),
    m.IF_NONE_MATCH: (0, 0, False),
    m.URI_PORT: (0, 2, False),
    m.URI_PATH: (0, 255, True),
    m.CONTENT_FORMAT: (0, 2, False),
    m.URI_QUERY: (0, 255, True),
    m.OBSERVE: (0, 3, False),
    m.ACCEPT: (0, 2, False),
    m.BLOCK2: (0, 3, False),
    m.BLOCK1: (0, 3, False),
    m.SIZE2: (0, 4, False),
    m.PROXY_URI: (1, 1034, False),
    m.PROXY_SCHEME: (1, 255, False),
    m.SIZE1: (0, 4, False),
    m.ECHO: (1, 40, False),
    m.NO_RESPONSE: (0, 1, False),
    m.REQUEST_TAG: (0, 8, True),
}
METHODS = frozenset({m.GET, m.POST, m.PUT, m.DELETE})


class Rules:
    """The rules as the RFCs have them."""

    transport = "coap"  # what the rules are served over
    site: "Site"  # set by the service; a mutant may spoil what is stored there

    # RFC 7252 3: the message format

    def knows_version(self, data: bytes) -> bool:
        return data[0] >> 6 == 1

    def for_fragment(self, data: bytes) -> Message | None:
        """What fewer than four bytes deserve: nothing."""
        return None

    def repaired(self, data: bytes) -> Message | None:
        """What to take a datagram with a format error for: nothing."""
        return None

    # RFC 7252 4: messages

    def for_malformed(self, data: bytes, header: Message) -> Message | None:
        """A message with a format error is rejected like any other (4.2, 4.3)."""
        return self.rejection("format", header)

    def rejection(self, why: str, header: Message) -> Message | None:
        """A Reset for a Confirmable message, silence for any other (4.2, 4.3)."""
        return Message(RST, 0, header.mid) if header.type == CON else None

    def for_acknowledgement(self, message: Message) -> Message | None:
        """Acknowledgements and Resets are never answered (4.2)."""
        return None

    def serves(self, message: Message) -> bool:
        """Whether an Acknowledgement or Reset is looked at for a request: never (4.2)."""
        return False

    def is_request(self, message: Message) -> bool:
        return message.is_request

    def remembers(self, request: Message) -> bool:
        """Whether a message seen before is a duplicate and not executed again (4.5)."""
        return True

    def promise(self, request: Message) -> Message | None:
        """The Empty Acknowledgement ahead of a separate response (5.2.2)."""
        return Message(ACK, m.EMPTY, request.mid) if request.type == CON else None

    def after_separate(self, promise: Message | None, response: Message) -> Message | None:
        """What a duplicate of the request gets once the separate response is out (5.2.2)."""
        return promise

    def duplicate_key(self, message: Message, source: tuple[str, int]) -> tuple[object, ...]:
        return (source, message.mid)

    def for_duplicate(self, message: Message, answer: Message | None) -> Message | None:
        """The same acknowledgement again; nothing at all for a Non-confirmable one (4.5)."""
        return answer if message.type == CON else None

    def next_mid(self, last: int, request: Message) -> int:
        return (last + 1) & 0xFFFF

    def first_timeout(self) -> float:
        return random.uniform(ACK_TIMEOUT, ACK_TIMEOUT * ACK_RANDOM_FACTOR)

    def next_timeout(self, timeout: float) -> float:
        return timeout * 2

    def retransmission(self, message: Message) -> Message:
        return message

    def settles(self, message: Message) -> bool:
        """What ends the retransmission of an own message with this Message ID (4.2, 5.2.2)."""
        return message.type in (ACK, RST)

    def settles_from(self, source: tuple[str, int], destination: tuple[str, int]) -> bool:
        return source == destination

    # RFC 7252 5.2, 5.3: responses

    def response_type(self, request: Message) -> m.Type:
        """How a response travels that is not piggybacked (5.2.3)."""
        return CON if request.type == CON else NON

    def piggybacks(self, request: Message, reply: Reply) -> bool:
        return request.type == CON and reply.delay == 0

    def separate_type(self, request: Message) -> m.Type:
        """How a response travels that was promised earlier (5.2.2, 5.2.3)."""
        return CON if request.type == CON else NON

    def token_for(self, request: Message, reply: Reply) -> bytes:
        return request.token

    # RFC 7252 5.4: options

    def recognizes(self, number: int, value: bytes, occurrence: int, method: int) -> bool:
        known = KNOWN_OPTIONS.get(number)
        if known is None:
            return False
        shortest, longest, repeatable = known
        return shortest <= len(value) <= longest and (repeatable or occurrence == 1)

    def refuses(self, number: int, value: bytes) -> bool:
        """An unrecognized option is an obstacle when it is critical (5.4.6)."""
        return number & 1 == 1

    def for_bad_options(self, numbers: list[int], request: Message) -> Reply | None:
        """4.02 with a diagnostic; a Non-confirmable request is rejected instead (5.4.1)."""
        if request.type != CON:
            return None
        names = ", ".join(str(number) for number in numbers)
        return Reply(m.BAD_OPTION, f"option not understood: {names}".encode())

    # RFC 7252 5.5 to 5.8: methods

    def wants_proxy(self, request: Message) -> bool:
        return bool(request.all(m.PROXY_URI) or request.all(m.PROXY_SCHEME))

    def for_proxying(self, request: Message) -> Reply:
        return Reply(m.NO_PROXYING)

    def knows_method(self, method: int) -> bool:
        return method in METHODS

    def for_unknown_method(self, request: Message) -> Reply:
        return Reply(m.METHOD_NOT_ALLOWED)

    def looked_up(self, path: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Segments are compared as they are (5.10.1, 6.3)."""
        return path

    def for_missing(self, request: Message) -> Reply:
        if request.code == m.DELETE:
            return Reply(self.delete_code(False))
        return Reply(m.NOT_FOUND, b"no such resource")

    def for_wrong_method(self, request: Message) -> Reply:
        return Reply(m.METHOD_NOT_ALLOWED)

    def before(self, request: Message) -> None:
        """Side effects of a request beyond its method: none (5.1)."""

    def stored_by_put(self, old: bytes, new: bytes) -> bytes:
        """Put twice is put once (5.1)."""
        return new

    def put_code(self, existed: bool) -> int:
        return m.CHANGED if existed else m.CREATED

    def post_code(self, existed: bool) -> int:
        return m.CHANGED if existed else m.CREATED

    def delete_code(self, existed: bool) -> int:
        """Deleted also when there was nothing to delete (5.8.4)."""
        return m.DELETED

    # RFC 7252 5.10: options of the methods

    def acceptable(self, request: Message, formats: tuple[int, ...]) -> bool:
        accept = request.uint(m.ACCEPT)
        return accept is None or accept in formats

    def chosen_format(self, accept: int | None) -> int:
        return m.TEXT_PLAIN if accept is None else accept

    def takes_format(self, request: Message, takes: tuple[int, ...]) -> bool:
        given = request.uint(m.CONTENT_FORMAT)
        return given is None or not takes or given in takes

    def validates(self, etag: bytes, offered: list[bytes]) -> bool:
        return etag in offered

    def valid_reply(self, etag: bytes) -> Reply:
        return Reply(m.VALID, b"", [(m.ETAG, etag)])

    def if_match_holds(self, wanted: list[bytes], exists: bool, etag: bytes | None) -> bool:
        """The empty value asks for existence, another one for that entity tag (5.10.8.1)."""
        return not wanted or (exists and (b"" in wanted or etag in wanted))

    def if_none_match_holds(self, given: bool, exists: bool) -> bool:
        return not (given and exists)

    def for_failed_precondition(self, request: Message) -> Reply:
        return Reply(m.PRECONDITION_FAILED)

    def performs_anyway(self, request: Message) -> bool:
        """Whether a method is carried out although a condition fails (5.10.8)."""
        return False

    # RFC 7959: large representations

    def cuts(self, payload: bytes) -> bool:
        return len(payload) > 1024

    def largest_exponent(self) -> int:
        """The largest size exponent of a block: 1024 bytes over UDP (2.2)."""
        return 6

    def block_of(self, asked: int | None) -> tuple[int, int]:
        """Number and size exponent of the block to send; M says nothing in a request (2.3)."""
        return (0, 6) if asked is None else (asked >> 4, asked & 7)

    def block_start(self, number: int, unit: int) -> int:
        return number * unit

    def beyond_the_end(self) -> Reply:
        return Reply(m.BAD_REQUEST, b"block number beyond the end")

    def whole_size(self, payload: bytes) -> int:
        """What Size2 says when it is asked for (4)."""
        return len(payload)

    def block_etag(self, etag: bytes, number: int) -> bytes:
        """The same in every block of a representation (2.4)."""
        return etag

    def upload_key(self, request: Message, source: object) -> tuple[object, ...]:
        """What the blocks of one body have in common (2.5, RFC 9175 3.3)."""
        return (source, request.code, tuple(request.all(m.URI_PATH)),
                tuple(request.all(m.REQUEST_TAG)))

    def fits_block(self, payload: bytes, size: int, more: bool) -> bool:
        """A block that is not the last is full (2.2)."""
        return not more or len(payload) == size

    def fits_upload(self, kept: tuple[bytes, bytes | None] | None, offset: int,
                    content_format: bytes | None) -> bool:
        """Whether a block continues what is kept: in sequence, and of the same format (2.3,
        2.5)."""
        return kept is not None and len(kept[0]) == offset and kept[1] == content_format

    def starts_upload(self, kept: bytes, payload: bytes) -> bytes:
        """Block 0 starts anew (2.5)."""
        return payload

    def for_continue(self, block: int) -> Reply:
        return Reply(m.CONTINUE, b"", [(m.BLOCK1, m.uint(block))])

    def final_block(self, block: int) -> list[tuple[int, bytes]]:
        """The response to the last block says which block it is about (2.3)."""
        return [(m.BLOCK1, m.uint(block))]

    # RFC 7641: observing

    def observes(self, request: Message, observable: bool) -> int | None:
        """0 to register, 1 to deregister, None for a plain request."""
        value = request.uint(m.OBSERVE)
        return value if observable and value in (0, 1) and request.code == m.GET else None

    def refuses_observe(self, request: Message, observable: bool) -> bool:
        """What cannot be observed is answered as if nothing had been asked for (4.1)."""
        return False

    def first_observe(self, reply: Reply, sequence: int) -> Reply:
        """The answer to a registration is the first notification (3.1)."""
        return reply.plus(m.OBSERVE, m.uint(sequence))

    def entry_key(self, source: object, token: bytes) -> tuple[object, ...]:
        """What tells the entries apart: an endpoint and a token (4.1)."""
        return (source, token)

    def replaces_entries(self) -> bool:
        """A second registration takes the place of the first (4.1)."""
        return True

    def cancels(self, why: str) -> bool:
        """Whether a request ("request") or a Reset ("reset") ends an observation (3.6, 4.5)."""
        return True

    def plain_get_cancels(self) -> bool:
        return False

    def next_sequence(self, last: int) -> int:
        return (last + 1) & 0xFFFFFF

    def notification_token(self, token: bytes) -> bytes:
        return token

    def notification(self, reply: Reply, sequence: int) -> Reply:
        return reply.plus(m.OBSERVE, m.uint(sequence))

    def ends_with_error(self) -> bool:
        """A notification that is no success ends the observation (4.2)."""
        return True

    def error_notification(self, reply: Reply) -> Reply | None:
        """It has no Observe option (4.2)."""
        return reply

    def notified(self, entries: list[object]) -> list[object]:
        """Who hears of a change: everybody on the list (4.2)."""
        return entries

    # RFC 7967: No-Response

    def sends(self, request: Message, reply: Reply) -> bool:
        """A response that the client has no interest in may stay away (2)."""
        unwanted = request.uint(m.NO_RESPONSE) or 0
        return not unwanted & 1 << (reply.code >> 5) - 1

    def acknowledges_unwanted(self) -> bool:
        """A Confirmable request is acknowledged all the same (2)."""
        return True

    # RFC 6690: discovery

    def filtered(self, links: list[Link], name: str, wanted: str) -> list[Link]:
        return [link for link in links if link_matches(link, name, wanted)]

    def listed(self, links: list[Link]) -> list[Link]:
        return links

    # The answer as a whole

    def finished(self, request: Message, reply: Reply) -> Reply:
        """The last look at a reply, for rules about what an answer contains."""
        return reply

    def datagram(self, request: Message, data: bytes) -> bytes:
        """The last look at the bytes of a response."""
        return data
