"""Short names for the operations of a network: "conv 3×3 / 2, 64", "max pool 2×2 / 2", "batch norm", "ReLU", "+".

Modules and functions of PyTorch are told by their names, so this file needs no torch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from numbers import Number
from typing import Any, NamedTuple


class Operation(NamedTuple):
    """What a box says, and the kind that gives it its colour."""

    label: str
    kind: str  # conv, linear, norm, activation, pool, join, shape, block, other (and input, output: see trace.py)


_ACTIVATIONS = {
    "celu": "CELU",
    "elu": "ELU",
    "gelu": "GELU",
    "glu": "GLU",
    "hardsigmoid": "hard sigmoid",
    "hardswish": "hard swish",
    "hardtanh": "hard tanh",
    "leakyrelu": "leaky ReLU",
    "logsigmoid": "log sigmoid",
    "logsoftmax": "log softmax",
    "mish": "Mish",
    "prelu": "PReLU",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "selu": "SELU",
    "sigmoid": "sigmoid",
    "silu": "SiLU",
    "softmax": "softmax",
    "softplus": "softplus",
    "tanh": "tanh",
}
_NORMS = {
    "batchnorm": "batch norm",
    "groupnorm": "group norm",
    "instancenorm": "instance norm",
    "layernorm": "layer norm",
    "localresponsenorm": "local response norm",
    "rmsnorm": "RMS norm",
}
_SIGNS = {"add": "+", "sub": "−", "mul": "×", "multiply": "×", "div": "÷", "truediv": "÷"}
_SHAPES = {
    "flatten": "flatten",
    "unflatten": "reshape",
    "reshape": "reshape",
    "view": "reshape",
    "squeeze": "reshape",
    "unsqueeze": "reshape",
    "permute": "transpose",
    "transpose": "transpose",
    "movedim": "transpose",
    "t": "transpose",
    "mt": "transpose",
    "getitem": "slice",
    "select": "slice",
    "narrow": "slice",
    "chunk": "split",
    "split": "split",
    "pad": "pad",
    "zeropad": "pad",
    "pixelshuffle": "pixel shuffle",
}
# What changes no number that the next operation sees: not worth a box.
SILENT = {"contiguous", "to", "cpu", "cuda", "float", "double", "half", "clone", "detach", "typeas", "requiresgrad"}


def key(name: str) -> str:
    """The name of a class or function without what varies: case, underscores, the number of dimensions.

    >>> key("LeakyReLU"), key("leaky_relu_"), key("MaxPool2d"), key("__add__")
    ('leakyrelu', 'leakyrelu', 'maxpool', 'add')
    """
    return re.sub(r"\dd$", "", name.lower().replace("_", ""))


def of_module(module: Any) -> Operation:
    """The operation of a module that is drawn whole. A subclass of a PyTorch layer is named as that layer."""
    own = next((c.__name__ for c in type(module).__mro__ if c.__module__.startswith("torch.nn.modules.")), "Module")
    name = key(own)
    if name in ("conv", "convtranspose"):
        dims = module.weight.dim() - 2
        return _conv(
            module.in_channels,
            module.out_channels,
            module.kernel_size,
            module.stride,
            module.groups,
            module.dilation,
            name == "convtranspose",
            dims,
        )
    if name == "linear":
        return Operation(f"linear, {module.out_features}", "linear")
    if name == "embedding":
        return Operation(f"embedding, {module.embedding_dim}", "linear")
    if name in ("rnn", "lstm", "gru"):
        return Operation(f"{own}, {module.hidden_size}", "block")
    if name == "multiheadattention":
        return Operation(f"attention, {module.num_heads} heads", "block")
    if name == "dropout":
        return Operation(f"dropout {module.p:g}", "other")
    settings = vars(module)
    found = _common(name, own, settings)
    return found or Operation(type(module).__name__, "block")


def of_function(
    name: str, args: Sequence[Any], kwargs: dict[str, Any], shapes: tuple[tuple[int, ...], tuple[int, ...]], other: Any
) -> Operation:
    """The operation of a function call.

    `shapes` are those of its first traced operand and of its result; `other` names the operand of an arithmetic
    operation that is no data of the network: a number, the name of a parameter, or None.
    """
    plain = name.strip("_")
    short = key(plain)
    reflected = short not in _SIGNS and short[:1] in ("r", "i") and short[1:] in _SIGNS
    sign = _SIGNS.get(short[1:] if reflected else short)
    if sign:
        if other is None:
            return Operation(sign, "join")
        text = f"{other:.3g}" if isinstance(other, Number) and not isinstance(other, complex) else str(other)
        backwards = reflected and short[0] == "r" and sign in "−÷"
        return Operation(f"{text} {sign} …" if backwards else f"{sign} {text}", "other")
    if short == "pow" and isinstance(other, Number):
        return Operation(f"power {other:g}", "other")  # type: ignore[str-format]
    if short in ("cat", "concat", "concatenate"):
        return Operation("concat", "join")
    if short in ("matmul", "rmatmul", "bmm", "mm", "stack", "einsum"):
        return Operation("matmul" if short in ("rmatmul", "bmm", "mm") else short, "join")
    if short in ("view", "reshape") and len(shapes[1]) == 2 < len(shapes[0]) and shapes[0][0] == shapes[1][0]:
        return Operation("flatten", "shape")
    if short in ("conv", "convtranspose", "linear") and len(args) > 1:
        wide = tuple(args[1].shape)
        if short == "linear":
            return Operation(f"linear, {wide[0]}", "linear")
        names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
        given = {"stride": 1, "dilation": 1, "groups": 1, **dict(zip(names, args, strict=False)), **kwargs}
        dims = len(wide) - 2
        turned = short == "convtranspose"
        outs = wide[1] * given["groups"] if turned else wide[0]
        return _conv(shapes[0][1], outs, wide[2:], given["stride"], given["groups"], given["dilation"], turned, dims)
    settings = {**dict(zip(("input", "kernel_size", "stride"), args, strict=False)), **kwargs}
    settings.setdefault("output_size", settings.get("kernel_size"))  # of adaptive pooling
    found = _common(short, plain, settings)
    return found or Operation(plain.replace("_", " ").strip(), "other")


def _common(name: str, own: str, settings: dict[str, Any]) -> Operation | None:
    """What modules and functions have in common."""
    digits = re.search(r"(\d)d", own)
    dims = int(digits[1]) if digits else 2
    if name in _ACTIVATIONS:
        return Operation(_ACTIVATIONS[name], "activation")
    if name in _NORMS:
        return Operation(_NORMS[name], "norm")
    if name in _SHAPES:
        return Operation(_SHAPES[name], "shape")
    if name in ("upsample", "interpolate"):
        factor = settings.get("scale_factor")
        return Operation("upsample" + (f" ×{factor:g}" if isinstance(factor, Number) else ""), "pool")  # type: ignore[str-format]
    if name == "dropout":
        return Operation(f"dropout {settings.get('p', 0.5):g}", "other")
    if name == "scaleddotproductattention":
        return Operation("attention", "join")
    pooling = re.match(r"(adaptive)?(max|avg)pool", name)
    if not pooling:
        return None
    if pooling[1]:
        size = _times(settings.get("output_size"), dims)
        whole = set(size.split("×")) == {"1"}
        return Operation(f"global {pooling[2]} pool" if whole else f"{pooling[2]} pool to {size}", "pool")
    kernel, stride = settings.get("kernel_size"), settings.get("stride")
    return Operation(
        f"{pooling[2]} pool {_times(kernel, dims)}{_by(kernel if stride is None else stride, dims)}", "pool"
    )


def _conv(
    ins: int, outs: int, kernel: Any, stride: Any, groups: int, dilation: Any, transposed: bool, dims: int
) -> Operation:
    depthwise = groups == ins > 1
    what = "depthwise" if depthwise else "transposed conv" if transposed else "conv"
    label = f"{what} {_times(kernel, dims)}{_by(stride, dims)}, {outs}"
    if groups > 1 and not depthwise:
        label += f", {groups} groups"
    if _by(dilation, dims):
        label += f", dilation{_by(dilation, dims)[2:]}"
    return Operation(label, "conv")


def _times(size: Any, dims: int) -> str:
    """A kernel's size: 3 or (3, 3) → "3×3"."""
    sizes = tuple(size) if isinstance(size, Sequence) else (size,) * dims
    return "×".join("?" if s is None else str(s) for s in sizes)


def _by(stride: Any, dims: int) -> str:
    """A stride: 2 or (2, 2) → " / 2", 1 → ""."""
    steps = tuple(stride) if isinstance(stride, Sequence) else (stride,) * dims
    if len(set(steps)) > 1:
        return f" / {'×'.join(map(str, steps))}"
    return "" if steps[0] == 1 else f" / {steps[0]}"
