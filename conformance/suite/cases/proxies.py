"""Proxies: RFC 7252 sections 5.7 and 5.10.2, RFC 8768. The peer is the proxy; the runner is its
client and the origin server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..case import case
from ..message import (
    BAD_GATEWAY,
    BAD_OPTION,
    CONTENT,
    HOP_LIMIT,
    NOT_FOUND,
    PROXY_SCHEME,
    PROXY_URI,
    URI_HOST,
    URI_PATH,
    URI_PORT,
    URI_QUERY,
    code,
    uint,
)
from ..proxy_handle import ProxyPeer

# Options that nobody has registered, for experiments (RFC 7252 12.2), all of them elective.
SAFE, UNSAFE = 65000, 65002
HOP_LIMIT_REACHED = code("5.08")
DEFAULT_HOPS = 16
Body = Callable[[ProxyPeer], Awaitable[None]]


def proxy_case(id: str, *, rfc: str, rows: tuple[str, ...], title: str) -> Callable[[Body], Body]:
    """Declares a case about proxies, on what each of them must do."""
    return case(id, role="middle", level="MUST", rfc=rfc, rows=rows, title=title)


@proxy_case(
    "rfc7252/5.7.2/relayed",
    rfc="RFC 7252 sections 5.7.2 and 5.10.2",
    rows=("R7252-125",),
    title="A request with Proxy-Uri reaches the origin, and its answer the client",
)
async def relayed(peer: ProxyPeer) -> None:
    """The origin gets the path and the query in options of their own, for it is no proxy; the
    client gets the origin's code and payload."""
    request, answer = await peer.relayed("/a/b?c=d")
    peer.check(not request.has(PROXY_URI) and not request.has(PROXY_SCHEME),
               f"expected no Proxy-Uri and no Proxy-Scheme at the origin; got {request}")
    peer.check(request.all(URI_PATH) == [b"a", b"b"] and request.all(URI_QUERY) == [b"c=d"],
               f"expected /a/b?c=d at the origin; got {request}")
    peer.check(answer.code == CONTENT and answer.payload == b"from the origin",
               f"expected 2.05 with the origin's payload; got {answer}")


@proxy_case(
    "rfc7252/5.7.1/error-relayed",
    rfc="RFC 7252 section 5.7.1",
    rows=("R7252-126",),
    title="An error of the origin's reaches the client",
)
async def error_relayed(peer: ProxyPeer) -> None:
    """A proxy answers for itself only where it cannot get an answer."""
    _, answer = await peer.relayed(answer=(NOT_FOUND, (), b""))
    peer.check(answer.code == NOT_FOUND, f"the origin said 4.04; the client got {answer}")


@proxy_case(
    "rfc7252/5.10.2/proxy-uri-first",
    rfc="RFC 7252 section 5.10.2",
    rows=("R7252-100",),
    title="Proxy-Uri goes before Uri-Host, Uri-Port, Uri-Path and Uri-Query",
)
async def proxy_uri_first(peer: ProxyPeer) -> None:
    """The request names another path as well, which has to stay out of account."""
    request, _ = await peer.relayed(
        "/right", options=((URI_PATH, b"wrong"), (URI_QUERY, b"wrong=1")))
    peer.check(request.all(URI_PATH) == [b"right"] and not request.has(URI_QUERY),
               f"expected /right at the origin; got {request}")


@proxy_case(
    "rfc7252/5.10.2/proxy-scheme",
    rfc="RFC 7252 section 5.10.2",
    rows=("R7252-127",),
    title="A request with Proxy-Scheme reaches the origin that Uri-Host and Uri-Port name",
)
async def proxy_scheme(peer: ProxyPeer) -> None:
    """The URI is put together from the options, with Proxy-Scheme for its scheme."""
    host = peer.target.address.host.encode()
    request, answer = await peer.relayed(proxied=False, options=(
        (PROXY_SCHEME, b"coap"), (URI_HOST, host), (URI_PORT, uint(peer.origin_port)),
        (URI_PATH, b"a")))
    peer.check(not request.has(PROXY_SCHEME) and request.all(URI_PATH) == [b"a"],
               f"expected /a at the origin, and no Proxy-Scheme; got {request}")
    peer.check(answer.code == CONTENT, f"expected 2.05; got {answer}")


@proxy_case(
    "rfc7252/5.7.1/unsafe-request",
    rfc="RFC 7252 section 5.7.1",
    rows=("R7252-80",),
    title="An unknown option that is Unsafe to forward ends a request with 4.02",
)
async def unsafe_request(peer: ProxyPeer) -> None:
    """Unsafe options may mean something to the proxy; one it does not know it cannot heed."""
    passage = await peer.through(options=((UNSAFE, b"x"),))
    answer = await peer.response_of(passage.exchange)
    peer.check(not passage.arrived, f"a request with the Unsafe option {UNSAFE}: expected it not "
               f"to be forwarded; the origin got {passage.arrived[:1] and passage.arrived[0]}")
    peer.check(answer.code == BAD_OPTION,
               f"a request with the Unsafe option {UNSAFE}: expected 4.02; got {answer}")


@proxy_case(
    "rfc7252/5.7.1/safe-request",
    rfc="RFC 7252 section 5.7.1",
    rows=("R7252-81",),
    title="An unknown option that is Safe-to-Forward is forwarded with a request",
)
async def safe_request(peer: ProxyPeer) -> None:
    """So that end points can agree on options that no proxy between has heard of."""
    request, _ = await peer.relayed(options=((SAFE, b"x"),))
    peer.check(request.all(SAFE) == [b"x"],
               f"expected option {SAFE} at the origin; got {request}")


@proxy_case(
    "rfc7252/5.7.1/safe-response",
    rfc="RFC 7252 section 5.7.1",
    rows=("R7252-81",),
    title="An unknown option that is Safe-to-Forward is forwarded with a response",
)
async def safe_response(peer: ProxyPeer) -> None:
    """As with a request, the other way."""
    _, answer = await peer.relayed(answer=(CONTENT, ((SAFE, b"y"),), b"text"))
    peer.check(answer.all(SAFE) == [b"y"], f"expected option {SAFE} in the response; got {answer}")


@proxy_case(
    "rfc7252/5.7.1/unsafe-response",
    rfc="RFC 7252 section 5.7.1",
    rows=("R7252-82",),
    title="An unknown option that is Unsafe to forward ends a response with 5.02",
)
async def unsafe_response(peer: ProxyPeer) -> None:
    """The client must not get what the proxy could not heed, nor the answer without it."""
    _, answer = await peer.relayed(answer=(CONTENT, ((UNSAFE, b"y"),), b"text"))
    peer.check(answer.code == BAD_GATEWAY,
               f"a response with the Unsafe option {UNSAFE}: expected 5.02; got {answer}")


@proxy_case(
    "rfc8768/3/hop-limit-less",
    rfc="RFC 8768 section 3",
    rows=("R8768-02",),
    title="A request is forwarded with one hop less",
)
async def hop_limit_less(peer: ProxyPeer) -> None:
    """A proxy without RFC 8768 forwards the option as it is, for it is Safe-to-Forward: a warning,
    as nobody has to know it."""
    request, _ = await peer.relayed(options=((HOP_LIMIT, uint(5)),))
    if request.uint(HOP_LIMIT) == 5:
        peer.warn("Hop-Limit 5 was forwarded as it is: the proxy does not know the option")
        return
    peer.check(request.all(HOP_LIMIT) == [uint(4)],
               f"Hop-Limit 5: expected 4 at the origin; got {request}")


@proxy_case(
    "rfc8768/3/hop-limit-reached",
    rfc="RFC 8768 section 3",
    rows=("R8768-02",),
    title="A request for its last hop is answered with 5.08, and not forwarded",
)
async def hop_limit_reached(peer: ProxyPeer) -> None:
    """That ends loops of proxies. One that does not know the option forwards it as it is."""
    passage = await peer.through(options=((HOP_LIMIT, uint(1)),))
    answer = await peer.response_of(passage.exchange)
    if passage.arrived and passage.arrived[0].uint(HOP_LIMIT) == 1:
        peer.warn("Hop-Limit 1 was forwarded as it is: the proxy does not know the option")
        return
    peer.check(not passage.arrived, f"Hop-Limit 1: expected no request at the origin; got "
               f"{passage.arrived[:1] and passage.arrived[0]}")
    peer.check(answer.code == HOP_LIMIT_REACHED, f"Hop-Limit 1: expected 5.08; got {answer}")


@proxy_case(
    "rfc8768/3/hop-limit-inserted",
    rfc="RFC 8768 section 3",
    rows=("R8768-04",),
    title="A Hop-Limit that a proxy puts in is 16",
)
async def hop_limit_inserted(peer: ProxyPeer) -> None:
    """It may put one into a request that has none; without configuration it is 16."""
    request, _ = await peer.relayed()
    peer.check_should(request.uint(HOP_LIMIT) in (None, DEFAULT_HOPS),
                      f"a Hop-Limit was put in: expected {DEFAULT_HOPS}; got {request}")
