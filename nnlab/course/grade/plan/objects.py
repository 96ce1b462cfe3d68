"""Which objects an expression stands for, and which of them a call may change: told by the names."""

import ast
from collections.abc import Mapping

from nnlab.course.grade.plan.purity import (
    KEEPING_METHODS,
    PURE_METHODS,
    STORING_METHODS,
    VIEWS,
    is_fixed,
    is_fresh,
    is_setting,
    keeps_arguments,
)

_DYNAMIC = {"exec", "eval", "globals", "locals", "vars", "setattr", "delattr", "compile", "__import__"}


class Objects(ast.NodeVisitor):
    """Reads calls. `origins` says what imported names are, `sure` which names are set here and hide these.

    Attributes:
        mutates: the names whose objects may be changed; `stores`, those into whose objects something is stored.
        links: pairs of names, and of the names whose objects, or parts of them, these may have.
        calls, dynamic, asks: as in `Effects`.
    """

    def __init__(self, origins: Mapping[str, str]) -> None:
        self.origins = origins
        self.sure: set[str] = set()
        self.mutates: set[str] = set()
        self.stores: set[str] = set()
        self.links: list[tuple[set[str], set[str]]] = []
        self.calls: set[str] = set()
        self.dynamic = False
        self.asks: set[tuple[str, str]] = set()

    def visit_Call(self, node: ast.Call) -> None:
        func, given = node.func, _given(node)
        origin = self.origin(func)
        if not is_fixed(origin):
            self.calls.add(origin or (func.id if isinstance(func, ast.Name) else ""))
        if origin:
            self.change(*([] if keeps_arguments(origin) else given))
            if is_setting(origin):
                self.store(func)
            self._ask(origin, given)
        elif isinstance(func, ast.Attribute):
            if func.attr not in PURE_METHODS:
                self.change(func.value)
            if func.attr in STORING_METHODS:
                self.store(func)
                self.links += [(self.roots(func.value), self.roots(item)) for item in given]
            elif func.attr not in PURE_METHODS | KEEPING_METHODS and not func.attr.startswith("set_"):
                self.change(*given)
        elif not (isinstance(func, ast.Call) and self.origin(func.func)):  # `nn.MSELoss()(y_hat, y)` keeps them
            self.change(*given)
        if any(k.arg in ("out", "inplace") for k in node.keywords):
            self.change(func, *given)
        self.generic_visit(node)

    def _ask(self, origin: str, given: list[ast.expr]) -> None:
        module, _, name = origin.rpartition(".")
        if module == "builtins" and name in _DYNAMIC:
            self.dynamic = True
        elif module.startswith("nnlab") and given and isinstance(given[0], ast.Constant):
            self.asks.add((name, str(given[0].value)))

    def origin(self, node: ast.AST) -> str:
        """'numpy.random.shuffle' of `np.random.shuffle`; '' for what was not imported."""
        if isinstance(node, ast.Attribute):
            origin = self.origin(node.value)
            return origin and f"{origin}.{node.attr}"
        return self.origins.get(node.id, "") if isinstance(node, ast.Name) and node.id not in self.sure else ""

    def change(self, *nodes: ast.AST) -> None:
        for node in nodes:
            self.mutates |= self.roots(node)

    def store(self, node: ast.AST) -> None:
        """Into a part of an object, or of a module."""
        names = self.roots(node)
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        names |= {node.id} if isinstance(node, ast.Name) else set()
        self.mutates |= names
        self.stores |= names

    def roots(self, node: ast.AST) -> set[str]:
        """The names whose objects, or parts of them, the value may be. What is imported is not among them."""
        match node:
            case ast.Name():
                return set() if self.origin(node) else {node.id}
            case ast.Attribute() | ast.Subscript() | ast.Starred() | ast.NamedExpr() | ast.Await():
                return self.roots(node.value)
            case ast.Tuple(parts) | ast.List(parts) | ast.Set(parts):
                return set().union(*map(self.roots, parts))
            case ast.Dict(values=parts) | ast.BoolOp(values=parts):
                return set().union(*map(self.roots, parts))
            case ast.Lambda():
                return self.roots(node.body) - {arg.arg for arg in node.args.args}
            case ast.IfExp():
                return self.roots(node.body) | self.roots(node.orelse)
            case ast.BinOp(ast.List() | ast.Tuple()) | ast.BinOp(right=ast.List() | ast.Tuple()):
                return self.roots(node.left) | self.roots(node.right)
            case ast.ListComp(item, parts) | ast.SetComp(item, parts) | ast.GeneratorExp(item, parts) if self.roots(
                item
            ):
                return set().union(*(self.roots(part.iter) for part in parts))
            case ast.DictComp(value=item, generators=parts) if self.roots(item):
                return set().union(*(self.roots(part.iter) for part in parts))
            case ast.Call(func=ast.Attribute(value=value, attr=method)) if not self.origin(node.func):
                if method in PURE_METHODS - VIEWS:
                    return set()
                return self.roots(value).union(*([] if method in KEEPING_METHODS else map(self.roots, _given(node))))
            case ast.Call() if not is_fresh(self.origin(node.func)):
                function = {f"{name}()" for name in self.roots(node.func)}
                return function.union(*map(self.roots, _given(node)))
        return set()


def _given(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(k.value for k in node.keywords)]
