"""A layer of neurons, with the backward pass written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import whole
from nnlab.scratch.layer import WeightedLayer


class Dense(WeightedLayer):
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
        self.inputs, self.outputs = whole(inputs, "inputs", 1), whole(outputs, "outputs", 1)
        super().__init__((self.outputs, self.inputs), activation, seed, dtype)

    def forward(self, x: Any) -> np.ndarray:
        """A = φ(X Wᵀ + b), shape (n, outputs), of X, shape (n, inputs). X and A are kept for `backward`."""
        self.x = np.asarray(x, self.theta.dtype)
        if self.x.shape[1:] != (self.inputs,):
            raise BadData(f"the layer expects shape (n, {self.inputs}), a row for each sample, got {self.x.shape}")
        return self.activate(np.dot(self.x, self.weights.T) + self.bias)

    def backward(self, gradient: Any) -> np.ndarray:
        """From dL/dA, shape (n, outputs), to dL/dX, shape (n, inputs); dL/dW and dL/db are written on the way.

        δ = dL/dZ = dL/dA φ'(Z);  dL/dW = δᵀ X;  dL/db = the sum of δ over the samples;  dL/dX = δ W.
        """
        delta = self.delta(gradient)
        np.dot(delta.T, self.x, out=self.weights_gradient)  # on arrays this small np.dot takes half the time of @
        np.add.reduce(delta, axis=0, out=self.bias_gradient)
        return np.dot(delta, self.weights)
