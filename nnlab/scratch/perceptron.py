"""The perceptron and its learning rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnlab.errors import BadData, UnfittedModel
from nnlab.scratch.checks import positive, table, whole


class Perceptron:
    """One neuron with a step for its activation, trained by Rosenblatt's rule.

    It answers 1 where w · x + b is 0 or more, else 0. It looks at one sample after another, in the order given, and
    changes its weights only when it is wrong: w += rate (y - ŷ) x, b += rate (y - ŷ). If a line (a plane, ...) parts
    the two classes it finds one after finitely many mistakes; if none does, it never comes to rest.

    Source: Rosenblatt (1958), The perceptron, Psychological Review 65(6), 386-408.

    Args:
        rate: above 0. All weights start at 0, so the rate scales them and changes no answer: 1 keeps whole numbers
            whole, and avoids rounding.
        epochs: the most passes over the data, 1 or more. It stops after the first pass without a mistake.

    Attributes:
        weights: shape (d,). bias: a number. Both None before `fit`.
        errors: the number of mistakes in each epoch.
        converged: the last epoch had none.

    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]  # AND
    >>> model = Perceptron().fit(X, y)
    >>> model.errors, model.weights, model.bias
    ([2, 3, 3, 2, 1, 0], array([2., 1.]), -3.0)
    >>> model.predict(X)
    array([0, 0, 0, 1])
    """

    def __init__(self, rate: float = 1.0, epochs: int = 100) -> None:
        self.rate, self.epochs = positive(rate, "rate"), whole(epochs, "epochs", 1)
        self.weights: np.ndarray | None = None
        self.bias: float | None = None
        self.errors: list[int] = []

    @property
    def converged(self) -> bool:
        return bool(self.errors) and self.errors[-1] == 0

    def fit(self, X: Any, y: Any) -> Perceptron:
        """Learn from the beginning.

        Args:
            X: shape (n, d), finite.
            y: shape (n,), each 0 or 1.

        Returns:
            Itself.

        Raises:
            BadData: other shapes, NaN, or labels other than 0 and 1.
        """
        X, y = table(X, "X"), np.asarray(y)
        if y.shape != X.shape[:1]:
            raise BadData(f"X has {len(X)} rows and y has shape {y.shape}; give one label for each row, shape (n,)")
        if not np.isin(y, (0, 1)).all():
            raise BadData(f"y holds {np.unique(y)[:8].tolist()}; the labels are 0 and 1. From -1 and 1: (y + 1) // 2")
        w, b, self.errors = np.zeros(X.shape[1]), 0.0, []
        while not self.converged and len(self.errors) < self.epochs:
            mistakes = 0
            for sample, label in zip(X, y, strict=True):
                error = int(label) - int(w @ sample + b >= 0)  # 1: it should have fired; -1: it should not have
                if error:
                    mistakes += 1
                    w += self.rate * error * sample
                    b += self.rate * error
            self.errors.append(mistakes)
        self.weights, self.bias = w, b
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """w · x + b of each row of X, shape (n, d): a multiple of its distance from the line, with a sign."""
        if self.weights is None or self.bias is None:
            raise UnfittedModel("this perceptron has no weights yet; call fit(X, y) first")
        X = table(X, "X")
        if X.shape[1] != len(self.weights):
            raise BadData(f"X has {X.shape[1]} columns; the perceptron was fitted to {len(self.weights)}")
        return X @ self.weights + self.bias

    def predict(self, X: Any) -> np.ndarray:
        """0 or 1 for each row of X, shape (n, d): an integer array of shape (n,)."""
        return (self.decision_function(X) >= 0).astype(int)
