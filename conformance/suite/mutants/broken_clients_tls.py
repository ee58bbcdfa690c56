"""Mutants of clients over TLS and secure WebSockets (RFC 8323 section 9, RFC 5246, RFC 7925)."""

from __future__ import annotations

from .broken_clients import (
    CERTIFICATES_TLS,
    AsksBeforeTheHandshake,
    AsksWithoutASession,
    ClientOfTls10,
    ClientTrustsNobody,
    ClientWithoutCcm8,
    LooksAtNoCertificate,
    LooksAtNoDate,
    LooksAtNoName,
)
from .catalogue import mutant
from .client_reference import TlsClientRules, WssClientRules

CERTIFICATES_WSS = ("rfc8323/9.2/server-untrusted", "rfc8323/9.2/server-elsewhere",
                    "rfc8323/9.2/server-expired")
REFUSALS_TLS = ("rfc8323/9.1/server-wrong-key", *CERTIFICATES_TLS,
                "rfc9325/3.1.1/client-old-versions", "rfc8323/8.2/client-refused-protocol",
                "rfc8323/8.2/client-needs-alpn")
REFUSALS_WSS = ("rfc8323/9.2/server-wrong-key", *CERTIFICATES_WSS,
                "rfc9325/3.1.1/client-old-versions-wss")


# What it sends ends the handshake with every server, so that no case finds it working.
@mutant("rfc8323/9.1/client-application-data",
        also=(*REFUSALS_TLS, "rfc8323/9.1/client-mandatory-suite",
              "rfc8323/9.1/client-mandatory-suite-certified", "rfc8323/9.1/server-trusted",
              "rfc8323/9.1/client-names-the-server", "rfc8323/8.2/client-alpn",
              "rfc5246/7.2.1/client-goodbye"))
class AsksBeforeTheHandshakeOverTls(AsksBeforeTheHandshake):
    """The request goes out without protection, before the handshake."""

    transport = "coaps+tcp"


@mutant("rfc8323/9.2/client-application-data",
        also=(*REFUSALS_WSS, "rfc8323/9.2/server-trusted", "rfc8323/9.2/client-names-the-server",
              "rfc8323/8.4/client-endpoint", "rfc8323/9.2/client-subprotocol"))
class AsksBeforeTheHandshakeOverWss(AsksBeforeTheHandshake):
    """The request goes out without protection, before the handshake."""

    transport = "coaps+ws"


@mutant("rfc8323/9.1/client-mandatory-suite", "rfc8323/9.1/client-mandatory-suite-certified")
class ClientWithoutCcm8OverTls(ClientWithoutCcm8):
    """The client has none of the suites that end in AES_128_CCM_8."""

    transport = "coaps+tcp"


@mutant("rfc8323/9.1/client-names-the-server", also=("rfc8323/9.1/server-elsewhere",))
class ClientNamesNobodyOverTls(LooksAtNoName):
    """The client neither says whom it wants nor looks whom it gets."""

    transport = "coaps+tcp"


@mutant("rfc8323/9.2/client-names-the-server", "rfc8323/9.2/server-elsewhere")
class ClientNamesNobodyOverWss(LooksAtNoName):
    """The client neither says whom it wants nor looks whom it gets."""

    transport = "coaps+ws"


@mutant("rfc8323/9.1/server-trusted",
        also=("rfc8323/9.1/client-mandatory-suite-certified", "rfc8323/9.1/server-untrusted"))
class ClientTrustsNobodyOverTls(ClientTrustsNobody):
    """The client's list of authorities is that of another."""

    transport = "coaps+tcp"


@mutant("rfc8323/9.2/server-trusted", also=("rfc8323/9.2/server-untrusted",))
class ClientTrustsNobodyOverWss(ClientTrustsNobody):
    """The client's list of authorities is that of another."""

    transport = "coaps+ws"


@mutant("rfc8323/8.2/client-refused-protocol")
class TriesWithoutProtocol(TlsClientRules):
    """When its protocol is refused the client comes back without saying what it speaks."""

    def tries_without_protocol(self) -> bool:
        return True


@mutant("rfc5246/7.2.1/client-goodbye")
class LeavesWithoutGoodbye(TlsClientRules):
    """The connection ends without a close_notify."""

    def says_goodbye(self) -> bool:
        return False


@mutant("rfc8323/9.2/server-wrong-key",
        also=(*CERTIFICATES_WSS, "rfc9325/3.1.1/client-old-versions-wss"))
class AsksWithoutASessionOverWss(AsksWithoutASession):
    """When the handshake of TLS fails the WebSocket is opened without protection."""

    transport = "coaps+ws"


@mutant(CERTIFICATES_WSS[0], also=CERTIFICATES_WSS[1:])
class ClientTrustsAnybodyOverWss(LooksAtNoCertificate):
    """Any certificate of a server is good."""

    transport = "coaps+ws"


@mutant(CERTIFICATES_WSS[2])
class ClientLooksAtNoDateOverWss(LooksAtNoDate):
    """It does not matter when a server's certificate was good."""

    transport = "coaps+ws"


@mutant("rfc9325/3.1.1/client-old-versions-wss")
class ClientOfTls10OverWss(ClientOfTls10):
    """TLS 1.1 and 1.0 are good enough."""

    transport = "coaps+ws"


@mutant("rfc8323/8.4/client-endpoint")
class OpensAtTheResource(WssClientRules):
    """The WebSocket is opened at the path of the resource."""

    def path(self) -> str:
        return "/test"


@mutant("rfc8323/8.4/client-endpoint")
class NamesTheHostAlone(WssClientRules):
    """The Host field lacks the port, which is not the usual one."""

    def fields(self, fields: dict[str, str]) -> dict[str, str]:
        return {**fields, "Host": fields["Host"].partition(":")[0]}


@mutant("rfc8323/9.2/client-subprotocol",
        also=("rfc8323/9.2/client-application-data", "rfc8323/8.4/client-endpoint",
              "rfc8323/9.2/server-trusted"))
class OffersAnotherSubprotocol(WssClientRules):
    """The client offers a subprotocol of another name."""

    def fields(self, fields: dict[str, str]) -> dict[str, str]:
        return {**fields, "Sec-WebSocket-Protocol": "chat"}
