"""Sigmoid, softmax and cross-entropy that neither overflow nor take the logarithm of 0.

Two tricks do it. exp is only given numbers that are 0 or less, so it stays between 0 and 1. And a logarithm of a
probability is computed from the logit, never from the probability, which may have been rounded to 0 or 1.
"""

from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import floats, same_shape


def sigmoid(z: Any) -> np.ndarray:
    """σ(z) = 1 / (1 + exp(-z)), number by number.

    Args:
        z: numbers in any shape. float32 stays float32; whole numbers become float64.

    Returns:
        Numbers in [0, 1], of the shape of `z`. Computed as exp(min(z, 0)) / (1 + exp(-|z|)): the usual formula
        for z above 0, and exp(z) / (1 + exp(z)), which is the same, below. It keeps all digits where σ(z) is tiny.

    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    z = floats(z, "z")
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))


def log_softmax(z: Any, axis: int = -1) -> np.ndarray:
    """The logarithms of the softmax, without taking a logarithm of 0.

    Args:
        z: logits in any shape, such as (n, K).
        axis: along which the probabilities add up to 1.

    Returns:
        Numbers of at most 0, of the shape of `z`. The largest logit is taken off first: that changes no probability,
        and leaves nothing above 0 for exp.

    >>> log_softmax([[0.0, 1000.0]])
    array([[-1000.,     0.]])
    """
    z = floats(z, "z")
    if z.ndim == 0 or z.size == 0:
        raise BadData(f"z has shape {z.shape}; a softmax needs at least one logit along axis {axis}")
    shifted = z - z.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def softmax(z: Any, axis: int = -1) -> np.ndarray:
    """Probabilities from logits: exp(z_k) divided by the sum of all exp(z_j) along `axis`.

    Args:
        z: logits in any shape, such as (n, K).
        axis: along which the probabilities add up to 1.

    Returns:
        Numbers in [0, 1], of the shape of `z`.

    >>> softmax([[1000.0, 1000.0], [-1000.0, 1000.0]])
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    return np.exp(log_softmax(z, axis))


def binary_cross_entropy(logits: Any, labels: Any) -> float:
    """The mean of -[y log σ(z) + (1 - y) log(1 - σ(z))], in nats, computed from the logits z.

    It is computed as max(z, 0) - z y + log(1 + exp(-|z|)), which is the same and exact for huge logits.

    Args:
        logits: z in any shape, such as (n,) or (n, 1).
        labels: y in [0, 1], of the same shape.

    Raises:
        BadData: two shapes that differ (no broadcasting), nothing given, or labels outside [0, 1].

    >>> binary_cross_entropy([0.0, 1000.0], [1, 0])  # (log 2 + 1000) / 2
    500.346573...
    """
    z, y = floats(logits, "logits"), floats(labels, "labels")
    same_shape(z, y, "logits and labels")
    if not ((y >= 0) & (y <= 1)).all():
        raise BadData(
            f"labels reach from {y.min():g} to {y.max():g}; they lie between 0 and 1. From -1 and 1: (y + 1) / 2"
        )
    return float(np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))))


def cross_entropy(logits: Any, classes: Any) -> float:
    """The mean of -log p over the samples, in nats, where p is the softmax probability of the true class.

    Args:
        logits: shape (n, K), a column for each class.
        classes: shape (n,), the number of the true class of each sample, from 0 to K - 1.

    Raises:
        BadData: other shapes, or numbers that are no classes.

    >>> cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [1, 1])  # (log 2 + 1000) / 2
    500.346573...
    """
    z, k = class_pairs(logits, classes)
    return float(-np.mean(log_softmax(z)[np.arange(len(z)), k]))


def class_pairs(logits: Any, classes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Logits of shape (n, K) and n class numbers, checked."""
    z, k = floats(logits, "logits"), np.asarray(classes)
    if z.ndim != 2 or z.size == 0 or k.shape != z.shape[:1]:
        raise BadData(f"logits and classes have shapes {z.shape} and {k.shape}; expected (n, K) and (n,)")
    if k.dtype.kind not in "iu" or k.min() < 0 or k.max() >= z.shape[1]:
        raise BadData(f"classes must be whole numbers from 0 to {z.shape[1] - 1}, got {np.unique(k)[:8].tolist()}")
    return z, k
