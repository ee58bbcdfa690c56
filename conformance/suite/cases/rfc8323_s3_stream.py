"""RFC 8323 section 3: messages on a TCP connection, and RFC 8974 section 2.2.1 beside it."""

from __future__ import annotations

import asyncio

from ..case import TCP, case
from ..connection import Connection
from ..message import EMPTY, GET, POST, Message
from ..stream import (
    BASE_SIZE,
    CSM,
    EXTENDED_TOKEN_LENGTH,
    MAX_MESSAGE_SIZE,
    body_of,
    describe,
)
from ..stream_handle import SETTLE, StreamPeer
from .shared import UNKNOWN_ELECTIVE, unlikely_path

BYTE_PAUSE = 0.004  # seconds between two segments of one byte
LARGEST_HEADER = 12  # bytes before the options, with room to spare


def of_length(peer: StreamPeer, connection: Connection, length: int) -> Message:
    """A request whose options and payload are `length` bytes. What is asked for need not be there:
    any response shows that the message was found in the stream."""
    if length > 300:
        request = peer.request(connection, POST, "/")
        return request.but(payload=b"x" * (length - 1 - len(body_of(request))))
    for value in range(length):
        request = peer.request(connection, GET, "/",
                               options=((UNKNOWN_ELECTIVE, b"\x55" * value),))
        if len(body_of(request)) == length:
            return request
    return peer.request(connection, GET, "/", payload=b"x" * (length - 1))


async def expect_csm_first(peer: StreamPeer) -> None:
    """Nothing comes on a connection before the peer's CSM."""
    connection = await peer.connect()
    message = await peer.expect(connection, "a CSM", lambda m: True)
    peer.check(message.code == CSM, f"expected a CSM first; got {describe(message)}")


async def expect_csm_missed(peer: StreamPeer) -> None:
    """A connection on which a request comes before our CSM is aborted."""
    connection = await peer.connect(csm=None)
    connection.send(peer.request(connection))
    await peer.expect_aborted(connection, "a request before any CSM")


async def expect_empty_ignored(peer: StreamPeer, count: int) -> None:
    """So many Empty messages are not answered, and do no harm."""
    why = f"{count} Empty messages" if count > 1 else "an Empty message"
    connection = await peer.connect()
    await peer.ask(connection)
    for _ in range(count):
        connection.send(Message(code=EMPTY))
    stray = await peer.find(connection, lambda m: m.code != CSM, SETTLE)
    peer.check(stray is None, f"{why}: expected nothing; got {describe(stray) if stray else ''}")
    await peer.expect_usable(connection, why)


async def lengths_understood(peer: StreamPeer, lengths: tuple[int, ...]) -> None:
    """Each request is answered, and so is the one right behind it: the stream is still in step."""
    connection = await peer.connect()
    for length in lengths:
        sent = connection.send(of_length(peer, connection, length))
        await peer.response_to(connection, sent)
    await peer.expect_usable(connection, f"messages with {lengths} bytes of options and payload")


@case(
    "rfc8323/3.2/length-literal",
    level="DEF",
    rfc="RFC 8323 section 3.2",
    rows=("R8323-01",),
    transports=TCP,
    title="Len 0 to 12 is the length itself",
)
async def length_literal(peer: StreamPeer) -> None:
    """Requests with 3, 4, 11 and 12 bytes of options and payload."""
    await lengths_understood(peer, (3, 4, 11, 12))


@case(
    "rfc8323/3.2/length-8-bit",
    level="DEF",
    rfc="RFC 8323 section 3.2",
    rows=("R8323-01",),
    transports=TCP,
    title="Len 13 is followed by one byte, from which 13 has been taken off",
)
async def length_8_bit(peer: StreamPeer) -> None:
    """Requests at both ends of the form, 13 and 268 bytes, and one between."""
    await lengths_understood(peer, (13, 20, 268))


@case(
    "rfc8323/3.2/length-16-bit",
    level="DEF",
    rfc="RFC 8323 section 3.2",
    rows=("R8323-01",),
    transports=TCP,
    title="Len 14 is followed by two bytes, from which 269 has been taken off",
)
async def length_16_bit(peer: StreamPeer) -> None:
    """Requests with 269 and 1100 bytes: what every peer takes that announces nothing smaller."""
    connection = await peer.connect()
    size = await announced(peer, connection, MAX_MESSAGE_SIZE, BASE_SIZE)
    if size < 1100 + LARGEST_HEADER:
        peer.skip(f"the peer takes messages of {size} bytes only")
    await lengths_understood(peer, (269, 1100))


@case(
    "rfc8323/3.2/length-32-bit",
    level="DEF",
    rfc="RFC 8323 section 3.2",
    rows=("R8323-01",),
    transports=TCP,
    title="Len 15 is followed by four bytes, from which 65805 has been taken off",
)
async def length_32_bit(peer: StreamPeer) -> None:
    """Only for a peer whose Max-Message-Size allows such a message. An error is an answer, too."""
    connection = await peer.connect()
    size = await announced(peer, connection, MAX_MESSAGE_SIZE, BASE_SIZE)
    if size < 65805 + LARGEST_HEADER:
        peer.skip(f"the peer takes messages of {size} bytes only")
    await lengths_understood(peer, (65805,))


async def announced(peer: StreamPeer, connection: Connection, option: int, base: int) -> int:
    """The value of an option in the peer's CSM, `base` when it is not there. No CSM at all is
    another case's business."""
    csm = await peer.find(connection, lambda m: m.code == CSM)
    value = csm.uint(option) if csm else None
    return base if value is None else value


@case(
    "rfc8323/3.2/split-everywhere",
    level="MUST",
    rfc="RFC 8323 section 3.2",
    rows=("R8323-03",),
    transports=TCP,
    title="Messages that come byte by byte are as good as whole ones",
)
async def split_everywhere(peer: StreamPeer) -> None:
    """TCP is a stream: it promises nothing about where its segments end. A CSM and a request are
    sent in segments of one byte."""
    connection = await peer.dial()
    request = peer.request(connection)
    csm = Message(code=CSM, options=((MAX_MESSAGE_SIZE, b"\x04\x80"),))
    for byte in connection.encoded(csm) + connection.encoded(request):
        connection.write(bytes([byte]), "one byte")
        await asyncio.sleep(BYTE_PAUSE)
    await peer.response_to(connection, request)


@case(
    "rfc8323/3.2/several-in-one-segment",
    level="MUST",
    rfc="RFC 8323 sections 3.2 and 3.3",
    rows=("R8323-03", "R8323-05"),
    transports=TCP,
    title="Messages that come in one segment are all seen",
)
async def several_in_one_segment(peer: StreamPeer) -> None:
    """A CSM and four requests at once, before anything of the peer's has been seen: the initiator
    need not wait."""
    connection = await peer.dial()
    requests = [peer.request(connection) for _ in range(4)]
    connection.write(b"".join(map(connection.encoded, [Message(code=CSM), *requests])),
                     "a CSM and four GETs")
    missing = {request.token for request in requests}
    while missing:
        answer = await peer.expect(connection, f"{len(missing)} more responses",
                                   lambda m: m.is_response and m.token in missing)
        missing.discard(answer.token)


@case(
    "rfc8323/3.2/token-lengths",
    level="MUST",
    rfc="RFC 8323 sections 3.2 and 3.3",
    rows=("R8323-08",),
    transports=TCP,
    title="Tokens of every length from 0 to 8 come back",
)
async def token_lengths(peer: StreamPeer) -> None:
    """The token is all there is to find the request of a response."""
    connection = await peer.connect()
    for length in range(9):
        await peer.ask(connection, token=bytes(range(0xA0, 0xA0 + length)))


@case(
    "rfc8323/3.2/token-length-reserved",
    level="MUST",
    rfc="RFC 8323 section 3.2, RFC 8974 section 2.1",
    rows=("R8323-02", "R8974-02"),
    transports=TCP,
    title="A token length of 15 is a format error",
)
async def token_length_reserved(peer: StreamPeer) -> None:
    """Nothing behind it can be read, so the connection has to be given up."""
    connection = await peer.connect()
    connection.write(b"\x0f\x01" + bytes(16), "a GET with TKL 15")
    await peer.expect_aborted(connection, "a token length of 15")


@case(
    "rfc8974/2.2.1/tokens-as-announced",
    level="MUST",
    rfc="RFC 8974 section 2.2.1, RFC 8323 section 3.2",
    rows=("R8974-04", "R8323-02"),
    transports=TCP,
    title="Longer tokens are good when they were announced, a format error when they were not",
)
async def tokens_as_announced(peer: StreamPeer) -> None:
    """A peer that does not speak of Extended-Token-Length in its CSM takes tokens of up to 8 bytes.
    One of 12 bytes is then a format error, and comes back otherwise."""
    connection = await peer.connect()
    longest = await announced(peer, connection, EXTENDED_TOKEN_LENGTH, 8)
    token = bytes(range(12))
    request = peer.request(connection, token=token)
    if longest >= len(token):
        connection.send(request)
        await peer.response_to(connection, request)
        return
    # With the nibble of RFC 7252: a peer without RFC 8974 sees 12 there, one with it, too.
    connection.send(request)
    await peer.expect_aborted(connection, "a token of 12 bytes that was not announced")


@case(
    "rfc8323/3.3/csm-first",
    level="MUST",
    rfc="RFC 8323 section 3.3",
    rows=("R8323-04",),
    transports=TCP,
    title="The first message on a connection is a CSM",
)
async def csm_first(peer: StreamPeer) -> None:
    """It may come at once or behind ours, but nothing comes before it, not even an Empty
    message."""
    await expect_csm_first(peer)


@case(
    "rfc8323/3.3/missing-csm",
    level="MUST",
    rfc="RFC 8323 section 3.3",
    rows=("R8323-06",),
    transports=TCP,
    title="A connection that starts without a CSM is aborted",
)
async def missing_csm(peer: StreamPeer) -> None:
    """A request comes first. It must not be served."""
    await expect_csm_missed(peer)


@case(
    "rfc8323/3.3/tokens-in-flight",
    level="MUST",
    rfc="RFC 8323 section 3.3",
    rows=("R8323-08",),
    transports=TCP,
    requires=("resource:separate",),
    title="Of several requests in flight each gets the response with its own token",
)
async def tokens_in_flight(peer: StreamPeer) -> None:
    """A slow one, a quick one and one for what is not there, all sent before any is answered."""
    connection = await peer.connect()
    slow = connection.send(peer.request(connection, GET, peer.resource("separate")))
    quick = connection.send(peer.request(connection))
    lost = connection.send(peer.request(connection, GET, unlikely_path()))
    tokens = {slow.token: "the slow one", quick.token: "the quick one", lost.token: "the lost one"}
    while tokens:
        answer = await peer.expect(connection, f"a response to {', '.join(tokens.values())}",
                                   lambda m: m.is_response, seconds=12.0)
        peer.check(answer.token in tokens, "expected one response to each request; got also "
                   f"{describe(answer)}")
        del tokens[answer.token]


@case(
    "rfc8323/3.3/same-connection",
    level="MUST",
    rfc="RFC 8323 section 3.3",
    rows=("R8323-08",),
    transports=TCP,
    requires=("resource:separate",),
    title="A response comes on the connection of its request",
)
async def same_connection(peer: StreamPeer) -> None:
    """Two connections use the same token, which each may: tokens belong to a connection. Only the
    first asks."""
    one, other = await peer.connect(), await peer.connect()
    await peer.ask(other)
    sent = one.send(peer.request(one, GET, peer.resource("separate"), token=b"same"))
    await peer.expect(one, "the response, on the connection of the request",
                      lambda m: m.is_response and m.token == sent.token, seconds=12.0)
    astray = await peer.find(other, lambda m: m.token == b"same", SETTLE)
    peer.check(astray is None, "a response came on another connection than its request")


@case(
    "rfc8323/3.4/empty-ignored",
    level="MUST",
    rfc="RFC 8323 section 3.4",
    rows=("R8323-07",),
    transports=TCP,
    title="Empty messages are ignored",
)
async def empty_ignored(peer: StreamPeer) -> None:
    """They keep a connection alive, and mean nothing: no answer comes, and all goes on."""
    await expect_empty_ignored(peer, 3)
