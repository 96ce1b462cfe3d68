"""What a layer is: a step forward, a step back, and parameters that live in the two vectors of its network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.numerics import sigmoid

# For each activation φ: a = φ(z), and its derivative φ'(z), written with a because that is what is at hand.
ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "identity": (lambda z: z, lambda a: 1),
    "relu": (lambda z: np.maximum(z, 0.0), lambda a: a > 0.0),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "sigmoid": (sigmoid, lambda a: a * (1 - a)),
}


class Layer(ABC):
    """A step of a `Sequential`. As it stands, it has no parameters; `forward` and `backward` are to be written.

    Attributes:
        size: how many parameters it has.
        parameters, gradients: its arrays, and dL/d(parameter) for each, written by `backward`.
    """

    size = 0

    @property
    def parameters(self) -> list[np.ndarray]:
        return []

    @property
    def gradients(self) -> list[np.ndarray]:
        return []

    @abstractmethod
    def forward(self, x: Any) -> np.ndarray:
        """The output for a batch x, whose first axis counts the samples. It keeps what `backward` will need."""

    @abstractmethod
    def backward(self, gradient: Any) -> np.ndarray:
        """From dL/d(output of the last forward) to dL/dx."""


class WeightedLayer(Layer):
    """What dense and convolutional layers share: weights, biases, an activation.

    Args:
        shape: of the weights; the first number is that of the outputs, the product of the others is what each reads.
        activation: φ: "identity", "relu", "tanh" or "sigmoid".
        seed: of the weights and biases, uniform within ±1/√(what each output reads), as in PyTorch.
        dtype: np.float64 or np.float32.
    """

    def __init__(self, shape: tuple[int, ...], activation: str, seed: int | np.random.Generator, dtype: Any) -> None:
        known_activation(activation)
        if np.dtype(dtype) not in (np.float32, np.float64):
            raise BadData(f"dtype is {dtype!r}; choose np.float64 or np.float32")
        self.shape, self.activation = shape, activation
        self.size = prod(shape) + shape[0]
        bound = 1 / prod(shape[1:]) ** 0.5
        theta = np.random.default_rng(seed).uniform(-bound, bound, self.size).astype(dtype)
        self.live_in(theta, np.zeros_like(theta))
        self.x = self.a = np.empty(0, dtype)

    def live_in(self, theta: np.ndarray, gradient: np.ndarray) -> None:
        """Make weights and bias, and their gradients, views of these two vectors of `size` numbers."""
        cut = self.size - self.shape[0]
        self.theta, self.gradient = theta, gradient
        self.weights, self.bias = theta[:cut].reshape(self.shape), theta[cut:]
        self.weights_gradient, self.bias_gradient = gradient[:cut].reshape(self.shape), gradient[cut:]

    @property
    def parameters(self) -> list[np.ndarray]:
        return [self.weights, self.bias]

    @property
    def gradients(self) -> list[np.ndarray]:
        return [self.weights_gradient, self.bias_gradient]

    def activate(self, z: np.ndarray) -> np.ndarray:
        """A = φ(Z), which is kept."""
        self.a = ACTIVATIONS[self.activation][0](z)
        return self.a

    def delta(self, gradient: Any) -> np.ndarray:
        """δ = dL/dZ = dL/dA φ'(Z), from dL/dA."""
        gradient = np.asarray(gradient, self.theta.dtype)
        if gradient.shape != self.a.shape:
            raise BadData(f"the gradient has shape {gradient.shape}; the last forward gave {self.a.shape}")
        return gradient * ACTIVATIONS[self.activation][1](self.a)


def known_activation(activation: str) -> None:
    if activation not in ACTIVATIONS:
        raise BadData(f"activation is {activation!r}; choose {', '.join(ACTIVATIONS)}")
