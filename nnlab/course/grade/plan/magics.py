"""What IPython adds to Python, made harmless: magics, shell lines, question marks."""

import ast
import re
import warnings

_MAGIC = re.compile(r"^\s*(\w[\w, ]*=\s*)?[%!?]|\?\s*$|^\s*>>> ", re.MULTILINE)
_AROUND = ("%%time", "%%timeit", "%%capture")  # cell magics around a body that is executed as it stands


def parse(source: str) -> tuple[str, ast.Module]:
    """A cell's text as Python, line by line, and its syntax tree.

    >>> text, tree = parse("%%time\\nfiles = !ls\\n%time w = f(1)")
    >>> text.splitlines()[0], ast.unparse(tree)
    ('# %%time', 'files = []\\nw = f(1)')

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is not Python, or no Python that can be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return source, ast.parse(source)
        except SyntaxError:
            if not _MAGIC.search(source):
                raise
            source = _without_magics(source)
            return source, _Harmless().visit(ast.parse(source))


def _without_magics(source: str) -> str:
    """IPython's lines as calls of its shell, cell magics as comments; the lines keep their numbers."""
    from IPython.core.inputtransformer2 import TransformerManager

    begin = source.rfind("\n", 0, len(source) - len(source.lstrip())) + 1
    source = "#\n" * source.count("\n", 0, begin) + source[begin:]  # IPython would drop empty lines at the beginning
    while magic := re.match(r"(?:#.*\n)*(%%\w+)", source):
        if magic[1] not in _AROUND:
            return "#"
        source = f"{source[: magic.start(1)]}# {source[magic.start(1) :]}"
    return TransformerManager().transform_cell(source)


class _Harmless(ast.NodeTransformer):
    """Puts nothing in place of calls of IPython's shell, and the statement in place of `%time statement`."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        match node.value:
            case ast.Call(args=[ast.Constant("time" | "prun"), ast.Constant(str(text))]) if _is_shells(node.value):
                body = ast.parse(text).body
                for inner in (inner for statement in body for inner in ast.walk(statement)):
                    ast.copy_location(inner, node)
                return body or ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not _is_shells(node):
            return self.generic_visit(node)
        lines = isinstance(node.func, ast.Attribute) and node.func.attr == "getoutput"  # files = !ls
        return ast.copy_location(ast.List([], ast.Load()) if lines else ast.Constant(None), node)


def _is_shells(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Call(func=ast.Name("get_ipython"))):
            return True
    return False
