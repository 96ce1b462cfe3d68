"""A layer of neurons, with the backward pass written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import whole
from nnlab.scratch.numerics import sigmoid

# For each activation φ: a = φ(z), and its derivative φ'(z), written with a because that is what is at hand.
ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "identity": (lambda z: z, lambda a: 1),
    "relu": (lambda z: np.maximum(z, 0.0), lambda a: a > 0.0),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "sigmoid": (sigmoid, lambda a: a * (1 - a)),
}


class Dense:
    """A layer of neurons, each connected to every input: A = φ(X Wᵀ + b).

    Args:
        inputs, outputs: how many numbers come in and go out for each sample, 1 or more.
        activation: φ: "identity", "relu", "tanh" or "sigmoid".
        seed: of the weights and biases, uniform within ±1/√inputs, as in `nn.Linear`; or a NumPy generator.
        dtype: np.float64 or np.float32.

    Attributes:
        weights: W, shape (outputs, inputs), a row for each neuron, as in `nn.Linear`.
        bias: b, shape (outputs,).
        weights_gradient, bias_gradient: dL/dW and dL/db, of the same shapes, written by `backward`.

    >>> layer = Dense(3, 2, "relu")
    >>> layer.weights[:], layer.bias[:] = [[1, 0, 2], [0, -1, 0]], [0, 1]
    >>> layer.forward([[1.0, 5.0, 1.0]])
    array([[3., 0.]])
    >>> layer.backward([[1.0, 1.0]])  # the second neuron is off: nothing passes through it
    array([[1., 0., 2.]])
    >>> layer.weights_gradient
    array([[1., 5., 1.],
           [0., 0., 0.]])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: str = "identity",
        *,
        seed: int | np.random.Generator = 0,
        dtype: Any = np.float64,
    ) -> None:
        known_activation(activation)
        if np.dtype(dtype) not in (np.float32, np.float64):
            raise BadData(f"dtype is {dtype!r}; choose np.float64 or np.float32")
        self.inputs, self.outputs = whole(inputs, "inputs", 1), whole(outputs, "outputs", 1)
        self.activation = activation
        self.size = self.outputs * self.inputs + self.outputs
        bound = 1 / self.inputs**0.5
        theta = np.random.default_rng(seed).uniform(-bound, bound, self.size).astype(dtype)
        self.live_in(theta, np.zeros_like(theta))
        self.x, self.a = np.empty((0, self.inputs), dtype), np.empty((0, self.outputs), dtype)

    def live_in(self, theta: np.ndarray, gradient: np.ndarray) -> None:
        """Make weights and bias, and their gradients, views of these two vectors of `size` numbers."""
        cut, shape = self.outputs * self.inputs, (self.outputs, self.inputs)
        self.theta, self.gradient = theta, gradient
        self.weights, self.bias = theta[:cut].reshape(shape), theta[cut:]
        self.weights_gradient, self.bias_gradient = gradient[:cut].reshape(shape), gradient[cut:]

    def forward(self, x: Any) -> np.ndarray:
        """A = φ(X Wᵀ + b), shape (n, outputs), of X, shape (n, inputs). X and A are kept for `backward`."""
        self.x = np.asarray(x, self.theta.dtype)
        if self.x.shape[1:] != (self.inputs,):
            raise BadData(f"the layer expects shape (n, {self.inputs}), a row for each sample, got {self.x.shape}")
        self.a = ACTIVATIONS[self.activation][0](np.dot(self.x, self.weights.T) + self.bias)
        return self.a

    def backward(self, gradient: Any) -> np.ndarray:
        """From dL/dA, shape (n, outputs), to dL/dX, shape (n, inputs); dL/dW and dL/db are written on the way.

        δ = dL/dZ = dL/dA φ'(Z);  dL/dW = δᵀ X;  dL/db = the sum of δ over the samples;  dL/dX = δ W.
        """
        gradient = np.asarray(gradient, self.theta.dtype)
        if gradient.shape != self.a.shape:
            raise BadData(f"the gradient has shape {gradient.shape}; the last forward gave {self.a.shape}")
        delta = gradient * ACTIVATIONS[self.activation][1](self.a)
        np.dot(delta.T, self.x, out=self.weights_gradient)  # on arrays this small np.dot takes half the time of @
        np.add.reduce(delta, axis=0, out=self.bias_gradient)
        return np.dot(delta, self.weights)


def known_activation(activation: str) -> None:
    if activation not in ACTIVATIONS:
        raise BadData(f"activation is {activation!r}; choose {', '.join(ACTIVATIONS)}")
