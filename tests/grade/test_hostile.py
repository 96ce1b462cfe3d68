"""A class of hostile notebooks, graded by the command as a teacher would: each has its row, and harms nobody."""

import csv
import os
import socket
import tempfile
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from nnlab import cli
from nnlab.course.grade import journal

from .conftest import LIMITS, OPTIONS, PERCEPTRON, ROOT, notebook
from .hostile import CASES


def place(code, **values):
    for name, value in values.items():
        code = code.replace(name, repr(value))
    return code


def tree(folder: Path) -> dict[str, int]:
    """Every file of a folder with its time of change."""
    return {str(p): p.lstat().st_mtime_ns for p in folder.rglob("*") if "__pycache__" not in p.parts}


@pytest.fixture(scope="module")
def graded(tmp_path_factory, perceptron):
    """All of them in one run of `nnlab grade`, two at a time, with an honest notebook after each five."""
    work = tmp_path_factory.mktemp("class")
    submissions, out = work / "submissions", work / "grades"
    listener = socket.create_server(("127.0.0.1", 0))
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0nnlab-test")
    abstract.listen()
    at_home = tempfile.NamedTemporaryFile(dir=Path.home(), prefix="nnlab-test-")  # noqa: SIM115 (gone with the module)
    values = {
        "PORT": listener.getsockname()[1],
        "AT_HOME": at_home.name,
        "SUBMISSIONS": str(submissions),
        "PARENT": os.getpid(),
        "MARK": f"left{os.getpid()}",
    }
    solved = list(perceptron.solved)
    for number, case in enumerate(CASES):
        answered = [case.instead if case.instead and "def update(" in c else c for c in solved]
        cells = [place(c, **values) for c in (case.first, *answered, case.code) if c]
        file = submissions / f"s{number:03}" / f"{PERCEPTRON}.ipynb"
        file.parent.mkdir(parents=True)
        file.write_bytes(notebook(cells))
        if number % 5 == 0:
            file = submissions / f"s{number:03}honest" / f"{PERCEPTRON}.ipynb"
            file.parent.mkdir()
            file.write_bytes(notebook(solved))
    already = set(psutil.Process().children(recursive=True))
    os.environ["NNLAB_TEST_SECRET"] = "a secret"
    before = tree(ROOT / "nnlab") | tree(submissions)
    try:
        status = cli.main(["grade", str(submissions), "--out", str(out), "--seed", "7", "--jobs", "2", *OPTIONS])
    finally:
        del os.environ["NNLAB_TEST_SECRET"]
    return SimpleNamespace(
        status=status,
        out=out,
        rows={row.student: row for row in journal.rows(out)},
        changed=(tree(ROOT / "nnlab") | tree(submissions)) != before,
        left=[p for p in psutil.process_iter(["name"]) if p.info["name"] == values["MARK"]],
        children=set(psutil.Process().children(recursive=True)) - already,
    )


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=[c.name for c in CASES])
def test_a_hostile_notebook_loses_what_it_should_and_no_more(graded, perceptron, number, case):
    row = graded.rows[f"s{number:03}"]
    lost = {a.id for a in row.answers if not a.points}
    told = "\n".join([row.note, *(a.message for a in row.answers)])
    assert (row.status, lost) == (case.status, set(case.lost)), told
    assert case.told in told
    assert row.score == sum(e.points for e in perceptron.exercises if e.id not in case.lost)
    assert row.seconds <= LIMITS.wall + 2


def test_the_batch_goes_on_and_every_notebook_has_one_row(graded):
    assert graded.status == 0
    honest = [row for student, row in graded.rows.items() if student.endswith("honest")]
    assert len(graded.rows) == len(CASES) + len(honest) and len(honest) >= 10
    assert {row.status for row in honest} == {"ok"}
    with (graded.out / "grades.csv").open(newline="", encoding="utf-8") as file:
        assert [line["student"] for line in csv.DictReader(file)] == sorted(graded.rows)


def test_nothing_outside_is_changed_and_no_process_is_left(graded):
    assert not graded.changed
    assert not graded.left and not graded.children
