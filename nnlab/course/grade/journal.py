"""The log of a grading: a line a row, written whole and kept at once, from which a killed run goes on.

Everything else that grading writes is made from it.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnlab.course.grade.rows import Row
from nnlab.errors import GradeError

NAME = "log.jsonl"


class Journal:
    """The rows of one output folder. The file's first line says how they were graded.

    Raises:
        GradeError: the folder holds rows that were graded in another way (another seed, other limits).
    """

    def __init__(self, out: Path, settings: Mapping[str, Any]) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.path = out / NAME
        before, rows, length = _read(self.path)
        if before and before != dict(settings):
            changed = [k for k in sorted({*before, *settings}) if before.get(k) != settings.get(k)]
            told = ", ".join(f"{k} {before.get(k)}, now {settings.get(k)}" for k in changed)
            raise GradeError(f"{out} holds grades made otherwise ({told}): choose another --out, or say the same again")
        self.rows = rows
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.ftruncate(self._file, length)  # a line that a killed run has begun
        os.lseek(self._file, length, os.SEEK_SET)
        if not before:
            self._write({"settings": dict(settings)})

    def add(self, row: Row) -> None:
        """Keep a row: once this returns, it survives a crash of the machine."""
        self._write({"row": row.to_json()})
        self.rows.append(row)

    def close(self) -> None:
        os.close(self._file)

    def _write(self, line: Mapping[str, Any]) -> None:
        data = (json.dumps(line, ensure_ascii=True) + "\n").encode()
        while data:
            data = data[os.write(self._file, data) :]
        os.fsync(self._file)


def settings(out: Path) -> dict[str, Any]:
    """How the rows of this folder were graded; {} where nothing was graded yet."""
    return _read(out / NAME)[0]


def rows(out: Path) -> list[Row]:
    """The rows of a grading.

    Raises:
        GradeError: there is none in this folder.
    """
    found = _read(out / NAME)[1]
    if not found:
        raise GradeError(f"{out} holds no grades: run `nnlab grade SUBMISSIONS --out {out}` first")
    return found


def _read(path: Path) -> tuple[dict[str, Any], list[Row], int]:
    """Settings, rows, and the length in bytes of what is whole."""
    found: dict[str, Any] = {}
    rows: list[Row] = []
    length = 0
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else []:
        try:
            data = json.loads(line)
            if not line.endswith(b"\n"):
                break
            if "row" in data:
                rows.append(Row.from_json(data["row"]))
            else:
                found = data["settings"]
        except (ValueError, KeyError, TypeError):
            break
        length += len(line)
    return found, rows, length
