"""LeNet-5: convolution, subsampling, convolution, subsampling, then dense layers."""

from torch import nn

from nnlab.zoo.parts import ImageClassifier, named, square


def lenet5(
    classes: int = 10,
    channels: int = 1,
    resolution: int = 32,
    *,
    activation: type[nn.Module] = nn.Tanh,
    pooling: type[nn.Module] = nn.AvgPool2d,
) -> ImageClassifier:
    """LeCun, Bottou, Bengio & Haffner (1998), Gradient-based learning applied to document recognition, figure 2.

    61 706 parameters: here C3 sees all six maps of S2. In the paper it sees three, four or six of them (table I), each
    subsampling map has a weight and a bias, and the last layer measures distances to 840 fixed weights: 60 000.

    Args:
        classes: how many scores come out.
        channels: of the images.
        resolution: their height and width in pixels, 16 or more. The paper pads its digits to 32; for 28 without
            padding C5 shrinks, and 44 426 parameters are left.
        activation, pooling: `nn.ReLU` and `nn.MaxPool2d` make it the LeNet-5 of today.

    Raises:
        BadData: a resolution below 16.

    >>> import torch
    >>> from nnlab import zoo
    >>> net = lenet5()
    >>> zoo.count_parameters(net), net(torch.zeros(2, 1, 32, 32)).shape
    (61706, torch.Size([2, 10]))
    """
    shape = square(channels, resolution, least=16)
    s4 = ((resolution - 4) // 2 - 4) // 2  # the side of S4's maps; C5's kernel covers them, so C5 is a dense layer
    features = named(
        {
            "c1": nn.Conv2d(channels, 6, kernel_size=5),
            "c1_activation": activation(),
            "s2": pooling(2),
            "c3": nn.Conv2d(6, 16, kernel_size=5),
            "c3_activation": activation(),
            "s4": pooling(2),
            "c5": nn.Conv2d(16, 120, kernel_size=s4),
            "c5_activation": activation(),
        }
    )
    head = named(
        {
            "flatten": nn.Flatten(),
            "f6": nn.Linear(120, 84),
            "f6_activation": activation(),
            "classifier": nn.Linear(84, classes),
        }
    )
    return ImageClassifier(features, head, shape, any_size=False)
