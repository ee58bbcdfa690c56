"""The state diagram and the table as a heat map, for Graphviz."""

from __future__ import annotations

import math

from table import Counts, Table

NEVER = "#c0392b"
IGNORED = "#f4f4f4"


def heat(count: int, most: int) -> str:
    """From pale to dark by orders of magnitude."""
    if not count:
        return NEVER
    share = math.log(count + 1) / math.log(most + 1)
    return f"0.58 {0.15 + 0.75 * share:.3f} {0.98 - 0.35 * share:.3f}"


def matrix(table: Table, counts: Counts) -> str:
    """One line an event, one column a state."""
    most = max(counts.steps.values(), default=1)
    head = "".join(f"<td><b>{state}</b></td>" for state in table.states)
    lines = [f"<tr><td></td>{head}</tr>"]
    for event in table.events:
        cells = []
        for state in table.states:
            count = counts.steps[state, event]
            if (state, event) not in table.possible:
                colour, text = "white", "-"
            elif not count and (state, event) not in table.active:
                colour, text = IGNORED, ""
            else:
                colour, text = heat(count, most), str(count) if count else "never"
            cells.append(f'<td bgcolor="{colour}">{text}</td>')
        lines.append(f'<tr><td align="left">{event}</td>{"".join(cells)}</tr>')
    return f'<table border="0" cellborder="1" cellspacing="0">{"".join(lines)}</table>'


def dot(table: Table, counts: Counts) -> str:
    edges: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for cell in sorted(table.active):
        for following in table.leads_to[cell]:
            if following == cell[0]:
                continue
            count, never = edges.get((cell[0], following), (0, []))
            taken = counts.steps[cell]
            edges[cell[0], following] = (count + taken, never if taken else [*never, cell[1]])
    most = max((count for count, _ in edges.values()), default=1)
    lines = ["digraph states {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];',
             '  edge [fontname="sans-serif", fontsize=9];']
    lines += [f"  {state};" for state in table.states]
    for (before, after), (count, never) in sorted(edges.items()):
        label = str(count) + "".join(f"\\nnever: {event}" for event in never)
        width = 1 + 4 * math.log(count + 1) / math.log(most + 1)
        lines.append(f'  {before} -> {after} [label="{label}", color="{heat(count, most)}", '
                     f'penwidth={width:.1f}{", style=dashed" if not count else ""}];')
    lines += [f"  table [shape=plaintext, label=<{matrix(table, counts)}>];", "}"]
    return "\n".join(lines) + "\n"
