"""The data of the course: `load` gives a set, `names` lists them, `describe` says what is in one.

Most sets come with nnlab and need no network. Each call gives a fresh copy: what you do to it, no one else sees.
"""

from difflib import get_close_matches
from typing import Any

from nnlab.data import store
from nnlab.data.catalogue import CATALOGUE
from nnlab.data.entry import DataSet
from nnlab.errors import UnknownDataset

__all__ = ["describe", "load", "names"]


def names() -> list[str]:
    """The names of all data sets, in the order of the alphabet.

    >>> "insurance" in names()
    True
    """
    return sorted(CATALOGUE)


def describe(name: str) -> DataSet:
    """What is in a data set: its columns with their units, its origin, and its licence.

    >>> describe("air_passengers")
    air_passengers: Air passengers: twelve years of months
    144 rows × 1 column; one row is one month, 1949-01 to 1960-12 (a DatetimeIndex, freq MS, named month)
      passengers  passengers of international airlines in the month, thousands
    origin: Series G of the book Time Series Analysis; AirPassengers in R.
    ...
    """
    try:
        return CATALOGUE[name]
    except (KeyError, TypeError):
        near = get_close_matches(str(name).lower(), CATALOGUE, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UnknownDataset(f"there is no data set {name!r}{hint} The names are: {', '.join(names())}") from None


def load(name: str) -> Any:
    """Load a data set, as a fresh copy.

    A table is a pandas DataFrame. Images are a pair (images, labels): uint8 [n, height, width], or
    [n, height, width, 3] in colour, and int64 [n]. `photos`, of different sizes, is a dict of uint8 [height, width, 3].
    `describe(name)` says what is in it.

    Raises `UnknownDataset`, which lists the names, and `DatasetUnavailable`, which says what to do, when the files are
    damaged, or are not here and cannot be fetched.

    >>> load("insurance").shape
    (1338, 7)
    >>> images, labels = load("mnist")
    >>> images.shape, images.dtype, labels[:12].tolist()
    ((5000, 28, 28), dtype('uint8'), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    """
    entry = describe(name)
    if entry.kind == "fetched":
        from nnlab.data import fetch

        return fetch.images(entry)
    if entry.kind == "installed":
        from nnlab.data import stamps

        return stamps.images(entry)
    return store.read(entry)
