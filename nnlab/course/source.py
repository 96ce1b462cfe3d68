"""A chapter's source: `book/chapters/NN_name.py`, Jupytext py:percent, the single truth of text, code and solutions.

Read and checked here, before anything is executed: a broken file is told with its cell and its mend.
"""

import ast
import hashlib
import itertools
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from nnlab.errors import ChapterError

PARAMETERS = ("SEED", "FAST", "DEVICE")
BEHIND = {"claim", "artifact"}  # tags of the cells that only the build runs: neither on a page nor in a student's copy
WIDTH = 88  # characters of code that fit beside the table of contents
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_CHECK = re.compile(r"""^\s*check\(\s*["'](\d\d\.\d+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class Chapter:
    """One chapter: its notebook as it stands in the source, solutions and claims included."""

    path: Path
    notebook: NotebookNode

    @property
    def name(self) -> str:
        """'06_multilayer_perceptron'"""
        return self.path.stem

    @property
    def number(self) -> str:
        """'06'"""
        return self.name[:2]

    @cached_property
    def title(self) -> str:
        return self.notebook.cells[0].source.partition("\n")[0].removeprefix("# ").strip()

    @cached_property
    def text(self) -> str:
        """All its Markdown."""
        return "\n\n".join(c.source for c in self.notebook.cells if c.cell_type == "markdown")

    @cached_property
    def reads_fast(self) -> bool:
        """Does its code ask for `FAST`? If not, it is the same in both tiers."""
        cells = [c for c in self.notebook.cells if c.cell_type == "code" and "parameters" not in tags(c)]
        return any(re.search(r"\bFAST\b", c.source) for c in cells)

    @cached_property
    def solutions(self) -> dict[str, str]:
        """The book's own answer to each exercise: the code of its solution cells, without the markers."""
        found: dict[str, str] = {}
        waiting: list[str] = []
        for cell in self.notebook.cells:
            if cell.cell_type != "code":
                continue
            if is_solution(cell):
                waiting.append(solved_code(cell.source))
            for id in _CHECK.findall(cell.source):
                if waiting:
                    found[id] = "\n\n".join(waiting)
                    waiting = []
        return found


def chapters(root: Path) -> list[Chapter]:
    """Every chapter of the course, in order.

    Raises:
        ChapterError: one of them is broken, or two carry the same number.
    """
    found = [read(path) for path in sorted((root / "book" / "chapters").glob("*.py"))]
    for one, next_one in itertools.pairwise(found):
        if one.number == next_one.number:
            raise ChapterError(f"{one.name} and {next_one.name} carry the same number: rename one of them")
    return found


def read(path: Path) -> Chapter:
    """Read one chapter and check what can be checked without running it.

    Raises:
        ChapterError: what is wrong, in which cell, and how it should be.
    """
    if not re.fullmatch(r"\d\d_[a-z0-9_]+\.py", path.name):
        raise ChapterError(f"{path.name}: a chapter's file is named like 06_multilayer_perceptron.py")
    try:
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    except Exception as error:  # jupytext, YAML and the decoder each raise their own
        raise ChapterError(f"{path.name} cannot be read as Jupytext py:percent: {error}") from error
    if notebook.cells and notebook.cells[0].cell_type == "raw":  # a Jupytext header: what it says is set here
        del notebook.cells[0]
    notebook.metadata = nbformat.from_dict(_METADATA)
    name_cells(notebook)
    chapter = Chapter(path, notebook)
    faults = list(_faults(chapter))
    if faults:
        raise ChapterError(f"{path.name} is broken:\n" + "\n".join(f"  {fault}" for fault in faults))
    return chapter


def name_cells(notebook: NotebookNode) -> None:
    """Give each cell an id made from what it holds, so that the same notebook is written as the same bytes."""
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        content = f"{cell.cell_type}\n{cell.source}"
        seen[content] += 1
        cell.id = hashlib.sha256(f"{content}\n{seen[content]}".encode()).hexdigest()[:16]


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def is_behind(cell: NotebookNode) -> bool:
    """Does only the build run this cell?"""
    return not BEHIND.isdisjoint(tags(cell))


def is_solution(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and BEGIN in cell.source


def solved_code(code: str) -> str:
    """The code without the solution markers."""
    return "\n".join(line for line in code.splitlines() if BEGIN not in line and END not in line)


def student_code(code: str) -> str:
    """The code with a TODO in place of each solution.

    Where a block ends in an assignment or a return, that is kept, so that the name is there for the cells below.

    >>> print(student_code('''### BEGIN SOLUTION: add the two
    ... total = a + b
    ... ### END SOLUTION'''))
    total = ...  # TODO: add the two
    """
    lines: list[str] = []
    block: list[str] | None = None
    for line in code.splitlines():
        if BEGIN in line:
            block, marker = [], line
        elif END in line and block is not None:
            indent = marker[: len(marker) - len(marker.lstrip())]
            task = marker.partition(BEGIN)[2].lstrip(": ").strip() or "your code"
            lines.append(f"{indent}{_stub(block)}  # TODO: {task}")
            block = None
        elif block is not None:
            block.append(line)
        else:
            lines.append(line)
    return "\n".join(lines)


def _stub(block: list[str]) -> str:
    """`...`, or `name = ...` or `return ...` where the block ends in one."""
    code = textwrap.dedent("\n".join(block))
    try:
        last = ast.parse(f"def _():\n{textwrap.indent(code, ' ')}").body[0].body[-1]  # type: ignore[attr-defined]
    except (SyntaxError, IndexError):
        return "..."
    if isinstance(last, ast.Return):
        return "return ..."
    if isinstance(last, ast.Assign):
        targets = last.targets[0].elts if isinstance(last.targets[0], ast.Tuple | ast.List) else last.targets
        if all(isinstance(t, ast.Name) for t in targets):
            return " = ".join([*map(ast.unparse, targets), "..."])
    return "..."


def _faults(chapter: Chapter) -> Iterator[str]:
    cells = chapter.notebook.cells
    if not cells or cells[0].cell_type != "markdown" or not cells[0].source.startswith("# "):
        yield "the first cell must be Markdown that begins with the chapter's title, `# Title`"
        return
    parameters = [c for c in cells if "parameters" in tags(c)]
    if len(parameters) != 1 or not all(re.search(rf"^{p}\b.*=", parameters[0].source, re.M) for p in PARAMETERS):
        yield f'one cell with tags=["parameters"] must set {", ".join(PARAMETERS)}, a line each'
    said = _bare(chapter.text)
    open_solution = ""
    for n, cell in enumerate(cells, 1):
        if cell.cell_type != "code":
            continue
        where = f"cell {n} ({cell.source.strip().partition(chr(10))[0][:60]})"
        markers = re.findall(f"{BEGIN}|{END}", cell.source)
        if markers != [BEGIN, END] * (len(markers) // 2):
            yield f"{where}: `{BEGIN}` and `{END}` must come in pairs, in this order"
            continue
        tree = _parse(cell.source)
        if isinstance(tree, str):
            yield f"{where}: {tree}"
            continue
        if markers:
            open_solution = where
        for id in _CHECK.findall(cell.source):
            if not id.startswith(chapter.number):
                yield f'{where}: check("{id}") is of another chapter than {chapter.number}'
            open_solution = ""
        wide = [line for line in cell.source.splitlines() if len(line) > WIDTH]
        if wide and not is_behind(cell):
            yield f"{where}: a page shows {WIDTH} characters of code; wrap the line {wide[0].strip()[:60]}…"
        if "claim" in tags(cell):
            yield from (f"{where}: {fault}" for fault in _unfounded(tree, said))
    if open_solution:
        yield f'{open_solution}: no check("{chapter.number}.…") follows this solution'
    yield from _names_from_behind(cells)


def _names_from_behind(cells: list[NotebookNode]) -> Iterator[str]:
    """Cells that read what a cell behind the page has bound last: the student's notebook does not have it."""
    hidden: set[str] = set()
    for n, cell in enumerate(cells, 1):
        tree = _parse(cell.source) if cell.cell_type == "code" else ""
        if isinstance(tree, str):
            continue
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                bound.add(node.name)
            elif isinstance(node, ast.alias):
                bound.add((node.asname or node.name).partition(".")[0])
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
        if is_behind(cell):
            hidden |= bound
            continue
        hidden -= bound
        lost = {node.id for node in names if isinstance(node.ctx, ast.Load)} & hidden
        if lost:
            first_line = cell.source.strip().partition("\n")[0][:60]
            yield (
                f"cell {n} ({first_line}): it uses {', '.join(sorted(lost))}, which a cell behind the page has set "
                "last, and students do not get those: set it in a cell that they see"
            )


def _parse(code: str) -> ast.Module | str:
    """The cell's syntax tree, or what is wrong with it. IPython's own lines (%magic, !shell) are passed over."""
    plain = re.sub(r"^(\s*)[%!?].*$", r"\1pass", code, flags=re.MULTILINE)
    try:
        return ast.parse(plain)
    except SyntaxError as error:
        return f"line {error.lineno} is not Python: {error.msg}"


def _unfounded(tree: ast.Module, said: str) -> Iterator[str]:
    """Claims whose quotation does not stand in the chapter's text."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "claim"]
    if not calls:
        yield "a cell with the tag `claim` calls `claim(quotation, …)`"
    for call in calls:
        quotation = call.args[0] if call.args else None
        if not isinstance(quotation, ast.Constant) or not isinstance(quotation.value, str):
            yield "a claim's quotation must be a plain string, so that it can be looked for in the text"
        elif _bare(quotation.value) not in said:
            yield f'the text does not say "{quotation.value}": quote it word for word, or mend the text'


def _bare(text: str) -> str:
    """Text as it reads: without emphasis, code and formula marks, white space made even."""
    return " ".join(re.sub(r"\\,|[*`$]", "", text).split())
