"""Messages and frames of reliable transports: what goes in comes out, cut anywhere."""

from __future__ import annotations

import pytest
from conftest import Reference, coapspec

from suite import websocket as ws
from suite.codec import FormatError
from suite.message import CONTENT, GET, POST, Message, path_options
from suite.stream import (
    ABORT,
    CSM,
    PING,
    TcpReader,
    decode_tcp,
    decode_ws,
    describe,
    encode_tcp,
    encode_ws,
    frame_size,
)
from suite.websocket import Frame, FrameReader, encode_frame


@pytest.mark.parametrize(("message", "expected"), [
    # The examples of RFC 8323: figures 5, 8 and 9.
    (Message(code=0x43, token=b"\x7f"), "01437f"),
    (Message(code=PING, token=b"\x42"), "01e242"),
    (Message(code=CSM), "00e1"),
    (Message(code=GET, options=path_options("/test")), "5001b474657374"),
    (Message(code=POST, payload=b"x" * 12), "d00002ff" + "78" * 12),
    (Message(code=GET, token=bytes(13)), "0d0100" + "00" * 13),
])
def test_bytes_on_tcp(message: Message, expected: str) -> None:
    assert encode_tcp(message).hex() == expected
    assert decode_tcp(bytes.fromhex(expected)) == message


@pytest.mark.parametrize("length", [1, 2, 12, 13, 14, 268, 269, 270, 65804, 65805, 65806])
def test_every_length_form(length: int) -> None:
    message = Message(code=CONTENT, token=b"tok", payload=b"p" * (length - 1) if length > 1 else b"")
    data = encode_tcp(message)
    assert frame_size(data) == len(data)
    assert TcpReader().feed(data) == [message]
    assert decode_ws(encode_ws(message)) == message
    assert encode_ws(message)[0] == 3


def test_a_stream_may_be_cut_anywhere() -> None:
    messages: list[Message | FormatError] = [
        Message(code=CSM, options=((2, b"\x10\x00"),)),
        Message(code=GET, token=b"t", options=path_options("/a/long/path/to/a/resource?x=y")),
        Message(code=CONTENT, token=bytes(300), payload=b"z" * 400)]
    stream = b"".join(encode_tcp(m) for m in messages if isinstance(m, Message))
    for cut in range(len(stream) + 1):
        reader = TcpReader()
        assert reader.feed(stream[:cut]) + reader.feed(stream[cut:]) == messages
    reader = TcpReader()
    assert [m for n in range(len(stream)) for m in reader.feed(stream[n : n + 1])] == messages


@pytest.mark.parametrize("data", ["0f01", "1001f1", "2001f100", "1001ff", "5001b874657374"])
def test_errors_are_told(data: str) -> None:
    (found,) = TcpReader().feed(bytes.fromhex(data))
    assert isinstance(found, FormatError)


@pytest.mark.parametrize("data", ["", "00", "1001", "0f01", "0101"])
def test_errors_in_websocket_messages_are_told(data: str) -> None:
    with pytest.raises(FormatError):
        decode_ws(bytes.fromhex(data))


def test_messages_for_people() -> None:
    assert describe(Message(code=CSM, options=((2, b"\x10\x00"), (4, b"")))) == (
        "7.01 (CSM), Max-Message-Size: 0x1000, Block-Wise-Transfer")
    assert describe(Message(code=ABORT, payload=b"why")) == "7.05 (Abort), payload 'why'"
    assert describe(Message(code=GET, token=b"\1")) == "GET, token 01"


def test_the_key_of_the_rfc() -> None:
    """RFC 6455 section 1.3."""
    assert ws.accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536])
@pytest.mark.parametrize("masked", [False, True])
def test_frames_of_every_length(length: int, masked: bool) -> None:
    frame = Frame(ws.BINARY, bytes(n & 0xFF for n in range(length)), masked=masked)
    data = encode_frame(frame)
    assert FrameReader().feed(data) == [frame]
    reader = FrameReader()
    assert reader.feed(data[:1]) + reader.feed(data[1:3]) + reader.feed(data[3:]) == [frame]


def test_the_frames_of_the_rfc() -> None:
    """RFC 6455 section 5.7: a masked Hello, and one in two parts."""
    read = FrameReader().feed(bytes.fromhex("818537fa213d7f9f4d5158010348656c80026c6f"))
    assert read == [Frame(ws.TEXT, b"Hello", masked=True), Frame(ws.TEXT, b"Hel", fin=False),
                    Frame(ws.CONTINUATION, b"lo")]


def test_heads_are_read_and_bounded() -> None:
    request = ws.upgrade_request(ws.upgrade_fields("h", "key"))
    head, rest = ws.split_head(request + b"more")
    assert head and rest == b"more" and head.first == "GET /.well-known/coap HTTP/1.1"
    assert head.words("UPGRADE") == ["websocket"] and head.value("sec-websocket-key") == "key"
    assert ws.split_head(request[:-1]) == (None, request[:-1])
    assert ws.Head("HTTP/1.1 101 Switching Protocols").status == 101
    assert ws.Head("nonsense 101").status == 0
    with pytest.raises(ws.WebSocketError):
        ws.split_head(bytes(ws.LONGEST_HEAD + 1))
    with pytest.raises(ws.WebSocketError):
        ws.split_head(b"GET / HTTP/1.1\r\nno colon\r\n\r\n")


@pytest.mark.parametrize(("mutant", "case"), [
    ("forgets-the-pings-token", "rfc8323/5.4/pong-token"),
    ("pongs-with-another-token", "rfc8323/4/ping-pong"),
])
def test_a_failure_shows_the_bytes_of_the_stream(reference: Reference, mutant: str,
                                                 case: str) -> None:
    done = coapspec("server", reference.start(mutant), "--only", case)
    assert done.code == 1
    assert f"FAIL {case}" in done.out and "7.02 (Ping)" in done.out
    assert ">> " in done.out and "<< " in done.out and "7.03 (Pong)" in done.out
