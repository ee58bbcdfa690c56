"""A correct server, and servers with one rule broken each: how the suite proves its cases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from . import (
    broken_conditions,
    broken_format,
    broken_messages,
    broken_methods,
    broken_options,
    broken_reliability,
    broken_uri,
)
from .catalogue import MUTANTS, RULES, Mutant
from .reference import serve
from .rules import Rules

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


@asynccontextmanager
async def serve_reference(name: str | None = None) -> AsyncIterator[str]:
    """Serves the mutant of that name, or the correct server, on a free loopback port; gives its
    URI."""
    async with serve(RULES[name]() if name else Rules()) as uri:
        yield uri


serve_reference.resources = RESOURCES  # type: ignore[attr-defined]
serve_reference.features = ("discovery", "separate", "etag")  # type: ignore[attr-defined]

# Importing the modules declares their mutants.
__all__ = [
    "MUTANTS",
    "RESOURCES",
    "Mutant",
    "broken_conditions",
    "broken_format",
    "broken_messages",
    "broken_methods",
    "broken_options",
    "broken_reliability",
    "broken_uri",
    "serve_reference",
]
