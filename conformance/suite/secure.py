"""A secure session of the runner over one of its sockets: DTLS on datagrams, TLS on a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from . import records
from .address import Address
from .gnutls import Side, Tls, TlsError
from .trace import Trace

HANDSHAKE_SECONDS = 10.0
ALPN = b"coap"  # RFC 8323 8.2

Filter = Callable[[bytes], list[bytes]]


class HandshakeError(Exception):
    """No secure session. `alert` is the peer's word, None when it said nothing."""

    def __init__(self, text: str, alert: str | None = None):
        super().__init__(text)
        self.alert = alert


def side_for(address: Address, **changes: object) -> Side:
    """What the runner is towards a peer, correct but for the changes."""
    side = Side(address.keys, is_datagram=address.is_datagram,
                alpn=(ALPN,) if address.plain == "coap+tcp" else ())
    for name, value in changes.items():
        if not hasattr(side, name):
            raise AttributeError(name)
        setattr(side, name, value)
    return side


class Secure:
    """Between a socket and those who use it: records there, messages here. What is sent and what
    comes can be lost, repeated or changed on the way by `outgoing` and `incoming`."""

    def __init__(self, side: Side, send: Callable[[bytes], None],
                 deliver: Callable[[bytes], None], trace: Trace, number: int):
        self.trace = trace
        self.number = number
        self.side = side
        self.error: TlsError | None = None
        self.outgoing: Filter = lambda data: [data]
        self.incoming: Filter = lambda data: [data]
        self.sent: list[bytes] = []  # what went out, as it was when it left GnuTLS
        self.seen: list[bytes] = []  # what came
        self._send_raw = send
        self._deliver = deliver
        self._closed = False
        self._news = asyncio.Event()
        self.tls = Tls(side, self._push)

    # -- records -----------------------------------------------------------------------------------

    def _push(self, data: bytes) -> None:
        self.sent.append(data)
        for piece in self.outgoing(data):
            self.send_records(piece)

    def send_records(self, data: bytes) -> None:
        """Sends bytes as they are, below the session."""
        self.trace.records("sent", self.number, data,
                           records.describe(data, self.side.is_datagram))
        self._send_raw(data)

    def received(self, data: bytes) -> None:
        """Takes what came; delivers the messages, or pieces of the stream, that it completes."""
        if self._closed:
            return
        self.seen.append(data)
        self.trace.records("received", self.number, data,
                           records.describe(data, self.side.is_datagram))
        for piece in self.incoming(data):
            self.tls.feed(piece)
            if self.tls.is_up:
                self._read()
        self._news.set()

    def _read(self) -> None:
        if self.ended:
            return
        try:
            for message in self.tls.read():
                self._deliver(message)
        except TlsError as error:
            self.error = error
            self.trace.note(f"socket {self.number}: the secure session broke: {error}")
        if self.tls.ended and not self.error:
            self.trace.note(f"socket {self.number}: the peer closed the secure session")

    def lost(self, why: Exception | None = None) -> None:
        """The socket has no peer any more."""
        self.error = self.error or TlsError(str(why or "the connection ended"))
        self._news.set()

    # -- the session -------------------------------------------------------------------------------

    async def handshake(self, seconds: float = HANDSHAKE_SECONDS) -> None:
        """Sets the session up; raises HandshakeError."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        try:
            while not self.tls.handshake():
                if self.error:
                    raise self.error
                left = end - loop.time()
                if left <= 0:
                    raise HandshakeError("the handshake does not end")
                wait = min(left, max(self.tls.timeout(), 0.01)) if self.side.is_datagram else left
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), wait)
                except TimeoutError:
                    pass
        except TlsError as error:
            self.error = error
            raise HandshakeError(f"the handshake failed: {error}", error.alert) from None
        self.trace.note(f"socket {self.number}: secured by {self.tls.protocol} with "
                        f"{self.tls.suite}")
        self._read()

    def write(self, data: bytes) -> None:
        if self.error or self._closed or not self.tls.is_up:
            return
        try:
            self.tls.write(data)
        except TlsError as error:
            self.error = error
            self.trace.note(f"socket {self.number}: {error}")

    def restart(self, side: Side) -> None:
        """Forgets the session without a word; the next one is to begin on the same socket."""
        self.tls.close()
        self.error = None
        self.side = side
        self.tls = Tls(side, self._push)

    @property
    def ended(self) -> bool:
        """The peer has closed the session, or it broke."""
        return self.tls.ended or self.error is not None

    def close(self) -> None:
        """Says so to the peer, if it still listens (RFC 5246 7.2.1)."""
        if self._closed:
            return
        self._closed = True
        if not self.error:
            self.tls.bye()
        self.tls.close()
