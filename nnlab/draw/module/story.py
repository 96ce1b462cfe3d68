"""A diagram in words, for readers who cannot see it: its chain, and the branches where it splits."""

from __future__ import annotations

import networkx as nx

_SPOKEN = {"+": "sum (+)", "×": "product (×)", "−": "difference (−)", "÷": "quotient (÷)", "concat": "concatenation"}
_END = "end of the story"


def story(graph: nx.DiGraph, name: str, orientation: str, shapes: bool) -> str:
    """Operations in the order of the data, branches in square brackets; or a numbered list where branches cross."""
    way = "from left to right" if orientation == "h" else "from top to bottom"
    return f"A diagram of {name}, {way}: {_nested(graph, shapes) or _listed(graph, shapes)}."


def _words(graph: nx.DiGraph, node: str, shapes: bool) -> str:
    data = graph.nodes[node]
    if shapes and data["kind"] in ("input", "output") and data["shape"]:
        return f"{data['label']} ({' × '.join(map(str, data['shape']))})"
    label = _SPOKEN.get(data["label"], data["label"].replace(" / ", " stride "))
    before, after = ", ".join(data.get("before", ())), ", ".join(data.get("after", ()))
    return (f"{before} and then " if before else "") + label + (f" with {after}" if after else "")


def _nested(graph: nx.DiGraph, shapes: bool) -> str | None:
    """Chains and branches; None for a graph that is not made of these alone."""
    starts = [n for n in graph if not graph.in_degree(n)]
    if len(starts) > 1:
        return None
    closed = nx.DiGraph(graph)
    closed.add_edges_from((n, _END) for n in graph if not graph.out_degree(n))
    meeting = nx.immediate_dominators(closed.reverse(), _END)  # where all ways from a node come together
    said: set[str] = set()

    def chain(node: str, end: str) -> str | None:
        """From a node to the one before `end`; None if branches cross."""
        parts: list[str] = []
        while node != end:
            if node in said:
                return None
            said.add(node)
            parts.append(_words(graph, node, shapes))
            after = sorted(graph.successors(node), key=lambda n: -len(nx.descendants(graph, n)))  # skips come last
            if len(after) > 1:
                branches = [chain(n, meeting[node]) if n != meeting[node] else "unchanged" for n in after]
                if None in branches:
                    return None
                parts.append(f"{len(after)} branches: [{'; '.join(f'({k}) {b}' for k, b in enumerate(branches, 1))}]")
            node = meeting[node]
        return " → ".join(parts)

    return chain(starts[0], _END)


def _listed(graph: nx.DiGraph, shapes: bool) -> str:
    """Every box with its number, and the numbers of those that it gets data from."""
    number = {node: k for k, node in enumerate(graph, start=1)}
    items = []
    for node, k in number.items():
        sources = sorted(number[n] for n in graph.predecessors(node))
        listed = " and ".join(filter(None, (", ".join(map(str, sources[:-1])), *map(str, sources[-1:]))))
        items.append(
            f"{k} {_words(graph, node, shapes)}" + (f", from {listed}" if sources not in ([], [k - 1]) else "")
        )
    return "; ".join(items)
