"""What a student reads about her submission: nothing of the hidden cases, nothing of the notes for the teacher."""

from nnlab.course.grade.attempts import UNGRADED, chapter_and_attempt
from nnlab.course.grade.report.page import page
from nnlab.course.grade.report.words import meanings
from nnlab.course.grade.rows import Row


def feedback(row: Row) -> str:
    """The page for one submission."""
    return page(
        "feedback.html",
        row=row,
        title=title(row.notebook),
        ungraded=row.status in UNGRADED,
        meanings=meanings(row),
        stuck=next((answer.id for answer in row.answers if answer.status != "ok"), ""),
    )


def title(notebook: str) -> str:
    """A notebook's name as a heading.

    >>> title("02_two_lines~3")
    '02 two lines, attempt 3'
    """
    chapter, attempt = chapter_and_attempt(notebook)
    if not chapter:
        return "A notebook whose chapter is not known"
    return chapter.replace("_", " ") + (f", attempt {attempt}" if attempt > 1 else "")
