"""Three hundred damages to a valid notebook, each graded: one row, always, and never points that were not earned."""

import copy
import json
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnlab.course.grade.engines import Task, grade
from nnlab.course.grade.rows import GRAVITY

from .conftest import LIMITS, notebook

SOLVED = """
import numpy as np
nand = (-1.0, -1.0, 1.5)

def update(w, b, x, y, lr):
    step = lr * (y - (1 if w @ x + b >= 0 else 0))
    return w + step * x, b + step

def most_mistakes(X, y, w, b):
    R_squared = (np.sum(X**2, axis=1) + 1).max()
    margin = (np.where(y == 1, 1, -1) * (X @ w + b)).min() / np.sqrt(np.sum(w**2) + b**2)
    return R_squared / margin**2
"""
CELLS = [f"{part}\n" for part in SOLVED.split("\n\n")]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value, path=()):
    """Every path into a nest of lists and dicts."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*path, key))


@st.composite
def damaged(draw):
    """The bytes of a notebook after one to three damages: to its bytes, or to what they say."""
    whole = notebook(CELLS)
    found = json.loads(whole)
    if draw(st.booleans()):
        for _ in range(draw(st.integers(1, 3))):
            *path, last = draw(st.sampled_from(list(places(found))[1:]))
            holder = found
            for key in path:
                holder = holder[key]
            match draw(st.sampled_from(["drop", "junk", "copy", "cut"])):
                case "drop":
                    del holder[last]
                case "junk":
                    holder[last] = draw(JUNK)
                case "copy":
                    found["cells"] = [*(found.get("cells") or ()), copy.deepcopy(holder[last])]
                case "cut":
                    half = holder[last]
                    holder[last] = half[: len(half) // 2] if isinstance(half, str | list) else None
            if len(list(places(found))) < 2:
                break
        return json.dumps(found).encode()
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        some = draw(st.binary(max_size=6))
        data[at : at + draw(st.integers(0, 40))] = some
    return bytes(data)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=damaged())
def test_a_damaged_notebook_has_one_row(perceptron, zygote, data):
    began = time.monotonic()
    row = grade(Task("s01", perceptron.chapter, perceptron, data), zygote, LIMITS, 1)
    assert row.status in GRAVITY and row.status not in ("tampered", "needs review", "killed"), row
    assert row.score == sum(a.points for a in row.answers) <= 4
    assert [a.id for a in row.answers] == [e.id for e in perceptron.exercises]
    assert row.status != "unreadable" or (row.score == 0 and row.note)
    assert time.monotonic() - began <= LIMITS.wall + 2


def test_undamaged_it_earns_its_points(perceptron, zygote):
    row = grade(Task("s01", perceptron.chapter, perceptron, notebook(CELLS)), zygote, LIMITS, 1)
    assert {a.id for a in row.answers if a.points} == {"04.1", "04.2", "04.4"} and row.status == "ok"
