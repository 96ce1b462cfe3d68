"""MobileNet: each convolution split in two, one that looks at neighbours and one that mixes channels."""

from torch import nn

from nnlab.errors import BadData
from nnlab.zoo.parts import ConvNorm, ImageClassifier, global_pooling_head, he_initialised, named, square

# (maps, stride) of the depthwise separable convolutions of table 1. For the last one the table writes stride 2, but
# the sizes beside it, 7×7 before and after, are those of stride 1.
_LAYERS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


class DepthwiseSeparable(nn.Sequential):
    """A 3×3 convolution of each channel by itself, then a 1×1 convolution across the channels: figure 3, right.

    [n, inputs, h, w] → [n, outputs, ⌈h / stride⌉, ⌈w / stride⌉]

    9 inputs + inputs · outputs weights, in place of the 9 · inputs · outputs of a full 3×3 convolution.

    >>> import torch
    >>> DepthwiseSeparable(32, 64, stride=2)(torch.zeros(1, 32, 8, 6)).shape
    torch.Size([1, 64, 4, 3])
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = ConvNorm(inputs, inputs, 3, stride, groups=inputs, activation=nn.ReLU6, tensorflow=True)
        self.pointwise = ConvNorm(inputs, outputs, 1, activation=nn.ReLU6, tensorflow=True)


def mobilenet_v1(
    width: float = 1.0, resolution: int = 224, *, classes: int = 1000, channels: int = 3
) -> ImageClassifier:
    """Howard et al. (2017), MobileNets: Efficient convolutional neural networks for mobile vision applications.

    Table 1. 4 231 976 parameters at width 1, 470 072 at 0.25; Keras counts statistics too: 4 253 864. What the paper
    does not say is as in its authors' code: ReLU6, the padding and the 0.001 of `ConvNorm(tensorflow=True)`, at least
    8 maps.

    Args:
        width: α, the width multiplier of section 3.3: each layer has α times its maps. The paper: 1, 0.75, 0.5, 0.25.
        resolution: of the images in pixels, 32 or more; this is the resolution multiplier ρ of section 3.4, as ρ · 224.
            The paper: 224, 192, 160, 128. It changes what the net costs (see `multiply_adds`), not what it consists of.
        classes: how many scores come out.
        channels: of the images.

    Raises:
        BadData: a width that is not above 0, a resolution below 32.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):  # takes no memory
    ...     full, narrow, coarse = mobilenet_v1(), mobilenet_v1(width=0.5), mobilenet_v1(resolution=128)
    >>> [(zoo.count_parameters(net), round(zoo.multiply_adds(net) / 1e6)) for net in (full, narrow, coarse)]
    [(4231976, 569), (1331592, 149), (4231976, 186)]
    """
    if not width > 0:
        raise BadData(f"width is {width!r}; it multiplies the number of maps, and is above 0, such as 0.5")
    shape = square(channels, resolution, least=32)
    maps = scaled(32, width)
    features = named({"conv": ConvNorm(channels, maps, 3, stride=2, activation=nn.ReLU6, tensorflow=True)})
    for k, (outputs, stride) in enumerate(_LAYERS, start=1):
        inputs, maps = maps, scaled(outputs, width)
        features.add_module(f"separable{k}", DepthwiseSeparable(inputs, maps, stride))
    return he_initialised(ImageClassifier(features, global_pooling_head(maps, classes, dropout=0.001), shape))


def scaled(maps: int, width: float) -> int:
    """So many maps are left of `maps` at that width multiplier.

    >>> scaled(512, 0.25), scaled(32, 0.1)
    (128, 8)
    """
    return max(8, int(maps * width))
