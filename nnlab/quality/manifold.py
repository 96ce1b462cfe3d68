"""Where two clouds of features overlap: precision and recall by nearest neighbours."""

from typing import Any, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from nnlab.errors import TooFewSamples
from nnlab.quality.checks import as_features, same_width, whole


class PrecisionRecall(NamedTuple):
    """Two shares between 0 and 1."""

    precision: float
    recall: float


def precision_recall(real: Any, fake: Any, k: int = 3) -> PrecisionRecall:
    """Improved precision and recall (Kynkäänniemi et al. 2019, equations 1 and 2).

    Around each sample lies a ball that reaches to its k-th nearest neighbour of the same set; together they cover
    where the set has samples. Precision: the share of `fake` inside the balls of `real`. Recall: the share of `real`
    inside the balls of `fake`. One outlier among `real` has a large ball, so that nonsense can have a high precision.

    Args:
        real: features [n, d], as from `quality.features`.
        fake: features [m, d]; take m = n, because both figures depend on the sizes.
        k: 1 or more; the paper uses 3.

    Raises:
        BadData: not [n, d] and [m, d], NaN, infinity, or another k.
        TooFewSamples: a set with k samples or fewer.

    >>> a = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> precision_recall(a, 3 + a / 10, k=1)  # all near one of the real ones
    PrecisionRecall(precision=1.0, recall=0.25)
    """
    real, fake = as_features(real, "real"), as_features(fake, "fake")
    same_width(real, fake)
    k = whole(k, "k", 1)
    between = cdist(fake, real)
    in_real, in_fake = between <= _radii(real, k, "real"), _radii(fake, k, "fake") >= between.T
    return PrecisionRecall(float(in_real.any(axis=1).mean()), float(in_fake.any(axis=1).mean()))


def _radii(x: np.ndarray, k: int, name: str) -> np.ndarray:
    """The distance from each row to its k-th nearest other row."""
    if len(x) <= k:
        raise TooFewSamples(f"{name} has {len(x)} samples; for the {k} nearest neighbours of each it takes {k + 1}")
    return np.partition(cdist(x, x), k, axis=1)[:, k]  # at 0 stands the row itself, at distance 0
