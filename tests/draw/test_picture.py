"""What the picture shows: edges by sign and size, folded layers, paths, biases, values; and the same in words."""

import io
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from torch import nn

from nnlab.draw import mlp_draw
from nnlab.draw.mlp.layout import fold
from nnlab.draw.mlp.words import formatter
from nnlab.plot import PALETTE

BLUE, ORANGE, GREY = (to_rgb(PALETTE[name]) for name in ("blue", "orange", "grey"))


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def net(*matrices):
    """A chain of linear layers with these weights [to, from] and no biases."""
    layers = [nn.Linear(np.shape(w)[1], np.shape(w)[0], bias=False) for w in matrices]
    for layer, w in zip(layers, matrices, strict=True):
        layer.weight.data = torch.tensor(w, dtype=torch.float32)
    return nn.Sequential(*layers)


def edges(ax):
    """Of each LineCollection: how many edges each of its paths has, with colour, opacity, width, and dashed or not."""
    found = []
    for lines in (c for c in ax.collections if isinstance(c, LineCollection)):
        found.append(
            [
                (1 + int(np.isnan(path.vertices[:, 0]).sum()), tuple(colour[:3]), colour[3], width, dash[1] is not None)
                for path, colour, width, dash in zip(
                    lines.get_paths(),
                    lines.get_colors(),
                    lines.get_linewidths(),
                    lines.get_linestyles(),
                    strict=True,
                )
            ]
        )
    return found


def texts(ax):
    return [t.get_text() for t in ax.texts]


def marks(ax):
    """How many neurons each layer shows."""
    return [len(c.get_offsets()) for c in ax.collections if not isinstance(c, LineCollection)]


def test_each_layer_of_weights_is_one_collection():
    ax = mlp_draw([2, 8, 6, 1]).ax
    assert [sum(n for n, *_ in layer) for layer in edges(ax)] == [16, 48, 6]


def test_sign_is_colour_and_dash_and_size_is_width_and_opacity_centred_on_zero():
    ax = mlp_draw(net([[-4.0], [2.0], [0.0], [0.03]]), add_labels=False).ax
    (layer,) = edges(ax)
    by_colour = {colour: rest for _, colour, *rest in layer}
    assert set(by_colour) == {BLUE, ORANGE, GREY}
    assert [dashed for _, colour, *_, dashed in layer if colour == ORANGE] == [True]
    assert not any(dashed for _, colour, *_, dashed in layer if colour != ORANGE)
    zero, small, half, full = sorted(layer, key=lambda edge: edge[3])
    assert (zero[1], small[1], half[1], full[1]) == (GREY, BLUE, BLUE, ORANGE)
    assert zero[2] < small[2] < half[2] < full[2] == pytest.approx(0.9)


def test_each_layer_has_its_own_scale():
    ax = mlp_draw(net([[100.0]], [[0.01]]), add_labels=False).ax
    (large,), (small,) = edges(ax)
    assert large[2:] == small[2:]


def test_alpha_is_the_opacity_of_the_strongest_edge():
    (layer,) = edges(mlp_draw(net([[1.0], [0.5]]), alpha=0.4).ax)
    assert max(opacity for _, _, opacity, *_ in layer) == pytest.approx(0.4)


def test_wide_layers_are_folded_and_say_so():
    ax = mlp_draw([784, 128, 64, 10], max_neurons=6).ax
    assert marks(ax) == [6, 6, 6, 6, 4 * 3]  # the last: three dots for each of four folded layers
    said = " ".join(texts(ax))
    assert "784 values,\n6 shown" in said and "x₇₈₄" in said and "x₄" not in said


def test_nothing_is_folded_without_max_neurons():
    assert marks(mlp_draw([30, 20, 1], max_neurons=None).ax) == [30, 20, 1]


@pytest.mark.parametrize("keep", [None, 0, 5, 6, 50, 97, 98, 99])
@pytest.mark.parametrize("most", [2, 3, 10])
def test_a_folded_layer_keeps_its_ends_the_kept_neuron_and_the_number(most, keep):
    rows = fold(100, most, keep)
    shown = [r for r in rows if r is not None]
    assert len(shown) == most and shown == sorted(shown) and shown[-1] == 99
    assert keep is None or keep in shown
    for before, after in pairwise(rows):
        assert (before is None) != (after is None) or after == before + 1


def test_a_path_colours_every_way_from_its_weight_to_the_outputs():
    first, second, third = edges(mlp_draw([3, 4, 5, 2], path=(0, 2, 1)).ax)
    coloured = [sum(n for n, colour, *_ in layer if colour == BLUE) for layer in (first, second, third)]
    assert coloured == [1, 5, 10]
    assert sum(n for n, *_ in first) == 12


def test_a_path_shows_its_neurons_in_folded_layers_and_numbers_only_its_own_edges():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(100, 50), nn.ReLU(), nn.Linear(50, 1))
    ax = mlp_draw(model, path=(0, 20, 60)).ax
    said = texts(ax)
    assert "x₆₁" in said
    for value in model[0].weight[20, 60].item(), model[2].weight[0, 20].item():
        assert f"{value:.3f}".replace("-", "−") in said or f"{value:.2f}".replace("-", "−") in said
    assert sum(t.replace("−", "").replace(".", "").isdigit() for t in said) == 2


@pytest.mark.parametrize(
    ("path", "ways"), [((0, 2, 1), "10 paths that lead from"), ((2, 0, 0), "1 path that leads from")]
)
def test_the_alternative_text_counts_the_paths(path, ways):
    assert ways in mlp_draw([3, 4, 5, 2], path=path).alt


def test_biases_are_edges_from_a_constant_one():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1, bias=False))
    first, second = edges(mlp_draw(model, show_biases=True, add_labels=False).ax)  # labels would cut edges in pieces
    assert sum(n for n, *_ in first) == 6 + 3 and sum(n for n, *_ in second) == 3
    said = texts(mlp_draw(model, show_biases=True).ax)
    assert said.count("1") == 1 and "Square: the constant 1 that carries the biases." in " ".join(said[-1].split())
    assert all(f"{b:.2f}".replace("-", "−") in said for b in model[0].bias.tolist())


def test_activations_are_written_in_the_neurons_and_colour_them():
    ax = mlp_draw(net([[1.0, 0.0], [0.0, -2.0]], [[1.0, 1.0]]), activations=[3.0, 4.0], add_labels=False).ax
    assert texts(ax)[: len(texts(ax)) - 1].count("−8.00") == 1
    assert {"3.00", "4.00", "−5.00", "x₁", "ŷ"} <= set(texts(ax))
    hidden = [c for c in ax.collections if not isinstance(c, LineCollection)][1].get_facecolors()
    assert tuple(hidden[0][:3]) == BLUE and tuple(hidden[1][:3]) == ORANGE and hidden[1][3] > hidden[0][3]


def test_flow_runs_to_the_right_or_down():
    for orientation, axis, sign in ("h", 0, 1), ("v", 1, -1):
        ax = mlp_draw([2, 3, 1], orientation=orientation).ax
        places = [np.mean(c.get_offsets(), 0)[axis] for c in ax.collections if not isinstance(c, LineCollection)]
        assert (np.diff(places) * sign > 0).all()


def test_the_first_neuron_stands_at_the_top_or_at_the_left():
    across = {o: mlp_draw([3, 1], orientation=o).ax.collections for o in ("h", "v")}
    tall, wide = (next(c for c in cs if not isinstance(c, LineCollection)).get_offsets() for cs in across.values())
    assert (np.diff(tall[:, 1]) < 0).all() and (np.diff(wide[:, 0]) > 0).all()


def test_axes_that_are_given_are_drawn_on():
    figure, axes = plt.subplots(1, 2, figsize=(10, 4))
    assert mlp_draw([2, 3, 1], ax=axes[1]).ax is axes[1]
    assert not axes[0].texts and plt.get_fignums() == [figure.number]


def test_the_alternative_text_says_what_the_picture_shows():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid())
    model[0].weight.data = torch.tensor([[0.1, 0.2], [-3.21, 0.5], [0.0, 1.0]])
    torch.nn.init.ones_(model[2].weight)
    alt = mlp_draw(model, feature_names=["age", "income"], activations=[1.0, 0.0], orientation="v").alt
    assert alt.startswith(
        "A 2-3-1 neural network, drawn from top to bottom: 2 inputs, 3 hidden neurons (Tanh) and 1 output (Sigmoid). "
        "It has 13 parameters; the largest weight in size is −3.21, from age to neuron 2 of hidden layer 1. "
    )
    assert "For the input (1.00, 0.00) the output is 0." in alt


def test_the_alternative_text_tells_of_neurons_left_out():
    alt = mlp_draw([784, 128, 10], activations=None).alt
    assert "Only some neurons are drawn: 10 of 784 (input), 10 of 128 (hidden 1)." in alt


def test_the_svg_of_a_folded_network_is_small_and_holds_no_nan():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
    file = io.StringIO()
    mlp_draw(model).ax.figure.savefig(file, format="svg")
    svg = file.getvalue()
    assert len(svg) < 150_000 and svg.count("<path") < 250
    assert "nan" not in svg.lower()
    assert "<image" not in svg


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([0.5, -3.14159, -0.001], ["0.50", "−3.14", "0.00"]),
        ([0.012, -0.0004], ["0.012", "0.000"]),
        ([0.0], ["0.00"]),
        ([2e-5, -1.6e-6, 0.0], ["2e−5", "−2e−6", "0"]),
        ([12345.0, 1.0], ["1e4", "1e0"]),
    ],
)
def test_numbers_are_short_and_comparable(values, written):
    assert [formatter(np.array(values))(v) for v in values] == written
