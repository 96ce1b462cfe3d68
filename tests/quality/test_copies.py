import numpy as np
import pytest

from nnlab import quality
from nnlab.errors import BadData, TooFewSamples


def distance(a, b):
    return float(np.sqrt(((a.astype(float) / 255 - b.astype(float) / 255) ** 2).sum()))


@pytest.fixture(scope="module")
def few():
    """60 training images and 20 others; the first three are copies, the fourth is one with a grey pixel."""
    real = quality.digits()
    training, images = real.training[:60], real.test[:20].copy()
    images[:4] = training[[50, 7, 7, 31]]
    images[3, 0, 0] = 20
    return images, training


def test_the_nearest_are_what_sorting_finds(few):
    images, training = few
    expected = [sorted(range(60), key=lambda j, i=i: distance(i, training[j]))[:5] for i in images]
    assert quality.nearest(images, training, 5).tolist() == expected
    assert quality.nearest(images / 255, training, 1).tolist() == [row[:1] for row in expected]
    assert expected[0][0] == 50 and expected[3][0] == 31


@pytest.mark.parametrize("within", [0.05, 0.5, 0.8, 1.2])
def test_near_is_a_share_of_the_median_distance_between_training_images(few, within):
    images, training = few
    own = [min(distance(a, b) for j, b in enumerate(training) if j != i) for i, a in enumerate(training)]
    near = [min(distance(a, b) for b in training) < within * np.median(own) for a in images]
    assert quality.near_copies(images, training, within) == np.mean(near) >= 4 / 20
    if within == 0.5:
        assert quality.near_copies(images, training) == np.mean(near)


def test_without_training_images_they_are_the_4000_digits():
    real = quality.digits()
    assert quality.near_copies(real.test) == pytest.approx(0.067, abs=1e-12)
    assert quality.near_copies(real.training[:200]) == 1
    assert quality.near_copies(real.test[:100]) == quality.near_copies(real.test[:100], real.training)
    assert quality.nearest(real.training[90:93]).tolist() == [[90], [91], [92]]


def test_a_shifted_copy_is_not_found():
    """What the figure misses, as its docstring says."""
    assert quality.near_copies(np.roll(quality.digits().training[:200], 1, axis=2)) < 0.1


ONE = np.zeros((1, 28, 28))


@pytest.mark.parametrize("n", [0, 3, -1, 1.5, None])
def test_a_number_of_neighbours_that_is_none(n):
    with pytest.raises(BadData, match=r"neighbours are asked|expected a whole number"):
        quality.nearest(ONE, np.zeros((2, 28, 28)), n)


@pytest.mark.parametrize("within", [0, -1, np.nan, np.inf, "half", True])
def test_near_must_be_a_length(within):
    with pytest.raises(BadData, match="within is"):
        quality.near_copies(ONE, within=within)


def test_training_images_are_checked():
    with pytest.raises(BadData, match="training have the shape"):
        quality.nearest(ONE, np.zeros((2, 784)))
    with pytest.raises(TooFewSamples, match="one image"):
        quality.near_copies(ONE, ONE)
