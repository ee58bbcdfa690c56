"""Clients over TCP, and what is the same over WebSockets (RFC 8323 sections 3 and 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from .. import stream as s
from ..case import TCP, WS, Failed, case
from ..client_stream_handle import (
    IGNORING_SECONDS,
    PATIENT_SECONDS,
    Accepted,
    StreamClientPeer,
)
from ..message import EMPTY, GET, OBSERVE, URI_PATH, Message, code, uint
from ..probes import OUR_CSM
from .shared import UNKNOWN_CRITICAL, UNKNOWN_ELECTIVE

BYTE_PAUSE = 0.004  # seconds between two segments of one byte
LONG = 400  # bytes of payload: more than a length of 8 bits has
LONGEST_TOKEN = 8  # bytes, for a server that announces no more (RFC 8974 2.2.1)
RESERVED_SIGNAL = code("7.31")
WRONG = b"an answer to nobody"

Body = Callable[[StreamClientPeer], Awaitable[None]]


def client_case(id: str, *, rfc: str, rows: tuple[str, ...], title: str, level: str = "MUST",
                transports: tuple[str, ...] = TCP) -> Callable[[Body], Body]:
    """A case about clients over a transport."""

    def register(body: Body) -> Body:
        case(id, level=level, rfc=rfc, rows=rows, role="client", transports=transports,
             title=title)(body)
        return body

    return register


def both(section: str, what: str, *, rfc: str, rows: tuple[str, ...], title: str,
         level: str = "MUST") -> Callable[[Body], Body]:
    """The same case over TCP and over WebSockets."""

    def register(body: Body) -> Body:
        client_case(f"rfc8323/{section}/client-{what}", rfc=rfc, rows=rows, title=title,
                    level=level)(body)
        client_case(f"rfc8323/4/client-{what}", rfc=f"{rfc}, RFC 8323 section 4", rows=rows,
                    title=f"{title}, over WebSockets", level=level, transports=WS)(body)
        return body

    return register


def with_option(signal: int, number: int) -> Message:
    return Message(code=signal, options=((number, b""),))


async def expect_served_after(client: StreamClientPeer, extra: Message, why: str) -> None:
    """The server says something that is to be ignored, then answers."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        connection.send(extra)
        connection.send(asked.response(request))
        await asked.expect_worked(why)


async def expect_ending(client: StreamClientPeer, why: str, extra: Message | bytes,
                        csm: Message | None = OUR_CSM, usual: bool = False) -> Message | None:
    """The server says something that ends the connection. The client may end it as soon as it
    reads that: no request is waited for. Returns the client's Abort."""
    async with client.asking(PATIENT_SECONDS) as asked:
        connection = await asked.begun(csm)
        if isinstance(extra, bytes):
            connection.write(extra)
        else:
            connection.send(extra)
        return await asked.ended(connection, why, usual=usual)


@both("3.3", "csm-first", rfc="RFC 8323 section 3.3", rows=("R8323-04", "R8323-05"),
      title="A client's first message is a CSM, and waits for no other")
async def csm_first(client: StreamClientPeer) -> None:
    """The server says nothing until the client has said that."""
    async with client.asking() as asked:
        connection = await asked.begun(csm=None)
        arrival = await connection.next(client.seconds(5.0))
        client.check(arrival and arrival.message and arrival.message.code == s.CSM,
                     f"expected a CSM first; got {arrival.text if arrival else 'nothing'}")


@both("3.3", "csm-awaited", rfc="RFC 8323 section 3.3", rows=("R8323-06",), level="INTEROP",
      title="A client aborts a connection on which a response comes before any CSM")
async def csm_awaited(client: StreamClientPeer) -> None:
    """The first message of each side has to be a CSM; what breaks that may be any protocol."""
    async with client.asking(PATIENT_SECONDS) as asked:
        connection = await asked.begun(csm=None)
        connection.send(Message(code=code("2.05"), token=b"none", payload=WRONG))
        await asked.ended(connection, "a response before any CSM", usual=True)


@both("3.2", "request-format", rfc="RFC 8323 section 3.2", rows=("R8323-01", "R8974-04"),
      level="DEF", title="A client's request is one whole message, with a token that the server takes")
async def request_format(client: StreamClientPeer) -> None:
    """A GET with the path of the URI. The server has not announced longer tokens than 8 bytes."""
    async with client.asking() as asked:
        _, request = await asked.asked()
    client.check(request.code == GET, f"expected a GET; got {s.describe(request)}")
    path = [value for number, value in request.options if number == URI_PATH]
    client.check(path == [b"test"], f"expected Uri-Path: test alone; got {s.describe(request)}")
    client.check(len(request.token) <= LONGEST_TOKEN, f"a token of {len(request.token)} bytes: "
                 "expected 8 at most, as the CSM announces no more")


@both("3.2", "split", rfc="RFC 8323 section 3.2", rows=("R8323-03",),
      title="A client reads messages that come byte by byte")
async def split(client: StreamClientPeer) -> None:
    """TCP has no message boundaries. CSM and response come in segments of one byte."""

    async def piecemeal(connection: Accepted, message: Message) -> None:
        for byte in connection.encoded(message):
            connection.write(bytes([byte]), "one byte")
            await asyncio.sleep(BYTE_PAUSE)

    async with client.asking() as asked:
        connection = await asked.begun(csm=None)
        await piecemeal(connection, OUR_CSM)
        request = await asked.request(connection)
        await piecemeal(connection, asked.response(request))
        await asked.expect_worked("a response byte by byte")


@both("3.2", "several-in-one-segment", rfc="RFC 8323 section 3.2", rows=("R8323-03",),
      title="A client reads several messages that come at once")
async def several(client: StreamClientPeer) -> None:
    """Two Pings, a response to nobody and the response in one segment."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        said = (Message(code=s.PING, token=b"1"), Message(code=s.PING, token=b"2"),
                Message(code=code("2.05"), token=b"nobody's", payload=WRONG),
                asked.response(request))
        connection.write(b"".join(map(connection.encoded, said)), "four messages at once")
        await asked.expect_worked("four messages in one segment")


@both("3.2", "long-response", rfc="RFC 8323 section 3.2", rows=("R8323-01", "R8323-28"),
      level="DEF", title="A client reads a response whose length takes 16 bits")
async def long_response(client: StreamClientPeer) -> None:
    """Over TCP Len is 14 then; a WebSocket frame has its longer length."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        connection.send(asked.response(request, payload=asked.proof.encode().ljust(LONG, b".")))
        await asked.expect_worked(f"a response with {LONG} bytes of payload")


@both("3.3", "token", rfc="RFC 7252 section 5.3.2, RFC 8323 section 3.3", rows=("R8323-08",),
      title="A client takes no response with another token than its request's")
async def token(client: StreamClientPeer) -> None:
    """It comes first; the right one comes behind it."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        other = bytes(byte ^ 0xFF for byte in request.token) or b"other"
        connection.send(Message(code=code("2.05"), token=other, payload=WRONG))
        connection.send(asked.response(request))
        await asked.expect_worked("a response with another token before the right one")


@both("3.4", "empty-ignored", rfc="RFC 8323 section 3.4", rows=("R8323-07",),
      title="A client ignores Empty messages")
async def empty_ignored(client: StreamClientPeer) -> None:
    """They may come at any time after the CSM."""
    await expect_served_after(client, Message(code=EMPTY), "an Empty message before the response")


@both("5.2", "elective-option-csm", rfc="RFC 8323 section 5.2", rows=("R8323-10",),
      title="A client ignores an unknown elective option in a CSM")
async def elective_csm(client: StreamClientPeer) -> None:
    """Newer servers may have more to say than it knows."""
    async with client.asking() as asked:
        connection = await asked.begun(
            OUR_CSM.but(options=(*OUR_CSM.options, (UNKNOWN_ELECTIVE, b""))))
        connection.send(asked.response(await asked.request(connection)))
        await asked.expect_worked("a CSM with an unknown elective option")


@both("5.2", "critical-option-csm", rfc="RFC 8323 section 5.2", rows=("R8323-09",),
      title="A client ends a connection whose CSM has an unknown critical option")
async def critical_csm(client: StreamClientPeer) -> None:
    """What it asks for is essential, and cannot be done."""
    await expect_ending(client, "a CSM with an unknown critical option",
                        with_option(s.CSM, UNKNOWN_CRITICAL), csm=None)


@both("5.2", "critical-option-ping", rfc="RFC 8323 section 5.2", rows=("R8323-09",),
      title="A client ends a connection whose Ping has an unknown critical option")
async def critical_ping(client: StreamClientPeer) -> None:
    """The rule is for all signaling messages."""
    await expect_ending(client, "a Ping with an unknown critical option",
                        with_option(s.PING, UNKNOWN_CRITICAL))


@both("5.4", "ping-pong", rfc="RFC 8323 section 5.4", rows=("R8323-14",),
      title="A client answers a Ping with a Pong of the same token")
async def ping_pong(client: StreamClientPeer) -> None:
    """While its request is under way."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        connection.send(Message(code=s.PING, token=b"ping"))
        pong = await asked.message(connection, s.PONG, "a Pong")
        client.check(pong.token == b"ping", f"expected a Pong with the Ping's token; got "
                     f"{s.describe(pong)}")
        connection.send(asked.response(request))
        await asked.expect_worked("a Ping before the response")


@both("5.5", "release", rfc="RFC 8323 section 5.5", rows=("R8323-17",), level="SHOULD",
      title="A client takes the response that comes behind a Release")
async def release(client: StreamClientPeer) -> None:
    """What is under way is finished; only new requests have no place on the connection."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        connection.send(Message(code=s.RELEASE))
        connection.send(asked.response(request))
        outcome = await asked.outcome()
        client.check_should(outcome.worked, "a response behind a Release: expected that the "
                            f"client takes it; {outcome.text}")


@both("5.6", "abort", rfc="RFC 8323 section 5.6", rows=("R8323-18",), level="INTEROP",
      title="A client takes nothing that comes behind an Abort")
async def abort(client: StreamClientPeer) -> None:
    """The server is gone for good."""
    async with client.asking(IGNORING_SECONDS) as asked:
        connection, request = await asked.asked()
        connection.write(connection.encoded(Message(code=s.ABORT, payload=b"enough"))
                         + connection.encoded(asked.response(request)),
                         "an Abort and a response behind it")
        outcome = await asked.outcome()
        client.check_should(not outcome.worked, "a response behind an Abort: expected that it is "
                            f"not taken; {outcome.text}")


@both("5.1", "reserved-signal", rfc="RFC 8323 section 5.1", rows=("R8323-10",), level="INTEROP",
      title="A client goes on after a signaling message with a code it does not know")
async def reserved_signal(client: StreamClientPeer) -> None:
    """7.31 is not assigned. There is no word on it in the RFC; ending the connection is harsh."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        connection.send(Message(code=RESERVED_SIGNAL))
        connection.send(asked.response(request))
        outcome = await asked.outcome()
        client.check_should(outcome.worked, "a signaling message 7.31 before the response: "
                            f"expected that it is ignored; {outcome.text}")


@both("3.3", "elective-option", rfc="RFC 8323 section 3.3, RFC 7252 section 5.4.1", rows=("R7252-67",),
      title="A client ignores an unknown elective option in a response")
async def elective_option(client: StreamClientPeer) -> None:
    """Servers may say more than it knows."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        connection.send(asked.response(request, options=((UNKNOWN_ELECTIVE, b"1"),)))
        await asked.expect_worked("a response with an unknown elective option")


@both("3.3", "critical-option", rfc="RFC 8323 section 3.3, RFC 7252 section 5.4.1",
      rows=("R7252-65", "R7252-66"), level="INTEROP",
      title="A client rejects a response with an unknown critical option")
async def critical_option(client: StreamClientPeer) -> None:
    """What it says cannot be understood without. RFC 7252 says so of messages with types, so that
    over a connection it is a warning."""
    async with client.asking(IGNORING_SECONDS) as asked:
        connection, request = await asked.asked()
        connection.send(asked.response(request, options=((UNKNOWN_CRITICAL, b"1"),)))
        outcome = await asked.outcome()
        client.check_should(not outcome.worked, "a response with an unknown critical option: "
                            f"expected that it is rejected; {outcome.text}")


@both("7.1", "observe-ignored", rfc="RFC 8323 section 7.1", rows=("R8323-24",), level="DEF",
      title="A client takes a response with an Observe option that it has not asked for")
async def observe_ignored(client: StreamClientPeer) -> None:
    """The option is elective, and over reliable transports its value says nothing."""
    async with client.asking() as asked:
        connection, request = await asked.asked()
        connection.send(asked.response(request, options=((OBSERVE, uint(7)),)))
        await asked.expect_worked("a response with an Observe option")


def malformed(what: str, title: str, data: bytes, rows: tuple[str, ...], section: str = "5.6",
              rfc: str = "RFC 8323 section 5.6, RFC 7252 section 3.1") -> None:
    """A case about bytes on TCP that are no message: the client ends the connection."""

    async def meets(client: StreamClientPeer) -> None:
        await expect_ending(client, title, data)

    meets.__doc__ = "A message format error: nothing that follows can be read either."
    client_case(f"rfc8323/{section}/client-{what}", rfc=rfc, rows=rows,
                title=f"A client ends a connection that brings {title}")(meets)


malformed("token-length-reserved", "a token length of 15", bytes([0x0F, 0x45, *range(15)]), ("R8974-02",),
          "3.2", "RFC 8323 section 3.2, RFC 8974 section 2.1")
malformed("option-delta-15", "an option delta of 15 that is no payload marker",
          bytes([0x20, 0x45, 0xF1, 0x00]), ("R8323-21",))
malformed("option-too-long", "an option longer than its message", bytes([0x20, 0x45, 0x35, 0x00]),
          ("R8323-21",))
malformed("marker-without-payload", "a payload marker without payload", bytes([0x10, 0x45, 0xFF]),
          ("R8323-21",))


@client_case("rfc8323/5.6/client-abort-diagnostic", rfc="RFC 8323 section 5.6", rows=("R8323-19",),
             level="SHOULD", title="A client's Abort says why in a diagnostic payload")
async def abort_diagnostic(client: StreamClientPeer) -> None:
    """Drawn out with an unknown critical option in a Ping; a client may close without one."""
    try:
        sent = await expect_ending(client, "a Ping with an unknown critical option",
                                   with_option(s.PING, UNKNOWN_CRITICAL))
    except Failed:
        client.skip("the client does not end the connection here")
    if sent is None:
        client.skip("the client closes without an Abort")
    client.check_should(sent.payload, "an Abort without a diagnostic payload")
