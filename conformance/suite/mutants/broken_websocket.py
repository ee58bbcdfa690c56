"""Mutants of CoAP over WebSockets (RFC 8323 section 4, RFC 6455)."""

from __future__ import annotations

from .. import stream as s
from .. import websocket as ws
from ..codec import FormatError
from ..message import EMPTY, GET, Message
from ..websocket import Frame, Head
from .catalogue import mutant
from .stream_rules import WebSocketRules


@mutant("rfc8323/4.1/upgrade")
class ReturnsTheKey(WebSocketRules):
    """Sec-WebSocket-Accept is the client's key as it is."""

    def accept(self, key: str) -> str:
        return key


@mutant("rfc8323/4.1/subprotocol")
class NamesNoSubprotocol(WebSocketRules):
    """No subprotocol is named in the answer."""

    def subprotocol(self, offered: list[str]) -> str | None:
        return None


@mutant("rfc8323/4.1/subprotocol")
class SeesTheFirstSubprotocolOnly(WebSocketRules):
    """Of several subprotocols only the first is looked at."""

    def speaks_with(self, offered: list[str]) -> bool:
        return offered[:1] == [ws.SUBPROTOCOL]


@mutant("rfc8323/4.1/subprotocol-not-offered")
class AlwaysNamesCoap(WebSocketRules):
    """The subprotocol coap is named although it was not offered."""

    def speaks_with(self, offered: list[str]) -> bool:
        return True

    def subprotocol(self, offered: list[str]) -> str | None:
        return ws.SUBPROTOCOL


@mutant("rfc8323/4.1/field-names")
class ReadsFieldsToTheLetter(WebSocketRules):
    """Upgrade and Connection have to be exactly as in the RFC's example."""

    def lists(self, head: Head, name: str, word: str) -> bool:
        return (head.value(name) or "") in ("websocket", "Upgrade")


@mutant("rfc8323/4.1/handshake-split")
class DropsWhatFollowsTheHandshake(WebSocketRules):
    """Frames in the same segment as the end of the handshake are lost."""

    def handshake_rest(self, rest: bytes) -> bytes:
        return b""


@mutant("rfc8323/4.1/wrong-version")
class TakesAnyVersion(WebSocketRules):
    """Every version of the WebSocket protocol will do."""

    def takes_version(self, version: str | None) -> bool:
        return True


@mutant("rfc8323/4.1/missing-key")
class TakesNoKey(WebSocketRules):
    """The handshake is completed without a key."""

    def takes_key(self, key: str | None) -> bool:
        return True


@mutant("rfc8323/4.1/missing-upgrade")
class UpgradesUnasked(WebSocketRules):
    """Every request is taken for a handshake."""

    def lists(self, head: Head, name: str, word: str) -> bool:
        return True


@mutant("rfc8323/4.2/frames-sent")
class MasksItsFrames(WebSocketRules):
    """The server's frames have a mask."""

    def sent_frame(self, payload: bytes) -> Frame:
        return Frame(ws.BINARY, payload, masked=True)


@mutant("rfc8323/4.2/frames-sent")
class SetsLen(WebSocketRules):
    """Len is 1 in the server's responses."""

    def encoded(self, message: Message) -> bytes:
        data = s.encode_ws(message)
        # One response only, lest every case should fail.
        return bytes([data[0] | 0x10]) + data[1:] if message.token == b"measured" else data


@mutant("rfc8323/4.2/text-not-served")
class ServesText(WebSocketRules):
    """A text message is as good as a binary one."""

    def serves_text(self) -> bool:
        return True


@mutant("rfc8323/4.2/unmasked")
class ServesUnmasked(WebSocketRules):
    """Frames without a mask are taken."""

    def unmasked(self, frame: Frame, parts: list[Frame]) -> str | None:
        return None


@mutant("rfc8323/4.2/fragments", also=("rfc8323/4.2/control-between-fragments",))
class SeesTheLastPartOnly(WebSocketRules):
    """Of a message in several frames only the last one is taken."""

    def whole(self, parts: list[Frame]) -> bytes:
        return parts[-1].payload


@mutant("rfc8323/4.2/control-between-fragments")
class WantsNoControlBetween(WebSocketRules):
    """A control frame between the frames of a message fails the connection."""

    def out_of_sequence(self, frame: Frame, parts: list[Frame]) -> str | None:
        if frame.is_control and parts:
            return "a control frame inside a message"
        return super().out_of_sequence(frame, parts)


@mutant("rfc8323/4.2/frame-length-16-bit")
class KnowsShortFramesOnly(WebSocketRules):
    """A frame of more than 125 bytes fails the connection."""

    def reserved_bits(self, frame: Frame, parts: list[Frame]) -> str | None:
        if len(frame.payload) > 125 and not frame.is_control:
            return "a long frame"
        return super().reserved_bits(frame, parts)


@mutant("rfc8323/4.2/stray-continuation")
class TakesStrayContinuation(WebSocketRules):
    """A continuation of nothing is taken for a message."""

    def stray_continuation(self, parts: list[Frame]) -> str | None:
        return None


@mutant("rfc8323/4.2/reserved-bit")
class IgnoresReservedBits(WebSocketRules):
    """Reserved bits are not looked at."""

    def reserved_bits(self, frame: Frame, parts: list[Frame]) -> str | None:
        return None


@mutant("rfc8323/4.2/unknown-opcode")
class TakesUnknownOpcodes(WebSocketRules):
    """An unknown opcode is taken for a binary message."""

    def unknown_opcode(self, frame: Frame, parts: list[Frame]) -> str | None:
        return None


@mutant("rfc8323/4.2/long-control-frame")
class TakesLongControlFrames(WebSocketRules):
    """Control frames may have any length."""

    def long_control(self, frame: Frame) -> str | None:
        return None


@mutant("rfc8323/4.2/fragmented-control-frame")
class TakesControlInParts(WebSocketRules):
    """Control frames may be in parts."""

    def cut_control(self, frame: Frame) -> str | None:
        return None


@mutant("rfc8323/4.4/websocket-ping")
class PongsWithoutPayload(WebSocketRules):
    """A pong has no payload when the ping asks how it is."""

    def pong_frame(self, ping: Frame) -> Frame | None:
        return Frame(ws.PONG, b"" if b"are you" in ping.payload else ping.payload)


@mutant("rfc8323/4.4/websocket-close")
class ClosesWithoutCloseFrame(WebSocketRules):
    """A Close frame is answered by closing the connection only."""

    def close_frame(self, close: Frame) -> Frame | None:
        return None


@mutant("rfc8323/4.4/websocket-close")
class StaysAfterClose(WebSocketRules):
    """The connection stays open after the closing handshake."""

    def closes_after_close(self) -> bool:
        return False


@mutant("rfc8323/4.3/csm-first")
class SendsNoCsmOnWebSockets(WebSocketRules):
    """No CSM is ever sent."""

    def csm(self) -> Message | None:
        return None


@mutant("rfc8323/4.3/missing-csm")
class ServesWebSocketsWithoutCsm(WebSocketRules):
    """Requests are served before any CSM."""

    def serves_without_csm(self, message: Message) -> bool:
        return True


@mutant("rfc8323/4/ping-pong")
class PongsWithAnotherToken(WebSocketRules):
    """A Pong has the token of the Ping and one byte more."""

    def pong(self, ping: Message) -> Message | None:
        return Message(code=s.PONG, token=ping.token[:7] + b"x")


@mutant("rfc8323/4/empty-ignored")
class AnswersEmptyOnWebSockets(WebSocketRules):
    """An Empty message is answered with one."""

    def for_empty(self) -> Message | None:
        return Message(code=EMPTY)


@mutant("rfc8323/4/critical-option-csm")
class IgnoresCriticalOnWebSockets(WebSocketRules):
    """Unknown critical options of a CSM are ignored."""

    def stumbles_over(self, code: int, number: int) -> bool:
        return False


@mutant("rfc8323/4/elective-option-csm")
class StumblesOverElectiveOnWebSockets(WebSocketRules):
    """An elective option of a CSM that is not understood ends the connection."""

    def stumbles_over(self, code: int, number: int) -> bool:
        return (code == s.CSM and number > 6) or super().stumbles_over(code, number)


@mutant("rfc8323/4/release-closes")
class IgnoresReleaseOnWebSockets(WebSocketRules):
    """A connection stays open after a Release."""

    def closes_on_release(self) -> bool:
        return False


@mutant("rfc8323/4/tokens-in-flight")
class AnswersWithTheLatestTokenOnWebSockets(WebSocketRules):
    """A slow response has the token of the request that came last."""

    def stream_token(self, request: Message, latest: Message) -> bytes:
        return latest.token


@mutant("rfc8323/4.2/syntax-error")
class ServesDelta15OnWebSockets(WebSocketRules):
    """An option delta of 15 ends the options, and the request is served."""

    def decoded(self, frame: bytes) -> Message | None:
        try:
            return s.decode_ws(frame)
        except FormatError:
            if frame.endswith(b"\xf1\x00"):
                return Message(code=GET, token=frame[2:3])
            raise
