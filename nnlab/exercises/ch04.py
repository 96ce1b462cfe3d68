"""The exercises of chapter 04, the perceptron: cases, oracles, hints and slips.

Labels are 0 and 1, and a sum of exactly 0 counts as class 1, as in the chapter. Inputs are whole numbers wherever a
sum may be 0, so that no answer is decided by rounding.
"""

from typing import Any

import numpy as np

from nnlab.exercises.core import Ask, exercise

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
NAND, XOR = (1, 1, 1, 0), (0, 1, 1, 0)
NEAR: Any = {"rtol": 1e-4, "atol": 1e-5}


def _array(value: Any, *shapes: tuple[int, ...]) -> np.ndarray | None:
    """`value` as finite numbers in one of `shapes`, or None; text is no number."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    fits = array.dtype.kind in "iuf" and array.shape in shapes and np.isfinite(array).all()
    return array.astype(float) if fits else None


def _numbers(value: Any, count: int) -> np.ndarray | None:
    """`value` as `count` finite numbers, or None."""
    try:
        flat = np.concatenate([np.ravel(np.asarray(v, dtype=float)) for v in value])
    except (TypeError, ValueError):
        return None
    return flat if flat.shape == (count,) and np.isfinite(flat).all() else None


# 04.1 -----------------------------------------------------------------------------------------------------------------
@exercise("04.1", "NAND by hand", reads="nand")
def nand(ask: Ask, rng: np.random.Generator) -> None:
    numbers = _array(ask.value("nand"), (3,))
    ask.true(numbers is not None, "three numbers are expected: nand = (w1, w2, b)")
    if numbers is None:
        return
    sums = CORNERS @ numbers[:2] + numbers[2]
    ask.replies.append(np.sign([*numbers, *sums]).tolist())  # AND is also AND in other numbers: slips go by the signs
    for x, aim, z in zip(CORNERS.tolist(), NAND, sums.tolist(), strict=True):
        said = int(z >= 0)
        ask.true(said == aim, f"z = {z:g}, so your neuron says {said}; NAND is {aim}", given=f"the case {tuple(x)}")


nand.hints(
    "NAND is 1 when no switch is on, at (0, 0). Then z is the bias. What does that say about its sign?",
    "Each switch that is on must pull the sum down, so both weights are negative. One switch alone must not pull it "
    "below 0; both together must.",
    "Take w1 = w2 = -1. Then z is b, b - 1, b - 1 and b - 2: which b makes only the last one negative?",
)
nand.slip("this is AND, the opposite of NAND: turn the sign of all three numbers", (1.0, 1.0, -1.5))
nand.slip("this is OR: it says 1 where at least one switch is on", (1.0, 1.0, -0.5))
nand.slip("this is NOR: it says 1 only where no switch is on. The bias is too small for one switch", (-1.0, -1.0, 0.5))
nand.slip("the bias is 0, so one switch alone already pulls the sum below 0", (-1.0, -1.0, 0.0))
nand.slip("for (1, 1) the sum is exactly 0, and 0 counts as class 1: take a smaller bias", (-1.0, -1.0, 2.0))
nand.slip(
    "weights and bias all pull up, so the neuron says 1 to everything: the weights must pull down", (1.0, 1.0, 1.5)
)
nand.slip("with weights and bias negative the sum is never positive", (-1.0, -1.0, -1.5))


# 04.2 -----------------------------------------------------------------------------------------------------------------
def _cases(rng: np.random.Generator):
    """(w, b, x, y, lr) for every meeting of class and prediction, also with a sum of exactly 0."""
    for d, aim_sum, y in (2, -3, 1), (3, 4, 0), (1, 2, 1), (4, -1, 0), (2, 0, 0), (3, 0, 1):
        x, w = rng.integers(1, 5, size=d) * rng.choice([-1, 1], size=d), rng.integers(-4, 5, size=d)
        w = -w if y == 1 and aim_sum < 0 and w @ x < 0 else w  # so that a sum without the bias is told apart here
        yield w.astype(float), float(aim_sum - w @ x), x.astype(float), y, float(rng.choice([0.25, 0.5, 2.0]))


@exercise("04.2", "One step of Rosenblatt's rule", reads="update")
def update(ask: Ask, rng: np.random.Generator) -> None:
    for w, b, x, y, lr in _cases(rng):
        said = sum(p * q for p, q in zip(w.tolist(), x.tolist(), strict=True)) + b >= 0
        move = 0 if said == bool(y) else lr if y == 1 else -lr
        aim = [np.array([p + move * q for p, q in zip(w, x, strict=True)]), b + move]
        w_new, b_new = ask.parts(ask.call("update", w, b, x, y, lr), "w", "b")
        ask.close(w_new, aim[0], **NEAR)
        ask.close(b_new, aim[1], **NEAR)


update.hints(
    "First compute z for this case and turn it into 0 or 1. What is y minus that?",
    "The difference is +1, -1 or 0. Multiply it by lr, and by x for the weights.",
    "error = y - y_hat; return w + lr * error * x, and for the bias the same without x.",
)


def _update(w, b, x, y, lr, *, said=lambda z: 1.0 * (z >= 0), sign=1, x_on_bias=False, bias=True, see_bias=True):
    error = sign * (y - said(w @ x + (b if see_bias else 0)))
    return w + lr * error * x, b + lr * error * (x.sum() if x_on_bias else 1) * bias


@update.slip("the sign: add the input when the class is 1 and the neuron said 0, so the factor is y - y_hat")
def _(w, b, x, y, lr):
    return _update(w, b, x, y, lr, sign=-1)


@update.slip("the bias stays as it was: it moves too, by lr * (y - y_hat), with the same y_hat as the weights")
def _(w, b, x, y, lr):
    return _update(w, b, x, y, lr, bias=False)


@update.slip("y - z is used: the rule compares y with the prediction, 0 or 1, and not with the sum")
def _(w, b, x, y, lr):
    return _update(w, b, x, y, lr, said=lambda z: z)


@update.slip("a sum of exactly 0 counts as class 1: ask z >= 0")
def _(w, b, x, y, lr):
    return _update(w, b, x, y, lr, said=lambda z: 1.0 * (z > 0))


@update.slip("the learning rate is missing")
def _(w, b, x, y, lr):
    return _update(w, b, x, y, 1.0)


@update.slip("the bias is missing in the sum z")
def _(w, b, x, y, lr):
    return _update(w, b, x, y, lr, see_bias=False)


@update.slip("the weights move by lr * (y - y_hat) alone: multiply by x, so that each weight moves with its own input")
def _(w, b, x, y, lr):
    move = lr * (y - 1.0 * (w @ x + b >= 0))
    return w + move, b + move


@update.slip("only mistakes on class 1 are mended: after a mistake on class 0 subtract the input")
def _(w, b, x, y, lr):
    return _update(w, b, x, y, lr) if y == 1 else (w, b)


@update.slip("the prediction here is -1 or +1; in this chapter the classes are 0 and 1")
def _(w, b, x, y, lr):
    return _update(w, b, x, y, lr, said=lambda z: 1.0 if z >= 0 else -1.0)


# 04.3 -----------------------------------------------------------------------------------------------------------------
def _separable(rng: np.random.Generator, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole points and their classes by a plane that touches none of them; both classes are there."""
    while True:
        X, w = rng.integers(-4, 5, size=(n, d)), rng.integers(-3, 4, size=d)
        z = X @ w + rng.integers(-2, 3) + 0.5
        if 2 <= (z > 0).sum() <= n - 2:
            return X.astype(float), (z > 0).astype(int)


def _plain_training(X: np.ndarray, y: np.ndarray, lr: float, epochs: int) -> tuple[list[float], float, list[int]]:
    """The rule in plain Python, number by number."""
    w, b, mistakes = [0.0] * X.shape[1], 0.0, []
    for _ in range(epochs):
        wrong = 0
        for row, target in zip(X.tolist(), y.tolist(), strict=True):
            said = int(sum(p * q for p, q in zip(w, row, strict=True)) + b >= 0)
            if said != target:
                wrong += 1
                move = lr if target == 1 else -lr
                w, b = [p + move * q for p, q in zip(w, row, strict=True)], b + move
        mistakes.append(wrong)
        if not wrong:
            break
    return w, b, mistakes


@exercise("04.3", "Train until there is no mistake", reads="train", points=2)
def train(ask: Ask, rng: np.random.Generator) -> None:
    first = CORNERS.astype(float), np.array([0, 0, 0, 1])
    never = CORNERS.astype(float), np.array(XOR)
    for (X, y), lr, epochs in (
        (first, 0.5, 50),
        (_separable(rng, 9, 2), 1.0, 400),
        (never, 1.0, 7),
        (_separable(rng, 12, 3), 0.25, 400),
    ):
        w, b, mistakes = _plain_training(X, y, lr, epochs)
        got = ask.parts(ask.call("train", X, y, lr, epochs), "w", "b", "mistakes")
        told = f"X of shape {X.shape}, lr={lr}, epochs={epochs}"
        ask.close(got[2], mistakes, given=f"the mistakes, for {told}")
        ask.close(got[0], np.array(w), given=f"the weights, for {told}", **NEAR)
        ask.close(got[1], b, given=f"the bias, for {told}", **NEAR)


train.hints(
    "Two loops: the outer one over epochs, the inner one over the cases. Where does the counter start at 0?",
    "Count where the prediction differs from the class. After the inner loop append the count, and only then ask "
    "whether it is 0.",
    "for _ in range(epochs): wrong = 0; for x, target in zip(X, y): one step of 04.2; mistakes.append(wrong); "
    "break if wrong is 0.",
)


def _training(
    X, y, lr, epochs, *, stop=True, batch=False, begin=0.0, keep_last=True, late=False, strict=False, sign=1, forget=0
):
    w, b, mistakes = np.full(X.shape[1], begin), begin, []
    for _ in range(epochs):
        old, wrong = (w, b), 0
        for x, target in zip(X, y, strict=True):
            v, c = old if batch else (w, b)
            z = v @ x + c
            error = sign * (target - (1 if (z > 0 if strict else z >= 0) else 0))
            w, b = w + lr * error * x, b + lr * error * (1 - forget)
            wrong += int(error != 0)
        if late:
            wrong = int(np.sum((X @ w + b >= 0) != y))
        if keep_last or wrong:
            mistakes.append(wrong)
        if stop and wrong == 0:
            break
    return w, b, mistakes


@train.slip("it does not stop after an epoch without mistakes: leave the loop when the count is 0")
def _(X, y, lr, epochs):
    return _training(X, y, lr, epochs, stop=False)


@train.slip("all cases of an epoch meet the weights of its beginning: each must meet those that the last one left")
def _(X, y, lr, epochs):
    return _training(X, y, lr, epochs, batch=True)


@train.slip("the last 0 is missing in `mistakes`: append the count first, then ask whether to stop")
def _(X, y, lr, epochs):
    return _training(X, y, lr, epochs, keep_last=False)


@train.slip("the mistakes are counted after the epoch, with its last weights; count them as they happen")
def _(X, y, lr, epochs):
    return _training(X, y, lr, epochs, late=True)


@train.slip("a sum of exactly 0 counts as class 1: ask z >= 0")
def _(X, y, lr, epochs):
    return _training(X, y, lr, epochs, strict=True)


@train.slip("the sign: the weights run away from the solution. The factor is y - y_hat")
def _(X, y, lr, epochs):
    return _training(X, y, lr, epochs, sign=-1)


@train.slip("the learning rate is missing")
def _(X, y, lr, epochs):
    return _training(X, y, 1.0, epochs)


@train.slip("weights and bias must start at 0")
def _(X, y, lr, epochs):
    return _training(X, y, lr, epochs, begin=1.0)


@train.slip("the bias never moves")
def _(X, y, lr, epochs):
    return _training(X, y, lr, epochs, forget=1)


@train.slip("`mistakes` is one total; a list with a count for each epoch is asked for")
def _(X, y, lr, epochs):
    w, b, mistakes = _training(X, y, lr, epochs)
    return w, b, sum(mistakes)


# 04.4 -----------------------------------------------------------------------------------------------------------------
@exercise("04.4", "How many mistakes at most?", reads="most_mistakes", points=2)
def most_mistakes(ask: Ask, rng: np.random.Generator) -> None:
    for n, d in (6, 2), (9, 3), (5, 1):
        w, b = rng.normal(size=d) + np.sign(rng.normal(size=d)), float(rng.choice([-1, 1]) * rng.uniform(0.4, 0.9))
        X = rng.normal(scale=2, size=(n, d))
        X[0], X[1] = 2 * w, -2 * w  # one case surely on each side
        y = np.array([1 if sum(p * q for p, q in zip(w, x, strict=True)) + b > 0 else 0 for x in X])
        longest = max(1 + sum(p**2 for p in x) for x in X)
        scale = sum(p**2 for p in w) + b**2
        nearest = min(abs(sum(p * q for p, q in zip(w, x, strict=True)) + b) for x in X)
        told = f"X of shape {X.shape}, w of length {float(np.linalg.norm(w)):.3g}, b = {b:.3g}"
        ask.close(ask.call("most_mistakes", X, y, w, b), float(longest * scale / nearest**2), given=told, **NEAR)


most_mistakes.hints(
    "Compute three numbers: the longest x_+ (squared), the length of theta = (w, b), and the smallest sign * z.",
    "R² is the largest of x·x + 1 over the cases. The margin is the smallest sign * z, divided by the length of theta.",
    "R² = (np.sum(X**2, axis=1) + 1).max(); margin = (signs * (X @ w + b)).min() / np.sqrt(w @ w + b**2).",
)


def _most(X, y, w, b, *, one=1, bias=1, scale=True, least=np.min, most=np.max, power=2):
    R = np.sqrt(most((X**2).sum(axis=1) + one))
    length = np.sqrt(w @ w + bias * b**2) if scale else 1
    return (R * length / least(np.where(y == 1, 1, -1) * (X @ w + b))) ** power


@most_mistakes.slip("the 1 in x_+ is missing: its squared length is x·x + 1")
def _(X, y, w, b):
    return _most(X, y, w, b, one=0)


@most_mistakes.slip("the bias is missing in the length of theta: the proof scales w and b together")
def _(X, y, w, b):
    return _most(X, y, w, b, bias=0)


@most_mistakes.slip("the solution is not scaled to length 1: divide the margin by the length of (w, b)")
def _(X, y, w, b):
    return _most(X, y, w, b, scale=False)


@most_mistakes.slip("R / margin is not yet squared")
def _(X, y, w, b):
    return _most(X, y, w, b, power=1)


@most_mistakes.slip("only the margin is squared: square R too")
def _(X, y, w, b):
    return _most(X, y, w, b) / np.sqrt(((X**2).sum(axis=1) + 1).max())


@most_mistakes.slip("only R is squared: square the margin too")
def _(X, y, w, b):
    return _most(X, y, w, b, power=1) * np.sqrt(((X**2).sum(axis=1) + 1).max())


@most_mistakes.slip("the margin belongs to the least clear case: take the minimum, not the mean")
def _(X, y, w, b):
    return _most(X, y, w, b, least=np.mean)


@most_mistakes.slip("R is the length of the longest case: take the maximum, not the mean")
def _(X, y, w, b):
    return _most(X, y, w, b, most=np.mean)


@most_mistakes.slip("the signs are missing: for class 0 a negative z is right, so take sign * z before the minimum")
def _(X, y, w, b):
    return _most(X, np.ones_like(y), w, b)


@most_mistakes.slip("this is margin / R: the bound grows when the margin shrinks")
def _(X, y, w, b):
    return 1 / _most(X, y, w, b)


# 04.5 -----------------------------------------------------------------------------------------------------------------
@exercise("04.5", "Find the bug", reads=("diagnosis", "train_mended"), points=2)
def mended(ask: Ask, rng: np.random.Generator) -> None:
    sets = [
        (CORNERS.astype(float), np.array([0, 0, 0, 1])),
        (CORNERS.astype(float), np.array(NAND)),
        _separable(rng, 8, 2),
        _separable(rng, 10, 3),
    ]
    for X, y in sets:
        w, b = ask.parts(ask.call("train_mended", X, y, 500), "w", "b")
        numbers = _numbers([w, b], X.shape[1] + 1)
        ask.true(numbers is not None, f"w of shape ({X.shape[1]},) and one number b are expected")
        if numbers is None:
            return
        z = X @ numbers[:-1] + numbers[-1]
        wrong = int(np.sum((z >= 0) != (y == 1)))
        ask.true(
            not wrong, f"{wrong} of {len(y)} cases are on the wrong side, and a line separates them",
            given=f"X of shape {X.shape}, classes {y.tolist()}",
        )  # fmt: skip
    # Asked last, so that its slips are about the letter.
    ask.diagnosis("B", "ABCD", "does not explain why the sum for class 0 never falls")


mended.hints(
    "Follow one case of class 0 through the loop: is the condition true? What is then added?",
    "The condition and the update were written for classes -1 and +1. How do you turn 0 and 1 into -1 and +1?",
    "sign = 2 * target - 1, and use sign in place of target three times.",
)


def _friend(X, y, epochs, *, see=lambda t: t, add=lambda t: t, bias=lambda t: t):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(epochs):
        for x, t in zip(X, y, strict=True):
            if see(t) * (w @ x + b) <= 0:
                w, b = w + add(t) * x, b + bias(t)
    return w, b


def _sign(t):
    return 2 * t - 1


def _right(X, y, epochs):
    return _friend(X, y, epochs, see=_sign, add=_sign, bias=_sign)


@mended.slip("the loop is still the friend's: for class 0 nothing is ever subtracted", make=True)
def _():
    return {"diagnosis": "B", "train_mended": _friend}


@mended.slip(
    "the update has signs now, but for class 0 the condition is always true, so it is pushed for ever", make=True
)
def _():
    return {
        "diagnosis": "B",
        "train_mended": lambda X, y, epochs: _friend(X, y, epochs, add=_sign, bias=_sign),
    }


@mended.slip("the bias never moves", make=True)
def _():
    return {
        "diagnosis": "B",
        "train_mended": lambda X, y, epochs: _friend(X, y, epochs, see=_sign, add=_sign, bias=lambda t: 0),
    }


@mended.slip("`< 0` where `<= 0` belongs: at the start every sum is 0, so nothing counts as a mistake", make=True)
def _():
    return {"diagnosis": "B", "train_mended": lambda X, y, epochs: (np.zeros(X.shape[1]), 0.0)}


@mended.slip("a sum of exactly 0 counts as class 1: ask z >= 0", make=True)
def _():
    return {
        "diagnosis": "B",
        "train_mended": lambda X, y, epochs: _training(X, y, 1.0, epochs, strict=True)[:2],
    }


@mended.slip("the weights have signs now; the bias has not, so it can only grow", make=True)
def _():
    return {"diagnosis": "B", "train_mended": lambda X, y, epochs: _friend(X, y, epochs, see=_sign, add=_sign)}


@mended.slip(
    "the loop is right, the diagnosis A is not: the weights of the friend stop moving in the first epoch", make=True
)
def _():
    return {"diagnosis": "A", "train_mended": _right}


@mended.slip(
    "the loop is right, the diagnosis C is not: yours starts at 0 too. Equal starts matter for hidden neurons only",
    make=True,
)
def _():
    return {"diagnosis": "C", "train_mended": _right}


@mended.slip("the loop is right, the diagnosis D is not: from 0 the rate only scales all numbers alike", make=True)
def _():
    return {"diagnosis": "D", "train_mended": _right}


# 04.6 -----------------------------------------------------------------------------------------------------------------
@exercise("04.6", "XOR by hand", reads=("W1", "b1", "w2", "b2"), points=2)
def xor(ask: Ask, rng: np.random.Generator) -> None:
    sizes: dict[str, list[tuple]] = {"W1": [(2, 2)], "b1": [(2,)], "w2": [(2,)], "b2": [(), (1,)]}
    found = {name: _array(ask.value(name), *shapes) for name, shapes in sizes.items()}
    parts = [part for part in found.values() if part is not None]
    if len(parts) < len(sizes):
        bad = " and ".join(name for name, part in found.items() if part is None)
        ask.replies.append(bad)  # so that no slip about the network is told
        form = "W1 has shape (2, 2), b1 has shape (2,), w2 has shape (2,), and b2 is one number, all of them finite"
        ask.true(False, f"{bad} cannot be used: {form}", given="W1, b1, w2, b2")
        return
    W1, b1, w2, b2 = parts
    hidden = (CORNERS @ W1.T + b1 >= 0).astype(int)
    said = (hidden @ w2 + b2.item() >= 0).astype(int)
    ask.replies.append([*hidden.ravel().tolist(), *said.tolist()])  # slips are known by what the neurons say
    for x, h, out, aim in zip(CORNERS.tolist(), hidden, said, XOR, strict=True):
        told = f"the hidden neurons say {h[0]} and {h[1]}, and the network says {out}; XOR is {aim}"
        ask.true(out == aim, told, given=f"the case {tuple(x)}")


xor.hints(
    "You have all three neurons already: OR, NAND and AND. Which two stand in the hidden layer?",
    "The first row of W1 and the first number of b1 are OR; the second row and number are your NAND from 04.1.",
    "OR is (1, 1, -0.5), NAND is (-1, -1, 1.5), and the output neuron is AND of the two: (1, 1, -1.5).",
)


def _network(first, second, last):
    rows = np.array([first[:2], second[:2]]), np.array([first[2], second[2]])
    return dict(zip(("W1", "b1", "w2", "b2"), (*rows, np.array(last[:2]), last[2]), strict=True))


_OR, _AND, _NAND = (1.0, 1.0, -0.5), (1.0, 1.0, -1.5), (-1.0, -1.0, 1.5)


@xor.slip("the output neuron is OR; it is to say 1 only where OR *and* NAND say 1", make=True)
def _():
    return _network(_OR, _NAND, _OR)


@xor.slip("the second hidden neuron is AND, and the output adds them: subtract it, or take NAND", make=True)
def _():
    return _network(_OR, _AND, _AND)


@xor.slip("the output neuron is NAND, so this computes the opposite of XOR", make=True)
def _():
    return _network(_OR, _NAND, _NAND)


@xor.slip("both hidden neurons are the same, so the output neuron sees one line only", make=True)
def _():
    return _network(_OR, _OR, _AND)


@xor.slip("W1 is transposed: a row is a neuron, a column is an input", make=True)
def _():
    return _network((1.0, -1.0, -0.5), (1.0, -1.0, 1.5), _AND)


@xor.slip("the biases of the hidden neurons have changed places", make=True)
def _():
    return _network((1.0, 1.0, 1.5), (-1.0, -1.0, -0.5), _AND)


@xor.slip("the biases are 0; without them every line runs through the origin", make=True)
def _():
    return _network((1.0, 1.0, 0.0), (-1.0, -1.0, 0.0), (1.0, 1.0, 0.0))
