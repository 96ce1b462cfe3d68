"""A multilayer perceptron, neuron by neuron: `mlp_draw`; or as a networkx graph: `mlp_graph`.

- `network.py`: what is known of a model, whatever its kind. `layout.py`: where its neurons and edges lie.
- `picture.py` draws, in the frame of `frame.py`; `labels.py` finds room for numbers; `words.py` says it in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
from matplotlib.axes import Axes

from nnlab.draw.mlp import words
from nnlab.draw.mlp.layout import Row, graph_of, rows_of
from nnlab.draw.mlp.network import Network, read
from nnlab.draw.mlp.picture import Picture
from nnlab.draw.result import Drawing
from nnlab.errors import BadData

__all__ = ["mlp_draw", "mlp_graph"]


def mlp_graph(model: Any, *, max_neurons: int | None = None) -> nx.DiGraph:
    """The network as a networkx directed graph, to compute with or to draw in another way.

    Parameters
    ----------
    model : what `mlp_draw` takes.
    max_neurons : the most neurons of one layer that become nodes; None for all of them.

    Returns
    -------
    A DiGraph whose nodes are pairs (layer, neuron), counted from 0, with the attributes `layer` and `pos`, and whose
    edges have a `weight`: a float, or None where only sizes are known.

    >>> graph = mlp_graph([2, 3, 1])
    >>> graph.number_of_nodes(), graph.number_of_edges(), graph.nodes[1, 0]["pos"]
    (6, 9, (1, 1.0))
    """
    network = read(model)
    _check_range("max_neurons", max_neurons, 2, np.inf)
    return graph_of(network, rows_of(network, max_neurons, None, biases=False))


def mlp_draw(
    model: Any,
    *,
    orientation: Literal["h", "v"] = "h",
    figsize: tuple[float, float] | None = None,
    add_labels: bool = True,
    label_pos: float | None = None,
    label_size: float | None = None,
    alpha: float = 0.9,
    ax: Axes | None = None,
    show_biases: bool = False,
    activations: Any = None,
    gradients: Any = None,
    path: tuple[int, int, int] | None = None,
    max_neurons: int | None = 10,
    feature_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
) -> Drawing:
    """Draw a multilayer perceptron, its weights as edges.

    Blue solid edges are positive, orange dashed ones negative; width and opacity grow with |weight|, from zero to the
    largest one drawn in the same layer. So edges can be compared within a layer, not between layers.

    Parameters
    ----------
    model : a fitted MLPClassifier or MLPRegressor, or a Pipeline that ends in one; a PyTorch module whose Linear
        layers form a chain; or a list of layer sizes such as [2, 8, 6, 1] (grey edges, no numbers).
    orientation : "h" from left to right, "v" from top to bottom.
    figsize : width and height of a new figure in inches; chosen from the network if None.
    add_labels : write the weights on the edges. Between two layers where not all of them could be read none is
        written, and a note in the figure says so.
    label_pos : where along an edge its label should stand, from 0 (its source) to 1. Labels move away from there
        rather than hide each other. None: wherever they hide the fewest edges.
    label_size : font size of the labels in points. None: the largest of 8, 7.5 and 7 at which they fit.
    alpha : opacity of the strongest edge, above 0, at most 1.
    ax : axes to draw on; a new figure if None. Numbers are placed for the size that the axes have now.
    show_biases : draw the biases as edges from a square neuron that is always 1.
    activations : one input (n_inputs numbers, or one row of a DataFrame): its forward pass is run, and each neuron
        shows its value after the activation function. A Pipeline's earlier steps are applied first.
    gradients : True, after `loss.backward()`, to draw the derivatives of the loss with respect to the weights of a
        PyTorch model in place of the weights; or a list of such arrays, of the shapes of the model's own weights.
    path : (layer, to, from), counted from 0: highlight the weight `[to, from]` of linear layer `layer`, and every
        path from it to an output: the paths over which backpropagation sums.
    max_neurons : a layer of more neurons is folded: only that many are drawn. None folds nothing.
    feature_names, output_names : names for the inputs and outputs, in place of x₁, x₂, … and ŷ.

    Returns
    -------
    Drawing(ax, alt): `alt` describes the drawing in a few sentences; pass it to `nnlab.plot.show`.

    Raises
    ------
    UnfittedModel : a scikit-learn model before `fit`.
    NoLinearChain : a model that is no chain of linear layers, such as a convolutional network.
    BadData : weights that are not finite, or an argument out of its range.

    >>> print(mlp_draw([2, 8, 6, 1]).alt)
    A 2-8-6-1 neural network, drawn from left to right: 2 inputs, 8 hidden neurons, 6 hidden neurons and 1 output.
    It has 85 parameters.
    """
    network = read(model, gradients)
    _check(network, orientation, figsize, label_pos, label_size, alpha, ax, path, max_neurons)
    values = None
    if activations is not None:
        if network.forward is None:
            raise BadData("a list of sizes has no weights, so it has no activations: pass a model, or leave them out")
        values = network.forward(activations)
    names = _names(network, feature_names, output_names)
    layers = rows_of(network, max_neurons, path, show_biases)
    if ax is None:
        figure = plt.figure(figsize=figsize or _figsize(layers, orientation), layout="none")
        ax = figure.add_axes((0, 0, 1, 1))
    own_names = (feature_names is not None, output_names is not None)
    picture = Picture(ax, network, layers, orientation, names, own_names, values, path, add_labels)
    picture.neurons()
    picture.edges(alpha, label_pos, label_size)
    picture.note()
    return Drawing(ax, words.describe(network, layers, orientation, path, values, names))


def _figsize(layers: list[list[Row]], orientation: str) -> tuple[float, float]:
    """Inches: wide enough for a number on each edge of a small network, never wider than a page where it can be."""
    gaps, fullest = len(layers) - 1, max(map(len, layers))
    if orientation == "h":
        return max(min(1.2 + 2.1 * gaps, 7.5), 1.2 + 1.1 * gaps), min(max(1.1 + 0.5 * fullest, 2.4), 7.0)
    return min(max(1.6 + 0.65 * fullest, 3.5), 7.5), max(min(1.2 + 1.9 * gaps, 7.0), 1.2 + 0.9 * gaps)


def _check(
    network: Network,
    orientation: str,
    figsize: tuple[float, float] | None,
    label_pos: float | None,
    label_size: float | None,
    alpha: float,
    ax: Axes | None,
    path: tuple[int, int, int] | None,
    max_neurons: int | None,
) -> None:
    if orientation not in ("h", "v"):
        raise BadData(f'orientation={orientation!r} is none: use "h" (left to right) or "v" (top to bottom)')
    if figsize is not None and ax is not None:
        raise BadData("figsize is for a new figure, and ax is part of one: give one of the two")
    for side in figsize or ():
        _check_range("figsize", side, 1, 100, " inches")
    _check_range("label_pos", label_pos, 0, 1)
    _check_range("label_size", label_size, 1, 72, " points")
    _check_range("alpha", alpha, 0.01, 1)
    _check_range("max_neurons", max_neurons, 2, np.inf)
    if path is None:
        return
    if len(path) != 3 or not 0 <= path[0] < len(network.sizes) - 1:
        raise BadData(
            f"path={path} is no weight: give (layer, to, from), with layer from 0 to {len(network.sizes) - 2}"
        )
    layer, to, source = path
    outs, ins = network.sizes[layer + 1], network.sizes[layer]
    if not (0 <= to < outs and 0 <= source < ins):
        raise BadData(
            f"path={path} is no weight: linear layer {layer} has weights [to, from] with to from 0 to {outs - 1} and "
            f"from from 0 to {ins - 1}"
        )


def _check_range(name: str, value: float | None, low: float, high: float, unit: str = "") -> None:
    if value is not None and not low <= value <= high:
        raise BadData(f"{name}={value} is out of range: give a number from {low} to {high}{unit}")


def _names(
    network: Network, feature_names: Sequence[str] | None, output_names: Sequence[str] | None
) -> list[list[str]]:
    """The name of every neuron, by layer; hidden neurons have none."""
    names = [words.symbols(network, k) for k in range(len(network.sizes))]
    for what, given, k in ("feature_names", feature_names, 0), ("output_names", output_names, -1):
        if given is not None:
            if isinstance(given, str) or len(given) != network.sizes[k]:
                raise BadData(f"{what}={given!r} does not fit: give a list of {network.sizes[k]} names")
            names[k] = [str(name) for name in given]
    return names
