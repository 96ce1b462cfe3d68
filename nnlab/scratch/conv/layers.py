"""Convolution and pooling as layers of a `Sequential`."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import whole
from nnlab.scratch.conv.convolution import conv2d, conv2d_backward
from nnlab.scratch.conv.pooling import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward
from nnlab.scratch.conv.windows import Padding, Pair, images, pair
from nnlab.scratch.layer import Layer, WeightedLayer


class Conv2d(WeightedLayer):
    """A convolutional layer: A = φ(conv2d(X, W, b)).

    Args:
        inputs, outputs: how many channels come in and go out, 1 or more.
        kernel: its size: one number, or (vertical, horizontal).
        stride, padding, dilation, groups: as in `conv2d`.
        activation: φ: "identity", "relu", "tanh" or "sigmoid".
        seed: of the weights and biases, uniform within ±1/√(inputs / groups · kh · kw), as in `nn.Conv2d`; or a NumPy
            generator.
        dtype: np.float64 or np.float32.

    Attributes:
        weights: W, shape (outputs, inputs / groups, kh, kw), as in `nn.Conv2d`.
        bias: b, shape (outputs,).
        weights_gradient, bias_gradient: dL/dW and dL/db, of the same shapes, written by `backward`.

    >>> layer = Conv2d(1, 1, (1, 2), activation="relu")
    >>> layer.weights[:], layer.bias[:] = [[[[-1, 1]]]], 0
    >>> layer.forward([[[[0.0, 3.0, 1.0]]]])  # where it gets brighter to the right
    array([[[[3., 0.]]]])
    >>> layer.backward([[[[1.0, 1.0]]]])  # nothing passes where it is off
    array([[[[-1.,  1.,  0.]]]])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: Pair,
        *,
        stride: Pair = 1,
        padding: Padding = 0,
        dilation: Pair = 1,
        groups: int = 1,
        activation: str = "identity",
        seed: int | np.random.Generator = 0,
        dtype: Any = np.float64,
    ) -> None:
        if whole(inputs, "inputs", 1) % whole(groups, "groups", 1) or whole(outputs, "outputs", 1) % groups:
            raise BadData(f"groups is {groups}; it must divide the {inputs} inputs and the {outputs} outputs")
        self.settings: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        super().__init__((outputs, inputs // groups, *pair(kernel, "kernel")), activation, seed, dtype)

    def forward(self, x: Any) -> np.ndarray:
        """A, shape (n, outputs, ·, ·), of X, shape (n, inputs, height, width)."""
        self.x = np.asarray(x, self.theta.dtype)
        return self.activate(conv2d(self.x, self.weights, self.bias, **self.settings))

    def backward(self, gradient: Any) -> np.ndarray:
        """From dL/dA to dL/dX, each of the shape of what it belongs to; dL/dW and dL/db are written on the way."""
        by_x, by_weights, by_bias = conv2d_backward(self.delta(gradient), self.x, self.weights, **self.settings)
        self.weights_gradient[...], self.bias_gradient[...] = by_weights, by_bias
        return by_x


class Pool2d(Layer):
    """What both poolings share: a size, a stride (None: the size), a padding."""

    def __init__(self, size: Pair, stride: Pair | None = None, padding: Pair = 0) -> None:
        self.settings = size, stride, padding
        self.x = np.empty((0, 1, 1, 1))


class MaxPool2d(Pool2d):
    """The largest number of each window; size, stride and padding as in `max_pool2d`.

    >>> layer = MaxPool2d((1, 2))
    >>> layer.forward([[[[1.0, 5.0, 2.0, 0.0]]]])
    array([[[[5., 2.]]]])
    >>> layer.backward([[[[10.0, 20.0]]]])
    array([[[[ 0., 10., 20.,  0.]]]])
    """

    def forward(self, x: Any) -> np.ndarray:
        self.x = images(x)
        return max_pool2d(self.x, *self.settings)

    def backward(self, gradient: Any) -> np.ndarray:
        return max_pool2d_backward(gradient, self.x, *self.settings)


class AvgPool2d(Pool2d):
    """The mean of each window; size, stride and padding as in `avg_pool2d`.

    >>> layer = AvgPool2d((1, 2))
    >>> layer.forward([[[[1.0, 5.0, 2.0, 0.0]]]])
    array([[[[3., 1.]]]])
    >>> layer.backward([[[[10.0, 20.0]]]])
    array([[[[ 5.,  5., 10., 10.]]]])
    """

    def forward(self, x: Any) -> np.ndarray:
        self.x = images(x)
        return avg_pool2d(self.x, *self.settings)

    def backward(self, gradient: Any) -> np.ndarray:
        return avg_pool2d_backward(gradient, self.x, *self.settings)


class Flatten(Layer):
    """Each sample as one row, in the order channels, rows, columns: what a `Dense` layer reads.

    >>> layer = Flatten()
    >>> layer.forward(np.zeros((5, 2, 3, 4))).shape, layer.backward(np.zeros((5, 24))).shape
    ((5, 24), (5, 2, 3, 4))
    """

    def __init__(self) -> None:
        self.shape: tuple[int, ...] = (0, 0)

    def forward(self, x: Any) -> np.ndarray:
        x = np.asarray(x)
        self.shape = x.shape
        return x.reshape(len(x), prod(x.shape[1:]))

    def backward(self, gradient: Any) -> np.ndarray:
        return np.asarray(gradient).reshape(self.shape)
