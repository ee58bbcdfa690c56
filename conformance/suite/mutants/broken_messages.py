"""Mutants of the message layer (RFC 7252 sections 4.2 to 4.6)."""

from .. import message as m
from ..message import ACK, CON, NON, RST, Message
from .catalogue import mutant
from .exchange import Reply, path_of
from .rules import Rules

TEST = (b"test",)


def is_made_up(request: Message) -> bool:
    """Whether the path is one of those that the cases invent."""
    path = path_of(request)
    return bool(path) and path[0].startswith(b"no-such-resource")


@mutant("rfc7252/4.3/ping-reset")
class AcknowledgesPing(Rules):
    """An Empty Confirmable message is acknowledged."""

    def rejection(self, why: str, header: Message) -> Message | None:
        if why == "empty" and header.type == CON:
            return Message(ACK, m.EMPTY, header.mid)
        return super().rejection(why, header)


@mutant("rfc7252/4.3/ping-reset")
class IgnoresPing(Rules):
    """An Empty Confirmable message is ignored."""

    def rejection(self, why: str, header: Message) -> Message | None:
        return None if why == "empty" else super().rejection(why, header)


@mutant("rfc7252/4.2/request-acknowledged")
class LeavesErrorsUnacknowledged(Rules):
    """A Confirmable request for what does not exist gets a Non-confirmable 4.04 and no more."""

    def piggybacks(self, request: Message, reply: Reply) -> bool:
        return not is_made_up(request) and super().piggybacks(request, reply)

    def response_type(self, request: Message) -> m.Type:
        return NON


@mutant("rfc7252/4.2/message-id-echoed")
class LosesHighMessageId(Rules):
    """Message ID 0xffff is acknowledged as 0."""

    def datagram(self, request: Message, data: bytes) -> bytes:
        return data[:2] + b"\0\0" + data[4:] if data[2:4] == b"\xff\xff" else data


@mutant("rfc7252/4.2/reset-empty")
class SendsTokenInReset(Rules):
    """The Reset for code 1.31 carries the token of the message."""

    def rejection(self, why: str, header: Message) -> Message | None:
        if header.code == 0x3F:
            return Message(RST, m.EMPTY, header.mid, header.token)
        return super().rejection(why, header)


@mutant("rfc7252/4.2/reserved-class-1")
class ServesClass1(Rules):
    """Code 1.01 in a Confirmable message is taken for a method."""

    def is_request(self, message: Message) -> bool:
        return (message.code == 0x21 and message.type == CON) or super().is_request(message)


@mutant("rfc7252/4.2/reserved-class-6")
class AcknowledgesClass6(Rules):
    """A Confirmable message with a code of class 6 is acknowledged."""

    def rejection(self, why: str, header: Message) -> Message | None:
        if header.code >> 5 == 6 and header.type == CON:
            return Message(ACK, m.EMPTY, header.mid)
        return super().rejection(why, header)


@mutant("rfc7252/4.2/reserved-class-7")
class AnswersSignaling(Rules):
    """A signaling message over UDP is answered with another."""

    def rejection(self, why: str, header: Message) -> Message | None:
        if header.code >> 5 == 7 and header.type == CON:
            return Message(ACK, 0xE3, header.mid, header.token)
        return super().rejection(why, header)


@mutant("rfc7252/4.2/unexpected-response")
class AcknowledgesStrayResponse(Rules):
    """A Confirmable response that answers nothing is acknowledged."""

    def rejection(self, why: str, header: Message) -> Message | None:
        if why == "response" and header.type == CON:
            return Message(ACK, m.EMPTY, header.mid)
        return super().rejection(why, header)


@mutant("rfc7252/4.2/acknowledgement-with-request")
class ServesAcknowledgement(Rules):
    """A request in an Acknowledgement is served."""

    def serves(self, message: Message) -> bool:
        return message.type == ACK and message.is_request


@mutant("rfc7252/4.2/reset-with-request")
class ServesReset(Rules):
    """A request in a Reset is served."""

    def serves(self, message: Message) -> bool:
        return message.type == RST and message.is_request


@mutant("rfc7252/4.2/acknowledgement-unanswered")
class ResetsAcknowledgement(Rules):
    """An Acknowledgement with a code of class 1 gets a Reset."""

    def for_acknowledgement(self, message: Message) -> Message | None:
        odd = message.type == ACK and message.code >> 5 == 1
        return Message(RST, m.EMPTY, message.mid) if odd else None


@mutant("rfc7252/4.2/reset-unanswered")
class ResetsReset(Rules):
    """A Reset gets a Reset."""

    def for_acknowledgement(self, message: Message) -> Message | None:
        odd = message.type == RST and message.is_empty
        return Message(RST, m.EMPTY, message.mid) if odd else None


@mutant("rfc7252/4.3/empty-non")
class AcknowledgesEmptyNon(Rules):
    """An Empty Non-confirmable message is acknowledged."""

    def rejection(self, why: str, header: Message) -> Message | None:
        if why == "empty" and header.type == NON:
            return Message(ACK, m.EMPTY, header.mid)
        return super().rejection(why, header)


@mutant("rfc7252/4.3/non-never-acknowledged", also=(
    "rfc7967/2/errors-wanted", "rfc7967/2/all-wanted"))
class AcknowledgesNon(Rules):
    """The 4.04 for a Non-confirmable request travels in an Acknowledgement."""

    def response_type(self, request: Message) -> m.Type:
        odd = request.type == NON and is_made_up(request)
        return ACK if odd else super().response_type(request)


@mutant("rfc7252/4.3/reserved-class-non")
class ServesClass6InNon(Rules):
    """Code 6.01 in a Non-confirmable message is taken for a method."""

    def is_request(self, message: Message) -> bool:
        return (message.code == 0xC1 and message.type == NON) or super().is_request(message)


@mutant("rfc7252/4.3/unexpected-response-non")
class AcknowledgesStrayNonResponse(Rules):
    """A Non-confirmable response that answers nothing is acknowledged."""

    def rejection(self, why: str, header: Message) -> Message | None:
        if why == "response" and header.type == NON:
            return Message(ACK, m.EMPTY, header.mid)
        return super().rejection(why, header)


@mutant("rfc7252/4.4/message-ids-distinct")
class RepeatsMessageIds(Rules):
    """All responses to Non-confirmable requests have one Message ID."""

    def next_mid(self, last: int, request: Message) -> int:
        return last if request.type == NON else super().next_mid(last, request)


@mutant("rfc7252/4.5/duplicate-acknowledged")
class IgnoresDuplicateGet(Rules):
    """A copy of a Confirmable GET is ignored."""

    def for_duplicate(self, message: Message, answer: Message | None) -> Message | None:
        if message.code == m.GET and path_of(message) == TEST:
            return None
        return super().for_duplicate(message, answer)


@mutant("rfc7252/4.5/duplicate-same-answer")
class AnswersDuplicateEmpty(Rules):
    """A copy of a Confirmable POST gets an Empty Acknowledgement in place of the first one."""

    def for_duplicate(self, message: Message, answer: Message | None) -> Message | None:
        if message.code == m.POST and message.type == CON:
            return Message(ACK, m.EMPTY, message.mid)
        return super().for_duplicate(message, answer)


@mutant("rfc7252/4.5/duplicate-executed-once")
class ExecutesDuplicate(Rules):
    """A copy of a Confirmable POST is executed again."""

    kind = CON

    def for_duplicate(self, message: Message, answer: Message | None) -> Message | None:
        if message.code == m.POST and message.type == self.kind:
            self.site.posts += 1
        return super().for_duplicate(message, answer)


@mutant("rfc7252/4.5/duplicate-non-executed-once")
class ExecutesDuplicateNon(ExecutesDuplicate):
    """A copy of a Non-confirmable POST is executed again."""

    kind = NON


@mutant("rfc7252/4.5/duplicate-non-ignored")
class AnswersDuplicateNon(Rules):
    """A copy of a Non-confirmable GET gets the response again."""

    def for_duplicate(self, message: Message, answer: Message | None) -> Message | None:
        return answer if message.code == m.GET else super().for_duplicate(message, answer)


@mutant("rfc7252/4.5/same-message-id-elsewhere")
class MixesUpPorts(Rules):
    """Duplicates of GETs with tokens of six bytes are told by the host alone, not by the port."""

    def duplicate_key(self, message: Message, source: tuple[str, int]) -> tuple[object, ...]:
        if message.code == m.GET and message.type == CON and len(message.token) == 6:
            return (source[0], message.mid)
        return super().duplicate_key(message, source)


@mutant("rfc7252/4.6/message-size")
class SendsLargeWhole(Rules):
    """A large representation goes out in one datagram."""

    def cuts(self, payload: bytes) -> bool:
        return False


@mutant("rfc7252/4.3/no-empty-non", also=("rfc7252/5.4.1/unknown-critical-non",))
class RejectsWithEmptyNon(Rules):
    """A Non-confirmable request that cannot be processed gets an Empty Non-confirmable message."""

    def rejection(self, why: str, header: Message) -> Message | None:
        if why == "unprocessable" and header.type == NON:
            return Message(NON, m.EMPTY, header.mid)
        return super().rejection(why, header)
