"""`History`: what a training run measured, epoch by epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(repr=False)
class History:
    """What `fit` measured. Every list holds one number an epoch; epochs are counted from 0, like the lists.

    `loss` and the training `metrics` are taken while the weights move, in train mode; `val_loss` and `val_metrics`
    after the epoch, in eval mode. So the training loss may well lie above the validation loss at first.

    Attributes:
        loss: mean over the training samples.
        val_loss: mean over the validation samples; empty without validation, NaN in epochs that were not validated.
        metrics: a list for each metric's name, on the training set.
        val_metrics: the same on the validation set.
        lr: the learning rate at the start of each epoch (of the first parameter group).
        seconds: wall time of each epoch. Not part of `==`, of `repr` and of `to_frame`: it is never twice the same.
        best_epoch: where the monitored number was best, so `val_loss[best_epoch]`; None before the first epoch.
        stopped_early: early stopping, or a callback, ended the run.
        interrupted: the learner did (Ctrl-C, or the notebook's stop button). The unfinished epoch is not recorded.
        diverged: the loss became NaN or infinite, which ended the run; that loss is the last one recorded.

    >>> History(loss=[0.7, 0.5], val_loss=[0.6, 0.65], best_epoch=0)
    History(2 epochs, loss 0.7 to 0.5, val_loss 0.6 to 0.65, best_epoch=0)
    """

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    val_metrics: dict[str, list[float]] = field(default_factory=dict)
    lr: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list, compare=False)
    best_epoch: int | None = None
    stopped_early: bool = False
    interrupted: bool = False
    diverged: bool = False

    def __len__(self) -> int:
        """The number of epochs that were finished."""
        return len(self.loss)

    def columns(self) -> dict[str, list[float]]:
        """All that was measured, by name: `loss`, `val_loss`, each metric, and `val_` and its name."""
        validation = {"val_loss": self.val_loss} if self.val_loss or self.val_metrics else {}
        return {
            "loss": self.loss,
            **validation,
            **self.metrics,
            **{f"val_{name}": values for name, values in self.val_metrics.items()},
        }

    def to_frame(self) -> pd.DataFrame:
        """A pandas table: a row an epoch; columns `loss`, `val_loss`, each metric, `val_` and its name, and `lr`.

        >>> History(loss=[0.7, 0.5], lr=[0.1, 0.1]).to_frame().loc[1, "loss"]
        np.float64(0.5)
        """
        import pandas as pd

        frame = pd.DataFrame({**self.columns(), "lr": self.lr})
        return frame.rename_axis("epoch")

    def __repr__(self) -> str:
        parts = [f"{len(self)} epoch{'' if len(self) == 1 else 's'}"]
        for name, values in self.columns().items():
            known = [v for v in values if not math.isnan(v)] or values
            if known:
                parts.append(
                    f"{name} {known[0]:.4g} to {known[-1]:.4g}" if len(known) > 1 else f"{name} {known[0]:.4g}"
                )
        if self.best_epoch is not None:
            parts.append(f"best_epoch={self.best_epoch}")
        for flag in ("stopped_early", "interrupted", "diverged"):
            parts += [flag.replace("_", " ")] if getattr(self, flag) else []
        return f"History({', '.join(parts)})"
