"""Mutants of blocks (RFC 7959, RFC 9175 section 3.3)."""

from __future__ import annotations

from .. import message as m
from ..message import Message
from .catalogue import mutant
from .exchange import Reply
from .rules import Rules


@mutant("rfc7959/2.4/early-negotiation", also=(
    "rfc7959/2.4/late-negotiation", "rfc7959/2.4/random-access"))
class SendsLargerBlocks(Rules):
    """Blocks are of 128 bytes where less is asked for."""

    def block_of(self, asked: int | None) -> tuple[int, int]:
        number, exponent = super().block_of(asked)
        return (number, exponent) if exponent > 3 else (number * (16 << exponent) // 128, 3)


@mutant("rfc7959/2.4/same-size", also=("rfc7959/4/size2", "rfc7959/2.4/random-access"))
class CutsTheThirdBlock(Rules):
    """Block 2 of 64 bytes lacks its last byte."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        block = request.uint(m.BLOCK2)
        if reply.code == m.CONTENT and block == 2 << 4 | 2:
            reply.payload = reply.payload[:-1]
        return super().finished(request, reply)


@mutant("rfc7959/2.4/random-access")
class StartsAtTheFront(Rules):
    """Block 5 of 32 bytes is the first one."""

    def block_start(self, number: int, unit: int) -> int:
        return 0 if (number, unit) == (5, 32) else number * unit


@mutant("rfc7959/2.4/late-negotiation")
class CountsInFirstSize(Rules):
    """A large number of a small block is counted in blocks of the size used before."""

    def block_start(self, number: int, unit: int) -> int:
        return number * unit + 64 if number == 16 and unit == 64 else number * unit


@mutant("rfc7959/2.4/more-ignored")
class TakesMoreForNext(Rules):
    """M in a request is taken for the wish to have the block behind."""

    def block_of(self, asked: int | None) -> tuple[int, int]:
        number, exponent = super().block_of(asked)
        return (number + 1 if asked is not None and asked & 8 else number), exponent


@mutant("rfc7959/2.2/size-reserved-block2")
class TakesReservedSize(Rules):
    """Size exponent 7 is taken for 6."""

    def block_of(self, asked: int | None) -> tuple[int, int]:
        number, exponent = super().block_of(asked)
        return number, min(exponent, 6)


@mutant("rfc7959/2.4/beyond-the-end")
class WrapsAround(Rules):
    """Beyond the end the representation begins again."""

    def block_start(self, number: int, unit: int) -> int:
        return 0 if number >= 1000 else number * unit


@mutant("rfc7959/2.4/beyond-the-end")
class EndsEmpty(Rules):
    """Beyond the end there is an empty block."""

    def beyond_the_end(self) -> Reply:
        return Reply(m.CONTENT)


@mutant("rfc7959/2.4/etag")
class TagsEachBlock(Rules):
    """Every block has an ETag of its own."""

    def block_etag(self, etag: bytes, number: int) -> bytes:
        return etag[:3] + bytes([number & 0xFF])


@mutant("rfc7959/2.4/etag")
class TagsNoBlock(Rules):
    """Blocks have no ETag."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if request.has(m.BLOCK2) and request.all(m.URI_PATH) == [b"large"]:
            reply.without(m.ETAG)
        return super().finished(request, reply)


@mutant("rfc7959/2.4/small-whole")
class PromisesMore(Rules):
    """A short representation is sent as a block with more to come."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if request.uint(m.BLOCK2) == 6 and len(reply.payload) < 1024:
            reply.without(m.BLOCK2).plus(m.BLOCK2, m.uint(8 | 6))
        return super().finished(request, reply)


@mutant("rfc7959/4/size2")
class TellsTheBlocksSize(Rules):
    """Size2 is one byte more than the representation."""

    def whole_size(self, payload: bytes) -> int:
        return len(payload) + 1


@mutant("rfc7959/2.5/continue", also=("rfc7959/2.5/missing-blocks", "rfc7959/2.5/started-again",
                                      "rfc7959/2.2/block-not-full", "rfc7959/2.3/other-format",
                                      "rfc7959/2.2/size-reserved-block1", "rfc9175/3.3/other-tag"))
class ChangesAtOnce(Rules):
    """A block that is not the last is answered with 2.04, and M comes back."""

    def for_continue(self, block: int) -> Reply:
        return Reply(m.CHANGED, b"", [(m.BLOCK1, m.uint(block))])


@mutant("rfc7959/2.5/continue")
class ContinuesWithoutBlock1(Rules):
    """2.31 has no Block1 option."""

    def for_continue(self, block: int) -> Reply:
        return Reply(m.CONTINUE)


@mutant("rfc7959/2.3/final-block")
class EndsWithBlock0(Rules):
    """The answer to the last block speaks of block 0."""

    def final_block(self, block: int) -> list[tuple[int, bytes]]:
        return super().final_block(block & 7)


@mutant("rfc7959/2.3/final-block")
class LosesTheLastBlock(Rules):
    """The last byte of a body in blocks is lost."""

    def stored_by_put(self, old: bytes, new: bytes) -> bytes:
        return new[:-1] if new.endswith(b"f" * 10) else new


@mutant("rfc7959/2.5/missing-blocks")
class PutsTogetherWithGaps(Rules):
    """A last block is taken although blocks before it are missing."""

    def fits_upload(self, kept: tuple[bytes, bytes | None] | None, offset: int,
                    content_format: bytes | None) -> bool:
        return kept is not None and kept[1] == content_format


@mutant("rfc7959/2.2/block-not-full")
class TakesShortBlocks(Rules):
    """Blocks that are not full are taken."""

    def fits_block(self, payload: bytes, size: int, more: bool) -> bool:
        return True


@mutant("rfc7959/2.2/size-reserved-block1")
class TakesReservedSizeInBlock1(Rules):
    """Size exponent 7 of a Block1 option is taken for 6."""

    def largest_exponent(self) -> int:
        return 7

    def block_of(self, asked: int | None) -> tuple[int, int]:
        number, exponent = super().block_of(asked)
        return number, 9 if exponent == 7 else exponent


@mutant("rfc7959/2.5/started-again")
class AppendsToTheOld(Rules):
    """Block 0 is put behind what there is of the body before."""

    def starts_upload(self, kept: bytes, payload: bytes) -> bytes:
        return kept + payload

    def fits_upload(self, kept: tuple[bytes, bytes | None] | None, offset: int,
                    content_format: bytes | None) -> bool:
        anew = kept is not None and kept[0].startswith(b"1")
        return anew or super().fits_upload(kept, offset, content_format)


@mutant("rfc7959/2.3/other-format")
class MixesFormats(Rules):
    """Blocks of different Content-Formats become one body."""

    def fits_upload(self, kept: tuple[bytes, bytes | None] | None, offset: int,
                    content_format: bytes | None) -> bool:
        return kept is not None and len(kept[0]) == offset


@mutant("rfc9175/3.3/other-tag")
class MixesRequestTags(Rules):
    """Blocks with different Request-Tags become one body."""

    def upload_key(self, request: Message, source: object) -> tuple[object, ...]:
        return super().upload_key(request, source)[:-1]


@mutant("rfc7959/4/options-once")
class SaysSizeTwice(Rules):
    """Size2 stands twice in the answer that has it."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        sizes = [(number, value) for number, value in reply.options if number == m.SIZE2]
        if request.has(m.BLOCK2):
            reply.options += sizes
        return super().finished(request, reply)


@mutant("rfc7252/5.4.4/default-values")
class SaysDefaultAge(Rules):
    """A success has Max-Age 60."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if reply.code == m.CONTENT and request.code == m.GET and not reply.has(m.MAX_AGE):
            reply.plus(m.MAX_AGE, m.uint(60))
        return super().finished(request, reply)


@mutant("rfc7959/2.6/large-notification")
class NotifiesWithoutTag(Rules):
    """Notifications in blocks have no ETag."""

    def notification(self, reply: Reply, sequence: int) -> Reply:
        return super().notification(reply, sequence).without(m.ETAG)


@mutant("rfc7959/2.6/large-notification")
class ForgetsBlocksOfNotifications(Rules):
    """A second block can not be had of what can be observed."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        later = (request.uint(m.BLOCK2) or 0) >> 4 and not request.has(m.OBSERVE)
        if later and tuple(request.all(m.URI_PATH)) == (b"obs-large",):
            return Reply(m.BAD_REQUEST)
        return super().finished(request, reply)
