"""`Run`: one training with all that it carries along; what happens between two epochs."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import nn, optim
from tqdm import tqdm

from nnlab.errors import BadData, DamagedCheckpoint
from nnlab.train import checkpoint
from nnlab.train.batches import Batches, FromLoader
from nnlab.train.history import History
from nnlab.train.measure import CheckedLoss, Measured, Metrics
from nnlab.train.stopping import Best
from nnlab.train.updates import Schedule


@dataclass
class State:
    """What a callback of `fit` is given after each epoch. Set `stop = True` to end the run.

    Attributes:
        model: in eval mode after a validation, else in train mode; `fit` sets the mode again for the next epoch.
        optimizer: the one in use.
        history: all epochs so far; `history.loss[epoch]` is the latest loss.
        epoch: the epoch that has just ended, counted from 0.
        epochs: how many there will be.
        stop: whether the run shall end here.
    """

    model: nn.Module
    optimizer: optim.Optimizer
    history: History
    epoch: int
    epochs: int
    stop: bool = False


@dataclass
class Run:
    model: nn.Module
    epochs: int
    batches: Batches
    validation: Batches | None
    validate_every: int
    loss: CheckedLoss
    validation_loss: CheckedLoss
    metrics: Metrics
    optimizer: optim.Optimizer
    schedule: Schedule
    history: History
    best: Best
    callbacks: list[Callable[[State], Any]]
    augment: Callable[[Any], Any] | None
    path: Path | None
    over: bool = False

    def __post_init__(self) -> None:
        self.bar: Any = tqdm(disable=True)
        self._settings = self._describe()  # now: a schedule changes the learning rates

    def start_epoch(self) -> None:
        self._lr, self._began = float(self.optimizer.param_groups[0]["lr"]), perf_counter()

    def augmented(self, x: Any) -> Any:
        """The inputs of a training batch as the model shall see them."""
        if self.augment is None:
            return x
        changed = self.augment(x)
        if isinstance(x, torch.Tensor) and not (isinstance(changed, torch.Tensor) and len(changed) == len(x)):
            got = f"one of {len(changed)}" if isinstance(changed, torch.Tensor) else type(changed).__name__
            raise BadData(f"augment must return a tensor of as many rows as it was given, {len(x)}; got {got}")
        return changed

    def validates(self, epoch: int) -> bool:
        """Is this epoch one of those after which the validation set is measured? The last one always is."""
        due = (epoch + 1) % self.validate_every == 0 or epoch + 1 == self.epochs
        return self.validation is not None and due

    def finish_epoch(self, training: Measured, validated: Measured | None) -> None:
        """Record the epoch, then decide: is it the best, is the run over, what does the checkpoint hold?"""
        history, epoch = self.history, len(self.history)
        self._record(training, validated)
        if not math.isfinite(training.loss):
            history.diverged = self.over = True
            return  # before the checkpoint is written: it keeps the last epoch that was sound
        if fresh := self._is_fresh(epoch):
            self.best.look(self.model)
        self.schedule.after_epoch(self.best.latest if fresh else None)
        history.stopped_early = fresh and self.best.exhausted
        state = State(self.model, self.optimizer, history, epoch, self.epochs)
        for callback in self.callbacks:
            callback(state)
        history.stopped_early |= state.stop
        self.over = history.stopped_early
        if self.path is not None:
            self._save(self.path)

    def _record(self, training: Measured, validated: Measured | None) -> None:
        history = self.history
        history.lr.append(self._lr)
        history.seconds.append(perf_counter() - self._began)
        for name in self.metrics:
            history.metrics[name].append(training.metrics[name])
        if self.validation is not None:
            history.val_loss.append(validated.loss if validated else math.nan)
            for name in self.metrics:
                history.val_metrics[name].append(validated.metrics[name] if validated else math.nan)
        history.loss.append(training.loss)  # last: the number of losses is the number of finished epochs
        self.bar.set_postfix_str(f"epoch {len(history)}/{self.epochs}, loss {training.loss:.4g}", refresh=False)

    def _is_fresh(self, epoch: int) -> bool:
        """Was the monitored number measured in this epoch?"""
        return self.validates(epoch) or self.best.monitor == "loss" or self.best.monitor in self.metrics

    def interrupt(self) -> None:
        """The learner pressed stop: forget the unfinished epoch's numbers, keep the weights as they are."""
        history = self.history
        history.interrupted = True
        for values in (history.lr, history.seconds, *history.columns().values()):
            del values[len(history) :]

    @contextmanager
    def progress_bar(self, shown: bool) -> Iterator[None]:
        """A bar over all updates of the run. It is drawn four times a second at most, and wiped at the end."""
        count = _count(self.batches)
        total = None if count is None else count * self.epochs
        done = 0 if count is None else count * len(self.history)
        options: dict[str, Any] = {"leave": False, "delay": 0.5, "mininterval": 0.25, "unit": " updates"}
        with tqdm(total=total, initial=done, disable=not shown, **options) as self.bar:
            yield

    # The checkpoint: everything that the next epoch depends on.

    def _save(self, path: Path) -> None:
        contents = {
            "settings": self._settings,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.schedule.scheduler is None else self.schedule.scheduler.state_dict(),
            "history": asdict(self.history),
            "best": self.best.weights,
            "chance": checkpoint.chance(self._generators()),
        }
        checkpoint.write(path, contents)

    def resume(self, path: Path) -> None:
        """Go on where the checkpoint was written."""
        there = checkpoint.read(path)
        checkpoint.require_same(path, there.get("settings", {}), self._settings)
        try:
            # The model last: a file that fails in the other parts leaves it as it was.
            self.optimizer.load_state_dict(there["optimizer"])
            if self.schedule.scheduler is not None:
                self.schedule.scheduler.load_state_dict(there["scheduler"])
            for each in fields(History):
                setattr(self.history, each.name, there["history"][each.name])
            self.best.weights = there["best"]
            checkpoint.restore_chance(there["chance"], self._generators())
            self.model.load_state_dict(there["model"])
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise DamagedCheckpoint(f"{path} does not fit this run: {error}. {checkpoint.REMEDY}") from error
        # With more patience than last time it may go on; and a callback that stopped it may stop it again.
        done = len(self.history)
        self.over = self.history.stopped_early = done > 0 and self._is_fresh(done - 1) and self.best.exhausted
        print(f"fit: {done} of {self.epochs} epochs were done already ({path})")

    def _describe(self) -> dict[str, Any]:
        """What must be the same for a checkpoint to go on."""
        batches, scheduler = self.batches, self.schedule.scheduler
        source = batches.loader if isinstance(batches, FromLoader) else batches
        return {
            "model": {name: [list(v.shape), str(v.dtype)] for name, v in _tensors(self.model)},
            "optimizer": type(self.optimizer).__name__,
            "lr": [float(group.get("initial_lr", group["lr"])) for group in self.optimizer.param_groups],
            "scheduler": None if scheduler is None else type(scheduler).__name__,
            "batch_size": source.batch_size,
            "batches": _count(batches),
            "monitor": [self.best.monitor, self.best.rule.mode, self.best.rule.min_delta],
            "restore_best": self.best.restore,
            "measured": self.best.names,
        }

    def _generators(self) -> list[torch.Generator]:
        """The generators that DataLoaders draw from instead of the global one."""
        loaders = [b.loader for b in (self.batches, self.validation) if isinstance(b, FromLoader)]
        owned = [getattr(part, "generator", None) for loader in loaders for part in (loader, loader.sampler)]
        return list({id(g): g for g in owned if isinstance(g, torch.Generator)}.values())


def _tensors(model: nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [(name, v) for name, v in model.state_dict().items() if isinstance(v, torch.Tensor)]


def _count(batches: Batches) -> int | None:
    try:
        return len(batches)
    except TypeError:  # a stream
        return None
