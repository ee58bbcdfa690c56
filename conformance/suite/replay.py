"""Plays session programs to one peer, and gathers which answers each of their steps got."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from .codec import FormatError, decode
from .endpoint import Endpoint
from .message import ACK, CON, EMPTY, GET, NON, RST, URI_PATH, Message
from .program import Program, Step
from .target import USUAL_RESOURCES, Target
from .trace import Datagram, Trace

ANSWER = 0.5  # seconds for a first answer, before the peer is asked whether it lives
SEPARATE = 6.0  # seconds for the response behind an empty acknowledgement
SETTLE = 0.06  # seconds in which what belongs to an answer would follow it
LONGEST = 1.0  # seconds that a pause of a program takes at most; it may ask for minutes
# Paths of the fuzzed server's resources that are not those of the plugtest list.
ROLES = {path.strip("/"): role for role, path in USUAL_RESOURCES.items() if path != "/"}
ROLES |= {"count": "counter", "obs-con": "obs"}

Revive = Callable[[], Awaitable[bool]]


@dataclass
class Answered:
    """What one step was, as it was sent, and what it got."""

    program: str
    line: int
    data: bytes = b""
    message: Message | None = None  # None where the bytes are no message
    why: str = ""  # they are none
    role: str = ""  # the resource of the plugtest list that it is for
    lacking: str = ""  # the peer has none
    first: Answered | None = None  # of which the step's message is a copy
    answers: list[Datagram] = field(default_factory=list)
    died: bool = False

    @property
    def messages(self) -> list[Message]:
        return [entry.message for entry in self.answers if entry.message]


class _Talk:
    """One program with one peer. Each peer number of the program is a socket."""

    def __init__(self, program: Program, target: Target):
        self.program = program
        self.target = target
        self.sockets: dict[int, Endpoint] = {}
        self.done: dict[int, list[Answered]] = {}
        self.heard: dict[int, list[Message]] = {}

    async def socket(self, number: int) -> Endpoint:
        if number not in self.sockets:
            made = Endpoint(Trace(), number)
            await made.open(self.target.address)
            self.sockets[number] = made
            self.done[number], self.heard[number] = [], []
        return self.sockets[number]

    def close(self) -> None:
        for made in self.sockets.values():
            made.close()

    async def step(self, step: Step, acknowledged: bool) -> Answered:
        """`acknowledged`: the next step answers the peer's message itself."""
        via = await self.socket(step.peer)
        answered = Answered(self.program.name, step.line)
        answered.data = step.data or b""
        if step.message:
            filled = self._filled(step, via)
            filled, answered.role, answered.lacking = self._placed(filled)
            answered.data = step.datagram(filled)
        try:
            answered.message = decode(answered.data)
        except FormatError as error:
            answered.why = str(error)
        before = self.done[step.peer]
        answered.first = next((other for other in before if other.data == answered.data
                               and other.message and not other.message.is_empty), None)
        before.append(answered)
        if not answered.lacking:
            via.send_bytes(answered.data)
            await self._gather(step.peer, answered, acknowledged)
        return answered

    def _filled(self, step: Step, via: Endpoint) -> Message:
        """The step's message with what only the peer could say."""
        message = step.message
        assert message
        heard = [m for m in self.heard[step.peer] if m.type in (CON, NON)] or [Message(mid=0)]
        if step.mid_of is not None:
            message = message.but(mid=heard[max(-len(heard), -1 - step.mid_of)].mid)
        elif message.mid < 0:
            message = message.but(mid=via.fresh_mid())
        if step.token_of is not None:
            message = message.but(token=heard[max(-len(heard), -1 - step.token_of)].token)
        return message

    def _placed(self, message: Message) -> tuple[Message, str, str]:
        """A message with the peer's path for what the program's path stands for, which is this
        resource; and why there is none."""
        segments = b"/".join(message.all(URI_PATH)).decode("utf-8", "replace")
        role = ROLES.get(segments, "")
        if not message.is_request or not role:
            return message, "", ""
        if role not in self.target.resources:
            return message, role, f"it offers no resource for '{role}'"
        path, _, _ = self.target.resources[role].partition("?")
        there = tuple((URI_PATH, part.encode()) for part in path.strip("/").split("/"))
        others = tuple(option for option in message.options if option[0] != URI_PATH)
        return message.but(options=there + others), role, ""

    async def _gather(self, number: int, answered: Answered, acknowledged: bool) -> None:
        """Listens until the step's answer is complete, or the peer is seen to live without one."""
        end = time.monotonic() + ANSWER * self.target.timeout_scale
        complete = False
        while (left := end - time.monotonic()) > 0:
            entry = await self.sockets[number].next(left)
            if entry is None:
                break
            self._take(number, answered, entry, acknowledged)
            now = time.monotonic()
            if _is_alone(answered):
                end = now + SEPARATE * self.target.timeout_scale
            elif answered.answers:
                complete, end = True, now + SETTLE
        if complete:
            return
        answered.died = not await self.target.is_up(2.0, 3)
        while entry := await self.sockets[number].next(SETTLE):
            self._take(number, answered, entry, acknowledged)

    def _take(self, number: int, now: Answered, entry: Datagram, acknowledged: bool) -> None:
        """Gives an answer to the step it belongs to, and acknowledges it where the program does
        not."""
        message = entry.message
        if message is None:
            now.answers.append(entry)
            return
        copy = message.type == CON and message in self.heard[number]
        self.heard[number].append(message)
        if message.type == CON and not acknowledged:
            kind = RST if message.is_empty else ACK
            self.sockets[number].send_message(Message(kind, EMPTY, message.mid))
        if copy or (message.type == CON and message.is_empty):
            return  # a retransmission, or a ping of the peer's own
        owner = next((step for step in reversed(self.done[number]) if _belongs(message, step)),
                     now)
        owner.answers.append(entry)


def _is_alone(answered: Answered) -> bool:
    """The request was acknowledged, and its response is still to come."""
    return (answered.message is not None and answered.message.is_request
            and bool(answered.messages) and all(m.is_empty and m.type == ACK
                                                for m in answered.messages))


def _belongs(answer: Message, step: Answered) -> bool:
    """An acknowledgement and a Reset go by the message ID, anything else by the token."""
    sent = step.message
    if answer.type in (ACK, RST):
        mid = sent.mid if sent else int.from_bytes(step.data[2:4], "big")
        return len(step.data) >= 4 and answer.mid == mid
    return sent is not None and sent.is_request and answer.token == sent.token


def _writes(answered: Answered) -> bool:
    """It may have changed what the peer holds."""
    return answered.message is None or answered.message.code not in (EMPTY, GET)


async def play(programs: list[Program], target: Target, revive: Revive | None,
               progress: Callable[[str], None]) -> list[list[Answered]]:
    """What each step of each program got. A peer that a program may have changed is started anew
    before the next one, if it is ours to start."""
    results = []
    changed = False
    for program in programs:
        if changed and revive and not await revive():
            break
        progress(program.name)
        steps = await _play(program, target)
        results.append(steps)
        changed = any(step.died or _writes(step) for step in steps)
        if not revive and any(step.died for step in steps):
            break
    return results


async def _play(program: Program, target: Target) -> list[Answered]:
    talk, found = _Talk(program, target), []
    try:
        for number, step in enumerate(program.steps):
            if not step.is_sent:
                await asyncio.sleep(min(step.milliseconds / 1000, LONGEST))
                continue
            following = program.steps[number + 1:number + 2]
            acknowledged = any(after.mid_of is not None for after in following)
            found.append(await talk.step(step, acknowledged))
            if found[-1].died:
                break
        return found
    finally:
        talk.close()
