"""A small U-Net that sees a noisy image, how noisy it is, and (if told) which class it belongs to.

The shape of the net is that of Ronneberger, Fischer and Brox (2015), U-Net: convolutional networks for biomedical image
segmentation, https://arxiv.org/abs/1505.04597; residual blocks that are told the time come from Ho, Jain and Abbeel
(2020), Denoising diffusion probabilistic models, appendix B, https://arxiv.org/abs/2006.11239.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnlab.errors import BadData

GROUPS = 8


def time_features(t: Tensor, size: int, fastest: float = 1000.0) -> Tensor:
    """Times t [n] in [0, 1] as sines and cosines [n, size], from one slow wave to `fastest` radians a unit.

    A single number says little to a linear layer; waves of many lengths tell near times apart, and far ones too
    (Vaswani et al., 2017, Attention is all you need, section 3.5, https://arxiv.org/abs/1706.03762).

    Raises:
        BadData: `size` is odd or below 4.

    >>> time_features(torch.tensor([0.0]), 4).tolist()
    [[0.0, 0.0, 1.0, 1.0]]
    """
    if size % 2 or size < 4:
        raise BadData(f"half of the time features are sines and half cosines: size is even and at least 4, got {size}")
    speeds = torch.exp(torch.linspace(0, math.log(fastest), size // 2, device=t.device))
    angles = t.float()[:, None] * speeds
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Condition(nn.Module):
    """Times t [n] and labels [n] as one vector for each image [n, size]; the label `classes` means "no label"."""

    def __init__(self, classes: int, size: int) -> None:
        super().__init__()
        self.classes, self.waves = classes, size // 4
        self.time = nn.Sequential(nn.Linear(self.waves, size), nn.SiLU(), nn.Linear(size, size))
        self.label = nn.Embedding(classes + 1, size)

    def forward(self, t: Tensor, labels: Tensor | None = None) -> Tensor:
        if labels is None:
            labels = torch.full(t.shape, self.classes, dtype=torch.long, device=t.device)
        return F.silu(self.time(time_features(t, self.waves)) + self.label(labels))


class FiLMBlock(nn.Module):
    """x + body(x), where the condition scales and shifts each map of the body.

    FiLM: feature-wise linear modulation (Perez et al., 2018, https://arxiv.org/abs/1709.07871). The last convolution
    starts at zero, so that a new block passes on what it gets.

    x [n, inputs, h, w], condition [n, size] → [n, outputs, h, w]; both numbers of maps are multiples of 8.

    >>> block = FiLMBlock(8, 16, size=4)
    >>> block(torch.zeros(2, 8, 7, 7), torch.zeros(2, 4)).shape
    torch.Size([2, 16, 7, 7])
    """

    def __init__(self, inputs: int, outputs: int, size: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.film = nn.Linear(size, 2 * outputs)
        self.norm2 = nn.GroupNorm(GROUPS, outputs)
        self.conv2 = zeroed(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.film(condition)[:, :, None, None].chunk(2, dim=1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return self.shortcut(x) + h


class UNet(nn.Module):
    """Noisy images [n, 1, h, w], times [n] in [0, 1], labels [n] → [n, 1, h, w]; h and w are multiples of 4.

    Two levels: `width` maps of half the side, and twice as many of a quarter. What the way down computes is handed
    across to the way up. A label equal to `classes` means "no label", and so does `None` for all.

    >>> net = UNet()
    >>> net(torch.zeros(2, 1, 28, 28), torch.tensor([0.1, 0.9]), torch.tensor([3, 10])).shape
    torch.Size([2, 1, 28, 28])
    >>> sum(p.numel() for p in net.parameters())
    713540
    """

    def __init__(self, classes: int = 10, width: int = 40, size: int = 192, channels: int = 1) -> None:
        super().__init__()
        self.classes = classes
        self.condition = Condition(classes, size)
        self.stem = nn.Conv2d(4 * channels, width, 3, padding=1)
        self.down1 = FiLMBlock(width, width, size)
        self.shrink = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.down2 = FiLMBlock(2 * width, 2 * width, size)
        self.middle = FiLMBlock(2 * width, 2 * width, size)
        self.up2 = FiLMBlock(4 * width, 2 * width, size)
        self.up1 = FiLMBlock(3 * width, width, size)
        self.norm = nn.GroupNorm(GROUPS, width)
        self.last = zeroed(nn.Conv2d(width, 4 * channels, 3, padding=1))

    def encode(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The way down: maps of half the side, of a quarter, and those in the middle."""
        fine = self.down1(self.stem(F.pixel_unshuffle(x, 2)), condition)
        coarse = self.down2(self.shrink(fine), condition)
        return fine, coarse, self.middle(coarse, condition)

    def decode(self, fine: Tensor, coarse: Tensor, middle: Tensor, condition: Tensor) -> Tensor:
        """The way up, with what the way down has handed across."""
        h = self.up2(torch.cat([middle, coarse], dim=1), condition)
        h = self.up1(torch.cat([F.interpolate(h, scale_factor=2.0), fine], dim=1), condition)
        return F.pixel_shuffle(self.last(F.silu(self.norm(h))), 2)

    def forward(self, x: Tensor, t: Tensor, labels: Tensor | None = None) -> Tensor:
        c = self.condition(t, labels)
        return self.decode(*self.encode(x, c), c)


def zeroed(layer: nn.Module) -> nn.Module:
    """`layer` with all its parameters at zero: what it adds at the start of training is nothing."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
