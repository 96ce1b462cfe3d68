"""Generative adversarial networks: two networks that train against each other.

A `Game` is a pair of losses (from `gan_losses.py`, as are the penalties); `train_gan` plays any of them, on points as
well as on images, with labels or without. Networks for images stand in `dcgan.py`, augmentation in `augment.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from nnlab.errors import BadData
from nnlab.generative.gan_losses import (
    critic_loss,
    discriminator_loss,
    gradient_penalty,
    minimax_loss,
    nonsaturating_loss,
    r1_penalty,
    wasserstein_loss,
)

__all__ = [
    "MINIMAX",
    "NONSATURATING",
    "WASSERSTEIN",
    "Game",
    "GanHistory",
    "critic_loss",
    "discriminator_loss",
    "gradient_penalty",
    "minimax_loss",
    "nonsaturating_loss",
    "r1_penalty",
    "train_gan",
    "wasserstein_loss",
]


@dataclass(frozen=True)
class Game:
    """What the two players make small: the discriminator of (real, fake) scores, the generator of the fake ones."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


MINIMAX = Game(discriminator_loss, minimax_loss)
NONSATURATING = Game(discriminator_loss, nonsaturating_loss)
WASSERSTEIN = Game(critic_loss, wasserstein_loss)


@dataclass
class GanHistory:
    """A number a step: both losses (that of the discriminator with its penalty), and the mean scores."""

    discriminator_loss: list[float] = field(default_factory=list)
    generator_loss: list[float] = field(default_factory=list)
    real_score: list[float] = field(default_factory=list)
    fake_score: list[float] = field(default_factory=list)


def train_gan(
    generator: nn.Module,
    discriminator: nn.Module,
    x: Tensor,
    labels: Tensor | None = None,
    *,
    latent: int,
    steps: int,
    game: Game = NONSATURATING,
    batch_size: int = 64,
    discriminator_steps: int = 1,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.0, 0.99),
    decay_after: float = 0.5,
    penalty: Callable[..., Tensor] | None = None,
    penalty_weight: float = 1.0,
    penalty_every: int = 1,
    augment: Callable[[Tensor], Tensor] | None = None,
    bf16: bool = False,
    watch: Callable[[int], None] | None = None,
) -> GanHistory:
    """Train both networks in place. Draws from torch's own random stream: seed it before.

    Args:
        generator: noise [n, latent] (and labels [n]) to inputs like x.
        discriminator: inputs (and labels) to scores [n] or [n, 1].
        x: the real inputs, [N, ...]; labels: their classes, [N], for conditional networks.
        steps: of the generator; each comes after `discriminator_steps` of the discriminator.
        lr, betas: of both Adams; the rate falls linearly to 0 from the share `decay_after` of the steps on.
        penalty: called as (discriminator, real, fake, *labels); counts `penalty_weight` times. With `penalty_every`
            k it is computed in each k-th step of the discriminator, and counts k times as much then ("lazy").
        augment: what every batch, real or generated, passes through on its way to the discriminator.
        bf16: compute in bfloat16 where that is safe; the penalty never.
        watch: called with the number of steps done, after each step.

    Raises:
        BadData: there is a label too many or too few, or a number of steps is below 1.
    """
    if labels is not None and len(labels) != len(x):
        raise BadData(f"{len(x)} inputs need as many labels, got {len(labels)}")
    if min(steps, discriminator_steps, penalty_every) < 1:
        raise BadData(f"steps are 1 or more, got {steps}, {discriminator_steps} and {penalty_every}")
    history, change = GanHistory(), augment or (lambda batch: batch)
    players = generator.train(), discriminator.train()
    g_optimizer, d_optimizer = (torch.optim.Adam(net.parameters(), lr=lr, betas=betas, fused=True) for net in players)

    def rate(t: int) -> float:
        return min(1.0, (1 - t / steps) / (1 - decay_after)) if decay_after < 1 else 1.0

    schedules = [torch.optim.lr_scheduler.LambdaLR(o, rate) for o in (g_optimizer, d_optimizer)]
    low = torch.autocast(x.device.type, torch.bfloat16, enabled=bf16)

    def draw() -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        rows = torch.randint(len(x), (batch_size,), device=x.device)
        noise = torch.randn(batch_size, latent, device=x.device)
        return x[rows], noise, () if labels is None else (labels[rows],)

    for step in range(steps):
        for inner in range(discriminator_steps):
            real, noise, condition = draw()
            with low:
                with torch.no_grad():  # the generator does not learn here
                    fake = generator(noise, *condition).to(x.dtype)
                real_scores = discriminator(change(real), *condition)
                fake_scores = discriminator(change(fake), *condition)
            loss = game.discriminator(real_scores.float(), fake_scores.float())
            if penalty is not None and (step * discriminator_steps + inner) % penalty_every == 0:
                loss = loss + penalty_weight * penalty_every * penalty(discriminator, real, fake, *condition)
            d_optimizer.zero_grad()
            loss.backward()
            d_optimizer.step()
        _, noise, condition = draw()
        discriminator.requires_grad_(False)  # it does not learn here, and its gradients would cost time
        with low:
            scores = discriminator(change(generator(noise, *condition)), *condition)
        g_loss = game.generator(scores.float())
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()
        discriminator.requires_grad_(True)
        for schedule in schedules:
            schedule.step()
        history.discriminator_loss.append(loss.item())
        history.generator_loss.append(g_loss.item())
        history.real_score.append(real_scores.float().mean().item())
        history.fake_score.append(fake_scores.float().mean().item())
        if watch is not None:
            watch(step + 1)
    generator.eval()
    discriminator.eval()
    return history
