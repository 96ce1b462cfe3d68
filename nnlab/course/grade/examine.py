"""One submission, from its cells to an answer for each exercise: the judge's side of it all.

The score comes from cases that are drawn from the teacher's seed. What a student is told of a wrong answer comes from
the cases of the notebook's own check, asked in a fresh box that has seen no others: so no hidden case can reach her.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnlab.course.grade.rows import Answer, Status
from nnlab.course.grade.sandbox import Limits
from nnlab.course.grade.session import Lost, RemoteBox, Session
from nnlab.course.grade.zygote import Zygote
from nnlab.exercises.core import Exercise, Verdict

CHECK_SEED = 0  # `check` in a notebook judges with this one


@dataclass(frozen=True)
class Examined:
    """The answers in the exercises' order, and whether the whole notebook was executed for one of them."""

    answers: tuple[Answer, ...]
    whole: bool


@dataclass
class _Found:
    """What is known of one exercise so far."""

    status: Status
    verdict: Verdict | None = None
    told: str = ""  # of a box that was lost, or of the first error in what the answer depends on
    note: str = ""
    definite: bool = True  # a wrong answer is wrong, whatever else the notebook executes


@dataclass
class Examiner:
    """Examines one submission: `cells` are pairs of a code cell's source and whether it is the student's own.

    `solutions` are the book's. One comes into a box only where a later answer calls `answer(id)`, and only when the
    student's own has been judged there, and was not right: as in the notebook.
    """

    cells: Sequence[tuple[str, bool]]
    exercises: Sequence[Exercise]
    solutions: Mapping[str, str]
    zygote: Zygote
    limits: Limits
    seed: int
    _deadly: dict[int, Lost] = field(default_factory=dict)  # statements that have ended a box
    _deadline: float = 0.0
    _statuses: dict[str, Status] = field(default_factory=dict)

    def examine(self) -> Examined:
        """Ask everything.

        Raises:
            Lost: with the status "tampered": the box has cheated, and nothing from it counts.
            GradeError: no box can be made.
        """
        self._deadline = time.monotonic() + self.limits.wall
        found = self._ask(self.exercises, self.seed, whole=False)
        doubtful = [
            e
            for e in self.exercises
            if found[e.id].status in ("wrong", "error", "not attempted") and not found[e.id].definite
        ]
        second = self._ask(doubtful, self.seed, whole=True)
        # Cells that nothing depends on may hang, or fail before the answer is defined: that says nothing of it.
        second = {id: one for id, one in second.items() if one.status in ("ok", "wrong", "error")}
        found |= second
        wrong = [e for e in self.exercises if found[e.id].status in ("wrong", "error") and found[e.id].verdict]
        again = self._ask([e for e in wrong if e.id not in second], CHECK_SEED, whole=False)
        again |= self._ask([e for e in wrong if e.id in second], CHECK_SEED, whole=True)
        return Examined(tuple(self._answer(e, found[e.id], again.get(e.id)) for e in self.exercises), bool(second))

    def _ask(self, exercises: Iterable[Exercise], seed: int, *, whole: bool) -> dict[str, _Found]:
        """Judge these exercises, in a new box after each that has ended one."""
        waiting = {e.id: e for e in exercises}
        found: dict[str, _Found] = {}
        while waiting:
            began = time.monotonic()
            opened = self.zygote.open()
            self._deadline += time.monotonic() - began  # what a box takes to stand is not the submission's time
            try:
                with Session(opened, self._until()) as session:
                    for id, one in self._judge(session, dict(waiting), seed, whole):
                        found[id] = one
                        self._statuses[id] = one.status
                        del waiting[id]
                    session.goodbye()
            except _Again:
                continue
            except Lost as lost:
                if lost.status == "tampered":
                    raise
                # Before an exercise is reached the notebook is read: if that ends the box, nothing can be asked.
                for id in [lost.exercise] if lost.exercise else list(waiting):
                    found[id] = _Found(lost.status, told=lost.told)
                    self._statuses[id] = lost.status
                    waiting.pop(id, None)
        return found

    def _judge(
        self, session: Session, waiting: dict[str, Exercise], seed: int, whole: bool
    ) -> Iterator[tuple[str, _Found]]:
        reads = {e.id: list(e.reads) for e in self.exercises}
        plans: dict[str, Any] = session.ask("load", [list(c) for c in self.cells], reads, whole)
        for id in sorted(waiting, key=lambda id: (plans[id]["position"], id)):
            plan = plans[id]
            one = _Found("not attempted", note=plan["note"], definite=whole or plan["definite"])
            if plan["fault"] and plan["definite"]:
                one.status, one.told = "error", plan["fault"]
            elif plan["state"] == "there" or whole:
                try:
                    session.deadline = self._deadline if whole else self._until()
                    for earlier in plan["lends"]:
                        if self._statuses.get(earlier, "ok") != "ok" and earlier in self.solutions:
                            session.ask("lend", earlier, self.solutions[earlier])
                    one.told = self._execute(session, id, whole)
                    session.deadline = self._until()
                    one.verdict = waiting[id].judge(RemoteBox(session, id), seed)
                    one.status = _status(one.verdict)
                    one.definite = one.definite and not one.told
                except Lost as lost:
                    lost.exercise = id
                    raise
            yield id, one

    def _execute(self, session: Session, id: str, whole: bool) -> str:
        """Execute what the answer depends on, statement by statement, so that the one that ends a box is known."""
        told = ""
        for number in session.ask_for_numbers("steps", id):
            if number in self._deadly:
                if not whole:
                    raise self._deadly[number]
                session.ask("skip", number)
                continue
            if whole:
                session.deadline = min(self._deadline, time.monotonic() + self.limits.wall / 2)
            try:
                told = told or str(session.ask("step", number) or "")
            except Lost as lost:
                self._deadly[number] = Lost(lost.status, lost.told)
                if whole and lost.status != "tampered" and time.monotonic() < self._deadline:
                    raise _Again from None
                raise
        session.ask("keep", id)
        return told

    def _until(self) -> float:
        return min(self._deadline, time.monotonic() + self.limits.question)

    def _answer(self, exercise: Exercise, found: _Found, again: _Found | None) -> Answer:
        """What is said of one exercise: the score from `found`, the words from `again`, which saw no hidden case."""
        message, slip = found.told, ""
        if found.status == "not attempted":
            message = found.verdict.message if found.verdict else "the TODO still stands"
        elif found.status in ("wrong", "error") and found.verdict:
            slip = found.verdict.slip
            if again and again.verdict and again.verdict.status != "right":
                message, slip = again.verdict.message, again.verdict.slip or slip
                message += f"\nbefore that, in what the answer depends on: {again.told}" if again.told else ""
            elif again and again.verdict:
                message = "right for the numbers of the notebook's own check, and wrong for others like them"
            else:
                message = f"not right; the notebook's own check could not be repeated: {again.told if again else ''}"
        return Answer(
            exercise.id,
            exercise.title,
            found.status,
            exercise.points if found.status == "ok" else 0,
            exercise.points,
            message if found.status != "ok" else "",
            slip,
            found.note,
        )


class _Again(Exception):
    """A statement has ended the box; without it, the rest of the notebook can be executed."""


def _status(verdict: Verdict) -> Status:
    if verdict.status == "right":
        return "ok"
    return "error" if verdict.raised else verdict.status
