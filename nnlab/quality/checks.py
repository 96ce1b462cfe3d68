"""What the figures are given: images, labels and features, checked."""

from typing import Any

import numpy as np

from nnlab.errors import BadData

SIDE, CLASSES = 28, 10


def as_images(images: Any, name: str = "images") -> np.ndarray:
    """Images as float32 [n, 28, 28] between 0 (black) and 1, from uint8 or floats, arrays or tensors."""
    x = _array(images, name)
    if x.ndim == 4 and x.shape[1] == 1:
        x = x[:, 0]
    if x.ndim != 3 or x.shape[1:] != (SIDE, SIDE) or len(x) == 0:
        raise BadData(f"{name} have the shape {list(x.shape)}; expected [n, 28, 28] or [n, 1, 28, 28], with n ≥ 1")
    if x.dtype == np.uint8:
        if x.max() == 1:
            raise BadData(f"{name} are uint8 of 0 and 1, nearly black; white is 255: multiply them by 255")
        return x / np.float32(255)
    if x.dtype.kind != "f":
        raise BadData(f"{name} are {x.dtype}; expected uint8 from 0 to 255, or floats from 0 to 1")
    _finite(x, name)
    low, high = x.min(), x.max()
    if low < 0 or high > 1:
        raise BadData(f"{name} reach from {low:.3g} to {high:.3g}; floats lie between 0 and 1. {_way_back(low, high)}")
    return np.ascontiguousarray(x, dtype=np.float32)


def as_labels(labels: Any, n: int) -> np.ndarray:
    """Digits as int64 [n]."""
    y = _array(labels, "labels")
    if y.shape != (n,):
        raise BadData(f"labels have the shape {list(y.shape)}; expected one for each of the {n} images, [{n}]")
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= CLASSES:
        raise BadData(f"labels are whole numbers from 0 to 9, got {y.dtype}, such as {np.unique(y)[-5:].tolist()}")
    return y.astype(np.int64)


def as_features(features: Any, name: str) -> np.ndarray:
    """Features as float64 [n, d]."""
    x = _array(features, name)
    if x.ndim != 2 or x.size == 0:
        raise BadData(f"{name} has the shape {list(x.shape)}; expected features [n, d]. Of images: quality.features(…)")
    if x.dtype.kind not in "fiu":
        raise BadData(f"{name} holds {x.dtype}; expected numbers")
    _finite(x, name)
    return x.astype(np.float64)


def same_width(a: np.ndarray, b: np.ndarray) -> None:
    if a.shape[1] != b.shape[1]:
        raise BadData(f"{a.shape[1]} and {b.shape[1]} features cannot be compared: take both from the same network")


def whole(value: Any, name: str, least: int) -> int:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise BadData(f"{name} is {value!r}; expected a whole number, {least} or more")
    return int(value)


def _array(values: Any, name: str) -> np.ndarray:
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values if str(values.dtype) != "torch.bfloat16" else values.float()
    try:
        return np.asarray(values)
    except ValueError as error:
        raise BadData(f"{name}: no array can be made of them ({error})") from error


def _finite(x: np.ndarray, name: str) -> None:
    if bad := int((~np.isfinite(x)).sum()):
        raise BadData(f"{name}: {bad} values are NaN or infinite; a network that gives such has diverged")


def _way_back(low: float, high: float) -> str:
    if high > 3:
        return "Divide by 255, or pass uint8"
    if low < -0.5:
        return "From -1…1: (x + 1) / 2, then clip"
    return "Clip them: x.clip(0, 1)"
