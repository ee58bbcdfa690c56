"""Stored programs again, each with memory that gives out at one request of its run."""

from __future__ import annotations

from pathlib import Path

from inputs import Stored

# Without the recorded ones, which are long and differ little.
KINDS = ("seeds", "regressions", "reached")


def starved(program: str, nth: int) -> str:
    """The program's text, with the nth request from its first operation on refused."""
    lines = program.splitlines()
    first = next((at + 1 for at, line in enumerate(lines) if line.startswith("world")), 0)
    return "\n".join([*lines[:first], f"fail-alloc nth={nth}", *lines[first:], ""])


def starve(stored: Stored, target: str, most: int, folder: Path) -> None:
    """TARGET's programs, each with requests 1 to MOST refused, as bytes in FOLDER."""
    folder.mkdir(parents=True)
    texts = folder.with_name(f"{folder.name}-text")
    texts.mkdir()
    for kind in KINDS:
        for program in sorted((stored.corpus / kind / target).glob("*.session")):
            text = program.read_text(encoding="utf-8")
            if "\nfail-alloc " in text:
                continue
            paths = [texts / f"{kind}-{program.stem}-{nth}.session" for nth in range(1, most + 1)]
            for nth, path in enumerate(paths, start=1):
                path.write_text(starved(text, nth), encoding="utf-8")
            stored.programs_as_bytes(paths, folder)
