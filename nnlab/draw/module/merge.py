"""Merge a convolution or linear layer with its normalisation and activation: one box, as papers draw them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import networkx as nx

LAYERS = ("conv", "linear")
COMPANIONS = ("norm", "activation")


def merged(graph: nx.DiGraph) -> nx.DiGraph:
    """The graph with one node for each layer and the norms and activations that belong to it.

    They belong to it if data flows from one to the next with no branch, and either all stand in one `forward` (then
    also before the layer: batch norm, ReLU, convolution) or they follow the layer.
    """
    groups: list[list[str]] = []

    def owner(node: str) -> int:
        return graph.nodes[node]["owner"]

    for run in _runs(graph, lambda a, b: owner(a) == owner(b)):
        groups += _split([(node, graph.nodes[node]["kind"]) for node in run])
    ending = {group[-1]: group for group in groups}
    for group in groups:  # what one forward has left alone, after the layer of another
        alone = len(group) == 1 and graph.nodes[group[0]]["kind"] in COMPANIONS
        home = ending.get(next(graph.predecessors(group[0]), ""), group) if alone else group
        kinds = [graph.nodes[node]["kind"] for node in home]
        if home is group or kinds[0] not in LAYERS or graph.nodes[group[0]]["kind"] in kinds:
            continue
        if _follows(graph, home[-1], group[0]):
            home += group
            ending[home[-1]] = home
            group.clear()
    return _contracted(graph, [group for group in groups if len(group) > 1])


def _follows(graph: nx.DiGraph, a: str, b: str) -> bool:
    return list(graph.successors(a)) == [b] and list(graph.predecessors(b)) == [a]


def _runs(graph: nx.DiGraph, together: Callable[[str, str], bool]) -> Iterator[list[str]]:
    """The longest unbranched chains of layers, norms and activations, in the order of the calls."""
    run: list[str] = []
    left = [n for n, kind in graph.nodes(data="kind") if kind in (*LAYERS, *COMPANIONS)]
    done: set[str] = set()
    for node in left:
        if node in done:
            continue
        run = [node]
        while True:
            following = list(graph.successors(run[-1]))
            if len(following) != 1 or following[0] not in left or not _follows(graph, run[-1], following[0]):
                break
            if not together(run[-1], following[0]):
                break
            run += following
        done.update(run)
        yield run


def _split(run: list[tuple[str, str]]) -> list[list[str]]:
    """One group for each layer: with what stands before it if the run goes from a norm to a layer, else after it."""
    groups: list[list[str]] = [[]]
    layers = sum(kind in LAYERS for _, kind in run)
    before = run[0][1] == "norm" and run[-1][1] in LAYERS
    for node, kind in run:
        if before or not layers:
            groups[-1].append(node)
            if kind in LAYERS or not layers:
                groups.append([])
        elif kind in LAYERS:
            groups.append([node])
        elif groups[-1]:
            groups[-1].append(node)
        else:
            groups += [[node], []]
    return [group for group in groups if group]


def _contracted(graph: nx.DiGraph, groups: list[list[str]]) -> nx.DiGraph:
    """Each group as one node: it has the name and label of its layer, and the shape of what leaves it."""
    home: dict[str, str] = {}
    for group in groups:
        layer = next(node for node in group if graph.nodes[node]["kind"] in LAYERS)
        home.update(dict.fromkeys(group, layer))
    result = nx.DiGraph()
    for node, attributes in graph.nodes(data=True):
        if home.get(node, node) == node:
            result.add_node(node, **attributes)
    for group in groups:
        layer = home[group[0]]
        k = group.index(layer)
        labels = [graph.nodes[node]["label"] for node in group]
        result.nodes[layer].update(before=tuple(labels[:k]), after=tuple(labels[k + 1 :]))
        result.nodes[layer]["shape"] = graph.nodes[group[-1]]["shape"]
    for a, b in graph.edges:
        if home.get(a, a) != home.get(b, b):
            result.add_edge(home.get(a, a), home.get(b, b))
    return result
