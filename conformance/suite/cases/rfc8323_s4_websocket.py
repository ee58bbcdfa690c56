"""RFC 8323 sections 4.2 to 4.4: CoAP in WebSocket messages, with what it needs of RFC 6455."""

from __future__ import annotations

from .. import websocket as ws
from ..case import WS, case
from ..connection import FRAME, Connection
from ..message import GET, Message
from ..stream import CSM, PING, PONG, RELEASE, describe, encode_ws
from ..stream_handle import WAIT, StreamPeer
from ..websocket import BINARY, CLOSE, CONTINUATION, TEXT, Frame
from .rfc8323_s3_stream import expect_csm_first, expect_csm_missed, expect_empty_ignored
from .shared import UNKNOWN_CRITICAL, UNKNOWN_ELECTIVE


@case(
    "rfc8323/4.2/frames-sent",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.1",
    rows=("R8323-28", "R8323-31"),
    transports=WS,
    title="Messages are sent in binary frames without a mask, with Len 0",
)
async def frames_sent(peer: StreamPeer) -> None:
    """The frame says how long the message is. A server's frames are never masked."""
    connection = await peer.connect()
    await peer.ask(connection, token=b"measured")
    for frame in connection.frames:
        peer.check(not frame.masked, f"expected frames without a mask; got a masked {frame}")
        peer.check(frame.opcode != TEXT, f"expected binary frames; got a {frame}")
        peer.check(not frame.reserved, f"expected reserved bits of 0; got {frame.reserved}")


@case(
    "rfc8323/4.2/text-not-served",
    level="INTEROP",
    rfc="RFC 8323 section 4.2",
    rows=("R8323-29",),
    transports=WS,
    title="A request in a text message is not served",
)
async def text_not_served(peer: StreamPeer) -> None:
    """CoAP is in binary messages. The bytes are valid UTF-8, so nothing else is wrong."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.send_frame(Frame(TEXT, encode_ws(peer.request(connection, token=b"text")),
                                masked=True))
    seen = await peer.ending(connection, 1.0)
    peer.check_should(seen.response is None, "a GET in a text message was answered: "
                      f"{describe(seen.response) if seen.response else ''}")


@case(
    "rfc8323/4.2/unmasked",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.1",
    rows=("R8323-31",),
    transports=WS,
    title="A frame of the client without a mask ends the connection",
)
async def unmasked(peer: StreamPeer) -> None:
    """The mask protects what is between; a server must not do without."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.send_frame(Frame(BINARY, encode_ws(peer.request(connection))))
    await peer.expect_aborted(connection, "a frame without a mask")


@case(
    "rfc8323/4.2/fragments",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.4",
    rows=("R8323-32",),
    transports=WS,
    title="A message in several frames is put together",
)
async def fragments(peer: StreamPeer) -> None:
    """In two frames, and then in frames of one byte."""
    connection = await peer.connect()
    for size in (4, 1):
        request = peer.request(connection)
        for frame in in_parts(encode_ws(request), size):
            connection.send_frame(frame)
        await peer.response_to(connection, request)


def in_parts(data: bytes, size: int) -> list[Frame]:
    """A binary message in frames of at most `size` bytes."""
    return [Frame(CONTINUATION if at else BINARY, data[at : at + size], at + size >= len(data),
                  masked=True) for at in range(0, len(data), size)]


@case(
    "rfc8323/4.2/control-between-fragments",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.4",
    rows=("R8323-32",),
    transports=WS,
    title="A control frame may come between the frames of a message",
)
async def control_between_fragments(peer: StreamPeer) -> None:
    """A WebSocket ping in the middle of a request: both are answered."""
    connection = await peer.connect()
    request = peer.request(connection)
    first, *rest = in_parts(encode_ws(request), 3)
    for frame in (first, Frame(ws.PING, b"between", masked=True), *rest):
        connection.send_frame(frame)
    await peer.response_to(connection, request)
    peer.check(any(f.opcode == ws.PONG and f.payload == b"between" for f in connection.frames),
               "a ping between the frames of a message: no pong came")


@case(
    "rfc8323/4.2/frame-length-16-bit",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.2",
    rows=("R8323-28",),
    transports=WS,
    title="Frames of more than 125 bytes are understood",
)
async def frame_length_16_bit(peer: StreamPeer) -> None:
    """Payloads of 125, 126 and 1000 bytes: the last of the short form, and the longer one."""
    connection = await peer.connect()
    for length in (125, 126, 1000):
        request = peer.request(connection, GET, "/", payload=b"x")
        request = request.but(payload=b"x" * (length - len(encode_ws(request)) + 1))
        connection.send(request)
        await peer.response_to(connection, request)


async def protocol_error(peer: StreamPeer, why: str, *frames: Frame) -> None:
    """Such frames fail the connection (RFC 6455 7.1.7): a Close frame, or just its end."""
    connection = await peer.connect()
    await peer.ask(connection)
    for frame in frames:
        connection.send_frame(frame)
    seen = await peer.ending(connection, until_abort=True)
    if seen.ended:
        return
    if not await peer.alive():
        await peer.lifeless(why)
    peer.fail(f"{why}: the connection has to be failed; it stays open")


@case(
    "rfc8323/4.2/stray-continuation",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.4",
    rows=("R8323-32",),
    transports=WS,
    title="A continuation of nothing fails the connection",
)
async def stray_continuation(peer: StreamPeer) -> None:
    """A continuation frame while no message has begun."""
    await protocol_error(peer, "a continuation of nothing",
                         Frame(CONTINUATION, b"\0\0", masked=True))


@case(
    "rfc8323/4.2/reserved-bit",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.2",
    rows=("R8323-28",),
    transports=WS,
    title="A reserved bit that no extension gives a meaning fails the connection",
)
async def reserved_bit(peer: StreamPeer) -> None:
    """No extension was negotiated. The message would be an Empty one, which is ignored."""
    await protocol_error(peer, "a frame with a reserved bit",
                         Frame(BINARY, b"\0\0", masked=True, reserved=2))


@case(
    "rfc8323/4.2/unknown-opcode",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.2",
    rows=("R8323-28",),
    transports=WS,
    title="An unknown opcode fails the connection",
)
async def unknown_opcode(peer: StreamPeer) -> None:
    """Opcodes 3 to 7 and 11 to 15 are reserved."""
    await protocol_error(peer, "a frame with opcode 3", Frame(3, b"\0\0", masked=True))


@case(
    "rfc8323/4.2/long-control-frame",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.5",
    rows=("X-11",),
    transports=WS,
    title="Control frames have at most 125 bytes",
)
async def long_control_frame(peer: StreamPeer) -> None:
    """A ping of 126 bytes."""
    await protocol_error(peer, "a ping of 126 bytes", Frame(ws.PING, bytes(126), masked=True))


@case(
    "rfc8323/4.2/fragmented-control-frame",
    level="MUST",
    rfc="RFC 8323 section 4.2, RFC 6455 section 5.5",
    rows=("X-11",),
    transports=WS,
    title="Control frames are never in parts",
)
async def fragmented_control_frame(peer: StreamPeer) -> None:
    """A ping that is not final."""
    await protocol_error(peer, "a ping that is not final",
                         Frame(ws.PING, b"part", fin=False, masked=True))


async def frame_of(peer: StreamPeer, connection: Connection, opcode: int) -> Frame | None:
    """The next control frame of a kind, passing over all else."""
    while True:
        arrival = await connection.next(peer.seconds(WAIT))
        if arrival is None or arrival is connection.closed:
            return None
        if arrival.kind == FRAME and arrival.frame and arrival.frame.opcode == opcode:
            return arrival.frame


@case(
    "rfc8323/4.4/websocket-ping",
    level="MUST",
    rfc="RFC 8323 section 4.4, RFC 6455 sections 5.5.2 and 5.5.3",
    rows=("X-11",),
    transports=WS,
    title="A WebSocket ping is answered with a pong of the same payload",
)
async def websocket_ping(peer: StreamPeer) -> None:
    """CoAP does not need them, and a WebSocket server has to answer all the same."""
    connection = await peer.connect()
    for payload in (b"", b"are you there"):
        connection.send_frame(Frame(ws.PING, payload, masked=True))
        pong = await frame_of(peer, connection, ws.PONG)
        if pong is None:
            await peer.missing("a pong", connection.closed)
        peer.check(pong.payload == payload, f"expected a pong with {payload!r}; got {pong}")


@case(
    "rfc8323/4.4/websocket-close",
    level="MUST",
    rfc="RFC 8323 section 4.4, RFC 6455 sections 5.5.1 and 7.1.1",
    rows=("X-11",),
    transports=WS,
    title="A Close frame is answered with one, and the server closes the connection",
)
async def websocket_close(peer: StreamPeer) -> None:
    """The closing handshake. The server is the one that closes the TCP connection; that it does so
    at once is a SHOULD."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.send_frame(Frame(CLOSE, ws.NORMAL.to_bytes(2, "big"), masked=True))
    seen = await peer.ending(connection)
    if not seen.close_frame and not seen.closed and not await peer.alive():
        await peer.lifeless("a Close frame")
    peer.check(seen.close_frame, "a Close frame: expected one in return; got "
               f"{'the end of the connection' if seen.closed else 'nothing'}")
    peer.check_should(seen.closed, "after the closing handshake the connection is still open")


@case(
    "rfc8323/4.3/csm-first",
    level="MUST",
    rfc="RFC 8323 section 4.3",
    rows=("R8323-04",),
    transports=WS,
    title="The first message on a WebSocket connection is a CSM",
)
async def csm_first(peer: StreamPeer) -> None:
    """Behind the handshake, before everything else."""
    await expect_csm_first(peer)


@case(
    "rfc8323/4.3/missing-csm",
    level="MUST",
    rfc="RFC 8323 sections 4.3 and 3.3",
    rows=("R8323-06",),
    transports=WS,
    title="A WebSocket connection that starts without a CSM is aborted",
)
async def missing_csm(peer: StreamPeer) -> None:
    """A request comes first. It must not be served."""
    await expect_csm_missed(peer)


@case(
    "rfc8323/4/ping-pong",
    level="MUST",
    rfc="RFC 8323 sections 4 and 5.4",
    rows=("R8323-14",),
    transports=WS,
    title="A Ping in a WebSocket message is answered with a Pong",
)
async def ping_pong(peer: StreamPeer) -> None:
    """With the token of the Ping. This is CoAP's ping, not that of WebSockets."""
    connection = await peer.connect()
    for token in (b"", b"a token"):
        connection.send(Message(code=PING, token=token))
        pong = await peer.expect(connection, "a Pong", lambda m: m.code == PONG)
        peer.check(pong.token == token, f"expected a Pong with the token '{token.hex()}'; "
                   f"got {describe(pong)}")


@case(
    "rfc8323/4/empty-ignored",
    level="MUST",
    rfc="RFC 8323 sections 4 and 3.4",
    rows=("R8323-07",),
    transports=WS,
    title="Empty messages in WebSocket messages are ignored",
)
async def empty_ignored(peer: StreamPeer) -> None:
    """No answer, and the connection goes on."""
    await expect_empty_ignored(peer, 1)


@case(
    "rfc8323/4/critical-option-csm",
    level="MUST",
    rfc="RFC 8323 sections 4 and 5.2",
    rows=("R8323-09",),
    transports=WS,
    title="An unknown critical option in a CSM ends a WebSocket connection",
)
async def critical_option_csm(peer: StreamPeer) -> None:
    """An Abort, a Close frame or the end of the connection will do."""
    connection = await peer.connect()
    connection.send(Message(code=CSM, options=((UNKNOWN_CRITICAL, b"\x01"),)))
    await peer.expect_aborted(connection, "a CSM with an unknown critical option")


@case(
    "rfc8323/4/elective-option-csm",
    level="MUST",
    rfc="RFC 8323 sections 4 and 5.2",
    rows=("R8323-10",),
    transports=WS,
    title="An unknown elective option in a CSM is ignored on a WebSocket connection",
)
async def elective_option_csm(peer: StreamPeer) -> None:
    """So that capabilities can be added later."""
    connection = await peer.connect(Message(code=CSM, options=((UNKNOWN_ELECTIVE, b"\x01"),)))
    await peer.expect_usable(connection, "a CSM with an unknown elective option")


@case(
    "rfc8323/4/release-closes",
    level="INTEROP",
    rfc="RFC 8323 sections 4 and 5.5",
    rows=("R8323-17",),
    transports=WS,
    title="A Release is answered by closing the WebSocket connection",
)
async def release_closes(peer: StreamPeer) -> None:
    """With or without a closing handshake."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.send(Message(code=RELEASE))
    seen = await peer.ending(connection, until_abort=True)
    peer.check_should(seen.ended, "a Release: the connection is still open after five seconds")


@case(
    "rfc8323/4/tokens-in-flight",
    level="MUST",
    rfc="RFC 8323 sections 4 and 4.3",
    rows=("R8323-08",),
    transports=WS,
    requires=("resource:separate",),
    title="Of several requests in flight on a WebSocket connection each gets its own response",
)
async def tokens_in_flight(peer: StreamPeer) -> None:
    """A slow one and a quick one, with tokens of different lengths."""
    connection = await peer.connect()
    slow = connection.send(peer.request(connection, GET, peer.resource("separate"), token=b"slow"))
    quick = connection.send(peer.request(connection, token=b"quicker"))
    tokens = {slow.token, quick.token}
    while tokens:
        answer = await peer.expect(connection, f"{len(tokens)} more responses",
                                   lambda m: m.is_response, seconds=12.0)
        peer.check(answer.token in tokens, "expected one response to each request; got also "
                   f"{describe(answer)}")
        tokens.discard(answer.token)


@case(
    "rfc8323/4.2/syntax-error",
    level="MUST",
    rfc="RFC 8323 sections 4.2 and 5.6",
    rows=("R8323-21",),
    transports=WS,
    title="A message with a syntax error is not processed",
)
async def syntax_error(peer: StreamPeer) -> None:
    """A GET with an option delta of 15, in a correct frame. A success is a failure; anything but an
    Abort or the end is a warning."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.send_frame(Frame(BINARY, b"\x01\x01s\xf1\x00", masked=True))
    seen = await peer.ending(connection, until_abort=True)
    answer = seen.response
    peer.check(answer is None or answer.code >> 5 != 2, "an option delta of 15: must not be "
               f"processed; got {describe(answer) if answer else ''}")
    if not seen.ended and not await peer.alive():
        await peer.lifeless("an option delta of 15")
    peer.check_should(seen.ended, "an option delta of 15: the connection stays open")
