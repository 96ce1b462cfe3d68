"""What each status means, told to the student: short, and what she can do."""

from collections.abc import Mapping

from nnlab.course.grade.rows import GRAVITY, Row, Status

WORD: Mapping[Status, str] = {
    "ok": "right",
    "wrong": "not right yet",
    "error": "stopped by an error",
    "timeout": "took too long",
    "killed": "stopped by the grader",
    "unreadable": "could not be read",
    "tampered": "not counted",
    "not attempted": "not attempted",
    "needs review": "your teacher looks at it",
}

MEANING: Mapping[Status, str] = {
    "ok": "Well done: each answer that you gave is right.",
    "wrong": "Compare what came back with what was expected. Mend the answer in your notebook, and run its check cell "
    "there.",
    "error": "Your code raised an error before it could answer. Restart the kernel, run all cells from the top, and "
    "mend the first error that you meet.",
    "timeout": "Your code did not finish in the time that it has. Look for a loop that never ends. Your other answers "
    "lost nothing by it.",
    "killed": "Your code asked for more memory, processes or output than it may have, or it ended Python itself. Look "
    "for very large arrays, endless printing, and calls of exit(). Your other answers lost nothing by it.",
    "unreadable": "Your file could not be opened as a notebook, so nothing of it is graded yet. Open it in Jupyter or "
    "Colab, save it, and hand it in again. If it does not open, hand in an earlier copy.",
    "tampered": "Your code sent something to the grader that no answer sends, so what it answered does not count. That "
    "can happen by mistake. Talk to your teacher, who can look at it.",
    "not attempted": "No answer was found: the TODO still stands, or the name that was asked for is not defined.",
    "needs review": "A program could not decide about this. Your teacher will look at it. You need not do anything.",
}

# Marks beside an answer; every other status has a cross.
_MARKS: Mapping[Status, str] = {"ok": "✓", "not attempted": "–", "needs review": "–", "unreadable": "–"}


def mark(status: Status) -> str:
    """✓, ✗, or – where nothing was judged."""
    return _MARKS.get(status, "✗")


def meanings(row: Row) -> list[tuple[str, str]]:
    """The statuses that occur in a row, the gravest first, each with what it means; what is right needs no words."""
    there = {row.status, *(answer.status for answer in row.answers)}
    if len(there) > 1:
        there.discard("ok")
    # The reason is written for the student: nothing of the file was executed, so it tells nothing but the file's state.
    reason = f"{row.note} " if row.status == "unreadable" and row.note else ""
    return [
        (WORD[status], (reason if status == "unreadable" else "") + MEANING[status])
        for status in GRAVITY
        if status in there
    ]


def counted(number: int, thing: str) -> str:
    """A number with its noun.

    >>> counted(1, "point"), counted(2, "point")
    ('1 point', '2 points')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
