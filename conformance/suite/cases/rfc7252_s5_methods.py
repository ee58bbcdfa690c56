"""RFC 7252 sections 5.1, 5.5, 5.8 and 5.9: methods, payloads and response codes."""

from __future__ import annotations

import secrets

from ..case import case
from ..handle import Peer
from ..message import (
    CHANGED,
    CON,
    CONTENT,
    CONTENT_FORMAT,
    CREATED,
    DELETE,
    DELETED,
    FETCH,
    GET,
    LOCATION_PATH,
    LOCATION_QUERY,
    METHOD_NOT_ALLOWED,
    NON,
    NOT_FOUND,
    NOT_IMPLEMENTED,
    POST,
    VALID,
    Message,
)
from .rfc7252_s4_duplicates import counted, counter
from .shared import (
    CORE,
    TEXT,
    UNKNOWN_CRITICAL,
    absent,
    dotted,
    get_text,
    is_error,
    is_success,
    known_text,
    put,
    readable,
    unlikely_path,
)

UNKNOWN_METHOD = 0x1F  # 0.31: unassigned


@case(
    "rfc7252/5.1/get-safe",
    level="MUST",
    rfc="RFC 7252 section 5.1",
    rows=("R7252-42",),
    title="GET does nothing but retrieve",
    exclusive=("resource:test",),
)
async def get_safe(peer: Peer) -> None:
    """A resource counts its POSTs. Several GETs between two of them may not show in the count, nor
    change what the next GET retrieves."""
    path = counter(peer)
    before = await counted(peer, path)
    texts = set()
    for kind in (CON, NON, NON):
        answer = await peer.ask(GET, path, type=kind, token=secrets.token_bytes(6))
        texts.add(answer.payload)
    after = await counted(peer, path)
    peer.check(
        after == before + 1,
        f"three GETs between two POSTs: expected the count {before + 1} "
        f"after {before}; got {after}",
    )
    peer.check(len(texts) == 1, f"three GETs: expected the same text each time; got {texts}")


@case(
    "rfc7252/5.1/put-idempotent",
    level="MUST",
    rfc="RFC 7252 section 5.1",
    rows=("R7252-43",),
    title="A PUT twice leaves what it leaves once",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def put_idempotent(peer: Peer) -> None:
    """Two PUTs with one text, as two messages; read after each of them."""
    path = peer.resource("test")
    async with known_text(peer, path):
        await put(peer, path, b"said twice")
        once = await get_text(peer, path)
        await put(peer, path, b"said twice")
        twice = await get_text(peer, path)
    peer.check(
        once == twice, f"the same PUT twice: expected {once!r} as after the first; got {twice!r}"
    )


@case(
    "rfc7252/5.5/get-with-payload",
    level="MUST",
    rfc="RFC 7252 sections 5.1 and 5.5",
    rows=("R7252-75", "R7252-42"),
    title="A payload in a GET is ignored",
    exclusive=("resource:test",),
)
async def get_with_payload(peer: Peer) -> None:
    """GET defines no payload. One that is there changes neither the answer nor the resource."""
    path, plain = await readable(peer)
    answer = await peer.ask(GET, path, payload=b"not to be looked at")
    peer.check(
        answer.code == plain.code,
        f"a GET with a payload: expected {dotted(plain)} as without it; got {answer}",
    )
    after = await peer.ask(GET, path)
    peer.check(
        b"not to be looked at" not in after.payload,
        f"a GET with a payload: expected the resource to stay as it was; got {after}",
    )


@case(
    "rfc7252/5.8/unknown-method",
    level="MUST",
    rfc="RFC 7252 section 5.8, corrections draft on section 5.8",
    rows=("R7252-86",),
    title="An unknown method is answered with 4.05",
)
async def unknown_method(peer: Peer) -> None:
    """Method 0.31 is assigned to nothing. 5.01 is a warning: the working group's corrections expect
    it from servers that are not precise in their errors."""
    path, _ = await readable(peer)
    answer = await peer.ask(UNKNOWN_METHOD, path)
    if answer.code == NOT_IMPLEMENTED:
        peer.warn(f"method 0.31: expected 4.05; got {answer}")
        return
    peer.check(answer.code == METHOD_NOT_ALLOWED, f"method 0.31: expected 4.05; got {answer}")


@case(
    "rfc7252/5.8/unknown-method-piggybacked",
    level="MUST",
    rfc="RFC 7252 section 5.8",
    rows=("R7252-86",),
    title="The 4.05 for an unknown method in a Confirmable request is piggybacked",
)
async def unknown_method_piggybacked(peer: Peer) -> None:
    """Nothing has to be fetched for this answer, so the Acknowledgement carries it."""
    path, _ = await readable(peer)
    exchange = await peer.request(UNKNOWN_METHOD, path)
    if exchange.response is None or not is_error(exchange.response):
        peer.skip("method 0.31 is not answered with an error response")
    peer.check(
        not exchange.separate,
        "a Confirmable request with method 0.31: expected the answer "
        f"in the Acknowledgement; got {exchange.response}",
    )


@case(
    "rfc7252/5.8/unknown-method-non",
    level="MUST",
    rfc="RFC 7252 section 5.8, corrections draft on section 5.8",
    rows=("R7252-86",),
    title="An unknown method in a Non-confirmable request is answered with 4.05",
)
async def unknown_method_non(peer: Peer) -> None:
    """There is no Acknowledgement to carry it, so the 4.05 is a message of its own. The corrections
    allow it to be suppressed: silence is a warning, and so are 5.01 and a Reset."""
    path, _ = await readable(peer)
    exchange = await peer.request(UNKNOWN_METHOD, path, type=NON)
    if exchange.response is None:
        if not exchange.reset and not await peer.alive():
            await peer.missing("a 4.05")
        peer.warn(
            "method 0.31 in a Non-confirmable request: expected 4.05; got "
            + ("a Reset" if exchange.reset else "nothing")
        )
        return
    if exchange.response.code == NOT_IMPLEMENTED:
        peer.warn(f"method 0.31: expected 4.05; got {exchange.response}")
        return
    peer.check(
        exchange.response.code == METHOD_NOT_ALLOWED,
        f"method 0.31 in a Non-confirmable request: expected 4.05; got {exchange.response}",
    )


@case(
    "rfc8132/2/fetch-known-or-not-allowed",
    level="MUST",
    rfc="RFC 7252 section 5.8, RFC 8132 section 2",
    rows=("R8132-09", "R7252-86"),
    title="FETCH is served, or answered with 4.05",
)
async def fetch_known_or_not_allowed(peer: Peer) -> None:
    """A server without FETCH knows it as an unknown method. One with it may find fault with the
    body or its format, but it may not reject the message. 5.01 is a warning."""
    path, _ = await readable(peer)
    answer = await peer.ask(FETCH, path, payload=b"{}", options=(TEXT,))
    if answer.code == NOT_IMPLEMENTED:
        peer.warn(f"FETCH: expected to be served or 4.05; got {answer}")
        return
    peer.check(
        is_success(answer) or answer.code >> 5 == 4,
        f"FETCH: expected to be served, or an error of class 4 such as 4.05; got {answer}",
    )


@case(
    "rfc7252/5.8/method-not-allowed",
    level="INTEROP",
    rfc="RFC 7252 sections 5.8 and 5.9.2.6",
    rows=("R7252-87",),
    title="A method that a resource does not have is answered with 4.05",
    requires=("resource:segments",),
)
async def method_not_allowed(peer: Peer) -> None:
    """The plugtest's resource with three segments can only be read; a POST on it is not allowed."""
    answer = await peer.ask(POST, peer.resource("segments"), payload=b"x", options=(TEXT,))
    if is_success(answer):
        peer.skip(f"the resource takes POST: got {answer}")
    peer.check_should(
        answer.code == METHOD_NOT_ALLOWED,
        f"POST on a resource that is only read: expected 4.05; got {answer}",
    )


@case(
    "rfc7252/5.8.1/get-content",
    level="SHOULD",
    rfc="RFC 7252 section 5.8.1",
    rows=("R7252-88",),
    title="A GET of what exists is answered with 2.05",
)
async def get_content(peer: Peer) -> None:
    """2.05 or 2.03 is for success; without an ETag in the request, 2.03 says nothing."""
    answer = None
    paths = [peer.target.resources[r] for r in ("sub1", "segments") if r in peer.target.resources]
    for path in (*paths, peer.target.probe_path):
        answer = await peer.ask(GET, path)
        if not is_error(answer):
            break
    assert answer
    if is_error(answer):
        peer.skip(f"nothing to read: got {answer}")
    peer.check(answer.code != VALID, f"a GET without an ETag: expected 2.05; got {answer}")
    peer.check_should(answer.code == CONTENT, f"GET {path}: expected 2.05; got {answer}")


@case(
    "rfc7252/5.9.2.5/not-found",
    level="INTEROP",
    rfc="RFC 7252 section 5.9.2.5",
    rows=("R7252-94",),
    title="A GET of what does not exist is answered with 4.04",
)
async def not_found(peer: Peer) -> None:
    """The path is made up at random."""
    answer = await peer.ask(GET, unlikely_path())
    peer.check_should(
        answer.code == NOT_FOUND, f"a path that nobody has: expected 4.04; got {answer}"
    )


def location_of(answer: Message) -> str:
    return "/" + "/".join(v.decode(errors="replace") for v in answer.all(LOCATION_PATH))


@case(
    "rfc7252/5.8.2/post-code",
    level="SHOULD",
    rfc="RFC 7252 sections 5.8.2 and 5.9.1",
    rows=("R7252-89",),
    title="A successful POST is answered with 2.01, 2.04 or 2.02",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def post_code(peer: Peer) -> None:
    """2.01 is for what was created, 2.04 for what was not, 2.02 for what was deleted. 2.05 is the
    answer to a GET."""
    path = peer.target.resources.get("location-path") or peer.resource("test")
    answer = await peer.ask(POST, path, payload=b"for the code alone", options=(TEXT,))
    if is_error(answer):
        peer.skip(f"POST on {path} gives {dotted(answer)}")
    peer.check_should(
        answer.code in (CREATED, CHANGED, DELETED),
        f"POST on {path}: expected 2.01, 2.04 or 2.02; got {answer}",
    )
    if answer.has(LOCATION_PATH):
        await peer.ask(DELETE, location_of(answer))


@case(
    "rfc7252/5.8.2/post-location",
    level="SHOULD",
    rfc="RFC 7252 sections 5.8.2 and 5.10.7",
    rows=("R7252-89", "R7252-108"),
    title="A 2.01 for a POST says where the new resource is",
    requires=("resource:location-path",),
    exclusive=("resource:test",),
)
async def post_location(peer: Peer) -> None:
    """The location should be there, no segment of it may be a dot or two, and what is there can be
    read. The new resource is deleted in the end."""
    path = peer.resource("location-path")
    answer = await peer.ask(POST, path, payload=b"made by a test", options=(TEXT,))
    if answer.code != CREATED:
        await peer.ask(DELETE, "/location1/location2/location3")
        answer = await peer.ask(POST, path, payload=b"made by a test", options=(TEXT,))
    if answer.code != CREATED:
        peer.skip(f"POST on {path} creates nothing: got {answer}")
    for segment in answer.all(LOCATION_PATH):
        peer.check(segment not in (b".", b".."), f"expected no Location-Path of dots; got {answer}")
    if not answer.has(LOCATION_PATH) and not answer.has(LOCATION_QUERY):
        peer.warn(f"a 2.01 for a POST: expected its location; got {answer}")
        return
    made = await peer.ask(GET, location_of(answer))
    await peer.ask(DELETE, location_of(answer))
    peer.check_should(
        not is_error(made) or made.code == METHOD_NOT_ALLOWED,
        f"expected the new resource to be at {location_of(answer)}; got {made}",
    )


@case(
    "rfc7252/5.10.7/location-query",
    level="INTEROP",
    rfc="RFC 7252 section 5.10.7",
    rows=("R7252-89",),
    title="The plugtest's POST with a query in its location answers 2.01 with Location-Query",
    requires=("resource:location-query",),
)
async def location_query(peer: Peer) -> None:
    """One option for each argument of the new resource's query."""
    path = peer.resource("location-query")
    answer = await peer.ask(POST, path, payload=b"made by a test", options=(TEXT,))
    if is_error(answer):
        peer.skip(f"POST on {path} gives {dotted(answer)}")
    peer.check_should(
        answer.code == CREATED and answer.has(LOCATION_QUERY),
        f"POST on {path}: expected 2.01 with Location-Query; got {answer}",
    )


@case(
    "rfc7252/5.8.3/put-changed",
    level="SHOULD",
    rfc="RFC 7252 section 5.8.3",
    rows=("R7252-90",),
    title="A PUT on what exists is answered with 2.04 and changes it",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def put_changed(peer: Peer) -> None:
    """What was put should then be what is read; the old text is put back in the end."""
    path = peer.resource("test")
    async with known_text(peer, path):
        answer = await put(peer, path, b"put by a test")
        after = await get_text(peer, path)
    peer.check_should(answer.code == CHANGED, f"PUT on {path}: expected 2.04; got {answer}")
    peer.check_should(
        after == b"put by a test", f"PUT on {path}: expected to read what was put; got {after!r}"
    )


@case(
    "rfc7252/5.8.3/put-created",
    level="SHOULD",
    rfc="RFC 7252 sections 5.8.3 and 5.9.1.1",
    rows=("R7252-90",),
    title="A PUT that creates a resource is answered with 2.01",
    requires=("resource:create1",),
    exclusive=("resource:create1",),
)
async def put_created(peer: Peer) -> None:
    """The resource is deleted first, so that the PUT has to create it, and again in the end."""
    path = peer.resource("create1")
    async with absent(peer, path):
        answer = await put(peer, path, b"created by a test")
    peer.check_should(
        answer.code == CREATED, f"PUT on {path}, which did not exist: expected 2.01; got {answer}"
    )


@case(
    "rfc7252/5.8.4/delete-twice",
    level="SHOULD",
    rfc="RFC 7252 sections 5.1 and 5.8.4",
    rows=("R7252-91", "R7252-43"),
    title="A DELETE is answered with 2.02, also when nothing is left to delete",
    requires=("resource:create1",),
    exclusive=("resource:create1",),
)
async def delete_twice(peer: Peer) -> None:
    """DELETE is idempotent: it is done twice, and the resource is gone after both. A 4.04 for the
    second is a warning."""
    path = peer.resource("create1")
    await put(peer, path, b"not for long")
    for what in ("a resource that is there", "a resource that was just deleted"):
        answer = await peer.ask(DELETE, path)
        if answer.code == METHOD_NOT_ALLOWED and "just" not in what:
            peer.skip(f"{path} does not allow DELETE")
        peer.check_should(answer.code == DELETED, f"DELETE of {what}: expected 2.02; got {answer}")
        gone = await peer.ask(GET, path)
        peer.check(not is_success(gone), f"after DELETE: expected 4.04 for {path}; got {gone}")


@case(
    "rfc7252/5.5.2/diagnostic-utf8",
    level="MUST",
    rfc="RFC 7252 section 5.5.2",
    rows=("R7252-76",),
    title="Diagnostic payloads are UTF-8",
)
async def diagnostic_utf8(peer: Peer) -> None:
    """An error's payload without a Content-Format is a text for people. Errors are drawn out with a
    missing resource, an unknown method and a bad option."""
    for code, path, options in (
        (GET, unlikely_path(), ()),
        (UNKNOWN_METHOD, CORE, ()),
        (GET, unlikely_path() + "/\u00e9", ((UNKNOWN_CRITICAL, b"\xff\xfe"),)),
    ):
        exchange = await peer.request(code, path, options=options)
        answer = exchange.response
        if answer is None or not is_error(answer) or answer.has(CONTENT_FORMAT):
            continue
        try:
            answer.payload.decode("utf-8")
        except UnicodeDecodeError:
            peer.fail(f"expected a diagnostic payload in UTF-8; got {answer.payload.hex()}")
