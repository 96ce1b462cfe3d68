"""The side inside the box: executes what answers depend on, and answers the judge's questions about them.

It shares its process with the student's code, so nothing that it says is believed: the judge takes plain data from it
and decides. It holds no case, no reference solution and no other submission.
"""

import ast
import builtins
import io
import json
import math
import os
import random
import socket
import struct
import sys
import traceback
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nnlab.course.grade import wire
from nnlab.course.grade.plan import Cell, Notebook, Plan, Unit, code, plan, positions
from nnlab.exercises.box import LocalBox, Raised


class Worker:
    """The state of one submission: its notebook, the names that it has defined so far, and the answers among them."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", "FAST": True}
        self.answers: dict[str, dict[str, Any]] = {}
        self.lent: dict[str, dict[str, Any]] = {}
        self._done: set[int] = set()  # statements, by their numbers
        self._bound: dict[str, int] = {}  # by which statement each name was bound last
        self._broken: set[int] = set()  # cells of which a statement has raised: a notebook leaves out the rest

    def load(self, cells: list, wanted: dict[str, list[str]], whole: bool) -> dict[str, Any]:
        """Read the notebook; what is to be done for each exercise, and after which cell it stands."""
        self.wanted, self.whole = wanted, whole
        self.notebook = Notebook([Cell(source, own) for source, own in cells])
        self.plans: dict[str, Plan] = {id: plan(self.notebook, id, reads) for id, reads in wanted.items()}
        self.positions = positions(self.notebook, wanted)
        install(self)
        return {
            id: {
                "state": p.state,
                "definite": p.definite,
                "lends": list(p.lends),
                "note": p.note,
                "fault": p.fault,
                "position": self.positions[id],
            }
            for id, p in self.plans.items()
        }

    def steps(self, id: str) -> list[int]:
        """The numbers of the statements that are still to be executed for this exercise, in order."""
        units: Sequence[Unit] = self.plans[id].units
        if self.whole:
            units = [u for u in self.notebook.units if u.cell <= self.positions[id]]
        wanted, bound = [], dict(self._bound)
        for unit in units:
            # What only defines is defined again where another exercise has bound the name anew.
            lost = unit.definition and any(bound.get(name) != unit.number for name in unit.binds)
            if unit.number not in self._done or (lost and not self.whole):
                wanted.append(unit.number)
                bound |= dict.fromkeys(unit.binds, unit.number)
        return wanted

    def step(self, number: int) -> str:
        """Execute one statement; the error that it raised, or ''."""
        self._done.add(number)
        unit = self.notebook.units[number]
        if unit.cell in self._broken:
            return ""
        self._bound |= dict.fromkeys(unit.binds, number)
        try:
            exec(code(self.notebook, unit), self.names)
        except BaseException as error:  # sys.exit too: it ends a cell, not the work
            if self.whole:
                self._broken.add(unit.cell)
            lines = [f.line for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("<cell")]
            return f"{type(error).__name__}: {_text(error)}" + (f" (in the line: {lines[-1]})" if lines else "")
        if "FAST" in unit.binds:
            self.names["FAST"] = True
        return ""

    def skip(self, number: int) -> None:
        """Pass over a statement that has ended a box before, and over the rest of its cell."""
        self._done.add(number)
        self._broken.add(self.notebook.units[number].cell)

    def keep(self, id: str) -> None:
        """Take the names that the exercise reads as they stand now."""
        self.answers[id] = {n: self.names[n] for n in self.wanted[id] if n in self.names}

    def lend(self, id: str, solution: str) -> None:
        """Let `answer(id)` give the book's: the judge sends it when the student's own is judged and not right."""
        for unit in self.notebook.units:
            if isinstance(unit.node, ast.Import | ast.ImportFrom) and unit.number not in self._done:
                self.step(unit.number)
        names = dict(self.names)
        exec(compile(solution, f"<the book's solution of {id}>", "exec"), names)
        self.lent[id] = {name: names[name] for name in self.wanted[id]}

    def answer(self, id: str) -> Any:
        """What `answer(id)` gives here: what was lent, or the student's own."""
        if id not in self.answers and id not in self.lent:
            if id not in self.plans:
                raise RuntimeError(f"answer({id!r}): there is no such exercise in this notebook")
            for number in self.steps(id):
                self.step(number)
            self.keep(id)
        found = self.lent.get(id) or self.answers[id]
        if len(found) < len(self.wanted[id]) or any(value is ... for value in found.values()):
            raise RuntimeError(f"answer({id!r}): this exercise is open")
        return tuple(found.values()) if len(found) > 1 else next(iter(found.values()))

    def box(self, id: str) -> LocalBox:
        """The names as they stood when this exercise was reached."""
        return LocalBox({**self.names, **self.answers.get(id, {})})


def install(worker: Worker) -> None:
    """Put quiet stand-ins where a notebook finds the checks, and what a notebook has that a script lacks."""
    checks: Any = types.ModuleType("nnlab.exercises")
    for name in "check", "hint", "progress", "require":
        setattr(checks, name, _nothing)
    checks.answer = worker.answer
    sys.modules["nnlab.exercises"] = checks
    nnlab: Any = sys.modules.get("nnlab")
    if nnlab:
        for name in "exercises", "check", "hint", "progress", "answer", "require":
            setattr(nnlab, name, checks if name == "exercises" else getattr(checks, name))
    # A copy of the builtins, so that patches of them reach the student's code only.
    own = types.ModuleType("builtins")
    own.__dict__.update(builtins.__dict__)
    sys.modules["builtins"] = own
    main = types.ModuleType("__main__")
    main.__dict__.update(worker.names, __builtins__=own, display=_nothing, get_ipython=_Anything())
    sys.modules["__main__"] = main
    worker.names = main.__dict__


class _Anything:
    """Takes any call and gives itself: in the place of IPython's shell, for magics."""

    def __call__(self, *args: Any, **kwargs: Any) -> "_Anything":
        return self

    def __getattr__(self, name: str) -> "_Anything":
        return self


def _nothing(*args: Any, **kwargs: Any) -> None:
    """In the place of what only shows something to a reader."""


def serve(channel: socket.socket) -> None:
    """Answer the judge's requests, in order, until it says goodbye or is gone."""
    me, worker = os.getpid(), Worker()
    intact = [(module.__dict__, dict(module.__dict__)) for module in (json, math, np, random, struct)]

    def restore() -> None:
        for names, before in intact:  # what the student's code has patched there would spoil her own answers
            names.update(before)

    sys.stdin = io.StringIO()
    quiet()
    doing: dict[str, Callable[..., Any]] = {
        "load": worker.load,
        "steps": worker.steps,
        "step": worker.step,
        "skip": worker.skip,
        "keep": worker.keep,
        "lend": worker.lend,
        "state": lambda id, name: worker.box(id).state(name),
        "value": lambda id, path: worker.box(id).value(path),
        "call": lambda id, path, args, kwargs: worker.box(id).call(path, args, kwargs),
        "layers": lambda id, path: worker.box(id).layers(path),
        "goodbye": lambda: None,
    }
    expected = 0
    while True:
        try:
            expected, (do, arguments) = wire.receive(channel)
        except EOFError:
            return
        try:
            restore()
            reply = doing[do](*arguments)
        except BaseException as error:  # what a box says may be an error, but it always says something
            reply = Raised(type(error).__name__, _text(error))
        restore()
        if os.getpid() != me:  # the student's code has forked: the copy has nothing to say
            os._exit(0)
        try:
            wire.send(channel, expected, reply)
        except (TypeError, ValueError, RecursionError) as error:
            wire.send(channel, expected, Raised(type(error).__name__, _text(error)))
        except wire.TooLarge as error:
            wire.send(channel, expected, Raised("ValueError", f"the answer is larger than any can be: {error}"))
        if do == "goodbye":
            return


def quiet() -> None:
    """The same random numbers for all, one thread, and no windows."""
    random.seed(0)
    np.random.seed(0)
    torch = sys.modules.get("torch")
    if torch:
        torch.manual_seed(0)
        torch.set_num_threads(1)


def _text(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except BaseException:  # a student's own exception class may do anything here
        return "an error without a message"
