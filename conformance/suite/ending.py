"""How a command ends, and what commands have in common."""

from __future__ import annotations

from pathlib import Path

from .report import machine

OK, FINDING, USAGE, UNREACHABLE = 0, 1, 2, 3


class Stop(Exception):
    """Ends the command with one line on standard error."""

    def __init__(self, code: int, text: str):
        super().__init__(text)
        self.code = code


def words(text: str) -> list[str]:
    """Those of a list with commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def write(path: Path, text: str) -> None:
    """Writes a report, whole or not at all."""
    try:
        machine.write_file(path, text)
    except OSError as error:
        raise Stop(USAGE, f"cannot write {path}: {error.strerror}") from None
