"""RFC 7252 sections 5.7.2, 5.10.1 to 5.10.4 and 6: which resource, where, in which format."""

from __future__ import annotations

from ..case import case
from ..handle import Peer
from ..message import (
    ACCEPT,
    BAD_GATEWAY,
    BAD_OPTION,
    CONTENT,
    CONTENT_FORMAT,
    GATEWAY_TIMEOUT,
    GET,
    NO_PROXYING,
    NOT_ACCEPTABLE,
    PROXY_SCHEME,
    PROXY_URI,
    PUT,
    TEXT_PLAIN,
    UNSUPPORTED_FORMAT,
    URI_HOST,
    URI_PATH,
    URI_PORT,
    URI_QUERY,
    XML,
    Message,
    uint,
)
from .shared import (
    CORE,
    UNKNOWN_FORMAT,
    Options,
    dotted,
    is_error,
    is_success,
    known_text,
    readable,
)

ELSEWHERE = "proxy-target.invalid"  # RFC 6761: a name that is never resolved


def not_proxied(peer: Peer, answer: Message, what: str) -> None:
    if answer.code in (BAD_GATEWAY, GATEWAY_TIMEOUT):
        peer.skip(f"the peer is a proxy: got {answer}")
    peer.check(answer.code == NO_PROXYING, f"{what}: expected 5.05; got {answer}")


@case(
    "rfc7252/5.7.2/proxy-uri",
    level="MUST",
    rfc="RFC 7252 sections 5.7.2 and 5.10.2",
    rows=("R7252-84", "R7252-99"),
    title="A Proxy-Uri for somewhere else is answered with 5.05 by what is no proxy",
)
async def proxy_uri(peer: Peer) -> None:
    """Who does not forward says so with 5.05, not with 4.02, and does not serve a resource of its
    own in place of the other one. A peer that is a proxy is left out."""
    uri = f"coap://{ELSEWHERE}/test".encode()
    answer = await peer.ask(GET, "/", options=((PROXY_URI, uri),))
    not_proxied(peer, answer, f"a GET with Proxy-Uri {uri.decode()}")


@case(
    "rfc7252/5.7.2/proxy-scheme",
    level="MUST",
    rfc="RFC 7252 sections 5.7.2 and 5.10.2",
    rows=("R7252-84",),
    title="A Proxy-Scheme for somewhere else is answered with 5.05 by what is no proxy",
)
async def proxy_scheme(peer: Peer) -> None:
    """The same request in parts: scheme and host as options of their own."""
    options = ((URI_HOST, ELSEWHERE.encode()), (PROXY_SCHEME, b"coap"))
    answer = await peer.ask(GET, peer.target.probe_path, options=options)
    not_proxied(peer, answer, f"a GET with Proxy-Scheme coap and Uri-Host {ELSEWHERE}")


@case(
    "rfc7252/5.10.1/uri-port-own",
    level="INTEROP",
    rfc="RFC 7252 section 5.10.1",
    rows=("R7252-97",),
    title="Uri-Port with the peer's own port changes nothing",
)
async def uri_port_own(peer: Peer) -> None:
    """The default, written out: a client should leave it away, and a server should not mind."""
    path, plain = await readable(peer)
    options = ((URI_PORT, uint(peer.target.address.port)),)
    answer = await peer.ask(GET, path, options=options)
    peer.check_should(
        answer.code == plain.code,
        f"a GET with the peer's own Uri-Port: expected {dotted(plain)} as without it; got {answer}",
    )


@case(
    "rfc7252/5.10.1/uri-host-own",
    level="INTEROP",
    rfc="RFC 7252 section 5.10.1",
    rows=("R7252-97",),
    title="Uri-Host with the peer's own address changes nothing",
)
async def uri_host_own(peer: Peer) -> None:
    """The default of Uri-Host is the address as a literal."""
    path, plain = await readable(peer)
    host = peer.target.address.host
    literal = f"[{host}]" if ":" in host else host
    answer = await peer.ask(GET, path, options=((URI_HOST, literal.encode()),))
    peer.check_should(
        answer.code == plain.code,
        f"a GET with Uri-Host {literal}: expected {dotted(plain)} as without it; got {answer}",
    )


@case(
    "rfc7252/5.10.1/path-segments",
    level="MUST",
    rfc="RFC 7252 section 5.10.1",
    rows=("R7252-97",),
    title="A path of several segments is several Uri-Path options",
    requires=("resource:segments",),
)
async def path_segments(peer: Peer) -> None:
    """The plugtest's resource with three segments is read, and all three count: without the last
    one, and with them in another order, it is not the same resource."""
    path = peer.resource("segments")
    answer = await peer.ask(GET, path)
    peer.check(answer.code == CONTENT, f"GET {path}: expected 2.05; got {answer}")
    segments = path.strip("/").split("/")
    for other in (segments[:-1], segments[::-1]):
        where = "/" + "/".join(other)
        wrong = await peer.ask(GET, where)
        peer.check(
            is_error(wrong) or wrong.payload != answer.payload,
            f"GET {where}: expected another answer than for {path}; got {wrong}",
        )


def segments_of(peer: Peer) -> list[bytes]:
    return [s.encode() for s in peer.resource("segments").strip("/").split("/")]


async def other_path(peer: Peer, segments: list[bytes], what: str) -> None:
    """Paths that are not the resource's. Nothing forbids a server to serve them alike, so finding
    the resource there is a warning."""
    plain = await peer.ask(GET, peer.resource("segments"))
    if plain.code != CONTENT:
        peer.skip(f"the resource with three segments cannot be read: got {plain}")
    options: Options = tuple((URI_PATH, s) for s in segments)
    answer = await peer.ask(GET, "/", options=options)
    peer.check_should(
        is_error(answer) or answer.payload != plain.payload,
        f"{what}: expected it not to be {peer.resource('segments')}; got {answer}",
    )


@case(
    "rfc7252/5.10.1/path-slash-is-data",
    level="INTEROP",
    rfc="RFC 7252 sections 5.10.1 and 6.5",
    rows=("R7252-97",),
    title="A slash inside a Uri-Path is not a separator",
    requires=("resource:segments",),
)
async def path_slash_is_data(peer: Peer) -> None:
    """One option is one segment, so the three names in one option are another path: its URI has
    %2F in it."""
    joined = b"/".join(segments_of(peer))
    await other_path(peer, [joined], f"one Uri-Path {joined.decode()!r}")


@case(
    "rfc7252/5.10.1/path-percent-is-data",
    level="INTEROP",
    rfc="RFC 7252 section 5.10.1",
    rows=("R7252-97",),
    title="A percent sign in a Uri-Path is not decoded",
    requires=("resource:segments",),
)
async def path_percent_is_data(peer: Peer) -> None:
    """Percent-encoding ends where the URI is taken apart; in an option it would be data."""
    first, *others = segments_of(peer)
    encoded = f"%{first[0]:02X}".encode() + first[1:]
    await other_path(peer, [encoded, *others], f"a Uri-Path {encoded.decode()!r}")


@case(
    "rfc7252/5.10.1/path-empty-segment",
    level="INTEROP",
    rfc="RFC 7252 sections 5.10.1 and 6.4, corrections draft on section 6.4",
    rows=("R7252-97",),
    title="An empty Uri-Path is a segment",
    requires=("resource:segments",),
)
async def path_empty_segment(peer: Peer) -> None:
    """/a//b is another path than /a/b, and so is /a/b/."""
    first, *others = segments_of(peer)
    await other_path(peer, [first, b"", *others], "an empty Uri-Path in the middle")
    await other_path(peer, [first, *others, b""], "an empty Uri-Path at the end")


@case(
    "rfc7252/6.3/path-case",
    level="INTEROP",
    rfc="RFC 7252 section 6.3",
    rows=("R7252-97",),
    title="Paths are compared with regard to upper and lower case",
    requires=("resource:segments",),
)
async def path_case(peer: Peer) -> None:
    """Only scheme and host are compared without regard to it."""
    upper = [s.upper() for s in segments_of(peer)]
    if upper == segments_of(peer):
        peer.skip("the resource's path has no lower case")
    await other_path(peer, upper, f"the path in upper case, /{b'/'.join(upper).decode()}")


@case(
    "rfc7252/5.10.1/query-arguments",
    level="INTEROP",
    rfc="RFC 7252 section 5.10.1",
    rows=("R7252-98",),
    title="A Uri-Query is one argument, whatever characters it has",
    requires=("resource:query",),
)
async def query_arguments(peer: Peer) -> None:
    """Ampersands, equals signs and letters beyond ASCII are data. Judged where the resource tells
    its arguments in its answer."""
    path = peer.resource("query")
    plain = await peer.ask(GET, path, options=((URI_QUERY, b"first=1"), (URI_QUERY, b"second=2")))
    peer.check_should(
        is_success(plain), f"GET {path} with two arguments: expected 2.05; got {plain}"
    )
    if b"first=1" not in plain.payload or b"second=2" not in plain.payload:
        peer.skip("the resource does not tell its arguments")
    odd = "both=a&b=\u00e9%41"
    answer = await peer.ask(GET, path, options=((URI_QUERY, odd.encode()),))
    peer.check_should(
        odd.encode() in answer.payload,
        f"GET {path} with the argument {odd!r}: expected it in the answer as it is; got {answer}",
    )


@case(
    "rfc7252/5.10.3/format-unsupported",
    level="INTEROP",
    rfc="RFC 7252 sections 5.10.3 and 5.9.2.10",
    rows=("R7252-102",),
    title="A PUT in a format that the resource does not take is answered with 4.15",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def format_unsupported(peer: Peer) -> None:
    """A resource that takes every format is left out; the old text is put back."""
    path = peer.resource("test")
    options = ((CONTENT_FORMAT, uint(UNKNOWN_FORMAT)),)
    async with known_text(peer, path) as before:
        answer = await peer.ask(PUT, path, payload=before, options=options)
    if is_success(answer):
        peer.skip(f"the resource takes format {UNKNOWN_FORMAT}: got {answer}")
    peer.check_should(
        answer.code == UNSUPPORTED_FORMAT,
        f"a PUT in format {UNKNOWN_FORMAT}: expected 4.15; got {answer}",
    )


def not_acceptable(peer: Peer, answer: Message, path: str) -> None:
    """The verdict on an answer to an Accept that cannot be met (5.10.4)."""
    what = f"GET {path} with Accept {UNKNOWN_FORMAT}"
    if is_error(answer):
        peer.check_should(
            answer.code in (NOT_ACCEPTABLE, BAD_OPTION), f"{what}: expected 4.06; got {answer}"
        )
        return
    if is_success(answer) and not answer.has(CONTENT_FORMAT):
        peer.warn(f"{what}: expected 4.06; got an answer without a Content-Format: {answer}")
        return
    peer.check(
        answer.uint(CONTENT_FORMAT) == UNKNOWN_FORMAT, f"{what}: expected 4.06; got {answer}"
    )


@case(
    "rfc7252/5.10.4/not-acceptable",
    level="MUST",
    rfc="RFC 7252 section 5.10.4",
    rows=("R7252-103",),
    title="An Accept that the resource cannot meet gives 4.06",
    exclusive=("resource:test",),
)
async def accept_not_met(peer: Peer) -> None:
    """The format asked for is an experimental one. Sending another than was asked for is a failure;
    another error than 4.06 may go first. 4.02 is what a server says that does not know Accept."""
    path, _ = await readable(peer)
    answer = await peer.ask(GET, path, options=((ACCEPT, uint(UNKNOWN_FORMAT)),))
    not_acceptable(peer, answer, path)


@case(
    "rfc7252/5.10.4/discovery-not-acceptable",
    level="MUST",
    rfc="RFC 7252 section 5.10.4",
    rows=("R7252-103",),
    title="An Accept that discovery cannot meet gives 4.06",
    requires=("feature:discovery",),
)
async def discovery_not_acceptable(peer: Peer) -> None:
    """Discovery is often served by the library itself; the rule is the same."""
    answer = await peer.ask(GET, CORE, options=((ACCEPT, uint(UNKNOWN_FORMAT)),))
    not_acceptable(peer, answer, CORE)


@case(
    "rfc7252/5.10.4/accept-met",
    level="MUST",
    rfc="RFC 7252 section 5.10.4",
    rows=("R7252-103", "R7252-104"),
    title="An Accept of the format that a resource has gives that format",
    exclusive=("resource:test",),
)
async def accept_met(peer: Peer) -> None:
    """What the resource says its format is, is asked for."""
    path, plain = await readable(peer)
    if not plain.has(CONTENT_FORMAT):
        path, plain = CORE, await peer.ask(GET, CORE)
    wanted = plain.uint(CONTENT_FORMAT)
    if wanted is None:
        peer.skip("no resource says its Content-Format")
    answer = await peer.ask(GET, path, options=((ACCEPT, uint(wanted)),))
    if answer.code == BAD_OPTION:
        peer.skip(f"the peer does not know Accept: got {answer}")
    peer.check(
        answer.code == plain.code and answer.uint(CONTENT_FORMAT) == wanted,
        f"GET {path} with Accept {wanted}: expected {dotted(plain)} in that format; got {answer}",
    )


@case(
    "rfc7252/5.10.4/accept-chooses",
    level="MUST",
    rfc="RFC 7252 sections 5.5.4 and 5.10.4",
    rows=("R7252-104",),
    title="Accept chooses between the formats of a resource",
    requires=("resource:multi-format",),
)
async def accept_chooses(peer: Peer) -> None:
    """The plugtest's resource has plain text and XML. Each is asked for and has to come."""
    path = peer.resource("multi-format")
    for wanted in (TEXT_PLAIN, XML):
        answer = await peer.ask(GET, path, options=((ACCEPT, uint(wanted)),))
        peer.check(
            answer.code == CONTENT and answer.uint(CONTENT_FORMAT) == wanted,
            f"GET {path} with Accept {wanted}: expected 2.05 in that format; got {answer}",
        )
