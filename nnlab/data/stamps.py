"""Reads the pictures of Tux Paint's stamps, where they are installed. Their licence (GPL-2) keeps them out of nnlab."""

from pathlib import Path

import numpy as np

from nnlab.data.entry import DataSet
from nnlab.data.fetch import home
from nnlab.errors import DatasetUnavailable

SIDE = 64
_FOLDERS = {
    "mammals": "animals/mammals",
    "birds": "animals/birds",
    "insects": "animals/insects",
    "fruit": "food/fruit",
    "flowers": "plants/flowers",
    "houses": "town/houses",
    "vehicles": "vehicles",
}


def images(entry: DataSet) -> tuple[np.ndarray, np.ndarray]:
    """The pictures and labels: uint8 [n, 64, 64, 3] on white, and int64 [n]; n is 257 in version 2022.06.04."""
    for folder in (home() / entry.name, Path(entry.folder)):
        found = [
            (path, label)
            for label, name in enumerate(entry.classes)
            for path in sorted((folder / _FOLDERS[name]).rglob("*.png"))
            if "_mirror" not in path.name and "_flip" not in path.name
        ]
        if found:
            paths, labels = zip(*found, strict=True)
            return np.stack([_square(path) for path in paths]), np.array(labels, np.int64)
    raise DatasetUnavailable(
        f"the data set {entry.name!r} does not come with nnlab, because of its licence (GPL-2). On Debian and Ubuntu, "
        f"install it: sudo apt-get install tuxpaint-stamps-default. Elsewhere, copy the folder stamps of Tux Paint "
        f'to {home() / entry.name}. Or use load("{entry.instead}"), which comes with nnlab.'
    )


def _square(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as opened:
        picture = opened.convert("RGBA")
    side = max(picture.size)
    square = Image.new("RGBA", (side, side), "white")
    square.alpha_composite(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return np.asarray(square.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
