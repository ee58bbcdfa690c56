"""Which edges of the library inputs run, as libFuzzer's own merge sees them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


class MergeFailed(Exception):
    """The engine could not be run."""


@dataclass(frozen=True)
class Seen:
    """What a run over many inputs has shown."""

    edges: dict[Path, frozenset[int]]
    failed: list[Path]


def parse_control(text: str) -> Seen:
    """The file by which libFuzzer remembers what it has run."""
    lines = text.splitlines()
    count = int(lines[0])
    files = [Path(line) for line in lines[2:2 + count]]
    edges: dict[Path, frozenset[int]] = {}
    started: set[int] = set()
    for line in lines[2 + count:]:
        word, _, rest = line.partition(" ")
        numbers = [int(number) for number in rest.split()] if word in ("STARTED", "FT") else []
        if word == "STARTED":
            started.add(numbers[0])
        elif word == "FT":
            edges[files[numbers[0]]] = frozenset(numbers[1:])
    return Seen(edges, [files[index] for index in sorted(started) if files[index] not in edges])


def run(fuzzer: Path, folders: list[Path], work: Path) -> Seen:
    """Each input once. One that fails is named, and the rest go on."""
    empty = work / "merged"
    empty.mkdir(parents=True, exist_ok=True)
    for old in empty.iterdir():
        old.unlink()
    control = work / "control"
    control.unlink(missing_ok=True)
    done = subprocess.run(
        [str(fuzzer), "-set_cover_merge=1", "-use_counters=0", "-timeout=20", "-rss_limit_mb=2560",
         f"-artifact_prefix={work}/", f"-merge_control_file={control}", str(empty),
         *map(str, folders)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
    if not control.is_file() or not re.search(r"MERGE-OUTER: \d+ new files", done.stderr):
        last = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise MergeFailed(f"{fuzzer.name}: {last[0]}")
    return parse_control(control.read_text(encoding="utf-8"))


def cover(candidates: dict[Path, frozenset[int]], wanted: set[int]) -> list[Path]:
    """Few and small inputs that run all that is wanted: the best one first, again and again."""
    size = {path: path.stat().st_size for path in candidates}
    left = {path: set(edges & wanted) for path, edges in candidates.items()}
    chosen: list[Path] = []
    while True:
        left = {path: edges for path, edges in left.items() if edges}
        if not left:
            return chosen
        best = min(left, key=lambda path: (-len(left[path]), size[path], path.name))
        chosen.append(best)
        done = left.pop(best)
        for edges in left.values():
            edges -= done
