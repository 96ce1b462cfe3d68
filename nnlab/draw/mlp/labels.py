"""Numbers on edges: where each may stand so that all can be read, and the gaps it leaves in the edges behind it."""

from __future__ import annotations

import numpy as np

STEPS = 33  # the places tried along each edge
CROWDED = 2.5  # edges that cross a label, on average: beyond it nobody sees whose label it is
COVERED = 0.6  # of an edge may lie behind its own label
TRIES = 1500


def crossings(edges: np.ndarray, centres: np.ndarray, halves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where segments enter and leave boxes, as fractions of their length: an edge misses a box where enter >= leave.

    Shapes: edges [..., 2, 2] (start and end), centres and halves [..., 2] (half width, half height), broadcast
    against each other. Slab method (Kay and Kajiya, 1986).
    """
    start, step = edges[..., 0, :], edges[..., 1, :] - edges[..., 0, :]
    step = np.where(np.abs(step) < 1e-9, 1e-9, step)
    one, other = (centres - halves - start) / step, (centres + halves - start) / step
    enter, leave = np.minimum(one, other).max(-1), np.maximum(one, other).min(-1)
    return np.maximum(enter, 0.0), np.minimum(leave, 1.0)


def place(
    edges: np.ndarray,
    sizes: np.ndarray,
    wanted: np.ndarray,
    loud: np.ndarray,
    neurons: np.ndarray,
    radius: float,
    taken: np.ndarray,
    page: tuple[float, float],
    label_pos: float | None,
) -> np.ndarray | None:
    """Centres [n, 2] for the labels of the edges in `wanted`, or None where they do not all fit.

    Shapes: edges [e, 2, 2] of one gap between layers; sizes [n, 2] width and height with padding; wanted [n] indices
    into edges; loud [e] how much each edge disturbs a label before it; neurons [m, 2] centres; taken [k, 4] boxes
    (x0, y0, x1, y1) of other texts; page (width, height).
    A label stands on its edge, within the page, clear of neurons, texts and other labels, where it hides few edges.
    """
    t = np.linspace(0.06, 0.94, STEPS)
    own = edges[wanted]
    centres = own[:, None, 0] + t[:, None] * (own[:, None, 1] - own[:, None, 0])  # [n, STEPS, 2]
    halves = sizes / 2
    free = ((centres > halves[:, None]) & (centres < np.array(page) - halves[:, None])).all(-1)
    beyond = np.maximum(np.abs(centres[:, :, None] - neurons) - halves[:, None, None], 0)
    free &= (np.hypot(beyond[..., 0], beyond[..., 1]) > radius + 1).all(-1)
    if len(taken):
        middle, extent = (taken[:, :2] + taken[:, 2:]) / 2, (taken[:, 2:] - taken[:, :2]) / 2
        apart = np.abs(centres[:, :, None] - middle) > halves[:, None, None] + extent
        free &= apart.any(-1).all(-1)
    enter, leave = crossings(edges, centres[:, :, None], halves[:, None, None])
    hidden = ((enter < leave) * loud).sum(-1) - loud[wanted, None]
    row = np.arange(len(wanted))
    free &= (leave - enter)[row, :, wanted] < COVERED
    wish = 0.5 * np.abs(t - 0.5) if label_pos is None else 40 * np.abs(t - label_pos)
    choice = _settle(centres, halves, np.where(free, hidden + wish, np.inf))
    if choice is None or hidden[row, choice].mean() > CROWDED:
        return None
    return centres[row, choice]


def _settle(centres: np.ndarray, halves: np.ndarray, cost: np.ndarray) -> np.ndarray | None:
    """One place a label, without overlap, of low cost; None if none is found.

    Min-conflicts search (Minton et al., 1992): move a label that overlaps to where it overlaps least. The noise lets
    it leave dead ends; its seed is fixed, so that a drawing repeats exactly.
    """
    n = len(cost)
    if not np.isfinite(cost).any(1).all():
        return None
    rng = np.random.default_rng(0)
    need = halves[:, None] + halves  # [n, n, 2] how far apart two labels must be
    label = np.arange(n)

    def overlaps(e: int, places: np.ndarray) -> np.ndarray:
        """[places, n]: whether label e at these places would overlap each other label where it stands now."""
        now = centres[label, choice]
        clash = (np.abs(places[:, None] - now) < need[e]).all(-1)
        clash[:, e] = False
        return clash

    choice = cost.argmin(1)
    for _ in range(TRIES):
        now = centres[label, choice]
        clash = (np.abs(now[:, None] - now) < need).all(-1)
        np.fill_diagonal(clash, False)
        troubled = np.flatnonzero(clash.any(1))
        if not len(troubled):
            break
        e = int(rng.choice(troubled))
        score = 3.0 * overlaps(e, centres[e]).sum(1) + 0.2 * cost[e] + rng.uniform(0, 1.5, STEPS)
        choice[e] = score.argmin()
    else:
        return None
    for e in np.tile(label, 2):  # without the noise: each label to its best free place
        choice[e] = np.where(overlaps(e, centres[e]).any(1), np.inf, cost[e]).argmin()
    return choice


def interrupted(edges: np.ndarray, centres: np.ndarray, halves: np.ndarray) -> list[np.ndarray]:
    """The edges as polylines, with a break (a row of NaN) behind every label.

    A label needs no box of background colour then, and reads on any page, light or dark.
    """
    if not len(centres):
        return list(edges)
    enter, leave = crossings(edges[:, None], centres, halves)
    lines = []
    for (start, end), gaps in zip(edges, np.stack([enter, leave], -1), strict=True):
        stops = [0.0]
        for low, high in sorted(gaps[gaps[:, 0] < gaps[:, 1]].tolist()):
            if low > stops[-1]:
                stops += [low, high]
            else:
                stops[-1] = max(stops[-1], high)
        stops.append(1.0)
        points = start + np.array(stops)[:, None] * (end - start)
        pieces = [p for i in range(0, len(points), 2) for p in (*points[i : i + 2], (np.nan, np.nan))]
        lines.append(np.array(pieces[:-1]))
    return lines
