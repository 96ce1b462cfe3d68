# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Architectures
#
# In 2012 a convolutional network won the largest competition in image recognition. Its error was 15.3 %, that of the
# next best entry 26.2 % {cite:p}`krizhevsky2012imagenet`. Three years later the error was 3.57 %
# {cite:p}`he2016deep`. (An error here means: the right one of 1000 classes is not among the five best guesses.) Size
# alone does not explain this. The winner of 2012 has 61 million parameters. A net of 2019 that makes far fewer errors
# {cite:p}`tan2019efficientnet` has 5 million.
#
# **What did people learn in between?** A small number of ideas about how to put convolutions together. Each of them
# fits into one block of a few layers. In this chapter you meet nine nets. For each you see its one idea, its block, and
# its exact size. The years in the headings say when a net became public; the conference was often a year later. You
# test four of the ideas: small nets that differ in one thing only, trained with several seeds.
#
# You need convolutions and their cost ({doc}`chapter 14 <14_convolutions>`), and a first convolutional classifier
# ({doc}`chapter 15 <15_cnn_classifier>`).

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the nets that are trained here are tiny
DEVICE = None

# %%
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
import numpy as np
import pandas as pd
from torch import nn

from nnlab import check, draw, hint, load, plot, progress, seed_everything, zoo
from nnlab.scratch import conv
from nnlab.train import fit

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, PURPLE = (plot.PALETTE[name] for name in ("blue", "orange", "purple"))

# %% [markdown]
# ## Two numbers for each net
#
# An {term}`architecture` is the plan of a net: which layers, of what size, joined how. It says nothing about the values
# of the weights. All plans of this chapter are in `nnlab.zoo`, each in a file that you can read.
#
# We describe each by two numbers.
#
# - Its **parameters**: how many numbers it learns.
# - Its **cost**: how many multiplications, each with its addition, one picture takes. Papers call them
#   {term}`multiply-adds` (or FLOPs; some count a product and a sum as two).
#
# A convolution from $c_\text{in}$ to $c_\text{out}$ channels with kernels of $k \times k$ has
#
# ```{math}
# :label: eq-arch-conv
# c_\text{out} \, (c_\text{in} \, k^2 + 1)
# ```
#
# parameters: for each kernel its weights and one bias. Each weight works once at every place of the output, so the cost
# is the weights times the height times the width of what comes out.
#
# To count, you need no weights. On the device `"meta"` a tensor has a shape and no content, so that even the
# largest net takes no memory.

# %%
makers = {
    "LeNet-5": zoo.lenet5,
    "AlexNet": zoo.alexnet,
    "VGG16": zoo.vgg16,
    "GoogLeNet": zoo.googlenet,
    "ResNet-18": zoo.resnet18,
    "ResNet-50": zoo.resnet50,
    "DenseNet-121": zoo.densenet121,
    "MobileNet V1": zoo.mobilenet_v1,
    "EfficientNet-B0": zoo.efficientnet_b0,
}
with torch.device("meta"):
    nets = {name: make() for name, make in makers.items()}
size = {name: zoo.count_parameters(net) for name, net in nets.items()}
cost = {name: zoo.multiply_adds(net) for name, net in nets.items()}
for name in nets:
    print(f"{name:15}  {size[name]:11,} parameters")

# %% [markdown]
# For the experiments you need small pictures and one way of training that is the same for all. The **standard error**
# of a mean over seeds ({doc}`chapter 12 <12_model_selection>`) is their standard deviation, divided by the root of
# their number.


# %%
def pictures(name, side):
    """All 5000, standardised by the first 1000: (5000, 1, side, side), and labels."""
    images, labels = load(name)
    x = torch.as_tensor(images)[:, None].float()
    x = F.interpolate(x, size=(side, side), mode="area")
    return (x - x[:1000].mean()) / x[:1000].std(), torch.as_tensor(labels)


def trained(make, x, y, seed, n=1000, epochs=5, lr=0.01):
    """Train a net from make() on the first n; (loss in the last epoch, accuracy)."""
    torch.manual_seed(seed)
    net, steps = make().to(memory_format=torch.channels_last), epochs * n // 50
    schedule = partial(
        torch.optim.lr_scheduler.OneCycleLR, max_lr=lr, total_steps=steps
    )
    run = fit(
        net, (x[:n], y[:n]), loss=nn.CrossEntropyLoss(), epochs=epochs, batch_size=50,
        lr=lr, scheduler=schedule, scheduler_every="batch", threads=1,
    )  # fmt: skip
    net.eval()
    with torch.no_grad():
        right = net(x[3000:]).argmax(1) == y[3000:]
    return run.loss[-1], right.float().mean().item()


# %%
def compared(variants, x, y, seeds=4, **settings):
    """A row for each variant: its size, and mean and standard error over the seeds."""
    rows = {}
    for name, make in variants.items():
        runs = [trained(make, x, y, SEED + s, **settings) for s in range(seeds)]
        loss, accuracy = np.transpose(runs)
        net = make()
        rows[name] = {
            "parameters": zoo.count_parameters(net),
            "multiply-adds": zoo.multiply_adds(net, tuple(x.shape[1:])),
            "training loss": loss.mean(),
            "accuracy": accuracy.mean(),
            "standard error": accuracy.std(ddof=1) / seeds**0.5,
        }
    return pd.DataFrame(rows).T.rename_axis("net")


def shown(results, caption):
    """The table of `compared`, with whole numbers where they are whole."""
    whole = {"parameters": int, "multiply-adds": int}
    plot.table(results.astype(whole), caption, digits=3)


# %% [markdown]
# Each accuracy is measured on 2000 pictures that no net has trained on. They are the same for all nets, and we choose
# nothing by them. A single accuracy near 0.75 on 2000 pictures has a sampling error of about 0.01
# ({doc}`chapter 01 <01_learning_from_data>`). But the same pictures are hard for all nets, so *differences* between
# nets are known better than that. What the standard errors below do not contain is: other training pictures, other
# tasks, longer training.
#
# ## 1998: LeNet-5, weights shared over the places
#
# {cite:t}`lecun1998gradient` read digits with two convolutions, two poolings and three dense layers. **The idea: one
# small kernel for all places.** An edge in one corner is found by the same 25 weights as in any other. On the way the
# maps become smaller and more numerous. You built this net in {doc}`chapter 15 <15_cnn_classifier>`.
#
# Here it is, drawn from the module itself: each box is an operation, its last line the shape of what comes out.

# %% tags=["hide-input"]
drawing = draw.module_draw(nets["LeNet-5"], (1, 32, 32), depth=2)
plot.show(drawing.alt, "LeNet-5: channels × height × width.")

# %%
first = nets["LeNet-5"].features.c1
shared = zoo.count_parameters(first)
places = 28 * 28
own_kernels = places * shared
dense = zoo.count_parameters(nn.Linear(32 * 32, 6 * places))
print("first layer, shared kernels:          ", f"{shared:9,}")
print("the same, a kernel for each place:    ", f"{own_kernels:9,}")
print("the same, each output sees all pixels:", f"{dense:9,}")

# %% [markdown]
# The net has 61 706 parameters. Its first layer has 156: six kernels of 25 weights and a bias. A layer that puts out as
# many numbers, but has a kernel of its own at each place, needs 122 304. A dense layer needs 4 821 600. Sharing and
# small kernels together save a factor of 30 000.
#
# You will also meet other counts for "LeNet-5". The net of 1998 had 60 000: there the second convolution did not look
# at all six maps, the poolings had weights, and the last layer was of another kind. On digits of 28 × 28 pixels without
# padding there are 44 426. So a name is not yet a plan: **say which variant you mean.**

# %% tags=["claim"]
from nnlab import claim

claim("The net has 61 706 parameters", size["LeNet-5"])
claim("Its first layer has 156", shared)
claim("at each place, needs 122 304", own_kernels)
claim("A dense layer needs 4 821 600", dense)
claim("save a factor of 30 000", bool(29_000 < dense / shared < 32_000))
with torch.device("meta"):
    unpadded = zoo.count_parameters(zoo.lenet5(resolution=28))
claim("without padding there are 44 426", unpadded)
claim("A single accuracy near 0.75 on 2000 pictures has a sampling error of about 0.01",
      bool(0.009 < (0.75 * 0.25 / 2000) ** 0.5 < 0.011))  # fmt: skip

# %% [markdown]
# ## 2012: AlexNet, large, and on graphics cards
#
# {cite:t}`krizhevsky2012imagenet` took the plan of LeNet-5 and made it 1000 times larger. **The idea: size**, and what
# makes size possible. ReLU trains faster than tanh (they report six times on a small net;
# {doc}`chapter 10 <10_signals_in_deep_nets>` showed that the first weights must fit it). Dropout
# ({doc}`chapter 11 <11_overfitting>`) holds the dense layers back from learning by heart. Two graphics cards share the
# work.

# %% tags=["hide-input"]
drawing = draw.module_draw(nets["AlexNet"].features, (3, 224, 224))
plot.show(drawing.alt, "The convolutional part of AlexNet. Three dense layers follow.")


# %%
def by_part(name):
    """Shares of features and head: of the parameters, and of the cost."""
    net = nets[name]
    head = zoo.count_parameters(net.head) / size[name]
    features_cost = zoo.multiply_adds(net.features, net.input_shape) / cost[name]
    return {"head: parameters": head, "features: cost": features_cost}


for name in "AlexNet", "VGG16", "GoogLeNet", "ResNet-50":
    print(f"{name:10}", {what: round(x, 3) for what, x in by_part(name).items()})

# %% [markdown]
# AlexNet has 61 100 840 parameters. Where are they? In its head, the dense layers of 4096, 4096 and 1000 neurons: 96 %
# of all. (9216 in some tables is not a layer. It is the number of inputs of the first one, $256 \cdot 6 \cdot 6$.) And
# where is the work? In the convolutions: 92 % of the cost. **Parameters sit where the maps end, work where the maps are
# large.** Later nets attack the two separately.
#
# Our net is the author's version for one card, of 2014 {cite:p}`krizhevsky2014weird`. The net that won has more maps,
# and three of its convolutions are cut into two groups, one for each card: 60 965 224 parameters. Without the cut it
# would have 62 378 344.

# %% tags=["claim"]
claim("AlexNet has 61 100 840 parameters", size["AlexNet"])
claim("96 % of all", 100 * by_part("AlexNet")["head: parameters"])
claim("92 % of the cost", 100 * by_part("AlexNet")["features: cost"])
neurons = [m.out_features for m in nets["AlexNet"].head if isinstance(m, nn.Linear)]
claim("the dense layers of 4096, 4096 and 1000 neurons", *neurons)
claim("9216 in some tables", nets["AlexNet"].head.dense1.in_features)
wide = (96, 256, 384, 384, 256)
with torch.device("meta"):
    cut, whole = (zoo.alexnet(widths=wide, groups=g) for g in (2, 1))
claim("one for each card: 60 965 224 parameters", zoo.count_parameters(cut))
claim("have 62 378 344", zoo.count_parameters(whole))
claim("made it 1000 times larger", bool(900 < size["AlexNet"] / size["LeNet-5"] < 1100))

# %% [markdown]
# ## 2014: VGG16, nothing but 3 × 3
#
# AlexNet has kernels of 11, 5 and 3 pixels. {cite:t}`simonyan2015very` asked what happens if all are 3 × 3. **The idea:
# two small kernels in place of a large one.** Two 3 × 3 convolutions one after the other see 5 × 5 pixels, three see
# 7 × 7. With $c$ channels before and after, and without biases, one large kernel against several small ones is
#
# $$
# \begin{aligned}
# 25\, c^2 &\;\text{ against }\; 2 \cdot 9\, c^2 = 18\, c^2 , \\
# 49\, c^2 &\;\text{ against }\; 3 \cdot 9\, c^2 = 27\, c^2
# \end{aligned}
# $$
#
# weights, and between the small ones stand additional ReLUs. The 16 counts the layers with weights: 13 convolutions
# and 3 dense layers.

# %% tags=["hide-input"]
with torch.device("meta"):
    stage = zoo.VGGStage(128, 256, depth=3)
drawing = draw.module_draw(stage, (128, 56, 56))
plot.show(drawing.alt, "The third of VGG16's five stages: convolutions and a pooling.")

# %%
for kernels in [(5,)], [(3,), (3,)], [(3,), (3,), (3,)]:
    print(kernels, "sees", conv.receptive_field(kernels).size, "pixels along each axis")
print(
    f"first dense layer of VGG16: {nets['VGG16'].head.dense1.weight.numel():,} weights"
)

# %% [markdown]
# VGG16 has 138 357 544 parameters. The weights of the first dense layer alone are 102 760 448 of them. It is the
# largest and the most expensive net of this chapter.
#
# Now isolate the idea. A small net for clothes (Fashion-MNIST, 14 × 14 pixels) has one place that we vary: one 5 × 5
# convolution, or two of 3 × 3, or only one of 3 × 3. We add batch normalisation everywhere, here and in all experiments
# below, since it makes short trainings work (VGG had none). Before you run it: what do you expect?


# %%
def with_kernels(sides, width=16):
    """A first layer, pooling, convolutions with these kernels, mean over places."""
    middle = [zoo.ConvNorm(width, width, k) for k in sides]
    pool = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    first = zoo.ConvNorm(1, width, 3), nn.MaxPool2d(2)
    return nn.Sequential(*first, *middle, *pool, nn.Linear(width, 10))


clothes = pictures("fashion_mnist", 14)
kernels = {"one 5×5": (5,), "two 3×3": (3, 3), "one 3×3": (3,)}
kernel_results = compared(
    {name: partial(with_kernels, sides) for name, sides in kernels.items()}, *clothes
)
shown(kernel_results, "One place of a small net, three ways. Four seeds each.")
# %% [markdown]
# Two 3 × 3 convolutions are not worse than one of 5 × 5, with a quarter fewer parameters. Here they are even better, by
# about 0.03, several standard errors. One 3 × 3 convolution alone is clearly worse than the 5 × 5. So the wide view
# matters, and it can be had in two steps.
#
# What you cannot conclude is *why* the two are better: they also bring one ReLU and one normalisation more, and the
# training is short.

# %% tags=["claim"]
claim("VGG16 has 138 357 544 parameters", size["VGG16"])
five, two, one = (kernel_results.loc[name] for name in kernels)
fewer = two["parameters"] / five["parameters"]
claim("with a quarter fewer parameters", bool(0.7 < fewer < 0.8))
claim("better, by about 0.03, several standard errors",
      bool(0.015 < two["accuracy"] - five["accuracy"] < 0.055))  # fmt: skip
lost = five["accuracy"] - one["accuracy"]
claim("alone is clearly worse than the 5 × 5", bool(lost > 0.02))
in_dense1 = nets["VGG16"].head.dense1.weight.numel()
claim("first dense layer alone are 102 760 448", in_dense1)
claim("It is the largest and the most expensive",
      size["VGG16"] == max(size.values()) and cost["VGG16"] == max(cost.values()))  # fmt: skip
claim("see 5 × 5 pixels", *[conv.receptive_field([(3,), (3,)]).size] * 2)
claim("13 convolutions and 3 dense layers",
      *[sum(isinstance(m, kind) for m in nets["VGG16"].modules()) for kind in (nn.Conv2d, nn.Linear)])  # fmt: skip

# %% [markdown]
# ## 2014: GoogLeNet, several kernels at once, and cheap ones
#
# Which kernel is right, 1 × 1, 3 × 3 or 5 × 5? {cite:t}`szegedy2015going` do not choose. Their {term}`inception block`
# has all three beside each other, and a pooling. The maps of the four branches are put one upon the other: they are
# concatenated. That is expensive, since 5 × 5 kernels look at all maps that come in. **So the idea: first reduce the
# number of maps by a 1 × 1 convolution**, which mixes channels and looks at no neighbours {cite:p}`lin2014network`.

# %% tags=["hide-input"]
with torch.device("meta"):
    block_3a = zoo.Inception(192, 64, 96, 128, 16, 32, 32)
drawing = draw.module_draw(block_3a, (192, 28, 28), depth=2)
plot.show(drawing.alt, "The first inception block of GoogLeNet, called 3a.")

# %% [markdown]
# Count the branch with the 5 × 5 kernels, per place of the map. From $c$ maps to $c_5$ maps, without and with a
# reduction to $c_r$ maps:
#
# ```{math}
# :label: eq-arch-reduce
# 25 \, c \, c_5 \qquad\text{against}\qquad c \, c_r + 25 \, c_r \, c_5 .
# ```
#
# With $c = 192$, $c_5 = 32$ and $c_r = 16$ that is 153 600 against 15 872.

# %%
at = 28 * 28  # places of the map
branches = {  # without and with the 1×1 convolution before it
    "1×1": (192 * 64 * at, 192 * 64 * at),
    "3×3": (9 * 192 * 128 * at, (192 * 96 + 9 * 96 * 128) * at),
    "5×5": (25 * 192 * 32 * at, (192 * 16 + 25 * 16 * 32) * at),
    "pooling": (0, 192 * 32 * at),
}
table = pd.DataFrame(branches, index=["without", "with"]).T / 1e6
table.loc["sum"] = table.sum()
table["maps out, without"] = [64, 128, 32, 192, 416]
table["maps out, with"] = [64, 128, 32, 32, 256]
caption = "Block 3a without and with reduction. Multiply-adds in millions."
plot.table(table.rename_axis("branch"), caption, digits=1)

# %% [markdown]
# The reduction brings the block from 303.5 to 128.0 million multiply-adds. It also keeps the block from growing:
# without a 1 × 1 convolution after it, the pooling passes on all 192 maps, and the next block would get 416 maps
# instead of 256.
#
# GoogLeNet has a second saving. Its head takes the mean of each map ({term}`global average pooling`), and one dense
# layer follows. Nine blocks, and 6 998 552 parameters: a ninth of AlexNet. (With the two side heads that helped the
# training there are 13 378 280. A widely used version has 6 624 904: it has batch normalisation, and 3 × 3 kernels
# where the paper has 5 × 5.)

# %% tags=["claim"]
claim("that is 153 600 against 15 872", 25 * 192 * 32, 192 * 16 + 25 * 16 * 32)
claim("from 303.5 to 128.0 million", *table.loc["sum"][:2])
claim("128.0 million multiply-adds", zoo.multiply_adds(block_3a, (192, 28, 28)) / 1e6)
claim("6 998 552 parameters", size["GoogLeNet"])
claim("a ninth of AlexNet", bool(8.5 < size["AlexNet"] / size["GoogLeNet"] < 9.5))
with torch.device("meta"):
    two_heads = zoo.count_parameters(zoo.googlenet(auxiliary=True))
claim("there are 13 378 280", two_heads)
modules = nets["GoogLeNet"].modules()
claim("Nine blocks", sum(isinstance(m, zoo.Inception) for m in modules) == 9)

# %% [markdown]
# ## Exercise 16.1: An inception block
#
# Write the class `Inception(inputs, one, reduce3, three, reduce5, five, pool)`. Its four branches, in this order:
#
# 1. a 1 × 1 convolution to `one` maps;
# 2. a 1 × 1 convolution to `reduce3` maps, then a 3 × 3 convolution to `three` maps;
# 3. a 1 × 1 convolution to `reduce5` maps, then a 5 × 5 convolution to `five` maps;
# 4. max pooling 3 × 3 that moves by one pixel, then a 1 × 1 convolution to `pool` maps.
#
# Each convolution has a bias and is followed by ReLU. Height and width stay as they are. What goes out are the maps of
# all branches, in the order of the branches. Build it from the layers of `torch.nn`, not from `nnlab.zoo`. The two
# lines below the class make two blocks of it; these are what the check looks at.


# %%
class Inception(nn.Module):
    """Maps [n, inputs, h, w] → [n, one + three + five + pool, h, w]."""

    def __init__(self, inputs, one, reduce3, three, reduce5, five, pool):
        super().__init__()
        ### BEGIN SOLUTION: make the four branches, with ReLU after each convolution

        def layer(i, o, k):
            return nn.Sequential(nn.Conv2d(i, o, k, padding=k // 2), nn.ReLU())

        pooling = nn.MaxPool2d(3, stride=1, padding=1)
        self.branches = nn.ModuleList(
            [
                layer(inputs, one, 1),
                nn.Sequential(layer(inputs, reduce3, 1), layer(reduce3, three, 3)),
                nn.Sequential(layer(inputs, reduce5, 1), layer(reduce5, five, 5)),
                nn.Sequential(pooling, layer(inputs, pool, 1)),
            ]
        )
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION: the maps of all branches, one upon the other
        return torch.cat([branch(x) for branch in self.branches], dim=1)
        ### END SOLUTION


torch.manual_seed(0)
tiny = Inception(3, 2, 4, 5, 1, 3, 6)
uneven = Inception(8, 3, 2, 7, 4, 6, 5)

# %%
check("16.1")

# %% [markdown]
# ## 2015: ResNet, learn what to add
#
# More layers should never harm: the additional ones could simply pass on what they get. Yet {cite:t}`he2016deep` saw
# that a plain net of 34 layers had a higher *training* error than one of 18. It is not overfitting, then. The deep net
# is harder to train. **The idea: let a block learn what to add to its input:**
#
# ```{math}
# :label: eq-arch-residual
# \text{out} = \operatorname{ReLU}\bigl(x + G(x)\bigr) .
# ```
#
# Here $x$ comes from a ReLU, so it is not negative: to pass it on, the block needs only $G = 0$. This is the skip
# connection of {doc}`chapter 10 <10_signals_in_deep_nets>`, around two or three convolutions $G$: a {term}`residual block`. Where $G$ changes the shape,
# $x$ goes through a 1 × 1 convolution of the same stride, the {term}`projection`, so that the two can be added.

# %% tags=["hide-input"]
figure, axes = plt.subplots(
    1, 2, figsize=(5.0, 4.9), gridspec_kw={"width_ratios": (1.6, 1)}
)
with torch.device("meta"):
    blocks = [
        (zoo.BasicBlock(64, 128, stride=2), (64, 56, 56)),
        (zoo.Bottleneck(256, 64), (256, 56, 56)),
    ]
told = [
    draw.module_draw(b, s, depth=2, ax=ax).alt
    for (b, s), ax in zip(blocks, axes, strict=True)
]
plot.show(
    " ".join(told),
    "Left: a block of ResNet-18 with a projection. Right: a block of ResNet-50, a "
    "bottleneck, with x itself as the shortcut.",
)

# %%
with torch.device("meta"):
    two_large = zoo.BasicBlock(256, 256)
print("two 3×3 on 256 maps:          ", zoo.count_parameters(two_large))
print("1×1 to 64, 3×3, 1×1 to 256:   ", zoo.count_parameters(blocks[1][0]))

# %% [markdown]
# ResNet-18 has 11 689 512 parameters, ResNet-50 has 25 557 032. The deeper one has another block, the
# {term}`bottleneck`: it reduces the maps as inception does, works on few, and expands again. On 256 maps it has 70 400
# parameters, where two 3 × 3 convolutions have 1 180 672. (The library Keras says 25 636 712 for ResNet-50. It gives
# convolutions a bias, and counts the running means and variances of batch normalisation too, which are not learned.)

# %% tags=["claim"]
claim("ResNet-18 has 11 689 512 parameters, ResNet-50 has 25 557 032",
      18, size["ResNet-18"], 50, size["ResNet-50"])  # fmt: skip
claim("it has 70 400 parameters", zoo.count_parameters(blocks[1][0]))
claim("convolutions have 1 180 672", zoo.count_parameters(two_large))
modules = list(nets["ResNet-50"].modules())
keras = sum(m.out_channels for m in modules if isinstance(m, nn.Conv2d))
keras += 2 * sum(m.num_features for m in modules if isinstance(m, nn.BatchNorm2d))
claim("Keras says 25 636 712", size["ResNet-50"] + keras)

# %% [markdown]
# ## Exercise 16.2: A residual block
#
# Complete the class `Residual(inputs, outputs, stride=1)`. The body stands there. Two things are missing:
#
# - `self.shortcut`: `nn.Identity()` where the body keeps the shape of its input. Where it does not, a projection: a
#   1 × 1 convolution with the stride of the body and without a bias, then batch normalisation.
# - `forward`: ReLU of the sum of body and shortcut.
#
# Build it from the layers of `torch.nn`, not from `nnlab.zoo`.
#
# The lines below make five blocks for the check. In the last, all weights are set to 0: then it must give ReLU(x).


# %%
class Residual(nn.Module):
    """Maps [n, inputs, h, w] → [n, outputs, ⌈h / stride⌉, ⌈w / stride⌉]."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        ### BEGIN SOLUTION: self.shortcut, a projection where the shape changes
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            projection = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(outputs))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION: ReLU of the sum
        return torch.relu(self.body(x) + self.shortcut(x))
        ### END SOLUTION


torch.manual_seed(0)
same, wider = Residual(4, 4), Residual(4, 6)
smaller, both = Residual(4, 4, stride=2), Residual(3, 6, stride=2)


def silenced(net):
    """The net with all its parameters at 0."""
    for p in net.parameters():
        nn.init.zeros_(p)
    return net


silent = silenced(Residual(4, 4))

# %%
check("16.2")

# %% [markdown]
# Now the comparison of the paper, in small: nets of 6, 18 and 34 layers, once with the shortcuts and once without. All
# have batch normalisation, eight maps, digits of 7 × 7 pixels, and 40 steps of training. The plain block differs by one
# term only.


# %%
class Plain(zoo.BasicBlock):
    """The basic block without its shortcut."""

    def forward(self, x):
        return self.relu(self.body(x))


def deep(block, layers, width=8):
    """One convolution, blocks of two, one linear layer."""
    chain = [block(width, width) for _ in range((layers - 2) // 2)]
    pool = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(zoo.ConvNorm(1, width, 3), *chain, *pool, nn.Linear(width, 10))


def first_gradient(net, x, y):
    """Length of the gradient of the first layer's weights, before any training."""
    nn.CrossEntropyLoss()(net(x), y).backward()
    return net[0].conv.weight.grad.norm().item()


# %%
digits, digit_labels = pictures("mnist", 7)
depths, kinds = (6, 18, 34), {"plain": Plain, "residual": zoo.BasicBlock}
losses, gradients = {}, {}
for name, block in kinds.items():
    for layers in depths:
        make = partial(deep, block, layers)
        runs = [
            trained(make, digits, digit_labels, seed, n=400, lr=0.004)[0]
            for seed in range(3)
        ]
        losses[name, layers] = np.mean(runs), np.std(runs, ddof=1) / 3**0.5
        lengths = []
        for seed in range(3):
            torch.manual_seed(seed)
            lengths.append(first_gradient(make(), digits[:100], digit_labels[:100]))
        gradients[name, layers] = np.mean(lengths), np.std(lengths, ddof=1) / 3**0.5

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 2, figsize=(5.8, 3.2))
for ax, values, label in (
    (axes[0], losses, "training loss, last epoch"),
    (axes[1], gradients, "gradient of the first layer"),
):
    for name, style, color in ("plain", "s--", ORANGE), ("residual", "o-", BLUE):
        mean, error = np.transpose([values[name, layers] for layers in depths])
        ax.errorbar(depths, mean, error, fmt=style, color=color, label=name, capsize=3)
    ax.set(xlabel="layers", ylabel=label, xticks=depths)
axes[1].set_yscale("log")
axes[0].legend()
plot.show(
    "Two panels against the number of layers, 6, 18 and 34. Left, the training loss: "
    "not far apart at 6 layers; with more layers the plain nets stay near 2 and the "
    "residual nets fall to about 0.9. Right, the gradient of the first layer on a "
    "logarithmic axis: both grow with depth, the plain nets' much faster at 34.",
    "Means and standard errors over three seeds. Left in the last of five epochs, "
    "right before the first step.",
)

# %% [markdown]
# With 6 layers the two kinds differ little. With 34 the residual nets come down to a loss of about 0.95. The plain nets
# stay at about 2.2, not far below 2.30, the loss of a pure guess among ten classes ($\ln 10$). **More layers help the
# one kind and harm the other**, on the training pictures themselves. This is what the paper saw.
#
# The right panel holds a surprise. The gradient of the first layer does *not* vanish in the plain nets. It grows, more
# than 20-fold from 6 to 34 layers. With the shortcuts it grows about 4-fold. In chapter 10, without normalisation, it
# vanished. Batch normalisation holds the signal on the way forward; on the way back each layer multiplies the gradient
# by a factor a little above 1 {cite:p}`yang2019mean`. Either way it is a product of many factors, and a shortcut keeps
# them near 1. (The authors of ResNet too write that vanishing gradients are not what stops their plain nets.)

# %% tags=["claim"]
small_gap = losses["plain", 6][0] - losses["residual", 6][0]
claim("With 6 layers the two kinds differ little", bool(abs(small_gap) < 0.35))
claim("come down to a loss of about 0.95", bool(0.7 < losses["residual", 34][0] < 1.2))
claim("stay at about 2.2", bool(2.05 < losses["plain", 34][0] < 2.35))
claim("2.30, the loss of a pure guess", np.log(10))
claim("help the one kind and harm the other",
      bool(losses["plain", 34][0] > losses["plain", 6][0]
           and losses["residual", 34][0] < losses["residual", 6][0] - 0.5))  # fmt: skip
by_depth = {k: gradients[k, 34][0] / gradients[k, 6][0] for k in kinds}
claim("than 20-fold from 6 to 34 layers", bool(by_depth["plain"] > 20))
claim("With the shortcuts it grows about 4-fold", bool(2.5 < by_depth["residual"] < 6))

# %% [markdown]
# ## 2016: DenseNet, keep what was made
#
# A residual block adds, and what was there before is mixed with what is new. {cite:t}`huang2017densely` keep both.
# **The idea: each layer sees the maps of all layers before it, and puts a few new ones beside them.** How many new ones
# is the {term}`growth rate` $g$. A block that starts with $c_0$ maps has, after $\ell$ layers,
#
# ```{math}
# :label: eq-arch-dense
# c_\ell = c_0 + \ell \, g \qquad\text{maps.}
# ```

# %% tags=["hide-input"]
with torch.device("meta"):
    two_layers = zoo.DenseBlock(64, growth=32, depth=2)
drawing = draw.module_draw(two_layers, (64, 56, 56), depth=2)
plot.show(
    drawing.alt,
    "Two layers of DenseNet-121's first block. In each, a 1×1 convolution comes before "
    "the 3×3 one.",
)

# %% [markdown]
# The growth rate of DenseNet-121 is 32, its depth 121 layers. Between its four blocks a *transition* halves the number
# of maps, and their height and width. 7 978 856 parameters in all.
#
# How do the parameters grow inside one block? Compare with residual blocks that are as wide as the dense block is at
# its end.

# %%
depths_of_block = range(2, 25, 2)
growing = []
with torch.device("meta"):
    for depth in depths_of_block:
        maps = 64 + 32 * depth
        grown = zoo.count_parameters(zoo.DenseBlock(64, growth=32, depth=depth))
        basic = depth // 2 * zoo.count_parameters(zoo.BasicBlock(maps, maps))
        narrow = depth // 2 * zoo.count_parameters(zoo.Bottleneck(maps, maps // 4))
        growing.append([depth, maps, grown, basic, narrow])
growing = pd.DataFrame(growing, columns=["layers", "maps", "dense", "basic", "narrow"])

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(5.0, 3.2))
for name, style, color, label in (
    ("basic", "s--", ORANGE, "residual, two 3×3"),
    ("narrow", "^:", PURPLE, "residual, bottleneck"),
    ("dense", "o-", BLUE, "dense"),
):
    ax.plot(growing["layers"], growing[name] / 1e6, style, color=color, label=label)
ax.set(xlabel="layers of the block", ylabel="parameters (millions)", yscale="log")
ax.legend()
plot.show(
    "Parameters against layers, from 2 to 24, on a logarithmic axis. Residual blocks "
    "of two 3 by 3 convolutions have the most at every depth; from 10 layers on the "
    "dense block has the fewest, before that the bottlenecks.",
    "A dense block with 64 maps at its start and growth rate 32, and two kinds of "
    "residual blocks with as many maps as it has at its end.",
)

# %% [markdown]
# After 24 layers there are 832 maps. At this width, 12 residual blocks of two 3 × 3 convolutions would have 150 million
# parameters, and 12 bottlenecks of three convolutions 8.9 million; the dense block has 2.2 million. Each of its layers
# makes 32 maps only, and reads what is there already. (A short dense block saves nothing against bottlenecks.)
#
# What the count does not show: all those maps must be kept in memory, and be read again by every layer after them.
# DenseNet-121 has a third of the parameters of ResNet-50 and 0.73 of its multiply-adds.

# %% tags=["claim"]
last = growing.iloc[-1]
claim("After 24 layers there are 832 maps", last["layers"], last["maps"])
claim("150 million parameters, and 12 bottlenecks of three convolutions 8.9 million; the dense block has 2.2 million",
      last["basic"] / 1e6, last["layers"] / 2, last["narrow"] / 1e6, last["dense"] / 1e6)  # fmt: skip
short = growing[growing["layers"] <= 8]
claim("A short dense block saves nothing", (short["dense"] > short["narrow"]).all())
claim("7 978 856 parameters in all", size["DenseNet-121"])
claim("has a third of the parameters of",
      bool(0.3 < size["DenseNet-121"] / size["ResNet-50"] < 0.35))  # fmt: skip
claim("and 0.73 of its multiply-adds", cost["DenseNet-121"] / cost["ResNet-50"])

# %% [markdown]
# ## Exercise 16.3: Find the bug in a dense block
#
# A friend has written a dense block: batch normalisation, ReLU and a 3 × 3 convolution in each layer, without the
# 1 × 1 convolution. The shape of what comes out is right. Run it, and look at the two other lines.


# %%
def norm_relu_conv(inputs, outputs):
    """The friend's layer; there is no bug in it."""
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), convolution)


class FriendsDense(nn.Module):
    """Is meant to map [n, inputs, h, w] → [n, inputs + depth · growth, h, w]."""

    def __init__(self, inputs, growth, depth):
        super().__init__()
        maps = [inputs + k * growth for k in range(depth + 1)]
        self.layers = nn.ModuleList(
            [norm_relu_conv(maps[k], maps[k + 1]) for k in range(depth)]
        )

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


friends = FriendsDense(8, growth=4, depth=3)
x = torch.randn(2, 8, 5, 5)
print("shape:", tuple(friends(x).shape))
print("parameters:", zoo.count_parameters(friends))
for p in friends.parameters():
    nn.init.zeros_(p)
print("with all weights 0, the largest number that comes out:", friends(x).max().item())

# %% [markdown]
# A dense block of this size has 1368 parameters. And with all weights 0, the 8 maps that came in should still be there.
#
# 1. Set `diagnosis` to one letter:
#    - **A**: The padding is wrong, so the maps shrink.
#    - **B**: The normalisation must come after the convolution.
#    - **C**: Each layer makes all maps anew, and the maps before it are lost.
#    - **D**: The growth rate is counted twice, so there are too many maps at the end.
# 2. Write the class `Dense(inputs, growth, depth)` without the bug. What goes out is the input, and after it the new
#    maps in the order in which they were made. Use `torch.nn`, not `nnlab.zoo`.

# %%
### BEGIN SOLUTION: one letter, "A" to "D"
diagnosis = "C"
### END SOLUTION


class Dense(nn.Module):
    """Maps [n, inputs, h, w] → [n, inputs + depth · growth, h, w]."""

    def __init__(self, inputs, growth, depth):
        super().__init__()
        ### BEGIN SOLUTION: self.layers, each with batch norm, ReLU and a convolution
        self.layers = nn.ModuleList()
        for k in range(depth):
            seen = inputs + k * growth
            convolution = nn.Conv2d(seen, growth, 3, padding=1, bias=False)
            self.layers.append(
                nn.Sequential(nn.BatchNorm2d(seen), nn.ReLU(), convolution)
            )
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION: keep the old maps and put the new ones after them
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x
        ### END SOLUTION


torch.manual_seed(0)
small_block = Dense(5, growth=3, depth=2)
long_block = Dense(2, growth=4, depth=4)

# %%
check("16.3")

# %% [markdown]
# The friend's block has four times the parameters that it should have. A shape that is right proves little. **Count the
# parameters, and try a case whose result you know**, such as all weights 0.

# %% tags=["claim"]
right_one = zoo.count_parameters(Dense(8, growth=4, depth=3))
claim("A dense block of this size has 1368 parameters", right_one)
factor = zoo.count_parameters(friends) / right_one
claim("four times the parameters", bool(3.9 < factor < 4.1))

# %% [markdown]
# ## 2017: MobileNet, split each convolution in two
#
# A full convolution does two things at once: it looks at neighbours, and it mixes channels.
# {cite:t}`howard2017mobilenets` want nets for telephones. **The idea: do one after the other.** A *depthwise*
# convolution has one 3 × 3 kernel for each channel. A 1 × 1 convolution then mixes the channels. Together they are the
# **depthwise separable convolution** of {doc}`chapter 14 <14_convolutions>`. For each place of the map, from $c_\text{in}$ to $c_\text{out}$
# channels, the costs have the ratio
#
# ```{math}
# :label: eq-arch-separable
# \frac{9\, c_\text{in} + c_\text{in} c_\text{out}}{9\, c_\text{in} c_\text{out}}
#   = \frac{1}{c_\text{out}} + \frac19 .
# ```

# %% tags=["hide-input"]
with torch.device("meta"):
    separated = zoo.DepthwiseSeparable(32, 64)
drawing = draw.module_draw(separated, (32, 112, 112), depth=2, orientation="h")
plot.show(
    drawing.alt, "The first of the 13 blocks of MobileNet. ReLU6 is ReLU, cut off at 6."
)

# %% [markdown]
# MobileNet V1 has 4 231 976 parameters. Two numbers make smaller ones of it. The {term}`width multiplier` $\alpha$
# gives each layer $\alpha$ times as many maps, so that cost and parameters fall nearly with $\alpha^2$. The
# **resolution multiplier** $\rho$ makes the picture smaller. The cost falls with $\rho^2$, and the parameters stay as
# they are.

# %%
family = {}
with torch.device("meta"):
    for width, side in (1, 224), (0.5, 224), (0.25, 224), (1, 160), (1, 128):
        net = zoo.mobilenet_v1(width=width, resolution=side)
        work = zoo.multiply_adds(net)
        row = zoo.count_parameters(net), work / 1e6, work / cost["MobileNet V1"]
        family[f"α = {width}, {side} px"] = row
columns = ["parameters", "multiply-adds (millions)", "share of the cost"]
family = pd.DataFrame(family, index=columns).T.rename_axis("width and resolution")
plot.table(family.astype({"parameters": int}), "Some members of the family.", digits=2)

# %% [markdown]
# At $\alpha = 0.25$ there are 470 072 parameters: a ninth, and not a sixteenth, since the last layer with its 1000
# classes shrinks with $\alpha$ only.
#
# What does the split cost in accuracy? Three nets with three places: full convolutions, separable ones of the same
# width, and separable ones that are made wider until they cost nearly as much as the full ones.


# %%
def full(inputs, outputs, stride=1):
    return zoo.ConvNorm(inputs, outputs, 3, stride)


def split(inputs, outputs, stride=1):
    depthwise = zoo.ConvNorm(inputs, inputs, 3, stride, groups=inputs)
    return nn.Sequential(depthwise, zoo.ConvNorm(inputs, outputs, 1))


def three_places(layer, w):
    """A first convolution, three layers of a kind with 2w, 2w, 4w maps, the mean."""
    layers = layer(w, 2 * w), layer(2 * w, 2 * w, 2), layer(2 * w, 4 * w)
    pool = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(zoo.ConvNorm(1, w, 3, 2), *layers, *pool, nn.Linear(4 * w, 10))


splits = {
    "full, w = 8": partial(three_places, full, 8),
    "separable, w = 8": partial(three_places, split, 8),
    "separable, w = 20": partial(three_places, split, 20),
}
split_results = compared(splits, *clothes)
shown(split_results, "Full and separable convolutions. Four seeds each.")

# %% [markdown]
# At the same width, separable convolutions cost less than a fifth of the full ones, and lose 0.07 to 0.08 of accuracy.
# So the split has a price: it takes away something that a full kernel can do. But spend the saved work on more maps,
# and the loss is gone: at 0.85 of the cost, the wide separable net is as good as the full one. It may be better, but
# between two and three standard errors with four seeds are not enough to say so.

# %% tags=["claim"]
whole_net, thin, fat = (split_results.loc[name] for name in splits)
share = thin["multiply-adds"] / whole_net["multiply-adds"]
claim("cost less than a fifth of the full ones", bool(share < 0.2))
lost, gained = (r["accuracy"] - whole_net["accuracy"] for r in (thin, fat))
claim("lose 0.07 to 0.08 of accuracy", bool(-0.11 < lost < -0.03))
claim("at 0.85 of the cost", fat["multiply-adds"] / whole_net["multiply-adds"])
claim("is as good as the full one", bool(-0.005 < gained < 0.03))
claim("MobileNet V1 has 4 231 976 parameters", size["MobileNet V1"])
quarter = family["parameters"].iloc[2]
claim("there are 470 072 parameters: a ninth", quarter)
claim("a ninth, and not", round(size["MobileNet V1"] / quarter) == 9)
claim("the parameters stay as they are",
      bool(family["parameters"].iloc[0] == family["parameters"].iloc[-1]))  # fmt: skip

# %% [markdown]
# ## Exercise 16.4: A depthwise separable block
#
# 1. Write the function `separable(inputs, outputs, stride=1)`. It returns a module: a depthwise 3 × 3 convolution with
#    this stride and padding 1, batch normalisation, ReLU; then a 1 × 1 convolution, batch normalisation, ReLU. The
#    convolutions have no bias. Use `torch.nn`, not `nnlab.zoo`.
# 2. Write the function `count_separable(inputs, outputs)`: how many parameters that module learns, **by a formula**,
#    without building it.


# %%
def separable(inputs, outputs, stride=1):
    """A module: maps [n, inputs, h, w] → [n, outputs, ⌈h / stride⌉, ⌈w / stride⌉]."""
    ### BEGIN SOLUTION: six layers, one after the other
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )
    ### END SOLUTION


def count_separable(inputs, outputs):
    """The number of parameters of separable(inputs, outputs)."""
    ### BEGIN SOLUTION: the weights of both convolutions, and two numbers a channel
    return 9 * inputs + inputs * outputs + 2 * inputs + 2 * outputs
    ### END SOLUTION


torch.manual_seed(0)
unstrided, strided = separable(4, 6), separable(5, 8, stride=2)

# %%
check("16.4")

# %% [markdown]
# ## 2019: EfficientNet, grow in three directions at once
#
# You have a net that works, and a larger computer. What do you enlarge? More maps (width), more layers (depth), or
# larger pictures (resolution)? {cite:t}`tan2019efficientnet` answer: **all three, in fixed proportion**. This is
# {term}`compound scaling`. With one number $\phi$ ("phi"):
#
# ```{math}
# :label: eq-arch-compound
# \begin{aligned}
# \text{depth} &= 1.2^{\phi} , & \text{width} &= 1.1^{\phi} , \\
# \text{resolution} &= 1.15^{\phi} .
# \end{aligned}
# ```
#
# The cost grows with the depth, and with the *squares* of width and resolution, so by
# $1.2 \cdot 1.1^2 \cdot 1.15^2 \approx 1.92$ for each step of $\phi$. The three numbers were found by trying many on
# the smallest net, B0.
#
# The net that is scaled, B0, is made of one block, MBConv {cite:p}`sandler2018mobilenetv2`. It holds nearly all ideas
# of this chapter: 1 × 1 convolutions that change the number of maps, a depthwise convolution, and a sum with the input.
# Between them, *squeeze and excitation* {cite:p}`hu2018squeeze` multiplies each map by a number from 0 to 1, which two
# small layers make of the means of all maps.

# %% tags=["hide-input"]
with torch.device("meta"):
    mbconv = zoo.MBConv(24, 24, expansion=6, kernel=3)
drawing = draw.module_draw(mbconv, (24, 56, 56), depth=2)
plot.show(
    drawing.alt,
    "The block of EfficientNet. SiLU is a smooth relative of ReLU. The small ring with "
    "the cross multiplies, the one with the plus adds.",
)

# %% [markdown]
# EfficientNet-B0 has 5 288 548 parameters. B1 to B7, its larger versions, come near the formula.
#
# Now try it. A small residual net, and four ways to make it cost about four times as much: twice as wide; four times as
# deep; pictures with twice the side; or a little of each. Predict first: which is the best of them?


# %%
def scalable(width, depth):
    """Residual blocks with `width` maps, then with twice as many; `depth` of each."""
    block = zoo.BasicBlock
    first = [block(width, width) for _ in range(depth)]
    second = [block(2 * width, 2 * width) for _ in range(depth - 1)]
    body = *first, block(width, 2 * width, stride=2), *second
    end = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2 * width, 10)
    return nn.Sequential(zoo.ConvNorm(1, width, 3, 2), *body, *end)


plans = {  # maps, blocks, pixels
    "the small net": (6, 1, 12),
    "wider": (12, 1, 12),
    "deeper": (6, 4, 12),
    "larger pictures": (6, 1, 24),
    "all three": (7, 2, 14),
}
scaled = [
    compared({name: partial(scalable, w, d)}, *pictures("fashion_mnist", side), seeds=3)
    for name, (w, d, side) in plans.items()
]
scaled = pd.concat(scaled)
shown(scaled, "One small net and four larger ones of nearly equal cost. Three seeds.")

# %% [markdown]
# Only two answers are beyond doubt. The wider net gains about 0.06, and with larger pictures alone the net becomes
# *worse* than the small one. (One reason may be that its few layers see a smaller part of each picture.) The deeper net
# and the one with all three lie in between, and close to each other.
#
# So compound scaling did not win here, width did. Does that contradict the paper? No: the small net has six maps, and
# width is what it lacks. EfficientNet-B0 has up to 1280 maps, and learned from more than a million pictures, not in a
# hundred steps. **A rule for large nets need not hold for a tiny one.** What the experiment does show: the three
# directions are not worth the same, and you can measure which one pays.

# %% tags=["claim"]
claim("EfficientNet-B0 has 5 288 548 parameters", size["EfficientNet-B0"])
claim("\\approx 1.92$ for each step", 1.2 * 1.1**2 * 1.15**2)
gain = scaled["accuracy"] - scaled["accuracy"]["the small net"]
claim("The wider net gains about 0.06", bool(0.03 < gain["wider"] < 0.1))
claim("*worse* than the small one", bool(gain["larger pictures"] < -0.03))
claim("lie in between, and close to each other",
      bool(gain["wider"] > max(gain["deeper"], gain["all three"])
           and min(gain["deeper"], gain["all three"]) > gain["larger pictures"]
           and abs(gain["deeper"] - gain["all three"]) < 0.04))  # fmt: skip
claim("four ways to make it cost about four times as much",
      bool(scaled["multiply-adds"].iloc[1:].between(3.8 * 43536, 4.5 * 43536).all()))  # fmt: skip

# %% [markdown]
# ## All nine
#
# Here are all nets side by side, each with pictures of the size that it was made for.

# %%
told = {
    "LeNet-5": (1998, "one kernel for all places"),
    "AlexNet": (2012, "size, ReLU, dropout"),
    "VGG16": (2014, "only 3 × 3"),
    "GoogLeNet": (2014, "branches; first reduce by 1 × 1"),
    "ResNet-18": (2015, "learn what to add"),
    "ResNet-50": (2015, "the same, with bottlenecks"),
    "DenseNet-121": (2016, "keep all maps"),
    "MobileNet V1": (2017, "look around, then mix"),
    "EfficientNet-B0": (2019, "scale three things at once"),
}
years = {name: year for name, (year, _) in told.items()}
rows = [
    [name, year, nets[name].input_shape[1], size[name], cost[name] / 1e6, idea]
    for name, (year, idea) in told.items()
]
columns = ["net", "year", "pixels", "parameters", "multiply-adds (millions)", "idea"]
plot.table(pd.DataFrame(rows, columns=columns), "Nine nets.", digits=1)

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(5.2, 4.0))
ALL = [name for name in nets if name != "LeNet-5"]
places_of_names = {
    "GoogLeNet": (6, -12),
    "AlexNet": (-8, -16),
    "EfficientNet-B0": (8, -4),
}
for name in ALL:
    mark, color = ("o", BLUE) if years[name] < 2016 else ("s", ORANGE)
    ax.plot(size[name] / 1e6, cost[name] / 1e6, mark, color=color)
    shift = places_of_names.get(name, (7, 4))
    where = size[name] / 1e6, cost[name] / 1e6
    ax.annotate(name, where, shift, textcoords="offset points", fontsize=8.5)
ax.set(
    xscale="log", yscale="log", xlabel="parameters (millions)", xlim=(3, 400),
    ylabel="multiply-adds for one picture (millions)", ylim=(250, 30_000),
)  # fmt: skip
plot.show(
    "Multiply-adds against parameters, both on logarithmic axes, for eight nets. VGG16 "
    "is alone at the top right. AlexNet is second in parameters, 61 million, and has "
    "only 0.7 billion multiply-adds. MobileNet and EfficientNet-B0 are at the bottom "
    "left. DenseNet-121 has 8 million parameters and costs four times as much as "
    "AlexNet.",
    "Parameters and cost are two different things. Circles: public until 2015, "
    "squares: since then. LeNet-5 would be far outside, at the lower left.",
)

# %% [markdown]
# VGG16 costs 40 times as much as EfficientNet-B0. AlexNet has nearly eight times the parameters of DenseNet-121, and a
# quarter of its cost. **Parameters and cost are two different things.** Parameters fill the memory that holds the net.
# Cost is work, and even that is not yet time: a depthwise convolution multiplies little, but waits for memory, and a
# processor does some layers far faster than others {cite:p}`dehghani2022efficiency`.
#
# And which net is *best*? The table does not say, and a table of published accuracies would not say it either. These
# nets were trained in different years, in different ways. {cite:t}`wightman2021resnet` took the ResNet-50 of 2015 and
# trained it as one did in 2021: it then named the right class of ImageNet's 1000 in 80.4 % of cases, several
# points more than with the training of its time. Compare architectures as you did here: everything else equal, several
# seeds.

# %% tags=["claim"]
claim("costs 40 times as much as", cost["VGG16"] / cost["EfficientNet-B0"])
by_size, by_cost = (x["AlexNet"] / x["DenseNet-121"] for x in (size, cost))
claim("nearly eight times the parameters", bool(7.5 < by_size < 8))
claim("a quarter of its cost", bool(0.24 < by_cost < 0.26))
claim("The winner of 2012 has 61 million parameters", 2012, zoo.count_parameters(cut) / 1e6)  # fmt: skip
claim("has 5 million", size["EfficientNet-B0"] / 1e6)

# %% [markdown]
# ## Exercise 16.5: Count by hand
#
# Predict first, with pencil and paper; the run comes after. The net below gets one grey picture of 28 × 28 pixels. Set
# `counts` to a list of six numbers: the parameters of the layers that have some, from the first convolution to the
# linear layer. Set `cost_of_one` to the multiply-adds of the 1 × 1 convolution for one picture.


# %%
def small_net():
    """Grey pictures of 28 × 28 pixels → scores of 10 classes."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False),
        nn.Conv2d(8, 16, 1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 10),
    )


### BEGIN SOLUTION: a list of six whole numbers
counts = [208, 16, 72, 128, 32, 170]
### END SOLUTION
### BEGIN SOLUTION: a whole number
cost_of_one = 25088
### END SOLUTION

# %%
check("16.5")

# %%
built = small_net()
print([zoo.count_parameters(layer) for layer in built if zoo.count_parameters(layer)])
print("in all:", zoo.count_parameters(built))
print("1×1 convolution:", f"{zoo.multiply_adds(built[5], (8, 14, 14)):,}")

# %% [markdown]
# ## Recap
#
# - Sharing a small kernel over all places saves a factor of thousands (LeNet-5). Size, ReLU, dropout and graphics cards
#   made it strong (AlexNet).
# - Two 3 × 3 convolutions see as much as one of 5 × 5, with fewer weights (VGG).
# - A 1 × 1 convolution before an expensive layer makes it cheap (inception, bottleneck).
# - Learn what to add to the input, and deep nets can be trained (ResNet). Or keep all maps and put new ones beside them
#   (DenseNet).
# - Looking at neighbours and mixing channels, one after the other, costs little more than a ninth (MobileNet).
# - Width, depth and resolution are three ways to grow. Which one pays depends on the net and the data (EfficientNet).
# - Parameters are not cost, and cost is not time. Say which variant of a net you mean.
# - A small experiment with several seeds can isolate an idea. A difference of two standard errors does not decide.

# %%
progress()

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: How many weights does a 3 × 3 convolution from 64 to 128 maps have, without biases?
#   number: 73728
#   why: "$128 \\cdot 64 \\cdot 9$."
# - question: A plain net of 34 layers has a higher training loss than one of 18. What is the reason?
#   options:
#     - wrong: The deeper net overfits.
#       why: Overfitting shows on pictures that it was not trained on. Here the training loss itself is higher.
#     - right: The deeper net is harder to train, though it could do all that the other does.
#       why: Its additional layers would only have to pass on what they get. Shortcuts make that easy.
#     - wrong: The deeper net has too few parameters.
#       why: It has more of them.
# - question: Which of these change the number of parameters of MobileNet V1?
#   several: true
#   options:
#     - right: The width multiplier.
#       why: Fewer maps, smaller kernels between them.
#     - wrong: The resolution of the pictures.
#       why: The same kernels work at fewer places. Only the cost changes.
#     - right: The number of classes.
#       why: The last layer has a row of weights for each class.
# - question: A dense block starts with 64 maps, has growth rate 32 and 6 layers. How many maps go out?
#   number: 256
#   why: "$64 + 6 \\cdot 32$."
# - question: "In a table you read: ResNet-50, 25.6 million parameters; in another: 25.5. Which explanation is likely?"
#   options:
#     - wrong: One of the two is a typing error.
#       why: It may be. But there is a reason that you have seen in this chapter.
#     - right: One counts biases of the convolutions and the running statistics too.
#       why: Keras says 25 636 712, where 25 557 032 numbers are learned in the plan of the paper.
#     - wrong: The pictures had different sizes.
#       why: Its head takes the mean of each map, so that the size of the picture does not matter.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`he2016deep`: short and clear, with the comparison of 18 and 34 layers, plain and residual.
# - {cite:t}`howard2017mobilenets`: the two multipliers, with all counts in tables.
# - {cite:t}`tan2019efficientnet`: scaling one dimension at a time and together, on ImageNet.
# - {cite:t}`wightman2021resnet`: the ResNet-50 of 2015 with the training of 2021. How much of "a better
#   architecture" was a better training?
# - {cite:t}`dehghani2022efficiency`: why parameters, multiply-adds and seconds rank nets differently.
