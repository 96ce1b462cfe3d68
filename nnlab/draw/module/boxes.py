"""The boxes and arrows of a diagram, in matplotlib."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from nnlab.plot import PALETTE

# Colours of the book's palette and no others: in the built page they follow the reader's light or dark theme.
COLOURS = {
    "conv": "blue",
    "linear": "purple",
    "norm": "grey",
    "activation": "orange",
    "pool": "green",
    "join": "red",
    "shape": "grey",
    "block": "sky",
    "other": "grey",
    "input": "muted",
    "output": "muted",
}
TITLE, SMALL = 8.5, 7.0  # points
LEADING = 1.32  # from one line of text to the next, in font sizes
PAD = (0.09, 0.065)  # inches between the text and the box
ROUND = 0.28  # inches: the diameter of + and ×


class Line(NamedTuple):
    """One line of text in a box."""

    text: str
    size: float
    colour: str


class Box(NamedTuple):
    """What is drawn for a node: lines of text in a rectangle of this width and height in inches, or in a circle."""

    lines: list[Line]
    width: float
    height: float
    kind: str
    round: bool


def boxes(graph: nx.DiGraph, shapes: bool) -> dict[str, Box]:
    """The box of every node."""
    return {node: _box(graph, node, shapes) for node in graph}


def equally_wide(made: dict[str, Box], nodes: Iterable[str]) -> None:
    """Make the boxes of layers as wide as the widest of them: so columns are easy to see."""
    equal = [n for n in nodes if not made[n].round and made[n].kind not in ("join", "input", "output")]
    width = max((made[n].width for n in equal), default=0.0)
    made.update({n: made[n]._replace(width=width) for n in equal})


def _box(graph: nx.DiGraph, node: str, shapes: bool) -> Box:
    data = graph.nodes[node]
    if data["kind"] == "join" and len(data["label"]) == 1:
        return Box([Line(data["label"], 11, "ink")], ROUND, ROUND, "join", True)
    lines = [Line(", ".join(data["before"]), SMALL, "ink")] if data.get("before") else []
    lines.append(Line(data["label"], TITLE, "ink"))
    if data.get("after"):
        lines.append(Line(", ".join(data["after"]), SMALL, "ink"))
    if shapes and _shows_shape(graph, node):
        lines.append(Line(" × ".join(map(str, data["shape"])), SMALL, "muted"))
    width = max(text_width(line.text, line.size) for line in lines) + 2 * PAD[0]
    height = sum(line.size for line in lines) * LEADING / 72 + 2 * PAD[1]
    return Box(lines, width, height, data["kind"], False)


def _shows_shape(graph: nx.DiGraph, node: str) -> bool:
    """Whether a box says its shape: not if that is what came in, or what its label says already."""
    data = graph.nodes[node]
    before = list(graph.predecessors(node))
    same = {graph.nodes[n]["shape"] for n in before} == {data["shape"]}
    if data["kind"] == "output":
        return bool(data["shape"]) and not (same and _shows_shape(graph, before[0]))
    circle = data["kind"] == "join" and len(data["label"]) == 1
    told = circle or (data["kind"] == "linear" and len(data["shape"]) == 1)
    return bool(data["shape"]) and not told and not (same and data["kind"] in ("norm", "activation", "other"))


@cache
def text_width(text: str, size: float) -> float:
    """Inches, as in an SVG; pixels of a screen can make a letter a little wider."""
    return TextPath((0, 0), text, size=size, prop=FontProperties()).get_extents().width / 72


def draw_box(ax: Axes, name: str, box: Box, centre: tuple[float, float], scale: float) -> None:
    """A box around its centre, and `name` as its gid; `scale` is what an inch of the layout is on paper."""
    colour = PALETTE[COLOURS[box.kind]]
    x, y = centre
    ends = box.kind in ("input", "output")
    look: dict[str, Any] = {
        "gid": name,
        "facecolor": "none" if ends else to_rgba(colour, 0.14),
        "edgecolor": colour,
        "linewidth": (0.8 if ends else 1.1) * scale,
        "linestyle": "-",
        "zorder": 2,
        "clip_on": False,
    }
    if box.round:
        ax.add_patch(Circle(centre, box.width / 2, **look))
    else:
        form = f"round,pad=0,rounding_size={min(box.height / 2, 0.15) if ends else 0.06}"
        corner = x - box.width / 2, y - box.height / 2
        ax.add_patch(FancyBboxPatch(corner, box.width, box.height, boxstyle=form, **look))
    heights = [line.size * LEADING / 72 for line in box.lines]
    top = y + sum(heights) / 2
    for line, height in zip(box.lines, heights, strict=True):
        style: dict[str, Any] = {"ha": "center", "va": "center_baseline", "color": PALETTE[line.colour]}
        ax.text(x, top - height / 2, line.text, fontsize=line.size * scale, zorder=3, clip_on=False, **style)
        top -= height


def draw_line(ax: Axes, name: str, points: list[tuple[float, float]], scale: float, corner: float = 0.07) -> None:
    """An arrow along upright and level pieces, with rounded corners."""
    points = [p for k, p in enumerate(points) if k in (0, len(points) - 1) or not _straight(points[k - 1 : k + 2])]
    vertices, codes = [points[0]], [Path.MOVETO]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        turn = min(corner, _distance(before, here) / 2, _distance(here, after) / 2)
        vertices += [_towards(here, before, turn), here, _towards(here, after, turn)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    vertices.append(points[-1])
    codes.append(Path.LINETO)
    colour = PALETTE["muted"]
    head = f"-|>,head_length={0.32},head_width={0.16}"
    arrow = FancyArrowPatch(
        path=Path(vertices, codes),
        gid=name,
        arrowstyle=head,
        mutation_scale=12 * scale,
        color=colour,
        linewidth=1.1 * scale,
        shrinkA=0,
        shrinkB=0,
        zorder=1,
        clip_on=False,
        linestyle="-",
    )
    ax.add_patch(arrow)


def _straight(three: list[tuple[float, float]]) -> bool:
    (a, b), (c, d), (e, f) = three
    return abs((c - a) * (f - b) - (e - a) * (d - b)) < 1e-9


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(a: tuple[float, float], b: tuple[float, float], far: float) -> tuple[float, float]:
    share = far / (_distance(a, b) or 1)
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
