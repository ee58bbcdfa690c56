"""The `client` handle of cases about clients: the runner is the server, correct but for what a case
changes, and the client under test is told to ask it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from . import certificates, records
from .address import NO_KEYS, Address
from .codec import FormatError, decode
from .gnutls import Keys
from .judge import Judge
from .message import GET, URI_PATH, Message
from .mutants import serve_rules
from .mutants.secure_rules import KEYS, DtlsRules, SecureRules, TlsRules, WssRules
from .mutants.site import Stored
from .stream import TcpReader
from .target import Target
from .websocket import Head

# What may stand in braces in a client's command with security, and in one without.
CLIENT_WORDS = ("uri", "identity", "key", "ca", "certificate", "private_key", "seconds")
TASK_WORDS = ("uri", "seconds", "file", "size", "token")
# What a client without security may be told to do: the names of its commands.
TASKS = {
    "get": "sends a GET and prints the payload of the answer",
    "non": "the same with a Non-confirmable message",
    "put": "sends the contents of {file} in a PUT, in blocks where they are many",
    "observe": "observes for {seconds} and prints each state",
    "block": "sends a GET that asks for blocks of {size} bytes",
    "token": "sends a GET with the text {token} as its token",
}
SECONDS = 10.0  # that a client has to succeed
REFUSAL_SECONDS = 5.0  # that one is watched that has to give up
STOP_SECONDS = 2.0  # that one has to end when it is asked to
LONGEST_LINE = 200  # characters of what it said last
# What the runner's server does over each transport, before a case changes it.
RULES: dict[str, type[SecureRules]] = {
    rules.transport: rules for rules in (DtlsRules, TlsRules, WssRules)}


@dataclass
class Outcome:
    """How a client's request ended."""

    worked: bool  # the client has shown the payload of the answer
    text: str


@dataclass(frozen=True)
class Task:
    """What a client without security is told to do."""

    kind: str  # one of TASKS
    uri: str
    seconds: float  # that it has
    body: bytes = b""  # to be sent
    size: int = 0  # of blocks
    token: str = ""


@dataclass(frozen=True)
class Report:
    """How a client ended that was given a task."""

    shown: bytes  # to its user
    text: str  # for people
    by_itself: bool = True  # not because it was ended


class Client(Protocol):
    """Whatever can send a GET with security."""

    async def ask(self, uri: str, keys: Keys, proof: str, seconds: float) -> Outcome:
        ...


class Worker(Protocol):
    """Whatever can do tasks without security."""

    async def perform(self, task: Task, stop: asyncio.Event) -> Report:
        ...


class Program:
    """A client that is a program. It has to print the payload of the answer: not all say by their
    exit code whether there was one."""

    def __init__(self, psk: Sequence[str], certified: Sequence[str], plain: Sequence[str] = (),
                 folder: str = "/", commands: dict[str, list[str]] | None = None):
        self.psk = psk
        self.plain = plain  # without security
        self.certified = certified
        self.folder = folder
        self.commands = commands or {}  # by the names in TASKS

    async def ask(self, uri: str, keys: Keys, proof: str, seconds: float) -> Outcome:
        template = self.plain if keys == NO_KEYS else (self.psk if keys.has_psk else self.certified)
        words = dict(zip(CLIENT_WORDS, (uri, keys.identity, keys.key.decode("latin-1"), keys.ca,
                                        keys.certificate, keys.private_key,
                                        str(max(1, round(seconds)))), strict=True))
        report = await self._run([word.format(**words) for word in template], seconds,
                                 errors=asyncio.subprocess.STDOUT)
        if not report.by_itself:
            return Outcome(False, "it did not end in time")
        return Outcome(proof.encode() in report.shown, report.text)

    async def perform(self, task: Task, stop: asyncio.Event) -> Report:
        """Runs the program until it ends, its time is over, or `stop` is set: then it is asked to
        end as by the keyboard."""
        with tempfile.NamedTemporaryFile(prefix="coapspec-") as file:
            file.write(task.body)
            file.flush()
            words = dict(zip(TASK_WORDS, (task.uri, str(max(1, round(task.seconds))), file.name,
                                          str(task.size), task.token), strict=True))
            return await self._run([word.format(**words) for word in self.commands[task.kind]],
                                   task.seconds, stop)

    async def _run(self, command: list[str], seconds: float, stop: asyncio.Event | None = None,
                   errors: int = asyncio.subprocess.PIPE) -> Report:
        """Without a `stop` it is ended without being asked."""
        process = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=errors,
            start_new_session=True, preexec_fn=_heed_interrupts)
        reading = asyncio.create_task(process.communicate())
        stopping = asyncio.create_task((stop or asyncio.Event()).wait())
        by_itself = False
        try:
            await asyncio.wait({reading, stopping}, timeout=seconds + 1,
                               return_when=asyncio.FIRST_COMPLETED)
            by_itself = reading.done()
            if stop and not by_itself:
                # Not by the process's own method, which may reap it before asyncio does.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGINT)
                await asyncio.wait({reading}, timeout=STOP_SECONDS)
        finally:
            stopping.cancel()
            if not reading.done():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            out, told = await reading
        lines = (out + b"\n" + (told or b"")).decode(errors="replace").strip().splitlines()
        return Report(out, f"{shlex.join(command)}: exit code {process.returncode}"
                      + (f", '{lines[-1][:LONGEST_LINE]}'" if lines else ""), by_itself)


def _heed_interrupts() -> None:
    """Whoever is started in the background, by a script, has them ignored, and its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class ClientTarget(Target):
    """A client under test, over one transport."""

    role = "client"

    def __init__(self, name: str, transport: str, client: Client | Worker, features: set[str],
                 timeout_scale: float = 1.0):
        super().__init__(name, Address("127.0.0.1", 0, transport=transport), {}, features,
                         timeout_scale)
        self.client: Any = client  # a Client with security, a Worker without

    async def is_up(self, seconds: float = 1.0, tries: int = 1) -> bool:
        """A client is started anew for each request."""
        return True


@dataclass
class Serving:
    """The runner's server, and what it has seen."""

    uri: str = ""
    proof: str = ""  # the payload of the answer
    requests: list[Message] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)  # opening handshakes of WebSockets
    seen: list[bytes] = field(default_factory=list)  # datagrams, or pieces of connections

    def hellos(self) -> list[records.HandshakeMessage]:
        """The ClientHellos over DTLS, whole ones."""
        found = []
        for datagram in self.seen:
            with contextlib.suppress(records.RecordError):
                found += [m for record in records.split(datagram)
                          if record.content == records.HANDSHAKE and not record.is_protected
                          for m in records.messages_of(record) if m.kind == records.CLIENT_HELLO]
        return found


class ClientJudge(Judge):
    """What cases see of any client under test."""

    target: ClientTarget

    async def open(self, address: Address) -> None:
        """Nothing: each request, or task, is a run of the client."""

    def close(self) -> None:
        """Nothing is left open."""


class ClientPeer(ClientJudge):
    """The client under test as one case sees it."""

    @property
    def is_datagram(self) -> bool:
        return self.target.address.is_datagram

    @asynccontextmanager
    async def server(self, **changes: Callable[..., object]) -> AsyncIterator[Serving]:
        """A server that is correct but for some rules (mutants/secure_rules.py)."""
        rules = RULES[self.target.transport]()
        for name, change in changes.items():
            if not hasattr(rules, name):
                raise AttributeError(name)
            setattr(rules, name, change)
        serving = Serving()

        def saw(data: bytes) -> None:
            serving.seen.append(data)
            self.trace.records("received", 1, data, records.describe(data, self.is_datagram))

        def said(data: bytes) -> None:
            self.trace.records("sent", 1, data, records.describe(data, self.is_datagram))

        for name, hook in (("saw", saw), ("said", said), ("before", serving.requests.append)):
            setattr(rules, name, hook)
        if isinstance(rules, WssRules):
            judged = rules.refusal

            def refusal(head: Head) -> tuple[int, dict[str, str]] | None:
                serving.heads.append(head)
                return judged(head)

            setattr(rules, "refusal", refusal)
        async with serve_rules(rules) as uri:
            serving.uri, path = f"{uri}/test", (b"test",)
            stored = rules.site.resources[path]
            assert isinstance(stored, Stored)
            serving.proof = stored.payload.decode()
            yield serving

    async def ask(self, serving: Serving, keys: Keys = KEYS, seconds: float = SECONDS) -> Outcome:
        """Lets the client with these keys send a GET."""
        outcome = await self.target.client.ask(serving.uri, keys, serving.proof,
                                               self.seconds(seconds))
        self.note(outcome.text)
        return outcome

    async def expect_served(self, why: str, own: Keys = KEYS, seconds: float = SECONDS,
                            **changes: Callable[..., object]) -> Serving:
        """With such a server the request of a client with keys of its own is answered."""
        async with self.server(**changes) as serving:
            outcome = await self.ask(serving, own, seconds)
        self.check(outcome.worked, f"{why}: expected that the request is answered; {outcome.text}")
        return serving

    async def refusal(self, own: Keys = KEYS, **changes: Callable[..., object]) -> str | None:
        """None when the client has nothing to do with such a server, else what is wrong."""
        async with self.server(**changes) as serving:
            outcome = await self.ask(serving, own, REFUSAL_SECONDS)
        plain = next(filter(None, map(_plain_request, serving.seen)), None)
        if plain:
            return f"the server got, without protection, {plain}"
        if any(data.startswith(b"GET ") for data in serving.seen):
            return "the server got, without protection, an opening handshake"
        if serving.requests:
            return f"the server got {serving.requests[0].but(mid=0)}"
        if serving.heads:
            return f"the server got '{serving.heads[0].first}'"
        return f"it has an answer: {outcome.text}" if outcome.worked else None

    async def expect_refused(self, why: str, **changes: Callable[..., object]) -> None:
        wrong = await self.refusal(KEYS, **changes)
        self.check(wrong is None, f"{why}: expected that the client sends nothing; {wrong}")


def _plain_request(data: bytes) -> Message | None:
    """The request that a datagram, or a piece of a connection, is when it is not protected."""
    found: list[object] = list(TcpReader().feed(data))
    with contextlib.suppress(FormatError):
        found.append(decode(data))
    path = ((URI_PATH, b"test"),)
    return next((m for m in found if isinstance(m, Message) and m.code == GET
                 and m.options[-1:] == path), None)


def shown(name: str) -> Keys:
    """What the runner's server shows, by the name of its certificate."""
    return certificates.keys(certificates.temporary(), name)


def client_keys() -> Keys:
    """A client's certificate, and the authority that it trusts."""
    return certificates.keys(certificates.temporary())
