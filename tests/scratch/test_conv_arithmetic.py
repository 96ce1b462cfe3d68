"""Receptive fields are measured, costs are counted by torch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from nnlab.errors import BadData
from nnlab.scratch import conv

same_examples = settings(derandomize=True, deadline=None, max_examples=60)  # in every run
layers = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2)), max_size=4)


@same_examples
@given(layers)
def test_what_an_output_depends_on_is_the_receptive_field(layers):
    """Weights of 1 hide no pixel: where the derivative of one output is not 0, it was seen."""
    field = conv.receptive_field(layers)
    sizes = [200]
    for kernel, stride, padding, dilation in layers:
        sizes.append(conv.output_size((sizes[-1], 1), (kernel, 1), (stride, 1), (padding, 0), (dilation, 1))[0])
    output = sizes[-1] // 2  # in the middle, away from the padding
    gradient = np.zeros((1, 1, sizes[-1], 1))
    gradient[0, 0, output] = 1
    for (kernel, stride, padding, dilation), size in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        how = {"stride": (stride, 1), "padding": (padding, 0), "dilation": (dilation, 1)}
        gradient = conv.conv2d_backward(gradient, np.zeros((1, 1, size, 1)), np.ones((1, 1, kernel, 1)), **how).x
    seen = gradient.ravel().nonzero()[0]
    first = field.start + output * field.stride
    assert (seen[0], seen[-1]) == (first, first + field.size - 1)


@pytest.mark.parametrize(
    ("layers", "size", "stride"),
    [
        ([], 1, 1),
        ([(3,)] * 7, 15, 1),
        ([(3, 1, 0, 2**k) for k in range(5)], 63, 1),  # dilation doubles: it grows exponentially
        ([(3,), (3,), (2, 2)] * 2 + [(3,), (3,), (3,), (2, 2)] * 3, 212, 32),  # VGG16, before its dense layers
        ([(7, 2, 3), (3, 2, 1)], 11, 4),  # the stem of a ResNet
    ],
)
def test_known_networks(layers, size, stride):
    field = conv.receptive_field(layers)
    assert (field.size, field.stride) == (size, stride)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    "how",
    [
        {"kernel": 3, "padding": 1},
        {"kernel": (5, 3), "stride": 2},
        {"kernel": 3, "groups": 6, "padding": 1},
        {"kernel": 3, "dilation": 2, "stride": (2, 1), "groups": 2, "padding": (2, 0)},
        {"kernel": 1},
    ],
)
def test_costs_are_what_torch_counts(how, bias):
    kernel, others = how["kernel"], {key: value for key, value in how.items() if key != "kernel"}
    layer = nn.Conv2d(6, 12, kernel, **others, bias=bias)
    with FlopCounterMode(display=False) as counter:
        shape = layer(torch.zeros(1, 6, 14, 17)).shape[1:]
    cost = conv.conv2d_cost((6, 14, 17), 12, **how, bias=bias)
    assert cost.parameters == sum(p.numel() for p in layer.parameters())
    assert cost.multiply_adds * 2 == counter.get_total_flops()
    assert cost.shape == tuple(shape)


def test_a_depthwise_separable_layer_costs_the_share_that_the_paper_states():
    full = conv.conv2d_cost((32, 112, 112), 64, 3, padding=1, bias=False)
    depthwise = conv.conv2d_cost((32, 112, 112), 32, 3, padding=1, groups=32, bias=False)
    both = depthwise + conv.conv2d_cost(depthwise.shape, 64, 1, bias=False)
    assert both.shape == full.shape
    for ours, whole in ((both.parameters, full.parameters), (both.multiply_adds, full.multiply_adds)):
        assert ours / whole == pytest.approx(1 / 64 + 1 / 9)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: conv.receptive_field([3]), "layer 0 is 3; it is"),
        (lambda: conv.receptive_field([(3,), ()]), r"layer 1 is \(\)"),
        (lambda: conv.receptive_field([(0,)]), "kernel is 0"),
        (lambda: conv.conv2d_cost((28, 28), 4, 3), r"shape is \(28, 28\); it is \(channels, height, width\)"),
        (lambda: conv.conv2d_cost((3, 8, 8), 4, 3, groups=2), "must divide the 3 channels and the 4 outputs"),
        (lambda: conv.conv2d_cost((3, 8, 8), 4, 9), "covers 9 × 9"),
    ],
)
def test_what_does_not_fit_is_refused(call, said):
    with pytest.raises(BadData, match=said):
        call()
