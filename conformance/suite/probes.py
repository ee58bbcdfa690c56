"""Is a peer on a reliable transport there, and what does it answer: each on a connection of its
own, for the runner and not for a verdict."""

from __future__ import annotations

import asyncio
import time

from .address import Address
from .connection import HEAD, Arrival, Connection
from .message import GET, Message, path_options
from .secure import HandshakeError
from .stream import CSM, MAX_MESSAGE_SIZE, PING, PONG
from .trace import Trace

# What the runner says of itself: it takes messages of any size a test may need.
OUR_SIZE = 131072
OUR_CSM = Message(code=CSM, options=((MAX_MESSAGE_SIZE, OUR_SIZE.to_bytes(3, "big")),))


async def opened(address: Address, seconds: float, trace: Trace, number: int = 0,
                 csm: Message | None = OUR_CSM) -> Connection | None:
    """A connection that is ready for messages, with our CSM sent; None when there is none to be
    had. For WebSockets this includes the opening handshake."""
    connection = Connection(trace, number, address)
    try:
        await asyncio.wait_for(connection.open(seconds), seconds)
    except (OSError, TimeoutError, HandshakeError):
        connection.close()
        return None
    if connection.is_websocket:
        connection.upgrade()
        arrival = await connection.next(seconds)
        if not (arrival and arrival.kind == HEAD and arrival.head and arrival.head.status == 101):
            connection.close()
            return None
    if csm:
        connection.send(csm)
    return connection


async def first(connection: Connection, tokens: list[bytes], seconds: float) -> Arrival | None:
    """The first message with one of the tokens."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        arrival = await connection.next(left)
        if arrival is None or arrival is connection.closed:
            return None
        message = arrival.message
        if message and message.token in tokens and (message.is_response or message.code == PONG):
            return arrival
    return None


async def answer(address: Address, message: Message, seconds: float) -> Message | None:
    """The peer's answer to a request; None when there is none."""
    connection = await opened(address, seconds, Trace())
    if connection is None:
        return None
    try:
        connection.send(message)
        found = await first(connection, [message.token], seconds)
        return found.message if found else None
    finally:
        connection.close()


async def is_up(address: Address, seconds: float, tries: int, path: str,
                trace: Trace | None = None) -> bool:
    """Whether the peer answers a ping or a plain GET."""
    for _ in range(tries):
        connection = await opened(address, seconds, trace or Trace())
        if connection is None:
            await asyncio.sleep(min(seconds, 0.2))
            continue
        try:
            ping, get = connection.fresh_token(), connection.fresh_token()
            connection.send(Message(code=PING, token=ping))
            connection.send(Message(code=GET, token=get, options=path_options(path)))
            if await first(connection, [ping, get], seconds):
                return True
        finally:
            connection.close()
    return False
