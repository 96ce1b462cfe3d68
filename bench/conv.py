"""`nnlab.scratch.conv.conv2d` against torch: one image of 3 × 224 × 224, 16 kernels of 5 × 5 and of 3 × 3.

    python bench/conv.py [REPEATS]

CPU time at one thread, the two sides in turn, medians. The goal: forward at most 5 times torch's time, and the same
numbers. Shown beside it: the backward pass, and an epoch of LeNet-5 on 4000 digits (28 × 28, padded; batch 64, Adam),
here by `Sequential.fit`. Exits with 1 where the goal is missed.
"""

import sys
from collections.abc import Callable, Iterable
from statistics import median
from time import process_time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from nnlab import scratch
from nnlab.data import load
from nnlab.scratch.conv import Conv2d, Flatten, MaxPool2d, conv2d, conv2d_backward

GOAL, TOLERANCE = 5, {"float32": 5e-5, "float64": 1e-13}
CASES = [(kernel, dtype) for kernel in (5, 3) for dtype in TOLERANCE]


def sides(kernel: int, dtype: str) -> dict[str, tuple[Callable, Callable]]:
    """For each pass torch and nnlab as functions without arguments; both give NumPy arrays."""
    rng = np.random.default_rng(0)
    x, weight, gradient = (
        rng.normal(size=shape).astype(dtype) for shape in ((1, 3, 224, 224), (16, 3, kernel, kernel), (1, 16, 224, 224))
    )
    tx, tw, tg = (torch.tensor(a) for a in (x, weight, gradient))
    inputs = tx.clone().requires_grad_(), tw.clone().requires_grad_(), torch.zeros(16, dtype=tx.dtype).requires_grad_()
    out = F.conv2d(*inputs, padding="same")

    def torch_backward() -> list[np.ndarray]:
        return [g.numpy() for g in torch.autograd.grad(out, inputs, tg, retain_graph=True)]

    return {
        "forward": (lambda: F.conv2d(tx, tw, padding="same").numpy(), lambda: conv2d(x, weight, padding="same")),
        "backward": (torch_backward, lambda: conv2d_backward(gradient, x, weight, padding="same")),
    }


def lenet_epochs() -> tuple[Callable, Callable]:
    """One epoch more of LeNet-5, by torch and by nnlab: 61 706 parameters each."""
    images, y = load("mnist")
    x, y = images[:4000, None].astype(np.float32) / 255, y[:4000]
    how = {"seed": np.random.default_rng(0), "dtype": np.float32}
    ours = scratch.Sequential(
        *(Conv2d(1, 6, 5, padding=2, activation="relu", **how), MaxPool2d(2)),
        *(Conv2d(6, 16, 5, activation="relu", **how), MaxPool2d(2), Flatten()),
        *(scratch.Dense(400, 120, "relu", **how), scratch.Dense(120, 84, "relu", **how), scratch.Dense(84, 10, **how)),
    )
    theirs = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )
    optimizer, adam = scratch.Adam([ours.theta]), torch.optim.Adam(theirs.parameters())
    tx, ty = torch.tensor(x), torch.tensor(y)

    def torch_epoch() -> None:
        for rows in torch.randperm(len(tx)).split(64):
            adam.zero_grad()
            F.cross_entropy(theirs(tx[rows]), ty[rows]).backward()
            adam.step()

    return torch_epoch, lambda: ours.fit(x, y, loss="cross_entropy", optimizer=optimizer, epochs=1, batch_size=64)


def interleaved(runs: tuple[Callable, Callable], repeats: int) -> tuple[list[float], list]:
    """The median CPU milliseconds of each side, and what each gave last."""
    seconds: tuple[list[float], list[float]] = [], []
    for _ in range(repeats):
        results = []
        for run, times in zip(runs, seconds, strict=True):
            began = process_time()
            results.append(run())
            times.append(process_time() - began)
    return [median(times) * 1e3 for times in seconds], results


def difference(ours: Iterable, theirs: Iterable) -> float:
    """The largest difference, as a share of the largest number."""
    pairs = zip(ours, theirs, strict=True)
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)


def main(repeats: int) -> int:
    torch.set_num_threads(1)
    good = True
    print(f"{'16 kernels, 3 × 224 × 224':<30}{'torch, CPU ms':>15}{'nnlab':>8}{'ratio':>8}{'difference':>13}")
    for kernel, dtype in CASES:
        for name, runs in sides(kernel, dtype).items():
            (torch_ms, nnlab_ms), results = interleaved(runs, repeats)
            ratio, apart = nnlab_ms / torch_ms, difference(results[1], results[0])
            label = f"{kernel} × {kernel}, {dtype}, {name}"
            print(f"{label:<30}{torch_ms:>15.2f}{nnlab_ms:>8.2f}{ratio:>8.2f}{apart:>13.0e}")
            good &= apart <= TOLERANCE[dtype] and (name == "backward" or ratio <= GOAL)
    (torch_ms, nnlab_ms), _ = interleaved(lenet_epochs(), min(repeats, 3))
    print(f"{'LeNet-5, an epoch':<30}{torch_ms:>15.0f}{nnlab_ms:>8.0f}{nnlab_ms / torch_ms:>8.2f}")
    print(f"forward at most {GOAL} times torch's time, and the same numbers: {'reached' if good else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 25))
