# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Diffusion and flow matching
#
# To destroy a picture is easy: add a little noise, and again, and again. After a thousand such steps nothing is left
# but noise. Each step alone is so small that you could almost undo it: look at the picture, guess which part of it is
# noise, and take that away.
#
# **Can a network learn to undo one small step, and make a new picture out of pure noise by a thousand of them? And do
# we need a thousand?** That is a diffusion model {cite:p}`sohl2015deep,ho2020denoising`. The samples of this chapter are
# the best of this part, and the loss is plain squared error: no game of two networks
# ({doc}`chapter 21 <21_gan>`), no collapse. The price is time.
#
# You need Gaussians, Bayes' rule and the KL divergence ({doc}`chapter 18 <18_probability>`), the denoising autoencoder
# ({doc}`chapter 19 <19_autoencoders>`) and the bound of {doc}`chapter 20 <20_vae>`. Reading takes about an hour and a
# half, the six exercises about two hours.

# %% tags=["parameters"]
SEED = 0
FAST = False  # True: load the weights that the full run has trained
DEVICE = None

# %%
import copy
import math

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from scipy.stats import norm, wasserstein_distance
from torch import nn

from nnlab import answer, check, get_device, hint
from nnlab import plot, progress, quality, seed_everything, weights
from nnlab.draw import module_draw
from nnlab.generative import denoiser, diffusion, flow
from nnlab.generative.toys import best_x0
from nnlab.generative.unet import FiLMBlock, UNet, time_features, zeroed

plot.use_style()
seed_everything(SEED)
device = get_device(DEVICE)
real = quality.digits()  # 4000 digits for training, 1000 for testing
PICTURES = torch.as_tensor(real.training)[:, None].float() / 127.5 - 1  # from -1 to 1
LABELS = torch.as_tensor(real.training_labels)

# %% [markdown]
# ## Destroying a picture, step by step
#
# The {term}`forward process` is a fixed rule, without anything to learn. It starts from the picture $x_0$ and goes
# through the steps $t = 1, \dots, T$. Each step makes the picture a little smaller and adds a little noise:
#
# ```{math}
# :label: eq-diffusion-step
# x_t = \sqrt{1 - \beta_t}\; x_{t-1} + \sqrt{\beta_t}\; \varepsilon_t , \qquad \varepsilon_t \sim \mathcal{N}(0, I) .
# ```
#
# $\beta_t$ ("beta") is a small number between 0 and 1, the variance of the noise of step $t$. $\varepsilon_t$
# ("epsilon") is fresh normal noise, one number for each pixel. As a distribution: $q(x_t \mid x_{t-1}) =
# \mathcal{N}(x_t;\, \sqrt{1 - \beta_t}\, x_{t-1},\, \beta_t I)$. What comes next depends only on what is now, not on how
# it came about: a *Markov chain*.
#
# Why the factor $\sqrt{1 - \beta_t}$? Without it the variance would grow with each step. With it, a pixel of variance 1
# keeps it: $(1 - \beta_t) \cdot 1 + \beta_t = 1$.

# %%
T = 1000
beta = np.linspace(1e-4, 0.02, T)  # beta[0] belongs to step 1
rng = np.random.default_rng(SEED)
two = PICTURES[torch.nonzero(LABELS == 2)[0]].numpy()[0, 0]  # a digit 2
chain = [two]
for b in beta:
    noise = rng.normal(size=two.shape)
    chain.append(math.sqrt(1 - b) * chain[-1] + math.sqrt(b) * noise)

# %% tags=["hide-input"]
SHOWN = (0, 50, 100, 200, 400, 600, 1000)


def as_grey(x):
    """Numbers from -1 to 1 as brightness from 0 to 1; what lies outside is cut off."""
    return np.clip((np.asarray(x) + 1) / 2, 0, 1)


plot.image_grid(
    [as_grey(chain[t]) for t in SHOWN], titles=[f"$t$ = {t}" for t in SHOWN], columns=7
)
plot.show(
    "A handwritten 2 at seven steps: clear at t = 0, grainy at 100, hard to see at 200 and 400, and pure "
    "noise from 600 on.",
    "The forward process. Nothing is learned here.",
)

# %% [markdown]
# ## All steps at once
#
# To train a network we shall need $x_{500}$ of many pictures. Must we go through 500 steps for each? No. Take two steps,
# and write $\alpha_t = 1 - \beta_t$ ("alpha"):
#
# $$
# \begin{aligned}
# x_t &= \sqrt{\alpha_t}\, x_{t-1} + \sqrt{1 - \alpha_t}\, \varepsilon_t \\
# &= \sqrt{\alpha_t} \bigl( \sqrt{\alpha_{t-1}}\, x_{t-2} + \sqrt{1 - \alpha_{t-1}}\, \varepsilon_{t-1} \bigr) +
# \sqrt{1 - \alpha_t}\, \varepsilon_t \\
# &= \sqrt{\alpha_t \alpha_{t-1}}\, x_{t-2} + \underbrace{\sqrt{\alpha_t (1 - \alpha_{t-1})}\, \varepsilon_{t-1} +
# \sqrt{1 - \alpha_t}\, \varepsilon_t}_{\text{a sum of two independent Gaussians}} .
# \end{aligned}
# $$
#
# Such a sum is one Gaussian, and the variances add up: $\alpha_t (1 - \alpha_{t-1}) + (1 - \alpha_t) = 1 -
# \alpha_t \alpha_{t-1}$. So two steps are *one* step, with $\alpha_t \alpha_{t-1}$ in the place of $\alpha_t$. Do the
# same again and again, down to $x_0$. With the product of all alphas, $\bar\alpha_t = \alpha_1 \alpha_2 \cdots \alpha_t$
# ("alpha bar"):
#
# ```{math}
# :label: eq-diffusion-jump
# x_t = a_t\, x_0 + b_t\, \varepsilon , \qquad a_t = \sqrt{\bar\alpha_t}, \quad b_t = \sqrt{1 - \bar\alpha_t} .
# ```
#
# In words: a noisy picture is a mixture of the picture and of *one* noise, with shares whose squares add up to 1. Every
# formula of this chapter can be written with $a$ and $b$ (so here they are no outputs and no biases).
#
# A check with numbers, not pictures: 50 000 times the same $x_0 = 1.5$, by single steps and by one jump.

# %%
alpha_bar = np.concatenate([[1.0], np.cumprod(1 - beta)])  # alpha_bar[t], t = 0 ... T
walkers = np.full(50_000, 1.5)
rows = []
for t in range(1, 301):
    fresh = rng.normal(size=walkers.shape)
    walkers = math.sqrt(1 - beta[t - 1]) * walkers + math.sqrt(beta[t - 1]) * fresh
    if t in (10, 100, 300):
        a, b = math.sqrt(alpha_bar[t]), math.sqrt(1 - alpha_bar[t])
        rows.append([t, walkers.mean(), a * 1.5, walkers.std(), b])
jump = pd.DataFrame(
    rows, columns=["t", "mean, t steps", "a x0", "std, t steps", "b"]
).set_index("t")
plot.table(jump.reset_index(), "Single steps, and the formula", digits=3)

# %% [markdown]
# The means differ by less than 0.02, and so do the standard deviations. At $t = 300$ the signal has shrunk to 0.63 of
# itself, at $t = 1000$ to 0.006.

# %% tags=["claim"]
from nnlab import claim

gaps = jump.to_numpy()
claim("means differ by less than 0.02", bool(abs(gaps[:, 0] - gaps[:, 1]).max() < 0.02))
claim(
    "and so do the standard deviations", bool(abs(gaps[:, 2] - gaps[:, 3]).max() < 0.02)
)
claim(
    "shrunk to 0.63 of itself, at $t = 1000$ to 0.006",
    alpha_bar[300] ** 0.5,
    alpha_bar[1000] ** 0.5,
)

# %% [markdown]
# ## Exercise 22.1: Jump to step t
#
# Write `noisy(x0, t, noise, beta)`. `beta` holds $\beta_1, \dots, \beta_T$ (so `beta[0]` belongs to step 1), `t` is a
# whole number from 0 to $T$, and `noise` has the shape of `x0`. Return $x_t$. For `t = 0` that is `x0`.


# %%
def noisy(x0, t, noise, beta):
    """x_t in one jump."""
    ### BEGIN SOLUTION: the product of the first t alphas, and the two shares
    kept = np.prod(1 - np.asarray(beta)[:t])
    return np.sqrt(kept) * x0 + np.sqrt(1 - kept) * noise
    ### END SOLUTION


# %%
check("22.1")

# %% [markdown]
# ## A schedule is a list of numbers
#
# Which noise in which step? That is the {term}`noise schedule`. It is no part of the network, only a row of numbers
# $\bar\alpha_0 = 1 > \bar\alpha_1 > \dots > \bar\alpha_T \approx 0$, and `nnlab` keeps it as such. Two are common. The
# *linear* schedule raises $\beta_t$ evenly {cite:p}`ho2020denoising`; you have just used it. The *cosine* schedule lets
# $\bar\alpha$ fall like a squared cosine {cite:p}`nichol2021improved`.

# %%
linear, cosine = diffusion.linear_schedule(), diffusion.cosine_schedule()
print("the linear one is ours:", np.allclose(linear.alpha_bar.numpy(), alpha_bar))

# %% tags=["hide-input"]
_, ax = plt.subplots(figsize=(6.4, 3.0))
for name, schedule, color, style in (
    ("linear", linear, "orange", "--"),
    ("cosine", cosine, "blue", "-"),
):
    ax.plot(
        schedule.alpha_bar.sqrt(), style, color=plot.PALETTE[color], label=f"{name}: $a_t$"
    )
ax.set(xlabel="step $t$", ylabel="share of the signal, $a_t$")
ax.legend()
plot.show(
    "The share of the signal against the step, from 1 at step 0 to about 0 at step 1000. The linear schedule falls "
    "below 0.1 at step 700; the cosine schedule falls later and crosses the linear one nowhere.",
    "Two noise schedules.",
)

# %% tags=["hide-input"]
fixed = torch.randn(28, 28, generator=torch.Generator().manual_seed(SEED))
steps_shown = range(0, 1001, 125)
grid = [
    as_grey(diffusion.q_sample(torch.as_tensor(two).float(), t, fixed, schedule))
    for schedule in (linear, cosine)
    for t in steps_shown
]
titles = [f"$t$ = {t}" for t in steps_shown] + [""] * 9
plot.image_grid(grid, titles=titles, columns=9)
plot.show(
    "Two rows of a digit 2 that drowns in noise, at nine steps. In the upper row it is gone at step 500, in the lower "
    "row it can still be seen at 625.",
    "The same noise, linear schedule above, cosine schedule below.",
)

# %% [markdown]
# The linear schedule was made for larger pictures. For ours it wastes steps: at $t = 700$ the share of the signal is
# already below 0.09, so the last 300 steps are noise of noise. With the cosine schedule this share is reached at $t =
# 945$ only. **From here on we use the cosine schedule.**

# %% tags=["claim"]
claim(
    "at $t = 700$ the share of the signal is already below 0.09",
    bool(linear.alpha_bar[700].sqrt() < 0.09),
)
late = int((cosine.alpha_bar.sqrt() < 0.09).nonzero()[0])
claim("this share is reached at $t = 945$ only", bool(940 < late < 950))

# %% [markdown]
# ## One step back, if you know where you started
#
# Now the way back. Given $x_t$, where was $x_{t-1}$? Without knowing the picture nobody can say. But *if somebody tells
# you $x_0$*, Bayes' rule gives an exact answer:
#
# $$
# q(x_{t-1} \mid x_t, x_0) \;\propto\; \underbrace{q(x_t \mid x_{t-1})}_{\text{one step}}\;
# \underbrace{q(x_{t-1} \mid x_0)}_{\text{the jump to } t - 1} .
# $$
#
# Both factors are Gaussians in $x_{t-1}$, and we need only what stands in their exponents (for one pixel; the pixels
# are independent):
#
# $$
# -\frac12 \left[ \frac{(x_t - \sqrt{\alpha_t}\, x_{t-1})^2}{\beta_t} + \frac{(x_{t-1} - \sqrt{\bar\alpha_{t-1}}\,
# x_0)^2}{1 - \bar\alpha_{t-1}} \right] .
# $$
#
# A Gaussian with mean $\mu$ and variance $s^2$ has the exponent $-\frac12 \left[ x_{t-1}^2 / s^2 - 2 x_{t-1}\, \mu / s^2
# + \dots \right]$. So collect what stands at $x_{t-1}^2$: this is $1 / s^2$. And what stands at $-2 x_{t-1}$: this is
# $\mu / s^2$.
#
# $$
# \frac{1}{s_t^2} = \frac{\alpha_t}{\beta_t} + \frac{1}{1 - \bar\alpha_{t-1}} = \frac{\alpha_t - \bar\alpha_t +
# \beta_t}{\beta_t (1 - \bar\alpha_{t-1})} = \frac{1 - \bar\alpha_t}{\beta_t (1 - \bar\alpha_{t-1})} , \qquad
# \frac{\mu_t}{s_t^2} = \frac{\sqrt{\alpha_t}\, x_t}{\beta_t} + \frac{\sqrt{\bar\alpha_{t-1}}\, x_0}{1 -
# \bar\alpha_{t-1}} .
# $$
#
# (In the first we used $\alpha_t \bar\alpha_{t-1} = \bar\alpha_t$ and $\alpha_t + \beta_t = 1$.) Multiply the second by
# $s_t^2$, and you have the mean and the variance of the {term}`posterior` of one step:
#
# ```{math}
# :label: eq-diffusion-posterior
# \mu_t = \frac{\sqrt{\bar\alpha_{t-1}}\, \beta_t}{1 - \bar\alpha_t}\, x_0 + \frac{\sqrt{\alpha_t}\, (1 -
# \bar\alpha_{t-1})}{1 - \bar\alpha_t}\, x_t , \qquad s_t^2 = \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t}\, \beta_t .
# ```
#
# In words: the step back leads to a weighted sum of where you are and where you came from, plus a little noise. At $t =
# 1$ there is no doubt any more: $\bar\alpha_0 = 1$, so $\mu_1 = x_0$ and $s_1 = 0$.
#
# A check without the formula: let many walkers go from the same $x_0$ to $t - 1$ and one step further. Among them, how
# does $x_{t-1}$ depend on $x_t$? A line through the points (least squares) must have the slope and the intercept of
# $\mu_t$, and what is left must have the variance $s_t^2$.

# %%
t, x0 = 60, 1.5
before = math.sqrt(alpha_bar[t - 1]) * x0
before = before + math.sqrt(1 - alpha_bar[t - 1]) * rng.normal(size=200_000)
after = math.sqrt(1 - beta[t - 1]) * before
after = after + math.sqrt(beta[t - 1]) * rng.normal(size=200_000)
slope, intercept = np.polyfit(after, before, deg=1)
left = (before - slope * after - intercept).var()

of_x0 = math.sqrt(alpha_bar[t - 1]) * beta[t - 1] / (1 - alpha_bar[t])
of_xt = math.sqrt(1 - beta[t - 1]) * (1 - alpha_bar[t - 1]) / (1 - alpha_bar[t])
variance = (1 - alpha_bar[t - 1]) / (1 - alpha_bar[t]) * beta[t - 1]
print(f"slope     {slope:.4f}, formula {of_xt:.4f}")
print(f"intercept {intercept:.4f}, formula {of_x0 * x0:.4f}")
print(f"variance  {left:.6f}, formula {variance:.6f}")

# %% [markdown]
# Slope, intercept and variance agree to within 2 % with the formula.

# %% tags=["claim"]
ratios = slope / of_xt, intercept / (of_x0 * x0), left / variance
claim("agree to within 2 % with the formula", bool(np.allclose(ratios, 1, atol=0.02)))

# %% [markdown]
# ## Exercise 22.2: The mean of one step back
#
# Write `posterior_mean(x0, xt, t, beta)` for $t$ from 1 to $T$: the mean $\mu_t$ of {eq}`eq-diffusion-posterior`. Again
# `beta[0]` belongs to step 1. Take care of $t = 1$, where $\bar\alpha_0 = 1$.


# %%
def posterior_mean(x0, xt, t, beta):
    """Mean of q(x_{t-1} | x_t, x_0)."""
    ### BEGIN SOLUTION: alpha bar after t - 1 and after t steps, then the weighted sum
    alpha = 1 - np.asarray(beta)
    kept_before, kept = np.prod(alpha[: t - 1]), np.prod(alpha[:t])
    from_x0 = np.sqrt(kept_before) * beta[t - 1] / (1 - kept)
    from_xt = np.sqrt(alpha[t - 1]) * (1 - kept_before) / (1 - kept)
    return from_x0 * x0 + from_xt * xt
    ### END SOLUTION


# %%
check("22.2")

# %% [markdown]
# ## What the network has to learn
#
# When we generate, nobody tells us $x_0$. A network has to guess it. Which loss does maximum likelihood ask for? The
# steps are those of the VAE ({doc}`chapter 20 <20_vae>`), with the noisy pictures $x_1, \dots, x_T$ in the place of the
# code. The "encoder" $q$ is fixed, the "decoder" is the chain of steps back, $p_\theta(x_{t-1} \mid x_t)$. The bound is
#
# ```{math}
# :label: eq-diffusion-bound
# -\log p_\theta(x_0) \;\le\; \underbrace{D_\text{KL}\bigl( q(x_T \mid x_0) \,\Vert\, p(x_T) \bigr)}_{\text{nothing to
# learn}} + \sum_{t=2}^{T} \mathbb{E}\, \underbrace{D_\text{KL}\bigl( q(x_{t-1} \mid x_t, x_0) \,\Vert\, p_\theta(x_{t-1}
# \mid x_t) \bigr)}_{\text{one for each step}} \; \underbrace{- \; \mathbb{E} \log p_\theta(x_0 \mid x_1)}_{\text{the
# last step}} .
# ```
#
# In words: **at each step, the network's step back shall be near to the true one that knows $x_0$.** (On the left
# stands the likelihood of the *data* $x_0$. Some texts print $x_\theta$ there, by mistake.)
#
# Three more steps turn this into a loss of one line.
#
# **Both are Gaussians.** Give $p_\theta$ the variance of the true step, $s_t^2$. Then only the means $\mu_t$ and
# $\hat\mu_t$ can differ, and the KL divergence of two such Gaussians is $(\mu_t - \hat\mu_t)^2 / (2 s_t^2)$ (chapter
# 18).
#
# **Let the network guess the noise.** A guess $\hat\varepsilon$ of the noise is also a guess of the picture, by
# {eq}`eq-diffusion-jump`: $\hat x_0 = (x_t - b_t \hat\varepsilon) / a_t$. Put this into {eq}`eq-diffusion-posterior` in
# the place of $x_0$. After a line of algebra the mean is
#
# ```{math}
# :label: eq-diffusion-mean-eps
# \hat\mu_t = \frac{1}{\sqrt{\alpha_t}} \Bigl( x_t - \frac{\beta_t}{b_t}\, \hat\varepsilon \Bigr) , \qquad \text{so} \qquad
# D_\text{KL} = \underbrace{\frac{\beta_t^2}{2 s_t^2\, \alpha_t\, b_t^2}}_{w_t} \, (\varepsilon - \hat\varepsilon)^2 .
# ```
#
# **Leave the weight $w_t$ out.** It is large where there is hardly any noise. {cite:t}`ho2020denoising` found that the
# samples look better when all steps count alike, and the loss is simply
#
# ```{math}
# :label: eq-diffusion-loss
# L = \mathbb{E}_{x_0,\, t,\, \varepsilon} \bigl\lVert \varepsilon - \hat\varepsilon(a_t x_0 + b_t \varepsilon,\; t)
# \bigr\rVert^2 .
# ```
#
# In words: take a picture, a random step and a random noise; mix them; ask the network which noise it was.
#
# We check {eq}`eq-diffusion-mean-eps` with numbers: some $x_0$, its noise, and a wrong guess of this noise. The first
# column is the KL divergence of the two steps back, computed from their means; the second is the weight times the
# squared error of the noise.

# %%
mean_back = answer("22.2")
x0, true_noise, guess = 0.7, -1.1, -0.8
pairs = []
for t in (2, 60, 999):
    a, b = math.sqrt(alpha_bar[t]), math.sqrt(1 - alpha_bar[t])
    x = a * x0 + b * true_noise
    gap = mean_back(x0, x, t, beta) - mean_back((x - b * guess) / a, x, t, beta)
    s2 = (1 - alpha_bar[t - 1]) / (1 - alpha_bar[t]) * beta[t - 1]
    weight = beta[t - 1] ** 2 / (2 * s2 * (1 - beta[t - 1]) * b**2)
    pairs.append((float(gap**2 / (2 * s2)), weight * (true_noise - guess) ** 2))
    print(f"t = {t:3}: {pairs[-1][0]:.6f} {pairs[-1][1]:.6f}, weight {weight:.4f}")

# %% tags=["claim"]
claim("the weight times the squared error of the noise", bool(np.allclose(*zip(*pairs))))

# %% [markdown]
# ## A toy where the best network is known
#
# Before we train anything, let us see what a *perfect* network would do. Squared error has a known best answer: the
# mean ({doc}`chapter 02 <02_regression_as_a_network>`). So the best guess $\hat x_0(x, t)$ is the **mean of all $x_0$
# that could have led to this $x$**.
#
# Our toy "pictures" have one pixel, and they come from three bumps: Gaussians of width 0.2, one around $-1$ and two
# (one upon the other) around $+1$. So two thirds of the data lie near $+1$. With Bayes' rule each bump $p_i$ has the weight
# $w_i \propto \exp\bigl( -(x - a p_i)^2 / 2 (a^2 s^2 + b^2) \bigr)$, and within a bump the mean is a straight line in
# $x$. The function `best_x0` of `nnlab` adds them up:

# %%
POINTS, WIDTH = np.array([-1.0, 1.0, 1.0]), 0.2
print(best_x0(np.array([-1.0, 0.0, 0.4, 1.0]), 0.3, POINTS, WIDTH).round(2))

# %% [markdown]
# Is it the mean? Draw half a million pairs of $x_0$ and $x_t$, keep those with $x_t$ near 0.4, and look.

# %%
data = rng.choice(POINTS, 500_000) + WIDTH * rng.normal(size=500_000)
level = 0.3
mixed = math.sqrt(level) * data + math.sqrt(1 - level) * rng.normal(size=500_000)
near = abs(mixed - 0.4) < 0.02
print(f"mean of {near.sum()} x0: {data[near].mean():.3f}")
print(f"formula: {best_x0(np.array([0.4]), level, POINTS)[0]:.3f}")

# %% [markdown]
# Both say that the mean is 0.75, give or take 0.02. Note that there are hardly any data at 0.75. The best answer in the middle of
# much noise is no possible picture: it is an average of possible pictures, and looks blurred. That is why one single
# step will not do, and many small steps will: each goes only a little towards this average, and then asks again.

# %% tags=["claim"]
said = data[near].mean(), best_x0(np.array([0.4]), level, POINTS)[0]
claim("the mean is 0.75, give or take 0.02", bool(np.allclose(said, 0.75, atol=0.02)))

# %% [markdown]
# ## Exercise 22.3: One reverse step
#
# The sampler of DDPM ("denoising diffusion probabilistic models", {cite:t}`ho2020denoising`) goes from $t$ to $t - 1$ by
# a draw from the posterior, with the network's guess in it: mean $\hat\mu_t$ from {eq}`eq-diffusion-mean-eps`, variance
# $s_t^2$ from {eq}`eq-diffusion-posterior`. Write `reverse_step(x, guess, t, beta, draw)`: `guess` is the network's
# $\hat\varepsilon$, and `draw` are normal numbers in the shape of `x`, for the new noise. Return $x_{t-1}$.


# %%
def reverse_step(x, guess, t, beta, draw):
    """One step of DDPM, from t to t - 1."""
    ### BEGIN SOLUTION: the mean from x and the guess, then noise of the posterior's standard deviation
    alpha = 1 - np.asarray(beta)
    kept_before, kept = np.prod(alpha[: t - 1]), np.prod(alpha[:t])
    mean = (x - beta[t - 1] / np.sqrt(1 - kept) * guess) / np.sqrt(alpha[t - 1])
    variance = (1 - kept_before) / (1 - kept) * beta[t - 1]
    return mean + np.sqrt(variance) * draw
    ### END SOLUTION


# %%
check("22.3")

# %% [markdown]
# Now all 1000 steps, from pure noise, for 4000 toy pictures:

# %%
reverse_step = answer("22.3")
beta_cosine = cosine.beta.numpy()
bar = cosine.alpha_bar.numpy()


def best_noise(x, level):
    """The noise that goes with the best guess of x_0."""
    return (x - np.sqrt(level) * best_x0(x, level, POINTS)) / np.sqrt(1 - level)


x = rng.normal(size=4000)
random_paths = [x]
for t in range(T, 0, -1):
    x = reverse_step(x, best_noise(x, bar[t]), t, beta_cosine, rng.normal(size=x.shape))
    random_paths.append(x)
random_paths = np.array(random_paths)[::-1]  # row t is x_t

# %% tags=["hide-input"]
def density(x, level):
    """The density of x_t for the toy."""
    a, spread = np.sqrt(level), np.sqrt(level * WIDTH**2 + 1 - level)
    return norm.pdf(x[:, None], a * POINTS, spread).mean(axis=1)


def show_paths(paths, times, alt, caption):
    """Some paths over the densities of all steps, and the histogram at the end."""
    _, (ax, end) = plt.subplots(
        1, 2, figsize=(7, 3.2), width_ratios=(4, 1), sharey=True, layout="constrained"
    )
    heights = np.linspace(-3, 3, 200)
    field = np.array([density(heights, level) for level in bar[::10]]).T
    ax.pcolormesh(np.arange(0, 1001, 10), heights, field**0.5, cmap="Greys", rasterized=True)
    for k, path in enumerate(paths.T[:6]):
        ax.plot(times, path, lw=1, color=plot.PALETTE[("orange", "blue", "green")[k % 3]])
    ax.set(xlabel="step $t$ (read from right to left)", ylabel="$x_t$", ylim=(-3, 3))
    end.hist(paths[0], 60, density=True, orientation="horizontal", color=plot.PALETTE["sky"])
    end.plot(density(heights, 1.0), heights, color=plot.PALETTE["ink"], lw=1)
    end.set_xlabel("density at $t = 0$")
    plot.show(alt, caption)


show_paths(
    random_paths,
    np.arange(1001),
    "Six ragged paths that begin anywhere at step 1000 and end near -1 or +1 at step 0, over a grey field that shows "
    "one broad bump splitting into two. The histogram at the end follows the curve of the data.",
    "DDPM with the best possible denoiser. Grey: where x_t of the data lies. Right: 4000 samples, and the data's "
    "density.",
)

# %%
truth = rng.choice(POINTS, 4000) + WIDTH * rng.normal(size=4000)
print(f"distance to the data: {wasserstein_distance(random_paths[0], truth):.3f}")
print(f"share near +1: {(random_paths[0] > 0).mean():.3f}")

# %% [markdown]
# We measure by the Wasserstein distance (chapter 21): how far, in the mean, the samples would have to move to become the
# data. It is below 0.05; between two draws of the data themselves it is of the same size. The share near $+1$ is between
# 0.64 and 0.69. Nothing was learned here, and nothing is random about the *rule*. So the recipe is right, and whatever
# goes wrong later is the network's fault, or that of too few steps.

# %% tags=["claim"]
claim("It is below 0.05", bool(wasserstein_distance(random_paths[0], truth) < 0.05))
again = rng.choice(POINTS, 4000) + WIDTH * rng.normal(size=4000)
claim("of the same size", bool(wasserstein_distance(again, truth) < 0.05))
claim("between 0.64 and 0.69", bool(0.64 < (random_paths[0] > 0).mean() < 0.69))

# %% [markdown]
# ## DDIM: no dice on the way back
#
# A thousand calls of a network for one picture is slow. Each step of DDPM removes noise *and adds new noise*. Song, Meng
# and Ermon left the second away {cite:p}`song2021ddim`. Take the guesses $\hat x_0$ and $\hat\varepsilon$ at level
# $t$, and mix **the same two** anew, with the shares of a lower level $s < t$:
#
# ```{math}
# :label: eq-diffusion-ddim
# x_s = a_s\, \hat x_0 + b_s\, \hat\varepsilon , \qquad \hat\varepsilon = \frac{x_t - a_t \hat x_0}{b_t} .
# ```
#
# If the guesses were exact, this would be *exactly* $x_s$, however far away $s$ is. So we may skip levels. And the start
# alone decides where it ends: the same noise always gives the same picture. ($s$ is here a step, no standard deviation.)

# %% [markdown]
# ## Exercise 22.4: DDIM with ten steps
#
# Write `ddim(x, levels, points)`. `levels` are the values of $\bar\alpha$ to visit, the noisiest first; the last one is
# 1, which is data. So 11 levels make ten steps. `x` (n,) is the start, at level `levels[0]`. At each level ask the best
# denoiser, `best_x0(x, level, points)`, and go to the next level by {eq}`eq-diffusion-ddim`. Return the samples. (At the
# last level there is nothing left to ask.)


# %%
def ddim(x, levels, points):
    """Follow the levels from noise to data, without new noise."""
    ### BEGIN SOLUTION: for each pair of neighbouring levels: guess both, mix anew
    for here, there in zip(levels[:-1], levels[1:]):
        x0 = best_x0(x, here, points)
        noise = (x - np.sqrt(here) * x0) / np.sqrt(1 - here)
        x = np.sqrt(there) * x0 + np.sqrt(1 - there) * noise
    return x
    ### END SOLUTION


# %%
check("22.4")

# %%
ddim = answer("22.4")
start = rng.normal(size=4000)
stops = np.linspace(T, 0, 101).round().astype(int)
smooth_paths = [start]
for here, there in zip(stops[:-1], stops[1:]):
    smooth_paths.append(ddim(smooth_paths[-1], bar[[here, there]], POINTS))
smooth_paths = np.array(smooth_paths)[::-1]

# %% tags=["hide-input"]
show_paths(
    smooth_paths,
    stops[::-1],
    "Six smooth paths that do not cross. Those that begin above about -0.4 end near +1, the others near -1. The "
    "histogram at the end follows the data's curve.",
    "DDIM, 100 steps, from pure noise: smooth paths, the same two bumps.",
)

# %% [markdown]
# The paths do not cross, so they keep their order: who starts lowest ends lowest. And the histogram is right as well.
# How few steps will do?

# %%
counts = (1, 2, 5, 10, 20, 50, 100)
far = {"DDIM": [], "DDPM": []}
for count in counts:
    few = cosine.spaced(count)
    far["DDIM"].append(
        wasserstein_distance(ddim(start, few.alpha_bar.numpy()[::-1], POINTS), truth)
    )
    x = start
    for t in range(count, 0, -1):
        guess = best_noise(x, few.alpha_bar[t].item())
        x = reverse_step(x, guess, t, few.beta.numpy(), rng.normal(size=x.shape))
    far["DDPM"].append(wasserstein_distance(x, truth))
table = pd.DataFrame(far, index=pd.Index(counts, name="steps"))
plot.table(table.reset_index(), "Wasserstein distance to the data", digits=3)

# %% [markdown]
# With one step both give the same, and it is useless: all samples lie at 0.33, the mean of the data. From ten steps on
# DDIM is nearer than 0.08; DDPM is further away at ten and at twenty steps, as it has to remove its own new noise too.

# %% tags=["claim"]
one = ddim(start, cosine.spaced(1).alpha_bar.numpy()[::-1], POINTS)
claim("all samples lie at 0.33", bool(abs(one - 1 / 3).max() < 0.01))
claim("From ten steps on DDIM is nearer than 0.08", bool(table["DDIM"][10:].max() < 0.08))
claim(
    "DDPM is further away at ten and at twenty steps",
    bool((table["DDPM"] > table["DDIM"] + 0.01)[[10, 20]].all()),
)

# %% [markdown]
# ## DDIM is Euler's method
#
# Why may DDIM leave the noise away? Think of the cloud of all points $a x_0 + b\, \varepsilon$ and let $t$ run
# continuously. A point with known $x_0$ and $\varepsilon$ has the velocity $a' x_0 + b' \varepsilon$ (the dash is the
# derivative with respect to $t$). Many such points pass through one place $x$, with different velocities. What the cloud as a whole does
# there depends only on the *mean* velocity, and the mean of $x_0$ is $\hat x_0$:
#
# ```{math}
# :label: eq-diffusion-ode
# \frac{dx}{dt} = a'\, \hat x_0(x, t) + b'\, \hat\varepsilon(x, t) .
# ```
#
# A cloud that follows this equation backwards has, at each time, the same density as the noisy data. It is called the
# {term}`probability flow ODE` {cite:p}`song2021score` (ODE: ordinary differential equation; it says how a point moves
# that is here).
#
# Now put $\hat x_0 = (x - b \hat\varepsilon) / a$ in, and look at $x / a$ instead of $x$:
#
# $$
# \frac{d}{dt} \frac{x}{a} = \frac{x'}{a} - \frac{a' x}{a^2} = \frac{1}{a} \Bigl( \frac{a'}{a} x - \frac{a' b}{a}
# \hat\varepsilon + b' \hat\varepsilon \Bigr) - \frac{a' x}{a^2} = \frac{b' a - a' b}{a^2}\, \hat\varepsilon =
# \Bigl( \frac{b}{a} \Bigr)' \hat\varepsilon .
# $$
#
# So if we count time by the ratio of noise to signal, $r = b / a$, then $x / a$ has the slope $\hat\varepsilon$. A step
# of **Euler's method** walks straight on with the slope it has now: $x_s / a_s = x_t / a_t + (r_s - r_t)\,
# \hat\varepsilon$. Multiply by $a_s$ and use $x_t / a_t - r_t \hat\varepsilon = \hat x_0$: it is {eq}`eq-diffusion-ddim`,
# to the letter.

# %%
here, there = bar[600], bar[400]
guess = best_noise(start, here)
ratio = np.sqrt(1 - np.array([here, there])) / np.sqrt([here, there])
euler = np.sqrt(there) * (start / np.sqrt(here) + (ratio[1] - ratio[0]) * guess)
both = ddim(start, [here, there, 1.0], POINTS), best_x0(euler, there, POINTS)  # one more step
print(f"largest difference: {abs(both[0] - both[1]).max():.0e}")

# %% [markdown]
# The difference is below $10^{-12}$: rounding. So all that is known of solving differential equations can be used for
# sampling. The deviation of a solver shrinks with its steps, and better solvers need fewer of them.

# %% tags=["claim"]
claim("The difference is below $10^{-12}$", bool(abs(both[0] - both[1]).max() < 1e-12))

# %% [markdown]
# ## The network: a U-Net that knows the time
#
# Back to digits. The network gets a noisy picture, the step and the class, and answers with a picture of the same size.
# It must see the whole (is this a 3?) and keep each pixel (where exactly is the edge?). The shape for that is the
# {term}`U-Net` {cite:p}`ronneberger2015unet`: a way down to a few coarse maps, a way up again, and **bridges** that hand
# the fine maps of the way down across to the way up.

# %%
torch.manual_seed(SEED)
net = UNet()
print(sum(p.numel() for p in net.parameters()), "parameters")
drawing = module_draw(net, [(1, 28, 28), (), ()], dtype=None) if False else module_draw(
    net, [(1, 28, 28), ()]
)
plot.show(drawing.alt, "The U-Net of this chapter: picture and time come in above.")
