"""RFC 7252 sections 3.1 and 3.2: options as they are written and read."""

from __future__ import annotations

import secrets

from ..case import case
from ..handle import Peer
from ..message import (
    ACCEPT,
    CONTENT_FORMAT,
    GET,
    OPTIONS,
    PUT,
    TEXT_PLAIN,
    XML,
)
from .shared import CORE, UNKNOWN_ELECTIVE, dotted, is_success, known_text, readable, unlikely_path

# Elective, without a meaning, and below Uri-Path: what follows shows where its value ended.
LOW_ELECTIVE = 10


@case(
    "rfc7252/3.1/extended-delta",
    level="DEF",
    rfc="RFC 7252 section 3.1",
    rows=("R7252-11",),
    title="Option deltas at the edges of the one-byte and two-byte forms are read right",
)
async def extended_delta(peer: Peer) -> None:
    """Unknown elective options stand at deltas 12, 13, 268 and 269 behind others. Read right they
    are ignored; read one off they would be critical and stop the request."""
    path, plain = await readable(peer)
    if not path.strip("/"):  # the deltas count from Uri-Path
        path, plain = CORE, await peer.ask(GET, CORE)
    base = UNKNOWN_ELECTIVE
    for delta, numbers in (
        (13, (24,)),
        (269, (280,)),
        (12, (base, base + 12)),
        (268, (base, base + 268)),
    ):
        answer = await peer.ask(GET, path, options=tuple((n, b"") for n in numbers))
        peer.check(
            answer.code == plain.code,
            f"an elective option at delta {delta}: expected {dotted(plain)} as without it; "
            f"got {answer}",
        )


@case(
    "rfc7252/3.1/extended-length",
    level="DEF",
    rfc="RFC 7252 section 3.1",
    rows=("R7252-11",),
    title="Option lengths at the edges of the one-byte and two-byte forms are read right",
)
async def extended_length(peer: Peer) -> None:
    """An unknown elective option of 12, 13, 268 and 269 bytes stands before the path. Whoever
    finds the path behind it has read its length right."""
    path, plain = await readable(peer)
    for length in (12, 13, 268, 269):
        option = (LOW_ELECTIVE, secrets.token_bytes(length))
        answer = await peer.ask(GET, path, options=(option,))
        peer.check(
            answer.code == plain.code,
            f"an elective option of {length} bytes: expected {dotted(plain)} as without it; "
            f"got {answer}",
        )


@case(
    "rfc7252/3.1/answers-well-formed",
    level="MUST",
    rfc="RFC 7252 sections 3 and 3.1",
    rows=("R7252-10",),
    title="Whatever the peer sends can be read",
)
async def answers_well_formed(peer: Peer) -> None:
    """Content, a missing resource, a missing resource to delete, a method that is not allowed: each
    answer is read byte for byte by a strict decoder."""
    path, _ = await readable(peer)
    for code, where in ((GET, path), (GET, CORE), (GET, unlikely_path()), (PUT, CORE)):
        exchange = await peer.request(code, where)
        await peer.more(exchange)
    for entry in peer.trace.messages:
        if entry.direction == "received" and entry.data is not None:
            peer.check(
                entry.message is not None,
                f"expected a well-formed message; got {entry.data.hex()}: {entry.text}",
            )


@case(
    "rfc7252/3.2/uint-leading-zeros",
    level="MUST",
    rfc="RFC 7252 section 3.2",
    rows=("R7252-12",),
    title="A number with leading zero bytes means the same as without",
    exclusive=("resource:test",),
)
async def uint_leading_zeros(peer: Peer) -> None:
    """Accept is a number of up to two bytes. The format that discovery has is asked for in its
    short form and in two bytes; both must end alike. With two formats to choose from the long
    form must choose, too."""
    discovery = await peer.ask(GET, CORE)
    content_format = discovery.uint(CONTENT_FORMAT)
    if not is_success(discovery) or content_format is None or content_format > 255:
        path, plain = await readable(peer)
        content_format = plain.uint(CONTENT_FORMAT)
        if content_format is None or content_format > 255:
            peer.skip("no resource with a Content-Format that one byte can hold")
    else:
        path = CORE
    short = bytes([content_format]) if content_format else b""
    asked = await peer.ask(GET, path, options=((ACCEPT, short),))
    long_form = await peer.ask(GET, path, options=((ACCEPT, bytes([0, content_format])),))
    peer.check(
        (long_form.code, long_form.uint(CONTENT_FORMAT))
        == (asked.code, asked.uint(CONTENT_FORMAT)),
        f"Accept {content_format} in two bytes: expected an answer like {asked}; got {long_form}",
    )
    if "multi-format" in peer.target.resources:
        path = peer.resource("multi-format")
        asked = await peer.ask(GET, path, options=((ACCEPT, bytes([XML])),))
        long_form = await peer.ask(GET, path, options=((ACCEPT, bytes([0, XML])),))
        peer.check(
            (long_form.code, long_form.uint(CONTENT_FORMAT))
            == (asked.code, asked.uint(CONTENT_FORMAT)),
            f"Accept {XML} in two bytes: expected an answer like {asked}; got {long_form}",
        )


@case(
    "rfc7252/3.2/uint-leading-zeros-in-put",
    level="MUST",
    rfc="RFC 7252 section 3.2",
    rows=("R7252-12",),
    title="A Content-Format with leading zero bytes means the same as without",
    requires=("resource:test",),
    exclusive=("resource:test",),
)
async def uint_leading_zeros_in_put(peer: Peer) -> None:
    """Text is put as format 0 in no byte, then in two zero bytes; the second must do what the
    first did."""
    path = peer.resource("test")
    async with known_text(peer, path):
        answer = await peer.ask(
            PUT, path, payload=b"in the long form", options=((CONTENT_FORMAT, b"\0\0"),)
        )
        peer.check(
            is_success(answer),
            f"Content-Format {TEXT_PLAIN} in two bytes: expected success "
            f"as in the short form; got {answer}",
        )


@case(
    "rfc7252/3.2/uint-shortest",
    level="SHOULD",
    rfc="RFC 7252 section 3.2",
    rows=("R7252-13",),
    title="Numbers in answers are written in as few bytes as they need",
)
async def uint_shortest(peer: Peer) -> None:
    """Zero is an empty value, and no number begins with a zero byte. A recipient must cope with
    others, but a sender should not send them."""
    paths = [(await readable(peer))[0], CORE, unlikely_path()]
    paths += [
        peer.target.resources[r] for r in ("large", "multi-format") if r in peer.target.resources
    ]
    for path in paths:
        answer = await peer.ask(GET, path)
        for number, value in answer.options:
            info = OPTIONS.get(number)
            if info is not None and info.format == "uint":
                peer.check_should(
                    not value.startswith(b"\0"),
                    f"GET {path}: {info.name} is written 0x{value.hex()}, with leading zeros",
                )
