"""A correct server, and servers with one rule broken each: how the suite proves its cases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from . import (
    broken_blocks,
    broken_certificates,
    broken_conditions,
    broken_dtls,
    broken_extensions,
    broken_format,
    broken_messages,
    broken_methods,
    broken_observe,
    broken_options,
    broken_reliability,
    broken_signaling,
    broken_stream,
    broken_tls,
    broken_uri,
    broken_websocket,
)
from .catalogue import MUTANTS, RULES, Mutant
from .reference import serve
from .rules import Rules
from .secure_reference import serve_dtls
from .secure_rules import KEYS, DtlsRules, TlsRules, WssRules, client_keys
from .stream_reference import serve_stream
from .stream_rules import StreamRules, WebSocketRules

FEATURES = ("discovery", "observe", "separate", "etag", "psk-identities", "client-certificates")
# What the reference server offers, by role.
RESOURCES = {
    "root": "/",
    "discovery": "/.well-known/core",
    "test": "/test",
    "counter": "/test",
    "segments": "/seg1/seg2/seg3",
    "query": "/query",
    "separate": "/separate",
    "large": "/large",
    "large-update": "/large-update",
    "obs": "/obs",
    "obs-large": "/obs-large",
    "location-path": "/test",
    "location-query": "/location-query",
    "multi-format": "/multi-format",
    "validate": "/validate",
    "create1": "/create1",
    "link1": "/link1",
    "link2": "/link2",
    "link3": "/link3",
    "path": "/path",
    "sub1": "/path/sub1",
    "sub2": "/path/sub2",
    "sub3": "/path/sub3",
}


CORRECT = {kind.transport: kind for kind in (Rules, StreamRules, WebSocketRules, DtlsRules, TlsRules,
                                            WssRules)}


@asynccontextmanager
async def serve_reference(name: str | None = None, transport: str = "coap") -> AsyncIterator[str]:
    """Serves the mutant of that name, or the correct server of a transport, on a free loopback
    port; gives its URI."""
    async with serve_rules(RULES[name]() if name else CORRECT[transport]()) as uri:
        yield uri


@asynccontextmanager
async def serve_rules(rules: Rules) -> AsyncIterator[str]:
    """Serves by such rules on a free loopback port; gives the server's URI."""
    if isinstance(rules, StreamRules):
        serving = serve_stream(rules)
    else:
        serving = serve_dtls(rules) if isinstance(rules, DtlsRules) else serve(rules)
    async with serving as uri:
        yield uri


# Importing the modules declares their mutants.
__all__ = [
    "FEATURES",
    "KEYS",
    "MUTANTS",
    "RESOURCES",
    "Mutant",
    "broken_blocks",
    "broken_certificates",
    "broken_conditions",
    "broken_dtls",
    "broken_extensions",
    "broken_format",
    "broken_messages",
    "broken_methods",
    "broken_observe",
    "broken_options",
    "broken_reliability",
    "broken_signaling",
    "broken_stream",
    "broken_tls",
    "broken_uri",
    "broken_websocket",
    "client_keys",
    "serve_reference",
    "serve_rules",
]
