"""Losses as pure functions: each is the mean over all numbers given, and has a function for its gradient."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnlab.scratch.checks import floats, same_shape
from nnlab.scratch.numerics import binary_cross_entropy, class_pairs, cross_entropy, sigmoid, softmax


class Loss(NamedTuple):
    """A loss and its gradient, each a function (output, y); the gradient has the shape of the output."""

    value: Callable[[Any, Any], float]
    gradient: Callable[[Any, Any], np.ndarray]


def mean_squared_error(prediction: Any, y: Any) -> float:
    """The mean of (ŷ - y)². Both of one shape; no broadcasting.

    >>> mean_squared_error([[1.0], [3.0]], [[0.0], [5.0]])
    2.5
    """
    prediction, y = floats(prediction, "prediction"), floats(y, "y")
    same_shape(prediction, y, "prediction and y")
    return float(np.mean((prediction - y) ** 2))


def mean_squared_error_gradient(prediction: Any, y: Any) -> np.ndarray:
    """dL/dŷ = 2 (ŷ - y) / n, of the shape of `prediction`; n is how many numbers there are.

    >>> mean_squared_error_gradient([[1.0], [3.0]], [[0.0], [5.0]])
    array([[ 1.],
           [-2.]])
    """
    prediction, y = floats(prediction, "prediction"), floats(y, "y")
    same_shape(prediction, y, "prediction and y")
    return (prediction - y) * (2 / y.size)


def binary_cross_entropy_gradient(logits: Any, labels: Any) -> np.ndarray:
    """dL/dz = (σ(z) - y) / n, of the shape of `logits`; n is how many numbers there are.

    >>> binary_cross_entropy_gradient([[0.0], [0.0]], [[1], [0]])
    array([[-0.25],
           [ 0.25]])
    """
    z, y = floats(logits, "logits"), floats(labels, "labels")
    same_shape(z, y, "logits and labels")
    return (sigmoid(z) - y) / y.size


def cross_entropy_gradient(logits: Any, classes: Any) -> np.ndarray:
    """dL/dz = (softmax(z) - 1 at the true class) / n, of the shape (n, K) of `logits`.

    >>> cross_entropy_gradient([[0.0, 0.0]], [1])
    array([[ 0.5, -0.5]])
    """
    z, k = class_pairs(logits, classes)
    gradient = softmax(z)
    gradient[np.arange(len(z)), k] -= 1
    return gradient / len(z)


LOSSES = {
    "mse": Loss(mean_squared_error, mean_squared_error_gradient),
    "binary_cross_entropy": Loss(binary_cross_entropy, binary_cross_entropy_gradient),
    "cross_entropy": Loss(cross_entropy, cross_entropy_gradient),
}
