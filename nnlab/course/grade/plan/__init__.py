"""Which statements of a student's notebook an answer depends on, and in which order to execute them.

Told from the code alone, inside the box, before anything of it is executed. An answer is found by its name: the last
cell of the student's own that defines it. From there the plan goes back, name by name, as Python would when the
cells are executed from top to bottom; what stands nowhere above is taken from below, since notebooks get reordered.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nnlab.course.grade.plan.closure import closure
from nnlab.course.grade.plan.purity import is_layer
from nnlab.course.grade.plan.units import Cell, Notebook, Unit, code

__all__ = ["Cell", "Notebook", "Plan", "Unit", "code", "plan", "positions"]


@dataclass(frozen=True)
class Plan:
    """What to execute for an exercise.

    Attributes:
        state: "missing" (a name is bound by no cell of the student's), "blank" (by a TODO), or "there".
        units: in the order of execution.
        definite: the units are imports, definitions, plain values, and what the student's own functions and classes
            make of these, so that the rest of the notebook cannot make a difference: a wrong answer is wrong.
        lends: the exercises whose answers the units take by `answer(id)`; these are not among the units.
        note: what the teacher should know.
        fault: of a cell that would define a name if it could be read, or "".
    """

    state: Literal["missing", "blank", "there"]
    units: tuple[Unit, ...]
    definite: bool
    lends: tuple[str, ...]
    note: str
    fault: str = ""


def plan(notebook: Notebook, id: str, reads: Sequence[str]) -> Plan:
    """The plan of the exercise `id`, which reads these names."""
    answers = {name: _answer(notebook, id, name) for name in reads}
    note = "; ".join(filter(None, (_note(notebook, id, name, answers[name]) for name in reads)))
    open_names = [name for name, unit in answers.items() if not unit or name in unit.blank]
    if open_names:
        state: Literal["missing", "blank"] = "missing" if None in answers.values() else "blank"
        fault = "; ".join(filter(None, (_fault(notebook, name) for name in open_names)))
        return Plan(state, (), not notebook.dynamic, (), note, fault)
    numbers = closure(notebook, {n: unit for n, unit in answers.items() if unit}, _position(notebook, id, answers))
    units = tuple(notebook.units[k] for k in numbers)
    lends = dict.fromkeys(asked for unit in units for asks, asked in sorted(unit.asks) if asks == "answer")
    return Plan("there", units, not notebook.dynamic and _definite(units), tuple(lends), note)


def _definite(units: Sequence[Unit]) -> bool:
    """To call an own function here is as good as if the judge called it, as long as it changes nothing outside."""
    functions = [unit for unit in units if unit.makes_function and not unit.late_mutates]
    own = {name for unit in functions for name in unit.binds}
    return all(u.definition or u.seeds or (u.assigns and all(c in own or is_layer(c) for c in u.calls)) for u in units)


def positions(notebook: Notebook, reads: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """For each exercise the index of the cell after which it is asked when the whole notebook is executed.

    It is the first cell with `check(id)` from the last definition of the answer on; the cell of that definition, where
    no check follows; the last cell, where there is no definition.
    """
    return {
        id: _position(notebook, id, {name: _answer(notebook, id, name) for name in names})
        for id, names in reads.items()
    }


def _position(notebook: Notebook, id: str, answers: Mapping[str, Unit | None]) -> int:
    last = max((unit.number for unit in answers.values() if unit), default=-1)
    checks = [unit for unit in notebook.units if ("check", id) in unit.asks]
    following = [unit.cell for unit in checks if unit.number > last]
    if last >= 0:
        return following[0] if following else notebook.units[last].cell
    return following[-1] if following else len(notebook.cells) - 1


def _candidates(notebook: Notebook, id: str, name: str) -> list[Unit]:
    """The units that may hold a student's answer, the best last."""
    units = [notebook.units[k] for k in notebook.binders.get(name, ())]
    given = [unit for unit in units if unit.given and ("answer", id) not in unit.asks]
    return sorted(given, key=lambda unit: (name not in unit.blank, unit.own, unit.number))


def _answer(notebook: Notebook, id: str, name: str) -> Unit | None:
    return next(reversed(_candidates(notebook, id, name)), None)


def _fault(notebook: Notebook, name: str) -> str:
    """Of the cells that cannot be read: those that look as if they define this name."""
    defines = re.compile(rf"\b(def|class)\s+{re.escape(name)}\b|^[\w\s,]*\b{re.escape(name)}\b[\w\s,]*=", re.MULTILINE)
    broken = [c for c in notebook.faults if defines.search(notebook.cells[c].source)]
    told = {c: notebook.faults[c].replace("<unknown>, ", "") for c in broken}
    return "; ".join(f"cell {c + 1}, which has {name}, cannot be read: {told[c]}" for c in broken)


def _note(notebook: Notebook, id: str, name: str, answer: Unit | None) -> str:
    if not answer or name in answer.blank:
        return ""
    cells = {unit.cell + 1 for unit in _candidates(notebook, id, name) if unit.own and name not in unit.blank}
    if len(cells) < 2:
        return ""
    *others, last = map(str, sorted(cells))
    return f"{name} is defined in cells {', '.join(others)} and {last}: the last one counts"
