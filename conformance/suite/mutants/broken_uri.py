"""Mutants of addressing, proxying, formats and discovery (RFC 7252 5.7, 5.10, 6, 7; RFC 6690)."""

from urllib.parse import unquote_to_bytes

from .. import message as m
from ..message import Message
from .catalogue import mutant
from .exchange import Reply, path_of
from .links import Link
from .rules import Rules

TEST, CORE = (b"test",), (b".well-known", b"core")
SEGMENTS = (b"seg1", b"seg2", b"seg3")
Path = tuple[bytes, ...]


@mutant("rfc7252/5.7.2/proxy-uri")
class CallsProxyUriBad(Rules):
    """Proxy-Uri gives 4.02."""

    def for_proxying(self, request: Message) -> Reply:
        odd = request.has(m.PROXY_URI)
        return Reply(m.BAD_OPTION) if odd else super().for_proxying(request)


@mutant("rfc7252/5.7.2/proxy-scheme")
class OverlooksProxyScheme(Rules):
    """Proxy-Scheme is ignored, and an own resource served in place of the other one."""

    def wants_proxy(self, request: Message) -> bool:
        return request.has(m.PROXY_URI)


class Misses(Rules):
    """Does not find a resource when its own address is written out in `number`."""

    number: int

    def finished(self, request: Message, reply: Reply) -> Reply:
        odd = reply.code == m.CONTENT and request.has(self.number)
        return Reply(m.NOT_FOUND) if odd else reply


@mutant("rfc7252/5.10.1/uri-port-own")
class MissesOwnPort(Misses):
    """A request with the server's own Uri-Port gives 4.04."""

    number = m.URI_PORT


@mutant("rfc7252/5.10.1/uri-host-own")
class MissesOwnHost(Misses):
    """A request with the server's own address in Uri-Host gives 4.04."""

    number = m.URI_HOST


@mutant("rfc7252/5.10.1/path-segments")
class FindsByPrefix(Rules):
    """The last segment of a path of three may be missing."""

    def looked_up(self, path: Path) -> Path:
        return SEGMENTS if path == SEGMENTS[:2] else path


@mutant("rfc7252/5.10.1/path-slash-is-data")
class SplitsSegments(Rules):
    """A slash inside a segment separates."""

    def looked_up(self, path: Path) -> Path:
        return tuple(part for segment in path for part in segment.split(b"/"))


@mutant("rfc7252/5.10.1/path-percent-is-data")
class DecodesSegments(Rules):
    """Percent-encoding in a segment is decoded."""

    def looked_up(self, path: Path) -> Path:
        return tuple(unquote_to_bytes(segment) for segment in path)


@mutant("rfc7252/5.10.1/path-empty-segment")
class DropsEmptySegments(Rules):
    """Empty segments are left out."""

    def looked_up(self, path: Path) -> Path:
        return tuple(segment for segment in path if segment)


@mutant("rfc7252/6.3/path-case")
class IgnoresCase(Rules):
    """Paths are compared without regard to case."""

    def looked_up(self, path: Path) -> Path:
        return tuple(segment.lower() for segment in path)


@mutant("rfc7252/5.10.1/query-arguments")
class SplitsQuery(Rules):
    """An ampersand inside an argument separates."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if path_of(request) == (b"query",):
            reply.payload = reply.payload.replace(b"&", b"\n")
        return reply


@mutant("rfc7252/5.10.3/format-unsupported")
class CallsFormatBad(Rules):
    """An unsupported Content-Format gives 4.00."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        return Reply(m.BAD_REQUEST) if reply.code == m.UNSUPPORTED_FORMAT else reply


class IgnoresAccept(Rules):
    """Sends what there is, whatever Accept says, from one resource."""

    path: Path

    def acceptable(self, request: Message, formats: tuple[int, ...]) -> bool:
        return path_of(request) == self.path or super().acceptable(request, formats)


@mutant("rfc7252/5.10.4/not-acceptable")
class IgnoresAcceptOfText(IgnoresAccept):
    """Accept is ignored by a resource that has plain text."""

    path = TEST


@mutant("rfc7252/5.10.4/discovery-not-acceptable")
class IgnoresAcceptOfDiscovery(IgnoresAccept):
    """Accept is ignored by discovery."""

    path = CORE


@mutant("rfc7252/5.10.4/accept-met")
class RefusesEveryAccept(Rules):
    """A resource that has plain text gives 4.06 to every Accept."""

    def acceptable(self, request: Message, formats: tuple[int, ...]) -> bool:
        return not (path_of(request) == TEST and request.has(m.ACCEPT)) and super().acceptable(
            request, formats
        )


@mutant("rfc7252/5.10.4/accept-chooses")
class PrefersText(Rules):
    """Of two formats the text always comes."""

    def chosen_format(self, accept: int | None) -> int:
        return m.TEXT_PLAIN


@mutant("rfc6690/4/content-format")
class CallsLinksText(Rules):
    """Discovery says that it is plain text."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        if path_of(request) == CORE and reply.code == m.CONTENT:
            return reply.without(m.CONTENT_FORMAT).plus(m.CONTENT_FORMAT, b"")
        return reply


class Lists(Rules):
    """Describes one resource of discovery in another way than the correct server."""

    href: str
    shown: Link

    def listed(self, links: list[Link]) -> list[Link]:
        return [self.shown if link.href == self.href else link for link in links]


@mutant("rfc6690/2/link-format")
class ListsRelativePath(Lists):
    """A target does not begin with a slash."""

    href, shown = "/query", Link("query")


@mutant("rfc6690/3/attributes-once")
class ListsTypeTwice(Lists):
    """A link has two rt attributes."""

    href = "/link3"
    shown = Link("/link3", (("rt", "Type1 Type3"), ("rt", "Type1 Type3"), ("if", "foo")))


@mutant("rfc6690/3.3/size")
class ListsSizeInWords(Lists):
    """sz is not a plain number."""

    href, shown = "/large", Link("/large", (("sz", "1600 bytes"),))


@mutant("rfc7252/7.2.1/ct-values")
class ListsFormatByName(Lists):
    """ct is the name of a format."""

    href, shown = "/path", Link("/path", (("ct", "link-format"),))


class Filters(Rules):
    """Goes wrong with one filter."""

    name: str
    wanted: str | None = None

    def concerns(self, name: str, wanted: str) -> bool:
        return name == self.name and self.wanted in (None, wanted)

    def other(self, links: list[Link]) -> list[Link]:
        """What it gives in place of the links that match."""
        return []

    def filtered(self, links: list[Link], name: str, wanted: str) -> list[Link]:
        wrong = self.concerns(name, wanted)
        return self.other(links) if wrong else super().filtered(links, name, wanted)


@mutant("rfc6690/4.1/filter-rt")
class FiltersTypeByPrefix(Filters):
    """A resource type is compared by its first letters."""

    name, wanted = "rt", "Type1"

    def other(self, links: list[Link]) -> list[Link]:
        return super(Filters, self).filtered(links, "rt", "Type*")


@mutant("rfc6690/4.1/filter-rt-among-several")
class FiltersByFirstType(Filters):
    """Of several resource types the first alone is looked at."""

    name, wanted = "rt", "Type2"

    def other(self, links: list[Link]) -> list[Link]:
        return super(Filters, self).filtered(links, "rt", "Type2 *")


@mutant("rfc6690/4.1/filter-rt-any")
class FiltersByStar(Filters):
    """The filter rt=* looks for a type that is called a star."""

    name, wanted = "rt", "*"


@mutant("rfc6690/4.1/filter-if-prefix")
class FiltersInterfaceWhole(Filters):
    """A filter by a prefix of an interface finds nothing."""

    name = "if"


@mutant("rfc6690/4.1/filter-sz-any")
class FiltersNoSize(Filters):
    """The filter sz=* finds nothing."""

    name = "sz"


@mutant("rfc6690/4.1/filter-href")
class FiltersNoTarget(Filters):
    """A filter by target finds nothing."""

    name = "href"

    def concerns(self, name: str, wanted: str) -> bool:
        return name == "href" and not wanted.endswith("*")


@mutant("rfc6690/4.1/filter-href-prefix")
class FiltersTargetWhole(Filters):
    """A filter by a prefix of a target finds nothing."""

    name = "href"

    def concerns(self, name: str, wanted: str) -> bool:
        return name == "href" and wanted.endswith("*")


@mutant("rfc6690/4.1/filter-without-match")
class FiltersSomething(Filters):
    """When no link matches, the first one is given."""

    name = "rt"

    def concerns(self, name: str, wanted: str) -> bool:
        return name == "rt" and wanted.startswith("no-such-type")

    def other(self, links: list[Link]) -> list[Link]:
        return links[:1]
