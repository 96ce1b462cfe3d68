"""Many submissions, a tenth of them hostile, by `nnlab grade`: every row right, memory flat, and killed and resumed.

    python bench/grade_many.py [N] [--jobs 2] [--limit 30]

N submissions (1000) of chapter 04 are graded twice with the same seed: undisturbed, and killed with SIGKILL at 1/5, 1/2
and 4/5 of the rows and started again. Exits with 1 unless

- each run ends with one row for each submission, of the status and the score that its kind must have,
- both wrote the same files, byte for byte (all but log.jsonl, which holds times),
- no process was left behind,
- the memory of the grader, judge and warm parent together, stays within 50 MB of what it is at 1/5 of the rows; it is
  looked at each second of the undisturbed run, and the boxes are not counted.

A submission that hangs costs a sixth of the limit, the time of one exercise. With the limit of 30 s instead of the
command's 60 that is 5 s, far above what an honest answer takes on a busy machine, so no row depends on the load.
"""

import argparse
import os
import runpy
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import psutil
from nbformat.v4 import new_code_cell, new_notebook, writes

from nnlab.course.grade import assignment, journal
from nnlab.course.grade.rows import Row

ROOT = Path(__file__).parents[1]
CHAPTER = "04_perceptron"
SEED, KILLS, SWING = 1, (1 / 5, 1 / 2, 4 / 5), 50  # MB
MEMORY = 0.3  # GB a submission, as in the tests: what their hostile notebooks fill is more than this
# Of tests/grade/hostile.py: what ends soon, and what lasts as long as it may. None of them makes the grader execute the
# whole notebook: that trains networks for seconds, and on a busy machine would not always end within the limit.
QUICK = (
    *("exit", "segfault", "recursion", "raises", "sys.exit", "kill all", "broken cell", "magics", "3 GB", "disk"),
    *("much output", "forked twin", "patches, right", "liar", "global state", "unasked", "garbage", "100 MB frame"),
    *("745 GiB array", "pickle", "objects", "nan", "huge", "nested", "memory in children", "write", "cases", "limits"),
)
HANGING = ("endless", "endless and deaf", "stop all", "fork bomb")
SLIPS = {
    "04.1": "nand = (1.0, 1.0, -1.5)",
    "04.2": "def update(w, b, x, y, lr):\n    error = (1 if w @ x + b >= 0 else 0) - y\n"
    "    return w + lr * error * x, b + lr * error",
    "04.3": "def train(X, y, lr, epochs):\n    return np.zeros(X.shape[1]), 0.0, [0]",
}


class Kind(NamedTuple):
    """A kind of submission: the bytes, and what must come of it."""

    name: str
    data: bytes
    status: str
    score: int


class Run(NamedTuple):
    """What was seen of one run: its rows, seconds, memory in MB by number of rows, and processes left behind."""

    rows: list[Row]
    seconds: float
    memory: list[tuple[int, float]]
    left: int


def notebook(cells: list[str]) -> bytes:
    made = [new_code_cell(cell, id=f"c{number}") for number, cell in enumerate(cells)]
    return writes(new_notebook(cells=made)).encode()


def honest() -> Iterator[Kind]:
    """Solved, blank, with a slip, damaged."""
    asked = assignment.read(ROOT, CHAPTER)
    solved, full = list(asked.solved), asked.points
    points = {exercise.id: exercise.points for exercise in asked.exercises}
    yield Kind("solved", notebook(solved), "ok", full)
    yield Kind("blank", notebook(sorted(asked.released)), "not attempted", 0)
    for id, code in SLIPS.items():
        yield Kind(f"slip in {id}", notebook([*solved, code]), "wrong", full - points[id])
        yield Kind("solved", notebook([*solved, f"# not the slip in {id}"]), "ok", full)
    yield Kind("cut off", notebook(solved)[:5000], "unreadable", 0)
    yield Kind("solved", notebook(["# mine", *solved]), "ok", full)
    yield Kind("no notebook", b"[1, 2]", "unreadable", 0)


def hostile(names: tuple[str, ...]) -> Iterator[Kind]:
    asked = assignment.read(ROOT, CHAPTER)
    points = {exercise.id: exercise.points for exercise in asked.exercises}
    cases = {case.name: case for case in runpy.run_path(str(ROOT / "tests" / "grade" / "hostile.py"))["CASES"]}
    for case in (cases[name] for name in names):
        cells = [cell for cell in (case.first, *asked.solved, case.code) if cell]
        score = asked.points - sum(points[id] for id in case.lost)
        yield Kind(case.name, notebook(cells), case.status, score)


def hand_in(n: int, folder: Path) -> dict[str, Kind]:
    """The submissions, and the kind of each by student: the first of ten is hostile, every tenth of these hangs."""
    good, quick, hanging = map(cycle, (honest(), hostile(QUICK), hostile(HANGING)))
    kinds = [next(good) if k % 10 else next(quick) if k % 100 else next(hanging) for k in range(n)]
    students = {f"s{number:04}": kind for number, kind in enumerate(kinds)}
    for student, kind in students.items():
        (folder / student).mkdir(parents=True)
        (folder / student / f"{CHAPTER}.ipynb").write_bytes(kind.data)
    return students


def grade(submissions: Path, out: Path, options: argparse.Namespace, stops: tuple[float, ...] = ()) -> Run:
    """Grade, killed when these parts of the rows are there; then once more, to the end."""
    log, memory, left, began = out / journal.NAME, [], 0, time.perf_counter()
    command = [sys.executable, "-m", "nnlab", "grade", submissions, "--out", out, "--seed", SEED]
    command += ["--jobs", options.jobs, "--limit", options.limit, "--memory", MEMORY]
    for stop in (*stops, None):
        told = (out.parent / f"{out.name}.txt").open("w")
        grader = psutil.Popen(list(map(str, command)), cwd=ROOT, stdout=told, stderr=told)
        family, looked = [], 0.0
        while grader.poll() is None:
            rows = max(log.read_bytes().count(b"\n") - 1, 0) if log.exists() else 0
            if stop and rows >= stop * options.n:
                break
            if not stop and rows == options.n:  # it only writes now
                grader.wait()
                break
            if time.perf_counter() - looked >= 1:
                looked, family = time.perf_counter(), grader.children(recursive=True)
                memory.append((rows, sum(p.memory_info().rss for p in (grader, *grader.children())) / 2**20))
            time.sleep(0.05)
        if stop:
            family = grader.children(recursive=True)
            grader.kill()
            grader.wait()
        elif grader.returncode:
            sys.exit(Path(told.name).read_text())
        left += len(psutil.wait_procs(family, timeout=10)[1])
    return Run(journal.rows(out), time.perf_counter() - began, memory, left)


def unexpected(rows: list[Row], students: dict[str, Kind]) -> list[str]:
    """What is not as it must be: rows that are lost, come twice, or are wrong."""
    count = Counter(row.student for row in rows)
    faults = [f"{id} ({kind.name}): {count[id]} rows" for id, kind in students.items() if count[id] != 1]
    for row in rows:
        kind = students[row.student]
        if (row.status, row.score) != (kind.status, kind.score):
            told = "; ".join([row.note, *(f"{a.id} {a.status}: {a.message}" for a in row.answers if not a.points)])
            wanted = f"{row.status} {row.score}, not {kind.status} {kind.score}"
            faults.append(f"{row.student} ({kind.name}): {wanted}: {told[:300]}")
    return faults


def written(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file() and p.name != journal.NAME}


def swing(memory: list[tuple[int, float]], n: int) -> tuple[float, float, float]:
    """MB at a fifth of the rows, at the end, and the largest difference from the first in between."""
    late = [size for rows, size in memory if rows >= n / 5]
    return late[0], late[-1], max(abs(size - late[0]) for size in late)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("n", type=int, nargs="?", default=1000, metavar="N")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work here, and leave everything")
    options = parser.parse_args()
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        students = hand_in(options.n, folder / "submissions")
        runs = {
            "undisturbed": grade(folder / "submissions", folder / "undisturbed", options),
            "killed 3 times": grade(folder / "submissions", folder / "killed", options, KILLS),
        }
        one, other = written(folder / "undisturbed"), written(folder / "killed")
    differ = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    faults = {name: unexpected(run.rows, students) for name, run in runs.items()}
    early, late, difference = swing(runs["undisturbed"].memory, options.n)
    table = {
        "rows": [f"{len(run.rows)}" for run in runs.values()],
        "not as expected": [f"{len(faults[name])}" for name in runs],
        "files, and how many differ": [f"{len(one)}", f"{len(differ)}"],
        "submissions a minute": [f"{options.n / run.seconds * 60:.0f}" for run in runs.values()],
        "MB at 1/5 of the rows": [f"{early:.0f}"],
        "MB at the end": [f"{late:.0f}"],
        "largest difference from 1/5 on, MB": [f"{difference:.0f}"],
        "processes left behind": [f"{run.left}" for run in runs.values()],
    }
    print(f"{f'{options.n} submissions, {options.jobs} jobs':<40}" + "".join(f"{name:>18}" for name in runs))
    for label, values in table.items():
        print(f"{label:<40}" + "".join(f"{value:>18}" for value in values))
    for name, found in faults.items():
        print("\n".join(f"{name}: {fault}" for fault in islice(found, 20)))
    print("\n".join(f"differs: {name}" for name in islice(differ, 20)))
    bad = difference > SWING or differ or any(faults.values()) or any(run.left for run in runs.values())
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
