"""results/STUDENT/NOTEBOOK.json: what a Gradescope autograder leaves as results.json.

The fields are those of Gradescope's "Autograder Specifications". Times are left out: the same row, the same bytes.
"""

import json

from nnlab.course.grade.report.words import WORD, meanings
from nnlab.course.grade.rows import Answer, Row


def results(row: Row) -> str:
    """The submission as Gradescope shows it to its student."""
    contents = {
        "score": row.score,  # said apart: without answers there is no sum of tests
        "output": "\n\n".join(f"{word.capitalize()}. {meaning}" for word, meaning in meanings(row)),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(answer) for answer in row.answers],
    }
    return json.dumps(contents, indent=1, ensure_ascii=False) + "\n"


def _test(answer: Answer) -> dict[str, object]:
    slip = f"This looks like a known slip: {answer.slip}" if answer.slip else ""
    return {
        "number": answer.id,
        "name": answer.title,
        "score": answer.points,
        "max_score": answer.out_of,
        "status": "passed" if answer.status == "ok" else "failed",
        "output": "\n\n".join(filter(None, [answer.message, slip])) or WORD[answer.status].capitalize(),
        "output_format": "text",
        "visibility": "visible",
    }
