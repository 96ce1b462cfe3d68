"""What comes out of each stage and block has the shape that the papers' tables give; the rest is refused."""

import numpy as np
import pytest
import torch
from torch import nn

from nnlab import zoo
from nnlab.errors import BadData

NETS = [
    zoo.lenet5,
    zoo.alexnet,
    zoo.vgg16,
    zoo.googlenet,
    zoo.resnet18,
    zoo.resnet50,
    zoo.mobilenet_v1,
    zoo.densenet121,
    zoo.efficientnet_b0,
    zoo.efficientnet_lite0,
]
ANY_SIZE = NETS[3:]


def stages(net):
    """For each stage of the features, at the size of the paper: (maps, side)."""
    x = torch.empty(1, *net.input_shape, device="meta")
    for name, module in net.features.named_children():
        x = module(x)
        assert x.shape[2] == x.shape[3]
        yield name, (x.shape[1], x.shape[2])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (zoo.lenet5, {"c1": (6, 28), "s2": (6, 14), "c3": (16, 10), "s4": (16, 5), "c5": (120, 1)}),
        (
            zoo.alexnet,
            {"conv1": (64, 55), "pool1": (64, 27), "pool2": (192, 13), "conv5": (256, 13), "pool5": (256, 6)},
        ),
        (zoo.vgg16, {f"stage{k}": v for k, v in enumerate([(64, 112), (128, 56), (256, 28), (512, 14), (512, 7)], 1)}),
        (
            zoo.googlenet,
            {
                "conv1": (64, 112),
                "pool1": (64, 56),
                "conv2": (192, 56),
                "pool2": (192, 28),
                "inception3a": (256, 28),
                "inception3b": (480, 28),
                "pool3": (480, 14),
                "inception4a": (512, 14),
                "inception4b": (512, 14),
                "inception4c": (512, 14),
                "inception4d": (528, 14),
                "inception4e": (832, 14),
                "pool4": (832, 7),
                "inception5a": (832, 7),
                "inception5b": (1024, 7),
            },
        ),
        (
            zoo.resnet18,
            {"conv1": (64, 112), "conv2": (64, 56), "conv3": (128, 28), "conv4": (256, 14), "conv5": (512, 7)},
        ),
        (
            zoo.resnet50,
            {"pool": (64, 56), "conv2": (256, 56), "conv3": (512, 28), "conv4": (1024, 14), "conv5": (2048, 7)},
        ),
        (
            zoo.mobilenet_v1,
            {
                "conv": (32, 112),
                "separable1": (64, 112),
                "separable3": (128, 56),
                "separable5": (256, 28),
                "separable11": (512, 14),
                "separable13": (1024, 7),
            },
        ),
        (
            zoo.densenet121,
            {
                "pool": (64, 56),
                "block1": (256, 56),
                "transition1": (128, 28),
                "block2": (512, 28),
                "transition2": (256, 14),
                "block3": (1024, 14),
                "transition3": (512, 7),
                "block4": (1024, 7),
            },
        ),
        (
            zoo.efficientnet_b0,
            {
                "stem": (32, 112),
                "stage2": (16, 112),
                "stage3": (24, 56),
                "stage4": (40, 28),
                "stage5": (80, 14),
                "stage6": (112, 14),
                "stage7": (192, 7),
                "stage8": (320, 7),
                "top": (1280, 7),
            },
        ),
    ],
)
def test_stages_of_the_papers_table(function, expected):
    with torch.device("meta"):
        got = dict(stages(function()))
    assert {name: got[name] for name in expected} == expected


@pytest.mark.parametrize("function", NETS)
def test_classes_and_channels_are_free(function):
    with torch.device("meta"):
        net = function(classes=17, channels=2).eval()
        assert net(torch.empty(3, *net.input_shape)).shape == (3, 17)
    assert net.input_shape[0] == 2


@pytest.mark.parametrize("function", ANY_SIZE)
def test_after_global_pooling_other_sizes_will_do(function):
    with torch.device("meta"):
        assert function(classes=5).eval()(torch.empty(2, 3, 97, 64)).shape == (2, 5)


@pytest.mark.parametrize(("function", "least"), [(zoo.lenet5, 16), (zoo.alexnet, 63), (zoo.vgg16, 32)])
def test_the_least_resolution_is_just_enough(function, least):
    with torch.device("meta"):
        net = function(classes=5, resolution=least)
        assert net(torch.empty(2, *net.input_shape)).shape == (2, 5)
        with pytest.raises(BadData, match=f"this net needs {least} or more"):
            function(resolution=least - 1)


@pytest.mark.parametrize("width", [0.1, 0.25, 0.3, 2])
def test_the_width_of_mobilenet_scales_every_layer(width):
    with torch.device("meta"):
        full, scaled = (dict(stages(zoo.mobilenet_v1(w))) for w in (1, width))
    for name, (maps, side) in full.items():
        assert scaled[name] == (max(8, int(maps * width)), side)


@pytest.mark.parametrize(("resolution", "side"), [(224, 7), (192, 6), (160, 5), (128, 4)])
def test_the_resolution_of_mobilenet_is_that_of_its_images(resolution, side):
    with torch.device("meta"):
        net = zoo.mobilenet_v1(resolution=resolution)
        assert net.input_shape == (3, resolution, resolution)
        assert dict(stages(net))["separable13"] == (1024, side)


@pytest.mark.parametrize("shape", [(3, 224, 224), (2, 224, 224, 3), (2, 1, 224, 224), (2, 3, 200, 224), (2, 3)])
def test_images_of_another_shape_are_refused_in_words(shape):
    with torch.device("meta"):
        net = zoo.vgg16()
        with pytest.raises(BadData, match=r"this net expects \[n, 3, 224, 224\]"):
            net(torch.empty(shape))


def test_where_any_size_will_do_the_message_says_so():
    with (
        torch.device("meta"),
        pytest.raises(BadData, match=r"\[2, 64, 64, 3\].*expects \[n, 3, height, width\].*permute"),
    ):
        zoo.resnet18()(torch.empty(2, 64, 64, 3))


@pytest.mark.parametrize(
    "make",
    [
        lambda: zoo.mobilenet_v1(width=0),
        lambda: zoo.mobilenet_v1(width=float("nan")),
        lambda: zoo.mobilenet_v1(resolution=31),
        lambda: zoo.mobilenet_v1(resolution=0.5),
        lambda: zoo.efficientnet(width=-1.0),
        lambda: zoo.efficientnet(depth=0),
        lambda: zoo.efficientnet(resolution=True),
        lambda: zoo.lenet5(resolution="32"),
    ],
)
def test_sizes_that_make_no_net_are_refused(make):
    with pytest.raises(BadData, match=r"^(width|resolution) is"):
        make()


def test_a_resolution_may_be_numpys():
    assert zoo.lenet5(resolution=np.int64(28)).input_shape == (1, 28, 28)


def test_the_auxiliary_heads_speak_in_training_only():
    with torch.device("meta"):
        net, images = zoo.googlenet(10, auxiliary=True), torch.empty(2, 3, 224, 224)
        assert [scores.shape for scores in net(images)] == [(2, 10)] * 3
        assert net.eval()(images).shape == (2, 10)
        assert zoo.googlenet(10)(images).shape == (2, 10)
        with pytest.raises(BadData, match="224, 224"):
            net(torch.empty(2, 3, 192, 192))


@pytest.mark.parametrize("function", NETS)
def test_the_head_can_be_replaced(function):
    with torch.device("meta"):
        net = function().eval()
        images = torch.empty(2, *net.input_shape)
        net.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(net.features(images).shape[1], 3))
        assert net(images).shape == (2, 3)
