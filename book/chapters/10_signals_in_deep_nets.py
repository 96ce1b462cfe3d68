# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Signals in deep networks
#
# Take the simplest task there is: $y$ is a weighted sum of ten inputs. Linear regression solves it. Now give it to a
# network with ten hidden layers, which can do far more. It learns **nothing at all**. Its loss stops at a certain
# number and stays there.
#
# **What happens to a signal on its way through many layers, and what keeps it alive?** Four answers have made deep
# networks possible: the right scale of the first weights, scaled inputs, normalisation between the layers, and
# connections that skip a layer. You will derive the first from two lines about variances, and measure all four.
#
# You need the MLP of {doc}`chapter 06 <06_multilayer_perceptron>`, gradient descent
# ({doc}`chapter 07 <07_gradient_descent>`) and backpropagation ({doc}`chapter 08 <08_backpropagation>`).

# %% tags=["parameters"]
SEED = 0
FAST = False
DEVICE = None

# %%
import pandas as pd
import numpy as np
import matplotlib.pyplot as plt
import torch
from torch import nn

from nnlab import answer, check, hint, plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREEN, PURPLE, GREY, INK = (
    plot.PALETTE[name] for name in ("blue", "orange", "green", "purple", "grey", "ink")
)

# %% [markdown]
# ## A deep network that learns nothing
#
# The data: 160 samples of ten random inputs, and a target that is a weighted sum of them plus a little noise. The
# network: ten hidden layers of five sigmoid neurons. The training: 500 steps of gradient descent on all samples.


# %%
def sums(seed, n=160):
    """10 inputs and their weighted sum with noise 0.1: X (n, 10), y (n, 1)."""
    draw = torch.Generator().manual_seed(seed)
    X = torch.randn(n, 10, generator=draw)
    w, b = torch.randn(10, 1, generator=draw), torch.randn(1, generator=draw)
    return X, X @ w + b + 0.1 * torch.randn(n, 1, generator=draw)


def deep(activation, width=5, depth=10, seed=0):
    """10 inputs, `depth` layers of `width` neurons, 1 output; PyTorch's own start."""
    torch.manual_seed(seed)
    layers, d = [], 10
    for _ in range(depth):
        layers += [nn.Linear(d, width), activation()]
        d = width
    return nn.Sequential(*layers, nn.Linear(d, 1))


# %%
def descend(net, X, y, lr=0.01, steps=500):
    """Gradient descent on the MSE of all samples; return the losses."""
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = ((net(X) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


X, y = sums(SEED)
losses = descend(deep(nn.Sigmoid), X, y)
variance = y.var(unbiased=False).item()
for step in 1, 50, 100, 300, 500:
    print(f"step {step:3}: loss {losses[step - 1]:.6f}")
print(f"variance of y: {variance:.6f}")

# %% [markdown]
# The loss ends at the variance of $y$, to five digits. You know this number as a sign (chapter 06): the network
# predicts the mean of $y$ for every sample. Only the bias of the last layer has learned something. Everything that
# comes from the input is lost on its way.
#
# From now on we give each loss as a share of that variance. **1 means: nothing learned.** Linear regression would reach
# almost 0.

# %% tags=["claim"]
from nnlab import claim

claim(
    "The loss ends at the variance of $y$, to five digits",
    bool(abs(losses[-1] / variance - 1) < 1e-5),
)
line = np.linalg.lstsq(np.column_stack([X, np.ones(160)]), y.numpy(), rcond=None)[1]
claim("Linear regression would reach almost 0", bool(line[0] / 160 / variance < 0.01))
claim("160 samples of ten random inputs", len(X))

# %% [markdown]
# ## Exercise 10.1: The gradient of each layer
#
# Write `gradient_norms(net, X, y)`: compute the mean squared error of the network on `X` and `y`, go backward once, and
# return a list with one number for each `nn.Linear`, in order: the length (the root of the sum of squares) of the
# gradient of its **weight matrix**. `y` has the shape of `net(X)`. Clear the gradients first: `backward` adds to what
# an earlier step left there.


# %%
def gradient_norms(net, X, y):
    """||dL/dW|| of every nn.Linear of net, first layer first: a list of numbers."""
    ### BEGIN SOLUTION: clear old gradients, one backward pass, then one norm a layer
    net.zero_grad()
    ((net(X) - y) ** 2).mean().backward()
    return [m.weight.grad.norm().item() for m in net if isinstance(m, nn.Linear)]
    ### END SOLUTION


# %%
check("10.1")

# %%
gradient_norms = answer("10.1")
norms = gradient_norms(deep(nn.Sigmoid), X, y)
print("first layer:", f"{norms[0]:.1e}", "  last layer:", f"{norms[-1]:.1e}")

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(6.0, 3.2))
ax.plot(range(1, 12), norms, "o-", color=BLUE)
ax.set(yscale="log", xlabel="layer, from the input to the output", xticks=range(1, 12))
ax.set_ylabel("length of the gradient")
plot.show(
    "The length of the gradient of each of the eleven layers, on a logarithmic axis. "
    "It falls almost along a straight line from about 2 at the last layer to about "
    "4e-9 at the first.",
    "The gradient before the first step of training, layer by layer.",
)

# %% [markdown]
# The gradient of the last layer has length 2.3, that of the first $3.9 \cdot 10^{-9}$: a factor of 600 million. The
# logarithmic axis shows how: from the last layer down to the second, **each layer takes away about the same share.**
# This is the {term}`vanishing gradient`. The first layers get no message. And the last layers, which do get one, see
# nothing of the input, because the same shrinking has happened to the signal on the way forward.
#
# (Print such numbers with `e`. With `:.6f` you would read `0.000000` and believe that it is exactly 0.)

# %% tags=["claim"]
claim("The gradient of the last layer has length 2.3", norms[-1])
claim("that of the first $3.9 \\cdot 10^{-9}$", norms[0] / 1e-9, 10, -9)
claim("a factor of 600 million", bool(5.5e8 < norms[-1] / norms[0] < 6.5e8))
steps_down = np.diff(np.log10(norms))[1:]
claim(
    "each layer takes away about the same share",
    bool(steps_down.min() > 0.7 and steps_down.max() < 1.2),
)

# %% [markdown]
# ## Why it shrinks: a product with many factors
#
# Recall the backward pass (chapter 08). Let $\delta^{[\ell]}$ ("delta") be the gradient of the loss with respect to the
# sums $z^{[\ell]}$ of layer $\ell$, for one sample. It comes from the layer above:
#
# ```{math}
# :label: eq-signals-delta
# \delta^{[\ell]} = \Bigl( {W^{[\ell+1]}}^{\mathsf T} \, \delta^{[\ell+1]} \Bigr) \cdot \varphi'\bigl(z^{[\ell]}\bigr) .
# ```
#
# (The dot multiplies number by number.) On the way from the output to the first layer you meet ten such factors: a
# weight matrix and a slope, again and again. For the sigmoid the slope is
#
# $$ \sigma'(z) = \sigma(z) \, (1 - \sigma(z)) \le \tfrac14 , $$
#
# because a product of two numbers with sum 1 is largest when both are one half. Ten slopes alone give at most
# $(1/4)^{10} \approx 10^{-6}$. Weights that are smaller than 1 do the rest.
#
# The same product can grow: with large weights and slopes of 1 each factor may be larger than 1, and the
# {term}`exploding gradient` throws the weights out of every reasonable range in one step. A product of many factors has
# only two fates, **unless the factors are 1 on average.** That is the whole programme of this chapter.


# %%
def through_layers(std, depth=50, width=100, seed=0):
    """The typical size of a signal after each random layer with weights of this std."""
    rng = np.random.default_rng(seed)
    a, sizes = rng.normal(size=width), []
    for _ in range(depth):
        a = rng.normal(0, std, (width, width)) @ a
        sizes.append(np.sqrt(np.mean(a**2)))
    return np.array(sizes)


sizes = {std: through_layers(std) for std in (0.08, 0.1, 0.12)}
print({std: f"{size[-1]:.1e}" for std, size in sizes.items()})

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(6.0, 3.2))
looks = {0.08: (BLUE, "--"), 0.1: (INK, "-"), 0.12: (ORANGE, ":")}
for std, size in sizes.items():
    color, dashes = looks[std]
    ax.plot(
        range(1, 51), size, color=color, linestyle=dashes, label=f"weights of std {std}"
    )
ax.set(yscale="log", xlabel="layer", ylabel="typical size of the signal")
ax.legend()
plot.show(
    "Three lines on a logarithmic axis over 50 layers. With weights of standard "
    "deviation 0.08 the size of the signal falls to about 1e-5, with 0.12 it rises to "
    "about 1e4, and with 0.1 it stays near 1.",
    "100 numbers through 50 random layers without activation. A little less, a little "
    "more.",
)

# %% [markdown]
# With weights of standard deviation 0.08 the signal is $1.5 \cdot 10^{-5}$ after 50 layers, with 0.12 it is almost
# 10 000, and with 0.1 it stays near 1. A change of 20 % decides. Where does the number 0.1 come from? There are 100
# inputs to each neuron, and $0.1 = 1/\sqrt{100}$. That is no accident.

# %% tags=["claim"]
claim("$1.5 \\cdot 10^{-5}$ after 50 layers", sizes[0.08][-1] / 1e-5, 10, -5, 50)
claim("with 0.12 it is almost 10 000", bool(9500 < sizes[0.12][-1] < 10000))
claim(
    "with 0.1 it stays near 1", bool(sizes[0.1].min() > 0.5 and sizes[0.1].max() < 1.5)
)

# %% [markdown]
# ## The right scale, from variances
#
# Take one neuron with $d$ inputs. Its weights are random: independent, mean 0, variance $\operatorname{Var}(w)$. Its
# bias starts at 0. Its inputs $x_j$ do not depend on the weights. Then
#
# $$
# \begin{aligned}
# \operatorname{Var}(z) &= \operatorname{Var}\Bigl(\sum_{j=1}^{d} w_j x_j\Bigr)
#   = \sum_{j=1}^{d} \operatorname{Var}(w_j x_j)
#   && \text{(independent weights of mean 0: variances add)} \\
# &= \sum_{j=1}^{d} \mathbb{E}[w_j^2]\, \mathbb{E}[x_j^2]
#   && \text{(mean 0, so the variance is the mean square)} \\
# &= d \cdot \operatorname{Var}(w) \cdot \mathbb{E}[x^2] .
# \end{aligned}
# $$
#
# $\mathbb{E}$ is the expected value, the mean over all random draws. In words: **the layer multiplies the mean square
# of the signal by $d \operatorname{Var}(w)$.**
#
# **No bend (or tanh near 0).** What leaves the layer is $z$ itself. For the mean square to stay as it is we need $d
# \operatorname{Var}(w) = 1$, so the standard deviation must be $1/\sqrt d$. On the way back the same argument holds
# with the number of *outputs*. Unless both numbers are equal you cannot have both, so {cite:t}`glorot2010understanding`
# take the mean of the two numbers. This is {term}`Xavier initialisation`: $\operatorname{Var}(w) = 2 / (d_{\ell-1} +
# d_\ell)$.
#
# **ReLU.** Draw the weights from a bell curve. Then $z$ is symmetric about 0, and ReLU sets the negative half to 0. So
# the mean square of $\operatorname{ReLU}(z)$ is half of $\operatorname{Var}(z)$. To make up for the lost half,
# {cite:t}`he2015delving` double the variance:
#
# ```{math}
# :label: eq-signals-he
# \operatorname{Var}(w) = \frac{2}{d} , \qquad \text{standard deviation } \sqrt{2 / d} .
# ```
#
# This is {term}`He initialisation`.

# %% [markdown]
# ## Exercise 10.2: The scale for a leaky ReLU
#
# The {term}`leaky ReLU` does not set negative numbers to 0; it multiplies them by a small slope $\zeta$ ("zeta"): $z$
# where $z > 0$, and $\zeta z$ elsewhere. With $\zeta = 0$ it is ReLU, with $\zeta = 1$ it does nothing.
#
# Derive the standard deviation that keeps the mean square of the signal, and write `initial_std(d, slope)`. Which share
# of the mean square do the two halves of $z$ keep? Test it in your head with $\zeta = 0$ and $\zeta = 1$.


# %%
def initial_std(d, slope):
    """Std of the weights of a neuron with d inputs, before a leaky ReLU."""
    ### BEGIN SOLUTION: the root of the variance that keeps the mean square
    return (2 / ((1 + slope**2) * d)) ** 0.5
    ### END SOLUTION


# %%
check("10.2")

# %%
initial_std = answer("10.2")


def start(net, slope):
    """Give every nn.Linear of net weights of the right scale, and biases of 0."""
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0, initial_std(layer.in_features, slope))
            nn.init.zeros_(layer.bias)
    return net


print(
    "10 ReLU layers, PyTorch's start:",
    f"{gradient_norms(deep(nn.ReLU, 32), X, y)[0]:.1e}",
)
print(
    "10 ReLU layers, He:             ",
    f"{gradient_norms(start(deep(nn.ReLU, 32), 0), X, y)[0]:.1e}",
)

# %% [markdown]
# ## "Use ReLU": a piece of advice, tested
#
# You can read that ReLU cures the vanishing gradient, because its slope is 1 where it is not 0. Before you run the next
# cell, predict: which of these deep networks will learn?
#
# 1. ReLU, five neurons in each layer, PyTorch's own start
# 2. ReLU, 32 neurons, PyTorch's own start
# 3. ReLU, 5 neurons, He
# 4. ReLU, 32 neurons, He
# 5. tanh, 32 neurons, Xavier (all layers but the first and the last are square, so $1/\sqrt d$ will do)
#
# Each is trained for 300 steps on six data sets with six starts.

# %%
recipes = {
    "ReLU, 5, PyTorch": lambda s: deep(nn.ReLU, 5, seed=s),
    "ReLU, 32, PyTorch": lambda s: deep(nn.ReLU, 32, seed=s),
    "ReLU, 5, He": lambda s: start(deep(nn.ReLU, 5, seed=s), slope=0),
    "ReLU, 32, He": lambda s: start(deep(nn.ReLU, 32, seed=s), slope=0),
    "tanh, 32, Xavier": lambda s: start(deep(nn.Tanh, 32, seed=s), slope=1),
}


def shares(recipe):
    """Loss after training as a share of the variance of y, for the seeds 0 to 5."""
    ends = []
    for seed in range(6):
        X, y = sums(seed)
        loss = descend(recipe(seed), X, y, steps=300)[-1]
        ends.append(loss / y.var(unbiased=False).item())
    return np.array(ends)


ended = {name: shares(recipe) for name, recipe in recipes.items()}


# %% tags=["hide-input"]
def strip(ended, alt, caption):
    """One row for each recipe, one mark for each seed."""
    _, ax = plt.subplots(figsize=(6.6, 0.6 + 0.5 * len(ended)))
    for row, values in enumerate(ended.values()):
        learned = values < 0.5
        at = row + np.linspace(-0.32, 0.32, len(values))
        ax.plot(values[learned], at[learned], "o", color=BLUE)
        ax.plot(values[~learned], at[~learned], "x", color=ORANGE, markersize=5)
    ax.axvline(1, color=GREY, linestyle=":")
    ax.set(
        xscale="log",
        xlabel="loss / variance of y, after training",
        ylim=(len(ended) - 0.5, -0.5),
    )
    ax.set_yticks(range(len(ended)), list(ended))
    plot.show(alt, caption)


strip(
    ended,
    "Five rows of six marks on a logarithmic axis. Both ReLU networks with PyTorch's "
    "start: all marks at 1. ReLU with 5 neurons and He: three marks at 1, three "
    "between 0.1 and 0.2. ReLU with 32 neurons and He: all below 0.05. Tanh with "
    "Xavier: all below 0.1.",
    "Each mark is one seed: a circle where the network has learned, a cross at 1 where "
    "it has not.",
)

# %% [markdown]
# The advice alone fails: with PyTorch's own start no ReLU network learned, in 6 of 6 seeds, with 5 neurons and with 32.
# With the right scale it works. At 32 neurons all seeds end below 0.05, and tanh with its own scale ends below 0.1.
#
# With only 5 neurons He's start helps in 3 of 6 seeds. The rule speaks of the *mean* over random weights. In a layer of
# five neurons, chance is large, and one layer in which all five put out 0 cuts the network in two.
#
# Why does PyTorch's start fail? It draws weights evenly from $-1/\sqrt d$ to $1/\sqrt d$. Such numbers have the
# variance $1/(3d)$. So a ReLU layer multiplies the mean square by $d \cdot \frac{1}{3d} \cdot \frac12 = \frac16$. After
# ten layers that is $6^{-10} \approx 1.7 \cdot 10^{-8}$. (Its biases are not 0, so some signal does arrive. But it
# comes from the biases, and is nearly the same for every sample.) For the two or three layers of most chapters this
# does not matter; at ten it decides.

# %% tags=["claim"]
lost = [ended[f"ReLU, {width}, PyTorch"] for width in (5, 32)]
claim(
    "no ReLU network learned, in 6 of 6 seeds", *[int((e > 0.99).sum()) for e in lost]
)
claim(
    "At 32 neurons all seeds end below 0.05", bool(ended["ReLU, 32, He"].max() < 0.05)
)
claim(
    "tanh with its own scale ends below 0.1",
    bool(ended["tanh, 32, Xavier"].max() < 0.1),
)
claim("He's start helps in 3 of 6 seeds", int((ended["ReLU, 5, He"] < 0.5).sum()), 6)
claim("$6^{-10} \\approx 1.7 \\cdot 10^{-8}$", 6, -10, 6.0**-10 / 1e-8, 10, -8)
with torch.no_grad():
    arrived = deep(nn.ReLU, 32)[:-1](X)
claim(
    "nearly the same for every sample",
    bool(arrived.var(0).mean() < 1e-5 * arrived.pow(2).mean()),
)
drawn = nn.Linear(400, 400).weight
claim(
    "Such numbers have the variance $1/(3d)$",
    bool(abs(drawn.var().item() * 1200 - 1) < 0.02),
)

# %% [markdown]
# ## Exercise 10.3: Find the bug
#
# A friend wants to be fair to all neurons and starts them alike: every weight is 0.1, every bias 0. The task is a new
# one, $y = |x_1| + |x_2|$, which has a kink at $x_1 = 0$ and one at $x_2 = 0$.


# %%
def start_of_a_friend(d_out, d_in):
    """The first weights of a layer, shape (d_out, d_in)."""
    return np.full((d_out, d_in), 0.1)


def learn_kinks(first_weights):
    """Train a 10-20-1 network that starts so; return it, and its loss as a share."""
    net = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 1))
    for layer in net[0], net[2]:
        layer.weight.data = torch.tensor(first_weights(*layer.weight.shape)).float()
        layer.bias.data.zero_()
    kinks = X[:, :2].abs().sum(dim=1, keepdim=True)
    return net, descend(net, X, kinks, lr=0.05)[-1] / kinks.var(unbiased=False).item()


fair, fair_share = learn_kinks(start_of_a_friend)
print(f"loss / variance: {fair_share:.2f}")
print(
    "three hidden neurons:", fair[0].weight[:3, :4].detach().numpy().round(3), sep="\n"
)

# %% [markdown]
# The network learns a little, and then hardly more. It has 20 hidden neurons. How many *different* ones?
#
# 1. Set `different` to the number of different rows that the first weight matrix has after the training. (Rows that
#    differ by rounding only, beyond the sixth decimal, count as equal.)
# 2. Set `diagnosis` to one letter:
#    - **A**: 0.1 is too small, so the gradient vanishes.
#    - **B**: Equal neurons get equal gradients, so they stay equal for ever.
#    - **C**: The biases must not start at 0.
#    - **D**: The learning rate is too small for 20 neurons.
# 3. Write `first_weights(d_out, d_in, seed)`: weights of shape `(d_out, d_in)` that make the neurons different and
#    have the scale for ReLU. The same `seed`, a whole number, gives the same weights again, another `seed`
#    others.

# %%
### BEGIN SOLUTION: a whole number
different = 1
### END SOLUTION
### BEGIN SOLUTION: one letter, "A" to "D"
diagnosis = "B"
### END SOLUTION


def first_weights(d_out, d_in, seed):
    """Random first weights for ReLU, shape (d_out, d_in)."""
    ### BEGIN SOLUTION: random numbers of the right standard deviation
    rng = np.random.default_rng(seed)
    return rng.normal(0, np.sqrt(2 / d_in), size=(d_out, d_in))
    ### END SOLUTION


# %%
check("10.3")

# %% [markdown]
# Now compare, with your weights in place of the friend's:

# %%
_, _, first_weights = answer("10.3")
_, random_share = learn_kinks(lambda d_out, d_in: first_weights(d_out, d_in, SEED))
print(f"loss / variance: equal weights {fair_share:.2f}, random {random_share:.2f}")

# %% [markdown]
# Twenty equal neurons are one neuron. The friend's network ends above 0.8 of the variance, and the same network from
# random weights below 0.1. Random weights have two tasks: the right scale, and to make the neurons **different**. The
# biases may all be 0, because the weights already tell the neurons apart.

# %% tags=["claim"]
claim("ends above 0.8 of the variance", bool(0.8 < fair_share < 0.95))
claim("from random weights below 0.1", bool(random_share < 0.1))
rows = fair[0].weight.detach()
claim("Twenty equal neurons are one neuron", bool((rows - rows[0]).abs().max() < 1e-6))

# %% [markdown]
# ## The inputs are a signal too
#
# The derivation began with inputs whose mean square is about 1. What if yours are not? Here are 1000 points with two
# features: one runs from 0 to 1, the other from 0 to 1000. Class 1 is where $10 x_1 + 0.01 x_2 > 5$, so both features
# count the same. About 7 of 8 points are in it. To say "class 1" for every point has an accuracy of about 0.88. To give
# every point the probability $7/8$ has a loss of about 0.38. **Here these two numbers mean: nothing learned.**

# %%
from torch.utils.data import DataLoader, TensorDataset


def scaling_run(seed):
    """On raw and on standardised inputs: the losses of 50 epochs, accuracy, network."""
    torch.manual_seed(seed)
    rng = np.random.RandomState(seed)
    X = np.stack([rng.rand(1000), rng.rand(1000) * 1000], axis=1).astype(np.float32)
    y = torch.from_numpy(
        (10 * X[:, 0] + np.float32(0.01) * X[:, 1] - 5 > 0).astype(int)
    )
    raw = torch.from_numpy(X)
    return [
        train_small(inputs, y) for inputs in (raw, (raw - raw.mean(0)) / raw.std(0))
    ]


def train_small(X, y, epochs=50):
    """A 2-10-2 network, SGD with lr 0.01, batches of 64."""
    loader = DataLoader(TensorDataset(X, y), batch_size=64, shuffle=True)
    net = nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 2))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for inputs, classes in loader:
            loss = nn.functional.cross_entropy(net(inputs), classes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
        losses.append(total / len(X))
    return losses, (net(X).argmax(1) == y).float().mean().item(), net


# %%
scaling = {seed: scaling_run(seed) for seed in (42, 0, 1, 2, 3)}
rows = [
    [
        seed,
        raw[0][0],
        raw[0][19],
        raw[0][-1],
        raw[1],
        scaled[0][0],
        scaled[0][19],
        scaled[0][-1],
        scaled[1],
    ]
    for seed, (raw, scaled) in scaling.items()
]
columns = ["seed"] + [
    f"{kind}: {what}"
    for kind in ("raw", "scaled")
    for what in ("epoch 1", "epoch 20", "epoch 50", "accuracy")
]
compared = pd.DataFrame(rows, columns=columns)
plot.table(
    compared, "Loss and accuracy with raw and with standardised inputs.", digits=3
)

# %% [markdown]
# Look at seed 42 alone, and you would learn something false. After 20 epochs both losses are about 0.275, as if scaling
# were useless. It is an unusual seed. In the four others the raw inputs end above 0.35: next to nothing learned, and
# the accuracy agrees. The scaled ones end below 0.25.
#
# The first epoch tells the reason: with raw inputs its loss is above 5 for every seed, far worse than knowing nothing.
# The sums are hundreds of times too large, so the first steps go anywhere. And seed 42? Its raw network ends with an
# accuracy of about 0.87, the scaled one above 0.95. The raw network has found the large feature and not the small one,
# which counts as much. For seed 1 the accuracies are nearly equal, and the losses are not: **one seed is an anecdote**,
# and so is one number.
#
# (All of this was measured on the training data, since the question was whether training *works*. To say how good such
# a network is, you need other data, and then the mean and the standard deviation must come from the training part
# alone.)

# %% tags=["claim"]
raw42, scaled42 = scaling[42]
claim(
    "both losses are about 0.275",
    all(abs(run[0][19] - 0.275) < 0.01 for run in (raw42, scaled42)),
)
others = compared[compared["seed"] != 42]
claim("the raw inputs end above 0.35", bool(others["raw: epoch 50"].min() > 0.35))
claim("The scaled ones end below 0.25", bool(others["scaled: epoch 50"].max() < 0.25))
claim("its loss is above 5 for every seed", bool(compared["raw: epoch 1"].min() > 5))
claim("accuracy of about 0.87, the scaled one above 0.95",
      bool(abs(raw42[1] - 0.87) < 0.01 and scaled42[1] > 0.95))  # fmt: skip
claim(
    "For seed 1 the accuracies are nearly equal",
    bool(abs(compared["raw: accuracy"][2] - compared["scaled: accuracy"][2]) < 0.02),
)
points = torch.rand(1000, 2) * torch.tensor([1.0, 1000.0])
above = (10 * points[:, 0] + 0.01 * points[:, 1] > 5).float().mean().item()
claim("About 7 of 8 points", bool(abs(above - 7 / 8) < 0.05))
claim("a loss of about 0.38", -(7 * np.log(7 / 8) + np.log(1 / 8)) / 8)
moved = []
for column in 0, 1:
    mixed = points.clone()
    mixed[:, column] = points[torch.randperm(1000), column]
    with torch.no_grad():
        a, b = (raw42[2](inputs).softmax(1)[:, 1] for inputs in (points, mixed))
    moved.append((a - b).abs().mean().item())
claim("has found the large feature and not the small one", moved[1] > 10 * moved[0])

# %% [markdown]
# ## Exercise 10.4: Standardise without a leak
#
# Write `standardise(X_train, X_test)`: subtract the mean and divide by the standard deviation of each column, **both
# taken from the training rows only**, in both arrays. Return the two new arrays. A column that is constant in the
# training rows has standard deviation 0: divide it by 1 instead. (`np.std` as it is, with `ddof=0`.)


# %%
def standardise(X_train, X_test):
    """Both arrays, (n, d) and (m, d), standardised by the training rows."""
    ### BEGIN SOLUTION: mean and std of the training rows, with 1 in place of a std of 0
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    std = np.where(std == 0, 1.0, std)
    return (X_train - mean) / std, (X_test - mean) / std
    ### END SOLUTION


# %%
check("10.4")

# %% [markdown]
# ## Normalise between the layers
#
# A good start keeps the signal at the right scale in the *first* step. Then the weights move. {term}`Batch
# normalisation` {cite:p}`ioffe2015batch` makes sure that it stays so: it standardises the sums of each neuron, in every
# step, over the samples of the batch.
#
# For the $B$ values $z_1, \dots, z_B$ of one neuron in a batch:
#
# ```{math}
# :label: eq-signals-bn
# \mu = \frac1B \sum_{i=1}^{B} z_i , \qquad
# s^2 = \frac1B \sum_{i=1}^{B} (z_i - \mu)^2 , \qquad
# \tilde z_i = \gamma \, \frac{z_i - \mu}{\sqrt{s^2 + \varepsilon}} + \beta .
# ```
#
# $\mu$ ("mu") and $s^2$ are the batch's mean and variance; $\varepsilon$ ("epsilon") is a tiny number that avoids a
# division by 0. $\gamma$ ("gamma") and $\beta$ ("beta") are two new parameters for each neuron, 1 and 0 at the start.
# With them the network may undo the whole thing if that serves the loss.
#
# **Training and use differ.** When you use the network, the answer for one sample should not depend on its neighbours,
# and a batch of one has no variance. So during training the layer also keeps *running* averages, and uses them
# afterwards:
#
# $$ \text{running} \leftarrow 0.9 \cdot \text{running} + 0.1 \cdot \text{new} . $$
#
# The new variance in that line is the one with $B - 1$ below, an estimate for data that are not in the batch. This is
# why you call `net.eval()` before use and `net.train()` before training.

# %% [markdown]
# ## Exercise 10.5: Batch normalisation, forward
#
# Write `batch_norm(Z, gamma, beta, running_mean, running_var, training)` for `Z` of shape `(B, d)`; the four others
# have shape `(d,)`. Take $\varepsilon = 10^{-5}$ and the factors 0.9 and 0.1.
#
# - `training=True`: normalise with the batch's own mean and variance; update the running numbers (variance with $B-1$).
# - `training=False`: normalise with the running numbers, and leave them as they are.
#
# Return three things: the result, the new running mean, the new running variance.


# %%
def batch_norm(Z, gamma, beta, running_mean, running_var, training):
    """Batch norm of Z (B, d); return the result, running mean, running variance."""
    ### BEGIN SOLUTION: choose the numbers to normalise with, update the running ones
    mean, var = running_mean, running_var
    if training:
        mean, var = Z.mean(axis=0), Z.var(axis=0)
        running_mean = 0.9 * running_mean + 0.1 * mean
        running_var = 0.9 * running_var + 0.1 * Z.var(axis=0, ddof=1)
    normal = (Z - mean) / np.sqrt(var + 1e-5)
    return gamma * normal + beta, running_mean, running_var
    ### END SOLUTION


# %%
check("10.5")

# %% [markdown]
# {term}`Layer normalisation` {cite:p}`ba2016layer` uses the same formula along the other axis: over the neurons of a
# layer, for **each sample on its own**. It needs no batch and no running numbers, and is the same in training and in
# use.
#
# ```{table} The two kinds, for a batch of shape (B, d)
# | | batch normalisation | layer normalisation |
# |---|---|---|
# | mean and variance over | the samples: `axis=0`, $d$ of each | the neurons: `axis=1`, $B$ of each |
# | one sample depends on the others | while training | never |
# | training and use differ | yes | no |
# | trouble with | small batches | layers of few neurons |
# ```
#
# ## A way around: skip connections
#
# The last idea is the simplest. Let a block of the network compute only what should be **added** to its input:
#
# ```{math}
# :label: eq-signals-skip
# a^{[\ell]} = a^{[\ell-1]} + G\bigl(a^{[\ell-1]}\bigr) .
# ```
#
# Here $G$ is the layer with its activation, and the first term is the {term}`skip connection`. The derivative of the
# sum is $1 + G'$: even where $G'$ is nearly 0, the factor is near 1, and a product of such factors does not vanish. The
# networks with more than 100 layers that this made possible are called residual networks {cite:p}`he2016deep`.


# %%
class Skip(nn.Module):
    """x + activation(W x + b); the same number of neurons on both sides."""

    def __init__(self, width, activation):
        super().__init__()
        self.linear, self.activation = nn.Linear(width, width), activation()

    def forward(self, x):
        return x + self.activation(self.linear(x))


def normalised(norm, activation, seed):
    """`deep` with 32 neurons, and a normalisation before each activation."""
    layers = []
    for layer in deep(activation, 32, seed=seed):
        layers += (
            [layer, norm(32)] if getattr(layer, "out_features", 0) == 32 else [layer]
        )
    return nn.Sequential(*layers)


def with_skips(seed):
    """Ten hidden ReLU layers of 32 neurons; nine of them with a skip connection."""
    torch.manual_seed(seed)
    blocks = [Skip(32, nn.ReLU) for _ in range(9)]
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), *blocks, nn.Linear(32, 1))


# %% [markdown]
# All of them begin with PyTorch's own start, from which no plain network of ten layers learned. We give them
# 300 steps too.
# Predict first.

# %%
remedies = {
    "ReLU, batch norm": lambda s: normalised(nn.BatchNorm1d, nn.ReLU, s),
    "ReLU, layer norm": lambda s: normalised(nn.LayerNorm, nn.ReLU, s),
    "ReLU, skips": with_skips,
    "sigmoid, batch norm": lambda s: normalised(nn.BatchNorm1d, nn.Sigmoid, s),
    "sigmoid, layer norm": lambda s: normalised(nn.LayerNorm, nn.Sigmoid, s),
}
healed = {"ReLU, plain": ended["ReLU, 32, PyTorch"]}
healed |= {name: shares(recipe) for name, recipe in remedies.items()}

# %% tags=["hide-input"]
strip(
    healed,
    "Six rows of six marks on a logarithmic axis. ReLU plain: all at 1. ReLU with "
    "batch norm: all below 0.0001. ReLU with layer norm: between 0.005 and 0.5. ReLU "
    "with skip connections: all below 0.01. Sigmoid with batch norm: between 0.01 and "
    "0.1. Sigmoid with layer norm: all at 1.",
    "Ten layers of 32 neurons, all from PyTorch's own start.",
)

# %% [markdown]
# Batch normalisation and skip connections bring every seed below 0.01 with ReLU, without any care for the start. Batch
# normalisation even saves the sigmoid: all seeds below 0.1. Layer normalisation helps ReLU and does *not* help the
# sigmoid: all six seeds stay at 1. It makes the sums of one sample have spread 1, and yet from sample to sample the
# signal is nearly the same, so nothing of the input is left to learn from.
#
# What not to conclude: that batch norm is best. These are tiny networks, one task, training data only. Linear
# regression leaves a share of about 0.001, which is the noise. A network that goes far below that has learned the noise
# of these 160 samples by heart, which is no merit ({doc}`chapter 11 <11_overfitting>`). Researchers do not agree about
# *why* batch norm works {cite:p}`santurkar2018how`. And skip connections have a price: each block adds to the signal,
# so it grows with depth, and a large learning rate can then make it explode.

# %% tags=["claim"]
claim(
    "bring every seed below 0.01 with ReLU",
    bool(max(healed["ReLU, batch norm"].max(), healed["ReLU, skips"].max()) < 0.01),
)
claim("all seeds below 0.1", bool(healed["sigmoid, batch norm"].max() < 0.1))
claim("share of about 0.001, which is the noise", line[0] / 160 / variance)
claim("all six seeds stay at 1", bool(healed["sigmoid, layer norm"].min() > 0.99))
with torch.no_grad():
    arrived = normalised(nn.LayerNorm, nn.Sigmoid, 0)[:-1](X)
claim("signal is nearly the same", bool(arrived.var(0).mean() < 1e-7))

# %% [markdown]
# Does the gradient tell the same story? Here it is before the first step, for four of the networks.

# %%
looked = {
    "plain": deep(nn.ReLU, 32),
    "He": start(deep(nn.ReLU, 32), 0),
    "batch norm": normalised(nn.BatchNorm1d, nn.ReLU, 0),
}
looked = {name: gradient_norms(net, X, y) for name, net in looked.items()}
skipping = with_skips(0)
((skipping(X) - y) ** 2).mean().backward()
linears = [m for m in skipping.modules() if isinstance(m, nn.Linear)]
looked["skips"] = [m.weight.grad.norm().item() for m in linears]

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(6.0, 3.2))
styles = {
    "plain": (GREY, "x:"),
    "He": (BLUE, "o-"),
    "batch norm": (GREEN, "s--"),
    "skips": (ORANGE, "^-"),
}
for name, values in looked.items():
    color, style = styles[name]
    ax.plot(range(1, 12), values, style, color=color, label=name)
ax.set(yscale="log", xlabel="layer, from the input to the output", xticks=range(1, 12))
ax.set_ylabel("length of the gradient")
ax.legend()
plot.show(
    "The length of the gradient by layer, on a logarithmic axis, for four ReLU "
    "networks. Plain: it rises from 3e-4 at the first layer to 0.8 at the last. With "
    "He's start, batch norm or skips the first layer's gradient is of the same order "
    "as the others'.",
    "Four networks of ten ReLU layers before the first step.",
)

# %% [markdown]
# In the plain network the first layer gets a gradient about 2900 times shorter than the last. With any of the three
# remedies the two differ by less than a factor of 20. All three do the same thing in different ways: they keep the
# factors of {eq}`eq-signals-delta` near 1.

# %% tags=["claim"]
claim(
    "about 2900 times shorter",
    bool(2800 < looked["plain"][-1] / looked["plain"][0] < 2950),
)
claim("the two differ by less than a factor of 20",
      all(1 / 20 < looked[name][-1] / looked[name][0] < 20 for name in ("He", "batch norm", "skips")))  # fmt: skip

# %% [markdown]
# ## Recap
#
# - A signal through many layers is multiplied again and again, forward and backward. It vanishes or explodes unless the
#   factors are about 1.
# - A loss that stops at the variance of the targets means: the network ignores its input.
# - Scale of the first weights: $1/\sqrt d$ without a bend, $\sqrt{2/d}$ for ReLU. They must be random, so that neurons
#   differ.
# - "Use ReLU" alone does not cure ten layers. ReLU with the right start does.
# - Standardise the inputs, with the numbers of the training rows.
# - Batch norm standardises over the batch, layer norm over the neurons. Batch norm needs `train()` and `eval()`.
# - A skip connection adds the input again: the derivative is $1 + G'$.
# - Count over several seeds. One seed said that scaling is useless.

# %%
progress()

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: A ReLU layer has 50 inputs. Which variance should its first weights have (He)?
#   number: 0.04
#   why: "$2 / d = 2 / 50$. The standard deviation is its root, 0.2."
# - question: Each of twenty layers halves the gradient. What is left of it at the end, about?
#   options:
#     - wrong: A hundredth.
#       why: "That is about what seven layers do: $0.5^7 \\approx 0.008$."
#     - wrong: A fortieth.
#       why: "That is $1 / (20 \\cdot 2)$. The factors are multiplied, not added."
#     - right: A millionth.
#       why: "$0.5^{20} \\approx 9.5 \\cdot 10^{-7}$."
# - question: Your loss stops at the variance of the targets. Which of these can be the cause?
#   options:
#     - right: The signal vanishes on its way through many layers.
#       why: Then only the last bias learns, and the mean is its best answer.
#     - right: The targets have shape (n,) and the predictions (n, 1).
#       why: The bug of chapter 06 has the same sign.
#     - wrong: The network has too many neurons.
#       why: More neurons can do all that fewer can; this sign says that none of it reaches the output.
# - question: You use a network with batch normalisation for a single sample and forget `net.eval()`. What happens?
#   options:
#     - wrong: Nothing, the layer notices that there is only one sample.
#       why: It does not guess your purpose; you have to say it.
#     - right: It tries to normalise with the mean and variance of a batch of one.
#       why: The sample minus itself is 0, and PyTorch refuses such a batch with an error.
#     - wrong: It uses the running numbers.
#       why: It does that after `net.eval()` only.
# - question: Why may all biases start at 0, but not all weights?
#   options:
#     - wrong: Biases are not trained.
#       why: They are parameters like the others.
#     - right: Random weights already make the neurons different; equal weights would keep them equal.
#       why: Equal neurons get equal gradients, for ever.
#     - wrong: A bias of 0 keeps the gradient from exploding.
#       why: A bias adds to the sum and multiplies nothing.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`glorot2010understanding`: the measurements and the two lines of variances behind Xavier initialisation.
# - {cite:t}`he2015delving`: the same for ReLU.
# - {cite:t}`ioffe2015batch` and {cite:t}`ba2016layer`: the two normalisations; {cite:t}`santurkar2018how` doubts the
#   usual explanation of the first.
# - {cite:t}`he2016deep`: skip connections, and networks of more than a hundred layers.
