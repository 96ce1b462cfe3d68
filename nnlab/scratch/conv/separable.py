"""Convolutions taken apart: each channel on its own, then the channels; or the columns of a kernel, then its rows."""

from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import finite
from nnlab.scratch.conv.convolution import conv2d
from nnlab.scratch.conv.definition import plane
from nnlab.scratch.conv.windows import Padding, Pair, images


def depthwise_conv2d(
    x: Any, weight: Any, bias: Any = None, *, stride: Pair = 1, padding: Padding = 0, dilation: Pair = 1
) -> np.ndarray:
    """A convolution in which each kernel sees one channel: `conv2d` with as many groups as channels.

    Args:
        x: shape (n, c, height, width).
        weight: shape (c · m, 1, kh, kw): m kernels for each channel in turn.
        bias: shape (c · m,), or None.
        stride, padding, dilation: as in `conv2d`.

    Returns:
        Shape (n, c · m, ·, ·).

    >>> x = np.arange(1.0, 5.0).reshape(1, 2, 1, 2)  # two channels of two pixels
    >>> depthwise_conv2d(x, [[[[1.0, 1.0]]], [[[0.0, 10.0]]]]).ravel()
    array([ 3., 40.])
    """
    x = images(x)
    return conv2d(x, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=x.shape[1])


def depthwise_separable_conv2d(
    x: Any,
    depthwise: Any,
    pointwise: Any,
    bias: Any = None,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
) -> np.ndarray:
    """A depthwise convolution, which looks around, then a pointwise one (1 × 1), which mixes the channels.

    Args:
        x: shape (n, c, height, width).
        depthwise: shape (c · m, 1, kh, kw).
        pointwise: shape (f, c · m, 1, 1).
        bias: of the pointwise one, shape (f,), or None.
        stride, padding, dilation: of the depthwise one, as in `conv2d`.

    Returns:
        Shape (n, f, ·, ·): what one `conv2d` with the weight pointwise[f, c] · depthwise[c] gives (for m = 1).

    Source: Howard et al. (2017), MobileNets, section 3.1 (which puts batch norm and a ReLU after each of the two).

    >>> x = np.arange(1.0, 5.0).reshape(1, 2, 1, 2)
    >>> depthwise_separable_conv2d(x, [[[[1.0, 1.0]]], [[[0.0, 10.0]]]], [[[[1.0]], [[0.5]]]])  # 3 + 40 / 2
    array([[[[23.]]]])
    """
    each = depthwise_conv2d(x, depthwise, stride=stride, padding=padding, dilation=dilation)
    return conv2d(each, pointwise, bias)


def separate(kernel: Any) -> tuple[np.ndarray, np.ndarray]:
    """A column and a row whose product is the kernel, so that kh + kw multiplications do the work of kh · kw.

    Args:
        kernel: shape (kh, kw), of rank one, such as a box, a Gaussian or Sobel's. A Laplacian is none.

    Returns:
        (column, row), shapes (kh, 1) and (1, kw): filter with the one, then with the other. The row is that of the
        kernel's largest number (regardless of signs), where the column is 1.

    Raises:
        BadData: a kernel of another rank.

    >>> separate([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    (array([[0.5], [1. ], [0.5]]), array([[-2., 0., 2.]]))
    """
    kernel = finite(plane(kernel, "kernel"), "kernel")
    i, j = np.unravel_index(np.abs(kernel).argmax(), kernel.shape)
    largest = kernel[i, j]
    column, row = kernel[:, j : j + 1] / (largest or 1), kernel[i : i + 1]
    if not largest or np.abs(column * row - kernel).max() > 8 * np.finfo(kernel.dtype).eps * abs(largest):
        rank = np.linalg.matrix_rank(kernel)
        raise BadData(f"the kernel has rank {rank}; only one of rank 1 is the product of a column and a row")
    return column, row
