import numpy as np
import pytest

from nnlab import scratch
from nnlab.errors import BadData


def network(activation="tanh", loss="cross_entropy"):
    rng = np.random.default_rng(0)
    net, x, y = scratch.MLP((3, 5, 4), activation), rng.normal(size=(7, 3)), rng.integers(0, 4, 7)
    net.backward(scratch.cross_entropy_gradient(net.forward(x), y))
    return net, lambda: scratch.cross_entropy(net.forward(x), y)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "identity"])
def test_right_gradients_pass(activation):
    net, loss = network(activation)
    report = scratch.gradient_check(loss, net.parameters, net.gradients)
    assert report.ok and len(report.entries) == net.theta.size


BUGS = {
    "a sign": lambda g: -g,
    "a factor": lambda g: 2 * g,
    "a forgotten mean": lambda g: g / 7,
    "zeros": np.zeros_like,
    "a transposed order": lambda g: g.ravel()[::-1].reshape(g.shape),
    "a thousandth": lambda g: g * 1.001,
    "NaN": lambda g: g * np.nan,
}


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("k", range(4))
def test_a_bug_in_one_array_is_found_and_named(bug, k):
    net, loss = network()
    gradients = [BUGS[bug](g) if j == k else g.copy() for j, g in enumerate(net.gradients)]
    report = scratch.gradient_check(loss, net.parameters, gradients, names=["W1", "b1", "W2", "b2"])
    assert not report.ok
    assert {e.parameter for e in report.wrong} == {["W1", "b1", "W2", "b2"][k]}


def test_one_wrong_number_among_many_heads_the_report():
    net, loss = network()
    gradients = [g.copy() for g in net.gradients]
    gradients[0][2, 1] += 0.01
    report = scratch.gradient_check(loss, net.parameters, gradients)
    assert len(report.wrong) == 1
    worst = report.worst
    assert (worst.parameter, worst.place) == ("parameter 0", (2, 1))
    assert worst.analytic - worst.numeric == pytest.approx(0.01, rel=1e-5)
    assert worst.error == pytest.approx(0.01 / max(abs(worst.analytic), abs(worst.numeric)), rel=1e-5)
    assert "1 of 44 derivatives are wrong" in str(report) and "parameter 0[2, 1]" in str(report)


def test_the_parameters_are_put_back_even_after_an_error():
    p = np.array([1.0, 2.0])

    def loss():
        if p[1] > 2:
            raise RuntimeError("stop")
        return float(p @ p)

    with pytest.raises(RuntimeError, match="stop"):
        scratch.gradient_check(loss, [p], [2 * p])
    assert p.tolist() == [1.0, 2.0]


def test_rounding_of_a_large_loss_is_no_error():
    p = np.array([1e-3, 0.0])
    assert scratch.gradient_check(lambda: 1e6 + float(p @ p), [p], [2 * p]).ok


def test_steps_grow_with_the_parameters():
    p = np.array([1e6 + 0.5])  # a step of 6e-6 from here would lose five digits
    assert scratch.gradient_check(lambda: float(np.sum((p - 1e6) ** 2)), [p], [2 * (p - 1e6)]).ok


def test_a_sample_checks_so_many_of_each_array_and_repeats():
    net, loss = network()
    places = []
    for seed in 0, 0, 1:
        report = scratch.gradient_check(loss, net.parameters, net.gradients, samples=4, seed=seed)
        places.append(sorted((e.parameter, e.place) for e in report.entries))
    assert [len(p) for p in places] == [16] * 3 and places[0] == places[1] != places[2]


def test_it_copies_the_gradients_before_the_loss_writes_them_anew():
    p, g = np.array([3.0]), np.array([5.0])

    def loss():
        g[:] = 2 * p
        return float(p @ p)

    assert scratch.gradient_check(loss, [p], [g]).worst.analytic == 5.0


@pytest.mark.parametrize(
    ("parameters", "gradients", "options", "said"),
    [
        ([np.zeros(2, np.float32)], [np.zeros(2)], {}, "float64"),
        ([[1.0]], [[1.0]], {}, "float64"),
        ([np.zeros(2)], [np.zeros(3)], {}, "shapes"),
        ([np.zeros(2)], [], {}, "shapes"),
        ([], [], {}, "nothing to check"),
        ([np.zeros(2)], [np.zeros(2)], {"names": ["a", "b"]}, "2 names"),
        ([np.zeros(2)], [np.zeros(2)], {"step": 0}, "step"),
        ([np.zeros(2)], [np.zeros(2)], {"tolerance": -1}, "tolerance"),
        ([np.zeros(2)], [np.zeros(2)], {"samples": 0}, "samples"),
    ],
)
def test_what_cannot_be_checked_is_refused(parameters, gradients, options, said):
    with pytest.raises(BadData, match=said):
        scratch.gradient_check(lambda: 0.0, parameters, gradients, **options)
