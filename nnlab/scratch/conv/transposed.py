"""Transposed convolution: what carries the gradient of a convolution back, used to go forward and enlarge an image."""

from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import floats, whole
from nnlab.scratch.conv.convolution import ConvGradients, bias_of, columns_of, rows_of, spread, weight_gradient
from nnlab.scratch.conv.windows import Padding, Pair, Windows, images, pair, windows


def conv_transpose2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """Each pixel puts its multiple of the kernel onto the output, as torch.nn.functional.conv_transpose2d does.

    Where the kernels overlap they add up. `conv2d` is a matrix times the image; this is the transpose of that matrix,
    not its inverse: it gives back the size, and not the image.

    Args:
        x: shape (n, c, height, width).
        weight: shape (c, f / groups, kh, kw): for a `conv2d` the weight that leads from f channels to c.
        bias: shape (f,), or None.
        stride: how far apart neighbouring pixels lay their kernels: the enlargement.
        padding: how much is cut off the output, as in `conv2d`, whose padding this undoes.
        output_padding: rows and columns more, below and to the right: a strided `conv2d` takes images of several sizes
            to one, and this chooses among them. Less than the stride or the dilation.
        dilation, groups: as in `conv2d`.

    Returns:
        Shape (n, f, *transposed_output_size((height, width), (kh, kw), stride, padding, output_padding, dilation)).

    Raises:
        BadData: shapes that do not fit each other, or nothing left of the output.

    Source: Zeiler, Krishnan, Taylor, Fergus (2010), Deconvolutional networks; Dumoulin and Visin (2016), A guide to
    convolution arithmetic for deep learning, chapter 4.

    >>> conv_transpose2d([[[[1.0, 10.0]]]], [[[[1.0, 2.0, 3.0]]]], stride=2)
    array([[[[ 1.,  2., 13., 20., 30.]]]])
    """
    x, weight = _fitting(x, weight, groups)
    bias = None if bias is None else bias_of(bias, weight.shape[1] * groups)
    shape = windows(weight.shape[2:], stride, padding, dilation)
    out = shape.add(spread(x, weight, groups), _size(x.shape[2:], shape, output_padding))
    return out if bias is None else out + bias[:, None, None]


def conv_transpose2d_backward(
    gradient: Any,
    x: Any,
    weight: Any,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> ConvGradients:
    """From the derivative of a loss by the output of `conv_transpose2d` to those by its inputs.

    The transpose of a transpose: dL/dx is `conv2d` of the gradient with the same weight.

    Args:
        gradient: dL/dy, of the shape of the output.
        x, weight, and the settings: as given to `conv_transpose2d`.

    >>> conv_transpose2d_backward(np.ones((1, 1, 1, 5)), [[[[1.0, 10.0]]]], [[[[1.0, 2.0, 3.0]]]], stride=2).x
    array([[[[6., 6.]]]])
    """
    x, weight = _fitting(x, weight, groups)
    shape = windows(weight.shape[2:], stride, padding, dilation)
    gradient = floats(gradient, "gradient")
    n, _, height, width = x.shape
    expected = n, weight.shape[1] * groups, *_size((height, width), shape, output_padding)
    if gradient.shape != expected:
        raise BadData(f"the gradient has shape {gradient.shape}; it has that of the output, {expected}")
    # Where the dilation is above the stride, output_padding may make room for positions that no pixel of x has.
    columns = columns_of(shape.read(gradient)[..., :height, :width], groups)
    by_x = (rows_of(weight, groups) @ columns).reshape(x.shape)
    by_weight = weight_gradient(x, columns, groups).reshape(weight.shape)
    return ConvGradients(by_x, by_weight, gradient.sum(axis=(0, 2, 3)))


def transposed_output_size(
    size: Pair,
    kernel: Pair,
    stride: Pair = 1,
    padding: Padding = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
) -> int | tuple[int, int]:
    """How large the output of a transposed convolution is: (n - 1) s - p + d (k - 1) + 1 + q, p of both sides.

    Args:
        size: n: one number for a square image, or (height, width).
        kernel, stride, padding, output_padding, dilation: k, s, p, q, d, as in `conv_transpose2d`.

    Returns:
        One number where `size` is one and the output is a square, else (height, width).

    >>> transposed_output_size(7, kernel=4, stride=2, padding=1)  # twice as large, as in many generators
    14
    """
    height, width = _size(pair(size, "size"), windows(kernel, stride, padding, dilation), output_padding)
    return height if height == width and not isinstance(size, (tuple, list)) else (height, width)


def _size(size: tuple[int, ...], shape: Windows, output_padding: Pair) -> tuple[int, int]:
    more = pair(output_padding, "output_padding", 0)
    if any(extra >= max(axis.stride, axis.dilation) for extra, axis in zip(more, shape, strict=True)):
        raise BadData(f"output_padding is {output_padding!r}; it is less than the stride, or less than the dilation")
    height, width = (axis.reach(n) + extra for axis, n, extra in zip(shape, size, more, strict=True))
    if height < 1 or width < 1:
        raise BadData(f"of the output {height} × {width} pixels would be left; take less padding or a larger kernel")
    return height, width


def _fitting(x: Any, weight: Any, groups: int) -> tuple[np.ndarray, np.ndarray]:
    x, weight = images(x), floats(weight, "weight")
    if weight.ndim != 4 or weight.size == 0:
        raise BadData(f"weight has shape {weight.shape}; it is (channels, outputs / groups, height, width)")
    if len(weight) != x.shape[1]:
        raise BadData(
            f"x has shape {x.shape}, so {x.shape[1]} channels, and weight has shape {weight.shape}, for {len(weight)}; "
            f"a transposed weight is (channels of x, outputs / groups, height, width)"
        )
    if len(weight) % whole(groups, "groups", 1):
        raise BadData(f"groups is {groups}; it must divide the {len(weight)} channels of x")
    return x, weight
