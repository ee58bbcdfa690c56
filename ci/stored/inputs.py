"""Stored inputs: readable in corpus/, as bytes for engines."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

KINDS = ("seeds", "recorded", "regressions", "reached")


class BadInput(Exception):
    """What session-convert has against it."""


class Stored:
    """corpus/ and the tools that read and write it."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.corpus = top / "corpus"
        self.convert = top / "build-fuzz/fuzz/session-convert"

    def fuzzer(self, target: str) -> Path:
        return self.top / f"build-fuzz/fuzz/{target}_fuzzer"

    def is_program(self, target: str) -> bool:
        source = (self.top / f"fuzz/targets/{target}.c").read_text(encoding="utf-8")
        return "\nadjust(" in source

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([str(self.convert), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BadInput(done.stderr.strip() or f"session-convert fails on {arguments[-2]}")

    def as_bytes(self, target: str, folder: Path) -> None:
        """FOLDER/TARGET/KIND-NAME of each stored input."""
        subprocess.run([str(self.top / "fuzz/tools/build_corpus.sh"), str(self.convert),
                        str(self.corpus), str(folder), target], check=True,
                       stdout=subprocess.DEVNULL)

    def keep(self, target: str, data: Path) -> Path:
        """One more input of corpus/reached/, under a name that its content gives."""
        name = hashlib.sha1(data.read_bytes(), usedforsecurity=False).hexdigest()[:12]
        folder = self.corpus / "reached" / target
        folder.mkdir(parents=True, exist_ok=True)
        if not self.is_program(target):
            shutil.copyfile(data, folder / name)
            return folder / name
        path = folder / f"{name}.session"
        self._run("--to", "text", str(data), str(path))
        return path

    def from_capture(self, capture: Path, role: str, path: Path) -> None:
        self._run("--role", role, str(capture), str(path))

    def program_as_bytes(self, program: Path, path: Path) -> None:
        self._run("--to", "bytes", str(program), str(path))

    def programs_as_bytes(self, programs: list[Path], folder: Path) -> None:
        self._run("--to", "bytes", "--prefix", "", *map(str, programs), f"{folder}/")
