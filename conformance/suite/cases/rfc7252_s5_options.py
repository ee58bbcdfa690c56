"""RFC 7252 section 5.4: options that are unknown, too long, repeated or out of place."""

from __future__ import annotations

import secrets

from ..case import case
from ..handle import Peer
from ..message import (
    ACCEPT,
    ACK,
    BAD_OPTION,
    CON,
    CONTENT_FORMAT,
    DELETE,
    EMPTY,
    ETAG,
    GET,
    IF_MATCH,
    IF_NONE_MATCH,
    LOCATION_PATH,
    LOCATION_QUERY,
    MAX_AGE,
    NON,
    NOT_FOUND,
    OPTIONS,
    POST,
    PUT,
    RST,
    SIZE1,
    URI_HOST,
    URI_PORT,
    Message,
    path_options,
    uint,
)
from .shared import (
    CORE,
    TEXT,
    UNKNOWN_CRITICAL,
    UNKNOWN_ELECTIVE,
    Options,
    dotted,
    get_text,
    is_success,
    known_text,
    readable,
    unlikely_path,
)


async def refused(peer: Peer, options: Options, what: str) -> None:
    """A Confirmable GET that is fine but for one critical option has to give 4.02."""
    path, _ = await readable(peer)
    answer = await peer.ask(GET, path, options=options)
    peer.check(answer.code == BAD_OPTION, f"{what}: expected 4.02; got {answer}")


async def unharmed(peer: Peer, options: Options, what: str) -> None:
    """A GET with an elective option to ignore has to give what it gives without."""
    path, plain = await readable(peer)
    answer = await peer.ask(GET, path, options=options)
    peer.check(
        answer.code == plain.code,
        f"{what}: expected {dotted(plain)} as without it; got {answer}",
    )


@case(
    "rfc7252/5.4.1/unknown-elective",
    level="MUST",
    rfc="RFC 7252 section 5.4.1",
    rows=("R7252-61",),
    title="An unknown elective option is ignored",
)
async def unknown_elective(peer: Peer) -> None:
    """Even numbers are elective: who does not know the option goes on without it."""
    option = (UNKNOWN_ELECTIVE, b"whatever")
    await unharmed(peer, (option,), f"option {UNKNOWN_ELECTIVE} in a Confirmable GET")
    path, plain = await readable(peer)
    answer = await peer.ask(GET, path, type=NON, options=(option,))
    peer.check(
        answer.code == plain.code,
        f"option {UNKNOWN_ELECTIVE} in a Non-confirmable GET: "
        f"expected {dotted(plain)} as without it; got {answer}",
    )


@case(
    "rfc7252/5.4.1/unknown-critical",
    level="MUST",
    rfc="RFC 7252 section 5.4.1",
    rows=("R7252-62",),
    title="An unknown critical option in a Confirmable request gives 4.02",
)
async def unknown_critical(peer: Peer) -> None:
    """Odd numbers are critical: who does not know the option may not go on, and says so with a
    response. A Reset would be for a message that cannot be processed at all."""
    option = (UNKNOWN_CRITICAL, b"in a GET")
    await refused(peer, (option,), f"option {UNKNOWN_CRITICAL} in a Confirmable GET")


@case(
    "rfc7252/5.4.1/unknown-critical-diagnostic",
    level="SHOULD",
    rfc="RFC 7252 sections 5.4.1 and 5.5.2",
    rows=("R7252-63", "R7252-93"),
    title="The 4.02 for an unknown option says in its payload which",
)
async def unknown_critical_diagnostic(peer: Peer) -> None:
    """Any payload is taken for the description. It is for engineers, so its wording is free."""
    path, _ = await readable(peer)
    exchange = await peer.request(GET, path, options=((UNKNOWN_CRITICAL, b""),))
    if exchange.response is None or exchange.response.code != BAD_OPTION:
        peer.skip("an unknown critical option does not give 4.02")
    peer.check_should(
        exchange.response.payload,
        f"expected a 4.02 with a diagnostic payload; got {exchange.response}",
    )


@case(
    "rfc7252/5.4.1/unknown-critical-non",
    level="MUST",
    rfc="RFC 7252 section 5.4.1, corrections draft on section 5.4.1",
    rows=("R7252-64",),
    title="A Non-confirmable request with an unknown critical option is not served",
)
async def unknown_critical_non(peer: Peer) -> None:
    """RFC 7252 has it rejected: silence or a Reset. An update that the working group's corrections
    point to has it answered with 4.02, so that passes, too. Serving it is the failure."""
    path, _ = await readable(peer)
    request = Message(
        NON,
        GET,
        peer.fresh_mid(),
        peer.fresh_token(),
        (*path_options(path), (UNKNOWN_CRITICAL, b"in a NON")),
    )
    sent, entries = await peer.answers_to(request)
    for entry in entries:
        answer = entry.message
        if answer is None:
            peer.fail(f"expected silence, a Reset or 4.02; got {entry.text}")
        if answer.type == CON:
            await peer.send(Message(ACK, EMPTY, answer.mid))
        reset = answer.type == RST and answer.mid == sent.mid
        refusal = answer.type in (CON, NON) and answer.code == BAD_OPTION
        peer.check(
            reset or refusal,
            "an unknown critical option in a Non-confirmable GET: expected "
            f"silence, a Reset or 4.02; got {answer}",
        )


@case(
    "rfc7252/5.4.1/unknown-critical-not-executed",
    level="MUST",
    rfc="RFC 7252 section 5.4.1",
    rows=("R7252-62",),
    title="A PUT with an unknown critical option changes nothing",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def unknown_critical_not_executed(peer: Peer) -> None:
    """A 4.02 that comes after the method was carried out would be a lie."""
    path = peer.resource("test")
    async with known_text(peer, path) as before:
        answer = await peer.ask(
            PUT, path, payload=b"never to be seen", options=(TEXT, (UNKNOWN_CRITICAL, b"in a PUT"))
        )
        after = await get_text(peer, path)
    peer.check(
        not is_success(answer),
        f"a PUT with an unknown critical option: expected 4.02; got {answer}",
    )
    peer.check(
        after == before,
        "a PUT with an unknown critical option: expected "
        f"{path} to stay {before!r}; it is {after!r}",
    )


@case(
    "rfc7252/5.4/option-out-of-place",
    level="MUST",
    rfc="RFC 7252 section 5.4",
    rows=("R7252-60",),
    title="An elective option that its method does not define is ignored",
)
async def option_out_of_place(peer: Peer) -> None:
    """Location-Path and Location-Query belong to responses. In a GET they count as unrecognized,
    and being elective they change nothing."""
    options = ((LOCATION_PATH, b"elsewhere"), (LOCATION_QUERY, b"a=b"))
    await unharmed(peer, options, "Location-Path and Location-Query in a GET")


@case(
    "rfc7252/5.4.3/if-match-length",
    level="MUST",
    rfc="RFC 7252 section 5.4.3",
    rows=("R7252-68",),
    title="An If-Match of nine bytes gives 4.02",
)
async def if_match_length(peer: Peer) -> None:
    """Up to eight bytes are defined. A length outside counts as an unrecognized option, and this
    one is critical."""
    await refused(peer, ((IF_MATCH, bytes(9)),), "an If-Match of nine bytes in a GET")


@case(
    "rfc7252/5.4.3/if-none-match-length",
    level="MUST",
    rfc="RFC 7252 section 5.4.3",
    rows=("R7252-68",),
    title="An If-None-Match with a value gives 4.02",
)
async def if_none_match_length(peer: Peer) -> None:
    """It has no value. Sent for a path that does not exist, where the condition itself would
    hold; there a 4.04 may go first."""
    for path in ((await readable(peer))[0], unlikely_path()):
        answer = await peer.ask(GET, path, options=((IF_NONE_MATCH, b"\x01"),))
        allowed = (BAD_OPTION,) if not path.startswith("/no-such") else (BAD_OPTION, NOT_FOUND)
        peer.check(
            answer.code in allowed,
            f"an If-None-Match of one byte in a GET of {path}: expected 4.02; got {answer}",
        )


@case(
    "rfc7252/5.4.3/accept-length",
    level="MUST",
    rfc="RFC 7252 section 5.4.3",
    rows=("R7252-68",),
    title="An Accept of three bytes gives 4.02",
    exclusive=("resource:test",),
)
async def accept_length(peer: Peer) -> None:
    """Two bytes at most are defined. The number in the three is a format that the resource has, so
    only the length is wrong."""
    path, plain = await readable(peer)
    value = (plain.uint(CONTENT_FORMAT) or 0).to_bytes(3, "big")
    answer = await peer.ask(GET, path, options=((ACCEPT, value),))
    peer.check(answer.code == BAD_OPTION, f"an Accept of three bytes: expected 4.02; got {answer}")


@case(
    "rfc7252/5.4.3/uri-host-length",
    level="MUST",
    rfc="RFC 7252 section 5.4.3",
    rows=("R7252-68",),
    title="An empty Uri-Host gives 4.02",
)
async def uri_host_length(peer: Peer) -> None:
    """A host has one byte at least."""
    await refused(peer, ((URI_HOST, b""),), "an empty Uri-Host in a GET")


@case(
    "rfc7252/5.4.3/uri-port-length",
    level="MUST",
    rfc="RFC 7252 section 5.4.3",
    rows=("R7252-68",),
    title="A Uri-Port of three bytes gives 4.02",
)
async def uri_port_length(peer: Peer) -> None:
    """Two bytes at most. The number is the peer's own port, so only the length is wrong."""
    value = peer.target.address.port.to_bytes(3, "big")
    await refused(peer, ((URI_PORT, value),), "a Uri-Port of three bytes in a GET")


@case(
    "rfc7252/5.4.3/elective-length",
    level="MUST",
    rfc="RFC 7252 section 5.4.3",
    rows=("R7252-69",),
    title="An elective option of a length that it cannot have is ignored",
)
async def elective_length(peer: Peer) -> None:
    """An ETag of nine bytes, a Size1 and a Max-Age of five: unrecognized, elective, ignored."""
    for number, length in ((ETAG, 9), (SIZE1, 5), (MAX_AGE, 5)):
        name = OPTIONS[number].name
        await unharmed(
            peer, ((number, secrets.token_bytes(length)),), f"{name} of {length} bytes in a GET"
        )


@case(
    "rfc7252/5.4.3/content-format-length",
    level="MUST",
    rfc="RFC 7252 section 5.4.3",
    rows=("R7252-69",),
    title="A Content-Format of three bytes is ignored",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def content_format_length(peer: Peer) -> None:
    """The PUT is to be treated as one without a Content-Format. Whether that one is taken is found
    out first."""
    path = peer.resource("test")
    async with known_text(peer, path):
        plain = await peer.ask(PUT, path, payload=b"without a format")
        answer = await peer.ask(
            PUT, path, payload=b"with a long format", options=((CONTENT_FORMAT, b"\1\2\3"),)
        )
    peer.check(
        answer.code == plain.code,
        "a PUT with a Content-Format of three bytes: expected "
        f"{dotted(plain)} as without one; got {answer}",
    )


@case(
    "rfc7252/5.4.5/critical-repeated",
    level="MUST",
    rfc="RFC 7252 section 5.4.5",
    rows=("R7252-72",),
    title="A second Accept gives 4.02",
    exclusive=("resource:test",),
)
async def critical_repeated(peer: Peer) -> None:
    """Accept may stand once. The second one counts as unrecognized, and it is critical; that both
    ask for what the resource has does not matter."""
    path, plain = await readable(peer)
    accept = (ACCEPT, uint(plain.uint(CONTENT_FORMAT) or 0))
    answer = await peer.ask(GET, path, options=(accept, accept))
    peer.check(answer.code == BAD_OPTION, f"two Accept options: expected 4.02; got {answer}")


@case(
    "rfc7252/5.4.5/uri-port-repeated",
    level="MUST",
    rfc="RFC 7252 section 5.4.5",
    rows=("R7252-72",),
    title="A second Uri-Port gives 4.02",
)
async def uri_port_repeated(peer: Peer) -> None:
    """As for Accept. Both name the peer's own port."""
    port = (URI_PORT, uint(peer.target.address.port))
    await refused(peer, (port, port), "two Uri-Port options in a GET")


@case(
    "rfc7252/5.4.5/elective-repeated",
    level="MUST",
    rfc="RFC 7252 section 5.4.5",
    rows=("R7252-73",),
    title="A second Size1 is ignored",
)
async def elective_repeated(peer: Peer) -> None:
    """The extra one counts as unrecognized, and it is elective."""
    await unharmed(peer, ((SIZE1, b"\1"), (SIZE1, b"\2")), "two Size1 options in a GET")


@case(
    "rfc7252/5.4.5/answers-without-repetition",
    level="MUST",
    rfc="RFC 7252 sections 5.4.5 and 5.10.6.1",
    rows=("R7252-74", "R7252-106"),
    title="No answer repeats an option that may stand once",
    exclusive=("resource:test",),
)
async def answers_without_repetition(peer: Peer) -> None:
    """Content, errors, and the answers to POST and DELETE are looked through; of ETags, too, a
    response has one at most."""
    path, _ = await readable(peer)
    requests = [(GET, path), (GET, CORE), (GET, unlikely_path()), (DELETE, unlikely_path())]
    requests += [
        (GET, peer.target.resources[r]) for r in ("large", "validate") if r in peer.target.resources
    ]
    if "location-query" in peer.target.resources:
        requests.append((POST, peer.target.resources["location-query"]))
    for code, where in requests:
        answer = await peer.ask(code, where)
        numbers = [n for n, _ in answer.options]
        for number in sorted(set(numbers)):
            info = OPTIONS.get(number)
            once = info is not None and (not info.repeatable or number == ETAG)
            peer.check(
                not once or numbers.count(number) == 1,
                f"expected one {info.name if info else number} at most; got {answer}",
            )
