"""How the runner proves itself: every case against a correct server and against mutants of it,
each with exactly one rule broken. A mutant has to be flagged by the cases it is for, and by no
others; the correct server by none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from .case import Case
from .mutants import MUTANTS, Mutant, serve_reference
from .runner import Progress, run_cases
from .target import USUAL_RESOURCES, Target, parse_uri
from .verdict import ERROR, FAIL, INCONCLUSIVE, PASS, SKIP, WARN, Run

AT_ONCE = 6  # servers running beside one another
JOBS = 24  # cases at a time on each
FLAGGED = (FAIL, WARN)


@dataclass
class Proof:
    """What the matrix showed."""

    cases: int
    mutants: int
    caught: int = 0
    alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return (self.caught == self.mutants and not self.alarms and not self.uncovered
                and self.cases > 0)

    def line(self) -> str:
        return (f"cases: {self.cases}, mutants: {self.mutants}, caught: {self.caught}, "
                f"false alarms: {len(self.alarms)}")


async def _run(mutant: Mutant | None, cases: list[Case], progress: Progress | None) -> Run:
    async with serve_reference(mutant.name if mutant else None) as uri:
        target = Target(mutant.name if mutant else "reference", parse_uri(uri),
                        dict(USUAL_RESOURCES))
        await target.probe()
        target.resources.update(getattr(serve_reference, "resources", {}))
        target.features.update(getattr(serve_reference, "features", ()))
        return await run_cases(cases, target, jobs=JOBS, progress=progress)


def _judge_reference(run: Run, proof: Proof) -> None:
    for result in run.results:
        if result.verdict != PASS:
            proof.alarms.append(f"{result.case.id} on the correct server: {result.verdict}: "
                                f"{result.text}")


def _judge_mutant(mutant: Mutant, run: Run, proof: Proof) -> None:
    flagged = {result.case.id for result in run.results if result.verdict in FLAGGED}
    odd = [result for result in run.results if result.verdict in (ERROR, INCONCLUSIVE, SKIP)]
    wanted = set(mutant.breaks)
    missed = wanted - flagged
    if missed:
        proof.missed.append(f"{mutant.name} ({mutant.summary}): not flagged by "
                            f"{', '.join(sorted(missed))}")
    else:
        proof.caught += 1
    for result in run.results:
        if result.case.id in flagged - wanted - set(mutant.also):
            proof.alarms.append(f"{result.case.id} on {mutant.name}: {result.verdict}: "
                                f"{result.text}")
    for result in odd:
        if result.case.id not in wanted | set(mutant.also):
            proof.alarms.append(f"{result.case.id} on {mutant.name}: {result.verdict}: "
                                f"{result.text}")


async def prove(cases: list[Case], progress: Progress | None = None,
                only: str | None = None) -> Proof:
    """Runs the whole matrix; `only` names one mutant."""
    mutants = [mutant for mutant in MUTANTS if only in (None, mutant.name)]
    proof = Proof(len(cases), len(mutants))
    covered = {case for mutant in MUTANTS for case in mutant.breaks}
    proof.uncovered = sorted(case.id for case in cases if case.id not in covered)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(mutant: Mutant | None) -> tuple[Mutant | None, Run]:
        async with gate:
            return mutant, await _run(mutant, cases, progress)

    todo: list[Mutant | None] = [None, *mutants]
    for mutant, run in await asyncio.gather(*(one(mutant) for mutant in todo)):
        if mutant is None:
            _judge_reference(run, proof)
        else:
            _judge_mutant(mutant, run, proof)
    return proof
