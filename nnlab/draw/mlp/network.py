"""What a drawing needs to know of a model: its sizes, weights and activations, whoever made it.

Models are recognised by what is already imported: a scikit-learn model cannot exist before scikit-learn is loaded,
so this module imports neither scikit-learn nor torch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from nnlab.errors import BadData, NoLinearChain, UnfittedModel

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron as a drawing sees it.

    `weights[k]` has the shape `[to, from]` of PyTorch's `nn.Linear.weight`; `weights` is empty where only sizes are
    known. `biases[k]` is None where a layer has no bias. `between[k]` names what follows linear layer k ("" if
    nothing is known). `forward` maps one input row to the values of every layer's neurons, inputs first.
    """

    sizes: tuple[int, ...]
    weights: Arrays
    biases: tuple[np.ndarray | None, ...]
    between: tuple[str, ...]
    parameters: int
    forward: Callable[[Any], list[np.ndarray]] | None = None
    quantity: str = "weight"

    def has_bias(self, layer: int) -> bool:
        """Whether linear layer `layer` adds a bias. A list of sizes is drawn as if every layer did."""
        return not self.weights or self.biases[layer] is not None


def read(model: Any, gradients: Any = None) -> Network:
    """The network inside a scikit-learn MLP (or a Pipeline that ends in one), a PyTorch module, or a list of sizes.

    With `gradients`, its weights are replaced by the derivatives of the loss: True reads `.grad` of a PyTorch model,
    a list of arrays gives one array a layer, each of the shape of the model's own weights.
    Raises NoLinearChain, UnfittedModel or BadData.
    """
    torch, pipelines, mlps = (sys.modules.get(n) for n in ("torch", "sklearn.pipeline", "sklearn.neural_network"))
    steps = None
    if pipelines and isinstance(model, pipelines.Pipeline):
        steps, model = model[:-1], model[-1]
    if mlps and isinstance(model, (mlps.MLPClassifier, mlps.MLPRegressor)):
        network, transposed = _from_sklearn(model, steps), True
    elif torch and isinstance(model, torch.nn.Module):
        network, transposed = _from_torch(model, torch, with_grad=gradients is True), False
    elif isinstance(model, (list, tuple, np.ndarray)):
        network, transposed = _from_sizes(model), False
    else:
        inside = " Pass its best_estimator_." if hasattr(model, "best_estimator_") else ""
        raise NoLinearChain(
            f"a {type(model).__name__} cannot be drawn as an MLP: expected a fitted MLPClassifier or MLPRegressor "
            f"(or a Pipeline that ends in one), a PyTorch module, or a list of layer sizes such as [2, 8, 1].{inside}"
        )
    if gradients is True and network.quantity != "gradient":
        raise BadData(
            "gradients=True reads `.grad` of a PyTorch model, and this is none: pass the gradients as a list of "
            "arrays, one for each layer of weights"
        )
    if gradients is not None and not isinstance(gradients, bool):
        network = _with_gradients(network, gradients, transposed)
    for k, w in enumerate(network.weights):
        if not np.isfinite(w).all():
            raise BadData(
                f"the {network.quantity}s of layer {k} hold NaN or infinity, so they cannot be drawn: training has "
                "probably diverged. Train again with a smaller learning rate, and look for NaN in the data."
            )
    return network


def _from_sizes(sizes: Sequence[Any] | np.ndarray) -> Network:
    numbers = list(sizes)
    whole = all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in numbers)
    if len(numbers) < 2 or not whole or min(numbers) < 1:
        raise BadData(
            f"layer sizes {numbers} cannot be drawn: give at least two whole numbers, each 1 or more, inputs first, "
            "outputs last, such as [2, 8, 1]"
        )
    sizes = tuple(int(n) for n in numbers)
    parameters = sum(a * b + b for a, b in pairwise(sizes))
    return Network(sizes, (), (None,) * (len(sizes) - 1), ("",) * (len(sizes) - 1), parameters)


def _from_sklearn(model: Any, steps: Any) -> Network:
    if not hasattr(model, "coefs_"):
        raise UnfittedModel(f"this {type(model).__name__} has no weights yet: call fit(X, y) first, then draw it")
    weights = tuple(np.asarray(w, float).T for w in model.coefs_)
    biases = tuple(np.asarray(b, float) for b in model.intercepts_)
    between = (model.activation,) * (len(weights) - 1) + (model.out_activation_,)

    def forward(row: Any) -> list[np.ndarray]:
        values = [_one_row(_transformed(row, steps), weights[0].shape[1])]
        for w, b, name in zip(weights, biases, between, strict=True):
            values.append(_ACTIVATIONS[name](w @ values[-1] + b))
        return values

    sizes = (weights[0].shape[1], *(len(b) for b in biases))
    return Network(sizes, weights, biases, between, sum(w.size + w.shape[0] for w in weights), forward)


def _softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max())
    return e / e.sum()


_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda z: z,
    "logistic": lambda z: 0.5 * (1 + np.tanh(z / 2)),  # the sigmoid, without exp's overflow
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "softmax": _softmax,
}


def _transformed(row: Any, steps: Any) -> Any:
    """The row as the last step of a pipeline sees it: a drawing shows what enters the network."""
    if steps is None or not len(steps):
        return row
    if hasattr(row, "to_frame"):  # a pandas Series: one row of a frame
        row = row.to_frame().T
    elif not hasattr(row, "columns"):
        row = _one_row(row, getattr(steps, "n_features_in_", None)).reshape(1, -1)
        if hasattr(steps, "feature_names_in_"):  # then scikit-learn warns unless the columns have names
            import pandas

            row = pandas.DataFrame(row, columns=steps.feature_names_in_)
    return steps.transform(row)


def _one_row(row: Any, n: int | None) -> np.ndarray:
    """One input as a flat array of n finite numbers."""
    if hasattr(row, "detach"):
        row = row.detach().cpu()
    try:
        values = np.asarray(row, float).ravel()
    except (TypeError, ValueError) as error:
        raise BadData(f"activations={row!r} is not a row of numbers: pass one input, for example X[0]") from error
    if n is not None and len(values) != n:
        raise BadData(
            f"activations has {len(values)} numbers (shape {np.shape(row)}), but the network has {n} inputs: "
            "pass one input row, for example X[0]"
        )
    if not np.isfinite(values).all():
        raise BadData("activations holds NaN or infinity: pass one input row of finite numbers")
    return values


def _from_torch(model: Any, torch: Any, with_grad: bool) -> Network:
    layers: list[Any] = []
    between: list[list[str]] = []
    for name, part in _parts(model, torch, type(model).__name__):
        if isinstance(part, torch.nn.Linear):
            layers.append(part)
            between.append([])
        elif next(part.parameters(), None) is not None and not _is_norm(part, torch):
            raise NoLinearChain(
                f"{name} is a {type(part).__name__}, and a drawing of an MLP has only linear layers: pass the part of "
                "the model that is a chain of Linear layers, for example model.classifier"
            )
        elif between and not isinstance(part, (torch.nn.Identity, torch.nn.Flatten)):
            between[-1].append(type(part).__name__)
    if not layers:
        raise NoLinearChain(f"this {type(model).__name__} has no Linear layer: there is nothing to draw as an MLP")
    for k, layer in enumerate(layers):
        if torch.nn.parameter.is_lazy(layer.weight):
            raise NoLinearChain(f"linear layer {k} is lazy and has no size yet: run one batch through the model first")
        if k and layer.in_features != layers[k - 1].out_features:
            raise NoLinearChain(
                f"linear layer {k} takes {layer.in_features} numbers, but the one before it gives "
                f"{layers[k - 1].out_features}: they are no chain. Pass a part of the model whose Linear layers "
                "follow each other."
            )

    def array(tensor: Any) -> np.ndarray:
        return tensor.detach().cpu().double().numpy()

    def used(parameter: Any, k: int) -> np.ndarray:
        if with_grad and parameter.grad is None:
            raise BadData(f"linear layer {k} has no gradient: call loss.backward() first, and draw before zero_grad()")
        return array(parameter.grad if with_grad else parameter)

    return Network(
        sizes=(layers[0].in_features, *(layer.out_features for layer in layers)),
        weights=tuple(used(layer.weight, k) for k, layer in enumerate(layers)),
        biases=tuple(None if layer.bias is None else used(layer.bias, k) for k, layer in enumerate(layers)),
        between=tuple(", ".join(names) for names in between),
        parameters=sum(p.numel() for p in model.parameters()),
        forward=lambda row: [array(v).ravel() for v in _layer_inputs(model, layers, row, torch)],
        quantity="gradient" if with_grad else "weight",
    )


def _parts(module: Any, torch: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The modules that compute, in order: leaves, Linear layers, and those that own parameters themselves."""
    own = any(True for _ in module.parameters(recurse=False))
    children = list(module.named_children())
    if isinstance(module, torch.nn.Linear) or own or not children:
        yield name, module
        return
    for child_name, child in children:
        yield from _parts(child, torch, f"{name}.{child_name}")


def _is_norm(part: Any, torch: Any) -> bool:
    """Layers with parameters that act on each neuron apart, so that the linear layers still form a chain."""
    return isinstance(part, (torch.nn.BatchNorm1d, torch.nn.LayerNorm, torch.nn.PReLU))


def _layer_inputs(model: Any, layers: list[Any], row: Any, torch: Any) -> list[Any]:
    """What enters each linear layer, and what leaves the model.

    The input of the next linear layer is the neuron's value whatever stands between them, so an activation that is
    only written in `forward` counts too.
    """
    first = layers[0]
    seen: list[tuple[Any, Any]] = []
    hooks = [
        layer.register_forward_pre_hook(lambda module, args: seen.append((module, args[0].clone()))) for layer in layers
    ]
    was_training = [m for m in model.modules() if m.training]
    x = torch.as_tensor(_one_row(row, first.in_features), dtype=first.weight.dtype, device=first.weight.device)
    try:
        model.eval()
        with torch.no_grad():
            output = model(x.reshape(1, -1))
    finally:
        for hook in hooks:
            hook.remove()
        for module in was_training:
            module.training = True
    in_order = [module for module, _ in seen] == layers
    if not in_order or not hasattr(output, "numel") or output.numel() != layers[-1].out_features:
        raise NoLinearChain(
            "the model's forward pass does not use its Linear layers once each and in order, so its neurons have no "
            "single value to show: draw it without activations"
        )
    return [value for _, value in seen] + [output]


def _with_gradients(network: Network, gradients: Any, transposed: bool) -> Network:
    """The network with the given arrays in place of its weights, and no biases: nothing is known of theirs."""
    shapes = list(zip(network.sizes[1:], network.sizes[:-1], strict=True))
    given = [np.asarray(g.detach().cpu() if hasattr(g, "detach") else g, float) for g in gradients]
    expected = [s[::-1] if transposed else s for s in shapes]
    if [g.shape for g in given] != expected:
        raise BadData(
            f"gradients have the shapes {[g.shape for g in given]}, but the weights have {expected}: pass one array "
            "for each layer of weights, of the same shape as the model's own"
        )
    arrays = tuple(g.T if transposed else g for g in given)
    return replace(network, weights=arrays, biases=(None,) * len(arrays), quantity="gradient")
