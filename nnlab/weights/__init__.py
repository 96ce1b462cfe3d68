"""Weights that come with nnlab: what the book's full run has trained, for readers in a hurry and for `FAST`.

They lie in `files/` as safetensors, which hold numbers and no code; `index.json` says of each its SHA-256, the number
of its parameters and where it comes from.
"""

import hashlib
import json
from pathlib import Path
from typing import TypeVar

from safetensors import SafetensorError
from safetensors.torch import load as tensors_of
from safetensors.torch import save as bytes_of
from torch import Tensor, nn

from nnlab.errors import BadData, DamagedCheckpoint, WeightsUnavailable

FILES = Path(__file__).parent / "files"
LARGEST = 3_000_000  # bytes of a file
_INDEX = Path(__file__).parent / "index.json"
Module = TypeVar("Module", bound=nn.Module)


def names() -> list[str]:
    """What `load` knows by name."""
    return sorted(_index())


def load(model: Module, weights: str | Path) -> Module:
    """Fill a model with trained weights.

    Args:
        model: as it was when it was trained; its own weights are overwritten.
        weights: one of `names()`, whose file's hash is checked; or the path of a file that `save` has written.

    Returns:
        The model, in evaluation mode.

    Raises:
        WeightsUnavailable: there are no weights of this name, and no such file.
        DamagedCheckpoint: the file is damaged, is not the one that came with nnlab, or belongs to another model.
    """
    known = _index().get(str(weights))
    path = FILES / f"{weights}.safetensors" if known else Path(weights)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsUnavailable(
            f"no weights are called {str(weights)!r}, and no file is there. With nnlab come: {', '.join(names())}"
        ) from error
    if known and hashlib.sha256(content).hexdigest() != known["sha256"]:
        raise DamagedCheckpoint(f"{path} is not the file that came with nnlab: install nnlab again, or train the model")
    try:
        tensors = tensors_of(content)
    except SafetensorError as error:
        raise DamagedCheckpoint(f"{path} does not hold weights: {error}") from error
    expected, found = _shapes(model.state_dict()), _shapes(tensors)
    if expected != found:  # said before anything is overwritten
        name = min(k for k in expected | found if expected.get(k) != found.get(k))
        raise DamagedCheckpoint(
            f"{path.name} holds the weights of another model: {name} is {found.get(name, 'not there')} in the file, "
            f"{expected.get(name, 'not there')} in this {type(model).__name__}"
        )
    model.load_state_dict(tensors)
    return model.eval()


def save(model: nn.Module, path: str | Path) -> str:
    """Write a model's weights and buffers as safetensors, and return the file's SHA-256.

    >>> import tempfile, torch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     digest = save(nn.Linear(2, 1), f"{folder}/line.safetensors")
    ...     line = load(nn.Linear(2, 1), f"{folder}/line.safetensors")
    >>> len(digest), line.training
    (64, False)
    """
    content = bytes_of({name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()})
    Path(path).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def bundle(model: nn.Module, name: str, note: str) -> None:
    """For authors: keep a model's weights in nnlab itself, in the checkout, under a name that `load` knows.

    Args:
        note: what trained them, and how well they do.

    Raises:
        BadData: the file would be larger than 3 MB.
    """
    size = sum(t.numel() * t.element_size() for t in model.state_dict().values())
    if size > LARGEST:
        raise BadData(f"the weights take {size / 1e6:.1f} MB; a file of nnlab holds {LARGEST / 1e6:.0f} MB at most")
    FILES.mkdir(exist_ok=True)
    digest = save(model, FILES / f"{name}.safetensors")
    entry = {"sha256": digest, "parameters": sum(p.numel() for p in model.parameters()), "note": note}
    index = json.dumps(_index() | {name: entry}, indent=2, sort_keys=True, ensure_ascii=False)
    _INDEX.write_text(index + "\n", encoding="utf-8")


def _shapes(tensors: dict[str, Tensor]) -> dict[str, list[int]]:
    return {name: list(tensor.shape) for name, tensor in tensors.items()}


def _index() -> dict[str, dict]:
    return json.loads(_INDEX.read_text(encoding="utf-8")) if _INDEX.exists() else {}
