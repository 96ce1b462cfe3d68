"""Pooling: one number for each window of each channel, its largest or its mean; and the way back for gradients."""

from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import floats
from nnlab.scratch.conv.windows import Pair, Windows, images, windows


def max_pool2d(x: Any, size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1) -> np.ndarray:
    """The largest number of each window, as torch.nn.functional.max_pool2d gives it.

    Args:
        x: shape (n, c, height, width).
        size: of the window: one number, or (vertical, horizontal).
        stride: the step from one window to the next; None for the size, so that windows do not overlap.
        padding: on both sides, at most half a window. What is padded never is the largest.
        dilation: the distance between neighbouring numbers of a window.

    Returns:
        Shape (n, c, *output_size((height, width), size, stride, padding, dilation)). Rows and columns that fill no
        window are left out.

    >>> max_pool2d([[[[1.0, 5.0, 2.0, 0.0, 9.0]]]], size=(1, 2))
    array([[[[5., 2.]]]])
    """
    return _candidates(images(x), _pool(size, stride, padding, dilation)).max(axis=2)


def max_pool2d_backward(
    gradient: Any, x: Any, size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1
) -> np.ndarray:
    """dL/dx of `max_pool2d`: each window hands its gradient to its largest number, of several to the first.

    Args:
        gradient: dL/dy, of the shape of the output.
        x, size, stride, padding, dilation: as given to `max_pool2d`.

    >>> max_pool2d_backward([[[[7.0, 8.0]]]], [[[[1.0, 5.0, 2.0, 2.0, 9.0]]]], size=(1, 2))
    array([[[[0., 7., 8., 0., 0.]]]])
    """
    x, shape = images(x), _pool(size, stride, padding, dilation)
    candidates = _candidates(x, shape)
    gradient = _fitting(gradient, x, shape)
    shares = np.zeros(candidates.shape, gradient.dtype)
    np.put_along_axis(shares, candidates.argmax(axis=2, keepdims=True), gradient[:, :, None], axis=2)
    return _back(shares, x, shape)


def avg_pool2d(x: Any, size: Pair, stride: Pair | None = None, padding: Pair = 0) -> np.ndarray:
    """The mean of each window, as torch.nn.functional.avg_pool2d gives it.

    Args:
        x, size, stride: as in `max_pool2d`.
        padding: zeros on both sides, at most half a window. They count in the mean.

    >>> avg_pool2d([[[[1.0, 5.0, 2.0, 0.0, 9.0]]]], size=(1, 2))
    array([[[[3., 1.]]]])
    """
    return _pool(size, stride, padding).read(images(x)).mean(axis=(2, 3))


def avg_pool2d_backward(gradient: Any, x: Any, size: Pair, stride: Pair | None = None, padding: Pair = 0) -> np.ndarray:
    """dL/dx of `avg_pool2d`: each window hands every one of its k numbers a k-th of its gradient.

    Args:
        gradient: dL/dy, of the shape of the output.
        x, size, stride, padding: as given to `avg_pool2d`. Of x only the shape matters.

    >>> avg_pool2d_backward([[[[6.0, 8.0]]]], np.zeros((1, 1, 1, 5)), size=(1, 2))
    array([[[[3., 3., 4., 4., 0.]]]])
    """
    x, shape = images(x), _pool(size, stride, padding)
    gradient = _fitting(gradient, x, shape)
    numbers = shape.vertical.kernel * shape.horizontal.kernel
    return _back(np.repeat(gradient[:, :, None] / numbers, numbers, axis=2), x, shape)


def _pool(size: Pair, stride: Pair | None, padding: Pair, dilation: Pair = 1) -> Windows:
    shape = windows(size, size if stride is None else stride, padding, dilation)
    if any(2 * max(axis.before, axis.after) > axis.extent for axis in shape):
        raise BadData(f"padding is {padding!r}; at most half of the window, {size!r}, may lie outside")
    return shape


def _candidates(x: np.ndarray, shape: Windows) -> np.ndarray:
    """The numbers of each window along axis 2: shape (n, c, kh · kw, height, width); padding is -∞."""
    seen = shape.read(x, fill=-np.inf)
    n, c, kh, kw, height, width = seen.shape
    return seen.reshape(n, c, kh * kw, height, width)


def _fitting(gradient: Any, x: np.ndarray, shape: Windows) -> np.ndarray:
    gradient, expected = floats(gradient, "gradient"), (*x.shape[:2], *shape.output(x.shape[2:]))
    if gradient.shape != expected:
        raise BadData(f"the gradient has shape {gradient.shape}; it has that of the output, {expected}")
    return gradient


def _back(shares: np.ndarray, x: np.ndarray, shape: Windows) -> np.ndarray:
    n, c, _, height, width = shares.shape
    columns = shares.reshape(n, c, shape.vertical.kernel, shape.horizontal.kernel, height, width)
    return shape.add(columns, x.shape[2:])
