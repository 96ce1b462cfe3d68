# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # The perceptron
#
# A lamp has two switches and shines only when both are on. You show a machine the four possible cases, one after the
# other, and tell it each time whether it was right. **Can it find the rule by itself, from its mistakes alone?**
#
# Yes, with one neuron and one line of arithmetic. In this chapter you choose such numbers by hand, then you write the
# learning rule, and you prove that it must succeed whenever success is possible. Then you meet four points for which it
# never stops, and the way out, which is a second layer.
#
# You need a little Python, and vectors, their length and the dot product
# ({doc}`chapter 02 <02_regression_as_a_network>`).

# %% tags=["parameters"]
SEED = 0
FAST = False
DEVICE = None

# %%
import pandas as pd
import numpy as np
import matplotlib.pyplot as plt

from nnlab import answer, check, hint, mlp_draw, plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREEN, PURPLE, GREY, INK = (
    plot.PALETTE[name] for name in ("blue", "orange", "green", "purple", "grey", "ink")
)

# %% [markdown]
# ## Two switches as data
#
# Write 1 for a switch that is on and 0 for one that is off. The four cases are four points of the plane, one row each,
# and the lamp's rule gives each a class, 0 or 1. The rule "both are on" is called AND. Three more rules of the same
# kind will be useful: OR ("at least one is on"), NAND ("not both") and XOR ("exactly one").

# %%
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
rules = {
    "AND": np.array([0, 0, 0, 1]),
    "OR": np.array([0, 1, 1, 1]),
    "NAND": np.array([1, 1, 1, 0]),
    "XOR": np.array([0, 1, 1, 0]),
}
truth = pd.DataFrame({"x₁": X[:, 0], "x₂": X[:, 1], **rules})
plot.table(truth, "Four rules for two switches: the class of each case.")

# %% [markdown]
# ## A neuron that decides
#
# A neuron forms a weighted sum of its inputs and adds a bias. A {term}`perceptron` {cite:p}`rosenblatt1958perceptron`
# is a neuron that then only asks on which side of 0 the sum lies:
#
# ```{math}
# :label: eq-perceptron
# z = w_1 x_1 + w_2 x_2 + b, \qquad
# \hat y = \begin{cases} 1 & \text{if } z \ge 0 \\ 0 & \text{if } z < 0 . \end{cases}
# ```
#
# The **weights** $w_1, w_2$ say how strongly each switch speaks for class 1, and in which direction. The **bias** $b$
# says how easily the neuron says 1 when nobody speaks. The function that turns $z$ into 0 or 1 is called the
# {term}`step function`. At $z = 0$ exactly somebody has to choose: in this chapter 0 counts as class 1.
#
# For AND, the numbers $w = (1, 1)$ and $b = -1.5$ will do:


# %%
def step(z):
    """1 where z is 0 or more, else 0; any shape."""
    return np.where(z >= 0, 1, 0)


w, b = np.array([1.0, 1.0]), -1.5
for x, y in zip(X, rules["AND"], strict=True):
    z = w @ x + b
    print(f"x = {x}   z = {z:4.1f}   prediction {step(z)}   AND {y}")


# %%
def panel(ax, w, b, y, title):
    """The half-planes of one neuron, and the four cases with their classes."""
    plot.decision_boundary(lambda P: P @ np.asarray(w) + b, X, y, ax=ax)
    ax.set(title=title, xticks=[0, 1], yticks=[0, 1], aspect="equal")
    ax.get_legend().remove()


# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(4.4, 3.4))
panel(ax, w, b, rules["AND"], "AND")
ax.annotate(
    "", (0.95, 0.95), (0.75, 0.75), arrowprops={"arrowstyle": "->", "color": INK}
)
ax.text(0.66, 0.93, "$w$", color=INK)
ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
plot.show(
    "The four corners of a square. A slanted line cuts off the corner (1, 1), which is "
    "of class 1, from the other three corners, which are of class 0. A short arrow, w, "
    "stands at a right angle to the line and points to the corner (1, 1).",
    "A perceptron for AND. The line is where z = 0, and w is at a right angle to it.",
)

# %% [markdown]
# The places where $z = 0$ form a straight line, the {term}`decision boundary`. The vector $w$ stands at a right angle
# to it and points to the side of class 1. A larger $b$ moves the line against the arrow, so that more of the plane
# becomes class 1.
#
# Do not conclude that *these* numbers are special: every line between the corner and the other three does the same, and
# $w = (2, 2)$ with $b = -3$ is even the same line.

# %% tags=["claim"]
from nnlab import claim

and_right = bool((step(X @ w + b) == rules["AND"]).all())
claim("For AND, the numbers $w = (1, 1)$ and $b = -1.5$ will do", and_right)
claim(
    "$w = (2, 2)$ with $b = -3$ is even the same line",
    bool(np.allclose(X @ np.array([2, 2]) - 3, 2 * (X @ w + b))),
)

# %% [markdown]
# ## Exercise 04.1: NAND by hand
#
# Find weights and a bias for NAND: 1 for the first three cases, 0 for the last. Give three numbers, `(w1, w2, b)`.
# There are many right answers. Remember that $z = 0$ counts as class 1.

# %%
### BEGIN SOLUTION: three numbers (w1, w2, b) of a neuron that computes NAND
nand = (-1.0, -1.0, 1.5)
### END SOLUTION

# %%
hint("04.1")  # run it again for the next hint

# %%
check("04.1")

# %% [markdown]
# ## Learning from mistakes
#
# Now the machine is to find such numbers. Rosenblatt's rule looks at **one case at a time** and acts only on a mistake:
#
# ```{math}
# :label: eq-perceptron-rule
# w \leftarrow w + \eta \, (y - \hat y) \, x, \qquad b \leftarrow b + \eta \, (y - \hat y) .
# ```
#
# The number $y - \hat y$ is $+1$, $-1$ or $0$. Read the three cases in words:
#
# - The class is 1 and the neuron said 0: *add* the input to the weights. For this input, $z$ becomes larger.
# - The class is 0 and the neuron said 1: *subtract* the input. For this input, $z$ becomes smaller.
# - The neuron was right: nothing changes.
#
# How much larger? Put the new weights into $z$. After a mistake on class 1 the sum for the same $x$ is
#
# $$ (w + \eta x) \cdot x + (b + \eta) = z + \eta \, (\lVert x \rVert^2 + 1) , $$
#
# where $\lVert x \rVert^2 = x_1^2 + x_2^2$ is the squared length of $x$. The bracket is at least 1, so the step always
# goes the right way *for this case*. It may spoil another case. Why the whole still comes to an end is not obvious, and
# is proved below.

# %% [markdown]
# ## Exercise 04.2: One step of Rosenblatt's rule
#
# Write `update(w, b, x, y, lr)`: predict with {eq}`eq-perceptron`, then apply {eq}`eq-perceptron-rule`. `w` and `x`
# have the same shape `(d,)`, where $d$ is the number of inputs; `y` is 0 or 1. Return the new pair `w, b`. In code the
# learning rate $\eta$ ("eta") is called `lr`.


# %%
def update(w, b, x, y, lr):
    """One step on one case; return the new w, shape (d,), and the new b, a number."""
    ### BEGIN SOLUTION: predict 0 or 1, then move w and b by lr * (y - prediction)
    y_hat = 1 if w @ x + b >= 0 else 0
    w = w + lr * (y - y_hat) * x
    b = b + lr * (y - y_hat)
    return w, b
    ### END SOLUTION


# %%
check("04.2")

# %% [markdown]
# ## Exercise 04.3: Train until there is no mistake
#
# One pass over all cases is an {term}`epoch`. Write `train(X, y, lr, epochs)`:
#
# - start with all weights and the bias at 0;
# - go through the rows of `X` in their order, and apply the rule to each, **one after the other**: a mistake on the first
#   case already changes the weights that the second case meets;
# - count the mistakes of each epoch, and stop after the first epoch without one, or after `epochs` epochs;
# - return `w, b, mistakes`, where `mistakes` is the list of these counts. Its last entry is 0 when you stopped early.


# %%
def train(X, y, lr, epochs):
    """X of shape (n, d), y (n,) of 0 and 1. Return w (d,), b, and the list mistakes."""
    ### BEGIN SOLUTION: epochs of single steps, with the mistakes of each epoch counted
    w, b = np.zeros(X.shape[1]), 0.0
    mistakes = []
    for _ in range(epochs):
        wrong = 0
        for x, target in zip(X, y, strict=True):
            error = target - (1 if w @ x + b >= 0 else 0)
            w, b = w + lr * error * x, b + lr * error
            wrong += int(error != 0)
        mistakes.append(wrong)
        if wrong == 0:
            break
    return w, b, mistakes
    ### END SOLUTION


# %%
check("04.3")

# %% [markdown]
# Now train on AND, and look at the line after each epoch.

# %%
train = answer("04.3")
w_and, b_and, mistakes_and = train(X, rules["AND"], lr=1.0, epochs=100)
print("w =", w_and, "  b =", b_and)
print("mistakes in each epoch:", mistakes_and)

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 5, figsize=(8.4, 2.1), sharey=True)
for epochs, ax in enumerate(axes, start=1):
    w_now, b_now, wrong = train(X, rules["AND"], lr=1.0, epochs=epochs)
    panel(ax, w_now, b_now, rules["AND"], f"epoch {epochs}")
    ax.set(ylabel="$x_2$" if epochs == 1 else "")
plot.show(
    "Five small maps of the square, one after each of the first five epochs. The line "
    "moves forward and back: after some epochs a corner of class 0 lies on the line or "
    "on its class-1 side. After epoch 5 the line touches the corner (1, 1), and the "
    "three others are on the side of class 0.",
    "The line after each epoch on AND. A step that helps one case may spoil another. "
    "After epoch 5 all four are right: (1, 1) lies on the line, and z = 0 is class 1.",
)

# %% [markdown]
# After 6 epochs and 11 mistakes the machine has found $w = (2, 1)$ and $b = -3$. The mistakes did *not* go down step by
# step: there were 2 in the first epoch and 3 in the second and third. A larger number in between is no sign of a fault.
# The sixth epoch changes nothing; it only shows that nothing is left to change.

# %% tags=["claim"]
claim(
    "After 6 epochs and 11 mistakes the machine has found $w = (2, 1)$ and $b = -3$",
    len(mistakes_and), sum(mistakes_and), *w_and, b_and,
)  # fmt: skip
claim(
    "there were 2 in the first epoch and 3 in the second and third", *mistakes_and[:2]
)
claim("3 in the second and third", mistakes_and[1] == mistakes_and[2] == 3)

# %% [markdown]
# ### What does the learning rate do?
#
# Here, nothing. All weights start at 0, so every number that appears is a multiple of $\eta$. With $\eta = 0.1$ the
# weights and the bias are a tenth of the ones above, and so is $z$; its sign is the same. Or is it? Run it.

# %%
w_tenth, b_tenth, mistakes_tenth = train(X, rules["AND"], lr=0.1, epochs=100)
print("mistakes in each epoch:", mistakes_tenth)
print("w =", w_tenth, "  b =", b_tenth)
print("z for the case (1, 0):", w_tenth @ X[2] + b_tenth)

# %% [markdown]
# The run with 0.1 stops after 4 epochs instead of 6. The reason is rounding: 0.1 cannot be written exactly in binary
# numbers. By then the exact sum for the case $(1, 0)$ is 0, which counts as class 1, a mistake. The computer has
# $-2.8 \cdot 10^{-17}$ instead, class 0, and stops. In exact numbers its line runs through a point of class 0.
#
# Keep the lesson: **with rounded numbers, a decision at 0 is decided by rounding.** With $\eta = 1$ and whole inputs
# all numbers are whole and exact, so this chapter uses that. There a sum of 0 is harmless: the line $w = (2, 1)$,
# $b = -3$ touches the case $(1, 1)$, which is of class 1, as it should be.

# %% tags=["claim"]
from fractions import Fraction

claim("stops after 4 epochs instead of 6", len(mistakes_tenth), len(mistakes_and))
z_tenth = w_tenth @ X[2] + b_tenth
claim("$-2.8 \\cdot 10^{-17}$ instead", z_tenth / 1e-17, 10, -17)
exact = train(X, rules["AND"], lr=1.0, epochs=3)
claim(
    "the exact sum for the case $(1, 0)$ is 0",
    1, 0, float(Fraction(1, 10) * int(exact[0] @ X[2] + exact[1])),
)  # fmt: skip

# %% [markdown]
# ## When must it stop?
#
# Suppose that *some* line separates the two classes. Then Rosenblatt's rule makes only a limited number of mistakes,
# whatever the order of the cases {cite:p}`novikoff1962convergence`. The proof is short, and worth your time: it is one
# of the first about a machine that learns.
#
# **Preparation.** Put the bias among the weights: write $\theta = (w_1, w_2, b)$ ("theta") and $x_+ = (x_1, x_2, 1)$,
# so that $z = \theta \cdot x_+$. Write the class as a sign, $y^{\pm} = 2y - 1$: $+1$ for class 1 and $-1$ for class 0.
# A case is surely on the right side when $y^{\pm} z > 0$. Take $\eta = 1$; another rate only scales $\theta$. Then
# every mistake does the same thing: $\theta \leftarrow \theta + y^{\pm} x_+$.
#
# **The margin.** Let $u$ be a solution whose line touches no case, scaled to length 1. (If a line separates the classes
# and touches a case, move it a little.) The number
#
# ```{math}
# :label: eq-perceptron-margin
# \gamma = \min_i \; y^{\pm}_i \, (u \cdot x_{+,i})
# ```
#
# ("gamma") is the {term}`margin` of $u$: how clearly the least clear case is on its right side. It is positive. Let
# $R$ be the length of the longest $x_+$.
#
# **First, $\theta$ turns towards $u$.** Each mistake adds $y^{\pm} x_+$ to $\theta$, so it adds
# $y^{\pm} (u \cdot x_+) \ge \gamma$ to $u \cdot \theta$. We started with $\theta = 0$. After $M$ mistakes
#
# $$ u \cdot \theta \ge M \gamma . $$
#
# **Second, $\theta$ cannot grow quickly.** A mistake means $y^{\pm} (\theta \cdot x_+) \le 0$. Therefore
#
# $$ \lVert \theta + y^{\pm} x_+ \rVert^2
# = \lVert \theta \rVert^2 + 2\, y^{\pm} (\theta \cdot x_+) + \lVert x_+ \rVert^2
# \le \lVert \theta \rVert^2 + R^2 , $$
#
# and after $M$ mistakes $\lVert \theta \rVert^2 \le M R^2$.
#
# **Together.** Because $u$ has length 1, $u \cdot \theta$ is never larger than the length of $\theta$, so
# $M\gamma \le u \cdot \theta \le \lVert \theta \rVert \le \sqrt{M}\,R$. Divide by $\sqrt M\,\gamma$ and square:
#
# ```{math}
# :label: eq-perceptron-bound
# M \le \left( \frac{R}{\gamma} \right)^{2} .
# ```
#
# So the rule stops, and the narrower the gap between the classes, the longer it may take. The number of cases and the
# number of inputs do not appear at all.

# %% [markdown]
# ## Exercise 04.4: How many mistakes at most?
#
# Write `most_mistakes(X, y, w, b)`: the right side of {eq}`eq-perceptron-bound` for a solution `w, b` that need not
# have length 1. You may rely on `w, b` to separate the two classes and to touch no case. Three things are easily
# forgotten: the 1 in $x_+$, the bias in the length of $\theta$, and the squares.


# %%
def most_mistakes(X, y, w, b):
    """(R / margin) ** 2 for X (n, d), y (n,) of 0 and 1, and a separating w (d,), b."""
    ### BEGIN SOLUTION: R squared, the margin of the scaled solution, and their quotient
    R_squared = (np.sum(X**2, axis=1) + 1).max()
    signs = np.where(y == 1, 1, -1)
    length = np.sqrt(np.sum(w**2) + b**2)
    margin = (signs * (X @ w + b)).min() / length
    return R_squared / margin**2
    ### END SOLUTION


# %%
check("04.4")

# %% [markdown]
# For AND the best solution is $\theta = (2, 2, -3)$, and the bound is 51. The machine made 11 mistakes. A bound
# promises that there will be no more; it does not predict how many there will be.
#
# Does the bound show the right tendency? We draw 100 points in a square, divide them by a line, throw away those that
# lie closer to the line than some gap, and count the mistakes. Each setting is repeated with ten seeds.

# %%
most_mistakes = answer("04.4")
print("bound for AND:", most_mistakes(X, rules["AND"], np.array([2.0, 2.0]), -3.0))


def clouds(gap, seed, n=100):
    """n points of [-1, 1]^2, none closer than gap to the line x1 + 2 x2 = 0.3."""
    line_w, line_b = np.array([1.0, 2.0]) / np.sqrt(5), -0.3 / np.sqrt(5)
    points = np.random.default_rng(seed).uniform(-1, 1, (40 * n, 2))
    distance = points @ line_w + line_b
    kept = np.flatnonzero(abs(distance) >= gap)[:n]
    return points[kept], (distance[kept] > 0).astype(int), line_w, line_b


# %%
gaps = [0.4, 0.2, 0.1, 0.05, 0.02]
made, bound = np.zeros((len(gaps), 10)), np.zeros((len(gaps), 10))
for g, gap in enumerate(gaps):
    for seed in range(10):
        points, labels, line_w, line_b = clouds(gap, seed)
        made[g, seed] = sum(train(points, labels, lr=1.0, epochs=2000)[2])
        bound[g, seed] = most_mistakes(points, labels, line_w, line_b)

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(5.6, 3.4))
spread = [made.mean(1) - made.min(1), made.max(1) - made.mean(1)]
ax.plot(gaps, bound.mean(axis=1), "s--", color=ORANGE, label="bound $(R/\\gamma)^2$")
ax.errorbar(
    gaps, made.mean(1), yerr=spread, fmt="o-", color=BLUE, label="mistakes made"
)
ax.set(
    xscale="log", yscale="log", xlabel="gap on each side of the line", ylabel="mistakes"
)
ax.set_xticks(gaps, [str(gap) for gap in gaps])
ax.minorticks_off()
ax.legend()
plot.show(
    "Two falling lines over the gap, on logarithmic axes. The upper one, the bound, "
    "falls from about 4000 at a gap of 0.02 to 17 at 0.4. The lower one, the mistakes "
    "made, falls from 46 to 3, with bars between the fewest and the most of ten seeds.",
    "Mistakes until the first epoch without one: mean of ten seeds, bars from the "
    "fewest to the most.",
)

# %% [markdown]
# The bound is never broken, in none of the 50 runs. A narrow gap costs more mistakes, as promised. But the number that
# is made grows far more slowly than the bound: between the widest and the narrowest gap the bound grows 227 times, and
# the mistakes only 14.5 times. Random points like these are far from the worst case.

# %% tags=["claim"]
claim("the bound is 51", most_mistakes(X, rules["AND"], np.array([2.0, 2.0]), -3.0))
# The widest margin, found by a program for quadratic problems that knows nothing of perceptrons.
from scipy.optimize import linprog, minimize

signs = np.where(rules["AND"] == 1, 1, -1)
plus = np.column_stack([X, np.ones(4)])
widest = minimize(
    lambda v: v @ v, [1, 1, -1],
    constraints={"type": "ineq", "fun": lambda v: signs * (plus @ v) - 1},
)  # fmt: skip
claim("the best solution is $\\theta = (2, 2, -3)$", *widest.x)
claim("in none of the 50 runs", made.size)
claim("The bound is never broken", bool((made <= bound).all()))
claim(
    "the bound grows 227 times, and the mistakes only 14.5 times",
    bound[-1].mean() / bound[0].mean(), made[-1].mean() / made[0].mean(),
)  # fmt: skip

# %% [markdown]
# ## Exercise 04.5: Find the bug
#
# Books write the rule in two ways. One has classes 0 and 1 and the factor $y - \hat y$. The other has classes $-1$ and
# $+1$ and says: *if* $y\,z \le 0$, *add* $y\,x$. A friend has mixed them. The classes are 0 and 1:


# %%
def train_of_a_friend(X, y, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(epochs):
        for x, target in zip(X, y, strict=True):
            if target * (w @ x + b) <= 0:
                w, b = w + target * x, b + target
    return w, b


w_friend, b_friend = train_of_a_friend(X, rules["AND"], epochs=100)
print("w =", w_friend, " b =", b_friend, " predictions", step(X @ w_friend + b_friend))

# %% [markdown]
# It says 1 to everything. Which sentence explains it?
#
# - **A**: 100 epochs are not enough.
# - **B**: For a case of class 0 the update adds 0, so nothing ever pushes the sum down.
# - **C**: All weights start at 0, so all of them stay equal.
# - **D**: A learning rate is missing, so the steps are too large.
#
# Set `diagnosis` to one letter. Then write `train_mended(X, y, epochs)`: `y` still comes as 0 and 1, and you return
# `w, b` that separate the classes whenever a line can.

# %%
### BEGIN SOLUTION: one letter, "A" to "D"
diagnosis = "B"
### END SOLUTION


def train_mended(X, y, epochs):
    """Rosenblatt's rule for y of 0 and 1; return w (d,) and b."""
    ### BEGIN SOLUTION: the friend's loop without the bug
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(epochs):
        for x, target in zip(X, y, strict=True):
            sign = 2 * target - 1
            if sign * (w @ x + b) <= 0:
                w, b = w + sign * x, b + sign
    return w, b
    ### END SOLUTION


# %%
check("04.5")

# %% [markdown]
# ## Four points that no line separates
#
# Train on all four rules, and count the mistakes of each epoch.

# %%
curves = {name: train(X, y, lr=1.0, epochs=20)[2] for name, y in rules.items()}
for name, mistakes in curves.items():
    print(f"{name:5}{mistakes}")

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(5.6, 3.2))
looks = {"AND": "o-", "OR": "s-", "NAND": "^-", "XOR": "D--"}
shades = dict(zip(looks, (BLUE, GREEN, PURPLE, ORANGE), strict=True))
for name, mistakes in curves.items():
    epochs = np.arange(1, len(mistakes) + 1)
    ax.plot(epochs, mistakes, looks[name], color=shades[name], label=name)
ax.set(xlabel="epoch", ylabel="mistakes", xticks=range(1, 21, 3), yticks=range(5))
ax.legend(loc="center right")
plot.show(
    "Mistakes against epochs. AND and NAND rise and then fall, OR only falls; all "
    "end at 0 after at most six epochs. AND and NAND coincide from the second on. "
    "XOR goes up to 4 mistakes in its third epoch and stays there.",
    "Three rules are learned within six epochs; from the second on, NAND covers AND. "
    "XOR is never learned.",
)

# %% [markdown]
# On XOR the machine is wrong on all 4 cases in every epoch from the third on. After each of them it is back at
# $w = (-1, 0)$, $b = 0$: it runs in a circle. More epochs cannot help, because the next epoch begins where this one
# began.
#
# Perhaps another rule would find a line? There is none. Suppose that $w_1, w_2, b$ computed XOR. Then
#
# $$
# \begin{aligned}
# b &< 0 && \text{for } (0, 0) \\
# w_2 + b &\ge 0 && \text{for } (0, 1) \\
# w_1 + b &\ge 0 && \text{for } (1, 0) \\
# w_1 + w_2 + b &< 0 && \text{for } (1, 1)
# \end{aligned}
# $$
#
# Add the two lines in the middle: $w_1 + w_2 + 2b \ge 0$. Add the first and the last: $w_1 + w_2 + 2b < 0$. Both cannot
# be true. This is a proof about **one** neuron, and it says nothing about two layers of them.
# {cite:t}`minsky1969perceptrons` proved far more of this kind.
#
# Is XOR a rare exception? There are 16 ways to give four points a class of 0 or 1. We let a perceptron try them all.

# %%
learned = []
for number in range(16):
    y = np.array([number >> k & 1 for k in range(4)])
    if train(X, y, lr=1.0, epochs=100)[2][-1] == 0:
        learned.append(y)
print(len(learned), "of 16 are learned")

# %% [markdown]
# One neuron learns 14 of the 16 rules. The two that are left are XOR and its opposite. That looks like little to lose,
# but it gets worse with every further input: of the 256 rules for three switches only 104 can be separated, and of the
# 65,536 for four only 1882.

# %% tags=["claim"]
w_xor, b_xor, mistakes_xor = train(X, rules["XOR"], lr=1.0, epochs=20)
claim("on all 4 cases in every epoch from the third on", mistakes_xor[2])
claim("in every epoch from the third on", set(mistakes_xor[2:]) == {4})
after = [train(X, rules["XOR"], lr=1.0, epochs=k) for k in range(3, 20)]
claim("it is back at $w = (-1, 0)$, $b = 0$", *w_xor, b_xor)
claim(
    "it runs in a circle",
    all(tuple(run[0]) == (-1, 0) and run[1] == 0 for run in after),
)
claim("One neuron learns 14 of the 16 rules", len(learned), 16)
missing = {tuple(int(number >> k & 1) for k in range(4)) for number in range(16)} - {
    tuple(map(int, y)) for y in learned
}
claim(
    "The two that are left are XOR and its opposite",
    missing == {(0, 1, 1, 0), (1, 0, 0, 1)},
)


def separable(inputs):
    """How many rules for this many switches a line, plane, ... separates, by whole weights.

    Weights up to 3 and halves as bias reach them all for up to four inputs.
    """
    from itertools import product

    corners = np.array(list(product([0, 1], repeat=inputs)))
    weights = np.array(list(product(range(-3, 4), repeat=inputs)))
    sums = weights @ corners.T
    return len(
        {row.tobytes() for cut in np.arange(-12.5, 13.5) for row in sums + cut >= 0}
    )


claim("of the 256 rules for three switches only 104", 2**8, separable(3))
claim("of the 65,536 for four only 1882", 2**16, separable(4))

# %% [markdown]
# ## Two layers, built by hand
#
# Say XOR in words that you already have: *at least one is on, and not both*. "At least one" is OR, "not both" is NAND,
# and the "and" between them is AND. Each of the three is one neuron. So put OR and NAND side by side, and let a third
# neuron read what they say. A layer that stands between the inputs and the output is a {term}`hidden layer`:
#
# $$ a_1 = \operatorname{OR}(x_1, x_2), \qquad a_2 = \operatorname{NAND}(x_1, x_2), \qquad
# \hat y = \operatorname{AND}(a_1, a_2) . $$

# %% [markdown]
# ## Exercise 04.6: XOR by hand
#
# Write the numbers down. All three neurons use the step function.
#
# - `W1`, shape `(2, 2)`: a row for each hidden neuron, a column for each input; `b1`, shape `(2,)`.
# - `w2`, shape `(2,)`, and `b2`, a number: the output neuron reads the two hidden ones.
#
# Any two hidden neurons will do, as long as the network computes XOR.

# %%
### BEGIN SOLUTION: the weights of the hidden neurons, shape (2, 2)
W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
### END SOLUTION
### BEGIN SOLUTION: the biases of the hidden neurons, shape (2,)
b1 = np.array([-0.5, 1.5])
### END SOLUTION
### BEGIN SOLUTION: the weights of the output neuron, shape (2,)
w2 = np.array([1.0, 1.0])
### END SOLUTION
### BEGIN SOLUTION: the bias of the output neuron, a number
b2 = -1.5
### END SOLUTION

# %%
check("04.6")

# %%
W1, b1, w2, b2 = (np.array(value) for value in answer("04.6"))
A = step(X @ W1.T + b1)
for x, a, y in zip(X, A, rules["XOR"], strict=True):
    print(f"x = {x}   a = {a}   prediction {step(a @ w2 + b2)}   XOR {y}")

# %% tags=["hide-input"]
import torch
from torch import nn

xor_net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
numbers = [[[1, 1], [-1, -1]], [-0.5, 1.5], [[1, 1]], [-1.5]]
for parameter, value in zip(xor_net.parameters(), numbers, strict=True):
    parameter.data = torch.tensor(value, dtype=torch.float32)
drawing = mlp_draw(xor_net, show_biases=True)
plot.show(
    drawing.alt,
    "The nine numbers of OR, NAND and AND as a network. The squares are always 1, and "
    "their edges are the biases.",
)

# %% [markdown]
# Look at the column $a$. The cases $(0, 1)$ and $(1, 0)$ have become **the same point** in the hidden layer. The output
# neuron never sees the square, only what the hidden neurons made of it, and there one line is enough. The picture shows
# it for the network of OR and NAND.

# %% tags=["hide-input"]
A_drawn = step(X @ np.array([[1.0, 1.0], [-1.0, -1.0]]).T + np.array([-0.5, 1.5]))
figure, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.3))
for ax, points in (left, X), (right, A_drawn):
    for cls, marker, color in (0, "o", BLUE), (1, "s", ORANGE):
        inside = rules["XOR"] == cls
        ax.scatter(
            *points[inside].T,
            s=60,
            marker=marker,
            color=color,
            label=f"class {cls}",
            zorder=3,
        )
    ax.set(
        xlim=(-0.4, 1.5), ylim=(-0.4, 1.5), xticks=[0, 1], yticks=[0, 1], aspect="equal"
    )
across = np.array([-0.4, 1.5])
for ax, shift, style, name, at in (
    (left, 0.5, "-", "OR", (0.3, 0.26)),
    (left, 1.5, "--", "NAND", (1.12, 0.5)),
    (right, 1.5, ":", "AND", (1.12, 0.5)),
):
    ax.plot(across, shift - across, color=INK, linestyle=style)
    ax.text(*at, name, color=INK)
left.set(xlabel="$x_1$", ylabel="$x_2$", title="what the hidden neurons see")
right.set(xlabel="$a_1$ (OR)", ylabel="$a_2$ (NAND)", title="what the last one sees")
right.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
plot.show(
    "Left: the four cases in the plane of x1 and x2; two parallel lines, OR and NAND, "
    "leave a band between them in which the two cases of class 1 lie. Right: the same "
    "cases in the plane of a1 and a2. Both cases of class 1 lie on the corner (1, 1), "
    "and one line, AND, separates it from the two other corners that are used.",
    "Left: between the two lines both hidden neurons say 1. Right: what they say, as "
    "a point; there one line is enough.",
)

# %% tags=["claim"]
claim(
    "The cases $(0, 1)$ and $(1, 0)$ have become **the same point**",
    0, 1, 1, 0,
)  # fmt: skip
claim("there one line is enough", bool((A_drawn[1] == A_drawn[2]).all()))

# %% [markdown]
# ## Two layers, learned
#
# Can a machine find these nine numbers by itself? Rosenblatt's rule cannot tell a hidden neuron what it should have
# said, because nobody gives it a target. And the step function is no help: its slope is 0 on both sides of the jump, so
# a small change of a weight changes nothing that could be measured. The way out is to replace the step by a function
# with a slope, and to follow the slope of a loss, a number that says how wrong the network is (chapters 07 and 08). Two
# functions with a slope are ReLU, which is $\max(0, z)$, and tanh, a smooth step from $-1$ to 1;
# {doc}`chapter 06 <06_multilayer_perceptron>` compares them. scikit-learn does all this with one call. We ask for two
# hidden neurons, the number that was enough by hand.

# %%
import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore", ConvergenceWarning)  # it is judged by its answers


def learn_xor(hidden, activation, seed, **settings):
    """A network with one hidden layer, fitted to all four cases of XOR."""
    settings = {"max_iter": 1000} | settings
    net = MLPClassifier((hidden,), activation=activation, random_state=seed, **settings)
    return net.fit(X, rules["XOR"])


print("two ReLU neurons, seed 42:", learn_xor(2, "relu", 42).predict(X))

# %% [markdown]
# It predicts 1 for all four cases, and gets 2 of the 4 right: no better than a coin. Is that the fault of the number
# 42? One run is no answer. Here are twelve seeds for two and for eight hidden neurons, first with the settings of above
# (at most 1000 steps), then with a learning rate of 0.01 instead of 0.001 and at most 5000 steps.


# %%
def seeds_that_solve(hidden, activation, **settings):
    """How many of the seeds 0 to 11 end with all four cases right."""
    nets = [learn_xor(hidden, activation, seed, **settings) for seed in range(12)]
    return sum(net.score(X, rules["XOR"]) == 1 for net in nets)


longer = {"learning_rate_init": 0.01, "max_iter": 5000}
rows = []
for hidden, activation in (2, "relu"), (2, "tanh"), (8, "relu"), (8, "tanh"):
    short = seeds_that_solve(hidden, activation)
    rows.append(
        [hidden, activation, short, seeds_that_solve(hidden, activation, **longer)]
    )
columns = ["hidden neurons", "function", "to 1000 steps", "to 5000 larger steps"]
solved_xor = pd.DataFrame(rows, columns=columns)
plot.table(solved_xor, "How many of twelve seeds end with all four cases right.")

# %% [markdown]
# With two ReLU neurons only 1 of 12 seeds solves XOR, and 3 of 12 with longer training. One reason: a ReLU neuron that
# puts out 0 for all four cases has slope 0 there, like the step, and its weights stop moving. With eight neurons all 12
# of 12 seeds succeed, with either function. The nine numbers exist; but *that good numbers exist* and *that training
# finds them* are two different things. More neurons than necessary give training more ways to succeed.

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 3, figsize=(8.4, 2.6), sharey=True)
shown = [(2, "relu", 42), (8, "relu", 42), (8, "tanh", 42)]
for ax, (hidden, activation, seed) in zip(axes, shown, strict=True):
    plot.decision_boundary(
        learn_xor(hidden, activation, seed, **longer), X, rules["XOR"], ax=ax
    )
    ax.set(
        title=f"{hidden} {activation} neurons",
        xticks=[0, 1],
        yticks=[0, 1],
        aspect="equal",
    )
    ax.get_legend().remove()
axes[1].set_ylabel("")
axes[2].set_ylabel("")
plot.show(
    "Three maps of the square with the cases of XOR, each trained from seed 42. With "
    "two ReLU neurons the whole square is class 1. With eight ReLU neurons "
    "a band of class 0 runs through its two corners, with eight tanh neurons a band "
    "of class 1 through the other two.",
    "Three networks after the longer training. The first is wrong on two cases. The "
    "others are right on all four; what they say between the corners differs, and no "
    "data say which is right.",
)

# %% tags=["claim"]
two = learn_xor(2, "relu", 42)
claim(
    "It predicts 1 for all four cases, and gets 2 of the 4 right",
    1, int((two.predict(X) == rules["XOR"]).sum()), len(X),
)  # fmt: skip
claim("predicts 1 for all four cases", bool((two.predict(X) == 1).all()))
claim(
    "only 1 of 12 seeds solves XOR, and 3 of 12 with longer training",
    solved_xor.iloc[0, 2], 12, solved_xor.iloc[0, 3], 12,
)  # fmt: skip
claim(
    "With eight neurons all 12 of 12 seeds succeed",
    12,
    int(solved_xor.iloc[2:, 2:].to_numpy().min()),
)
claim(
    "all 12 of 12 seeds succeed, with either function",
    solved_xor.iloc[2:, 2:].to_numpy().min(), solved_xor.iloc[2:, 2:].to_numpy().max(),
)  # fmt: skip

# %% [markdown]
# ## A test set for XOR?
#
# You have learned to keep test data apart. Try it here: train on three cases, and test on the fourth.

# %%
held_out = []
for case in range(4):
    rest = np.arange(4) != case
    for seed in range(5):
        net = MLPClassifier((8,), solver="lbfgs", random_state=seed)
        net.fit(X[rest], rules["XOR"][rest])
        held_out.append(net.score(X[[case]], rules["XOR"][[case]]))
print(int(sum(held_out)), "of", len(held_out), "held-out cases are predicted rightly")

# %% [markdown]
# 0 of 20 are right. That is worse than a coin, which gets half. It is no accident either. A line separates *any* three of
# the four corners, and it must say the opposite of XOR on the fourth, for no line computes XOR. Nothing forces the
# network to answer as such a line does, but here it did: without $(1, 1)$, nothing says that the rule is XOR and not
# OR.
#
# So a test set is only useful when the training data can tell you something about it. Four cases that are all the cases
# there are do not need one: the question is whether the network can *represent* the rule, not whether it generalises.

# %% tags=["claim"]
claim("0 of 20 are right", sum(held_out), len(held_out))
three = [
    train(X[np.arange(4) != k], rules["XOR"][np.arange(4) != k], 1.0, 100)[2][-1] == 0
    for k in range(4)
]
claim("A line separates *any* three of the four corners", all(three))

# %% [markdown]
# ## Real flowers
#
# Four points are a toy. The iris data have 150 flowers of three species {cite:p}`fisher1936use`; we take the length and
# the width of the petal and ask for two species at a time. `nnlab.scratch` has the perceptron of this chapter as a
# class, written like your functions; `scratch.Perceptron` can be read in ten minutes.

# %%
from sklearn.datasets import load_iris

from nnlab import scratch

iris = load_iris()
petals = iris.data[:, 2:4]  # length and width, in cm


def flowers(first, second):
    """The petals of two species in random order, and 1 for the second species."""
    chosen = np.random.default_rng(SEED).permutation(
        np.flatnonzero(np.isin(iris.target, [first, second]))
    )
    return petals[chosen], (iris.target[chosen] == second).astype(int)


for first, second in (0, 1), (1, 2):
    model = scratch.Perceptron(epochs=200).fit(*flowers(first, second))
    names = " or ".join(iris.target_names[[first, second]])
    print(f"{names}: {len(model.errors)} epochs, the last five {model.errors[-5:]}")

# %% [markdown]
# Setosa and versicolor are told apart after 2 epochs. Versicolor and virginica overlap: after 200 epochs there are
# still 8 mistakes in the last one, of 100 flowers. Where no line separates the classes, the rule never rests, and **the
# weights you get are those of the moment at which you stopped.** One remedy is to keep the best weights seen so far. A
# better one is a loss that also counts *how* wrong a case is, so that there is something to minimise:
# {doc}`chapter 05 <05_logistic_by_hand>`.
#
# (The flowers are counted on the data that the machine was trained on. A 0 says that a line separates these flowers,
# not how well new ones would be named. An 8 alone does not prove that no line exists: a longer run might have found it.
# We tested that with another method, linear programming: no line separates all 100.)

# %% tags=["claim"]
easy = scratch.Perceptron(epochs=200).fit(*flowers(0, 1))
hard = scratch.Perceptron(epochs=200).fit(*flowers(1, 2))
mine = train(*flowers(1, 2), lr=1.0, epochs=200)
claim("told apart after 2 epochs", len(easy.errors))
claim(
    "after 200 epochs there are still 8 mistakes in the last one, of 100 flowers",
    len(hard.errors), hard.errors[-1], len(flowers(1, 2)[1]),
)  # fmt: skip
both, kind = flowers(1, 2)
both = np.where(kind == 1, -1, 1)[:, None] * np.column_stack([both, np.ones(len(both))])
no_line = linprog(np.zeros(3), A_ub=both, b_ub=-np.ones(len(both)), bounds=(None, None))
claim("no line separates all 100", len(both) * (no_line.status == 2))
claim(
    "`nnlab.scratch` has the perceptron of this chapter as a class",
    hard.errors == mine[2] and np.allclose(hard.weights, mine[0]),
)

# %% [markdown]
# ## Recap
#
# - A perceptron says 1 where $w \cdot x + b \ge 0$. Its decision boundary is a line (a plane, in more dimensions) at a
#   right angle to $w$.
# - Rosenblatt's rule changes the weights only on a mistake: add the input, or subtract it.
# - If a line separates the classes with margin $\gamma$, there are at most $(R/\gamma)^2$ mistakes. If none does, the rule
#   never stops.
# - No line computes XOR. OR, NAND and AND together do: a hidden layer gives the last neuron a plane in which one line is
#   enough.
# - That good weights exist does not mean that training finds them: count over several seeds.
# - A sum near 0 may be decided by rounding; know what your code says at 0.

# %%
progress()

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: A perceptron has $w = (3, -2)$ and $b = 1$. What is $z$ for the input $(1, 2)$?
#   number: 0
#   why: "$3 \\cdot 1 - 2 \\cdot 2 + 1 = 0$, so the point lies on the line, and in this chapter that counts as class 1."
# - question: You multiply all weights and the bias of a perceptron by 10. What changes?
#   options:
#     - right: Nothing that it predicts.
#       why: The sign of $z$ is the same everywhere, and only the sign counts.
#     - wrong: The line moves away from the origin.
#       why: The line is where z = 0, and ten times 0 is 0.
#     - wrong: More points become class 1.
#       why: The bias grows, but the weights grow with it, so no point changes its side.
# - question: The neuron said 1, the class is 0, the input is $(2, -1)$ and $\eta = 1$. By how much does $w_2$ change?
#   number: 1
#   why: "The input is subtracted: $w_2$ changes by $-(-1) = +1$. A weight can grow although the sum must fall."
# - question: Which of these say that a perceptron's training will come to an end?
#   options:
#     - right: Some line separates the classes.
#       why: Then the margin is positive, and the number of mistakes is at most $(R/\gamma)^2$.
#     - wrong: The learning rate is small.
#       why: When all weights start at 0, it only scales them. For XOR no learning rate helps.
#     - wrong: There are fewer inputs than cases.
#       why: XOR has two inputs and four cases.
#     - right: There are only three cases, points of the plane that do not lie on one line.
#       why: Three such points can be separated in every way, so a line exists.
# - question: Two hidden neurons are enough for XOR, and your network of two ReLU neurons predicts 1 for all cases. What follows?
#   options:
#     - wrong: Two neurons are not enough after all.
#       why: By hand, two were enough with the step function, and one seed in twelve found such weights with ReLU.
#     - right: Training has not found the weights; try other seeds or more neurons.
#       why: With two ReLU neurons one seed in twelve found them; with eight neurons all twelve did.
#     - wrong: The data are wrong.
#       why: The four cases are all there are.
#     - wrong: ReLU cannot compute XOR.
#       why: At least one seed of twelve found weights with ReLU that do.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`rosenblatt1958perceptron`: the perceptron as a model of how a brain may store what it sees.
# - {cite:t}`novikoff1962convergence`: the proof of this chapter.
# - {cite:t}`freund1999large`: the same rule with a vote of all the weights it has had, and what it promises when no line
#   separates the classes.
# - {cite:t}`minsky1969perceptrons`: what one layer cannot do, with proofs.
