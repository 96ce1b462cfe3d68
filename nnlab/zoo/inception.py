"""GoogLeNet: blocks that look with kernels of several sizes at once, made cheap by 1×1 convolutions."""

import torch
from torch import Tensor, nn

from nnlab.zoo.parts import ImageClassifier, global_pooling_head, he_initialised, named


def conv_relu(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """A convolution with a bias, and ReLU: in 2014 there was no batch normalisation yet."""
    return named({"conv": nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2), "relu": nn.ReLU()})


class Inception(nn.Module):
    """Four branches beside each other, their maps put one upon the other (figure 2b).

    [n, inputs, h, w] → [n, one + three + five + pool, h, w]

    The arguments are the columns of table 1.

    Args:
        inputs: channels that come in.
        one: maps of the 1×1 convolution.
        three_reduce, three: maps of the 1×1 convolution before the 3×3 convolution, and of that.
        five_reduce, five: the same for 5×5.
        pool: maps of the 1×1 convolution after the pooling.

    >>> Inception(192, 64, 96, 128, 16, 32, 32)(torch.zeros(1, 192, 7, 5)).shape
    torch.Size([1, 256, 7, 5])
    """

    def __init__(
        self, inputs: int, one: int, three_reduce: int, three: int, five_reduce: int, five: int, pool: int
    ) -> None:
        super().__init__()
        self.one = conv_relu(inputs, one, 1)
        self.three = named({"reduce": conv_relu(inputs, three_reduce, 1), "conv": conv_relu(three_reduce, three, 3)})
        self.five = named({"reduce": conv_relu(inputs, five_reduce, 1), "conv": conv_relu(five_reduce, five, 5)})
        self.pool = named({"pool": nn.MaxPool2d(3, stride=1, padding=1), "conv": conv_relu(inputs, pool, 1)})

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1)


class GoogLeNet(ImageClassifier):
    """`ImageClassifier` that can have heads in the middle too.

    While it is training, it then returns (scores, scores of head 4a, scores of head 4d), else the scores alone.
    """

    def __init__(self, features: nn.Module, head: nn.Module, heads: nn.ModuleDict, shape: tuple[int, int, int]) -> None:
        super().__init__(features, head, shape, any_size=not heads)
        self.auxiliary = heads

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:  # type: ignore[override]
        if not (self.training and self.auxiliary):
            return super().forward(images)
        self.check(images)
        x, early = images, []
        for name, module in self.features.named_children():
            x = module(x)
            if name in self.auxiliary:
                early.append(self.auxiliary[name](x))
        return self.head(x), *early


def auxiliary_head(inputs: int, classes: int) -> nn.Sequential:
    """Maps [n, inputs, 14, 14] → scores [n, classes]: the side branch that the paper's section 5 describes."""
    return named(
        {
            "pool": nn.AvgPool2d(5, stride=3),
            "reduce": conv_relu(inputs, 128, 1),
            "flatten": nn.Flatten(),
            "dense": nn.Linear(128 * 4 * 4, 1024),
            "relu": nn.ReLU(),
            "dropout": nn.Dropout(0.7),
            "classifier": nn.Linear(1024, classes),
        }
    )


def googlenet(classes: int = 1000, channels: int = 3, *, auxiliary: bool = False) -> GoogLeNet:
    """Szegedy et al. (2015), Going deeper with convolutions, table 1.

    6 998 552 parameters, as in the paper: biases, no batch normalisation. A widely used port has batch normalisation,
    and 3×3 kernels where the paper has 5×5: 6 624 904.

    Args:
        classes: how many scores come out.
        channels: of the images. They may have any height and width from 32 pixels on; the paper's have 224.
        auxiliary: add the two heads of section 5, which help the training; see `GoogLeNet`. They fit images of 224
            pixels only. 13 378 280 parameters.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):  # takes no memory
    ...     zoo.count_parameters(googlenet()), zoo.count_parameters(googlenet(auxiliary=True))
    (6998552, 13378280)
    """
    features = named(
        {
            "conv1": conv_relu(channels, 64, 7, stride=2),
            "pool1": halving(),
            "norm1": nn.LocalResponseNorm(5),
            "conv2_reduce": conv_relu(64, 64, 1),
            "conv2": conv_relu(64, 192, 3),
            "norm2": nn.LocalResponseNorm(5),
            "pool2": halving(),
            "inception3a": Inception(192, 64, 96, 128, 16, 32, 32),
            "inception3b": Inception(256, 128, 128, 192, 32, 96, 64),
            "pool3": halving(),
            "inception4a": Inception(480, 192, 96, 208, 16, 48, 64),
            "inception4b": Inception(512, 160, 112, 224, 24, 64, 64),
            "inception4c": Inception(512, 128, 128, 256, 24, 64, 64),
            "inception4d": Inception(512, 112, 144, 288, 32, 64, 64),
            "inception4e": Inception(528, 256, 160, 320, 32, 128, 128),
            "pool4": halving(),
            "inception5a": Inception(832, 256, 160, 320, 32, 128, 128),
            "inception5b": Inception(832, 384, 192, 384, 48, 128, 128),
        }
    )
    heads = nn.ModuleDict()
    if auxiliary:
        heads["inception4a"], heads["inception4d"] = auxiliary_head(512, classes), auxiliary_head(528, classes)
    head = global_pooling_head(1024, classes, dropout=0.4)
    return he_initialised(GoogLeNet(features, head, heads, (channels, 224, 224)))


def halving() -> nn.MaxPool2d:
    """Max pooling 3×3 with stride 2, rounded up: 112 rows become 56, as table 1 has it."""
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)
