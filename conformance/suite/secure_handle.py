"""The `peer` handle of cases about DTLS itself: sockets without a session, sessions that are made by
the case, handshakes whose records get lost."""

from __future__ import annotations

import time
from dataclasses import replace

from . import gnutls, records
from .address import Address
from .endpoint import Endpoint
from .handle import SETTLE, WAIT, Peer
from .message import CON, GET, Message, path_options
from .records import (
    HANDSHAKE,
    HELLO_VERIFY_REQUEST,
    SERVER_HELLO,
    HandshakeMessage,
    Hello,
    Record,
)
from .secure import HANDSHAKE_SECONDS, Filter, HandshakeError, side_for

LOSSY_SECONDS = 30.0  # for a handshake whose records get lost: a few time-outs of both sides
BARE_TRIES = 3


class SecurePeer(Peer):
    """The peer under test as a case about DTLS sees it. It has no session to begin with."""

    async def open(self, address: Address, seconds: float = HANDSHAKE_SECONDS) -> None:
        """Nothing yet: a case says itself how its sessions start."""

    # -- sockets and sessions ----------------------------------------------------------------------

    async def socket(self, local: tuple[str, int] | None = None) -> Endpoint:
        """A socket towards the peer without a session: records go out and come in as they are."""
        made = Endpoint(self.trace, len(self.others) + 1)
        self.others.append(made)
        await made.bind(self.target.address, local)
        made.is_bare = True
        return made

    async def session(self, *, via: Endpoint | None = None, outgoing: Filter | None = None,
                      incoming: Filter | None = None, seconds: float = HANDSHAKE_SECONDS,
                      **changes: object) -> Endpoint:
        """A session, on a socket of its own or on `via`; raises HandshakeError. `changes` are to
        what the runner shows (gnutls.Side); the filters see each record of the handshake."""
        made = via or await self.socket()
        side = side_for(self.target.address, **changes)
        if made.secure:
            made.secure.restart(side)
        else:
            made.begin(side)
        assert made.secure
        made.secure.outgoing = outgoing or made.secure.outgoing
        made.secure.incoming = incoming or made.secure.incoming
        await made.secure.handshake(self.seconds(seconds))
        return made

    async def secured(self, why: str = "", **how: object) -> Endpoint:
        """As session(); the case ends when there is none to be had."""
        try:
            return await self.session(**how)  # type: ignore[arg-type]
        except HandshakeError as error:
            if error.alert is None and not await self.alive():
                await self.lifeless(str(error))
            self.fail(f"{why}: {error}" if why else str(error))

    def priority(self, suites: str) -> str:
        """Only these, of DTLS 1.2, with a pre-shared key; skips for a peer without one."""
        if not self.target.address.keys.has_psk:
            self.skip("the runner has no pre-shared key for the peer")
        return f"NONE:+VERS-DTLS1.2:+VERS-TLS1.2:{suites}:{gnutls.REST}"

    # -- requests ----------------------------------------------------------------------------------

    def get(self, via: Endpoint) -> Message:
        """A GET of the probe resource, not yet sent."""
        return Message(CON, GET, via.fresh_mid(), via.fresh_token(),
                       path_options(self.target.probe_path))

    async def expect_usable(self, via: Endpoint, why: str) -> None:
        """A plain request on a session is answered."""
        exchange = await self.request(GET, self.target.probe_path, via=via)
        if exchange.response is None:
            if not await self.alive():
                await self.lifeless(why)
            self.fail(f"{why}: a request on the session gets no response")

    async def expect_useless(self, via: Endpoint, data: bytes, why: str) -> list[bytes]:
        """Sends bytes as they are; no CoAP message may come back. Gives what came."""
        via.send_records(data)
        if not await self.alive():
            await self.lifeless(why)
        return await self.gathered(via, SETTLE)

    async def gathered(self, via: Endpoint, seconds: float) -> list[bytes]:
        """All datagrams that come on a socket without a session."""
        found = []
        end = time.monotonic() + self.seconds(seconds)
        while (left := end - time.monotonic()) > 0:
            entry = await via.next(left)
            if entry and entry.data is not None:
                found.append(entry.data)
        return found

    # -- hellos ------------------------------------------------------------------------------------

    async def answered(self, via: Endpoint, data: bytes) -> list[bytes]:
        """The datagrams that a ClientHello is answered with; it is sent again, as it is, while
        nothing comes. Skips nothing and judges nothing."""
        for _ in range(BARE_TRIES):
            via.send_records(data)
            first = await via.next(self.seconds(WAIT))
            if first and first.data is not None:
                return [first.data, *await self.gathered(via, SETTLE)]
        if not await self.alive():
            await self.lifeless(f"sent {data.hex()}")
        return []

    def records(self, datagrams: list[bytes]) -> list[Record]:
        """The records in them; what is none is passed over."""
        found = []
        for datagram in datagrams:
            try:
                found += records.split(datagram)
            except records.RecordError:
                self.note(f"no DTLS record: {datagram.hex()}")
        return found

    def messages(self, datagrams: list[bytes]) -> list[tuple[Record, HandshakeMessage]]:
        """The handshake messages in them that are not protected. What has not the form of a record
        is passed over, as GnuTLS sends alerts that have not before a version is agreed on."""
        return [(record, message) for record in self.records(datagrams)
                if record.content == HANDSHAKE and not record.is_protected
                for message in records.messages_of(record)]

    def first(self, datagrams: list[bytes], kind: int
              ) -> tuple[Record, HandshakeMessage] | None:
        return next(((r, m) for r, m in self.messages(datagrams) if m.kind == kind), None)

    async def asked(self, via: Endpoint, hello: Hello, sequence: int = 0
                    ) -> tuple[Record, HandshakeMessage]:
        """The HelloVerifyRequest that the hello is answered with; skips when it is not."""
        answer = await self.answered(via, hello.datagram(sequence))
        found = self.first(answer, HELLO_VERIFY_REQUEST)
        if found is None:
            self.skip("the peer asks for no cookie")
        return found

    async def cookie(self, via: Endpoint, hello: Hello, sequence: int = 0) -> bytes:
        """The cookie that the peer asks for; skips when it does not ask."""
        _, request = await self.asked(via, hello, sequence)
        try:
            return records.cookie_of(request)
        except records.RecordError as error:
            self.fail(str(error))

    async def expect_unwelcome(self, hello: Hello, why: str) -> None:
        """No handshake follows such a ClientHello, not even with the right cookie."""
        socket = await self.socket()
        answer = await self.answered(socket, hello.datagram())
        asked = self.first(answer, HELLO_VERIFY_REQUEST)
        if asked:
            again = replace(hello, cookie=records.cookie_of(asked[1]))
            answer = await self.answered(socket, again.datagram(1))
        self.check(not self.is_welcome(answer), f"{why}: expected no ServerHello; got one")

    def is_welcome(self, datagrams: list[bytes]) -> bool:
        """Whether the peer begins a handshake."""
        return self.first(datagrams, SERVER_HELLO) is not None
