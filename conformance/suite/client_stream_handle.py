"""The `client` handle of cases about clients over TCP and WebSockets (RFC 8323): the runner is the
server, and says on the connection what the case has it say."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from . import websocket as ws
from .address import NO_KEYS, Address
from .client_handle import SECONDS, ClientPeer, Outcome
from .connection import CLOSED, MALFORMED, Arrival, Connection
from .message import Message, code
from .probes import OUR_CSM
from .stream import ABORT, encode_tcp, encode_ws
from .websocket import Frame, Head

CONTENT = code("2.05")
END_SECONDS = 4.0  # that a client has to end a connection
# So long a client is told to wait where it has to end by itself.
PATIENT_SECONDS = 12.0
IGNORING_SECONDS = 3.0  # and where there is nothing that it could wait for


class Accepted(Connection):
    """A connection that the client under test has opened."""

    def is_upgraded_by(self, head: Head) -> bool:
        """Whatever the client asks for: the case says how it is answered."""
        return True

    def encoded(self, message: Message) -> bytes:
        """The bytes of a message; a server masks nothing."""
        if self.is_websocket:
            return ws.encode_frame(Frame(ws.BINARY, encode_ws(message)))
        return encode_tcp(message)

    def switch(self, head: Head, *, first: str = "HTTP/1.1 101 Switching Protocols",
               **changes: str | None) -> None:
        """Answers the opening handshake, correctly but for some header fields (`accept`,
        `protocol`; None leaves one out)."""
        fields: dict[str, str | None] = {
            "accept": ws.accept_key(head.value("sec-websocket-key") or ""),
            "protocol": ws.SUBPROTOCOL, **changes}
        lines = [first, "Upgrade: websocket", "Connection: Upgrade",
                 *(f"Sec-WebSocket-{name.capitalize()}: {value}"
                   for name, value in fields.items() if value is not None)]
        self.write("\r\n".join([*lines, "", ""]).encode(), "answer to the opening handshake")


class Asked:
    """A client at work: it has been told to get /test from the runner."""

    def __init__(self, client: StreamClientPeer, seconds: float):
        self.client = client
        self.proof = f"proof-{secrets.token_hex(4)}"
        self.connections: list[Accepted] = []
        self.made = asyncio.Event()
        self.address = Address("127.0.0.1", 0)
        self.seconds = seconds
        self.run: asyncio.Task[Outcome] | None = None

    def accepted(self) -> Accepted:
        self.connections.append(Accepted(self.client.trace, len(self.connections) + 1, self.address))
        self.made.set()
        return self.connections[-1]

    def begin(self, port: int) -> None:
        transport = self.client.target.transport
        self.address = Address("127.0.0.1", port, transport=transport)
        self.run = asyncio.create_task(self.client.target.client.ask(
            f"{transport}://127.0.0.1:{port}/test", NO_KEYS, self.proof,
            self.client.seconds(self.seconds)))

    async def outcome(self) -> Outcome:
        assert self.run
        outcome = await asyncio.shield(self.run)
        self.client.note(outcome.text)
        return outcome

    # -- the server's side -------------------------------------------------------------------------

    async def connected(self) -> Accepted:
        """The client's first connection."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.made.wait(), self.client.seconds(SECONDS))
        if not self.connections:
            self.client.inconclusive(f"the client does not connect: {(await self.outcome()).text}")
        return self.connections[0]

    async def handshake(self, connection: Accepted) -> Head:
        """The head of the client's opening handshake."""
        arrival = await connection.next(self.client.seconds(SECONDS))
        if arrival is None or arrival.head is None:
            self.client.fail("expected an opening handshake (RFC 8323 4.1); got "
                             f"{arrival.text if arrival else 'nothing'}")
        return arrival.head

    async def begun(self, csm: Message | None = OUR_CSM) -> Accepted:
        """A connection with all that comes before messages done, and our CSM sent."""
        connection = await self.connected()
        if connection.is_websocket:
            connection.switch(await self.handshake(connection))
        if csm:
            connection.send(csm)
        return connection

    async def request(self, connection: Accepted) -> Message:
        """The client's request."""
        while True:
            arrival = await connection.next(self.client.seconds(SECONDS))
            if arrival is None or arrival.kind in (CLOSED, MALFORMED):
                self.client.fail("expected a request; got "
                                 f"{arrival.text if arrival else 'nothing'}")
            if arrival.message and arrival.message.is_request:
                return arrival.message

    async def asked(self) -> tuple[Accepted, Message]:
        connection = await self.begun()
        return connection, await self.request(connection)

    def response(self, request: Message, **changes: object) -> Message:
        """The answer that a client has to show."""
        return Message(code=CONTENT, token=request.token,
                       payload=self.proof.encode()).but(**changes)

    # -- what is expected --------------------------------------------------------------------------

    async def expect_worked(self, why: str) -> None:
        outcome = await self.outcome()
        self.client.check(outcome.worked, f"{why}: expected that the client has its answer; "
                          f"{outcome.text}")

    async def expect_nothing(self, why: str) -> None:
        outcome = await self.outcome()
        self.client.check(not outcome.worked, f"{why}: expected that the client takes it for no "
                          f"answer; it did: {outcome.text}")

    async def next_of(self, connection: Accepted, kind: str, expected: str) -> Arrival:
        """The next arrival of a kind; fails when the connection ends before, or nothing comes."""
        while True:
            arrival = await connection.next(self.client.seconds(END_SECONDS))
            if arrival is None or arrival.kind == CLOSED:
                self.client.fail(f"expected {expected}; got "
                                 f"{arrival.text if arrival else 'nothing'}")
            if arrival.kind == kind:
                return arrival

    async def message(self, connection: Accepted, wanted: int, expected: str) -> Message:
        """The next message with a code."""
        while True:
            arrival = await self.next_of(connection, "message", expected)
            if arrival.message and arrival.message.code == wanted:
                return arrival.message

    async def ended(self, connection: Accepted, why: str, *, usual: bool = False
                    ) -> Message | None:
        """Waits until the client ends the connection: by closing it, after a Close frame, or after
        an Abort, which is returned. Where that is `usual` only, it is a warning when it does not."""
        text = (f"{why}: expected that the client ends the connection within {END_SECONDS:g} s; it "
                "does not")
        loop = asyncio.get_running_loop()
        end = loop.time() + self.client.seconds(END_SECONDS)
        while (left := end - loop.time()) > 0:
            arrival = await connection.next(left)
            if arrival is None:
                break
            if arrival.message and arrival.message.code == ABORT:
                return arrival.message
            if arrival.kind == CLOSED or (arrival.frame and arrival.frame.opcode == ws.CLOSE):
                return None
        self.client.warn(text) if usual else self.client.fail(text)
        return None


class StreamClientPeer(ClientPeer):
    """The client under test, over TCP or WebSockets without security, as one case sees it."""

    @asynccontextmanager
    async def asking(self, seconds: float = SECONDS) -> AsyncIterator[Asked]:
        """Tells the client to get /test, and to wait so long for it."""
        asked = Asked(self, seconds)
        server = await asyncio.get_running_loop().create_server(asked.accepted, "127.0.0.1", 0)
        try:
            asked.begin(server.sockets[0].getsockname()[1])
            yield asked
        finally:
            if asked.run:
                asked.run.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asked.run
            server.close()
            for connection in asked.connections:
                connection.close()
