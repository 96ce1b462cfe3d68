"""Reads the bundled files, each checked against its sha256 before it is parsed."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.data.entry import DataSet
from nnlab.errors import DatasetUnavailable

if TYPE_CHECKING:
    from pandas import DataFrame

FILES = Path(__file__).parent / "files"


def read(entry: DataSet, folder: Path = FILES) -> Any:
    """What is in the bundled file of a set: a table, a pair (images, labels), or a dict of pictures."""
    data = content(entry, folder)
    if entry.kind == "table":
        return table(data)
    if entry.kind == "months":
        return months(data)
    parts = arrays(data)
    if entry.kind == "images":
        return parts["images"], parts["labels"].astype(np.int64)
    return parts


def content(entry: DataSet, folder: Path) -> bytes:
    """The bytes of the bundled file, or `DatasetUnavailable` when it is missing or damaged."""
    path = folder / entry.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetUnavailable(
            f"the file of the data set {entry.name!r} cannot be read: {path} ({error.strerror}); "
            "it comes with nnlab: reinstall nnlab"
        ) from error
    found = sha256(data).hexdigest()
    if found != entry.sha256:
        raise DatasetUnavailable(
            f"the file of the data set {entry.name!r} is damaged: {path} has sha256 {found[:12]}…, "
            f"expected {entry.sha256[:12]}…; reinstall nnlab"
        )
    return data


def table(data: bytes) -> "DataFrame":
    """A table from the bytes of a csv.gz: empty fields are missing, every other text stands for itself."""
    import pandas as pd

    # From 3.1 on, pandas reads floats exactly without being asked; before, it may miss the last bit.
    exact: dict[str, Any] = {} if _version(pd.__version__) >= (3, 1) else {"float_precision": "round_trip"}
    return pd.read_csv(BytesIO(data), compression="gzip", keep_default_na=False, na_values=[""], **exact)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])


def months(data: bytes) -> "DataFrame":
    """A monthly series: like `table`, with the first column as a DatetimeIndex of month starts."""
    import pandas as pd

    frame = table(data)
    first = frame.columns[0]
    frame.index = pd.DatetimeIndex(frame.pop(first), freq="MS", name=first)
    return frame


def arrays(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of an npz by name, in the order in which they were written."""
    with np.load(BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
