"""Files that are written whole or not at all, and only inside the folder that they belong to."""

import os
from pathlib import Path

from nnlab.course.grade.attempts import chapter_and_attempt
from nnlab.course.grade.rows import Row
from nnlab.errors import GradeError


def write_whole(path: Path, text: str) -> None:
    """Write UTF-8 text in one stroke: whoever is killed meanwhile leaves the old file or the new one.

    What has no UTF-8 (half of a surrogate pair, which a student's code can return) becomes "?".
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}.part")  # in the same folder: a file system cannot be crossed in one stroke
    try:
        part.write_bytes(text.encode("utf-8", "replace"))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def place(row: Row) -> str:
    """The path, without its ending, of what is written for one row: "s01/02_lines".

    Raises:
        GradeError: it would lead out of its folder, or is none.
    """
    known = chapter_and_attempt(row.notebook)[0]
    names = row.student, row.notebook if known else f"unknown_chapter{row.notebook}"
    for name in names:
        if name in ("", ".", "..") or any(c in name for c in "/\\\0"):
            raise GradeError(f"{name!r} cannot be the name of a file: rename the submission, and grade again")
    return "/".join(names)
