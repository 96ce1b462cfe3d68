# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Opening the box
#
# A bank's network refuses a credit. The applicant is 36 years old, has overdrawn the account, and has asked for 2799
# Deutsche Mark for nine months. **"Why?"** asks the applicant. The network has 113 parameters. You can print all of
# them, and none of them is an answer.
#
# {doc}`Chapter 23 <23_ethics>` told two things apart that are often mixed up: a box that you may look into, and a box
# that you *understand*. This chapter opens boxes. Which inputs count for a model as a whole? What spoke for and against
# this one applicant, and what would have to be different? Where in a picture does a network look? Every method here
# answers for *any* network, also for one that has learned nothing. So the second half of the work is to test
# explanations, as you have tested models. At the end you write down what has been decided and by what, and what the
# course has cost in energy.
#
# You need chapters 05 and 15, and best chapters 23 and 24. Reading takes about an hour, the six exercises about two.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the whole chapter takes seconds
DEVICE = None  # the networks are small: the CPU is quickest

# %%
import hashlib
import json
import math
import warnings

import numpy as np
import pandas as pd
import torch

# captum can draw progress bars, and asks for a package that we do not need.
warnings.filterwarnings("ignore", message="IProgress not found")
from captum.attr import IntegratedGradients, LayerGradCam, ShapleyValues
from matplotlib import pyplot as plt
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler
from torch import nn
from torch.nn import functional as F

from nnlab import answer, cards, check, data, hint
from nnlab import plot, progress, quality, seed_everything

plot.use_style()
seed_everything(SEED)
rng = np.random.default_rng(SEED)
BLUE, ORANGE, GREEN, RED = (plot.PALETTE[n] for n in ("blue", "orange", "green", "red"))
GREY, INK = (plot.PALETTE[n] for n in ("grey", "ink"))

# %% [markdown]
# ## A network and an applicant
#
# The case is German credit {cite:p}`hofmann1994statlog`: 1000 credits that a bank gave in the 1970s, 700 of them paid
# back as agreed. We use five of the columns. The account is told in words, and becomes a number from 0 to 3 in the
# order of the words.

# %%
credit = data.load("german_credit")
NAMES = ["account", "months", "amount", "rate", "age"]
ACCOUNT = ["< 0 DM", "0 to 200 DM", ">= 200 DM", "no checking account"]
columns = ["checking_status", "duration", "credit_amount", "installment_rate", "age"]
table = credit[columns].set_axis(NAMES, axis=1)
words = table.account.str.partition(" / ")[0]  # the long text of one of them
table["account"] = words.map({word: k for k, word in enumerate(ACCOUNT)})
X, paid = table.to_numpy(float), (credit.credit_risk == "good").to_numpy(int)
rows = np.arange(len(X))
train, test = train_test_split(rows, test_size=300, stratify=paid, random_state=SEED)
scaler = StandardScaler().fit(X[train])
Z_train, Z_test = scaler.transform(X[train]), scaler.transform(X[test])

# %% [markdown]
# The black box is a small network with a hidden layer of 16 neurons. It gives a **score** $s(x)$: the logit, so that
# $\sigma(s)$ is the estimated probability that the credit is paid back. The bank grants the credit where this
# probability is at least 0.7, which is the share of good credits in these data. That is the line $s \ge \log(0.7 / 0.3)
# = 0.85$.


# %%
def train_net(Z, y, seed):
    """The black box: standardised inputs, one score (the logit of "paid back")."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(Z.shape[1], 16), nn.Tanh(), nn.Linear(16, 1)).double()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.02, weight_decay=2.0)
    inputs = torch.as_tensor(Z)
    targets = torch.as_tensor(y[:, None], dtype=torch.double)
    for _ in range(300):
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(net(inputs), targets).backward()
        optimizer.step()
    return net.requires_grad_(False)


def score(net, Z):
    """Scores (n,) of standardised rows (n, d)."""
    return net(torch.as_tensor(np.atleast_2d(Z))).numpy()[:, 0]


LINE = math.log(0.7 / 0.3)
net = train_net(Z_train, paid[train], SEED)
s_test = score(net, Z_test)
person = scaler.transform(X[[586]])[0]  # the applicant of the first lines
print(f"AUC on 300 test credits: {roc_auc_score(paid[test], s_test):.3f}")
print(f"the applicant: score {score(net, person)[0]:.2f}, line {LINE:.2f}")

# %% [markdown]
# The AUC is 0.80: out of a good and a bad credit the network puts the good one higher in about four of five pairs. The
# applicant misses the line, 0.78 against 0.85. (In the data, this credit *was* paid back.)
#
# What may an applicant ask for? In the European Union, the law on data protection gives people about whom a machine
# alone takes a weighty decision a right to "meaningful information about the logic involved" {cite:p}`eu2016gdpr`
# (Article 15(1)(h)). Researchers disagreed for years about what follows from it: {cite:t}`wachter2017why` read in it no
# right to have a single decision explained; {cite:t}`selbst2017meaningful` disagreed. In 2025 the Court of Justice
# decided, in a case about a credit score, that the person can ask for an explanation of the procedure and principles
# that were actually applied, and that a mere formula is not enough; where trade secrets stand against this, an
# authority or a court must weigh the two {cite:p}`cjeu2025dun`. The AI Act adds, for most high-risk systems of its
# Annex III (credit scoring is named there), a right to an explanation of the system's role and of the main elements of
# the decision {cite:p}`eu2024ai` (Article 86; text checked on 2026-11-22). Its dates of application have been moved by
# later law {cite:p}`eu2026omnibus`: look at the current text. Nothing in this chapter is legal advice.
#
# ## Which inputs count? Spoil one and see
#
# The simplest question first, about the model as a whole. Take the test rows and shuffle *one* column, so that each
# applicant has somebody else's value there. All the rest stays, the network too. How much worse does it get? This fall
# is the {term}`permutation importance` of the input {cite:p}`breiman2001random`.
#
# $$ I_j = \text{AUC}(X) - \text{AUC}\bigl(X \text{ with column } j \text{ shuffled}\bigr) , \quad
# \text{mean over several shuffles.} $$


# %%
def permutation_importance(net, Z, y, shuffles=20):
    """Fall of the AUC when one column is shuffled: (shuffles, d)."""
    falls = np.zeros((shuffles, Z.shape[1]))
    whole = roc_auc_score(y, score(net, Z))
    for r in range(shuffles):
        for j in range(Z.shape[1]):
            spoiled = Z.copy()
            spoiled[:, j] = rng.permutation(spoiled[:, j])
            falls[r, j] = whole - roc_auc_score(y, score(net, spoiled))
    return falls


falls = permutation_importance(net, Z_test, paid[test])
copies = [Z[:, :1] + 0.05 * rng.normal(size=(len(Z), 1)) for Z in (Z_train, Z_test)]
twin_net = train_net(np.hstack([Z_train, copies[0]]), paid[train], SEED)
twin_falls = permutation_importance(
    twin_net, np.hstack([Z_test, copies[1]]), paid[test]
)

# %% tags=["hide-input"]
_, (left, right) = plt.subplots(1, 2, figsize=(6.8, 2.9), sharex=True)
for ax, values in (left, falls), (right, twin_falls):
    names = [*NAMES, "twin"][: values.shape[1]]
    place = np.arange(len(names))[::-1]
    mean, spread = values.mean(axis=0), values.std(axis=0)
    colors = [ORANGE if n in ("account", "twin") else BLUE for n in names]
    ax.barh(place, mean, color=colors)
    ax.errorbar(mean, place, xerr=spread, fmt="none", ecolor=INK)
    ax.set(yticks=place, title=f"{len(names)} inputs", xlabel="fall of the AUC")
    ax.set_yticklabels(names)
plot.show(
    "Two bar charts of permutation importance. Left, five inputs: account 0.20, the "
    "others below 0.06. Right, with a noisy copy of account added: account and its "
    "twin both less than a third as long as account was alone.",
    "Permutation importance on the test rows; bars: spread over 20 shuffles. Right: "
    "a second network, which also gets a noisy copy of the account.",
)

# %% [markdown]
# On the left, the account counts most by far: when it is shuffled, the AUC falls by 0.20. On the right we have given a
# second network a *twin* of this column, as if another agency reported the same fact with small errors. Now each of the
# two is worth less than half as much, since the other stands in when one is spoiled. With ten twins, each might look
# useless.
#
# ```{warning}
# **A common slip:** "this input has a small importance, so we can drop it, and the model does not use what it stands
# for." Inputs that say the same thing share the importance. And a shuffled row may be an applicant who cannot exist: 72
# months for 250 DM. So the model is measured on impossible people too {cite:p}`hooker2021unrestricted`.
# ```

# %% tags=["claim"]
from nnlab import claim

claim("The network has 113 parameters", sum(p.numel() for p in net.parameters()))
assert X[586].tolist() == [0, 9, 2799, 2, 36] and paid[586] == 1
claim("The AUC is 0.80", roc_auc_score(paid[test], s_test))
claim("0.78 against 0.85", score(net, person)[0], LINE)
fall, with_twin = falls.mean(axis=0), twin_falls.mean(axis=0)
claim("the AUC falls by 0.20", bool(0.18 < fall[0] < 0.22 and fall[1:].max() < 0.06))
claim("worth less than half as much", bool(with_twin[[0, 5]].max() < 0.45 * fall[0]))
claim("72 months for 250 DM", table.months.max(), table.amount.min())

# %% [markdown]
# ## For and against one applicant
#
# Now a single decision. Compare the applicant with a **reference**, here the average applicant, whose standardised
# inputs are all 0. The two scores differ. How much of the difference is due to the account, the amount, the age?
#
# Go from the reference to the applicant one input at a time, and write down how much each step changes the score.
# Unfortunately the order matters. Take a model of two inputs that gives 0 for the reference, 4 when only input 1 is the
# applicant's, 2 when only input 2 is, and 10 when both are. If input 1 goes first, it brings 4 and input 2 brings 6. If
# input 2 goes first, it brings 2 and input 1 brings 8. {cite:t}`shapley1953value` asked this about players who share a
# gain, and answered: **take the mean over all orders.** So input 1 gets $(4 + 8)/2 = 6$, and input 2 gets $(6 + 2)/2 =
# 4$.
#
# Let $v(S)$ be the score when the inputs in the set $S$ are the applicant's and the others the reference's. Count in
# how many of the $d!$ orders exactly the inputs of $S$ stand before input $j$: $|S|!\,(d - |S| - 1)!$. Therefore the
# {term}`Shapley value` of input $j$ is
#
# ```{math}
# :label: eq-shapley
# \phi_j = \sum_{S \text{ without } j} \frac{|S|!\,(d - |S| - 1)!}{d!} \, \bigl[ v(S \cup \{j\}) - v(S) \bigr] ,
# \quad \sum_j \phi_j = v(\text{all}) - v(\emptyset) .
# ```
#
# The second formula says that nothing is left over: along each order the steps add up to the whole way. With $d$ inputs
# there are $2^d$ sets. For five inputs that is 32 scores, and we can afford all of them.

# %% [markdown]
# ## Exercise 25.1: Shapley values
#
# Write `shapley(v, d)`. The array `v` has $2^d$ numbers: `v[m]` belongs to the set whose members are the binary digits
# of `m` that are 1, the last digit for input 0. So for $d = 2$ the example of the text is `v = [0, 4, 2, 10]`, and `v[m
# | 1 << j]` is the set `m` with input `j` added (`1 << j` is $2^j$). Return the $d$ values.


# %%
def shapley(v, d):
    """Shapley values (d,) of a game with the values v (2**d,)."""
    ### BEGIN SOLUTION: for each input and each set without it: weight times gain
    phi = np.zeros(d)
    for j in range(d):
        for m in range(2**d):
            if not m >> j & 1:
                size = m.bit_count()
                orders = math.factorial(size) * math.factorial(d - size - 1)
                phi[j] += orders / math.factorial(d) * (v[m | 1 << j] - v[m])
    return phi
    ### END SOLUTION


# %%
check("25.1")

# %%
shapley = answer("25.1")
present = (np.arange(32)[:, None] >> np.arange(5)) & 1  # row m: the digits of m
average = np.zeros(5)
v = score(net, np.where(present, person, average))
phi = np.asarray(shapley(v, 5), dtype=float)
one, zero = torch.as_tensor(person)[None], torch.zeros(1, 5, dtype=torch.double)
by_captum = ShapleyValues(net).attribute(one, baselines=zero).numpy().ravel()
print("yours:", phi.round(2), "captum:", by_captum.round(2))
print(f"largest difference {np.abs(phi - by_captum).max():.1e}")
print(f"sum {phi.sum():.3f}, difference of the scores {v[31] - v[0]:.3f}")

# %% [markdown]
# Yours agree with those of captum {cite:p}`kokhlikyan2020captum`, which goes through all 120 orders, to better than one
# millionth. For more than about 15 inputs nobody enumerates: libraries draw some of the orders at random, or use the
# structure of the model {cite:p}`lundberg2017unified`.
#
# The next figure shows the five values. It also asks how far to trust them. We train nine more networks on the same
# data, with other seeds. They are equally good; do they give the same reasons?

# %%
others = [train_net(Z_train, paid[train], seed) for seed in range(1, 10)]
by_others = np.array(
    [shapley(score(other, np.where(present, person, average)), 5) for other in others]
)
their_auc = [roc_auc_score(paid[test], score(n, Z_test)) for n in others]
their_scores = np.array([score(other, person)[0] for other in others])
print(f"AUC {min(their_auc):.3f} to {max(their_auc):.3f}", end=", ")
print(f"score {their_scores.min():.2f} to {their_scores.max():.2f}")
print(f"granted by {np.sum(their_scores >= LINE)} of the nine")

# %% tags=["hide-input"]
now = [ACCOUNT[int(X[586, 0])], *map(str, table.loc[586, NAMES[1:]])]
place = np.arange(5)[::-1]
ax = plt.subplots(figsize=(6.4, 3.1))[1]
ax.barh(place, phi, color=[GREEN if p > 0 else RED for p in phi], alpha=0.75)
for k in range(5):
    ax.plot(by_others[:, k], np.full(9, place[k]), "o", color=INK, markersize=3)
ax.axvline(0, color=INK, lw=1)
ax.set(yticks=place, xlabel="Shapley value [units of the score]")
ax.set_yticklabels([f"{n}: {word}" for n, word in zip(NAMES, now, strict=True)])
plot.show(
    "Five horizontal bars. Account below 0 DM: −1.05. Months 9: +0.4. Amount "
    "2799: near 0. Rate 2: +0.2. Age 36: near 0. Small dots of nine other networks "
    "lie within 0.2 of the end of each bar.",
    "For (right) and against (left) the applicant, compared with the average "
    "applicant. Dots: nine networks with other seeds.",
)

# %% [markdown]
# Compared with the average applicant, the overdrawn account costs 1.05, more than all the rest can bring. The short
# time and the class of the rate speak *for* the applicant; amount and age hardly count. The ten networks give nearly
# the same reasons. **They do not give the same decision:** some of the nine grant this credit, with an equally good
# AUC. So near the line, "why was I refused?" has one more honest answer: because of the seed.
#
# Three limits. First, **a Shapley value depends on the reference.** Compared with the average applicant the account
# costs 1.05; compared with somebody who also has an overdrawn account it costs exactly 0, because there is no
# difference left to explain. Second, **it explains the network, not the world.** The network has learned from 700 old
# credits, and no value says that another account would make anybody pay back. Third, **it inherits the errors of the
# data.** The table of codes that came with these data calls the rate a percentage of the income, so that 2 is small.
# {cite:t}`gromping2019south` went back to the sources: 1 to 4 are classes, and 4 is the *lowest* share. The same value,
# +0.19, turns from "a small burden speaks for you" into "a large burden speaks for you".

# %% tags=["claim"]
claim("that is 32 scores", len(v))
claim("better than\none millionth", bool(np.abs(phi - by_captum).max() < 1e-6))
claim("nothing is left over", bool(np.isclose(phi.sum(), v[31] - v[0])))
claim("the overdrawn account costs 1.05", -phi[0])
claim("more than all the rest", bool(-phi[0] > np.abs(phi[1:]).sum()))
claim("nearly the\nsame reasons", bool(np.abs(by_others - phi).max() < 0.15))
claim("some of the nine grant", bool(0 < np.sum(their_scores >= LINE) < 9))
same_account = np.where(np.arange(5) == 0, person, average)
v_same = score(net, np.where(present, person, same_account))
claim("it costs exactly 0", bool(abs(shapley(v_same, 5)[0]) < 1e-12))
claim("+0.19, turns from", phi[3])

# %% [markdown]
# ## A glass box beside it
#
# Why explain a black box, if there are models that one can read? Take one curve for each input, and add them up:
#
# $$ s(x) = c + f_1(x_1) + f_2(x_2) + \dots + f_d(x_d) . $$
#
# This is a *generalised additive model* {cite:p}`hastie1986generalized`, a {term}`glass box`: draw the five curves, and
# you have seen the whole model. We make each curve from splines (smooth curves of short pieces), and fit them by
# logistic regression. Is the price a worse score? We compare on ten random splits, always both models on the same
# split.


# %%
def train_glass(Z, y):
    """A sum of one curve for each input, as a logit."""
    curves = SplineTransformer(n_knots=4, degree=2)
    return make_pipeline(curves, LogisticRegression(C=0.3, max_iter=2000)).fit(Z, y)


pairs = []
for seed in range(10):
    a, b = train_test_split(rows, test_size=300, stratify=paid, random_state=seed)
    scale = StandardScaler().fit(X[a])
    Z_a, Z_b = scale.transform(X[a]), scale.transform(X[b])
    glass, black = train_glass(Z_a, paid[a]), train_net(Z_a, paid[a], seed)
    by_glass, by_black = glass.decision_function(Z_b), score(black, Z_b)
    pairs.append([roc_auc_score(paid[b], s) for s in (by_glass, by_black)])
pairs = np.array(pairs)
gap = pairs[:, 1] - pairs[:, 0]
print(f"glass box {pairs[:, 0].mean():.3f}, black box {pairs[:, 1].mean():.3f}")
print(f"black minus glass: {gap.mean():+.3f}")

# %% tags=["hide-input"]
glass = train_glass(Z_train, paid[train])
units = ["step", "months", "DM", "class", "years"]
_, axes = plt.subplots(1, 5, figsize=(8.4, 2.6), sharey=True)
parts = []  # what each input adds for the applicant, compared with the average one
for j, ax in enumerate(axes):
    grid = np.zeros((61, 5))
    grid[:, j] = np.linspace(*np.quantile(Z_train[:, j], [0.0, 0.98]), 61)
    curve = glass.decision_function(grid) - glass.decision_function(average[None])
    here = average.copy()
    here[j] = person[j]
    parts.append(np.subtract(*glass.decision_function([here, average])))
    ax.plot(scaler.inverse_transform(grid)[:, j], curve, color=BLUE)
    ax.plot(X[586, j], parts[-1], "D", color=ORANGE, markersize=6)
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set(title=NAMES[j], xlabel=units[j])
axes[0].set_ylabel("adds to the score")
parts = np.array(parts)
plot.show(
    "Five curves, one for each input. Account: rises from −0.7 to +0.8. Months: falls "
    "from +0.3 to −0.5. Amount: slightly up, then down to −0.8. Rate: falls a little. "
    "Age: rises from −0.4 to +0.2 at 50, then falls. Diamonds mark the applicant.",
    "The whole glass box. Diamonds: the applicant.",
)

# %% [markdown]
# The black box is ahead by less than 0.01 of AUC. From split to split either one varies by more than 0.02. And the
# glass box needs no further explanation. Because the curves are simply added, the heights of the diamonds *are* the
# Shapley values of the applicant, to the last digit. Something odd can be seen, too: why should the risk rise again
# with age? One can ask, and repair one curve.
#
# {cite:t}`rudin2019stop` therefore says: for decisions that weigh heavily, do not explain black boxes, use models that
# can be read; on tables they are seldom worse. Others answer that this is no rule for every task: one curve for each
# pixel says little about a digit, and a sum of a hundred curves is readable in name only {cite:p}`lipton2018mythos`.
# Rudin in turn points to networks for pictures that are built to be read. For a table, a first step costs little: *try
# the glass box, and measure what it costs.*
#
# ## What would have to be different?
#
# The applicant may not want to know *why* so much as *what now*. A {term}`counterfactual` explanation names the
# smallest change that turns the decision {cite:p}`wachter2018counterfactual`: "for seven months, you would have got
# it." The judgment of 2025 names this kind too, as one that can be enough {cite:p}`cjeu2025dun`.
#
# "Smallest" needs a distance. We take the usual one between standardised inputs: one standard deviation of the age
# weighs as much as one of the amount. And some inputs cannot be changed at all, so they are held **fixed**. For a
# linear score there is a formula, and it is your next exercise.

# %% [markdown]
# ## Exercise 25.2: The nearest granted applicant
#
# The score is linear, $s(x) = w \cdot x + b$, and a credit is granted where $s(x) \ge$ `line`. Write
# `nearest_granted(w, b, x, fixed, line)`: the point nearest to `x` (straight distance) that is granted. `fixed` has a
# truth value for each input; where it is `True`, the input must stay as it is. If `x` is granted already, return it as
# it is. At least one input that may change has a weight that is not 0.


# %%
def nearest_granted(w, b, x, fixed, line):
    """The nearest point to x, shape (d,), with w @ x + b >= line."""
    ### BEGIN SOLUTION: go along the weights of the inputs that may change
    free = np.where(fixed, 0.0, w)
    missing = max(line - (w @ x + b), 0)
    return x + missing / (free @ free) * free
    ### END SOLUTION


# %%
check("25.2")

# %% [markdown]
# The network is curved, so we search. First one input at a time: which value, found among the applicants of the data
# and nearest to the present one, would be granted?

# %%
alone = []
for j, name in enumerate(NAMES):
    values = np.unique(X[:, j])
    tried = np.tile(X[586], (len(values), 1))
    tried[:, j] = values
    granted = values[score(net, scaler.transform(tried)) >= LINE]
    best = min(granted, key=lambda g: abs(g - X[586, j]), default=np.nan)
    alone.append([name, X[586, j], best, abs(best - X[586, j]) / scaler.scale_[j]])
columns = ["input", "now", "granted from", "change (standard deviations)"]
alone = pd.DataFrame(alone, columns=columns).set_index("input")
plot.table(alone, "One change that turns the decision; – where none does.", digits=1)

# %% tags=["hide-input"]
months, amounts = np.arange(4, 21), np.linspace(250, 6000, 60)
plane = np.tile(X[586], (60, 17, 1))
plane[..., 1], plane[..., 2] = np.meshgrid(months, amounts)
heights = score(net, scaler.transform(plane.reshape(-1, 5))).reshape(60, 17)
ax = plt.subplots(figsize=(5.6, 3.4))[1]
ax.contourf(months, amounts, heights, [-9, LINE, 9], colors=[ORANGE, BLUE], alpha=0.25)
ax.contour(months, amounts, heights, [LINE], colors=INK, linewidths=1.4)
far = (plane[..., [1, 2]] - X[586, [1, 2]]) / scaler.scale_[[1, 2]]
at = np.argmin(np.where(heights >= LINE, (far**2).sum(axis=2), np.inf))
nearest = plane.reshape(-1, 5)[at, [1, 2]]
ax.plot(9, 2799, "s", color=RED, markersize=8, label="as asked")
ax.plot(*nearest, "D", color=GREEN, markersize=8, label="nearest granted")
ax.legend(loc="lower right")
ax.text(4.2, 1500, "granted")
ax.text(16, 5200, "refused")
ax.set(xlabel="months", ylabel="amount [DM]")
plot.show(
    "A plane of months and amount with all other inputs as the applicant's. A "
    "curve that bulges to the right divides granted, left, from refused. The "
    "applicant is a square on the refused side; a diamond, granted, is near.",
    "The decision for this applicant, if only months and amount change.",
)

# %% [markdown]
# One applicant, many counterfactuals, all true of the network. They are of very different worth. (In the figure the
# line bends back: with seven months, even 250 DM would be refused. Did the bank want that?) Seven months can be asked
# for. To be 41 will come by itself, much too late. And the third: *raise the balance of the account by one step.* If
# somebody lends the applicant money for a week, the network is content, and nothing about the applicant has changed.
# **A counterfactual says what would turn the model. Whether it can be done, and whether it would make the credit safer,
# it does not say** {cite:p}`karimi2021algorithmic`.

# %% tags=["claim"]
claim("ahead by less than 0.01 of AUC", bool(abs(gap.mean()) < 0.01))
claim("either one varies by more than 0.02", bool(pairs.std(axis=0).min() > 0.02))
v_glass = glass.decision_function(np.where(present, person, average))
claim("Shapley values of the applicant", bool(np.allclose(shapley(v_glass, 5), parts)))
wanted = alone["granted from"]
claim("To be 41 will come by itself", wanted["age"])
claim(
    "Seven months can be asked", bool(wanted[["account", "months"]].tolist() == [1, 7])
)
at_seven = heights[:, months == 7]
claim("even 250 DM would be refused", bool(at_seven[0] < LINE <= at_seven.max()))

# %% [markdown]
# ## Pictures: follow the gradient
#
# A picture of a digit has 784 inputs, far too many for $2^d$ sets, and shuffling one pixel does nothing. But a network
# has gradients. Our second box is the judge of Part V: the CNN with 167 850 parameters in `nnlab.quality`, with its
# bundled weights. It reads 99.1 % of the 1000 test digits. Where does it look?
#
# The first idea: how much would the score $s_k$ of class $k$ change, if pixel $j$ changed a little? Take the absolute
# gradient $|\partial s_k / \partial x_j|$ as a picture. It is called a {term}`saliency map` {cite:p}`simonyan2014deep`.

# %%
judge, digits = quality.judge(), quality.digits()
pixels = torch.as_tensor(digits.test / 255, dtype=torch.float32).reshape(1000, 784)
truth = digits.test_labels


def flat(cnn):
    """The CNN for pictures as rows: (n, 784) to logits (n, 10)."""
    return lambda x: cnn(x.reshape(-1, 1, 28, 28))


def saliency(cnn, x, k):
    """|d s_k / d x| of each row of x; k: a class for each row."""
    x = x.clone().requires_grad_()
    s = flat(cnn)(x)[torch.arange(len(x)), k].sum()  # rows do not mix
    return torch.autograd.grad(s, x)[0].abs()


said = flat(judge)(pixels).argmax(dim=1).numpy()
print(f"right on {np.mean(said == truth):.3f} of {len(truth)} test digits")

# %% [markdown]
# The gradient has a weakness. Where a function is flat it is 0, although the input may matter a lot. Take a network
# with the score $1 - \operatorname{ReLU}(1 - x)$. It climbs from 0 at $x = 0$ to 1 at $x = 1$, and then stays. At $x =
# 2$ the gradient is 0. "The input does not matter" would be wrong: without it the score would be 0.
#
# {cite:t}`sundararajan2017axiomatic` do not ask for the slope at the end, but along the whole way from a reference $r$
# to $x$:
#
# ```{math}
# :label: eq-ig
# \text{IG}_j = (x_j - r_j) \int_0^1 \frac{\partial s}{\partial x_j}\bigl( r + a\,(x - r) \bigr) \, da ,
# \qquad \sum_j \text{IG}_j = s(x) - s(r) .
# ```
#
# These are {term}`integrated gradients`. The second formula is called **completeness**. It is nothing but the
# fundamental theorem of calculus: by the chain rule, $\sum_j (x_j - r_j)\, \partial s / \partial x_j$ is the slope of
# the score along the way, and slopes, integrated, give the whole climb. On a computer the integral is a mean over $m$
# points. Take the *middles* of $m$ equal pieces, $a = (i + \tfrac12)/m$ for $i = 0, \dots, m - 1$: they are much more
# exact than the ends. In the example, the mean slope from 0 to 2 is 0.5, and IG $= 2 \cdot 0.5 = 1$.

# %% [markdown]
# ## Exercise 25.3: Integrated gradients
#
# Write `integrated_gradients(net, x, reference, steps)`. `net` maps rows `(n, d)` to scores `(n, 1)`, each row on its
# own; `x` and `reference` are tensors `(n, d)`. Return a tensor `(n, d)`. Use the gradients at the middles of `steps`
# equal pieces. PyTorch's autograd may be used, captum not.


# %%
def integrated_gradients(net, x, reference, steps):
    """Integrated gradients of each row, shape (n, d)."""
    ### BEGIN SOLUTION: mean gradient at the middles, times the way
    total = torch.zeros_like(x)
    for i in range(steps):
        point = reference + (i + 0.5) / steps * (x - reference)
        point = point.detach().requires_grad_()
        total += torch.autograd.grad(net(point).sum(), point)[0]
    return (x - reference) * total / steps
    ### END SOLUTION


# %%
check("25.3")

# %% [markdown]
# Completeness is a test that costs nothing. Use it always: it finds too few steps, a forgotten factor, a wrong
# reference. First all 300 test credits, then one digit.

# %%
integrated_gradients = answer("25.3")
Z, R = torch.as_tensor(Z_test), torch.zeros(300, 5, dtype=torch.double)
climb = (net(Z) - net(R))[:, 0]
for steps in 5, 20, 50:
    error = (integrated_gradients(net, Z, R, steps).sum(dim=1) - climb).abs().max()
    print(f"credits, {steps:4} steps: largest error {error:.5f}")
credit_error = float(error)
captum = IntegratedGradients(net).attribute(Z, R, n_steps=50, method="riemann_middle")
with_captum = (captum - integrated_gradients(net, Z, R, 50)).abs().max()
print(f"credits, largest difference to captum: {with_captum:.1e}")

nine = int(np.flatnonzero(truth == 9)[0])
one_score = lambda k: lambda x: flat(judge)(x)[:, [k]]  # noqa: E731
digit, black = pixels[[nine]], torch.zeros(1, 784)
climb = float(one_score(9)(digit) - one_score(9)(black))
for steps in 20, 200, 1000:
    ig = integrated_gradients(one_score(9), digit, black, steps)
    digit_error = abs(float(ig.sum()) / climb - 1)
    print(f"digit 9, {steps:4} steps: error {digit_error:.4%} of {climb:.1f}")

# %% [markdown]
# For the credits, 50 steps leave less than 0.001. The digit needs more steps, since the CNN is full of kinks (ReLU, max
# pooling): at 1000 steps the error is below 0.1 % of the climb.
#
# One more idea, for CNNs only. The last maps know *what* is there and still roughly *where*. {term}`Grad-CAM`
# {cite:p}`selvaraju2017grad` adds them up. With the maps $A^1, A^2, \dots$ of one layer, take as the weight of each map
# the mean of its gradient, $\alpha_c = \operatorname{mean}_{ij}\, \partial s_k / \partial A^c_{ij}$, and keep what is
# positive:
#
# $$ \text{Grad-CAM} = \operatorname{ReLU}\Bigl( \sum_c \alpha_c A^c \Bigr) . $$

# %%
LAST = 10  # judge.maps[10]: the ReLU after the last convolution, 128 maps of 7 × 7


def grad_cam(cnn, x, k):
    """Grad-CAM of each row of x for its class in k, enlarged: (n, 28, 28)."""
    pictures = x.reshape(-1, 1, 28, 28).clone().requires_grad_()
    layer = LayerGradCam(cnn, cnn.maps[LAST])
    cam = layer.attribute(pictures, target=k, relu_attributions=True).detach()
    return F.interpolate(cam, size=28, mode="bilinear")[:, 0]


# %% tags=["hide-input"]
shown = [int(np.flatnonzero(truth == c)[0]) for c in (3, 4, 7, 9)]
x, k = pixels[shown], torch.as_tensor(truth[shown])
ig = [one_score(c) for c in k.tolist()]
ig = [integrated_gradients(f, x[[i]], black, 100) for i, f in enumerate(ig)]
ig = np.concatenate([np.asarray(g) for g in ig])
columns = {"digit": x, "saliency": saliency(judge, x, k)}
columns |= {"integrated gradients": ig, "Grad-CAM": grad_cam(judge, x, k)}
figure, axes = plt.subplots(4, 4, figsize=(6.4, 6.6))
for j, (title, images) in enumerate(columns.items()):
    signed = title == "integrated gradients"
    for ax, image in zip(axes[:, j], np.asarray(images), strict=True):
        top, low = np.abs(image).max(), -np.abs(image).max() if signed else 0
        cmap = "nn_diverging" if signed else "gray"
        ax.imshow(image.reshape(28, 28), cmap=cmap, vmin=low, vmax=top)
        ax.set_axis_off()
    axes[0, j].set_title(title, fontsize=9, loc="center")
plot.show(
    "Four rows for the digits 3, 4, 7 and 9, each with four pictures: the digit; "
    "scattered bright dots on and around it; dots of both signs that lie exactly on "
    "the strokes; a smooth bright blot over a part of the digit.",
    "Three answers to: where does the judge look? White: much. Integrated gradients: "
    "brown for the digit, blue against it.",
)

# %% [markdown]
# Three methods, three different pictures, one network. The gradient is a cloud of dots, also beside the strokes.
# Integrated gradients lie neatly *on* the strokes: a convincing picture. Grad-CAM shows a soft blot.
#
# Which of them is right? The question has no direct answer, because nobody knows what the network "really" looks at.
# But one can ask something easier, and this is the most useful idea of the chapter.
#
# ## Does the explanation need the network?
#
# Take a CNN of the same architecture with **random weights**. It has learned nothing, and reads digits no better than
# guessing. An explanation of *its* decisions should look different from one of the judge's. If the two pictures
# are alike, the picture does not show what was learned. This is a {term}`sanity check` by weight randomisation
# {cite:p}`adebayo2018sanity`.
#
# We measure "alike" by the rank correlation between the two pictures: 1 when they order the pixels in the same way, 0
# when one tells nothing about the other. Forty test digits, three untrained networks.

# %%
some = np.concatenate([np.flatnonzero(truth == c)[:4] for c in range(10)])
x, k = pixels[some], torch.as_tensor(truth[some])
on_stroke = x.numpy() > 0


def maps_of(cnn):
    """The explanations of one network, each (40, 784)."""
    pick = lambda z: flat(cnn)(z)[torch.arange(len(z)), k][:, None]  # noqa: E731
    ig = np.asarray(integrated_gradients(pick, x, torch.zeros_like(x), 20))
    return {
        "saliency": saliency(cnn, x, k).numpy(),
        "integrated gradients, size": np.abs(ig),
        "integrated gradients, with sign": ig,
        "Grad-CAM": grad_cam(cnn, x, k).reshape(-1, 784).numpy(),
    }


def alike(one, other, where):
    """Mean rank correlation of two sets of maps, over the pixels in `where`."""
    pairs = [(a[w], b[w]) for a, b, w in zip(one, other, where, strict=True)]
    return np.mean([spearmanr(a, b).statistic for a, b in pairs if a.any() and b.any()])


# %%
learned = maps_of(judge)
everywhere = np.ones_like(on_stroke)
results = []
for seed in range(3):
    torch.manual_seed(seed)
    untrained = quality.DigitCNN().eval().requires_grad_(False)
    for name, maps in maps_of(untrained).items():
        found = [alike(learned[name], maps, where) for where in (everywhere, on_stroke)]
        results.append([name, *found])
results = pd.DataFrame(results, columns=["explanation", "all pixels", "strokes only"])
checks = results.groupby("explanation", sort=False).mean()
plot.table(checks, "Rank correlation with the map of an untrained network.", digits=2)
picture = alike(learned["integrated gradients, size"], x.numpy(), everywhere)
print(f"size of the integrated gradients and the picture itself: {picture:.2f}")

# %% [markdown]
# Over all pixels, the *size* of the integrated gradients has a rank correlation of 0.99 with that of a network that has
# learned nothing; Grad-CAM has less than 0.35. The neat picture on the strokes is no evidence that the judge looks at
# strokes. Formula {eq}`eq-ig` says why: the factor $x_j - r_j$ is 0 on every black pixel, with any network. The map
# shows the *digit*; with the picture itself it correlates just as strongly, 0.99.
#
# Is the method refuted, then? {cite:t}`sundararajan2018note` object: look at the *sign*, and compare where there is
# something to compare. The other rows and columns do that. With the sign the correlation is near 0, so the signs do
# depend on the training; on the strokes alone the sizes keep about 0.4. And {cite:t}`yona2021revisiting` show that the
# check itself mixes the method with the task: where the object is bright on black, much agreement is forced by the
# data. So: say what you compare, run the check on your own task, and read from a map only what an untrained network
# does not show as well.

# %% tags=["claim"]
claim("167 850 parameters", sum(p.numel() for p in judge.parameters()))
claim("It reads 99.1 % of the 1000 test", 100 * np.mean(said == truth), len(truth))
claim("leave less than 0.001", bool(credit_error < 1e-3 and with_captum < 1e-6))
claim("the error is below 0.1 % of the climb", bool(digit_error < 1e-3))
guessed = flat(untrained)(pixels).argmax(dim=1).numpy()
claim("no better than guessing", bool(np.mean(guessed == truth) < 0.2))
size = checks.loc["integrated gradients, size"]
claim("has a rank correlation of 0.99", size["all pixels"])
claim("Grad-CAM has less than 0.35", bool(checks.loc["Grad-CAM"].abs().max() < 0.35))
claim("just as strongly, 0.99", picture)
signs = checks.loc["integrated gradients, with sign"]
claim("With the sign the correlation is near 0", bool(signs.abs().max() < 0.1))
claim("the sizes keep about 0.4", bool(0.3 < size["strokes only"] < 0.5))

# %% [markdown]
# ## Say what the model is for: model card and data sheet
#
# Explanations are asked for one by one. Other things should be said before anybody asks: what is this model for, on
# whom was it measured, what must it not be used for? A {term}`model card` {cite:p}`mitchell2019model` says it in nine
# sections; a {term}`data sheet` {cite:p}`gebru2021datasheets` does so for data. In `nnlab.cards` a section that nobody
# has filled is printed as *Not stated*: a gap with a name can be asked about. For high-risk systems the AI Act wants
# such facts as technical documentation (Article 11, Annex IV) and in the instructions for use (Article 13)
# {cite:p}`eu2024ai`.
#
# The figures of a card are given for groups, not only for all. Does the network refuse young people more often, also
# those who paid back? With the standard error of a share, $\sqrt{p(1-p)/n}$, from {doc}`chapter 01
# <01_learning_from_data>`.

# %%
by_group = []
young = X[test, 4] <= 25
for group, rows_of in ("up to 25 years", young), ("over 25 years", ~young):
    good = rows_of & (paid[test] == 1)
    share = np.mean(s_test[good] < LINE)
    error = np.sqrt(share * (1 - share) / good.sum())
    refused = np.mean(s_test[rows_of] < LINE)
    by_group.append([group, rows_of.sum(), refused, good.sum(), share, error])
names = ["group", "applicants", "refused", "who paid back", "of these refused", "error"]
by_group = pd.DataFrame(by_group, columns=names).set_index("group")

card = cards.model_card(
    "the credit network of chapter 25",
    details=cards.facts(net) | {"trained in": "chapter 25, full batch, 300 steps"},
    intended_use="Teaching how to explain a model. Not for decisions about people.",
    factors="Age in two groups. Sex cannot be told from these data.",
    metrics=f"AUC; share refused at a probability below 0.7, a score below {LINE:.2f}.",
    evaluation_data="300 credits of german_credit, at random. Steps and weight decay "
    "were chosen with such splits in view, so the AUC is a little too good.",
    training_data="The other 700. Bad credits are far more frequent than at the bank.",
    results=by_group,
    caveats="Credits of the 1970s, of one bank; only those that it had granted.",
)
sheet = cards.data_sheet("german_credit", uses="Comparing methods. No lending.")
print("gaps of the data sheet:", sheet.missing)
card

# %% [markdown]
# Among those who paid back, the network refuses 0.53 of the young and 0.30 of the others. The group of the young has 32
# people, so the difference, 0.23, has an error of 0.09. The average of all applicants had hidden it. And see what is
# *Not stated*: the ethical considerations. A reader of the card will ask. The data sheet is filled from the catalogue
# of `nnlab.data`; `print(sheet)` shows it. Why the bank collected the data, and who looks after them now, nobody could
# state.
#
# ## A log that cannot be changed in silence
#
# Who was refused last year, by which model, with which score? High-risk systems must be able to record events over
# their lifetime automatically (Article 12 of the AI Act {cite:p}`eu2024ai`). But a log is a file, and who writes it can
# also change it. A **hash** helps: SHA-256 makes of any text 64 characters that change completely when one letter does,
# and nobody knows how to find a second text with the same hash. Let each row contain the hash of the row before
# {cite:p}`haber1991how`:
#
# $$ h_t = \text{hash}(h_{t-1} \text{ followed by } \text{entry}_t) , \qquad h_0 = \text{64 zeros.} $$
#
# Now each hash depends on everything before it. This is a {term}`hash chain`. A row is (entry, hash before, own hash).

# %%
START = "0" * 64


def digest(previous, entry):
    """The hash of an entry (text) that follows a row with the hash `previous`."""
    return hashlib.sha256((previous + entry).encode()).hexdigest()


def chain(entries):
    """A log: one row (entry, previous, own hash) for each entry."""
    log, previous = [], START
    for entry in entries:
        log.append((entry, previous, digest(previous, entry)))
        previous = log[-1][2]
    return log


model = cards.facts(net)["SHA-256 of the weights"][:12]
entries = []
for number, row in enumerate(test[:6].tolist(), 1):
    s = round(float(score(net, scaler.transform(X[[row]]))[0]), 2)
    said = "granted" if s >= LINE else "refused"
    fact = {"number": number, "row": row, "score": s, "said": said, "model": model}
    entries.append(json.dumps(fact))
log = chain(entries)
print(log[2][0])

# %% [markdown]
# ## Exercise 25.4: Find the bug
#
# A friend checks logs like this. She changes an entry in the middle, her function finds it, and she is content.


# %%
def friends_check(log):
    """The first row that has been changed, or -1 if there is none."""
    for t, (entry, previous, own) in enumerate(log):
        if digest(previous, entry) != own:
            return t
    return -1


forged = list(log)
forged[2] = (log[2][0].replace("granted", "refused"), *log[2][1:])
print("entry 2 changed:", friends_check(forged))
print("row 2 taken out:", friends_check(log[:2] + log[3:]))

# %% [markdown]
# 1. Set `diagnosis` to one letter:
#    - **A**: SHA-256 is too weak, so that two rows may have the same hash.
#    - **B**: Each row is checked with the hash that stands in the row itself. Nobody looks whether that is the hash of the
#      row before.
#    - **C**: A changed entry is found only in the last row, because the loop returns too late.
#    - **D**: The hash must be taken of the entry alone, or a row that has been taken out cannot be noticed.
#    - **E**: The loop must run from the end to the start.
# 2. Write `first_break(log, last)`. It returns the position (from 0) of the first row in which one of the two hashes
#    does not follow from the row above and the entry; `len(log)` if all rows fit, but the final hash is not `last`; and
#    -1 if all is well. An empty log ends with `START`. `last` is the final hash as it was **published** earlier, outside
#    the log. You may use `digest` and `START`.

# %%
### BEGIN SOLUTION: one letter, "A" to "E"
diagnosis = "B"
### END SOLUTION


def first_break(log, last):
    """Position of the first row that does not fit; len(log) for a wrong end; or -1."""
    ### BEGIN SOLUTION: carry the hash of the row before along
    before = "0" * 64  # START
    for t, (entry, previous, own) in enumerate(log):
        right = hashlib.sha256((before + entry).encode()).hexdigest()  # digest(...)
        if previous != before or own != right:
            return t
        before = own
    return -1 if before == last else len(log)
    ### END SOLUTION


# %%
check("25.4")

# %% [markdown]
# Now attack the log in five ways. Each time ask twice: once without knowing a published hash (the log's own final hash
# is taken), and once with the final hash published yesterday.

# %%
_, first_break = answer("25.4")
published = log[-1][2]
lie = [e.replace("granted", "refused") if t == 2 else e for t, e in enumerate(entries)]
attacks = {
    "nothing": log,
    "one entry changed": forged,
    "one row taken out": log[:2] + log[3:],
    "two rows exchanged": [*log[:2], log[3], log[2], *log[4:]],
    "the last two rows cut off": log[:-2],
    "one entry changed, all hashes made anew": chain(lie),
}
found = []
for name, attacked in attacks.items():
    inside = first_break(attacked, attacked[-1][2]) != -1
    outside = first_break(attacked, published) != -1
    found.append([name, *("found" if f else "not found" for f in (inside, outside))])
found = pd.DataFrame(found, columns=["attack", "chain alone", "with a published hash"])
plot.table(found, "What a hash chain proves.")

# %% [markdown]
# The chain alone finds a changed, a missing and a moved row. It does **not** find an end that was cut off: what is left
# is a perfect shorter chain. Nor does it find a chain made anew from the changed row on: the formula is public. For
# these two you need a hash that lies *outside*, with an auditor or in a newspaper, and it protects only what was
# written before. And no hash finds a decision that was never written down, or an entry that was false from the start.
#
# There is a price too. The chain remembers for ever, and people may have a right to have their data erased (Article 17
# of {cite:t}`eu2016gdpr`). So put a number of the case into the log, and the personal data elsewhere.

# %% tags=["claim"]
share_young, share_old = by_group["of these refused"]
claim("refuses 0.53 of the young and 0.30 of the others", share_young, share_old)
claim("has 32 people", by_group["who paid back"].iloc[0])
claim(
    "difference, 0.23, has an error of 0.09",
    share_young - share_old,
    np.hypot(*by_group.error),
)
inside, outside = found["chain alone"].tolist(), found["with a published hash"].tolist()
claim("a changed, a missing and a moved row", inside[1:4] == ["found"] * 3)
claim("an end that was cut off", inside[4] == "not found")
claim("a chain made anew from the changed row on", inside[5] == "not found")
claim("a hash that lies", outside == ["not found"] + ["found"] * 5)

# %% [markdown]
# ## Exercise 25.5: Does it follow?
#
# Seven sentences from reports. For each, set the letter that fits best. A letter may occur twice.
#
# - **A**: It follows from what was done.
# - **B**: It does not: the method explains the model, and the sentence is about the world.
# - **C**: It does not: another input says nearly the same thing, and shares the importance.
# - **D**: It does not: a network that has learned nothing gives the same picture.
# - **E**: It does not: the value holds only for the reference that was chosen.
# - **F**: It does not: the check shows that what is there has not been changed, not that all of it is there, or true.
#
# 1. "Shuffling the months costs 0.05 of the AUC. So if we give shorter credits, more of them will be paid back."
# 2. "Two agencies report the same debts. Shuffling either one costs 0.01. So debts hardly matter to this network."
# 3. "The sizes of the integrated gradients lie on the strokes of the 9. So the network has learned to look at strokes."
# 4. "Compared with the average applicant, the account has the value −1.05. So it would have this value compared with any
#    other applicant as well."
# 5. "All hashes of the decision log fit, up to its last line. So no decision is missing."
# 6. "The Shapley values add up to −0.4. So the applicant's score is 0.4 below that of the reference."
# 7. "With seven months in place of nine, this network says yes. So the applicant will be more likely to pay back."

# %%
### BEGIN SOLUTION: one letter, "A" to "F"
sentence_1 = "B"
### END SOLUTION
### BEGIN SOLUTION: one letter
sentence_2 = "C"
### END SOLUTION
### BEGIN SOLUTION: one letter
sentence_3 = "D"
### END SOLUTION
### BEGIN SOLUTION: one letter
sentence_4 = "E"
### END SOLUTION
### BEGIN SOLUTION: one letter
sentence_5 = "F"
### END SOLUTION
### BEGIN SOLUTION: one letter
sentence_6 = "A"
### END SOLUTION
### BEGIN SOLUTION: one letter
sentence_7 = "B"
### END SOLUTION

# %%
check("25.5")

# %% [markdown]
# ## What has it cost? Energy and carbon
#
# The last box is the course itself. Every figure of this book was computed. How much energy was that? Nobody measured
# it: the machine is a virtual one, and shows no power meter to its guests. So compute by hand,
#
# $$
# \text{energy} = \text{time} \times \text{power} \times \text{PUE} , \qquad
# \text{carbon} = \text{energy} \times \text{carbon intensity of the grid} ,
# $$
#
# and carry a **range** for what you do not know. The **{term}`PUE`** (power usage effectiveness) is the energy of the
# whole data centre, with cooling, over the energy of its computers. A survey of operators found 1.58 on average
# {cite:p}`uptime2023survey`; large new centres report about 1.1 {cite:p}`patterson2021carbon`.
#
# Time is all we have measured. `nnlab build` executes each chapter in a process of its own with one thread, two at a
# time, and records the seconds on the clock from start to end. The table holds two builds of 22 November 2026 on the
# same virtual machine with two cores, for the chapters that existed then: one with little else to do (its chapters 18
# and 19 an hour later), and one beside other work. (Some chapters had been edited in between.) While a process waits
# for its turn the clock runs on, so the second column counts too much.

# %%
little = [23.9, 17.1, 32.2, 22.0, 33.0, 37.2, 35.9, 8.8, 43.2, 35.2]
little += [39.2, 36.3, 27.1, 19.1, 106.8, 41.9, 46.2, 23.3, 84.3]
busy = [49.4, 35.5, 80.5, 69.5, 83.5, 91.7, 64.5, 13.2, 96.4, 76.4]
busy += [103.8, 100.7, 75.6, 28.5, 207.6, 99.5, 89.5, 31.4, 63.2]
chapters = pd.Index([f"{k:02}" for k in range(1, 20)], name="chapter")
both = {"little else": little, "beside other work": busy}
seconds = pd.DataFrame(both, index=chapters)
seconds.loc["together"] = seconds.sum()
plot.table(seconds, "Two builds of 22 November 2026, seconds on the clock.", digits=0)

# %% [markdown]
# ## Exercise 25.6: An energy budget
#
# Write `footprint(seconds, watts, pue, grams)`. Each argument is a pair (low, high): the seconds that one core was
# busy, the power of one core with its share of the machine in watts, the PUE, and the carbon intensity in grams of CO₂
# for a kilowatt-hour. Return two pairs, the energy in **kilowatt-hours** and the carbon in **grams**, each (low, high).
# One watt for one second is one joule.


# %%
def footprint(seconds, watts, pue, grams):
    """((kWh low, kWh high), (g low, g high))"""
    ### BEGIN SOLUTION: low with low, high with high; 3 600 000 joules are 1 kWh
    ends = zip(seconds, watts, pue, strict=True)
    low, high = (s * w * p / 3.6e6 for s, w, p in ends)
    return (low, high), (low * grams[0], high * grams[1])
    ### END SOLUTION


# %%
check("25.6")

# %%
footprint = answer("25.6")
together = tuple(seconds.loc["together"])
energy, carbon = footprint(together, (5, 20), (1.1, 1.6), (50, 700))
kettle = 4186 * 80 / 3.6e6  # one litre of water from 20 to 100 °C
print(f"one build: {energy[0]:.4f} to {energy[1]:.4f} kWh", end=", ")
print(f"{carbon[0]:.2f} to {carbon[1]:.1f} g of CO2")
print(f"one litre of boiling water: {kettle:.3f} kWh")

# %% [markdown]
# We took 5 to 20 watts for a core (a guess, from the data sheets of server processors, which give about 4 watts a core
# without memory, disks and power supply), and 50 to 700 grams, about the grids of France and of India in 2023
# {cite:p}`ember2024yearly`. One build of these 19 chapters needs 0.001 to 0.013 kilowatt-hours: at most about one
# seventh of what it takes to boil a litre of water. The energy is known to a factor of 12 and the carbon to a factor of
# 167. **A carbon figure without its range, and without the grid that was assumed, says little.**
#
# What stands outside the budget: a book is built hundreds of times before it is finished, and then by each reader; the
# making of the computers; water; screens; the chapters that came later. Say this too, or the small number misleads.
#
# For large models the same two formulas hold. The training of GPT-3 was estimated at 1287 MWh and 552 tonnes of CO₂,
# with a PUE of 1.1 {cite:p}`patterson2021carbon`; that of BLOOM, equally large, at 433 MWh and 24.7 tonnes for its GPUs
# at work {cite:p}`luccioni2023estimating`. The energies differ by a factor of 3, the carbon by 22, mostly because
# BLOOM's grid was French. But the two do not count the same: with idle machines and the making of them, BLOOM comes to
# 50.5 tonnes. Where the sum of all is going is disputed. {cite:t}`patterson2022carbon` expect that of training to level
# off and then to shrink, as hardware, models and data centres get better; {cite:t}`luccioni2025efficiency` answer that
# what becomes cheap is used more.

# %% tags=["claim"]
claim("0.001 to 0.013 kilowatt-hours", *energy)
claim("about one seventh", bool(1 / 8 < energy[1] / kettle < 1 / 6.5))
claim("to a factor of 12", energy[1] / energy[0])
claim("to a factor of 167", carbon[1] / carbon[0])
assert len(little) == len(busy) == 19
claim("differ by a factor of 3, the carbon by 22", 1287 / 433, 552 / 24.7)

# %%
progress()

# %% [markdown]
# ## Recap
#
# - Permutation importance: spoil one input and see. Inputs that say the same share it.
# - A Shapley value is the mean gain over all orders. The values add up to a difference of two scores: mind the reference.
# - A sum of curves is a glass box: its curves are the explanation. Try it first, and measure its price.
# - A counterfactual names the smallest change that turns the model. It may be impossible, or pointless.
# - Integrated gradients are complete: they add up to the climb from the reference. Test it.
# - Compare each explanation with that of an untrained network. A convincing picture is no evidence.
# - Every explanation explains the model, with the errors of its data; none explains the world.
# - Cards name the gaps. A hash chain finds changed rows, not a cut end; no log finds what was never written.
# - Energy = time × power × PUE, with a range; the carbon depends most on the grid.
#
# ## Test yourself
#
# ```{quiz}
# - question: "A model of two inputs gives 1 for the reference, 3 with only input 1, 2 with only input 2, and 8 with both. What is the Shapley value of input 1?"
#   number: 4
#   why: "First: $3 - 1 = 2$. Second: $8 - 2 = 6$. The mean is 4. Input 2 gets 3; together 7, which is $8 - 1$."
# - question: Which of these change when you take another reference?
#   options:
#     - right: the Shapley values
#       why: They share the difference of two scores, and one of the two is the reference's.
#     - right: the integrated gradients
#       why: The way begins at the reference, and the factor $x_j - r_j$ changes too.
#     - wrong: the permutation importance
#       why: It shuffles values of the data. There is no reference in it.
# - question: A map of a trained network and one of an untrained network agree with a rank correlation of 0.95. What do you conclude?
#   options:
#     - wrong: The trained network has learned nothing.
#       why: Its accuracy tells that. The check is about the map.
#     - right: In this comparison the map does not show what was learned.
#       why: Nearly all of it is there without any training.
# - question: All rows of a hash-chained log fit together. Which of these may have happened all the same?
#   several: true
#   options:
#     - right: The last ten rows were cut off.
#       why: What is left is a perfect shorter chain.
#     - right: The whole log was written anew with false entries.
#       why: Everybody can compute the hashes. Only a hash published earlier would show it.
#     - wrong: One row in the middle was taken out.
#       why: The next row contains the hash of the row that is missing.
#     - right: An entry was false from the beginning.
#       why: The chain protects what was written, true or not.
# - question: A training takes 10 hours on one GPU of 300 watts, in a data centre with a PUE of 1.5. How many kilowatt-hours is that?
#   number: 4.5
#   why: "$10 \\text{ h} \\times 0.3 \\text{ kW} \\times 1.5$."
# ```
#
# ## Further reading
#
# - {cite:t}`molnar2022interpretable` is a free book on nearly all methods of this chapter, with their weaknesses.
# - {cite:t}`slack2020fooling` build a biased model whose explanations look harmless.
# - {cite:t}`poursabzi2021manipulating` measured what explanations do to people: a clear model did not help them to notice
#   its mistakes.
# - {cite:t}`mitchell2019model` and {cite:t}`gebru2021datasheets`, with worked examples of cards and sheets.
