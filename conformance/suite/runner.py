"""Runs cases against one peer, many beside one another."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack

from .case import TCP, WS, Case, Ended, Unsecured
from .client_handle import ClientPeer, ClientTarget
from .client_stream_handle import StreamClientPeer
from .client_udp import UdpClientPeer
from .expect import Expectation
from .handle import Peer
from .proxy_handle import ProxyPeer, ProxyTarget
from .secure import HandshakeError
from .secure_handle import SecurePeer
from .stream_handle import StreamPeer
from .target import UDP, Target
from .verdict import ERROR, FAIL, INCONCLUSIVE, PASS, SKIP, WARN, Result, Run

CASE_SECONDS = 60.0  # deadline of one case, scaled by --timeout-scale
RUN_SECONDS = 900.0  # deadline of a run
SURE = 2  # passes, although datagrams were lost
ATTEMPTS = 8  # of a case on a network that loses datagrams
BEAT, LATE = 0.1, 0.5  # seconds between looks at the clock; so much too late is too late
REVIVALS = 10  # how often a dead peer is started again in one run
BAD = (FAIL, INCONCLUSIVE, ERROR)

Progress = Callable[[str, int, int], None]
Revive = Callable[[], Awaitable[bool]]


def lacking(case: Case, target: Target) -> str | None:
    """Why a case cannot run on this peer; None when it can."""
    for need in case.requires:
        kind, _, name = need.partition(":")
        if kind == "resource" and name not in target.resources:
            return f"the peer offers no resource for '{name}'"
        if kind == "feature" and name not in target.features:
            return f"the peer does not do '{name}'"
    return None


def _handle(case: Case, target: Target) -> Peer | StreamPeer | ClientPeer | UdpClientPeer:
    """What a case is given."""
    if isinstance(target, ClientTarget):
        if target.transport == UDP:
            return UdpClientPeer(target, case)
        if target.transport in (*TCP, *WS):
            return StreamClientPeer(target, case)
        return ClientPeer(target, case)
    if isinstance(target, ProxyTarget):
        return ProxyPeer(target, case)
    if not target.address.is_datagram:
        return StreamPeer(target, case)
    return SecurePeer(target, case) if case.is_about_security else Peer(target, case)


async def run_case(case: Case, target: Target) -> Result:
    """One case. On a network of ours that loses datagrams it runs until it comes to its verdict
    without a loss, or has passed often enough with some; after too many attempts the most frequent
    verdict counts. One whose handshake came to nothing without a reason is run again, once."""
    reason = lacking(case, target)
    if reason:
        return Result(case, SKIP, reason)
    results: list[Result] = []
    while len(results) < ATTEMPTS:
        result, peer = await _attempt(case, target)
        if results and results[0].is_unsecured:
            result.trace.note(f"a second run of the case; of the first: {results[0].text}")
        results.append(result)
        if result.is_unsecured and len(results) == 1:
            continue
        was_lossy = target.lost and isinstance(peer, Peer) and any(
            target.lost[port] for port in peer.ports)
        if not was_lossy or [r.verdict for r in results].count(PASS) == SURE:
            return result
    usual = Counter(result.verdict for result in results).most_common(1)[0][0]
    return next(result for result in reversed(results) if result.verdict == usual)


async def _attempt(case: Case, target: Target) -> tuple[Result, object]:
    """A case on sockets of its own, within its deadline."""
    peer = _handle(case, target)
    start = time.monotonic()
    verdict, text = ERROR, ""
    is_unsecured = False
    try:
        async with AsyncExitStack() as stack:
            for name in sorted(case.exclusive):
                await stack.enter_async_context(target.locks[name])
            # Waiting for a turn is not the case's own time.
            start = time.monotonic()
            try:
                await peer.open(target.address)
            except HandshakeError as error:
                await peer.unsecured(error)
            async with asyncio.timeout(CASE_SECONDS * target.timeout_scale):
                await case.function(peer)
        verdict, text = PASS, ""
    except Ended as ended:
        verdict, text = ended.verdict, str(ended)
        is_unsecured = isinstance(ended, Unsecured)
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
    took = time.monotonic() - start
    return Result(case, verdict, text, took, peer.trace, is_unsecured), peer


class Keeper:
    """Knows whether the peer lives, and brings it back when it can be started again. A peer's
    life has a number; a case that saw it change cannot be judged by what it saw."""

    def __init__(self, target: Target, revive: Revive | None):
        self.target = target
        self.revive = revive
        self.life = 0
        self.dead = False
        self._lock = asyncio.Lock()

    async def current(self) -> int:
        """The number of the present life, once the peer is back when it has just died."""
        async with self._lock:
            return self.life

    async def died_since(self, life: int) -> bool:
        async with self._lock:
            if self.dead or self.life != life:
                return True
            if await self.target.is_up(2.0, 3):
                return False
            self.life += 1
            self.dead = not (self.revive and self.life <= REVIVALS and await self.revive())
            return True


class Pulse:
    """Knows when this process got no turn for so long that what it saw was late."""

    def __init__(self) -> None:
        self._missed: float = 0.0  # when that was last seen

    async def beat(self) -> None:
        """Until it is cancelled."""
        while True:
            due = time.monotonic() + BEAT
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            if now - due > LATE:
                self._missed = now

    def missed_since(self, start: float) -> bool:
        return self._missed > start


class _Session:
    """One run: its cases, and what has become of them."""

    def __init__(self, target: Target, keeper: Keeper, run: Run, run_seconds: float):
        self.target = target
        self.keeper = keeper
        self.pulse = Pulse()
        self.run = run
        self.end = time.monotonic() + run_seconds * target.timeout_scale
        self.suspects: list[Case] = []

    async def attempt(self, case: Case, alone: bool) -> Result | None:
        """Runs a case. None when it is to be run again alone: the peer died meanwhile, and it has
        to be seen whether this case ended it; or this process had no turn, and saw what came too
        late to judge it."""
        if time.monotonic() > self.end:
            return Result(case, ERROR, "not run: the run's deadline had passed")
        life = await self.keeper.current()
        if self.keeper.dead:
            return Result(case, SKIP, f"the peer died in {self.run.died or 'an earlier case'}")
        start = time.monotonic()
        result = await run_case(case, self.target)
        if result.verdict not in BAD and not alone:
            return result
        if not alone and self.pulse.missed_since(start):
            self.suspects.append(case)
            return None
        if not await self.keeper.died_since(life):
            return result
        if not alone and not self.keeper.dead:
            self.suspects.append(case)
            return None
        if alone:
            self.run.died = self.run.died or case.id
            result.verdict = FAIL
            result.text += f"{'; ' if result.text else ''}the peer died in this case"
        else:
            self.run.died = self.run.died or f"{case.id} or a case beside it (--jobs 1 tells which)"
            result.text += "; the peer died in this case or one beside it (--jobs 1 tells which)"
        return result


async def run_cases(
    cases: Iterable[Case],
    target: Target,
    *,
    jobs: int = 32,
    strict: bool = False,
    expected: dict[str, Expectation] | None = None,
    progress: Progress | None = None,
    revive: Revive | None = None,
    run_seconds: float = RUN_SECONDS,
    again_when_late: bool = True,
) -> Run:
    """Runs those of `cases` that are for the transport of `target`, at most `jobs` at a time. A
    peer that dies is started again if `revive` can, and the cases that saw it die are run again
    one by one to find the one that ends it; otherwise what is left is skipped. So are those that
    went wrong while the machine kept this process waiting, unless `again_when_late` is off."""
    todo = [case for case in cases if case.role == target.role and case.is_for(target.transport)]
    gate = asyncio.Semaphore(jobs)
    results: list[Result] = []
    run = Run(target.name, str(target.address), results)
    keeper = Keeper(target, revive)
    session = _Session(target, keeper, run, run_seconds)
    start = time.monotonic()

    def record(result: Result) -> None:
        result.settle((expected or {}).get(result.case.id), strict)
        results.append(result)
        if progress:
            progress(result.case.id, len(results), len(todo))

    async def one(case: Case) -> None:
        async with gate:
            result = await session.attempt(case, alone=jobs == 1)
        if result:
            record(result)

    # Slow ones first, so that a run takes about as long as its slowest case.
    todo.sort(key=lambda case: (not case.slow, case.id))
    beating = asyncio.create_task(session.pulse.beat()) if again_when_late else None
    await asyncio.gather(*(one(case) for case in todo))
    if beating:
        beating.cancel()
    for case in session.suspects:
        result = await session.attempt(case, alone=True)
        assert result
        record(result)
    if not run.died and (keeper.life or await keeper.died_since(0)):
        # No case was seen to end it: that is a finding all the same.
        run.died = "a case that did not notice (--jobs 1 tells which)"
    if isinstance(target, Target):
        target.close_retired()
    results.sort(key=lambda result: result.case.id)
    run.seconds = time.monotonic() - start
    return run
