"""AlexNet: five convolutions and three dense layers, with ReLU and dropout; the net that won ImageNet in 2012."""

from collections.abc import Sequence

from torch import nn

from nnlab.zoo.parts import ImageClassifier, he_initialised, named, square


def alexnet(
    classes: int = 1000,
    channels: int = 3,
    resolution: int = 224,
    *,
    widths: Sequence[int] = (64, 192, 384, 256, 256),
    groups: int = 1,
) -> ImageClassifier:
    """Krizhevsky (2014), One weird trick for parallelizing convolutional neural networks: AlexNet in one tower.

    61 100 840 parameters, with the widths of the configuration that its author released. The paper's footnote 1 has
    384 maps in the fourth convolution: `widths=(64, 192, 384, 384, 256)`, 61 838 248.

    The net of Krizhevsky, Sutskever & Hinton (2012), ImageNet classification with deep convolutional neural networks,
    figure 2, is cut into two groups, one for each GPU: `widths=(96, 256, 384, 384, 256), groups=2`, 60 965 224
    parameters; without groups 62 378 344. Its local response normalisation, which learns nothing, is left out.

    Args:
        classes: how many scores come out.
        channels: of the images.
        resolution: their height and width in pixels, 63 or more; the first dense layer depends on it.
        widths: maps of the five convolutions.
        groups: of the second, fourth and fifth convolution.

    Raises:
        BadData: a resolution below 63.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):  # takes no memory
    ...     zoo.count_parameters(alexnet())
    61100840
    """
    a, b, c, d, e = widths
    shape = square(channels, resolution, least=63)
    side = (resolution + 4 - 11) // 4 + 1
    for _ in range(3):
        side = (side - 3) // 2 + 1  # after each pooling
    features = named(
        {
            "conv1": nn.Conv2d(channels, a, kernel_size=11, stride=4, padding=2),
            "relu1": nn.ReLU(),
            "pool1": nn.MaxPool2d(3, stride=2),
            "conv2": nn.Conv2d(a, b, kernel_size=5, padding=2, groups=groups),
            "relu2": nn.ReLU(),
            "pool2": nn.MaxPool2d(3, stride=2),
            "conv3": nn.Conv2d(b, c, kernel_size=3, padding=1),
            "relu3": nn.ReLU(),
            "conv4": nn.Conv2d(c, d, kernel_size=3, padding=1, groups=groups),
            "relu4": nn.ReLU(),
            "conv5": nn.Conv2d(d, e, kernel_size=3, padding=1, groups=groups),
            "relu5": nn.ReLU(),
            "pool5": nn.MaxPool2d(3, stride=2),
        }
    )
    return he_initialised(ImageClassifier(features, dense_head(e * side**2, classes), shape, any_size=False))


def dense_head(inputs: int, classes: int) -> nn.Sequential:
    """Two hidden layers of 4096 with dropout, then the scores; `inputs` numbers come in, as maps of any shape.

    VGG took it over. Nearly all parameters of either net are here.

    >>> import torch
    >>> from nnlab import zoo
    >>> with torch.device("meta"):  # takes no memory
    ...     zoo.count_parameters(dense_head(256 * 6 * 6, 1000))
    58631144
    """
    return named(
        {
            "flatten": nn.Flatten(),
            "dense1": nn.Linear(inputs, 4096),
            "relu1": nn.ReLU(),
            "dropout1": nn.Dropout(0.5),
            "dense2": nn.Linear(4096, 4096),
            "relu2": nn.ReLU(),
            "dropout2": nn.Dropout(0.5),
            "classifier": nn.Linear(4096, classes),
        }
    )
