"""Which neurons are drawn, the graph they form, and where each one stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np

from nnlab.draw.mlp.network import Network

Node = tuple[int, int | str]  # (layer, neuron), or (layer, "bias") for the constant 1
Row = int | str | None  # a neuron, "bias", or None for the neurons left out
Point = tuple[float, float]


def fold(size: int, max_neurons: int | None, keep: int | None = None) -> list[Row]:
    """The rows of one layer: its first and last neurons, with None where neurons are left out.

    `keep` is a neuron that must stay visible.

    >>> fold(784, 4)
    [0, 1, None, 782, 783]
    >>> fold(784, 4, keep=300)
    [0, None, 300, None, 782, 783]
    """
    if max_neurons is None or size <= max_neurons:
        return list(range(size))
    first = (max_neurons + 1) // 2
    shown = {*range(first), *range(size - max_neurons + first, size)}
    if keep is not None and keep not in shown:
        shown = shown - {first - 1} | {keep}
    rows: list[Row] = []
    for i in sorted(shown):
        if i != (rows[-1] + 1 if rows and isinstance(rows[-1], int) else 0):
            rows.append(None)
        rows.append(i)
    if isinstance(rows[-1], int) and rows[-1] < size - 1:
        rows.append(None)
    return rows


def rows_of(network: Network, max_neurons: int | None, path: Sequence[int] | None, biases: bool) -> list[list[Row]]:
    """The rows of every layer, the bias first. Both ends of the path's weight stay visible."""
    keep = {path[0]: path[2], path[0] + 1: path[1]} if path else {}
    layers = [fold(n, max_neurons, keep.get(k)) for k, n in enumerate(network.sizes)]
    if biases:
        for k, rows in enumerate(layers[:-1]):
            if network.has_bias(k):
                rows.insert(0, "bias")
    return layers


def graph_of(network: Network, layers: list[list[Row]]) -> nx.DiGraph:
    """The directed graph of the drawn neurons: an edge's `weight` is a float, or None where only sizes are known."""
    graph = nx.DiGraph(name="-".join(map(str, network.sizes)))
    for k, rows in enumerate(layers):
        middle = (len(rows) - 1) / 2
        graph.add_nodes_from(
            ((k, r), {"layer": k, "pos": (k, middle - i)}) for i, r in enumerate(rows) if r is not None
        )
    for k, rows in enumerate(layers[:-1]):
        targets = [r for r in layers[k + 1] if isinstance(r, int)]
        for source in rows:
            if source is None:
                continue
            weights: list[float | None] = [None] * len(targets)
            if network.weights:
                column = network.biases[k] if isinstance(source, str) else network.weights[k][:, source]
                assert column is not None  # rows_of gives no bias row to a layer without biases
                weights = column[targets].tolist()
            graph.add_weighted_edges_from(((k, source), (k + 1, t), w) for t, w in zip(targets, weights, strict=True))
    return graph


def paths_from(graph: nx.DiGraph, source: Node, target: Node) -> set[tuple[Node, Node]]:
    """The drawn edges on any path that starts with the edge source → target and ends at an output."""
    reached = nx.descendants(graph, target) | {target}
    return {(source, target), *graph.edges(reached)}


@dataclass(frozen=True)
class Layout:
    """Positions in points (1/72 inch) from the lower left corner of the axes."""

    radius: float
    ellipses: list[tuple[Point, Point]]  # where neurons are left out: the centre, and the step between two dots
    columns: list[float]  # where each layer stands along the flow


def step_of(breadth: float, rows: int, fullest: int) -> float:
    """The distance between neurons of a layer. One of few neurons spreads: its edges get more room."""
    return min(breadth / rows, 1.5 * breadth / fullest)


def arrange(
    graph: nx.DiGraph,
    layers: list[list[Row]],
    shares: np.ndarray,
    along: Point,
    across: Point,
    to_xy: Callable[[float, float], Point],
) -> Layout:
    """Give every node its `pos`. `shares` says how the length is divided between the gaps; `to_xy` turns the
    coordinates (along the flow, across it) into x and y."""
    length, breadth = along[1] - along[0], across[1] - across[0]
    fullest = max(map(len, layers))
    spacing = breadth / fullest
    radius = min(0.38 * spacing, 15.0, length / len(layers) / 4)
    starts = np.concatenate([[0.0], np.cumsum(shares) / shares.sum()])
    columns = [float(c) for c in along[0] + radius + (length - 2 * radius) * starts]
    steps = [step_of(breadth, len(rows), fullest) if len(rows) > 1 else 0.0 for rows in layers]
    halves = [step * (len(rows) - 1) / 2 for step, rows in zip(steps, layers, strict=True)]
    ellipses = []
    for k, rows in enumerate(layers):
        for i, row in enumerate(rows):
            here = sum(across) / 2 - halves[k] + i * steps[k]
            place = to_xy(columns[k], here)
            if row is None:
                ahead = to_xy(columns[k], here + 0.22 * steps[k])
                ellipses.append((place, (ahead[0] - place[0], ahead[1] - place[1])))
            else:
                graph.nodes[k, row]["pos"] = place
    for k, gap in enumerate(np.diff(columns)):
        # The steepest edge passes close to the neighbours of its ends: the radius keeps it from crossing them.
        slant = gap / np.hypot(gap, halves[k] + halves[k + 1])
        for step in filter(None, steps[k : k + 2]):
            radius = min(radius, float(max(0.9 * step * slant, 0.15 * spacing)))
    return Layout(radius, ellipses, columns)
