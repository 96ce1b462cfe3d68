# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # The multilayer perceptron
#
# A thousand points lie in the plane: half of them in a ring, the other half in its centre. Chapters 04 and 05 gave you
# models that separate two classes by a straight line. No line does it here. **A line cannot separate a ring from its
# centre: what can?**
#
# The answer of this chapter is three neurons, and you can build it with a pencil. Then you let a computer find it, with
# more neurons, in scikit-learn and in PyTorch, and meet the parts that every network in the rest of the book is made
# of: the layer, its shapes and parameters, the activation function, and the output layer that fits the task.
#
# You need the matrix product and the training loop of {doc}`chapter 02 <02_regression_as_a_network>`. Reading takes
# about half an hour and the nine exercises longer; `hint("06.1")` and its like help where you are stuck.

# %% tags=["parameters"]
SEED = 0
FAST = False
DEVICE = None

# %%
import copy
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from nnlab import answer, check, hint, progress
from nnlab import fit, get_device, mlp_draw, plot, seed_everything

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREY, INK = (plot.PALETTE[n] for n in ("blue", "orange", "grey", "ink"))
DASHED, DOTTED = (0, (5, 2)), (0, (1, 1.4))

# %% [markdown]
# ## A ring and its centre
#
# scikit-learn draws the points for us {cite:p}`pedregosa2011scikit`. We put a fifth of them away as the test set, with
# as many of each class as in the rest, and standardise the inputs: mean 0, standard deviation 1. Both numbers are taken
# from the training points only, so that nothing is learned from the test points.

# %%
from sklearn.preprocessing import StandardScaler
from sklearn.datasets import make_circles
from sklearn.model_selection import train_test_split

points, is_centre = make_circles(1000, factor=0.2, noise=0.15, random_state=2024)
raw_train, raw_test, y_train, y_test = train_test_split(
    points, is_centre, test_size=0.2, stratify=is_centre, random_state=1
)
scaler = StandardScaler().fit(raw_train)
X_train, X_test = scaler.transform(raw_train), scaler.transform(raw_test)
print("X_train", X_train.shape, " X_test", X_test.shape)

# %% [markdown]
# First the {term}`baseline`: how far does a line get? Logistic regression ({doc}`chapter 05 <05_logistic_by_hand>`)
# finds the best one that it can.

# %%
from sklearn.linear_model import LogisticRegression

line = LogisticRegression().fit(X_train, y_train)
ax = plt.subplots(figsize=(5.6, 4.2))[1]
plot.decision_boundary(line, X_train, y_train, ax=ax)
plot.show(
    "Points in the plane: those of class 0 form a ring of radius about 2, those "
    "of class 1 a cloud in its centre. A straight line runs through the middle of "
    "the cloud and cuts the ring in two halves.",
    "The training points, and the line of logistic regression. Every line that "
    "has the centre on one side has a large part of the ring there too.",
)

# %% [markdown]
# The line gets 0.519 of the training points right. Throwing a coin gets 0.5. Note what this does *not* say: the
# optimiser has not failed. It looked for the line with the smallest loss, and that one runs through the middle. A line
# beside the centre would get more points right, but no line gets more than 0.70. More data or longer training cannot
# help; we need another kind of model.

# %% tags=["claim"]
from nnlab import claim

claim("The line gets 0.519 of the training points right", line.score(X_train, y_train))
turns = np.linspace(0, 2 * np.pi, 361)
along = X_train @ np.stack([np.cos(turns), np.sin(turns)])
by_line = [
    ((along > c) == y_train[:, None]).mean(axis=0).max()
    for c in np.linspace(-3, 3, 241)
]
claim("no line gets more than 0.70", 0.5 < max(by_line) < 0.70)
claim("half of them in a ring, the other half in its centre", is_centre.mean() == 0.5)

# %% [markdown]
# ## Three neurons build a fence
#
# A {term}`neuron` takes the $d$ numbers of one sample, $x = (x_1, \dots, x_d)$, forms a weighted sum and bends it:
#
# ```{math}
# :label: eq-mlp-neuron
# z = w_1 x_1 + \dots + w_d x_d + b, \qquad a = \varphi(z) .
# ```
#
# The $w_j$ are its weights and $b$ is its bias, as in chapter 02. New is the {term}`activation function` $\varphi$
# ("phi"): a fixed function, applied to the sum $z$. What comes out, $a$, is the neuron's activation. We take the one
# that is used most, {term}`ReLU` {cite:p}`nair2010rectified`:
#
# $$ \operatorname{ReLU}(z) = \max(0, z) . $$
#
# Such a neuron divides the plane by the line $z = 0$. On one side it is silent, and on the other side it speaks up, the
# louder the farther from the line. Here are three of them, looking in three directions. Their weights have length 1, so
# on the positive side $a$ *is* the distance from the line.

# %%
angles = np.deg2rad([90, 210, 330])
# A row for each neuron, a column for each input:
fence_W1 = np.stack([np.cos(angles), np.sin(angles)], axis=1)
fence_b1 = np.zeros(3)


def relu(z):
    """max(0, z), number by number; any shape."""
    return np.maximum(z, 0)


# %%
side = np.linspace(-3, 3, 61)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
grid_z = (grid @ fence_W1.T + fence_b1).reshape(61, 61, 3)

figure, axes = plt.subplots(1, 3, figsize=(8.4, 2.9), sharey=True)
for k, ax in enumerate(axes):
    shades = ax.contourf(side, side, relu(grid_z[:, :, k]), np.arange(0, 4.6, 0.5))
    ax.contour(side, side, grid_z[:, :, k], levels=[0], colors=INK)
    ax.set(title=f"neuron {k + 1}", xlabel="$x_1$", aspect="equal")
axes[0].set_ylabel("$x_2$")
figure.colorbar(shades, ax=axes, label="activation $a$", shrink=0.8)
plot.show(
    "Three maps of the plane, one for each neuron. Each is 0 on one side of a "
    "line through the origin and rises evenly on the other side: neuron 1 "
    "upwards, neuron 2 to the lower left, neuron 3 to the lower right.",
    "What three ReLU neurons say about each point. Black: the line z = 0 of each.",
)

# %% [markdown]
# None of the three can tell the ring from the centre. But their sum can: near the origin all three are almost silent,
# and far away, in every direction, at least one of them is loud. A fourth neuron adds them up and subtracts the sum
# from 1:
#
# $$ z = 1 - a_1 - a_2 - a_3 , \qquad \text{centre where } z > 0, \ \text{ring where } z < 0 . $$

# %%
fence_W2, fence_b2 = np.array([[-1.0, -1.0, -1.0]]), np.array([1.0])


def fence(X):
    """Four neurons: X of shape (n, 2) -> z of shape (n, 1), positive inside."""
    return relu(X @ fence_W1.T + fence_b1) @ fence_W2.T + fence_b2


ax = plt.subplots(figsize=(5.6, 4.2))[1]
plot.decision_boundary(fence, X_train, y_train, ax=ax)
plot.show(
    "The same ring and centre. A closed fence with six straight sides now "
    "surrounds the centre; nearly all points of class 1 are inside and nearly all "
    "points of class 0 outside.",
    "Four neurons, thirteen numbers, no training: the fence.",
)

# %% [markdown]
# The fence has six sides, and it gets 0.989 of the training points right. Nothing was trained: we wrote down the 13
# numbers. So this is what can separate a ring from its centre: **neurons in a row of their own, a bend in each, and one
# more neuron that combines them.** Training (chapters 07 to 09) will only find such numbers by itself, also where you
# cannot draw the problem.
#
# What you should not conclude: that three is always enough, or that a network "sees a ring". It adds up three ramps.

# %% tags=["claim"]
fence_train = float(((fence(X_train)[:, 0] > 0) == y_train).mean())
claim("it gets 0.989 of the training points right", fence_train)
claim("the 13 numbers", sum(a.size for a in (fence_W1, fence_b1, fence_W2, fence_b2)))
rim = np.linspace(0, 2 * np.pi, 3601)[:-1]
direction = np.stack([np.cos(rim), np.sin(rim)], axis=1)
corners = (
    np.diff((direction @ fence_W1.T > 1e-9).astype(int), axis=0, prepend=0)[1:]
    .any(axis=1)
    .sum()
)
claim(
    "The fence has six sides", bool(corners == 6)
)  # one corner wherever a neuron wakes or falls silent

# %% [markdown]
# ## Layers: all neurons at once
#
# Neurons that read the same inputs stand side by side in a **layer**. Layer number $\ell$ ("ell") has $d_\ell$ neurons,
# and its weights form a matrix $W^{[\ell]}$ with **a row for each neuron and a column for each of its inputs**; its
# biases form a vector $b^{[\ell]}$. Then one matrix product does the work of all neurons for all $n$ samples of a batch
# $X$:
#
# ```{math}
# :label: eq-mlp-layer
# Z^{[\ell]} = A^{[\ell-1]} \, {W^{[\ell]}}^{\mathsf T} + b^{[\ell]}, \qquad
# A^{[\ell]} = \varphi\bigl(Z^{[\ell]}\bigr), \qquad A^{[0]} = X .
# ```
#
# $Z$ holds the weighted sums and $A$ the activations, a row for each sample; $\varphi$ acts on every number on its own.
# Put $D$ such layers one after the other and you have a {term}`multilayer perceptron`, MLP for short. Its layers are
# {term}`fully connected <fully connected layer>`: every neuron reads every output of the layer before. All layers but
# the last are {term}`hidden layers <hidden layer>`; the last is the {term}`output layer`. The inputs are often drawn as
# a layer too, but they compute nothing.
#
# ```{table} The shapes in an MLP, and in our fence for the 800 training points
# | what | shape | hidden layer, $\ell = 1$ | output layer, $\ell = 2$ |
# |---|---|---|---|
# | what comes in, $A^{[\ell-1]}$ | $(n, d_{\ell-1})$ | (800, 2) | (800, 3) |
# | weights $W^{[\ell]}$ | $(d_\ell, d_{\ell-1})$ | (3, 2) | (1, 3) |
# | biases $b^{[\ell]}$ | $(d_\ell,)$ | (3,) | (1,) |
# | what goes out | $(n, d_\ell)$ | (800, 3) | (800, 1) |
# ```
#
# When a network refuses to run, write such a table first. The bias has no axis for the samples: NumPy and PyTorch add
# the same bias to every row.

# %% [markdown]
# ## Exercise 06.1: The forward pass of an MLP
#
# Computing the output from the input, layer by layer, is called the **forward pass**. Write it for any number of
# layers:
#
# - `X` has shape `(n, d)`; `weights` and `biases` are lists, one array for each layer, of the shapes above.
# - After every layer **but the last** comes a ReLU. The last layer stays plain: its sums are the result.


# %%
def forward(X, weights, biases):
    """Return the output of the network, shape (n, neurons of the last layer)."""
    ### BEGIN SOLUTION: layer by layer, with ReLU after all but the last
    A = X
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        A = np.maximum(A @ W.T + b, 0)
    return A @ weights[-1].T + biases[-1]
    ### END SOLUTION


# %%
hint("06.1")  # run it again for the next hint

# %%
check("06.1")

# %% [markdown]
# The fence is such a network, so your function must reproduce it:

# %%
forward = answer("06.1")
z_train = forward(X_train, [fence_W1, fence_W2], [fence_b1, fence_b2])
print(z_train.shape, "same as the fence:", np.allclose(z_train, fence(X_train)))

# %% [markdown]
# ## How many parameters?
#
# What a network can learn is in its {term}`parameters <parameter>`: all weights and all biases. In the usual drawing
# each edge is a weight. The biases are not drawn at all, but they are there, one for each neuron.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4))
deep = mlp_draw([4, 3, 2, 3], ax=left)
flat = mlp_draw([4, 5, 3], ax=right)
left.set_title("4-3-2-3")
right.set_title("4-5-3")
plot.show(
    "Two networks, each with 4 inputs and 3 outputs. The left one has hidden "
    "layers of 3 and 2 neurons, the right one a single hidden layer of 5. Every "
    "neuron is joined to every neuron of the next layer.",
    "Five hidden neurons, in two layers or in one. Which has more parameters?",
)

# %% [markdown]
# ## Exercise 06.2: Count the parameters
#
# Write `count_parameters(sizes)` for any list of layer sizes, such as `[4, 3, 2, 3]`: the number of inputs first, then
# the number of neurons of each layer. Before you run it, count the left network of the picture by hand.


# %%
def count_parameters(sizes):
    """The number of weights and biases of an MLP with these layer sizes."""
    ### BEGIN SOLUTION: weights and biases, layer by layer
    return sum(m * k + k for m, k in pairwise(sizes))
    ### END SOLUTION


# %%
check("06.2")

# %%
count_parameters = answer("06.2")
print("4-3-2-3:", count_parameters([4, 3, 2, 3]))
print("4-5-3:  ", count_parameters([4, 5, 3]))

# %% [markdown]
# The left network has 32 parameters and the right one 43, with the same five hidden neurons. Moving neurons changes the
# count, because what counts is the *pairs* of neighbouring layers: a narrow layer, such as the one of two neurons, is
# cheap. So "how many neurons" says little about the size of a network. The number of parameters says more.

# %% tags=["claim"]
claim(
    "The left network has 32 parameters and the right one 43",
    count_parameters([4, 3, 2, 3]),
    count_parameters([4, 5, 3]),
)

# %% [markdown]
# ## Activation functions
#
# Three functions will serve you through the whole book. The first two squeeze every number into an interval, the third
# only cuts off the negative ones.
#
# $$
# \begin{aligned}
# \sigma(z) &= \frac{1}{1 + e^{-z}} & &\text{between 0 and 1} \\
# \tanh(z) &= \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}} & &\text{between −1 and 1} \\
# \operatorname{ReLU}(z) &= \max(0, z) & &\text{0 or more}
# \end{aligned}
# $$
#
# The first is called the {term}`sigmoid`, the second the hyperbolic tangent.

# %%
z = np.linspace(-5, 5, 401)
sigmoid = 1 / (1 + np.exp(-z))
figure, axes = plt.subplots(1, 3, figsize=(8.4, 2.7))
functions = {"sigmoid": sigmoid, "tanh": np.tanh(z), "ReLU": relu(z)}
for ax, (name, value) in zip(axes, functions.items(), strict=True):
    ax.plot(z, value)
    ax.set(title=name, xlabel="$z$")
axes[0].set_ylabel(r"$\varphi(z)$")
plot.show(
    "Three curves over z from −5 to 5. The sigmoid rises in an S from 0 to 1, "
    "tanh in a steeper S from −1 to 1, and ReLU is 0 up to z = 0 and then a "
    "straight line to 5.",
    "Mind the vertical axes: each function has its own range.",
)

# %% [markdown]
# Look at the flat parts. Where a curve is flat, a small change of the weights changes nothing, and training gets no
# signal. The sigmoid is nowhere steeper than 0.25 (at $z = 0$), tanh nowhere steeper than 1, and both are flat far out.
# ReLU has slope 1 for every positive $z$, and it costs one comparison. That is why it took over around 2011
# {cite:p}`glorot2011deep`; {doc}`chapter 10 <10_signals_in_deep_nets>` measures the effect. For a first try, take ReLU
# in the hidden layers.
#
# tanh is the sigmoid in another frame: $\tanh(z) = 2\,\sigma(2z) - 1$.
#
# ```{warning}
# **A common slip.** Write the fraction of tanh upside down and you get the hyperbolic *co*tangent: 1.313 at $z = 1$ instead of
# 0.762, always outside the interval from −1 to 1, and undefined at 0. Another one: the sigmoid's range is (0, 1), not (−1, 1). Test a
# formula at one easy point ($z = 0$) and far out ($z = 10$), and you see both at once.
# ```

# %% tags=["claim"]
claim("The sigmoid is nowhere steeper than 0.25", np.gradient(sigmoid, z).max())
claim("tanh nowhere steeper than 1", np.gradient(np.tanh(z), z).max())
claim(
    "tanh is the sigmoid in another frame",
    bool(np.allclose(np.tanh(z), 2 / (1 + np.exp(-2 * z)) - 1)),
)
claim("1.313 at $z = 1$ instead of 0.762", 1 / np.tanh(1), 1, np.tanh(1))

# %% [markdown]
# ## Without a bend, everything collapses
#
# Why bend at all? Leave $\varphi$ out, and put one layer into the next. For one sample $x$:
#
# $$
# W^{[2]} \bigl( W^{[1]} x + b^{[1]} \bigr) + b^{[2]}
# = \underbrace{W^{[2]} W^{[1]}}_{W} \, x \; + \; \underbrace{W^{[2]} b^{[1]} + b^{[2]}}_{b} .
# $$
#
# Two layers have become **one** layer, with weights $W$ and bias $b$. The same trick takes in a third layer, and a
# tenth. The network has collapsed: with a million parameters it still draws a line. A bend between the layers is what
# stops this. The output layer does not matter for it: a sigmoid after the last sum bends the *number*, but the
# boundary, where the sum is 0, stays straight.

# %% [markdown]
# ## Exercise 06.3: The collapse, for any depth
#
# Write `collapse(weights, biases)` for any number of layers without activation. It returns the pair `W, b` of the one
# layer that does the same. Shapes as before: each `W` is `(out, in)`.


# %%
def collapse(weights, biases):
    """Return (W, b) of one linear layer that equals the whole stack."""
    ### BEGIN SOLUTION: let every layer take in what stands before it
    W, b = weights[0], biases[0]
    for next_W, next_b in zip(weights[1:], biases[1:], strict=True):
        W, b = next_W @ W, next_W @ b + next_b
    return W, b
    ### END SOLUTION


# %%
check("06.3")

# %% [markdown]
# ## What can an MLP compute?
#
# With a bend: how much more than a line? In one dimension you can see the answer. A ReLU neuron is a line with one
# kink, so a sum of ReLU neurons is a line with many kinks, and you may place each kink and choose each change of slope.
# That is enough to join dots. For the dots $(t_0, y_0), (t_1, y_1), \dots$ let neuron $k$ start at $t_k$, and give it
# the *change* of slope there as its weight. With $\rho_k$ ("rho") for the slope from dot $k$ to dot $k + 1$, and
# $\rho_{-1} = 0$:
#
# $$ \hat y(x) = y_0 + \sum_k (\rho_k - \rho_{k-1}) \operatorname{ReLU}(x - t_k), \qquad
# \rho_k = \frac{y_{k+1} - y_k}{t_{k+1} - t_k} . $$


# %%
def interpolating_net(t, y):
    """Weights and biases of a 1-m-1 ReLU network through m + 1 dots; t rises."""
    slopes = np.diff(y) / np.diff(t)
    W1, b1 = np.ones((len(slopes), 1)), -t[:-1]  # neuron k is relu(x - t_k)
    W2, b2 = np.diff(slopes, prepend=0.0)[None, :], y[:1]
    return [W1, W2], [b1, b2]


def curve(x):
    """The function that we want to imitate."""
    return x / 2 + np.sin(x) * np.cos(2 * x)


# %%
x = np.linspace(0, 6.5, 651)
inside = x <= 5
imitation, worst = {}, {}
for m in 5, 10, 20, 40:
    t = np.linspace(0, 5, m + 1)
    imitation[m] = forward(x[:, None], *interpolating_net(t, curve(t)))[:, 0]
    worst[m] = np.abs(imitation[m] - curve(x))[inside].max()
print("largest error on [0, 5]:")
print({m: round(float(error), 3) for m, error in worst.items()})

# %%
figure, ax = plt.subplots()
ax.plot(x, curve(x), color=GREY, linewidth=4, label="the function")
ax.plot(x, imitation[5], color=ORANGE, linestyle=DASHED, label="5 neurons")
ax.plot(x, imitation[20], color=BLUE, linestyle="-", label="20 neurons")
ax.axvspan(5, 6.5, color=plot.PALETTE["rule"], alpha=0.5)
ax.set(xlabel="$x$", ylabel="$y$")
ax.legend()
plot.show(
    "A wavy curve over x from 0 to 6.5. A network of 5 neurons joins six of its "
    "points by straight pieces and misses most waves; one of 20 neurons can "
    "hardly be told from the curve up to x = 5. Beyond x = 5, shaded, the curve "
    "goes down and up again and both networks go straight on.",
    "ReLU networks through points of a function on the interval from 0 to 5. "
    "Outside it (shaded) nobody told them anything.",
)


# %% [markdown]
# With 5 neurons the largest error is 0.52, with 10 it is 0.149, with 20 it is 0.038, with 40 it is 0.010: twice the
# neurons, about a quarter of the error, as far down as you like. This is the **universal approximation theorem**, seen
# in one dimension.

# %% tags=["claim"]
claim(
    "With 5 neurons the largest error is 0.52, with 10 it is 0.149, with 20 it is "
    "0.038, with 40 it is 0.010",
    *(v for m in (5, 10, 20, 40) for v in (m, worst[m])),
)
claim(
    "about a quarter of the error",
    bool(3 < worst[20] / worst[40] < 5 and 3 < worst[10] / worst[20] < 5),
)

# %% [markdown]
# ### What the theorem says, and what it does not
#
# Take any continuous function on a closed and bounded region of the input space, and any tolerance. There is a network
# with *one* hidden layer that stays within the tolerance everywhere in the region. {cite:t}`cybenko1989approximation`
# proved it for sigmoids, and {cite:t}`hornik1989multilayer` for all functions that rise from 0 to 1.
# {cite:t}`leshno1993multilayer` found out exactly which activation functions will do: all that are not polynomials (and
# not too wild).
#
# **What it does not promise.**
#
# - *How many neurons.* On an interval, 40 were enough. Join dots on a grid in the same way, and a square needs about
#   $40^2$ of them, ten dimensions $40^{10}$. Some functions need vastly fewer neurons when the network is deeper
#   {cite:p}`telgarsky2016benefits`.
# - *That training finds them.* The theorem says that good weights exist. Gradient descent may end elsewhere; you will
#   see it happen below.
# - *Anything outside the region.* The shaded part of the figure.
# - *Anything about data.* It speaks of a function that is known everywhere. You will have samples, with noise.

# %% [markdown]
# ## The output layer fits the task
#
# The hidden layers can be the same for every task. The last layer cannot: its size, the way its numbers are read, and
# the loss belong together.
#
# ```{table} Output layer and loss by task, with $K$ classes
# | task | output neurons | to read a result | loss | in PyTorch |
# |---|---|---|---|---|
# | predict a number | 1 | $\hat y = z$ (identity) | mean squared error (MSE) | `nn.MSELoss` |
# | one of two classes | 1 | $\hat p = \sigma(z)$ | binary cross-entropy (BCE) | `nn.BCEWithLogitsLoss` |
# | one of $K$ classes | $K$ | $\hat p = \operatorname{softmax}(z)$ | cross-entropy (CE) | `nn.CrossEntropyLoss` |
# ```
#
# Here $z$ is what the last layer puts out: plain sums, any real numbers. In a classifier they are called {term}`logits
# <logit>`. The probability $\hat p$ is made from them when somebody wants to read it. The losses in the last column
# take the **logits**, and the next two exercises show why.
#
# ### Softmax: K logits become K probabilities
#
# ```{math}
# :label: eq-mlp-softmax
# \hat p_k = \frac{e^{z_k}}{e^{z_1} + e^{z_2} + \dots + e^{z_K}}
# ```
#
# Each $\hat p_k$ is positive, they sum to 1, and the largest logit gets the largest probability. So
# $z = (1.3,\, 5.1,\, 2.2,\, 0.7,\, 1.1)$ becomes $(0.02,\, 0.90,\, 0.05,\, 0.01,\, 0.02)$. "Probability" is a promise
# about the sum only. Whether events with $\hat p = 0.9$ happen nine times out of ten has to be measured
# ({doc}`chapter 12 <12_model_selection>`).
#
# Add 7 to every logit and nothing changes: the factor $e^7$ cancels. Only *differences* of logits count. For two
# classes with the logits $z$ and $0$, softmax gives $e^z / (e^z + 1) = \sigma(z)$: the sigmoid is the softmax of two
# classes.

# %% tags=["claim"]
from scipy.special import expit, softmax as reference_softmax

logits = np.array([1.3, 5.1, 2.2, 0.7, 1.1])
p_hat = reference_softmax(logits)
claim("(0.02,\\, 0.90,\\, 0.05,\\, 0.01,\\, 0.02)", *p_hat.tolist())
claim(
    "Add 7 to every logit and nothing changes",
    bool(np.allclose(reference_softmax(logits + 7), p_hat)),
)
claim(
    "the sigmoid is the softmax of two classes",
    bool(np.isclose(reference_softmax([2.3, 0.0])[0], expit(2.3))),
)

# %% [markdown]
# ## Exercise 06.4: A softmax that does not overflow
#
# `np.exp(1000)` is infinite, and infinity divided by infinity is not a number. Yet the softmax of $(1000, 999)$ is
# perfectly tame. Write `softmax(Z)` for a batch of logits: `Z` has shape `(n, K)`, and **each row** becomes $K$
# probabilities. Use what you have just read about differences. (`Z.max(axis=1)` has shape `(n,)`, and you need a column
# to subtract it from the rows of `Z`: `Z.max(axis=1, keepdims=True)` has shape `(n, 1)`.)


# %%
def softmax(Z):
    """Probabilities, shape (n, K); each row sums to 1. Never overflows."""
    ### BEGIN SOLUTION: shift each row, take exp, divide by the row's sum
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %%
check("06.4")

# %% [markdown]
# ### Cross-entropy: what a probability costs
#
# A sample of class $y$ costs $-\log \hat p_y$, the surprise at its true class ($\log$ is the natural logarithm): 0 if
# the network was certain and right, 0.69 at $\hat p_y = 0.5$, 4.6 at $\hat p_y = 0.01$. The cross-entropy is the mean
# over the $n$ samples:
#
# ```{math}
# :label: eq-mlp-ce
# L_\text{CE} = -\frac{1}{n} \sum_{i=1}^{n} \log \hat p_{i,\,y_i}, \qquad
# L_\text{BCE} = -\frac{1}{n} \sum_{i=1}^{n} \Bigl( y_i \log \hat p_i + (1 - y_i) \log (1 - \hat p_i) \Bigr) .
# ```
#
# Read $\hat p_{i,\,y_i}$ as: in row $i$, the entry of the true class $y_i$. The second form is for two classes,
# $y_i = 0$ or $1$, where $\hat p_i$ is the probability of class 1: one of its two terms is always 0. For numbers,
# chapter 02 gave you $L_\text{MSE} = \frac{1}{n} \sum_i (\hat y_i - y_i)^2$. (scikit-learn's `MLPRegressor` reports
# *half* of it.)

# %% tags=["claim"]
claim("0.69 at $\\hat p_y = 0.5$", -np.log(0.5), 0.5)
claim("4.6 at $\\hat p_y = 0.01$", -np.log(0.01), 0.01)

# %% [markdown]
# ## Exercise 06.5: Binary cross-entropy from logits
#
# A network is certain, and wrong: $z = 800$ while $y = 0$. Then $\hat p$ rounds to exactly 1, and $\log(1 - \hat p)$ is
# $-\infty$. One such sample and the loss is infinite or not a number, for the whole batch. Put $\hat p = \sigma(z)$
# into {eq}`eq-mlp-ce` on paper first:
#
# $$ -\log \sigma(z) = \log(1 + e^{-z}), \qquad -\log\bigl(1 - \sigma(z)\bigr) = \log(1 + e^{z}) . $$
#
# Write `bce_with_logits(z, y)`, the **mean** loss of a batch, so that it is right for $z = \pm 800$ too. `z` and `y`
# have shape `(n,)`.


# %%
def bce_with_logits(z, y):
    """Mean binary cross-entropy: a number. Right for logits of any size."""
    ### BEGIN SOLUTION: a form in which no exponent is ever positive
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
    ### END SOLUTION


# %%
check("06.5")

# %% [markdown]
# `nn.BCEWithLogitsLoss` and `nn.CrossEntropyLoss` do exactly this inside. So the rule for the rest of the book:
# **networks end with logits**; sigmoid and softmax are for reading the result.

# %% [markdown]
# ## The ring, learned: scikit-learn
#
# Now let the computer find the numbers. scikit-learn's `MLPClassifier` wants only the hidden layers; it reads the
# number of inputs and the kind of output from the data. We take hidden layers of 8 and 6 neurons. (`random_state` fixes
# the random weights it starts from; how it then improves them is the subject of chapters 07 to 09.)

# %%
from sklearn.neural_network import MLPClassifier

settings = {"max_iter": 10_000, "random_state": 2024}
mlp = MLPClassifier((8, 6), activation="relu", **settings)
mlp.fit(X_train, y_train)
print("weights:", [W.shape for W in mlp.coefs_])
print("biases: ", [b.shape for b in mlp.intercepts_])
print("accuracy on the training points:", mlp.score(X_train, y_train))

# %% [markdown]
# Two things to look at. scikit-learn stores its matrices the other way round, `(in, out)`: it computes $A\,W + b$
# without transposing. And `coefs_[0]` leads from the 2 inputs to 8 neurons, so it holds 16 weights; the 48 weights
# *between the hidden layers* are in `coefs_[1]`. Counting from 0 trips everybody once.

# %% tags=["claim"]
claim("so it holds 16 weights", mlp.coefs_[0].size)
claim("the 48 weights *between the hidden layers*", mlp.coefs_[1].size)

# %% [markdown]
# ## Exercise 06.6: Count the parameters of a fitted network
#
# Look at the shapes of `coefs_` and `intercepts_`. Write `count_fitted(coefs, intercepts)`, which counts what is there:
# all numbers that training could change, whatever their value. Does it agree with `count_parameters([2, 8, 6, 1])`?


# %%
def count_fitted(coefs, intercepts):
    """How many numbers two lists of arrays hold."""
    ### BEGIN SOLUTION: add up the sizes of all arrays in both lists
    return sum(array.size for array in [*coefs, *intercepts])
    ### END SOLUTION


# %%
check("06.6")

# %% [markdown]
# Both ways give 85 parameters. Here they are, drawn: blue edges are positive weights, orange dashed edges negative
# ones, and the wider the edge, the larger the weight.

# %% tags=["claim"]
claim("Both ways give 85 parameters", answer("06.6")(mlp.coefs_, mlp.intercepts_))
claim("Both ways give 85 parameters", count_parameters([2, 8, 6, 1]))

# %%
drawing = mlp_draw(mlp, figsize=(7.4, 6.4))
plot.show(
    drawing.alt,
    "The fitted network 2-8-6-1. The last column of edges is coefs_[2].",
)

# %% [markdown]
# The picture shows the wiring. It does not show what the network *does*: do not try to read the ring from it. For that,
# ask the network about every point of the plane. Beside it we put the same network with `activation="identity"`, so
# without a bend: what will its boundary be?

# %%
straight = MLPClassifier((8, 6), activation="identity", **settings)
straight.fit(X_train, y_train)

figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4))
plot.decision_boundary(mlp, X_train, y_train, ax=left).legend().remove()
plot.decision_boundary(straight, X_train, y_train, ax=right)
left.set_title("with ReLU")
right.set_title("with identity")
plot.show(
    "Two planes with the ring and its centre. With ReLU, a closed boundary runs "
    "round the centre. With the identity, the boundary is a straight line that "
    "leaves centre and ring on both sides.",
    "The same 85 parameters, with and without a bend.",
)

# %% [markdown]
# The right network has 85 parameters and gets 0.5225 of the training points right. Exercise 06.3 says what it is: one
# neuron in disguise. Your function takes it apart (`.T`, because scikit-learn stores the transposed matrices):

# %%
collapse = answer("06.3")
W, b = collapse([C.T for C in straight.coefs_], straight.intercepts_)
z_one = X_train @ W.T + b
p_one = 1 / (1 + np.exp(-z_one[:, 0]))
print("W", W.round(3), " b", b.round(3))
difference = np.abs(p_one - straight.predict_proba(X_train)[:, 1]).max()
print("largest difference of a probability below 1e-12:", difference < 1e-12)

# %% [markdown]
# Three numbers do what 85 did, to the last digits. So the collapse is not a matter of bad training: the network could
# draw nothing but a line.

# %% tags=["claim"]
claim("gets 0.5225 of the training points right", straight.score(X_train, y_train))
claim(
    "Three numbers do what 85 did",
    W.size + b.size == 3,
    bool(np.allclose(p_one, straight.predict_proba(X_train)[:, 1])),
)

# %% [markdown]
# ## The ring, learned: PyTorch
#
# scikit-learn stops here: no GPU, no other layers, no say in the training loop. PyTorch has all three
# {cite:p}`paszke2019pytorch`, and asks you to be exact about where the numbers are, their type and their shape.
#
# *Where*: a graphics card (GPU) does many multiplications at once. `get_device` picks one if the machine has it, and
# says so. A network of 85 parameters gains nothing from it, but the same lines will serve for millions. *Type and
# shape*: layers compute in `float32`, and the loss wants targets of the shape of the output: one column, `(n, 1)`.

# %%
import torch
from torch import nn

device = get_device(DEVICE)
X_rings = torch.tensor(X_train, dtype=torch.float32)
y_rings = torch.tensor(y_train, dtype=torch.float32).unsqueeze(1)
print("X", tuple(X_rings.shape), " y", tuple(y_rings.shape))

# %% [markdown]
# Now the network. It ends with the last `nn.Linear`: a logit, and no sigmoid.


# %%
def rings_net():
    """A fresh 2-8-6-1 network with random weights; its output is a logit."""
    hidden = nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU()
    return nn.Sequential(*hidden, nn.Linear(6, 1))


torch.manual_seed(2024)
first, second = rings_net(), rings_net()
with torch.no_grad():
    print("probability of 'centre' for the first training point:")
    print(f"  first network {torch.sigmoid(first(X_rings[:1])).item():.4f}")
    print(f"  second network {torch.sigmoid(second(X_rings[:1])).item():.4f}")

# %% [markdown]
# A seed fixes a *stream* of random numbers, not a network: the second network takes the numbers that the first one
# left. **A common slip** is to set the seed, build a network, and further down, while tidying up, build it again: what
# you train is then another network than the one that you seeded. Set the seed right before you build. Here we go on
# with the second network on purpose, so that you see how it is done and what becomes of it.

# %% tags=["claim"]
with torch.no_grad():
    claim(
        "the second network takes the numbers that the first one left",
        not torch.equal(first[0].weight, second[0].weight),
    )

# %% [markdown]
# A `DataLoader` hands out mini-batches, in a new random order in every epoch. The loop is the one of chapter 02:
# forward pass, loss, gradients, step. Only the model, the loss and the optimiser have changed; Adam, which is also
# scikit-learn's choice, is explained in {doc}`chapter 09 <09_optimisers>`.

# %%
from torch.utils.data import DataLoader, TensorDataset

loader = DataLoader(TensorDataset(X_rings, y_rings), batch_size=16, shuffle=True)


def train_epochs(net, loader, epochs, lr=0.001):
    """Train `net` in place; return the mean loss of each epoch."""
    bce = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    means = []
    for _ in range(epochs):
        total = 0.0
        for X_batch, y_batch in loader:
            loss = bce(net(X_batch.to(device)), y_batch.to(device))
            optimizer.zero_grad()  # forget the gradients of the last batch
            loss.backward()  # a gradient for each parameter
            optimizer.step()  # a small step against it
            total += loss.item() * len(X_batch)
        means.append(total / len(loader.dataset))
    return means


# %%
by_hand = train_epochs(second.to(device), loader, epochs=10 if FAST else 30)
for epoch in 1, 10, 20, 30:
    if epoch <= len(by_hand):
        print(f"after epoch {epoch:2}: mean loss {by_hand[epoch - 1]:.6f}")

# %% [markdown]
# This loop is worth writing once, and not fifty times. From here on the book uses `nnlab.fit`: the same loop, with a
# progress bar, a validation set if you give one, and a record of what happened. It draws the batches as the
# `DataLoader` does, so from the same start it must give the same losses (its optimiser is Adam unless you say
# otherwise):

# %%
torch.manual_seed(2024)
_, rings = rings_net(), rings_net()
history = fit(
    rings,
    (X_rings, y_rings),
    loss=nn.BCEWithLogitsLoss(),
    lr=0.001,
    epochs=300,
    batch_size=16,
    device=device,
)
print("as by hand:", np.allclose(history.loss[: len(by_hand)], by_hand, rtol=1e-4))
for epoch in 1, 30, 300:
    print(f"after epoch {epoch:3}: mean loss {history.loss[epoch - 1]:.6f}")

# %%
plot.history(history, log=True)
plot.show(
    "The training loss over 300 epochs on a logarithmic axis. It falls from 0.68 "
    "to 0.002, quickly at first and then along an almost straight, slightly rough "
    "line.",
    "Training loss of the PyTorch network, on a logarithmic axis.",
)

# %% [markdown]
# On a CPU the loss falls from 0.681838 in the first epoch to 0.149364 in epoch 30 and to 0.001845 in epoch 300. (A GPU
# adds in another order, so there the last digits differ.) The curve still falls at the end. That does *not* mean that
# 3000 epochs would be better: this is the loss on the training points, and the network can go on growing more certain
# about them for ever. What counts is new points.

# %% tags=["claim"]
if device.type == "cpu":
    claim(
        "falls from 0.681838 in the first epoch to 0.149364 in epoch 30 and to "
        "0.001845 in epoch 300",
        *(history.loss[0], history.loss[29], 30, history.loss[299], 300),
    )
claim(
    "from the same start it must give the same losses",
    bool(np.allclose(history.loss[: len(by_hand)], by_hand, rtol=1e-3)),
)
claim(
    "The curve still falls at the end",
    bool(np.mean(history.loss[-10:]) < np.mean(history.loss[-30:-20])),
)

# %% [markdown]
# ## Open the test set, once
#
# Five classifiers are ready: the line, the hand-made fence, the network without a bend, and the two trained networks.
# Until now we have not looked at a single test point. That is what gives the following numbers their worth: nothing was
# chosen to please them. After this cell nothing will be changed.


# %%
import pandas as pd


def rings_logit(X):
    """Logits of the PyTorch network as a NumPy array, shape (n,)."""
    with torch.no_grad():
        z = rings(torch.tensor(X, dtype=torch.float32, device=device))
    return z.squeeze(1).cpu().numpy()


says_centre = {
    "line (logistic regression)": line.predict,
    "2-8-6-1 without a bend": straight.predict,
    "fence, by hand": lambda X: fence(X)[:, 0] > 0,
    "2-8-6-1, scikit-learn": mlp.predict,
    "2-8-6-1, PyTorch": lambda X: rings_logit(X) > 0,
}
scores = {}
for name, says in says_centre.items():
    scores[name] = {
        "800 training points": np.mean(says(X_train) == y_train),
        "200 test points": np.mean(says(X_test) == y_test),
    }
scores = pd.DataFrame(scores).T.rename_axis("classifier")
plot.table(
    scores,
    "Accuracy: the part of the points that is classified correctly",
)

# %% [markdown]
# The line gets 0.475 of the test points right and the network without a bend 0.460: no better than a coin. The fence
# reaches 0.985, scikit-learn 0.995, PyTorch 0.990. Is scikit-learn's network better than PyTorch's? No: they differ by
# 1 of 200 points. And the fence without any training is only 2 points behind scikit-learn's, so what we have shown is
# that the *bend* is decisive, not the training. On a problem that nobody can draw, you need the training as well.

# %% tags=["claim"]
line_test, bent_test, fence_test, sklearn_test, torch_test = scores["200 test points"]
claim(
    "The line gets 0.475 of the test points right and the network without a bend 0.460",
    line_test,
    bent_test,
)
claim(
    "The fence reaches 0.985, scikit-learn 0.995, PyTorch 0.990",
    fence_test,
    sklearn_test,
    torch_test,
)
claim(
    "they differ by 1 of 200 points",
    round(abs(sklearn_test - torch_test) * 200),
    len(y_test),
)
claim("only 2 points behind scikit-learn's", round((sklearn_test - fence_test) * 200))

# %% [markdown]
# One number hides which errors were made. The {term}`confusion matrix` ({doc}`chapter 01 <01_learning_from_data>`)
# counts them; the {term}`ROC curve` shows what other thresholds than $\hat p = 0.5$ would give.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.0))
plot.confusion_matrix(y_test, (rings_logit(X_test) > 0).astype(int), ax=left)
plot.roc(y_test, rings_logit(X_test), ax=right, label="network")
plot.roc(y_test, line.decision_function(X_test), ax=right, label="line")
right.legend(bbox_to_anchor=(1, 0.6))
plot.show(
    "Left: the confusion matrix of the PyTorch network on 200 test points; all "
    "but 2 are on the diagonal. Right: two ROC curves. That of the network goes "
    "along the left and upper edge; that of the line runs along the bottom to the "
    "middle and then straight up.",
    "The PyTorch network on the test points; the line is the baseline.",
)

# %% [markdown]
# The ROC curve needs scores, and any increasing function of them gives the same curve: logits will do, and the sigmoid
# changes nothing. The network's curve runs close to the corner, with an area of 0.999 or more. The area under the
# line's curve is 0.455, near the 0.5 of a coin. Its odd shape tells the story of the data: going along the line's
# score, one first meets half of the ring, then the whole centre, then the other half of the ring.

# %% tags=["claim"]
from sklearn.metrics import roc_auc_score

claim("0.999 or more", bool(roc_auc_score(y_test, rings_logit(X_test)) >= 0.999))
claim(
    "The area under the line's curve is 0.455",
    roc_auc_score(y_test, line.decision_function(X_test)),
)

# %% [markdown]
# ## Three classes: iris
#
# Now another task, to see how little changes. In 1936 Fisher published four measurements, in centimetres, of 150 irises
# of three species {cite:p}`fisher1936use`. Three classes mean three output neurons, softmax and cross-entropy. The rest
# stays.

# %%
from sklearn.datasets import load_iris

iris = load_iris(as_frame=True)
flowers = iris.data.rename(columns=lambda name: name.removesuffix(" (cm)"))
F_train, F_test, s_train, s_test = train_test_split(
    flowers, iris.target, test_size=0.2, stratify=iris.target, random_state=1
)
iris_scaler = StandardScaler().set_output(transform="pandas").fit(F_train)
F_train, F_test = iris_scaler.transform(F_train), iris_scaler.transform(F_test)
plot.table(F_train.head(3), "The first three training flowers, standardised.", digits=2)

# %% [markdown]
# Look at the row numbers on the left: the split has shuffled the rows, and each keeps its old number, its **index**.
# pandas matches by this index, not by position. That is a blessing if everything carries its index, as here
# (`set_output` keeps it), and a trap if something has lost it:

# %%
renumbered = F_train.reset_index(drop=True)  # the same rows, now numbered 0, 1, 2, …
renumbered["species"] = s_train  # matched by index!
known = renumbered["species"].notna().to_numpy()
wrong = renumbered["species"].to_numpy()[known] != s_train.to_numpy()[known]
print(len(known), "rows:", (~known).sum(), "without a label,", end=" ")
print(wrong.sum(), "of the other", known.sum(), "with a wrong one")

# %% [markdown]
# No error, no warning, and of 120 labels 26 are missing and 67 of the other 94 are wrong. Write `s_train.to_numpy()` if
# you mean "in this order", and look at the result: a single `isna().sum()` would have told.

# %% tags=["claim"]
claim(
    "of 120 labels 26 are missing and 67 of the other 94 are wrong",
    *(len(known), (~known).sum(), wrong.sum(), known.sum()),
)

# %% [markdown]
# ### A very small network, and luck
#
# The network on the left in the picture of exercise 06.2, 4-3-2-3, fits this task exactly: four measurements, three
# species. We train it, and look at the weights and at the first training flower.


# %%
def iris_mlp(sizes, seed):
    net = MLPClassifier(sizes, max_iter=6000, random_state=seed)
    return net.fit(F_train, s_train)


small = iris_mlp((3, 2), seed=2024)
print("accuracy on the training flowers:", small.score(F_train, s_train))
print("probabilities of the first one:", small.predict_proba(F_train[:1]).round(3)[0])
print("its species:", s_train.iloc[0])

# %%
drawing = mlp_draw(
    small,
    figsize=(8.4, 4.4),
    feature_names=list(flowers.columns),
    output_names=list(iris.target_names),
)
plot.show(drawing.alt, "The fitted network 4-3-2-3, with 32 parameters.")

# %% [markdown]
# 0.975 of the training flowers are right, with 32 parameters. It is tempting to write "a very simple network is almost
# perfect here". But this was *one* random start. Before you believe such a sentence, try ten, and a wider network as
# well. For now look only at the training flowers, so that the test set stays closed.

# %%
seeds = range(10)
small_nets = [iris_mlp((3, 2), seed) for seed in seeds]
wide_nets = [iris_mlp((16, 8), seed) for seed in seeds]
small_acc = np.array([net.score(F_train, s_train) for net in small_nets])
wide_acc = np.array([net.score(F_train, s_train) for net in wide_nets])

figure, ax = plt.subplots(figsize=(6.4, 2.8))
ax.plot(np.array(seeds) - 0.12, small_acc, "o", label="4-3-2-3", color=BLUE)
ax.plot(np.array(seeds) + 0.12, wide_acc, "s", label="4-16-8-3", color=ORANGE)
ax.set(xlabel="seed of the random start", ylabel="training accuracy")
ax.set(ylim=(0.25, 1.05), xticks=list(seeds))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plot.show(
    "Training accuracy for ten seeds. The network 4-3-2-3 is above 0.95 for seven "
    "seeds, at 0.67 for seeds 2 and 8 and at 0.33 for seed 5. The network "
    "4-16-8-3 is near 0.98 for all ten.",
    "The same data, the same networks, ten random starts.",
)

# %% [markdown]
# The small network fails for 3 of 10 seeds: two end at 0.667 and one at 0.333, which is guessing. The wide one never
# falls below 0.975. So "almost perfect" was luck: seven of our ten seeds got there. The theorem of
# universal approximation is not touched: good weights exist. Training did not reach them.
#
# Why? Ask how many neurons of the second hidden layer are still alive, that is, put out something else than 0 for at
# least one training flower.

# %% tags=["claim"]
claim("fails for 3 of 10 seeds", (small_acc < 0.9).sum(), len(small_acc))
claim("two end at 0.667 and one at 0.333", *np.sort(small_acc)[[1, 0]])
claim(
    "two end at 0.667 and one at 0.333", bool(np.isclose(small_acc, 2 / 3).sum() == 2)
)
claim("The wide one never falls below 0.975", wide_acc.min())
claim(
    "0.975 of the training flowers are right, with 32 parameters",
    small.score(F_train, s_train),
    count_parameters([4, 3, 2, 3]),
)


# %%
def alive(net):
    """How many neurons of the last hidden layer are not 0 for all flowers."""
    A = F_train.to_numpy()
    for W, b in zip(net.coefs_[:-1], net.intercepts_[:-1], strict=True):
        A = relu(A @ W + b)  # scikit-learn's W is (in, out)
    return int((A.max(axis=0) > 0).sum())


survivors = [alive(net) for net in small_nets]
counts = {"seed": seeds, "neurons alive": survivors, "training accuracy": small_acc}
plot.table(
    pd.DataFrame(counts),
    "The two neurons of the last hidden layer of 4-3-2-3, after training",
)

# %% [markdown]
# With no neuron alive (seed 5) the output is the same for every flower. With one alive (seeds 2, 3 and 8), all
# knowledge of the flower passes through a single number that is never negative; sometimes that is enough, for seed 3 it
# was. A ReLU neuron that is 0 for every sample is called a {term}`dead neuron`: its slope is 0 as well, so its weights
# get no gradient and it does not come back {cite:p}`lu2020dying`. A layer of two neurons has no reserve. A layer of
# eight loses some too and does not care. That is why networks are made wider than they would need to be.

# %% tags=["claim"]
claim(
    "With no neuron alive (seed 5)",
    int(np.flatnonzero(np.array(survivors) == 0).item()),
)
claim("With one alive (seeds 2, 3 and 8)", *np.flatnonzero(np.array(survivors) == 1))
claim("for seed 3 it was", bool(small_acc[3] > 0.95))
claim(
    "A layer of eight loses some too and does not care",
    bool(min(map(alive, wide_nets)) < 8 and wide_acc.min() > 0.9),
)

# %% [markdown]
# ## Exercise 06.7: Build a network for three species
#
# Build the wider network in PyTorch, as an `nn.Sequential` called `iris_net`: 4 inputs, hidden layers of 16 and then 8
# neurons with ReLU, and as many outputs as there are species. It will be trained with `nn.CrossEntropyLoss`, so it must
# put out what that loss takes.

# %%
torch.manual_seed(SEED)
### BEGIN SOLUTION: nn.Sequential of nn.Linear and nn.ReLU
iris_net = nn.Sequential(
    nn.Linear(4, 16),
    nn.ReLU(),
    nn.Linear(16, 8),
    nn.ReLU(),
    nn.Linear(8, 3),
)
### END SOLUTION

# %%
check("06.7")

# %% [markdown]
# The targets of `nn.CrossEntropyLoss` are class *numbers* of type `int64`, shape `(n,)`: no column, and no one-hot
# vectors (a 1 in the place of the class, 0 elsewhere). How much does a needless softmax at the end do harm? We train
# your network, and a copy of it that ends with one.

# %%
F_rows = torch.tensor(F_train.to_numpy(), dtype=torch.float32)
species = torch.tensor(s_train.to_numpy())
trained = copy.deepcopy(answer("06.7"))
twice = nn.Sequential(copy.deepcopy(trained), nn.Softmax(dim=1))
losses = {}
for name, net in ("logits", trained), ("softmax twice", twice):
    torch.manual_seed(SEED)
    run = fit(
        net,
        (F_rows, species),
        loss=nn.CrossEntropyLoss(),
        lr=0.01,
        epochs=100,
        batch_size=16,
        device=device,
    )
    losses[name] = run.loss
for name, values in losses.items():
    print(f"{name:13}: loss {values[0]:.3f} -> {values[-1]:.3f}")

# %% [markdown]
# The needless softmax never gets below 0.551, however right the network is: its "logits" lie between 0 and 1, so the
# true class can be at most 1 ahead of the others, and the best possible loss is $\log(1 + 2\,e^{-1}) = 0.551$. The flaw
# raises no error. If a classifier's loss gets stuck at such a number, count your softmaxes.

# %% tags=["claim"]
claim("never gets below 0.551", np.log(1 + 2 * np.exp(-1)))
claim(
    "never gets below 0.551",
    bool(min(losses["softmax twice"]) >= 0.5514 and min(losses["logits"]) < 0.2),
)
claim("\\log(1 + 2\\,e^{-1}) = 0.551", 1, 2, -1, np.log(1 + 2 * np.exp(-1)))

# %% [markdown]
# Now the test flowers, once, for all of them, and the linear baseline beside them.

# %%
flat_line = LogisticRegression().fit(F_train, s_train)
with torch.no_grad():
    F_test_rows = torch.tensor(F_test.to_numpy(), dtype=torch.float32, device=device)
    z_test = trained(F_test_rows)
predictions = {
    "logistic regression": [flat_line.predict(F_test)],
    "4-3-2-3, ten seeds": [net.predict(F_test) for net in small_nets],
    "4-16-8-3, ten seeds": [net.predict(F_test) for net in wide_nets],
    "4-16-8-3, PyTorch": [z_test.argmax(dim=1).cpu().numpy()],
}
right = {k: [int((p == s_test).sum()) for p in ps] for k, ps in predictions.items()}
plot.table(
    pd.DataFrame({k: np.quantile(v, [0, 0.5, 1]) for k, v in right.items()})
    .T.set_axis(["worst", "median", "best"], axis=1)
    .rename_axis("classifier"),
    "Test flowers classified correctly, of 30",
    digits=0,
)

# %% [markdown]
# Logistic regression gets 29 of 30 right, and so does the wide network, with every seed and in PyTorch. On these data a
# network buys **nothing**: the classes can almost be separated by planes, and a linear model does it with fewer
# parameters and without luck. And 30 flowers cannot tell 29 from 30 apart. Always run the linear baseline, and say how
# many samples stand behind a percentage.

# %% tags=["claim"]
claim(
    "Logistic regression gets 29 of 30 right",
    right["logistic regression"][0],
    len(s_test),
)
claim(
    "and so does the wide network, with every seed",
    all(n == 29 for n in right["4-16-8-3, ten seeds"]),
)
if device.type == "cpu":
    claim("and in PyTorch", bool(right["4-16-8-3, PyTorch"][0] == 29))

# %% [markdown]
# ## A number: the noisy curve
#
# The third task: predict a number. We take the function of the figure above, add noise with standard deviation 0.3, and
# forget the function. One output neuron, the identity, the squared error.

# %%
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline

rng = np.random.default_rng(2024)
t = np.linspace(0, 5, 1000)
noisy = curve(t) + 0.3 * rng.normal(size=1000)
split = train_test_split(t[:, None], noisy, test_size=0.2, random_state=1)
t_train, t_test, v_train, v_test = split

straight_line = LinearRegression().fit(t_train, v_train)
net = MLPRegressor(hidden_layer_sizes=(80, 20), max_iter=2000, random_state=2024)
wide_deep = make_pipeline(StandardScaler(), net).fit(t_train, v_train)

# %%
x = np.linspace(0, 5, 501)
figure, ax = plt.subplots()
ax.plot(t_train, v_train, ".", color=GREY, markersize=3, label="training data")
ax.plot(x, curve(x), color=INK, linestyle=DOTTED, label="the truth")
line_y, net_y = straight_line.predict(x[:, None]), wide_deep.predict(x[:, None])
ax.plot(x, line_y, color=ORANGE, linestyle=DASHED, label="line")
ax.plot(x, net_y, color=BLUE, linestyle="-", label="1-80-20-1")
ax.set(xlabel="$x$", ylabel="$y$")
ax.legend()
plot.show(
    "A cloud of noisy points along a wavy curve. The straight line passes through "
    "the middle of the cloud and misses the waves; the network follows the true "
    "curve closely.",
    "The curve, its noisy samples, the baseline and the network.",
)


# %%
def mse(predict, X, v):
    return np.mean((predict(X) - v) ** 2)


models = {
    "line": straight_line.predict,
    "1-80-20-1": wide_deep.predict,
    "the truth itself": lambda X: curve(X[:, 0]),
}
errors = {}
for name, predict in models.items():
    errors[name] = {
        "800 training points": mse(predict, t_train, v_train),
        "200 test points": mse(predict, t_test, v_test),
    }
errors = pd.DataFrame(errors).T.rename_axis("model")
plot.table(
    errors,
    "Mean squared error; the last row is the noise, which no model can predict",
)

# %% [markdown]
# On the test points the line's error is 0.290, the network's is 0.105, and the true function itself has 0.100. That
# last row is what makes the table readable: the network has nearly reached the floor. In real data you do not know the
# floor; a repeated measurement can estimate it. Do not conclude that the network has found the *formula*: left and
# right of the data it knows nothing.

# %% tags=["claim"]
claim(
    "On the test points the line's error is 0.290, the network's is 0.105, and the "
    "true function itself has 0.100",
    *errors["200 test points"],
)

# %% [markdown]
# ## Exercise 06.8: Deep and wide with the same number of parameters
#
# This is the largest network of the chapter: 1-80-20-1. Count its parameters with your function, and call the number
# `curve_parameters`. Then: how wide can a network with **one** hidden layer be if it may have at most as many? Write
# `widest(n_in, n_out, budget)`: the largest number of hidden neurons such that the network `n_in`-?-`n_out` has at most
# `budget` parameters.

# %%
### BEGIN SOLUTION: use count_parameters
curve_parameters = count_parameters([1, 80, 20, 1])
### END SOLUTION


def widest(n_in, n_out, budget):
    """The largest whole number of hidden neurons within the budget."""
    ### BEGIN SOLUTION: what does one more hidden neuron cost?
    return (budget - n_out) // (n_in + 1 + n_out)
    ### END SOLUTION


# %%
check("06.8")

# %% [markdown]
# The network has 1801 parameters, and a single hidden layer may have 600 neurons for the same price. Which of the two
# is better? The count does not say. That is a question for experiments, with several seeds each
# ({doc}`chapter 11 <11_overfitting>`).

# %% tags=["claim"]
curve_parameters, widest = answer("06.8")
claim(
    "The network has 1801 parameters, and a single hidden layer may have 600 neurons",
    curve_parameters,
    widest(1, 1, 1801),
)

# %% [markdown]
# ### The silent error of shapes
#
# One last trap, and one that costs everybody an afternoon some day. Draw ten new points of the curve and compute the
# mean squared error, once with the targets as a column `(10, 1)`, as they came, and once with both as `(10,)`.

# %%
x_new = np.random.default_rng(2024).normal(size=(10, 1))
y_new = curve(x_new) + 0.3 * rng.normal(size=(10, 1))  # shape (10, 1)
y_hat = wide_deep.predict(x_new)  # shape (10,)
for targets in y_new, y_new[:, 0]:
    difference = y_hat - targets
    print(
        "difference",
        difference.shape,
        f" its mean square: {np.mean(difference**2):.4f}",
    )
print("outside the training range:", int(((x_new < 0) | (x_new > 5)).sum()), "of 10")

# %% [markdown]
# `(10,)` minus `(10, 1)` is `(10, 10)`: every prediction is compared with every target, and the error is 0.1984 instead
# of 0.1249. NumPy calls it broadcasting and says nothing. PyTorch's `MSELoss` warns once; `nnlab.fit` refuses. In a
# training loop of your own, the network then learns to please *all* targets at once, and the best it can do is their
# mean.
#
# (Also note that two of the ten points lie outside the range of the training data. Whatever the error there, it says
# nothing about the fit.)

# %% tags=["claim"]
claim(
    "two of the ten points lie outside the range",
    bool(((x_new < 0) | (x_new > 5)).sum() == 2),
)
claim("(10,) minus (10, 1) is (10, 10)", (y_hat - y_new).shape == (10, 10))
claim(
    "the error is 0.1984 instead of 0.1249",
    np.mean((y_hat - y_new) ** 2),
    np.mean((y_hat - y_new[:, 0]) ** 2),
)

# %% [markdown]
# ## Exercise 06.9: Find the two bugs of a training loop
#
# A friend sends you this loop. It runs without an error, and the network does not learn.


# %%
def train_of_a_friend(net, X, y, lr, steps):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = ((net(X) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %%
t_mean, t_std = t_train.mean(), t_train.std()
T = torch.tensor((t_train - t_mean) / t_std, dtype=torch.float32)
v = torch.tensor(v_train, dtype=torch.float32)


def tanh_net():
    torch.manual_seed(SEED)
    return nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))


broken = train_of_a_friend(tanh_net(), T, v, lr=0.05, steps=300)
variance = v.var(unbiased=False).item()
print("X", tuple(T.shape), " y", tuple(v.shape), f" variance of y: {variance:.3f}")
for step in 1, 100, 200, 300:
    print(f"step {step:3}: loss {broken[step - 1]:.3f}")

# %% [markdown]
# There are two bugs. Write the loop again as `train`, without them. `X` has shape `(n, 1)` and `y` has shape `(n,)`;
# the targets come like this and you have to deal with it inside. The rest stays: plain SGD, the **mean** squared error
# over all samples in every step, and the list of losses, each recorded before its step.


# %%
def train(net, X, y, lr, steps):
    """Full-batch SGD on the MSE, in place; return the loss before each step."""
    ### BEGIN SOLUTION: the friend's loop without its two bugs
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = ((net(X) - y.unsqueeze(1)) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %%
check("06.9")

# %% [markdown]
# Three loops from the same start: the friend's, one that clears its gradients and keeps the wrong shapes, and yours.

# %%
train = answer("06.9")
corrected = train(tanh_net(), T, v, lr=0.05, steps=300)

half, half_losses = tanh_net(), []
for _ in range(300):
    half.zero_grad()
    loss = ((half(T) - v) ** 2).mean()  # (n, 1) minus (n,)
    loss.backward()
    with torch.no_grad():
        for p in half.parameters():
            p -= 0.05 * p.grad
    half_losses.append(loss.item())

# %%
figure, ax = plt.subplots()
ax.axhline(variance, color=plot.PALETTE["rule"], linewidth=6, label="variance of y")
ax.plot(broken, label="both bugs", color=GREY, linestyle=DOTTED)
ax.plot(half_losses, label="wrong shapes", color=ORANGE, linestyle=DASHED)
ax.plot(corrected, label="corrected", color=BLUE, linestyle="-")
ax.set(xlabel="step", ylabel="what the loop calls the loss")
ax.legend()
plot.show(
    "Three loss curves over 300 steps. With both bugs the loss swings up and down "
    "between about 1.4 and 3. With the wrong shapes it falls smoothly to the "
    "variance of y, 1.345, and stays there. The corrected loop falls far below it, "
    "to 0.22.",
    "One bug hides the other: the flat floor appears once the gradients are cleared.",
)

# %% [markdown]
# With the gradients cleared but the shapes wrong, the loss settles at 1.345, which is the variance of $y$: the
# network predicts the mean for everybody. The corrected loop reaches 0.215 in the same 300 steps. **A loss that stops
# exactly at the variance of the targets** is a finding: the network ignores its input, and a wrong shape is the first
# suspect.

# %% tags=["claim"]
with torch.no_grad():
    spread = float(half(T).max() - half(T).min())
claim("the loss settles at 1.345, which is the variance of $y$", half_losses[-1])
claim("which is the variance of $y$", bool(abs(half_losses[-1] - variance) < 1e-3))
claim("the network predicts the mean for everybody", bool(spread < 0.05))
claim(
    "The corrected loop reaches 0.215 in the same 300 steps",
    corrected[-1],
    len(corrected),
)

# %% [markdown]
# ## A short history
#
# **1943.** {cite:t}`mcculloch1943logical` describe a neuron as a sum with a threshold. **1958.**
# {cite:t}`rosenblatt1958perceptron` lets such a neuron learn: the perceptron of {doc}`chapter 04 <04_perceptron>`.
# **1969.** {cite:t}`minsky1969perceptrons` prove what such a perceptron cannot do. More layers were known to help, but
# nobody had a practical way to train them. Funding dried up in the 1970s, after reports such as
# {cite:t}`lighthill1973artificial`: the first **AI winter**. A second one followed around 1990, when rule-based expert
# systems had not held what they promised {cite:p}`nilsson2010quest`.
#
# Meanwhile the missing piece was found several times: {cite:t}`linnainmaa1976taylor` had the chain rule as an
# algorithm, {cite:t}`werbos1974beyond` thought of networks. **1986.** {cite:t}`rumelhart1986learning` showed that it
# makes hidden layers learn useful features, and backpropagation ({doc}`chapter 08 <08_backpropagation>`) became known.
# **2012.** With graphics cards and a million labelled photographs, a network missed the right label, in five guesses,
# for 15.3 % of the test images of a contest where the next best method missed 26.2 % {cite:p}`krizhevsky2012imagenet`.
# The spring has lasted since {cite:p}`lecun2015deep`.
#
# Two lessons. A proof about one layer was read as a verdict on all networks. And an idea waited for decades for data
# and machines: that a method fails today does not say why.

# %% [markdown]
# ## Recap
#
# - A neuron is a weighted sum, a bias and a bend: $a = \varphi(w_1 x_1 + \dots + w_d x_d + b)$. A layer is one matrix
#   product for all neurons and samples: $A W^{\mathsf T} + b$.
# - A layer from $m$ inputs to $k$ neurons has $(m + 1)\,k$ parameters.
# - Without a bend between them, all layers collapse into one. With a bend, one hidden layer can approximate every
#   continuous function on a bounded region; how many neurons it takes, and whether training finds them, is another
#   matter.
# - The task decides the output: one plain number and MSE; one logit and BCE; $K$ logits and cross-entropy. Networks end
#   with logits.
# - Baseline first, test set once, several seeds. A small network can fail by an unlucky start.
# - Say the shapes aloud. `(n,)` minus `(n, 1)` is `(n, n)`.

# %%
progress()

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: How many parameters does an MLP with 3 inputs, one hidden layer of 4 neurons and 2 outputs have?
#   number: 26
#   why: "$3 \\cdot 4 + 4 = 16$ in the hidden layer and $4 \\cdot 2 + 2 = 10$ in the output layer."
# - question: A network has ten hidden layers of 100 neurons, all with the identity as activation, and a sigmoid at the output. What can its decision boundary in the plane be?
#   options:
#     - wrong: A curve, because the sigmoid at the output is not linear.
#       why: The sigmoid bends the number, not the place where it crosses 0.5. That place is where the sum is 0.
#     - right: A straight line.
#       why: The ten layers collapse into one weighted sum. The sigmoid is 0.5 exactly where that sum is 0.
#     - wrong: Any curve, by universal approximation.
#       why: The theorem needs an activation function that is no polynomial. The identity is one.
# - question: What does the universal approximation theorem promise?
#   options:
#     - wrong: That gradient descent finds good weights.
#       why: It says that they exist. Three of ten seeds on iris did not find good ones.
#     - wrong: That a good fit on the training data carries over to new data.
#       why: The theorem knows nothing of data. It speaks of a function that is known everywhere.
#     - right: That good weights exist for a continuous function on a closed and bounded region, if there are neurons enough.
#       why: Just this, and no more.
#     - wrong: That the approximation holds outside the region too.
#       why: Outside, the network just goes on in its own way; look at the shaded part of the figure.
# - question: A classifier for four classes is to be trained with `nn.CrossEntropyLoss`. Which of these belong to it?
#   options:
#     - wrong: A softmax as its last layer.
#       why: The loss applies it itself. Twice, and the loss can never come near 0.
#     - right: Four output neurons.
#       why: One logit for each class.
#     - wrong: A ReLU after the last linear layer.
#       why: Logits must be free to be negative.
#     - right: Class numbers 0 to 3 of type int64 as targets, shape (n,).
#       why: The loss looks up the logit of the true class by its number.
# - question: Your regression network's loss falls to 1.345 and stays there. The variance of the targets is 1.345. What do you check first?
#   options:
#     - wrong: Whether the network needs more layers.
#       why: Any network with one neuron that uses its input could go below the variance.
#     - wrong: Whether the learning rate is too large.
#       why: Then the loss would swing or grow. It would not stop at this very number.
#     - right: The shapes of the prediction and of the targets.
#       why: "`(n, 1)` against `(n,)` makes the mean the best answer for everybody, and the variance the lowest loss."
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`goodfellow2016deep`, chapter 6: feedforward networks, with more on output units and depth. Free to read
#   online.
# - {cite:t}`glassner2021deep`: neurons and layers in pictures, almost without formulas.
# - {cite:t}`hornik1989multilayer` and {cite:t}`leshno1993multilayer`: the theorem. The introductions can be read
#   without the proofs.
# - {cite:t}`blanchard2021accurately`: how to compute softmax and log-sum-exp, and how accurate the shifted formula is.
# - {cite:t}`minsky1969perceptrons`: more careful than its reputation; read the first chapter and judge for yourself.
