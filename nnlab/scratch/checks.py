"""What the room is given, as NumPy arrays that are known to be usable."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlab.errors import BadData


def floats(values: Any, name: str) -> np.ndarray:
    """`values` as an array of floating-point numbers; float32 stays float32, whole numbers become float64."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise BadData(f"{name} is no array of numbers: {error}; give rows of equal length") from error
    if array.dtype.char in "fd":  # float32 and float64
        return array
    if array.dtype.kind not in "fiub":
        raise BadData(f"{name} is no array of numbers: NumPy makes it one of {array.dtype}; give numbers only")
    return array.astype(np.float64)


def finite(array: np.ndarray, name: str) -> np.ndarray:
    if bad := int(np.sum(~np.isfinite(array))):
        raise BadData(f"{name} holds {bad} NaN or infinite values; drop or fill them first")
    return array


def samples(values: Any, name: str) -> np.ndarray:
    """One sample after another along the first axis, at least one, each of at least one axis, all finite."""
    array = finite(floats(values, name), name)
    if array.ndim < 2 or array.size == 0:
        raise BadData(f"{name} has shape {array.shape}; it has a row for each sample, such as (samples, inputs)")
    return array


def table(values: Any, name: str) -> np.ndarray:
    """Samples as rows, shape (n, d), at least one of each, all finite."""
    array = samples(values, name)
    if array.ndim != 2:
        raise BadData(f"{name} has shape {array.shape}; it has a row for each sample and a column for each input")
    return array


def same_shape(a: np.ndarray, b: np.ndarray, names: str) -> None:
    """No broadcasting: of (n, 1) and (n,) it would make n times n differences, and a wrong mean without an error."""
    if a.shape != b.shape:
        raise BadData(f"{names} have shapes {a.shape} and {b.shape}; give one number for each number, in one shape")
    if a.size == 0:
        raise BadData(f"{names} are empty, and a mean needs at least one number")


def positive(value: float, name: str, least: float = 0.0, *, strict: bool = True) -> float:
    """`value`, if it is a finite number above `least` (or equal to it, where `strict` is False)."""
    try:
        good = np.isfinite(value) and (value > least if strict else value >= least)
    except TypeError:
        good = False
    if not good:
        raise BadData(f"{name} is {value!r}; it is a number {'above' if strict else 'of at least'} {least:g}")
    return value


def whole(value: Any, name: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise BadData(f"{name} is {value!r}; it is a whole number, {least} or more")
    return int(value)


def same_shapes(given: Sequence[np.ndarray], expected: Sequence[np.ndarray], name: str) -> None:
    """One array for each expected one, each of its shape."""
    got, wanted = [g.shape for g in given], [e.shape for e in expected]
    if got != wanted:
        raise BadData(f"{name} have the shapes {got}; expected a list of arrays of the shapes {wanted}")
