"""The HTML report: one file that needs nothing else, readable offline."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from .. import __version__
from ..differences import Comparison
from ..verdict import VERDICTS, Result, Run

HERE = Path(__file__).resolve().parent
SECTION_TITLES = {
    "rfc7252": "RFC 7252: The Constrained Application Protocol",
    "rfc6690": "RFC 6690: CoRE Link Format",
}


class MissingJinja(Exception):
    pass


def reproduction(run: Run, result: Result) -> str:
    """The command that runs one case again."""
    where = [run.uri] if "://" in run.peer else ["--peer", run.peer, "--transport", run.transport]
    return shlex.join(["conformance/coapspec", result.case.command, *where, "--only", result.case.id])


def _anchor(run: Run, result: Result) -> str:
    return f"{run.peer}:{run.transport}:{result.case.id}"


def _groups(run: Run) -> list[tuple[str, list[Result]]]:
    groups: dict[str, list[Result]] = {}
    for result in run.results:
        document, section, *_ = result.case.id.split("/")
        groups.setdefault(f"{document}/{section}", []).append(result)

    def order(name: str) -> tuple[str, list[int]]:
        document, _, section = name.partition("/")
        return document, [int(part) for part in section.split(".") if part.isdigit()]

    return [(name, groups[name]) for name in sorted(groups, key=order)]


def _template(name: str) -> Any:
    try:
        import jinja2
    except ImportError:
        raise MissingJinja(
            "the HTML report needs Jinja2: install the package python3-jinja2") from None
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.get_template(name)


def render(runs: list[Run]) -> str:
    return _template("report.html.j2").render(
        runs=runs, verdicts=VERDICTS, groups=_groups, anchor=_anchor, reproduction=reproduction,
        titles=SECTION_TITLES, version=__version__)


def render_differences(found: Comparison) -> str:
    """The report of `coapspec diff`."""
    return _template("differences.html.j2").render(found=found, version=__version__)
