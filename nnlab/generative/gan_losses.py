"""The losses and penalties of adversarial training: pure functions of scores.

Scores are real numbers without bounds (logits): the probability that an input is real is their sigmoid.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnlab.errors import BadData


def discriminator_loss(real: Tensor, fake: Tensor, real_target: float = 1.0, fake_target: float = 0.0) -> Tensor:
    """Binary cross-entropy of the discriminator, mean over real plus mean over fake, in nats.

    The targets are those of the probability: `real_target=0.9` gives one-sided soft labels (Salimans et al., 2016,
    section 3.4, https://arxiv.org/abs/1606.03498). With 1 and 0 it is minus the value of the minimax game (Goodfellow
    et al., 2014, equation 1, https://arxiv.org/abs/1406.2661).

    >>> discriminator_loss(torch.zeros(3), torch.zeros(5)).item() / torch.tensor(2.0).log().item()  # 2 log 2
    2.0
    """
    real_targets, fake_targets = torch.full_like(real, real_target), torch.full_like(fake, fake_target)
    loss = F.binary_cross_entropy_with_logits
    return loss(real, real_targets) + loss(fake, fake_targets)


def minimax_loss(fake: Tensor) -> Tensor:
    """The generator's part of the minimax game, mean of log(1 - D), to be made small; it saturates.

    >>> round(minimax_loss(torch.tensor([0.0])).item(), 4)
    -0.6931
    """
    return -F.softplus(fake).mean()


def nonsaturating_loss(fake: Tensor) -> Tensor:
    """The generator's loss in practice, mean of -log D (Goodfellow et al., 2014, section 3).

    >>> round(nonsaturating_loss(torch.tensor([0.0])).item(), 4)
    0.6931
    """
    return F.softplus(-fake).mean()


def critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Minus the critic's estimate of the Wasserstein distance (Arjovsky et al., 2017, algorithm 1,
    https://arxiv.org/abs/1701.07875).

    >>> critic_loss(torch.tensor([3.0, 5.0]), torch.tensor([1.0])).item()
    -3.0
    """
    return fake.mean() - real.mean()


def wasserstein_loss(fake: Tensor) -> Tensor:
    """The generator's loss against a critic: minus the mean score.

    >>> wasserstein_loss(torch.tensor([1.0, 2.0])).item()
    -1.5
    """
    return -fake.mean()


def _slopes(scorer: nn.Module, x: Tensor, condition: tuple[Tensor, ...]) -> Tensor:
    """The length of the gradient of each case's score with respect to the case, squared: [n]."""
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(scorer(x, *condition).sum(), x, create_graph=True)
    return gradient.flatten(1).square().sum(dim=1)


def r1_penalty(discriminator: nn.Module, real: Tensor, fake: Tensor | None = None, *condition: Tensor) -> Tensor:
    """Half the mean squared slope of the discriminator at real inputs (Mescheder et al., 2018, equation 9,
    https://arxiv.org/abs/1801.04406). `fake` is not used; it stands here so that all penalties are called alike.

    >>> with torch.no_grad():
    ...     line = nn.Linear(2, 1)
    ...     _ = line.weight.copy_(torch.tensor([[3.0, 4.0]]))
    >>> r1_penalty(line, torch.randn(7, 2)).item()  # 5 squared, halved
    12.5
    """
    return _slopes(discriminator, real, condition).mean() / 2


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, *condition: Tensor) -> Tensor:
    """The mean of (slope - 1) squared at random points between real and fake (Gulrajani et al., 2017, equation 3,
    https://arxiv.org/abs/1704.00028), without its factor lambda.

    Raises:
        BadData: `real` and `fake` differ in shape, so that they cannot be paired.

    >>> with torch.no_grad():
    ...     line = nn.Linear(2, 1)
    ...     _ = line.weight.copy_(torch.tensor([[3.0, 4.0]]))
    >>> gradient_penalty(line, torch.randn(7, 2), torch.randn(7, 2)).item()  # (5 - 1) squared
    16.0
    """
    if real.shape != fake.shape:
        raise BadData(f"real and fake are to have one shape, got {list(real.shape)} and {list(fake.shape)}")
    share = torch.rand(len(real), *[1] * (real.ndim - 1), device=real.device)  # one number for each pair
    between = share * real.detach() + (1 - share) * fake.detach()
    # The root of 0 has no derivative.
    return ((_slopes(critic, between, condition) + 1e-12).sqrt() - 1).square().mean()
