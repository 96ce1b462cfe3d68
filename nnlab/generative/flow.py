"""Flow matching: a network learns the velocity of straight paths from data to noise, and is followed backwards.

x_t = (1 - t) x_0 + t noise moves with the velocity noise - x_0. Lipman et al. (2023), Flow matching for generative
modeling, https://arxiv.org/abs/2210.02747; Liu, Gong and Liu (2023), Flow straight and fast,
https://arxiv.org/abs/2209.03003. (Both run time the other way: their 1 is data.)
"""

import torch
from torch import Tensor

from nnlab.errors import BadData
from nnlab.generative.denoiser import Denoiser, Objective


def straight(t: Tensor) -> tuple[Tensor, Tensor]:
    """The shares of data and of noise at times t: 1 - t and t."""
    return 1 - t, t


def logit_normal(n: int, random: torch.Generator | None = None) -> Tensor:
    """n times, the sigmoid of normal numbers: mostly in the middle, where the answer is least obvious (Esser et al.,
    2024, section 3.1, https://arxiv.org/abs/2403.03206)."""
    return torch.randn(n, generator=random).sigmoid()


def flow_target(x0: Tensor, noise: Tensor, a: Tensor | None = None, b: Tensor | None = None) -> Tensor:
    """The velocity of the straight path, noise - x0; the same at all times, so a and b do not matter.

    >>> flow_target(torch.tensor([2.0]), torch.tensor([5.0]))
    tensor([3.])
    """
    return noise - x0


FLOW = Objective(logit_normal, straight, flow_target)


@torch.no_grad()
def euler(denoiser: Denoiser, x: Tensor, steps: int = 20) -> Tensor:
    """Follow the velocity from noise x at t = 1 back to data at t = 0, in equal Euler steps.

    >>> euler(lambda x, t: torch.ones_like(x), torch.tensor([[5.0]]), steps=4)
    tensor([[4.]])
    """
    if steps < 1:
        raise BadData(f"at least one step leads from noise to data, got {steps}")
    for k in range(steps, 0, -1):
        x = x - denoiser(x, torch.full((len(x),), k / steps).to(x)) / steps
    return x
