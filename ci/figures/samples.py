"""Samples taken in turns, what is in the middle of them, and how they compare."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Spread:
    """The median with the lowest and the highest."""

    median: float
    low: float
    high: float
    samples: tuple[float, ...]

    @classmethod
    def of(cls, samples: list[float]) -> Spread:
        return cls(statistics.median(samples), min(samples), max(samples), tuple(samples))

    def as_json(self) -> dict[str, object]:
        return {"median": self.median, "low": self.low, "high": self.high,
                "samples": list(self.samples)}


def ratio(ours: Spread, other: Spread) -> Spread:
    """Round by round: what disturbs one of a round disturbs its neighbour, too."""
    pairs = zip(ours.samples, other.samples)
    return Spread.of([a / b for a, b in pairs if b] or [0.0])


@dataclass(frozen=True)
class Aim:
    """What a figure should be: a bound on its value ("ours"), or on a ratio to another's."""

    against: str
    at_least: float | None = None
    at_most: float | None = None
    text: str = ""

    def verdict(self, value: float) -> tuple[bool, float]:
        """Whether it is met, and the share of the bound by which it is missed (or passed)."""
        bound = self.at_least if self.at_least is not None else self.at_most
        assert bound is not None
        met = value >= bound if self.at_least is not None else value <= bound
        return met, abs(value - bound) / bound if bound else abs(value)


@dataclass
class Figure:
    """One figure, of ours and of those beside it, in the same unit."""

    id: str
    title: str
    unit: str
    values: dict[str, Spread]
    more_is_better: bool = True
    aims: list[Aim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def ratios(self) -> dict[str, Spread]:
        return {name: ratio(self.values["ours"], other)
                for name, other in self.values.items() if name != "ours"}

    def compared(self, aim: Aim) -> float:
        return (self.values["ours"] if aim.against == "ours" else self.ratios()[aim.against]).median

    def as_json(self) -> dict[str, object]:
        aims = []
        for aim in self.aims:
            value = self.compared(aim)
            met, by = aim.verdict(value)
            aims.append({"against": aim.against, "at_least": aim.at_least, "at_most": aim.at_most,
                         "text": aim.text, "value": value, "met": met, "by": by})
        return {"id": self.id, "title": self.title, "unit": self.unit,
                "more_is_better": self.more_is_better,
                "values": {name: spread.as_json() for name, spread in self.values.items()},
                "ratios": {name: spread.as_json() for name, spread in self.ratios().items()},
                "aims": aims, "notes": self.notes}
