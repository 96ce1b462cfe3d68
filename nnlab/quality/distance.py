"""How far two clouds of features are apart: the Fréchet distance."""

from typing import Any

import numpy as np

from nnlab.errors import TooFewSamples
from nnlab.quality.checks import as_features, same_width


def frechet_distance(a: Any, b: Any) -> float:
    """The squared Fréchet (2-Wasserstein) distance of two Gaussians with the means and covariances of `a` and `b`.

    |μ_a - μ_b|² + tr(Σ_a + Σ_b - 2 (Σ_a Σ_b)^½), equation 6 of Heusel et al. 2017, "GANs trained by a two time-scale
    update rule converge to a local Nash equilibrium", after Dowson and Landau 1982. With the features of Inception v3
    it is called FID; with the features of another network it is in other units, and the two cannot be compared. It is
    too large for few samples (the bias is about proportional to 1/n): compare only what has the same n.

    Args:
        a: features [n, d], as from `quality.features`. More samples than features: n > d.
        b: features [m, d], m > d. Swapping a and b changes nothing.

    Returns:
        A number of 0 or more, in squared units of the features. 0: same mean and same covariance, which two clouds of
        quite different shapes may have.

    Raises:
        BadData: not [n, d] and [m, d], NaN, infinity.
        TooFewSamples: no more samples than features; their covariance would say that some directions do not vary.

    >>> rng = np.random.default_rng(0)
    >>> a = rng.normal(size=(500, 3))
    >>> round(frechet_distance(a, a + [3, 4, 0]), 6), round(frechet_distance(a, 2 * a - a.mean(axis=0)), 2)
    (25.0, 2.92)
    """
    a, b = as_features(a, "a"), as_features(b, "b")
    same_width(a, b)
    root_a, root_b = _root(a, "a"), _root(b, "b")
    # Σ = RᵀR, so Σ_a Σ_b has the eigenvalues of (R_a R_bᵀ)(R_a R_bᵀ)ᵀ: the trace of its root is the sum of the
    # singular values of R_a R_bᵀ. Nothing is squared and then rooted again, so singular covariances do no harm.
    overlap = np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum()
    shift = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    return max(float(shift + (root_a**2).sum() + (root_b**2).sum() - 2 * overlap), 0.0)


def _root(x: np.ndarray, name: str) -> np.ndarray:
    """A matrix R [d, d] with RᵀR = the covariance (ddof = 1) of the rows of x."""
    n, d = x.shape
    if n <= d:
        raise TooFewSamples(f"{name} has {n} samples of {d} features; a covariance needs {d + 1} or more")
    return np.linalg.qr(x - x.mean(axis=0), mode="r") / np.sqrt(n - 1)
