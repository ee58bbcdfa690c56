"""Mutants of clients over UDP: blocks (RFC 7959)."""

from __future__ import annotations

from dataclasses import replace

from ..blocks import RESERVED_SZX, Block
from ..message import BLOCK2, URI_QUERY, Message
from .catalogue import mutant
from .client_udp_rules import Options, UdpClientRules

LARGE_STATE = "rfc7959/2.6/client-large-state"
DOWNLOADS = ("rfc7959/2.4/client-download", "rfc7959/2.4/client-keeps-size",
             "rfc7959/2.4/client-more", "rfc7959/2.4/client-options-kept",
             "rfc7959/2.4/client-smaller", "rfc7959/2.4/client-early-negotiation",
             "rfc7959/2.4/client-changed-body", LARGE_STATE, "rfc7959/2.7/client-both")


@mutant("rfc7959/2.4/client-download", "rfc7959/2.7/client-both", also=DOWNLOADS[1:-1])
class LeavesOutABlock(UdpClientRules):
    """The second block is left out."""

    def next_block2(self, got: Block, have: int) -> Block:
        asked = super().next_block2(got, have)
        return replace(asked, number=asked.number + (asked.number == 1))


@mutant("rfc7959/2.4/client-keeps-size", "rfc7959/2.4/client-smaller",
        also=(LARGE_STATE, *DOWNLOADS[:1], *DOWNLOADS[5:]))
class AsksForOtherSizes(UdpClientRules):
    """Each block is asked for in the smallest size."""

    def next_block2(self, got: Block, have: int) -> Block:
        return Block(have // 16, False, 0)


@mutant("rfc7959/2.4/client-smaller")
class KeepsItsOwnNumbers(UdpClientRules):
    """The number of the next block is counted in the size that was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.szx: int | None = None

    def early(self, szx: int) -> Options:
        self.szx = szx
        return super().early(szx)

    def next_block2(self, got: Block, have: int) -> Block:
        if self.szx is None or self.szx <= got.szx:
            return super().next_block2(got, have)
        return Block(max(1, have >> (self.szx + 4)), False, self.szx)


@mutant("rfc7959/2.4/client-more")
class SetsMore(UdpClientRules):
    """The More flag is set in requests for blocks."""

    def next_block2(self, got: Block, have: int) -> Block:
        return replace(super().next_block2(got, have), more=True)


@mutant("rfc7959/2.4/client-early-negotiation")
class AsksForNoSize(UdpClientRules):
    """The size that the user wants is kept for the later blocks."""

    def early(self, szx: int) -> Options:
        return ()


@mutant("rfc7959/2.4/client-options-kept")
class ForgetsTheQuery(UdpClientRules):
    """The requests for later blocks have no query."""

    def request(self, request: Message) -> Message:
        if not request.has(BLOCK2):
            return request
        return request.but(options=tuple(o for o in request.options if o[0] != URI_QUERY))


@mutant("rfc7959/2.4/client-changed-body")
class MixesBodies(UdpClientRules):
    """Entity tags of blocks are not looked at."""

    def is_same_body(self, etag: bytes | None, first: bytes | None) -> bool:
        return True


@mutant("rfc7959/2.2/client-reserved-size")
class SendsTheReservedSize(UdpClientRules):
    """A block of 1024 bytes has the size exponent 7."""

    def block1_options(self, block: Block) -> Options:
        szx = RESERVED_SZX if block.szx == RESERVED_SZX - 1 else block.szx
        return super().block1_options(replace(block, szx=szx))


@mutant("rfc7959/2.5/client-upload",
        also=("rfc7252/4.4/client-message-ids", "rfc7959/2.5/client-takes-smaller",
              "rfc7959/2.9.3/client-too-large", "rfc7959/2.5/client-stops",
              "rfc7959/2.2/client-reserved-size"))
class BeginsAtTheSecondBlock(UdpClientRules):
    """The first block is not sent."""

    def begins_at(self) -> int:
        return 1


@mutant("rfc7959/2.3/client-full-blocks",
        also=("rfc7959/2.5/client-upload", "rfc7959/2.5/client-takes-smaller"))
class SendsShortBlocks(UdpClientRules):
    """The last byte of each block is left out."""

    def part(self, body: bytes, block: Block) -> bytes:
        return super().part(body, block)[: block.size - 1].ljust(1, b"?")


@mutant("rfc7959/2.5/client-takes-smaller", "rfc7959/2.9.3/client-too-large")
class InsistsOnItsSize(UdpClientRules):
    """The size of blocks in a response is not looked at."""

    def next_szx1(self, ours: int, theirs: int) -> int:
        return ours


@mutant("rfc7959/2.9.3/client-too-large")
class GivesUpWhenTooLarge(UdpClientRules):
    """4.13 ends an upload, whatever size comes with it."""

    def retries_smaller(self) -> bool:
        return False


@mutant("rfc7959/2.5/client-stops", also=("rfc7959/2.9.3/client-too-large",))
class GoesOnWhateverComes(UdpClientRules):
    """A block that has failed is followed by the next one."""

    def goes_on(self, response: Message) -> bool:
        return True


@mutant("rfc7959/2.6/client-large-state")
class RegistersForBlocks(UdpClientRules):
    """Requests for the rest of a notification are registrations."""

    def rest_options(self, options: Options) -> Options:
        return (*options, (6, b""))
