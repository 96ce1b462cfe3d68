"""Read a notebook that nobody vouches for: its code cells as text, or one sentence that says why there are none.

The bytes are a student's. They are read by `json` and explicit checks alone: the schema that nbformat would ask for
(ids, metadata, outputs) is what Colab, VS Code and jupytext change, and no answer depends on it.
"""

import json
import re
from pathlib import Path
from typing import Any

from nnlab.errors import GradeError

LIMIT = 20 * 2**20  # bytes: a book's notebook has 0.1 MiB without outputs; at worst json takes 25 times as much memory
_UTF16 = b"\xff\xfe", b"\xfe\xff"
_OTHER_KINDS = {b"PK\x03\x04": "a zip archive", b"%PDF": "a PDF", b"\x1f\x8b": "a gzip archive", b"<": "a web page"}


class Unreadable(GradeError):
    """A submission that cannot be read; its message is one sentence for the student and the teacher."""


def too_large(limit: int) -> Unreadable:
    """The error of a file with more than `limit` bytes."""
    return Unreadable(f"The file is larger than {limit / 2**20:g} MiB: clear its outputs, and save it again.")


def cells(data: bytes) -> list[str]:
    r"""The sources of a notebook's code cells, in order, as text that can be encoded, with \n as the line end.

    A code cell whose source is no text counts as an empty cell, so that the number of each cell stays what it is in
    Jupyter. Entries of `cells` that are no cells at all are passed over.

    >>> cells(b'{"cells": [{"cell_type": "code", "source": ["w = 1\\r\\n", "b = 0"]}, {"cell_type": "markdown"}]}')
    ['w = 1\nb = 0']

    Raises:
        Unreadable: why this is no notebook, or none that can be read.
    """
    found = _parse(_text(data))
    if not isinstance(found, dict):
        raise Unreadable("The file is JSON, but it is not a notebook: hand in the .ipynb file that Jupyter saves.")
    version = found.get("nbformat", 4)
    if (isinstance(version, float) and version < 4) or ("worksheets" in found and "cells" not in found):
        raise Unreadable("The notebook is saved in an old format: open and save it in Jupyter, and hand it in again.")
    if not isinstance(found.get("cells"), list):
        raise Unreadable(
            "The notebook has no list of cells, so it is damaged: save it in Jupyter, and hand it in again."
        )
    code = [cell for cell in found["cells"] if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return [_source(cell.get("source")) for cell in code]


def released_cells(root: Path, chapter: str) -> frozenset[str]:
    """The code cells that students were given in `notebooks/<chapter>.ipynb`, for `same_as_book`.

    Raises:
        GradeError: the checkout `root` has no such notebook, or it cannot be read.
    """
    path = root / "notebooks" / f"{chapter}.ipynb"
    try:
        return frozenset(map(_trimmed, cells(path.read_bytes())))
    except (OSError, Unreadable) as error:
        raise GradeError(f"notebooks/{path.name} cannot be read: make it with `nnlab release`") from error


def same_as_book(source: str, released: frozenset[str]) -> bool:
    """Is this cell as it was given out, but for line ends, white space at ends of lines, and blank lines around it?"""
    return _trimmed(source) in released


def _text(data: bytes) -> str:
    if len(data) > LIMIT:
        raise too_large(LIMIT)
    body = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body:
        raise Unreadable("The file is empty: save the notebook, and hand it in again.")
    if data.startswith(_UTF16):
        raise Unreadable("The file is saved as UTF-16: save it as UTF-8, or hand in the file that Jupyter saves.")
    for begins, kind in _OTHER_KINDS.items():
        if body.startswith(begins):
            raise Unreadable(f"The file is {kind}, not a notebook: hand in the .ipynb file that Jupyter saves.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"The file is not UTF-8 text (byte {error.start + 1}), so it is damaged, or no notebook."
        ) from None


def _parse(text: str) -> Any:
    try:
        # No number in a notebook matters here, and int() refuses those of more than 4300 digits.
        return json.loads(text, parse_int=float)
    except RecursionError:
        raise Unreadable(
            "The file is nested too deep to be a notebook: save it in Jupyter, and hand it in again."
        ) from None
    except json.JSONDecodeError as error:
        if not text[error.pos :].strip() or error.msg.startswith("Unterminated string"):
            raise Unreadable("The file ends too early, as if it was cut off: save it, and hand it in again.") from None
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"The file is not a notebook, or a damaged one: it is not JSON at {where}.") from None


def _source(source: Any) -> str:
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return ""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    # JSON can spell what Python cannot compile or encode (NUL, half a surrogate pair): it breaks its own cell only.
    return re.sub("[\0\ud800-\udfff]", "\ufffd", source)


def _trimmed(source: str) -> str:
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")
