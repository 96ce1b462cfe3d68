"""The lines of a diagram: down its columns, or in a lane at the side of the boxes that they skip.

All lines are upright or level. Level pieces run in the gaps between layers, each on a track of its own, or end at the
side of a box, so none runs through a box. Places are pairs (across, along) in inches.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise

from nnlab.draw.module.columns import Columns, Stop

Point = tuple[float, float]
Track = tuple[int, Hashable]  # the gap after which layer, and whose line it is

GAP = 0.27  # between layers
TRACK = 0.11  # between level lines in one gap
HEAD = 0.17  # from the last of them to the layer: room for the head of an arrow
LANE = 0.17  # between the boxes and the first line at their side, and between such lines
DOOR = 0.12  # between two lines that enter at one side of a box
INSET = 0.1  # from where a line enters a box to the corner of that box


class Routes:
    """Call it with the columns; then `lines[a, b]` is the polyline of each edge and `along[stop]` a layer's place."""

    def __init__(self, columns: Columns, round_nodes: set[str], bars: set[str]) -> None:
        self.columns, self.round = columns, round_nodes
        self.entries: dict[Stop, int] = {}
        for route in columns.routes.values():
            self.entries[route[-1]] = self.entries.get(route[-1], 0) + 1
        self.taken: dict[tuple[Stop, int], int] = {}  # how many lines enter at a side (−1, +1) of a box
        self.pieces: dict[Track, list[float]] = {}  # from where to where each level line runs
        self.lanes: list[tuple[int, float, float, float]] = []  # side, first and last layer, place across
        self._widen(bars)
        drafts = {edge: self._down(route) for edge, route in columns.routes.items()}
        layer = columns.layer
        for edge in sorted(columns.skips, key=lambda e: layer[e[1]] - layer[e[0]]):  # short ones inside
            drafts[edge] = self._beside(*edge)
        self._settle()
        self.lines = {edge: self._line(draft) for edge, draft in drafts.items()}

    def _widen(self, bars: set[str]) -> None:
        """A concatenation is a bar as wide as what comes together in it."""
        for bar in bars:
            if len(self.columns.layers[self.columns.layer[bar]]) == 1:
                reach = [abs(self._x(r[-2]) - self._x(bar)) for r in self.columns.routes.values() if r[-1] == bar]
                length, breadth = self.columns.sizes[bar]
                self.columns.sizes[bar] = length, max(breadth, 2 * max(reach, default=0) + 4 * INSET)

    def _x(self, stop: Stop) -> float:
        return self.columns.across[stop]

    def _half(self, stop: Stop) -> float:
        return self.columns.sizes[stop][1] / 2

    # Drafts: points whose second part is a track, ("door", (stop, side, number)), ("out", stop) or ("in", stop)

    def _down(self, route: list[Stop]) -> list:
        x = self._x(route[0])
        draft: list = [(x, ("out", route[0]))]
        for before, stop in pairwise(route):
            to = self._x(stop)
            if stop == route[-1]:
                side = 1 if x > to else -1
                if stop in self.round and self._side_is_free(stop, side, x):
                    level = self._door(stop, side)
                    return [*draft, (x, level), (to + side * self._half(stop), level)]
                to = self._port(stop, x)
            if abs(to - x) > 0.005:
                track = self._track(before, stop, x, to)
                draft += [(x, track), (to, track)]
            x = to
        return [*draft, (x, ("in", route[-1]))]

    def _beside(self, a: str, b: str) -> list:
        """Out of the arrow that leaves box a, along a lane, and into the side of box b, or else into its top."""
        x, to = self._x(a), self._x(b)
        first, last = self.columns.layer[a], self.columns.layer[b]
        likely = (1, -1) if to >= -0.01 else (-1, 1)
        side = next((s for s in likely if self._side_is_free(b, s, s * 1e6)), None)
        lane = self._lane(side or likely[0], first, last, side is not None)
        start = self._piece((first, ("out", a)), x, lane)
        draft = [(x, ("out", a)), (x, start), (lane, start)]
        if side:
            level = self._door(b, side)
            return [*draft, (lane, level), (to + side * self._half(b), level)]
        to = self._port(b, lane)
        end = self._piece((last - 1, ("skip", a, b)), lane, to)
        return [*draft, (lane, end), (to, end), (to, ("in", b))]

    def _door(self, stop: Stop, side: int) -> tuple[str, Hashable]:
        self.taken[stop, side] = self.taken.get((stop, side), 0) + 1
        return "door", (stop, side, self.taken[stop, side])

    def _side_is_free(self, stop: Stop, side: int, x: float) -> bool:
        """Whether a level line can come to this side of a box from x, from outside the box."""
        doors = 1 if stop in self.round else 1 + int((self.columns.sizes[stop][0] - INSET) / DOOR)
        if self.taken.get((stop, side), 0) == doors or side * (x - self._x(stop)) < self._half(stop) + INSET:
            return False
        others = (s for s in self.columns.layers[self.columns.layer[stop]] if s != stop)
        low, high = sorted((self._x(stop), x))
        return not any(low - self._half(s) - INSET < self._x(s) < high + self._half(s) + INSET for s in others)

    def _port(self, stop: Stop, x: float) -> float:
        """Where a line from x enters the top of a box: straight down if it can."""
        centre, reach = self._x(stop), max(self._half(stop) - INSET, 0)
        if stop in self.round or (abs(x - centre) > reach and self.entries.get(stop, 0) < 2):
            return centre
        return min(max(x, centre - reach), centre + reach)

    def _track(self, before: Stop, stop: Stop, x: float, to: float) -> Track:
        forks = sum(1 for r in self.columns.routes.values() for a, _ in pairwise(r) if a == before) > 1
        owner = ("out", before) if forks or self.entries.get(stop, 0) < 2 else ("in", stop)
        return self._piece((self.columns.layer[before], owner), x, to)

    def _piece(self, track: Track, x: float, to: float) -> Track:
        low, high = sorted((x, to))
        old = self.pieces.get(track, [low, high])
        self.pieces[track] = [min(low, old[0]), max(high, old[1])]
        return track

    def _lane(self, side: int, first: int, last: int, to_side: bool) -> float:
        """The nearest place at this side of all boxes and lines between two layers."""
        start, end = first + 0.5, last if to_side else last - 0.5
        between = [s for layer in self.columns.layers[first + 1 : last + to_side] for s in layer]
        edges = [side * self._x(s) + self._half(s) for s in between]
        edges += [side * x for s, a, b, x in self.lanes if s == side and a < end and start < b]
        place = side * (max(edges) + LANE)
        self.lanes.append((side, start, end, place))
        return place

    # Places along

    def _settle(self) -> None:
        self.along: dict[int, float] = {}
        self.level: dict[Track, float] = {}
        top = 0.0
        for k, layer in enumerate(self.columns.layers):
            length = max(self.columns.sizes[s][0] for s in layer)
            self.along[k] = top + length / 2
            top += length
            rows: list[list[Track]] = []
            for track in sorted((t for t in self.pieces if t[0] == k), key=lambda t: self.pieces[t]):
                low, high = self.pieces[track]
                free = (
                    r
                    for r in rows
                    if all(self.pieces[t][1] + INSET < low or high + INSET < self.pieces[t][0] for t in r)
                )
                row = next(free, None)
                if row is None:
                    rows.append([track])
                else:
                    row.append(track)
            gap = max(GAP, TRACK * len(rows) + HEAD)
            for n, row in enumerate(rows):
                for track in row:
                    self.level[track] = top + (gap - HEAD) * (n + 1) / (len(rows) + 0.5)
            top += gap

    def _line(self, draft: list) -> list[Point]:
        points: list[Point] = []
        for x, where in draft:
            what, of = where
            if what == "door":  # lines from farther out enter farther down, so that they do not cross
                stop, side, number = of
                y = self.along[self.columns.layer[stop]] + DOOR * (number - (self.taken[stop, side] + 1) / 2)
            elif what in ("out", "in"):
                half = self.columns.sizes[of][0] / 2
                y = self.along[self.columns.layer[of]] + (half if what == "out" else -half)
            else:
                y = self.level[where]
            points.append((x, y))
        return points
