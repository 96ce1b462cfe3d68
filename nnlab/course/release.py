"""From the chapters' sources to what students open: notebooks with TODOs in place of solutions, and no outputs."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode

from nnlab.course import myst
from nnlab.course.nbgrader import CONFIG, announced_code, mark
from nnlab.course.site.config import repository
from nnlab.course.source import Chapter, is_behind, name_cells, read, solved_code, student_code, tags
from nnlab.errors import ChapterError, UnknownExercise

REFERENCE = Path("nnlab", "exercises", "reference.json")
_JUPYTER_BOOKS_OWN = ("colon_fence", "dollarmath", "linkify", "substitution", "tasklist")
_INSTALL = """\
# Colab lacks the course's package, and gets it here. Where it is installed, this does nothing.
import importlib.util

if importlib.util.find_spec("nnlab") is None:
    %pip install -q "nnlab @ git+{place.url}@{place.branch}\""""


def release(
    root: Path, *, check: bool = False, solved: bool = False, nbgrader: bool = False, out: Path | None = None
) -> int:
    """Make the students' notebooks and the reference answers, and write those that have changed.

    Args:
        root: the checkout.
        check: write nothing; list what is out of step.
        solved: with the solutions, for teachers; asks for `out`.
        nbgrader: with the solutions and nbgrader's marks, an assignment a chapter; asks for `out`, the course's folder.
        out: the folder to write notebooks to, instead of notebooks/ (which brings the reference answers, too).

    Returns:
        The exit status: 1 where `check` has found something out of step.

    Raises:
        ChapterError: what is wrong with the chapters, all of it. Then nothing is written.
    """
    if nbgrader and (solved or check):
        raise ChapterError("--nbgrader makes notebooks of a kind of its own: leave out --solved and --check")
    if (solved or nbgrader) and out is None:
        kind = "nbgrader's source" if nbgrader else "solved"
        raise ChapterError(f"{kind} notebooks do not belong into notebooks/: say where they go with --out FOLDER")
    folder = out or root / "notebooks"
    book, faults = _read(root)
    contexts = _contexts(root, book)
    wanted: dict[Path, str] = {}
    for chapter in book:
        try:
            if nbgrader:
                # No link to Colab: what it opens there is the notebook without marks, to which nbgrader gives 0 points.
                notebook = _notebook(chapter, contexts[chapter.name], announced_code, colab=False)
                mark(notebook, chapter)
                path = folder / "source" / chapter.name / f"{chapter.name}.ipynb"
            else:
                notebook = _notebook(chapter, contexts[chapter.name], solved_code if solved else student_code)
                path = folder / f"{chapter.name}.ipynb"
            wanted[path] = nbformat.writes(notebook) + "\n"
        except (ChapterError, UnknownExercise) as error:
            faults.append(str(error))
    if faults:
        raise ChapterError("\n".join(faults))
    if nbgrader:
        settings = folder / "nbgrader_config.py"
        if _state(settings, CONFIG) == "stale":  # it is the teacher's, who has more to set
            print(f"{_shown(settings, root)} is kept: see that it sets ClearSolutions.code_stub and Execute.timeout")
        else:
            wanted[settings] = CONFIG
    left_over: list[Path] = []
    if out is None:
        left_over = [path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")) if path not in wanted]
        # The book's own solution of each exercise, which `answer` runs where a student's is not right yet.
        solutions = {id: code for chapter in book for id, code in chapter.solutions.items()}
        wanted[root / REFERENCE] = json.dumps(solutions, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return _check(root, wanted, left_over) if check else _write(root, wanted, left_over)


def _check(root: Path, wanted: Mapping[Path, str], left_over: Sequence[Path]) -> int:
    told = [f"{_shown(path, root)} is {state}" for path in wanted if (state := _state(path, wanted[path]))]
    told += [f"{_shown(path, root)} is left over: no chapter has this name" for path in left_over]
    print("\n".join([*told, "run `nnlab release`"]) if told else "the notebooks are in step with the chapters")
    return 1 if told else 0


def _write(root: Path, wanted: Mapping[Path, str], left_over: Sequence[Path]) -> int:
    changed = [path for path in wanted if _state(path, wanted[path])]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[path].encode())
        print(f"{_shown(path, root)} written")
    for path in left_over:
        path.unlink()
        print(f"{_shown(path, root)} removed: no chapter has this name")
    print(f"{len(wanted) - len(changed)} of {len(wanted)} files were up to date")
    return 0


def _state(path: Path, text: str) -> str:
    """'missing', 'stale', or '' where the file holds just this text."""
    if not path.exists():
        return "missing"
    return "" if path.read_bytes() == text.encode() else "stale"


def _shown(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


def _read(root: Path) -> tuple[list[Chapter], list[str]]:
    """The chapters that can be read, and what is wrong with the others."""
    book: list[Chapter] = []
    faults: list[str] = []
    for path in sorted((root / "book" / "chapters").glob("*.py")):
        try:
            book.append(read(path))
        except ChapterError as error:
            faults.append(str(error))
    return book, faults


def _contexts(root: Path, book: Sequence[Chapter]) -> dict[str, myst.Context]:
    """What the references of each chapter can mean."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8")) or {}
    extensions = tuple((config.get("parse") or {}).get("myst_enable_extensions") or _JUPYTER_BOOKS_OWN)
    # Every page by its title: a chapter that cannot be read is there nevertheless, and can be linked to.
    titles = {f"chapters/{path.stem}": path.stem for path in (root / "book" / "chapters").glob("*.py")}
    titles |= {f"chapters/{chapter.name}": chapter.title for chapter in book}
    texts = {f"chapters/{chapter.name}": _texts(chapter) for chapter in book}
    for path in (root / "book").rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        page = path.relative_to(root / "book").with_suffix("").as_posix()
        titles[page] = next((line[2:].strip() for line in text.split("\n") if line.startswith("# ")), path.stem)
        texts[page] = [text]
    labels = {
        name: label for page, of_page in texts.items() for name, label in myst.labels(of_page, page, extensions).items()
    }
    place = repository(root)
    works = myst.Bibliography(root / "book" / "references.bib")
    return {
        chapter.name: myst.Context(
            page=f"chapters/{chapter.name}",
            works=works,
            place=place,
            titles=titles,
            labels=labels,
            cited=myst.citations(_texts(chapter), extensions),
            extensions=extensions,
        )
        for chapter in book
    }


def _texts(chapter: Chapter) -> list[str]:
    return [cell.source for cell in chapter.notebook.cells if cell.cell_type == "markdown"]


def _notebook(
    chapter: Chapter, context: myst.Context, code: Callable[[str], str], *, colab: bool = True
) -> NotebookNode:
    """The chapter without the cells behind its page, its text as CommonMark and its code as `code` rewrites it."""
    cells: list[NotebookNode] = []
    faults: list[str] = []
    for number, cell in enumerate(chapter.notebook.cells, 1):
        if is_behind(cell):
            continue
        if cell.cell_type == "markdown":
            try:
                text = myst.to_commonmark(cell.source, context)
            except ChapterError as error:
                begins = cell.source.strip().partition("\n")[0][:60]
                faults += [
                    f"{chapter.path.name}, cell {number} ({begins}), {fault}" for fault in str(error).split("\n")
                ]
                continue
            if text.strip():  # a cell that holds but a label or a comment says nothing here
                cells.append(nbformat.v4.new_markdown_cell(text))
        elif cell.cell_type == "code":
            cells.append(nbformat.v4.new_code_cell(code(cell.source)))
            if tags(cell):
                cells[-1].metadata["tags"] = tags(cell)
    if faults:
        raise ChapterError("\n".join(faults))
    if colab:
        title, _, rest = cells[0].source.partition("\n")
        link = context.place.in_colab(f"notebooks/{chapter.name}.ipynb")
        cells[0].source = f"{title}\n\n[Open in Colab]({link})\n{rest}".rstrip("\n")
    install = _INSTALL.format(place=context.place)
    cells.insert(1, nbformat.v4.new_code_cell(install))
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=chapter.notebook.metadata)
    name_cells(notebook)
    nbformat.validate(notebook)
    return notebook
