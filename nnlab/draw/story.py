"""A diagram in words, for readers who cannot see it: its chain, and the branches where it splits."""

from __future__ import annotations

import networkx as nx

_SPOKEN = {"+": "sum (+)", "×": "product (×)", "−": "difference (−)", "concat": "concatenation"}
_END = "end of the story"


def story(graph: nx.DiGraph, name: str, orientation: str, shapes: bool) -> str:
    """One sentence: operations in the order of the data, branches in square brackets."""
    way = "from left to right" if orientation == "h" else "from top to bottom"
    return f"A diagram of {name}, {way}: {Story(graph, shapes).text}."


class Story:
    def __init__(self, graph: nx.DiGraph, shapes: bool) -> None:
        self.graph, self.shapes = graph, shapes
        closed = nx.DiGraph(graph)
        closed.add_edges_from((n, _END) for n in graph if not graph.out_degree(n))
        self.meeting = nx.immediate_dominators(closed.reverse(), _END)  # where all ways from a node come together
        self.said: set[str] = set()
        starts = [n for n in graph if not graph.in_degree(n)]
        first = self._chain(starts[0], _END)
        others = [f"{self._words(n)} → {' and '.join(map(self._label, graph.successors(n)))}" for n in starts[1:]]
        self.text = "; ".join([first, *others])

    def _label(self, node: str) -> str:
        data = self.graph.nodes[node]
        label = _SPOKEN.get(data["label"], data["label"])
        parts = [*data.get("before", ()), label]
        text = " and ".join([", ".join(parts[:-1]), parts[-1]]) if parts[1:] else label
        return text + (f" with {', '.join(data['after'])}" if data.get("after") else "")

    def _words(self, node: str) -> str:
        data = self.graph.nodes[node]
        if self.shapes and data["kind"] in ("input", "output") and data["shape"]:
            return f"{data['label']} ({' × '.join(map(str, data['shape']))})"
        return self._label(node)

    def _chain(self, node: str, end: str) -> str:
        """From a node to the one before `end`."""
        parts: list[str] = []
        while node != end:
            if node in self.said:
                return " → ".join([*parts, f"the same {self._label(node)} as before"])
            self.said.add(node)
            parts.append(self._words(node))
            after = list(self.graph.successors(node))
            meeting = self.meeting.get(node, _END)
            if len(after) > 1:
                branches = [self._chain(n, meeting) if n != meeting else "" for n in sorted(after, key=self._last)]
                shown = "; ".join(f"({k}) {branch or 'unchanged'}" for k, branch in enumerate(branches, start=1))
                parts.append(f"{len(branches)} branches: [{shown}]")
            node = meeting
        return " → ".join(parts)

    def _last(self, node: str) -> int:
        """Skips after the branches that they go around."""
        return -len(nx.descendants(self.graph, node))
