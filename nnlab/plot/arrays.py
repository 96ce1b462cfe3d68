"""What the figures are given, as NumPy arrays that are known to be usable."""

from typing import Any

import numpy as np

from nnlab.errors import BadData


def as_array(values: Any, name: str) -> np.ndarray:
    """An array from a list, a pandas object or a tensor (detached, on the CPU); numbers must be finite.

    Raises:
        BadData: ragged, empty, NaN or infinite.
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise BadData(f"{name} is no array: {error}; give rows of equal length") from error
    if array.size == 0:
        raise BadData(f"{name} is empty (shape {array.shape}); give at least one value")
    if np.issubdtype(array.dtype, np.number):
        if bad := int(np.sum(~np.isfinite(array))):
            raise BadData(f"{name} holds {bad} NaN or infinite values; drop or fill them first")
    elif any(v is None or v != v for v in array.ravel()):  # NaN is unequal to itself, among words too
        raise BadData(f"{name} holds missing values; drop or fill them first")
    return array


def as_vector(values: Any, name: str) -> np.ndarray:
    """One value a sample: shape [n] or [n, 1], returned as [n]."""
    array = as_array(values, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise BadData(f"{name} has shape {array.shape}; give one value for each sample, shape [n]")
    return array


def same_length(a: np.ndarray, b: np.ndarray, names: str) -> None:
    if len(a) != len(b):
        raise BadData(f"{names} have {len(a)} and {len(b)} samples; give the same samples in the same order")
