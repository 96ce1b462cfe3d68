"""What the guide promises: the tests that it names exist, and what it says of feedback holds."""

import re

import pytest

from nnlab.course.grade.engines import Task, grade
from nnlab.course.grade.report.feedback import feedback

from . import hostile
from .conftest import LIMITS, PERCEPTRON, ROOT, notebook

GUIDE = (ROOT / "book" / "guides" / "grading_safely.md").read_text(encoding="utf-8")


def named_tests():
    """Each title in italics with the file in brackets after it."""
    text = " ".join(GUIDE.split())
    for group in re.finditer(r"((?:\*[^*]+\*(?:, )?)+) \(`(test_\w+\.py)`\)", text):
        for title in re.findall(r"\*([^*]+)\*", group[1]):
            yield title, group[2]


def test_the_guide_names_a_test_for_each_promise():
    promises = re.findall(r"^(\S.*)\n: ", GUIDE.partition("## What is promised")[2].partition("\n## ")[0], re.MULTILINE)
    assert len(promises) >= 14 and len(list(named_tests())) >= 18


@pytest.mark.parametrize(("title", "file"), list(named_tests()))
def test_a_test_that_the_guide_names_is_there(title, file):
    code = (ROOT / "tests" / "grade" / file).read_text(encoding="utf-8")
    assert f"\ndef test_{title.lower().replace(' ', '_')}(" in code


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z]{2,}[A-Z_]*)`", GUIDE))))
def test_a_group_of_cases_that_the_guide_names_is_there(name):
    assert getattr(hostile, name)


TELLS_WHAT_IT_SAW = {
    "as its value": "return w, abs(w).sum()",
    "in its error": "raise ValueError(str(w))",
    "in a file for the next box": "open('/tmp/seen', 'a').write(str(w))\n    return open('/tmp/seen').read(), b",
}


@pytest.mark.parametrize("body", TELLS_WHAT_IT_SAW.values(), ids=TELLS_WHAT_IT_SAW)
def test_what_a_student_reads_is_the_same_whatever_the_seed(body, perceptron, zygote):
    data = notebook([*perceptron.solved, f"def update(w, b, x, y, lr):\n    {body}"])
    task = Task("s01", PERCEPTRON, perceptron, data)
    one, other = (grade(task, zygote, LIMITS, seed) for seed in (1, 2))
    assert one.key != other.key and one.score == other.score < one.points
    assert feedback(one) == feedback(other)
