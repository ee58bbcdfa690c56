"""Clients and the message layer over UDP (RFC 7252 sections 3 and 4)."""

from __future__ import annotations

import asyncio

from ..client_udp import NEXT_SECONDS, SETTLE, Talk, UdpClientPeer, fresh
from ..codec import encode
from ..message import ACK, CON, EMPTY, GET, NON, OPTIONS, RST, Message, code
from .client_shared import (
    OBSERVES,
    PUTS,
    client_case,
    delivered,
    expect_no_copy,
    expect_passed_over,
    notify,
    observing,
    piggybacked,
    take_upload,
)

ACK_TIMEOUT, RANDOM_FACTOR = 2.0, 1.5  # RFC 7252 4.8
EARLY, LATE = 0.2, 2.0  # seconds that a timer, or a machine with other work, may be off
ATTEMPTS = 3
GROWTH = 1.4  # of a time-out that doubles, at least, when copies come late
MESSAGE_SIZE = 1152  # bytes, where the path's MTU is unknown
UPLOAD = bytes(range(48, 112)) * 60  # 3840 bytes
BAD_VERSION = 0x80  # version 2, where 0x40 is version 1


@client_case("rfc7252/3/client-request", level="MUST", rfc="RFC 7252 section 3",
             rows=("R7252-10", "R7252-13"),
             title="A client's request is a well-formed message with options in their shortest "
                   "form")
async def request_form(client: UdpClientPeer) -> None:
    """Version 1, a token of no more than eight bytes, options with legal deltas and numbers without
    leading zeros, and no payload in a GET."""
    request = await client.first_request(path="/test?a=1")
    client.check(request.code == GET and request.type in (CON, NON),
                 f"expected a GET in a CON or NON; got {request}")
    client.check(not request.payload, f"expected no payload in a GET; got {request}")
    for number, value in request.options:
        info = OPTIONS.get(number)
        client.check(not (info and info.format == "uint" and value[:1] == b"\0"),
                     f"expected numbers without leading zeros; got {request}")


@client_case("rfc7252/3/client-unknown-version", level="MUST", rfc="RFC 7252 section 3",
             rows=("R7252-01",),
             title="A response of another version is passed over by a client")
async def unknown_version(client: UdpClientPeer) -> None:
    """A version 2 datagram that would else be the response comes first, the right one then."""

    def wrong(request: Message, payload: bytes) -> bytes:
        data = encode(piggybacked(request, payload))
        return bytes([data[0] & 0x3F | BAD_VERSION]) + data[1:]

    await expect_passed_over(client, "a response of version 2", wrong)


@client_case("rfc7252/3/client-token-length", level="MUST",
             rfc="RFC 7252 section 3, RFC 8974 section 2.1", rows=("R8974-02",),
             title="A response with the token length 15 is passed over by a client")
async def token_length(client: UdpClientPeer) -> None:
    """The length is reserved: the datagram is no message, whatever follows."""

    def wrong(request: Message, payload: bytes) -> bytes:
        data = encode(piggybacked(request, payload))
        return bytes([data[0] | 15]) + data[1:]

    await expect_passed_over(client, "a response with token length 15", wrong)


@client_case("rfc7252/3/client-empty-payload", level="MUST", rfc="RFC 7252 section 3",
             rows=("R7252-04",),
             title="A response that ends with the payload marker is passed over by a client")
async def empty_payload(client: UdpClientPeer) -> None:
    """A marker with nothing behind it is a format error; the right response comes behind."""
    await expect_passed_over(client, "a response that ends with the payload marker",
                             lambda request, payload: encode(piggybacked(request, b"")) + b"\xff")


@client_case("rfc7252/3.1/client-reserved-delta", level="MUST", rfc="RFC 7252 section 3.1",
             rows=("R7252-07",),
             title="A response with the option delta 15 is passed over by a client")
async def reserved_delta(client: UdpClientPeer) -> None:
    """The nibble 15 is for the payload marker alone: anything else is a format error."""
    await expect_passed_over(
        client, "a response with option delta 15", lambda request, payload:
        encode(piggybacked(request, b"")) + b"\xf1\x00\xff" + payload)


@client_case("rfc7252/3.1/client-cut-option", level="MUST", rfc="RFC 7252 section 3.1",
             rows=("R7252-09",),
             title="A response with an option that runs past its end is passed over by a client")
async def cut_option(client: UdpClientPeer) -> None:
    """An option says that it is longer than the datagram is."""
    await expect_passed_over(
        client, "a response with a cut option", lambda request, payload:
        encode(piggybacked(request, b"")) + b"\x4d\xf0" + payload)


@client_case("rfc7252/4.1/client-empty-with-bytes", level="MUST", rfc="RFC 7252 section 4.1",
             rows=("R7252-15",), slow=True,
             title="An Acknowledgement with code 0.00 and bytes behind it does not acknowledge")
async def empty_with_bytes(client: UdpClientPeer) -> None:
    """The message is malformed, and a malformed Acknowledgement is ignored: the client goes on
    sending its request."""
    async with client.given() as talk:
        request = await talk.request("a GET")
        talk.say_bytes(encode(Message(ACK, EMPTY, request.mid)) + b"\xffx")
        await expect_copy(client, talk, request, "an Empty Acknowledgement with bytes behind it")


async def expect_copy(client: UdpClientPeer, talk: Talk, request: Message, why: str) -> None:
    """The request is sent again; then it is answered, and the client takes the answer."""
    copies = await talk.await_copies(request, 2, NEXT_SECONDS)
    client.check(len(copies) > 1, f"{why}: expected that the request is sent again; it was not")
    right = fresh("right")
    talk.answer(request, right)
    await talk.expect_shown(right, f"{why}, then the response")


@client_case("rfc7252/4.2/client-retransmission", level="MUST", rfc="RFC 7252 section 4.2",
             rows=("R7252-25",), slow=True,
             title="A request without answer is sent again, after a first time-out that then "
                   "doubles")
async def retransmission(client: UdpClientPeer) -> None:
    """The default times: the second copy 2 to 3 seconds after the first, the third after twice
    that. A client with other parameters of its own (section 4.8.1) is not a wrong one, but for
    copies that come sooner than the default allows."""
    for attempt in range(ATTEMPTS):
        first, second = await gaps(client)
        # A runner that reads the first copy late sees the second one early.
        if second > GROWTH * first and first > ACK_TIMEOUT - EARLY or attempt == ATTEMPTS - 1:
            break
    client.check(first > ACK_TIMEOUT - EARLY, f"expected the second copy no sooner than "
                 f"{ACK_TIMEOUT:.0f} s after the first; got it after {first:.2f} s")
    client.check_should(first < ACK_TIMEOUT * RANDOM_FACTOR + LATE,
                        f"expected the second copy within 3 s; got it after {first:.2f} s")
    client.check(second > GROWTH * first, f"expected twice {first:.2f} s before the third copy; got "
                 f"{second:.2f} s")


async def gaps(client: UdpClientPeer) -> tuple[float, float]:
    """The seconds between the first three copies of a request, the last of which is answered."""
    longest = 3 * ACK_TIMEOUT * RANDOM_FACTOR + 3.0
    async with client.given(seconds=2 * longest) as talk:
        request = await talk.request("a GET")
        client.check(request.type == CON, f"expected a Confirmable request; got {request}")
        copies = await talk.await_copies(request, 3, longest)
        client.check(len(copies) == 3, f"expected three copies of the request in {longest:.0f} s; "
                     f"got {len(copies)}")
        right = fresh("right")
        talk.answer(request, right)
        await talk.expect_shown(right, "an answer to the third copy")
    first, second, third = (copy.entry.seconds for copy in copies)
    return second - first, third - second


@client_case("rfc7252/4.2/client-same-copies", level="MUST", rfc="RFC 7252 section 4.2",
             rows=("R7252-26",), slow=True,
             title="The second copy of a request is the first one, byte by byte")
async def same_copies(client: UdpClientPeer) -> None:
    """The same message ID, token, options and payload: else the server cannot know it for a
    copy."""
    async with client.given() as talk:
        await talk.request("a GET")
        seen = await talk.until(
            lambda: talk.arrivals[:2] if len(talk.arrivals) > 1 else None, NEXT_SECONDS)
        if seen is None:
            await talk.missing("a copy of the request")
        assert seen
        client.check(seen[0].entry.data == seen[1].entry.data,
                     f"expected the same bytes again; got {seen[1].entry.text}")


@client_case("rfc7252/4.2/client-acknowledged", level="MUST", rfc="RFC 7252 section 4.2",
             rows=("R7252-29",), slow=True,
             title="A client whose request was acknowledged sends no copy of it")
async def acknowledged(client: UdpClientPeer) -> None:
    """The Acknowledgement is Empty; the response comes when the copy would have come."""
    async with delivered(client, "a response after the Acknowledgement") as (talk, request, right):
        talk.acknowledge(request)
        await expect_no_copy(client, talk, request, "after the Acknowledgement")
        talk.separate(request, right)


@client_case("rfc7252/4.2/client-reset", level="MUST", rfc="RFC 7252 section 4.2",
             rows=("R7252-28",), slow=True,
             title="A client whose request was reset sends no copy of it")
async def reset(client: UdpClientPeer) -> None:
    """The request was rejected: copies of it are so as well."""
    await client.expect_working()
    async with client.given() as talk:
        request = await talk.request("a GET")
        talk.reply(request, Message(RST, EMPTY, request.mid))
        await expect_no_copy(client, talk, request, "after the Reset")


@client_case("rfc7252/4.2/client-ping", level="INTEROP", rfc="RFC 7252 sections 4.2 and 4.3",
             rows=("R7252-16", "R7252-18", "R7252-19"),
             title="A client that waits for a response answers a ping with a matching Reset")
async def ping(client: UdpClientPeer) -> None:
    """Four bytes with the message ID of the ping. Silence is a way to reject, too, but then nobody
    can tell whether the client lives."""
    async with delivered(client, "a response after the ping") as (talk, request, right):
        talk.acknowledge(request)
        sent = talk.say(Message(CON))
        reaction = await talk.reaction(sent.mid, 2.0)
        client.check_should(reaction is not None, "a ping: expected a Reset; nothing came")
        client.check(reaction is None or (reaction.type == RST and reaction.is_empty),
                     f"a ping: expected an Empty Reset; got {reaction}")
        talk.separate(request, right)


@client_case("rfc7252/4.2/client-unexpected-response", level="MUST",
             rfc="RFC 7252 sections 4.2 and 5.3.2", rows=("R7252-21",),
             title="A client does not acknowledge a Confirmable response to nothing of its own")
async def unexpected_response(client: UdpClientPeer) -> None:
    """The token is of no request: the response is rejected, by a Reset or in silence."""
    async with client.given() as talk:
        request = await talk.request("a GET")
        talk.acknowledge(request)
        bad, right = fresh("wrong"), fresh("right")
        sent = talk.separate(request, bad, token=b"nobodys")
        await client.pause(SETTLE)
        talk.separate(request, right)
        report = await talk.expect_shown(right, "a response after one with an unknown token")
        client.check(bad not in report.shown, "expected that the response with an unknown token is "
                     "not delivered; it was")
        for reaction in talk.reactions(sent.mid):
            client.check(reaction.type == RST, "a Confirmable response with an unknown token: "
                         f"expected a Reset or silence; got {reaction}")


@client_case("rfc7252/4.2/client-reserved-class", level="MUST", rfc="RFC 7252 section 4.2",
             rows=("R7252-20",),
             title="A client rejects a response whose code is of a reserved class")
async def reserved_class(client: UdpClientPeer) -> None:
    """An Acknowledgement with 6.05 is ignored; the right response comes behind it."""
    await expect_passed_over(client, "an Acknowledgement with code 6.05", lambda request, payload:
                             piggybacked(request, payload, code=code("6.05")))


@client_case("rfc7252/4.2/client-acknowledgement-with-request", level="MUST",
             rfc="RFC 7252 section 4.2", rows=("R7252-22",),
             title="An Acknowledgement with a request in it is passed over by a client")
async def acknowledgement_with_request(client: UdpClientPeer) -> None:
    """It is ignored, so that the response behind it is still taken."""
    await expect_passed_over(client, "an Acknowledgement with a GET", lambda request, payload:
                             piggybacked(request, payload, code=GET))


@client_case("rfc7252/4.2/client-reset-not-empty", level="MUST", rfc="RFC 7252 section 4.2",
             rows=("R7252-23",),
             title="A Reset that is not Empty is passed over by a client")
async def reset_not_empty(client: UdpClientPeer) -> None:
    """It is ignored, so that it ends nothing."""
    await expect_passed_over(client, "a Reset with a response in it", lambda request, payload:
                             piggybacked(request, payload, type=RST))


@client_case("rfc7252/4.2/client-stray-confirmations", level="MUST", rfc="RFC 7252 section 4.2",
             rows=("R7252-24",),
             title="A client answers no Acknowledgement and no Reset that matches nothing")
async def stray_confirmations(client: UdpClientPeer) -> None:
    """Whoever answers one starts a loop of answers."""
    async with client.given() as talk:
        request = await talk.request("a GET")
        talk.acknowledge(request)
        stray = [talk.say(Message(type, EMPTY, request.mid ^ mid))
                 for type, mid in ((ACK, 0x5555), (RST, 0x2AAA))]
        await client.pause(SETTLE)
        right = fresh("right")
        talk.separate(request, right)
        await talk.expect_shown(right, "a response after stray confirmations")
        for sent in stray:
            client.check(not talk.reactions(sent.mid), f"{sent}: expected no answer; got "
                         f"{talk.reactions(sent.mid)[:1]}")


@client_case("rfc7252/4.3/client-non-unacknowledged", level="MUST", rfc="RFC 7252 section 4.3",
             rows=("R7252-32",),
             title="A client does not acknowledge a Non-confirmable response")
async def non_unacknowledged(client: UdpClientPeer) -> None:
    """It takes it, and says nothing."""
    async with client.given() as talk:
        request = await talk.request("a GET")
        talk.acknowledge(request)
        right = fresh("right")
        sent = talk.separate(request, right, NON)
        await talk.expect_shown(right, "a Non-confirmable response")
        await client.pause(SETTLE)
        client.check(not any(m.type == ACK for m in talk.reactions(sent.mid)),
                     "a Non-confirmable response: expected no Acknowledgement; it came")


@client_case("rfc7252/4.4/client-other-endpoint", level="MUST", rfc="RFC 7252 section 4.4",
             rows=("R7252-35",), slow=True,
             title="An Acknowledgement from another port does not acknowledge a request")
async def other_endpoint(client: UdpClientPeer) -> None:
    """Message IDs are matched with the endpoint that they were sent to: the client goes on sending
    its request."""
    async with client.given() as talk:
        request = await talk.request("a GET")
        talk.say(Message(ACK, EMPTY, request.mid), await talk.add_socket())
        await expect_copy(client, talk, request, "an Acknowledgement from another port")


@client_case("rfc7252/4.4/client-message-ids", level="MUST", rfc="RFC 7252 section 4.4",
             rows=("R7252-34",), requires=PUTS,
             title="A client uses no message ID twice for messages that differ")
async def message_ids(client: UdpClientPeer) -> None:
    """In an upload of many blocks each request has a message ID of its own."""
    async with client.given("put", body=UPLOAD, size=64) as talk:
        requests = await take_upload(client, talk)
    client.check(len({m.mid for m in requests}) == len(requests), "expected message IDs that all "
                 f"differ; got {', '.join(f'{m.mid:#06x}' for m in requests)}")


@client_case("rfc7252/4.5/client-copy-acknowledged", level="SHOULD", rfc="RFC 7252 section 4.5",
             rows=("R7252-36",), requires=OBSERVES,
             title="A copy of a Confirmable message is acknowledged again and delivered once")
async def copy_acknowledged(client: UdpClientPeer) -> None:
    """A notification, as a client still listens after it: each copy gets the same answer."""
    async with observing(client) as talk:
        body = fresh("state")
        sent = notify(talk, body)
        await talk.expect_acknowledged(sent, "a Confirmable notification")
        talk.say(sent)
        await talk.until(lambda: len(talk.reactions(sent.mid)) > 1 or None, 2.0)
        reactions = talk.reactions(sent.mid)
        client.check_should(len(reactions) == 2 and reactions[0] == reactions[1], "a copy of a "
                            f"notification: expected the same Acknowledgement; got {reactions[1:]}")
        report = await talk.stopped()
        client.check_should(report.shown.count(body) == 1, "a notification that came twice: "
                            f"expected that it is delivered once; {report.shown.count(body)} times")


@client_case("rfc7252/4.6/client-message-size", level="SHOULD", rfc="RFC 7252 section 4.6",
             rows=("R7252-39",), requires=PUTS,
             title="A client's messages are no longer than 1152 bytes")
async def message_size(client: UdpClientPeer) -> None:
    """A body that is larger goes in blocks."""
    async with client.given("put", body=UPLOAD, size=1024) as talk:
        request = await talk.request("a PUT")
        size = len(encode(request))
        client.check_should(size <= MESSAGE_SIZE, f"a body of {len(UPLOAD)} bytes: expected a "
                            f"message of no more than {MESSAGE_SIZE}; got {size}")


@client_case("rfc7252/4.7/client-one-at-a-time", level="MUST", rfc="RFC 7252 section 4.7",
             rows=("R7252-40",), requires=PUTS,
             title="A client has one request outstanding towards a server at a time")
async def one_at_a_time(client: UdpClientPeer) -> None:
    """An upload in blocks whose requests are answered late: no second one comes meanwhile. NSTART
    is 1 unless something better than the default is known of the path."""
    async with client.given("put", body=UPLOAD, size=512) as talk:
        request = await talk.request("a PUT")
        await asyncio.sleep(client.seconds(1.0))
        others = [m for m in talk.messages if m.is_request and m.mid != request.mid]
        client.check(not others, f"while a request is outstanding: expected no other; got "
                     f"{others[:1]}")
