"""Data so simple that the best possible denoiser is known: what a perfectly trained network would answer."""

import numpy as np
from scipy.special import softmax

from nnlab.errors import BadData


def best_x0(x: np.ndarray, level: float, points: np.ndarray, width: float = 0.2) -> np.ndarray:
    """The mean of all x_0 that could have led to x, where alpha-bar is `level`: the best guess by squared error.

    The data are numbers: one of the points, chosen with equal chances, and normal noise around it.

    Args:
        x: noisy numbers [n].
        level: alpha-bar, from 0 (all noise) to 1 (data).
        points: [m]; a point that stands twice is twice as likely.
        width: the standard deviation around a point; with 0 the data are the points themselves.

    Raises:
        BadData: such a level or width is not possible, or both leave no noise at all.

    >>> best_x0(np.array([-2.0, 0.0, 5.0]), 0.0, np.array([-1.0, 1.0, 1.0])).round(3)  # nothing is left to see
    array([0.333, 0.333, 0.333])
    >>> best_x0(np.array([-2.0, 0.0, 5.0]), 0.5, np.array([-1.0, 1.0]), width=0.0).round(3)
    array([-0.993,  0.   ,  1.   ])
    """
    a, b = np.sqrt(level), np.sqrt(1 - level)
    variance = a**2 * width**2 + b**2  # of x around each point
    if not 0 <= level <= 1 or width < 0 or variance == 0:
        raise BadData(f"level {level} and width {width}: alpha-bar is from 0 to 1, and some noise must be there")
    gap = np.asarray(x)[:, None] - a * np.asarray(points)  # [n, m]
    chance = softmax(-(gap**2) / (2 * variance), axis=1)  # Bayes: that this point was the start
    return (chance * (points + a * width**2 / variance * gap)).sum(axis=1)
