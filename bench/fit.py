"""`nnlab.fit` against the plain loop with a DataLoader: circles, 800 points, net 2-8-6-1, batch 16, 300 epochs, Adam.

    python bench/fit.py [REPEATS]

CPU time at one thread, the two loops in turn, medians. The goal: at most 0.65 of the plain loop's time, and the same
final loss within 1e-6. Exits with 1 where the goal is missed.

The learning rate is Adam's own, 0.001. The fused Adam of `fit` rounds the last digit differently; with steps ten times
as large these 15 000 updates are chaotic enough to blow that up to 0.003 in the loss, for any two roundings.
"""

import sys
from collections.abc import Callable
from statistics import median
from time import process_time

import torch
from sklearn.datasets import make_circles
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nnlab.train import fit

EPOCHS, BATCH, LR = 300, 16, 0.001
GOAL, TOLERANCE = 0.65, 1e-6


def circles(dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    x, y = make_circles(800, noise=0.1, factor=0.4, random_state=0)
    return torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype)[:, None]


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 1))


def plain(x: torch.Tensor, y: torch.Tensor, lr: float = LR) -> float:
    model, loss = network().to(x.dtype), nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loader = DataLoader(TensorDataset(x, y), batch_size=BATCH, shuffle=True)
    mean = 0.0
    for _ in range(EPOCHS):
        model.train()
        total = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            value = loss(model(xb), yb)
            value.backward()
            optimizer.step()
            total += value.item() * len(xb)
        mean = total / len(x)
    return mean


def ours(x: torch.Tensor, y: torch.Tensor) -> float:
    model = network()
    return fit(model, (x, y), loss=nn.BCEWithLogitsLoss(), lr=LR, epochs=EPOCHS, batch_size=BATCH).loss[-1]


def compare(name: str, loop: Callable[[], float], reference: Callable[[], float], goal: float, repeats: int) -> bool:
    """Run the plain loop and another in turn, print both, and say whether time and final loss reach the goal."""
    loops = {"plain loop with DataLoader": reference, name: loop}
    seconds: dict[str, list[float]] = {label: [] for label in loops}
    final: dict[str, float] = {}
    for _ in range(repeats):
        for label, run in loops.items():
            began = process_time()
            final[label] = run()
            seconds[label].append(process_time() - began)
    updates = EPOCHS * -(-800 // BATCH)
    print(f"{'circles':<30}{'CPU s':>8}{'µs an update':>14}{'final loss':>14}")
    for label, times in seconds.items():
        print(f"{label:<30}{median(times):>8.2f}{median(times) / updates * 1e6:>14.0f}{final[label]:>14.8f}")
    (theirs, time), (mine, other) = ((final[label], median(times)) for label, times in seconds.items())
    ratio, difference = other / time, abs(mine - theirs)
    print(f"time ratio {ratio:.3f} (goal: {goal}), loss difference {difference:.1e} (goal: {TOLERANCE:.0e})\n")
    return ratio <= goal and difference <= TOLERANCE


def main(repeats: int) -> int:
    torch.set_num_threads(1)
    x, y = circles()
    return 0 if compare("nnlab.fit", lambda: ours(x, y), lambda: plain(x, y), GOAL, repeats) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
