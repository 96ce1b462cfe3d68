"""Where the batches come from: tensors in memory, or a DataLoader."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from nnlab.errors import BadData

_CHUNK_BYTES = 2**25


class InMemory:
    """Batches of two tensors of equal length, in the order in which a DataLoader would give them.

    Fetching single samples and stacking them, as a DataLoader must, costs more than the arithmetic of a small
    network. Here a chunk of rows is gathered at once and cut into views.
    """

    def __init__(self, x: Tensor, y: Tensor, batch_size: int, shuffle: bool) -> None:
        self.x, self.y, self.batch_size, self.shuffle = x, y, batch_size, shuffle
        row_bytes = max(1, sum(t[:1].numel() * t.element_size() for t in (x, y)))
        self.chunk = max(1, _CHUNK_BYTES // row_bytes // batch_size) * batch_size  # a copy of MNIST at once is too much

    def __len__(self) -> int:
        return -(-len(self.x) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        _draw()  # a DataLoader draws a seed for its workers first, and has none
        if self.shuffle:
            order = torch.randperm(len(self.x), generator=torch.Generator().manual_seed(_draw()))
            for rows in order.to(self.x.device).split(self.chunk):
                yield from self._cut(self.x[rows], self.y[rows])
        else:
            yield from self.in_order()

    def in_order(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches from first to last, without a draw from the global generator."""
        for start in range(0, len(self.x), self.chunk):
            rows = slice(start, start + self.chunk)
            # Copies: a first layer that works in place must not change the data.
            yield from self._cut(self.x[rows].clone(), self.y[rows].clone())

    def _cut(self, x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        return zip(x.split(self.batch_size), y.split(self.batch_size), strict=True)


def _draw() -> int:
    return int(torch.empty((), dtype=torch.int64).random_())


class FromLoader:
    """The batches of a DataLoader, moved to the device; the first pass looks for NaN and infinity."""

    def __init__(self, loader: DataLoader, name: str, dtype: torch.dtype, device: torch.device) -> None:
        self.loader, self.name, self.dtype, self.device = loader, name, dtype, device
        self.checked = False

    def __len__(self) -> int:
        return len(self.loader)  # TypeError where the data set is a stream

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        count = 0
        for batch in self.loader:
            if not (isinstance(batch, (tuple, list)) and len(batch) == 2):
                raise BadData(f"{self.name}: each batch of the DataLoader must be a pair (x, y), got {_kind(batch)}")
            x, y = batch
            if not self.checked:
                for value, part in ((x, "x"), (y, "y")):
                    if isinstance(value, Tensor):
                        _require_finite(value, f"{self.name}, batch {count}, {part}")
            count += 1
            yield self._move(x), self._move(y)
        self.checked = True
        if count == 0:
            raise BadData(f"{self.name}: the DataLoader gives no batch; a data set needs at least one sample")

    in_order = __iter__

    def _move(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.to(self.device, self.dtype if value.is_floating_point() else None, non_blocking=True)
        if isinstance(value, (tuple, list)):  # for example padded sequences and their lengths
            return type(value)(self._move(v) for v in value)
        return value


Batches = InMemory | FromLoader


def as_batches(
    data: Any, name: str, *, batch_size: int | None, shuffle: bool, dtype: torch.dtype, device: torch.device
) -> Batches:
    """Batches of `data`: a DataLoader, or a pair (X, y) of tensors, arrays or frames of equal length.

    Floating-point numbers take the model's `dtype`; whole numbers become int64, which is what torch's losses want of
    class numbers.

    Raises:
        BadData: `data` is neither, is empty, has two lengths, or holds NaN or infinity.
    """
    if isinstance(data, DataLoader):
        return FromLoader(data, name, dtype, device)
    if not (isinstance(data, (tuple, list)) and len(data) == 2):
        raise BadData(f"{name} must be a pair (X, y) of tensors or arrays, or a DataLoader; got {_kind(data)}")
    x, y = (_tensor(value, f"{name}, {part}", dtype) for value, part in zip(data, "Xy", strict=True))
    if len(x) != len(y):
        raise BadData(f"{name}: X has {len(x)} rows and y has {len(y)}; each row of X needs its own target in y")
    if len(x) == 0:
        raise BadData(f"{name} is empty; it needs at least one sample")
    return InMemory(x.to(device), y.to(device), batch_size or len(x), shuffle)


def _tensor(value: Any, name: str, dtype: torch.dtype) -> Tensor:
    if not isinstance(value, Tensor):
        array = np.array(value, order="C")  # a copy: frames may give read-only views, which torch warns of
        if array.dtype.kind not in "fiub":
            raise BadData(f"{name} must hold numbers, got {_kind(value)} of type {array.dtype}; encode them first")
        value = torch.from_numpy(array)
    if value.ndim == 0:
        raise BadData(f"{name} is a single number; it needs one row for each sample")
    _require_finite(value, name)
    if value.is_floating_point():
        return value.detach().to(dtype)
    return value if value.dtype in (torch.bool, torch.uint8) or value.is_complex() else value.to(torch.int64)


def _require_finite(values: Tensor, name: str) -> None:
    finite = torch.isfinite(values)
    if finite.all():
        return
    row = int((~finite).nonzero()[0, 0])
    raise BadData(
        f"{name} holds {int((~finite).sum())} values that are NaN or infinite, the first in row {row}; "
        "one of them is enough to make every weight NaN. Drop these rows or fill the gaps first"
    )


def _kind(value: Any) -> str:
    size = f" of {len(value)}" if isinstance(value, (tuple, list)) else ""
    return f"a {type(value).__name__}{size}"
