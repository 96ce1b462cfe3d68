# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Loss and gradient descent
#
# The largest network of {doc}`chapter 06 <06_multilayer_perceptron>` has 1801 weights and biases. Nobody can set 1801
# numbers by hand, and nobody has to: training does it, and all that training looks at is *one* number, the loss. **How
# can one number tell 1801 others where to go?**
#
# You have met the pieces. {doc}`Chapter 02 <02_regression_as_a_network>` walked down into the valley of a line.
# {doc}`Chapter 05 <05_logistic_by_hand>` trained a classifier with the cross-entropy. This chapter puts them together:
# which loss belongs to which task, how far a step may go, how many samples a step should look at, and what the
# landscape of a real network looks like.
#
# You need derivatives, the training loop of chapter 02 and the output layers of chapter 06. Reading takes about 50
# minutes, and the six exercises take longer.

# %% tags=["parameters"]
SEED = 0
FAST = False
DEVICE = None  # the networks here are so small that a GPU would only slow them down

# %%
import math
import warnings

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt

from nnlab import answer, check, hint, load, plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREEN, RED, PURPLE, GREY, INK = (
    plot.PALETTE[n] for n in ("blue", "orange", "green", "red", "purple", "grey", "ink")
)
DASHED, DOTTED = (0, (5, 2)), (0, (1, 1.4))

# %% [markdown]
# ## The loss is a function of the weights
#
# We begin with a network that is already trained: the curve of chapter 06, 800 noisy training points, layers of 80 and
# 20 neurons. Same data, same seed, same network.

# %%
from sklearn.preprocessing import StandardScaler
from sklearn.neural_network import MLPRegressor
from sklearn.model_selection import train_test_split


def curve(x):
    return x / 2 + np.sin(x) * np.cos(2 * x)


rng = np.random.default_rng(2024)
x = np.linspace(0, 5, 1000)
noisy = curve(x) + 0.3 * rng.normal(size=1000)
split = train_test_split(x[:, None], noisy, test_size=0.2, random_state=1)
x_train, x_test, y_train, y_test = split
scaler = StandardScaler().fit(x_train)  # from the training points alone
X_train, X_test = scaler.transform(x_train), scaler.transform(x_test)

# %%
layers = {"hidden_layer_sizes": (80, 20), "random_state": 2024}
net = MLPRegressor(max_iter=2000, **layers).fit(X_train, y_train)


def half_mse_of(prediction, y):
    """Half the mean squared error of two flat arrays: what MLPRegressor makes small."""
    return 0.5 * np.mean((prediction - y) ** 2)


trained_loss = half_mse_of(net.predict(X_train), y_train)
mean_loss = half_mse_of(y_train.mean(), y_train)
print(f"the network: {trained_loss:.4f}   always the mean of y: {mean_loss:.4f}")

# %% [markdown]
# The network's loss is 0.0493, against 0.6725 for the {term}`baseline` that always predicts the mean.
#
# Now we spoil it. Its output layer has 20 weights. We replace these, and nothing else, by random numbers between
# 0 and 0.1. The data stay, the other layers stay.

# %%
outer = net.coefs_[2].copy()
net.coefs_[2] = np.random.default_rng(2024).uniform(0, 0.1, size=(20, 1))
spoiled_loss = half_mse_of(net.predict(X_train), y_train)
spoiled = net.coefs_[2]
net.coefs_[2] = outer  # as it was
print(f"spoiled: {spoiled_loss:.4f}")

# %% [markdown]
# The loss jumps to 0.987. That is worse than the baseline: it would be better to throw the spoiled network away and
# always say the mean.
#
# Look at what the loss depends on. The data $(x_i, y_i)$ are given and do not move. The prediction $\hat y_i$ depends
# on $x_i$ *and on the parameters*. Collect all weights and biases in one long vector $\theta$ ("theta"). For fixed
# data, the {term}`loss` is a function $L(\theta)$, and **training is the search for a $\theta$ with a small
# $L(\theta)$**. To see this function, walk on a straight line from the trained weights ($s = 0$) to the spoiled ones
# ($s = 1$), and a little further on both sides.

# %% tags=["claim"]
from nnlab import claim

claim("The network's loss is 0.0493, against 0.6725", trained_loss, mean_loss)
claim("The loss jumps to 0.987", spoiled_loss)
claim("worse than the baseline: it would be better", bool(spoiled_loss > mean_loss))
parts = [*net.coefs_, *net.intercepts_]
claim("has 1801 weights and biases", sum(a.size for a in parts))

# %%
shares = np.linspace(-0.6, 1.4, 41)
along = []
for s in shares:
    net.coefs_[2] = outer + s * (spoiled - outer)
    along.append(half_mse_of(net.predict(X_train), y_train))
net.coefs_[2] = outer

parabola = np.polyfit(shares, along, 2)  # the best parabola through 41 losses
off = np.abs(np.polyval(parabola, shares) - along).max()
print(f"largest distance from a parabola: {off:.0e}")

# %% tags=["hide-input"]
plt.plot(shares, along, color=BLUE)
plt.plot(0, trained_loss, "o", color=GREEN, markersize=9, label="trained")
plt.plot(1, spoiled_loss, "s", color=RED, markersize=9, label="spoiled")
plt.axhline(mean_loss, color=GREY, linestyle=DASHED, label="always the mean")
plt.xlabel("s: share of the way from trained to spoiled weights")
plt.ylabel("loss L (half the mean squared error)")
plt.legend()
plot.show(
    "The loss over the way from the trained weights at 0 to the spoiled weights at "
    "1: a smooth parabola with its lowest point at about 0, where a dot marks the "
    "trained network. A square marks the spoiled network at 1, well above a dashed "
    "line for always predicting the mean.",
    "One walk through the space of the 1801 parameters. The data never changed.",
)

# %% [markdown]
# A smooth curve with its lowest point at the trained network. It is even exactly a parabola, up to rounding. That is
# no accident: the output layer is linear in its own weights, so the residuals are linear in $s$, and their squares are
# quadratic. Do not conclude that all losses are parabolas. Along a walk through an *earlier* layer, with bends after
# it, they are not; you will see such a landscape at the end.

# %% tags=["claim"]
lowest = -parabola[1] / (2 * parabola[0])
claim("exactly a parabola, up to rounding", bool(off < 1e-12))
claim("its lowest point at the trained network", bool(abs(lowest) < 0.02))

# %% [markdown]
# ### The loss of other data, and a wrong number that looks right
#
# The loss can be computed on any samples. A common experiment draws ten new points and reports their loss. Let us
# repeat it and look at the shapes. `x_new` is a column, so the targets made from it are a column too. Are they?

# %%
rng = np.random.default_rng(2024)
rng.normal(size=1000)  # the 1000 errors that were drawn above
x_new = np.random.default_rng(2024).normal(size=(10, 1))
new_errors = 0.3 * rng.normal(size=10)
y_new = curve(x_new) + new_errors  # (10, 1) plus (10,)
prediction = net.predict(scaler.transform(x_new))
reported = half_mse_of(prediction, y_new)
print("prediction", prediction.shape, " targets", y_new.shape, f" loss {reported:.4f}")

flat_new = x_new[:, 0]
right = half_mse_of(prediction, curve(flat_new) + new_errors)
outside = int(((flat_new < 0) | (flat_new > 5)).sum())
print(f"with flat shapes: {right:.4f}; outside the training range: {outside} of 10")

# %% [markdown]
# It reports 0.0954. But the targets have the shape `(10, 10)`: a column plus a flat row of ten errors is stretched to
# all pairs ({term}`broadcasting`, chapter 02). Then ten predictions meet a hundred targets, and the mean is taken over
# a hundred differences. With each point's own error the loss is 0.0625. And even this number says little: 2 of the 10
# points lie outside the range from 0 to 5 in which the network was trained.

# %% tags=["claim"]
claim("It reports 0.0954", reported)
claim("the targets have the shape (10, 10)", y_new.shape == (10, 10))
claim("With each point's own error the loss is 0.0625", right)
claim("2 of the 10 points lie outside the range from 0 to 5", outside, 10, 0, 5)

# %% [markdown]
# ## Exercise 07.1: find the bug in a loss
#
# A friend's loss takes a network's output, which is a column `(n, 1)`, and targets, which are flat, `(n,)`:
#
# ```python
# def half_mse(prediction, y):
#     return 0.5 * ((prediction - y) ** 2).mean()
# ```
#
# 1. **Diagnosis.** Suppose that the network is *perfect*: its column holds exactly the targets. What does the friend's
#    function return, as a function of $y_1, \dots, y_n$? It is a well-known number, and it is not 0. Write
#    `loss_of_perfect(y)` for `y` of shape `(n,)`.
# 2. **Repair.** Write `half_mse(prediction, y)` so that it is right for every mix of the shapes `(n,)` and `(n, 1)`.


# %%
def loss_of_perfect(y):
    """What the friend's loss says of a perfect network: a number."""
    ### BEGIN SOLUTION: the well-known number, from y
    return np.var(y)
    ### END SOLUTION


def half_mse(prediction, y):
    """Half the mean squared error; each argument is (n,) or (n, 1)."""
    ### BEGIN SOLUTION: the friend's loss, right for every mix of shapes
    return 0.5 * np.mean((np.ravel(prediction) - np.ravel(y)) ** 2)
    ### END SOLUTION


# %%
check("07.1")

# %% [markdown]
# So a network that has learned everything is told that it has learned nothing: the friend's loss of perfection is half
# of $\frac{1}{n^2} \sum_i \sum_j (y_i - y_j)^2$, a sum over all pairs, and this is what a well-known statistic is made
# of. The friend's loss has its minimum where *all* predictions equal the mean of $y$. Gradient descent finds that place
# without complaint.
#
# ## Losses for numbers
#
# For sample $i$ of $n$, the {term}`residual` is $r_i = \hat y_i - y_i$. Two losses are used most. The
# {term}`mean absolute error` (MAE) and the {term}`mean squared error` (MSE):
#
# ```{math}
# :label: eq-gd-mae
# L_\text{MAE} = \frac1n \sum_{i=1}^{n} |r_i| , \qquad
# L_\text{MSE} = \frac1n \sum_{i=1}^{n} r_i^2 .
# ```
#
# Some books and scikit-learn's `MLPRegressor` put a ½ before the MSE, so that its derivative is $r_i$ and not $2 r_i$.
# That does not move the minimum, but it halves the gradient, and it halves every number that you compare.
#
# The two losses want different things. Ask for the best *constant*: one number for the yearly medical costs of all
# 1338 persons in a data set of a health insurance.

# %%
charges = load("insurance").charges.to_numpy() / 1000  # thousand dollars a year
constants = np.linspace(4, 20, 321)
mae = np.abs(charges - constants[:, None]).mean(axis=1)
rmse = ((charges - constants[:, None]) ** 2).mean(axis=1) ** 0.5
best_mae, best_mse = constants[mae.argmin()], constants[rmse.argmin()]
print(f"lowest MAE at {best_mae:.2f}, median {np.median(charges):.2f} thousand dollars")
print(f"lowest MSE at {best_mse:.2f}, mean   {charges.mean():.2f} thousand dollars")

# %% tags=["hide-input"]
plt.plot(constants, mae, color=BLUE, label="MAE")
plt.plot(constants, rmse, color=ORANGE, linestyle=DASHED, label="root of the MSE")
plt.plot(best_mae, mae.min(), "o", color=BLUE, markersize=8)
plt.plot(best_mse, rmse.min(), "s", color=ORANGE, markersize=8)
plt.xlabel("the constant prediction [thousand dollars a year]")
plt.ylabel("error [thousand dollars a year]")
plt.legend()
plot.show(
    "Two curves over the constant prediction. The mean absolute error has its "
    "lowest point at 9.4 thousand dollars, the median; the root of the mean squared "
    "error has it at 13.3 thousand dollars, the mean.",
    "The same 1338 persons, two losses, two different best answers.",
)

# %% [markdown]
# The MAE is lowest at the median, 9.38 thousand dollars; the MSE at the mean, 13.27 thousand. A few very expensive
# patients pull the mean up, because their errors count *squared*. Neither is right or wrong. If you must pay the sum of
# all bills, you need the mean; if you want to say what a typical person pays, the median. **The loss is a decision
# about which errors hurt.**
#
# %% tags=["claim"]
claim("1338 persons in a data set", len(charges))
claim("at the median, 9.38 thousand", np.median(charges))
claim("at the mean, 13.27 thousand", charges.mean())
claim("The MAE is lowest at the median", bool(abs(best_mae - np.median(charges)) < 0.1))
claim("the MSE at the mean", bool(abs(best_mse - charges.mean()) < 0.05))

# %% [markdown]
# ### "A loss must be differentiable everywhere"
#
# You will read this sentence, often beside the formula $|y - \hat y|$, which has a corner at 0 and no derivative there.
# ReLU has such a corner too. So the sentence is too strong. What is needed is a derivative *almost* everywhere, and
# some agreed value in the corner (PyTorch takes 0 for the absolute value). It is not even enough: the share of wrong
# answers of a classifier has a derivative almost everywhere, but this is 0, so it shows no way down. That is why
# classifiers are trained with the cross-entropy and not with the accuracy.
#
# The corner does have a price. Take one parameter $w$ and compare $|w|$ with $w^2$, from $w = 10$ with a fixed rate.


# %%
def descend_one(loss, start, lr, steps):
    """The path (steps + 1,) of gradient descent on a loss of one parameter."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    path = [start]
    for _ in range(steps):
        (slope,) = torch.autograd.grad(loss(w), w)
        w = (w - lr * slope).detach().requires_grad_()
        path.append(w.item())
    return np.array(path)


corner = descend_one(torch.abs, 10.0, lr=0.3, steps=60)
smooth = descend_one(torch.square, 10.0, lr=0.3, steps=60)
print("|w|, last five:", corner[-5:].round(2))
print("w², last five: ", np.abs(smooth[-5:]).round(2))
zero = torch.zeros(1, requires_grad=True)
zero.abs().backward()
print("PyTorch's derivative of |w| in the corner:", zero.grad.item())

# %% [markdown]
# The slope of $|w|$ is 1 however near the bottom is, so the steps never become shorter: the path ends in a jump between
# 0.1 and −0.2, for ever. The slope of $w^2$ shrinks with $w$, and so do the steps. With a corner you need a rate that
# is lowered over time, or a loss that is round at the bottom, such as Huber's {cite:p}`huber1964robust`: quadratic near
# 0, linear further out.

# %% tags=["claim"]
claim("a jump between 0.1 and −0.2", *np.sort(corner[-2:])[::-1])
claim(
    "the path ends in a jump between",
    bool(np.allclose(corner[-2], corner[-4]) and not np.isclose(*corner[-2:])),
)
claim("The slope of w^2 shrinks with w", bool(abs(smooth[-1]) < 1e-12))
claim("PyTorch takes 0 for the absolute value", zero.grad)

# %% [markdown]
# ## Losses for classes: surprise, entropy, cross-entropy
#
# A classifier says a probability for each class. How do you punish a probability? Say that it gave $\hat p_k$ to the
# class $k$ that came true. Its **surprise** is $-\log \hat p_k$, with the natural logarithm: 0 if it was certain,
# larger the less it believed in what happened, and infinite if it had called it impossible. The unit is the **nat**;
# with the logarithm to base 2 the same thing is counted in bits, and 1 nat is 1.44 bits.
#
# Let the classes come with the true probabilities $p = (p_1, \dots, p_K)$. Three means matter:
#
# ```{math}
# :label: eq-gd-entropy
# \mathbb{H}(p) = -\sum_{k=1}^{K} p_k \log p_k , \qquad
# \mathbb{H}(p, \hat p) = -\sum_{k=1}^{K} p_k \log \hat p_k , \qquad
# D_\text{KL}(p \,\Vert\, \hat p) = \sum_{k=1}^{K} p_k \log \frac{p_k}{\hat p_k} .
# ```
#
# - The {term}`entropy` $\mathbb{H}(p)$ is the mean surprise of somebody who knows $p$. It cannot be avoided.
# - The {term}`cross-entropy` $\mathbb{H}(p, \hat p)$ is the mean surprise of somebody who believes $\hat p$ while $p$ is
#   true.
# - The {term}`Kullback–Leibler divergence` $D_\text{KL}$ is the difference of the two: the surprise that is due to the
#   wrong belief. It is never negative, and 0 only for $\hat p = p$ {cite:p}`kullback1951information`.
#
# A class with $p_k = 0$ adds nothing to any of the three sums, since it never comes.

# %% [markdown]
# Why is the third the difference of the first two? Write the logarithm of the quotient as a difference:
#
# ```{math}
# :label: eq-gd-kl
# \begin{aligned}
# D_\text{KL}(p \,\Vert\, \hat p)
#   &= \sum_k p_k \left( \log p_k - \log \hat p_k \right) \\
#   &= -\sum_k p_k \log \hat p_k - \Bigl( -\sum_k p_k \log p_k \Bigr)
#    = \mathbb{H}(p, \hat p) - \mathbb{H}(p) .
# \end{aligned}
# ```
#
# So **cross-entropy = entropy + KL**. The entropy does not depend on the model, so making the cross-entropy small and
# making the KL divergence small is the same thing.
#
# ```{warning}
# Mind the minus signs, which get lost in many notes. Logarithms of probabilities are negative or 0, so entropy and
# cross-entropy need a minus before the *whole* sum. Without it the loss is negative, and training makes the surprise as
# *large* as it can. In the binary formula below the minus belongs to both terms. A loss below 0 is a sure sign.
# ```

# %% [markdown]
# ## Exercise 07.2: entropy, KL and cross-entropy
#
# Write `information(p, p_hat)`: for two arrays of $K$ probabilities return the three numbers **entropy** of `p`,
# **KL divergence** of `p_hat` from `p`, and **cross-entropy**, in this order, in nats. Classes with $p_k = 0$ add
# nothing, also when $\hat p_k = 0$. Where $\hat p_k = 0$ and $p_k > 0$, the last two are infinite (`np.inf`).


# %%
def information(p, p_hat):
    """Entropy of p, KL divergence, cross-entropy: three numbers in nats."""
    ### BEGIN SOLUTION: the three sums, over the classes that can come
    p, p_hat = np.asarray(p, dtype=float), np.asarray(p_hat, dtype=float)
    can_come = p > 0
    p, p_hat = p[can_come], p_hat[can_come]
    with np.errstate(divide="ignore"):  # log(0) = -inf is meant
        entropy = -np.sum(p * np.log(p))
        cross_entropy = -np.sum(p * np.log(p_hat))
    return entropy, cross_entropy - entropy, cross_entropy
    ### END SOLUTION


# %%
check("07.2")

# %% [markdown]
# Now on real data. Tasters gave grades from 3 to 9 to 6497 wines {cite:p}`cortez2009modeling`. Take the share of each
# grade among the red wines as $p$. Three people believe three different $\hat p$: one knows nothing and gives each of
# the 7 grades the same probability, one knows only the white wines, and one knows the red ones.

# %%
information = answer("07.2")

wine = load("wine_quality")
counts = wine.groupby("color").quality.value_counts().unstack(fill_value=0)
red, white = (counts.loc[c].to_numpy() / counts.loc[c].sum() for c in ("red", "white"))
beliefs = {"all alike": np.full(7, 1 / 7), "white shares": white, "red shares": red}
rows = [[name, *map(float, information(red, q))] for name, q in beliefs.items()]
columns = ["belief p̂", "entropy of p", "KL divergence", "cross-entropy"]
surprise = pd.DataFrame(rows, columns=columns)
plot.table(surprise, "The mean surprise at the grades of red wines, in nats.", digits=3)
print("the other way round:", float(information(white, red)[2]))

# %% [markdown]
# The person who knows nothing pays $\log 7$ = 1.946 nats a wine. The one who knows the white wines pays 1.234, and the
# one who knows the red shares exactly still pays 1.185: that is the entropy. Two lessons for your loss curves:
#
# - **A cross-entropy has a baseline**: the entropy of the class shares. A classifier of these grades with a loss of
#   1.185 nats is no better than always answering with the shares, without a look at the wine. With ten equally frequent
#   classes the baseline is $\log 10$ = 2.303; you will see this number at the start of many trainings.
# - **Its lowest value need not be 0.** Where the label is truly uncertain, or made soft on purpose, the entropy is the
#   floor.
#
# And the last line: a person who knows the red wines and gets white ones pays *infinitely* much. No red wine has the
# grade 9, some white ones have. The KL divergence is not symmetric, and a predicted 0 is never forgiven.

# %% tags=["claim"]
claim("6497 wines", len(wine))
claim("who knows nothing pays $\\log 7$ = 1.946 nats", 7, surprise.iloc[0, 3])
claim("who knows the white wines pays 1.234", surprise.iloc[1, 3])
for column in (1, 3):
    claim("still pays 1.185: that is the entropy", surprise.iloc[2, column])
claim("$\\log 10$ = 2.303", 10, math.log(10))
claim("1 nat is 1.44 bits", 1, 1 / math.log(2))
claim("pays infinitely much", bool(np.isinf(float(information(white, red)[2]))))
claim(
    "No red wine has the grade 9, some white ones have", bool(red[-1] == 0 < white[-1])
)

# %% [markdown]
# ### Three forms of one loss
#
# In training, $p$ is the label of one sample, and mostly it is certain: a **one-hot** vector, with a 1 at the true
# class $y_i$ and 0 elsewhere. Its entropy is 0, one term of the sum is left, and the loss is the mean surprise over the
# samples. What differs between tasks is how many answers can be true at once.
#
# | task | network's last layer | loss, mean over $n$ samples |
# |---|---|---|
# | **binary**: yes or no | 1 logit, sigmoid | $-\frac1n \sum_i \bigl( y_i \log \hat p_i + (1 - y_i) \log (1 - \hat p_i) \bigr)$ |
# | **multiclass**: exactly one of $K$ | $K$ logits, softmax | $-\frac1n \sum_i \log \hat p_{i, y_i}$ |
# | **multilabel**: any number of $K$, also none | $K$ logits, $K$ sigmoids | the binary loss of each label, added up or averaged over the $K$ labels |
#
# The binary loss is the multiclass loss for $K = 2$ with $\hat p_{i,2} = 1 - \hat p_{i,1}$. The multilabel task is $K$
# yes-or-no questions that share a network. Note the $\frac1n$: some formulas leave it out. A sum in place of a mean
# has the same minimum, but its gradient is $n$ times as long, so the learning rate means something else.

# %%
photo = torch.tensor([[1.0, 1.0, 0.0]])  # one photo: a dog, a ball, no cat
logits = torch.tensor([[6.0, 6.0, -6.0]])  # sure of the dog and of the ball
print("sigmoids:", torch.sigmoid(logits).numpy().round(3)[0])
print("softmax: ", torch.softmax(logits, dim=1).numpy().round(3)[0])
multilabel = torch.nn.functional.binary_cross_entropy_with_logits(logits, photo)
multiclass = torch.nn.functional.cross_entropy(logits, photo / 2)
print(f"loss: multilabel {multilabel:.4f}, multiclass on soft labels {multiclass:.4f}")

# %% [markdown]
# This network is sure of two things. Three sigmoids can say so: 0.998 for both. A softmax has to divide *one* among the
# classes, so it says 0.5 and 0.5, "either a dog or a ball", and its loss cannot fall below $\log 2$ = 0.6931, the
# entropy of the label (½, ½, 0). The wrong loss is not an error message. It is a wrong question.

# %% tags=["claim"]
claim("Three sigmoids can say so: 0.998 for both", torch.sigmoid(logits)[0, 0])
claim("so it says 0.5 and 0.5", *torch.softmax(logits, dim=1)[0, :2])
claim("cannot fall below $\\log 2$ = 0.6931", 2, math.log(2))
claim("its loss cannot fall below", bool(0 < multiclass - math.log(2) < 1e-4))

# %% [markdown]
# ## Exercise 07.3: which loss for which task?
#
# 1. Five tasks stand in the cell below. For each write one of the strings `"mse"`, `"mae"`, `"binary"`,
#    `"multiclass"`, `"multilabel"`.
# 2. Write `multilabel_loss(Z, Y)` for logits `Z` and labels `Y` (0 or 1), both of shape `(n, K)`: the mean over all
#    samples and labels of the binary cross-entropy, computed from the logits. It must be right for logits of ±800 too.
#    (Chapter 06 has a form without overflow: $\max(z, 0) - z\,y + \log(1 + e^{-|z|})$.)

# %%
chosen = {}
# (a) will the customer cancel this month?
### BEGIN SOLUTION: a string
chosen["a"] = "binary"
### END SOLUTION
# (b) which of these films will the customer like? she may like several, or none
### BEGIN SOLUTION: a string
chosen["b"] = "multilabel"
### END SOLUTION
# (c) which of ten digits is written in the box?
### BEGIN SOLUTION: a string
chosen["c"] = "multiclass"
### END SOLUTION
# (d) how long will the bus take? the typical time, whatever a few breakdowns do
### BEGIN SOLUTION: a string
chosen["d"] = "mae"
### END SOLUTION
# (e) how much energy will a house need? the bills of all houses must add up right
### BEGIN SOLUTION: a string
chosen["e"] = "mse"
### END SOLUTION


def multilabel_loss(Z, Y):
    """Mean binary cross-entropy over all samples and labels, from logits (n, K)."""
    ### BEGIN SOLUTION: one number, in nats
    return np.mean(np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.abs(Z))))
    ### END SOLUTION


# %%
check("07.3")

# %% [markdown]
# ## Downhill on a parabola
#
# Now the walk. {term}`Gradient descent` was proposed by Cauchy in 1847 {cite:p}`cauchy1847methode`, and it has one
# line: with the gradient $\nabla L$ ("nabla L"), the vector of all partial derivatives,
#
# ```{math}
# :label: eq-gd-step
# \theta_{t+1} = \theta_t - \eta\, \nabla L(\theta_t) .
# ```
#
# The gradient points to where the loss grows fastest, so we go the other way. The number $\eta > 0$ is the
# {term}`learning rate`. Begin with the simplest {term}`loss landscape`: one parameter, $L(w) = w^2$, slope $2w$. Start
# at $w = 10$ with $\eta = 0.1$ and take 20 steps.

# %%
path = descend_one(torch.square, 10.0, lr=0.1, steps=20)
steps_table = pd.DataFrame({"step t": [0, 1, 2, 3, 10, 20]})
steps_table["w"] = path[steps_table["step t"]]
steps_table["slope 2w"] = 2 * steps_table["w"]
steps_table["loss w²"] = steps_table["w"] ** 2
plot.table(steps_table, "Gradient descent on w² from w = 10, rate 0.1.", digits=2)

# %% [markdown]
# After 20 steps $w$ = 0.12 and the loss has fallen from 100.00 to 0.01. The first step is 2 long, the second 1.6: the
# steps become shorter *although the rate stays the same*, because the slope becomes smaller. You will read that the
# learning rate must be lowered to reach a minimum. On a smooth bowl with exact gradients this is not so. It becomes
# true with noise, below.
#
# And why exactly 0.12? One step turns $w$ into $w - 0.1 \cdot 2w = 0.8\,w$. So after $t$ steps $w = 10 \cdot 0.8^t$.

# %% tags=["claim"]
claim("After 20 steps $w$ = 0.12", 20, path[20])
claim("the loss has fallen from 100.00 to 0.01", path[0] ** 2, path[20] ** 2)
claim("The first step is 2 long, the second 1.6", path[0] - path[1], path[1] - path[2])
claim("after $t$ steps", bool(np.allclose(path, 10 * 0.8 ** np.arange(21))))

# %% [markdown]
# ### The largest stable step
#
# Do this for every parabola. Let $\lambda > 0$ be the curvature (the second derivative), $w^\star$ the lowest point,
# and $\Delta_t = w_t - w^\star$ the distance from it after $t$ steps. Then $L = L_{\min} + \tfrac12 \lambda \Delta^2$
# has the slope $\lambda \Delta$, and
#
# ```{math}
# :label: eq-gd-factor
# \Delta_{t+1} = \Delta_t - \eta \lambda \Delta_t = (1 - \eta\lambda)\, \Delta_t
# \quad\Longrightarrow\quad
# \Delta_t = (1 - \eta\lambda)^t\, \Delta_0 .
# ```
#
# Everything is in the factor $1 - \eta\lambda$. The distance shrinks if, and only if, $|1 - \eta\lambda| < 1$. Solve
# it:
#
# $$ -1 < 1 - \eta\lambda < 1 \quad\Longleftrightarrow\quad 0 < \eta\lambda < 2
# \quad\Longleftrightarrow\quad 0 < \eta < \frac{2}{\lambda} . $$
#
# | rate | factor $1 - \eta\lambda$ | what you see |
# |---|---|---|
# | $0 < \eta < 1/\lambda$ | between 0 and 1 | walks down on one side |
# | $\eta = 1/\lambda$ | 0 | arrives in one step |
# | $1/\lambda < \eta < 2/\lambda$ | between −1 and 0 | jumps to the other side each time, and still arrives |
# | $\eta = 2/\lambda$ | −1 | jumps from side to side for ever |
# | $\eta > 2/\lambda$ | below −1 | **diverges**: each jump is longer than the last |

# %% tags=["hide-input"]
figure, panels = plt.subplots(1, 4, figsize=(7.6, 2.9), sharey=True)
across = np.linspace(-14, 14, 101)
for ax, rate in zip(panels, (0.1, 0.8, 1.0, 1.05), strict=True):
    points = descend_one(torch.square, 10.0, lr=rate, steps=6)
    ax.plot(across, across**2, color=GREY)
    steps = np.stack([points[:-1], points[1:]])  # (2, 6): a line for each step
    ax.plot(steps, steps**2, "o-", color=BLUE, markersize=4, linewidth=1)
    ax.plot(points[0], points[0] ** 2, "s", color=RED, markersize=7)
    ax.set(title=f"η = {rate:g}", xlabel="w", ylim=(-12, 330), xlim=(-19, 19))
panels[0].set_ylabel("loss w²")
plot.show(
    "Four panels with the parabola w² and six steps from w = 10, marked by a "
    "square. Rate 0.1: the dots walk down the right side. Rate 0.8: they jump from "
    "side to side, each time lower. Rate 1.0: they jump between 10 and -10 at the "
    "same height. Rate 1.05: each jump lands higher than the one before.",
    "The same parabola and the same start (red square), four rates. λ = 2, so the "
    "border is η = 1.",
)

# %% [markdown]
# The border does not depend on the start and not on how far you have come. It depends on the curvature alone: **a
# sharper bowl needs smaller steps.** Note how near to each other good and bad are. On this parabola the rate 0.8
# arrives, and 1.05 runs away.

# %% tags=["claim"]
ends = {r: abs(descend_one(torch.square, 10.0, r, 40)[-1]) for r in (0.8, 1.0, 1.05)}
claim(
    "the rate 0.8 arrives, and 1.05 runs away",
    bool(ends[0.8] < 1e-6 < 100 < ends[1.05]),
)
claim("jumps from side to side for ever", bool(np.isclose(ends[1.0], 10)))

# %% [markdown]
# ## Exercise 07.4: predict, then run
#
# Take $L(w) = 2\,(w - 1)^2$ and start at $w_0 = 3$. **Without running anything**: what is $\lambda$? For each of the
# five rates choose one of the strings `"walks"` (down on one side, for many steps), `"one step"`, `"jumps"` (to the
# other side each time, and arrives), `"for ever"` (jumps and never arrives), `"diverges"`. Then compute by hand where
# $w$ is after two steps with $\eta = 0.4$.

# %%
### BEGIN SOLUTION: {0.05: "…", 0.25: "…", 0.4: "…", 0.5: "…", 0.6: "…"}
fates = {
    0.05: "walks",
    0.25: "one step",
    0.4: "jumps",
    0.5: "for ever",
    0.6: "diverges",
}
### END SOLUTION
### BEGIN SOLUTION: a number: w after two steps with rate 0.4
w_after_two = 1.72
### END SOLUTION

# %%
check("07.4")

# %% [markdown]
# When the check has passed, run it and look at the numbers that you predicted.

# %%
for rate in answer("07.4")[0]:
    points = descend_one(lambda w: 2 * (w - 1) ** 2, 3.0, float(rate), steps=30)
    first = " ".join(f"{v:7.3f}" for v in points[:5])
    print(f"rate {float(rate):4}: {first} … {points[-1]:.3g}")

# %% [markdown]
# ## Downhill in a narrow valley
#
# With more than one parameter the bowl has more than one curvature. Take two parameters and
#
# ```{math}
# :label: eq-gd-valley
# L(\theta) = \tfrac12 \lambda_1 \theta_1^2 + \tfrac12 \lambda_2 \theta_2^2 , \qquad \lambda_1 = 1, \quad \lambda_2 = 25
# .
# ```
#
# Each parameter follows {eq}`eq-gd-factor` with its own $\lambda$, but **all share one $\eta$**. The sharpest direction
# sets the limit, $\eta < 2/25 = 0.08$, and the flattest sets the pace, because its factor $1 - \eta \cdot 1$ is close
# to 1.

# %% tags=["hide-input"]
curvatures = np.array([1.0, 25.0])


def valley_path(lr, steps, start=(10.0, 1.0)):
    """Gradient descent on the valley: points (steps + 1, 2), from the closed form."""
    t = np.arange(steps + 1)[:, None]
    return np.array(start) * (1 - lr * curvatures) ** t


first, second = np.meshgrid(np.linspace(-3, 11, 141), np.linspace(-2.2, 2.2, 89))
heights = (curvatures[0] * first**2 + curvatures[1] * second**2) / 2
figure, panels = plt.subplots(3, 1, figsize=(6.6, 6.0), sharex=True)
for ax, rate in zip(panels, (0.01, 2 / 26, 0.082), strict=True):
    points = valley_path(rate, 25)
    ax.contour(
        first, second, heights, [0.5, 3, 10, 25, 50], colors=GREY, linewidths=0.8
    )
    ax.plot(*points.T, "o-", color=BLUE, markersize=3, linewidth=1)
    ax.plot(*points[0], "s", color=RED, markersize=7)
    ax.plot(0, 0, "x", color=INK, markersize=8, markeredgewidth=2)
    ax.set(title=f"η = {rate:.3f}", ylabel="θ₂", ylim=(-2.2, 2.2))
    ax.grid(False)
panels[2].set_xlabel("θ₁")
plot.show(
    "Three panels with the contour lines of a narrow valley and 25 steps of "
    "gradient descent from a square at the right. Rate 0.010: the path drops into "
    "the valley and creeps along its floor, and ends less than a quarter of the way "
    "to the cross. Rate 0.077: it jumps from wall to wall and comes near the cross. "
    "Rate 0.082: the jumps become wider and leave the valley.",
    "The valley λ₁ = 1, λ₂ = 25: too slow, the best fixed rate, too fast. The cross "
    "is the minimum.",
)

# %% [markdown]
# What is the best fixed rate? The slower of the two factors decides, so make the larger of $|1 - \eta\lambda_{\min}|$
# and
# $|1 - \eta\lambda_{\max}|$ as small as possible. With growing $\eta$ the first falls and the second, once it is beyond
# its zero, rises. The best is where they meet:
#
# ```{math}
# :label: eq-gd-best
# 1 - \eta\lambda_{\min} = \eta\lambda_{\max} - 1
# \quad\Longrightarrow\quad
# \eta = \frac{2}{\lambda_{\min} + \lambda_{\max}} , \qquad
# \text{factor} = \frac{\kappa - 1}{\kappa + 1} , \qquad
# \kappa = \frac{\lambda_{\max}}{\lambda_{\min}} .
# ```
#
# The number $\kappa$ ("kappa") is the {term}`condition number`. A contour line of the valley is $\sqrt\kappa$ times as
# long as wide, here 5 times.

# %%
rows = []
for kappa in (1, 10, 25, 100, 1000):
    factor = (kappa - 1) / (kappa + 1)
    needed = math.ceil(math.log(1e-3) / math.log(factor)) if factor else 1
    rows.append([kappa, factor, needed])
valleys = pd.DataFrame(rows, columns=["κ", "factor a step", "steps to 1/1000"])
plot.table(
    valleys,
    "At the best fixed rate: steps until a thousandth of the distance is left.",
    digits=4,
)

# %% [markdown]
# Ten times the condition number costs about ten times the steps, *at the best possible rate*: 346 steps for $\kappa$ =
# 100, 3454 for $\kappa$ = 1000. Nothing is random here and nothing is wrong with the gradient; the valley is narrow.
# Scaling the inputs makes it rounder (chapter 02), and {doc}`chapter 09 <09_optimisers>` shows optimisers that remember
# earlier steps.
#
# For a general quadratic loss the two curvatures are the largest and the smallest eigenvalue of its {term}`Hessian`,
# the matrix of its second derivatives, since along each of its eigenvectors the loss is a parabola. The rule stays:
# $\eta < 2/\lambda_{\max}$.

# %% tags=["claim"]
claim("346 steps for $\\kappa$ = 100", valleys.iloc[3, 2], valleys.iloc[3, 0])
claim("3454 for $\\kappa$ = 1000", valleys.iloc[4, 2], valleys.iloc[4, 0])
claim("2/25 = 0.08", 2, curvatures[1], 2 / curvatures.max())
rates = np.linspace(0, 0.08, 8001)
slower = np.abs(1 - rates[:, None] * curvatures).max(axis=1)
claim("The best is where they meet", bool(abs(rates[slower.argmin()] - 2 / 26) < 2e-5))
claim("The best is where they meet", bool(abs(slower.min() - 24 / 26) < 1e-3))

# %% [markdown]
# ## Exercise 07.5: gradient descent on a quadratic
#
# Let $L(\theta) = \tfrac12\, \theta^\mathsf{T} A\, \theta - b^\mathsf{T} \theta$ with a symmetric matrix $A$ of shape
# `(d, d)`, all of whose eigenvalues are above 0, and `b` of shape `(d,)`. Its gradient is $A\theta - b$ and its Hessian
# is $A$.
#
# 1. `largest_rate(A)`: the border below which gradient descent converges from every start: one number.
# 2. `descend(A, b, start, lr, steps)`: the path, shape `(steps + 1, d)`. Row 0 is the start.


# %%
def largest_rate(A):
    """The learning rate at which gradient descent stops converging."""
    ### BEGIN SOLUTION: from the eigenvalues of A
    return 2 / np.linalg.eigvalsh(A)[-1]
    ### END SOLUTION


def descend(A, b, start, lr, steps):
    """All points of the walk, (steps + 1, d), the start first."""
    ### BEGIN SOLUTION: the walk
    path = [np.asarray(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - lr * (A @ path[-1] - b))
    return np.array(path)
    ### END SOLUTION


# %%
check("07.5")

# %% [markdown]
# Try it on a tilted valley, just below and just above the border.

# %%
largest_rate, descend = answer("07.5")

A, b = np.array([[3.0, 2.0], [2.0, 3.0]]), np.array([1.0, -1.0])
border = float(largest_rate(A))
minimum = np.linalg.solve(A, b)
for share in (0.95, 1.0, 1.05):
    points = np.asarray(descend(A, b, np.array([4.0, 1.0]), share * border, 200))
    left = np.linalg.norm(points[-1] - minimum)
    print(f"rate {share:.2f} × {border:.2f}: distance {left:.2g} after 200 steps")

# %% [markdown]
# The border is 0.40 here: the eigenvalues of $A$ are 1 and 5, and neither is on the diagonal. Five per cent below it
# the walk arrives; five per cent above it, it ends hundreds of millions away.

# %% tags=["claim"]
claim("The border is 0.40 here", border)
claim("the eigenvalues of $A$ are 1 and 5", *np.linalg.eigvalsh(A))
claim("it ends hundreds of millions away", bool(1e8 < left < 1e9))

# %% [markdown]
# ## Batch, stochastic, mini-batch
#
# The gradient of {eq}`eq-gd-step` is a mean over all $n$ samples. A mean can be estimated from a part. So there are
# three ways to make an {term}`update`:
#
# | name | samples for one update | updates an {term}`epoch` |
# |---|---|---|
# | **batch** gradient descent, "full batch" | all $n$ | 1 |
# | {term}`stochastic gradient descent`, in the strict sense | 1 | $n$ |
# | **mini-batch** gradient descent | $B$, drawn anew in each epoch | $\lceil n/B \rceil$ |
#
# The words are used loosely: today "SGD" mostly means mini-batches, and in PyTorch `SGD` is the name of the update
# rule, whatever the batch. How good is an estimate from $B$ samples? For this and for the rest of the chapter we take a
# network that is small enough to look at in full: 1 input, 8 tanh neurons, 1 output, 25 parameters in one vector.

# %%
inputs = torch.tensor(X_train, dtype=torch.float32)  # (800, 1)
targets = torch.tensor(y_train, dtype=torch.float32)  # (800,)


def small_loss(theta, x=inputs, y=targets):
    """Half the MSE of the network 1-8-1 with the 25 parameters theta."""
    w, b, v, c = theta[:8], theta[8:16], theta[16:24], theta[24]
    prediction = torch.tanh(x * w + b) @ v + c  # (n, 8) @ (8,): flat, like y
    return torch.nn.functional.mse_loss(prediction, y) / 2


def gradient(theta, *batch):
    theta = theta.detach().requires_grad_()
    return torch.autograd.grad(small_loss(theta, *batch), theta)[0]


# %%
def random_start(seed):
    """25 numbers, drawn as PyTorch draws them for two linear layers."""
    torch.manual_seed(seed)
    first, second = torch.nn.Linear(1, 8), torch.nn.Linear(8, 1)
    parts = [first.weight, first.bias, second.weight, second.bias]
    return torch.cat([part.detach().flatten() for part in parts])


def train(theta, lr, steps=2000):
    """Full-batch gradient descent: all points (steps + 1, 25)."""
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * gradient(path[-1]))
    return torch.stack(path)


walk = train(random_start(SEED), lr=0.3)
start, end = walk[0], walk[-1]
print(f"loss at the start {small_loss(start):.4f}, at the end {small_loss(end):.4f}")

# %% [markdown]
# The loss falls from 1.284 to 0.051. Now stand at three points of this walk, draw batches there, and compare each
# batch's gradient with that of all 800 samples. The error is the length of the difference, divided by the length of the
# full gradient (root of the mean square over 100 draws).

# %%
places = {"start": walk[0], "after 10 steps": walk[10], "after 2000 steps": walk[-1]}
sizes = [1, 4, 16, 64, 256]
draw = torch.Generator().manual_seed(SEED)
wrong = {}
for name, theta in places.items():
    full = gradient(theta)
    wrong[name] = []
    for size in sizes:
        squares = []
        for _ in range(100):
            rows = torch.randperm(800, generator=draw)[:size]
            off = gradient(theta, inputs[rows], targets[rows]) - full
            squares.append(float(off.square().sum() / full.square().sum()))
        wrong[name].append(np.mean(squares) ** 0.5)

# %% tags=["hide-input"]
marks = zip(("o", "s", "^"), (GREEN, BLUE, RED), wrong.items(), strict=True)
for mark, color, (name, errors) in marks:
    plt.plot(sizes, errors, f"{mark}-", color=color, label=name)
plt.plot(sizes, 3 / np.sqrt(sizes), color=GREY, linestyle=DOTTED, label="slope of 1/√B")
plt.axhline(1, color=INK, linewidth=0.8)
plt.xscale("log", base=2)
plt.yscale("log")
plt.xlabel("batch size B")
plt.ylabel("error / length of the full gradient")
plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
plot.show(
    "The relative error of a batch's gradient over the batch size, both axes "
    "logarithmic. Three falling lines, nearly parallel to a dotted line of slope "
    "one over the square root of B. At the start of training the errors lie around "
    "1 and below; after 10 steps around 1 to 20; after 2000 steps they are the "
    "largest by far, up to several hundred.",
    "How wrong is a batch's gradient? It depends on the batch size, and even more "
    "on where you are.",
)

# %% [markdown]
# Two things to see.
#
# **The error falls like $1/\sqrt B$.** Four times the samples, half the error; so a batch that is 64 times as large is
# only 8 times as exact. (The largest batch does a little better, because it is drawn without putting samples back and
# already holds a third of them.) On average the batch's gradient is right. Single ones are not.
#
# **Near the bottom it is nearly all noise.** At the start a single sample points roughly the right way. After 2000
# steps the full gradient is almost 0 while the samples still pull in different directions: even with 64 samples the
# error is more than 50 times the gradient.

# %% tags=["claim"]
for errors in wrong.values():
    halved = errors[0] / errors[1]
    claim("Four times the samples, half the error", bool(1.6 < halved < 2.6))
late = wrong["after 2000 steps"]
claim("only 8 times as exact", bool(6 < late[0] / late[3] < 10.5))
claim("the error is more than 50 times the gradient", bool(late[3] > 50))
claim("a single sample points roughly the right way", bool(wrong["start"][0] < 1.5))
claim("The loss falls from 1.284 to 0.051", small_loss(start), small_loss(end))

# %% [markdown]
# ### With noise, a fixed rate ends above the floor
#
# So what does mini-batch descent do near the bottom? Start from `end`, take 1000 updates with batches of 16, and
# average the loss of all 800 samples over the last 500 updates.

# %%
rows = []
for rate in (0.3, 0.1, 0.01):
    theta, seen = end, []
    draw = torch.Generator().manual_seed(SEED)
    for t in range(1000):
        batch = torch.randint(800, (16,), generator=draw)
        theta = theta - rate * gradient(theta, inputs[batch], targets[batch])
        if t >= 500 and t % 10 == 0:
            seen.append(float(small_loss(theta)))
    rows.append([rate, np.mean(seen), np.mean(seen) - float(small_loss(end))])
floor = pd.DataFrame(rows, columns=["rate η", "mean loss", "above the start"])
plot.table(
    floor,
    "Batches of 16 from the end of the walk: the mean loss depends on the rate.",
    digits=4,
)

# %% [markdown]
# With the rate 0.3, at which the full batch walked calmly down, the loss now stays around 0.06: the noise throws the
# parameters up the walls as fast as the gradient brings them down. With smaller rates it stays lower. This is where the
# sentence "lower the learning rate to reach the minimum" is true. {cite:t}`robbins1951stochastic` proved that noisy
# steps arrive, under some conditions, if the rates go to 0, but so slowly that their sum is infinite (while the sum of
# their squares is finite). Chapter 09 turns this into schedules.

# %% tags=["claim"]
claim("the loss now stays around 0.06", floor.iloc[0, 1])
falling = np.diff(floor["mean loss"]) < 0
claim("With smaller rates it stays lower", bool(falling.all()))

# %% [markdown]
# ### Bookkeeping
#
# An epoch is one pass over all samples. With 100 samples and batches of 16 it has 6 full batches and a last one of 4,
# so 7 updates. When you compare two trainings, ask which of three numbers was the same: the epochs (how often each
# sample was seen), the updates (how many steps were made), or the samples seen (how much was computed).
#
# ## Exercise 07.6: epochs, batches and updates
#
# Training takes *all* samples in each epoch, and the last batch may be short (and a batch can never hold more than the
# $n$ samples there are).
#
# 1. `bookkeeping(n, batch_size, epochs)`: three whole numbers: the updates in one epoch, the number of samples in the
# last batch of an epoch, and the updates in all epochs.
# 2. `epochs_for(n, batch_size, updates)`: the smallest whole number of epochs that makes at least `updates` updates.


# %%
def bookkeeping(n, batch_size, epochs):
    """Updates in an epoch, samples in its last batch, updates in all epochs."""
    ### BEGIN SOLUTION: three whole numbers
    per_epoch = math.ceil(n / batch_size)
    return per_epoch, n - (per_epoch - 1) * batch_size, per_epoch * epochs
    ### END SOLUTION


def epochs_for(n, batch_size, updates):
    """The fewest epochs with at least so many updates."""
    ### BEGIN SOLUTION: a whole number
    return math.ceil(updates / math.ceil(n / batch_size))
    ### END SOLUTION


# %%
check("07.6")

# %%
bookkeeping, epochs_for = answer("07.6")

# %% tags=["claim"]
claim(
    "batches of 16 it has 6 full batches and a last one of 4, so 7 updates",
    16,
    6,
    bookkeeping(100, 16, 1)[1],
    bookkeeping(100, 16, 1)[0],
)

# %% [markdown]
# ## A sweep of batch sizes, and a hasty conclusion
#
# Here is a common experiment. Train the network of the beginning, 1-80-20-1, with batches of 2, 64, 256 and all 800
# points, and nothing else changed: at most 2000 epochs, Adam (chapter 09) with its usual rate, and scikit-learn's usual
# rule for stopping.


# %%
def train_with(batch_size, seed=2024, **settings):
    """The network 1-80-20-1, trained in batches of this size."""
    settings = layers | {"random_state": seed, "max_iter": 2000} | settings
    sweep_net = MLPRegressor(batch_size=batch_size, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the last epoch was reached
        return sweep_net.fit(X_train, y_train)


sweep = {size: train_with(size) for size in (2, 64, 256, 800)}

# %%
rows = []
for size, fitted in sweep.items():
    updates = bookkeeping(800, size, fitted.n_iter_)[2]
    rows.append([size, fitted.n_iter_, updates, fitted.loss_curve_[-1]])
columns = ["batch size", "epochs", "updates", "final loss"]
sweep_table = pd.DataFrame(rows, columns=columns).set_index("batch size")
plot.table(sweep_table, "The sweep, each stopped by scikit-learn's rule.", digits=4)

# %% tags=["hide-input"]
figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.2), sharey=True)
styles = {2: (GREY, "-"), 64: (GREEN, DASHED), 256: (BLUE, "-"), 800: (RED, DOTTED)}
for size, fitted in sweep.items():
    color, dash = styles[size]
    epochs = np.arange(1, fitted.n_iter_ + 1)
    per_epoch = bookkeeping(800, size, 1)[0]
    look = {"color": color, "linestyle": dash, "label": f"B = {size}"}
    left.plot(epochs, fitted.loss_curve_, **look)
    right.plot(epochs * per_epoch, fitted.loss_curve_, **look)
left.set(xlabel="epochs", ylabel="training loss", yscale="log", xscale="log")
right.set(xlabel="updates", yscale="log", xscale="log")
left.legend()
plot.show(
    "The training loss of four batch sizes on logarithmic axes, left over epochs, "
    "right over updates. Left: the smaller the batch, the further to the left its "
    "curve. Right: the curves of batches of 64, 256 and 800 nearly coincide while "
    "they last; that of 800 ends at 207 updates, far to the left of the others.",
    "The same four runs, counted in epochs and in updates.",
)

# %% [markdown]
# The full batch ends at 0.0801, all others near 0.05. The usual conclusion: "using the whole training set is not a
# good idea, it fails to reach the minimum." Look at the column of updates before you agree. The full batch made 207
# updates, batches of 2 made 26 000. Right in the figure, over updates, the full batch is *not* behind. It was stopped.
#
# By what? scikit-learn stops when the loss has not improved by `tol` = 0.0001 in 10 *epochs* running. An epoch of
# batches of 2 holds 400 updates, an epoch of the full batch a single one, and a single small update of a healthy run
# often improves the loss by less than 0.0001. The rule was made for mini-batches. Take it away with `tol=0`, and give
# the full batch 1000 updates, about as many as the batches of 256 made:

# %%
patient = train_with(800, tol=0, n_iter_no_change=1000, max_iter=1000)
print(f"full batch, {patient.n_iter_} updates: loss {patient.loss_curve_[-1]:.4f}")

# %% [markdown]
# 0.0471: the lowest of all, with fewer updates than each of the three mini-batch runs. So the experiment did not show
# what the text beside it said. It compared stopping rules.

# %% tags=["claim"]
swept, made = sweep_table["final loss"], sweep_table["updates"]
claim("The full batch ends at 0.0801", swept[800])
claim("all others near 0.05", bool(swept[:3].between(0.050, 0.053).all()))
claim(
    "The full batch made 207 updates, batches of 2 made 26 000", made[800], 2, made[2]
)
claim("0.0471: the lowest of all", patient.loss_curve_[-1])
claim("the lowest of all", bool(patient.loss_curve_[-1] < swept.min()))
claim(
    "fewer updates than each of the three mini-batch runs",
    bool(patient.n_iter_ < made[:3].min()),
)
last_gains = -np.diff(sweep[800].loss_curve_)[-10:]
claim("less than 0.0001", bool((last_gains < 1e-4).all() and last_gains.mean() > 0))

# %% [markdown]
# ### A fair comparison names its budget
#
# Give all sizes the same budget, in two ways, with three random starts each (batches of 2 in the second way: only the
# run from above), and measure the loss on all training points. First the same number of **updates** (400, one epoch of
# batches of 2), then the same number of **epochs** (65, as many as batches of 2 took above).

# %%
seeds = range(3)


def losses_of(size, epochs):
    """Half the MSE on the training points for each seed, after so many epochs."""
    budget = {"max_iter": epochs, "tol": 0, "n_iter_no_change": epochs}
    nets = [train_with(size, seed, **budget) for seed in seeds]
    return np.array([half_mse_of(m.predict(X_train), y_train) for m in nets])


by_updates = {size: losses_of(size, epochs_for(800, size, 400)) for size in sweep}
by_epochs = {size: losses_of(size, 65) for size in (64, 256, 800)}
by_epochs[2] = np.array([half_mse_of(sweep[2].predict(X_train), y_train)])

# %% tags=["hide-input"]
figure, panels = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
budgets = {"400 updates each": by_updates, "65 epochs each": by_epochs}
for ax, (title, budget) in zip(panels, budgets.items(), strict=True):
    for size, values in budget.items():
        ax.plot([size] * len(values), values, "o", color=BLUE, markersize=5, alpha=0.8)
    order = sorted(budget)
    ax.plot(order, [budget[s].mean() for s in order], color=BLUE, linewidth=1)
    ax.set(title=title, xlabel="batch size B", xscale="log", yscale="log")
    ax.set_xticks([2, 64, 256, 800], ["2", "64", "256", "800"])
    ax.set_yticks([0.05, 0.1, 0.2, 0.4], ["0.05", "0.1", "0.2", "0.4"])
    ax.minorticks_off()
panels[0].set_ylabel("training loss (half the MSE)")
plot.show(
    "Training loss over batch size in two panels; each dot is one random start. "
    "With 400 updates each the loss falls from about 0.09 at batches of 2 to less "
    "than 0.07 at the full batch. With 65 epochs each it rises, from about 0.05 at "
    "batches of 2 to several tenths at the full batch.",
    "The same question with two budgets, and two opposite answers.",
)

# %% [markdown]
# With the same number of updates, larger batches win: each of their steps is better. (Between 64 and 256 there is no
# clear difference: random starts differ more.) With the same number of epochs, smaller ones win: they make more steps.
# Both are true, and neither is "the" answer. What does an update cost *you*? If a machine handles 256 samples as
# quickly as one, as a GPU does, updates are the price, and large batches are cheap. If every sample costs, the samples
# seen are the price, and the full batch is expensive.
#
# The noise of small batches is often said to help a network generalise {cite:p}`keskar2017large`. Can we see it here?
# We open the test set now, once, for the five networks of the sweep.

# %% tags=["claim"]
means = [by_updates[s].mean() for s in (2, 64, 256, 800)]
claim(
    "With the same number of updates, larger batches win",
    bool(means[0] > max(means[1:3]) and min(means[1:3]) > means[3]),
)
means = [by_epochs[s].mean() for s in (2, 64, 256, 800)]
claim("smaller ones win: they make more steps", bool((np.diff(means) > 0).all()))

# %%
judged = {f"batches of {s}": m for s, m in sweep.items()}
judged["full batch, tol = 0"] = patient
errors = {name: (m.predict(X_test) - y_test) ** 2 for name, m in judged.items()}
rows = []
for name, squares in errors.items():
    more = squares - errors["full batch, tol = 0"]  # a paired comparison
    r2 = 1 - squares.mean() / np.var(y_test)
    rows.append([name, r2, more.mean(), more.std(ddof=1) / len(more) ** 0.5])
columns = ["training", "R² on test", "MSE minus last row's", "its standard error"]
tested = pd.DataFrame(rows, columns=columns)
plot.table(
    tested, "200 test points. R² is the explained share of the variance.", digits=4
)

# %% [markdown]
# Four of the five R² lie between 0.914 and 0.915. Their differences in MSE are smaller than two standard errors, so 200
# points cannot tell them apart, and nothing here speaks for or against the noise of small batches. One difference is
# real: the run that was stopped early, with 0.878.

# %% tags=["claim"]
four = tested.drop(index=3)
r2 = four.iloc[:, 1]
claim("lie between 0.914 and 0.915", r2.min(), r2.max())
claim(
    "smaller than two standard errors",
    bool((four.iloc[:3, 2].abs() < 2 * four.iloc[:3, 3]).all()),
)
claim("the run that was stopped early, with 0.878", tested.iloc[3, 1])
claim("One difference is real", bool(tested.iloc[3, 2] > 3 * tested.iloc[3, 3]))

# %% [markdown]
# ## Choosing the learning rate
#
# Plain gradient descent now, without Adam: the same network, batches of 200, six rates over almost five orders of
# magnitude.

# %%
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

plain = {"solver": "sgd", "momentum": 0}
by_rate = {}
for rate in (1e-5, 5e-3, 1e-2, 5e-2, 0.1, 0.5):
    by_rate[rate] = train_with(200, learning_rate_init=rate, max_iter=500, **plain)
rows = []
for rate, m in by_rate.items():
    rows.append([f"{rate:g}", m.n_iter_, m.loss_curve_[-1], min(m.loss_curve_)])
columns = ["rate η", "epochs", "final loss", "lowest loss"]
rate_table = pd.DataFrame(rows, columns=columns)
plot.table(rate_table, "Six learning rates, at most 500 epochs each.", digits=4)

# %% tags=["hide-input"]
looks = zip(by_rate.items(), (GREY, PURPLE, GREEN, BLUE, ORANGE, RED), strict=True)
for n, ((rate, fitted), color) in enumerate(looks):
    look = {"color": color, "linestyle": ("-", DASHED, DOTTED)[n % 3]}
    epochs = np.arange(1, fitted.n_iter_ + 1)
    plt.plot(epochs, fitted.loss_curve_, label=f"η = {rate:g}", **look)
plt.axhline(mean_loss, color=INK, linewidth=0.8)
plt.gca().set(xscale="log", yscale="log", xlabel="epochs", ylabel="training loss")
plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
plot.show(
    "Training loss over epochs for six learning rates, both axes logarithmic, with "
    "a thin line for always predicting the mean. The smallest rate stays above that "
    "line for all 500 epochs. Rates from 0.005 to 0.1 fall, the larger the "
    "faster. The largest, 0.5, jumps up and down and stops after 41 epochs.",
    "Too small, good, too large. The thin line is the baseline, always the mean of y.",
)

# %% [markdown]
# - **Too small.** With $\eta$ = 0.00001 the loss is 1.139 after 500 epochs, worse than the baseline's 0.6725. The
#   network is not "stuck"; it has hardly moved.
# - **Small, and stopped.** 0.005 and 0.01 end at 0.0982 and 0.0897 after fewer than 200 epochs. The stopping rule of
#   the last section has ended them on a gentle slope: their steps were small, but they had not arrived.
# - **Good.** 0.05 reaches 0.0557. 0.1 is about as good in half the epochs.
# - **Too large.** 0.5 jumps: it ends at 0.1185, and its lowest loss was 0.0725.
#
# So the final losses rank rates *under this stopping rule*. The honest reading is a range: on this net plain descent
# works well at 0.05 and at 0.1, and somewhere between 0.1 and 0.5 it begins to jump. Search on a logarithmic grid, and
# look at the curves and not at the last numbers.

# %% tags=["claim"]
final, low = rate_table["final loss"], rate_table["lowest loss"]
claim("the loss is 1.139 after 500 epochs", final[0], rate_table["epochs"][0])
claim("worse than the baseline's 0.6725", mean_loss)
claim("worse than the baseline's", bool(final[0] > mean_loss))
claim("0.005 and 0.01 end at 0.0982 and 0.0897", 0.005, 0.01, final[1], final[2])
claim("after fewer than 200 epochs", bool((rate_table["epochs"][1:3] < 200).all()))
claim("0.05 reaches 0.0557", 0.05, final[3])
half = rate_table["epochs"][4] < 0.6 * rate_table["epochs"][3]
claim("0.1 is about as good", bool(abs(final[4] - final[3]) < 0.002))
claim("about as good in half the epochs", bool(half))
claim("ends at 0.1185, and its lowest loss was 0.0725", final[5], low[5])

# %% [markdown]
# ### Three numbers with similar names
#
# Reports of this sweep often put beside the final loss a "training score" of −0.116 for the rate 0.05. The final loss
# is 0.0557. Why do they differ?

# %%
fitted = by_rate[0.05]
train_mse = np.mean((fitted.predict(X_train) - y_train) ** 2)
settings = fitted.get_params() | {"max_iter": 2000}
fresh = make_pipeline(StandardScaler(), MLPRegressor(**settings))
scores = cross_val_score(fresh, x_train, y_train, scoring="neg_mean_squared_error")
print(f"half the MSE on the training points: {train_mse / 2:.4f}")
print(f"the MSE on the training points:      {train_mse:.4f}")
print(f"5-fold validation, minus the MSE:   {scores.mean():.4f}")

# %% [markdown]
# Three differences. The loss is *half* the MSE, so 0.0556 and 0.111 are the same fit. scikit-learn's scores carry a
# *minus*, so that larger is better. And −0.116 is no training score: `cross_val_score` trains five new networks and
# measures each on the fifth of the points that it has *not* seen ({doc}`chapter 01 <01_learning_from_data>`). It is a
# **validation** score. (The last point of the loss curve, 0.0557, is a mean over the updates of the last epoch, with a
# small penalty on the weights, which {doc}`chapter 11 <11_overfitting>` explains.)

# %% tags=["claim"]
claim("so 0.0556 and 0.111 are the same fit", train_mse / 2, train_mse)
claim("And −0.116 is no training score", scores.mean())
claim("trains five new networks", len(scores) == 5)
claim("The final loss is 0.0557", fitted.loss_curve_[-1])

# %% [markdown]
# ### Where to start
#
# Gradient descent needs a first $\theta$. You may read that choosing it at random is a bad idea, and elsewhere that
# random is better. Both leave out the reason. Try four starts on the small network 1-8-1.

# %%
drawn = random_start(SEED)
starts = {
    "all 0": torch.zeros(25),
    "all 0.5": torch.full((25,), 0.5),
    "random": drawn,
    "random, 100 times": 100 * drawn,
}
ends = {n: end if n == "random" else train(s, lr=0.3)[-1] for n, s in starts.items()}
rows = [[n, float(small_loss(starts[n])), float(small_loss(ends[n]))] for n in starts]
start_table = pd.DataFrame(rows, columns=["start", "loss there", "after 2000 steps"])
plot.table(start_table, "Four starts of the same network.", digits=4)
print("the 8 hidden weights from the start 0.5:", ends["all 0.5"][:8].numpy().round(3))

# %% [markdown]
# From 0 only the last bias moves: the output weights are 0, so the hidden neurons have no gradient, and the hidden
# neurons put out 0, so the output weights have none. The loss ends at the baseline, 0.6725. From 0.5 the eight neurons
# stay exact copies of each other: equal weights get equal gradients, for ever, and eight copies can do what one neuron
# can, 0.107. **Random numbers break this symmetry**, and the loss falls to 0.051. But they must have the right size:
# 100 times larger, the tanh is flat nearly everywhere, and the descent ends at 0.19. Which size is right is the subject
# of {doc}`chapter 10 <10_signals_in_deep_nets>`.

# %% tags=["claim"]
claim("The loss ends at the baseline, 0.6725", start_table.iloc[0, 2])
claim("what one neuron can, 0.107", start_table.iloc[1, 2])
claim("the loss falls to 0.051", start_table.iloc[2, 2])
claim("the descent ends at 0.19", start_table.iloc[3, 2])
claim(
    "stay exact copies of each other",
    bool((ends["all 0.5"][:24].reshape(3, 8).std(dim=1) < 1e-5).all()),
)

# %% [markdown]
# ## The landscape of a real network
#
# The small network has 25 parameters, so its loss is a landscape over 25 dimensions. Nobody can see that, but you can
# cut a slice through it. Three points define a plane. We take the trained network `end`, the `start` of its walk, and a
# **twin**: `end` with its eight hidden neurons in reverse order. The order of neurons means nothing, so the twin
# computes exactly the same function.

# %%
numbers = torch.arange(8).flip(0)  # 7, 6, …, 0
twin = torch.cat([end[:8][numbers], end[8:16][numbers], end[16:24][numbers], end[24:]])
middle = (end + twin) / 2
for name, theta in (("trained", end), ("twin", twin), ("half-way", middle)):
    print(f"{name:9} loss {small_loss(theta):.4f}")

# %%
# Two directions of the plane, at right angles and of length 1
across = (twin - end) / (twin - end).norm()
towards_start = (start - end) - ((start - end) @ across) * across
up = towards_start / towards_start.norm()
shadow = torch.stack([(walk - end) @ across, (walk - end) @ up], dim=1)  # (2001, 2)
width = float((twin - end).norm())
horizontal = np.linspace(-0.35, 1.35, 69) * width
vertical = np.linspace(-0.6, 0.9, 61) * width
grid = np.stack(np.meshgrid(horizontal, vertical), axis=-1)
grid = torch.tensor(grid, dtype=torch.float32)
flat_grid = end + grid.reshape(-1, 2) @ torch.stack([across, up])  # (69 · 61, 25)
slice_loss = torch.stack([small_loss(theta) for theta in flat_grid]).reshape(61, 69)

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(6.8, 4.8))
levels = [0.06, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8]
look = {"colors": plot.PALETTE["muted"], "linewidths": 0.9}
rings = ax.contour(horizontal, vertical, slice_loss, levels, **look)
ax.clabel(rings, levels[2::2], fmt="%g", fontsize=8)
ax.plot(*shadow[::20].T, ".-", color=BLUE, markersize=3, label="the walk, projected")
ax.plot(*shadow[0], "s", color=RED, markersize=8, label="start")
ax.plot(*shadow[-1], "o", color=GREEN, markersize=9, label="trained")
ax.plot(width, 0, "D", color=ORANGE, markersize=8, label="its twin")
ax.set(xlabel="from the trained network towards its twin", aspect="equal")
ax.set_ylabel("towards the start")
ax.grid(False)
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plot.show(
    "Contour lines of the loss on a plane through three networks. Two small bowls, "
    "one around the trained network and one around its twin, face each other; "
    "between them the loss rises. The projected walk leads from the start to the "
    "trained network.",
    "A slice through the loss of the network 1-8-1: two low places with "
    "exactly the same loss, and higher ground between them.",
)

# %% [markdown]
# The trained network and its twin both have the loss 0.051. Half-way between them it is about 1, worse than always
# saying the mean. So this landscape is **not a bowl**: on a bowl (a *convex* function) the loss half-way between two
# points is never above both. Nothing went wrong in training. Every network with hidden neurons has such twins. Eight
# neurons can be ordered in 8! ways, and with tanh each can also change the sign of its weights on both sides, which
# makes 8! · 2⁸ = 10 321 920 copies of each solution. Training has to find only one of them.
#
# What the picture does not show: the other 23 directions. The walk's points lie *beside* this plane, and are drawn
# where they fall on it; only its start and its end lie in it. A wall in a slice may have a way around it
# {cite:p}`li2018visualizing`.

# %% tags=["claim"]
claim("both have the loss 0.051", small_loss(end))
claim("both have the loss", bool(torch.isclose(small_loss(end), small_loss(twin))))
claim("Half-way between them it is about 1", bool(0.9 < small_loss(middle) < 1.1))
claim("worse than always saying the mean", bool(small_loss(middle) > mean_loss))
claim("10 321 920 copies of each solution", math.factorial(8) * 2**8)
claim(
    "The walk's points lie beside this plane",
    bool((walk[100] - end).norm() > 1.05 * shadow[100].norm()),
)

# %% [markdown]
# ### Does the rule of the parabola hold here?
#
# Near any point a smooth loss looks like a quadratic function, with the Hessian $H$ of that point. So
# $\eta < 2/\lambda_{\max}(H)$ should still tell whether a place is stable. Train from the same start with different
# rates, and measure the largest eigenvalue where each walk has arrived.


# %%
def curvatures_at(theta):
    """The 25 eigenvalues of the Hessian of the loss at theta, the largest last."""
    hessian = torch.autograd.functional.hessian(small_loss, theta)
    return torch.linalg.eigvalsh(hessian.double())


rows = []
for rate in (0.3, 0.5, 0.6, 0.8):
    reached = end if rate == 0.3 else train(start, lr=rate)[-1]
    sharpest = float(curvatures_at(reached)[-1])
    rows.append([rate, 2 / rate, sharpest, float(small_loss(reached))])
columns = ["rate η", "limit 2/η", "λmax where it arrived", "loss"]
edge = pd.DataFrame(rows, columns=columns)
plot.table(
    edge, "The curvature that gradient descent ends up with, for four rates.", digits=3
)

# %% [markdown]
# For the rate 0.3 the curvature stays well below the limit. For the three larger rates something remarkable happens:
# λmax ends *at* the limit $2/\eta$, within five per cent. Places that are more sharply curved throw the walk out, as on
# the parabola, but here the landscape has other places, so the walk moves on until it finds one flat enough to stay.
# The learning rate does not only decide how fast you arrive but also *where*. {cite:t}`cohen2021gradient` found this in
# large networks and called it the edge of stability.
#
# Do not conclude that every rate works: with 1.5 this network diverges, and after 200 steps its loss is no number. And
# one start of one small network is an example, not a law.

# %% tags=["claim"]
ratio = edge["λmax where it arrived"] / edge["limit 2/η"]
claim("the curvature stays well below the limit", bool(ratio[0] < 0.8))
claim("within five per cent", bool(((ratio[1:] - 1).abs() < 0.05).all()))
too_fast = train(start, lr=1.5, steps=200)[-1]
claim(
    "with 1.5 this network diverges, and after 200 steps its loss is no number",
    not math.isfinite(small_loss(too_fast)),
)

# %% [markdown]
# ### What gradient descent promises, and what not
#
# - **It reaches the minimum** of a quadratic bowl if the rate is below $2/\lambda_{\max}$. "The full batch guarantees
#   the minimum" is false without that condition, and without the bowl.
# - On other landscapes, with a small enough rate, it goes downhill until the slope vanishes. That may be a local
#   minimum, or a **saddle**: a place that goes down in some directions and up in others. The start decides.
# - A mini-batch changes which gradient is used, not the rule. With a fixed rate it does not come to rest.
# - It needs a gradient and does not say where to get it: how the 1801 derivatives are found at once is told in chapter
#   08.

# %%
end_eigenvalues = curvatures_at(end)
print(f"slope at `end`: {gradient(end).norm():.1e}")
print("eigenvalues below 0:", int((end_eigenvalues < 0).sum()), "of 25")

# %% [markdown]
# Even our `end`, after 2000 steps, is no minimum: some eigenvalues are negative, so there are directions in which the
# loss still falls, only very slowly. Nearly flat does not mean arrived.

# %% tags=["claim"]
claim("some eigenvalues are negative", bool((end_eigenvalues < -1e-5).any()))

# %%
progress()

# %% [markdown]
# ## Recap
#
# - The loss is a function of the parameters. The data are fixed; training looks for parameters with a small loss.
# - The MSE asks for the mean, the MAE for the median. A corner is no obstacle, but steps do not shrink there.
# - Cross-entropy = entropy + KL divergence, with a minus before the whole sum, in nats. Its baseline is the entropy of
#   the class shares.
# - One of $K$: softmax. Any of $K$: one sigmoid each. Check the *shapes* of prediction and target before the loss.
# - On a parabola each step multiplies the distance by $1 - \eta\lambda$. Stable below $2/\lambda_{\max}$; slow when the
#   condition number $\kappa$ is large.
# - A batch of $B$ gives a gradient with an error of about $1/\sqrt B$. There are $\lceil n/B \rceil$ updates an epoch.
#   Compare trainings at the same updates or the same samples seen, and say which.
# - A stopping rule counted in epochs treats batch sizes differently.
# - A network's loss is not a bowl: each low place has millions of equal copies, and the rate helps to decide where the
#   walk ends.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: "A loss is $L(w) = 4 w^2$. Below which learning rate does gradient descent converge?"
#   number: 0.25
#   why: "The curvature is the second derivative, $\\lambda = 8$, so the border is $2/8 = 0.25$. If you found 0.5, you took 4 for the curvature."
# - question: 1000 samples, batches of 64, 5 epochs. How many updates?
#   number: 80
#   why: 1000 / 64 = 15.6, so 16 updates an epoch (the last with 40 samples), and 5 times that.
# - question: A photo can show a dog, a cat, both, or neither. Which output and loss?
#   options:
#     - wrong: two logits, softmax, multiclass cross-entropy
#       why: A softmax shares one unit of probability. It cannot say "both", and it cannot say "neither".
#     - right: two logits, a sigmoid each, binary cross-entropy for each label
#       why: Two independent yes-or-no questions to one network.
#     - wrong: one logit, sigmoid, binary cross-entropy
#       why: One number cannot answer two questions.
# - question: The cross-entropy of your classifier of 4 equally frequent classes is −0.3. What do you conclude?
#   options:
#     - wrong: It is better than perfect, so it overfits
#       why: A mean of $-\log \hat p$ cannot be negative, for training data or for any other, because probabilities are at most 1.
#     - right: The formula or its input is wrong, for example a lost minus sign or logits given in place of probabilities
#       why: The surprise is never below 0. Look at the sign, and at what is put in.
#     - wrong: It is worse than guessing, which gives $-\log 4$
#       why: Guessing gives $+\log 4 = 1.386$ nats.
# - question: A run with the full batch stops with a higher loss than a run with mini-batches. Which of these could be the reason?
#   options:
#     - right: It made far fewer updates
#       why: One update an epoch. At the same number of epochs it has made fewer steps.
#     - right: The stopping rule counts epochs without improvement
#       why: One update improves less than a whole epoch of updates, so the rule fires too early.
#     - wrong: The full gradient is less exact than that of a mini-batch
#       why: It is the other way round. The full gradient is what the others estimate.
#     - wrong: The full batch cannot reach the minimum in principle
#       why: With a small enough rate and enough time it usually goes further down than a noisy walk with a fixed rate.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`cauchy1847methode` is the first description of gradient descent, three pages, made for calculations in
#   astronomy.
# - {cite:t}`shannon1948mathematical` defines entropy, and why it is a mean surprise; {cite:t}`kullback1951information`
#   the divergence.
# - {cite:t}`bottou2018optimization` is the survey of stochastic gradients, with the theorems behind the section on
#   batches.
# - {cite:t}`keskar2017large` asks whether small batches find better minima; {cite:t}`li2018visualizing` shows slices of
#   landscapes, and how they can deceive.
# - {cite:t}`cohen2021gradient` is the study of the edge of stability.
# - {cite:t}`goh2017momentum` lets you play with narrow valleys.
