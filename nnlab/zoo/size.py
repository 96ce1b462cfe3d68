"""How large a net is, and what it costs."""

from itertools import chain
from typing import Any

import torch
from torch import nn
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(model: nn.Module) -> int:
    """How many numbers the model can learn: those of its parameters that require a gradient, each counted once.

    The mean and variance that batch normalisation keeps are not learnt, and not counted; Keras's totals have them too.

    >>> count_parameters(nn.Linear(3, 2))
    8
    """
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def multiply_adds(model: nn.Module, input_shape: tuple[int, ...] | None = None) -> int:
    """How many products the convolutions and dense layers add up for one input: what papers call FLOPs or MAdds.

    Nothing is computed, so it is quick whatever the size. The count is that of the mode that the model is in.

    Args:
        model: on any device; it is not changed.
        input_shape: of one input, without the batch. None: the model's own `input_shape`.

    >>> multiply_adds(nn.Conv2d(3, 8, kernel_size=5), (3, 32, 32)) == 28 * 28 * 8 * 3 * 5 * 5
    True
    """
    shape: Any = model.input_shape if input_shape is None else input_shape
    ghost = {name: tensor.to("meta") for name, tensor in chain(model.named_parameters(), model.named_buffers())}
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        functional_call(model, ghost, torch.empty(2, *shape, device="meta"))  # one is too few to normalise in training
    return counter.get_total_flops() // 4  # two inputs; a product and a sum
