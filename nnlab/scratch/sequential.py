"""Layers in a chain, and their training.

All weights and biases of a network are views of one vector, θ, and all gradients views of another. So an optimiser
that is given [net.theta] updates the whole network with a few NumPy calls, where one array after another would take
as many for each.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import same_shapes, samples, whole
from nnlab.scratch.dense import Dense
from nnlab.scratch.layer import Layer, WeightedLayer
from nnlab.scratch.losses import LOSSES, Loss
from nnlab.scratch.optimisers import Optimizer


class Sequential:
    """Layers in a chain, such as convolutions, poolings and dense layers; the output of each is the input of the next.

    Args:
        layers: the first one meets the data; the last one is a `Dense`, which gives logits or numbers. Layers that draw
            their weights should share one generator (seed=rng): the same seed twice gives the same numbers twice.

    Attributes:
        layers: the layers.
        outputs: how many numbers come out for each sample.
        theta, gradient: all parameters, and dL/d(parameter) for each, as vectors of one length.
        parameters, gradients: the same numbers as a list of arrays, layer by layer, in the order and the shapes of
            `model.parameters()` of the same chain in PyTorch. Views: a change of an element changes the network.

    Raises:
        BadData: no layers, one that stands there twice, or a last one that is no `Dense`.

    >>> from nnlab.scratch import Dense, conv
    >>> rng = np.random.default_rng(0)
    >>> net = Sequential(
    ...     conv.Conv2d(1, 4, 3, activation="relu", seed=rng),
    ...     conv.MaxPool2d(2),
    ...     conv.Flatten(),
    ...     Dense(16, 10, seed=rng),
    ... )
    >>> net.forward(np.zeros((5, 1, 6, 6))).shape, net.theta.size
    ((5, 10), 210)
    """

    def __init__(self, *layers: Layer) -> None:
        if not layers or not isinstance(layers[-1], Dense):
            raise BadData(f"the last layer is {type(layers[-1]).__name__ if layers else 'missing'}; give a Dense")
        if len(set(map(id, layers))) < len(layers):
            raise BadData("one layer stands in the chain twice; make a new one for each place")
        self.layers, self.outputs = list(layers), layers[-1].outputs
        self.theta = np.concatenate([layer.theta for layer in self._weighted()])
        self.gradient = np.zeros_like(self.theta)
        self._share()

    def _weighted(self) -> list[WeightedLayer]:
        return [layer for layer in self.layers if isinstance(layer, WeightedLayer)]

    def _share(self) -> None:
        end = 0
        for layer in self._weighted():
            start, end = end, end + layer.size
            layer.live_in(self.theta[start:end], self.gradient[start:end])

    def __setstate__(self, state: dict[str, Any]) -> None:
        """After copy.deepcopy or pickle, which copy every view on its own, make them views again."""
        self.__dict__.update(state)
        self._share()

    @property
    def parameters(self) -> list[np.ndarray]:
        return [p for layer in self.layers for p in layer.parameters]

    @property
    def gradients(self) -> list[np.ndarray]:
        return [g for layer in self.layers for g in layer.gradients]

    def assign(self, arrays: Iterable[Any]) -> None:
        """Copy weights and biases from W¹, b¹, W², b², ..., such as [p.detach().numpy() for p in model.parameters()].

        Raises:
            BadData: other shapes.
        """
        arrays = [np.asarray(a) for a in arrays]
        same_shapes(arrays, self.parameters, "the arrays to assign")
        for own, other in zip(self.parameters, arrays, strict=True):
            own[...] = other

    def forward(self, x: Any) -> np.ndarray:
        """The output of the last layer, shape (n, outputs), for X, whose first axis counts the n samples."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, gradient: Any) -> np.ndarray:
        """From dL/d(output), shape (n, outputs), to dL/dX, of the shape of X, after a `forward`.

        It writes every layer's gradients: those of this batch, not a sum over several calls.
        """
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        return gradient

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        loss: str | Loss,
        optimizer: Optimizer,
        epochs: int,
        batch_size: int | None = 32,
        orders: Iterable[Any] | None = None,
        schedule: Callable[[int], float] | None = None,
        seed: int = 0,
    ) -> list[float]:
        """Train: for each batch of each epoch a forward pass, a backward pass, and a step.

        Args:
            X: n samples, finite: shape (n, d), or (n, channels, height, width) for a chain that begins with images.
            y: shape (n, outputs), or (n,) where there is one output; for "cross_entropy" class numbers, shape (n,).
            loss: "mse", "binary_cross_entropy", "cross_entropy" (both from logits), or a `Loss`.
            optimizer: of this room, made from `net.parameters`, or from `[net.theta]`, which does the same faster.
            epochs: how often to go through the data, 0 or more.
            batch_size: samples a step; the last batch may be smaller. None: all at once.
            orders: for each epoch the n row numbers in the order in which to take them, such as those that a
                DataLoader drew. None: drawn from `seed`.
            schedule: the learning rate as a function of the step, counted from 0, such as
                `lambda step: schedules.cosine(step, 0.1, 1000)`. None: the optimiser's own.
            seed: of the order of the samples.

        Returns:
            For each epoch the mean loss over its samples, taken while the weights move. A loss that is NaN or infinite
            ends the training with a RuntimeWarning.

        Raises:
            BadData: data or settings that do not fit, or an optimiser that holds other parameters.

        >>> from nnlab.scratch import MLP, SGD
        >>> X = np.linspace(-1, 1, 64)[:, None]
        >>> net = MLP((1, 1))
        >>> history = net.fit(X, 2 * X + 1, loss="mse", optimizer=SGD([net.theta], lr=0.2), epochs=50)
        >>> net.theta.round(3)
        array([2., 1.])
        """
        value, gradient_of = _loss(loss)
        X, y = self._data(X, y, is_class=gradient_of is LOSSES["cross_entropy"].gradient)
        n = len(X)
        batch_size = n if batch_size is None else whole(batch_size, "batch_size", 1)
        gradients = self._gradients_for(optimizer)
        batches = [slice(start, start + batch_size) for start in range(0, n, batch_size)]
        outputs = np.empty((n, self.outputs), self.theta.dtype)
        history: list[float] = []
        for order in islice(_shuffled(n, seed) if orders is None else orders, whole(epochs, "epochs", 0)):
            x_epoch, y_epoch = X[order], y[order]  # one copy an epoch; each batch is then a view of it
            for rows in batches:
                outputs[rows] = output = self.forward(x_epoch[rows])
                self.backward(gradient_of(output, y_epoch[rows]))
                if schedule is not None:
                    optimizer.lr = schedule(optimizer.steps)
                optimizer.step(gradients)
            history.append(value(outputs, y_epoch))
            if not np.isfinite(history[-1]):
                warnings.warn(
                    f"fit stopped: the loss became {history[-1]} in epoch {len(history) - 1}. The usual cause is a "
                    f"learning rate that is too large (here {optimizer.lr:g}): try a tenth of it",
                    RuntimeWarning,
                    stacklevel=2,
                )
                break
        return history

    def _data(self, X: Any, y: Any, is_class: bool) -> tuple[np.ndarray, np.ndarray]:
        """X in the network's dtype and y in the shape of the output, so that a batch needs no more thought."""
        X = samples(X, "X").astype(self.theta.dtype, copy=False)
        if is_class:
            y, wanted = np.asarray(y), f"({len(X)},)"
            good = y.shape == (len(X),)
        else:
            y, wanted = np.asarray(y, self.theta.dtype), f"({len(X)}, {self.outputs})"
            y = y[:, None] if y.ndim == 1 and self.outputs == 1 else y
            good = y.shape == (len(X), self.outputs)
        if not good:
            raise BadData(
                f"X has {len(X)} rows, the network {self.outputs} outputs, and y shape {y.shape}; it must be {wanted}"
            )
        if not np.isfinite(y).all():
            raise BadData("y holds NaN or infinite values; drop or fill them first")
        return X, y

    def _gradients_for(self, optimizer: Optimizer) -> list[np.ndarray]:
        """The gradients in the form in which the optimiser holds the parameters."""
        for own, gradients in (([self.theta], [self.gradient]), (self.parameters, self.gradients)):
            if _same_memory(optimizer.parameters, own):
                return gradients
        raise BadData("the optimiser holds other parameters: make it from net.parameters, or from [net.theta]")


def _same_memory(given: Sequence[np.ndarray], own: Sequence[np.ndarray]) -> bool:
    places = [[(a.__array_interface__["data"][0], a.shape) for a in arrays] for arrays in (given, own)]
    return places[0] == places[1]


def _loss(loss: str | Loss) -> Loss:
    if isinstance(loss, Loss):
        return loss
    if loss not in LOSSES:
        raise BadData(f"loss is {loss!r}; choose {', '.join(LOSSES)}, or give Loss(value, gradient)")
    return LOSSES[loss]


def _shuffled(n: int, seed: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(seed)
    while True:
        yield rng.permutation(n)
