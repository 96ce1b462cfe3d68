"""The exercises of chapter 20, variational autoencoders: cases, oracles, hints and slips.

Shapes are the chapter's: codes [n, d], pictures [n, pixels] or [n, 1, h, w], log weights [K, n]. All logarithms are
natural.
"""

import math
from typing import Any

import numpy as np

from nnlab.exercises.box import Net
from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-4, "atol": 1e-5}  # float32; what a slip changes is far larger


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def _tensor(a: np.ndarray) -> Any:
    import torch

    return torch.as_tensor(a)


def _correlations(z: np.ndarray) -> np.ndarray:
    """Of the columns; NaN where a column is constant, and so the same for every row."""
    with np.errstate(all="ignore"):
        return np.corrcoef(z.T)


# 20.1 -----------------------------------------------------------------------------------------------------------------
def _identity_by_hand() -> tuple[float, float, float]:
    """Oracle: the two causes one by one."""
    joint = [0.5 * 0.2, 0.5 * 0.8]
    evidence = sum(joint)
    bound = sum(0.5 * math.log(p / 0.5) for p in joint)
    gap = sum(0.5 * math.log(0.5 / (p / evidence)) for p in joint)
    return math.log(evidence), bound, gap


@exercise("20.1", "The identity by hand", reads=("log_evidence", "elbo_by_hand", "gap"), points=2)
def by_hand(ask: Ask, rng: np.random.Generator) -> None:
    for name, aim in zip(("log_evidence", "elbo_by_hand", "gap"), _identity_by_hand(), strict=True):
        ask.close(ask.value(name), aim, given=name, rtol=0, atol=2e-3)


by_hand.hints(
    "There are two codes, so each integral of the text is a sum of two terms. The joint probabilities come first: "
    "p(x = 1, z) = p(x = 1 | z) p(z), which is 0.1 and 0.4.",
    "The evidence is the sum of the two joint probabilities. The ELBO is the sum over z of q(z) log(p(x, z) / q(z)).",
    "The true posterior is p(z | x) = p(x, z) / p(x): 0.2 and 0.8. The gap is KL(q ‖ posterior), and the ELBO plus "
    "the gap must give the logarithm of the evidence.",
)

_E, _B, _G = _identity_by_hand()


def _by_hand(log_evidence: float = _E, elbo_by_hand: float = _B, gap: float = _G) -> dict[str, Any]:
    return {"log_evidence": log_evidence, "elbo_by_hand": elbo_by_hand, "gap": gap}


by_hand.slip("log_evidence: 0.5 is the evidence. Its logarithm is asked for.", **_by_hand(log_evidence=0.5))
by_hand.slip(
    "log_evidence: 0.16 = 0.2 · 0.8 multiplies the two codes. They exclude each other, so their terms are added.",
    **_by_hand(log_evidence=math.log(0.16)),
)
by_hand.slip(
    "log_evidence: the prior is missing. Each p(x | z) counts with its p(z) = 0.5.", **_by_hand(log_evidence=0.0)
)
by_hand.slip(
    "elbo_by_hand: this is the mean of log p(x, z) alone. The ELBO takes the mean of log q(z) away from it.",
    **_by_hand(elbo_by_hand=0.5 * math.log(0.04)),
)
by_hand.slip(
    "elbo_by_hand: q(z) is used for the prior, and once more as q. As log(p(x, z) / q(z)) it stands there once, and "
    "once as a weight.",
    **_by_hand(elbo_by_hand=math.log(0.16)),
)
by_hand.slip(
    "elbo_by_hand: a bound from below cannot be above the evidence: log q(z) is to be taken away, not added.",
    **_by_hand(elbo_by_hand=0.5 * math.log(0.04) + math.log(0.5)),
)
by_hand.slip(
    "elbo_by_hand: this is the log evidence. The bound is below it unless q is the posterior.",
    **_by_hand(elbo_by_hand=_E),
)
by_hand.slip(
    "gap: this is KL(posterior ‖ q). The expectation is over q: KL(q ‖ posterior).",
    **_by_hand(gap=0.2 * math.log(0.2 / 0.5) + 0.8 * math.log(0.8 / 0.5)),
)
by_hand.slip("gap: a KL divergence is never negative: log p(x) = ELBO + gap.", **_by_hand(gap=-_G))
by_hand.slip("gap: this is KL(q ‖ prior), which is 0 here. The gap compares with the posterior.", **_by_hand(gap=0.0))
by_hand.slip(
    "these are logarithms to base 10; the course takes natural ones.",
    **_by_hand(_E / math.log(10), _B / math.log(10), _G / math.log(10)),
)
by_hand.slip(
    "these are logarithms to base 2; the course takes natural ones.",
    **_by_hand(_E / math.log(2), _B / math.log(2), _G / math.log(2)),
)


# 20.2 -----------------------------------------------------------------------------------------------------------------
@exercise("20.2", "The KL term", reads="kl_to_prior", points=2)
def kl_to_prior(ask: Ask, rng: np.random.Generator) -> None:
    import torch
    from torch.distributions import Normal, kl_divergence

    for n, d, spread in (4, 3, 1.0), (1, 1, 2.0), (6, 20, 0.3), (2, 5, 3.0):
        mean, log_var = spread * _normal(rng, n, d), spread * _normal(rng, n, d)
        q = Normal(_tensor(mean).double(), torch.exp(_tensor(log_var).double() / 2))
        aim = kl_divergence(q, Normal(torch.tensor(0.0).double(), torch.tensor(1.0).double())).sum(dim=1)
        told = f"{n} pictures and {d} units"
        ask.close(ask.call("kl_to_prior", _tensor(mean), _tensor(log_var)), aim, given=told, **NEAR)
    zero = np.zeros((3, 2), np.float32)
    reply = ask.call("kl_to_prior", _tensor(zero), _tensor(zero))
    ask.close(reply, np.zeros(3), given="q is the prior itself: mean 0, log variance 0", atol=1e-6)


kl_to_prior.hints(
    "You are given log σ². How do you get σ² from it?",
    "For one unit: half of μ² + σ² − 1 − log σ². The last term is −log_var itself.",
    "(mean**2 + log_var.exp() - 1 - log_var) / 2 has the shape (n, d). The codes' units are independent: sum over "
    "the last axis, and over no other.",
)


def _kl(mean, log_var):
    return (mean**2 + log_var.exp() - 1 - log_var) / 2


@kl_to_prior.slip("exp(log_var) is the variance; log_var is taken for the variance itself here.")
def _(mean, log_var):
    return (mean**2 + log_var - 1 - log_var.abs().log()).sum(dim=1) / 2


@kl_to_prior.slip("log_var is taken for log σ: its exponential is squared once more.")
def _(mean, log_var):
    return (mean**2 + (2 * log_var).exp() - 1 - 2 * log_var).sum(dim=1) / 2


@kl_to_prior.slip("this σ is the standard deviation, exp(log_var / 2); the formula has its square.")
def _(mean, log_var):
    return (mean**2 + (log_var / 2).exp() - 1 - log_var).sum(dim=1) / 2


@kl_to_prior.slip("the sign of log_var: −log σ² stands in the formula.")
def _(mean, log_var):
    return (mean**2 + log_var.exp() - 1 + log_var).sum(dim=1) / 2


@kl_to_prior.slip("the shape is (n, 1): a sum without keepdim gives (n,).")
def _(mean, log_var):
    return _kl(mean, log_var).sum(dim=1, keepdim=True)


@kl_to_prior.slip("the factor 1/2 is missing.")
def _(mean, log_var):
    return (2 * _kl(mean, log_var)).sum(dim=1)


@kl_to_prior.slip("the factor 1/2 stands before a part of the terms only.")
def _(mean, log_var):
    return ((mean**2 + log_var.exp()) / 2 - 1 - log_var).sum(dim=1)


@kl_to_prior.slip("the sign: this is minus the KL divergence, which stands in the ELBO. The divergence is 0 or more.")
def _(mean, log_var):
    return -_kl(mean, log_var).sum(dim=1)


@kl_to_prior.slip("the 1 is missing: where q is the prior the divergence must be 0.")
def _(mean, log_var):
    return ((mean**2 + log_var.exp() - log_var) / 2).sum(dim=1)


@kl_to_prior.slip("the mean is not squared.")
def _(mean, log_var):
    return ((mean + log_var.exp() - 1 - log_var) / 2).sum(dim=1)


@kl_to_prior.slip("the mean over the units: the divergence of the whole code is the sum over its units.")
def _(mean, log_var):
    return _kl(mean, log_var).mean(dim=1)


@kl_to_prior.slip("one number for the whole batch: sum over the units only, one number for each picture.")
def _(mean, log_var):
    return _kl(mean, log_var).sum()


@kl_to_prior.slip("the sum over the pictures: sum over the units (the last axis), one number for each picture.")
def _(mean, log_var):
    return _kl(mean, log_var).sum(dim=0)


@kl_to_prior.slip("one number for each unit: sum them over the last axis.")
def _(mean, log_var):
    return _kl(mean, log_var)


@kl_to_prior.slip("the other direction: this is KL(prior ‖ q). The expectation is over q.")
def _(mean, log_var):
    return ((mean**2 + 1) / log_var.exp() - 1 + log_var).sum(dim=1) / 2


# 20.3 -----------------------------------------------------------------------------------------------------------------
@exercise("20.3", "Reparametrise", reads=("reparametrise", "pathwise"), points=2)
def reparametrise(ask: Ask, rng: np.random.Generator) -> None:
    n = 4000
    for d in 2, 1, 3:
        mean_row, std_row = 2 * _normal(rng, d), rng.uniform(0.3, 2.5, size=d).astype(np.float32)
        mean, log_var = np.tile(mean_row, (n, 1)), np.tile(2 * np.log(std_row), (n, 1)).astype(np.float32)
        weight, bias = _normal(rng, 4, d), _normal(rng, 4)
        x = rng.integers(0, 2, size=(n, 4)).astype(np.float32)
        told = f"{n} equal rows with mean {mean_row.round(2)} and standard deviation {std_row.round(2)}"
        reply = ask.call("pathwise", Net(("Linear", weight, bias)), _tensor(x), _tensor(mean), _tensor(log_var))
        z, to_mean, to_log_var = (np.asarray(p, float) for p in ask.parts(reply, "z", "to mean", "to log_var"))
        ask.true(z.shape == mean.shape, f"z has the shape {z.shape}, expected {mean.shape}", given=told)
        if z.shape != mean.shape:
            return
        noise = (z - mean_row) / std_row
        off = np.abs(noise.mean(0)).max()
        ask.true(off < 0.1, f"the mean of the draws is off by {off:.2f} standard deviations", given=told)
        width = noise.std(0)
        ask.true(
            bool((np.abs(width - 1) < 0.08).all()),
            f"their standard deviation is {width.round(2)} times the one asked for",
            given=told,
        )
        tails = (np.abs(noise) > 2).mean()
        ask.true(
            0.03 < tails < 0.06,
            f"{tails:.1%} of the draws lie beyond two standard deviations; Gaussian: 4.6 %",
            given=told,
        )
        if d > 1:
            together = np.abs(_correlations(noise) - np.eye(d)).max()
            ask.true(together < 0.1, f"the units of a code have the correlation {together:.2f}, expected 0", given=told)
        slope = (x - 1 / (1 + np.exp(-(z @ weight.T + bias)))) @ weight  # of the log likelihood, at each z
        near = {"rtol": 2e-3, "atol": 2e-3}
        ask.close(to_mean, slope, given=f"the gradient that reaches the mean; {told}", **near)
        ask.close(to_log_var, slope * (z - mean_row) / 2, given=f"the gradient that reaches log_var; {told}", **near)
    reply = ask.call("reparametrise", _tensor(np.zeros((5, 2), np.float32)), _tensor(np.full((5, 2), -60, np.float32)))
    ask.close(reply, np.zeros((5, 2)), given="a standard deviation of nearly 0", atol=1e-6)


reparametrise.hints(
    "All randomness is to come from noise that has nothing to do with mean and log_var: torch.randn_like(mean).",
    "Stretch the noise by the standard deviation, and shift it by the mean. The standard deviation is the root of "
    "exp(log_var).",
    "torch.exp(log_var / 2) is the standard deviation. Use plain operations only, no .sample(), .detach() or .data.",
)


def _slipped(draw) -> dict[str, Any]:
    """As the chapter's cell defines both names, around another draw."""

    def pathwise(decoder, x, mean, log_var):
        import torch
        import torch.nn.functional as F

        mean, log_var = mean.clone().requires_grad_(), log_var.clone().requires_grad_()
        z = draw(mean, log_var)
        log_likelihood = -F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
        found = torch.autograd.grad(log_likelihood, (mean, log_var), allow_unused=True)
        to_mean, to_log_var = (torch.zeros_like(mean) if g is None else g for g in found)
        return z.detach(), to_mean, to_log_var

    return {"reparametrise": draw, "pathwise": pathwise}


def _noise(mean):
    import torch

    return torch.randn_like(mean)


@reparametrise.slip("exp(log_var) is the variance. The noise is to be stretched by the standard deviation.", make=True)
def _():
    return _slipped(lambda mean, log_var: mean + log_var.exp() * _noise(mean))


@reparametrise.slip("log_var is used as the standard deviation: it is the logarithm of the variance.", make=True)
def _():
    return _slipped(lambda mean, log_var: mean + log_var * _noise(mean))


@reparametrise.slip("the noise is uniform (torch.rand); a Gaussian is wanted: torch.randn.", make=True)
def _():
    def draw(mean, log_var):
        import torch

        return mean + (log_var / 2).exp() * torch.rand_like(mean)

    return _slipped(draw)


@reparametrise.slip(
    "the draws are right, but no gradient reaches mean and log_var: torch.normal and .sample() cut it off.", make=True
)
def _():
    def draw(mean, log_var):
        import torch

        return torch.normal(mean.detach(), (log_var / 2).exp().detach())

    return _slipped(draw)


@reparametrise.slip("the gradient reaches the mean, but not log_var: the standard deviation was detached.", make=True)
def _():
    return _slipped(lambda mean, log_var: mean + (log_var / 2).exp().detach() * _noise(mean))


@reparametrise.slip("one noise for all rows: each picture needs its own.", make=True)
def _():
    return _slipped(lambda mean, log_var: mean + (log_var / 2).exp() * _noise(mean[:1]))


@reparametrise.slip("one noise for all units of a code: each unit needs its own.", make=True)
def _():
    return _slipped(lambda mean, log_var: mean + (log_var / 2).exp() * _noise(mean[:, :1]))


@reparametrise.slip("there is no noise: this is the mean, and the net is a plain autoencoder.", make=True)
def _():
    return _slipped(lambda mean, log_var: mean + 0 * log_var)


@reparametrise.slip("the mean is not added.", make=True)
def _():
    return _slipped(lambda mean, log_var: (log_var / 2).exp() * _noise(mean) + 0 * mean)


@reparametrise.slip("half of the variance is no root of it: exp(log_var) / 2 is not exp(log_var / 2).", make=True)
def _():
    return _slipped(lambda mean, log_var: mean + log_var.exp() / 2 * _noise(mean))


@reparametrise.slip("the noise is added as it is: stretch it by the standard deviation.", make=True)
def _():
    return _slipped(lambda mean, log_var: mean + 0 * log_var + _noise(mean))


# 20.4 -----------------------------------------------------------------------------------------------------------------
@exercise("20.4", "Find the bug", reads=("diagnosis", "vae_loss"), points=2)
def vae_loss(ask: Ask, rng: np.random.Generator) -> None:
    import torch
    from torch.distributions import Bernoulli, Normal, kl_divergence

    ask.diagnosis("B", "ABCDE", "does not explain what the friend sees")
    for n, side, d in (5, 4, 3), (1, 2, 1), (3, 28, 20):
        logits, mean, log_var = 2 * _normal(rng, n, 1, side, side), _normal(rng, n, d), _normal(rng, n, d)
        x = rng.integers(0, 2, size=logits.shape).astype(np.float32)
        sent = [_tensor(a) for a in (logits, x, mean, log_var)]
        wide = [a.double() for a in sent]
        likelihood = Bernoulli(logits=wide[0]).log_prob(wide[1]).sum()
        kl = kl_divergence(Normal(wide[2], torch.exp(wide[3] / 2)), Normal(0 * wide[2], 1 + 0 * wide[2])).sum()
        told = f"{n} pictures of {side} × {side} pixels, codes of {d}"
        ask.close(ask.call("vae_loss", *sent), float(kl - likelihood) / n, given=told, **NEAR)


vae_loss.hints(
    "What do you know of the sizes of the two terms? Over how many numbers is each of them averaged or summed?",
    "By default `binary_cross_entropy_with_logits` takes the mean over *all* numbers: over pictures and over pixels. "
    "The KL term is summed over the units. So how heavy is it, compared with the ELBO?",
    "Sum the cross-entropy over the pixels of each picture, then take the mean over the pictures, as for the KL term.",
)


def _loss(logits, x, mean, log_var, *, reconstruction=None, kl=None):
    import torch.nn.functional as F

    first = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    second = _kl(mean, log_var).sum(dim=1).mean()
    return (first if reconstruction is None else reconstruction(logits, x)) + (
        second if kl is None else kl(mean, log_var)
    )


def _found(function=_loss, diagnosis="B"):
    return {"diagnosis": diagnosis, "vae_loss": function}


@vae_loss.slip("not A: the formula of the KL term is right, and so is its sign.", make=True)
def _():
    return _found(diagnosis="A")


@vae_loss.slip("not C: the same rate trains the repaired loss. And the loss did come down.", make=True)
def _():
    return _found(diagnosis="C")


@vae_loss.slip("not D: the same net with the same 20 units learns, when only the loss is repaired.", make=True)
def _():
    return _found(diagnosis="D")


@vae_loss.slip("not E: all pixels are 0 or 1 here. Greys would not switch off the codes.", make=True)
def _():
    return _found(diagnosis="E")


@vae_loss.slip("this is the friend's line: the cross-entropy is still a mean over the pixels.", make=True)
def _():
    def friend(logits, x, mean, log_var):
        import torch.nn.functional as F

        return F.binary_cross_entropy_with_logits(logits, x) + _kl(mean, log_var).sum(dim=1).mean()

    return _found(friend)


@vae_loss.slip(
    "the cross-entropy is summed over all pictures; the KL term is a mean over them. Divide by n.", make=True
)
def _():
    import torch.nn.functional as F

    return _found(
        lambda *given: _loss(
            *given, reconstruction=lambda o, x: F.binary_cross_entropy_with_logits(o, x, reduction="sum")
        )
    )


@vae_loss.slip(
    "this is the sum over the pictures: the loss is the mean over them, so that it fits any batch.", make=True
)
def _():
    return _found(lambda *given: len(given[0]) * _loss(*given))


@vae_loss.slip("now both terms are means over everything: 784 pixels and 20 units are different numbers.", make=True)
def _():
    import torch.nn.functional as F

    return _found(
        lambda *given: _loss(
            *given, reconstruction=F.binary_cross_entropy_with_logits, kl=lambda m, v: _kl(m, v).mean()
        )
    )


@vae_loss.slip("the KL term is a mean over the units now: it is to be summed over them.", make=True)
def _():
    return _found(lambda *given: _loss(*given, kl=lambda m, v: _kl(m, v).mean()))


@vae_loss.slip(
    "784 is the number of pixels of our digits only. Sum over the pixels, then any size is right.", make=True
)
def _():
    import torch.nn.functional as F

    return _found(
        lambda *given: _loss(*given, reconstruction=lambda o, x: 784 * F.binary_cross_entropy_with_logits(o, x))
    )


@vae_loss.slip("the KL term is summed over the pictures: it is to be their mean, as the cross-entropy is.", make=True)
def _():
    return _found(lambda *given: _loss(*given, kl=lambda m, v: _kl(m, v).sum()))


@vae_loss.slip("log_var is taken for log σ in the KL term; it is log σ².", make=True)
def _():
    return _found(lambda *given: _loss(*given, kl=lambda m, v: _kl(m, 2 * v).sum(dim=1).mean()))


@vae_loss.slip("the KL term is gone: without it this is a plain autoencoder.", make=True)
def _():
    return _found(lambda *given: _loss(*given, kl=lambda m, v: 0))


@vae_loss.slip("the KL term is taken away: that rewards codes far from the prior.", make=True)
def _():
    return _found(lambda *given: _loss(*given, kl=lambda m, v: -_kl(m, v).sum(dim=1).mean()))


@vae_loss.slip("this is the ELBO itself: a loss is to be made small, so it is minus the ELBO.", make=True)
def _():
    return _found(lambda *given: -_loss(*given))


@vae_loss.slip("one number for each picture: return their mean.", make=True)
def _():
    import torch.nn.functional as F

    return _found(
        lambda o, x, m, v: (
            F.binary_cross_entropy_with_logits(o, x, reduction="none").flatten(1).sum(dim=1) + _kl(m, v).sum(dim=1)
        )
    )


# 20.5 -----------------------------------------------------------------------------------------------------------------
@exercise("20.5", "Bounds from log weights", reads="bounds", points=2)
def bounds(ask: Ask, rng: np.random.Generator) -> None:
    from scipy.special import logsumexp

    for k, n, level, spread in (5, 3, -2.0, 1.0), (1, 4, -100.0, 3.0), (200, 2, -1000.0, 5.0), (7, 1, 900.0, 2.0):
        log_w = level + spread * rng.normal(size=(k, n))
        reply = ask.call("bounds", _tensor(log_w))
        if isinstance(reply, np.ndarray) and reply.shape == (2, n):  # one tensor holds both: they can be told apart
            reply = list(reply)
        elbo, iwae = ask.parts(reply, "the ELBO", "the importance-weighted bound")
        told = f"log weights of shape {log_w.shape}, about {level:g} each"
        ask.close(elbo, log_w.mean(axis=0), given=f"the ELBO; {told}", rtol=1e-6, atol=1e-6)
        ask.close(
            iwae,
            logsumexp(log_w, axis=0) - np.log(k),
            given=f"the importance-weighted bound; {told}",
            rtol=1e-6,
            atol=1e-6,
        )


bounds.hints(
    "Two formulas from the text: one takes the mean of the logarithms, the other the logarithm of the mean.",
    "exp(-1000) is 0 for a computer, and its logarithm is −∞. torch.logsumexp(log_w, dim=0) computes the logarithm of "
    "the sum of the exponentials without this.",
    "The logarithm of the mean is the logarithm of the sum minus log K, and K is len(log_w).",
)


def _bounds(log_w, *, dim=0, count=None):
    import torch

    count = log_w.shape[dim] if count is None else count
    return log_w.mean(dim=dim), torch.logsumexp(log_w, dim=dim) - math.log(count)


@bounds.slip("log K is not taken off: this is the logarithm of the sum of the weights, not of their mean.")
def _(log_w):
    return _bounds(log_w, count=1)


@bounds.slip("exp() of about −1000 is 0 and of 900 is infinite: use torch.logsumexp.")
def _(log_w):
    return log_w.mean(dim=0), log_w.exp().mean(dim=0).log()


@bounds.slip("the wrong way round: the ELBO comes first, then the importance-weighted bound.")
def _(log_w):
    return _bounds(log_w)[::-1]


@bounds.slip("the axes: K stands first. Take the mean over the codes, and give one bound for each picture.")
def _(log_w):
    return _bounds(log_w, dim=1)


@bounds.slip("n is not K: divide by the number of codes of each picture, len(log_w).")
def _(log_w):
    return _bounds(log_w, count=log_w.shape[1])


@bounds.slip("one number for all pictures: a bound for each is asked for.")
def _(log_w):
    elbo, iwae = _bounds(log_w)
    return elbo.mean(), iwae.mean()


@bounds.slip("the mean over codes and pictures was taken before the logarithm: each picture has its own bound.")
def _(log_w):
    import torch

    return log_w.mean(), torch.logsumexp(log_w.flatten(), 0) - math.log(log_w.numel())


@bounds.slip("logsumexp is divided by K: the division is inside the logarithm, so outside log K is taken off.")
def _(log_w):
    import torch

    return log_w.mean(dim=0), torch.logsumexp(log_w, dim=0) / len(log_w)


@bounds.slip("the sign: bounds of log p(x), not losses.")
def _(log_w):
    elbo, iwae = _bounds(log_w)
    return -elbo, -iwae


@bounds.slip("the ELBO is the mean over the codes, not the sum.")
def _(log_w):
    return log_w.sum(dim=0), _bounds(log_w)[1]


@bounds.slip("the ELBO takes all K codes: their mean, not the first one.")
def _(log_w):
    return log_w[0], _bounds(log_w)[1]


@bounds.slip("the largest weight of K is no bound in expectation: take the logarithm of the mean.")
def _(log_w):
    return log_w.mean(dim=0), log_w.amax(dim=0)


# 20.6 -----------------------------------------------------------------------------------------------------------------
@exercise("20.6", "Generate", reads="generate", points=2)
def generate(ask: Ask, rng: np.random.Generator) -> None:
    n = 2000
    for d, pixels in (2, 5), (1, 3), (4, 6):
        weight, bias = np.linalg.qr(rng.normal(size=(pixels, d)))[0].astype(np.float32), 0.3 * _normal(rng, pixels)
        told = f"a decoder of {d} units and {pixels} pixels, {n} pictures"
        reply = ask.call("generate", Net(("Linear", weight, bias)), n, d)
        chances, drawn = (np.asarray(part, float) for part in ask.parts(reply, "probabilities", "pixels"))
        for name, got in ("probabilities", chances), ("pixels", drawn):
            ask.true(
                got.shape == (n, pixels), f"the {name} have the shape {got.shape}, expected {(n, pixels)}", given=told
            )
        inside = bool(np.isfinite(chances).all() and (chances > 0).all() and (chances < 1).all())
        ask.true(inside, "probabilities lie between 0 and 1: the decoder gives logits", given=told)
        if ask.failure:
            return
        logits = np.log(chances / (1 - chances)) - bias
        z = logits @ weight
        ask.true(bool(np.abs(z @ weight.T - logits).max() < 0.01), "no code gives these probabilities", given=told)
        ask.true(
            bool(np.abs(z.mean(0)).max() < 0.15), f"the codes' mean is {z.mean(0).round(2)}, expected 0", given=told
        )
        ask.true(
            bool((np.abs(z.std(0) - 1) < 0.1).all()),
            f"the codes' standard deviation is {z.std(0).round(2)}, expected 1",
            given=told,
        )
        tails = (np.abs(z) > 2).mean()
        ask.true(0.02 < tails < 0.075, f"{tails:.1%} of the codes lie beyond ±2; Gaussian: 4.6 %", given=told)
        if d > 1:
            together = np.abs(_correlations(z) - np.eye(d)).max()
            ask.true(
                together < 0.15, f"two units of the codes have the correlation {together:.2f}, expected 0", given=told
            )
        ask.true(bool(np.isin(drawn, (0, 1)).all()), "pixels are 0 or 1", given=told)
        sure = float(np.maximum(chances, 1 - chances).mean())
        likely = float((drawn == (chances > 0.5)).mean())
        ask.true(
            likely < sure + 0.05,
            f"{likely:.0%} of the pixels are the likelier colour, expected {sure:.0%}: they are to be drawn",
            given=told,
        )
        ask.true(
            likely > sure - 0.05, f"{likely:.0%} of the pixels are the likelier colour, expected {sure:.0%}", given=told
        )
        surprise = (drawn - chances) / np.sqrt(chances * (1 - chances))
        together = np.abs(surprise.T @ surprise / n - np.eye(pixels)).max()
        ask.true(
            together < 0.25,
            f"given the code, two pixels of a picture have the correlation {together:.2f}, expected 0",
            given=told,
        )


generate.hints(
    "Tell the story of the model: first a code from the prior, then the decoder, then the pixels.",
    "torch.randn(n, latent) are n codes from N(0, I). The decoder returns logits; sigmoid makes probabilities of them.",
    "torch.bernoulli(probabilities) draws each pixel. Return both, under torch.no_grad().",
)


def _generate(decoder, z, *, squash=True, draw=None):
    import torch

    logits = decoder(z).detach()
    chances = logits.sigmoid() if squash else logits
    return chances, (draw or torch.bernoulli)(logits.sigmoid() if squash else logits.clamp(0, 1))


@generate.slip("the decoder gives logits: sigmoid makes probabilities of them.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(n, latent), squash=False)


@generate.slip("torch.rand draws codes uniformly between 0 and 1; the prior is N(0, I): torch.randn.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.rand(n, latent))


@generate.slip("the codes are uniform between -1 and 1; the prior is N(0, I).")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, 2 * torch.rand(n, latent) - 1)


@generate.slip("all codes are 0, the mean of the prior: one picture, n times. Draw the codes.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.zeros(n, latent))


@generate.slip("one code for all pictures: each picture needs its own.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(1, latent).repeat(n, 1))


@generate.slip("all units of a code are the same number: draw each of them, torch.randn(n, latent).")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(n, 1).repeat(1, latent))


@generate.slip("the pixels are rounded, not drawn: torch.bernoulli draws each with its probability.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(n, latent), draw=lambda p: (p > 0.5).float())


@generate.slip("these are the probabilities twice: the second part is to be the drawn pixels, 0 or 1.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(n, latent), draw=lambda p: p)


@generate.slip("black and white are exchanged: a pixel is 1 with the probability that the decoder says.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(n, latent), draw=lambda p: 1 - torch.bernoulli(p))


@generate.slip("each pixel is 1 with probability one half: draw it with the probability that the decoder says.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(n, latent), draw=lambda p: torch.bernoulli(0.5 * torch.ones_like(p)))


@generate.slip("one random number for all pixels of a picture: each pixel is drawn on its own.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(n, latent), draw=lambda p: (torch.rand(len(p), 1) < p).float())


@generate.slip("the pixels belong to other codes than the probabilities: draw them with the probabilities you return.")
def _(decoder, n, latent):
    import torch

    first, second = (_generate(decoder, torch.randn(n, latent)) for _ in range(2))
    return first[0], second[1]


@generate.slip("only the probabilities are returned: return both, (probabilities, pixels).")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(n, latent))[0]


@generate.slip("only one picture: n of them are asked for.")
def _(decoder, n, latent):
    import torch

    return _generate(decoder, torch.randn(1, latent))
