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


def libfuzzer(job: Job) -> Hunt:
    corpus = fresh(job.work / "corpus")
    findings = fresh(job.work / "findings")
    command = [str(job.fuzzer), *LIBFUZZER_OPTIONS, "-reload=0",
               f"-seed={job.seed}", f"-artifact_prefix={findings}/"]
    if job.dictionary.is_file():
        command.append(f"-dict={job.dictionary}")
    log = job.work / "log"
    ended = run([*command, str(corpus), str(job.seeds)], log, job.seconds, CAMPAIGN)
    text = log.read_text(encoding="utf-8", errors="replace")
    counts = [int(number) for number in re.findall(r"^#(\d+)\b", text, re.MULTILINE)]
    counts += [int(number) for number in
               re.findall(r"^stat::number_of_executed_units: +(\d+)", text, re.MULTILINE)]
    return Hunt(first(findings, ("crash-*", "leak-*", "timeout-*", "oom-*")), ended.cpu,
                max(counts, default=0))


def afl(job: Job) -> Hunt:
    output = fresh(job.work / "afl")
    command = ["afl-fuzz", *AFL_OPTIONS, "-s", str(job.seed)]
    if job.dictionary.is_file():
        command += ["-x", str(job.dictionary)]
    command += ["-i", str(job.seeds), "-o", str(output), "--", str(job.fuzzer)]
    found = output / "default" / "crashes"
    ended = run(command, job.work / "log", job.seconds,
                {**AFL_ENVIRONMENT, "AFL_BENCH_UNTIL_CRASH": "1"})
    stats = output / "default" / "fuzzer_stats"
    text = stats.read_text(encoding="utf-8") if stats.is_file() else ""
    execs = re.search(r"^execs_done *: *(\d+)", text, re.MULTILINE)
    return Hunt(first(found, ("id:*",)), ended.cpu, int(execs.group(1)) if execs else 0)


ENGINES = {"libfuzzer": libfuzzer, "afl": afl}
