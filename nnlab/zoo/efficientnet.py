"""EfficientNet: one block, and one rule by which width, depth and resolution grow together."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from nnlab.errors import BadData
from nnlab.zoo.parts import ConvNorm, ImageClassifier, global_pooling_head, he_initialised, named, square


class Stage(NamedTuple):
    """A row of table 1: `depth` blocks MBConv; the first has the stride, and brings the maps to `maps`."""

    expansion: int
    kernel: int
    stride: int
    maps: int
    depth: int


# Stages 2 to 8 of table 1, whose resolutions are those of a stage's input: a stage has stride 2 if the next has half.
_STAGES = (
    Stage(expansion=1, kernel=3, stride=1, maps=16, depth=1),
    Stage(expansion=6, kernel=3, stride=2, maps=24, depth=2),
    Stage(expansion=6, kernel=5, stride=2, maps=40, depth=2),
    Stage(expansion=6, kernel=3, stride=2, maps=80, depth=3),
    Stage(expansion=6, kernel=5, stride=1, maps=112, depth=3),
    Stage(expansion=6, kernel=5, stride=2, maps=192, depth=4),
    Stage(expansion=6, kernel=3, stride=1, maps=320, depth=1),
)


class Scaling(NamedTuple):
    """The size of an EfficientNet: its width and depth as multiples of B0's, its resolution in pixels."""

    width: float
    depth: float
    resolution: int


def compound_scaling(phi: float) -> Scaling:
    """Equation 3, with the constants of section 4: width 1.1^φ, depth 1.2^φ, resolution 224 · 1.15^φ.

    The cost grows as depth · width² · resolution² = 1.92^φ, or up to a third more, as blocks are rounded up. The nets
    B1 to B7 that the authors published have other numbers near these: B4 has width 1.4, depth 1.8 and 380 pixels.

    >>> compound_scaling(1)
    Scaling(width=1.1, depth=1.2, resolution=258)
    """
    return Scaling(1.1**phi, 1.2**phi, round(224 * 1.15**phi))


def scaled_maps(maps: int, width: float) -> int:
    """`maps` times the width, to the nearest multiple of 8, but never below 90 % of it.

    >>> scaled_maps(32, 1.4), scaled_maps(24, 0.5)
    (48, 16)
    """
    wanted = maps * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * wanted else rounded + 8


def scaled_depth(blocks: int, depth: float) -> int:
    """`blocks` times the depth, rounded up.

    >>> scaled_depth(4, 1.2), scaled_depth(1, 1.2)
    (5, 2)
    """
    return math.ceil(blocks * depth)


class SqueezeExcitation(nn.Module):
    """Each map times a number in (0, 1) that two small dense layers make of the means of all maps.

    Hu, Shen & Sun (2018), Squeeze-and-excitation networks, figure 1. [n, channels, h, w] → the same.

    >>> SqueezeExcitation(32, hidden=8)(torch.zeros(1, 32, 7, 5)).shape
    torch.Size([1, 32, 7, 5])
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, hidden, 1)
        self.activation = nn.SiLU()
        self.expand = nn.Conv2d(hidden, channels, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(self.expand(self.activation(self.reduce(self.squeeze(x)))))


class StochasticDepth(nn.Module):
    """While training, each sample becomes 0 with probability `rate`, or is divided by 1 - rate; else nothing changes.

    Huang et al. (2016), Deep networks with stochastic depth: before the sum with the shortcut, it leaves blocks out.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        kept = torch.rand(len(x), 1, 1, 1, device=x.device) >= self.rate
        return x * kept / (1 - self.rate)

    def extra_repr(self) -> str:
        return f"rate={self.rate:.3g}"


class MBConv(nn.Module):
    """The inverted residual block: 1×1 to more channels, depthwise, squeeze and excitation, 1×1 to `outputs`.

    Sandler et al. (2018), MobileNetV2, figure 3b, with squeeze and excitation as in MnasNet. The shortcut is there if
    the block keeps the shape. The last convolution has no activation: ReLU on few channels would lose too much.

    [n, inputs, h, w] → [n, outputs, ⌈h / stride⌉, ⌈w / stride⌉]

    Args:
        inputs, outputs: channels.
        expansion: how many times `inputs` there are inside; 1 leaves the first convolution out.
        kernel, stride: of the depthwise convolution.
        excite: with squeeze and excitation, on inputs // 4 hidden numbers.
        activation: the class of the activations.
        drop: how often training leaves the block out, where it has a shortcut.

    >>> MBConv(16, 24, expansion=6, kernel=3, stride=2)(torch.zeros(1, 16, 8, 6)).shape
    torch.Size([1, 24, 4, 3])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        expansion: int,
        kernel: int,
        stride: int = 1,
        excite: bool = True,
        activation: type[nn.Module] = nn.SiLU,
        drop: float = 0.0,
    ) -> None:
        super().__init__()
        inside = expansion * inputs
        body: dict[str, nn.Module] = {}
        if expansion != 1:
            body["expand"] = ConvNorm(inputs, inside, 1, activation=activation, tensorflow=True)
        body["depthwise"] = ConvNorm(
            inside, inside, kernel, stride, groups=inside, activation=activation, tensorflow=True
        )
        if excite:
            body["excite"] = SqueezeExcitation(inside, max(1, inputs // 4))
        body["project"] = ConvNorm(inside, outputs, 1, activation=None, tensorflow=True)
        self.body = named(body)
        self.shortcut = stride == 1 and inputs == outputs
        self.drop = StochasticDepth(drop if self.shortcut else 0.0)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.drop(self.body(x)) if self.shortcut else self.body(x)


def efficientnet(
    width: float = 1.0,
    depth: float = 1.0,
    resolution: int = 224,
    *,
    classes: int = 1000,
    channels: int = 3,
    dropout: float = 0.2,
    lite: bool = False,
) -> ImageClassifier:
    """Tan & Le (2019), EfficientNet: Rethinking model scaling for convolutional neural networks, table 1, scaled.

    `efficientnet(*compound_scaling(phi))` scales all three together.

    Args:
        width: times the maps of table 1; see `scaled_maps`.
        depth: times its blocks; see `scaled_depth`.
        resolution: of the images in pixels, 32 or more. It changes what the net costs, not what it consists of.
        classes: how many scores come out.
        channels: of the images.
        dropout: before the classifier.
        lite: the Lite variant of the same authors, for small devices: ReLU6 for SiLU, no squeeze and excitation; stem,
            top and the depth of the first and last stage are not scaled.

    Raises:
        BadData: a width or depth that is not above 0, a resolution below 32.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):  # takes no memory
    ...     zoo.count_parameters(efficientnet(width=1.1, depth=1.2, resolution=260))  # B2
    9109994
    """
    if not (width > 0 and depth > 0):
        raise BadData(f"width is {width!r}, depth {depth!r}; they are factors above 0, such as 1.1")
    shape = square(channels, resolution, least=32)
    activation: type[nn.Module] = nn.ReLU6 if lite else nn.SiLU
    edge = 1.0 if lite else width
    maps = scaled_maps(32, edge)
    features = named({"stem": ConvNorm(channels, maps, 3, stride=2, activation=activation, tensorflow=True)})
    fixed = (_STAGES[0], _STAGES[-1]) if lite else ()
    depths = [stage.depth if stage in fixed else scaled_depth(stage.depth, depth) for stage in _STAGES]
    done = 0
    for number, (stage, blocks) in enumerate(zip(_STAGES, depths, strict=True), start=2):
        chain = nn.Sequential()
        for k in range(blocks):
            inputs, maps = maps, scaled_maps(stage.maps, width)
            chain.append(
                MBConv(
                    inputs,
                    maps,
                    expansion=stage.expansion,
                    kernel=stage.kernel,
                    stride=stage.stride if k == 0 else 1,
                    excite=not lite,
                    activation=activation,
                    drop=0.2 * done / sum(depths),  # the later, the more often
                )
            )
            done += 1
        features.add_module(f"stage{number}", chain)
    top = scaled_maps(1280, edge)
    features.add_module("top", ConvNorm(maps, top, 1, activation=activation, tensorflow=True))
    return he_initialised(ImageClassifier(features, global_pooling_head(top, classes, dropout), shape))


def efficientnet_b0(classes: int = 1000, channels: int = 3) -> ImageClassifier:
    """Tan & Le (2019), table 1: the net that the others are scaled from. 5 288 548 parameters.

    Images [n, channels, h, w] may have any size from 32 pixels on; the paper's have 224 × 224.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):
    ...     zoo.count_parameters(efficientnet_b0())
    5288548
    """
    return efficientnet(classes=classes, channels=channels)


def efficientnet_lite0(classes: int = 1000, channels: int = 3) -> ImageClassifier:
    """B0 without squeeze and excitation, and with ReLU6. 4 652 008 parameters.

    There is no paper: the authors of EfficientNet published it as code (tensorflow/tpu, efficientnet/lite, 2020).
    `nnlab.zoo.pretrained_lite0` gives it with weights.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):
    ...     zoo.count_parameters(efficientnet_lite0())
    4652008
    """
    return efficientnet(classes=classes, channels=channels, lite=True)
