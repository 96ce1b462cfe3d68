"""The exercises of chapter 10, signals in deep networks: cases, oracles, hints and slips.

Shapes are the chapter's: a batch is [n, d], a weight matrix [outputs, inputs].
"""

from itertools import pairwise
from typing import Any

import numpy as np

from nnlab.exercises.box import Net
from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-3, "atol": 1e-6}  # learners may compute in float32; what a slip changes is far larger


# 10.1 -----------------------------------------------------------------------------------------------------------------
def _chain(rng: np.random.Generator, sizes: tuple[int, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (rng.normal(size=(out, into)).astype(np.float32), rng.normal(size=out).astype(np.float32))
        for into, out in pairwise(sizes)
    ]


def _norms_by_hand(layers, x, y, bent=True) -> list[float]:
    """The backward pass of a tanh (or, not bent, a linear) network, layer by layer, in float64."""
    layers = [(W.astype(float), b.astype(float)) for W, b in layers]
    a = [x.astype(float)]
    for k, (W, b) in enumerate(layers):
        z = a[-1] @ W.T + b
        a.append(np.tanh(z) if bent and k < len(layers) - 1 else z)
    delta, norms = 2 * (a[-1] - y) / a[-1].size, []
    for k in reversed(range(len(layers))):
        norms.append(float(np.sqrt(np.sum((delta.T @ a[k]) ** 2))))
        delta = (delta @ layers[k][0]) * (1 - a[k] ** 2 if bent else 1)
    return norms[::-1]


@exercise("10.1", "The gradient of each layer", reads="gradient_norms", points=2)
def gradient_norms(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    for n, sizes, bent in (7, (3, 4, 2), True), (5, (2, 3, 3, 1), True), (6, (3, 2, 4, 1), False):
        layers = _chain(rng, sizes)
        x = rng.normal(size=(n, sizes[0])).astype(np.float32)
        y = (3 + rng.normal(size=(n, sizes[-1]))).astype(np.float32)
        parts: list[tuple] = []
        for W, b in layers:
            parts += [("Linear", W, b), ("Tanh",)] if bent else [("Linear", W, b)]
        told = f"a {'tanh network' if bent else 'network without activations'} of {'-'.join(map(str, sizes))} neurons"
        told += f", X of shape {x.shape}"
        reply = ask.call("gradient_norms", Net(*parts[:-1] if bent else parts), torch.as_tensor(x), torch.as_tensor(y))
        ask.close(reply, _norms_by_hand(layers, x, y, bent), given=told, **NEAR)


gradient_norms.hints(
    "Three things: the loss, loss.backward(), and then a walk over the layers. Which of them have weights?",
    "`for m in net` gives the layers in order, and isinstance(m, nn.Linear) tells which to take. After backward(), "
    "m.weight.grad is there.",
    "[m.weight.grad.norm().item() for m in net if isinstance(m, nn.Linear)]",
)


def _norms(net, X, y, *, reduce="mean", of="weight", what="grad", power=0.5, mean=False, linear=True, flip=False):
    import torch

    loss = (net(X) - y) ** 2
    (loss.mean() if reduce == "mean" else loss.sum()).backward()
    names = [of] if linear else ["weight", "bias"]
    modules = [m for m in net if isinstance(m, torch.nn.Linear)]
    found = [getattr(m, name) for m in modules for name in names]
    arrays = [(p.grad if what == "grad" else p.detach()) ** 2 for p in found]
    norms = [(a.mean() if mean else a.sum()).item() ** power for a in arrays]
    return norms[::-1] if flip else norms


@gradient_norms.slip("these are the lengths of the weights; asked for are those of their gradients, m.weight.grad")
def _(net, X, y):
    return _norms(net, X, y, what="weight")


@gradient_norms.slip("these are the gradients of the biases; take m.weight.grad")
def _(net, X, y):
    return _norms(net, X, y, of="bias")


@gradient_norms.slip("the loss is the sum of the squared errors; it is to be their mean")
def _(net, X, y):
    return _norms(net, X, y, reduce="sum")


@gradient_norms.slip("the order: the first layer comes first, though the backward pass reaches it last")
def _(net, X, y):
    return _norms(net, X, y, flip=True)


@gradient_norms.slip("the square root is missing: the length is the root of the sum of squares")
def _(net, X, y):
    return _norms(net, X, y, power=1)


@gradient_norms.slip("this is the root of the *mean* square of each gradient; the length has the sum")
def _(net, X, y):
    return _norms(net, X, y, mean=True)


@gradient_norms.slip("not every second module is an nn.Linear: ask each with isinstance(m, nn.Linear)")
def _(net, X, y):
    ((net(X) - y) ** 2).mean().backward()
    return [m.weight.grad.norm().item() for m in net[::2] if hasattr(m, "weight")]


@gradient_norms.slip("weights and biases are both listed; one number for each layer is asked for, of its weights")
def _(net, X, y):
    return _norms(net, X, y, linear=False)


# 10.2 -----------------------------------------------------------------------------------------------------------------
@exercise("10.2", "The scale for a leaky ReLU", reads="initial_std")
def initial_std(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    for d, slope in (100, 0.0), (50, 1.0), (int(rng.integers(5, 40)), float(rng.uniform(0.1, 0.8))), (8, 0.01):
        gain = torch.nn.init.calculate_gain("leaky_relu", slope)
        ask.close(ask.call("initial_std", d, slope), gain / d**0.5, rtol=1e-5)


initial_std.hints(
    "Half of the z are positive and keep their square. What becomes of the square of a negative z?",
    "A negative z keeps the share slope² of its square. So both halves together keep (1 + slope²) / 2.",
    "d · Var(w) · (1 + slope²) / 2 = 1. Solve for Var(w), and take the root.",
)


@initial_std.slip("this is the variance; the standard deviation is its root")
def _(d, slope):
    return 2 / ((1 + slope**2) * d)


@initial_std.slip("slope has no part in it yet: for slope = 1, without a bend, 1/√d must come out")
def _(d, slope):
    return (2 / d) ** 0.5


@initial_std.slip("the lost half is not made up for: for slope = 0 the root of 2/d must come out")
def _(d, slope):
    return (1 / d) ** 0.5


@initial_std.slip("the slope multiplies z, so the *square* of z is multiplied by slope²")
def _(d, slope):
    return (2 / ((1 + slope) * d)) ** 0.5


@initial_std.slip("the 1 + slope² must stand below: what keeps more needs smaller weights")
def _(d, slope):
    return (2 * (1 + slope**2) / d) ** 0.5


@initial_std.slip("the share kept is the mean of the two squares, 1 and slope², not the square of their mean")
def _(d, slope):
    return 2 / ((1 + slope) * d**0.5)


@initial_std.slip("only the mean square of the positive half is kept right; and d · Var(w) · ½ (1 + slope²) is to be 1")
def _(d, slope):
    return (2 / (d + slope**2)) ** 0.5


# 10.3 -----------------------------------------------------------------------------------------------------------------
@exercise("10.3", "Find the bug", reads=("different", "diagnosis", "first_weights"), points=2)
def first_weights(ask: Ask, rng: np.random.Generator) -> None:
    ask.equal(ask.value("different"), 1, given="different")
    ask.diagnosis("B", "ABCD", "does not explain why 20 neurons act like one")
    for d_out, d_in in (300, 400), (500, 100):
        seed = int(rng.integers(1000))
        reply = ask.call("first_weights", d_out, d_in, seed)
        W = np.asarray(reply, dtype=float)
        told = f"first_weights({d_out}, {d_in}, {seed})"
        ask.true(W.shape == (d_out, d_in), f"the shape is {W.shape}, expected {(d_out, d_in)}", given=told)
        if W.shape != (d_out, d_in):
            return
        rows = len(np.unique(W.round(12), axis=0))
        ask.true(rows == d_out, f"only {rows} of {d_out} rows are different", given=told)
        aim = (2 / d_in) ** 0.5
        ask.true(abs(W.mean()) < 0.05 * aim, f"the mean is {W.mean():.3g}, expected about 0", given=told)
        near = abs(W.std() / aim - 1) < 0.02
        ask.true(near, f"the standard deviation is {W.std():.4g}, expected about {aim:.4g}", given=told)
        again, other = (np.asarray(ask.call("first_weights", d_out, d_in, s), dtype=float) for s in (seed, seed + 1))
        ask.true(np.array_equal(W, again), "called again, it gives other weights", given=told)
        ask.true(not np.array_equal(W, other), "another seed gives the same weights", given=told)


first_weights.hints(
    "Print the rows of fair[0].weight after the training. Why can gradient descent not tell them apart?",
    "The weights must be random. Their standard deviation for ReLU is the root of 2 / d; which of the two sizes is d?",
    "rng = np.random.default_rng(seed), then rng.normal(0, np.sqrt(2 / d_in), size=(d_out, d_in)).",
)


def _he(d_out, d_in, seed):
    return np.random.default_rng(seed).normal(0, (2 / d_in) ** 0.5, (d_out, d_in))


def _answer(weights=_he, different=1, diagnosis="B"):
    return {"different": different, "diagnosis": diagnosis, "first_weights": weights}


def _scaled(scale, kind="normal"):
    def weights(d_out, d_in, seed):
        draw = np.random.default_rng(seed)
        numbers = draw.uniform(size=(d_out, d_in)) if kind == "uniform" else draw.normal(size=(d_out, d_in))
        return numbers * scale(d_out, d_in)

    return weights


@first_weights.slip("all 20 rows are equal, before and after: they count as one different row", make=True)
def _():
    return _answer(different=20)


@first_weights.slip(
    "the rows differ by rounding only, beyond the sixth decimal; round them before you count", make=True
)
def _():
    return _answer(different=2)


@first_weights.slip("the seed is not used: every seed gives the same weights", make=True)
def _():
    return _answer(lambda d_out, d_in, seed: _he(d_out, d_in, 0))


@first_weights.slip("not A: the gradient is not 0, the network does learn a little", make=True)
def _():
    return _answer(diagnosis="A")


@first_weights.slip("not C: with random weights, biases of 0 do no harm", make=True)
def _():
    return _answer(diagnosis="C")


@first_weights.slip("not D: a larger rate moves all 20 neurons alike", make=True)
def _():
    return _answer(diagnosis="D")


@first_weights.slip("d is the number of inputs, d_in, and not that of the outputs", make=True)
def _():
    return _answer(_scaled(lambda d_out, d_in: (2 / d_out) ** 0.5))


@first_weights.slip("2 / d_in is the variance; the standard deviation is its root", make=True)
def _():
    return _answer(_scaled(lambda d_out, d_in: 2 / d_in))


@first_weights.slip("ReLU loses half of the mean square: the variance is to be 2 / d_in, not 1 / d_in", make=True)
def _():
    return _answer(_scaled(lambda d_out, d_in: (1 / d_in) ** 0.5))


@first_weights.slip("the numbers are random, but without a scale: their standard deviation is 1", make=True)
def _():
    return _answer(_scaled(lambda d_out, d_in: 1.0))


@first_weights.slip("all weights are positive, so their mean is not 0", make=True)
def _():
    return _answer(_scaled(lambda d_out, d_in: (6 / d_in) ** 0.5, "uniform"))


@first_weights.slip("all weights are still equal", make=True)
def _():
    return _answer(lambda d_out, d_in, seed: np.full((d_out, d_in), (2 / d_in) ** 0.5))


# 10.4 -----------------------------------------------------------------------------------------------------------------
@exercise("10.4", "Standardise without a leak", reads="standardise")
def standardise(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn.preprocessing import StandardScaler

    for n, m, d in (8, 5, 3), (11, 1, 2), (6, 9, 1):
        scale, shift = rng.uniform(0.5, 200, size=d), rng.normal(scale=5, size=d)
        X_train = rng.normal(size=(n, d)) * scale + shift
        X_test = rng.normal(size=(m, d)) * scale * 1.7 + shift + 2
        if d == 3:
            X_train[:, 1] = 4.0  # constant in the training rows, and not in the others
        scaler = StandardScaler().fit(X_train)
        told = f"X_train of shape {X_train.shape}, X_test of shape {X_test.shape}"
        told += ", column 1 of X_train is 4.0 in every row" if d == 3 else ""
        got = ask.parts(ask.call("standardise", X_train, X_test), "X_train", "X_test", given=told)
        ask.close(got[0], scaler.transform(X_train), given=f"the first result, for {told}", **NEAR)
        ask.close(got[1], scaler.transform(X_test), given=f"the second result, for {told}", **NEAR)


standardise.hints(
    "Which rows may say what the mean is? And which two arrays are to be changed by it?",
    "mean = X_train.mean(axis=0) has one number for each column; NumPy subtracts it from every row.",
    "Where the standard deviation is 0 put a 1: np.where(std == 0, 1.0, std).",
)


def _standardise(X_train, X_test, *, fit=lambda a, b: a, test=None, ddof=0, axis=0, guard=1.0, both=True, root=True):
    def numbers(A):
        std = A.std(axis=axis, ddof=ddof, keepdims=True) if root else A.var(axis=axis, keepdims=True)
        if guard is not None:
            std = np.where(std == 0, guard, std)
        return A.mean(axis=axis, keepdims=True), std

    mean, std = numbers(fit(X_train, X_test))
    other_mean, other_std = (mean, std) if test is None else numbers(test(X_train, X_test))
    if axis == 1:
        other_mean, other_std = numbers(X_test)
    return (X_train - mean) / std, ((X_test - other_mean) / other_std if both else X_test)


@standardise.slip("the test rows are standardised with numbers of their own: use those of the training rows")
def _(X_train, X_test):
    return _standardise(X_train, X_test, test=lambda a, b: b)


@standardise.slip("the numbers come from all rows together: what the test rows say has leaked into them")
def _(X_train, X_test):
    return _standardise(X_train, X_test, fit=lambda a, b: np.vstack([a, b]))


@standardise.slip("a column that is constant has standard deviation 0: dividing by it gives nan or inf. Divide by 1")
def _(X_train, X_test):
    return _standardise(X_train, X_test, guard=None)


@standardise.slip("the mean of each row is taken; each column needs its own, axis=0")
def _(X_train, X_test):
    return _standardise(X_train, X_test, axis=1)


@standardise.slip("the test rows are returned as they came: they need the same change as the training rows")
def _(X_train, X_test):
    return _standardise(X_train, X_test, both=False)


@standardise.slip("this divides by the variance; divide by its root")
def _(X_train, X_test):
    return _standardise(X_train, X_test, root=False)


@standardise.slip("one mean for the whole array is subtracted; each column needs its own, axis=0")
def _(X_train, X_test):
    std = X_train.std() or 1.0
    return (X_train - X_train.mean()) / std, (X_test - X_train.mean()) / std


@standardise.slip("the standard deviation here has n - 1 below; asked for is np.std as it is, with ddof=0")
def _(X_train, X_test):
    return _standardise(X_train, X_test, ddof=1)


# 10.5 -----------------------------------------------------------------------------------------------------------------
@exercise("10.5", "Batch normalisation, forward", reads="batch_norm", points=2)
def batch_norm(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    for training, n, d in (True, 6, 3), (False, 5, 4), (True, 9, 1), (False, 1, 2):
        Z = rng.normal(size=(n, d)) * rng.uniform(0.5, 4, size=d) + rng.normal(size=d)
        if d == 1:
            Z *= 0.003 / Z.std()  # so small a spread that it matters where epsilon stands
        gamma, beta = rng.uniform(0.5, 2, size=d), rng.normal(size=d) + 1
        mean, var = rng.normal(size=d), rng.uniform(0.5, 3, size=d)
        run_mean, run_var = torch.tensor(mean), torch.tensor(var)
        aim = torch.nn.functional.batch_norm(
            torch.tensor(Z), run_mean, run_var, torch.tensor(gamma), torch.tensor(beta), training, 0.1, 1e-5
        )
        names = "the result", "the running mean", "the running variance"
        got = ask.parts(ask.call("batch_norm", Z, gamma, beta, mean, var, training), *names)
        told = f"Z of shape {Z.shape}, training={training}"
        for value, right, name in zip(got, (aim, run_mean, run_var), names, strict=True):
            ask.close(value, right.numpy(), given=f"{name}, for {told}", rtol=1e-4, atol=1e-6)


batch_norm.hints(
    "Two questions: which mean and variance do you normalise with, and which do you store? `training` answers both.",
    "In training: Z.mean(axis=0) and Z.var(axis=0) to normalise, Z.var(axis=0, ddof=1) for the running variance.",
    "gamma * (Z - mean) / np.sqrt(var + 1e-5) + beta; new running = 0.9 * old + 0.1 * the batch's.",
)


def _batch_norm(
    Z, gamma, beta, mean, var, training, *, keep=0.9, run_ddof=1, own_ddof=0, eps=1e-5, always=False, update=None,
    root=True, axis=0, affine=True, swap=False,
):  # fmt: skip
    m, v, new_mean, new_var = mean, var, mean, var
    if training or always:
        m, v = Z.mean(axis=axis, keepdims=True), Z.var(axis=axis, ddof=min(own_ddof, len(Z) - 1), keepdims=True)
    if training if update is None else update:
        new_mean = keep * mean + (1 - keep) * Z.mean(axis=0)
        new_var = keep * var + (1 - keep) * Z.var(axis=0, ddof=min(run_ddof, len(Z) - 1))
    out = (Z - m) / (np.sqrt(v + eps) if root else v + eps)
    if affine:
        out = gamma * out + beta if not swap else beta * out + gamma
    return out, new_mean, new_var


@batch_norm.slip("the running variance takes B - 1 below, Z.var(axis=0, ddof=1)")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, run_ddof=0)


@batch_norm.slip("to normalise, the variance has B below, as in the formula; B - 1 is for the running one only")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, own_ddof=1)


@batch_norm.slip("with training=False the running numbers normalise, and not those of the batch")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, always=True)


@batch_norm.slip("the factors have changed places: 0.9 of the old running number, 0.1 of the new")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, keep=0.1)


@batch_norm.slip("the running numbers do not change during training: they are to be updated")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, update=False)


@batch_norm.slip("the running numbers change with training=False too: then they are to stay")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, update=True)


@batch_norm.slip("divide by the root of the variance (plus epsilon), not by the variance")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, root=False)


@batch_norm.slip("the mean of each sample is taken: that is layer normalisation. Over the samples means axis=0")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, axis=1)


@batch_norm.slip("epsilon stands under the root: for a column of tiny spread, it matters")
def _(Z, gamma, beta, mean, var, training):
    out, new_mean, new_var = _batch_norm(Z, gamma, beta, mean, var, training, eps=0)
    std = Z.std(axis=0) if training else np.sqrt(var)
    return (out - beta) * std / (std + 1e-5) + beta, new_mean, new_var


@batch_norm.slip("epsilon is missing or far too small: it is 1e-5, added to the variance")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, eps=0)


@batch_norm.slip("gamma and beta are missing: scale by gamma, then add beta")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, affine=False)


@batch_norm.slip("gamma and beta have changed places: gamma multiplies, beta is added")
def _(Z, gamma, beta, mean, var, training):
    return _batch_norm(Z, gamma, beta, mean, var, training, swap=True)
