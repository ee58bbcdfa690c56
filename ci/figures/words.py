"""A figure in words: values, ratios with their spread, and how it stands to its aims."""

from __future__ import annotations

from samples import Aim, Figure, Spread


def number(value: float) -> str:
    """Three digits that count, in thousands where it is large."""
    for bound, suffix in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= bound:
            return f"{value / (1000 if suffix == 'k' else bound):.3g}{suffix}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def spread(value: Spread) -> str:
    return f"{number(value.median)} ({number(value.low)}..{number(value.high)})"


def aim_words(figure: Figure, aim: Aim) -> str:
    """"2.5 times libcoap: met by 12 %"."""
    value = figure.compared(aim)
    met, by = aim.verdict(value)
    bound = aim.at_least if aim.at_least is not None else aim.at_most
    assert bound is not None
    side = ">=" if aim.at_least is not None else "<="
    against = "" if aim.against == "ours" else f" x {aim.against}"
    return f"{side} {number(bound)}{against}: {'met' if met else 'MISSED'} by {by:.0%}"


def line_of(figure: Figure) -> str:
    parts = [f"{figure.title}: {spread(figure.values['ours'])} {figure.unit}"]
    parts += [f"{name} {spread(value)}" for name, value in figure.values.items() if name != "ours"]
    parts += [f"{name} x {spread(value)}" for name, value in figure.ratios().items()]
    parts += [aim_words(figure, aim) for aim in figure.aims]
    return "; ".join(parts)
