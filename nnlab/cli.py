"""The command `nnlab`: builds, tests and releases the course. `make VERB` is `python -m nnlab VERB`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nnlab.course import bootstrap
from nnlab.errors import NnlabError

_THREADS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 when it went well."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments[:2] == ["grade", "export"]:  # argparse knows no verb of a verb that has arguments of its own
        arguments[:2] = ["grade-export"]
    options, rest = _parser().parse_known_args(arguments)
    if rest and not getattr(options, "passes_on", False):
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        root = _root()
        if options.extra:
            bootstrap.ensure(root, options.extra)
        return options.command(root, options, rest) or 0
    except NnlabError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nnlab", description="Build, test and release the course.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, command, help: str, *, extra: str = "book", passes_on: bool = False):
        added = verbs.add_parser(name, help=help, description=help)
        added.set_defaults(command=command, extra=extra, passes_on=passes_on)
        return added

    for name in "book", "build":
        book = verb(name, _build, "execute what changed and build the site, _build/html")
        book.add_argument("--only", metavar="NN", action="append", default=[], help="execute only this chapter")
        book.add_argument("--fast", action="store_true", help="fewer steps: the same cells and claims, sooner")
        book.add_argument("--jobs", type=int, default=0, help="chapters executed at a time (default: one a core)")
        book.add_argument("--force", action="store_true", help="execute even what has not changed")
    for name in "release", "notebooks":
        release = verb(name, _release, "make the students' notebooks from the chapters")
        release.add_argument("--check", action="store_true", help="write nothing; fail where one is out of step")
        release.add_argument("--solved", action="store_true", help="with the solutions, into the folder --out")
        release.add_argument("--nbgrader", action="store_true", help="nbgrader's sources, into the folder --out")
        release.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: notebooks/)")
    grade = verb(
        "grade", _grade, "grade submissions, untrusted, in a box (`grade export` hands marks on)", extra="grade"
    )
    grade.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help="a folder or a downloaded zip")
    grade.add_argument("--out", type=Path, metavar="DIR", default=Path("grades"), help="where to (default: grades)")
    grade.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at a time (default: one a core)")
    grade.add_argument("--engine", choices=("threads", "dask"), default="threads", help="who grades")
    grade.add_argument("--scheduler", metavar="ADDRESS", default="", help="of a dask cluster (default: made here)")
    grade.add_argument("--seed", type=int, help="what hidden cases are drawn from (default: drawn, and kept in DIR)")
    grade.add_argument("--limit", type=float, metavar="SECONDS", default=60.0, help="for one submission (default: 60)")
    grade.add_argument("--memory", type=float, metavar="GB", default=2.0, help="for one submission (default: 2)")
    grade.add_argument("--trust", action="store_true", help="without a box: only for files that are your own")
    export = verb("grade-export", _export, "give the marks of a grading to Canvas or nbgrader", extra="grade")
    export.prog = "nnlab grade export"
    export.add_argument("grades", type=Path, nargs="?", metavar="DIR", default=Path("grades"), help="of `nnlab grade`")
    export.add_argument("--canvas", type=Path, metavar="FILE", help="a gradebook that Canvas has exported")
    export.add_argument(
        "--column", metavar="NN=TITLE", action="append", default=[], help="the column of a chapter, if it is not plain"
    )
    export.add_argument("--out", type=Path, metavar="FILE", help="the filled gradebook (default: in DIR)")
    export.add_argument("--nbgrader", metavar="DB", help="nbgrader's gradebook.db, or a database address")
    verb("doctor", _doctor, "say what this machine has of what the course needs, and what to do", extra="")
    verb("test", _test, "run every test (arguments go to pytest)", extra="test", passes_on=True)
    verb("lint", _lint, "ruff, mypy and import-linter", extra="test")
    verb("bench", _bench, "run the measured comparisons in bench/", extra="test")
    serve = verb("serve", _serve, "serve the built site on this machine")
    serve.add_argument("--port", type=int, default=8000)
    verb("zip", _zip, "pack the site into one file that opens from a double click")
    verb("clean", _clean, "delete _build/")
    return parser


def _root() -> Path:
    """The checkout that holds the current folder."""
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "_toc.yml").exists() and (folder / "nnlab").is_dir():
            return folder
    raise NnlabError("this is not a checkout of the course: go to the folder that holds _toc.yml and book/")


def _build(root: Path, options: argparse.Namespace, rest: list[str]) -> None:
    from nnlab.course import build, execute

    tier = execute.FAST if options.fast else execute.FULL
    build.build(root, only=options.only, tier=tier, jobs=options.jobs, force=options.force)


def _release(root: Path, options: argparse.Namespace, rest: list[str]) -> int:
    from nnlab.course.release import release

    return release(root, check=options.check, solved=options.solved, nbgrader=options.nbgrader, out=options.out)


def _grade(root: Path, options: argparse.Namespace, rest: list[str]) -> None:
    from nnlab.course.grade import report
    from nnlab.course.grade.run import run
    from nnlab.course.grade.sandbox import Limits

    rows = run(
        root,
        options.submissions,
        options.out,
        jobs=options.jobs,
        engine=options.engine,
        scheduler=options.scheduler,
        seed=options.seed,
        limits=Limits.of(options.limit, options.memory),
        boxed=not options.trust,
    )
    print(report.summary(rows))
    print(f"\n{options.out}: grades.csv, feedback/, results/, summary.html, log.jsonl")


def _export(root: Path, options: argparse.Namespace, rest: list[str]) -> None:
    from nnlab.course.grade import export, journal

    rows = journal.rows(options.grades)
    if not (options.canvas or options.nbgrader):
        raise NnlabError("say where the marks go: --canvas FILE (a gradebook exported by Canvas) or --nbgrader DB")
    if options.canvas:
        out = options.out or options.grades / f"canvas_{options.canvas.name}"
        columns = dict(column.partition("=")[::2] for column in options.column)
        if strange := set(columns) - {name for row in rows for name in (row.notebook[:2], row.notebook)}:
            raise NnlabError(
                f"--column {min(strange)}=…: no such chapter was graded; say it as in --column 04='its title'"
            )
        ids = {row.student: row.canvas_id for row in rows if row.canvas_id}
        print(export.to_canvas(rows, options.canvas, out, ids, columns))
    if options.nbgrader:
        print(f"{export.to_nbgrader(rows, options.nbgrader)} submissions written to {options.nbgrader}")


def _doctor(root: Path, options: argparse.Namespace, rest: list[str]) -> int:
    from nnlab.course.doctor import doctor

    return doctor(root)


def _test(root: Path, options: argparse.Namespace, rest: list[str]) -> int:
    from nnlab.course import build, execute
    from nnlab.course.source import chapters

    bootstrap.install_system_parts()
    if not rest:  # everything: then the site and the executed notebooks are tested too
        build.build(root)
        book = chapters(root)
        execute.execute(book, root / "_build", execute.FAST)
        # nbval executes the notebooks again and compares; a notebook's cells stay in one process (loadfile). Files are
        # taken in this order, the short ones last, so that no process works on alone at the end.
        notebooks = [execute.notebook_of(c, root / "_build", execute.FAST).relative_to(root) for c in book]
        order = ["--dist", "loadfile", "--no-loadscope-reorder"]
        rest = ["-n", "2", *order, "--nbval", *map(str, notebooks), "tests", "nnlab"]
    environment = os.environ | _THREADS | execute.KERNEL_ENVIRONMENT
    return subprocess.run([sys.executable, "-m", "pytest", *rest], cwd=root, env=environment).returncode


def _lint(root: Path, options: argparse.Namespace, rest: list[str]) -> int:
    commands = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["lint-imports"])
    tools = Path(sys.executable).parent
    return max(subprocess.run([tools / name, *args], cwd=root).returncode for name, *args in commands)


def _bench(root: Path, options: argparse.Namespace, rest: list[str]) -> int:
    files = sorted((root / "bench").glob("*.py"))
    return max(subprocess.run([sys.executable, file], env=os.environ | _THREADS).returncode for file in files)


def _serve(root: Path, options: argparse.Namespace, rest: list[str]) -> None:
    import functools
    import http.server

    pages = root / "_build" / "html"
    if not (pages / "index.html").exists():
        raise NnlabError("there is no site yet: run `nnlab build` first")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=pages)
    with http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler) as server:
        print(f"http://127.0.0.1:{options.port}  (Ctrl-C ends it)", flush=True)
        server.serve_forever()


def _zip(root: Path, options: argparse.Namespace, rest: list[str]) -> None:
    from nnlab.course import build

    print(build.pack(root))


def _clean(root: Path, options: argparse.Namespace, rest: list[str]) -> None:
    import shutil

    shutil.rmtree(root / "_build", ignore_errors=True)
