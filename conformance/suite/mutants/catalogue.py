"""The list of mutants. Each is a class of rules with one hook overridden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

# Of servers over datagrams, streams or (D)TLS, or of a client: each has rules of its own.
AnyRules = TypeVar("AnyRules", bound=type[Any])


# Cases that need more than one notification.
NOTIFICATIONS = (
    "rfc7641/3.2/notification-observe",
    "rfc7641/3.2/notification-token",
    "rfc7641/3.6/cancel-by-request",
    "rfc7641/4.1/other-request",
    "rfc7641/4.1/registered-twice",
    "rfc7641/4.1/two-observers",
    "rfc7641/4.2/same-format",
    "rfc7641/4.4/order",
)


@dataclass(frozen=True)
class Mutant:
    """A server with one rule broken.

    breaks: the cases that must flag it.
    also: cases that see the same broken rule, and may flag it.
    transport: the one it is served over; only cases of that transport run on it.
    """

    name: str
    breaks: tuple[str, ...]
    also: tuple[str, ...]
    summary: str
    transport: str = "coap"
    role: str = "server"  # or "client"


MUTANTS: list[Mutant] = []
RULES: dict[str, type[Any]] = {}


def mutant(*breaks: str, also: tuple[str, ...] = ()) -> Callable[[AnyRules], AnyRules]:
    """Registers a class of rules; its name and docstring name and describe the mutant."""

    def register(rules: AnyRules) -> AnyRules:
        name = "".join(f"-{c.lower()}" if c.isupper() else c for c in rules.__name__).strip("-")
        if name in RULES:
            raise ValueError(f"mutant {name} is declared twice")
        summary = " ".join((rules.__doc__ or "").split())
        role = getattr(rules, "role", "server")
        MUTANTS.append(Mutant(name, breaks, also, summary, rules.transport, role))
        RULES[name] = rules
        return rules

    return register
