"""What cross-correlation and convolution are, in plain loops: one grey image, one kernel. To be read, and slow."""

from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import floats
from nnlab.scratch.conv.windows import Padding, Pair, windows


def correlate2d(image: Any, kernel: Any, *, stride: Pair = 1, padding: Padding = 0, dilation: Pair = 1) -> np.ndarray:
    """Cross-correlation: lay the kernel on the image as it is, multiply what lies on each other, add up, move on.

    out[i, j] = Σᵤ Σᵥ image[s i + d u, s j + d v] kernel[u, v], with stride s and dilation d. This is what
    neural networks call a convolution.

    Args:
        image: shape (height, width).
        kernel: shape (kh, kw).
        stride, padding, dilation: as in `conv2d`.

    Returns:
        An array of the height and width that `output_size` gives.

    >>> correlate2d([[0, 0, 0, 9, 9]], [[-1, 0, 1]])  # above 0 where it gets brighter to the right
    array([[0., 9., 9.]])
    """
    image, kernel = plane(image, "image"), plane(kernel, "kernel")
    v, h = shape = windows(kernel.shape, stride, padding, dilation)
    out = np.zeros(shape.output(image.shape), np.result_type(image, kernel))
    image = np.pad(image, ((v.before, v.after), (h.before, h.after)))
    for i, j in np.ndindex(out.shape):
        for u, w in np.ndindex(kernel.shape):
            out[i, j] += image[v.stride * i + v.dilation * u, h.stride * j + h.dilation * w] * kernel[u, w]
    return out


def convolve2d(image: Any, kernel: Any, *, stride: Pair = 1, padding: Padding = 0, dilation: Pair = 1) -> np.ndarray:
    """Convolution: turn the kernel by 180°, then cross-correlate.

    The turn makes it commute and associate: two blurs in a row are one blur by a convolved kernel. For a kernel that is
    the same after the turn, such as a Gaussian, both operations agree; for one of Sobel's the sign changes.

    Args and returns: as in `correlate2d`.

    >>> convolve2d([[0, 0, 0, 9, 9]], [[-1, 0, 1]])
    array([[ 0., -9., -9.]])
    >>> convolve2d([[1, 2, 3]], [[1, 10]], padding=((0, 0), (1, 1)))  # 321 · 01, carried out by hand
    array([[ 1., 12., 23., 30.]])
    """
    turned = plane(kernel, "kernel")[::-1, ::-1]
    return correlate2d(image, turned, stride=stride, padding=padding, dilation=dilation)


def plane(values: Any, name: str) -> np.ndarray:
    """One grey image, or one kernel: shape (height, width), not empty."""
    array = floats(values, name)
    if array.ndim != 2 or array.size == 0:
        raise BadData(f"{name} has shape {array.shape}; it is (height, width), one channel, such as a grey image")
    return array
