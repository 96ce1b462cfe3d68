"""Chapter 11, overfitting: curves, bias and variance, early stopping, penalties, two bugs, dropout, double descent."""

import copy
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

from nnlab.exercises.box import Net
from nnlab.exercises.compare import show
from nnlab.exercises.core import exercise

# --- 11.1 ---

_DIAGNOSES: dict[str, Any] = {"run_a": "underfits", "run_b": "overfits", "run_c": "too short", "run_d": "dropout"}


@exercise("11.1", "Read the curves", reads=tuple(_DIAGNOSES))
def read_the_curves(ask, rng):
    for name, right in _DIAGNOSES.items():
        got = ask.value(name)
        word = " ".join(got.lower().replace("_", " ").split()) if isinstance(got, str) else got
        known = isinstance(word, str) and word in _DIAGNOSES.values()
        # The right word is not shown: it is what the learner is asked for.
        ask.true(known, f"got       {show(got)}\nexpected  one of {', '.join(_DIAGNOSES.values())}")
        ask.true(word == right, f"got       {show(got)}\nwhich does not explain both curves of this run")


read_the_curves.hints(
    "Ask two questions for each run. How far are the two curves apart at the end? Are they still moving?",
    "In which run would ten times as many epochs help? In which would they do harm, and in which change nothing?",
    "One run has the training curve above the validation curve in every epoch. Samples that were trained on cannot be "
    "harder than others, so the two numbers must have been measured differently.",
)

read_the_curves.slip(
    "run_a: both losses are high, but they are flat, so more epochs would not help.",
    **_DIAGNOSES | {"run_a": "too short"},
)
read_the_curves.slip(
    "run_a: where a network overfits, the training loss is low. Here both losses are high and close together.",
    **_DIAGNOSES | {"run_a": "overfits"},
)
read_the_curves.slip(
    "run_a: dropout would put the training curve clearly above the other. Here the two lie together, and high.",
    **_DIAGNOSES | {"run_a": "dropout"},
)
read_the_curves.slip(
    "run_b: the training loss is nearly 0, so the model is not too weak. Look at what the other curve does meanwhile.",
    **_DIAGNOSES | {"run_b": "underfits"},
)
read_the_curves.slip(
    "run_b: the validation loss had its minimum long ago and rises now. More epochs would make it worse.",
    **_DIAGNOSES | {"run_b": "too short"},
)
read_the_curves.slip(
    "run_b: with dropout in training mode the training loss would lie above. Here it lies far below.",
    **_DIAGNOSES | {"run_b": "dropout"},
)
read_the_curves.slip(
    "run_c: it is true that both losses are high, but look at the right end: both curves are still falling.",
    **_DIAGNOSES | {"run_c": "underfits"},
)
read_the_curves.slip(
    "run_c: there is no gap between the two curves, so there is no overfitting yet.",
    **_DIAGNOSES | {"run_c": "overfits"},
)
read_the_curves.slip(
    "run_c: the two curves lie on one another, so they do measure the same thing. What would the next epochs bring?",
    **_DIAGNOSES | {"run_c": "dropout"},
)
read_the_curves.slip(
    "run_d: a gap alone is not overfitting. Which of the two curves is the higher one here?",
    **_DIAGNOSES | {"run_d": "overfits"},
)
read_the_curves.slip(
    "run_d: the training loss is high, but the validation loss is far lower. A model that is too weak is bad at both.",
    **_DIAGNOSES | {"run_d": "underfits"},
)
read_the_curves.slip(
    "run_d: more epochs do not explain why the training curve lies above the validation curve.",
    **_DIAGNOSES | {"run_d": "too short"},
)


# --- 11.2 ---


@exercise("11.2", "Squared bias and variance", reads="bias_variance", points=2)
def bias_variance(ask, rng):
    for models, points in (2, 3), (7, 4), (3, 11), (1, 5), (6, 1):
        truth = rng.normal(size=points) * 3
        shift = rng.uniform(0.5, 2, size=points) * rng.choice([-1, 1], size=points)
        predictions = truth + shift + rng.normal(size=(models, points)) * rng.uniform(0.5, 3, size=points)
        predictions, truth = predictions.round(2), truth.round(2)
        squares, spreads = [], []  # point by point, in plain loops
        for j in range(points):
            column = [float(v) for v in predictions[:, j]]
            average = sum(column) / models
            squares.append((average - float(truth[j])) ** 2)
            spreads.append(sum((v - average) ** 2 for v in column) / models)
        ask.close(ask.call("bias_variance", predictions, truth), [sum(squares) / points, sum(spreads) / points])
    whole, known = rng.integers(-9, 9, size=(4, 6)), rng.integers(-9, 9, size=6)
    ask.close(
        ask.call("bias_variance", whole, known),
        [np.mean((whole.mean(0) - known) ** 2), np.mean((whole - whole.mean(0)) ** 2)],
    )


bias_variance.hints(
    "Average over the models first: axis 0. That is one prediction for each point, the average model.",
    "Squared bias: the mean over the points of (average model - truth) squared. Variance: the variance over the models "
    "at each point, then the mean over the points.",
    "Check yourself: the two numbers must add up to ((predictions - truth) ** 2).mean().",
)


@bias_variance.slip(
    "the mean over all was taken before the square, so errors up and down cancel. Square at each point."
)
def _(predictions, truth):
    return (predictions - truth).mean() ** 2, predictions.var(axis=0).mean()


@bias_variance.slip(
    "the first number is the mean squared error of single models. Average the models first, then square."
)
def _(predictions, truth):
    return ((predictions - truth) ** 2).mean(), predictions.var(axis=0).mean()


@bias_variance.slip("the variance divides by M - 1 here (ddof=1). Divide by M, so that the two parts add up exactly.")
def _(predictions, truth):
    spread = ((predictions - predictions.mean(axis=0)) ** 2).sum(axis=0) / np.float64(len(predictions) - 1)
    return ((predictions.mean(axis=0) - truth) ** 2).mean(), spread.mean()


@bias_variance.slip("this variance runs along the points of one model (axis 1). It is asked over the models (axis 0).")
def _(predictions, truth):
    return ((predictions.mean(axis=0) - truth) ** 2).mean(), predictions.var(axis=1).mean()


@bias_variance.slip("predictions.var() also counts that the truth differs from point to point. Take it point by point.")
def _(predictions, truth):
    return ((predictions.mean(axis=0) - truth) ** 2).mean(), predictions.var()


@bias_variance.slip("the first number is the bias, not its square: square it at each point, then average.")
def _(predictions, truth):
    return (predictions.mean(axis=0) - truth).mean(), predictions.var(axis=0).mean()


@bias_variance.slip("the first number is the mean of |bias|. Square it at each point, then average.")
def _(predictions, truth):
    return np.abs(predictions.mean(axis=0) - truth).mean(), predictions.var(axis=0).mean()


@bias_variance.slip("the second number is a standard deviation. The variance is its square.")
def _(predictions, truth):
    return ((predictions.mean(axis=0) - truth) ** 2).mean(), predictions.std(axis=0).mean()


@bias_variance.slip("these are the values at each point. Average both over the points: two numbers.")
def _(predictions, truth):
    return (predictions.mean(axis=0) - truth) ** 2, predictions.var(axis=0)


@bias_variance.slip("the order: return the squared bias first, then the variance.")
def _(predictions, truth):
    return predictions.var(axis=0).mean(), ((predictions.mean(axis=0) - truth) ** 2).mean()


@bias_variance.slip("both are sums over the points here. Take the mean over the points.")
def _(predictions, truth):
    return ((predictions.mean(axis=0) - truth) ** 2).sum(), predictions.var(axis=0).sum()


# --- 11.3 ---


@exercise("11.3", "When to stop", reads="early_stop")
def early_stop(ask, rng):
    bump = [0.9, 0.7, 0.75, 0.6, 0.65, 0.65, 0.7, 0.2, 0.3]  # what comes after the stop is lower still
    ties = [0.5, 0.4, 0.4, 0.4, 0.4, 0.1]
    slow = [0.9, 0.5, 0.8, 0.7, 0.6, 0.55, 0.4, 0.1]  # falls all the time, but stays above the best
    broken = [0.8, 0.9, 0.7, 0.8, 0.6, 0.7, 0.5, 0.6]  # bad epochs, but never two in a row
    cases = [(bump, 3), (ties, 3), (slow, 3), (broken, 2), ([3.0, 2.0, 1.0], 2), ([-1.0, -0.5, -0.2], 1), ([0.7], 4)]
    for _ in range(6):
        length = int(rng.integers(8, 30))
        curve = np.linspace(1, 0.3, length) + 0.3 * rng.normal(size=length)
        cases.append((curve.round(2).tolist(), int(rng.integers(1, 5))))
    for losses, patience in cases:
        ask.equal(ask.call("early_stop", losses, patience), _stop(losses, patience))


def _stop(losses, patience):
    """Oracle: for every epoch, the first lowest loss of all that has been seen so far."""
    lows = [int(np.argmin(losses[: t + 1])) for t in range(len(losses))]
    last = next((t for t in range(len(losses)) if t - lows[t] >= patience), len(losses) - 1)
    return [lows[last], last]


early_stop.hints(
    "Go through the list as training would: you know the losses up to this epoch, and none of the later ones.",
    "Keep the best epoch so far. When the new loss is lower than val_losses[best], the new epoch is the best.",
    "The epochs without improvement are epoch - best. When they reach patience, stop: this epoch is the last.",
)


def _walk(losses, patience, *, better=lambda new, old: new < old, ends=lambda waited, patience: waited >= patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if epoch and better(loss, losses[best]):
            best = epoch
        if ends(epoch - best, patience):
            break
    return best, epoch


@early_stop.slip("the best epoch is the lowest of the whole list here. What lies behind the stop was never trained.")
def _(val_losses, patience):
    return int(np.argmin(val_losses)), _stop(val_losses, patience)[1]


@early_stop.slip("nothing stops here: this is the lowest epoch of the whole list, and the list's last epoch.")
def _(val_losses, patience):
    return int(np.argmin(val_losses)), len(val_losses) - 1


@early_stop.slip("one epoch too late: with a patience of 3, the third epoch without improvement is the last.")
def _(val_losses, patience):
    return _walk(val_losses, patience, ends=lambda waited, patience: waited > patience)


@early_stop.slip("one epoch too early: there have to be `patience` epochs without improvement, not one less.")
def _(val_losses, patience):
    return _walk(val_losses, patience, ends=lambda waited, patience: waited and waited >= patience - 1)


@early_stop.slip("an equal loss counts as better here. Only a strictly lower one does.")
def _(val_losses, patience):
    return _walk(val_losses, patience, better=lambda new, old: new <= old)


@early_stop.slip("each loss is compared with the one before it. Compare it with the lowest so far.")
def _(val_losses, patience):
    best = waited = 0
    for epoch in range(len(val_losses)):
        if epoch and val_losses[epoch] < val_losses[epoch - 1]:
            best, waited = epoch, 0
        elif epoch:
            waited += 1
        if waited == patience:
            break
    return best, epoch


@early_stop.slip("bad epochs are counted over the whole run. When a better epoch comes, the count starts again at 0.")
def _(val_losses, patience):
    best = waited = 0
    for epoch in range(1, len(val_losses)):
        if val_losses[epoch] < val_losses[best]:
            best = epoch
        else:
            waited += 1
        if waited == patience:
            return best, epoch
    return best, len(val_losses) - 1


@early_stop.slip("the last epoch is given as the best, too. Its weights are `patience` epochs too old.")
def _(val_losses, patience):
    return (_stop(val_losses, patience)[1],) * 2


@early_stop.slip("epochs are counted from 1 here. Count from 0, like the list.")
def _(val_losses, patience):
    best, last = _stop(val_losses, patience)
    return best + 1, last + 1


@early_stop.slip("the first number is the lowest loss. The epoch is asked in which it was reached.")
def _(val_losses, patience):
    best, last = _stop(val_losses, patience)
    return val_losses[best], last


@early_stop.slip("the second number is how many epochs were trained. Counted from 0, the last one is one less.")
def _(val_losses, patience):
    best, last = _stop(val_losses, patience)
    return best, last + 1


@early_stop.slip("the order: return the best epoch first, then the last one.")
def _(val_losses, patience):
    return _stop(val_losses, patience)[::-1]


# --- 11.4 ---


@exercise("11.4", "The gradient with a penalty", reads="penalised_gradient", points=2)
def penalised_gradient(ask, rng):
    for n, d, ratio in (4, 3, 0.3), (4, 2, 0.0), (7, 3, 1.0), (9, 3, 0.85), (1, 1, 0.6):
        X = rng.normal(size=(n, d)).round(2)
        y = (X @ rng.normal(size=d) + rng.normal(size=n)).round(2)
        w = (rng.uniform(0.5, 3, size=d) * rng.choice([-1, 1], size=d)).round(2)
        if d > 2:
            w[0], w[1], w[2] = 0.0, -abs(w[1]), abs(w[2])  # 0, where |w| has its corner, and both signs
        b = round(float(rng.uniform(0.5, 2) * rng.choice([-1, 1])), 2)
        alpha = round(float(rng.uniform(0.5, 3)), 2)
        weights, bias = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (w, b))
        data = nn.functional.mse_loss(torch.tensor(X) @ weights + bias, torch.tensor(y))
        penalty = alpha * (ratio * weights.abs().sum() + (1 - ratio) / 2 * weights.square().sum())
        expected = torch.autograd.grad(data + penalty, (weights, bias))
        ask.close(ask.call("penalised_gradient", w, b, X, y, alpha, ratio), list(expected), rtol=1e-4, atol=1e-6)


penalised_gradient.hints(
    "The gradient of a sum is the sum of the gradients. The data's part is that of chapter 02, for several features: "
    "2 / n times X transposed times the residuals.",
    "The penalty has nothing to do with the samples: no X, no n. The derivative of w² / 2 is w; that of |w| is the "
    "sign of w. np.sign(0) is 0.",
    "dw = 2 * X.T @ residual / n + alpha * (ratio * sign + (1 - ratio) * w). There is no b in the penalty.",
)


def _pull(w, b, X, y):
    residual = X @ w + b - y
    return 2 * X.T @ residual / len(y), 2 * residual.mean()


@penalised_gradient.slip("the penalty is missing: this is the gradient of the data loss alone.")
def _(w, b, X, y, alpha, ratio):
    return _pull(w, b, X, y)


@penalised_gradient.slip("L1's part of the penalty is missing: ratio times the sign of w.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * (1 - ratio) * w, db


@penalised_gradient.slip("L2's part of the penalty is missing: (1 - ratio) times w.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * ratio * np.sign(w), db


@penalised_gradient.slip("the bias is penalised here, too. The penalty contains the weights w only.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return (
        dw + alpha * (ratio * np.sign(w) + (1 - ratio) * w),
        db + alpha * (ratio * np.sign(b) + (1 - ratio) * b),
    )


@penalised_gradient.slip(
    "twice the pull of L2: the penalty has a half before the square, so its derivative is w, not 2w."
)
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * (ratio * np.sign(w) + 2 * (1 - ratio) * w), db


@penalised_gradient.slip("half the pull of L2: the derivative of w² / 2 is w.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * (ratio * np.sign(w) + (1 - ratio) / 2 * w), db


@penalised_gradient.slip("ratio and 1 - ratio are exchanged: ratio belongs to L1, the sum of |w|.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * ((1 - ratio) * np.sign(w) + ratio * w), db


@penalised_gradient.slip("the derivative of |w| is its sign, not |w|.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * (ratio * np.abs(w) + (1 - ratio) * w), db


@penalised_gradient.slip(
    "L1 pulls negative weights up: its derivative is -alpha there, and alpha for positive ones only."
)
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * (ratio + (1 - ratio) * w), db


@penalised_gradient.slip("at w = 0 take 0 for the derivative of |w|. Here it is -1.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * (ratio * np.where(w > 0, 1.0, -1.0) + (1 - ratio) * w), db


@penalised_gradient.slip("at w = 0 take 0 for the derivative of |w|. Here it is 1.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * (ratio * np.where(w >= 0, 1.0, -1.0) + (1 - ratio) * w), db


@penalised_gradient.slip("the penalty is divided by n. It stands outside the mean over the samples.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    # In the first case n = 4; with n = 1 this would be right.
    return dw + alpha * (ratio * np.sign(w) + (1 - ratio) * w) / len(y), db


@penalised_gradient.slip("the penalty is subtracted: it is a part of the loss, so its gradient is added.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw - alpha * (ratio * np.sign(w) + (1 - ratio) * w), db


@penalised_gradient.slip("the data's part lacks the factor 2: the derivative of r² is 2r.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw / 2 + alpha * (ratio * np.sign(w) + (1 - ratio) * w), db / 2


@penalised_gradient.slip("db is a sum over the samples: it is 2 times the mean of the residuals.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * (ratio * np.sign(w) + (1 - ratio) * w), db * len(y)


@penalised_gradient.slip("dw lacks the factor 2 in the data's part: the derivative of r² is 2r.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw / 2 + alpha * (ratio * np.sign(w) + (1 - ratio) * w), db


@penalised_gradient.slip("ratio has no effect here: all of the penalty is L2.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw + alpha * w, db


@penalised_gradient.slip("the data's part is a sum over the samples: divide it by n.")
def _(w, b, X, y, alpha, ratio):
    dw, db = _pull(w, b, X, y)
    return dw * len(y) + alpha * (ratio * np.sign(w) + (1 - ratio) * w), db * len(y)


# --- 11.5 ---


def _descend(net, sets, lr, alpha, epochs):
    """Oracle: the descent without stopping. Validation loss, predictions for x_val and penalty, after each step."""
    x, y, x_val, y_val = sets
    weights = [torch.tensor(a, requires_grad=True) for layer in net.layers for a in layer[1:]]

    def predict(inputs):
        h = inputs.double()
        for i in range(0, len(weights), 2):
            h = (h.relu() if i else h) @ weights[i].T + weights[i + 1]
        return h

    losses, predictions, penalties = [], [], []
    for _ in range(epochs):
        loss = ((predict(x) - y.double()) ** 2).mean() + alpha / 2 * sum((w**2).sum() for w in weights)
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.data -= lr * gradient
        predictions.append(predict(x_val).detach())
        losses.append(((predictions[-1] - y_val.double()) ** 2).mean().item())
        penalties.append(alpha / 2 * sum((w**2).sum().item() for w in weights))
    return losses, predictions, penalties


@cache  # the judge asks each slip, too, with the same seed
def _overfitting_case(seed, d, hidden):
    """A small network and sets whose validation loss falls, turns well within 40 epochs, and rises."""
    rng = np.random.default_rng(seed)
    while True:
        n, alpha, lr = d - 2, 0.1, 0.05
        direction = rng.normal(size=(d, 1))
        x, x_val = rng.normal(size=(n, d)), rng.normal(size=(5, d))
        y, y_val = (inputs @ direction + 2.0 * rng.normal(size=(len(inputs), 1)) for inputs in (x, x_val))
        sizes = (d, hidden, 1) if hidden else (d, 1)
        layers: list[tuple] = []
        for inputs, outputs in pairwise(sizes):
            layers += [
                ("Linear", rng.normal(size=(outputs, inputs)) / inputs, 0.1 * rng.normal(size=outputs)),
                ("ReLU",),
            ]
        net = Net(*layers[:-1])
        sent = [torch.tensor(a, dtype=torch.float32) for a in (x, y, x_val, y_val)]
        losses, predictions, penalties = _descend(net, sent, lr, alpha, 40)
        patience = int(rng.integers(3, 6))
        best, last = _stop(losses, patience)
        around = [losses[t] for t in range(last + 1) if t != best]
        # Who adds the penalty to the validation loss must choose another epoch.
        if any(_stop([a + p for a, p in zip(losses, seen, strict=True)], patience)[0] == best
               for seen in (penalties, [penalties[0], *penalties[:-1]])):  # fmt: skip
            continue
        # The minimum must be clear in single precision, and neither first nor last.
        if best > 2 and last < 30 and np.isfinite(losses).all() and min(around) - losses[best] > 2e-4 * losses[best]:
            return net, sent, lr, alpha, patience, best, last, losses, predictions


@exercise("11.5", "Two bugs in early stopping", reads="train_with_patience", points=3)
def train_with_patience(ask, rng):
    for d, hidden in (5, 0), (6, 3), (8, 0):
        case = _overfitting_case(int(rng.integers(2**31)), d, hidden)
        net, sent, lr, alpha, patience, best, last, losses, predictions = case
        expected = [best, losses[: last + 1], predictions[best]]
        got = ask.call("train_with_patience", net, *sent, lr, alpha, patience, 40)
        ask.close(got, expected, rtol=2e-4, atol=1e-5)
    # The run may also end before the patience is used up.
    got = ask.call("train_with_patience", net, *sent, lr, alpha, patience, best + 2)
    ask.close(got, [best, losses[: best + 2], predictions[best]], rtol=2e-4, atol=1e-5)


train_with_patience.hints(
    "First bug: which number is compared with best_loss? What does it contain, and on which samples was it measured?",
    "Second bug: state_dict() gives references to the weights, not copies. What happens to them in the next "
    "optimizer.step()?",
    "Compare val_losses[-1] with best_loss (and store it there), and keep copy.deepcopy(model.state_dict()).",
)


def _patient(model, x, y, x_val, y_val, lr, alpha, patience, epochs, *, watch="val", keep=copy.deepcopy,
             late=0, penalty_in_val=False, penalty_in_choice=False, decay=True):  # fmt: skip
    """The repaired function with one thing wrong, or two."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    val_losses: list[float] = []
    best_epoch, best_loss, best_weights = 0, float("inf"), None
    for epoch in range(epochs):
        optimizer.zero_grad()
        penalty = alpha / 2 * sum((p**2).sum() for p in model.parameters())
        data = ((model(x) - y) ** 2).mean()
        loss = data + penalty if decay else data
        loss.backward()
        optimizer.step()
        value = ((model(x_val) - y_val) ** 2).mean()
        after = alpha / 2 * sum((p**2).sum() for p in model.parameters())
        val_losses.append((value + after if penalty_in_val else value).item())
        watched = val_losses[-1] if watch == "val" else loss.item()
        watched += penalty.item() if penalty_in_choice else 0.0
        if watched < best_loss:
            best_loss, best_epoch, best_weights = watched, epoch, keep(model.state_dict())
        elif epoch - best_epoch == patience + late:
            break
    model.load_state_dict(best_weights)
    return best_epoch, val_losses, model(x_val)


@train_with_patience.slip(
    "the penalised training loss still decides. It falls all the time, so training never stops early. (Whether the "
    "best weights are a copy can only be seen when this is mended.)"
)
def _(model, x, y, x_val, y_val, lr, alpha, patience, epochs):
    return _patient(model, x, y, x_val, y_val, lr, alpha, patience, epochs, watch="train", keep=lambda s: s)


@train_with_patience.slip(
    "one bug is mended: the validation loss decides. But the weights that come back are those of the last epoch. "
    "state_dict() is no copy, and dict(...) or .copy() of it copies only the names."
)
def _(model, x, y, x_val, y_val, lr, alpha, patience, epochs):
    return _patient(model, x, y, x_val, y_val, lr, alpha, patience, epochs, keep=lambda s: s)


@train_with_patience.slip(
    "the penalty was added to the validation loss. What counts for new samples is the data loss alone."
)
def _(model, x, y, x_val, y_val, lr, alpha, patience, epochs):
    return _patient(model, x, y, x_val, y_val, lr, alpha, patience, epochs, penalty_in_val=True)


@train_with_patience.slip(
    "the epoch is chosen by the validation loss plus the penalty. What counts for new samples is the data loss alone."
)
def _(model, x, y, x_val, y_val, lr, alpha, patience, epochs):
    return _patient(model, x, y, x_val, y_val, lr, alpha, patience, epochs, penalty_in_choice=True)


@train_with_patience.slip(
    "the penalty has been taken out of the training. It belongs there; only the choice must not see it."
)
def _(model, x, y, x_val, y_val, lr, alpha, patience, epochs):
    return _patient(model, x, y, x_val, y_val, lr, alpha, patience, epochs, decay=False)


@train_with_patience.slip("one epoch too late: stop when epoch - best_epoch reaches patience.")
def _(model, x, y, x_val, y_val, lr, alpha, patience, epochs):
    return _patient(model, x, y, x_val, y_val, lr, alpha, patience, epochs, late=1)


@train_with_patience.slip("best_loss is never updated with the validation loss, so it is compared with another number.")
def _(model, x, y, x_val, y_val, lr, alpha, patience, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    val_losses, best_epoch, best_loss = [], 0, float("inf")
    for epoch in range(epochs):
        optimizer.zero_grad()
        penalty = alpha / 2 * sum((p**2).sum() for p in model.parameters())
        loss = ((model(x) - y) ** 2).mean() + penalty
        loss.backward()
        optimizer.step()
        val_losses.append(((model(x_val) - y_val) ** 2).mean().item())
        if val_losses[-1] < best_loss:
            best_loss, best_epoch = loss.item(), epoch
            best_weights = copy.deepcopy(model.state_dict())
        elif epoch - best_epoch == patience:
            break
    model.load_state_dict(best_weights)
    return best_epoch, val_losses, model(x_val)


# --- 11.6 ---


@exercise("11.6", "Inverted dropout", reads="dropout", points=2)
def dropout(ask, rng):
    for shape, p in ((3, 4), 0.3), ((6,), 0.5), ((2, 3, 5), 0.8), ((7, 2), 0.0), ((1,), 0.4):
        a = torch.tensor(rng.normal(size=shape).round(2) + 3.0 * rng.choice([-1, 1], size=shape))
        # The oracle tosses its own coins; u is made to agree with them.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            state = torch.get_rng_state()
            kept = nn.functional.dropout(torch.ones_like(a), p) != 0
            torch.set_rng_state(state)
            expected = nn.functional.dropout(a, p).numpy()
        u = np.where(kept, rng.uniform(p, 1, size=shape), rng.uniform(0, p, size=shape))
        ask.close(ask.call("dropout", a.numpy(), u, p, True), expected)
        ask.close(ask.call("dropout", a.numpy(), u, p, False), a.numpy())
    # The mean is kept, over all the values that u may take.
    level, p = float(rng.uniform(1, 3)), 0.2
    u = rng.permutation((np.arange(1000) + 0.5) / 1000)
    got = ask.call("dropout", np.full(1000, level), u, p, True)
    average = float(np.mean(got)) if np.shape(got) == (1000,) else float("nan")
    told = f"the mean of 1000 equal activations of {level:.4g} becomes {average:.4g}; it must be kept"
    ask.true(abs(average - level) < 1e-6, told)
    whole = rng.choice([1, 2, 4, 5, 7, 8], size=(2, 6))  # no multiples of 3: a / 0.75 is not whole
    u = rng.uniform(0, 1, size=(2, 6))
    ask.close(ask.call("dropout", whole, u, 0.25, True), (u >= 0.25) * whole / 0.75)


dropout.hints(
    "u < p is an array of truth values: where it is True, the activation becomes 0. np.where(condition, a, b) chooses "
    "entry by entry.",
    "With probability 1 - p an activation survives. By which number must it be divided, so that the mean stays a?",
    "In training: np.where(u < p, 0, a / (1 - p)). Otherwise: a, without any factor.",
)


@dropout.slip("the factor is missing: what is kept must be divided by 1 - p, or the mean shrinks.")
def _(a, u, p, training):
    return np.where(u < p, 0.0, a) if training else a


@dropout.slip(
    "this is the older form: nothing in training, and times 1 - p in use. Inverted dropout scales in training."
)
def _(a, u, p, training):
    return np.where(u < p, 0.0, a) if training else a * (1 - p)


@dropout.slip("scaled twice: the division in training already keeps the mean. In evaluation return a as it is.")
def _(a, u, p, training):
    return np.where(u < p, 0.0, a / (1 - p)) if training else a * (1 - p)


@dropout.slip("neurons are switched off in evaluation, too. With training=False return a as it is.")
def _(a, u, p, training):
    return np.where(u < p, 0.0, a / (1 - p))


@dropout.slip("multiplied by 1 - p: this makes the mean smaller still. Divide by it.")
def _(a, u, p, training):
    return np.where(u < p, 0.0, a * (1 - p)) if training else a


@dropout.slip("divided by p: that is the probability to be dropped. Divide by the probability to survive, 1 - p.")
def _(a, u, p, training):
    return np.where(u < p, 0.0, a / np.float64(p)) if training else a


@dropout.slip("the wrong ones are kept: where u is less than p, the activation becomes 0.")
def _(a, u, p, training):
    return np.where(u < p, a / (1 - p), 0.0) if training else a


@dropout.slip(
    "divided by the share that happened to survive. Divide by its probability, 1 - p, whatever the coins say."
)
def _(a, u, p, training):
    kept = u >= p
    return kept * a / np.float64(kept.mean()) if training else a


@dropout.slip("the two modes are exchanged: neurons are switched off in training, and not in evaluation.")
def _(a, u, p, training):
    return a if training else np.where(u < p, 0.0, a / (1 - p))


# --- 11.7 ---

_PEAKS: dict[str, Any] = {"peak_60": 60, "peak_120": 120, "peak_copies": 60}


@exercise("11.7", "Predict where it is worst", reads=tuple(_PEAKS))
def peaks(ask, rng):
    inputs = np.random.default_rng(0).normal(size=(60, 5))
    rows = {
        "peak_60": inputs,
        "peak_120": np.vstack([inputs, inputs[:, ::-1] + 1]),
        "peak_copies": np.repeat(inputs, 2, 0),
    }
    weights = np.random.default_rng(1).normal(size=(5, 400))
    for name, X in rows.items():
        got = ask.value(name)
        # Oracle: the number of independent equations that these samples make, however many features there are.
        right = int(np.linalg.matrix_rank(np.maximum(X @ weights, 0)))
        number = isinstance(got, int | float) and not isinstance(got, bool)
        ask.true(number, f"got       {show(got)}\na number of features is expected")
        ask.true(got == right, f"got       {show(got)}\nwhich is not where the fit has to pass through every sample")


peaks.hints(
    "A fit with m numbers to choose can fulfil m independent equations. Each sample is one equation.",
    "With fewer features than equations the fit averages; with more it may choose. The worst is between the two.",
    "For the copies: does the equation 'h(x) = y' become two equations when you write it down twice?",
)

peaks.slip(
    "peak_60: with only as many features as inputs the fit is stable: each weight is an average over many samples.",
    **_PEAKS | {"peak_60": 20},
)
peaks.slip(
    "peak_60: at half as many features as samples, there is still averaging. Where does the last averaging end?",
    **_PEAKS | {"peak_60": 30},
)
peaks.slip(
    "peak_60: with twice as many features as samples, many fits are perfect, and the smallest can be chosen.",
    **_PEAKS | {"peak_60": 120},
)
peaks.slip(
    "peak_120: the peak does not belong to the kind of model. It moves when samples with new equations come in.",
    **_PEAKS | {"peak_120": 60},
)
peaks.slip(
    "peak_120: more samples move the peak to the right: more features are needed to pass through all of them.",
    **_PEAKS | {"peak_120": 30},
)
peaks.slip(
    "peak_copies: there are 120 rows, but the second copy of a sample asks for nothing that the first did not.",
    **_PEAKS | {"peak_copies": 120},
)
peaks.slip(
    "peak_copies: copies do not make fewer equations either. How many different ones are left?",
    **_PEAKS | {"peak_copies": 30},
)
