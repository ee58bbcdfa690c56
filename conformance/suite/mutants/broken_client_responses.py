"""Mutants of clients over UDP: what they take for a response (RFC 7252 sections 5.2 to 5.5)."""

from __future__ import annotations

from ..message import ACK, CON, CONTENT_FORMAT, EMPTY, NON, OPTIONS, Message, code_class
from .broken_client_observe import OBSERVATIONS
from .catalogue import mutant
from .client_udp_rules import UdpClientRules

ASSIGNED = {*range(65, 70), 95, *range(128, 135), 136, 137, 140, 141, 143, 150, *range(160, 166)}


@mutant("rfc7252/5.2/client-unassigned-code")
class ClientKnowsAssignedCodes(UdpClientRules):
    """A code that is not assigned is none."""

    def takes_code(self, code: int) -> bool:
        return code in ASSIGNED


@mutant("rfc7252/5.2.1/client-piggybacked")
class TakesSeparateResponsesOnly(UdpClientRules):
    """A representation in an Acknowledgement is passed over when its format is told."""

    def takes_piggybacked(self, response: Message) -> bool:
        return not response.has(CONTENT_FORMAT)


@mutant("rfc7252/5.2.2/client-separate", "rfc7252/5.2.2/client-lost-acknowledgement",
        also=("rfc7252/5.2.3/client-answer-to-non", *OBSERVATIONS))
class AcknowledgesNothing(UdpClientRules):
    """Confirmable responses are taken in silence."""

    def receipt(self, response: Message) -> Message | None:
        return None


@mutant("rfc7252/5.2.2/client-separate",
        also=("rfc7252/5.2.2/client-lost-acknowledgement", "rfc7252/5.2.3/client-answer-to-non",
              *OBSERVATIONS))
class AcknowledgesWithACode(UdpClientRules):
    """An Acknowledgement has the code of the response."""

    def receipt(self, response: Message) -> Message | None:
        return Message(ACK, response.code, response.mid) if response.type == CON else None


@mutant("rfc7252/5.2.2/client-lost-acknowledgement", "rfc7252/5.2.3/client-non-response-first",
        also=("rfc7252/5.2.3/client-answer-to-non", "rfc7252/3/client-unknown-version",
              "rfc7252/3/client-token-length", "rfc7252/3/client-empty-payload",
              "rfc7252/3.1/client-reserved-delta", "rfc7252/3.1/client-cut-option",
              "rfc7252/4.2/client-reserved-class", "rfc7252/5.3.2/client-wrong-token",
              "rfc7252/4.2/client-acknowledgement-with-request",
              "rfc7252/4.2/client-reset-not-empty", "rfc7252/5.3.2/client-other-source"))
class NeedsAnAcknowledgementFirst(UdpClientRules):
    """A separate response counts only behind an Acknowledgement."""

    def takes_separate(self, response: Message, acknowledged: bool) -> bool:
        return acknowledged


@mutant("rfc7252/5.2.3/client-non-response",
        also=("rfc7252/4.3/client-non-unacknowledged", "rfc7252/5.2.3/client-non-response-first"))
class WantsConfirmableResponses(UdpClientRules):
    """A Confirmable request has no Non-confirmable response."""

    def takes_separate(self, response: Message, acknowledged: bool) -> bool:
        return response.type != NON


@mutant("rfc7252/5.2.3/client-answer-to-non")
class TakesNonForNonOnly(UdpClientRules):
    """A Non-confirmable request has no Confirmable response."""

    def __init__(self) -> None:
        super().__init__()
        self.is_non = False

    def request(self, request: Message) -> Message:
        self.is_non = request.type == NON
        return request

    def takes_separate(self, response: Message, acknowledged: bool) -> bool:
        return not (self.is_non and response.type == CON)


@mutant("rfc7252/5.2.2/client-second-acknowledgement")
class GivesUpAtTheSecondAcknowledgement(UdpClientRules):
    """Two Acknowledgements of one message are a fault that ends the exchange."""

    def __init__(self) -> None:
        super().__init__()
        self.mids: list[int] = []

    def stops(self, reply: Message) -> bool:
        self.mids.append(reply.mid)
        return True

    def takes_separate(self, response: Message, acknowledged: bool) -> bool:
        return len(self.mids) == len(set(self.mids))


@mutant("rfc7252/5.3.1/client-tokens")
class HasOneToken(UdpClientRules):
    """The token is always the same."""

    def token(self) -> bytes:
        return b"\x01"


@mutant("rfc7252/5.3.2/client-wrong-token")
class MatchesByIdAlone(UdpClientRules):
    """In an Acknowledgement the token is not looked at."""

    def belongs(self, response: Message, request: Message) -> bool:
        return response.type == ACK or super().belongs(response, request)


@mutant("rfc7252/5.4.1/client-critical-piggybacked", "rfc7252/5.4.1/client-critical-confirmable",
        "rfc7641/3.2/client-critical")
class ClientIgnoresCriticalOptions(UdpClientRules):
    """An option that is unknown is passed over, critical or not."""

    def understands(self, response: Message) -> bool:
        return True


@mutant("rfc7252/5.4.1/client-critical-confirmable", also=("rfc7641/3.2/client-critical",))
class AcknowledgesCriticalOptions(UdpClientRules):
    """A response with an unknown critical option is acknowledged, and not delivered."""

    def rejection(self, message: Message) -> Message | None:
        if message.type == CON and not self.understands(message):
            return Message(ACK, EMPTY, message.mid)
        return super().rejection(message)


@mutant("rfc7252/5.4.1/client-elective")
class ClientNeedsToKnowEveryOption(UdpClientRules):
    """An unknown option is a reason to reject, elective or not."""

    def has_usable_options(self, response: Message) -> bool:
        return all(number in OPTIONS for number, _ in response.options)


@mutant("rfc7252/5.4.3/client-elective-length")
class ClientRejectsOddLengths(UdpClientRules):
    """An option of a wrong length is a reason to reject, elective or not."""

    def has_usable_options(self, response: Message) -> bool:
        return all(number not in OPTIONS or len(value) <= OPTIONS[number].longest
                   for number, value in response.options)


@mutant("rfc7252/5.5.2/client-error")
class DeliversErrors(UdpClientRules):
    """The payload of an error is shown as if it were the resource."""

    def is_for_the_user(self, response: Message) -> bool:
        return code_class(response.code) in (2, 4, 5) and bool(response.payload)
