"""RFC 6347 section 4.2.1: the cookie, before which a server keeps and sends next to nothing."""

from __future__ import annotations

from dataclasses import replace

from .. import records as r
from ..case import DTLS, case
from ..records import DTLS_1_0, HELLO_VERIFY_REQUEST, SERVER_HELLO, Hello
from ..secure_handle import SecurePeer

SEQUENCE = 5  # of the record with the first ClientHello
LISTENING = 4.0  # seconds in which a server's timer would send again
AMPLIFICATION = 3
OTHER_LOOPBACK = "127.0.0.2"


def hello(peer: SecurePeer) -> Hello:
    """A ClientHello that the peer would go on with, had it a cookie."""
    if peer.target.address.keys.has_psk:
        return Hello(suites=(r.PSK_AES_128_CCM_8, r.PSK_AES_128_GCM, r.RENEGOTIATION_INFO))
    return Hello(suites=(r.ECDHE_ECDSA_AES_128_CCM_8, r.RENEGOTIATION_INFO),
                 extensions=r.groups() + r.signature_algorithms())


@case(
    "rfc6347/4.2.1/cookie-asked-for",
    level="SHOULD",
    rfc="RFC 6347 section 4.2.1",
    rows=("X-08",),
    transports=DTLS,
    title="A ClientHello without a cookie is answered with a HelloVerifyRequest",
)
async def cookie_asked_for(peer: SecurePeer) -> None:
    """So that nobody can make a server work, and send, for an address that is not the asker's."""
    socket = await peer.socket()
    answer = await peer.answered(socket, hello(peer).datagram())
    found = peer.first(answer, HELLO_VERIFY_REQUEST)
    if found is None:
        seen = "; ".join(r.describe(datagram, True) for datagram in answer) or "silence"
        peer.warn(f"expected a HelloVerifyRequest; got {seen}")
        return
    peer.check(len(found[1].body) > 3, "the HelloVerifyRequest has an empty cookie")


@case(
    "rfc6347/4.2.1/request-sequence",
    level="MUST",
    rfc="RFC 6347 section 4.2.1",
    rows=("R6347-01",),
    transports=DTLS,
    title="A HelloVerifyRequest has the record number of the ClientHello",
)
async def request_sequence(peer: SecurePeer) -> None:
    """A server that keeps nothing has no count of its own; a number twice would look like a
    replay."""
    for sequence in (0, SEQUENCE):
        record, _ = await peer.asked(await peer.socket(), hello(peer), sequence)
        peer.check(record.sequence == sequence,
                   f"a ClientHello in record {sequence}: expected a HelloVerifyRequest in record "
                   f"{sequence}; got record {record.sequence}")


@case(
    "rfc6347/4.2.1/request-version",
    level="SHOULD",
    rfc="RFC 6347 section 4.2.1",
    rows=("R6347-02",),
    transports=DTLS,
    title="A HelloVerifyRequest says DTLS 1.0, whatever will be negotiated",
)
async def request_version(peer: SecurePeer) -> None:
    """It comes before the negotiation, of which its version says nothing."""
    _, request = await peer.asked(await peer.socket(), hello(peer))
    version = int.from_bytes(request.body[:2], "big")
    peer.check_should(version == DTLS_1_0, f"expected server_version {DTLS_1_0:#06x}; "
                      f"got {version:#06x}")


@case(
    "rfc6347/4.2.1/hello-sequence",
    level="MUST",
    rfc="RFC 6347 section 4.2.1",
    rows=("R6347-03",),
    transports=DTLS,
    title="A ClientHello with the cookie begins the handshake, in a record with its number",
)
async def hello_sequence(peer: SecurePeer) -> None:
    """The ServerHello's record has the number of the record with the ClientHello, so that it is none
    that the server may have used before."""
    socket = await peer.socket()
    first = hello(peer)
    cookie = await peer.cookie(socket, first)
    answer = await peer.answered(socket, replace(first, cookie=cookie).datagram(SEQUENCE))
    found = peer.first(answer, SERVER_HELLO)
    if found is None:
        seen = "; ".join(r.describe(datagram, True) for datagram in answer) or "silence"
        peer.fail(f"a ClientHello with the right cookie: expected a ServerHello; got {seen}")
    peer.check(found[0].sequence == SEQUENCE,
               f"a ClientHello in record {SEQUENCE}: expected a ServerHello in record {SEQUENCE}; "
               f"got record {found[0].sequence}")


async def _unwelcome(peer: SecurePeer, made: Hello, why: str) -> None:
    """Nothing of a handshake may follow, and another HelloVerifyRequest should."""
    socket = await peer.socket()
    answer = await peer.answered(socket, made.datagram(1))
    peer.check(not peer.is_welcome(answer), f"{why}: expected no ServerHello; got one")
    peer.check_should(peer.first(answer, HELLO_VERIFY_REQUEST),
                      f"{why}: expected another HelloVerifyRequest; got "
                      f"{'; '.join(r.describe(d, True) for d in answer) or 'silence'}")


@case(
    "rfc6347/4.2.1/wrong-cookie",
    level="DEF",
    rfc="RFC 6347 section 4.2.1",
    rows=("R6347-04",),
    transports=DTLS,
    title="A ClientHello with a wrong cookie begins no handshake",
)
async def wrong_cookie(peer: SecurePeer) -> None:
    """A cookie of the right length with one bit changed, and one that is too short. The server
    treats both as if there were none: it asks again."""
    first = hello(peer)
    cookie = await peer.cookie(await peer.socket(), first)
    await _unwelcome(peer, replace(first, cookie=bytes([cookie[0] ^ 1]) + cookie[1:]),
                     "a cookie with one bit changed")
    await _unwelcome(peer, replace(first, cookie=cookie[:-1] or b"\0"), "a cookie cut short")


@case(
    "rfc6347/4.2.1/cookie-of-another",
    level="SHOULD",
    rfc="RFC 6347 section 4.2.1",
    rows=("R6347-05",),
    transports=DTLS,
    title="A cookie counts for the address that it was given to, and no other",
)
async def cookie_of_another(peer: SecurePeer) -> None:
    """Else one cookie of the attacker's own opens the door for all the addresses he forges. Needs a
    peer on loopback, where the runner has a second address."""
    if not peer.target.address.host.startswith("127."):
        peer.skip("the runner has one address only towards a peer that is not on 127.0.0.0/8")
    first = hello(peer)
    cookie = await peer.cookie(await peer.socket(), first)
    try:
        other = await peer.socket((OTHER_LOOPBACK, 0))
    except OSError as error:
        peer.skip(f"no socket on {OTHER_LOOPBACK}: {error.strerror}")
    answer = await peer.answered(other, replace(first, cookie=cookie).datagram(1))
    peer.check_should(not peer.is_welcome(answer),
                      "a cookie given to another address: expected no ServerHello; got one")


@case(
    "rfc6347/4.2.1/request-not-repeated",
    level="DEF",
    rfc="RFC 6347 sections 4.2.1 and 4.2.4",
    rows=("R6347-06",),
    transports=DTLS,
    slow=True,
    title="A HelloVerifyRequest is sent once, and not again by a timer",
)
async def request_not_repeated(peer: SecurePeer) -> None:
    """A timer would be state that is kept for somebody who may not exist."""
    socket = await peer.socket()
    answer = await peer.answered(socket, hello(peer).datagram())
    if peer.first(answer, HELLO_VERIFY_REQUEST) is None:
        peer.skip("the peer asks for no cookie")
    tries = sum(entry.direction == "sent" and entry.socket == socket.number
                for entry in peer.trace.entries)
    answer += await peer.gathered(socket, LISTENING)
    count = sum(m.kind == HELLO_VERIFY_REQUEST for _, m in peer.messages(answer))
    peer.check(count <= tries,
               f"{tries} ClientHello: expected as many HelloVerifyRequests; got {count}")


@case(
    "rfc7252/11.3/amplification-hello",
    level="SHOULD",
    rfc="RFC 7252 section 11.3, RFC 6347 section 4.2.1",
    rows=("X-08",),
    transports=DTLS,
    slow=True,
    title="Before the cookie no more than three times the bytes received are sent",
)
async def amplification_hello(peer: SecurePeer) -> None:
    """The smallest ClientHello, and then silence: all that comes back within a few seconds is counted.
    Otherwise anybody could send much to an address with little, in the server's name."""
    socket = await peer.socket()
    made = hello(peer).datagram()
    answer = await peer.answered(socket, made)
    answer += await peer.gathered(socket, LISTENING)
    tries = sum(entry.direction == "sent" and entry.socket == socket.number
                for entry in peer.trace.entries)
    got, sent = sum(map(len, answer)), tries * len(made)
    peer.check_should(got <= AMPLIFICATION * sent,
                      f"sent {sent} bytes from an address nobody has checked: expected at most "
                      f"{AMPLIFICATION * sent} back; got {got}")
