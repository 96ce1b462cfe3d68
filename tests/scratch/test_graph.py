from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch

from nnlab.draw import Drawing
from nnlab.errors import BadData
from nnlab.scratch import Value, ValueMLP, dot


@pytest.fixture(autouse=True)
def closed():
    plt.switch_backend("agg")
    yield
    plt.close("all")


def neuron():
    w, x, b = Value(2.0, name="w"), Value(-3.0, name="x"), Value(1.0, name="b")
    z = w * x + b
    z.name = "z"
    return z


def boxes(ax):
    """The extents of the boxes in the axes' own units: (x0, y0, x1, y1)."""
    ax.figure.draw_without_rendering()
    extents = [p.get_path().get_extents() for p in ax.patches if isinstance(p, FancyBboxPatch)]
    return np.array([e.extents for e in extents])


def texts(ax):
    return [t.get_text() for t in ax.texts if t.get_text()]


def messy():
    a, b = Value(2.0, name="a"), Value(-1.0, name="b")
    c = a * b
    return (c + a) * c * c + a / b + (c.exp() + 1).log()


def test_the_alt_text_tells_every_number_and_every_operation():
    z = neuron()
    z.backward()
    assert z.draw().alt == (
        "A graph of 5 numbers, from left to right: w = 2 (gradient −3), x = −3 (gradient 2), b = 1 (gradient 1) → "
        "w × x = −6 (gradient 1); z = −6 + b = −5 (gradient 1)."
    )


def test_before_backward_no_gradient_is_shown():
    drawing = neuron().draw()
    assert drawing.alt.endswith("not computed yet.") and not [t for t in texts(drawing.ax) if "grad" in t]


def test_each_box_has_name_data_and_gradient_and_each_arrow_its_slope():
    z = neuron()
    z.backward()
    drawing = z.draw()
    assert isinstance(drawing, Drawing)
    assert sorted(texts(drawing.ax)) == sorted(
        ["w\n2\ngrad −3", "x\n−3\ngrad 2", "b\n1\ngrad 1", "×\n−6\ngrad 1", "z: +\n−5\ngrad 1", "−3", "2", "1", "1"]
    )
    assert len(texts(z.draw(slopes=False).ax)) == 5


def test_two_operands_that_are_one_share_an_arrow_with_both_slopes():
    v = Value(3.0, name="v")
    drawing = (v * v).draw()
    assert len(boxes(drawing.ax)) == 2 and "3 + 3" in texts(drawing.ax) and "v × v = 9" in drawing.alt


def test_unary_operations_powers_and_dot_are_said_in_words():
    w, x = Value(2.0, name="w"), Value(1.0, name="x")
    alt = (dot([w], [x], 0.5).tanh() ** 2).draw().alt
    assert "Σ wx + b of w, x, 0.5 = 2.5; tanh of 2.5 = 0.9866; (0.9866)^2 = 0.9734" in alt


@pytest.mark.parametrize("make", [neuron, messy, lambda: ValueMLP((2, 3, 1))([1.0, -1.0])[0], lambda: Value(1.0)])
def test_boxes_keep_apart_stay_inside_and_no_arrow_runs_through_one(make):
    ax = make().draw().ax
    found = boxes(ax)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert (found[:, 0] >= left).all() and (found[:, 2] <= right).all()
    assert (found[:, 1] >= low).all() and (found[:, 3] <= high).all()
    for k, a in enumerate(found):
        for b in found[k + 1 :]:
            assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
    for line in ax.lines:
        xy = line.get_xydata()
        points = np.concatenate([np.linspace(p, q, 50) for p, q in pairwise(xy)])
        for x0, y0, x1, y1 in found:
            x, y = points[:, 0], points[:, 1]
            assert not ((x > x0 + 0.01) & (x < x1 - 0.01) & (y > y0) & (y < y1)).any()


def test_it_draws_on_axes_that_are_given():
    _, ax = plt.subplots()
    assert neuron().draw(ax=ax).ax is ax and plt.get_fignums() == [1]


def test_a_graph_that_nobody_could_read_is_refused():
    with pytest.raises(BadData, match="more than 40"):
        sum((Value(k) for k in range(30)), Value(0.0)).draw()
