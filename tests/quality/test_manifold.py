import numpy as np
import pytest

from nnlab import quality
from nnlab.errors import BadData, TooFewSamples


def covered(points, by, k):
    """The share of points inside a ball of `by`: loops, and every distance sorted."""
    inside = 0
    for p in points:
        for i, centre in enumerate(by):
            others = sorted(float(np.linalg.norm(centre - q)) for j, q in enumerate(by) if j != i)
            if np.linalg.norm(p - centre) <= others[k - 1]:
                inside += 1
                break
    return inside / len(points)


@pytest.mark.parametrize(("k", "n", "m", "seed"), [(1, 12, 20, 0), (3, 20, 12, 1), (3, 25, 25, 2), (5, 30, 19, 3)])
def test_it_is_what_loops_find(k, n, m, seed):
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(n, 3)), rng.normal(1.2, 1.3, size=(m, 3))
    expected = covered(fake, real, k), covered(real, fake, k)
    assert min(expected) > 0 and max(expected) < 1  # the case can tell
    assert quality.precision_recall(real, fake, k) == pytest.approx(expected)


def test_three_neighbours_unless_told():
    rng = np.random.default_rng(4)
    real, fake = rng.normal(size=(30, 2)), rng.normal(1, 1, size=(30, 2))
    found = {k: quality.precision_recall(real, fake, k) for k in (2, 3, 4)}
    assert quality.precision_recall(real, fake) == found[3] and len(set(found.values())) == 3


def test_a_repeated_sample_has_its_own_ball():
    repeated = np.repeat(np.eye(3), 4, axis=0)
    assert quality.precision_recall(repeated, repeated) == (1, 1)
    assert quality.precision_recall(repeated, repeated + 0.01) == (0, 0)


@pytest.mark.parametrize(
    ("real", "fake", "k", "error", "said"),
    [
        (np.zeros((9, 2)), np.zeros((9, 3)), 3, BadData, "2 and 3 features"),
        (np.zeros((9, 28, 28)), np.zeros((9, 2)), 3, BadData, "quality.features"),
        (np.zeros((9, 2)), np.full((9, 2), np.nan), 3, BadData, "fake: 18 values are NaN"),
        (np.zeros((9, 2)), np.zeros((9, 2)), 0, BadData, "k is 0"),
        (np.zeros((9, 2)), np.zeros((9, 2)), 2.5, BadData, "k is 2.5"),
        (np.zeros((9, 2)), np.zeros((9, 2)), True, BadData, "k is True"),
        (np.zeros((3, 2)), np.zeros((9, 2)), 3, TooFewSamples, "real has 3 samples.*takes 4"),
        (np.zeros((9, 2)), np.zeros((3, 2)), 3, TooFewSamples, "fake has 3 samples"),
    ],
)
def test_what_cannot_be_used_is_told(real, fake, k, error, said):
    with pytest.raises(error, match=said):
        quality.precision_recall(real, fake, k)
