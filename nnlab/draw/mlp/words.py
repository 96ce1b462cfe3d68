"""The words of a drawing: numbers, names, captions, and the text for readers who cannot see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from nnlab.draw.mlp.layout import Row
from nnlab.draw.mlp.network import Network

_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
MINUS = "\N{MINUS SIGN}"


def formatter(values: np.ndarray) -> Callable[[float], str]:
    """How to write numbers that stand beside each other: two or three decimals, or else powers of ten.

    >>> formatter(np.array([0.5, -3.14159]))(-3.14159), formatter(np.array([2e-5]))(2e-5)
    ('−3.14', '2e−5')
    """
    largest = float(np.abs(values).max(initial=0.0))

    def write(value: float) -> str:
        if 0.01 <= largest < 1000 or largest == 0:
            text = f"{value:.{2 if largest >= 0.1 or largest == 0 else 3}f}"
            return text.replace("-", MINUS if text.strip("-0.") else "")
        mantissa, _, exponent = f"{value:.0e}".partition("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS) if value else "0"

    return write


def layer_name(network: Network, layer: int) -> str:
    """input, hidden 1, hidden 2, …, output."""
    if layer == 0:
        return "input"
    return "output" if layer == len(network.sizes) - 1 else f"hidden {layer}"


def symbols(network: Network, layer: int) -> list[str]:
    """x₁, x₂, … for inputs, ŷ for outputs, nothing for hidden neurons."""
    size = network.sizes[layer]
    if layer == 0:
        return ["x" + str(i + 1).translate(_SUBSCRIPT) for i in range(size)]
    if layer < len(network.sizes) - 1:
        return [""] * size
    return ["ŷ"] if size == 1 else ["ŷ" + str(i + 1).translate(_SUBSCRIPT) for i in range(size)]


def captions(network: Network, layers: list[list[Row]]) -> list[str]:
    """What stands beside each layer: its name, how many neurons, its activation."""
    texts = []
    for k, rows in enumerate(layers):
        drawn = sum(isinstance(r, int) for r in rows)
        size = network.sizes[k]
        what = "neuron" if k else "value"  # inputs compute nothing
        count = f"{size} {what}{'s' * (size > 1)}" + (f",\n{drawn} shown" if drawn < size else "")
        after = network.between[k - 1] if k else ""
        texts.append("\n".join(filter(None, (layer_name(network, k), count, after.replace(", ", "\n")))))
    return texts


def note(
    network: Network, highlighted: bool, bias: bool, dashed: bool, unnumbered: bool, unreadable: Sequence[str]
) -> str:
    """How to read the edges, and what could not be written."""
    noun = network.quantity
    sentences = []
    if network.weights:
        blue, orange = ("Solid blue", "Dashed orange") if dashed else ("Blue", "Orange")
        sentences.append(f"{blue}: positive {noun}. {orange}: negative. Thicker: larger (scaled in each layer).")
        if highlighted:
            sentences.append("Thin grey: on no path from the highlighted weight.")
    elif highlighted:
        sentences.append("Blue: every path from the highlighted weight to the output.")
    if bias:
        sentences.append("Square: the constant 1 that carries the biases.")
    if unnumbered:
        sentences.append(f"Edges without numbers: too many {noun}s to read.")
    if unreadable:
        sentences.append(f"Left out, as too small to read: {', '.join(unreadable)}.")
    return " ".join(sentences)


def describe(
    network: Network,
    layers: list[list[Row]],
    orientation: str,
    path: Sequence[int] | None,
    values: Sequence[np.ndarray] | None,
    names: Sequence[Sequence[str]],
) -> str:
    """The drawing in a few sentences, for readers who cannot see it."""
    last = len(network.sizes) - 1
    parts = [f"{network.sizes[0]} input{'s' * (network.sizes[0] > 1)}"]
    for k, size in enumerate(network.sizes[1:], 1):
        kind = "output" if k == last else "hidden neuron"
        after = f" ({network.between[k - 1]})" if network.between[k - 1] else ""
        parts.append(f"{size} {kind}{'s' * (size > 1)}{after}")
    way = "from left to right" if orientation == "h" else "from top to bottom"
    sentences = [
        f"A {'-'.join(map(str, network.sizes))} neural network, drawn {way}: {', '.join(parts[:-1])} and {parts[-1]}.",
        f"It has {_count(network.parameters, 'parameter')}" + _largest(network, names) + ".",
    ]
    folded = [k for k, rows in enumerate(layers) if None in rows]
    if folded:
        shown = ", ".join(
            f"{sum(isinstance(r, int) for r in layers[k])} of {network.sizes[k]} ({layer_name(network, k)})"
            for k in folded
        )
        sentences.append(f"Only some neurons are drawn: {shown}.")
    if path:
        layer, to, source = path
        n = prod(network.sizes[layer + 2 :])
        sentences.append(
            f"Highlighted: the weight from {_neuron(network, layer, source, names)} to "
            f"{_neuron(network, layer + 1, to, names)}, and the {_count(n, 'path')} that lead"
            f"{'s' * (n == 1)} from it to the output{'s' * (network.sizes[-1] > 1)}."
        )
    if values is not None:
        sentences.append(f"For the input {_listed(values[0])} the output is {_listed(values[-1])}.")
    return " ".join(sentences)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"


def _listed(values: np.ndarray, most: int = 10) -> str:
    write = formatter(values)
    text = ", ".join(write(v) for v in values[:most])
    if len(values) > most:
        text += f" … ({len(values)} numbers)"
    return text if len(values) == 1 else f"({text})"


def _neuron(network: Network, layer: int, index: int, names: Sequence[Sequence[str]]) -> str:
    """A neuron in words; its position is counted from 1, as in its symbol."""
    if names[layer][index]:
        return names[layer][index]
    return f"neuron {index + 1} of hidden layer {layer}"


def _largest(network: Network, names: Sequence[Sequence[str]]) -> str:
    if not network.weights:
        return ""
    peaks = [np.abs(w).max() for w in network.weights]
    k = int(np.argmax(peaks))
    to, source = np.unravel_index(np.abs(network.weights[k]).argmax(), network.weights[k].shape)
    value = formatter(network.weights[k])(float(network.weights[k][to, source]))
    ends = f"from {_neuron(network, k, int(source), names)} to {_neuron(network, k + 1, int(to), names)}"
    return f"; the largest {network.quantity} in size is {value}, {ends}"
