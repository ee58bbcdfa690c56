"""RFC 8323 sections 8 and 9: CoAP over TLS, on a connection and inside WebSockets."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

from .. import gnutls
from .. import records as r
from ..case import TLS, WSS, case
from ..connection import CLOSED, Connection
from ..gnutls import guessable_key
from ..message import Message
from ..probes import OUR_CSM
from ..records import Hello
from ..secure import ALPN, HandshakeError, Secure
from ..stream import TcpReader
from ..stream_handle import StreamPeer

MANDATORY = "TLS_PSK_WITH_AES_128_CCM_8"
NO_KEY_SECONDS = 4.0
BYTE_PAUSE = 0.002  # seconds
PATIENCE = 3.0  # seconds for an answer to a ClientHello
# Of the time of SSL 3.0 and TLS 1.0, with pre-shared keys, RSA and ECDHE, and of ours.
OLD_SUITES = (0x008C, 0x008D, 0x002F, 0x0035, 0xC013, 0xC014, 0xC009, 0xC00A, 0x00AE,
              r.PSK_AES_128_CCM_8, r.PSK_AES_128_GCM, r.RENEGOTIATION_INFO)


def psk(peer: StreamPeer, what: str) -> str:
    """A priority; skips for a peer without a pre-shared key."""
    if not peer.target.address.keys.has_psk:
        peer.skip("the runner has no pre-shared key for the peer")
    return f"NONE:{what}:{gnutls.REST}"


async def secured(peer: StreamPeer, why: str, **changes: object) -> tuple[Connection, Secure]:
    """A secure connection; the case fails without."""
    connection = await peer.join()
    try:
        return connection, await peer.secure(connection, **changes)  # type: ignore[arg-type]
    except HandshakeError as error:
        if error.alert is None and not await peer.alive():
            await peer.lifeless(why)
        peer.fail(f"{why}: {error}")


async def hello_answered(peer: StreamPeer, hello: Hello) -> list[r.Record]:
    """The records that a ClientHello made by hand is answered with, until the end of the connection
    or of patience."""
    connection = await peer.join()
    connection.is_bare = True
    connection.write_records(hello.stream())
    await connection.next(peer.seconds(PATIENCE) if not connection.raw else 0)
    try:
        return r.split_tls(connection.raw)[0]
    except r.RecordError as error:
        peer.note(str(error))
        return []


def is_welcome(answer: list[r.Record]) -> bool:
    return any(record.content == r.HANDSHAKE and record.fragment[:1] == bytes([r.SERVER_HELLO])
               for record in answer)


@case(
    "rfc8323/8.2/alpn",
    level="MUST",
    rfc="RFC 8323 section 8.2",
    rows=("X-09",),
    transports=TLS,
    title="The protocol coap is chosen when it is offered, alone or beside others",
)
async def alpn(peer: StreamPeer) -> None:
    """On every port but 5684 the server has to negotiate by ALPN, as the client has to close a
    connection where it did not."""
    if peer.target.address.port == 5684:
        peer.skip("on port 5684 a server may do without ALPN")
    for names in ((ALPN,), (b"h2", b"http/1.1", ALPN), (ALPN, b"h2")):
        shown = ", ".join(name.decode() for name in names)
        connection, session = await secured(peer, f"offered {shown}", alpn=names)
        chosen = session.tls.chosen_alpn
        peer.check(chosen == ALPN, f"offered {shown}: expected that coap is chosen; got "
                   f"{chosen.decode() if chosen else 'no choice'}")
        connection.close()


@case(
    "rfc8323/8.2/alpn-none-in-common",
    level="MUST",
    rfc="RFC 8323 section 8.2, RFC 7301 section 3.2",
    rows=("R7301-01",),
    transports=TLS,
    title="A client that offers other protocols only is refused with no_application_protocol",
)
async def alpn_none_in_common(peer: StreamPeer) -> None:
    """A server that negotiates by ALPN ends such a handshake with that alert. Servers that do not
    negotiate are not asked."""
    connection, session = await secured(peer, "offered coap")
    if session.tls.chosen_alpn != ALPN:
        peer.skip("the peer does not negotiate by ALPN")
    connection.close()
    connection = await peer.join()
    try:
        session = await peer.secure(connection, alpn=(b"h2",))
    except HandshakeError as error:
        if error.alert is None:
            peer.warn(f"offered h2 alone: expected the alert no_application_protocol; got {error}")
        else:
            peer.check_should(session_alert(error) == r.NO_APPLICATION_PROTOCOL,
                              f"offered h2 alone: expected the alert no_application_protocol; got "
                              f"'{error.alert}'")
        return
    if session.tls.protocol.startswith("TLS1.3"):
        # There the client is through before the server has looked at its last flight.
        arrival = await connection.next(peer.seconds(0.5))
        if arrival and arrival.kind == CLOSED:
            return
    peer.fail("offered h2 alone: expected the alert no_application_protocol; got a session")


def session_alert(error: HandshakeError) -> int:
    """The number of the alert that ended a handshake."""
    names = {gnutls.alert_name(number): number for number in r.ALERTS}
    return names.get(error.alert or "", -1)


@case(
    "rfc8323/9.1/plain-message",
    level="MUST",
    rfc="RFC 8323 section 9.1",
    rows=("X-05",),
    transports=TLS,
    title="Messages without TLS on the secure port get no CoAP answer",
)
async def plain_message(peer: StreamPeer) -> None:
    """A CSM and a GET right behind the connection. An alert, the end of the connection and silence
    are all fine."""
    connection = await peer.join()
    connection.is_bare = True
    request = peer.request(connection)
    for message in (OUR_CSM, request):
        connection.write_records(connection.encoded(message), f"{message} without TLS")
    await connection.next(peer.seconds(1.0))
    if not await peer.alive():
        await peer.lifeless("messages without TLS")
    found = [m for m in TcpReader().feed(connection.raw) if isinstance(m, Message)]
    answer = next((m for m in found if m.token == request.token and m.is_response), None)
    peer.check(answer is None, f"a GET without TLS: expected no answer; got {answer}")


@case(
    "rfc8323/9.1/wrong-key",
    level="MUST",
    rfc="RFC 8323 section 9.1, RFC 4279 section 2",
    rows=("R4279-01",),
    transports=TLS,
    title="A client with a wrong key gets no session over TLS",
)
async def wrong_key(peer: StreamPeer) -> None:
    """The right identity, another key; by TLS 1.2, and by what the peer likes best."""
    await _refused(peer, "a wrong key", key=secrets.token_bytes(16))


@case(
    "rfc8323/9.1/unknown-identity",
    level="MUST",
    rfc="RFC 8323 section 9.1, RFC 4279 section 2",
    rows=("R4279-02",),
    transports=TLS,
    title="A client that is not known gets no session over TLS",
)
async def unknown_identity(peer: StreamPeer) -> None:
    """Neither identity nor key are the server's."""
    identity = f"nobody-{secrets.token_hex(4)}"
    await _refused(peer, "an unknown identity", identity=identity, key=guessable_key(identity))


async def _refused(peer: StreamPeer, why: str, **changes: object) -> None:
    known = peer.target.address.keys
    keys = replace(known, **changes)
    for versions in ("+VERS-TLS1.2", "+VERS-TLS1.3:+VERS-TLS1.2"):
        priority = psk(peer, f"{versions}:{gnutls.CIPHERS}:+PSK:+ECDHE-PSK")
        connection = await peer.join()
        try:
            await peer.secure(connection, keys=keys, priority=priority, seconds=NO_KEY_SECONDS)
        except HandshakeError as error:
            peer.note(f"{why}: {error}")
        else:
            peer.fail(f"{why} ({versions}): expected no session; got one")
        await peer.pause(0.1)
        assert connection.secure
        if versions == "+VERS-TLS1.2":
            _check_incomplete(peer, connection.secure, why)
    if not await peer.alive():
        await peer.lifeless(why)


def _check_incomplete(peer: StreamPeer, session: Secure, why: str) -> None:
    """The server has not said Finished."""
    try:
        seen = r.split_tls(b"".join(session.seen))[0]
    except r.RecordError as error:
        peer.fail(f"{why}: {error}")
    peer.check(all(record.content != r.CHANGE_CIPHER_SPEC for record in seen),
               f"{why}: expected that the server does not complete the handshake; it does")


@case(
    "rfc8323/9.1/mandatory-suite",
    level="SHOULD",
    rfc="RFC 8323 section 9.1, RFC 7925 section 4.2",
    rows=("X-06",),
    transports=TLS,
    title="A TLS client that knows TLS_PSK_WITH_AES_128_CCM_8 alone gets a session",
)
async def mandatory_suite(peer: StreamPeer) -> None:
    """The suite of RFC 7925 for pre-shared keys. Servers that have no constrained clients may follow
    other advice (RFC 9325), so a refusal is a warning."""
    priority = psk(peer, "+VERS-TLS1.2:+PSK:+AES-128-CCM-8")
    connection = await peer.join()
    try:
        session = await peer.secure(connection, priority=priority)
    except HandshakeError as error:
        if not await peer.alive():
            await peer.lifeless(f"offered {MANDATORY} alone")
        peer.warn(f"offered {MANDATORY} alone: {error}")
        return
    peer.check(session.tls.suite == MANDATORY, f"expected {MANDATORY}; got {session.tls.suite}")
    await peer.expect_usable(await peer.connect(via=connection), f"secured by {MANDATORY}")


class Dripping:
    """Holds back what is sent, and lets it go one byte at a time."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.bytes: asyncio.Queue[int] = asyncio.Queue()

    def __call__(self, data: bytes) -> list[bytes]:
        for byte in data:
            self.bytes.put_nowait(byte)
        return []

    async def run(self) -> None:
        while True:
            byte = await self.bytes.get()
            self.connection.write_records(bytes([byte]), "one byte")
            await asyncio.sleep(BYTE_PAUSE)


@case(
    "rfc5246/6.2.1/split-everywhere",
    level="MUST",
    rfc="RFC 5246 section 6.2.1, RFC 8323 section 9.1",
    rows=("R5246-03",),
    transports=TLS,
    title="A handshake that comes byte by byte is as good as a whole one",
)
async def split_everywhere(peer: StreamPeer) -> None:
    """A stream has no borders: records may end anywhere in a segment. The request behind the
    handshake comes in the same way."""
    connection = await peer.join()
    dripping = Dripping(connection)
    task = asyncio.create_task(dripping.run())
    try:
        await peer.secure(connection, outgoing=dripping)
        await peer.expect_usable(await peer.connect(via=connection), "a handshake byte by byte")
    except HandshakeError as error:
        if not await peer.alive():
            await peer.lifeless("a handshake byte by byte")
        peer.fail(f"a handshake byte by byte: {error}")
    finally:
        task.cancel()


@case(
    "rfc5246/7.2.1/close-over-tls",
    level="MUST",
    rfc="RFC 5246 section 7.2.1, RFC 8446 section 6.1",
    rows=("R5246-01",),
    transports=TLS,
    title="A close_notify over TLS ends the connection",
)
async def close_over_tls(peer: StreamPeer) -> None:
    """By TLS 1.2, where the other side has to answer with its own and close."""
    priority = psk(peer, f"+VERS-TLS1.2:{gnutls.CIPHERS}:+PSK:+ECDHE-PSK")
    connection, session = await secured(peer, "TLS 1.2", priority=priority)
    await peer.expect_usable(await peer.connect(via=connection), "TLS 1.2")
    session.tls.bye()
    seen = await peer.ending(connection)
    if not (seen.closed or session.ended):
        if not await peer.alive():
            await peer.lifeless("a close_notify")
        peer.fail("a close_notify: expected another one, or the end of the connection; it stays "
                  "open")
    peer.check_should(session.tls.ended, "a close_notify: expected another one before the end of "
                      "the connection; got none")


@case(
    "rfc9325/3.1.1/old-versions",
    level="MUST",
    rfc="RFC 9325 section 3.1.1, RFC 8996 sections 4 and 5",
    rows=("R9325-01",),
    transports=TLS,
    title="SSL 3.0, TLS 1.0 and TLS 1.1 are not negotiated",
)
async def old_versions(peer: StreamPeer) -> None:
    """Each offered as the newest version that the client has."""
    extensions = r.groups() + r.signature_algorithms() + r.alpn(ALPN)
    for version in (r.SSL_3_0, r.TLS_1_0, r.TLS_1_1):
        answer = await hello_answered(peer, Hello(version=version, suites=OLD_SUITES,
                                                  extensions=extensions))
        peer.check(not is_welcome(answer), f"offered {r.VERSIONS[version]}: expected no "
                   "ServerHello; got one")
    if not await peer.alive():
        await peer.lifeless("an old version")


@case(
    "rfc8323/9.2/plain-handshake",
    level="MUST",
    rfc="RFC 8323 section 9.2, RFC 6455 section 4.2",
    rows=("X-05",),
    transports=WSS,
    title="An opening handshake without TLS on the secure port is not completed",
)
async def plain_handshake(peer: StreamPeer) -> None:
    """Whoever switches to WebSockets there has no security. Any refusal is fine."""
    connection = await peer.join()
    connection.upgrade()
    arrival = await connection.next(peer.seconds(1.0))
    if not await peer.alive():
        await peer.lifeless("an opening handshake without TLS")
    status = arrival.head.status if arrival and arrival.head else 0
    peer.check(status != 101, "an opening handshake without TLS: expected no 101; got one")


@case(
    "rfc8323/9.2/wrong-key",
    level="MUST",
    rfc="RFC 8323 section 9.2, RFC 4279 section 2",
    rows=("R4279-01",),
    transports=WSS,
    title="A client with a wrong key gets no secure WebSocket",
)
async def wrong_key_wss(peer: StreamPeer) -> None:
    """The right identity, another key."""
    await _refused(peer, "a wrong key", key=secrets.token_bytes(16))
