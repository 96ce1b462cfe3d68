"""Draw the graph of a Value: from the inputs on the left, over every operation, to the result on the right."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from statistics import fmean
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from nnlab.draw import Drawing
from nnlab.errors import BadData
from nnlab.plot import PALETTE
from nnlab.scratch.autograd import Value

MOST = 40  # nodes; more cannot be read
WIDE, HIGH = 1.68, 0.8  # inches from one column, or row, to the next
BOX = (0.52, 0.29)  # half the width and half the height of a box, in inches

Stop = Value | tuple[Value, Value, int]  # where an arrow begins, bends or ends
Place = tuple[float, float]


def draw_graph(result: Value, *, slopes: bool = True, ax: Axes | None = None) -> Drawing:
    """Draw everything that `result` was computed from.

    Each box is a Value: its name or its operation, its data, and its gradient. Each arrow goes from an operand to what
    was computed from it, and carries the local derivative. A gradient is the sum, over the arrows that leave the box,
    of the arrow's number times the gradient at its end.

    Args:
        result: the last Value of a computation; call its `backward()` first to see gradients.
        slopes: write the local derivatives on the arrows.
        ax: axes to draw on; a new figure if None.

    Returns:
        Drawing(ax, alt): `alt` says the graph in words; pass it to `nnlab.plot.show`.

    Raises:
        BadData: a graph of more than 40 Values, which nobody could read.

    >>> w = Value(2.0, name="w")
    >>> print((w * 3).draw().alt)
    A graph of 3 numbers, from left to right: w = 2, 3 → w × 3 = 6. The gradients are not computed yet.
    """
    nodes = _nodes(result)
    if len(nodes) > MOST:
        raise BadData(f"the graph has {len(nodes)} numbers, more than {MOST}: draw a smaller expression")
    places = _places(nodes)
    if ax is None:
        columns, rows = (1 + max(p[i] for p in places.values()) for i in (0, 1))
        size = (WIDE * (columns - 1) + 2.6 * BOX[0], HIGH * (rows - 1) + 3 * BOX[1])
        ax = plt.figure(figsize=size, layout="none").add_axes((0, 0, 1, 1))
    return _paint(ax, nodes, places, slopes)


def _nodes(result: Value) -> list[Value]:
    """Every Value that leads to the result, operands before what was made of them."""
    made = result._history()
    leaves = dict.fromkeys(p for node in made for p in node.parents if not p.parents)
    return list(dict.fromkeys([*leaves, *made]))


def _places(nodes: list[Value]) -> dict[Stop, Place]:
    """(column, row) of every Value, and of the bends (operand, result, column) of arrows that pass a column.

    A Value stands in the column before the first that uses it. In its column it stands as near to the middle of its
    neighbours as the others allow; bends take a row too, so that no arrow runs through a box.
    """
    distance = dict.fromkeys(nodes, 0)
    for node in reversed(nodes):
        for parent in node.parents:
            distance[parent] = max(distance[parent], distance[node] + 1)
    last = max(distance.values())
    columns: list[list[Stop]] = [[] for _ in range(last + 1)]
    neighbours: dict[Stop, list[Stop]] = {}
    for node in nodes:
        columns[last - distance[node]].append(node)
        for parent in dict.fromkeys(node.parents):
            route = _route(parent, node, last - distance[parent], last - distance[node])
            for bend in route[1:-1]:
                columns[bend[2]].append(bend)  # type: ignore[index]
            for a, b in pairwise(route):
                neighbours.setdefault(a, []).append(b)
                neighbours.setdefault(b, []).append(a)
    rows = {stop: float(k) for column in columns for k, stop in enumerate(column)}
    for sweep in range(8):
        for column in columns if sweep % 2 else reversed(columns):
            wanted = {s: fmean(rows[n] for n in neighbours[s]) if s in neighbours else 0.0 for s in column}
            column.sort(key=lambda s: wanted[s])
            _spread(column, wanted, rows)
    lowest = min(rows.values())
    return {stop: (k, rows[stop] - lowest) for k, column in enumerate(columns) for stop in column}


def _route(parent: Value, node: Value, start: int, end: int) -> list[Stop]:
    return [parent, *((parent, node, k) for k in range(start + 1, end)), node]


def _spread(column: list[Stop], wanted: dict[Stop, float], rows: dict[Stop, float]) -> None:
    """Give each stop the row that it wants, or the next one that is free; then move all back to where the mean was."""
    row = -inf
    for stop in column:
        row = max(wanted[stop], row + 1)
        rows[stop] = row
    excess = fmean(rows[s] - wanted[s] for s in column)
    for stop in column:
        rows[stop] -= excess


def _paint(ax: Axes, nodes: list[Value], places: dict[Stop, Place], slopes: bool) -> Drawing:
    centre = {stop: (WIDE * column, -HIGH * row) for stop, (column, row) in places.items()}
    right, down = max(x for x, _ in centre.values()), min(y for _, y in centre.values())
    ax.set(xlim=(-1.3 * BOX[0], right + 1.3 * BOX[0]), ylim=(down - 1.4 * BOX[1], 1.4 * BOX[1]), aspect="equal")
    ax.set_axis_off()
    box = ax.get_window_extent()
    inch = min(box.width / (right + 2.6 * BOX[0]), box.height / (2.8 * BOX[1] - down)) / ax.figure.dpi
    text: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8.5 * min(inch, 1.2), "color": PALETTE["ink"]}
    known = any(node.grad for node in nodes)
    for node in nodes:
        for parent in dict.fromkeys(node.parents):
            stops = _route(parent, node, int(places[parent][0]), int(places[node][0]))
            (x0, y0), (x1, y1) = _arrow(ax, [centre[s] for s in stops])
            if slopes:
                pairs = zip(node.parents, node.slopes, strict=True)
                local = " + ".join(_said(slope, 3) for p, slope in pairs if p is parent)
                paper = {"facecolor": PALETTE["paper"], "edgecolor": "none", "pad": 0.6}
                ax.text((x0 + x1) / 2, (y0 + y1) / 2, local, **{**text, "color": PALETTE["muted"]}, bbox=paper)
    for node in nodes:
        x, y = centre[node]
        made = bool(node.parents)
        style = "round,pad=0,rounding_size=0.18" if made else "square,pad=0"
        edge = PALETTE["ink"] if made else PALETTE["blue"]
        corner = (x - BOX[0], y - BOX[1])
        patch = FancyBboxPatch(
            corner, 2 * BOX[0], 2 * BOX[1], boxstyle=style, facecolor=PALETTE["paper"], edgecolor=edge, linewidth=1.2
        )
        ax.add_patch(patch)
        title = ": ".join(part for part in (node.name, node.operation) if part)
        lines = [title] if title else []
        lines += [_said(node.data), *([f"grad {_said(node.grad, 3)}"] if known else [])]
        ax.text(x, y, "\n".join(lines), **text, linespacing=1.25)
    return Drawing(ax, _words(nodes, known))


def _arrow(ax: Axes, centres: list[Place]) -> list[Place]:
    """An arrow from the right side of the first box to the left side of the last; its first piece is returned.

    In a column that it passes it runs level for the width of a box, so it is slanted in the gaps only.
    """
    line = [(x + side, y) for x, y in centres for side in (-BOX[0], BOX[0])][1:-1]
    ax.plot(*zip(*line, strict=True), color=PALETTE["grey"], linewidth=1.0, linestyle="-", zorder=0.5)
    arrow = {"arrowstyle": "-|>", "color": PALETTE["grey"], "linewidth": 1.0, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", line[-1], line[-2], arrowprops=arrow, zorder=0.5)
    return line[:2]


def _words(nodes: list[Value], known: bool) -> str:
    """The graph as a sentence: the numbers that it starts from, then each operation."""

    def short(node: Value) -> str:
        return node.name or _said(node.data)

    def full(node: Value) -> str:
        operands = [short(p) for p in node.parents]
        if len(operands) == 2 and len(node.operation) == 1:
            made = f" {node.operation} ".join(operands)
        elif node.operation.startswith("^"):
            made = f"({operands[0]}){node.operation}"
        else:
            made = f"{node.operation} of {', '.join(operands)}" if operands else ""
        named = " = ".join(part for part in (node.name, made, _said(node.data)) if part)
        return f"{named} (gradient {_said(node.grad, 3)})" if known else named

    leaves = ", ".join(full(n) for n in nodes if not n.parents)
    results = "; ".join(full(n) for n in nodes if n.parents)
    end = "" if known else " The gradients are not computed yet."
    arrow = " → " if results else ""
    return f"A graph of {len(nodes)} numbers, from left to right: {leaves}{arrow}{results}.{end}"


def _said(number: float, digits: int = 4) -> str:
    return f"{number + 0.0:.{digits}g}".replace("-", "−")  # -0.0 + 0.0 is 0.0
