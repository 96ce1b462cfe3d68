"""`nnlab.scratch.conv.conv2d` against torch: one image of 3 × 224 × 224, 16 kernels of 5 × 5 and of 3 × 3.

    python bench/conv.py [REPEATS]

CPU time at one thread, the two sides in turn, medians. The goal: forward at most 5 times torch's time, and the same
numbers. The backward pass is shown beside it. Exits with 1 where the goal is missed.
"""

import sys
from collections.abc import Callable, Iterable
from statistics import median
from time import process_time

import numpy as np
import torch
from torch.nn import functional as F

from nnlab.scratch.conv import conv2d, conv2d_backward

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


def difference(ours: Iterable, theirs: Iterable) -> float:
    """The largest difference, as a share of the largest number."""
    pairs = zip(ours, theirs, strict=True)
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)


def main(repeats: int) -> int:
    torch.set_num_threads(1)
    good = True
    print(f"{'16 kernels, 3 × 224 × 224':<30}{'torch, CPU ms':>15}{'nnlab':>8}{'ratio':>8}{'difference':>13}")
    for kernel, dtype in CASES:
        for name, (theirs, ours) in sides(kernel, dtype).items():
            seconds: tuple[list[float], list[float]] = [], []
            for _ in range(repeats):
                results = []
                for run, times in zip((theirs, ours), seconds, strict=True):
                    began = process_time()
                    results.append(run())
                    times.append(process_time() - began)
            torch_ms, nnlab_ms = (median(times) * 1e3 for times in seconds)
            ratio, apart = nnlab_ms / torch_ms, difference(results[1], results[0])
            label = f"{kernel} × {kernel}, {dtype}, {name}"
            print(f"{label:<30}{torch_ms:>15.2f}{nnlab_ms:>8.2f}{ratio:>8.2f}{apart:>13.0e}")
            good &= apart <= TOLERANCE[dtype] and (name == "backward" or ratio <= GOAL)
    print(f"forward at most {GOAL} times torch's time, and the same numbers: {'reached' if good else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 25))
