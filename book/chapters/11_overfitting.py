# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Too good on the training set
#
# You have 20 readings of something that is truly a straight line, and you give them to a network with 8513 parameters.
# It has more than 400 parameters for each reading. Nothing stops it from learning every reading by heart, together
# with the error of each. Then it is perfect where you know the answer already, and wrong where you need it.
#
# This chapter asks **how you notice that, how much of it you should fear, and what helps.** You will repeat two common
# experiments about it, and both times the first reading of the result is wrong. So the chapter is also about
# measuring: on which points, how many of them, and how often.
#
# You need the training loop ({doc}`chapter 02 <02_regression_as_a_network>`), backpropagation
# ({doc}`chapter 08 <08_backpropagation>`) and Adam ({doc}`chapter 09 <09_optimisers>`). Reading and doing the exercises
# takes about three hours.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the chapter takes less than half a minute
DEVICE = None  # all networks here are small, so the CPU is the right place

# %%
import copy
import warnings
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from scipy.special import expit
from sklearn.datasets import load_diabetes, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.linear_model import ElasticNetCV, LassoCV, LinearRegression, RidgeCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from torch import nn

from nnlab import answer, check, data, fit, hint
from nnlab import plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)
colors = plot.PALETTE

# %% [markdown]
# ## A straight line and a large network
#
# The readings are $y = x + \varepsilon$ at 30 points from 0 to 10. The {term}`noise` $\varepsilon$ ("epsilon") has
# mean 0 and standard deviation $s = 1.5$. We draw 20 readings for training and keep 10 as a **test set**: readings
# that the training never sees. The network has three hidden layers of 64 ReLU neurons.
#
# One draw is one accident, so we make four such experiments, with the seeds 40 to 43. The first is a common one in
# courses; the other three tell us whether it is typical.


# %%
def line_experiment(seed, split_seed):
    """Inputs and readings of y = x, each (n, 1), and a network's parameters."""
    seed_everything(seed)
    x = np.linspace(0, 10, 30)
    y = x + 1.5 * np.random.randn(30)
    some = train_test_split(np.arange(30), test_size=0.32, random_state=split_seed)
    layers = [nn.Linear(*widths) for widths in pairwise([1, 64, 64, 64, 1])]
    raw = [p.detach().double().numpy() for layer in layers for p in layer.parameters()]
    parameters = [p.T if p.ndim == 2 else p[None] for p in raw]  # W as (in, out)
    return *(values[k, None] for k in some for values in (x, y)), parameters


# %%
experiments = [line_experiment(s, 42 if s == 40 else s) for s in range(40, 44)]
*line_data, starts = zip(*experiments, strict=True)
x_train, y_train, x_test, y_test = (np.stack(part) for part in line_data)
line_nets = [np.stack(p) for p in zip(*starts, strict=True)]  # of all four
print("inputs for training:", x_train.shape, " for testing:", x_test.shape)
print("parameters of one network:", sum(p[0].size for p in line_nets))

# %% tags=["claim"]
from nnlab import claim

size = sum(parameter[0].size for parameter in line_nets)
claim("20 readings of something that is truly a straight line", x_train.shape[1])
claim("a network with 8513 parameters", size)
claim("more than 400 parameters for each reading", size / 20 > 400)

# %% [markdown]
# The arrays have one axis more than usual: experiment, sample, feature. So NumPy can train four networks at once. Its
# product `@` multiplies the last two axes and repeats this for each experiment. The forward pass and the backward pass
# are those of chapter 08, and they serve for all the small networks of this chapter.


# %%
def forward(parameters, x):
    """What each layer of m networks puts out: x (m, n, d), then (m, n, width)."""
    outputs = [x]
    for k in range(0, len(parameters), 2):
        z = outputs[-1] @ parameters[k] + parameters[k + 1]
        outputs.append(np.maximum(z, 0) if k < len(parameters) - 2 else z)
    return outputs


# %%
def gradients(parameters, outputs, slope):
    """Backpropagation: slope is dL/dz of the last layer, (m, n, 1)."""
    found = [None] * len(parameters)
    for k in range(len(parameters) - 2, -1, -2):
        before = outputs[k // 2]
        found[k] = before.transpose(0, 2, 1) @ slope
        found[k + 1] = slope.sum(1, keepdims=True)
        if k:
            slope = (slope @ parameters[k].transpose(0, 2, 1)) * (before > 0)
    return found


# %% [markdown]
# ### When do you measure?
#
# The common experiment trains for 20 000 epochs and then, *after* the loop, appends the training loss and the test
# loss to two lists. Each list gets one entry. The plot of the "curves" is empty, because one point makes no line, and
# a text below it describes curves that nobody has seen. The measuring must stand **inside** the loop. (Half as many
# epochs will do for us.)
#
# But not in every epoch. To measure is a forward pass over all the points, and after the first epochs the curves
# change slowly. We measure after each of the first 50 epochs, and then at about 50 epochs that lie evenly on a
# logarithmic axis.
#
# We measure three things. The **training error** and the **test error** are the mean squared errors on the 20 and on
# the 10 readings. And because we made the data, we know the truth $f(x) = x$. A fresh reading at a point $x$ between 0
# and 10 has the expected squared error
#
# ```{math}
# :label: eq-true-error
# \bigl(\hat y(x) - f(x)\bigr)^2 + s^2 ,
# ```
#
# and the mean of this over the interval is the **true error**, also called *generalisation error*. A test set is a
# sample of it. No model has a true error below $s^2 = 2.25$.


# %%
def squared_errors(nets, x, y):
    """The mean squared error of each of the networks."""
    return ((forward(nets, x)[-1] - y) ** 2).mean((1, 2))


def descend(nets, x, y, lr):
    """One step of gradient descent on the mean squared error, in place."""
    outputs = forward(nets, x)
    slope = 2 / y.shape[1] * (outputs[-1] - y)
    for p, g in zip(nets, gradients(nets, outputs, slope), strict=True):
        p -= lr * g


# %%
EPOCHS = 10_000
measured = {*range(51), *np.geomspace(50, EPOCHS, 50).astype(int).tolist()}
grid = np.linspace(0, 10, 201)[None, :, None]
log = []
for epoch in range(EPOCHS + 1):
    if epoch in measured:  # inside the loop
        sets = (x_train, y_train), (x_test, y_test), (grid, grid)
        log.append([squared_errors(line_nets, *pair) for pair in sets])
    if epoch == 8:
        after_8 = copy.deepcopy(line_nets)
    for batch in np.s_[:, :10], np.s_[:, 10:]:  # two batches an epoch, in order
        descend(line_nets, x_train[batch], y_train[batch], lr=0.001)
epochs = np.array(sorted(measured))  # how many epochs were done
train_errors, test_errors, true_errors = np.array(log).transpose(1, 0, 2)
true_errors = true_errors + 1.5**2  # each: (epochs, experiments)

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), sharey=True)
for ax in axes:
    blue, orange = colors["blue"], colors["orange"]
    ax.plot(epochs, train_errors[:, 0], color=blue, label="training (20 readings)")
    ax.plot(epochs, test_errors[:, 0], "--", color=orange, label="test (10 readings)")
    ax.set(ylim=(0, 5), xlabel="epochs done")
axes[0].set(ylabel="mean squared error", xticks=[0, 5000, 10_000])
axes[1].set_xscale("symlog", linthresh=1)
best = test_errors[:, 0].argmin()
low = epochs[best], test_errors[best, 0]
axes[1].plot(*low, "o", color=colors["red"], label="lowest test error")
axes[1].legend(loc="upper center", fontsize=8)
plot.show(
    "Two plots of the same curves, training and test error over the epochs, first on "
    "a linear axis and then on a logarithmic one. On the linear axis the test error "
    "seems to rise from the start. On the logarithmic axis both fall together until "
    "epoch 8, stay nearly flat until about 2000, and then part: training falls, test "
    "rises.",
    "One run, twice: with a linear and with a logarithmic axis of epochs.",
)

# %% [markdown]
# On the left you see what the usual plot shows. The story "at first both errors fall" is not visible: it is over
# before the first millimetre. On the right it is there. The test error is lowest after 8 of 10 000 epochs, with 1.53.
# At the end the training error is below 1 and the test error above 2.5.
#
# The network has learned the noise of its 20 readings: its training error is far below $s^2$, which even the truth
# cannot reach on average. This is {term}`overfitting`: the training error goes on falling while the error on new data
# rises.

# %% [markdown]
# ### How much do ten points know?
#
# Look at the number 1.53 again. It lies *below* 2.25, the error of the truth itself. On average no model is better than
# the truth, so these ten readings must have small errors by luck. We can check: what does the true line get on the
# same ten readings?

# %%
first = test_errors[:, 0]  # of the first experiment
truth_on_test = ((x_test[0] - y_test[0]) ** 2).mean()
chance = 1.5**2 * np.sqrt(2 / 10)  # of a mean of 10 squares of normal errors
print(f"test error of the true line:         {truth_on_test:.3f}")
print(f"test error of the network, epoch 8:  {first.min():.3f}")
print(f"standard error of such a test error: {chance:.2f}")

# %% [markdown]
# On these ten readings the truth gets 1.656, and the network after 8 epochs seems to beat it. A mean over ten squared
# errors has a standard error of 1.01 here. (The square of a normal error with variance $s^2$ has the variance $2 s^4$;
# divide by 10 and take the root.) A difference of a few tenths means nothing. So ask the other three experiments, and
# ask the true error.

# %% tags=["claim"]
claim(
    "The test error is lowest after 8 of 10 000 epochs, with 1.53",
    epochs[first.argmin()],
    epochs[-1],
    first.min(),
)
claim("the training error is below 1", bool(train_errors[-1, 0] < 1))
claim("the test error above 2.5", bool(first[-1] > 2.5))
claim("the truth gets 1.656", truth_on_test)
claim("the network after 8 epochs seems to beat it", bool(first.min() < truth_on_test))
claim("has a standard error of 1.01 here", chance)

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), sharey=True)
titles = "test error (10 readings)", "true error"
shown = zip(axes, titles, (test_errors, true_errors), ("orange", "green"), strict=True)
for ax, title, values, shade in shown:
    ax.plot(epochs, values, "-", color=colors[shade], linewidth=1)
    best = values.argmin(0)
    lowest = values[best, range(4)]
    ax.plot(epochs[best], lowest, "o", color=colors["red"], markersize=6)
    ax.set_xscale("symlog", linthresh=1)
    ax.axhline(2.25, color=colors["muted"], linestyle=":", linewidth=1.2)
    ax.set(ylim=(0, 6), title=title, xlabel="epochs done")
axes[0].set_ylabel("mean squared error")
axes[0].text(0.1, 2.4, "s² = 2.25", fontsize=8, color=colors["muted"])
plot.show(
    "Two plots for the four experiments. On the left the test errors on ten readings: "
    "four curves at very different heights, between 0.7 and 5, with their lowest "
    "points, marked red, anywhere between epoch 7 and epoch 1000. On the right the "
    "true errors: four curves close together just above 2.25 until about epoch 1000; "
    "then they rise.",
    "Four experiments. Left: what ten test readings say. Right: what is true. A red "
    "dot marks each lowest point.",
)

# %% [markdown]
# The test errors disagree about everything: their lowest points lie anywhere from epoch 8 to several hundred. The true
# errors agree. They reach the neighbourhood of 2.25 within ten epochs, stay there for a thousand, and rise after that,
# to more than 3 on average at the end.
#
# So overfitting is real in this experiment. But "the best epoch is 8" is not a finding; it is what ten readings
# happened to say. And between 10 and 1000 epochs it hardly matters when you stop.

# %% tags=["claim"]
bests = epochs[test_errors.argmin(0)]
claim("from epoch 8 to several hundred", bool(bests.min() == 8 and bests.max() > 300))
claim("more than 3 on average at the end", bool(true_errors[-1].mean() > 3))
near = abs(true_errors[10] - 2.25) < 0.4
claim("reach the neighbourhood of 2.25 within ten epochs", bool(near.all()), 2.25)
thousand = true_errors[(epochs >= 10) & (epochs <= 1000)]
claim("stay there for a thousand", bool((thousand < 2.75).all()))

# %% tags=["hide-input"]
moments = (after_8, "--", "green", "8"), (line_nets, "-", "red", "10 000")
for nets, style, shade, count in moments:
    curve = forward([p[:1] for p in nets], grid)[-1][0, :, 0]
    name = f"after {count} epochs"
    plt.plot(grid[0, :, 0], curve, style, color=colors[shade], label=name)
plt.plot(x_train[0], y_train[0], "o", color=blue, markersize=5, label="training")
plt.plot(x_test[0], y_test[0], "s", color=orange, markersize=5, label="test")
plt.xlabel("x")
plt.ylabel("y")
plt.legend(fontsize=8)
plot.show(
    "The readings of the first experiment with two fitted curves. After 8 epochs the "
    "network is almost the straight line y = x. After 10 000 epochs it is a bent line "
    "with several corners that runs through or near many training readings and passes "
    "the test readings at a distance.",
    "The same network, early and late.",
)

# %% [markdown]
# The late network turns sharply to pass through single training readings, most of all on the left. The early one is
# nearly straight. Both have the same 8513 parameters: *how long* you train decides how much of the capacity is used.

# %% [markdown]
# ## Reading curves
#
# A network tells you by its two curves what is wrong with it. The words:
#
# - {term}`Underfitting`: the model is too weak, or held back too strongly. Both errors are high and close together.
# - Overfitting: the training error is low, the error on other data is higher and may rise. The difference between the
#   two is the {term}`generalisation gap`.
# - The curve on "other data" is measured on a {term}`validation set` while you still choose things: when to stop, how
#   strong a penalty. The test set waits until all is chosen.
#
# We take pictures of handwritten digits (MNIST), 28 by 28 pixels, ten classes. `nnlab.fit` measures the validation loss
# for us when we say `validation=`. For the training loss it reports the mean over the epoch *while the weights move,
# in training mode*. Keep this in mind for the exercise.

# %%
images, digits = data.load("mnist")  # (5000, 28, 28) and (5000,)
pixels = torch.tensor(images.reshape(len(images), -1), dtype=torch.float32) / 255
digits = torch.tensor(digits)
shuffled = torch.randperm(len(digits), generator=torch.Generator().manual_seed(SEED))
some, others = shuffled[:400], shuffled[400:1000]


# %%
def run(lr=0.003, weight_decay=0.0, drop=(0.0, 0.0)):
    """Train on 400 digits, validate on 600 others, and return the history."""
    seed_everything(SEED)
    layers = nn.Linear(784, 64), nn.ReLU(), nn.Dropout(drop[1]), nn.Linear(64, 10)
    net = nn.Sequential(nn.Dropout(drop[0]), *layers)
    adam = torch.optim.Adam(net.parameters(), lr, weight_decay=weight_decay, fused=True)
    training, validation = ((pixels[k], digits[k]) for k in (some, others))
    options = {"loss": nn.CrossEntropyLoss(), "epochs": 40, "batch_size": 50}
    return fit(net, training, validation=validation, optimizer=adam, **options)


# %% [markdown]
# Four runs follow, with four different settings. The settings are in a cell of their own: they give the diagnoses away,
# so look at the plots first.

# %% tags=["hide-input"]
runs = {  # four settings; read the plots below before you read these
    "A": run(weight_decay=0.3),
    "B": run(lr=0.02),
    "C": run(lr=0.00004),
    "D": run(drop=(0.6, 0.8)),
}

# %% tags=["hide-input"]
figure, axes = plt.subplots(2, 2, figsize=(7.6, 5.4), sharex=True, sharey=True)
for ax, (name, history) in zip(axes.flat, runs.items(), strict=True):
    ax.plot(history.loss, color=blue, label="training")
    ax.plot(history.val_loss, "--", color=orange, label="validation")
    ax.set(title=f"run {name}", ylim=(0, 2.6), xlabel="epoch", ylabel="loss [nats]")
    ax.label_outer()
axes[0, 0].legend(loc="lower left")
plot.show(
    "Training and validation loss of four runs over 40 epochs. Run A: both curves lie "
    "close together at about 1.8 and are flat. Run B: the training loss falls to 0 at "
    "once, the validation loss is lowest in epoch 1, at about 0.6, and then rises to "
    "0.9. Run C: both fall together and are still falling at the end, at about 1.8. "
    "Run D: the training loss lies above the validation loss in all epochs.",
    "Four runs on the same 400 digits. What is the matter with each?",
)

# %% [markdown]
# ## Exercise 11.1: read the curves
#
# Give each run one of four diagnoses, as a string:
#
# - `"underfits"`: more epochs would not help; the model is too weak or held back too strongly;
# - `"overfits"`: the gap is large, and the validation loss is rising;
# - `"too short"`: nothing is wrong except that training was stopped, or is too slow;
# - `"dropout"`: the two curves do not measure the same thing. In training mode, the network works with a part of its
#   neurons switched off (a section below explains it). In validation it has all of them.

# %%
### BEGIN SOLUTION: one of "underfits", "overfits", "too short", "dropout"
run_a = "underfits"
### END SOLUTION
### BEGIN SOLUTION: one of the four
run_b = "overfits"
### END SOLUTION
### BEGIN SOLUTION: one of the four
run_c = "too short"
### END SOLUTION
### BEGIN SOLUTION: one of the four
run_d = "dropout"
### END SOLUTION

# %%
check("11.1")

# %% tags=["claim"]
A, B, C, D = runs.values()
together = abs(A.loss[-1] - A.val_loss[-1]) < 0.1
claim("Both errors are high and close together", together, A.val_loss[-1] > 1.5)
claim("more epochs would not help", max(A.loss[20:]) - min(A.loss[20:]) < 0.1)
rising = B.val_loss[-1] > min(B.val_loss) + 0.05
claim("the gap is large, and the validation loss is rising", rising)
claim("training was stopped, or is too slow", C.val_loss[-1] < C.val_loss[-10] - 0.1)
above = [a > b for a, b in zip(D.loss, D.val_loss, strict=True)]
claim("the two curves do not measure the same thing", all(above))

# %% [markdown]
# ## Capacity: how many neurons?
#
# A model's {term}`capacity` is how many different functions it can represent. More neurons, more capacity. The second
# common experiment shows this with two interleaved half circles, the "moons": 200 points, 140 of them for training,
# and three networks that are called *overfitting* (100 and 100 neurons), *good fit* (10) and *underfitting* (2). The
# text around it promises: the large network has the best training accuracy and a lower test accuracy, the middle one
# the best test accuracy.

# %%
X_moons, y_moons = make_moons(200, noise=0.2, random_state=42)
X_fit, X_held, y_fit, y_held = train_test_split(
    X_moons, y_moons, test_size=0.3, random_state=42
)
warnings.simplefilter("ignore", ConvergenceWarning)  # two neurons are slow learners


def moon_scores(sizes, seed, **options):
    model = MLPClassifier(sizes, max_iter=2000, random_state=seed, **options)
    model.fit(X_fit, y_fit)
    return model.score(X_fit, y_fit), model.score(X_held, y_held)


# %%
called = {"overfitting": (100, 100), "good fit": (10,), "underfitting": (2,)}
rows = []
for name, sizes in called.items():
    scores = [moon_scores(sizes, seed) for seed in (42, 0, 1)]
    rows.append([name, str(sizes), *scores[0], np.mean(scores, axis=0)[1]])
columns = ["called", "neurons", "training", "test", "test, mean of 3 seeds"]
moons_common = pd.DataFrame(rows, columns=columns)
plot.table(moons_common, "Accuracies of the common experiment (seed 42), and a mean.")

# %% [markdown]
# All three labels are wrong. The "overfitting" network has the best test accuracy. The "good fit" is worse than the
# "underfitting" one. With two more starts, the large network stays best.
#
# Why? First, 60 test points tell little: at an accuracy of 0.9, the standard error is 3.9 percentage points. Second,
# the noise is small, so the moons hardly overlap, and there is little wrong to learn. Third, the library stops training
# when the training loss has nearly stopped falling, and that happens to small networks on the long flat part before
# they have learned the shape. Let the ten neurons go on, with a larger learning rate and without that stop:

# %%
patient = moon_scores((10,), 42, learning_rate_init=0.01, n_iter_no_change=2000)
print("ten neurons: training {:.3f}, test {:.3f}".format(*patient))

# %% [markdown]
# Now they get more than 0.9 on the test points, like the large network. The "good fit" was a network that had not
# learned yet: *underfitting by short training*.
#
# The usual next example has 1000 points with more noise:

# %%
X_many, y_many = make_moons(1000, noise=0.3, random_state=42)
split = train_test_split(X_many, y_many, test_size=0.2, random_state=42)
large = MLPClassifier((100, 100), max_iter=1000, random_state=42)
large.fit(split[0], split[2])
large_many = large.score(split[0], split[2]), large.score(split[1], split[3])
print("100 + 100 neurons: training {:.3f}, test {:.3f}".format(*large_many))

# %% [markdown]
# The *same* network (100, 100) is now called "well-fitted". Both cannot be a property of the network.
# **Overfitting is not a property of a network. It is a relation between capacity, data, noise and training time.** (Do
# not conclude that test points are easier, because the second number is higher: with 200 test points the standard error
# is about 1.7 percentage points.)

# %% tags=["claim"]
tests = moons_common["test"]
claim('The "overfitting" network has the best test accuracy', bool(tests.argmax() == 0))
claim('The "good fit" is worse than the "underfitting" one', bool(tests[1] < tests[2]))
best_mean = moons_common.iloc[:, 4].argmax() == 0
claim("With two more starts, the large network stays best", bool(best_mean))
claim("the standard error is 3.9 percentage points", 100 * np.sqrt(0.9 * 0.1 / 60))
claim("Now they get more than 0.9 on the test points", patient[1] > 0.9)
claim("the second number is higher", large_many[1] > large_many[0])
claim("is about 1.7 percentage points", 100 * np.sqrt(0.94 * 0.06 / 200))

# %% [markdown]
# ### Where overfitting does show
#
# So let us change what matters. Take 100 points with noise 0.3, so that the moons overlap, and turn one label in ten
# into the wrong one, for training only. Train long: 600 epochs with all the points at once, with no penalty and no
# early stop. Draw ten training sets. Test on 4000 clean points, so that the test accuracy is known to half a point.
#
# `train_nets` uses Adam on the arrays of networks from above. Its argument `slope` gives the derivative of the loss
# with respect to the last layer's output.


# %%
def new_nets(count, sizes, rng):
    """Parameters of `count` networks, uniform between ±1/√inputs as in torch."""
    parameters = []
    for inputs, width in pairwise(sizes):
        bound = 1 / np.sqrt(inputs)
        parameters.append(rng.uniform(-bound, bound, (count, inputs, width)))
        parameters.append(rng.uniform(-bound, bound, (count, 1, width)))
    return parameters


# %%
def train_nets(parameters, x, slope, epochs, lr, watch=lambda epoch, outputs: None):
    """Adam, in place, all samples at once: x (m, n, d)."""
    first, second = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    for epoch in range(1, epochs + 1):
        outputs = forward(parameters, x)
        watch(epoch, outputs)
        found = gradients(parameters, outputs, slope(outputs[-1]))
        for p, g, u, v in zip(parameters, found, first, second, strict=True):
            u += 0.1 * (g - u)
            v += 0.001 * (g * g - v)
            size = np.sqrt(v / (1 - 0.999**epoch)) + 1e-8
            p -= lr * u / (1 - 0.9**epoch) / size


# %%
def noisy_moons(seed, n=100, wrong=0.1):
    """Points (n, 2) and labels (n, 1), a share of them wrong."""
    X, y = make_moons(n, noise=0.3, random_state=seed)
    flipped = np.random.default_rng(seed).permutation(n)[: int(wrong * n)]
    y[flipped] = 1 - y[flipped]
    return X, y[:, None]


sets = [noisy_moons(seed) for seed in range(10)]
X_ten, y_ten = (np.stack(part) for part in zip(*sets, strict=True))
X_new, y_new = make_moons(4000, noise=0.3, random_state=999)

# %%
capacities = (1,), (2,), (4,), (10,), (30,), (100,), (100, 100)
moon_nets, on_train, on_new = {}, [], []
for hidden in capacities:
    nets = new_nets(10, (2, *hidden, 1), np.random.default_rng(SEED))
    train_nets(nets, X_ten, lambda z: (expit(z) - y_ten) / 100, epochs=600, lr=0.02)
    on_train.append(((forward(nets, X_ten)[-1] > 0) == y_ten).mean((1, 2)))
    on_new.append(((forward(nets, X_new[None])[-1][..., 0] > 0) == y_new).mean(1))
    moon_nets[hidden] = nets
on_train, on_new = np.array(on_train), np.array(on_new)  # (capacities, training sets)

# %% tags=["hide-input"]
lines = (
    (on_train, "o-", blue, "training"),
    (on_new, "s--", orange, "4000 clean test points"),
)
for values, style, shade, name in lines:
    sem = values.std(1, ddof=1) / np.sqrt(10)
    look_of = {"fmt": style, "color": shade, "capsize": 3, "label": name}
    plt.errorbar(range(7), values.mean(1), sem, **look_of)
plt.xticks(range(7), ["1", "2", "4", "10", "30", "100", "100+100"])
plt.xlabel("hidden neurons")
plt.ylabel("accuracy")
plt.legend()
plot.show(
    "Accuracy over the number of hidden neurons. The training accuracy rises from 0.7 "
    "with one neuron to nearly 1 with two layers of 100. The test accuracy rises to "
    "about 0.85 at 2 to 10 neurons and then falls below 0.8. Error bars are small "
    "except at one neuron.",
    "Capacity against accuracy: means over ten training sets, bars are standard "
    "errors of the mean.",
)

# %% [markdown]
# Now the picture is the one that was promised. The training accuracy rises all the way. (On the left it is below the
# test accuracy, because a tenth of the training labels is wrong: a good model gets those "wrong".) The test accuracy is
# best at 4 or 10 neurons, above 0.85. With two layers of 100 the training accuracy is above 0.98: the network has
# learned more than nine in ten of the wrong labels by heart. Its test accuracy is more than 5 percentage points lower
# than with 10 neurons, and this difference is more than five times its standard error, so it is no accident.
#
# What does it look like in the plane?

# %% tags=["claim"]
means = on_new.mean(1)
claim(
    "The training accuracy rises all the way",
    bool((np.diff(on_train.mean(1)) > 0).all()),
)
claim(
    "is best at 4 or 10 neurons, above 0.85",
    bool(means.argmax() in (2, 3) and max(means) > 0.85),
)
claim("the training accuracy is above 0.98", bool(on_train[-1].mean() > 0.98))
lost = on_new[3] - on_new[-1]
claim("more than 5 percentage points lower", bool(lost.mean() > 0.05))
claim(
    "more than five times its standard error",
    bool(lost.mean() > 5 * lost.std(ddof=1) / 10**0.5),
)
honest = np.stack([make_moons(100, noise=0.3, random_state=s)[1] for s in range(10)])
false = y_ten[..., 0] != honest
learned = (forward(moon_nets[100, 100], X_ten)[-1] > 0) == y_ten
claim(
    "more than nine in ten of the wrong labels by heart",
    bool(learned[false].mean() > 0.9),
)

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 3, figsize=(9, 3.3), sharey=True)
for ax, hidden in zip(axes, ((2,), (10,), (100, 100)), strict=True):
    one = [p[:1] for p in moon_nets[hidden]]
    score = partial(lambda nets, X: forward(nets, X[None])[-1][0, :, 0], one)
    plot.decision_boundary(score, X_ten[0], y_ten[0, :, 0], ax=ax, threshold=0)
    ax.set_title(" + ".join(str(width) for width in hidden) + " neurons")
    ax.label_outer()
    ax.get_legend().remove()
plot.show(
    "The decision regions of three networks on the first training set of 100 points. "
    "With two neurons a wedge; with ten a boundary with a few corners that follows the "
    "moons; with two layers of 100 a boundary with narrow arms, and small islands "
    "around single points.",
    "One training set, three capacities. Some points carry a wrong label on purpose.",
)

# %% [markdown]
# The large network draws arms and islands around single points. Had we drawn the test points in the same picture, as is
# often done, you could not tell which points the network has seen.

# %% [markdown]
# ## Bias and variance, measured
#
# Why does the test error fall and then rise? Split it. Let a training set be drawn again and again from the same
# source, and let $\hat y$ be the prediction at some point $x$: it depends on the training set, so it is random. Write
# $\mathbb{E}$ for the mean over all training sets and over the noise $\varepsilon$ of a fresh reading $y = f(x) +
# \varepsilon$. The fresh noise has mean 0, variance $s^2$, and nothing to do with the training set. Then
#
# $$
# \begin{aligned}
# \mathbb{E}(\hat y - y)^2
#   &= \mathbb{E}\bigl(\hat y - f - \varepsilon\bigr)^2
#    = \mathbb{E}(\hat y - f)^2 - 2\, \mathbb{E}(\hat y - f)\, \mathbb{E}\,\varepsilon + \mathbb{E}\,\varepsilon^2 \\
#   &= \mathbb{E}(\hat y - f)^2 + s^2 ,
# \end{aligned}
# $$
#
# because $\mathbb{E}\,\varepsilon = 0$. Now add and subtract the mean prediction $\bar y = \mathbb{E}\,\hat y$ in the
# first term:
#
# $$
# \mathbb{E}(\hat y - \bar y + \bar y - f)^2
#   = \mathbb{E}(\hat y - \bar y)^2 + 2\,(\bar y - f)\,\mathbb{E}(\hat y - \bar y) + (\bar y - f)^2 .
# $$
#
# The middle term is 0, because $\mathbb{E}(\hat y - \bar y) = 0$. What remains is
#
# ```{math}
# :label: eq-bias-variance
# \underbrace{\mathbb{E}(\hat y - y)^2}_{\text{expected error}}
#   = \underbrace{(\bar y - f)^2}_{\text{bias}^2}
#   + \underbrace{\mathbb{E}(\hat y - \bar y)^2}_{\text{variance}}
#   + \underbrace{s^2}_{\text{noise}} .
# ```
#
# In words: the {term}`squared bias <squared bias>` is how far the *average* model is from the truth; the variance is
# how much a model changes when the training set changes; the noise is nobody's fault. (This "bias" has nothing to do
# with the bias $b$ of a neuron.)

# %% [markdown]
# ## Exercise 11.2: the decomposition
#
# `predictions` has the shape `(M, n)`: the predictions of $M$ models, each trained on a training set of its own, at $n$
# points. `truth` has the shape `(n,)`: $f$ at these points. Return the squared bias and the variance, each averaged
# over the points. Take plain means (divide by $M$), so that the two add up *exactly* to the mean of
# `(predictions - truth) ** 2`.


# %%
def bias_variance(predictions, truth):
    """(squared bias, variance): two numbers; predictions (M, n), truth (n,)."""
    ### BEGIN SOLUTION: the two parts, each a mean over the points
    predictions, truth = np.asarray(predictions), np.asarray(truth)
    average_model = predictions.mean(axis=0)
    squared_bias = ((average_model - truth) ** 2).mean()
    variance = predictions.var(axis=0).mean()
    return squared_bias, variance
    ### END SOLUTION


# %%
check("11.2")

# %% [markdown]
# Use it on polynomials, which need no training loop. The truth is $f(x) = \sin \pi x$ on $[-1, 1]$; a training set is
# 20 readings at equal distances with noise $s = 0.4$; we draw 1000 of them and fit each by least squares. The degree is
# the capacity. We also measure the error on fresh noisy readings, to see whether {eq}`eq-bias-variance` adds up.

# %%
bias_variance = answer("11.2")

NOISE = 0.4
rng = np.random.default_rng(SEED)
x20, x_fine = np.linspace(-1, 1, 20), np.linspace(-1, 1, 200)
readings = np.sin(np.pi * x20) + NOISE * rng.normal(size=(1000, 20))
fresh = np.sin(np.pi * x_fine) + NOISE * rng.normal(size=(1000, 200))

# %%
rows = []
for degree in range(13):
    basis, fine = (np.polynomial.legendre.legvander(x, degree) for x in (x20, x_fine))
    c = np.linalg.lstsq(basis, readings.T, rcond=None)[0]  # (degree + 1, 1000)
    fits = (fine @ c).T
    squared_bias, variance = bias_variance(fits, np.sin(np.pi * x_fine))
    training = ((basis @ c - readings.T) ** 2).mean()
    new = ((fits - fresh) ** 2).mean()
    total = squared_bias + variance + NOISE**2
    rows.append([degree, training, squared_bias, variance, total, new])
columns = ["degree", "training", "bias²", "variance", "sum", "measured"]
parts = pd.DataFrame(rows, columns=columns)


# %% tags=["hide-input"]
def stacked(table, column):
    """The parts of the error, one upon the other, and the training error."""
    layers = table["bias²"] * 0 + NOISE**2, table["bias²"], table["variance"]
    fills = [colors[name] for name in ("rule", "sky", "orange")]
    names = ["noise s²", "bias²", "variance"]
    plt.stackplot(table[column], *layers, colors=fills, labels=names)
    plt.plot(table[column], table["training"], "--", color=blue, label="training error")
    plt.ylabel("mean squared error")


stacked(parts, "degree")
plt.plot(parts["measured"], "o", color=colors["ink"], label="measured, fresh readings")
plt.xlabel("degree of the polynomial")
plt.legend()
plot.show(
    "Stacked areas over the degree from 0 to 12: a constant band for the noise of "
    "0.16, a squared bias that is large at degree 0, smaller at 1 and 2 and almost "
    "gone from 3, and a variance that grows steadily with the degree. Dots of the "
    "measured error lie on top of the stack. The training error falls below the noise "
    "band from degree 3 on.",
    "The error of 1000 polynomials of each degree, split into its parts.",
)

# %% [markdown]
# The sum and the measured error agree within 1 % at every degree: they really are equal, up to chance.
# At degree 3 the bias is nearly gone (0.005), and each further degree only adds variance. The training error knows
# nothing of this. It falls and falls: at degree 12 it is 0.055, the error on fresh readings 0.290.
#
# For least squares with degree + 1 coefficients at $n$ fixed points, theory gives the variance at these points as $s^2
# (\text{degree} + 1) / n$. Each parameter costs the same, whether it is useful or not.

# %% tags=["claim"]
apart = abs(parts["sum"] / parts["measured"] - 1)
claim("agree within 1 % at every degree", bool((apart < 0.01).all()))
claim("At degree 3 the bias is nearly gone (0.005)", 3, parts.loc[3, "bias²"])
claim(
    "at degree 12 it is 0.055, the error on fresh readings 0.290",
    12,
    parts.loc[12, "training"],
    parts.loc[12, "measured"],
)
at_points = (basis @ c).var(axis=1).mean()  # the loop's last degree: 12
claim("theory gives the variance", abs(at_points / (NOISE**2 * 13 / 20) - 1) < 0.02)
claim(
    "each further degree only adds variance",
    bool((np.diff(parts["sum"])[3:] > 0).all()),
)

# %% [markdown]
# ### Training time is capacity too
#
# Now networks. We train 40 of them with two hidden layers of 64 neurons on 40 such training sets. All begin at the same
# random start, so that the training set is the only difference between them. We take the parts of the error while
# they train.

# %%
start = new_nets(1, (1, 64, 64, 1), np.random.default_rng(SEED))
nets = [np.repeat(p, 40, axis=0) for p in start]
x40 = np.broadcast_to(x20[:, None], (40, 20, 1))
y40 = readings[:40, :, None]
looked_at = set(np.geomspace(1, 600, 24).astype(int).tolist())
rows = []


def look(epoch, outputs):
    if epoch in looked_at:
        fits = forward(nets, x_fine[None, :, None])[-1][:, :, 0]
        training = ((outputs[-1] - y40) ** 2).mean()
        rows.append([epoch, training, *bias_variance(fits, np.sin(np.pi * x_fine))])


train_nets(nets, x40, lambda z: 2 / 20 * (z - y40), epochs=600, lr=0.01, watch=look)
times = pd.DataFrame(rows, columns=["epoch", "training", "bias²", "variance"])
times["sum"] = times["bias²"] + times["variance"] + NOISE**2

# %% tags=["hide-input"]
stacked(times, "epoch")
plt.xscale("log")
plt.ylim(0, 0.7)
plt.xlabel("epochs")
plt.legend()
plot.show(
    "Stacked areas over the epochs from 1 to 600, logarithmic: the constant noise of "
    "0.16, a squared bias that is large at first and gone after about 40 epochs, and "
    "a variance that is small at first and grows until the end. The training error "
    "falls below the noise after about 25 epochs.",
    "40 networks while they train: bias goes, variance comes.",
)

# %% [markdown]
# In the first epochs all networks are nearly the same wrong function: all bias, little variance. Then the bias goes.
# From epoch 50 on only the variance grows, and the sum with it: from its lowest value of about 0.21 to more than 0.24.
# The number of parameters was the same all the time. This is why stopping early works: it takes a network with little
# bias before it has got much variance.

# %% tags=["claim"]
claim("its lowest value of about 0.21", times["sum"].min())
claim("to more than 0.24", bool(times["sum"].iloc[-1] > 0.24))
late = times[times["epoch"] > 50]
grows = late["bias²"].max() < 0.01 and late["variance"].is_monotonic_increasing
claim("From epoch 50 on only the variance grows", bool(grows))
little = times["bias²"] > 3 * times["variance"]
claim("all bias, little variance", bool(little[:4].all()))

# %% [markdown]
# ## Early stopping
#
# {term}`Early stopping` measures the validation loss after each epoch, keeps the weights of the best epoch, and ends
# the training when there has been no better one for a number of epochs, the {term}`patience`. "Better" means strictly
# lower than the lowest so far.
#
# Three things go wrong easily. The curve is noisy, so with a patience of 1 you stop at the first bump. The weights at
# the end are *not* the best ones: they are `patience` epochs too old, so they have to be put back. And the lowest
# validation loss is a little too good to be true, because it is the lowest of many noisy numbers; what you report comes
# from the test set.

# %% [markdown]
# ## Exercise 11.3: when to stop
#
# Given the validation losses of a run, in order, find out what early stopping would have done. Return two epochs,
# counted from 0: the best epoch, whose weights would be kept, and the last epoch that would have been trained. Training
# ends after `patience` epochs in a row without a new lowest loss, or with the list. What lies behind the last epoch was
# never seen, so it cannot be the best.


# %%
def early_stop(val_losses, patience):
    """(best epoch, last epoch trained), from a list of losses and a whole number."""
    ### BEGIN SOLUTION: walk along the list; return (best, last)
    best = 0
    for epoch, loss in enumerate(val_losses):
        if loss < val_losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best, epoch
    ### END SOLUTION


# %%
check("11.3")

# %% [markdown]
# `fit` has the same rule built in. Back to the digits, now with a real difficulty: 200 training digits, of which 30 % carry
# a wrong label. The 200 digits for validation have labels of the same kind, so 30 % of those are wrong too.


# %%
def digit_sets(seed, n=200, wrong=0.3):
    """(X, y) for training, validation and test; the first two have wrong labels."""
    rng = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(digits), generator=rng)
    labels = digits[order].clone()
    changed = torch.rand(2000, generator=rng) < wrong
    other = (labels[:2000] + torch.randint(1, 10, (2000,), generator=rng)) % 10
    labels[:2000][changed] = other[changed]
    parts = slice(0, n), slice(1000, 1200), slice(2000, 5000)
    return [(pixels[order[part]], labels[part]) for part in parts]


def accuracy(outputs, y):
    return (outputs.argmax(1) == y).float().mean().item()


# %%
train_set, val_set, test_set = digit_sets(SEED)
CROSS_ENTROPY = nn.CrossEntropyLoss()


def train_on_wrong_labels(**more):
    """The history of a run, and the accuracy on the test digits."""
    seed_everything(SEED)
    net = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    options = {"loss": CROSS_ENTROPY, "lr": 0.003, "epochs": 60, "validation": val_set}
    history = fit(net, train_set, **options, **more)
    return history, accuracy(net(test_set[0]), test_set[1])


# %%
early_stop = answer("11.3")
long_run, long_right = train_on_wrong_labels()
stopped_run, stopped_right = train_on_wrong_labels(early_stopping=5, restore_best=True)
print(f"test digits right after 60 epochs:   {long_right:.3f} of 3000")
print(f"test digits right, stopped early:    {stopped_right:.3f} of 3000")
print(
    "fit stopped: best and last epoch:   ",
    (stopped_run.best_epoch, len(stopped_run) - 1),
)
print("your rule on the long run:          ", early_stop(long_run.val_loss, 5))

# %% tags=["hide-input"]
ax = plot.history(long_run)
last = len(stopped_run) - 1
plt.axvline(
    last, color=colors["muted"], linestyle=":", label="patience of 5 is used up"
)
ax.legend()
plot.show(
    "Training and validation loss over 60 epochs on 200 digits with wrong labels. The "
    "training loss falls towards 0. The validation loss has its minimum after a few "
    "epochs, marked, and then rises to more than its starting value. A dotted line "
    "shows where early stopping ends the training, five epochs after the minimum.",
    "Wrong labels: the minimum of the validation loss comes early, and matters.",
)

# %% [markdown]
# Your rule applied to the long run gives the same two epochs as `fit`, and the best one comes early, among the first
# ten. The network that was stopped has at least 3 percentage points more of the test digits right. (The standard error
# of each share is below one point.) Note that a share of about 70 % is all that the *validation labels* can confirm: 30
# % of them are wrong, so a validation accuracy of 0.7 would be perfect. The minimum is at the right place all the same.

# %% tags=["claim"]
same = early_stop(long_run.val_loss, 5) == (stopped_run.best_epoch, last)
claim("gives the same two epochs as fit", same)
claim("comes early, among the first ten", stopped_run.best_epoch < 10)
claim("at least 3 percentage points more", stopped_right - long_right > 0.03)

# %% [markdown]
# ## Penalties: ridge, lasso, elastic net
#
# The second way to hold a model back is to make large weights expensive. {term}`Regularisation` is the name for
# everything that trades a worse fit to the training set for a better one to new data; a {term}`penalty` added to the
# loss is the classic form. With the strength $\alpha \ge 0$ ("alpha"):
#
# ```{math}
# :label: eq-penalty
# L_\alpha(w, b) = \underbrace{\frac1n \sum_{i=1}^n (\hat y_i - y_i)^2}_{\text{data loss}}
#   + \underbrace{\alpha \Bigl( \rho \sum_j |w_j| + \frac{1-\rho}{2} \sum_j w_j^2 \Bigr)}_{\text{penalty}} .
# ```
#
# The number $\rho$ ("rho"), from 0 to 1, chooses the kind. With $\rho = 0$ the penalty is half the sum of squares:
# **L2**, or *ridge*. With $\rho = 1$ it is the sum of absolute values: **L1**, or *lasso*. Between them it is the
# **elastic net**. Biases are not penalised: to shift the whole prediction up or down costs no capacity.
#
# Take L2 and plain gradient descent. The derivative of $\frac\alpha2 w_j^2$ is $\alpha w_j$, so a step is
#
# ```{math}
# :label: eq-decay
# w_j \leftarrow w_j - \eta \left( \frac{\partial L}{\partial w_j} + \alpha w_j \right)
#     = (1 - \eta\alpha)\, w_j - \eta\, \frac{\partial L}{\partial w_j} .
# ```
#
# Each step first shrinks every weight by the same *factor*. This is why L2 is called {term}`weight decay`. (With Adam
# the penalty and the factor are two different things, see chapter 09 {cite:p}`loshchilov2019decoupled`.) The derivative
# of $\alpha |w_j|$ is $\alpha$ for positive and $-\alpha$ for negative $w_j$: L1 shrinks every weight by the same
# *amount*, and so it can bring a small weight to 0 altogether. At 0 itself $|w|$ has a corner and no derivative; every
# number from $-1$ to $1$ is a **subgradient** (the slope of a line that touches the corner from below), and one takes
# 0.

# %% tags=["hide-input"]
best_without = np.linspace(-2, 2, 401)
half, quarter = (best_without.clip(-c, c) for c in (0.5, 0.25))
shrunk = {
    "no penalty": best_without,
    "L2": best_without / 1.5,
    "L1": best_without - half,
    "elastic net, ρ = 0.5": (best_without - quarter) / 1.25,
}
looks = (":", "grey"), ("-", "blue"), ("--", "red"), ("-.", "green")
for (name, values), (style, shade) in zip(shrunk.items(), looks, strict=True):
    plt.plot(best_without, values, style, color=colors[shade], label=name)
plt.xlabel("best weight without a penalty")
plt.ylabel("best weight with it")
plt.legend()
plot.show(
    "The best weight with a penalty, as a function of the best weight without. "
    "Without a penalty a straight diagonal. L2: a straight line through 0 that is "
    "less steep. L1: exactly 0 between -0.5 and 0.5, and outside a line parallel to "
    "the diagonal. Elastic net: 0 in a smaller interval, and less steep outside.",
    "One weight with the data loss ½(w − best)² and α = 0.5.",
)

# %% [markdown]
# L2 divides; no weight becomes exactly 0. L1 subtracts and cuts off: weights that matter less than $\alpha$ become
# exactly 0. The elastic net does both. The figure is exact for one weight, and for several weights whose inputs do not
# know of each other; in general, the weights share the work and the picture is only a guide.

# %% [markdown]
# ## Exercise 11.4: the gradient with a penalty
#
# Write the gradient of {eq}`eq-penalty` for the linear model $\hat y = X w + b$. `X` has the shape `(n, d)`, `y` the
# shape
# `(n,)`, `w` the shape `(d,)`; `b`, `alpha` and `ratio` ($\rho$) are numbers. Return $\partial L_\alpha / \partial w$,
# shape `(d,)`, and $\partial L_\alpha / \partial b$, a number. Where a weight is 0, take 0 for the derivative of $|w|$.


# %%
def penalised_gradient(w, b, X, y, alpha, ratio):
    """(dw, db) of the data loss plus the penalty; w (d,), X (n, d), y (n,)."""
    ### BEGIN SOLUTION: the data's part, and for w the penalty's part
    residual = X @ w + b - y
    dw = 2 * X.T @ residual / len(y) + alpha * (ratio * np.sign(w) + (1 - ratio) * w)
    db = 2 * residual.mean()
    return dw, db
    ### END SOLUTION


# %%
check("11.4")

# %% [markdown]
# ### A comparison that compares two different things
#
# A sweep that you find in many courses: a network with 80 and 20 neurons is fitted to a curve (800 training points,
# noise 0.3) with `alpha` from 0.00001 to 1000, and under each one stands its "final loss". Here it is again, with one
# column more.

# %%
rng = np.random.default_rng(2024)
x_curve = np.linspace(0, 5, 1000)
y_curve = x_curve / 2 + np.sin(x_curve) * np.cos(2 * x_curve)
y_curve = y_curve + 0.3 * rng.normal(size=1000)
split = train_test_split(x_curve[:, None], y_curve, test_size=0.2, random_state=1)

# %%
rows = []
for alpha in (1e-5, 0.1, 10, 1000):
    net = MLPRegressor(
        hidden_layer_sizes=(80, 20), alpha=alpha, random_state=2024, max_iter=2000
    )
    model = make_pipeline(StandardScaler(), net).fit(split[0], split[2])
    data_loss = ((model.predict(split[0]) - split[2]) ** 2).mean() / 2
    r2 = model.score(split[1], split[3])
    rows.append([f"{alpha:g}", net.loss_, data_loss, net.loss_ - data_loss, r2])
columns = ["alpha", "printed loss", "data loss", "difference", "test R²"]
sweep = pd.DataFrame(rows, columns=columns)
caption = "The printed loss is data loss plus penalty. (The library halves squares.)"
plot.table(sweep, caption)

# %% [markdown]
# The printed loss of `alpha` = 10 looks about three times as bad as that of 0.1. But nearly half of it is the
# *penalty*: the data loss is less than twice as large. A penalised loss is a different function for every `alpha`, so
# such numbers cannot be compared. **Choose by the data loss on validation points, without the penalty.**
#
# The table says something else, too: here regularisation does not help at all. 800 points are enough for this network,
# the test $R^2$ (1 is perfect, 0 is no better than the mean) is best for the smallest `alpha`, and at 1000 the network
# predicts the mean. Regularisation is a remedy for overfitting, and where there is none, it only does harm.

# %% tags=["claim"]
mild, strong = sweep.iloc[1], sweep.iloc[2]
ratios = (
    strong["printed loss"] / mild["printed loss"],
    strong["data loss"] / mild["data loss"],
)
claim("looks about three times as bad as that of 0.1", 2.5 < ratios[0] < 3.7, 0.1)
claim("the data loss is less than twice as large", bool(ratios[1] < 2))
claim(
    "nearly half of it is the penalty",
    0.4 < strong["difference"] / strong["printed loss"] < 0.5,
)
claim("is best for the smallest alpha", bool(sweep["test R²"].argmax() == 0))
claim("at 1000 the network predicts the mean", bool(abs(sweep.iloc[3, 4]) < 0.02), 1000)

# %% [markdown]
# ### Where penalties do help
#
# Real data: 442 patients with diabetes, ten measurements each, and a score of how far the disease has gone a year
# later. With all squares and products that makes 65 features. We train on 100 patients and test on the other 342, ten
# times with another draw. The strength is chosen by cross-validation *inside* the 100
# ({doc}`chapter 12 <12_model_selection>` explains it), so that the test patients decide nothing.

# %%
X_patients, y_patients = load_diabetes(return_X_y=True)
families = {
    "least squares": LinearRegression(),
    "ridge (L2)": RidgeCV(np.logspace(-2, 4, 25)),
    "lasso (L1)": LassoCV(alphas=np.logspace(-1, 1.7, 20), cv=5, max_iter=20_000),
    "elastic net": ElasticNetCV(alphas=np.logspace(-1.5, 1.5, 20), cv=5),
}


def rmse(prediction, y):
    return np.mean((prediction - y) ** 2) ** 0.5


# %%
results = {name: [] for name in ["mean of the training set", *families]}
for seed in range(10):
    drawn = train_test_split(X_patients, y_patients, train_size=100, random_state=seed)
    X_in, X_out, y_in, y_out = drawn
    errors = rmse(y_in.mean(), y_in), rmse(y_in.mean(), y_out)
    results["mean of the training set"].append((*errors, 0))
    for name, family in families.items():
        squares = PolynomialFeatures(2, include_bias=False)
        model = make_pipeline(squares, StandardScaler(), family).fit(X_in, y_in)
        errors = rmse(model.predict(X_in), y_in), rmse(model.predict(X_out), y_out)
        results[name].append((*errors, np.sum(abs(family.coef_) > 1e-9)))

# %%
rows = []
for name, values in results.items():
    training, test, used = np.mean(values, axis=0)
    sem = np.std(values, axis=0, ddof=1)[1] / np.sqrt(10)
    rows.append([name, training, test, sem, used])
columns = ["model", "training RMSE", "test RMSE", "± (std. error)", "weights not 0"]
patients = pd.DataFrame(rows, columns=columns)
plot.table(patients, "Diabetes: means over ten draws. RMSE: root of the MSE.", digits=1)

# %% [markdown]
# Least squares with 65 features on 100 patients has the lowest training error and a test error that is worse than to
# predict the mean for everybody. All three penalties bring it down to below 60. The lasso sets most of the 65 weights
# to exactly 0: fewer than 20 are left on average, and you can read which ones. Ridge keeps them all. Between the three
# test errors the differences are small, and the ten draws share patients, so do not rank the three by this table.

# %% tags=["claim"]
mean, least, ridge, lasso = (patients.iloc[k] for k in range(4))
worse = least["test RMSE"] > mean["test RMSE"]
claim("worse than to predict the mean for everybody", bool(worse))
claim("has the lowest training error", bool(patients["training RMSE"].idxmin() == 1))
claim("bring it down to below 60", bool((patients["test RMSE"][2:] < 60).all()))
claim("fewer than 20 are left on average", bool(lasso["weights not 0"] < 20))
claim("Ridge keeps them all", bool(ridge["weights not 0"] == 65))

# %% [markdown]
# ## Exercise 11.5: two bugs in early stopping
#
# This function should train `model` on `x`, `y` with an L2 penalty, stop early by the validation data, and hand back
# the best epoch's weights. Full batch, plain gradient descent; the validation loss is measured after each step. It has
# two bugs. It runs without an error, and it never stops early. Find the two and repair them.
#
# The repaired function returns three things: the best epoch (from 0), the list of the validation losses of all epochs
# that were trained, and the restored model's predictions for `x_val`, shape `(n, 1)`. Stop when there have been
# `patience` epochs in a row without a new lowest validation loss.
#
# ```python
# def train_with_patience(model, x, y, x_val, y_val, lr, alpha, patience, epochs):
#     optimizer = torch.optim.SGD(model.parameters(), lr=lr)
#     val_losses, best_epoch, best_loss = [], 0, float("inf")
#     for epoch in range(epochs):
#         optimizer.zero_grad()
#         penalty = alpha / 2 * sum((p**2).sum() for p in model.parameters())
#         loss = ((model(x) - y) ** 2).mean() + penalty
#         loss.backward()
#         optimizer.step()
#         val_losses.append(((model(x_val) - y_val) ** 2).mean().item())
#         if loss.item() < best_loss:
#             best_loss, best_epoch = loss.item(), epoch
#             best_weights = model.state_dict()
#         elif epoch - best_epoch == patience:
#             break
#     model.load_state_dict(best_weights)
#     return best_epoch, val_losses, model(x_val)
# ```
#
# (Here the penalty covers the biases too, to keep the code short. Leave that as it is.)


# %%
def train_with_patience(model, x, y, x_val, y_val, lr, alpha, patience, epochs):
    """(best epoch, validation losses, the restored model's predictions for x_val)."""
    ### BEGIN SOLUTION: the function without its two bugs
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    val_losses, best_epoch, best_loss = [], 0, float("inf")
    for epoch in range(epochs):
        optimizer.zero_grad()
        penalty = alpha / 2 * sum((p**2).sum() for p in model.parameters())
        loss = ((model(x) - y) ** 2).mean() + penalty
        loss.backward()
        optimizer.step()
        val_losses.append(((model(x_val) - y_val) ** 2).mean().item())
        if val_losses[-1] < best_loss:
            best_loss, best_epoch = val_losses[-1], epoch
            best_weights = copy.deepcopy(model.state_dict())
        elif epoch - best_epoch == patience:
            break
    model.load_state_dict(best_weights)
    return best_epoch, val_losses, model(x_val)
    ### END SOLUTION


# %%
check("11.5")

# %% [markdown]
# ## Dropout
#
# {term}`Dropout` switches neurons off at random while the network trains {cite:p}`srivastava2014dropout`. In each
# forward pass every activation is set to 0 with probability $p$, each by its own toss of a coin. So no neuron can rely
# on one particular other neuron being there, and the network cannot build delicate combinations that fit single
# training points. It is a remedy for *over*fitting. (In some places you will read the opposite. That is a mistake:
# switching neurons off makes a network weaker, so too much of it causes underfitting.)
#
# When the network is *used*, nothing is switched off. But then every neuron of the next layer would get larger sums
# than it was trained with. The repair: while training, divide what is kept by $1 - p$. Let $m_j$ be 1 with probability
# $1 - p$ and 0 otherwise. The layer passes on
#
# ```{math}
# :label: eq-dropout
# \tilde a_j = \frac{m_j}{1 - p}\, a_j ,
# \qquad
# \mathbb{E}\,\tilde a_j = \frac{(1 - p) \cdot 1 + p \cdot 0}{1 - p}\, a_j = a_j .
# ```
#
# On average, each activation is unchanged. This form is called **inverted dropout**, and it is what PyTorch does:
# `model.train()` switches it on, `model.eval()` off.

# %% [markdown]
# ## Exercise 11.6: inverted dropout
#
# `a` is an array of activations of any shape, and `u` an array of the same shape with random numbers from 0 to 1, one for
# each activation. Set an activation to 0 where its `u` is less than `p`, and keep it in expectation by
# {eq}`eq-dropout`. With `training=False` return `a` as it is. The entries of `a` may be whole numbers, and then the
# result need not be.


# %%
def dropout(a, u, p, training):
    """a after inverted dropout; a and u of one shape, 0 <= p < 1."""
    ### BEGIN SOLUTION: the mask and the factor, in training only
    if not training:
        return a
    return np.where(u < p, 0.0, a / (1 - p))
    ### END SOLUTION


# %%
check("11.6")

# %% [markdown]
# What happens if you forget `model.eval()` before you predict? Train a network with dropout on 500 correct digits, and
# ask it in both modes.

# %%
clean_train, _, clean_test = digit_sets(SEED, n=500, wrong=0.0)
seed_everything(SEED)
layers = nn.Linear(784, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10)
dropped = nn.Sequential(*layers)
fit(dropped, clean_train, loss=CROSS_ENTROPY, lr=0.003, epochs=40)
dropped.train()
forgot = [accuracy(dropped(clean_test[0]), clean_test[1]) for _ in range(20)]
dropped.eval()
right = accuracy(dropped(clean_test[0]), clean_test[1])
print(f"train mode, 20 tries: {min(forgot):.3f} to {max(forgot):.3f}")
print(f"           their mean: {np.mean(forgot):.3f}")
print(f"eval mode, every time: {right:.3f}")

# %% [markdown]
# In training mode the same network gets several percentage points less on average, and another value each time that you
# ask. A bug of this size is easy to overlook, since nothing breaks. A sign of it: two evaluations of one model differ.

# %% tags=["claim"]
claim("gets several percentage points less", bool(0.03 < right - np.mean(forgot) < 0.1))
claim("and another value each time", len(set(forgot)) > 10)

# %% [markdown]
# ## Noise as a penalty, and augmentation
#
# Add fresh random noise to the *inputs* in each epoch. For a linear model you can compute what this does on average.
# Let each input get its own noise $\nu$ ("nu") with mean 0 and variance $\tau^2$ ("tau squared"). The prediction for
# sample $i$ becomes $\hat y_i + w \cdot \nu_i$, and
#
# ```{math}
# :label: eq-noise-ridge
# \mathbb{E}\,\frac1n \sum_i (\hat y_i + w \cdot \nu_i - y_i)^2
#   = \frac1n \sum_i (\hat y_i - y_i)^2 + \tau^2 \sum_j w_j^2 ,
# ```
#
# because the mixed term has mean 0 and $\mathbb{E}\,(w \cdot \nu_i)^2 = \tau^2 \sum_j w_j^2$. That is ridge, with
# $\alpha = 2 \tau^2$. Noise on the inputs *is* a penalty; for networks this holds approximately, for small noise
# {cite:p}`bishop1995training`.
#
# It is the simplest case of {term}`augmentation`: make new training samples from old ones by changes that do not change
# the label. Good changes depend on the task. A digit that is moved by two pixels is the same digit. A digit seen in a
# mirror is not.


# %%
class InTraining(nn.Module):
    """A layer that changes the pictures, in training mode only."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def forward(self, x):
        return self.change(x) if self.training else x


# %%
def move(x):
    """The pictures of a batch, moved together by up to 2 pixels."""
    steps = torch.randint(-2, 3, (2,)).tolist()
    return x.view(-1, 28, 28).roll(steps, (1, 2)).reshape(len(x), -1)


def mirror(x):
    """Each picture is mirrored with probability 1/2."""
    turned = x.view(-1, 28, 28).flip(2).reshape(len(x), -1)
    return torch.where(torch.rand(len(x), 1) < 0.5, turned, x)


def add_noise(x):
    """Each pixel gets normal noise with standard deviation 0.3."""
    return x + 0.3 * torch.randn_like(x)


# %% tags=["hide-input"]
seed_everything(SEED)
example = pixels[some[:1]]
mirrored = example.view(28, 28).flip(1)
shown = [example, move(example), add_noise(example).clip(0, 1), mirrored]
titles = ["original", "moved", "with noise", "mirrored"]
plot.image_grid([s.view(28, 28).numpy() for s in shown], titles=titles, columns=4)
plot.show(
    "One handwritten digit four times: as it is, moved by a few pixels, with noise on "
    "each pixel, and mirrored. The first three can be read as the same digit; the "
    "mirrored one is no digit in our writing.",
    "Three changes. Which of them keep the label?",
)

# %% [markdown]
# ## What helps how much?
#
# Now all the methods on one problem: 200 digits for training, a network with 64 hidden neurons, 150 updates. First with
# correct labels, then with 30 % wrong ones in the training and the validation set. Each method is run on three draws of
# all sets. The test digits, 3000 with correct labels, decide nothing.


# %%
extra = {
    "noise on the pixels": [InTraining(add_noise)],
    "moving (±2 pixels)": [InTraining(move)],
    "mirroring": [InTraining(mirror)],
}


def net_for(method):
    layers = [nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10)]
    if method == "dropout":
        layers = [nn.Dropout(0.2), *layers[:2], nn.Dropout(0.5), layers[2]]
    return nn.Sequential(*extra.get(method, []), *layers)


# %%
def contest(method, seed, wrong):
    """Test accuracy of one method on one draw of the sets, in percent."""
    n = 1000 if method == "five times the data" else 200
    train, val, test = digit_sets(seed, n=n, wrong=wrong)
    options = {"loss": CROSS_ENTROPY, "batch_size": 40, "epochs": 30 * 200 // n}
    if method == "early stopping":
        options |= {"validation": val, "early_stopping": 8, "restore_best": True}
    seed_everything(seed)
    net = net_for(method)
    decay = 0.05 if method == "weight decay" else 0.0
    adam = torch.optim.Adam(net.parameters(), lr=0.003, weight_decay=decay, fused=True)
    fit(net, train, optimizer=adam, **options)
    return 100 * accuracy(net.eval()(test[0]), test[1])


# %%
methods = ["nothing", "weight decay", "dropout", "early stopping"]
methods += [*extra, "five times the data"]
scores = {}  # for each share of wrong labels: (methods, draws)
for wrong in (0.0, 0.3):
    tried = [[contest(name, seed, wrong) for seed in range(3)] for name in methods]
    scores[wrong] = np.array(tried)
    print(
        f"{wrong:.0%} wrong labels, nothing done: {scores[wrong][0].mean():.1f} % right"
    )

# %% tags=["hide-input"]
places = np.arange(len(methods) - 1)
looks = (0.0, blue, "o", "correct labels"), (0.3, orange, "s", "30 % wrong labels")
for wrong, shade, marker, label in looks:
    gains = scores[wrong][1:] - scores[wrong][0]
    sem = gains.std(axis=1, ddof=1) / np.sqrt(3)
    look_of = {"fmt": marker, "color": shade, "capsize": 3, "label": label}
    plt.errorbar(gains.mean(1), places + 0.8 * (wrong - 0.15), xerr=sem, **look_of)
plt.axvline(0, color=colors["muted"], linewidth=1)
plt.yticks(places, methods[1:])
plt.gca().invert_yaxis()
plt.xlabel("gain in test accuracy [percentage points]")
plt.legend(loc="upper right")
plot.show(
    "The gain in test accuracy of seven methods over doing nothing, with error bars. "
    "With correct labels weight decay, dropout, early stopping, noise, moving lie "
    "about 0, five times the data at 7, mirroring at -5. With 30 % wrong labels "
    "weight decay, dropout, early stopping, noise and moving gain between 2 and 12 "
    "points, five times the data about 20, and mirroring loses a little.",
    "Gain over doing nothing, mean of three draws ± its standard error. The same "
    "methods help little or much: it depends on how much overfitting there is.",
)

# %% [markdown]
# **With correct labels** weight decay, dropout, early stopping, noise and moving change the accuracy by less than two
# percentage points. The network knows its 200 digits by heart, and that does little harm. Mirroring costs more than 3
# points: a change that does not keep the label is worse than none.
#
# **With wrong labels** there is something to be gained. Dropout, early stopping and moving gain more than 4 points
# each. And five times the data, with the same share of wrong labels, gains more than 15: more than any trick. **More
# data is the best regulariser**, where you can get it.
#
# What this does not show: that these methods rank like this elsewhere. The strengths are rough, the network is small,
# there are three draws and they share their digits. It shows that "does dropout help?" has no answer without the data.

# %% tags=["claim"]
clean, dirty = ((scores[w] - scores[w][0]).mean(axis=1) for w in (0.0, 0.3))
less = bool((abs(clean[1:6]) < 2).all())
claim("change the accuracy by less than two percentage points", less)
claim("Mirroring costs more than 3 points", bool(clean[6] < -3))
claim("gain more than 4 points each", bool((dirty[[2, 3, 5]] > 4).all()))
claim(
    "gains more than 15: more than any trick",
    bool(dirty[7] > 15 and dirty.argmax() == 7),
)

# %% [markdown]
# ## Double descent
#
# The story so far: more capacity, less bias, more variance, and a best size in between. It is true of what we measured,
# and it is not the whole story. Networks in use have many more parameters than samples, fit the training set perfectly,
# and predict well. What happens *beyond* the point where everything fits?
#
# A model that can be solved exactly shows it. Take $m$ neurons with *random* weights that are never trained,
# $h_k(x) = \max(0, v_k \cdot x)$, and fit only the last layer, by least squares. These are **random ReLU features**.
# With fewer features than samples there is one best fit. With more, infinitely many fits have training error 0, and we
# take the one with the smallest sum of squared weights, the {term}`minimum-norm solution <minimum-norm>`:
# `np.linalg.lstsq` returns it, and gradient descent from zero would find the same one.
#
# Before you run it, predict.

# %% [markdown]
# ## Exercise 11.7: predict where it is worst
#
# With $n$ samples, the fit is most unstable where there are just enough features to pass through every sample: there is
# exactly one way to do it, and it has to be used, however wild it is. At which number of features do you expect the
# highest test error?
#
# - `peak_60`: with 60 training samples;
# - `peak_120`: with 120 training samples, so with 60 more;
# - `peak_copies`: with 120 rows that are the 60 samples, each entered twice, with the same target.

# %%
### BEGIN SOLUTION: a number of features
peak_60 = 60
### END SOLUTION
### BEGIN SOLUTION: a number of features
peak_120 = 120
### END SOLUTION
### BEGIN SOLUTION: a number of features
peak_copies = 60
### END SOLUTION

# %%
check("11.7")


# %%
def last_layer(H, y, ridge):
    """The minimum-norm fit, or with ridge > 0 the ridge fit, to H (n, m)."""
    if ridge == 0:
        return np.linalg.lstsq(H, y, rcond=None)[0]
    return H.T @ np.linalg.solve(H @ H.T + ridge * np.eye(len(y)), y)


# %%
def random_feature_errors(n, features, seed, noise=0.2, ridge=0.0, copies=1):
    """The true error of random ReLU features, for each number of features."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=20)
    truth /= np.linalg.norm(truth)  # y = truth · x + noise, x in 20 dimensions
    X, X_fresh = rng.normal(size=(n, 20)), rng.normal(size=(500, 20))
    y = X @ truth + noise * rng.normal(size=n)
    X, y = np.repeat(X, copies, axis=0), np.repeat(y, copies)
    V = rng.normal(size=(20, max(features))) / np.sqrt(20)
    errors = []
    for m in features:
        H, H_fresh = (np.maximum(Z @ V[:, :m], 0) / np.sqrt(m) for Z in (X, X_fresh))
        wrong = H_fresh @ last_layer(H, y, ridge) - X_fresh @ truth
        errors.append(np.mean(wrong**2) + noise**2)
    return errors


# %%
around = [20, 40, 50, 60, 70, 80, 100, 110, 120, 130, 150]
cases = {"60 samples": (60, 1), "120 samples": (120, 1), "60, each twice": (60, 2)}
for name, (n, copies) in cases.items():
    true = [random_feature_errors(n, around, seed, copies=copies) for seed in range(10)]
    cases[name] = around[int(np.median(true, axis=0).argmax())]
    print(f"{name:>14}: the median true error is highest at {cases[name]} features")

# %% [markdown]
# The peak is at 60 features for 60 samples, at 120 for 120, and still at 60 when the samples are entered twice. What
# counts is how many *different* equations the fit has to fulfil. Copies add none. (So a data set with duplicates is
# smaller than it looks.)

# %% tags=["claim"]
once, more, twice = cases.values()
claim(
    "The peak is at 60 features for 60 samples, at 120 for 120, and still at 60",
    *(once, 60, more, 120, twice),
)

# %%
features = [5, 10, 20, 30, 40, 50, 60, 80, 90, 96, 100]
features += [104, 110, 125, 150, 200, 400, 1000, 2000]
curves = {
    "no penalty, noise 0.2": {"noise": 0.2},
    "ridge, noise 0.2": {"noise": 0.2, "ridge": 0.01},
    "no penalty, noise 0.6": {"noise": 0.6},
}
for name, options in curves.items():
    draws = [
        random_feature_errors(100, features, seed, **options) for seed in range(10)
    ]
    curves[name] = np.array(draws)  # (seeds, numbers of features)

# %% tags=["hide-input"]
styles = ("o-", "blue"), ("s--", "green"), ("^-.", "red")
for (name, values), (style, shade) in zip(curves.items(), styles, strict=True):
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    plt.plot(features, middle, style, color=colors[shade], label=name)
    plt.fill_between(features, low, high, color=colors[shade], alpha=0.2, linewidth=0)
plt.axvline(100, color=colors["muted"], linestyle=":", linewidth=1.2)
plt.text(106, 0.05, "m = n", color=colors["muted"])
plt.xscale("log")
plt.yscale("log")
plt.xlabel("number of random features m")
plt.ylabel("true error")
plt.legend(loc="upper left", fontsize=8)
plot.show(
    "The true error over the number of features from 5 to 2000, both axes "
    "logarithmic, for 100 samples. Without penalty and with noise 0.2 it falls to 0.4 "
    "at 50 features, rises to a sharp peak of about 8 at 100 features, and falls again "
    "to 0.08 at 2000. With noise 0.6 the same shape lies higher, with a higher and "
    "wider peak. With ridge there is no peak: the curve falls from 1 to 0.07.",
    "Double descent: medians over 10 draws; the bands hold the middle half of the "
    "draws.",
)

# %% [markdown]
# Left of $m = n$ you see the picture that you know: down, then up. At $m = n = 100$ the error explodes. Beyond it, it
# falls a second time. This is {term}`double descent` {cite:p}`belkin2019reconciling`; deep networks show it too
# {cite:p}`nakkiran2020deep`. With noise 0.2 the error at 2000 features, about 0.08, is far below the best value on the
# left side, about 0.4.
#
# Why does it fall again? With more features than needed, there are many ways through all the samples, and the smallest
# one is smoother than the only one. The solution with the minimum norm has a built-in preference for small weights.
#
# Three cautions. First, the explosion is a failure of *unregularised* fitting: with a little ridge (green) it is gone.
# Second, "larger is better" is no law: it depends on noise, on data and on what the fit prefers among all perfect fits.
# Third, all this needs many seeds. At $m = n$ the mean of the 10 draws is more than twice their median, because of a
# few huge errors; that is why the figure shows medians.

# %% tags=["claim"]
plain, ridged = (np.median(values, axis=0) for values in list(curves.values())[:2])
top = features.index(100)
claim("the error at 2000 features, about 0.08,", features[-1], plain[-1])
claim("the best value on the left side, about 0.4", plain[:top].min())
claim("the error explodes", bool(plain.argmax() == top and plain.max() > 5 * plain[0]))
claim("with a little ridge (green) it is gone", bool(ridged.argmax() == 0))
at_peak = curves["no penalty, noise 0.2"][:, top]
huge = at_peak.mean() > 2 * np.median(at_peak)
claim(
    "the mean of the 10 draws is more than twice their median", at_peak.size, bool(huge)
)

# %%
progress()

# %% [markdown]
# ## Recap
#
# - Overfitting: the training error falls while the error on new data rises. It is a relation between capacity, data,
#   noise and training time, and no property of a network.
# - Measure inside the loop, every few epochs, and look at a logarithmic axis. A test set of ten points cannot tell you the
#   best epoch.
# - Expected error = squared bias + variance + noise. It adds up, and both capacity and training time move error from bias to
#   variance.
# - Early stopping needs validation data, patience, a *copy* of the best weights, and their return.
# - L2 shrinks weights by a factor, L1 by an amount, down to 0. Never compare penalised losses.
# - Dropout works in training only, and keeps the mean by dividing by $1 - p$. Say `model.eval()` before you measure.
# - Augmentation must keep the label. More data helps most.
# - Beyond $m = n$ the error can fall again. A penalty removes the peak.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: A network has a training loss of 0.90 and a validation loss of 0.92. Both have been flat for 50 epochs, and a larger network reaches 0.40. What is the matter?
#   options:
#     - wrong: It overfits, because the validation loss is higher
#       why: A small gap is normal. Overfitting shows in a large gap, or in a validation loss that rises.
#     - right: It underfits
#       why: Both losses are high and close together, and more capacity helps.
#     - wrong: It was stopped too early
#       why: Both curves are flat, so more epochs would change little.
# - question: A layer puts out the activation 3. Inverted dropout with $p = 0.4$ keeps it. What does it pass on in training mode?
#   number: 5
#   why: What is kept is divided by $1 - p = 0.6$, so $3 / 0.6 = 5$. On average that gives $0.6 \cdot 5 = 3$.
# - question: "Five models predict 1, 2, 3, 4 and 5 at a point where the truth is 5. What is the squared bias there?"
#   number: 4
#   why: "The mean prediction is 3, so the squared bias is $(3 - 5)^2 = 4$. The variance is 2, and the mean squared error 6 is their sum."
# - question: Which of these can you compare between two runs with different `alpha`?
#   options:
#     - wrong: the loss that the optimiser minimises
#       why: It contains the penalty, so it is a different function for each `alpha`.
#     - right: the data loss on validation samples
#       why: It measures the same thing for both.
#     - right: the validation accuracy
#       why: There is no penalty in it. Remember its standard error.
#     - wrong: the sum of the squared weights
#       why: Smaller weights are what the penalty asks for. They are no proof of a better model.
# - question: Early stopping with a patience of 10 ended a run after epoch 42 (counted from 0). Which epoch's weights should the model have?
#   number: 32
#   why: The last improvement was 10 epochs before, in epoch 32. Without a copy of those weights you would keep those of epoch 42.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`geman1992neural` measured bias and variance of neural networks, with the derivation of this chapter.
# - {cite:t}`prechelt1998early` compares rules for when to stop, on many data sets.
# - {cite:t}`tibshirani1996regression` introduced the lasso, {cite:t}`zou2005regularization` the elastic net.
# - {cite:t}`srivastava2014dropout` is the paper on dropout, {cite:t}`bishop1995training` the proof that noise is a penalty.
# - {cite:t}`zhang2017understanding` let large networks learn random labels by heart, and asked what capacity means then.
# - {cite:t}`belkin2019reconciling` gave double descent its name; {cite:t}`nakkiran2020deep` found it in deep networks, over
#   size, data and epochs.
