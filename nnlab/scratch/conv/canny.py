"""Canny's edge detector, one function a step: smooth, gradient, thin, two thresholds, hysteresis.

Source: Canny (1986), A computational approach to edge detection, IEEE PAMI 8(6), 679-698. In the details (Sobel's
gradient, interpolation between neighbours, no edges on the frame) it follows scikit-image, to whose result it is equal.
"""

from typing import Any, NamedTuple

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import finite, positive, same_shape
from nnlab.scratch.conv.definition import plane
from nnlab.scratch.conv.kernels import KERNELS, filter_image, gaussian_weights

NEIGHBOURS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]


class Gradient(NamedTuple):
    """Of an image: how much brighter it gets to the right (x) and downwards (y), and the length of that vector."""

    x: np.ndarray
    y: np.ndarray
    magnitude: np.ndarray


def canny(image: Any, sigma: float = 1.0, low: float = 0.1, high: float = 0.2) -> np.ndarray:
    """Edges, one pixel wide: where the brightness changes most, and enough.

    Args:
        image: one channel, shape (height, width). The thresholds are meant for brightness from 0 to 1.
        sigma: of the Gaussian that removes the noise first, in pixels, above 0.
        low, high: thresholds on the magnitude of Sobel's gradient, which is 8 for a slope of 1 per pixel and 4 at a
            sharp step of 1 (before the smoothing).

    Returns:
        A boolean array of the shape of `image`, as skimage.feature.canny gives it.

    >>> image = np.tile([0, 0, 0, 0, 0.5, 1, 1, 1, 1], (7, 1))
    >>> canny(image)[3].nonzero()  # it is steepest at the grey pixel
    (array([4]),)
    """
    gradient = sobel_gradient(smooth(image, sigma))
    weak, strong = double_threshold(non_maximum_suppression(gradient), low, high)
    return hysteresis(weak, strong)


def smooth(image: Any, sigma: float) -> np.ndarray:
    """Blur by a Gaussian; at the border, by the part of it that lies on the image.

    Args:
        image: shape (height, width), finite.
        sigma: in pixels, above 0.

    >>> smooth([[1.0, 1.0, 4.0]], sigma=0.5).round(3)
    array([[1.001, 1.32 , 3.642]])
    """
    image = finite(plane(image, "image"), "image")
    row = gaussian_weights(sigma)[None]

    def blur(picture: np.ndarray) -> np.ndarray:
        return filter_image(filter_image(picture, row.T, "constant"), row, "constant")

    return blur(image) / blur(np.ones_like(image))


def sobel_gradient(image: Any) -> Gradient:
    """Sobel's two derivatives and the magnitude of the gradient, each of the shape of `image`.

    >>> sobel_gradient([[0.0, 1.0, 2.0, 3.0]]).x  # beyond the border the last pixel goes on
    array([[4., 8., 8., 4.]])
    """
    image = plane(image, "image")
    x, y = (filter_image(image, KERNELS[name]) for name in ("sobel_x", "sobel_y"))
    return Gradient(x, y, np.hypot(x, y))


def non_maximum_suppression(gradient: Gradient) -> np.ndarray:
    """The magnitude where none is larger one step ahead or behind, along the direction of the gradient; elsewhere 0.

    Those places lie between two of the eight neighbours; there the magnitude is interpolated. Where two pixels are
    equally steep both stay. The frame of the image, where neighbours are missing, is 0.

    >>> non_maximum_suppression(sobel_gradient([[0, 1, 5, 9, 9]] * 3))
    array([[ 0.,  0.,  0.,  0.,  0.],
           [ 0.,  0., 32.,  0.,  0.],
           [ 0.,  0.,  0.,  0.,  0.]])
    """
    thinned = np.zeros_like(gradient.magnitude)
    inner = np.s_[1:-1, 1:-1]
    x, y, here = (part[inner] for part in gradient)
    i, j = np.indices(here.shape) + 1
    sx, sy = np.sign(x).astype(int), np.sign(y).astype(int)
    ax, ay = np.abs(x), np.abs(y)
    steep = ay > ax  # the step leads to the row above or below, else to the column beside
    aside = np.minimum(ax, ay) / np.where(here > 0, np.maximum(ax, ay), 1)  # 0: straight there; 1: to its corner
    maximal = here > 0
    for way in (1, -1):
        straight = gradient.magnitude[i + way * sy * steep, j + way * sx * ~steep]
        corner = gradient.magnitude[i + way * sy, j + way * sx]
        maximal &= here >= (1 - aside) * straight + aside * corner
    thinned[inner] = np.where(maximal, here, 0)
    return thinned


def double_threshold(magnitude: Any, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """(weak, strong): where the magnitude is above 0 and at least `low`, but below `high`; and at least `high`.

    >>> double_threshold([[0.0, 1.0, 2.0, 3.0]], low=1, high=3)
    (array([[False,  True,  True, False]]), array([[False, False, False,  True]]))
    """
    magnitude = plane(magnitude, "magnitude")
    positive(low, "low", strict=False)
    if not positive(high, "high", strict=False) >= low:
        raise BadData(f"low is {low!r} and high is {high!r}; the low threshold is the smaller one")
    some = (magnitude > 0) & (magnitude >= low)
    strong = some & (magnitude >= high)
    return some & ~strong, strong


def hysteresis(weak: Any, strong: Any) -> np.ndarray:
    """The strong pixels, and the weak ones that touch one (sides or corners), or touch one that does, and so on.

    >>> hysteresis([[1, 1, 0, 0, 1]], [[0, 0, 1, 0, 0]])  # the last weak pixel stands alone
    array([[ True,  True,  True, False, False]])
    """
    waiting, edges = np.array(weak, dtype=bool), np.array(strong, dtype=bool)
    same_shape(waiting, edges, "weak and strong")
    left = set(zip(*waiting.nonzero(), strict=True))
    stack = list(zip(*edges.nonzero(), strict=True))
    while stack:
        i, j = stack.pop()
        for down, right in NEIGHBOURS:
            if (beside := (i + down, j + right)) in left:
                left.remove(beside)
                edges[beside] = True
                stack.append(beside)
    return edges
