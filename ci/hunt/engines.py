"""The two engines: how each is started, and where it leaves what it finds."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from running import run

TOP = Path(__file__).resolve().parents[2]
SHARED = dict(assignment.split("=", 1) for assignment in
              shlex.split((TOP / "ci/lib/engines.env").read_text(encoding="utf-8"), comments=True))
CAMPAIGN = {"ASAN_OPTIONS": SHARED["CAMPAIGN_ASAN"]}
LIBFUZZER_OPTIONS = SHARED["LIBFUZZER_OPTIONS"].split()
AFL_OPTIONS = SHARED["AFL_OPTIONS"].split()
AFL_ENVIRONMENT = {
    **dict(setting.split("=", 1) for setting in SHARED["AFL_ENVIRONMENT"].split()),
    "ASAN_OPTIONS": f"{SHARED['AFL_ASAN']}:{SHARED['CAMPAIGN_ASAN']}",
}


@dataclass(frozen=True)
class Hunt:
    """What an engine came to."""

    finding: Path | None
    cpu: float
    execs: int


@dataclass(frozen=True)
class Job:
    """What an engine is to do."""

    target: str
    fuzzer: Path
    seeds: Path
    dictionary: Path
    work: Path
    seconds: float
    seed: int


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def first(folder: Path, patterns: tuple[str, ...]) -> Path | None:
    """The first file of a kind, None when there is none."""
    for pattern in patterns:
        found = sorted(folder.glob(pattern))
        if found:
            return found[0]
    return None


def libfuzzer_command(job: Job, *options: str) -> list[str]:
    command = [str(job.fuzzer), *LIBFUZZER_OPTIONS, "-reload=0", f"-seed={job.seed}", *options]
    if job.dictionary.is_file():
        command.append(f"-dict={job.dictionary}")
    return [*command, str(fresh(job.work / "corpus")), str(job.seeds)]


def libfuzzer(job: Job) -> Hunt:
    findings = fresh(job.work / "findings")
    log = job.work / "log"
    ended = run(libfuzzer_command(job, f"-artifact_prefix={findings}/"), log, job.seconds,
                CAMPAIGN)
    text = log.read_text(encoding="utf-8", errors="replace")
    counts = [int(number) for number in re.findall(r"^#(\d+)\b", text, re.MULTILINE)]
    counts += [int(number) for number in
               re.findall(r"^stat::number_of_executed_units: +(\d+)", text, re.MULTILINE)]
    return Hunt(first(findings, ("crash-*", "leak-*", "timeout-*", "oom-*")), ended.cpu,
                max(counts, default=0))


def afl_mutator(target: str) -> dict[str, str]:
    """What changes programs, where the target's inputs are any."""
    source = (TOP / f"fuzz/targets/{target}.c").read_text(encoding="utf-8")
    if "\nadjust(" not in source:
        return {}
    return {"AFL_CUSTOM_MUTATOR_LIBRARY": str(TOP / "build-afl/fuzz/afl-mutator.so")}


def afl_command(job: Job) -> list[str]:
    command = ["afl-fuzz", *AFL_OPTIONS, "-s", str(job.seed)]
    if job.dictionary.is_file():
        command += ["-x", str(job.dictionary)]
    return [*command, "-i", str(job.seeds), "-o", str(fresh(job.work / "afl")), "--",
            str(job.fuzzer)]


def afl_figure(job: Job, name: str) -> int:
    """What afl-fuzz has written down last, 0 when it has not."""
    stats = job.work / "afl/default/fuzzer_stats"
    text = stats.read_text(encoding="utf-8") if stats.is_file() else ""
    found = re.search(rf"^{name} *: *(\d+)", text, re.MULTILINE)
    return int(found.group(1)) if found else 0


def afl(job: Job) -> Hunt:
    ended = run(afl_command(job), job.work / "log", job.seconds,
                {**AFL_ENVIRONMENT, **afl_mutator(job.target), "AFL_BENCH_UNTIL_CRASH": "1"})
    return Hunt(first(job.work / "afl/default/crashes", ("id:*",)), ended.cpu,
                afl_figure(job, "execs_done"))


ENGINES = {"libfuzzer": libfuzzer, "afl": afl}
