"""Canny's edges: the same pixels as scikit-image, and each step by a second way."""

import numpy as np
import pytest
import scipy.ndimage
from skimage.feature import canny

from nnlab.data import load
from nnlab.errors import BadData
from nnlab.scratch import conv


@pytest.mark.parametrize("photo", ["astronaut", "cat", "coffee"])
@pytest.mark.parametrize(
    ("sigma", "low", "high"), [(1.0, 0.1, 0.2), (2.0, 0.05, 0.15), (0.6, 0.3, 0.9), (3.3, 0.1, 0.1)]
)
def test_the_edges_of_a_photo_are_scikit_images(photo, sigma, low, high):
    image = load("photos")[photo] @ [0.299, 0.587, 0.114] / 255
    edges = conv.canny(image, sigma, low, high)
    assert 0.001 < edges.mean() < 0.4
    np.testing.assert_array_equal(edges, canny(image, sigma, low, high))


@pytest.mark.parametrize("shape", [(40, 60), (3, 3), (2, 9), (1, 1)])
def test_the_edges_of_noise_are_scikit_images(shape):
    image = np.random.default_rng(0).uniform(size=shape)
    np.testing.assert_array_equal(conv.canny(image, 1.4, 0.2, 0.4), canny(image, 1.4, 0.2, 0.4))


def test_smoothing_keeps_what_is_even_and_is_scipys_away_from_the_border():
    np.testing.assert_allclose(conv.smooth(np.full((9, 12), 0.3), 2.0), 0.3)
    image = np.random.default_rng(0).uniform(size=(40, 41))
    theirs = scipy.ndimage.gaussian_filter(image, 1.5)
    np.testing.assert_allclose(conv.smooth(image, 1.5)[6:-6, 6:-6], theirs[6:-6, 6:-6], atol=1e-14)


def test_the_gradient_of_a_slope_is_eight_times_it():
    y, x = np.mgrid[:6, :7]
    gradient = conv.sobel_gradient(3 * x - 4 * y)
    inner = np.s_[1:-1, 1:-1]
    assert (gradient.x[inner] == 24).all() and (gradient.y[inner] == -32).all()
    assert (gradient.magnitude[inner] == 40).all()


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("angle", [0, 20, 45, 70])
def test_suppression_leaves_a_ridge_and_nothing_beside_it(angle, turns):
    """A smooth step in every direction: what is left lies where it is steepest, within a pixel."""
    y, x = np.mgrid[-12:13, -12:13]
    across = x * np.cos(np.radians(angle)) + y * np.sin(np.radians(angle)) - 0.3
    step, across = np.rot90(np.tanh(across / 2), turns), np.rot90(across, turns)
    thinned = conv.non_maximum_suppression(conv.sobel_gradient(step))
    ridge = thinned > thinned.max() / 2
    assert (np.abs(across[ridge]) < 0.75).all()
    assert ridge.sum() >= 20  # of the 23 rows or columns that have neighbours


def test_suppression_interpolates_between_neighbours():
    magnitude = np.array([[0.0, 0.0, 3.0], [0.0, 2.0, 1.0], [0.0, 0.0, 0.0]])

    def kept(x, y):
        field = conv.Gradient(np.full((3, 3), x), np.full((3, 3), y), magnitude)
        return conv.non_maximum_suppression(field)[1, 1] == 2

    assert kept(2.0, 0.0)  # to the right lies 1
    assert not kept(1.0, -1.0)  # to the upper right lies 3
    assert kept(2.0, -0.98) and not kept(2.0, -1.02)  # halfway between lies (1 + 3) / 2
    assert kept(-2.0, 0.98) and not kept(-2.0, 1.02)  # and the same behind


def test_two_thresholds_sort_into_three():
    magnitude = np.array([[0.0, 0.5, 1.0, 1.5, 2.0]])
    weak, strong = conv.double_threshold(magnitude, 0.5, 1.5)
    assert weak.tolist() == [[False, True, True, False, False]]
    assert strong.tolist() == [[False, False, False, True, True]]
    assert not conv.double_threshold(np.zeros((1, 3)), 0, 0)[1].any()  # no gradient, no edge


@pytest.mark.parametrize("seed", range(5))
def test_hysteresis_keeps_the_connected_parts_that_hold_a_strong_pixel(seed):
    magnitude = np.random.default_rng(seed).uniform(size=(30, 40))
    edges = conv.hysteresis(*conv.double_threshold(magnitude, 0.7, 0.97))
    labels, _ = scipy.ndimage.label(magnitude >= 0.7, np.ones((3, 3)))
    np.testing.assert_array_equal(edges, np.isin(labels, np.unique(labels[magnitude >= 0.97])))
    assert (magnitude >= 0.97).sum() < edges.sum() < (magnitude >= 0.7).sum()


def test_a_long_weak_line_is_followed_to_its_end_and_not_round_the_border():
    weak = np.zeros((3, 2000), dtype=bool)
    weak[0], weak[2, -1] = True, True
    strong = np.zeros_like(weak)
    strong[0, 0] = True
    edges = conv.hysteresis(weak, strong)
    assert edges[0].all() and not edges[1:].any()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: conv.canny(np.zeros((4, 4, 3))), r"image has shape \(4, 4, 3\); it is \(height, width\)"),
        (lambda: conv.canny([[0, np.nan]]), "image holds 1 NaN"),
        (lambda: conv.canny(np.zeros((4, 4)), sigma=0), "sigma is 0"),
        (lambda: conv.canny(np.zeros((4, 4)), low=0.3, high=0.2), "low is 0.3 and high is 0.2"),
        (lambda: conv.canny(np.zeros((4, 4)), low=-1), "low is -1"),
        (lambda: conv.hysteresis(np.zeros((2, 2)), np.zeros((2, 3))), "weak and strong have shapes"),
    ],
)
def test_what_does_not_fit_is_refused(call, said):
    with pytest.raises(BadData, match=said):
        call()
