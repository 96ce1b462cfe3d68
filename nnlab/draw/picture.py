"""The picture of a network: edges as one collection a layer, with room for the numbers that can be read; neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from nnlab.draw import labels, words
from nnlab.draw.frame import COLOURS, NOTE, SMALLEST, Frame
from nnlab.draw.layout import Node

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
            self.ax.scatter(*places.T, s=(2 * radius) ** 2, facecolors=faces, linewidths=widths, **style)
            self._write_inside(k, drawn)
            if "bias" in rows:
                x, y = self.graph.nodes[k, "bias"]["pos"]
                square = (1.6 * radius) ** 2
                self.ax.scatter(x, y, s=square, marker="s", facecolors="none", linewidths=line, **style)
                if radius >= 5:
                    self.write(x, y, "1", min(8.0, radius))
        dots = [np.array(centre) + i * np.array(step) for centre, step in self.layout.ellipses for i in (-1, 0, 1)]
        if dots:
            self.ax.scatter(*np.transpose(dots), s=6, color=ink, linewidths=0, clip_on=False)

    def _faces(self, layer: int, drawn: list[int]) -> list[Any]:
        """The colour of each neuron: by its value where values are shown."""
        if self.values is None:
            return [to_rgba(COLOURS["neutral"], 0.15)] * len(drawn)
        values = self.values[layer][drawn]
        scale = np.abs(values).max() or 1.0
        return [to_rgba(COLOURS["positive" if v >= 0 else "negative"], 0.45 * abs(v) / scale) for v in values]

    def _write_inside(self, layer: int, drawn: list[int]) -> None:
        """The values of the neurons, or the symbols of inputs and outputs, inside the circles."""
        if self.values is not None:
            write = words.formatter(self.values[layer][drawn])
            texts = [write(v) for v in self.values[layer][drawn]]
        elif layer in self.outside and not self.outside[layer]:
            texts = [self.names[layer][r] for r in drawn]
        else:
            return
        widest = self._widest(texts, 10)[0]
        size = min(9.0, 10 * 1.75 * self.layout.radius / widest)
        if size < SMALLEST:
            self.remarks.append(f"Values of {words.layer_name(self.network, layer)}: too small to read here.")
            return
        for row, text in zip(drawn, texts, strict=True):
            self.write(*self.graph.nodes[layer, row]["pos"], text, size)

    def edges(self, alpha: float, add_labels: bool, label_pos: float | None, label_size: float | None) -> None:
        """Every edge, and the weights written on them where all those of a layer can be read."""
        by_layer: list[list[tuple[Node, Node, float | None]]] = [[] for _ in self.layers[1:]]
        for source, target, weight in self.graph.edges(data="weight"):
            by_layer[source[0]].append((source, target, weight))
        ends = [self._ends(edges) for edges in by_layer]
        spots: dict[int, tuple[np.ndarray, np.ndarray, list[str]]] = {}
        size = 0.0
        if add_labels and self.network.weights:
            tries = [(s, self._spots(by_layer, ends, s, label_pos)) for s in ((label_size,) if label_size else (8, 7, 6))]
            size, spots = max(tries, key=lambda t: len(t[1]))
            missing = [k for k, edges in enumerate(by_layer) if k not in spots and self._wanted(edges)]
            self.remarks.append(words.unlabelled(self.network, missing))
        for k, edges in enumerate(by_layer):
            centres, halves, texts = spots.get(k, (np.empty((0, 2)), np.empty((0, 2)), []))
            self._collect(edges, labels.interrupted(ends[k], centres, halves), alpha)
            for (x, y), text in zip(centres, texts, strict=True):
                self.write(x, y, text, size)

    def _ends(self, edges: list[tuple[Node, Node, float | None]]) -> np.ndarray:
        """Start and end [e, 2, 2] of edges, from the rim of one neuron to the rim of the other."""
        nodes = self.graph.nodes
        ends = np.array([(nodes[a]["pos"], nodes[b]["pos"]) for a, b, _ in edges], float)
        step = ends[:, 1] - ends[:, 0]
        rim = self.layout.radius * step / np.linalg.norm(step, axis=1, keepdims=True)
        ends[:, 0] += rim
        ends[:, 1] -= rim
        return ends

    def _wanted(self, edges: list[tuple[Node, Node, float | None]]) -> list[int]:
        """The edges that should carry a number: all, or those of the highlighted paths."""
        return [i for i, (a, b, _) in enumerate(edges) if not self.path_edges or (a, b) in self.path_edges]

    def _spots(
        self, by_layer: list[list[tuple[Node, Node, float | None]]], ends: list[np.ndarray], size: float, pos: float | None
    ) -> dict[int, tuple[np.ndarray, np.ndarray, list[str]]]:
        """Centres, half sizes and texts of the labels of each gap where all of them fit at this font size."""
        spots = {}
        to_points = self.ax.transData.inverted().transform
        taken = np.array([to_points(t.get_window_extent().get_points()).ravel() for t in self.texts])
        neurons = np.array(list(dict(self.graph.nodes(data="pos")).values()))
        for k, edges in enumerate(by_layer):
            wanted = self._wanted(edges)
            if not wanted or len(wanted) > 400:
                continue
            values = np.array([edges[i][2] for i in wanted], float)
            texts = [words.formatter(values)(v) for v in values]
            sizes = np.array([self._extent(t, size) for t in texts])
            centres = labels.place(
                ends[k], sizes + 2, np.array(wanted), neurons, self.layout.radius, taken, (self.width, self.height), pos
            )
            if centres is not None:
                spots[k] = centres, sizes / 2, texts
        return spots

    def _collect(self, edges: list[tuple[Node, Node, float | None]], lines: list[np.ndarray], alpha: float) -> None:
        """One LineCollection for the edges of one gap. Width and opacity say the size of a weight, colour its sign."""
        thick = float(np.clip(3.2 * np.sqrt(50 / len(edges)), 0.7, 3.2))
        known = np.array([0.0 if w is None else w for *_, w in edges])
        share = np.abs(known) / (np.abs(known).max() or 1.0)
        order = np.argsort(share, kind="stable")  # the strongest on top
        widths, colours, dashes = [], [], []
        for i in order:
            a, b, weight = edges[i]
            on_path = (a, b) in self.path_edges
            sign = "neutral" if weight is None else "positive" if weight >= 0 else "negative"
            if self.path_edges and not on_path:
                colour, width, dash = to_rgba(COLOURS["neutral"], 0.3 * alpha), 0.5, "solid"
            elif weight is None:
                colour, width, dash = to_rgba(COLOURS["positive" if on_path else "neutral"], 0.8 * alpha), 0.9, "solid"
            else:
                colour = to_rgba(COLOURS[sign], alpha * (0.3 + 0.7 * share[i]))
                width, dash = 0.5 + (thick - 0.5) * share[i], "solid" if weight >= 0 else DASHES
            colours.append(colour)
            widths.append(width)
            dashes.append(dash)
            if (a, b) == self.chosen:  # a broad pale stroke beneath, as of a marker pen
                self.ax.plot(*lines[i].T, color=COLOURS["neutral"], alpha=0.35, lw=thick + 6, zorder=0.5, clip_on=False)
        self.ax.add_collection(
            LineCollection(
                [lines[i] for i in order], colors=colours, linewidths=widths, linestyles=dashes, zorder=1, clip_on=False
            ),
            autolim=False,
        )

    def note(self) -> None:
        """What the colours mean, and what could not be written, at the foot."""
        key = words.key(self.network, bool(self.path_edges), any("bias" in rows for rows in self.layers))
        text = self._wrapped(" ".join([key, *self.remarks]))
        self.write(3, 2, text, NOTE, ha="left", va="bottom")
        self._probe.remove()
