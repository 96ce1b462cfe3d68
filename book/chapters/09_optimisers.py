# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Optimisers
#
# {doc}`Chapter 07 <07_gradient_descent>` ended in a narrow valley. Gradient descent jumps from wall to wall across it,
# and creeps along its floor. The best fixed learning rate does not cure this: with a condition number of 100 it needs
# hundreds of steps.
#
# Plain gradient descent has no memory. It looks at the slope under its feet, takes a step, and forgets. **What can a
# method gain if it remembers the slopes of earlier steps?** That is the question of this chapter. The rule that turns
# gradients into steps is called an {term}`optimiser`. You write six of them: momentum, Nesterov, AdaGrad, RMSprop, Adam
# and AdamW. Each is a few lines, and each is held to `torch.optim`, step for step.
#
# Then comes the honest part. Which one is best? You will see why the answer depends on the learning rate that each was
# given, and how to compare so that it does not.
#
# You need chapter 07 (gradient, learning rate, curvature). Reading and doing the exercises takes about two and a half
# hours.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the networks here are small
DEVICE = None  # nor do they need a GPU

# %%
import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nnlab import answer, check, data, hint, plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREEN, RED = (plot.PALETTE[c] for c in ("blue", "orange", "green", "red"))
PURPLE, SKY, GREY, INK = (plot.PALETTE[c] for c in ("purple", "sky", "grey", "ink"))

# %% [markdown]
# ## The valley, and a walker without memory
#
# All rules of this chapter go through the same loop. After $t$ steps the parameters are $\theta_t$. Write
# $g_t = \nabla L(\theta_{t-1})$ for the gradient that step number $t$ uses; the first step is $t = 1$. A rule may keep
# some arrays of the shape of $\theta$ in memory. They begin at 0. Plain gradient descent keeps none:
#
# ```{math}
# :label: eq-opt-plain
# \theta_t = \theta_{t-1} - \eta\, g_t .
# ```


# %%
def walk(rule, copies, slope, start, lr, steps):
    """All points of a walk; `rule(theta, *memory, g, lr, t)` gives theta, *memory."""
    theta = np.array(start, dtype=float)
    memory = [np.zeros_like(theta) for _ in range(copies)]
    path = [theta]
    for t in range(1, steps + 1):
        moved = rule(theta.copy(), *memory, slope(theta), lr, t)
        theta, *memory = map(np.asarray, moved)
        path.append(theta)
    return np.array(path)


def plain(theta, g, lr, t):
    return (theta - lr * g,)


# %% [markdown]
# Our valley has two parameters, with curvature 1 along the floor and 50 across:
#
# $$ L(\theta) = \tfrac12 \cdot 1 \cdot \theta_1^2 + \tfrac12 \cdot 50 \cdot \theta_2^2 , \qquad \kappa = 50 . $$
#
# The best fixed rate for it is $\eta = 2 / (1 + 50)$, from chapter 07. We start at $(10, 2)$.

# %%
VALLEY = np.diag([1.0, 50.0])  # the Hessian
START = np.array([10.0, 2.0])


def valley_slope(theta):
    return VALLEY @ theta


path_plain = walk(plain, 0, valley_slope, START, lr=2 / 51, steps=100)
plain_left = np.linalg.norm(path_plain, axis=1)  # the distance from the minimum
print(plain_left[[0, 20, 100]].round(3))


# %% tags=["hide-input"]
def draw_walk(ax, path, color, title, hessian=VALLEY):
    """Contour lines of the valley with a walk from the square to the cross."""
    first, second = np.meshgrid(np.linspace(-8, 11, 191), np.linspace(-3.4, 3.4, 69))
    points = np.stack([first, second], axis=-1)
    heights = 0.5 * np.einsum("...i,ij,...j", points, hessian, points)
    ax.contour(first, second, heights, [1, 8, 30, 80, 160], colors=GREY, linewidths=0.8)
    ax.plot(*path.T, "o-", color=color, markersize=2.5, linewidth=1)
    ax.plot(*path[0], "s", color=INK, markersize=6)
    ax.plot(0, 0, "x", color=INK, markersize=8, markeredgewidth=2)
    ax.set(title=title, xlim=(-8, 11), ylim=(-3.4, 3.4), ylabel="θ₂")
    ax.grid(False)


figure, ax = plt.subplots(figsize=(6.6, 2.6))
draw_walk(ax, path_plain[:41], RED, "plain gradient descent, η = 2/51")
ax.set_xlabel("θ₁")
plot.show(
    "Contour lines of a valley, long from left to right and narrow from top to "
    "bottom. A path of 40 steps starts at a square on the right and jumps up and "
    "down between the walls. Its jumps become smaller, and it comes near the cross "
    "in the middle but does not reach it.",
    "40 steps at the best fixed rate. Most of each step goes across the valley, "
    "where it is undone by the next one.",
)

# %% [markdown]
# The distance from the minimum is 10.2 at the start and 4.6 after 20 steps. Look at two steps in a row. Across the
# valley they point in opposite directions: one up, one down. Along the valley they agree. **A sum of several steps
# would cancel the first kind and keep the second.** This is the idea of momentum.

# %% tags=["claim"]
from nnlab import claim

claim("is 10.2 at the start and 4.6 after 20 steps", plain_left[0], plain_left[20], 20)
moves = np.diff(path_plain, axis=0)[:20]
claim("one up, one down", bool((moves[1:, 1] * moves[:-1, 1] < 0).all()))
claim("Along the valley they agree", bool((moves[:, 0] < 0).all()))

# %% [markdown]
# ## Momentum
#
# Keep one array $m$ of the shape of $\theta$. In each step multiply it by a number $\beta$ ("beta") between 0 and 1,
# add the new gradient, and move by the result {cite:p}`polyak1964some`:
#
# ```{math}
# :label: eq-opt-momentum
# m_t = \beta\, m_{t-1} + g_t , \qquad \theta_t = \theta_{t-1} - \eta\, m_t , \qquad m_0 = 0 .
# ```
#
# This is {term}`momentum`, and $\beta$ is often 0.9. In words: the new step is the old step, shortened a little, plus
# what plain gradient descent would do now. To see this, write the update as $\theta_t - \theta_{t-1} = -\eta\, m_t$ and
# put in the formula for $m_t$:
#
# ```{math}
# :label: eq-opt-update
# \theta_t - \theta_{t-1} = \beta\, (\theta_{t-1} - \theta_{t-2}) - \eta\, g_t .
# ```
#
# ```{warning}
# The fraction $\beta$ is taken of the previous **update**, which itself contains the one before it. Some texts say "a
# fraction of the previous gradient". That is another method: it remembers one step and no more.
# ```
#
# How far back does the memory go? Put $m_{t-1} = \beta\, m_{t-2} + g_{t-1}$ into {eq}`eq-opt-momentum`, then $m_{t-2}$,
# and so on:
#
# ```{math}
# :label: eq-opt-unrolled
# m_t = g_t + \beta\, g_{t-1} + \beta^2 g_{t-2} + \dots + \beta^{t-1} g_1 = \sum_{k=1}^{t} \beta^{t-k}\, g_k .
# ```
#
# Every gradient is in there, and its weight shrinks by the factor $\beta$ with each step. With $\beta = 0.9$ a gradient
# that is 10 steps old still counts 35 %, and one that is 44 steps old 1 %.

# %% tags=["claim"]
claim("10 steps old still counts 35 %", 10, 100 * 0.9**10)
claim("44 steps old 1 %", 44, 100 * 0.9**44)

# %% [markdown]
# ## Exercise 09.1: momentum
#
# Write one step of {eq}`eq-opt-momentum`. `theta`, `m` and `g` are arrays of one shape (any shape), or plain numbers.
# Return the new `theta` and the new `m`. The check takes many steps and compares each with `torch.optim.SGD`.


# %%
def momentum_step(theta, m, g, lr, beta):
    """The new (theta, m) after one step; g is the gradient at theta."""
    ### BEGIN SOLUTION: the new theta and the new m
    m = beta * m + g
    return theta - lr * m, m
    ### END SOLUTION


# %%
check("09.1")

# %%
momentum_step = answer("09.1")


def momentum(beta):
    """The rule for `walk` with this beta."""
    return lambda theta, m, g, lr, t: momentum_step(theta, m, g, lr, beta)


path_push = walk(momentum(0.9), 1, lambda w: np.ones(1), [0.0], lr=0.01, steps=60)
print(-np.diff(path_push[:, 0])[[0, 1, 2, 9, 59]].round(4))

# %% [markdown]
# The last cell is the simplest experiment: a slope that is always 1, like a plane that falls evenly. Plain gradient
# descent would take steps of 0.01 for ever. With momentum the steps grow. How far do they grow?
#
# For a constant gradient $g$, {eq}`eq-opt-unrolled` is $g$ times the sum $1 + \beta + \dots + \beta^{t-1}$, a geometric
# series. Multiply the sum by $(1 - \beta)$: all terms cancel except the first and the last, and what is left is
# $1 - \beta^t$. So
#
# ```{math}
# :label: eq-opt-geometric
# 1 + \beta + \beta^2 + \dots + \beta^{t-1} = \frac{1 - \beta^t}{1 - \beta}
# \;\longrightarrow\; \frac{1}{1 - \beta} .
# ```
#
# Where the gradients agree, momentum works like a learning rate of $\eta / (1 - \beta)$, its *effective rate*. **With
# $\beta = 0.9$ that is ten times the rate.** Remember this factor. It explains most of what goes wrong when people
# compare optimisers.

# %% tags=["claim"]
pushes = -np.diff(path_push[:, 0])
claim("that is ten times the rate", bool(abs(pushes[-1] / 0.01 - 10) < 0.02))
claim("what is left is", bool(np.isclose(pushes[29], 0.01 * (1 - 0.9**30) / 0.1)))

# %% [markdown]
# ## Exercise 09.2: predict, then run
#
# A constant gradient of 3, learning rate $\eta = 0.02$, momentum $\beta = 0.8$, $m_0 = 0$. How long are the steps? Give
# positive lengths. Use a pencil and {eq}`eq-opt-geometric`; then run it with `walk`.

# %%
### BEGIN SOLUTION: a number: the length of the first step
first_step = 0.06
### END SOLUTION
### BEGIN SOLUTION: a number: the length of the second step
second_step = 0.108
### END SOLUTION
### BEGIN SOLUTION: a number: the length towards which the steps grow
last_step = 0.3
### END SOLUTION
### BEGIN SOLUTION: a number: the beta that lets the steps grow to 50 times the first
beta_for_50 = 0.98
### END SOLUTION

# %%
check("09.2")

# %% [markdown]
# ## A famous example that shows the opposite
#
# Momentum is often introduced on the simplest parabola, $L(x) = x^2$, from $x = 5$, with $\eta = 0.1$, $\beta = 0.9$
# and 50 steps; the conclusion is that it "minimises efficiently". Run it, and run plain gradient descent beside it,
# which such examples leave out.


# %%
def parabola_slope(x):
    return 2 * x


on_parabola = {"plain": walk(plain, 0, parabola_slope, 5.0, lr=0.1, steps=250)}
for beta in (0.3, 0.9):
    name = f"momentum {beta}"
    on_parabola[name] = walk(momentum(beta), 1, parabola_slope, 5.0, 0.1, 200)
for name, xs in on_parabola.items():
    print(f"{name:13} x after 50 steps: {xs[50]: .2e}")


# %% tags=["hide-input"]
def draw_parabola(walks, steps):
    """Two panels: x over the steps, and the loss x² on a logarithmic axis."""
    _, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.2))
    for (name, xs), color, dash in zip(
        walks.items(), (BLUE, GREEN, RED), ("-", "--", "-."), strict=False
    ):
        left.plot(xs[: steps + 1], color=color, linestyle=dash, label=name)
        right.plot(xs[: steps + 1] ** 2, color=color, linestyle=dash)
    left.axhline(0, color=INK, linewidth=0.8)
    left.set(xlabel="step t", ylabel="x")
    right.set(xlabel="step t", ylabel="loss x²", yscale="log")
    left.legend()


draw_parabola(on_parabola, 50)
plot.show(
    "Left: x over 50 steps. Plain descent and momentum 0.3 fall smoothly from 5 to 0"
    " within 20 steps; momentum 0.9 swings through 0 to −3.6 and back, again and "
    "again, with slowly shrinking swings. Right: the losses on a logarithmic axis: "
    "momentum 0.3 falls to 1e-20, plain descent to 1e-8, momentum 0.9 only to about "
    "0.02.",
    "The parabola x² from x = 5 with rate 0.1. Here a momentum of 0.9 is the worst "
    "of the three.",
)

# %% [markdown]
# After 50 steps momentum 0.9 stands at $x$ = −0.152. Plain gradient descent stands at 7.1e-5, more than 2000 times
# nearer. Momentum 0.3 is nearer still, at 1.2e-10. The ball rolls through the lowest point, up the other side, and
# back.
#
# So is momentum bad? The example is bad. A parabola with one parameter has no narrow valley, so there is nothing to
# repair: with $\eta = 0.5$ plain descent would arrive in one step. To see what momentum does we need two curvatures.
# But first let the parabola teach us how to choose $\beta$.

# %% tags=["claim"]
claim(
    "After 50 steps momentum 0.9 stands at $x$ = −0.152",
    50,
    0.9,
    on_parabola["momentum 0.9"][50],
)
claim("Plain gradient descent stands at 7.1e-5", on_parabola["plain"][50])
claim(
    "more than 2000 times nearer",
    bool(-on_parabola["momentum 0.9"][50] / on_parabola["plain"][50] > 2000),
)
claim("Momentum 0.3 is nearer still, at 1.2e-10", 0.3, on_parabola["momentum 0.3"][50])
one_jump = walk(plain, 0, parabola_slope, 5.0, lr=0.5, steps=1)[-1]
claim("plain descent would arrive in one step", bool(one_jump == 0))

# %% [markdown]
# ## How much momentum?
#
# Along one axis with curvature $\lambda$ the gradient at the distance $\Delta$ from the minimum is $\lambda \Delta$.
# Put it into {eq}`eq-opt-update`:
#
# ```{math}
# :label: eq-opt-recursion
# \Delta_t = (1 + \beta - \eta\lambda)\, \Delta_{t-1} - \beta\, \Delta_{t-2} .
# ```
#
# Each distance follows from the two before it. Try $\Delta_t = \rho^t$ with a number $\rho$ ("rho"), the factor by
# which one step shrinks the distance. Divide by $\rho^{t-2}$:
#
# ```{math}
# :label: eq-opt-roots
# \rho^2 - (1 + \beta - \eta\lambda)\, \rho + \beta = 0 .
# ```
#
# A quadratic equation has two roots, and their product is its last number, here $\beta$. Two cases:
#
# - **Both roots are real.** One is at least $\sqrt\beta$ in size, and this slower one decides. The walk creeps (or jumps).
# - **The roots are a complex pair.** They differ only in the sign of the imaginary part, so $\rho\,\bar\rho = |\rho|^2 = \beta$ and $|\rho| = \sqrt\beta$. The walk swings
#   like a pendulum, and each step shrinks the swing by $\sqrt\beta$, *whatever the curvature is*.
#
# The roots are complex when the discriminant is negative, $(1 + \beta - \eta\lambda)^2 < 4\beta$. Take the root on both
# sides:
#
# ```{math}
# :label: eq-opt-complex
# (1 - \sqrt\beta)^2 < \eta\lambda < (1 + \sqrt\beta)^2 .
# ```
#
# On the parabola $\eta\lambda = 0.1 \cdot 2 = 0.2$. With $\beta = 0.9$ that lies between 0.003 and 3.8: complex, so the
# factor is $\sqrt{0.9} = 0.949$ a step. Plain descent has $1 - 0.2 = 0.8$. With $\beta = 0.3$ the lower end is 0.205,
# just above 0.2: the roots are real and nearly equal, 0.5 and 0.6, and the larger decides.


# %%
def slowest_factor(eta_lambda, beta):
    """The larger |root|: how much of the distance one step leaves."""
    return max(abs(np.roots([1, -(1 + beta - eta_lambda), beta])))


for beta in (0.0, 0.3, 0.9):
    print(f"beta {beta}: factor {slowest_factor(0.2, beta):.3f} a step")

# %% tags=["claim"]
claim("that lies between 0.003 and 3.8", (1 - 0.9**0.5) ** 2, (1 + 0.9**0.5) ** 2)
claim("\\sqrt{0.9} = 0.949$ a step", 0.9, slowest_factor(0.2, 0.9))
claim("the lower end is 0.205, just above 0.2", (1 - 0.3**0.5) ** 2, 0.2)
claim("nearly equal, 0.5 and 0.6", *sorted(np.roots([1, -1.1, 0.3]).real))

# %% [markdown]
# Now the valley, with curvatures from $\lambda_{\min}$ to $\lambda_{\max}$. Let *all* axes swing with the smallest
# possible $\beta$. Then both ends of {eq}`eq-opt-complex` are just reached (there both roots have the size $\sqrt\beta$
# too):
#
# $$ \eta\, \lambda_{\min} = (1 - \sqrt\beta)^2 , \qquad \eta\, \lambda_{\max} = (1 + \sqrt\beta)^2 . $$
#
# Divide the second by the first and take the root: $\sqrt\kappa = (1 + \sqrt\beta) / (1 - \sqrt\beta)$. Solve for
# $\sqrt\beta$, and add the roots of both equations to find $\eta$:
#
# ```{math}
# :label: eq-opt-best
# \sqrt\beta = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1} , \qquad
# \eta = \frac{4}{\left( \sqrt{\lambda_{\min}} + \sqrt{\lambda_{\max}} \right)^2} .
# ```
#
# Compare the factor of plain descent from chapter 07, $(\kappa - 1) / (\kappa + 1)$. The formula is the same with
# $\sqrt\kappa$ in place of $\kappa$. **The best momentum turns a valley of condition number $\kappa$ into one of
# $\sqrt\kappa$.**

# %%
rows = []
for kappa in (1, 10, 50, 100, 1000):
    needed = [
        np.ceil(np.log(1e-3) / np.log((c - 1) / (c + 1))) if c > 1 else 1
        for c in (kappa, kappa**0.5)
    ]
    rows.append([kappa, int(needed[0]), int(needed[1]), (kappa**0.5 - 1) ** 2])
    rows[-1][-1] /= (kappa**0.5 + 1) ** 2
columns = ["κ", "plain, best η", "momentum, best η and β", "best β"]
valleys = pd.DataFrame(rows, columns=columns)
plot.table(
    valleys, "Steps until a thousandth of the distance is left, from the factors."
)

# %% [markdown]
# For $\kappa$ = 1000 it is 3454 steps against 110, with a momentum of 0.88. For $\kappa$ = 1 the best momentum is 0: a
# round bowl needs none. So the best $\beta$ depends on the shape of the valley, and "0.9" is a good guess for a
# condition number around 1000, not a law. The first row is why the famous example fails.

# %% tags=["claim"]
claim(
    "For $\\kappa$ = 1000 it is 3454 steps against 110, with a momentum of 0.88",
    *[valleys.iloc[4, k] for k in range(4)],
)
claim(
    "For $\\kappa$ = 1 the best momentum is 0", valleys.iloc[0, 0], valleys.iloc[0, 3]
)

# %%
best_lr, best_beta = 4 / (1 + 50**0.5) ** 2, ((50**0.5 - 1) / (50**0.5 + 1)) ** 2
path_push = walk(momentum(best_beta), 1, valley_slope, START, best_lr, 100)
push_left = np.linalg.norm(path_push, axis=1)
print(f"rate {best_lr:.3f}, beta {best_beta:.3f}")
print("left after 50 steps:", plain_left[50].round(3), push_left[50].round(6))

# %% tags=["hide-input"]
figure, panels = plt.subplots(2, 1, figsize=(6.6, 4.8), sharex=True)
draw_walk(panels[0], path_plain[:41], RED, "plain, η = 0.039")
draw_walk(panels[1], path_push[:41], BLUE, "momentum, η = 0.061, β = 0.566")
panels[1].set_xlabel("θ₁")
plot.show(
    "Two panels with the same valley. Above, plain descent jumps between the walls "
    "for 40 steps and stops short of the cross. Below, the first jumps of momentum "
    "are so wide that they leave the picture; then they shrink quickly, and the path "
    "ends in the cross.",
    "The same valley, 40 steps, each method with its best settings. Momentum takes "
    "wild first steps and still arrives first.",
)

# %% [markdown]
# After 50 steps plain descent is 1.38 away from the minimum, momentum 0.00015. *Both* have their best settings here.
# This is a comparison; the parabola with $\beta = 0.9$ was not.
#
# What it does not show: the formula needs the curvatures, which nobody knows for a network, and exact gradients. With
# the noisy gradients of mini-batches a longer memory also keeps more noise.

# %% tags=["claim"]
claim(
    "After 50 steps plain descent is 1.38 away from the minimum, momentum 0.00015",
    50,
    plain_left[50],
    push_left[50],
)

# %% [markdown]
# ## Nesterov: look ahead first
#
# Momentum computes the gradient where it stands, though it knows that it is going to move by $-\eta \beta\, m_{t-1}$ in
# any case. **Nesterov momentum** computes the gradient where that move will end {cite:p}`nesterov1983method`:
#
# $$ m_t = \beta\, m_{t-1} + \nabla L(\theta_{t-1} - \eta \beta\, m_{t-1}) , \qquad \theta_t = \theta_{t-1} - \eta\, m_t . $$
#
# It can brake before it is too far, not after. A library has the gradient at the current parameters only, so it stores
# the point ahead in place of $\theta$. Write $\psi_t = \theta_t - \eta\beta\, m_t$ for this point, with
# $g_t = \nabla L(\psi_{t-1})$:
#
# $$
# \begin{aligned}
# \psi_t &= \theta_{t-1} - \eta\, m_t - \eta\beta\, m_t
#   && \text{put in } \theta_t \\
# &= \psi_{t-1} + \eta\beta\, m_{t-1} - \eta\, m_t - \eta\beta\, m_t
#   && \text{put in } \theta_{t-1} = \psi_{t-1} + \eta\beta\, m_{t-1} \\
# &= \psi_{t-1} + \eta\, (m_t - g_t) - \eta\, m_t - \eta\beta\, m_t
#   && \text{since } \beta\, m_{t-1} = m_t - g_t \\
# &= \psi_{t-1} - \eta\, (g_t + \beta\, m_t) .
# \end{aligned}
# $$
#
# So in the code only the last line changes: the step is $g + \beta m$ in place of $m$. PyTorch does the same. The form
# with the look ahead is the one of {cite:t}`sutskever2013importance`.


# %%
def nesterov(beta):
    """The rule for `walk`: theta is the point ahead."""

    def rule(theta, m, g, lr, t):
        m = beta * m + g
        return theta - lr * (g + beta * m), m

    return rule


ahead = walk(nesterov(0.9), 1, parabola_slope, 5.0, lr=0.1, steps=50)
print(f"Nesterov 0.9 on the parabola after 50 steps: {ahead[50]:.1e}")

# %% [markdown]
# On the parabola, where momentum 0.9 ended at −0.152, Nesterov momentum 0.9 ends at −0.00024: the same memory, with
# brakes.

# %% tags=["claim"]
claim(
    "where momentum 0.9 ended at −0.152, Nesterov momentum 0.9 ends at −0.00024",
    0.9,
    on_parabola["momentum 0.9"][50],
    0.9,
    ahead[50],
)
# The two forms of Nesterov's rule are the same walk.
theta, m, walked = 5.0, 0.0, []
for _ in range(50):
    m = 0.9 * m + parabola_slope(theta - 0.09 * m)
    theta = theta - 0.1 * m
    walked.append(theta - 0.09 * m)
claim("the step is $g + \\beta m$", bool(np.allclose(walked, ahead[1:], atol=1e-12)))

# %% [markdown]
# ## AdaGrad: a rate for each parameter
#
# Momentum still has one learning rate for all parameters. The other family of methods gives each parameter its own. The
# reason is easy to see in text: the weight of a rare word gets a gradient only in the few batches that contain the
# word. When it gets one at last, it should move far.
#
# **AdaGrad** {cite:p}`duchi2011adaptive` keeps, for each parameter, the sum $v$ of all its squared gradients, and
# divides by the root. All operations go number by number:
#
# ```{math}
# :label: eq-opt-adagrad
# v_t = v_{t-1} + g_t^2 , \qquad \theta_t = \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{v_t} + \varepsilon} .
# ```
#
# The small number $\varepsilon$ ("epsilon", $10^{-10}$ here) prevents 0/0. Look at the first step: $v_1 = g_1^2$, so
# the step is $\eta\, g_1 / |g_1| = \pm\eta$. **The size of the gradient has gone; only its sign is left.** Parameters
# with large gradients and parameters with small ones move equally far.


# %%
def adagrad(theta, v, g, lr, t, eps=1e-10):
    """The rule for `walk`."""
    v = v + g * g
    return theta - lr * g / (np.sqrt(v) + eps), v


rare = 20  # the second parameter gets a gradient in every 20th step only
rows = []
for name, rule, copies, lr in (
    ("plain", plain, 0, 0.05),
    ("momentum 0.9", momentum(0.9), 1, 0.005),
    ("AdaGrad", adagrad, 1, 0.5),
):
    theta, memory = np.array([1.0, 1.0]), [np.zeros(2)] * copies
    for t in range(1, 201):
        theta, *memory = rule(theta, *memory, theta * [1, t % rare == 0], lr, t)
    rows.append([name, lr, *theta])
columns = ["rule", "rate η", "left of the usual one", "left of the rare one"]
rare_words = pd.DataFrame(rows, columns=columns)
plot.table(rare_words, "200 steps; both parameters begin 1 away from 0.", digits=5)

# %% [markdown]
# After 200 steps the rare parameter still has 0.599 of its distance with plain descent, and 0.629 with momentum at the
# same effective rate. You may read that momentum "handles sparse gradients". It does not: it has one rate for both
# parameters, and cannot know which is rare. AdaGrad leaves 0.003 of the distance. (What the table does not show: a
# larger rate would have helped the other two here. In a network the usual parameters forbid it.)

# %% tags=["claim"]
claim(
    "After 200 steps the rare parameter still has 0.599 of its distance with plain "
    "descent, and 0.629 with momentum",
    200,
    rare_words.iloc[0, 3],
    rare_words.iloc[1, 3],
)
claim("AdaGrad leaves 0.003 of the distance", rare_words.iloc[2, 3])

# %% [markdown]
# The price stands in the formula too. $v$ is a sum, so it only grows. With a constant gradient $g$ it is $t\,g^2$, and
# the step is $\eta / \sqrt t$: the method becomes slower and slower, whether it has arrived or not.
#
# ## RMSprop: forget the old squares
#
# The cure is to replace the sum by a *running mean*, which forgets. **RMSprop** {cite:p}`tieleman2012rmsprop` keeps
#
# ```{math}
# :label: eq-opt-rmsprop
# v_t = \beta\, v_{t-1} + (1 - \beta)\, g_t^2 , \qquad
# \theta_t = \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{v_t} + \varepsilon} .
# ```
#
# This is an {term}`exponential moving average`: the old mean counts $\beta$, the new square $1 - \beta$. The root of a
# mean of squares is called "root mean square", and this gave the method its name. (PyTorch calls this $\beta$ `alpha`,
# and its default is 0.99.)

# %% [markdown]
# ## Exercise 09.3: RMSprop
#
# Write one step of {eq}`eq-opt-rmsprop` for arrays of any shape. Return the new `theta` and the new `v`. Look where
# $\varepsilon$ stands: *after* the root.


# %%
def rmsprop_step(theta, v, g, lr, beta, eps):
    """The new (theta, v) after one step; g is the gradient at theta."""
    ### BEGIN SOLUTION: the new theta and the new v
    v = beta * v + (1 - beta) * g**2
    return theta - lr * g / (np.sqrt(v) + eps), v
    ### END SOLUTION


# %%
check("09.3")

# %% [markdown]
# ```{note}
# Many texts print $\sqrt{v + \varepsilon}$ and then run code with $\sqrt v + \varepsilon$. With $\varepsilon = 10^{-8}$ the difference looks
# unimportant. It is not when gradients are small: for $v = 0$ the first divides by $10^{-4}$ and the second by $10^{-8}$.
# PyTorch has $\sqrt v + \varepsilon$ in all rules of this chapter.
# ```
#
# The famous example again: $x^2$ from $x = 5$, now with RMSprop, $\eta = 0.1$, $\beta = 0.9$, 50 steps.

# %%
rmsprop_step = answer("09.3")


def rmsprop(theta, v, g, lr, t):
    return rmsprop_step(theta, v, g, lr, 0.9, 1e-8)


on_parabola["RMSprop 0.9"] = walk(rmsprop, 1, parabola_slope, 5.0, 0.1, 400)
after = on_parabola["RMSprop 0.9"]
print("after 50 steps:", after[50].round(4))
print("the last four of 400:", after[-4:].round(4))

# %% tags=["hide-input"]
shown = {k: on_parabola[k] for k in ("plain", "RMSprop 0.9")}
draw_parabola(shown, 250)
plot.show(
    "Left: x over 250 steps. Plain descent falls in a curve and is at 0 after 20 "
    "steps; RMSprop falls more slowly, reaches 0 after about 70 steps, and begins to "
    "jitter around it at about step 145. Right: the losses on a logarithmic axis. "
    "Plain descent falls in a straight line throughout; RMSprop falls to a very low "
    "value at about step 110, rises again, and stays at about 0.002.",
    "RMSprop on the parabola. It comes near the minimum, and then it is driven away "
    "from it.",
)

# %% [markdown]
# After 50 steps RMSprop stands at 0.497, where plain descent had 7.1e-5. The picture says why: far from the minimum the
# steps do not become longer with a large slope, as the size of the gradient has been divided away. It goes on at its
# own pace.
#
# And it does not stop. In the end it jumps between 0.05 and −0.05 for ever. Check that this must be so: if $x$ jumps
# between $+a$ and $-a$, each gradient is $\pm 2a$, so $v = 4a^2$, and each step is
# $\eta \cdot 2a / \sqrt{4a^2} = \eta$. The jump from $a$ to $-a$ is $2a$ long, so $a = \eta / 2$. **With a constant
# rate, RMSprop ends in a cycle of half the rate.** It needs a rate that falls; below you give it one.

# %% tags=["claim"]
claim("After 50 steps RMSprop stands at 0.497", 50, after[50])
claim("where plain descent had 7.1e-5", on_parabola["plain"][50])
claim("between 0.05 and −0.05", max(after[-2:]), min(after[-2:]))

# %% [markdown]
# ## Adam: both memories
#
# **Adam** {cite:p}`kingma2015adam` keeps two running means: $m$ of the gradients, as momentum does, and $v$ of their
# squares, as RMSprop does:
#
# ```{math}
# :label: eq-opt-adam-means
# m_t = \beta_1\, m_{t-1} + (1 - \beta_1)\, g_t , \qquad v_t = \beta_2\, v_{t-1} + (1 - \beta_2)\, g_t^2 .
# ```
#
# The usual values are $\beta_1 = 0.9$ and $\beta_2 = 0.999$. Both means begin at 0, and that is a problem: at first
# they are much too small. How much? Write out $m_t$ as we did with momentum:
#
# $$ m_t = (1 - \beta_1) \sum_{k=1}^{t} \beta_1^{t-k}\, g_k . $$
#
# Suppose that all gradients are near one value $g$. (If they are random with mean $g$, take the mean on both sides; the
# same follows.) Then the sum is $g$ times the geometric series of {eq}`eq-opt-geometric`:
#
# ```{math}
# :label: eq-opt-bias
# m_t = (1 - \beta_1)\, g \left( 1 + \beta_1 + \dots + \beta_1^{t-1} \right)
# = (1 - \beta_1)\, g\; \frac{1 - \beta_1^t}{1 - \beta_1} = (1 - \beta_1^t)\, g .
# ```
#
# So $m_t$ is too small by the factor $1 - \beta_1^t$. The weights in the running mean add up to this number and not to
# 1; the missing part, $\beta_1^t$, is the weight of the zero at the start. Divide by it, and do the same for $v$. This
# is the {term}`bias correction`:
#
# ```{math}
# :label: eq-opt-adam
# \hat m_t = \frac{m_t}{1 - \beta_1^t} , \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t} , \qquad
# \theta_t = \theta_{t-1} - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon} .
# ```

# %% [markdown]
# ## Exercise 09.4: Adam with bias correction
#
# Write one step of {eq}`eq-opt-adam-means` and {eq}`eq-opt-adam`. The first step has `t = 1`. Return the new `theta`,
# `m` and `v`; the means that you return are those **without** correction, because the next step goes on with them.


# %%
def adam_step(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    """The new (theta, m, v) after step number t = 1, 2, …; g is the gradient."""
    ### BEGIN SOLUTION: the new theta, m and v
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
    ### END SOLUTION


# %%
check("09.4")

# %% [markdown]
# What happens without the correction? For a constant gradient the corrected step is $\eta$. The uncorrected one is
#
# $$ \eta\, \frac{1 - \beta_1^t}{\sqrt{1 - \beta_2^t}} . $$
#
# Both means are too small. But $v$ has the longer memory and is too small for longer, and it stands in the denominator.
# So the uncorrected steps are too *long*.

# %%
adam_step = answer("09.4")

t = np.arange(1, 5001)
too_long = (1 - 0.9**t) / np.sqrt(1 - 0.999**t)
print(f"step 1: {too_long[0]:.2f}, step 1000: {too_long[999]:.2f}")
print(f"longest at step {t[too_long.argmax()]}: {too_long.max():.2f}")

# %% tags=["hide-input"]
plt.plot(t, too_long, color=RED, label="without correction")
plt.plot(t, np.ones_like(t), "--", color=BLUE, label="with correction")
plt.xscale("log")
plt.ylim(0, 7)
plt.xlabel("step t")
plt.ylabel("length of the step, in η")
plt.legend()
plot.show(
    "The length of Adam's step at a constant gradient over the number of the step, "
    "on a logarithmic axis. With correction it is 1 throughout. Without, it begins "
    "at 3.2, rises to 6.6 at about step 12, and comes down to 1 only after "
    "several thousand steps.",
    "Without bias correction the first steps are several times too long.",
)

# %% [markdown]
# Without correction the first step is 3.16 times too long, the longest 6.57 times (step 12), and even step 1000 is 1.26
# times too long. These are the steps in which a network is most easily thrown off.

# %% tags=["claim"]
claim(
    "the first step is 3.16 times too long, the longest 6.57 times (step 12), and "
    "even step 1000 is 1.26 times",
    too_long[0],
    too_long.max(),
    t[too_long.argmax()],
    1000,
    too_long[999],
)

# %% [markdown]
# ## Exercise 09.5: predict, then run
#
# A model has three parameters. In the **first** step their gradients are $1000$, $-0.001$ and $4$. The learning rate is
# $0.01$; take $\varepsilon$ as 0. Predict the *change* of each parameter (new minus old: mind the sign), as a list of
# three numbers, for Adam, for RMSprop with $\beta = 0.99$ (it has no bias correction), and for plain gradient descent.

# %%
### BEGIN SOLUTION: a list of three numbers
adam_change = [-0.01, 0.01, -0.01]
### END SOLUTION
### BEGIN SOLUTION: a list of three numbers
rmsprop_change = [-0.1, 0.1, -0.1]
### END SOLUTION
### BEGIN SOLUTION: a list of three numbers
plain_change = [-10.0, 0.00001, -0.04]
### END SOLUTION

# %%
check("09.5")

# %% [markdown]
# So Adam's learning rate is a *length*, in units of the parameter: about how far it moves a step. The learning rate of
# gradient descent is not; it is multiplied by the gradient. **The same number means different things to the two.** A
# comparison of optimisers "all with learning rate 0.01" compares nothing.

# %% [markdown]
# ## Are they the real ones?
#
# Six rules so far. Now walk 200 steps with each, and with its counterpart in `torch.optim`, through a bumpy landscape
# in five dimensions, in 64-bit numbers, and look at the largest difference on the way.

# %%
RULES = {
    "plain": (plain, 0),
    "momentum": (momentum(0.9), 1),
    "Nesterov": (nesterov(0.9), 1),
    "AdaGrad": (adagrad, 1),
    "RMSprop": (rmsprop, 1),
    "Adam": (adam_step, 2),
}
THEIRS = {
    "plain": lambda p: torch.optim.SGD(p, lr=0.02),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
    "Nesterov": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True),
    "AdaGrad": lambda p: torch.optim.Adagrad(p, lr=0.02),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.9),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.02),
}


def bumpy_slope(theta):
    """Of a bowl with waves on it."""
    return np.arange(1.0, 6.0) * theta + 2 * np.sin(3 * theta)


# %%
def their_walk(make, slope, start, steps):
    """The same walk by an optimiser of torch, and that optimiser."""
    theta = torch.tensor(start, requires_grad=True)
    optimizer, path = make([theta]), [np.array(start)]
    for _ in range(steps):
        theta.grad = torch.tensor(slope(path[-1]))
        optimizer.step()
        path.append(theta.detach().numpy().copy())
    return np.array(path), optimizer


start = np.random.default_rng(SEED).normal(size=5)
rows, apart = [], {}
for name, (rule, copies) in RULES.items():
    ours = walk(rule, copies, bumpy_slope, start, lr=0.02, steps=200)
    theirs, optimizer = their_walk(THEIRS[name], bumpy_slope, start, 200)
    apart[name] = np.abs(ours - theirs).max()
    kept = list(optimizer.state[optimizer.param_groups[0]["params"][0]].values())
    arrays = sum(torch.is_tensor(x) and x.shape == (5,) for x in kept)
    rows.append([name, bool(apart[name] < 1e-12), arrays])
columns = ["rule", "equal within 1e-12", "arrays in memory"]
memory_table = pd.DataFrame(rows, columns=columns)
plot.table(memory_table, "Our rules against torch.optim, 200 steps.")

# %% [markdown]
# All six walk the same way as PyTorch's, within $10^{-12}$ in every one of the 200 steps.
#
# The last column counts the arrays of the size of $\theta$ that torch keeps. **Adam keeps 2**: with the parameters and
# their gradient, a model of 1 GB of weights takes 4 GB while it trains with Adam, and 2 GB with plain descent
# (activations come on top). It is sometimes said that Adam needs little memory. It needs the most of these.

# %% tags=["claim"]
claim("All six walk the same way", bool(memory_table.iloc[:, 1].all()))
claim("in every one of the 200 steps", len(ours) - 1)
claim("Adam keeps 2", memory_table.iloc[5, 2])
claim("It needs the most of these", bool(memory_table.iloc[:5, 2].max() < 2))

# %% [markdown]
# ## The picture: six walks in one valley
#
# Now let all six walk through the valley, 100 steps each. Which rate? Each gets its own: the best of the same 17 rates,
# from 0.001 to 10, four for each factor of ten, judged by the distance from the minimum at the end.

# %%
RATES = 10.0 ** np.arange(-3, 1.01, 0.25)


def best_walks(hessian, start):
    """For each rule the walk of the best rate, and that rate: {name: (path, rate)}."""
    best = {}
    for name, (rule, copies) in RULES.items():
        with np.errstate(all="ignore"):  # too large a rate runs away: that is fine
            walks = [
                walk(rule, copies, lambda p: hessian @ p, start, lr, 100)
                for lr in RATES
            ]
            ends = np.linalg.norm([path[-1] for path in walks], axis=1)
        k = int(np.nanargmin(ends))
        best[name] = walks[k], RATES[k]
    return best


straight = best_walks(VALLEY, START)

# %% tags=["hide-input"]
figure, panels = plt.subplots(3, 2, figsize=(7.6, 6.0), sharex=True, sharey=True)
colors = (RED, BLUE, SKY, ORANGE, GREEN, PURPLE)
for ax, (name, (path, rate)), color in zip(
    panels.flat, straight.items(), colors, strict=True
):
    draw_walk(ax, path, color, f"{name}, η = {rate:.2g}")
    ax.set_ylabel("")
for ax in panels[:, 0]:
    ax.set_ylabel("θ₂")
for ax in panels[2]:
    ax.set_xlabel("θ₁")
plot.show(
    "Six panels with the same valley and 100 steps from a square at the right to the "
    "cross. Plain descent drops to the floor and creeps along it. Momentum zigzags, "
    "swings past the cross and comes back. Nesterov runs along the floor without much "
    "swing. AdaGrad jumps out of the picture and is on the axis of the cross after "
    "one step. RMSprop runs down in a short curve and along the floor. Adam swings "
    "around the cross in wide curves before it settles.",
    "Each rule with the best of the same 17 rates.",
)

# %% [markdown]
# The three methods that divide by $\sqrt v$ do not see the walls. In each direction the gradient is divided by its own
# size, so curvature 50 and curvature 1 become the same. AdaGrad with the rate 10 comes within $10^{-60}$: its first
# step is 10 long in each parameter, and the first one happens to begin exactly 10 away.
#
# Before you believe that, notice what was easy. **The valley lies along the axes.** These methods have one rate for
# each *parameter*, not for each direction. Turn the valley by 45 degrees, so that its floor is a mixture of both
# parameters.

# %%
half = 0.5**0.5
turn = np.array([[half, -half], [half, half]])  # by 45 degrees
turned = best_walks(turn @ VALLEY @ turn.T, turn @ START)
rows = [
    [name, *(np.linalg.norm(w[name][0][-1]) for w in (straight, turned))]
    for name in RULES
]
columns = ["rule", "left, along the axes", "left, turned by 45°"]
turned_table = pd.DataFrame(rows, columns=columns)
plot.table(
    turned_table, "Distance from the minimum after 100 steps, best rates.", digits=4
)

# %% [markdown]
# Plain descent, momentum and Nesterov do not notice the turn: 0.4022, 0.0115 and 0.0043 in both columns. AdaGrad falls
# from the best place to the worst, 0.7428. RMSprop is about where it was, and Adam is better than before, at 0.0019. A
# ranking of optimisers on one landscape is a fact about this landscape.

# %% tags=["claim"]
claim("within $10^{-60}$", bool(turned_table.iloc[3, 1] < 1e-60))
claim("AdaGrad with the rate 10", straight["AdaGrad"][1])
claim("0.4022, 0.0115 and 0.0043 in both columns", *turned_table.iloc[:3, 1])
claim("0.4022, 0.0115 and 0.0043 in both columns", *turned_table.iloc[:3, 2])
claim("to the worst, 0.7428", turned_table.iloc[3, 2])
claim("to the worst, 0.7428", bool(turned_table.iloc[:, 2].idxmax() == 3))
claim("is better than before, at 0.0019", turned_table.iloc[5, 2])

# %% [markdown]
# And the famous parabola, with Adam, $\eta = 0.1$, 50 steps: 0.901, the worst yet. Its steps are at most about 0.1
# long, and 50 of them had to cover the way from 5.

# %%
adam_walk = walk(adam_step, 2, parabola_slope, 5.0, lr=0.1, steps=400)
print(adam_walk[[50, 100, 200, 400]])

# %% tags=["claim"]
claim("50 steps: 0.901, the worst yet", 50, adam_walk[50])
claim("the worst yet", bool(adam_walk[50] > after[50]))
claim("at most about 0.1 long", bool(np.abs(np.diff(adam_walk)).max() < 0.11))

# %% [markdown]
# ## AdamW: weight decay is not an L2 penalty
#
# A common way to keep weights small is to add the penalty $\tfrac{\alpha}{2} \sum_j \theta_j^2$ to the loss, with a
# strength $\alpha$ ("alpha"). It is called an L2 penalty, and {doc}`chapter 11 <11_overfitting>` says what it is good
# for. Its gradient is $\alpha\, \theta$. In plain gradient descent
#
# $$ \theta_t = \theta_{t-1} - \eta\, (g_t + \alpha\, \theta_{t-1}) = (1 - \eta\alpha)\, \theta_{t-1} - \eta\, g_t . $$
#
# Each step shrinks every weight by the factor $1 - \eta\alpha$. This is why the penalty is also called
# {term}`weight decay`. For plain descent the two are the same thing.
#
# For Adam they are not. If $\alpha\,\theta$ is added to the gradient, it goes through $m$ and is divided by
# $\sqrt{\hat v}$. A weight whose gradients are large has a large $\hat v$, so it is decayed *little*. **AdamW**
# {cite:p}`loshchilov2019decoupled` decays the weight directly and leaves the means alone:
#
# ```{math}
# :label: eq-opt-adamw
# \theta_t = (1 - \eta\alpha)\, \theta_{t-1} - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon} .
# ```


# %%
def adamw(theta, m, v, g, lr, t, decay=0.01):
    """The rule for `walk`: decay first, then Adam's step."""
    return adam_step(theta * (1 - lr * decay), m, v, g, lr, t)


def adam_with_penalty(theta, m, v, g, lr, t, decay=0.01):
    """The penalty's gradient goes through both means."""
    return adam_step(theta, m, v, g + decay * theta, lr, t)


# Pure noise as gradients: two weights, the noise of one 100 times as large
noise = np.random.default_rng(SEED).normal(size=(5000, 200, 2)) * [10.0, 0.1]
kept = {}
for rule in (adam_with_penalty, adamw):
    theta, m, v = np.ones((200, 2)), np.zeros((200, 2)), np.zeros((200, 2))
    for t, g in enumerate(noise, start=1):
        theta, m, v = rule(theta, m, v, g, 0.001, t, decay=0.1)
    kept[rule.__name__] = theta.mean(axis=0)
    print(f"{rule.__name__:18} {kept[rule.__name__].round(3)}")

# %% [markdown]
# The gradients here are noise with mean 0, so only the decay can move a weight's mean; 200 pairs of weights start at 1.
# AdamW shrinks both weights alike, to about $e^{-0.5} = 0.61$, as $(1 - \eta\alpha)^{5000}$ says. With the penalty
# inside Adam, the weight with large gradients keeps 0.94, and the one with small gradients is pulled to 0.01.
#
# PyTorch's `Adam(weight_decay=…)` is the penalty inside Adam; `AdamW` is {eq}`eq-opt-adamw`. Use `AdamW` when you want
# weight decay.

# %% tags=["claim"]
claim("e^{-0.5} = 0.61", -0.5, (1 - 0.001 * 0.1) ** 5000)
claim("AdamW shrinks both weights alike", bool(np.ptp(kept["adamw"]) < 0.03))
claim("to about", bool(np.abs(kept["adamw"] - 0.61).max() < 0.03))
claim("the weight with large gradients keeps 0.94", kept["adam_with_penalty"][0])
claim("is pulled to 0.01", kept["adam_with_penalty"][1])
for rule, make in ((adamw, torch.optim.AdamW), (adam_with_penalty, torch.optim.Adam)):
    ours = walk(rule, 2, bumpy_slope, start, lr=0.02, steps=200)
    theirs, _ = their_walk(
        lambda p, make=make: make(p, lr=0.02, weight_decay=0.01),
        bumpy_slope,
        start,
        200,
    )
    claim("`AdamW` is", bool(np.abs(ours - theirs).max() < 1e-12))

# %% [markdown]
# ## Exercise 09.6: find the bugs
#
# A colleague has written AdamW. Two of the six marked lines are wrong. Which? Give their letters, and write the
# function correctly. It takes the list of all gradients and returns the final `theta`.
#
# ```python
# def run_adamw(theta, gradients, lr, decay, beta1=0.9, beta2=0.999, eps=1e-8):
#     m, v = np.zeros_like(theta), np.zeros_like(theta)
#     for t, g in enumerate(gradients, start=1):       # line a
#         g = g + decay * theta                        # line b
#         m = beta1 * m + (1 - beta1) * g              # line c
#         v = beta2 * v + (1 - beta2) * g**2           # line d
#         m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)   # line e
#         theta = theta - lr * m_hat / np.sqrt(v_hat + eps)       # line f
#     return theta
# ```

# %%
### BEGIN SOLUTION: a string with the two letters, such as "ac"
wrong_lines = "bf"
### END SOLUTION


def run_adamw(theta, gradients, lr, decay, beta1=0.9, beta2=0.999, eps=1e-8):
    """The parameters after one step for each gradient of the list."""
    ### BEGIN SOLUTION: the function without its two bugs
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, g in enumerate(gradients, start=1):
        theta = theta * (1 - lr * decay)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta
    ### END SOLUTION


# %%
check("09.6")

# %% [markdown]
# ## Schedules: a rate that changes
#
# Far away you want long steps, near the minimum short ones. RMSprop even *needs* a falling rate, as we saw. A
# {term}`schedule` gives the rate as a function of the step. Five are in common use; `nnlab.scratch.schedules` holds
# them, each equal to its counterpart in
# `torch.optim.lr_scheduler`.

# %%
from nnlab.scratch import schedules

steps = np.arange(1000)
curves = {
    "step decay": schedules.step_decay(steps, 0.1, every=250, factor=0.3),
    "exponential": schedules.exponential(steps, 0.1, factor=0.997),
    "cosine": schedules.cosine(steps, 0.1, steps=1000),
    "one cycle": schedules.one_cycle(steps, 0.1, steps=1000),
    "warm-up": schedules.warm_up(steps, 0.1, steps=100, start=0.01),
}

# %% tags=["hide-input"]
looks = ((GREY, "-"), (GREEN, "--"), (BLUE, "-"), (RED, "-."), (PURPLE, ":"))
for (name, rates), (color, dash) in zip(curves.items(), looks, strict=True):
    plt.plot(steps, rates, color=color, linestyle=dash, label=name)
plt.xlabel("step")
plt.ylabel("learning rate η")
plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
plot.show(
    "Five schedules over 1000 steps, each with a highest rate of 0.1. Step decay "
    "falls in four stairs. Exponential falls steeply at first and then flatter. "
    "Cosine stays high, falls in the middle and ends flat at 0. One cycle rises "
    "from 0.004 to 0.1 at step 300 and falls to 0. Warm-up rises in a line over the "
    "first 100 steps and stays at 0.1.",
    "Five schedules. Warm-up is a beginning; one of the others follows it.",
)

# %% [markdown]
# - **Step decay** and **exponential decay** multiply the rate by a factor, now and then or in every step.
# - **Cosine** follows half a wave of the cosine from the highest rate to 0 {cite:p}`loshchilov2017sgdr`. It needs to know the number of steps.
# - **One-cycle** rises first and then falls {cite:p}`smith2019super`.
# - **Warm-up** is the rise alone: the first steps, when the network is random and Adam's $v$ has seen few gradients, are kept
#   short {cite:p}`goyal2017accurate`.
#
# Give RMSprop the cosine, on the parabola where it ended in a cycle:

# %%
theta, v = 5.0, 0.0
for step in range(400):
    rate = schedules.cosine(step, 0.1, steps=400)
    theta, v = rmsprop_step(theta, v, parabola_slope(theta), rate, 0.9, 1e-8)
print(f"constant rate: |x| = {abs(after[400]):.3f};  cosine: |x| = {abs(theta):.1e}")

# %% [markdown]
# After 400 steps the constant rate leaves $|x|$ = 0.050, and the cosine less than 0.0001.

# %% tags=["claim"]
claim("After 400 steps the constant rate leaves $|x|$ = 0.050", 400, abs(after[400]))
claim("the cosine less than 0.0001", bool(abs(theta) < 1e-4))

# %% [markdown]
# ## Exercise 09.7: warm-up, then cosine
#
# The usual schedule of large models. Steps are counted from 0. In the first `warm` steps the rate rises in equal parts:
# it is
# `highest / warm` in step 0, twice that in step 1, and `highest` in step `warm - 1`. From step `warm` on it follows the cosine,
#
# $$ \frac{\text{highest}}{2} \left( 1 + \cos\!\left( \pi\, \frac{\text{step} - \text{warm}}{\text{steps} - \text{warm}} \right) \right) . $$
#
# `warm` may be 0: then there is only the cosine. Your function gets one step at a time, always below `steps`.


# %%
def warm_cosine(step, steps, warm, highest):
    """The learning rate in this step (0, 1, …, steps - 1)."""
    ### BEGIN SOLUTION: the learning rate
    if step < warm:
        return highest * (step + 1) / warm
    done = (step - warm) / (steps - warm)
    return highest * (1 + np.cos(np.pi * done)) / 2
    ### END SOLUTION


# %%
check("09.7")

# %% [markdown]
# ## A sweep with and without momentum
#
# Chapter 07 trained the network 1-80-20-1 on 800 points of a noisy curve, with six learning rates. A common experiment
# repeats this with momentum 0.9 and concludes that momentum improves the results for *all* rates. Here is that
# experiment: same data, same seed, same rates.

# %%
rng = np.random.default_rng(2024)
curve_x = np.linspace(0, 5, 1000)
curve_y = curve_x / 2 + np.sin(curve_x) * np.cos(2 * curve_x)
curve_y = curve_y + 0.3 * rng.normal(size=1000)
split = train_test_split(curve_x[:, None], curve_y, test_size=0.2, random_state=1)
raw_train, raw_test, y_train, y_test = split
scaler = StandardScaler().fit(raw_train)
x_train, x_test = scaler.transform(raw_train), scaler.transform(raw_test)

SWEEP = (1e-5, 0.005, 0.01, 0.05, 0.1, 0.5)


def curve_net(lr, beta):
    return MLPRegressor(
        hidden_layer_sizes=(80, 20), solver="sgd", learning_rate="constant",
        learning_rate_init=lr, momentum=beta, random_state=2024, max_iter=2000,
    )  # fmt: skip


# %%
rows = []
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the smallest rate is not ready in 2000 epochs
    for lr in SWEEP:
        nets = [curve_net(lr, beta).fit(x_train, y_train) for beta in (0.0, 0.9)]
        rows.append([f"{lr:g}", *(n.n_iter_ for n in nets), *(n.loss_ for n in nets)])
columns = ["rate η", "epochs, β = 0", "β = 0.9", "loss, β = 0", "loss, β = 0.9"]
sweep = pd.DataFrame(rows, columns=columns)
plot.table(sweep, "One network, one seed: the final training loss.", digits=4)

# %% [markdown]
# For five of the six rates the final loss is lower with momentum. For the rate 0.5 it goes from 0.1185 to 0.6761, which
# is the loss of always predicting the mean (0.6725): the network is dead. "For all rates" is wrong.
#
# And the *training* loss is not the aim. Ask 5-fold cross-validation ({doc}`chapter 01 <01_learning_from_data>`) at two
# good rates:

# %%
rows = []
for lr in (0.05, 0.1):
    for beta in (0.0, 0.9):
        pipe = make_pipeline(StandardScaler(), curve_net(lr, beta))
        scores = cross_val_score(
            pipe, raw_train, y_train, scoring="neg_mean_squared_error"
        )
        rows.append([lr, beta, -scores.mean(), scores.std(ddof=1)])
folds = pd.DataFrame(
    rows, columns=["rate η", "β", "mean squared error", "s.d. of the 5 folds"]
)
folds_shown = folds.astype({"rate η": str, "β": str})
plot.table(folds_shown, "5-fold cross-validation of four of the networks.", digits=4)

# %% tags=["claim"]
lower = sweep.iloc[:, 4] < sweep.iloc[:, 3]
claim("For five of the six rates the final loss is lower", bool(lower.sum() == 5))
claim(
    "For the rate 0.5 it goes from 0.1185 to 0.6761",
    0.5,
    sweep.iloc[5, 3],
    sweep.iloc[5, 4],
)
claim("predicting the mean (0.6725)", np.var(y_train) / 2)
by_fold = folds["mean squared error"]
claim(
    "At the rate 0.05 the error on points that were not trained on is 0.1162 without "
    "momentum and 0.1180 with it; at 0.1 it is 0.1131 and 0.1270",
    0.05,
    by_fold[0],
    by_fold[1],
    0.1,
    by_fold[2],
    by_fold[3],
)
claim(
    "the folds differ by 0.009 to 0.032", folds.iloc[:, 3].min(), folds.iloc[:, 3].max()
)
claim("where the training loss fell", bool(lower[3] and lower[4]))

# %% [markdown]
# At the rate 0.05 the error on points that were not trained on is 0.1162 without momentum and 0.1180 with it; at 0.1 it
# is 0.1131 and 0.1270. So where the training loss fell, the validation error rose. Does momentum make the result worse,
# then? Look at the last column: the folds differ by 0.009 to 0.032, more than the two means do. The sweep does not show
# that momentum is worse. It shows even less that it is better.
#
# One seed is an anecdote, and the runs were stopped at different times by scikit-learn's rule. So repeat it fairly:
# five seeds, 800 updates for everybody, and the loss at the end. Sixty networks are many, but small ones can be trained
# *at once*: stack their parameters in an array with one row for each network. Our rules work number by number, so they
# need no change at all.


# %%
def start_weights(sizes, seeds):
    """Random parameters (len(seeds), p): a row for each network."""
    nets = []
    for seed in seeds:
        rng, parts = np.random.default_rng(seed), []
        for n_in, n_out in pairwise(sizes):
            bound = (6 / (n_in + n_out)) ** 0.5  # as in scikit-learn
            parts.append(rng.uniform(-bound, bound, (n_in + 1) * n_out))
        nets.append(np.concatenate(parts))
    return np.array(nets, dtype=np.float32)


def forward(theta, x, sizes):
    """The activations of all layers, and the weights: x is (nets or 1, n, d)."""
    activations, layers, at = [x], [], 0
    for n_in, n_out in pairwise(sizes):
        size = (n_in + 1) * n_out
        w = theta[:, at : at + size].reshape(-1, n_in + 1, n_out)
        z = activations[-1] @ w[:, :-1] + w[:, -1:]  # the bias is the last row
        at += size
        activations.append(np.maximum(z, 0) if at < theta.shape[1] else z)
        layers.append(w)
    return activations, layers


# %%
def net_gradient(theta, x, y, sizes):
    """The gradient (nets, p) of half the mean squared error, by backpropagation."""
    activations, layers = forward(theta, x, sizes)
    back = (activations[-1] - y) / y.shape[-2]
    parts = []
    for a, w in zip(activations[-2::-1], layers[::-1], strict=True):
        pair = [np.swapaxes(a, 1, 2) @ back, back.sum(axis=1, keepdims=True)]
        parts.append(np.concatenate(pair, axis=1).reshape(len(theta), -1))
        back = back @ np.swapaxes(w[:, :-1], 1, 2) * (a > 0)
    return np.concatenate(parts[::-1], axis=1)


def constant(step, steps):
    return 1.0


def train_all(rule, copies, rates, seeds, x, y, sizes, epochs, batch, plan=constant):
    """Train a net for each pair of rate and seed; parameters (rates, seeds, p)."""
    theta = np.tile(start_weights(sizes, seeds), (len(rates), 1))
    lr = np.repeat(np.array(rates, np.float32), len(seeds))[:, None]
    memory = [np.zeros_like(theta) for _ in range(copies)]
    rngs, t = [np.random.default_rng([seed, 1]) for seed in seeds], 0
    steps = epochs * -(-len(x) // batch)
    for _ in range(epochs):
        orders = np.tile([rng.permutation(len(x)) for rng in rngs], (len(rates), 1))
        for at in range(0, len(x), batch):
            rows = orders[:, at : at + batch]
            g = net_gradient(theta, x[rows], y[rows], sizes)
            factor = np.float32(plan(t, steps))
            t += 1
            theta, *memory = rule(theta, *memory, g, lr * factor, t)
    return theta.reshape(len(rates), len(seeds), -1)


def squares(theta, x, y, sizes):
    """The squared error of each net on each sample: (rates, seeds, n)."""
    outputs = [forward(nets, x[None], sizes)[0][-1] for nets in theta]
    return (np.array(outputs)[..., 0] - y[:, 0]) ** 2


# %%
CURVE = (1, 80, 20, 1)
curve_in, curve_out = x_train.astype(np.float32), y_train[:, None].astype(np.float32)
fair = {}
for name in ("plain", "Nesterov"):  # scikit-learn's momentum is Nesterov's
    rule, copies = RULES[name]
    with np.errstate(all="ignore"):
        nets = train_all(
            rule, copies, SWEEP, range(5), curve_in, curve_out, CURVE, 200, 200
        )
    fair[name] = squares(nets, curve_in, curve_out, CURVE).mean(axis=2) / 2
sweep_5 = pd.DataFrame({"rate η": [f"{lr:g}" for lr in SWEEP]})
for name, losses in fair.items():
    sweep_5[f"{name}, mean"] = losses.mean(axis=1)
    sweep_5[f"{name}, s.d."] = losses.std(axis=1, ddof=1)
plot.table(sweep_5, "Loss after 800 updates: mean and s.d. of 5 seeds.", digits=4)

# %% tags=["hide-input"]
figure, panels = plt.subplots(1, 2, figsize=(7.6, 3.3), sharey=True)
for (name, losses), color, mark, factor in zip(
    fair.items(), (RED, BLUE), ("o", "s"), (1, 10), strict=True
):
    for ax, scale in zip(panels, (1, factor), strict=True):
        rates = np.array(SWEEP[1:]) * scale
        mean, spread = losses[1:].mean(axis=1), losses[1:].std(axis=1, ddof=1)
        label = {"plain": "β = 0", "Nesterov": "β = 0.9"}[name]
        ax.errorbar(
            rates, mean, spread, fmt=f"{mark}-", color=color, label=label, capsize=3
        )
panels[0].set(xscale="log", yscale="log", xlabel="rate η", ylabel="training loss")
panels[1].set(xscale="log", xlabel="effective rate η / (1 − β)")
panels[0].legend()
plot.show(
    "Training loss after 800 updates with error bars over five seeds. Left, over the "
    "learning rate: the curve with momentum lies below the one without up to 0.1 and "
    "jumps up to 0.67 at 0.5. Right, over the effective rate: both curves lie nearly "
    "on one line, from 0.09 at 0.005 down to 0.055 at 0.1; at 0.5 plain descent turns "
    "up, and momentum stays at 0.05 up to 1 and fails at 5.",
    "The same ten numbers twice. Momentum 0.9 is, here, above all ten times the rate.",
)

# %% [markdown]
# Now the picture is clear. **At the same rate**, momentum is far ahead: 0.0595 against 0.0852 at 0.01. At 0.5 all five
# networks with momentum are dead (0.675), and the plain ones are at 0.069 with a large spread.
#
# **At the same effective rate** $\eta / (1 - \beta)$, the two curves nearly fall together up to 0.1: 0.0721 against
# 0.0674 at 0.05, 0.0595 against 0.0551 at 0.1. There momentum is even a little behind, because it has to gather speed
# first. A gain is left at the right end: at the effective rate 0.5 momentum has 0.0495 ± 0.0025, and plain descent
# 0.0685 ± 0.0216. So momentum *allows* larger effective steps than plain descent, and this is what the theory of the
# valley promised.
#
# What you must not conclude: that 0.9 is right, or that this holds for other networks. And who compares "with" and
# "without" at one rate has compared 0.01 with 0.1.

# %% tags=["claim"]
bare, pushed = fair["plain"].mean(axis=1), fair["Nesterov"].mean(axis=1)
claim("0.0595 against 0.0852 at 0.01", pushed[2], bare[2], 0.01)
claim("momentum are dead (0.675)", pushed[5])
claim("all five networks", bool((fair["Nesterov"][5] > 0.66).all()))
claim("the plain ones are at 0.069 with a large spread", bare[5])
claim("0.0721 against 0.0674 at 0.05", pushed[1], bare[3], 0.05)
claim("0.0595 against 0.0551 at 0.1", pushed[2], bare[4], 0.1)
claim(
    "at the effective rate 0.5 momentum has 0.0495 ± 0.0025, and plain descent "
    "0.0685 ± 0.0216",
    0.5,
    pushed[3],
    fair["Nesterov"][3].std(ddof=1),
    bare[5],
    fair["plain"][5].std(ddof=1),
)

# %% [markdown]
# ## An honest comparison on real data
#
# Now the question of the beginning, on data that nobody made up: 20 640 districts of California, eight features, and
# the median price of a house in units of 100 000 dollars {cite:p}`pace1997sparse`. We take 2000 districts for training,
# 2000 to choose the rate (validation), and 5000 that are touched once, at the end. The network is 8-32-1 with ReLU;
# 1000 updates with batches of 50.

# %%
homes = data.load("california_housing")
rows = np.random.default_rng(SEED).permutation(len(homes))
parts = np.split(rows[:9000], [2000, 4000])  # training, validation, test
features = homes.drop(columns="MedHouseVal").to_numpy()
price = homes[["MedHouseVal"]].to_numpy(dtype=np.float32)
mean, std = features[parts[0]].mean(axis=0), features[parts[0]].std(axis=0)
features = np.clip((features - mean) / std, -3, 3).astype(np.float32)  # tame outliers
(x_fit, y_fit), (x_val, y_val), (x_new, y_new) = (
    (features[part], price[part]) for part in parts
)
line = np.column_stack([x_fit, np.ones(2000)])
line = np.linalg.lstsq(line, y_fit, rcond=None)[0]
mean_error = np.mean((y_new - y_fit.mean()) ** 2)
line_error = np.mean((np.column_stack([x_new, np.ones(5000)]) @ line - y_new) ** 2)
print(f"baselines on the test set: mean {mean_error:.3f}, linear {line_error:.3f}")

# %% [markdown]
# The rules of the game:
#
# 1. Every optimiser gets the same ten rates, from 0.0001 to about 3, and chooses by the mean validation error of three seeds.
# 2. Then it trains with its best rate and **ten new seeds**, and these networks are measured on the test set.
# 3. The same number of updates for all.

# %%
HOUSE, GRID = (8, 32, 1), 10.0 ** np.arange(-4, 0.6, 0.5)
RULES["AdamW"] = (adamw, 2)


def tune_and_test(name, plan=constant):
    """Validation error by rate, the best rate, test squares of new seeds (10, n)."""
    rule, copies = RULES[name]
    work = (x_fit, y_fit, HOUSE, 25, 50, plan)
    with np.errstate(all="ignore"):
        nets = train_all(rule, copies, GRID, range(3), *work)
        by_rate = squares(nets, x_val, y_val, HOUSE).mean(axis=(1, 2))
    best = GRID[np.nanargmin(by_rate)]
    nets = train_all(rule, copies, [best], range(100, 110), *work)
    return by_rate, best, squares(nets, x_new, y_new, HOUSE)[0]


flat = {name: tune_and_test(name) for name in RULES}

# %% tags=["hide-input"]
colors = (RED, BLUE, SKY, ORANGE, GREEN, PURPLE, INK)
looks = zip(flat.items(), colors, "osDv^P*", strict=True)
for (name, (by_rate, _, _)), color, mark in looks:
    shown = np.where(by_rate < 1.5, by_rate, np.nan)
    plt.plot(GRID, shown, f"{mark}-", color=color, label=name, markersize=5)
plt.axhline(line_error, color=GREY, linestyle="--", linewidth=1)
plt.xscale("log")
plt.ylim(0.3, 1.0)
plt.xlabel("learning rate η")
plt.ylabel("validation error (mean squared)")
plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
plot.show(
    "Validation error over the learning rate for seven optimisers, each a valley: "
    "Adam, AdamW and RMSprop are best from 0.003 to 0.01, momentum and Nesterov at "
    "0.03, plain descent at 0.1, AdaGrad from 0.1 to 0.3. The lowest points all lie "
    "between 0.32 and 0.34, well below the dashed line of linear regression.",
    "Each optimiser has its own valley of good rates. The lowest points hardly "
    "differ; the rates at which they lie differ by a factor of about 30.",
)


# %%
def mean_and_spread(test):
    """Over the ten seeds: mean and standard deviation of the test error."""
    per_seed = test.mean(axis=1)
    return float(per_seed.mean()), float(per_seed.std(ddof=1))


rows = [
    [name, f"{best:.2g}", np.nanmin(by_rate), *mean_and_spread(test)]
    for name, (by_rate, best, test) in flat.items()
]
columns = ["optimiser", "best rate", "validation", "test, mean", "test, s.d."]
result = pd.DataFrame(rows, columns=columns).set_index("optimiser")
plot.table(result, "Mean squared error; test: ten new seeds, 5000 districts.", digits=4)

# %% [markdown]
# All seven beat linear regression (0.475) by far, and all seven lie close together: from 0.378 (AdaGrad) to 0.395
# (plain descent). The seeds of one optimiser spread by 0.005 to 0.008. Once each has its own rate, **the choice of the
# optimiser changes the error by 5 %; the choice of the rate changes it by any amount.** With the rate 0.001 for
# everybody, Adam would have had 0.35 on the validation set and plain descent 0.60, and you would have read that Adam is
# much better. With 0.1 it would have been the other way round.
#
# Adam comes out near the end of this table. A surprise? Think of what the rates do. All of them are constant here,
# except one: AdaGrad's shrinks by itself. Does the winner owe its place to that? There is a test for this guess: give a
# falling rate to the others as well.

# %% tags=["claim"]
claim("beat linear regression (0.475)", line_error)
claim("beat linear regression", bool((result["test, mean"] < 0.85 * line_error).all()))
claim(
    "from 0.378 (AdaGrad) to 0.395 (plain descent)",
    result["test, mean"].min(),
    result["test, mean"].max(),
)
claim("from 0.378 (AdaGrad)", bool(result["test, mean"].idxmin() == "AdaGrad"))
spreads = result["test, s.d."]
claim("spread by 0.005 to 0.008", spreads.min(), spreads.max())
low, high = result["test, mean"].min(), result["test, mean"].max()
claim("changes the error by 5 %", 100 * (high / low - 1))
claim(
    "With the rate 0.001 for everybody, Adam would have had 0.35 on the validation set "
    "and plain descent 0.60",
    GRID[2],
    flat["Adam"][0][2],
    flat["plain"][0][2],
)
claim("the other way round", bool(flat["Adam"][0][6] > flat["plain"][0][6]))

# %%
warm_cosine = answer("09.7")


def cosine(step, steps):
    return schedules.cosine(step, 1.0, steps)


def warm_then_cosine(step, steps):
    return warm_cosine(step, steps, steps // 10, 1.0)


planned = {}
for name in ("plain", "Nesterov", "AdaGrad", "Adam"):
    falling = [tune_and_test(name, plan)[2] for plan in (cosine, warm_then_cosine)]
    planned[name] = [flat[name][2], *falling]
shown = {
    name: ["{:.4f} ± {:.4f}".format(*mean_and_spread(test)) for test in tests]
    for name, tests in planned.items()
}
columns = ["constant", "cosine", "warm-up, cosine"]
plans = pd.DataFrame.from_dict(shown, orient="index", columns=columns)
plans.index.name = "optimiser"
plot.table(plans, "Test error, mean ± s.d. of ten seeds; each with its own best rate.")

# %% tags=["hide-input"]
looks = zip(planned.items(), (RED, SKY, ORANGE, PURPLE), "oDv^", strict=True)
for n, ((name, tests), color, mark) in enumerate(looks):
    mean, spread = np.array([mean_and_spread(test) for test in tests]).T
    place = np.arange(3) + 0.1 * (n - 1.5)
    plt.errorbar(place, mean, spread, fmt=mark, color=color, label=name, capsize=3)
plt.xticks(range(3), columns)
plt.ylabel("test error (mean squared)")
plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
plot.show(
    "Test errors of plain descent, Nesterov, AdaGrad and Adam with error bars, under "
    "three schedules. With a constant rate AdaGrad is lowest at 0.378 and plain "
    "descent and Adam highest. With the cosine all are lower; Nesterov and Adam are "
    "now lowest at 0.368, and plain descent is highest at 0.381. Warm-up changes "
    "little.",
    "Mean and standard deviation of ten seeds. The schedule changes the order.",
)

# %% [markdown]
# The guess was right. With the cosine Adam goes from 0.3926 to 0.3679 and Nesterov momentum from 0.3841 to 0.3685,
# while AdaGrad, whose rate fell anyway, gains little. Adam was one of the last and is now one of the first. **The
# schedule did more than the optimiser.** Warm-up adds nothing here; its place is in deep networks and large batches.
#
# How sure is this? Each pair of optimisers was tested on the same 5000 districts, so compare district by district:
# average the squared errors over the ten seeds, subtract, and look at the standard error of the mean difference.

# %%
differences = {}
for first, second, plan in (
    ("plain", "Adam", 1),
    ("AdaGrad", "Adam", 1),
    ("Nesterov", "Adam", 1),
):
    pair = [planned[name][plan].mean(axis=0) for name in (first, second)]
    gap = pair[0] - pair[1]  # one number for each district
    differences[first] = gap.mean(), gap.std(ddof=1) / gap.size**0.5
    print("{} − {}: {:.4f} ± {:.4f}".format(first, second, *differences[first]))

# %% [markdown]
# Plain descent is behind Adam by 0.0132 ± 0.0022: six standard errors, a real difference. AdaGrad is behind by 0.0056 ±
# 0.0012, and Nesterov momentum by 0.0006 ± 0.0010, which is nothing. And this counts only the luck of the districts.
# The luck of the seeds comes on top: a spread of 0.007 over ten seeds leaves $0.007 / \sqrt{10}$ = 0.002 in each mean.
# So with AdaGrad one should not be sure.
#
# What it does not show: this is one small network on one data set with 1000 updates.

# %% tags=["claim"]
claim(
    "Plain descent is behind Adam by 0.0132 ± 0.0022: six standard errors",
    *differences["plain"],
)
claim("AdaGrad is behind by 0.0056 ± 0.0012", *differences["AdaGrad"])
claim("Nesterov momentum by 0.0006 ± 0.0010", *differences["Nesterov"])
claim("0.007 / \\sqrt{10}$ = 0.002", 0.007, 10, 0.007 / 10**0.5)
adam_means = [mean_and_spread(test) for test in planned["Adam"]]
claim(
    "With the cosine Adam goes from 0.3926 to 0.3679 and Nesterov momentum from 0.3841 "
    "to 0.3685",
    adam_means[0][0],
    adam_means[1][0],
    mean_and_spread(planned["Nesterov"][0])[0],
    mean_and_spread(planned["Nesterov"][1])[0],
)
gains = {n: t[0].mean() - t[1].mean() for n, t in planned.items()}
claim("gains little", bool(gains["AdaGrad"] < 0.005 < 0.013 < gains["plain"]))

# %% [markdown]
# ## Which one, then?
#
# - Start with **Adam or AdamW** and a schedule that falls to 0. Not because they win, but because a good rate for them is easy to find:
#   0.001 to 0.003 is rarely far off, since it is a length and does not depend on the scale of the loss.
# - **SGD with momentum** and a tuned falling rate is often as good, and it keeps one array fewer. It needs a more careful
#   search for the rate.
# - Spend your effort in this order: the learning rate, the schedule, and only then the optimiser. Large careful
#   comparisons find the same {cite:p}`schmidt2021descending`: no optimiser wins on all tasks, and tuning one well does about as much as
#   trying several.
# - When you read "A is better than B", ask: how was the rate of each chosen? How many seeds? On which data was the choice made?

# %%
progress()

# %% [markdown]
# ## Recap
#
# - Momentum adds a fraction $\beta$ of the previous **update**. Where gradients agree it works like the rate $\eta / (1 - \beta)$; where
#   they alternate it cancels them. Its best value depends on the valley: 0 for a round one.
# - With the best $\eta$ and $\beta$ a valley of condition number $\kappa$ costs as many steps as one of $\sqrt\kappa$ without momentum.
# - Nesterov's form takes the gradient at the point ahead, and so brakes in time.
# - AdaGrad, RMSprop and Adam divide each gradient by its usual size, number by number. A turn of the valley changes their walk. Their rate is
#   a length. RMSprop with a constant rate ends in a cycle of $\pm\eta/2$.
# - Adam's means begin at 0. Dividing by $1 - \beta^t$ corrects this exactly for a constant gradient; without it the first steps are
#   3 to 7 times too long. Adam keeps two arrays in memory.
# - Weight decay and an L2 penalty are the same in plain descent, and not in Adam. AdamW is the one that decays.
# - Compare optimisers only with a rate tuned for each, several seeds, and error bars. The schedule may matter more.
#
# Even the best optimiser needs a gradient that arrives. In deep networks it often does not.
# {doc}`Chapter 10 <10_signals_in_deep_nets>` follows the signal on its way through the layers.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: Gradients are constant and $\beta = 0.95$. How many times as long as the first step do the steps of momentum become?
#   number: 20
#   why: "$1 / (1 - 0.95) = 20$. So a rate that was good without momentum is now 20 times too large."
# - question: What does momentum add to the new gradient?
#   options:
#     - wrong: a fraction of the previous gradient
#       why: Then the memory would be one step long. The previous update contains all earlier gradients.
#     - right: a fraction of the previous update
#       why: Yes. Since this update contains the one before it, every earlier gradient is still in there, with weight $\beta^k$.
#     - wrong: a fraction of the previous weights
#       why: That would pull the weights away from 0. A fraction taken off the weights is weight decay.
# - question: The first gradient of a weight is 500, and Adam has the learning rate 0.002. How far does the weight move in the first step?
#   number: 0.002
#   tolerance: 0.00001
#   why: "At $t = 1$ the corrected means are $g$ and $g^2$, so the step is $\\eta\\, g / |g|$: the learning rate itself."
# - question: Which of these are true of Adam, compared with plain gradient descent?
#   options:
#     - right: It keeps two more arrays of the size of the parameters
#       why: The running means of the gradients and of their squares.
#     - wrong: It finds the minimum of every quadratic valley faster
#       why: On the parabola from $x = 5$ it was far behind after 50 steps. It depends on the valley and on the rate.
#     - right: Its learning rate does not have to change when the loss is multiplied by 10
#       why: The factor 10 is in $\hat m$ and in $\sqrt{\hat v}$, and cancels.
#     - wrong: It needs no schedule, since it adapts its rate
#       why: In our comparison the cosine brought Adam from one of the last places to one of the first.
# - question: Somebody trains with SGD and with Adam, both with learning rate 0.001 and one seed, and Adam has the lower loss. What follows?
#   options:
#     - wrong: Adam is better for this task
#       why: The rate 0.001 is near Adam's best and far from that of SGD. The two were not treated alike.
#     - wrong: Adam is better, but one should repeat it with more seeds
#       why: More seeds make the number more certain, but it is still the answer to a question about the rate 0.001.
#     - right: Nothing about the optimisers; tune the rate of each first
#       why: The same number means different things to the two. Compare each at its own best rate, with several seeds.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`goh2017momentum` lets you play with momentum on a quadratic, with the roots of {eq}`eq-opt-roots` in pictures.
# - {cite:t}`sutskever2013importance` shows what momentum, Nesterov's form and a good start do for deep networks.
# - {cite:t}`kingma2015adam` is the paper of Adam; its section 3 is the bias correction.
# - {cite:t}`loshchilov2019decoupled` explains the difference between weight decay and the L2 penalty, which made AdamW.
# - {cite:t}`schmidt2021descending` compare fifteen optimisers with more than 50 000 runs.
