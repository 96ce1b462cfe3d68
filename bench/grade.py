"""`nnlab grade` against nbclient, nbgrader and otter-grader: the seconds of one submission.

    python bench/grade.py [REPEATS] [--chapter NN_name ...] [--submissions N] [--otter PYTHON]

The sides in turn, medians, one thread each. The goals are for wall time, which a teacher waits for; it needs an idle
machine. CPU time, of all the processes of a side, stands beside it, and also holds on a busy one. Exits with 1 where a
goal is missed.

1. A chapter whose exercises need torch, solved. nbclient executes the notebook with FAST set, its kernel's start
   included; the grader grades it. The goal: at most 1/10. The grader's warm-up (the libraries, and the book's own
   solutions) comes once a run, and is given apart.
2. Four exercises of chapter 04 without torch, and N submissions (10) of them. What one more costs in a batch: for
   nbgrader and otter-grader the batch of N less the batch of one, over N - 1, so that their start is left out, too. The
   goal: at most 1/15. Beside it the whole commands for N. The others are given the same cells without the import of
   nnlab, and asserts that ask what our exercises ask, with as many cases.

nbgrader is in the extra `nbgrader`. otter-grader wants an environment of its own: `python -m venv FOLDER`, then
`FOLDER/bin/pip install otter-grader==7.0.0 ipykernel numpy`, and here `--otter FOLDER/bin/python`. otter grades by its
own `grade_submission`, without a container, all in one process: `otter run` would load otter for each.
"""

import argparse
import ctypes
import importlib.util
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

import nbformat
import numpy as np
import psutil
import torch
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from nnlab.course.grade import assignment, engines
from nnlab.course.grade.assignment import Assignment
from nnlab.course.grade.engines import Task
from nnlab.course.grade.sandbox import Limits
from nnlab.course.grade.zygote import Zygote

ROOT = Path(__file__).parents[1]
PERCEPTRON = "04_perceptron"
NBCLIENT_GOAL, RIVALS_GOAL = 1 / 10, 1 / 15
SEED, LIMITS = 1, Limits.of(60.0)
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
SUBREAPER = 36  # of prctl: a process whose parent has ended becomes ours, and its time is counted
NO_OTTER = "otter-grader is left out: make an environment for it as the head of this file says, and give --otter PYTHON"
NO_NBGRADER = "nbgrader is left out: pip install 'nnlab[nbgrader]'"

# What each of four exercises defines, and asserts that ask of it what nnlab/exercises/ch04.py asks.
CHECKS = {
    "nand": """
assert len(nand) == 3
for (p, q), aim in zip([(0, 0), (0, 1), (1, 0), (1, 1)], [1, 1, 1, 0]):
    assert int(nand[0] * p + nand[1] * q + nand[2] >= 0) == aim
""",
    "update": """
rng = np.random.default_rng(1)
for d, z, y in (2, -3, 1), (3, 4, 0), (1, 2, 1), (4, -1, 0), (2, 0, 0), (3, 0, 1):
    x, w = rng.integers(1, 5, size=d) * rng.choice([-1.0, 1.0], size=d), rng.integers(-4, 5, size=d) * 1.0
    b, move = z - w @ x, 0.5 * (y - int(z >= 0))
    w_new, b_new = update(w.copy(), b, x.copy(), y, 0.5)
    np.testing.assert_allclose(w_new, w + move * x, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(b_new, b + move, rtol=1e-4, atol=1e-5)
""",
    "train": """
rng = np.random.default_rng(2)
corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
sets = [(corners, np.array([0, 0, 0, 1]), 0.5, 50), (corners, np.array([0, 1, 1, 0]), 1.0, 7)]
for n, d in (9, 2), (12, 3):
    X = rng.integers(-4, 5, size=(n, d)) * 1.0
    sets.append((X, (X @ rng.integers(1, 4, size=d) > 0.5).astype(int), 1.0, 400))
for X, y, lr, epochs in sets:
    v, c, counts = np.zeros(X.shape[1]), 0.0, []
    while len(counts) < epochs and (not counts or counts[-1]):
        counts.append(0)
        for x, target in zip(X, y):
            error = target - int(v @ x + c >= 0)
            v, c, counts[-1] = v + lr * error * x, c + lr * error, counts[-1] + abs(error)
    w, b, mistakes = train(X.copy(), y.copy(), lr, epochs)
    assert list(mistakes) == counts
    np.testing.assert_allclose(w, v, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(b, c, rtol=1e-4, atol=1e-5)
""",
    "most_mistakes": """
rng = np.random.default_rng(3)
for n, d in (6, 2), (9, 3), (5, 1):
    w, b = rng.normal(size=d) + 2, 0.5
    X = rng.normal(scale=2, size=(n, d))
    X[0], X[1] = 2 * w, -2 * w
    z = X @ w + b
    aim = ((X**2).sum(axis=1) + 1).max() * (w @ w + b**2) / np.min(np.abs(z)) ** 2
    np.testing.assert_allclose(most_mistakes(X, (z > 0).astype(int), w, b), aim, rtol=1e-4)
""",
}


def now() -> np.ndarray:
    """Seconds so far, wall and CPU; the CPU time is that of this process and of all that descend from it."""
    processes = [psutil.Process(), *psutil.Process().children()]  # each counts what its own children have left
    return np.array([time.perf_counter(), sum(sum(p.cpu_times()[:4]) for p in processes)])


def cost(work: Callable[[], object]) -> np.ndarray:
    began = now()
    work()
    return now() - began


def middle(costs: list[np.ndarray]) -> np.ndarray:
    return np.median(costs, axis=0)


def line(name: str, seconds: np.ndarray, goal: float = 0.0) -> bool:
    """Print seconds, or, with a goal, ratios; say whether these reach it."""
    wall, cpu = seconds
    good = not goal or wall <= goal
    told = f"   goal {goal:.3f}: {'reached' if good else 'missed'}" if goal else ""
    print(f"{name:<56}{wall:>9.3f}{cpu:>9.3f}{told}", flush=True)
    return good


# Ours


@contextmanager
def grader(asked: Assignment) -> Iterator[Callable[[bytes, int], None]]:
    """A warm grader, as `nnlab grade --jobs 1` has it; what it gives grades n submissions of one notebook."""
    with Zygote(LIMITS) as zygote:
        assignment.prove(asked, zygote, LIMITS, SEED)

        def grade(data: bytes, n: int) -> None:
            tasks = [lambda k=k: Task(f"s{k:03}", asked.chapter, asked, data) for k in range(n)]
            rows = list(engines.with_threads(tasks, 1, zygote, LIMITS, SEED))
            assert {(row.status, row.note) for row in rows} == {("ok", "")}, rows

        yield grade


def run(*parts: object, cwd: Path = ROOT) -> str:
    """What a command prints, once it has gone well."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls `alembic`
    done = subprocess.run(
        list(map(str, parts)), cwd=cwd, env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# 1. A chapter with torch


def solved(asked: Assignment, folder: Path) -> Path:
    """The solved notebook, with FAST set."""
    if not (path := folder / f"{asked.chapter}.ipynb").exists():
        run(sys.executable, "-m", "nnlab", "release", "--solved", "--out", folder)
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = cell.source.replace("FAST = False", "FAST = True")
    nbformat.write(notebook, path)
    return path


def compare_with_nbclient(chapter: str, n: int, repeats: int, folder: Path) -> bool:
    asked = assignment.read(ROOT, chapter)
    path = solved(asked, folder / "solved")
    theirs, ours = [], []
    began = now()
    with grader(asked) as grade:
        warm = now() - began
        for _ in range(repeats):
            ours.append(cost(lambda: grade(path.read_bytes(), n)) / n)
            there = {"metadata": {"path": folder}}
            client = NotebookClient(nbformat.read(path, as_version=4), timeout=600, resources=there)
            theirs.append(cost(client.execute))
    print(f"\n{chapter + ', solved':<56}{'wall s':>9}{'CPU s':>9}")
    line("nbclient, FAST", middle(theirs))
    line(f"nnlab grade, one of {n}", middle(ours))
    line("    warm-up, once a run", warm)
    return line("nnlab grade / nbclient", middle(ours) / middle(theirs), NBCLIENT_GOAL)


# 2. Four exercises without torch, by three graders


def answers(asked: Assignment) -> dict[str, str]:
    """The book's solved cells of the four exercises, by what they define."""
    return {
        name: next(cell for cell in asked.solved if re.search(rf"^(def {name}\(|{name} = )", cell, re.MULTILINE))
        for name in CHECKS
    }


def by_nnlab(asked: Assignment) -> bytes:
    """A submission that holds these four cells and no other exercise."""
    cells = ["import numpy as np\nfrom nnlab import check"]
    for number, answer in enumerate(answers(asked).values(), start=1):
        cells += [answer, f'check("04.{number}")']
    return nbformat.writes(new_notebook(cells=list(map(new_code_cell, cells)))).encode()


class Rival(NamedTuple):
    name: str
    batch: Callable[[int], None]  # it grades so many of the submissions


def nbgrader(asked: Assignment, n: int, folder: Path) -> Rival:
    """The same assignment as a course of nbgrader, from the source notebook to n submissions."""

    def mark(id: str, **kind: object) -> dict:
        basis = {"schema_version": 3, "grade_id": id, "solution": False, "grade": False, "locked": False, "task": False}
        return {"nbgrader": basis | kind}

    cells = [new_code_cell("import numpy as np")]
    for name, answer in answers(asked).items():
        text = f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
        cells.append(new_code_cell(text, metadata=mark(f"answer-{name}", solution=True)))
        cells.append(new_code_cell(CHECKS[name], metadata=mark(f"test-{name}", grade=True, locked=True, points=1)))
    course, file = folder / "nbgrader", f"{PERCEPTRON}/{PERCEPTRON}.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for place in ("source", *(f"submitted/s{k:03}" for k in range(n))):
        (course / place / file).parent.mkdir(parents=True)
        nbformat.write(new_notebook(cells=cells, metadata=kernel), course / place / file)
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    run(sys.executable, "-m", "nbgrader", "generate_assignment", PERCEPTRON, cwd=course)

    def batch(size: int) -> None:
        fresh = Path(tempfile.mkdtemp(dir=folder)) / "course"
        shutil.copytree(course, fresh)
        for k in range(size, n):
            shutil.rmtree(fresh / "submitted" / f"s{k:03}")
        run(sys.executable, "-m", "nbgrader", "autograde", PERCEPTRON, cwd=fresh)
        with closing(sqlite3.connect(fresh / "gradebook.db")) as book:
            marks = book.execute("SELECT auto_score FROM grade").fetchall()
        assert marks == [(1.0,)] * len(CHECKS) * size, marks

    return Rival("nbgrader 0.9.6", batch)


def otter(asked: Assignment, n: int, folder: Path, python: Path) -> Rival:
    """The same assignment for otter-grader: its zip of tests, and n submissions."""
    place = folder / "otter"
    (place / "tests").mkdir(parents=True)
    for name, check in CHECKS.items():
        head = "from otter.test_files import test_case\nimport numpy as np\nOK_FORMAT = False\npoints = 1\n"
        test = f"name = {name!r}\n\n@test_case()\ndef test({name}):\n{indent(check.strip(), '    ')}\n"
        (place / "tests" / f"{name}.py").write_text(head + test)
    run(python, "-m", "otter", "generate", "-t", "tests", "-o", "tests.zip", "--no-environment", cwd=place)
    cells = ["import numpy as np", *answers(asked).values()]
    for k in range(n):
        nbformat.write(new_notebook(cells=list(map(new_code_cell, cells))), place / f"s{k:03}.ipynb")
    code = (
        "import json, sys\nfrom otter.api import grade_submission\n"
        "print(json.dumps([grade_submission(path, 'tests.zip', quiet=True).total for path in sys.argv[1:]]))"
    )

    def batch(size: int) -> None:
        told = run(python, "-c", code, *(place / f"s{k:03}.ipynb" for k in range(size)), cwd=place)
        marks = json.loads(told.splitlines()[-1])
        assert marks == [len(CHECKS)] * size, marks

    return Rival("otter-grader 7.0.0", batch)


def compare_with_rivals(n: int, repeats: int, folder: Path, python: Path | None) -> bool:
    asked = assignment.read(ROOT, PERCEPTRON)
    rivals = [nbgrader(asked, n, folder)] if importlib.util.find_spec("nbgrader") else []
    rivals += [otter(asked, n, folder, python)] if python else []
    data, submissions = by_nnlab(asked), folder / "submissions"
    for k in range(n):
        (submissions / f"s{k:03}").mkdir(parents=True)
        (submissions / f"s{k:03}" / f"{PERCEPTRON}.ipynb").write_bytes(data)
    names = ["nnlab grade", *(rival.name for rival in rivals)]
    whole: dict[str, list[np.ndarray]] = {name: [] for name in names}
    more: dict[str, list[np.ndarray]] = {name: [] for name in names}
    with grader(asked) as grade:
        for repeat in range(repeats):
            more["nnlab grade"].append(cost(lambda: grade(data, n)) / n)
            command = ("nnlab", "grade", submissions, "--out", folder / f"grades{repeat}", "--jobs", 1, "--seed", SEED)
            whole["nnlab grade"].append(cost(lambda parts=command: run(sys.executable, "-m", *parts)))
            for name, batch in rivals:
                one, many = cost(lambda batch=batch: batch(1)), cost(lambda batch=batch: batch(n))
                whole[name].append(many)
                more[name].append((many - one) / (n - 1))
    print(f"\n{'four exercises of ' + PERCEPTRON:<56}{'wall s':>9}{'CPU s':>9}")
    for name in names:
        line(f"{name}, one more of a batch", middle(more[name]))
    for name in names:
        line(f"{name}, the whole command for {n}", middle(whole[name]))
    ours = middle(more["nnlab grade"])
    good = [line(f"nnlab grade / {name}", ours / middle(more[name]), RIVALS_GOAL) for name in names[1:]]
    if "nbgrader 0.9.6" not in names:
        print(NO_NBGRADER)
    if not python:
        print(NO_OTTER)
    return all(good)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("repeats", type=int, nargs="?", default=3)
    parser.add_argument("--chapter", action="append", metavar="NN_name", help="(default: 06_multilayer_perceptron)")
    parser.add_argument("--submissions", type=int, default=10, metavar="N", help="in a batch (default: 10)")
    parser.add_argument("--otter", type=Path, metavar="PYTHON", help="of an environment that has otter-grader")
    options = parser.parse_args()
    torch.set_num_threads(1)
    os.environ.update(THREADS)
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chapters = options.chapter or ["06_multilayer_perceptron"]
        good = [compare_with_nbclient(c, options.submissions, options.repeats, folder) for c in chapters]
        good.append(compare_with_rivals(options.submissions, options.repeats, folder, options.otter))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
