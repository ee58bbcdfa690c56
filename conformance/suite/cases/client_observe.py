"""Clients that observe a resource (RFC 7641)."""

from __future__ import annotations

from ..client_udp import SETTLE, Talk, UdpClientPeer, fresh
from ..message import (
    ACK,
    BLOCK2,
    CON,
    CONTENT,
    EMPTY,
    GET,
    NON,
    OBSERVE,
    RST,
    Message,
    code,
    uint,
)
from .client_shared import GIVES_UP, OBSERVES, client_case, notify, observing, serve_block

BIG = 1 << 24  # sequence numbers are smaller
PLENTY = 1000  # far from a wrap
SHORT = 4.0  # seconds that a client is told to observe
LARGE = b"".join(b"line %03d\n" % n for n in range(25))
SZX = 2


async def expect_states(talk: Talk, wanted: list[bytes], not_wanted: list[bytes], why: str) -> None:
    """What the client shows until it is ended, in order. The last of what is wanted was Confirmable
    and is acknowledged, so that the client has seen all."""
    await talk.peer.pause(SETTLE)
    report = await talk.stopped()
    at = -1
    for state in wanted:
        found = report.shown.find(state, at + 1)
        talk.peer.check(found > at, f"{why}: expected that the state {state!r} is delivered, and "
                        f"in its turn; {report.text}")
        at = found
    for state in not_wanted:
        talk.peer.check(state not in report.shown,
                        f"{why}: expected that the state {state!r} is not delivered; it was")


async def last_state(talk: Talk, value: int | None = None) -> bytes:
    """A Confirmable notification that is acknowledged."""
    state = fresh("last")
    await talk.expect_acknowledged(notify(talk, state, value=value), "a Confirmable notification")
    return state


async def expect_newer(client: UdpClientPeer, first: int, values: tuple[int, ...],
                       why: str) -> None:
    """Behind the first sequence number each of these is taken for a newer state."""
    async with observing(client, first) as talk:
        states = []
        for value in values:
            states.append(fresh(f"state {value}"))
            sent = notify(talk, states[-1], value=value)
            await talk.expect_acknowledged(sent, "a notification")
        await expect_states(talk, states, [], why)


@client_case("rfc7641/2/client-registration", level="DEF", rfc="RFC 7641 sections 2 and 3.1",
             rows=("R7641-02",), requires=OBSERVES,
             title="A client registers by a GET with Observe 0, and shows the first state")
async def registration(client: UdpClientPeer) -> None:
    """The value 0 is an empty option."""
    async with client.given("observe", path="/obs") as talk:
        request = await talk.request("a GET with Observe")
        client.check(request.code == GET and request.all(OBSERVE) == [b""],
                     f"expected a GET with an empty Observe option; got {request}")
        first = fresh("first")
        talk.registration = request
        talk.answer(request, first, options=((OBSERVE, uint(1)),))
        talk.value = 1
        await expect_states(talk, [first, await last_state(talk)], [], "an observation")


@client_case("rfc7641/3.1/client-not-observable", level="MUST", rfc="RFC 7641 section 3.1",
             rows=("R7641-03",), requires=OBSERVES,
             title="A client takes a response without Observe for the answer to a plain GET")
async def not_observable(client: UdpClientPeer) -> None:
    """The server has not registered it; what it has said is shown all the same."""
    async with client.given("observe", path="/obs") as talk:
        request = await talk.request("a GET with Observe")
        right = fresh("right")
        talk.answer(request, right)
        report = await talk.stopped(GIVES_UP)
        client.check(right in report.shown, "a response without Observe: expected that it is "
                     f"delivered; {report.text}")


@client_case("rfc7641/3.2/client-notifications", level="MUST", rfc="RFC 7641 section 3.2",
             rows=("R7641-06",), requires=OBSERVES,
             title="A client matches notifications by the token, with whatever message ID and type")
async def notifications(client: UdpClientPeer) -> None:
    """Confirmable ones and others, each with a message ID of its own."""
    async with observing(client) as talk:
        states = [fresh(f"state {n}") for n in range(3)]
        for state, type in zip(states, (NON, CON, NON), strict=True):
            notify(talk, state, type)
            await client.pause(0.1)
        await expect_states(talk, [*states, await last_state(talk)], [], "notifications")


@client_case("rfc7641/3.5/client-acknowledges", level="MUST", rfc="RFC 7641 section 3.5",
             rows=("R7641-20", "R7252-18"), requires=OBSERVES,
             title="A client acknowledges a Confirmable notification")
async def acknowledges(client: UdpClientPeer) -> None:
    """By an Empty Acknowledgement: else the server takes it for gone."""
    async with observing(client) as talk:
        await last_state(talk)


@client_case("rfc7641/3.5/client-non", level="MUST",
             rfc="RFC 7641 section 3.5, RFC 7252 section 4.3",
             rows=("R7252-32",), requires=OBSERVES,
             title="A client says nothing to a Non-confirmable notification")
async def says_nothing(client: UdpClientPeer) -> None:
    """An Acknowledgement would match nothing, and a Reset would end the observation."""
    async with observing(client) as talk:
        sent = notify(talk, fresh("state"), NON)
        await last_state(talk)
        client.check(not talk.reactions(sent.mid), "a Non-confirmable notification: expected no "
                     f"answer; got {talk.reactions(sent.mid)[:1]}")


@client_case("rfc7641/3.5/client-unknown-token", level="MUST", rfc="RFC 7641 section 3.5",
             rows=("R7641-19",), requires=OBSERVES,
             title="A client does not acknowledge a notification with an unknown token")
async def unknown_token(client: UdpClientPeer) -> None:
    """A Reset tells the server that nobody listens; an Acknowledgement would say the contrary."""
    async with observing(client) as talk:
        bad = fresh("wrong")
        sent = notify(talk, bad, token=b"nobodys")
        reaction = await talk.reaction(sent.mid, 1.0)
        client.check(reaction is None or reaction.type == RST, "a notification with an unknown "
                     f"token: expected a Reset; got {reaction}")
        client.check_should(reaction is not None, "a notification with an unknown token: expected a "
                            "Reset; nothing came")
        await expect_states(talk, [await last_state(talk)], [bad], "a notification for nobody")


@client_case("rfc7641/3.4/client-older", level="MUST", rfc="RFC 7641 section 3.4",
             rows=("R7641-18",), requires=OBSERVES,
             title="A client does not take an older notification for the present state")
async def older(client: UdpClientPeer) -> None:
    """It was overtaken by a newer one, as the sequence numbers tell: what is shown last has to be
    the newest state."""
    async with observing(client, PLENTY) as talk:
        old, new = fresh("old"), fresh("new")
        await talk.expect_acknowledged(notify(talk, new, value=PLENTY + 10), "a notification")
        notify(talk, old, value=PLENTY + 5)
        await client.pause(SETTLE)
        await expect_states(talk, [new], [old], "a notification that was overtaken")


@client_case("rfc7641/3.4/client-wrap", level="MUST", rfc="RFC 7641 section 3.4",
             rows=("R7641-18",), requires=OBSERVES,
             title="A client takes sequence number 1 for newer than 2^24-1")
async def wraps(client: UdpClientPeer) -> None:
    """The numbers have 24 bits and begin again."""
    await expect_newer(client, BIG - 2, (BIG - 1, 1, 2), "sequence numbers that begin again")


@client_case("rfc7641/3.4/client-gap", level="MUST", rfc="RFC 7641 section 3.4",
             rows=("R7641-18",), requires=OBSERVES,
             title="A client takes a notification whose predecessors were lost")
async def gap(client: UdpClientPeer) -> None:
    """Any number that is ahead by less than 2^23 is newer."""
    await expect_newer(client, PLENTY, (PLENTY + 5000, PLENTY + (1 << 22)),
                       "sequence numbers with gaps")


@client_case("rfc7641/3.2/client-error-ends", level="INTEROP", rfc="RFC 7641 section 3.2",
             rows=("R7641-09",), requires=OBSERVES,
             title="A client takes a notification with an error for the end of its observation")
async def error_ends(client: UdpClientPeer) -> None:
    """4.04: the server has forgotten the client. No notification is acknowledged after it, and
    none delivered."""
    async with observing(client) as talk:
        end = notify(talk, b"", code=code("4.04"), options=())
        await talk.expect_acknowledged(end, "a Confirmable notification with 4.04")
        await client.pause(SETTLE)
        bad = fresh("wrong")
        sent = notify(talk, bad)
        reaction = await talk.reaction(sent.mid, 1.0)
        client.check_should(reaction is None or reaction.type == RST, "a notification after 4.04: "
                            f"expected a Reset or silence; got {reaction}")
        report = await talk.stopped()
        client.check_should(bad not in report.shown, "a notification after 4.04: expected that it "
                            "is not delivered; it was")


@client_case("rfc7641/3.6/client-deregisters", level="MUST", rfc="RFC 7641 section 3.6",
             rows=("R7641-21",), requires=OBSERVES,
             title="A client that deregisters does so with the token and options of its "
                   "registration")
async def deregisters(client: UdpClientPeer) -> None:
    """A GET with Observe 1 that is else the same. A client may also just forget, and reject what
    comes: the case is skipped then."""
    async with client.given("observe", path="/obs?a=1", seconds=SHORT) as talk:
        request = await talk.request("a GET with Observe")
        talk.registration = request
        talk.answer(request, fresh("first"), options=((OBSERVE, uint(1)),))
        talk.value = 1
        await last_state(talk)
        talk.stop.set()
        leaving = await talk.next_request(SHORT + GIVES_UP)
        if leaving is None or leaving.uint(OBSERVE) != 1:
            client.skip("the client does not deregister")
        assert leaving
        talk.answer(leaving, fresh("left"))
        client.check(leaving.token == request.token, f"expected the token of the registration, "
                     f"{request.token.hex()}; got {leaving}")
        client.check(without_observe(leaving) == without_observe(request),
                     f"expected the options of the registration; got {leaving}")


def without_observe(request: Message) -> list[tuple[int, bytes]]:
    """The options that have to be the same."""
    return [option for option in request.options if option[0] not in (OBSERVE, 4)]


@client_case("rfc7641/3.1/client-separate-registration", level="MUST",
             rfc="RFC 7641 section 3.1, RFC 7252 section 5.2.2", rows=("R7641-02",),
             requires=OBSERVES,
             title="A client takes the first state from a separate response")
async def separate_registration(client: UdpClientPeer) -> None:
    """Behind an Empty Acknowledgement; the notifications that follow are taken, too."""
    async with client.given("observe", path="/obs") as talk:
        request = await talk.request("a GET with Observe")
        first = fresh("first")
        talk.registration, talk.value = request, 1
        talk.reply(request, Message(ACK, EMPTY, request.mid))
        await client.pause(SETTLE)
        sent = talk.say(Message(CON, CONTENT, -1, request.token, ((OBSERVE, uint(1)),), first))
        await talk.expect_acknowledged(sent, "a separate response to a registration")
        await expect_states(talk, [first, await last_state(talk)], [], "a separate first state")


@client_case("rfc7641/3.2/client-critical", level="MUST",
             rfc="RFC 7641 section 3.2, RFC 7252 section 5.4.1", rows=("R7252-65",),
             requires=OBSERVES,
             title="A client rejects a notification with an unknown critical option")
async def critical(client: UdpClientPeer) -> None:
    """A notification is a response, and what it means is not known without that option."""
    async with observing(client) as talk:
        bad = fresh("wrong")
        sent = notify(talk, bad, options=((OBSERVE, uint(2)), (65001, b"x")))
        reaction = await talk.reaction(sent.mid, 1.0)
        client.check(reaction is None or reaction.type == RST, "a notification with an unknown "
                     f"critical option: expected a Reset or silence; got {reaction}")
        report = await talk.stopped()
        client.check(bad not in report.shown, "a notification with an unknown critical option: "
                     "expected that it is not delivered; it was")


@client_case("rfc7959/2.6/client-large-state", level="MUST", rfc="RFC 7959 section 2.6",
             rows=("R7959-23",), requires=OBSERVES,
             title="A client fetches the rest of a large notification without the Observe option")
async def large_state(client: UdpClientPeer) -> None:
    """The notification has the first block; with the option the requests would be registrations
    again."""
    async with observing(client) as talk:
        first = LARGE[:64]
        notify(talk, first, options=((4, b"one"), (OBSERVE, uint(2)), (BLOCK2, uint(8 | SZX))))
        while True:
            request = await talk.request("a GET for the next block")
            client.check(request.has(BLOCK2) and not request.has(OBSERVE),
                         f"expected a GET with Block2 and without Observe; got {request}")
            if not serve_block(talk, request, LARGE, SZX).more:
                break
        await expect_states(talk, [LARGE, await last_state(talk, 10)], [],
                            "a notification in blocks")
