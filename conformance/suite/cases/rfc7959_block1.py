"""RFC 7959 sections 2.2, 2.3 and 2.5: request bodies in blocks, and RFC 9175 section 3.3."""

from __future__ import annotations

from ..case import case
from ..handle import Peer
from ..message import (
    BAD_REQUEST,
    BLOCK1,
    CONTENT_FORMAT,
    CONTINUE,
    INCOMPLETE,
    OCTET_STREAM,
    PUT,
    REQUEST_TAG,
    TOO_LARGE,
    Message,
    uint,
)
from .shared import TEXT, Options, body, dotted, is_success

MIDDLE, RESERVED = 2, 7  # size exponents: 64 bytes, and the one that must not be
SIZE = 16 << MIDDLE
MORE = 8
OTHER_FORMAT = (CONTENT_FORMAT, uint(OCTET_STREAM))
NEEDS = ("resource:large-update",)
CHANGES = ("resource:large-update",)


def filled(letter: bytes, blocks: int = 3) -> list[bytes]:
    """A body in blocks, the last one not full."""
    return [letter * SIZE for _ in range(blocks - 1)] + [letter * 10]


async def put_block(peer: Peer, number: int, more: bool, payload: bytes, token: bytes,
                    options: Options = (TEXT,), exponent: int = MIDDLE) -> Message:
    """One block of a body. All blocks of a body have one token, which is what some peers need."""
    value = uint(number << 4 | (MORE if more else 0) | exponent)
    return await peer.ask(PUT, peer.resource("large-update"), payload=payload, token=token,
                          options=(*options, (BLOCK1, value)))


async def upload(peer: Peer, parts: list[bytes], token: bytes) -> Message:
    """A whole body; the answer to its last block. Skips when the peer does not take it so."""
    for number, part in enumerate(parts):
        more = number < len(parts) - 1
        answer = await put_block(peer, number, more, part, token)
        if not is_success(answer):
            peer.skip(f"block {number} of a body in blocks gives {dotted(answer)}")
        named = answer.uint(BLOCK1)
        if more and named is not None and named & 7 != MIDDLE:
            peer.skip(f"the peer wants another block size: {answer}")
    return answer


async def atomic(peer: Peer, part: bytes, token: bytes) -> None:
    """Sends a first block; skips unless the peer collects blocks and acts on the last one."""
    answer = await put_block(peer, 0, True, part, token)
    if answer.code != CONTINUE:
        peer.skip(f"the first block of a body gives {dotted(answer)}, not 2.31")
    if (answer.uint(BLOCK1) or 0) & 7 not in (0, MIDDLE):
        peer.skip(f"the peer wants another block size: {answer}")


@case(
    "rfc7959/2.5/continue",
    level="MUST",
    rfc="RFC 7959 sections 2.3 and 2.5",
    rows=("R7959-16",),
    title="A block that is not the last is answered with 2.31 and its Block1 option",
    requires=NEEDS,
    exclusive=CHANGES,
)
async def continued(peer: Peer) -> None:
    """Number and M come back. M unset says that the block was dealt with by itself, which a server
    may do, with another success then."""
    answer = await put_block(peer, 0, True, b"c" * SIZE, b"continue")
    if answer.code == TOO_LARGE:
        peer.skip(f"the peer has no room for blocks: {answer}")
    peer.check(is_success(answer), f"a first block: expected 2.31; got {answer}")
    value = answer.uint(BLOCK1)
    peer.check(value is not None, f"a first block: expected a Block1 option; got {answer}")
    assert value is not None
    peer.check(value >> 4 == 0, f"expected block 0 in Block1; got {value >> 4}")
    peer.check(answer.code == CONTINUE or not value & MORE,
               f"with M in Block1: expected 2.31; got {answer}")


@case(
    "rfc7959/2.3/final-block",
    level="MUST",
    rfc="RFC 7959 sections 2.3 and 2.5",
    rows=("R7959-16",),
    title="The answer to the last block has the result and that block's number, and M unset",
    requires=NEEDS,
    exclusive=CHANGES,
)
async def final_block(peer: Peer) -> None:
    """2.04 or 2.01, not 2.31. What is then there is the whole body."""
    parts = filled(b"f")
    answer = await upload(peer, parts, b"final")
    peer.check(answer.code != CONTINUE, f"the last block: expected the result; got {answer}")
    value = answer.uint(BLOCK1)
    if value is None:
        peer.warn("the answer to the last block has no Block1 option")
    else:
        number = (value >> 4) * (16 << (value & 7)) // SIZE
        peer.check(number == len(parts) - 1,
                   f"expected block {len(parts) - 1} in Block1; got {value >> 4}")
        peer.check(not value & MORE, f"the last block: expected M unset; got {answer}")
    _, there = await body(peer, peer.resource("large-update"))
    peer.check(there == b"".join(parts),
               f"expected the {sum(map(len, parts))} bytes that were put; got {len(there)} others")


@case(
    "rfc7959/2.5/missing-blocks",
    level="MUST",
    rfc="RFC 7959 sections 2.5 and 2.9.2",
    rows=("R7959-17",),
    title="A last block without the ones before it gives 4.08",
    requires=NEEDS,
    exclusive=CHANGES,
)
async def missing_blocks(peer: Peer) -> None:
    """Block 0, then block 2 as the last one. A success is a failure, another error a warning: the
    number may be wrong for more than one reason."""
    await atomic(peer, b"m" * SIZE, b"missing")
    answer = await put_block(peer, 2, False, b"m" * 10, b"missing")
    peer.check(not is_success(answer), f"block 1 is missing: expected 4.08; got {answer}")
    peer.check_should(answer.code in (INCOMPLETE, TOO_LARGE),
                      f"block 1 is missing: expected 4.08; got {dotted(answer)}")


@case(
    "rfc7959/2.2/block-not-full",
    level="INTEROP",
    rfc="RFC 7959 sections 2.2 and 2.3",
    rows=("R7959-15",),
    title="A block with more to come has to be full",
    requires=NEEDS,
    exclusive=CHANGES,
)
async def block_not_full(peer: Peer) -> None:
    """Ten bytes in a block of 64 that is not the last. The rule is for the sender, and the RFC does
    not say what a receiver does; a body with a hole is the worst of it. A warning."""
    await atomic(peer, b"n" * SIZE, b"notfull")
    answer = await put_block(peer, 1, True, b"n" * 10, b"notfull")
    peer.check_should(not is_success(answer), "a block of 10 bytes, where 64 are due: expected an "
                      f"error; got {dotted(answer)}")


@case(
    "rfc7959/2.2/size-reserved-block1",
    level="MUST",
    rfc="RFC 7959 section 2.2",
    rows=("R7959-03",),
    title="Size exponent 7 in the Block1 option of a request gives 4.00",
    requires=NEEDS,
    exclusive=CHANGES,
)
async def size_reserved_block1(peer: Peer) -> None:
    """It is reserved over UDP."""
    await atomic(peer, b"r" * SIZE, b"before")
    answer = await put_block(peer, 0, False, b"r" * 10, b"reserved", exponent=RESERVED)
    peer.check(answer.code == BAD_REQUEST, f"size exponent 7: expected 4.00; got {answer}")


@case(
    "rfc7959/2.5/started-again",
    level="DEF",
    rfc="RFC 7959 section 2.5",
    rows=("R7959-16",),
    title="Block 0 starts a body anew",
    requires=NEEDS,
    exclusive=CHANGES,
)
async def started_again(peer: Peer) -> None:
    """A client that has lost its memory. Nothing of the first attempt may be in the result."""
    await atomic(peer, b"1" * SIZE, b"again")
    parts = filled(b"2")
    answer = await upload(peer, parts, b"again")
    peer.check(answer.code != CONTINUE, f"the last block: expected the result; got {answer}")
    _, there = await body(peer, peer.resource("large-update"))
    peer.check(there == b"".join(parts), "expected the second body alone; got "
               f"{len(there)} bytes that begin with {there[:8]!r}")


@case(
    "rfc7959/2.3/other-format",
    level="MUST",
    rfc="RFC 7959 section 2.3",
    rows=("R7959-20",),
    title="Blocks of different Content-Formats do not become one body",
    requires=NEEDS,
    exclusive=CHANGES,
)
async def other_format(peer: Peer) -> None:
    """Text in block 0, bytes in block 1. 4.08 is the usual answer, any error will do."""
    await atomic(peer, b"t" * SIZE, b"format")
    answer = await put_block(peer, 1, False, b"t" * 10, b"format", options=(OTHER_FORMAT,))
    peer.check(not is_success(answer),
               f"blocks of two Content-Formats: expected an error; got {answer}")
    peer.check_should(answer.code == INCOMPLETE,
                      f"blocks of two Content-Formats: expected 4.08; got {dotted(answer)}")


@case(
    "rfc9175/3.3/other-tag",
    level="INTEROP",
    rfc="RFC 9175 section 3.3",
    rows=("R9175-06",),
    title="Blocks with different Request-Tags do not become one body",
    requires=NEEDS,
    exclusive=CHANGES,
)
async def other_tag(peer: Peer) -> None:
    """A server without RFC 9175 ignores the option, and may: a success is a warning."""
    await atomic(peer, b"a" * SIZE, b"probe")
    first = await put_block(peer, 0, True, b"a" * SIZE, b"tags", (TEXT, (REQUEST_TAG, b"A")))
    if first.code != CONTINUE:
        peer.skip(f"a first block with a Request-Tag gives {dotted(first)}")
    answer = await put_block(peer, 1, False, b"b" * 10, b"tags", (TEXT, (REQUEST_TAG, b"B")))
    peer.check_should(not is_success(answer),
                      f"blocks with two Request-Tags became one body: {answer}")
