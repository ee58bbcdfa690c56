"""The runner's own codec: against itself, the RFC's examples, and tshark's dissector."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from suite.codec import FormatError, decode, encode
from suite.message import (
    ACK,
    CON,
    CONTENT,
    EMPTY,
    GET,
    NON,
    OPTIONS,
    URI_PATH,
    Message,
    Type,
    code,
    code_name,
    path_options,
    uint,
)


def random_message(dice: random.Random) -> Message:
    lengths = [0, 1, 4, 8, 12, 13, 268, 269, 300]
    options = tuple(sorted(
        ((dice.choice([dice.randrange(65536), dice.randrange(300)]),
          dice.randbytes(dice.choice([0, 1, 12, 13, 14, 268, 269, 270])))
         for _ in range(dice.randrange(6))), key=lambda option: option[0]))
    return Message(Type(dice.randrange(4)), dice.randrange(1, 256), dice.randrange(65536),
                   dice.randbytes(dice.choice(lengths)), options,
                   dice.randbytes(dice.choice([0, 1, 100])))


def test_random_messages_survive_both_ways() -> None:
    dice = random.Random(7252)
    for _ in range(3000):
        message = random_message(dice)
        assert decode(encode(message)) == message


def test_whatever_decodes_encodes_to_the_same_bytes() -> None:
    dice = random.Random(1)
    accepted = 0
    for _ in range(60000):
        data = bytes([0x40 | dice.randrange(0x34)]) + dice.randbytes(dice.randrange(12))
        try:
            message = decode(data)
        except FormatError as error:
            assert 0 <= error.offset <= len(data)
            continue
        accepted += 1
        assert encode(message) == data
    assert accepted > 500


@pytest.mark.parametrize(("data", "reason", "offset"), [
    ("", "header runs past the end", 0),
    ("400100", "header runs past the end", 0),
    ("80010001", "version 2", 0),
    ("4f010001", "token length 15 is reserved", 3),
    ("4401000101", "token runs past the end", 4),
    ("4d010001", "token length runs past the end", 4),
    ("40010001ff", "payload marker without payload", 4),
    ("40010001f0", "option delta 15 is reserved", 4),
    ("400100010f", "option length 15 is reserved", 4),
    ("40010001b36162", "option value runs past the end", 5),
    ("40010001e0fef3", "option number past 65535", 7),
    ("4000000110", "Empty message with bytes after the message ID", 4),
])
def test_malformed_datagrams_say_what_and_where(data: str, reason: str, offset: int) -> None:
    with pytest.raises(FormatError) as caught:
        decode(bytes.fromhex(data))
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


def test_appendix_a_of_rfc_7252() -> None:
    request = Message(CON, GET, 0x7D34, options=((URI_PATH, b"temperature"),))
    assert encode(request).hex() == "40017d34bb74656d7065726174757265"
    response = decode(bytes.fromhex("60457d34ff32322e332043"))
    assert (response.type, response.code, response.payload) == (ACK, CONTENT, b"22.3 C")


def test_values_and_names() -> None:
    assert code("2.05") == 69 and code_name(69) == "2.05" and code_name(EMPTY) == "0.00 (Empty)"
    assert [uint(n) for n in (0, 1, 255, 256)] == [b"", b"\x01", b"\xff", b"\x01\x00"]
    assert path_options("/a/b?c=1&d") == ((11, b"a"), (11, b"b"), (15, b"c=1"), (15, b"d"))
    assert path_options("/") == ()
    assert OPTIONS[11].critical and OPTIONS[11].unsafe and not OPTIONS[12].critical
    assert "Uri-Path: 'x'" in str(Message(NON, GET, 1, options=((URI_PATH, b"x"),)))


def pcap_of(datagrams: list[bytes]) -> bytes:
    """A capture file of IPv4 UDP packets to port 5683 (link type 101, raw IP)."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for number, data in enumerate(datagrams):
        udp = struct.pack("!HHHH", 40000, 5683, 8 + len(data), 0) + data
        ip = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, 0x7F000001,
                         0x7F000001)
        out += struct.pack("<IIII", number, 0, len(ip + udp), len(ip + udp)) + ip + udp
    return out


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_tshark_reads_the_same(tmp_path: Path) -> None:
    dice = random.Random(5683)
    messages = [random_message(dice).but(token=dice.randbytes(dice.randrange(9)),
                                         code=dice.choice([1, 2, 3, 4, 69, 132]))
                for _ in range(300)]
    capture = tmp_path / "messages.pcap"
    capture.write_bytes(pcap_of([encode(message) for message in messages]))
    shown = subprocess.run(
        ["tshark", "-r", capture, "-T", "fields", "-e", "coap.type", "-e", "coap.code", "-e",
         "coap.mid", "-e", "coap.token", "-e", "coap.payload_length", "-E", "occurrence=f"],
        capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(shown) == len(messages)
    for message, line in zip(messages, shown, strict=True):
        kind, code_text, mid, token, payload = line.split("\t")
        assert (int(kind), int(code_text), int(mid)) == (message.type, message.code, message.mid)
        assert token.replace(":", "") == message.token.hex()
        assert int(payload or 0) == len(message.payload)
