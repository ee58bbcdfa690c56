"""The rules of secure transports (RFC 7252 section 9, RFC 6347, RFC 8323 section 9), one hook each."""

from __future__ import annotations

import hashlib
import hmac

from .. import certificates, gnutls
from .. import records as r
from ..gnutls import Keys
from .rules import Rules
from .stream_rules import StreamRules, WebSocketRules

IDENTITY, KEY = "coapspec", b"the key of the reference server"
KEYS = Keys(IDENTITY, KEY)
PRIORITY = gnutls.priority_of(Keys(key=KEY, ca="any"))  # both kinds of keys
COOKIE_SIZE = 16
Source = tuple[str, int]
Name = tuple[str, int, int]
Memory = dict[str, int]


def client_keys() -> Keys:
    """The certificate of a client that the reference server takes."""
    return certificates.keys(certificates.temporary())


class SecureRules(Rules):
    """What (D)TLS adds to a transport."""

    # RFC 7252 9.1.3.1, RFC 4279: keys and cipher suites

    def key_for(self, identity: bytes) -> bytes | None:
        """The key of a client, None for one that is not known."""
        return KEY if identity == IDENTITY.encode() else None

    def priority(self) -> str:
        """Protocol versions and cipher suites, as GnuTLS writes them."""
        return PRIORITY

    def flags(self) -> int:
        """How GnuTLS is to be."""
        return 0

    def completes_unverified(self) -> bool:
        """Whether the server says Finished although the client's could not be verified."""
        return False

    # RFC 8323 8.2, RFC 7301

    def alpn(self) -> tuple[bytes, ...]:
        """What it speaks, if it negotiates that."""
        return ()

    def needs_common_protocol(self) -> bool:
        """Whether a client that offers other protocols only is refused."""
        return True

    # RFC 7252 9.1.3.3: certificates

    def keys(self) -> Keys:
        """What the server shows, and who may vouch for its clients."""
        return certificates.keys(certificates.temporary(), "server")

    def wants_certificate(self) -> bool:
        """Whether both sides have to show one."""
        return True

    def verify_flags(self) -> int:
        """What is left out when a client's certificate is looked at: nothing."""
        return 0

    # RFC 5246 7.2.1: the end

    def says_goodbye(self) -> bool:
        """Whether a close_notify is answered with one."""
        return True

    def heeds_goodbye(self) -> bool:
        """Whether nothing is taken any more after a close_notify."""
        return True

    def takes_segment(self, data: bytes) -> bool:
        """Whether a piece of a stream is looked at, however short (RFC 5246 6.2.1)."""
        return True

    # what the server sees and says, for those who watch

    def saw(self, data: bytes) -> None:
        """A datagram, or a piece of a connection, that has come."""

    def said(self, data: bytes) -> None:
        """One that goes out."""

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

    # RFC 6347 4.1, 4.2: what comes

    def passes(self, datagram: bytes, memory: Memory) -> bool:
        """Whether a datagram reaches its session at all; `memory` is the session's."""
        return True

    def spoils(self, datagram: bytes, memory: Memory) -> bool:
        """Whether a datagram ends its session."""
        return False

    def shortened(self, datagram: bytes) -> bytes:
        """What is looked at of a datagram: all of it."""
        return datagram

    def unprotected(self, datagram: bytes) -> bytes | None:
        """A message that is taken from a datagram without keys."""
        return None

    def patience(self) -> float:
        """Seconds that a handshake may take."""
        return 60.0

    # RFC 6347 4.2.8: beginning anew

    def replaces(self) -> bool:
        """Whether a client that begins anew, with a good cookie, gets a new session."""
        return True

    def forgets_at_hello(self) -> bool:
        """Whether a ClientHello without a cookie ends the session of its address."""
        return False

    # RFC 7252 9.1.1

    def name_of(self, source: Source, session: int) -> Name:
        """What the server knows a client by: not its address alone."""
        return (*source, session)

    # what goes out

    def rewritten(self, datagram: bytes) -> bytes:
        return datagram

    def goes_out(self, datagram: bytes, memory: Memory) -> bool:
        return True

    def copies(self, datagram: bytes) -> list[bytes]:
        """What goes out behind a datagram."""
        return []

    def in_the_clear(self) -> bool:
        """Whether responses go out without protection."""
        return False

    def beside(self, message: bytes) -> list[bytes]:
        """What goes out behind a message, without protection."""
        return []


class TlsRules(SecureRules, StreamRules):
    """CoAP over TLS."""

    transport = "coaps+tcp"

    def alpn(self) -> tuple[bytes, ...]:
        return (b"coap",)


class WssRules(SecureRules, WebSocketRules):
    """CoAP over secure WebSockets."""

    transport = "coaps+ws"
