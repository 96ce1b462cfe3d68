"""`nnlab grade`: from a folder of submissions to grades, feedback and a summary; goes on where it was stopped."""

import secrets
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from tqdm import tqdm

from nnlab.course.grade import assignment, engines, report
from nnlab.course.grade.assignment import Assignment
from nnlab.course.grade.engines import Task
from nnlab.course.grade.journal import Journal, settings
from nnlab.course.grade.notebook import LIMIT, Unreadable
from nnlab.course.grade.rows import Row
from nnlab.course.grade.sandbox import Limits
from nnlab.course.grade.submissions import Submission, find
from nnlab.course.grade.zygote import Zygote


def run(
    root: Path,
    submissions: Path,
    out: Path,
    *,
    jobs: int = 2,
    engine: str = "threads",
    scheduler: str = "",
    seed: int | None = None,
    limits: Limits | None = None,
    boxed: bool = True,
) -> list[Row]:
    """Grade what lies in `submissions` (a folder or a zip) and write grades, feedback and a summary into `out`.

    A run that was stopped goes on: rows that stand in `out` are not graded again. Without a seed one is drawn and kept.

    Args:
        root: the checkout of the course.
        submissions: a folder or a zip, in one of the layouts of `nnlab.course.grade.submissions`.
        out: the folder to write.
        jobs: submissions graded at a time.
        engine: "threads" or "dask".
        scheduler: the address of a dask scheduler; '' for workers of this machine.
        seed: what the cases are drawn from, a whole number from 0.
        limits: what a submission may use.
        boxed: False executes the notebooks unprotected, for files of one's own; every row says so.

    Returns:
        The rows, in order of student and notebook.

    Raises:
        GradeError: there is nothing to grade, no box to grade it in, or an exercise is broken.
    """
    limits = limits or Limits()
    found = find(submissions, [c.stem for c in sorted((root / "book" / "chapters").glob("*.py"))])
    for told in found.passed_over:
        print(f"passed over: {told}")
    if seed is None:
        seed = settings(out).get("seed", secrets.randbelow(2**31))
    journal = Journal(out, {"seed": seed, "limit": limits.wall, "memory": limits.memory, "boxed": boxed})
    print("loading the libraries, and grading the book's own solutions first", flush=True)
    with Zygote(limits, boxed=boxed) as zygote, closing(journal):
        asked = sorted({s.chapter for s in found.submissions} - {""})
        assignments = {chapter: assignment.read(root, chapter) for chapter in asked}
        tasks = {_identity(_task(s, assignments), seed): partial(_task, s, assignments) for s in found.submissions}
        done = {(row.student, row.notebook, row.key) for row in journal.rows}
        rest = [read for place, read in tasks.items() if place not in done]
        for chapter in assignments.values() if rest else ():
            assignment.prove(chapter, zygote, limits, seed)
        if engine == "dask":
            graded = engines.with_dask(rest, jobs, limits, seed, boxed=boxed, scheduler=scheduler)
        else:
            graded = engines.with_threads(rest, jobs, zygote, limits, seed)
        for row in tqdm(graded, total=len(rest), unit="submission", disable=None if rest else True):
            journal.add(row if boxed else replace(row, note=engines.joined("executed without a box", row.note)))
        rows = [row for row in journal.rows if (row.student, row.notebook, row.key) in tasks]
    rows.sort(key=lambda row: (row.student, row.notebook))
    report.write(rows, out)
    return rows


def _task(submission: Submission, assignments: Mapping[str, Assignment]) -> Task:
    data, fault = None, ""
    try:
        data = submission.read(LIMIT)
        if not submission.chapter:
            fault = (
                "the file's name does not say which chapter it is: it should begin with the chapter's number, as in 02"
            )
    except Unreadable as error:
        fault = str(error)
    return Task(
        submission.student,
        submission.notebook,
        assignments.get(submission.chapter),
        data,
        fault,
        note="handed in late" if submission.late else "",
        canvas_id=submission.canvas_id,
    )


def _identity(task: Task, seed: int) -> tuple[str, str, str]:
    """What tells a row from all others, also from one of the same student's notebook before she changed it."""
    return task.student, task.notebook, engines.key(task, seed)
