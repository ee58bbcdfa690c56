"""RFC 7252 section 9.1.3.3: sessions with certificates, over DTLS and (RFC 8323 section 9) over TLS."""

from __future__ import annotations

from pathlib import Path

from .. import certificates, gnutls
from .. import records as r
from ..case import DTLS, TLS, case
from ..connection import CLOSED
from ..gnutls import Keys
from ..secure import HandshakeError, Secure
from ..secure_handle import SecurePeer
from ..stream_handle import StreamPeer

MANDATORY = "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"
ONE_CURVE = gnutls.REST.replace("+GROUP-ALL", "+GROUP-SECP256R1")
ONLY_MANDATORY = f"NONE:+VERS-DTLS1.2:+VERS-TLS1.2:+ECDHE-ECDSA:+AES-128-CCM-8:{ONE_CURVE}"
SMALL_MTU = 256  # bytes: no certificate fits
REFUSAL_SECONDS = 5.0
WITH_OWN, ASKED_FOR = ("feature:certificates",), ("feature:certificates",
                                                  "feature:client-certificates")


def others(keys: Keys, name: str) -> Keys | None:
    """Another certificate beside the right one; None when there is no such file."""
    folder = Path(keys.ca).parent
    found = certificates.keys(folder, name)
    return found if Path(found.certificate).is_file() else None


def strangers(keys: Keys) -> Keys:
    """A certificate that somebody else vouches for. Trusts the peer as the right one does."""
    shown = certificates.keys(certificates.temporary(), "stranger")
    return Keys(certificate=shown.certificate, private_key=shown.private_key, ca=keys.ca)


def is_complete(session: Secure) -> bool:
    """Whether the server has said Finished, as far as can be seen."""
    found: list[r.Record] = []
    for piece in session.seen if session.side.is_datagram else [b"".join(session.seen)]:
        try:
            found += r.split(piece) if session.side.is_datagram else r.split_tls(piece)[0]
        except r.RecordError:
            continue
    return any(record.content == r.CHANGE_CIPHER_SPEC for record in found)


@case(
    "rfc7252/9.1.3.3/mandatory-suite",
    level="MUST",
    rfc="RFC 7252 section 9.1.3.3",
    rows=("X-07", "R7252-124"),
    transports=DTLS,
    requires=WITH_OWN,
    title="A client that knows TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 alone gets a session",
)
async def mandatory_suite(peer: SecurePeer) -> None:
    """The one cipher suite that every implementation with certificates has to have, on the one curve
    that it has to have, secp256r1."""
    why = f"offered {MANDATORY} alone"
    session = await peer.secured(why, keys=peer.target.address.certified, priority=ONLY_MANDATORY)
    assert session.secure
    peer.check(session.secure.tls.suite == MANDATORY, f"{why}; got {session.secure.tls.suite}")
    await peer.expect_usable(session, f"secured by {MANDATORY}")


@case(
    "rfc6347/4.2.3/certificate-fragments",
    level="MUST",
    rfc="RFC 6347 section 4.2.3",
    rows=("R6347-07",),
    transports=DTLS,
    requires=ASKED_FOR,
    title="A certificate that comes in fragments is put together",
)
async def certificate_fragments(peer: SecurePeer) -> None:
    """As on a network whose datagrams are small: the client's certificate is sent in datagrams of at
    most 256 bytes."""
    why = "a certificate in fragments"
    session = await peer.secured(why, keys=peer.target.address.certified, mtu=SMALL_MTU)
    assert session.secure
    cut = [m for record in peer.records(session.secure.sent) if record.content == r.HANDSHAKE
           and not record.is_protected for m in r.messages_of(record)
           if m.kind == r.CERTIFICATE and len(m.body) < m.whole_length]
    if not cut:
        peer.inconclusive("the certificate was not cut")
    await peer.expect_usable(session, why)


async def _refused(peer: SecurePeer, why: str, keys: Keys) -> str | None:
    """None when a client with such keys is refused, else what is wrong."""
    socket = await peer.socket()
    try:
        await peer.session(via=socket, keys=keys, seconds=REFUSAL_SECONDS,
                           flags=gnutls.FORCE_CLIENT_CERT)
    except HandshakeError as error:
        peer.note(f"{why}: {error}")
        if not await peer.alive():
            await peer.lifeless(why)
        assert socket.secure
        return "the server completes the handshake" if is_complete(socket.secure) else None
    return "got a session"


@case(
    "rfc7252/9.1.3.3/untrusted-client",
    level="MUST",
    rfc="RFC 7252 section 9.1.3.3",
    rows=("R7925-01",),
    transports=DTLS,
    requires=ASKED_FOR,
    title="A client whose certificate nobody trusted has signed is refused",
)
async def untrusted_client(peer: SecurePeer) -> None:
    """For a server that asks its clients for certificates: one with the right names, signed by
    another authority. Certificates have to be validated (RFC 5280 section 6)."""
    wrong = await _refused(peer, "a certificate of another authority",
                           strangers(peer.target.address.certified))
    peer.check(wrong is None, f"a certificate of another authority: expected no session; {wrong}")


@case(
    "rfc7252/9.1.3.3/no-client-certificate",
    level="DEF",
    rfc="RFC 7252 sections 9.1.1 and 9.1.3.3",
    rows=("R7925-02",),
    transports=DTLS,
    requires=ASKED_FOR,
    title="A client without certificate is refused where both sides have to show one",
)
async def no_client_certificate(peer: SecurePeer) -> None:
    """Sessions with certificates are set up by mutual authentication."""
    wrong = await _refused(peer, "no certificate", Keys(ca=peer.target.address.certified.ca))
    peer.check(wrong is None, f"no certificate: expected no session; {wrong}")


@case(
    "rfc7252/9.1.3.3/expired-client",
    level="SHOULD",
    rfc="RFC 7252 section 9.1.3.3",
    rows=("R7925-03",),
    transports=DTLS,
    requires=ASKED_FOR,
    title="A client whose certificate has expired is refused",
)
async def expired_client(peer: SecurePeer) -> None:
    """A server that knows what day it is should look at the dates."""
    keys = others(peer.target.address.certified, "expired")
    if keys is None:
        peer.skip("the runner has no expired certificate that the peer would trust")
    wrong = await _refused(peer, "an expired certificate", keys)
    peer.check_should(wrong is None, f"an expired certificate: expected no session; {wrong}")


async def _refused_over_tls(peer: StreamPeer, why: str, keys: Keys) -> str | None:
    """None when a client with such keys is refused, else what is wrong. Of TLS 1.2, as in 1.3 a
    client is through before the server has looked at its certificate."""
    connection = await peer.join()
    priority = f"NONE:+VERS-TLS1.2:{gnutls.CIPHERS}:{gnutls.REST}"
    try:
        session = await peer.secure(connection, keys=keys, seconds=REFUSAL_SECONDS,
                                    priority=gnutls.priority_of(keys, priority),
                                    flags=gnutls.FORCE_CLIENT_CERT)
    except HandshakeError as error:
        peer.note(f"{why}: {error}")
        if not await peer.alive():
            await peer.lifeless(why)
        assert connection.secure
        return "the server completes the handshake" if is_complete(connection.secure) else None
    arrival = await connection.next(peer.seconds(0.5))
    if arrival and arrival.kind == CLOSED and not session.tls.ended:
        return None
    return "got a session"


@case(
    "rfc8323/9.1/untrusted-client",
    level="MUST",
    rfc="RFC 8323 section 9.1, RFC 7925 section 4.4",
    rows=("R7925-01",),
    transports=TLS,
    requires=ASKED_FOR,
    title="A TLS client whose certificate nobody trusted has signed is refused",
)
async def untrusted_client_over_tls(peer: StreamPeer) -> None:
    """For a server that asks its clients for certificates."""
    wrong = await _refused_over_tls(peer, "a certificate of another authority",
                                    strangers(peer.target.address.certified))
    peer.check(wrong is None, f"a certificate of another authority: expected no session; {wrong}")


@case(
    "rfc8323/9.1/no-client-certificate",
    level="DEF",
    rfc="RFC 8323 section 9.1, RFC 7925 section 4.4",
    rows=("R7925-02",),
    transports=TLS,
    requires=ASKED_FOR,
    title="A TLS client without certificate is refused where both sides have to show one",
)
async def no_client_certificate_over_tls(peer: StreamPeer) -> None:
    """For a server that asks its clients for certificates."""
    wrong = await _refused_over_tls(peer, "no certificate",
                                    Keys(ca=peer.target.address.certified.ca))
    peer.check(wrong is None, f"no certificate: expected no session; {wrong}")
