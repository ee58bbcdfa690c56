"""RFC 7252 section 3: the message format. What cannot be read has to be rejected."""

from __future__ import annotations

import secrets

from ..case import case
from ..codec import encode_options
from ..handle import Peer
from ..message import (
    BAD_OPTION,
    BAD_REQUEST,
    EMPTY,
    GET,
    NON,
    RST,
    path_options,
)
from .shared import datagram, plain_get

REJECTED = "a Reset, or silence"


@case(
    "rfc7252/3/unknown-version",
    level="MUST",
    rfc="RFC 7252 section 3",
    rows=("R7252-01",),
    title="A message of another protocol version is ignored without a word",
)
async def unknown_version(peer: Peer) -> None:
    """Versions other than 1 are for the future. Nobody knows what their bits mean, so not even a
    Reset may come back."""
    for version in (0, 2, 3):
        request = plain_get(peer, version=version)
        await peer.expect_silence(request, f"a request of version {version}")


@case(
    "rfc7252/3/token-length-15",
    level="MUST",
    rfc="RFC 7252 section 3, RFC 8974 section 2.1",
    rows=("R7252-02", "R8974-02"),
    title="A Confirmable request with token length 15 is a format error",
)
async def token_length_15(peer: Peer) -> None:
    """15 is reserved in every edition of the format, also with extended tokens. Fifteen bytes
    follow, so that a peer that takes the number at face value can be seen doing it."""
    token = secrets.token_bytes(15)
    rest = token + encode_options(path_options(peer.target.probe_path))
    await peer.expect_rejected(datagram(peer, GET, rest, tkl=15), "token length 15")


@case(
    "rfc7252/3/token-length-15-non",
    level="MUST",
    rfc="RFC 7252 sections 3 and 4.3",
    rows=("R7252-03",),
    title="A Non-confirmable request with token length 15 gets no response",
)
async def token_length_15_non(peer: Peer) -> None:
    """A Non-confirmable message with a format error is ignored; a Reset is allowed."""
    token = secrets.token_bytes(15)
    rest = token + encode_options(path_options(peer.target.probe_path))
    await peer.expect_rejected(
        datagram(peer, GET, rest, kind=NON, tkl=15), "token length 15 in a Non-confirmable message"
    )


@case(
    "rfc7252/3/token-length-9",
    level="MUST",
    rfc="RFC 7252 section 3, RFC 8974 section 2.1",
    rows=("R7252-02", "R8974-01"),
    title="A token of nine bytes is a format error, or comes back whole",
)
async def token_length_9(peer: Peer) -> None:
    """By RFC 7252 lengths above 8 are format errors. A peer with RFC 8974 takes 9 as a length, and
    then the token has to be echoed as it was, also in an error. What no peer may do is answer
    with another token."""
    token = secrets.token_bytes(9)
    rest = token + encode_options(path_options(peer.target.probe_path))
    request = datagram(peer, GET, rest, tkl=9)
    sent, entries = await peer.answers_to(request)
    for entry in entries:
        answer = entry.message
        if answer is None:
            peer.fail(f"a request with nine bytes of token: got {entry.text}")
        if answer.type == RST and answer.mid == sent.mid:
            continue
        if answer.is_empty and answer.mid == sent.mid:
            continue
        peer.check(
            answer.is_response and answer.token == token,
            f"a request with token {token.hex()}: expected {REJECTED}, or a response with that "
            f"token (RFC 8974); got {answer}",
        )


@case(
    "rfc7252/3/token-beyond-end",
    level="MUST",
    rfc="RFC 7252 section 3",
    rows=("R7252-06",),
    title="A token length beyond the end of the datagram is a format error",
)
async def token_beyond_end(peer: Peer) -> None:
    """Four bytes of token are announced and two are there. Whoever reads on reads what is not
    part of the message."""
    await peer.expect_rejected(
        datagram(peer, GET, secrets.token_bytes(2), tkl=4), "a token that runs past the end"
    )


@case(
    "rfc7252/3/payload-marker-without-payload",
    level="MUST",
    rfc="RFC 7252 section 3",
    rows=("R7252-04",),
    title="A payload marker with nothing behind it is a format error",
)
async def payload_marker_without_payload(peer: Peer) -> None:
    """A message without a payload has no marker either; a marker at the very end makes the
    message malformed."""
    await peer.expect_rejected(plain_get(peer) + b"\xff", "a payload marker without a payload")


@case(
    "rfc7252/3/payload-marker-without-payload-non",
    level="MUST",
    rfc="RFC 7252 sections 3 and 4.3",
    rows=("R7252-04",),
    title="A payload marker with nothing behind it, in a Non-confirmable message",
)
async def payload_marker_without_payload_non(peer: Peer) -> None:
    """The same format error in a Non-confirmable request: silence or a Reset, no response."""
    await peer.expect_rejected(
        plain_get(peer, kind=NON) + b"\xff",
        "a payload marker without a payload in a Non-confirmable message",
    )


@case(
    "rfc7252/3/short-datagram",
    level="DEF",
    rfc="RFC 7252 section 3",
    rows=("R7252-05",),
    title="A datagram of fewer than four bytes is no message and gets no answer",
)
async def short_datagram(peer: Peer) -> None:
    """Without a whole header there is no Message ID that a Reset could echo."""
    for data in (b"\x40", b"\x40\x01", b"\x40\x01\x7d"):
        await peer.expect_silence(data, f"a datagram of {len(data)} bytes")


@case(
    "rfc7252/3.1/option-delta-15",
    level="MUST",
    rfc="RFC 7252 section 3.1",
    rows=("R7252-07",),
    title="An option delta of 15 outside the payload marker is a format error",
)
async def option_delta_15(peer: Peer) -> None:
    """Delta 15 is kept for the payload marker; with another length nibble it means nothing."""
    await peer.expect_rejected(plain_get(peer) + b"\xf1\x61", "an option with delta 15")


@case(
    "rfc7252/3.1/option-length-15",
    level="MUST",
    rfc="RFC 7252 section 3.1",
    rows=("R7252-08",),
    title="An option length of 15 is a format error",
)
async def option_length_15(peer: Peer) -> None:
    """Length 15 is reserved. Fifteen bytes follow, so that a peer that takes the number at face
    value can be seen doing it."""
    await peer.expect_rejected(plain_get(peer) + b"\x4f" + bytes(15), "an option with length 15")


async def expect_option_rejected(peer: Peer, request: bytes, why: str) -> None:
    """As expect_rejected(), but lets an error response pass with a warning. Section 3.1 calls some
    bytes a format error by name; of an option cut off by the end it only says what is right,
    and 5.9.2.3 has a code for malformed options."""
    sent, entries = await peer.answers_to(request)
    for entry in entries:
        answer = entry.message
        if answer and answer.mid == sent.mid and answer.code in (BAD_OPTION, BAD_REQUEST):
            peer.warn(f"{why}: expected a Reset; got {answer}")
            return
    await peer.expect_rejected(request, why)


@case(
    "rfc7252/3.1/option-value-beyond-end",
    level="MUST",
    rfc="RFC 7252 section 3.1",
    rows=("R7252-09",),
    title="An option value that runs past the end of the datagram is a format error",
)
async def option_value_beyond_end(peer: Peer) -> None:
    """The length is given in the nibble, in one more byte and in two more bytes; each time fewer
    bytes follow than announced. 4.02 is a warning: its definition speaks of malformed options."""
    for length, tail in (("4", b"\x44ab"), ("13", b"\x4d\x00ab"), ("269", b"\x4e\x00\x00ab")):
        await expect_option_rejected(
            peer, plain_get(peer) + tail, f"an option of {length} bytes of which two are there"
        )


@case(
    "rfc7252/3.1/option-head-cut-short",
    level="MUST",
    rfc="RFC 7252 section 3.1",
    rows=("R7252-09",),
    title="An option whose extended delta or length is missing is a format error",
)
async def option_head_cut_short(peer: Peer) -> None:
    """The nibble announces one or two more bytes and the datagram ends before them. 4.02 is a
    warning: its definition speaks of malformed options."""
    for what, tail in (
        ("delta of one more byte", b"\xd0"),
        ("delta of two more bytes", b"\xe0\x01"),
        ("length of one more byte", b"\x4d"),
        ("length of two more bytes", b"\x4e\x01"),
    ):
        await expect_option_rejected(peer, plain_get(peer) + tail, f"an option without its {what}")


@case(
    "rfc7252/4.1/empty-with-token",
    level="MUST",
    rfc="RFC 7252 section 4.1",
    rows=("R7252-14",),
    title="An Empty message with a token is a format error",
)
async def empty_with_token(peer: Peer) -> None:
    """Code 0.00 means four bytes and no more. With a token it is malformed: a Reset, as for any
    malformed Confirmable message, never an Acknowledgement."""
    await peer.expect_rejected(
        datagram(peer, EMPTY, secrets.token_bytes(2), tkl=2), "an Empty message with a token"
    )


@case(
    "rfc7252/4.1/empty-with-bytes",
    level="MUST",
    rfc="RFC 7252 section 4.1",
    rows=("R7252-15",),
    title="An Empty message with bytes behind the Message ID is a format error",
)
async def empty_with_bytes(peer: Peer) -> None:
    """The bytes behind are an option once, a payload once."""
    options = encode_options(path_options(peer.target.probe_path))
    await peer.expect_rejected(
        datagram(peer, EMPTY, options or b"\xb1a"), "an Empty message with options"
    )
    await peer.expect_rejected(
        datagram(peer, EMPTY, b"\xffping"), "an Empty message with a payload"
    )
