"""The multilayer perceptron: dense layers in a chain, and their training.

All weights and biases of a network are views of one vector, θ, and all gradients views of another. So an optimiser
that is given [net.theta] updates the whole network with a few NumPy calls, where one array after another would take
as many for each.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import same_shapes, table, whole
from nnlab.scratch.dense import Dense, known_activation
from nnlab.scratch.losses import LOSSES, Loss
from nnlab.scratch.optimisers import Optimizer


class MLP:
    """A multilayer perceptron: dense layers in a chain; the last one has no activation, so it gives logits or numbers.

    Args:
        sizes: the numbers of inputs, of neurons in each hidden layer, and of outputs, such as (2, 8, 6, 1).
        activation: of the hidden layers: "relu", "tanh", "sigmoid" or "identity".
        seed: of the weights and biases, uniform within ±1/√(inputs of the layer), as in `nn.Linear`.
        dtype: np.float64 or np.float32.

    Attributes:
        layers: the `Dense` layers.
        theta, gradient: all parameters, and dL/d(parameter) for each, as vectors of one length.
        parameters, gradients: the same numbers as lists W¹, b¹, W², b², ..., in the order and the shapes of
            `model.parameters()` of a chain of `nn.Linear`. Views: a change of an element changes the network.

    >>> net = MLP((2, 8, 6, 1))
    >>> [p.shape for p in net.parameters], net.theta.size
    ([(8, 2), (8,), (6, 8), (6,), (1, 6), (1,)], 85)
    >>> net.forward(np.zeros((5, 2))).shape
    (5, 1)
    """

    def __init__(
        self, sizes: Sequence[int], activation: str = "relu", *, seed: int = 0, dtype: Any = np.float64
    ) -> None:
        if len(sizes) < 2:
            raise BadData(f"sizes is {sizes!r}; give at least the numbers of inputs and of outputs, such as (2, 1)")
        known_activation(activation)  # a net of one layer has no hidden one that would look
        rng, last = np.random.default_rng(seed), len(sizes) - 2
        self.layers = [
            Dense(inputs, outputs, activation if k < last else "identity", seed=rng, dtype=dtype)
            for k, (inputs, outputs) in enumerate(pairwise(sizes))
        ]
        self.theta = np.concatenate([layer.theta for layer in self.layers])
        self.gradient = np.zeros_like(self.theta)
        self._share()

    def _share(self) -> None:
        ends = np.cumsum([layer.size for layer in self.layers])
        for layer, end in zip(self.layers, ends, strict=True):
            layer.live_in(self.theta[end - layer.size : end], self.gradient[end - layer.size : end])

    def __setstate__(self, state: dict[str, Any]) -> None:
        """After copy.deepcopy or pickle, which copy every view on its own, make them views again."""
        self.__dict__.update(state)
        self._share()

    @property
    def parameters(self) -> list[np.ndarray]:
        return [p for layer in self.layers for p in (layer.weights, layer.bias)]

    @property
    def gradients(self) -> list[np.ndarray]:
        return [g for layer in self.layers for g in (layer.weights_gradient, layer.bias_gradient)]

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
        """The output of the last layer, shape (n, outputs), for X, shape (n, inputs)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, gradient: Any) -> np.ndarray:
        """From dL/d(output), shape (n, outputs), to dL/dX, shape (n, inputs), after a `forward`.

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
            X: shape (n, d), finite.
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

        >>> from nnlab.scratch import SGD
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
        outputs = np.empty((n, self.layers[-1].outputs), self.theta.dtype)
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
        X = table(X, "X").astype(self.theta.dtype, copy=False)
        outputs = self.layers[-1].outputs
        if is_class:
            y, wanted = np.asarray(y), f"({len(X)},)"
            good = y.shape == (len(X),)
        else:
            y, wanted = np.asarray(y, self.theta.dtype), f"({len(X)}, {outputs})"
            y = y[:, None] if y.ndim == 1 and outputs == 1 else y
            good = y.shape == (len(X), outputs)
        if not good:
            raise BadData(
                f"X has {len(X)} rows, the network {outputs} outputs, and y shape {y.shape}; it must be {wanted}"
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
