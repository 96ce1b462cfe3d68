"""What the judge, a fixed CNN, sees in images: features, digits, and how sure it is."""

from typing import Any, NamedTuple

import numpy as np
import torch

from nnlab import weights
from nnlab.errors import BadData
from nnlab.quality.checks import CLASSES, as_images, as_labels
from nnlab.quality.network import DigitCNN

_CHUNK = 100  # images at a time: their maps stay in the cache, which halves the time


class Seen(NamedTuple):
    """Of n images: features [n, 64] and probabilities [n, 10]."""

    features: np.ndarray
    probabilities: np.ndarray


def judge() -> DigitCNN:
    """The trained CNN, in evaluation mode; its input is [n, 1, 28, 28] between 0 and 1.

    `bench/digit_cnn.py` trained it on the 4000 training digits; of the 1000 test digits it reads 99 % right.

    >>> judge()(torch.zeros(1, 1, 28, 28)).shape
    torch.Size([1, 10])
    """
    with torch.device("meta"):  # draws no random numbers: the caller's seed stays as it was
        net = DigitCNN()
    return weights.load(net.float().to_empty(device="cpu"), "digit_cnn").requires_grad_(False)


def look(images: Any) -> Seen:
    """Features and probabilities at once."""
    x = torch.from_numpy(as_images(images)).unsqueeze(1)
    net = judge().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # halves it again
    with torch.inference_mode(), torch.autocast("cpu", enabled=False):
        seen = torch.cat([net.features(part) for part in x.split(_CHUNK)])
        return Seen(seen.numpy(), net.classifier(seen).softmax(dim=1).numpy())


def features(images: Any) -> np.ndarray:
    """What the judge's last layer sees of each image.

    Args:
        images: [n, 28, 28] or [n, 1, 28, 28], uint8 from 0 (black) to 255, or floats from 0 to 1.

    Returns:
        float32 [n, 64], none negative.

    Raises:
        BadData: another shape or dtype, floats outside [0, 1], NaN.

    >>> features(np.zeros((2, 28, 28))).shape
    (2, 64)
    """
    return look(images).features


def probabilities(images: Any) -> np.ndarray:
    """The judge's probability of each digit: float32 [n, 10], from images as `features` takes them.

    A digit is chosen for everything, a shoe or noise included: a high probability does not say that it is one.

    >>> from nnlab.quality import digits
    >>> probabilities(digits().test[:5]).argmax(axis=1), digits().test_labels[:5]
    (array([...]), array([...]))
    """
    return look(images).probabilities


def label_agreement(images: Any, labels: Any) -> float:
    """The share of images in which the judge sees the digit that was asked for: from 0 to 1.

    Real digits have .99. It says nothing of variety: one good image a class, repeated, has 1.

    Args:
        images: as `features` takes them.
        labels: the digits that were asked for, whole numbers [n] from 0 to 9.

    Raises:
        BadData: such images or labels cannot be used.
    """
    p = probabilities(images)
    return agreement(p, as_labels(labels, len(p)))


def confident_share(images: Any, threshold: float = 0.9) -> float:
    """The share of images of which the judge gives some digit a probability above the threshold: from 0 to 1.

    Real digits have .99, and so may noise: compare with `probabilities`.

    >>> confident_share(np.random.default_rng(0).random((100, 28, 28)))  # uniform noise
    1.0
    """
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold < 1:
        raise BadData(f"threshold is {threshold!r}; expected a probability, from 0 to below 1")
    return confident(probabilities(images), threshold)


def class_histogram(images: Any) -> np.ndarray:
    """The shares of the ten digits, as the judge sees them: float64 [10], with the sum 1.

    A generator that has lost a class shows it here.
    """
    return histogram(probabilities(images))


def agreement(p: np.ndarray, labels: np.ndarray) -> float:
    return float((p.argmax(axis=1) == labels).mean())


def confident(p: np.ndarray, threshold: float = 0.9) -> float:
    return float((p.max(axis=1) > threshold).mean())


def histogram(p: np.ndarray) -> np.ndarray:
    return np.bincount(p.argmax(axis=1), minlength=CLASSES) / len(p)
