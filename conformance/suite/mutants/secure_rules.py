"""The rules of secure transports (RFC 7252 section 9, RFC 6347, RFC 8323 section 9), one hook each."""

from __future__ import annotations

import hashlib
import hmac

from .. import gnutls
from .. import records as r
from ..gnutls import Keys
from .rules import Rules
from .stream_rules import StreamRules, WebSocketRules

IDENTITY, KEY = "coapspec", b"the key of the reference server"
KEYS = Keys(IDENTITY, KEY)
COOKIE_SIZE = 16
Source = tuple[str, int]


class SecureRules(Rules):
    """What (D)TLS adds to a transport."""

    # RFC 7252 9.1.3.1, RFC 4279: keys and cipher suites

    def key_for(self, identity: bytes) -> bytes | None:
        """The key of a client, None for one that is not known."""
        return KEY if identity == IDENTITY.encode() else None

    def priority(self) -> str:
        """Protocol versions and cipher suites, as GnuTLS writes them."""
        return gnutls.priority_of(KEYS)

    def flags(self) -> int:
        """How GnuTLS is to be."""
        return 0

    # RFC 8323 8.2, RFC 7301

    def alpn(self) -> bytes:
        return b""

    def tolerates_alpn(self, chosen: bytes | None) -> bool:
        """Whether it goes on with what was negotiated."""
        return True

    # RFC 5246 7.2.1: the end

    def says_goodbye(self) -> bool:
        """Whether a close_notify is answered with one."""
        return True

    def heeds_goodbye(self) -> bool:
        """Whether nothing is taken any more after a close_notify."""
        return True

    def tells_failure(self) -> bool:
        """Whether a handshake that fails ends with an alert."""
        return True

    # what is not protected

    def takes_plain(self, data: bytes) -> bool:
        """Whether bytes that are no records are taken for CoAP."""
        return False


class DtlsRules(SecureRules):
    """CoAP over DTLS."""

    transport = "coaps"

    # RFC 6347 4.2.1: the cookie

    def asks_for_cookie(self) -> bool:
        """Whether a client has to show first that it is where it says."""
        return True

    def cookie(self, secret: bytes, source: Source) -> bytes:
        """What a client at that address has to show."""
        return hmac.new(secret, repr(source).encode(), hashlib.sha256).digest()[:COOKIE_SIZE]

    def takes_cookie(self, cookie: bytes, right: bytes) -> bool:
        return hmac.compare_digest(cookie, right)

    def request_version(self, offered: int) -> int:
        """That of a HelloVerifyRequest, which has no meaning for the handshake (4.2.1)."""
        return r.DTLS_1_0

    def requests(self, request: bytes) -> list[bytes]:
        """The datagrams that a ClientHello without a cookie is answered with."""
        return [request]

    def answers_hello(self, tries: int) -> bool:
        """Whether a ClientHello without a cookie gets an answer; `tries` of the same came before."""
        return True

    # RFC 6347 4.1: records

    def passes(self, datagram: bytes, is_up: bool) -> bool:
        """Whether a datagram reaches the session at all."""
        return True

    def rewritten(self, datagram: bytes) -> bytes:
        """A datagram on its way out."""
        return datagram

    def survives(self, error: Exception) -> bool:
        """Whether a session that has failed is kept all the same."""
        return False

    def replaces(self, is_up: bool) -> bool:
        """Whether a client that begins anew, with a good cookie, gets a new session (4.2.8)."""
        return True

    def resends(self) -> bool:
        """Whether a flight that is not answered is sent again (4.2.4)."""
        return True


class TlsRules(SecureRules, StreamRules):
    """CoAP over TLS."""

    transport = "coaps+tcp"

    def alpn(self) -> bytes:
        return b"coap"


class WssRules(SecureRules, WebSocketRules):
    """CoAP over secure WebSockets."""

    transport = "coaps+ws"
