"""One training function for every network that learns from noisy data, whatever it is asked for.

An `Objective` says three things: which times to draw, how much signal and noise there is at a time, and what the
network is to answer. `diffusion.py` has objectives for the noise and for v, `flow.py` for flow matching.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from nnlab.errors import BadData
from nnlab.generative.ema import EMA

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""Noisy data x [n, ...] and times [n] in [0, 1] → the network's answer, in the shape of x."""


@dataclass(frozen=True)
class Objective:
    """What a network learns from noisy data x_t = a x_0 + b noise.

    draw: (n, random) → times t [n] in [0, 1]; 0 is data, 1 is noise.
    levels: t [n] → a [n] and b [n].
    target: (x0, noise, a, b) → the right answer; the loss is the mean squared distance to it.
    """

    draw: Callable[[int, torch.Generator | None], Tensor]
    levels: Callable[[Tensor], tuple[Tensor, Tensor]]
    target: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def stratified(n: int, random: torch.Generator | None = None) -> Tensor:
    """n times in [0, 1), one in each of n equal pieces: every batch sees all levels of noise.

    >>> (stratified(4) * 4).floor().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    return (torch.arange(n) + torch.rand(n, generator=random)) / n


def denoising_loss(
    net: Callable, x0: Tensor, labels: Tensor | None, objective: Objective, random: torch.Generator | None = None
) -> Tensor:
    """Mean squared error of the network's answers for one batch x0 [n, ...], at times and with noise drawn anew."""
    t = objective.draw(len(x0), random)
    noise = torch.randn(x0.shape, generator=random)
    a, b = (level.reshape(-1, *[1] * (x0.ndim - 1)).to(x0) for level in objective.levels(t))
    t, noise = t.to(x0), noise.to(x0)
    answer = net(a * x0 + b * noise, t) if labels is None else net(a * x0 + b * noise, t, labels)
    return (answer.float() - objective.target(x0, noise, a, b)).square().mean()


def train_denoiser(
    net: nn.Module,
    x0: Tensor,
    labels: Tensor | None,
    objective: Objective,
    *,
    steps: int = 1200,
    batch_size: int = 64,
    lr: float = 4e-3,
    warmup: int = 100,
    clip: float = 1.0,
    decay: float = 0.998,
    label_drop: float = 0.1,
    bf16: bool | None = None,
    seed: int = 0,
    report: Callable[[int, float], None] | None = None,
) -> tuple[nn.Module, list[float]]:
    """Train `net` in place; return the moving average of its weights, ready to sample from, and the loss of each step.

    AdamW with betas (0.9, 0.99); the learning rate rises over `warmup` steps and then falls along a cosine to 2 %.

    Args:
        net: called with noisy data, times and labels. The label `net.classes` stands for "no label".
        x0: data [n, ...], images scaled to [-1, 1]; on the device of the net.
        labels: classes [n], or None: then the net is called without.
        objective: what it learns.
        clip: gradients are shortened to this norm.
        decay: of the moving average.
        label_drop: so often a case's label is hidden from the net, as guidance needs a net that knows both cases.
        bf16: compute convolutions and linear layers with 16 bits; None: where the device is made for it.
        report: called with the step's number and loss.

    Raises:
        BadData: fewer cases than a batch, or not as many labels as cases.
    """
    if len(x0) < batch_size or (labels is not None and len(labels) != len(x0)):
        raise BadData(f"{len(x0)} cases, {None if labels is None else len(labels)} labels, batches of {batch_size}")
    random = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=lr, betas=(0.9, 0.99))
    ema, losses = EMA(net, decay), []
    no_label: Any = getattr(net, "classes", None)
    net.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = lr * rate(step, steps, warmup)
        chosen = torch.randint(len(x0), (batch_size,), generator=random).to(x0.device)
        told = labels
        if labels is not None:
            hidden = (torch.rand(batch_size, generator=random) < label_drop).to(x0.device)
            told = torch.where(hidden, no_label, labels[chosen])
        with sixteen_bits(x0.device, bf16):
            loss = denoising_loss(net, x0[chosen], told, objective, random)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
        ema.update(net)
        losses.append(loss.item())
        if report:
            report(step, losses[-1])
    return ema.average, losses


def rate(step: int, steps: int, warmup: int, least: float = 0.02) -> float:
    """The factor of the learning rate: up a straight line for `warmup` steps, then down a cosine to `least`.

    >>> [round(rate(step, 100, 10), 3) for step in (0, 9, 55, 99)]
    [0.1, 1.0, 0.51, 0.02]
    """
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return least + (1 - least) * (1 + math.cos(math.pi * done)) / 2


def sixteen_bits(device: torch.device, bf16: bool | None = None) -> torch.autocast:
    """A context in which convolutions and linear layers compute with 16 bits; None: where `device` is made for it."""
    if bf16 is None:
        native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        bf16 = torch.cuda.is_bf16_supported() if device.type == "cuda" else device.type == "cpu" and native()
    return torch.autocast(device.type, torch.bfloat16, enabled=bool(bf16))


def guided(net: nn.Module, labels: Tensor, scale: float = 1.0, *, bf16: bool | None = None) -> Denoiser:
    """The net for these labels [n], with classifier-free guidance: without + scale (with - without).

    Ho and Salimans (2022), https://arxiv.org/abs/2207.12598, whose w is `scale` - 1. Scale 1 is the plain conditional
    net, 0 the net without labels; scales other than 1 ask the net twice. `bf16` as in `train_denoiser`.
    """
    no_label: Any = net.classes
    told = labels if scale == 1 else torch.cat([labels, torch.full_like(labels, no_label)])

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        if scale != 1:
            x, t = torch.cat([x, x]), torch.cat([t, t])
        with sixteen_bits(x.device, bf16):
            answer = net(x, t, told).float()
        if scale == 1:
            return answer
        with_label, without = answer.chunk(2)
        return without + scale * (with_label - without)

    return denoise
