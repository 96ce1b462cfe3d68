"""When to stop, and which weights to keep."""

import copy
import math
import operator
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor, nn

from nnlab.errors import BadData
from nnlab.train.history import History


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the monitored number has not improved for `patience` epochs.

    Attributes:
        patience: epochs to wait, 1 or more.
        min_delta: what counts as an improvement, 0 or more: to be better than the best by more than this.
        monitor: a column of `History.to_frame()`, such as "val_accuracy". None: `val_loss`, or `loss` if there is
            no validation.
        mode: "min" if less is better, "max" if more is.

    Raises:
        BadData: an attribute is out of its range.

    >>> EarlyStopping(5, monitor="val_accuracy", mode="max").patience
    5
    """

    patience: int
    min_delta: float = 0.0
    monitor: str | None = None
    mode: Literal["min", "max"] = "min"

    def __post_init__(self) -> None:
        if not isinstance(self.patience, int) or self.patience < 1:
            raise BadData(f"patience is {self.patience!r}; it is a whole number of epochs, 1 or more")
        if not self.min_delta >= 0:
            raise BadData(f"min_delta is {self.min_delta}; it is 0 or more")
        if self.mode not in ("min", "max"):
            raise BadData(f'mode is {self.mode!r}; choose "min" or "max"')


class Best:
    """Knows the best epoch so far, and keeps its weights if they are to be restored."""

    def __init__(
        self, early_stopping: EarlyStopping | int | None, restore: bool, history: History, validated: bool
    ) -> None:
        if early_stopping is None:
            self.patience, rule = math.inf, EarlyStopping(1)
        else:
            rule = early_stopping if isinstance(early_stopping, EarlyStopping) else EarlyStopping(early_stopping)
            self.patience = rule.patience
        measured = ["loss", *history.metrics]
        self.names = measured + ([f"val_{name}" for name in measured] if validated else [])
        self.monitor = rule.monitor or ("val_loss" if validated else "loss")
        if self.monitor not in self.names:
            raise BadData(f"there is no {self.monitor!r} to monitor in this run; it measures {', '.join(self.names)}")
        self.rule, self.restore, self.history = rule, restore, history
        self.weights: dict[str, Any] | None = None

    @property
    def latest(self) -> float:
        """The monitored number after the last epoch."""
        return self.history.columns()[self.monitor][-1]

    def look(self, model: nn.Module) -> None:
        """Judge the epoch that was recorded last."""
        history, value = self.history, self.latest
        if history.best_epoch is not None:
            gain = history.columns()[self.monitor][history.best_epoch] - value
            if not (gain if self.rule.mode == "min" else -gain) > self.rule.min_delta:
                return
        if math.isfinite(value):
            history.best_epoch = len(history) - 1
            if self.restore:
                self.weights = snapshot(model)

    @property
    def exhausted(self) -> bool:
        """Has the patience run out?"""
        best = self.history.best_epoch
        return len(self.history) - 1 - (-1 if best is None else best) >= self.patience

    def give_back(self, model: nn.Module) -> None:
        """Put the best weights back into the model, if that was asked for."""
        if self.weights is not None:
            model.load_state_dict(self.weights)


def snapshot(model: nn.Module) -> dict[str, Any]:
    """A copy of the model's parameters and buffers."""
    state = model.state_dict()
    return {k: v.detach().clone() if isinstance(v, Tensor) else copy.deepcopy(v) for k, v in state.items()}


def whole_number(value: Any, name: str, least: int) -> int:
    """`value` as an int, if it is a whole number not below `least`; else BadData."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise BadData(f"{name} is {value!r}; it is a whole number, {least} or more")
    return number
