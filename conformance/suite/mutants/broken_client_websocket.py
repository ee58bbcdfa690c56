"""Mutants of clients over WebSockets (RFC 8323 section 4, RFC 6455)."""

from __future__ import annotations

import base64

from .. import websocket as ws
from ..websocket import Frame, Head
from .catalogue import mutant
from .client_stream_reference import WebSocketClientRules

HANDSHAKE = "rfc8323/4.1/client-handshake"


def without(fields: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in fields.items() if key != name}


@mutant(HANDSHAKE)
class OffersNoSubprotocol(WebSocketClientRules):
    """The subprotocol coap is not offered."""

    def fields(self, fields: dict[str, str]) -> dict[str, str]:
        return without(fields, "Sec-WebSocket-Protocol")


@mutant(HANDSHAKE)
class AsksForAnotherPath(WebSocketClientRules):
    """The handshake is for / instead of /.well-known/coap."""

    def path(self) -> str:
        return "/"


@mutant(HANDSHAKE)
class SpeaksAnOldVersion(WebSocketClientRules):
    """The version of the WebSocket protocol is 8."""

    def fields(self, fields: dict[str, str]) -> dict[str, str]:
        return {**fields, "Sec-WebSocket-Version": "8"}


@mutant(HANDSHAKE)
class NamesNoHost(WebSocketClientRules):
    """There is no Host in the handshake."""

    def fields(self, fields: dict[str, str]) -> dict[str, str]:
        return without(fields, "Host")


@mutant("rfc8323/4.1/client-key")
class HasOneKey(WebSocketClientRules):
    """The key is the same each time."""

    def fields(self, fields: dict[str, str]) -> dict[str, str]:
        fields["Sec-WebSocket-Key"] = base64.b64encode(bytes(16)).decode()
        return fields

    def takes_accept(self, head: Head, key: str) -> bool:
        return head.value("sec-websocket-accept") == ws.accept_key(
            base64.b64encode(bytes(16)).decode())


@mutant("rfc8323/4.1/client-wrong-accept", "rfc8323/4.1/client-missing-accept")
class TakesAnyAccept(WebSocketClientRules):
    """Sec-WebSocket-Accept is not looked at."""

    def takes_accept(self, head: Head, key: str) -> bool:
        return True


@mutant("rfc8323/4.1/client-other-status")
class TakesAnyStatus(WebSocketClientRules):
    """The status of the answer is not looked at."""

    def takes_status(self, head: Head) -> bool:
        return True


@mutant("rfc8323/4.1/client-other-subprotocol")
class TakesAnySubprotocol(WebSocketClientRules):
    """Whatever subprotocol the server chooses is good."""

    def takes_protocol(self, head: Head) -> bool:
        return True


@mutant("rfc8323/4.2/client-frames")
class MasksNothing(WebSocketClientRules):
    """Frames have no mask."""

    def frame(self, payload: bytes) -> Frame:
        return Frame(ws.BINARY, payload)


@mutant("rfc8323/4.2/client-frames")
class SendsText(WebSocketClientRules):
    """The request is in a text frame as well as in a binary one."""

    def encoded(self, connection, message):  # type: ignore[no-untyped-def]
        said = super().encoded(connection, message)
        if message.is_request:
            return ws.encode_frame(Frame(ws.TEXT, b"GET", masked=True)) + said
        return said


@mutant("rfc8323/4.2/client-fragments")
class TakesNoParts(WebSocketClientRules):
    """A message in fragments ends the connection."""

    def takes_parts(self) -> bool:
        return False


@mutant("rfc8323/4.4/client-websocket-ping")
class AnswersNoPingFrame(WebSocketClientRules):
    """A Ping frame is not answered."""

    def pong_frame(self, ping: Frame) -> Frame | None:
        return None


@mutant("rfc8323/4.4/client-websocket-close")
class ClosesWithoutAFrame(WebSocketClientRules):
    """A Close frame is not answered with one."""

    def close_frame(self, close: Frame) -> Frame | None:
        return None


@mutant("rfc8323/4.2/client-masked-server")
class TakesMaskedFrames(WebSocketClientRules):
    """A server may mask its frames."""

    def takes_mask(self, frame: Frame) -> bool:
        return True


@mutant("rfc8323/4.2/client-reserved-bit")
class TakesReservedBits(WebSocketClientRules):
    """Reserved bits of frames are not looked at."""

    def takes_reserved(self, frame: Frame) -> bool:
        return True


@mutant("rfc8323/4.2/client-text")
class TakesText(WebSocketClientRules):
    """A response may be in a text message."""

    def takes_text(self) -> bool:
        return True


@mutant("rfc8323/4.2/client-syntax-error")
class ReadsOverErrorsOverWebSockets(WebSocketClientRules):
    """A message format error does not end the connection."""

    def ends_at_malformed(self) -> bool:
        return False
