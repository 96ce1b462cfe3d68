"""DenseNet: each layer sees the maps of all layers before it, and adds a few of its own."""

import torch
from torch import Tensor, nn

from nnlab.zoo.parts import ConvNorm, ImageClassifier, global_pooling_head, he_initialised, named


def norm_relu_conv(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    """Batch normalisation, ReLU, convolution: in this order, as each layer normalises shared maps in its own way."""
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return named({"norm": nn.BatchNorm2d(inputs), "relu": nn.ReLU(), "conv": conv})


class DenseLayer(nn.Module):
    """The input, and upon it `growth` new maps that a 1×1 and a 3×3 convolution make of it ("DenseNet-B").

    [n, inputs, h, w] → [n, inputs + growth, h, w]

    >>> DenseLayer(64, growth=32)(torch.zeros(1, 64, 7, 5)).shape
    torch.Size([1, 96, 7, 5])
    """

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.bottleneck = norm_relu_conv(inputs, 4 * growth, 1)
        self.conv = norm_relu_conv(4 * growth, growth, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.conv(self.bottleneck(x))], dim=1)


class DenseBlock(nn.Sequential):
    """`depth` dense layers: [n, inputs, h, w] → [n, inputs + depth · growth, h, w].

    >>> DenseBlock(64, growth=32, depth=6)(torch.zeros(1, 64, 7, 5)).shape
    torch.Size([1, 256, 7, 5])
    """

    def __init__(self, inputs: int, growth: int, depth: int) -> None:
        super().__init__(*[DenseLayer(inputs + k * growth, growth) for k in range(depth)])


class Transition(nn.Sequential):
    """Half the maps, of half the height and width: [n, inputs, h, w] → [n, inputs // 2, h // 2, w // 2].

    >>> Transition(256)(torch.zeros(1, 256, 7, 6)).shape
    torch.Size([1, 128, 3, 3])
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = norm_relu_conv(inputs, inputs // 2, 1)
        self.pool = nn.AvgPool2d(2)


def densenet121(classes: int = 1000, channels: int = 3) -> ImageClassifier:
    """Huang, Liu, van der Maaten & Weinberger (2017), Densely connected convolutional networks, table 1.

    7 978 856 parameters, with growth rate 32. Keras counts the statistics of batch normalisation too: 8 062 504.
    Images [n, channels, h, w] may have any size from 32 pixels on; the paper's have 224 × 224.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):  # takes no memory
    ...     zoo.count_parameters(densenet121())
    7978856
    """
    growth, maps = 32, 64
    features = named({"conv": ConvNorm(channels, maps, 7, stride=2), "pool": nn.MaxPool2d(3, stride=2, padding=1)})
    for k, depth in enumerate((6, 12, 24, 16), start=1):
        if k > 1:
            features.add_module(f"transition{k - 1}", Transition(maps))
            maps //= 2
        features.add_module(f"block{k}", DenseBlock(maps, growth, depth))
        maps += depth * growth
    features.add_module("norm", nn.BatchNorm2d(maps))
    features.add_module("relu", nn.ReLU())
    return he_initialised(ImageClassifier(features, global_pooling_head(maps, classes), (channels, 224, 224)))
