"""`decision_boundary`: where in the plane of two features a classifier decides for which class."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from nnlab.errors import BadData, UnfittedModel
from nnlab.plot.arrays import as_array, as_vector, same_length
from nnlab.plot.style import CLASS_COLORS, CLASS_MARKERS, PALETTE

_FILL = 0.22  # opacity of a region: the points on it must stand out on a light and on a dark page
_STEPS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)  # of the probability, with proba=True


def decision_boundary(
    predict: Any,
    X: Any,
    y: Any,
    *,
    ax: Axes | None = None,
    resolution: int = 240,
    proba: bool = False,
    threshold: float | None = None,
) -> Axes:
    """Draw a classifier's regions and the boundary between them, and the samples with a marker for each class.

    Args:
        predict: a fitted scikit-learn classifier, a torch module, or a function of an array [m, 2]. The last two may
            return a class for each point, shape [m]; one score or probability of the second class, [m] or [m, 1];
            or a score for each class, [m, classes]. A torch module is called in eval mode.
        X: the samples, shape [n, 2]; the column names of a DataFrame become the names of the axes.
        y: the class of each sample, shape [n]: two to six whole numbers, words or truth values.
        resolution: points along each side of the grid on which `predict` is asked.
        proba: shade by the probability of the second class; two classes only.
        threshold: the score at which the second class begins. By default 0.5 where all scores lie in [0, 1],
            and 0 elsewhere; a torch module whose last layer is no Sigmoid gives logits, so 0.

    Raises:
        BadData: shapes that do not fit, NaN, fewer than two or more than six classes, or an unusable prediction.
        UnfittedModel: the scikit-learn model has not seen `fit`.

    >>> axes = decision_boundary(lambda X: X[:, 0] > X[:, 1], [[0, 1], [1, 0]], [False, True])
    >>> axes.get_xlabel(), [text.get_text() for text in axes.get_legend().get_texts()]
    ('$x_1$', ['class False', 'class True'])
    """
    names = [str(c) for c in X.columns] if hasattr(X, "columns") else ["$x_1$", "$x_2$"]
    points, labels = as_array(X, "X"), as_vector(y, "y")
    if points.ndim != 2 or points.shape[1] != 2:
        raise BadData(f"X has shape {points.shape}; give two columns, shape [n, 2]: the plane has no room for more")
    points = points.astype(float)
    same_length(points, labels, "X and y")
    if not isinstance(resolution, int) or resolution < 10:
        raise BadData(f"resolution is {resolution!r}; give a whole number of 10 or more")
    classes = np.unique(np.concatenate([labels, np.asarray(getattr(predict, "classes_", labels[:0]), labels.dtype)]))
    if not 2 <= len(classes) <= len(CLASS_COLORS):
        raise BadData(f"y holds {len(classes)} classes {classes[:8].tolist()}; give 2 to {len(CLASS_COLORS)}")

    margin = 0.08 * np.ptp(points, axis=0) + 1e-3
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    across, up = (np.linspace(low[i], high[i], resolution) for i in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    scores, begins = _ask(predict, grid, classes, proba)

    ax = ax or plt.subplots()[1]
    ax.grid(False)
    plane = (across, up, (resolution, resolution))
    if proba:
        _shade(ax, scores, begins, plane)
    if scores.ndim == 1:
        scores = scores - (begins if threshold is None else threshold)
        scores = np.stack([-scores, scores], axis=1)
    few = len(points) <= 500
    _fill(ax, scores, plane, visible=not proba, above=not few)
    for i, name in enumerate(classes):
        inside = labels == name
        ax.scatter(
            points[inside, 0],
            points[inside, 1],
            s=26 if few else 12,
            color=PALETTE[CLASS_COLORS[i]],
            marker=CLASS_MARKERS[i],
            edgecolors=PALETTE["paper"],
            linewidths=0.6 if few else 0,  # edges would cover what lies below
            label=f"class {name}",
            zorder=3,
        )
    ax.set(xlabel=names[0], ylabel=names[1], xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))  # beside the plane: inside it would hide samples
    return ax


def _ask(predict: Any, grid: np.ndarray, classes: np.ndarray, proba: bool) -> tuple[np.ndarray, float]:
    """Scores on the grid: [m] of the second of two classes, and where that class begins; or [m, classes], and 0."""
    default: float | None = None
    if hasattr(predict, "named_modules") and hasattr(predict, "eval"):
        answer, default = _ask_torch(predict, grid)
    elif hasattr(predict, "predict"):
        answer, default = _ask_sklearn(predict, grid, len(classes), proba)
    elif callable(predict):
        answer = as_array(predict(grid), "the prediction")
    else:
        raise BadData(f"predict is a {type(predict).__name__}; give a function, a fitted classifier or a torch module")
    if answer.ndim not in (1, 2) or len(answer) != len(grid):
        raise BadData(f"for {len(grid)} points predict returned shape {answer.shape}; expected one row for each point")
    if answer.ndim == 2 and answer.shape[1] == 1:
        answer = answer[:, 0]
    if answer.ndim == 2:
        if answer.shape[1] != len(classes):
            raise BadData(f"predict returned {answer.shape[1]} scores a point, and there are {len(classes)} classes")
        if len(classes) > 2:
            return answer, 0.0
        likely = answer.min() >= 0 and np.allclose(answer.sum(axis=1), 1, atol=1e-4)
        return (answer[:, 1], 0.5) if likely else (answer[:, 1] - answer[:, 0], 0.0)
    if np.isin(answer, classes).all():
        chosen = answer[:, None] == classes
        return (chosen[:, 1].astype(float), 0.5) if len(classes) == 2 else (chosen.astype(float), 0.0)
    if len(classes) > 2 or not np.issubdtype(answer.dtype, np.number):
        strange = [v for v in np.unique(answer) if v not in classes][:4]
        raise BadData(f"predict returned {strange}, which are no classes of y ({classes.tolist()})")
    if default is None:
        default = 0.5 if answer.min() >= 0 and answer.max() <= 1 else 0.0
    return answer.astype(float), default


def _ask_sklearn(model: Any, grid: np.ndarray, classes: int, proba: bool) -> tuple[np.ndarray, float | None]:
    from sklearn.exceptions import NotFittedError

    # Two classes: a score gives a smooth line, and exactly the line of `predict`. With more, `predict` itself decides.
    ask: Callable = model.predict
    default = None
    if proba and not hasattr(model, "predict_proba"):
        raise BadData(f"a {type(model).__name__} has no predict_proba; draw it without proba=True")
    if classes == 2 and not proba and hasattr(model, "decision_function"):
        ask, default = model.decision_function, 0.0
    elif classes == 2 and hasattr(model, "predict_proba"):
        ask = model.predict_proba
    try:
        return as_array(ask(_named_like_training(model, grid)), "the prediction"), default
    except NotFittedError as error:
        raise UnfittedModel(f"this {type(model).__name__} has not been fitted; call .fit(X, y) first") from error


def _named_like_training(model: Any, grid: np.ndarray) -> Any:
    if not hasattr(model, "feature_names_in_"):
        return grid
    import pandas as pd

    return pd.DataFrame(grid, columns=model.feature_names_in_)  # or scikit-learn warns of missing names


def _ask_torch(model: Any, grid: np.ndarray) -> tuple[np.ndarray, float]:
    import torch

    first = next(model.parameters(), torch.zeros(0))
    layers = [m for m in model.modules() if not list(m.children())]
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            answer = model(torch.as_tensor(grid, dtype=first.dtype, device=first.device))
    finally:
        model.train(was_training)
    squashed = bool(layers) and isinstance(layers[-1], torch.nn.Sigmoid)
    return as_array(answer, "the prediction"), 0.5 if squashed else 0.0


def _fill(ax: Axes, scores: np.ndarray, plane: tuple, *, visible: bool, above: bool) -> None:
    across, up, shape = plane
    last = scores.shape[1] - 1
    for i in range(last + 1):
        # By how much class i beats the best of the others: its region is where this is above zero.
        lead = (scores[:, i] - np.delete(scores, i, axis=1).max(axis=1)).reshape(shape)
        if visible and lead.max() > 0:
            ax.contourf(across, up, lead, [0, lead.max() + 1], colors=[PALETTE[CLASS_COLORS[i]]], alpha=_FILL)
        if i < last and lead.min() < 0 < lead.max():  # every border of the last class is one of another class
            ax.contour(across, up, lead, [0], colors=[PALETTE["ink"]], linewidths=1.1, zorder=4 if above else 2)


def _shade(ax: Axes, scores: np.ndarray, begins: float, plane: tuple) -> None:
    across, up, shape = plane
    if scores.ndim != 1:
        raise BadData("proba=True shades by the probability of the second of two classes; there are more here")
    chance = scores if begins == 0.5 else 1 / (1 + np.exp(-np.clip(scores, -60, 60)))  # a logit, then
    for low, high in pairwise(_STEPS):
        side, certainty = (0, 0.5 - low) if high <= 0.5 else (1, high - 0.5)
        ax.contourf(
            across,
            up,
            chance.reshape(shape),
            [low - 1e-9 if low == 0 else low, high + 1e-9 if high == 1 else high],
            colors=[PALETTE[CLASS_COLORS[side]]],
            alpha=0.08 + 0.5 * certainty,
        )
