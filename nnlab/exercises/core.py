"""An exercise: its cases, its hints, its slips, and the judge that uses all three.

    @exercise("05.1", "A sigmoid that does not overflow", reads="sigmoid", points=2)
    def sigmoid(ask, rng):
        for z in rng.normal(size=(3, 5)), np.array([-800.0, 0.0, 800.0]):
            ask.close(ask.call("sigmoid", z), scipy.special.expit(z))

    sigmoid.hints("What is exp(800)?", "Compute with exp(-|z|) and choose by sign.")

    @sigmoid.slip("the sign: this is the sigmoid of -z")
    def _(z):
        return 1 / (1 + np.exp(z))

The wrong answers of learners are written as code, so the same lines test the check and diagnose the learner: an
answer that fails a case and replies there as a slip does is told that slip's sentence.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from nnlab.errors import UnknownExercise
from nnlab.exercises.box import Box, BoxGone, LocalBox, Plain, Raised
from nnlab.exercises.compare import cut, difference, same, show

Status = Literal["right", "wrong", "not attempted"]


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one answer. `slip` is the sentence that names a known wrong answer, or ''.

    `raised`: it is wrong because it raised an error.
    """

    exercise: Exercise
    status: Status
    message: str = ""
    slip: str = ""
    raised: bool = False

    @property
    def points(self) -> int:
        return self.exercise.points if self.status == "right" else 0


class _Stop(Exception):
    """The answer has shown that it is wrong, and there is nothing left to ask of it."""


class Ask:
    """Asks a box, compares its replies with what is expected, and keeps the first failure."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._given: Callable[[], str] = str
        self.replies: list[Plain] = []
        self.failure = ""
        self.failed_at = -1  # index of the reply that was wrong

    def value(self, path: str) -> Plain:
        """The plain value of a name of the notebook, or of a dotted path from one."""
        return self._keep(self._box.value(path), lambda: path)

    def letters(self, name: str) -> str:
        """The letters that an answer names, sorted: "BD" of "b, d", "B and D", ["D", "B"] or "(B) (D)"."""
        reply = self.value(name)
        text = " ".join(map(str, reply)) if isinstance(reply, list | np.ndarray) else reply
        words = re.findall(r"[^\W\d_]+", text.upper()) if isinstance(text, str) else []
        return "".join(sorted(set("".join([word for word in words if len(word) == 1] or words))))

    def diagnosis(self, right: str, of: str, otherwise: str) -> None:
        """The learner's `diagnosis` must be the letter `right`; `otherwise` goes on after the wrong one: "B …"."""
        letter = self.letters("diagnosis")
        choices = f"{', '.join(of[:-1])} or {of[-1]}"
        self.true(letter in tuple(of), f"diagnosis is to be one letter: {choices}", given="diagnosis")
        self.true(letter == right, f"{letter} {otherwise}", given="diagnosis")

    def call(self, path: str, *args: Any, **kwargs: Any) -> Plain:
        """What the learner's function, model or method returns for these arguments."""

        def question() -> str:
            shown = [show(a) for a in args] + [f"{k}={show(v)}" for k, v in kwargs.items()]
            return f"{path}({', '.join(shown)})"

        return self._keep(self._box.call(path, args, kwargs), question)

    def layers(self, path: str) -> list[dict[str, Plain]]:
        """The leaf modules of a PyTorch model: each a dict of its type, parameter count and sizes."""
        return self._keep(self._box.layers(path), lambda: f"the layers of {path}")

    def parts(self, reply: Plain, *names: str, given: str = "") -> list[Plain]:
        """The items of a reply that returns several things, one for each name; another form ends the questions."""
        if not isinstance(reply, list) or len(reply) != len(names):
            told = f"got       {show(reply)}\n{len(names)} things are to be returned: {', '.join(names)}"
            self.true(False, told, given=given)
            raise _Stop
        return reply

    def close(self, got: Plain, expected: Any, *, given: str = "", rtol: float = 1e-5, atol: float = 1e-7) -> None:
        """`got` must be `expected` in form (shape, length, keys) and within `atol + rtol * |expected|` in value."""
        self.true(not (told := difference(got, expected, rtol, atol)), told, given=given)

    def equal(self, got: Plain, expected: Any, *, given: str = "") -> None:
        """`got` must be `expected`, exactly."""
        self.close(got, expected, given=given, rtol=0, atol=0)

    def true(self, condition: bool, otherwise: str, *, given: str = "") -> None:
        """`condition` must hold; `otherwise` says to the learner what does not."""
        if not condition and not self.failure:
            self.failed_at = len(self.replies) - 1
            self.failure = cut(f"for       {given or self._given()}\n{otherwise}", 3000)

    def _keep(self, reply: Plain | Raised, question: Callable[[], str]) -> Plain:
        self._given = question  # put into words only where something fails: to show an array takes a millisecond
        self.replies.append(reply)
        if isinstance(reply, Raised):
            where = f" (in the line: {reply.line})" if reply.line else ""
            self.true(False, f"it raised {reply.kind}: {reply.message}{where}")
            raise _Stop
        return reply


@dataclass(frozen=True)
class Slip:
    """A wrong answer that learners give: the sentence that names it, and the names as they would define them."""

    sentence: str
    names: Callable[[], Mapping[str, Any]]


@dataclass
class Exercise:
    id: str
    title: str
    reads: tuple[str, ...]
    points: int
    body: Callable[[Ask, np.random.Generator], None]
    hint_texts: tuple[str, ...] = ()
    slips: list[Slip] = field(default_factory=list)
    _slip_replies: dict[int, list[list[Plain]]] = field(default_factory=dict, repr=False)

    def hints(self, *texts: str) -> None:
        """Hints, from a nudge to nearly the answer; `hint` gives them one by one."""
        self.hint_texts = texts

    def slip(self, sentence: str, *value: Any, make: bool = False, **named: Any) -> Callable[[Callable], Callable]:
        """Declare a wrong answer and the sentence that names it.

        `slip("…", 32)` or `slip("…", w=1.0, b=0.0)` for plain answers; as a decorator for a function that is the
        answer; with `make=True` for a function that returns it (a model; a dict where several names are read).
        """

        def declare(function: Callable) -> Callable:
            def names() -> Mapping[str, Any]:
                answer: Any = function() if make else function
                return answer if len(self.reads) > 1 else {self.reads[0]: answer}

            self.slips.append(Slip(sentence, names))
            return function

        if value or named:
            fixed = named or {self.reads[0]: value[0]}
            self.slips.append(Slip(sentence, lambda: fixed))
        return declare

    def judge(self, box: Box, seed: int = 0) -> Verdict:
        """Ask the box this exercise's cases, drawn from `seed`, and say what came of it."""
        waiting = [n for n in self.reads if box.state(n) != "there"]
        if waiting:
            missing = [n for n in waiting if box.state(n) == "missing"]
            told = (
                f"{' and '.join(missing)} not defined yet: run the cell above" if missing else "the TODO still stands"
            )
            return Verdict(self, "not attempted", told)
        ask = self._interview(box, seed)
        if not ask.failure:
            return Verdict(self, "right")
        if ask.replies and ask.replies[ask.failed_at] is ...:
            return Verdict(self, "not attempted", "the answer is still `...`")
        raised = 0 <= ask.failed_at < len(ask.replies) and isinstance(ask.replies[ask.failed_at], Raised)
        return Verdict(self, "wrong", ask.failure, self._diagnose(ask, seed), raised)

    def _interview(self, box: Box, seed: int) -> Ask:
        ask = Ask(box)
        try:
            self.body(ask, np.random.default_rng([seed, *self.id.encode()]))
        except _Stop:
            pass
        except BoxGone:
            raise
        except Exception as error:
            # An answer of another form than this exercise foresaw; after a failure, its consequence.
            ask.true(
                False,
                f"got       {show(ask.replies[-1] if ask.replies else None)}\n"
                f"which cannot be judged: {type(error).__name__}: {error}",
            )
        return ask

    def _diagnose(self, ask: Ask, seed: int) -> str:
        """The sentence of the slip that replies as the learner did where she failed, and most often elsewhere."""
        if seed not in self._slip_replies:  # one seed judges a whole class
            boxes = [LocalBox(slip.names()) for slip in self.slips]
            self._slip_replies[seed] = [self._interview(box, seed).replies for box in boxes]
        best, sentence, failed = 0, "", ask.failed_at
        for slip, other in zip(self.slips, self._slip_replies[seed], strict=True):
            if not 0 <= failed < min(len(other), len(ask.replies)) or not same(ask.replies[failed], other[failed]):
                continue
            agreed = sum(same(a, b) for a, b in zip(ask.replies, other, strict=False))
            if agreed > best:
                best, sentence = agreed, slip.sentence
        return sentence


_DECLARED: dict[str, Exercise] = {}


def exercise(id: str, title: str, *, reads: str | Iterable[str], points: int = 1) -> Callable[[Callable], Exercise]:
    """Declare an exercise: the decorated function asks its cases. `reads` names what the learner defines."""

    def declare(body: Callable[[Ask, np.random.Generator], None]) -> Exercise:
        names = (reads,) if isinstance(reads, str) else tuple(reads)
        _DECLARED[id] = Exercise(id, title, names, points, body)
        return _DECLARED[id]

    return declare


def chapters() -> list[str]:
    """The numbers of the chapters that have exercises: ['02', '06']."""
    package = importlib.import_module("nnlab.exercises")
    return sorted(
        m.name[2:] for m in pkgutil.iter_modules(package.__path__) if m.name[:2] == "ch" and m.name[2:].isdigit()
    )


def find(id: str) -> Exercise:
    """The exercise of this number.

    Raises:
        UnknownExercise: there is none; the message lists those of its chapter, or the chapters.
    """
    chapter = str(id).partition(".")[0]
    if chapter not in chapters():
        raise UnknownExercise(
            f'there is no exercise {id!r}: numbers look like "02.1", and the chapters with exercises are '
            f"{', '.join(chapters())}"
        )
    known = of_chapter(chapter)
    if id not in [e.id for e in known]:
        raise UnknownExercise(f"there is no exercise {id!r}: chapter {chapter} has {', '.join(e.id for e in known)}")
    return _DECLARED[id]


def of_chapter(chapter: str) -> list[Exercise]:
    """The exercises of one chapter, in order."""
    importlib.import_module(f"nnlab.exercises.ch{chapter}")
    return sorted((e for e in _DECLARED.values() if e.id.startswith(f"{chapter}.")), key=lambda e: e.id)
