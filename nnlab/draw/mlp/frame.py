"""The frame of a picture: its captions and names, and the room that they leave for the neurons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text

from nnlab.draw.mlp import words
from nnlab.draw.mlp.layout import Node, Point, Row, arrange, graph_of, paths_from, step_of
from nnlab.draw.mlp.network import Network
from nnlab.errors import BadData
from nnlab.plot import PALETTE

# Colours of the book's palette and no others: in the built page they follow the reader's light or dark theme.
COLOURS = {
    "positive": PALETTE["blue"],
    "negative": PALETTE["orange"],
    "neutral": PALETTE["grey"],
    "ink": PALETTE["ink"],
}

SMALLEST = 6.0  # points: smaller text is not drawn
NOTE = 7.0  # points
DENSE = 1000  # among more edges between two layers, no dashes can be seen
MANY = 60  # more numbers than these between two layers are not written: nobody finds the edge that one belongs to


class Frame:
    """Axes with the texts around one network.

    All positions are points (1/72 inch) from the lower left corner of the axes, which are also the axes' data
    coordinates: so the sizes of texts and of neurons can be compared.
    """

    def __init__(
        self,
        ax: Axes,
        network: Network,
        layers: list[list[Row]],
        orientation: str,
        names: list[list[str]],
        own_names: tuple[bool, bool],
        values: Sequence[np.ndarray] | None,
        path: tuple[int, int, int] | None,
        add_labels: bool,
    ) -> None:
        self.ax, self.network, self.layers, self.names, self.values = ax, network, layers, names, values
        self.horizontal = orientation == "h"
        self.graph = graph_of(network, layers)
        self.path_edges: set[tuple[Node, Node]] = set()
        if path:
            self.path_edges = paths_from(self.graph, (path[0], path[2]), (path[0] + 1, path[1]))
        self.chosen = ((path[0], path[2]), (path[0] + 1, path[1])) if path else None
        self.numbered = add_labels and bool(network.weights)
        self.texts: list[Text] = []

        figure = ax.figure.canvas.figure  # not a SubFigure, which cannot be drawn alone
        ax.set_axis_off()
        if figure.get_layout_engine() is not None:
            figure.draw_without_rendering()  # lets the engine move the axes now, not after the texts are placed
        box = ax.get_window_extent()
        self.width, self.height = box.width * 72 / figure.dpi, box.height * 72 / figure.dpi
        ax.set(xlim=(0, self.width), ylim=(0, self.height), aspect="equal")
        self._probe = ax.text(0, 0, "")
        self._extents: dict[tuple[str, float], np.ndarray] = {}
        self._arrange(own_names)

    def extent(self, text: str, size: float) -> np.ndarray:
        """Width and height of a text in points."""
        if not text:
            return np.zeros(2)
        if (text, size) not in self._extents:
            self._probe.set(text=text, fontsize=size)
            box = self._probe.get_window_extent()
            self._extents[text, size] = np.array([box.width, box.height]) * 72 / self.ax.figure.dpi
        return self._extents[text, size]

    def widest(self, texts: Sequence[str], size: float) -> np.ndarray:
        return np.max([self.extent(t, size) for t in texts] or [np.zeros(2)], axis=0)

    def wrapped(self, text: str) -> str:
        """The text in lines that fit the axes. Small letters are up to a tenth wider at some resolutions."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.extent(longer, NOTE)[0] > 0.88 * self.width:
                lines.append(word)
            else:
                lines[-1] = longer
        return "\n".join(lines)

    def note_text(self, unnumbered: bool) -> str:
        """The note at the foot, in lines."""
        bias = any("bias" in rows for rows in self.layers)
        dashed = any(len(a) * len(b) <= DENSE for a, b in pairwise(self.layers))
        note = words.note(self.network, bool(self.path_edges), bias, dashed, unnumbered, self.unreadable)
        return self.wrapped(note)

    def _arrange(self, own_names: tuple[bool, bool]) -> None:
        """Find the largest captions that fit, and place the neurons around them."""
        full = words.captions(self.network, self.layers)
        short = [str(n) for n in self.network.sizes]
        outside = {k: own or self.values is not None for k, own in zip((0, len(full) - 1), own_names, strict=True)}
        for captions, size in (full, 8.0), (full, 7.0), (full, SMALLEST), (short, 7.0), (short, SMALLEST), ([], 0.0):
            if self._settles(captions, size, outside):
                self._write_captions(captions, size)
                self._write_names()
                return
        raise BadData(
            f"{self.width / 72:.1f} by {self.height / 72:.1f} inches are too small for this network and its names: "
            "give a larger figsize (or larger axes), or shorter names"
        )

    def _settles(self, captions: Sequence[str], size: float, outside: dict[int, bool]) -> bool:
        """Whether all fits with these captions. What proves too small changes the note, and so the room: try again."""
        self.unreadable: list[str] = []
        for _ in range(4):
            if not self._try(captions, size, outside):
                return False
            wider = dict.fromkeys(outside, True) if self.layout.radius < 7 else outside
            too_small = self._too_small()
            if wider == outside and too_small == self.unreadable:
                break
            outside, self.unreadable = wider, too_small
        return True

    def _too_small(self) -> list[str]:
        """The texts that would be too small to read."""
        names = [words.layer_name(self.network, k) for k in self.outside if self.outside[k] and not self.named[k]]
        values = [words.layer_name(self.network, k) for k in range(len(self.layers)) if self.inside(k)[1] < SMALLEST]
        return [f"names of {n} neurons" for n in names] + [f"numbers in {n} neurons" for n in values]

    def inside(self, layer: int) -> tuple[list[str], float]:
        """What stands in the circles of a layer (values, or the symbols of inputs and outputs), and its font size."""
        drawn = [r for r in self.layers[layer] if isinstance(r, int)]
        texts: list[str] = []
        if self.values is not None:
            write = words.formatter(self.values[layer][drawn])
            texts = [write(v) for v in self.values[layer][drawn]]
        elif layer in self.outside and not self.outside[layer]:
            texts = [self.names[layer][r] for r in drawn]
        widest = self.widest(texts, 10)[0]
        return texts, min(9.0, 17.5 * self.layout.radius / widest) if widest else 9.0

    def _try(self, captions: Sequence[str], size: float, outside: dict[int, bool]) -> bool:
        """Arrange the neurons with captions of this size; False if captions would touch, or nothing else fits."""
        boxes = np.array([self.extent(c, size) for c in captions] or [np.zeros(2)] * len(self.layers))
        self.outside = outside
        longest = self.note_text(unnumbered=self.numbered)
        self.note_room = self.extent(longest, NOTE)[1] + 6
        fullest = max(map(len, self.layers))
        if self.horizontal:
            across = (4.0, self.height - self.note_room - boxes[:, 1].max() - 8)
        else:
            across = (boxes[:, 0].max() + 12, self.width - (14.0 if self.numbered else 4.0))
        breadth = across[1] - across[0]
        self.rotated: dict[int, bool] = {}
        room = dict.fromkeys(outside, 0.0)
        for k in (k for k in outside if outside[k]):
            step = step_of(breadth, len(self.layers[k]), fullest)
            box = self.widest([self.names[k][r] for r in self.layers[k] if isinstance(r, int)], 8.0)
            self.rotated[k] = not self.horizontal and box[0] > step - 2
            if box[1] < step or (len(self.layers[k]) == 1 and box[1] < breadth):
                room[k] = box[0] + 6 if self.horizontal or self.rotated[k] else box[1] + 6
        self.named = {k: room[k] > 0 for k in outside}
        first, last = room.values()
        if self.horizontal:
            along = (max(first, boxes[0, 0] / 2) + 3, self.width - max(last, boxes[-1, 0] / 2) - 3)
        else:
            along = (
                max(first, boxes[0, 1] / 2) + 3,
                self.height - self.note_room - max(last, boxes[-1, 1] / 2) - 3,
            )
        if breadth < 12 or along[1] - along[0] < 12 * len(self.layers):
            return False
        full = np.array([len(rows) for rows in self.layers])
        edges = full[:-1] * full[1:]
        numbered = self.numbered & (edges <= MANY)
        shares = np.where(numbered, 1 + edges / 24, 1.0 if numbered.any() else 2.0)  # more numbers, more room
        self.layout = arrange(self.graph, self.layers, shares, along, across, self._xy)
        side = 0 if self.horizontal else 1
        apart = np.diff(self.layout.columns) - (boxes[1:, side] + boxes[:-1, side]) / 2
        return bool((apart > 3).all() and boxes[:, 1 - side].max() < 0.4 * (self.height, self.width)[side])

    def _xy(self, along: float, across: float) -> Point:
        """x and y of a place along the flow of the network and across it; y points up, but pages are read down."""
        return (along, self.height - across) if self.horizontal else (across, self.height - along)

    def write(self, x: float, y: float, text: str, size: float, **style: Any) -> None:
        """Write a text that nothing may cover."""
        style = {"ha": "center", "va": "center", "color": COLOURS["ink"], "fontsize": size, **style}
        self.texts.append(self.ax.text(x, y, text, **style))

    def _write_captions(self, captions: Sequence[str], size: float) -> None:
        foot = self.note_room + self.widest(captions, size)[1]
        for column, text in zip(self.layout.columns, captions, strict=False):
            if self.horizontal:
                self.write(column, foot, text, size, va="top")
            else:
                self.write(3, self.height - column, text, size, ha="left")

    def _write_names(self) -> None:
        """Names of inputs and outputs outside their neurons, where they are asked for or do not fit inside."""
        for k in (k for k in self.outside if self.outside[k] and self.named[k]):
            away = (self.layout.radius + 3) * (-1 if k == 0 else 1)
            for row in self.layers[k]:
                if not isinstance(row, int):
                    continue
                x, y = self.graph.nodes[k, row]["pos"]
                text = self.names[k][row]
                if self.horizontal:
                    self.write(x + away, y, text, 8, ha="right" if k == 0 else "left")
                else:
                    self.write(x, y - away, text, 8, va="bottom" if k == 0 else "top", rotation=90 * self.rotated[k])
