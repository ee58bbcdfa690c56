"""One canary: built, tried on the stored inputs, then hunted by each engine."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from canary import Canary
from engines import ENGINES, Hunt, Job, fresh
from running import run
from verdict import seen_by

REPLAY_SECONDS = 60.0


class BuildFailed(Exception):
    """The patch does not apply, or what it makes does not compile."""


@dataclass(frozen=True)
class Places:
    """Where things are."""

    top: Path
    builds: dict[str, Path]  # an engine's tree; that of libFuzzer has the replayers
    seeds: Path
    work: Path


@dataclass
class Result:
    """What came of one canary with one engine."""

    canary: Canary
    engine: str
    found: bool = False
    source: str = ""  # "corpus" or "hunt"
    target: str = ""
    cpu: float = 0.0
    execs: int = 0
    seen: str = ""
    finding: str = ""
    trouble: str = ""

    def as_json(self) -> dict[str, object]:
        return {"id": self.canary.name, "class": self.canary.kind, "layer": self.canary.layer,
                "transport": self.canary.transport, "engine": self.engine, "found": self.found,
                "by": self.source, "target": self.target, "seconds": round(self.cpu, 2),
                "execs": self.execs, "seen": self.seen, "finding": self.finding,
                "trouble": self.trouble}


class Hunter:
    """Hunts canaries, each in a folder of its own."""

    def __init__(self, places: Places, seconds: float, seed: int) -> None:
        self.places = places
        self.seconds = seconds
        self.seed = seed

    def build(self, canary: Canary, engine: str, target: str, what: str) -> Path:
        """The target on the broken library, as "fuzzer" or as "replay"."""
        folder = self.places.work / canary.name / f"build-{engine}"
        done = subprocess.run(
            [str(self.places.top / "fuzz/canaries/build.sh"), str(canary.patch), target,
             str(self.places.builds[engine]), str(folder), what],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            wrong = [line for line in lines if "error" in line] or lines[-1:] or ["?"]
            raise BuildFailed(f"{target} with {engine}: {wrong[0]}")
        return folder / f"{target}_{what}"

    def is_clean(self, target: str, finding: Path, work: Path) -> bool:
        """The library as it is has nothing against it."""
        replayer = self.places.builds["libfuzzer"] / "fuzz" / f"{target}_replay"
        return run([str(replayer), str(finding)], work / "clean.log", REPLAY_SECONDS, {}).code == 0

    def judge(self, result: Result, target: str, replayer: Path, finding: Path,
              work: Path) -> bool:
        """Whether it shows the planted bug, and by whom it was seen."""
        log = work / "replay.log"
        ended = run([str(replayer), str(finding)], log, REPLAY_SECONDS, {})
        if ended.code == 0 and ended.in_time:
            result.trouble = f"{finding} does not repeat"
            return False
        if not self.is_clean(target, finding, work):
            result.trouble = f"{finding} fails without the planted bug, too"
            return False
        report = log.read_text(encoding="utf-8", errors="replace")
        result.seen = seen_by(report, ended.code) if ended.in_time else "timeout"
        result.target = target
        result.finding = str(finding)
        result.found = True
        return True

    def first_failing(self, replayer: Path, seeds: list[Path], work: Path) -> Path:
        """Of inputs that fail together; an input fails whatever ran before it."""
        while len(seeds) > 1:
            half = seeds[:len(seeds) // 2]
            ended = run([str(replayer), *map(str, half)], work / "seed.log", REPLAY_SECONDS * 5, {})
            seeds = half if ended.code != 0 else seeds[len(half):]
        return seeds[0]

    def try_corpus(self, result: Result, target: str, replayer: Path, work: Path) -> bool:
        """The stored inputs alone, in one go: a failure ends it, as it ends an engine's run."""
        seeds = sorted((self.places.seeds / target).iterdir())
        all_of_them = run([str(replayer), *map(str, seeds)], work / "corpus.log",
                          REPLAY_SECONDS * 5, {})
        result.cpu += all_of_them.cpu
        if all_of_them.code == 0:
            return False
        failing = self.first_failing(replayer, seeds, work)
        if not self.judge(result, target, replayer, failing, work):
            return False
        result.source = "corpus"
        return True

    def hunt_with(self, result: Result, target: str, fuzzer: Path, replayer: Path,
                  work: Path) -> bool:
        job = Job(target, fuzzer, self.places.seeds / target,
                  self.places.top / "corpus/dictionaries" / f"{target}.dict", work,
                  self.seconds / len(result.canary.targets), self.seed)
        hunt: Hunt = ENGINES[result.engine](job)
        result.cpu += hunt.cpu
        result.execs += hunt.execs
        if hunt.finding is None:
            return False
        kept = work / f"finding-{target}"
        shutil.copyfile(hunt.finding, kept)
        if not self.judge(result, target, replayer, kept, work):
            return False
        result.source = "hunt"
        return True

    def by_corpus(self, canary: Canary) -> Result:
        """The replayers are the same for every engine: so is what the stored inputs show."""
        result = Result(canary, "")
        work = fresh(self.places.work / canary.name / "corpus")
        try:
            for target in canary.targets:
                replayer = self.build(canary, "libfuzzer", target, "replay")
                if self.try_corpus(result, target, replayer, work):
                    break
        except BuildFailed as failure:
            result.trouble = str(failure)
        return result

    def by_engine(self, canary: Canary, engine: str) -> Result:
        result = Result(canary, engine)
        work = fresh(self.places.work / canary.name / engine)
        try:
            for target in canary.targets:
                replayer = self.build(canary, "libfuzzer", target, "replay")
                fuzzer = self.build(canary, engine, target, "fuzzer")
                if self.hunt_with(result, target, fuzzer, replayer, work):
                    break
        except BuildFailed as failure:
            result.trouble = str(failure)
        return result
