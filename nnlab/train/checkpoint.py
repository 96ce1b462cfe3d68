"""A run on disk: written whole or not at all, and read with distrust."""

import contextlib
import io
import os
import random
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nnlab.errors import DamagedCheckpoint

_KIND = "nnlab.train checkpoint 1"
REMEDY = "Start anew with resume=False, which writes over it, or name another file"


def write(path: Path, contents: dict[str, Any]) -> None:
    """Write `contents` to `path` in one stroke: whoever is killed meanwhile leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save({"kind": _KIND, **contents}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:  # Ctrl-C too
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote. Only numbers, text and tensors are read: a file cannot make us run code.

    Raises:
        DamagedCheckpoint: the file is cut short, altered, or was not written by `fit`.
    """
    data = path.read_bytes()
    try:
        # torch.load does not compare the checksums that the file holds.
        broken = zipfile.ZipFile(io.BytesIO(data)).testzip()
        contents = None if broken else torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a parser stumbles over in a damaged file
        raise DamagedCheckpoint(
            f"{path} cannot be read as a checkpoint of fit ({type(error).__name__}). {REMEDY}"
        ) from error
    if not isinstance(contents, dict) or contents.get("kind") != _KIND:
        what = f"is damaged in its part {broken}" if broken else "is no checkpoint of fit"
        raise DamagedCheckpoint(f"{path} {what}. {REMEDY}")
    return contents


def require_same(path: Path, there: dict[str, Any], here: dict[str, Any]) -> None:
    """Raise DamagedCheckpoint when a checkpoint was made by a run with other settings."""
    for name in here:
        if there.get(name) != here[name]:
            raise DamagedCheckpoint(
                f"{path} belongs to another run: {name} is {_short(there.get(name))} there and {_short(here[name])} "
                f"here. {REMEDY}"
            )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]} …"


def chance(generators: list[torch.Generator]) -> dict[str, Any]:
    """The state of every generator of random numbers that a training run may draw from."""
    numpy_state: Any = np.random.get_state(legacy=False)
    bits = numpy_state["state"]
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "mps": torch.mps.get_rng_state() if torch.backends.mps.is_available() else None,
        "own": [generator.get_state() for generator in generators],
        "python": random.getstate(),
        "numpy": [bits["key"].tolist(), int(bits["pos"]), int(numpy_state["has_gauss"]), float(numpy_state["gauss"])],
    }


def restore_chance(state: dict[str, Any], generators: list[torch.Generator]) -> None:
    """Set the generators to what `chance` read from them."""
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.device_count() == len(state["cuda"]):
        torch.cuda.set_rng_state_all(state["cuda"])
    if state["mps"] is not None and torch.backends.mps.is_available():
        torch.mps.set_rng_state(state["mps"])
    for generator, own in zip(generators, state["own"], strict=True):
        generator.set_state(own)
    random.setstate(state["python"])
    key, position, has_gauss, gauss = state["numpy"]
    np.random.set_state(("MT19937", np.array(key, dtype=np.uint32), position, has_gauss, gauss))
