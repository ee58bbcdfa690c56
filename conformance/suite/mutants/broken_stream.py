"""Mutants of messages on a TCP connection (RFC 8323 section 3, RFC 8974 section 2.2.1)."""

from __future__ import annotations

from .. import stream as s
from ..codec import FormatError
from ..message import EMPTY, Message
from .catalogue import mutant
from .stream_rules import StreamRules


def shifted(buffer: bytes, nibble: int, by: int) -> int | None:
    """The size of the message at the front, taken to be `by` bytes longer in one length form."""
    size = s.frame_size(buffer)
    return size + by if size is not None and buffer[0] >> 4 == nibble else size


@mutant("rfc8323/3.2/length-literal")
class TakesLen12ForAForm(StreamRules):
    """Len 12 is taken to be 13 bytes."""

    def size_of(self, buffer: bytes) -> int | None:
        return shifted(buffer, 12, 1)


@mutant("rfc8323/3.2/length-8-bit")
class ForgetsThirteen(StreamRules):
    """The byte behind Len 13 is taken for the length."""

    def size_of(self, buffer: bytes) -> int | None:
        # Short ones are left alone, so that other cases with them stay in step.
        return shifted(buffer, 13, -13) if buffer[:2] > b"\xd0" and buffer[1] >= 200 else (
            s.frame_size(buffer))


@mutant("rfc8323/3.2/length-16-bit")
class ReadsOneByteOfTwo(StreamRules):
    """The first of the two bytes behind Len 14 is left out."""

    def size_of(self, buffer: bytes) -> int | None:
        size = s.frame_size(buffer)
        if size is None or buffer[0] >> 4 != 14:
            return size
        return size - (buffer[1] << 8)


@mutant("rfc8323/3.2/length-32-bit")
class KnowsNoLen15(StreamRules):
    """Len 15 is taken for an error."""

    def size_of(self, buffer: bytes) -> int | None:
        if buffer and buffer[0] >> 4 == 15:
            raise FormatError("Len 15", 0)
        return s.frame_size(buffer)


@mutant("rfc8323/3.2/split-everywhere", also=("rfc8323/3.2/length-32-bit",))
class ForgetsPieces(StreamRules):
    """What a segment ends with is lost when it is not a whole message."""

    def kept(self, buffer: bytes) -> bytes:
        return b""


@mutant("rfc8323/3.2/several-in-one-segment", also=("rfc8323/3.3/tokens-in-flight",
                                                   "rfc8323/3.4/empty-ignored"))
class SeesThreeAtMost(StreamRules):
    """Of the messages in one segment the fourth and all behind it are lost."""

    def goes_on(self, taken: int) -> bool:
        return taken < 3


@mutant("rfc8323/3.2/token-lengths")
class CutsLongTokens(StreamRules):
    """The eighth byte of a token is lost."""

    def stream_token(self, request: Message, latest: Message) -> bytes:
        return request.token[:7]


@mutant("rfc8323/3.2/token-length-reserved")
class TakesTokenLength15OnTcp(StreamRules):
    """A token length of 15 is taken at its word."""

    def size_of(self, buffer: bytes) -> int | None:
        if buffer and buffer[0] & 15 == 15:
            return len(buffer)
        return s.frame_size(buffer)

    def decoded(self, frame: bytes) -> Message | None:
        return None if frame[0] & 15 == 15 else s.decode_tcp(frame)


@mutant("rfc8974/2.2.1/tokens-as-announced")
class TakesUnannouncedTokens(StreamRules):
    """Tokens of any length are taken, though the CSM speaks of none."""

    def longest_token(self) -> int:
        return 65804


@mutant("rfc8974/2.2.1/tokens-as-announced")
class BreaksAnnouncedTokens(StreamRules):
    """The CSM speaks of long tokens, and they end the connection."""

    def csm(self) -> Message | None:
        return Message(code=s.CSM, options=(
            (s.MAX_MESSAGE_SIZE, (131072).to_bytes(3, "big")), (s.BLOCK_WISE_TRANSFER, b""),
            (s.EXTENDED_TOKEN_LENGTH, b"\x20")))


@mutant("rfc8323/3.3/csm-first")
class GreetsWithAnEmptyMessage(StreamRules):
    """An Empty message takes the place of the CSM at the start."""

    def encoded(self, message: Message) -> bytes:
        empty = s.encode_tcp(Message(code=EMPTY)) if message.code == s.CSM else b""
        return empty + s.encode_tcp(message)


@mutant("rfc8323/3.3/csm-first", also=("rfc8323/3.2/length-32-bit", "rfc8323/6/bert-blocks"))
class SendsNoCsm(StreamRules):
    """No CSM is ever sent."""

    def csm(self) -> Message | None:
        return None


@mutant("rfc8323/3.3/missing-csm")
class ServesWithoutCsm(StreamRules):
    """Requests are served before any CSM."""

    def serves_without_csm(self, message: Message) -> bool:
        return True


@mutant("rfc8323/3.3/tokens-in-flight", also=(
    "rfc8323/5.5/release-answers-first",))
class AnswersWithTheLatestToken(StreamRules):
    """A slow response has the token of the request that came last."""

    def stream_token(self, request: Message, latest: Message) -> bytes:
        return latest.token


@mutant("rfc8323/3.3/same-connection")
class AnswersOnTheLatestConnection(StreamRules):
    """A response with the token "same" goes out on the connection that was opened last."""

    def sent_on(self, own: object, latest: object) -> object:
        return latest if own.latest.token == b"same" else own  # type: ignore[attr-defined]


@mutant("rfc8323/3.4/empty-ignored")
class AbortsAtEmpty(StreamRules):
    """An Empty message ends the connection."""

    def aborts_at_empty(self) -> bool:
        return True


@mutant("rfc8323/3.4/empty-ignored")
class AnswersEmpty(StreamRules):
    """An Empty message is answered with one."""

    def for_empty(self) -> Message | None:
        return Message(code=EMPTY)
