"""The training loop: `train` is the loop itself, `fit` is its door."""

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nnlab.device import require_device
from nnlab.errors import BadData
from nnlab.train.batches import as_batches
from nnlab.train.history import History
from nnlab.train.measure import CheckedLoss, Loss, Metrics, Tally, evaluate
from nnlab.train.run import Run, State
from nnlab.train.stopping import Best, EarlyStopping, whole_number
from nnlab.train.updates import Every, OptimizerLike, Schedule, SchedulerLike, make_optimizer

_EVALUATION_ROWS = 1024  # enough to keep the cores busy, little enough for the memory of a convolutional net


def train(run: Run) -> None:
    """Every epoch: show the model all batches, one update each; then measure."""
    model, loss, optimizer = run.model, run.loss, run.optimizer
    for epoch in range(len(run.history), run.epochs):
        run.start_epoch()
        model.train()
        tally = Tally(loss, run.metrics)
        for x, y in run.batches:
            optimizer.zero_grad()
            prediction = model(run.augmented(x))
            value = loss(prediction, y)
            value.backward()
            optimizer.step()
            run.schedule.after_batch()
            tally.add(value, prediction, y)
            run.bar.update()
        validated = None
        if run.validation is not None and run.validates(epoch):
            validated = evaluate(model, run.validation, run.validation_loss, run.metrics)
        run.finish_epoch(tally.result(), validated)
        if run.over:
            break


def fit(
    model: nn.Module,
    data: Any,
    *,
    loss: Loss,
    epochs: int,
    optimizer: OptimizerLike = "adam",
    lr: float | None = None,
    batch_size: int | None = 32,
    shuffle: bool = True,
    validation: Any = None,
    validate_every: int = 1,
    metrics: Metrics | None = None,
    augment: Callable[[Any], Any] | None = None,
    scheduler: SchedulerLike | None = None,
    scheduler_every: Every | None = None,
    early_stopping: EarlyStopping | int | None = None,
    restore_best: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = True,
    callbacks: Iterable[Callable[[State], Any]] = (),
    device: torch.device | str | None = None,
    threads: int | None = None,
    progress: bool | None = None,
) -> History:
    """Train `model` in place and return what was measured.

    The loop is `nnlab.train.loop.train`: forward, loss, backward, step, for each batch of each epoch. The losses are
    those of the same loop written out with `DataLoader(shuffle=True)` under the same torch seed, to the last bit if the
    optimizer is the same, and the global generator ends in the same state.

    Args:
        model: any module; it comes back in the train or eval mode that it had.
        data: a pair (X, y) of tensors, arrays or frames, n rows each, or a DataLoader of such pairs. Floating-point
            numbers take the model's dtype.
        loss: a callable (output, y) -> tensor of shape (), the mean over the batch, such as `nn.MSELoss()`.
        epochs: how often to go through the data, 0 or more; with a checkpoint the number in all.
        optimizer: "sgd", "adam", "adamw", "rmsprop" (the first three fused, which is faster; fused Adam rounds the last
            digit differently), or a ready `torch.optim.Optimizer`, or a factory such as
            `functools.partial(torch.optim.SGD, momentum=0.9)`.
        lr: learning rate, above 0; None is torch's own default for the optimizer (0.001 for Adam).
        batch_size: samples an update; the last batch may be smaller. None: all at once. A DataLoader has its own.
        shuffle: draw a new order each epoch. A DataLoader has its own.
        validation: like `data`; measured in eval mode and without gradients.
        validate_every: after every how many epochs; the last epoch always is.
        metrics: name -> callable (output, y) -> number. It sees the outputs of the whole epoch at once.
        augment: a callable x -> x, applied to the inputs of every training batch, on the device, before the model sees
            them: random changes that keep y. Validation is measured without it. Random numbers drawn from torch
            repeat under the same seed.
        scheduler: a factory optimizer -> scheduler of `torch.optim.lr_scheduler`, or such a scheduler.
        scheduler_every: "epoch" or "batch": after what the scheduler takes its step. It must be said.
        early_stopping: epochs without improvement before the run ends, or an `EarlyStopping`.
        restore_best: end with the weights of the best epoch instead of the last.
        checkpoint: a file, written after every epoch. If it exists the run goes on from there, and ends in the same
            weights, bit for bit, as a run that was never disturbed.
        resume: False starts anew and writes over the checkpoint.
        callbacks: each is called with a `State` after every epoch; `state.stop = True` ends the run.
        device: where to train; the model is moved there. None: where the model is.
        threads: CPU threads for this call only; None leaves torch's setting alone. For layers narrower than about 128
            one thread is never slower, and on a busy machine several times faster.
        progress: show a progress bar (once half a second has passed); None: in notebooks and terminals. The
            environment variable TQDM_DISABLE=1 turns it off everywhere.

    Returns:
        The history. Ctrl-C does not raise: the model keeps its weights, and `interrupted` is True. A loss that becomes
        NaN or infinite ends the run with a RuntimeWarning, and `diverged` is True: divergence is a result, often the
        very one that an experiment is about, and raising an error would throw away the history that shows it.

    Raises:
        BadData: NaN in the data, lengths or shapes that do not fit (an output of shape (n, 1) against y of shape (n,)
            among them), or an argument out of its range.
        DamagedCheckpoint: the checkpoint cannot be read, or belongs to a run with other settings.

    >>> _ = torch.manual_seed(0)
    >>> x = torch.linspace(-1, 1, 64)[:, None]
    >>> history = fit(nn.Linear(1, 1), (x, 2 * x + 1), loss=nn.MSELoss(), lr=0.1, epochs=30)
    >>> len(history), history.loss[-1] < 0.001
    (30, True)
    """
    epochs = whole_number(epochs, "epochs", 0)
    validate_every = whole_number(validate_every, "validate_every", 1)
    batch_size = batch_size if batch_size is None else whole_number(batch_size, "batch_size", 1)
    first = next(model.parameters(), None)
    home = torch.device("cpu") if first is None else first.device
    place = home if device is None else require_device(device)
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.get_default_dtype())
    batches = as_batches(data, "data", batch_size=batch_size, shuffle=shuffle, dtype=dtype, device=place)
    held_out = None
    if validation is not None:
        rows = max(batch_size or 0, _EVALUATION_ROWS)
        held_out = as_batches(validation, "validation", batch_size=rows, shuffle=False, dtype=dtype, device=place)
    model.to(place)
    if isinstance(loss, nn.Module):
        loss.to(place)  # class weights
    metrics = dict(metrics or {})
    if "loss" in metrics:
        raise BadData('a metric cannot be called "loss", which is measured anyway; give it another name')
    history = History(metrics={name: [] for name in metrics})
    history.val_metrics = {name: [] for name in metrics if held_out is not None}
    updates = make_optimizer(optimizer, model, lr)
    run = Run(
        model=model,
        epochs=epochs,
        batches=batches,
        validation=held_out,
        validate_every=validate_every,
        loss=CheckedLoss(loss),
        validation_loss=CheckedLoss(loss),
        metrics=metrics,
        optimizer=updates,
        schedule=Schedule(scheduler, scheduler_every, updates),
        history=history,
        best=Best(early_stopping, restore_best, history, validated=held_out is not None),
        callbacks=list(callbacks),
        augment=augment,
        path=None if checkpoint is None else Path(checkpoint),
    )
    with _modes_kept(model), _threads(threads):
        if run.path is not None and resume and run.path.exists():
            run.resume(run.path)
        with run.progress_bar(_shows_progress(progress)):
            try:
                if not run.over:
                    train(run)
            except KeyboardInterrupt:
                run.interrupt()
        run.best.give_back(model)
    if history.diverged:
        warnings.warn(
            f"fit stopped: the loss became {history.loss[-1]} in epoch {len(history) - 1}. The usual cause is a "
            f"learning rate that is too large (here {history.lr[-1]:g}): try a tenth of it",
            RuntimeWarning,
            stacklevel=2,
        )
    return history


@contextmanager
def _modes_kept(model: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(whole_number(count, "threads", 1))
    try:
        yield
    finally:
        if count is not None:
            torch.set_num_threads(before)


def _shows_progress(wanted: bool | None) -> bool:
    if os.environ.get("TQDM_DISABLE", "").lower() not in ("", "0", "false"):
        return False
    if wanted is not None:
        return wanted
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return sys.stderr.isatty() or hasattr(shell, "kernel")  # a notebook's stderr says that it is no terminal
