"""From the chapters' sources to the site: execute what changed, lay out the pages, let Jupyter Book render them."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import nbformat

from nnlab.course import execute
from nnlab.course.site.figures import prepare
from nnlab.course.source import Chapter, chapters
from nnlab.errors import BuildError, ChapterError


def build(
    root: Path, *, only: Iterable[str] = (), tier: execute.Tier = execute.FULL, jobs: int = 0, force: bool = False
) -> Path:
    """Build the whole site, or execute the chapters `only` and build it with what the others left, if anything.

    Returns:
        The page to open, `_build/html/index.html`.

    Raises:
        ChapterError: a source is broken, or `only` names no chapter.
        ExecutionFailed: a cell raised an error, or a claim is false.
        BuildError: Jupyter Book warned of something.
    """
    book = chapters(root)
    chosen = _chosen(book, list(only))
    execute.execute(chosen, root / "_build", tier, jobs=jobs, force=force)
    stage(root, book, tier)
    render(root)
    publish(root, book, tier)
    print(summary(root, book, tier))
    absent = [c.number for c in book if execute.last_run(c, root / "_build", tier) is None]
    if absent:
        print(f"without outputs, as never executed: chapters {', '.join(absent)} (`nnlab build` executes all)")
    return root / "_build" / "html" / "index.html"


def stage(root: Path, book: list[Chapter], tier: execute.Tier) -> None:
    """Lay out what Jupyter Book reads in `_build/source`; a file that has not changed is not touched."""
    source = root / "_build" / "source"
    kept: set[Path] = set()
    for path in sorted((root / "book").rglob("*")):
        if path.is_file() and "chapters" not in path.relative_to(root / "book").parts:
            target = source / path.relative_to(root / "book")
            kept.add(target)
            _put(target, path.read_bytes())
    for chapter in book:
        notebook = execute.executed(chapter, root / "_build", tier)
        run = execute.last_run(chapter, root / "_build", tier)
        notebook.metadata["nnlab"] = {"seconds": run.seconds, "peak_mb": run.peak_mb} if run else {}
        target = source / "chapters" / f"{chapter.name}.ipynb"
        kept.add(target)
        _put(target, nbformat.writes(prepare(notebook, chapter.number)).encode())
    for path in sorted(source.rglob("*"), reverse=True):
        if path.is_file() and path not in kept:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def render(root: Path) -> None:
    """Run Jupyter Book over `_build/source`; a warning is an error.

    Raises:
        BuildError: what Jupyter Book said.
    """
    command = [
        Path(sys.executable).parent / "jupyter-book", "build", root / "_build" / "source", "--config",
        root / "_config.yml", "--toc", root / "_toc.yml", "--path-output", root, "-W", "-n", "--keep-going", "-q",
    ]  # fmt: skip
    status, said = _run(list(map(str, command)), root)
    if status:
        faults = [_readable(line) for line in said.splitlines() if "WARNING" in line or "ERROR" in line]
        raise BuildError("Jupyter Book found fault:\n" + ("\n".join(faults) or said[-6000:]))


def publish(root: Path, book: list[Chapter], tier: execute.Tier) -> None:
    """Put what the chapters left (samples, networks, weights) beside the pages: `artifacts/NN_name/…`."""
    target = root / "_build" / "html" / "artifacts"
    kept: set[Path] = set()
    for chapter in book:
        run = execute.last_run(chapter, root / "_build", tier)
        left = root / "_build" / execute.tier_of(chapter, tier).artifacts / chapter.name
        for name in run.artifacts if run else ():
            kept.add(target / chapter.name / name)
            _put(target / chapter.name / name, (left / name).read_bytes())
    for path in [p for p in target.rglob("*") if p.is_file() and p not in kept]:
        path.unlink()


def _run(command: list[str], root: Path) -> tuple[int, str]:
    """Exit status and output of a command, none of whose processes is left: a pipe would wait for those that are."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(command, cwd=root, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            status = process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        said.seek(0)
        return status, said.read()


def _readable(line: str) -> str:
    """A message of Sphinx without colours, and with the cell where myst-nb counts 10 000 lines for each."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", line)
    return re.sub(
        r"\S*?(\w+)\.ipynb:(\d+)\d{4}: ", lambda found: f"{found[1]}, cell {int(found[2]) + 1} of the page: ", plain
    )


def summary(root: Path, book: list[Chapter], tier: execute.Tier) -> str:
    """A table of the chapters with their time and peak memory, and the page to open."""
    rows = [(c, run) for c in book if (run := execute.last_run(c, root / "_build", tier))]
    lines = [f"{'chapter':42}{'seconds':>8}{'peak MiB':>10}"]
    lines += [f"{c.name:42}{run.seconds:8.1f}{run.peak_mb:10.0f}" for c, run in rows]
    lines.append(
        f"{'together':42}{sum(run.seconds for _, run in rows):8.1f}{max(run.peak_mb for _, run in rows):10.0f}"
    )
    return "\n".join([*lines, "", f"open {root / '_build' / 'html' / 'index.html'}"])


def pack(root: Path) -> Path:
    """The site as one zip that opens from a double click: `_build/nnlab-book.zip`.

    Raises:
        BuildError: there is no site yet.
    """
    html = root / "_build" / "html"
    if not (html / "index.html").exists():
        raise BuildError("there is no site yet: run `nnlab build` first")
    target = root / "_build" / "nnlab-book.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in html.rglob("*") if p.is_file()):
            # A fixed date, so that the same site is packed as the same bytes.
            entry = zipfile.ZipInfo(f"nnlab-book/{path.relative_to(html).as_posix()}", (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return target


def _chosen(book: list[Chapter], only: list[str]) -> list[Chapter]:
    unknown = [n for n in only if n not in [c.number for c in book]]
    if unknown:
        known = ", ".join(c.number for c in book)
        raise ChapterError(f"there is no chapter {', '.join(unknown)}; the chapters are {known}")
    return [c for c in book if not only or c.number in only]


def _put(target: Path, content: bytes) -> None:
    """Sphinx reads a page again when its file is newer: so a page that is the same is left alone."""
    if target.exists() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
