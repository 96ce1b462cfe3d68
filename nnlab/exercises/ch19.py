"""The exercises of chapter 19, autoencoders: cases, oracles, hints and slips.

Data are arrays [n, d], a row for each case; a basis is [d, k], a column for each vector; codes are [n, k].
"""

from itertools import pairwise
from typing import Any

import numpy as np

from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-5, "atol": 1e-6}


# 19.1 -----------------------------------------------------------------------------------------------------------------
def _spread(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Data whose variances differ clearly from one another, far from 0 in the mean, in turned directions."""
    # Perpendicular columns: the eigenvalues are known to be apart, whatever is drawn.
    scores = np.linalg.qr(rng.normal(size=(n, d)))[0]
    scores = np.linalg.qr(scores - scores.mean(axis=0))[0] * np.sqrt(n)
    turned = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return rng.uniform(3, 6, size=d) + scores * 1.7 ** -np.arange(d) * rng.uniform(1.5, 3) @ turned.T


@exercise("19.1", "PCA by eigenvectors", reads="pca", points=2)
def pca(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn.decomposition import PCA

    for n, d, k in (40, 5, 2), (9, 3, 3), (60, 6, 1), (12, 4, 4):
        X = _spread(rng, n, d)
        aim = PCA(n_components=k, svd_solver="full").fit(X)
        told = f"X of shape {(n, d)}, k = {k}"
        reply = ask.call("pca", X, k)
        mean, directions, variances = ask.parts(reply, "the mean", "the directions", "their variances", given=told)
        ask.close(mean, aim.mean_, given=f"{told}: the mean", **NEAR)
        ask.close(variances, aim.explained_variance_ * (n - 1) / n, given=f"{told}: the variances", **NEAR)
        signed = directions
        if np.shape(directions) == (d, k):
            signs = np.sign(np.sum(np.asarray(directions, dtype=float) * aim.components_.T, axis=0))
            signed = np.asarray(directions, dtype=float) * np.where(signs == 0, 1, signs)  # either sign is right
        ask.close(signed, aim.components_.T, given=f"{told}: the directions, each with the better sign", **NEAR)


pca.hints(
    "Four steps: take off the mean, form S, find its eigenvectors, take those of the largest eigenvalues.",
    "np.linalg.eigh(S) returns (values, vectors): the values rise, and column j of the vectors belongs to value j.",
    "Turn both around before you cut: vectors[:, ::-1][:, :k] and values[::-1][:k].",
)


def _pca(X, k, *, centre=True, least=0, last=False, rows=False, scale=lambda values: values, out=lambda v: v):
    mean = X.mean(axis=0)
    Y = X - mean if centre else X
    values, vectors = np.linalg.eigh(Y.T @ Y / (len(X) - least))
    if last:
        return mean, vectors[:, :k], values[:k]
    vectors = vectors[::-1][:k].T if rows else vectors[:, ::-1][:, :k]
    return mean, out(vectors), scale(values[::-1])[:k]


@pca.slip("the data are not centred: without it the first direction points to the mean. Form S of X minus its mean.")
def _(X, k):
    return _pca(X, k, centre=False)


@pca.slip("these are the directions of the smallest variance: eigh sorts from the smallest to the largest.")
def _(X, k):
    return _pca(X, k, last=True)


@pca.slip("rows of the matrix of eigenvectors are taken: each eigenvector is a column.")
def _(X, k):
    return _pca(X, k, rows=True)


@pca.slip("the variances are too large by n / (n - 1): divide by n here.")
def _(X, k):
    return _pca(X, k, least=1)


@pca.slip("the variances are too large by n: the sum over the cases is not divided.")
def _(X, k):
    return _pca(X, k, least=len(X) - 1)


@pca.slip("these are standard deviations: the variance along a direction is the eigenvalue itself, not its root.")
def _(X, k):
    return _pca(X, k, scale=np.sqrt)


@pca.slip("these are shares of the variance: return the eigenvalues themselves.")
def _(X, k):
    return _pca(X, k, scale=lambda values: values / values.sum())


@pca.slip("the directions stand in rows, as scikit-learn has them. Here they are to be columns, shape (d, k).")
def _(X, k):
    return _pca(X, k, out=lambda vectors: vectors.T)


@pca.slip("these are all directions and variances: return the first k.")
def _(X, k):
    mean, vectors, values = _pca(X, X.shape[1])
    return mean, vectors, values


@pca.slip("the variances are in the order of eigh, and the directions the other way round: turn both.")
def _(X, k):
    mean, vectors, values = _pca(X, X.shape[1])
    return mean, vectors[:, :k], values[::-1][:k]


@pca.slip("the first k are right, but in the wrong order: the largest variance comes first.")
def _(X, k):
    mean, vectors, values = _pca(X, k)
    return mean, vectors[:, ::-1], values[::-1]


@pca.slip("these are shares of the k variances that are kept: return the eigenvalues themselves.")
def _(X, k):
    mean, vectors, values = _pca(X, k)
    return mean, vectors, values / values.sum()


@pca.slip("the directions are scaled by the standard deviation: each is to have length 1.")
def _(X, k):
    mean, vectors, values = _pca(X, k)
    return mean, vectors * np.sqrt(values), values


@pca.slip("these are the codes of the cases and not the directions.")
def _(X, k):
    mean, vectors, values = _pca(X, k)
    return mean, (X - mean) @ vectors, values


# 19.2 -----------------------------------------------------------------------------------------------------------------
SIZES, PIXELS, CODE, BYTES = (784, 128, 16, 128, 784), 784, 16, 4


def _whole(ask: Ask, name: str, aim: int, otherwise: str) -> None:
    got = ask.value(name)
    # True is 1 for Python: no number of anything.
    good = not isinstance(got, bool) and isinstance(got, int | float) and got == aim
    ask.true(good, f"{got!r}: {otherwise}", given=name)


@exercise("19.2", "The bottleneck", reads=("parameters", "pictures", "size"), points=2)
def bottleneck(ask: Ask, rng: np.random.Generator) -> None:
    import torch
    from torch import nn

    with torch.device("meta"):
        layers = [nn.Linear(a, b) for a, b in pairwise(SIZES)]
    learned, read = (sum(p.numel() for layer in part for p in layer.parameters()) for part in (layers, layers[2:]))
    _whole(ask, "parameters", learned, "this is not what the four layers learn together")
    enough = next(n for n in range(1, 10_000) if BYTES * (read + CODE * n) < PIXELS * n)
    _whole(ask, "pictures", enough, "from this number on it does not take less, or it did so earlier")
    shares = np.cumsum([5, 2, 1.5, 1, 0.3, 0.2]) / 10
    _whole(ask, "size", int(np.argmax(shares > 0.8 - 1e-9)) + 1, "not the smallest that keeps at least 80 %")


bottleneck.hints(
    "A layer from a to b numbers learns a · b weights and b biases. The decoder is the last two of the four layers.",
    "With n pictures: raw 784 n bytes. With the autoencoder 4 · (parameters of the decoder) + 4 · 16 · n bytes.",
    "Each picture saves 784 - 64 = 720 bytes. How many of them pay for the decoder? For the third: add up the "
    "eigenvalues from the largest on, and compare with 80 % of their sum.",
)
_RIGHT: dict[str, Any] = {"parameters": 205_856, "pictures": 574, "size": 3}
bottleneck.slip(
    "the biases are missing: each layer has one for each of its outputs.", **(_RIGHT | {"parameters": 204_800})
)
bottleneck.slip("this counts the encoder only: the decoder has parameters too.", **(_RIGHT | {"parameters": 102_544}))
bottleneck.slip("this counts the decoder only: the encoder has parameters too.", **(_RIGHT | {"parameters": 103_312}))
bottleneck.slip("these are the numbers that the layers put out, not the parameters.", **(_RIGHT | {"parameters": 1056}))
bottleneck.slip(
    "the encoder is saved as well: who only reads needs the decoder alone.", **(_RIGHT | {"pictures": 1144})
)
bottleneck.slip("the 4 bytes of each number are forgotten.", **(_RIGHT | {"pictures": 135}))
bottleneck.slip("the codes take space too: 16 numbers of 4 bytes for each picture.", **(_RIGHT | {"pictures": 528}))
bottleneck.slip(
    "each number of a code takes 4 bytes, as each parameter does: a code takes 64.", **(_RIGHT | {"pictures": 539})
)
bottleneck.slip("with 573 the raw pictures still take less: round up.", **(_RIGHT | {"pictures": 573}))
bottleneck.slip("only the codes are counted: the decoder has to be saved, once.", **(_RIGHT | {"pictures": 1}))
bottleneck.slip("2 directions keep 7 of 10, which is 70 %: not yet enough.", **(_RIGHT | {"size": 2}))
bottleneck.slip("this is enough, but a smaller bottleneck is too.", **(_RIGHT | {"size": 4}))


# 19.3 -----------------------------------------------------------------------------------------------------------------
@exercise("19.3", "The angle between two subspaces", reads="largest_angle", points=2)
def largest_angle(ask: Ask, rng: np.random.Generator) -> None:
    from scipy.linalg import subspace_angles

    for d, k in (6, 2), (9, 3), (5, 1):
        # Bases that are far from perpendicular, of different lengths.
        A, B = (rng.normal(size=(d, k)) @ (rng.normal(size=(k, k)) + 2 * np.eye(k)) * 3 for _ in range(2))
        aim = float(np.rad2deg(subspace_angles(A, B)[0]))
        ask.close(ask.call("largest_angle", A, B), aim, given=f"random bases of shape {(d, k)}", rtol=1e-6, atol=1e-4)
    A = rng.normal(size=(7, 3))
    other = A @ (rng.normal(size=(3, 3)) + 3 * np.eye(3))
    ask.close(ask.call("largest_angle", A, other), 0.0, given="two bases of the same subspace", atol=1e-3)
    Q = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    # Two planes that share a line, and are turned against each other around it.
    turn = np.deg2rad(rng.uniform(20, 70))
    plane = np.stack([Q[:, 0] + Q[:, 1], Q[:, 1]], axis=1)
    turned = np.stack([2 * Q[:, 0], np.cos(turn) * Q[:, 1] + np.sin(turn) * Q[:, 2]], axis=1)
    told = "two planes that share a line"
    ask.close(ask.call("largest_angle", plane, turned), float(np.rad2deg(turn)), given=told, atol=1e-4)
    told = "two perpendicular planes"
    ask.close(
        ask.call("largest_angle", Q[:, :2] @ np.array([[1.0, 2], [0, 3]]), Q[:, 2:4]), 90.0, given=told, atol=1e-4
    )


largest_angle.hints(
    "The formula needs perpendicular bases of length 1. Q, R = np.linalg.qr(A) gives one for the same span: Q.",
    "np.linalg.svd(Q_A.T @ Q_B, compute_uv=False) gives the cosines, the largest first. Which one belongs to the "
    "largest angle?",
    "np.rad2deg(np.arccos(np.clip(cosines.min(), 0, 1))): the smallest cosine, cut off at 1, in degrees.",
)


def _cosines(A, B, basis=lambda A: np.linalg.qr(A)[0]):
    return np.clip(np.linalg.svd(basis(A).T @ basis(B), compute_uv=False), 0, 1)


@largest_angle.slip("the bases are used as they are: make them perpendicular and of length 1 first, with np.linalg.qr.")
def _(A, B):
    return np.rad2deg(np.arccos(_cosines(A, B, lambda A: A).min()))


@largest_angle.slip("the columns have length 1, but they are not perpendicular to each other: use np.linalg.qr.")
def _(A, B):
    return np.rad2deg(np.arccos(_cosines(A, B, lambda A: A / np.linalg.norm(A, axis=0)).min()))


@largest_angle.slip("this is the smallest principal angle: the largest angle has the smallest cosine.")
def _(A, B):
    return np.rad2deg(np.arccos(_cosines(A, B).max()))


@largest_angle.slip("this is in radians: degrees are asked for.")
def _(A, B):
    return np.arccos(_cosines(A, B).min())


@largest_angle.slip("this is the cosine of the angle, not the angle.")
def _(A, B):
    return _cosines(A, B).min()


@largest_angle.slip("the arcsine is taken of a cosine: use np.arccos.")
def _(A, B):
    return np.rad2deg(np.arcsin(_cosines(A, B).min()))


@largest_angle.slip("these are all principal angles: return the largest only.")
def _(A, B):
    return np.rad2deg(np.arccos(_cosines(A, B)))


@largest_angle.slip("this is the mean of the principal angles: return the largest.")
def _(A, B):
    return np.rad2deg(np.arccos(_cosines(A, B))).mean()


@largest_angle.slip("this compares the first columns only. The spans are asked for.")
def _(A, B):
    a, b = A[:, 0] / np.linalg.norm(A[:, 0]), B[:, 0] / np.linalg.norm(B[:, 0])
    return np.rad2deg(np.arccos(min(abs(a @ b), 1)))


@largest_angle.slip("column is compared with column. Other columns can span the same space: use the singular values.")
def _(A, B):
    diagonal = np.abs(np.sum(A * B, axis=0)) / np.linalg.norm(A, axis=0) / np.linalg.norm(B, axis=0)
    return np.rad2deg(np.arccos(np.clip(diagonal.min(), 0, 1)))


@largest_angle.slip("entries of Q_A.T @ Q_B are cosines between single vectors. Take its singular values.")
def _(A, B):
    product = np.linalg.qr(A)[0].T @ np.linalg.qr(B)[0]
    return np.rad2deg(np.arccos(np.clip(np.abs(product).min(), 0, 1)))


# 19.4 -----------------------------------------------------------------------------------------------------------------
def _least(second: np.ndarray, k: int) -> float:
    """Oracle: what no projection on k dimensions can keep of a second-moment matrix: its smallest eigenvalues."""
    return float(np.linalg.eigvalsh(second)[: len(second) - k].sum()) if k < len(second) else 0.0


@exercise("19.4", "Predict, then run", reads="errors", points=2)
def errors(ask: Ask, rng: np.random.Generator) -> None:
    turned = np.linalg.qr(rng.normal(size=(4, 4)))[0]  # the directions do not matter, and are any
    S = turned @ np.diag([6.0, 3.0, 2.0, 1.0]) @ turned.T
    V = turned[:, [0, 2]]
    shift = 5 * turned[:, 3]
    aims = [
        _least(S, 2),
        _least(S, 1),
        _least(S, 8),
        _least(S, 2),
        float(np.trace(S) - np.trace(V @ V.T @ S)),
        _least(S + np.outer(shift, shift), 2),
    ]
    got = ask.value("errors")
    good = isinstance(got, list | np.ndarray) and np.shape(got) == (6,)
    ask.true(good, "a list of six numbers is expected", given="errors")
    if good:
        for number, (mine, aim) in enumerate(zip(got, aims, strict=True), start=1):
            told = f"{mine} is not the error of number {number}"
            number_like = isinstance(mine, int | float | np.number) and not isinstance(mine, bool)
            # False is 0 for Python: no error of anything.
            ask.true(number_like and bool(abs(float(mine) - aim) < 1e-6), told, given="errors")


errors.hints(
    "The error is the sum of the eigenvalues that are left out. What is the narrowest place of each network?",
    "Number 4: what happens to the reconstruction when codes are 10 times larger and the decoder 10 times smaller? "
    "Number 5: which eigenvalues belong to the two directions that are not kept?",
    "Number 6: without biases, what matters is the mean of x xᵀ. Adding 5 v4 to all adds 25 to the eigenvalue of v4. "
    "Which two are the largest now?",
)
errors.slip("the networks of 1, 2, 4 and 5: this is what is kept. The error is what is left out.", [9, 6, 0, 9, 8, 5])
errors.slip("number 1 is what is kept: the error is what is left out.", [9, 6, 0, 3, 4, 5])
errors.slip(
    "number 2: a wide layer before the narrow one cannot bring back what the narrow one loses.", [3, 1, 0, 3, 4, 5]
)
errors.slip("number 2: layer by layer nothing more is lost than at the narrowest place: 3 + 2 + 1.", [3, 7, 0, 3, 4, 5])
errors.slip("number 3: with 8 numbers in the middle the network can copy.", [3, 6, 3, 3, 4, 5])
errors.slip("number 3: False is no number: write the error, 0.", [3, 6, False, 3, 4, 5])
errors.slip("number 3: an error cannot be negative, and a copy has the error 0.", [3, 6, -12, 3, 4, 5])
errors.slip("number 4: 10 and 1/10 cancel. The reconstruction is the same, and so is the error.", [3, 6, 0, 300, 4, 5])
errors.slip("number 4: the factors act on the code in opposite ways, and cancel.", [3, 6, 0, 30, 4, 5])
errors.slip("number 5: left out are the directions 2 and 4.", [3, 6, 0, 3, 3, 5])
errors.slip("number 5: 6 + 2 is what is kept; left out are 3 + 1.", [3, 6, 0, 3, 8, 5])
errors.slip("number 6: without biases the network has to spend a number of its code on the mean.", [3, 6, 0, 3, 4, 3])
errors.slip(
    "number 6: the shift goes into the square: 25 is added to the eigenvalue of v4, which is then the largest.",
    [3, 6, 0, 3, 4, 28],
)
errors.slip("number 6: v4 now has the largest value and is kept, with v1. Left out are v2 and v3.", [3, 6, 0, 3, 4, 8])
errors.slip("number 6: the eigenvalue of v4 becomes 1 + 5² = 26, not 1 + 5.", [3, 6, 0, 3, 4, 6])


# 19.5 -----------------------------------------------------------------------------------------------------------------
@exercise("19.5", "Denoising pairs", reads="noisy_pairs", points=2)
def noisy_pairs(ask: Ask, rng: np.random.Generator) -> None:
    for n, d, tau, copies in (40, 30, 0.5, 3), (1, 900, 2.0, 2), (25, 40, 0.1, 1):
        # No two pictures alike, so that each row says which picture it is.
        clean = rng.uniform(size=(n, d))
        told = f"{n} pictures of {d} pixels, tau = {tau}, copies = {copies}"
        reply = ask.call("noisy_pairs", clean, tau, copies, 3)
        inputs, targets = ask.parts(reply, "the inputs", "the targets", given=told)
        shape = (copies * n, d)
        for name, part in ("inputs", inputs), ("targets", targets):
            ask.true(
                np.shape(part) == shape, f"the {name} have the shape {np.shape(part)}, expected {shape}", given=told
            )
        if ask.failure:
            return
        inputs, targets = np.asarray(inputs, dtype=float), np.asarray(targets, dtype=float)
        # Which picture is each target? Any order is right.
        near = np.abs(targets[:, None] - clean[None]).max(axis=2)
        ask.true(bool((near.min(axis=1) < 1e-6).all()), "the targets are not the clean pictures", given=told)
        counts = np.bincount(near.argmin(axis=1), minlength=n)
        each = bool((counts == copies).all())
        ask.true(each, f"each picture must be there {copies} times among the targets", given=told)
        noise = inputs - targets
        told_std = f"inputs minus targets have the standard deviation {noise.std():.3f}"
        ask.true(bool(abs(noise.std() / tau - 1) < 0.12), told_std, given=told)
        told_mean = f"inputs minus targets have the mean {noise.mean():.3f}"
        ask.true(bool(abs(noise.mean()) < 5 * tau / noise.size**0.5), told_mean, given=told)
        # A normal distribution has 4.6 % beyond two standard deviations, a uniform one none, two values none.
        far = float(np.mean(np.abs(noise) > 2 * tau))
        ask.true(0.02 < far < 0.08, f"{far:.1%} of the noise is beyond two tau: that is not normal", given=told)
        unit = noise / np.maximum(np.linalg.norm(noise, axis=1, keepdims=True), 1e-12)
        rows = unit @ unit.T - np.eye(len(noise))
        told_rows = "two rows have the same noise: each copy of each picture needs its own"
        ask.true(bool(np.abs(rows).max() < 0.95), told_rows, given=told)
        pixels = np.abs(noise.std(axis=1)).min() if d > 1 else 1
        ask.true(bool(pixels > tau / 4), "all pixels of a row have the same noise", given=told)
        again, other = (ask.call("noisy_pairs", clean, tau, copies, seed) for seed in (3, 4))
        ask.close(np.asarray(ask.parts(again, "inputs", "targets")[0]), inputs, given=f"{told}, the same seed again")
        moved = np.asarray(ask.parts(other, "inputs", "targets")[0], dtype=float)
        different = moved.shape != shape or bool(np.abs(moved - inputs).max() > tau / 10)
        ask.true(different, "another seed gives the same noise", given=told)


noisy_pairs.hints(
    "What goes in is noisy; what should come out is clean. np.tile(clean, (copies, 1)) repeats all pictures.",
    "Draw the noise in the shape of the repeated pictures, not in that of `clean`: then each copy has its own.",
    "np.random.default_rng(seed).normal(0, tau, size=targets.shape), and return targets + noise, targets.",
)


def _pairs(clean, tau, copies, seed, *, noise=None, order=None):
    targets = np.tile(clean, (copies, 1))
    rng = np.random.default_rng(seed)
    drawn = rng.normal(0, tau, size=targets.shape) if noise is None else noise(rng, targets.shape)
    return (targets if order is None else order) + drawn, targets


@noisy_pairs.slip("input and target have changed places: noisy goes in, clean should come out.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, copies, seed)[::-1]


@noisy_pairs.slip("the targets are noisy too: the network would learn to copy the noise.")
def _(clean, tau, copies, seed):
    inputs, _ = _pairs(clean, tau, copies, seed)
    return inputs, inputs


@noisy_pairs.slip("no noise: the inputs are clean, and the network learns to copy.")
def _(clean, tau, copies, seed):
    targets = np.tile(clean, (copies, 1))
    return targets, targets


@noisy_pairs.slip("all copies of a picture have the same noise: draw it in the shape of the repeated pictures.")
def _(clean, tau, copies, seed):
    noise = np.random.default_rng(seed).normal(0, tau, size=clean.shape)
    return np.tile(clean + noise, (copies, 1)), np.tile(clean, (copies, 1))


@noisy_pairs.slip("all pictures have the same noise: draw a number for each pixel of each row.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, copies, seed, noise=lambda rng, shape: rng.normal(0, tau, size=shape[1:]))


@noisy_pairs.slip("each picture becomes lighter or darker as a whole: draw a number for each pixel.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, copies, seed, noise=lambda rng, shape: rng.normal(0, tau, size=(shape[0], 1)))


@noisy_pairs.slip("tau is used as the variance: it is the standard deviation.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, copies, seed, noise=lambda rng, shape: rng.normal(0, tau**0.5, size=shape))


@noisy_pairs.slip("tau is not used: the noise has the standard deviation 1.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, copies, seed, noise=lambda rng, shape: rng.normal(size=shape))


@noisy_pairs.slip("the noise is uniform: draw it from a normal distribution.")
def _(clean, tau, copies, seed):
    limit = tau * 3**0.5
    return _pairs(clean, tau, copies, seed, noise=lambda rng, shape: rng.uniform(-limit, limit, size=shape))


@noisy_pairs.slip("the noise is never negative: its mean is to be 0.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, copies, seed, noise=lambda rng, shape: np.abs(rng.normal(0, tau, size=shape)))


@noisy_pairs.slip("the pictures come once only: each is to be there `copies` times.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, 1, seed)


@noisy_pairs.slip("row i of the inputs is another picture than row i of the targets: np.repeat and np.tile differ.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, copies, seed, order=np.repeat(clean, copies, axis=0))


@noisy_pairs.slip("the seed is not used: every call gives the same noise.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, copies, 0)


@noisy_pairs.slip("the noise is added to `clean` itself, so the targets are noisy too: make a copy first.")
def _(clean, tau, copies, seed):
    clean += np.random.default_rng(seed).normal(0, tau, size=clean.shape)
    return np.tile(clean, (copies, 1)), np.tile(clean, (copies, 1))


@noisy_pairs.slip("tau is squared: it is the standard deviation itself.")
def _(clean, tau, copies, seed):
    return _pairs(clean, tau, copies, seed, noise=lambda rng, shape: rng.normal(0, tau**2, size=shape))


@noisy_pairs.slip("the seed is not used: np.random.normal draws from a generator of its own. Use default_rng(seed).")
def _(clean, tau, copies, seed):
    targets = np.tile(clean, (copies, 1))
    return targets + np.random.normal(0, tau, size=targets.shape), targets


@noisy_pairs.slip("the inputs are cut to 0…1: leave them as they are, so that the noise stays normal.")
def _(clean, tau, copies, seed):
    inputs, targets = _pairs(clean, tau, copies, seed)
    return inputs.clip(0, 1), targets


# 19.6 -----------------------------------------------------------------------------------------------------------------
def _codes(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    """Correlated codes, of different spreads, with a mean that is not 0."""
    mixed = rng.normal(size=(k, k)) + 2 * np.eye(k)
    return rng.uniform(2, 5, size=k) * rng.choice([-1, 1], size=k) + rng.normal(size=(n, k)) @ mixed


@exercise("19.6", "Find the bug", reads=("diagnosis", "random_codes"), points=2)
def random_codes(ask: Ask, rng: np.random.Generator) -> None:
    ask.diagnosis("B", "ABCDE", "does not explain the pictures")
    for n, k, m in (60, 3, 7), (200, 5, 1), (30, 1, 4):
        Z = _codes(rng, n, k)
        told = f"{n} codes of {k} numbers"
        mean = Z.mean(axis=0)
        # Both are asked before either is judged: what comes out for the second tells the wrong answers apart.
        centre, reply = (ask.call("random_codes", Z, normal) for normal in (np.zeros((2, k)), np.eye(k)))
        ask.close(centre, np.stack([mean, mean]), given=f"{told}, normal = 0", **NEAR)
        # Where normal is the unit matrix, the rows are the mean plus the rows of R, and RᵀR is the covariance.
        shape = np.shape(reply)
        ask.true(shape == (k, k), f"the shape is {shape}, expected {(k, k)}", given=f"{told}, normal of shape {(k, k)}")
        if shape != (k, k):
            return
        R = np.asarray(reply, dtype=float) - mean
        wanted = (Z - mean).T @ (Z - mean)
        right = [np.allclose(R.T @ R, wanted / divisor, rtol=1e-4, atol=1e-5) for divisor in (n, n - 1)]
        seen = "the codes that come out do not have the covariance matrix of Z"
        ask.true(
            any(right),
            f"{seen}:\ngot       {(R.T @ R).round(3).tolist()}\nexpected  {(wanted / n).round(3).tolist()}",
            given=told,
        )
        normal = rng.normal(size=(m, k))
        ask.close(ask.call("random_codes", Z, normal), mean + normal @ R, given=f"{told}, {m} random rows", **NEAR)


random_codes.hints(
    "Compare the numbers that the friend decodes with the codes of real digits, which are printed above the pictures.",
    "If a row of `normal` has the covariance 1 (the unit matrix), then normal @ L.T has the covariance L Lᵀ. "
    "np.linalg.cholesky finds such an L.",
    "covariance = np.cov(Z, rowvar=False); L = np.linalg.cholesky(covariance); Z.mean(axis=0) + normal @ L.T. (With "
    "k = 1 np.cov gives a single number: np.atleast_2d.)",
)


def _made(Z, normal):
    return Z.mean(axis=0) + normal @ np.linalg.cholesky(np.atleast_2d(np.cov(Z, rowvar=False))).T


def _found(function=_made, diagnosis="B"):
    return {"diagnosis": diagnosis, "random_codes": function}


@random_codes.slip("not A: nothing in this decoder computes differently in training mode.", make=True)
def _():
    return _found(diagnosis="A")


@random_codes.slip("not C: the codes of the test digits are new to the decoder, and it draws these well.", make=True)
def _():
    return _found(diagnosis="C")


@random_codes.slip("not D: with the same sigmoid the codes of digits become bright strokes.", make=True)
def _():
    return _found(diagnosis="D")


@random_codes.slip(
    "not E: the same decoder draws good digits from 16 numbers, if they come from the encoder.", make=True
)
def _():
    return _found(diagnosis="E")


@random_codes.slip("these are the friend's codes: they have neither the mean nor the covariance of Z.", make=True)
def _():
    return _found(lambda Z, normal: normal)


@random_codes.slip("the mean of Z is missing.", make=True)
def _():
    return _found(lambda Z, normal: _made(Z, normal) - Z.mean(axis=0))


@random_codes.slip("only the mean is right: the codes also need the spread of Z.", make=True)
def _():
    return _found(lambda Z, normal: Z.mean(axis=0) + normal)


@random_codes.slip(
    "each number has its own spread, but they are independent: the covariances are missing. Use the whole matrix.",
    make=True,
)
def _():
    return _found(lambda Z, normal: Z.mean(axis=0) + normal * Z.std(axis=0))


@random_codes.slip("normal is multiplied by the covariance itself: take a root of it, such as Cholesky's L.", make=True)
def _():
    return _found(lambda Z, normal: Z.mean(axis=0) + normal @ np.atleast_2d(np.cov(Z, rowvar=False)))


@random_codes.slip("the transpose is missing: with rows in `normal`, multiply by L.T.", make=True)
def _():
    return _found(
        lambda Z, normal: Z.mean(axis=0) + normal @ np.linalg.cholesky(np.atleast_2d(np.cov(Z, rowvar=False)))
    )


def _by_n(Z):
    return np.atleast_2d(np.cov(Z, rowvar=False, bias=True))


@random_codes.slip("the transpose is missing: with rows in `normal`, multiply by the transpose of the root.", make=True)
def _():
    return _found(lambda Z, normal: Z.mean(axis=0) + normal @ np.linalg.cholesky(_by_n(Z)))


@random_codes.slip(
    "normal @ covariance has the square of the covariance: take a root, such as Cholesky's L.", make=True
)
def _():
    return _found(lambda Z, normal: Z.mean(axis=0) + normal @ _by_n(Z))


@random_codes.slip("the codes are not turned back from the principal directions: V.T is missing at the end.", make=True)
def _():
    return _found(lambda Z, normal: Z.mean(axis=0) + normal * np.sqrt(np.linalg.eigvalsh(_by_n(Z))))


@random_codes.slip("the transpose of V times the roots is missing: the rows of `normal` multiply (V √λ).T.", make=True)
def _():
    def function(Z, normal):
        values, vectors = np.linalg.eigh(_by_n(Z))
        return Z.mean(axis=0) + normal @ (vectors * np.sqrt(values))

    return _found(function)


@random_codes.slip("the root is taken of each number of the matrix: that is no root of the matrix.", make=True)
def _():
    return _found(lambda Z, normal: Z.mean(axis=0) + normal @ np.sqrt(np.abs(np.atleast_2d(np.cov(Z, rowvar=False)))))


@random_codes.slip("these are codes of training pictures: nothing new can come of them.", make=True)
def _():
    return _found(lambda Z, normal: Z[: len(normal)])
