"""The `peer` handle that a case is given: sending, waiting, judging.

Rules of judgement (the suite's requirement catalogue, "Rejecting" and "Silence"):
- an answer that does not come is asked for again, as a client would, before it counts as missing;
- silence counts as an answer only when a plain request right behind it is answered;
- a peer that no longer answers plain requests has died: that is a failure of the case.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from .case import Case
from .codec import encode
from .endpoint import Endpoint
from .judge import Judge
from .message import ACK, CON, EMPTY, GET, NON, RST, Message, Type, code_name, path_options
from .secure import HandshakeError
from .target import GLANCE, Target
from .trace import Datagram, Trace

WAIT = 2.0  # seconds for an answer, before it is asked for again
SEPARATE_WAIT = 12.0  # seconds for a response after an empty acknowledgement
SETTLE = 0.25  # seconds in which an answer to what should have none would still come
TRIES = 3
LOSSY_TRIES = 6  # where a network of ours loses datagrams


@dataclass
class Exchange:
    """A request and all that came back about it, in order."""

    request: Message
    response: Message | None = None
    messages: list[Message] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    undecodable: list[bytes] = field(default_factory=list)

    @property
    def reset(self) -> bool:
        """The request was rejected with a Reset."""
        return any(m.type == RST and m.mid == self.request.mid for m in self.messages)

    @property
    def acknowledged_empty(self) -> bool:
        return any(m.type == ACK and m.is_empty for m in self.messages)

    @property
    def separate(self) -> bool:
        """The response came in a message of its own, not in the acknowledgement."""
        return self.response is not None and self.response.type != ACK

    def about(self, message: Message) -> bool:
        if message.type in (ACK, RST):
            return message.mid == self.request.mid
        return message.token == self.request.token and not message.is_empty


class Peer(Judge, Endpoint):
    """The peer under test as one case sees it, through a socket of the case's own."""

    def __init__(self, target: Target, case: Case):
        Endpoint.__init__(self, Trace(), 1)
        Judge.__init__(self, target, case, self.trace)
        self.others: list[Endpoint] = []

    # -- sending and waiting -----------------------------------------------------------------------

    async def new_socket(self) -> Endpoint:
        """Another socket towards the peer: another endpoint in the sense of RFC 7252 1.2."""
        other = Endpoint(self.trace, len(self.others) + 2)
        self.others.append(other)
        try:
            await other.open(self.target.address)
        except HandshakeError as error:
            await self.unsecured(error)
        return other

    @property
    def tries(self) -> int:
        """How often something is asked for before its answer counts as missing."""
        return TRIES if self.target.lost is None else LOSSY_TRIES

    @property
    def ports(self) -> list[int]:
        """Of the sockets that it has had."""
        return [endpoint.port for endpoint in (self, *self.others)]

    def close(self) -> None:
        """Ends sessions at once; plain sockets go with the run, and refuse what still comes."""
        for endpoint in (self, *self.others):
            if endpoint.secure or not endpoint.transport:
                Endpoint.close(endpoint)
            else:
                endpoint.retire()
                self.target.retired.append(endpoint)

    async def send(self, what: Message | bytes, via: Endpoint | None = None) -> Message:
        """Sends a message (with a fresh message ID when it has none) or raw bytes; returns the
        message as sent, for bytes one with the header's type, code and message ID."""
        via = via or self
        if isinstance(what, Message):
            return via.send_message(what)
        via.send_bytes(what)
        head = what[:4].ljust(4, b"\0")
        return Message(Type(head[0] >> 4 & 3), head[1], int.from_bytes(head[2:4], "big"))

    async def recv(self, seconds: float = WAIT, via: Endpoint | None = None) -> Datagram | None:
        """The next datagram, whatever it is; None when none comes in time."""
        return await (via or self).next(self.seconds(seconds))

    async def expect(self, what: str, *, seconds: float | None = None,
                     via: Endpoint | None = None,
                     where: Callable[[Message], bool] | None = None,
                     **fields: object) -> Message:
        """The first message with the given fields (type, code, mid, token) and for which `where`
        holds; others are passed over. Fails, naming `what`, when none comes (see find())."""
        message = await self.find(seconds=seconds, via=via, where=where, **fields)
        if message is None:
            await self.missing(what)
        assert message
        return message

    async def find(self, *, seconds: float | None = None, via: Endpoint | None = None,
                   where: Callable[[Message], bool] | None = None,
                   **fields: object) -> Message | None:
        """As expect(), giving None when no such message comes. Without `seconds` nothing counts
        as missing before the peer has answered a plain request: a slow peer is not a silent one."""
        found = await self._find(WAIT if seconds is None else seconds, via, where, fields)
        if found is None and seconds is None and await self.alive():
            found = await self._find(SETTLE, via, where, fields)
        return found

    async def _find(self, seconds: float, via: Endpoint | None,
                    where: Callable[[Message], bool] | None,
                    fields: dict[str, object]) -> Message | None:
        end = time.monotonic() + self.seconds(seconds)
        while entry := await (via or self).next(end - time.monotonic()):
            message = entry.message
            if message and all(getattr(message, k) == v for k, v in fields.items()):
                if where is None or where(message):
                    return message
        return None

    async def missing(self, what: str) -> NoReturn:
        """Ends the case for want of `what`: a failure when the peer is alive or has died."""
        if await self.alive():
            self.fail(f"expected {what}; nothing of the kind came")
        await self.lifeless(f"expected {what}")

    async def lifeless(self, what: str) -> NoReturn:
        """Ends a case in which the peer has stopped answering plain requests: a failure, unless it
        comes back by itself."""
        if await self.target.is_up(WAIT, self.tries):
            self.inconclusive(f"{what}; the peer did not answer plain requests for a while")
        self.fail(f"{what}; the peer no longer answers plain requests")

    async def alive(self) -> bool:
        """Whether a plain GET with a fresh message ID gets any answer. Uses a socket of its own,
        so that what is still to come on the case's stays there."""
        probe = Endpoint(self.trace, 0)
        try:
            await probe.open(self.target.address)
            for _ in range(self.tries):
                sent = probe.send_message(
                    Message(CON, GET, token=probe.fresh_token(),
                            options=path_options(self.target.probe_path)))
                end = time.monotonic() + self.seconds(WAIT)
                while (left := end - time.monotonic()) > 0 and not probe.unreachable:
                    entry = await probe.next(min(left, GLANCE))
                    m = entry.message if entry else None
                    if m and (m.mid == sent.mid or m.token == sent.token):
                        if m.type == CON:
                            probe.send_message(Message(ACK, EMPTY, m.mid))
                        return True
            return False
        except HandshakeError:
            return False
        finally:
            probe.close()

    # -- requests ----------------------------------------------------------------------------------

    async def request(self, code: int = GET, path: str = "/", *, type: Type = CON,
                      options: tuple[tuple[int, bytes], ...] = (), payload: bytes = b"",
                      token: bytes | None = None, mid: int = -1, via: Endpoint | None = None,
                      tries: int = 0) -> Exchange:
        """Sends a request and gathers what comes back until its response, a Reset, or the end of
        patience (Exchange.response is then None). A CON is sent again as it is, a NON as a new
        message, `tries` times in all (0: as usual). Confirmable responses are acknowledged."""
        via = via or self
        message = Message(type, code, mid, via.fresh_token() if token is None else token,
                          path_options(path) + tuple(options), payload)
        exchange = Exchange(via.send_message(message))
        for attempt in range(tries or self.tries):
            if attempt:
                if type == CON:
                    via.send_message(exchange.request)
                else:
                    exchange.request = via.send_message(message.but(mid=-1))
            if await self._gather(exchange, via, WAIT):
                break
        return exchange

    async def ask(self, code: int = GET, path: str = "/", **more: object) -> Message:
        """As request(), giving the response; the case fails when there is none."""
        exchange = await self.request(code, path, **more)  # type: ignore[arg-type]
        return await self.response_of(exchange)

    async def response_of(self, exchange: Exchange) -> Message:
        """The exchange's response; the case fails when there is none."""
        what = f"a response to {code_name(exchange.request.code)}"
        if exchange.response is None and exchange.reset:
            self.fail(f"expected {what}; it was rejected with a Reset")
        if exchange.response is None and exchange.undecodable:
            self.fail(f"expected {what}; what came is not a CoAP message: "
                      f"{exchange.undecodable[0].hex()}")
        if exchange.response is None:
            await self.missing(what)
        assert exchange.response
        return exchange.response

    async def _gather(self, exchange: Exchange, via: Endpoint, seconds: float) -> bool:
        """Reads until the exchange is over (True) or time is."""
        end = time.monotonic() + self.seconds(seconds)
        while (left := end - time.monotonic()) > 0:
            entry = await via.next(left)
            if entry is None:
                continue
            if entry.message is None:
                exchange.undecodable.append(entry.data or b"")
                continue
            message = entry.message
            if not exchange.about(message):
                continue
            exchange.messages.append(message)
            exchange.times.append(entry.seconds)
            if message.type == CON:
                via.send_message(Message(ACK, EMPTY, message.mid))
            if message.is_response and message.token == exchange.request.token:
                exchange.response = message
                return True
            if message.type == RST:
                return True
            if message.type == ACK and message.is_empty:
                end = time.monotonic() + self.seconds(SEPARATE_WAIT)
        return False

    async def more(self, exchange: Exchange, seconds: float = SETTLE,
                   via: Endpoint | None = None) -> list[Message]:
        """What else comes about an exchange after its response, within `seconds`."""
        known = len(exchange.messages)
        end = time.monotonic() + self.seconds(seconds)
        while (left := end - time.monotonic()) > 0:
            entry = await (via or self).next(left)
            if entry and entry.message and exchange.about(entry.message):
                exchange.messages.append(entry.message)
                exchange.times.append(entry.seconds)
                if entry.message.type == CON:
                    (via or self).send_message(Message(ACK, EMPTY, entry.message.mid))
        return exchange.messages[known:]

    # -- rejection and silence ---------------------------------------------------------------------

    async def answers_to(self, what: Message | bytes, seconds: float = SETTLE,
                         via: Endpoint | None = None) -> tuple[Message, list[Datagram]]:
        """Sends, and gives what was sent and all that comes on this socket until the peer has
        answered a plain request behind it and a moment has passed. Fails when the peer has
        died."""
        via = via or self
        sent = await self.send(what, via)
        if not await self.alive():
            data = encode(sent) if isinstance(what, Message) else what
            await self.lifeless(f"sent {data.hex()}")
        entries = []
        end = time.monotonic() + self.seconds(seconds)
        while (left := end - time.monotonic()) > 0:
            entry = await via.next(left)
            if entry:
                entries.append(entry)
        return sent, entries

    async def expect_silence(self, what: Message | bytes, why: str) -> None:
        """Sends; any answer at all is a failure. `why` says in words what was sent."""
        _, entries = await self.answers_to(what)
        if entries:
            self.fail(f"{why}: must be ignored silently; got {entries[0].text}")

    async def expect_rejected(self, what: Message | bytes, why: str) -> None:
        """Sends what has to be rejected (RFC 7252 4.2, 4.3). A CON: a matching Reset passes;
        silence three times is a warning; anything else fails. A NON: silence or a Reset. An ACK or
        a Reset: silence."""
        for attempt in range(TRIES):
            sent, entries = await self.answers_to(what)
            for entry in entries:
                self._judge_rejection(sent, entry, why)
            if entries or sent.type != CON:
                return
            self.note(f"no answer to try {attempt + 1}")
        self.warn(f"{why}: expected a Reset, got silence three times")

    def _judge_rejection(self, sent: Message, entry: Datagram, why: str) -> None:
        answer = entry.message
        if answer is None:
            self.fail(f"{why}: got what is not a CoAP message: {entry.text}")
        if sent.type in (ACK, RST):
            self.fail(f"{why}: must be ignored silently; got {answer}")
        if answer.type != RST:
            self.fail(f"{why}: must be rejected with a Reset or ignored; got {answer}")
        if self.target.lost is not None and answer.mid in self.sent_mids - {sent.mid}:
            self.note("late, and for an earlier message")
        elif answer.mid != sent.mid:
            self.fail(f"{why}: the Reset's message ID {answer.mid:#06x} is not that of the "
                      f"message, {sent.mid:#06x}")


__all__ = ["Exchange", "Peer", "NON", "SETTLE", "WAIT"]
