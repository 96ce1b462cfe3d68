"""nbgrader's source notebooks: the chapters with its marks, for those who run their course with nbgrader.

From these `nbgrader generate_assignment` makes the students' notebooks. It puts one stub, everywhere the same, in place
of each solution; so what is to be done there is said before it, and `CONFIG` sets a stub that `check` knows as a TODO.
"""

import re
from string import ascii_lowercase

from nbformat import NotebookNode

from nnlab.course.source import BEGIN, END, Chapter, is_solution, student_code
from nnlab.errors import ChapterError
from nnlab.exercises.core import find

CONFIG = """\
# nbgrader's settings for these notebooks. If your course has an nbgrader_config.py, copy these lines into it.
# Where you grade, install nnlab first: nbgrader runs the notebooks' install cell, too.
c = get_config()

# What students find in place of a solution. As long as the dots stand, `check` says "not attempted".
c.ClearSolutions.code_stub = {"python": "...  # TODO: your code instead of this line"}

# The seconds that a cell may take. Some cells that train need more than nbgrader's own 30.
c.Execute.timeout = 300
"""
# nbgrader's feedback shows students the hidden tests, too. This one gives nothing away: its cases are fresh ones.
_HIDDEN_TEST = """
### BEGIN HIDDEN TESTS
from nnlab import require

require("{id}")
### END HIDDEN TESTS"""
_REGION = re.compile(rf"^([ \t]*){BEGIN}.*?{END}.*?$", re.MULTILINE | re.DOTALL)
_TO_A_CHAPTER = re.compile(r"\]\((\d\d_[a-z0-9_]+)\.ipynb")


def announced_code(code: str) -> str:
    """The code with its solutions, and before each what a student is to do, which stays when nbgrader clears them.

    >>> print(announced_code('''### BEGIN SOLUTION: add the two
    ... total = a + b
    ... ### END SOLUTION'''))
    total = ...  # add the two
    ### BEGIN SOLUTION: add the two
    total = a + b
    ### END SOLUTION
    """
    return _REGION.sub(lambda region: f"{_announcement(region)}\n{region[0]}", code)


def _announcement(region: re.Match) -> str:
    """`name = ...  # the task`, or the task alone where such a line would change what the solution does."""
    stub, _, task = student_code(region[0]).partition("  # TODO: ")
    *names, _ = stub.split(" = ")
    block = region[0].partition("\n")[2]
    # Within a function the line would make it a TODO still; and a block may read the name before it sets it.
    harmless = not region[1] and all(len(re.findall(rf"\b{name}\b", block)) == 1 for name in names)
    return f"{stub}  # {task}" if names and harmless else f"{region[1]}# {task}"


def mark(notebook: NotebookNode, chapter: Chapter) -> None:
    """Give a chapter's solutions and checks nbgrader's marks, and each check its points and a hidden test.

    Raises:
        ChapterError: an exercise has no check in a cell of its own.
        UnknownExercise: an exercise is not declared, so that nobody knows its points.
    """
    ids = list(chapter.solutions)  # in the order of their checks
    solutions: list[NotebookNode] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":  # each chapter is an assignment, and has a folder of its own
            cell.source = _TO_A_CHAPTER.sub(r"](../\1/\1.ipynb", cell.source)
        elif is_solution(cell):
            solutions.append(cell)
        elif ids and re.search(rf"""^check\(["']{re.escape(ids[0])}["']""", cell.source, re.MULTILINE):
            id = ids.pop(0)
            name = id.replace(".", "-")
            for letter, solution in zip(["", *ascii_lowercase[1:]], solutions, strict=False):
                solution.metadata["nbgrader"] = _marks(f"solution-{name}{letter}", solution=True)
            cell.metadata["nbgrader"] = _marks(test_cell(id), grade=True, locked=True) | {"points": find(id).points}
            cell.source += _HIDDEN_TEST.format(id=id)
            solutions = []
    if ids:
        raise ChapterError(f'{chapter.path.name}: for nbgrader, put check("{ids[0]}") into a cell of its own')


def test_cell(id: str) -> str:
    """The name of an exercise's test cell in nbgrader, also in its database.

    >>> test_cell("02.1")
    'test-02-1'
    """
    return f"test-{id.replace('.', '-')}"


def _marks(grade_id: str, *, solution: bool = False, grade: bool = False, locked: bool = False) -> dict:
    """A cell's metadata in the third version of nbgrader's schema."""
    return {
        "schema_version": 3,
        "grade_id": grade_id,
        "solution": solution,
        "grade": grade,
        "locked": locked,
        "task": False,
    }
