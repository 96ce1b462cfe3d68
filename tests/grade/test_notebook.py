"""Reading a notebook that nobody vouches for: its code cells, or one sentence, and never anything else."""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.course.grade import notebook
from nnlab.course.grade.notebook import LIMIT, Unreadable, cells, released_cells, same_as_book
from nnlab.errors import GradeError

ROOT = Path(__file__).parents[2]
SECRET = "s01-wrote-this"
SOURCES = ["import numpy as np\nprint(1)", f"w = '{SECRET}'", "def f(x):\n    return x  # é 学\n"]
VALID = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3"}},
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# Title\n", SECRET]},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "source": SOURCES[0].splitlines(keepends=True),
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}],
        },
        {"cell_type": "code", "id": "c", "metadata": {"tags": []}, "source": SOURCES[1], "outputs": []},
        {"cell_type": "raw", "id": "d", "metadata": {}, "source": "raw"},
        {"cell_type": "code", "id": "e", "metadata": {}, "source": SOURCES[2].splitlines(keepends=True)},
    ],
}


def saved(changes=(), **options):
    """The bytes of the valid notebook with these entries in place of its own."""
    return json.dumps({**VALID, **dict(changes)}, **options).encode()


def code(source, **more):
    return {"cell_type": "code", "source": source, **more}


def reason(data):
    """Why this cannot be read: one short sentence, with nothing in it that the student has written."""
    with pytest.raises(Unreadable) as caught:
        cells(data)
    told = str(caught.value)
    assert told.isprintable() and told.isascii() and told.endswith(".") and len(told) < 120 and SECRET not in told
    assert isinstance(caught.value, GradeError)
    return told


# What is read ----------------------------------------------------------------------------------------------------


def test_the_code_cells_are_read_in_order_whether_lists_or_strings():
    assert cells(saved()) == cells(saved(indent=1)) == cells(saved(ensure_ascii=False)) == SOURCES


def test_a_byte_order_mark_is_fine():
    assert cells(b"\xef\xbb\xbf" + saved()) == SOURCES


@pytest.mark.parametrize(
    "keys", [("id",), ("metadata",), ("outputs", "execution_count"), ("id", "metadata", "outputs")]
)
def test_what_colab_vs_code_and_jupytext_strip_is_not_missed(keys):
    stripped = [{k: v for k, v in cell.items() if k not in keys} for cell in VALID["cells"]]
    assert cells(saved({"cells": stripped})) == SOURCES
    assert cells(json.dumps({"cells": stripped}).encode()) == SOURCES


def test_duplicate_ids_are_fine():
    assert cells(saved({"cells": [code("a = 1", id="x"), code("b = 2", id="x")]})) == ["a = 1", "b = 2"]


def test_numbers_that_python_would_not_read_cost_nothing():
    odd = "[%s, -%s, NaN, Infinity, -Infinity, 1e999999]" % (("9" * 100_000,) * 2)
    assert cells(saved({"metadata": 0}).replace(b'"metadata": 0', f'"metadata": {odd}'.encode())) == SOURCES


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_become_one_kind(end):
    assert cells(saved({"cells": [code(["a = 1" + end, "b = 2"]), code(f"c = 3{end}{end}d = 4")]})) == [
        "a = 1\nb = 2",
        "c = 3\n\nd = 4",
    ]


def test_a_line_end_split_over_two_entries_is_one():
    assert cells(saved({"cells": [code(["a = 1\r", "\nb = 2"])]})) == ["a = 1\nb = 2"]


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800", r"\udfff", r"\udc00\ud800"])
def test_characters_that_python_cannot_compile_or_encode_break_their_own_cell_only(escape):
    damaged, sound = cells(saved({"cells": [code("HERE"), code("y = '😀'")]}).replace(b"HERE", escape.encode()))
    assert damaged == "\ufffd" * escape.count("u") and sound == "y = '😀'"
    damaged.encode()
    with pytest.raises(SyntaxError):
        compile(damaged, "cell", "exec")


@pytest.mark.parametrize("source", [None, 7, {}, True, ["a", 7], [["a"]], [None]])
def test_a_code_cell_without_text_counts_as_empty_so_that_the_others_keep_their_numbers(source):
    assert cells(saved({"cells": [code("a"), code(source), code("b")]})) == ["a", "", "b"]
    assert cells(saved({"cells": [code("a"), {"cell_type": "code"}, code("b")]})) == ["a", "", "b"]


@pytest.mark.parametrize(
    "entry", [None, 7, "code", ["code"], {}, {"source": "x"}, {"cell_type": ["code"], "source": "x"}]
)
def test_what_is_no_cell_is_passed_over(entry):
    assert cells(saved({"cells": [code("a"), entry, code("b")]})) == ["a", "b"]


def test_a_notebook_without_code_has_no_code_cells():
    assert cells(saved({"cells": []})) == []


@pytest.mark.parametrize("version", [4, 4.0, 5, None, "4", True, []])
def test_an_odd_version_number_matters_not_where_there_are_cells(version):
    assert cells(saved({"nbformat": version})) == SOURCES


def test_a_notebook_as_large_as_the_limit_is_read(monkeypatch):
    data = saved()
    monkeypatch.setattr(notebook, "LIMIT", len(data))
    assert cells(data) == SOURCES
    assert "larger than" in reason(data + b" ")


# What is not -----------------------------------------------------------------------------------------------------


def zipped():
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("02.ipynb", saved())
    return file.getvalue()


OLD = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}]}]}


NO_NOTEBOOKS = {
    "empty": (b"", "empty"),
    "only white space": (b" \n\t\r\n", "empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "empty"),
    "cut off in a string": (saved()[: saved().index(b"wrote")], "cut off"),
    "cut off after a comma": (saved()[: saved().index(b'"cells"')], "cut off"),
    "cut off before the last bracket": (saved()[:-1], "cut off"),
    "not UTF-8": (saved().replace(b"print", b"pr\xe9nt"), "not UTF-8 text (byte "),
    "UTF-16, little end first": (saved().decode().encode("utf-16"), "UTF-16"),
    "UTF-16, big end first": (b"\xfe\xff" + saved().decode().encode("utf-16-be"), "UTF-16"),
    "UTF-16 without a mark": (saved().decode().encode("utf-16-le"), "not JSON at line 1, column 2"),
    "UTF-32": (saved().decode().encode("utf-32"), "UTF-16"),
    "nothing but NUL": (bytes(1000), "not JSON"),
    "a NUL between": (saved().replace(b"[", b"[\0", 1), "not JSON"),
    "a web page": (f"<!DOCTYPE html><html>{SECRET}".encode(), "a web page"),
    "a web page after blank lines": (f"\n\n  <html>{SECRET}".encode(), "a web page"),
    "a zip": (zipped(), "a zip archive"),
    "a PDF": (b"%PDF-1.7 \xff\xff", "a PDF"),
    "a gzip": (b"\x1f\x8b\x08\x00", "a gzip"),
    "a program": (f"# {SECRET}\nimport numpy as np\n".encode(), "not JSON at line 1, column 1"),
    "two notebooks in one": (saved() + saved(), "not JSON"),
    "a list": (json.dumps([SECRET]).encode(), "not a notebook"),
    "a number": (b"7", "not a notebook"),
    "a string": (json.dumps(SECRET).encode(), "not a notebook"),
    "null": (b"null", "not a notebook"),
    "format 3": (json.dumps(OLD).encode(), "old format: open and save it in Jupyter"),
    "format 3 without its number": (json.dumps({"worksheets": []}).encode(), "old format"),
    "format 2": (saved({"nbformat": 2}), "old format"),
    "no cells": (json.dumps({"nbformat": 4}).encode(), "no list of cells"),
    "cells of another type": (saved({"cells": {"0": code("x")}}), "no list of cells"),
    "nested 200 000 deep": (b"[" * 200_000 + b"]" * 200_000, "nested too deep"),
    "cells nested 200 000 deep": (
        saved({"cells": 0}).replace(b'"cells": 0', b'"cells": ' + b'{"a":' * 200_000),
        "deep",
    ),
    "larger than the limit": (b" " * (LIMIT + 1), "larger than 20 MiB"),
}


@pytest.mark.parametrize("data, told", NO_NOTEBOOKS.values(), ids=NO_NOTEBOOKS)
def test_what_is_no_notebook_is_told_in_one_sentence(data, told):
    assert told in reason(data)


# Damage ----------------------------------------------------------------------------------------------------------

JUNK = [None, True, 0, 10**30, "", "code", "\ud800", [], {}, ["a", 1], [[["a"]]], {"source": 1}, {"cells": []}]


def places(value, place=()):
    """The path of each entry within a JSON value."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*place, key)
        yield from places(inner, (*place, key))


def operated(data, place, operation, junk):
    """Change one entry of the notebook `data`."""
    *way, last = place
    for step in way:
        data = data[step]
    if operation == "delete":
        del data[last]
    else:
        data[last] = {"replace": junk, "wrap": {"cells": [data[last]]}, "repeat": [data[last]] * 3}[operation]


def flipped(raw, at, operation, junk):
    """Change the bytes `raw` at one place."""
    end = {"cut": len(raw), "insert": at, "flip": at + len(junk), "remove": at + 40}[operation]
    raw[at:end] = junk if operation in ("insert", "flip") else b""


@st.composite
def damaged(draw):
    data = json.loads(saved())
    surgery = draw(st.booleans())
    for _ in range(draw(st.integers(1, 4)) if surgery else 0):
        if entries := list(places(data)):
            place = entries[draw(st.integers(0, len(entries) - 1))]
            operation = draw(st.sampled_from(["delete", "replace", "wrap", "repeat"]))
            operated(data, place, operation, draw(st.sampled_from(JUNK)))
            data = json.loads(json.dumps(data))  # the same list twice within would grow without end
    raw = bytearray(json.dumps(data).encode())
    for _ in range(0 if surgery else draw(st.integers(1, 3))):
        escapes = st.sampled_from([b"\\ud800", b"\\u0000", b"{", b"]", b'"', b"9" * 5000])
        operation = draw(st.sampled_from(["cut", "insert", "flip", "remove"]))
        flipped(raw, draw(st.integers(0, len(raw))), operation, draw(st.binary(min_size=1, max_size=3) | escapes))
    return bytes(raw)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(damaged())
def test_whatever_the_damage_there_are_texts_or_one_sentence(data):
    try:
        found = cells(data)
    except Unreadable:
        reason(data)
    else:
        assert all(isinstance(source, str) and "\r" not in source and source.encode() is not None for source in found)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=50))
def test_any_bytes_at_all_are_told_in_one_sentence(data):
    reason(data)


# The book's own cells --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def released():
    return released_cells(ROOT, "02_regression_as_a_network")


def test_the_released_cells_are_the_books(released):
    given_out = cells((ROOT / "notebooks" / "02_regression_as_a_network.ipynb").read_bytes())
    assert len(given_out) > 20 and all(same_as_book(source, released) for source in given_out)


def test_white_space_that_changes_nothing_is_overlooked():
    released = frozenset({"def f(x):\n    return x"})
    for same in "def f(x):\r\n    return x", "def f(x):  \n    return x\t\n\n", "\n \ndef f(x):\n    return x":
        assert same_as_book(same, released)
    for other in "def f(x):\n     return x", "def f(x):\n\n    return x", " def f(x):\n    return x", "", "def f(y):":
        assert not same_as_book(other, released)


def test_an_answer_is_not_the_books(released):
    [todo] = [source for source in released if "def line(" in source] or [next(s for s in released if "TODO" in s)]
    assert same_as_book(todo, released) and not same_as_book(todo.replace("...", "7", 1), released)


def test_released_cells_are_compared_without_their_own_blank_lines(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "02_x.ipynb").write_bytes(saved())
    assert same_as_book(SOURCES[2].rstrip(), released_cells(tmp_path, "02_x"))


def test_a_chapter_that_was_not_released_is_told(tmp_path):
    with pytest.raises(GradeError, match=r"notebooks/99_none.ipynb cannot be read: make it with `nnlab release`"):
        released_cells(ROOT, "99_none")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "02_x.ipynb").write_text("{")
    with pytest.raises(GradeError, match="nnlab release"):
        released_cells(tmp_path, "02_x")
