"""Who grades: threads of this machine, or the workers of a dask cluster. Both grade a submission by `grade`."""

import hashlib
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any, Literal

from nnlab.course.grade import notebook
from nnlab.course.grade.assignment import Assignment, examiner
from nnlab.course.grade.examine import Examined
from nnlab.course.grade.rows import Answer, Row, Status, gravest
from nnlab.course.grade.sandbox import Limits
from nnlab.course.grade.session import Lost
from nnlab.course.grade.zygote import Zygote
from nnlab.errors import GradeError


@dataclass(frozen=True)
class Task:
    """One submission to be graded: its bytes, or why there are none."""

    student: str
    notebook: str
    assignment: Assignment | None
    data: bytes | None
    fault: str = ""
    note: str = ""
    canvas_id: str = ""


def grade(task: Task, zygote: Zygote, limits: Limits, seed: int) -> Row:
    """The row of one submission, whatever it holds.

    Raises:
        GradeError: there is no box to execute it in.
    """
    began = time.monotonic()
    assignment, note = task.assignment, task.note
    answers: tuple[Answer, ...] = ()
    examined: Examined | None = None
    try:
        if assignment is None or task.data is None:
            raise notebook.Unreadable(task.fault)
        examined = examiner(assignment, notebook.cells(task.data), zygote, limits, seed).examine()
        answers, status = examined.answers, gravest(a.status for a in examined.answers)
    except notebook.Unreadable as error:
        status, note = "unreadable", joined(note, str(error))
    except Lost as lost:
        status, note = lost.status, joined(note, lost.told)
    except GradeError:
        raise
    except Exception as error:  # a fault of the judge is no fault of the student, and costs no other student anything
        trace = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__}: {error} ({trace.name}, line {trace.lineno})"
        status, note = "needs review", joined(note, f"the judge failed: {where}"[:500])
    row = _row(task, seed, status, note, answers)
    executed: Literal["slice", "whole", ""] = "" if not examined else "whole" if examined.whole else "slice"
    return replace(row, executed=executed, seconds=round(time.monotonic() - began, 3))


def _row(task: Task, seed: int, status: Status, note: str, answers: tuple[Answer, ...] = ()) -> Row:
    """A row with these answers; without any, each exercise has the status of the whole and no points."""
    exercises = task.assignment.exercises if task.assignment else []
    answers = answers or tuple(Answer(e.id, e.title, status, 0, e.points) for e in exercises)
    return Row(
        key=key(task, seed),
        student=task.student,
        notebook=task.notebook,
        status=status,
        score=sum(a.points for a in answers),
        points=task.assignment.points if task.assignment else 0,
        seconds=0.0,
        seed=seed,
        executed="",
        note=note,
        answers=answers,
        canvas_id=task.canvas_id,
    )


def key(task: Task, seed: int) -> str:
    """Names what decides the answers: the submission's bytes, the exercises and the seed."""
    parts = (
        task.data or task.fault.encode(),
        (task.assignment.digest if task.assignment else "").encode(),
        b"%d" % seed,
    )
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:32]


def with_threads(
    tasks: Sequence[Callable[[], Task]], jobs: int, zygote: Zygote, limits: Limits, seed: int
) -> Iterator[Row]:
    """Grade with threads of this process, which wait for boxes that share the machine's cores."""
    with ThreadPoolExecutor(jobs, "grade") as pool:
        futures = [pool.submit(_read_and_grade, read, zygote, limits, seed) for read in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _read_and_grade(read: Callable[[], Task], zygote: Zygote, limits: Limits, seed: int) -> Row:
    return grade(read(), zygote, limits, seed)


def with_dask(
    tasks: Sequence[Callable[[], Task]],
    jobs: int,
    limits: Limits,
    seed: int,
    *,
    boxed: bool,
    scheduler: str = "",
) -> Iterator[Row]:
    """Grade on a dask cluster: the one at this address, or `jobs` worker processes of this machine.

    A submission whose worker is lost is given to another; after three lost workers its row says "needs review".

    Raises:
        GradeError: dask.distributed is not installed, or the scheduler does not answer.
    """
    try:
        import distributed
    except ImportError:
        raise GradeError("--engine dask needs dask.distributed: pip install 'nnlab[cluster]'") from None
    try:
        client = (
            distributed.Client(scheduler, timeout=20)
            if scheduler
            else distributed.Client(n_workers=jobs, threads_per_worker=1, dashboard_address=None)
        )
    except OSError as error:
        raise GradeError(f"no dask scheduler answers at {scheduler}: {error}") from None
    waiting = list(reversed(tasks))
    with client:
        sent: dict[Any, Task] = {}

        def send() -> Any:
            task = waiting.pop()()
            future = client.submit(_grade_there, task, limits, seed, boxed, pure=False, retries=0)
            sent[future.key] = task
            return future

        if not client.scheduler_info()["workers"]:
            print(f"waiting for workers to connect to {scheduler}", flush=True)
            client.wait_for_workers(1)
        # A few a worker at a time: the submissions' bytes need not all be in memory.
        ahead = 4 * max(1, len(client.scheduler_info()["workers"]))
        running = distributed.as_completed([send() for _ in range(min(ahead, len(waiting)))])
        for future in running:
            task = sent.pop(future.key)
            try:
                yield future.result()
            except distributed.KilledWorker:
                told = joined(task.note, "the machines that graded it were lost, again and again")
                yield _row(task, seed, "needs review", told)
            future.release()
            if waiting:
                running.add(send())


_of_this_process: dict[tuple[Limits, bool], Zygote] = {}


def _grade_there(task: Task, limits: Limits, seed: int, boxed: bool) -> Row:
    if (limits, boxed) not in _of_this_process:
        zygote = _of_this_process[limits, boxed] = Zygote(limits, boxed=boxed)
        zygote.wait_until_warm()
    return grade(task, _of_this_process[limits, boxed], limits, seed)


def joined(note: str, more: str) -> str:
    return "; ".join(filter(None, (note, more)))
