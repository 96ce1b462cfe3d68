"""Figures that more than one chapter needs. Each draws on the axes it is given, or on new ones, and returns them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nnlab.errors import BadData
from nnlab.plot.arrays import as_array, as_vector, same_length
from nnlab.plot.style import PALETTE

if TYPE_CHECKING:
    from nnlab.train import History

_ON_CELL = ("#11151a", "#fdfdfc")  # letters on a coloured cell: they stay when the page changes, as the cell does


def history(
    history: "History | Mapping[str, Sequence[float]]",
    *,
    ax: Axes | None = None,
    log: bool = False,
    name: str = "loss",
    unit: str | None = None,
) -> Axes:
    """Draw how a run went: the training and the validation curve over the epochs, the best epoch marked.

    Args:
        history: what `nnlab.train.fit` returned, or lists by name: {"loss": [...], "val_loss": [...]}; one value an
            epoch, counted from 0. NaN, an epoch that was not validated, is left out.
        log: logarithmic scale of the values, which must be positive.
        name: which number, "loss" or a metric; its validation values are those of "val_" and the name.
        unit: of the values, for the name of the axis.

    The best epoch is the history's `best_epoch`; for plain lists, that of the smallest validation loss.

    Raises:
        BadData: no values of this name, or values that are not positive with log=True.

    >>> axes = history({"loss": [0.9, 0.5, 0.4], "val_loss": [0.8, 0.6, 0.7]})
    >>> [line.get_label() for line in axes.get_lines()]
    ['training', 'validation', 'best epoch: 1']
    """
    columns = history.columns() if hasattr(history, "columns") else history
    if not isinstance(columns, Mapping) or name not in columns:
        has = ", ".join(columns) if isinstance(columns, Mapping) else type(columns).__name__
        raise BadData(f"the history has no {name!r} (it has: {has}); give a History or a dict of lists")
    curves = {"training": columns[name], "validation": columns.get(f"val_{name}", [])}
    best = getattr(history, "best_epoch", None)
    if best is None and not hasattr(history, "best_epoch") and name == "loss" and len(curves["validation"]):
        best = int(np.nanargmin(curves["validation"]))

    ax = ax or plt.subplots()[1]
    looks = {"training": ("blue", "-", "o"), "validation": ("orange", (0, (5, 2)), "s")}
    for label, values in curves.items():
        values = np.asarray(values, dtype=float)
        epochs = np.flatnonzero(np.isfinite(values))
        if label == "training" and not len(epochs):
            raise BadData(f"the history holds no finite {name}; train for one epoch or more")
        if not len(epochs):
            continue
        if log and values[epochs].min() <= 0:
            raise BadData(f"the {label} {name} falls to {values[epochs].min():g}; log=True needs positive values")
        color, dashes, marker = looks[label]
        mark = marker if len(epochs) <= 25 else None
        ax.plot(epochs, values[epochs], color=PALETTE[color], linestyle=dashes, marker=mark, label=label)
    if best is not None and len(curves["validation"]):
        ax.axvline(best, color=PALETTE["muted"], linestyle=(0, (1, 1.4)), linewidth=1.2, label=f"best epoch: {best}")
    ax.set(xlabel="epoch", ylabel=f"{name} [{unit}]" if unit else name)
    if log:
        ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()
    return ax


def confusion_matrix(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Sequence[Any] | None = None,
    normalize: Literal["true", "pred", "all"] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how often each class (row) was taken for each class (column).

    Args:
        y_true, y_pred: the true and the predicted class of each sample, shape [n].
        labels: the classes in the order to draw them; by default all that occur, sorted.
        normalize: fractions of each row ("true": the diagonal is the recall), of each column ("pred": the
            precision), or of all samples ("all"); by default counts.

    Raises:
        BadData: lengths differ, missing values, or a class that `labels` does not list.

    >>> axes = confusion_matrix([0, 0, 1], [0, 1, 1])
    >>> [text.get_text() for text in axes.texts]
    ['1', '1', '0', '1']
    """
    true, predicted = as_vector(y_true, "y_true"), as_vector(y_pred, "y_pred")
    same_length(true, predicted, "y_true and y_pred")
    classes = np.unique(np.concatenate([true, predicted])) if labels is None else np.asarray(labels)
    unknown = [v for v in np.unique(np.concatenate([true, predicted])) if v not in classes]
    if unknown:
        raise BadData(f"the classes {unknown} occur and are not among labels={classes.tolist()}; add them")
    if normalize not in (None, "true", "pred", "all"):
        raise BadData(f'normalize is {normalize!r}; give "true", "pred", "all" or None')
    counts = ((true[:, None] == classes).astype(int).T @ (predicted[:, None] == classes).astype(int)).astype(float)
    whole = {"true": counts.sum(1, keepdims=True), "pred": counts.sum(0, keepdims=True), "all": counts.sum()}
    shown = counts / np.maximum(whole[normalize], 1) if normalize else counts  # a class that never occurs: zeros

    k = len(classes)
    ax = ax or plt.subplots(figsize=(min(2.8 + 0.5 * k, 7), min(2 + 0.42 * k, 6)))[1]
    top = 1.0 if normalize in ("true", "pred") else max(shown.max(), 1e-9)
    colors = colormaps["nn_sequential"]
    ax.pcolormesh(shown, cmap=colors, vmin=0, vmax=top, edgecolors=PALETTE["paper"], linewidth=1.2)
    for row, column in np.ndindex(k, k):
        text = f"{shown[row, column]:.2f}" if normalize else f"{int(counts[row, column])}"
        ink = max(_ON_CELL, key=lambda c: contrast(c, colors(shown[row, column] / top)))
        size = 10 if k <= 6 else 8
        ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=ink, fontsize=size)
    names = [str(c) for c in classes]
    turned = 35 if max(map(len, names)) * k > 40 else 0
    ax.set_xticks(np.arange(k) + 0.5, names, rotation=turned, ha="right" if turned else "center")
    ax.set_yticks(np.arange(k) + 0.5, names)
    parts = {None: "number of samples", "true": "part of each row", "pred": "part of each column", "all": "part of all"}
    ax.set(xlabel="predicted class", ylabel="true class", title=parts[normalize], ylim=(k, 0))
    ax.grid(False)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def roc(y_true: Any, score: Any, *, ax: Axes | None = None, label: str | None = None) -> Axes:
    """Draw the ROC curve of a two-class score: true positive rate over false positive rate, with its area (AUC).

    Args:
        y_true: the class of each sample, shape [n]; two values, of which the larger is the positive class.
        score: for each sample, the higher the more positive, shape [n]: a probability or any other score.
        label: name of the curve in the legend; with `ax`, several curves can share one drawing.

    Raises:
        BadData: lengths differ, NaN, or y_true holds other than two classes.

    >>> roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).get_lines()[-1].get_label()
    'AUC 0.750'
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    true, score = as_vector(y_true, "y_true"), as_vector(score, "score").astype(float)
    same_length(true, score, "y_true and score")
    classes = np.unique(true)
    if len(classes) != 2:
        raise BadData(f"y_true holds the classes {classes[:5].tolist()}; a ROC curve needs samples of exactly two")
    positive = true == classes[1]
    false_rate, true_rate, _ = roc_curve(positive, score)
    name = f"AUC {roc_auc_score(positive, score):.3f}"

    ax = ax or plt.subplots(figsize=(4.4, 4.0))[1]
    if not ax.get_lines():
        ax.plot([0, 1], [0, 1], color=PALETTE["grey"], linestyle=(0, (5, 2)), linewidth=1.2, label="chance")
        ax.set_prop_cycle(None)  # the first curve gets the first colour
    ax.plot(false_rate, true_rate, label=f"{label}: {name}" if label else name, clip_on=False)
    ax.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    ax.legend(loc="lower right")
    return ax


def image_grid(
    images: Any,
    *,
    titles: Sequence[Any] | None = None,
    columns: int = 8,
    limits: tuple[float, float] | None = None,
    cmap: str = "gray",
) -> Figure:
    """Draw images side by side, row by row.

    Args:
        images: shape [n, h, w] grey, [n, h, w, 3 or 4] colour, or torch's [n, 1, h, w] and [n, 3, h, w]; whole
            numbers from 0 to 255, or fractions. Where a shape allows both readings, a tensor has its channels
            first and an array has them last.
        titles: one for each image, such as its class.
        columns: images in a row.
        limits: the values drawn darkest and lightest, the same for all images: 0 and 255 for whole numbers of one
            byte, else the smallest and the largest of all images. Colour images: 0 to 1 or 0 to 255, no others.
        cmap: for grey images, a matplotlib colour map; "nn_diverging" with symmetric limits suits weights.

    Raises:
        BadData: no such shape, NaN, more or fewer titles than images, or colours out of range.

    >>> figure = image_grid(np.zeros((3, 5, 4)), titles="abc", columns=2)
    >>> [axes.get_title(loc="center") for axes in figure.axes]
    ['a', 'b', 'c']
    """
    stack = as_array(images, "images")
    if stack.ndim == 4 and stack.shape[1] in (1, 3) and (hasattr(images, "detach") or stack.shape[3] not in (3, 4)):
        stack = stack[:, 0] if stack.shape[1] == 1 else np.moveaxis(stack, 1, 3)
    if stack.ndim == 4 and stack.shape[3] == 1:
        stack = stack[..., 0]
    if not (stack.ndim == 3 or (stack.ndim == 4 and stack.shape[3] in (3, 4))):
        raise BadData(f"images has shape {stack.shape}; give [n, h, w], [n, h, w, 3] or [n, 3, h, w]")
    if titles is not None and len(titles) != len(stack):
        raise BadData(f"there are {len(titles)} titles and {len(stack)} images; give one title for each image")
    if not isinstance(columns, int) or columns < 1:
        raise BadData(f"columns is {columns!r}; give a whole number of 1 or more")
    bytes_ = stack.dtype == np.uint8
    if stack.ndim == 4 and not bytes_:
        whole = np.issubdtype(stack.dtype, np.integer)
        if stack.min() < 0 or stack.max() > (255 if whole else 1):
            raise BadData(f"colours run from {stack.min():g} to {stack.max():g}; scale them to 0…1, or 0…255 as uint8")
    low, high = limits or ((0, 255) if bytes_ else (float(stack.min()), float(stack.max())))

    columns = min(columns, len(stack))
    rows = -(-len(stack) // columns)
    side = min(6.4 / columns, 1.6)
    tall = side * stack.shape[1] / stack.shape[2] + (0.24 if titles is not None else 0.04)
    figure = plt.figure(figsize=(side * columns, tall * rows))
    for i, picture in enumerate(stack):
        ax = figure.add_subplot(rows, columns, i + 1)
        ax.imshow(picture, cmap=cmap, vmin=low, vmax=high, interpolation="none")
        ax.set_axis_off()
        if titles is not None:
            ax.set_title(str(titles[i]), loc="center", fontsize=9, pad=3)
    return figure


def contrast(a: Any, b: Any) -> float:
    """Contrast of two colours as WCAG 2 defines it, from 1 (the same) to 21 (black on white).

    >>> round(contrast("black", "white"), 3)
    21.0
    """
    light = []
    for color in (a, b):
        rgb = np.array(to_rgb(color))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        light.append(float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05)
    return max(light) / min(light)
