"""Parameters and multiply-adds are those of the papers. Nets are made on the device "meta", which holds no numbers."""

import pytest
import torch
from torch import nn

from nnlab import zoo

ALEXNET_2012 = (96, 256, 384, 384, 256)


def made(function, **options):
    with torch.device("meta"):
        return function(**options)


@pytest.mark.parametrize(
    ("function", "options", "parameters"),
    [
        (zoo.lenet5, {}, 61_706),
        (zoo.lenet5, {"resolution": 28}, 44_426),
        (zoo.lenet5, {"activation": nn.ReLU, "pooling": nn.MaxPool2d}, 61_706),
        (zoo.alexnet, {}, 61_100_840),
        (zoo.alexnet, {"widths": ALEXNET_2012, "groups": 2}, 60_965_224),
        (zoo.alexnet, {"widths": ALEXNET_2012}, 62_378_344),
        (zoo.alexnet, {"widths": (64, 192, 384, 384, 256)}, 61_838_248),
        (zoo.vgg16, {}, 138_357_544),
        (zoo.googlenet, {}, 6_998_552),
        (zoo.googlenet, {"auxiliary": True}, 13_378_280),
        (zoo.resnet18, {}, 11_689_512),
        (zoo.resnet50, {}, 25_557_032),
        (zoo.mobilenet_v1, {}, 4_231_976),
        (zoo.mobilenet_v1, {"resolution": 128}, 4_231_976),
        (zoo.mobilenet_v1, {"width": 0.25}, 470_072),
        (zoo.densenet121, {}, 7_978_856),
        (zoo.efficientnet_b0, {}, 5_288_548),
        (zoo.efficientnet_lite0, {}, 4_652_008),
    ],
)
def test_parameters(function, options, parameters):
    assert zoo.count_parameters(made(function, **options)) == parameters


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (zoo.resnet50, 25_636_712),
        (zoo.mobilenet_v1, 4_253_864),
        (zoo.densenet121, 8_062_504),
    ],
)
def test_keras_counts_the_statistics_too_and_biases_that_the_normalisation_takes_off(function, parameters):
    net = made(function)
    statistics = sum(b.numel() for name, b in net.named_buffers() if "running" in name)
    biases = 0
    if function is zoo.resnet50:
        biases = sum(m.out_channels for m in net.modules() if isinstance(m, nn.Conv2d))
    assert zoo.count_parameters(net) + statistics + biases == parameters


@pytest.mark.parametrize(
    ("options", "millions"),
    [
        ({}, 569),
        ({"width": 0.75}, 325),
        ({"width": 0.5}, 149),
        ({"width": 0.25}, 41),
        ({"resolution": 192}, 418),
        ({"resolution": 160}, 291),
        ({"resolution": 128}, 186),
    ],
)
def test_multiply_adds_of_mobilenet_at_each_width_and_resolution(options, millions):
    """Tables 6 and 7 of the paper. It has 290, cut off, where 290.7 rounds to 291."""
    assert round(zoo.multiply_adds(made(zoo.mobilenet_v1, **options)) / 1e6) == millions


@pytest.mark.parametrize(
    ("function", "billions"),
    [
        (zoo.resnet18, 1.8),  # table 1 of the paper
        (zoo.resnet50, 3.9),  # there 3.8
        (zoo.vgg16, 15.5),
        (zoo.googlenet, 1.6),  # section 5: a budget of 1.5
        (zoo.densenet121, 2.8),
        (zoo.efficientnet_b0, 0.4),  # table 2: 0.39
    ],
)
def test_multiply_adds(function, billions):
    assert round(zoo.multiply_adds(made(function)) / 1e9, 1) == billions


def test_multiply_adds_by_hand():
    assert zoo.multiply_adds(nn.Conv2d(6, 4, kernel_size=(3, 5), groups=2), (6, 10, 10)) == 8 * 6 * 4 * 3 * 3 * 5
    assert zoo.multiply_adds(nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 2)), (5,)) == 5 * 7 + 7 * 2


def test_counting_changes_nothing():
    net = zoo.mobilenet_v1(0.25, 32, classes=3)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    zoo.multiply_adds(net)
    assert net.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_frozen_and_shared_parameters():
    first = nn.Linear(3, 3)
    net = nn.Sequential(first, nn.ReLU(), first, nn.Linear(3, 2))
    assert zoo.count_parameters(net) == 12 + 8
    first.requires_grad_(False)
    assert zoo.count_parameters(net) == 8


@pytest.fixture(scope="module")
def cost_of_b0():
    return zoo.multiply_adds(made(zoo.efficientnet_b0))


@pytest.mark.parametrize(
    ("options", "factor"), [({"width": 2.0}, 4), ({"depth": 2.0}, 2), ({"resolution": 448}, 4)], ids=str
)
def test_what_width_depth_and_resolution_cost_singly(options, factor, cost_of_b0):
    cost = zoo.multiply_adds(made(zoo.efficientnet, **options))
    assert cost / cost_of_b0 == pytest.approx(factor, rel=0.07)


@pytest.mark.parametrize("phi", [0, 1, 3])
def test_what_they_cost_together(phi, cost_of_b0):
    cost = zoo.multiply_adds(made(zoo.efficientnet, **zoo.compound_scaling(phi)._asdict()))
    assert 1 <= cost / cost_of_b0 / 1.92**phi < 1.35


@pytest.mark.parametrize(
    ("width", "depth", "resolution", "billions"), [(1.0, 1.1, 240, 0.70), (1.1, 1.2, 260, 1.0), (1.4, 1.8, 380, 4.2)]
)
def test_what_b1_b2_and_b4_cost(width, depth, resolution, billions):
    """Table 2 of the paper."""
    cost = zoo.multiply_adds(made(zoo.efficientnet, width=width, depth=depth, resolution=resolution))
    assert cost / 1e9 == pytest.approx(billions, rel=0.05)
