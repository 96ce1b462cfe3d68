"""What the drawing writes can be read: no two texts overlap, none hides a neuron, none leaves the axes."""

import re
from itertools import combinations, pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from torch import manual_seed, nn

from nnlab.draw import mlp_draw
from nnlab.draw.mlp.labels import interrupted, place

NUMBER = re.compile(r"−?\d+\.\d\d")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def net(seed=0, sizes=(2, 8, 6, 1), spread=1.0):
    manual_seed(seed)
    parts = []
    for a, b in pairwise(sizes):
        layer = nn.Linear(a, b)
        nn.init.normal_(layer.weight, std=spread)
        parts += [layer, nn.Tanh()]
    return nn.Sequential(*parts[:-1])


def boxes(ax, dpi=100):
    """Each text with its box (x0, y0, x1, y1) in points, as the Agg renderer draws it at this resolution."""
    ax.figure.set_dpi(dpi)
    renderer = FigureCanvasAgg(ax.figure).get_renderer()
    ax.figure.draw(renderer)
    return [(t.get_text(), t.get_window_extent(renderer).extents * 72 / dpi) for t in ax.texts if t.get_text()]


def circles(ax, dpi=100):
    """Centre and radius of every neuron in points; the dots of folded layers are no neurons."""
    found = []
    for marks in (c for c in ax.collections if isinstance(c, PathCollection) and c.get_sizes()[0] > 6):
        for centre in ax.transData.transform(marks.get_offsets()) * 72 / dpi:
            found.append((centre, np.sqrt(marks.get_sizes()[0]) / 2))
    return found


def assert_readable(ax, dpi=100):
    texts, neurons = boxes(ax, dpi), circles(ax, dpi)
    page = ax.get_window_extent().extents * 72 / dpi
    for (one, a), (other, b) in combinations(texts, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one!r} and {other!r} overlap"
    for text, box in texts:
        assert (box[:2] >= page[:2]).all() and (box[2:] <= page[2:]).all(), f"{text!r} leaves the axes"
        for centre, radius in neurons:
            nearest = np.clip(centre, box[:2], box[2:])
            inside = np.abs((box[:2] + box[2:]) / 2 - centre).max() < 1.5
            assert inside or np.hypot(*(nearest - centre)) >= radius - 0.01, f"{text!r} hides a neuron"


def numbers(ax):
    return [t.get_text() for t in ax.texts if NUMBER.fullmatch(t.get_text())]


@pytest.mark.parametrize("orientation", ["h", "v"])
@pytest.mark.parametrize("seed", range(4))
def test_a_2_8_6_1_network_shows_all_its_70_weights_and_they_can_be_read(orientation, seed):
    model = net(seed)
    ax = mlp_draw(model, orientation=orientation).ax
    assert_readable(ax)
    weights = [f"{w:.2f}".replace("-", "−") for m in model if isinstance(m, nn.Linear) for w in m.weight.ravel()]
    assert sorted(numbers(ax)) == sorted("0.00" if w == "−0.00" else w for w in weights)


@pytest.mark.parametrize("orientation", ["h", "v"])
@pytest.mark.parametrize("figsize", [(4, 3), (5, 5), (6, 3.5), (8, 5), (12, 9), (3, 7)])
def test_what_is_written_can_be_read_at_any_size_of_figure(orientation, figsize):
    for seed, spread in (0, 1.0), (1, 30.0), (2, 0.01):
        assert_readable(mlp_draw(net(seed, spread=spread), orientation=orientation, figsize=figsize).ax)


@pytest.mark.parametrize("dpi", [50, 60, 72, 90, 110, 150])
def test_a_figure_drawn_at_another_resolution_can_still_be_read(dpi):
    assert_readable(mlp_draw(net()).ax, dpi)
    assert_readable(mlp_draw(net(), path=(0, 2, 1), show_biases=True, orientation="v").ax, dpi)


CASES = {
    "one weight": ((1, 1), {}),
    "biases": ((2, 4, 3, 1), {"show_biases": True}),
    "values": ((2, 8, 6, 1), {"activations": [0.1, -0.4]}),
    "a path": ((2, 8, 6, 1), {"path": (0, 2, 1)}),
    "a path through a folded layer": ((100, 40, 3), {"path": (0, 20, 50)}),
    "names": ((3, 4, 2), {"feature_names": ["sepal length (cm)", "b", "petal width"], "output_names": ["no", "yes"]}),
    "names and values": ((2, 3, 1), {"feature_names": ["age", "income"], "activations": [1.0, 2.0]}),
    "twelve layers": ((2, *[10] * 10, 1), {}),
    "folded layers": ((784, 128, 64, 10), {}),
    "wide and unfolded": ((1, 80, 20, 1), {"max_neurons": None}),
    "values too small to read": ((30, 30, 2), {"max_neurons": None, "activations": np.ones(30)}),
    "a place for labels": ((2, 4, 1), {"label_pos": 0.3}),
    "labels wider than the neurons": ((6, 6), {"label_size": 12, "figsize": (3.5, 7)}),
    "large labels": ((2, 4, 1), {"label_size": 14}),
}


@pytest.mark.parametrize("orientation", ["h", "v"])
@pytest.mark.parametrize("case", CASES)
def test_nothing_overlaps_in_any_kind_of_drawing(case, orientation):
    sizes, arguments = CASES[case]
    assert_readable(mlp_draw(net(sizes=sizes), orientation=orientation, **arguments).ax)


def test_labels_fit_the_axes_they_are_given():
    _, axes = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
    for ax in axes:
        mlp_draw(net(), ax=ax)
        ax.set_title("Before training")
    for ax in axes:
        assert_readable(ax)
        assert len(numbers(ax)) > 0


def test_weights_that_cannot_be_read_are_left_out_and_the_figure_says_so():
    ax = mlp_draw(net(sizes=(8, 8)), figsize=(4, 3)).ax
    assert numbers(ax) == []
    assert "Edges without numbers: too many weights to read." in " ".join(ax.texts[-1].get_text().split())


def test_each_label_stands_on_its_own_edge():
    ax = mlp_draw(net(sizes=(2, 3, 1))).ax
    boxes(ax)
    places = np.array([t.get_position() for t in ax.texts if NUMBER.fullmatch(t.get_text())])
    neurons = np.concatenate(
        [np.asarray(c.get_offsets()) for c in ax.collections if isinstance(c, PathCollection) and len(c.get_offsets())]
    )
    inputs, hidden, output = neurons[:2], neurons[2:5], neurons[5:]
    edges = [(a, b) for a in inputs for b in hidden] + [(a, b) for a in hidden for b in output]
    for (a, b), spot in zip(edges, places, strict=True):
        along = (b - a) / np.hypot(*(b - a))
        across = (spot - a) - (spot - a) @ along * along
        assert np.hypot(*across) < 1e-6


def test_edges_leave_room_for_their_labels():
    ax = mlp_draw(net(sizes=(1, 1))).ax
    (_, box), *_ = [t for t in boxes(ax) if NUMBER.fullmatch(t[0])]
    (path,) = next(c for c in ax.collections if isinstance(c, LineCollection)).get_paths()
    x = path.vertices[:, 0]
    assert np.isnan(x).tolist() == [False, False, True, False, False]  # two pieces
    x = x[np.isfinite(x)]
    assert x[1] <= box[0] and x[2] >= box[2]


def test_an_edge_behind_two_overlapping_labels_is_broken_once():
    edge = np.array([[[0.0, 0.0], [10.0, 0.0]]])
    (line,) = interrupted(edge, np.array([[4.0, 0.0], [5.0, 0.0]]), np.array([[1.0, 1.0], [1.0, 1.0]]))
    assert np.array_equal(line, [[0, 0], [3, 0], [np.nan, np.nan], [6, 0], [10, 0]], equal_nan=True)


@pytest.mark.parametrize(("width", "fits"), [(50.0, True), (19.0, False), (9.0, False)])
def test_a_label_that_would_leave_the_page_is_not_placed(width, fits):
    edge = np.array([[[width / 2, 0.0], [width / 2, 100.0]]])
    label, one = np.array([[20.0, 8.0]]), np.array([0])
    centres = place(edge, label, one, np.ones(1), np.array([[-99.0, -99.0]]), 1.0, np.empty((0, 4)), (width, 100), None)
    assert (centres is not None) == fits


@pytest.mark.parametrize(("length", "fits"), [(60.0, True), (25.0, False)])
def test_a_label_that_would_hide_most_of_its_edge_is_not_placed(length, fits):
    edge = np.array([[[20.0, 50.0], [20.0 + length, 50.0]]])
    ends = np.array([[17.0, 50.0], [23.0 + length, 50.0]])
    label, one = np.array([[20.0, 8.0]]), np.array([0])
    centres = place(edge, label, one, np.ones(1), ends, 3.0, np.empty((0, 4)), (100, 100), None)
    assert (centres is not None) == fits


def test_label_pos_says_where_along_its_edge_a_label_stands():
    found = {}
    for pos in 0.25, 0.75:
        ax = mlp_draw(net(sizes=(1, 1)), label_pos=pos).ax
        found[pos] = next(t.get_position()[0] for t in ax.texts if NUMBER.fullmatch(t.get_text())) / ax.get_xlim()[1]
    assert found[0.25] < 0.45 and found[0.75] > 0.55


def test_no_weight_is_written_when_labels_are_not_wanted():
    ax = mlp_draw(net(), add_labels=False).ax
    assert numbers(ax) == [] and "without numbers" not in ax.texts[-1].get_text()


def test_the_same_network_is_drawn_the_same_twice():
    one, other = (mlp_draw(net()).ax for _ in range(2))
    assert [(t.get_text(), t.get_position()) for t in one.texts] == [
        (t.get_text(), t.get_position()) for t in other.texts
    ]
