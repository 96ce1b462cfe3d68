"""A run that draws from every generator of random numbers. As a program it kills itself in the middle of a batch.

python killed.py KIND CHECKPOINT
"""

import os
import random
import signal
import sys
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, Dataset

from nnlab.device import seed_everything
from nnlab.train import History, fit

BCE = nn.BCEWithLogitsLoss()


class Jittered(Dataset):
    """Points that are moved a little each time, as in the augmentation of images."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i] + 0.1 * np.random.randn() + random.gauss(0, 0.1), self.y[i]


def run(kind: str, checkpoint: str | None, die_at: int = 0, epochs: int = 6) -> tuple[nn.Module, History]:
    """Train; die at the given call of the loss (0: live). There are four batches and one validation an epoch."""
    seed_everything(3)
    x = torch.randn(50, 2)
    y = (x[:, :1] * x[:, 1:] > 0).float()
    model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Tanh(), nn.Linear(8, 1))
    calls = 0

    def loss(output, target):
        nonlocal calls
        calls += 1
        if calls == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return BCE(output, target)

    data = x, y
    if kind == "loader":
        data = DataLoader(Jittered(x, y), batch_size=16, shuffle=True, generator=torch.Generator().manual_seed(9))
    history = fit(
        model, data, loss=loss, epochs=epochs, batch_size=16, lr=0.05, validation=(x, 1 - y), restore_best=True,
        early_stopping=20, metrics={"accuracy": lambda p, t: ((p > 0) == (t > 0.5)).float().mean()},
        scheduler=partial(lr_scheduler.OneCycleLR, max_lr=0.1, total_steps=4 * epochs), scheduler_every="batch",
        checkpoint=checkpoint,
    )  # fmt: skip
    return model, history


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(sys.argv[1], sys.argv[2], die_at=18)  # in the fourth epoch
