"""What a resource of the reference server answers, before it becomes a message."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import message as m


@dataclass
class Reply:
    code: int
    payload: bytes = b""
    options: list[tuple[int, bytes]] = field(default_factory=list)
    delay: float = 0.0  # seconds; above zero the response is a separate one

    def plus(self, number: int, value: bytes) -> Reply:
        self.options.append((number, value))
        return self

    def without(self, number: int) -> Reply:
        self.options = [(n, value) for n, value in self.options if n != number]
        return self

    def has(self, number: int) -> bool:
        return any(n == number for n, _ in self.options)


def content(payload: bytes, content_format: int = m.TEXT_PLAIN) -> Reply:
    return Reply(m.CONTENT, payload, [(m.CONTENT_FORMAT, m.uint(content_format))])


def path_of(request: m.Message) -> tuple[bytes, ...]:
    return tuple(request.all(m.URI_PATH))
