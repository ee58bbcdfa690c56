"""What went over the wire during one case: bytes, times, and what they mean."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from .codec import FormatError, decode
from .message import Message


@dataclass(frozen=True)
class Datagram:
    """One datagram, one piece of a stream, or one remark (`data` is then None)."""

    seconds: float
    direction: str  # "sent", "received" or "note"
    socket: int
    data: bytes | None
    text: str
    message: Message | None = None
    layer: str = "message"  # or "record": the bytes of (D)TLS around messages


@dataclass
class Trace:
    entries: list[Datagram] = field(default_factory=list)
    start: float = field(default_factory=time.monotonic)

    def _add(self, direction: str, socket: int, data: bytes | None, text: str,
             message: Message | None = None, layer: str = "message") -> Datagram:
        entry = Datagram(time.monotonic() - self.start, direction, socket, data, text, message,
                         layer)
        self.entries.append(entry)
        return entry

    def datagram(self, direction: str, socket: int, data: bytes) -> Datagram:
        try:
            message = decode(data)
        except FormatError as error:
            return self._add(direction, socket, data, f"not a CoAP message: {error}")
        return self._add(direction, socket, data, str(message), message)

    def stream(self, direction: str, socket: int, data: bytes, text: str) -> Datagram:
        """Part of a stream; `text` says what it means."""
        return self._add(direction, socket, data, text)

    def records(self, direction: str, socket: int, data: bytes, text: str) -> Datagram:
        """Bytes as they are on the wire of a secure session."""
        return self._add(direction, socket, data, text, layer="record")

    @property
    def messages(self) -> list[Datagram]:
        """What was sent and received, without remarks and the records around it."""
        return [e for e in self.entries if e.data is not None and e.layer == "message"]

    def note(self, text: str) -> None:
        self._add("note", 0, None, text)

    def as_json(self) -> list[dict[str, object]]:
        return [
            {
                "seconds": round(entry.seconds, 4),
                "direction": entry.direction,
                "socket": entry.socket,
                "layer": entry.layer,
                "hex": None if entry.data is None else entry.data.hex(),
                "text": entry.text,
            }
            for entry in self.entries
        ]
