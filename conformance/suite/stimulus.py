"""What kind of message a step is, in the words of differences.toml."""

from __future__ import annotations

from collections import Counter

from .message import (
    ACK,
    BLOCK1,
    BLOCK2,
    DELETE,
    FETCH,
    IPATCH,
    METHOD_NAMES,
    OPTIONS,
    PATCH,
    POST,
    PUT,
    RST,
    Message,
    code_class,
)
from .replay import Answered

HEADER = 4  # bytes
RESERVED_CLASSES = (1, 6, 7)  # RFC 7252 4.2
CHANGING = (POST, PUT, DELETE, PATCH, IPATCH, FETCH)
RESERVED_SIZE = 7
MOST_TOKEN = 8  # RFC 7252 3
TYPES = ("con", "non", "ack", "rst")


def words(step: Answered) -> frozenset[str]:
    """All that is to be said of a step's message."""
    if step.message is None:
        return frozenset(_of_bytes(step))
    more = {"copy"} if step.first else {"offered"} if step.role else set[str]()
    return frozenset(_of_message(step.message) | more)


def _of_bytes(step: Answered) -> set[str]:
    data = step.data
    found = {"malformed"}
    if len(data) < HEADER:
        return {"runt"}
    if data[0] >> 6 != 1:
        return {"version"}
    kind = TYPES[data[0] >> 4 & 3]
    found |= {"reply"} if kind in ("ack", "rst") else {kind}
    if data[0] & 15 in (13, 14):
        found.add("long-token")
    return found


def _of_message(message: Message) -> set[str]:
    found = {message.type.name.lower()}
    if message.type in (ACK, RST):
        return {"reply"}
    found |= {f"option:{OPTIONS[number].name}" for number, _ in message.options
              if number in OPTIONS}
    if len(message.token) > MOST_TOKEN:
        found.add("long-token")
    if message.is_empty:
        found.add("empty")
    elif code_class(message.code) in RESERVED_CLASSES:
        found.add("reserved-code")
    elif message.is_request:
        found |= _of_request(message)
    else:
        found.add("response")
    return found


def _of_request(message: Message) -> set[str]:
    found = {"request"}
    if message.code not in METHOD_NAMES:
        found.add("unknown-method")
    if message.code in CHANGING:
        found.add("changes")
    if any(_is_bad(message, number) for number, _ in message.options):
        found.add("bad-critical")
    for number in (BLOCK1, BLOCK2):
        if (message.uint(number) or 0) & 7 == RESERVED_SIZE:
            found.add("reserved-block-size")
    return found


def _is_bad(message: Message, number: int) -> bool:
    """A critical option that counts as unrecognized (RFC 7252 5.4.1, 5.4.3, 5.4.5)."""
    info = OPTIONS.get(number)
    if not number & 1:
        return False
    if info is None:
        return True
    values = Counter(n for n, _ in message.options)[number]
    return (values > 1 and not info.repeatable) or any(
        not info.shortest <= len(value) <= info.longest for value in message.all(number))
