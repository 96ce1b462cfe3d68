"""grades.csv: one line a submission, one column an exercise."""

import csv
import io
import math
import re
from collections.abc import Sequence

from nnlab.course.grade.rows import Row

_STEP = 10  # seconds
_CONTROL = re.compile(r"[\x00-\x08\n-\x1f\x7f\x85\u2028\u2029]+")  # all but the tab, and so every line end


def sheet(rows: Sequence[Row]) -> str:
    """The table as CSV. An exercise that a row's chapter lacks has an empty cell."""
    exercises = sorted({answer.id for row in rows for answer in row.answers})
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    head = ["student", "notebook", "status", "score", "points", "seconds", "seed", "executed", "note"]
    writer.writerow([*head, *map(text_cell, exercises)])
    for row in rows:
        earned = {answer.id: answer.points for answer in row.answers}
        names = map(text_cell, [row.student, row.notebook, row.status])
        numbers = [row.score, row.points, rounded_up(row.seconds), row.seed]
        texts = map(text_cell, [row.executed, row.note])
        writer.writerow([*names, *numbers, *texts, *(earned.get(id, "") for id in exercises)])
    return file.getvalue()


def rounded_up(seconds: float) -> int:
    """Wall time as grades.csv has it: up to the next whole multiple of 10 seconds.

    No two runs take the same time to the millisecond; so the same submissions give the same table nearly always. The
    time as measured stands in log.jsonl.

    >>> rounded_up(0.0), rounded_up(0.1), rounded_up(10.0), rounded_up(61.2)
    (10, 10, 10, 70)
    """
    return max(1, math.ceil(seconds / _STEP)) * _STEP


def text_cell(text: str) -> str:
    r"""Text that a spreadsheet shows on one line, and does not run as a formula.

    >>> text_cell("=HYPERLINK(1)"), text_cell("two\nlines")
    ("'=HYPERLINK(1)", 'two lines')
    """
    line = _CONTROL.sub(" ", text)
    runs = text.startswith(("\t", "\r")) or line.lstrip().startswith(("=", "+", "-", "@"))
    return f"'{line}" if runs else line
