"""VGG: nothing but 3×3 convolutions, in stages of one width."""

from torch import nn

from nnlab.zoo.alex import dense_head
from nnlab.zoo.parts import ImageClassifier, he_initialised, named, square


class VGGStage(nn.Sequential):
    """`depth` times a 3×3 convolution and ReLU, then a pooling that halves the map.

    [n, inputs, h, w] → [n, outputs, h // 2, w // 2]

    Two 3×3 convolutions see 5×5 pixels, three see 7×7, with fewer weights than one of that size would have.

    >>> import torch
    >>> VGGStage(3, 64, depth=2)(torch.zeros(1, 3, 8, 6)).shape
    torch.Size([1, 64, 4, 3])
    """

    def __init__(self, inputs: int, outputs: int, depth: int) -> None:
        super().__init__()
        for k in range(1, depth + 1):
            self.add_module(f"conv{k}", nn.Conv2d(inputs if k == 1 else outputs, outputs, kernel_size=3, padding=1))
            self.add_module(f"relu{k}", nn.ReLU())
        self.pool = nn.MaxPool2d(2)


def vgg16(classes: int = 1000, channels: int = 3, resolution: int = 224) -> ImageClassifier:
    """Simonyan & Zisserman (2015), Very deep convolutional networks for large-scale image recognition, table 1, D.

    138 357 544 parameters, 102 760 448 of them in the weights of the first dense layer.

    Args:
        classes: how many scores come out.
        channels: of the images.
        resolution: their height and width in pixels, 32 or more; the first dense layer depends on it.

    Raises:
        BadData: a resolution below 32.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):  # takes no memory
    ...     zoo.count_parameters(vgg16())
    138357544
    """
    shape = square(channels, resolution, least=32)
    features = named(
        {
            "stage1": VGGStage(channels, 64, depth=2),
            "stage2": VGGStage(64, 128, depth=2),
            "stage3": VGGStage(128, 256, depth=3),
            "stage4": VGGStage(256, 512, depth=3),
            "stage5": VGGStage(512, 512, depth=3),
        }
    )
    head = dense_head(512 * (resolution // 32) ** 2, classes)
    return he_initialised(ImageClassifier(features, head, shape, any_size=False))
