"""Convolutions from scratch, with NumPy alone.

- `definition.py`: cross-correlation and convolution, in loops.
- `windows.py`: padding, stride, dilation, output sizes; im2col and col2im.
- `convolution.py`: the convolution of neural networks as one product of matrices, and its backward pass;
  `transposed.py`: its transpose; `separable.py`: depthwise and separable ones; `pooling.py`: the largest, the mean.
- `arithmetic.py`: receptive fields and costs.
- `kernels.py`: Sobel, Gaussian and others with names; `canny.py`: Canny's edges, step by step.
- `layers.py`: convolution, pooling and flattening as layers of a `Sequential`.
"""

from nnlab.scratch.conv.arithmetic import Cost, ReceptiveField, conv2d_cost, receptive_field
from nnlab.scratch.conv.canny import (
    Gradient,
    canny,
    double_threshold,
    hysteresis,
    non_maximum_suppression,
    smooth,
    sobel_gradient,
)
from nnlab.scratch.conv.convolution import ConvGradients, conv2d, conv2d_backward
from nnlab.scratch.conv.definition import convolve2d, correlate2d
from nnlab.scratch.conv.kernels import KERNELS, box, filter_image, gaussian, gaussian_weights, unsharp
from nnlab.scratch.conv.layers import AvgPool2d, Conv2d, Flatten, MaxPool2d
from nnlab.scratch.conv.pooling import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward
from nnlab.scratch.conv.separable import depthwise_conv2d, depthwise_separable_conv2d, separate
from nnlab.scratch.conv.transposed import conv_transpose2d, conv_transpose2d_backward, transposed_output_size
from nnlab.scratch.conv.windows import im2col, output_size

__all__ = [
    "KERNELS",
    "AvgPool2d",
    "Conv2d",
    "ConvGradients",
    "Cost",
    "Flatten",
    "Gradient",
    "MaxPool2d",
    "ReceptiveField",
    "avg_pool2d",
    "avg_pool2d_backward",
    "box",
    "canny",
    "conv2d",
    "conv2d_backward",
    "conv2d_cost",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "convolve2d",
    "correlate2d",
    "depthwise_conv2d",
    "depthwise_separable_conv2d",
    "double_threshold",
    "filter_image",
    "gaussian",
    "gaussian_weights",
    "hysteresis",
    "im2col",
    "max_pool2d",
    "max_pool2d_backward",
    "non_maximum_suppression",
    "output_size",
    "receptive_field",
    "separate",
    "smooth",
    "sobel_gradient",
    "transposed_output_size",
    "unsharp",
]
