"""RFC 7252 sections 5.9.1.3, 5.10.6 and 5.10.8: entity tags and conditional requests."""

from __future__ import annotations

from ..case import case
from ..handle import Peer
from ..message import (
    BAD_OPTION,
    CONTENT,
    DELETE,
    ETAG,
    GET,
    IF_MATCH,
    IF_NONE_MATCH,
    PRECONDITION_FAILED,
    PUT,
    VALID,
    Message,
)
from .shared import TEXT, Options, absent, get_text, is_success, known_text, put

OTHER_ETAG = b"\xc0\xff\xee\x00\x15\x90\x0d\x01"
UPDATE = b"an update that depends"


async def tagged(peer: Peer) -> tuple[str, bytes, Message]:
    """The resource with an entity tag, its tag now, and the answer it came in."""
    path = peer.resource("validate")
    answer = await peer.ask(GET, path)
    etag = answer.first(ETAG)
    if answer.code != CONTENT or etag is None:
        peer.skip(f"{path} gives no entity tag: got {answer}")
    return path, etag, answer


def not_performed(peer: Peer, answer: Message, what: str) -> None:
    """The verdict on an answer whose condition does not hold (5.10.8): 4.12. The options are
    critical, so a server that does not know them says 4.02, and nothing else keeps the promise."""
    if answer.code == BAD_OPTION:
        peer.skip(f"the peer does not know the option: got {answer}")
    peer.check(answer.code == PRECONDITION_FAILED, f"{what}: expected 4.12; got {answer}")


@case(
    "rfc7252/5.9.1.3/valid-form",
    level="MUST",
    rfc="RFC 7252 section 5.9.1.3",
    rows=("R7252-92",),
    title="A 2.03 has the entity tag and no payload",
    requires=("resource:validate",),
    exclusive=("resource:validate",),
)
async def valid_form(peer: Peer) -> None:
    """It confirms what the client has, so it names it and does not send it again."""
    path, etag, _ = await tagged(peer)
    answer = await peer.ask(GET, path, options=((ETAG, etag),))
    if answer.code != VALID:
        peer.skip(f"the peer does not validate: got {answer}")
    peer.check(answer.first(ETAG) == etag, f"a 2.03: expected the ETag {etag.hex()}; got {answer}")
    peer.check(not answer.payload, f"a 2.03: expected no payload; got {answer}")


@case(
    "rfc7252/5.10.6.2/etag-among-several",
    level="INTEROP",
    rfc="RFC 7252 section 5.10.6.2",
    rows=("R7252-107",),
    title="A GET with several entity tags, one of them current, is answered with 2.03",
    requires=("resource:validate",),
    exclusive=("resource:validate",),
)
async def etag_among_several(peer: Peer) -> None:
    """The server can send 2.03 in place of the content; a 2.05 is a warning. A 2.03 with another of
    the tags than the current one would be wrong."""
    path, etag, _ = await tagged(peer)
    answer = await peer.ask(GET, path, options=((ETAG, OTHER_ETAG), (ETAG, etag)))
    if answer.code == VALID:
        peer.check(
            answer.first(ETAG) == etag, f"a 2.03: expected the ETag {etag.hex()}; got {answer}"
        )
    peer.check_should(
        answer.code == VALID,
        f"a GET with the current ETag and another: expected 2.03; got {answer}",
    )


@case(
    "rfc7252/5.10.6.2/etag-not-current",
    level="MUST",
    rfc="RFC 7252 sections 5.9.1.3 and 5.10.6.2",
    rows=("R7252-107", "R7252-88"),
    title="A GET with an entity tag that is not current is answered with the content",
    requires=("resource:validate",),
    exclusive=("resource:validate",),
)
async def etag_not_current(peer: Peer) -> None:
    """2.03 would confirm what is not so. The tag differs from the current one in its last bit, or
    is one that the peer never gave."""
    path, etag, _ = await tagged(peer)
    for other in (OTHER_ETAG, etag[:-1] + bytes([etag[-1] ^ 1])):
        answer = await peer.ask(GET, path, options=((ETAG, other),))
        peer.check(
            answer.code == CONTENT,
            f"a GET with the ETag {other.hex()}, where {etag.hex()} "
            f"is current: expected 2.05; got {answer}",
        )


@case(
    "rfc7252/5.10.8.1/if-match-current",
    level="MUST",
    rfc="RFC 7252 section 5.10.8.1",
    rows=("R7252-109",),
    title="A PUT with the current entity tag in If-Match is carried out",
    requires=("resource:validate",),
    exclusive=("resource:validate",),
)
async def if_match_current(peer: Peer) -> None:
    """A tag that is not current stands beside it: one match is enough. The old text is put back."""
    path, _, _ = await tagged(peer)
    async with known_text(peer, path):
        path, etag, _ = await tagged(peer)
        options = (TEXT, (IF_MATCH, OTHER_ETAG), (IF_MATCH, etag))
        answer = await peer.ask(PUT, path, payload=UPDATE, options=options)
        after = await get_text(peer, path)
    if answer.code == BAD_OPTION:
        peer.skip(f"the peer does not know If-Match: got {answer}")
    peer.check(
        is_success(answer) and after == UPDATE,
        f"a PUT with the current ETag {etag.hex()} "
        f"in If-Match: expected it to be carried out; got {answer}",
    )


async def conditional_put(peer: Peer, path: str, options: Options, what: str) -> None:
    """A PUT whose condition does not hold: 4.12, and the old text stays."""
    async with known_text(peer, path) as before:
        answer = await peer.ask(PUT, path, payload=UPDATE, options=(TEXT, *options))
        after = await get_text(peer, path)
    not_performed(peer, answer, what)
    peer.check(after == before, f"{what}: expected {path} to stay {before!r}; it is {after!r}")


@case(
    "rfc7252/5.10.8.1/if-match-not-current",
    level="MUST",
    rfc="RFC 7252 section 5.10.8",
    rows=("R7252-109",),
    title="A PUT with another entity tag in If-Match gives 4.12 and changes nothing",
    exclusive=("resource:validate", "resource:test"),
)
async def if_match_not_current(peer: Peer) -> None:
    """This keeps two clients from overwriting each other. A resource without entity tags matches
    none, so there, too, the PUT may not be carried out."""
    path = peer.target.resources.get("validate") or peer.resource("test")
    await conditional_put(
        peer, path, ((IF_MATCH, OTHER_ETAG),), "a PUT with an If-Match that is not current"
    )


@case(
    "rfc7252/5.10.8.1/if-match-delete",
    level="MUST",
    rfc="RFC 7252 section 5.10.8",
    rows=("R7252-109",),
    title="A DELETE with another entity tag in If-Match gives 4.12 and deletes nothing",
    requires=("resource:create1",),
    exclusive=("resource:create1",),
)
async def if_match_delete(peer: Peer) -> None:
    """The same for DELETE, on a resource that is made for it and deleted in the end."""
    path = peer.resource("create1")
    async with absent(peer, path):
        await put(peer, path, b"to be kept")
        answer = await peer.ask(DELETE, path, options=((IF_MATCH, OTHER_ETAG),))
        after = await peer.ask(GET, path)
    what = "a DELETE with an If-Match that is not current"
    not_performed(peer, answer, what)
    peer.check(is_success(after), f"{what}: expected {path} to stay; got {after}")


@case(
    "rfc7252/5.10.8.1/if-match-exists",
    level="MUST",
    rfc="RFC 7252 section 5.10.8.1",
    rows=("R7252-110",),
    title="An empty If-Match holds for what exists",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def if_match_exists(peer: Peer) -> None:
    """The empty value asks only that there be a representation. The old text is put back."""
    path = peer.resource("test")
    async with known_text(peer, path) as before:
        answer = await peer.ask(PUT, path, payload=before, options=(TEXT, (IF_MATCH, b"")))
    if answer.code == BAD_OPTION:
        peer.skip(f"the peer does not know If-Match: got {answer}")
    peer.check(
        is_success(answer),
        f"a PUT on what exists with an empty If-Match: expected it to be carried out; got {answer}",
    )


@case(
    "rfc7252/5.10.8.1/if-match-missing",
    level="MUST",
    rfc="RFC 7252 section 5.10.8.1",
    rows=("R7252-110",),
    title="An empty If-Match does not hold for what does not exist",
    requires=("resource:create1",),
    exclusive=("resource:create1",),
)
async def if_match_missing(peer: Peer) -> None:
    """A PUT that would create the resource gives 4.12 and creates nothing. That it would is shown
    first."""
    path = peer.resource("create1")
    async with absent(peer, path):
        answer = await peer.ask(PUT, path, payload=b"never", options=(TEXT, (IF_MATCH, b"")))
        after = await peer.ask(GET, path)
    what = "a PUT on what does not exist with an empty If-Match"
    not_performed(peer, answer, what)
    peer.check(not is_success(after), f"{what}: expected it not to be created; got {after}")


@case(
    "rfc7252/5.10.8.2/if-none-match-exists",
    level="MUST",
    rfc="RFC 7252 section 5.10.8.2",
    rows=("R7252-111",),
    title="A PUT with If-None-Match on what exists gives 4.12 and changes nothing",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def if_none_match_exists(peer: Peer) -> None:
    """The condition is that the resource does not exist yet."""
    await conditional_put(
        peer,
        peer.resource("test"),
        ((IF_NONE_MATCH, b""),),
        "a PUT with If-None-Match on what exists",
    )


@case(
    "rfc7252/5.10.8.2/if-none-match-creates",
    level="MUST",
    rfc="RFC 7252 section 5.10.8.2",
    rows=("R7252-111",),
    title="A PUT with If-None-Match creates once, then gives 4.12",
    requires=("resource:create1",),
    exclusive=("resource:create1",),
)
async def if_none_match_creates(peer: Peer) -> None:
    """The plugtest's use of it: the first PUT makes the resource, the second finds it there. It is
    deleted before and after."""
    path = peer.resource("create1")
    options = (TEXT, (IF_NONE_MATCH, b""))
    async with absent(peer, path):
        first = await peer.ask(PUT, path, payload=b"first", options=options)
        second = await peer.ask(PUT, path, payload=b"second", options=options)
        text = await peer.ask(GET, path)
    if first.code == BAD_OPTION:
        peer.skip(f"the peer does not know If-None-Match: got {first}")
    peer.check(
        is_success(first),
        f"a PUT with If-None-Match on what does not exist: expected it to be created; got {first}",
    )
    not_performed(peer, second, "a second PUT with If-None-Match")
    peer.check(
        text.payload == b"first",
        f"a second PUT with If-None-Match: expected b'first' to stay; got {text}",
    )
