"""The exercises of chapter 05, logistic regression by hand: sigmoid, loss, gradient, growth, two outputs, leakage.

Shapes are the chapter's: X is [n, d], the weights of one output are [d], those of K outputs [K, d], classes are [n].
"""

import math
from functools import cache
from typing import Any

import numpy as np
import scipy.special

from nnlab.exercises.compare import show
from nnlab.exercises.core import Ask, exercise

# Learners may compute in float32; what a slip changes is far larger.
NEAR: Any = {"rtol": 1e-4, "atol": 1e-6}


# 05.1 -----------------------------------------------------------------------------------------------------------------
@exercise("05.1", "A sigmoid that does not overflow", reads=("sigmoid", "sigmoid_strict"), points=2)
def sigmoid(ask: Ask, rng: np.random.Generator) -> None:
    usual: list[np.ndarray] = [rng.normal(scale=2, size=(3, 5)) + 0.5, rng.normal(size=1)]
    for z in *usual, rng.normal(size=(4, 1)).astype(np.float32):
        ask.close(ask.call("sigmoid", z), scipy.special.expit(z.astype(float)), **NEAR)
    far = np.array([-rng.uniform(520, 690), -300.0, 0.0, 37.0, 800.0])
    ask.close(ask.call("sigmoid", far), scipy.special.expit(far), rtol=1e-4, atol=0)
    # First scores that only one of the two forms survives, then those of the other.
    for kind in np.float64, np.float32:
        for z in np.array([0.5, 90.0, 800.0], dtype=kind), np.array([-800.0, -90.0, -1.5], dtype=kind):
            ask.close(ask.call("sigmoid_strict", z), scipy.special.expit(z.astype(float)), **NEAR)


sigmoid.hints(
    "What is np.exp(800), and what is np.exp(-800)? For which sign of z is the first of the two forms harmless?",
    "np.exp(-np.abs(z)) never exceeds 1. Call it e. What is the sigmoid in terms of e when z is positive, and when it "
    "is negative? Both fractions have the denominator 1 + e.",
    "np.where(z >= 0, 1, e) / (1 + e). Note that np.where computes both of its branches: overflow in either one warns.",
)


def _sigmoid_slip(sentence):
    """Declare a wrong sigmoid, together with the chapter's strict form of it."""

    def declare(function):
        def strict(z):
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                return function(z)

        return sigmoid.slip(sentence, sigmoid=function, sigmoid_strict=strict)

    return declare


@_sigmoid_slip("exp(-z) overflows for large negative z: write the other form, e^z / (1 + e^z), where z is negative.")
def _(z):
    return 1 / (1 + np.exp(-z))


@_sigmoid_slip("exp(z) overflows for large positive z, and inf / inf is nan: use this form where z is negative only.")
def _(z):
    return np.exp(z) / (1 + np.exp(z))


@_sigmoid_slip(
    "the values are right, but np.where computes both branches for every z, and one of them overflows. Let exp see "
    "-abs(z) only."
)
def _(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


@_sigmoid_slip(
    "clipping z changes the answer: in float32 the limit of 500 is far too late (exp overflows at 88.7), and in "
    "float64 every score below -500 gives the same number."
)
def _(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


@_sigmoid_slip(
    "nothing overflows, but for very negative z the tiny probability is lost: 0.5 * (1 + tanh(z / 2)) rounds it to 0, "
    "and a clipped score stops getting smaller. exp(-|z|) keeps it."
)
def _(z):
    return 0.5 * (1 + np.tanh(z / 2))


@_sigmoid_slip("the sign: this is the sigmoid of -z. It must rise from 0 to 1.")
def _(z):
    return scipy.special.expit(-z)


@_sigmoid_slip("e = exp(-|z|) stands in the right place for positive z; for negative z it belongs into the numerator.")
def _(z):
    return 1 / (1 + np.exp(-np.abs(z)))


@_sigmoid_slip("this is tanh, between -1 and 1: a probability lies between 0 and 1.")
def _(z):
    return np.tanh(z)


@_sigmoid_slip("without brackets, 1 / 1 + exp(-z) is 1 + exp(-z): the denominator is (1 + exp(-z)).")
def _(z):
    return 1 / 1 + np.exp(-z)


@_sigmoid_slip("the result is flat: keep the shape of z, also where it has rows and columns.")
def _(z):
    return scipy.special.expit(z).ravel()


@_sigmoid_slip("this is the class, 0 or 1: the sigmoid gives the probability, which lies between them.")
def _(z):
    return np.where(z > 0, 1.0, 0.0)


# 05.2 -----------------------------------------------------------------------------------------------------------------
@exercise("05.2", "Cross-entropy from the scores", reads="cross_entropy", points=2)
def cross_entropy(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    whole = rng.permutation([1, 1, 0, 0, 0, 1, 0])
    far = np.array([37.5, -700.0, 5.0, -2.0, 60.0])
    sure_wrong = np.array([800.0, -800.0, 1.5, -38.0])
    for z, y in (
        (rng.normal(scale=2, size=7) + 0.4, whole.astype(float)),
        (rng.normal(scale=2, size=7) - 0.4, whole),
        (rng.normal(size=1) + 2, np.array([0])),
        (far, np.array([1, 0, 1, 0, 1])),
        (sure_wrong, np.array([0, 1, 1, 1])),
        (np.array([95.0, -100.0, 20.0], dtype=np.float32), np.array([0, 1, 0])),
    ):
        aim = torch.nn.functional.binary_cross_entropy_with_logits(
            torch.as_tensor(z).double(), torch.as_tensor(y * 1.0)
        )
        ask.close(ask.call("cross_entropy", z, y), aim.item(), **NEAR)


cross_entropy.hints(
    "Write the cost of one case first: log(1 + exp(-z)) where y is 1, log(1 + exp(z)) where y is 0. For y = 1 you can "
    "use log(1 + exp(-z)) = log(1 + exp(z)) - z. So one formula does for both classes.",
    "The cost is log(1 + exp(z)) - y * z. Replace the logarithm by the form with max(z, 0) and exp(-|z|).",
    "np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))).",
)


def _costs(z, y):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))


@cross_entropy.slip(
    "the minus sign is missing: a logarithm of a probability is never positive, so a loss is never < 0."
)
def _(z, y):
    return -np.mean(_costs(z, y))


@cross_entropy.slip("the sum over the cases is taken. The loss is the mean, so that it does not grow with n.")
def _(z, y):
    return np.sum(_costs(z, y))


@cross_entropy.slip(
    "nan: for a large score the sigmoid is exactly 0 or 1, and 0 times log(0) is no number. Clipping z to 500 does not "
    "help, since 1 - sigmoid(37) is already 0. Compute from z, without a sigmoid."
)
def _(z, y):
    p = 1 / (1 + np.exp(-np.clip(z, -500, 500)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@cross_entropy.slip(
    "infinite: the exponent is too large, or the logarithm meets 0. Use max(z, 0) + log(1 + exp(-|z|)), in which no "
    "exponent is positive."
)
def _(z, y):
    return np.mean(np.where(y == 1, np.log(1 + np.exp(-z)), np.log(1 + np.exp(z))))


@cross_entropy.slip(
    "probabilities that are kept away from 0 and 1 hide the problem: to be sure and wrong must cost all of |z|, and "
    "here it costs the same from some score on."
)
def _(z, y):
    p = np.clip(scipy.special.expit(z), 1e-15, 1 - 1e-15)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@cross_entropy.slip(
    "a small number inside the logarithm hides the problem: to be sure and wrong must cost all of |z|, and here it "
    "never costs more than the logarithm of that small number."
)
def _(z, y):
    p = scipy.special.expit(z)
    return -np.mean(y * np.log(p + 1e-15) + (1 - y) * np.log(1 - p + 1e-15))


@cross_entropy.slip("the classes have changed places: a large score must cost little where y is 1.")
def _(z, y):
    return np.mean(_costs(z, 1 - y))


@cross_entropy.slip("only the cases of class 1 count here; the term with 1 - y is missing.")
def _(z, y):
    return np.mean(y * _costs(z, y))


@cross_entropy.slip("~y is not 1 - y for whole numbers: it gives -1 and -2.")
def _(z, y):
    y = y.astype(int)
    return -np.mean(y * -_costs(z, 1) + ~y * -_costs(z, 0))


@cross_entropy.slip("the logarithm to base 2: log is the natural logarithm here, np.log.")
def _(z, y):
    return np.mean(_costs(z, y)) / np.log(2)


@cross_entropy.slip("one cost for each case: take their mean.")
def _(z, y):
    return _costs(z, y)


@cross_entropy.slip("this is the mean squared error of the probabilities, another loss.")
def _(z, y):
    return np.mean((scipy.special.expit(z) - y) ** 2)


# 05.3 -----------------------------------------------------------------------------------------------------------------
def _cases(rng, n, d):
    """Inputs that are not centred, both classes where n > 1, weights and a bias that is not near 0."""
    X = rng.normal(size=(n, d)) + rng.uniform(0.3, 0.9, size=d)
    y = rng.permutation((np.arange(n) < max(1, round(0.4 * n))).astype(int))
    return X, y, rng.normal(size=d), float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.2))


@exercise("05.3", "The gradient of the loss", reads="gradient", points=2)
def gradient(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    for n, d in (7, 3), (4, 1), (1, 2), (3, 5):
        X, y, w, b = _cases(rng, n, d)
        if n == 4:
            X, w = X.astype(np.float32), w.astype(np.float32)
        if n == 3:
            y = y.astype(float)
        parameters = torch.tensor([*w, b], dtype=torch.float64, requires_grad=True)
        z = torch.as_tensor(X).double() @ parameters[:-1] + parameters[-1]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.as_tensor(y * 1.0))
        (aim,) = torch.autograd.grad(loss, parameters)
        told = f"X of shape {X.shape}, y = {show(y)}, w = {show(w)}, b = {b:.3f}"
        ask.close(ask.call("gradient", X, y, w, b), [aim[:-1], aim[-1]], given=told, **NEAR)


gradient.hints(
    "First the residuals: r = sigmoid(X @ w + b) - y, one for each case. What shape have they?",
    "The derivative for b is the mean of r. The derivative for w_j is the mean of r times column j of X.",
    "X.T @ r / len(X), r.mean()",
)


def _residuals(X, y, w, b):
    return scipy.special.expit(X @ w + b) - y


@gradient.slip("the sign: the residual is prediction minus target, so this is uphill and downhill exchanged.")
def _(X, y, w, b):
    r = y - scipy.special.expit(X @ w + b)
    return X.T @ r / len(X), r.mean()


@gradient.slip("sums in place of means: the loss is a mean over the cases, so its derivatives are means too.")
def _(X, y, w, b):
    r = _residuals(X, y, w, b)
    return X.T @ r, r.sum()


@gradient.slip(
    "the sigmoid is missing: the residual is a probability minus the class, and here it is a score minus it."
)
def _(X, y, w, b):
    r = X @ w + b - y
    return X.T @ r / len(X), r.mean()


@gradient.slip(
    "the factor p (1 - p) is too much: in the cross-entropy it cancels against the first link. (It belongs to the "
    "squared error.)"
)
def _(X, y, w, b):
    p = scipy.special.expit(X @ w + b)
    r = (p - y) * p * (1 - p)
    return X.T @ r / len(X), r.mean()


@gradient.slip("twice too large: the factor 2 came from the square, and there is no square in the cross-entropy.")
def _(X, y, w, b):
    r = 2 * _residuals(X, y, w, b)
    return X.T @ r / len(X), r.mean()


@gradient.slip("the decided class (0 or 1) minus y: the residual takes the probability itself, before any threshold.")
def _(X, y, w, b):
    r = (X @ w + b > 0) - y
    return X.T @ r / len(X), r.mean()


@gradient.slip("the factor x is missing in the derivative for w: the third link of the chain.")
def _(X, y, w, b):
    r = _residuals(X, y, w, b)
    return np.full(X.shape[1], r.mean()), r.mean()


@gradient.slip("mean(x) times mean(r) is not the mean of x r: multiply case by case, then take the mean.")
def _(X, y, w, b):
    r = _residuals(X, y, w, b)
    return X.mean(axis=0) * r.mean(), r.mean()


@gradient.slip("the derivative for w is right; that for b is still a sum: divide it by n as well.")
def _(X, y, w, b):
    r = _residuals(X, y, w, b)
    return X.T @ r / len(X), r.sum()


@gradient.slip("the derivative for b is one number, the mean of the residuals, not one for each case.")
def _(X, y, w, b):
    r = _residuals(X, y, w, b)
    return X.T @ r / len(X), r


@gradient.slip("the derivative for b is a number, not an array that holds one: r.mean() without axis or keepdims.")
def _(X, y, w, b):
    r = _residuals(X, y, w, b)
    return X.T @ r / len(X), r.mean(keepdims=True)


@gradient.slip("divided by the number of features: the mean goes over the n cases, len(X).")
def _(X, y, w, b):
    r = _residuals(X, y, w, b)
    return X.T @ r / X.shape[1], r.mean()


@gradient.slip("the two have changed places: first the derivatives for w, then the one for b.")
def _(X, y, w, b):
    r = _residuals(X, y, w, b)
    return r.mean(), X.T @ r / len(X)


@gradient.slip("the derivatives for w stand in a column, (d, 1): w has shape (d,), so its gradient has too.")
def _(X, y, w, b):
    r = _residuals(X, y, w, b)
    return X.T @ r[:, None] / len(X), r.mean()


@gradient.slip("the bias b is missing in the score.")
def _(X, y, w, b):
    r = _residuals(X, y, w, 0)
    return X.T @ r / len(X), r.mean()


# 05.4 -----------------------------------------------------------------------------------------------------------------
_PREDICTED = {"predict_right": "b", "predict_loss": "c", "predict_length": "a"}


@exercise("05.4", "Ten thousand and a hundred thousand iterations", reads=(*_PREDICTED, "iterations_until"), points=3)
def growth(ask: Ask, rng: np.random.Generator) -> None:
    for name, right in _PREDICTED.items():
        fits = ask.letters(name) == right.upper()
        # The right letter is not shown: it is what the learner is asked for.
        ask.true(fits, f"got       {show(ask.replies[-1])}\nwhich is not what happens; give one of the letters a, b, c")
    for reach, m, lr in (3.0, 1.0, 0.01), (rng.uniform(5, 6.5), rng.uniform(1.5, 2.5), 0.02), (0.4, 0.5, 0.005):
        target, m = round(float(reach / m), 2), round(float(m), 2)
        ask.close(ask.call("iterations_until", target, m, lr), _counted(target, m, lr), rtol=0.02, atol=2)


@cache
def _counted(target, m, lr):
    """Oracle, by brute force: the loop of the exercise."""
    weight, count = 0.0, 0
    while weight < target:
        weight += lr * m / (1 + math.exp(m * weight))
        count += 1
    return float(count)


growth.hints(
    "For the letters: think of a w that is already right for all six cases, and double it. What do the boundary, the "
    "scores and the costs do? And in the one-dimensional case, what becomes of the step when w is large?",
    "You may write the loop: start at w = 0.0 and count the steps w += lr * m / (1 + exp(m * w)) until w >= target.",
    "Or separate the variables: (1 + exp(m w)) dw = lr m dt. Integrate the left side from 0 to target, and divide by "
    "lr m. Do not forget the lower limit: exp(0) is 1.",
)


def _until(target, m, lr):
    return (m * target + np.exp(m * target) - 1) / (lr * m**2)


_GROWTH: dict[str, Any] = _PREDICTED | {"iterations_until": _until}
for _name, _letter, _sentence in (
    (
        "predict_right",
        "a",
        "predict_right: on the training cases nothing is lost. Each step makes the loss on these six smaller; whether "
        "new cases get worse is another question.",
    ),
    (
        "predict_right",
        "c",
        "predict_right: a wrong case costs log 2 = 0.69 or more by itself. The loss is a mean over six, and each step "
        "lowers it: what follows once it is below 0.69 / 6?",
    ),
    (
        "predict_loss",
        "a",
        "predict_loss: take the weights where it is said to stop and double them. Every case is right, so every cost "
        "gets smaller still: it was not the lowest value.",
    ),
    (
        "predict_loss",
        "b",
        "predict_loss: this is the loss on the training cases. Gradient descent with a small step always lowers it.",
    ),
    (
        "predict_length",
        "b",
        "predict_length: the steps get shorter and shorter, because the residuals shrink as the cases become certain.",
    ),
    (
        "predict_length",
        "c",
        "predict_length: there is no minimum to stay at. Longer weights of the same direction have a smaller loss.",
    ),
):
    growth.slip(_sentence, **_GROWTH | {_name: _letter})


def _growth_slip(sentence):
    return lambda function: growth.slip(sentence, **_GROWTH | {"iterations_until": function})


@_growth_slip("as if every step had the length of the first: the steps get shorter as w grows.")
def _(target, m, lr):
    return target / (lr * m / 2)


@_growth_slip("as if every step had the length of the last: the first ones, where the slope is larger, are longer.")
def _(target, m, lr):
    return target * (1 + np.exp(m * target)) / (lr * m)


@_growth_slip("the lower limit is forgotten: at w = 0, exp(0) is 1, so the integral begins there and not at 0.")
def _(target, m, lr):
    return (m * target + np.exp(m * target)) / (lr * m**2)


@_growth_slip("the 1 of 1 + exp(m w) is lost: it integrates to w, which counts while w is small.")
def _(target, m, lr):
    return (np.exp(m * target) - 1) / (lr * m**2)


@_growth_slip("this holds in the limit of large t only: while w is small, the other terms of the integral count too.")
def _(target, m, lr):
    return np.exp(m * target) / (lr * m**2)


@_growth_slip("m stands once too few: exp(m w) integrates to exp(m w) / m, and the step has another factor m.")
def _(target, m, lr):
    return (target + np.exp(m * target) - 1) / (lr * m)


@_growth_slip("the learning rate is missing: half the rate needs twice the steps.")
def _(target, m, lr):
    return _until(target, m, 1)


@_growth_slip("the sign of the exponent: the step is proportional to sigmoid(-m w), which shrinks as w grows.")
def _(target, m, lr):
    return (m * target - np.exp(-m * target) + 1) / (lr * m**2)


@_growth_slip("this is a time in thousands, or the weight itself? Asked is the number of steps.")
def _(target, m, lr):
    return _until(target, m, lr) / 1000


# 05.5 -----------------------------------------------------------------------------------------------------------------
@exercise("05.5", "Two outputs, three flaws", reads=("flawed_lines", "train_classes"), points=3)
def two_outputs(ask: Ask, rng: np.random.Generator) -> None:
    _letters(ask, "flawed_lines", "ACD")
    for n, d, K, steps in (7, 3, 2, 3), (9, 2, 3, 3), (3, 2, 3, 2), (5, 1, 4, 2):
        X = rng.normal(size=(n, d)) + rng.uniform(0.3, 0.9, size=d)
        present = max(2, K - 1) if n == 5 else K  # in the last case one class does not occur
        labels = rng.permutation(np.arange(n) % present)
        lr = round(float(rng.uniform(0.3, 0.8)), 2)
        W, b = _softmax_descent(X, labels, K, lr, steps)
        told = f"train_classes with X of shape {X.shape}, labels = {show(labels)}, K = {K}, lr = {lr}, {steps} steps"
        got = ask.call("train_classes", X, labels, K, lr, steps)
        # A bias in a row, (1, K), is as good as a flat one.
        if isinstance(got, list) and len(got) == 2 and np.shape(got[1]) == (1, K):
            got = [got[0], np.asarray(got[1])[0]]
        ask.close(got, [W, b], given=told, **NEAR)


def _softmax_descent(X, labels, K, lr, steps):
    """Oracle: the same descent by torch's own cross-entropy and its derivatives."""
    import torch

    W = torch.zeros(K, X.shape[1], dtype=torch.float64, requires_grad=True)
    b = torch.zeros(K, dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        scores = torch.nn.functional.linear(torch.as_tensor(X), W, b)
        loss = torch.nn.functional.cross_entropy(scores, torch.as_tensor(labels))
        for parameter, slope in zip((W, b), torch.autograd.grad(loss, (W, b)), strict=True):
            parameter.data -= lr * slope
    return W.detach(), b.detach()


def _letters(ask: Ask, name: str, right: str) -> None:
    fits = ask.letters(name) == right
    got = show(ask.replies[-1])
    ask.true(fits, f"got       {got}\nwhich are not the letters asked for: none may be missing or too many")


two_outputs.hints(
    "Run each suspicious line alone. What is ~np.array([0, 1])? What is the shape of X @ W.T, and how does NumPy add "
    "an array of shape (2, 1) to it? Do the rows of P sum to 1?",
    "Targets: one column for each class, 1 where labels equals its number: labels[:, None] == np.arange(K). Bias: K "
    "numbers. Probabilities: softmax along each row.",
    "In the loop: E = np.exp(Z - Z.max(axis=1, keepdims=True)); P = E / E.sum(axis=1, keepdims=True). The residuals "
    "and the two steps stay as they are.",
)


def _rows_softmax(Z):
    return scipy.special.softmax(Z, axis=1)


def _train(X, labels, K, lr, steps, *, link=_rows_softmax, targets=None, mean=True, bias=True, sign=-1, start=0.0):
    """Softmax regression with its flaws as options."""
    Y = (labels[:, None] == np.arange(K)).astype(float) if targets is None else targets(labels, K)
    W, b = np.full((K, X.shape[1]), start), np.full(K, start)
    n = len(X) if mean else 1
    for _ in range(steps):
        R = link(X @ W.T + b) - Y
        W, b = W + sign * lr * R.T @ X / n, b + sign * lr * R.sum(axis=0) / n * bias
    return W, b


for _lines, _sentence in {
    "CD": "flawed_lines: one is missing. Print ~y for whole numbers y.",
    "AD": "flawed_lines: one is missing. Which shape has b, and how is it added to scores of shape (n, 2)?",
    "AC": "flawed_lines: one is missing. Do the rows of P sum to 1?",
    "A": "flawed_lines: two are missing. One raises the error; the other gives rows that do not sum to 1.",
    "C": "flawed_lines: this one raises the error. Two others run, and give a wrong result.",
    "D": "flawed_lines: two are missing. One raises the error; the other spoils the targets.",
    "ABCD": "flawed_lines: B is no flaw. One row of W for each output, and zeros are a fair start for one layer.",
    "ACDE": "flawed_lines: E is no flaw. With softmax, too, the residual is prediction minus target.",
    "ACDF": "flawed_lines: F is no flaw. It steps against the mean of residual times input, with the shape of W.",
    "ACDG": "flawed_lines: G is no flaw. The mean over the cases has one number for each output, as the bias should.",
}.items():
    two_outputs.slip(_sentence, flawed_lines=_lines, train_classes=_train)


def _repair_slip(sentence):
    return lambda function: two_outputs.slip(sentence, flawed_lines="ACD", train_classes=function)


@_repair_slip("still a sigmoid for each output: these are K separate models, whose rows do not sum to 1. Use softmax.")
def _(X, labels, K, lr, iterations):
    return _train(X, labels, K, lr, iterations, link=scipy.special.expit)


@_repair_slip("softmax down the columns: a row is one case, so sum along axis=1.")
def _(X, labels, K, lr, iterations):
    return _train(X, labels, K, lr, iterations, link=lambda Z: scipy.special.softmax(Z, axis=0))


@_repair_slip("softmax of the whole batch: each row must sum to 1 on its own.")
def _(X, labels, K, lr, iterations):
    return _train(X, labels, K, lr, iterations, link=scipy.special.softmax)


@_repair_slip("the class numbers went in as targets: each class needs a column of its own, with 1 and 0.")
def _(X, labels, K, lr, iterations):
    return _train(X, labels, K, lr, iterations, targets=lambda y, K: np.repeat(y[:, None], K, axis=1))


@_repair_slip("the columns of the targets stand in reverse order: column k belongs to class k.")
def _(X, labels, K, lr, iterations):
    return _train(X, labels, K, lr, iterations, targets=lambda y, K: (y[:, None] == np.arange(K)[::-1]).astype(float))


@_repair_slip("sums in place of means: the steps are n times too long.")
def _(X, labels, K, lr, iterations):
    return _train(X, labels, K, lr, iterations, mean=False)


@_repair_slip("the bias stays 0: it takes its own step, against the mean of the residuals.")
def _(X, labels, K, lr, iterations):
    return _train(X, labels, K, lr, iterations, bias=False)


@_repair_slip("uphill: the steps go against the gradient, so subtract.")
def _(X, labels, K, lr, iterations):
    return _train(X, labels, K, lr, iterations, sign=1)


@_repair_slip("W has one row for each output, shape (K, d): this is its transpose.")
def _(X, labels, K, lr, iterations):
    W, b = _train(X, labels, K, lr, iterations)
    return W.T, b


@_repair_slip("the bias stands in a column, (K, 1): it has to be flat, (K,), or a row, (1, K).")
def _(X, labels, K, lr, iterations):
    W, b = _train(X, labels, K, lr, iterations)
    return W, b[:, None]


@_repair_slip("this works for two classes only: the number of outputs is K.")
def _(X, labels, K, lr, iterations):
    return _train(X, np.minimum(labels, 1), 2, lr, iterations)


@_repair_slip("these are the probabilities; asked for are the weights and the biases, W and b.")
def _(X, labels, K, lr, iterations):
    W, b = _train(X, labels, K, lr, iterations)
    return _rows_softmax(X @ W.T + b)


# 05.6 -----------------------------------------------------------------------------------------------------------------
@exercise("05.6", "A wine pipeline without leakage", reads=("leaks", "prepare", "held_out"), points=3)
def wine(ask: Ask, rng: np.random.Generator) -> None:
    _letters(ask, "leaks", "ACE")
    for n, d in (9, 3), (6, 1), (14, 4):
        table = _cellar(rng, n, d)
        seen = sorted({(*row[:d], row[-1]) for row in table.tolist()})
        got = ask.call("prepare", table)
        told = f"prepare of a table of {len(table)} wines with {d} measurements, the mark and the colour"
        X, y = (np.asarray(part) for part in ask.parts(got, "X", "y", given=told))
        ask.true(
            X.ndim == 2 and X.shape[1] == d and y.shape == (len(X),),
            f"got       X {X.shape} and y {y.shape}\nexpected  X of shape (m, {d}) and y of shape (m,), a row a wine",
            given=told,
        )
        rows = np.array(sorted(map(tuple, np.column_stack([X, y * 1.0]).tolist()))) if len(X) else X
        ask.replies[-1] = rows  # any order is right, and a slip is known in any order
        ask.close(rows, np.array(seen), given=told)
    for n, d, K in (22, 2, 3), (31, 3, 4):
        X, y, fold = _folds(rng, n, d, K)
        told = f"held_out for X of shape {X.shape} with {K} folds"
        ask.close(ask.call("held_out", X, y, fold), _predicted(X, y, fold), given=told, rtol=0, atol=2e-3)


wine.hints(
    "Ask of each statement: would this be known of a bottle that the model has never met? A fixed seed, and folds with "
    "equal shares of the classes, tell the model nothing about one bottle.",
    "prepare: the mark is the last column but one. Drop it first, and look for equal rows afterwards: np.unique(..., "
    "axis=0), or a DataFrame's drop_duplicates. held_out: loop over the folds; in each, fit on fold != k.",
    "make_pipeline(StandardScaler(), LogisticRegression()).fit(X[fold != k], y[fold != k]); then its predict_proba of "
    "X[fold == k], column 1, goes to the places fold == k of the result.",
)


def _cellar(rng, n, d):
    """A table [n + 5, d + 2] in which five wines come twice: two of them with another mark, one in another colour."""
    measured = rng.normal(size=(n, d)).round(2) + np.arange(n)[:, None]
    colour = rng.permutation(np.arange(n) % 3 == 0).astype(float)
    table = np.column_stack([measured, rng.integers(4, 8, size=n), colour])
    again = table[rng.permutation(n)[:5]]
    again[:2, -2] += 1  # the same wine with another mark is the same wine
    again[2, -1] = 1 - again[2, -1]  # another colour: another wine
    return rng.permutation(np.vstack([table, again]))


def _folds(rng, n, d, K):
    """Two classes that overlap, in folds of unlike size; one wine is far from all others, so that its scale tells."""
    y = rng.permutation((np.arange(n) % 5 < 2).astype(int))
    X = rng.normal(size=(n, d)) * rng.uniform(1, 3, size=d) + y[:, None] * 1.5 + 4
    X[rng.integers(n)] += 40
    fold = rng.permutation(np.arange(n) % K)
    for k in range(K):  # both classes are in every training part: n is large enough to move one wine
        if len(set(y[fold != k])) < 2:
            return _folds(rng, n, d, K)
    return X, y, fold


def _logistic(X, y):
    """Oracle: scikit-learn's default objective, sum of costs plus half the squared length, by Newton's method."""
    ones, theta = np.column_stack([X, np.ones(len(X))]), np.zeros(X.shape[1] + 1)
    penalty = np.diag([1.0] * X.shape[1] + [0.0])  # the bias is free
    for _ in range(12):
        p = scipy.special.expit(ones @ theta)
        slope = ones.T @ (p - y) + penalty @ theta
        theta = theta - np.linalg.solve((ones.T * (p * (1 - p))) @ ones + penalty, slope)
    return theta


def _predicted(X, y, fold):
    """Probabilities by fold, from the oracle."""
    p = np.empty(len(X))
    for k in np.unique(fold):
        out, rest = fold == k, fold != k
        mean, std = X[rest].mean(axis=0), X[rest].std(axis=0)
        theta = _logistic((X[rest] - mean) / std, y[rest])
        p[out] = scipy.special.expit((X[out] - mean) / std @ theta[:-1] + theta[-1])
    return p


def _fitted(X, y, fold, *, first=None, scale=True, seen="others", again=False):
    """As learners write it, with their own estimators (so that a slip gives the same digits), and its leaks."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    X = StandardScaler().fit_transform(X) if first == "all" else X
    p = np.empty(len(X))
    for k in np.unique(fold):
        out = fold == k
        part = {"others": ~out, "all": np.full(len(X), True), "own": out}[seen]
        scaler = StandardScaler(with_mean=scale, with_std=scale).fit(X[part])
        model = LogisticRegression().fit(scaler.transform(X[part]), y[part])
        p[out] = model.predict_proba((scaler.fit(X[out]) if again else scaler).transform(X[out]))[:, 1]
    return p


def _prepared(table):
    rows = list(dict.fromkeys((*row[:-2], row[-1]) for row in table.tolist()))
    return np.array(rows)[:, :-1], np.array(rows)[:, -1]


for _said, _sentence in {
    "ac": "leaks: one is missing. Who gives a wine its mark, and what may that person have seen?",
    "ae": "leaks: one is missing. From which wines did the scaler take mean and standard deviation?",
    "ce": "leaks: one is missing. 1177 rows repeat an earlier row: where may the two copies go?",
    "a": "leaks: two are missing. Look at what is among the features, and at what was computed before the folds.",
    "c": "leaks: two are missing. Look at what is among the features, and at what a random split does with equal rows.",
    "e": "leaks: two are missing. Look at what was computed before the folds, and at equal rows.",
    "abce": "leaks: b is none. Folds with equal shares of the classes tell the model nothing about a single wine.",
    "acde": "leaks: d is none. A fixed seed makes the folds repeatable. Choosing the best of many seeds would be one.",
    "acef": "leaks: f is none. Uneven classes call for a baseline beside the accuracy; they let nothing through.",
}.items():
    wine.slip(_sentence, leaks=_said, prepare=_prepared, held_out=_predicted)


def _wine_slip(sentence, **fixed):
    names: dict[str, Any] = {"leaks": "ace", "prepare": _prepared, "held_out": _predicted}
    if fixed:
        wine.slip(sentence, **names | fixed)
    return lambda name: lambda function: wine.slip(sentence, **names | {name: function})


@_wine_slip("prepare: nothing is dropped but the mark: the repeated wines are still there.")("prepare")
def _(table):
    return table[:, :-2], table[:, -1]


@_wine_slip("prepare: the mark is still among the features. It stands in the last column but one.")("prepare")
def _(table):
    X, y = _prepared(np.insert(table, -1, 0.0, axis=1))
    return X, y


@_wine_slip(
    "prepare: the equal rows were looked for before the mark was dropped, so twins with unlike marks are left."
)("prepare")
def _(table):
    rows = np.unique(table, axis=0)
    return rows[:, :-2], rows[:, -1]


@_wine_slip("prepare: measurements alone do not make a wine the same: a red and a white one may agree. Keep both.")(
    "prepare"
)
def _(table):
    _, first = np.unique(table[:, :-2], axis=0, return_index=True)
    return table[first, :-2], table[first, -1]


@_wine_slip("prepare: all wines that occur twice have gone. One copy of each has to stay.")("prepare")
def _(table):
    rows, count = np.unique(np.delete(table, -2, axis=1), axis=0, return_counts=True)
    return rows[count == 1][:, :-1], rows[count == 1][:, -1]


@_wine_slip("prepare: y is the mark here. The colour is the last column, the mark the one before it.")("prepare")
def _(table):
    rows = np.unique(np.delete(table, -1, axis=1), axis=0)
    return rows[:, :-1], rows[:, -1]


@_wine_slip("held_out: the scaler was fitted to all rows, the held-out ones too: fit it inside the loop.")("held_out")
def _(X, y, fold):
    return _fitted(X, y, fold, first="all", scale=False)


@_wine_slip(
    "held_out: the scaler was fitted once more, to the held-out rows. They are scaled by the training rows' numbers."
)("held_out")
def _(X, y, fold):
    return _fitted(X, y, fold, again=True)


@_wine_slip("held_out: there is no scaler. The penalty of LogisticRegression depends on the features' units.")(
    "held_out"
)
def _(X, y, fold):
    return _fitted(X, y, fold, scale=False)


@_wine_slip("held_out: the model has seen all rows, the held-out ones too: fit it on fold != k.")("held_out")
def _(X, y, fold):
    return _fitted(X, y, fold, seen="all")


@_wine_slip("held_out: these are classes, 0 or 1. Probabilities are asked for: predict_proba.")("held_out")
def _(X, y, fold):
    return (_fitted(X, y, fold) > 0.5).astype(int)


@_wine_slip("held_out: this is the probability of class 0, the first column of predict_proba.")("held_out")
def _(X, y, fold):
    return 1 - _fitted(X, y, fold)


@_wine_slip("held_out: both columns of predict_proba. Asked for is one number for each row, the one of class 1.")(
    "held_out"
)
def _(X, y, fold):
    p = _fitted(X, y, fold)
    return np.column_stack([1 - p, p])


@_wine_slip("held_out: the folds' results stand one after the other. Put each back to the place of its row in X.")(
    "held_out"
)
def _(X, y, fold):
    return _fitted(X, y, fold)[np.argsort(fold, kind="stable")]


@_wine_slip("held_out: trained on the fold that is held out, and tested on the same: exchange the two parts.")(
    "held_out"
)
def _(X, y, fold):
    return _fitted(X, y, fold, seen="own")
