"""The exercises of chapter 18, probability: cases, oracles, hints and slips.

A sampler is judged by its Kolmogorov-Smirnov distance, everything else by numbers.
"""

from typing import Any

import numpy as np

from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-4, "atol": 1e-6}


# 18.1 -----------------------------------------------------------------------------------------------------------------
ILL, ALARM_ILL, ALARM_HEALTHY = 0.02, 0.8, 0.05
PEOPLE = 1_000_000  # the oracle counts people, as chapter 01 did


@exercise("18.1", "Bayes by hand", reads=("after_alarm", "after_silence", "after_two", "after_copy"))
def bayes(ask: Ask, rng: np.random.Generator) -> None:
    ill = round(PEOPLE * ILL)
    healthy = PEOPLE - ill
    hits, false = round(ill * ALARM_ILL), round(healthy * ALARM_HEALTHY)
    twice_hits, twice_false = round(hits * ALARM_ILL), round(false * ALARM_HEALTHY)
    right = {
        "after_alarm": hits / (hits + false),
        "after_silence": (ill - hits) / (PEOPLE - hits - false),
        "after_two": twice_hits / (twice_hits + twice_false),
        "after_copy": hits / (hits + false),  # whoever has one alarm has two
    }
    for name, number in right.items():
        got = ask.value(name)
        good = isinstance(got, int | float) and not isinstance(got, bool) and abs(got - number) <= 6e-5
        told = f"got {got}" if isinstance(got, int | float) else "a number is expected"
        ask.true(good, f"{told}\nwhich is not the probability of being ill", given=name)


bayes.hints(
    "Think of 100 000 people: how many are ill, how many of these have an alarm, how many of the healthy have one?",
    "Posterior odds = prior odds times likelihood ratio. Prior odds 2 : 98; an alarm multiplies them by 0.8 / 0.05, "
    "no alarm by 0.2 / 0.95. A probability is odds / (1 + odds).",
    "Two independent alarms multiply the odds by 16 twice. A copied result is the same for everybody who had the first "
    "one: what factor does it bring?",
)

_AFTER: dict[str, Any] = {
    "after_alarm": 16 / 65,
    "after_silence": 4 / 935,
    "after_two": 1280 / 1525,
    "after_copy": 16 / 65,
}

bayes.slip(
    "after_alarm: 0.8 is the probability of an alarm given the illness. The question is the other way round.",
    **_AFTER | {"after_alarm": 0.8},
)
bayes.slip(
    "after_alarm: 0.016 is the joint probability, ill and alarm. Divide it by the probability of an alarm.",
    **_AFTER | {"after_alarm": 0.016},
)
bayes.slip(
    "after_alarm: the base rate is missing. 98 of 100 people are healthy, and their false alarms count.",
    **_AFTER | {"after_alarm": 0.8 / 0.85},
)
bayes.slip(
    "after_alarm: these are the odds, ill to healthy. The probability is odds / (1 + odds).",
    **_AFTER | {"after_alarm": 16 / 49},
)
bayes.slip(
    "after_alarm: a number between 0 and 1 is asked for, not a percentage.", **_AFTER | {"after_alarm": 1600 / 65}
)
bayes.slip(
    "after_silence: this is one minus the answer after an alarm. Those who get no alarm are other people: count them.",
    **_AFTER | {"after_silence": 49 / 65},
)
bayes.slip(
    "after_silence: this is the probability of being healthy after a test without an alarm.",
    **_AFTER | {"after_silence": 931 / 935},
)
bayes.slip(
    "after_silence: 0.2 is the probability of no alarm given the illness, not of the illness given no alarm.",
    **_AFTER | {"after_silence": 0.2},
)
bayes.slip(
    "after_silence: without an alarm the illness is less probable than it was before the test, 0.02.",
    **_AFTER | {"after_silence": 0.02},
)
bayes.slip(
    "after_two: this is the square of the answer after one alarm. It is the likelihoods that multiply, not posteriors.",
    **_AFTER | {"after_two": (16 / 65) ** 2},
)
bayes.slip(
    "after_two: the two errors are independent given the state, so the second alarm is one more factor 16 on the odds.",
    **_AFTER | {"after_two": 16 / 65},
)
bayes.slip(
    "after_two: the second alarm was counted for the ill only. The healthy with two alarms are 0.05 × 0.05 of them.",
    **_AFTER | {"after_two": 0.0128 / (0.0128 + 0.049)},
)
bayes.slip(
    "after_two: for two alarms the healthy have 0.05 × 0.05; you have doubled the numbers where they must be squared.",
    **_AFTER | {"after_two": 0.032 / (0.032 + 0.0049)},
)
bayes.slip(
    "after_copy: a copy of the first result says nothing new. Everybody with one alarm gets the second one too.",
    **_AFTER | {"after_copy": 1280 / 1525},
)
bayes.slip(
    "after_copy: the second result says nothing new, but the first one does: it is not the base rate any more.",
    **_AFTER | {"after_copy": 0.02},
)


# 18.2 -----------------------------------------------------------------------------------------------------------------
SAMPLES = 4000
KS_BOUND = 2.6  # right samples exceed 2.6 / sqrt(n) about 3 times in a million


@exercise("18.2", "Sample by the inverse of F", reads="sample_logistic", points=2)
def sample_logistic(ask: Ask, rng: np.random.Generator) -> None:
    from scipy import stats

    m, s = float(rng.integers(2, 6)), float(rng.integers(2, 5))
    half = ask.call("sample_logistic", np.array([0.5]), m, s)
    ask.close(half, [m], rtol=1e-6, atol=1e-9)  # half of the samples are below m
    for center, width in (m, s), (-3.0, 0.5), (0.0, 1.0):
        u = rng.random(SAMPLES)
        got = np.asarray(ask.call("sample_logistic", u, center, width))
        given = f"sample_logistic(u, m={center:g}, s={width:g}) with {SAMPLES} uniform numbers u"
        ask.true(got.shape == u.shape, f"got the shape {got.shape}, expected {u.shape}", given=given)
        if got.shape != u.shape or not np.isfinite(got).all():
            ask.true(False, "every sample is to be a finite number", given=given)
            return
        distance = float(stats.kstest(got, stats.logistic(center, width).cdf).statistic)
        ask.true(
            distance < KS_BOUND / SAMPLES**0.5,
            f"the share of samples up to x differs from F(x) by up to {distance:.3f};\n"
            f"right samples stay below {KS_BOUND / SAMPLES**0.5:.3f}. Your median is {np.median(got):.3g}, and the "
            f"middle half lies between {np.quantile(got, 0.25):.3g} and {np.quantile(got, 0.75):.3g}",
            given=given,
        )


sample_logistic.hints(
    "Set u = F(x) and solve for x. Which function undoes the sigmoid (chapter 05 called its result the logit)?",
    "1/u = 1 + exp(-(x - m)/s), so exp(-(x - m)/s) = (1 - u)/u. Take the logarithm.",
    "(x - m)/s = log(u / (1 - u)).",
)


@sample_logistic.slip("this is F(u). From a height u you want the place x: the inverse of F.")
def _(u, m, s):
    return 1 / (1 + np.exp(-(u - m) / s))


@sample_logistic.slip("s is missing: the distribution is to be stretched by s.")
def _(u, m, s):
    return m + np.log(u / (1 - u))


@sample_logistic.slip("m is missing: the distribution is to be shifted by m.")
def _(u, m, s):
    return s * np.log(u / (1 - u))


@sample_logistic.slip("divided by s. Solve for x: (x - m)/s = log(u/(1 - u)), so s multiplies.")
def _(u, m, s):
    return m + np.log(u / (1 - u)) / s


@sample_logistic.slip("m is stretched by s too: first stretch, then shift.")
def _(u, m, s):
    return s * (m + np.log(u / (1 - u)))


@sample_logistic.slip(
    "this is the exponential distribution of the text above, shifted by m. Solve u = F(x) for this F."
)
def _(u, m, s):
    return m - s * np.log(1 - u)


@sample_logistic.slip("the logarithm of u alone: 1/u = 1 + exp(…), and the 1 has been forgotten.")
def _(u, m, s):
    return m + s * np.log(u)


@sample_logistic.slip("a logarithm to base 10; F is made with e, so take the natural logarithm, np.log.")
def _(u, m, s):
    return m + s * np.log10(u / (1 - u))


@sample_logistic.slip("these are Gaussian numbers with the standard deviation s. The logistic distribution is wider.")
def _(u, m, s):
    from scipy import stats

    return m + s * stats.norm.ppf(u)


@sample_logistic.slip("uniform numbers, shifted and stretched, stay uniform.")
def _(u, m, s):
    return m + s * (2 * u - 1)


@sample_logistic.slip("this is the density at u, not a sample: invert F, not p.")
def _(u, m, s):
    e = np.exp(-(u - m) / s)
    return e / (s * (1 + e) ** 2)


# 18.3 -----------------------------------------------------------------------------------------------------------------
def _pairs(rng: np.random.Generator, counts: list[int], d: int) -> tuple[np.ndarray, np.ndarray]:
    """Cases of each class in mixed order, columns of different sizes and far from 0."""
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    centers = rng.normal(0, 3, size=(len(counts), d)) + rng.choice([-4, 4], size=d)
    x = centers[y] + rng.normal(size=(len(y), d)) * rng.uniform(0.5, 2.5, size=(len(counts), d))[y]
    return x.round(2), y


@exercise("18.3", "Maximum likelihood, class by class", reads="fit_classes", points=2)
def fit_classes(ask: Ask, rng: np.random.Generator) -> None:
    for counts, d in ([3, 5], 1), ([4, 2, 9], 3), ([1, 6, 2, 3], 2), ([7], 2):
        x, y = _pairs(rng, counts, d)
        K = len(counts)
        shares, means, variances = ask.parts(ask.call("fit_classes", x, y, K), "shares", "means", "variances")
        # Sums in plain loops, by the class of each case.
        aim_means, aim_variances = np.zeros((K, d)), np.zeros((K, d))
        for row, k in zip(x, y, strict=True):
            aim_means[k] += row / counts[k]
        for row, k in zip(x, y, strict=True):
            aim_variances[k] += (row - aim_means[k]) ** 2 / counts[k]
        told = f"{len(x)} cases with {d} numbers each, classes {y.tolist()}"
        ask.close(shares, np.array(counts) / len(x), given=f"shares of {told}", **NEAR)
        ask.close(means, aim_means, given=f"means of {told}", **NEAR)
        ask.close(variances, aim_variances, given=f"variances of {told}", **NEAR)


fit_classes.hints(
    "For one class, pick its rows with x[y == k]. What are the maximum likelihood mean and variance of a column?",
    "axis=0 goes down the rows: x[y == k].mean(axis=0) has the shape (d,). The share of a class is its count over n.",
    "Maximum likelihood divides by the number of cases, not by one less: .var(axis=0).",
)


def _fitted(x, y, K, ddof=0):
    x, y = np.asarray(x, float), np.asarray(y)
    groups = [x[y == k] for k in range(K)]
    spread = [np.sum((g - g.mean(0)) ** 2, axis=0) / max(len(g) - ddof, 1e-300) for g in groups]
    return np.array([len(g) / len(x) for g in groups]), np.stack([g.mean(0) for g in groups]), np.stack(spread)


@fit_classes.slip("the variances are divided by n - 1. That removes the bias, but maximum likelihood divides by n.")
def _(x, y, K):
    return _fitted(x, y, K, ddof=1)


@fit_classes.slip("these are standard deviations: return the variances, their squares.")
def _(x, y, K):
    shares, means, variances = _fitted(x, y, K)
    return shares, means, np.sqrt(variances)


@fit_classes.slip("the variances are measured from the mean of all cases: use the mean of each class.")
def _(x, y, K):
    shares, means, _ = _fitted(x, y, K)
    return shares, means, np.stack([((x[y == k] - x.mean(0)) ** 2).mean(0) for k in range(K)])


@fit_classes.slip("this is the mean of x², without the mean taken off: E[x²] − μ² is the variance.")
def _(x, y, K):
    shares, means, variances = _fitted(x, y, K)
    return shares, means, variances + means**2


@fit_classes.slip("one variance for all classes: each class has its own.")
def _(x, y, K):
    shares, means, variances = _fitted(x, y, K)
    return shares, means, np.tile((shares[:, None] * variances).sum(0), (K, 1))


@fit_classes.slip("counts in place of shares: divide by the number of all cases.")
def _(x, y, K):
    shares, means, variances = _fitted(x, y, K)
    return shares * len(x), means, variances


@fit_classes.slip("all classes have the share 1/K here. The best share is how often the class occurs.")
def _(x, y, K):
    _, means, variances = _fitted(x, y, K)
    return np.full(K, 1 / K), means, variances


@fit_classes.slip("one mean for each class: there must be one for each class and column, so take the mean with axis=0.")
def _(x, y, K):
    shares, means, variances = _fitted(x, y, K)
    return shares, means.mean(1), variances


@fit_classes.slip("the means of all cases, for every class: pick the rows of the class first, x[y == k].")
def _(x, y, K):
    shares, _, variances = _fitted(x, y, K)
    return shares, np.tile(x.mean(0), (K, 1)), variances


@fit_classes.slip("rows are classes and columns are the numbers of x: shape (K, d), not (d, K).")
def _(x, y, K):
    shares, means, variances = _fitted(x, y, K)
    return shares, means.T, variances.T


# 18.4 -----------------------------------------------------------------------------------------------------------------
@exercise("18.4", "MAP is ridge", reads="map_weights", points=2)
def map_weights(ask: Ask, rng: np.random.Generator) -> None:
    for n, d, sigma, tau in (4, 2, 2.0, 0.5), (12, 3, 0.7, 1.6), (3, 5, 1.5, 2.5), (6, 1, 3.0, 0.8):
        X = rng.normal(size=(n, d)).round(2) + 0.5
        y = (X @ rng.normal(size=d) * 2 + sigma * rng.normal(size=n) + 1).round(2)
        # Oracle: least squares in which the prior is d more cases, each "weight j is 0, give or take tau".
        cases = np.vstack([X / sigma, np.eye(d) / tau])
        aim = np.linalg.lstsq(cases, np.append(y / sigma, np.zeros(d)), rcond=None)[0]
        ask.close(ask.call("map_weights", X, y, sigma, tau), aim, **NEAR)


map_weights.hints(
    "Which number is alpha? How strong is the penalty when the noise is large, and when the prior is wide?",
    "alpha = sigma**2 / tau**2, and the weights solve (XᵀX + alpha I) w = Xᵀ y.",
    "np.linalg.solve(M, v) solves M w = v; np.eye(d) is the identity matrix.",
)


def _ridge(X, y, alpha):
    return np.linalg.lstsq(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y, rcond=None)[0]


@map_weights.slip("no prior in it: this is maximum likelihood.")
def _(X, y, sigma, tau):
    return np.linalg.lstsq(X, y, rcond=None)[0]


@map_weights.slip("the sign: the log prior is added, so alpha is added to the diagonal. Yours prefers large weights.")
def _(X, y, sigma, tau):
    return _ridge(X, y, -((sigma / tau) ** 2))


@map_weights.slip("alpha is upside down: noise variance over prior variance. A wide prior must bind less.")
def _(X, y, sigma, tau):
    return _ridge(X, y, (tau / sigma) ** 2)


@map_weights.slip("sigma / tau without the squares: it is the variances that stand in the densities.")
def _(X, y, sigma, tau):
    return _ridge(X, y, sigma / tau)


@map_weights.slip("only the prior is in alpha. How much the data count depends on their noise: sigma² / tau².")
def _(X, y, sigma, tau):
    return _ridge(X, y, 1 / tau**2)


@map_weights.slip("tau² alone: a wide prior must bind less, and the noise counts too.")
def _(X, y, sigma, tau):
    return _ridge(X, y, tau**2)


@map_weights.slip("only the noise is in alpha; the prior's tau is missing.")
def _(X, y, sigma, tau):
    return _ridge(X, y, sigma**2)


@map_weights.slip("a factor 2 too much: both squares have a half in front, and the halves cancel.")
def _(X, y, sigma, tau):
    return _ridge(X, y, 2 * (sigma / tau) ** 2)


@map_weights.slip("half of it: both squares have a half in front, and the halves cancel.")
def _(X, y, sigma, tau):
    return _ridge(X, y, 0.5 * (sigma / tau) ** 2)


@map_weights.slip("alpha times n: the sum over the cases is no mean here, so alpha stays as it is.")
def _(X, y, sigma, tau):
    return _ridge(X, y, (sigma / tau) ** 2 * len(X))


@map_weights.slip("alpha was added to every entry of XᵀX: it belongs on the diagonal, alpha times the identity matrix.")
def _(X, y, sigma, tau):
    return np.linalg.lstsq(X.T @ X + (sigma / tau) ** 2 * (1 + 1e-12 * np.eye(X.shape[1])), X.T @ y, rcond=None)[0]


@map_weights.slip("a bias was fitted as well, or the data were centred: this model has none.")
def _(X, y, sigma, tau):
    return _ridge(X - X.mean(0), y - y.mean(), (sigma / tau) ** 2)


# 18.5 -----------------------------------------------------------------------------------------------------------------
@exercise("18.5", "KL divergence of two Gaussians", reads="kl_gaussians", points=2)
def kl_gaussians(ask: Ask, rng: np.random.Generator) -> None:
    import torch
    from torch.distributions import Independent, Normal, kl_divergence

    for d in 1, 3, 8, 1:
        means = rng.normal(size=(2, d)).round(2) * 1.5
        variances = rng.uniform(0.3, 3, size=(2, d)).round(2)
        p, q = (
            Independent(Normal(torch.tensor(m), torch.tensor(v**0.5)), 1) for m, v in zip(means, variances, strict=True)
        )
        got = ask.call("kl_gaussians", means[0], variances[0], means[1], variances[1])
        ask.close(got, kl_divergence(p, q).item(), rtol=1e-5, atol=1e-7)
    same = ask.call("kl_gaussians", means[0], variances[0], means[0], variances[0])
    ask.close(same, 0.0, atol=1e-7)


kl_gaussians.hints(
    "Write the last line of the derivation for one entry. Its σ² are the variances that you are given.",
    "log(σ₂/σ₁) is half of log(var2 / var1). Add the entries up to one number.",
    "0.5 * (log(var2 / var1) - 1 + (var1 + (mean1 - mean2)**2) / var2), then np.sum.",
)


def _kl(mean1, var1, mean2, var2):
    return 0.5 * (np.log(var2 / var1) - 1 + (var1 + (mean1 - mean2) ** 2) / var2)


@kl_gaussians.slip("the other way round: this is KL(q‖p). The expectation is taken under the first Gaussian.")
def _(mean1, var1, mean2, var2):
    return np.sum(_kl(mean2, var2, mean1, var1))


@kl_gaussians.slip("var1 and var2 are variances already: you have squared them again.")
def _(mean1, var1, mean2, var2):
    return np.sum(_kl(mean1, var1**2, mean2, var2**2))


@kl_gaussians.slip(
    "variances were taken for standard deviations in the logarithm: log(σ₂/σ₁) is half of log(var2/var1)."
)
def _(mean1, var1, mean2, var2):
    return np.sum(_kl(mean1, var1, mean2, var2) + 0.5 * np.log(var2 / var1))


@kl_gaussians.slip("the −½ of each entry is missing, so two equal Gaussians do not have the divergence 0.")
def _(mean1, var1, mean2, var2):
    return np.sum(_kl(mean1, var1, mean2, var2) + 0.5)


@kl_gaussians.slip("the −½ belongs to every entry: with d entries it is −d/2.")
def _(mean1, var1, mean2, var2):
    return np.sum(_kl(mean1, var1, mean2, var2) + 0.5) - 0.5


@kl_gaussians.slip("the mean over the entries: independent entries add up.")
def _(mean1, var1, mean2, var2):
    return np.mean(_kl(mean1, var1, mean2, var2))


@kl_gaussians.slip("one number is asked for: add the entries up.")
def _(mean1, var1, mean2, var2):
    return _kl(mean1, var1, mean2, var2)


@kl_gaussians.slip("the factor one half is missing: this is twice the divergence.")
def _(mean1, var1, mean2, var2):
    return 2 * np.sum(_kl(mean1, var1, mean2, var2))


@kl_gaussians.slip("the difference of the means must be squared.")
def _(mean1, var1, mean2, var2):
    gap = np.abs(mean1 - mean2)
    return np.sum(_kl(mean1, var1, mean2, var2) + 0.5 * (gap - gap**2) / var2)


@kl_gaussians.slip("the logarithm is upside down: log(σ₂/σ₁), with the variance of the second Gaussian above.")
def _(mean1, var1, mean2, var2):
    return np.sum(_kl(mean1, var1, mean2, var2) - np.log(var2 / var1))


@kl_gaussians.slip(
    "the squares are divided by the variance of the first Gaussian: it is q in whose exponent they stand."
)
def _(mean1, var1, mean2, var2):
    return np.sum(0.5 * (np.log(var2 / var1) - 1 + (var1 + (mean1 - mean2) ** 2) / var1))


@kl_gaussians.slip("the variance of p is missing beside the squared difference of the means.")
def _(mean1, var1, mean2, var2):
    return np.sum(0.5 * (np.log(var2 / var1) - 1 + (mean1 - mean2) ** 2 / var2))


@kl_gaussians.slip("this is the divergence from N(0, 1): the second Gaussian has not been used.")
def _(mean1, var1, mean2, var2):
    return np.sum(_kl(mean1, var1, 0 * mean1, 1 + 0 * var1))


@kl_gaussians.slip("nats, so the natural logarithm: this is in bits.")
def _(mean1, var1, mean2, var2):
    return np.sum(_kl(mean1, var1, mean2, var2)) / np.log(2)


# 18.6 -----------------------------------------------------------------------------------------------------------------
@exercise("18.6", "Find the bug", reads=("diagnosis", "posterior"), points=3)
def posterior(ask: Ask, rng: np.random.Generator) -> None:
    from scipy import special

    ask.diagnosis("C", "ABCDE", "does not explain what the friend sees")
    for n, pixels, K, kind in (2, 3, 2, float), (5, 784, 10, np.float32), (1, 3000, 3, float), (3, 40, 4, np.float32):
        theta = rng.uniform(0.05, 0.95, size=(K, pixels))
        if pixels > 100:  # classes that are nearly alike, so that no posterior is all 0 and 1
            theta = (theta[:1] + 0.02 * rng.uniform(-1, 1, size=theta.shape)).clip(0.03, 0.97)
        shares = rng.dirichlet(np.full(K, 2.0)) + 0.05
        shares /= shares.sum()
        theta, shares = theta.astype(kind), shares.astype(kind)
        x = (rng.random((n, pixels)) < theta[rng.integers(K, size=n)]).astype(kind)
        if (n, pixels) == (5, 784):  # a picture far less probable than the others: each row has its own largest
            theta = theta * kind(0.25)
            x[0], x[1] = 0, 1
        each = np.where(x[:, None] == 1, np.log(theta.astype(float)), np.log1p(-theta.astype(float)))
        aim = special.softmax(each.sum(axis=2) + np.log(shares.astype(float)), axis=1)
        ask.close(ask.call("posterior", x, shares, theta), aim, rtol=2e-3, atol=2e-3)


posterior.hints(
    "Look at what the friend prints: nearly everything is called 0. What does argmax return for ten equal numbers? "
    "How large is 0.8 to the power of 784, and what is the smallest float32?",
    "Add logarithms: log p(y = k) + Σ_j log p(x_j | k). In matrices: x @ log(theta).T + (1 - x) @ log(1 - theta).T.",
    "Before exp, take off the largest of each row: it cancels in the division, and the largest becomes exp(0) = 1. "
    "Then divide each row by its sum (keepdims=True).",
)


def _scores(x, shares, theta):
    x, shares, theta = (np.asarray(a, float) for a in (x, shares, theta))
    return np.log(shares) + x @ np.log(theta).T + (1 - x) @ np.log(1 - theta).T


def _normal(a, axis=1):
    e = np.exp(a - a.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _found(function: Any = None, diagnosis: str = "C") -> dict[str, Any]:
    return {"diagnosis": diagnosis, "posterior": function or (lambda x, s, t: _normal(_scores(x, s, t)))}


@posterior.slip(
    "not A: Bayes' theorem always holds, and the same assumption does well on the small pictures.", make=True
)
def _():
    return _found(diagnosis="A")


@posterior.slip(
    "not B: one picture with ink and one without were added for each pixel, so that no theta is 0.", make=True
)
def _():
    return _found(diagnosis="B")


@posterior.slip("not D: nearly equal shares change next to nothing, and Bayes asks for them.", make=True)
def _():
    return _found(diagnosis="D")


@posterior.slip(
    "not E: too few pictures would give many different errors, and not the class 0 for nearly all.", make=True
)
def _():
    return _found(diagnosis="E")


@posterior.slip("these are still products: they become 0, and then 0 / 0 or log 0. Add logarithms.", make=True)
def _():
    def products(x, shares, theta):
        p = np.stack([shares * np.where(row == 1, theta, 1 - theta).prod(axis=1) for row in x])
        return p / p.sum(axis=1, keepdims=True)

    return _found(products)


@posterior.slip(
    "a tiny number added to the products hides the 0 / 0, but the products are lost all the same.", make=True
)
def _():
    def padded(x, shares, theta):
        p = np.stack([shares * np.where(row == 1, theta, 1 - theta).prod(axis=1) for row in x]) + 1e-30
        return p / p.sum(axis=1, keepdims=True)

    return _found(padded)


@posterior.slip(
    "sums of logarithms, but exp() makes 0 of them again: take off the largest of each row first.", make=True
)
def _():
    def plain(x, shares, theta):
        p = np.exp(_scores(x, shares, theta))
        return p / p.sum(axis=1, keepdims=True)

    return _found(plain)


@posterior.slip(
    "the largest of all pictures was taken off: a picture far less probable than the others becomes 0 / 0. "
    "Take off the largest of each row.",
    make=True,
)
def _():
    def together(x, shares, theta):
        a = _scores(x, shares, theta)
        p = np.exp(a - a.max())
        return p / p.sum(axis=1, keepdims=True)

    return _found(together)


@posterior.slip("these are log probabilities: after exp, each row must add up to 1.", make=True)
def _():
    return _found(_scores)


@posterior.slip("each row must add up to 1: divide by the sum of the row.", make=True)
def _():
    def loose(x, shares, theta):
        a = _scores(x, shares, theta)
        return np.exp(a - a.max(axis=1, keepdims=True))

    return _found(loose)


@posterior.slip("the columns add up to 1 here; the classes of one picture must: axis=1.", make=True)
def _():
    return _found(lambda x, s, t: _normal(_scores(x, s, t), axis=0))


@posterior.slip("the class shares are missing: log shares is to be added.", make=True)
def _():
    return _found(lambda x, s, t: _normal(_scores(x, s, t) - np.log(np.asarray(s, float))))


@posterior.slip("the shares are added without their logarithm.", make=True)
def _():
    return _found(lambda x, s, t: _normal(_scores(x, s, t) - np.log(np.asarray(s, float)) + s))


@posterior.slip(
    "only the pixels with ink count here. A pixel without ink is evidence as well: (1 − x) log(1 − θ).", make=True
)
def _():
    return _found(lambda x, s, t: _normal(np.log(s) + np.asarray(x, float) @ np.log(np.asarray(t, float)).T))


@posterior.slip("ink and paper are exchanged: x goes with log θ, and 1 − x with log(1 − θ).", make=True)
def _():
    return _found(lambda x, s, t: _normal(_scores(1 - x, s, t)))


@posterior.slip("the mean over the pixels in place of the sum: each pixel is a factor of its own.", make=True)
def _():
    def mean(x, shares, theta):
        log_shares = np.log(np.asarray(shares, float))
        return _normal(log_shares + (_scores(x, shares, theta) - log_shares) / x.shape[1])

    return _found(mean)


@posterior.slip("classes, not probabilities: return the whole row of each picture.", make=True)
def _():
    return _found(lambda x, s, t: _scores(x, s, t).argmax(axis=1))
