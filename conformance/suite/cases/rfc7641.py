"""RFC 7641: observing a resource."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ..case import case
from ..endpoint import Endpoint
from ..handle import Peer
from ..message import (
    ACK,
    CON,
    CONTENT_FORMAT,
    DELETE,
    EMPTY,
    GET,
    OBSERVE,
    PUT,
    RST,
    Message,
    path_options,
    uint,
)
from .shared import (
    KNOWN_TEXT,
    TEXT,
    Options,
    absent,
    dotted,
    is_success,
    put,
    readable,
    unlikely_path,
)

REGISTER, DEREGISTER = 0, 1
PATIENCE = 12.0  # seconds in which a resource that changes has to have changed
QUIET = 6.0  # seconds in which a resource that changes every two or so would have, and a deletion
ORDER = 1 << 23  # half of the number space (3.4)


@dataclass
class Observation:
    """One registration, and what came of it."""

    peer: Peer
    via: Endpoint
    path: str
    token: bytes
    answer: Message
    seen: list[Message] = field(default_factory=list)

    async def next(self, seconds: float = PATIENCE, ack: bool = True) -> Message | None:
        """The next notification with the token, acknowledged; copies of one are passed over. None
        when none comes in time."""
        end = time.monotonic() + self.peer.seconds(seconds)
        while (left := end - time.monotonic()) > 0:
            message = await self.peer.find(seconds=left, via=self.via,
                                           where=lambda m: m.is_response and m.token == self.token)
            if message is None:
                return None
            if ack and message.type == CON:
                await self.peer.send(Message(ACK, EMPTY, message.mid), self.via)
            if message.mid not in [m.mid for m in self.seen]:
                self.seen.append(message)
                return message
        return None

    async def must_come(self) -> Message:
        """The next notification; the case comes to no verdict without one."""
        message = await self.next()
        if message is None:
            self.peer.inconclusive(f"no notification of {self.path} in {PATIENCE:.0f} seconds")
        return message

    async def cancel(self) -> Message | None:
        """Deregisters; gives the response. Notifications on their way are acknowledged, lest they
        come again later and look like new ones."""
        request = self.request(DEREGISTER)
        await self.peer.send(request, self.via)
        while True:
            message = await self.peer.find(
                via=self.via, where=lambda m: m.mid == request.mid or m.token == self.token)
            if message is None:
                return None
            if message.type == CON:
                await self.peer.send(Message(ACK, EMPTY, message.mid), self.via)
            if message.is_response:
                self.seen.append(message)
            if (message.type == ACK and message.is_response) or (
                    message.is_response and not message.has(OBSERVE)):
                return message

    def request(self, value: int) -> Message:
        options = (*path_options(self.path), (OBSERVE, uint(value)))
        return Message(CON, GET, self.via.fresh_mid(), self.token, options)


@asynccontextmanager
async def observed(peer: Peer, via: Endpoint | None = None, token: bytes | None = None,
                   role: str = "obs", options: Options = ()) -> AsyncIterator[Observation]:
    """Observes the peer's changing resource; in the end takes the registration back. Skips when
    the peer does not take it, as it may."""
    via = via or peer
    path = peer.resource(role)
    token = via.fresh_token() if token is None else token
    answer = await peer.ask(GET, path, token=token, via=via, options=((OBSERVE, b""), *options))
    if not is_success(answer) or not answer.has(OBSERVE):
        peer.skip(f"{path} cannot be observed: {answer}")
    made = Observation(peer, via, path, token, answer, [answer])
    try:
        yield made
    finally:
        await peer.send(made.request(DEREGISTER), via)


@case(
    "rfc7641/3.1/registered",
    level="INTEROP",
    rfc="RFC 7641 sections 3.1 and 4.1",
    rows=("R7641-02",),
    title="A resource that can be observed takes a registration",
    requires=("resource:obs",),
)
async def registered(peer: Peer) -> None:
    """The answer has an Observe option: the client is on the list. A server may always refuse, so
    one that names such a resource and does not take the registration earns a warning."""
    path = peer.resource("obs")
    answer = await peer.ask(GET, path, options=((OBSERVE, b""),))
    peer.check(is_success(answer), f"a GET of {path} with Observe: got {answer}")
    peer.check_should(answer.has(OBSERVE), f"a GET of {path} with Observe: no Observe came back")


@case(
    "rfc7641/4.2/notified",
    level="INTEROP",
    rfc="RFC 7641 sections 3.2 and 4.2",
    rows=("R7641-02", "R7641-06"),
    title="An observer hears of changes",
    requires=("resource:obs",),
    slow=True,
)
async def notified(peer: Peer) -> None:
    """Two more notifications have to come, with the token of the registration."""
    async with observed(peer) as observation:
        for count in (1, 2):
            message = await observation.next()
            if message is None and not await peer.alive():
                await peer.lifeless("an observation")
            if message is None:
                peer.warn(f"notification {count} did not come in {PATIENCE:.0f} seconds")
                return


@case(
    "rfc7641/3.2/notification-observe",
    level="MUST",
    rfc="RFC 7641 sections 3.2 and 4.2",
    rows=("R7641-02",),
    title="A notification with a success has an Observe option",
    requires=("resource:obs",),
    slow=True,
)
async def notification_observe(peer: Peer) -> None:
    """Without it the client takes the response for the last one, and itself off the list."""
    async with observed(peer) as observation:
        for _ in range(2):
            message = await observation.must_come()
            peer.check(message.has(OBSERVE) or not is_success(message),
                       f"expected a notification with Observe; got {message}")


@case(
    "rfc7641/3.2/notification-token",
    level="MUST",
    rfc="RFC 7641 section 3.2",
    rows=("R7641-06",),
    title="A notification has the token of its registration",
    requires=("resource:obs",),
    slow=True,
)
async def notification_token(peer: Peer) -> None:
    """A token of eight bytes. Whatever response comes on the socket has to be a notification."""
    async with observed(peer, token=bytes(range(0xD0, 0xD8))) as observation:
        for _ in range(2):
            message = await peer.find(seconds=PATIENCE, where=lambda m: m.is_response)
            if message is None:
                peer.inconclusive(f"no notification in {PATIENCE:.0f} seconds")
            peer.check(message.token == observation.token, "expected a notification with the "
                       f"token {observation.token.hex()}; got {message}")
            if message.type == CON:
                await peer.send(Message(ACK, EMPTY, message.mid))


@case(
    "rfc7641/4.4/order",
    level="MUST",
    rfc="RFC 7641 sections 3.4 and 4.4",
    rows=("R7641-12",),
    title="Observe values grow from notification to notification",
    requires=("resource:obs",),
    slow=True,
)
async def order(peer: Peer) -> None:
    """In 24 bits, around the end. Three notifications in the order they came over loopback, where
    nothing overtakes."""
    async with observed(peer) as observation:
        last = observation.answer.uint(OBSERVE) or 0
        for _ in range(3):
            message = await observation.must_come()
            now = message.uint(OBSERVE)
            if now is None:
                peer.skip("a notification without Observe")
            peer.check(0 < (now - last) % (1 << 24) < ORDER,
                       f"expected an Observe value above {last}; got {now}")
            last = now


@case(
    "rfc7641/4.2/same-format",
    level="MUST",
    rfc="RFC 7641 section 4.2",
    rows=("R7641-11",),
    title="Notifications have the Content-Format of the first answer",
    requires=("resource:obs",),
    slow=True,
)
async def same_format(peer: Peer) -> None:
    """A client has asked for one kind of representation, and gets that or an error."""
    async with observed(peer) as observation:
        first = observation.answer.uint(CONTENT_FORMAT)
        for _ in range(2):
            message = await observation.must_come()
            if is_success(message):
                now = message.uint(CONTENT_FORMAT)
                peer.check(now == first, f"expected Content-Format {first}; got {now}")


async def expect_quiet(observation: Observation, why: str) -> None:
    """No new notification comes any more. One that was under way is let pass."""
    peer = observation.peer
    await peer.pause(0.3)
    while (early := await observation.next(0.05)) is not None:
        peer.note(f"under way: {early}")
    later = await observation.next(QUIET)
    if later is not None:
        peer.fail(f"{why}: expected no more notifications; got {later}")


@case(
    "rfc7641/3.6/cancel-by-request",
    level="MUST",
    rfc="RFC 7641 sections 3.6 and 4.1",
    rows=("R7641-05",),
    title="A GET with Observe 1 and the token of the registration ends it",
    requires=("resource:obs",),
    slow=True,
)
async def cancel_by_request(peer: Peer) -> None:
    """The answer has no Observe option, and nothing comes behind it."""
    async with observed(peer) as observation:
        await observation.must_come()
        answer = await observation.cancel()
        if answer is None:
            await peer.missing("a response to a GET with Observe 1")
        peer.check(not (answer.type == ACK and answer.has(OBSERVE)),
                   f"a GET with Observe 1: expected no Observe option; got {answer}")
        await expect_quiet(observation, "after a GET with Observe 1")


@case(
    "rfc7641/4.5/cancel-by-reset",
    level="MUST",
    rfc="RFC 7641 sections 3.6 and 4.5",
    rows=("R7641-13",),
    title="A Reset for a notification ends the observation",
    requires=("resource:obs",),
    slow=True,
)
async def cancel_by_reset(peer: Peer) -> None:
    """The client has forgotten what it once asked for. Notifications Confirmable or not."""
    async with observed(peer) as observation:
        message = await observation.next(ack=False)
        if message is None:
            peer.inconclusive(f"no notification in {PATIENCE:.0f} seconds")
        await peer.send(Message(RST, EMPTY, message.mid))
        await expect_quiet(observation, "after a Reset for a notification")


@case(
    "rfc7641/4.1/registered-twice",
    level="MUST",
    rfc="RFC 7641 section 4.1",
    rows=("R7641-04",),
    title="A second registration with the same token takes the place of the first",
    requires=("resource:obs",),
    slow=True,
)
async def registered_twice(peer: Peer) -> None:
    """Each change is told once: no two notifications of the same content one right behind the
    other, three times over."""
    async with observed(peer) as observation:
        again = await peer.ask(GET, observation.path, token=observation.token,
                               options=((OBSERVE, b""),))
        observation.seen.append(again)
        doubled = 0
        message = await observation.must_come()
        for _ in range(3):
            other = await observation.next(0.15)
            if other is not None:
                doubled += other.payload == message.payload
            message = await observation.must_come()
        peer.check(doubled < 2, f"of four changes {doubled} were told twice")


@case(
    "rfc7641/4.1/other-request",
    level="INTEROP",
    rfc="RFC 7641 sections 3.6 and 4.1",
    rows=("R7641-17",),
    title="A plain GET with another token leaves an observation alone",
    requires=("resource:obs",),
    slow=True,
)
async def other_request(peer: Peer) -> None:
    """Registrations are told apart by endpoint and token. Notifications have to go on."""
    async with observed(peer) as observation:
        await observation.must_come()
        await peer.ask(GET, observation.path)
        if await observation.next() is None and await observation.next() is None:
            peer.warn("no notification any more after a plain GET with another token")


@case(
    "rfc7641/4.1/two-observers",
    level="MUST",
    rfc="RFC 7641 sections 4.1 and 4.2",
    rows=("R7641-04",),
    title="Every observer on the list is notified",
    requires=("resource:obs",),
    slow=True,
)
async def two_observers(peer: Peer) -> None:
    """Two endpoints with the same token, as each may choose its own."""
    other = await peer.new_socket()
    async with observed(peer, token=b"both") as one, observed(peer, other, b"both") as two:
        first, second = await asyncio.gather(one.next(), two.next())
        if first is None and second is None:
            peer.inconclusive("no notification came")
        peer.check(first and second, "of two observers only one was notified of changes")


@case(
    "rfc7641/4.1/not-observable",
    level="MUST",
    rfc="RFC 7641 section 4.1",
    rows=("R7641-03",),
    title="A registration that is not taken is served as a plain GET",
)
async def not_observable(peer: Peer) -> None:
    """Observe is elective: where nothing can be observed it is as if it were not there."""
    path, plain = await readable(peer)
    answer = await peer.ask(GET, path, options=((OBSERVE, b""),))
    peer.check(answer.code == plain.code,
               f"a GET of {path} with Observe: expected {dotted(plain)}; got {answer}")


@case(
    "rfc7641/4.2/error-without-observe",
    level="MUST",
    rfc="RFC 7641 section 4.2",
    rows=("R7641-07",),
    title="A response that is no success has no Observe option",
)
async def error_without_observe(peer: Peer) -> None:
    """An Observe option would say that the client is on a list."""
    answer = await peer.ask(GET, unlikely_path(), options=((OBSERVE, b""),))
    if is_success(answer):
        peer.skip(f"what should not be there gives {dotted(answer)}")
    peer.check(not answer.has(OBSERVE), f"expected an error without Observe; got {answer}")


@case(
    "rfc7641/2/observe-too-long",
    level="MUST",
    rfc="RFC 7641 section 2, RFC 7252 section 5.4.3",
    rows=("R7641-01",),
    title="An Observe option of four bytes is ignored",
    requires=("resource:obs",),
)
async def observe_too_long(peer: Peer) -> None:
    """Its length is out of range, so it counts as an elective option that is not recognized: a
    plain GET, and no registration."""
    path = peer.resource("obs")
    plain = await peer.ask(GET, path)
    answer = await peer.ask(GET, path, options=((OBSERVE, bytes(4)),))
    peer.check(answer.code == plain.code and not answer.has(OBSERVE),
               f"an Observe option of four bytes: expected {dotted(plain)} without Observe; "
               f"got {answer}")


async def told_of_deletion(peer: Peer) -> tuple[Observation, Message | None]:
    """Makes a resource, observes it, and deletes it from another endpoint; gives the observation
    and the notification that is no success, None when none comes. Skips when the resource cannot
    be observed."""
    path = peer.resource("create1")
    await put(peer, path, KNOWN_TEXT)
    answer = await peer.ask(GET, path, options=((OBSERVE, b""),), token=peer.fresh_token())
    if not is_success(answer) or not answer.has(OBSERVE):
        peer.skip(f"{path} cannot be observed: {answer}")
    observation = Observation(peer, peer, path, answer.token, answer, [answer])
    deleted = await peer.ask(DELETE, path, via=await peer.new_socket())
    if not is_success(deleted):
        peer.skip(f"{path} cannot be deleted: {deleted}")
    message = await observation.next(QUIET)
    while message is not None and is_success(message):
        message = await observation.next(QUIET)
    return observation, message


@case(
    "rfc7641/4.2/deletion-told",
    level="SHOULD",
    rfc="RFC 7641 section 4.2",
    rows=("R7641-08", "R7641-07"),
    title="Observers of a resource that is deleted are told so, by an error without Observe",
    requires=("resource:create1", "feature:observe"),
    exclusive=("resource:create1",),
    slow=True,
)
async def deletion_told(peer: Peer) -> None:
    """4.04 is usual. Without it a client believes in what is no longer there; and with an Observe
    option, which must not be, that it is still on the list."""
    async with absent(peer, peer.resource("create1")):
        _, message = await told_of_deletion(peer)
        peer.check_should(message, f"no notification of the deletion in {QUIET:.0f} seconds")
        if message:
            peer.check(not message.has(OBSERVE), f"expected no Observe option; got {message}")


@case(
    "rfc7641/4.2/deletion-ends",
    level="MUST",
    rfc="RFC 7641 section 4.2",
    rows=("R7641-09",),
    title="After a notification that is no success the observer is off the list",
    requires=("resource:create1", "feature:observe"),
    exclusive=("resource:create1",),
    slow=True,
)
async def deletion_ends(peer: Peer) -> None:
    """The resource is made anew, and nobody hears of it who was told that it is gone."""
    async with absent(peer, peer.resource("create1")):
        observation, message = await told_of_deletion(peer)
        if message is None:
            peer.skip("no notification of the deletion comes")
        other = await peer.new_socket()
        for text in (b"made anew", b"and changed"):
            await peer.ask(PUT, observation.path, via=other, payload=text, options=(TEXT,))
        await expect_quiet(observation, "after the notification of a deletion")
