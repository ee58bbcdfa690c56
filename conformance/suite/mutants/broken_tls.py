"""Mutants of TLS, on connections and below WebSockets (RFC 8323 sections 8 and 9, RFC 5246)."""

from __future__ import annotations

from ..gnutls import guessable_key
from .catalogue import mutant
from .secure_rules import PRIORITY, TlsRules, WssRules

SHORTEST_SEGMENT = 5  # bytes: the header of a record
TLS_HANDSHAKE = 22


@mutant("rfc8323/8.2/alpn", also=("rfc8323/8.2/alpn-none-in-common",))
class NegotiatesNothing(TlsRules):
    """The server knows no ALPN."""

    def alpn(self) -> tuple[bytes, ...]:
        return ()


@mutant("rfc8323/8.2/alpn-none-in-common")
class TakesOtherProtocols(TlsRules):
    """A client that offers other protocols only is served all the same."""

    def needs_common_protocol(self) -> bool:
        return False


@mutant("rfc8323/9.1/plain-message")
class ServesPlainConnections(TlsRules):
    """Messages without TLS are served."""

    def takes_plain(self, data: bytes) -> bool:
        return data[0] != TLS_HANDSHAKE and len(data) > 1


@mutant("rfc8323/9.1/wrong-key",
        also=("rfc8323/9.1/unknown-identity", "rfc8323/9.1/untrusted-client",
              "rfc8323/9.1/no-client-certificate"))
class LooksAtNoFinishedOverTls(TlsRules):
    """The server says Finished whatever the client's Finished was."""

    def completes_unverified(self) -> bool:
        return True


@mutant("rfc8323/9.1/unknown-identity")
class MakesKeysForAnybodyOverTls(TlsRules):
    """A client that is not known has a key that anybody can work out."""

    def key_for(self, identity: bytes) -> bytes | None:
        return super().key_for(identity) or guessable_key(identity.decode())


@mutant("rfc8323/9.1/mandatory-suite")
class HasNoCcm8OverTls(TlsRules):
    """TLS_PSK_WITH_AES_128_CCM_8 is missing."""

    def priority(self) -> str:
        return PRIORITY.replace("+AES-128-CCM-8:", "")


@mutant("rfc5246/6.2.1/split-everywhere")
class WantsLongSegments(TlsRules):
    """A segment that is shorter than a record's header is lost."""

    def takes_segment(self, data: bytes) -> bool:
        return len(data) >= SHORTEST_SEGMENT


@mutant("rfc5246/7.2.1/close-over-tls")
class StaysAfterTheEnd(TlsRules):
    """A close_notify is passed over."""

    def says_goodbye(self) -> bool:
        return False

    def heeds_goodbye(self) -> bool:
        return False


@mutant("rfc9325/3.1.1/old-versions")
class SpeaksTls10(TlsRules):
    """TLS 1.0 is good enough."""

    def priority(self) -> str:
        return PRIORITY.replace(
            "+VERS-TLS1.2", "+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:+AES-128-CBC")


@mutant("rfc8323/9.2/plain-handshake")
class UpgradesPlainConnections(WssRules):
    """An opening handshake without TLS is completed."""

    def takes_plain(self, data: bytes) -> bool:
        return data[0] != TLS_HANDSHAKE


@mutant("rfc8323/9.2/wrong-key")
class LooksAtNoFinishedOverWss(WssRules):
    """The server says Finished whatever the client's Finished was."""

    def completes_unverified(self) -> bool:
        return True
