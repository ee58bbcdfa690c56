"""How the runner proves itself: every case against a correct server and against mutants of it,
each with exactly one rule broken. A mutant has to be flagged by the cases it is for, and by no
others; the correct server by none."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import gc
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .address import INSIDE, NO_KEYS
from .case import Case
from .client_handle import ClientTarget
from .mutants import (
    FEATURES,
    KEYS,
    MUTANTS,
    RESOURCES,
    Mutant,
    client_keys,
    serve_reference,
)
from .mutants.broken_proxies import PROXY_RULES
from .mutants.clients import reference_client
from .mutants.proxy_reference import ProxyRules, serve_proxy
from .proxy_handle import ProxyTarget
from .runner import Pulse, run_cases
from .target import USUAL_RESOURCES, Target, parse_uri
from .trace import Trace
from .verdict import FAIL, PASS, WARN, Result, Run

SCHEMA = "coapspec-selftest/1"
AT_ONCE = 32  # servers running beside one another
REPEATS = (3, 1)  # at a time of those that are run again, and once more
LIGHT = 4  # so many more, where only the odd cases are run again
STAGGER = 0.2  # seconds from the start of one to that of the next, at least
LAG = 0.15  # seconds that this process may be late to start another one
PATIENCE = 2  # how often it looks, before it starts another one all the same
JOBS = 24  # cases at a time on each
SOCKETS = AT_ONCE * JOBS * 3  # what that may need
FLAGGED = (FAIL, WARN)

Entry = tuple[Mutant | None, str, str]  # and its transport and role
Progress = Callable[[str, int, int], None]


@dataclass
class Proof:
    """What the matrix showed."""

    cases: int
    mutants: int
    caught: int = 0
    alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)
    matrix: list[dict[str, object]] = field(default_factory=list)
    seconds: float = 0.0
    repeated: int = 0  # runs that came out odd, and were done again

    @property
    def holds(self) -> bool:
        return (self.caught == self.mutants and not self.alarms and not self.uncovered
                and self.cases > 0)

    def line(self) -> str:
        return (f"cases: {self.cases}, mutants: {self.mutants}, caught: {self.caught}, "
                f"false alarms: {len(self.alarms)}")

    def as_json(self) -> dict[str, object]:
        return {
            "schema": SCHEMA, "holds": self.holds, "cases": self.cases, "mutants": self.mutants,
            "caught": self.caught, "false_alarms": self.alarms, "not_caught": self.missed,
            "without_mutant": self.uncovered, "repeated": self.repeated,
            "seconds": round(self.seconds, 1),
            "matrix": self.matrix,
        }


def allow_sockets() -> None:
    """Asks for as many open sockets as the matrix may need, if the system's limit allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = SOCKETS if hard == resource.RLIM_INFINITY else min(SOCKETS, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))


def _rfc(id: str) -> str:
    return id.partition("/")[0]


def _not_flagged(mutant: Mutant, run: Run) -> set[str]:
    """Of the cases that the mutant is for, those that were run and did not flag it."""
    return {result.case.id for result in run.results
            if result.case.id in mutant.breaks and result.verdict not in FLAGGED}


def _alarming(mutant: Mutant | None, run: Run) -> list[Result]:
    """What went wrong on a server that is correct for the case."""
    free = set(mutant.breaks) | set(mutant.also) if mutant else set()
    return [result for result in run.results
            if result.case.id not in free and result.verdict != PASS]


def odd_ones(mutant: Mutant | None, run: Run) -> set[str]:
    """The cases that did not come out as they should."""
    alarming = {result.case.id for result in _alarming(mutant, run)}
    return alarming | _not_flagged(mutant, run) if mutant else alarming


def merged(first: Run, second: Run) -> Run:
    """The first run with what some of its cases came to in the second."""
    new = {result.case.id: result for result in second.results}
    results = [new.get(result.case.id, result) for result in first.results]
    return dataclasses.replace(first, results=results)


def concerned(mutant: Mutant, cases: list[Case]) -> list[Case]:
    """What is run on a mutant: everything, but of the cases that take seconds only those of the
    RFCs that its rule is from, and those it names. What runs inside (D)TLS is not run on mutants
    of that: it has mutants of its own."""
    cases = [case for case in cases
             if case.role == mutant.role and mutant.transport in case.transports]
    named = set(mutant.breaks) | set(mutant.also)
    near = {_rfc(id) for id in mutant.breaks}
    return [case for case in cases
            if not case.slow or case.id in named or _rfc(case.id) in near]


# What comes out odd here is looked at by the matrix itself.
run_some = functools.partial(run_cases, jobs=JOBS, again_when_late=False)


async def run_client(mutant: Mutant | None, transport: str, cases: list[Case]) -> Run:
    """The cases about clients on the correct client of a transport (None) or on a mutant."""
    name = mutant.name if mutant else f"the correct client ({transport})"
    client, features = reference_client(mutant.name if mutant else None, transport)
    target = ClientTarget(name, transport, client, features)
    return await run_some(concerned(mutant, cases) if mutant else cases, target)


async def run_proxy(mutant: Mutant | None, transport: str, cases: list[Case]) -> Run:
    """The cases about proxies on the correct proxy (None) or on a mutant."""
    rules = PROXY_RULES[mutant.name]() if mutant else ProxyRules()
    name = mutant.name if mutant else f"the correct proxy ({transport})"
    async with serve_proxy(rules) as uri:
        return await run_some(concerned(mutant, cases) if mutant else cases,
                              ProxyTarget(name, parse_uri(uri)))


async def run_on(mutant: Mutant | None, transport: str, role: str, cases: list[Case]) -> Run:
    """The cases on the correct server or client of a transport (None) or on a mutant."""
    if role == "client":
        return await run_client(mutant, transport, cases)
    if role == "middle":
        return await run_proxy(mutant, transport, cases)
    async with serve_reference(mutant.name if mutant else None, transport) as uri:
        name = mutant.name if mutant else f"the correct server ({transport})"
        certified = client_keys() if transport in INSIDE else NO_KEYS
        target = Target(name, parse_uri(uri, KEYS, certified),
                        dict(USUAL_RESOURCES))
        await target.probe()
        target.resources.update(RESOURCES)
        target.features.update(FEATURES)
        chosen = concerned(mutant, cases) if mutant else cases
        return await run_some(chosen, target)


def _alarm(result: Result, run: Run) -> str:
    return f"{result.case.id} on {run.peer}: {result.verdict}: {result.text}"


def judge_reference(run: Run, proof: Proof) -> None:
    proof.alarms += [_alarm(result, run) for result in _alarming(None, run)]


def judge_mutant(mutant: Mutant, run: Run, proof: Proof) -> None:
    """A case that observes the broken rule may flag it or find no way to go on; the ones that the
    mutant is for have to flag it; for all others the mutant is a correct server."""
    flagged = {result.case.id for result in run.results if result.verdict in FLAGGED}
    missed = _not_flagged(mutant, run)
    if missed:
        proof.missed.append(f"{mutant.name} ({mutant.summary}): not flagged by "
                            f"{', '.join(sorted(missed))}")
    else:
        proof.caught += 1
    proof.matrix.append({"mutant": mutant.name, "summary": mutant.summary,
                         "breaks": list(mutant.breaks), "flagged_by": sorted(flagged)})
    proof.alarms += [_alarm(result, run) for result in _alarming(mutant, run)]


async def responsive() -> None:
    """Comes back when this process has time for one more server: a burst would spoil the times
    that cases measure."""
    loop = asyncio.get_running_loop()
    for _ in range(PATIENCE):
        before = loop.time()
        await asyncio.sleep(STAGGER)
        if loop.time() - before < STAGGER + LAG:
            return


async def _run_all(matrix: list[Entry], cases: list[Case], proof: Proof,
                   progress: Progress | None) -> list[Run]:
    """The run of each entry. On a machine with other work a case may see late what came in time.
    A true fault is there each time, with little beside it and with next to nothing. Where this
    process was late, only what came out odd is run again; where it was not, all of it, for it may
    be the cases that disturb one another."""
    pulse = Pulse()
    beating = asyncio.create_task(pulse.beat())
    start_line = asyncio.Lock()
    done = 0

    async def one(entry: Entry, chosen: list[Case], gate: asyncio.Semaphore) -> tuple[Run, bool]:
        nonlocal done
        async with gate:
            async with start_line:
                await responsive()
            began = time.monotonic()
            run = await run_on(*entry, chosen)
        # What went over the wire is let go: a collector that goes through what five hundred runs
        # said stops this process for seconds.
        for result in run.results:
            result.trace = Trace()
        done += 1
        if progress:
            progress(run.peer, done, len(matrix) + proof.repeated)
        return run, pulse.missed_since(began)

    async def again(n: int, odd: set[str], gate: asyncio.Semaphore, light: asyncio.Semaphore
                    ) -> None:
        first, was_late = runs[n]
        chosen = [case for case in cases if case.id in odd] if was_late else cases
        run, is_late = await one(matrix[n], chosen, light if was_late else gate)
        runs[n] = merged(first, run), is_late

    gate = asyncio.Semaphore(AT_ONCE)
    runs = list(await asyncio.gather(*(one(entry, cases, gate) for entry in matrix)))
    for at_once in REPEATS:
        odd = {n: ids for n, (mutant, *_) in enumerate(matrix)
               if (ids := odd_ones(mutant, runs[n][0]))}
        proof.repeated += len(odd)
        gate, light = asyncio.Semaphore(at_once), asyncio.Semaphore(at_once * LIGHT)
        await asyncio.gather(*(again(n, ids, gate, light) for n, ids in odd.items()))
    beating.cancel()
    return [run for run, _ in runs]


async def prove(cases: list[Case], progress: Progress | None = None,
                only: str | None = None) -> Proof:
    """Runs the whole matrix; `only` names one mutant. Mutants of none of the cases are left
    out."""
    allow_sockets()
    gc.freeze()  # what has been loaded stays
    ids = {case.id for case in cases}
    mutants = [mutant for mutant in MUTANTS
               if only in (None, mutant.name) and ids & set(mutant.breaks)]
    proof = Proof(len(cases), len(mutants))
    covered = {case for mutant in MUTANTS for case in mutant.breaks}
    proof.uncovered = sorted(ids - covered)
    kinds = sorted({(transport, case.role) for case in cases for transport in case.transports})
    matrix: list[Entry] = [(None, *kind) for kind in kinds]
    matrix += [(mutant, mutant.transport, mutant.role) for mutant in mutants]
    start = time.monotonic()
    runs = await _run_all(matrix, cases, proof, progress)
    for (mutant, *_), run in zip(matrix, runs, strict=True):
        if mutant is None:
            judge_reference(run, proof)
        else:
            judge_mutant(mutant, run, proof)
    proof.seconds = time.monotonic() - start
    return proof
