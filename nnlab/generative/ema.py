"""A slow copy of a network: the moving average of its weights, which makes better samples than the last weights do."""

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

from nnlab.errors import BadData

Net = TypeVar("Net", bound=nn.Module)


class EMA(Generic[Net]):
    """An exponential moving average of the weights of a network: call `update` after each step, then use `.average`.

    Each update moves the average by the share 1 - decay towards the weights. The first updates move it further (in
    update k the decay is at most (1 + k) / (10 + k)), so that the random weights of the start are soon forgotten.
    Numbers that no gradient changes (the means of a batch normalisation, say) are copied as they are.

    Raises:
        BadData: `decay` is not at least 0 and below 1.

    >>> net = nn.Linear(1, 1)
    >>> ema = EMA(net, decay=0.5)
    >>> with torch.no_grad():
    ...     before = net.weight.item()
    ...     net.weight += 1
    >>> ema.update(net)
    >>> round(ema.average.weight.item() - before, 4)  # in update 1 the decay is 2 / 11
    0.8182
    """

    def __init__(self, net: Net, decay: float = 0.998) -> None:
        if not 0 <= decay < 1:
            raise BadData(f"decay is the share of the average that stays in a step, from 0 to below 1; got {decay}")
        self.decay, self.updates = decay, 0
        self.average: Net = copy.deepcopy(net).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, net: Net) -> None:
        """Take one step towards the weights of `net`."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for slow, fast in zip(self.average.parameters(), net.parameters(), strict=True):
            slow.lerp_(fast, 1 - decay)
        for kept, new in zip(self.average.buffers(), net.buffers(), strict=True):
            kept.copy_(new)
