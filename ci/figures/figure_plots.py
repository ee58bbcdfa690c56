"""SVG plots: how ours stands to the others, and each figure's samples."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from samples import Figure  # noqa: E402

COLOURS = {"ours": "#2a6fb0", "libcoap": "#c46a1b", "echo": "#888888"}
OTHER = "#5b9a4a"
TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]


def draw(out: Path, figures: list[Figure]) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    compared = [figure for figure in figures if figure.ratios()]
    if not compared:
        return []
    return [ratios(out / "ratios.svg", compared), values(out / "values.svg", compared)]


def ratios(path: Path, figures: list[Figure]) -> Path:
    """Right of 1 is better, whichever way the figure is counted."""
    rows = [(figure, name, value) for figure in figures
            for name, value in figure.ratios().items()]
    picture, axes = plt.subplots(figsize=(9, 0.34 * len(rows) + 1.2), layout="constrained")
    for place, (figure, name, value) in enumerate(rows):
        points = [value.median, value.low, value.high]
        if not figure.more_is_better:
            points = [1 / point if point else 0.0 for point in points]
        axes.plot(sorted(points[1:]), [place, place], color=COLOURS.get(name, OTHER), alpha=0.5,
                  linewidth=5, solid_capstyle="butt")
        axes.plot(points[0], place, "o", color=COLOURS.get(name, OTHER))
    axes.axvline(1, color="#000000", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [f"{figure.id} / {name}" for figure, name, _ in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    left, right = axes.get_xlim()
    ticks = [tick for tick in TICKS if left <= tick <= right]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("ours / the other (right of 1: ours is better); median and range")
    axes.grid(axis="x", alpha=0.3)
    picture.savefig(path)
    plt.close(picture)
    return path


def values(path: Path, figures: list[Figure]) -> Path:
    columns = 3
    lines = -(-len(figures) // columns)
    picture, grid = plt.subplots(lines, columns, figsize=(4.2 * columns, 2.6 * lines),
                                 layout="constrained", squeeze=False)
    for axes, figure in zip(grid.flat, figures):
        names = list(figure.values)
        axes.bar(names, [figure.values[name].median for name in names],
                 color=[COLOURS.get(name, OTHER) for name in names], alpha=0.75)
        for place, name in enumerate(names):
            samples = figure.values[name].samples
            axes.plot([place] * len(samples), samples, "k.", markersize=3)
        axes.set_title(figure.id, fontsize=9)
        axes.set_ylabel(figure.unit if len(figure.unit) < 25 else "", fontsize=8)
        axes.tick_params(labelsize=8)
    for axes in list(grid.flat)[len(figures):]:
        axes.axis("off")
    picture.savefig(path)
    plt.close(picture)
    return path
