"""Write grades into the database of nbgrader: an assignment a chapter, a notebook in it, a grade cell an exercise."""

import os
import sysconfig
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnlab.course.grade.attempts import UNGRADED, chapter_and_attempt, last_attempts
from nnlab.course.grade.rows import Row
from nnlab.course.nbgrader import test_cell
from nnlab.errors import GradeError


def to_nbgrader(rows: Sequence[Row], database: str) -> int:
    """Write each student's last attempt; a second run updates. Returns how many submissions were written.

    The assignment and its notebook have the chapter's name, a grade cell the name that `nnlab release
    --nbgrader` gives it ("test-02-1"). What could
    not be graded has no score and waits for manual grading. Manual scores, and cells that are not ours, stay.

    Args:
        rows: what grading says.
        database: a file ("gradebook.db") or an SQLAlchemy address ("sqlite:///gradebook.db").

    Raises:
        GradeError: nbgrader is not installed, or the database cannot be used.
    """
    try:
        from nbgrader.api import Gradebook, InvalidEntry
        from sqlalchemy.exc import SAWarning, SQLAlchemyError
    except ImportError:
        raise GradeError("nbgrader is not installed here: pip install nbgrader, and export again") from None
    address = database if "://" in database else f"sqlite:///{Path(database).absolute()}"
    last = [row for row in last_attempts(rows) if _chapter(row)]
    exercises: defaultdict[str, dict[str, int]] = defaultdict(dict)  # of each chapter, with their points
    for row in last:
        exercises[_chapter(row)] |= {test_cell(answer.id): answer.out_of for answer in row.answers}
    try:
        with warnings.catch_warnings(), _scripts_on_path(), Gradebook(address) as book:
            warnings.simplefilter("ignore", SAWarning)  # about nbgrader's own queries
            for chapter, points in exercises.items():
                _make_assignment(book, chapter, points)
            for row in last:
                _grade(book, row, exercises[_chapter(row)])
            book.db.commit()
    except (SQLAlchemyError, InvalidEntry, OSError) as error:
        raise GradeError(f"{database} cannot be used as nbgrader's database: {error}") from None
    return len(last)


@contextmanager
def _scripts_on_path() -> Iterator[None]:
    """nbgrader runs the command `alembic` for a new database: it lies beside this Python, activated or not."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _chapter(row: Row) -> str:
    return chapter_and_attempt(row.notebook)[0]


def _make_assignment(book: Any, chapter: str, points: Mapping[str, int]) -> None:
    book.update_or_create_assignment(chapter)
    book.update_or_create_notebook(chapter, chapter)
    for exercise, most in points.items():
        book.update_or_create_grade_cell(exercise, chapter, chapter, max_score=most, cell_type="code")


def _grade(book: Any, row: Row, exercises: Iterable[str]) -> None:
    from nbgrader.api import Grade

    chapter = _chapter(row)
    book.update_or_create_student(row.student)
    book.update_or_create_submission(chapter, row.student)
    notebook = book.find_submission_notebook(chapter, chapter, row.student)
    grades = {grade.name: grade for grade in notebook.grades}
    scores = _scores(row)
    for exercise in exercises:
        grade = grades.get(exercise)
        if grade is None:  # the submission is older than this exercise
            grade = Grade(cell_id=book.find_grade_cell(exercise, chapter, chapter).id, notebook=notebook)
            book.db.add(grade)
        score = scores.get(exercise)
        if grade.auto_score != score:
            # As nbgrader does: a person who has given another score looks again where ours changes.
            grade.auto_score = score
            grade.needs_manual_grade = score is None or grade.manual_score is not None


def _scores(row: Row) -> dict[str, int]:
    """The points of each exercise that has been graded."""
    graded = {test_cell(answer.id): answer.points for answer in row.answers if answer.status not in UNGRADED}
    # Where no answer says what is to be reviewed, all of it is.
    return {} if row.status in UNGRADED and len(graded) == len(row.answers) else graded
