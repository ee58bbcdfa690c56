"""RFC 7252 section 9: CoAP inside DTLS, and its pre-shared keys (RFC 4279)."""

from __future__ import annotations

import secrets
from dataclasses import replace

from .. import records as r
from ..case import DTLS, case
from ..codec import FormatError, decode, encode
from ..endpoint import Endpoint
from ..gnutls import guessable_key
from ..message import ACK, CON, GET, NON, Message, path_options
from ..secure import HandshakeError
from ..secure_handle import SecurePeer
from .shared import unlikely_path

MANDATORY = "TLS_PSK_WITH_AES_128_CCM_8"
NO_KEY_SECONDS = 4.0  # a server that finds the key wrong may say nothing


def coap_in(datagrams: list[bytes]) -> str | None:
    """The CoAP message among datagrams, as text; records are none (their first byte says version 0)."""
    for datagram in datagrams:
        try:
            return str(decode(datagram))
        except FormatError:
            continue
    return None


@case(
    "rfc7252/9.1.3.1/mandatory-suite",
    level="MUST",
    rfc="RFC 7252 section 9.1.3.1",
    rows=("X-06", "R7252-123"),
    transports=DTLS,
    title="A client that knows TLS_PSK_WITH_AES_128_CCM_8 alone gets a session",
)
async def mandatory_suite(peer: SecurePeer) -> None:
    """The one cipher suite that every implementation with pre-shared keys has to have."""
    only = peer.priority("+PSK:+AES-128-CCM-8")
    session = await peer.secured(f"offered {MANDATORY} alone", priority=only)
    assert session.secure
    peer.check(session.secure.tls.suite == MANDATORY,
               f"offered {MANDATORY} alone; got {session.secure.tls.suite}")
    await peer.expect_usable(session, f"secured by {MANDATORY}")


@case(
    "rfc7252/9.1.1/application-data",
    level="MUST",
    rfc="RFC 7252 sections 9.1.1 and 9.1.2",
    rows=("X-05", "R7252-121"),
    transports=DTLS,
    title="All that is sent on a session is protected application data",
)
async def application_data(peer: SecurePeer) -> None:
    """An answer outside the session can be read and forged by anybody. Requests of both types, one
    that fails, and one whose response is a message of its own where the peer has such a resource."""
    session = await peer.secured()
    assert session.secure
    begun = len(session.secure.seen)
    for path in (peer.target.probe_path, unlikely_path()):
        for kind in (CON, NON):
            await peer.request(GET, path, type=kind, via=session)
    if "separate" in peer.target.resources:
        await peer.request(GET, peer.target.resources["separate"], via=session)
    for datagram in session.secure.seen[begun:]:
        try:
            found = r.split(datagram)
        except r.RecordError:
            peer.fail(f"expected DTLS records; got {datagram.hex()} ({coap_in([datagram])})")
        for record in found:
            peer.check(record.epoch > 0, f"expected protected records; got {record}")
            peer.check(record.content in (r.APPLICATION_DATA, r.ALERT, r.HANDSHAKE),
                       f"expected application data; got {record}")


@case(
    "rfc7252/9.1.1/plain-message",
    level="MUST",
    rfc="RFC 7252 section 9.1.1",
    rows=("X-05",),
    transports=DTLS,
    title="A message without DTLS on the secure port gets no CoAP answer",
)
async def plain_message(peer: SecurePeer) -> None:
    """Whoever answers it has no security at all. Silence and a DTLS alert are both fine."""
    socket = await peer.socket()
    for kind in (CON, NON):
        request = replace(peer.get(socket), type=kind)
        answer = coap_in(await peer.expect_useless(socket, encode(request), str(request)))
        peer.check(answer is None, f"{request} without DTLS: expected no answer; got {answer}")


@case(
    "rfc7252/9.1.1/unprotected-record",
    level="MUST",
    rfc="RFC 7252 section 9.1.1, RFC 6347 section 4.1",
    rows=("X-05",),
    transports=DTLS,
    title="Application data of epoch 0 is not taken for part of a session",
)
async def unprotected_record(peer: SecurePeer) -> None:
    """A record that has the form of DTLS but no protection, as anybody can forge: a request in it
    must not be served, in the session or outside."""
    session = await peer.secured()
    assert session.secure
    request = peer.get(session)
    for sequence in (0, 100):
        record = r.Record(r.APPLICATION_DATA, r.DTLS_1_2, encode(request), 0, sequence)
        begun, known = len(session.secure.seen), len(peer.trace.messages)
        session.secure.send_records(record.encode())
        if not await peer.alive():
            await peer.lifeless("sent application data of epoch 0")
        await peer.pause(0.25)
        for datagram in session.secure.seen[begun:]:
            peer.check(encode(request)[4:8] not in datagram,
                       f"a GET in epoch 0: expected no answer; got {datagram.hex()}")
        for entry in peer.trace.messages[known:]:
            message = entry.message
            peer.check(entry.socket != session.number or message is None
                       or message.token != request.token,
                       f"a GET in epoch 0: expected no answer; got {message}")


@case(
    "rfc7252/9.1.1/ids-of-another-session",
    level="DEF",
    rfc="RFC 7252 section 9.1.1",
    rows=("X-05",),
    transports=DTLS,
    title="A message ID seen in an earlier session is no duplicate in the next one",
)
async def ids_of_another_session(peer: SecurePeer) -> None:
    """Two sessions one after the other from the same address and port. A message is the same only
    when session, epoch and message ID are: the second GET, of another path but with the same
    message ID and token, gets an answer of its own."""
    session = await peer.secured()
    assert session.secure
    missing = path_options(unlikely_path())
    first = peer.get(session)
    answer = await _answer(peer, session, first)
    peer.check(answer.code >> 5 == 2, f"{first}: expected success; got {answer}")
    session.secure.tls.bye()
    await peer.pause(0.3)
    await peer.secured("a second session from the same port", via=session)
    second = first.but(options=missing)
    answer = await _answer(peer, session, second)
    peer.check(answer.code >> 5 == 4,
               f"a GET of what is not there, with the message ID of a GET in an earlier session: "
               f"expected 4.04; got {answer}")


async def _answer(peer: SecurePeer, session: Endpoint, request: Message) -> Message:
    for _ in range(3):
        await peer.send(request, session)
        found = await peer.find(seconds=2.0, via=session, type=ACK, mid=request.mid)
        if found:
            return found
    await peer.missing(f"a response to {request}")


async def _refused(peer: SecurePeer, why: str, **keys: object) -> None:
    """A client with such keys gets no session."""
    known = peer.target.address.keys
    peer.priority("")
    socket = await peer.socket()
    try:
        await peer.session(via=socket, keys=replace(known, **keys), seconds=NO_KEY_SECONDS)
    except HandshakeError as error:
        peer.note(f"{why}: {error}")
    else:
        assert socket.secure
        peer.fail(f"{why}: expected no session; got one by {socket.secure.tls.suite}")
    if not await peer.alive():
        await peer.lifeless(why)
    assert socket.secure
    for record in peer.records(socket.secure.seen):
        peer.check(record.content != r.CHANGE_CIPHER_SPEC and not (
            record.epoch and record.content == r.HANDSHAKE),
            f"{why}: expected that the server does not complete the handshake; got {record}")


@case(
    "rfc4279/2/wrong-key",
    level="MUST",
    rfc="RFC 4279 section 2, RFC 5246 section 7.4.9",
    rows=("R4279-01",),
    transports=DTLS,
    title="A client with a wrong key gets no session",
)
async def wrong_key(peer: SecurePeer) -> None:
    """The right identity, another key: the client's Finished cannot be verified. An alert or silence
    may follow, but no Finished of the server's."""
    await _refused(peer, "a wrong key", key=secrets.token_bytes(16))


@case(
    "rfc4279/2/unknown-identity",
    level="MUST",
    rfc="RFC 4279 section 2",
    rows=("R4279-02",),
    transports=DTLS,
    title="A client that is not known gets no session",
)
async def unknown_identity(peer: SecurePeer) -> None:
    """Neither identity nor key are the server's. It may say so (unknown_psk_identity) or go on as if
    the key were wrong (decrypt_error, or silence)."""
    identity = f"nobody-{secrets.token_hex(4)}"
    await _refused(peer, "an unknown identity", identity=identity, key=guessable_key(identity))


@case(
    "rfc4279/2/key-of-another",
    level="MUST",
    rfc="RFC 4279 section 2, RFC 7252 section 9",
    rows=("R4279-02",),
    transports=DTLS,
    requires=("feature:psk-identities",),
    title="A key does not count for an identity that it does not belong to",
)
async def key_of_another(peer: SecurePeer) -> None:
    """For servers that keep a list of who has which key: a right key with an identity that is not on
    the list."""
    await _refused(peer, "the key of another identity", identity=f"nobody-{secrets.token_hex(4)}")


@case(
    "rfc9325/4.1/no-protection",
    level="MUST",
    rfc="RFC 9325 section 4.1",
    rows=("R9325-02",),
    transports=DTLS,
    title="Cipher suites without encryption or without authentication are not negotiated",
)
async def no_protection(peer: SecurePeer) -> None:
    """A client that offers nothing else gets no handshake: NULL ciphers, with the peer's pre-shared
    keys and without, and anonymous key exchanges."""
    bare = (0x002C, 0x00B0, 0x003B, 0xC039, 0xC03A, 0x0034, 0x006C, 0xC018, 0xC015,
            r.RENEGOTIATION_INFO)
    made = r.Hello(suites=bare, extensions=r.groups() + r.signature_algorithms())
    await peer.expect_unwelcome(made, "offered suites without protection alone")
