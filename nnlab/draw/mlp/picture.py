"""The picture of a network: edges as one collection a layer, with room for the numbers that can be read; neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from nnlab.draw.mlp import labels, words
from nnlab.draw.mlp.frame import COLOURS, DENSE, MANY, NOTE, SMALLEST, Frame
from nnlab.draw.mlp.layout import Node

Edge = tuple[Node, Node, float | None]  # source, target, weight

LEVELS = 8  # steps of width and opacity
TOGETHER, APART = 100, 5  # edges that form one path: many keep an SVG small, few are quicker where they are dense
DASHES = (0, (3.5, 1.3))  # of negative edges, in units of the edge's width


class Picture(Frame):
    """A network drawn on its frame."""

    def neurons(self) -> None:
        """Circles for neurons, a square for the constant 1 of the biases, three dots for neurons left out."""
        radius, ink = self.layout.radius, COLOURS["ink"]
        on_path = {node for edge in self.path_edges for node in edge}
        line = min(0.9, radius / 4)
        for k, rows in enumerate(self.layers):
            drawn = [r for r in rows if isinstance(r, int)]
            places = np.array([self.graph.nodes[k, r]["pos"] for r in drawn])
            widths = [2 * line if (k, r) in on_path else line for r in drawn]
            style: dict[str, Any] = {"edgecolors": ink, "clip_on": False, "zorder": 3}
            faces = self._faces(k, drawn)
            self.ax.scatter(
                places[:, 0], places[:, 1], s=(2 * radius) ** 2, facecolors=faces, linewidths=widths, **style
            )
            texts, size = self.inside(k)
            for (x, y), text in zip(places, texts if size >= SMALLEST else [], strict=False):
                self.write(x, y, text, size)
            if "bias" in rows:
                x, y = self.graph.nodes[k, "bias"]["pos"]
                square = (1.6 * radius) ** 2
                self.ax.scatter(x, y, s=square, marker="s", facecolors="none", linewidths=line, **style)
                if radius >= 5:
                    self.write(x, y, "1", min(8.0, radius))
        dots = [np.array(centre) + i * np.array(step) for centre, step in self.layout.ellipses for i in (-1, 0, 1)]
        if dots:
            x, y = np.transpose(dots)
            self.ax.scatter(x, y, s=6, color=ink, linewidths=0, clip_on=False)

    def _faces(self, layer: int, drawn: list[int]) -> list[Any]:
        """The colour of each neuron: by its value where values are shown."""
        if self.values is None:
            return [to_rgba(COLOURS["neutral"], 0.15)] * len(drawn)
        values = self.values[layer][drawn]
        scale = np.abs(values).max() or 1.0
        return [to_rgba(COLOURS["positive" if v >= 0 else "negative"], 0.45 * abs(v) / scale) for v in values]

    def edges(self, alpha: float, label_pos: float | None, label_size: float | None) -> None:
        """Every edge, and the weights written on them where all those of a layer can be read."""
        by_layer: list[list[Edge]] = [[] for _ in self.layers[1:]]
        for source, target, weight in self.graph.edges(data="weight"):
            by_layer[source[0]].append((source, target, weight))
        ends = [self._ends(edges) for edges in by_layer]
        spots: dict[int, tuple[np.ndarray, np.ndarray, list[str]]] = {}
        size = 0.0
        self.unnumbered: list[int] = []
        if self.numbered:
            due = [k for k, edges in enumerate(by_layer) if self._wanted(edges)]
            for s in (label_size,) if label_size else (8.0, 7.5, 7.0):
                found = self._spots(by_layer, ends, s, label_pos)
                if len(found) > len(spots):
                    size, spots = s, found
                if len(spots) == len(due):
                    break
            self.unnumbered = [k for k in due if k not in spots]
        for k, edges in enumerate(by_layer):
            centres, halves, texts = spots.get(k, (np.empty((0, 2)), np.empty((0, 2)), []))
            if self.chosen and self.chosen[0][0] == k:  # a broad pale stroke, as of a marker pen
                x, y = ends[k][[e[:2] for e in edges].index(self.chosen)].T
                self.ax.plot(x, y, "-", color=COLOURS["neutral"], alpha=0.4, lw=9, solid_capstyle="butt", zorder=0.5)
            self._collect(edges, labels.interrupted(ends[k], centres, halves), alpha)
            for (x, y), text in zip(centres, texts, strict=True):
                self.write(x, y, text, size)

    def _ends(self, edges: list[Edge]) -> np.ndarray:
        """Start and end [e, 2, 2] of edges, from the rim of one neuron to the rim of the other."""
        nodes = self.graph.nodes
        ends = np.array([(nodes[a]["pos"], nodes[b]["pos"]) for a, b, _ in edges], float)
        step = ends[:, 1] - ends[:, 0]
        rim = self.layout.radius * step / np.linalg.norm(step, axis=1, keepdims=True)
        ends[:, 0] += rim
        ends[:, 1] -= rim
        return ends

    def _wanted(self, edges: list[Edge]) -> list[int]:
        """The edges that should carry a number: all, or those of the highlighted paths."""
        return [i for i, (a, b, _) in enumerate(edges) if not self.path_edges or (a, b) in self.path_edges]

    def _spots(
        self,
        by_layer: list[list[Edge]],
        ends: list[np.ndarray],
        size: float,
        pos: float | None,
    ) -> dict[int, tuple[np.ndarray, np.ndarray, list[str]]]:
        """Centres, half sizes and texts of the labels of each gap where all of them fit at this font size."""
        spots = {}
        to_points = self.ax.transData.inverted().transform
        taken = np.array([to_points(t.get_window_extent().get_points()).ravel() for t in self.texts])
        neurons = np.array(list(dict(self.graph.nodes(data="pos")).values()))
        for k, edges in enumerate(by_layer):
            wanted = self._wanted(edges)
            if not wanted or len(wanted) > MANY:
                continue
            values = np.array([edges[i][2] for i in wanted], float)
            texts = [words.formatter(values)(v) for v in values]
            sizes = np.array([self.extent(t, size) for t in texts])
            centres = labels.place(
                ends[k],
                sizes + np.array([4, 2]),
                np.array(wanted),
                np.array([0.05 if self.path_edges and e[:2] not in self.path_edges else 1.0 for e in edges]),
                neurons,
                self.layout.radius,
                taken,
                (self.width, self.height),
                pos,
            )
            if centres is not None:
                spots[k] = centres, sizes / 2 + np.array([1.5, 0]), texts
        return spots

    def _collect(self, edges: list[Edge], lines: list[np.ndarray], alpha: float) -> None:
        """One LineCollection for the edges of one gap. Width and opacity say the size of a weight, colour its sign.

        Sizes are drawn in LEVELS steps, and all edges of one step and sign are pieces of one path: an SVG of
        300 edges then has about 50 elements in place of 300.
        """
        sizes = np.array([abs(w or 0.0) for *_, w in edges])
        levels = np.ceil(LEVELS * sizes / (sizes.max() or 1.0)).astype(int)
        groups: dict[tuple[int, str], list[np.ndarray]] = {}
        for (a, b, weight), level, line in zip(edges, levels.tolist(), lines, strict=True):
            if self.path_edges and (a, b) not in self.path_edges:
                group = -1, "neutral"
            elif weight is None:
                group = LEVELS // 2, "positive" if self.path_edges else "neutral"
            else:
                group = level, "positive" if weight > 0 else "negative" if weight < 0 else "neutral"
            groups.setdefault(group, []).append(line)
        dense = len(edges) > DENSE
        together = APART if dense else TOGETHER
        thick = float(np.clip(3.2 * np.sqrt(50 / len(edges)), 0.7, 3.2))
        paths, widths, colours = [], [], []
        dashes: list[Any] = []
        for (level, colour), members in sorted(groups.items()):  # the strongest on top
            share = max(level, 0) / LEVELS
            for first in range(0, len(members), together):
                paths.append(_joined(members[first : first + together]))
                widths.append(0.5 + (thick - 0.5) * share)
                colours.append(to_rgba(COLOURS[colour], alpha * (0.3 + 0.7 * share)))
                dashes.append(DASHES if colour == "negative" and not dense else "solid")
        style: dict[str, Any] = {"colors": colours, "linewidths": widths, "linestyles": dashes}
        self.ax.add_collection(LineCollection(paths, **style, zorder=1, clip_on=False), autolim=False)

    def note(self) -> None:
        """What the colours mean, and what could not be written, at the foot."""
        text = self.note_text(bool(self.unnumbered))
        self.write(3, 2, text, NOTE, ha="left", va="bottom")
        self._probe.remove()


def _joined(lines: list[np.ndarray]) -> np.ndarray:
    """One polyline with a break (a row of NaN) after each line."""
    gap = np.full((1, 2), np.nan)
    return np.concatenate([part for line in lines for part in (line, gap)][:-1])
