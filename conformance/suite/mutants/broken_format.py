"""Mutants of the message format (RFC 7252 section 3) and of Empty messages (4.1)."""

from .. import message as m
from ..codec import FormatError, decode
from ..message import ACK, CON, NON, RST, Message
from .catalogue import mutant
from .exchange import Reply, path_of
from .rules import Rules

CORE = (b".well-known", b"core")
MULTI_FORMAT = (b"multi-format",)


def read(data: bytes) -> Message | None:
    try:
        return decode(data)
    except FormatError:
        return None


def kind(data: bytes) -> int:
    return data[0] >> 4 & 3


def without(data: bytes, *tails: bytes) -> Message | None:
    """The message in front of one of these tails."""
    return next((read(data[: -len(tail)]) for tail in tails if data.endswith(tail)), None)


@mutant("rfc7252/3/unknown-version")
class AnswersOtherVersions(Rules):
    """The version is not looked at."""

    def knows_version(self, data: bytes) -> bool:
        return True


@mutant("rfc7252/3/token-length-15")
class TakesTokenLength15(Rules):
    """Token length 15 in a Confirmable message is taken at face value."""

    kind = CON

    def repaired(self, data: bytes) -> Message | None:
        if data[0] & 15 != 15 or kind(data) != self.kind:
            return None
        message = read(bytes([data[0] & 0xF0]) + data[1:4] + data[19:])
        return message.but(token=data[4:19]) if message else None


@mutant("rfc7252/3/token-length-15-non")
class TakesTokenLength15InNon(TakesTokenLength15):
    """Token length 15 in a Non-confirmable message is taken at face value."""

    kind = NON


@mutant("rfc7252/3/token-length-9")
class CutsTokenOfNine(Rules):
    """A token of nine bytes comes back as eight."""

    def token_for(self, request: Message, reply: Reply) -> bytes:
        return request.token[:8] if len(request.token) == 9 else request.token


@mutant("rfc7252/3/token-beyond-end")
class TakesShortToken(Rules):
    """A token cut off by the end of the datagram is taken as far as it goes."""

    def repaired(self, data: bytes) -> Message | None:
        there = len(data) - 4
        return (
            read(bytes([data[0] & 0xF0 | there]) + data[1:]) if there < data[0] & 15 < 9 else None
        )


@mutant("rfc7252/3/payload-marker-without-payload")
class TakesLoneMarker(Rules):
    """A payload marker without a payload is overlooked in Confirmable messages."""

    kind = CON

    def repaired(self, data: bytes) -> Message | None:
        return without(data, b"\xff") if kind(data) == self.kind else None


@mutant("rfc7252/3/payload-marker-without-payload-non")
class TakesLoneMarkerInNon(TakesLoneMarker):
    """A payload marker without a payload is overlooked in Non-confirmable messages."""

    kind = NON


@mutant("rfc7252/3/short-datagram")
class ResetsFragments(Rules):
    """A datagram without a whole header gets a Reset."""

    def for_fragment(self, data: bytes) -> Message | None:
        return Message(RST, m.EMPTY, 0)


@mutant("rfc7252/3.1/option-delta-15")
class TakesDelta15(Rules):
    """An option with delta 15 is overlooked."""

    def repaired(self, data: bytes) -> Message | None:
        return without(data, b"\xf1\x61")


@mutant("rfc7252/3.1/option-length-15")
class TakesLength15(Rules):
    """Option length 15 is taken at face value."""

    def repaired(self, data: bytes) -> Message | None:
        return without(data, b"\x4f" + bytes(15))


@mutant("rfc7252/3.1/option-value-beyond-end")
class TakesShortValue(Rules):
    """An option value cut off by the end of the datagram is overlooked."""

    def repaired(self, data: bytes) -> Message | None:
        return without(data, b"\x44ab", b"\x4d\x00ab", b"\x4e\x00\x00ab")


@mutant("rfc7252/3.1/option-head-cut-short")
class TakesShortHead(Rules):
    """An option head cut off by the end of the datagram is overlooked."""

    def repaired(self, data: bytes) -> Message | None:
        return without(data, b"\xd0", b"\xe0\x01", b"\x4d", b"\x4e\x01")


@mutant("rfc7252/4.1/empty-with-token")
class AcknowledgesEmptyWithToken(Rules):
    """An Empty message with a token is acknowledged."""

    def for_malformed(self, data: bytes, header: Message) -> Message | None:
        if data[1] == m.EMPTY and data[0] & 15:
            return Message(ACK, m.EMPTY, header.mid)
        return super().for_malformed(data, header)


@mutant("rfc7252/4.1/empty-with-bytes")
class AcknowledgesEmptyWithBytes(Rules):
    """An Empty message with options or a payload is acknowledged."""

    def for_malformed(self, data: bytes, header: Message) -> Message | None:
        if data[1] == m.EMPTY and not data[0] & 15:
            return Message(ACK, m.EMPTY, header.mid)
        return super().for_malformed(data, header)


@mutant("rfc7252/3.1/extended-delta")
class MisreadsExtendedDelta(Rules):
    """The two-byte delta at its lower edge is read one too high, and so as critical."""

    def refuses(self, number: int, value: bytes) -> bool:
        return super().refuses(281 if number == 280 else number, value)


@mutant("rfc7252/3.1/extended-length")
class MisreadsExtendedLength(Rules):
    """The two-byte length at its lower edge is misread, and what follows looks critical."""

    def refuses(self, number: int, value: bytes) -> bool:
        return (number == 10 and len(value) == 269) or super().refuses(number, value)


@mutant("rfc7252/3.1/answers-well-formed")
class SendsLoneMarker(Rules):
    """The answer to a PUT on discovery ends in a payload marker without a payload."""

    def datagram(self, request: Message, data: bytes) -> bytes:
        odd = request.code == m.PUT and path_of(request) == CORE
        return data + b"\xff" if odd else data


@mutant("rfc7252/3.2/uint-leading-zeros")
class RejectsLeadingZeros(Rules):
    """An Accept with a leading zero byte is not understood."""

    def acceptable(self, request: Message, formats: tuple[int, ...]) -> bool:
        zero = (request.first(m.ACCEPT) or b"").startswith(b"\0")
        return not zero and super().acceptable(request, formats)


@mutant("rfc7252/3.2/uint-leading-zeros-in-put")
class RejectsLeadingZerosInPut(Rules):
    """A Content-Format with leading zero bytes is not understood."""

    def takes_format(self, request: Message, takes: tuple[int, ...]) -> bool:
        zero = (request.first(m.CONTENT_FORMAT) or b"").startswith(b"\0")
        return not zero and super().takes_format(request, takes)


@mutant("rfc7252/3.2/uint-shortest")
class SendsLeadingZeros(Rules):
    """The resource with two formats writes format 0 as a zero byte."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if path_of(request) == MULTI_FORMAT and not request.has(m.ACCEPT):
            return reply.without(m.CONTENT_FORMAT).plus(m.CONTENT_FORMAT, b"\0")
        return reply
