"""What a run has found out of each canary, for the one that goes on with it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from canary import Canary
from hunting import Places, Result

LIBRARIES = ("lib/.libs/liblogic.a", "lib/.libs/libseams-sim.a", "fuzz/.libs/libharness.a",
             "fuzz/.libs/libprogram.a")


def digest(files: list[Path]) -> str:
    """Of the names and contents of files."""
    whole = hashlib.sha256()
    for file in files:
        content = file.read_bytes() if file.is_file() else b""
        whole.update(f"{file} {len(content)}\n".encode() + content)
    return whole.hexdigest()


def conditions(places: Places, seconds: float, seed: int, with_corpus: bool) -> str:
    """All that a result depends on but for the canary and the engine."""
    files = [build / library for build in places.builds.values() for library in LIBRARIES]
    files += sorted(path for path in places.seeds.rglob("*") if path.is_file())
    return f"{seconds} {seed} {with_corpus} {digest(files)}"


class Kept:
    """Results in files, one for each canary and engine."""

    def __init__(self, folder: Path, under: str, reading: bool) -> None:
        self.folder = folder
        self.under = under
        self.reading = reading

    def _file(self, canary: Canary, engine: str) -> Path:
        return self.folder / canary.name / f"result-{engine}.json"

    def _key(self, canary: Canary) -> str:
        return f"{self.under} {digest([canary.patch])}"

    def write(self, result: Result) -> None:
        file = self._file(result.canary, result.engine)
        fields = {name: value for name, value in vars(result).items() if name != "canary"}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"key": self._key(result.canary), "result": fields}) + "\n",
                        encoding="utf-8")

    def read(self, canary: Canary, engine: str) -> Result | None:
        """None when there is none, or one of something else."""
        file = self._file(canary, engine)
        if not self.reading or not file.is_file():
            return None
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
        except json.JSONDecodeError:  # broken off while it was written
            return None
        if kept["key"] != self._key(canary):
            return None
        return replace(Result(canary, engine), **kept["result"])
