"""Mutants of DTLS: cookies, handshakes, records, keys (RFC 6347, RFC 7252 section 9, RFC 4279)."""

from __future__ import annotations

from dataclasses import replace

from .. import gnutls
from .. import records as r
from ..gnutls import guessable_key
from .catalogue import mutant
from .secure_reference import first_record, records_in
from .secure_rules import KEY, PRIORITY, DtlsRules, Memory, Name, Source

CUTS_MESSAGES = ("rfc6347/4.2.3/fragments", "rfc6347/4.2.3/fragments-reordered",
                 "rfc6347/4.2.3/fragments-overlapping")


def fragment_of(datagram: bytes) -> r.HandshakeMessage | None:
    """The piece of a handshake message that a datagram begins with."""
    record = first_record(datagram)
    if record.is_protected or record.content != r.HANDSHAKE:
        return None
    message = next(iter(r.messages_of(record)), None)
    return message if message and len(message.body) < message.whole_length else None


def once(what: str, memory: Memory) -> bool:
    """Whether this is the first of its kind in a session."""
    memory[what] = memory.get(what, 0) + 1
    return memory[what] == 1


def begins_with(record: r.Record, kind: int) -> bool:
    return record.content == r.HANDSHAKE and record.fragment[:1] == bytes([kind])


# -- RFC 7252 section 9, RFC 4279 --------------------------------------------------------------------


@mutant("rfc7252/9.1.3.1/mandatory-suite", "rfc7252/9.1.3.3/mandatory-suite")
class HasNoCcm8(DtlsRules):
    """The two suites that end in AES_128_CCM_8 are missing."""

    def priority(self) -> str:
        return PRIORITY.replace("+AES-128-CCM-8:", "")


@mutant("rfc7252/9.1.1/application-data")
class RepeatsInPlain(DtlsRules):
    """Every message goes out a second time, without protection."""

    def beside(self, message: bytes) -> list[bytes]:
        return [message]


@mutant("rfc6347/4.1/sequence-numbers")
class UsesNumbersTwice(DtlsRules):
    """Behind each protected record goes another one with the same number."""

    def copies(self, datagram: bytes) -> list[bytes]:
        record = first_record(datagram)
        if record.content != r.APPLICATION_DATA:
            return []
        last = bytes([record.fragment[-1] ^ 1])
        return [replace(record, fragment=record.fragment[:-1] + last).encode()]


@mutant("rfc7252/9.1.1/plain-message")
class ServesPlainMessages(DtlsRules):
    """What is no record is taken for CoAP."""

    def takes_plain(self, data: bytes) -> bool:
        return bool(data) and data[0] >> 6 == 1


@mutant("rfc7252/9.1.1/unprotected-record")
class ServesEpochZero(DtlsRules):
    """Application data without protection is taken."""

    def unprotected(self, datagram: bytes) -> bytes | None:
        record = first_record(datagram)
        taken = record.content == r.APPLICATION_DATA and not record.epoch
        return record.fragment if taken else None


@mutant("rfc7252/9.1.1/ids-of-another-session")
class RemembersAcrossSessions(DtlsRules):
    """Message IDs are remembered by address, whatever the session."""

    def name_of(self, source: Source, session: int) -> Name:
        return (*source, 0)


@mutant("rfc4279/2/wrong-key", also=("rfc4279/2/unknown-identity", "rfc4279/2/key-of-another"))
class LooksAtNoFinished(DtlsRules):
    """The server says Finished whatever the client's Finished was."""

    def completes_unverified(self) -> bool:
        return True


@mutant("rfc4279/2/unknown-identity", also=("rfc4279/2/key-of-another",))
class MakesKeysForAnybody(DtlsRules):
    """A client that is not known has a key that anybody can work out."""

    def key_for(self, identity: bytes) -> bytes | None:
        return super().key_for(identity) or guessable_key(identity.decode())


@mutant("rfc9325/4.1/no-protection")
class NeedsNoKeys(DtlsRules):
    """A client that offers suites without authentication gets one."""

    def priority(self) -> str:
        return PRIORITY + ":+NULL"


@mutant("rfc4279/2/key-of-another")
class AsksForNoIdentity(DtlsRules):
    """The key counts for every identity."""

    def key_for(self, identity: bytes) -> bytes | None:
        return KEY


# -- RFC 6347 4.2.1 ----------------------------------------------------------------------------------


@mutant("rfc6347/4.2.1/cookie-asked-for",
        also=("rfc6347/4.2.1/request-sequence", "rfc6347/4.2.1/request-version",
              "rfc6347/4.2.1/hello-sequence", "rfc6347/4.2.1/wrong-cookie",
              "rfc6347/4.2.1/cookie-of-another", "rfc6347/4.2.1/request-not-repeated",
              "rfc7252/11.3/amplification-hello", "rfc6347/4.2.8/session-kept",
              "rfc6347/4.2.4/hello-lost"))
class AsksForNoCookie(DtlsRules):
    """A handshake begins with the first ClientHello."""

    def asks_for_cookie(self) -> bool:
        return False


@mutant("rfc6347/4.2.1/request-sequence")
class CountsFromZero(DtlsRules):
    """Every HelloVerifyRequest is in record 0."""

    def requests(self, request: bytes) -> list[bytes]:
        return [replace(r.split(request)[0], sequence=0).encode()]


@mutant("rfc6347/4.2.1/request-version")
class SaysDtls12(DtlsRules):
    """A HelloVerifyRequest says DTLS 1.2."""

    def request_version(self, offered: int) -> int:
        return r.DTLS_1_2


@mutant("rfc6347/4.2.1/hello-sequence")
class BeginsWithOtherNumbers(DtlsRules):
    """The ServerHello and all behind it have numbers of the server's own."""

    def rewritten(self, datagram: bytes) -> bytes:
        records = records_in(datagram)
        if not records or records[0].epoch or begins_with(records[0], r.HELLO_VERIFY_REQUEST):
            return datagram
        return b"".join(replace(record, sequence=record.sequence + 40).encode()
                        for record in records)


@mutant("rfc6347/4.2.1/wrong-cookie",
        also=("rfc6347/4.2.1/cookie-of-another", "rfc6347/4.2.8/session-kept"))
class TakesAnyCookie(DtlsRules):
    """A cookie is good when there is one."""

    def takes_cookie(self, cookie: bytes, right: bytes) -> bool:
        return True


@mutant("rfc6347/4.2.1/cookie-of-another")
class HasOneCookie(DtlsRules):
    """The cookie is the same for all."""

    def cookie(self, secret: bytes, source: Source) -> bytes:
        return secret


@mutant("rfc6347/4.2.1/request-not-repeated")
class RepeatsItsRequest(DtlsRules):
    """A HelloVerifyRequest goes out twice."""

    def requests(self, request: bytes) -> list[bytes]:
        return [request, request]


@mutant("rfc7252/11.3/amplification-hello", also=("rfc6347/4.2.1/request-not-repeated",))
class AnswersMuch(DtlsRules):
    """A ClientHello is answered with twenty datagrams."""

    def requests(self, request: bytes) -> list[bytes]:
        return [request] * 20


# -- RFC 6347 4.2.2 to 4.2.4, 4.2.8 ------------------------------------------------------------------


@mutant(*CUTS_MESSAGES, "rfc6347/4.2.3/certificate-fragments")
class WantsWholeMessages(DtlsRules):
    """A fragment of a handshake message is lost."""

    def passes(self, datagram: bytes, memory: Memory) -> bool:
        return fragment_of(datagram) is None


@mutant("rfc6347/4.2.3/fragments-reordered")
class WantsTheFirstPieceFirst(DtlsRules):
    """A fragment that leaves a gap is lost."""

    def passes(self, datagram: bytes, memory: Memory) -> bool:
        piece = fragment_of(datagram)
        if piece is None:
            memory["end"] = 0
            return True
        if piece.offset > memory.get("end", 0):
            return False
        memory["end"] = piece.offset + len(piece.body)
        return True


@mutant("rfc6347/4.2.3/fragments-overlapping")
class WantsPiecesThatFit(DtlsRules):
    """A fragment that overlaps the one before is lost."""

    def passes(self, datagram: bytes, memory: Memory) -> bool:
        piece = fragment_of(datagram)
        if piece is None:
            memory.clear()
            return True
        overlaps = memory.get("start", 0) < piece.offset < memory.get("end", 0)
        if not overlaps:
            memory.update(start=piece.offset, end=piece.offset + len(piece.body))
        return not overlaps


@mutant("rfc6347/4.2.4/server-flight-lost")
class SendsItsFlightOnce(DtlsRules):
    """ServerHello to ServerHelloDone are never sent again."""

    def goes_out(self, datagram: bytes, memory: Memory) -> bool:
        record = first_record(datagram)
        if record.content != r.HANDSHAKE or record.epoch:
            return True
        return once(f"message {record.fragment[0]}", memory)


@mutant("rfc6347/4.2.4/last-flight-lost")
class SaysFinishedOnce(DtlsRules):
    """The last flight is not repeated, whatever the client repeats."""

    def goes_out(self, datagram: bytes, memory: Memory) -> bool:
        record = first_record(datagram)
        if record.content == r.CHANGE_CIPHER_SPEC:
            return once("ChangeCipherSpec", memory)
        if record.content == r.HANDSHAKE and record.epoch:
            return once("Finished", memory)
        return True


@mutant("rfc6347/4.2.4/client-flight-lost",
        also=("rfc6347/4.2.4/server-flight-lost", "rfc6347/4.2.2/reordered", *CUTS_MESSAGES))
class GivesUpEarly(DtlsRules):
    """A handshake that takes longer than half a second is given up."""

    def patience(self) -> float:
        return 0.5


@mutant("rfc6347/4.2.4/hello-lost", also=("rfc7252/11.3/amplification-hello",))
class AsksOnce(DtlsRules):
    """A ClientHello that comes again from the same port gets no second HelloVerifyRequest."""

    def answers_hello(self, tries: int) -> bool:
        return tries == 0


@mutant("rfc6347/4.2.2/duplicates",
        also=("rfc6347/4.2.2/reordered", "rfc6347/4.2.4/server-flight-lost",
              "rfc6347/4.2.4/last-flight-lost", "rfc6347/4.2.3/fragments-reordered"))
class StumblesOverDuplicates(DtlsRules):
    """A handshake message that comes twice ends the session."""

    def spoils(self, datagram: bytes, memory: Memory) -> bool:
        record = first_record(datagram)
        return record.content == r.HANDSHAKE and not record.epoch and not once(
            datagram[r.HEADER : r.HEADER + r.MESSAGE_HEADER].hex(), memory)


@mutant("rfc6347/4.2.2/reordered")
class WantsItsOrder(DtlsRules):
    """A Finished before the ChangeCipherSpec ends the handshake."""

    def spoils(self, datagram: bytes, memory: Memory) -> bool:
        for record in records_in(datagram):
            if record.content == r.CHANGE_CIPHER_SPEC:
                memory["changed"] = 1
            if record.epoch == 1 and not memory.get("changed"):
                return True
        return False


@mutant("rfc6347/4.1.1/one-datagram", "rfc6347/4.1.1/several-records")
class TakesOneRecord(DtlsRules):
    """Of several records in a datagram the first alone is taken."""

    def shortened(self, datagram: bytes) -> bytes:
        record = first_record(datagram)
        return record.encode() if record.version else datagram


@mutant("rfc6347/4.2.8/session-kept")
class ForgetsAtAHello(DtlsRules):
    """A ClientHello ends the session of its address, with or without a cookie."""

    def forgets_at_hello(self) -> bool:
        return True


@mutant("rfc6347/4.2.8/begins-anew")
class KeepsToTheOld(DtlsRules):
    """While there is a session no other can begin."""

    def replaces(self) -> bool:
        return False


@mutant("rfc9325/3.1.2/dtls-1-0")
class SpeaksDtls10(DtlsRules):
    """DTLS 1.0 is good enough."""

    def priority(self) -> str:
        return PRIORITY.replace(
            "+VERS-DTLS1.2", "+VERS-DTLS1.2:+VERS-DTLS1.0:+AES-128-CBC")


# -- RFC 6347 4.1, RFC 5246 7.2.1 --------------------------------------------------------------------


@mutant("rfc6347/4.1.2.6/replayed")
class TakesRecordsAgain(DtlsRules):
    """There is no window against replay."""

    def flags(self) -> int:
        return gnutls.NO_REPLAY_PROTECTION


@mutant("rfc6347/4.1.2.6/reordered", also=("rfc5246/7.2.1/nothing-after-close",
                                            "rfc6347/4.1.2.7/invalid-records"))
class TakesTheNewestOnly(DtlsRules):
    """Application data with a lower number than the last is passed over."""

    def passes(self, datagram: bytes, memory: Memory) -> bool:
        record = first_record(datagram)
        if record.content != r.APPLICATION_DATA or not record.epoch:
            return True
        is_late = record.sequence < memory.get("newest", 0)
        memory["newest"] = max(record.sequence, memory.get("newest", 0))
        return not is_late


@mutant("rfc6347/4.1.2.7/invalid-records")
class EndsAtGarbage(DtlsRules):
    """A session ends with a record whose type is not known."""

    def spoils(self, datagram: bytes, memory: Memory) -> bool:
        return first_record(datagram).content not in r.CONTENTS


@mutant("rfc5246/7.2.1/close-answered")
class LeavesWithoutAWord(DtlsRules):
    """A close_notify is not answered."""

    def says_goodbye(self) -> bool:
        return False


@mutant("rfc5246/7.2.1/nothing-after-close",
        also=("rfc5246/7.2.1/close-answered", "rfc7252/9.1.1/ids-of-another-session"))
class HearsNoAlert(DtlsRules):
    """Alerts are passed over, and requests served after a close_notify as before."""

    def passes(self, datagram: bytes, memory: Memory) -> bool:
        return first_record(datagram).content != r.ALERT
