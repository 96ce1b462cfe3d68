"""Automatic differentiation of numbers: a class that remembers how each number was computed.

Every operation has the same three beats: make its operands Values, compute the result, and note the local
derivatives (`slopes`), one for each operand. `backward` walks from a result to everything it was made of, and
multiplies and adds those: the chain rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from operator import mul
from typing import TYPE_CHECKING, Any

from nnlab.errors import BadData

if TYPE_CHECKING:
    from nnlab.draw import Drawing


class Value:
    """A number that knows how it was computed, and after `backward()` its derivative.

    Values hold their parents and plain numbers, and no functions: so there is no cycle of references, and a graph is
    freed the moment that its result is. Made with +, -, *, /, **, `exp`, `log`, `tanh`, `relu`, `sigmoid` and `dot`;
    a plain number beside a Value becomes one.

    Args:
        data: the number.
        parents: the Values that it was computed from.
        slopes: for each parent, the derivative of this number with respect to it, at these data.
        operation: a sign for drawings, such as "×".
        name: for drawings too; may be set at any time.

    Attributes:
        grad: the derivative with respect to this Value of the one that `backward()` was called on.

    Raises:
        BadData: what is no number; the logarithm or the root of a number that has none.
        ZeroDivisionError, OverflowError: where Python's own floats raise them.

    >>> w, x = Value(3.0, name="w"), Value(2.0, name="x")
    >>> loss = (w * x - 1) ** 2
    >>> loss.backward()
    >>> loss.data, w.grad, x.grad  # 2 (wx - 1) x and 2 (wx - 1) w
    (25.0, 20.0, 30.0)
    """

    __array_ufunc__ = None  # np.float64(2) * value must ask __rmul__, instead of making an array of objects
    __slots__ = ("data", "grad", "name", "operation", "parents", "slopes")

    def __init__(
        self,
        data: float,
        parents: tuple[Value, ...] = (),
        slopes: tuple[float, ...] = (),
        operation: str = "",
        name: str = "",
    ) -> None:
        try:
            self.data = float(data)
        except (TypeError, ValueError) as error:
            raise BadData(f"a Value holds one number, and {data!r} is none; for many, make a list of Values") from error
        self.grad = 0.0
        self.parents, self.slopes, self.operation, self.name = parents, slopes, operation, name

    def __repr__(self) -> str:
        return f"Value({f'{self.name}: ' if self.name else ''}data={self.data:.6g}, grad={self.grad:.6g})"

    def __add__(self, other: Number) -> Value:
        other = as_value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other: Number) -> Value:
        other = as_value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data), "×")

    def __sub__(self, other: Number) -> Value:
        other = as_value(other)
        return Value(self.data - other.data, (self, other), (1.0, -1.0), "−")

    def __truediv__(self, other: Number) -> Value:
        other = as_value(other)
        quotient = self.data / other.data
        return Value(quotient, (self, other), (1 / other.data, -quotient / other.data), "÷")

    def __pow__(self, exponent: float) -> Value:
        """A power with a plain number in the exponent. For a Value there, write (exponent * base.log()).exp()."""
        if not isinstance(exponent, Real):
            raise BadData(
                f"the exponent is {exponent!r}; it must be a plain number. Else: (exponent * base.log()).exp()"
            )
        if self.data < 0 and exponent != int(exponent):
            raise BadData(f"{self.data:g} ** {exponent:g} is no real number; a negative base needs a whole exponent")
        slope = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, (self,), (slope,), f"^{exponent:g}")

    def __neg__(self) -> Value:
        return Value(-self.data, (self,), (-1.0,), "−")

    def __radd__(self, other: Number) -> Value:
        return as_value(other) + self

    def __rsub__(self, other: Number) -> Value:
        return as_value(other) - self

    def __rmul__(self, other: Number) -> Value:
        return as_value(other) * self

    def __rtruediv__(self, other: Number) -> Value:
        return as_value(other) / self

    def exp(self) -> Value:
        out = math.exp(self.data)
        return Value(out, (self,), (out,), "exp")

    def log(self) -> Value:
        if self.data <= 0:
            raise BadData(f"log of {self.data:g}: only numbers above 0 have a logarithm")
        return Value(math.log(self.data), (self,), (1 / self.data,), "log")

    def tanh(self) -> Value:
        out = math.tanh(self.data)
        return Value(out, (self,), (1 - out * out,), "tanh")

    def relu(self) -> Value:
        """max(0, z). At z = 0 its derivative is taken to be 0, as PyTorch does."""
        return Value(max(0.0, self.data), (self,), (1.0 if self.data > 0 else 0.0,), "relu")

    def sigmoid(self) -> Value:
        small = math.exp(-abs(self.data))  # at most 1: no overflow
        return Value((1.0 if self.data >= 0 else small) / (1 + small), (self,), (small / (1 + small) ** 2,), "σ")

    def backward(self) -> None:
        """Put into `grad` of every Value that this one was made of the derivative of this one with respect to it.

        Values without parents add up the gradients of several calls, as PyTorch does: set `grad` to 0 between steps.
        """
        order = self._history()
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):  # a node's grad is complete when all that was made of it had its turn
            grad = node.grad
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                parent.grad += grad * slope

    def _history(self) -> list[Value]:
        """All results that lead to this one, itself included, each after those that it was made of.

        A stack in place of recursion: a sum of 10 000 terms is 10 000 results deep, and Python allows about 1000 calls.
        """
        order: list[Value] = []
        seen: set[Value] = set()
        stack = [(self, False)]
        while stack:
            node, parents_done = stack.pop()
            if parents_done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents if parent.parents)
        return order

    def draw(self, **options: Any) -> Drawing:
        """Draw the graph that leads to this Value; see `nnlab.scratch.graph.draw_graph`. Returns Drawing(ax, alt)."""
        from nnlab.scratch.graph import draw_graph  # loads matplotlib, which computing does not need

        return draw_graph(self, **options)


Number = Value | float


def as_value(x: Number) -> Value:
    """`x` itself, or a new Value of a plain number."""
    return x if isinstance(x, Value) else Value(x)


def dot(weights: Iterable[Number], inputs: Iterable[Number], bias: Number = 0.0) -> Value:
    """The weighted sum of a neuron, Σ wᵢ xᵢ + b, as one operation with many parents.

    The same as a chain of * and +, with one Value in place of two for each weight, and so many times faster.

    >>> w = Value(2.0), Value(-1.0)
    >>> z = dot(w, [5.0, 3.0], 0.5)
    >>> z.backward()
    >>> z.data, w[0].grad, w[1].grad
    (7.5, 5.0, 3.0)
    """
    ws, xs, b = [*map(as_value, weights)], [*map(as_value, inputs)], as_value(bias)
    if len(ws) != len(xs):
        raise BadData(f"there are {len(ws)} weights and {len(xs)} inputs; give one weight for each input")
    w, x = tuple(v.data for v in ws), tuple(v.data for v in xs)
    return Value(sum(map(mul, w, x), b.data), (*ws, *xs, b), (*x, *w, 1.0), "Σ wx + b")
