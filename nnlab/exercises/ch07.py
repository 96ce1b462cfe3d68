"""Chapter 07, loss and gradient descent: a loss with a bug, entropy, losses by task, rates, a quadratic, batches."""

from typing import Any

import numpy as np
import scipy.special
import torch
from torch.nn import functional

from nnlab.exercises.compare import show
from nnlab.exercises.core import exercise

# --- 07.1 ---


@exercise("07.1", "Find the bug in a loss", reads=("loss_of_perfect", "half_mse"), points=2)
def shapes_of_a_loss(ask, rng):
    for n in 4, 9, 1:  # first a case that can be followed with a pencil
        y = rng.normal(size=n).round(1) * 3 + rng.choice([-4, 4])
        # Oracle: what the friend's function does, pair by pair.
        pairs = [(a - b) ** 2 for a in y for b in y]
        ask.close(ask.call("loss_of_perfect", y), sum(pairs) / len(pairs) / 2, rtol=1e-5, atol=1e-9)
    for column, target_column, n in (
        (True, False, 5),
        (False, True, 3),
        (True, True, 7),
        (False, False, 6),
        (True, False, 1),
    ):
        prediction = (rng.normal(size=n) * 2 + 1).round(2)
        y = (prediction + rng.choice([-1, 1]) * rng.uniform(0.5, 3, size=n)).round(2)
        expected = float(functional.mse_loss(torch.tensor(prediction), torch.tensor(y))) / 2
        sent = prediction[:, None] if column else prediction, y[:, None] if target_column else y
        ask.close(ask.call("half_mse", *sent), expected, rtol=1e-5, atol=1e-9)
    whole = np.array([3, -1, 4, 1]), np.array([2, 2, -7, 0])  # integers
    ask.close(ask.call("half_mse", whole[0][:, None], whole[1]), np.mean((whole[0] - whole[1]) ** 2) / 2)


shapes_of_a_loss.hints(
    "Take n = 2 and y = (0, 4) and write the difference (2, 1) - (2,) as a table with 2 rows and 2 columns. Which "
    "of its four entries are 0?",
    "The mean of (y_i - y_j)² over all pairs, i = j included, is 2 times a number that you know from statistics. The "
    "function returns half of that mean.",
    "Repair: give both arguments the same flat shape first. np.ravel(a) is flat for (n,) and for (n, 1).",
)


def _flat(a):
    return np.ravel(np.asarray(a))


def _half(prediction, y):
    return 0.5 * np.mean((_flat(prediction) - _flat(y)) ** 2)


def _friend(prediction, y):
    return 0.5 * ((np.asarray(prediction) - np.asarray(y)) ** 2).mean()


def _bug(loss_of_perfect: Any = np.var, half_mse: Any = _half) -> dict[str, Any]:
    return {"loss_of_perfect": loss_of_perfect, "half_mse": half_mse}


@shapes_of_a_loss.slip(
    "diagnosis: 0 is what a right loss would say of a perfect network. Here every prediction meets every target.",
    make=True,
)
def _():
    return _bug(lambda y: 0.0)


@shapes_of_a_loss.slip(
    "diagnosis: twice too much. The mean of (y_i - y_j)² over all pairs is 2 · variance, and the function halves it.",
    make=True,
)
def _():
    return _bug(lambda y: 2 * np.var(y))


@shapes_of_a_loss.slip(
    "diagnosis: half of it. Each of the pairs (i, j) and (j, i) is in the table, so the mean over all pairs is "
    "twice the variance, not once.",
    make=True,
)
def _():
    return _bug(lambda y: np.var(y) / 2)


@shapes_of_a_loss.slip(
    "diagnosis: nearly. This variance divides by n - 1; the table has n² entries, and the mean divides by all of them.",
    make=True,
)
def _():
    return _bug(lambda y: np.var(y, ddof=1))


@shapes_of_a_loss.slip("diagnosis: this is the standard deviation. The loss is made of squares.", make=True)
def _():
    return _bug(np.std)


@shapes_of_a_loss.slip(
    "diagnosis: this is the loss of predicting 0 for all. The friend's network predicts the targets themselves.",
    make=True,
)
def _():
    return _bug(lambda y: np.mean(np.asarray(y) ** 2) / 2)


@shapes_of_a_loss.slip(
    "repair: (n, 1) minus (n,) is still (n, n). Bring both arguments to one shape before you subtract.", make=True
)
def _():
    return _bug(half_mse=_friend)


@shapes_of_a_loss.slip(
    "repair: only the prediction is made flat. Now a target that comes as a column makes the same error.", make=True
)
def _():
    return _bug(half_mse=lambda p, y: _friend(_flat(p), y))


@shapes_of_a_loss.slip(
    "repair: only the targets are made a column. Now a prediction that comes flat makes the same error.", make=True
)
def _():
    return _bug(half_mse=lambda p, y: _friend(p, _flat(y)[:, None]))


@shapes_of_a_loss.slip("repair: the shapes are right now, but the ½ is lost: half the MSE is asked.", make=True)
def _():
    return _bug(half_mse=lambda p, y: 2 * _half(p, y))


@shapes_of_a_loss.slip("repair: the shapes are right now, but this is a sum: divide by n, take the mean.", make=True)
def _():
    return _bug(half_mse=lambda p, y: _half(p, y) * len(p))


@shapes_of_a_loss.slip(
    "repair: this is half of |mean residual|², so errors cancel. Square first, then take the mean.", make=True
)
def _():
    return _bug(half_mse=lambda p, y: 0.5 * np.mean(_flat(p) - _flat(y)) ** 2)


# --- 07.2 ---


def _shares(rng, size):
    return rng.dirichlet(np.full(size, 1.5))


@exercise("07.2", "Entropy, KL and cross-entropy", reads="information", points=2)
def information(ask, rng):
    uneven = np.sort(rng.uniform(0.1, 0.9, size=2))
    cases = [(np.array([u, 1 - u]), np.array([v, 1 - v])) for u, v in ((uneven[0], uneven[1]), (uneven[1], 0.4))]
    cases += [(_shares(rng, k), _shares(rng, k)) for k in (3, 7, 4)]
    zeros = np.insert(_shares(rng, 3), 1, 0.0), np.insert(_shares(rng, 3), 1, 0.0)
    one_hot = np.eye(4)[rng.integers(4)], _shares(rng, 4)
    lost = _shares(rng, 3), np.array([0.0, 0.25, 0.75])
    for p, p_hat in [*cases, (zeros[0], _shares(rng, 4)), zeros, one_hot, (np.ones(1), np.ones(1)), lost]:
        kl = scipy.special.rel_entr(p, p_hat).sum()
        entropy = scipy.special.entr(p).sum()
        ask.close(ask.call("information", p, p_hat), [entropy, kl, entropy + kl], rtol=1e-5, atol=1e-8)


information.hints(
    "Each of the three is one sum over the classes; mind its sign. For p = (½, ½) and p_hat = (¼, ¾) the entropy is "
    "0.693, the KL divergence 0.144 and the cross-entropy 0.837.",
    "np.log is the natural logarithm. For a class with p = 0, 0 * np.log(0) is nan: leave these classes out first, "
    "with keep = p > 0 and p[keep].",
    "Then entropy = -sum(p * log(p)), cross_entropy = -sum(p * log(p_hat)), and KL is their difference. With p_hat = 0 "
    "NumPy's log gives -inf (with a warning), which is what we want.",
)


def _three(p, p_hat, log=np.log):
    p, p_hat = np.asarray(p, float), np.asarray(p_hat, float)
    p, p_hat = p[p > 0], p_hat[p > 0]
    entropy, cross = -np.sum(p * log(p)), -np.sum(p * log(p_hat))
    return entropy, cross - entropy, cross


@information.slip("these are bits: np.log2 counts in bits, and nats are asked. Take np.log.")
def _(p, p_hat):
    return _three(p, p_hat, np.log2)


@information.slip("np.log10 counts in tenfolds; nats are asked. Take np.log.")
def _(p, p_hat):
    return _three(p, p_hat, np.log10)


@information.slip(
    "the minus is missing in entropy and cross-entropy: logarithms of probabilities are negative, surprises are not."
)
def _(p, p_hat):
    entropy, kl, cross = _three(p, p_hat)
    return -entropy, kl, -cross


@information.slip(
    "the sign of the KL divergence: it is sum p log(p / p_hat), never negative; or cross-entropy - entropy."
)
def _(p, p_hat):
    entropy, kl, cross = _three(p, p_hat)
    return entropy, -kl, cross


@information.slip(
    "p and p_hat are exchanged in the KL divergence: the mean is taken over what is true, so p stands before the "
    "logarithm."
)
def _(p, p_hat):
    entropy, _, cross = _three(p, p_hat)
    return entropy, _three(p_hat, p)[1], cross


@information.slip(
    "p and p_hat are exchanged in the cross-entropy: -sum p log p_hat. The truth weights, the belief is in the log."
)
def _(p, p_hat):
    entropy, kl, _ = _three(p, p_hat)
    return entropy, kl, _three(p_hat, p)[2]


@information.slip(
    "p and p_hat are exchanged everywhere: p is the truth, the first argument, and its probabilities are the weights."
)
def _(p, p_hat):
    return _three(p_hat, p)


@information.slip("the sign: all three are the negative of what is asked. A mean surprise is never below 0.")
def _(p, p_hat):
    return tuple(-v for v in _three(p, p_hat))


@information.slip("this is the entropy of p_hat. The first number is that of p.")
def _(p, p_hat):
    _, kl, cross = _three(p, p_hat)
    return _three(p_hat, p_hat)[0], kl, cross


@information.slip("the order: entropy, KL divergence, cross-entropy. The last two are exchanged.")
def _(p, p_hat):
    entropy, kl, cross = _three(p, p_hat)
    return entropy, cross, kl


@information.slip("a mean over the classes: sum them up. The weights p are already there to make it a mean.")
def _(p, p_hat):
    return tuple(v / np.sum(np.asarray(p) > 0) for v in _three(p, p_hat))


@information.slip("cross-entropy = entropy + KL. Here KL was subtracted.")
def _(p, p_hat):
    entropy, kl, _ = _three(p, p_hat)
    return entropy, kl, entropy - kl


@information.slip(
    "0 · log 0 is nan in NumPy. A class with p = 0 adds nothing: leave these classes out before you take logarithms."
)
def _(p, p_hat):
    entropy, cross = -np.sum(p * np.log(p)), -np.sum(p * np.log(p_hat))
    return entropy, cross - entropy, cross


@information.slip(
    "a small number in the logarithm hides the infinite surprise: where p_hat = 0 and p > 0, return np.inf. (And it "
    "changes the other cases a little.)"
)
def _(p, p_hat):
    return _three(p, np.maximum(p_hat, 1e-12))


@information.slip(
    "classes with p_hat = 0 were left out, and with them an infinite surprise. Leave out those with p = 0 only."
)
def _(p, p_hat):
    p, p_hat = np.asarray(p, float), np.asarray(p_hat, float)
    entropy = _three(p, p)[0]
    keep = (p > 0) & (p_hat > 0)
    cross = -np.sum(p[keep] * np.log(p_hat[keep]))
    return entropy, cross - entropy, cross


# --- 07.3 ---

_TASKS = {"a": "binary", "b": "multilabel", "c": "multiclass", "d": "mae", "e": "mse"}
_LOSSES = ("mse", "mae", "binary", "multiclass", "multilabel")


@exercise("07.3", "Which loss for which task?", reads=("chosen", "multilabel_loss"), points=2)
def losses(ask, rng):
    chosen = ask.value("chosen")
    ask.true(
        isinstance(chosen, dict) and set(chosen) == set(_TASKS), f"got       {show(chosen)}\nkeys a to e are expected"
    )
    if isinstance(chosen, dict):
        for task, right in _TASKS.items():
            got = chosen.get(task)
            known = "" if got in _LOSSES else f"; the strings are {', '.join(_LOSSES)}"
            ask.true(
                got == right,
                f"got       {show(got)}\nwhich is not the loss for this task{known}",
                given=f"task ({task})",
            )
    for n, k in (3, 2), (5, 4), (1, 3), (6, 1):
        z = rng.normal(size=(n, k)) * 3
        y = rng.integers(0, 2, size=(n, k)).astype(float)
        y[0, 0], z[0, 0] = 1.0, -abs(z[0, 0])  # labels and logits that disagree
        expected = functional.binary_cross_entropy_with_logits(torch.tensor(z), torch.tensor(y))
        ask.close(ask.call("multilabel_loss", z, y), float(expected))
    z, y = np.array([[800.0, -800.0, 2.0], [-800.0, 800.0, -1.0]]), np.array([[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    expected = functional.binary_cross_entropy_with_logits(torch.tensor(z), torch.tensor(y))
    ask.close(ask.call("multilabel_loss", z, y), float(expected))


losses.hints(
    "Ask of each task: is the answer a number or a class? If a class: how many of them can be true at once? If a "
    "number: shall a few very large errors count (then sums come out right) or not?",
    "A typical value, whatever a few outliers do, is a median. A value that is right in the sum is a mean. Which "
    "loss asks for which?",
    "multilabel_loss is the form of the statement, computed for the whole array Z and Y at once, and then np.mean "
    "over all its entries.",
)


def _bce(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def _multilabel(Z, Y):
    return np.mean(_bce(np.asarray(Z), np.asarray(Y)))


def _choice(function: Any = _multilabel, **other: str) -> dict[str, Any]:
    return {"chosen": _TASKS | other, "multilabel_loss": function}


losses.slip(
    "(b): a softmax shares one unit of probability, so it cannot like two films, or none. Ask one question for each "
    "film.",
    **_choice(b="multiclass"),
)
losses.slip(
    "(b): binary is one question. Here there is one for each film, so as many as there are films.",
    **_choice(b="binary"),
)
losses.slip(
    "(c): exactly one digit is in the box. Ten separate questions could answer with two digits, or with none.",
    **_choice(c="multilabel"),
)
losses.slip(
    "(c): a digit is a name here, not an amount: a 9 that is taken for an 8 is no less wrong than one taken for a 1.",
    **_choice(c="mse"),
)
losses.slip(
    "(a): one question with two answers. Two logits and a softmax would do as well, but one logit is enough: binary.",
    **_choice(a="multiclass"),
)
losses.slip("(a): only one question is asked, so there is only one label.", **_choice(a="multilabel"))
losses.slip(
    "(d): squared errors let the few breakdowns pull the answer up, to the mean. The typical time is the median.",
    **_choice(d="mse"),
)
losses.slip(
    "(e): the MAE asks for the median, and medians do not add up to the sum of the bills. Means do.", **_choice(e="mae")
)
losses.slip(
    "(d) and (e) are exchanged: the MAE asks for the median (the typical case), the MSE for the mean (sums come out "
    "right).",
    **_choice(d="mse", e="mae"),
)
losses.slip(
    "(b) and (c) are exchanged: exactly one of ten is multiclass, any number of them is multilabel.",
    **_choice(b="multiclass", c="multilabel"),
)


@losses.slip("multilabel_loss: this is the multiclass loss, with a softmax over the labels of a row.", make=True)
def _():
    return _choice(lambda Z, Y: -np.mean(np.sum(Y * scipy.special.log_softmax(Z, axis=1), axis=1)))


@losses.slip(
    "multilabel_loss: the sum over the labels, averaged over the samples only: too large by the factor K.", make=True
)
def _():
    return _choice(lambda Z, Y: np.mean(np.sum(_bce(Z, Y), axis=1)))


@losses.slip("multilabel_loss: the sum over all entries. Divide by n · K: take the mean.", make=True)
def _():
    return _choice(lambda Z, Y: np.sum(_bce(Z, Y)))


@losses.slip("multilabel_loss: the minus sign is lost: this loss is below 0.", make=True)
def _():
    return _choice(lambda Z, Y: -_multilabel(Z, Y))


@losses.slip(
    "multilabel_loss: only the labels that are 1 are counted. A label that is 0 costs -log(1 - p_hat).", make=True
)
def _():
    return _choice(lambda Z, Y: np.mean(Y * _bce(Z, 1.0)))


@losses.slip("multilabel_loss: one number for each sample. Take the mean over the samples too.", make=True)
def _():
    return _choice(lambda Z, Y: np.mean(_bce(Z, Y), axis=1))


@losses.slip(
    "multilabel_loss: a logit of ±800 makes a probability of exactly 0 or 1, and its logarithm infinite. Use the "
    "form of the statement, which never computes the probability.",
    make=True,
)
def _():
    def overflows(Z, Y):
        p = 1 / (1 + np.exp(-Z))
        return -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))

    return _choice(overflows)


@losses.slip(
    "multilabel_loss: the logits or probabilities were cut off, and with them the large losses: a logit of 800 on the "
    "wrong side costs 800 nats. Use the form of the statement.",
    make=True,
)
def _():
    return _choice(lambda Z, Y: _multilabel(np.clip(Z, -30, 30), Y))


# --- 07.4 ---

_FATES: dict[float, str] = {0.05: "walks", 0.25: "one step", 0.4: "jumps", 0.5: "for ever", 0.6: "diverges"}
_WORDS = ("walks", "one step", "jumps", "for ever", "diverges")


def _fate(rate):
    """Oracle: walk on 2 (w - 1)² from 3 and look at what happens. The word and the point after two steps."""
    w, points = 3.0, [3.0]
    for _ in range(400):
        w -= rate * 4 * (w - 1)
        points.append(w)
    away = np.array(points) - 1
    if abs(away[-1]) > 10:
        word = "diverges"
    elif abs(away[-1]) > 1e-6:
        word = "for ever"
    elif abs(away[1]) < 1e-12:
        word = "one step"
    else:
        word = "walks" if away[1] > 0 else "jumps"
    return word, points[2]


@exercise("07.4", "Predict, then run", reads=("fates", "w_after_two"))
def rates(ask, rng):
    fates = ask.value("fates")
    expected = {str(r): _fate(r)[0] for r in _FATES}
    complete = isinstance(fates, dict) and set(fates) == set(expected)
    ask.true(complete, f"got       {show(fates)}\na dict with the keys {', '.join(expected)} is expected")
    if isinstance(fates, dict):
        for rate, word in expected.items():
            got = fates.get(rate)
            known = "" if got in _WORDS else f"; the strings are {', '.join(_WORDS)}"
            # What happens is not told: it is what the learner is asked for.
            ask.true(got == word, f"got       {show(got)}\nwhich is not what happens{known}", given=f"rate {rate}")
    got = ask.value("w_after_two")
    close = isinstance(got, int | float) and not isinstance(got, bool) and abs(got - _fate(0.4)[1]) < 0.005
    ask.true(close, f"got       {show(got)}\nwhich is not where w is after two steps", given="w_after_two")


rates.hints(
    "The slope of 2 (w - 1)² is 4 (w - 1). The curvature λ is the slope of the slope.",
    "For each rate compute the factor 1 - η · λ: between 0 and 1? exactly 0? negative? exactly -1? below -1? Then "
    "look it up in the table above the figure.",
    "For w_after_two: the factor multiplies the distance from the lowest point, w = 1, which is 2 at the start. "
    "Multiply twice, then add 1.",
)


def _said(after: float = 1.72, **words: str) -> dict[str, Any]:
    return {"fates": {r: words.get(f"r{int(100 * r + 0.5):02}", w) for r, w in _FATES.items()}, "w_after_two": after}


rates.slip(
    "λ is the second derivative, 4. You took 2, the number in front of the square, so every border is twice too high.",
    **_said(r05="walks", r25="walks", r40="walks", r50="one step", r60="jumps"),
)
rates.slip(
    "the border of stability is 2/λ, not 1/λ. Between the two, each step lands on the other side, and nearer.",
    **_said(r40="diverges", r50="diverges"),
)
rates.slip(
    "rate 0.4: the factor is 1 - 1.6 = -0.6. It is negative, so each step crosses to the other side; it is no walk.",
    **_said(r40="walks"),
)
rates.slip(
    "rate 0.5: the factor is exactly -1. The distance does not shrink, and does not grow either.", **_said(r50="jumps")
)
rates.slip("rate 0.5: the factor is exactly -1. The jumps do not become longer.", **_said(r50="diverges"))
rates.slip(
    "rate 0.6: the factor is -1.4. Its size is above 1: the distance grows with each step.", **_said(r60="for ever")
)
rates.slip(
    "rate 0.6: the factor is -1.4. Its size is above 1: the distance grows with each step, it never arrives.",
    **_said(r60="jumps"),
)
rates.slip("rate 0.25: the factor is exactly 0, and 0 times any distance is 0.", **_said(r25="walks"))
rates.slip("rate 0.05: the factor is 0.8. After one step 80 % of the way is still left.", **_said(r05="one step"))
rates.slip("w_after_two: 0.72 is the distance from the lowest point. Add the lowest point, 1, to get w.", **_said(0.72))
rates.slip("w_after_two: this is w after one step. The distance is multiplied by -0.6 once more.", **_said(-0.2))
rates.slip(
    "w_after_two: the factor was applied to w itself. It multiplies the distance from the lowest point, w - 1.",
    **_said(1.08),
)
rates.slip("w_after_two: this is one more step than asked.", **_said(0.568))
rates.slip(
    "w_after_two: the slope of 2 (w - 1)² is 4 (w - 1). With 2 (w - 1) each step is half as long.", **_said(1.08 - 1.0)
)


# --- 07.5 ---


def _bowl(rng, d, low=0.4, high=6.0):
    """A symmetric matrix with eigenvalues between low and high, both reached, in turned directions."""
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    values = np.concatenate([[high, low][:d], rng.uniform(low, high, size=max(0, d - 2))])
    return (turn * values) @ turn.T, values, turn


@exercise("07.5", "Gradient descent on a quadratic", reads=("largest_rate", "descend"), points=3)
def quadratic(ask, rng):
    bowls = {d: _bowl(rng, d, rng.uniform(0.3, 0.9), rng.uniform(3, 8)) for d in (2, 3, 1, 5)}
    for matrix, values, _ in bowls.values():
        matrix = (matrix + matrix.T) / 2
        ask.close(ask.call("largest_rate", matrix), 2 / values.max(), rtol=1e-5)
    for (d, (matrix, values, turn)), steps in zip(bowls.items(), (3, 4, 5, 2), strict=True):
        b, start = rng.normal(size=d) * 2 + 0.5, rng.normal(size=d) * 3
        lr = float(rng.uniform(0.3, 0.8)) / values.max()
        # Oracle: along each eigenvector the distance from the minimum shrinks by 1 - lr · λ a step.
        away = turn.T @ start - (turn.T @ b) / values
        left = away * (1 - lr * values) ** np.arange(steps + 1)[:, None]
        expected = (left + (turn.T @ b) / values) @ turn.T
        ask.close(ask.call("descend", (matrix + matrix.T) / 2, b, start, lr, steps), expected, rtol=1e-5, atol=1e-7)
    whole = np.array([[2, 1], [1, 2]]), np.array([1, -1]), np.array([4, 3])
    expected = np.array([[4.0, 3.0], [3.0, 1.9]])  # by hand: the gradient at the start is (10, 11)
    ask.close(ask.call("descend", *whole, 0.1, 1), expected)
    ask.close(ask.call("descend", *whole, 0.1, 0), expected[:1])


quadratic.hints(
    "largest_rate: along each eigenvector the loss is a parabola with the eigenvalue as its λ. Which eigenvalue is in "
    "danger first? np.linalg.eigvalsh(A) gives them all, the largest last.",
    "descend: put the start into a list, and in each of the steps append the last point minus lr times the gradient "
    "there, which is A @ theta - b. After the loop make one array of the list.",
    "Write theta = theta - lr * (...), which makes a new array. With theta -= ... the same array would be in the "
    "list many times. (And integers cannot hold 0.1: start with np.asarray(start, dtype=float).)",
)


def _border(A):
    return 2 / np.linalg.eigvalsh(A)[-1]


def _walk(A, b, start, lr, steps):
    path = [np.asarray(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - lr * (np.asarray(A) @ path[-1] - b))
    return np.array(path)


def _pair(largest_rate: Any = _border, descend: Any = _walk) -> dict[str, Any]:
    return {"largest_rate": largest_rate, "descend": descend}


@quadratic.slip(
    "largest_rate: at 1/λmax the sharpest direction arrives in one step. The border is twice as far.", make=True
)
def _():
    return _pair(lambda A: 1 / np.linalg.eigvalsh(A)[-1])


@quadratic.slip(
    "largest_rate: the flattest direction allows this. The sharpest one sets the limit: the largest eigenvalue.",
    make=True,
)
def _():
    return _pair(lambda A: 2 / np.linalg.eigvalsh(A)[0])


@quadratic.slip(
    "largest_rate: the largest entry of the diagonal is the curvature along an axis. A tilted valley has its sharpest "
    "direction between the axes: take eigenvalues.",
    make=True,
)
def _():
    return _pair(lambda A: 2 / np.max(np.diag(A)))


@quadratic.slip("largest_rate: this divides by the sum of the eigenvalues. Only the largest one counts.", make=True)
def _():
    return _pair(lambda A: 2 / np.trace(A))


@quadratic.slip(
    "largest_rate: 2/(λmin + λmax) is the best fixed rate, not the border at which convergence ends.", make=True
)
def _():
    return _pair(lambda A: 2 / np.linalg.eigvalsh(A)[[0, -1]].sum())


@quadratic.slip("largest_rate: this is the largest eigenvalue itself. The border is 2 divided by it.", make=True)
def _():
    return _pair(lambda A: np.linalg.eigvalsh(A)[-1])


@quadratic.slip(
    "largest_rate: λ is already the second derivative: the ½ in the loss is used up by the derivative of the square.",
    make=True,
)
def _():
    return _pair(lambda A: 4 / np.linalg.eigvalsh(A)[-1])


@quadratic.slip("descend: uphill. Subtract the gradient.", make=True)
def _():
    return _pair(descend=lambda A, b, start, lr, steps: _walk(A, b, start, -lr, steps))


@quadratic.slip("descend: the sign of b. The gradient of -bᵀθ is -b, so the gradient is A θ - b.", make=True)
def _():
    return _pair(descend=lambda A, b, start, lr, steps: _walk(A, -b, start, lr, steps))


@quadratic.slip("descend: b is missing. Without it the walk goes to 0 and not to the minimum.", make=True)
def _():
    return _pair(descend=lambda A, b, start, lr, steps: _walk(A, 0 * b, start, lr, steps))


@quadratic.slip(
    "descend: the step is half as long. The loss has a ½ before the square, so its gradient is A θ - b, without a ½.",
    make=True,
)
def _():
    return _pair(descend=lambda A, b, start, lr, steps: _walk(np.asarray(A) / 2, b, start, lr, steps))


@quadratic.slip(
    "descend: the step is twice as long. The derivative of the square brings a 2, and the ½ before it takes it away.",
    make=True,
)
def _():
    return _pair(descend=lambda A, b, start, lr, steps: _walk(A, b, start, 2 * lr, steps))


@quadratic.slip(
    "descend: the array holds whole numbers, so each point was cut to whole numbers. Make it an array of floats.",
    make=True,
)
def _():
    def descend(A, b, start, lr, steps):
        path = np.zeros((steps + 1, len(start)), dtype=np.asarray(start).dtype)
        path[0] = start
        for t in range(steps):
            path[t + 1] = path[t] - lr * (A @ path[t] - b)
        return path

    return _pair(descend=descend)


@quadratic.slip(
    "descend: A * theta multiplies entry by entry (and broadcasts). The matrix product is A @ theta.", make=True
)
def _():
    def descend(A, b, start, lr, steps):
        path = [np.asarray(start, dtype=float)]
        for _ in range(steps):
            path.append(path[-1] - lr * (np.diag(A) * path[-1] - b))
        return np.array(path)

    return _pair(descend=descend)


@quadratic.slip("descend: the start is missing: it is row 0 of the path.", make=True)
def _():
    return _pair(descend=lambda A, b, start, lr, steps: _walk(A, b, start, lr, steps)[1:])


@quadratic.slip("descend: only the last point. Return all of them, the start first.", make=True)
def _():
    return _pair(descend=lambda A, b, start, lr, steps: _walk(A, b, start, lr, steps)[-1])


@quadratic.slip("descend: one point too few: there are steps + 1 points, because the start is one of them.", make=True)
def _():
    return _pair(descend=lambda A, b, start, lr, steps: _walk(A, b, start, lr, steps - 1))


@quadratic.slip(
    "descend: all rows are the last point. `theta -= ...` changes the array that already lies in the list: write "
    "theta = theta - ... instead.",
    make=True,
)
def _():
    return _pair(
        descend=lambda A, b, start, lr, steps: np.repeat(_walk(A, b, start, lr, steps)[-1:], steps + 1, axis=0)
    )


# --- 07.6 ---


@exercise("07.6", "Epochs, batches and updates", reads=("bookkeeping", "epochs_for"), points=2)
def updates(ask, rng):
    size = int(rng.integers(3, 9))
    uneven = size * int(rng.integers(3, 7)) + int(rng.integers(1, size))
    even = size * int(rng.integers(3, 7))
    for n, batch in (100, 16), (uneven, size), (even, size), (size - 1, size), (uneven, 1), (even, even):
        epochs = int(rng.integers(2, 7))
        lengths = [len(b) for b in torch.arange(n).split(batch)]  # brute force: cut and count
        ask.equal(ask.call("bookkeeping", n, batch, epochs), [len(lengths), lengths[-1], len(lengths) * epochs])
    for n, batch, wanted in (
        (100, 16, 25),
        (100, 16, 35),
        (uneven, size, 40),
        (even, size, 2 * (even // size)),
        (uneven, size, 1),
        (50, 50, 7),
    ):
        made, epochs = 0, 0
        while made < wanted:  # brute force: train, and count
            made += len(torch.arange(n).split(batch))
            epochs += 1
        ask.equal(ask.call("epochs_for", n, batch, wanted), epochs)


updates.hints(
    "The last batch may be short, but it is a batch and makes an update: round n / batch_size up. math.ceil does it.",
    "Last batch: what is left of n when all batches before it were full? If batch_size divides n, it is a full "
    "batch, not an empty one.",
    "epochs_for: divide the updates that you need by those of one epoch, and round up.",
)


def _up(a, b):
    return -(-a // b)


def _books(n, batch_size, epochs):
    per_epoch = _up(n, batch_size)
    return per_epoch, n - (per_epoch - 1) * batch_size, per_epoch * epochs


def _needed(n, batch_size, updates):
    return _up(updates, _up(n, batch_size))


def _records(bookkeeping: Any = _books, epochs_for: Any = _needed) -> dict[str, Any]:
    return {"bookkeeping": bookkeeping, "epochs_for": epochs_for}


@updates.slip("bookkeeping: the short last batch is left out. It makes an update too: round up, not down.", make=True)
def _():
    return _records(lambda n, b, e: (n // b, b, n // b * e))


@updates.slip("bookkeeping: the updates are rounded down, so the short last batch is not counted: round up.", make=True)
def _():
    return _records(lambda n, b, e: (n // b, _books(n, b, e)[1], n // b * e))


@updates.slip(
    "bookkeeping: one update too many where batch_size divides n. n // batch_size + 1 is not rounding up.", make=True
)
def _():
    return _records(lambda n, b, e: (n // b + 1, _books(n, b, e)[1], (n // b + 1) * e))


@updates.slip(
    "bookkeeping: an empty batch too many where batch_size divides n: the last full batch is the last one then.",
    make=True,
)
def _():
    return _records(lambda n, b, e: (n // b + 1, n % b, (n // b + 1) * e))


@updates.slip(
    "bookkeeping: n % batch_size is 0 where batch_size divides n. Then the last batch is full, not empty.", make=True
)
def _():
    return _records(lambda n, b, e: (_up(n, b), n % b, _up(n, b) * e))


@updates.slip("bookkeeping: the last batch is not always full. How many samples are left for it?", make=True)
def _():
    return _records(lambda n, b, e: (_up(n, b), b, _up(n, b) * e))


@updates.slip(
    "bookkeeping: the samples of all epochs were cut as one row. Each epoch ends with its own short batch: round up "
    "first, then multiply.",
    make=True,
)
def _():
    return _records(lambda n, b, e: (*_books(n, b, e)[:2], _up(n * e, b)))


@updates.slip(
    "bookkeeping: rounded to the nearest whole number. A rest of any size makes a batch: round up.", make=True
)
def _():
    return _records(lambda n, b, e: (round(n / b), _books(n, b, e)[1], round(n / b) * e))


@updates.slip("bookkeeping: a fraction. Updates come in whole numbers: the rest is a short batch.", make=True)
def _():
    return _records(lambda n, b, e: (n / b, _books(n, b, e)[1], n / b * e))


@updates.slip("bookkeeping: these are samples seen in all epochs. The third number is the updates.", make=True)
def _():
    return _records(lambda n, b, e: (*_books(n, b, e)[:2], n * e))


@updates.slip("epochs_for: rounded down, these epochs make too few updates: at least so many are asked.", make=True)
def _():
    return _records(epochs_for=lambda n, b, u: u // _up(n, b))


@updates.slip("epochs_for: one epoch too many where it comes out even: round up, do not add 1.", make=True)
def _():
    return _records(epochs_for=lambda n, b, u: u // _up(n, b) + 1)


@updates.slip("epochs_for: the updates of an epoch are rounded down here, so epochs seem to make too few.", make=True)
def _():
    return _records(epochs_for=lambda n, b, u: _up(u, max(n // b, 1)))


@updates.slip(
    "epochs_for: updates · batch_size / n counts samples, as if each batch were full. The short batch is an update "
    "too.",
    make=True,
)
def _():
    return _records(epochs_for=lambda n, b, u: _up(u * b, n))


@updates.slip("epochs_for: this is how many updates so many epochs make. The question goes the other way.", make=True)
def _():
    return _records(epochs_for=lambda n, b, u: u * _up(n, b))
