"""Programs of reached/ with less in them that run what they are there for all the same."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

COUNT = re.compile(r"(?<= count=)\d+\b")


@dataclass
class Program:
    """One program on its way to being short."""

    path: Path                 # in reached/
    wanted: frozenset[int]     # edges that are its part of what reached/ is for
    head: list[str]            # up to the line of its world
    operations: list[str]
    piece: int = field(init=False)  # how many operations are left out at a time

    def __post_init__(self) -> None:
        self.piece = max(1, len(self.operations) // 2)

    def text(self, operations: list[str]) -> str:
        return "\n".join([*self.head, *operations, ""])

    def shorter(self) -> Iterator[list[str]]:
        """What might do in its place, the most left out first."""
        for at in range(0, len(self.operations), self.piece):
            yield self.operations[:at] + self.operations[at + self.piece:]
        for at, line in enumerate(self.operations):
            for fewer in fewer_times(line):
                yield [*self.operations[:at], fewer, *self.operations[at + 1:]]


def read(path: Path, wanted: frozenset[int]) -> Program:
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next((at + 1 for at, line in enumerate(lines) if line.startswith("world")), 0)
    return Program(path, wanted, lines[:first], lines[first:])


def fewer_times(line: str) -> list[str]:
    """The operation done once, half as often, or a tenth less."""
    found = COUNT.search(line)
    if not found or int(found[0]) < 2:
        return []
    times = int(found[0])
    return [COUNT.sub(str(count), line, count=1)
            for count in sorted({1, times // 2, times - times // 10 - 1})]


def parts(chosen: list[Path], edges: dict[Path, frozenset[int]],
          have: set[int]) -> dict[Path, frozenset[int]]:
    """What each is there for: the edges that neither HAVE nor one before it has."""
    mine: dict[Path, frozenset[int]] = {}
    have = set(have)
    for path in chosen:
        mine[path] = edges[path] - have
        have |= edges[path]
    return mine


Look = Callable[[dict[str, str]], dict[str, frozenset[int]]]


def shorten(programs: list[Program], look: Look, say: Callable[[str], None]) -> None:
    """Until nothing can be left out; LOOK says which edges the programs of these names run."""
    left = list(programs)
    while left:
        tries = {f"{index}-{number}": (program, operations)
                 for index, program in enumerate(left)
                 for number, operations in enumerate(program.shorter())}
        say(f"{len(left)} programs, {len(tries)} shorter ones tried")
        seen = look({name: program.text(operations)
                     for name, (program, operations) in tries.items()}) if tries else {}
        done: set[int] = set()
        for name, (program, operations) in tries.items():
            if id(program) not in done and program.wanted <= seen.get(name, frozenset()):
                program.operations = operations
                done.add(id(program))
        stay: list[Program] = []
        for program in left:
            if id(program) not in done:
                if program.piece == 1:
                    continue
                program.piece //= 2
            program.piece = min(program.piece, max(1, len(program.operations)))
            stay.append(program)
        left = stay


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
