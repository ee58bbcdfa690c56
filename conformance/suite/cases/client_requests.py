"""Clients and what they ask for: options from a URI, and extensions of requests (RFC 7252 sections
5.4, 5.10 and 6.4, RFC 8516, RFC 8974, RFC 9175)."""

from __future__ import annotations

from ..client_udp import HOST, UdpClientPeer, fresh, resolves
from ..message import (
    ECHO,
    GET,
    MAX_AGE,
    OPTIONS,
    UNAUTHORIZED,
    URI_HOST,
    URI_PATH,
    URI_PORT,
    URI_QUERY,
    Message,
    code,
    uint,
)
from .client_shared import GIVES_UP, PUTS, TOKENS, client_case, take_upload

LOCALHOST = "localhost"
LONG_TOKEN, LONGER_TOKEN = "extended-token", "x" * 300  # past 8 bytes, past 269
FEW_SECONDS = 30  # that a server asks a client to wait
BODY = bytes(range(65, 91)) * 100


async def expect_options(client: UdpClientPeer, uri: str, number: int, values: list[bytes]) -> None:
    """The options of that number in the request for a path and query."""
    request = await client.first_request(path=uri)
    found = request.all(number)
    client.check(found == values, f"for the URI ...{uri}: expected {OPTIONS[number].name} "
                 f"{values}; got {found}")


@client_case("rfc7252/5.4.5/client-options-once", level="MUST", rfc="RFC 7252 section 5.4.5",
             rows=("R7252-74", "R7959-26", "R7959-02"), requires=PUTS,
             title="A client repeats no option that may not be repeated")
async def options_once(client: UdpClientPeer) -> None:
    """In none of the requests of an upload, which has the most of them."""
    async with client.given("put", path="/test?a=1", body=BODY, size=256) as talk:
        requests = await take_upload(client, talk)
    for request in requests:
        for number in {n for n, _ in request.options}:
            info = OPTIONS.get(number)
            client.check(not info or info.repeatable or len(request.all(number)) == 1,
                         f"expected one option {number}; got {request}")


@client_case("rfc7252/5.10.1/client-dot-segments", level="MUST",
             rfc="RFC 7252 sections 5.10.1 and 6.4", rows=("R7252-96",),
             title="A client resolves a path before it divides it: no Uri-Path option has dots "
                   "alone")
async def dot_segments(client: UdpClientPeer) -> None:
    """The URI is resolved first: what is left names the resource."""
    await expect_options(client, "/a/./b/../c", URI_PATH, [b"a", b"c"])


@client_case("rfc7252/6.4/client-path", level="DEF", rfc="RFC 7252 section 6.4",
             rows=("R7252-112",),
             title="Each segment of a URI's path is a Uri-Path option, with escapes decoded")
async def path(client: UdpClientPeer) -> None:
    """Spaces and letters beyond ASCII go as they are, in UTF-8."""
    await expect_options(client, "/a%20b/%C3%A9/c", URI_PATH, [b"a b", "é".encode(), b"c"])


@client_case("rfc7252/6.4/client-escaped-slash", level="DEF", rfc="RFC 7252 section 6.4",
             rows=("R7252-112",),
             title="An escaped slash or ampersand in a URI divides nothing")
async def escaped_slash(client: UdpClientPeer) -> None:
    """It is decoded after the path was divided."""
    await expect_options(client, "/a%2Fb/c", URI_PATH, [b"a/b", b"c"])


@client_case("rfc7252/6.4/client-query", level="DEF", rfc="RFC 7252 section 6.4",
             rows=("R7252-112",),
             title="Each argument of a URI's query is a Uri-Query option, with escapes decoded")
async def query(client: UdpClientPeer) -> None:
    """Divided at the ampersands, not at an escaped one."""
    await expect_options(client, "/query?first=1&b=%26%20&c", URI_QUERY,
                         [b"first=1", b"b=& ", b"c"])


@client_case("rfc7252/6.4/client-root", level="DEF", rfc="RFC 7252 section 6.4",
             rows=("R7252-112",),
             title="For the path / a client sends no Uri-Path option")
async def root(client: UdpClientPeer) -> None:
    """Nor for a URI that has no path."""
    for uri in ("/", ""):
        await expect_options(client, uri, URI_PATH, [])


@client_case("rfc7252/6.4/client-trailing-slash", level="DEF", rfc="RFC 7252 section 6.4",
             rows=("R7252-112",),
             title="A slash at the end of a URI's path is an empty Uri-Path option")
async def trailing_slash(client: UdpClientPeer) -> None:
    """/a/ is another resource than /a."""
    await expect_options(client, "/a/", URI_PATH, [b"a", b""])


@client_case("rfc7252/6.4/client-host-literal", level="SHOULD",
             rfc="RFC 7252 sections 6.4 and 5.4.4", rows=("R7252-112",),
             title="A client sends no Uri-Host option for the address that it sends to")
async def host_literal(client: UdpClientPeer) -> None:
    """It is the default."""
    request = await client.first_request()
    client.check_should(not request.has(URI_HOST),
                        f"for a URI with {HOST}: expected no Uri-Host; got {request}")


@client_case("rfc7252/6.4/client-port", level="SHOULD", rfc="RFC 7252 sections 6.4 and 5.4.4",
             rows=("R7252-112",),
             title="A client sends no Uri-Port option for the port that it sends to")
async def port(client: UdpClientPeer) -> None:
    """It is the default, also when it is not 5683."""
    request = await client.first_request()
    client.check_should(not request.has(URI_PORT), "for a URI with the port that the request goes "
                        f"to: expected no Uri-Port; got {request}")


@client_case("rfc7252/6.4/client-host-name", level="DEF", rfc="RFC 7252 section 6.4",
             rows=("R7252-112",),
             title="A host's name in a URI is the Uri-Host option, in small letters")
async def host_name(client: UdpClientPeer) -> None:
    """A server may be several hosts, and knows by the name which one is meant."""
    if not resolves(LOCALHOST):
        client.skip(f"this machine does not know the name {LOCALHOST}")
    request = await client.first_request(host="LocalHost")
    client.check(request.first(URI_HOST) == LOCALHOST.encode(),
                 f"for a URI with LocalHost: expected Uri-Host {LOCALHOST!r}; got {request}")


@client_case("rfc8974/2.1/client-token", level="MUST", rfc="RFC 8974 section 2.1",
             rows=("R8974-01",), requires=TOKENS,
             title="A client matches a response by a token of more than 13 bytes")
async def long_token(client: UdpClientPeer) -> None:
    """The length of the token is in one more byte of the header, in both directions."""
    await expect_token(client, LONG_TOKEN)


@client_case("rfc8974/2.1/client-longer-token", level="MUST", rfc="RFC 8974 section 2.1",
             rows=("R8974-01",), requires=TOKENS,
             title="A client matches a response by a token of 300 bytes")
async def longer_token(client: UdpClientPeer) -> None:
    """The length of the token is in two more bytes of the header."""
    await expect_token(client, LONGER_TOKEN)


async def expect_token(client: UdpClientPeer, token: str) -> None:
    async with client.given("token", token=token) as talk:
        request = await talk.request("a GET")
        client.check(request.token == token.encode(), f"expected a token of {len(token)} bytes, "
                     f"{token[:20]}; got {request.token[:20]!r} ({len(request.token)} bytes)")
        right = fresh("right")
        talk.answer(request, right)
        await talk.expect_shown(right, f"a response with a token of {len(token)} bytes")


@client_case("rfc9175/2.3/client-echo", level="SHOULD", rfc="RFC 9175 section 2.3",
             rows=("R9175-03",),
             title="A client that gets 4.01 with an Echo option asks again with that option")
async def echo(client: UdpClientPeer) -> None:
    """The value comes back byte by byte; the response to that is delivered."""
    value = bytes(range(8))
    async with client.given() as talk:
        request = await talk.request("a GET")
        talk.answer(request, code=UNAUTHORIZED, options=((ECHO, value),))
        again = await talk.next_request(GIVES_UP)
        if again is None:
            client.warn("after 4.01 with Echo: expected the request again; nothing came")
            return
        client.check_should(again.first(ECHO) == value,
                            f"expected Echo 0x{value.hex()}; got {again}")
        client.check(again.code == GET and again.all(URI_PATH) == request.all(URI_PATH),
                     f"expected the same request again; got {again}")
        right = fresh("right")
        talk.answer(again, right)
        await talk.expect_shown(right, "the response after Echo")


@client_case("rfc8516/4/client-waits", level="SHOULD", rfc="RFC 8516 section 4",
             rows=("R8516-02",), slow=True,
             title="A client that gets 4.29 does not ask again before the time is over")
async def waits(client: UdpClientPeer) -> None:
    """The server has too many requests, and says by Max-Age how long to wait."""
    async with client.given() as talk:
        request = await talk.request("a GET")
        talk.answer(request, code=code("4.29"), options=((MAX_AGE, uint(FEW_SECONDS)),))
        again: Message | None = await talk.next_request(GIVES_UP)
        client.check_should(again is None or again.options != request.options,
                            f"after 4.29 with Max-Age {FEW_SECONDS}: expected no such request; "
                            f"got {again}")
