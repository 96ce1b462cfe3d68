"""Chapter 02, a line is a network: shapes, one step, the loop, the exact fit, units, batches, two bugs."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

from nnlab.exercises.box import Net
from nnlab.exercises.compare import same, show
from nnlab.exercises.core import exercise


def _data(rng, n, d):
    """Inputs that are neither centred nor of one size, and targets near a plane: x [n, d], y [n], float64."""
    x = rng.normal(size=(n, d)) * rng.uniform(0.5, 1.5, size=d) + rng.uniform(-0.8, 0.8, size=d)
    y = x @ rng.uniform(-3, 3, size=d) + rng.uniform(1, 4) * rng.choice([-1, 1]) + 0.7 * rng.normal(size=n)
    return torch.tensor(x.round(2)), torch.tensor(y.round(2))


def _linear(rng, *sizes):
    """A network of these sizes, with ReLU between its linear layers, as plain data."""
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        weight = rng.normal(size=(fan_out, fan_in)) / np.sqrt(fan_in)
        bias = rng.uniform(0.1, 0.6, size=fan_out) * rng.choice([-1, 1], size=fan_out)
        layers += [("Linear", weight, bias), ("ReLU",)]
    return Net(*layers[:-1])


def _descend(net, batches, lr, epochs):
    """Oracle of both loops: gradient descent on raw tensors, without nn.Module and torch.optim.

    Returns the losses of all updates, epochs × batches, each taken before its update.
    """
    weights = [torch.tensor(a, requires_grad=True) for layer in net.layers for a in layer[1:]]
    losses = np.empty((epochs, len(batches)))
    for row in losses:
        for k, (x, y) in enumerate(batches):
            h = x.double()
            for i in range(0, len(weights), 2):
                h = (h.relu() if i else h) @ weights[i].T + weights[i + 1]
            loss = ((h - y.double()) ** 2).mean()
            row[k] = loss.item()
            for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
                weight.data -= lr * gradient
    return losses


# --- 02.1 ---


@exercise("02.1", "Predict four shapes", reads=("shape_a", "shape_b", "shape_c", "shape_d"))
def shapes(ask, rng):
    column = torch.zeros(100)[:, None]
    right = {
        "shape_a": column[:, 0],
        "shape_b": torch.zeros(100)[None, :5],
        "shape_c": nn.Linear(3, 1)(torch.zeros(5, 3)),
        "shape_d": column - torch.zeros(100),
    }
    for name, tensor in right.items():
        got = ask.value(name)
        shown = str(tuple(got)) if isinstance(got, list) else show(got)  # a box sends a tuple as a list
        # The right shape is not shown: it is what the learner is asked for.
        ask.true(same(got, list(tensor.shape)), f"got       {shown}\nwhich is not the shape that torch gives")


shapes.hints(
    "Count the axes first. An index takes its axis away, a slice (with a colon) keeps it, None adds one.",
    "A layer nn.Linear(3, 1) turns each row of 3 numbers into a row of 1 number. How many rows go in?",
    "Broadcasting lines shapes up at their right ends: (100, 1) over (100,). Missing axes count as 1, and an axis of "
    "length 1 is stretched to the other's length. Do this for both axes.",
)

_SHAPES: dict[str, Any] = {"shape_a": (100,), "shape_b": (1, 5), "shape_c": (5, 1), "shape_d": (100, 100)}

shapes.slip(
    "shape_a: (100) is only the number 100; a tuple with one entry is (100,).",
    **_SHAPES | {"shape_a": 100},
)
shapes.slip(
    "shape_a: the index 0 takes its axis away. The slice X[:, 0:1] would keep it and give (100, 1).",
    **_SHAPES | {"shape_a": (100, 1)},
)
shapes.slip(
    "shape_a: a tensor with one axis is neither a row nor a column. Its shape has one entry.",
    **_SHAPES | {"shape_a": (1, 100)},
)
shapes.slip(
    "shape_a: this is the shape of one row, X[0]. Here the colon keeps all rows, and 0 picks one number of each.",
    **_SHAPES | {"shape_a": (1,)},
)
shapes.slip(
    "shape_b: None stands first, so the new axis comes first: one row. x[:5, None] would be (5, 1).",
    **_SHAPES | {"shape_b": (5, 1)},
)
shapes.slip("shape_b: this is the shape of x[:5]; None adds an axis of length 1 to it.", **_SHAPES | {"shape_b": (5,)})
shapes.slip(
    "shape_b: this is the shape of x[None, :]; the slice :5 keeps only the first five of the 100 numbers.",
    **_SHAPES | {"shape_b": (1, 100)},
)
shapes.slip(
    "shape_c: (5, 3) is the shape of the input. The layer makes 1 number of each row of 3.",
    **_SHAPES | {"shape_c": (5, 3)},
)
shapes.slip(
    "shape_c: (1, 3) is the shape of the layer's weight. The output has a row for every sample of the batch.",
    **_SHAPES | {"shape_c": (1, 3)},
)
shapes.slip(
    "shape_c: the layer takes in 3 features and gives 1; the features are replaced, the batch is not.",
    **_SHAPES | {"shape_c": (3, 1)},
)
shapes.slip(
    "shape_c: a layer keeps the feature axis, also where there is 1 output: five rows of one number.",
    **_SHAPES | {"shape_c": (5,)},
)
shapes.slip(
    "shape_c: rows are samples, columns are features. The 5 samples stay in rows.", **_SHAPES | {"shape_c": (1, 5)}
)
shapes.slip(
    "shape_d: a column minus 100 numbers in a flat row is no difference pair by pair. torch stretches both: every "
    "entry of the column meets every entry of the row.",
    **_SHAPES | {"shape_d": (100, 1)},
)
shapes.slip(
    "shape_d: two tensors of shape (100,) would give (100,). Here one of them is a column, of shape (100, 1).",
    **_SHAPES | {"shape_d": (100,)},
)
shapes.slip(
    "shape_d: it is right that there are 10 000 differences, but torch keeps them in two axes, rows and columns.",
    **_SHAPES | {"shape_d": (10_000,)},
)


# --- 02.2 ---


@exercise("02.2", "One step of gradient descent", reads="step", points=2)
def step(ask, rng):
    for n in 3, 9, 1, 30:  # first a case that can be followed with a pencil
        x, y = _data(rng, n, 1)
        x, lr = x[:, 0], round(float(rng.uniform(0.05, 0.3)), 2)
        w, b = (round(float(v), 1) for v in rng.uniform(1, 3, size=2) * rng.choice([-1, 1], size=2))
        line = torch.tensor([w, b], dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(nn.functional.mse_loss(line[0] * x + line[1], y), line)
        ask.close(ask.call("step", w, b, x, y, lr), (line - lr * gradient).detach(), rtol=1e-4, atol=1e-5)


step.hints(
    "Compute the residual w * x + b - y first. Both partial derivatives are means over the samples that contain it.",
    "The derivative for w is the mean of 2 * residual * x, that for b the mean of 2 * residual.",
    "Compute both derivatives, dw and db, before you change anything. Then return w - lr * dw, b - lr * db.",
)


def _gradients(w, b, x, y):
    residual = w * x + b - y
    return 2 * (residual * x).mean(), 2 * residual.mean()


@step.slip("the factor 2 is missing: the step is exactly half as long. The derivative of r² is 2r.")
def _(w, b, x, y, lr):
    dw, db = _gradients(w, b, x, y)
    return w - lr * dw / 2, b - lr * db / 2


@step.slip("the sum in place of the mean: the step is n times too long. The derivative of a mean is a mean.")
def _(w, b, x, y, lr):
    dw, db = _gradients(w, b, x, y)
    return w - lr * dw * len(x), b - lr * db * len(x)


@step.slip("n is len(x), not 100: the function must be right for any number of samples.")
def _(w, b, x, y, lr):
    dw, db = _gradients(w, b, x, y)
    return w - lr * dw * len(x) / 100, b - lr * db * len(x) / 100


@step.slip(
    "uphill: the gradient points to where the loss grows, so subtract it. (Or is the residual target minus prediction?)"
)
def _(w, b, x, y, lr):
    dw, db = _gradients(w, b, x, y)
    return w + lr * dw, b + lr * db


@step.slip(
    "the new w went into the derivative for b. Both belong to the old point (w, b): compute both first, then move."
)
def _(w, b, x, y, lr):
    w = w - lr * _gradients(w, b, x, y)[0]
    return w, b - lr * _gradients(w, b, x, y)[1]


@step.slip("the factor x is missing in the derivative for w: the chain rule multiplies by what w is multiplied with.")
def _(w, b, x, y, lr):
    db = _gradients(w, b, x, y)[1]
    return w - lr * db, b - lr * db


@step.slip("mean(r) · mean(x) is not mean(r · x): multiply sample by sample, then take the mean.")
def _(w, b, x, y, lr):
    db = _gradients(w, b, x, y)[1]
    return w - lr * db * x.mean(), b - lr * db


@step.slip("these are the two derivatives themselves. Return the new w and b: the old ones minus lr times these.")
def _(w, b, x, y, lr):
    return _gradients(w, b, x, y)


# --- 02.3 ---


@exercise("02.3", "The training loop", reads="train", points=2)
def train(ask, rng):
    for n, sizes, epochs in zip((8, 7, 11), ((3, 1), (2, 4, 1), (1, 1)), rng.permutation([3, 4, 5]), strict=True):
        x, y = (t.float() for t in _data(rng, n, sizes[0]))
        net, y = _linear(rng, *sizes), y[:, None]
        lr, epochs = float(rng.uniform(0.03, 0.06)), int(epochs)
        expected = _descend(net, [(x, y)], lr, epochs)[:, 0]
        ask.close(ask.call("train", net, x, y, lr, epochs), expected, rtol=1e-4, atol=1e-5)


train.hints(
    "Five lines in the loop: zero_grad, predict, loss, backward, step. Where does the loss's number go? Use only the "
    "arguments model, x and y: net, X and Y are the notebook's, and with them you get odd errors or wrong losses.",
    "Before the loop: optimizer = torch.optim.SGD(model.parameters(), lr=lr), and an empty list for the losses. "
    "After it: return the list.",
    "In the loop: optimizer.zero_grad(); loss = ((model(x) - y) ** 2).mean(); losses.append(loss.item()); "
    "loss.backward(); optimizer.step().",
)


def _mse(prediction, y):
    return ((prediction - y) ** 2).mean()


def _loop(model, x, y, lr, epochs, zero=True, move=True, late=False, loss=_mse, optimizer=torch.optim.SGD):
    """The loop with one thing wrong."""
    steps, losses = optimizer(model.parameters(), lr=lr), []
    for _ in range(epochs):
        if zero:
            steps.zero_grad()
        value = loss(model(x), y)
        value.backward()
        if move:
            steps.step()
        losses.append(loss(model(x), y).item() if late else value.item())
    return losses


@train.slip("the gradients pile up: backward adds to what is there. Call optimizer.zero_grad() in every round.")
def _(model, x, y, lr, epochs):
    return _loop(model, x, y, lr, epochs, zero=False)


@train.slip("the loss never changes: optimizer.step() is missing, or zero_grad() stands between backward() and step().")
def _(model, x, y, lr, epochs):
    return _loop(model, x, y, lr, epochs, move=False)


@train.slip("every loss is one step late: record the loss that the step was computed from, not the one after it.")
def _(model, x, y, lr, epochs):
    return _loop(model, x, y, lr, epochs, late=True)


@train.slip(
    "a flat prediction (n,) against targets (n, 1) compares every prediction with every target. Keep both (n, 1)."
)
def _(model, x, y, lr, epochs):
    return _loop(model, x, y, lr, epochs, loss=lambda p, y: ((p.squeeze(1) - y) ** 2).mean())


@train.slip("the sum of the squared errors in place of their mean: losses and steps are n times too large.")
def _(model, x, y, lr, epochs):
    return _loop(model, x, y, lr, epochs, loss=lambda p, y: ((p - y) ** 2).sum())


@train.slip("the mean of |error|: this is L1Loss. The chapter's loss is the mean of the squared errors, MSELoss.")
def _(model, x, y, lr, epochs):
    return _loop(model, x, y, lr, epochs, loss=lambda p, y: (p - y).abs().mean())


@train.slip("this is Adam's path, not that of plain gradient descent: make the optimiser with torch.optim.SGD.")
def _(model, x, y, lr, epochs):
    return _loop(model, x, y, lr, epochs, optimizer=torch.optim.Adam)


@train.slip("only the last loss: return the list with the loss of every epoch.")
def _(model, x, y, lr, epochs):
    return _loop(model, x, y, lr, epochs)[-1]


@train.slip("return stands inside the loop, so the function ends after one epoch: indent it as far as `for`.")
def _(model, x, y, lr, epochs):
    return _loop(model, x, y, lr, epochs)[:1]


@train.slip(
    "your list is not new in each call, so the losses of earlier calls are in it: put `losses = []` into the function.",
    make=True,
)
def _():
    losses = []

    def train(model, x, y, lr, epochs):
        losses.extend(_loop(model, x, y, lr, epochs))
        return losses

    return train


# --- 02.4 ---


@exercise("02.4", "The closed-form fit", reads="least_squares", points=2)
def least_squares(ask, rng):
    for n, d in (12, 2), (9, 3), (40, 1):
        x, y = _data(rng, n, d)
        if d > 1:
            x[:, 0] += 0.8 * x[:, 1]  # features that know of each other
        *w, b = np.linalg.lstsq(np.column_stack([x, np.ones(n)]), np.asarray(y), rcond=None)[0]
        ask.close(ask.call("least_squares", x, y), [np.array(w), b], rtol=1e-4, atol=1e-5)


least_squares.hints(
    "A bias is a weight whose input is always 1. Put a column of ones beside x.",
    "Call x with its column of ones e. Solve (eᵀ e) theta = eᵀ y for theta; torch.linalg.solve(M, v) solves M t = v.",
    "e = torch.column_stack([x, torch.ones(len(x), dtype=x.dtype)]); theta = torch.linalg.solve(e.T @ e, e.T @ y); "
    "return theta[:-1], theta[-1].",
)


def _fit(x, y):
    extended = torch.column_stack([x, torch.ones_like(x[:, 0])])
    return torch.linalg.solve(extended.T @ extended, extended.T @ y)


@least_squares.slip(
    "a line through the origin: without the column of ones there is no bias, and the weights are bent to replace it."
)
def _(x, y):
    return torch.linalg.solve(x.T @ x, x.T @ y), 0.0


@least_squares.slip("fitted through the origin, then shifted by the mean residual: w and b must be found together.")
def _(x, y):
    w = torch.linalg.solve(x.T @ x, x.T @ y)
    return w, (y - x @ w).mean()


@least_squares.slip("the weights are right, but b is the mean of y: that is the prediction at the mean of x, not at 0.")
def _(x, y):
    return _fit(x, y)[:-1], y.mean()


@least_squares.slip("each feature was fitted alone. Features that move together share the work: solve for all at once.")
def _(x, y):
    centred = x - x.mean(0)
    w = (centred * (y - y.mean())[:, None]).sum(0) / (centred**2).sum(0)
    return w, y.mean() - x.mean(0) @ w


@least_squares.slip("the order: this returns b first. Return the weights, then the bias.")
def _(x, y):
    theta = _fit(x, y)
    return theta[-1], theta[:-1]


@least_squares.slip(
    "the column of ones stands first here, so the bias comes first in theta: theta[1:] are the weights."
)
def _(x, y):
    theta = _fit(x, y)
    theta = torch.cat([theta[-1:], theta[:-1]])
    return theta[:-1], theta[-1]


@least_squares.slip("y became a column, so the weights are a column too: leave y flat, (n,), and they have shape (d,).")
def _(x, y):
    theta = _fit(x, y)[:, None]
    return theta[:-1], theta[-1]


@least_squares.slip("one vector of d + 1 numbers. Split it: return the d weights and, apart from them, the bias.")
def _(x, y):
    return _fit(x, y)


@least_squares.slip("this is the right side of the normal equation, not yet its solution: solve the linear system.")
def _(x, y):
    right = torch.column_stack([x, torch.ones_like(x[:, 0])]).T @ y
    return right[:-1], right[-1]


# --- 02.5 ---


@exercise("02.5", "Back to the units of the data", reads="to_units")
def to_units(ask, rng):
    for d in 1, 3, 2:
        mean = rng.uniform(1, 9, size=d) * rng.choice([-1, 1], size=d)
        std, v = rng.uniform(1.5, 6, size=d), rng.uniform(1, 5, size=d) * rng.choice([-1, 1], size=d)
        c = float(rng.uniform(1, 20))
        # Oracle: what the standardised line predicts at 0, and one unit of each feature further on.
        at = np.vstack([np.zeros(d), np.eye(d)])
        predicted = (at - mean) / std @ v + c
        expected = [predicted[1:] - predicted[0], predicted[0]]
        ask.close(ask.call("to_units", torch.tensor(v), c, torch.tensor(mean), torch.tensor(std)), expected)


to_units.hints(
    "Write the standardised line, v · (x - mean) / std + c, and multiply out. What stands before x? What stands alone?",
    "w = v / std for each feature. What is left without x is c and the part that the mean brings.",
    "b = c - (v * mean / std).sum(): one number, however many features there are.",
)


@to_units.slip("times std in place of divided by it: one unit of x is 1 / std of a standardised unit.")
def _(v, c, mean, std):
    return v * std, c - (v * mean * std).sum()


@to_units.slip("b is still c, the prediction where x equals its mean. At x = 0 the standardised input is -mean / std.")
def _(v, c, mean, std):
    return v / std, c


@to_units.slip("the sign of the mean's part: (x - mean) brings -v · mean / std.")
def _(v, c, mean, std):
    return v / std, c + (v * mean / std).sum()


@to_units.slip("in b the mean is not divided by std: the standardised input at x = 0 is -mean / std.")
def _(v, c, mean, std):
    return v / std, c - (v * mean).sum()


@to_units.slip("b is one number, not one for each feature: add the features' parts up.")
def _(v, c, mean, std):
    return v / std, c - v * mean / std


@to_units.slip("this is the way there (from the data's units to standardised ones), and the way back is asked.")
def _(v, c, mean, std):
    return v * std, c + (v * mean).sum()


# --- 02.6 ---


@exercise("02.6", "Where the batches begin and end", reads="batch_bounds")
def batch_bounds(ask, rng):
    size = int(rng.integers(3, 7))
    uneven = size * int(rng.integers(3, 6)) + int(rng.integers(1, size))
    even = size * int(rng.integers(3, 6))
    for n, batch_size in (uneven, size), (even, size), (size - 1, size), (14447, 10):
        starts = np.unique(np.arange(n) // batch_size, return_index=True)[1]  # brute force: give each sample its batch
        expected = np.column_stack([starts, np.append(starts[1:], n)])
        ask.close(ask.call("batch_bounds", n, batch_size), expected)


batch_bounds.hints(
    "range(0, n, batch_size) gives every start. Which stop belongs to a start, as in x[start:stop]?",
    "The stop is start + batch_size, but never beyond n: take the smaller of the two.",
    "return [(start, min(start + batch_size, n)) for start in range(0, n, batch_size)]",
)


@batch_bounds.slip("the samples that fill no whole batch are lost: the last batch is short, but it is a batch.")
def _(n, batch_size):
    return [(k * batch_size, (k + 1) * batch_size) for k in range(n // batch_size)]


@batch_bounds.slip("the last stop lies beyond n. Slicing forgives that, but the size, stop - start, would be wrong.")
def _(n, batch_size):
    return [(start, start + batch_size) for start in range(0, n, batch_size)]


@batch_bounds.slip("stop is the index of the last sample here. In x[start:stop] it is the first that is left out.")
def _(n, batch_size):
    return [(start, min(start + batch_size, n) - 1) for start in range(0, n, batch_size)]


@batch_bounds.slip("an empty batch at the end when batch_size divides n: its mean loss would be nan.")
def _(n, batch_size):
    return [(start, min(start + batch_size, n)) for start in range(0, n + 1, batch_size)]


@batch_bounds.slip("these are starts and sizes; starts and stops are asked.")
def _(n, batch_size):
    return [(start, min(batch_size, n - start)) for start in range(0, n, batch_size)]


@batch_bounds.slip("the rest is hung on the last whole batch, which is now too large: give it a batch of its own.")
def _(n, batch_size):
    stops = [*range(batch_size, n - batch_size + 1, batch_size), n]
    return list(zip([0, *stops], stops, strict=False))


# --- 02.7 ---


@exercise("02.7", "Two bugs in one loop", reads="train_batches", points=3)
def train_batches(ask, rng):
    for d, size, epochs in zip((1, 3, 2), (4, 5, 3), rng.permutation([2, 3, 4]), strict=True):
        n = 2 * size + int(rng.integers(1, size - 1))
        x, y = (t.float() for t in _data(rng, n, d))
        net, y = _linear(rng, d, 1), y[:, None]
        y[-1] += 4  # the short batch is unlike the others
        lr, epochs = float(rng.uniform(0.02, 0.04)), int(epochs)
        parts = list(zip(x.split(size), y.split(size), strict=True))
        losses = _descend(net, parts, lr, epochs)
        expected = losses @ [len(part) for part, _ in parts] / n
        ask.close(ask.call("train_batches", net, x, y, lr, epochs, size), expected, rtol=1e-4, atol=1e-5)


train_batches.hints(
    "First bug: count the batches. With 23 samples and batches of 5, how many does range(23 // 5) give?",
    "Second bug: which batch does `loss` belong to when the inner loop is over?",
    "Keep a running total in the epoch: total += loss.item() * len(inputs). After the inner loop append "
    "total / len(x). A short batch then counts for as many samples as it has.",
)


def _batch_loop(model, x, y, lr, epochs, size, *, drop=False, tell="weighted", zero="batch"):
    """The loop over batches with one thing wrong, or two."""
    optimizer, told = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(epochs):
        losses, counts = [], []
        optimizer.zero_grad()
        for start in range(0, len(x) - size + 1 if drop else len(x), size):
            if zero == "batch":
                optimizer.zero_grad()
            inputs, targets = x[start : start + size], y[start : start + size]
            loss = _mse(model(inputs), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            counts.append(len(inputs))
        told.append(
            {
                "weighted": float(np.dot(losses, counts)) / len(x),
                "mean": float(np.mean(losses)),
                "sum": float(np.sum(losses)),
                "total": float(np.dot(losses, counts)),
                "total per batch": float(np.dot(losses, counts)) / len(losses),
                "last": losses[-1],
                "after": _mse(model(x), y).item(),
            }[tell]
        )
    return told


@train_batches.slip("both bugs still stand: the short batch is left out, and only the last batch's loss is reported.")
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, drop=True, tell="last")


@train_batches.slip("one bug is corrected: every sample is used. But what is reported is still the last batch's loss.")
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, tell="last")


@train_batches.slip(
    "one bug is corrected: this is an epoch's mean. But the samples after the last whole batch are still left out."
)
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, drop=True, tell="mean")


@train_batches.slip(
    "nearly: in the plain mean of the batch losses the short batch counts as much as a full one. Weight by size."
)
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, tell="mean")


@train_batches.slip(
    "the total is divided by all samples, but the short batch was left out of it: every sample must be used."
)
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, drop=True)


@train_batches.slip("each batch's loss counts by its size: right. Now divide the total by the number of samples.")
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, tell="total")


@train_batches.slip(
    "weighted by size, the total is a sum over samples: divide it by their number, not by that of the batches."
)
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, tell="total per batch")


@train_batches.slip("the batch losses were added up and not divided: with more batches the epoch would look worse.")
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, tell="sum")


@train_batches.slip(
    "this is the loss over all data after the epoch: a good number, but asked is the mean over the updates' losses."
)
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, tell="after")


@train_batches.slip(
    "zero_grad() is called once an epoch: call it for every batch, or earlier batches' gradients are added in."
)
def _(model, x, y, lr, epochs, batch_size):
    return _batch_loop(model, x, y, lr, epochs, batch_size, zero="epoch")
