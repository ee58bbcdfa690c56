"""Clients over DTLS and TLS: whom they trust, how they begin (RFC 7252 section 9, RFC 6347, RFC 8323
section 9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .. import gnutls
from .. import records as r
from ..case import DTLS, TLS, WSS, case
from ..client_handle import ClientPeer, Serving, client_keys, shown

LOCALHOST = "localhost"
LONG_COOKIE = 32  # bytes: the most there can be in every version
LOSSY_SECONDS = 30.0
NO_NAME = f"a URI with the host {LOCALHOST}: expected that name in the ClientHello; it is not there"
PSK_ANY = ("feature:psk",)
CERTIFIED = ("feature:certificates",)
ONLY_DTLS_1_0 = ("NONE:+VERS-DTLS1.0:+AES-128-CBC:+AES-256-CBC:+PSK:+DHE-PSK:+ECDHE-PSK:"
                 f"{gnutls.REST}")
ONLY_TLS_1_1 = ONLY_DTLS_1_0.replace("+VERS-DTLS1.0", "+VERS-TLS1.1:+VERS-TLS1.0")


Body = Callable[[ClientPeer], Awaitable[None]]


def secure_case(id: str, *, level: str, rfc: str, title: str, rows: tuple[str, ...],
                transports: tuple[str, ...], requires: tuple[str, ...] = PSK_ANY,
                slow: bool = False) -> Callable[[Body], Body]:
    """Declares a case about clients over DTLS or TLS."""
    return case(id, level=level, rfc=rfc, title=title, rows=rows, role="client",
                transports=transports, requires=requires, slow=slow)


def suites_of(body: bytes) -> list[int]:
    """The cipher suites in a ClientHello of DTLS."""
    at = 35 + body[34]
    at += 1 + body[at]
    length = int.from_bytes(body[at : at + 2], "big")
    listed = body[at + 2 : at + 2 + length]
    return [int.from_bytes(listed[n : n + 2], "big") for n in range(0, len(listed), 2)]


def without_cookie(body: bytes) -> bytes:
    """A ClientHello of DTLS but for its cookie."""
    at = 35 + body[34]
    return body[:at] + body[at + 1 + body[at] :]


async def need_certificates(client: ClientPeer) -> None:
    """Skips for a client that a server with a good certificate cannot serve."""
    async with client.server() as serving:
        outcome = await client.ask(serving, client_keys())
    if not outcome.worked:
        client.skip("the client does not take the runner's certificates")


async def trust_the_good(client: ClientPeer) -> None:
    """Warns of a client that a server with a good certificate cannot serve."""
    async with client.server() as serving:
        outcome = await client.ask(serving, client_keys())
    client.check_should(outcome.worked, "a good certificate: expected that the request is "
                        f"answered; {outcome.text}")


async def expect_served_with_the_suite(client: ClientPeer, version: str) -> None:
    """By a server with the one suite that both sides have to have, for pre-shared keys."""
    only = f"NONE:+VERS-{version}:+PSK:+AES-128-CCM-8:{gnutls.REST}"
    await client.expect_served("a server with TLS_PSK_WITH_AES_128_CCM_8 alone",
                               priority=lambda: only)


async def expect_served_with_the_certified_suite(client: ClientPeer, version: str) -> None:
    """By a server with the one suite for certificates, on the curve secp256r1."""
    curve = gnutls.REST.replace("+GROUP-ALL", "+GROUP-SECP256R1")
    only = f"NONE:+VERS-{version}:+ECDHE-ECDSA:+AES-128-CCM-8:{curve}"
    await need_certificates(client)
    await client.expect_served("a server with TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 alone",
                               client_keys(), priority=lambda: only)


async def expect_another_key_refused(client: ClientPeer) -> None:
    """The server's Finished cannot be verified: there is no session."""
    await client.expect_refused("a server with another key",
                                key_for=lambda identity: b"another key than the client has")


async def names_localhost(client: ClientPeer) -> bool:
    """Whether a client that is told the name localhost says it in its ClientHello (SNI), and over
    DTLS in each of them."""
    async with client.server() as serving:
        serving.uri = serving.uri.replace(client.target.address.host, LOCALHOST)
        outcome = await client.ask(serving)
    hellos = ([hello.body for hello in serving.hellos()] if client.is_datagram
              else list(filter(None, [b"".join(serving.seen)])))
    if not hellos:
        client.inconclusive(f"the client does not find {LOCALHOST}: {outcome.text}")
    name = r.extension(0, r.vector(b"\0" + r.vector(LOCALHOST.encode(), 2), 2))
    return all(name in hello for hello in hellos)


def offers_coap(serving: Serving) -> bool:
    """Whether the client has coap among its protocols (RFC 7301)."""
    offered = r.alpn(b"coap")[6:]  # the name behind its length, wherever it is in the list
    return offered in b"".join(serving.seen)[:1024]


@secure_case(
    "rfc7252/9.1.1/client-application-data",
    level="MUST",
    rfc="RFC 7252 section 9.1.1",
    rows=("X-05",),
    transports=DTLS,
    title="A client sends nothing but DTLS, and its request on the session only",
)
async def application_data(client: ClientPeer) -> None:
    """From the first datagram on: a handshake, then protected application data."""
    serving = await client.expect_served("a correct server")
    for datagram in serving.seen:
        try:
            found = r.split(datagram)
        except r.RecordError:
            client.fail(f"expected DTLS records; got {datagram.hex()}")
        for record in found:
            client.check(record.epoch > 0 or record.content != r.APPLICATION_DATA,
                         f"expected protected application data; got {record}")


@secure_case(
    "rfc7252/9.1.3.1/client-mandatory-suite",
    level="MUST",
    rfc="RFC 7252 section 9.1.3.1",
    rows=("X-06", "R7252-123"),
    transports=DTLS,
    title="A client with a pre-shared key is served by a server that knows "
          "TLS_PSK_WITH_AES_128_CCM_8 alone",
)
async def mandatory_suite(client: ClientPeer) -> None:
    """The one suite that both sides have to have."""
    await expect_served_with_the_suite(client, "DTLS1.2")


@secure_case(
    "rfc7252/9.1.3.3/client-mandatory-suite",
    level="MUST",
    rfc="RFC 7252 section 9.1.3.3",
    rows=("X-07", "R7252-124"),
    transports=DTLS,
    requires=CERTIFIED,
    title="A client with a certificate is served by a server that knows "
          "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 alone",
)
async def mandatory_suite_certified(client: ClientPeer) -> None:
    """The one suite that both sides have to have, on the curve secp256r1."""
    await expect_served_with_the_certified_suite(client, "DTLS1.2")


@secure_case(
    "rfc7252/9.1.3/client-names-the-server",
    level="SHOULD",
    rfc="RFC 7252 section 9.1.3, RFC 6066 section 3",
    rows=("R7925-07",),
    transports=DTLS,
    title="A client says by SNI which host it wants",
)
async def names_the_server(client: ClientPeer) -> None:
    """For servers that are several hosts, with a key for each. The URI has a name, localhost."""
    client.check_should(await names_localhost(client), NO_NAME)


@secure_case(
    "rfc6347/4.2.1/client-cookies",
    level="MUST",
    rfc="RFC 6347 section 4.2.1",
    rows=("R6347-20",),
    transports=DTLS,
    title="A client returns the cookie that it is given, or does without",
)
async def cookies(client: ClientPeer) -> None:
    """Servers that ask for a short one, for one of 32 bytes, and for none at all. DTLS 1.2 allows up
    to 255, but earlier versions 32, and it is one of those that a HelloVerifyRequest names."""
    await client.expect_served("a cookie of 8 bytes", cookie=lambda secret, source: secret[:8])
    await client.expect_served("a cookie of 32 bytes",
                               cookie=lambda secret, source: (secret * 2)[:LONG_COOKIE])
    await client.expect_served("no cookie", asks_for_cookie=lambda: False)


@secure_case(
    "rfc6347/4.2.1/client-hello-again",
    level="MUST",
    rfc="RFC 6347 section 4.2.1",
    rows=("R6347-21",),
    transports=DTLS,
    title="A client's second ClientHello is the first one with the cookie",
)
async def hello_again(client: ClientPeer) -> None:
    """Version, random value, session ID, cipher suites and compression stay as they were: the server
    has kept nothing of the first."""
    serving = await client.expect_served("a correct server")
    hellos = serving.hellos()
    client.check(len(hellos) >= 2, f"expected two ClientHellos; got {len(hellos)}")
    for name, value in (("random value", lambda b: b[2:34]), ("cipher suites", suites_of)):
        first, second = value(hellos[0].body), value(hellos[1].body)
        client.check(first == second, f"expected the same {name} in both ClientHellos; "
                     f"got {first!r} and {second!r}")


@secure_case(
    "rfc6347/4.2.4/client-losses",
    level="MUST",
    rfc="RFC 6347 section 4.2.4",
    rows=("R6347-09",),
    transports=DTLS,
    slow=True,
    title="A client sends its flights again when they or the answers are lost",
)
async def losses(client: ClientPeer) -> None:
    """Of each client the first ClientHello is lost, and the first copies of the server's flight."""
    lost: dict[str, int] = {}

    def first(what: str) -> bool:
        lost[what] = lost.get(what, 0) + 1
        return lost[what] == 1

    def flight_passes(datagram: bytes, memory: object) -> bool:
        record = r.split(datagram)[0]
        return record.content != r.HANDSHAKE or record.epoch > 0 or not first(
            f"message {record.fragment[0]}")

    await client.expect_served("the first HelloVerifyRequest is lost", seconds=LOSSY_SECONDS,
                               answers_hello=lambda tries: not first("hello"))
    await client.expect_served("the server's first flight is lost", seconds=LOSSY_SECONDS,
                               goes_out=flight_passes)


@secure_case(
    "rfc4279/2/server-wrong-key",
    level="MUST",
    rfc="RFC 4279 section 2, RFC 5246 section 7.4.9",
    rows=("R4279-01",),
    transports=DTLS,
    title="A client sends nothing to a server that has another key",
)
async def wrong_key(client: ClientPeer) -> None:
    """The server's Finished cannot be verified: there is no session, and no request goes out."""
    await expect_another_key_refused(client)


@secure_case(
    "rfc7252/9.1.2/insecure-response",
    level="MUST",
    rfc="RFC 7252 section 9.1.2",
    rows=("X-05",),
    transports=DTLS,
    title="A client takes no response without protection for the answer to its request",
)
async def insecure_response(client: ClientPeer) -> None:
    """The response to a request on a session comes without DTLS, as anybody could forge it."""
    async with client.server(in_the_clear=lambda: True) as serving:
        outcome = await client.ask(serving, seconds=4.0)
    client.check(serving.requests, f"the request did not come: {outcome.text}")
    client.check(not outcome.worked, "a response without DTLS: expected that it is ignored; it is "
                 f"taken for the answer: {outcome.text}")


def certificate_case(id: str, title: str, text: str, name: str, *, level: str = "MUST",
                     transports: tuple[str, ...], rfc: str, row: str) -> None:
    """A case about a server whose certificate is not good enough."""
    async def meets(client: ClientPeer) -> None:
        why = f"a server with the certificate '{name}'"
        wrong = await client.refusal(client_keys(), keys=lambda: shown(name))
        told = f"{why}: expected that the client sends nothing; {wrong}"
        if level == "SHOULD":
            client.check_should(wrong is None, told)
        else:
            client.check(wrong is None, told)

    meets.__doc__ = text
    secure_case(id, level=level, rfc=rfc, rows=(row,), transports=transports,
                requires=CERTIFIED, title=title)(meets)


_TLS_GUIDANCE = "RFC 7925 section 4.4"
for _inside, _where, _rfc, _over in (
        (DTLS, "rfc7252/9.1.3.3", "RFC 7252 section 9.1.3.3", ""),
        (TLS, "rfc8323/9.1", f"RFC 8323 section 9.1, {_TLS_GUIDANCE}", " over TLS"),
        (WSS, "rfc8323/9.2", f"RFC 8323 section 9.2, {_TLS_GUIDANCE}", " over secure WebSockets")):
    certificate_case(
        f"{_where}/server-untrusted",
        f"A client sends nothing{_over} to a server whose certificate nobody trusted has signed",
        "The right names, signed by another authority than the client's.", "stranger",
        transports=_inside, rfc=_rfc, row="R7925-04")
    certificate_case(
        f"{_where}/server-elsewhere",
        f"A client sends nothing{_over} to a server whose certificate is about another host",
        "Signed by the right authority, but neither the address nor the name of the URI is in it.",
        "elsewhere", transports=_inside, rfc=_rfc, row="R7925-05")
    certificate_case(
        f"{_where}/server-expired",
        f"A client sends nothing{_over} to a server whose certificate has expired",
        "Clients that know what day it is should look at the dates.", "expired", level="SHOULD",
        transports=_inside, rfc=_rfc, row="R7925-06")


@secure_case(
    "rfc7252/9.1.3.3/server-trusted",
    level="INTEROP",
    rfc="RFC 7252 section 9.1.3.3",
    rows=("X-07", "R7252-124"),
    transports=DTLS,
    requires=CERTIFIED,
    title="A client is served by a server whose certificate is good",
)
async def server_trusted(client: ClientPeer) -> None:
    """Signed by the client's authority, in date, with the address of the URI among its names. (RFC
    7252 has names of CoAP URIs in mind, which hardly any certificate has.) Without this the other
    cases about certificates mean little."""
    await trust_the_good(client)


@secure_case(
    "rfc9325/3.1.2/client-dtls-1-0",
    level="MUST",
    rfc="RFC 9325 section 3.1.2, RFC 8996 section 6",
    rows=("R9325-01",),
    transports=DTLS,
    title="A client sends nothing to a server that has nothing newer than DTLS 1.0",
)
async def dtls_1_0(client: ClientPeer) -> None:
    """The server chooses DTLS 1.0 whatever it is offered."""
    await client.expect_refused("a server of DTLS 1.0", priority=lambda: ONLY_DTLS_1_0)


@secure_case(
    "rfc9325/3.1.1/client-old-versions",
    level="MUST",
    rfc="RFC 9325 section 3.1.1, RFC 8996 sections 4 and 5",
    rows=("R9325-01",),
    transports=TLS,
    title="A client sends nothing to a server that has nothing newer than TLS 1.1",
)
async def old_versions(client: ClientPeer) -> None:
    """The server chooses TLS 1.1 or 1.0 whatever it is offered."""
    await client.expect_refused("a server of TLS 1.1", priority=lambda: ONLY_TLS_1_1)


@secure_case(
    "rfc8323/8.2/client-alpn",
    level="MUST",
    rfc="RFC 8323 section 8.2",
    rows=("X-09",),
    transports=TLS,
    title="A client offers the protocol coap by ALPN on other ports than 5684",
)
async def client_alpn(client: ClientPeer) -> None:
    """The server is on another port: without the offer it could not know what is spoken."""
    serving = await client.expect_served("a correct server")
    client.check(offers_coap(serving),
                 "expected coap among the protocols in the ClientHello; it is not there")


@secure_case(
    "rfc8323/8.2/client-needs-alpn",
    level="MUST",
    rfc="RFC 8323 section 8.2",
    rows=("X-09",),
    transports=TLS,
    title="A client closes a connection on another port than 5684 whose server chose no protocol",
)
async def needs_alpn(client: ClientPeer) -> None:
    """A server that negotiates nothing may speak anything."""
    await client.expect_refused("a server that negotiates nothing by ALPN", alpn=lambda: ())


@secure_case(
    "rfc8323/9.1/server-wrong-key",
    level="MUST",
    rfc="RFC 8323 section 9.1, RFC 4279 section 2",
    rows=("R4279-01",),
    transports=TLS,
    title="A client sends nothing over TLS to a server that has another key",
)
async def wrong_key_over_tls(client: ClientPeer) -> None:
    """There is no session, and no request goes out."""
    await expect_another_key_refused(client)
