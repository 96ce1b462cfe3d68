"""Who updates the weights: the optimizer, and the schedule of its learning rate."""

from collections.abc import Callable
from typing import Any, Literal

from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from nnlab.errors import BadData

_NAMED: dict[str, Any] = {"sgd": optim.SGD, "adam": optim.Adam, "adamw": optim.AdamW, "rmsprop": optim.RMSprop}
_FUSED = {"sgd", "adam", "adamw"}

OptimizerLike = str | optim.Optimizer | Callable[..., optim.Optimizer]
SchedulerLike = LRScheduler | Callable[[optim.Optimizer], LRScheduler]
Every = Literal["epoch", "batch"]


def make_optimizer(optimizer: OptimizerLike, model: nn.Module, lr: float | None) -> optim.Optimizer:
    """The optimizer for `model`: by name, as a ready instance, or from a factory `parameters -> Optimizer`.

    Raises:
        BadData: no such name, `lr` is not positive or given twice, the model has nothing to learn, or the instance
            holds the parameters of another model.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise BadData("the model has no parameter that requires a gradient, so there is nothing to train")
    if lr is not None and not lr > 0:
        raise BadData(f"lr is {lr}; a learning rate is a number above 0, such as 0.01")
    if isinstance(optimizer, optim.Optimizer):
        if lr is not None:
            raise BadData("lr was given twice: a ready optimizer has its own; leave lr out")
        ours = {id(p) for p in parameters}
        if not any(id(p) in ours for group in optimizer.param_groups for p in group["params"]):
            raise BadData("the optimizer holds no parameter of this model; make it from model.parameters() again")
        return optimizer
    options = {} if lr is None else {"lr": lr}
    if not isinstance(optimizer, str):
        made = optimizer(parameters, **options)
        if not isinstance(made, optim.Optimizer):
            raise BadData(f"the factory for the optimizer made a {type(made).__name__}, not a torch.optim.Optimizer")
        return made
    if optimizer not in _NAMED:
        raise BadData(f"no optimizer is called {optimizer!r}; choose {', '.join(_NAMED)}, or give one of torch.optim")
    # Fused: one call for all parameters, so the same arithmetic in half the time for small nets. torch's own default
    # avoids it on the CPU. It cannot take the sparse gradients of an embedding, nor every device and dtype.
    if optimizer in _FUSED and not any(getattr(module, "sparse", False) for module in model.modules()):
        try:
            return _NAMED[optimizer](parameters, fused=True, **options)
        except RuntimeError:
            pass
    return _NAMED[optimizer](parameters, **options)


class Schedule:
    """A learning-rate scheduler that knows when its step is due; none at all is a schedule too."""

    def __init__(self, scheduler: SchedulerLike | None, every: Every | None, optimizer: optim.Optimizer) -> None:
        if scheduler is not None and every not in ("epoch", "batch"):
            raise BadData(
                f'scheduler_every is {every!r}: say "epoch" or "batch". Schedules count steps; one that is made for '
                "batches hardly moves when it is stepped once an epoch"
            )
        if scheduler is None and every is not None:
            raise BadData("scheduler_every was given without a scheduler; give both or neither")
        ready = scheduler is None or isinstance(scheduler, LRScheduler)
        self.scheduler: Any = scheduler if ready else scheduler(optimizer)  # type: ignore[operator,misc]
        if self.scheduler is not None and getattr(self.scheduler, "optimizer", None) is not optimizer:
            raise BadData(
                "the scheduler belongs to another optimizer; give a factory: lambda optimizer: StepLR(optimizer, 10)"
            )
        self.watches = isinstance(self.scheduler, ReduceLROnPlateau)
        if self.watches and every == "batch":
            raise BadData('ReduceLROnPlateau watches a number that is known once an epoch: scheduler_every="epoch"')
        self.by_batch = every == "batch"
        self.by_epoch = every == "epoch"

    def after_batch(self) -> None:
        if self.by_batch:
            self.scheduler.step()

    def after_epoch(self, monitored: float | None) -> None:
        """`monitored`: what ReduceLROnPlateau is to watch; None where it was not measured in this epoch."""
        if self.watches and monitored is not None:
            self.scheduler.step(monitored)
        elif self.by_epoch and not self.watches:
            self.scheduler.step()
