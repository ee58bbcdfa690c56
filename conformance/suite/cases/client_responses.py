"""Clients and what they take for the response to a request (RFC 7252 sections 5.2 to 5.4)."""

from __future__ import annotations

from ..client_udp import SETTLE, UdpClientPeer, fresh
from ..message import (
    CON,
    CONTENT,
    CONTENT_FORMAT,
    MAX_AGE,
    NON,
    TEXT_PLAIN,
    Message,
    code,
    uint,
)
from .client_shared import (
    GIVES_UP,
    NONS,
    client_case,
    delivered,
    expect_no_copy,
    expect_not_delivered,
    expect_passed_over,
    piggybacked,
)

CRITICAL, ELECTIVE = 65001, 65002  # options that nobody knows
RUNS = 3


@client_case("rfc7252/5.2/client-unassigned-code", level="MUST", rfc="RFC 7252 section 5.2",
             rows=("R7252-44",), slow=True,
             title="A client takes a response with an unassigned code for the generic one of its "
                   "class")
async def unassigned_code(client: UdpClientPeer) -> None:
    """4.31 is as good as 4.00: the request has its response, and no copy of it follows."""
    await client.expect_working()
    async with client.given() as talk:
        request = await talk.request("a GET")
        talk.answer(request, fresh("why"), code("4.31"))
        await expect_no_copy(client, talk, request, "after 4.31")


@client_case("rfc7252/5.2.1/client-piggybacked", level="MUST", rfc="RFC 7252 section 5.2.1",
             rows=("R7252-45",),
             title="A client takes a response in the Acknowledgement")
async def in_the_acknowledgement(client: UdpClientPeer) -> None:
    """The usual way, with the format of the payload."""
    async with delivered(client, "a response in the Acknowledgement") as (talk, request, right):
        talk.answer(request, right, options=((CONTENT_FORMAT, uint(TEXT_PLAIN)),))


@client_case("rfc7252/5.2.2/client-separate", level="MUST", rfc="RFC 7252 section 5.2.2",
             rows=("R7252-45", "R7252-49", "R7252-18"),
             title="A client takes a Confirmable response behind an Empty Acknowledgement, and "
                   "acknowledges it")
async def separate(client: UdpClientPeer) -> None:
    """The response has a message ID of its own, and the Acknowledgement has that and is Empty."""
    async with delivered(client, "a separate response") as (talk, request, right):
        talk.acknowledge(request)
        await client.pause(SETTLE)
        sent = talk.separate(request, right)
        await talk.expect_acknowledged(sent, "a separate response")


@client_case("rfc7252/5.2.2/client-lost-acknowledgement", level="MUST",
             rfc="RFC 7252 sections 5.2.2 and 5.3.2", rows=("R7252-59", "R7252-49"),
             title="A client takes a separate response whose Empty Acknowledgement was lost")
async def lost_acknowledgement(client: UdpClientPeer) -> None:
    """The response comes before anything else did: its token is enough."""
    async with delivered(client, "a response without an Acknowledgement before it"
                         ) as (talk, request, right):
        sent = talk.separate(request, right)
        await talk.expect_acknowledged(sent, "a response without an Acknowledgement before it")


@client_case("rfc7252/5.2.3/client-non-response", level="MUST", rfc="RFC 7252 section 5.2.3",
             rows=("R7252-52",),
             title="A client takes a Non-confirmable response to a Confirmable request")
async def non_response(client: UdpClientPeer) -> None:
    """Behind an Empty Acknowledgement."""
    async with delivered(client, "a Non-confirmable response") as (talk, request, right):
        talk.acknowledge(request)
        await client.pause(SETTLE)
        talk.separate(request, right, NON)


@client_case("rfc7252/5.2.3/client-non-response-first", level="MUST",
             rfc="RFC 7252 section 5.2.3", rows=("R7252-52",),
             title="A client takes a Non-confirmable response that comes before the Acknowledgement")
async def non_response_first(client: UdpClientPeer) -> None:
    """UDP does not keep the order of the two."""
    async with delivered(client, "a Non-confirmable response before the Acknowledgement"
                         ) as (talk, request, right):
        talk.separate(request, right, NON)
        talk.acknowledge(request)


@client_case("rfc7252/5.2.3/client-answer-to-non", level="MUST", rfc="RFC 7252 section 5.2.3",
             rows=("R7252-53",), requires=NONS,
             title="A client takes a Confirmable response to a Non-confirmable request, and "
                   "acknowledges it")
async def answer_to_non(client: UdpClientPeer) -> None:
    """The server chooses how its response goes."""
    async with delivered(client, "a Confirmable response to a Non-confirmable request", "non"
                         ) as (talk, request, right):
        client.check(request.type == NON, f"expected a Non-confirmable request; got {request}")
        sent = talk.separate(request, right)
        await talk.expect_acknowledged(sent, "a Confirmable response to a Non-confirmable request")


@client_case("rfc7252/5.3.1/client-tokens", level="SHOULD", rfc="RFC 7252 section 5.3.1",
             rows=("R7252-56",),
             title="A client without security has tokens that are hard to guess")
async def tokens(client: UdpClientPeer) -> None:
    """Of several runs no two begin with the same token, and none is empty: who is not on the path
    can forge no response then."""
    seen = [(await client.first_request()).token for _ in range(RUNS)]
    client.check_should(all(seen) and len(set(seen)) == RUNS, f"expected another token in each of "
                        f"{RUNS} runs; got {', '.join(t.hex() or 'an empty one' for t in seen)}")


@client_case("rfc7252/5.3.2/client-wrong-token", level="MUST", rfc="RFC 7252 section 5.3.2",
             rows=("R7252-58",),
             title="A response with the right message ID and a wrong token is none for a client")
async def wrong_token(client: UdpClientPeer) -> None:
    """In the Acknowledgement both have to match."""

    def wrong(request: Message, payload: bytes) -> Message:
        token = bytes(byte ^ 0x55 for byte in request.token) or b"t"
        return piggybacked(request, payload, token=token)

    await expect_passed_over(client, "an Acknowledgement with a wrong token", wrong)


@client_case("rfc7252/5.3.2/client-other-source", level="MUST", rfc="RFC 7252 section 5.3.2",
             rows=("R7252-57",),
             title="A response from another port is none for a client")
async def other_source(client: UdpClientPeer) -> None:
    """Right in all else, from elsewhere; then the server's own."""
    await expect_passed_over(client, "a response from another port", lambda request, payload:
                             Message(NON, CONTENT, request.mid ^ 0x1234, request.token, (), payload),
                             socket=True)


@client_case("rfc7252/5.4.1/client-critical-piggybacked", level="MUST",
             rfc="RFC 7252 section 5.4.1", rows=("R7252-66",),
             title="A client rejects a response with an unknown critical option in the "
                   "Acknowledgement")
async def critical_piggybacked(client: UdpClientPeer) -> None:
    """What the payload means is not known without that option: it is not delivered."""
    await expect_not_delivered(client, "an Acknowledgement with an unknown critical option",
                               lambda request, payload: piggybacked(
                                   request, payload, options=((CRITICAL, b"x"),)))


@client_case("rfc7252/5.4.1/client-critical-confirmable", level="MUST",
             rfc="RFC 7252 section 5.4.1", rows=("R7252-65",),
             title="A client rejects a Confirmable response with an unknown critical option")
async def critical_confirmable(client: UdpClientPeer) -> None:
    """By a Reset or in silence, but not with an Acknowledgement; and it is not delivered."""
    await expect_not_delivered(
        client, "a Confirmable response with an unknown critical option", lambda request, payload:
        Message(CON, CONTENT, request.mid ^ 0x1234, request.token, ((CRITICAL, b"x"),), payload))


@client_case("rfc7252/5.4.1/client-elective", level="MUST", rfc="RFC 7252 section 5.4.1",
             rows=("R7252-67",),
             title="A client ignores an unknown elective option in a response")
async def elective(client: UdpClientPeer) -> None:
    """The response is as good without it."""
    async with delivered(client, "a response with an unknown elective option"
                         ) as (talk, request, right):
        talk.answer(request, right, options=((ELECTIVE, b"x"),))


@client_case("rfc7252/5.4.3/client-elective-length", level="MUST", rfc="RFC 7252 section 5.4.3",
             rows=("R7252-69",),
             title="A client ignores an elective option of a wrong length in a response")
async def elective_length(client: UdpClientPeer) -> None:
    """Max-Age of five bytes is as good as an unknown option."""
    async with delivered(client, "a response with a Max-Age of five bytes"
                         ) as (talk, request, right):
        talk.answer(request, right, options=((MAX_AGE, bytes(4) + b"\x3c"),))


@client_case("rfc7252/5.2.2/client-second-acknowledgement", level="MUST",
             rfc="RFC 7252 section 5.2.2", rows=("R7252-45",),
             title="An Empty Acknowledgement that comes twice does not keep a client from the response")
async def second_acknowledgement(client: UdpClientPeer) -> None:
    """The network has made two of it; the response comes behind both."""
    async with delivered(client, "a response behind two Acknowledgements"
                         ) as (talk, request, right):
        for _ in range(2):
            talk.acknowledge(request)
        await client.pause(SETTLE)
        talk.say(Message(CON, CONTENT, -1, request.token, (), right))


@client_case("rfc7252/5.5.2/client-error", level="INTEROP", rfc="RFC 7252 sections 5.2 and 5.5.2",
             rows=("R7252-76",),
             title="A client does not deliver the diagnostic payload of an error as the resource")
async def error_payload(client: UdpClientPeer) -> None:
    """4.04 with a text that is no representation."""
    await client.expect_working()
    async with client.given() as talk:
        request = await talk.request("a GET")
        text = fresh("no such thing")
        talk.answer(request, text, code("4.04"))
        report = await talk.stopped(GIVES_UP)
        client.check_should(text not in report.shown, "after 4.04: expected that its payload is not "
                     "delivered as the resource; it was")
