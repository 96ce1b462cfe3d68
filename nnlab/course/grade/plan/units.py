"""From cells to units, the top-level statements, and who binds and who changes each name."""

import ast
import linecache
import re
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType

from nnlab.course.grade.plan.effects import Effects, effects
from nnlab.course.grade.plan.magics import parse
from nnlab.course.grade.plan.purity import BUILTINS

_SEEDS = re.compile(r"(manual_)?seed(_\w+)?|(set|fix)_(\w+_)?seeds?")
_NNLAB = {name: f"nnlab.{name}" for name in ("answer", "check", "hint", "progress")}  # even where no cell imports them
_FUNCTIONS = (ast.FunctionDef, ast.ClassDef)
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)
_DEFINITIONS = (ast.Import, ast.ImportFrom, *_FUNCTIONS, *_ASSIGNMENTS)


@dataclass(frozen=True)
class Cell:
    """A code cell; `own` is False where it stands word for word in the notebook that students were given."""

    source: str
    own: bool


@dataclass(frozen=True)
class Unit(Effects):
    """A top-level statement, where it stands, and what it does. An import of several names is a unit for each.

    Attributes:
        cell: the index of its cell; `number` counts the units of the notebook.
        own: it is the student's own.
        given: it is the student's own, or stands beside a TODO of the book: an answer may be among its names.
        blank: the names that it binds whose TODO still stands.
    """

    cell: int
    number: int
    node: ast.stmt
    own: bool
    given: bool
    blank: frozenset[str]

    @property
    def definition(self) -> bool:
        """An import, a function, a class or a plain value: what it does hangs on the names that it loads alone."""
        return isinstance(self.node, _DEFINITIONS) and not self.calls and not self.dynamic

    @property
    def makes_function(self) -> bool:
        """Does it define a function or a class, and call nothing meanwhile?"""
        return isinstance(self.node, _FUNCTIONS) and self.definition

    @property
    def assigns(self) -> bool:
        """Does it set names to the value of an expression?"""
        return isinstance(self.node, _ASSIGNMENTS) and not self.dynamic

    @property
    def seeds(self) -> bool:
        """Does it but seed random numbers that all the notebook draws from?"""
        match self.node:
            case ast.Expr(ast.Call(func=ast.Name(name) | ast.Attribute(attr=name))):
                return bool(_SEEDS.fullmatch(name))
        return False


class Notebook:
    """The units of a notebook, in its order, and who binds and who changes each name.

    A cell that cannot be read gives no unit; `faults` says why, by the cell's index.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells
        self.texts: dict[int, str] = {}  # as they were parsed: magics are comments
        self.units: list[Unit] = []
        self.faults: dict[int, str] = {}
        origins = BUILTINS | _NNLAB
        for index, cell in enumerate(cells):
            try:
                self.texts[index], units, origins = _read(cell, index, len(self.units), origins)
                self.units += units
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                self.faults[index] = f"{type(error).__name__}: {error}"
        # Does a cell of the student's own set names in a way that the syntax does not show?
        self.dynamic = any(unit.own and unit.dynamic for unit in self.units)
        self.changes = _changes(self.units)
        self.binders: dict[str, list[int]] = defaultdict(list)
        self.touching: dict[str, list[int]] = defaultdict(list)  # the units that bind, change or share a name
        for unit, changes in zip(self.units, self.changes, strict=True):
            for name in unit.binds:
                self.binders[name].append(unit.number)
            for name in unit.binds | unit.shares | changes:
                self.touching[name].append(unit.number)


def _changes(units: Sequence[Unit]) -> list[frozenset[str]]:
    """The names whose objects each unit may change: by itself, or by functions that it may call."""
    by: dict[str, frozenset[str]] = defaultdict(frozenset)
    makers = [unit for unit in units if unit.late or unit.late_mutates]
    grown = True
    while grown:  # functions that call functions that ...
        grown = False
        for unit in makers:
            names = unit.late_mutates.union(*(by[name] for name in unit.late & by.keys()))
            for name in unit.binds if names else ():
                grown |= not names <= by[name]
                by[name] |= names
    found = []
    for unit in units:
        called, own = unit.loads, unit.mutates
        if not unit.definition:  # it may call the functions that it makes
            called, own = called | unit.late, own | unit.late_mutates
        found.append(own.union(*(by[name] for name in called & by.keys())))
    return found


def code(notebook: Notebook, unit: Unit) -> CodeType:
    """The unit, to be executed: tracebacks and `inspect.getsource` find the line in its cell, `<cell 12>`.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `compile`, for what only looks like Python.
    """
    name = f"<cell {unit.cell + 1}>"
    text = notebook.texts[unit.cell]
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(ast.Module([unit.node], []), name, "exec", dont_inherit=True)


def _read(cell: Cell, index: int, first: int, origins: dict[str, str]) -> tuple[str, list[Unit], dict[str, str]]:
    """A cell's text as it was parsed, its units, numbered from `first`, and the origins of names after it.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is not Python, or no Python that can be read.
    """
    text, tree = parse(cell.source)
    nodes = [part for node in tree.body for part in _split(node)]
    blanks = [_blank(node) if "..." in text else frozenset() for node in nodes]
    given = cell.own or any(blanks) or any(map(_is_todo, nodes))
    units = []
    for number, (node, blank) in enumerate(zip(nodes, blanks, strict=True), first):
        does = effects(node, origins)
        if does.binds:
            origins = {n: origin for n, origin in origins.items() if n not in does.binds} | _imported(node)
        units.append(Unit(**vars(does), cell=index, number=number, node=node, own=cell.own, given=given, blank=blank))
    return text, units, origins


def _imported(node: ast.stmt) -> dict[str, str]:
    match node:
        case ast.Import(names=[ast.alias(name, str(asname))]):
            return {asname: name}
        case ast.Import(names=[ast.alias(name)]):
            return {(root := name.partition(".")[0]): root}
        case ast.ImportFrom(module=str(module), names=[ast.alias(name, asname)]):
            return {asname or name: f"{module}.{name}"}
    return {}


def _split(node: ast.stmt) -> list[ast.stmt]:
    """An import of several names as one for each; `from __future__` as nothing."""
    if isinstance(node, ast.Import):
        return [ast.copy_location(ast.Import([alias]), node) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = node.names if node.module != "__future__" else []
        return [ast.copy_location(ast.ImportFrom(node.module, [alias], node.level), node) for alias in names]
    return [node]


# TODOs


def _is_todo(node: ast.AST) -> bool:
    """A bare `...`, or one that is assigned or returned."""
    match node:
        case ast.Expr(value) | ast.Assign(value=value) | ast.AnnAssign(value=value) | ast.Return(value):
            return isinstance(value, ast.Constant) and value.value is ...
    return False


def _blank(node: ast.AST) -> frozenset[str]:
    """The names that this statement binds to a TODO, as `LocalBox.state` would see it."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if any(map(_is_todo, ast.walk(node))):
            return frozenset([name])
        case ast.Assign(targets=[ast.Tuple(targets)], value=ast.Tuple(values)) if len(targets) == len(values):
            pairs = zip(targets, values, strict=True)
            return frozenset().union(*(_blank(ast.Assign([target], value)) for target, value in pairs))
        case ast.Assign() | ast.AnnAssign() if _is_todo(node):
            return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return frozenset()
