import gc
import math
import operator
import sys
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab import scratch
from nnlab.errors import BadData
from nnlab.scratch import Value, dot

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv]
same_examples = settings(derandomize=True, deadline=None, max_examples=40)  # in every run
number = st.floats(-5, 5).filter(lambda v: abs(v) > 0.01)

# Each takes (Value or tensor) and works on both.
UNARY = {
    "exp": lambda v: v.exp(),
    "log of a square": lambda v: (v * v + 1).log(),
    "tanh": lambda v: v.tanh(),
    "relu": lambda v: v.relu(),
    "sigmoid": lambda v: v.sigmoid(),
    "negative": lambda v: -v,
    "square": lambda v: v**2,
    "cube": lambda v: v**3,
    "inverse": lambda v: v**-1,
    "power 0": lambda v: v**0 * v,
    "root of a square": lambda v: (v * v + 1) ** 0.5,
    "number on the left": lambda v: 2 + (3 - v) * (4 / v) - 1.5 * v,
    "number on the right": lambda v: (v + 2) * (v - 3) / 4,
    "with itself": lambda v: v * v + v / v - v,
}


def torchs(function, *numbers):
    tensors = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in numbers]
    out = function(*tensors)
    out.backward()
    return out.item(), [t.grad.item() for t in tensors]


def ours(function, *numbers):
    values = [Value(v) for v in numbers]
    out = function(*values)
    out.backward()
    return out.data, [v.grad for v in values]


def assert_equal(function, *numbers):
    (out, grads), (out2, grads2) = ours(function, *numbers), torchs(function, *numbers)
    assert out == pytest.approx(out2, rel=1e-12, abs=1e-12)
    assert grads == pytest.approx(grads2, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", UNARY)
@same_examples
@given(number)
def test_a_function_and_its_derivative_are_torchs(name, v):
    assert_equal(UNARY[name], v)


@pytest.mark.parametrize("function", BINARY)
@same_examples
@given(number, number)
def test_an_operation_and_its_derivatives_are_torchs(function, a, b):
    assert_equal(function, a, b)


@same_examples
@given(st.lists(st.tuples(st.sampled_from(range(6)), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=25))
def test_any_graph_of_operations_has_torchs_gradients(program):
    """Each line of the program makes a new number from two earlier ones, so numbers are used several times."""

    def run(a, b):
        numbers = [a, b]
        steps = [operator.add, operator.sub, operator.mul, lambda p, q: p / (q * q + 1), lambda p, q: (p * q).tanh(),
                 lambda p, q: (p - q).sigmoid() + p.relu()]  # fmt: skip
        for step, i, j in program:
            numbers.append(steps[step](numbers[i % len(numbers)], numbers[j % len(numbers)]).tanh())
        return sum(numbers[2:], numbers[0] * numbers[1])

    assert_equal(run, 0.7, -1.3)


@same_examples
@given(st.lists(st.tuples(number, number), min_size=1, max_size=6), number)
def test_dot_is_a_chain_of_products_and_sums(pairs, bias):
    def chain(*values):
        half = len(values) // 2
        return sum((w * x for w, x in zip(values[:half], values[half:-1], strict=True)), values[-1]) ** 2

    def fused(*values):
        half = len(values) // 2
        return dot(values[:half], values[half:-1], values[-1]) ** 2

    numbers = [w for w, _ in pairs] + [x for _, x in pairs] + [bias]
    (out, grads), (out2, grads2) = ours(fused, *numbers), ours(chain, *numbers)
    assert out == pytest.approx(out2) and grads == pytest.approx(grads2)


def test_dot_takes_plain_numbers_a_generator_and_the_same_value_twice():
    w = Value(3.0)
    out = dot((w for _ in range(2)), [1.0, np.float64(2.0)])
    out.backward()
    assert (out.data, w.grad) == (9.0, 3.0)
    with pytest.raises(BadData, match="1 weights and 2 inputs"):
        dot([w], [1.0, 2.0])


def test_relu_has_the_derivative_0_at_0_as_in_torch():
    assert_equal(lambda v: v.relu(), 0.0)


def test_sigmoid_and_tanh_of_huge_numbers_do_not_overflow():
    assert [Value(v).sigmoid().data for v in (-1000, 1000)] == [0, 1]
    assert [Value(v).tanh().data for v in (-1000, 1000)] == [-1, 1]
    assert Value(-40).sigmoid().slopes[0] == pytest.approx(math.exp(-40))


def test_numbers_of_numpy_are_numbers_on_either_side():
    v = Value(3.0)
    for out in np.float64(2) * v, v * np.float32(2), np.int64(2) * v, v * True * 2:
        assert isinstance(out, Value) and out.data == 6.0 and type(out.data) is float
    assert isinstance(np.float64(1) - v, Value) and (np.float64(6) / v).data == 2.0


@pytest.mark.parametrize("function", [*BINARY, lambda a, b: b + a, lambda a, b: b * a, lambda a, b: b - a])
@pytest.mark.parametrize("other", [np.zeros(3), "a", None, [1.0, 2.0], torch.zeros(2), 1j])
def test_what_is_no_number_is_refused(function, other):
    with pytest.raises((BadData, TypeError), match=r"Value|unsupported|concatenate"):
        function(Value(1.0), other)


def test_what_has_no_real_result_is_refused():
    for bad in lambda: Value(0.0).log(), lambda: Value(-1.0).log(), lambda: Value(-2.0) ** 0.5:
        with pytest.raises(BadData, match=r"above 0|no real number"):
            bad()
    with pytest.raises(BadData, match="exponent"):
        Value(2.0) ** Value(2.0)
    assert (Value(3.0) ** np.int64(2)).data == (Value(3.0) ** np.float32(2)).data == 9.0
    for bad in lambda: Value(1.0) / 0, lambda: Value(0.0) ** -1, lambda: Value(0.0) ** 0.5:
        with pytest.raises(ZeroDivisionError):
            bad()


def test_powers_of_0_have_their_slopes():
    assert (Value(0.0) ** 1).slopes == (1.0,) and (Value(0.0) ** 2).slopes == (0.0,)


def test_leaves_add_up_the_gradients_of_two_calls_and_results_do_not():
    w = Value(2.0)
    squared = w * w
    loss = squared * 3
    loss.backward()
    loss.backward()
    assert (w.grad, squared.grad, loss.grad) == (24.0, 3.0, 1.0)  # torch: two calls of 12 each


def test_a_graph_deeper_than_pythons_stack_is_no_matter():
    x = Value(1.0)
    out = x
    depth = 100 * sys.getrecursionlimit()
    for _ in range(depth):
        out = out + x
    out.backward()
    assert x.grad == depth + 1
    del out  # freeing it must not overflow the stack either


def test_a_number_used_along_exponentially_many_paths_is_visited_once():
    out = x = Value(1.0)
    for _ in range(60):
        out = (out + out) * 0.5
    out.backward()
    assert (out.data, x.grad) == (1.0, 1.0)


def test_a_graph_is_freed_with_its_result_without_the_garbage_collector():
    class Watched(Value):
        __slots__ = ("__weakref__",)

    x = Value(1.0)
    middle = Watched(2.0, (x,), (1.0,), "test")
    gone = weakref.ref(middle)
    loss = (middle * x).tanh()
    loss.backward()
    gc.disable()
    try:
        del middle
        assert gone() is not None
        del loss
        assert gone() is None
    finally:
        gc.enable()


def test_an_operation_of_ones_own_is_one_line():
    def maximum(a, b):
        return Value(max(a.data, b.data), (a, b), (float(a.data > b.data), float(b.data >= a.data)), "max")

    a, b = Value(2.0), Value(5.0)
    (maximum(a, b) * 3).backward()
    assert (a.grad, b.grad) == (0.0, 3.0)


def test_a_forgotten_slope_is_noticed():
    a, b = Value(2.0), Value(5.0)
    with pytest.raises(ValueError, match="shorter"):
        Value(7.0, (a, b), (1.0,), "+").backward()


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_the_network_of_values_is_the_network_of_arrays(activation):
    small, big = scratch.ValueMLP((3, 4, 2), activation), scratch.MLP((3, 4, 2), activation)
    weights = [
        a for layer in small.layers for a in ([[v.data for v in w] for w, _ in layer], [b.data for _, b in layer])
    ]
    big.assign(weights)
    x, y = [0.3, -1.2, 0.5], [1.0, 0.0]
    out = small(x)
    loss = sum(((o - t) ** 2 for o, t in zip(out, y, strict=True)), Value(0.0)) / 2
    loss.backward()
    prediction = big.forward([x])
    big.backward(scratch.mean_squared_error_gradient(prediction, [y]))
    assert [o.data for o in out] == pytest.approx(prediction[0].tolist())
    layered = [
        g for layer in small.layers for g in (*[v.grad for w, _ in layer for v in w], *[b.grad for _, b in layer])
    ]
    assert layered == pytest.approx(big.gradient.tolist())
    assert len(small.parameters) == 3 * 4 + 4 + 4 * 2 + 2 == len({id(p) for p in small.parameters})


def test_the_network_of_values_learns_xor():
    net = scratch.ValueMLP((2, 4, 1), "tanh", seed=1)
    data = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
    for _ in range(500):
        loss = sum(((net(x)[0] - y) ** 2 for x, y in data), Value(0.0))
        for p in net.parameters:
            p.grad = 0.0
        loss.backward()
        for p in net.parameters:
            p.data -= 0.1 * p.grad
    assert [round(net(x)[0].data) for x, _ in data] == [0, 1, 1, 0] and loss.data < 0.01


def test_bad_settings_of_the_network_are_refused():
    for bad in (
        lambda: scratch.ValueMLP((2, 1), "gelu"),
        lambda: scratch.ValueMLP((2, 0)),
        lambda: scratch.ValueMLP((2,)),
    ):
        with pytest.raises(BadData):
            bad()
    with pytest.raises(BadData, match="2 weights and 3 inputs"):
        scratch.ValueMLP((2, 1))([1.0, 2.0, 3.0])
