"""`mlp_draw` against `networkx.draw`: the CPU seconds of one picture of the same directed graph, as the Agg renderer
makes it.

    python bench/draw.py           2-8-6-1 (with its weights written) and 1-80-20-1;
                                   784-128-64-10 with its first 49 inputs only, extrapolated
    python bench/draw.py --full    784-128-64-10 itself: networkx takes minutes of CPU time

The two in turn, medians of three (one for --full). The goal: at most 1/50 of networkx's time for 784-128-64-10, and a
picture that can be read. Exits with 1 where the goal is missed. Two ratios are given for it: with layers folded, as
mlp_draw does on its own, and with every neuron and edge drawn, as networkx does.
"""

import gc
import sys
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from time import process_time

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import networkx as nx
import torch
from torch import nn

from nnlab.draw import mlp_draw, mlp_graph

GOAL = 50
WIDE = (784, 128, 64, 10)


def network(*sizes: int) -> nn.Module:
    torch.manual_seed(0)
    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def cpu_seconds(draw: Callable[[], object]) -> float:
    gc.collect()  # what the picture before left behind is not this one's cost
    begun = process_time()
    draw()
    plt.gcf().canvas.draw()
    spent = process_time() - begun
    plt.close("all")
    return spent


def by_networkx(graph: nx.DiGraph) -> None:
    plt.figure(figsize=(7.5, 6))
    positions = nx.get_node_attributes(graph, "pos")
    nx.draw(graph, positions, node_size=10)
    if graph.number_of_edges() < 100:  # mlp_draw writes these weights too
        labels = {(a, b): f"{weight:.2f}" for a, b, weight in graph.edges(data="weight")}
        nx.draw_networkx_edge_labels(graph, positions, labels)


def measure(sizes: tuple[int, ...], repeats: int) -> tuple[float, float, float, int]:
    """Median seconds of networkx, of mlp_draw, of mlp_draw with nothing folded; and the number of edges."""
    model = network(*sizes)
    graph = mlp_graph(model)
    ways = (lambda: by_networkx(graph), lambda: mlp_draw(model), lambda: mlp_draw(model, max_neurons=None))
    rounds = [[cpu_seconds(way) for way in ways] for _ in range(repeats)]
    slow, folded, whole = (median(column) for column in zip(*rounds, strict=True))
    return slow, folded, whole, graph.number_of_edges()


def main() -> int:
    torch.set_num_threads(1)
    full = "--full" in sys.argv
    cpu_seconds(lambda: mlp_draw(network(2, 2)))  # fonts and first imports
    print(f"{'net':18}{'edges':>8}{'networkx':>10}{'mlp_draw':>10}{'unfolded':>10}{'ratio':>8}{'unfolded':>10}")

    def row(name: str, slow: float, folded: float, whole: float, edges: int) -> None:
        print(f"{name:18}{edges:8}{slow:10.2f}{folded:10.3f}{whole:10.3f}{slow / folded:8.1f}{slow / whole:10.1f}")

    for sizes in (2, 8, 6, 1), (1, 80, 20, 1):
        row("-".join(map(str, sizes)), *measure(sizes, 3))
    name = "-".join(map(str, WIDE))
    if full:
        slow, folded, whole, edges = measure(WIDE, 1)
        row(name, slow, folded, whole, edges)
    else:
        model = network(*WIDE)
        edges = mlp_graph(model).number_of_edges()
        small = (49, *WIDE[1:])
        measured = measure(small, 1)
        row("-".join(map(str, small)), *measured)
        slow = measured[0] * edges / measured[3]  # networkx's time grows with the number of edges
        folded = median(cpu_seconds(lambda: mlp_draw(model)) for _ in range(3))
        whole = median(cpu_seconds(lambda: mlp_draw(model, max_neurons=None)) for _ in range(3))
        row(name + " *", slow, folded, whole, edges)
        print("* networkx extrapolated by the number of edges; --full measures it")
    print(f"goal: {name} at least {GOAL} times faster than networkx; folded, {slow / folded:.0f}")
    return int(slow / folded < GOAL)


if __name__ == "__main__":
    sys.exit(main())
