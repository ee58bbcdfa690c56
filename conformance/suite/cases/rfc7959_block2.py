"""RFC 7959 sections 2.2, 2.4 and 4: representations in blocks."""

from __future__ import annotations

from ..case import case
from ..handle import Peer
from ..message import (
    BAD_OPTION,
    BAD_REQUEST,
    BLOCK1,
    BLOCK2,
    CONTENT,
    ETAG,
    GET,
    SIZE1,
    SIZE2,
    Message,
    uint,
)
from .rfc7641 import observed
from .shared import BLOCKS_AT_MOST, dotted, is_error, is_success, readable

SMALLEST, SMALL, MIDDLE, LARGEST = 0, 1, 2, 6  # size exponents: 16, 32, 64 and 1024 bytes
RESERVED = 7
MORE = 8
GROWING = 3  # notifications in which a resource that grows may still fit in one block


def block(number: int, exponent: int, more: bool = False) -> tuple[int, bytes]:
    return (BLOCK2, uint(number << 4 | (MORE if more else 0) | exponent))


def size_of(answer: Message) -> int:
    """The block size that an answer names."""
    return 16 << ((answer.uint(BLOCK2) or 0) & 7)


async def get_block(peer: Peer, number: int, exponent: int, **more: bool) -> Message:
    """One block of the large resource; skips when the peer sends no blocks."""
    answer = await peer.ask(GET, peer.resource("large"), options=(block(number, exponent, **more),))
    if is_success(answer) and not answer.has(BLOCK2):
        peer.skip("the peer answers without blocks")
    return answer


async def blocks_of(peer: Peer, exponent: int) -> list[Message]:
    """All blocks of the large resource, asked for one after the other with the size that the
    first answer has."""
    answers = [await get_block(peer, 0, exponent)]
    while is_success(answers[-1]) and (answers[-1].uint(BLOCK2) or 0) & MORE:
        if len(answers) > BLOCKS_AT_MOST * 4:
            peer.inconclusive(f"the resource does not end after {len(answers)} blocks")
        chosen = (answers[0].uint(BLOCK2) or 0) & 7
        answers.append(await get_block(peer, len(answers), chosen))
    peer.check(is_success(answers[-1]), f"block {len(answers) - 1}: got {answers[-1]}")
    return answers


@case(
    "rfc7959/2.4/early-negotiation",
    level="MUST",
    rfc="RFC 7959 section 2.4",
    rows=("R7959-06",),
    title="The blocks are of the size that the first request asks for, or smaller",
    requires=("resource:large",),
)
async def early_negotiation(peer: Peer) -> None:
    """For 64 bytes and for 16. A block that is not the last is full."""
    for exponent in (MIDDLE, SMALLEST):
        answer = await get_block(peer, 0, exponent)
        peer.check(is_success(answer), f"a first block: got {answer}")
        asked, size = 16 << exponent, size_of(answer)
        peer.check(size <= asked, f"asked for {asked} bytes; got a block size of {size}")
        if (answer.uint(BLOCK2) or 0) & MORE:
            peer.check(len(answer.payload) == size,
                       f"a block of {size} bytes with more to come; it has {len(answer.payload)}")


@case(
    "rfc7959/2.4/same-size",
    level="MUST",
    rfc="RFC 7959 sections 2.2 and 2.4",
    rows=("R7959-07", "R7959-04"),
    title="All blocks but the last are of one size, and their numbers count up",
    requires=("resource:large",),
)
async def same_size(peer: Peer) -> None:
    """The whole representation in blocks of 64 bytes. The last one is not larger, and not empty."""
    answers = await blocks_of(peer, MIDDLE)
    size = size_of(answers[0])
    for number, answer in enumerate(answers):
        value = answer.uint(BLOCK2) or 0
        peer.check(value & 7 != RESERVED, f"block {number} has the reserved size exponent 7")
        peer.check(value >> 4 == number, f"expected block {number}; got {value >> 4}")
        peer.check(size_of(answer) == size, f"block {number}: expected a size of {size}; "
                   f"got {size_of(answer)}")
        last = number == len(answers) - 1
        good = len(answer.payload) <= size if last else len(answer.payload) == size
        peer.check(good, f"block {number} of {len(answers)}: {len(answer.payload)} bytes in a "
                   f"block of {size}")


@case(
    "rfc7959/2.4/random-access",
    level="MUST",
    rfc="RFC 7959 section 2.4",
    rows=("R7959-08",),
    title="A block asked for by its number is that block",
    requires=("resource:large",),
)
async def random_access(peer: Peer) -> None:
    """Block 5 of 32 bytes, without the ones before it, on a socket of its own."""
    whole = b"".join(answer.payload for answer in await blocks_of(peer, MIDDLE))
    via = await peer.new_socket()
    answer = await peer.ask(GET, peer.resource("large"), options=(block(5, SMALL),), via=via)
    if is_error(answer):
        peer.skip(f"the peer gives no block out of sequence: {answer}")
    value = answer.uint(BLOCK2) or 0
    start = (value >> 4) * size_of(answer)
    peer.check(start == 160, f"asked for the block at byte 160; got the one at {start}")
    peer.check(answer.payload == whole[start : start + size_of(answer)],
               "the block has other bytes than the representation has at its place")


@case(
    "rfc7959/2.4/late-negotiation",
    level="MUST",
    rfc="RFC 7959 sections 2.3 and 2.4",
    rows=("R7959-07",),
    title="A smaller size for a later block counts its number in that size",
    requires=("resource:large",),
)
async def late_negotiation(peer: Peer) -> None:
    """Block 0 of 1024 bytes, then number 16 of 64 bytes: the same place, byte 1024."""
    first = await get_block(peer, 0, LARGEST)
    size = size_of(first)
    if not (first.uint(BLOCK2) or 0) & MORE or size <= 64:
        peer.skip(f"the first block is the whole, or as small as {size} bytes")
    following = await get_block(peer, 1, (first.uint(BLOCK2) or 0) & 7)
    answer = await get_block(peer, size // 64, MIDDLE)
    if is_error(answer):
        peer.skip(f"the peer does not change sizes: {answer}")
    peer.check(size_of(answer) <= 64, f"asked for 64 bytes; got blocks of {size_of(answer)}")
    start = ((answer.uint(BLOCK2) or 0) >> 4) * size_of(answer)
    peer.check(start == size, f"asked for the block at byte {size}; got the one at {start}")
    peer.check(answer.payload == following.payload[: len(answer.payload)],
               f"other bytes at {size} than in the block of {size} bytes there")


@case(
    "rfc7959/2.4/more-ignored",
    level="MUST",
    rfc="RFC 7959 sections 2.3 and 2.4",
    rows=("R7959-05",),
    title="M says nothing in the Block2 option of a request",
    requires=("resource:large",),
)
async def more_ignored(peer: Peer) -> None:
    """The same block with and without it."""
    plain = await get_block(peer, 1, MIDDLE)
    answer = await get_block(peer, 1, MIDDLE, more=True)
    same = (plain.code, plain.uint(BLOCK2), plain.payload)
    peer.check((answer.code, answer.uint(BLOCK2), answer.payload) == same,
               f"with M set: expected the same answer, {plain}; got {answer}")


@case(
    "rfc7959/2.2/size-reserved-block2",
    level="MUST",
    rfc="RFC 7959 section 2.2",
    rows=("R7959-03",),
    title="Size exponent 7 in the Block2 option of a request gives 4.00",
    requires=("resource:large",),
)
async def size_reserved_block2(peer: Peer) -> None:
    """It is reserved over UDP."""
    await get_block(peer, 0, LARGEST)
    answer = await peer.ask(GET, peer.resource("large"), options=(block(0, RESERVED),))
    peer.check(answer.code == BAD_REQUEST, f"size exponent 7: expected 4.00; got {answer}")


@case(
    "rfc7959/2.4/beyond-the-end",
    level="DEF",
    rfc="RFC 7959 section 2.4",
    rows=("R7959-09",),
    title="There is no block beyond the end",
    requires=("resource:large",),
)
async def beyond_the_end(peer: Peer) -> None:
    """An error is usual. A success with bytes in it is a failure: they are from somewhere else."""
    await get_block(peer, 0, LARGEST)
    answer = await peer.ask(GET, peer.resource("large"), options=(block(4000, LARGEST),))
    peer.check(not (is_success(answer) and answer.payload),
               f"a block far beyond the end: expected an error; got {answer}")
    peer.check_should(is_error(answer),
                      f"a block far beyond the end: expected an error; got {dotted(answer)}")


@case(
    "rfc7959/2.4/etag",
    level="SHOULD",
    rfc="RFC 7959 section 2.4",
    rows=("R7959-10",),
    title="All blocks of a representation have the same ETag",
    requires=("resource:large",),
)
async def etag(peer: Peer) -> None:
    """So that a client can see when it changed in the middle. None at all is a warning, different
    ones while nothing changes a failure."""
    seen = [answer.first(ETAG) for answer in await blocks_of(peer, MIDDLE)]
    values = {value for value in seen if value is not None}
    peer.check(len(values) <= 1, "expected one ETag in all blocks; got "
               f"{', '.join(sorted(value.hex() for value in values))}")
    peer.check_should(None not in seen, "a block without an ETag")


@case(
    "rfc7959/2.4/small-whole",
    level="MUST",
    rfc="RFC 7959 sections 2.2 and 2.4",
    rows=("R7959-06",),
    title="What fits into one block comes as one, with nothing more to follow",
)
async def small_whole(peer: Peer) -> None:
    """A short representation, asked for in blocks of 1024 bytes. A server that does no blocks at all
    answers 4.02, as the option is critical."""
    path, plain = await readable(peer)
    if plain.has(BLOCK2) or len(plain.payload) > 1024:
        peer.skip(f"{path} is not short")
    answer = await peer.ask(GET, path, options=(block(0, LARGEST),))
    if answer.code == BAD_OPTION and not peer.has("block2"):
        peer.skip(f"the peer does no blocks: {answer}")
    peer.check(answer.code == CONTENT, f"expected 2.05; got {answer}")
    value = answer.uint(BLOCK2) or 0
    peer.check(value >> 4 == 0, f"expected block 0; got {answer}")
    if size_of(answer) == 1024 or not answer.has(BLOCK2):
        peer.check(not value & MORE, f"expected no more blocks; got {answer}")


@case(
    "rfc7959/4/size2",
    level="DEF",
    rfc="RFC 7959 section 4",
    rows=("R7959-27",),
    title="Size2 in a response is the size of the whole representation",
    requires=("resource:large",),
)
async def size2(peer: Peer) -> None:
    """Asked for with a Size2 of 0. A server may say nothing of it; the number it gives is an
    estimate, but a server on its own machine should know, so one that is off is a warning."""
    whole = sum(len(answer.payload) for answer in await blocks_of(peer, MIDDLE))
    answer = await peer.ask(GET, peer.resource("large"), options=(block(0, MIDDLE), (SIZE2, b"")))
    peer.check(is_success(answer), f"a request with Size2: got {answer}")
    told = answer.uint(SIZE2)
    peer.check_should(told in (None, whole), f"Size2: expected {whole}; got {told}")


@case(
    "rfc7959/4/options-once",
    level="MUST",
    rfc="RFC 7959 sections 2.1 and 4",
    rows=("R7959-02", "R7959-26"),
    title="Block and size options stand at most once in a message",
    requires=("resource:large",),
)
async def options_once(peer: Peer) -> None:
    """Which of two would count? The whole representation in blocks, and the first block with its
    size asked for."""
    answers = await blocks_of(peer, LARGEST - 1)
    answers.append(await peer.ask(GET, peer.resource("large"),
                                  options=(block(0, SMALL), (SIZE2, b""))))
    for answer in answers:
        for number, name in ((BLOCK2, "Block2"), (BLOCK1, "Block1"), (SIZE2, "Size2"),
                             (SIZE1, "Size1")):
            count = len(answer.all(number))
            peer.check(count < 2, f"expected at most one {name}; got {count} in {answer}")


@case(
    "rfc7959/2.6/large-notification",
    level="SHOULD",
    rfc="RFC 7959 section 2.6",
    rows=("R7959-23",),
    title="A notification that does not fit is the first block, and the rest can be fetched",
    requires=("resource:obs-large",),
    slow=True,
)
async def large_notification(peer: Peer) -> None:
    """The registration asks for blocks of 64 bytes. With an ETag, by which the client sees that the
    blocks it fetches belong to it. The second block is asked for by a GET of its own, without
    Observe. The resource may be short at times."""
    small = (block(0, MIDDLE),)
    async with observed(peer, role="obs-large", options=small) as observation:
        message = await observation.must_come()
        for _ in range(GROWING):
            if not (message.uint(BLOCK2) or 0) & MORE:
                message = await observation.must_come()
        value = message.uint(BLOCK2) or 0
        if not value & MORE:
            peer.skip(f"no notification in blocks, the last one is {message}")
        peer.check(value >> 4 == 0, f"a notification: expected block 0; got {message}")
        peer.check(len(message.payload) == size_of(message),
                   f"a notification with more to come: expected a full block; got {message}")
        peer.check_should(message.has(ETAG), "a notification in blocks: expected an ETag")
        second = await peer.ask(GET, observation.path, via=await peer.new_socket(),
                                options=(block(1, value & 7),))
        what = f"the second block of a notification: expected block 1; got {second}"
        peer.check_should(is_success(second), what)
        peer.check(not is_success(second) or (second.uint(BLOCK2) or 0) >> 4 == 1, what)
