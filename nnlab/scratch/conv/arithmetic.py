"""What convolutions see and what they cost, by counting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nnlab.errors import BadData
from nnlab.scratch.checks import whole
from nnlab.scratch.conv.windows import Padding, Pair, pair, windows


class ReceptiveField(NamedTuple):
    """Along one axis: output i depends on the input pixels from start + i · stride on, `size` of them.

    Attributes:
        size: how many pixels.
        stride: how far apart the fields of neighbouring outputs are; also called the jump.
        start: the first pixel that output 0 sees; below 0, it lies in the padding.
    """

    size: int
    stride: int
    start: int


def receptive_field(layers: Iterable[Sequence[int]]) -> ReceptiveField:
    """How many pixels one output of a chain of convolutions and poolings depends on, along one axis.

    Each layer adds d (k - 1) steps of the stride so far: r ← r + d (k - 1) j, then j ← j s.

    Args:
        layers: for each, from the input on, (kernel, stride, padding, dilation); what is left out is 1, 0, 1.

    Source: Araujo, Norris, Sim (2019), Computing receptive fields of convolutional neural networks, Distill.

    >>> receptive_field([(3,), (3,)])  # two 3 × 3 kernels see as much as one 5 × 5
    ReceptiveField(size=5, stride=1, start=0)
    >>> receptive_field([(5,), (2, 2), (5,), (2, 2), (5,)])  # LeNet-5 sees its whole input of 32 × 32
    ReceptiveField(size=32, stride=4, start=0)
    """
    size, jump, start = 1, 1, 0
    for number, layer in enumerate(layers):
        if not isinstance(layer, (tuple, list)) or not 1 <= len(layer) <= 4:
            raise BadData(
                f"layer {number} is {layer!r}; it is (kernel, stride, padding, dilation), or its first numbers"
            )
        kernel, stride, padding, dilation = tuple(layer) + (1, 0, 1)[len(layer) - 1 :]
        size += whole(dilation, "dilation", 1) * (whole(kernel, "kernel", 1) - 1) * jump
        start -= whole(padding, "padding", 0) * jump
        jump *= whole(stride, "stride", 1)
    return ReceptiveField(size, jump, start)


@dataclass(frozen=True)
class Cost:
    """What a layer costs for one image; the sum of two is that of both, one after the other.

    Attributes:
        parameters: weights and biases.
        multiply_adds: multiplications, each with its addition; other authors count two operations for each.
        shape: of the output, (channels, height, width).
    """

    parameters: int
    multiply_adds: int
    shape: tuple[int, int, int]

    def __add__(self, after: Cost) -> Cost:
        return Cost(self.parameters + after.parameters, self.multiply_adds + after.multiply_adds, after.shape)


def conv2d_cost(
    shape: tuple[int, int, int],
    outputs: int,
    kernel: Pair,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: int = 1,
    bias: bool = True,
) -> Cost:
    """The cost of a convolution: f c/g kh kw weights, each used once at every position of the output.

    Args:
        shape: of one input image, (channels, height, width).
        outputs: f, the number of kernels.
        kernel, stride, padding, dilation, groups: as in `conv2d`.
        bias: whether there are f biases. Adding them costs no multiplication.

    >>> full = conv2d_cost((32, 56, 56), 64, kernel=3, padding=1, bias=False)
    >>> full
    Cost(parameters=18432, multiply_adds=57802752, shape=(64, 56, 56))
    >>> depthwise = conv2d_cost((32, 56, 56), 32, kernel=3, padding=1, groups=32, bias=False)
    >>> both = depthwise + conv2d_cost(depthwise.shape, 64, kernel=1, bias=False)
    >>> both.multiply_adds / full.multiply_adds  # 1/64 + 1/9
    0.12673611111111...
    """
    if not isinstance(shape, (tuple, list)) or len(shape) != 3:
        raise BadData(f"shape is {shape!r}; it is (channels, height, width) of one image")
    channels, *size = (whole(number, "shape", 1) for number in shape)
    f, (kh, kw) = whole(outputs, "outputs", 1), pair(kernel, "kernel")
    if channels % whole(groups, "groups", 1) or f % groups:
        raise BadData(f"groups is {groups}; it must divide the {channels} channels and the {f} outputs")
    height, width = windows(kernel, stride, padding, dilation).output(tuple(size))
    weights = f * (channels // groups) * kh * kw
    return Cost(weights + f * bool(bias), weights * height * width, (f, height, width))
