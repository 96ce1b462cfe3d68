"""What is measured: the loss and the metrics of an epoch, and whether the loss compares what it should."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnlab.errors import BadData
from nnlab.train.batches import Batches

Loss = Callable[[Any, Any], Tensor]
Metrics = Mapping[str, Callable[[Tensor, Tensor], Any]]

_BINARY: tuple[Any, ...] = (nn.BCELoss, nn.BCEWithLogitsLoss)
_BINARY_F: tuple[Any, ...] = (F.binary_cross_entropy, F.binary_cross_entropy_with_logits)
_ELEMENTWISE = (nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, *_BINARY)
_ELEMENTWISE_F = (F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss, *_BINARY_F)


class Measured(NamedTuple):
    """The mean loss of an epoch, and its metrics by name."""

    loss: float
    metrics: dict[str, float]


class Tally:
    """Collects the batches of an epoch; the result weighs each by its number of samples.

    Losses stay tensors until the end of the epoch: to read one means to wait for the GPU. Metrics see all predictions
    of the epoch at once, because the mean of the batches' precisions is not the precision.
    """

    def __init__(self, loss: Loss, metrics: Metrics) -> None:
        self.summed = getattr(loss, "reduction", "mean") == "sum"
        self.metrics = metrics
        self.values: list[Tensor] = []
        self.sizes: list[int] = []
        self.predictions: list[Tensor] = []
        self.targets: list[Tensor] = []

    def add(self, value: Tensor, prediction: Any, y: Any) -> None:
        """Take in one batch: its loss, the model's output [n, …] and the targets [n, …]."""
        self.values.append(value.detach())
        self.sizes.append(len(y if isinstance(y, Tensor) else y[0]))
        if self.metrics:
            if not (isinstance(prediction, Tensor) and isinstance(y, Tensor)):
                raise BadData("metrics need a model that returns one tensor, and one tensor of targets; leave them out")
            self.predictions.append(prediction.detach())
            self.targets.append(y)

    def result(self) -> Measured:
        """The mean over the samples."""
        values = torch.stack(self.values).tolist()
        weights = [1] * len(values) if self.summed else self.sizes
        total = sum(value * weight for value, weight in zip(values, weights, strict=True))
        measured = {}
        if self.metrics:
            predictions, targets = torch.cat(self.predictions), torch.cat(self.targets)
            measured = {name: float(metric(predictions, targets)) for name, metric in self.metrics.items()}
        return Measured(total / sum(self.sizes), measured)


@torch.no_grad()
def evaluate(model: nn.Module, batches: Batches, loss: Loss, metrics: Metrics) -> Measured:
    """Loss and metrics of `model` on `batches`, in eval mode, in which it leaves the model."""
    model.eval()
    tally = Tally(loss, metrics)
    for x, y in batches.in_order():
        prediction = model(x)
        tally.add(loss(prediction, y), prediction, y)
    return tally.result()


class CheckedLoss:
    """A loss that looks, the first time, whether output and targets fit each other."""

    def __init__(self, loss: Loss) -> None:
        self.loss = loss
        self.reduction = getattr(loss, "reduction", "mean")
        self.checked = False

    def __call__(self, prediction: Any, y: Any) -> Tensor:
        if self.checked:
            return self.loss(prediction, y)
        if isinstance(prediction, Tensor) and isinstance(y, Tensor):
            self._check(prediction, y)
        value = self.loss(prediction, y)
        if not isinstance(value, Tensor) or value.ndim != 0:
            got = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
            raise BadData(f"the loss must be one number, a tensor of shape (); got {got}. Take its mean")
        self.checked = True
        return value

    def _check(self, prediction: Tensor, y: Tensor) -> None:
        known = isinstance(self.loss, _ELEMENTWISE) or self.loss in _ELEMENTWISE_F
        if prediction.shape != y.shape and (known or self._mixes(prediction, y)):
            raise BadData(
                f"the model's output has shape {tuple(prediction.shape)} and y has shape {tuple(y.shape)}: "
                f"{self._name} compares element with element, and broadcasting would compare each output with the "
                f"targets of other samples. {_remedy(prediction, y)}"
            )
        binary = isinstance(self.loss, _BINARY) or self.loss in _BINARY_F
        if binary and not y.is_floating_point():
            raise BadData(f"{self._name} wants y as floating-point numbers, got {y.dtype}. Give y.float()")

    @property
    def _name(self) -> str:
        return getattr(self.loss, "__name__", type(self.loss).__name__)

    @torch.no_grad()
    def _mixes(self, prediction: Tensor, y: Tensor) -> bool:
        """Does a loss that we do not know, `lambda p, y: ((p - y) ** 2).mean()`, broadcast (n, 1) against (n,)?

        Then the loss of the rows together is neither the mean nor the sum of the rows' losses, and it changes when the
        output takes the shape of y. A loss that squeezes the output itself passes.
        """
        if prediction.numel() != y.numel() or prediction.shape[:1] != y.shape[:1]:
            return False
        p, t = prediction[:64], y[:64]
        try:
            with torch.random.fork_rng(devices=[p.device] if p.is_cuda else []):  # a loss may draw random numbers
                together, again = float(self.loss(p, t)), float(self.loss(p, t))
                reshaped = float(self.loss(p.reshape(t.shape), t))
                alone = [float(self.loss(p[i : i + 1], t[i : i + 1])) for i in range(len(p))]
        except (RuntimeError, ValueError, TypeError, IndexError):
            return False  # it cannot take these shapes, so it has its own way with them
        total = math.fsum(alone)
        if together != again or not math.isfinite(total):
            return False  # random, or only defined for several rows: nothing can be concluded
        return not any(math.isclose(together, v, rel_tol=1e-3, abs_tol=1e-6) for v in (reshaped, total, total / len(p)))


def _remedy(prediction: Tensor, y: Tensor) -> str:
    if prediction.ndim == y.ndim + 1 and prediction.shape[-1] == 1:
        return "Give y a last axis: y[:, None] for an array or a tensor"
    if y.ndim == prediction.ndim + 1 and y.shape[-1] == 1:
        return "Give y without its last axis: y[:, 0] for an array or a tensor"
    return "Make the two shapes equal; for class numbers use nn.CrossEntropyLoss"
