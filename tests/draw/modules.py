"""Modules to draw: the zoo's blocks, and such as students write."""

import torch
import torch.nn.functional as F
from torch import nn

from nnlab import zoo


class UNet(nn.Module):
    """Two skips, one inside the other, over functions and submodules."""

    def __init__(self):
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.bottom = nn.Conv2d(16, 32, 3, padding=1)
        self.widen2, self.up2 = nn.ConvTranspose2d(32, 16, 2, 2), nn.Conv2d(32, 16, 3, padding=1)
        self.widen1, self.up1 = nn.ConvTranspose2d(16, 8, 2, 2), nn.Conv2d(16, 8, 3, padding=1)

    def forward(self, x):
        a = F.relu(self.down1(x))
        b = F.relu(self.down2(F.max_pool2d(a, 2)))
        y = self.widen2(F.relu(self.bottom(F.max_pool2d(b, 2))))
        y = self.widen1(F.relu(self.up2(torch.cat([b, y], dim=1))))
        return F.relu(self.up1(torch.cat([a, y], dim=1)))


class AllToAll(nn.Module):
    """Each layer sees the maps of all before it."""

    def __init__(self, layers=4):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(4 * (k + 1), 4, 3, padding=1) for k in range(layers))

    def forward(self, x):
        maps = [x]
        for conv in self.convs:
            maps.append(F.relu(conv(torch.cat(maps, dim=1))))
        return torch.cat(maps, dim=1)


class Tangle(nn.Module):
    """Branches that cross, a skip over both, two outputs."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.d = (nn.Linear(4, 4) for _ in range(4))

    def forward(self, x):
        a, b = self.a(x), self.b(x)
        return self.c(a * b) + self.d(torch.relu(a) + b) + x, a


class ThreeWays(nn.Module):
    """Residual blocks beside each other: skips inside branches."""

    def __init__(self):
        super().__init__()
        self.left, self.middle, self.right = zoo.BasicBlock(8, 8), nn.Conv2d(8, 8, 1), zoo.BasicBlock(8, 8)

    def forward(self, x):
        return torch.cat([self.left(x), self.middle(x), self.right(x)], dim=1)


class Twins(nn.Module):
    """One module called for each of two inputs."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 16))

    def forward(self, x, y):
        return (self.net(x) - self.net(y)).pow(2).sum(1)


# name: (module, input shape, depth)
ZOO = {
    "basic block": (lambda: zoo.BasicBlock(64, 64), (64, 56, 56), 1),
    "basic block, stride 2": (lambda: zoo.BasicBlock(64, 128, stride=2), (64, 56, 56), 1),
    "bottleneck": (lambda: zoo.Bottleneck(256, 64), (256, 56, 56), 1),
    "bottleneck, stride 2": (lambda: zoo.Bottleneck(256, 128, stride=2), (256, 56, 56), 1),
    "inception": (lambda: zoo.Inception(192, 64, 96, 128, 16, 32, 32), (192, 28, 28), 1),
    "depthwise separable": (lambda: zoo.DepthwiseSeparable(32, 64, stride=2), (32, 112, 112), 1),
    "dense layer": (lambda: zoo.DenseLayer(64, growth=32), (64, 56, 56), 1),
    "dense block": (lambda: zoo.DenseBlock(64, growth=32, depth=3), (64, 56, 56), 1),
    "dense block, open": (lambda: zoo.DenseBlock(64, growth=32, depth=3), (64, 56, 56), 2),
    "MBConv": (lambda: zoo.MBConv(16, 16, expansion=6, kernel=3), (16, 56, 56), 1),
    "MBConv, open": (lambda: zoo.MBConv(16, 16, expansion=6, kernel=3), (16, 56, 56), 2),
    "squeeze and excitation": (lambda: zoo.SqueezeExcitation(96, 4), (96, 56, 56), 1),
    "VGG stage": (lambda: zoo.VGGStage(64, 128, depth=2), (64, 112, 112), 1),
    "LeNet-5": (lambda: zoo.lenet5(), (1, 32, 32), 1),
    "GoogLeNet with its side heads": (lambda: zoo.googlenet(auxiliary=True), (3, 224, 224), 1),
}
OWN = {
    "U-Net": (UNet, (1, 32, 32), 1),
    "all to all": (AllToAll, (4, 8, 8), 1),
    "tangle": (Tangle, (4,), 1),
    "three ways": (ThreeWays, (8, 8, 8), 2),
    "twins": (Twins, [(1, 8, 8), (1, 8, 8)], 1),
    "transformer": (lambda: nn.TransformerEncoderLayer(16, 2, batch_first=True), (5, 16), 1),
}


def made(name):
    """(module on the meta device, input shape, depth)"""
    make, shape, depth = {**ZOO, **OWN}[name]
    with torch.device("meta"):
        return make(), shape, depth
