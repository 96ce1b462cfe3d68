"""`nnlab grade` as a whole: a row for each, the same bytes for the same seed, and going on after any death."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import distributed
import psutil
import pytest

from nnlab import cli
from nnlab.course.grade import journal
from nnlab.course.grade.assignment import examiner
from nnlab.course.grade.run import run
from nnlab.errors import GradeError

from .conftest import LIMITS, OPTIONS, PERCEPTRON, ROOT, notebook

WRONG = "def update(w, b, x, y, lr):\n    return w, b"


@pytest.fixture(scope="module")
def a_class(tmp_path_factory, perceptron):
    """Twelve submissions: right, wrong, blank, damaged, hanging."""
    folder = tmp_path_factory.mktemp("class") / "submissions"
    blank = sorted(perceptron.released)
    kinds = [
        notebook(perceptron.solved),
        notebook([*perceptron.solved, WRONG]),
        notebook(blank),
        notebook(perceptron.solved)[:500],
        notebook([*perceptron.solved, "def update(*_):\n    while True: pass"]),
        b"",
    ]
    for number in range(12):
        file = folder / f"s{number:02}" / f"{PERCEPTRON}.ipynb"
        file.parent.mkdir(parents=True)
        file.write_bytes(kinds[number % len(kinds)])
    return folder


STATUSES = ["ok", "wrong", "not attempted", "unreadable", "timeout", "unreadable"]


@pytest.fixture(scope="module")
def whole(a_class, tmp_path_factory):
    """What an undisturbed run has written, with seed 3."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run(ROOT, a_class, out, seed=3, limits=LIMITS)
    return out


def written(out: Path) -> dict[str, bytes]:
    """Every file that grading has written but its log, which holds the times."""
    return {
        str(p.relative_to(out)): p.read_bytes()
        for p in sorted(out.rglob("*"))
        if p.is_file() and p.name != journal.NAME
    }


def test_every_submission_has_its_row_and_its_files(whole):
    rows = sorted(journal.rows(whole), key=lambda r: r.student)
    assert [r.status for r in rows] == STATUSES * 2
    assert [r.score == r.points for r in rows[:6]] == [True, False, False, False, False, False]
    assert {r.executed for r in rows} == {"slice", ""}
    files = written(whole)
    assert {"grades.csv", "summary.html", f"feedback/s00/{PERCEPTRON}.html", f"results/s05/{PERCEPTRON}.json"} <= set(
        files
    )
    assert "s06" in files["summary.html"].decode()  # the same file as that of s00


def test_the_same_seed_gives_the_same_bytes_whatever_the_place_and_the_order(a_class, whole, tmp_path):
    places = {"TZ": "Pacific/Chatham", "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-m", "nnlab", "grade", a_class, "--out", tmp_path / "out", "--seed", "3", "--jobs", "1"]
    subprocess.run([*command, *OPTIONS], cwd=ROOT, check=True, env=os.environ | places)
    assert written(whole) == written(tmp_path / "out")


def test_another_seed_draws_other_cases_and_judges_alike(a_class, whole, tmp_path):
    rows = run(ROOT, a_class, tmp_path / "out", seed=4, limits=LIMITS)
    assert [r.status for r in rows] == STATUSES * 2
    assert {r.key for r in rows}.isdisjoint(r.key for r in journal.rows(whole))


def test_a_grader_that_is_killed_goes_on_and_loses_no_row(a_class, whole, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "nnlab", "grade", str(a_class), "--out", str(out), "--seed", "3", "--jobs", "2"]
    for rows in 1, 4, 8:
        grader = subprocess.Popen([*command, *OPTIONS], cwd=ROOT)
        children = []
        while grader.poll() is None and len(_rows(out)) < rows:
            time.sleep(0.02)
            children = psutil.Process(grader.pid).children(recursive=True) or children
        grader.send_signal(signal.SIGKILL)
        grader.wait()
        assert len(_rows(out)) < 12, "it was killed too late to prove anything"
        _gone, alive = psutil.wait_procs(children, timeout=20)
        assert not alive
    with (out / journal.NAME).open("ab") as file:
        file.write(b'{"row": {"key": "torn')
    rows = run(ROOT, a_class, out, limits=LIMITS)
    assert len(rows) == 12 and len(_rows(out)) == 12
    assert written(whole) == written(out)


def _rows(out: Path) -> list[str]:
    log = out / journal.NAME
    return (
        [line for line in log.read_text().splitlines() if '"row"' in line and line.endswith("}}")]
        if log.exists()
        else []
    )


def test_a_grading_goes_on_only_in_the_way_it_began(a_class, whole):
    before = written(whole)
    with pytest.raises(GradeError, match="seed 3, now 4"):
        run(ROOT, a_class, whole, seed=4, limits=LIMITS)
    assert len(run(ROOT, a_class, whole, limits=LIMITS)) == 12  # without a seed: the one that was kept
    assert written(whole) == before and len(_rows(whole)) == 12


def test_a_notebook_that_has_changed_is_graded_anew(a_class, whole, tmp_path, perceptron):
    changed, out = tmp_path / "class", tmp_path / "out"
    shutil.copytree(a_class, changed)
    shutil.copytree(whole, out)
    (changed / "s01" / f"{PERCEPTRON}.ipynb").write_bytes(notebook(perceptron.solved))
    rows = run(ROOT, changed, out, limits=LIMITS)
    assert len(rows) == 12 and rows[1].status == "ok" and len(_rows(out)) == 13


def test_the_warm_parent_may_be_killed(zygote, perceptron):
    for _ in range(2):
        zygote._process.send_signal(signal.SIGKILL)
        examined = examiner(perceptron, list(perceptron.solved), zygote, LIMITS, 5).examine()
        assert {a.status for a in examined.answers} == {"ok"}


def test_without_a_box_nothing_is_graded_but_what_is_trusted(a_class, tmp_path, monkeypatch, capsys):
    tools = tmp_path / "bin"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    assert cli.main(["grade", str(a_class), "--out", str(tmp_path / "out")]) == 1
    assert "install it" in capsys.readouterr().err
    assert not _rows(tmp_path / "out")
    assert cli.main(["grade", str(a_class), "--out", str(tmp_path / "mine"), "--trust", *OPTIONS]) == 0
    with (tmp_path / "mine" / "grades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["status"] for r in rows] == STATUSES * 2
    assert all("without a box" in r["note"] for r in rows)


def test_an_exercise_that_its_own_solution_fails_stops_the_grading(a_class, tmp_path, monkeypatch, perceptron):
    exercise = perceptron.exercises[0]
    monkeypatch.setattr(exercise, "body", lambda ask, rng: ask.equal(ask.value("nand"), "something else"))
    with pytest.raises(GradeError, match=r"(?s)book's own solution.*04\.1 is wrong"):
        run(ROOT, a_class, tmp_path / "out", seed=3, limits=LIMITS)
    assert not _rows(tmp_path / "out")


def test_a_judge_that_fails_costs_no_student_a_point_unseen(a_class, tmp_path, monkeypatch, perceptron):
    """The exercise of one student's answer breaks the judge: her row asks for a person, the others are as always."""
    exercise = perceptron.exercises[1]
    judge = type(exercise).judge

    def broken(self, box, seed=0):
        if self.id == exercise.id and "7" in str(box.call("update", ([0.0], 0.0, [0.0], 1, 1.0), {})):
            raise ZeroDivisionError("the oracle divides by zero")
        return judge(self, box, seed)

    changed = tmp_path / "class"
    shutil.copytree(a_class, changed)
    seven = "def update(w, b, x, y, lr):\n    return 7, 7"
    (changed / "s00" / f"{PERCEPTRON}.ipynb").write_bytes(notebook([*perceptron.solved, seven]))
    monkeypatch.setattr(type(exercise), "judge", broken)
    rows = run(ROOT, changed, tmp_path / "out", seed=3, limits=LIMITS)
    assert rows[0].status == "needs review" and "ZeroDivisionError" in rows[0].note
    assert [r.status for r in rows[1:]] == (STATUSES * 2)[1:]


def test_dask_grades_as_threads_do_and_a_killed_worker_costs_no_row(a_class, whole, tmp_path):
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        command = [sys.executable, "-m", "nnlab", "grade", a_class, "--out", tmp_path / "dask", "--seed", "3", *OPTIONS]
        address = cluster.scheduler_address
        grader = subprocess.Popen([*command, "--engine", "dask", "--scheduler", address], cwd=ROOT)
        while grader.poll() is None and len(_rows(tmp_path / "dask")) < 2:
            time.sleep(0.02)
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
        assert grader.wait(200) == 0
    assert len(_rows(tmp_path / "dask")) == 12
    assert written(whole) == written(tmp_path / "dask")
