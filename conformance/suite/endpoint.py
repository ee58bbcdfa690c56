"""One UDP socket of the runner towards the peer, on asyncio, with DTLS where the address says so."""

from __future__ import annotations

import asyncio
import contextlib
import random

from . import records
from .address import Address
from .codec import FormatError, decode, encode
from .gnutls import Side
from .message import CON, EMPTY, NON, RST, Message
from .secure import HANDSHAKE_SECONDS, Secure, side_for
from .trace import Datagram, Trace


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.endpoint.on_raw(data)

    def error_received(self, exc: Exception) -> None:
        self.endpoint.on_error(exc)


class Endpoint:
    """A socket with message IDs and tokens of its own. Connected to the peer: datagrams from
    elsewhere never reach a case, and an ICMP error shows at once."""

    def __init__(self, trace: Trace, number: int):
        self.trace = trace
        self.number = number
        self.received: asyncio.Queue[Datagram] = asyncio.Queue()
        self.unreachable = False
        self.transport: asyncio.DatagramTransport | None = None
        self.secure: Secure | None = None
        self.is_bare = False  # what comes are records, and nobody makes a session of them
        self.is_retired = False  # its case is over
        self.port = 0  # on this side
        self.sent_mids: set[int] = set()
        self._mid = random.randrange(0x10000)
        self._token = random.randrange(1 << 32)

    async def open(self, address: Address, seconds: float = HANDSHAKE_SECONDS) -> None:
        """Raises OSError; for a secure address HandshakeError as well."""
        await self.bind(address)
        if address.is_secure:
            await self.begin(side_for(address)).handshake(seconds)

    def begin(self, side: Side) -> Secure:
        """The socket's DTLS, whose handshake is still to come."""
        assert self.transport
        self.secure = Secure(side, self.transport.sendto, self.on_datagram, self.trace,
                             self.number)
        return self.secure

    async def bind(self, address: Address, local: tuple[str, int] | None = None) -> None:
        """A socket towards the peer, without security whatever the address says."""
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(
            lambda: _Protocol(self), remote_addr=(address.host, address.port), local_addr=local,
            family=address.family)
        self.port = self.transport.get_extra_info("sockname")[1]

    def close(self) -> None:
        if self.secure:
            self.secure.close()
        if self.transport:
            self.transport.close()

    def retire(self) -> None:
        """Its case is over: what the peer still sends is refused, until the socket is closed. A
        socket that is gone would have the peer told by ICMP, and some stacks take that for the end
        of another client."""
        self.is_retired = True

    def _refuse(self, data: bytes) -> None:
        with contextlib.suppress(FormatError):
            message = decode(data)
            if self.transport and message.type in (CON, NON):
                self.transport.sendto(encode(Message(RST, EMPTY, message.mid)))

    def on_raw(self, data: bytes) -> None:
        """What the socket got: records of DTLS, or a datagram of CoAP."""
        if self.is_retired:
            self._refuse(data)
        elif self.secure:
            self.secure.received(data)
        elif self.is_bare:
            text = records.describe(data, True)
            self.received.put_nowait(self.trace.records("received", self.number, data, text))
        else:
            self.on_datagram(data)

    def on_datagram(self, data: bytes) -> None:
        self.received.put_nowait(self.trace.datagram("received", self.number, data))

    def on_error(self, error: Exception) -> None:
        self.unreachable = True
        if self.is_retired:
            return
        self.trace.note(f"socket {self.number}: {error}")
        if self.secure:
            self.secure.lost(error)

    def fresh_mid(self) -> int:
        self._mid = (self._mid + 1) & 0xFFFF
        return self._mid

    def fresh_token(self, length: int = 4) -> bytes:
        self._token = (self._token + 1) & 0xFFFFFFFF
        return random.randbytes(max(0, length - 4)) + self._token.to_bytes(4, "big")[:length]

    def send_bytes(self, data: bytes) -> None:
        """Sends a datagram as it is."""
        assert self.transport
        self.trace.datagram("sent", self.number, data)
        self.sent_mids.add(int.from_bytes(data[2:4], "big"))
        if self.secure:
            self.secure.write(data)
        else:
            self.transport.sendto(data)

    def send_records(self, data: bytes) -> None:
        """Sends records as they are, whether there is a session or not."""
        assert self.transport
        self.trace.records("sent", self.number, data, records.describe(data, True))
        self.transport.sendto(data)

    def send_message(self, message: Message) -> Message:
        """Sends a message, with a fresh message ID when it has none; returns it as sent."""
        if message.mid < 0:
            message = message.but(mid=self.fresh_mid())
        self.send_bytes(encode(message))
        return message

    async def next(self, seconds: float) -> Datagram | None:
        """The next datagram, None when none comes in time. What has come already counts, however
        late it is asked for."""
        if not self.received.empty():
            return self.received.get_nowait()
        try:
            return await asyncio.wait_for(self.received.get(), max(seconds, 0.0))
        except TimeoutError:
            return None
