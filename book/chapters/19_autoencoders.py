# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Autoencoders
#
# A picture of a digit has 784 pixels. But nobody who writes a 7 decides on 784 numbers: a slope, a width, the thickness
# of the pen, perhaps ten more. **How few numbers are enough to write a digit down, so that you can draw it again?**
#
# If you had such numbers, you could do more than save space. You could compare digits by them, clean a noisy picture,
# notice a picture that is no digit. And perhaps you could *make the numbers up*, and draw a digit that nobody ever
# wrote. This chapter does all of these, and fails at the last one. Why it fails is where
# {doc}`chapter 20 <20_vae>` begins.
#
# You need the covariance and maximum likelihood from {doc}`chapter 18 <18_probability>` and the multilayer perceptron
# ({doc}`chapter 06 <06_multilayer_perceptron>`). Reading takes about an hour, the six exercises about two.

# %% tags=["parameters"]
SEED = 0
FAST = False  # True: one seed instead of three where seeds are compared
DEVICE = None

# %%
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from torch import nn

from nnlab import answer, check, data, fit, hint
from nnlab import plot, progress, quality, seed_everything

plot.use_style()
seed_everything(SEED)
SEEDS = range(1 if FAST else 3)  # random weights and orders of the batches

# %% [markdown]
# The data are the book's 5000 digits of MNIST, 4000 to learn from and 1000 to test on. Each picture becomes one row of
# 784 numbers between 0 and 1. There are no targets: the labels are kept for the figures only. To learn from inputs
# alone is called {term}`unsupervised learning`.

# %%
images, labels = data.load("mnist")
training, test = train_test_split(
    np.arange(len(images)), test_size=1000, stratify=labels, random_state=SEED
)
pixels = images.reshape(len(images), 784) / 255
X, X_test = pixels[training], pixels[test]
print("X", X.shape, " X_test", X_test.shape)

# %% [markdown]
# ## One number instead of two
#
# Begin with two inputs, so that you can see everything. Take two pixels of the digits that lie side by side. Where one
# is bright, the other one mostly is as well. If you may keep only **one** number for each point, which one?

# %%
pair = X[:, [14 * 28 + 13, 14 * 28 + 14]]  # row 14, columns 13 and 14
rng = np.random.default_rng(SEED)
points = pair[rng.choice(len(pair), 300, replace=False)]
centred = points - points.mean(axis=0)
S = centred.T @ centred / len(points)
print("mean", points.mean(axis=0).round(3))
print("covariance\n", S.round(4))

# %% [markdown]
# First the mean $\bar x$ is taken off. What is left has the {term}`covariance matrix`
#
# ```{math}
# :label: eq-ae-covariance
# S = \frac1n \sum_{i=1}^{n} (x_i - \bar x)(x_i - \bar x)^\top ,
# ```
#
# with the variance of each input on its diagonal and their covariance beside it. (We divide by $n$. Many programs
# divide by $n - 1$. That changes all variances by the same factor, and no direction.)
#
# One number for each point: its position along some direction, a vector $v$ of length 1. The position of $x_i$ is
# $z_i = v^\top (x_i - \bar x)$. These positions have mean 0, and their variance is
#
# ```{math}
# :label: eq-ae-variance
# \frac1n \sum_i z_i^2 = \frac1n \sum_i v^\top (x_i - \bar x)(x_i - \bar x)^\top v = v^\top S v .
# ```
#
# So $S$ knows the variance in *every* direction. Let us turn $v$ by half a circle (the other half repeats), and look.

# %%
turns = np.linspace(0, np.pi, 181)
around = np.stack([np.cos(turns), np.sin(turns)])  # a column for each direction
along = np.sum(around * (S @ around), axis=0)  # vᵀ S v
eigenvalues, eigenvectors = np.linalg.eigh(S)
print("highest and lowest variance", along.max().round(4), along.min().round(4))
print("eigenvalues of S           ", eigenvalues[::-1].round(4))

# %% tags=["hide-input"]
_, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.4))
left.plot(*points.T, ".", ms=4, color=plot.PALETTE["grey"], zorder=1)
looks = [("orange", "s", "second"), ("blue", "o", "first")]
right.plot(np.rad2deg(turns), along, color=plot.PALETTE["ink"])
for value, v, (name, mark, which) in zip(
    eigenvalues, eigenvectors.T, looks, strict=True
):
    color, angle = plot.PALETTE[name], np.rad2deg(np.arctan2(v[1], v[0])) % 180
    ends = points.mean(axis=0) + np.outer([-1, 1], v) * np.sqrt(value)
    left.plot(*ends.T, lw=3, color=color, label=f"{which} direction")
    left.plot(*ends.T, mark, color=color)
    right.plot(angle, value, mark, ms=9, color=color)
left.set(xlabel="brightness of one pixel", ylabel="of its neighbour", aspect="equal")
left.set_ylim(-0.06, 1.34)  # room for the legend
left.legend(fontsize=8, loc="upper left", reverse=True)
right.set(xlabel="angle of $v$ in degrees", ylabel="variance $v^T S v$", ylim=(0, None))
plot.show(
    "Left: points of two pixel brightnesses between 0 and 1, many in the corners where "
    "both are 0 or both are 1; a long dashed blue line along the rising diagonal and a "
    "shorter orange line across it. Right: the variance against the angle of the "
    "direction, a smooth wave with its top at the blue and its bottom at the orange "
    "direction.",
    "Two neighbouring pixels of 300 digits (left). The variance of the positions, for "
    "every direction (right), with the eigenvectors of S marked.",
)

# %% [markdown]
# The highest variance is the larger eigenvalue of $S$, and its direction is the eigenvector. This is no accident. We
# want the highest $v^\top S v$ with $v^\top v = 1$. At the top of a curve the slope is 0. A small turn adds some small
# $u$ perpendicular to $v$, and changes $v^\top S v$ by $2\, u^\top S v$ (plus $u^\top S u$, which is much smaller).
# This is 0 for *every* such $u$ only if $S v$ has no part across $v$:
#
# ```{math}
# :label: eq-ae-eigen
# S v = \lambda v , \qquad \text{and then} \qquad v^\top S v = \lambda\, v^\top v = \lambda .
# ```
#
# In words: $v$ is an eigenvector, and the variance along it is its eigenvalue $\lambda$. The best direction belongs to
# the largest eigenvalue $\lambda_1$. Among the directions perpendicular to it the best one belongs to the second
# largest, and so on. $S$ is symmetric, so its eigenvectors are perpendicular to each other. This is
# {term}`principal component analysis`, **PCA** {cite:p}`pearson1901lines,hotelling1933analysis`; the $v_j$ are the
# **principal directions**.

# %% tags=["claim"]
# fmt: off
from nnlab import claim

claim("The highest variance is the larger eigenvalue of $S$", bool(np.isclose(along.max(), eigenvalues[1], rtol=1e-3)))
claim("Where one is bright, the other one mostly is as well", bool(np.corrcoef(points.T)[0, 1] > 0.5))
# fmt: on

# %% [markdown]
# ## Back again
#
# Keep the first $k$ directions, as the columns of a matrix $V$ with shape $(d, k)$. The $k$ positions of a point are
# its {term}`code` $z$, and from the code you get a point again, the {term}`reconstruction` $\hat x$:
#
# ```{math}
# :label: eq-ae-pca
# z = V^\top (x - \bar x), \qquad \hat x = \bar x + V z .
# ```
#
# How much is lost? The columns of $V$ have length 1 and are perpendicular. So $V z$ and the rest $x - \hat x$ are
# perpendicular, and Pythagoras says
#
# $$ \lVert x - \bar x \rVert^2 = \lVert z \rVert^2 + \lVert x - \hat x \rVert^2 . $$
#
# Take the mean over all points. On the left stands the whole variance, $\lambda_1 + \dots + \lambda_d$. The codes have
# $\lambda_1 + \dots + \lambda_k$ of it. What is left is the error:
#
# ```{math}
# :label: eq-ae-left-out
# \frac1n \sum_i \lVert x_i - \hat x_i \rVert^2 = \lambda_{k+1} + \dots + \lambda_d .
# ```
#
# In words: **the mean squared error is the sum of the eigenvalues that you left out.** To keep much variance and to
# lose little in the reconstruction is the same thing.

# %% [markdown]
# ## Exercise 19.1: PCA by eigenvectors
#
# Write `pca(X, k)` for an array `X` of shape `(n, d)`. Return three arrays: the mean `(d,)`, the first `k` principal
# directions as **columns**, shape `(d, k)`, and their variances `(k,)`, the largest first. Divide by $n$. The sign of a
# direction is free. `np.linalg.eigh` gives the eigenvalues of a symmetric matrix from the smallest to the largest, and
# the eigenvectors as columns.


# %%
def pca(X, k):
    """Mean (d,), the first k principal directions (d, k), their variances (k,)."""
    ### BEGIN SOLUTION: centre, covariance, eigenvectors, the largest first
    mean = X.mean(axis=0)
    S = (X - mean).T @ (X - mean) / len(X)
    variances, directions = np.linalg.eigh(S)
    return mean, directions[:, ::-1][:, :k], variances[::-1][:k]
    ### END SOLUTION


# %%
check("19.1")

# %% [markdown]
# ## PCA of the digits
#
# The covariance of 784 pixels is a matrix of 784 by 784, and its eigenvectors are pictures. We compare with
# scikit-learn, which uses another algorithm (it never forms $S$).

# %%
pca = answer("19.1")
mean, V_all, variances = (np.asarray(part) for part in pca(X, 784))
by_sklearn = PCA(n_components=16, svd_solver="full").fit(X)

cosines = np.abs(np.sum(V_all[:, :16].T * by_sklearn.components_, axis=1))
ratio = by_sklearn.explained_variance_ / variances[:16]
print("cosines with scikit-learn's directions:", cosines.min(), "to", cosines.max())
print("its variances, divided by ours:", ratio[:3], " n / (n - 1) =", 4000 / 3999)

# %% tags=["hide-input"]
wide = np.abs(V_all[:, :15]).max()
figure = plot.image_grid(
    np.concatenate([mean[None] / mean.max() * wide, V_all[:, :15].T]).reshape(
        -1, 28, 28
    ),
    titles=["mean", *(f"direction {j}" for j in range(1, 16))],
    limits=(-wide, wide),
    cmap="nn_diverging",
)
plot.show(
    "Sixteen pictures. The mean is a soft round blot. The first directions are broad "
    "patterns of orange and blue strokes, such as a ring against a bar; later ones "
    "have more and finer stripes.",
    "The mean of the digits and the first 15 principal directions. Grey is 0; orange "
    "and blue are the two signs (which is which means nothing).",
)

# %% [markdown]
# The directions are the same as scikit-learn's, up to the sign. Its variances are larger by $n / (n - 1)$.
#
# Now keep some directions only. `code` and `redraw` are the two halves of {eq}`eq-ae-pca`.


# %%
def code(X, k):
    """The codes (n, k) of pictures (n, 784)."""
    return (X - mean) @ V_all[:, :k]


def redraw(Z):
    """Pictures (n, 784) from codes (n, k)."""
    return mean + Z @ V_all[:, : Z.shape[1]].T


def error(output, pictures):
    """Squared error of a picture, summed over its pixels; the mean over pictures."""
    return float(np.mean(np.sum((output - pictures) ** 2, axis=1)))


sizes = (2, 8, 16, 32, 64, 150)
kept = {k: variances[:k].sum() / variances.sum() for k in sizes}
columns = ["variance kept, %", "left-out eigenvalues", "training error", "test error"]
rows = {}
for k in sizes:
    both = [error(redraw(code(rows_of, k)), rows_of) for rows_of in (X, X_test)]
    rows[k] = [100 * kept[k], variances[k:].sum(), *both]
table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
table.index.name = "k"
mean_only = error(mean, X_test)
plot.table(table, "PCA of the digits with codes of k numbers", digits=2)

# %% [markdown]
# The left-out eigenvalues and the training error are the same, as {eq}`eq-ae-left-out` says. With 16 numbers PCA keeps
# 60 % of the variance, and with 150 about 95 %. The error on the test digits is a little higher, for the directions
# were fitted to the training digits.
#
# An error of 21.6, as with 16 numbers on the test digits, is hard to imagine. Compare it with the error of a model that
# answers with the mean picture, whatever it is shown: 53.5. We will use this unit to the end: squared error, summed
# over the 784 pixels.

# %% tags=["claim"]
# fmt: off
claim("The directions are the same as scikit-learn's, up to the sign", bool(cosines.min() > 1 - 1e-6))
claim("Its variances are larger by $n / (n - 1)$", bool(np.allclose(ratio, 4000 / 3999)))
same = np.allclose(table["left-out eigenvalues"], table["training error"])
claim("The left-out eigenvalues and the training error are the same", bool(same))
claim("PCA keeps 60 % of the variance, and with 150 about 95 %", 100 * kept[16], 150, 100 * kept[150])
claim("An error of 21.6, as with 16 numbers on the test digits", table["test error"][16], 16)
claim("whatever it is shown: 53.5", mean_only)
claim("The error on the test digits is a little higher", bool((table["test error"] > table["training error"]).all()))
# fmt: on

# %% [markdown]
# ## A network that answers with its input
#
# PCA has two halves: pixels to code, code to pixels. Make each half a network, and train both together so that the
# output is like the input. This is an {term}`autoencoder` {cite:p}`bourlard1988auto,kramer1991nonlinear`. The
# first half is the {term}`encoder`, the second half the {term}`decoder`, and the loss is
#
# ```{math}
# :label: eq-ae-loss
# L = \frac1n \sum_{i=1}^n \lVert \hat x_i - x_i \rVert^2 , \qquad \hat x = \operatorname{decoder}(z), \quad z =
# \operatorname{encoder}(x) .
# ```
#
# No labels are needed: the input is its own target.
#
# With $k \ge d$ numbers in the code there is nothing to learn: two halves that copy have the loss 0. There is a task
# only because the code is small: it is a {term}`bottleneck`. What passes through it must be what the pictures do *not*
# have in common.

# %% [markdown]
# ## Exercise 19.2: The bottleneck
#
# Later in this chapter you will train an autoencoder of fully connected layers with the sizes 784, 128, 16, 128, 784.
# Each layer has biases. Compute by hand:
#
# 1. `parameters`: how many numbers does the whole autoencoder learn?
# 2. `pictures`: you use it to save space. A raw picture takes 784 bytes, one for each pixel. With the autoencoder you
#    save the codes, and the **decoder**, once (who only reads needs no encoder). Each number of a code and each
#    parameter takes 4 bytes. How many pictures must you have at least, so that this takes *less* space than the raw
#    pictures?
# 3. `size`: the covariance of some data with 6 inputs has the eigenvalues 5, 2, 1.5, 1, 0.3 and 0.2. What is the
#    smallest bottleneck with which PCA keeps at least 80 % of the variance?

# %%
### BEGIN SOLUTION: a whole number
parameters = 205_856
### END SOLUTION
### BEGIN SOLUTION: a whole number
pictures = 574
### END SOLUTION
### BEGIN SOLUTION: a whole number
size = 3
### END SOLUTION

# %%
check("19.2")

# %% [markdown]
# ## The simplest autoencoder
#
# One layer to encode, one to decode, and no activation function at all: the **linear autoencoder**. On centred data it
# needs no biases either, and has two matrices, $W_e$ of shape $(k, d)$ and $W_d$ of shape $(d, k)$:
#
# ```{math}
# :label: eq-ae-linear
# z = W_e\, x , \qquad \hat x = W_d\, z .
# ```
#
# You often read that this "is PCA". Let us see what is true of it. We take a smaller set of digits, with 64 pixels from
# 0 to 1 (`load_digits` of scikit-learn, 1797 pictures), a code of 8 numbers, the usual optimiser Adam, and three
# seeds.

# %%
small = load_digits().data / 16
small = small - small.mean(axis=0)
K = 8
_, directions, small_variances = (np.asarray(part) for part in pca(small, 64))
V = directions[:, :K]
best = small_variances[K:].sum()  # the error of PCA


def squared_error(output, target):
    """The loss of this chapter: summed over the pixels, mean over the pictures."""
    return ((output - target) ** 2).sum(dim=1).mean()


def linear_autoencoder(seed):
    """64 - 8 - 64 without activation functions and biases, in float64."""
    torch.manual_seed(seed)
    encoder, decoder = nn.Linear(64, K, bias=False), nn.Linear(K, 64, bias=False)
    return nn.Sequential(encoder, decoder).double()


# %%
def fit_and_watch(seed, epochs=60):
    """Train with Adam; after each epoch keep the error and the decoder's matrix."""
    net, errors, decoders = linear_autoencoder(seed), [], []

    def watch(state):
        with torch.no_grad():
            errors.append(squared_error(net(inputs), inputs).item())
        decoders.append(net[1].weight.detach().numpy().copy())

    inputs = torch.as_tensor(small)
    looks = {"lr": 1e-2, "epochs": epochs, "batch_size": 100, "callbacks": [watch]}
    fit(net, (inputs, inputs), loss=squared_error, **looks)
    return net, np.array(errors), decoders


runs = [fit_and_watch(seed) for seed in range(3)]
excess = np.array([100 * (errors / best - 1) for _, errors, _ in runs])
for seed in range(3):
    print(f"seed {seed}: {excess[seed, -1]:.2f} % above the error of PCA")

# %% [markdown]
# All three end less than 0.5 % above the error of PCA. And none of them is below it. So the *error* comes close to that
# of PCA. What about the weights? For each column of the decoder we look for the principal direction most like it.

# %%
likeness = []
for _, _, decoders in runs:
    W = decoders[-1] / np.linalg.norm(decoders[-1], axis=0)
    likeness.append(np.abs(W.T @ V).max(axis=1))
print("largest cosine of each column with a principal direction:")
print(np.round(likeness, 2))

# %% [markdown]
# In the weights there is no PCA. For more than half of the columns even the most similar principal direction has a
# cosine below 0.75, which is an angle of more than 40 degrees, and each seed has other columns. If you judge by the
# weights, the sentence "a linear autoencoder is PCA" looks wrong. If you judge by the error, it looks right. Both ways
# of looking miss the point.

# %% tags=["claim"]
# fmt: off
claim("All three end less than 0.5 % above the error of PCA", bool(excess[:, -1].max() < 0.5))
claim("none of them is below it", bool(excess.min() > 0))
claim("For more than half of the columns", bool(np.median(likeness) < 0.75))
claim("an angle of more than 40 degrees", bool(np.rad2deg(np.arccos(0.75)) > 40))
# fmt: on

# %% [markdown]
# ## Compare what the columns span
#
# All reconstructions $W_d\, z$ lie in the space that the columns of $W_d$ span, a {term}`subspace` of $k$ dimensions in
# the $d$ dimensions of the pictures. Those of PCA lie in the span of $V$. Are the two subspaces the same? This is
# measured by {term}`principal angles` {cite:p}`bjorck1973numerical`.
#
# Choose a vector in one subspace and a vector in the other so that the angle between them is as small as possible. That
# is the first principal angle. Then do it again among the vectors that are perpendicular to those that you chose, and
# so on, $k$ times. Two planes through 0 in space always share a line, so their first angle is 0; the second one is what
# you would call the angle between the planes. If the **largest** angle is 0, the subspaces are the same.
#
# To compute them: choose for each subspace a basis of perpendicular vectors of length 1, as the columns of $Q_A$ and
# $Q_B$ (`np.linalg.qr` makes them from any basis). The **singular values** of a matrix $A$ are the square roots of the
# eigenvalues of $A^\top A$; `np.linalg.svd` computes them. Those of $Q_A^\top Q_B$ are the cosines:
#
# ```{math}
# :label: eq-ae-angles
# \cos \alpha_1 \ge \dots \ge \cos \alpha_k \ \text{ are the singular values of } \ Q_A^\top Q_B .
# ```
#
# For $k = 1$ this is the cosine that you know, $|a^\top b|$ of two vectors of length 1.

# %% [markdown]
# ## Exercise 19.3: The angle between two subspaces
#
# Write `largest_angle(A, B)`. `A` and `B` have the shape `(d, k)`. Their columns are independent, but neither of length
# 1 nor perpendicular. Return the largest principal angle between the two spans, **in degrees**, between 0 and 90.
# Rounding can make a cosine a little larger than 1, and then `np.arccos` gives `nan`. Use NumPy only, not
# `scipy.linalg.subspace_angles`: the check uses that.


# %%
def largest_angle(A, B):
    """Largest principal angle in degrees between the spans of (d, k) and (d, k)."""
    ### BEGIN SOLUTION: perpendicular bases, singular values, the largest angle
    Q_A, Q_B = np.linalg.qr(A)[0], np.linalg.qr(B)[0]
    cosines = np.linalg.svd(Q_A.T @ Q_B, compute_uv=False)
    return np.rad2deg(np.arccos(np.clip(cosines.min(), 0, 1)))
    ### END SOLUTION


# %%
check("19.3")

# %%
largest_angle = answer("19.3")
angles = np.array([[largest_angle(W, V) for W in decoders] for _, _, decoders in runs])

# %% tags=["hide-input"]
_, axes = plt.subplots(1, 2, figsize=(7.6, 3.2))
for seed in range(3):
    axes[0].plot(range(1, 61), excess[seed], label=f"seed {seed}")
    axes[1].plot(range(1, 61), angles[seed])
axes[0].set(xlabel="epoch", ylabel="error above PCA's, %", yscale="log")
axes[0].set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
axes[1].set(xlabel="epoch", ylabel="largest angle, degrees", ylim=(0, 93))
axes[1].set_yticks(range(0, 91, 15))
axes[0].legend()
plot.show(
    "Two panels against 60 epochs for three seeds. Left: the error above that of PCA "
    "falls from over 100 percent to below 0.5 percent, for two seeds within 20 to 30 "
    "epochs, for seed 1 slowly. Right: the largest angle stays near 90 degrees first. "
    "Two seeds fall to about 2 degrees; seed 1 stays above 75 degrees for 35 epochs.",
    "The linear autoencoder with Adam: how far its error is above that of PCA (left) "
    "and the angle between its subspace and that of PCA (right).",
)

# %% [markdown]
# Look at seed 1 after 30 epochs. Its error is within 2 % of the best possible, a difference that nobody would care
# about. And yet its subspace holds a direction that is more than 75 degrees away from everything in the subspace of
# PCA. **A small difference in error does not say that the same thing was learned.** After 60 epochs two nets have
# turned to PCA, and seed 1 is on its way. But Adam's steps, which jump around the minimum, stop the angles at one or
# two degrees at best.
#
# Do these last degrees go away? L-BFGS {cite:p}`liu1989limited` is an optimiser for small smooth problems. It uses all
# data in each step and estimates the curvature from the gradients of its last steps. We start from random weights
# again.


# %%
def train_with_lbfgs(net, inputs, rounds=3):
    """Train on all cases at once, in place; return the error."""
    optimizer = torch.optim.LBFGS(
        net.parameters(),
        max_iter=100,
        history_size=20,
        line_search_fn="strong_wolfe",  # how far to go in each step
        tolerance_change=0,
    )

    def closure():
        optimizer.zero_grad()
        loss = squared_error(net(inputs), inputs)
        loss.backward()
        return loss

    for _ in range(rounds):
        optimizer.step(closure)
    return closure().item()


# %%
nets = [linear_autoencoder(seed) for seed in range(3)]
losses = [train_with_lbfgs(net, torch.as_tensor(small)) for net in nets]
final_angles = [largest_angle(net[1].weight.detach().numpy(), V) for net in nets]
for loss, angle in zip(losses, final_angles, strict=True):
    print(f"error {100 * (loss / best - 1):.5f} % above PCA's, angle {angle:.3f}°")

# %% [markdown]
# With L-BFGS the largest angle is below 0.5 degrees for all three seeds. So it *is* the same subspace, if you train to
# the end. The columns of the decoder are still not those of $V$, but sums of them: $W_d = V A$ with some matrix $A$ of
# shape $(k, k)$. The codes are those of PCA, times $A^{-1}$.

# %%
W_e, W_d = (layer.weight.detach().numpy() for layer in nets[0])
A = V.T @ W_d  # the columns of the decoder, written in principal directions
by_A = small @ V @ np.linalg.inv(A).T  # the codes that A⁻¹ Vᵀ gives
print("largest difference of W_d and V A:", np.abs(W_d - V @ A).max().round(4))
print("         and of the codes:        ", np.abs(small @ W_e.T - by_A).max().round(4))

# %% tags=["claim"]
# fmt: off
claim("Its error is within 2 % of the best possible", bool(excess[1, 29] < 2))
claim("more than 75 degrees away", bool(angles[1, 29] > 75))
claim("After 60 epochs two nets have turned to PCA", bool(np.sort(angles[:, -1])[1] < 5 < angles[1, -1]))
claim("stop the angles at one or two degrees at best", bool(0.5 < angles[:, -10:].min() < 2.5))
claim("With L-BFGS the largest angle is below 0.5 degrees for all three seeds", bool(max(final_angles) < 0.5))
mixed = np.abs(W_d - V @ A).max() < 0.02 < 0.1 < np.abs(np.triu(A.T @ A, 1)).max()
claim("are still not those of $V$, but sums of them", bool(mixed))
claim("The codes are those of PCA, times $A^{-1}$", bool(np.abs(small @ W_e.T - by_A).max() < 0.05))
# fmt: on

# %% [markdown]
# ## Why the same subspace, and why no more
#
# Three steps explain all that you saw.
#
# **1. Only the span of $W_d$ matters.** Fix the decoder. Then for each $x$ the best code is the one whose $W_d\, z$ is
# nearest to $x$: the foot of the perpendicular from $x$ to the span. This is a linear function of $x$, so a linear
# encoder can find it. Let $P$ be the matrix of this projection. At its best, the encoder makes $\hat x = P x$, and by
# Pythagoras the error is
#
# ```{math}
# :label: eq-ae-trace
# \frac1n \sum_i \lVert x_i - P x_i \rVert^2 = \operatorname{tr} S - \operatorname{tr}(P S) ,
# ```
#
# where $\operatorname{tr}$, the trace, is the sum of the diagonal. $P$ depends on the span, and on nothing else.
#
# **2. The best span is that of the first $k$ principal directions.** Write the trace in the basis of all $d$ principal
# directions. There $S$ is diagonal, so
#
# $$ \operatorname{tr}(P S) = \sum_{j=1}^{d} \lambda_j\, p_j , \qquad p_j = v_j^\top P\, v_j = \lVert P v_j \rVert^2 . $$
#
# $p_j$ says how much of direction $j$ lies in the span: it is between 0 and 1. All $p_j$ together add up to
# $\operatorname{tr} P = k$, the dimension of the span. So you have $k$ units to give away, at most one to each
# direction, and direction $j$ pays $\lambda_j$. The best you can do is to give one unit to each of the $k$ largest
# eigenvalues. If $\lambda_k > \lambda_{k+1}$, there is no other way to reach this sum. (That no matrix of rank $k$ does
# better is the theorem of {cite:t}`eckart1936approximation`.)
#
# **3. Every basis of the span is as good as every other.** Take any invertible matrix $A$ of shape $(k, k)$. The
# decoder $V A$ with the encoder $A^{-1} V^\top$ has exactly the reconstructions of PCA, as $V A A^{-1} V^\top = V
# V^\top$. The loss is the same for every $A$. This is what you just saw in $W_d = V A$.

# %% [markdown]
# So PCA gives more than a linear autoencoder, which gives the subspace only: directions of length 1, perpendicular to
# each other, in the order of their variance, with uncorrelated codes.
#
# The steps also explain seed 1. Suppose the span has the first seven directions right, but is turned from $v_8$ towards
# $v_9$ by an angle $\alpha$. Then $p_8 = \cos^2 \alpha$ and $p_9 = \sin^2 \alpha$, and the error is too high by
#
# ```{math}
# :label: eq-ae-price
# (\lambda_8 - \lambda_9) \sin^2 \alpha .
# ```
#
# In these digits $\lambda_8$ and $\lambda_9$ are nearly the same, so the price is low:

# %%
gap = small_variances[K - 1] - small_variances[K]
print(f"90 degrees wrong costs {100 * gap / best:.2f} % of the error of PCA")
print(f" 8 degrees wrong cost  {100 * gap * np.sin(np.deg2rad(8)) ** 2 / best:.4f} %")

# %% [markdown]
# To have $v_9$ in place of $v_8$, all of 90 degrees, costs 0.94 % of the error. To be wrong by 8 degrees costs 0.018 %.
# The loss hardly feels the angle, so its gradient hardly moves it. With $v_9$ in place of $v_8$ the gradient is even 0:
# that is a saddle. {cite:t}`baldi1989neural` proved that a linear autoencoder has no false minima: wherever its
# gradient is 0 and its error is not the lowest, there is a saddle. So Adam finds a way down in the end.

# %% tags=["claim"]
# fmt: off
costs = 90, 100 * gap / best, 8, 100 * gap * np.sin(np.deg2rad(8)) ** 2 / best
claim("all of 90 degrees, costs 0.94 % of the error. To be wrong by 8 degrees costs 0.018 %", *costs)
# fmt: on

# %% [markdown]
# ## Exercise 19.4: Predict, then run
#
# Some data with 4 inputs are centred. Their covariance has the eigenvalues 6, 3, 2 and 1, with the directions $v_1$ to
# $v_4$. **Without running anything**: what is the mean squared error (summed over the 4 inputs) of each of these? All
# networks are linear, without activation functions and biases, and trained to their best. Set `errors` to a list of six
# numbers.
#
# 1. The network 4 - 2 - 4.
# 2. The network 4 - 3 - 1 - 3 - 4.
# 3. The network 4 - 8 - 4.
# 4. The network of 1, trained; then its encoder is multiplied by 10 and its decoder divided by 10.
# 5. A code of 2 numbers with the directions $v_1$ and $v_3$, and the reconstruction from them.
# 6. The network 4 - 2 - 4 again. But somebody forgot to centre: to each data point $5\, v_4$ has been added. (What
#    matters without biases is $\frac1n \sum_i x_i x_i^\top$. Which eigenvalues does it have now?)

# %%
### BEGIN SOLUTION: a list of six numbers
errors = [3, 6, 0, 3, 4, 5]
### END SOLUTION

# %%
check("19.4")

# %% [markdown]
# When the check has passed, run it: data with exactly these eigenvalues, and real networks.

# %%
seed_everything(SEED)
raw = np.linalg.qr(np.random.default_rng(SEED).normal(size=(50, 5)))[0]
raw = np.linalg.qr(raw - raw.mean(axis=0))[0][:, :4]  # centred and uncorrelated
four = torch.as_tensor(raw * np.sqrt(50 * np.array([6.0, 3.0, 2.0, 1.0])))


def best_error(sizes, inputs):
    """Train a linear chain of layers of these sizes with L-BFGS."""
    pairs = pairwise(sizes)
    net = nn.Sequential(*(nn.Linear(a, b, bias=False) for a, b in pairs)).double()
    return train_with_lbfgs(net, inputs)


shifted = four + torch.tensor([0.0, 0.0, 0.0, 5.0])
cases = {1: ((4, 2, 4), four), 2: ((4, 3, 1, 3, 4), four)}
cases |= {3: ((4, 8, 4), four), 6: ((4, 2, 4), shifted)}
trained = {number: best_error(*case) for number, case in cases.items()}
print({number: round(value, 3) for number, value in trained.items()})

# %% tags=["claim"]
# fmt: off
claim("Set `errors` to a list of six numbers", bool(np.allclose(list(trained.values()), [3, 6, 0, 5], atol=0.02)))
# fmt: on

# %% [markdown]
# ## Bend it
#
# A linear decoder can only draw on a flat subspace: each picture is the mean plus a weighted sum of $k$ fixed pictures.
# To move a stroke to the right is not such a sum. With hidden layers and ReLU the decoder can bend. Here is the
# **deep autoencoder** {cite:p}`hinton2006reducing` that you counted in exercise 19.2. The last layer has a sigmoid,
# because pixels lie between 0 and 1.


# %%
def autoencoder(k, hidden=128):
    """784 - hidden - k - hidden - 784; net[:3] encodes, net[3:] decodes."""
    return nn.Sequential(
        nn.Linear(784, hidden),
        nn.ReLU(),
        nn.Linear(hidden, k),  # no activation: a code may be any number
        nn.Linear(k, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 784),
        nn.Sigmoid(),
    )


def trained_on_digits(make, seed, epochs=12, lr=1e-2, **options):
    """Make and train: Adam, batches of 50, a rate that rises and falls (one-cycle)."""
    torch.manual_seed(seed)
    net = make()
    scheduler = torch.optim.lr_scheduler.OneCycleLR
    cycle = partial(scheduler, max_lr=lr, epochs=epochs, steps_per_epoch=80)
    options |= {"scheduler": cycle, "scheduler_every": "batch"}
    fit(net, (X, X), loss=squared_error, epochs=epochs, batch_size=50, lr=lr, **options)
    return net.eval()


def apply(net, rows):
    """What a net makes of an array (n, …), as an array."""
    with torch.no_grad():
        return net(torch.as_tensor(rows, dtype=torch.float32)).numpy()


# %%
DEEP_SIZES = (2, 16, 32) if FAST else (2, 8, 16, 32)
wanted = [(k, seed) for k in DEEP_SIZES for seed in SEEDS]
deep = {key: trained_on_digits(partial(autoencoder, key[0]), key[1]) for key in wanted}
deep_train = {key: error(apply(net, X), X) for key, net in deep.items()}
deep_test = {key: error(apply(net, X_test), X_test) for key, net in deep.items()}

# %% [markdown]
# PCA may draw values below 0 and above 1, which no pixel has. To be fair we cut these off, which makes its error a
# little smaller.

# %%
flat = {k: error(redraw(code(X_test, k)).clip(0, 1), X_test) for k in DEEP_SIZES}
rows = []
for k in DEEP_SIZES:
    tests = [deep_test[k, seed] for seed in SEEDS]
    trains = [deep_train[k, seed] for seed in SEEDS]
    rows.append([flat[k], np.mean(tests), min(tests), max(tests), np.mean(trains)])
columns = ["PCA, cut to 0…1", "deep, mean", "lowest", "highest", "deep, training"]
comparison = pd.DataFrame(rows, index=pd.Index(DEEP_SIZES, name="k"), columns=columns)
plot.table(comparison, "Error on the test digits (last column: training)", digits=1)

# %% tags=["hide-input"]
some = [np.flatnonzero(labels[test] == digit)[3] for digit in range(10)]
blocks = [
    X_test[some],
    redraw(code(X_test[some], 16)).clip(0, 1),
    apply(deep[16, 0], X_test[some]),
    redraw(code(X_test[some], 2)).clip(0, 1),
    apply(deep[2, 0], X_test[some]),
]
plot.image_grid(np.concatenate(blocks).reshape(-1, 28, 28), columns=10, limits=(0, 1))
plot.show(
    "Five rows of ten pictures: test digits 0 to 9; PCA with 16 numbers, blurred with "
    "grey shadows; the deep autoencoder with 16, clear and black around the strokes; "
    "PCA with 2 numbers, blots; the deep autoencoder with 2, brighter strokes, but "
    "several digits have turned into others.",
    "Ten test digits. Rows 2 and 3: PCA and the deep autoencoder with 16 numbers. "
    "Rows 4 and 5: both with 2 numbers.",
)

# %% [markdown]
# With 16 numbers the deep autoencoder has a test error between 12 and 14.5, where PCA has about 20. It needs 16 numbers
# for nearly the same as PCA with 32. With two numbers it draws brighter strokes, but sometimes of the *wrong digit*:
# the code had no room for what it was shown.
#
# But bending is not free. The deep net has 205 856 parameters where PCA has 13 328. Its training error with 16 numbers
# is more than 1.5 below its test error, while for PCA the two were 0.5 apart. PCA takes a second, and you know that its
# answer is the best one. And at 32 numbers the advantage is already smaller. So look at the left-out eigenvalues first:
# if their sum is small, there is little to gain.

# %% tags=["claim"]
# fmt: off
at16 = comparison.loc[16]
between = at16["lowest"] > 12 and at16["highest"] < 14.5 and 19 < flat[16] < 21.5
claim("has a test error between 12 and 14.5, where PCA has about 20", bool(between))
claim("nearly the same as PCA with 32", bool(abs(at16["deep, mean"] - flat[32]) < 2))
learned = sum(p.numel() for p in deep[16, 0].parameters())
claim("The deep net has 205 856 parameters where PCA has 13 328", learned, 784 * 17)
above = at16["deep, mean"] - at16["deep, training"]
claim("training error with 16 numbers is more than 1.5 below its test error", bool(above > 1.5))
claim("while for PCA the two were 0.5 apart", table["test error"][16] - table["training error"][16])
gains = {k: flat[k] - comparison["deep, mean"][k] for k in (16, 32)}
claim("at 32 numbers the advantage is already smaller", bool(gains[32] < gains[16] - 1))
# fmt: on

# %% [markdown]
# ## A map of the digits
#
# With a code of two numbers every picture is a point in the plane. Nobody told the network about labels. We only use
# them now, to mark the points: each mark is the digit itself.

# %% tags=["hide-input"]
plane = apply(deep[2, 0][:3], X_test)
by_pca = code(X_test, 2)
names = ["blue", "orange", "green", "red", "purple", "sky", "grey", "ink"]
names += ["purple", "blue"]  # the digit itself tells them apart
_, axes = plt.subplots(1, 2, figsize=(8.0, 4.6))
for ax, where, title in zip(
    axes, (by_pca, plane), ("PCA", "deep autoencoder"), strict=True
):
    for digit in range(10):
        at = where[labels[test] == digit][:35]
        looks = {"color": plot.PALETTE[names[digit]], "mew": 0.3}
        ax.plot(*at.T, marker=f"${digit}$", ls="", ms=7, **looks)
    ax.set(title=title, xlabel="first number of the code")
axes[0].set_ylabel("second number of the code")
plot.show(
    "Two maps of test digits, each point drawn as its digit. PCA: ones at one side, "
    "zeros at the other, the other digits mixed between them, nines low. Deep "
    "autoencoder: arms and patches of single digits that spread from a crowded "
    "middle, with empty space between them; fours, sevens and nines are mixed.",
    "350 test digits by their codes of two numbers.",
)


# %%
agree = {}
for name, Z in {"PCA": by_pca, "deep autoencoder": plane}.items():
    distances = cdist(Z, Z) + np.diag(np.full(len(Z), np.inf))  # no own neighbour
    agree[name] = np.mean(labels[test][distances.argmin(axis=1)] == labels[test])
    print(f"{name}: the nearest neighbour is the same digit for {agree[name]:.2f}")

# %% [markdown]
# The deep map keeps digits together much better: the nearest neighbour on the map is the same digit for more than 0.48
# of the test digits, with PCA for fewer than 0.40. Chance would be 0.10. But do not read too much into such a map. Only
# the loss has shaped it, and the loss knows nothing of distances: how far two groups lie from each other, and on which
# side, is different with each seed.
#
# The other way round, put the codes of a regular grid through the *decoder*. This draws the map from inside.

# %% tags=["hide-input"]
low, high = np.quantile(apply(deep[2, 0][:3], X), [0.02, 0.98], axis=0)
steps = 14
first, second = (np.linspace(low[j], high[j], steps) for j in range(2))
grid = np.stack(np.meshgrid(first, second[::-1]), axis=-1).reshape(-1, 2)
tiles = apply(deep[2, 0][3:], grid).reshape(steps, steps, 28, 28)
sheet = tiles.swapaxes(1, 2).reshape(28 * steps, 28 * steps)
_, ax = plt.subplots(figsize=(5.6, 5.6))
margins = (high - low) / (steps - 1) / 2
extent = np.stack([low - margins, high + margins], axis=1).ravel()
ax.imshow(sheet, cmap="gray", extent=extent, aspect="auto", interpolation="none")
ax.set(xlabel="first number of the code", ylabel="second number of the code")
ax.grid(False)
plot.show(
    "A sheet of 14 by 14 decoded pictures. Zeros, ones, fours, sevens and nines "
    "have their regions. Between the regions the pictures are blends that are no "
    "digit: two strokes grey on top of each other.",
    "What the decoder draws for the codes of a regular grid.",
)

# %% [markdown]
# In the middle of a region there are good digits. At the borders one digit does not *become* another: the two are
# blended, and what you see is neither. Keep this sheet in mind for the end of the chapter.

# %% tags=["claim"]
# fmt: off
claim("the same digit for more than 0.48", bool(agree["deep autoencoder"] > 0.48))
claim("with PCA for fewer than 0.40", bool(agree["PCA"] < 0.40))
# fmt: on

# %% [markdown]
# ## Noise in, clean out
#
# So far the bottleneck kept the network from copying. There is another way: spoil the input and ask for the clean
# picture. This is a {term}`denoising autoencoder` {cite:p}`vincent2008extracting`. With $\nu$ the noise, numbers from a
# normal distribution with standard deviation $\tau$:
#
# ```{math}
# :label: eq-ae-denoising
# L = \frac1n \sum_i \bigl\lVert \operatorname{decoder}(\operatorname{encoder}(x_i + \nu_i)) - x_i \bigr\rVert^2 .
# ```
#
# In words: the *input* is noisy, the *target* is clean. A network that copies now has a large error, so it needs no
# narrow bottleneck. It has to know what digits look like.

# %% [markdown]
# ## Exercise 19.5: Denoising pairs
#
# Write `noisy_pairs(clean, tau, copies, seed)` for pictures `clean` of shape `(n, d)`. Return two arrays of shape
# `(copies * n, d)`: what goes in, and what should come out. Each picture is there `copies` times, **each time with
# noise of its own**: normal, mean 0, standard deviation `tau`. Row $i$ of the inputs belongs to row $i$ of the targets.
# Do not cut the values to 0…1. The same seed gives the same noise, another seed other noise.


# %%
def noisy_pairs(clean, tau, copies, seed):
    """Inputs and targets for a denoiser, both (copies * n, d)."""
    ### BEGIN SOLUTION: repeat, draw noise, decide which is input and which is target
    targets = np.tile(clean, (copies, 1))
    noise = np.random.default_rng(seed).normal(0, tau, size=targets.shape)
    return targets + noise, targets
    ### END SOLUTION


# %%
check("19.5")

# %% [markdown]
# For the training we can do better than a few copies: `fit` has an argument `augment`, which changes the inputs of
# every batch and leaves the targets as they are. So each picture comes with new noise in every epoch. The noise has
# $\tau = 0.5$, and the net one hidden layer with 256 neurons.

# %%
TAU = 0.5


def one_hidden():
    return nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid()
    )


spoil = {"augment": lambda x: x + TAU * torch.randn_like(x)}
denoiser = trained_on_digits(one_hidden, SEED, epochs=15, lr=5e-3, **spoil)
noisy, clean = (np.asarray(part) for part in answer("19.5")(X_test, TAU, 1, seed=7))

# %% [markdown]
# It needs opponents. The first is a **blur**, the mean over a small neighbourhood with the weights of a normal curve
# ({doc}`chapter 14 <14_convolutions>`). Its width is chosen on noisy *training* pictures. The second uses PCA: noise is
# the same in all directions, pictures are not. So in direction $j$, with the variance $\lambda_j$, multiply the code by
# $\lambda_j / (\lambda_j + \tau^2)$: nearly 1 where pictures vary much, nearly 0 where there is only noise. If you know
# the mean and the covariance, no *linear* denoiser is better (it is called the Wiener filter).


# %%
def blurred(rows, width):
    """A Gaussian blur of pictures (n, 784), cut to 0…1."""
    rows = gaussian_filter(rows.reshape(-1, 28, 28), (0, width, width))
    return rows.reshape(-1, 784).clip(0, 1)


def shrunk(rows):
    """Shrink each principal direction by what is noise in it."""
    return redraw(code(rows, 784) * variances / (variances + TAU**2))


practice = X[:1000] + np.random.default_rng(SEED).normal(0, TAU, size=(1000, 784))
widths = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
width = min(widths, key=lambda w: error(blurred(practice, w), X[:1000]))

cleaned = {
    "noisy": noisy.clip(0, 1),
    f"blur of width {width}": blurred(noisy, width),
    "PCA, shrunk": shrunk(noisy).clip(0, 1),
    "denoising autoencoder": apply(denoiser, noisy),
}
denoised = {name: error(rows, clean) for name, rows in cleaned.items()}
frame = pd.DataFrame({"test error": denoised})
frame.index.name = "cleaned by"
plot.table(frame, "Noise with standard deviation 0.5 taken off 1000 digits", digits=1)

# %% tags=["hide-input"]
blocks = [X_test[some], *(rows[some] for rows in cleaned.values())]
plot.image_grid(np.concatenate(blocks).reshape(-1, 28, 28), columns=10, limits=(0, 1))
plot.show(
    "Five rows of ten pictures: clean digits; the same under heavy noise; blurred, "
    "with grey patches all over; shrunk by PCA, readable with a faint grainy ground; "
    "from the denoising autoencoder, bright strokes on nearly black ground.",
    "Clean, noisy, blurred, shrunk by PCA, and from the denoising autoencoder.",
)

# %% [markdown]
# The denoising autoencoder has the lowest error, between 11.5 and 13.5. The blur has about 21.6: it knows only that
# neighbours are alike. But look at the second opponent. Shrunk PCA, with no training beyond one eigenvalue problem, has
# 14.3. Most of what the network gains over a blur is gained by knowing *which directions digits vary in*. Without this
# opponent we would have praised the network for what a linear method can do.
#
# And it holds for this noise only. A denoiser that has learned $\tau = 0.5$ treats every picture as if it had that much
# noise. Given clean digits, it returns them with an error of about 7, and these were perfect before.

# %% tags=["claim"]
# fmt: off
on_clean = error(apply(denoiser, X_test), X_test)
dae, blur_error = denoised["denoising autoencoder"], denoised[f"blur of width {width}"]
claim("the lowest error, between 11.5 and 13.5", bool(11.5 < dae < 13.5))
claim("has the lowest error", bool(dae == min(denoised.values())))
claim("The blur has about 21.6", bool(21.2 < blur_error < 22))
claim("has 14.3", denoised["PCA, shrunk"])
claim("an error of about 7", bool(6 < on_clean < 8))
# fmt: on

# %% [markdown]
# ## Is this a digit?
#
# A network that has only seen digits should be bad at redrawing other things. So the error of *one* picture could serve
# as an alarm: **anomaly detection**. Set a limit that 95 % of the test digits stay below, and see what else it reports.

# %%
net = deep[16, 0]


def errors_of(rows):
    """The squared error of each picture."""
    return np.sum((apply(net, rows.copy()) - rows) ** 2, axis=1)


limit = np.quantile(errors_of(X_test), 0.95)
clothes = data.load("fashion_mnist")[0][:1000].reshape(1000, 784) / 255
rng = np.random.default_rng(SEED)
strange = {
    "digits": X_test,
    "random pixels": rng.uniform(size=(1000, 784)),
    "pictures of clothes": clothes,
    "digits upside down": X_test[:, ::-1],  # turned by 180 degrees
    "clothes, four times darker": clothes / 4,
    "two digits blended": (X_test + X_test[::-1]) / 2,
    "an empty picture": np.zeros((1, 784)),
}
each = {name: errors_of(rows) for name, rows in strange.items()}
alarms = pd.DataFrame(
    {
        "mean error": {name: e.mean() for name, e in each.items()},
        "reported": {name: (e > limit).mean() for name, e in each.items()},
    }
)
alarms.index.name = "shown"
plot.table(alarms, f"Reported: the share with an error above {limit:.0f}", digits=2)

# %% [markdown]
# It reports all pictures of random pixels and more than 0.85 of the clothes. So far so good. But make the same clothes
# four times darker, and it reports fewer than 0.12 of them. Of the blends of two digits about as many pass as of the
# digits. The empty picture has an error below 3, lower than nearly every digit. **Dark and simple things are easy to
# redraw.**
#
# The error says "I can draw this". It does not say "this is likely". For that you need a model of how likely pictures
# are, which an autoencoder is not.

# %% tags=["claim"]
# fmt: off
reported = alarms["reported"]
claim("It reports all pictures of random pixels", bool(reported["random pixels"] == 1))
claim("more than 0.85 of the clothes", bool(reported["pictures of clothes"] > 0.85))
claim("it reports fewer than 0.12 of them", bool(reported["clothes, four times darker"] < 0.12))
claim("about as many pass as of the digits", bool(reported["two digits blended"] < 0.13))
claim("The empty picture has an error below 3", bool(alarms["mean error"]["an empty picture"] < 3))
easier = errors_of(X_test) < alarms["mean error"]["an empty picture"]
claim("lower than nearly every digit", bool(np.mean(easier) < 0.01))
# fmt: on

# %% [markdown]
# ## Can it make a new digit?
#
# The decoder turns 16 numbers into a picture. So make 16 numbers up, and decode them. Nothing easier than that.

# %% [markdown]
# ## Exercise 19.6: Find the bug
#
# A friend has done it with the trained `decoder`, which you know draws good digits from the codes of digits. Run it.

# %%
encoder, decoder = deep[16, 0][:3], deep[16, 0][3:]
normal = np.random.default_rng(SEED).normal(size=(1000, 16))
friends = apply(decoder, normal)
Z = apply(encoder, X)
print("codes of digits: means", Z.mean(axis=0).round(1)[:6], "…")
print("    standard deviations", Z.std(axis=0).round(1)[:6], "…")

# %% tags=["hide-input"]
plot.image_grid(friends[:20].reshape(-1, 28, 28), columns=10, limits=(0, 1))
plot.show(
    "Twenty pictures, all dim: grey loops and hooks on black, a few like a faint 8 or "
    "3, most like no digit, and all rather alike.",
    "What the friend gets.",
)

# %% [markdown]
# 1. Set `diagnosis` to one letter:
#    - **A**: The decoder is in training mode.
#    - **B**: The made-up codes are not where the codes of digits are: these have other means and spreads.
#    - **C**: The decoder has learned the training digits by heart, and fails with new codes.
#    - **D**: The sigmoid of the last layer makes all pictures dim.
#    - **E**: 16 numbers are too few to draw a digit.
# 2. Write `random_codes(Z, normal)`. `Z` are the codes of the training pictures, `(n, k)`; `normal` are independent
#    standard normal numbers, `(m, k)`. Return `m` random codes from the normal distribution with **the mean and the
#    covariance matrix** of `Z` (chapter 18 fits it by maximum likelihood): the mean, plus `normal` times a matrix.
#    Where `normal` is 0, you return the mean.

# %%
### BEGIN SOLUTION: one letter, "A" to "E"
diagnosis = "B"
### END SOLUTION


def random_codes(Z, normal):
    """Codes (m, k) with the mean and the covariance of Z (n, k)."""
    ### BEGIN SOLUTION: a matrix L with L Lᵀ = covariance, then mean + normal Lᵀ
    covariance = np.cov(Z, rowvar=False, bias=True).reshape(Z.shape[1], -1)
    L = np.linalg.cholesky(covariance)
    return Z.mean(axis=0) + normal @ L.T
    ### END SOLUTION


# %%
check("19.6")

# %%
_, random_codes = answer("19.6")
made_up = np.asarray(random_codes(Z.astype(float), normal))
samples = apply(decoder, made_up)

# %% tags=["hide-input"]
redrawn = apply(deep[16, 0], X_test)
plot.image_grid(
    np.concatenate([redrawn[:20], samples[:30]]).reshape(-1, 28, 28),
    columns=10,
    limits=(0, 1),
)
plot.show(
    "Five rows of ten pictures. The first two are redrawn test digits, nearly all "
    "readable. The other three are from made-up codes: bright strokes now; some can be "
    "read as a digit, the others are broken strokes, loops with tails, or blends.",
    "Redrawn test digits (two rows), and what the decoder draws from made-up codes "
    "with the right mean and covariance (three rows).",
)

# %% [markdown]
# Much better, from the same decoder. In the spread of real codes the strokes are bright, and some of the pictures can
# be read. The others are broken strokes, loops with a tail, blends of two digits. Compare the two rows above them:
# nearly all of these are clear. The decoder is good *at the codes of digits*. It has never learned what to draw
# elsewhere.
#
# Are the made-up codes somewhere else? For each of them measure the distance to the nearest code of a training digit.
# For comparison, do the same with the codes of the test digits, which the network has never seen either.


# %%
real_distance = cdist(apply(encoder, X_test), Z).min(axis=1)
made_distance = cdist(made_up, Z).min(axis=1)
border = np.quantile(real_distance, 0.95)
in_a_hole = float(np.mean(made_distance > border))
print(f"95 % of the test digits have a known code nearer than {border:.1f}")
print(f"made-up codes that have none so near: {in_a_hole:.2f}")

# %% [markdown]
# More than half of the made-up codes lie in a **hole**: farther from every known code than 95 % of the test digits'
# codes. The mean and the covariance are right, but the codes of digits are not a normal distribution. They are arms and
# patches, as on the map with two numbers, with empty space between them.
#
# What this number misses: by it the friend's codes would look fine, for they lie in the middle, where everything is
# near. No single number tells whether pictures are good. `nnlab.quality` has several, all by a classifier that knows
# digits. Two of them, which you will meet again in the next three chapters: the {term}`Fréchet distance` (FD) compares
# the mean and the covariance of what the classifier sees in two sets of pictures, and is 0 if both are the same; and
# the share of pictures in which it sees some digit with a probability of more than 0.9.

# %%
kinds = {
    "real test digits": X_test,
    "redrawn test digits": redrawn,
    "made-up codes": samples,
    "the friend's codes": friends,
}
known = quality.features(X.reshape(-1, 28, 28))
judged = {}
for kind, rows in kinds.items():
    rows = np.clip(rows, 0, 1).reshape(-1, 28, 28)
    distance = quality.frechet_distance(known, quality.features(rows))
    judged[kind] = distance, quality.confident_share(rows)
judged = pd.DataFrame(judged, index=["FD", "surely some digit"]).T
judged.index.name = "pictures"
plot.table(judged, "1000 pictures of each kind, and the 4000 training digits", digits=2)

# %% [markdown]
# Real digits of the test set have an FD of about 4: not 0, as 1000 pictures are only a sample. Redrawn ones have
# already between 100 and 300, for they are softer. Pictures from made-up codes have more than 400, and only between 0.4
# and 0.75 of them are surely some digit, while of the real ones 0.99 are. The friend's are far worse. (FD means
# something only beside another FD with the same classifier and the same number of pictures.)

# %% tags=["claim"]
# fmt: off
claim("More than half of the made-up codes lie in a **hole**", bool(in_a_hole > 0.5))
claim("the friend's codes would look fine", bool(np.mean(cdist(normal, Z).min(axis=1) > border) < 0.1))
claim("have an FD of about 4", bool(3.5 < judged["FD"].iloc[0] < 4.5))
claim("between 100 and 300", bool(100 < judged["FD"].iloc[1] < 300))
claim("made-up codes have more than 400", bool(judged["FD"].iloc[2] > 400))
claim("only between 0.4 and 0.75 of them", bool(0.4 < judged["surely some digit"].iloc[2] < 0.75))
claim("of the real ones 0.99 are", judged["surely some digit"].iloc[0])
claim("The friend's are far worse", bool(judged["FD"].iloc[3] > 2 * judged["FD"].iloc[2]) )
# fmt: on

# %% tags=["artifact"]
from nnlab import artifacts

artifacts.leave(
    samples=np.round(255 * samples).astype(np.uint8).reshape(-1, 28, 28),
    networks={
        "encoder2": (deep[2, 0][:3], (torch.zeros(1, 784),)),
        "decoder2": (deep[2, 0][3:], (torch.zeros(1, 2),)),
    },
    figures={
        "fd_made_up_codes": float(judged["FD"].iloc[2]),
        "fd_redrawn": float(judged["FD"].iloc[1]),
        "largest_principal_angles": [float(a) for a in final_angles],
        "test_error_deep_16": float(at16["deep, mean"]),
        "test_error_pca_16": flat[16],
    },
)

# %% [markdown]
# ## What is missing
#
# The loss {eq}`eq-ae-loss` says: *decode the code of a digit into this digit*. It says nothing of any other code, such
# as those between two digits. An autoencoder has no probability in it. It has no $p(x)$, so it cannot say how likely a
# picture is (remember the empty one), and no $p(z)$, so there is nothing to draw codes from. We have put one in
# afterwards, a normal distribution, and it did not fit. You will read that autoencoders "cannot generate". More
# exactly: they do not say *where to decode*, and have not learned to decode there.
#
# So two things are missing: a distribution of codes that we know, and a decoder that was trained everywhere where this
# distribution has its mass. Chapter 20 builds both into the loss, with the tools of chapter 18. The result is the
# variational autoencoder.

# %%
progress()

# %% [markdown]
# ## Recap
#
# - PCA keeps the directions of the largest variance: the eigenvectors of the covariance with the largest eigenvalues.
#   Its mean squared error is the sum of the eigenvalues left out.
# - A linear autoencoder that is trained to its best has the error of PCA and the *subspace* of PCA, with any basis of
#   it. Compare subspaces by their principal angles, never the weights.
# - A small difference in error does not prove that the same was learned: 1 % of the error can be 80 degrees.
# - A deep autoencoder bends the subspace. It needs fewer numbers for the same error, and more parameters, data and
#   time.
# - A denoising autoencoder gets noise in and the clean picture as its target. Compare it with a good simple method, not
#   only with a bad one.
# - A high reconstruction error says "I cannot draw this". A low one does not say "this is usual".
# - An autoencoder has no distribution of codes. Made-up codes fall into holes, where the decoder was never trained.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: "The covariance of some data has the eigenvalues 4, 3, 2 and 1. What is the mean squared error of PCA with a code of 2 numbers?"
#   number: 3
#   why: "What is left out: $2 + 1$."
# - question: "You train a linear autoencoder with a code of 10 numbers until its error equals that of PCA to six digits. What do you expect?"
#   options:
#     - right: "The columns of its decoder span the same subspace as the first 10 principal directions."
#       why: "At the lowest error the subspace is fixed, if the eigenvalues 10 and 11 differ; the basis is not."
#     - wrong: "The columns of its decoder are the first 10 principal directions, up to the sign."
#       why: "Every basis of the subspace has the same error. You will see sums of the directions."
#     - wrong: "Its codes are uncorrelated, and the first number has the largest variance."
#       why: "These are properties of the basis that PCA chooses. Nothing in the loss asks for them."
# - question: "Two planes through 0 in three dimensions are perpendicular to each other. What is their smallest principal angle, in degrees?"
#   number: 0
#   why: "They share a line. The largest angle is 90 degrees."
# - question: "Which of these can keep an autoencoder from merely copying its input?"
#   several: true
#   options:
#     - right: "a code with fewer numbers than the input"
#       why: "What does not pass through the bottleneck cannot be copied."
#     - right: "noise on the input, with the clean input as the target"
#       why: "A copy of the noisy input has a large error."
#     - wrong: "a hidden layer with more neurons than inputs"
#       why: "That makes it easier to copy."
#     - wrong: "more epochs"
#       why: "Training longer brings it nearer to a copy, if nothing stands in the way."
# - question: "You fit a normal distribution to the codes of an autoencoder, draw from it and decode. Many pictures are no digits. Why?"
#   options:
#     - right: "The codes of digits are not normal: many codes that you draw are far from all that the decoder was trained on."
#       why: "Mean and covariance are right, the shape is not. The loss never asked for a shape."
#     - wrong: "The decoder is too small."
#       why: "It redraws new digits well. A larger one has the same holes."
#     - wrong: "Codes have to be drawn from a standard normal distribution."
#       why: "That was the friend's idea, and it was worse: the codes of digits have other means and spreads."
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`pearson1901lines` fitted lines and planes to points, and {cite:t}`hotelling1933analysis` named the
#   principal components; {cite:t}`bourlard1988auto` and {cite:t}`baldi1989neural` tell what linear autoencoders learn.
# - {cite:t}`hinton2006reducing` made deep autoencoders work, with the same comparison with PCA as here.
# - {cite:t}`vincent2010stacked` stack denoising autoencoders and look at the features that they learn.
# - {cite:t}`bjorck1973numerical` compute principal angles, also where they are tiny and the arccosine is inexact.
# - {cite:t}`goodfellow2016deep`, {doc}`chapter 14 <14_convolutions>`, is about autoencoders of all kinds.
