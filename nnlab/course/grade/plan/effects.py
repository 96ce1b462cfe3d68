"""What one statement binds, reads and may change, told from its syntax alone: nothing is executed.

Where the syntax does not tell, more is said to be read and changed, not less: then too much is executed, seldom too
little (an object that two names share in a way that is not seen here; a method called `sum` that changes its object).
"""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nnlab.course.grade.plan.objects import Objects

_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


@dataclass(frozen=True)
class Effects:
    """What a statement does.

    Attributes:
        binds: the names that it sets, and, as "f()", what the functions among them may return; `maybe`, those of them
            that it does not set on every path.
        loads: the names that it reads while it is executed.
        late: the names that functions made by it read, when they are called.
        mutates: the names whose objects it may change; `late_mutates`, those that its functions may change.
        shares: the names whose objects, or parts of them, it may keep under one of the names `keeps`, which are those
            that it binds and those of objects into which it stores.
        calls: what it calls while it is executed, but for what always gives the same: names of the notebook's own,
            "torch.nn.Linear" of what was imported, and "" for the rest.
        dynamic: does it set or read names in a way that the syntax does not show?
        asks: its calls of nnlab's own, with the number of an exercise: {("check", "05.1")}.
    """

    binds: frozenset[str]
    maybe: frozenset[str]
    loads: frozenset[str]
    late: frozenset[str]
    mutates: frozenset[str]
    late_mutates: frozenset[str]
    shares: frozenset[str]
    keeps: frozenset[str]
    calls: frozenset[str]
    dynamic: bool
    asks: frozenset[tuple[str, str]]


def effects(node: ast.stmt, origins: Mapping[str, str]) -> Effects:
    """What the statement does, where `origins` are the imports before it: {"np": "numpy", "fit": "nnlab.fit"}.

    >>> found = effects(ast.parse("y[0] = np.mean(x)").body[0], {"np": "numpy"})
    >>> sorted(found.loads), sorted(found.mutates)
    (['np', 'x', 'y'], ['y'])
    """
    reader = _Reader(origins)
    reader.visit(node)
    reader.close()
    return Effects(
        frozenset(reader.binds),
        frozenset(reader.binds - reader.sure),
        frozenset(reader.loads),
        frozenset(reader.late),
        frozenset(reader.mutates),
        frozenset(reader.late_mutates),
        frozenset(reader.shares),
        frozenset(reader.binds | reader.stores),
        frozenset(reader.calls),
        reader.dynamic,
        frozenset(reader.asks),
    )


class _Reader(Objects):
    """Reads one scope, in the order of execution. `sure` are the names that are set at this point on every path."""

    def __init__(self, origins: Mapping[str, str], parameters: Iterable[str] = ()) -> None:
        super().__init__(origins)
        self.sure = set(parameters)
        self.binds: set[str] = set()
        self.loads: set[str] = set()
        self.late: set[str] = set()
        self.late_mutates: set[str] = set()
        self.shares: set[str] = set()
        self.returns: set[str] = set()
        self._global: set[str] = set()

    def close(self) -> None:
        """Follow changes and shares back to the names that are read from outside."""
        self.mutates = self._sources(self.mutates)
        self.shares = self._sources(self.binds | self.stores)
        self.returns = self._sources(self.returns)

    def _sources(self, names: set[str]) -> set[str]:
        found = set(names)
        for targets, sources in reversed(self.links):
            if targets & found:
                found |= sources
        return {name for name in found if name.removesuffix("()") in self.loads | self.late}

    def block(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node:
                self.visit(node)

    # Names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id)
        elif isinstance(node.ctx, ast.Load) and node.id not in self.sure:
            self.loads.add(node.id)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Nothing; `generic_visit` would take its time."""

    def _bind(self, name: str | None) -> None:
        if name:
            self.binds.add(name)
            self.sure.add(name)

    def _bind_function(self, name: str, returned: set[str]) -> None:
        self._bind(name)
        self._bind(f"{name}()")
        self.links.append(({name, f"{name}()"}, returned))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.dynamic |= alias.name == "*"
            self._bind((alias.asname or alias.name).partition(".")[0])

    visit_Import = visit_ImportFrom = _import

    def visit_Global(self, node: ast.Global) -> None:
        self._global.update(node.names)
        self.dynamic = True

    # Assignments: the value before the target

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._assign(target, node.value)
            if isinstance(node.value, ast.Lambda) and isinstance(target, ast.Name):
                self._bind_function(target.id, self.roots(node.value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value:
            self.visit(node.value)
            self._assign(node.target, node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._assign(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name) and node.target.id not in self.sure:
            self.loads.add(node.target.id)
        self.change(node.target)  # an array or a list is changed in place
        self.visit(node.target)

    def _assign(self, target: ast.AST, value: ast.AST) -> None:
        self._link(target, value)
        self.visit(target)

    def _link(self, target: ast.AST, value: ast.AST) -> None:
        self.links.append((_names(target), self.roots(value)))

    def _part(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.store(node)
        self.generic_visit(node)

    visit_Attribute = visit_Subscript = _part

    # Branches: what is set in one of them is not set for certain

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._branches(node.body, node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._branches(node.body, [])
        self._branches(node.orelse, [])

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._link(node.target, node.iter)
        self._branches([node.target, *node.body], [])
        self._branches(node.orelse, [])

    visit_For = visit_AsyncFor = _for

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            if item.optional_vars:
                self._link(item.optional_vars, item.context_expr)
        self.generic_visit(node)

    visit_With = visit_AsyncWith = _with

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        self._branches([*node.body, *node.orelse], *([handler] for handler in node.handlers))
        self.block(node.finalbody)

    visit_Try = visit_TryStar = _try

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.block([node.type])
        self.sure |= {node.name} if node.name else set()  # deleted where the handler ends
        self.block(node.body)

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        self._branches(*([case] for case in node.cases), [])

    def _capture(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        self.generic_visit(node)
        self._bind(node.rest if isinstance(node, ast.MatchMapping) else node.name)

    visit_MatchAs = visit_MatchStar = visit_MatchMapping = _capture

    def _branches(self, *blocks: Iterable[ast.AST]) -> None:
        before, ends = self.sure, []
        for block in blocks:
            self.sure = set(before)
            self.block(block)
            ends.append(self.sure)
        self.sure = set.intersection(*ends)

    # Scopes of their own

    def _comprehension(self, node: _Comprehension) -> None:
        before = set(self.sure)
        for part in node.generators:
            self.visit(part.iter)
            self._link(part.target, part.iter)
            self.sure |= _names(part.target)
            self.block(part.ifs)
        self.block([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.sure = before

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def _def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.block(node.decorator_list)
        if not all(self.origin(d).startswith("builtins.") for d in node.decorator_list):
            self.calls.add("")
        returned = self._function(node.args, node.body)
        self.block([node.returns])
        self._bind_function(node.name, returned)

    visit_FunctionDef = visit_AsyncFunctionDef = _def

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node.args, [node.body])

    def _return(self, node: ast.Return | ast.Yield | ast.YieldFrom) -> None:
        self.generic_visit(node)
        self.returns |= self.roots(node.value) if node.value else set()

    visit_Return = visit_Yield = visit_YieldFrom = _return

    def _function(self, args: ast.arguments, body: Iterable[ast.AST]) -> set[str]:
        """Read a function; the names whose objects it may return."""
        parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
        self.block([*args.defaults, *args.kw_defaults, *(p.annotation for p in parameters)])
        inside = _Reader(self.origins, (p.arg for p in parameters))
        inside.block(body)
        inside.close()
        own = (inside.binds - inside._global).union(p.arg for p in parameters)
        self.late |= (inside.loads | inside.late) - own
        self.late_mutates |= (inside.mutates | inside.late_mutates | inside._global) - own
        self.dynamic |= inside.dynamic
        self.asks |= inside.asks
        return inside.returns - own

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.block([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)])
        outside = set(self.binds), set(self.sure)
        self.block(node.body)  # executed at once; what it sets are attributes
        attributes = self.binds - outside[0]
        self.binds, self.sure = outside
        self._bind_function(node.name, attributes)


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
