"""The `peer` handle of cases over reliable transports (RFC 8323): connections, requests, ends.

Rules of judgement: nothing counts as missing before the peer has answered a plain request on
another connection, and silence counts as an answer only when it has."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from . import probes
from .address import Address
from .case import Case
from .connection import CLOSED, HEAD, MALFORMED, Arrival, Connection
from .judge import Judge
from .message import GET, Message, code_name, path_options
from .probes import OUR_CSM
from .secure import HANDSHAKE_SECONDS, Filter, HandshakeError, Secure, side_for
from .stream import ABORT, describe
from .target import Target
from .websocket import CLOSE, Head

WAIT = 3.0  # seconds for an answer
END_WAIT = 5.0  # seconds for a connection to end that has to
SETTLE = 0.25  # seconds in which an answer to what should have none would still come
TRIES = 3


@dataclass
class Ending:
    """What came on a connection up to its end, or until patience was over."""

    messages: list[Message] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    closed: bool = False

    @property
    def abort(self) -> Message | None:
        return next((m for m in self.messages if m.code == ABORT), None)

    @property
    def response(self) -> Message | None:
        return next((m for m in self.messages if m.is_response), None)

    @property
    def close_frame(self) -> bool:
        return any(a.frame and a.frame.opcode == CLOSE for a in self.arrivals)

    @property
    def ended(self) -> bool:
        return self.closed or self.abort is not None or self.close_frame


class StreamPeer(Judge):
    """The peer under test as one case sees it, over connections of the case's own."""

    def __init__(self, target: Target, case: Case):
        super().__init__(target, case)
        self.connections: list[Connection] = []

    async def open(self, address: Address) -> None:
        """Nothing yet: a case says itself how its connections start."""

    def close(self) -> None:
        for connection in self.connections:
            connection.close()

    # -- connections -------------------------------------------------------------------------------

    async def dial(self) -> Connection:
        """A connection with nothing sent on it, secure where the transport is."""
        connection = await self.join()
        if self.target.address.is_secure:
            try:
                await self.secure(connection)
            except HandshakeError as error:
                await self.unsecured(error)
        return connection

    async def join(self) -> Connection:
        """A connection without security, whatever the transport is."""
        connection = Connection(self.trace, len(self.connections) + 1, self.target.address)
        self.connections.append(connection)
        try:
            await connection.join()
        except OSError as error:
            await self.lifeless(f"cannot connect: {error.strerror or error}")
        return connection

    async def secure(self, connection: Connection, outgoing: Filter | None = None,
                     seconds: float = HANDSHAKE_SECONDS, **changes: object) -> Secure:
        """Makes a connection secure; raises HandshakeError. `changes` are to what the runner shows
        (gnutls.Side)."""
        made = connection.begin(side_for(self.target.address, **changes))
        made.outgoing = outgoing or made.outgoing
        await made.handshake(self.seconds(seconds))
        return made

    async def connect(self, csm: Message | None = OUR_CSM,
                      via: Connection | None = None) -> Connection:
        """A connection on which our CSM has been sent, after the opening handshake where there is
        one; or `via` becomes it. Does not wait for the peer's CSM."""
        connection = via or await self.dial()
        if connection.is_websocket:
            connection.upgrade()
            head = await self.head(connection)
            self.check(head.status == 101, f"opening handshake: expected 101; got '{head.first}'")
        if csm:
            connection.send(csm)
        return connection

    async def head(self, connection: Connection) -> Head:
        """The HTTP response on a connection; the case fails when there is none."""
        arrival = await connection.next(self.seconds(WAIT))
        if arrival is None or arrival.kind != HEAD or arrival.head is None:
            await self.missing("an HTTP response to the opening handshake", arrival)
        return arrival.head

    # -- messages ----------------------------------------------------------------------------------

    async def find(self, connection: Connection, where: Callable[[Message], bool],
                   seconds: float = WAIT) -> Message | None:
        """The first message for which `where` holds; others are passed over. None when none comes
        in time or the connection ends."""
        end = time.monotonic() + self.seconds(seconds)
        while (left := end - time.monotonic()) > 0:
            arrival = await connection.next(left)
            if arrival is None or arrival.kind == CLOSED:
                return None
            if arrival.kind == MALFORMED:
                self.fail(f"what the peer sent cannot be read: {arrival.text}")
            if arrival.message and where(arrival.message):
                return arrival.message
        return None

    async def expect(self, connection: Connection, what: str, where: Callable[[Message], bool],
                     seconds: float = WAIT) -> Message:
        """As find(); the case fails, naming `what`, when no such message comes."""
        found = await self.find(connection, where, seconds)
        if found is None:
            await self.missing(what, connection.closed)
        return found

    async def missing(self, what: str, instead: Arrival | None = None) -> NoReturn:
        """Ends the case for want of `what`."""
        seen = instead.text if instead else "nothing of the kind came"
        if await self.alive():
            self.fail(f"expected {what}; {seen}")
        await self.lifeless(f"expected {what}; {seen}")

    async def lifeless(self, what: str) -> NoReturn:
        """Ends a case in which the peer has stopped answering plain requests."""
        if await self.target.is_up(WAIT, TRIES):
            self.inconclusive(f"{what}; the peer did not answer plain requests for a while")
        self.fail(f"{what}; the peer no longer answers plain requests")

    async def alive(self) -> bool:
        """Whether a plain GET on a connection of its own gets an answer."""
        return await probes.is_up(self.target.address, self.seconds(WAIT), TRIES,
                                  self.target.probe_path, self.trace)

    def request(self, connection: Connection, code: int = GET, path: str | None = None, *,
                options: tuple[tuple[int, bytes], ...] = (), payload: bytes = b"",
                token: bytes | None = None) -> Message:
        """A request, not yet sent; of the probe resource when no path is given."""
        where = self.target.probe_path if path is None else path
        return Message(code=code, token=connection.fresh_token() if token is None else token,
                       options=path_options(where) + tuple(options), payload=payload)

    async def ask(self, connection: Connection, code: int = GET, path: str | None = None,
                  **more: object) -> Message:
        """Sends a request and gives its response; the case fails when there is none."""
        sent = connection.send(self.request(connection, code, path, **more))  # type: ignore
        return await self.response_to(connection, sent)

    async def response_to(self, connection: Connection, sent: Message) -> Message:
        return await self.expect(connection, f"a response to {code_name(sent.code)} with the token "
                                 f"{sent.token.hex()}",
                                 lambda m: m.is_response and m.token == sent.token)

    # -- ends --------------------------------------------------------------------------------------

    async def ending(self, connection: Connection, seconds: float = END_WAIT,
                     until_abort: bool = False) -> Ending:
        """Reads until the connection ends or time is over."""
        seen = Ending()
        end = time.monotonic() + self.seconds(seconds)
        while (left := end - time.monotonic()) > 0:
            arrival = await connection.next(left)
            if arrival is None:
                break
            seen.arrivals.append(arrival)
            if arrival.kind == CLOSED:
                seen.closed = True
                break
            if arrival.kind == MALFORMED:
                self.fail(f"what the peer sent cannot be read: {arrival.text}")
            if arrival.message:
                seen.messages.append(arrival.message)
            if until_abort and seen.ended:
                break
        return seen

    async def expect_aborted(self, connection: Connection, why: str) -> Ending:
        """The peer has to end this connection: it closes it, sends an Abort, or a Close frame. A
        response on the way, or life as before, is a failure. `why` says what was sent."""
        seen = await self.ending(connection, until_abort=True)
        self.check(seen.response is None, f"{why}: the connection has to be aborted; "
                   f"got {describe(seen.response) if seen.response else ''}")
        if not seen.ended:
            if not await self.alive():
                await self.lifeless(why)
            self.fail(f"{why}: the connection has to be aborted; it stays open")
        return seen

    async def expect_usable(self, connection: Connection, why: str) -> None:
        """The connection has to go on as before: a plain request on it is answered."""
        sent = connection.send(self.request(connection))
        answer = await self.find(connection,
                                 lambda m: m.code == ABORT or (m.is_response
                                                               and m.token == sent.token))
        if answer is None or answer.code == ABORT:
            seen = describe(answer) if answer else (
                connection.closed.text if connection.closed else "a request behind it gets nothing")
            if not await self.alive():
                await self.lifeless(why)
            self.fail(f"{why}: the connection has to go on; {seen}")
