"""ResNet: blocks that learn what to add to their input."""

from collections.abc import Sequence

from torch import Tensor, nn

from nnlab.zoo.parts import ConvNorm, ImageClassifier, global_pooling_head, he_initialised, named


class ResidualBlock(nn.Module):
    """relu(body(x) + shortcut(x)): figure 2. The shortcut is x itself where the body keeps its shape.

    Where it does not, the shortcut is a 1×1 convolution (equation 2, option B).

    [n, inputs, h, w] → [n, outputs, ⌈h / stride⌉, ⌈w / stride⌉]

    Args:
        body: the layers that the shortcut goes around, without a last activation.
        inputs, outputs: channels before and after the body.
        stride: of the body.
    """

    def __init__(self, body: nn.Module, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = body
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = ConvNorm(inputs, outputs, 1, stride, activation=None)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.body(x) + self.shortcut(x))


class BasicBlock(ResidualBlock):
    """Two 3×3 convolutions and a shortcut: figure 5, left.

    >>> import torch
    >>> BasicBlock(64, 128, stride=2)(torch.zeros(1, 64, 8, 6)).shape
    torch.Size([1, 128, 4, 3])
    """

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        body = {"conv1": ConvNorm(inputs, width, 3, stride), "conv2": ConvNorm(width, width, 3, activation=None)}
        super().__init__(named(body), inputs, width, stride)


class Bottleneck(ResidualBlock):
    """1×1 to fewer channels, 3×3 there, 1×1 to four times as many, and a shortcut: figure 5, right.

    The stride is in the first convolution, as in the paper's own model. Many ports ("version 1.5") have it in the 3×3
    one: the same parameters, more computation, another function.

    >>> import torch
    >>> Bottleneck(256, 128, stride=2)(torch.zeros(1, 256, 8, 6)).shape
    torch.Size([1, 512, 4, 3])
    """

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        body = {
            "reduce": ConvNorm(inputs, width, 1, stride),
            "conv": ConvNorm(width, width, 3),
            "expand": ConvNorm(width, self.expansion * width, 1, activation=None),
        }
        super().__init__(named(body), inputs, self.expansion * width, stride)


def resnet(
    block: type[BasicBlock] | type[Bottleneck], depths: Sequence[int], classes: int, channels: int
) -> ImageClassifier:
    """A ResNet of four stages, with `depths` blocks in them, of widths 64, 128, 256 and 512: a column of table 1.

    >>> import torch
    >>> resnet(BasicBlock, [1, 1, 1, 1], classes=10, channels=3)(torch.zeros(2, 3, 64, 48)).shape
    torch.Size([2, 10])
    """
    features = named({"conv1": ConvNorm(channels, 64, 7, stride=2), "pool": nn.MaxPool2d(3, stride=2, padding=1)})
    inputs = 64
    for stage, (width, depth) in enumerate(zip((64, 128, 256, 512), depths, strict=True), start=2):
        blocks = nn.Sequential()
        for k in range(depth):
            blocks.append(block(inputs, width, stride=2 if k == 0 and stage > 2 else 1))
            inputs = block.expansion * width
        features.add_module(f"conv{stage}", blocks)
    return he_initialised(ImageClassifier(features, global_pooling_head(inputs, classes), (channels, 224, 224)))


def resnet18(classes: int = 1000, channels: int = 3) -> ImageClassifier:
    """He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, table 1, 18 layers.

    11 689 512 parameters. Images [n, channels, h, w] may have any size; the paper's have 224 × 224 pixels.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):  # takes no memory
    ...     zoo.count_parameters(resnet18())
    11689512
    """
    return resnet(BasicBlock, (2, 2, 2, 2), classes, channels)


def resnet50(classes: int = 1000, channels: int = 3) -> ImageClassifier:
    """He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, table 1, 50 layers.

    25 557 032 parameters. Keras gives its convolutions biases, and counts the statistics of batch normalisation too:
    25 636 712. Images [n, channels, h, w] may have any size; the paper's have 224 × 224 pixels.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):  # takes no memory
    ...     zoo.count_parameters(resnet50())
    25557032
    """
    return resnet(Bottleneck, (3, 4, 6, 3), classes, channels)
