"""Mutants of methods and response codes (RFC 7252 sections 5.1, 5.5, 5.8 and 5.9)."""

from .. import message as m
from ..message import CON, NON, Message
from .catalogue import mutant
from .exchange import Reply, content, path_of
from .rules import Rules
from .site import Stored

TEST, SUB1 = (b"test",), (b"path", b"sub1")
SEGMENTS = (b"seg1", b"seg2", b"seg3")
UNKNOWN_METHOD = 0x1F


@mutant("rfc7252/5.1/get-safe")
class CountsGet(Rules):
    """A Non-confirmable GET with a token of six bytes counts as a POST."""

    def before(self, request: Message) -> None:
        if request.code == m.GET and request.type == NON and len(request.token) == 6:
            self.site.posts += 1


@mutant("rfc7252/5.1/put-idempotent")
class AppendsOnPut(Rules):
    """Putting what is there already appends it."""

    def stored_by_put(self, old: bytes, new: bytes) -> bytes:
        return old + new if old == new else new


@mutant("rfc7252/5.5/get-with-payload")
class RefusesPayloadOfGet(Rules):
    """A GET with a payload is a bad request."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        odd = request.code == m.GET and request.payload
        return Reply(m.BAD_REQUEST) if odd else reply


@mutant("rfc7252/5.5/get-with-payload")
class StoresPayloadOfGet(Rules):
    """A GET with a payload writes it."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if request.code == m.GET and request.payload and path_of(request) == TEST:
            stored = self.site.resources[TEST]
            assert isinstance(stored, Stored)
            stored.payload = request.payload
        return reply


@mutant("rfc7252/5.8/unknown-method")
class DoesNotFindUnknownMethod(Rules):
    """An unknown method in a Confirmable request gives 4.04."""

    def for_unknown_method(self, request: Message) -> Reply:
        odd = request.code == UNKNOWN_METHOD and request.type == CON
        return Reply(m.NOT_FOUND) if odd else super().for_unknown_method(request)


@mutant("rfc7252/5.8/unknown-method-piggybacked")
class SeparatesUnknownMethod(Rules):
    """The 4.05 for an unknown method is a message of its own."""

    def piggybacks(self, request: Message, reply: Reply) -> bool:
        return request.code != UNKNOWN_METHOD and super().piggybacks(request, reply)


@mutant("rfc7252/5.8/unknown-method-non")
class ServesUnknownMethodInNon(Rules):
    """An unknown method in a Non-confirmable request is served as a GET."""

    def for_unknown_method(self, request: Message) -> Reply:
        odd = request.code == UNKNOWN_METHOD and request.type == NON
        return content(b"here you are") if odd else super().for_unknown_method(request)


@mutant("rfc8132/2/fetch-known-or-not-allowed")
class ResetsFetch(Rules):
    """FETCH is rejected with a Reset."""

    def is_request(self, message: Message) -> bool:
        return message.code != m.FETCH and super().is_request(message)


@mutant("rfc7252/5.8/method-not-allowed")
class DoesNotFindMethod(Rules):
    """A POST on what is only read gives 4.04."""

    def for_wrong_method(self, request: Message) -> Reply:
        odd = request.code == m.POST and path_of(request) == SEGMENTS
        return Reply(m.NOT_FOUND) if odd else super().for_wrong_method(request)


@mutant("rfc7252/5.8.1/get-content")
class ChangesOnGet(Rules):
    """A GET of one resource is answered with 2.04."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if request.code == m.GET and path_of(request) == SUB1:
            reply.code = m.CHANGED
        return reply


@mutant("rfc7252/5.9.2.5/not-found")
class CallsMissingBad(Rules):
    """A GET of what does not exist gives 4.00."""

    def for_missing(self, request: Message) -> Reply:
        made_up = path_of(request)[:1] and path_of(request)[0].startswith(b"no-such-resource")
        odd = request.code == m.GET and made_up
        return Reply(m.BAD_REQUEST) if odd else super().for_missing(request)


@mutant("rfc7252/5.8.2/post-code")
class AnswersPostWithContent(Rules):
    """A POST is answered with 2.05."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if request.code == m.POST and request.payload == b"for the code alone":
            reply.code = m.CONTENT
        return reply


@mutant("rfc7252/5.8.2/post-location")
class HidesLocation(Rules):
    """A 2.01 for a POST does not say where the new resource is."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        odd = request.code == m.POST and path_of(request) == TEST
        return reply.without(m.LOCATION_PATH) if odd else reply


@mutant("rfc7252/5.8.2/post-location")
class LocatesDots(Rules):
    """A 2.01 for a POST has a location of dots."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        odd = request.code == m.POST and request.payload == b"made by a test"
        if odd and reply.has(m.LOCATION_PATH) and path_of(request) == TEST:
            return reply.without(m.LOCATION_PATH).plus(m.LOCATION_PATH, b"..")
        return reply


@mutant("rfc7252/5.10.7/location-query")
class HidesLocationQuery(Rules):
    """A 2.01 does not say the query of the new resource."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        return reply.without(m.LOCATION_QUERY)


@mutant("rfc7252/5.8.3/put-changed")
class CreatesWhatExists(Rules):
    """A PUT on what exists is answered with 2.01."""

    def put_code(self, existed: bool) -> int:
        return m.CREATED


@mutant("rfc7252/5.8.3/put-changed")
class ForgetsPut(Rules):
    """A PUT is answered with 2.04 and changes nothing."""

    def stored_by_put(self, old: bytes, new: bytes) -> bytes:
        return old if new == b"put by a test" else new


@mutant("rfc7252/5.8.3/put-created")
class ChangesWhatDoesNotExist(Rules):
    """A PUT that creates a resource is answered with 2.04."""

    def put_code(self, existed: bool) -> int:
        return m.CHANGED


@mutant("rfc7252/5.8.4/delete-twice")
class MissesWhatIsDeleted(Rules):
    """A DELETE of what does not exist gives 4.04."""

    def delete_code(self, existed: bool) -> int:
        return m.DELETED if existed else m.NOT_FOUND


@mutant("rfc7252/5.5.2/diagnostic-utf8")
class SendsBinaryDiagnostic(Rules):
    """A diagnostic payload repeats the bytes of the option as they are."""

    def for_bad_options(self, numbers: list[int], request: Message) -> Reply | None:
        value = request.first(numbers[0]) or b""
        if value == b"\xff\xfe":
            return Reply(m.BAD_OPTION, b"option not understood: " + value)
        return super().for_bad_options(numbers, request)
