"""What several cases need: hand-made datagrams, resources to read, whole representations."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..codec import encode_options
from ..handle import Peer
from ..message import (
    BLOCK2,
    CON,
    CONTENT,
    CONTENT_FORMAT,
    DELETE,
    GET,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    PUT,
    TEXT_PLAIN,
    Message,
    code_name,
    path_options,
    uint,
)

CORE = "/.well-known/core"
# Numbers for experiments (RFC 7252 12.2): no specification will give them a meaning.
UNKNOWN_ELECTIVE, UNKNOWN_CRITICAL = 65000, 65001
UNKNOWN_FORMAT = 65432
BLOCKS_AT_MOST = 64
ONE_MESSAGE = 1024  # bytes of payload that go without blocks (RFC 7252 4.6)
TEXT = (CONTENT_FORMAT, uint(TEXT_PLAIN))
KNOWN_TEXT = b"put there by the conformance suite"

Options = tuple[tuple[int, bytes], ...]


def datagram(
    peer: Peer, code: int, rest: bytes = b"", *, kind: int = CON, tkl: int = 0, version: int = 1
) -> bytes:
    """A datagram made by hand: a header with these fields and a fresh Message ID, then `rest`."""
    return (
        bytes([version << 6 | kind << 4 | tkl, code]) + peer.fresh_mid().to_bytes(2, "big") + rest
    )


def plain_get(peer: Peer, *, kind: int = CON, tkl: int = 0, version: int = 1) -> bytes:
    """A GET of a resource that exists, correct but for the header fields given. A token of
    `tkl` bytes is there for lengths up to 8."""
    token = secrets.token_bytes(tkl if tkl <= 8 else 0)
    options = encode_options(path_options(peer.target.probe_path))
    return datagram(peer, GET, token + options, kind=kind, tkl=tkl, version=version)


def unlikely_path() -> str:
    return f"/no-such-resource-{secrets.token_hex(4)}"


def dotted(message: Message) -> str:
    return code_name(message.code)


def is_success(message: Message) -> bool:
    return message.code >> 5 == 2


def is_error(message: Message) -> bool:
    return message.code >> 5 in (4, 5)


async def readable(peer: Peer) -> tuple[str, Message]:
    """A resource that a plain GET can read, and the answer; skips when there seems to be none."""
    seen = []
    for path in dict.fromkeys((peer.target.probe_path, "/", CORE)):
        exchange = await peer.request(GET, path)
        if exchange.response is not None and exchange.response.code == CONTENT:
            return path, exchange.response
        seen.append(f"{path}: {dotted(exchange.response) if exchange.response else 'no response'}")
    peer.skip(f"no resource that a plain GET can read ({', '.join(seen)})")


async def body(peer: Peer, path: str, options: Options = ()) -> tuple[Message, bytes]:
    """The first answer to a GET and its whole representation, fetched in blocks where the peer
    cuts it (RFC 7959 2.4)."""
    first = await peer.ask(GET, path, options=options)
    whole, answer = first.payload, first
    for _ in range(BLOCKS_AT_MOST):
        block = answer.uint(BLOCK2)
        if not is_success(answer) or block is None or not block & 8:
            return first, whole
        following = (BLOCK2, uint((block >> 4) + 1 << 4 | block & 7))
        answer = await peer.ask(GET, path, options=(*options, following))
        whole += answer.payload
    peer.inconclusive(f"{path} does not end after {BLOCKS_AT_MOST} blocks")


async def put(peer: Peer, path: str, payload: bytes, options: Options = ()) -> Message:
    """Puts plain text; skips when the resource does not take it."""
    answer = await peer.ask(PUT, path, payload=payload, options=(TEXT, *options))
    if answer.code == METHOD_NOT_ALLOWED:
        peer.skip(f"{path} does not allow PUT")
    if not is_success(answer):
        peer.skip(f"a plain PUT on {path} gives {dotted(answer)}")
    return answer


async def get_text(peer: Peer, path: str) -> bytes:
    """The representation at `path`; skips when a plain GET cannot read it."""
    answer, whole = await body(peer, path)
    if answer.code != CONTENT:
        peer.skip(f"a plain GET of {path} gives {dotted(answer)}")
    return whole


@asynccontextmanager
async def known_text(peer: Peer, path: str) -> AsyncIterator[bytes]:
    """Puts a short known text at `path`, and the old one back in the end, however the case ends.
    An old text that would need blocks is not put back. Skips when PUT does not work there."""
    old = await get_text(peer, path)
    await put(peer, path, KNOWN_TEXT)
    try:
        yield KNOWN_TEXT
    finally:
        if len(old) <= ONE_MESSAGE:
            await peer.request(PUT, path, payload=old, options=(TEXT,))


@asynccontextmanager
async def absent(peer: Peer, path: str) -> AsyncIterator[None]:
    """Makes sure that a PUT can create what is at `path` and that it is not there; in the end it
    is deleted again, however the case ends. Skips when the peer cannot do that."""
    await put(peer, path, KNOWN_TEXT)
    deleted = await peer.ask(DELETE, path)
    gone = await peer.ask(GET, path)
    if gone.code != NOT_FOUND:
        peer.skip(
            f"{path} is still there after a DELETE, which gave {dotted(deleted)}: GET gives "
            f"{dotted(gone)}"
        )
    try:
        yield
    finally:
        await peer.request(DELETE, path)
