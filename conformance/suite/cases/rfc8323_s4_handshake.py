"""RFC 8323 section 4.1: the opening handshake of WebSockets (RFC 6455 section 4)."""

from __future__ import annotations

import asyncio

from .. import websocket as ws
from ..case import WS, case
from ..connection import HEAD, Connection
from ..message import Message
from ..stream import CSM
from ..stream_handle import WAIT, StreamPeer
from ..websocket import Head

BYTE_PAUSE = 0.002


async def handshake(peer: StreamPeer, changes: dict[str, str | None]) -> tuple[Connection, str]:
    """Sends an opening handshake with some header fields changed (None: left out; in the names _
    stands for -); gives the connection and the key that was sent."""
    connection = await peer.dial()
    fields = ws.upgrade_fields(connection.address.authority, ws.new_key())
    for name, value in changes.items():
        field = name.replace("_", "-")
        del fields[field]
        if value is not None:
            fields[field] = value
    return connection, connection.upgrade(fields)


async def shaken(peer: StreamPeer, **changes: str | None) -> tuple[Head, str]:
    """The head of the response to such a handshake, and the key that was sent."""
    connection, key = await handshake(peer, changes)
    return await peer.head(connection), key


async def refused(peer: StreamPeer, why: str, **changes: str | None) -> Head | None:
    """Such a handshake must not be completed: an HTTP error, or the end of the connection. Gives
    the head of the response when there is one."""
    connection, _ = await handshake(peer, changes)
    arrival = await connection.next(peer.seconds(WAIT))
    if arrival is None and not await peer.alive():
        await peer.lifeless(why)
    if arrival is None or arrival.kind != HEAD or arrival.head is None:
        return None
    peer.check(arrival.head.status != 101,
               f"{why}: expected an HTTP error; got '{arrival.head.first}'")
    return arrival.head


def accepted(peer: StreamPeer, head: Head, why: str) -> None:
    peer.check(head.status == 101, f"{why}: expected 101; got '{head.first}'")


@case(
    "rfc8323/4.1/upgrade",
    level="MUST",
    rfc="RFC 8323 section 4.1, RFC 6455 section 4.2.2",
    rows=("R8323-26",),
    transports=WS,
    title="The opening handshake is answered with 101 and the right Sec-WebSocket-Accept",
)
async def upgrade(peer: StreamPeer) -> None:
    """The value proves that the server has read the key and speaks WebSockets. Upgrade and
    Connection have to be there as well."""
    head, key = await shaken(peer)
    accepted(peer, head, "a correct handshake")
    expected = ws.accept_key(key)
    peer.check(head.value("sec-websocket-accept") == expected,
               f"Sec-WebSocket-Accept: expected {expected}; "
               f"got {head.value('sec-websocket-accept')}")
    peer.check("websocket" in head.words("upgrade"), "the 101 has no 'Upgrade: websocket'")
    peer.check("upgrade" in head.words("connection"), "the 101 has no 'Connection: Upgrade'")


@case(
    "rfc8323/4.1/subprotocol",
    level="MUST",
    rfc="RFC 8323 section 4.1, RFC 6455 section 4.2.2",
    rows=("R8323-26",),
    transports=WS,
    title="The subprotocol coap is chosen when it is offered",
)
async def subprotocol(peer: StreamPeer) -> None:
    """Alone, and as one of several. Without it in the answer a client has to give up."""
    for offer in ("coap", "chat, coap", "coap, chat"):
        head, _ = await shaken(peer, Sec_WebSocket_Protocol=offer)
        accepted(peer, head, f"a handshake that offers '{offer}'")
        chosen = head.value("sec-websocket-protocol")
        peer.check(chosen == "coap", f"offered '{offer}': expected Sec-WebSocket-Protocol: coap; "
                   f"got {chosen}")


@case(
    "rfc8323/4.1/subprotocol-not-offered",
    level="MUST",
    rfc="RFC 8323 section 4.1, RFC 6455 section 4.2.2",
    rows=("R8323-26",),
    transports=WS,
    title="A subprotocol that was not offered is not chosen",
)
async def subprotocol_not_offered(peer: StreamPeer) -> None:
    """The client offers only another one. The server may refuse, or go on without any."""
    head, _ = await shaken(peer, Sec_WebSocket_Protocol="chat")
    chosen = head.value("sec-websocket-protocol") if head.status == 101 else None
    peer.check(chosen is None, f"offered 'chat': expected no subprotocol; got {chosen}")


@case(
    "rfc8323/4.1/field-names",
    level="MUST",
    rfc="RFC 8323 section 4.1, RFC 6455 section 4.2.1",
    rows=("R8323-26",),
    transports=WS,
    title="Upgrade and Connection are read without regard to case, and as lists",
)
async def field_names(peer: StreamPeer) -> None:
    """As some clients and proxies send them."""
    head, _ = await shaken(peer, Upgrade="WebSocket", Connection="keep-alive, UPGRADE")
    accepted(peer, head, "'Upgrade: WebSocket' with 'Connection: keep-alive, UPGRADE'")


@case(
    "rfc8323/4.1/handshake-split",
    level="MUST",
    rfc="RFC 8323 section 4.1, RFC 6455 section 4.2.1",
    rows=("R8323-26",),
    transports=WS,
    title="A handshake that comes in pieces is as good as a whole one",
)
async def handshake_split(peer: StreamPeer) -> None:
    """In segments of one byte; the first request follows in the same segment as the last one."""
    connection = await peer.dial()
    fields = ws.upgrade_fields(connection.address.authority, ws.new_key())
    head = ws.upgrade_request(fields)
    for byte in head[:-1]:
        connection.write(bytes([byte]), "one byte")
        await asyncio.sleep(BYTE_PAUSE)
    request = peer.request(connection)
    connection.write(head[-1:] + connection.encoded(Message(code=CSM))
                     + connection.encoded(request), "the last byte, a CSM and a GET")
    accepted(peer, await peer.head(connection), "a handshake in pieces")
    await peer.response_to(connection, request)


@case(
    "rfc8323/4.1/wrong-version",
    level="MUST",
    rfc="RFC 8323 section 4.1, RFC 6455 section 4.2.2",
    rows=("R8323-26",),
    transports=WS,
    title="Another version of the WebSocket protocol is refused",
)
async def wrong_version(peer: StreamPeer) -> None:
    """Version 99 does not exist. The refusal names the versions that do; a warning if not."""
    head = await refused(peer, "Sec-WebSocket-Version: 99", Sec_WebSocket_Version="99")
    if head is not None:
        peer.check_should(head.value("sec-websocket-version") is not None,
                          "the refusal of version 99 names no version that would do")


@case(
    "rfc8323/4.1/missing-key",
    level="MUST",
    rfc="RFC 8323 section 4.1, RFC 6455 section 4.2.1",
    rows=("R8323-26",),
    transports=WS,
    title="A handshake without a key is refused",
)
async def missing_key(peer: StreamPeer) -> None:
    """There is nothing to prove anything with."""
    await refused(peer, "no Sec-WebSocket-Key", Sec_WebSocket_Key=None)


@case(
    "rfc8323/4.1/missing-upgrade",
    level="MUST",
    rfc="RFC 8323 section 4.1, RFC 6455 section 4.2.1",
    rows=("R8323-26",),
    transports=WS,
    title="A request that does not ask for an upgrade gets none",
)
async def missing_upgrade(peer: StreamPeer) -> None:
    """A plain HTTP request for the same path."""
    await refused(peer, "no Upgrade", Upgrade=None)
