import numpy as np
import pytest
from sklearn.linear_model import Perceptron as Theirs

from nnlab import scratch
from nnlab.errors import BadData, UnfittedModel

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def by_loops(X, y, rate, epochs):
    """Rosenblatt's rule with plain lists."""
    w, b, errors = [0.0] * len(X[0]), 0.0, []
    for _ in range(epochs):
        wrong = 0
        for row, label in zip(X, y, strict=True):
            fires = 1 if sum(a * c for a, c in zip(w, row, strict=True)) + b >= 0 else 0
            if fires != label:
                wrong += 1
                w = [a + rate * (label - fires) * c for a, c in zip(w, row, strict=True)]
                b += rate * (label - fires)
        errors.append(wrong)
        if not wrong:
            break
    return w, b, errors


@pytest.mark.parametrize("labels", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
def test_it_learns_every_gate_that_a_line_can_part_and_then_stops(labels):
    model = scratch.Perceptron().fit(CORNERS, labels)
    assert model.converged and model.predict(CORNERS).tolist() == labels
    assert model.errors[-1] == 0 and 0 not in model.errors[:-1]


@pytest.mark.parametrize("labels", [[0, 1, 1, 0], [1, 0, 0, 1]])
def test_xor_never_comes_to_rest(labels):
    model = scratch.Perceptron(epochs=50).fit(CORNERS, labels)
    assert not model.converged and len(model.errors) == 50 and 0 not in model.errors


@pytest.mark.parametrize("seed", range(10))
def test_it_is_the_rule_in_plain_loops(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 3)).round(2)
    y = (X @ [1, -2, 0.5] + 0.3 + rng.normal(0, 0.3, 30) > 0).astype(int)
    model = scratch.Perceptron(rate=0.5, epochs=20).fit(X, y)
    weights, bias, errors = by_loops(X.tolist(), y.tolist(), 0.5, 20)
    assert model.errors == errors and model.bias == bias
    np.testing.assert_allclose(model.weights, weights, atol=1e-12)


def test_it_ends_where_scikit_learns_does():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 2))
    y = (X @ [2, -1] > 0.2).astype(int)
    first = int(np.flatnonzero(y == 0)[0])  # at 0 scikit-learn learns from either class, Rosenblatt's rule from class 0
    X[[0, first]], y[[0, first]] = X[[first, 0]], y[[first, 0]]
    ours = scratch.Perceptron(epochs=200).fit(X, y)
    theirs = Theirs(shuffle=False, tol=None, max_iter=200).fit(X, y)
    assert ours.converged
    np.testing.assert_allclose(ours.weights, theirs.coef_[0], atol=1e-9)
    assert ours.bias == pytest.approx(theirs.intercept_[0])


def test_the_rate_scales_the_weights_and_changes_no_answer():
    one, eighth = (scratch.Perceptron(rate=r).fit(CORNERS, [0, 0, 0, 1]) for r in (1.0, 0.125))
    assert one.errors == eighth.errors and (one.weights == 8 * eighth.weights).all() and one.bias == 8 * eighth.bias


def test_whole_numbers_stay_whole():
    model = scratch.Perceptron(rate=1).fit(CORNERS, [0, 0, 0, 1])
    assert model.weights.tolist() == [2, 1] and model.bias == -3


def test_a_second_fit_starts_from_zero_and_leaves_the_data_alone():
    X, y = CORNERS.astype(float), np.array([0, 1, 1, 1])
    model = scratch.Perceptron().fit(X, 1 - y).fit(X, y)
    assert model.errors == scratch.Perceptron().fit(X, y).errors
    assert (X == CORNERS).all() and y.tolist() == [0, 1, 1, 1]


def test_score_is_the_weighted_sum():
    model = scratch.Perceptron().fit(CORNERS, [0, 0, 0, 1])
    assert model.decision_function([[2, 3], [0, 0]]).tolist() == [2 * 2 + 3 * 1 - 3, -3]


@pytest.mark.parametrize("y", [[-1, 1, 1, 1], [0, 1, 2, 1], [0.5, 0, 1, 1], [0, 1, np.nan, 1], ["a", "b", "a", "b"]])
def test_labels_other_than_0_and_1_are_refused(y):
    with pytest.raises(BadData, match="labels are 0 and 1"):
        scratch.Perceptron().fit(CORNERS, y)


@pytest.mark.parametrize("y", [[0, 1, 1], [[0], [1], [1], [1]], 1])
def test_labels_of_another_shape_are_refused(y):
    with pytest.raises(BadData, match="one label for each row"):
        scratch.Perceptron().fit(CORNERS, y)


@pytest.mark.parametrize("X", [[[np.nan, 0]] * 4, [[np.inf, 0]] * 4, [0, 1, 0, 1], np.zeros((4, 0)), [["a", "b"]] * 4])
def test_bad_inputs_are_refused(X):
    with pytest.raises(BadData, match="X "):
        scratch.Perceptron().fit(X, [0, 0, 0, 1])


@pytest.mark.parametrize("settings", [{"rate": 0}, {"rate": -1}, {"rate": np.nan}, {"epochs": 0}, {"epochs": 1.5}])
def test_bad_settings_are_refused(settings):
    with pytest.raises(BadData, match=next(iter(settings))):
        scratch.Perceptron(**settings)


def test_an_unfitted_one_says_so_and_a_fitted_one_knows_its_columns():
    with pytest.raises(UnfittedModel, match="call fit"):
        scratch.Perceptron().predict(CORNERS)
    with pytest.raises(BadData, match="3 columns"):
        scratch.Perceptron().fit(CORNERS, [0, 0, 0, 1]).predict(np.zeros((2, 3)))
