"""The windows that a kernel reads: where they lie, their numbers as columns (im2col), and the way back (col2im)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnlab.errors import BadData
from nnlab.scratch.checks import floats, whole

Pair = int | tuple[int, int]
Padding = int | str | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Axis:
    """How a kernel walks along one axis: its length, its step, the zeros before and after, the distance of its taps."""

    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def extent(self) -> int:
        """From the first tap to the last, both included."""
        return self.dilation * (self.kernel - 1) + 1

    def positions(self, size: int) -> int:
        """On how many positions the kernel fits into `size` numbers: what the output has along this axis."""
        return (size + self.before + self.after - self.extent) // self.stride + 1

    def reach(self, positions: int) -> int:
        """How many numbers, without the padding, so many positions meet: the inverse of `positions`."""
        return (positions - 1) * self.stride + self.extent - self.before - self.after

    def seen_by(self, tap: int, positions: int) -> slice:
        """The padded numbers that one tap of the kernel meets on its way."""
        first = tap * self.dilation
        return slice(first, first + (positions - 1) * self.stride + 1, self.stride)


class Windows(NamedTuple):
    """The windows of a kernel in two dimensions; made by `windows`."""

    vertical: Axis
    horizontal: Axis

    def output(self, size: tuple[int, ...]) -> tuple[int, int]:
        """The height and width of the output, for the height and width of the input.

        Raises:
            BadData: the kernel is larger than the padded input.
        """
        (height, width), (v, h) = size, self
        padded = height + v.before + v.after, width + h.before + h.after
        if v.extent > padded[0] or h.extent > padded[1]:
            raise BadData(
                f"the kernel covers {v.extent} × {h.extent} pixels, dilation included, and the padded image has only "
                f"{padded[0]} × {padded[1]}; take a smaller kernel, less dilation, or more padding"
            )
        return v.positions(height), h.positions(width)

    def read(self, x: np.ndarray, fill: float = 0.0) -> np.ndarray:
        """What each tap sees at each position: a view of the padded x, shape (n, c, kh, kw, height, width).

        Height and width are those of the output, n and c those of x, shape (n, c, ·, ·). `fill` is the padding.
        """
        v, h = self
        self.output(x.shape[2:])
        x = np.pad(x, ((0, 0), (0, 0), (v.before, v.after), (h.before, h.after)), constant_values=fill)
        all_windows = sliding_window_view(x, (v.extent, h.extent), axis=(2, 3))
        return all_windows[:, :, :: v.stride, :: h.stride, :: v.dilation, :: h.dilation].transpose(0, 1, 4, 5, 2, 3)

    def add(self, columns: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
        """Put numbers in the shape that `read` gives back to the pixels they came from, and add up what meets there.

        This is the adjoint of `read`: <read(x), columns> = <x, add(columns)>. So it carries gradients back.

        Args:
            columns: shape (n, c, kh, kw, height, width).
            size: of the image, which may reach further than the last position.

        Returns:
            Shape (n, c, *size): the image without its padding.
        """
        v, h = self
        n, c, kh, kw, height, width = columns.shape
        padded = np.zeros((n, c, size[0] + v.before + v.after, size[1] + h.before + h.after), columns.dtype)
        for i in range(kh):  # one addition a tap: within it no two positions meet the same pixel
            for j in range(kw):
                padded[:, :, v.seen_by(i, height), h.seen_by(j, width)] += columns[:, :, i, j]
        return padded[:, :, v.before : v.before + size[0], h.before : h.before + size[1]]


def windows(kernel: Pair, stride: Pair = 1, padding: Padding = 0, dilation: Pair = 1) -> Windows:
    """The windows of a kernel of this size.

    Args:
        kernel: its size. Here and below, one number is meant for both axes, a pair is (vertical, horizontal).
        stride: the step from one position to the next, 1 or more.
        padding: how many zeros around the image: a number, a pair, or ((above, below), (left, right)). "valid" is 0;
            "same" keeps the size at stride 1, and puts an odd zero below and to the right, as PyTorch does.
        dilation: the distance between neighbouring taps of the kernel, 1 or more.
    """
    (kh, kw), (sh, sw), (dh, dw) = pair(kernel, "kernel"), pair(stride, "stride"), pair(dilation, "dilation")
    if padding == "same":
        if (sh, sw) != (1, 1):
            raise BadData(f"padding='same' keeps the size at stride 1 only, and stride is {stride!r}; give numbers")
        spare_v, spare_h = dh * (kh - 1), dw * (kw - 1)
        padding = (spare_v // 2, spare_v - spare_v // 2), (spare_h // 2, spare_h - spare_h // 2)
    elif padding == "valid":
        padding = 0
    if isinstance(padding, str):
        raise BadData(f"padding is {padding!r}; choose 'same', 'valid', a number, or ((above, below), (left, right))")
    along_v, along_h = padding if isinstance(padding, (tuple, list)) and len(padding) == 2 else (padding, padding)
    (above, below), (left, right) = pair(along_v, "padding", 0), pair(along_h, "padding", 0)
    return Windows(Axis(kh, sh, above, below, dh), Axis(kw, sw, left, right, dw))


def output_size(
    size: Pair, kernel: Pair, stride: Pair = 1, padding: Padding = 0, dilation: Pair = 1
) -> int | tuple[int, int]:
    """How large the output of a convolution or a pooling is: ⌊(n + p - d (k - 1) - 1) / s⌋ + 1, p of both sides.

    Args:
        size: n: one number for a square image, or (height, width).
        kernel, stride, padding, dilation: k, s, p, d, as in `conv2d`.

    Returns:
        One number where `size` is one and the output is a square, else (height, width).

    >>> output_size(224, kernel=7, stride=2, padding=3)
    112
    >>> output_size((28, 20), kernel=(5, 3))
    (24, 18)
    """
    height, width = windows(kernel, stride, padding, dilation).output(pair(size, "size"))
    return height if height == width and not isinstance(size, (tuple, list)) else (height, width)


def im2col(x: Any, kernel: Pair, stride: Pair = 1, padding: Padding = 0, dilation: Pair = 1) -> np.ndarray:
    """Every window of the images as a column, as torch.nn.functional.unfold does.

    Args:
        x: shape (n, c, height, width).
        kernel, stride, padding, dilation: as in `conv2d`.

    Returns:
        Shape (n, c · kh · kw, positions).

    >>> im2col(np.arange(9.0).reshape(1, 1, 3, 3), kernel=2)[0]
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.],
           [3., 4., 6., 7.],
           [4., 5., 7., 8.]])
    """
    x = images(x)
    seen = windows(kernel, stride, padding, dilation).read(x)
    n, c, kh, kw, height, width = seen.shape
    return seen.reshape(n, c * kh * kw, height * width)


def images(x: Any, name: str = "x") -> np.ndarray:
    """`x` as an array (images, channels, height, width) of floats; of whole numbers it makes float64."""
    x = floats(x, name)
    if x.ndim != 4 or 0 in x.shape[1:]:
        raise BadData(
            f"{name} has shape {x.shape}; it is (images, channels, height, width). One grey image: {name}[None, None]"
        )
    return x


def pair(value: Any, name: str, least: int = 1) -> tuple[int, int]:
    """(vertical, horizontal): two whole numbers, from one for both or from two."""
    if not isinstance(value, (tuple, list)):
        value = value, value
    if len(value) != 2:
        raise BadData(f"{name} is {value!r}; it is one whole number, or two: (vertical, horizontal)")
    return whole(value[0], name, least), whole(value[1], name, least)
