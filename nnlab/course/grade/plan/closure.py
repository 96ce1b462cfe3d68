"""What an answer depends on: from name to name, where each was bound, and all that changed its object since."""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping

from nnlab.course.grade.plan.purity import BUILTINS
from nnlab.course.grade.plan.units import Notebook, Unit


def closure(notebook: Notebook, answers: Mapping[str, Unit], position: int) -> list[int]:
    """The numbers of the units that these answers need, in the order of execution."""
    units = notebook.units
    end = sum(unit.cell <= position for unit in units)  # number of the first unit after the exercise
    needs: dict[int, set[int]] = {}  # of a unit: those to be executed before it
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[int | None, str, int]] = []  # who asks for which name, as it stands before which unit

    def need(asker: int | None, number: int, at: int) -> None:
        if asker is not None:
            needs[asker].add(number)
        if number not in needs:
            needs[number] = set()
            waiting.extend((number, name, number) for name in units[number].loads)
        # Its functions may be called by who asks for it, by the judge, and by itself.
        callers = [(asker, at), (None, end)] + ([] if units[number].definition else [(number, number)])
        for caller, when in callers:
            if (number, when) not in seen:
                seen.add((number, when))
                waiting.extend((caller, name, when) for name in units[number].late)

    for name, unit in answers.items():
        for number in [unit.number, *_changing(notebook, name, [unit.number], end)]:
            need(None, number, end)
        if name in unit.maybe:
            waiting.append((unit.number, name, unit.number))
    while waiting:
        while waiting:
            asker, name, at = waiting.pop()
            for number in _sources(notebook, asker, name, at):
                need(asker, number, at)
        executed = max((k for k in needs if not units[k].definition), default=0)
        for unit in units[:executed]:
            if unit.seeds and unit.number not in needs:
                need(None, unit.number, unit.number)
    return _ordered(needs)


def _sources(notebook: Notebook, asker: int | None, name: str, at: int) -> set[int]:
    """The units that make `name` what it is just before unit `at`."""
    stars = notebook.binders.get("*", [])
    found = _binding(notebook, name, at) or stars[: bisect_left(stars, at)]
    if not found and name not in BUILTINS and not (asker is not None and name in notebook.units[asker].binds):
        before, at = at, len(notebook.units)
        found = _binding(notebook, name, at) or stars or _binding(notebook, name, before, todo=True)
    return {*found, *_changing(notebook, name, found, at)} - {asker}


def _binding(notebook: Notebook, name: str, before: int, *, todo: bool = False) -> list[int]:
    """The last unit before that binds the name, and further ones where it does so on some paths only.

    TODOs are passed over, but where they are what is asked for.
    """
    found: list[int] = []
    numbers = notebook.binders.get(name, [])
    for k in range(bisect_left(numbers, before) - 1, -1, -1):
        unit = notebook.units[numbers[k]]
        if todo == (name in unit.blank):
            found.append(unit.number)
            if name not in unit.maybe:
                break
    return found


def _changing(notebook: Notebook, name: str, bound: Iterable[int], before: int) -> set[int]:
    """The units that may change the object of this name, which the units `bound` bind, or a part of it."""
    births: set[tuple[int, str]] = set()
    found = {(number, name) for number in bound}
    changing: set[int] = set()
    while not found <= births:
        births |= found
        changing, found = _followed(notebook, _traced(notebook, births), before)
    return changing


def _traced(notebook: Notebook, births: set[tuple[int, str]]) -> set[tuple[int, str]]:
    """Births of names (the unit that binds it, the name), and those from which they may have their objects."""
    waiting = list(births)
    while waiting:
        number, _ = waiting.pop()
        new = _shared(notebook, number) - births
        births |= new
        waiting += new
    return births


def _shared(notebook: Notebook, number: int) -> set[tuple[int, str]]:
    return {(k, name) for name in notebook.units[number].shares for k in _binding(notebook, name, number)}


def _followed(notebook: Notebook, births: set[tuple[int, str]], before: int) -> tuple[set[int], set[tuple[int, str]]]:
    """Go once through the notebook, from these births on.

    Returns:
        The units that may change one of the objects; the births of what they store in one of them.
    """
    changing: set[int] = set()
    stored: set[tuple[int, str]] = set()
    alive: set[str] = set()  # the names that the objects have here
    waiting = sorted(births)
    while waiting:
        number = waiting[0][0]
        here: set[str] = set()
        while waiting and waiting[0][0] == number:
            here.add(heapq.heappop(waiting)[1])
        unit, changes = notebook.units[number], notebook.changes[number]
        old, new = here & alive, {name for name in here if (number, name) in births}
        if old & changes:
            changing.add(number)
        if old & (unit.keeps - unit.binds):
            stored |= _shared(notebook, number)
            new |= unit.shares
        if old & (changes | unit.shares):
            new |= unit.keeps
        else:
            alive -= unit.binds - unit.maybe  # from here on they are other objects
        alive |= new
        for name in (here | new) & alive:
            touching = notebook.touching.get(name, [])
            k = bisect_right(touching, number)
            if k < len(touching) and touching[k] < before:
                heapq.heappush(waiting, (touching[k], name))
    return changing, stored


def _ordered(needs: Mapping[int, Iterable[int]]) -> list[int]:
    """In the notebook's order, but what stands below the unit that needs it before that unit."""
    ordered: list[int] = []
    begun: set[int] = set()
    for first in sorted(needs):
        stack = [] if first in begun else [(first, iter(sorted(needs[first])))]
        begun.add(first)
        while stack:
            number, before = stack[-1]
            following = next((k for k in before if k not in begun), None)
            if following is None:
                ordered.append(number)
                stack.pop()
            else:
                begun.add(following)
                stack.append((following, iter(sorted(needs[following]))))
    return ordered
