"""The zoo: image classifiers that changed the field, each in a file to be read, built of blocks with names.

- `lenet.py` (1998), `alex.py` (2012), `vgg.py` (2014), `inception.py` (GoogLeNet, 2014), `resnet.py` (2015),
  `mobilenet.py` (2017), `densenet.py` (2017), `efficientnet.py` (2019).
- `parts.py`: what they share. Each net has `features`, which makes maps of images, and `head`, which makes scores of
  those; and `input_shape`.
- `size.py`: parameters and multiply-adds.
- `pretrained.py`: EfficientNet-Lite0 with weights, from a package of its own. The others come untrained.
"""

from nnlab.zoo.alex import alexnet
from nnlab.zoo.densenet import DenseBlock, DenseLayer, Transition, densenet121
from nnlab.zoo.efficientnet import (
    MBConv,
    SqueezeExcitation,
    StochasticDepth,
    compound_scaling,
    efficientnet,
    efficientnet_b0,
    efficientnet_lite0,
)
from nnlab.zoo.inception import GoogLeNet, Inception, googlenet
from nnlab.zoo.lenet import lenet5
from nnlab.zoo.mobilenet import DepthwiseSeparable, mobilenet_v1
from nnlab.zoo.parts import Conv2dSame, ConvNorm, ImageClassifier
from nnlab.zoo.pretrained import lite0_images, pretrained_lite0
from nnlab.zoo.resnet import BasicBlock, Bottleneck, resnet18, resnet50
from nnlab.zoo.size import count_parameters, multiply_adds
from nnlab.zoo.vgg import VGGStage, vgg16

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "Conv2dSame",
    "ConvNorm",
    "DenseBlock",
    "DenseLayer",
    "DepthwiseSeparable",
    "GoogLeNet",
    "ImageClassifier",
    "Inception",
    "MBConv",
    "SqueezeExcitation",
    "StochasticDepth",
    "Transition",
    "VGGStage",
    "alexnet",
    "compound_scaling",
    "count_parameters",
    "densenet121",
    "efficientnet",
    "efficientnet_b0",
    "efficientnet_lite0",
    "googlenet",
    "lenet5",
    "lite0_images",
    "mobilenet_v1",
    "multiply_adds",
    "pretrained_lite0",
    "resnet18",
    "resnet50",
    "vgg16",
]
