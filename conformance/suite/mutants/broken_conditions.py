"""Mutants of validation and conditional requests (RFC 7252 sections 5.9.1.3, 5.10.6, 5.10.8)."""

from .. import message as m
from ..message import Message
from .catalogue import mutant
from .exchange import Reply, path_of
from .rules import Rules


@mutant("rfc7252/5.9.1.3/valid-form")
class SendsPayloadWithValid(Rules):
    """A 2.03 has a payload."""

    def valid_reply(self, etag: bytes) -> Reply:
        return Reply(m.VALID, b"you have it", [(m.ETAG, etag)])


@mutant("rfc7252/5.9.1.3/valid-form", "rfc7252/5.10.6.2/etag-among-several")
class SendsValidWithoutEtag(Rules):
    """A 2.03 does not name the entity tag."""

    def valid_reply(self, etag: bytes) -> Reply:
        return Reply(m.VALID)


@mutant("rfc7252/5.10.6.2/etag-among-several")
class LooksAtFirstEtag(Rules):
    """Of several entity tags the first alone is looked at."""

    def validates(self, etag: bytes, offered: list[bytes]) -> bool:
        return super().validates(etag, offered[:1])


@mutant("rfc7252/5.10.6.2/etag-not-current")
class ComparesTooFewBytes(Rules):
    """The last byte of an entity tag is not compared."""

    def validates(self, etag: bytes, offered: list[bytes]) -> bool:
        return any(other[:-1] == etag[:-1] for other in offered)


@mutant("rfc7252/5.10.8.1/if-match-current")
class LooksAtFirstIfMatch(Rules):
    """Of several If-Match options the first alone is looked at."""

    def if_match_holds(self, wanted: list[bytes], exists: bool, etag: bytes | None) -> bool:
        return super().if_match_holds(wanted[:1], exists, etag)


@mutant("rfc7252/5.10.8.1/if-match-not-current")
class IgnoresIfMatch(Rules):
    """If-Match always holds for a resource that has an entity tag."""

    def if_match_holds(self, wanted: list[bytes], exists: bool, etag: bytes | None) -> bool:
        return etag is not None or super().if_match_holds(wanted, exists, etag)


class Performs(Rules):
    """Carries a method out although it answers 4.12; the class attributes say which."""

    option: int
    method = m.PUT
    path: bytes

    def performs_anyway(self, request: Message) -> bool:
        here = request.code == self.method and path_of(request) == (self.path,)
        return here and request.has(self.option)


@mutant("rfc7252/5.10.8.1/if-match-not-current")
class PutsInSpiteOfIfMatch(Performs):
    """A PUT is carried out although If-Match does not hold."""

    option, path = m.IF_MATCH, b"validate"


@mutant("rfc7252/5.10.8.1/if-match-delete")
class DeletesInSpiteOfIfMatch(Performs):
    """A DELETE is carried out although If-Match does not hold."""

    option, path, method = m.IF_MATCH, b"create1", m.DELETE


@mutant("rfc7252/5.10.8.1/if-match-exists")
class TakesEmptyIfMatchForTag(Rules):
    """An empty If-Match is compared with the entity tag."""

    def if_match_holds(self, wanted: list[bytes], exists: bool, etag: bytes | None) -> bool:
        return not wanted or (exists and etag in wanted)


@mutant("rfc7252/5.10.8.1/if-match-missing")
class FindsWhatDoesNotExist(Rules):
    """An empty If-Match holds also for what does not exist."""

    def if_match_holds(self, wanted: list[bytes], exists: bool, etag: bytes | None) -> bool:
        return b"" in wanted or super().if_match_holds(wanted, exists, etag)


@mutant("rfc7252/5.10.8.2/if-none-match-exists")
class PutsInSpiteOfIfNoneMatch(Performs):
    """A PUT on what exists is carried out although If-None-Match does not hold."""

    option, path = m.IF_NONE_MATCH, b"test"


@mutant("rfc7252/5.10.8.2/if-none-match-creates")
class PutsAgainInSpiteOfIfNoneMatch(Performs):
    """A second PUT with If-None-Match is carried out."""

    option, path = m.IF_NONE_MATCH, b"create1"


@mutant("rfc7252/5.10.8.2/if-none-match-exists", "rfc7252/5.10.8.2/if-none-match-creates")
class IgnoresIfNoneMatch(Rules):
    """If-None-Match always holds."""

    def if_none_match_holds(self, given: bool, exists: bool) -> bool:
        return True
