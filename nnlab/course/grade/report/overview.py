"""summary.html and summary.svg: what the teacher looks at after grading."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from nnlab.course.grade.attempts import last_attempts
from nnlab.course.grade.files import place
from nnlab.course.grade.report import tally
from nnlab.course.grade.report.page import page
from nnlab.course.grade.report.plot import bars
from nnlab.course.grade.report.words import counted
from nnlab.course.grade.rows import GRAVITY, Row, Status

_IN_ORDER: frozenset[Status] = frozenset({"ok", "wrong", "not attempted"})  # all else may want the teacher's eye
_MOST_SLIPS = 5  # of one exercise


def overview(rows: Sequence[Row]) -> tuple[str, str]:
    """The page and the drawing, from one row a notebook. The page holds the drawing, too, light or dark."""
    last = last_attempts(rows)
    tallies = tally.tallies(last)
    drawing = bars(tallies)
    notable = [row for row in last if row.status not in _IN_ORDER or any(a.note for a in row.answers)]
    text = page(
        "summary.html",
        opening=opening(rows),
        statuses=tally.statuses(last),
        marks=tally.marks(last),
        bins=tally.BINS,
        hardest=tally.hardest(tallies),
        most_slips=_MOST_SLIPS,
        drawing=_in_a_page(drawing) if tallies else "",
        notable=[(row, _notes(row)) for row in sorted(notable, key=lambda row: GRAVITY.index(row.status))],
        identical=tally.identical(rows),
        link=lambda row: quote(f"feedback/{place(row)}.html"),
    )
    return text, drawing


def opening(rows: Sequence[Row]) -> str:
    """How much was graded, in a sentence or two."""
    if not rows:
        return "Nothing has been graded yet."
    earlier = len(rows) - len(last_attempts(rows))
    told = f"{counted(len(rows), 'submission')} of {counted(len({row.student for row in rows}), 'student')}."
    if earlier:
        told += f" Below the last attempt counts; {earlier} earlier {'one does' if earlier == 1 else 'ones do'} not."
    return told


def _notes(row: Row) -> list[str]:
    return [text for text in (row.note, *(f"{a.id}: {a.note}" for a in row.answers if a.note)) if text]


def _in_a_page(svg: str) -> str:
    """The drawing with the page's colours in place of its own."""
    from nnlab.plot import PALETTE

    names = {value: name for name, value in PALETTE.items()}
    return re.sub("|".join(names), lambda color: f"var(--nn-{names[color[0]]})", svg)
