"""The ETSI plugtest descriptions (conformance/etsi.toml): each is a scripted exchange, cases of the
suite, or a reason why there is neither."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import message as m
from .case import UDP, Case
from .cases.shared import ONE_MESSAGE, body
from .handle import Peer
from .message import Message, code_name
from .verdict import ERROR, FAIL, INCONCLUSIVE, PASS, SKIP, WARN, XFAIL, XPASS, Run

FILE = Path(__file__).resolve().parent.parent / "etsi.toml"
PURPOSES = FILE.with_name("etsi-purposes.toml")  # of TS 103 596-1
# Of several verdicts the first of these counts.
WORST = (ERROR, FAIL, XPASS, XFAIL, INCONCLUSIVE, SKIP, WARN, PASS)
METHODS = {name: number for number, name in m.METHOD_NAMES.items()}
# What says that a resource is not there for this: then the description does not apply.
NOT_OFFERED = tuple(m.code(text) for text in ("4.01", "4.03", "4.04", "4.05", "4.15", "5.01"))
EXPONENT, SIZE, MORE = 2, 64, 8  # of the blocks that are sent
MOST_BLOCKS = 200
WRITES = ("PUT", "POST", "DELETE")
STEP = {"type", "method", "resource", "token", "query", "payload", "format", "codes", "has",
        "content", "accept", "body"}


@dataclass(frozen=True)
class Description:
    """One test description."""

    name: str
    what: str
    steps: tuple[dict[str, Any], ...] = ()
    cases: tuple[str, ...] = ()
    why: str = ""

    @property
    def script(self) -> str:
        """The id of the scripted exchange."""
        return f"etsi/{self.name.lower().replace('_', '-')}"

    @property
    def ids(self) -> tuple[str, ...]:
        return ((self.script,) if self.steps else ()) + self.cases


@dataclass
class Standing:
    """What became of a description on one peer."""

    description: Description
    verdicts: dict[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The worst one; SKIP only if nothing but skipped cases is left."""
        seen = list(self.verdicts.values())
        if any(verdict != SKIP for verdict in seen):
            seen = [verdict for verdict in seen if verdict != SKIP]
        return next((verdict for verdict in WORST if verdict in seen), "-")


def load(path: Path = FILE) -> list[Description]:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return [Description(name, entry["what"], tuple(entry.get("steps", ())),
                        tuple(entry.get("cases", ())), entry.get("why", ""))
            for name, entry in data.items()]


def scripts(descriptions: Iterable[Description]) -> dict[str, Case]:
    """The scripted exchanges as cases."""
    return {found.script: _case(found) for found in descriptions if found.steps}


def _case(description: Description) -> Case:
    roles = dict.fromkeys(step["resource"] for step in description.steps)
    writes = any(step.get("method") in WRITES for step in description.steps)

    async def script(peer: Peer) -> None:
        for step in description.steps:
            await _perform(peer, step)

    script.__doc__ = f"{description.name}: {description.what}."
    return Case(description.script, "server", "INTEROP", UDP, "ETSI CoAP plugtest descriptions",
                (), f"{description.name}: {description.what}",
                tuple(f"resource:{role}" for role in roles), False,
                tuple(f"resource:{role}" for role in roles) if writes else (), script)


async def _perform(peer: Peer, step: dict[str, Any]) -> None:
    path, method = peer.resource(step["resource"]), step.get("method", "GET")
    before = await body(peer, path) if method in ("PUT", "DELETE") else None
    try:
        answer = await (_in_blocks(peer, step, path) if "body" in step
                        else peer.ask(METHODS[method], path, type=m.Type[step.get("type", "CON")],
                                      options=_options(step), token=_token(step),
                                      payload=step.get("payload", "").encode()))
        _judge(peer, step, method, answer)
    finally:
        if before:
            await _put_back(peer, path, *before)


async def _put_back(peer: Peer, path: str, answer: Message, old: bytes) -> None:
    """A resource that was changed becomes what it was, unless that would need blocks."""
    now = await peer.request(m.GET, path)
    changed = now.response is None or now.response.payload != old
    if answer.code == m.CONTENT and len(old) <= ONE_MESSAGE and changed:
        kept = tuple(option for option in answer.options if option[0] == m.CONTENT_FORMAT)
        await peer.request(m.PUT, path, options=kept, payload=old)


def _token(step: dict[str, Any]) -> bytes | None:
    return bytes(range(1, step["token"] + 1)) if "token" in step else None


def _options(step: dict[str, Any]) -> tuple[tuple[int, bytes], ...]:
    options = [(m.URI_QUERY, query.encode()) for query in step.get("query", ())]
    if "payload" in step or "body" in step:
        options.append((m.CONTENT_FORMAT, m.uint(step.get("format", m.TEXT_PLAIN))))
    if "accept" in step:
        options.append((m.ACCEPT, m.uint(step["accept"])))
    return tuple(options)


def _judge(peer: Peer, step: dict[str, Any], method: str, answer: Message) -> None:
    """A success of another kind, or without an option, is a warning: the RFC asks for none of
    them with a must. So is a Confirmable response to a Non-confirmable request."""
    what = f"{method} of {peer.resource(step['resource'])}"
    if answer.code in NOT_OFFERED:
        peer.skip(f"{what} is not offered: {code_name(answer.code)}")
    wanted = f"{what}: expected {' or '.join(step['codes'])}; got {answer}"
    peer.check(answer.code >> 5 == 2, wanted)
    peer.check_should(code_name(answer.code) in step["codes"], wanted)
    if step.get("type") == "NON":
        peer.check(answer.type != m.ACK, f"{what}, Non-confirmable: got an Acknowledgement")
        peer.check_should(answer.type == m.NON, f"{what}, Non-confirmable: got {answer}")
    for name in step.get("has", ()):
        peer.check_should(answer.has(m.OPTION_NUMBERS[name]),
                          f"{what}: expected {name}; got {answer}")
    if "content" in step:
        peer.check(answer.uint(m.CONTENT_FORMAT) == step["content"],
                   f"{what}: expected Content-Format {step['content']}; got {answer}")


async def _in_blocks(peer: Peer, step: dict[str, Any], path: str) -> Message:
    """Sends a body in blocks, and reads the answer in blocks if it comes so. One token for all, as
    some stacks join the blocks of one token only."""
    method, token = METHODS[step["method"]], peer.fresh_token()
    text = b"".join(b"line %03d\n" % n for n in range(step["body"] // 9 + 1))[:step["body"]]
    parts = [text[n:n + SIZE] for n in range(0, len(text), SIZE)]
    answer = None
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        block = (m.BLOCK1, m.uint(number << 4 | (0 if last else MORE) | EXPONENT))
        answer = await peer.ask(method, path, token=token, payload=part,
                                options=(*_options(step), block))
        if last or answer.code >> 5 != 2:
            break
        peer.check(answer.code == m.CONTINUE,
                   f"block {number} of {len(parts)}: expected 2.31; got {answer}")
        peer.check(answer.has(m.BLOCK1),
                   f"block {number} of {len(parts)}: expected a Block1 option; got {answer}")
        if (answer.uint(m.BLOCK1) or 0) & 7 not in (EXPONENT, 0):
            peer.skip(f"the peer wants another block size: {answer}")
    assert answer
    await _read_on(peer, method, path, token, _options(step), answer)
    return answer


async def _read_on(peer: Peer, method: int, path: str, token: bytes,
                   options: tuple[tuple[int, bytes], ...], first: Message) -> None:
    """The blocks of an answer behind its first, in order: the same options but for Block1."""
    value = first.uint(m.BLOCK2) or 0
    number, exponent = value >> 4, value & 7
    while value & MORE:
        number += 1
        peer.check(number < MOST_BLOCKS, f"the answer does not end after {number} blocks")
        answer = await peer.ask(method, path, token=token,
                                options=(*options, (m.BLOCK2, m.uint(number << 4 | exponent))))
        peer.check(answer.code >> 5 == 2, f"block {number} of the answer: got {answer}")
        value = answer.uint(m.BLOCK2) or 0
        peer.check(value >> 4 == number, f"expected block {number} of the answer; got {answer}")


def standings(descriptions: Iterable[Description], runs: Iterable[Run]) -> list[Standing]:
    """What became of each in the runs of one peer. A case that ran over several transports counts
    by its worst verdict."""
    found: dict[str, str] = {}
    for run in runs:
        for result in run.results:
            old = found.get(result.case.id, result.verdict)
            found[result.case.id] = min(old, result.verdict, key=WORST.index)
    return [Standing(description, {id: found[id] for id in description.ids if id in found})
            for description in descriptions]


def lines(standing: Standing) -> Iterable[str]:
    """For people: the verdict, and what it comes from."""
    description = standing.description
    yield f"{standing.verdict:13}{description.name:18} {description.what}"
    for id, verdict in standing.verdicts.items():
        if len(standing.verdicts) > 1 and verdict not in (PASS, standing.verdict):
            yield f"{'':31} {verdict} {id}"
    if description.why:
        yield f"{'':31} not run: {description.why}"
    elif not standing.verdicts:
        yield f"{'':31} not run: not over this transport, or left out"


def as_json(standing: Standing) -> dict[str, object]:
    found = standing.description
    return {"name": found.name, "what": found.what, "verdict": standing.verdict.lower(),
            "cases": {id: verdict.lower() for id, verdict in standing.verdicts.items()},
            "why": found.why}
