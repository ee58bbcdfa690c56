"""An answer without what differs from one run to the next: message IDs, tokens, times, tags."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .message import (
    ACCEPT,
    ACK,
    CON,
    CONTENT_FORMAT,
    ECHO,
    ETAG,
    MAX_AGE,
    NON,
    OBSERVE,
    OPTIONS,
    OSCORE,
    REQUEST_TAG,
    RST,
    Message,
    code_name,
)
from .replay import Answered

DIED, SILENCE, RESET, ALONE = "died", "silence", "Reset", "Acknowledgement alone"
GARBAGE = "not a CoAP message"
NONE = "none"
DEFAULT_MAX_AGE = 60  # RFC 7252 5.10.5: what its absence means
OWN_VALUE = {ETAG, ECHO, OBSERVE, OSCORE, REQUEST_TAG}  # options of which the value says nothing
TEXT = 60  # characters of a payload that are shown
NUMBER = re.compile(r"\d+")
# Months and weekdays, as in dates for people.
WORDS = re.compile(r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat"
                   r"|Sun)[a-z]*\b")


@dataclass(frozen=True)
class Outcome:
    """What a step got. `answer` says it in short; the rest is of the response."""

    answer: str
    delivery: str = ""
    options: dict[str, str] = field(default_factory=dict)
    payload: str = NONE
    is_error: bool = False

    @property
    def is_response(self) -> bool:
        return bool(self.delivery)


def of(step: Answered) -> Outcome:
    if step.died:
        return Outcome(DIED)
    response = next((m for m in step.messages if m.is_response), None)
    if response:
        return _of_response(step, response)
    if any(entry.message is None for entry in step.answers):
        return Outcome(GARBAGE)
    resets = [m for m in step.messages if m.type == RST]
    if resets:
        return Outcome(RESET if _is_matching(step, resets[0]) else f"{RESET} of another message")
    if step.messages:
        return Outcome(ALONE)
    return Outcome(SILENCE)


def acknowledgement(step: Answered) -> str:
    """The answer that a copy of a Confirmable message gets: a separate response is not part of it
    (RFC 7252 4.5)."""
    found = of(step)
    return ALONE if found.is_response and found.delivery != "piggybacked" else found.answer


def _is_matching(step: Answered, answer: Message) -> bool:
    return answer.mid == int.from_bytes(step.data[2:4], "big")


def _of_response(step: Answered, response: Message) -> Outcome:
    answer = code_name(response.code)
    request = step.message
    if request and response.token != request.token:
        answer += " with another token"
    accepted = request.uint(ACCEPT) if request and request.has(ACCEPT) else None
    if accepted is not None and response.code >> 5 == 2 and response.payload and \
            response.uint(CONTENT_FORMAT) not in (accepted, None):
        answer += " in another format"
    delivery = {ACK: "piggybacked", CON: "Confirmable", NON: "Non-confirmable"}.get(
        response.type, "as a Reset")
    return Outcome(answer, delivery, dict(_options(response)), _text(response.payload),
                   response.code >> 5 != 2)


def _options(response: Message) -> Iterable[tuple[str, str]]:
    for number in sorted({number for number, _ in response.options}):
        info = OPTIONS.get(number)
        name = info.name if info else f"option {number}"
        if number == MAX_AGE and response.uint(number) == DEFAULT_MAX_AGE:
            continue
        values = response.all(number)
        if number in OWN_VALUE:
            yield name, "some value"
        elif info and info.format == "uint":
            yield name, ", ".join(str(int.from_bytes(value, "big")) for value in values)
        elif info and info.format == "string":
            yield name, NUMBER.sub("N", "/".join(v.decode("utf-8", "replace") for v in values))
        else:
            yield name, ", ".join(value.hex() or "empty" for value in values)


def _text(payload: bytes) -> str:
    if not payload:
        return NONE
    text = NUMBER.sub("N", WORDS.sub("N", payload.decode("utf-8", "backslashreplace")))
    return repr(text[:TEXT]) + ("..." if len(text) > TEXT else "")


def facets(outcomes: Iterable[Outcome]) -> list[str]:
    """The parts that responses with the same answer are compared in."""
    chosen = list(outcomes)
    names = sorted({name for outcome in chosen for name in outcome.options})
    return ["delivery", *names, "diagnostic" if chosen[0].is_error else "payload"]


def value(outcome: Outcome, facet: str) -> str:
    if facet == "answer":
        return outcome.answer
    if facet == "delivery":
        return outcome.delivery
    if facet in ("payload", "diagnostic"):
        return outcome.payload
    return outcome.options.get(facet, NONE)
