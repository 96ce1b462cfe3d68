"""The figures that chapters share: what they draw, and what they refuse."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from nnlab import plot
from nnlab.errors import BadData, UnfittedModel
from nnlab.train import History

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
y = (X[:, 0] + 0.5 * X[:, 1] > 0.2).astype(int)


@pytest.fixture(autouse=True)
def clean():
    plot.use_style()
    yield
    plt.close("all")


def drawn_boundary(ax):
    """The points of the line between two regions."""
    lines = [c for c in ax.collections if hasattr(c, "levels") and not c.filled]
    return np.concatenate([path.vertices for c in lines for path in c.get_paths()])


def linear():
    model = torch.nn.Sequential(torch.nn.Linear(2, 1))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0, 0.5]]))
        model[0].bias.copy_(torch.tensor([-0.2]))
    return model


@pytest.mark.parametrize(
    "predict",
    [
        linear(),
        lambda P: P @ [1.0, 0.5] - 0.2,
        lambda P: np.stack([0 * P[:, 0] + 0.2, P @ [1.0, 0.5]], axis=1),
    ],
    ids=["logits of torch", "scores", "a score a class"],
)
def test_the_boundary_lies_where_the_decision_changes(predict):
    points = drawn_boundary(plot.decision_boundary(predict, X, y))
    assert len(points) > 1 and np.abs(points @ [1.0, 0.5] - 0.2).max() < 0.02


def test_a_scikit_learn_model_is_asked_and_each_class_has_its_marker_and_colour():
    three = y + (X[:, 1] > 1)
    ax = plot.decision_boundary(LogisticRegression().fit(X, three), X, three)
    labels = [t.get_text() for t in ax.get_legend().get_texts()]
    assert labels == ["class 0", "class 1", "class 2"]
    scatters = [c for c in ax.collections if c.get_label() in labels]
    assert len({to_hex(c.get_facecolor()[0]) for c in scatters}) == 3
    assert len({c.get_paths()[0].vertices.shape for c in scatters} | {str(c.get_paths()[0]) for c in scatters}) >= 3
    assert [len(c.get_offsets()) for c in scatters] == np.bincount(three).tolist()


def test_a_torch_module_keeps_its_mode():
    model = torch.nn.Sequential(linear(), torch.nn.Dropout(0.5)).train()
    plot.decision_boundary(model, X, y)
    assert model.training


@pytest.mark.parametrize(
    ("predict", "points", "classes", "told"),
    [
        (lambda P: P[:, 0], X[:, :1], y, "two columns"),
        (lambda P: P[:, 0], X, y[:5], "60 and 5 samples"),
        (lambda P: P[:, 0], np.where(X > 2, np.nan, X), y, "NaN"),
        (lambda P: P[:, 0], X, 0 * y, "classes"),
        (lambda P: P[:3, 0], X, y, "shape"),
        (lambda P: "yes", X, y, "shape"),
    ],
)
def test_a_boundary_that_cannot_be_drawn_is_refused(predict, points, classes, told):
    with pytest.raises(BadData, match=told):
        plot.decision_boundary(predict, points, classes)


def test_an_unfitted_model_is_told():
    with pytest.raises(UnfittedModel, match="fit"):
        plot.decision_boundary(LogisticRegression(), X, y)


def test_the_history_is_drawn_with_its_best_epoch():
    run = History(loss=[3.0, 2.0, 1.0], val_loss=[2.0, float("nan"), 2.5], best_epoch=0)
    ax = plot.history(run, log=True)
    training, validation, best = ax.get_lines()
    assert training.get_ydata().tolist() == [3, 2, 1] and validation.get_xdata().tolist() == [0, 2]
    assert best.get_label() == "best epoch: 0" and ax.get_yscale() == "log" and ax.get_xlabel() == "epoch"


@pytest.mark.parametrize(
    ("run", "options", "told"),
    [
        ({"loss": []}, {}, "no finite loss"),
        ({"loss": [1, -1]}, {"log": True}, "positive"),
        ({"accuracy": [1]}, {}, "no 'loss'"),
        (3, {}, "int"),
    ],
)
def test_a_history_that_cannot_be_drawn_is_refused(run, options, told):
    with pytest.raises(BadData, match=told):
        plot.history(run, **options)


def test_the_confusion_matrix_counts_as_scikit_learn_does():
    true, predicted = RNG.integers(0, 4, size=(2, 200))
    ax = plot.confusion_matrix(true, predicted)
    shown = np.array([int(t.get_text()) for t in ax.texts]).reshape(4, 4)
    assert (shown == metrics.confusion_matrix(true, predicted)).all()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    top, bottom = (ax.transData.transform((0.5, row))[1] for row in (0.5, 3.5))
    assert top > bottom, "the first class stands on top"


def test_fractions_of_a_row_are_recalls():
    ax = plot.confusion_matrix(list("aab"), list("abb"), normalize="true")
    assert [t.get_text() for t in ax.texts] == ["0.50", "0.50", "0.00", "1.00"]


def test_a_class_that_is_not_listed_is_told():
    with pytest.raises(BadData, match="not among labels"):
        plot.confusion_matrix([0, 1], [0, 2], labels=[0, 1])


def test_the_roc_curve_and_its_area_are_scikit_learns():
    score = X[:, 0] + RNG.normal(size=60)
    ax = plot.roc(y, score)
    curve = ax.get_lines()[-1]
    assert curve.get_label() == f"AUC {metrics.roc_auc_score(y, score):.3f}"
    area = np.trapezoid(curve.get_ydata(), curve.get_xdata())
    assert area == pytest.approx(metrics.roc_auc_score(y, score))


@pytest.mark.parametrize(
    ("true", "score"), [([0, 0], [1, 2]), ([0, 1], [1]), ([0, 1], [1, np.nan]), ([0, 1, 2], [1, 2, 3])]
)
def test_a_roc_curve_needs_two_classes_and_scores(true, score):
    with pytest.raises(BadData):
        plot.roc(true, score)


@pytest.mark.parametrize("shape", [(5, 4, 3), (5, 1, 4, 3), (5, 4, 3, 3), (5, 3, 4, 6), (5, 4, 3, 1)])
def test_images_of_every_usual_shape_are_drawn(shape):
    figure = plot.image_grid(RNG.random(shape), columns=2)
    assert len(figure.axes) == 5 and len({round(ax.get_position().x0, 2) for ax in figure.axes}) == 2


@pytest.mark.parametrize(
    ("images", "options"),
    [
        (np.zeros((4, 3)), {}),
        (np.zeros((2, 4, 4)), {"titles": ["one"]}),
        (np.zeros((2, 4, 4)), {"columns": 0}),
        (np.full((2, 4, 4, 3), 7.0), {}),
        (np.zeros((0, 4, 4)), {}),
    ],
)
def test_images_that_cannot_be_drawn_are_refused(images, options):
    with pytest.raises(BadData):
        plot.image_grid(images, **options)
