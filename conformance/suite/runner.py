"""Runs cases against one peer, many beside one another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack

from .case import Case, Ended
from .expect import Expectation
from .handle import Peer
from .target import Target
from .verdict import ERROR, FAIL, INCONCLUSIVE, PASS, SKIP, WARN, Result, Run

CASE_SECONDS = 60.0  # deadline of one case, scaled by --timeout-scale
RUN_SECONDS = 900.0  # deadline of a run

Progress = Callable[[Result, int, int], None]


def lacking(case: Case, target: Target) -> str | None:
    """Why a case cannot run on this peer; None when it can."""
    for need in case.requires:
        kind, _, name = need.partition(":")
        if kind == "resource" and name not in target.resources:
            return f"the peer offers no resource for '{name}'"
        if kind == "feature" and name not in target.features:
            return f"the peer does not do '{name}'"
    return None


async def run_case(case: Case, target: Target) -> Result:
    """One case, on sockets of its own, within its deadline."""
    reason = lacking(case, target)
    if reason:
        return Result(case, SKIP, reason)
    peer = Peer(target, case)
    start = time.monotonic()
    verdict, text = ERROR, ""
    try:
        async with AsyncExitStack() as stack:
            for name in sorted(case.exclusive):
                await stack.enter_async_context(target.locks[name])
            # Waiting for a turn is not the case's own time.
            start = time.monotonic()
            await peer.open(target.address)
            async with asyncio.timeout(CASE_SECONDS * target.timeout_scale):
                await case.function(peer)
        verdict, text = PASS, ""
    except Ended as ended:
        verdict, text = ended.verdict, str(ended)
    except TimeoutError:
        verdict, text = INCONCLUSIVE, "the case did not end within its deadline"
    except OSError as error:
        verdict, text = ERROR, f"the runner's socket failed: {error}"
    except Exception as error:  # noqa: BLE001 (a broken case must not end the run)
        verdict, text = ERROR, f"the case itself is broken: {type(error).__name__}: {error}"
    finally:
        peer.close()
    if verdict == PASS and peer.warnings:
        verdict, text = WARN, "; ".join(peer.warnings)
    return Result(case, verdict, text, time.monotonic() - start, peer.trace)


async def run_cases(
    cases: Iterable[Case],
    target: Target,
    *,
    jobs: int = 32,
    strict: bool = False,
    expected: dict[str, Expectation] | None = None,
    progress: Progress | None = None,
    revive: Callable[[], bool] | None = None,
    run_seconds: float = RUN_SECONDS,
) -> Run:
    """Runs `cases` on `target`, at most `jobs` at a time. When the peer stops answering it is
    revived if `revive` can, else what is left is skipped."""
    todo = list(cases)
    gate = asyncio.Semaphore(jobs)
    results: list[Result] = []
    run = Run(target.name, str(target.address), results)
    start = time.monotonic()

    async def one(case: Case) -> None:
        async with gate:
            if run.died and not revive:
                result = Result(case, SKIP, f"the peer died in {run.died}")
            elif time.monotonic() - start > run_seconds * target.timeout_scale:
                result = Result(case, INCONCLUSIVE, "the run's deadline had passed")
            else:
                result = await run_case(case, target)
                if result.verdict in (FAIL, INCONCLUSIVE, ERROR):
                    await note_death(case, result)
        result.settle((expected or {}).get(case.id), strict)
        results.append(result)
        if progress:
            progress(result, len(results), len(todo))

    async def note_death(case: Case, result: Result) -> None:
        if run.died or await target.is_up(2.0, 3):
            return
        run.died = case.id
        result.text += "; the peer has died"
        if revive and revive():
            run.died = ""

    # Slow ones first, so that a run takes about as long as its slowest case.
    todo.sort(key=lambda case: (not case.slow, case.id))
    await asyncio.gather(*(one(case) for case in todo))
    results.sort(key=lambda result: result.case.id)
    run.seconds = time.monotonic() - start
    return run

