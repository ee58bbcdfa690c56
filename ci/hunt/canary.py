"""Planted bugs: patches with a head of "Name: value" lines and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CLASSES = ("amplification", "double release", "duplicate delivery", "integer overflow", "leak",
           "lost NACK", "lost answer", "null", "out of bounds", "parser disagreement", "replay",
           "secrecy", "timer", "unbounded memory", "use after free", "wrong match", "wrong state")
LAYERS = ("wire", "session", "exchange", "secure", "api")
NEEDED = ("Class", "Layer", "Transport", "Targets", "Like", "Seen by")


class BadPatch(Exception):
    """A patch whose head is not as it has to be."""


@dataclass(frozen=True)
class Canary:
    """One planted bug."""

    name: str
    patch: Path
    kind: str
    layer: str
    transport: str
    targets: tuple[str, ...]
    like: str
    seen_by: str
    words: str


def read(patch: Path) -> Canary:
    """What the head of a patch says."""
    lines = []
    for line in patch.read_text(encoding="utf-8").splitlines():
        if line.startswith("--- "):
            break
        lines.append(line)
    else:
        raise BadPatch(f"{patch.name}: there is no patch in it")
    head: dict[str, str] = {}
    while lines and ": " in lines[0]:
        name, _, value = lines.pop(0).partition(": ")
        head[name] = value.strip()
    words = " ".join(" ".join(lines).split())
    missing = [name for name in NEEDED if not head.get(name)]
    if missing:
        raise BadPatch(f"{patch.name}: without {', '.join(missing)}")
    if head["Class"] not in CLASSES:
        raise BadPatch(f"{patch.name}: no such class: {head['Class']}")
    if head["Layer"] not in LAYERS:
        raise BadPatch(f"{patch.name}: no such layer: {head['Layer']}")
    if not words:
        raise BadPatch(f"{patch.name}: does not say what is wrong")
    return Canary(patch.stem, patch, head["Class"], head["Layer"], head["Transport"],
                  tuple(head["Targets"].split()), head["Like"], head["Seen by"], words)


def read_all(folder: Path) -> list[Canary]:
    """All canaries of a folder, by name."""
    return [read(patch) for patch in sorted(folder.glob("*.patch"))]
