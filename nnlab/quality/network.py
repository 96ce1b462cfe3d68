"""The judge: the small CNN in whose features digits are compared."""

import torch.nn.functional as F
from torch import Tensor, nn

FEATURES = 64


class DigitCNN(nn.Module):
    """Three convolutions with batch norm and two linear layers: 167 850 parameters, 10 logits.

    [n, 1, 28, 28] → 32 maps of 14 × 14 → 64 of 7 × 7 → 128 of 3 × 3 → 64 features → 10 logits. Pixels lie between 0
    (black) and 1. A new one is untrained; `nnlab.quality` uses one with bundled weights.

    >>> import torch
    >>> net = DigitCNN().eval()
    >>> net(torch.zeros(2, 1, 28, 28)).shape, net.features(torch.zeros(2, 1, 28, 28)).shape
    (torch.Size([2, 10]), torch.Size([2, 64]))
    >>> sum(p.numel() for p in net.parameters())
    167850
    """

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(*_stage(1, 32, 5), *_stage(32, 64, 3), *_stage(64, 128, 3))
        self.hidden = nn.Linear(128 * 3 * 3, FEATURES)
        self.classifier = nn.Linear(FEATURES, 10)

    def features(self, x: Tensor) -> Tensor:
        """What the last layer sees of each image: [n, 64], none negative."""
        return F.relu(self.hidden(self.maps(x).flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))


def _stage(inputs: int, outputs: int, size: int) -> list[nn.Module]:
    """Convolution, batch norm, ReLU, and maps of half the side."""
    convolution = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False)  # batch norm has a bias
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
