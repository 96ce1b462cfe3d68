"""The best denoiser of data that are known, against brute force."""

import numpy as np
import pytest

from nnlab.errors import BadData
from nnlab.generative.toys import best_x0

POINTS = np.array([-1.0, 0.5, 0.5, 2.0])


@pytest.mark.parametrize("level", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("width", [0.1, 0.4])
def test_it_is_the_mean_of_what_could_have_been(level, width):
    grid = np.linspace(-5, 6, 20_001)  # all x_0 there are
    prior = np.exp(-((grid[:, None] - POINTS) ** 2) / (2 * width**2)).sum(axis=1)
    x = np.array([-1.3, 0.2, 1.4])
    chance = prior * np.exp(-((x[:, None] - level**0.5 * grid) ** 2) / (2 * (1 - level)))
    expected = (chance * grid).sum(axis=1) / chance.sum(axis=1)
    assert np.allclose(best_x0(x, level, POINTS, width), expected, atol=1e-6)


def test_without_noise_the_answer_is_the_question_and_without_signal_the_mean():
    x = np.array([-1.1, 0.4])
    assert np.allclose(best_x0(x, 1.0, POINTS), x)
    assert np.allclose(best_x0(x, 0.0, POINTS), POINTS.mean())


@pytest.mark.parametrize("level, width", [(1.1, 0.2), (-0.1, 0.2), (0.5, -0.2), (1.0, 0.0)])
def test_what_cannot_be_is_refused(level, width):
    with np.errstate(invalid="ignore"), pytest.raises(BadData):
        best_x0(np.zeros(1), level, POINTS, width)
