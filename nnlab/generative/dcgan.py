"""Generator and discriminator for images of 28 x 28 pixels, after the rules of DCGAN.

Radford, Metz and Chintala (2016), Unsupervised representation learning with deep convolutional generative adversarial
networks, https://arxiv.org/abs/1511.06434: strided convolutions in place of pooling, batch normalisation, leaky ReLU
in the discriminator, tanh at the end of the generator. The discriminator here has no batch normalisation, since a
gradient penalty is about single inputs; and with labels it is a projection discriminator (Miyato and Koyama, 2018,
cGANs with projection discriminator, equation 3, https://arxiv.org/abs/1802.05637).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nnlab.errors import BadData


class Generator(nn.Module):
    """Noise [n, latent], and labels [n] where `classes` is above 0, to images [n, 1, 28, 28] in [-1, 1].

    >>> net = Generator(latent=8, classes=10, width=4)
    >>> net(torch.zeros(3, 8), torch.tensor([0, 5, 9])).shape
    torch.Size([3, 1, 28, 28])
    """

    def __init__(self, latent: int = 64, classes: int = 10, width: int = 64) -> None:
        super().__init__()
        self.latent, self.classes, self.width = latent, classes, width
        self.start = nn.Linear(latent + classes, width * 7 * 7)
        self.body = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(width, width // 2, kernel_size=4, stride=2, padding=1),  # 7 to 14 pixels
            nn.BatchNorm2d(width // 2),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(width // 2, 1, kernel_size=4, stride=2, padding=1),  # 14 to 28 pixels
            nn.Tanh(),
        )

    def forward(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        _agree(labels, self.classes)
        if labels is not None:
            noise = torch.cat([noise, F.one_hot(labels, self.classes).to(noise.dtype)], dim=1)
        return self.body(self.start(noise).unflatten(1, (self.width, 7, 7)))


class Discriminator(nn.Module):
    """Images [n, 1, 28, 28], and labels [n] where `classes` is above 0, to scores [n]: logits of "this is real".

    >>> net = Discriminator(classes=10, width=4)
    >>> net(torch.zeros(3, 1, 28, 28), torch.tensor([0, 5, 9])).shape
    torch.Size([3])
    """

    def __init__(self, classes: int = 10, width: int = 32, features: int = 128) -> None:
        super().__init__()
        self.classes = classes
        self.body = nn.Sequential(
            nn.Conv2d(1, width, kernel_size=4, stride=2, padding=1),  # 28 to 14 pixels
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, kernel_size=4, stride=2, padding=1),  # 14 to 7 pixels
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * width * 7 * 7, features),
            nn.LeakyReLU(0.2),
        )
        self.score = nn.Linear(features, 1)
        self.direction = nn.Embedding(classes, features) if classes else None

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        _agree(labels, self.classes)
        phi = self.body(images)  # [n, features]
        score = self.score(phi)[:, 0]
        if self.direction is not None:
            score = score + (phi * self.direction(labels)).sum(dim=1)  # does it look like *this* class?
        return score


def _agree(labels: Tensor | None, classes: int) -> None:
    if (labels is not None) != (classes > 0):
        given = "no labels" if labels is None else "labels"
        raise BadData(f"this network knows {classes} classes and got {given}: give labels where there are classes")
