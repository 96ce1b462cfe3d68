"""Which of a student's submissions counts: the notebook "02_lines~2" is the second attempt at chapter "02_lines"."""

import re
from collections.abc import Iterable

from nnlab.course.grade.rows import Row, Status

UNGRADED: frozenset[Status] = frozenset({"unreadable", "needs review"})  # no mark yet: a person has to look


def chapter_and_attempt(notebook: str) -> tuple[str, int]:
    """The chapter that a notebook belongs to, and which attempt at it this is.

    The chapter is "" where the submission's file did not tell it.

    >>> chapter_and_attempt("02_lines~2"), chapter_and_attempt("02_lines")
    (('02_lines', 2), ('02_lines', 1))
    """
    again = re.fullmatch(r"(.*)~(\d+)", notebook)
    return (again[1], int(again[2])) if again else (notebook, 1)


def current(rows: Iterable[Row]) -> list[Row]:
    """One row a notebook, sorted by student and notebook: of several the last, which was graded after the others."""
    newest = {(row.student, *chapter_and_attempt(row.notebook)): row for row in rows}
    return [newest[place] for place in sorted(newest)]


def last_attempts(rows: Iterable[Row]) -> list[Row]:
    """The rows that count, sorted by student and chapter: of each student and chapter the highest attempt.

    Files of unknown chapter are no attempts at one thing, so each of them counts.
    """
    last = {(row.student, chapter_and_attempt(row.notebook)[0] or row.notebook): row for row in current(rows)}
    return list(last.values())
