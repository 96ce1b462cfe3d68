# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Two networks that play against each other
#
# The digits of a variational autoencoder ({doc}`chapter 20 <20_vae>`) are soft. Its loss compares pixel by pixel, and
# where a stroke could lie here or one pixel further, the best answer for such a loss is a grey mean of both. A person
# would never take the grey mean for handwriting. What we want is a loss that asks: **does this look like a real
# digit?** Nobody can write that question down as a formula.
#
# In 2014 Goodfellow and others found a way round it {cite:p}`goodfellow2014generative`: *learn* the loss. A second
# network looks at pictures and learns to tell real from generated, while the first learns to deceive it. This chapter
# derives what such a game computes, shows three ways in which it fails, and ends with a net that writes sharp digits on
# demand.
#
# You need probability densities and the Kullback–Leibler divergence ({doc}`chapter 18 <18_probability>`), classifiers
# and their loss (chapters 05 and 06), optimisers ({doc}`chapter 09 <09_optimisers>`) and convolutions
# ({doc}`chapter 14 <14_convolutions>`). Reading takes about an hour, the six exercises about two hours.

# %% tags=["parameters"]
SEED = 0
FAST = False  # True: load the net for digits, and repeat experiments less often
DEVICE = None  # small nets: the CPU is as quick

# %%
from functools import partial

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from torch import nn
from torch.nn import functional as F

from nnlab import answer, check, hint, plot, progress, quality, seed_everything, weights
from nnlab.generative import dcgan, gan
from nnlab.generative.augment import translate

plot.use_style()
seed_everything(SEED)
SEEDS = range(2 if FAST else 3)  # repeats of the experiments on points

# %% [markdown]
# ## The game
#
# The {term}`generator` $G$ is a network that turns noise into a sample. The noise $z$ is a vector of independent
# standard normal numbers, and $G(z)$ is, say, a picture. Whatever $G$ does to the noise, its outputs follow *some*
# distribution. We write $p_g$ for its density, and $p_d$ for the density of the data. We can draw from both. We know a
# formula for neither.
#
# The {term}`discriminator` $D$ is a classifier with two classes. $D(x)$, between 0 and 1, is its probability that $x$
# is real. It is given as many real samples as generated ones, and judged by the log-likelihood of its answers:
#
# ```{math}
# :label: eq-gan-value
# V(D, G) = \mathbb{E}_{x \sim p_d}\bigl[ \log D(x) \bigr]
#         + \mathbb{E}_{z}\bigl[ \log\bigl( 1 - D(G(z)) \bigr) \bigr] .
# ```
#
# In words: the mean log-probability that $D$ gives to "real" on real samples, plus the mean log-probability that it
# gives to "generated" on generated ones. It is minus twice the binary cross-entropy of
# {doc}`chapter 05 <05_logistic_by_hand>`, for that is one mean over both halves. $D$ wants it large. $G$ wants it
# small. Together they are a {term}`generative adversarial network`, a **GAN**:
#
# ```{math}
# :label: eq-gan-game
# \min_G \; \max_D \; V(D, G) .
# ```
#
# This is a {term}`minimax game`: $G$ is judged by the *best* discriminator that there is for it.

# %% [markdown]
# A discriminator that says 0.5 to everything has $V = -2 \log 2 = -1.386$. A good one comes near 0, which is the upper
# bound. For a bad one there is no lower bound.
#
# The order of the two words matters. With $\max_D \min_G V$ the game is another one: $G$ answers to a *fixed* $D$, and
# its best answer is to put all its samples on the one point where $D$ is largest. Remember this: training takes turns,
# and does not know which of the two orders it plays.

# %% tags=["claim"]
from nnlab import claim

claim("-2 \\log 2 = -1.386", -2, 2, -2 * np.log(2))

# %% [markdown]
# ## The best discriminator
#
# Hold $G$ fixed. Which $D$ makes $V$ largest? Write both means as integrals over the same $x$:
#
# $$
# V(D, G) = \int \Bigl( p_d(x) \log D(x) + p_g(x) \log\bigl( 1 - D(x) \bigr) \Bigr)\, dx .
# $$
#
# If $D$ may be any function, then its values at different places have nothing to do with each other, and we may choose
# the best number $D$ at each $x$ on its own. Write $a$ for $p_d(x)$ and $b$ for $p_g(x)$, and set the derivative to
# zero:
#
# $$
# \frac{d}{dD} \bigl( a \log D + b \log (1 - D) \bigr) = \frac{a}{D} - \frac{b}{1 - D} = 0
# \quad\Longrightarrow\quad a\,(1 - D) = b\,D
# \quad\Longrightarrow\quad D = \frac{a}{a + b} .
# $$
#
# The second derivative, $-a/D^2 - b/(1-D)^2$, is negative, so this is the largest value. The best discriminator is
#
# ```{math}
# :label: eq-gan-best
# D^*(x) = \frac{p_d(x)}{p_d(x) + p_g(x)} .
# ```
#
# In words: of everything that comes from the place $x$, the share that is real. Divide above and below by $p_d(x)$, and
# it becomes a sigmoid:
#
# ```{math}
# :label: eq-gan-logit
# D^*(x) = \sigma\bigl( s^*(x) \bigr) , \qquad s^*(x) = \log p_d(x) - \log p_g(x) .
# ```
#
# The number before the sigmoid, the logit, we call the **score** $s(x)$ of the discriminator. The best score is the
# logarithm of the ratio of the two densities. So a classifier, which never sees a density, learns their *ratio*. That
# is the trick on which everything rests.

# %% [markdown]
# ## Exercise 21.1: The best discriminator
#
# Write `optimal_discriminator(log_p, log_q)`. The arguments are arrays of any shape: the *logarithms* of the densities
# of data and generator at some points. Return $D^*$ at each of them. In many dimensions log-densities like −800 are
# usual, and `np.exp(-800)` is 0, so 0/0 is near. A density may also be 0 where the other is not (its logarithm is
# `-inf`). Both are never 0 at once.


# %%
def optimal_discriminator(log_p, log_q):
    """Probability of "real" at each point, for log-densities of data and generator."""
    ### BEGIN SOLUTION: the sigmoid of a difference, in a form that does not overflow
    score = np.asarray(log_p, float) - np.asarray(log_q, float)
    small = np.exp(-np.abs(score))  # never above 1
    return np.where(score >= 0, 1 / (1 + small), small / (1 + small))
    ### END SOLUTION


# %%
check("21.1")

# %% [markdown]
# ### Checked on two known densities
#
# Take data from a normal distribution around 0 with standard deviation 1, and a "generator" that draws from one around
# 1.5 with standard deviation 0.5. We know both densities, so we know $D^*$. Then we train a small network on samples
# alone.

# %%
optimal_discriminator = answer("21.1")


def log_normal(x, mean, sd):
    """Logarithm of the normal density."""
    return -0.5 * ((x - mean) / sd) ** 2 - np.log(sd * np.sqrt(2 * np.pi))


def mlp(inputs, outputs, width=64):
    """Two hidden layers."""
    layers = nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
    return nn.Sequential(*layers, nn.Linear(width, outputs))


torch.manual_seed(SEED)
real, fake = torch.randn(20000, 1), 1.5 + 0.5 * torch.randn(20000, 1)
learned = mlp(1, 1)
optimizer = torch.optim.Adam(learned.parameters(), lr=2e-3)
for _ in range(400):
    rows = torch.randint(20000, (256,))
    loss = gan.discriminator_loss(learned(real[rows]), learned(fake[rows]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

# %%
grid = np.linspace(-3, 4, 1401)
log_p, log_q = log_normal(grid, 0, 1), log_normal(grid, 1.5, 0.5)
best = optimal_discriminator(log_p, log_q)
with torch.no_grad():
    found = learned(torch.tensor(grid, dtype=torch.float32)[:, None]).sigmoid().numpy()
seen = (np.exp(log_p) + np.exp(log_q)) > 0.05  # where there are samples
gap = np.abs(found[:, 0] - best)[seen].max()
print(f"largest difference where samples are: {gap:.3f}")

# %% tags=["hide-input"]
_, (left, right) = plt.subplots(1, 2, figsize=(6.8, 2.9), layout="constrained")
left.plot(grid, np.exp(log_p), color=plot.PALETTE["blue"], label="data")
left.plot(grid, np.exp(log_q), "--", color=plot.PALETTE["orange"], label="generator")
left.set(xlabel="x", ylabel="density")
left.legend(fontsize=9)
right.plot(grid, best, color=plot.PALETTE["ink"], label="best, by the formula")
right.plot(
    grid[::50], found[::50], "o", ms=4, color=plot.PALETTE["red"], label="learned"
)
right.set(xlabel="x", ylabel="probability of “real”", ylim=(-0.05, 1.3))
right.legend(fontsize=9, loc="upper center", ncols=1)
plot.show(
    "Left: two densities, a wide one around 0 for the data and a narrow one around 1.5 "
    "for the generator. Right: the best discriminator is near 1 on the left, falls to "
    "about 0.1 around 2, and rises again on the right. Dots of a learned network lie "
    "on the curve, but fall short of it at the right end, where no samples are.",
    "A classifier that sees only samples finds the ratio of the densities.",
)

# %% [markdown]
# The learned probabilities differ from the formula by less than 0.1 wherever there are samples. Look at the right end:
# at $x = 4$ hardly any sample lies, of either kind. The formula says "real" there with 0.98, for the wide density is
# the larger one. It does not say that there are many. And the learned network says less than 0.6: nobody has shown it
# such a place. **Where there are no samples, a discriminator is a guess.**

# %% tags=["claim"]
claim("differ from the formula by less than 0.1", bool(gap < 0.1))
claim('The formula says "real" there with 0.98', best[-1])
claim("the learned network says less than 0.6", bool(found[-1, 0] < 0.6))

# %% [markdown]
# ## What the game computes
#
# Now put the best discriminator into $V$, and see what is left for $G$ to make small. Let $m = \tfrac12 (p_d + p_g)$ be
# the density of the mixture, half data and half generator. Then $D^* = p_d / (2m)$ and $1 - D^* = p_g / (2m)$, and
#
# $$
# \begin{aligned}
# V(D^*, G) &= \mathbb{E}_{p_d}\!\left[ \log \frac{p_d}{2m} \right]
#            + \mathbb{E}_{p_g}\!\left[ \log \frac{p_g}{2m} \right] \\
#  &= -2 \log 2 + \mathbb{E}_{p_d}\!\left[ \log \frac{p_d}{m} \right]
#            + \mathbb{E}_{p_g}\!\left[ \log \frac{p_g}{m} \right] \\
#  &= -2 \log 2 + D_\text{KL}(p_d \,\Vert\, m) + D_\text{KL}(p_g \,\Vert\, m) .
# \end{aligned}
# $$
#
# Half the sum of the two divergences is the {term}`Jensen–Shannon divergence`:
#
# ```{math}
# :label: eq-gan-jsd
# V(D^*, G) = -2 \log 2 + 2\, D_\text{JS}(p_d, p_g) , \qquad
# D_\text{JS}(p_d, p_g) = \tfrac12 D_\text{KL}(p_d \,\Vert\, m) + \tfrac12 D_\text{KL}(p_g \,\Vert\, m) .
# ```
#
# It is 0 exactly if the two densities are equal, since a Kullback–Leibler divergence is. So **against the best
# discriminator, the best generator is the one that has the distribution of the data**, and then $D^* = \tfrac12$
# everywhere. Note the two conditions: the best discriminator, and any function allowed. In practice neither holds.


# %%
def jensen_shannon(log_p, log_q, step):
    """From log-densities on a grid, in nats."""
    log_m = np.logaddexp(log_p, log_q) - np.log(2)
    kl_p = (np.exp(log_p) * (log_p - log_m)).sum() * step
    kl_q = (np.exp(log_q) * (log_q - log_m)).sum() * step
    return (kl_p + kl_q) / 2


wide = np.linspace(-8, 8, 3201)  # wide enough for both tails
log_p, log_q, step = log_normal(wide, 0, 1), log_normal(wide, 1.5, 0.5), 0.005
js = jensen_shannon(log_p, log_q, step)
log_d = np.log(optimal_discriminator(log_p, log_q))
log_not_d = np.log(optimal_discriminator(log_q, log_p))  # 1 - D, without rounding to 0
integral = ((np.exp(log_p) * log_d + np.exp(log_q) * log_not_d) * step).sum()
print(f"V at the best D:   {integral:.9f}")
print(f"-2 log 2 + 2 D_JS: {-2 * np.log(2) + 2 * js:.9f}")

# %% [markdown]
# The two agree to nine digits. Compare the number with −1.386: this discriminator can tell something, but is far from
# sure.

# %% tags=["claim"]
claim("agree to nine digits. C", bool(abs(integral + 2 * np.log(2) - 2 * js) < 1e-9))
claim("this discriminator can tell something", bool(-1.3 < integral < -0.5))

# %% [markdown]
# ## The loop, in its essence
#
# Neither player can be trained to its best in every round. So they take turns, one step of gradient descent each. Our
# first playground is a ring: eight clusters of points with standard deviation 0.1, around a circle of radius 2. It has
# two dimensions, so you can *see* a distribution.

# %%
CENTRES = torch.tensor(
    [[2 * np.cos(a), 2 * np.sin(a)] for a in np.arange(8) * np.pi / 4]
).float()
SPREAD = 0.1

torch.manual_seed(SEED)
ring = CENTRES.repeat(1000, 1) + SPREAD * torch.randn(8000, 2)


# %%
def play(generator, discriminator, x, steps):
    """Adversarial training in its essence; both networks change in place."""
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-3)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-3)
    loss = nn.BCEWithLogitsLoss()
    real_label, fake_label = torch.ones(64, 1), torch.zeros(64, 1)
    for _ in range(steps):
        real = x[torch.randint(len(x), (64,))]
        fake = generator(torch.randn(64, 2))

        d_loss = loss(discriminator(real), real_label)
        d_loss += loss(discriminator(fake.detach()), fake_label)
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()

        g_loss = loss(discriminator(fake), real_label)
        g_optimizer.zero_grad()
        g_loss.backward()
        g_optimizer.step()


# %% [markdown]
# Three lines deserve a second look.
#
# - `fake.detach()`: in the discriminator's turn the generated points are data. No gradient goes back into the
#   generator.
# - In the generator's turn the gradient *does* go through the discriminator, down to the points and on into the
#   generator. That gradient is the whole of its instruction: "move this point in that direction, and I will find it
#   more real". Only `g_optimizer` takes a step.
# - The generator's loss uses the label *real* for generated points. Why, the next section tells.


# %% tags=["hide-input"]
def show_points(panels, alt, caption):
    """Panels side by side: generated points over the clusters of the data."""
    size = {"figsize": (2.2 * len(panels), 2.5), "layout": "constrained"}
    _, axes = plt.subplots(1, len(panels), squeeze=False, **size)
    for ax, (title, points) in zip(axes[0], panels.items(), strict=True):
        for centre in CENTRES.tolist():
            looks = {"color": plot.PALETTE["muted"], "fill": False, "lw": 1.5}
            ax.add_patch(plt.Circle(centre, 3 * SPREAD, **looks))
        ax.plot(*points[:130].T, "x", color=plot.PALETTE["red"], ms=4)
        ax.set(xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), aspect="equal", title=title)
        ax.set_xticks([-2, 0, 2])
        ax.set_yticks([-2, 0, 2])
        ax.grid(False)
    plot.show(alt, caption)


torch.manual_seed(SEED)
first_generator, first_discriminator = mlp(2, 2), mlp(2, 1)
play(first_generator, first_discriminator, ring, 400)
with torch.no_grad():
    first_points = first_generator(torch.randn(1000, 2))
show_points(
    {"after 400 steps": first_points},
    "Eight small grey circles on a ring, the data. The red crosses of the generator "
    "lie on one thin line through the middle, which meets two or three of the circles.",
    "Grey circles: the data, up to three standard deviations from each centre. "
    "Red crosses: generated points.",
)

# %% [markdown]
# No error, no warning, and most of the eight clusters are not there. This is what a first GAN usually looks like. The
# rest of the chapter finds out what goes wrong. We need the answer to three questions: which gradient reaches the
# generator? Why does it miss most of the data? And is there another number than $D_\text{JS}$ to make small?

# %% [markdown]
# ## A gradient that vanishes
#
# Look at one generated point with the score $s$, so that $D = \sigma(s)$. By {eq}`eq-gan-value` the generator makes
# $\log(1 - \sigma(s))$ small. Its derivative with respect to the score is
#
# $$ \frac{d}{ds} \log\bigl( 1 - \sigma(s) \bigr) = -\sigma(s) = -D . $$
#
# In words: the generator's gradient is multiplied by $D$. At the beginning its points are bad, the discriminator knows,
# $D$ is almost 0, and so is the gradient. **Just where the generator is worst, it is told nothing.** The loss
# {term}`saturates <saturation>`.
#
# So Goodfellow and others proposed another loss for the generator. Instead of making "you are a fake" improbable, make
# "you are real" probable: maximise $\log D$.
#
# ```{math}
# :label: eq-gan-ns
# L_G = -\mathbb{E}_z \bigl[ \log D(G(z)) \bigr] , \qquad
# \frac{d}{ds} \bigl( -\log \sigma(s) \bigr) = -\bigl( 1 - \sigma(s) \bigr) = -(1 - D) .
# ```
#
# Now the factor is almost 1 where $D$ is almost 0: at $s = -10$ the one factor is −0.00005, the other −0.99995. Both
# losses pull in the same direction. They differ in how strongly. This is the {term}`non-saturating loss`; in code it is
# cross-entropy with the label *real*, as in `play`. (It is no longer a minimax game: the two players have two different
# losses.)

# %% tags=["claim"]
score = torch.tensor(-10.0, requires_grad=True)
claim(
    "the one factor is −0.00005, the other −0.99995",
    torch.autograd.grad(gan.minimax_loss(score), score)[0],
    torch.autograd.grad(gan.nonsaturating_loss(score), score)[0],
)

# %% [markdown]
# ### Experiment: a discriminator that is too strong
#
# Take an untrained generator and freeze it. Train only the discriminator, for 500 steps, and look at how long the
# gradient is that the generator *would* get, over all its weights. We do it for four cases: a usual discriminator, once
# with each of the two losses of the generator; one with **soft labels**, which are targets of 0.9 for real and 0.1 for
# generated points instead of 1 and 0; and one from a *Wasserstein* GAN, which we explain later. In `nnlab` a pair of
# losses, one for each player, is a `gan.Game`.


# %%
def gradient_length(generator, discriminator, noise, loss):
    """Length of the gradient of the generator's loss, over all its weights."""
    own = list(generator.parameters())
    gradients = torch.autograd.grad(loss(discriminator(generator(noise))), own)
    return torch.cat([g.flatten() for g in gradients]).norm().item()


def train_discriminator(generator, discriminator, game, steps, penalty=None):
    """The generator stands still; yields the number of steps done."""
    settings = {"lr": 2e-3, "betas": (0.0, 0.99)}
    optimizer = torch.optim.Adam(discriminator.parameters(), **settings)
    for step in range(steps):
        yield step
        real = ring[torch.randint(len(ring), (64,))]
        fake = generator(torch.randn(64, 2)).detach()
        loss = game.discriminator(discriminator(real), discriminator(fake))
        if penalty is not None:
            loss = loss + penalty(discriminator, real, fake)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    yield steps


# %%
soft_labels = partial(gan.discriminator_loss, real_target=0.9, fake_target=0.1)
SOFT = gan.Game(soft_labels, gan.nonsaturating_loss)
LOOKED_AT = (0, 10, 20, 50, 100, 200, 500)
lengths = {}
for name, game, loss, penalty in (
    ("minimax loss", gan.NONSATURATING, gan.minimax_loss, None),
    ("non-saturating loss", gan.NONSATURATING, gan.nonsaturating_loss, None),
    ("minimax, soft labels", SOFT, gan.minimax_loss, None),
    ("Wasserstein critic", gan.WASSERSTEIN, gan.wasserstein_loss, gan.gradient_penalty),
):
    torch.manual_seed(SEED)
    generator, discriminator, noise = mlp(2, 2), mlp(2, 1), torch.randn(1000, 2)
    lengths[name] = [
        gradient_length(generator, discriminator, noise, loss)
        for step in train_discriminator(generator, discriminator, game, 500, penalty)
        if step in LOOKED_AT
    ]

# %% tags=["hide-input"]
LOOKS = ("blue", "o-"), ("orange", "s--"), ("green", "^-."), ("purple", "D:")
for (name, values), (color, style) in zip(lengths.items(), LOOKS, strict=True):
    plt.plot(LOOKED_AT, values, style, color=plot.PALETTE[color], label=name, ms=5)
plt.xscale("symlog", linthresh=10)
plt.yscale("log")
plt.ylim(2e-4, 100)
plt.xticks(LOOKED_AT, LOOKED_AT)
plt.minorticks_off()
plt.xlabel("steps of the discriminator alone")
plt.ylabel("length of the generator's gradient")
plt.legend(fontsize=9, ncols=2, loc="upper center")
plot.show(
    "Length of the generator's gradient, on a logarithmic axis, against the steps of "
    "the discriminator. With the minimax loss it falls to about 0.001. With soft "
    "labels it stays near 0.05. With the non-saturating loss it rises to about 4. With "
    "the Wasserstein critic it stays near 1.",
    "The better the discriminator, the less the minimax loss tells the generator.",
)

# %% [markdown]
# After 500 steps the gradient of the minimax loss is less than a fiftieth of what it was: it is vanishing. With soft
# labels it stays above 0.01, because such a discriminator never becomes sure. The non-saturating gradient does not
# vanish. But look at its end: it *grows* to more than 2. That is not healthy either. The score is a cliff between data
# and generator: very steep, and its direction says little {cite:p}`arjovsky2017towards`. Only the last curve stays
# between 0.3 and 3 from the tenth step on.
#
# A vanished gradient stops plain gradient descent. Adam divides each gradient by its own usual size (chapter 09), so it
# walks nearly as fast with gradients of 0.0001 as with 1. But it cannot repair a gradient whose *direction* is useless.

# %% tags=["claim"]
claim(
    "is less than a fiftieth of what it was",
    bool(lengths["minimax loss"][-1] < max(lengths["minimax loss"]) / 50),
)
claim("labels it stays above 0.01", bool(min(lengths["minimax, soft labels"]) > 0.01))
claim("it *grows* to more than 2", bool(lengths["non-saturating loss"][-1] > 2))
claim(
    "stays between 0.3 and 3 from the tenth step on",
    bool(min(lengths["Wasserstein critic"][1:]) > 0.3),
    bool(max(lengths["Wasserstein critic"][1:]) < 3),
)

# %% [markdown]
# ## Exercise 21.2: Find the bug
#
# A friend writes the game by hand. Her data lie around 3, her generator starts around 0. After 600 rounds it has still
# not come to the data.


# %%
def friends_step(generator, discriminator, real, noise, lr):
    """One round: both networks make a step."""
    fake = generator(noise)
    d_loss = F.softplus(-discriminator(real)).mean()
    d_loss = d_loss + F.softplus(discriminator(fake)).mean()
    g_loss = F.softplus(-discriminator(fake)).mean()
    everything = [*generator.parameters(), *discriminator.parameters()]
    gradients = torch.autograd.grad(d_loss + g_loss, everything)
    with torch.no_grad():
        for parameter, gradient in zip(everything, gradients, strict=True):
            parameter -= lr * gradient


def friends_game(step, rounds=600):
    """After play: mean of the generated numbers, D on real, D on generated ones."""
    torch.manual_seed(SEED)
    generator, discriminator = nn.Linear(1, 1), mlp(1, 1, width=16)
    for _ in range(rounds):
        real, noise = 3 + 0.5 * torch.randn(64, 1), torch.randn(64, 1)
        step(generator, discriminator, real, noise, 0.05)
    fake = generator(noise)
    answers = [discriminator(v).sigmoid().mean().item() for v in (real, fake)]
    return fake.mean().item(), *answers


hers = friends_game(friends_step)
print("mean {:.2f}, D on real {:.2f}, D on generated {:.2f}".format(*hers))

# %% [markdown]
# (`softplus(-s)` is $-\log \sigma(s)$, and `softplus(s)` is $-\log(1 - \sigma(s))$.)
#
# 1. Set `diagnosis` to one letter:
#    - **A**: The labels of the discriminator are exchanged: it learns to call real samples generated.
#    - **B**: The discriminator is too strong. It is sure of the generated samples, and the gradient vanishes.
#    - **C**: Each network takes a step on the sum of both losses, so each also helps its opponent.
#    - **D**: The learning rate is too small.
#    - **E**: Both losses use the same noise, so that the generator learns only these few points.
# 2. Write the round correctly, as `gan_step(generator, discriminator, real, noise, lr)`: first one step of plain
#    gradient descent for the discriminator, with `d_loss` as above (a sum of two means), then one for the generator with
#    the non-saturating loss, against the discriminator as it is *now*. Both networks change in place. Return two tensors: the scores of `real`, and the
#    scores of `generator(noise)`, after both steps.

# %%
### BEGIN SOLUTION: one letter, "A" to "E"
diagnosis = "C"
### END SOLUTION


def gan_step(generator, discriminator, real, noise, lr):
    """One round in place; scores of real and of generated samples after it."""
    ### BEGIN SOLUTION: two turns, each with the gradients of its own loss only

    def descend(net, loss):
        own = list(net.parameters())
        gradients = torch.autograd.grad(loss, own)
        with torch.no_grad():
            for parameter, gradient in zip(own, gradients, strict=True):
                parameter -= lr * gradient

    fake = generator(noise).detach()
    d_loss = F.softplus(-discriminator(real)).mean()
    descend(discriminator, d_loss + F.softplus(discriminator(fake)).mean())
    descend(generator, F.softplus(-discriminator(generator(noise))).mean())
    with torch.no_grad():
        return discriminator(real), discriminator(generator(noise))
    ### END SOLUTION


# %%
check("21.2")

# %%
_, gan_step = answer("21.2")
repaired = friends_game(gan_step)
print("mean {:.2f}, D on real {:.2f}, D on generated {:.2f}".format(*repaired))

# %% [markdown]
# In the friend's game the discriminator answers 0.50 on generated samples and nearly 1 on real ones. That is strange
# for a net that can tell them apart. On a generated point the two losses pull its score with $+D$ and with $-(1 - D)$,
# together $2D - 1$: the sum is at its best for $D = \tfrac12$, and *both* networks work for that. Her generator ends
# less than 1 from where it began. Repaired, its mean comes within 1 of the 3. Two players with two losses need two
# gradients.

# %% tags=["claim"]
claim("answers 0.50 on generated samples", hers[2])
claim("nearly 1 on real ones", bool(hers[1] > 0.95))
claim("less than 1 from where it began", bool(abs(hers[0]) < 1))
claim("its mean comes within 1 of the 3", bool(abs(repaired[0] - 3) < 1))

# %% [markdown]
# ## Soft labels and noisy labels
#
# "Use soft labels", or "use noisy labels" (now and then a wrong one), stands in many lists of tricks. What do they do?
# Let the target be $\alpha$ for real and $\beta$ for generated samples. At a place with the densities $a$ and $b$ the
# discriminator now makes
#
# $$ a \bigl( \alpha \log D + (1 - \alpha) \log(1 - D) \bigr) + b \bigl( \beta \log D + (1 - \beta) \log(1 - D) \bigr) $$
#
# large. That is the old problem with $\alpha a + \beta b$ in the place of $a$, and with
# $(1 - \alpha) a + (1 - \beta) b$ in the place of $b$. These two add up to $a + b$, so
#
# ```{math}
# :label: eq-gan-soft
# D^*_{\alpha, \beta}(x) = \frac{\alpha\, p_d(x) + \beta\, p_g(x)}{p_d(x) + p_g(x)} .
# ```
#
# In words: the mean of the two targets, weighted by what comes from this place.
#
# **Noisy labels** are ordinary labels of which a share is flipped at random. The loss of a sample is a straight line in
# its target. So the *mean* loss with labels that are 1 with probability 0.9 is the loss with the target 0.9. Noisy
# labels are soft labels with extra noise in the gradient.

# %% [markdown]
# ## Exercise 21.3: Predict
#
# Five numbers, with pencil and paper. The discriminators are the best possible ones.

# %%
# (a) targets 0.9 and 0 ("one-sided"): D where only real samples lie
### BEGIN SOLUTION: a number
only_real = 0.9
### END SOLUTION
# (b) targets 0.9 and 0: D where both densities are equal
### BEGIN SOLUTION: a number
equal = 0.45
### END SOLUTION
# (c) targets 0.9 and 0.1: D where the generator has three times the density of the data
### BEGIN SOLUTION: a number
three_times = (0.9 + 3 * 0.1) / 4
### END SOLUTION
# (d) one label in five is flipped, on both sides: D where only generated samples lie
### BEGIN SOLUTION: a number
only_fake = 0.2
### END SOLUTION
# (e) targets 0.9 and 0.1: the largest *score* that can occur anywhere, to two decimals
### BEGIN SOLUTION: the logit of the largest probability
largest_score = np.log(0.9 / 0.1)
### END SOLUTION

# %%
check("21.3")

# %% [markdown]
# So **soft labels bound the score, and with it the gradient** that the generator gets: with 0.9 and 0.1 no score lies
# outside $\pm \log 9 = \pm 2.20$. That is what the green curve above has shown. With plain labels, where the two kinds
# do not overlap, the best score is infinite, and training goes on towards it.
#
# There is a price. Where $p_d$ is tiny beside $p_g$, formula {eq}`eq-gan-soft` says $\beta$, and the score is flat: no
# gradient tells these samples where to go. With $\beta = 0$ the best score goes on falling there like
# $\log p_d - \log p_g$. So it is often advised to soften only the labels of real samples
# {cite:p}`salimans2016improved`.

# %% tags=["claim"]
claim("$\\pm \\log 9 = \\pm 2.20$", 9, np.log(9))

# %% [markdown]
# ## Mode collapse, counted
#
# A cluster of the data is called a **mode**. Our first generator found one or two of eight: {term}`mode collapse`. To
# compare remedies we need a number. A generated point is *good* if it lies within three standard deviations of the
# nearest centre (of real points 98.9 % do). A mode is *found* if at least 2 % of all generated points are good and
# belong to it. An even share would be 12.5 %.

# %% [markdown]
# ## Exercise 21.4: Count the modes
#
# Write `count_modes(points, centres, radius, share)`. `points` is `(n, d)`, `centres` is `(k, d)`. Each point belongs
# to its *nearest* centre, and it is good if its distance to that is at most `radius`. Return two numbers: how many
# centres have at least the share `share` of **all** points as good points of their own, and the share of points that
# are good.


# %%
def count_modes(points, centres, radius, share):
    """(number of modes found, share of good points)."""
    ### BEGIN SOLUTION: distances (n, k), the nearest, count
    points, centres = np.asarray(points, float), np.asarray(centres, float)
    distances = np.linalg.norm(points[:, None] - centres, axis=2)
    good = distances.min(axis=1) <= radius
    counts = np.bincount(distances.argmin(axis=1)[good], minlength=len(centres))
    return int((counts >= share * len(points)).sum()), float(good.mean())
    ### END SOLUTION


# %%
check("21.4")

# %%
count_modes = answer("21.4")


def count(points):
    """Modes of the ring, and the share of good points."""
    return count_modes(points.numpy(), CENTRES.numpy(), 3 * SPREAD, 0.02)


good_real = count(ring)[1]
print("real points:", count(ring), "  first generator:", count(first_points))

# %% tags=["claim"]
claim("of real points 98.9 % do", 100 * good_real)
claim("found one or two of eight", bool(count(first_points)[0] <= 2))

# %% [markdown]
# ### What causes it, and what helps
#
# From here on we use `gan.train_gan` from nnlab. Its loop is the one of `play`. Around it stand options, which this
# chapter explains one by one. We change one thing at a time: the momentum of Adam, $\beta_1$, which is 0.9 in `play`
# (chapter 09; not the target $\beta$ from above); soft labels; and a *head start*, where the discriminator has trained
# alone for 500 steps.


# %%
def ring_game(seed, game=gan.NONSATURATING, momentum=0.0, head_start=0, **options):
    """Points of a generator after 400 steps, and those on its way."""
    torch.manual_seed(seed)
    generator, discriminator, snapshots = mlp(2, 2), mlp(2, 1), {}
    for _ in train_discriminator(generator, discriminator, game, head_start):
        pass

    def watch(step):
        if step % 100 == 0:
            with torch.no_grad():
                snapshots[step] = generator(torch.randn(2000, 2))

    options |= {"lr": 2e-3, "betas": (momentum, 0.99), "game": game, "watch": watch}
    gan.train_gan(generator, discriminator, ring, latent=2, steps=400, **options)
    return snapshots


WAYS = {
    "momentum 0.9": {"momentum": 0.9},
    "soft labels": {"momentum": 0.9, "game": SOFT},
    "no momentum": {},
    "head start": {"head_start": 500},
    "head start, soft labels": {"head_start": 500, "game": SOFT},
}
runs = {
    way: [ring_game(seed, **options) for seed in SEEDS] for way, options in WAYS.items()
}


# %%
def modes_table(runs):
    """A row for each way: modes found in each repeat, mean share of good points."""
    rows = {}
    for way, repeats in runs.items():
        counts = [count(snapshots[400]) for snapshots in repeats]
        found = ", ".join(str(modes) for modes, _ in counts)
        rows[way] = found, np.mean([good for _, good in counts])
    columns = ["modes of 8, each repeat", "good points"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


found = {way: [count(s[400])[0] for s in repeats] for way, repeats in runs.items()}
frame = modes_table(runs)
plot.table(frame, "After 400 steps on the ring, non-saturating loss", digits=2)

# %% tags=["hide-input"]
bad, well = runs["momentum 0.9"][0], runs["no momentum"][0]
show_points(
    {f"momentum, {step}": bad[step] for step in (200, 300, 400)}
    | {"no momentum, 400": well[400]},
    "Four panels. With momentum 0.9 the generated points lie on one side of the "
    "circle, on a thin line that has turned after 200, 300 and 400 steps. Without "
    "momentum they lie along the whole circle, through all eight clusters.",
    "The same seed. With momentum the points move on together; without, they spread.",
)

# %% [markdown]
# With momentum every repeat finds at most 2 of the 8 modes. And the points do not *rest* there. They lie on a thin line
# to one side, the discriminator learns that the forgeries are there, and the line turns away: the points move on
# together. It is as in the order $\max_D \min_G$ of the beginning, where each best answer is a single point. Soft
# labels do not help here: at most 3 modes in any repeat.
#
# Without momentum **the same game finds all 8 modes** in each repeat. So the cross-entropy need not lead to mode
# collapse. Here it comes from *how* the two players move.
#
# A discriminator with a head start costs modes: at most 6 are found in any repeat. Now soft labels help: at least 5 in
# every repeat. They bound the gradient, and the head start makes a problem of gradients.
#
# (That these settings are the best for other data, too, is not shown.)

# %% tags=["claim"]
claim("finds at most 2 of the 8 modes", bool(max(found["momentum 0.9"]) <= 2))
claim("at most 3 modes in any repeat", bool(max(found["soft labels"]) <= 3))
claim("the same game finds all 8 modes", bool(min(found["no momentum"]) == 8))
claim("at most 6 are found in any repeat", bool(max(found["head start"]) <= 6))
claim("at least 5 in every repeat", bool(min(found["head start, soft labels"]) >= 5))
middle = torch.stack([bad[step].mean(dim=0) for step in (200, 300, 400)])
claim("the points move on", bool(middle.diff(dim=0).norm(dim=1).min() > 0.3))

# %% [markdown]
# ## Why they run in circles
#
# The smallest possible GAN has two numbers {cite:p}`mescheder2018which`. All data lie at 0. The generator puts all its
# samples at one place, $\theta$. The discriminator has one weight, and the score $s(x) = w x$. The data have the score
# 0, whatever $w$ is, so with {eq}`eq-gan-value` only the generated point counts:
#
# $$ V = \log \sigma(0) + \log\bigl( 1 - \sigma(w \theta) \bigr) . $$
#
# The solution is clear: $\theta = 0$, $w = 0$. Let both players take a step of size $\eta$ at the same time. With
# $D = \sigma(w \theta)$ the derivatives are $\partial V / \partial w = -D \theta$ and
# $\partial V / \partial \theta = -D w$, so
#
# $$ w \leftarrow w - \eta D\, \theta , \qquad \theta \leftarrow \theta + \eta D\, w . $$
#
# How far from the solution are they now? Square both and add. The mixed terms cancel:
#
# ```{math}
# :label: eq-gan-circle
# w_\text{new}^2 + \theta_\text{new}^2
#   = \bigl( 1 + \eta^2 D^2 \bigr) \bigl( w^2 + \theta^2 \bigr) .
# ```
#
# In words: the step is at a right angle to the direction of the solution, and leads *away* from it, whatever the
# learning rate. The two do not descend into a valley, they circle, since a game has no common loss that could fall.
# Momentum adds the old directions, which point still further out.
#
# What pulls inwards? A penalty on the slope of the discriminator *at the real data*, here $\tfrac{\gamma}{2} w^2$. It
# is called {term}`R1 <R1 penalty>`:
#
# ```{math}
# :label: eq-gan-r1
# R_1 = \frac{\gamma}{2}\; \mathbb{E}_{x \sim p_d}\bigl[ \lVert \nabla_x s(x) \rVert^2 \bigr] .
# ```
#
# It says: where the data are, do not slope. If the generator is right, there is nothing to tell. Let us run it: both at
# once, in turns as in `play`, and in turns with R1.


# %%
def two_numbers(turns, gamma=0.0, eta=0.2):
    """Distance of (theta, w) from the solution after each of 600 steps."""
    theta, w, distances = 1.0, 0.0, []
    for _ in range(600):
        new = w - eta * (theta / (1 + np.exp(-w * theta)) + gamma * w)
        seen = new if turns else w  # the weight that the generator meets
        theta, w = theta + eta * seen / (1 + np.exp(-seen * theta)), new
        distances.append(np.hypot(theta, w))
    return np.array(distances)


at_once, in_turns = two_numbers(turns=False), two_numbers(turns=True)
with_r1 = two_numbers(turns=True, gamma=0.3)
print(f"from 1 to {at_once[-1]:.2f}, {in_turns[-1]:.2f} and {with_r1[-1]:.0e}")

# %% [markdown]
# At once, the game leads away in each of the 600 steps, and ends 3.1 times as far out as it began. In turns it stays
# between 0.95 and 1.05 of its first distance: it circles. With R1 less than a millionth of the distance is left. (This
# is no cure for everything: on the ring, with momentum 0.9 and R1, still at most 4 modes are found.)

# %% tags=["claim"]
claim("leads away in each", bool((np.diff(at_once, prepend=1) >= 0).all()))
claim("ends 3.1 times as far out", at_once[-1])
claim("between 0.95 and 1.05", bool(in_turns.min() > 0.95 and in_turns.max() < 1.05))
claim("less than a millionth of the distance is", bool(with_r1[-1] < 1e-6))
both = [ring_game(seed, momentum=0.9, penalty=gan.r1_penalty)[400] for seed in SEEDS]
claim("still at most 4 modes are found", bool(max(count(p)[0] for p in both) <= 4))

# %% [markdown]
# ## Another distance: moving earth
#
# The third question was: is there a better number than $D_\text{JS}$? What is wrong with it shows in two narrow
# densities. When they no longer overlap, each is 0 where the other lives, the best discriminator is perfect, and
# $D_\text{JS} = \log 2$. **However far apart they are.** A generator that moves from far to near sees no change.
#
# Think of a density as a heap of earth. To turn the heap $p$ into the heap $q$, you carry each grain from some $x$ to
# some $y$. A plan says how much goes from where to where: it is a joint density $\pi(x, y)$ whose marginals are $p$
# and $q$ (chapter 18). Its cost is mass times way, and the cheapest plan is the {term}`Wasserstein distance`:
#
# ```{math}
# :label: eq-gan-w1
# W_1(p, q) = \min_{\pi}\; \mathbb{E}_{(x, y) \sim \pi} \bigl[ \lVert x - y \rVert \bigr] .
# ```
#
# It is also called the earth mover's distance, and its unit is that of $x$.
#
# **In one dimension it is easy.** Take two samples of the same size. Nothing is gained by dividing a grain, so a plan
# is a pairing. Suppose it crosses: the smaller of two $x$ is paired with the larger of two $y$. If you exchange the
# partners, the sum of the ways does not grow. So the sorted pairing, smallest with smallest, is never beaten.
#
# For samples of different sizes look at it from the ground. Let $F_p(t)$ be the share of $p$ that lies at $t$ or to its
# left. If $F_p(t) = 0.7$ and $F_q(t) = 0.4$, then 0.3 of the mass must be carried across the place $t$, whatever the
# plan is. To carry it on by $dt$ costs $0.3\, dt$. Add up all places:
#
# ```{math}
# :label: eq-gan-cdf
# W_1(p, q) = \int \bigl\lvert F_p(t) - F_q(t) \bigr\rvert \, dt .
# ```

# %% [markdown]
# ## Exercise 21.5: Moving earth in one dimension
#
# Write `wasserstein(x, y)`: the Wasserstein distance of two samples of numbers. Each of the $n$ numbers of `x` weighs
# $1/n$, each of the $m$ numbers of `y` weighs $1/m$; $n$ and $m$ may differ. Only NumPy, and no function that computes
# the distance for you.


# %%
def wasserstein(x, y):
    """W1 of two samples, shapes (n,) and (m,)."""
    ### BEGIN SOLUTION: the area between two staircases
    x, y = np.sort(np.asarray(x, float)), np.sort(np.asarray(y, float))
    places = np.sort(np.concatenate([x, y]))
    f_x = np.searchsorted(x, places[:-1], side="right") / len(x)
    f_y = np.searchsorted(y, places[:-1], side="right") / len(y)
    return float((np.abs(f_x - f_y) * np.diff(places)).sum())
    ### END SOLUTION


# %%
check("21.5")

# %%
wasserstein = answer("21.5")
shifts, js_far, w1_far = np.linspace(0, 3, 13), [], []
line = np.linspace(-2, 5, 7001)
normal = np.random.default_rng(SEED).normal(size=2000)
for shift in shifts:
    pair = log_normal(line, 0, 0.2), log_normal(line, shift, 0.2)
    js_far.append(jensen_shannon(*pair, line[1] - line[0]))
    w1_far.append(wasserstein(0.2 * normal, shift + 0.2 * normal))

# %% tags=["hide-input"]
orange, blue = plot.PALETTE["orange"], plot.PALETTE["blue"]
plt.plot(shifts, js_far, "s--", color=orange, label="Jensen–Shannon [nat]")
plt.plot(shifts, w1_far, "o-", color=blue, label="Wasserstein")
plt.xlabel("distance of the two means")
plt.ylabel("divergence, distance")
plt.legend()
plot.show(
    "Jensen–Shannon divergence and Wasserstein distance of two normal distributions "
    "with standard deviation 0.2, against the distance of their means, 0 to 3. The "
    "first rises to 0.69 at about 1 and is flat from there on; the second is a "
    "straight line from 0 to 3.",
    "Where two densities do not overlap, one of the two numbers still says how far.",
)

# %% [markdown]
# From a distance of 1.25 on, the Jensen–Shannon divergence is 0.69 and flat. The Wasserstein distance is the distance
# of the means itself, everywhere. A generator can walk down this slope from any place.

# %% tags=["claim"]
claim(
    "From a distance of 1.25 on, the Jensen–Shannon divergence is 0.69",
    shifts[5],
    js_far[5],
)
claim(
    "0.69 and flat",
    bool(np.ptp(js_far[6:]) < 1e-3 and abs(js_far[5] - np.log(2)) < 0.005),
)
claim("is the distance of the means itself", bool(np.allclose(w1_far, shifts)))

# %% [markdown]
# ## The dual: a critic
#
# In many dimensions nobody can search all plans. But there is a second way to the same number, by
# {cite:t}`kantorovich1942translocation`. Let $f$ be a function that is nowhere steeper than 1: $\lvert f(x) - f(y)
# \rvert \le \lVert x - y \rVert$ for all $x, y$. It is called {term}`1-Lipschitz <Lipschitz function>`. Then for *any*
# plan $\pi$
#
# $$ \mathbb{E}_{p}[f(x)] - \mathbb{E}_{q}[f(y)] = \mathbb{E}_\pi \bigl[ f(x) - f(y) \bigr]
#    \le \mathbb{E}_\pi \bigl[ \lVert x - y \rVert \bigr] . $$
#
# The left side knows only the marginals. So every such $f$ gives a number that is at most $W_1$. The theorem of
# Kantorovich and Rubinstein says that the best $f$ reaches it:
#
# ```{math}
# :label: eq-gan-dual
# W_1(p, q) = \max_{f\ \text{1-Lipschitz}} \; \mathbb{E}_{x \sim p}[f(x)] - \mathbb{E}_{x \sim q}[f(x)] .
# ```
#
# In one dimension we can build the best $f$. Integrate by parts:
# $\mathbb{E}_p[f] - \mathbb{E}_q[f] = \int f'(t)\, \bigl( F_q(t) - F_p(t) \bigr)\, dt$. With $\lvert f' \rvert \le 1$
# this is largest if $f'(t)$ is the sign of $F_q(t) - F_p(t)$, and then it is the integral {eq}`eq-gan-cdf`. The best
# $f$ goes up or down with slope 1 all the way.


# %%
def best_critic(x, y):
    """Kantorovich's f for two samples: all places, and its values there."""
    places = np.sort(np.concatenate([x, y]))
    f_x = np.searchsorted(np.sort(x), places[:-1], side="right") / len(x)
    f_y = np.searchsorted(np.sort(y), places[:-1], side="right") / len(y)
    rises = np.sign(f_y - f_x) * np.diff(places)
    return places, np.concatenate([[0.0], np.cumsum(rises)])


rng = np.random.default_rng(SEED)
x_two = rng.choice([-2.0, 2.0], 2000) + 0.3 * rng.normal(size=2000)  # two clumps
y_one = 0.3 * rng.normal(size=1500)  # one clump between them
places, f = best_critic(x_two, y_one)
dual = np.interp(x_two, places, f).mean() - np.interp(y_one, places, f).mean()
primal = wasserstein(x_two, y_one)
print(f"by the dual {dual:.9f}, by sorting {primal:.9f}")

# %% [markdown]
# Both ways give 1.76, and they agree to nine digits. The cheapest plan carries the left half of the middle clump to the
# left, and the right half to the right.
#
# So replace the discriminator by a network $f$ that makes the difference of the two means large, and let the generator
# make it small. That is the **Wasserstein GAN** {cite:p}`arjovsky2017wasserstein`. Its $f$ is called a {term}`critic`:
# it gives marks, no probabilities. There is no logarithm, no sigmoid, and nothing that saturates. What it makes large
# is an estimate of $W_1$. So, unlike the loss of a GAN, this number *means* something: it falls as the samples get
# better.
#
# All of this holds only if $f$ is 1-Lipschitz. How do you make a network so?

# %% tags=["claim"]
claim("Both ways give 1.76", dual)
claim("they agree to nine digits", bool(abs(dual - primal) < 1e-9))

# %% [markdown]
# ### Clipping, or a penalty
#
# The first paper **clips**: after each step, every weight is cut to an interval $[-c, c]$. Then the slope of the
# network is bounded by *some* number, which depends on $c$ and on the layers. So the critic estimates $W_1$ times a
# factor that nobody knows.
#
# {cite:t}`gulrajani2017improved` add a {term}`gradient penalty` instead. The best $f$ has slope 1 almost everywhere
# between the two heaps. So take points on the straight lines between real and generated samples, and punish slopes that
# are not 1:
#
# ```{math}
# :label: eq-gan-gp
# \lambda\; \mathbb{E} \Bigl[ \bigl( \lVert \nabla_{\hat x} f(\hat x) \rVert - 1 \bigr)^2 \Bigr] , \qquad
# \hat x = u\, x_\text{real} + (1 - u)\, x_\text{fake} , \quad u \text{ uniform in } [0, 1] .
# ```
#
# Let a network with this penalty estimate the distance that we just computed.


# %%
def train_critic(weight, steps=500):
    """(estimate of W1 for two clumps against one, median slope of the critic)."""
    torch.manual_seed(SEED)
    critic = mlp(1, 1)
    optimizer = torch.optim.Adam(critic.parameters(), lr=2e-3)
    x, y = (torch.tensor(v, dtype=torch.float32)[:, None] for v in (x_two, y_one))
    for _ in range(steps):
        real, fake = x[torch.randint(2000, (64,))], y[torch.randint(1500, (64,))]
        loss = gan.critic_loss(critic(real), critic(fake))
        loss = loss + weight * gan.gradient_penalty(critic, real, fake)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    points = torch.linspace(-2.5, 2.5, 201)[:, None].requires_grad_()
    (slopes,) = torch.autograd.grad(critic(points).sum(), points)
    estimate = critic(x).mean() - critic(y).mean()
    return estimate.item(), slopes.abs().median().item()


estimate, slope = train_critic(weight=1)
print(f"estimate {estimate:.2f}, median slope {slope:.2f}; W1 is {primal:.2f}")

# %% [markdown]
# With $\lambda = 1$ the critic says 3.3, and not 1.76. Here is why. Let $k$ be its slope. It gains $k W_1$ and pays
# $\lambda (k - 1)^2$. The derivative $W_1 - 2 \lambda (k - 1)$ is 0 at
#
# $$ k = 1 + \frac{W_1}{2 \lambda} , $$
#
# which is 1.88, and $1.88 \cdot 1.76 = 3.3$. So a gradient penalty does not make a critic 1-Lipschitz: it makes it
# *known* how steep it is. A large $\lambda$ brings $k$ to 1. (But in our example such a critic needs far longer to
# bend: after 500 steps with $\lambda = 10$ its estimate is still below 0.5.) For the generator the factor does not
# matter. It needs the direction.

# %% tags=["claim"]
claim("the critic says 3.3, and", bool(3.1 < estimate < 3.6))
claim("which is 1.88", bool(abs(slope - (1 + primal / 2)) < 0.15))
claim("$1.88 \\cdot 1.76 = 3.3$", 1 + primal / 2, primal, (1 + primal / 2) * primal)
claim("its estimate is still below 0.5", bool(train_critic(weight=10)[0] < 0.5))

# %% [markdown]
# ## Exercise 21.6: A step with gradient penalty
#
# Write `critic_step(critic, real, fake, share, lr, weight)`. `real` and `fake` are `(n, d)`, `share` is `(n, 1)`: the
# $u$ of each pair. `critic` is a network with outputs `(n, 1)`. Compute the penalty of {eq}`eq-gan-gp` *without* its
# factor. Then take **one** step of plain gradient descent on
#
# $$ \operatorname{mean} f(x_\text{fake}) - \operatorname{mean} f(x_\text{real}) + \text{weight} \cdot \text{penalty} $$
#
# in place. Return two things: the penalty from before the step, and the scores of `real` after it. Mind that the
# penalty holds a gradient, and that you need the gradient of the penalty. `torch.autograd.grad(..., create_graph=True)`
# returns gradients that can be differentiated again.


# %%
def critic_step(critic, real, fake, share, lr, weight):
    """(penalty before, scores of real after); the critic changes in place."""
    ### BEGIN SOLUTION: points between, lengths of gradients, a step
    between = (share * real + (1 - share) * fake).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = ((slopes.norm(dim=1) - 1) ** 2).mean()
    loss = critic(fake).mean() - critic(real).mean() + weight * penalty
    parameters = list(critic.parameters())
    # The last bias has no part in it: None in place of 0.
    gradients = torch.autograd.grad(loss, parameters, materialize_grads=True)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= lr * gradient
        return penalty.item(), critic(real)
    ### END SOLUTION


# %%
check("21.6")

# %% [markdown]
# ### The ring again
#
# Now the whole Wasserstein GAN with gradient penalty, **WGAN-GP**, on the ring: no momentum, as its authors advise, and
# three steps of the critic in each turn, since the difference of means is an estimate of $W_1$ only if the critic is
# near its best. Here a strong opponent is welcome.

# %%
WASSERSTEIN = {
    "game": gan.WASSERSTEIN,
    "penalty": gan.gradient_penalty,
    "discriminator_steps": 3,
}
wgan_runs = [ring_game(seed, **WASSERSTEIN) for seed in SEEDS]
compared = {"cross-entropy, no momentum": runs["no momentum"], "WGAN-GP": wgan_runs}
plot.table(modes_table(compared), "After 400 steps on the ring", digits=2)
wgan_found = [count(snapshots[400])[0] for snapshots in wgan_runs]

# %% [markdown]
# WGAN-GP keeps all 8 modes in every repeat. So does the cross-entropy without momentum: on this ring the two differ in
# little but the price, for the critic takes three steps for one. The sentence "Wasserstein, *therefore* no mode
# collapse" does not follow from anything that we derived. What you have seen is this: a critic that was trained far
# still gives a useful gradient, where the other game has to be balanced by hand.
#
# One fault remains in both, as in the last panel of the figure of the ring: bridges between neighbouring clusters.
# After 400 steps fewer than 60 % of the points are good. The generator is a continuous function of the noise. It cannot
# jump, so from one cluster to the next it has to pass the gap. To pass it *quickly* takes a steep function, and longer
# training.

# %% tags=["claim"]
claim("keeps all 8 modes in every repeat", bool(min(wgan_found) == 8))
claim(
    "So does the cross-entropy without momentum", bool(min(found["no momentum"]) == 8)
)
good = {name: np.mean([count(r[400])[1] for r in rs]) for name, rs in compared.items()}
claim("fewer than 60 % of the points are good", bool(max(good.values()) < 0.6))

# %% [markdown]
# ## From points to pictures
#
# For images the two players are convolutional networks. The generator runs the wrong way round: from a vector to a
# small map with many channels, and from there, by transposed convolutions (chapter 14), to larger maps with fewer. In
# 2015 it was not at all clear how to get such a pair to train. {cite:t}`radford2016unsupervised` found rules by many
# trials. Nets that follow them are called **DCGAN**.
#
# ```{table} The rules of DCGAN, and what is left of them here
# | Rule | Here |
# |---|---|
# | Steps (strides) in the convolutions in place of pooling | as it says |
# | Batch normalisation in both networks | in the generator only: R1 asks for the slope at *one* image, and batch normalisation mixes the images of a batch |
# | No large linear layers | one at each end, as the images are small |
# | ReLU in the generator, leaky ReLU in the discriminator | leaky in both: a unit that is off still passes a gradient |
# | tanh at the end of the generator, images scaled to $[-1, 1]$ | as it says |
# | Adam with the rate 0.0002 and $\beta_1 = 0.5$ in place of 0.9 | 0.001 and $\beta_1 = 0$ |
# ```
#
# The last rule is the one that you have seen at work: less momentum.

# %% [markdown]
# ### Which digit? A condition for both
#
# A {term}`conditional GAN` {cite:p}`mirza2014conditional` is told which class to make. The generator gets the label $y$
# as a one-hot vector beside its 64 noise numbers. The discriminator must judge the *pair* of image and label: a perfect
# 3 under the label 8 is a forgery.
#
# How should it use the label? The best score for pairs is, by {eq}`eq-gan-logit` and the product rule of probability,
#
# $$ s^*(x, y) = \log \frac{p_d(x, y)}{p_g(x, y)}
#    = \log \frac{p_d(x)}{p_g(x)} + \log \frac{p_d(y \mid x)}{p_g(y \mid x)} . $$
#
# If $p(y \mid x)$ is a softmax of linear functions of features $\phi(x)$, in both terms, then the second part is, up
# to a part without $y$, a vector $v_y$ times $\phi(x)$. This is the **projection discriminator** of
# {cite:t}`miyato2018cgans`:
#
# ```{math}
# :label: eq-gan-projection
# s(x, y) = w \cdot \phi(x) + b + v_y \cdot \phi(x) .
# ```
#
# In words: "is it real at all?" plus "is it a real $y$?", from the same features, with one learned vector for each
# class. In code that is one `nn.Embedding`.
#
# ### Two more helps
#
# **R1**, {eq}`eq-gan-r1`, is expensive: it needs a gradient of a gradient. It changes slowly, so it is enough to
# compute it in every eighth step and to count it eight times. This is called *lazy* {cite:p}`karras2020analyzing`.
#
# **Augmentation, but for both.** With 4000 images the discriminator learns them by heart. To augment only the real
# images would be wrong: the generator would learn to make *moved* digits, as they would belong to its data. Move the
# real **and** the generated images by the same rule, each by up to 2 pixels to some side, before the discriminator sees
# them. The move must let the gradient through to the generator. A shift does {cite:p}`zhao2020differentiable`.

# %%
digits = quality.digits()
images = torch.tensor(digits.training)[:, None] / 127.5 - 1  # (4000, 1, 28, 28)
labels = torch.tensor(digits.training_labels)

# %% [markdown]
# ### Training
#
# The whole recipe: 1900 steps, batches of 64, both learning rates falling to 0 in the second half. `bf16` computes with
# numbers of 16 bits where that does no harm. The training takes about a minute and a half. With `FAST = True` the cell
# loads what this very cell has trained before.

# %%
torch.manual_seed(SEED)
generator, discriminator = dcgan.Generator(), dcgan.Discriminator()
if FAST:
    weights.load(generator, "21_gan")
else:
    gan.train_gan(
        generator,
        discriminator,
        images,
        labels,
        latent=64,
        steps=1900,
        penalty=gan.r1_penalty,
        penalty_weight=0.1,
        penalty_every=8,
        augment=translate,
        bf16=True,
    )


# %%
def generate(noise, digit):
    """Grey values from 0 to 1, (n, 28, 28), for noise (n, 64) and labels (n,)."""
    with torch.no_grad():
        made = generator.eval()(noise, torch.as_tensor(digit))
    return (made[:, 0] / 2 + 0.5).clamp(0, 1).numpy()


asked = np.arange(1000) % 10
noise = torch.randn(1000, 64, generator=torch.Generator().manual_seed(SEED))
samples = generate(noise, asked)

# %% tags=["hide-input"]
plot.image_grid(samples[:100], columns=10)
plot.show(
    "Ten rows of generated digits, 0 to 9 in each row. Nearly all are sharp and can be "
    "read at once; they differ in slant, width and thickness. A few are broken or "
    "overgrown.",
    "The first 100 samples, none chosen. Each column was asked for one digit.",
)

# %% [markdown]
# They are sharp: black and white, as a pen makes them, and not the grey of chapter 20. In the run that you see here,
# more than four in five could pass for handwriting, to our eyes. Look at the others, too: strokes that are torn open,
# blobs, a 3 that closes to a ring. The 2 and the 8 fail most often; the zeros of different rows look much alike.

# %% [markdown]
# ## Measured
#
# `quality.report` compares 1000 samples with real digits. Its judge is a small CNN that was trained on the same 4000
# digits.
#
# - **Fréchet distance**: how far the means and covariances of the judge's features are apart (chapter 20).
# - **Precision** and **recall**: around each real digit lies a ball, in the space of the features, that reaches to its
#   third nearest real neighbour. Precision is the share of samples that lie in some ball. Recall is the same with the
#   roles exchanged: balls around samples, and the share of real digits in them.
# - **Label agreement**: the share of samples in which the judge sees the digit that was asked for. **Confident share**:
#   that of samples of which it is more than 90 % sure. **Smallest class**: that of the digit which it sees least often.
# - **Near-copies**: the share of samples that lie suspiciously near to a training image, pixel by pixel.

# %%
measured = quality.report(samples, asked)
plot.table(measured.to_frame(), f"{measured.n} samples of the conditional GAN")

# %% [markdown]
# Read the columns beside each other. Real test digits have a distance of 4.0 at this number of samples, so that is the
# floor; with a little noise on them (standard deviation 0.1 of the white) it is 63. Our samples lie between 0.25 and
# 0.36 of that. The judge sees the digit that was asked for in at least 96 %. The samples' precision is about that of
# real digits. Their *recall* is not: between 0.55 and 0.75, where real digits have 0.90. So some of what people write
# may be missing, as the zeros that look alike suggest. But recall alone is no proof: real digits with noise have only
# 0.63, and there nothing is missing.
#
# Does it make all classes? The smallest has more than 8 % of the samples. With a condition that is no great deed: the
# generator is *told* the class. And has it learned the images by heart? A share of less than 0.067 are near-copies;
# 0.067 is what real *test* digits have, which nobody can have copied. Look at some samples with the nearest training
# image of each.

# %% tags=["claim"]
claim("have a distance of 4.0 at this number", measured.floor)
noisy = measured.noisy
claim("deviation 0.1 of the white) it is 63", 0.1, noisy.frechet_distance)
claim("between 0.25 and 0.36 of that", bool(0.25 < measured.fraction < 0.36))
claim("in at least 96 %", bool(measured.label_agreement >= 0.96))
claim(
    "precision is about that of real digits",
    bool(abs(measured.precision - measured.real.precision) < 0.05),
)
claim("between 0.55 and 0.75, where", bool(0.55 < measured.recall < 0.75))
claim("real digits have 0.90", measured.real.recall)
claim("real digits with noise have only 0.63", noisy.recall)
claim("more than 8 % of the samples", bool(measured.class_histogram.min() > 0.08))
claim("A share of less than 0.067", bool(measured.near_copies < 0.067))
claim("0.067 is what real *test* digits have", measured.real.near_copies)

# %% tags=["hide-input"]
chosen = np.arange(30, 40)
neighbours = digits.training[quality.nearest(samples[chosen])[:, 0]] / 255
plot.image_grid(np.concatenate([samples[chosen], neighbours]), columns=10)
plot.show(
    "Two rows of ten digits. Above samples of the generator, 0 to 9; below each the "
    "nearest training image. Each pair is alike in digit, slant and thickness, and "
    "differs in details.",
    "Above: samples 30 to 39. Below: the training image nearest to each.",
)

# %% [markdown]
# ## What the figures miss
#
# Every figure can be deceived. To see how, we take "generators" that need no network. The first hands out training
# images. The second hands out real test digits, but never a 7. The third
# blurs them. The last makes uniform noise.

# %%
kind, tens = digits.test_labels, np.arange(1000) // 10
of = [digits.test[kind == k] / 255 for k in range(10)]  # 100 of each class
real = np.stack([of[k][i] for k, i in zip(asked, tens, strict=True)])
by_heart = [digits.training[digits.training_labels == k][:100] for k in range(10)]
no_seven = np.where(asked == 7, tens % 7, asked)
soft = F.avg_pool2d(torch.tensor(real, dtype=torch.float32), 3, stride=1, padding=1)
noise_images = np.random.default_rng(SEED).random((1000, 28, 28))
cheats = {
    "our GAN": (samples, asked),
    "training images": (np.stack(by_heart, axis=1).reshape(-1, 28, 28) / 255, asked),
    "no 7": (
        np.stack([of[k][i] for k, i in zip(no_seven, tens, strict=True)]),
        no_seven,
    ),
    "blurred": (soft.numpy(), asked),
    "uniform noise": (noise_images, asked),
}
reports = {name: quality.report(*given) for name, given in cheats.items()}
rows = {
    name: {
        "Fréchet distance": r.frechet_distance,
        "precision": r.precision,
        "recall": r.recall,
        "label agreement": r.label_agreement,
        "confident": r.confident_share,
        "near-copies": r.near_copies,
        "smallest class": r.class_histogram.min(),
    }
    for name, r in reports.items()
}
deceived = pd.DataFrame.from_dict(rows, orient="index")
plot.table(deceived, "Five generators; only the first is one", digits=2)

# %% [markdown]
# Read it row by row.
#
# - **Training images**: a distance of 2.3, below the floor of 4.0 that *new* real digits have, and 1.00 for precision,
#   recall and label agreement. Only the near-copies tell: 1.00.
# - **No 7** has the precision and the label agreement of real digits, for nobody asked for a 7. The distance is 60,
#   about as much as a little noise gives; the smallest class tells at once.
# - **Blurred** digits have a distance of 511, about 25 times that of our GAN. Yet you would read nearly every one of
#   them, and so does the judge: 98 %. Its features react to edges.
# - **Uniform noise** has a precision of at least 0.99, and the judge is sure of all of it. In the space of the features
#   noise lies far out, and the large balls around a few odd digits reach there. The distance, 3160, is not deceived.

# %% tags=["claim"]
copied, lost, blur, chaos = (deceived.loc[name] for name in list(cheats)[1:])
claim("a distance of 2.3, below", copied["Fréchet distance"])
claim("1.00 for precision", copied["precision"])
claim("Only the near-copies tell: 1.00", copied["near-copies"])
claim(
    "the precision and the label agreement of real digits",
    bool(abs(lost["precision"] - measured.real.precision) < 0.01),
    bool(abs(lost["label agreement"] - measured.real.label_agreement) < 0.01),
)
claim("The distance is 60", lost["Fréchet distance"])
claim("the smallest class tells at once", bool(lost["smallest class"] < 0.01))
claim("have a distance of 511", blur["Fréchet distance"])
ratio = blur["Fréchet distance"] / measured.frechet_distance
claim("about 25 times that of our GAN", bool(20 < ratio < 32))
claim("so does the judge: 98 %", 100 * blur["label agreement"])
claim("a precision of at least 0.99", bool(chaos["precision"] >= 0.99))
claim("is sure of all of it", bool(chaos["confident"] > 0.999))
claim("The distance, 3160", chaos["Fréchet distance"])

# %% [markdown]
# So never report one figure. Report all of them, with the number of samples and the figures of real data beside them.
# And look at samples that nobody has chosen.

# %% tags=["artifact"]
from nnlab import artifacts

artifacts.leave(
    samples=(255 * samples).round().astype(np.uint8),
    labels=asked,
    networks={"generator": (generator, (noise[:2], torch.tensor([3, 8])))},
    weights={"generator": generator},
    figures=measured.to_dict(),
)

# %%
progress()

# %% [markdown]
# ## Recap
#
# - A generator makes samples from noise. A discriminator learns to tell them from data, and its gradient is the
#   generator's only instruction. Each player steps on its own loss only.
# - The best discriminator is $p_d / (p_d + p_g)$. Its score is the logarithm of the ratio of two densities, learned
#   from samples alone. Against it the game makes the Jensen–Shannon divergence small.
# - The minimax loss has no gradient where the discriminator is sure. The non-saturating one has. Soft labels bound the
#   score: they help against a discriminator that is too strong, not against every collapse.
# - The two players circle. Momentum drives them out, the penalty R1 pulls them in. Count modes, over several seeds,
#   before you praise a remedy.
# - The Wasserstein distance still says how far where densities do not overlap. Its dual is a critic with slope at most
#   1; a gradient penalty keeps the slope known, clipping leaves it unknown.
# - For pictures: DCGAN's rules, a label for both players, R1, and augmentation of real and generated images alike.
# - No figure of quality means anything alone.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: "At some place the data's density is 0.3 and the generator's is 0.1. What does the best discriminator say there?"
#   number: 0.75
#   tolerance: 0.001
#   why: "$0.3 / (0.3 + 0.1)$."
# - question: The generator has the distribution of the data, and the discriminator is the best possible. What is its cross-entropy loss (real plus generated, in nats)?
#   number: 1.386
#   tolerance: 0.002
#   why: "$D = 1/2$ everywhere, so each part is $\\log 2$, together $2 \\log 2 = 1.386$."
# - question: Your discriminator is right on 100 % of both kinds after a few steps, and the generator, which has the minimax loss, does not learn. What may help?
#   several: true
#   options:
#     - right: the non-saturating loss
#       why: Its factor is almost 1 where the discriminator is sure.
#     - right: a penalty on the slope of the discriminator
#       why: It keeps the score from becoming a cliff.
#     - right: soft labels
#       why: They bound the score, so the sigmoid never saturates completely.
#     - wrong: ten steps of the discriminator for one of the generator
#       why: It would be surer still, and the gradient smaller.
# - question: All generated points lie in one of eight clusters, in another one every hundred steps. What do you try first?
#   options:
#     - right: less momentum
#       why: On the ring this alone brought all eight back.
#     - wrong: more noise numbers
#       why: Two were enough for the ring. The generator can make all modes; the game drives it away from them.
#     - wrong: soft labels
#       why: On the ring they did not help against this kind of collapse.
# - question: A generator has a Fréchet distance near the floor, label agreement 0.99 and precision 0.9. Which figure do you ask for before you believe it?
#   options:
#     - right: near-copies of training images
#       why: A generator that hands out training images has exactly these figures.
#     - wrong: the share of confident samples
#       why: It is high for real digits, for copies, and even for noise.
#     - wrong: the loss of the discriminator
#       why: It tells how the game stands, not how good the samples are.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`goodfellow2014generative` introduce the game, with the proof of this chapter;
#   {cite:t}`radford2016unsupervised` give the rules for images.
# - {cite:t}`arjovsky2017towards` explain why gradients vanish; {cite:t}`arjovsky2017wasserstein` and
#   {cite:t}`gulrajani2017improved` lead from there to critics.
# - {cite:t}`mescheder2018which` ask which trainings converge, with the GAN of two numbers.
# - {cite:t}`lucic2018gans` compare many GANs with equal budgets, and find smaller differences than the papers did.
# - {cite:t}`karras2020analyzing` make photos of faces of people who do not exist.
