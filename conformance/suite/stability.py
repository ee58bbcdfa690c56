"""`coapspec stability`: the same cases on the same peers again and again, and the cases whose
verdict is not the same each time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from .report import machine
from .selftest import responsive
from .verdict import Result, Run

SCHEMA = "coapspec-stability/1"
Step = Callable[[], Awaitable[list[Run]]]


@dataclass
class Flicker:
    """A case that came to several verdicts on one peer."""

    peer: str
    transport: str
    case: str
    verdicts: Counter[str] = field(default_factory=Counter)
    odd: list[tuple[int, Result]] = field(default_factory=list)  # number of the run; not the usual

    def as_json(self) -> dict[str, object]:
        return {"peer": self.peer, "transport": self.transport, "case": self.case,
                "verdicts": {verdict.lower(): n for verdict, n in self.verdicts.items()},
                "odd": [{"run": run, **machine.result_json(result)} for run, result in self.odd]}


@dataclass
class Record:
    """All runs of all peers."""

    wanted: int
    runs: dict[tuple[str, str], list[Run]] = field(default_factory=lambda: defaultdict(list))
    missing: list[str] = field(default_factory=list)  # why there is no run
    seconds: float = 0.0

    def flickers(self) -> list[Flicker]:
        return [found for place, runs in sorted(self.runs.items())
                for found in _flickers(*place, runs)]

    @property
    def judged(self) -> int:
        """How many cases there are, each counted on each peer and transport."""
        return sum(len(runs[0].results) for runs in self.runs.values())

    @property
    def holds(self) -> bool:
        return bool(self.runs) and not self.missing and not self.flickers() \
            and all(len(runs) == self.wanted for runs in self.runs.values())

    def as_json(self) -> dict[str, object]:
        return {"schema": SCHEMA, "holds": self.holds, "runs": self.wanted,
                "seconds": round(self.seconds, 1), "missing": self.missing,
                "peers": [{"peer": peer, "transport": transport, "runs": len(runs),
                           "cases": len(runs[0].results),
                           "seconds": [round(run.seconds, 1) for run in runs],
                           "died": [run.died for run in runs if run.died]}
                          for (peer, transport), runs in sorted(self.runs.items())],
                "flickers": [found.as_json() for found in self.flickers()]}


def _flickers(peer: str, transport: str, runs: list[Run]) -> Iterable[Flicker]:
    seen: dict[str, list[Result]] = defaultdict(list)
    for run in runs:
        for result in run.results:
            seen[result.case.id].append(result)
    for case, results in sorted(seen.items()):
        verdicts = Counter(result.verdict for result in results)
        if len(verdicts) > 1:
            usual = verdicts.most_common(1)[0][0]
            yield Flicker(peer, transport, case, verdicts,
                          [(number, result) for number, result in enumerate(results, 1)
                           if result.verdict != usual])


async def repeat(steps: list[Step], times: int, at_once: int, unavailable: type[Exception] |
                 tuple[type[Exception], ...], progress: Callable[[str, int, int], None]) -> Record:
    """Runs each step so many times, several beside one another: the cases wait for the most part.
    Each step starts servers of its own. A peer that cannot be had is asked for once."""
    record = Record(times)
    gate, line = asyncio.Semaphore(at_once), asyncio.Lock()
    start = time.monotonic()
    lost: set[int] = set()
    done = 0

    async def one(number: int, step: Step) -> None:
        nonlocal done
        async with gate:
            async with line:
                await responsive()
            if number in lost:
                return
            try:
                runs = await step()
            except unavailable as error:
                lost.add(number)
                if str(error) not in record.missing:
                    record.missing.append(str(error))
                return
        done += 1
        for run in runs:
            record.runs[run.peer, run.transport].append(run)
        progress(runs[0].peer, done, times * len(steps))

    # One run of each peer after the other, so that those beside one another are of different ones.
    await asyncio.gather(*(one(number, step) for _ in range(times)
                           for number, step in enumerate(steps)))
    record.seconds = time.monotonic() - start
    return record


def lines(record: Record) -> Iterable[str]:
    """For people."""
    for found in record.flickers():
        counts = ", ".join(f"{n} {verdict}" for verdict, n in found.verdicts.most_common())
        yield f"{found.peer} ({found.transport}) {found.case}: {counts}"
        for number, result in found.odd:
            yield f"  run {number}: {result.verdict}: {result.text or 'no remark'}"
    ending = "the same verdict each time" if record.holds else "not the same each time"
    if record.runs and not record.flickers() and not record.holds:
        ending = "not all peers ran as often as asked"
    yield (f"{record.judged} cases on {len(record.runs)} peers and transports, {record.wanted} "
           f"runs each, {len(record.flickers())} flicker, in {record.seconds:.0f} s: {ending}")
