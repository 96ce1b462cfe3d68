"""The two sides of a question: what the judge sends, and the box that holds the learner's objects and answers.

The judge never touches a learner's object. It asks a `Box` by name and gets plain data back: None, truth values,
numbers, strings, NumPy arrays, and lists and dicts of these. `LocalBox` answers from a namespace of this process (the
notebook); a box in another process can answer the same four questions over a pipe.
"""

import ast
import contextlib
import inspect
import io
import random
import sys
import textwrap
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

_LOCK = threading.RLock()

Plain = Any  # None | bool | int | float | complex | str | np.ndarray | list[Plain] | dict[str, Plain]


@dataclass(frozen=True)
class Net:
    """A network sent as plain data: `Net(("Linear", weight, bias), ("ReLU",))` arrives as a `torch.nn.Sequential`.

    A "Linear" carries its weight [out, in] and its bias [out] (or None); a "BatchNorm1d" its scale, shift, mean and
    variance, each [features]. Any other layer is named as in `torch.nn`, and is made without arguments.
    """

    layers: tuple[tuple, ...]

    def __init__(self, *layers: tuple) -> None:
        object.__setattr__(self, "layers", layers)


@dataclass(frozen=True)
class Raised:
    """The reply of an answer that raised an error, or that is of a kind that cannot be sent."""

    kind: str
    message: str
    line: str = ""  # of the learner's own code, where that can be told


class BoxGone(Exception):
    """The box does not answer any more: no question can be put to it, so nothing can be judged."""


class Box(Protocol):
    """What a judge can ask of a learner's work."""

    def state(self, name: str) -> str:
        """'missing', 'blank' (the TODO still stands), or 'there'."""

    def value(self, path: str) -> Plain | Raised:
        """The value of a name, or of a dotted path from one (`model.coefs_`)."""

    def call(self, path: str, args: Sequence, kwargs: Mapping[str, Any]) -> Plain | Raised:
        """What the object at `path` returns for these arguments: plain data, torch tensors, or a `Net`."""

    def layers(self, path: str) -> list[dict[str, Plain]] | Raised:
        """The leaf modules of a `torch.nn.Module`, in order: each its type and its sizes."""


class LocalBox:
    """Answers from a namespace of this process, and leaves its random streams as they were."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def state(self, name: str) -> str:
        if name not in self.names:
            return "missing"
        return "blank" if _is_blank(self.names[name]) else "there"

    def value(self, path: str) -> Plain | Raised:
        with _guarded():
            return self._reply(lambda: self._find(path))

    def call(self, path: str, args: Sequence, kwargs: Mapping[str, Any]) -> Plain | Raised:
        with _guarded():
            return self._reply(
                lambda: self._find(path)(*map(_arrive, args), **{k: _arrive(v) for k, v in kwargs.items()})
            )

    def layers(self, path: str) -> list[dict[str, Plain]] | Raised:
        with _guarded():
            return self._reply(lambda: _describe(self._find(path)))

    def _find(self, path: str) -> Any:
        name, *attributes = path.split(".")
        found = self.names[name]
        for attribute in attributes:
            found = getattr(found, attribute)
        return found

    @staticmethod
    def _reply(question: Any) -> Plain | Raised:
        try:
            return plain(question())
        except Exception as error:  # whatever a learner's code raises is its answer
            return Raised(type(error).__name__, str(error), _where(error))


def plain(value: Any) -> Plain:
    """`value` as plain data, copied: tensors, arrays and frames become arrays, scalars become Python's own.

    Raises:
        TypeError: it is of another kind (an object, a function, an array of objects).
    """
    if value is None or value is ... or isinstance(value, bool | np.bool_):
        return value if value is None or value is ... else bool(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value)
    if isinstance(value, complex | np.complexfloating):
        return complex(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | range):
        return [plain(v) for v in value]
    if hasattr(value, "detach"):  # a torch tensor
        value = value.detach().cpu().numpy()
    elif hasattr(value, "to_numpy"):  # a pandas frame or series
        value = value.to_numpy()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufcU":
        return value.item() if value.ndim == 0 else np.array(value)
    raise TypeError(
        f"expected a number, a string, an array, or a list or dict of these; this is a {type(value).__name__}"
    )


def _arrive(sent: Any) -> Any:
    """What the learner's code receives: a fresh copy, so that it can spoil nothing of the judge's."""
    if isinstance(sent, Net):
        return _build(sent)
    if isinstance(sent, np.ndarray):
        return sent.copy()
    if hasattr(sent, "detach"):
        return sent.detach().clone()
    if isinstance(sent, list | tuple):
        return type(sent)(map(_arrive, sent))
    return sent


def _build(net: Net) -> Any:
    import torch
    from torch import nn

    modules: list[nn.Module] = []
    for kind, *arrays in net.layers:
        if kind == "Linear":
            weight, bias = arrays
            # The default dtype may be the learner's choice.
            outputs, inputs = np.shape(weight)
            modules.append(nn.Linear(inputs, outputs, bias=bias is not None, dtype=torch.float32))
            state = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
            modules[-1].load_state_dict({k: torch.as_tensor(v, dtype=torch.float32) for k, v in state.items()})
        elif kind == "BatchNorm1d":
            modules.append(nn.BatchNorm1d(len(arrays[0]), dtype=torch.float32))
            names = ("weight", "bias", "running_mean", "running_var")
            state = {k: torch.as_tensor(v, dtype=torch.float32) for k, v in zip(names, arrays, strict=True)}
            modules[-1].load_state_dict(state, strict=False)  # but for the number of batches it has seen
        else:
            modules.append(getattr(nn, kind)())
    return nn.Sequential(*modules)


def _describe(module: Any) -> list[dict[str, Plain]]:
    leaves = [m for m in module.modules() if not list(m.children())]
    sizes = (bool, int, float, str, tuple)
    return [
        {"type": type(m).__name__, "parameters": sum(p.numel() for p in m.parameters())}
        | {"bias": getattr(m, "bias", None) is not None}
        | {
            k: plain(v)
            for k, v in vars(m).items()
            if isinstance(v, sizes) and not k.startswith("_") and k != "training"
        }
        for m in leaves
    ]


def _is_blank(value: Any) -> bool:
    """Is this still the TODO: `...` itself, a function in which a line `...` stands, or a class with such a method?"""
    if value is ...:
        return True
    if inspect.isclass(value):  # its own source cannot be asked for in a notebook, that of its methods can
        return any(inspect.isfunction(method) and _is_blank(method) for method in vars(value).values())
    if not inspect.isfunction(value):
        return False
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
    except (OSError, TypeError, SyntaxError):  # no source to read
        return False
    holders = (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)
    return any(
        isinstance(node, holders) and isinstance(node.value, ast.Constant) and node.value.value is ...
        for node in ast.walk(tree)
    )


def _where(error: Exception) -> str:
    """The line of the learner's own code in which it happened, if that can be told."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename.startswith("<") or "ipykernel" in f.filename]
    return own[-1].line or "" if own else ""


class _Nowhere(io.TextIOBase):
    """Takes any text and keeps none of it, however much an answer prints."""

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def _guarded() -> Iterator[None]:
    """Asking prints nothing, warns of nothing, and takes nothing from the notebook's random numbers."""
    torch = sys.modules.get("torch")
    quiet = contextlib.redirect_stdout(_Nowhere()), contextlib.redirect_stderr(_Nowhere())
    # All of this belongs to the process, so that one thread at a time can have it.
    with _LOCK, quiet[0], quiet[1], warnings.catch_warnings(), np.errstate(all="ignore"):
        states = random.getstate(), np.random.get_state(), torch and torch.get_rng_state()
        warnings.simplefilter("ignore")
        random.seed(0)
        np.random.seed(0)
        if torch:
            torch.default_generator.manual_seed(0)  # torch.manual_seed would reseed the GPUs too, for good
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])
            if torch:
                torch.set_rng_state(states[2])
