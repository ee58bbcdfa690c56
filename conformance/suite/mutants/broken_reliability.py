"""Mutants of retransmission and of separate responses (RFC 7252 sections 4.2, 4.4 and 5.2)."""

from .. import message as m
from ..message import ACK, CON, NON, RST, Message
from .catalogue import NOTIFICATIONS, mutant
from .exchange import Reply, path_of
from .rules import Rules

TEST = (b"test",)


@mutant("rfc7252/4.2/retransmission-schedule")
class RetransmitsEvenly(Rules):
    """The timeout is not doubled."""

    def next_timeout(self, timeout: float) -> float:
        return timeout


@mutant("rfc7252/4.2/retransmission-schedule")
class RetransmitsEarly(Rules):
    """The first timeout is 1.4 seconds."""

    def first_timeout(self) -> float:
        return 1.4


@mutant("rfc7252/4.2/retransmission-identical")
class RetransmitsAnother(Rules):
    """A retransmission has another payload than the first copy."""

    def retransmission(self, message: Message) -> Message:
        return message.but(payload=message.payload + b", again")


# What cannot go on when a notification is held for lost although it was acknowledged.
NEED_ACKNOWLEDGEMENTS = (*NOTIFICATIONS, "rfc7641/4.2/notified")
# What uses a token again on purpose.
REUSE_TOKENS = (
    "rfc7641/3.6/cancel-by-request",
    "rfc7641/4.1/registered-twice",
    "rfc7959/2.2/block-not-full",
    "rfc7959/2.2/size-reserved-block1",
    "rfc7959/2.3/final-block",
    "rfc7959/2.3/other-format",
    "rfc7959/2.5/missing-blocks",
    "rfc7959/2.5/started-again",
    "rfc9175/3.3/other-tag",
)


@mutant("rfc7252/4.2/acknowledgement-stops-retransmission", also=NEED_ACKNOWLEDGEMENTS)
class OverlooksAcknowledgement(Rules):
    """An Empty Acknowledgement does not end the retransmission."""

    def settles(self, message: Message) -> bool:
        return message.type == RST or (message.type == ACK and not message.is_empty)


@mutant("rfc7252/4.2/reset-stops-retransmission")
class OverlooksReset(Rules):
    """A Reset does not end the retransmission."""

    def settles(self, message: Message) -> bool:
        return message.type == ACK


@mutant("rfc7252/5.2.2/odd-acknowledgement-stops-retransmission")
class OverlooksOddAcknowledgement(Rules):
    """An Acknowledgement with a code in it does not end the retransmission."""

    def settles(self, message: Message) -> bool:
        return message.is_empty


@mutant("rfc7252/4.4/acknowledgement-from-elsewhere")
class BelievesAnybody(Rules):
    """An Acknowledgement ends the retransmission wherever it comes from."""

    def settles_from(self, source: tuple[str, int], destination: tuple[str, int]) -> bool:
        return True


@mutant("rfc7252/5.2.1/piggybacked")
class DropsTokenOfUnknownMethod(Rules):
    """The 4.05 for an unknown method has no token when that of the request has seven bytes."""

    def token_for(self, request: Message, reply: Reply) -> bytes:
        return b"" if request.code == 0x1F and len(request.token) == 7 else request.token


@mutant("rfc7252/5.2.2/separate-response")
class AcknowledgesTwice(Rules):
    """After the Empty Acknowledgement a second one brings the response, if the token has five
    bytes."""

    def separate_type(self, request: Message) -> m.Type:
        return ACK if len(request.token) == 5 else super().separate_type(request)


@mutant("rfc7252/5.2.2/separate-request-repeated")
class PiggybacksOnRepetition(Rules):
    """A request repeated after the separate response gets the response in an Acknowledgement."""

    def after_separate(self, promise: Message | None, response: Message) -> Message | None:
        return response.but(type=ACK, mid=promise.mid) if promise else None


@mutant("rfc7252/5.2.2/others-served-meanwhile")
class KeepsOneToken(Rules):
    """A separate response has the token of the request that came in meanwhile."""

    def __init__(self) -> None:
        self.due: dict[int, bytes] = {}
        self.mixed_up: dict[bytes, bytes] = {}

    def promise(self, request: Message) -> Message | None:
        self.due[request.mid] = request.token
        return super().promise(request)

    def before(self, request: Message) -> None:
        token = self.due.get((request.mid - 1) & 0xFFFF)
        if token is not None and path_of(request) == TEST:
            self.mixed_up[token] = request.token

    def token_for(self, request: Message, reply: Reply) -> bytes:
        return self.mixed_up.get(request.token, request.token) if reply.delay else request.token


@mutant("rfc7252/5.2.3/non-response")
class AnswersNonConfirmably(Rules):
    """A Non-confirmable GET gets a Confirmable response."""

    def response_type(self, request: Message) -> m.Type:
        odd = request.code == m.GET and path_of(request) == TEST
        return CON if odd else super().response_type(request)


@mutant("rfc7252/5.3.1/token-lengths")
class PadsTokens(Rules):
    """A token of three bytes comes back as four."""

    def token_for(self, request: Message, reply: Reply) -> bytes:
        odd = request.type == CON and len(request.token) == 3 and reply.code == m.CONTENT
        return request.token + b"\0" if odd else request.token


@mutant("rfc7252/5.3.1/token-bytes")
class TakesTokensForNumbers(Rules):
    """A token of eight zero bytes comes back empty."""

    def token_for(self, request: Message, reply: Reply) -> bytes:
        return b"" if request.token == bytes(8) else request.token


@mutant("rfc7252/5.3.1/token-in-non-response")
class CutsTokenInNon(Rules):
    """A token of eight bytes comes back as four in a Non-confirmable response."""

    def token_for(self, request: Message, reply: Reply) -> bytes:
        odd = request.type == NON and len(request.token) == 8
        return request.token[:4] if odd else request.token


@mutant("rfc7252/5.3.1/token-in-errors")
class DropsTokenInErrors(Rules):
    """A 4.04 comes without the token of eight bytes."""

    def token_for(self, request: Message, reply: Reply) -> bytes:
        odd = reply.code == m.NOT_FOUND and len(request.token) == 8
        return b"" if odd else request.token


@mutant("rfc7252/5.3.1/token-again", also=REUSE_TOKENS)
class TellsDuplicatesByToken(Rules):
    """A message with a token that was there before is taken for a duplicate."""

    def duplicate_key(self, message: Message, source: tuple[str, int]) -> tuple[object, ...]:
        return (source, message.token) if message.token else super().duplicate_key(message, source)
