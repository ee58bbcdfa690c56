"""The reference clients and their mutants, by transport."""

from __future__ import annotations

from typing import Any

from ..client_handle import TASKS, Client, Worker
from . import (
    broken_client_blocks,
    broken_client_messages,
    broken_client_observe,
    broken_client_requests,
    broken_client_responses,
    broken_client_streams,
    broken_client_websocket,
    broken_clients,
    broken_clients_tls,
)
from .catalogue import RULES
from .client_reference import ClientRules, ReferenceClient
from .client_stream_reference import (
    ReferenceStreamClient,
    StreamClientRules,
    WebSocketClientRules,
)
from .client_udp_reference import UdpReferenceClient
from .client_udp_rules import UdpClientRules

CORRECT_CLIENTS: dict[str, type[ClientRules]] = {
    kind.transport: kind for kind in (UdpClientRules, StreamClientRules, WebSocketClientRules)}


def reference_client(name: str | None, transport: str) -> tuple[Client | Worker, set[str]]:
    """The mutant of that name, or the correct client of a transport, and its features."""
    rules: Any = RULES[name] if name else CORRECT_CLIENTS.get(transport, ClientRules)
    if issubclass(rules, UdpClientRules):
        return UdpReferenceClient(rules), set(TASKS)
    kept: ClientRules = rules()
    secure = {"psk", "certificates"}
    if isinstance(kept, StreamClientRules):
        return ReferenceStreamClient(kept), secure
    return ReferenceClient(kept), secure


# Importing the modules declares their mutants.
__all__ = ["broken_client_blocks", "broken_client_messages", "broken_client_observe",
           "broken_client_requests", "broken_client_responses", "broken_client_streams",
           "broken_client_websocket", "broken_clients", "broken_clients_tls",
           "reference_client"]
