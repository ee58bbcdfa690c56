"""RFC 6347 sections 4.2.2 to 4.2.4 and 4.2.8: handshakes in pieces, with losses, and once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .. import gnutls
from .. import records as r
from ..case import DTLS, case
from ..records import CLIENT_KEY_EXCHANGE, HandshakeMessage, Hello, Record
from ..secure import Filter, HandshakeError
from ..secure_handle import LOSSY_SECONDS, SecurePeer
from .rfc6347_s4_cookies import hello

PIECE = 3  # bytes of a handshake message in one fragment
Order = Callable[[list[HandshakeMessage]], list[HandshakeMessage]]


class Fragmenting:
    """Cuts the ClientKeyExchange in pieces, each in a record of its own; what follows it in epoch 0
    gets new numbers, so that none is there twice."""

    def __init__(self, order: Order, overlap: int = 0) -> None:
        self.order = order
        self.overlap = overlap
        self.shift = 0
        self.cut = 0

    def __call__(self, datagram: bytes) -> list[bytes]:
        out: list[bytes] = []
        for record in r.split(datagram):
            if record.epoch:
                out.append(record.encode())
                continue
            messages = r.messages_of(record) if record.content == r.HANDSHAKE else []
            if len(messages) == 1 and messages[0].kind == CLIENT_KEY_EXCHANGE:
                out += self.pieces(record, messages[0])
            else:
                out.append(replace(record, sequence=record.sequence + self.shift).encode())
        return out

    def pieces(self, record: Record, message: HandshakeMessage) -> list[bytes]:
        found = self.order(message.fragments(PIECE, self.overlap))
        start = record.sequence + self.shift
        self.shift += len(found) - 1
        self.cut = len(found)
        return [replace(record, sequence=start + n, fragment=piece.encode()).encode()
                for n, piece in enumerate(found)]


async def _fragmented(peer: SecurePeer, filter: Fragmenting, why: str) -> None:
    peer.priority("")  # of other key exchanges the message may be cut by the runner itself
    session = await peer.secured(why, outgoing=filter, seconds=LOSSY_SECONDS,
                                 priority=peer.priority(f"+PSK:{gnutls.CIPHERS}"))
    if filter.cut < 2:
        peer.inconclusive("the ClientKeyExchange is too short to be cut")
    await peer.expect_usable(session, why)


@case(
    "rfc6347/4.2.3/fragments",
    level="MUST",
    rfc="RFC 6347 section 4.2.3",
    rows=("R6347-07",),
    transports=DTLS,
    title="A handshake message in fragments is put together",
)
async def fragments(peer: SecurePeer) -> None:
    """The ClientKeyExchange comes three bytes at a time. A receiver keeps fragments until it has the
    whole message."""
    await _fragmented(peer, Fragmenting(lambda pieces: pieces), "a message in fragments")


@case(
    "rfc6347/4.2.3/fragments-reordered",
    level="MUST",
    rfc="RFC 6347 section 4.2.3",
    rows=("R6347-07",),
    transports=DTLS,
    title="The fragments of a handshake message may come in any order",
)
async def fragments_reordered(peer: SecurePeer) -> None:
    """The last piece of the ClientKeyExchange first, the first one last."""
    await _fragmented(peer, Fragmenting(lambda pieces: pieces[::-1]),
                      "a message in fragments, the last one first")


@case(
    "rfc6347/4.2.3/fragments-overlapping",
    level="MUST",
    rfc="RFC 6347 section 4.2.3",
    rows=("R6347-08",),
    transports=DTLS,
    title="The fragments of a handshake message may overlap",
)
async def fragments_overlapping(peer: SecurePeer) -> None:
    """Each piece of the ClientKeyExchange repeats two bytes of the next one, as happens when a sender
    tries smaller pieces than before."""
    await _fragmented(peer, Fragmenting(lambda pieces: pieces, overlap=2),
                      "a message in fragments that overlap")


def lose(what: Callable[[Record], bool], copies: int = 1) -> Filter:
    """A filter that loses the first copies of the datagrams whose first record is such a one."""
    left: dict[bytes, int] = {}

    def filter(datagram: bytes) -> list[bytes]:
        records = r.split(datagram)
        if not records or not what(records[0]):
            return [datagram]
        key = bytes([records[0].content]) + b"".join(
            bytes([m.kind]) for m in r.messages_of(records[0]) if not records[0].is_protected)
        left.setdefault(key, copies)
        left[key] -= 1
        return [datagram] if left[key] < 0 else []

    return filter


def _kind(record: Record) -> int:
    """The kind of the first handshake message in a record that is not protected."""
    messages = r.messages_of(record) if record.content == r.HANDSHAKE else []
    return messages[0].kind if messages and not record.is_protected else -1


def _is_last_flight(record: Record) -> bool:
    return record.content == r.CHANGE_CIPHER_SPEC or record.epoch > 0


async def _lossy(peer: SecurePeer, why: str, **filters: Filter) -> None:
    """With such losses a handshake takes longer, and is completed all the same."""
    try:
        session = await peer.session(seconds=LOSSY_SECONDS, **filters)  # type: ignore[arg-type]
    except HandshakeError as error:
        if not await peer.alive():
            await peer.lifeless(why)
        peer.fail(f"{why}: {error}")
    assert session.secure
    session.secure.incoming = session.secure.outgoing = lambda data: [data]
    await peer.expect_usable(session, why)


@case(
    "rfc6347/4.2.4/server-flight-lost",
    level="MUST",
    rfc="RFC 6347 section 4.2.4",
    rows=("R6347-09",),
    transports=DTLS,
    slow=True,
    title="A flight of the server that is lost is sent again",
)
async def server_flight_lost(peer: SecurePeer) -> None:
    """The first copies of ServerHello to ServerHelloDone do not arrive. The client sends its
    ClientHello again and the server, by that or by its own timer, its whole flight."""
    await _lossy(peer, "the server's first flight is lost",
                 incoming=lose(lambda record: _kind(record) not in (-1, r.HELLO_VERIFY_REQUEST)))


@case(
    "rfc6347/4.2.4/client-flight-lost",
    level="MUST",
    rfc="RFC 6347 section 4.2.4",
    rows=("R6347-09",),
    transports=DTLS,
    slow=True,
    title="A flight of the client that comes the second time only is as good as the first",
)
async def client_flight_lost(peer: SecurePeer) -> None:
    """ClientKeyExchange, ChangeCipherSpec and Finished are lost once. Meanwhile the server may send
    its own flight again."""
    await _lossy(peer, "the client's second flight is lost",
                 outgoing=lose(lambda record: _is_last_flight(record)
                               or _kind(record) == CLIENT_KEY_EXCHANGE))


@case(
    "rfc6347/4.2.4/last-flight-lost",
    level="MUST",
    rfc="RFC 6347 section 4.2.4",
    rows=("R6347-10",),
    transports=DTLS,
    slow=True,
    title="A server whose Finished is lost answers the client's, sent again, with its own",
)
async def last_flight_lost(peer: SecurePeer) -> None:
    """For the server the handshake is over, for the client it is not: when the client's last flight
    comes again, the server has to repeat its own, for some minutes at least."""
    await _lossy(peer, "the server's last flight is lost", incoming=lose(_is_last_flight))


@case(
    "rfc6347/4.2.4/hello-lost",
    level="MUST",
    rfc="RFC 6347 sections 4.2.1 and 4.2.4",
    rows=("R6347-09",),
    transports=DTLS,
    slow=True,
    title="A HelloVerifyRequest that is lost is had again by sending the ClientHello again",
)
async def hello_lost(peer: SecurePeer) -> None:
    """The server has no timer for it; the client's makes it ask again."""
    await _lossy(peer, "the HelloVerifyRequest is lost",
                 incoming=lose(lambda record: _kind(record) == r.HELLO_VERIFY_REQUEST))


@case(
    "rfc6347/4.2.2/duplicates",
    level="MUST",
    rfc="RFC 6347 sections 4.2.2 and 4.2.4",
    rows=("R6347-11",),
    transports=DTLS,
    title="A handshake goes on although every datagram comes twice",
)
async def duplicates(peer: SecurePeer) -> None:
    """Messages with a number that has been seen are passed over."""
    await _lossy(peer, "every datagram comes twice", outgoing=lambda data: [data, data])


@case(
    "rfc6347/4.2.2/reordered",
    level="DEF",
    rfc="RFC 6347 sections 4.2.2 and 4.2.4",
    rows=("R6347-12",),
    transports=DTLS,
    slow=True,
    title="A flight whose datagrams come in the reverse order does not end the handshake",
)
async def reordered(peer: SecurePeer) -> None:
    """Finished, ChangeCipherSpec, ClientKeyExchange, the first time. A server may keep what is early
    or pass over it: then the client's timer helps."""
    held: list[bytes] = []
    done = False

    def reverse(datagram: bytes) -> list[bytes]:
        nonlocal done
        record = r.split(datagram)[0]
        if done or not (_is_last_flight(record) or _kind(record) == CLIENT_KEY_EXCHANGE):
            return [datagram]
        held.append(datagram)
        if record.epoch == 0:
            return []
        done = True
        return held[::-1]

    await _lossy(peer, "the client's second flight in reverse order", outgoing=reverse)


@case(
    "rfc6347/4.1.1/one-datagram",
    level="DEF",
    rfc="RFC 6347 section 4.1.1",
    rows=("R6347-13",),
    transports=DTLS,
    title="A flight whose records come in one datagram is as good as several",
)
async def one_datagram(peer: SecurePeer) -> None:
    """Several records, of two epochs, may be in one datagram."""
    held: list[bytes] = []

    def join(datagram: bytes) -> list[bytes]:
        record = r.split(datagram)[0]
        if not (_is_last_flight(record) or _kind(record) == CLIENT_KEY_EXCHANGE):
            return [datagram]
        held.append(datagram)
        if record.epoch == 0:
            return []
        whole = b"".join(held)
        held.clear()
        return [whole]

    await _lossy(peer, "a flight in one datagram", outgoing=join)


@case(
    "rfc6347/4.2.8/session-kept",
    level="MUST",
    rfc="RFC 6347 section 4.2.8",
    rows=("R6347-14",),
    transports=DTLS,
    title="A ClientHello from the address of a session does not end it",
)
async def session_kept(peer: SecurePeer) -> None:
    """Anybody can forge one. Until the sender has returned a cookie or completed a handshake, the
    session goes on."""
    session = await peer.secured()
    assert session.secure
    for made in (hello(peer), replace(hello(peer), cookie=b"no cookie of yours")):
        session.secure.send_records(made.datagram(0))
        await peer.pause(0.2)
        await peer.expect_usable(session, "a ClientHello without a good cookie came")


@case(
    "rfc6347/4.2.8/begins-anew",
    level="SHOULD",
    rfc="RFC 6347 section 4.2.8",
    rows=("R6347-15",),
    transports=DTLS,
    title="A client that has forgotten its session gets another from the same port",
)
async def begins_anew(peer: SecurePeer) -> None:
    """As after a restart: no farewell, and a ClientHello from the same address and port."""
    session = await peer.secured()
    try:
        await peer.session(via=session)
    except HandshakeError as error:
        if not await peer.alive():
            await peer.lifeless("a second handshake from the same port")
        peer.warn(f"a second handshake from the same port: {error}")
        return
    await peer.expect_usable(session, "a second session from the same port")


@case(
    "rfc9325/3.1.2/dtls-1-0",
    level="MUST",
    rfc="RFC 9325 section 3.1.2, RFC 8996 section 6",
    rows=("R9325-01",),
    transports=DTLS,
    title="DTLS 1.0 is not negotiated",
)
async def dtls_1_0(peer: SecurePeer) -> None:
    """Offered as the only version, with the cipher suites of its time and of ours."""
    peer.priority("")
    old = (0x008C, 0x008D, 0x00AE, r.PSK_AES_128_GCM, r.PSK_AES_128_CCM_8, r.RENEGOTIATION_INFO)
    made = Hello(version=r.DTLS_1_0, suites=old)
    await peer.expect_unwelcome(made, "offered DTLS 1.0 alone")
