"""`decision_boundary` draws the regions that the classifier itself decides on."""

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.contour import ContourSet
from sklearn.datasets import make_blobs, make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from nnlab.errors import BadData, UnfittedModel
from nnlab.plot import CLASS_COLORS, CLASS_MARKERS, PALETTE, decision_boundary

X, Y = make_moons(80, noise=0.2, random_state=0)
BLOBS, COLORS = make_blobs(90, centers=4, random_state=3)
WORDS = np.array(["ant", "bee", "cat", "dog"])[COLORS]


def drawn_class(axes, points):
    """The number of the class in whose filled region each point lies; -1 where two regions or none hold it."""
    regions = np.zeros((len(points), len(CLASS_COLORS)), bool)
    for contour in axes.findobj(ContourSet):
        if contour.filled:
            number = [PALETTE[name] for name in CLASS_COLORS].index(to_hex(contour.get_facecolor()[0]))
            for path in contour.get_paths():
                # Even-odd over the polygons: a hole counts twice.
                inside = sum(p.contains_points(points).astype(int) for p in map(as_path, path.to_polygons()))
                regions[:, number] ^= inside % 2 == 1
    return np.where(regions.sum(1) == 1, regions.argmax(1), -1)


def as_path(vertices):
    from matplotlib.path import Path

    return Path(vertices)


def probes(axes, n=400):
    rng = np.random.default_rng(1)
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    return rng.uniform((left, low), (right, high), size=(n, 2))


@pytest.mark.parametrize(
    ("model", "X", "y"),
    [
        (SVC(), X, Y),
        (LogisticRegression(), X, Y),
        (KNeighborsClassifier(5), X, Y),
        (LogisticRegression(), BLOBS, COLORS),
        (SVC(), BLOBS, WORDS),
    ],
)
def test_the_regions_are_those_that_the_classifier_predicts(model, X, y):
    axes = decision_boundary(model.fit(X, y), X, y)
    points = probes(axes)
    expected = np.searchsorted(np.unique(y), model.predict(points))
    drawn = drawn_class(axes, points)
    assert np.mean(drawn == expected) > 0.985, "all but the points that lie on the boundary"
    assert len({*expected}) == len({*np.unique(y)}), "otherwise this shows nothing"


def line(z):
    return z[:, 0] - 0.7 * z[:, 1] - 0.2


@pytest.mark.parametrize(
    "predict",
    [
        line,  # scores, boundary at 0
        lambda z: line(z)[:, None],
        lambda z: 1 / (1 + np.exp(-line(z))),  # probabilities, boundary at 0.5
        lambda z: (line(z) > 0).astype(int),  # classes
        lambda z: line(z) > 0,
        lambda z: np.stack([0 * line(z), line(z)], axis=1),  # a score for each class
        lambda z: torch.as_tensor(line(z)).requires_grad_(),
    ],
)
def test_a_function_may_return_scores_probabilities_or_classes(predict):
    y = (line(X) > 0).astype(int)
    axes = decision_boundary(predict, X, y)
    points = probes(axes)
    assert np.mean(drawn_class(axes, points) == (line(points) > 0)) > 0.985


def network(*more):
    module = torch.nn.Sequential(torch.nn.Linear(2, 1), *more)
    with torch.no_grad():
        module[0].weight[:] = torch.tensor([[0.1, -0.07]])
        module[0].bias[:] = 0.38  # logits that all lie between 0 and 1: nothing but the module tells what they are
    return module


def test_a_torch_module_without_a_sigmoid_gives_logits():
    axes = decision_boundary(network(), X, Y)
    assert {*drawn_class(axes, probes(axes))} == {1}


def test_a_torch_module_with_a_sigmoid_gives_probabilities():
    module = network(torch.nn.Sigmoid())
    with torch.no_grad():
        module[0].bias[:] = -0.02
    axes = decision_boundary(module, X, Y)
    points = probes(axes)
    assert np.mean(drawn_class(axes, points) == (line(points) > 0)) > 0.985


def test_a_threshold_can_be_given():
    axes = decision_boundary(network(), X, Y, threshold=0.4)
    points = probes(axes)
    assert np.mean(drawn_class(axes, points) == (line(points) > 0)) > 0.985


def test_a_torch_module_is_asked_in_eval_mode_and_left_in_its_own():
    module = network(torch.nn.Dropout(0.9))
    drawn = [drawn_class(axes := decision_boundary(module, X, Y, threshold=0.4), probes(axes)) for _ in range(2)]
    assert np.array_equal(*drawn)
    assert module.training


def test_each_class_has_its_own_marker_and_colour_and_name():
    axes = decision_boundary(KNeighborsClassifier(3).fit(BLOBS, WORDS), BLOBS, WORDS)
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["class ant", "class bee", "class cat", "class dog"]
    clouds = [c for c in axes.collections if c.get_label() in names]
    assert len({to_hex(c.get_facecolor()[0]) for c in clouds}) == 4
    assert len({c.get_paths()[0].vertices.tobytes() for c in clouds}) == 4
    for cloud, word in zip(clouds, np.unique(WORDS), strict=True):
        assert np.allclose(cloud.get_offsets(), BLOBS[word == WORDS])
    assert len(CLASS_MARKERS) >= 4


def test_the_axes_are_named_by_the_columns_and_given_axes_are_used():
    frame = pd.DataFrame(X, columns=["age [years]", "bmi [kg/m²]"])
    _, given = plt.subplots()
    axes = decision_boundary(LogisticRegression().fit(frame, Y), frame, Y, ax=given)
    assert axes is given
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("age [years]", "bmi [kg/m²]")


def test_shading_follows_the_probability():
    model = LogisticRegression().fit(X, Y)
    axes = decision_boundary(model, X, Y, proba=True)
    fills = [c for c in axes.findobj(ContourSet) if c.filled]
    opacity = {tuple(np.round(np.clip(c.levels, 0, 1), 2)): c.get_alpha() for c in fills}
    assert opacity[(0.0, 0.1)] > opacity[(0.25, 0.5)] < opacity[(0.9, 1.0)]
    points = probes(axes)
    chance = model.predict_proba(points)[:, 1]
    for contour in fills:
        (path,) = contour.get_paths()
        inside = path.contains_points(points)
        low, high = contour.levels
        assert np.all((chance[inside] > low - 0.02) & (chance[inside] < high + 0.02))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((line, X[:, :1], Y), "two columns"),
        ((line, np.c_[X, X], Y), r"\(80, 4\)"),
        ((line, X, Y[:-1]), "80 and 79 samples"),
        ((line, np.where(X > 1, np.nan, X), Y), "NaN"),
        ((line, X, np.zeros(80)), "1 classes"),
        ((line, X, np.arange(80)), "80 classes"),
        ((line, BLOBS, COLORS), "no classes of y"),
        ((lambda z: z[:5, 0], X, Y), "one row for each point"),
        ((lambda z: "yes", X, Y), "one row for each point"),
        ((lambda z: np.ones((len(z), 3)), X, Y), "3 scores"),
        ((lambda z: np.full(len(z), np.nan), X, Y), "NaN"),
        (("svc", X, Y), "is a str"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, words):
    with pytest.raises(BadData, match=words):
        decision_boundary(*arguments)


def test_shading_needs_a_probability_and_two_classes():
    with pytest.raises(BadData, match="no predict_proba"):
        decision_boundary(SVC().fit(X, Y), X, Y, proba=True)
    with pytest.raises(BadData, match="two classes"):
        decision_boundary(LogisticRegression().fit(BLOBS, COLORS), BLOBS, COLORS, proba=True)


def test_a_model_without_fit_is_named():
    with pytest.raises(UnfittedModel, match="LogisticRegression has not been fitted"):
        decision_boundary(LogisticRegression(), X, Y)
