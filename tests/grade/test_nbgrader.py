"""nbgrader's source notebooks, as nbgrader takes them: it makes the students' versions of them, and grades these."""

import linecache
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import read as read_validated

from nnlab.course import source
from nnlab.course.execute import KERNEL_ENVIRONMENT
from nnlab.course.nbgrader import CONFIG
from nnlab.course.release import release
from nnlab.errors import ChapterError
from nnlab.exercises import core
from nnlab.exercises.box import LocalBox

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(p.stem for p in (ROOT / "book" / "chapters").glob("*.py"))
QUICK = "08_backpropagation"  # the whole of it is executed in seconds
HEAD = '# %% [markdown]\n# # A line\n# %% tags=["parameters"]\nSEED = 0\nFAST = False\nDEVICE = None\n'
EXERCISE = "# %%\n### BEGIN SOLUTION: a list\npaths = [0]\n### END SOLUTION\n"
CHECK = '# %%\ncheck("08.1")\n'


def nbgrader(course, *arguments):
    """Run nbgrader as a teacher does, in the course's folder, with its environment activated."""
    environment = os.environ | KERNEL_ENVIRONMENT
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"  # nbgrader calls `alembic`
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course's folder, after `nnlab release --nbgrader` and `nbgrader generate_assignment` of all chapters."""
    folder = tmp_path_factory.mktemp("course")
    assert release(ROOT, nbgrader=True, out=folder) == 0
    nbgrader(folder, "generate_assignment", "*")
    return folder


def notebook(course, step, chapter):
    """One notebook; nbgrader's own reader raises where a mark does not fit its schema, or a grade_id comes twice."""
    return read_validated(course / step / chapter / f"{chapter}.ipynb", as_version=4)


def marked(notebook, kind):
    """The cells of one kind, "solution" or "grade", by their grade_id."""
    cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get(kind)]
    return {c.metadata.nbgrader.grade_id: c for c in cells}


# --- the marks of all chapters


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_exercise_has_its_points_and_its_solutions_before_its_test(course, chapter):
    cells = [c.metadata.nbgrader for c in notebook(course, "source", chapter).cells if "nbgrader" in c.metadata]
    exercises = core.of_chapter(chapter[:2])
    tests = {m.grade_id: m.points for m in cells if m.grade}
    assert tests == {f"test-{e.id.replace('.', '-')}": e.points for e in exercises}
    assert all(m.locked and not m.solution for m in cells if m.grade)
    assert all(m.solution and not m.locked for m in cells if not m.grade)
    open_solutions = []
    for m in cells:
        if m.grade:
            name = m.grade_id.removeprefix("test-")
            assert open_solutions == [f"solution-{name}{letter}" for letter in ["", "b", "c"][: len(open_solutions)]]
            assert open_solutions
            open_solutions = []
        else:
            open_solutions.append(m.grade_id)
    assert not open_solutions


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_everything_else_is_as_in_the_students_notebook(course, chapter):
    ours = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
    theirs = notebook(course, "source", chapter)
    assert theirs.metadata == ours.metadata and len(theirs.cells) == len(ours.cells)
    for our, their in zip(ours.cells[1:], theirs.cells[1:], strict=True):
        mark = their.metadata.pop("nbgrader", None)
        assert their.metadata == our.metadata
        if not mark and their.cell_type == "code":
            assert (their.source, their.id) == (our.source, our.id)
        elif not mark:  # each assignment has a folder of its own
            assert re.sub(r"\]\(\.\./(\w+)/\1\.ipynb", r"](\1.ipynb", their.source) == our.source
    assert "Colab" in ours.cells[0].source and "Colab" not in theirs.cells[0].source


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_link_to_another_chapter_finds_its_assignment(course, chapter):
    folder = course / "source" / chapter
    for cell in notebook(course, "source", chapter).cells:
        for part in cell.source.split("](")[1:] if cell.cell_type == "markdown" else []:
            address = part.partition(")")[0].partition("#")[0]
            assert not address.endswith(".ipynb") or (folder / address).resolve().exists(), address


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_students_version_holds_no_solution_and_no_hidden_test(course, chapter):
    text = code(source.read(ROOT / "book" / "chapters" / f"{chapter}.py").notebook)
    block = re.compile(r"### BEGIN SOLUTION.*?\n(.*?)### END SOLUTION", re.DOTALL)
    secret = bare_lines("\n".join(block.findall(text))) - bare_lines(block.sub("", text))
    students = notebook(course, "release", chapter)
    assert len(secret) > 2 and not secret & bare_lines(code(students))
    assert not re.search(r"### (BEGIN|END)|require\(", code(students))
    for grade_id, cell in marked(students, "grade").items():
        assert cell.source == f'check("{grade_id.removeprefix("test-").replace("-", ".")}")'


def code(notebook):
    return "\n".join(c.source for c in notebook.cells if c.cell_type == "code")


def bare_lines(text):
    return {line.strip() for line in text.splitlines()} - {""}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_exercise_that_nobody_has_touched_is_not_attempted_for_the_reason_that_our_own_copy_gives(course, chapter):
    cells = marked(notebook(course, "release", chapter), "solution")
    for exercise in core.of_chapter(chapter[:2]):
        name = exercise.id.replace(".", "-")
        theirs = [c.source for grade_id, c in cells.items() if re.fullmatch(f"solution-{name}[a-z]?", grade_id)]
        ours = student_cells(chapter)[exercise.id]
        verdict = exercise.judge(LocalBox(defined("\n\n".join(theirs))))
        assert verdict.status == "not attempted"
        assert verdict == exercise.judge(LocalBox(defined("\n\n".join(ours))))


def student_cells(chapter):
    """The cells with a TODO in our own students' notebook, by exercise."""
    found, waiting = {}, []
    for cell in nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4).cells:
        if "# TODO: " in cell.source:
            waiting.append(cell.source)
        elif waiting and (checked := re.match(r'check\("(.*)"\)', cell.source)):
            found[checked[1]], waiting = waiting, []
    return found


def defined(code):
    """The names that a cell defines; their source can be read, as a kernel's can."""
    names = {"np": np, "torch": torch, "nn": torch.nn, "math": math, "SEED": 0}
    file = f"<{hash(code)}>"
    linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
    exec(compile(code, file, "exec"), names)
    return names


# --- grading


@pytest.fixture(scope="module")
def grades(course):
    """nbgrader's grades for three students, by exercise. s01: solved; s02: blank; s03: one slip."""
    solved = {
        grade_id: source.solved_code(cell.source)
        for grade_id, cell in marked(notebook(course, "source", QUICK), "solution").items()
    }
    slip = solved["solution-08-2"].replace("delta2 = 2 * ", "delta2 = ")
    assert slip != solved["solution-08-2"]
    answers = {
        "s01": solved,
        "s02": {},
        "s03": solved | {"solution-08-2": slip},
    }
    for student, answer in answers.items():
        submitted = notebook(course, "release", QUICK)
        for grade_id, cell in marked(submitted, "solution").items():
            cell.source = answer.get(grade_id, cell.source)
        path = course / "submitted" / student / QUICK / f"{QUICK}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(submitted, path)
    nbgrader(course, "autograde", QUICK)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        return {
            s.student.id: {g.name: g.auto_score for n in s.notebooks for g in n.grades}
            for s in book.assignment_submissions(QUICK)
        }


POINTS = {f"test-{e.id.replace('.', '-')}": e.points for e in core.of_chapter(QUICK[:2])}


def test_the_solved_notebook_has_all_points(grades):
    assert grades["s01"] == POINTS


def test_the_untouched_notebook_has_none(grades):
    assert grades["s02"] == dict.fromkeys(POINTS, 0)


def test_a_slip_costs_its_own_exercise_alone(grades):
    assert grades["s03"] == POINTS | {"test-08-2": 0}


def test_the_wrong_answer_is_told_its_slip_and_stops_no_other_cell(course, grades):
    path = course / "autograded" / "s03" / QUICK / f"{QUICK}.ipynb"
    code = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    (failed,) = [c for c in code if any(o.output_type == "error" for o in c.outputs)]
    assert failed.metadata.nbgrader.grade_id == "test-08-2"
    error = failed.outputs[-1]
    assert error.ename == "AssertionError" and "known slip: the 2 of the square is missing" in error.evalue


# --- making them


@pytest.fixture
def book(tmp_path):
    """A checkout with a chapter 08; `book(text)` writes it."""
    folder = tmp_path / "checkout" / "book" / "chapters"
    folder.mkdir(parents=True)
    (tmp_path / "checkout" / "_config.yml").write_bytes((ROOT / "_config.yml").read_bytes())

    def write(text):
        (folder / "08_line.py").write_text(HEAD + text)
        return tmp_path / "checkout"

    return write


def test_two_releases_give_the_same_bytes_and_the_teachers_settings_stay(book, tmp_path, capsys):
    root, out = book(EXERCISE + CHECK), tmp_path / "out"
    release(root, nbgrader=True, out=out)
    first = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert sorted(first) == ["nbgrader_config.py", "source/08_line/08_line.ipynb"]
    assert first["nbgrader_config.py"].decode() == CONFIG
    capsys.readouterr()
    release(root, nbgrader=True, out=out)
    assert capsys.readouterr().out == "2 of 2 files were up to date\n"
    (out / "nbgrader_config.py").write_text("mine = True")
    release(root, nbgrader=True, out=out)
    assert (out / "nbgrader_config.py").read_text() == "mine = True"
    assert "nbgrader_config.py is kept: see that it sets ClearSolutions.code_stub" in capsys.readouterr().out
    assert (out / "source/08_line/08_line.ipynb").read_bytes() == first["source/08_line/08_line.ipynb"]


def test_a_name_that_the_solution_reads_before_it_sets_it_is_not_made_a_todo(book, tmp_path):
    code = "w = 1\n### BEGIN SOLUTION: add one\nw = w + 1\n### END SOLUTION\n"
    release(book(f"# %%\n{code}{CHECK}"), nbgrader=True, out=tmp_path / "out")
    (cell,) = marked(notebook(tmp_path / "out", "source", "08_line"), "solution").values()
    assert cell.source == code.replace("###", "# add one\n###", 1).rstrip()


@pytest.mark.parametrize(
    "chapter, told",
    [
        (EXERCISE + 'check("08.1")\n', r'08_line.py: for nbgrader, put check\("08.1"\) into a cell of its own'),
        (EXERCISE + CHECK.replace("08.1", "08.99"), r"no exercise '08.99'"),
    ],
    ids=["the check is in the solution's cell", "the exercise is not declared"],
)
def test_what_nbgrader_could_not_grade_is_told_and_nothing_is_written(book, tmp_path, chapter, told):
    with pytest.raises(ChapterError, match=told):
        release(book(chapter), nbgrader=True, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nbgraders_notebooks_have_a_folder_and_a_kind_of_their_own(tmp_path):
    with pytest.raises(ChapterError, match=r"nbgrader's source notebooks do not belong into notebooks/.*--out FOLDER"):
        release(ROOT, nbgrader=True)
    for other in "solved", "check":
        with pytest.raises(ChapterError, match="leave out --solved and --check"):
            release(ROOT, nbgrader=True, out=tmp_path / "out", **{other: True})
    assert not (tmp_path / "out").exists()
