"""What grading writes, all of it from the rows: the same rows give the same bytes."""

from collections.abc import Sequence
from pathlib import Path

from nnlab.course.grade.attempts import current
from nnlab.course.grade.files import place, write_whole
from nnlab.course.grade.report.feedback import feedback
from nnlab.course.grade.report.gradescope import results
from nnlab.course.grade.report.overview import overview
from nnlab.course.grade.report.sheet import sheet
from nnlab.course.grade.report.terminal import summary
from nnlab.course.grade.rows import Row

__all__ = ["summary", "write"]


def write(rows: Sequence[Row], out: Path) -> None:
    """Write the grades and all that is read by people into the folder `out`.

    grades.csv for a spreadsheet; feedback/STUDENT/NOTEBOOK.html for each student; results/STUDENT/NOTEBOOK.json for
    Gradescope; summary.html and summary.svg for the teacher. Each file is replaced in one stroke.

    Of several rows for one notebook the last is used.

    Raises:
        GradeError: a row's student or notebook cannot be the name of a file. Then nothing is written.
    """
    rows = current(rows)
    places = [place(row) for row in rows]
    page, plot = overview(rows)
    write_whole(out / "grades.csv", sheet(rows))
    for row, name in zip(rows, places, strict=True):
        write_whole(out / "feedback" / f"{name}.html", feedback(row))
        write_whole(out / "results" / f"{name}.json", results(row))
    write_whole(out / "summary.svg", plot)
    write_whole(out / "summary.html", page)
