"""`nnlab.scratch` against a plain PyTorch loop, and its autograd engine against micrograd.

    python bench/scratch.py [REPEATS]

CPU time at one thread, the two sides in turn, medians. Exits with 1 where a goal is missed.

1. Circles: 800 points, net 2-8-6-1, batch 16, 300 epochs, Adam with lr 0.01. The same initial weights and the same
   batches as a plain loop with a DataLoader. The goal: at most 0.08 of its time, and its final loss to 1e-6.
   Both in float64: with steps this large, float32 turns any two roundings into losses that differ by 0.001 and more.
2. Moons: 140 points, net 2-16-16-1, batch 10, one epoch of SGD with a hinge loss, from the same weights. The goal: at
   least 5 times faster than micrograd, and the same weights afterwards to 1e-9. micrograd is no requirement of the
   course: `pip install --target FOLDER micrograd`, and put FOLDER on PYTHONPATH.
"""

import gc
import sys
from statistics import median
from time import process_time

import numpy as np
import torch
from fit import BATCH, EPOCHS, circles, compare, network, plain
from sklearn.datasets import make_moons

from nnlab import scratch

try:
    from micrograd.nn import MLP as MicrogradMLP
except ImportError:
    MicrogradMLP = None
ABSENT = (
    "The second half compares with micrograd, which is not installed. Install it where nothing else sees it, "
    "pip install --target FOLDER micrograd, and run again with FOLDER on PYTHONPATH"
)

LR, SHARE, FASTER = 0.01, 0.08, 5
SIZES, POINTS, MOONS_BATCH, MOONS_LR = (2, 16, 16, 1), 140, 10, 0.05


def loader_orders(n):
    """The orders that DataLoader(shuffle=True) draws, epoch after epoch, from torch's global generator."""
    while True:
        torch.empty((), dtype=torch.int64).random_()  # a seed for its workers, of which it has none
        seed = int(torch.empty((), dtype=torch.int64).random_())
        yield torch.randperm(n, generator=torch.Generator().manual_seed(seed)).numpy()


def ours(x, y):
    net = scratch.MLP((2, 8, 6, 1))
    net.assign([p.detach().numpy() for p in network().parameters()])
    optimizer = scratch.Adam([net.theta], lr=LR)
    orders = loader_orders(len(x))
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "orders": orders}
    return net.fit(x, y, loss="binary_cross_entropy", optimizer=optimizer, **settings)[-1]


def moons():
    x, y = make_moons(POINTS, noise=0.1, random_state=0)
    order = np.random.default_rng(0).permutation(POINTS)
    return x[order].tolist(), (2 * y[order] - 1).tolist()


def epoch(forward, parameters, x, y):
    """One epoch of SGD with the hinge loss, for either engine."""
    for start in range(0, POINTS, MOONS_BATCH):
        batch = range(start, start + MOONS_BATCH)
        for p in parameters:
            p.grad = 0.0
        losses = [(1 - y[i] * forward(x[i])).relu() for i in batch]
        total = sum(losses[1:], losses[0]) * (1 / MOONS_BATCH)
        total.backward()
        for p in parameters:
            p.data -= MOONS_LR * p.grad


def neuron_by_neuron(net):
    """The forward pass of a ValueMLP with one Value for each * and +, as micrograd builds it."""

    def forward(x):
        for layer in net.layers:
            sums = [sum((w * v for w, v in zip(weights, x, strict=True)), bias) for weights, bias in layer]
            x = sums if layer is net.layers[-1] else [z.relu() for z in sums]
        return x[0]

    return forward


def engine_runs(x, y, collector):
    """For each engine: seconds of one epoch, with Python's garbage collector or without, and the weights after it."""
    start = [p.data for p in scratch.ValueMLP(SIZES).parameters]
    fused, chained = scratch.ValueMLP(SIZES), scratch.ValueMLP(SIZES)
    micro = MicrogradMLP(SIZES[0], list(SIZES[1:]))
    for p, data in zip(micro.parameters(), start, strict=True):
        p.data = data
    sides = {
        "micrograd": (micro, micro.parameters()),
        "Value, * and +": (neuron_by_neuron(chained), chained.parameters),
        "Value, dot": (lambda x: fused(x)[0], fused.parameters),
    }
    for name, (forward, parameters) in sides.items():
        gc.collect()
        if not collector:
            gc.disable()
        began = process_time()
        epoch(forward, parameters, x, y)
        taken = process_time() - began
        gc.enable()
        yield name, taken, [p.data for p in parameters]


def compare_loops(repeats):
    x, y = circles(torch.float64)
    return compare("scratch.MLP.fit", lambda: ours(x.numpy(), y.numpy()), lambda: plain(x, y, LR), SHARE, repeats)


def compare_engines(repeats):
    x, y = moons()
    seconds, weights = {}, {}
    for _ in range(repeats):
        for collector in (True, False):
            for name, taken, after in engine_runs(x, y, collector):
                seconds.setdefault((name, collector), []).append(taken)
                weights[name] = after
    print(f"{'moons, one epoch':<30}{'CPU ms':>8}{'no collector':>14}{'weights differ':>16}")
    for name, after in weights.items():
        differ = max(abs(a - b) for a, b in zip(after, weights["micrograd"], strict=True))
        with_it, without = (median(seconds[name, collector]) * 1e3 for collector in (True, False))
        print(f"{name:<30}{with_it:>8.0f}{without:>14.0f}{differ:>16.1e}")
        if differ > 1e-9:
            return False
    faster = [median(seconds["micrograd", c]) / median(seconds["Value, dot", c]) for c in (True, False)]
    print(f"faster than micrograd by {faster[0]:.1f} (goal: {FASTER}); without the collector, which micrograd's cycles")
    print(f"need and Values do not, by {faster[1]:.1f}")
    return faster[0] >= FASTER


def main(repeats):
    torch.set_num_threads(1)
    loops = compare_loops(repeats)
    if MicrogradMLP is None:
        sys.exit(ABSENT)
    return 0 if compare_engines(repeats) and loops else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
