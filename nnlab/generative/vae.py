"""Variational autoencoders: the bounds as functions, and two networks for images of 28 × 28 pixels.

Kingma & Welling (2014), Auto-encoding variational Bayes. The model draws a code z ~ N(0, I) and pixels x ~ p(x | z);
the encoder is a Gaussian q(z | x) with a mean and a log variance for each unit of the code. All logarithms are natural:
a bound is in nats, for each image.
"""

from math import inf, isnan, log
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nnlab.errors import BadData


class Output(NamedTuple):
    """What a `VAE` makes of n images: the decoder's logits [n, 1, 28, 28], and the code's mean and log_var [n, d]."""

    logits: Tensor
    mean: Tensor
    log_var: Tensor


def gaussian_kl(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mean, exp(log_var)) ‖ N(0, 1)) of each unit, in nats: the shape of `mean`, 0 or more.

    Kingma & Welling (2014), appendix B. The KL divergence of a whole code is the sum over its units.

    >>> gaussian_kl(torch.tensor([0.0, 2.0]), torch.zeros(2))
    tensor([0., 2.])
    """
    return (mean.square() + log_var.exp() - 1 - log_var) / 2


def gaussian_log_density(z: Tensor, mean: Tensor | float = 0.0, log_var: Tensor | float = 0.0) -> Tensor:
    """log N(z; mean, exp(log_var)) summed over the last axis: [..., d] → [...].

    >>> gaussian_log_density(torch.zeros(3, 2))  # -log(2 π)
    tensor([-1.8379, -1.8379, -1.8379])
    """
    mean, log_var = (torch.as_tensor(a, dtype=z.dtype, device=z.device) for a in (mean, log_var))
    return -((z - mean).square() / log_var.exp() + log_var + log(2 * torch.pi)).sum(dim=-1) / 2


def bernoulli_log_likelihood(logits: Tensor, x: Tensor) -> Tensor:
    """log p(x | z) = Σ x log p + (1 - x) log(1 - p) with p = sigmoid(logits), summed over the pixels of each image.

    Args:
        logits: [n, ...], any numbers.
        x: like `logits`, each number 0 or 1. (For greys between them this is no logarithm of a probability.)

    Returns:
        [n], in nats, 0 or less.

    >>> bernoulli_log_likelihood(torch.zeros(2, 1, 28, 28), torch.ones(2, 1, 28, 28)) / 784  # -log 2 a pixel
    tensor([-0.6931, -0.6931])
    """
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(dim=1)


def reparametrise(mean: Tensor, log_var: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """z ~ N(mean, exp(log_var)), written as mean + std · noise, so that gradients reach the mean and the log variance.

    >>> reparametrise(torch.tensor([3.0]), torch.tensor([-200.0]))
    tensor([3.])
    """
    noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype, device=mean.device)
    return mean + torch.exp(log_var / 2) * noise


def elbo(output: Output, x: Tensor, beta: float = 1.0) -> Tensor:
    """The evidence lower bound of each image, log p(x | z) - beta · KL, at the one code z that was drawn: [n], in nats.

    With `beta` 1 its expected value lies below log p(x). Other values: Higgins et al. (2017), beta-VAE.
    """
    kl = gaussian_kl(output.mean, output.log_var).sum(dim=1)
    return bernoulli_log_likelihood(output.logits, x) - beta * kl


def negative_elbo(output: Output, x: Tensor, beta: float = 1.0) -> Tensor:
    """The loss of a VAE: minus the mean of `elbo` over the images; a tensor of shape ()."""
    return -elbo(output, x, beta).mean()


def importance_bound(log_w: Tensor) -> Tensor:
    """log of the mean weight, a lower bound of log p(x) in expectation: log weights [k, n] → [n].

    Burda, Grosse & Salakhutdinov (2016), Importance weighted autoencoders. With k = 1 it is the ELBO.

    >>> importance_bound(torch.tensor([[0.0], [-1000.0]]))  # log((1 + 0) / 2)
    tensor([-0.6931])
    """
    return torch.logsumexp(log_w, dim=0) - log(len(log_w))


def renyi_bound(log_w: Tensor, alpha: float) -> Tensor:
    """log(mean of w^(1 - alpha)) / (1 - alpha): log weights [k, n] → [n].

    Li & Turner (2016), Rényi divergence variational inference. It falls as alpha rises: alpha 0 is
    `importance_bound`, 1 the ELBO; below 0 it can lie above log p(x). inf gives the smallest weight, -inf the largest.

    Raises:
        BadData: alpha is NaN.

    >>> log_w = torch.tensor([[0.0], [-1.0]])
    >>> [round(renyi_bound(log_w, alpha).item(), 3) for alpha in (0, 1, inf)]
    [-0.38, -0.5, -1.0]
    """
    if isnan(alpha):
        raise BadData("alpha is NaN; it is a number, for example 0 (the evidence), 0.5, or 1 (the ELBO)")
    if alpha in (inf, -inf):
        return log_w.amin(dim=0) if alpha > 0 else log_w.amax(dim=0)
    if alpha == 1:
        return log_w.mean(dim=0)
    return importance_bound((1 - alpha) * log_w) / (1 - alpha)


class VAE(nn.Module):
    """An encoder, images [n, 1, 28, 28] → [n, 2 d] (mean, log variance), and a decoder, codes [n, d] → pixels' logits.

    `forward` encodes, draws one code for each image and decodes it: it is random, in eval mode too. Logits, means and
    log variances come as float32, also under autocast: sums over 784 pixels need the digits.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, latent: int) -> None:
        super().__init__()
        self.encoder, self.decoder, self.latent = encoder, decoder, latent

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images → mean and log variance of q(z | x), each [n, d]."""
        mean, log_var = self.encoder(x).float().chunk(2, dim=1)
        return mean, log_var

    def decode(self, z: Tensor) -> Tensor:
        """Codes [n, d] → logits [n, 1, 28, 28]."""
        return self.decoder(z).float()

    def forward(self, x: Tensor) -> Output:
        mean, log_var = self.encode(x)
        return Output(self.decode(reparametrise(mean, log_var)), mean, log_var)


def mlp_vae(hidden: int = 400, latent: int = 20) -> VAE:
    """784 - hidden - latent and back, as in Kingma & Welling (2014): with 400 and 20 it has 652 824 parameters.

    >>> mlp_vae(latent=2)(torch.zeros(5, 1, 28, 28)).mean.shape
    torch.Size([5, 2])
    """
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent))
    decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 784), nn.Unflatten(1, (1, 28, 28)))
    return VAE(encoder, decoder, latent)


def conv_vae(latent: int = 20) -> VAE:
    """Three convolutions with stride 2 down to 64 maps of 4 × 4; up again from 7 × 7 by two pixel shuffles.

    With 20 units it has 139 804 parameters, a fifth of `mlp_vae`'s. `nn.PixelShuffle(2)` makes one map of twice the
    height and width out of four maps (Shi et al., 2016).

    >>> conv_vae()(torch.zeros(5, 1, 28, 28)).logits.shape
    torch.Size([5, 1, 28, 28])
    """
    encoder = nn.Sequential(
        *_stage(nn.Conv2d(1, 16, 3, stride=2, padding=1), 16),
        *_stage(nn.Conv2d(16, 32, 3, stride=2, padding=1), 32),
        *_stage(nn.Conv2d(32, 64, 3, stride=2, padding=1), 64),
        nn.Flatten(),
        nn.Linear(64 * 4 * 4, 2 * latent),
    )
    decoder = nn.Sequential(
        nn.Linear(latent, 32 * 7 * 7),
        *_stage(nn.Unflatten(1, (32, 7, 7)), 32),
        nn.Conv2d(32, 32 * 4, 3, padding=1),
        *_stage(nn.PixelShuffle(2), 32),
        *_stage(nn.Conv2d(32, 16, 3, padding=1), 16),
        nn.Conv2d(16, 4, 3, padding=1),
        nn.PixelShuffle(2),
    )
    return VAE(encoder, decoder, latent)


def _stage(first: nn.Module, channels: int) -> tuple[nn.Module, ...]:
    return first, nn.BatchNorm2d(channels), nn.ReLU()


@torch.no_grad()
def log_weights(model: VAE, x: Tensor, k: int, generator: torch.Generator | None = None) -> Tensor:
    """log of p(x, z) / q(z | x) for k codes z ~ q(z | x) of each image: [k, n]. The bounds above are computed from it.

    Raises:
        BadData: k is below 1.
    """
    if k < 1:
        raise BadData(f"k is {k}; a bound needs one code or more for each image")
    mean, log_var = model.encode(x)
    rows = []
    for _ in range(k):
        z = reparametrise(mean, log_var, generator)
        joint = bernoulli_log_likelihood(model.decode(z), x) + gaussian_log_density(z)
        rows.append(joint - gaussian_log_density(z, mean, log_var))
    return torch.stack(rows)


@torch.no_grad()
def generate(model: VAE, n: int, generator: torch.Generator | None = None) -> Tensor:
    """Codes from the prior, decoded: the probability that each pixel is on, [n, 1, 28, 28], in (0, 1).

    `torch.bernoulli` of it draws the pixels themselves; the eye prefers the probabilities.
    """
    home = next(model.parameters()).device
    z = torch.randn(n, model.latent, generator=generator, device=home)
    return model.decode(z).sigmoid()
