"""Reading a chapter's source, and what a broken one is told."""

import textwrap

import pytest

from nnlab.course import source
from nnlab.errors import ChapterError

GOOD = """\
# %% [markdown]
# # A line
#
# The loss falls to **7.33** in $1\\,000$ steps.
# %% tags=["parameters"]
SEED = 0
FAST = False
DEVICE = None
# %%
def f(x):
    ### BEGIN SOLUTION: double x
    y = 2 * x
    return y
    ### END SOLUTION
# %%
check("03.1")
# %% tags=["claim"]
claim("loss falls to 7.33 in 1000 steps", 7.331, 1000)
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="03_line.py"):
        path = tmp_path / "book" / "chapters" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_a_sound_chapter_is_read(write):
    chapter = source.read(write(GOOD))
    assert (chapter.name, chapter.number, chapter.title) == ("03_line", "03", "A line")
    assert chapter.solutions == {"03.1": "def f(x):\n    y = 2 * x\n    return y"}


def test_cell_ids_repeat_and_an_inserted_cell_changes_no_other(write):
    ids = [c.id for c in source.read(write(GOOD)).notebook.cells]
    more = [c.id for c in source.read(write(GOOD.replace("# %%\ncheck", "# %%\n1 + 1\n# %%\ncheck"))).notebook.cells]
    assert len(set(more)) == len(more) == len(ids) + 1
    assert set(ids) < set(more)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("# # A line", "# A line", "begins with the chapter's title"),
        ("SEED = 0", "", 'tags=\\["parameters"\\] must set SEED'),
        ("    ### END SOLUTION\n", "", "must come in pairs"),
        ('check("03.1")', "", r"no check.* follows this solution"),
        ('check("03.1")', 'check("04.1")', "is of another chapter"),
        ("return y", "return return y", "line 4 is not Python"),
        ("7.33**", "7.34**", 'the text does not say "loss falls to 7.33'),
        ("y = 2 * x", f"y = 2 * x  # {'long ' * 20}", "a page shows 88 characters of code"),
        ("claim(", "print(", "calls `claim"),
    ],
)
def test_a_broken_chapter_is_told_its_fault(write, old, new, told):
    assert old in GOOD
    with pytest.raises(ChapterError, match=told):
        source.read(write(GOOD.replace(old, new)))


@pytest.mark.parametrize("tag", ["claim", "artifact"])
@pytest.mark.parametrize("kept", ["total = 7", "import math as total", "def total(): pass"])
def test_a_name_that_a_cell_behind_the_page_has_set_last_is_told(write, kept, tag):
    used = "# %%\nprint(total)\n"
    claimed = GOOD + f'# %% tags=["{tag}"]\n{kept}\n' + ('claim("The loss falls")\n' if tag == "claim" else "")
    source.read(write(claimed))
    source.read(write(claimed + "# %%\ntotal = 2\n" + used))
    with pytest.raises(ChapterError, match="it uses total, which a cell behind the page has set"):
        source.read(write(claimed + used))


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "03_line.py"
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(ChapterError, match="cannot be read"):
        source.read(path)


def test_a_misnamed_file_is_told(write):
    with pytest.raises(ChapterError, match=r"06_multilayer_perceptron\.py"):
        source.read(write(GOOD, "Line.py"))


def test_two_chapters_of_one_number_are_told(write, tmp_path):
    write(GOOD)
    write(GOOD, "03_other.py")
    with pytest.raises(ChapterError, match="carry the same number"):
        source.chapters(tmp_path)


@pytest.mark.parametrize(
    ("solution", "stub"),
    [
        ("x = 1", "x = ...  # TODO: do it"),
        ("a, b = 1, 2", "a = b = ...  # TODO: do it"),
        ("y = 2\nreturn y", "return ...  # TODO: do it"),
        ("for i in x:\n    print(i)", "...  # TODO: do it"),
        ("w[0] = 1", "...  # TODO: do it"),
    ],
)
def test_the_todo_keeps_the_name_or_the_return(solution, stub):
    code = f"### BEGIN SOLUTION: do it\n{solution}\n### END SOLUTION"
    assert source.student_code(code) == stub
    indented = textwrap.indent(code, "        ")
    assert (
        source.student_code(f"def f():\n    if x:\n{indented}\n    z()")
        == f"def f():\n    if x:\n        {stub}\n    z()"
    )


def test_a_magic_is_no_syntax_error(write):
    source.read(write(GOOD.replace("# %%\ncheck", "# %%\n%pip list\n!ls\n# %%\ncheck")))
