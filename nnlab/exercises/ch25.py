"""The exercises of chapter 25, opening the box: cases, oracles, hints and slips.

A game is the list of its values, a network is sent as plain layers, a log as rows of three strings.
"""

import hashlib
import math
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np

from nnlab.exercises.box import Net
from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-6, "atol": 1e-8}


# 25.1 -----------------------------------------------------------------------------------------------------------------
def _mean_over_orders(v: Any, d: int) -> np.ndarray:
    """Oracle: let the inputs come in every order, and take the mean of what each one brings."""
    phi = np.zeros(d)
    for order in permutations(range(d)):
        members = 0
        for j in order:
            phi[j] += v[members | 1 << j] - v[members]
            members |= 1 << j
    return phi / math.factorial(d)


@exercise("25.1", "Shapley values", reads="shapley", points=2)
def shapley(ask: Ask, rng: np.random.Generator) -> None:
    ask.close(ask.call("shapley", np.array([0.0, 4.0, 2.0, 10.0]), 2), [6, 4], **NEAR)
    for d in (3, 1, 4):
        v = rng.normal(0, 3, size=2**d).round(1) + rng.integers(1, 5)  # the reference does not score 0
        ask.close(ask.call("shapley", v, d), _mean_over_orders(v, d), **NEAR)


shapley.hints(
    "For one input j, go through all sets m that do not contain it. Which two entries of v tell what j adds to m?",
    "Input j is in m where m >> j & 1 is 1. What it adds to a set without it is v[m | 1 << j] - v[m].",
    "The weight is |S|! (d - |S| - 1)! / d!, with math.factorial; m.bit_count() says how many members m has.",
)


def _weighted(v: Any, d: int, weight: Callable[[int, int], float], gain: Callable | None = None) -> np.ndarray:
    phi = np.zeros(d)
    for j in range(d):
        for m in range(2**d):
            if not m >> j & 1:
                phi[j] += weight(m.bit_count(), d) * (v[m | 1 << j] - v[m] if gain is None else gain(v, m, j))
    return phi


def _share(size: int, d: int) -> float:
    return math.factorial(size) * math.factorial(d - size - 1) / math.factorial(d)


@shapley.slip("this is what each input adds to the empty set. Take the mean over all sets that it can join.")
def _(v, d):
    return np.array([v[1 << j] - v[0] for j in range(d)])


@shapley.slip("this is what is lost when an input leaves the full set: one of the sets only, the largest.")
def _(v, d):
    return np.array([v[-1] - v[2**d - 1 - (1 << j)] for j in range(d)])


@shapley.slip("all sets have the same weight here. Sets of one size share 1/d: count in how many orders each occurs.")
def _(v, d):
    return _weighted(v, d, lambda size, d: 1 / 2 ** (d - 1))


@shapley.slip("divide by d!, the number of all orders: your values are sums over the orders, not their mean.")
def _(v, d):
    return _weighted(v, d, _share) * math.factorial(d)


@shapley.slip("the weight has d − |S| where d − |S| − 1 inputs come after: input j itself does not count.")
def _(v, d):
    return _weighted(v, d, lambda size, d: math.factorial(size) * math.factorial(d - size) / math.factorial(d))


@shapley.slip("the sign: with the input minus without it.")
def _(v, d):
    return -_weighted(v, d, _share)


@shapley.slip("v(S without j) is missing: count what the input adds, not what the whole set is worth.")
def _(v, d):
    return _weighted(v, d, _share, lambda v, m, j: v[m | 1 << j])


@shapley.slip("one order only, 0, 1, 2, …: each input is to be given the mean over all orders.")
def _(v, d):
    return np.array([v[2 ** (j + 1) - 1] - v[2**j - 1] for j in range(d)])


@shapley.slip("the digits are read from the other end: input 0 is the last binary digit of m, `m >> j & 1`.")
def _(v, d):
    return _weighted(v, d, _share)[::-1]


@shapley.slip(
    "the weights are exchanged: |S| inputs come before j and d − |S| − 1 after, and sets with j do not count."
)
def _(v, d):
    return np.array(
        [
            sum(
                _share(m.bit_count() - 1, d) * v[m] if m >> j & 1 else -_share(max(m.bit_count() - 1, 0), d) * v[m]
                for m in range(2**d)
            )
            for j in range(d)
        ]
    )


# 25.2 -----------------------------------------------------------------------------------------------------------------
@exercise("25.2", "The nearest granted applicant", reads="nearest_granted", points=2)
def nearest_granted(ask: Ask, rng: np.random.Generator) -> None:
    for d, held, level in (4, [1], -0.9), (3, [], 0.7), (5, [0, 3], -2.2), (1, [], 0.4):
        w = (rng.choice([-1, 1], size=d) * rng.uniform(0.5, 2, size=d)).round(2)
        x = rng.normal(size=d).round(2)
        b = round(level + 0.2 * float(rng.normal()) - float(w @ x), 2)  # the score is near `level`
        fixed = np.isin(np.arange(d), held)
        for gap in 1.7, 0.6, -0.8:  # twice refused, once granted already
            line = round(float(w @ x + b + gap), 3)
            free = np.flatnonzero(~fixed)
            # Oracle: least squares takes the smallest of all changes that reach the line.
            step = np.linalg.lstsq(w[free][None], np.array([max(line - (w @ x + b), 0.0)]), rcond=None)[0]
            aim = x.copy()
            aim[free] += step
            ask.close(ask.call("nearest_granted", w, b, x, fixed, line), aim, rtol=1e-5, atol=1e-6)


nearest_granted.hints(
    "In which direction does a linear score rise fastest? How much of it is left when some inputs are fixed?",
    "Put 0 for the weights of the fixed inputs: `free`. Then x + c * free raises the score by c * (free @ free).",
    "How much is missing? line - (w @ x + b), or 0 where that is negative. Choose c so that just that is gained.",
)


def _moved(w, b, x, fixed, line, c: Callable, along: Callable | None = None) -> np.ndarray:
    w, x = np.asarray(w, float), np.asarray(x, float)
    free = np.where(fixed, 0.0, w)
    missing = max(line - (w @ x + b), 0)
    return x + c(missing, w, free) * (free if along is None else along(w, free))


@nearest_granted.slip("this is x as it came: where it is refused, it must be moved up to the line.")
def _(w, b, x, fixed, line):
    return x


@nearest_granted.slip("the fixed inputs have been changed too.")
def _(w, b, x, fixed, line):
    return _moved(w, b, x, [False] * len(w), line, lambda missing, w, free: missing / (free @ free))


@nearest_granted.slip(
    "this does not reach the line: only the inputs that may change raise the score: divide by their w²."
)
def _(w, b, x, fixed, line):
    return _moved(w, b, x, fixed, line, lambda missing, w, free: missing / (w @ w))


@nearest_granted.slip(
    "divided by the length of the weights. Along w the score rises by w · w, the length squared, for each unit of c."
)
def _(w, b, x, fixed, line):
    return _moved(w, b, x, fixed, line, lambda missing, w, free: missing / np.sqrt(free @ free))


@nearest_granted.slip(
    "not divided by the squared length of the free weights: this goes past the line, or not far enough."
)
def _(w, b, x, fixed, line):
    return _moved(w, b, x, fixed, line, lambda missing, w, free: missing)


@nearest_granted.slip("the sign: this moves away from the line. Add a multiple of the weights.")
def _(w, b, x, fixed, line):
    return _moved(w, b, x, fixed, line, lambda missing, w, free: -missing / (free @ free))


@nearest_granted.slip("b is missing from the score.")
def _(w, b, x, fixed, line):
    return _moved(w, 0, x, fixed, line, lambda missing, w, free: missing / (free @ free))


@nearest_granted.slip("the score is brought to 0, not to the line.")
def _(w, b, x, fixed, line):
    return _moved(w, b, x, fixed, 0, lambda missing, w, free: missing / (free @ free))


@nearest_granted.slip("who is granted already is to stay as they are: yours are moved back to the line.")
def _(w, b, x, fixed, line):
    free = np.where(fixed, 0.0, w)
    return x + (line - (np.dot(w, x) + b)) / (free @ free) * free


@nearest_granted.slip("return the new point, not the change.")
def _(w, b, x, fixed, line):
    return _moved(w, b, x, fixed, line, lambda missing, w, free: missing / (free @ free)) - x


@nearest_granted.slip(
    "only the input with the largest weight has been moved. That reaches the line, but a little of each is nearer."
)
def _(w, b, x, fixed, line):
    return _moved(
        w,
        b,
        x,
        fixed,
        line,
        lambda missing, w, free: missing / np.abs(free).max(),
        lambda w, free: np.sign(free) * (np.abs(free) == np.abs(free).max()),
    )


@nearest_granted.slip(
    "every input that may change has been moved by the same size. Move each in proportion to its weight: nearer."
)
def _(w, b, x, fixed, line):
    return _moved(
        w, b, x, fixed, line, lambda missing, w, free: missing / np.abs(free).sum(), lambda w, free: np.sign(free)
    )


# 25.3 -----------------------------------------------------------------------------------------------------------------
STEPS = 50


def _gradient(layers: list[tuple], x: np.ndarray) -> np.ndarray:
    """Oracle: d score / d x of Linear, Tanh, Linear in plain NumPy, for rows x (n, d)."""
    (_, w1, b1), _, (_, w2, _) = layers
    slope = 1 - np.tanh(x @ w1.T + b1) ** 2
    return (slope * w2) @ w1


def _score(layers: list[tuple], x: np.ndarray) -> np.ndarray:
    (_, w1, b1), _, (_, w2, b2) = layers
    return (np.tanh(x @ w1.T + b1) @ w2.T + b2)[:, 0]


@exercise("25.3", "Integrated gradients", reads="integrated_gradients", points=2)
def integrated_gradients(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    places, weights = np.polynomial.legendre.leggauss(40)  # Gauss's rule: exact for smooth nets, and nobody's midpoints
    for n, d, at_zero in (3, 2, False), (1, 4, True):
        w1, b1 = rng.normal(size=(5, d)) * 0.8, rng.normal(size=5) * 0.5
        w2, b2 = rng.choice([-1, 1], size=(1, 5)) * rng.uniform(0.5, 1.2, size=(1, 5)), rng.normal(size=1)
        layers = [("Linear", w1, b1), ("Tanh",), ("Linear", w2, b2)]
        x = rng.normal(0, 1.5, size=(n, d)).round(2)
        reference = np.zeros((n, d)) if at_zero else rng.normal(0, 0.7, size=(n, d)).round(2)
        means = sum(
            w / 2 * _gradient(layers, reference + (p + 1) / 2 * (x - reference))
            for p, w in zip(places, weights, strict=True)
        )
        aim = (x - reference) * means
        sent = [torch.as_tensor(a, dtype=torch.float32) for a in (x, reference)]
        got = ask.call("integrated_gradients", Net(*layers), *sent, STEPS)
        given = f"{n} rows of {d} inputs, {STEPS} steps, the reference {'is 0' if at_zero else 'is not 0'}"
        ask.close(got, aim, rtol=1e-3, atol=2e-3, given=given)
        climb = _score(layers, x) - _score(layers, reference)
        error = float(np.abs(np.sum(np.asarray(got, dtype=float), axis=1) - climb).max())
        ask.true(
            error <= 1e-3, f"completeness: the sum misses s(x) − s(r) by {error:.4f}; allowed is 0.001", given=given
        )
    got = ask.call("integrated_gradients", Net(*layers), *sent, 2)
    aim = (x - reference) * (_gradient(layers, x / 4) + _gradient(layers, 3 * x / 4)) / 2  # the last reference is 0
    ask.close(got, aim, rtol=1e-3, atol=1e-4, given=f"the same with 2 steps: at {_middles(2)} of the way")


integrated_gradients.hints(
    "At which points between reference and x is the gradient to be taken? Which of these points is the first, with 5 "
    "steps?",
    "point = reference + (i + 0.5) / steps * (x - reference), then .detach().requires_grad_(); the gradient comes from "
    "torch.autograd.grad(net(point).sum(), point)[0].",
    "The mean of the gradients (divide by steps), times (x - reference), number by number.",
)


def _gradients(net: Any, points: list) -> list:
    import torch

    found = []
    for point in points:
        point = point.detach().requires_grad_()
        found.append(torch.autograd.grad(net(point).sum(), point)[0])
    return found


def _along(net: Any, x: Any, r: Any, places: list[float]) -> Any:
    return sum(_gradients(net, [r + a * (x - r) for a in places]))


def _middles(steps: int) -> list[float]:
    return [(i + 0.5) / steps for i in range(steps)]


@integrated_gradients.slip("this is gradient times input at x alone: take the mean gradient over the whole way.")
def _(net, x, reference, steps):
    return (x - reference) * _along(net, x, reference, [1.0])


@integrated_gradients.slip("the factor x − r is missing: these are the mean gradients.")
def _(net, x, reference, steps):
    return _along(net, x, reference, _middles(steps)) / steps


@integrated_gradients.slip("the factor is x here. It must be x − r, the way from the reference.")
def _(net, x, reference, steps):
    return x * _along(net, x, reference, _middles(steps)) / steps


@integrated_gradients.slip("a sum of gradients, not their mean: divide by steps.")
def _(net, x, reference, steps):
    return (x - reference) * _along(net, x, reference, _middles(steps))


@integrated_gradients.slip("the way begins at 0 and not at the reference.")
def _(net, x, reference, steps):
    return (x - reference) * _along(net, x, 0 * x, _middles(steps)) / steps


@integrated_gradients.slip(
    "the right ends of the pieces, (i + 1)/steps, are too inexact: take the middles, (i + 0.5)/steps."
)
def _(net, x, reference, steps):
    return (x - reference) * _along(net, x, reference, [(i + 1) / steps for i in range(steps)]) / steps


@integrated_gradients.slip("the left ends of the pieces, i/steps, are too inexact: take the middles, (i + 0.5)/steps.")
def _(net, x, reference, steps):
    return (x - reference) * _along(net, x, reference, [i / steps for i in range(steps)]) / steps


@integrated_gradients.slip("always the same number of pieces, whatever `steps` says.")
def _(net, x, reference, steps):
    return (x - reference) * _along(net, x, reference, _middles(STEPS)) / STEPS


@integrated_gradients.slip("the absolute values: the signs belong to it, or nothing adds up to the climb.")
def _(net, x, reference, steps):
    return ((x - reference) * _along(net, x, reference, _middles(steps)) / steps).abs()


@integrated_gradients.slip("the sign: x − r, not r − x.")
def _(net, x, reference, steps):
    return (reference - x) * _along(net, x, reference, _middles(steps)) / steps


@integrated_gradients.slip("only the gradient in the middle of the way: take the mean over all `steps` points.")
def _(net, x, reference, steps):
    return (x - reference) * _along(net, x, reference, [0.5])


@integrated_gradients.slip("one number a row: return what each input contributes, shape (n, d).")
def _(net, x, reference, steps):
    return ((x - reference) * _along(net, x, reference, _middles(steps)) / steps).sum(dim=1)


# 25.4 -----------------------------------------------------------------------------------------------------------------
START = "0" * 64
Row = tuple[str, str, str]


def _digest(previous: str, entry: str) -> str:
    return hashlib.sha256((previous + entry).encode()).hexdigest()


def _chain(entries: list[str]) -> list[Row]:
    log: list[Row] = []
    for entry in entries:
        previous = log[-1][2] if log else START
        log.append((entry, previous, _digest(previous, entry)))
    return log


def _logs(rng: np.random.Generator) -> list[tuple[str, list[Row], str, int]]:
    """What was done to a log, the log, the published hash, and where it breaks."""
    n = int(rng.integers(5, 8))
    entries = [f'{{"number": {i}, "score": {rng.normal():.2f}}}' for i in range(n)]
    log = _chain(entries)
    last, k = log[-1][2], int(rng.integers(1, n - 2))
    lie = entries[k] + " granted"
    changed = [*log[:k], (lie, *log[k][1:]), *log[k + 1 :]]
    own_anew = [*log[:k], (lie, log[k][1], _digest(log[k][1], lie)), *log[k + 1 :]]
    link_anew = [*log[:k], (entries[k], _digest(START, "x"), log[k][2]), *log[k + 1 :]]
    swapped = [*log[:k], log[k + 1], log[k], *log[k + 2 :]]
    last_anew = [*log[:-1], (lie, log[-1][1], _digest(log[-1][1], lie))]
    first = entries[0] + " refused"
    return [
        ("nothing was changed", log, last, -1),
        ("one entry was changed", changed, last, k),
        ("one row was taken out", log[:k] + log[k + 1 :], last, k),
        ("the first row was taken out", log[1:], last, 0),
        ("an entry and the row's own hash were changed", own_anew, last, k + 1),
        ("two rows were exchanged", swapped, last, k),
        ("the hash before, kept in a row, was changed", link_anew, last, k),
        ("the last rows were cut off", log[:-2], last, n - 2),
        ("all rows were cut off", [], last, 0),
        ("the log is empty and so it was published", [], START, -1),
        ("the last entry was changed, and its hash", last_anew, last, n),
        ("the first entry was changed, and its hash", [(first, START, _digest(START, first)), *log[1:]], last, 1),
        ("all was written anew from the first entry on", _chain([first, *entries[1:]]), last, n),
    ]


@exercise("25.4", "Find the bug", reads=("diagnosis", "first_break"), points=2)
def first_break(ask: Ask, rng: np.random.Generator) -> None:
    ask.diagnosis("B", "ABCDE", "is not what is wrong: think of the row that was taken out, and of the row after it")
    for what, log, last, place in _logs(rng):
        got = ask.call("first_break", log, last)
        given = f"a log of {len(log)} rows; {what}"
        number = isinstance(got, int | float) and not isinstance(got, bool)
        ask.true(number and got == place, f"got       {got!r}\nexpected  {place}", given=given)


first_break.hints(
    "Row 2 was taken out. Which hash before stands in the row that is now in its place? Whose hash should it be?",
    "Carry a variable `before` through the loop: START at first, then the own hash of the row just checked.",
    "A row breaks where its hash before is not `before`, or its own hash is not digest(before, entry). After the loop, "
    "compare `before` with `last`.",
)


def _found(check: Callable | None = None, diagnosis: str = "B") -> dict[str, Any]:
    return {"diagnosis": diagnosis, "first_break": check or _sound}


def _sound(log, last):
    before = START
    for t, (entry, previous, own) in enumerate(log):
        if previous != before or _digest(before, entry) != own:
            return t
        before = own
    return -1 if before == last else len(log)


@first_break.slip("not A: no two texts with the same SHA-256 are known to anybody.", make=True)
def _():
    return _found(diagnosis="A")


@first_break.slip("not C: the loop returns at once, at the changed row. It found entry 2.", make=True)
def _():
    return _found(diagnosis="C")


@first_break.slip(
    "not D: a hash of the entry alone knows nothing of its neighbours; then no row would be missed.", make=True
)
def _():
    return _found(diagnosis="D")


@first_break.slip("not E: the direction does not matter. Ask what each row is compared with.", make=True)
def _():
    return _found(diagnosis="E")


@first_break.slip(
    "this is still the friend's check: a row that was taken out is not noticed, and `last` is not used.", make=True
)
def _():
    def friend(log, last):
        return next((t for t, (e, p, own) in enumerate(log) if _digest(p, e) != own), -1)

    return _found(friend)


@first_break.slip("the published hash `last` is not used: an end that was cut off is not noticed.", make=True)
def _():
    def no_end(log, last):
        return _sound(log, log[-1][2] if log else START)

    return _found(no_end)


@first_break.slip("only the links are checked: an entry can be changed as long as the hashes stay.", make=True)
def _():
    def links(log, last):
        before = START
        for t, (_, previous, own) in enumerate(log):
            if previous != before:
                return t
            before = own
        return -1 if before == last else len(log)

    return _found(links)


@first_break.slip("only the end is compared with `last`: a changed entry in the middle keeps it.", make=True)
def _():
    def end(log, last):
        return -1 if (log[-1][2] if log else START) == last else len(log)

    return _found(end)


@first_break.slip("the first row is not checked: it must follow START.", make=True)
def _():
    def later(log, last):
        before = log[0][1] if log else START
        for t, (entry, previous, own) in enumerate(log):
            if previous != before or _digest(before, entry) != own:
                return t
            before = own
        return -1 if before == last else len(log)

    return _found(later)


@first_break.slip("positions count from 0: yours is one too large.", make=True)
def _():
    def from_one(log, last):
        found = _sound(log, last)
        return found if found < 0 else found + 1

    return _found(from_one)


@first_break.slip("a wrong end has the position len(log): the first row that is not there.", make=True)
def _():
    def last_row(log, last):
        found = _sound(log, last)
        return found - 1 if found == len(log) else found

    return _found(last_row)


@first_break.slip("return the position of the first break, not whether there is one.", make=True)
def _():
    return _found(lambda log, last: _sound(log, last) == -1)


@first_break.slip("an empty log ends with START: there is no last row to look at.", make=True)
def _():
    def assumes_rows(log, last):
        before = START
        for t, (entry, previous, own) in enumerate(log):
            if previous != before or _digest(before, entry) != own:
                return t
            before = own
        return -1 if log[-1][2] == last else len(log)

    return _found(assumes_rows)


@first_break.slip(
    "the hash before, as it stands in the row, must be checked too: it can be changed as well.", make=True
)
def _():
    def own_only(log, last):
        before = START
        for t, (entry, _, own) in enumerate(log):
            if _digest(before, entry) != own:
                return t
            before = own
        return -1 if before == last else len(log)

    return _found(own_only)


# 25.5 -----------------------------------------------------------------------------------------------------------------
_RIGHT = dict(zip((f"sentence_{i}" for i in range(1, 8)), "BCDEFAB", strict=True))


@exercise("25.5", "Does it follow?", reads=tuple(_RIGHT), points=2)
def follows(ask: Ask, rng: np.random.Generator) -> None:
    for name, right in _RIGHT.items():
        letter = ask.letters(name)
        ask.true(letter in tuple("ABCDEF"), "give one letter, A to F", given=name)
        ask.true(letter == right, f"{letter} is not the letter that fits best", given=name)


follows.hints(
    "For each sentence, ask first: what was computed, and from what? Then: what is said, about the network or about "
    "people?",
    "Two sentences go from the network to what people will do. One sentence only repeats a formula of the chapter.",
    "Think of the twin column for one, of the randomised weights for another, and of the reference for a third.",
)


def _judged(**other: str) -> dict[str, Any]:
    return _RIGHT | other


follows.slip(
    "sentence_1: the fall of the AUC is a fact about the network and these data. What would happen to people if the "
    "bank gave other credits is a question about the world.",
    **_judged(sentence_1="A"),
)
follows.slip(
    "sentence_1: there is no twin in this sentence. Ask whether it speaks of the network or of what people will do.",
    **_judged(sentence_1="C"),
)
follows.slip(
    "sentence_2: when one of two inputs that say the same is spoiled, the other stands in. Both look small.",
    **_judged(sentence_2="A"),
)
follows.slip(
    "sentence_2: it does speak of the network, and it is wrong about that already. What do the two columns share?",
    **_judged(sentence_2="B"),
)
follows.slip(
    "sentence_3: the factor x − r puts every such map on the strokes. What did the untrained network show?",
    **_judged(sentence_3="A"),
)
follows.slip(
    "sentence_3: another reference would change the map, but there is a stronger objection: it does not need training.",
    **_judged(sentence_3="E"),
)
follows.slip(
    "sentence_3: the sentence is about the network, not the world, and the map does not support even that.",
    **_judged(sentence_3="B"),
)
follows.slip(
    "sentence_4: compared with somebody who has an overdrawn account too, the value was exactly 0.",
    **_judged(sentence_4="A"),
)
follows.slip("sentence_4: it says nothing about the world. What is an input compared with?", **_judged(sentence_4="B"))
follows.slip(
    "sentence_5: cut off the last rows, and what is left fits as well. Nor does a hash know what was never written.",
    **_judged(sentence_5="A"),
)
follows.slip("sentence_5: a log is no explanation of a model. What do fitting hashes show?", **_judged(sentence_5="B"))
follows.slip(
    "sentence_6: this is just the second formula of the Shapley values: they add up to v(all) − v(∅).",
    **_judged(sentence_6="E"),
)
follows.slip(
    "sentence_6: it speaks of scores of the network only, and for these the sum is exact.", **_judged(sentence_6="B")
)
follows.slip(
    "sentence_7: that the network says yes does not change whether the applicant pays back.", **_judged(sentence_7="A")
)
follows.slip(
    "sentence_7: a counterfactual has no reference. Look at the second half of the sentence: whom is it about?",
    **_judged(sentence_7="E"),
)


# 25.6 -----------------------------------------------------------------------------------------------------------------
JOULES = 3_600_000  # of a kilowatt-hour


def _two(reply: Any) -> Any:
    """The two pairs, also where they came as one array."""
    return list(reply) if isinstance(reply, np.ndarray) and reply.shape == (2, 2) else reply


@exercise("25.6", "An energy budget", reads="footprint", points=1)
def footprint(ask: Ask, rng: np.random.Generator) -> None:
    for _ in range(3):
        seconds, watts, grams = (
            np.sort(rng.uniform(a, b, size=2)).round(1) for a, b in ((900, 9e6), (5, 400), (20, 800))
        )
        pue = np.sort(rng.uniform(1.05, 1.9, size=2)).round(2)
        pairs = [tuple(map(float, p)) for p in (seconds, watts, pue, grams)]
        # Oracle: joules first, then kilowatt-hours, end by end.
        joules = seconds * watts * pue
        kwh = joules / JOULES
        reply = _two(ask.call("footprint", *pairs))
        energy, carbon = ask.parts(reply, "energy", "carbon", given="footprint(seconds, watts, pue, grams)")
        told = ", ".join(f"({a:g}, {b:g})" for a, b in pairs)
        ask.close(energy, kwh, given=f"energy of footprint({told})", **NEAR)
        ask.close(carbon, kwh * grams, given=f"carbon of footprint({told})", **NEAR)
    reply = _two(ask.call("footprint", (3600.0, 3600.0), (1000.0, 1000.0), (1.0, 1.0), (100.0, 100.0)))
    one = ask.parts(reply, "energy", "carbon")
    ask.close(one[0], [1, 1], given="one hour, 1000 watts, PUE 1: energy", **NEAR)
    ask.close(one[1], [100, 100], given="one hour, 1000 watts, PUE 1, 100 g: carbon", **NEAR)


footprint.hints(
    "1000 watts for one hour are one kilowatt-hour. How many seconds has the hour?",
    "seconds × watts × PUE are joules; divide by 3 600 000. Do it twice: with the low ends, and with the high ones.",
    "Carbon: kilowatt-hours (low) × grams (low), and the same with high.",
)


def _budget(pairs: Any, kwh: Callable, grams: Callable | None = None) -> Any:
    s, w, p, g = (np.asarray(a, float) for a in pairs)
    energy = kwh(s, w, p)
    carbon = energy * g if grams is None else grams(energy, g)
    return tuple(map(float, energy)), tuple(map(float, carbon))


@footprint.slip("these are kilojoules: a kilowatt-hour has 3600 of them. Turn the seconds into hours.")
def _(*pairs):
    return _budget(pairs, lambda s, w, p: s * w * p / 1000)


@footprint.slip("these are watt-hours: divide by 1000 for kilowatt-hours.")
def _(*pairs):
    return _budget(pairs, lambda s, w, p: s * w * p / 3600)


@footprint.slip("these are joules: divide by 3 600 000 for kilowatt-hours.")
def _(*pairs):
    return _budget(pairs, lambda s, w, p: s * w * p)


@footprint.slip("a minute has 60 seconds, but an hour has 3600.")
def _(*pairs):
    return _budget(pairs, lambda s, w, p: s * w * p / 60 / 1000)


@footprint.slip("the PUE is missing: the building needs energy beside the computers.")
def _(*pairs):
    return _budget(pairs, lambda s, w, p: s * w / 3.6e6)


@footprint.slip("divided by the PUE: it is the whole over the computers' part, so it multiplies.")
def _(*pairs):
    return _budget(pairs, lambda s, w, p: s * w / p / 3.6e6)


@footprint.slip("low and high are exchanged in the carbon: low goes with low.")
def _(*pairs):
    return _budget(pairs, lambda s, w, p: s * w * p / 3.6e6, lambda e, g: e * g[::-1])


@footprint.slip("the middles only: a range was asked for, low and high.")
def _(*pairs):
    middle = [np.full(2, np.mean(p)) for p in pairs]
    return _budget(middle, lambda s, w, p: s * w * p / 3.6e6)


@footprint.slip("kilograms: the carbon was asked for in grams.")
def _(*pairs):
    return _budget(pairs, lambda s, w, p: s * w * p / 3.6e6, lambda e, g: e * g / 1000)


@footprint.slip("the PUE is missing in the carbon: take the energy of the whole building, as you returned it.")
def _(*pairs):
    pue = np.asarray(pairs[2], float)
    return _budget(pairs, lambda s, w, p: s * w * p / 3.6e6, lambda e, g: e / pue * g)


@footprint.slip("divided by the grams of a kilowatt-hour: carbon = energy × intensity.")
def _(*pairs):
    return _budget(pairs, lambda s, w, p: s * w * p / 3.6e6, lambda e, g: e / g)


@footprint.slip("the order is (low, high), in both pairs.")
def _(*pairs):
    energy, carbon = _budget(pairs, lambda s, w, p: s * w * p / 3.6e6)
    return energy[::-1], carbon[::-1]
