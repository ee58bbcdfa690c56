"""The reference client over DTLS and TLS: one GET, as a correct client sends it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

from .. import websocket as ws
from ..client_handle import Outcome
from ..codec import FormatError, decode, encode
from ..connection import Connection
from ..endpoint import Endpoint
from ..gnutls import Keys, Side
from ..message import CON, GET, Message, path_options
from ..probes import OUR_CSM, first
from ..secure import ALPN, HandshakeError, Secure, side_for
from ..stream import encode_tcp
from ..target import parse_uri
from ..trace import Trace

TRIES = 3
HANDSHAKE_SHARE = 0.8  # of the time there is


class ClientRules:
    """What a correct client does, one hook each."""

    role = "client"
    transport = "coaps"

    def side(self, side: Side) -> Side:
        """What the client shows, whom it trusts, what it speaks."""
        return side

    def outgoing(self, datagram: bytes, memory: dict[str, int]) -> bytes | None:
        """A datagram of DTLS on its way out; None when it is not sent. `memory` is the session's."""
        return datagram

    def needs_choice(self) -> bool:
        """Whether the server has to choose coap by ALPN (RFC 8323 8.2)."""
        return True

    def begins_in_plain(self) -> bool:
        """Whether the request goes out before the handshake, without protection."""
        return False

    def falls_back(self) -> bool:
        """Whether the request goes out without protection when there is no session."""
        return False

    def takes_plain_answers(self) -> bool:
        """Whether a response without protection counts (RFC 7252 9.1.2)."""
        return False

    def tries_without_protocol(self) -> bool:
        """Whether a client whose protocol is refused goes on without ALPN (RFC 8323 8.2)."""
        return False

    def says_goodbye(self) -> bool:
        """Whether a close_notify goes before the end (RFC 5246 7.2.1)."""
        return True

    def path(self) -> str:
        """That of the WebSocket endpoint (RFC 8323 8.4)."""
        return ws.PATH

    def fields(self, fields: dict[str, str]) -> dict[str, str]:
        """The header fields of the opening handshake (RFC 8323 4.1)."""
        return fields


class TlsClientRules(ClientRules):
    transport = "coaps+tcp"


class WssClientRules(ClientRules):
    transport = "coaps+ws"


class ReferenceClient:
    """Asks as its rules say."""

    def __init__(self, rules: ClientRules) -> None:
        self.rules = rules

    async def ask(self, uri: str, keys: Keys, proof: str, seconds: float) -> Outcome:
        address = parse_uri(uri, keys)
        side = self.rules.side(side_for(address, host=urlsplit(uri).hostname or ""))
        asking = self._by_dtls if address.is_datagram else self._by_tls
        try:
            answer = await asyncio.wait_for(asking(address, side, seconds), seconds)
        except (HandshakeError, OSError, TimeoutError) as error:
            return Outcome(False, f"{type(error).__name__}: {error}")
        worked = answer is not None and proof.encode() in answer.payload
        return Outcome(worked, str(answer))

    async def _by_dtls(self, address: object, side: Side, seconds: float) -> Message | None:
        endpoint = Endpoint(Trace(), 0)
        try:
            await endpoint.bind(address)  # type: ignore[arg-type]
            request = Message(CON, GET, endpoint.fresh_mid(), endpoint.fresh_token(),
                              path_options("/test"))
            if self.rules.begins_in_plain():
                endpoint.send_message(request)
            secure = endpoint.begin(side)
            memory: dict[str, int] = {}
            secure.outgoing = lambda data: self._passed(data, memory)
            try:
                await secure.handshake(seconds * HANDSHAKE_SHARE)
            except HandshakeError:
                if self.rules.falls_back() and endpoint.transport:
                    endpoint.transport.sendto(encode(request))
                raise
            return await self._answer(endpoint, secure, request)
        finally:
            endpoint.close()

    def _passed(self, datagram: bytes, memory: dict[str, int]) -> list[bytes]:
        passed = self.rules.outgoing(datagram, memory)
        return [] if passed is None else [passed]

    async def _answer(self, endpoint: Endpoint, secure: Secure, request: Message
                      ) -> Message | None:
        for _ in range(TRIES):
            endpoint.send_message(request)
            entry = await endpoint.next(1.0)
            if entry and entry.message and entry.message.token == request.token:
                return entry.message
            for datagram in secure.seen if self.rules.takes_plain_answers() else []:
                try:
                    return decode(datagram)
                except FormatError:
                    continue
        return None

    async def _by_tls(self, address: object, side: Side, seconds: float) -> Message | None:
        connection = Connection(Trace(), 0, address)  # type: ignore[arg-type]
        try:
            await connection.join()
            if self.rules.begins_in_plain():
                connection.write(encode_tcp(self._get(connection)))
            secure = connection.begin(side)
            try:
                await secure.handshake(seconds)
            except HandshakeError as error:
                if self.rules.falls_back():
                    await self._in_plain(address)
                if error.alert and side.alpn and self.rules.tries_without_protocol():
                    return await self._by_tls(address, replace(side, alpn=()), seconds)
                raise
            if side.alpn and self.rules.needs_choice() and secure.tls.chosen_alpn != ALPN:
                raise HandshakeError("the server chose no protocol")
            return await self._asked(connection, seconds)
        finally:
            if not self.rules.says_goodbye() and connection.transport:
                connection.transport.abort()
            connection.close()

    async def _asked(self, connection: Connection, seconds: float) -> Message | None:
        """The answer to a GET on a connection that is secure, or should be."""
        if connection.is_websocket:
            fields = ws.upgrade_fields(connection.address.authority, ws.new_key())
            connection.upgrade(self.rules.fields(fields), self.rules.path())
            arrival = await connection.next(seconds)
            if not (arrival and arrival.head and arrival.head.status == 101):
                raise HandshakeError("the server does not switch to WebSockets")
        connection.send(OUR_CSM)
        request = connection.send(self._get(connection))
        arrival = await first(connection, [request.token], seconds)
        return arrival.message if arrival else None

    def _get(self, connection: Connection) -> Message:
        return Message(code=GET, token=connection.fresh_token(), options=path_options("/test"))

    async def _in_plain(self, address: object) -> None:
        connection = Connection(Trace(), 0, address)  # type: ignore[arg-type]
        await connection.join()
        try:
            if connection.is_websocket:
                connection.upgrade()
            else:
                connection.send(self._get(connection))
            await asyncio.sleep(0.1)
        finally:
            connection.close()
