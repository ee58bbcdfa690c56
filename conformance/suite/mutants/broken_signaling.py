"""Mutants of signaling over TCP (RFC 8323 sections 5 and 6)."""

from __future__ import annotations

from .. import stream as s
from ..codec import FormatError
from ..message import BLOCK2, CONTENT, GET, Message
from .catalogue import mutant
from .exchange import Reply
from .stream_rules import StreamRules


@mutant("rfc8323/5.2/critical-option-csm", also=("rfc8323/5.6/bad-csm-option",))
class IgnoresCriticalInCsm(StreamRules):
    """Unknown critical options of a CSM are ignored."""

    def stumbles_over(self, code: int, number: int) -> bool:
        return code != s.CSM and super().stumbles_over(code, number)


@mutant("rfc8323/5.2/critical-option-ping", also=("rfc8323/5.6/abort-diagnostic",
                                                 "rfc8323/5.6/abort-ends"))
class IgnoresCriticalInPing(StreamRules):
    """Unknown critical options of a Ping are ignored."""

    def stumbles_over(self, code: int, number: int) -> bool:
        return code != s.PING and super().stumbles_over(code, number)


@mutant("rfc8323/5.2/elective-option-csm")
class StumblesOverElectiveInCsm(StreamRules):
    """An elective option of a CSM that is not understood ends the connection."""

    def stumbles_over(self, code: int, number: int) -> bool:
        return (code == s.CSM and number > 6) or super().stumbles_over(code, number)


@mutant("rfc8323/5.2/elective-option-ping")
class StumblesOverElectiveInPing(StreamRules):
    """An elective option of a Ping that is not understood ends the connection."""

    def stumbles_over(self, code: int, number: int) -> bool:
        return (code == s.PING and number > 2) or super().stumbles_over(code, number)


@mutant("rfc8323/5.3/second-csm", also=("rfc8323/5.3/settings-last", "rfc8323/6/bert-blocks",
                                        "rfc8323/5.2/critical-option-csm"))
class AbortsAtSecondCsm(StreamRules):
    """A second CSM ends the connection."""

    def takes_csm(self, count: int) -> bool:
        return count == 1


@mutant("rfc8323/5.3/settings-last")
class ForgetsSettings(StreamRules):
    """A CSM without Max-Message-Size brings the base value back."""

    def new_size(self, old: int, new: int | None) -> int:
        return s.BASE_SIZE if new is None else new


@mutant("rfc8323/5.3.1/small-size", also=("rfc8323/5.3/settings-last",))
class KeepsToTheBaseSize(StreamRules):
    """A Max-Message-Size below the base value is not looked at."""

    def size_limit(self, size: int) -> int:
        return max(size, s.BASE_SIZE)


@mutant("rfc8323/5.3.1/base-size")
class TrustsInTwoKilobytes(StreamRules):
    """Messages that the peer has not spoken of may be larger than the base value."""

    def cuts(self, payload: bytes) -> bool:
        return False

    def size_limit(self, size: int) -> int:
        return 2048 if size == s.BASE_SIZE else size


@mutant("rfc8323/5.4/ping-pong", also=(
    "rfc8323/5.4/pong-token", "rfc8323/5.2/elective-option-ping", "rfc8323/5.4.1/custody"))
class IgnoresPings(StreamRules):
    """A Ping gets no Pong."""

    def pong(self, ping: Message) -> Message | None:
        return None


@mutant("rfc8323/5.4/pong-token")
class ForgetsThePingsToken(StreamRules):
    """A Pong has no token."""

    def pong(self, ping: Message) -> Message | None:
        return Message(code=s.PONG)


@mutant("rfc8323/5.4.1/custody")
class PromisesCustodyTooEarly(StreamRules):
    """A Pong with Custody comes at once."""

    def awaits_custody(self, ping: Message) -> bool:
        return False


@mutant("rfc8323/5.5/release-closes")
class IgnoresRelease(StreamRules):
    """A connection stays open after a Release."""

    def closes_on_release(self) -> bool:
        return False


@mutant("rfc8323/5.5/release-answers-first")
class ClosesInTheMiddle(StreamRules):
    """A Release closes the connection although a request is under way."""

    def awaits_answers(self) -> bool:
        return False


@mutant("rfc8323/5.6/abort-received")
class IgnoresAbort(StreamRules):
    """An Abort changes nothing."""

    def heeds_abort(self) -> bool:
        return False


@mutant("rfc8323/5.6/abort-diagnostic")
class AbortsWithoutAWord(StreamRules):
    """An Abort has no diagnostic payload."""

    def abort(self, reason: str, bad_option: int | None) -> Message | None:
        return super().abort("", bad_option)


@mutant("rfc8323/5.6/abort-ends", also=(
    "rfc8323/5.6/abort-sent", "rfc8323/5.6/abort-received"))
class StaysAfterItsAbort(StreamRules):
    """The connection stays open after the server's own Abort."""

    def closes_after_abort(self) -> bool:
        return False


@mutant("rfc8323/5.6/bad-csm-option")
class NamesNoBadOption(StreamRules):
    """The Abort for a CSM does not name the option."""

    def abort(self, reason: str, bad_option: int | None) -> Message | None:
        return super().abort(reason, None)


@mutant("rfc8323/5.6/bad-csm-option")
class NamesAnotherBadOption(StreamRules):
    """The Abort for a CSM names the option before the one that was bad."""

    def abort(self, reason: str, bad_option: int | None) -> Message | None:
        return super().abort(reason, None if bad_option is None else bad_option - 1)


class Lenient(StreamRules):
    """Passes over one kind of syntax error, told by what the message ends with."""

    passed = b"?"

    def decoded(self, frame: bytes) -> Message | None:
        try:
            return s.decode_tcp(frame)
        except FormatError:
            if frame.endswith(self.passed):
                return self.taken(frame)
            raise

    def taken(self, frame: bytes) -> Message | None:
        """The message without what is wrong in it."""
        return Message(code=GET, token=frame[2:3])


@mutant("rfc8323/5.6/option-delta-15", also=("rfc8323/5.6/abort-sent",))
class ServesDelta15(Lenient):
    """An option delta of 15 ends the options, and the request is served."""

    passed = b"\xf1\x00"


@mutant("rfc8323/5.6/option-too-long")
class ServesOptionsTooLong(Lenient):
    """An option that runs past the end is left out, and the request is served."""

    passed = b"\xb8test"


@mutant("rfc8323/5.6/marker-without-payload")
class IgnoresABareMarker(Lenient):
    """A message that ends with a payload marker is passed over."""

    passed = b"\xff"

    def taken(self, frame: bytes) -> Message | None:
        return None


@mutant("rfc8323/5.6/abort-sent", also=(
    "rfc8323/5.6/abort-diagnostic", "rfc8323/5.6/abort-ends", "rfc8323/5.6/bad-csm-option"))
class ClosesWithoutAbort(StreamRules):
    """The connection is closed where an Abort is due."""

    def abort(self, reason: str, bad_option: int | None) -> Message | None:
        return None


@mutant("rfc8323/6/bert-blocks")
class CutsBertBlocksShort(StreamRules):
    """A BERT block that is not the last has 1000 bytes."""

    def finished(self, request: Message, reply: Reply) -> Reply:
        block = next((value for n, value in reply.options if n == BLOCK2), b"")
        if reply.code == CONTENT and int.from_bytes(block, "big") & 15 == 15:
            reply.payload = reply.payload[:1000]
        return super().finished(request, reply)
