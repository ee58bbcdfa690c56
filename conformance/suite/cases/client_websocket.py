"""Clients over WebSockets (RFC 8323 section 4, RFC 6455): the opening handshake, and frames."""

from __future__ import annotations

import base64
import binascii

from .. import websocket as ws
from ..case import WS
from ..client_stream_handle import IGNORING_SECONDS, PATIENT_SECONDS, StreamClientPeer
from ..connection import CLOSED, FRAME
from ..stream import encode_ws
from ..websocket import Frame
from .client_streams import client_case, expect_ending

KEY_BYTES = 16
HANDSHAKE = "RFC 8323 section 4.1, RFC 6455 section 4.1"
REFUSED = "HTTP/1.1 403 Forbidden"


@client_case("rfc8323/4.1/client-handshake", rfc=HANDSHAKE, rows=("R8323-27",), transports=WS,
             title="A client's opening handshake is whole, and offers the subprotocol coap")
async def handshake(client: StreamClientPeer) -> None:
    """A GET of /.well-known/coap in HTTP/1.1, with the header fields that RFC 6455 asks for."""
    async with client.asking() as asked:
        head = await asked.handshake(await asked.connected())
        address = asked.address
    client.check(head.first == f"GET {ws.PATH} HTTP/1.1",
                 f"expected GET {ws.PATH} HTTP/1.1; got {head.first}")
    client.check(head.value("host") == address.authority,
                 f"expected Host: {address.authority}; got {head.value('host')}")
    for name, word in (("upgrade", "websocket"), ("connection", "upgrade"),
                       ("sec-websocket-version", ws.VERSION),
                       ("sec-websocket-protocol", ws.SUBPROTOCOL)):
        client.check(word in head.words(name),
                     f"expected {word} in {name}; got {head.value(name)}")


@client_case("rfc8323/4.1/client-key", rfc=HANDSHAKE, rows=("R8323-27",), transports=WS,
             title="A client's key is 16 bytes in base64, and another one each time")
async def key(client: StreamClientPeer) -> None:
    """Two connections, of two runs."""
    keys = []
    for _ in range(2):
        async with client.asking(IGNORING_SECONDS) as asked:
            head = await asked.handshake(await asked.connected())
        keys.append(head.value("sec-websocket-key") or "")
        try:
            size = len(base64.b64decode(keys[-1], validate=True))
        except binascii.Error:
            size = 0
        client.check(size == KEY_BYTES, f"expected a key of 16 bytes in base64; got '{keys[-1]}'")
    client.check(keys[0] != keys[1], f"expected a fresh key; got {keys[0]} twice")


async def expect_no_message(client: StreamClientPeer, why: str, **changes: str | None) -> None:
    """After such an answer to the handshake the client says nothing but, perhaps, that it closes."""
    async with client.asking(IGNORING_SECONDS) as asked:
        connection = await asked.connected()
        connection.switch(await asked.handshake(connection), **changes)  # type: ignore[arg-type]
        arrival = await connection.next(client.seconds(IGNORING_SECONDS))
        said = arrival and arrival.kind not in (CLOSED, FRAME)
        client.check(not said, f"{why}: expected that the client says nothing more; got "
                     f"{arrival.text if arrival else ''}")


@client_case("rfc8323/4.1/client-wrong-accept", rfc=HANDSHAKE, rows=("R8323-27",), transports=WS,
             title="A client goes no further when Sec-WebSocket-Accept does not fit its key")
async def wrong_accept(client: StreamClientPeer) -> None:
    """The server has not read the client's handshake, or is none for WebSockets."""
    await expect_no_message(client, "a wrong Sec-WebSocket-Accept", accept=ws.accept_key("another"))


@client_case("rfc8323/4.1/client-missing-accept", rfc=HANDSHAKE, rows=("R8323-27",), transports=WS,
             title="A client goes no further when there is no Sec-WebSocket-Accept")
async def missing_accept(client: StreamClientPeer) -> None:
    """Without it nothing is proved."""
    await expect_no_message(client, "no Sec-WebSocket-Accept", accept=None)


@client_case("rfc8323/4.1/client-other-status", rfc=HANDSHAKE, rows=("R8323-27",), transports=WS,
             title="A client goes no further when the status is not 101")
async def other_status(client: StreamClientPeer) -> None:
    """403, with all the header fields of a good answer."""
    await expect_no_message(client, "the status 403", first=REFUSED)


@client_case("rfc8323/4.1/client-other-subprotocol", rfc=HANDSHAKE, rows=("R8323-27",),
             transports=WS, title="A client goes no further with a subprotocol it has not offered")
async def other_subprotocol(client: StreamClientPeer) -> None:
    """The server chooses mqtt."""
    await expect_no_message(client, "the subprotocol mqtt", protocol="mqtt")


@client_case("rfc8323/4.2/client-frames", rfc="RFC 8323 section 4.2, RFC 6455 section 5.1",
             rows=("R8323-28", "R8323-31"), transports=WS,
             title="A client sends its messages in masked binary frames")
async def frames(client: StreamClientPeer) -> None:
    """One message in each, whose Len is 0."""
    async with client.asking() as asked:
        connection, _ = await asked.asked()
        for frame in connection.frames:
            client.check(frame.masked, f"expected masked frames; got {frame} without a mask")
            client.check(frame.is_control or frame.opcode in (ws.BINARY, ws.CONTINUATION),
                         f"expected binary frames; got {frame}")
            client.check(not frame.reserved, f"expected no reserved bit; got {frame}")


@client_case("rfc8323/4.2/client-fragments", rfc="RFC 8323 section 4.2, RFC 6455 section 5.4",
             rows=("R8323-32",), transports=WS,
             title="A client puts a response together that comes in fragments, a Ping among them")
async def fragments(client: StreamClientPeer) -> None:
    """Three frames of one message; the WebSocket's Ping between them is answered."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        whole = encode_ws(asked.response(request))
        connection.send_frame(Frame(ws.BINARY, whole[:3], fin=False))
        connection.send_frame(Frame(ws.CONTINUATION, whole[3:7], fin=False))
        connection.send_frame(Frame(ws.PING, b"now"))
        connection.send_frame(Frame(ws.CONTINUATION, whole[7:]))
        await asked.expect_worked("a response in three fragments")


@client_case("rfc8323/4.4/client-websocket-ping",
             rfc="RFC 8323 section 4.4, RFC 6455 sections 5.5.2 and 5.5.3", rows=("X-11",),
             transports=WS, title="A client answers a WebSocket's Ping with a Pong of the same bytes")
async def websocket_ping(client: StreamClientPeer) -> None:
    """While its request is under way."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        connection.send_frame(Frame(ws.PING, b"are you there"))
        arrival = await asked.next_of(connection, FRAME, "a Pong frame")
        frame = arrival.frame
        client.check(frame and frame.opcode == ws.PONG and frame.payload == b"are you there",
                     f"expected a Pong frame with the Ping's bytes; got {arrival.text}")
        connection.send(asked.response(request))
        await asked.expect_worked("a Ping frame before the response")


@client_case("rfc8323/4.4/client-websocket-close",
             rfc="RFC 8323 section 4.4, RFC 6455 section 5.5.1", rows=("X-11",), transports=WS,
             title="A client answers a Close frame with one")
async def websocket_close(client: StreamClientPeer) -> None:
    """The server closes instead of answering."""
    async with client.asking(PATIENT_SECONDS) as asked:
        connection, _ = await asked.asked()
        connection.send_frame(Frame(ws.CLOSE, ws.NORMAL.to_bytes(2, "big")))
        arrival = await asked.next_of(connection, FRAME, "a Close frame")
        client.check(arrival.frame and arrival.frame.opcode == ws.CLOSE,
                     f"expected a Close frame; got {arrival.text}")


@client_case("rfc8323/4.2/client-masked-server", rfc="RFC 8323 section 4.2, RFC 6455 section 5.1",
             rows=("R8323-31",), transports=WS,
             title="A client ends a connection whose server masks its frames")
async def masked_server(client: StreamClientPeer) -> None:
    """The CSM comes masked."""
    frame = Frame(ws.BINARY, bytes([0, 0xE1]), masked=True)
    await expect_ending(client, "a masked frame from the server", ws.encode_frame(frame))


@client_case("rfc8323/4.2/client-reserved-bit", rfc="RFC 8323 section 4.2, RFC 6455 section 5.2",
             rows=("R8323-28",), transports=WS,
             title="A client ends a connection that brings a frame with a reserved bit")
async def reserved_bit(client: StreamClientPeer) -> None:
    """No extension has been negotiated that could give the bit a meaning."""
    frame = Frame(ws.BINARY, bytes([0, 0xE1]), reserved=4)
    await expect_ending(client, "a frame with a reserved bit", ws.encode_frame(frame))


@client_case("rfc8323/4.2/client-text", rfc="RFC 8323 section 4.2", rows=("R8323-29",),
             level="INTEROP", transports=WS,
             title="A client takes no text message for a response")
async def text(client: StreamClientPeer) -> None:
    """CoAP is in binary messages."""
    async with client.asking(IGNORING_SECONDS) as asked:
        connection, request = await asked.asked()
        connection.send_frame(Frame(ws.TEXT, encode_ws(asked.response(request))))
        outcome = await asked.outcome()
        client.check_should(not outcome.worked, "a response in a text message: expected that it is "
                            f"not taken; {outcome.text}")


@client_case("rfc8323/4.2/client-syntax-error", rfc="RFC 8323 sections 4.2 and 5.6",
             rows=("R8323-21",), level="INTEROP", transports=WS,
             title="A client ends a connection that brings a message that is none, over WebSockets")
async def syntax_error(client: StreamClientPeer) -> None:
    """An option that is longer than the message; an Abort, or a closed connection, is the answer."""
    await expect_ending(client, "a message that is none",
                        ws.encode_frame(Frame(ws.BINARY, bytes([0, 0x45, 0x35, 0]))), usual=True)
