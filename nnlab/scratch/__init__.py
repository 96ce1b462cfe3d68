"""Neural networks from scratch, with NumPy alone: what the chapters build by hand, in one place, to be read.

- `numerics.py`: sigmoid, softmax and cross-entropy that do not overflow; `losses.py`: losses and their gradients.
- `perceptron.py`: Rosenblatt's perceptron.
- `layer.py`, `dense.py`, `sequential.py`: a layer, and layers in a chain, with the backward pass by hand and their
  training; `mlp.py`: the multilayer perceptron.
- `autograd.py`: derivatives of anything, number by number; `neurons.py`: a network of such numbers.
- `optimisers.py` and `schedules.py`: SGD to AdamW, and learning rates over time.
- `checking.py`: gradients against differences.
- `conv`: convolutions, poolings, named kernels, Canny's edges.
"""

from nnlab.scratch import conv, schedules
from nnlab.scratch.autograd import Value, dot
from nnlab.scratch.checking import GradientReport, gradient_check
from nnlab.scratch.dense import Dense
from nnlab.scratch.layer import Layer
from nnlab.scratch.losses import (
    Loss,
    binary_cross_entropy_gradient,
    cross_entropy_gradient,
    mean_squared_error,
    mean_squared_error_gradient,
)
from nnlab.scratch.mlp import MLP
from nnlab.scratch.neurons import ValueMLP
from nnlab.scratch.numerics import binary_cross_entropy, cross_entropy, log_softmax, sigmoid, softmax
from nnlab.scratch.optimisers import SGD, AdaGrad, Adam, AdamW, Optimizer, RMSprop
from nnlab.scratch.perceptron import Perceptron
from nnlab.scratch.sequential import Sequential

__all__ = [
    "MLP",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Dense",
    "GradientReport",
    "Layer",
    "Loss",
    "Optimizer",
    "Perceptron",
    "RMSprop",
    "Sequential",
    "Value",
    "ValueMLP",
    "binary_cross_entropy",
    "binary_cross_entropy_gradient",
    "conv",
    "cross_entropy",
    "cross_entropy_gradient",
    "dot",
    "gradient_check",
    "log_softmax",
    "mean_squared_error",
    "mean_squared_error_gradient",
    "schedules",
    "sigmoid",
    "softmax",
]
