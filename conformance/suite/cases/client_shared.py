"""What cases about clients over UDP have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ..blocks import Block, block_in
from ..case import UDP, case
from ..client_udp import Talk, UdpClientPeer, fresh
from ..codec import encode
from ..message import (
    ACK,
    BLOCK1,
    BLOCK2,
    CHANGED,
    CON,
    CONTENT,
    CONTINUE,
    ETAG,
    GET,
    OBSERVE,
    PUT,
    Message,
    Type,
    uint,
)

GETS, NONS, PUTS = ("feature:get",), ("feature:non",), ("feature:put",)
OBSERVES, BLOCKS, TOKENS = ("feature:observe",), ("feature:block",), ("feature:token",)
Body = Callable[[UdpClientPeer], Awaitable[None]]
GIVES_UP = 3.0  # seconds that a client is watched that may end or not
QUIET = 3.5  # seconds in which a client would send its first copy
CROSSING = 1.0  # seconds, less than a first time-out (RFC 7252 4.8)


def client_case(id: str, *, level: str, rfc: str, title: str, rows: tuple[str, ...],
                requires: tuple[str, ...] = GETS, slow: bool = False) -> Callable[[Body], Body]:
    """Declares a case about clients over UDP."""
    return case(id, level=level, rfc=rfc, title=title, rows=rows, role="client", transports=UDP,
                requires=requires, slow=slow)


def piggybacked(request: Message, payload: bytes, **changes: object) -> Message:
    """The response in the Acknowledgement, but for some changes."""
    return Message(ACK, CONTENT, request.mid, request.token, (), payload).but(**changes)


@asynccontextmanager
async def delivered(client: UdpClientPeer, why: str, task: str = "get"
                    ) -> AsyncIterator[tuple[Talk, Message, bytes]]:
    """The client has sent a request; the case answers it with the payload given, and the client has
    to deliver that."""
    async with client.given(task) as talk:
        request = await talk.request("a GET")
        right = fresh("right")
        yield talk, request, right
        await talk.expect_shown(right, why)


async def expect_passed_over(client: UdpClientPeer, why: str,
                             wrong: Callable[[Message, bytes], Message | bytes],
                             socket: bool = False) -> None:
    """A datagram that must not count, as a response or otherwise, does not keep the client from
    taking the right response behind it. `socket`: it comes from another port."""
    async with client.given() as talk:
        request = await talk.request("a GET")
        bad, right = fresh("wrong"), fresh("right")
        made = wrong(request, bad)
        data = made if isinstance(made, bytes) else encode(made)
        talk.say_bytes(data, await talk.add_socket() if socket else None)
        await client.pause(0.1)
        talk.separate(request, right)
        report = await talk.expect_shown(right, f"{why}, then a right response")
        client.check(bad not in report.shown, f"{why}: expected that it is no response; its "
                     "payload was delivered")


async def expect_not_delivered(client: UdpClientPeer, why: str,
                               wrong: Callable[[Message, bytes], Message]) -> None:
    """A response that is to be rejected, after which a client may give up."""
    await client.expect_working()
    async with client.given() as talk:
        request = await talk.request("a GET")
        bad = fresh("wrong")
        sent = talk.reply(request, wrong(request, bad))
        report = await talk.stopped(GIVES_UP)
        client.check(bad not in report.shown, f"{why}: expected that it is rejected; its payload "
                     "was delivered")
        for reaction in talk.reactions(sent.mid):
            client.check(not reaction.type == ACK, f"{why}: expected a Reset or silence; "
                         f"got {reaction}")


async def expect_no_copy(client: UdpClientPeer, talk: Talk, request: Message, why: str) -> None:
    """A request that has its answer, as the client knows, is not sent again. A copy that crosses the
    answer does not count: where requests wait for their turn, it may have been on its way."""
    await client.pause(CROSSING)
    crossed = len(talk.copies(request))
    await client.pause(QUIET - CROSSING)
    copies = len(talk.copies(request)) - crossed
    client.check(not copies, f"{why}: expected no copy of the request; got {copies}")


# -- blocks ----------------------------------------------------------------------------------------


async def take_upload(client: UdpClientPeer, talk: Talk, largest: int = 6) -> list[Message]:
    """Takes a body that comes in blocks, each of which is answered with a size of no more than
    `largest`; gives the requests."""
    requests: list[Message] = []
    while True:
        request = await talk.request("a PUT with the next block" if requests else "a PUT")
        client.check(request.code == PUT, f"expected a PUT; got {request}")
        requests.append(request)
        block = block_in(request, BLOCK1)
        if block is None or not block.more:
            options = () if block is None else (block.option(BLOCK1),)
            talk.answer(request, code=CHANGED, options=options)
            return requests
        echo = Block(block.number, True, min(block.szx, largest))
        talk.answer(request, code=CONTINUE, options=(echo.option(BLOCK1),))


def joined(requests: list[Message]) -> bytes:
    """The body in the requests of an upload, each block where it says that it belongs."""
    body = b""
    for request in requests:
        block = block_in(request, BLOCK1) or Block(0, False, 6)
        body = body[: block.start].ljust(block.start, b"?") + request.payload
    return body


def serve_block(talk: Talk, request: Message, body: bytes, szx: int, etag: bytes = b"one",
                **more: object) -> Block:
    """Answers with the block of a body that is asked for, no larger than `szx` says."""
    asked = block_in(request, BLOCK2) or Block(0, False, szx)
    szx = min(szx, asked.szx)
    number = asked.start >> (szx + 4)
    served = Block(number, ((number + 1) << (szx + 4)) < len(body), szx)
    options = ((ETAG, etag), served.option(BLOCK2))
    talk.answer(request, served.cut(body), options=options, **more)  # type: ignore[arg-type]
    return served


async def serve_download(client: UdpClientPeer, talk: Talk, body: bytes, szx: int
                         ) -> list[Message]:
    """Serves a body in blocks until the last was asked for; gives the requests."""
    requests: list[Message] = []
    while True:
        request = await talk.request("a GET for the next block" if requests else "a GET")
        client.check(request.code == GET, f"expected a GET; got {request}")
        requests.append(request)
        if not serve_block(talk, request, body, szx).more:
            return requests


# -- observing -------------------------------------------------------------------------------------


@asynccontextmanager
async def observing(client: UdpClientPeer, value: int = 1, path: str = "/obs"
                    ) -> AsyncIterator[Talk]:
    """The client has registered and got a first state with that sequence number."""
    async with client.given("observe", path=path) as talk:
        request = await talk.request("a GET with Observe")
        client.check(request.code == GET and request.uint(OBSERVE) == 0,
                     f"expected a GET with Observe 0; got {request}")
        talk.registration, talk.value = request, value
        talk.answer(request, fresh("first"), options=((OBSERVE, uint(value)),))
        yield talk


def notify(talk: Talk, payload: bytes, type: Type = CON, value: int | None = None,
           **changes: object) -> Message:
    """A notification, with the next sequence number if it has none."""
    talk.value = talk.value + 1 if value is None else value
    assert talk.registration
    message = Message(type, CONTENT, -1, talk.registration.token,
                      ((OBSERVE, uint(talk.value)),), payload)
    return talk.say(message.but(**changes))
