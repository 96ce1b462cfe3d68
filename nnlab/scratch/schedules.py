"""Learning-rate schedules: pure functions of the step, counted from 0.

`step` may be a number, or an array of them to draw the whole schedule at once. Each equals the scheduler of
torch.optim.lr_scheduler that its docstring names, and where that has an end, it stays at its last value afterwards.
"""

from typing import Any

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import positive, whole


def step_decay(step: Any, lr: float, every: int, factor: float = 0.1) -> Any:
    """lr times `factor` once for each `every` steps done (StepLR).

    >>> step_decay(np.array([0, 9, 10, 20]), lr=1.0, every=10)
    array([1.  , 1.  , 0.1 , 0.01])
    """
    return _plain(positive(lr, "lr") * positive(factor, "factor") ** (_steps(step) // whole(every, "every", 1)))


def exponential(step: Any, lr: float, factor: float) -> Any:
    """lr times `factor` once for each step (ExponentialLR).

    >>> exponential(3, lr=0.8, factor=0.5)
    0.1
    """
    return _plain(positive(lr, "lr") * positive(factor, "factor") ** _steps(step))


def cosine(step: Any, lr: float, steps: int, lowest: float = 0.0) -> Any:
    """From `lr` down to `lowest` along half a wave of the cosine, which takes `steps` steps (CosineAnnealingLR).

    It stays at `lowest` afterwards, where torch's would rise again.

    Source: Loshchilov and Hutter (2017), SGDR: stochastic gradient descent with warm restarts, equation 5.

    >>> cosine(np.array([0, 50, 100, 150]), lr=0.2, steps=100)
    array([0.2, 0.1, 0. , 0. ])
    """
    done = np.minimum(_steps(step) / whole(steps, "steps", 1), 1)
    return _plain(_wave(positive(lr, "lr"), positive(lowest, "lowest", strict=False), done))


def warm_up(step: Any, lr: float, steps: int, start: float = 1 / 3) -> Any:
    """From `start` times lr up to `lr` in a straight line, within `steps` steps (LinearLR).

    Source: Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour, section 2.2.

    >>> warm_up(np.array([0, 5, 10, 99]), lr=1.0, steps=10, start=0.5)
    array([0.5 , 0.75, 1.  , 1.  ])
    """
    done = np.minimum(_steps(step) / whole(steps, "steps", 1), 1)
    return _plain(positive(lr, "lr") * (positive(start, "start", strict=False) * (1 - done) + done))


def one_cycle(
    step: Any, highest: float, steps: int, rise: float = 0.3, start: float = 1 / 25, end: float = 1e-4
) -> Any:
    """Up from `start` times `highest` to `highest`, then down to `end` times the first rate (OneCycleLR).

    Both ways along half a wave of the cosine; the top is at step rise · steps - 1, the end at step `steps` - 1.

    Args:
        step: a number or an array, 0 or more.
        highest: the largest learning rate, above 0.
        steps: how many steps the training has in all.
        rise: the share of steps that the way up takes, above 0 and below 1, and more than one step.
        start: the first rate as a share of the highest (1 / div_factor).
        end: the last rate as a share of the first (1 / final_div_factor).

    Source: Smith and Topin (2019), Super-convergence: very fast training of neural networks using large learning rates.

    >>> one_cycle(np.array([0, 29, 99]), highest=1.0, steps=100)
    array([4.e-02, 1.e+00, 4.e-06])
    """
    top, last, t = rise * whole(steps, "steps", 2) - 1, steps - 1, _steps(step)
    if not 0 < top < last:
        raise BadData(
            f"rise is {rise!r}: of {steps} steps it must leave more than one for the way up and one for the way down"
        )
    highest, first = positive(highest, "highest"), positive(start, "start") * highest
    up = _wave(first, highest, np.minimum(t / top, 1))
    down = _wave(highest, first * positive(end, "end"), np.clip((t - top) / (last - top), 0, 1))
    return _plain(np.where(t <= top, up, down))


def _wave(begin: float, end: float, done: Any) -> Any:
    """From `begin` (done = 0) to `end` (done = 1), flat at both."""
    return end + (begin - end) * (1 + np.cos(np.pi * done)) / 2


def _steps(step: Any) -> Any:
    t = np.asarray(step)
    if t.dtype.kind not in "iu" or (t < 0).any():
        raise BadData(f"step is {step!r}; it is a whole number, 0 or more, or an array of them")
    return t


def _plain(rate: Any) -> Any:
    """A Python float for one step, an array for an array of steps."""
    return float(rate) if np.ndim(rate) == 0 else rate
