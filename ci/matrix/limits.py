"""What peers are known not to do: limits.toml, judged from their bytes."""

from __future__ import annotations

import fnmatch
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cells import Cell


class LimitsError(Exception):
    """A file that is not what it should be; the text says which and why."""


@dataclass(frozen=True)
class Limit:
    """Cells that do not work, by patterns of their parts, and why that is the peer's doing."""

    reason: str
    seen: str  # the bytes that show it
    transport: str = "*"
    credential: str = "*"
    client: str = "*"
    server: str = "*"

    def covers(self, cell: Cell) -> bool:
        return all(fnmatch.fnmatchcase(getattr(cell, part), getattr(self, part))
                   for part in ("transport", "credential", "client", "server"))


def load(path: Path) -> list[Limit]:
    """The limits of a file; LimitsError when it is malformed."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("limit", [])
        return [Limit(**row) for row in rows]
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise LimitsError(f"{path}: {error}") from None
