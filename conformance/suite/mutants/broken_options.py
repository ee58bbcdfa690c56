"""Mutants of the rules about options (RFC 7252 section 5.4)."""

from .. import message as m
from ..message import Message
from .catalogue import mutant
from .exchange import Reply, path_of
from .rules import Rules


class Takes(Rules):
    """Takes one option that should count as unrecognized; `number`, `length` and `occurrence` say
    which."""

    number: int
    length: int | None = None
    occurrence = 1

    def recognizes(self, number: int, value: bytes, occurrence: int, method: int) -> bool:
        fits = self.length in (None, len(value)) and occurrence == self.occurrence
        return (number == self.number and fits) or super().recognizes(
            number, value, occurrence, method
        )


class Refuses(Rules):
    """Stumbles over one elective option that should be ignored."""

    number: int
    value: bytes | None = None
    length: int | None = None

    def refuses(self, number: int, value: bytes) -> bool:
        fits = self.value in (None, value) and self.length in (None, len(value))
        return (number == self.number and fits) or super().refuses(number, value)


class Overlooks(Rules):
    """Ignores the unknown critical option with this value."""

    value: bytes

    def refuses(self, number: int, value: bytes) -> bool:
        return value != self.value and super().refuses(number, value)


@mutant("rfc7252/5.4.1/unknown-elective")
class RefusesUnknownElective(Refuses):
    """An unknown elective option is refused."""

    number, value = 65000, b"whatever"


@mutant("rfc7252/5.4.1/unknown-critical")
class OverlooksUnknownCritical(Overlooks):
    """An unknown critical option in a Confirmable GET is ignored."""

    value = b"in a GET"


@mutant("rfc7252/5.4.1/unknown-critical")
class ResetsUnknownCritical(Rules):
    """An unknown critical option in a Confirmable GET gets a Reset."""

    def for_bad_options(self, numbers: list[int], request: Message) -> Reply | None:
        odd = request.first(numbers[0]) == b"in a GET"
        return None if odd else super().for_bad_options(numbers, request)


@mutant("rfc7252/5.4.1/unknown-critical-diagnostic")
class NamesNoOption(Rules):
    """The 4.02 for an unknown option without a value has no payload."""

    def for_bad_options(self, numbers: list[int], request: Message) -> Reply | None:
        reply = super().for_bad_options(numbers, request)
        if reply is not None and request.first(numbers[0]) == b"":
            reply.payload = b""
        return reply


@mutant("rfc7252/5.4.1/unknown-critical-non")
class OverlooksUnknownCriticalInNon(Overlooks):
    """An unknown critical option in a Non-confirmable GET is ignored."""

    value = b"in a NON"


@mutant("rfc7252/5.4.1/unknown-critical-not-executed")
class OverlooksUnknownCriticalInPut(Overlooks):
    """An unknown critical option in a PUT is ignored."""

    value = b"in a PUT"


@mutant("rfc7252/5.4.1/unknown-critical-not-executed")
class ExecutesBeforeRefusing(Rules):
    """A PUT with an unknown critical option is carried out, then answered with 4.02."""

    def for_bad_options(self, numbers: list[int], request: Message) -> Reply | None:
        resource = self.site.find(path_of(request))
        if request.code == m.PUT and resource is not None:
            resource.methods[m.PUT](request)
        return super().for_bad_options(numbers, request)


@mutant("rfc7252/5.4/option-out-of-place")
class RefusesLocationInGet(Refuses):
    """A Location-Path in a request is refused."""

    number = m.LOCATION_PATH


@mutant("rfc7252/5.4.3/if-match-length")
class TakesLongIfMatch(Takes):
    """An If-Match of nine bytes is taken."""

    number, length = m.IF_MATCH, 9


@mutant("rfc7252/5.4.3/if-none-match-length")
class TakesIfNoneMatchWithValue(Takes):
    """An If-None-Match with a value is taken."""

    number, length = m.IF_NONE_MATCH, 1


@mutant("rfc7252/5.4.3/accept-length")
class TakesLongAccept(Takes):
    """An Accept of three bytes is taken."""

    number, length = m.ACCEPT, 3


@mutant("rfc7252/5.4.3/uri-host-length")
class TakesEmptyHost(Takes):
    """An empty Uri-Host is taken."""

    number, length = m.URI_HOST, 0


@mutant("rfc7252/5.4.3/uri-port-length")
class TakesLongPort(Takes):
    """A Uri-Port of three bytes is taken."""

    number, length = m.URI_PORT, 3


@mutant("rfc7252/5.4.3/elective-length")
class RefusesLongEtag(Refuses):
    """An ETag of nine bytes is refused."""

    number, length = m.ETAG, 9


@mutant("rfc7252/5.4.3/content-format-length")
class RefusesLongContentFormat(Refuses):
    """A Content-Format of three bytes is refused."""

    number, length = m.CONTENT_FORMAT, 3


@mutant("rfc7252/5.4.5/critical-repeated")
class TakesSecondAccept(Takes):
    """A second Accept is taken."""

    number, occurrence = m.ACCEPT, 2


@mutant("rfc7252/5.4.5/uri-port-repeated")
class TakesSecondPort(Takes):
    """A second Uri-Port is taken."""

    number, occurrence = m.URI_PORT, 2


@mutant("rfc7252/5.4.5/elective-repeated")
class RefusesSecondSize(Refuses):
    """A second Size1 is refused."""

    number, value = m.SIZE1, b"\2"


@mutant("rfc7252/5.4.5/answers-without-repetition")
class RepeatsMaxAge(Rules):
    """The answer to a DELETE of what does not exist has two Max-Age options."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        path = path_of(request)
        if request.code == m.DELETE and path[0].startswith(b"no-such-resource"):
            return reply.plus(m.MAX_AGE, b"\1").plus(m.MAX_AGE, b"\2")
        return reply
