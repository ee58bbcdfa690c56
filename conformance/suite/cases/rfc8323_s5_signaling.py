"""RFC 8323 section 5: settings, Ping, Release and Abort, over TCP."""

from __future__ import annotations

from ..case import TCP, case
from ..message import BLOCK2, GET, Message, uint
from ..stream import (
    ABORT,
    BAD_CSM_OPTION,
    BASE_SIZE,
    BLOCK_WISE_TRANSFER,
    CSM,
    CUSTODY,
    MAX_MESSAGE_SIZE,
    PING,
    PONG,
    RELEASE,
    describe,
    encode_tcp,
)
from ..stream_handle import Ending, StreamPeer
from .shared import UNKNOWN_CRITICAL, UNKNOWN_ELECTIVE

SMALL = 200  # bytes, a Max-Message-Size below the base value
LATE = 12.0  # seconds for a response that is known to take its time


def with_option(code: int, number: int) -> Message:
    return Message(code=code, token=b"opt" if code == PING else b"", options=((number, b"\x01"),))


@case(
    "rfc8323/5.2/critical-option-csm",
    level="MUST",
    rfc="RFC 8323 section 5.2",
    rows=("R8323-09",),
    transports=TCP,
    title="An unknown critical option in a CSM ends the connection",
)
async def critical_option_csm(peer: StreamPeer) -> None:
    """What it asks for is essential, and cannot be done."""
    connection = await peer.connect()
    connection.send(with_option(CSM, UNKNOWN_CRITICAL))
    await peer.expect_aborted(connection, "a CSM with an unknown critical option")


@case(
    "rfc8323/5.2/critical-option-ping",
    level="MUST",
    rfc="RFC 8323 section 5.2",
    rows=("R8323-09",),
    transports=TCP,
    title="An unknown critical option in a Ping ends the connection",
)
async def critical_option_ping(peer: StreamPeer) -> None:
    """The rule is for all signaling messages. A Pong does not do."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.send(with_option(PING, UNKNOWN_CRITICAL))
    seen = await peer.expect_aborted(connection, "a Ping with an unknown critical option")
    peer.check(not any(m.code == PONG for m in seen.messages),
               "a Ping with an unknown critical option: got a Pong")


@case(
    "rfc8323/5.2/elective-option-csm",
    level="MUST",
    rfc="RFC 8323 section 5.2",
    rows=("R8323-10",),
    transports=TCP,
    title="An unknown elective option in a CSM is ignored",
)
async def elective_option_csm(peer: StreamPeer) -> None:
    """So that capabilities can be added later."""
    connection = await peer.connect(csm=with_option(CSM, UNKNOWN_ELECTIVE))
    await peer.expect_usable(connection, "a CSM with an unknown elective option")


@case(
    "rfc8323/5.2/elective-option-ping",
    level="MUST",
    rfc="RFC 8323 sections 5.2 and 5.4",
    rows=("R8323-10",),
    transports=TCP,
    title="An unknown elective option in a Ping is ignored",
)
async def elective_option_ping(peer: StreamPeer) -> None:
    """The Pong comes as it does for a Ping without the option."""
    connection = await peer.connect()
    connection.send(Message(code=PING, token=b"plain"))
    if await peer.find(connection, lambda m: m.code == PONG) is None:
        peer.skip("the peer does not answer a plain Ping")
    connection.send(with_option(PING, UNKNOWN_ELECTIVE))
    await peer.expect(connection, "a Pong", lambda m: m.code == PONG)


@case(
    "rfc8323/5.3/second-csm",
    level="MUST",
    rfc="RFC 8323 section 5.3",
    rows=("R8323-11",),
    transports=TCP,
    title="More CSMs may come at any time",
)
async def second_csm(peer: StreamPeer) -> None:
    """With options and without, between requests."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.send(Message(code=CSM))
    connection.send(Message(code=CSM, options=((MAX_MESSAGE_SIZE, uint(4096)),)))
    await peer.expect_usable(connection, "a second and a third CSM")


async def sizes_of_large(peer: StreamPeer, *csms: Message) -> tuple[int, Message]:
    """The size of the answer to a GET of a large resource, after some CSMs; and the answer."""
    connection = await peer.connect(csm=csms[0])
    for csm in csms[1:]:
        connection.send(csm)
    answer = await peer.ask(connection, GET, peer.resource("large"))
    return len(encode_tcp(answer)), answer


def too_large(answer: Message, size: int, limit: int) -> str:
    return f"expected messages of at most {limit} bytes; got {size} bytes: {describe(answer)}"


@case(
    "rfc8323/5.3.1/small-size",
    level="INTEROP",
    rfc="RFC 8323 section 5.3.1",
    rows=("R8323-12",),
    transports=TCP,
    requires=("resource:large",),
    title="No message is larger than the Max-Message-Size we announced",
)
async def small_size(peer: StreamPeer) -> None:
    """What does not fit comes in blocks, or as an error. A larger message is a warning: the RFC
    says what the option means, and not what a sender must do."""
    csm = Message(code=CSM, options=((MAX_MESSAGE_SIZE, uint(SMALL)), (BLOCK_WISE_TRANSFER, b"")))
    size, answer = await sizes_of_large(peer, csm)
    peer.check_should(size <= SMALL, too_large(answer, size, SMALL))


@case(
    "rfc8323/5.3.1/base-size",
    level="INTEROP",
    rfc="RFC 8323 section 5.3.1",
    rows=("R8323-12", "R8323-13"),
    transports=TCP,
    requires=("resource:large",),
    title="Without Max-Message-Size we take 1152 bytes",
)
async def base_size(peer: StreamPeer) -> None:
    """The base value holds as long as nothing else was said."""
    size, answer = await sizes_of_large(peer, Message(code=CSM))
    peer.check_should(size <= BASE_SIZE, too_large(answer, size, BASE_SIZE))


@case(
    "rfc8323/5.3/settings-last",
    level="INTEROP",
    rfc="RFC 8323 sections 5.3 and 5.3.1",
    rows=("R8323-11", "R8323-12"),
    transports=TCP,
    requires=("resource:large",),
    title="A CSM that says nothing of a setting leaves it as it was",
)
async def settings_last(peer: StreamPeer) -> None:
    """A small Max-Message-Size, then a CSM without options: the small one still holds."""
    csm = Message(code=CSM, options=((MAX_MESSAGE_SIZE, uint(SMALL)), (BLOCK_WISE_TRANSFER, b"")))
    once, _ = await sizes_of_large(peer, csm)
    if once > SMALL:
        peer.skip("the peer does not look at a small Max-Message-Size")
    size, answer = await sizes_of_large(peer, csm, Message(code=CSM))
    peer.check_should(size <= SMALL, too_large(answer, size, SMALL))


@case(
    "rfc8323/5.4/ping-pong",
    level="MUST",
    rfc="RFC 8323 section 5.4",
    rows=("R8323-14", "R8323-15"),
    transports=TCP,
    title="A Ping is answered with a Pong",
)
async def ping_pong(peer: StreamPeer) -> None:
    """At once after the CSM, and again after a request."""
    connection = await peer.connect()
    for token in (b"one", b"two"):
        connection.send(Message(code=PING, token=token))
        await peer.expect(connection, "a Pong", lambda m: m.code == PONG)
        await peer.ask(connection)


@case(
    "rfc8323/5.4/pong-token",
    level="MUST",
    rfc="RFC 8323 section 5.4",
    rows=("R8323-14",),
    transports=TCP,
    title="A Pong has the token of its Ping",
)
async def pong_token(peer: StreamPeer) -> None:
    """Tokens of 0, 1, 4 and 8 bytes."""
    connection = await peer.connect()
    for length in (0, 1, 4, 8):
        token = bytes(range(0xC0, 0xC0 + length))
        connection.send(Message(code=PING, token=token))
        pong = await peer.expect(connection, "a Pong", lambda m: m.code == PONG)
        peer.check(pong.token == token,
                   f"expected a Pong with the token '{token.hex()}'; got {describe(pong)}")


@case(
    "rfc8323/5.4.1/custody",
    level="SHOULD",
    rfc="RFC 8323 section 5.4.1",
    rows=("R8323-16",),
    transports=TCP,
    requires=("resource:separate",),
    title="A Pong with Custody waits for the requests before the Ping",
)
async def custody(peer: StreamPeer) -> None:
    """A Pong without the option may come at once. One with it says that the slow request has been
    dealt with, so it comes behind its response."""
    connection = await peer.connect()
    slow = connection.send(peer.request(connection, GET, peer.resource("separate")))
    connection.send(Message(code=PING, token=b"wait", options=((CUSTODY, b""),)))
    first = await peer.expect(connection, "a Pong or the response to the slow request",
                              lambda m: m.code == PONG or m.token == slow.token, LATE)
    peer.check_should(not (first.code == PONG and first.has(CUSTODY)),
                      "a Pong with Custody came before the response to an earlier request")
    if first.code != PONG and await peer.find(connection, lambda m: m.code == PONG) is None:
        peer.skip("the peer does not answer a Ping")


@case(
    "rfc8323/5.5/release-closes",
    level="INTEROP",
    rfc="RFC 8323 section 5.5",
    rows=("R8323-17",),
    transports=TCP,
    title="A Release is answered by closing the connection",
)
async def release_closes(peer: StreamPeer) -> None:
    """The one that is asked to let go closes; it is the normal reaction, no requirement."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.send(Message(code=RELEASE))
    seen = await peer.ending(connection)
    peer.check_should(seen.closed, "a Release: the connection is still open after five seconds")


@case(
    "rfc8323/5.5/release-answers-first",
    level="SHOULD",
    rfc="RFC 8323 section 5.5",
    rows=("R8323-17",),
    transports=TCP,
    requires=("resource:separate",),
    title="Requests before a Release are answered before the connection is closed",
)
async def release_answers_first(peer: StreamPeer) -> None:
    """A slow request is under way when the Release comes."""
    connection = await peer.connect()
    slow = connection.send(peer.request(connection, GET, peer.resource("separate")))
    connection.send(Message(code=RELEASE))
    seen = await peer.ending(connection, LATE)
    peer.check_should(any(m.token == slow.token and m.is_response for m in seen.messages),
                      "a request before the Release: its response never came")


@case(
    "rfc8323/5.6/abort-received",
    level="INTEROP",
    rfc="RFC 8323 section 5.6",
    rows=("R8323-18",),
    transports=TCP,
    title="After an Abort nothing more is served",
)
async def abort_received(peer: StreamPeer) -> None:
    """The sender is gone for good. A request behind the Abort cannot be meant."""
    connection = await peer.connect()
    await peer.ask(connection)
    late = peer.request(connection)
    connection.write(connection.encoded(Message(code=ABORT, payload=b"enough"))
                     + connection.encoded(late), "an Abort and a GET behind it")
    seen = await peer.ending(connection, 2.0)
    peer.check_should(seen.response is None, "a request behind an Abort was answered: "
                      f"{describe(seen.response) if seen.response else ''}")


async def drawn_abort(peer: StreamPeer, what: bytes | Message) -> tuple[Ending, Message]:
    """The Abort that the peer sends because of `what`; skips when it sends none."""
    connection = await peer.connect()
    await peer.ask(connection)
    if isinstance(what, bytes):
        connection.write(what)
    else:
        connection.send(what)
    seen = await peer.ending(connection)
    if seen.abort is None:
        peer.skip("the peer sends no Abort here")
    return seen, seen.abort


@case(
    "rfc8323/5.6/abort-diagnostic",
    level="SHOULD",
    rfc="RFC 8323 section 5.6",
    rows=("R8323-19",),
    transports=TCP,
    title="An Abort says why in a diagnostic payload",
)
async def abort_diagnostic(peer: StreamPeer) -> None:
    """Drawn out with an unknown critical option in a Ping."""
    _, abort = await drawn_abort(peer, with_option(PING, UNKNOWN_CRITICAL))
    peer.check_should(abort.payload, "an Abort without a diagnostic payload")


@case(
    "rfc8323/5.6/abort-ends",
    level="DEF",
    rfc="RFC 8323 section 5.6",
    rows=("R8323-19",),
    transports=TCP,
    title="The sender of an Abort shuts the connection down",
)
async def abort_ends(peer: StreamPeer) -> None:
    """Immediately, the RFC says; five seconds are given before it counts as a warning."""
    seen, _ = await drawn_abort(peer, with_option(PING, UNKNOWN_CRITICAL))
    peer.check_should(seen.closed, "the peer sent an Abort and left the connection open")


@case(
    "rfc8323/5.6/bad-csm-option",
    level="INTEROP",
    rfc="RFC 8323 section 5.6",
    rows=("R8323-20",),
    transports=TCP,
    title="The Abort for an unknown critical CSM option names it in Bad-CSM-Option",
)
async def bad_csm_option(peer: StreamPeer) -> None:
    """Without it the other side cannot know what to leave out next time. The option is elective:
    a warning when it is missing, a failure when it names another option."""
    _, abort = await drawn_abort(peer, with_option(CSM, UNKNOWN_CRITICAL))
    named = abort.uint(BAD_CSM_OPTION)
    peer.check_should(named is not None, "an Abort without Bad-CSM-Option")
    peer.check(named in (None, UNKNOWN_CRITICAL), f"Bad-CSM-Option: expected {UNKNOWN_CRITICAL}; "
               f"got {named}")


def framed(body: bytes) -> bytes:
    """A GET on the stream with these bytes for options and payload."""
    assert len(body) < 13
    return bytes([len(body) << 4 | 1, GET]) + b"s" + body


async def expect_syntax_error(peer: StreamPeer, body: bytes, why: str) -> None:
    """Such a message is rejected with an Abort and not processed. A success is a failure; an error
    response, or nothing at all, is a warning."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.write(framed(body), f"a GET with {why}")
    seen = await peer.ending(connection, until_abort=True)
    answer = seen.response
    peer.check(answer is None or answer.code >> 5 != 2, f"{why}: must not be processed; got "
               f"{describe(answer) if answer else ''}")
    if answer is not None:
        peer.warn(f"{why}: expected an Abort; got {describe(answer)}")
    elif not seen.ended:
        if not await peer.alive():
            await peer.lifeless(why)
        peer.warn(f"{why}: expected an Abort; the connection stays open")


@case(
    "rfc8323/5.6/option-delta-15",
    level="MUST",
    rfc="RFC 8323 section 5.6, RFC 7252 section 3.1",
    rows=("R8323-21",),
    transports=TCP,
    title="An option with delta 15 is a syntax error",
)
async def option_delta_15(peer: StreamPeer) -> None:
    """The value is reserved for the payload marker."""
    await expect_syntax_error(peer, b"\xf1\x00", "an option delta of 15")


@case(
    "rfc8323/5.6/option-too-long",
    level="MUST",
    rfc="RFC 8323 section 5.6, RFC 7252 section 3.1",
    rows=("R8323-21",),
    transports=TCP,
    title="An option that is longer than its message is a syntax error",
)
async def option_too_long(peer: StreamPeer) -> None:
    """Len ends the message in the middle of the option."""
    await expect_syntax_error(peer, b"\xb8test", "an option that runs past the end")


@case(
    "rfc8323/5.6/marker-without-payload",
    level="MUST",
    rfc="RFC 8323 section 5.6, RFC 7252 section 3",
    rows=("R8323-21",),
    transports=TCP,
    title="A payload marker without a payload is a syntax error",
)
async def marker_without_payload(peer: StreamPeer) -> None:
    """A marker at the very end of the message."""
    await expect_syntax_error(peer, b"\xff", "a payload marker without a payload")


@case(
    "rfc8323/5.6/abort-sent",
    level="INTEROP",
    rfc="RFC 8323 section 5.6",
    rows=("R8323-21",),
    transports=TCP,
    title="A connection is not given up without an Abort message",
)
async def abort_sent(peer: StreamPeer) -> None:
    """Closing alone leaves the other side in the dark. A connection that breaks may have lost the
    Abort, so that is no verdict."""
    connection = await peer.connect()
    await peer.ask(connection)
    connection.write(framed(b"\xf1\x00"), "a GET with an option delta of 15")
    seen = await peer.ending(connection)
    if not seen.closed:
        peer.skip("the peer does not give up the connection here")
    if seen.abort is None and "broke" in seen.arrivals[-1].text:
        peer.inconclusive("the connection broke")
    peer.check_should(seen.abort, "the peer closed the connection without an Abort")


@case(
    "rfc8323/6/bert-blocks",
    level="DEF",
    rfc="RFC 8323 section 6",
    rows=("R8323-22", "R8323-23"),
    transports=TCP,
    requires=("resource:large",),
    title="A body fetched with BERT blocks is whole, and each but the last a multiple of 1024",
)
async def bert_blocks(peer: StreamPeer) -> None:
    """Only with a peer that says in its CSM that it knows BERT. It may answer with ordinary blocks,
    whose sizes then count."""
    connection = await peer.connect()
    csm = await peer.find(connection, lambda m: m.code == CSM)
    size = (csm.uint(MAX_MESSAGE_SIZE) or 0) if csm else 0
    if csm is None or not csm.has(BLOCK_WISE_TRANSFER) or size <= BASE_SIZE:
        peer.skip("the peer does not announce BERT")
    connection.send(Message(code=CSM, options=((BLOCK_WISE_TRANSFER, b""),)))
    path = peer.resource("large")
    plain = await peer.ask(connection, GET, path)
    asked, whole = 7, b""
    for _ in range(64):
        answer = await peer.ask(connection, GET, path, options=((BLOCK2, uint(asked)),))
        block = answer.uint(BLOCK2)
        peer.check(answer.code >> 5 == 2, f"a GET with a BERT block: got {describe(answer)}")
        if block is None:
            whole = answer.payload
            break
        unit = 16 << min(block & 7, 6)
        peer.check((block >> 4) * unit == len(whole), f"expected the block at byte {len(whole)}; "
                   f"got number {block >> 4} of {unit} bytes")
        whole += answer.payload
        if not block & 8:
            break
        size = len(answer.payload)
        good = size > 0 and size % 1024 == 0 if block & 7 == 7 else size == unit
        peer.check(good, f"a block that is not the last, of {size} bytes: {describe(answer)}")
        asked = (len(whole) // unit) << 4 | block & 7
    same = whole.startswith(plain.payload) if plain.has(BLOCK2) else whole == plain.payload
    peer.check(same, f"expected the bytes of a plain GET ({len(plain.payload)}); got others "
               f"({len(whole)})")
