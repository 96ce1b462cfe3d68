"""How plain values are compared, and how they are shown to a learner."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlab.exercises.box import Net, Plain, Raised, plain


def show(value: Any, limit: int = 160) -> str:
    """A value in one short line; an array with its shape and dtype."""
    if isinstance(value, Net):
        return f"net({', '.join(str(layer[0]) for layer in value.layers)})"
    if hasattr(value, "detach"):
        return f"torch {show(plain(value), limit)}"
    if isinstance(value, np.ndarray):
        with np.printoptions(
            precision=5,
            threshold=12,
            edgeitems=3,
            suppress=bool(np.all(np.abs(value.astype(float)) < 1e5)) if value.dtype.kind in "iuf" else False,
        ):
            body = " ".join(str(value).split())
        return cut(f"{body}  (shape {value.shape}, {value.dtype})", limit)
    if isinstance(value, float):
        return f"{value:.7g}"
    if isinstance(value, list | tuple):
        more = f", … ({len(value)} items)" if len(value) > 8 else ""
        return cut(f"[{', '.join(show(v, 60) for v in value[:8])}{more}]", limit)
    return cut(repr(value[: limit + 1] if isinstance(value, str) else value), limit)


def difference(got: Plain, expected: Any, rtol: float, atol: float, shown: Callable[[Any], str] = show) -> str:
    """What differs, in lines for a learner; '' where nothing does. NaN equals NaN only where NaN is expected.

    `shown` writes the values into these lines.
    """
    want = plain(expected)
    pair = f"got       {shown(got)}\nexpected  {shown(want)}"
    if isinstance(want, dict):
        if not isinstance(got, dict) or set(got) != set(want):
            return f"{pair}\na dict with the keys {', '.join(want)} is expected"
        return next((f"at {k!r}:\n{d}" for k in want if (d := difference(got[k], want[k], rtol, atol, shown))), "")
    if isinstance(want, str | bool) or want is None:
        return "" if type(got) is type(want) and got == want else pair
    if isinstance(want, list) and any(isinstance(w, dict | str) for w in want):
        return _by_item(got, want, rtol, atol, pair, shown)
    try:
        have, aim = np.asarray(got), np.asarray(want)
    except ValueError:  # ragged lists
        return _by_item(got, want, rtol, atol, pair, shown) if isinstance(want, list) else pair
    if have.dtype.kind not in "biufc" or (have.dtype.kind == "b") != (aim.dtype.kind == "b"):
        kinds = {"b": "truth values", "U": "strings"}
        if have.dtype.kind == "U" == aim.dtype.kind and have.shape == aim.shape:
            return "" if (have == aim).all() else pair
        return f"{pair}\n{kinds.get(aim.dtype.kind, 'numbers')} are expected"
    if have.shape != aim.shape:
        return f"{pair}\nthe shape is {_shape(have)}, expected {_shape(aim)}"
    near = np.isclose(have, aim, rtol=rtol, atol=atol, equal_nan=True)
    if near.all():
        return ""
    if aim.ndim and near.size > 1:
        at = tuple(int(i) for i in np.argwhere(~near)[0])
        where = at[0] if len(at) == 1 else at
        first = f"got {shown(have[at].item())}, expected {shown(aim[at].item())}"
        return f"{pair}\nfirst difference at index {where}: {first}"
    return pair


def _by_item(got: Plain, want: list[Plain], rtol: float, atol: float, pair: str, shown: Callable[[Any], str]) -> str:
    got = got.tolist() if isinstance(got, np.ndarray) else got
    if not isinstance(got, list) or len(got) != len(want):
        return f"{pair}\n{len(want)} items are expected"
    told = (difference(g, w, rtol, atol, shown) for g, w in zip(got, want, strict=True))
    return next((f"at item {i}:\n{d}" for i, d in enumerate(told) if d), "")


def same(a: Plain | Raised, b: Plain | Raised) -> bool:
    """Do two answers reply alike? Used to tell a slip."""
    if isinstance(a, Raised) or isinstance(b, Raised):
        return isinstance(a, Raised) and isinstance(b, Raised) and (a.kind, a.message) == (b.kind, b.message)
    # Nobody reads what differs here, and to write it would take most of the time.
    return (type(a) is type(b) and a is b) or not difference(a, b, 1e-5, 1e-8, shown=lambda value: "")


def _shape(array: np.ndarray) -> str:
    return str(array.shape) if array.ndim else "a single number"


def cut(text: str, limit: int) -> str:
    """The text, with "…" for what exceeds so many characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
