"""`coapspec diff`: where peers answer the same messages in different ways, by cause, and which rule
decides."""

from __future__ import annotations

import fnmatch
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from . import outcome, stimulus
from .outcome import Outcome
from .replay import Answered

FILE = Path(__file__).resolve().parent.parent / "differences.toml"
SCHEMA = "coapspec-diff/1"
SAME = "same"  # in a rule: as the message that this one is a copy of was acknowledged
EXAMPLES = 3  # shown of a cause
# Of most weight first; "lesser": a SHOULD, or silence that may be loss.
LEVELS = ("MUST", "undecided", "lesser", "open")
UNDECIDED = "no rule of differences.toml fits"


@dataclass(frozen=True)
class Rule:
    """An entry of differences.toml."""

    name: str
    facet: str
    on: frozenset[str] = frozenset()
    seen: str = ""
    right: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    level: str = "open"
    section: str = ""
    rule: str = ""
    open: str = ""

    def fits(self, facet: str, words: frozenset[str], values: Iterable[str]) -> bool:
        return (fnmatch.fnmatchcase(facet, self.facet) and self.on <= words
                and (not self.seen or self.seen in values))

    def judge(self, value: str, first: str) -> str:
        """"kept", "tolerated" or "broken" by an outcome; `first`: how the message was
        acknowledged which the step's is a copy of. "" where the rule decides nothing."""
        if self.open:
            return ""
        if _matches(value, self.wrong):
            return "broken"
        if _matches(value, self.right) or (SAME in self.right and value == first):
            return "kept"
        return "tolerated" if _matches(value, self.tolerated) else "broken"

    @property
    def decides(self) -> str:
        return self.open and f"the RFC leaves it open ({self.open})" or (
            f"{self.section}: {self.rule}" if self.section else UNDECIDED)


@dataclass
class Example:
    """One step on which peers differ."""

    program: str
    line: int
    sent: str
    text: str
    values: dict[str, str]  # by peer
    judged: dict[str, str]
    answers: dict[str, list[dict[str, str]]]


@dataclass
class Cause:
    """Differences that one rule explains, or that the same thing is open in."""

    rule: Rule
    facet: str
    count: int = 0
    broken: Counter[str] = field(default_factory=Counter)  # by peer
    tolerated: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)

    @property
    def level(self) -> str:
        """What it weighs: a rule that all peers keep in their own way leaves this much open."""
        if not self.rule.section and not self.rule.open:
            return "undecided"
        if self.broken and self.rule.level == "MUST":
            return "MUST"
        return "lesser" if self.broken or self.tolerated else "open"

    @property
    def decides(self) -> str:
        if self.level == "open" and not self.rule.open:
            return f"the RFC leaves it open ({self.rule.decides}; all of these keep it)"
        return self.rule.decides

    def as_json(self) -> dict[str, object]:
        return {"cause": self.rule.name, "facet": self.facet, "level": self.level,
                "decides": self.decides, "differences": self.count,
                "broken_by": dict(self.broken), "missed_by": dict(self.tolerated),
                "examples": [vars(example) for example in self.examples]}


@dataclass
class Comparison:
    """All that came of it."""

    peers: dict[str, str]  # name to version
    steps: int = 0  # that at least two peers got
    alike: int = 0
    causes: list[Cause] = field(default_factory=list)
    not_offered: Counter[str] = field(default_factory=Counter)  # steps, by peer
    left_out: Counter[str] = field(default_factory=Counter)  # operations, by kind

    def as_json(self) -> dict[str, object]:
        return {"schema": SCHEMA, "peers": self.peers, "messages": self.steps, "alike": self.alike,
                "not_offered": dict(self.not_offered), "left_out": dict(self.left_out),
                "causes": [cause.as_json() for cause in self.causes]}


def load(path: Path = FILE) -> list[Rule]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
    for entry in entries:
        entry["on"] = frozenset(entry.get("on", ()))
        for key in ("right", "tolerated", "wrong"):
            entry[key] = tuple(entry.get(key, ()))
    return [Rule(**entry) for entry in entries]


def compare(played: dict[str, list[list[Answered]]], versions: dict[str, str],
            left_out: Counter[str]) -> Comparison:
    """`played`: for each peer what the steps of each program got, in the same order; a peer that
    ended has fewer."""
    found = Comparison(versions, left_out=left_out)
    rules = load()
    causes: dict[tuple[str, str], Cause] = {}
    programs = max((len(programs) for programs in played.values()), default=0)
    for number in range(programs):
        taking = {peer: programs[number] for peer, programs in played.items()
                  if number < len(programs)}
        for index in range(max(map(len, taking.values()))):
            steps = {peer: steps[index] for peer, steps in taking.items() if index < len(steps)}
            for peer, step in steps.items():
                found.not_offered[peer] += bool(step.lacking)
            steps = {peer: step for peer, step in steps.items() if not step.lacking}
            if len(steps) > 1:
                _compare_step(steps, rules, causes, found)
    found.causes = sorted(causes.values(), key=lambda cause: (
        LEVELS.index(cause.level), -len(cause.broken), -cause.count, cause.rule.name))
    return found


def _compare_step(steps: dict[str, Answered], rules: list[Rule],
                  causes: dict[tuple[str, str], Cause], found: Comparison) -> None:
    found.steps += 1
    outcomes = {peer: outcome.of(step) for peer, step in steps.items()}
    differ = _differing(steps, outcomes, "answer", rules, causes)
    # What a response holds is compared where the answers are of one kind.
    kinds: dict[str, dict[str, Outcome]] = defaultdict(dict)
    for peer, result in outcomes.items():
        if result.is_response:
            kinds[result.answer][peer] = result
    for kind in kinds.values():
        if len(kind) > 1:
            for facet in outcome.facets(kind.values()):
                differ |= _differing(steps, kind, facet, rules, causes)
    found.alike += not differ


def _differing(steps: dict[str, Answered], outcomes: dict[str, Outcome], facet: str,
               rules: list[Rule], causes: dict[tuple[str, str], Cause]) -> bool:
    values = {peer: outcome.value(result, facet) for peer, result in outcomes.items()}
    if len(set(values.values())) < 2:
        return False
    words = stimulus.words(next(iter(steps.values())))
    rule = next((rule for rule in rules if rule.fits(facet, words, values.values())),
                Rule("undecided", facet))
    cause = causes.setdefault((rule.name, facet), Cause(rule, facet))
    cause.count += 1
    judged = {}
    for peer, value in values.items():
        first = steps[peer].first
        judged[peer] = rule.judge(value, outcome.acknowledgement(first) if first else "")
        cause.broken[peer] += judged[peer] == "broken" and bool(rule.section)
        cause.tolerated[peer] += judged[peer] == "tolerated"
    cause.broken, cause.tolerated = +cause.broken, +cause.tolerated
    if len(cause.examples) < EXAMPLES:
        cause.examples.append(_example(steps, values, judged))
    return True


def _example(steps: dict[str, Answered], values: dict[str, str],
             judged: dict[str, str]) -> Example:
    step = next(iter(steps.values()))
    return Example(
        step.program, step.line, step.data.hex(), str(step.message or step.why), values, judged,
        {peer: [{"hex": (entry.data or b"").hex(), "text": entry.text}
                for entry in steps[peer].answers] for peer in values})


def _matches(value: str, patterns: Iterable[str]) -> bool:
    return any(pattern == value or ("*" in pattern and fnmatch.fnmatchcase(value, pattern))
               for pattern in patterns)


def lines(found: Comparison) -> Iterable[str]:
    """For people."""
    for number, cause in enumerate(found.causes, 1):
        yield f"{number}. {cause.level.upper()}: {cause.rule.name} ({cause.facet}): " \
              f"{cause.count} differences"
        yield f"   decides: {cause.decides}"
        for word, counts in (("broken by", cause.broken), ("missed by", cause.tolerated)):
            if counts:
                yield f"   {word}: " + ", ".join(f"{peer} ({n})" for peer, n in counts.items())
        for example in cause.examples:
            yield f"   {example.program}:{example.line}: {example.text}"
            yield f"     sent {example.sent}"
            for value, peers in _by_value(example.values):
                yield f"     {value}: {', '.join(peers)}"
        yield ""
    for peer, count in (+found.not_offered).items():
        yield f"{peer} has not the resources for {count} of the messages"
    if found.left_out:
        yield "not on the wire, and left out: " + ", ".join(
            f"{count} {kind}" for kind, count in sorted(found.left_out.items()))
    weights = Counter(cause.level for cause in found.causes)
    yield (f"{found.steps} messages to {', '.join(found.peers)}: {found.alike} answered alike; "
           f"causes of differences: " + (", ".join(
               f"{weights[level]} {level}" for level in LEVELS if weights[level]) or "none"))


def _by_value(values: dict[str, str]) -> list[tuple[str, list[str]]]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for peer, value in values.items():
        grouped[value].append(peer)
    return sorted(grouped.items(), key=lambda item: -len(item[1]))
