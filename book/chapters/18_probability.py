# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Probability, the language of making
#
# Until now your networks gave answers: a price, a class, next month's passengers. From here on they are to *make*
# something: a picture of a handwritten digit that nobody has ever written. How could you begin? The simplest maker
# colours each of the 784 pixels of a picture black or white by the throw of a coin. The first cells below show what
# comes out.
#
# There are $2^{784}$ black and white pictures of this size, a number with 237 digits. Nearly all of them look like the
# noise below. **Which few look like digits, how likely is each of them, and how do you draw one?** These are questions
# of probability: to describe a distribution, to fit it to data, to sample from it. This chapter gives you the tools. At
# its end you make your first digits, and you can say precisely why they are bad.
#
# You need integrals, logarithms, and the losses of chapters 02, 05 and 07. Reading takes about an hour, the six
# exercises about two.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the whole chapter takes seconds
DEVICE = None  # no network is trained

# %%
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from scipy import optimize, stats

from nnlab import answer, check, data, hint
from nnlab import plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)
rng = np.random.default_rng(SEED)
BLUE, ORANGE, GREEN, RED = (plot.PALETTE[n] for n in ("blue", "orange", "green", "red"))
GREY, INK = (plot.PALETTE[n] for n in ("grey", "ink"))
DASHED, DOTTED = (0, (5, 2)), (0, (1, 1.4))

# %%
pictures, labels = data.load("mnist")
ink = (pictures > 127).reshape(-1, 784).astype(float)  # 1: ink (shown white), 0: paper
noise = rng.integers(0, 2, size=(8, 28, 28))
plot.image_grid(np.concatenate([noise, ink[:8].reshape(-1, 28, 28)]), columns=8)
plot.show(
    "Two rows of eight small pictures. Above, pixels that are black or white at "
    "random, without any shape. Below, handwritten digits 0 to 7.",
    "Above: eight pictures by coin. Below: eight pictures by people.",
)

# %% tags=["claim"]
from nnlab import claim

claim("a number with 237 digits", len(str(2**784)))

# %% [markdown]
# ## Probabilities from a table
#
# Begin with things that can be counted. The tasters of {doc}`chapter 07 <07_gradient_descent>` gave grades to red and
# white wines {cite:p}`cortez2009modeling`. Put each different wine into one cell of a table: its colour $x$, and its
# grade $y$, low (up to 5), middle (6) or high (7 and more). Divide by the number of wines, and you have the probability
# that a wine picked at random from this collection falls into the cell.

# %%
wine = data.load("wine_quality").drop_duplicates()
cuts = [0, 5, 6, 10]
wine["grade"] = pd.cut(wine.quality, cuts, labels=["low", "middle", "high"])
counts = pd.crosstab(wine.color, wine.grade)
joint = counts.to_numpy() / len(wine)  # (2 colours, 3 grades)
shown = pd.DataFrame(joint, counts.index, list(counts.columns)).rename_axis("color")
shown["all grades"] = joint.sum(axis=1)
shown.loc["both colours"] = shown.sum()
plot.table(shown, "Colour and grade of 5320 different wines: shares of all wines.")

# %% [markdown]
# Three kinds of probability stand in this one table.
#
# - **{term}`Joint <joint distribution>`**, $p(x, y)$: colour $x$ *and* grade $y$. The six inner cells; they add up to 1.
# - **{term}`Marginal <marginal distribution>`**, $p(x)$ or $p(y)$: one of the two alone. It stands in the margin of the
#   table, where we have *added up* over the other one.
# - **{term}`Conditional <conditional distribution>`**, $p(y \mid x)$, read "y given x": look at one row only, and let it
#   add up to 1 again by dividing by its sum.
#
# ```{math}
# :label: eq-prob-rules
# p(x) = \sum_y p(x, y) ,
# \qquad
# p(y \mid x) = \frac{p(x, y)}{p(x)}
# \quad\Longleftrightarrow\quad
# p(x, y) = p(x)\, p(y \mid x) .
# ```
#
# The first is the **sum rule**, the last the **product rule**. Everything in Part V is made of these two. Read the
# product rule as an instruction: *to draw a pair, first draw $x$, and then draw $y$ from what is usual for this $x$.*
# This is {term}`ancestral sampling`.

# %%
p_color, p_grade = joint.sum(axis=1), joint.sum(axis=0)
grade_given_color = joint / p_color[:, None]  # each row adds up to 1
color_given_grade = joint / p_grade  # each column adds up to 1
print("p(grade | red):  ", grade_given_color[0].round(3))
print("p(grade | white):", grade_given_color[1].round(3))
print(f"p(high | red) = {grade_given_color[0, 2]:.3f}", end=", ")
print(f"p(red | high) = {color_given_grade[0, 2]:.3f}")

# %% [markdown]
# Of the red wines 0.135 are high; of the high wines 0.182 are red. The two differ, because they divide the same joint
# probability by two different totals. To take one for the other is a frequent error.
#
# If the colour said nothing about the grade, all rows of $p(y \mid x)$ would be equal to $p(y)$, and the product rule
# would read $p(x, y) = p(x)\, p(y)$. Then $x$ and $y$ are **{term}`independent <independence>`**. Here the product for
# red and high would be 0.048, and the table has 0.035. So colour and grade are *not* independent in this collection.
# Keep the product in mind: to treat things as independent that are not is what will ruin our first digits.

# %% tags=["claim"]
claim("Of the red wines 0.135 are high", grade_given_color[0, 2])
claim("of the high wines 0.182 are red", color_given_grade[0, 2])
claim(
    "red and high would be 0.048, and the table has 0.035",
    p_color[0] * p_grade[2],
    joint[0, 2],
)

# %% [markdown]
# ## Bayes: turning a conditional round
#
# Often you know one conditional and need the other. A test for an illness comes with $p(\text{alarm} \mid \text{ill})$;
# the patient asks for $p(\text{ill} \mid \text{alarm})$. Write the product rule both ways,
# $p(x, y) = p(y)\, p(x \mid y) = p(x)\, p(y \mid x)$, and divide by $p(x)$:
#
# ```{math}
# :label: eq-bayes
# \underbrace{p(y \mid x)}_{\text{posterior}}
#   = \frac{\overbrace{p(y)}^{\text{prior}}\;\, \overbrace{p(x \mid y)}^{\text{likelihood}}}
#          {\underbrace{p(x)}_{\text{evidence}}} ,
# \qquad
# p(x) = \sum_{y} p(y)\, p(x \mid y) .
# ```
#
# This is **Bayes' theorem**. The {term}`prior` is what you believe about $y$ before you see $x$, the {term}`posterior`
# what you believe after. The {term}`likelihood` says how well each $y$ explains the $x$ that came; the {term}`evidence`
# makes the posterior add up to 1.
#
# ```{warning}
# The likelihood is $p(x \mid y)$, the probability of the *data* given the cause, and not the posterior. Read as a
# function of $y$, for the $x$ that came, it is **not a distribution**: it does not add up to 1 over $y$, and need not.
# ```
#
# A screening test: 5 of 1000 people have the illness. The test finds 90 % of the ill, and gives a false alarm to 4 % of
# the healthy. You get an alarm. How probable is the illness?

# %%
prior, found, false_alarm = 0.005, 0.9, 0.04
evidence = prior * found + (1 - prior) * false_alarm
posterior = prior * found / evidence
print(f"p(ill | alarm) = {posterior:.3f}")
print(f"likelihoods of an alarm, added up: {found + false_alarm:.2f}")

# %% [markdown]
# After an alarm the illness has the probability 0.102: for every ill person with an alarm there are about nine healthy
# ones. The likelihoods 0.9 and 0.04 add up to 0.94, not to 1, and nothing is wrong with that. You met the effect in
# {doc}`chapter 01 <01_learning_from_data>`; new is a form that you can compute in your head. Write Bayes for "ill" and
# for "healthy" and divide: the evidence cancels.
#
# ```{math}
# :label: eq-odds
# \frac{p(\text{ill} \mid x)}{p(\text{healthy} \mid x)}
#   = \frac{p(\text{ill})}{p(\text{healthy})} \cdot \frac{p(x \mid \text{ill})}{p(x \mid \text{healthy})} .
# ```
#
# In words: **posterior {term}`odds` = prior odds times likelihood ratio.** An alarm multiplies the odds by
# $0.9 / 0.04 = 22.5$. A second result is one more factor, provided that its error is *independent of the first one
# given the patient's state*. If the same chemistry fails for the same people, the second alarm tells nothing new.

# %% tags=["claim"]
claim("After an alarm the illness has the probability 0.102", posterior)
claim("there are about nine healthy", bool(8.5 < (1 - posterior) / posterior < 9.5))
claim("0.9 and 0.04 add up to 0.94", found, false_alarm, found + false_alarm)
claim("0.9 / 0.04 = 22.5", found, false_alarm, found / false_alarm)
odds = prior / (1 - prior) * found / false_alarm
agree = bool(np.isclose(odds / (1 + odds), posterior))
claim("prior odds times likelihood ratio", agree)

# %% [markdown]
# ## Exercise 18.1: Bayes by hand
#
# Another test: 2 % of the people who take it are ill. It gives an alarm to 80 % of the ill and to 5 % of the healthy.
# Find four probabilities of being ill, by hand or with Python as a calculator. Give numbers between 0 and 1, not
# percentages, with four decimals or more.
#
# - `after_alarm`: after one alarm;
# - `after_silence`: after one test without an alarm;
# - `after_two`: after two alarms, when the errors of the two tests are independent given the patient's state;
# - `after_copy`: after two alarms, when the second test is done on the same sample by the same machine, and always
#   repeats the first result.

# %%
### BEGIN SOLUTION: after one alarm
after_alarm = 0.02 * 0.8 / (0.02 * 0.8 + 0.98 * 0.05)
### END SOLUTION
### BEGIN SOLUTION: after one test without an alarm
after_silence = 0.02 * 0.2 / (0.02 * 0.2 + 0.98 * 0.95)
### END SOLUTION
### BEGIN SOLUTION: after two alarms of independent tests
after_two = 0.02 * 0.8**2 / (0.02 * 0.8**2 + 0.98 * 0.05**2)
### END SOLUTION
### BEGIN SOLUTION: after two alarms, the second a copy of the first
after_copy = 0.02 * 0.8 / (0.02 * 0.8 + 0.98 * 0.05)
### END SOLUTION

# %%
check("18.1")

# %% [markdown]
# ## Densities: probability for numbers
#
# What is the probability that a wine's pH is *exactly* 3.2145…? It is 0: there are infinitely many numbers. So for a
# number that can take any value we speak of intervals. The {term}`distribution function` is
#
# $$ F(x) = P(X \le x) , $$
#
# the probability that the random number $X$ is at most $x$. It climbs from 0 on the far left to 1 on the far right.
# Its slope is the {term}`density`, probability for each unit of $x$:
#
# ```{math}
# :label: eq-density
# p(x) = \frac{dF(x)}{dx} ,
# \qquad
# P(a < X \le b) = F(b) - F(a) = \int_a^b p(x)\, dx .
# ```
#
# The most important density is the **Gaussian**, or normal, with mean $\mu$ and standard deviation $\sigma$:
#
# ```{math}
# :label: eq-gaussian
# \mathcal{N}(x;\, \mu, \sigma^2) = \frac{1}{\sqrt{2\pi}\,\sigma} \exp\Bigl( -\frac{(x - \mu)^2}{2\sigma^2} \Bigr) .
# ```

# %%
pH = wine.pH.to_numpy()


def gaussian(x, mean, std):
    """Density of N(mean, std²) at x."""
    return np.exp(-((x - mean) ** 2) / (2 * std**2)) / (np.sqrt(2 * np.pi) * std)


bell = stats.norm(pH.mean(), pH.std())
step = 0.001
fine = np.arange(2.6, 4.1, step) + step / 2  # the middles of narrow strips
curve = gaussian(fine, pH.mean(), pH.std())
between = (fine > 3.1) & (fine <= 3.3)
print(f"area of all: {curve.sum() * step:.4f}, highest: {curve.max():.2f}")
print(f"area from 3.1 to 3.3: {curve[between].sum() * step:.4f}")
print(f"F(3.3) - F(3.1):      {bell.cdf(3.3) - bell.cdf(3.1):.4f}")
share = np.mean((pH > 3.1) & (pH <= 3.3))
print(f"share of the wines:   {share:.4f}")

# %% tags=["hide-input"]
_, (left, right) = plt.subplots(1, 2, figsize=(6.4, 2.9))
left.hist(pH, np.arange(2.695, 4.05, 0.05), density=True, color=GREY, alpha=0.5)
left.plot(fine, curve, color=BLUE)
left.fill_between(fine[between], curve[between], color=BLUE, alpha=0.35)
left.set(xlabel="pH", ylabel="density p(x) [1/pH]")
right.plot(np.sort(pH), np.arange(1, len(pH) + 1) / len(pH), color=GREY, lw=4)
right.plot(fine, bell.cdf(fine), color=BLUE)
for x_end in (3.1, 3.3):
    heights = [0, bell.cdf(x_end)]
    right.plot([x_end, x_end], heights, color=INK, linestyle=DOTTED)
    right.plot([2.6, x_end], [heights[1]] * 2, color=INK, linestyle=DOTTED)
right.set(xlabel="pH", ylabel="F(x)")
plot.show(
    "Left: a histogram of the pH of the wines from 2.7 to 4.0 and over it a bell curve "
    "with its top at 2.5; the area between 3.1 and 3.3 is shaded. Right: the share of "
    "wines with at most this pH, an S-shaped curve from 0 to 1; dotted lines lead from "
    "3.1 and from 3.3 up to the curve and to the left axis.",
    "The shaded area on the left is the difference of two heights on the right.",
)

# %% [markdown]
# The density reaches 2.49, and that is no mistake: **a density may exceed 1.** It is not a probability; only an area
# under it is, and the whole area is 1. Measure the same wines in a unit ten times as large, and all densities become
# ten times as large. What may not exceed 1 is $F$.
#
# The area from 3.1 to 3.3, 0.462, is $F(3.3) - F(3.1)$. Of the wines themselves 0.476 lie there. The Gaussian is
# only a model of them: the wines have a somewhat longer tail on the right.

# %% tags=["claim"]
claim("The density reaches 2.49", curve.max())
claim("The area from 3.1 to 3.3, 0.462", 3.1, 3.3, curve[between].sum() * step)
claim("F(3.3) - F(3.1)", bool(abs(bell.cdf(3.3) - bell.cdf(3.1) - 0.462) < 5e-4))
claim("Of the wines themselves 0.476", share)
claim("the whole area is 1", curve.sum() * step)
claim("a somewhat longer tail on the right", bool(stats.skew(pH) > 0.2))

# %% [markdown]
# For two numbers, $p(x, y)$ is a hill over the plane, with volume 1, and probabilities are volumes. The rules of
# {eq}`eq-prob-rules` stay, with an integral for the sum: $p(x) = \int p(x, y)\, dy$. The conditional is a *slice* of
# the hill, divided by its area. For 784 numbers nobody can compute such an integral on a grid. But the product rule
# still draws samples, one number after the other. Therefore Part V *samples*.

# %% [markdown]
# ## Means over a distribution, and over samples
#
# The {term}`expectation` of a function $g$ is its mean, weighted with the density (or with the probabilities, and a
# sum); the {term}`variance` is the expected square of the distance from the mean:
#
# $$ \mathbb{E}[g(x)] = \int g(x)\, p(x)\, dx , \qquad \operatorname{Var}[x] = \mathbb{E}\bigl[ (x - \mu)^2 \bigr] ,
#    \quad \mu = \mathbb{E}[x] . $$
#
# An integral is linear, so $\mathbb{E}[a\,x + b] = a\, \mathbb{E}[x] + b$, and expectations of sums are sums of
# expectations. Two consequences:
#
# ```{math}
# :label: eq-variance
# \begin{aligned}
# \operatorname{Var}[x] &= \mathbb{E}[x^2] - 2\mu\, \mathbb{E}[x] + \mu^2 = \mathbb{E}[x^2] - \mu^2 , \\
# \operatorname{Var}[a\,x + b] &= \mathbb{E}\bigl[ (a\,x + b - a\mu - b)^2 \bigr] = a^2 \operatorname{Var}[x] .
# \end{aligned}
# ```
#
# If $x$ and $y$ are *independent*, then
# $\mathbb{E}[x\,y] = \iint x\,y\, p(x)\, p(y)\, dx\, dy = \mathbb{E}[x]\, \mathbb{E}[y]$. In
# $\operatorname{Var}[x + y]$ the mixed term is $2\, \mathbb{E}[(x - \mu_x)(y - \mu_y)]$, which is then
# $2 \cdot 0 \cdot 0$: **variances of independent numbers add.** So for the mean $\bar g$ of $n$ independent values
# $g(x_i)$
#
# ```{math}
# :label: eq-monte-carlo
# \operatorname{Var}[\bar g] = \frac{1}{n^2} \sum_{i=1}^n \operatorname{Var}[g(x)] = \frac{\operatorname{Var}[g(x)]}{n} ,
# \qquad
# \text{typical error of } \bar g = \sqrt{\operatorname{Var}[\bar g]} = \frac{\sqrt{\operatorname{Var}[g(x)]}}{\sqrt{n}} .
# ```
#
# To replace an expectation by the mean over samples is called the {term}`Monte Carlo` method. Every loss of a
# mini-batch is one. Let us measure its error on the mean output of a ReLU whose input is $\mathcal{N}(0, 1)$. The
# exact value is known: $\int_0^\infty x\, \frac{1}{\sqrt{2\pi}} e^{-x^2/2}\, dx = \frac{1}{\sqrt{2\pi}} = 0.3989$.

# %%
exact = 1 / np.sqrt(2 * np.pi)
sizes = np.array([10, 100, 1000, 10_000])
errors = []
for n in sizes:
    means = np.maximum(rng.normal(size=(300, n)), 0).mean(axis=1)  # 300 repeats
    errors.append(np.sqrt(np.mean((means - exact) ** 2)))
slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
promised = np.sqrt(0.5 - exact**2) / np.sqrt(sizes)  # E[relu²] is half of E[x²] = 1
print("measured:", np.round(errors, 4), "promised:", promised.round(4))
print(f"slope: {slope:.2f}")

# %% [markdown]
# Measured and promised errors agree. The logarithm of the error falls with the slope −0.5 over the logarithm of $n$:
# **for one more decimal you need 100 times as many samples.** That is slow. But the number of dimensions $d$ does not
# stand in {eq}`eq-monte-carlo`: only the variance of $g$ counts. A grid with 10 points along each axis needs $10^d$
# points.

# %% tags=["claim"]
claim("falls with the slope −0.5", bool(abs(slope + 0.5) < 0.04))
near = bool(np.allclose(errors, promised, rtol=0.15))
claim("Measured and promised errors agree", near)

# %% [markdown]
# ## Sampling: the inverse of F
#
# The computer gives you numbers $u$ that are uniform between 0 and 1. How do you turn them into samples of another
# distribution? Look at the S-curve of $F$ above, and throw darts at its *vertical* axis: from the height $u$ go right
# to the curve, and down to $x = F^{-1}(u)$. In formulas, for an increasing $F$:
#
# ```{math}
# :label: eq-inverse
# P\bigl( F^{-1}(u) \le x \bigr) = P\bigl( u \le F(x) \bigr) = F(x) ,
# ```
#
# since a uniform $u$ lies below the height $F(x)$ with exactly this probability. So $F^{-1}(u)$ has the distribution
# function $F$. An example: waiting times. The exponential density $p(x) = \frac1m e^{-x/m}$ for $x \ge 0$ has
# $F(x) = 1 - e^{-x/m}$. Solve $u = 1 - e^{-x/m}$ for $x$: $\; x = -m \log(1 - u)$.

# %% [markdown]
# ## Exercise 18.2: Sample by the inverse of F
#
# The sigmoid climbs from 0 to 1. So it is a distribution function! Shifted by $m$ and stretched by $s > 0$,
#
# $$ F(x) = \frac{1}{1 + e^{-(x - m)/s}} $$
#
# belongs to the **logistic distribution**. Write `sample_logistic(u, m, s)`: from an array `u` of uniform numbers,
# shape `(n,)`, make `n` samples of it. Use no ready-made sampler. The check compares, at every $x$, the share of your
# samples up to $x$ with $F(x)$. The largest difference is called the **Kolmogorov–Smirnov distance**; for $n$ samples
# of the right distribution it is about $1 / \sqrt n$.


# %%
def sample_logistic(u, m, s):
    """Samples (n,) of the logistic distribution from uniform u (n,)."""
    ### BEGIN SOLUTION: solve u = F(x) for x
    return m + s * np.log(u / (1 - u))
    ### END SOLUTION


# %%
check("18.2")

# %% [markdown]
# ## Change of variables
#
# The exercise turned uniform numbers into others. What does a function do to a *density*? Let $y = g(x)$ with an
# increasing $g$. Start from the distribution function, as always:
#
# $$ F_y(y) = P(g(x) \le y) = P\bigl( x \le g^{-1}(y) \bigr) = F_x\bigl( g^{-1}(y) \bigr) , $$
#
# and take the derivative with respect to $y$ by the chain rule. For a decreasing $g$ the
# inequality turns round and a minus appears, so in general
#
# ```{math}
# :label: eq-change
# p_y(y) = p_x(x) \left| \frac{dx}{dy} \right| = \frac{p_x(x)}{|g'(x)|} , \qquad x = g^{-1}(y) .
# ```
#
# In words: a strip keeps its probability, so where $g$ stretches it, the density becomes thinner. As an example send
# $x$ from $\mathcal{N}(0, 2^2)$ through the sigmoid, whose derivative is $y\,(1 - y)$
# ({doc}`chapter 05 <05_logistic_by_hand>`).

# %%
x_normal = 2 * rng.normal(size=200_000)
y_squashed = 1 / (1 + np.exp(-x_normal))
y_axis = np.linspace(0.002, 0.998, 499)
x_axis = np.log(y_axis / (1 - y_axis))  # the inverse of the sigmoid
without = gaussian(x_axis, 0, 2)  # a common slip: the factor forgotten
density = without / (y_axis * (1 - y_axis))
bars, edges = np.histogram(y_squashed, 40, range=(0, 1), density=True)
centres = (edges[1:] + edges[:-1]) / 2
gap = np.abs(np.interp(centres, y_axis, density) - bars)[1:-1].max()
print(f"largest gap to the histogram: {gap:.3f}")
areas = np.trapezoid(density, y_axis), np.trapezoid(without, y_axis)
print(f"area with the factor {areas[0]:.2f}, without it {areas[1]:.2f}")

# %% tags=["hide-input"]
plt.stairs(bars, edges, fill=True, color=GREY, alpha=0.5, label="200 000 samples")
plt.plot(y_axis, density, color=BLUE, label="with the factor")
plt.plot(y_axis, without, color=RED, linestyle=DASHED, label="without it")
plt.xlabel("y = sigmoid(x)")
plt.ylabel("density")
plt.legend(loc="upper center", bbox_to_anchor=(0.5, 0.98))
plt.ylim(0, 2.1)
plot.show(
    "Over y from 0 to 1, a histogram with two peaks near the ends and a valley "
    "of 0.8 in the middle. The curve with the factor follows it. The curve "
    "without the factor is a low arch with its top at 0.5.",
    "A Gaussian sent through the sigmoid. The factor makes two peaks out of one.",
)

# %% [markdown]
# With the factor the curve follows the samples and its area is 1; without it the area is only 0.15. And something to
# remember: $x = 0$ has the *highest* density, and its image $y = 0.5$ lies at the bottom of a valley. **Which point has
# the highest density depends on the scale on which you measure.** Samples do not have this problem: just apply $g$ to
# each.
#
# In $d$ dimensions $|dx / dy|$ becomes the determinant of the partial derivatives: how much the map changes a small
# volume.
#
# Could you not simply guess? {term}`Rejection sampling <rejection sampling>` throws darts into a box around the curve
# and keeps those that fall under it. In one dimension this is fine. In many, the box is nearly empty: a ball fills
# 0.785 of the square that just holds it in 2 dimensions, 0.0025 in 10, and one part in 40 million in 20. The makers of
# Part V use the other way: draw something simple, and *transform* it.

# %% tags=["claim"]
from scipy.special import gammaln

claim("With the factor the curve follows the samples", bool(gap < 0.1))
claim("its area is 1", bool(abs(areas[0] - 1) < 0.01))
claim("without it the area is only 0.15", areas[1])
middle = np.interp([0.3, 0.5, 0.7], y_axis, density)
claim("at the bottom of a valley", bool(middle[1] < min(middle[0], middle[2])))
ball = {d: np.exp(d / 2 * np.log(np.pi / 4) - gammaln(d / 2 + 1)) for d in (2, 10, 20)}
claim("0.785 of the square that just holds it in 2 dimensions", ball[2], 2)
claim("0.0025 in 10", ball[10], 10)
claim("one part in 40 million in 20", bool(3.8e7 < 1 / ball[20] < 4.3e7))

# %% [markdown]
# ## Maximum likelihood: fitting a distribution
#
# A **model** is a family of distributions $p_\theta(x)$, one for each value of the parameters $\theta$. Which one fits
# the data? Ask how probable the data are under each. For independent samples the probabilities multiply:
#
# ```{math}
# :label: eq-mle
# p(x_1, \dots, x_n \mid \theta) = \prod_{i=1}^n p_\theta(x_i) ,
# \qquad
# \hat\theta_\text{MLE} = \arg\max_\theta \sum_{i=1}^n \log p_\theta(x_i) .
# ```
#
# The logarithm is increasing, so it leaves the place of the maximum where it is, and turns the product into a sum. The
# {term}`maximum likelihood` estimate (MLE) is the $\theta$ under which the data are most probable. It is *not* the most
# probable $\theta$: nothing here says how probable a $\theta$ is.
#
# **A coin.** It shows heads with the probability $\theta$, and $k$ of $n$ throws were heads (a *Bernoulli* model):
#
# $$
# \begin{aligned}
# \log p(\text{data} \mid \theta) &= k \log\theta + (n - k) \log(1 - \theta) , \\
# 0 = \frac{k}{\theta} - \frac{n - k}{1 - \theta}
#   \quad&\Longrightarrow\quad k\,(1 - \theta) = (n - k)\,\theta
#   \quad\Longrightarrow\quad \hat\theta_\text{MLE} = \frac{k}{n} .
# \end{aligned}
# $$
#
# The second derivative, $-k/\theta^2 - (n-k)/(1-\theta)^2$, is negative, so it is a maximum.

# %% [markdown]
# **A Gaussian.** The logarithm of {eq}`eq-gaussian`, added up over the samples, is
#
# ```{math}
# :label: eq-gaussian-loglik
# \sum_{i=1}^n \log \mathcal{N}(x_i; \mu, \sigma^2)
#   = -\frac{n}{2} \log(2\pi) - n \log\sigma - \frac{1}{2\sigma^2} \sum_{i=1}^n (x_i - \mu)^2 .
# ```
#
# Set the derivative for $\mu$ to 0, and then the one for $\sigma$:
#
# $$
# \begin{aligned}
# \frac{1}{\sigma^2} \sum_i (x_i - \mu) = 0
#   \quad&\Longrightarrow\quad \hat\mu = \frac1n \sum_i x_i = \bar x , \\
# -\frac{n}{\sigma} + \frac{1}{\sigma^3} \sum_i (x_i - \hat\mu)^2 = 0
#   \quad&\Longrightarrow\quad \hat\sigma^2 = \frac1n \sum_i (x_i - \bar x)^2 .
# \end{aligned}
# $$
#
# The estimates are the mean and the variance of the data.

# %%
with np.errstate(over="ignore"):
    print("product of the densities:", np.prod(bell.pdf(pH)))
print(f"sum of their logarithms: {np.sum(bell.logpdf(pH)):.1f}")

# %% [markdown]
# The product of the 5320 densities of the pH is too large for the computer: it says infinite. With probabilities below
# 1 it would say 0. The sum of the logarithms, 2188.5, is an ordinary number. **Compute with logarithms of
# probabilities, never with products.** An exercise below shows what happens otherwise.

# %% tags=["claim"]
with np.errstate(over="ignore"):
    claim("it says infinite", bool(np.isinf(np.prod(bell.pdf(pH)))))
claim("The sum of the logarithms, 2188.5", np.sum(bell.logpdf(pH)))
claim("The product of the 5320 densities", len(pH))

# %% [markdown]
# One flaw: on average $\hat\sigma^2$ is too small. It measures distances from $\bar x$, and $\bar x$ has been fitted to
# these very samples. One can show that $\sum_i (x_i - \bar x)^2 = \sum_i (x_i - \mu)^2 - n\,(\bar x - \mu)^2$. On
# average the first sum is $n\sigma^2$, and by {eq}`eq-monte-carlo` the last part is $n \cdot \sigma^2 / n = \sigma^2$.
# So $\mathbb{E}[\hat\sigma^2] = \frac{n-1}{n}\, \sigma^2$: with 5 samples 0.80 where 1 is right. Dividing by $n - 1$ in
# place of $n$ removes the bias. It is overfitting on the smallest scale: whoever fits believes the noise to be smaller
# than it is ({doc}`chapter 11 <11_overfitting>`).

# %% tags=["claim"]
five = rng.normal(size=(100_000, 5))
claim("with 5 samples 0.80 where 1 is right", 5, five.var(axis=1).mean(), 1)
removed = bool(abs(five.var(axis=1, ddof=1).mean() - 1) < 0.01)
claim("removes the bias", removed)

# %% [markdown]
# ## Exercise 18.3: Maximum likelihood, class by class
#
# Now a model of *pairs*: a class $y$ with probabilities $p(y = k) = \pi_k$, and $d$ numbers $x$ that are, *given the
# class*, independent Gaussians with means $\mu_{k,j}$ and variances $\sigma^2_{k,j}$. By the product rule the log
# likelihood of all pairs is
#
# $$ \sum_{i=1}^n \log \pi_{y_i} + \sum_{i=1}^n \sum_{j=1}^d \log \mathcal{N}\bigl( x_{i,j};\, \mu_{y_i, j}, \sigma^2_{y_i, j} \bigr) . $$
#
# Each $\mu_{k,j}$ and $\sigma^2_{k,j}$ stands only in the terms of class $k$ and column $j$, so each of them is fitted
# on its own part of the data, and you know the result. The $\pi_k$ are best as the shares of the classes, as for the
# coin.
#
# Write `fit_classes(x, y, K)`: from `x` of shape `(n, d)` and classes `y` from 0 to `K - 1`, shape `(n,)`, return the
# **maximum likelihood** estimates `shares` `(K,)`, `means` `(K, d)` and `variances` `(K, d)`. Each class has at least
# one case.


# %%
def fit_classes(x, y, K):
    """Shares (K,), means (K, d), variances (K, d) of class-conditional Gaussians."""
    ### BEGIN SOLUTION: the three estimates, from the cases of each class
    x, y = np.asarray(x, dtype=float), np.asarray(y)
    groups = [x[y == k] for k in range(K)]
    shares = np.array([len(group) / len(x) for group in groups])
    means = np.stack([group.mean(axis=0) for group in groups])
    variances = np.stack([group.var(axis=0) for group in groups])
    return shares, means, variances
    ### END SOLUTION


# %%
check("18.3")

# %% [markdown]
# Such a pair of $p(y)$ and $p(x \mid y)$ is a {term}`generative model`. It does two things: by Bayes it *classifies*,
# and by ancestral sampling it *makes* new cases. You will use it both ways on digits.

# %% [markdown]
# ## Your losses were likelihoods
#
# The mean over samples of $-\log p_\theta$ is the **negative log likelihood** (NLL). To make it small is maximum
# likelihood. Now let a network compute the parameters of a distribution of the target $y$ from the input $x$.
#
# - **A number**: $y$ from $\mathcal{N}(\hat y, \sigma^2)$ with fixed $\sigma$. By {eq}`eq-gaussian-loglik`,
#   $-\log p(y \mid x) = \frac{1}{2\sigma^2} (y - \hat y)^2 + \text{const}$: the **squared error** of {doc}`chapter 02 <02_regression_as_a_network>`.
# - **Yes or no**: $y = 1$ with the probability $\hat p$. Then $p(y \mid x) = \hat p^{\,y} (1 - \hat p)^{1-y}$, and
#   $-\log p = -y \log \hat p - (1 - y) \log(1 - \hat p)$: the **binary cross-entropy** of chapter 05.
# - **One of $K$ classes** with the probabilities $\hat p_k$ (a *categorical* distribution): $-\log \hat p_y$, the
#   **cross-entropy** of chapters 06 and 07.

# %% [markdown]
# So a loss is a *claim about the noise*: whoever trains with the squared error says "my errors are Gaussian and equally
# large everywhere". The absolute error belongs to the density $\frac{1}{2s} e^{-|y - \hat y|/s}$, whose tails are
# longer, so that outliers surprise it less.

# %% [markdown]
# ## MAP: a prior on the parameters
#
# Three throws, three heads: maximum likelihood says $\theta = 1$, this coin can never show tails. You would not bet on
# that, because you *know something about coins*. Give $\theta$ a prior $p(\theta)$ and use Bayes:
#
# ```{math}
# :label: eq-map
# \log p(\theta \mid \text{data}) = \log p(\text{data} \mid \theta) + \log p(\theta) - \log p(\text{data}) .
# ```
#
# The {term}`maximum a posteriori` estimate (MAP) is the $\theta$ that makes this largest. The last term does not
# contain $\theta$. So: **log posterior = log likelihood + log prior, up to a constant.**
#
# Mind the signs: the log prior is *added*. Only when you turn the maximum into a minimum do both terms get a minus.
#
# For the coin take the prior $p(\theta) = 6\,\theta\,(1 - \theta)$, which is highest in the middle. The posterior is
# then proportional to $\theta^{k+1} (1 - \theta)^{n-k+1}$: the likelihood of a coin with one more head and one more
# tail. We know its maximum:
#
# ```{math}
# :label: eq-add-one
# \hat\theta_\text{MAP} = \frac{k + 1}{n + 2} .
# ```

# %%
theta = np.linspace(0, 1, 1001)
d_theta = theta[1]
coin_prior = 6 * theta * (1 - theta)
throws = {}
for k, n in ((3, 3), (24, 30)):
    likelihood = theta**k * (1 - theta) ** (n - k)
    product = likelihood * coin_prior
    throws[k, n] = likelihood, product / (product.sum() * d_theta)
    best = theta[likelihood.argmax()], theta[product.argmax()]
    print(f"{k} of {n}: MLE {best[0]:.3f}, MAP {best[1]:.3f}", end=", ")
    print(f"area of the likelihood {likelihood.sum() * d_theta:.1e}")

# %% tags=["hide-input"]
_, axes = plt.subplots(1, 2, figsize=(6.4, 2.9), sharey=True)
for ax, ((k, n), (likelihood, after)) in zip(axes, throws.items(), strict=True):
    ax.plot(theta, coin_prior, color=GREY, linestyle=DOTTED, label="prior")
    scaled = likelihood / (likelihood.sum() * d_theta)
    ax.plot(theta, scaled, color=ORANGE, linestyle=DASHED, label="likelihood, scaled")
    ax.plot(theta, after, color=BLUE, label="posterior")
    ax.set(xlabel="θ, probability of heads", title=f"{k} heads in {n} throws")
axes[0].set_ylabel("density")
axes[0].legend(fontsize=8, loc="upper left")
plot.show(
    "Two panels over theta from 0 to 1. With 3 throws the likelihood rises to its "
    "highest value at 1, the prior is an arch around 0.5, and the posterior has its "
    "top between, at 0.8. With 30 throws likelihood and posterior nearly coincide.",
    "With few data the prior counts; with more data it hardly does.",
)

# %% [markdown]
# For 3 heads in 3 throws MAP says 0.8 where the MLE says 1. With 24 heads in 30 throws they are 0.781 and 0.800: the
# likelihood has $n$ terms and the prior one, so with more data it hardly counts. With a flat prior, $\log p(\theta)$ is
# constant and MAP *is* maximum likelihood. And the likelihood has the area 0.25 for three throws, and a tiny one for
# thirty: seen as a function of $\theta$ it is no density.
#
# MAP is one point, and which one depends on the scale, as you saw under change of variables. The posterior says more.

# %% tags=["claim"]
claim("For 3 heads in 3 throws MAP says 0.8", 3, 3, 4 / 5)
claim("With 24 heads in 30 throws they are 0.781 and 0.800", 24, 30, 25 / 32, 24 / 30)
tops = [theta[after.argmax()] for _, after in throws.values()]
claim("We know its maximum", bool(np.allclose(tops, [0.8, 25 / 32], atol=1e-3)))
claim("has the area 0.25 for three throws", throws[3, 3][0].sum() * d_theta)
claim("a tiny one for thirty", bool(throws[24, 30][0].sum() * d_theta < 1e-6))

# %% [markdown]
# ## A Gaussian prior is ridge regression
#
# A line $\hat y_i = w \cdot x_i$ with Gaussian noise of variance $\sigma^2$, and a prior that says "weights are
# probably small": each $w_j$ from $\mathcal{N}(0, \tau^2)$. Put both logarithms into {eq}`eq-map`, and multiply by
# $-2\sigma^2$, which turns the maximum into a minimum:
#
# ```{math}
# :label: eq-ridge
# \begin{aligned}
# \log p(w \mid X, y) &= -\frac{1}{2\sigma^2} \sum_{i=1}^n (y_i - w \cdot x_i)^2
#    - \frac{1}{2\tau^2} \sum_{j=1}^d w_j^2 + \text{const} , \\
# \hat w_\text{MAP} &= \arg\min_w \Bigl( \sum_{i=1}^n (y_i - w \cdot x_i)^2 + \alpha \sum_{j=1}^d w_j^2 \Bigr) ,
#    \qquad \alpha = \frac{\sigma^2}{\tau^2} .
# \end{aligned}
# ```
#
# This is ridge, the L2 penalty of chapter 11. (There the data loss was a mean and the penalty had a half, so that
# $\alpha$ was $2\sigma^2 / (n \tau^2)$.) The penalty has a meaning now: **noise variance over prior variance.** Noisier
# data, or a firmer belief in small weights, ask for more. In the same way the prior $\frac{1}{2s} e^{-|w|/s}$ is the
# L1 penalty.
#
# Set the gradient to 0 for the solution. In matrices the bracket is $\lVert y - X w \rVert^2 + \alpha \lVert w
# \rVert^2$, and
#
# ```{math}
# :label: eq-ridge-solution
# -2 X^\mathsf{T} (y - X w) + 2 \alpha\, w = 0
# \quad\Longrightarrow\quad
# (X^\mathsf{T} X + \alpha I)\, w = X^\mathsf{T} y ,
# ```
#
# with the identity matrix $I$.

# %% [markdown]
# ## Exercise 18.4: MAP is ridge
#
# Write `map_weights(X, y, sigma, tau)`: the MAP weights, shape `(d,)`, for inputs `X` `(n, d)`, targets `y` `(n,)`, the
# standard deviation `sigma` of the noise and `tau` of the prior. There is no bias. It must also work for $n < d$. Use
# NumPy or torch, but no ready-made ridge.


# %%
def map_weights(X, y, sigma, tau):
    """MAP weights (d,) of a linear model with Gaussian noise and prior."""
    ### BEGIN SOLUTION: solve the linear system
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    alpha = sigma**2 / tau**2
    return np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y)
    ### END SOLUTION


# %%
check("18.4")

# %% [markdown]
# A prior is information. It helps as far as it is true: a firm belief in small weights ruins the fit when the weights
# are large.

# %% [markdown]
# ## How far apart are two distributions?
#
# Chapter 07 measured surprise over classes: entropy, cross-entropy, and their difference, the KL divergence. For
# densities the sums become integrals:
#
# ```{math}
# :label: eq-kl-density
# D_\text{KL}(p \,\Vert\, q) = \int p(x) \log \frac{p(x)}{q(x)}\, dx
#   = \underbrace{\mathbb{E}_p[-\log q(x)]}_{\text{cross-entropy}} - \underbrace{\mathbb{E}_p[-\log p(x)]}_{\text{entropy}} .
# ```
#
# Take the entropy of a Gaussian. There $-\log p(x) = \frac12 \log(2\pi\sigma^2) + \frac{(x-\mu)^2}{2\sigma^2}$, and the
# expectation of the last term is $\frac12$. So the entropy is $\frac12 \log(2\pi\sigma^2) + \frac12$. For small
# $\sigma$ that is *negative* (−0.88 for $\sigma = 0.1$), since densities may exceed 1.
#
# The KL divergence, however, is **never negative**. Why? Look at the function $-\log$. It is *convex*: every chord lies
# above the curve. The mean of two values (on the chord) is therefore at least the value at the mean (on the curve), and
# so for any mean: $\mathbb{E}[-\log u] \ge -\log \mathbb{E}[u]$. This is {term}`Jensen's inequality`. Put in
# $u = q(x) / p(x)$:
#
# ```{math}
# :label: eq-jensen
# D_\text{KL}(p \,\Vert\, q) = \mathbb{E}_p\Bigl[ -\log \frac{q(x)}{p(x)} \Bigr]
#   \ge -\log \mathbb{E}_p\Bigl[ \frac{q(x)}{p(x)} \Bigr]
#   = -\log \int p(x)\, \frac{q(x)}{p(x)}\, dx = -\log 1 = 0 .
# ```
#
# It is 0 only if $q(x)/p(x)$ is the same everywhere, that is $q = p$. Remember this proof: {doc}`chapter 20 <20_vae>`
# rests on it.

# %% tags=["hide-input"]
axis = np.linspace(0.12, 3, 300)
ends = np.array([0.3, 2.3])
plt.plot(axis, -np.log(axis), color=BLUE, label="−log u")
plt.plot(ends, -np.log(ends), "o", color=INK, linestyle=DASHED, label="chord")
middle = ends.mean()
heights = -np.log(middle), (-np.log(ends)).mean()
plt.plot([middle] * 2, heights, color=RED, linewidth=3, label="never negative")
arrow = {"arrowstyle": "->", "color": INK}
for text, end, at in (
    ("mean of the values", heights[1], (1.5, 0.75)),
    ("value at the mean", heights[0], (0.5, -0.85)),
):
    plt.annotate(text, (middle, end), at, arrowprops=arrow)
plt.xlabel("u")
plt.ylabel("−log u")
plt.legend()
plot.show(
    "The falling, convex curve of minus log u. A dashed chord joins its points at 0.3 "
    "and 2.3. At u = 1.3 a thick vertical piece leads from the value at the mean, on "
    "the curve, up to the mean of the values, on the chord.",
    "Jensen's inequality: the chord of a convex curve lies above it.",
)

# %% [markdown]
# And now the most useful line of this section. Let $p$ be the distribution that the data come from, and $p_\theta$ the
# model:
#
# $$ D_\text{KL}(p \,\Vert\, p_\theta) = \underbrace{\mathbb{E}_p[\log p(x)]}_{\text{no } \theta \text{ in it}}
#    - \mathbb{E}_p[\log p_\theta(x)]
#    \approx \text{const} - \frac1n \sum_{i=1}^n \log p_\theta(x_i) . $$
#
# **Maximum likelihood makes $D_\text{KL}(\text{data} \,\Vert\, \text{model})$ small**, with the data as Monte Carlo
# samples of $p$.

# %% tags=["claim"]
claim("−0.88 for $\\sigma = 0.1$", stats.norm(0, 0.1).entropy(), 0.1)
some_u = np.random.default_rng(1).gamma(2, size=(1000, 5))  # Jensen, 1000 times
left_side, right_side = -np.log(some_u).mean(axis=1), -np.log(some_u.mean(axis=1))
claim("\\mathbb{E}[-\\log u] \\ge -\\log", bool((left_side >= right_side).all()))

# %% [markdown]
# ### Two Gaussians
#
# Variational autoencoders and diffusion models need the KL divergence of two Gaussians, $p = \mathcal{N}(\mu_1,
# \sigma_1^2)$ and $q = \mathcal{N}(\mu_2, \sigma_2^2)$. Step by step:
#
# ```{math}
# :label: eq-kl-gaussians
# \begin{aligned}
# \log \frac{p(x)}{q(x)}
#   &= \log \frac{\sigma_2}{\sigma_1} - \frac{(x - \mu_1)^2}{2\sigma_1^2} + \frac{(x - \mu_2)^2}{2\sigma_2^2} , \\
# \mathbb{E}_p\bigl[ (x - \mu_1)^2 \bigr] &= \sigma_1^2 , \\
# \mathbb{E}_p\bigl[ (x - \mu_2)^2 \bigr]
#   &= \mathbb{E}_p\bigl[ (x - \mu_1)^2 \bigr] + 2 (\mu_1 - \mu_2)\, \mathbb{E}_p[x - \mu_1] + (\mu_1 - \mu_2)^2 \\
#   &= \sigma_1^2 + 0 + (\mu_1 - \mu_2)^2 , \\
# D_\text{KL}(p \,\Vert\, q)
#   &= \log \frac{\sigma_2}{\sigma_1} - \frac12 + \frac{\sigma_1^2 + (\mu_1 - \mu_2)^2}{2 \sigma_2^2} .
# \end{aligned}
# ```
#
# For vectors with *independent* entries the densities are products, the logarithms sums, and so the KL divergences of
# the entries **add up**.

# %% [markdown]
# ## Exercise 18.5: KL divergence of two Gaussians
#
# Write `kl_gaussians(mean1, var1, mean2, var2)`: $D_\text{KL}(p \,\Vert\, q)$ in nats, *one number*, for two Gaussians
# in $d$ dimensions with independent entries. All four arguments have the shape `(d,)`; `var1` and `var2` are
# **variances**, not standard deviations. Do not estimate it from samples, and use no ready-made KL divergence.


# %%
def kl_gaussians(mean1, var1, mean2, var2):
    """KL(N(mean1, var1) || N(mean2, var2)) in nats, summed over the d entries."""
    ### BEGIN SOLUTION: the formula of each entry, added up
    mean1, var1, mean2, var2 = (
        np.asarray(a, dtype=float) for a in (mean1, var1, mean2, var2)
    )
    squares = (var1 + (mean1 - mean2) ** 2) / var2
    return 0.5 * np.sum(np.log(var2 / var1) - 1 + squares)
    ### END SOLUTION


# %%
check("18.5")

# %% [markdown]
# Check the formula against its definition, the integral, for $p = \mathcal{N}(0, 1)$ and $q = \mathcal{N}(2, 3^2)$, and
# exchange the two.

# %%
kl_gaussians = answer("18.5")

one, two = stats.norm(0, 1), stats.norm(2, 3)
axis = np.linspace(-40, 40, 80_001)
integral = np.sum(one.pdf(axis) * (one.logpdf(axis) - two.logpdf(axis))) * 0.001
numbers = [np.array([number]) for number in (0.0, 1.0, 2.0, 9.0)]
there = float(kl_gaussians(*numbers))
back = float(kl_gaussians(*numbers[2:], *numbers[:2]))
print(f"formula {there:.4f}, integral {integral:.4f}, exchanged {back:.4f}")

# %% [markdown]
# Formula and integral give 0.8764. With $p$ and $q$ exchanged it is 4.9014. The KL divergence is **not symmetric**, and
# the difference matters: it asks for the mean of $\log (p/q)$ *where $p$ has its samples*.

# %% tags=["claim"]
claim("Formula and integral give 0.8764", there)
claim("Formula and integral give 0.8764", integral)
claim("exchanged it is 4.9014", back)

# %% [markdown]
# ### Cover everything, or pick one mode
#
# Let $p$ have two **modes** (peaks): 0.6 of it around −3 and 0.4 around 3. Our model $q$ is *one* Gaussian. It cannot
# be right. In which way will it be wrong? Fit it twice: by the *forward* KL, $D_\text{KL}(p \,\Vert\, q)$, and by the
# *reverse* KL, $D_\text{KL}(q \,\Vert\, p)$.
#
# The forward fit needs no search. It is maximum likelihood with endlessly many data, so $q$ takes the mean and the
# variance of $p$. The reverse fit we leave to an optimiser, with the integral as a sum on a grid.

# %%
axis = np.linspace(-15, 15, 3001)
d_axis = axis[1] - axis[0]
p_two = 0.6 * gaussian(axis, -3, 0.7) + 0.4 * gaussian(axis, 3, 0.7)


def kl_on_grid(a, b):
    """KL of two densities on the grid; a tiny number avoids log(0)."""
    return np.sum(a * np.log((a + 1e-300) / (b + 1e-300))) * d_axis


def reverse(parameters):
    return kl_on_grid(gaussian(axis, parameters[0], np.exp(parameters[1])), p_two)


mean_two = np.sum(axis * p_two) * d_axis
std_two = np.sqrt(np.sum((axis - mean_two) ** 2 * p_two) * d_axis)
found_q = {"forward": (mean_two, std_two)}
for name, start in (("reverse, left start", -3), ("reverse, right start", 3)):
    best = optimize.minimize(reverse, [start, 0.0]).x
    found_q[name] = best[0], np.exp(best[1])
rows = []
for name, q in found_q.items():
    bell_of_fit = gaussian(axis, *q)
    both_ways = kl_on_grid(p_two, bell_of_fit), kl_on_grid(bell_of_fit, p_two)
    rows.append([name, *q, *both_ways])
modes = pd.DataFrame(rows, columns=["fit", "mean", "std", "KL(p‖q)", "KL(q‖p)"])
plot.table(modes, "One Gaussian q for two modes.", digits=2)

# %% tags=["hide-input"]
plt.fill_between(axis, p_two, color=GREY, alpha=0.4, label="p")
looks = {"forward": (BLUE, "-"), "reverse, left start": (RED, DASHED)}
looks["reverse, right start"] = (ORANGE, DOTTED)
for name, (color, style) in looks.items():
    bell_of_fit = gaussian(axis, *found_q[name])
    plt.plot(axis, bell_of_fit, color=color, linestyle=style, label=name)
plt.xlim(-9, 9)
plt.xlabel("x")
plt.ylabel("density")
plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
plot.show(
    "A grey density with two separate peaks, at -3 and at 3. The forward fit is one "
    "low and wide bell over both peaks, highest between them. Each reverse fit is a "
    "narrow bell on one of the peaks.",
    "Forward KL covers, also what is empty. Reverse KL picks one mode.",
)

# %% [markdown]
# The forward fit has the mean −0.60 and the standard deviation 3.02. It covers both modes, and to do so it puts
# about half of its samples where $p$ has hardly any: *where $p$ has samples, $q$ may not be small*. The reverse fits
# sit on one mode each, with the mode's own standard deviation of 0.70: *where $q$ has samples, $p$ may not be small*,
# and whole modes may be missing. The better one costs $\log(1/0.6)$ = 0.51, since $q = p / 0.6$ there.
#
# Keep both failures in mind. **Too wide or incomplete**: you will meet the first in chapter 20, as blur, and the second
# in {doc}`chapter 21 <21_gan>`. But do not learn it as a law. With modes that are near each other the reverse fit
# covers both as well, and a model that is flexible enough makes both divergences 0.

# %% tags=["claim"]
claim("has the mean −0.60 and the standard deviation 3.02", mean_two, std_two)
for fit in ("reverse, left start", "reverse, right start"):
    claim("own standard deviation of 0.70", found_q[fit][1])
empty = gaussian(axis, *found_q["forward"])[p_two < 0.02].sum() * d_axis
claim("about half of its samples where $p$ has hardly any", bool(0.45 < empty < 0.55))
claim("= 0.51, since", np.log(1 / 0.6))
claim("The better one costs", bool(abs(modes.iloc[1, 4] - np.log(1 / 0.6)) < 1e-3))
near_modes = 0.6 * gaussian(axis, -1, 0.7) + 0.4 * gaussian(axis, 1, 0.7)
covering = optimize.minimize(
    lambda v: kl_on_grid(gaussian(axis, v[0], np.exp(v[1])), near_modes), [-1, 0.0]
).x
claim(
    "the reverse fit covers both as well",
    bool(abs(covering[0]) < 0.4 and np.exp(covering[1]) > 1),
)

# %% [markdown]
# ## Many dimensions: where the mass is
#
# The makers of Part V start from noise: $d$ independent numbers $z_j$ from $\mathcal{N}(0, 1)$, with $d$ between 2 and
# 784. Such a $z$ is a point in $d$ dimensions, and its density is highest at the origin. So is it near the origin?

# %%
dimensions = [1, 2, 10, 100, 784]
norms = {d: np.linalg.norm(rng.normal(size=(5000, d)), axis=1) for d in dimensions}
for d, r in norms.items():
    print(f"d = {d:3}: mean length {r.mean():6.3f}, root of d {d**0.5:6.3f}", end="")
    print(f", standard deviation {r.std():.3f}, shorter than 1: {np.mean(r < 1):.4f}")

# %% [markdown]
# In 784 dimensions all lengths are near 28, and none of the 5000 is shorter than 1. Why? Compute:
#
# ```{math}
# :label: eq-shell
# \begin{aligned}
# \mathbb{E}\bigl[ \lVert z \rVert^2 \bigr] &= \sum_{j=1}^d \mathbb{E}[z_j^2] = d , \\
# \operatorname{Var}\bigl[ \lVert z \rVert^2 \bigr] &= d \operatorname{Var}[z_j^2]
#   = d\, \bigl( \mathbb{E}[z_j^4] - 1 \bigr) = 2 d .
# \end{aligned}
# ```
#
# (The fourth moment is 3: the Gaussian density has the derivative $-z\,p(z)$, so by parts
# $\int z^3 \cdot z\,p(z)\, dz = \int 3 z^2\, p(z)\, dz = 3$.) So the *squared* length is $d \pm \sqrt{2d}$. The length
# is its root, about $\sqrt d$, and its spread $\sqrt{2d} / (2 \sqrt d) = 0.71$, the same for every $d$: a thin shell.
#
# The density is highest in the middle, but hardly any *volume* is there. A thin shell of radius $r$ has a volume
# proportional to $r^{d-1}$ (think of a circle, $2\pi r$, and of a sphere, $4\pi r^2$), and density times volume,
# $r^{d-1} e^{-r^2/2}$, has its maximum where $\frac{d-1}{r} = r$: at $r = \sqrt{d-1}$. **The point
# of highest density is not a typical one.** For a Gaussian model of pictures it is the mean of all pictures, a blur.
#
# The middle $(z + z') / 2$ of two typical points has the variance $\frac14 (1 + 1) = \frac12$ in each entry. It lies
# inside the shell, where a model has seen nothing in training. When you walk from one point to another in the chapters
# to come, stay on the shell: $\cos(t)\, z + \sin(t)\, z'$ has the variance $\cos^2 t + \sin^2 t = 1$ all the way.

# %% tags=["claim"]
claim("all lengths are near 28", bool(abs(norms[784] - 28).max() < 4))
claim("none of the 5000 is shorter than 1", bool((norms[784] > 1).all()))
claim("= 0.71, the same for every", np.sqrt(0.5))
claim("a thin shell", bool(abs(norms[784].std() - np.sqrt(0.5)) < 0.03))
claim("The fourth moment is 3", stats.norm.moment(4))
halfway = rng.normal(size=(2, 1000, 784)).mean(axis=0)
claim("(1 + 1) = \\frac12$ in each entry", bool(abs(halfway.var() - 0.5) < 0.01))

# %% [markdown]
# ## Your first digits
#
# All tools are there: a family, a fit, a sampler. Take 4000 digits of {doc}`chapter 15 <15_cnn_classifier>` in black
# and white, and keep 1000 for the test. The simplest model treats the 784 pixels as *independent* coins, pixel $j$ with
# its own probability $\theta_j$ of ink:
#
# ```{math}
# :label: eq-pixels
# p(x) = \prod_{j=1}^{784} \theta_j^{x_j} (1 - \theta_j)^{1 - x_j} .
# ```
#
# The MLE of each $\theta_j$ is the share of pictures with ink there, $k_j / n$. Where no training picture has ink it is
# 0, and one test picture with ink there would have the log probability $-\infty$. So take the MAP estimate
# {eq}`eq-add-one`, one more picture with ink and one without.

# %%
train_ink, test_ink = ink[:4000], ink[4000:]
train_y, test_y = labels[:4000], labels[4000:]


def coins(x):
    """MAP probability of ink for each pixel, from pictures x (n, 784)."""
    return (x.sum(axis=0) + 1) / (len(x) + 2)


def log_pixels(x, theta):
    """log p(x | theta) of each picture (n,): a sum of logarithms, no product."""
    return x @ np.log(theta) + (1 - x) @ np.log(1 - theta)


never = train_ink.sum(axis=0) == 0
impossible = np.mean(test_ink[:, never].any(axis=1))
nll_coins = -log_pixels(test_ink, coins(train_ink)).mean()
nll_half = 784 * np.log(2)
print(f"test pictures impossible under the MLE: {impossible:.3f}")
print(f"NLL a picture: fair coins {nll_half:.1f}, pixel coins {nll_coins:.1f} nats")

# %% [markdown]
# Under the MLE 11 of the 1000 test pictures would be impossible. With MAP a test picture costs 211.1 nats on
# average, against 543.4 for fair coins, the noise at the start of this chapter. (Chapter 20 will bring it
# below 95.)
#
# Second model: **first the class, then the pixels.** Ancestral sampling with $p(y)$ the class shares, and for each
# class its own 784 coins. The probability of a picture is then $p(x) = \sum_k \pi_k\, p(x \mid y = k)$. In logarithms:
# with $a_k = \log \pi_k + \log p(x \mid k)$,
#
# ```{math}
# :label: eq-logsumexp
# \log p(x) = \log \sum_k e^{a_k} = m + \log \sum_k e^{a_k - m} , \qquad m = \max_k a_k .
# ```
#
# The largest exponent is now 0, so the sum is at least 1, and nothing is lost. This trick is called
# {term}`log-sum-exp`; `np.logaddexp.reduce` does it.

# %%
class_shares = np.bincount(train_y) / len(train_y)
class_coins = np.stack([coins(train_ink[train_y == k]) for k in range(10)])  # (10, 784)
a = np.log(class_shares) + np.stack(
    [log_pixels(test_ink, theta_k) for theta_k in class_coins], axis=1
)
nll_classes = -np.logaddexp.reduce(a, axis=1).mean()
print(f"first the class, then the pixels: {nll_classes:.1f} nats")

made_y = rng.choice(10, size=1000, p=class_shares)
made = (rng.random((1000, 784)) < class_coins[made_y]).astype(float)
made_coins = (rng.random((1000, 784)) < coins(train_ink)).astype(float)

# %% tags=["hide-input"]
ten = [np.flatnonzero(made_y == k)[0] for k in range(10)]
real_ten = [np.flatnonzero(test_y == k)[0] for k in range(10)]
rows = [made_coins[:10], made[ten], test_ink[real_ten]]
plot.image_grid(np.concatenate(rows).reshape(-1, 28, 28), columns=10)
plot.show(
    "Three rows of ten pictures. First row: shapeless clouds of white dots. Second "
    "row: clouds of dots in the rough shapes of the digits 0 to 9; 0 and 1 can be "
    "guessed. Third row: real digits with clear strokes.",
    "Samples of independent pixels; of class, then pixels; real digits.",
)

# %% [markdown]
# The second model knows where ink is *usual*: it costs 175.1 nats a picture, 36 less, and in its clouds you can guess a
# 0 or a 1. But nobody would take one for handwriting. Before we say why, use the same model in the other
# direction.

# %% tags=["claim"]
claim("11 of the 1000 test pictures would be impossible", 1000 * impossible, 1000)
claim("costs 211.1 nats on average, against 543.4", nll_coins, nll_half)
claim("it costs 175.1 nats a picture, 36 less", nll_classes, nll_coins - nll_classes)

# %% [markdown]
# ## Exercise 18.6: Find the bug
#
# By Bayes the model is also a classifier, $p(y \mid x) \propto p(y)\, p(x \mid y)$, called *naive Bayes*. A friend
# writes it, in `float32` to save memory, and tests it on digits that are reduced to 14 × 14 pixels. He is content. Then
# he takes the full pictures.


# %%
def friends_classes(x, shares, theta):
    """The friend's classifier: pictures (n, pixels) to classes (n,)."""
    products = []
    for picture in x:
        each = np.where(picture == 1, theta, 1 - theta)  # (K, pixels)
        products.append(shares * each.prod(axis=1))
    return np.argmax(products, axis=1)


def small(x):
    """Every second pixel of every second row: (n, 784) to (n, 196)."""
    return x.reshape(-1, 28, 28)[:, ::2, ::2].reshape(len(x), -1)


for name, reduce in (("14 x 14", small), ("28 x 28", lambda x: x)):
    his_theta = np.stack([coins(reduce(train_ink[train_y == k])) for k in range(10)])
    theta32, shares32 = his_theta.astype(np.float32), class_shares.astype(np.float32)
    said = friends_classes(reduce(test_ink), shares32, theta32)
    his_accuracy = np.mean(said == test_y)
    print(f"{name}: {his_accuracy:.2f} right, {np.mean(said == 0):.2f} called 0")

# %% [markdown]
# 1. Set `diagnosis` to one letter:
#    - **A**: Neighbouring pixels are not independent, so Bayes' theorem does not hold for larger pictures.
#    - **B**: Some pixels have no ink in any training picture, so their probability of ink is 0.
#    - **C**: For most pictures all ten products are smaller than the smallest number that the computer knows.
#    - **D**: The class shares must not be multiplied in, since the classes are about equally frequent.
#    - **E**: With 784 pixels a class needs more than 400 training pictures.
# 2. Write `posterior(x, shares, theta)`: $p(y = k \mid x)$ for pictures `x` `(n, pixels)` of zeros and ones, class shares
#    `(K,)` and ink probabilities `theta` `(K, pixels)`. Return the shape `(n, K)`; each row adds up to 1. It must work
#    for any number of pixels, also for `float32` arguments.

# %%
### BEGIN SOLUTION: one letter, "A" to "E"
diagnosis = "C"
### END SOLUTION


def posterior(x, shares, theta):
    """p(y = k | x), shape (n, K), for binary pictures x (n, pixels)."""
    ### BEGIN SOLUTION: sums of logarithms, and take off the largest before exp
    x, shares, theta = (np.asarray(a, dtype=float) for a in (x, shares, theta))
    a = np.log(shares) + x @ np.log(theta).T + (1 - x) @ np.log(1 - theta).T
    a = np.exp(a - a.max(axis=1, keepdims=True))
    return a / a.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %%
check("18.6")

# %%
_, posterior = answer("18.6")
chances = np.asarray(posterior(test_ink, class_shares, class_coins), dtype=float)
accuracy = np.mean(chances.argmax(axis=1) == test_y)
sure = np.mean(chances.max(axis=1) > 0.99)
print(f"repaired: {accuracy:.3f} right, {sure:.2f} of the answers above 0.99")

# %% [markdown]
# On the small pictures the friend is right on about 0.8. On the full ones he is right on fewer than 0.2, because he
# calls more than 0.9 of them 0: when all products are 0, `argmax` returns the first class. Repaired, the classifier is
# right on 0.838 of the 1000 test digits.
#
# It is also far too sure: 0.91 of its answers are above 0.99, and of these only 0.87 are right. It counts each
# pixel as a new witness, although neighbouring pixels tell the same story twice, like the copied test of exercise 18.1.

# %% tags=["claim"]
claim("right on 0.838 of the 1000 test digits", accuracy, len(test_y))
claim("he is right on fewer than 0.2", bool(his_accuracy < 0.2))
claim("calls more than 0.9 of them 0", bool(np.mean(said == 0) > 0.9))
when_sure = (chances.argmax(axis=1) == test_y)[chances.max(axis=1) > 0.99].mean()
claim("0.91 of its answers are above 0.99", sure, 0.99)
claim("of these only 0.87 are right", when_sure)
two_by_two = np.stack([coins(small(train_ink[train_y == k])) for k in range(10)])
his_small = np.mean(friends_classes(small(test_ink), shares32, two_by_two) == test_y)
claim("the friend is right on about 0.8", bool(0.75 < his_small < 0.85))

# %% [markdown]
# ## Why they are bad
#
# The model is a fair classifier and a hopeless maker. Telling digits apart needs only what *differs* between them;
# making them needs everything that they have in common. What is missing? Count the pixels of ink that have no ink among
# their eight neighbours.


# %%
def alone(x):
    """Share of the ink pixels without ink among their eight neighbours."""
    padded = np.pad(x.reshape(-1, 28, 28), ((0, 0), (1, 1), (1, 1)))
    shifts = [(r, c) for r in range(3) for c in range(3) if (r, c) != (1, 1)]
    neighbours = sum(padded[:, r : r + 28, c : c + 28] for r, c in shifts)
    own = padded[:, 1:-1, 1:-1]
    return np.sum((own == 1) & (neighbours == 0)) / own.sum()


sources = {"real digits": test_ink, "class, then pixels": made, "pixels": made_coins}
rows = [[n, alone(x), x.sum(axis=1).mean()] for n, x in sources.items()]
columns = ["pictures", "ink alone", "pixels of ink"]
faults = pd.DataFrame(rows, columns=columns)
plot.table(
    faults, "What independent pixels do not know (1000 pictures each).", digits=4
)

# %% [markdown]
# The number of ink pixels is right: about 105 in each row. But of the real ink pixels fewer than 1 in 1000 stand alone,
# of the sampled ones more than 60. **A stroke is an agreement among neighbours, and independence forbids agreements.**
# Each pixel throws its own coin, without a look at the others.

# %% tags=["claim"]
claim("about 105 in each row", bool((abs(faults.iloc[:, 2] - 105) < 3).all()))
claim("fewer than 1 in 1000 stand alone", bool(faults.iloc[0, 1] < 1e-3))
claim("of the sampled ones more than 60", bool((faults.iloc[1:, 1] > 0.06).all()))

# %% [markdown]
# So let the pixels depend on each other. The Gaussian in $d$ dimensions can do that: take noise $\varepsilon$ of $d$
# independent standard normal numbers, and transform it, $x = \mu + L\,\varepsilon$ with a matrix $L$. The *covariance
# matrix* $\Sigma$ holds $\mathbb{E}[(x_i - \mu_i)(x_j - \mu_j)]$ for all pairs, and
#
# ```{math}
# :label: eq-cholesky
# \Sigma = \mathbb{E}\bigl[ (x - \mu)(x - \mu)^\mathsf{T} \bigr]
#   = L\, \mathbb{E}\bigl[ \varepsilon \varepsilon^\mathsf{T} \bigr] L^\mathsf{T} = L\, I\, L^\mathsf{T} = L\, L^\mathsf{T} .
# ```
#
# So fit $\mu$ and $\Sigma$ to the grey pictures of each class: the MLE is again the mean and the covariance of the
# data, and the diagonal of $\Sigma$ you have fitted in exercise 18.3. Find an $L$ with $L L^\mathsf{T} = \Sigma$ by
# `np.linalg.cholesky`, and sample. We add 0.01 to the diagonal, as a prior would: with 400 pictures of 784 pixels,
# $\Sigma$ is singular.

# %%
fit_classes = answer("18.3")

grey = pictures.reshape(-1, 784) / 255
_, means, variances = fit_classes(grey[:4000], train_y, 10)
drawn, agrees = [], True
for k in range(10):
    group = grey[:4000][train_y == k]
    covariance = np.cov(group.T, bias=True)  # on its diagonal: your variances
    agrees &= np.allclose(np.diag(covariance), np.asarray(variances)[k])
    L = np.linalg.cholesky(covariance + 0.01 * np.eye(784))
    drawn.append((np.asarray(means)[k][:, None] + L @ rng.normal(size=(784, 6))).T)
drawn = np.stack(drawn)  # (10, 6, 784)
outside = np.mean((drawn < 0) | (drawn > 1))
print(f"the diagonals are the variances of exercise 18.3: {agrees}")
print(f"share of pixels below 0 or above 1: {outside:.2f}")

# %% tags=["hide-input"]
sheet = drawn.clip(0, 1)[:, :4].transpose(1, 0, 2).reshape(-1, 28, 28)
plot.image_grid(sheet, columns=10, limits=(0, 1))
plot.show(
    "Four rows of ten pictures, 0 to 9: most can be read, with soft strokes, "
    "but they are noisy, with grey smears, double strokes and missing pieces.",
    "Four samples of a Gaussian with full covariance for each digit.",
)

# %% [markdown]
# That is another world: strokes! What pairs of pixels tell is enough to make most of the digits readable. And yet each
# is a smear: several sevens laid over each other, double strokes, holes, grey fog. About 0.4 of the pixels are below 0
# or above 1, and no real pixel is. A class has 308 504 parameters, from 400 pictures.
#
# The reason is the shape. A Gaussian is one ellipsoid with its centre in the mean picture, and between two sevens its
# density is never lower than at the less dense of the two. The real sevens are no ellipsoid. They are a thin, curved
# surface: push a stroke to the right, and pixel after pixel lights up and goes dark again, along no straight line. No
# mean and no covariance can say "here *or* there, but not half of each".

# %% tags=["claim"]
claim("A class has 308 504 parameters", 784 + 784 * 785 // 2)
claim("About 0.4 of the pixels are below 0", bool(0.37 < outside < 0.45))

# %% [markdown]
# What is needed is a *curved* map: noise in, picture out, $x = g(\varepsilon)$ with a network for $g$. The change of
# variables says what this does to densities; but for a network from few numbers to many its formula is out of reach.
# Part V is five ways around this:
#
# | chapter | the map | how it is trained |
# |---|---|---|
# | 19 autoencoders | picture to a short code, and code to picture | squared error; nothing says which codes to draw |
# | 20 variational autoencoders | code to picture, with a prior on codes | a bound on the log likelihood, by Jensen |
# | 21 adversarial networks | noise to picture | a second network tells real from made |
# | 22 diffusion | noise to picture in many small steps | a squared error at every step |
# | 22 flow matching | noise to picture along a flow | a squared error on velocities |

# %%
progress()

# %% [markdown]
# ## Recap
#
# - Joint, marginal, conditional: add up over what you do not ask about; divide by what you know. Bayes turns a
#   conditional round, and the base rate counts.
# - The likelihood is $p(\text{data} \mid \text{parameters})$. As a function of the parameters it is no distribution.
# - A density is probability for each unit and may exceed 1; probabilities are areas, $F(b) - F(a)$.
# - An expectation is estimated by a mean over samples, with an error that falls as $1/\sqrt n$ in any
#   number of dimensions.
# - Sample by $F^{-1}(u)$, by the product rule, or by transforming noise. Densities transform with
#   $|dx/dy|$.
# - Maximum likelihood gives the losses that you know: Gaussian → squared error, Bernoulli and categorical →
#   cross-entropy. A prior *adds* its logarithm: Gaussian prior = ridge with $\alpha = \sigma^2 / \tau^2$.
# - KL is never negative (Jensen), and not symmetric: forward covers, reverse picks modes. Maximum likelihood is forward.
# - Standard normal vectors in $d$ dimensions have the length $\sqrt d \pm 0.7$: a shell, not a ball.
# - Independent pixels make dust, a Gaussian makes smears. Strokes need a curved map.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: A number is uniform between 2 and 2.1. What is its density there?
#   number: 10
#   why: The area, density times the width 0.1, must be 1. A density may exceed 1.
# - question: You throw a coin with unknown $\theta$ and see three heads. What is $\theta^3$, as a function of $\theta$?
#   options:
#     - wrong: the posterior of $\theta$
#       why: The posterior needs a prior, and it has the area 1. The area under $\theta^3$ is 0.25.
#     - right: the likelihood of $\theta$
#       why: It is the probability of the data for each value of the parameter.
#     - wrong: the density of $\theta$
#       why: Nothing has been said about how probable each value of the parameter is.
# - question: A Monte Carlo estimate from 500 samples has a typical error of 0.06. How many samples make it 0.02?
#   number: 4500
#   why: One third of the error needs $3^2 = 9$ times as many samples.
# - question: You double the standard deviation $\tau$ of a Gaussian prior on the weights. What happens to the ridge penalty $\alpha$?
#   options:
#     - wrong: It doubles
#       why: A wider prior is a weaker belief in small weights, so the penalty falls.
#     - wrong: It is halved
#       why: The variance stands in the formula, $\alpha = \sigma^2 / \tau^2$.
#     - right: It becomes a quarter
#       why: $\alpha = \sigma^2/\tau^2$, and $\tau^2$ has become four times as large.
#     - wrong: It stays, because only the noise counts
#       why: It is the ratio of noise variance to prior variance.
# - question: Which of these are true of a model that is fitted by maximum likelihood?
#   options:
#     - right: With endless data, it has the smallest $D_\text{KL}(\text{data} \,\Vert\, \text{model})$ of its family
#       why: The mean log likelihood is a constant minus this divergence.
#     - wrong: Its most dense point is a typical sample
#       why: In many dimensions typical samples lie in a shell, far from the most dense point.
#     - right: It pays dearly where it calls something impossible that does happen
#       why: The log likelihood of such a case is minus infinity. So it covers all data, at the price of some empty space.
#     - wrong: Its samples look real
#       why: It is the best of its family. If the family is wrong, the samples show it, as our dust did.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`bishop2006pattern` is the classic textbook: its chapters 1 and 2 hold nearly everything here, and they draw
#   the thin shell.
# - {cite:t}`murphy2022probabilistic` is the modern one, free on the web; its second volume is about generative models.
# - {cite:t}`mackay2003information` makes entropy, Bayes and Monte Carlo a pleasure.
# - {cite:t}`kullback1951information` introduced the divergence.
# - {cite:t}`gigerenzer2007helping` show how to speak about tests such that doctors and patients understand.
# - {cite:t}`theis2016note` compare likelihood, samples and other ways to judge a generative model, and show that they
#   may disagree.
