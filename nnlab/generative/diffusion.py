"""Diffusion: noise is added to data in small steps, and a network that removes it makes new data.

A noise schedule is data: alpha-bar, the share of the signal's variance that is left after each step. With a = sqrt of
alpha-bar and b = sqrt of (1 - alpha-bar), a noisy image is x_t = a x_0 + b noise, and every formula here is written in
a and b. Two sources: Ho, Jain and Abbeel (2020), Denoising diffusion probabilistic models,
https://arxiv.org/abs/2006.11239 (DDPM); Song, Meng and Ermon (2021), Denoising diffusion implicit models,
https://arxiv.org/abs/2010.02502 (DDIM).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from nnlab.errors import BadData
from nnlab.generative.denoiser import Denoiser, Objective, stratified


@dataclass(frozen=True)
class Schedule:
    """What is left of the signal after t = 0, 1, …, T steps: `alpha_bar` [T + 1], from 1 falling to nearly 0.

    `times` [T + 1] is what the network is told at each step: t / T, if nothing else is given.

    Raises:
        BadData: alpha_bar does not begin at 1, or does not fall, or leaves (0, 1].

    >>> Schedule(torch.tensor([1.0, 0.5, 0.1])).steps
    2
    """

    alpha_bar: Tensor
    times: Tensor = field(default_factory=lambda: torch.empty(0))

    def __post_init__(self) -> None:
        values = self.alpha_bar
        if values.ndim != 1 or len(values) < 2 or values[0] != 1 or (values.diff() >= 0).any() or values[-1] <= 0:
            raise BadData("alpha_bar is one row of at least two numbers that begins at 1, falls, and stays above 0")
        if not len(self.times):
            object.__setattr__(self, "times", torch.linspace(0, 1, len(values), dtype=torch.float64))

    @property
    def steps(self) -> int:
        """T, the number of steps from data to noise."""
        return len(self.alpha_bar) - 1

    @property
    def beta(self) -> Tensor:
        """The variance of the noise that step t adds, for t = 1 … T: [T]."""
        return 1 - self.alpha_bar[1:] / self.alpha_bar[:-1]

    def levels(self, t: Tensor | int, like: Tensor) -> tuple[Tensor, Tensor]:
        """(a, b) at steps t (a whole number, or [n]), shaped and typed so that they multiply images `like` [n, ...].

        >>> a, b = Schedule(torch.tensor([1.0, 0.64, 0.36])).levels(1, torch.zeros(5, 1, 28, 28))
        >>> round(a.item(), 4), round(b.item(), 4), a.shape
        (0.8, 0.6, torch.Size([1, 1, 1, 1]))
        """
        chosen = torch.as_tensor(t).cpu().reshape(-1)
        if chosen.is_floating_point() or (chosen < 0).any() or (chosen > self.steps).any():
            raise BadData(f"t counts steps: whole numbers from 0 to {self.steps}, got {t}")
        left = self.alpha_bar[chosen].double().reshape(-1, *[1] * (like.ndim - 1))
        return left.sqrt().to(like), (1 - left).sqrt().to(like)

    def spaced(self, count: int) -> "Schedule":
        """The same way from data to noise in only `count` steps, as even as whole numbers can be.

        >>> cosine_schedule().spaced(4).times.tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
        """
        if not 1 <= count <= self.steps:
            raise BadData(f"between 1 and {self.steps} steps can be taken, not {count}")
        kept = torch.linspace(0, self.steps, count + 1, dtype=torch.float64).round().long()
        return Schedule(self.alpha_bar[kept], self.times[kept])


def linear_schedule(steps: int = 1000, first: float = 1e-4, last: float = 0.02) -> Schedule:
    """Betas that rise evenly (Ho et al., 2020, section 4; the two ends are theirs, for 1000 steps).

    >>> linear_schedule().alpha_bar[[0, 500, 1000]].tolist()
    [1.0, 0.078..., 4.03...e-05]
    """
    beta = torch.linspace(first, last, steps, dtype=torch.float64)
    return Schedule(torch.cat([torch.ones(1, dtype=torch.float64), (1 - beta).cumprod(0)]))


def cosine_schedule(steps: int = 1000, offset: float = 0.008, most: float = 0.999) -> Schedule:
    """alpha_bar falls as a squared cosine, and no beta exceeds `most` (Nichol and Dhariwal, 2021, equation 17,
    https://arxiv.org/abs/2102.09672).

    >>> cosine_schedule().alpha_bar[[0, 500, 1000]].tolist()
    [1.0, 0.493..., 2.42...e-09]
    """
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    ideal = torch.cos((t + offset) / (1 + offset) * math.pi / 2).square()
    kept = (ideal[1:] / ideal[:-1]).clamp(min=1 - most)
    return Schedule(torch.cat([torch.ones(1, dtype=torch.float64), kept.cumprod(0)]))


def q_sample(x0: Tensor, t: Tensor | int, noise: Tensor, schedule: Schedule) -> Tensor:
    """x_t = a x_0 + b noise: all t steps of noise at once (Ho et al., 2020, equation 4).

    >>> half = Schedule(torch.tensor([1.0, 0.64]))
    >>> q_sample(torch.tensor([[1.0]]), 1, torch.tensor([[-1.0]]), half)
    tensor([[0.2000]])
    """
    a, b = schedule.levels(t, x0)
    return a * x0 + b * noise


def posterior(x0: Tensor, xt: Tensor, t: int, schedule: Schedule) -> tuple[Tensor, float]:
    """Mean and variance of q(x_{t-1} | x_t, x_0), t from 1 to T (Ho et al., 2020, equations 6 and 7).

    At t = 1 the mean is x_0 and the variance 0.
    """
    if not 1 <= t <= schedule.steps:
        raise BadData(f"a step back is taken from t = 1 to {schedule.steps}, not from {t}")
    before, now = schedule.alpha_bar[t - 1].item(), schedule.alpha_bar[t].item()
    beta = 1 - now / before
    from_data = math.sqrt(before) * beta / (1 - now)
    from_here = math.sqrt(1 - beta) * (1 - before) / (1 - now)
    return from_data * x0 + from_here * xt, (1 - before) / (1 - now) * beta


class Parameterisation(NamedTuple):
    """What the network is asked for.

    target: (x0, noise, a, b) → the right answer; loss is its mean squared distance to the network's.
    split: (x, answer, a, b) → the x0 and the noise that the answer stands for.
    """

    target: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
    split: Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


EPSILON = Parameterisation(
    lambda x0, noise, a, b: noise,
    lambda x, answer, a, b: ((x - b * answer) / a, answer),
)
"""The noise itself (Ho et al., 2020, equation 14). Where a is nearly 0, x0 is the quotient of two small numbers."""

VELOCITY = Parameterisation(
    lambda x0, noise, a, b: a * noise - b * x0,
    lambda x, answer, a, b: (a * x - b * answer, b * x + a * answer),
)
"""v = a noise - b x0 (Salimans and Ho, 2022, section 4, https://arxiv.org/abs/2202.00512): no division anywhere."""


def objective(schedule: Schedule, kind: Parameterisation = VELOCITY) -> Objective:
    """Training on all steps 1 … T of a schedule alike, for `train_denoiser`.

    >>> objective(Schedule(torch.tensor([1.0, 0.5, 0.2]))).draw(4, None)
    tensor([0.5000, 0.5000, 1.0000, 1.0000])
    """

    def draw(n: int, random: torch.Generator | None) -> Tensor:
        return (1 + (stratified(n, random) * schedule.steps).long()) / schedule.steps

    def levels(t: Tensor) -> tuple[Tensor, Tensor]:
        return schedule.levels((t * schedule.steps).round().long(), t)

    return Objective(draw, levels, kind.target)


def ddpm_step(x0: Tensor, xt: Tensor, t: int, schedule: Schedule, random: torch.Generator | None = None) -> Tensor:
    """From step t to t - 1 at random: a draw from q(x_{t-1} | x_t, x_0), with the x0 that the network sees. At t = 1
    no noise is added: the result is x0 (Ho et al., 2020, algorithm 2)."""
    mean, variance = posterior(x0, xt, t, schedule)
    noise = torch.randn(xt.shape, generator=random).to(xt)
    return mean + math.sqrt(variance) * noise


def ddim_step(x0: Tensor, noise: Tensor, t: int, schedule: Schedule) -> Tensor:
    """From step t to t - 1 without chance: x0 and the noise, as the network sees them, mixed anew (Song et al., 2021,
    equation 12 with sigma = 0)."""
    return q_sample(x0, t - 1, noise, schedule)


@torch.no_grad()
def sample(
    denoiser: Denoiser,
    x: Tensor,
    schedule: Schedule,
    kind: Parameterisation = VELOCITY,
    *,
    ancestral: bool = False,
    clip: bool = False,
    random: torch.Generator | None = None,
) -> Tensor:
    """From noise x at step T back to data, one network call a step: DDIM, or DDPM where `ancestral`.

    Args:
        denoiser: (x, times) → the answer that `kind` describes.
        x: standard normal numbers [n, ...].
        schedule: for fewer steps than in training, `schedule.spaced(20)`.
        clip: bring each x0 that the network sees into [-1, 1], the range of images.
        random: where the noise of DDPM comes from.

    >>> knows = lambda x, t: torch.ones_like(x)  # "the noise in this is 1"
    >>> sample(knows, torch.ones(1, 1), Schedule(torch.tensor([1.0, 0.64, 0.36])), EPSILON)
    tensor([[0.3333]])
    """
    for t in range(schedule.steps, 0, -1):
        a, b = schedule.levels(t, x)
        answer = denoiser(x, schedule.times[t].expand(len(x)).to(x))
        x0, noise = kind.split(x, answer, a, b)
        if clip:
            x0 = x0.clamp(-1, 1)
            noise = (x - a * x0) / b
        x = ddpm_step(x0, x, t, schedule, random) if ancestral else ddim_step(x0, noise, t, schedule)
    return x
