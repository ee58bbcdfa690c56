"""Mutants of clients over DTLS and TLS (RFC 7252 section 9, RFC 6347, RFC 8323 section 8.2)."""

from __future__ import annotations

from dataclasses import replace

from .. import certificates, gnutls
from .. import records as r
from ..gnutls import Side
from .catalogue import mutant
from .client_reference import ClientRules, TlsClientRules
from .secure_reference import first_record, hello_in

SHORT_COOKIE = 16
CERTIFICATES = ("rfc7252/9.1.3.3/server-untrusted", "rfc7252/9.1.3.3/server-elsewhere",
                "rfc7252/9.1.3.3/server-expired")
CERTIFICATES_TLS = ("rfc8323/9.1/server-untrusted", "rfc8323/9.1/server-elsewhere",
                    "rfc8323/9.1/server-expired")


@mutant("rfc7252/9.1.1/client-application-data",
        also=("rfc4279/2/server-wrong-key", *CERTIFICATES, "rfc9325/3.1.2/client-dtls-1-0"))
class AsksBeforeTheHandshake(ClientRules):
    """The request goes out without protection, while the handshake is still to come."""

    def begins_in_plain(self) -> bool:
        return True


@mutant("rfc4279/2/server-wrong-key",
        also=(*CERTIFICATES, "rfc9325/3.1.2/client-dtls-1-0"))
class AsksWithoutASession(ClientRules):
    """When the handshake fails the request goes out without protection."""

    def falls_back(self) -> bool:
        return True


@mutant("rfc8323/9.1/server-wrong-key",
        also=(*CERTIFICATES_TLS, "rfc9325/3.1.1/client-old-versions",
              "rfc8323/8.2/client-refused-protocol"))
class AsksWithoutASessionOverTls(TlsClientRules):
    """When the handshake fails the request goes out without protection."""

    def falls_back(self) -> bool:
        return True


@mutant("rfc7252/9.1.3.1/client-mandatory-suite", "rfc7252/9.1.3.3/client-mandatory-suite")
class ClientWithoutCcm8(ClientRules):
    """The client has none of the suites that end in AES_128_CCM_8."""

    def side(self, side: Side) -> Side:
        return replace(side, priority=gnutls.priority_of(side.keys).replace("+AES-128-CCM-8:", ""))


@mutant("rfc6347/4.2.1/client-cookies")
class SpoilsLongCookies(ClientRules):
    """A cookie of more than 16 bytes comes back changed."""

    def outgoing(self, datagram: bytes, memory: dict[str, int]) -> bytes | None:
        hello = hello_in(datagram)
        if hello is None or len(hello.cookie) <= SHORT_COOKIE:
            return datagram
        return datagram.replace(hello.cookie, bytes(len(hello.cookie)))


@mutant("rfc6347/4.2.1/client-hello-again", also=("rfc6347/4.2.1/client-cookies",))
class MakesAnotherHello(ClientRules):
    """The second ClientHello has a random value of its own."""

    def outgoing(self, datagram: bytes, memory: dict[str, int]) -> bytes | None:
        hello = hello_in(datagram)
        if hello is None or hello.cookie:
            return datagram
        return datagram.replace(hello.message.body[2:34], bytes(32))


@mutant("rfc6347/4.2.4/client-losses")
class SendsEverythingOnce(ClientRules):
    """No handshake message is sent again."""

    def outgoing(self, datagram: bytes, memory: dict[str, int]) -> bytes | None:
        record = first_record(datagram)
        if record.content != r.HANDSHAKE or record.epoch:
            return datagram
        key = record.fragment[:6].hex()
        memory[key] = memory.get(key, 0) + 1
        return datagram if memory[key] == 1 else None


@mutant("rfc7252/9.1.2/insecure-response")
class TakesPlainAnswers(ClientRules):
    """A response without protection is as good as any other."""

    def takes_plain_answers(self) -> bool:
        return True


class LooksAtNoCertificate(ClientRules):
    """Any certificate is good."""

    def side(self, side: Side) -> Side:
        return replace(side, keys=replace(side.keys, ca=""), priority=gnutls.priority_of(side.keys))


@mutant(CERTIFICATES[0], also=CERTIFICATES[1:])
class ClientTrustsAnybody(LooksAtNoCertificate):
    """Any certificate of a server is good."""


@mutant(CERTIFICATES_TLS[0], also=CERTIFICATES_TLS[1:])
class ClientTrustsAnybodyOverTls(LooksAtNoCertificate, TlsClientRules):
    """Any certificate of a server is good."""

    transport = "coaps+tcp"


class LooksAtNoName(ClientRules):
    """A certificate may be about any host."""

    def side(self, side: Side) -> Side:
        return replace(side, host="")


@mutant(CERTIFICATES[1], "rfc7252/9.1.3/client-names-the-server")
class ClientLooksAtNoName(LooksAtNoName):
    """The client neither says whom it wants nor looks whom it gets."""


@mutant(CERTIFICATES_TLS[1], also=("rfc8323/9.1/client-names-the-server",))
class ClientLooksAtNoNameOverTls(LooksAtNoName, TlsClientRules):
    """A server's certificate may be about any host."""

    transport = "coaps+tcp"


class LooksAtNoDate(ClientRules):
    """It does not matter when a certificate was good."""

    def side(self, side: Side) -> Side:
        return replace(side, verify_flags=gnutls.DISABLE_TIME_CHECKS)


@mutant(CERTIFICATES[2])
class ClientLooksAtNoDate(LooksAtNoDate):
    """It does not matter when a server's certificate was good."""


@mutant(CERTIFICATES_TLS[2])
class ClientLooksAtNoDateOverTls(LooksAtNoDate, TlsClientRules):
    """It does not matter when a server's certificate was good."""

    transport = "coaps+tcp"


@mutant("rfc7252/9.1.3.3/server-trusted",
        also=("rfc7252/9.1.3.3/client-mandatory-suite", "rfc7252/9.1.3.3/server-untrusted"))
class ClientTrustsNobody(ClientRules):
    """The client's list of authorities is that of another."""

    def side(self, side: Side) -> Side:
        other = str(certificates.temporary() / "stranger-ca.pem")
        return replace(side, keys=replace(side.keys, ca=other if side.keys.ca else ""))


@mutant("rfc9325/3.1.2/client-dtls-1-0")
class ClientOfDtls10(ClientRules):
    """DTLS 1.0 is good enough."""

    def side(self, side: Side) -> Side:
        return replace(side, priority=gnutls.priority_of(side.keys).replace(
            "+VERS-DTLS1.2", "+VERS-DTLS1.2:+VERS-DTLS1.0:+AES-128-CBC"))


@mutant("rfc9325/3.1.1/client-old-versions")
class ClientOfTls10(TlsClientRules):
    """TLS 1.1 and 1.0 are good enough."""

    def side(self, side: Side) -> Side:
        return replace(side, priority=gnutls.priority_of(side.keys).replace(
            "+VERS-TLS1.2", "+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:+AES-128-CBC"))


@mutant("rfc8323/8.2/client-alpn", also=("rfc8323/8.2/client-needs-alpn",
                                         "rfc8323/8.2/client-refused-protocol"))
class OffersNoProtocol(TlsClientRules):
    """The client says nothing of what it speaks."""

    def side(self, side: Side) -> Side:
        return replace(side, alpn=())

    def needs_choice(self) -> bool:
        return False


@mutant("rfc8323/8.2/client-needs-alpn")
class NeedsNoChoice(TlsClientRules):
    """A server that chooses no protocol is as good as any other."""

    def needs_choice(self) -> bool:
        return False
