"""Convolutions and poolings, forward and backward, against torch; the loops against SciPy too."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from nnlab.scratch import conv

same_examples = settings(derandomize=True, deadline=None, max_examples=200)  # in every run
close = {"rtol": 1e-10, "atol": 1e-12}
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
zeros = st.integers(0, 3)
symmetric = st.one_of(zeros, st.tuples(zeros, zeros))
explicit = st.tuples(st.tuples(zeros, zeros), st.tuples(zeros, zeros))
any_padding = st.one_of(symmetric, explicit, st.sampled_from(["same", "valid"]))


@dataclass
class Case:
    """Shapes that fit each other, and the settings that lead from one to the other."""

    channels: int
    outputs: int
    kernel: tuple[int, int]
    size: tuple[int, int]
    groups: int
    how: dict[str, Any]

    def numbers(self, *shape):
        return np.random.default_rng(0).normal(size=shape)

    @property
    def x(self):
        return self.numbers(2, self.channels, *self.size)

    @property
    def padding(self):
        """((above, below), (left, right)), worked out apart from nnlab."""
        p, (kh, kw), (dh, dw) = self.how["padding"], self.kernel, self.how["dilation"]
        if p == "same":
            return tuple((d * (k - 1) // 2, (d * (k - 1) + 1) // 2) for k, d in ((kh, dh), (kw, dw)))
        p = 0 if p == "valid" else p
        vertical, horizontal = (p, p) if isinstance(p, int) else p
        return tuple((q, q) if isinstance(q, int) else q for q in (vertical, horizontal))

    def padded(self, x):
        (above, below), (left, right) = self.padding
        return F.pad(x, (left, right, above, below))


@st.composite
def cases(draw, paddings=any_padding):
    groups = draw(st.integers(1, 3))
    kernel, dilation = draw(st.tuples(st.integers(1, 4), st.integers(1, 4))), draw(pairs)
    padding = draw(paddings)
    how = {"stride": (1, 1) if padding == "same" else draw(pairs), "padding": padding, "dilation": dilation}
    case = Case(groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 3)), kernel, (0, 0), groups, how)
    least = [d * (k - 1) + 1 - sum(p) for k, d, p in zip(kernel, dilation, case.padding, strict=True)]
    case.size = tuple(max(1, n) + draw(st.integers(0, 6)) for n in least)
    return case


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch, where it has to copy
@same_examples
@given(cases())
def test_conv2d_and_its_gradients_are_torchs(case):
    x = case.x
    weight = case.numbers(case.outputs, case.channels // case.groups, *case.kernel)
    bias = case.numbers(case.outputs)
    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (x, weight, bias))
    theirs = {"stride": case.how["stride"], "dilation": case.how["dilation"], "groups": case.groups}
    expected = F.conv2d(case.padded(tx), tw, tb, **theirs)
    out = conv.conv2d(x, weight, bias, **case.how, groups=case.groups)
    np.testing.assert_allclose(out, expected.detach(), **close)
    assert out.shape[2:] == conv.output_size(case.size, case.kernel, **case.how)
    if not isinstance(case.how["padding"], tuple):  # torch's own meaning of a number, of "same" and of "valid"
        np.testing.assert_allclose(out, F.conv2d(tx, tw, tb, **case.how, groups=case.groups).detach(), **close)
    upstream = case.numbers(*out.shape)
    expected.backward(torch.tensor(upstream))
    gradients = conv.conv2d_backward(upstream, x, weight, **case.how, groups=case.groups)
    for ours, parameter in zip(gradients, (tx, tw, tb), strict=True):
        np.testing.assert_allclose(ours, parameter.grad, **close)


@same_examples
@given(cases(symmetric), pairs.map(lambda q: (q[0] - 1, q[1] - 1)))
def test_conv_transpose2d_and_its_gradients_are_torchs(case, output_padding):
    axes = [
        *zip(
            case.size, case.kernel, case.how["stride"], case.padding, case.how["dilation"], output_padding, strict=True
        )
    ]
    size = tuple((n - 1) * s - 2 * p + d * (k - 1) + 1 + q for n, k, s, (p, _), d, q in axes)
    assume(min(size) > 0 and all(q < max(s, d) for _, _, s, _, d, q in axes))
    how = case.how | {"output_padding": output_padding}
    assert size == conv.transposed_output_size(case.size, case.kernel, **how)
    weight = case.numbers(case.channels, case.outputs // case.groups, *case.kernel)
    bias, upstream = case.numbers(case.outputs), case.numbers(2, case.outputs, *size)
    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (case.x, weight, bias))
    expected = F.conv_transpose2d(tx, tw, tb, **how, groups=case.groups)
    out = conv.conv_transpose2d(case.x, weight, bias, **how, groups=case.groups)
    np.testing.assert_allclose(out, expected.detach(), **close)
    expected.backward(torch.tensor(upstream))
    gradients = conv.conv_transpose2d_backward(upstream, case.x, weight, **how, groups=case.groups)
    for ours, parameter in zip(gradients, (tx, tw, tb), strict=True):
        np.testing.assert_allclose(ours, parameter.grad, **close)


@same_examples
@given(cases(st.just(0)), pairs)
def test_poolings_and_their_gradients_are_torchs(case, p):
    padding = min(p[0] - 1, case.kernel[0] // 2), min(p[1] - 1, case.kernel[1] // 2)
    x = case.x.round(0)  # many equal numbers: the first of the largest takes the gradient
    stride, dilation = case.how["stride"], case.how["dilation"]
    for ours, back, theirs, how in (
        (conv.max_pool2d, conv.max_pool2d_backward, F.max_pool2d, {"dilation": dilation}),
        (conv.avg_pool2d, conv.avg_pool2d_backward, F.avg_pool2d, {}),
    ):
        tx = torch.tensor(x, requires_grad=True)
        expected = theirs(tx, case.kernel, stride, padding, **how)
        out = ours(x, case.kernel, stride, padding, **how)
        np.testing.assert_allclose(out, expected.detach(), **close)
        upstream = case.numbers(*out.shape)
        expected.backward(torch.tensor(upstream))
        np.testing.assert_allclose(back(upstream, x, case.kernel, stride, padding, **how), tx.grad, **close)


@same_examples
@given(cases())
def test_the_loops_are_one_channel_of_conv2d_and_im2col_is_unfold(case):
    image, kernel = case.numbers(*case.size), case.numbers(*case.kernel)
    fast = conv.conv2d(image[None, None], kernel[None, None], **case.how)[0, 0]
    np.testing.assert_allclose(conv.correlate2d(image, kernel, **case.how), fast, **close)
    np.testing.assert_allclose(conv.convolve2d(image, kernel[::-1, ::-1], **case.how), fast, **close)
    theirs = F.unfold(case.padded(torch.tensor(case.x)), case.kernel, case.how["dilation"], 0, case.how["stride"])
    np.testing.assert_array_equal(conv.im2col(case.x, case.kernel, **case.how), theirs)


def test_correlation_and_convolution_are_scipys():
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(6, 8)), rng.normal(size=(3, 4))
    for ours, theirs in (
        (conv.correlate2d, scipy.signal.correlate2d),
        (conv.convolve2d, scipy.signal.convolve2d),
    ):
        np.testing.assert_allclose(ours(image, kernel), theirs(image, kernel, "valid"), **close)
        np.testing.assert_allclose(ours(image, kernel, padding=(2, 3)), theirs(image, kernel, "full"), **close)


def test_only_convolution_commutes():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 3))
    assert np.allclose(conv.convolve2d(a, b, padding=2), conv.convolve2d(b, a, padding=2))
    assert not np.allclose(conv.correlate2d(a, b, padding=2), conv.correlate2d(b, a, padding=2))


def test_an_impulse_shows_the_kernel_as_it_is_or_turned():
    impulse, kernel = np.zeros((3, 3)), np.arange(9.0).reshape(3, 3)
    impulse[1, 1] = 1
    np.testing.assert_array_equal(conv.convolve2d(impulse, kernel, padding="same"), kernel)
    np.testing.assert_array_equal(conv.correlate2d(impulse, kernel, padding="same"), kernel[::-1, ::-1])


def test_a_strided_transpose_gives_back_every_size_by_output_padding():
    for size in (9, 10):
        small = conv.output_size(size, kernel=3, stride=2)
        assert small == 4 and conv.transposed_output_size(small, 3, stride=2, output_padding=size - 9) == size


def test_depthwise_and_separable_are_compositions():
    rng = np.random.default_rng(0)
    x, depthwise, pointwise = (rng.normal(size=s) for s in ((2, 3, 7, 6), (3, 1, 3, 3), (5, 3, 1, 1)))
    how = {"stride": 2, "padding": 1}
    tx, td, tp, tb = map(torch.tensor, (x, depthwise, pointwise, rng.normal(size=5)))
    expected = F.conv2d(tx, td, **how, groups=3)
    np.testing.assert_allclose(conv.depthwise_conv2d(x, depthwise, **how), expected, **close)
    both = conv.depthwise_separable_conv2d(x, depthwise, pointwise, tb.numpy(), **how)
    np.testing.assert_allclose(both, F.conv2d(expected, tp, tb), **close)
    np.testing.assert_allclose(both, conv.conv2d(x, pointwise * depthwise[:, 0], tb.numpy(), **how), **close)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(dtype):
    x, weight = np.ones((1, 2, 5, 5), dtype), np.ones((2, 2, 3, 3), dtype)
    bias, image = np.ones(2, dtype), np.ones((5, 5), dtype)
    out = conv.conv2d(x, weight, bias)
    all_of_them = [
        out,
        *conv.conv2d_backward(out, x, weight),
        conv.conv_transpose2d(x, weight, bias),
        conv.max_pool2d(x, 2),
        conv.max_pool2d_backward(x[..., :2, :2], x, 2),
        conv.avg_pool2d(x, 2),
        conv.avg_pool2d_backward(x[..., :2, :2], x, 2),
        conv.correlate2d(image, image),
        conv.filter_image(image, conv.KERNELS["sobel_x"]),
    ]
    assert {a.dtype for a in all_of_them} == {np.dtype(dtype)}
    assert conv.conv2d(x.astype(int), weight).dtype == np.float64


def test_nothing_given_is_changed_and_an_empty_batch_passes():
    x, weight = np.ones((1, 1, 4, 4)), np.ones((1, 1, 2, 2))
    conv.conv2d_backward(np.ones((1, 1, 3, 3)), x, weight)
    conv.conv2d(x, weight, [1.0])[:] = 0
    assert (x == 1).all() and (weight == 1).all()
    assert conv.conv2d(x[:0], weight).shape == conv.max_pool2d(x[:0], 2, 1).shape == (0, 1, 3, 3)
