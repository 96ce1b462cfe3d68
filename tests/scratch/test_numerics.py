import numpy as np
import pytest
import scipy.special
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from torch.nn import functional as F

from nnlab import scratch
from nnlab.errors import BadData

HUGE = np.array([-1e308, -1e4, -745.0, -37.0, -1.0, -0.0, 0.0, 1e-300, 1.0, 37.0, 745.0, 1e4, 1e308])
same_examples = settings(derandomize=True, deadline=None, max_examples=40)  # in every run
logits = arrays(np.float64, array_shapes(min_dims=1, max_dims=3), elements=st.floats(-1e6, 1e6))


@pytest.fixture(autouse=True)
def no_warnings():
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        yield


@same_examples
@given(logits)
def test_sigmoid_is_scipys_expit_to_all_digits(z):
    np.testing.assert_allclose(scratch.sigmoid(z), scipy.special.expit(z), rtol=1e-14)


def test_sigmoid_neither_overflows_nor_loses_the_tiny_ones():
    assert scratch.sigmoid(HUGE)[[0, -1]].tolist() == [0, 1]
    assert scratch.sigmoid(-700.0) == pytest.approx(np.exp(-700.0), rel=1e-14)


@same_examples
@given(logits, st.integers(-1, 0))
def test_softmax_is_scipys_along_either_axis(z, axis):
    np.testing.assert_allclose(scratch.softmax(z, axis), scipy.special.softmax(z, axis), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(scratch.log_softmax(z, axis), scipy.special.log_softmax(z, axis), rtol=1e-12, atol=1e-12)


def test_softmax_of_huge_logits_is_a_distribution():
    p = scratch.softmax([HUGE / 2, -HUGE / 2])
    assert p.sum(axis=1).tolist() == [1, 1] and p[0, -1] == 1 and p[1, 0] == 1


@same_examples
@given(st.integers(1, 6), st.integers(2, 5), st.integers(0, 10**6))
def test_the_cross_entropies_are_torchs(n, classes, seed):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 10.0 ** rng.integers(-3, 5), (n, classes))
    k, y = rng.integers(0, classes, n), rng.uniform(0, 1, (n, classes)).round(int(rng.integers(0, 3)))
    tz = torch.tensor(z)
    assert scratch.cross_entropy(z, k) == pytest.approx(float(F.cross_entropy(tz, torch.tensor(k))), rel=1e-12)
    theirs = float(F.binary_cross_entropy_with_logits(tz, torch.tensor(y)))
    assert scratch.binary_cross_entropy(z, y) == pytest.approx(theirs, rel=1e-12)


def test_a_loss_of_huge_logits_is_the_logit_and_no_infinity():
    z = HUGE / len(HUGE)
    assert scratch.binary_cross_entropy(z, z < 0) == pytest.approx(np.abs(z).mean() + 2 * np.log(2) / 13)
    assert scratch.binary_cross_entropy([37.0, 1e4], [0, 0]) == pytest.approx((37 + 1e4) / 2)  # 1 - σ(37) rounds to 0
    assert scratch.cross_entropy([[1e4, -1e4]], [1]) == 2e4


@pytest.mark.parametrize("function", [scratch.sigmoid, scratch.softmax, scratch.log_softmax])
def test_float32_stays_and_whole_numbers_become_float64(function):
    assert function(np.array([1, 2], dtype=np.float32)).dtype == np.float32
    assert function([1, 2]).dtype == np.float64


@pytest.mark.parametrize(
    "loss",
    ["binary_cross_entropy", "binary_cross_entropy_gradient", "mean_squared_error", "mean_squared_error_gradient"],
)
def test_two_shapes_are_not_broadcast(loss):
    for y in np.zeros(3), np.zeros((1, 1)), 0.0, np.zeros((3, 2)):
        with pytest.raises(BadData, match=r"have shapes \(3, 1\)"):
            getattr(scratch, loss)(np.zeros((3, 1)), y)


def test_labels_outside_0_and_1_are_refused():
    for y in [-1, 1], [0, 2], [0, np.nan]:
        with pytest.raises(BadData, match="between 0 and 1"):
            scratch.binary_cross_entropy([0.0, 0.0], y)


@pytest.mark.parametrize("classes", [[0, 3], [-1, 0], [0.0, 1.0], [[0], [1]], [0], [True, False]])
def test_what_are_no_class_numbers_is_refused(classes):
    for function in scratch.cross_entropy, scratch.cross_entropy_gradient:
        with pytest.raises(BadData, match="classes"):
            function(np.zeros((2, 3)), classes)


@pytest.mark.parametrize("z", ["a", [[1.0], [1.0, 2.0]], None])
def test_what_are_no_numbers_is_refused(z):
    with pytest.raises(BadData, match="no array of numbers"):
        scratch.sigmoid(z)


def test_nothing_has_no_softmax():
    for z in [], 1.0:
        with pytest.raises(BadData, match="at least one logit"):
            scratch.softmax(z)


def loss_and_logits(name, rng):
    z = rng.normal(0, 3, (5, 3))
    y = {"cross_entropy": rng.integers(0, 3, 5), "binary_cross_entropy": rng.integers(0, 2, (5, 3))}
    return z, y.get(name, rng.normal(size=(5, 3)))


@pytest.mark.parametrize("name", ["mean_squared_error", "binary_cross_entropy", "cross_entropy"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_gradient_is_torchs(name, dtype):
    z, y = loss_and_logits(name, np.random.default_rng(1))
    z = z.astype(dtype)
    theirs = {"mean_squared_error": F.mse_loss, "binary_cross_entropy": F.binary_cross_entropy_with_logits}
    tz = torch.tensor(z, requires_grad=True)
    ty = torch.tensor(y) if name == "cross_entropy" else torch.tensor(y, dtype=tz.dtype)
    loss = theirs.get(name, F.cross_entropy)(tz, ty)
    loss.backward()
    gradient = getattr(scratch, f"{name}_gradient")(z, ty.numpy())
    assert gradient.dtype == dtype
    np.testing.assert_allclose(gradient, tz.grad.numpy(), rtol=1e-12 if dtype is np.float64 else 1e-5, atol=1e-8)
    assert getattr(scratch, name)(z, ty.numpy()) == pytest.approx(loss.item(), rel=1e-6)
