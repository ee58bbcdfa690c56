"""Mutants of clients over TCP, and the same ones over WebSockets (RFC 8323 sections 3 and 5)."""

from __future__ import annotations

from collections.abc import Callable

from .. import stream as s
from ..codec import encode_options
from ..connection import MALFORMED, Arrival, Connection
from ..message import OBSERVE, URI_PATH, Message
from .catalogue import mutant
from .client_stream_reference import StreamClientRules, WebSocketClientRules

LENGTH_OF_8_BITS = 268
BAD_BYTES = ("rfc8323/3.2/client-token-length-reserved", "rfc8323/5.6/client-option-delta-15",
             "rfc8323/5.6/client-option-too-long", "rfc8323/5.6/client-marker-without-payload")


def both(section: str, what: str, *, also: tuple[str, ...] = (), also_ws: tuple[str, ...] = ()
         ) -> Callable[[type], type]:
    """Registers a fault of clients over TCP and, as another class, over WebSockets."""

    def register(fault: type) -> type:
        for ending, rules, where, others in (
                ("OverTcp", StreamClientRules, section, also),
                ("OverWebSockets", WebSocketClientRules, "4", also_ws)):
            made = type(f"{fault.__name__}{ending}", (fault, rules),
                        {"__doc__": fault.__doc__, "transport": rules.transport})
            mutant(f"rfc8323/{where}/client-{what}", also=others)(made)
        return fault

    return register


@both("3.3", "csm-first")
class AsksFirst:
    """The request is the first message, the CSM comes behind it."""

    def asks_before_csm(self) -> bool:
        return True


@both("3.3", "csm-awaited")
class NeedsNoCsm:
    """It does not matter what the server says first."""

    def needs_csm(self) -> bool:
        return False


@both("3.2", "request-format")
class TakesLongTokens:
    """The token has nine bytes, whatever the server takes."""

    def token(self, token: bytes) -> bytes:
        return token.ljust(9, b"9")


@both("3.2", "request-format")
class AsksForTheRoot:
    """The path of the URI is not in the request."""

    def encoded(self, connection: Connection, message: Message) -> bytes:
        options = tuple(o for o in message.options if message.code >> 5 or o[0] != URI_PATH)
        return super().encoded(connection, message.but(options=options))  # type: ignore[misc]


@both("3.2", "split")
class ForgetsTheRest:
    """What a read leaves over is lost."""

    def kept(self, rest: bytes) -> bytes:
        return b""


@both("3.2", "several-in-one-segment", also_ws=("rfc8323/4.2/client-fragments",))
class ReadsThreeMessages:
    """Of what comes at once no more than three messages are looked at."""

    def arrived(self, arrivals: list[Arrival]) -> list[Arrival]:
        return arrivals[:3]


@both("3.2", "long-response")
class ReadsShortMessages:
    """A message that is longer than a length of 8 bits says is not understood."""

    def reads(self, message: Message) -> bool:
        return len(encode_options(message.options)) + len(message.payload) <= LENGTH_OF_8_BITS


@both("3.3", "token", also=("rfc8323/3.2/client-several-in-one-segment",),
      also_ws=("rfc8323/4/client-several-in-one-segment",))
class TakesAnyToken:
    """Whatever response comes first is the answer."""

    def is_its_own(self, response: Message, request: Message) -> bool:
        return True


@both("3.4", "empty-ignored")
class EndsAtEmpty:
    """An Empty message ends the connection."""

    def ends_at_empty(self) -> bool:
        return True


@both("5.2", "elective-option-csm")
class StumblesOverElective:
    """In signaling messages any option that is not known counts as critical."""

    def stumbles_over(self, code: int, number: int) -> bool:
        return number not in (s.MAX_MESSAGE_SIZE, s.BLOCK_WISE_TRANSFER, s.EXTENDED_TOKEN_LENGTH)


@both("5.2", "critical-option-csm")
class TakesAnyCsm:
    """Unknown critical options in a CSM are ignored."""

    def stumbles_over(self, code: int, number: int) -> bool:
        return number & 1 == 1 and code != s.CSM


@both("5.2", "critical-option-ping", also=("rfc8323/5.6/client-abort-diagnostic",))
class TakesAnyPing:
    """Unknown critical options in a Ping are ignored."""

    def stumbles_over(self, code: int, number: int) -> bool:
        return number & 1 == 1 and code != s.PING


@both("5.4", "ping-pong")
class AnswersNoPing:
    """A Ping is not answered."""

    def pong(self, ping: Message) -> Message | None:
        return None


@both("5.4", "ping-pong")
class PongsWithoutToken:
    """A Pong has no token."""

    def pong(self, ping: Message) -> Message | None:
        return Message(code=s.PONG)


@both("5.5", "release")
class EndsAtRelease:
    """After a Release no response is waited for."""

    def ends_at_release(self) -> bool:
        return True


@both("5.6", "abort")
class HeedsNoAbort:
    """What comes behind an Abort is as good as any."""

    def heeds_abort(self) -> bool:
        return False


@both("5.1", "reserved-signal")
class EndsAtReservedSignal:
    """A signaling message with a code that is not known ends the connection."""

    def reads(self, message: Message) -> bool:
        return message.code >> 5 != 7 or message.code <= s.ABORT

    def arrived(self, arrivals: list[Arrival]) -> list[Arrival]:
        return [a if not a.message or self.reads(a.message) else Arrival(MALFORMED, "reserved")
                for a in arrivals]


@both("3.3", "elective-option", also=("rfc8323/7.1/client-observe-ignored",),
      also_ws=("rfc8323/4/client-observe-ignored",))
class RejectsElective:
    """A response with any option is rejected."""

    def rejects(self, response: Message) -> bool:
        return bool(response.options)


@both("3.3", "critical-option")
class TakesCritical:
    """A response with an unknown critical option is as good as any."""

    def rejects(self, response: Message) -> bool:
        return False


@both("7.1", "observe-ignored")
class RejectsObserve:
    """A response with an Observe option counts only when it was asked for."""

    def rejects(self, response: Message) -> bool:
        return response.has(OBSERVE) or super().rejects(response)  # type: ignore[misc]


@mutant(*BAD_BYTES)
class ReadsOverErrors(StreamClientRules):
    """A message format error does not end the connection."""

    def ends_at_malformed(self) -> bool:
        return False


@mutant("rfc8323/5.6/client-abort-diagnostic")
class AbortsSilently(StreamClientRules):
    """An Abort says nothing of why."""

    def abort(self, reason: str, bad_option: int | None) -> Message | None:
        return Message(code=s.ABORT)
