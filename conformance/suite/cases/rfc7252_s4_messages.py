"""RFC 7252 sections 4.2 and 4.3: who acknowledges, who rejects, who stays silent."""

from __future__ import annotations

import secrets

from ..case import case
from ..handle import SETTLE, Peer
from ..message import (
    ACK,
    CON,
    CONTENT,
    EMPTY,
    GET,
    NON,
    RST,
    Message,
    path_options,
)
from .shared import UNKNOWN_CRITICAL, datagram, plain_get, readable, unlikely_path

PROBES = 8


@case(
    "rfc7252/4.3/ping-reset",
    level="INTEROP",
    rfc="RFC 7252 sections 4.2 and 4.3",
    rows=("R7252-16",),
    title="An Empty Confirmable message is answered with a matching Reset",
)
async def ping_reset(peer: Peer) -> None:
    """The ping of CoAP: nothing is asked, so there is nothing to acknowledge, and the rejection
    shows that the peer is there. Silence is a warning, an Acknowledgement a failure."""
    await peer.expect_rejected(Message(CON, EMPTY), "an Empty Confirmable message")


@case(
    "rfc7252/4.2/request-acknowledged",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-17",),
    title="A Confirmable request is acknowledged or rejected, also when it fails",
)
async def request_acknowledged(peer: Peer) -> None:
    """The sender would repeat the request until an Acknowledgement or a Reset comes. A separate
    response alone does not free the receiver from acknowledging."""
    for path in (peer.target.probe_path, unlikely_path()):
        exchange = await peer.request(GET, path)
        if exchange.response is not None and exchange.separate:
            await peer.more(exchange, 1.0)
        seen = [m for m in exchange.messages if m.type in (ACK, RST)]
        if not seen and not exchange.messages:
            await peer.missing(f"an Acknowledgement or a Reset for a Confirmable GET {path}")
        peer.check(
            seen,
            f"a Confirmable GET {path}: expected an Acknowledgement or a Reset with its "
            f"Message ID; got {'; '.join(map(str, exchange.messages))}",
        )


@case(
    "rfc7252/4.2/message-id-echoed",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-18",),
    title="Acknowledgements and Resets carry the Message ID of what they answer",
)
async def message_id_echoed(peer: Peer) -> None:
    """Tried at the edges of the number space, with a request and with a ping each."""
    options = path_options(peer.target.probe_path)
    for mid in (0x0000, 0x00FF, 0xFF00, 0xFFFF):
        via = await peer.new_socket()
        token = via.fresh_token()
        for sent in (Message(CON, GET, mid, token, options), Message(CON, EMPTY, mid ^ 1)):
            await peer.send(sent, via)
            answer = await peer.find(via=via, where=lambda m: m.type in (ACK, RST))
            if answer is None and sent.is_empty:
                continue  # silence to a ping is another case's business
            if answer is None:
                await peer.missing(f"an Acknowledgement with Message ID {sent.mid:#06x}")
            peer.check(
                answer.mid == sent.mid,
                f"expected an Acknowledgement or Reset with Message ID {sent.mid:#06x}; "
                f"got {answer}",
            )
            if answer.is_empty and answer.type == ACK:
                separate = await peer.find(via=via, where=lambda m: m.type == CON)
                if separate is not None:
                    await peer.send(Message(ACK, EMPTY, separate.mid), via)


@case(
    "rfc7252/4.2/reset-empty",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-19",),
    title="Every Reset is four bytes, without token, options or payload",
)
async def reset_empty(peer: Peer) -> None:
    """Resets are drawn out with a ping, a reserved code, a malformed request and an unexpected
    response, all with a token where they can have one."""
    token = secrets.token_bytes(4)
    stimuli: tuple[Message | bytes, ...] = (
        Message(CON, EMPTY),
        Message(CON, 0x3F, token=token),
        Message(CON, CONTENT, token=token, payload=b"nobody asked"),
        datagram(peer, GET, token + b"\xff", tkl=4),
    )
    resets = 0
    for stimulus in stimuli:
        sent, entries = await peer.answers_to(stimulus)
        for entry in entries:
            data = entry.data or b""
            if len(data) >= 4 and data[0] >> 4 & 3 == RST:
                resets += 1
                expected = bytes([0x70, 0]) + sent.mid.to_bytes(2, "big")
                peer.check(
                    data[:2] == expected[:2] and len(data) == 4,
                    f"expected the Reset {expected.hex()}; got {data.hex()}",
                )
    if not resets:
        peer.skip("the peer sends no Resets")


def reserved(number: int) -> str:
    return f"a Confirmable message with a code of the reserved class {number}"


@case(
    "rfc7252/4.2/reserved-class-1",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-20",),
    title="A Confirmable message with a code of class 1 is rejected",
)
async def reserved_class_1(peer: Peer) -> None:
    """Class 1 is reserved. A code of it is neither a method nor a response: a Reset, or silence."""
    await peer.expect_rejected(plain_with_code(peer, 0x21), reserved(1))


@case(
    "rfc7252/4.2/reserved-class-6",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-20",),
    title="A Confirmable message with a code of class 6 is rejected",
)
async def reserved_class_6(peer: Peer) -> None:
    """Class 6 is reserved. Also codes with a detail are tried, lest only 6.00 be known."""
    await peer.expect_rejected(plain_with_code(peer, 0xC1), reserved(6))


@case(
    "rfc7252/4.2/reserved-class-7",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-20",),
    title="A Confirmable message with a code of class 7 is rejected",
)
async def reserved_class_7(peer: Peer) -> None:
    """Class 7 is for signaling on reliable transports (RFC 8323); over UDP it stays reserved."""
    await peer.expect_rejected(plain_with_code(peer, 0xE1), reserved(7))


def plain_with_code(peer: Peer, code: int, kind: int = CON) -> bytes:
    """A message that would be a readable GET but for its code."""
    data = plain_get(peer, kind=kind)
    return data[:1] + bytes([code]) + data[2:]


@case(
    "rfc7252/4.2/unexpected-response",
    level="MUST",
    rfc="RFC 7252 sections 4.2 and 5.3.2",
    rows=("R7252-21",),
    title="A Confirmable response that answers no request is rejected",
)
async def unexpected_response(peer: Peer) -> None:
    """Its token is known to nobody. Acknowledging it would tell the sender that all is well."""
    stray = Message(CON, CONTENT, token=secrets.token_bytes(6), payload=b"nobody asked")
    await peer.expect_rejected(stray, "a Confirmable 2.05 with an unknown token")


@case(
    "rfc7252/4.2/acknowledgement-with-request",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-22",),
    title="An Acknowledgement that carries a request is ignored silently",
)
async def acknowledgement_with_request(peer: Peer) -> None:
    """Requests travel in Confirmable and Non-confirmable messages only."""
    await peer.expect_silence(plain_get(peer, kind=ACK), "an Acknowledgement with a GET in it")


@case(
    "rfc7252/4.2/reset-with-request",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-23",),
    title="A Reset that is not Empty is ignored silently",
)
async def reset_with_request(peer: Peer) -> None:
    """A Reset carries nothing, so one with a request in it is rejected, and that means silence."""
    await peer.expect_silence(plain_get(peer, kind=RST), "a Reset with a GET in it")


@case(
    "rfc7252/4.2/acknowledgement-unanswered",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-24",),
    title="No Acknowledgement is answered, whatever it carries",
)
async def acknowledgement_unanswered(peer: Peer) -> None:
    """One that matches nothing, Empty and with a response. Two peers that answered them would
    keep each other busy for ever."""
    for message in (
        Message(ACK, EMPTY),
        Message(ACK, CONTENT, token=secrets.token_bytes(4), payload=b"nobody asked"),
        Message(ACK, 0x23, token=secrets.token_bytes(4)),
    ):
        await peer.expect_silence(message, "an Acknowledgement that matches nothing")


@case(
    "rfc7252/4.2/reset-unanswered",
    level="MUST",
    rfc="RFC 7252 section 4.2",
    rows=("R7252-24",),
    title="No Reset is answered",
)
async def reset_unanswered(peer: Peer) -> None:
    """A well-formed Reset that matches nothing is silently ignored."""
    await peer.expect_silence(Message(RST, EMPTY), "a Reset that matches nothing")


@case(
    "rfc7252/4.3/empty-non",
    level="MUST",
    rfc="RFC 7252 section 4.3",
    rows=("R7252-31",),
    title="An Empty Non-confirmable message is never acknowledged",
)
async def empty_non(peer: Peer) -> None:
    """It must not exist, so it is rejected: silence, or a Reset."""
    await peer.expect_rejected(Message(NON, EMPTY), "an Empty Non-confirmable message")


@case(
    "rfc7252/4.3/non-never-acknowledged",
    level="MUST",
    rfc="RFC 7252 section 4.3",
    rows=("R7252-32",),
    title="A Non-confirmable request is answered but never acknowledged",
)
async def non_never_acknowledged(peer: Peer) -> None:
    """Tried with a resource that can be read and with one that does not exist: neither the
    response nor anything else may be an Acknowledgement."""
    path, _ = await readable(peer)
    for where in (path, unlikely_path()):
        sent = Message(NON, GET, peer.fresh_mid(), peer.fresh_token(), path_options(where))
        _, entries = await peer.answers_to(sent, SETTLE * 2)
        for entry in entries:
            kind = (entry.data or b"\0")[0] >> 4 & 3
            peer.check(
                kind != ACK,
                f"a Non-confirmable GET {where}: expected no Acknowledgement; got {entry.text}",
            )
            if kind == CON and entry.message:
                await peer.send(Message(ACK, EMPTY, entry.message.mid))


@case(
    "rfc7252/4.3/reserved-class-non",
    level="MUST",
    rfc="RFC 7252 section 4.3",
    rows=("R7252-33",),
    title="A Non-confirmable message with a code of class 1, 6 or 7 gets no response",
)
async def reserved_class_non(peer: Peer) -> None:
    """Rejecting a Non-confirmable message is silence, or a Reset."""
    for code in (0x21, 0xC1, 0xE1):
        await peer.expect_rejected(
            plain_with_code(peer, code, NON),
            f"a Non-confirmable message with a code of the reserved class {code >> 5}",
        )


@case(
    "rfc7252/4.3/unexpected-response-non",
    level="MUST",
    rfc="RFC 7252 sections 4.3 and 5.3.2",
    rows=("R7252-21",),
    title="A Non-confirmable response that answers no request is ignored or reset",
)
async def unexpected_response_non(peer: Peer) -> None:
    """As for the Confirmable one, but silence is the usual way here."""
    stray = Message(NON, CONTENT, token=secrets.token_bytes(6), payload=b"nobody asked")
    await peer.expect_rejected(stray, "a Non-confirmable 2.05 with an unknown token")


@case(
    "rfc7252/4.4/message-ids-distinct",
    level="MUST",
    rfc="RFC 7252 section 4.4",
    rows=("R7252-34",),
    title="The peer's own messages to one endpoint have distinct Message IDs",
)
async def message_ids_distinct(peer: Peer) -> None:
    """Responses to Non-confirmable requests are messages of the peer's own; their Message IDs may
    not come again within EXCHANGE_LIFETIME, some four minutes."""
    path, _ = await readable(peer)
    seen: set[int] = set()
    for _ in range(PROBES):
        answer = await peer.ask(GET, path, type=NON)
        if answer.type not in (CON, NON):
            continue
        peer.check(
            answer.mid not in seen,
            f"expected a Message ID that was not used before; got {answer.mid:#06x} again "
            f"within seconds",
        )
        seen.add(answer.mid)
    if not seen:
        peer.skip("the peer sends no messages of its own")


@case(
    "rfc7252/4.3/no-empty-non",
    level="MUST",
    rfc="RFC 7252 section 4.3",
    rows=("R7252-30",),
    title="Nothing is answered with an Empty Non-confirmable message",
)
async def no_empty_non(peer: Peer) -> None:
    """Code 0.00 in a Non-confirmable message means nothing. Tried with requests that succeed, that
    fail and that cannot be processed."""
    path, _ = await readable(peer)
    requests = [(path, ()), (unlikely_path(), ()), (path, ((UNKNOWN_CRITICAL, b""),))]
    for where, options in requests:
        sent = Message(NON, GET, peer.fresh_mid(), peer.fresh_token(),
                       (*path_options(where), *options))
        _, entries = await peer.answers_to(sent)
        for entry in entries:
            data = entry.data or b"\0\1"
            peer.check(data[0] >> 4 & 3 != NON or data[1] != EMPTY,
                       f"{sent}: expected anything but an Empty Non-confirmable message; got "
                       f"{entry.text}")
            if entry.message and entry.message.type == CON:
                await peer.send(Message(ACK, EMPTY, entry.message.mid))
