"""The U-Net that diffusion and flow matching train."""

import pytest
import torch

from nnlab.errors import BadData
from nnlab.generative.unet import FiLMBlock, UNet, time_features


def noisy(n=3):
    random = torch.Generator().manual_seed(0)
    return torch.randn(n, 1, 28, 28, generator=random), torch.rand(n, generator=random)


def awake(net):
    """The net with random numbers in place of the zeros it starts with."""
    torch.manual_seed(1)
    for parameter in net.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return net


def test_a_new_net_answers_zero_and_can_still_learn():
    net = UNet()
    x, t = noisy()
    answer = net(x, t, torch.tensor([0, 5, 10]))
    assert answer.shape == x.shape
    assert not answer.any()
    (answer - 1).square().mean().backward()
    assert net.last.weight.grad.abs().sum() + net.last.bias.grad.abs().sum() > 0


def test_time_and_label_change_the_answer_and_no_label_is_the_last_label():
    net = awake(UNet(width=8, size=16)).eval()
    x, t = noisy()
    labels = torch.tensor([1, 2, 3])
    answer = net(x, t, labels)
    assert not torch.allclose(answer, net(x, t / 2, labels))
    assert not torch.allclose(answer, net(x, t, labels + 1))
    assert torch.equal(net(x, t), net(x, t, torch.full((3,), 10)))


def test_each_image_is_treated_alone():
    net = awake(UNet(width=8, size=16)).eval()
    x, t = noisy()
    together = net(x, t, torch.tensor([1, 2, 3]))
    alone = net(x[1:2], t[1:2], torch.tensor([2]))
    assert torch.allclose(together[1:2], alone, atol=1e-5)


def test_what_the_way_down_sees_is_handed_across():
    net = awake(UNet(width=8, size=16)).eval()
    x, t = noisy()
    c = net.condition(t)
    fine, coarse, middle = net.encode(x, c)
    assert [tuple(m.shape[1:]) for m in (fine, coarse, middle)] == [(8, 14, 14), (16, 7, 7), (16, 7, 7)]
    whole = net.decode(fine, coarse, middle, c)
    assert torch.equal(whole, net(x, t))
    for changed in ((0 * fine, coarse, middle), (fine, 0 * coarse, middle), (fine, coarse, 0 * middle)):
        assert not torch.allclose(net.decode(*changed, c), whole)


def test_a_new_block_passes_on_what_it_gets():
    x = torch.randn(2, 8, 5, 5)
    assert torch.equal(FiLMBlock(8, 8, 4)(x, torch.randn(2, 4)), x)


def test_near_times_have_near_features_and_far_times_have_not():
    f = time_features(torch.tensor([0.5, 0.5002, 0.9]), 64)
    assert f.shape == (3, 64)
    near, far = (f[0] - f[1]).norm(), (f[0] - f[2]).norm()
    assert 0 < near < 0.2 * far
    for size in (5, 2):
        with pytest.raises(BadData):
            time_features(torch.zeros(1), size)
