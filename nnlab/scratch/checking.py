"""Are the gradients right? Compare them with differences of the loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnlab.errors import BadData
from nnlab.scratch.checks import positive, same_shapes, whole


class Entry(NamedTuple):
    """One derivative, computed twice."""

    parameter: str
    place: tuple[int, ...]
    numeric: float
    analytic: float
    error: float


@dataclass(frozen=True)
class GradientReport:
    """What `gradient_check` found; print it to read it.

    Attributes:
        entries: all derivatives that were compared, the worst first.
        tolerance: the largest relative error that counts as right.
    """

    entries: tuple[Entry, ...]
    tolerance: float

    @property
    def worst(self) -> Entry:
        return self.entries[0]

    @property
    def wrong(self) -> tuple[Entry, ...]:
        """The entries above the tolerance; NaN is one of them."""
        return tuple(e for e in self.entries if not e.error <= self.tolerance)

    @property
    def ok(self) -> bool:
        return not self.wrong

    def __str__(self) -> str:
        total, wrong = len(self.entries), len(self.wrong)
        verdict = f"all {total} derivatives agree" if self.ok else f"{wrong} of {total} derivatives are wrong"
        lines = [f"{verdict} (relative error allowed: {self.tolerance:.0e}); the worst:"]
        lines.append(f"{'parameter':<16}{'numeric':>14}{'analytic':>14}{'error':>10}")
        for e in self.entries[:5]:
            where = f"{e.parameter}[{', '.join(map(str, e.place))}]" if e.place else e.parameter
            lines.append(f"{where:<16}{e.numeric:>14.6g}{e.analytic:>14.6g}{e.error:>10.1e}")
        return "\n".join(lines)


def gradient_check(
    loss: Callable[[], float],
    parameters: Sequence[np.ndarray],
    gradients: Sequence[np.ndarray],
    *,
    names: Sequence[str] | None = None,
    step: float = 6e-6,
    tolerance: float = 1e-6,
    samples: int | None = None,
    seed: int = 0,
) -> GradientReport:
    """Compare gradients with central differences, (L(p + h) - L(p - h)) / 2h, parameter by parameter.

    The relative error is |numeric - analytic| / max(|numeric|, |analytic|). Derivatives so small that rounding of the
    loss alone (about 1e-16 of it) could explain the difference are measured against a thousandth of the loss instead.

    Args:
        loss: a function without arguments that reads the arrays in `parameters`, and returns the loss.
        parameters: a list of float64 arrays. Each number is changed a little, and put back.
        gradients: a list of arrays of the same shapes: the derivatives to be checked.
        names: of the parameters, for the report; "parameter 0", ... if None.
        step: h. Smaller, rounding spoils the difference; larger, the curvature does. The default is about the cube
            root of the rounding error of a float64, and is multiplied by |p| where that is above 1.
        tolerance: the largest relative error that is right. Where h crosses the kink of a ReLU, a right gradient may
            look wrong: then check at other parameters.
        samples: how many numbers of each array to check, drawn from `seed`; None for all of them.
        seed: of that draw.

    Raises:
        BadData: parameters that are not float64 (float32 has too few digits), or shapes that do not fit.

    >>> p = np.array([1.0, 2.0])
    >>> report = gradient_check(lambda: float(np.sum(p**3)), [p], [3 * p**2])
    >>> report.ok
    True
    >>> print(gradient_check(lambda: float(np.sum(p**3)), [p], [6 * p], names=["p"]))
    1 of 2 derivatives are wrong (relative error allowed: 1e-06); the worst:
    parameter              numeric      analytic     error
    p[0]                         3             6   5.0e-01
    p[1]                        12            12   ...
    """
    positive(step, "step"), positive(tolerance, "tolerance")
    for k, p in enumerate(parameters):
        if not (isinstance(p, np.ndarray) and p.dtype == np.float64):
            raise BadData(f"parameter {k} is no float64 array; differences of float32 numbers have too few digits")
    claimed = [np.array(g, dtype=float) for g in gradients]  # copies: `loss` may run the backward pass that writes them
    same_shapes(claimed, parameters, "gradients")
    names = [f"parameter {k}" for k in range(len(parameters))] if names is None else names
    if len(names) != len(parameters):
        raise BadData(f"there are {len(names)} names and {len(parameters)} parameters; give one for each")
    floor = 1e-3 * max(1.0, abs(float(loss())))
    rng = np.random.default_rng(seed)
    entries = []
    for name, p, gradient in zip(names, parameters, claimed, strict=True):
        chosen = np.arange(p.size)
        if samples is not None and whole(samples, "samples", 1) < p.size:
            chosen = np.sort(rng.choice(p.size, samples, replace=False))
        for index in zip(*np.unravel_index(chosen, p.shape), strict=True):
            numeric, analytic = _slope(loss, p, index, step), float(gradient[index])
            error = abs(numeric - analytic) / max(abs(numeric), abs(analytic), floor)
            entries.append(Entry(name, tuple(map(int, index)), numeric, analytic, error))
    if not entries:
        raise BadData("there is nothing to check: the parameters hold no number")
    entries.sort(key=lambda e: -np.inf if np.isnan(e.error) else -e.error)  # NaN is the worst of all
    return GradientReport(tuple(entries), tolerance)


def _slope(loss: Callable[[], float], p: np.ndarray, index: tuple, step: float) -> float:
    before = p[index]
    h = step * max(1.0, abs(before))
    try:
        p[index] = before + h
        above = float(loss())
        p[index] = before - h
        return (above - float(loss())) / (2 * h)
    finally:
        p[index] = before
