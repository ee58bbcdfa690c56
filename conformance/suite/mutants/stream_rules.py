"""The rules of reliable transports (RFC 8323, RFC 6455), one hook each."""

from __future__ import annotations

from .. import stream as s
from .. import websocket as ws
from ..message import Message, uint
from ..websocket import Frame, Head
from .rules import Rules

OWN_SIZE = 131072  # what the reference server says it can take
# Critical signaling options that a server could know: none are defined.
KNOWN_CRITICAL: frozenset[tuple[int, int]] = frozenset()


class StreamRules(Rules):
    """CoAP over TCP as RFC 8323 has it."""

    transport = "coap+tcp"

    def largest_exponent(self) -> int:
        """BERT is there as well (6): our CSM says so."""
        return 7

    # 3.2: the message format

    def size_of(self, buffer: bytes) -> int | None:
        """How long the message at the front of the stream is; raises FormatError."""
        return s.frame_size(buffer)

    def decoded(self, frame: bytes) -> Message | None:
        """The message in a frame; None to pass over it. Raises FormatError."""
        return s.decode_tcp(frame)

    def longest_token(self) -> int:
        """Longer ones would have to be announced (RFC 8974 2.2.1)."""
        return 8

    def kept(self, buffer: bytes) -> bytes:
        """What stays of a message that has not come whole yet: all of it."""
        return buffer

    def goes_on(self, taken: int) -> bool:
        """Whether more is looked at in a segment when `taken` messages of it have been."""
        return True

    def encoded(self, message: Message) -> bytes:
        return s.encode_tcp(message)

    # 3.3, 5.3: settings

    def csm(self) -> Message | None:
        return Message(code=s.CSM, options=((s.MAX_MESSAGE_SIZE, uint(OWN_SIZE)),
                                            (s.BLOCK_WISE_TRANSFER, b"")))

    def greets_at_once(self) -> bool:
        """Whether the CSM goes out before anything else (3.3)."""
        return True

    def serves_without_csm(self, message: Message) -> bool:
        """Nothing but a CSM may come first (3.3)."""
        return message.code == s.CSM

    def takes_csm(self, count: int) -> bool:
        """Whether the CSM with this number on the connection is taken: all are (5.3)."""
        return True

    def size_limit(self, size: int) -> int:
        """The largest message to send to a peer that takes `size` bytes (5.3.1)."""
        return size

    def new_size(self, old: int, new: int | None) -> int:
        """What a CSM without Max-Message-Size leaves as it is (5.3)."""
        return old if new is None else new

    # 3.4: connection health

    def for_empty(self) -> Message | None:
        """Ignored, always."""
        return None

    def aborts_at_empty(self) -> bool:
        return False

    # 5.2: signaling options

    def stumbles_over(self, code: int, number: int) -> bool:
        """A critical option that is not understood ends the connection."""
        return number & 1 == 1 and (code, number) not in KNOWN_CRITICAL

    # 5.4: Ping and Pong

    def pong(self, ping: Message) -> Message | None:
        custody = ((s.CUSTODY, b""),) if ping.has(s.CUSTODY) else ()
        return Message(code=s.PONG, token=ping.token, options=custody)

    def awaits_custody(self, ping: Message) -> bool:
        """Whether the Pong waits for the requests before it (5.4.1)."""
        return ping.has(s.CUSTODY)

    # 5.5, 5.6: Release and Abort

    def closes_on_release(self) -> bool:
        return True

    def awaits_answers(self) -> bool:
        """Whether requests before a Release are still answered."""
        return True

    def heeds_abort(self) -> bool:
        return True

    def abort(self, reason: str, bad_option: int | None) -> Message | None:
        options = () if bad_option is None else ((s.BAD_CSM_OPTION, uint(bad_option)),)
        return Message(code=s.ABORT, options=options, payload=reason.encode())

    def closes_after_abort(self) -> bool:
        return True

    # 3.3: answers

    def stream_token(self, request: Message, latest: Message) -> bytes:
        """The token of a response: that of its request, whatever came since."""
        return request.token

    def sent_on(self, own: object, latest: object) -> object:
        """The connection a response goes out on: the one its request came on."""
        return own


class WebSocketRules(StreamRules):
    """CoAP over WebSockets as RFC 8323 section 4 and RFC 6455 have it."""

    transport = "coap+ws"

    def decoded(self, frame: bytes) -> Message | None:
        return s.decode_ws(frame)

    def encoded(self, message: Message) -> bytes:
        return s.encode_ws(message)

    # RFC 6455 4.2: the opening handshake

    def refusal(self, head: Head) -> tuple[int, dict[str, str]] | None:
        """The status and header fields of a refusal, None when the handshake is correct."""
        if not head.first.startswith("GET ") or "HTTP/1.1" not in head.first:
            return 400, {}
        if not self.asks_for_upgrade(head):
            return 400, {}
        if not self.takes_version(head.value("sec-websocket-version")):
            return 426, {"Sec-WebSocket-Version": ws.VERSION}
        return None

    def asks_for_upgrade(self, head: Head) -> bool:
        return (self.lists(head, "upgrade", "websocket")
                and self.lists(head, "connection", "upgrade")
                and self.takes_key(head.value("sec-websocket-key")))

    def lists(self, head: Head, name: str, word: str) -> bool:
        return word in head.words(name)

    def takes_key(self, key: str | None) -> bool:
        return bool(key)

    def takes_version(self, version: str | None) -> bool:
        return version == ws.VERSION

    def accept(self, key: str) -> str:
        return ws.accept_key(key)

    def subprotocol(self, offered: list[str]) -> str | None:
        """The one that is spoken, if the client offers it (RFC 8323 4.1)."""
        return ws.SUBPROTOCOL if ws.SUBPROTOCOL in offered else None

    def speaks_with(self, offered: list[str]) -> bool:
        """Without the subprotocol there is nothing to talk about."""
        return ws.SUBPROTOCOL in offered

    def handshake_rest(self, rest: bytes) -> bytes:
        """Frames right behind the handshake belong to the connection."""
        return rest

    # RFC 6455 5: frames

    def violation(self, frame: Frame, parts: list[Frame]) -> str | None:
        """What is wrong with a frame, None when nothing is."""
        for rule in (self.unmasked, self.reserved_bits, self.unknown_opcode, self.bad_control,
                     self.out_of_sequence):
            if (what := rule(frame, parts)) is not None:
                return what
        return None

    def unmasked(self, frame: Frame, parts: list[Frame]) -> str | None:
        return None if frame.masked else "a frame without a mask"

    def reserved_bits(self, frame: Frame, parts: list[Frame]) -> str | None:
        return "a reserved bit" if frame.reserved else None

    def unknown_opcode(self, frame: Frame, parts: list[Frame]) -> str | None:
        return None if frame.opcode in ws.NAMES else "an unknown opcode"

    def bad_control(self, frame: Frame, parts: list[Frame]) -> str | None:
        if not frame.is_control:
            return None
        return self.long_control(frame) or self.cut_control(frame)

    def long_control(self, frame: Frame) -> str | None:
        return "a long control frame" if len(frame.payload) > ws.CONTROL_AT_MOST else None

    def cut_control(self, frame: Frame) -> str | None:
        return None if frame.fin else "a control frame in parts"

    def out_of_sequence(self, frame: Frame, parts: list[Frame]) -> str | None:
        if frame.is_control:
            return None
        if frame.opcode == ws.CONTINUATION:
            return self.stray_continuation(parts)
        return "a new message inside another" if parts else None

    def stray_continuation(self, parts: list[Frame]) -> str | None:
        return None if parts else "a continuation of nothing"

    def whole(self, parts: list[Frame]) -> bytes:
        return b"".join(part.payload for part in parts)

    def serves_text(self) -> bool:
        """CoAP is in binary messages only (RFC 8323 4.2)."""
        return False

    def pong_frame(self, ping: Frame) -> Frame | None:
        return Frame(ws.PONG, ping.payload)

    def close_frame(self, close: Frame) -> Frame | None:
        return Frame(ws.CLOSE, close.payload[:2])

    def closes_after_close(self) -> bool:
        return True

    def sent_frame(self, payload: bytes) -> Frame:
        return Frame(ws.BINARY, payload)
