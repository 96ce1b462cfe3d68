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
# we need a thousand?** That is a diffusion model {cite:p}`sohl2015deep,ho2020denoising`. The samples of this chapter
# are the best of this part, and the loss is plain squared error: no game of two networks ({doc}`chapter 21 <21_gan>`),
# no collapse. The price is time.
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
from itertools import pairwise

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
from nnlab.generative.unet import UNet, time_features, zeroed

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
# ("epsilon") is fresh normal noise, one number for each pixel. So if $x_{t-1}$ is known, $x_t$ is Gaussian; we write
# $q(x_t \mid x_{t-1})$ for this distribution. What comes next depends only on what is now, not on how it came about: a
# *Markov chain*.
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
    "A handwritten 2 at seven steps: clear at t = 0, grainy at 100, still to be seen "
    "at 200, hardly at 400, and pure noise from 600 on.",
    "The forward process. Nothing is learned here.",
)

# %% [markdown]
# ## All steps at once
#
# To train a network we shall need $x_{500}$ of many pictures. Must we go through 500 steps for each? No. Take two
# steps, and write $\alpha_t = 1 - \beta_t$ ("alpha"):
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
# Such a sum is one Gaussian, and the variances add up:
# $\alpha_t (1 - \alpha_{t-1}) + (1 - \alpha_t) = 1 - \alpha_t \alpha_{t-1}$. So two steps are *one* step, with
# $\alpha_t \alpha_{t-1}$ in the place of $\alpha_t$. Do the same again and again, down to $x_0$. With the product of
# all alphas, $\bar\alpha_t = \alpha_1 \alpha_2 \cdots \alpha_t$ ("alpha bar"):
#
# ```{math}
# :label: eq-diffusion-jump
# x_t = a_t\, x_0 + b_t\, \varepsilon , \qquad a_t = \sqrt{\bar\alpha_t}, \quad b_t = \sqrt{1 - \bar\alpha_t} .
# ```
#
# In words: a noisy picture is a mixture of the picture and of *one* noise, with shares whose squares add up to 1. Every
# formula of this chapter can be written with $a$ and $b$ (so here they are no outputs and no biases).
#
# A check with numbers, not pictures: 50 000 times the same $x_0 = 1.5$, by 300 single steps and by one jump.

# %%
walkers = np.full(50_000, 1.5)
for b in beta[:300]:
    walkers = math.sqrt(1 - b) * walkers + math.sqrt(b) * rng.normal(size=50_000)
alpha_bar = np.concatenate([[1.0], np.cumprod(1 - beta)])  # alpha_bar[t], t = 0 ... T
a, b = math.sqrt(alpha_bar[300]), math.sqrt(1 - alpha_bar[300])
print(f"300 steps: mean {walkers.mean():.3f}, standard deviation {walkers.std():.3f}")
print(f"formula:   mean {1.5 * a:.3f}, standard deviation {b:.3f}")

# %% [markdown]
# Both agree to within 0.02. At $t = 300$ the signal has shrunk to 0.63 of itself, at $t = 1000$ to 0.006.

# %% tags=["claim"]
from nnlab import claim

claim(
    "agree to within 0.02",
    abs(walkers.mean() - 1.5 * a) + abs(walkers.std() - b) < 0.02,
)
claim("shrunk to 0.63 of itself", alpha_bar[300] ** 0.5)
claim("at $t = 1000$ to 0.006", 1000, alpha_bar[1000] ** 0.5)

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
ax.plot(linear.alpha_bar.sqrt(), "--", color=plot.PALETTE["orange"], label="linear")
ax.plot(cosine.alpha_bar.sqrt(), "-", color=plot.PALETTE["blue"], label="cosine")
ax.set(xlabel="step $t$", ylabel="share of the signal, $a_t$")
ax.legend()
plot.show(
    "The share of the signal against the step, from 1 at step 0 to about 0 at step "
    "1000. The linear schedule falls steeply at first and is near 0 from step 700 on; "
    "the cosine schedule lies above it and falls more evenly.",
    "Two noise schedules.",
)

# %% [markdown]
# The linear schedule was made for larger pictures. For ours it wastes steps: at $t = 700$ the share of the signal is
# already below 0.09, so the last 300 steps are noise of noise. With the cosine schedule this share is reached at $t =
# 945$ only. **From here on we use the cosine schedule.**

# %% tags=["claim"]
claim("the signal is already below 0.09", bool(linear.alpha_bar[700].sqrt() < 0.09))
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
# A Gaussian with mean $\mu$ and variance $s^2$ has the exponent
# $-\frac12 \left[ x_{t-1}^2 / s^2 - 2 x_{t-1}\, \mu / s^2 + \dots \right]$. So collect what stands at $x_{t-1}^2$: this
# is $1 / s^2$. And what stands at $-2 x_{t-1}$: this is $\mu / s^2$.
#
# $$
# \frac{1}{s_t^2} = \frac{\alpha_t}{\beta_t} + \frac{1}{1 - \bar\alpha_{t-1}} = \frac{\alpha_t - \bar\alpha_t +
# \beta_t}{\beta_t (1 - \bar\alpha_{t-1})} = \frac{1 - \bar\alpha_t}{\beta_t (1 - \bar\alpha_{t-1})} , \qquad
# \frac{\mu_t}{s_t^2} = \frac{\sqrt{\alpha_t}\, x_t}{\beta_t} + \frac{\sqrt{\bar\alpha_{t-1}}\, x_0}{1 -
# \bar\alpha_{t-1}} .
# $$
#
# (In the first we used $\alpha_t \bar\alpha_{t-1} = \bar\alpha_t$ and $\alpha_t + \beta_t = 1$.) Multiply the second by
# $s_t^2$, and you have the mean and the variance of the **posterior** of one step:
#
# ```{math}
# :label: eq-diffusion-posterior
# \mu_t = \frac{\sqrt{\bar\alpha_{t-1}}\, \beta_t}{1 - \bar\alpha_t}\, x_0 + \frac{\sqrt{\alpha_t}\, (1 -
# \bar\alpha_{t-1})}{1 - \bar\alpha_t}\, x_t , \qquad s_t^2 = \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t}\, \beta_t .
# ```
#
# In words: the step back leads to a weighted sum of where you are and where you came from, plus a little noise. At $t =
# 1$ there is no doubt any more: $\bar\alpha_0 = 1$, so $\mu_1 = x_0$ and $s_1 = 0$.

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
# learn}} + \sum_{t=2}^{T} \mathbb{E}\, \underbrace{D_\text{KL}\bigl( q(x_{t-1} \mid x_t, x_0) \,\Vert\,
# p_\theta(x_{t-1}
# \mid x_t) \bigr)}_{\text{one for each step}} \; \underbrace{- \; \mathbb{E} \log p_\theta(x_0 \mid x_1)}_{\text{the
# last step}} .
# ```
#
# In words: **at each step, the network's step back shall be near to the true one that knows $x_0$.**
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

# %% [markdown]
# ## A toy where the best network is known
#
# Before we train anything, let us see what a *perfect* network would do. Squared error has a known best answer: the
# mean ({doc}`chapter 02 <02_regression_as_a_network>`). So the best guess $\hat x_0(x, t)$ is the **mean of all $x_0$
# that could have led to this $x$**.
#
# Our toy "pictures" have one pixel, and they come from three bumps: Gaussians of width 0.2, one around $-1$ and two
# (one upon the other) around $+1$. So two thirds of the data lie near $+1$. With Bayes' rule each bump $p_i$ has the
# weight $w_i \propto e^{-(x - a p_i)^2 / (2 a^2 s^2 + 2 b^2)}$, where $s = 0.2$; and within a bump the mean is a
# straight line in $x$. The function `best_x0` of `nnlab` adds them up. Is what it says the mean? Draw two million pairs
# of $x_0$ and $x_t$, keep those with $x_t$ near 0.4, and compare.

# %%
POINTS, WIDTH = np.array([-1.0, 1.0, 1.0]), 0.2
level = 0.3  # alpha bar
data = rng.choice(POINTS, 2_000_000) + WIDTH * rng.normal(size=2_000_000)
mixed = math.sqrt(level) * data + math.sqrt(1 - level) * rng.normal(size=data.shape)
near = abs(mixed - 0.4) < 0.02
print(f"mean of {near.sum()} x0: {data[near].mean():.3f}")
print(f"formula: {best_x0(np.array([0.4]), level, POINTS, WIDTH)[0]:.3f}")

# %% [markdown]
# Both say that the mean is 0.58, give or take 0.02. Hardly any data lie there. So in much noise the best answer is no
# possible picture: it is an average of possible pictures, and looks blurred. That is why a single step will not do, and
# many small steps will: each goes only a little way towards this average, and then asks again.

# %% tags=["claim"]
said = data[near].mean(), best_x0(np.array([0.4]), level, POINTS)[0]
claim("the mean is 0.58, give or take 0.02", bool(np.allclose(said, 0.58, atol=0.02)))
claim("Hardly any data lie there", bool((abs(data - 0.58) < 0.05).mean() < 0.05))

# %% [markdown]
# ## Exercise 22.3: One reverse step
#
# The sampler of DDPM ("denoising diffusion probabilistic models", {cite:t}`ho2020denoising`) goes from $t$ to $t - 1$
# by a draw from the posterior, with the network's guess in it: mean $\hat\mu_t$ from {eq}`eq-diffusion-mean-eps`,
# variance $s_t^2$ from {eq}`eq-diffusion-posterior`. Write `reverse_step(x, guess, t, beta, draw)`: `guess` is the
# network's $\hat\varepsilon$, and `draw` are normal numbers in the shape of `x`, for the new noise. Return $x_{t-1}$.
# (With $\hat x_0$ in the place of $x_0$, your `posterior_mean` gives the same mean.)


# %%
def reverse_step(x, guess, t, beta, draw):
    """One step of DDPM, from t to t - 1."""
    ### BEGIN SOLUTION: the mean from x and the guess, then the noise
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
    heights, grey = np.linspace(-3, 3, 200), {"cmap": "Greys", "rasterized": True}
    field = np.array([density(heights, level) for level in bar[::10]]).T
    ax.pcolormesh(np.arange(0, 1001, 10), heights, field**0.5, **grey)
    ax.set_prop_cycle(color=[plot.PALETTE[c] for c in ("orange", "blue", "green")])
    ax.plot(times, paths[:, np.linspace(100, 3900, 9).astype(int)], lw=1)
    ax.set(xlabel="step $t$ (read from right to left)", ylabel="$x_t$", ylim=(-3, 3))
    bars = {"density": True, "orientation": "horizontal", "color": plot.PALETTE["sky"]}
    end.hist(paths[0], 60, **bars)
    end.plot(density(heights, 1.0), heights, color=plot.PALETTE["ink"], lw=1)
    end.set_xlabel("density at $t = 0$")
    plot.show(alt, caption)


show_paths(
    random_paths,
    np.arange(1001),
    "Nine ragged paths that begin anywhere at step 1000 and end near -1 or +1 at step "
    "0, over a grey field that shows one broad bump splitting into two. The histogram "
    "at the end follows the curve of the data.",
    "DDPM with the best possible denoiser. Grey: where x_t of the data lies. Right: "
    "4000 samples, and the data's density.",
)

# %%
truth = rng.choice(POINTS, 4000) + WIDTH * rng.normal(size=4000)
print(f"distance to the data: {wasserstein_distance(random_paths[0], truth):.3f}")
print(f"share near +1: {(random_paths[0] > 0).mean():.3f}")

# %% [markdown]
# We measure by the Wasserstein distance (chapter 21): how far, in the mean, the samples would have to move to become
# the data. It is below 0.05, as it is between two draws of the data themselves. The share near $+1$ is between 0.64 and
# 0.69. So the recipe is right. Whatever goes wrong later is the fault of the network, or of too few steps.

# %% tags=["claim"]
claim("It is below 0.05", bool(wasserstein_distance(random_paths[0], truth) < 0.05))
again = rng.choice(POINTS, 4000) + WIDTH * rng.normal(size=4000)
claim("as it is between two draws", bool(wasserstein_distance(again, truth) < 0.05))
claim("between 0.64 and 0.69", bool(0.64 < (random_paths[0] > 0).mean() < 0.69))

# %% [markdown]
# ## DDIM: no dice on the way back
#
# A thousand calls of a network for one picture is slow. Each step of DDPM removes noise *and adds new noise*. Song,
# Meng and Ermon left the second away {cite:p}`song2021ddim`. Take the guesses $\hat x_0$ and $\hat\varepsilon$ at level
# $t$, and mix **the same two** anew, with the shares of a lower level $s < t$:
#
# ```{math}
# :label: eq-diffusion-ddim
# x_s = a_s\, \hat x_0 + b_s\, \hat\varepsilon , \qquad \hat\varepsilon = \frac{x_t - a_t \hat x_0}{b_t} .
# ```
#
# If the guesses were exact, this would be *exactly* $x_s$, however far away $s$ is. So we may skip levels. And the
# start alone decides where it ends: the same noise always gives the same picture. ($s$ is here a step, no standard
# deviation.)

# %% [markdown]
# ## Exercise 22.4: DDIM with ten steps
#
# Write `ddim(x, levels, points)`. `levels` are the values of $\bar\alpha$ to visit, the noisiest first; the last one is
# 1, which is data. So 11 levels make ten steps. `x` (n,) is the start, at level `levels[0]`. At each level ask the best
# denoiser, `best_x0(x, level, points)`, and go to the next level by {eq}`eq-diffusion-ddim`. Return the samples. (At
# the last level there is nothing left to ask.)


# %%
def ddim(x, levels, points):
    """Follow the levels from noise to data, without new noise."""
    ### BEGIN SOLUTION: for each pair of neighbouring levels: guess both, mix anew
    for here, there in pairwise(levels):
        x0 = best_x0(x, here, points)
        noise = (x - np.sqrt(here) * x0) / np.sqrt(1 - here)
        x = np.sqrt(there) * x0 + np.sqrt(1 - there) * noise
    return x
    ### END SOLUTION


# %%
check("22.4")

# %%
ddim = answer("22.4")
even = (np.arange(4000) + 0.5) / 4000
start = norm.ppf(even)  # noise, but evenly spread: no accident of a draw
heights = np.linspace(-3, 3, 10_001)
truth = np.interp(even, norm.cdf(heights[:, None], POINTS, WIDTH).mean(axis=1), heights)
stops = np.linspace(T, 0, 101).round().astype(int)
smooth_paths = [start]
for here, there in pairwise(stops):
    smooth_paths.append(ddim(smooth_paths[-1], bar[[here, there]], POINTS))
smooth_paths = np.array(smooth_paths)[::-1]

# %% tags=["hide-input"]
show_paths(
    smooth_paths,
    stops[::-1],
    "Smooth paths that do not cross. Those that begin in the lowest third end near -1, "
    "the others near +1. The histogram at the end follows the data's curve.",
    "DDIM, 100 steps, from pure noise: smooth paths, the same two bumps.",
)

# %% [markdown]
# The paths do not cross, so they keep their order: who starts lowest ends lowest. And the histogram is right as well.
# How few steps will do?

# %%
counts = (1, 2, 5, 10, 20, 50, 100)
far, ours = {"DDIM": [], "DDPM": []}, {}
for count in counts:
    few = cosine.spaced(count)  # a schedule of so many steps
    levels = few.alpha_bar.numpy()
    far["DDIM"].append(wasserstein_distance(ddim(start, levels[::-1], POINTS), truth))
    x = rng.permutation(start)
    for t in range(count, 0, -1):
        guess = best_noise(x, levels[t])
        x = reverse_step(x, guess, t, few.beta.numpy(), rng.normal(size=x.shape))
    far["DDPM"].append(wasserstein_distance(x, truth))
    ours[count] = x
table = pd.DataFrame(far, index=pd.Index(counts, name="steps"))
plot.table(table.reset_index(), "Wasserstein distance to the data", digits=3)

# %% [markdown]
# With one step both give the same, and it is useless: all samples lie at 0.33, the mean of the data. DDIM is nearer
# than 0.07 from ten steps on, and each doubling of the steps halves its error. From
# five steps on DDPM is further from the data (in part by chance: its 4000 samples are random).

# %% tags=["claim"]
one = ddim(start, cosine.spaced(1).alpha_bar.numpy()[::-1], POINTS)
claim("all samples lie at 0.33", bool(abs(one - 1 / 3).max() < 0.01))
claim("than 0.07 from ten steps on", bool(table["DDIM"].iloc[3:].max() < 0.07))
halves = table["DDIM"][[20, 100]].to_numpy() / table["DDIM"][[10, 50]].to_numpy()
claim("each doubling of the steps halves", bool(np.allclose(halves, 0.5, atol=0.05)))
later = table.iloc[2:]
claim("five steps on DDPM is further", bool((later["DDPM"] > later["DDIM"]).all()))

# %% [markdown]
# ## DDIM is Euler's method
#
# Why may DDIM leave the noise away? Think of the cloud of all points $a x_0 + b\, \varepsilon$ and let $t$ run
# continuously. A point with known $x_0$ and $\varepsilon$ has the velocity $a' x_0 + b' \varepsilon$ (the dash is the
# derivative with respect to $t$). Many such points pass through one place $x$, with different velocities. What the
# cloud as a whole does there depends only on the *mean* velocity, and the mean of $x_0$ is $\hat x_0$:
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
# of **Euler's method** walks straight on with the slope it has now:
# $x_s / a_s = x_t / a_t + (r_s - r_t)\, \hat\varepsilon$. Multiply by $a_s$ and use
# $x_t / a_t - r_t \hat\varepsilon = \hat x_0$: it is {eq}`eq-diffusion-ddim`, to the letter.

# %%
here, there = bar[600], bar[400]
guess = best_noise(start, here)
ratio = np.sqrt(1 - np.array([here, there])) / np.sqrt([here, there])
euler = np.sqrt(there) * (start / np.sqrt(here) + (ratio[1] - ratio[0]) * guess)
largest = abs(euler - ddim(start, [here, there], POINTS)).max()
print(f"largest difference: {largest:.0e}")

# %% [markdown]
# The difference is below $10^{-12}$: rounding. So all that is known of solving differential equations can be used for
# sampling: more steps make the error smaller, and better methods than Euler's need fewer steps.

# %% tags=["claim"]
claim("The difference is below $10^{-12}$", bool(largest < 1e-12))

# %% [markdown]
# ## Exercise 22.5: Find the bug
#
# The variance $s_t^2$ of DDPM's new noise is that of the true posterior. Many programs simply take $\beta_t$, which is
# a little larger, and that is allowed too. A friend does so, here with 20 steps for the toy, whose bumps have the width
# 0.2.


# %%
def friends_ddpm(x, levels, draws, points):
    """DDPM along the levels of alpha-bar, the last one 1; a row of `draws` a step."""
    for here, there, draw in zip(levels[:-1], levels[1:], draws, strict=True):
        beta_here = 1 - here / there
        x0 = best_x0(x, here, points)
        mean = np.sqrt(there) * beta_here / (1 - here) * x0
        mean = mean + np.sqrt(1 - beta_here) * (1 - there) / (1 - here) * x
        x = mean + np.sqrt(beta_here) * draw
    return x


few = cosine.spaced(20).alpha_bar.numpy()[::-1]
draws = np.random.default_rng(SEED).normal(size=(20, 4000))
his = friends_ddpm(start, few, draws, POINTS)
upper = {name: x[x > 0].std() for name, x in (("his", his), ("ours", ours[20]))}
print(f"width of the upper bump: his {upper['his']:.3f}, ours {upper['ours']:.3f}")

# %% [markdown]
# His bump is too wide by a tenth or more. Ours, with the same denoiser and 20 steps too, is if anything too narrow.
# With digits he sees grey grain on the black ground. What is wrong?
#
# - A: 20 steps are too few, whatever the rule.
# - B: the weights of $\hat x_0$ and $x$ in the mean have changed places.
# - C: noise is added in the last step too.
# - D: the best denoiser is asked at the wrong level.
# - E: `start` is not random enough.
#
# Set `diagnosis`, and write `ddpm(x, levels, draws, points)` without the bug. Change as little as possible.

# %%
### BEGIN SOLUTION: one of the letters A to E
diagnosis = "C"
### END SOLUTION


def ddpm(x, levels, draws, points):
    """DDPM along the levels of alpha-bar, the last one 1; a row of `draws` a step."""
    ### BEGIN SOLUTION: the friend's function, with its last step put right
    for here, there, draw in zip(levels[:-1], levels[1:], draws, strict=True):
        beta_here = 1 - here / there
        x0 = best_x0(x, here, points)
        mean = np.sqrt(there) * beta_here / (1 - here) * x0
        mean = mean + np.sqrt(1 - beta_here) * (1 - there) / (1 - here) * x
        x = mean + np.sqrt(beta_here) * draw * (there < 1)
    return x
    ### END SOLUTION


# %%
check("22.5")

# %%
_, ddpm = answer("22.5")
repaired = ddpm(start, few, draws, POINTS)
print(f"width of the upper bump: {repaired[repaired > 0].std():.3f}")

# %% [markdown]
# The new noise of a step is removed by the next calls of the network. After the last step nobody is asked any more, so
# this noise stays in the picture. Without it the width is 0.22, and nearer to 0.2. (The rest is due to the few steps;
# with more of them it goes away.)

# %% tags=["claim"]
now = repaired[repaired > 0].std()
claim("too wide by a tenth or more", bool(upper["his"] > 1.1 * 0.2))
claim("is if anything too narrow", bool(upper["ours"] < 0.2))
claim("Without it the width is 0.22", now)
many = cosine.spaced(100).alpha_bar.numpy()[::-1]
x = ddpm(start, many, rng.normal(size=(100, 4000)), POINTS)
claim("more of them it goes away", bool(abs(x[x > 0].std() - 0.2) < 0.01))

# %% [markdown]
# ## When the network guesses the noise
#
# So far the guesses were perfect. A network's are not, and it matters *what* it is asked for. From the guess of the
# noise follows the guess of the picture:
#
# $$
# \hat x_0 = \frac{x_t - b_t \hat\varepsilon}{a_t} , \qquad \text{so an error } \delta \text{ of } \hat\varepsilon \text{
# becomes the error } \frac{b_t}{a_t}\, \delta \text{ of } \hat x_0 .
# $$
#
# At the start of sampling $a_t$ is nearly 0. How large is the factor $b_t / a_t$ there?

# %%
ends = {"linear": linear.alpha_bar[T].item(), "cosine": cosine.alpha_bar[T].item()}
factors = {name: math.sqrt((1 - end) / end) for name, end in ends.items()}
print("b / a at the last step:", {name: round(f) for name, f in factors.items()})

# %% [markdown]
# With the linear schedule an error becomes about 160 times larger, with the cosine schedule more than 20 000 times.
# There is an easy way out {cite:p}`salimans2022progressive`: ask for another mixture of picture and noise,
#
# ```{math}
# :label: eq-diffusion-v
# v = a_t\, \varepsilon - b_t\, x_0 , \qquad \text{then} \qquad \hat x_0 = a_t x_t - b_t \hat v , \quad \hat\varepsilon =
# b_t x_t + a_t \hat v .
# ```
#
# (Put $x_t = a_t x_0 + b_t \varepsilon$ in and use $a_t^2 + b_t^2 = 1$: it fits.) Nothing is divided by a small number.
# At the start, where all is noise, $v \approx -x_0$: the network is asked for the picture. At the end $v \approx
# \varepsilon$: it is asked for the noise. Each time for what is hard to see.
#
# Both can be trained by the same few lines, and so can flow matching below:
#
# ```
# t = objective.draw(batch_size)                       # a time for each picture
# a, b = objective.levels(t)                           # how much picture, how much noise
# noise = torch.randn_like(x0)
# answer = net(a * x0 + b * noise, t, labels)
# loss = (answer - objective.target(x0, noise, a, b)).square().mean()
# ```
#
# That is all that `train_denoiser` does in a step, with AdamW ({doc}`chapter 09 <09_optimisers>`), a learning rate that
# rises and then falls, and a trick for generators: at the end it returns not the last weights, but their moving average
# over some hundred steps ({term}`EMA`). The last weights still shake with the last batches; the average does not.
#
# First on points: the ring of eight Gaussians of chapter 21, with a small net for points, the cosine schedule, and the
# same net, batches and number of steps for both questions.


# %%
class PointNet(nn.Module):
    """Noisy points (n, 2) and times (n,) to answers (n, 2)."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Linear(2 + 8, 128), nn.SiLU(), nn.Linear(128, 128), nn.SiLU()),
            *(nn.Linear(128, 128), nn.SiLU(), nn.Linear(128, 2)),
        )

    def forward(self, x, t):
        return self.body(torch.cat([x, time_features(t, 8, fastest=20.0)], dim=1))


def ring(n, seed):
    """n points of eight Gaussians on a circle of radius 1."""
    rng = np.random.default_rng(seed)
    angle = rng.integers(8, size=n) * 2 * np.pi / 8
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return torch.as_tensor(points + 0.05 * rng.normal(size=(n, 2))).float()


# %%
KINDS = {"noise": diffusion.EPSILON, "v": diffusion.VELOCITY}
short = {"steps": 1000, "batch_size": 256, "bf16": False}
point_nets = {}
for name, kind in KINDS.items():
    torch.manual_seed(SEED)
    point_nets[name], losses = denoiser.train_denoiser(
        PointNet(), ring(4000, SEED), None, diffusion.objective(cosine, kind), **short
    )
    print(f"{name}: loss {np.mean(losses[:50]):.2f}, then {np.mean(losses[-50:]):.2f}")

# %%
dots = torch.randn(1000, 2, generator=torch.Generator().manual_seed(SEED))
few = cosine.spaced(20)
WAYS = {
    "DDIM, 20 steps": {"schedule": few},
    "DDIM, 20 steps, clipped": {"schedule": few, "clip": True},
    "DDPM, 20 steps": {"schedule": few, "ancestral": True},
    "DDPM, 250 steps": {"schedule": cosine.spaced(250), "ancestral": True},
}
made, shares = {}, {}
for name, kind in KINDS.items():
    for way, options in WAYS.items():
        options = {"random": torch.Generator().manual_seed(SEED), **options}
        made[name, way] = x = diffusion.sample(
            point_nets[name], dots, kind=kind, **options
        )
        on_ring = (torch.linalg.vector_norm(x, dim=1) - 1).abs() < 0.2
        shares.setdefault(f"guesses {name}", {})[way] = on_ring.float().mean().item()
shares = pd.DataFrame(shares)
plot.table(shares.rename_axis("sampler").reset_index(), "Share of samples on the ring")

# %% tags=["hide-input"]
_, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
panels = (
    ("noise", "DDIM, 20 steps"),
    ("noise", "DDPM, 250 steps"),
    ("v", "DDIM, 20 steps"),
)
for ax, (name, way) in zip(axes, panels, strict=True):
    x = made[name, way]
    ax.plot(*x.T, ".", ms=2, color=plot.PALETTE["blue"])
    ax.plot(*ring(500, 1).T, ".", ms=2, color=plot.PALETTE["orange"])
    ax.set_title(f"guesses {name},\n{way}", fontsize=9)
    if way.startswith("DDPM") or name == "v":
        ax.set(xlim=(-2, 2), ylim=(-2, 2))
    ax.set_aspect("equal")
plot.show(
    "Three scatter plots. Left: the net that guesses the noise with 20 DDIM steps; its "
    "samples are spread over a region tens of units wide, and the ring is a small dot. "
    "Middle: the same net with 250 DDPM steps gives the ring. Right: the net that "
    "guesses v gives the ring with 20 DDIM steps, and some points inside.",
    "Blue: samples. On them, in orange: the data. Mind the axes of the first panel.",
)

# %% [markdown]
# The net that guesses the noise has learned its task: with 250 steps of DDPM more than 0.9 of its samples are on the
# ring. But with 20 steps of DDIM fewer than 0.1 are, and the samples are spread over a region tens of times as wide.
# The first step jumps from $a \approx 0.00005$ to $a \approx 0.08$, and takes the huge error of $\hat x_0$ along. DDIM
# never forgets: what it reads as noise, it keeps. DDPM replaces a part of it in each step by fresh noise. The net that
# guesses $v$ has no such trouble: more than 0.85 of its samples are on the ring in all four ways. (Neither net keeps
# the eight clusters well apart. That takes a longer training; here the question was another one.)
#
# Clipping each $\hat x_0$ to the range of the data, $[-1, 1]$, helps the first net to more than 0.85. It is common, and
# it hides the cause. We shall guess $v$; this is called {term}`v-prediction`.

# %% tags=["claim"]
claim("an error becomes about 160 times larger", bool(150 < factors["linear"] < 170))
claim("with the cosine schedule more than 20 000", bool(factors["cosine"] > 20_000))
claim("with 20 steps of DDIM fewer than 0.1 are", bool(shares.iloc[0, 0] < 0.1))
wild = made["noise", "DDIM, 20 steps"].abs().quantile(0.9).item()
claim("spread over a region tens of times as wide", bool(wild > 10))
claim("more than 0.9 of its samples are on the ring", bool(shares.iloc[3, 0] > 0.9))
claim("more than 0.85 of its samples are", bool(shares.iloc[:, 1].min() > 0.85))
claim("helps the first net to more than 0.85", bool(shares.iloc[1, 0] > 0.85))
first = few.levels(19, torch.zeros(1))[0].item()
claim("jumps from $a \\approx 0.00005$", few.levels(20, torch.zeros(1))[0].item())
claim("to $a \\approx 0.08$", first)

# %% [markdown]
# ## The network: a U-Net that knows the time
#
# Back to digits. The network gets a noisy picture, the step and the class, and answers with a picture of the same size.
# It must see the whole (is this a 3?) and keep each pixel (where exactly is the edge?). The shape for that is the
# {term}`U-Net` {cite:p}`ronneberger2015unet`: a way down to a few coarse maps, a way up again, and **bridges** that
# hand the fine maps of the way down across to the way up.

# %%
torch.manual_seed(SEED)
net = UNet()
drawing = module_draw(net, [(1, 28, 28), ()], figsize=(3.4, 10.5))
plot.show(drawing.alt, "The U-Net. Input 1: the noisy picture; input 2: the time.")

# %% [markdown]
# Read it from above. *Pixel unshuffle* makes four small pictures of one, by taking every second pixel: 28 × 28 becomes
# 4 × 14 × 14, and nothing is lost. Then come 40 maps of 14 × 14, 80 maps of 7 × 7, and back. The two *concat* boxes are
# the bridges. Each *FiLMBlock* is a residual block ({doc}`chapter 16 <16_architectures>`), and it gets the condition as
# well.
#
# **How does a network hear the time?** A single number says little to a layer of weights. So $t$ is written as a row of
# waves, $\sin(\omega_k t)$ and $\cos(\omega_k t)$ with 24 speeds $\omega_k$, slow ones and fast ones, like the hands of
# a clock. Two linear layers make a vector of 192 numbers of it. A learned vector for the class is added to it. There
# are eleven: one for each digit, and one for "no class given". In each block a linear layer turns this *condition* into
# a scale and a shift for each map $h$: $h \cdot (1 + \text{scale}) + \text{shift}$ {cite:p}`perez2018film`.
#
# **The last layer starts at zero**, and so does the last one of each block. At the start each block only hands on what
# it gets, and training begins from there. Our net has 713 540 parameters, and a new one answers 0 everywhere.

# %% tags=["claim"]
claim("has 713 540 parameters", sum(p.numel() for p in net.parameters()))
with torch.no_grad():
    silent = net(PICTURES[:4], torch.rand(4), LABELS[:4])
claim("a new one answers 0 everywhere", int(silent.abs().max()))

# %% [markdown]
# ## Training
#
# The full run of this chapter trains the net that guesses $v$ here: 1250 batches of 64 digits, about three minutes on
# one core. In one tenth of the cases the class is hidden from it; we shall need this soon. With `FAST = True` the
# weights come from a file that such a run has left.

# %%
objective = diffusion.objective(cosine, diffusion.VELOCITY)
if FAST:
    v_net = weights.load(UNet(), "22_v")
else:
    torch.manual_seed(SEED)
    v_net, v_losses = denoiser.train_denoiser(
        UNet().to(device), PICTURES.to(device), LABELS.to(device), objective, steps=1250
    )
v_net = v_net.to(device)

# %% [markdown]
# Now sample: DDIM, 20 steps, the digits 0 to 9 in turn.


# %%
def make_digits(net, labels, steps=20, scale=1.5, straight=False, seed=SEED, **options):
    """Digits (n, 28, 28) with brightness 0 to 1, made of noise, 100 at a time."""
    random = torch.Generator().manual_seed(seed)
    parts = []
    for some in torch.as_tensor(labels).split(100):
        noise = torch.randn(len(some), 1, 28, 28, generator=random).to(device)
        ask = denoiser.guided(net, some.to(device), scale)
        if straight:  # flow matching, see below
            x = flow.euler(ask, noise, steps)
        else:
            x = diffusion.sample(ask, noise, cosine.spaced(steps), **options)
        parts.append(as_grey(x[:, 0].cpu()))
    return np.concatenate(parts)


MANY = 150 if FAST else 500
asked = np.arange(MANY) % 10
v_digits = make_digits(v_net, asked)

# %% tags=["hide-input"]
plot.image_grid(v_digits[:60], columns=10)
plot.show(
    "Sixty made digits in six rows, each row from 0 to 9. Most can be read at once; "
    "about one in eight is broken or unclear: a 3 in pieces, a 5 like a 6.",
    "v-prediction, 20 steps of DDIM: the first 60 samples, none picked.",
)

# %% [markdown]
# Most of the sixty can be read at once. About one in eight is broken, or could be another digit.

# %% [markdown]
# ## Flow matching: straight paths
#
# Look at {eq}`eq-diffusion-ode` again: a cloud that moves from data to noise, and its mean velocity. Nothing in it
# needs $a^2 + b^2 = 1$, or a schedule of a thousand betas. So take the simplest path there is, a straight line from the
# picture to the noise {cite:p}`lipman2023flow,liu2023rectified`:
#
# ```{math}
# :label: eq-diffusion-flow
# x_t = (1 - t)\, x_0 + t\, \varepsilon , \qquad 0 \le t \le 1 , \qquad \frac{dx_t}{dt} = \varepsilon - x_0 .
# ```
#
# In words: each point walks from $x_0$ to its $\varepsilon$ with one fixed velocity, noise minus picture. The network
# is asked for this velocity, by squared error: {term}`flow matching`. As always its answer $\hat u$ is the mean, here
# the mean velocity of all points that pass through $x$ at time $t$. That is just what the ODE needs.
#
# To sample, start from noise at $t = 1$ and walk back in equal steps $h$: $x \leftarrow x - h\, \hat u(x, t)$. It is
# Euler's method, and with $a = 1 - t$, $b = t$ it is {eq}`eq-diffusion-ddim` too:
# $\hat u = \hat\varepsilon - \hat x_0$, so $x - h \hat u = (1 - t + h)\, \hat x_0 + (t - h)\, \hat\varepsilon$. **DDIM
# and flow matching are one method on two paths.**
#
# | | diffusion, $v$ | flow matching |
# |---|---|---|
# | picture and noise | $a x_0 + b \varepsilon$, $a^2 + b^2 = 1$ | $(1 - t) x_0 + t \varepsilon$ |
# | the network's answer | $a \varepsilon - b x_0$ | $\varepsilon - x_0$ |
# | times in training | all steps alike | mostly the middle |
# | one step back | mix $\hat x_0$ and $\hat\varepsilon$ anew | $x - h \hat u$ |
#
# "Mostly the middle": near $t = 1$ and near $t = 0$ the answer is easy, so `nnlab` draws $t$ as the sigmoid of a normal
# number {cite:p}`esser2024scaling`.
#
# The flow net trains for 2600 batches, about seven minutes. That is too much for one run of this chapter, so its weights
# are always loaded from a file. The comment shows the call that made them.

# %%
flow_net = weights.load(UNet(), "22_flow").to(device)
# flow_net, _ = denoiser.train_denoiser(
#     UNet(), PICTURES, LABELS, flow.FLOW, steps=2600, lr=2e-3
# )

flow_digits = make_digits(flow_net, asked, straight=True)

# %% tags=["hide-input"]
plot.image_grid(flow_digits[:60], columns=10)
plot.show(
    "Sixty made digits in six rows, each row from 0 to 9, nearly the same ones as in "
    "the grid of the other net. Most are clear; a 3, a 4 and two 5s are broken.",
    "Flow matching, 20 Euler steps: the first 60 samples, none picked.",
)


# %%
def row(name, samples, labels):
    """The figures of these samples, beside those of as many real digits."""
    r = quality.report(samples, labels)
    return {
        "samples": name,
        "Fréchet distance": r.frechet_distance,
        "real digits": r.floor,
        "real with noise 0.1": r.noisy.frechet_distance,
        "seen as asked": r.label_agreement,
    }


both = [row("v", v_digits, asked), row("flow", flow_digits, asked)]
plot.table(pd.DataFrame(both), f"{MANY} samples each, 20 steps", digits=3)

# %% [markdown]
# Compare the two grids: they are nearly the same digits. Both nets began with the same noise, and both follow an ODE
# whose clouds lead from noise to the same data. The paths differ, the ends hardly.
#
# The judge of `nnlab.quality` (chapter 20) sees the digit that was asked for in more than 94 % of both. Real digits
# have a Fréchet distance too, since they are few; it is the floor. Real digits with a noise of 0.1, which you would
# hardly notice, have a much larger one. The samples of both nets lie between the two, and those of the flow are nearer
# to the real digits. (The distance falls with the number of samples. Compare only within a table.)
#
# That is no fair race: the flow net has trained for 2600 batches and the other one for 1250, and these are two nets
# with one seed each. What it does show: the simpler method can give digits at least as good.

# %% tags=["claim"]
gaps = [np.abs(v_digits - np.roll(flow_digits, k, axis=0)).mean() for k in (0, 10)]
claim("they are nearly the same digits", bool(gaps[0] < 0.5 * gaps[1]))
claim("in more than 94 % of both", bool(min(r["seen as asked"] for r in both) > 0.94))
limits = both[0]["real digits"], both[0]["real with noise 0.1"]
v_distance, flow_distance = (r["Fréchet distance"] for r in both)
between = limits[0] < flow_distance < v_distance < limits[1]
claim("The samples of both nets lie between the two", bool(between))

# %% [markdown]
# ## How many steps?
#
# Time to pay. Each step is a call of the network (two with guidance), so half the steps is half the time.

# %%
SOME = np.arange(70) % 10
step_counts = (1, 2, 4, 8, 16)
scan = []
for count in step_counts:
    for name, net in ("v, DDIM", v_net), ("flow, Euler", flow_net):
        made = make_digits(net, SOME, steps=count, straight=net is flow_net)
        within = made.reshape(-1, 10, 28, 28).std(axis=0).mean()  # in one class
        about = {"steps": count, "net": name, "first": made[:10], "within": within}
        scan.append(about | row("", made, SOME))
scan = pd.DataFrame(scan)

# %% tags=["hide-input"]
_, ax = plt.subplots(figsize=(6.4, 3.2))
for name, color, style in (("v, DDIM", "blue", "o-"), ("flow, Euler", "orange", "s--")):
    part = scan[scan["net"] == name]
    looks = {"color": plot.PALETTE[color], "label": name}
    ax.plot(part["steps"], part["Fréchet distance"], style, **looks)
floor, noisy_level = scan["real digits"][0], scan["real with noise 0.1"][0]
ax.axhline(noisy_level, color=plot.PALETTE["grey"], ls=":")
ax.text(16, noisy_level * 1.07, "real digits with noise 0.1", ha="right", fontsize=8)
ax.axhline(floor, color=plot.PALETTE["grey"])
ax.text(1, floor * 1.07, "real digits", fontsize=8)
ax.set(xscale="log", yscale="log", xlabel="steps", ylabel="Fréchet distance")
ax.set_xticks(step_counts, step_counts)
ax.minorticks_off()
ax.legend()
plot.show(
    "Fréchet distance against the number of steps, both axes logarithmic. Both curves "
    "fall steeply from one step to four and then flatten, above the line of real "
    "digits and below that of digits with noise.",
    f"Quality against steps, {len(SOME)} samples each.",
)

# %% tags=["hide-input"]
shown = scan[scan["net"] == "flow, Euler"]
plot.image_grid(np.concatenate(list(shown["first"])), columns=10)
plot.show(
    "Five rows of the digits 0 to 9. With one step: blurred digits, the 2, 4 and 5 "
    "grey clouds. With two steps: soft, but readable. With four, eight and sixteen "
    "steps: sharp, and nearly alike.",
    "Flow matching with 1, 2, 4, 8 and 16 steps (rows), from the same noise.",
)

# %% [markdown]
# **Too few steps** look like the toy said: with one step the digits of a class differ little, each near the blurred
# mean of the class (pushed a little by guidance, see below). The judge still sees the digit that was asked for in most
# of them, so *label agreement alone would praise them*; their Fréchet distance is more than five times that of the
# noisy digits. From 8 to 16 steps little is gained.

# %% tags=["claim"]
fd = scan.pivot(index="steps", columns="net", values="Fréchet distance")
seen = scan.pivot(index="steps", columns="net", values="seen as asked")
within = scan.pivot(index="steps", columns="net", values="within")
claim(
    "digits of a class differ little",
    bool((within.loc[1] < 0.6 * within.loc[16]).all()),
)
claim("more than five times that of", bool(fd.loc[1].min() > 5 * noisy_level))
claim("in most of them", bool(seen.loc[1].min() > 0.5))
claim("From 8 to 16 steps little is gained", bool((fd.loc[8] < 2 * fd.loc[16]).all()))

# %% [markdown]
# ## Guidance, and too much of it
#
# So far `scale = 1.5` stood there without a word. Our nets know two answers: with the label and without it (that is why
# the label was hidden in a tenth of the cases). **Classifier-free guidance** {cite:p}`ho2022classifier` goes from the
# second to the first, *and on*:
#
# ```{math}
# :label: eq-diffusion-guidance
# \hat u = \hat u_\text{without} + \text{scale} \cdot (\hat u_\text{with} - \hat u_\text{without}) .
# ```
#
# A {term}`guidance scale` of 1 is the net with the label, and 0 the net without. Beyond 1, it exaggerates what makes a
# 3 a 3. (Some texts count from 0: their scale is ours minus 1.) It costs a second pass through the net.

# %%
scales = (1, 1.5, 3, 6)
pushed_far, first = [], []
for scale in scales:
    made = make_digits(flow_net, SOME, steps=10, scale=scale, straight=True)
    said = quality.report(made, SOME)
    figures = said.frechet_distance, said.label_agreement, said.recall, made.mean()
    pushed_far.append([scale, *figures])
    first.append(made[:10])
names = ["scale", "Fréchet distance", "seen as asked", "recall", "brightness"]
pushed_far = pd.DataFrame(pushed_far, columns=names)
plot.table(pushed_far, f"Flow, 10 steps, {len(SOME)} samples", digits=3)

# %% tags=["hide-input"]
plot.image_grid(np.concatenate(first), columns=10)
plot.show(
    "Four rows of the digits 0 to 9, guidance 1, 1.5, 3 and 6. The first row has "
    "unclear digits: a 4 that could be a 9, a 5 in pieces. From row to row the strokes "
    "become clearer, thicker and brighter.",
    "Guidance of scale 1, 1.5, 3 and 6 (rows), from the same noise.",
)

# %% [markdown]
# Without guidance some digits are unclear. A little of it mends this: more are seen as asked. **Too much** makes every
# digit a caricature: with scale 6 nearly all are seen as asked, but the Fréchet distance is more than twice that of
# scale 1.5, and the recall, the share of real digits that lie near a sample, has fallen. Guidance buys agreement with
# variety.

# %% tags=["claim"]
by_scale = pushed_far.set_index("scale")
agreed, fd_of = by_scale["seen as asked"], by_scale["Fréchet distance"]
claim("more are seen as asked", bool(agreed[1.5] > agreed[1]))
claim("with scale 6 nearly all are seen", bool(agreed[6] > 0.96))
claim("more than twice that of scale 1.5", bool(fd_of[6] > 2 * fd_of[1.5]))
claim("has fallen", bool(by_scale["recall"][6] < by_scale["recall"][1.5]))

# %% [markdown]
# ## Exercise 22.6: Predict, then run
#
# Predict three numbers, without code. Then write them down and run.
#
# - `landing`: the data are single numbers, a quarter of them at $-1$ and three quarters at 3. A perfect flow net takes
#   **one** Euler step, from $t = 1$ to $t = 0$. At which number do all samples land?
# - `passes`: you make 50 digits with 30 steps and guidance of scale 3. How many pictures go through the network,
#   in all?
# - `pushed`: for one pixel the net answers 0.4 with the label, and 0.1 without. What does guidance of scale 3 make of it?

# %%
### BEGIN SOLUTION: a number
landing = 0.25 * -1 + 0.75 * 3  # the velocity is noise - mean of the data
### END SOLUTION
### BEGIN SOLUTION: a number
passes = 50 * 30 * 2  # with the label and without it
### END SOLUTION
### BEGIN SOLUTION: a number
pushed = 0.1 + 3 * (0.4 - 0.1)
### END SOLUTION

# %%
check("22.6")

# %% [markdown]
# ## Has it only learned them by heart?
#
# The best denoiser of a *finite* training set (points without any width) can only lead back to these points. A perfect
# net would copy! That ours makes new digits is owed to its *not* being perfect: it smooths over what lies between. So
# ask: how near are the samples to training pictures?

# %%
nearest = quality.nearest(flow_digits[:10])[:, 0]
pairs = np.concatenate([flow_digits[:10], real.training[nearest] / 255])

# %% tags=["hide-input"]
plot.image_grid(pairs, columns=10)
plot.show(
    "Upper row: ten made digits. Lower row: for each the nearest training digit. They "
    "are of the same kind and similar in slant. The 1s are nearly equal; the others "
    "differ in their strokes, as in the loop of the 6.",
    "Above samples, below the nearest of 4000 training pictures.",
)

# %%
copies, of_real = quality.near_copies(flow_digits), quality.near_copies(real.test)
print(f"near-copies: {copies:.3f}; of real test digits {of_real:.3f}")

# %% [markdown]
# The nearest ones are relatives; only the 1 has nearly a twin. Between 2 % and 7 % of the samples are suspiciously near
# to a training picture, and 6.7 % of *real test digits* are (mostly ones, which all look alike). So there is no sign of
# copying. It is no proof: the distance is in pixels, so a copy that was moved by two pixels would not be found.

# %% tags=["claim"]
claim("Between 2 % and 7 % of the samples", bool(0.02 < copies < 0.07))
claim("6.7 % of *real test digits*", 100 * quality.near_copies(real.test))

# %% [markdown]
# ## More to say than a class: ControlNet
#
# You have a finished generator, and want it to obey a sketch as well. To retrain all of it on few sketches would spoil
# it ({doc}`chapter 17 <17_transfer_learning>`). **ControlNet** {cite:p}`zhang2023controlnet` freezes the net and adds a
# *copy* of its way down, which sees the sketch too. What the copy finds is added to the frozen net's maps, through
# convolutions that **start at zero**. So at the start nothing changes at all, whatever the sketch is.


# %%
class Controlled(nn.Module):
    """A frozen U-Net, and a copy of its way down that sees a control picture too."""

    def __init__(self, net):
        super().__init__()
        self.copy = copy.deepcopy(net).requires_grad_(True)
        self.net = copy.deepcopy(net).requires_grad_(False)
        self.look = zeroed(nn.Conv2d(1, 1, kernel_size=1))
        self.join = nn.ModuleList(zeroed(nn.Conv2d(c, c, 1)) for c in (40, 80, 80))

    def forward(self, x, t, labels, control):
        c = self.net.condition(t, labels)
        found = self.copy.encode(x + self.look(control), c)
        parts = zip(self.net.encode(x, c), self.join, found, strict=True)
        return self.net.decode(*(maps + join(f) for maps, join, f in parts), c)


# %%
controlled = Controlled(flow_net).cpu()
x0, labels, t = PICTURES[:8], LABELS[:8], torch.full((8,), 0.7)
noise = torch.randn(x0.shape, generator=torch.Generator().manual_seed(SEED))
x, sketch = 0.3 * x0 + 0.7 * noise, (x0 > 0).float()  # the control: where there is ink
new = controlled(x, t, labels, sketch)
change = (new - controlled.net(x, t, labels)).abs().max().item()
(new - (noise - x0)).square().mean().backward()
for name, part in ("zero layers", controlled.join), ("copy", controlled.copy):
    grads = [p.grad.abs().max().item() for p in part.parameters() if p.grad is not None]
    print(f"largest gradient in the {name}: {max(grads):.4f}")
print("largest change of the answer:", change)

# %% [markdown]
# Before training, the answer is that of the old net, to the last bit. The zero layers have a gradient, since what flows
# *into* them is not zero; the copy has none yet, since nothing gets through them. After one update they are no longer
# zero, and the copy learns as well. The frozen net never changes.

# %% tags=["claim"]
claim("the answer is that of the old net, to the last bit", change == 0)
first = max(p.grad.abs().max().item() for p in controlled.join.parameters())
claim("the copy has none yet", bool(max(grads) == 0 and first > 0))

# %% tags=["artifact"]
from nnlab import artifacts

if not FAST:
    more = make_digits(flow_net, asked, straight=True, seed=SEED + 1)
    thousand, all_asked = np.concatenate([flow_digits, more]), np.tile(asked, 2)
    final = quality.report(thousand, all_asked)
    artifacts.leave(
        samples=(thousand * 255).round().astype(np.uint8),
        labels=all_asked,
        networks={"denoiser": (flow_net.cpu(), (x, t, labels))},
        weights={"flow": flow_net, "v": v_net},
        figures={
            "flow": final.to_dict(),
            "v": quality.report(v_digits, asked).to_dict(),
        },
    )

# %% [markdown]
# ## Recap
#
# - **Forward**: small steps of noise, which can be taken all at once: $x_t = a x_0 + b \varepsilon$. The schedule is a list of
#   numbers.
# - **Backward**: with $x_0$ known, one step back is a Gaussian with a mean you can compute. The network guesses $x_0$, or
#   something that it follows from: the noise, $v$, or the velocity. The loss is squared error.
# - The best guess is a mean of possible pictures. That is why one step gives a blur, and many steps give a picture.
# - **DDPM** adds new noise in each step but the last; **DDIM** does not, and is Euler's method. The guess of the noise fails
#   with few steps where $a$ is nearly 0; that of $v$ does not. **Flow matching** is the same on straight paths.
# - **Guidance** trades variety for agreement. Too much makes caricatures.
# - Look at the samples and at their nearest training pictures, and at several figures at once.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: In a jump to step t, which share of the picture's *variance* is left?
#   options:
#     - right: $\bar\alpha_t$
#       why: The picture is multiplied by its square root, $a_t$.
#     - wrong: $\sqrt{\bar\alpha_t}$
#       why: This is the factor of the picture itself; the variance has its square.
#     - wrong: $1 - \bar\alpha_t$
#       why: This is the variance of the noise.
# - question: A schedule has only two steps, with $\beta_1 = 0.2$ and $\beta_2 = 0.5$. What is $\bar\alpha_2$?
#   number: 0.4
#   tolerance: 0.001
#   why: $(1 - 0.2) \cdot (1 - 0.5) = 0.4$.
# - question: Why does a picture made in one step look blurred, even with a perfect network?
#   options:
#     - right: The answer with the least squared error is the mean of all possible pictures.
#       why: From pure noise every picture is possible, so the mean is all that is left.
#     - wrong: Because the network has too few parameters.
#       why: A perfect network was asked about; the toy's had no error at all.
#     - wrong: Because DDIM leaves out the new noise.
#       why: With one step, DDPM and DDIM give the same.
# - question: What is true of both DDIM and Euler's method for flow matching?
#   several: true
#   options:
#     - right: The same start gives the same picture.
#       why: Neither draws new noise.
#     - right: The number of steps can be chosen after training.
#       why: The network knows all times; the sampler visits some of them.
#     - wrong: The network must guess the noise.
#       why: Any answer will do from which picture and noise can be computed.
# - question: A ControlNet is attached to a trained generator. What do its samples look like before any training of the
#     new parts?
#   options:
#     - right: Exactly as before.
#       why: The layers that join the copy start at zero, so it adds nothing.
#     - wrong: They follow the sketch already.
#       why: The copy has never seen a sketch, and nothing of it gets through.
#     - wrong: Like noise.
#       why: That would be so with random joining layers. They start at zero instead.
# ```

# %%
progress()

# %% [markdown]
# ## Further reading
#
# - {cite:t}`ho2020denoising`: the paper with which it took off; algorithm 1 is our loss, algorithm 2 our reverse step.
# - {cite:t}`song2021ddim`: DDIM; {cite:t}`song2021score`: noise to data as a differential equation, random or not.
# - {cite:t}`salimans2022progressive`: why $v$; {cite:t}`nichol2021improved`: the cosine schedule.
# - {cite:t}`lipman2023flow` and {cite:t}`liu2023rectified`: flow matching, found twice.
# - {cite:t}`ho2022classifier`: guidance without a classifier; {cite:t}`zhang2023controlnet`: ControlNet, with many pictures.
