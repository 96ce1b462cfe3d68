"""What the nets of the zoo share: a frame of features and head, and the two convolutions that most are made of."""

from collections.abc import Mapping
from numbers import Integral
from typing import TypeVar

import torch.nn.functional as F
from torch import Tensor, nn

from nnlab.errors import BadData

Net = TypeVar("Net", bound=nn.Module)


class ImageClassifier(nn.Module):
    """A net in two parts: `features` turns images into maps, `head` turns the maps into a score for each class.

    For transfer learning, keep the first and replace the second.

    Args:
        features: images [n, channels, height, width] → maps [n, c, h, w].
        head: maps → scores (logits) [n, classes]: no softmax, as `nn.CrossEntropyLoss` wants them.
        input_shape: (channels, height, width) of the images that the net is meant for.
        any_size: whether images of other heights and widths will do, as they do after global pooling.

    Raises:
        BadData: from `forward`, for images of another shape.

    >>> import torch
    >>> net = ImageClassifier(nn.Conv2d(3, 8, 1), global_pooling_head(8, 10), (3, 32, 32))
    >>> net(torch.zeros(5, 3, 32, 32)).shape
    torch.Size([5, 10])
    """

    def __init__(
        self, features: nn.Module, head: nn.Module, input_shape: tuple[int, int, int], *, any_size: bool = True
    ) -> None:
        super().__init__()
        self.features, self.head = features, head
        self.input_shape, self.any_size = input_shape, any_size

    def forward(self, images: Tensor) -> Tensor:
        self.check(images)
        return self.head(self.features(images))

    def check(self, images: Tensor) -> None:
        """Raise BadData if the images are not of the shape that the net is made for."""
        c, h, w = self.input_shape
        given, looked_at = tuple(images.shape), 1 if self.any_size else 3
        if len(given) != 4 or given[1 : 1 + looked_at] != self.input_shape[:looked_at]:
            wanted = f"[n, {c}, height, width]" if self.any_size else f"[n, {c}, {h}, {w}]"
            raise BadData(
                f"the images have the shape {list(given)}; this net expects {wanted}. "
                "Channels come before height and width: x.permute(0, 3, 1, 2). One image is a batch of one: x[None]"
            )


class Conv2dSame(nn.Conv2d):
    """A convolution with TensorFlow's "same" padding: ⌈height / stride⌉ rows come out, and columns likewise.

    As many zeros as that takes are put around the map, half of them on each side, an odd one below or on the right.
    For an even height and stride 2, `nn.Conv2d` with padding k // 2 puts the odd one above: its result is shifted by
    a pixel, so weights that were trained with the one are wrong in the other.

    >>> import torch
    >>> Conv2dSame(3, 8, kernel_size=3, stride=2)(torch.zeros(1, 3, 7, 10)).shape
    torch.Size([1, 8, 4, 5])
    """

    def forward(self, input: Tensor) -> Tensor:
        sides = zip(input.shape[-2:], self.kernel_size, self.stride, strict=True)
        rows, columns = (max(0, (-(-size // stride) - 1) * stride + kernel - size) for size, kernel, stride in sides)
        return super().forward(F.pad(input, (columns // 2, -(-columns // 2), rows // 2, -(-rows // 2))))


class ConvNorm(nn.Sequential):
    """Convolution without bias (the normalisation has one), batch normalisation, activation.

    [n, inputs, h, w] → [n, outputs, ⌈h / stride⌉, ⌈w / stride⌉], for an odd kernel.

    Args:
        inputs, outputs: channels.
        kernel: its side.
        stride: of the convolution.
        groups: `inputs` for a depthwise convolution, in which each channel has a kernel of its own.
        activation: the class of the activation; None for none.
        tensorflow: pad as `Conv2dSame` does, and add 0.001 to the variance in the normalisation, not 0.00001: the
            conventions of the nets that were first written in TensorFlow.

    >>> import torch
    >>> ConvNorm(3, 8, 5, stride=2)(torch.zeros(1, 3, 7, 10)).shape
    torch.Size([1, 8, 4, 5])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        *,
        groups: int = 1,
        activation: type[nn.Module] | None = nn.ReLU,
        tensorflow: bool = False,
    ) -> None:
        super().__init__()
        if tensorflow:
            self.conv: nn.Conv2d = Conv2dSame(inputs, outputs, kernel, stride, groups=groups, bias=False)
        else:
            self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3 if tensorflow else 1e-5)
        if activation is not None:
            self.activation = activation()


def named(parts: Mapping[str, nn.Module]) -> nn.Sequential:
    """The modules one after the other, each under its name.

    >>> named({"hidden": nn.Linear(1, 2), "output": nn.Linear(2, 1)}).output
    Linear(in_features=2, out_features=1, bias=True)
    """
    chain = nn.Sequential()
    for name, module in parts.items():
        chain.add_module(name, module)
    return chain


def global_pooling_head(channels: int, classes: int, dropout: float = 0.0) -> nn.Sequential:
    """Maps [n, channels, h, w] of any size → their means [n, channels] → scores [n, classes].

    >>> import torch
    >>> global_pooling_head(512, 10)(torch.zeros(2, 512, 7, 5)).shape
    torch.Size([2, 10])
    """
    return named(
        {
            "pool": nn.AdaptiveAvgPool2d(1),
            "flatten": nn.Flatten(),
            "dropout": nn.Dropout(dropout),
            "classifier": nn.Linear(channels, classes),
        }
    )


def he_initialised(net: Net) -> Net:
    """`net`, with the weights of its convolutions drawn so that ReLU layers keep the size of the signal; biases 0.

    He, Zhang, Ren & Sun (2015), Delving deep into rectifiers, equation 10. As PyTorch draws them, each layer would
    pass on 0.4 of it, and little would arrive where there is no normalisation.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return net


def square(channels: int, resolution: int, least: int) -> tuple[int, int, int]:
    """(channels, resolution, resolution); BadData if the net would have no pixel left of so small an image."""
    if isinstance(resolution, bool) or not isinstance(resolution, Integral) or resolution < least:
        raise BadData(
            f"resolution is {resolution!r}; it is a whole number of pixels, and this net needs {least} or more"
        )
    return channels, int(resolution), int(resolution)
