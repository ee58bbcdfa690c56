"""What stands in front of the reference servers where their transport is secure: DTLS in front of the
datagrams, TLS in front of each connection, both by GnuTLS."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from .. import records as r
from ..gnutls import ALPN_MANDATORY, Side, Tls, TlsError
from .reference import ReferenceServer
from .secure_rules import DtlsRules, Memory, Name, SecureRules, Source

SHORTEST_WAIT = 0.02  # seconds between two looks at a handshake
PLAIN = -1  # the number of no session: of messages without DTLS
# What a server says that has not looked at the client's Finished.
FALSE_FINISHED = (r.Record(r.CHANGE_CIPHER_SPEC, r.DTLS_1_2, b"\1", 0, 9).encode()
                  + r.Record(r.HANDSHAKE, r.DTLS_1_2, bytes(40), 1, 0).encode())
FALSE_FINISHED_TLS = (r.Record(r.CHANGE_CIPHER_SPEC, r.TLS_1_2, b"\1").encode_tls()
                      + r.Record(r.HANDSHAKE, r.TLS_1_2, bytes(40)).encode_tls())


def server_side(rules: SecureRules, is_datagram: bool,
                prestate: tuple[int, int, int] | None = None) -> Side:
    return Side(rules.keys(), is_server=True, is_datagram=is_datagram, priority=rules.priority(),
                alpn=rules.alpn(), alpn_flags=ALPN_MANDATORY * rules.needs_common_protocol(),
                flags=rules.flags(), key_for=rules.key_for, prestate=prestate, wants_certificate=rules.wants_certificate(),
                verify_flags=rules.verify_flags())


class ServerSession:
    """One client's session with the server."""

    def __init__(self, rules: SecureRules, side: Side, send: Callable[[bytes], None],
                 deliver: Callable[[bytes], None], started: Callable[[], None],
                 over: Callable[[], None]) -> None:
        self.rules = rules
        self.tls = Tls(side, send)
        self.deliver = deliver
        self.started = started
        self.over = over
        self.timer: asyncio.TimerHandle | None = None
        self.is_over = False

    def feed(self, data: bytes) -> None:
        self.tls.feed(data)
        self.go_on()

    def go_on(self) -> None:
        if self.is_over:
            return
        try:
            if not self.tls.is_up and not self.shaken():
                return
            self.read()
        except TlsError:
            self.end()

    def shaken(self) -> bool:
        """Whether the handshake is through."""
        if self.timer:
            self.timer.cancel()
        if not self.tls.handshake():
            self.schedule()
            return False
        self.started()
        return True

    def schedule(self) -> None:
        if self.tls.side.is_datagram:
            self.timer = asyncio.get_running_loop().call_later(
                max(self.tls.timeout(), SHORTEST_WAIT), self.go_on)

    def read(self) -> None:
        for message in self.tls.read():
            self.deliver(message)
        if self.tls.ended and self.rules.says_goodbye():
            self.tls.bye()
        if self.tls.ended and self.rules.heeds_goodbye():
            self.end()

    def write(self, data: bytes) -> None:
        if self.is_over or not self.tls.is_up:
            return
        try:
            self.tls.write(data)
        except TlsError:
            self.end()

    def end(self) -> None:
        if self.is_over:
            return
        self.is_over = True
        if self.timer:
            self.timer.cancel()
        self.over()

    def close(self) -> None:
        self.is_over = True
        if self.timer:
            self.timer.cancel()
        self.tls.close()


class Hello:
    """What a server needs of a ClientHello in a datagram from nobody known."""

    def __init__(self, record: r.Record, message: r.HandshakeMessage) -> None:
        self.record = record
        self.message = message
        body = message.body
        session_end = 35 + body[34]
        self.version = int.from_bytes(body[:2], "big")
        self.cookie = body[session_end + 1 : session_end + 1 + body[session_end]]

    @property
    def prestate(self) -> tuple[int, int, int]:
        """The numbers that the session goes on from; the server's own message was number 0."""
        return self.record.sequence & 0xFF, self.message.sequence, 0


def records_in(datagram: bytes) -> list[r.Record]:
    """Its records, none when it is made of something else."""
    try:
        return r.split(datagram)
    except r.RecordError:
        return []


def first_record(datagram: bytes) -> r.Record:
    """The record that a datagram begins with; an empty one when it begins with none."""
    return (records_in(datagram) or [r.Record(-1, 0, b"")])[0]


def hello_in(datagram: bytes) -> Hello | None:
    """The ClientHello of epoch 0 that a datagram begins with."""
    try:
        record = r.split(datagram)[0]
        if record.epoch or record.content != r.HANDSHAKE:
            return None
        message = r.messages_of(record)[0]
        whole = len(message.body) == message.whole_length
        return Hello(record, message) if whole and message.kind == r.CLIENT_HELLO else None
    except (r.RecordError, IndexError):
        return None


class DtlsClient(ServerSession):
    """One client's session over DTLS."""

    def __init__(self, front: DtlsFront, source: Source, number: int,
                 prestate: tuple[int, int, int] | None) -> None:
        self.front = front
        self.source = source
        self.name = front.rules.name_of(source, number)
        self.number = number
        self.memory: Memory = {}
        super().__init__(
            front.rules, server_side(front.rules, True, prestate), self.send,
            lambda message: front.server.datagram_received(
                message, self.name),  # type: ignore[arg-type]
            lambda: None, lambda: front.forget_later(self))
        self.limit = asyncio.get_running_loop().call_later(front.rules.patience(), self.late)

    def late(self) -> None:
        if not self.tls.is_up:
            self.end()

    def take(self, datagram: bytes) -> None:
        rules = self.front.rules
        if rules.spoils(datagram, self.memory):
            self.end()
            return
        if not rules.passes(datagram, self.memory):
            return
        self.feed(rules.shortened(datagram))
        if not self.tls.is_up and not self.is_over and rules.completes_unverified():
            if first_record(datagram).epoch:
                self.front.send(FALSE_FINISHED, self.source)

    def send(self, datagram: bytes) -> None:
        if self.front.rules.goes_out(datagram, self.memory):
            self.front.send(datagram, self.source)

    def close(self) -> None:
        self.limit.cancel()
        super().close()


class DtlsFront(asyncio.DatagramProtocol):
    """Lets the datagrams of clients that have shown a cookie through to the server, unprotected,
    and is the transport that its answers go out on."""

    def __init__(self, rules: DtlsRules, server: ReferenceServer) -> None:
        self.rules = rules
        self.server = server
        self.secret = secrets.token_bytes(16)
        self.sessions: dict[Source, DtlsClient] = {}
        self.hellos: dict[Source, int] = {}
        self.count = 0
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)  # asyncio's own is none by name
        self.server.transport = self  # type: ignore[assignment]

    # -- what came ---------------------------------------------------------------------------------

    def datagram_received(self, data: bytes, source: Source) -> None:
        self.rules.saw(data)
        session = self.sessions.get(source)
        if self.rules.takes_plain(data):
            self.server.datagram_received(data, (*source, PLAIN))  # type: ignore[arg-type]
            return
        message = self.rules.unprotected(data)
        if message is not None and session:
            self.server.datagram_received(message, session.name)  # type: ignore[arg-type]
            return
        hello = hello_in(data)
        if hello and (session is None or (session.tls.is_up and self.rules.replaces())):
            self.take_hello(hello, data, source)
        elif session:
            session.take(data)

    def take_hello(self, hello: Hello, data: bytes, source: Source) -> None:
        right = self.rules.cookie(self.secret, source)
        if self.rules.asks_for_cookie() and not (
                hello.cookie and self.rules.takes_cookie(hello.cookie, right)):
            if self.rules.forgets_at_hello():
                self.forget(source)
            self.ask(hello, right, source)
            return
        self.forget(source)
        self.hellos.pop(source, None)
        self.count += 1
        session = DtlsClient(self, source, self.count,
                             hello.prestate if self.rules.asks_for_cookie() else None)
        self.sessions[source] = session
        session.take(data)

    def ask(self, hello: Hello, cookie: bytes, source: Source) -> None:
        tries = self.hellos.get(source, 0)
        self.hellos[source] = tries + 1
        if not self.rules.answers_hello(tries):
            return
        version = self.rules.request_version(hello.version)
        message = r.HandshakeMessage(r.HELLO_VERIFY_REQUEST, 0,
                                     version.to_bytes(2, "big") + r.vector(cookie, 1))
        record = r.Record(r.HANDSHAKE, r.DTLS_1_0, message.encode(), 0, hello.record.sequence)
        for datagram in self.rules.requests(record.encode()):
            self.send(datagram, source)

    def send(self, data: bytes, source: Source) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        datagram = self.rules.rewritten(data)
        for piece in (datagram, *self.rules.copies(datagram)):
            self.rules.said(piece)
            self.transport.sendto(piece, source)

    def forget(self, source: Source) -> None:
        session = self.sessions.pop(source, None)
        if session:
            session.close()

    def forget_later(self, session: DtlsClient) -> None:
        """Not while the session is at work itself."""
        def now() -> None:
            if self.sessions.get(session.source) is session:
                del self.sessions[session.source]
            session.close()

        asyncio.get_running_loop().call_soon(now)

    # -- the server's transport --------------------------------------------------------------------

    def sendto(self, data: bytes, name: Name) -> None:
        source = name[:2]
        if name[2] == PLAIN and self.transport:
            self.transport.sendto(data, source)
        session = self.sessions.get(source)
        if session is None or session.name != name:
            return
        if self.rules.in_the_clear():
            self.send(data, source)
            return
        session.write(data)
        for extra in self.rules.beside(data):
            self.send(extra, source)

    def is_closing(self) -> bool:
        return self.transport is None or self.transport.is_closing()

    def close(self) -> None:
        for source in list(self.sessions):
            self.forget(source)
        if self.transport:
            self.transport.close()


class TlsFront(asyncio.Protocol, asyncio.Transport):
    """Between a socket and one of the server's connections, of which it is the transport."""

    def __init__(self, rules: SecureRules, connection: asyncio.Protocol) -> None:
        asyncio.Transport.__init__(self)
        self.rules = rules
        self.connection = connection
        self.socket: asyncio.Transport | None = None
        self.session: ServerSession | None = None
        self.is_plain = False
        self.is_fresh = True  # nothing has come yet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.socket = transport
        self.session = ServerSession(
            self.rules, server_side(self.rules, False), self.send_records,
            self.connection.data_received, lambda: self.connection.connection_made(self),
            self.over)
        self.session.go_on()

    def send_records(self, data: bytes) -> None:
        if self.socket and not self.socket.is_closing():
            self.rules.said(data)
            self.socket.write(data)

    def data_received(self, data: bytes) -> None:
        self.rules.saw(data)
        if self.is_fresh and self.rules.takes_plain(data):
            self.is_plain = True
            self.connection.connection_made(self)
        self.is_fresh = False
        if self.is_plain:
            self.connection.data_received(data)
        elif self.session and self.rules.takes_segment(data):
            self.session.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.session:
            self.session.close()
        self.connection.connection_lost(exc)

    def over(self) -> None:
        """The session has ended or failed."""
        assert self.session and self.socket
        if not self.session.tls.is_up and self.rules.completes_unverified():
            self.send_records(FALSE_FINISHED_TLS)
        if self.rules.heeds_goodbye():
            self.close()

    def write(self, data: bytes) -> None:
        if self.is_plain and self.socket:
            self.socket.write(data)
        elif self.session:
            self.session.write(data)

    def is_closing(self) -> bool:
        return self.socket is None or self.socket.is_closing()

    def close(self) -> None:
        if self.session and not self.session.is_over:
            self.session.tls.bye()
        if self.socket:
            self.socket.close()

    def abort(self) -> None:
        if self.socket:
            self.socket.abort()


@asynccontextmanager
async def serve_dtls(rules: DtlsRules) -> AsyncIterator[str]:
    """Serves on a free loopback port; gives the server's URI."""
    server = ReferenceServer(rules)
    transport, front = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: DtlsFront(rules, server), local_addr=("127.0.0.1", 0))
    try:
        host, port = transport.get_extra_info("sockname")
        yield f"{rules.transport}://{host}:{port}"
    finally:
        server.close()
        front.close()
