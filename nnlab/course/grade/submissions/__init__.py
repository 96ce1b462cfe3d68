"""Find the submissions in a folder or a zip, whoever made it: one `Submission` a file, and none lost on the way.

Every file is placed by its own path, so layouts may be mixed; `LAYOUTS` lists them. Names and contents are students':
what cannot be read is a submission that says why.

- `listing.py`: the files in a folder or a zip, and how each is read.
- `layouts.py`: what the path of a file says.
"""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from nnlab.course.grade.submissions.layouts import (
    LAYOUTS,
    NBGRADERS_OWN,
    Place,
    attempt,
    is_notebook,
    is_wrapped,
    place,
)
from nnlab.course.grade.submissions.listing import File, in_zip, on_disk
from nnlab.errors import GradeError

_LONGEST = 80  # characters of a student's key
_ARCHIVE = re.compile(r"\.(?:zip|7z|rar|tar|tgz|gz|bz2|xz)$", re.I)


@dataclass(frozen=True)
class Submission:
    """One file that a student has handed in.

    `student` and `notebook` are keys: no two submissions of a batch have both in common, and both can be file names.
    `notebook` is the chapter's name, with "~2", "~3" for further files of the student for that chapter; `chapter` is
    the name alone, or "" where the file's name does not tell it. `origin` is the path in the folder or zip, fit to be
    printed. `late` and `attempt` are what the file's name says; `canvas_id` is Canvas' number of the student, or "".

    `read(limit)` returns the file's bytes, or raises `Unreadable` where there are more than `limit`, or none to be had.
    """

    student: str
    notebook: str
    chapter: str
    origin: str
    read: Callable[[int], bytes] = field(repr=False, compare=False)
    late: bool = False
    attempt: int = 0
    canvas_id: str = ""


class Found(NamedTuple):
    """The submissions by student and chapter, and a line for each other thing: where it lies, and what it is."""

    submissions: tuple[Submission, ...]
    passed_over: tuple[str, ...]


def find(path: Path, chapters: Sequence[str]) -> Found:
    """The submissions in `path`, a folder or a zip, for the chapters of these names.

    A chapter is known by its name or, at the start of a file's name, by its number: "02.ipynb", "02_mine (1).ipynb".

    Raises:
        GradeError: there is no such folder or zip, it cannot be opened, or there is no notebook in it.
    """
    files = list(on_disk(path) if os.path.isdir(path) else in_zip(path))
    notebooks = [file for file in files if is_notebook(file.path)]
    passed_over = {f"{file.origin}: {_kind(file.origin)}" for file in files if not is_notebook(file.path)}
    if is_wrapped([file.path for file in notebooks], chapters):
        notebooks = [file._replace(path=file.path[1:]) for file in notebooks]
    placed: list[tuple[File, Place]] = []
    for file in notebooks:
        if file.path[1] in NBGRADERS_OWN:
            passed_over.add(f"{file.path[1]}/: a folder of nbgrader, but not of submissions")
        else:
            placed.append((file, place(file.path, chapters)))
    if not placed:
        raise GradeError(f"{path} holds no submitted notebook (.ipynb). What is understood:\n{LAYOUTS}")
    return Found(tuple(_keyed(placed)), tuple(sorted(passed_over)))


def _kind(origin: str) -> str:
    return "an archive: unpack it, or grade it by itself" if _ARCHIVE.search(origin) else "not a notebook"


def key(name: str) -> str:
    """`name` made safe as a file's name and as a cell of a table.

    Letters of any script, digits and `-_. @` stay, and every other character becomes `_`; so does one of `-. @` at
    the start, and a full stop or a space at the end. At most 80 characters and 200 bytes stay.

    >>> key("=cmd/../s01"), key("élève 1"), key("..")
    ('_cmd_.._s01', 'élève 1', '__')
    """
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in "-_. @" else "_" for c in name)
    short = kept[:_LONGEST].encode()[:200].decode(errors="ignore")
    return re.sub(r"^[-. @]|[. ]$", "_", short) or "_"


def _keyed(placed: Sequence[tuple[File, Place]]) -> Iterator[Submission]:
    """The submissions, each with keys of its own, in an order that no file system decides."""
    lowest: dict[str, int] = {}
    for _, at in placed:
        if at.number:
            lowest[at.student] = min(at.number, lowest.get(at.student, at.number))

    def person(at: Place) -> tuple[str, int]:
        # Who comes without a number is the one of this name who has the lowest.
        return at.student, at.number or lowest.get(at.student, 0)

    keys = _keys(person(at) for _, at in placed)

    def order(pair: tuple[File, Place]) -> tuple:
        file, at = pair
        return keys[person(at)], at.chapter, attempt(file.path), file.path, file.origin

    count: Counter[tuple[str, str]] = Counter()
    for file, at in sorted(placed, key=order):
        student, chapter = keys[person(at)], at.chapter
        count[student, chapter] += 1
        nth = count[student, chapter]
        yield Submission(
            student=student,
            notebook=f"{chapter}~{nth}" if nth > 1 else chapter,
            chapter=chapter,
            origin=file.origin,
            read=file.read,
            late=at.late,
            attempt=attempt(file.path),
            canvas_id=str(at.number) if at.canvas and at.number else "",
        )


def _keys(people: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """A key for each name and number: keys differ even where a file system does not tell S01 from s01."""
    keys: dict[tuple[str, int], str] = {}
    taken: set[str] = set()
    for name, number in sorted(set(people), key=lambda who: (key(who[0]) != who[0], who)):  # a name that is a key stays
        clean = unique = key(name)
        nth = 1
        while unique.casefold() in taken:
            nth += 1
            unique = f"{clean[: _LONGEST - len(f'~{nth}')]}~{nth}"
        keys[name, number] = unique
        taken.add(unique.casefold())
    return keys
