"""The page with all figures and their plots."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from figure_plots import draw
from samples import Figure
from words import aim_words, number, spread

HERE = Path(__file__).resolve().parent


def write_page(out: Path, figures: list[Figure], about: dict, failed: list[str]) -> Path:
    """Plots go beside the page. Where it is."""
    plots = draw(out, figures)
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=select_autoescape(),
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(number=number, spread=spread)
    page = out / "index.html"
    page.write_text(environment.get_template("page.html.j2").render(
        figures=figures, about=about, failed=failed, plots=[path.name for path in plots],
        aim_words=aim_words), encoding="utf-8")
    return page
