"""The peer that a run is about: where it is, what it offers."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from . import probes
from .address import NO_KEYS, Address, ipv4_first, plain
from .endpoint import Endpoint
from .gnutls import Keys
from .message import ACK, CON, EMPTY, GET, Message, path_options
from .secure import HandshakeError
from .trace import Trace

UDP = "coap"
# RFC 7252 6.1 and 6.2, RFC 8323 8.1 to 8.4.
DEFAULT_PORTS = {UDP: 5683, "coap+tcp": 5683, "coap+ws": 80, "coaps": 5684, "coaps+tcp": 5684,
                 "coaps+ws": 443}
GLANCE = 0.2  # seconds between two looks whether the peer's port is still open

# Role names of the plugtest resources and their usual paths.
USUAL_RESOURCES = {
    "test": "/test",
    "separate": "/separate",
    "segments": "/seg1/seg2/seg3",
    "query": "/query",
    "large": "/large",
    "large-update": "/large-update",
    "large-create": "/large-create",
    "location-query": "/location-query",
    "multi-format": "/multi-format",
    "validate": "/validate",
    "create1": "/create1",
    "obs": "/obs",
    "link1": "/link1",
    "link2": "/link2",
    "link3": "/link3",
    "path": "/path",
    "discovery": "/.well-known/core",
    "root": "/",
}


class TargetError(Exception):
    """A URI that cannot be used, or a peer that does not answer."""


class UnreachableError(TargetError):
    pass


@dataclass
class Target:
    """One peer under test."""

    role: ClassVar[str] = "server"
    name: str
    address: Address
    resources: dict[str, str] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)
    timeout_scale: float = 1.0
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    # Datagrams that a network of ours lost, by port of the runner's socket; None: there is no such.
    lost: Counter[int] | None = None
    retired: list[Endpoint] = field(default_factory=list)  # of cases that are over

    def __post_init__(self) -> None:
        if self.address.certified.has_certificates:
            self.features.add("certificates")

    @property
    def transport(self) -> str:
        return self.address.transport

    @property
    def probe_path(self) -> str:
        return self.resources.get("test", "/")

    def close_retired(self) -> None:
        for endpoint in self.retired:
            Endpoint.close(endpoint)  # a case's own handle would only retire again
        self.retired.clear()

    async def _heard(self, endpoint: Endpoint, seconds: float) -> AsyncIterator[Message | None]:
        """The messages that come in time, acknowledged where that is asked for; None is one that
        cannot be read. Ends early when nobody can be there."""
        end = time.monotonic() + seconds * self.timeout_scale
        while (left := end - time.monotonic()) > 0:
            entry = await endpoint.next(min(left, GLANCE))
            if entry is None and endpoint.unreachable:
                return
            if entry is None:
                continue
            if entry.message and entry.message.type == CON:
                endpoint.send_message(Message(ACK, EMPTY, entry.message.mid))
            yield entry.message

    async def answer(self, message: Message, seconds: float, tries: int = 1) -> Message | None:
        """The peer's first answer to a message, None when it is silent."""
        if not self.address.is_datagram:
            return await probes.answer(self.address, message, seconds * self.timeout_scale)
        endpoint = Endpoint(Trace(), 0)
        try:
            await endpoint.open(self.address)
            sent = message if message.mid >= 0 else message.but(mid=endpoint.fresh_mid())
            for _ in range(tries):
                endpoint.send_message(sent)
                async for answer in self._heard(endpoint, seconds):
                    if answer is None:
                        continue
                    if answer.is_response and answer.token == sent.token:
                        return answer
                    if answer.mid == sent.mid and not (answer.type == ACK and answer.is_empty):
                        return answer
                if endpoint.unreachable:
                    return None
            return None
        except HandshakeError:
            return None
        finally:
            Endpoint.close(endpoint)  # a case's own handle would only retire again

    async def is_up(self, seconds: float = 1.0, tries: int = 1) -> bool:
        """Whether it says anything at all to a ping and a plain GET."""
        if not self.address.is_datagram:
            return await probes.is_up(self.address, seconds * self.timeout_scale, tries,
                                      self.probe_path)
        endpoint = Endpoint(Trace(), 0)
        try:
            await endpoint.open(self.address, seconds * tries * self.timeout_scale)
            for _ in range(tries):
                endpoint.send_message(Message(CON))
                endpoint.send_message(Message(CON, GET, token=endpoint.fresh_token(),
                                              options=path_options(self.probe_path)))
                async for _ in self._heard(endpoint, seconds):
                    return True
            return False
        except HandshakeError:
            return False
        finally:
            Endpoint.close(endpoint)  # a case's own handle would only retire again

    async def probe(self) -> None:
        """Finds out what is not declared: resources by discovery, extended tokens by trying."""
        token = bytes(range(13))
        if self.address.is_datagram:
            answer = await self.answer(
                Message(CON, GET, token=token, options=path_options(self.probe_path)), 1.0)
            if answer and answer.is_response and answer.token == token:
                self.features.add("extended-token")
        core = await self.answer(
            Message(CON, GET, token=b"core", options=path_options("/.well-known/core")), 2.0, 3)
        if core and core.code >> 5 == 2:
            self.features.add("discovery")
            self.resources.setdefault("discovery", "/.well-known/core")
        if len(self.resources) > 1:
            return
        for role, path in USUAL_RESOURCES.items():
            found = await self.answer(
                Message(CON, GET, token=b"seek", options=path_options(path)), 2.0, 3)
            if found and found.is_response and found.code >> 5 == 2:
                self.resources.setdefault(role, path)


def parse_uri(text: str, keys: Keys = NO_KEYS, certified: Keys = NO_KEYS) -> Address:
    """The address in a CoAP URI; TargetError says what is wrong with it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise TargetError(f"malformed URI '{text}': {error}") from None
    if not parts.scheme or not parts.netloc:
        raise TargetError(f"malformed URI '{text}': expected coap://HOST[:PORT]")
    if parts.scheme not in DEFAULT_PORTS:
        raise TargetError(f"URI '{text}': scheme '{parts.scheme}' is not one of: "
                          f"{', '.join(DEFAULT_PORTS)}")
    if not parts.hostname or parts.username or parts.fragment:
        raise TargetError(f"malformed URI '{text}': expected {parts.scheme}://HOST[:PORT]")
    kind = socket.SOCK_DGRAM if plain(parts.scheme) == UDP else socket.SOCK_STREAM
    try:
        found = socket.getaddrinfo(parts.hostname, port or DEFAULT_PORTS[parts.scheme], type=kind)
    except socket.gaierror as error:
        raise UnreachableError(f"cannot resolve '{parts.hostname}': {error.strerror}") from None
    family, _, _, _, address = ipv4_first(found)
    return Address(str(address[0]), int(address[1]), family, parts.scheme, keys, certified)
