"""Conformance cases: how one is declared, and how it ends.

A case is a coroutine with one argument, the `peer` handle (suite/handle.py), declared so:

    @case(
        "rfc7252/4.3/ping-reset",
        level="MUST",
        rfc="RFC 7252 section 4.3",
        rows=("R7252-16",),
        title="An Empty Confirmable message is answered with a matching Reset",
    )
    async def ping_reset(peer):
        '''Plain words for `coapspec explain`: the rule, and why it matters.'''
        sent = await peer.send(Message(CON))
        await peer.expect("a matching Reset", type=RST, code=EMPTY, mid=sent.mid)

It passes by returning. It ends otherwise through the handle: peer.fail(), peer.skip(),
peer.inconclusive(); peer.warn() notes a missed SHOULD and lets it go on. Ids are words, stable,
"rfcNNNN/SECTION/what"; files in cases/ are imported by cases/__init__.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from .address import INSIDE, plain

# What a case is given is the handle of its role and transports: Peer, StreamPeer, SecurePeer, ...
Body = TypeVar("Body", bound=Callable[[Any], Awaitable[None]])

UDP, TCP, WS = ("coap",), ("coap+tcp",), ("coap+ws",)
DTLS, TLS, WSS = ("coaps",), ("coaps+tcp",), ("coaps+ws",)

LEVELS = ("MUST", "SHOULD", "DEF", "INTEROP", "MAY")


class Ended(Exception):
    """A case has come to a verdict other than PASS before its last line."""

    verdict = "ERROR"


class Failed(Ended):
    verdict = "FAIL"


class Skipped(Ended):
    verdict = "SKIP"


class Inconclusive(Ended):
    verdict = "INCONCLUSIVE"


class Unsecured(Inconclusive):
    """There was no handshake to be had, and then there was: nothing is known of the case's rule."""


@dataclass(frozen=True)
class Case:
    """One conformance case."""

    id: str
    role: str
    level: str
    transports: tuple[str, ...]
    rfc: str
    rows: tuple[str, ...]
    title: str
    requires: tuple[str, ...]
    slow: bool
    exclusive: tuple[str, ...]
    function: Callable[[Any], Awaitable[None]]

    def is_for(self, transport: str) -> bool:
        """Whether it runs over a transport: its own, or the secure one that has it inside. A client
        has cases of its own for each."""
        return transport in self.transports or (self.role == "server"
                                                and plain(transport) in self.transports)

    @property
    def command(self) -> str:
        """Of `coapspec`, which runs it."""
        return "proxy" if self.role == "middle" else self.role

    @property
    def is_about_security(self) -> bool:
        """Whether it begins its secure sessions itself."""
        return all(transport in INSIDE for transport in self.transports)

    @property
    def text(self) -> str:
        """The plain words of its docstring."""
        return " ".join((self.function.__doc__ or "").split())


CASES: dict[str, Case] = {}


def case(
    id: str,
    *,
    level: str,
    rfc: str,
    title: str,
    rows: tuple[str, ...] = (),
    role: str = "server",
    transports: tuple[str, ...] = UDP,
    requires: tuple[str, ...] = (),
    slow: bool = False,
    exclusive: tuple[str, ...] = (),
) -> Callable[[Body], Body]:
    """Registers a case.

    level: the RFC's word (MUST, SHOULD), DEF for a format without one, INTEROP for usual behaviour;
        a missed MUST or DEF is a failure, the others are reported with peer.warn().
    rows: ids in the requirement catalogue.
    transports: the one transport the case runs over: UDP, TCP or WS, and then inside DTLS or TLS
        as well; DTLS, TLS or WSS for cases about the security itself. A rule of several is a case
        for each, so that an id says what failed.
    requires: "resource:NAME" (the peer offers it) or "feature:NAME"; else the case is skipped.
    slow: needs seconds of protocol timers; left out with --quick.
    exclusive: names of what the case changes on the peer ("resource:test"); cases that share a
        name never run at the same time.
    """
    if level not in LEVELS:
        raise ValueError(f"{id}: unknown level {level}")
    if id in CASES:
        raise ValueError(f"{id}: declared twice")

    def register(function: Body) -> Body:
        CASES[id] = Case(id, role, level, transports, rfc, rows, title, requires, slow, exclusive,
                         function)
        return function

    return register


def load() -> dict[str, Case]:
    """All cases, imported on first use, in order of their ids."""
    import_module(".cases", __package__)  # importing declares them
    return dict(sorted(CASES.items()))
