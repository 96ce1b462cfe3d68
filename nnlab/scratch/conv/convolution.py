"""The convolution of neural networks, fast, and its derivatives.

Each window of the image becomes a column of a matrix (im2col); each kernel is a row of another. Then the layer is one
product of the two, and its derivatives are the derivatives of a product.
"""

from typing import Any, NamedTuple

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import floats, whole
from nnlab.scratch.conv.windows import Padding, Pair, images, windows


class ConvGradients(NamedTuple):
    """dL/dx, dL/dweight and dL/dbias, each of the shape of what it belongs to."""

    x: np.ndarray
    weight: np.ndarray
    bias: np.ndarray


def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """Cross-correlate images with kernels, as torch.nn.functional.conv2d does.

    Output channel f at a position is bias[f] + Σ over channels c and taps (u, v) of x · weight[f, c, u, v].

    Args:
        x: shape (n, c, height, width). float32 stays float32 where all that is given is float32.
        weight: shape (f, c / groups, kh, kw): f kernels.
        bias: shape (f,), or None.
        stride: the step from one position to the next: one number, or (vertical, horizontal).
        padding: zeros around the image: a number, (vertical, horizontal), ((above, below), (left, right)), "valid" for
            none, or "same" for as many as keep the size (at stride 1).
        dilation: the distance between neighbouring taps of the kernel.
        groups: in how many groups the channels are taken, each by its own f / groups kernels; divides c and f. With
            groups = c each kernel sees one channel: a depthwise convolution.

    Returns:
        Shape (n, f, *output_size((height, width), (kh, kw), stride, padding, dilation)).

    Raises:
        BadData: shapes that do not fit each other, or a kernel larger than the padded image.

    Source: Chellapilla, Puri, Simard (2006), High performance convolutional neural networks for document processing.

    >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
    >>> conv2d(x, np.ones((1, 1, 2, 2)) / 4, [10.0], stride=2)  # means of four, plus 10
    array([[[[12.5, 14.5],
             [20.5, 22.5]]]])
    """
    x, weight = _fitting(x, weight, groups)
    bias = None if bias is None else bias_of(bias, len(weight))
    shape = windows(weight.shape[2:], stride, padding, dilation)
    columns = columns_of(shape.read(x), groups)
    out = (rows_of(weight, groups) @ columns).reshape(len(x), len(weight), *shape.output(x.shape[2:]))
    return out if bias is None else out + bias[:, None, None]


def conv2d_backward(
    gradient: Any,
    x: Any,
    weight: Any,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> ConvGradients:
    """From the derivative of a loss by the output of `conv2d` to those by its inputs.

    With Y = W X, where the columns of X are the windows: dL/dW = dL/dY Xᵀ, and dL/dX = Wᵀ dL/dY, whose columns go back
    to the pixels they came from; a pixel adds up what all its windows say.

    Args:
        gradient: dL/dy, of the shape of the output.
        x, weight, stride, padding, dilation, groups: as given to `conv2d`.

    >>> gradients = conv2d_backward(np.ones((1, 1, 1, 3)), np.arange(5.0).reshape(1, 1, 1, 5), [[[[2.0, 0.0, 1.0]]]])
    >>> gradients.x  # the first pixel meets the first tap only, the third one the first tap and the last
    array([[[[2., 2., 3., 1., 1.]]]])
    >>> gradients.weight, gradients.bias
    (array([[[[3., 6., 9.]]]]), array([3.]))
    """
    x, weight = _fitting(x, weight, groups)
    shape = windows(weight.shape[2:], stride, padding, dilation)
    gradient = floats(gradient, "gradient")
    expected = len(x), len(weight), *shape.output(x.shape[2:])
    if gradient.shape != expected:
        raise BadData(f"the gradient has shape {gradient.shape}; it has that of the output, {expected}")
    by_weight = weight_gradient(gradient, columns_of(shape.read(x), groups), groups).reshape(weight.shape)
    by_x = shape.add(spread(gradient, weight, groups), x.shape[2:])
    return ConvGradients(by_x, by_weight, gradient.sum(axis=(0, 2, 3)))


def columns_of(seen: np.ndarray, groups: int) -> np.ndarray:
    """Windows as columns, group by group: shape (n, groups, c / groups · kh · kw, positions)."""
    n, c, kh, kw, height, width = seen.shape
    return seen.reshape(n, groups, c // groups * kh * kw, height * width)  # here the pixels are copied


def rows_of(weight: np.ndarray, groups: int) -> np.ndarray:
    """The kernels as rows, group by group: shape (groups, f / groups, c / groups · kh · kw)."""
    return weight.reshape(groups, len(weight) // groups, -1)


def weight_gradient(gradient: np.ndarray, columns: np.ndarray, groups: int) -> np.ndarray:
    """dL/dY Xᵀ, added up over the images: of the shape of `rows_of(weight, groups)`."""
    n, f, height, width = gradient.shape
    by_group = gradient.reshape(n, groups, f // groups, height * width)
    return (by_group @ columns.swapaxes(2, 3)).sum(axis=0)


def spread(y: np.ndarray, weight: np.ndarray, groups: int) -> np.ndarray:
    """Wᵀ y: what each number of y sends to each tap of its window, shape (n, c, kh, kw, height, width).

    y has shape (n, f, height, width); so `Windows.add` can put it on the image.
    """
    n, f, height, width = y.shape
    _, c, kh, kw = weight.shape
    sent = rows_of(weight, groups).swapaxes(1, 2) @ y.reshape(n, groups, f // groups, height * width)
    return sent.reshape(n, groups * c, kh, kw, height, width)


def _fitting(x: Any, weight: Any, groups: int) -> tuple[np.ndarray, np.ndarray]:
    x, weight = images(x), floats(weight, "weight")
    if weight.ndim != 4 or weight.size == 0:
        raise BadData(f"weight has shape {weight.shape}; it is (outputs, channels / groups, height, width)")
    c, f = x.shape[1], len(weight)
    if c % whole(groups, "groups", 1) or f % groups:
        raise BadData(f"groups is {groups}; it must divide the {c} channels of x and the {f} kernels of weight")
    if weight.shape[1] * groups != c:
        needed = (f, c // groups, *weight.shape[2:])
        raise BadData(
            f"x has shape {x.shape}, so {c} channels, and weight has shape {weight.shape}, so each kernel reads "
            f"{weight.shape[1]}; with groups={groups} give weight the shape {needed}"
        )
    return x, weight


def bias_of(bias: Any, outputs: int) -> np.ndarray:
    bias = floats(bias, "bias")
    if bias.shape != (outputs,):
        raise BadData(f"bias has shape {bias.shape}; weight has {outputs} kernels, so it must be ({outputs},)")
    return bias
