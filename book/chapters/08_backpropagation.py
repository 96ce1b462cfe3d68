# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Backpropagation: all derivatives in one pass
#
# A network with 85 parameters predicts too much. Which of the 85 numbers should be changed, in which direction, and by
# how much? Gradient descent ({doc}`chapter 07 <07_gradient_descent>`) answers with 85 derivatives, one for each
# parameter, and it needs new ones after every step. The large networks of today have not 85 parameters but billions.
#
# You could find each derivative by trying: change one number a little, run the whole network again, see what the loss
# does. For a billion parameters that would be a billion runs for one step. **How can one get all derivatives for about
# the price of two more runs?** The method is called {term}`backpropagation`. It is the chain rule, applied in a clever
# order, and by the end of this chapter you will have written it twice: once with matrices, and once as a small machine
# that differentiates whatever you compute.
#
# One thing first, because it is often said wrongly. Backpropagation is no way of training, and no extension of gradient
# descent. It **computes the gradient**. What is then done with the gradient is the business of an optimiser (chapters
# 07 and 09).
#
# You need the chain rule, matrix products and {doc}`chapter 06 <06_multilayer_perceptron>`. Reading and doing the
# exercises takes about three hours.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the chapter takes seconds
DEVICE = None  # numbers this small need no GPU

# %%
from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from torch import nn

from nnlab import answer, check, hint, mlp_draw, plot
from nnlab import progress, scratch, seed_everything

plot.use_style()
seed_everything(SEED)

# %% [markdown]
# ## One weight, one derivative, by trying
#
# Our network has 2 inputs, two hidden layers of 8 and 6 neurons with the activation function tanh, and one output
# without an activation. The data are 16 samples of a smooth function, and the loss is the mean squared error. The
# weights are random: this chapter never trains. It only asks which way is down.
#
# The lists begin with an empty place, so that `W[2]` is the $W^{[2]}$ of the formulas.

# %%
rng = np.random.default_rng(SEED)
X = rng.uniform(-2, 2, size=(16, 2))
Y = np.sin(X[:, :1]) * X[:, 1:]  # shape (16, 1)

sizes = [2, 8, 6, 1]
W, b = [None], [None]
for inputs, outputs in pairwise(sizes):
    W.append(rng.normal(size=(outputs, inputs)) / inputs**0.5)
    b.append(rng.normal(size=outputs) / 4)
print("parameters:", sum(p.size for p in [*W[1:], *b[1:]]))


# %%
def forward(X, W, b):
    """All sums Z[1], Z[2], … and all activations A[0] = X, A[1], …, A[D]."""
    Z, A = [None], [X]
    for layer in range(1, len(W)):
        Z.append(A[-1] @ W[layer].T + b[layer])
        last = layer == len(W) - 1
        A.append(Z[-1] if last else np.tanh(Z[-1]))
    return Z, A


def loss_of(W, b):
    """The mean squared error over the 16 samples."""
    return np.mean((forward(X, W, b)[1][-1] - Y) ** 2)


print(f"loss {loss_of(W, b):.6f}")

# %% [markdown]
# This is the {term}`forward pass` of chapter 06, with one difference: it **keeps** every $Z^{[\ell]}$ and $A^{[\ell]}$.
# We will need them again.
#
# Now pick one weight: the one from the first input to the fifth neuron of the first hidden layer. In the formulas it is
# $w^{[1]}_{51}$: layer in brackets, then **to**, then **from**. Python counts from 0, so it is `W[1][4, 0]`. Make it a
# little larger, then a little smaller, and see how the loss changes.


# %%
def nudged(h):
    """The loss with h added to the weight W[1][4, 0]."""
    first = W[1].copy()
    first[4, 0] += h
    return loss_of([None, first, W[2], W[3]], b)


h = 1e-5
by_trying = (nudged(h) - nudged(-h)) / (2 * h)
print(f"the loss changes by {by_trying:.6f} for each unit of the weight")

# %% [markdown]
# The loss is 0.959352, and its derivative for this one weight is about −0.009589. That took two forward passes. For all
# 85 parameters it takes 170, and for each of them the whole network is computed again, although only one number in it
# has changed. Let us follow that one number instead.

# %% tags=["claim"]
from nnlab import claim

claim("A network with 85 parameters predicts", sum(p.size for p in [*W[1:], *b[1:]]))
claim("The loss is 0.959352", loss_of(W, b))
claim("this one weight is about −0.009589", by_trying)
claim("For all 85 parameters it takes 170", 85, 2 * 85)

# %% [markdown]
# ## The chain rule: multiply along a path, add the paths
#
# Start small. Let $x$ be a number, $u = 3x$, $v = x^2$ and $f = u \cdot v$. What is $\mathrm{d}f / \mathrm{d}x$ at $x =
# 2$? The picture shows the computation as a graph. Each arrow carries the derivative of what stands at its end with
# respect to what stands at its beginning. We call it a **local derivative**, because it knows nothing of the rest.

# %% tags=["hide-input"]
x = scratch.Value(2.0, name="x")
u, v = 3 * x, x**2
u.name, v.name = "u", "v"
f = u * v
f.name = "f"
f.backward()
drawing = f.draw()
plot.show(
    drawing.alt,
    "Two paths lead from x to f. On the arrows: the local derivatives. In the "
    "boxes: the number, and below it the derivative of f with respect to it.",
)

# %% [markdown]
# If $x$ grows by a small amount $h$, then $u$ grows by $3h$ and $v$ by about $4h$. And $f$ feels both:
#
# $$
# f(u + 3h,\; v + 4h) - f(u, v)
#   \;\approx\; \frac{\partial f}{\partial u} \cdot 3h + \frac{\partial f}{\partial v} \cdot 4h
#   \;=\; 4 \cdot 3h + 6 \cdot 4h \;=\; 36\,h .
# $$
#
# So along a path the local derivatives are **multiplied**: $3 \cdot 4 = 12$ by way of $u$, and $4 \cdot 6 = 24$ by way
# of $v$. And the paths are **added**: $12 + 24 = 36$. This is the {term}`chain rule`, in the form that we need:
#
# ```{math}
# :label: eq-paths
# \frac{\mathrm{d}f}{\mathrm{d}x} \;=\; \sum_{\text{paths from } x \text{ to } f} \;\;
# \prod_{\text{arrows of the path}} \text{(local derivative)} .
# ```
#
# Check it: $f = 3x \cdot x^2 = 3x^3$, and $9x^2$ is 36 at $x = 2$. Everything in this chapter is {eq}`eq-paths`, and
# the art of not computing anything twice.

# %% tags=["claim"]
claim("12 + 24 = 36", u.grad * 3, v.grad * 2 * x.data, x.grad)
claim("and $9x^2$ is 36 at $x = 2$", bool(9 * x.data**2 == 36 == x.grad))

# %% [markdown]
# ## All paths of one weight
#
# In the network, the weight $w^{[1]}_{51}$ belongs to one neuron, the fifth of the first hidden layer. But that neuron
# is read by all six neurons of the next layer, and each of these is read by the output. So there are six paths from our
# weight to the loss.


# %%
def as_torch(W, b):
    """The same network in PyTorch, with copies of the numbers."""
    modules = []
    for weight, bias in zip(W[1:], b[1:], strict=True):
        linear = nn.Linear(weight.shape[1], weight.shape[0])
        linear.weight.data = torch.tensor(weight)
        linear.bias.data = torch.tensor(bias)
        modules += [linear, nn.Tanh()]
    return nn.Sequential(*modules[:-1])  # no tanh after the last layer


model = as_torch(W, b)
drawing = mlp_draw(model, path=(0, 4, 0), add_labels=False, figsize=(7.4, 5.2))
plot.show(
    drawing.alt,
    "The weight from the first input to the fifth neuron, and the six paths on "
    "which a change of it reaches the output.",
)

# %% [markdown]
# Take one sample $i$ alone, with the loss $L_i = (\hat y_i - y_i)^2$, and follow the path through neuron $j$ of the
# second hidden layer from its end to its beginning. There are five arrows. Each needs only numbers that the forward
# pass has left behind; $\varphi'$ is the derivative of the activation function.
#
# | from | to | local derivative |
# |---|---|---|
# | $\hat y_i$ | $L_i$ | $2\,(\hat y_i - y_i)$ |
# | $a^{[2]}_{ij}$ | $\hat y_i$ | $w^{[3]}_{1j}$ |
# | $a^{[1]}_{i5}$ | $a^{[2]}_{ij}$ | $\varphi'(z^{[2]}_{ij}) \cdot w^{[2]}_{j5}$ |
# | $z^{[1]}_{i5}$ | $a^{[1]}_{i5}$ | $\varphi'(z^{[1]}_{i5})$ |
# | $w^{[1]}_{51}$ | $z^{[1]}_{i5}$ | $x_{i1}$ |
#
# (An output with an activation would bring one more factor $\varphi'$.) Multiply them, then add the six paths:
#
# ```{math}
# :label: eq-six-paths
# \frac{\partial L_i}{\partial w^{[1]}_{51}} = \sum_{j=1}^{6}
#   2\,(\hat y_i - y_i) \cdot w^{[3]}_{1j} \cdot \varphi'(z^{[2]}_{ij}) \cdot w^{[2]}_{j5}
#   \cdot \varphi'(z^{[1]}_{i5}) \cdot x_{i1} .
# ```
#
# The derivative of tanh is $\varphi'(z) = 1 - \tanh^2 z = 1 - a^2$, so we do not even need $z$ again.

# %%
Z, A = forward(X, W, b)
i = 0  # the first sample
table = pd.DataFrame(
    {
        "2 (ŷ − y)": 2 * (A[3][i, 0] - Y[i, 0]),
        "w3[1, j]": W[3][0],
        "φ′(z2[j])": 1 - A[2][i] ** 2,
        "w2[j, 5]": W[2][:, 4],
        "φ′(z1[5])": 1 - A[1][i, 4] ** 2,
        "x[1]": X[i, 0],
    },
    index=pd.Index(range(1, 7), name="through j ="),
)
table["product"] = table.prod(axis=1)
plot.table(table, "The six paths of one weight, for the first sample", digits=4)

# %% [markdown]
# Through the fourth neuron, for example, the product is −0.0018. Together the six paths give −0.0034. Three of the six
# columns are the same in every row: these arrows belong to all six paths. Remember that.
#
# Is the sum right? PyTorch is the judge.

# %%
error = (model(torch.tensor(X[:1])) - torch.tensor(Y[:1])) ** 2
error.sum().backward()
print(f"six paths: {table['product'].sum():.12f}")
print(f"PyTorch:   {model[0].weight.grad[4, 0]:.12f}")

# %% tags=["claim"]
product = table["product"]
claim("Through the fourth neuron, for example, the product is −0.0018", product[4])
claim("Together the six paths give −0.0034", product.sum())
claim(
    "Three of the six columns are the same",
    sum(table.iloc[:, k].nunique() == 1 for k in range(6)) == 3,
)
claim("So there are six paths", len(table) == 6)
claim(
    "PyTorch is the judge",
    bool(abs(product.sum() - model[0].weight.grad[4, 0].item()) < 1e-12),
)

# %% [markdown]
# ### With a sum over the samples, or without?
#
# Now all 16 samples, with $L = \frac1n \sum_i (\hat y_i - y_i)^2$. Two derivatives look alike, and are often confused:
#
# - **For a prediction.** $\hat y_3$ stands in one term of the sum, the third. All other terms are constants for it. So
#   $\partial L / \partial \hat y_i = \frac2n (\hat y_i - y_i)$: **no sum**, one number for each sample.
# - **For a weight.** Every sample uses the same weight. So the paths of all samples are added: **with a sum**,
#   $\partial L / \partial w = \frac1n \sum_i \partial L_i / \partial w$.
#
# In the picture of paths: from $\hat y_3$ one arrow leads to $L$; from a weight, arrows lead into the sums $z$ of all
# samples. (Some books divide by $2n$ in place of $n$. Then the 2 disappears from the derivative. Nothing else changes,
# but compare losses only if they are defined alike.)

# %%
prediction = model(torch.tensor(X))
prediction.retain_grad()  # keep the derivative for this number in the middle, too
((prediction - torch.tensor(Y)) ** 2).mean().backward()
without_sum = 2 * (A[3] - Y) / len(X)
print("without a sum:", without_sum[:3, 0].round(4))
print("PyTorch:      ", prediction.grad[:3, 0].numpy().round(4))
print("with a sum:   ", without_sum.sum().round(4))  # for the bias of the output

# %%
outer = 2 * (A[3] - Y) / len(X)  # (16, 1)
through = W[3] * (1 - A[2] ** 2) * W[2][:, 4]  # (16, 6)
inner = (1 - A[1][:, 4] ** 2) * X[:, 0]  # (16,)
by_paths = (outer * through * inner[:, None]).sum()  # 16 samples, 6 paths each
print(f"by paths {by_paths:.8f}, by trying {by_trying:.8f}")

# %% [markdown]
# Each prediction has its own derivative, and PyTorch agrees. The sum of all 16 is the derivative for the bias of the
# output, which every sample uses with the local derivative 1. For our weight, 96 paths (6 for each of 16 samples) give
# −0.00958876: the number that we found by trying.

# %% tags=["claim"]
claim(
    "Each prediction has its own derivative, and PyTorch agrees",
    bool(np.allclose(prediction.grad.numpy(), without_sum, atol=1e-12)),
)
up, down = (loss_of(W, [*b[:3], b[3] + step]) for step in (1e-5, -1e-5))
claim(
    "The sum of all 16 is the derivative for the bias",
    bool(abs((up - down) / 2e-5 - without_sum.sum()) < 1e-8),
)
claim("96 paths (6 for each of 16 samples)", through.size, 6, 16)
claim("give −0.00958876", by_paths)
claim("the number that we found by trying", bool(abs(by_paths - by_trying) < 1e-8))

# %% [markdown]
# ## Exercise 08.1: The paths of one weight, by hand
#
# A network with 2 inputs, hidden layers of 2 and 3 neurons with **ReLU**, and one output without an activation:
#
# $$
# \begin{aligned}
# W^{[1]} &= \begin{pmatrix} 1 & 1 \\ 2 & -1 \end{pmatrix}, &
# W^{[2]} &= \begin{pmatrix} 1 & -1 \\ -1 & 2 \\ 2 & 0.5 \end{pmatrix}, &
# W^{[3]} &= \begin{pmatrix} 5 & -1 & 2 \end{pmatrix}, \\
# b^{[1]} &= (0, -1), & b^{[2]} &= (0, -3, -1), & b^{[3]} &= -3 .
# \end{aligned}
# $$
#
# One sample, $x = (3, -1)$ with $y = 0$, and the loss $(\hat y - y)^2$. Use a pencil: do the forward pass, then find
# the three paths of the weight $w^{[1]}_{21}$ (**to** the second neuron **from** the first input). The derivative of
# ReLU is 1 where $z > 0$ and 0 where $z < 0$.
#
# `paths`: the three products, in the order $j = 1, 2, 3$ of the neurons of the second hidden layer. `derivative`:
# $\partial L / \partial w^{[1]}_{21}$.

# %%
### BEGIN SOLUTION: a list of three numbers
paths = [0, -24, 12]  # ŷ = 2; the first neuron of layer 2 has z = −4: it is closed
### END SOLUTION
### BEGIN SOLUTION: one number
derivative = -12
### END SOLUTION

# %%
hint("08.1")  # run it again for the next hint

# %%
check("08.1")

# %% [markdown]
# With ReLU a path is either open or closed: one neuron with $z < 0$ closes all paths through it. With tanh every
# neuron on the path multiplies by a number between 0 and 1. Both explain why the first layers of a deep network can get
# very small gradients; {doc}`chapter 10 <10_signals_in_deep_nets>` measures it.
#
# ## Too many paths, and the way out
#
# Six paths are easily added. But a path chooses one neuron in every layer, so the numbers **multiply**. A network with
# ten hidden layers of 100 neurons has $100^9 = 10^{18}$ paths from one weight of the first layer to the output. Nobody
# can add so many numbers.
#
# The way out is the distributive law. Look at {eq}`eq-six-paths` again. Three factors are the same for all six paths,
# so put them in front:
#
# $$
# \underbrace{\Bigl( \sum_{j=1}^{6} 2\,(\hat y_i - y_i)\, w^{[3]}_{1j}\, \varphi'(z^{[2]}_{ij})\, w^{[2]}_{j5} \Bigr)
# \cdot \varphi'(z^{[1]}_{i5})}_{\text{from } z^{[1]}_{i5} \text{ to the loss}} \;\cdot\; x_{i1} .
# $$
#
# The part above the brace has nothing to do with *which* weight of the fifth neuron we asked for. It says how the loss
# reacts to the sum $z^{[1]}_{i5}$. The weight from the other input and the bias of this neuron need the same number.
# So compute it **once for each neuron**, not once for each path. And the neurons of an earlier layer can use the
# numbers of the later one. That is the whole idea: start at the loss, go back layer by layer, and keep one number for
# each neuron and sample.

# %% tags=["claim"]
claim("100^9 = 10^{18}", bool(100**9 == 10**18))

# %% [markdown]
# ## The four equations
#
# Call this number delta:
#
# $$ \delta^{[\ell]}_{ij} \;=\; \frac{\partial L}{\partial z^{[\ell]}_{ij}} $$
#
# In words: by how much does the loss change, for each unit by which the sum of neuron $j$ in layer $\ell$ is changed
# for sample $i$? All deltas of a layer form a matrix $\Delta^{[\ell]} = \partial L / \partial Z^{[\ell]}$ of shape
# $(n, d_\ell)$, the shape of $Z^{[\ell]}$: a row for each sample, a column for each neuron.
#
# The forward pass, written number by number, is
#
# ```{math}
# :label: eq-bp-forward
# z^{[\ell]}_{ij} = \sum_{q} a^{[\ell-1]}_{iq}\, w^{[\ell]}_{jq} + b^{[\ell]}_j ,
# \qquad a^{[\ell]}_{ij} = \varphi\bigl(z^{[\ell]}_{ij}\bigr) ,
# ```
#
# where $q$ runs over the neurons of the layer before. Mind the indices: a weight has two neurons, to and from; an
# activation has one neuron, and a sample. Everything else follows from these two lines, one question at a time.
#
# **1. The last layer.** There is no activation, so $z^{[D]}_{ij} = \hat y_{ij}$. The loss is the mean over all $n \cdot
# d_D$ numbers, and $\hat y_{ij}$ stands in one term:
#
# $$
# \delta^{[D]}_{ij} = \frac{\partial}{\partial \hat y_{ij}}\,
#   \frac{1}{n\,d_D} \sum_{i'} \sum_{j'} \bigl(\hat y_{i'j'} - y_{i'j'}\bigr)^2
#   = \frac{2}{n\,d_D}\, \bigl(\hat y_{ij} - y_{ij}\bigr) .
# $$

# %% [markdown]
# **2. One layer back.** Suppose that we know all deltas of layer $\ell$. What is the delta of neuron $q$ in the layer
# before? Its sum $z^{[\ell-1]}_{iq}$ makes the activation $a^{[\ell-1]}_{iq}$, and this one is read by **all** neurons
# $j$ of layer $\ell$, for the same sample $i$. So the paths divide at $a^{[\ell-1]}_{iq}$, and we add over $j$:
#
# $$
# \begin{aligned}
# \delta^{[\ell-1]}_{iq}
#   &= \sum_j \frac{\partial L}{\partial z^{[\ell]}_{ij}} \cdot
#      \frac{\partial z^{[\ell]}_{ij}}{\partial a^{[\ell-1]}_{iq}} \cdot
#      \frac{\partial a^{[\ell-1]}_{iq}}{\partial z^{[\ell-1]}_{iq}} \\
#   &= \Bigl( \sum_j \delta^{[\ell]}_{ij} \, w^{[\ell]}_{jq} \Bigr) \cdot \varphi'\bigl(z^{[\ell-1]}_{iq}\bigr) .
# \end{aligned}
# $$
#
# The sum is row $i$ of $\Delta^{[\ell]}$ times column $q$ of $W^{[\ell]}$: an entry of the matrix product
# $\Delta^{[\ell]} W^{[\ell]}$.
#
# **3. A weight.** $w^{[\ell]}_{jq}$ stands in the sum of neuron $j$ for **every** sample, and in no other sum. By
# {eq}`eq-bp-forward`, the local derivative is $a^{[\ell-1]}_{iq}$. Now we add over the samples:
#
# $$
# \frac{\partial L}{\partial w^{[\ell]}_{jq}}
#   = \sum_{i=1}^{n} \delta^{[\ell]}_{ij}\, a^{[\ell-1]}_{iq} .
# $$
#
# The index that is summed, $i$, counts rows in both matrices. So one of them has to be transposed: this is the entry
# $(j, q)$ of ${\Delta^{[\ell]}}^{\mathsf T} A^{[\ell-1]}$.
#
# **4. A bias.** The same with the local derivative 1:
# $\partial L / \partial b^{[\ell]}_j = \sum_{i} \delta^{[\ell]}_{ij}$, the sum of column $j$.

# %% [markdown]
# Together, for a batch, with $\odot$ for the product of two matrices number by number (B as in "backward"):
#
# ```{math}
# :label: eq-bp
# \begin{aligned}
# \text{(B1)}\quad & \Delta^{[D]} = \frac{2}{n\,d_D}\,\bigl(\hat Y - Y\bigr) \\
# \text{(B2)}\quad & \Delta^{[\ell-1]} = \bigl(\Delta^{[\ell]}\, W^{[\ell]}\bigr) \odot
#                   \varphi'\bigl(Z^{[\ell-1]}\bigr) \\
# \text{(B3)}\quad & \frac{\partial L}{\partial W^{[\ell]}} = {\Delta^{[\ell]}}^{\mathsf T} A^{[\ell-1]} \\
# \text{(B4)}\quad & \frac{\partial L}{\partial b^{[\ell]}} = \text{the sum of the rows of } \Delta^{[\ell]}
# \end{aligned}
# ```
#
# ```{table} The shapes in the backward pass, and in our network for $\ell = 2$ and 16 samples
# | what | shape | here |
# |---|---|---|
# | $\Delta^{[\ell]}$ | $(n, d_\ell)$ | (16, 6) |
# | $\Delta^{[\ell]} W^{[\ell]}$, and so $\Delta^{[\ell-1]}$ | $(n, d_\ell)\,(d_\ell, d_{\ell-1}) = (n, d_{\ell-1})$ | (16, 8) |
# | ${\Delta^{[\ell]}}^{\mathsf T} A^{[\ell-1]}$ | $(d_\ell, n)\,(n, d_{\ell-1}) = (d_\ell, d_{\ell-1})$ | (6, 8) |
# | the sum of the rows of $\Delta^{[\ell]}$ | $(d_\ell,)$ | (6,) |
# ```
#
# Three things to look at:
#
# - Forward a layer multiplies by ${W}^{\mathsf T}$, backward by $W$. The same weights, read in the other direction.
# - The $1/n$ of the mean stands in (B1), once. It travels through (B2) to all layers. Equations (B3) and (B4) add; they do
#   not average again.
# - Another loss, or an activation in the last layer, changes (B1) and nothing else. For a classifier with one logit and
#   the mean binary cross-entropy it is $\Delta^{[D]} = \frac1n (\sigma(Z^{[D]}) - Y)$ ({doc}`chapter 05 <05_logistic_by_hand>`). With $K$ logits the
#   loss of a sample of class $c$ is $-\log \hat p_c = \log \sum_k e^{z_k} - z_c$. Its derivative for $z_k$ is $e^{z_k} /
#   \sum e^{z} = \hat p_k$, minus 1 if $k = c$: probabilities minus a 1 at the true class, times $\frac1n$. Forget the
#   $\frac1n$, and you have the gradient of the *sum*.

# %% [markdown]
# ## Exercise 08.2: The backward pass of a two-layer network
#
# One hidden layer with **tanh**, an output layer without an activation, and the mean squared error over all numbers of
# `Y`. Write the forward pass and the four equations {eq}`eq-bp`, without PyTorch:
#
# - `X` is `(n, d)`, `Y` is `(n, k)`; `W1` is `(m, d)`, `b1` is `(m,)`, `W2` is `(k, m)`, `b2` is `(k,)`.
# - Return the four derivatives in the order `dW1, db1, dW2, db2`, each with the shape of its parameter.


# %%
def two_layer_gradients(X, Y, W1, b1, W2, b2):
    """dL/dW1, dL/db1, dL/dW2, dL/db2 of the mean squared error."""
    ### BEGIN SOLUTION: the forward pass, then the four equations
    A1 = np.tanh(X @ W1.T + b1)
    delta2 = 2 * (A1 @ W2.T + b2 - Y) / Y.size
    delta1 = (delta2 @ W2) * (1 - A1**2)
    return delta1.T @ X, delta1.sum(axis=0), delta2.T @ A1, delta2.sum(axis=0)
    ### END SOLUTION


# %%
hint("08.2")

# %%
check("08.2")

# %% [markdown]
# ## Any number of layers
#
# With more layers, equation (B2) is repeated. This is all of backpropagation for an MLP:


# %%
def backward(Z, A, Y, W):
    """The gradients dW[1], dW[2], … and db[1], db[2], … of the mean squared error."""
    dW, db = [None] * len(W), [None] * len(W)
    delta = 2 * (A[-1] - Y) / Y.size  # (B1)
    for layer in reversed(range(1, len(W))):
        dW[layer] = delta.T @ A[layer - 1]  # (B3)
        db[layer] = delta.sum(axis=0)  # (B4)
        if layer > 1:  # nobody asks for the derivative of the inputs
            delta = (delta @ W[layer]) * (1 - A[layer - 1] ** 2)  # (B2)
    return dW, db


Z, A = forward(X, W, b)
dW, db = backward(Z, A, Y, W)
print(f"our weight: {dW[1][4, 0]:.8f}")

# %% [markdown]
# The same −0.00958876, and the 84 other derivatives with it. Here they are, drawn on the network:

# %%
drawing = mlp_draw(model, gradients=dW[1:], add_labels=False, figsize=(7.4, 5.2))
plot.show(
    drawing.alt,
    "The derivative of the loss for each weight. Blue, solid: the loss grows with "
    "the weight. Orange, dashed: it falls. Wide: it reacts strongly.",
)

# %% [markdown]
# Where an edge is blue and wide, the loss would fall if that weight were a little smaller; orange and wide, if it were
# a little larger. (Widths are scaled in each layer: compare only edges of the same layer.)
# A thin edge has little influence *at this point*. It does not say that the weight is unimportant: after a few steps
# that can change.
#
# ### Against PyTorch
#
# PyTorch has its own backward pass. All 85 derivatives, compared:


# %%
def torch_gradients(dtype):
    """dW[1], db[1], dW[2], … by PyTorch, computed with numbers of this type."""
    twin = as_torch(W, b).to(dtype)
    inputs, targets = torch.tensor(X, dtype=dtype), torch.tensor(Y, dtype=dtype)
    nn.functional.mse_loss(twin(inputs), targets).backward()
    return [p.grad.double().numpy() for p in twin.parameters()]


ours = [g for pair in zip(dW[1:], db[1:], strict=True) for g in pair]
worst = {}
for dtype in torch.float64, torch.float32:
    pairs = zip(ours, torch_gradients(dtype), strict=True)
    worst[dtype] = max(np.abs(mine - theirs).max() for mine, theirs in pairs)
    print(dtype, "differences below 1e-6:", bool(worst[dtype] < 1e-6))

# %% [markdown]
# With float64 the largest difference is below $10^{-14}$, and even with float32, PyTorch's usual type, it is below
# $10^{-6}$. That is only rounding: both do the same, in another order.

# %% tags=["claim"]
claim("The same −0.00958876", dW[1][4, 0])
claim("the 84 other derivatives", sum(g.size for g in ours) - 1)
claim("the largest difference is below $10^{-14}$", bool(worst[torch.float64] < 1e-14))
claim("it is below $10^{-6}$", bool(worst[torch.float32] < 1e-6))

# %% [markdown]
# ### The gradient is not the step
#
# After the backward pass, no parameter has changed. We know the slope at one point, and have to decide what to do
# with it. Plain gradient descent subtracts the learning rate times the gradient:


# %%
def after_step(lr):
    """The loss after one step of gradient descent with this learning rate."""
    stepped_W = [None, *(w - lr * g for w, g in zip(W[1:], dW[1:], strict=True))]
    stepped_b = [None, *(c - lr * g for c, g in zip(b[1:], db[1:], strict=True))]
    return loss_of(stepped_W, stepped_b)


for lr in 0, 0.01, 0.1, 10:
    print(f"learning rate {lr:>5}: loss {after_step(lr):.3f}")

# %% [markdown]
# The same correct gradient makes the loss fall from 0.959 to 0.885 with the learning rate 0.1, and makes it grow to
# more than 100 with the learning rate 10. The gradient promises something for *small* steps only. A good step is the
# optimiser's task; a right gradient is ours.

# %% tags=["claim"]
claim(
    "fall from 0.959 to 0.885 with the learning rate 0.1",
    after_step(0),
    after_step(0.1),
    0.1,
)
claim("grow to more than 100 with the learning rate 10", bool(after_step(10) > 100))

# %% [markdown]
# ## Is the gradient right? Check it by differences
#
# A wrong gradient seldom looks wrong. The shapes fit, the loss even falls, only not as far as it should. So test a
# backward pass before you use it. The idea is the one that we began with: change one parameter by a small $h$ and look
# at the loss. There are two ways:
#
# $$
# \text{forward difference: } \frac{L(w + h) - L(w)}{h} , \qquad
# \text{central difference: } \frac{L(w + h) - L(w - h)}{2h} .
# $$
#
# How wrong are they? Write $L$ as a Taylor series around $w$, to both sides:
#
# $$
# L(w \pm h) = L \pm h\,L' + \tfrac{h^2}{2} L'' \pm \tfrac{h^3}{6} L''' + \dots
# $$
#
# Put this into the two formulas:
#
# $$
# \begin{aligned}
# \frac{L(w + h) - L(w)}{h} &= L' + \tfrac{h}{2} L'' + \dots \\
# \frac{L(w + h) - L(w - h)}{2h} &= L' + \tfrac{h^2}{6} L''' + \dots
# \end{aligned}
# $$
#
# In the central difference the term with $L''$ cancels. Its error falls with $h^2$ instead of $h$, for the price of one
# more evaluation. This error, from the terms that were left out, is called the **truncation error**.
#
# So take $h$ as small as possible? No. The computer knows about 16 digits of $L$: each value has a rounding error of
# about $\mathrm{eps} \cdot |L|$, with $\mathrm{eps} = 2.2 \cdot 10^{-16}$ for float64. The subtraction removes the
# digits that agree, the error stays, and the division by $h$ makes it large. This is the **rounding error**, about
# $\mathrm{eps} \cdot |L| / h$.

# %%
steps = 10.0 ** np.arange(-15, 0.1, 0.25)
truth = dW[1][4, 0]
central = np.array([(nudged(h) - nudged(-h)) / (2 * h) for h in steps])
one_sided = np.array([(nudged(h) - nudged(0)) / h for h in steps])
central_error = np.abs(central - truth) / abs(truth)
one_sided_error = np.abs(one_sided - truth) / abs(truth)


# %%
def nudged_single(h):
    """The same loss, with every number in float32 (7 digits)."""
    first = W[1].copy()
    first[4, 0] += h
    W32 = [None, *(w.astype(np.float32) for w in (first, W[2], W[3]))]
    b32 = [None, *(c.astype(np.float32) for c in b[1:])]
    output = forward(X.astype(np.float32), W32, b32)[1][-1]
    return float(np.mean((output - Y.astype(np.float32)) ** 2))


coarse = steps[steps >= 1e-7]
single = [(nudged_single(h) - nudged_single(-h)) / (2 * h) for h in coarse]
single_error = np.abs(np.array(single) - truth) / abs(truth)

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(6.4, 4.2))
curves = {
    "forward difference": (steps, one_sided_error, "s--", "orange"),
    "central difference": (steps, central_error, "o-", "blue"),
    "central, in float32": (coarse, single_error, "^:", "green"),
}
for label, (at, error, style, colour) in curves.items():
    ax.loglog(at, error, style, color=plot.PALETTE[colour], label=label, markersize=3.5)
ax.set(xlabel="step size h", ylabel="relative error of the derivative")
ax.set_ylim(1e-13, 1e3)
note = {"color": plot.PALETTE["ink"], "ha": "center"}
ax.annotate("rounding,\n$1/h$", (2e-14, 1e-6), **note)
ax.annotate("truncation,\n$h$", (1e-6, 3e-4), **note)
ax.annotate("truncation,\n$h^2$", (0.1, 1e-8), **note)
ax.legend(loc="lower left")
plot.show(
    "Three V-shaped curves on logarithmic axes: the relative error against the step "
    "size h from 1e-15 to 1. On the left they fall as h grows: rounding. On the right "
    "they rise: the forward difference with slope 1 from about h = 1e-7, the central "
    "difference with slope 2 from about h = 1e-5, where it is lowest. In float32 the "
    "central difference is lowest at about h = 0.01, with an error of about 1e-4.",
    "The error of a difference against its step size. Too small is as bad as too "
    "large.",
)

# %% [markdown]
# Each curve has the shape of a U (on these axes, a V). On the right, truncation: a step ten times smaller makes the
# forward difference 10 times better, and the central one 100 times. On the left, rounding: both get worse again. The
# best step of the central difference lies near $10^{-5}$, with an error below $10^{-9}$; the best forward difference is
# only good to about $10^{-7}$.
#
# Where is the bottom? Add the two errors of the central difference, with $L'''$ for the third derivative, and set the
# derivative for $h$ to 0:
#
# $$
# \frac{\mathrm{d}}{\mathrm{d}h} \Bigl( \tfrac{h^2}{6} |L'''| + \frac{\mathrm{eps}\,|L|}{h} \Bigr)
# = \tfrac{h}{3} |L'''| - \frac{\mathrm{eps}\,|L|}{h^2} = 0
# \quad\Longrightarrow\quad
# h = \sqrt[3]{\frac{3\,\mathrm{eps}\,|L|}{|L'''|}} .
# $$
#
# Where $L$ and $L'''$ are of ordinary size, this is about the third root of eps, $6 \cdot 10^{-6}$: a good choice if
# you know nothing more. With float32, eps is $1.2 \cdot 10^{-7}$, and even at its best steps the green curve has errors
# of about $10^{-4}$: a small bug would hide in that. So check gradients with float64, whatever you train with.

# %% tags=["claim"]
at = {round(np.log10(s), 2): k for k, s in enumerate(steps)}


def fall(e, k):
    return e[at[k]] / e[at[k - 1]]


best = central_error.argmin()
claim(
    "makes the forward difference 10 times better",
    bool(9 < fall(one_sided_error, -3.0) < 11),
)
claim("and the central one 100 times", bool(90 < fall(central_error, -2.0) < 110))
claim("central difference lies near $10^{-5}$", bool(1e-6 < steps[best] < 1e-4))
claim("with an error below $10^{-9}$", bool(central_error[best] < 1e-9))
claim(
    "only good to about $10^{-7}$",
    bool(1e-8 < np.sort(one_sided_error)[:5].mean() < 1e-6),
)
claim(
    "the third root of eps, $6 \\cdot 10^{-6}$",
    bool(round(np.finfo(float).eps ** (1 / 3) * 1e6) == 6),
)
claim(
    "eps is $1.2 \\cdot 10^{-7}$, and even at its best",
    bool(round(np.finfo(np.float32).eps * 1e7, 1) == 1.2),
)
claim(
    "errors of about $10^{-4}$: a small bug",
    bool(3e-5 < np.sort(single_error)[:5].mean() < 1e-3),
)

# %% [markdown]
# ## Exercise 08.3: The gradient by central differences
#
# The cell gives the loss of one neuron. `theta` holds its weights (one or more) and, as the last entry, its bias. Write
# `numerical_gradient`: for every entry of `theta` the central difference with the step `h`, all others held fixed.
# Return an array of the shape of `theta`, and leave `theta` itself as it was.


# %%
def neuron_loss(theta, X, y):
    """Mean squared error of one tanh neuron: X (n, d), y (n,), theta (d + 1,)."""
    return np.mean((np.tanh(X @ theta[:-1] + theta[-1]) - y) ** 2)


def numerical_gradient(theta, X, y, h):
    """The gradient of neuron_loss for theta, by central differences."""
    ### BEGIN SOLUTION: one parameter at a time, a little up and a little down
    gradient = np.zeros(len(theta))
    for k in range(len(theta)):
        step = np.zeros(len(theta))
        step[k] = h
        up, down = neuron_loss(theta + step, X, y), neuron_loss(theta - step, X, y)
        gradient[k] = (up - down) / (2 * h)
    return gradient
    ### END SOLUTION


# %%
check("08.3")

# %% [markdown]
# The package has the same idea as `scratch.gradient_check`. It changes every number of every parameter, and lists the
# worst disagreements, as a relative error $|\text{numeric} - \text{analytic}|$ divided by the larger of their absolute
# values:

# %%
parameters = [p for pair in zip(W[1:], b[1:], strict=True) for p in pair]
names = ["W1", "b1", "W2", "b2", "W3", "b3"]
report = scratch.gradient_check(lambda: loss_of(W, b), parameters, ours, names=names)
print("all right:", report.ok, "| compared:", len(report.entries))

# %% [markdown]
# All 85 agree to $10^{-6}$ or better. Note what this does not show. It compares the gradient with *the loss that you
# wrote*: if the loss itself is wrong, both agree on the wrong thing. It looks at one point only. And where a step
# crosses the kink of a ReLU, a right gradient can look wrong; then try another point.

# %% tags=["claim"]
claim("All 85 agree to", len(report.entries))
claim("agree to $10^{-6}$ or better", report.ok and report.worst.error < 1e-6)

# %% [markdown]
# ## Exercise 08.4: Find the bugs with a gradient check
#
# A friend has written the backward pass of a classifier: a hidden layer with the sigmoid, one logit, and the **mean**
# binary cross-entropy. So $\Delta^{[2]} = \frac1n (\sigma(Z^{[2]}) - Y)$, and (B2) to (B4) are as before. The code runs
# and all shapes fit. Three of the lettered lines are wrong.


# %%
def friends_loss(X, Y, W1, b1, W2, b2):
    """Mean binary cross-entropy, from logits. This function is right."""
    logits = scratch.sigmoid(X @ W1.T + b1) @ W2.T + b2
    return scratch.binary_cross_entropy(logits, Y)


def friends_gradients(X, Y, W1, b1, W2, b2):
    A1 = scratch.sigmoid(X @ W1.T + b1)  # a
    Z2 = A1 @ W2.T + b2  # b
    delta2 = scratch.sigmoid(Z2) - Y  # c
    dW2 = delta2.T @ A1  # d
    db2 = delta2.sum(axis=0)  # e
    slope = scratch.sigmoid(A1) * (1 - scratch.sigmoid(A1))  # f
    delta1 = (delta2 @ W2) * slope  # g
    dW1 = delta1.T @ X  # h
    db1 = delta1.mean(axis=0)  # i
    return dW1, db1, dW2, db2


# %%
draw = np.random.default_rng(8)
Xf, Yf = draw.normal(size=(5, 3)), draw.integers(0, 2, size=(5, 1)).astype(float)
P = [draw.normal(size=shape) for shape in ((4, 3), (4,), (1, 4), (1,))]
claimed = friends_gradients(Xf, Yf, *P)
report = scratch.gradient_check(
    lambda: friends_loss(Xf, Yf, *P), P, claimed, names=["W1", "b1", "W2", "b2"]
)
for name in "W1", "b1", "W2", "b2":
    own = [e for e in report.entries if e.parameter == name]
    ratios = [e.analytic / e.numeric for e in own]
    print(f"{name}: {len(own):>2} ratios, {min(ratios):.3f} to {max(ratios):.3f}")

# %% [markdown]
# A ratio is the friend's derivative divided by the numerical one; 1 would be right, with five zeros behind the point.
# All 21 derivatives are wrong, but not alike. For W2 and b2 the ratio is always 5.000. For W1 and b1 it changes from
# entry to entry; one is 1.010, so near to 1 that it looks right. A constant ratio tells of a constant factor. A
# changing one tells of something that depends on the neuron or on the sample.
#
# Name the three letters (`bugs`, a string such as `"abc"`), then write the function without its bugs (`repaired`).

# %%
### BEGIN SOLUTION: the letters of the three wrong lines, in one string
bugs = "cfi"
### END SOLUTION


def repaired(X, Y, W1, b1, W2, b2):
    """dL/dW1, dL/db1, dL/dW2, dL/db2 of friends_loss."""
    ### BEGIN SOLUTION: the friend's lines, corrected
    A1 = scratch.sigmoid(X @ W1.T + b1)
    delta2 = (scratch.sigmoid(A1 @ W2.T + b2) - Y) / len(X)
    delta1 = (delta2 @ W2) * A1 * (1 - A1)
    return delta1.T @ X, delta1.sum(axis=0), delta2.T @ A1, delta2.sum(axis=0)
    ### END SOLUTION


# %%
hint("08.4")

# %%
check("08.4")

# %%
bugs, repaired = answer("08.4")
names = ["W1", "b1", "W2", "b2"]
after = scratch.gradient_check(
    lambda: friends_loss(Xf, Yf, *P), P, repaired(Xf, Yf, *P), names=names
)
print("wrong before:", len(report.wrong), "| wrong after:", len(after.wrong))

# %% tags=["claim"]
claim("All 21 derivatives are wrong", len(report.wrong))
claim("All 21 derivatives are wrong", len(report.entries))
second = [e.analytic / e.numeric for e in report.entries if e.parameter in ("W2", "b2")]
claim("the ratio is always 5.000", max(second))
claim("the ratio is always 5.000", min(second))
first = [e.analytic / e.numeric for e in report.entries if e.parameter in ("W1", "b1")]
claim("it changes from entry to entry", bool(np.ptp(first) > 0.1))
claim("one is 1.010", min(first, key=lambda ratio: abs(ratio - 1)))
claim("Three of the lettered lines are wrong", len(bugs) == 3 and after.ok)

# %% [markdown]
# ## A machine that differentiates
#
# We derived four equations for one kind of network and one loss. Change the activation, add a connection that skips a
# layer, take another loss, and you would have to derive again. But look at what we did each time: we wrote down local
# derivatives, multiplied along paths, and added. A program can do that for *every* computation, if it remembers how
# each number came about. This is {term}`automatic differentiation`, and the program is called an **autograd engine**.
#
# We build one in four steps.
#
# **Step 1: numbers that remember.** A `Number` holds its value, the numbers that it was made of (its parents), and for
# each parent the local derivative.


# %%
class Number:
    """A number that remembers how it was computed."""

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = data, 0.0
        self.parents, self.slopes = parents, slopes

    def __add__(self, other):
        return Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        # d(uv)/du = v and d(uv)/dv = u
        return Number(self.data * other.data, (self, other), (other.data, self.data))


# %%
x = Number(2.0)
f = (Number(3.0) * x) * (x * x)
print("f =", f.data, "| made of", [p.data for p in f.parents], "| slopes", f.slopes)

# %% [markdown]
# Python calls `__add__` for `+` and `__mul__` for `*`. So we write a formula as usual, and the graph builds itself.
#
# **Step 2: walk along all paths.** The first attempt is {eq}`eq-paths` word for word: follow every path from the result
# back, multiply on the way, and add up what arrives.

# %%
visits = 0


def walk(node, product=1.0):
    """Add the product of the local derivatives of every path to `grad`."""
    global visits
    visits += 1
    node.grad += product
    for parent, slope in zip(node.parents, node.slopes, strict=True):
        walk(parent, product * slope)


walk(f)
print("df/dx =", x.grad, "| visits:", visits)

# %% [markdown]
# The result is 36, as before. Note the `+=`: `x` is used three times, and **each use adds its part**. With `=` the last
# path would overwrite the others: a common bug of home-made engines.
#
# But now let a number be doubled, `x = x + x`, again and again. Each doubling doubles the number of paths:

# %%
counts = {}
for doublings in 4, 8, 16:
    top = Number(1.0)
    for _ in range(doublings):
        top = top + top
    visits = 0
    walk(top)
    counts[doublings + 1] = visits
print("numbers: visits", counts)

# %% [markdown]
# 17 numbers, and 131,071 visits. This is the explosion of paths from above, in its smallest form.

# %% tags=["claim"]
claim("The result is 36", x.grad)
claim("17 numbers, and 131,071 visits", bool(visits == 131071 and doublings == 16))

# %% [markdown]
# **Step 3: every number once.** The way out is the same too: a number passes on its `grad` only when its `grad` is
# complete, that is when everything that was made of it has had its turn. So we need an order in which every number
# stands **after** its parents, and go through it backwards. Such an order is a **topological order**.


# %%
def history(result):
    """All numbers behind the result, each one after those that it was made of."""
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(result)
    return order


# %%
def sweep(result):
    """Backpropagation: put d(result)/d(number) into the grad of every number."""
    order = history(result)
    for node in order:
        node.grad = 0.0
    result.grad = 1.0  # d(result)/d(result)
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad += node.grad * slope
    return len(order)


visited = sweep(f)
print("df/dx =", x.grad, "| visits:", visited)
print("visits after 16 doublings:", sweep(top))

# %% [markdown]
# The same 36, and 17 visits in place of 131,071. Those ten lines are backpropagation in full generality: `node.grad` is
# the delta of the four equations, and the inner loop is equation (B2), written for any graph.
#
# **Step 4: more operations.** A new operation needs three things: the result, the parents, the local derivatives.
# Nothing else in the engine changes.

# %% tags=["claim"]
claim("The same 36, and 17 visits", x.grad, sweep(top))


# %%
def tanh(u):
    out = np.tanh(u.data)
    return Number(out, (u,), (1 - out**2,))


def exp(u):
    out = np.exp(u.data)
    return Number(out, (u,), (out,))


def power(u, exponent):  # the exponent is a plain number
    slope = exponent * u.data ** (exponent - 1)
    return Number(u.data**exponent, (u,), (slope,))


def minus(u, v):
    return Number(u.data - v.data, (u, v), (1.0, -1.0))


# %%
w, c, x, y = (Number(value) for value in (0.5, -0.2, 2.0, 1.0))
L = power(minus(tanh(w * x + c), y), 2)  # the squared error of one neuron
sweep(L)
t = [
    torch.tensor(n.data, dtype=torch.float64, requires_grad=True) for n in (w, c, x, y)
]
((torch.tanh(t[0] * t[2] + t[1]) - t[3]) ** 2).backward()
print("engine: ", [f"{n.grad:.6f}" for n in (w, c, x, y)])
print("PyTorch:", [f"{n.grad:.6f}" for n in t])

# %% [markdown]
# A neuron, a loss, and all derivatives, also those for the input and the target, which nobody had to derive. They are
# the same numbers that PyTorch finds.

# %% tags=["claim"]
claim(
    "They are the same numbers that PyTorch finds",
    bool(
        np.allclose(
            [n.grad for n in (w, c, x, y)], [n.grad.item() for n in t], atol=1e-14
        )
    ),
)

# %% [markdown]
# ## Exercise 08.5: Two more operations
#
# Write the arithmetic of two nodes. Each function returns the result and the local derivatives, as plain numbers:
#
# - `divide(u, v)` returns three numbers: $u / v$, its derivative for $u$, its derivative for $v$.
# - `sigmoid_node(z)` returns two: $\sigma(z)$ and $\sigma'(z)$. It has to work for $z = -1000$ and $z = 1000$ too.


# %%
def divide(u, v):
    """u / v, and its derivatives for u and for v."""
    ### BEGIN SOLUTION: three numbers
    return u / v, 1 / v, -u / v**2
    ### END SOLUTION


def sigmoid_node(z):
    """σ(z) and σ'(z), for every z."""
    ### BEGIN SOLUTION: two numbers
    small = np.exp(-abs(z))  # never above 1
    out = (1 if z >= 0 else small) / (1 + small)
    return out, small / (1 + small) ** 2
    ### END SOLUTION


# %%
check("08.5")

# %% [markdown]
# ## Exercise 08.6: The sweep, on a list
#
# The engine does not need objects. Let the numbers of a computation be 0, 1, 2, …, in the order in which they were
# computed, so that parents come first. `parents[k]` lists the numbers that number `k` was made of, and `slopes[k]` the
# local derivatives, in the same order. The last number is the result. For $f = u \cdot v$ with $u = 3x$ and $v = x^2$
# at $x = 2$:
#
# ```
# number    0: x    1: u     2: v     3: f
# parents   []      [0]      [0]      [1, 2]
# slopes    []      [3.0]    [4.0]    [4.0, 6.0]
# ```
#
# Return the derivatives of the result with respect to every number, in order. Here they are `[36.0, 4.0, 6.0, 1.0]`. A
# number can stand twice in one list, as for `x * x`. If no path leads from a number to the result, its derivative is 0.


# %%
def graph_gradients(parents, slopes):
    """d(last number)/d(number k) for every k, in order."""
    ### BEGIN SOLUTION: start with 1 at the result, then go back
    grads = [0.0] * len(parents)
    grads[-1] = 1.0
    for k in reversed(range(len(parents))):
        for parent, slope in zip(parents[k], slopes[k], strict=True):
            grads[parent] += grads[k] * slope
    return grads
    ### END SOLUTION


# %%
hint("08.6")

# %%
check("08.6")

# %% [markdown]
# ## The engine of the course: `scratch.Value`
#
# `nnlab.scratch.Value` is the same engine with some comfort: plain numbers beside a `Value` become one (`3 * x`), there
# are more operations, very long sums work too, `dot` makes a neuron's weighted sum a single node, and a graph can be
# drawn. Here is a neuron with two inputs and its squared error. Follow one gradient with your finger: the `grad` of a
# box is a sum over the arrows that leave it. Each arrow gives its number times the `grad` of the box at its end.

# %%
w1, w2 = scratch.Value(0.5, name="w1"), scratch.Value(-1.0, name="w2")
bias = scratch.Value(0.3, name="b")
a = scratch.dot([w1, w2], [2.0, 1.0], bias).tanh()
error = (a - 1) ** 2
error.backward()
drawing = error.draw()
plot.show(
    drawing.alt,
    "The squared error of a neuron with inputs 2 and 1 and target 1. The gradient "
    "runs from right to left.",
)

# %% [markdown]
# The input 2 makes the gradient of w1 twice that of w2 and of the bias. For the same reason a feature with large
# numbers gets large gradients, and one more reason to standardise is found
# ({doc}`chapter 02 <02_regression_as_a_network>`).
#
# How long is this engine? Let us count its lines of code, without comments and docstrings:

# %% tags=["hide-input"]
import ast
import inspect

tree = ast.parse(inspect.getsource(inspect.getmodule(scratch.Value)))
for node in ast.walk(tree):
    if isinstance(
        node, ast.Module | ast.ClassDef | ast.FunctionDef
    ) and ast.get_docstring(node):
        node.body = node.body[1:] or [ast.Pass()]
engine_lines = sum(bool(line.strip()) for line in ast.unparse(tree).splitlines())
print("lines of code:", engine_lines)

# %% [markdown]
# About a hundred lines, to differentiate everything that you can write with them. Now the test: the whole network of
# this chapter, 16 samples, every weight an object, no matrix anywhere.

# %%
engine = scratch.ValueMLP((2, 8, 6, 1), activation="tanh")
for layer, (own_W, own_b) in enumerate(zip(W[1:], b[1:], strict=True)):
    for neuron, (weights_of, bias_of) in enumerate(engine.layers[layer]):
        bias_of.data = own_b[neuron]
        for k, weight in enumerate(weights_of):
            weight.data = own_W[neuron, k]

terms = [(engine(row)[0] - target) ** 2 for row, (target,) in zip(X, Y, strict=True)]
total = sum(terms[1:], terms[0]) * (1 / len(X))
total.backward()
by_engine = engine.layers[0][4][0][0].grad  # layer 1, neuron 5, its first weight
print(f"engine {by_engine:.8f}, matrices {dW[1][4, 0]:.8f}")

# %%
flat = [[[w.grad for w in ws] for ws, _ in layer] for layer in engine.layers]
agree = [np.allclose(g, dW[k + 1], rtol=0, atol=1e-14) for k, g in enumerate(flat)]
print("all weights agree:", all(agree), "| numbers in the graph:", len(history(total)))

# %% [markdown]
# The fourth time −0.00958876. By trying, by paths, by matrices, by the engine: it is one and the same chain rule. The
# graph has 646 numbers, each a Python object of its own. That is why the engine is for
# understanding and the matrices are for work.
#
# PyTorch joins the two: an engine as ours, but every node holds a whole tensor, and the local derivative of a layer is
# a matrix product. You can look at its record of the forward pass:

# %%
record = ((model(torch.tensor(X)) - torch.tensor(Y)) ** 2).mean().grad_fn
no_step = "AccumulateGrad", "TBackward0"  # the weights, and their transposition
names = []
while record is not None:
    names.append(record.name().removesuffix("Backward0"))
    before = [f for f, _ in record.next_functions if f is not None]
    before = [f for f in before if not f.name().endswith(no_step)]
    record = before[0] if before else None
print(" <- ".join(names))

# %% [markdown]
# Read it from left to right and you go backwards through the network: mean, square, difference; then, three times, a
# layer (`Addmm`: a product and a sum), with tanh between them. `backward()` walks along this record, as `sweep` does.
# One thing differs. `sweep` sets every `grad` to 0 first. PyTorch adds to the `.grad` of the parameters from one call
# of `backward()` to the next, and therefore every training loop clears the gradients itself.

# %% tags=["claim"]
claim("The fourth time −0.00958876", by_engine)
claim("About a hundred lines", bool(80 <= engine_lines <= 130))
claim("The graph has 646 numbers", len(history(total)))
claim("it is one and the same chain rule", all(agree))
claim(
    "The input 2 makes the gradient of w1 twice that of w2 and of the bias",
    bool(np.isclose(w1.grad, 2 * w2.grad) and np.isclose(w2.grad, bias.grad)),
)
claim("three times, a layer", names.count("Addmm") == 3 and names.count("Tanh") == 2)

# %% [markdown]
# ## What does it cost?
#
# Count the multiplications in the matrix products: they do not depend on the machine, and all the rest is small. A
# product of matrices of shapes $(n, m)$ and $(m, k)$ takes $n\,m\,k$ of them. Forward, layer $\ell$ costs one such
# product, $n\,d_{\ell-1}\,d_\ell$. Backward it costs two of the same size: one for the gradient of its weights, (B3),
# and one for the deltas before it, (B2). Only the first layer needs no deltas before it. So the backward pass costs
# **at most twice** the forward pass. Differences cost two forward passes for each parameter.


# %%
def costs(sizes, n):
    """Multiplications in matrix products: forward, backward, central differences."""
    pairs = list(pairwise(sizes))
    forward_cost = sum(n * into * out for into, out in pairs)
    backward_cost = 2 * forward_cost - n * pairs[0][0] * pairs[0][1]
    parameters = sum(into * out + out for into, out in pairs)
    return parameters, forward_cost, backward_cost, 2 * parameters * forward_cost


# %%
rows = {}
for widths in [2, 8, 6, 1], [784, 100, 10], [100] * 11:
    p, fore, back, trying = costs(widths, n=16)
    name = "100, eleven times" if len(widths) > 9 else "-".join(map(str, widths))
    rows[name] = {
        "parameters": f"{p:,}",
        "forward": f"{fore:,}",
        "backward / forward": f"{back / fore:.2f}",
        "differences / forward": f"{trying // fore:,}",
    }
cost_table = pd.DataFrame(rows).T.rename_axis("layer sizes")
plot.table(
    cost_table,
    "Multiplications for 16 samples, and the gradient's price in forward passes",
)

# %% [markdown]
# The gradient of all 79,510 parameters of the second network costs 1.01 forward passes by backpropagation, because most
# of the weights sit in its first layer, and 159,020 by differences. Our formula is a claim of its own, so let us count
# what the code really does:


# %%
class Counted(np.ndarray):
    """An array that counts the multiplications of its matrix products."""

    count = 0

    def __matmul__(self, other):
        Counted.count += self.shape[0] * self.shape[1] * other.shape[1]
        return super().__matmul__(other)


counted = [w if w is None else w.view(Counted) for w in W]
Z, A = forward(X.view(Counted), counted, b)
seen_forward, Counted.count = Counted.count, 0
backward(Z, A, Y, counted)
print("forward:", seen_forward, "| backward:", Counted.count)

# %% [markdown]
# For our network the count is 1120 forward and 1984 backward, as the formula says. This is a law far beyond networks:
# for **every** function that a program computes as one number from many, by operations with known derivatives,
# backpropagation gives the whole gradient for a small constant times the price of the function, however many inputs
# there are {cite:p}`griewank2008evaluating`.
#
# What it costs in exchange is **memory**. The backward pass needs every $A^{[\ell]}$, so they must all be kept (or
# computed a second time): $n \cdot \sum_\ell d_\ell$ numbers. In training this, and not the weights, often fills the
# memory, and a smaller batch helps. When you only predict, tell PyTorch to keep nothing: `torch.no_grad()`.

# %% tags=["claim"]
p, fore, back, trying = costs([784, 100, 10], n=16)
claim("all 79,510 parameters", bool(p == 79510))
claim("costs 1.01 forward passes", back / fore)
claim("and 159,020 by differences", bool(trying / fore == 159020))
claim("the count is 1120 forward and 1984 backward", seen_forward, Counted.count)
claim("as the formula says", costs(sizes, 16)[1:3] == (seen_forward, Counted.count))
claim(
    "**at most twice** the forward pass",
    bool(
        max(
            costs(s, 16)[2] / costs(s, 16)[1]
            for s in (sizes, [784, 100, 10], [100] * 11)
        )
        < 2
    ),
)

# %% [markdown]
# ## Who found it?
#
# Several people, independently. {cite:t}`linnainmaa1976taylor` described the backward sweep for rounding errors of
# programs, {cite:t}`werbos1974beyond` worked it out for models that are fitted to data, and
# {cite:t}`rumelhart1986learning` showed that with it hidden layers learn useful features. In their paper the word means
# the whole procedure, gradient and update. Today it means the gradient alone, and that is how this book uses it.
#
# ## Recap
#
# - Along a path multiply the local derivatives; over all paths add. That is the chain rule.
# - There are too many paths, but few neurons. Keep one number for each neuron and sample, $\delta = \partial L /
#   \partial z$, and go from the loss backwards.
# - Four equations: start with $\partial L / \partial Z^{[D]}$; go back by $(\Delta W) \odot \varphi'(Z)$; weights get
#   $\Delta^{\mathsf T} A$, biases the column sums of $\Delta$. The $1/n$ stands in the first, once.
# - $\partial L / \partial \hat y_i$ has no sum over samples. $\partial L / \partial w$ has.
# - An engine needs, for each operation, result, parents and slopes. A value that is used twice gets two parts: `+=`.
# - Check a gradient by central differences, in float64, with $h$ near $10^{-5}$. Smaller is worse.
# - Backward costs at most two forward passes, whatever the number of parameters. It computes a gradient; it takes no
#   step.

# %%
progress()

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: A network has 3 inputs, hidden layers of 5 and 4 neurons, and 2 outputs that both enter the loss. How many paths lead from one weight of the first layer to the loss, for one sample?
#   number: 8
#   why: "The weight enters one neuron of the first hidden layer. From there a path chooses one of 4 neurons, then one of 2 outputs: $4 \\cdot 2 = 8$."
# - question: What does backpropagation do?
#   options:
#     - wrong: It improves gradient descent, so that it works for deep networks.
#       why: Gradient descent is the same for every function. It needs a gradient, and does not care where it comes from.
#     - right: It computes the derivatives of the loss for all parameters.
#       why: Just that. The parameters are as they were.
#     - wrong: It sends the errors back and corrects the weights with them.
#       why: Correcting the weights is the step of an optimiser. After the backward pass no weight has changed.
# - question: "A gradient check says: in your network of two layers, the last layer is right, but all weights and biases of the first one are wrong, by changing ratios. Which lines can be the cause?"
#   several: true
#   options:
#     - right: the one that multiplies by $\varphi'(Z^{[1]})$
#       why: It enters the delta of the first layer, and nothing of the last layer.
#     - right: the one that multiplies the deltas of the last layer by its weights
#       why: The last layer's own gradients do not need that product.
#     - wrong: the one with the $1/n$ of the loss
#       why: It stands in the delta of the last layer, so the last layer would be wrong too, by a constant factor.
#     - wrong: the one that sums the deltas of the first layer for the biases
#       why: Then the biases of the first layer would be wrong and its weights right.
# - question: Central differences with $h = 10^{-3}$ have an error of $2 \cdot 10^{-7}$, all of it truncation. About how large is the error with $h = 10^{-4}$? Answer in units of $10^{-9}$.
#   number: 2
#   tolerance: 0.1
#   why: The truncation error falls with $h^2$, so a step ten times smaller makes it 100 times smaller.
# - question: In your own engine the line is `parent.grad = node.grad * slope`, with `=`. For which of these is the gradient for $x$ wrong?
#   several: true
#   options:
#     - right: "`x * x`"
#       why: Both parents are x. The second part overwrites the first, and you get x in place of 2x.
#     - wrong: "`(3 * x).tanh()`"
#       why: There is one path only, so nothing is overwritten.
#     - right: "`x.exp() + x`"
#       why: Two paths lead from x to the result. Only one of them survives.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`nielsen2015neural`, chapter 2: the four equations with a slow and careful discussion. Free to read online.
# - {cite:t}`rumelhart1986learning`: four pages, and easy to read after this chapter.
# - {cite:t}`baydin2018automatic`: a survey of automatic differentiation in machine learning, with what it is not.
# - {cite:t}`griewank2008evaluating`: the book on the subject; chapters 3 and 4 have the backward sweep and the bounds on its cost.
# - {cite:t}`paszke2019pytorch`: how PyTorch's engine is built.
