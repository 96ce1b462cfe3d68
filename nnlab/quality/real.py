"""The real digits that generated ones are compared with, and the split on which the judge was trained."""

from functools import cache
from typing import NamedTuple

import numpy as np

from nnlab.data import load


class Digits(NamedTuple):
    """The digits of `load("mnist")`: 4000 for training, 400 of each; 1000 held out, 100 of each."""

    training: np.ndarray
    training_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def split() -> tuple[np.ndarray, np.ndarray]:
    """The rows of `load("mnist")` for training (4000) and for testing (1000), with the same share of each digit.

    It is chapter 15's split with SEED = 0. The judge was trained on the training rows, and compares with them: train
    a generator on these, so that the test digits are new to both.

    >>> training, test = split()
    >>> len(training), len(test), len(set(training) & set(test))
    (4000, 1000, 0)
    """
    from sklearn.model_selection import train_test_split  # slow to import

    _, labels = load("mnist")
    training, test = train_test_split(np.arange(len(labels)), test_size=1000, stratify=labels, random_state=0)
    return training, test


def digits() -> Digits:
    """The digits of both rows of `split`: images uint8 [n, 28, 28], labels int64 [n]; fresh copies.

    >>> digits().training.shape, digits().test_labels.shape
    ((4000, 28, 28), (1000,))
    """
    return Digits(*(array.copy() for array in _digits()))


@cache
def _digits() -> Digits:
    images, labels = load("mnist")
    training, test = split()
    return Digits(images[training], labels[training], images[test], labels[test])


def balanced(labels: np.ndarray) -> np.ndarray:
    """All rows, in such an order that the first n hold each class equally often, as nearly as n allows."""
    rank = np.zeros(len(labels), dtype=int)
    for k in np.unique(labels):
        rank[labels == k] = np.arange((labels == k).sum())
    return np.lexsort((labels, rank))
