# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Variational autoencoders
#
# The autoencoder of {doc}`chapter 19 <19_autoencoders>` squeezes a digit into a few numbers and makes the digit again
# from them. Now leave its encoder away, and give the decoder a few numbers of your own. Scribble comes out. Nobody ever
# told it which codes mean something.
#
# **What has to change, so that a decoder turns random numbers into new digits? And how good are these digits?** The
# answer is the **variational autoencoder**, VAE for short {cite:p}`kingma2014auto,rezende2014stochastic`. Its network
# is an autoencoder with one more line of code. Its loss is a small piece of probability theory, which you will derive
# step by step and check with numbers at each step.
#
# You need {doc}`chapter 18 <18_probability>` (densities, Bayes, the KL divergence, means over random draws) and chapter
# 19. Reading takes about an hour, the six exercises about two.

# %% tags=["parameters"]
SEED = 0
FAST = False  # True: load what the full run has trained; shorter trainings
DEVICE = None

# %%
import math
from functools import partial

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm
from sklearn.neighbors import KNeighborsClassifier
from torch.nn import functional as F

from nnlab import answer, artifacts, check, fit, get_device, hint
from nnlab import plot, progress, quality, seed_everything, weights
from nnlab.generative import vae

plot.use_style()
seed_everything(SEED)
device = get_device(DEVICE)
BLUE, ORANGE, GREEN, RED, GREY, INK = (
    plot.PALETTE[k] for k in ("blue", "orange", "green", "red", "grey", "ink")
)

# %% [markdown]
# ## A story with a hidden variable
#
# Somebody wants to write a digit. First she decides, without telling you: which digit, how slanted, how bold. Then she
# writes, and her hand shakes a little. You see only the ink.
#
# A {term}`latent variable` model tells this story with two random draws:
#
# 1. Draw a **code** $z$ (a few numbers) from a fixed distribution $p(z)$, the prior. We take $\mathcal{N}(0,
#    I)$: independent numbers, each Gaussian with mean 0 and standard deviation 1.
# 2. Draw the picture $x$ from a distribution $p(x \mid z)$ that depends on the code. A network, the decoder, says how.
#
# *Latent* means hidden: of each picture in the data you know $x$, never $z$. (As in chapter 19,
# $z$ is the code here, not a weighted sum.) The two draws together have the density $p(x, z) = p(x \mid z)\, p(z)$.
#
# Before networks come in, take the smallest model of this kind. The code is one number, the "picture" has two:
#
# ```{math}
# :label: eq-vae-toy
# z \sim \mathcal{N}(0, 1), \qquad x = b + w z + s\, \varepsilon, \quad \varepsilon \sim \mathcal{N}(0, I) .
# ```
#
# In words: $z$ chooses a place on a straight line through $b$ in the direction $w$, and noise of standard deviation $s$
# moves the point a little. So $p(x \mid z)$ is a Gaussian around $b + w z$. Its decoder is linear, so that every
# quantity of this chapter has a formula here, with which we can compare.

# %%
w, b, s = np.array([1.6, 0.9]), np.array([0.5, -0.5]), 0.5
rng = np.random.default_rng(SEED)
z_drawn = rng.normal(size=400)
x_drawn = b + z_drawn[:, None] * w + s * rng.normal(size=(400, 2))

# %% tags=["hide-input"]
_, ax = plt.subplots(figsize=(5, 3.2))
shades = ax.scatter(*x_drawn.T, c=z_drawn, s=14, cmap="cividis")
ends = b + np.array([[-3], [3]]) * w
ax.plot(*ends.T, color=ORANGE, label="$b + w z$")
ax.plot(2.4, 0.3, "*", color=RED, ms=14, label="the point of the next sections")
ax.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(-4.5, 6), ylim=(-4, 3))
ax.legend(loc="lower right")
plt.colorbar(shades, label="$z$ (hidden)")
plot.show(
    "A cloud of 400 points along a straight line that rises to the right. The colour, "
    "the hidden code, changes along the line. A star marks a point beside the line.",
    "Two random draws make each point: its place on the line, then noise.",
)

# %% [markdown]
# ## The evidence, and why it is hard
#
# Maximum likelihood (chapter 18) asks for parameters that make the data probable: $\log p(x)$ shall be large for each
# $x$ of the data. But the story gives us $p(x \mid z)$, and $z$ is unknown. So it has to be averaged over all codes
# that might have been:
#
# ```{math}
# :label: eq-vae-evidence
# p(x) = \int p(x \mid z)\, p(z)\, dz .
# ```
#
# $p(x)$ is called the **evidence**. For the toy it is known: $x$ is a sum of Gaussians, hence Gaussian, with mean
# $b$ and covariance $w w^\top + s^2 I$. For a decoder that is a network there is no formula.
#
# The plain way is Monte Carlo (chapter 18): draw $K$ codes from the prior, and take the mean of $p(x \mid z_k)$. Let us
# see how far this gets when the code has more than one number. Our test model has $d$ codes and $d$ pixels, $x_j = 2
# z_j + 0.5\, \varepsilon_j$. Its exact evidence is that of $d$ Gaussians with variance $2^2 + 0.5^2$. (`logsumexp` is
# the logarithm of a sum of exponentials. It works where $e^{-1000}$ alone would be 0 for the computer.)


# %%
def log_normal(x, mean, std):
    """log N(x; mean, std²), summed over the last axis."""
    each = -(((x - mean) / std) ** 2) / 2 - np.log(std * math.sqrt(2 * math.pi))
    return each.sum(axis=-1)


def from_the_prior(d, draws=1000, points=50):
    """Exact log evidence and its plain estimate, each a mean over some points x."""
    x = 2 * rng.normal(size=(points, d)) + 0.5 * rng.normal(size=(points, d))
    z = rng.normal(size=(draws, points, d))
    estimate = logsumexp(log_normal(x, 2 * z, 0.5), axis=0) - math.log(draws)
    return log_normal(x, 0, math.sqrt(4.25)).mean(), estimate.mean()


sizes = (1, 2, 5, 10, 20)
plain = pd.DataFrame(
    [[d, *from_the_prior(d)] for d in sizes],
    columns=["numbers in the code", "exact log p(x)", "estimate"],
)
plot.table(plain, "The evidence by 1000 draws from the prior", digits=1)

# %% [markdown]
# With one or two numbers 1000 draws are enough. With 20 the estimate is more than 60 nats too low: a factor of
# $e^{60}$. Why? Nearly no code of the prior explains *this* $x$. The few codes that do lie in a small corner of the
# space, and 1000 draws never hit it. (Logarithms are natural in this chapter, and their unit is the nat.)
#
# What codes may have made this $x$? Bayes' rule says it, $p(z \mid x) = p(x \mid z)\, p(z) / p(x)$. This **posterior**
# needs $p(x)$ as well. Yet it shows the way out: **draw the codes where they matter**, near the posterior, and not from
# the prior.

# %% tags=["claim"]
from nnlab import claim

gaps = (plain["exact log p(x)"] - plain["estimate"]).to_numpy()
enough = bool(np.abs(gaps[:2]).max() < 0.3)
claim("With one or two numbers 1000 draws are enough", enough)
claim("the estimate is more than 60 nats too low", bool(gaps[-1] > 60))

# %% [markdown]
# ## The identity, in four steps
#
# Take any distribution $q(z)$ over the codes from which you can draw. It may depend on $x$; then we write $q(z \mid
# x)$. Start with $\log p(x)$, which does not contain $z$, so that its mean over $z \sim q$ is itself:
#
# ```{math}
# :label: eq-vae-identity
# \begin{aligned}
# \log p(x)
# &= \mathbb{E}_{q}\bigl[ \log p(x) \bigr]
#    && \text{a constant is its own mean} \\
# &= \mathbb{E}_{q}\Bigl[ \log \frac{p(x, z)}{p(z \mid x)} \Bigr]
#    && \text{because } p(x, z) = p(z \mid x)\, p(x) \\
# &= \mathbb{E}_{q}\Bigl[ \log \frac{p(x, z)}{q(z \mid x)} \cdot \frac{q(z \mid x)}{p(z \mid x)} \Bigr]
#    && \text{times } q / q = 1, \text{ inside the logarithm} \\
# &= \underbrace{\mathbb{E}_{q}\Bigl[ \log \frac{p(x, z)}{q(z \mid x)} \Bigr]}_{\text{ELBO}}
#  + \underbrace{\mathbb{E}_{q}\Bigl[ \log \frac{q(z \mid x)}{p(z \mid x)} \Bigr]}_{D_\text{KL}(q(z \mid x) \,\Vert\, p(z \mid x))}
#    && \text{the logarithm of a product is a sum.}
# \end{aligned}
# ```
#
# A KL divergence is never negative (chapter 18). So the first term is never above $\log p(x)$: it is a lower bound of
# the evidence, and is called so: evidence lower bound, {term}`ELBO`. **Log evidence = ELBO plus gap.** Three things
# follow:
#
# - The ELBO contains $p(x, z)$ and $q$, both of which we can compute. The two that we cannot compute, $p(x)$ and
#   $p(z \mid x)$, are not in it.
# - For a fixed model the sum is constant. Whoever raises the ELBO by a better $q$ makes the gap smaller by as much:
#   $q$ comes nearer to the posterior, although nobody knows the posterior.
# - If $q$ is the posterior, the gap is 0.
#
# (You can find the last line printed with an equals sign in place of the plus. The next cells tell which is right.)

# %% [markdown]
# ## Check it where everything is known
#
# In the toy let $q$ be a Gaussian $\mathcal{N}(m, v)$. All pieces have formulas. The expected log likelihood contains
# $\mathbb{E}_q \lVert x - b - w z \rVert^2 = \lVert x - b - w m \rVert^2 + v \lVert w \rVert^2$: the error at the mean,
# plus what the spread of $z$ adds. The posterior is Gaussian too, with
#
# $$ v^* = \frac{1}{1 + \lVert w \rVert^2 / s^2}, \qquad m^* = v^*\, \frac{w^\top (x - b)}{s^2} . $$
#
# In words: $1 / v$ is 1 for the prior, and the observed $x$ adds $\lVert w \rVert^2 / s^2$ to it. The KL divergence of
# two Gaussians is that of chapter 18.


# %%
def expected_log_likelihood(x, m, v):
    """E_q[log p(x|z)] for q = N(m, v)."""
    square = ((x - b - w * m) ** 2).sum() + v * (w @ w)
    return -len(x) / 2 * np.log(2 * np.pi * s**2) - square / (2 * s**2)


def kl(m, v, m2, v2):
    """KL(N(m, v) ‖ N(m2, v2)) of two variances v, v2, as in chapter 18."""
    return (v / v2 + (m - m2) ** 2 / v2 - 1 - np.log(v / v2)) / 2


x_star = np.array([2.4, 0.3])
v_post = 1 / (1 + w @ w / s**2)
m_post = v_post * w @ (x_star - b) / s**2
exact = multivariate_normal(b, np.outer(w, w) + s**2 * np.eye(2)).logpdf(x_star)

# %%
choices = {
    "the prior": (0, 1),
    "a guess": (1, 0.25),
    "the posterior, too wide": (m_post, 4 * v_post),
    "the posterior": (m_post, v_post),
}
rows = []
for name, (m, v) in choices.items():
    elbo = expected_log_likelihood(x_star, m, v) - kl(m, v, 0, 1)
    gap = kl(m, v, m_post, v_post)
    rows.append([name, elbo, gap, elbo + gap])
identity = pd.DataFrame(rows, columns=["q", "ELBO", "KL(q ‖ posterior)", "sum"])
plot.table(identity, f"For each q the sum is log p(x) = {exact:.3f}")

# %% [markdown]
# For every $q$, good or bad, the sum is −2.477, which is the evidence from the Gaussian formula, to all digits. With
# the prior as $q$ the bound lies 13.214 nats too low; with the posterior there is no gap.

# %% tags=["claim"]
claim("the sum is −2.477", identity["sum"][0])
claim("to all digits", bool(np.allclose(identity["sum"], exact, atol=1e-12)))
claim("the bound lies 13.214 nats too low", identity["KL(q ‖ posterior)"][0])
claim("with the posterior there is no gap", bool(abs(gap) < 1e-12))

# %% tags=["hide-input"]
grid = np.linspace(0.2, 1.9, 200)
curve = [expected_log_likelihood(x_star, m, v_post) - kl(m, v_post, 0, 1) for m in grid]
_, ax = plt.subplots(figsize=(6.6, 2.8))
ax.axhline(exact, color=INK, ls="--", label="$\\log p(x)$")
ax.plot(grid, curve, color=BLUE, label="ELBO")
gap_look = {"color": ORANGE, "alpha": 0.25, "label": "gap: KL(q ‖ posterior)"}
ax.fill_between(grid, curve, exact, **gap_look)
ax.axvline(m_post, color=GREY, ls=":", label="mean of the posterior")
ax.set(xlabel="mean of $q$", ylabel="nats", ylim=(-7.5, -2))
ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
plot.show(
    "A horizontal line, the log evidence, above a curve like a hill, the ELBO. They "
    "touch where the mean of q is that of the posterior; the gap is the area between.",
    "The ELBO touches the evidence where q is the posterior.",
)

# %% [markdown]
# ## Exercise 20.1: The identity by hand
#
# Codes can be anything, also two labels. A model draws $z = 0$ or $z = 1$, each with probability 0.5. A picture of one
# pixel is then white ($x = 1$) with probability 0.2 if $z = 0$ and 0.8 if $z = 1$. You see $x = 1$, and use $q(z = 0) =
# q(z = 1) = 0.5$.
#
# Compute by hand, in nats, to three decimals: `log_evidence`, $\log p(x = 1)$; `elbo_by_hand`, the ELBO; and `gap`,
# $D_\text{KL}(q \,\Vert\, p(z \mid x = 1))$. Check yourself by the identity.

# %%
### BEGIN SOLUTION: a number
log_evidence = -0.693  # log(0.5 * 0.2 + 0.5 * 0.8)
### END SOLUTION
### BEGIN SOLUTION: a number
elbo_by_hand = -0.916  # 0.5 * log(0.1 / 0.5) + 0.5 * log(0.4 / 0.5)
### END SOLUTION
### BEGIN SOLUTION: a number
gap = 0.223  # 0.5 * log(0.5 / 0.2) + 0.5 * log(0.5 / 0.8)
### END SOLUTION

# %%
check("20.1")

# %% [markdown]
# ## What the ELBO asks for
#
# Write $p(x, z) = p(x \mid z)\, p(z)$ in the ELBO and sort the logarithms:
#
# ```{math}
# :label: eq-elbo
# \text{ELBO} = \underbrace{\mathbb{E}_{q(z \mid x)}\bigl[ \log p(x \mid z) \bigr]}_{\text{reconstruction}}
#   - \underbrace{D_\text{KL}\bigl( q(z \mid x) \,\Vert\, p(z) \bigr)}_{\text{KL term}} .
# ```
#
# Now you can read it as the loss of an autoencoder. $q(z \mid x)$ is an **encoder**, which answers a picture with a
# *distribution* of codes. $p(x \mid z)$ is the **decoder**.
#
# - The **reconstruction** is large when codes from the encoder let the decoder explain the picture.
# - The **KL term** is what the code costs: the nats that it tells about this picture. (A code drawn from the prior
#   tells nothing and costs 0.) It pulls each $q(z \mid x)$ towards $\mathcal{N}(0, I)$, where we want to draw our codes
#   later. Chapter 19's autoencoder had no such term.
#
# Mind the two KL divergences. The KL *term* compares $q$ with the prior and is computed. The *gap* compares $q$ with
# the posterior and is not known.
#
# For each of its units, the encoder gives a mean $\mu$ and a variance $\sigma^2$. (Here $\sigma$ is a standard
# deviation, as in chapter 18. The function that the book also calls $\sigma$ is written out as sigmoid.) The KL term of
# one unit is
#
# ```{math}
# :label: eq-vae-kl
# \begin{aligned}
# D_\text{KL}\bigl( \mathcal{N}(\mu, \sigma^2) \,\Vert\, \mathcal{N}(0, 1) \bigr)
# &= \mathbb{E}_q\Bigl[ -\log \sigma - \frac{(z - \mu)^2}{2 \sigma^2} + \frac{z^2}{2} \Bigr] \\
# &= -\log \sigma - \frac12 + \frac{\mu^2 + \sigma^2}{2}
#  = \frac12 \bigl( \mu^2 + \sigma^2 - 1 - \log \sigma^2 \bigr) .
# \end{aligned}
# ```
#
# The constants $\log \sqrt{2\pi}$ of the two densities cancel. The second line uses $\mathbb{E}(z - \mu)^2 = \sigma^2$
# and $\mathbb{E} z^2 = \mu^2 + \sigma^2$. The units are independent, so their divergences add up.

# %% [markdown]
# ## Exercise 20.2: The KL term
#
# Write `kl_to_prior(mean, log_var)`: the KL term of each picture, shape `(n,)`. Both arguments are tensors of shape
# `(n, d)`: for each picture and unit the mean $\mu$ and $\log \sigma^2$, the *logarithm of the variance*. Use the
# formula, not a ready-made divergence.
#
# (Why the logarithm? An encoder's last layer gives any real number, and $e^{\log \sigma^2}$ is positive for all of
# them.)


# %%
def kl_to_prior(mean, log_var):
    """KL(q(z|x) || N(0, I)) in nats: (n, d) and (n, d) to (n,)."""
    ### BEGIN SOLUTION: the formula for each unit, then the sum over the units
    return ((mean**2 + log_var.exp() - 1 - log_var) / 2).sum(dim=1)
    ### END SOLUTION


# %%
check("20.2")

# %% [markdown]
# ## A gradient through a random draw
#
# The reconstruction is a mean over $z \sim q(z \mid x)$. One draw for each picture is a fair estimate of it, and
# mini-batches average over many. But we also need the gradient with respect to $\mu$ and $\sigma$, and these sit
# *inside the random draw*. There are two ways. Let $f(z)$ be what is averaged.
#
# **The score function.** Since $\nabla q = q\, \nabla \log q$,
#
# $$ \nabla_\mu\, \mathbb{E}_q[f(z)] = \int f(z)\, \nabla_\mu\, q(z)\, dz
#    = \mathbb{E}_q\bigl[ f(z)\, \nabla_\mu \log q(z) \bigr] . $$
#
# It needs no derivative of $f$: draw, look how good $f$ is, and make good draws more probable. It works for codes of
# any kind.
#
# **The {term}`reparametrisation`.** Take the randomness out of the parameters' way. Draw $\varepsilon \sim
# \mathcal{N}(0, 1)$, which depends on nothing, and compute
#
# ```{math}
# :label: eq-reparametrise
# z = \mu + \sigma\, \varepsilon ,
# \qquad \text{so that} \qquad
# \nabla_\mu\, \mathbb{E}_q[f(z)] = \mathbb{E}_\varepsilon\bigl[ f'(\mu + \sigma \varepsilon) \bigr] .
# ```
#
# Now $z$ is an ordinary function of $\mu$ and $\sigma$, and backpropagation ({doc}`chapter 08 <08_backpropagation>`)
# runs through it. It uses the slope of $f$, that is, it knows in which direction to move the code.
#
# Both are right on average. We measure how much a single draw varies, in the model with $d$ codes from above, for which
# the gradient has a formula. $f$ is $\log p(x, z) - \log q(z)$. (It contains $\mu$ itself, through $\log q$. What this
# adds to the gradient is 0 on average.)


# %%
def one_draw_gradients(d, draws=20_000):
    """The exact slope for the first mean; means and stds of both estimates of it."""
    v = torch.tensor(4 / 17).double()  # wider than the posterior
    mean = torch.full((draws, d), 0.74).double().requires_grad_()
    z = mean + v.sqrt() * torch.randn(draws, d, dtype=torch.float64)
    f = vae.gaussian_log_density(torch.full((d,), 2.0).double(), 2 * z, math.log(0.25))
    f = f + vae.gaussian_log_density(z) - vae.gaussian_log_density(z, mean, v.log())
    path = torch.autograd.grad(f.sum(), mean)[0][:, 0]
    score = (f[:, None] * (z - mean) / v).detach()[:, 0]
    found = (path.mean(), score.mean(), path.std(), score.std())
    return 2 * (2 - 2 * 0.74) / 0.25 - 0.74, *(float(a) for a in found)


torch.manual_seed(SEED)
kinds = ("reparametrised", "score function")
columns = ["numbers in the code", "exact"]
columns += [f"{figure}, {kind}" for figure in ("mean", "std") for kind in kinds]
rows = [[d, *one_draw_gradients(d)] for d in sizes]
estimators = pd.DataFrame(rows, columns=columns)
plot.table(estimators, "The gradient of the ELBO from one draw: mean and std", digits=2)

# %% [markdown]
# Both means agree with the exact gradient, as far as their noise allows. But the reparametrised gradient has the same
# standard deviation, about 8, for every $d$; that of the score function grows from about 15 to more than 100 with 20
# numbers. Its $f$ is a sum over all numbers of the code, and the noise of 19 of them has nothing to do with the first
# mean. Ten times the standard deviation needs a hundred times the draws. (Subtracting a constant from $f$, a
# *baseline*, helps a good deal.) What the table does not say: that the score function is useless. Where $z$ is a label,
# there is no slope, and reparametrisation has nothing to offer.

# %% tags=["claim"]
# fmt: off
std_path, std_score = estimators["std, reparametrised"], estimators["std, score function"]
claim("standard deviation, about 8, for every", bool(std_path.between(7.5, 8.7).all()))
claim("grows from about 15 to more than 100 with 20 numbers",
      bool(10 < std_score[0] < 20 and std_score[4] > 100))
claim("Ten times the standard deviation", bool(std_score[4] > 10 * std_path[4]))
off = [estimators[f"mean, {k}"] - estimators["exact"] for k in kinds]
noise = [4 * std / math.sqrt(20_000) for std in (std_path, std_score)]
agree = [(o.abs() < n).all() for o, n in zip(off, noise, strict=True)]
claim("Both means agree with the exact gradient", all(agree))
# fmt: on

# %% [markdown]
# ## Exercise 20.3: Reparametrise
#
# Write `reparametrise(mean, log_var)`: one code for each row, drawn from $\mathcal{N}(\mu, \sigma^2)$, so that
# gradients reach both arguments. All shapes are `(n, d)`. Draw the noise with `torch`.
#
# The function below it, `pathwise`, is finished. It sends your codes through a decoder and returns them with the
# gradient of $\log p(x \mid z)$ that arrived at `mean` and at `log_var`. The check looks at all three.


# %%
def reparametrise(mean, log_var):
    """Codes z ~ N(mean, exp(log_var)): (n, d) and (n, d) to (n, d)."""
    ### BEGIN SOLUTION: mean plus standard deviation times noise
    return mean + torch.exp(log_var / 2) * torch.randn_like(mean)
    ### END SOLUTION


def pathwise(decoder, x, mean, log_var):
    """The codes, and the gradients of log p(x|z) at mean and log_var."""
    mean, log_var = mean.clone().requires_grad_(), log_var.clone().requires_grad_()
    z = reparametrise(mean, log_var)
    loss = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
    found = torch.autograd.grad(-loss, (mean, log_var), allow_unused=True)
    gradients = [torch.zeros_like(mean) if g is None else g for g in found]
    return z.detach(), *gradients


# %%
check("20.3")

# %% [markdown]
# ## The network
#
# The model of Kingma and Welling, as in `nnlab/generative/vae.py`: an MLP from 784 pixels over 400 hidden neurons to 20
# means and 20 log variances, and back from 20 numbers over 400 to 784 logits. The whole forward pass is an autoencoder
# with one line more:
#
# ```
# mean, log_var = encoder(x).chunk(2, dim=1)
# z = reparametrise(mean, log_var)                 # this one
# logits = decoder(z)
# ```

# %% tags=["hide-input"]
_, ax = plt.subplots(figsize=(6.6, 1.8))
boxes = ["$x$", "encoder", "$\\mu,\\ \\log\\sigma^2$"]
boxes += ["$z = \\mu + \\sigma\\varepsilon$", "decoder", "logits"]
look = {"ha": "center", "va": "center", "color": INK, "fontsize": 9}
arrow = {"arrowstyle": "->", "color": INK}
for place, text in enumerate(boxes):
    edge = ORANGE if text == boxes[3] else INK
    frame = {"boxstyle": "round,pad=0.4", "fc": "none", "ec": edge}
    ax.text(place, 0, text, bbox=frame, **look)
half = (0.13, 0.32, 0.33, 0.36, 0.32, 0.26)  # of a box's width, and a little air
for place in range(5):
    ends = (place + 1 - half[place + 1], 0), (place + half[place], 0)
    ax.annotate("", *ends, arrowprops=arrow)
ax.annotate("", (3, 0.28), (3, 0.85), arrowprops=arrow | {"color": ORANGE})
ax.text(3, 1, "$\\varepsilon \\sim \\mathcal{N}(0, I)$", **look)
ax.set(xlim=(-0.3, 5.4), ylim=(-0.5, 1.3))
ax.axis("off")
plot.show(
    "A row of boxes from left to right: x, encoder, mean and log variance, the code "
    "z, decoder, logits. Noise enters the code from above.",
    "A VAE. Noise enters in one place only, and no parameter lies behind it.",
)

# %% [markdown]
# ## Pixels that are on or off
#
# What is $p(x \mid z)$ for a picture? The simplest choice: each pixel is on or off, independently of the others once
# the code is known, with a probability $p_j$ that the decoder says (as the sigmoid of its logit). This is the
# **Bernoulli decoder**:
#
# ```{math}
# :label: eq-bernoulli-decoder
# \log p(x \mid z) = \sum_{j=1}^{784} \Bigl[ x_j \log p_j + (1 - x_j) \log (1 - p_j) \Bigr] .
# ```
#
# You know it: it is minus the binary cross-entropy, **summed** over the pixels. But it is the logarithm of a
# probability only if each $x_j$ is 0 or 1. So we make the digits black and white, at a threshold of 127. The split into
# 4000 training and 1000 test digits is that of {doc}`chapter 15 <15_cnn_classifier>`.

# %%
digits = quality.digits()


def black_and_white(images):
    """uint8 (n, 28, 28) to tensors (n, 1, 28, 28) of 0 and 1."""
    return (torch.as_tensor(images)[:, None] > 127).float().to(device)


X, X_test = black_and_white(digits.training), black_and_white(digits.test)
print(X.shape, X_test.shape, X.unique())

# %% [markdown]
# Many programs skip this and feed greys between 0 and 1 to the cross-entropy. Training works, the pictures look fine,
# and no error is raised. But the number is no log likelihood. A density over greys must have the area 1; for $p = 0.5$
# the expression $p^x (1 - p)^{1 - x}$ is 0.5 for *every* grey $x$ from 0 to 1, so its area is 0.5. And even a perfect
# decoder, which says exactly $p_j = x_j$, is punished:

# %%
greys = torch.as_tensor(digits.test).double().flatten(1) / 255
own_logits = torch.logit(greys, eps=1e-12)
perfect = F.binary_cross_entropy_with_logits(own_logits, greys, reduction="none")
cost_of_greys = perfect.sum(dim=1).mean().item()
print(f"greys, reconstructed perfectly: {cost_of_greys:.1f} nats")

# %% [markdown]
# A perfect reconstruction of grey digits "costs" about 46 nats, one of black and white digits 0. (A proper density for
# greys of this form exists, the continuous Bernoulli {cite:p}`loaiza2019continuous`.) Other papers *draw* each pixel,
# on with the probability of its grey {cite:p}`salakhutdinov2008quantitative`. That is honest, but the draw adds noise
# that no model can know: again about 46 nats, by the same formula. So compare nats only if the pictures were made black
# and white in the same way.

# %% tags=["claim"]
claim("is 0.5 for every grey", 0.5**0.3 * 0.5**0.7)
claim('digits "costs" about 46 nats, one of black and white digits 0', cost_of_greys, 0)

# %% [markdown]
# ## Training
#
# `vae.negative_elbo` is minus the mean ELBO of a batch: the cross-entropy summed over pixels, plus the KL term summed
# over units. `fit` does the rest; target and input are the same picture. The learning rate follows one cycle (chapter
# 15).


# %%
def train(net, epochs, *, loss=vae.negative_elbo, lr=4e-3, seed=SEED, **options):
    """Train on the 4000 digits in batches of 128; return the history."""
    steps = epochs * math.ceil(len(X) / 128)
    cycle = partial(torch.optim.lr_scheduler.OneCycleLR, max_lr=lr, pct_start=0.2)
    torch.manual_seed(seed)
    return fit(
        net, (X, X), loss=loss, epochs=epochs, batch_size=128, optimizer="adamw", lr=lr,
        scheduler=partial(cycle, total_steps=steps), scheduler_every="batch",
        device=device, **options,
    )  # fmt: skip


@torch.no_grad()
def parts(net, x=X_test, draws=5):
    """Reconstruction, KL of each unit (d,), and the ELBO: means over the pictures x."""
    with torch.random.fork_rng():  # a look at the net must not change its training
        torch.manual_seed(SEED)
        outputs = [net.eval()(x) for _ in range(draws)]
    likelihood = [vae.bernoulli_log_likelihood(o.logits, x).mean() for o in outputs]
    kl_units = vae.gaussian_kl(outputs[0].mean, outputs[0].log_var).mean(dim=0).cpu()
    reconstruction = float(sum(likelihood) / draws)
    return reconstruction, kl_units.numpy(), reconstruction - float(kl_units.sum())


# %%
torch.manual_seed(SEED)
mlp = vae.mlp_vae(hidden=400, latent=20)
watched = []
mlp_history = train(
    mlp,
    epochs=8 if FAST else 20,
    callbacks=[lambda state: watched.append(parts(state.model, X_test, draws=1))],
)
print(sum(p.numel() for p in mlp.parameters()), "parameters")

# %% tags=["hide-input"]
_, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8))
epochs = range(1, len(watched) + 1)
left.plot(epochs, mlp_history.loss, "o-", ms=4, color=BLUE, label="training")
left.plot(epochs, [-e for _, _, e in watched], "s--", ms=4, color=ORANGE, label="test")
left.set(xlabel="epoch", ylabel="−ELBO, nats", yscale="log")
left.set_yticks([100, 150, 200, 300])
left.yaxis.set_major_formatter("{x:.0f}")
left.minorticks_off()
right.plot(epochs, [k.sum() for _, k, _ in watched], "^-", ms=4, color=GREEN)
right.set(xlabel="epoch", ylabel="KL term, nats", ylim=(0, None))
for ax in (left, right):
    ax.xaxis.get_major_locator().set_params(integer=True)
left.legend()
plot.show(
    "Left: minus the ELBO falls from several hundred nats towards one hundred, on the "
    "test digits a little above the training digits. Right: the KL term is a few nats "
    "at its lowest, early on, and then grows to between 20 and 30 nats.",
    "Training of the MLP VAE: the bound rises (left); the code tells more (right).",
)

# %% [markdown]
# The bound rises. The KL term has its lowest point in one of the first two epochs, below 8 nats: the code says nearly
# nothing yet. Then it pays to tell more, and the KL term ends above 18 nats. On the test digits the bound is a little
# worse than on the training digits; 652 824 parameters can learn some of 4000 pictures by heart.

# %% tags=["claim"]
kl_curve = [float(k.sum()) for _, k, _ in watched]
lowest = int(np.argmin(kl_curve))
early = bool(lowest < 2 and kl_curve[lowest] < 8)
claim("one of the first two epochs, below 8 nats", early)
claim("the KL term ends above 18 nats", bool(kl_curve[-1] > 18))
overfit = -watched[-1][2] - mlp_history.loss[-1]
claim("On the test digits the bound is a little worse", bool(0 < overfit < 25))
claim("652 824 parameters", sum(p.numel() for p in mlp.parameters()))

# %% [markdown]
# ## Exercise 20.4: Find the bug
#
# A friend writes the loss himself. His net has the same 20 units. The loss comes down, below 0.3. But all his
# reconstructions are the same grey blob.


# %%
def friends_loss(output, x):
    """The friend's loss."""
    logits, mean, log_var = output
    reconstruction = F.binary_cross_entropy_with_logits(logits, x)
    kl = ((mean**2 + log_var.exp() - 1 - log_var) / 2).sum(dim=1).mean()
    return reconstruction + kl


torch.manual_seed(SEED)
friends_net = vae.mlp_vae(hidden=200, latent=20)
friends_history = train(friends_net, epochs=5, loss=friends_loss)
friends_kl = parts(friends_net)[1].sum()
print(f"his loss: {friends_history.loss[-1]:.2f}, his KL term: {friends_kl:.4f} nats")

# %% tags=["hide-input"]
with torch.no_grad():
    torch.manual_seed(SEED)
    blobs = friends_net(X_test[:8]).logits.sigmoid()
plot.image_grid(torch.cat([X_test[:8], blobs])[:, 0].cpu().numpy(), columns=8)
plot.show(
    "Above eight different digits, below eight times the same blurred blob.",
    "Digits (above) and what the friend's net makes of them (below).",
)

# %% [markdown]
# 1. Set `diagnosis` to one letter:
#    - **A**: The KL term has the wrong sign, so that it pushes the codes to the prior.
#    - **B**: The cross-entropy is a mean over all pixels, so it is 784 times too light beside the KL term.
#    - **C**: The learning rate is too small: five epochs are not enough.
#    - **D**: 20 units are too few for such digits.
#    - **E**: The pixels should be greys, not 0 and 1.
# 2. Write `vae_loss(logits, x, mean, log_var)`: minus the ELBO, as a mean over the pictures. `logits` and `x` have the
#    shape `(n, 1, height, width)`, the others `(n, d)`.

# %%
### BEGIN SOLUTION: one letter, "A" to "E"
diagnosis = "B"
### END SOLUTION


def vae_loss(logits, x, mean, log_var):
    """Minus the ELBO, the mean over n pictures; a tensor of shape ()."""
    ### BEGIN SOLUTION: sums over pixels and units, a mean over the pictures
    errors = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = ((mean**2 + log_var.exp() - 1 - log_var) / 2).sum(dim=1).mean()
    return errors + kl
    ### END SOLUTION


# %%
check("20.4")

# %%
_, vae_loss = answer("20.4")
torch.manual_seed(SEED)
repaired = vae.mlp_vae(hidden=200, latent=20)
train(repaired, epochs=5, loss=lambda output, x: vae_loss(output[0], x, *output[1:]))
repaired_kl = parts(repaired)[1].sum()
print(f"the KL term of the repaired net: {repaired_kl:.1f} nats")

# %% [markdown]
# In the friend's net the code carries less than 0.01 nats: it says nothing at all, and the decoder answers with the
# mean digit. Repaired, after the same five epochs, it carries more than 10 nats. **Look at the parts of a loss, not at
# their sum only.**

# %% tags=["claim"]
claim("the code carries less than 0.01 nats", bool(friends_kl < 0.01))
claim("it carries more than 10 nats", bool(repaired_kl > 10))
claim("The loss comes down, below 0.3", bool(friends_history.loss[-1] < 0.3))

# %% [markdown]
# ## A better network for pictures
#
# An MLP does not know which pixels are neighbours (chapter 15). `vae.conv_vae` has three convolutions with stride 2
# in the encoder. In its decoder, **pixel shuffle** layers make a map of twice the height and width out of four maps.
# With 139 804 parameters it is less than a quarter of the MLP's size. It takes about 40 seconds of one processor core.
# If `FAST` is set, the weights are loaded that the full run has trained. (`autocast` computes convolutions in 16 bits,
# which saves a third of the time; the loss stays in 32 bits.)

# %%
torch.manual_seed(SEED)
conv = vae.conv_vae(latent=20).to(memory_format=torch.channels_last)
if FAST:
    conv = weights.load(conv, "20_vae").to(device)
else:  # a cache would keep the 16-bit copies of the weights from the first step
    with torch.autocast(device.type, torch.bfloat16, cache_enabled=False):
        train(conv, epochs=30)
conv.eval()

rows = []
for name, net in {"MLP": mlp, "convolutional": conv}.items():
    reconstruction, kl_units, elbo = parts(net)
    rows.append([name, -reconstruction, kl_units.sum(), -elbo])
columns = ["VAE", "−reconstruction", "KL term", "−ELBO"]
scores = pd.DataFrame(rows, columns=columns)
plot.table(scores, "Nats on the 1000 test digits, lower is better", digits=1)

# %% tags=["hide-input"]
shown = [int(np.flatnonzero(digits.test_labels == k)[0]) for k in range(10)]
torch.manual_seed(SEED)
with torch.no_grad():
    pairs = torch.cat([X_test[shown], conv(X_test[shown]).logits.sigmoid()])
plot.image_grid(pairs[:, 0].cpu().numpy(), columns=10)
plot.show(
    "Above ten black and white test digits from 0 to 9, below their reconstructions, "
    "which are like them with softer edges.",
    "Test digits (above) and the pixel probabilities of their reconstructions (below).",
)

# %% [markdown]
# With less than a quarter of the parameters the bound is more than 8 nats better. Both terms tell why: the code carries
# more nats, and the decoder makes far more of them. Minus the ELBO is between 87 and 94 nats. The reconstructions keep
# the digit, its slant and its width. Small hooks and gaps are lost.

# %% tags=["claim"]
negative, nats_told = scores["−ELBO"], scores["KL term"]
claim("the bound is more than 8 nats better", bool(negative[0] - negative[1] > 8))
claim("Minus the ELBO is between 87 and 94 nats", bool(87 < negative[1] < 94))
claim("the code carries more nats", bool(nats_told[1] > nats_told[0]))
size = sum(p.numel() for p in conv.parameters())
claim("With 139 804 parameters it is less than a quarter of the MLP's size", size)

# %% [markdown]
# ## How large is the gap?
#
# The ELBO says that $\log p(x)$ is *at least* so many nats. How much better might the model be than its bound? Look
# at the **weight** of a code,
#
# ```{math}
# :label: eq-vae-weight
# w(z) = \frac{p(x, z)}{q(z \mid x)}, \qquad z \sim q(z \mid x) .
# ```
#
# Its mean is exactly the evidence: $\mathbb{E}_q[w] = \int q \cdot p(x, z) / q\; dz = p(x)$. This is Monte Carlo with
# draws from $q$ in place of the prior, {term}`importance sampling`. The ELBO is the mean of $\log w$. And the logarithm
# is bent downwards: the mean of logarithms is below the logarithm of the mean (Jensen; you used it in chapter 18 with
# $-\log$). So average *some* weights before the logarithm is taken:
#
# ```{math}
# :label: eq-iwae
# L_K = \mathbb{E}_{z_1, \dots, z_K \sim q} \Bigl[ \log \frac1K \sum_{k=1}^{K} w(z_k) \Bigr] ,
# \qquad \text{ELBO} = L_1 \le L_2 \le \dots \le L_K \le \log p(x) .
# ```
#
# This is the {term}`importance-weighted bound`, IWAE {cite:p}`burda2016importance`. The last inequality is Jensen's.
# For the others: leave out one of the $K$ weights, each in turn, and average each group. The mean of the group means is
# the mean of all $K$. So, by Jensen once more, the logarithm of the whole mean is at least the mean of the logarithms
# of the group means. That is $L_K \ge L_{K-1}$.

# %% [markdown]
# ## Exercise 20.5: Bounds from log weights
#
# `log_w` is a tensor of shape `(K, n)`: for each of $n$ pictures the logarithms of $K$ weights. Write `bounds(log_w)`,
# which returns two tensors of shape `(n,)`: the estimate of the ELBO from all $K$ draws, and the estimate of $L_K$ from
# them. The logarithms may be as low as −1000; `torch.logsumexp` may be used.


# %%
def bounds(log_w):
    """(K, n) log weights to the ELBO (n,) and the importance-weighted bound (n,)."""
    ### BEGIN SOLUTION: the mean of the logarithms; the logarithm of the mean
    return log_w.mean(dim=0), torch.logsumexp(log_w, dim=0) - math.log(len(log_w))
    ### END SOLUTION


# %%
check("20.5")

# %% [markdown]
# First the toy, with "a guess" of above as $q$: there we know where the bounds must end.

# %%
bounds = answer("20.5")
m, v = choices["a guess"]
z_guess = m + math.sqrt(v) * rng.normal(size=(100, 5000, 1))
log_w_toy = log_normal(x_star, b + w * z_guess, s) + log_normal(z_guess, 0, 1)
log_w_toy = torch.tensor(log_w_toy - log_normal(z_guess, m, math.sqrt(v)))
on_toy = []
for K in (1, 2, 5, 20, 100):  # 5000 groups of K draws each
    on_toy.append(float(bounds(log_w_toy[:K])[1].mean()))
    print(f"K = {K:3}: {on_toy[-1]:.3f}")
print(f"log p(x): {exact:.3f}")

# %% [markdown]
# Now the digits. For 200 test digits we draw 200 codes each, and take them in groups of $K$.

# %%
K_values = [1, 2, 5, 10, 20, 50, 100] + ([] if FAST else [200])
some, dice = X_test[: K_values[-1]], torch.Generator(device).manual_seed(SEED)
log_w = vae.log_weights(conv, some, K_values[-1], dice).cpu()
iwae = []
for K in K_values:
    groups = log_w.reshape(-1, K, len(some))
    iwae.append(float(torch.stack([bounds(g)[1] for g in groups]).mean()))

# %% tags=["hide-input"]
_, ax = plt.subplots(figsize=(5, 2.8))
ax.axhline(iwae[0], color=GREY, ls=":", label="ELBO")
ax.plot(K_values, iwae, "o-", color=BLUE, label="importance-weighted bound")
ax.set(xscale="log", xlabel="$K$, codes for each picture", ylabel="bound, nats")
ax.legend(loc="center right")
plot.show(
    "A curve that starts at the ELBO with one code and rises with the number of "
    "codes, ever more slowly, by about seven nats.",
    "More codes for each picture, a better bound of the same model's evidence.",
)

# %% [markdown]
# The bound rises with every $K$, and has risen by 4 to 10 nats at the end. The model has not changed: it was
# better than its ELBO said. So the gap of {eq}`eq-vae-identity` is at least that large. It has two causes
# {cite:p}`cremer2018inference`. The true posterior is no Gaussian with independent units, and one encoder has to
# serve all pictures, where each would like a $q$ of its own.
#
# What the curve does not say is where it ends. It goes on rising, so $\log p(x)$ lies still higher. Whoever compares
# models must use the same $K$, on the same digits.

# %% tags=["claim"]
claim("The bound rises with every", bool((np.diff(iwae) > 0).all()))
claim("has risen by 4 to 10 nats", bool(4 < iwae[-1] - iwae[0] < 10))
ends_there = abs(on_toy[-1] - exact) < 0.05 and (np.diff(on_toy) > 0).all()
claim("there we know where the bounds must end", bool(ends_there))

# %% [markdown]
# ## A family of bounds
#
# Between "mean of the logarithm" and "logarithm of the mean" lies a whole family, the **Rényi bounds**
# {cite:p}`li2016renyi`:
#
# ```{math}
# :label: eq-renyi-bound
# L_\alpha = \frac{1}{1 - \alpha} \log \mathbb{E}_q\bigl[ w(z)^{1 - \alpha} \bigr] , \qquad \alpha \ne 1 .
# ```
#
# In words: take the weights to a power, take the mean, and take the power back under the logarithm. With $\alpha = 0$
# this is $\log p(x)$ itself. For $\alpha \to 1$ it becomes the ELBO. To see it, put $h = 1 - \alpha$, a small number:
# $w^h = e^{h \log w} \approx 1 + h \log w$, so that $\frac1h \log \mathbb{E}[w^h] \approx \frac1h \log(1 + h\,
# \mathbb{E}[\log w]) \approx \mathbb{E}[\log w]$. The larger $\alpha$, the more the small weights count, and the lower
# $L_\alpha$. For negative $\alpha$ it lies *above* the evidence.
#
# (Mind where the power stands. You can find the formula with the logarithm *inside* the power. But $\log w$ is mostly
# negative, and a negative number to the power 0.5 is not even real.)
#
# In the toy the code is one number, so that the mean is an integral over a line. We compute it as a sum on a fine grid
# (chapter 18), and compare it with the mean over the draws of above. For the digits there are only draws.

# %%
codes = np.linspace(-4, 6, 4001)[:, None]
log_q = log_normal(codes, m, math.sqrt(v))
log_w_grid = log_normal(x_star, b + w * codes, s) + log_normal(codes, 0, 1) - log_q
q_grid = np.exp(log_q) * (codes[1] - codes[0])  # its sum is 1


def renyi_exact(alpha):
    """L_alpha of the toy at x_star, by its integral; the ELBO for alpha = 1."""
    if alpha == 1:
        return (q_grid * log_w_grid).sum()
    return np.log((q_grid * np.exp((1 - alpha) * log_w_grid)).sum()) / (1 - alpha)


rows = []
for alpha in (-0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.2):
    drawn = [vae.renyi_bound(d, alpha) for d in (log_w_toy.reshape(-1, 1), log_w)]
    rows.append([alpha, renyi_exact(alpha), *(float(d.mean()) for d in drawn)])
columns = ["alpha", "toy, integral", "toy, 500 000 draws", "digits"]
renyi = pd.DataFrame(rows, columns=columns)
plot.table(renyi, "Rényi bounds; in the toy q is the guess", digits=3)

# %% [markdown]
# Integral and draws agree, and the bounds fall as $\alpha$ rises: through the log evidence −2.477 at $\alpha = 0$, and
# the ELBO −3.155 at 1. The last column uses the weights of the test digits. There $\alpha = 0$ gives only the
# importance-weighted bound of so many draws, not $\log p(x)$. But the order remains: for *given* weights $L_\alpha$
# never rises with $\alpha$.

# %% tags=["claim"]
# fmt: off
exactly = renyi["toy, integral"]
claim("Integral and draws agree", bool((exactly - renyi["toy, 500 000 draws"]).abs().max() < 0.06))
claim("the bounds fall as", bool((exactly.diff().dropna() < 0).all()))
claim("the log evidence −2.477 at $\\alpha = 0$, and the ELBO −3.155 at 1", exactly[1], 0, exactly[5], 1)
claim("never rises with", bool((renyi["digits"].diff().dropna() < 0).all()))
# fmt: on

# %% [markdown]
# ## A map of the digits
#
# With a code of two numbers we can look at all of it. We train a VAE with two units, and put each test digit at the
# mean of its $q(z \mid x)$.

# %%
torch.manual_seed(SEED)
flat = vae.mlp_vae(hidden=200, latent=2)
train(flat, epochs=15 if FAST else 40, lr=8e-3)
with torch.no_grad():
    places, log_vars = (part.cpu().numpy() for part in flat.eval().encode(X_test))
print(f"−ELBO {-parts(flat)[2]:.1f}")
print(f"mean {places.mean(0).round(1)}, std {places.std(0).round(1)}")

# %% tags=["hide-input"]
_, ax = plt.subplots(figsize=(5, 4.6))
colors = [plot.PALETTE[name] for name in (*plot.CLASS_COLORS, "ink")]
for k in range(10):
    look = {"color": colors[k % 7], "fontsize": 7, "ha": "center", "va": "center"}
    for px, py in places[digits.test_labels == k][:40]:
        ax.text(px, py, str(k), **look, clip_on=True)
circle = 2 * np.exp(1j * np.linspace(0, 2 * np.pi, 200))
ax.plot(circle.real, circle.imag, color=GREY, lw=1)
ax.set(xlim=(-4.5, 4.5), ylim=(-4.5, 4.5), aspect="equal")
ax.set(xlabel="$\\mu_1$", ylabel="$\\mu_2$")
plot.show(
    "Four hundred numerals on a plane. Equal digits lie together in patches and strips "
    "that start at the centre; some, like four and nine, are mixed. A circle of radius "
    "two; a good part of the numerals lies outside it.",
    "Forty test digits of each kind at the means of their codes; a circle of radius 2.",
)

# %% [markdown]
# No label was used in training. Still equal digits lie together, because similar pictures can share a decoder's
# answer: a vote of five neighbours on this map names more than a third of the digits right, where guessing names a
# tenth. The cloud lies around the centre, where the prior is. But it is not quite the prior, of which 86 % lie in the
# circle. It is wider, as two numbers are few and each has to carry many nats.
#
# Now walk over the map without any digit: decode a grid of codes, each of which stands for an equal share of the prior.

# %% tags=["claim"]
neighbours = KNeighborsClassifier(5).fit(places[:500], digits.test_labels[:500])
share = neighbours.score(places[500:], digits.test_labels[500:])
claim("names more than a third of the digits right", bool(share > 1 / 3))
claim("It is wider", bool(places.std(axis=0).max() > 1.1))
claim("of which 86 % lie in the circle", 100 * (1 - math.exp(-2)))

# %%
steps = norm.ppf((np.arange(14) + 0.5) / 14)  # quantiles of N(0, 1)
across, down = np.meshgrid(steps, steps[::-1])
grid = torch.tensor(np.stack([across.ravel(), down.ravel()], axis=1)).float()
with torch.no_grad():
    decoded = flat.decode(grid.to(device)).sigmoid()[:, 0].cpu()

# %% tags=["hide-input"]
sheet = decoded.reshape(14, 14, 28, 28).permute(0, 2, 1, 3).reshape(14 * 28, 14 * 28)
_, ax = plt.subplots(figsize=(5, 5))
ax.imshow(sheet, cmap="gray", vmin=0, vmax=1)
ax.set(xticks=[], yticks=[], xlabel="$z_1$", ylabel="$z_2$")
plot.show(
    "A sheet of fourteen by fourteen digits that change smoothly into each other; at "
    "the borders between two kinds stand blurred mixtures of both.",
    "The decoder's answer to codes all over the prior.",
)

# %% [markdown]
# Neighbours are similar everywhere, and nearly every place gives something like a digit. Sevens become nines, nines
# fours; eights become threes, and threes twos. A five hardly finds a place: two numbers are too few for ten kinds of
# digits in all their forms. On the borders you see mixtures. The prior has no gaps, the data have, and the map must
# fill them with something.

# %% [markdown]
# ## Exercise 20.6: Generate
#
# Now back to 20 units, and to new digits. The story of the model says what to do. Write `generate(decoder, n, latent)`:
# draw `n` codes of `latent` numbers from the prior, decode them (`decoder` makes logits of shape `(n, pixels)` from
# codes of shape `(n, latent)`), and return two tensors: the probability of each pixel, and pixels drawn with these
# probabilities, 0 or 1.


# %%
def generate(decoder, n, latent):
    """n new pictures: probabilities (n, pixels), and pixels (n, pixels) of 0 and 1."""
    ### BEGIN SOLUTION: a code from the prior, its logits, probabilities, pixels
    with torch.no_grad():
        probabilities = decoder(torch.randn(n, latent)).sigmoid()
    return probabilities, torch.bernoulli(probabilities)
    ### END SOLUTION


# %%
check("20.6")

# %%
torch.manual_seed(SEED)
generate = answer("20.6")
probabilities, pixels = generate(conv.to("cpu").decode, 1000, 20)
conv.to(device)
samples = torch.as_tensor(probabilities).detach().reshape(1000, 28, 28)
drawn_pixels = torch.as_tensor(pixels).detach().reshape(1000, 28, 28)

# %% tags=["hide-input"]
plot.image_grid(torch.cat([samples[:40], drawn_pixels[:10]]).numpy(), columns=10)
plot.show(
    "Four rows of ten made pictures, the first forty: about half are digits that one "
    "can read, somewhat blurred; the others are broken strokes or mixtures of two "
    "digits. In the fifth row the pixels are drawn, which makes the edges rough.",
    "Forty new digits, not chosen. Last row: the first ten with drawn pixels.",
)

# %% [markdown]
# Nobody wrote these. Look at them honestly. About half you would read without doubt; the others are strokes that do not
# close, or halves of two digits. And many are blurred where a pen would be sharp. In the last row each pixel is drawn
# on its own, as the model says, and the edges become rough: given the code, the model knows nothing of neighbouring
# pixels. So people show the probabilities.
#
# `nnlab.quality` measures what the eye says. Its **Fréchet distance** compares the features of 1000 samples with those
# of real digits, in a small CNN trained on real digits. 0 would mean equal means and covariances; real test digits do
# not reach 0 either. The number depends on this CNN and on the 1000. ({doc}`Chapter 21 <21_gan>` says more about it,
# and about the other measures of the report.)

# %%
measured = quality.report(samples.numpy())
plot.table(measured.to_frame().head(1), "1000 samples of the VAE, measured", digits=1)

# %% [markdown]
# The distance is far from that of real digits, and also far above that of real digits with a little noise. Chapters 21
# and 22 will do much better on this scale. Two reasons for what you saw:
#
# - **The loss.** Where the code leaves open whether a pixel is ink, the best probability is somewhere in the middle.
#   The likelihood punishes a picture that the model calls impossible far more than a hundred blurred ones. So the model
#   would rather cover too much (the forward KL divergence of chapter 18).
# - **The holes.** We draw from the prior, but the decoder was trained on codes from the encoder. Averaged over all
#   digits, these do not fill the prior exactly. A draw may fall where no digit ever was.

# %% tags=["claim"]
far = bool(measured.frechet_distance > 4 * measured.floor)
claim("The distance is far from that of real digits", far)
claim("far above that of real digits with a little noise", bool(measured.fraction > 2))

# %% [markdown]
# ## Against the autoencoder of chapter 19
#
# What did the KL term buy? Multiply it by a factor $\beta$, and train one small MLP (200 hidden neurons, 10 units) with
# $\beta = 0$ and with $\beta = 1$. Without the term nothing asks for noise: the encoder can spread its means so far
# that the noise hardly matters. That is a plain autoencoder. (The values above 1 are for the next section.)

# %%
BETAS = (0, 1, 4, 16)
family = {}
for beta in BETAS:
    torch.manual_seed(SEED)
    family[beta] = vae.mlp_vae(hidden=200, latent=10)
    loss = partial(vae.negative_elbo, beta=beta)
    train(family[beta], epochs=6 if FAST else 12, loss=loss)

rows, made = [], {}
for beta in (0, 1):
    dice = torch.Generator(device).manual_seed(SEED)
    made[beta] = vae.generate(family[beta], 1000, dice)[:, 0].cpu()
    distance = quality.report(made[beta].numpy()).frechet_distance
    with torch.no_grad():
        spread = family[beta].encode(X)[0].std(dim=0).median().item()
    rows.append([beta, -parts(family[beta])[0], spread, distance])
columns = ["beta", "−reconstruction, nats", "std of a mean", "Fréchet distance"]
against = pd.DataFrame(rows, columns=columns)
plot.table(against, "The same net without (0) and with (1) the KL term", digits=1)

# %% tags=["hide-input"]
plot.image_grid(torch.cat([made[0][:10], made[1][:10]]).numpy(), columns=10)
plot.show(
    "Above ten grey, noisy smears, few of them like a digit; below ten blurred "
    "pictures on a clean black ground, most of them like digits.",
    "Random codes from N(0, I), decoded: without the KL term (above), with it (below).",
)

# %% [markdown]
# The plain autoencoder reconstructs better: it pays nothing for its code. But its means are spread more than twice as
# wide as the prior, in a shape of their own. A code from $\mathcal{N}(0, I)$ lies between the codes of many digits, and
# the answer is a grey mixture; its Fréchet distance is larger. The VAE gives up some reconstruction, and in return its
# decoder knows what to do with codes from the prior. That is why this one generates. (Both
# nets are small and trained for a short time, so both distances are large.)

# %% tags=["claim"]
claim("The plain autoencoder reconstructs better", bool(rows[0][1] < rows[1][1]))
claim("spread more than twice as wide as the prior", bool(rows[0][2] > 2))
claim("its Fréchet distance is larger", bool(rows[0][3] > 1.2 * rows[1][3]))

# %% [markdown]
# ## When the code says nothing
#
# The friend of exercise 20.4 had a VAE whose code said nothing at all: $q(z \mid x) = p(z)$ for every picture. That is
# {term}`posterior collapse`. It is not always a mistake in the program. See what a heavier KL term does. A loss with
# $\beta > 1$ is called **beta-VAE** {cite:p}`higgins2017beta`; it is used to get few units, each with a meaning of its
# own. For each unit we look at its KL term, the nats that it tells on average.

# %%
rows, per_unit = [], {}
for beta in BETAS[1:]:
    reconstruction, kl_units, elbo = parts(family[beta])
    per_unit[beta] = np.sort(kl_units)[::-1]
    rows.append([beta, -reconstruction, kl_units.sum(), (kl_units > 0.1).sum(), -elbo])
columns = ["beta", "−reconstruction", "KL term", "units above 0.1 nats", "−ELBO"]
collapse = pd.DataFrame(rows, columns=columns)
plot.table(collapse, "A heavier KL term (nats, test digits)", digits=1)

# %% tags=["hide-input"]
_, axes = plt.subplots(1, 3, figsize=(6.6, 2.4), sharey=True)
for ax, (beta, nats) in zip(axes, per_unit.items(), strict=True):
    ax.bar(range(1, 11), nats, color=BLUE)
    ax.set_title(f"$\\beta$ = {beta}")
    ax.set(xlabel="unit, sorted", xticks=[1, 5, 10])
axes[0].set_ylabel("KL, nats")
plot.show(
    "Three bar charts of the KL of 10 units, sorted. With beta 1 all units carry "
    "between one and two and a half nats; with 4 all carry less, some hardly any; "
    "with 16 nearly all are at 0.",
    "How many nats each unit tells. A unit at 0 has collapsed to the prior.",
)

# %% [markdown]
# A unit is worth its price only if each nat that it tells saves more than $\beta$ nats of reconstruction. With $\beta =
# 16$ at most three units of ten are. The decoder then answers with nearly the same blob whatever the code. The friend
# had $\beta = 784$, and no unit at all. And see the last column: a $\beta$ above 1 makes the ELBO worse. A beta-VAE is
# no better model of the data. It trades bound for a code that is short.

# %% tags=["claim"]
# fmt: off
active = dict(zip(collapse["beta"], collapse["units above 0.1 nats"], strict=True))
claim("at most three units of ten are", bool(active[16] <= 3 and active[1] == 10))
claim("makes the ELBO worse", bool((collapse["−ELBO"][1:] > collapse["−ELBO"][0]).all()))
# fmt: on

# %% [markdown]
# Collapse has a second cause, with $\beta = 1$ and a correct loss: **a decoder that is too strong**. Let it see,
# besides the code, the pixels that come before each pixel, like the models of {doc}`chapter 13 <13_sequences>`. What
# the neighbours tell is free, what the code tells costs. So the ELBO may get better while the code gets emptier
# {cite:p}`bowman2016generating`. **A good ELBO does not say that the code is used.** Remedies: a weaker decoder; a
# $\beta$ that starts at 0 and rises to 1 in the first epochs; a few nats for each unit that cost nothing ("free bits").
# And always: print the KL of each unit.

# %%
progress()

# %% tags=["artifact"]
reconstruction, kl_units, elbo = parts(conv)
conv.to("cpu")
artifacts.leave(
    samples=(samples * 255).round().to(torch.uint8).numpy(),
    networks={
        "encoder": (conv.encoder, (X_test[:2].cpu(),)),
        "decoder": (conv.decoder, (torch.zeros(2, 20),)),
        "map_decoder": (flat.cpu().decoder, (torch.zeros(2, 2),)),
    },
    weights={"vae": conv},
    figures={
        "negative_elbo": -elbo,
        "reconstruction": -reconstruction,
        "kl": float(kl_units.sum()),
        "importance_bound": [list(pair) for pair in zip(K_values, iwae, strict=True)],
        "frechet_distance": measured.frechet_distance,
        "quality": measured.to_dict(),
    },
)

# %% [markdown]
# ## Recap
#
# - A latent variable model draws a code from the prior and a picture from the decoder. Its evidence $p(x)$ is an
#   integral over all codes, out of reach by draws from the prior.
# - $\log p(x)$ = ELBO + KL(q ‖ posterior), for every $q$. The ELBO can be computed: reconstruction minus KL term.
# - Reparametrise, $z = \mu + \sigma \varepsilon$: then the gradient runs through the draw, and varies little.
# - The Bernoulli decoder wants pixels that are 0 or 1, and a *sum* over pixels beside the sum over units.
# - Averaging $K$ weights before the logarithm gives better bounds, rising with $K$. Rényi bounds fall with $\alpha$,
#   from the evidence at 0 through the ELBO at 1.
# - The KL term keeps the codes where the prior is: that is why a VAE generates and a plain autoencoder does not. Its
#   samples are blurred.
# - A code can collapse: through a KL term that is too heavy, or a decoder that needs no code. Look at the KL of each
#   unit.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: For one picture the ELBO is −95 nats and log p(x) is −90. What is KL(q ‖ posterior), in nats?
#   number: 5
#   why: "Log evidence = ELBO + gap, so the gap is $-90 + 95$."
# - question: Why does the encoder's noise enter as $z = \mu + \sigma \varepsilon$?
#   options:
#     - right: So that the gradient of the loss reaches the mean and the variance.
#       why: The noise itself has no parameters, and the rest is an ordinary function.
#     - wrong: So that the codes are Gaussian.
#       why: A draw by torch.normal would be Gaussian as well, but no gradient would pass.
#     - wrong: So that the KL term can be computed.
#       why: The KL term needs only the mean and the variance, and no draw at all.
# - question: A unit of the code has mean 0 and standard deviation 1 for every picture. Which of these hold?
#   several: true
#   options:
#     - right: Its KL term is 0.
#       why: It is the prior.
#     - right: It tells the decoder nothing.
#       why: Its distribution does not depend on the picture.
#     - wrong: The training has failed and must be run again.
#       why: Units that are not worth their price collapse in good nets as well.
#     - wrong: Its samples at generation would come from another distribution.
#       why: It is exactly the prior, from which we draw.
# - question: The KL term of one unit with $\mu = 2$ and $\sigma = 1$, in nats?
#   number: 2
#   why: "$\\frac12 (4 + 1 - 1 - 0)$."
# - question: Model A has an ELBO of −92 nats. Model B has an importance-weighted bound, K = 200, of −90 nats, on the same digits. Which has the higher evidence?
#   options:
#     - right: One cannot tell from this.
#       why: The bound of A would rise as well with more codes. Compare the same bound with the same K.
#     - wrong: B, because −90 is more than −92.
#       why: Two different bounds are no comparison of the models. The gap of A may be larger.
#     - wrong: A, because its number is the true ELBO.
#       why: The ELBO is only a bound, and the looser of the two.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`kingma2019introduction`: a small book by the inventors, from the ELBO to modern variants.
# - {cite:t}`burda2016importance` prove the order of the importance-weighted bounds; {cite:t}`li2016renyi` add the
#   Rényi family.
# - {cite:t}`cremer2018inference` take the gap apart: how much is due to the Gaussian, how much to the shared encoder?
# - {cite:t}`lucas2019dont` show with linear decoders that posterior collapse is in the model, not in the bound.
# - {cite:t}`hoffman2016elbo` rewrite the ELBO so that the holes in the prior become visible.
