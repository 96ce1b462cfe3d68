"""Where the boxes of a diagram stand: in layers, ordered by barycentre, in columns as straight as can be.

`along` is the way that data flows, `across` the other one; sizes and places are in inches.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import fmean

import networkx as nx
import numpy as np
from scipy.optimize import linprog, minimize

Stop = str | tuple[str, str, int]  # a box, or where the edge (from, to) passes a layer
Size = tuple[float, float]  # along, across

BESIDE = 0.16  # between boxes of one layer
LINE = 0.2  # the room across that a passing edge takes


@dataclass
class Columns:
    """`layers[k]` lists the stops of layer k in order; `routes` are the stops of each edge that runs in a column.

    `skips` are the edges beside which a longer way leads from the same box to the same box: they run at the side.
    """

    layers: list[list[Stop]]
    layer: dict[Stop, int]
    across: dict[Stop, float]
    sizes: dict[Stop, Size]
    routes: dict[tuple[str, str], list[Stop]]
    skips: list[tuple[str, str]]


def columns(graph: nx.DiGraph, sizes: dict[str, Size]) -> Columns:
    """Place the nodes of a directed acyclic graph, given their sizes."""
    backbone = nx.transitive_reduction(graph)
    order = {node: k for k, node in enumerate(graph)}  # of the calls
    layer: dict[Stop, int] = {node: k for node, k in _layers(backbone).items()}  # noqa: C416
    last = max(layer.values())
    routes: dict[tuple[str, str], list[Stop]] = {}
    for a, b in sorted(backbone.edges, key=lambda e: (order[e[0]], order[e[1]])):
        bends: list[Stop] = [(a, b, k) for k in range(layer[a] + 1, layer[b])]
        layer.update((bend, bend[2]) for bend in bends)  # type: ignore[misc]
        routes[a, b] = [a, *bends, b]
    layers: list[list[Stop]] = [[] for _ in range(last + 1)]
    for stop in sorted(layer, key=lambda s: order[s[1]] if isinstance(s, tuple) else order[s]):
        layers[layer[stop]].append(stop)
    links = nx.DiGraph()
    links.add_nodes_from(layer)
    links.add_edges_from(pair for route in routes.values() for pair in pairwise(route))
    layers = _ordered(layers, links)
    all_sizes: dict[Stop, Size] = {s: (0.0, LINE) if isinstance(s, tuple) else sizes[s] for s in layer}
    skips = [edge for edge in graph.edges if not backbone.has_edge(*edge)]
    return Columns(layers, layer, _across(layers, links, all_sizes), all_sizes, routes, skips)


def _layers(backbone: nx.DiGraph) -> dict[str, int]:
    """The layer of each node: below all that it uses, with edges as short as can be, and as late as that allows."""
    row = {node: k for k, node in enumerate(backbone)}
    edges = np.array([(row[a], row[b]) for a, b in backbone.edges], int).reshape(-1, 2)
    step = np.zeros((len(edges), len(row)))
    step[np.arange(len(edges)), edges[:, 0]], step[np.arange(len(edges)), edges[:, 1]] = 1, -1
    most = nx.dag_longest_path_length(backbone, default_weight=1)
    late = 1 / (2 * len(row) * (most + 1))  # together less than one step of one edge
    found = linprog(-step.sum(axis=0) - late, step, -np.ones(len(edges)), bounds=(0, most), method="highs")
    return {node: round(found.x[k]) for node, k in row.items()}


def _ordered(layers: list[list[Stop]], links: nx.DiGraph) -> list[list[Stop]]:
    """The order within each layer with the fewest crossings that sweeps down and up find."""
    best, fewest = layers, _crossings(layers, links)
    for sweep in range(8):
        layers = [list(layer) for layer in layers]
        down = sweep % 2 == 0
        for before, here in pairwise(layers if down else layers[::-1]):
            place = {stop: k for k, stop in enumerate(before)}
            neighbours = links.predecessors if down else links.successors
            wanted = {
                stop: fmean([place[n] for n in neighbours(stop) if n in place] or [k]) for k, stop in enumerate(here)
            }
            here.sort(key=wanted.__getitem__)
        if (found := _crossings(layers, links)) < fewest:
            best, fewest = layers, found
    return best


def _crossings(layers: list[list[Stop]], links: nx.DiGraph) -> int:
    place = {stop: k for layer in layers for k, stop in enumerate(layer)}
    total = 0
    for layer in layers:
        ends = [(place[a], place[b]) for a in layer for b in links.successors(a)]
        total += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(ends, 2))
    return total


def _across(layers: list[list[Stop]], links: nx.DiGraph, sizes: dict[Stop, Size]) -> dict[Stop, float]:
    """Unbranched chains are straight; the rest is as near to the middle of its neighbours as the boxes allow."""
    chain: dict[Stop, int] = {}
    for number, stop in enumerate(s for layer in layers for s in layer):
        before = list(links.predecessors(stop))
        alone = len(before) == 1 and links.out_degree(before[0]) == 1
        chain[stop] = chain[before[0]] if alone else number
    beside = [(a, b) for layer in layers for a, b in pairwise(layer)]
    if not nx.is_directed_acyclic_graph(nx.DiGraph((chain[a], chain[b]) for a, b in beside)):
        chain = {stop: number for number, stop in enumerate(chain)}  # two chains cross: neither can be straight
    row = {number: k for k, number in enumerate(dict.fromkeys(chain.values()))}
    ends = np.array([(row[chain[a]], row[chain[b]]) for a, b in links.edges if chain[a] != chain[b]], int).reshape(
        -1, 2
    )
    pull = np.zeros((len(ends), len(row)))
    pull[np.arange(len(ends)), ends[:, 0]], pull[np.arange(len(ends)), ends[:, 1]] = 1, -1
    apart = np.zeros((len(beside), len(row)))
    room = np.zeros(len(beside))
    for k, (a, b) in enumerate(beside):
        apart[k, row[chain[b]]], apart[k, row[chain[a]]] = 1, -1
        room[k] = (sizes[a][1] + sizes[b][1]) / 2 + BESIDE
    start = np.zeros(len(row))
    for layer in layers:  # a place to begin: side by side, around 0
        for stop, x in zip(layer, _packed(layer, sizes), strict=True):
            start[row[chain[stop]]] = x
    form = 2 * (pull.T @ pull + 1e-4 * np.eye(len(row)))
    found = start
    if len(beside):
        constraint = {"type": "ineq", "fun": lambda x: apart @ x - room, "jac": lambda x: apart}
        options = {"maxiter": 500, "ftol": 1e-9}
        found = minimize(
            lambda x: x @ form @ x / 2,
            start,
            jac=lambda x: form @ x,
            method="SLSQP",
            constraints=constraint,
            options=options,
        ).x
    else:
        found = np.zeros(len(row))
    return {stop: round(float(found[row[number]]), 3) + 0.0 for stop, number in chain.items()}


def _packed(layer: list[Stop], sizes: dict[Stop, Size]) -> list[float]:
    ends = np.cumsum([sizes[s][1] + BESIDE for s in layer])
    centres = ends - [(sizes[s][1] + BESIDE) / 2 for s in layer]
    return list(centres - ends[-1] / 2)
