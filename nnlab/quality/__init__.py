"""How good generated digits are, measured: `report` gives all figures, beside those of real digits.

The judge is a fixed CNN that was trained on real digits, with bundled weights. The units of the Fréchet distance
belong to it; other figures depend on it a little. What each figure misses:

- Fréchet distance (`distance.py`): compares means and covariances only, and depends on the number of samples.
- Precision and recall (`manifold.py`): an outlier's ball is large; how often each kind occurs does not count.
- Label agreement, confidence, class histogram (`judging.py`): the judge names a digit in noise too, and is sure.
- Near-copies and nearest training images (`copies.py`): in pixels, so that a shifted copy is not found.

`reporting.py` puts them together; `network.py` is the CNN, `real.py` the real digits, `checks.py` what may be given.
"""

from nnlab.quality.copies import near_copies, nearest
from nnlab.quality.distance import frechet_distance
from nnlab.quality.judging import class_histogram, confident_share, features, judge, label_agreement, probabilities
from nnlab.quality.manifold import PrecisionRecall, precision_recall
from nnlab.quality.network import DigitCNN
from nnlab.quality.real import Digits, digits, split
from nnlab.quality.reporting import Figures, Report, report

__all__ = [
    "DigitCNN",
    "Digits",
    "Figures",
    "PrecisionRecall",
    "Report",
    "class_histogram",
    "confident_share",
    "digits",
    "features",
    "frechet_distance",
    "judge",
    "label_agreement",
    "near_copies",
    "nearest",
    "precision_recall",
    "probabilities",
    "report",
    "split",
]
