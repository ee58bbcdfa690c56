"""Clients over TLS and secure WebSockets: what goes inside, how they begin and how they end (RFC
8323 section 9, RFC 7925, RFC 5246). Servers whose certificates are not good are in clients.py."""

from __future__ import annotations

from collections.abc import Iterator

from .. import gnutls
from .. import records as r
from .. import websocket as ws
from ..case import TLS, WSS
from ..client_handle import ClientPeer, Serving
from ..websocket import Head
from .clients import (
    CERTIFIED,
    NO_NAME,
    ONLY_TLS_1_1,
    expect_another_key_refused,
    expect_served_with_the_certified_suite,
    expect_served_with_the_suite,
    names_localhost,
    offers_coap,
    secure_case,
    trust_the_good,
)

TLS_HEADER = 5  # bytes before the fragment of a record
KINDS = (r.CHANGE_CIPHER_SPEC, r.ALERT, r.HANDSHAKE, r.APPLICATION_DATA)
FAREWELL_SECONDS = 2.0  # for the last records of a client that has ended
GLANCE = 0.05  # seconds between two looks


def contents(serving: Serving) -> Iterator[int]:
    """The content types of the records that the client has sent."""
    stream, at = b"".join(serving.seen), 0
    while at + TLS_HEADER <= len(stream):
        yield stream[at]
        at += TLS_HEADER + int.from_bytes(stream[at + 3 : at + TLS_HEADER], "big")


async def expect_only_tls(client: ClientPeer) -> None:
    """What a correct server gets is a handshake, and application data behind it."""
    serving = await client.expect_served("a correct server")
    found = list(contents(serving))
    client.check(found[:1] == [r.HANDSHAKE] and set(found) <= set(KINDS),
                 "expected records of TLS, a handshake first; the first bytes are "
                 f"{b''.join(serving.seen)[:8].hex()}")
    client.check(r.APPLICATION_DATA in found, "expected application data; there is none")


@secure_case(
    "rfc8323/9.1/client-application-data",
    level="MUST",
    rfc="RFC 8323 section 9.1, RFC 7252 section 9.1.1",
    rows=("X-05",),
    transports=TLS,
    title="A client sends nothing but TLS on the connection",
)
async def application_data(client: ClientPeer) -> None:
    """From the first byte on: no CSM and no request goes before the handshake."""
    await expect_only_tls(client)


@secure_case(
    "rfc8323/9.2/client-application-data",
    level="MUST",
    rfc="RFC 8323 section 9.2, RFC 6455 section 4.1",
    rows=("X-05",),
    transports=WSS,
    title="A client sends nothing but TLS on the connection of a secure WebSocket",
)
async def application_data_wss(client: ClientPeer) -> None:
    """The opening handshake of the WebSocket comes when that of TLS is done."""
    await expect_only_tls(client)


@secure_case(
    "rfc8323/9.1/client-mandatory-suite",
    level="MUST",
    rfc="RFC 8323 section 9.1, RFC 7925 section 4.2",
    rows=("X-06",),
    transports=TLS,
    title="A client with a pre-shared key is served over TLS by a server that knows "
          "TLS_PSK_WITH_AES_128_CCM_8 alone",
)
async def mandatory_suite(client: ClientPeer) -> None:
    """The one suite that both sides have to have, as over DTLS."""
    await expect_served_with_the_suite(client, "TLS1.2")


@secure_case(
    "rfc8323/9.1/client-mandatory-suite-certified",
    level="MUST",
    rfc="RFC 8323 section 9.1, RFC 7925 section 4.4",
    rows=("X-07",),
    transports=TLS,
    requires=CERTIFIED,
    title="A client with a certificate is served over TLS by a server that knows "
          "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 alone",
)
async def mandatory_suite_certified(client: ClientPeer) -> None:
    """On the curve secp256r1."""
    await expect_served_with_the_certified_suite(client, "TLS1.2")


@secure_case(
    "rfc8323/9.1/client-names-the-server",
    level="SHOULD",
    rfc="RFC 8323 section 9.1, RFC 7925 section 4.4.1",
    rows=("R7925-07",),
    transports=TLS,
    title="A client says by SNI which host it wants over TLS",
)
async def names_the_server(client: ClientPeer) -> None:
    """For servers that are several hosts; the name is the default of Uri-Host as well (8.5)."""
    client.check_should(await names_localhost(client), NO_NAME)


@secure_case(
    "rfc8323/9.2/client-names-the-server",
    level="MUST",
    rfc="RFC 8323 section 9.2, RFC 6455 section 4.1",
    rows=("R7925-07",),
    transports=WSS,
    title="A client says by SNI which host it wants over secure WebSockets",
)
async def names_the_server_wss(client: ClientPeer) -> None:
    """RFC 6455 makes a must of it: clients of WebSockets have to use the extension."""
    client.check(await names_localhost(client), NO_NAME)


@secure_case(
    "rfc8323/9.1/server-trusted",
    level="INTEROP",
    rfc="RFC 8323 section 9.1, RFC 7925 section 4.4",
    rows=("X-07",),
    transports=TLS,
    requires=CERTIFIED,
    title="A client is served over TLS by a server whose certificate is good",
)
async def server_trusted(client: ClientPeer) -> None:
    """Signed by the client's authority, in date, with the address of the URI among its names.
    Without this the other cases about certificates mean little."""
    await trust_the_good(client)


@secure_case(
    "rfc8323/9.2/server-trusted",
    level="INTEROP",
    rfc="RFC 8323 section 9.2, RFC 7925 section 4.4",
    rows=("X-07",),
    transports=WSS,
    requires=CERTIFIED,
    title="A client is served over secure WebSockets by a server whose certificate is good",
)
async def server_trusted_wss(client: ClientPeer) -> None:
    """As over TLS alone: the other cases about certificates mean little without."""
    await trust_the_good(client)


@secure_case(
    "rfc8323/8.2/client-refused-protocol",
    level="MUST",
    rfc="RFC 8323 section 8.2",
    rows=("X-09",),
    transports=TLS,
    title="A client sends nothing to a server on another port than 5684 that refuses its protocol",
)
async def refused_protocol(client: ClientPeer) -> None:
    """The server speaks something else, and answers with the alert no_application_protocol. To come
    back without the extension is no way out: it may still speak something else."""
    if not offers_coap(await client.expect_served("a correct server")):
        client.skip("the client offers nothing by ALPN, so that nothing is refused")
    await client.expect_refused("a server that speaks other protocols than coap",
                                alpn=lambda: (b"http/1.1",))


@secure_case(
    "rfc5246/7.2.1/client-goodbye",
    level="MUST",
    rfc="RFC 5246 section 7.2.1",
    rows=("R5246-01",),
    transports=TLS,
    title="A client says close_notify before it closes",
)
async def goodbye(client: ClientPeer) -> None:
    """By TLS 1.2, where the type of a protected record can be seen: the last one is an alert."""
    priority = f"NONE:+VERS-TLS1.2:{gnutls.CIPHERS}:+PSK:+ECDHE-PSK:{gnutls.REST}"
    async with client.server(priority=lambda: priority) as serving:
        outcome = await client.ask(serving)
        client.check(outcome.worked, "a server of TLS 1.2: expected that the request is answered; "
                     f"{outcome.text}")
        for _ in range(round(client.seconds(FAREWELL_SECONDS) / GLANCE)):
            if list(contents(serving))[-1] == r.ALERT:
                return
            await client.pause(GLANCE)
    client.fail("expected a close_notify as the last record; it is a record of another type")


@secure_case(
    "rfc8323/9.2/server-wrong-key",
    level="MUST",
    rfc="RFC 8323 section 9.2, RFC 4279 section 2",
    rows=("R4279-01",),
    transports=WSS,
    title="A client sends nothing over secure WebSockets to a server that has another key",
)
async def wrong_key_wss(client: ClientPeer) -> None:
    """There is no session, and no opening handshake goes out."""
    await expect_another_key_refused(client)


@secure_case(
    "rfc9325/3.1.1/client-old-versions-wss",
    level="MUST",
    rfc="RFC 9325 section 3.1.1, RFC 8996 sections 4 and 5",
    rows=("R9325-01",),
    transports=WSS,
    title="A client sends nothing over secure WebSockets to a server that has nothing newer than "
          "TLS 1.1",
)
async def old_versions_wss(client: ClientPeer) -> None:
    """The server chooses TLS 1.1 or 1.0 whatever it is offered."""
    await client.expect_refused("a server of TLS 1.1", priority=lambda: ONLY_TLS_1_1)


async def opening(client: ClientPeer) -> tuple[Serving, Head]:
    """The opening handshake that a correct server gets."""
    serving = await client.expect_served("a correct server")
    client.check(serving.heads, "expected an opening handshake; there is none")
    return serving, serving.heads[0]


@secure_case(
    "rfc8323/8.4/client-endpoint",
    level="DEF",
    rfc="RFC 8323 sections 4.1 and 8.4",
    rows=("R8323-27",),
    transports=WSS,
    title="A client opens the WebSocket at the well-known path, and names the URI's host",
)
async def endpoint(client: ClientPeer) -> None:
    """The path of the URI is the resource's, and goes into the request."""
    serving, head = await opening(client)
    client.check(head.first == f"GET {ws.PATH} HTTP/1.1",
                 f"expected 'GET {ws.PATH} HTTP/1.1'; got '{head.first}'")
    host = serving.uri.split("/")[2]
    client.check(head.value("host") == host,
                 f"expected the header field 'Host: {host}'; got '{head.value('host')}'")


@secure_case(
    "rfc8323/9.2/client-subprotocol",
    level="MUST",
    rfc="RFC 8323 sections 4.1 and 9.2",
    rows=("R8323-27",),
    transports=WSS,
    title="A client offers the subprotocol coap over secure WebSockets as well",
)
async def subprotocol(client: ClientPeer) -> None:
    """Among others, if it likes. The server here takes those who do not for clients of something
    else."""
    heads: list[Head] = []
    async with client.server() as serving:
        outcome = await client.ask(serving)
        heads += serving.heads
    client.check(heads, f"expected an opening handshake; there is none: {outcome.text}")
    offered = heads[0].words("sec-websocket-protocol")
    client.check(ws.SUBPROTOCOL in offered, "expected coap among the subprotocols; the client "
                 f"offers {', '.join(filter(None, offered)) or 'none'}")
