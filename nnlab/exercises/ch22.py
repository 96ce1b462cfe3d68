"""The exercises of chapter 22, diffusion: cases, oracles, hints and slips."""

from itertools import pairwise
from typing import Any

import numpy as np
from scipy.stats import norm

from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-4, "atol": 1e-5}


def _betas(rng: np.random.Generator, steps: int) -> np.ndarray:
    return rng.uniform(0.05, 0.6, size=steps)


def _bar(beta: Any, t: int) -> float:
    return float(np.prod(1 - np.asarray(beta, float)[:t]))


# 22.1 -----------------------------------------------------------------------------------------------------------------
@exercise("22.1", "Jump to step t", reads="noisy")
def noisy(ask: Ask, rng: np.random.Generator) -> None:
    for steps, t, shape in (5, 3, (2, 2)), (4, 4, (3,)), (3, 1, (1,)), (6, 0, (2,)):
        beta = _betas(rng, steps)
        x0, noise = 2 * rng.normal(size=shape), rng.normal(size=shape)
        # Oracle: the single steps, of which the noise is put together at the end.
        mean, variance = x0.copy(), 0.0
        for b in beta[:t]:
            mean, variance = (1 - b) ** 0.5 * mean, (1 - b) * variance + b
        ask.close(ask.call("noisy", x0, t, noise, beta), mean + variance**0.5 * noise, **NEAR)


noisy.hints(
    "Two shares are needed: that of the picture and that of the noise. Their squares add up to 1.",
    "After t steps, the product of the first t numbers 1 - beta is left of the picture's variance.",
    "np.prod((1 - beta)[:t]) is alpha bar; for t = 0 the product of no numbers is 1.",
)


@noisy.slip("alpha bar multiplies the picture itself: take the square root, as alpha bar is a share of the variance.")
def _(x0, t, noise, beta):
    return _bar(beta, t) * x0 + (1 - _bar(beta, t)) * noise


@noisy.slip("the noise needs a square root too: its variance is 1 - alpha bar.")
def _(x0, t, noise, beta):
    return np.sqrt(_bar(beta, t)) * x0 + (1 - _bar(beta, t)) * noise


@noisy.slip("the two shares must have squares that add up to 1: sqrt(1 - alpha bar), not 1 - sqrt(alpha bar).")
def _(x0, t, noise, beta):
    return np.sqrt(_bar(beta, t)) * x0 + (1 - np.sqrt(_bar(beta, t))) * noise


@noisy.slip("one step too many: after t steps there are t factors, beta[0] to beta[t - 1].")
def _(x0, t, noise, beta):
    return np.sqrt(_bar(beta, t + 1)) * x0 + np.sqrt(1 - _bar(beta, t + 1)) * noise


@noisy.slip("one step too few: beta[0] belongs to step 1, so t steps take beta[:t].")
def _(x0, t, noise, beta):
    kept = _bar(beta, max(t - 1, 0))
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * noise


@noisy.slip("for t = 0 the index t - 1 is -1, the end of the list: then no alpha at all is to be multiplied.")
def _(x0, t, noise, beta):
    kept = np.cumprod(1 - np.asarray(beta))[t - 1]
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * noise


@noisy.slip("the alpha of step t was raised to the power t: each step has its own beta.")
def _(x0, t, noise, beta):
    kept = (1 - beta[t - 1]) ** t
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * noise


@noisy.slip("only the last step is made: multiply 1 - beta over all the steps so far.")
def _(x0, t, noise, beta):
    return np.sqrt(1 - beta[t - 1]) * x0 + np.sqrt(beta[t - 1]) * noise


@noisy.slip("the product is over 1 - beta, and not over beta.")
def _(x0, t, noise, beta):
    kept = np.prod(beta[:t])
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * noise


@noisy.slip("one minus the sum of the betas is only nearly the product: multiply 1 - beta step by step.")
def _(x0, t, noise, beta):
    kept = 1 - np.sum(beta[:t])
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * noise


@noisy.slip("the two shares have changed places: with t the picture must become less, and the noise more.")
def _(x0, t, noise, beta):
    return np.sqrt(1 - _bar(beta, t)) * x0 + np.sqrt(_bar(beta, t)) * noise


@noisy.slip("the noise of the last step alone: in one jump, the noise stands for that of all steps.")
def _(x0, t, noise, beta):
    return np.sqrt(_bar(beta, t)) * x0 + np.sqrt(beta[t - 1]) * noise


# 22.2 -----------------------------------------------------------------------------------------------------------------
def _conditional(x0: np.ndarray, xt: np.ndarray, t: int, beta: np.ndarray) -> tuple[np.ndarray, float]:
    """Oracle: mean and variance of x_{t-1} given x_t, from the joint Gaussian of the two, given x_0."""
    before, kept = _bar(beta, t - 1), _bar(beta, t)
    covariance = np.sqrt(1 - beta[t - 1]) * (1 - before)
    gain = covariance / (1 - kept)
    mean = np.sqrt(before) * x0 + gain * (xt - np.sqrt(kept) * x0)
    return mean, float((1 - before) - gain * covariance)


@exercise("22.2", "The mean of one step back", reads="posterior_mean", points=2)
def posterior_mean(ask: Ask, rng: np.random.Generator) -> None:
    for steps, t, shape in (5, 3, (2, 2)), (4, 4, (3,)), (6, 2, (1,)), (3, 1, (2,)), (1, 1, (1,)):
        beta = _betas(rng, steps)
        x0, xt = 2 * rng.normal(size=shape), rng.normal(size=shape)
        ask.close(ask.call("posterior_mean", x0, xt, t, beta), _conditional(x0, xt, t, beta)[0], **NEAR)


posterior_mean.hints(
    "You need alpha bar twice: after t steps, and after t - 1.",
    "np.prod(alpha[: t - 1]) is 1 for t = 1, as it should be. beta of step t is beta[t - 1].",
    "Try t = 1: the factor of x0 must be 1 there, and that of xt 0.",
)


def _mean(x0, xt, t, beta, *, before=None, kept=None, root=np.sqrt, swap=False, alpha=None, square=True):
    b = beta[t - 1]
    before = _bar(beta, t - 1) if before is None else before
    kept = _bar(beta, t) if kept is None else kept
    alpha = 1 - b if alpha is None else alpha
    one, other = root(before) * b / (1 - kept), root(alpha) * (1 - before) / (1 - kept)
    return other * x0 + one * xt if swap else one * x0 + other * xt


@posterior_mean.slip("the two factors have changed places: for t = 1 the mean must be x0.")
def _(x0, xt, t, beta):
    return _mean(x0, xt, t, beta, swap=True)


@posterior_mean.slip("the square roots are missing: alpha bar is a share of the variance.")
def _(x0, xt, t, beta):
    return _mean(x0, xt, t, beta, root=lambda share: share)


@posterior_mean.slip("one step too far: alpha bar after t and t + 1 steps was taken for that after t - 1 and t.")
def _(x0, xt, t, beta):
    return _mean(x0, xt, t, beta, before=_bar(beta, t), kept=_bar(beta, t + 1))


@posterior_mean.slip("alpha bar before the step was used everywhere: the denominators are 1 - alpha bar after t steps.")
def _(x0, xt, t, beta):
    return _mean(x0, xt, t, beta, kept=_bar(beta, t - 1))


@posterior_mean.slip("alpha bar after the step was used everywhere: the numerators take that after t - 1 steps.")
def _(x0, xt, t, beta):
    return _mean(x0, xt, t, beta, before=_bar(beta, t))


@posterior_mean.slip("for t = 1 the index t - 2 is -1, the end of the list: alpha bar after 0 steps is 1.")
def _(x0, xt, t, beta):
    return _mean(x0, xt, t, beta, before=np.cumprod(1 - np.asarray(beta))[t - 2])


@posterior_mean.slip("the denominators are 1 - alpha bar, without a root.")
def _(x0, xt, t, beta):
    return _mean(x0, xt, t, beta) * np.sqrt(1 - _bar(beta, t))


@posterior_mean.slip("at x_t stands the alpha of this step alone, sqrt(1 - beta_t), and not alpha bar.")
def _(x0, xt, t, beta):
    return _mean(x0, xt, t, beta, alpha=_bar(beta, t))


@posterior_mean.slip("beta of the next step: step t belongs to beta[t - 1].")
def _(x0, xt, t, beta):
    shifted = np.roll(beta, -1)
    return _mean(x0, xt, t, shifted, before=_bar(beta, t - 1), kept=_bar(beta, t))


@posterior_mean.slip("this is the mean of x_{t-1} given x0 alone: x_t says something too.")
def _(x0, xt, t, beta):
    return np.sqrt(_bar(beta, t - 1)) * x0 + 0 * xt


@posterior_mean.slip("the step was only scaled back: x_t divided by sqrt(1 - beta). x0 says more than that.")
def _(x0, xt, t, beta):
    return xt / np.sqrt(1 - beta[t - 1]) + 0 * x0


# 22.3 -----------------------------------------------------------------------------------------------------------------
@exercise("22.3", "One reverse step", reads="reverse_step", points=2)
def reverse_step(ask: Ask, rng: np.random.Generator) -> None:
    for steps, t, shape in (5, 3, (2, 2)), (4, 4, (3,)), (6, 2, (1,)), (3, 1, (2,)):
        beta = _betas(rng, steps)
        x, guess, draw = (rng.normal(size=shape) for _ in range(3))
        x0 = (x - np.sqrt(1 - _bar(beta, t)) * guess) / np.sqrt(_bar(beta, t))  # Oracle: through x0
        mean, variance = _conditional(x0, x, t, beta)
        expected = mean + np.sqrt(max(variance, 0.0)) * draw
        ask.close(ask.call("reverse_step", x, guess, t, beta, draw), expected, **NEAR)


reverse_step.hints(
    "Compute the mean first, and look at it with draw = 0. Then add the noise.",
    "The mean: take beta_t / b_t of the guess away from x, and divide all of it by the root of 1 - beta_t.",
    "The noise: the root of the variance, times draw. In the first step of the chain, t = 1, the variance must be 0.",
)


def _back(x, guess, t, beta, draw, *, variance=None, sign=1.0, root=True, share=None, alpha=None, spread=np.sqrt):
    b, kept, before = beta[t - 1], _bar(beta, t), _bar(beta, t - 1)
    share = b / np.sqrt(1 - kept) if share is None else share
    mean = (x - sign * share * guess) / (np.sqrt(1 - b) if alpha is None else alpha)
    variance = (1 - before) / (1 - kept) * b if variance is None else variance
    return mean + spread(variance) * draw


@reverse_step.slip("the guess is noise that is in x: it is taken away, not added.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, sign=-1.0)


@reverse_step.slip("no new noise is added: the draw, times the standard deviation, is missing.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, 0 * draw)


@reverse_step.slip("it was multiplied by the root of 1 - beta_t: going back, the step is undone, so divide.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, alpha=1 / np.sqrt(1 - beta[t - 1]))


@reverse_step.slip("the guess was taken for x0; it is a guess of the noise.")
def _(x, guess, t, beta, draw):
    mean, variance = _conditional(guess, x, t, beta)
    return mean + np.sqrt(max(variance, 0.0)) * draw


@reverse_step.slip("the variance multiplies the draw: take its square root first, the standard deviation.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, spread=lambda variance: variance)


@reverse_step.slip("the variance is beta itself here. The posterior's is smaller, and 0 in the last step, t = 1.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, variance=beta[t - 1])


@reverse_step.slip("the noise has variance 1: it needs the posterior's standard deviation.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, variance=1.0)


@reverse_step.slip("beta is divided by the *root* of 1 - alpha bar, that is by b_t.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, share=beta[t - 1] / (1 - _bar(beta, t)))


@reverse_step.slip("all of the noise is taken away at once (b_t times the guess): this step takes only beta_t / b_t.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, share=np.sqrt(1 - _bar(beta, t)))


@reverse_step.slip("this is the guess of x0, with noise: one step leads to t - 1, not to the data.")
def _(x, guess, t, beta, draw):
    kept = _bar(beta, t)
    return _back(x, guess, t, beta, draw, share=np.sqrt(1 - kept), alpha=np.sqrt(kept))


@reverse_step.slip("the division by the root of 1 - beta_t is missing.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, alpha=1.0)


@reverse_step.slip("divide by the square root of 1 - beta_t, not by 1 - beta_t.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, alpha=1 - beta[t - 1])


@reverse_step.slip("divide by the root of this step's 1 - beta_t alone, and not by that of alpha bar.")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, beta, draw, alpha=np.sqrt(_bar(beta, t)))


@reverse_step.slip("the wrong beta: beta[0] belongs to step 1, so step t takes beta[t - 1].")
def _(x, guess, t, beta, draw):
    return _back(x, guess, t, np.roll(beta, -1), draw)


@reverse_step.slip("the fraction of the variance is upside down: (1 - alpha bar before) / (1 - alpha bar now).")
def _(x, guess, t, beta, draw):
    before, kept = _bar(beta, t - 1), _bar(beta, t)
    return _back(x, guess, t, beta, draw, variance=(1 - kept) / max(1 - before, 1e-12) * beta[t - 1])


# 22.4 -----------------------------------------------------------------------------------------------------------------
WIDTH = 0.2


def _best_x0(x: np.ndarray, level: float, points: np.ndarray) -> np.ndarray:
    """Oracle: the mean of x0 given x, bump by bump, for points of this width."""
    a, spread = level**0.5, (level * WIDTH**2 + 1 - level) ** 0.5
    found = np.zeros(len(x))
    for k, here in enumerate(x):
        chances = [norm.pdf(here, a * p, spread) for p in points]
        means = [p + a * WIDTH**2 / spread**2 * (here - a * p) for p in points]
        found[k] = np.dot(chances, means) / np.sum(chances)
    return found


def _follow(x, levels, points, step=None):
    """DDIM as an Euler step in the ratio of noise to signal: another way to the same numbers."""
    for here, there in pairwise(levels):
        x0 = _best_x0(x, here, points)
        if step:
            x = step(x, x0, here, there)
            continue
        ratio, next_ratio = ((1 - level) ** 0.5 / level**0.5 for level in (here, there))
        slope = (x / here**0.5 - x0) / ratio
        x = there**0.5 * (x / here**0.5 + (next_ratio - ratio) * slope)
    return x


@exercise("22.4", "DDIM with ten steps", reads="ddim", points=2)
def ddim(ask: Ask, rng: np.random.Generator) -> None:
    for steps, points, n in (10, 3, 4), (1, 2, 3), (3, 4, 1):
        levels = np.sort(np.append(rng.uniform(0.01, 0.98, size=steps), 1.0))
        where = np.sort(rng.uniform(-1.5, 1.5, size=points))
        x = rng.normal(size=n)
        ask.close(ask.call("ddim", x, levels, where), _follow(x, levels, where), rtol=1e-3, atol=1e-4)


ddim.hints(
    "A loop over pairs of neighbouring levels: the one where x is, and the one where it goes.",
    "In each step: the guess of x0 from best_x0, the guess of the noise from x and that x0, then mix the two anew.",
    "noise = (x - np.sqrt(here) * x0) / np.sqrt(1 - here); the next x takes the roots of `there` and `1 - there`.",
)


def _parts(x, x0, here):
    return x0, (x - here**0.5 * x0) / (1 - here) ** 0.5


@ddim.slip("the denoiser was asked only once, for a single step to the data: ask again at each level.")
def _(x, levels, points):
    return _follow(x, [levels[0], 1.0], points)


@ddim.slip("only the first step is made: is `return` inside the loop?")
def _(x, levels, points):
    return _follow(x, levels[:2], points)


@ddim.slip("one level too few: the last step, to level 1, is missing.")
def _(x, levels, points):
    return _follow(x, levels[:-1], points)


@ddim.slip("the guess of x0 is taken for the next x: it has to be mixed with the noise for the next level.")
def _(x, levels, points):
    return _follow(x, levels, points, lambda x, x0, here, there: x0)


@ddim.slip("the shares are those of the old level, so that x stays where it is: mix with those of the next level.")
def _(x, levels, points):
    def stay(x, x0, here, there):
        return here**0.5 * x0 + (1 - here) ** 0.5 * _parts(x, x0, here)[1]

    return _follow(x, levels, points, stay)


@ddim.slip("levels are alpha bar: the shares of picture and noise are their square roots.")
def _(x, levels, points):
    def flat(x, x0, here, there):
        return there * x0 + (1 - there) * (x - here * x0) / (1 - here)

    return _follow(x, levels, points, flat)


@ddim.slip("square roots are missing where the new x is mixed: sqrt(there) and sqrt(1 - there).")
def _(x, levels, points):
    return _follow(x, levels, points, lambda x, x0, here, there: there * x0 + (1 - there) * _parts(x, x0, here)[1])


@ddim.slip("x itself is mixed in, in place of the guess of the noise.")
def _(x, levels, points):
    return _follow(x, levels, points, lambda x, x0, here, there: there**0.5 * x0 + (1 - there) ** 0.5 * x)


@ddim.slip("the guess of the noise is not divided by its share, sqrt(1 - here).")
def _(x, levels, points):
    def bare(x, x0, here, there):
        return there**0.5 * x0 + (1 - there) ** 0.5 * (x - here**0.5 * x0)

    return _follow(x, levels, points, bare)


@ddim.slip("the denoiser is asked about the next level; x is still at the old one.")
def _(x, levels, points):
    for here, there in pairwise(levels):
        x0, noise = _parts(x, _best_x0(x, there, points), here)
        x = there**0.5 * x0 + (1 - there) ** 0.5 * noise
    return x


@ddim.slip("the levels were walked through from data to noise: begin with the first one, the noisiest.")
def _(x, levels, points):
    turned = [min(level, 0.999999) for level in levels[::-1]]
    return _follow(x, turned, points)


# 22.5 -----------------------------------------------------------------------------------------------------------------
def _walk(x, levels, draws, points, *, last=0.0, posterior=False, root=True, swap=False, noise=1.0):
    """DDPM along the levels; `last` is how much of the noise comes in the last step."""
    for here, there, draw in zip(levels[:-1], levels[1:], draws, strict=True):
        beta = 1 - here / there
        one, other = there**0.5 * beta / (1 - here), (here / there) ** 0.5 * (1 - there) / (1 - here)
        one, other = (other, one) if swap else (one, other)
        x0 = _best_x0(x, here, points)
        variance = beta * (1 - there) / (1 - here) if posterior else beta
        size = variance**0.5 if root else variance
        x = one * x0 + other * x + noise * size * draw * (last if there == 1 else 1.0)
    return x


@exercise("22.5", "Find the bug", reads=("diagnosis", "ddpm"), points=2)
def ddpm(ask: Ask, rng: np.random.Generator) -> None:
    ask.diagnosis("C", "ABCDE", "does not explain what the friend sees")
    for steps, points, n in (6, 3, 4), (2, 2, 3), (1, 2, 2):
        levels = np.sort(np.append(rng.uniform(0.05, 0.95, size=steps), 1.0))
        where, draws = np.sort(rng.uniform(-1.5, 1.5, size=points)), rng.normal(size=(steps, n))
        x = rng.normal(size=n)
        got = ask.call("ddpm", x, levels, draws, where)
        told = f"{steps} steps, {points} points"
        of_posterior = _walk(x, levels, draws, where, posterior=True)  # right too, and without noise at the end
        if np.shape(got) == x.shape and np.allclose(np.asarray(got, float), of_posterior, rtol=1e-4, atol=1e-5):
            continue
        ask.close(got, _walk(x, levels, draws, where), given=told, rtol=1e-4, atol=1e-5)


ddpm.hints(
    "What is the use of new noise, if nobody is asked any more what of it to take away?",
    "Compare with your `reverse_step`: what is its standard deviation for t = 1?",
    "The last level is 1. Add noise only where `there` is below 1; leave the rest as it is.",
)


def _found(diagnosis="C", **changed):
    return {"diagnosis": diagnosis, "ddpm": lambda x, levels, draws, points: _walk(x, levels, draws, points, **changed)}


for _letter, _why in (
    ("A", "not A: ours takes as many steps, with the same denoiser, and its bump is not too wide."),
    ("B", "not B: the weight of the guess grows towards the last step, as it must. Compare with exercise 22.2."),
    ("D", "not D: `here` is the level at which x is, and the denoiser is asked at `here`."),
    ("E", "not E: ours begins with the same `start`."),
):
    ddpm.slip(_why, make=True)(lambda letter=_letter: _found(letter))


@ddpm.slip("this is the friend's sampler still: noise comes in the last step too.", make=True)
def _():
    return _found(last=1.0)


@ddpm.slip("no step adds noise now: DDPM needs it in all steps but the last.", make=True)
def _():
    return _found(noise=0.0)


@ddpm.slip("the noise of the *first* step was left out; the last one is the one that leads to level 1.", make=True)
def _():
    def first(x, levels, draws, points):
        draws = np.concatenate([0 * draws[:1], draws[1:]])
        return _walk(x, levels, draws, points, last=1.0)

    return {"diagnosis": "C", "ddpm": first}


@ddpm.slip("the last step is missing altogether: it has to be made, only without noise.", make=True)
def _():
    return {"diagnosis": "C", "ddpm": lambda x, levels, draws, points: _walk(x, levels[:-1], draws[:-1], points)}


@ddpm.slip("the last two steps go without noise; only the one that leads to level 1 may.", make=True)
def _():
    def two(x, levels, draws, points):
        return _walk(x, levels, np.concatenate([draws[:-2], 0 * draws[-2:]]), points)

    return {"diagnosis": "C", "ddpm": two}


@ddpm.slip("the weights of the guess and of x in the mean are changed; they were right.", make=True)
def _():
    return _found(swap=True)


@ddpm.slip("beta is a variance: the draw is multiplied by its square root, as the friend did.", make=True)
def _():
    return _found(root=False)


# 22.6 -----------------------------------------------------------------------------------------------------------------
ANSWERS = {"landing": 2.0, "passes": 3000, "pushed": 1.0}


@exercise("22.6", "Predict, then run", reads=("landing", "passes", "pushed"), points=2)
def predict(ask: Ask, rng: np.random.Generator) -> None:
    for name, aim in ANSWERS.items():
        got = ask.value(name)
        number = isinstance(got, int | float) and not isinstance(got, bool)
        ask.true(number, f"got {got!r}; one number is expected", given=name)
        ask.true(number and abs(got - aim) < 1e-6, f"{got} is not what comes out", given=name)


predict.hints(
    "landing: at t = 1 there is no picture left in x, so the best guess of x0 cannot depend on x.",
    "passes: how often is the net asked for one picture in one step, if the scale is not 1?",
    "pushed: start from the answer without a label, and go three times the difference.",
)


def _numbers(**changed):
    return lambda: ANSWERS | changed


for _sentence, _changed in (
    ("landing: the middle between the two places; but three quarters of the data lie at 3.", {"landing": 1.0}),
    ("landing: the place with more data. Squared error asks for the mean, not for the likeliest.", {"landing": 3.0}),
    ("landing: 0 is the mean of the noise; of the data, three quarters lie at 3.", {"landing": 0.0}),
    ("landing: the sign. One step goes from the noise *back* to the data.", {"landing": -2.0}),
    ("passes: with guidance each picture goes through the net twice in a step.", {"passes": 1500}),
    ("passes: the guidance scale is not the number of passes: a scale of 3 also takes two.", {"passes": 4500}),
    ("passes: these are the passes for one picture; all 50 are asked for.", {"passes": 60}),
    ("passes: the number of steps alone, for one picture and without guidance.", {"passes": 30}),
    ("pushed: this is the plain answer with the label, scale 1.", {"pushed": 0.4}),
    ("pushed: begin at the answer without the label, 0.1, and not at the one with it.", {"pushed": 1.3}),
    ("pushed: this is three times the difference; add it to the answer without the label.", {"pushed": 0.9}),
    ("pushed: three times the answer with the label; the difference is what is scaled.", {"pushed": 1.2}),
    ("pushed: the difference is with minus without, 0.3.", {"pushed": -0.8}),
):
    predict.slip(_sentence, make=True)(_numbers(**_changed))
