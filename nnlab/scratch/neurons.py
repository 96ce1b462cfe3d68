"""A multilayer perceptron of Values: every weight is an object, so each step of backpropagation can be looked at."""

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

from nnlab.errors import BadData
from nnlab.scratch.autograd import Number, Value, as_value, dot
from nnlab.scratch.checks import whole


class ValueMLP:
    """A fully connected network of Values; its last layer has no activation.

    Args:
        sizes: the numbers of inputs, of neurons in each hidden layer, and of outputs, such as (2, 16, 16, 1).
        activation: "relu", "tanh" or "sigmoid", of the hidden layers.
        seed: of the weights and biases, which are uniform within ±1/√(inputs of the layer), as in `nn.Linear`.

    Attributes:
        layers: for each layer its neurons, for each neuron a pair (weights, bias) of Values.
        parameters: all Values to be learned, layer by layer, neuron by neuron, weights before bias.

    >>> net = ValueMLP((2, 3, 1))
    >>> len(net.parameters), net([0.5, -1.0])
    (13, [Value(data=..., grad=0)])
    """

    def __init__(self, sizes: Sequence[int], activation: str = "relu", *, seed: int = 0) -> None:
        if activation not in ("relu", "tanh", "sigmoid"):
            raise BadData(f'activation is {activation!r}; choose "relu", "tanh" or "sigmoid"')
        if len(sizes) < 2:
            raise BadData(f"sizes is {sizes!r}; give at least the numbers of inputs and of outputs, such as (2, 1)")
        self.sizes, self.activation = tuple(whole(s, "each of the sizes", 1) for s in sizes), activation
        draw = random.Random(seed).uniform
        self.layers = [
            [
                ([Value(draw(-1, 1) / inputs**0.5) for _ in range(inputs)], Value(draw(-1, 1) / inputs**0.5))
                for _ in range(outputs)
            ]
            for inputs, outputs in pairwise(self.sizes)
        ]
        self.parameters = [p for layer in self.layers for w, b in layer for p in (*w, b)]

    def __call__(self, x: Iterable[Number]) -> list[Value]:
        """The outputs for one sample: a list of Values, one for each output."""
        values = [as_value(number) for number in x]
        for layer in self.layers:
            sums = [dot(w, values, b) for w, b in layer]
            values = sums if layer is self.layers[-1] else [getattr(z, self.activation)() for z in sums]
        return values
