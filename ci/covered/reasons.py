"""Why some of lib/ is not run by stored inputs: fuzz/coverage_reasons.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from measured import Function

# No part of what is tested: programs, tests, and the harness's own seams.
APART = ("examples/*", "tests/*", "man/*", "bench/*", "seams/*_sim*.c")


@dataclass
class Reasons:
    """By function, and by source that is in no harness."""

    functions: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def stale(self, missed: list[Function], every: set[str], measured: set[str],
              lib: Path) -> list[str]:
        """What is said of functions and files that is not so any more."""
        keys = {function.key for function in missed}
        wrong = [f"{key}: there is no such function" for key in self.functions if key not in every]
        wrong += [f"{key}: every line of it is run" for key in self.functions
                  if key in every and key not in keys]
        wrong += [f"{name}: it is measured" for name in self.files if name in measured]
        wrong += [f"{name}: there is no such file" for name in self.files
                  if not (lib / name).is_file()]
        return sorted(wrong)


def read_reasons(path: Path) -> Reasons:
    reasons = Reasons()
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("reason", []):
        for key in entry.get("functions", []):
            reasons.functions[key] = entry["why"]
        for name in entry.get("files", []):
            reasons.files[name] = entry["why"]
    return reasons


def unmeasured(lib: Path, measured: set[str]) -> list[str]:
    """Sources that are in no harness."""
    names = sorted(str(path.relative_to(lib)) for path in lib.rglob("*.c"))
    return [name for name in names if name not in measured
            and not any(fnmatchcase(name, pattern) for pattern in APART)]
