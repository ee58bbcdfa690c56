"""Where a peer listens, and what it takes to talk to it there."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any

from .gnutls import Keys

NO_KEYS = Keys()
# Secure transports, by URI scheme, and what runs inside them (RFC 7252 9.1, RFC 8323 9).
INSIDE = {"coaps": "coap", "coaps+tcp": "coap+tcp", "coaps+ws": "coap+ws"}


def plain(transport: str) -> str:
    """What runs on a transport below its security, if there is any."""
    return INSIDE.get(transport, transport)


def ipv4_first(found: list[Any]) -> Any:
    """Of what getaddrinfo() has found, the one to take: localhost is both on many machines, and
    most servers on them listen on 127.0.0.1 or on both."""
    return min(found, key=lambda entry: entry[0] != socket.AF_INET)


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    family: int = socket.AF_INET
    transport: str = "coap"  # the URI scheme
    keys: Keys = field(default=NO_KEYS, compare=False)  # where the transport is secure
    certified: Keys = field(default=NO_KEYS, compare=False)  # the same with certificates alone

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        return self.transport in INSIDE

    @property
    def plain(self) -> str:
        return plain(self.transport)

    @property
    def is_datagram(self) -> bool:
        return self.plain == "coap"

    @property
    def is_websocket(self) -> bool:
        return self.plain == "coap+ws"

    def __str__(self) -> str:
        return f"{self.transport}://{self.authority}"
