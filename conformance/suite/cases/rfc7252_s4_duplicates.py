"""RFC 7252 section 4.5: duplicates. Section 4.6: the size of messages."""

from __future__ import annotations

import re
import secrets

from ..case import case
from ..handle import SETTLE, Peer
from ..message import (
    ACK,
    CON,
    EMPTY,
    GET,
    NON,
    POST,
    RST,
    Message,
    code_name,
    path_options,
)
from .shared import CORE, is_success, readable

COPIES = 3
MESSAGE_BOUND, PAYLOAD_BOUND = 1152, 1024


def counter(peer: Peer) -> str:
    """The path of a resource whose POST tells how often it was executed."""
    return peer.target.resources.get("counter") or peer.resource("test")


def count_in(peer: Peer, answer: Message) -> int:
    """The number of executions that an answer to POST names; skips when it names none."""
    numbers = re.findall(rb"\d+", answer.payload)
    if not is_success(answer) or len(numbers) != 1:
        peer.skip(f"the peer does not say how often a POST was executed: got {answer}")
    return int(numbers[0])


async def counted(peer: Peer, path: str) -> int:
    """Executes a POST and reads the counter from its answer."""
    return count_in(peer, await peer.ask(POST, path, payload=b"one more"))


@case(
    "rfc7252/4.5/duplicate-acknowledged",
    level="SHOULD",
    rfc="RFC 7252 section 4.5",
    rows=("R7252-36",),
    title="Each copy of a Confirmable request is acknowledged",
)
async def duplicate_acknowledged(peer: Peer) -> None:
    """The first Acknowledgement may have been lost; without another the sender would give up. Each
    copy of a GET, with one Message ID, has to draw its Acknowledgement."""
    path, _ = await readable(peer)
    exchange = await peer.request(GET, path)
    for copy in range(2, COPIES + 1):
        await peer.send(exchange.request)
        answer = await peer.find(
            mid=exchange.request.mid, where=lambda m: m.type in (ACK, RST), seconds=1.0
        )
        if answer is None and not await peer.alive():
            await peer.missing("an Acknowledgement")
        peer.check_should(
            answer,
            f"copy {copy} of a Confirmable GET: expected its Acknowledgement again, got none",
        )


@case(
    "rfc7252/4.5/duplicate-same-answer",
    level="SHOULD",
    rfc="RFC 7252 section 4.5",
    rows=("R7252-36",),
    title="Copies of a Confirmable POST get the same Acknowledgement",
    exclusive=("resource:test",),
)
async def duplicate_same_answer(peer: Peer) -> None:
    """POST is not idempotent, so the exception for idempotent requests does not hold: the duplicate
    gets the Acknowledgement of the first copy, byte for byte."""
    path = counter(peer)
    await counted(peer, path)
    exchange = await peer.request(POST, path, payload=b"once")
    first = next((m for m in exchange.messages if m.type in (ACK, RST)), None)
    if first is None:
        peer.skip("the first copy was not acknowledged")
    await peer.send(exchange.request)
    again = await peer.find(mid=first.mid, where=lambda m: m.type in (ACK, RST))
    if again is None:
        peer.warn("a duplicate of a Confirmable POST: expected its Acknowledgement again, got none")
    else:
        peer.check_should(
            again == first,
            f"a duplicate of a Confirmable POST: expected the same "
            f"Acknowledgement, {first}; got {again}",
        )


@case(
    "rfc7252/4.5/duplicate-executed-once",
    level="SHOULD",
    rfc="RFC 7252 section 4.5",
    rows=("R7252-36",),
    title="Copies of a Confirmable POST are executed once",
    exclusive=("resource:test",),
)
async def duplicate_executed_once(peer: Peer) -> None:
    """The counter is read before and after three copies with one Message ID; it may have grown by
    one for them."""
    path = counter(peer)
    before = await counted(peer, path)
    exchange = await peer.request(POST, path, payload=b"once")
    for _ in range(COPIES - 1):
        await peer.send(exchange.request)
        await peer.find(mid=exchange.request.mid, seconds=SETTLE)
    after = await counted(peer, path)
    peer.check_should(
        after - before <= 2,
        f"{COPIES} copies of one Confirmable POST: expected one execution; the counter shows "
        f"{after - before - 1}",
    )


@case(
    "rfc7252/4.5/duplicate-non-executed-once",
    level="SHOULD",
    rfc="RFC 7252 section 4.5",
    rows=("R7252-37",),
    title="Copies of a Non-confirmable POST are executed once",
    exclusive=("resource:test",),
)
async def duplicate_non_executed_once(peer: Peer) -> None:
    """Networks duplicate datagrams; the Message ID is there to tell."""
    path = counter(peer)
    before = await counted(peer, path)
    copy = Message(NON, POST, peer.fresh_mid(), peer.fresh_token(), path_options(path), b"once")
    for _ in range(COPIES):
        await peer.send(copy)
    await peer.find(token=copy.token, seconds=SETTLE)
    after = await counted(peer, path)
    peer.check_should(
        after - before <= 2,
        f"{COPIES} copies of one Non-confirmable POST: expected one execution; the counter shows "
        f"{after - before - 1}",
    )


@case(
    "rfc7252/4.5/duplicate-non-ignored",
    level="SHOULD",
    rfc="RFC 7252 section 4.5",
    rows=("R7252-37",),
    title="Copies of a Non-confirmable request get one response",
)
async def duplicate_non_ignored(peer: Peer) -> None:
    """A duplicate is silently ignored: there is no Acknowledgement to repeat. The copies come
    behind the response: of those that come at once some stacks see that they are copies only at times."""
    path, _ = await readable(peer)
    copy = Message(NON, GET, peer.fresh_mid(), peer.fresh_token(), path_options(path))
    await peer.send(copy)
    first = await peer.find(token=copy.token)
    if first is None:
        peer.warn("a Non-confirmable GET: expected one response, got none")
        return
    if first.type == CON:  # then more of the same Message ID are retransmissions
        await peer.send(Message(ACK, EMPTY, first.mid))
    for _ in range(COPIES - 2):
        await peer.send(copy)
    _, entries = await peer.answers_to(copy)
    more = [e.message for e in entries if e.message and e.message.token == copy.token
            and not (first.type == CON and e.message.mid == first.mid)]
    peer.check_should(
        not more,
        f"{COPIES} copies of a Non-confirmable GET: expected one response; got {len(more) + 1}",
    )


@case(
    "rfc7252/4.5/same-message-id-elsewhere",
    level="MUST",
    rfc="RFC 7252 sections 4.1, 4.4 and 4.5",
    rows=("R7252-38",),
    title="The same Message ID from another endpoint is another message",
)
async def same_message_id_elsewhere(peer: Peer) -> None:
    """Without security an endpoint is an address and a port. Two sockets send a GET with one
    Message ID and tokens of their own; each must get its own response."""
    path, _ = await readable(peer)
    exchange = await peer.request(GET, path, token=secrets.token_bytes(6))
    via = await peer.new_socket()
    token = secrets.token_bytes(6)
    other = await peer.request(GET, path, mid=exchange.request.mid, token=token, via=via)
    answer = await peer.response_of(other)
    peer.check(
        answer.token == other.request.token,
        f"expected the token of the second endpoint, {other.request.token.hex()}; got {answer}",
    )


@case(
    "rfc7252/4.6/message-size",
    level="SHOULD",
    rfc="RFC 7252 section 4.6",
    rows=("R7252-39",),
    title="Responses stay within 1152 bytes, their payloads within 1024",
)
async def message_size(peer: Peer) -> None:
    """Where the path is not known these bounds avoid fragmentation. Large representations have to
    go in blocks (RFC 7959)."""
    paths = [peer.target.resources[r] for r in ("large",) if r in peer.target.resources]
    for path in (*paths, CORE):
        exchange = await peer.request(GET, path)
        for entry in peer.trace.messages:
            if entry.direction != "received" or entry.data is None:
                continue
            payload = len(entry.message.payload) if entry.message else 0
            peer.check_should(
                len(entry.data) <= MESSAGE_BOUND and payload <= PAYLOAD_BOUND,
                f"GET {path}: expected at most {MESSAGE_BOUND} bytes with {PAYLOAD_BOUND} of "
                f"payload; got {len(entry.data)} with {payload}",
            )
        if exchange.response is None:
            peer.note(f"no response to {code_name(GET)} {path}")
