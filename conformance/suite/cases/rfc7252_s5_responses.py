"""RFC 7252 sections 5.2 and 5.3: how responses travel, and how they match their requests."""

from __future__ import annotations

import secrets

from ..case import case
from ..handle import Exchange, Peer
from ..message import (
    ACK,
    CON,
    EMPTY,
    GET,
    MAX_AGE,
    NON,
    RST,
    Message,
    Type,
    path_options,
)
from .shared import readable, unlikely_path


@case(
    "rfc7252/5.2.1/piggybacked",
    level="MUST",
    rfc="RFC 7252 sections 5.2.1 and 5.3.2",
    rows=("R7252-46",),
    title="A piggybacked response has the request's Message ID and token",
)
async def piggybacked(peer: Peer) -> None:
    """The server may choose to piggyback or not, but an Acknowledgement with a response in it has
    to match by both. Tried with a success, with a missing resource and with a method that
    hardly any server allows there."""
    path, _ = await readable(peer)
    for code, where in ((GET, path), (GET, unlikely_path()), (0x1F, path)):
        token = secrets.token_bytes(7)
        exchange = await peer.request(code, where, token=token)
        for answer in exchange.messages:
            if answer.type == ACK and not answer.is_empty:
                peer.check(
                    answer.token == token,
                    f"expected a response with the token {token.hex()}; got {answer}",
                )
        if not exchange.messages:
            await peer.missing(f"an answer to a Confirmable request for {where}")


async def separate_exchange(peer: Peer, kind: Type = CON) -> Exchange:
    """A request whose response is a separate one; skips when it is not."""
    exchange = await peer.request(GET, peer.resource("separate"), type=kind)
    answer = await peer.response_of(exchange)
    if kind == CON and answer.type == ACK:
        peer.skip("the peer piggybacks the response here")
    return exchange


@case(
    "rfc7252/5.2.2/separate-response",
    level="MUST",
    rfc="RFC 7252 section 5.2.2",
    rows=("R7252-47",),
    title="After an Empty Acknowledgement the response is a message of its own",
    requires=("resource:separate",),
)
async def separate_response(peer: Peer) -> None:
    """Once the Empty Acknowledgement is out there is no second one with the response: that comes
    as a Confirmable or Non-confirmable message with the request's token."""
    path = peer.resource("separate")
    request = Message(CON, GET, peer.fresh_mid(), secrets.token_bytes(5), path_options(path))
    await peer.send(request)
    promised = False
    while True:
        answer = await peer.find(
            seconds=12.0,
            where=lambda m: m.type == RST or m.mid == request.mid or m.token == request.token,
        )
        if answer is None:
            await peer.missing("a separate response")
        if answer.type == RST:
            peer.fail(f"expected a separate response; got {answer}")
        if answer.type == ACK and answer.is_empty:
            promised = True
        elif answer.type == ACK:
            peer.check(
                not promised,
                "after an Empty Acknowledgement: expected the response in a "
                f"message of its own; got {answer}",
            )
            peer.skip("the peer piggybacks the response here")
        else:
            break
    if answer.type == CON:
        await peer.send(Message(ACK, EMPTY, answer.mid))
    peer.check(
        answer.token == request.token,
        f"expected a separate response with the token {request.token.hex()}; got {answer}",
    )


@case(
    "rfc7252/5.2.2/separate-request-repeated",
    level="MUST",
    rfc="RFC 7252 sections 5.2.2 and 4.2",
    rows=("R7252-48",),
    title="A request repeated after the Empty Acknowledgement gets another Empty one",
    requires=("resource:separate",),
)
async def separate_request_repeated(peer: Peer) -> None:
    """The Acknowledgement may have been late. The copy gets an Empty one again, even when the
    response is out and acknowledged already, and never the response itself."""
    exchange = await separate_exchange(peer)
    if not exchange.acknowledged_empty:
        peer.skip("no Empty Acknowledgement came before the response")
    await peer.send(exchange.request)
    again = await peer.find(mid=exchange.request.mid, where=lambda m: m.type in (ACK, RST))
    if again is None:
        await peer.missing("another Empty Acknowledgement for the repeated request")
    peer.check(
        again.type == ACK and again.is_empty,
        "a request repeated after its Empty "
        f"Acknowledgement: expected an Empty Acknowledgement; got {again}",
    )


@case(
    "rfc7252/5.2.2/others-served-meanwhile",
    level="INTEROP",
    rfc="RFC 7252 sections 5.2.2 and 5.3.1",
    rows=("R7252-46", "R7252-47"),
    title="While a separate response is due, other requests are answered, each with its token",
    requires=("resource:separate",),
)
async def others_served_meanwhile(peer: Peer) -> None:
    """Two requests are under way at once, with tokens of their own. Each must end with a response
    with its own token; an answer with neither is a failure, a missing one a warning."""
    path, _ = await readable(peer)
    late = Message(
        CON, GET, peer.fresh_mid(), peer.fresh_token(), path_options(peer.resource("separate"))
    )
    quick = Message(CON, GET, peer.fresh_mid(), peer.fresh_token(), path_options(path))
    await peer.send(late)
    await peer.send(quick)
    wanted = {late.token, quick.token}
    while wanted:
        answer = await peer.find(seconds=6.0, where=lambda m: m.is_response)
        if answer is None:
            break
        if answer.type == CON:
            await peer.send(Message(ACK, EMPTY, answer.mid))
        peer.check(
            answer.token in (late.token, quick.token),
            "expected a response with the token "
            f"{late.token.hex()} or {quick.token.hex()}; got {answer}",
        )
        wanted.discard(answer.token)
    peer.check_should(
        not wanted,
        f"two requests at once: no response for the token {', '.join(t.hex() for t in wanted)}",
    )


@case(
    "rfc7252/5.2.3/non-response",
    level="SHOULD",
    rfc="RFC 7252 section 5.2.3",
    rows=("R7252-51",),
    title="A Non-confirmable request gets a Non-confirmable response",
)
async def non_response(peer: Peer) -> None:
    """A Confirmable response is a warning. Whichever it is, it is a message of its own."""
    path, _ = await readable(peer)
    answer = await peer.ask(GET, path, type=NON)
    peer.check(answer.type in (CON, NON), f"expected a Non-confirmable response; got {answer}")
    peer.check_should(answer.type == NON, f"expected a Non-confirmable response; got {answer}")


async def echoes(peer: Peer, path: str, token: bytes, kind: Type = CON) -> None:
    exchange = await peer.request(GET, path, token=token, type=kind)
    for answer in exchange.messages:
        if answer.is_response:
            peer.check(
                answer.token == token,
                f"expected a response with the token '{token.hex()}'; got {answer}",
            )
    if exchange.response is None:
        other = await peer.find(seconds=0.5, where=lambda m: m.is_response)
        peer.check(
            other is None, f"expected a response with the token '{token.hex()}'; got {other}"
        )
        await peer.missing(f"a response with the token '{token.hex()}'")


@case(
    "rfc7252/5.3.1/token-lengths",
    level="MUST",
    rfc="RFC 7252 section 5.3.1",
    rows=("R7252-54",),
    title="Tokens of every length from 0 to 8 come back",
)
async def token_lengths(peer: Peer) -> None:
    """The token is the client's; the server repeats it without change, an empty one, too."""
    path, _ = await readable(peer)
    for length in range(9):
        await echoes(peer, path, secrets.token_bytes(length))


@case(
    "rfc7252/5.3.1/token-bytes",
    level="MUST",
    rfc="RFC 7252 section 5.3.1",
    rows=("R7252-54",),
    title="Tokens of zeros and of ones come back byte for byte",
)
async def token_bytes(peer: Peer) -> None:
    """A token is neither a number nor a text: leading zeros count, and 0xff is no marker in it."""
    path, _ = await readable(peer)
    for token in (b"\0", bytes(8), b"\0\0\0\1", b"\xff", b"\xff" * 8):
        await echoes(peer, path, token)


@case(
    "rfc7252/5.3.1/token-in-non-response",
    level="MUST",
    rfc="RFC 7252 sections 5.2.3 and 5.3.1",
    rows=("R7252-54",),
    title="The response to a Non-confirmable request has its token",
)
async def token_in_non_response(peer: Peer) -> None:
    """Here the token is all that ties the response to its request."""
    path, _ = await readable(peer)
    for length in (0, 1, 8):
        await echoes(peer, path, secrets.token_bytes(length), NON)


@case(
    "rfc7252/5.3.1/token-in-errors",
    level="MUST",
    rfc="RFC 7252 section 5.3.1",
    rows=("R7252-54",),
    title="Error responses have the request's token, too",
)
async def token_in_errors(peer: Peer) -> None:
    """Any resulting response echoes it: also for what does not exist."""
    for length in (0, 3, 8):
        await echoes(peer, unlikely_path(), secrets.token_bytes(length))


@case(
    "rfc7252/5.3.1/token-again",
    level="MUST",
    rfc="RFC 7252 sections 4.5 and 5.3.1",
    rows=("R7252-54",),
    title="A token used again in a new message is a new request",
)
async def token_again(peer: Peer) -> None:
    """Duplicates are told by the Message ID. Tokens mean nothing to a server, so the second request
    with one token, for another resource, has to get an answer of its own."""
    path, _ = await readable(peer)
    token = peer.fresh_token()
    await peer.ask(GET, path, token=token)
    missing = unlikely_path()
    plain = await peer.ask(GET, missing)
    again = await peer.ask(GET, missing, token=token)
    peer.check(
        again.code == plain.code,
        f"a second request with the same token, for {missing}: expected the answer that it gets "
        f"with another token, {plain}; got {again}",
    )


@case(
    "rfc7252/5.4.4/default-values",
    level="SHOULD",
    rfc="RFC 7252 section 5.4.4",
    rows=("R7252-70",),
    title="What is the default is not sent",
)
async def default_values(peer: Peer) -> None:
    """An option with its default value costs bytes and says nothing: Max-Age 60, in a success and
    in an error."""
    path, plain = await readable(peer)
    for answer in (plain, await peer.ask(GET, unlikely_path())):
        peer.check_should(answer.uint(MAX_AGE) != 60,
                          f"expected no Max-Age where it is the default of 60; got {answer}")
