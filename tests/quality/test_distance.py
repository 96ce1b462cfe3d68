import numpy as np
import pytest
import torch
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance

from nnlab import quality
from nnlab.errors import BadData, TooFewSamples


class Features(nn.Module):
    """The judge's features, as torchmetrics takes them: uint8 or floats [n, 1, 28, 28] → [n, 64]."""

    num_features = 64

    def forward(self, x):
        return torch.from_numpy(quality.features(x))


@pytest.mark.parametrize("damage", ["none", "noise", "one class"])
def test_it_is_torchmetrics_figure_with_the_same_network(damage):
    real = quality.digits()
    fake = real.test[:800] / np.float32(255)
    if damage == "noise":
        fake = (fake + np.random.default_rng(0).normal(0, 0.2, fake.shape)).clip(0, 1).astype(np.float32)
    elif damage == "one class":
        fake = fake[real.test_labels[:800] == 3]
    theirs = FrechetInceptionDistance(Features(), input_img_size=(1, 28, 28), normalize=True)
    theirs.set_dtype(torch.float64)
    theirs.update(torch.tensor(real.training[:500] / np.float32(255))[:, None], real=True)
    theirs.update(torch.tensor(fake)[:, None], real=False)
    ours = quality.frechet_distance(quality.features(real.training[:500]), quality.features(fake))
    assert ours == pytest.approx(float(theirs.compute()), rel=1e-6)


def whitened(rng, n, d):
    """n points whose mean is 0 and whose covariance is the identity, exactly."""
    x = rng.normal(size=(n, d))
    q, _ = np.linalg.qr(x - x.mean(axis=0))
    return q * np.sqrt(n - 1)


@pytest.mark.parametrize("seed", range(5))
def test_gaussians_have_their_closed_form(seed):
    """Commuting covariances: |μ_a - μ_b|² + Σ (σ_a - σ_b)², in any rotated frame."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 9))
    a, b = whitened(rng, 200, d), whitened(rng, 37, d)
    sa, sb, shift = rng.uniform(0, 3, d), rng.uniform(0, 3, d), rng.normal(size=d)
    turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
    expected = (shift**2).sum() + ((sa - sb) ** 2).sum()
    assert quality.frechet_distance(a * sa @ turn + shift, b * sb @ turn) == pytest.approx(expected, rel=1e-10)


def test_covariances_that_do_not_commute():
    """In two dimensions tr (AB)^½ = sqrt(tr AB + 2 sqrt(det AB))."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(50, 2)) @ [[1, 2], [0, 1]], rng.normal(size=(60, 2)) @ [[3, 0], [-1, 0.5]]
    A, B = np.cov(a.T), np.cov(b.T)
    root = np.sqrt(np.trace(A @ B) + 2 * np.sqrt(np.linalg.det(A @ B)))
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(A + B) - 2 * root
    assert quality.frechet_distance(a, b) == pytest.approx(expected, rel=1e-12)
    assert quality.frechet_distance(b, a) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_nothing_is_lost_where_covariances_are_singular(scale):
    """By the root of a product the distance of a set to itself would be about 1e-7 of its variance."""
    x = np.random.default_rng(0).normal(size=(100, 20)) * scale
    x[:, 5:] = x[:, :1]
    assert 0 <= quality.frechet_distance(x, x) < 1e-11 * x.var() * 20
    assert quality.frechet_distance(x, x + scale) == pytest.approx(20 * scale**2, rel=1e-10)


def test_float32_features_are_compared_in_float64():
    x = np.random.default_rng(0).normal(1000, 1, size=(300, 4)).astype(np.float32)
    y = x[::-1] + np.float32(0.5)
    assert quality.frechet_distance(x, torch.tensor(y.copy())) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("a", "b", "error", "said"),
    [
        (np.zeros((9, 28, 28)), np.zeros((9, 2)), BadData, r"\[9, 28, 28\].*quality.features"),
        (np.zeros((9, 3)), np.zeros((9, 2)), BadData, "3 and 2 features"),
        (np.full((9, 2), np.nan), np.zeros((9, 2)), BadData, "a: 18 values are NaN"),
        (np.zeros((9, 2)), np.full((9, 2), np.inf), BadData, "b: 18 values"),
        (np.zeros((9, 2)), np.full((9, 2), "x"), BadData, "expected numbers"),
        (np.zeros((0, 2)), np.zeros((9, 2)), BadData, r"\[0, 2\]"),
        ([[1.0], [1.0, 2.0]], np.zeros((9, 2)), BadData, "no array"),
        (np.zeros((2, 2)), np.zeros((9, 2)), TooFewSamples, "a has 2 samples of 2 features.*3 or more"),
        (np.zeros((9, 2)), np.zeros((1, 2)), TooFewSamples, "b has 1 samples"),
    ],
)
def test_what_cannot_be_used_is_told(a, b, error, said):
    with pytest.raises(error, match=said):
        quality.frechet_distance(a, b)
