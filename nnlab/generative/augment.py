"""Augmentation that a gradient passes through: real and generated images are changed alike (DiffAugment).

A discriminator with few real images learns them by heart. Augmenting only the real ones would teach the generator to
make augmented images. So both kinds are changed by the same random rule before the discriminator sees them, and the
change must be differentiable, as the generator learns through it (Zhao et al., 2020, Differentiable augmentation for
data-efficient GAN training, https://arxiv.org/abs/2006.10738).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from nnlab.errors import BadData


def translate(images: Tensor, most: int = 2, *, fill: float = -1.0, random: torch.Generator | None = None) -> Tensor:
    """Each image moved by its own random whole number of pixels, at most `most` up, down, left and right.

    Args:
        images: [n, c, h, w].
        most: 0 or more; what leaves on one side is lost, what is free on the other becomes `fill`.
        fill: the value of the background, -1 for images scaled to [-1, 1].
        random: where the moves are drawn from; torch's own stream if None.

    Raises:
        BadData: `images` has not four axes, or `most` is below 0.

    >>> image = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> translate(image, 0).equal(image)
    True
    >>> translate(image, 1, random=torch.Generator().manual_seed(0))[0, 0].tolist()
    [[-1.0, 3.0, 4.0], [-1.0, 6.0, 7.0], [-1.0, -1.0, -1.0]]
    """
    if images.ndim != 4 or most < 0:
        raise BadData(f"expected images [n, c, h, w] and a move of 0 or more pixels; got {list(images.shape)}, {most}")
    n, _, height, width = images.shape
    padded = F.pad(images, (most,) * 4, value=fill)
    top, left = torch.randint(0, 2 * most + 1, (2, n), generator=random).to(images.device)
    rows = top[:, None, None] + torch.arange(height, device=images.device)[:, None]  # [n, h, 1]
    columns = left[:, None, None] + torch.arange(width, device=images.device)  # [n, 1, w]
    cases = torch.arange(n, device=images.device)[:, None, None]
    return padded[cases, :, rows, columns].permute(0, 3, 1, 2)
