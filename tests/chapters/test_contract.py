"""Every exercise of the book keeps its contract, on 20 seeds: the solution is right, blank is not attempted, each slip
is wrong and told its own sentence."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from nnlab.course import source
from nnlab.exercises import core
from nnlab.exercises.box import LocalBox

ROOT = Path(__file__).parents[2]
SEEDS = range(20)
CHAPTERS = {c.number: c for c in source.chapters(ROOT)}
EXERCISES = [e for number in core.chapters() for e in core.of_chapter(number)]
SLIPS = [(e, slip) for e in EXERCISES for slip in e.slips]


@cache
def solved(number):
    """The names that a chapter's solutions define: from its imports and its solutions, or from the whole of it."""
    cells = [c for c in CHAPTERS[number].notebook.cells if c.cell_type == "code" and not source.is_behind(c)]
    imports = [ast.unparse(n) for c in cells for n in plain(c).body if isinstance(n, ast.Import | ast.ImportFrom)]
    try:
        return define([*imports, *CHAPTERS[number].solutions.values()])
    except NameError:  # a solution that builds on the chapter's own data
        return define(["FAST = True" if "parameters" in source.tags(c) else c.source for c in cells])


def define(sources):
    names = {"__name__": "__chapter__", "SEED": 0, "FAST": True, "DEVICE": None}
    for code in sources:
        exec(compile(code, "<chapter>", "exec"), names)
    return names


def plain(cell):
    return ast.parse(re.sub(r"^(\s*)[%!?].*$", r"\1pass", cell.source, flags=re.MULTILINE))


def labelled(cases):
    return pytest.mark.parametrize("exercise", cases, ids=lambda e: e.id)


@labelled(EXERCISES)
def test_the_books_solution_is_right(exercise):
    names = solved(exercise.id[:2])
    for seed in SEEDS:
        verdict = exercise.judge(LocalBox(names), seed)
        assert verdict.status == "right", f"seed {seed}: {verdict.message}"


@labelled(EXERCISES)
def test_the_todo_is_not_attempted(exercise, tmp_path):
    """The student's copy of the solution cells, run as they stand."""
    chapter = CHAPTERS[exercise.id[:2]]
    names = dict(solved(chapter.number))
    for name in exercise.reads:
        names.pop(name, None)
    # In a file, so that a function's source can be read, as in a notebook.
    for n, cell in enumerate(c for c in chapter.notebook.cells if source.is_solution(c)):
        file = tmp_path / f"cell{n}.py"
        file.write_text(source.student_code(cell.source))
        exec(compile(file.read_text(), file, "exec"), names)
    for seed in SEEDS:
        assert exercise.judge(LocalBox(names), seed).status == "not attempted"
    nothing = exercise.judge(LocalBox({}), 0)
    assert nothing.status == "not attempted" and "not defined" in nothing.message


@pytest.mark.parametrize(("exercise", "slip"), SLIPS, ids=[f"{e.id}-{s.sentence[:40]}" for e, s in SLIPS])
def test_each_slip_is_wrong_and_told_its_own_sentence(exercise, slip):
    for seed in SEEDS:
        verdict = exercise.judge(LocalBox({**solved(exercise.id[:2]), **slip.names()}), seed)
        assert (verdict.status, verdict.slip) == ("wrong", slip.sentence), f"seed {seed}: {verdict.message}"


@labelled(EXERCISES)
def test_an_exercise_has_hints_and_at_least_four_slips(exercise):
    assert len(exercise.hint_texts) >= 2 and len(exercise.slips) >= 4
    assert len({s.sentence for s in exercise.slips}) == len(exercise.slips)


@labelled(EXERCISES)
@pytest.mark.parametrize("constant", [0, 1.0, None, "", [], {}, True, float("nan")], ids=repr)
def test_a_constant_is_refused(exercise, constant):
    """As a value, and as a function that returns it whatever it is given."""
    for answer in constant, lambda *args, **kwargs: constant:
        names = {**solved(exercise.id[:2]), **dict.fromkeys(exercise.reads, answer)}
        assert exercise.judge(LocalBox(names), 0).status != "right"


def test_every_chapter_has_its_exercises_and_each_is_checked_once():
    for chapter in CHAPTERS.values():
        checked = [
            id for c in chapter.notebook.cells if c.cell_type == "code" for id in source._CHECK.findall(c.source)
        ]
        assert checked == [e.id for e in core.of_chapter(chapter.number)]
        assert len(checked) >= 3 and set(checked) == set(chapter.solutions)


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=lambda c: c.name)
def test_a_chapter_claims_what_it_says_and_ends_as_all_do(chapter):
    claims = sum(c.source.count("claim(") for c in chapter.notebook.cells if "claim" in source.tags(c))
    assert claims >= 10
    assert re.findall(r"^## (Recap|Test yourself|Further reading)", chapter.text, re.M) == [
        "Recap",
        "Test yourself",
        "Further reading",
    ]
