"""What a notebook says about its exercises: `check`, `hint`, `progress`, `answer`; and `require`, for autograders.

No server, no account, no file beside the notebook: what has been checked is kept in this process.
"""

import json
import secrets
import sys
from importlib import resources
from typing import Any

from nnlab.errors import UnknownExercise
from nnlab.exercises.box import LocalBox
from nnlab.exercises.core import Exercise, Verdict, find, of_chapter

__all__ = ["answer", "check", "hint", "progress", "require"]

_judged: dict[str, tuple[Verdict, dict[str, Any]]] = {}  # the last verdict, and the objects that it is about
_lent: dict[str, dict[str, Any]] = {}  # the book's answers that `answer` gave: no achievement of the learner's
_hints_given: dict[str, int] = {}


def check(id: str) -> None:
    """Check the answer to an exercise and print what is right, or what is wrong and where.

    Raises:
        UnknownExercise: no exercise has this number.
    """
    verdict = _judge(id, sys._getframe(1).f_globals)
    head = f"{id} {verdict.exercise.title}"
    if verdict.status == "right":
        print(f"✓ {head}: right ({_points(verdict.exercise.points)})")
    elif verdict.status == "not attempted":
        print(f"– {head}: not attempted ({verdict.message})")
    else:
        print(f"✗ {head}: not yet")
        print("\n".join(f"  {line}" for line in verdict.message.splitlines()))
        if verdict.slip:
            print(f"  This looks like a known slip: {verdict.slip}")
        print(f'  hint("{id}") gives a hint.')


def hint(id: str) -> None:
    """Print the next hint of an exercise; the last one is repeated."""
    texts = find(id).hint_texts
    given = min(_hints_given.get(id, 0) + 1, len(texts))
    _hints_given[id] = given
    print(f"hint {given} of {len(texts)}: {texts[given - 1]}")


def progress() -> None:
    """Print where one stands in the chapters whose exercises have been checked since the notebook was started."""
    seen = sorted({id.partition(".")[0] for id in _judged})
    if not seen:
        print('nothing checked yet: run a cell such as check("02.1")')
    for chapter in seen:
        exercises = of_chapter(chapter)
        verdicts = [_judged.get(e.id, (None, {}))[0] for e in exercises]
        earned = sum(v.points for v in verdicts if v)
        print(f"chapter {chapter}: {earned} of {_points(sum(e.points for e in exercises))}")
        for e, v in zip(exercises, verdicts, strict=True):
            mark = {"right": "✓", "wrong": "✗"}.get(v.status if v else "", "–")
            print(f"  {mark} {e.id} {e.title} ({_points(v.points if v else 0)} of {e.points})")


def answer(id: str) -> Any:
    """Your answer where its check has passed; otherwise the book's, and a line that says so.

    Cells that build on an exercise call this, so that an open exercise stops nothing below it. Where the exercise
    reads several names, they come as a tuple.
    """
    names = sys._getframe(1).f_globals
    exercise = find(id)
    if _judge(id, names).status == "right":
        found = names
    else:
        print(f"{id}: your answer has not passed its check, so the book's is used from here on")
        reference = _reference(id, names)
        found = _lent[id] = {n: reference[n] for n in exercise.reads}
    answers = tuple(found[n] for n in exercise.reads)
    return answers if len(answers) > 1 else answers[0]


def require(id: str, seed: int | None = None) -> None:
    """Raise unless the answer is right: the hidden test of an autograder such as nbgrader.

    The cases are fresh ones at each call, so they cannot be learnt; the message tells the `seed` that brings them back.

    Raises:
        AssertionError: the answer is wrong or not attempted: what is wrong with it, and the slip that explains it.
        UnknownExercise: no exercise has this number.
    """
    names = sys._getframe(1).f_globals
    exercise = find(id)
    seed = secrets.randbits(32) if seed is None else seed
    verdict = _lent_verdict(exercise, names) or exercise.judge(LocalBox(names), seed)
    if verdict.status != "right":
        told = f"{id} {exercise.title}: {verdict.status} (seed {seed})\n{verdict.message}"
        raise AssertionError(f"{told}\nThis looks like a known slip: {verdict.slip}" if verdict.slip else told)


def _judge(id: str, names: dict[str, Any]) -> Verdict:
    exercise = find(id)
    if told := _lent_verdict(exercise, names):
        return told
    objects = {n: names.get(n) for n in exercise.reads}
    verdict, judged = _judged.get(id, (None, {}))
    # A right answer needs no second judgement; a wrong one may have been mended in place.
    if not verdict or verdict.status != "right" or any(judged[n] is not objects[n] for n in objects):
        verdict = exercise.judge(LocalBox(names))
        _judged[id] = verdict, objects
    return verdict


def _lent_verdict(exercise: Exercise, names: dict[str, Any]) -> Verdict | None:
    """The verdict where a name still holds what `answer` has lent; None where none does."""
    # Numbers and strings cannot be told apart by identity: equal ones are often one object.
    lent = {n: o for n, o in _lent.get(exercise.id, {}).items() if not isinstance(o, int | float | str | tuple | None)}
    if any(names.get(n) is o for n, o in lent.items()):
        return Verdict(exercise, "not attempted", "this is the book's answer: run the cell with your own again")
    return None


def _reference(id: str, names: dict[str, Any]) -> dict[str, Any]:
    """The names as the book's own solution defines them, made in a copy of the notebook's namespace."""
    file = resources.files("nnlab.exercises") / "reference.json"
    cells = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if id not in cells:
        raise UnknownExercise(f"the book's solution of {id} is not in this copy of nnlab; authors: run `nnlab release`")
    copy = dict(names)
    exec(compile(cells[id], f"<the book's solution of {id}>", "exec"), copy)
    return copy


def _points(n: int) -> str:
    return f"{n} point" if n == 1 else f"{n} points"
