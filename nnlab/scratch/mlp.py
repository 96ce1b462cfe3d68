"""The multilayer perceptron: dense layers in a chain."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.dense import Dense
from nnlab.scratch.layer import known_activation
from nnlab.scratch.sequential import Sequential


class MLP(Sequential):
    """A multilayer perceptron: dense layers in a chain; the last one has no activation, so it gives logits or numbers.

    It is trained by `fit`, as every `Sequential`, whose methods it has.

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
        super().__init__(
            *(
                Dense(inputs, outputs, activation if k < last else "identity", seed=rng, dtype=dtype)
                for k, (inputs, outputs) in enumerate(pairwise(sizes))
            )
        )
