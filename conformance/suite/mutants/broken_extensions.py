"""Mutants of small extensions (RFC 7967, 8132, 9175, 9177)."""

from __future__ import annotations

from .. import message as m
from ..message import Message
from .catalogue import mutant
from .exchange import Reply
from .rules import Rules

Q_BLOCK2 = 31
TEST = (b"test",)


@mutant("rfc7967/2/unwanted-acknowledged")
class LeavesUnwantedAlone(Rules):
    """A Confirmable request whose response is unwanted gets no Acknowledgement."""

    def acknowledges_unwanted(self) -> bool:
        return False


@mutant("rfc7967/2/errors-wanted")
class KeepsErrorsBack(Rules):
    """No-Response keeps all responses back, whatever its value."""

    def sends(self, request: Message, reply: Reply) -> bool:
        return not request.uint(m.NO_RESPONSE)


@mutant("rfc7967/2/all-wanted")
class TakesEmptyForAll(Rules):
    """An empty No-Response option keeps all responses back."""

    def sends(self, request: Message, reply: Reply) -> bool:
        empty = request.first(m.NO_RESPONSE) == b""
        return not empty and super().sends(request, reply)


class Patches(Rules):
    """Changes /test at one method, before that is answered with 4.05."""

    method = 0

    def before(self, request: Message) -> None:
        if request.code == self.method and tuple(request.all(m.URI_PATH)) == TEST:
            self.site.resources[TEST].payload += b"+"  # type: ignore[attr-defined]


@mutant("rfc8132/2/fetch-safe")
class ChangesAtFetch(Patches):
    """A FETCH adds a character to what is there."""

    method = m.FETCH


@mutant("rfc8132/3/ipatch-again")
class AddsAtIpatch(Patches):
    """Every iPATCH adds a character to what is there."""

    method = m.IPATCH


@mutant("rfc8132/3/patch-answered")
class ImplementsNoPatch(Rules):
    """PATCH is answered with 5.01."""

    def for_unknown_method(self, request: Message) -> Reply:
        if request.code == m.PATCH:
            return Reply(m.NOT_IMPLEMENTED)
        return super().for_unknown_method(request)


@mutant("rfc9175/2.2.1/echo-elective")
class RefusesLongEcho(Rules):
    """An Echo option that is too long is refused."""

    def refuses(self, number: int, value: bytes) -> bool:
        return number == m.ECHO or super().refuses(number, value)


@mutant("rfc9175/3.3/tag-elective")
class RefusesRequestTags(Rules):
    """A second Request-Tag is refused."""

    def recognizes(self, number: int, value: bytes, occurrence: int, method: int) -> bool:
        if number == m.REQUEST_TAG and occurrence > 1:
            return False
        return super().recognizes(number, value, occurrence, method)

    def refuses(self, number: int, value: bytes) -> bool:
        return number == m.REQUEST_TAG or super().refuses(number, value)


@mutant("rfc9177/4.1/q-block-known-or-refused")
class CallsQBlockBad(Rules):
    """Q-Block2 is answered with 4.00."""

    def for_bad_options(self, numbers: list[int], request: Message) -> Reply | None:
        if Q_BLOCK2 in numbers:
            return Reply(m.BAD_REQUEST)
        return super().for_bad_options(numbers, request)


class KnowsNoOscore(Rules):
    """OSCORE options of one kind are passed over, and the request is served."""

    kind: tuple[bytes, ...] = ()
    empty = False  # of requests without payload, or with one
    bare = False  # the request at hand has none

    def refuses(self, number: int, value: bytes) -> bool:
        if number == m.OSCORE and value[:1] in self.kind and self.empty == self.bare:
            return False
        return super().refuses(number, value)

    def is_request(self, message: Message) -> bool:
        self.bare = not message.payload
        return super().is_request(message)


@mutant("rfc8613/2/without-payload")
class ServesBareOscore(KnowsNoOscore):
    """A request with an OSCORE option and no payload is served."""

    kind = (b"\x09",)
    empty = True


@mutant("rfc8613/6.1/reserved-flags")
class TakesReservedFlags(KnowsNoOscore):
    """A request whose OSCORE option has the reserved length is served."""

    kind = (b"\x0f",)


@mutant("rfc8613/8.2/unknown-context")
class ServesStrangers(KnowsNoOscore):
    """A request with an OSCORE option for an unknown context is served."""

    kind = (b"\x09",)


@mutant("rfc8768/3/hop-limit-zero")
class RefusesHopLimits(Rules):
    """A Hop-Limit is refused like a critical option."""

    def refuses(self, number: int, value: bytes) -> bool:
        return number == m.HOP_LIMIT or super().refuses(number, value)
