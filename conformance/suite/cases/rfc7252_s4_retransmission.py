"""RFC 7252 sections 4.2, 4.4 and 5.2.2: the peer's own Confirmable messages.

A separate response is the one Confirmable message that a server sends by itself, so these cases
ask for one and then do not acknowledge it. The whole span takes 93 seconds; the first copies show
the rule.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..case import case
from ..endpoint import Endpoint
from ..handle import SEPARATE_WAIT, Peer
from ..message import (
    ACK,
    CON,
    CONTENT,
    EMPTY,
    GET,
    MAX_AGE,
    RST,
    Message,
    path_options,
)
from ..trace import Datagram

ACK_TIMEOUT, RANDOM_FACTOR = 2.0, 1.5
SLACK = 0.4  # for clocks, and for machines that are busy
FIRST_GAP = ACK_TIMEOUT * RANDOM_FACTOR + 1.0  # how long to wait for the first copy


async def next_entry(
    peer: Peer, seconds: float, where: Callable[[Message], bool], via: Endpoint | None = None
) -> Datagram | None:
    """The next datagram whose message fits, with the time of its arrival."""
    end = time.monotonic() + peer.seconds(seconds)
    while (left := end - time.monotonic()) > 0:
        entry = await (via or peer).next(left)
        if entry and entry.message and where(entry.message):
            return entry
    return None


async def unacknowledged(peer: Peer) -> tuple[Message, float]:
    """A Confirmable separate response that nobody has acknowledged, and when it came."""
    path = peer.resource("separate")
    request = Message(CON, GET, peer.fresh_mid(), peer.fresh_token(), path_options(path))
    await peer.send(request)
    entry = await next_entry(
        peer, SEPARATE_WAIT, lambda m: m.token == request.token and m.is_response
    )
    if entry is None:
        await peer.missing(f"a separate response of {path}")
    assert entry and entry.message
    if entry.message.type != CON:
        peer.skip(
            f"{path} is not answered with a Confirmable response of its own: got {entry.message}"
        )
    return entry.message, entry.seconds


async def copy_of(peer: Peer, first: Message, seconds: float) -> tuple[Message, float] | None:
    """The next message with the first one's Message ID or token, and when it came."""
    entry = await next_entry(
        peer,
        seconds,
        lambda m: m.type == CON and (m.mid == first.mid or m.token == first.token),
    )
    return (entry.message, entry.seconds) if entry and entry.message else None


async def settle(peer: Peer, message: Message) -> None:
    await peer.send(Message(ACK, EMPTY, message.mid))


@case(
    "rfc7252/4.2/retransmission-schedule",
    level="DEF",
    rfc="RFC 7252 sections 4.2 and 4.8",
    rows=("R7252-25", "R7252-27"),
    title="A Confirmable message is sent again after 2 to 3 seconds, then after twice that",
    requires=("resource:separate",),
    slow=True,
)
async def retransmission_schedule(peer: Peer) -> None:
    """No gap may be below one second, the least that any configuration has to keep. A first gap
    outside 2 to 3 seconds is a warning, for the parameters may be configured, and so is a second
    gap that is not about twice the first; both only when they are seen twice, for an endpoint may
    be late and catch up. Only the first three copies are waited for; giving up early is
    allowed."""
    odd = await odd_gaps(peer)
    if odd and await odd_gaps(peer):
        for text in odd:
            peer.warn(text)


async def odd_gaps(peer: Peer) -> list[str]:
    """What is unusual about the times at which a response is sent again."""
    odd = []
    first, at = await unacknowledged(peer)
    second = await copy_of(peer, first, 12.0)
    if second is None:
        return ["a Confirmable response was not sent again within 12 seconds"]
    gap = second[1] - at
    peer.check(
        gap >= 1.0 - SLACK / 2,
        f"expected the first copy after 2 to 3 seconds, and never "
        f"before 1; it came after {gap:.2f}",
    )
    if not ACK_TIMEOUT - SLACK / 2 <= gap <= ACK_TIMEOUT * RANDOM_FACTOR + SLACK:
        odd.append(f"expected the first copy after 2 to 3 seconds; it came after {gap:.2f}")
    third = await copy_of(peer, first, gap * 2 + 2.0)
    await settle(peer, first)
    if third is None:
        return [*odd, f"no second copy within {gap * 2 + 2:.2f} seconds"]
    following = third[1] - second[1]
    peer.check(
        following >= 1.0 - SLACK / 2,
        f"expected no gap below 1 second; the second was {following:.2f}",
    )
    if not gap * 2 * 0.8 - SLACK <= following <= gap * 2 * 1.2 + SLACK:
        odd.append(f"expected the second gap to be twice the first, {gap * 2:.2f} seconds; it was "
                   f"{following:.2f}")
    return odd


@case(
    "rfc7252/4.2/retransmission-identical",
    level="DEF",
    rfc="RFC 7252 sections 4.2 and 5.10.5",
    rows=("R7252-26",),
    title="A retransmission is the same message again",
    requires=("resource:separate",),
    slow=True,
)
async def retransmission_identical(peer: Peer) -> None:
    """Message ID, token, code, options and payload are those of the first copy. Only Max-Age may
    have been brought up to date."""
    first, _ = await unacknowledged(peer)
    again = await copy_of(peer, first, FIRST_GAP)
    await settle(peer, first)
    if again is None:
        peer.skip(f"no copy came within {FIRST_GAP} seconds")
    copy = again[0]
    if copy.mid != first.mid:
        await settle(peer, copy)

    def kept(message: Message) -> Message:
        return message.but(options=tuple(o for o in message.options if o[0] != MAX_AGE))

    peer.check(kept(copy) == kept(first), f"expected the first message again, {first}; got {copy}")


@case(
    "rfc7252/4.2/acknowledgement-stops-retransmission",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-29",),
    title="A matching Acknowledgement ends the retransmission",
    requires=("resource:separate",),
    slow=True,
)
async def acknowledgement_stops(peer: Peer) -> None:
    """The response is acknowledged at once; nothing may come after that."""
    first, _ = await unacknowledged(peer)
    await settle(peer, first)
    copy = await copy_of(peer, first, FIRST_GAP)
    peer.check(copy is None, f"an acknowledged response: expected no copies; got {first} again")


@case(
    "rfc7252/4.2/reset-stops-retransmission",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-28",),
    title="A matching Reset ends the retransmission",
    requires=("resource:separate",),
    slow=True,
)
async def reset_stops(peer: Peer) -> None:
    """A Reset says that the receiver does not want the message; to insist is no use."""
    first, _ = await unacknowledged(peer)
    await peer.send(Message(RST, EMPTY, first.mid))
    copy = await copy_of(peer, first, FIRST_GAP)
    if copy is not None:
        await settle(peer, first)
    peer.check(copy is None, f"a response that was reset: expected no copies; got {first} again")


@case(
    "rfc7252/5.2.2/odd-acknowledgement-stops-retransmission",
    level="MUST",
    rfc="RFC 7252 section 5.2.2",
    rows=("R7252-50",),
    title="An Acknowledgement ends the retransmission also when it wrongly carries a response",
    requires=("resource:separate",),
    slow=True,
)
async def odd_acknowledgement_stops(peer: Peer) -> None:
    """Any matching Acknowledgement ends it; a code and a payload in it are ignored silently."""
    first, _ = await unacknowledged(peer)
    await peer.send(Message(ACK, CONTENT, first.mid, first.token, payload=b"thank you"))
    copy = await copy_of(peer, first, FIRST_GAP)
    if copy is not None:
        await settle(peer, first)
    peer.check(
        copy is None,
        f"a response acknowledged with a code and a payload: expected no copies; got {first} again",
    )


@case(
    "rfc7252/4.4/acknowledgement-from-elsewhere",
    level="MUST",
    rfc="RFC 7252 section 4.4",
    rows=("R7252-35",),
    title="An Acknowledgement from another endpoint ends nothing",
    requires=("resource:separate",),
    slow=True,
)
async def acknowledgement_from_elsewhere(peer: Peer) -> None:
    """An Acknowledgement matches by Message ID and by where it comes from. One with the right
    Message ID from another port must leave the retransmission as it is."""
    other = await peer.new_socket()
    first, _ = await unacknowledged(peer)
    await peer.send(Message(ACK, EMPTY, first.mid), other)
    copy = await copy_of(peer, first, FIRST_GAP)
    if copy is None:
        # A peer that never sends again would look the same: let it show that it does.
        second, _ = await unacknowledged(peer)
        if await copy_of(peer, second, FIRST_GAP) is None:
            peer.skip(f"the peer sends nothing again within {FIRST_GAP} seconds")
        await settle(peer, second)
        peer.fail(
            "an Acknowledgement with the right Message ID from another port: expected the "
            "response again; got none"
        )
    await settle(peer, first)
