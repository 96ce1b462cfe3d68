"""The figures that several chapters use: what they draw is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sklearn.metrics
import torch
from matplotlib.collections import QuadMesh

from nnlab.errors import BadData
from nnlab.plot import confusion_matrix, history, image_grid, roc
from nnlab.plot.figures import contrast
from nnlab.train import History

LOSSES = {"loss": [3.0, 2.0, 1.0, 0.5], "val_loss": [2.5, 1.9, 1.4, 1.6]}


def curve(axes, label):
    (line,) = [line for line in axes.get_lines() if line.get_label() == label]
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def test_a_history_shows_both_curves_and_marks_its_best_epoch():
    axes = history(History(**LOSSES, best_epoch=1))
    for label, name in ("training", "loss"), ("validation", "val_loss"):
        epochs, values = curve(axes, label)
        assert epochs.tolist() == [0, 1, 2, 3]
        assert values.tolist() == LOSSES[name]
    assert set(curve(axes, "best epoch: 1")[0]) == {1}


def test_lists_alone_are_marked_at_their_smallest_validation_loss():
    assert set(curve(history(LOSSES), "best epoch: 2")[0]) == {2}


def test_epochs_without_validation_are_left_out():
    axes = history({"loss": [3.0, 2.0, 1.0], "val_loss": [2.0, np.nan, 1.0]})
    assert curve(axes, "validation")[0].tolist() == [0, 2]


def test_without_validation_there_is_one_curve_and_no_best_epoch():
    assert [line.get_label() for line in history({"loss": [2.0, 1.0]}).get_lines()] == ["training"]


def test_a_metric_can_be_drawn_with_its_unit_on_a_logarithmic_scale():
    run = History(loss=[1.0, 0.5], metrics={"mae": [9.0, 4.0]}, val_metrics={"mae": [8.0, 5.0]}, best_epoch=1)
    axes = history(run, name="mae", unit="€", log=True)
    assert curve(axes, "validation")[1].tolist() == [8, 5]
    assert (axes.get_ylabel(), axes.get_yscale()) == ("mae [€]", "log")


def test_the_epoch_axis_has_whole_numbers_only():
    axes = history({"loss": [3.0, 2.0]})
    assert all(tick == int(tick) for tick in axes.get_xticks())


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        ({"val_loss": [1.0]}, {}, "has no 'loss'"),
        ([1.0, 2.0], {}, "list"),
        ({"loss": []}, {}, "no finite loss"),
        ({"loss": [np.nan]}, {}, "no finite loss"),
        ({"loss": [1.0, 0.0]}, {"log": True}, "positive"),
    ],
)
def test_a_history_that_cannot_be_drawn_is_refused(given, options, words):
    with pytest.raises(BadData, match=words):
        history(given, **options)


TRUE = np.array(["cat", "cat", "cat", "dog", "dog", "emu"])
TAKEN = np.array(["cat", "dog", "dog", "dog", "cat", "emu"])


def written(axes, k):
    """The texts by row and column, from where they stand."""
    cells = np.full((k, k), np.nan)
    for text in axes.texts:
        x, y = text.get_position()
        cells[int(y), int(x)] = float(text.get_text())
    return cells


@pytest.mark.parametrize("normalize", [None, "true", "pred", "all"])
def test_a_confusion_matrix_has_the_true_class_in_rows_like_scikit_learn(normalize):
    axes = confusion_matrix(TRUE, TAKEN, normalize=normalize)
    expected = sklearn.metrics.confusion_matrix(TRUE, TAKEN, normalize=normalize)
    assert np.allclose(written(axes, 3), expected, atol=0.005)
    (mesh,) = axes.findobj(QuadMesh)
    assert np.allclose(np.reshape(mesh.get_array(), (3, 3)), expected)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert [t.get_text() for t in axes.get_yticklabels()] == ["cat", "dog", "emu"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first class is on top"


def test_labels_give_the_order_and_may_name_a_class_that_never_occurs():
    axes = confusion_matrix(TRUE, TAKEN, labels=["emu", "fox", "dog", "cat"], normalize="true")
    assert np.allclose(written(axes, 4)[:2], [[1, 0, 0, 0], [0, 0, 0, 0]])


def test_every_number_can_be_read_on_its_cell():
    rng = np.random.default_rng(0)
    axes = confusion_matrix(np.repeat(np.arange(9), 100), rng.binomial(8, np.repeat(np.arange(9), 100) / 8.5))
    axes.figure.canvas.draw()
    (mesh,) = axes.findobj(QuadMesh)
    colors = mesh.get_facecolor().reshape(9, 9, 4)
    lowest = min(
        contrast(t.get_color(), colors[int(t.get_position()[1]), int(t.get_position()[0])]) for t in axes.texts
    )
    assert lowest >= 4.3


@pytest.mark.parametrize(
    ("options", "words"),
    [({"labels": ["cat", "dog"]}, "emu"), ({"normalize": "rows"}, "rows")],
)
def test_a_confusion_matrix_that_would_lose_samples_is_refused(options, words):
    with pytest.raises(BadData, match=words):
        confusion_matrix(TRUE, TAKEN, **options)


def test_a_confusion_matrix_needs_two_lists_of_one_length():
    with pytest.raises(BadData, match="6 and 5 samples"):
        confusion_matrix(TRUE, TAKEN[:-1])
    with pytest.raises(BadData, match="missing"):
        confusion_matrix(TRUE, [*TAKEN[:-1], None])


def test_the_roc_curve_passes_the_rates_of_each_threshold_and_names_its_area():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    score = y + rng.normal(size=60)
    axes = roc(y, score, label="net")
    chance, line = axes.get_lines()
    # The area is the chance that a positive sample scores above a negative one.
    area = np.mean(score[y == 1][:, None] > score[y == 0])
    assert line.get_label() == f"net: AUC {area:.3f}"
    x, t = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    assert np.trapezoid(t, x) == pytest.approx(area)
    for cut in np.quantile(score, [0.2, 0.5, 0.8]):
        point = np.mean(score[y == 0] > cut), np.mean(score[y == 1] > cut)
        at = np.isclose(x, point[0])
        assert not at.any() or t[at].min() - 1e-9 <= point[1] <= t[at].max() + 1e-9
    assert chance.get_label() == "chance"


def test_a_second_curve_shares_the_chance_line_and_takes_the_next_colour():
    axes = roc([0, 1, 1], [0.1, 0.5, 0.2])
    roc([0, 1, 1], [0.3, 0.5, 0.2], ax=axes)
    labels = [line.get_label() for line in axes.get_lines()]
    assert labels == ["chance", "AUC 1.000", "AUC 0.500"]
    assert len({line.get_color() for line in axes.get_lines()}) == 3


@pytest.mark.parametrize(
    ("y", "score", "words"),
    [
        ([1, 1], [0.1, 0.2], "exactly two"),
        ([0, 1, 2], [0.1, 0.2, 0.3], "exactly two"),
        ([0, 1], [0.1], "2 and 1 samples"),
        ([0, 1], [0.1, np.nan], "NaN"),
        ([0, 1], [[0.1, 0.9], [0.2, 0.8]], "one value for each sample"),
        ([], [], "empty"),
    ],
)
def test_a_roc_curve_without_two_classes_and_finite_scores_is_refused(y, score, words):
    with pytest.raises(BadData, match=words):
        roc(y, score)


GREY = np.arange(5 * 3 * 4, dtype=np.uint8).reshape(5, 3, 4)


def pictures(figure):
    return [axes.get_images()[0] for axes in figure.axes]


def test_an_image_grid_shows_every_image_once_in_order_with_shared_limits():
    figure = image_grid(GREY, titles=list("abcde"), columns=2)
    assert all(np.array_equal(image.get_array(), grey) for image, grey in zip(pictures(figure), GREY, strict=True))
    assert {image.get_clim() for image in pictures(figure)} == {(0, 255)}
    places = [axes.get_subplotspec() for axes in figure.axes]
    assert [(p.rowspan.start, p.colspan.start) for p in places] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]


def test_fractions_share_the_smallest_and_the_largest_value_of_all_images():
    figure = image_grid(GREY / 10.0)
    assert {image.get_clim() for image in pictures(figure)} == {(0.0, 5.9)}


@pytest.mark.parametrize("channels", [1, 3])
def test_torch_images_come_with_their_channels_first(channels):
    images = torch.rand(2, channels, 5, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
    shown = pictures(image_grid(images))[1].get_array()
    expected = images[1].detach().permute(1, 2, 0).squeeze(-1).numpy()
    assert np.array_equal(shown, expected)


@pytest.mark.parametrize(
    ("shape", "shown"),
    [((5, 1, 6, 7), (6, 7)), ((5, 3, 6, 7), (6, 7, 3)), ((5, 6, 7, 1), (6, 7)), ((5, 6, 7, 4), (6, 7, 4))],
)
def test_arrays_of_every_usual_shape_are_drawn(shape, shown):
    figure = image_grid(np.random.default_rng(0).random(shape), columns=2)
    assert {image.get_array().shape for image in pictures(figure)} == {shown}


@pytest.mark.parametrize(
    ("images", "options", "words"),
    [
        (GREY[0], {}, r"\(3, 4\)"),
        (np.zeros((2, 5, 5, 7)), {}, "give"),
        (GREY, {"titles": ["a"]}, "1 titles and 5 images"),
        (GREY, {"columns": 0}, "columns is 0"),
        (np.full((1, 2, 2), np.nan), {}, "NaN"),
        (np.full((1, 2, 2, 3), 2.0), {}, "colours run"),
        ([np.zeros((2, 2)), np.zeros((3, 2))], {}, "no array"),
    ],
)
def test_images_that_cannot_be_shown_are_refused(images, options, words):
    with pytest.raises(BadData, match=words):
        image_grid(images, **options)


def test_given_axes_are_drawn_on():
    for draw in (
        lambda ax: history(LOSSES, ax=ax),
        lambda ax: confusion_matrix(TRUE, TAKEN, ax=ax),
        lambda ax: roc([0, 1], [0.2, 0.3], ax=ax),
    ):
        _, ax = plt.subplots()
        assert draw(ax) is ax
        assert ax.has_data()
