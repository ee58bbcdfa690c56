"""What every case may say, on whatever transport: verdicts, and what the peer offers."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from .case import Case, Failed, Inconclusive, Skipped, Unsecured
from .secure import HandshakeError
from .target import Target
from .trace import Trace


class Judge:
    """The part of the `peer` handle that has nothing to do with sending."""

    def __init__(self, target: Target, case: Case, trace: Trace | None = None):
        self.target = target
        self.case = case
        self.trace = trace or Trace()
        self.warnings: list[str] = []

    # -- what the peer offers ----------------------------------------------------------------------

    def resource(self, name: str) -> str:
        """The path of a resource by its role ("large"); skips the case when there is none."""
        path = self.target.resources.get(name)
        if path is None:
            self.skip(f"the peer offers no resource for '{name}'")
        return path

    def has(self, feature: str) -> bool:
        return feature in self.target.features

    # -- verdicts ----------------------------------------------------------------------------------

    def fail(self, text: str) -> NoReturn:
        raise Failed(text)

    def skip(self, reason: str) -> NoReturn:
        raise Skipped(reason)

    def inconclusive(self, reason: str) -> NoReturn:
        raise Inconclusive(reason)

    def warn(self, text: str) -> None:
        """Notes that a SHOULD, or usual behaviour, was missed; the case goes on."""
        self.warnings.append(text)

    def check(self, condition: object, text: str) -> None:
        """Fails with `text` (what was expected, what was seen) unless `condition` holds."""
        if not condition:
            self.fail(text)

    def check_should(self, condition: object, text: str) -> None:
        if not condition:
            self.warn(text)

    def note(self, text: str) -> None:
        """A remark in the trace."""
        self.trace.note(text)

    async def unsecured(self, error: HandshakeError) -> NoReturn:
        """Ends a case for which there is no secure session to be had."""
        if error.alert is None and await self.target.is_up(2.0, 3):
            raise Unsecured(f"{error}; a second attempt went well")
        self.fail(str(error))

    # -- time --------------------------------------------------------------------------------------

    def seconds(self, value: float) -> float:
        """A waiting time, scaled by --timeout-scale."""
        return value * self.target.timeout_scale

    async def pause(self, seconds: float) -> None:
        """Waits without reading: what comes stays for later."""
        await asyncio.sleep(self.seconds(seconds))
