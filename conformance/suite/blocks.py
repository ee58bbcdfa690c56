"""The Block options as values (RFC 7959 section 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from .message import Message, uint

RESERVED_SZX = 7


@dataclass(frozen=True)
class Block:
    """What a Block1 or Block2 option says."""

    number: int
    more: bool
    szx: int

    @property
    def size(self) -> int:
        return 1 << (self.szx + 4)

    @property
    def start(self) -> int:
        """Where it begins in the body."""
        return self.number * self.size

    def option(self, number: int) -> tuple[int, bytes]:
        """As the option of that number."""
        return number, uint(self.number << 4 | self.more << 3 | self.szx)

    def cut(self, body: bytes) -> bytes:
        """Its part of a body."""
        return body[self.start : self.start + self.size]


def block_in(message: Message, number: int) -> Block | None:
    """The first option of that number, None when there is none."""
    value = message.uint(number)
    return None if value is None else Block(value >> 4, bool(value & 8), value & 7)


def szx_of(size: int) -> int:
    """The exponent of the largest block of no more than `size` bytes."""
    return max(0, min(6, size.bit_length() - 5))
