"""Which training images lie nearest in pixel space, and how often they lie suspiciously near."""

from functools import cache
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from nnlab.errors import BadData, TooFewSamples
from nnlab.quality.checks import SIDE, as_images, whole
from nnlab.quality.real import digits


def nearest(images: Any, training: Any = None, n: int = 1) -> np.ndarray:
    """The rows of the training images that are nearest to each image, in pixels (Euclidean), the nearest first.

    Args:
        images: [m, 28, 28], uint8 or floats from 0 to 1.
        training: images likewise. None: the 4000 training digits, rows of `quality.digits().training`.
        n: how many, at most as many as there are training images.

    Returns:
        Whole numbers [m, n].

    Raises:
        BadData: no such images, or another n.

    >>> images = digits().training
    >>> nearest(images[[7, 3]], n=2)[:, 0]
    array([7, 3])
    """
    x, pixels, n = _pixels(images, "images"), _training(training), whole(n, "n", 1)
    if n > len(pixels):
        raise BadData(f"{n} neighbours are asked for, of {len(pixels)} training images")
    return _search(pixels).kneighbors(x, n, return_distance=False)


def near_copies(images: Any, training: Any = None, within: float = 0.5) -> float:
    """The share of images that lie suspiciously near to a training image, in pixels (Euclidean).

    Near is: nearer than `within` times the usual distance, which is the median over the training images of the
    distance from one to its nearest other. Of the 1000 real test digits 6.7 % are that near, all but one of them a 1,
    a digit with little variety: that is the share to compare with. A copy that was moved by a pixel is not found.

    Args:
        images: [m, 28, 28], uint8 or floats from 0 to 1.
        training: images likewise, two or more. None: the 4000 training digits.
        within: a share of the usual distance, above 0.

    Raises:
        BadData: no such images, or another `within`.
        TooFewSamples: fewer than two training images.

    >>> round(near_copies(digits().test), 3)
    0.067
    """
    x, pixels = _pixels(images, "images"), _training(training)
    if isinstance(within, bool) or not isinstance(within, (int, float)) or not 0 < within < float("inf"):
        raise BadData(f"within is {within!r}; expected a number above 0")
    usual = _usual_distance_of_digits() if training is None else _usual_distance(pixels)
    distances, _ = _search(pixels).kneighbors(x, 1)
    return float((distances < within * usual).mean())


def _training(training: Any) -> np.ndarray:
    return _pixels(digits().training if training is None else training, "training")


def _pixels(images: Any, name: str) -> np.ndarray:
    return as_images(images, name).reshape(-1, SIDE * SIDE).astype(np.float64)


def _search(pixels: np.ndarray) -> NearestNeighbors:
    return NearestNeighbors(n_neighbors=1, algorithm="brute").fit(pixels)


def _usual_distance(pixels: np.ndarray) -> float:
    if len(pixels) < 2:
        raise TooFewSamples("training has one image; without another it is not known what is near")
    distances, _ = _search(pixels).kneighbors()  # of each to its nearest other
    return float(np.median(distances))


@cache
def _usual_distance_of_digits() -> float:
    return _usual_distance(_training(None))
