"""All figures of a set of samples in one table, beside those of real digits and of slightly damaged ones."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.quality.checks import as_images, as_labels
from nnlab.quality.copies import near_copies
from nnlab.quality.distance import frechet_distance
from nnlab.quality.judging import agreement, confident, histogram, look
from nnlab.quality.manifold import precision_recall
from nnlab.quality.real import balanced, digits

if TYPE_CHECKING:
    import pandas as pd

NOISE = 0.1  # standard deviation; white is 1


@dataclass(frozen=True, eq=False)
class Figures:
    """What is measured of one set of images. Shares lie between 0 and 1.

    - `frechet_distance`: to the 4000 training digits, in the features of the judge;
    - `precision`, `recall`: k = 3, against as many training digits as there are images (4000 at most);
    - `label_agreement`: None where no labels were asked for;
    - `confident_share`: above .9;
    - `near_copies`: nearer in pixels to a training digit than half of the usual distance;
    - `class_histogram`: ten shares.
    """

    frechet_distance: float
    precision: float
    recall: float
    label_agreement: float | None
    confident_share: float
    near_copies: float
    class_histogram: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class Report(Figures):
    """The figures of samples, beside those of real test digits (`real`) and of the same with noise of 0.1 (`noisy`).

    `n` samples; `n_real` real digits: as many, but at most the 1000 that there are.
    """

    n: int
    n_real: int
    real: Figures
    noisy: Figures

    @property
    def floor(self) -> float:
        """The Fréchet distance of `n_real` real digits, which no generator can be expected to go below."""
        return self.real.frechet_distance

    @property
    def fraction(self) -> float:
        """The samples' Fréchet distance as a fraction of that of real digits with noise of 0.1."""
        return self.frechet_distance / self.noisy.frechet_distance

    def to_frame(self) -> "pd.DataFrame":
        """A row a figure, a column a set of images; NaN where no labels were given."""
        import pandas as pd

        columns = {"samples": self, "real digits": self.real, "real, noise 0.1": self.noisy}
        scale = self.noisy.frechet_distance
        return pd.DataFrame({name: _rows(figures, scale) for name, figures in columns.items()}, dtype=float)

    def to_dict(self) -> dict[str, Any]:
        """The samples' figures as plain numbers and lists, ready for JSON; with `n`, `floor` and `fraction`."""
        own = {f.name: getattr(self, f.name) for f in fields(Figures)}
        own["class_histogram"] = [round(float(share), 4) for share in self.class_histogram]
        return {"n": self.n, "floor": self.floor, "fraction": self.fraction} | own

    def __repr__(self) -> str:
        table = self.to_frame().to_string(float_format="{:.3f}".format, na_rep="—")
        shares = " ".join(f"{k}: {100 * share:.1f}" for k, share in enumerate(self.class_histogram))
        fewer = "" if self.n_real == self.n else f"; the real digits are {self.n_real}, all that there are"
        return f"{self.n} samples{fewer}\n{table}\nclasses in %: {shares}"


def report(samples: Any, labels: Any = None) -> Report:
    """Measure generated digits.

    No figure means anything alone. The Fréchet distance depends on the number of samples and belongs to this judge;
    precision and confidence may be high for noise; recall ignores how often, label agreement how varied.

    Args:
        samples: [n, 28, 28] or [n, 1, 28, 28], uint8 from 0 (black) to 255, or floats from 0 to 1. 65 or more; 1000
            are usual, and figures at different n are not to be compared.
        labels: the digits that were asked for, [n], if the generator is conditional.

    Raises:
        BadData: such samples or labels cannot be used.
        TooFewSamples: fewer than 65.

    >>> report(np.random.default_rng(0).random((100, 28, 28)))  # uniform noise
    100 samples
                                  samples  real digits  real, noise 0.1
    Fréchet distance             ...
    precision                       1.000 ...
    recall                          0.000 ...
    label agreement                     —        1.000            1.000
    confident share                 1.000 ...
    """
    x = as_images(samples, "samples")
    y = None if labels is None else as_labels(labels, len(x))
    n_real = min(len(x), len(digits().test))
    own = _figures(x, y)
    return Report(**vars(own), n=len(x), n_real=n_real, real=_of_real(n_real, 0.0), noisy=_of_real(n_real, NOISE))


def _figures(x: np.ndarray, labels: np.ndarray | None) -> Figures:
    seen, real = look(x), _training_features()
    precision, recall = precision_recall(real[: len(x)], seen.features)
    return Figures(
        frechet_distance=frechet_distance(real, seen.features),
        precision=precision,
        recall=recall,
        label_agreement=None if labels is None else agreement(seen.probabilities, labels),
        confident_share=confident(seen.probabilities),
        near_copies=near_copies(x),
        class_histogram=histogram(seen.probabilities),
    )


@lru_cache(maxsize=1)
def _training_features() -> np.ndarray:
    """Of the training digits, the classes in turn."""
    real = digits()
    return look(real.training[balanced(real.training_labels)]).features


@lru_cache(maxsize=16)
def _of_real(n: int, noise: float) -> Figures:
    """The figures of n test digits, the classes in turn, with normal noise of this standard deviation."""
    real = digits()
    rows = balanced(real.test_labels)[:n]
    x = as_images(real.test[rows])
    if noise:
        x = (x + np.random.default_rng(0).normal(0, noise, x.shape)).clip(0, 1)
    return _figures(as_images(x), real.test_labels[rows])


_LINES: dict[str, Callable[[Figures, float], float | None]] = {
    "Fréchet distance": lambda f, scale: f.frechet_distance,
    "  as a fraction of noise 0.1": lambda f, scale: f.frechet_distance / scale,
    "precision": lambda f, scale: f.precision,
    "recall": lambda f, scale: f.recall,
    "label agreement": lambda f, scale: f.label_agreement,
    "confident share": lambda f, scale: f.confident_share,
    "near-copies": lambda f, scale: f.near_copies,
    "smallest class": lambda f, scale: float(f.class_histogram.min()),
}


def _rows(figures: Figures, scale: float) -> dict[str, float | None]:
    return {name: line(figures, scale) for name, line in _LINES.items()}
