"""The reference server: what a client sees of it, ours and Debian's."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable

import pytest
from conftest import Reference

from suite.codec import encode
from suite.endpoint import Endpoint
from suite.message import (
    ACK,
    BAD_OPTION,
    BLOCK2,
    CON,
    CONTENT,
    CREATED,
    DELETE,
    EMPTY,
    ETAG,
    GET,
    IF_MATCH,
    IF_NONE_MATCH,
    METHOD_NOT_ALLOWED,
    NO_PROXYING,
    NON,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    POST,
    PRECONDITION_FAILED,
    PROXY_URI,
    PUT,
    RST,
    UNSUPPORTED_FORMAT,
    VALID,
    Message,
    path_options,
)
from suite.mutants import serve_reference
from suite.mutants.reference import ReferenceServer, serve
from suite.mutants.rules import Rules
from suite.target import parse_uri
from suite.trace import Trace

Answer = Message | None


class Client:
    """A socket of a test, with the messages that came."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def send(self, message: Message) -> Message:
        return self.endpoint.send_message(message)

    async def next(self, seconds: float = 2.0) -> Answer:
        entry = await self.endpoint.next(seconds)
        return entry.message if entry else None

    async def ask(
        self, code: int, path: str = "/test", *options: tuple[int, bytes], **fields: object
    ) -> Message:
        message = Message(CON, code, token=b"t", options=(*path_options(path), *options))
        self.send(message.but(**fields))
        answer = await self.next()
        assert answer is not None, "no answer"
        return answer


def with_client(test: Callable[[Client], Awaitable[None]], rules: Rules | None = None) -> None:
    """Runs a test against a server in the same event loop."""

    async def main() -> None:
        async with serve(rules or Rules()) as uri:
            endpoint = Endpoint(Trace(), 1)
            await endpoint.open(parse_uri(uri))
            try:
                await test(Client(endpoint))
            finally:
                endpoint.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("code", "path", "options", "expected"),
    [
        (GET, "/test", (), CONTENT),
        (GET, "/nothing", (), NOT_FOUND),
        (DELETE, "/seg1/seg2/seg3", (), METHOD_NOT_ALLOWED),
        (0x1F, "/test", (), METHOD_NOT_ALLOWED),
        (GET, "/test", ((17, b"\x29"),), NOT_ACCEPTABLE),
        (GET, "/multi-format", ((17, b"\x29"),), CONTENT),
        (PUT, "/test", ((12, b"\x29"),), UNSUPPORTED_FORMAT),
        (GET, "/test", ((65001, b""),), BAD_OPTION),
        (GET, "/test", ((65000, b""),), CONTENT),
        (GET, "/test", ((IF_MATCH, bytes(9)),), BAD_OPTION),
        (GET, "/test", ((ETAG, bytes(9)),), CONTENT),
        (GET, "/", ((PROXY_URI, b"coap://h.invalid/"),), NO_PROXYING),
        (PUT, "/test", ((IF_NONE_MATCH, b""),), PRECONDITION_FAILED),
        (PUT, "/create1", ((IF_MATCH, b""),), PRECONDITION_FAILED),
        (PUT, "/create1", ((IF_NONE_MATCH, b""),), CREATED),
    ],
)
def test_codes(code: int, path: str, options: tuple[tuple[int, bytes], ...], expected: int) -> None:
    async def test(client: Client) -> None:
        answer = await client.ask(code, path, *options)
        assert (answer.type, answer.code, answer.token) == (ACK, expected, b"t")

    with_client(test)


def test_a_duplicate_is_answered_alike_and_executed_once() -> None:
    async def test(client: Client) -> None:
        first = await client.ask(POST, mid=7)
        again = await client.ask(POST, mid=7)
        other = await client.ask(POST, mid=8)
        assert first == again
        assert (first.payload, other.payload) == (b"post 1", b"post 2")

    with_client(test)


def test_a_duplicate_non_is_ignored() -> None:
    async def test(client: Client) -> None:
        first = await client.ask(GET, type=NON, mid=7)
        client.send(Message(NON, GET, 7, b"t", path_options("/test")))
        assert first.type == NON and first.mid != 7
        assert await client.next(0.2) is None

    with_client(test)


def test_a_ping_is_reset_and_a_reset_is_not() -> None:
    async def test(client: Client) -> None:
        client.send(Message(CON, EMPTY, 9))
        assert await client.next() == Message(RST, EMPTY, 9)
        client.send(Message(RST, EMPTY, 9))
        client.send(Message(ACK, EMPTY, 9))
        assert await client.next(0.2) is None

    with_client(test)


def test_a_malformed_message_is_reset_and_the_server_lives() -> None:
    async def test(client: Client) -> None:
        plain = encode(Message(CON, GET, 3, b"", path_options("/test")))
        client.endpoint.send_bytes(plain + b"\xff")
        assert await client.next() == Message(RST, EMPTY, 3)
        client.endpoint.send_bytes(b"\x40")
        client.endpoint.send_bytes(b"")
        assert (await client.ask(GET)).code == CONTENT

    with_client(test)


def test_blocks_make_the_whole() -> None:
    async def test(client: Client) -> None:
        first = await client.ask(GET, "/large")
        assert first.uint(BLOCK2) == 0x0E and len(first.payload) == 1024
        second = await client.ask(GET, "/large", (BLOCK2, b"\x16"))
        assert second.uint(BLOCK2) == 0x16 and len(second.payload) == 576
        assert (first.payload + second.payload).count(b"\n") == 25

    with_client(test)


def test_an_entity_tag_is_validated() -> None:
    async def test(client: Client) -> None:
        etag = (await client.ask(GET, "/validate")).first(ETAG)
        assert etag
        answer = await client.ask(GET, "/validate", (ETAG, b"\1"), (ETAG, etag))
        assert (answer.code, answer.first(ETAG), answer.payload) == (VALID, etag, b"")

    with_client(test)


class Hasty(Rules):
    """Retransmits fast, so that a test need not wait."""

    def first_timeout(self) -> float:
        return 0.1


def test_a_separate_response_is_sent_five_times() -> None:
    async def test(client: Client) -> None:
        client.send(Message(CON, GET, 5, b"late", path_options("/separate")))
        assert await client.next() == Message(ACK, EMPTY, 5)
        copies = [await client.next(4.0) for _ in range(5)]
        assert copies[0] is not None and copies[0].token == b"late"
        assert all(copy == copies[0] for copy in copies)
        assert await client.next(4.0) is None

    with_client(test, Hasty())


@pytest.mark.parametrize("kind", [ACK, RST])
def test_a_separate_response_rests_when_it_has_arrived(kind: int) -> None:
    async def test(client: Client) -> None:
        client.send(Message(CON, GET, 5, b"late", path_options("/separate")))
        await client.next()
        response = await client.next()
        assert response is not None and response.type == CON
        client.send(Message(kind, EMPTY, response.mid))
        assert await client.next(0.5) is None
        client.send(Message(CON, GET, 5, b"late", path_options("/separate")))
        assert await client.next() == Message(ACK, EMPTY, 5)

    with_client(test, Hasty())


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suite.mutants.reference.REMEMBERED", 3)

    async def main() -> None:
        server = ReferenceServer(Rules())
        for mid in range(10):
            server.datagram_received(encode(Message(CON, GET, mid)), ("127.0.0.1", 1))
        assert len(server.answers) == 3

    asyncio.run(main())


def test_servers_run_beside_one_another() -> None:
    async def main() -> None:
        async with serve_reference() as one, serve_reference("acknowledges-ping") as other:
            assert one != other

    asyncio.run(main())


@pytest.mark.skipif(not shutil.which("coap-client-notls"), reason="libcoap3-bin is not installed")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["/test"], "a plain text resource"),
        (["/separate"], "a late answer"),
        (["-N", "/test"], "a plain text resource"),
        (["-m", "post", "-e", "x", "/test"], "post 1"),
        (["/.well-known/core?rt=Type3"], "</link2>"),
        (["-b", "64", "/large"], "line 24"),
        (["/nothing"], "4.04"),
    ],
)
def test_debians_client_is_served(reference: Reference, words: list[str], expected: str) -> None:
    uri = reference.start() + words[-1]
    done = subprocess.run(
        ["coap-client-notls", "-B", "5", *words[:-1], uri],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert expected in done.stdout + done.stderr
