"""The exercises of chapter 21, generative adversarial networks: cases, oracles, hints and slips.

A net is sent as plain data and arrives as a chain of torch modules. Shapes are the chapter's: a batch is [n, d].
"""

import itertools
from typing import Any

import numpy as np

from nnlab.exercises.box import Net
from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-3, "atol": 2e-4}  # float32 through two nets; what a slip changes is far larger


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def _linear(rng: np.random.Generator, inputs: int, outputs: int) -> tuple:
    return "Linear", _normal(rng, outputs, inputs) / np.float32(inputs**0.5), 0.5 * _normal(rng, outputs)


def _tensor(a: np.ndarray) -> Any:
    import torch

    return torch.as_tensor(a)


# 21.1 -----------------------------------------------------------------------------------------------------------------
@exercise("21.1", "The best discriminator", reads="optimal_discriminator", points=1)
def optimal_discriminator(ask: Ask, rng: np.random.Generator) -> None:
    from scipy.special import expit

    p, q = rng.normal(-2, 2, size=(2, 6))
    ask.close(ask.call("optimal_discriminator", p, q), np.exp(p) / (np.exp(p) + np.exp(q)))
    grid_p, grid_q = rng.normal(-1, 1, size=(2, 3, 4))
    ask.close(ask.call("optimal_discriminator", grid_p, grid_q), np.exp(grid_p) / (np.exp(grid_p) + np.exp(grid_q)))
    far = np.array([-800.0, -800.0, -1000.0, 3.0, -700.0]), np.array([-801.0, -800.0, -1.0, -900.0, 700.0])
    ask.close(ask.call("optimal_discriminator", *far), expit(far[0] - far[1]))
    with np.errstate(all="ignore"):
        gone = np.array([-np.inf, -2.0]), np.array([-3.0, -np.inf])
    ask.close(ask.call("optimal_discriminator", *gone), np.array([0.0, 1.0]))


optimal_discriminator.hints(
    "Divide above and below by the density of the data: it becomes a function of the difference of the logarithms.",
    "It is the sigmoid of log_p - log_q. Which of exp(s) and exp(-s) can overflow, and for which sign of s?",
    "With small = exp(-|s|): 1 / (1 + small) where s is 0 or more, and small / (1 + small) elsewhere.",
)


def _sigmoid(s):
    return 1 / (1 + np.exp(-s))


@optimal_discriminator.slip("real and generated are exchanged: the density of the data belongs above.")
def _(log_p, log_q):
    return _sigmoid(log_q - log_p)


@optimal_discriminator.slip("exp(-800) is 0, and 0 / 0 has no value. Work with the difference of the logarithms.")
def _(log_p, log_q):
    return np.exp(log_p) / (np.exp(log_p) + np.exp(log_q))


@optimal_discriminator.slip("these are the logarithms themselves, put into the formula: take them as exponents first.")
def _(log_p, log_q):
    return log_p / (log_p + log_q)


@optimal_discriminator.slip("this is the ratio of the densities. The discriminator's probability is p / (p + q).")
def _(log_p, log_q):
    return np.exp(log_p - log_q)


@optimal_discriminator.slip("this is the score. The probability is its sigmoid.")
def _(log_p, log_q):
    return log_p - log_q


@optimal_discriminator.slip("this is the logarithm of the probability.")
def _(log_p, log_q):
    return -np.logaddexp(0, log_q - log_p)


@optimal_discriminator.slip("a tiny number below the line hides 0 / 0 and changes the answer: 0 in place of 0.5.")
def _(log_p, log_q):
    return np.exp(log_p) / (np.exp(log_p) + np.exp(log_q) + 1e-12)


@optimal_discriminator.slip("the difference is cut to ±10: the probability may come nearer to 0 and 1 than that.")
def _(log_p, log_q):
    return _sigmoid(np.clip(log_p - log_q, -10, 10))


# 21.2 -----------------------------------------------------------------------------------------------------------------
def _softplus(s):
    return np.logaddexp(0, s)


def _forward(weights: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """Oracle: Linear, Tanh, Linear in plain NumPy."""
    w1, b1, w2, b2 = weights
    return np.tanh(x @ w1.T + b1) @ w2.T + b2


def _slope(loss: Any, weights: list[np.ndarray]) -> list[np.ndarray]:
    """Central differences of loss(weights), weight by weight."""
    h, result = 1e-5, []
    for k, w in enumerate(weights):
        gradient = np.zeros_like(w)
        for at in np.ndindex(*w.shape):
            ends = []
            for sign in (1, -1):
                moved = [v.copy() for v in weights]
                moved[k][at] += sign * h
                ends.append(loss(moved))
            gradient[at] = (ends[0] - ends[1]) / (2 * h)
        result.append(gradient)
    return result


def _descend(weights: list[np.ndarray], gradients: list[np.ndarray], lr: float) -> list[np.ndarray]:
    return [w - lr * g for w, g in zip(weights, gradients, strict=True)]


def _arrays(net: Net) -> list[np.ndarray]:
    return [a.astype(float) for kind, *arrays in net.layers for a in arrays if kind == "Linear"]


def _one_round(g: list, d: list, real: np.ndarray, noise: np.ndarray, lr: float) -> list[np.ndarray]:
    fake = _forward(g, noise)
    d = _descend(d, _slope(lambda v: _softplus(-_forward(v, real)).mean() + _softplus(_forward(v, fake)).mean(), d), lr)
    g = _descend(g, _slope(lambda v: _softplus(-_forward(d, _forward(v, noise))).mean(), g), lr)
    return [_forward(d, real), _forward(d, _forward(g, noise))]


@exercise("21.2", "Find the bug", reads=("diagnosis", "gan_step"), points=3)
def gan_step(ask: Ask, rng: np.random.Generator) -> None:
    ask.diagnosis("C", "ABCDE", "does not explain what the friend sees")
    for k, d, n, lr in (2, 1, 5, 0.8), (1, 2, 7, 0.5):
        generator = Net(_linear(rng, k, 3), ("Tanh",), _linear(rng, 3, d))
        discriminator = Net(_linear(rng, d, 4), ("Tanh",), _linear(rng, 4, 1))
        real, noise = _normal(rng, n, d) + 1, _normal(rng, n, k)
        aim = _one_round(_arrays(generator), _arrays(discriminator), real.astype(float), noise.astype(float), lr)
        told = f"a generator {k}-3-{d} and a discriminator {d}-4-1 with tanh, {n} real samples, rate {lr}"
        reply = ask.call("gan_step", generator, discriminator, _tensor(real), _tensor(noise), lr)
        scores = ask.parts(reply, "the scores of real", "the scores of generated samples", given=told)
        for name, got, expected in zip(("real", "generated"), scores, aim, strict=True):
            ask.close(got, expected, given=f"{told}: scores of {name} samples after the round", **NEAR)


gan_step.hints(
    "Look at one generated point: in which direction does each of the two losses pull its score? What is their sum?",
    "Each network needs the gradient of its own loss only. In the discriminator's turn the generated points are data: "
    "detach them.",
    "torch.autograd.grad(d_loss, list(discriminator.parameters())), a step; then g_loss, through the discriminator as "
    "it is now, torch.autograd.grad(g_loss, list(generator.parameters())), a step; then the two scores.",
)


def _turns(
    generator, discriminator, real, noise, lr, *, labels=(1, 0), g_loss=None, order="dg", old=False, both=False, part=1
):
    """As the book does it, with one thing changed."""
    import torch
    from torch.nn import functional as F

    def bce(scores, label):
        return F.softplus(-scores if label else scores).mean()

    def d_now():
        fake = generator(noise).detach()
        return part * (bce(discriminator(real), labels[0]) + bce(discriminator(fake), labels[1]))

    def g_now():
        return (g_loss or (lambda s: F.softplus(-s).mean()))(discriminator(generator(noise)))

    losses = {"d": (discriminator, d_now), "g": (generator, g_now)}
    steps = []
    for player in order:
        net, loss = losses[player]
        own = [*net.parameters(), *(discriminator.parameters() if both and player == "g" else ())]
        steps.append((own, torch.autograd.grad(loss(), own)))
        if not old:
            _move(*steps.pop(), lr)
    for step in steps:
        _move(*step, lr)
    with torch.no_grad():
        return discriminator(real), discriminator(generator(noise))


def _move(own, gradients, lr):
    import torch

    with torch.no_grad():
        for parameter, gradient in zip(own, gradients, strict=True):
            parameter -= lr * gradient


def _found(function=_turns, diagnosis="C"):
    return {"diagnosis": diagnosis, "gan_step": function}


@gan_step.slip("not A: the discriminator answers nearly 1 on real samples, which is right.", make=True)
def _():
    return _found(diagnosis="A")


@gan_step.slip("not B: on generated samples it answers 0.50. It is not sure of them at all.", make=True)
def _():
    return _found(diagnosis="B")


@gan_step.slip("not D: with the same rate the repaired game comes to the data.", make=True)
def _():
    return _found(diagnosis="D")


@gan_step.slip("not E: each round has new noise. To use it twice within a round does no harm.", make=True)
def _():
    return _found(diagnosis="E")


@gan_step.slip("this is still the friend's round: both networks step on the sum of both losses.", make=True)
def _():
    def friend(generator, discriminator, real, noise, lr):
        import torch
        from torch.nn import functional as F

        fake = generator(noise)
        scores = discriminator(fake)
        loss = F.softplus(-discriminator(real)).mean() + F.softplus(scores).mean() + F.softplus(-scores).mean()
        own = [*generator.parameters(), *discriminator.parameters()]
        _move(own, torch.autograd.grad(loss, own), lr)
        return discriminator(real), discriminator(generator(noise))

    return _found(friend)


@gan_step.slip("the labels of the discriminator are exchanged: real samples are to have the label 1.", make=True)
def _():
    return _found(lambda *given: _turns(*given, labels=(0, 1)))


@gan_step.slip("this is the minimax loss of the generator; asked for is the non-saturating one, -log D.", make=True)
def _():
    import torch

    return _found(lambda *given: _turns(*given, g_loss=lambda s: -torch.nn.functional.softplus(s).mean()))


@gan_step.slip("the generator walks the wrong way: it makes its samples easier to tell. Its label is real.", make=True)
def _():
    import torch

    return _found(lambda *given: _turns(*given, g_loss=lambda s: torch.nn.functional.softplus(s).mean()))


@gan_step.slip("the generator's turn comes first here. The discriminator is to step first.", make=True)
def _():
    return _found(lambda *given: _turns(*given, order="gd"))


@gan_step.slip(
    "the generator's gradient was computed before the discriminator's step: use the discriminator as it is *now*.",
    make=True,
)
def _():
    return _found(lambda *given: _turns(*given, old=True))


@gan_step.slip("in the generator's turn the discriminator moves too: only the generator's weights may.", make=True)
def _():
    return _found(lambda *given: _turns(*given, both=True))


@gan_step.slip(
    "the discriminator's loss is halved: it is the *sum* of two means, as `d_loss` of the friend.", make=True
)
def _():
    return _found(lambda *given: _turns(*given, part=0.5))


@gan_step.slip("only the discriminator has moved.", make=True)
def _():
    return _found(lambda *given: _turns(*given, order="d"))


@gan_step.slip("only the generator has moved.", make=True)
def _():
    return _found(lambda *given: _turns(*given, order="g"))


@gan_step.slip("the two results are exchanged: first the scores of real, then of generated samples.", make=True)
def _():
    return _found(lambda *given: _turns(*given)[::-1])


@gan_step.slip("these are probabilities; asked for are scores, before the sigmoid.", make=True)
def _():
    return _found(lambda *given: tuple(s.sigmoid() for s in _turns(*given)))


# 21.3 -----------------------------------------------------------------------------------------------------------------
NUMBERS = ("only_real", "equal", "three_times", "only_fake", "largest_score")


@exercise("21.3", "Predict", reads=NUMBERS, points=2)
def predictions(ask: Ask, rng: np.random.Generator) -> None:
    def best(alpha: float, beta: float, p: float, q: float) -> float:
        """By search: the probability at which what this place adds to the value is largest."""
        d = np.linspace(0, 1, 20001)[1:-1]
        worth = p * (alpha * np.log(d) + (1 - alpha) * np.log(1 - d))
        worth += q * (beta * np.log(d) + (1 - beta) * np.log(1 - d))
        return float(d[worth.argmax()])

    aims = best(0.9, 0, 1, 0), best(0.9, 0, 1, 1), best(0.9, 0.1, 1, 3), best(0.8, 0.2, 0, 1)
    for name, aim in zip(NUMBERS, aims, strict=False):
        ask.close(ask.value(name), aim, rtol=0, atol=6e-4)
    top = best(0.9, 0.1, 1, 0)
    ask.close(ask.value("largest_score"), float(np.log(top / (1 - top))), rtol=0, atol=6e-3)


predictions.hints(
    "The best discriminator says the mean of the two targets, weighted by what comes from this place.",
    "(b) half of 0.9 and half of 0. (c) one part of 0.9 and three parts of 0.1. (d) a flipped label is one with the "
    "target 1: how often does it come?",
    "(e) The largest probability is 0.9, where only real samples lie. The score is its logit, log(D / (1 - D)).",
)

RIGHT: dict[str, Any] = {"only_real": 0.9, "equal": 0.45, "three_times": 0.3, "only_fake": 0.2, "largest_score": 2.2}
predictions.slip("(a) where only real samples lie, D is their target: 0.9, not 1.", **RIGHT | {"only_real": 1.0})
predictions.slip("(b) this would be so without soft labels. Here half of 0.9 is left.", **RIGHT | {"equal": 0.5})
predictions.slip("(b) the target of generated samples is 0, not 0.1: (0.9 + 0) / 2.", **RIGHT | {"equal": 0.4})
predictions.slip("(b) 0.9 is only the real half of this place.", **RIGHT | {"equal": 0.9})
predictions.slip(
    "(c) the plain formula gives 1/4. With soft labels each part has its target.", **RIGHT | {"three_times": 0.25}
)
predictions.slip(
    "(c) the weights are exchanged: three parts are generated, one is real.", **RIGHT | {"three_times": 0.7}
)
predictions.slip("(c) one part of 0.9 and three parts of 0.1, divided by 4.", **RIGHT | {"three_times": 1.2})
predictions.slip("(d) without flips it would be 0. One label in five says real.", **RIGHT | {"only_fake": 0.0})
predictions.slip(
    "(d) one in five is flipped *to* real: 0.2. Four in five still say generated.", **RIGHT | {"only_fake": 0.8}
)
predictions.slip("(d) noise that flips one label in five is not the same as a guess.", **RIGHT | {"only_fake": 0.5})
predictions.slip("(e) this is the largest probability. Its score is its logit.", **RIGHT | {"largest_score": 0.9})
predictions.slip("(e) soft labels bound the score: D cannot exceed 0.9.", **RIGHT | {"largest_score": float("inf")})
predictions.slip(
    "(e) log 0.9 is the log-probability. The score is log(D / (1 - D)).", **RIGHT | {"largest_score": -0.105}
)
predictions.slip("(e) 9 is the ratio D / (1 - D). The score is its logarithm.", **RIGHT | {"largest_score": 9.0})


# 21.4 -----------------------------------------------------------------------------------------------------------------
def _modes(points: np.ndarray, centres: np.ndarray, radius: float, share: float) -> list:
    """Oracle: point by point, in loops."""
    counts = [0] * len(centres)
    for point in points:
        ways = [float(sum((a - b) ** 2 for a, b in zip(point, c, strict=True)) ** 0.5) for c in centres]
        nearest = min(range(len(centres)), key=ways.__getitem__)
        counts[nearest] += ways[nearest] <= radius
    return [sum(c >= share * len(points) for c in counts), sum(counts) / len(points)]


@exercise("21.4", "Count the modes", reads="count_modes", points=2)
def count_modes(ask: Ask, rng: np.random.Generator) -> None:
    for k, d, n, radius, share in (
        (5, 2, 60, 0.6, 0.05),
        (3, 1, 40, 0.7, 0.1),
        (6, 3, 80, 1.4, 0.1),
        (4, 2, 50, 3.0, 0.2),
    ):
        centres = rng.normal(size=(k, d)) * 2
        use = rng.permutation(k)[: max(1, k - 1)]
        points = centres[rng.choice(use, n)] + rng.normal(size=(n, d)) * 0.6
        aim = _modes(points, centres, radius, share)
        told = f"{n} points in {d} dimensions, {k} centres, radius {radius}, share {share}"
        ask.close(ask.call("count_modes", points, centres, radius, share), aim, given=told)
    # Exactly the share is enough, and exactly the radius; one centre takes all.
    line = np.array([[0.0], [1.0], [5.0], [5.5], [9.0], [9.0], [9.0], [20.0], [30.0], [40.0]])
    corner = np.array([[0.0], [5.0], [9.5]]), 0.5, 0.3
    ask.close(ask.call("count_modes", line, *corner), _modes(line, *corner), given="ten points on a line, share 0.3")
    close = np.array([[0.3]] * 4 + [[9.0]] * 6), np.array([[0.0], [1.0], [9.2]]), 0.8, 0.3
    ask.close(ask.call("count_modes", *close), _modes(*close), given="two centres whose circles overlap")
    far = np.full((4, 2), 100.0), np.zeros((3, 2)), 1.0, 0.1
    ask.close(ask.call("count_modes", *far), [0, 0.0], given="four points far from all centres")


count_modes.hints(
    "Three steps: the distances of all points to all centres; the nearest centre of each point; who is near enough.",
    "points[:, None] - centres has the shape (n, k, d). Its norm along the last axis is (n, k).",
    "np.bincount(nearest[good], minlength=k) counts the good points of each centre; compare it with share * n.",
)


def _counted(points, centres, radius, share, *, of_good=False, more=False, any_in=False, good_of=None, square=False):
    points, centres = np.asarray(points, float), np.asarray(centres, float)
    distances = np.linalg.norm(points[:, None] - centres, axis=2)
    distances = distances**2 if square else distances
    good = distances.min(axis=1) <= radius
    counts = (
        (distances <= radius).sum(axis=0)
        if any_in
        else np.bincount(distances.argmin(axis=1)[good], minlength=len(centres))
    )
    limit = share * (good.sum() if of_good else len(points))
    found = counts > limit if more else counts >= limit
    return int(found.sum()), float(good.mean()) if good_of is None else good_of(good, found, counts)


@count_modes.slip("every mode with at least one point is counted: at least the given share of all points is asked for.")
def _(points, centres, radius, share):
    return _counted(points, centres, radius, 1 / len(points))


@count_modes.slip("the share is taken of the good points: it is a share of *all* points.")
def _(points, centres, radius, share):
    return _counted(points, centres, radius, share, of_good=True)


@count_modes.slip("a mode with exactly the share counts: at least, not more than.")
def _(points, centres, radius, share):
    return _counted(points, centres, radius, share, more=True)


@count_modes.slip("a point near two centres is counted twice: it belongs to its nearest centre only.")
def _(points, centres, radius, share):
    return _counted(points, centres, radius, share, any_in=True)


@count_modes.slip("each point counts for its nearest centre here, however far away that is. Only good points do.")
def _(points, centres, radius, share):
    distances = np.linalg.norm(np.asarray(points)[:, None] - np.asarray(centres), axis=2)
    counts = np.bincount(distances.argmin(axis=1), minlength=len(centres))
    return int((counts >= share * len(points)).sum()), float((distances.min(axis=1) <= radius).mean())


@count_modes.slip("the radius is compared with the *squared* distance.")
def _(points, centres, radius, share):
    return _counted(points, centres, radius, share, square=True)


@count_modes.slip("the second number is the count of good points: divide by the number of all points.")
def _(points, centres, radius, share):
    return _counted(points, centres, radius, share, good_of=lambda good, found, counts: int(good.sum()))


@count_modes.slip("the second number is the share of *modes* that were found. Asked for is the share of good points.")
def _(points, centres, radius, share):
    return _counted(points, centres, radius, share, good_of=lambda good, found, counts: float(found.mean()))


@count_modes.slip("the second number counts only good points of modes that were found: all good points count.")
def _(points, centres, radius, share):
    n = len(points)
    return _counted(points, centres, radius, share, good_of=lambda good, found, counts: float(counts[found].sum() / n))


@count_modes.slip("the two results are exchanged: first the number of modes.")
def _(points, centres, radius, share):
    return _counted(points, centres, radius, share)[::-1]


# 21.5 -----------------------------------------------------------------------------------------------------------------
@exercise("21.5", "Moving earth in one dimension", reads="wasserstein", points=2)
def wasserstein(ask: Ask, rng: np.random.Generator) -> None:
    from scipy.stats import wasserstein_distance

    pairs = [
        (rng.normal(size=n), rng.normal(rng.uniform(-2, 2), 2, size=m)) for n, m in ((6, 6), (5, 8), (9, 4), (1, 7))
    ]
    # Pairings are not the only plans: here each grain is divided.
    pairs += [(np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0])), (np.array([3, -1, 2]), np.array([2, 3, -1]))]
    pairs += [(np.array([1e6, 1e6 + 1]), np.array([1e6 + 2.0, 1e6 + 3, 1e6 + 7]))]
    for x, y in pairs:
        ask.close(ask.call("wasserstein", x, y), wasserstein_distance(x, y), rtol=1e-5, atol=1e-6)
    a, b = rng.normal(size=5), rng.normal(1, 1, size=5)
    brute = min(float(np.abs(a - b[list(order)]).mean()) for order in itertools.permutations(range(5)))
    ask.close(ask.call("wasserstein", a, b), brute, given="five and five numbers, against all 120 pairings")


wasserstein.hints(
    "Draw the two staircases F: the share of each sample that lies at t or to its left. Which area is the distance?",
    "Between two neighbouring places of all n + m numbers both staircases are flat. The height there is the difference "
    "of two shares; the width is the difference of the places.",
    "np.searchsorted(sorted_x, places[:-1], side='right') / n is F at the left end of each interval.",
)


def _staircases(x, y, *, side="right", height=np.abs, ends=slice(None, -1)):
    x, y = np.sort(np.asarray(x, float)), np.sort(np.asarray(y, float))
    places = np.sort(np.concatenate([x, y]))
    f_x = np.searchsorted(x, places[ends], side=side) / len(x)
    f_y = np.searchsorted(y, places[ends], side=side) / len(y)
    return float((height(f_x - f_y) * np.diff(places)).sum())


@wasserstein.slip("this is the distance of the two means. Grains that lie on both sides must be carried too.")
def _(x, y):
    return float(abs(np.mean(x) - np.mean(y)))


@wasserstein.slip("the numbers are paired in the order in which they come. Sort both first.")
def _(x, y):
    n = min(len(x), len(y))
    return float(np.abs(np.asarray(x)[:n] - np.asarray(y)[:n]).mean())


@wasserstein.slip("of the longer sample only the first numbers are used. All of them weigh, each 1/m.")
def _(x, y):
    n = min(len(x), len(y))
    return float(np.abs(np.sort(x)[:n] - np.sort(y)[:n]).mean())


@wasserstein.slip("each number goes to its *nearest* partner, so some partners are used twice and others never.")
def _(x, y):
    return float(np.abs(np.asarray(x, float)[:, None] - np.asarray(y, float)).min(axis=1).mean())


@wasserstein.slip(
    "this is the mean distance of all pairs: every grain goes everywhere. The cheapest plan is asked for."
)
def _(x, y):
    return float(np.abs(np.asarray(x, float)[:, None] - np.asarray(y, float)).mean())


@wasserstein.slip("the area between the staircases counts without its sign, else left and right cancel.")
def _(x, y):
    return _staircases(x, y, height=lambda h: h)


@wasserstein.slip("the difference of the staircases is squared here: the Wasserstein distance takes it as it is.")
def _(x, y):
    return _staircases(x, y, height=np.square)


@wasserstein.slip("each staircase stands one step too low: F(t) counts the numbers at t, too (side='right').")
def _(x, y):
    return _staircases(x, y, side="left")


@wasserstein.slip(
    "these are the heights at the right end of each interval; between two places those at its left end hold."
)
def _(x, y):
    return _staircases(x, y, ends=slice(1, None))


@wasserstein.slip("this is the sum of the ways. Each grain weighs 1/n: take the mean.")
def _(x, y):
    return _staircases(x, y) * len(x)


@wasserstein.slip("this is the root of the mean *squared* way, the distance W2. W1 takes the ways themselves.")
def _(x, y):
    n = len(x) * len(y)
    return float(np.sqrt(np.mean((np.repeat(np.sort(x), n // len(x)) - np.repeat(np.sort(y), n // len(y))) ** 2)))


# 21.6 -----------------------------------------------------------------------------------------------------------------
def _input_slopes(weights: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """Oracle: by central differences with respect to each coordinate; the gradient of each case, [n, d]."""
    h, columns = 1e-4, []
    for j in range(x.shape[1]):
        step = np.zeros(x.shape[1])
        step[j] = h
        columns.append((_forward(weights, x + step) - _forward(weights, x - step))[:, 0] / (2 * h))
    return np.stack(columns, axis=1)


def _penalty_of(weights: list[np.ndarray], between: np.ndarray) -> float:
    return float(((np.linalg.norm(_input_slopes(weights, between), axis=1) - 1) ** 2).mean())


@exercise("21.6", "A step with gradient penalty", reads="critic_step", points=3)
def critic_step(ask: Ask, rng: np.random.Generator) -> None:
    # A line has the same slope everywhere: all in closed form.
    for d, n, weight in (2, 5, 3.0), (3, 4, 0.5):
        w, b = rng.normal(size=(1, d)) * 2, rng.normal(size=1)
        real, fake, share = rng.normal(size=(n, d)) + 1, rng.normal(size=(n, d)), rng.uniform(size=(n, 1))
        w, b, real, fake, share = (a.astype(np.float32).astype(float) for a in (w, b, real, fake, share))
        lr, length = 0.1, np.linalg.norm(w)
        gradient = fake.mean(0) - real.mean(0) + weight * 2 * (length - 1) * w / length
        aim = [(length - 1) ** 2, real @ (w - lr * gradient).T + b]
        net = Net(("Linear", w.astype(np.float32), b.astype(np.float32)))
        _ask_step(ask, net, real, fake, share, lr, weight, aim, f"a critic {d}-1, a line; weight {weight}")
    for d, n, weight in (2, 4, 2.0), (1, 3, 5.0):
        net = Net(_linear(rng, d, 3), ("Tanh",), _linear(rng, 3, 1))
        net.layers[0][1][...] *= 2  # bent enough for the place of a slope to matter
        net.layers[2][1][...] *= 2
        weights, lr = _arrays(net), 0.2
        real, fake, share = (
            a.astype(np.float32).astype(float)
            for a in (rng.normal(size=(n, d)) + 1, rng.normal(size=(n, d)), rng.uniform(size=(n, 1)))
        )
        between = share * real + (1 - share) * fake

        def loss(v, real=real, fake=fake, between=between, weight=weight):
            return _forward(v, fake).mean() - _forward(v, real).mean() + weight * _penalty_of(v, between)

        aim = [_penalty_of(weights, between), _forward(_descend(weights, _slope(loss, weights), lr), real)]
        _ask_step(ask, net, real, fake, share, lr, weight, aim, f"a critic {d}-3-1 with tanh; weight {weight}")


def _ask_step(ask, net, real, fake, share, lr, weight, aim, told) -> None:
    points = [_tensor(a.astype(np.float32)) for a in (real, fake, share)]
    reply = ask.call("critic_step", net, *points, lr, weight)
    penalty, scores = ask.parts(reply, "the penalty", "the scores of real", given=told)
    ask.close(penalty, aim[0], given=f"{told}: the penalty before the step", rtol=2e-3, atol=2e-4)
    ask.close(scores, aim[1], given=f"{told}: the scores of real after the step", rtol=2e-3, atol=2e-3)


critic_step.hints(
    "Where: share * real + (1 - share) * fake, as a tensor that requires a gradient. What: the gradient of the summed "
    "scores with respect to these points, one row each.",
    "Length of each row, minus 1, squared, mean. Without create_graph=True this penalty is a mere number, and the step "
    "does not feel it.",
    "(slopes,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True); then the loss, and its "
    "gradient for list(critic.parameters()), and p -= lr * g under torch.no_grad().",
)


def _stepped(
    critic, real, fake, share, lr, weight, *,
    place=None, length=None, bend=None, total=None, graph=True, sign=1, times=None, swap=False, after=True,
):  # fmt: skip
    """As the book does it, with one thing changed."""
    import torch

    place = place or (lambda share, real, fake: share * real + (1 - share) * fake)
    between = place(share, real, fake).detach().requires_grad_()
    (slopes,) = torch.autograd.grad((total or torch.sum)(critic(between)), between, create_graph=True)
    lengths = (length or (lambda s: s.norm(dim=1)))(slopes)
    penalty = (bend or (lambda k: ((k - 1) ** 2).mean()))(lengths)
    felt = penalty if graph else penalty.detach()
    loss = sign * (critic(fake).mean() - critic(real).mean()) + (weight if times is None else times) * felt
    before = critic(real).detach()
    own = list(critic.parameters())
    _move(own, torch.autograd.grad(loss, own, materialize_grads=True, allow_unused=True), lr)
    result = penalty.item(), critic(real).detach() if after else before
    return result[::-1] if swap else result


def _slip_of_step(sentence: str, **changed: Any) -> None:
    critic_step.slip(sentence, make=True)(
        lambda: lambda *given: _stepped(*given, **changed),
    )


_slip_of_step(
    "the slopes are taken at the real points: points between real and fake are asked for.", place=lambda u, r, f: r
)
_slip_of_step(
    "the slopes are taken at the generated points: points between real and fake are asked for.", place=lambda u, r, f: f
)
_slip_of_step(
    "share belongs to the real point: share * real + (1 - share) * fake.", place=lambda u, r, f: u * f + (1 - u) * r
)
_slip_of_step("all points lie half way: each pair has its own share.", place=lambda u, r, f: (r + f) / 2)
_slip_of_step(
    "the length is missing its root: the sum of squares minus 1 is punished.", length=lambda s: (s**2).sum(dim=1)
)
_slip_of_step(
    "each coordinate of the gradient is compared with 1: take the length of each row.", length=lambda s: s.abs()
)
_slip_of_step(
    "one length of all gradients together: each point has a slope of its own (dim=1).", length=lambda s: s.norm()
)
_slip_of_step(
    "the mean comes before the square: each point's own deviation is to be squared.", bend=lambda k: (k.mean() - 1) ** 2
)
_slip_of_step(
    "slopes below 1 are not punished here. The penalty of the text has two sides.",
    bend=lambda k: ((k - 1).clamp(min=0) ** 2).mean(),
)
_slip_of_step("this draws the slopes to 0, as R1 does. The aim is 1.", bend=lambda k: (k**2).mean())
_slip_of_step("the deviation is not squared.", bend=lambda k: (k - 1).abs().mean())
_slip_of_step("the penalties are added up: take their mean.", bend=lambda k: ((k - 1) ** 2).sum())
_slip_of_step(
    "the gradient of the *mean* score is n times too small: take the sum, so each row is its own gradient.",
    total=lambda s: s.mean(),
)
_slip_of_step("the step does not feel the penalty: create_graph=True is missing, or it was detached.", graph=False)
_slip_of_step("the critic walks the wrong way: it makes mean f(fake) - mean f(real) small, plus the penalty.", sign=-1)
_slip_of_step("the factor `weight` of the penalty is missing in the loss.", times=1.0)
_slip_of_step("the two results are exchanged: first the penalty.", swap=True)
_slip_of_step("these are the scores from before the step.", after=False)
