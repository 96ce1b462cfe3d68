"""What each block computes."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from nnlab import zoo

BLOCKS = {
    "VGGStage": (lambda: zoo.VGGStage(6, 8, depth=2), (8, 6, 4)),
    "Inception": (lambda: zoo.Inception(6, 1, 2, 3, 4, 5, 6), (15, 12, 8)),
    "BasicBlock": (lambda: zoo.BasicBlock(6, 6), (6, 12, 8)),
    "BasicBlock, stride 2": (lambda: zoo.BasicBlock(6, 10, stride=2), (10, 6, 4)),
    "Bottleneck": (lambda: zoo.Bottleneck(6, 5), (20, 12, 8)),
    "Bottleneck, stride 2": (lambda: zoo.Bottleneck(6, 5, stride=2), (20, 6, 4)),
    "DepthwiseSeparable": (lambda: zoo.DepthwiseSeparable(6, 10), (10, 12, 8)),
    "DepthwiseSeparable, stride 2": (lambda: zoo.DepthwiseSeparable(6, 10, stride=2), (10, 6, 4)),
    "DenseLayer": (lambda: zoo.DenseLayer(6, growth=4), (10, 12, 8)),
    "DenseBlock": (lambda: zoo.DenseBlock(6, growth=4, depth=3), (18, 12, 8)),
    "Transition": (lambda: zoo.Transition(6), (3, 6, 4)),
    "SqueezeExcitation": (lambda: zoo.SqueezeExcitation(6, hidden=2), (6, 12, 8)),
    "MBConv": (lambda: zoo.MBConv(6, 6, expansion=4, kernel=5), (6, 12, 8)),
    "MBConv, stride 2": (lambda: zoo.MBConv(6, 10, expansion=1, kernel=3, stride=2, excite=False), (10, 6, 4)),
}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("name", BLOCKS)
def test_shape_and_gradients(name):
    make, expected = BLOCKS[name]
    block, x = make(), torch.randn(3, 6, 12, 8, requires_grad=True)
    out = block(x)
    assert out.shape == (3, *expected)
    out.square().sum().backward()
    assert x.grad.abs().sum() > 0
    assert [n for n, p in block.named_parameters() if p.grad is None or not p.grad.isfinite().all()] == []


@pytest.mark.parametrize("size", [7, 8, 9, 10, 11])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 3, 4, 5])
def test_same_padding_is_torchs_at_stride_1_and_puts_the_odd_zero_below_at_others(kernel, stride, size):
    conv = zoo.Conv2dSame(2, 3, kernel, stride)
    x = torch.randn(1, 2, size, 9)
    sides = [-(-size // stride), -(-9 // stride)]
    assert list(conv(x).shape[2:]) == sides
    if stride == 1 and kernel % 2:
        torch.testing.assert_close(conv(x), F.conv2d(x, conv.weight, conv.bias, padding="same"))
    total = [max(0, (n - 1) * stride + kernel - s) for n, s in zip(sides, x.shape[2:], strict=True)]
    wide = F.conv2d(F.pad(x, (kernel,) * 4), conv.weight, conv.bias)
    starts = [kernel - t // 2 for t in total]
    rows, columns = (torch.arange(n) * stride + start for n, start in zip(sides, starts, strict=True))
    torch.testing.assert_close(conv(x), wide[:, :, rows][:, :, :, columns])


def silence(block, last):
    """Make the last normalisation of the body give 0."""
    nn.init.zeros_(last.norm.weight)
    nn.init.zeros_(last.norm.bias)
    return block


def test_a_residual_block_whose_body_is_silent_passes_its_input_on():
    x = torch.randn(2, 8, 5, 4)
    basic, bottleneck = zoo.BasicBlock(8, 8), zoo.Bottleneck(8, 2)
    torch.testing.assert_close(silence(basic, basic.body.conv2)(x), x.relu())
    torch.testing.assert_close(silence(bottleneck, bottleneck.body.expand)(x), x.relu())
    inverted = zoo.MBConv(8, 8, expansion=2, kernel=3)
    torch.testing.assert_close(silence(inverted, inverted.body.project)(x), x)


def test_the_basic_block_is_what_its_formula_says():
    block = zoo.BasicBlock(4, 6, stride=2).eval()
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -1, 1)
            nn.init.uniform_(module.running_var, 0.5, 2)

    def normalised(z, norm):
        return F.batch_norm(z, norm.running_mean, norm.running_var, norm.weight, norm.bias)

    x = torch.randn(2, 4, 8, 6)
    first, second, side = block.body.conv1, block.body.conv2, block.shortcut
    z = normalised(F.conv2d(x, first.conv.weight, stride=2, padding=1), first.norm).relu()
    z = normalised(F.conv2d(z, second.conv.weight, padding=1), second.norm)
    expected = (z + normalised(F.conv2d(x, side.conv.weight, stride=2), side.norm)).relu()
    torch.testing.assert_close(block(x), expected)


def test_the_shortcut_has_weights_only_where_the_shape_changes():
    assert isinstance(zoo.BasicBlock(8, 8).shortcut, nn.Identity)
    assert isinstance(zoo.Bottleneck(8, 2).shortcut, nn.Identity)
    assert isinstance(zoo.Bottleneck(8, 8).shortcut, zoo.ConvNorm)
    assert zoo.MBConv(8, 8, expansion=1, kernel=3).shortcut
    assert not zoo.MBConv(8, 8, expansion=1, kernel=3, stride=2).shortcut
    assert not zoo.MBConv(8, 9, expansion=1, kernel=3).shortcut


def test_a_dense_layer_keeps_its_input_and_adds_to_it():
    x = torch.randn(2, 6, 5, 4)
    assert torch.equal(zoo.DenseLayer(6, growth=3)(x)[:, :6], x)
    assert torch.equal(zoo.DenseBlock(6, growth=3, depth=4)(x)[:, :6], x)


def test_each_branch_of_inception_sees_its_own_neighbourhood():
    """A gradient of ones at the middle reaches 1×1, 3×3, 5×5 and 3×3 pixels."""
    block = zoo.Inception(2, 3, 4, 5, 6, 7, 8)
    for branch, (start, end), side in zip(
        ("1", "3", "5", "pool"), ((0, 3), (3, 8), (8, 15), (15, 23)), (1, 3, 5, 3), strict=True
    ):
        seen = torch.zeros(9, 9)
        for _ in range(30):  # of a pooling only the largest pixel is reached
            x = torch.randn(1, 2, 9, 9, requires_grad=True)
            block(x)[0, start:end, 4, 4].sum().backward()
            seen += x.grad.abs().sum(dim=(0, 1))
        rows = (seen.sum(dim=1) > 0).nonzero().flatten()
        assert [rows.min().item(), rows.max().item()] == [4 - side // 2, 4 + side // 2], branch


@pytest.mark.parametrize(
    ("columns", "thousands"),
    [
        ((192, 64, 96, 128, 16, 32, 32), 159),
        ((480, 192, 96, 208, 16, 48, 64), 364),
        ((528, 256, 160, 320, 32, 128, 128), 840),
        ((832, 384, 192, 384, 48, 128, 128), 1388),
    ],
)
def test_inception_has_the_parameters_that_table_1_rounds(columns, thousands):
    assert zoo.count_parameters(zoo.Inception(*columns)) / 1024 == pytest.approx(thousands, rel=0.02)


def test_a_depthwise_separable_convolution_has_fewer_weights_than_a_full_one():
    weights = sum(m.weight.numel() for m in zoo.DepthwiseSeparable(32, 64).modules() if isinstance(m, nn.Conv2d))
    assert weights == 9 * 32 + 32 * 64


def test_depthwise_means_that_channels_do_not_mix():
    block = zoo.DepthwiseSeparable(4, 5).eval()
    x = torch.randn(1, 4, 6, 6)
    changed = x.clone()
    changed[:, 2] += 1
    difference = (block.depthwise.conv(changed) - block.depthwise.conv(x)).abs().sum(dim=(0, 2, 3))
    assert (difference > 0).tolist() == [False, False, True, False]


def test_squeeze_and_excitation_multiplies_each_map_by_one_number():
    x = torch.randn(2, 6, 5, 4)
    ratio = zoo.SqueezeExcitation(6, hidden=3)(x) / x
    assert (ratio > 0).all() and (ratio < 1).all()
    torch.testing.assert_close(ratio, ratio[:, :, :1, :1].expand_as(ratio))


def test_stochastic_depth_leaves_samples_out_and_keeps_the_mean():
    drop, x = zoo.StochasticDepth(0.2), torch.ones(5000, 2, 1, 3)
    out = drop(x)
    kept = out[:, 0, 0, 0] != 0
    assert kept.float().mean() == pytest.approx(0.8, abs=0.02)
    torch.testing.assert_close(out[kept], torch.full_like(out[kept], 1.25))
    assert not out[~kept].any()
    assert drop.eval()(x) is x


def test_the_later_a_block_the_more_often_it_is_left_out():
    with torch.device("meta"):
        net = zoo.efficientnet_b0()
    blocks = [m for m in net.modules() if isinstance(m, zoo.MBConv)]
    assert len(blocks) == 16
    rates = [0.2 * k / 16 if block.shortcut else 0 for k, block in enumerate(blocks)]
    assert [block.drop.rate for block in blocks] == pytest.approx(rates)


@pytest.mark.parametrize(
    "net",
    [
        lambda: zoo.lenet5(),
        lambda: zoo.alexnet(5, resolution=63),
        lambda: zoo.vgg16(5, resolution=32),
        lambda: zoo.googlenet(5),
        lambda: zoo.resnet18(5),
        lambda: zoo.mobilenet_v1(0.5, classes=5),
        lambda: zoo.densenet121(5),
        lambda: zoo.efficientnet_lite0(5),
    ],
)
def test_an_untrained_net_hears_its_images_and_can_learn(net):
    """Neither the signal nor the gradient is lost on the way through the layers."""
    net = net()
    channels, *size = net.input_shape
    size = [64, 64] if net.any_size else size
    images = torch.randn(8, channels, *size)
    features = net.features(images)
    assert 0.02 < features.std(dim=0).mean() < 20
    F.cross_entropy(net(images), torch.arange(8) % 5).backward()
    first, *_, last = (p.grad.norm() / p.norm() for p in net.parameters() if p.ndim > 1)
    assert first > 1e-3 * last
    assert [n for n, p in net.named_parameters() if p.grad is None] == []
