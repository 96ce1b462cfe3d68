"""Rows as grading makes them, for what is written from rows."""

from nnlab.course.grade.rows import Answer, Row, gravest

CHAPTER = "02_lines"


def answer(id="02.1", status="ok", *, out_of=1, **more) -> Answer:
    """An answer with all its points where it is right."""
    points = out_of if status == "ok" else 0
    return Answer(id, more.pop("title", f"Exercise {id}"), status, points, out_of, **more)


def row(student="s01", notebook=CHAPTER, *answers: Answer, **more) -> Row:
    """A row whose score and status follow from its answers; `more` sets any field."""
    counted = {
        "key": f"{student}/{notebook}",
        "status": gravest(a.status for a in answers),
        "score": sum(a.points for a in answers),
        "points": sum(a.out_of for a in answers),
        "seconds": 1.25,
        "seed": 7,
        "executed": "slice",
        "note": "",
    }
    return Row(student=student, notebook=notebook, answers=answers, **{**counted, **more})
