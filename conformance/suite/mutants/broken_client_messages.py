"""Mutants of clients over UDP: the message layer (RFC 7252 sections 3 and 4)."""

from __future__ import annotations

import random

from ..codec import FormatError, decode, encode
from ..message import ACK, CON, EMPTY, GET, RST, Message, Type
from .catalogue import mutant
from .client_udp_rules import TOKEN_SIZE, UdpClientRules

# The cases in which a client sends a body.
UPLOADS = ("rfc7252/4.4/client-message-ids", "rfc7252/4.6/client-message-size",
           "rfc7252/5.4.5/client-options-once", "rfc7959/2.2/client-reserved-size",
           "rfc7959/2.3/client-full-blocks", "rfc7959/2.5/client-stops",
           "rfc7959/2.5/client-takes-smaller", "rfc7959/2.5/client-upload",
           "rfc7959/2.7/client-both", "rfc7959/2.9.3/client-too-large")


def misread(data: bytes) -> Message | None:
    """What there is in a datagram for whoever does not look close: header, token, payload."""
    length = data[0] & 15 if data[0] & 15 < 9 else TOKEN_SIZE
    if len(data) < 4 + length:
        return None
    return Message(Type(data[0] >> 4 & 3), data[1], int.from_bytes(data[2:4], "big"),
                   data[4 : 4 + length], (), data[4 + length :].rpartition(b"\xff")[2])


class Lenient(UdpClientRules):
    """Reads a kind of malformed message as if it were none."""

    def read(self, data: bytes) -> Message | None:
        try:
            return decode(data)
        except FormatError as error:
            return misread(data) if self.overlooks(data, error) else None

    def overlooks(self, data: bytes, error: FormatError) -> bool:
        return False


@mutant("rfc7252/3/client-unknown-version")
class ClientTakesAnyVersion(Lenient):
    """A message of another version is as good as one of version 1."""

    def overlooks(self, data: bytes, error: FormatError) -> bool:
        return data[0] >> 6 != 1


@mutant("rfc7252/3/client-token-length")
class ClientTakesTokenLength15(Lenient):
    """The token length 15 is taken for the usual one."""

    def overlooks(self, data: bytes, error: FormatError) -> bool:
        return data[0] & 15 == 15


@mutant("rfc7252/3/client-empty-payload")
class ClientTakesEmptyPayload(Lenient):
    """A payload marker may have nothing behind it."""

    def overlooks(self, data: bytes, error: FormatError) -> bool:
        return "marker" in error.reason and data[1] != EMPTY


@mutant("rfc7252/3.1/client-reserved-delta")
class ClientSkipsReservedDelta(Lenient):
    """What stands before the payload is skipped when its delta is reserved."""

    def overlooks(self, data: bytes, error: FormatError) -> bool:
        return "delta 15" in error.reason


@mutant("rfc7252/3.1/client-cut-option")
class ClientTakesCutOptions(Lenient):
    """An option may be longer than what is left."""

    def overlooks(self, data: bytes, error: FormatError) -> bool:
        return "option value" in error.reason


@mutant("rfc7252/4.1/client-empty-with-bytes")
class ClientTakesEmptyWithBytes(Lenient):
    """An Empty message may have something behind the message ID."""

    def read(self, data: bytes) -> Message | None:
        return super().read(data[:4] if data[1] == EMPTY else data)


@mutant("rfc7252/3/client-request", also=("rfc7252/4.6/client-message-size",))
class SendsPayloadWithGet(UdpClientRules):
    """A GET has a payload."""

    def request(self, request: Message) -> Message:
        return request.but(payload=b"please") if request.code == GET else request


@mutant("rfc7252/4.2/client-retransmission",
        also=("rfc7252/4.1/client-empty-with-bytes", "rfc7252/4.4/client-other-endpoint",
              "rfc7252/4.2/client-same-copies"))
class SendsEveryRequestOnce(UdpClientRules):
    """A request is not sent again."""

    def max_retransmit(self) -> int:
        return 0


@mutant("rfc7252/4.2/client-retransmission")
class SendsCopiesAtOneRate(UdpClientRules):
    """The time-out stays what it was."""

    def next_timeout(self, timeout: float) -> float:
        return timeout


@mutant("rfc7252/4.2/client-retransmission")
class SendsCopiesTooSoon(UdpClientRules):
    """The first copy goes out after half a second."""

    def first_timeout(self) -> float:
        return 0.5


@mutant("rfc7252/4.2/client-same-copies",
        also=("rfc7252/4.2/client-retransmission", "rfc7252/4.1/client-empty-with-bytes",
              "rfc7252/4.4/client-other-endpoint"))
class GivesCopiesNewIds(UdpClientRules):
    """Each copy of a request has a message ID of its own."""

    def copy(self, data: bytes) -> bytes:
        return encode(decode(data).but(mid=self.fresh_mid()))


@mutant("rfc7252/4.2/client-acknowledged")
class GoesOnAfterAcknowledgements(UdpClientRules):
    """An Empty Acknowledgement does not end the copies."""

    def stops(self, reply: Message) -> bool:
        return reply.type == RST


@mutant("rfc7252/4.2/client-reset")
class GoesOnAfterResets(UdpClientRules):
    """A Reset does not end the copies."""

    def stops(self, reply: Message) -> bool:
        return reply.type == ACK


@mutant("rfc7252/4.2/client-ping")
class AcknowledgesPings(UdpClientRules):
    """An Empty message is acknowledged."""

    def rejection(self, message: Message) -> Message | None:
        if message.type == CON and message.is_empty:
            return Message(ACK, EMPTY, message.mid)
        return super().rejection(message)


@mutant("rfc7252/4.2/client-ping", also=("rfc7641/3.5/client-unknown-token",))
class ResetsWithPayload(UdpClientRules):
    """A Reset has the code of an answer."""

    def rejection(self, message: Message) -> Message | None:
        found = super().rejection(message)
        return found and found.but(code=69, payload=b"no")


@mutant("rfc7252/4.2/client-unexpected-response", "rfc7641/3.5/client-unknown-token",
        also=("rfc7252/5.4.1/client-critical-confirmable", "rfc7641/3.2/client-critical",
              "rfc7641/3.2/client-error-ends"))
class AcknowledgesWhatIsNotItsOwn(UdpClientRules):
    """Every Confirmable message is acknowledged but pings."""

    def rejection(self, message: Message) -> Message | None:
        found = super().rejection(message)
        return found if message.is_empty else found and found.but(type=ACK)


@mutant("rfc7252/4.2/client-reserved-class")
class ClientTakesReservedClasses(UdpClientRules):
    """Any code that is no request's is a response's."""

    def counts(self, reply: Message) -> bool:
        return super().counts(reply) or reply.type == ACK and not reply.is_request

    def takes_code(self, code: int) -> bool:
        return code > 31


@mutant("rfc7252/4.2/client-acknowledgement-with-request")
class ClientTakesAnyAcknowledgement(UdpClientRules):
    """An Acknowledgement is the response, whatever its code."""

    def counts(self, reply: Message) -> bool:
        return super().counts(reply) or reply.type == ACK and reply.is_request

    def takes_code(self, code: int) -> bool:
        return super().takes_code(code) or code < 32


@mutant("rfc7252/4.2/client-reset-not-empty")
class ClientTakesAnyReset(UdpClientRules):
    """A Reset counts, whatever is in it."""

    def counts(self, reply: Message) -> bool:
        return True


@mutant("rfc7252/4.2/client-stray-confirmations")
class AnswersStrayConfirmations(UdpClientRules):
    """An Acknowledgement that matches nothing gets a Reset."""

    def about_nothing(self, reply: Message) -> Message | None:
        return Message(RST, EMPTY, reply.mid)


@mutant("rfc7252/4.3/client-non-unacknowledged", "rfc7641/3.5/client-non")
class AcknowledgesNonResponses(UdpClientRules):
    """Every response in a message of its own is acknowledged."""

    def receipt(self, response: Message) -> Message | None:
        return Message(ACK, EMPTY, response.mid)


@mutant("rfc7252/4.4/client-other-endpoint", "rfc7252/5.3.2/client-other-source")
class LooksAtNoSource(UdpClientRules):
    """It does not matter where a message comes from."""

    def comes_from(self, source: tuple[str, int], server: tuple[str, int]) -> bool:
        return True


@mutant("rfc7252/4.4/client-message-ids")
class HasFewIds(UdpClientRules):
    """Message IDs begin again after 32."""

    def fresh_mid(self) -> int:
        self.mid = self.mid & ~31 | (self.mid + 1) & 31
        return self.mid


@mutant("rfc7252/4.5/client-copy-acknowledged")
class IsSilentAboutCopies(UdpClientRules):
    """A copy of a message is dropped without a word."""

    def receipt_again(self, first: Message | None) -> Message | None:
        return None


@mutant("rfc7252/4.5/client-copy-acknowledged")
class DeliversCopies(UdpClientRules):
    """A notification that comes twice is delivered twice."""

    def knows_copies(self) -> bool:
        return False

    def is_newer(self, value: int, latest: int, passed: float) -> bool:
        return value == latest or super().is_newer(value, latest, passed)


@mutant("rfc7252/4.6/client-message-size",
        also=("rfc7959/2.2/client-reserved-size",))
class SendsLargeMessages(UdpClientRules):
    """A body of any size goes in one message unless small blocks are asked for."""

    def fits_one(self, body: bytes, asked: int) -> bool:
        return asked >= 1024 or super().fits_one(body, asked)


@mutant("rfc7252/4.7/client-one-at-a-time", also=UPLOADS)
class AsksTwoThingsAtOnce(UdpClientRules):
    """While a block is outstanding something else is asked for."""

    def at_once(self, request: Message) -> list[Message]:
        if request.code == GET:
            return []
        return [Message(CON, GET, self.fresh_mid(), random.randbytes(4))]
