"""Every chapter by `nnlab grade`: solved is full marks, blank is nothing, and a slip costs its exercise alone."""

import ast
import re
from dataclasses import replace

import pytest

from nnlab.course import source
from nnlab.course.grade import assignment
from nnlab.course.grade.run import run
from nnlab.course.grade.sandbox import Limits
from nnlab.exercises import core

from . import slips
from .conftest import ROOT, notebook

CHAPTERS = source.chapters(ROOT)
SEEDS = range(5)
EXERCISES = [e for c in CHAPTERS for e in core.of_chapter(c.number)]


def short(chapter, solved) -> list[str]:
    """Imports and solutions; all cells, where a solution builds on the chapter's data."""
    cells = [c for c in chapter.notebook.cells if c.cell_type == "code" and not source.is_behind(c)]
    trees = [ast.parse(re.sub(r"^(\s*)[%!?].*$", r"\1pass", c.source, flags=re.MULTILINE)) for c in cells]
    imports = [ast.unparse(n) for tree in trees for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    try:
        exec("\n".join([*imports, *chapter.solutions.values()]), {"SEED": 0, "FAST": True, "DEVICE": None})
    except NameError:
        return list(solved)
    return [f"SEED, FAST, DEVICE = 0, True, None\n{chr(10).join(imports)}", *chapter.solutions.values()]


@pytest.fixture(scope="module", params=SEEDS)
def rows(request, tmp_path_factory):
    """A class: for each chapter a solved and a blank notebook, for each fifth exercise a slip, others each time."""
    folder, seed = tmp_path_factory.mktemp(f"seed{request.param}"), request.param
    for chapter in CHAPTERS:
        work = assignment.read(ROOT, chapter.name)
        made = {"solved": list(work.solved), "blank": sorted(work.released)}
        base = short(chapter, work.solved)
        for exercise in [e for e in work.exercises if EXERCISES.index(e) % len(SEEDS) == seed]:
            number = EXERCISES.index(exercise) // len(SEEDS) % len(exercise.slips)
            made[f"slip {exercise.id}"] = [*base, *slips.cells(chapter.number, exercise, number)]
        for student, cells in made.items():
            file = folder / student / f"{chapter.name}.ipynb"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(notebook(cells))
    return run(ROOT, folder, tmp_path_factory.mktemp("out"), jobs=2, seed=seed)


def test_solved_notebooks_have_full_marks(rows):
    solved = [r for r in rows if r.student == "solved"]
    assert len(solved) == len(CHAPTERS)
    for row in solved:
        assert (row.status, row.score) == ("ok", row.points), [a for a in row.answers if a.status != "ok"]
        assert row.executed == "slice"


def test_blank_notebooks_have_none(rows):
    blank = [r for r in rows if r.student == "blank"]
    assert len(blank) == len(CHAPTERS)
    assert {(r.status, r.score) for r in blank} == {("not attempted", 0)}


def test_a_slip_costs_its_exercise_alone_and_is_told_its_sentence(rows):
    with_slips = [r for r in rows if r.student.startswith("slip")]
    assert len(with_slips) >= len(EXERCISES) // len(SEEDS)
    for row in with_slips:
        id = row.student.removeprefix("slip ")
        assert [a.id for a in row.answers if a.status != "ok"] == [id], row
        answer = next(a for a in row.answers if a.id == id)
        assert answer.slip and answer.message, row


@pytest.mark.parametrize(("earlier", "number", "later"), [("05.1", 5, "05.3"), ("06.2", 0, "06.8")])
def test_an_answer_that_calls_a_wrong_one_is_lent_the_books(zygote, earlier, number, later):
    """The whole notebook, with a slip in the earlier exercise: as in the notebook, the later one loses nothing."""
    chapter = next(c for c in CHAPTERS if c.number == earlier[:2])
    work = assignment.read(ROOT, chapter.name)
    exercise = next(e for e in work.exercises if e.id == earlier)
    cells = list(work.solved)
    (slip,) = slips.cells(chapter.number, exercise, number)
    cells.insert(1 + max(n for n, cell in enumerate(cells) if cell in chapter.solutions[earlier]), slip)
    examined = assignment.examiner(work, cells, zygote, Limits(), 1).examine()
    assert [a.id for a in examined.answers if a.status != "ok"] == [earlier]
    alone = replace(work, solutions={})  # without what is lent both are lost, so this tests something
    examined = assignment.examiner(alone, cells, zygote, Limits(), 1).examine()
    assert {a.id for a in examined.answers if a.status != "ok"} == {earlier, later}
