"""The students' notebooks: what is in them, what is not, and that they are in step with the chapters."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from nnlab.course import source
from nnlab.course.release import REFERENCE, release
from nnlab.errors import ChapterError

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "book" / "chapters").glob("*.py"))
CONFIG = """
repository: {url: https://github.com/owner/name, branch: main}
launch_buttons: {colab_url: https://colab.example, binderhub_url: https://binder.example}
parse: {myst_enable_extensions: [colon_fence, dollarmath]}
"""
LINE = """\
# %% [markdown]
# # A line
#
# What is its slope?
#
# $$
# y = w x
# $$ (eq-line)
# %% tags=["parameters"]
SEED = 0
FAST = False
DEVICE = None
# %% [markdown]
# (only-a-label)=
# %%
import math
# %% [markdown]
# ```{note}
# By {eq}`eq-line` the loss falls to 7.33.
# ```
# %%
def double(x):
    ### BEGIN SOLUTION: double x
    secret = 2 * x  # é
    return secret
    ### END SOLUTION
# %%
check("03.1")
# %% tags=["claim"]
claim("the loss falls to 7.33", 7.331)
# %%
print("é")
"""
NET = """\
# %% [markdown]
# # A net
# After {doc}`03_line` and {eq}`eq-line`.
# %% tags=["parameters"]
SEED = 0
FAST = False
DEVICE = None
"""


@pytest.fixture
def book(tmp_path):
    """A checkout of two chapters; `book(name, text)` writes another."""
    folder = tmp_path / "book" / "chapters"
    folder.mkdir(parents=True)
    (tmp_path / "_config.yml").write_text(CONFIG)
    (tmp_path / "nnlab" / "exercises").mkdir(parents=True)

    def write(name, text):
        (folder / f"{name}.py").write_text(text, encoding="utf-8")

    write("03_line", LINE)
    write("06_net", NET)
    write.root = tmp_path
    return write


def cells(root, name="03_line"):
    return nbformat.read(root / "notebooks" / f"{name}.ipynb", as_version=4).cells


def files(root):
    return {p: p.read_bytes() for folder in ("notebooks", "nnlab") for p in (root / folder).rglob("*") if p.is_file()}


def test_a_chapter_becomes_a_notebook(book):
    assert release(book.root) == 0
    title, install, parameters, imports, note, solution, check, last = cells(book.root)
    assert title.source.startswith(
        "# A line\n\n[Open in Colab](https://colab.example/github/owner/name/blob/main/notebooks/"
    )
    assert title.source.endswith("\n\nWhat is its slope?\n\n$$\ny = w x\n\\tag{1}\n$$")
    assert '%pip install -q "nnlab @ git+https://github.com/owner/name@main"' in install.source
    assert (parameters.metadata, parameters.source) == (
        {"tags": ["parameters"]},
        "SEED = 0\nFAST = False\nDEVICE = None",
    )
    assert note.source == "> **Note**\n>\n> By (1) the loss falls to 7.33."
    assert solution.source == "def double(x):\n    return ...  # TODO: double x"
    assert (imports.source, check.source, last.source) == ("import math", 'check("03.1")', 'print("é")')


def test_a_chapter_refers_to_another(book):
    release(book.root)
    assert cells(book.root, "06_net")[0].source.endswith(
        "After [A line](03_line.ipynb) and (1) in [A line](03_line.ipynb)."
    )


def test_the_notebook_is_written_as_jupyter_writes_it(book):
    release(book.root)
    path = book.root / "notebooks" / "03_line.ipynb"
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor, set(notebook.metadata)) == (
        4,
        5,
        {"kernelspec", "language_info"},
    )
    nbformat.write(notebook, path)
    assert path.read_text(encoding="utf-8") == text
    assert "é" in text and text.endswith("}\n")


def test_the_reference_answers_are_the_solutions_without_markers(book):
    release(book.root)
    text = (book.root / REFERENCE).read_text(encoding="utf-8")
    assert text == '{\n "03.1": "def double(x):\\n    secret = 2 * x  # é\\n    return secret"\n}\n'


def test_a_second_release_writes_nothing(book, capsys):
    release(book.root)
    before = {path: path.stat().st_mtime_ns for path in files(book.root)}
    release(book.root)
    assert {path: path.stat().st_mtime_ns for path in files(book.root)} == before
    assert "3 of 3 files were up to date" in capsys.readouterr().out


def test_two_releases_from_nothing_give_the_same_bytes(book):
    book("03_line", LINE + "# %%\nprint('alike')\n# %%\nprint('alike')\n")
    release(book.root)
    first = files(book.root)
    ids = [c.id for c in cells(book.root)]
    assert len(set(ids)) == len(ids)
    for path in first:
        path.unlink()
    release(book.root)
    assert files(book.root) == first


def test_an_inserted_or_a_changed_cell_changes_no_other(book):
    release(book.root)
    before = cells(book.root)
    book("03_line", LINE.replace("import math", "import math\n# %%\n1 + 1").replace('"é"', '"è"'))
    release(book.root)
    after = cells(book.root)
    assert [c for c in after if c not in before] == [c for c in after if c.source in ("1 + 1", 'print("è")')]
    assert len({c.id for c in after}) == len(after) == len(before) + 1


def test_check_lists_what_is_stale_missing_or_left_over_and_writes_nothing(book, capsys):
    release(book.root)
    assert release(book.root, check=True) == 0
    book("03_line", LINE.replace("secret", "hidden").replace("slope", "offset"))
    (book.root / "notebooks" / "06_net.ipynb").rename(book.root / "notebooks" / "07_old.ipynb")
    before = files(book.root)
    capsys.readouterr()
    assert release(book.root, check=True) == 1
    assert capsys.readouterr().out.splitlines() == [
        "notebooks/03_line.ipynb is stale",
        "notebooks/06_net.ipynb is missing",
        "nnlab/exercises/reference.json is stale",
        "notebooks/07_old.ipynb is left over: no chapter has this name",
        "run `nnlab release`",
    ]
    assert files(book.root) == before


def test_a_left_over_notebook_is_removed_and_a_students_own_is_not(book):
    release(book.root)
    for name in "07_old.ipynb", "scratch.ipynb":
        (book.root / "notebooks" / name).write_text("{}")
    release(book.root)
    assert [p.name for p in sorted((book.root / "notebooks").iterdir())] == [
        "03_line.ipynb",
        "06_net.ipynb",
        "scratch.ipynb",
    ]


def test_solved_notebooks_go_to_their_folder_only(book, tmp_path):
    assert release(book.root, solved=True, out=tmp_path / "solved") == 0
    notebook = nbformat.read(tmp_path / "solved" / "03_line.ipynb", as_version=4)
    assert "def double(x):\n    secret = 2 * x  # é\n    return secret" in [c.source for c in notebook.cells]
    assert files(book.root) == {}
    with pytest.raises(ChapterError, match="--out FOLDER"):
        release(book.root, solved=True)


def test_all_faults_of_all_chapters_are_told_and_nothing_is_written(book):
    book("03_line", LINE.replace("{eq}`eq-line`", "{nonsense}`x`").replace("What is", "{cite:p}`nobody`"))
    book("06_net", NET.replace("# # A net", "# A net"))
    with pytest.raises(ChapterError) as raised:
        release(book.root)
    told = str(raised.value)
    assert "06_net.py is broken" in told and "`# Title`" in told
    assert "03_line.py, cell 1 (# A line), line 3: no work has the key `nobody`" in told
    assert "03_line.py, cell 5 (```{note}), line 2: the role {nonsense} is unknown" in told
    assert files(book.root) == {}


def test_the_install_cell_costs_nothing_where_nnlab_is(book):
    release(book.root)
    code = cells(book.root)[1].source.replace("%pip", "print('installs')  #")
    code += "\nimport sys\nprint(sorted({'numpy', 'torch', 'IPython', 'urllib.request', 'nnlab'} & set(sys.modules)))"

    def said(*options):
        return subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True, cwd=ROOT).stdout

    assert said() == "[]\n"
    assert said("-I", "-S") == "installs\n[]\n"  # without site-packages, so without nnlab


def bare_lines(text):
    return {line.strip() for line in text.splitlines()}


# --- the book itself


def test_the_notebooks_are_in_step_with_the_chapters(capsys):
    assert release(ROOT, check=True) == 0, capsys.readouterr().out


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_a_students_copy_holds_no_solution_no_claim_and_no_output(path):
    chapter = source.read(path)
    notebook = nbformat.read(ROOT / "notebooks" / f"{path.stem}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    block = re.compile(r"### BEGIN SOLUTION.*?\n(.*?)### END SOLUTION", re.DOTALL)
    sources = [c.source for c in chapter.notebook.cells]
    solution = "\n".join(found for text in sources for found in block.findall(text))
    given = "\n".join(block.sub("", text) for text in sources)
    secret = bare_lines(solution) - bare_lines(given)
    assert secret and not secret & bare_lines("\n".join(c.source for c in notebook.cells))
    assert not [c for c in code if c.outputs or c.execution_count or "claim(" in c.source or "SOLUTION" in c.source]
    assert sum("# TODO: " in c.source for c in code) >= len(chapter.solutions)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_a_students_copy_has_no_myst_left(path):
    notebook = nbformat.read(ROOT / "notebooks" / f"{path.stem}.ipynb", as_version=4)
    for cell in (c for c in notebook.cells if c.cell_type == "markdown"):
        assert not re.search(
            r"^\s*>?\s*(```|:::)\{|\{[a-z:]+\}`|^\([\w-]+\)=$|\$\$ \([\w-]+\)", cell.source, re.MULTILINE
        )


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_a_students_copy_survives_a_round_trip_through_jupytext(path):
    notebook = nbformat.read(ROOT / "notebooks" / f"{path.stem}.ipynb", as_version=4)
    back = jupytext.reads(jupytext.writes(notebook, fmt="py:percent"), fmt="py:percent")
    kept = [(c.cell_type, c.source, c.metadata.get("tags", [])) for c in notebook.cells]
    assert [(c.cell_type, c.source, c.metadata.get("tags", [])) for c in back.cells] == kept


def test_every_exercise_has_its_reference_answer():
    from nnlab.exercises import core

    answers = json.loads((ROOT / REFERENCE).read_text(encoding="utf-8"))
    assert sorted(answers) == [e.id for number in core.chapters() for e in core.of_chapter(number)]
