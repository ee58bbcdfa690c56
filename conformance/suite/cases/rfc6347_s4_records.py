"""RFC 6347 section 4.1: records of a session, and its end (RFC 5246 section 7.2.1)."""

from __future__ import annotations

from dataclasses import replace

from .. import records as r
from ..case import DTLS, case
from ..endpoint import Endpoint
from ..message import Message
from ..secure_handle import SecurePeer

WAIT = 2.0
SETTLE = 0.4
TRIES = 3


class Holding:
    """Keeps what is to go out, for the case to send in its own way."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def __call__(self, datagram: bytes) -> list[bytes]:
        self.held.append(datagram)
        return []


def _held(session: Endpoint, messages: list[Message]) -> list[bytes]:
    """The records of messages that are not sent."""
    assert session.secure
    holding = Holding()
    session.secure.outgoing = holding
    for message in messages:
        session.send_message(message)
    session.secure.outgoing = lambda data: [data]
    return holding.held


async def _answers(peer: SecurePeer, session: Endpoint, messages: list[Message],
                   seconds: float = WAIT) -> list[Message]:
    """The answers to messages, as many as come until there is one for each or time is over."""
    mids = {message.mid for message in messages}
    found: list[Message] = []
    while len({m.mid for m in found}) < len(mids):
        answer = await peer.find(seconds=seconds, via=session, where=lambda m: m.mid in mids)
        if answer is None:
            break
        found.append(answer)
    return found


@case(
    "rfc6347/4.1.2.6/replayed",
    level="SHOULD",
    rfc="RFC 6347 section 4.1.2.6",
    rows=("R6347-16",),
    transports=DTLS,
    title="A record that comes a second time is passed over",
)
async def replayed(peer: SecurePeer) -> None:
    """The record of a Confirmable GET, answered, comes again just as it was. A server that took it
    would answer the duplicate again. The window against replay is a SHOULD."""
    session = await peer.secured()
    assert session.secure
    request = peer.get(session)
    (record,) = _held(session, [request])
    session.secure.send_records(record)
    if not await _answers(peer, session, [request]):
        await peer.missing(f"a response to {request}")
    for _ in range(TRIES):
        session.secure.send_records(record)
    if not await peer.alive():
        await peer.lifeless("the same record again")
    again = await _answers(peer, session, [request], SETTLE)
    peer.check_should(not again, f"the same record again: expected no answer; got "
                      f"{again[0] if again else ''}")
    await peer.expect_usable(session, "the same record came again")


@case(
    "rfc6347/4.1.2.6/reordered",
    level="SHOULD",
    rfc="RFC 6347 section 4.1.2.6",
    rows=("R6347-17",),
    transports=DTLS,
    title="Records that come in the reverse order are all taken",
)
async def reordered(peer: SecurePeer) -> None:
    """Within the window a record is new as long as its number has not been seen."""
    session = await peer.secured()
    assert session.secure
    for _ in range(TRIES):
        requests = [peer.get(session) for _ in range(4)]
        for record in _held(session, requests)[::-1]:
            session.secure.send_records(record)
        found = await _answers(peer, session, requests)
        if len({m.mid for m in found}) == len(requests):
            return
    if not await peer.alive():
        await peer.lifeless("records in the reverse order")
    peer.warn(f"four requests in records in the reverse order: expected four answers; got "
              f"{len({m.mid for m in found})}")


@case(
    "rfc6347/4.1.1/several-records",
    level="DEF",
    rfc="RFC 6347 section 4.1.1",
    rows=("R6347-13",),
    transports=DTLS,
    title="Each of several records in a datagram is taken",
)
async def several_records(peer: SecurePeer) -> None:
    """Three requests, each in a record of its own, in one datagram."""
    session = await peer.secured()
    assert session.secure
    best = 0
    for _ in range(TRIES):
        requests = [peer.get(session) for _ in range(3)]
        session.secure.send_records(b"".join(_held(session, requests)))
        found = await _answers(peer, session, requests)
        best = max(best, len({m.mid for m in found}))
        if best == len(requests):
            return
    if not await peer.alive():
        await peer.lifeless("three records in a datagram")
    peer.fail(f"three requests in one datagram: expected three answers; got {best} at most")


def _spoilt(record: r.Record) -> dict[str, bytes]:
    """Records that are none of the session's."""
    flipped = bytes([record.fragment[-1] ^ 1])
    return {
        "a record with a wrong tag":
            replace(record, fragment=record.fragment[:-1] + flipped).encode(),
        "a record of a later epoch": replace(record, epoch=record.epoch + 1).encode(),
        "a record of an unknown type": replace(record, content=99).encode(),
        "a protected record of epoch 0": replace(record, epoch=0, sequence=90).encode(),
        "an empty record": replace(record, fragment=b"", sequence=record.sequence + 9).encode(),
        "a record that is cut short": record.encode()[:-3],
        "three bytes": record.encode()[:3],
    }


@case(
    "rfc6347/4.1.2.7/invalid-records",
    level="SHOULD",
    rfc="RFC 6347 section 4.1.2.7",
    rows=("R6347-18",),
    transports=DTLS,
    title="Records that are not valid do not end a session",
)
async def invalid_records(peer: SecurePeer) -> None:
    """A wrong tag, a wrong epoch, an unknown type, wrong lengths: anybody can send such datagrams in
    a client's name. They should be passed over without a word; an alert in answer ends the
    session."""
    session = await peer.secured()
    assert session.secure
    for why in _spoilt(r.Record(r.APPLICATION_DATA, r.DTLS_1_2, b"\0" * 20, 1, 1)):
        request = peer.get(session)
        (whole,) = _held(session, [request])
        session.secure.send_records(_spoilt(r.split(whole)[0])[why])
        await peer.pause(0.05)
        exchange = await peer.request(path=peer.target.probe_path, via=session, tries=2)
        if exchange.response is not None:
            continue
        if not await peer.alive():
            await peer.lifeless(why)
        peer.warn(f"{why}: expected that the session goes on; it does not")
        session = await peer.secured()
        assert session.secure


@case(
    "rfc6347/4.1/sequence-numbers",
    level="MUST",
    rfc="RFC 6347 sections 4.1 and 4.2.4",
    rows=("R6347-19",),
    transports=DTLS,
    title="The peer gives each record of an epoch a number of its own",
)
async def sequence_numbers(peer: SecurePeer) -> None:
    """Also when a message is sent again. A number that is used twice would break ciphers such as
    AES-CCM, whose nonce it is."""
    session = await peer.secured()
    assert session.secure
    for _ in range(3):
        request = peer.get(session)
        for _ in range(2):  # the second one is a duplicate, whose answer is sent again
            session.send_message(request)
            await _answers(peer, session, [request], 0.5)
    await peer.expect_usable(session, "a few requests")
    used: dict[tuple[int, int], r.Record] = {}
    for record in peer.records(session.secure.seen):
        # The very same record may have been doubled on its way.
        same = used.setdefault((record.epoch, record.sequence), record)
        peer.check(not record.epoch or record == same, f"expected a record with a number of its "
                   f"own; got another one in epoch {record.epoch} with number {record.sequence}")


@case(
    "rfc5246/7.2.1/close-answered",
    level="MUST",
    rfc="RFC 5246 section 7.2.1, RFC 6347 section 4",
    rows=("R5246-01",),
    transports=DTLS,
    title="A close_notify is answered with one",
)
async def close_answered(peer: SecurePeer) -> None:
    """The other side of the session is closed as well. (In TLS 1.3 this is no longer so.) As the
    alert may get lost, and is not repeated, this is tried a few times on sessions of their own."""
    for _ in range(TRIES):
        session = await peer.secured()
        assert session.secure
        await peer.expect_usable(session, "a new session")
        session.secure.tls.bye()
        for _ in range(20):
            await peer.pause(0.05)
            if session.secure.ended:
                return
    if not await peer.alive():
        await peer.lifeless("a close_notify")
    peer.fail("a close_notify: expected another one; nothing came")


@case(
    "rfc5246/7.2.1/nothing-after-close",
    level="DEF",
    rfc="RFC 5246 section 7.2.1",
    rows=("R5246-02",),
    transports=DTLS,
    title="What comes after a close_notify is passed over",
)
async def nothing_after_close(peer: SecurePeer) -> None:
    """A request in a valid record, with a number from before the alert: it was late, and the session
    is over."""
    session = await peer.secured()
    assert session.secure
    await peer.expect_usable(session, "a new session")
    request = peer.get(session)
    late = _held(session, [request])
    session.secure.tls.bye()
    await peer.pause(0.2)
    known = len(session.secure.seen)
    session.secure.send_records(late[0])
    if not await peer.alive():
        await peer.lifeless("a record after a close_notify")
    await peer.pause(SETTLE)
    answers = [record for record in peer.records(session.secure.seen[known:])
               if record.content == r.APPLICATION_DATA]
    peer.check(not answers, f"a request after a close_notify: expected no answer; got "
               f"{answers[0] if answers else ''}")
