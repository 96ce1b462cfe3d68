# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # From lines to curves
#
# A weight hangs on a spring. You pull it down, let it go, and read its height ten times a second. The readings rise
# and fall. A line cannot do that.
#
# A network of one layer is a line: {doc}`chapter 02 <02_regression_as_a_network>` showed it. So you put a second layer
# behind the first, and a third. You train again, and the result is a line. **What is missing, and how much does a
# network understand once it can draw curves?** The first half of the question takes one small function. The second half
# takes the rest of the chapter: the curve that you get is excellent where you have readings and worthless a few seconds
# later.
#
# You need chapter 02: the training loop, the mean squared error, and why inputs are standardised. Reading takes about
# an hour and the seven exercises another two. `hint("03.1")` and its like help where you are stuck.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the networks are small
DEVICE = None  # these networks are too small to gain anything from a GPU

# %%
import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from torch import nn

from nnlab import answer, check, hint, progress
from nnlab import fit, load, mlp_draw, plot, seed_everything

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREEN, RED = (plot.PALETTE[c] for c in ("blue", "orange", "green", "red"))
PURPLE, SKY, GREY, INK = (plot.PALETTE[c] for c in ("purple", "sky", "grey", "ink"))

# %% [markdown]
# ## A weight on a spring
#
# We make the readings ourselves, so that we know the truth: the height is $\cos x$ centimetres at $x$ seconds, and
# each reading is wrong by about 0.1 cm. There are 100 readings in ten seconds. The models may learn from the first 50
# only; the rest is for later.

# %%
seconds = np.arange(0, 10, 0.1)
reading_errors = np.random.RandomState(42).normal(scale=0.1, size=100)  # cm, fixed
height = np.cos(seconds) + reading_errors
early, late = slice(0, 50), slice(50, 100)  # before and after 5 seconds


def scale(times):
    """Standardise times (n,) by the first 50; a column (n, 1) for the network."""
    return ((times - seconds[early].mean()) / seconds[early].std())[:, None]


def mse(prediction, target):
    """Mean squared error of two arrays of one shape."""
    return np.mean((prediction - target) ** 2)


# %%
slope, start = np.polyfit(seconds[early], height[early], 1)  # least squares
line = slope * seconds + start

print(f"the mean of the readings: {mse(height[early].mean(), height[early]):.3f}")
print(f"the best line:            {mse(line[early], height[early]):.3f}")
print(f"the true curve:           {mse(np.cos(seconds[early]), height[early]):.4f}")

# %%
plt.plot(seconds[early], height[early], "o", color=BLUE, markersize=4, label="readings")
plt.plot(seconds[early], line[early], "--", color=RED, label="best line")
plt.xlabel("time x [s]")
plt.ylabel("height y [cm]")
plt.legend()
plot.show(
    "50 dots that fall from 1 centimetre at 0 seconds to −1 near 3 seconds and rise "
    "again to about 0.2 at 5 seconds. A falling straight line crosses them and is "
    "far from most of them.",
    "The readings of the first five seconds, and the best that a line can do.",
)

# %% [markdown]
# The mean squared error of the best line is 0.253 square centimetres; always saying the mean gives 0.481. The true
# curve has 0.0091: so much is the readings' own error, and a model far below it has copied errors. Between 0.253 and
# 0.0091 lies what there is to win.

# %% tags=["claim"]
from nnlab import claim

claim(
    "the best line is 0.253 square centimetres; always saying the mean gives 0.481",
    mse(line[early], height[early]),
    mse(height[early].mean(), height[early]),
)
claim("The true curve has 0.0091", mse(np.cos(seconds[early]), height[early]))

# %% [markdown]
# ## Two layers of lines are a line
#
# More layers, then. Between the inputs and the output we put a {term}`hidden layer`: neurons whose outputs nobody
# prescribes and nobody sees. They are only there to be used by the next layer.

# %%
drawing = mlp_draw([3, 2, 1], show_biases=True)
plot.show(
    drawing.alt,
    "Three inputs, a hidden layer of two neurons, one output neuron. The squares are "
    "always 1 and bring in the biases. The inputs on the left compute nothing.",
)

# %% [markdown]
# Each circle with arrows into it is a neuron, a weighted sum with a bias *of its own*. (The inputs are often called
# the "input layer", but there is nothing in them to learn: they hold the numbers that come in.) With the layer's
# number in square brackets, $w^{[1]}_{kj}$ for the weight from input $j$ to hidden neuron $k$, and $z_k$ for the sum
# of that neuron:
#
# $$
# \begin{aligned}
# z_1 &= w^{[1]}_{11} x_1 + w^{[1]}_{12} x_2 + w^{[1]}_{13} x_3 + b^{[1]}_1 , \\
# z_2 &= w^{[1]}_{21} x_1 + w^{[1]}_{22} x_2 + w^{[1]}_{23} x_3 + b^{[1]}_2 , \\
# \hat y &= w^{[2]}_1 z_1 + w^{[2]}_2 z_2 + b^{[2]} .
# \end{aligned}
# $$
#
# Eight weights and three biases. That looks like more than a line. Put the first two rows into the third and collect
# what stands in front of $x_1$:
#
# $$
# \hat y = \underbrace{\bigl( w^{[2]}_1 w^{[1]}_{11} + w^{[2]}_2 w^{[1]}_{21} \bigr)}_{\text{one number}} x_1
# \;+\; (\dots)\, x_2 \;+\; (\dots)\, x_3
# \;+\; \underbrace{w^{[2]}_1 b^{[1]}_1 + w^{[2]}_2 b^{[1]}_2 + b^{[2]}}_{\text{one number}} .
# $$
#
# It is a line (with three inputs, a plane) with three weights and one bias. The eleven numbers can be turned in many
# ways, but they can only give what four numbers can give.

# %% tags=["claim"]
eleven = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
claim(
    "The eleven numbers",
    sum(parameter.numel() for parameter in eleven.parameters()) == 11,
)
claim("Eight weights and three biases", 3 * 2 + 2 == 8 and 2 + 1 == 3)

# %% [markdown]
# ## Exercise 03.1: two linear layers in one
#
# Do it for layers of any size. `W1` has the shape `(hidden, in)` and `b1` the shape `(hidden,)`, as in `nn.Linear`: a
# row for each neuron. `W2` is `(out, hidden)` and `b2` is `(out,)`. Return the weight `W`, shape `(out, in)`, and the
# bias `b`, shape `(out,)`, of the *one* layer that does what both do together. All are NumPy arrays.


# %%
def compose(W1, b1, W2, b2):
    """(W, b) of the one layer equal to layer 1 followed by layer 2."""
    ### BEGIN SOLUTION: the weight (out, in) and the bias (out,)
    return W2 @ W1, W2 @ b1 + b2
    ### END SOLUTION


# %%
hint("03.1")  # run it again for the next hint

# %%
check("03.1")

# %% [markdown]
# Now a trained network. Two layers, ten hidden neurons, nothing between them; we train it on the spring and take it
# apart with your function.

# %%
ONE_BATCH = {"loss": nn.MSELoss(), "batch_size": None}  # all samples in every step
learned_from = scale(seconds[early]), height[early, None]  # columns, (50, 1)

seed_everything(SEED)
straight = nn.Sequential(nn.Linear(1, 10), nn.Linear(10, 1))
history = fit(straight, learned_from, lr=0.03, epochs=200, **ONE_BATCH)

# %%
compose = answer("03.1")

arrays = [parameter.detach().numpy() for parameter in straight.parameters()]
W, b = compose(*arrays)
straight_slope = W.item() / seconds[early].std()  # in cm per second
best = mse(line[early], height[early])
print("numbers to learn:", sum(a.size for a in arrays))
print(f"slope {straight_slope:.4f}, least squares {slope:.4f} cm/s")
print(f"loss  {history.loss[-1]:.4f}, least squares {best:.4f}")

# %% [markdown]
# The network with 31 parameters has become the line of least squares: loss 0.2530, slope −0.3306 cm a second. More
# neurons or more layers of this kind change nothing, because a chain of weighted sums is a weighted sum. Do not
# conclude that depth is useless. Something must stand *between* the layers.

# %% tags=["claim"]
claim("The network with 31 parameters", sum(a.size for a in arrays))
claim("loss 0.2530, slope −0.3306", history.loss[-1], straight_slope)
claim("has become the line of least squares", abs(straight_slope - slope) < 1e-3)

# %% [markdown]
# ## Something that bends
#
# What stands between the layers is an {term}`activation function` $\varphi$ ("phi"): a fixed function with nothing to
# learn, applied to the sum of each hidden neuron. What comes out is the neuron's **activation** $a$:
#
# ```{math}
# :label: eq-curves-neuron
# a_k = \varphi(z_k) , \qquad z_k = w^{[1]}_{k1} x_1 + \dots + w^{[1]}_{kd} x_d + b^{[1]}_k .
# ```
#
# First the sum, *then* the bend. Bending each product alone and adding afterwards is another function. Take the
# products 2 and −3 and the function "negative numbers become 0": bending the sum gives 0, adding up what was bent
# gives 2.
#
# Three functions have served most networks:
#
# ```{math}
# :label: eq-curves-three
# \begin{aligned}
# \operatorname{ReLU}(z) &= \max(0, z) & &\text{from 0 up} \\
# \sigma(z) &= \frac{1}{1 + e^{-z}} & &\text{between 0 and 1} \\
# \tanh(z) &= \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}} & &\text{between −1 and 1}
# \end{aligned}
# ```
#
# {term}`ReLU`, the rectified linear unit, cuts off what is negative {cite:p}`nair2010rectified`. The {term}`sigmoid`
# $\sigma$ ("sigma") and the hyperbolic tangent {term}`tanh` squeeze any number into an interval whose ends are never
# reached.

# %% tags=["claim"]
bent_sum = torch.relu(torch.tensor(2.0 - 3.0))
sum_of_bent = torch.relu(torch.tensor([2.0, -3.0])).sum()
claim("bending the sum gives 0, adding up what was bent gives 2", bent_sum, sum_of_bent)

# %% tags=["hide-input"]
z = torch.linspace(-4, 4, 401)
functions = {"ReLU": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
slopes = {}
for name, function in functions.items():
    inputs = z.clone().requires_grad_()
    (slopes[name],) = torch.autograd.grad(function(inputs).sum(), inputs)

# %% tags=["hide-input"]
styles = {"ReLU": (BLUE, "-"), "sigmoid": (ORANGE, "--"), "tanh": (GREEN, "-.")}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.3))
for name, (color, dashes) in styles.items():
    left.plot(z, functions[name](z), color=color, linestyle=dashes, label=name)
    right.plot(z, slopes[name], color=color, linestyle=dashes)
left.set(xlabel="sum z", ylabel="activation a", title="the function", ylim=(-1.2, 2.2))
right.set(xlabel="sum z", ylabel="da / dz", title="its slope")
left.legend()
plot.show(
    "Two panels over z from −4 to 4. Left, the functions: ReLU is 0 for negative z "
    "and then rises as a straight line; the sigmoid rises in an S from 0 to 1; tanh "
    "rises in a steeper S from −1 to 1. Right, their slopes: ReLU's jumps from 0 to "
    "1 at z = 0, the sigmoid's is a low hill of height 0.25, tanh's a hill of "
    "height 1.",
    "Three activation functions and their slopes. The left axis is cut off at 2.2; "
    "ReLU goes on.",
)

# %% [markdown]
# Look at the right panel, because training lives on slopes. Where a slope is near 0, the loss hardly feels a change
# of the neuron's weights, and gradient descent hardly moves them. The sigmoid is nowhere steeper than 0.25, tanh
# nowhere steeper than 1, and both are flat outside the middle. ReLU has slope 1 for every positive $z$, which is
# one reason why it took over {cite:p}`glorot2011deep`.
#
# ReLU has a corner. At $z = 0$ there is no derivative: from the left the slope is 0, from the right 1. Training needs
# *some* number there, and PyTorch takes 0. It is a convention and does no harm, since a sum is almost never exactly
# 0.

# %% tags=["claim"]
claim("The sigmoid is nowhere steeper than 0.25", slopes["sigmoid"].max())
claim("tanh nowhere steeper than 1", slopes["tanh"].max())
at_zero = torch.zeros((), requires_grad=True)
torch.relu(at_zero).backward()
claim("PyTorch takes 0", at_zero.grad)

# %% [markdown]
# ## Exercise 03.2: ReLU and its slope
#
# Write both with NumPy, for arrays of any shape, entry by entry. At $z = 0$ the slope shall be 0. Both return
# numbers, not truth values.


# %%
def relu(z):
    """max(0, z) for each entry; the shape of z."""
    ### BEGIN SOLUTION: keep what is positive, and put 0 for the rest
    return np.maximum(z, 0)
    ### END SOLUTION


def relu_slope(z):
    """The slope of ReLU at each entry: 1.0 or 0.0; the shape of z."""
    ### BEGIN SOLUTION: 1.0 where z is positive, else 0.0
    return np.where(z > 0, 1.0, 0.0)
    ### END SOLUTION


# %%
check("03.2")

# %% [markdown]
# ### Two of the three are one
#
# tanh is the sigmoid, stretched and shifted. Multiply the fraction in {eq}`eq-curves-three`, above and below, by
# $e^{-z}$, and then write $1 - e^{-2z}$ as $2 - (1 + e^{-2z})$:
#
# $$
# \begin{aligned}
# \tanh(z) = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}
#   = \frac{1 - e^{-2z}}{1 + e^{-2z}}
#   = \frac{2 - (1 + e^{-2z})}{1 + e^{-2z}}
#   = \frac{2}{1 + e^{-2z}} - 1 = 2\,\sigma(2z) - 1 .
# \end{aligned}
# $$
#
# This also settles the ranges. $\sigma$ lies between 0 and 1, so $2\sigma$ lies between 0 and 2, and tanh between −1
# and 1. Some texts say that tanh lies between 0 and 1. One value is enough to refute them: $\tanh(-1) = -0.762$.

# %% tags=["claim"]
claim("\\tanh(-1) = -0.762", -1, np.tanh(-1.0))
claim(
    "tanh is the sigmoid, stretched and shifted",
    torch.allclose(torch.tanh(z), 2 * torch.sigmoid(2 * z) - 1, atol=1e-6),
)

# %% [markdown]
# ## Exercise 03.3: a tanh network as a sigmoid network
#
# So whatever a network with tanh can compute, a network with sigmoids can compute as well. Prove it by building it.
# Given is a network with one hidden layer, $\hat y = W^{[2]} \tanh\bigl(W^{[1]} x + b^{[1]}\bigr) + b^{[2]}$. Return
# the four arrays of a network *of the same sizes* with $\sigma$ in place of tanh that computes exactly the same. The
# shapes are those of exercise 03.1.


# %%
def tanh_to_sigmoid(W1, b1, W2, b2):
    """The arrays (W1, b1, W2, b2) of the sigmoid network that does the same."""
    ### BEGIN SOLUTION: put 2σ(2z) − 1 for tanh(z) and collect
    return 2 * W1, 2 * b1, 2 * W2, b2 - W2.sum(axis=1)
    ### END SOLUTION


# %%
check("03.3")

# %% [markdown]
# They can compute the same; they do not *learn* the same. Both start from small random weights, and the same small
# weights mean different functions with σ and with tanh.
#
# ## What a hidden layer can draw
#
# With one input and ReLU you can see everything. Hidden neuron $k$ is silent (its activation is 0) on one side of the
# point where its sum is 0, and on the other side it is a ramp:
#
# ```{math}
# :label: eq-curves-kink
# w^{[1]}_k x + b^{[1]}_k = 0 \quad\Longleftrightarrow\quad x = -\,b^{[1]}_k \,/\, w^{[1]}_k .
# ```
#
# The output neuron multiplies each ramp by a weight and adds them up:
#
# ```{math}
# :label: eq-curves-net
# \hat y = b^{[2]} + \sum_{k=1}^{K} w^{[2]}_k \operatorname{ReLU}\bigl( w^{[1]}_k x + b^{[1]}_k \bigr) .
# ```
#
# Here $K$ is the number of hidden neurons. A sum of ramps is made of straight pieces, with a **kink** wherever a ramp
# begins: $K$ neurons, at most $K$ kinks.

# %%
relu, relu_slope = answer("03.2")

t = np.linspace(-1, 6, 351)
ramps = np.stack([relu(t - 0), relu(t - 2), relu(3 - t)])  # begin at 0, 2 and 3
weights = np.array([1.0, -1.5, 0.5])

# %% tags=["hide-input"]
figure, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.1), sharey=True)
marks = [(BLUE, "-", "1 a₁"), (ORANGE, "--", "−1.5 a₂"), (GREEN, "-.", "0.5 a₃")]
for weight, ramp, (color, dashes, label) in zip(weights, ramps, marks, strict=True):
    left.plot(t, weight * ramp, color=color, linestyle=dashes, label=label)
right.plot(t, weights @ ramps, color=INK)
left.set(xlabel="input x", ylabel="output", title="three ramps")
right.set(xlabel="input x", title="their sum")
left.legend()
plot.show(
    "Left: three ramps. The first begins at x = 0 and rises, the second begins at 2 "
    "and falls steeply, the third comes down from the left and ends at 3. Right: "
    "their sum, a broken line with kinks at 0, 2 and 3.",
    "Three hidden neurons, times their output weights, and what the output adds up.",
)

# %% [markdown]
# The kinks of the sum lie at 0, 2 and 3, where the ramps begin. Read the third one with care: its weight
# $w^{[1]}_3 = -1$ is negative, so it is a ramp towards the *left*.

# %% tags=["claim"]
bend = np.abs(np.diff(weights @ ramps, 2)) > 1e-9
claim("The kinks of the sum lie at 0, 2 and 3", *t[1:-1][bend].round(6))

# %% [markdown]
# ## Exercise 03.4: a tent from three ramps
#
# Now you place the ramps. Choose the weights by hand so that {eq}`eq-curves-net` with three ReLU neurons draws this
# tent: 0 up to $x = 1$; from there straight up to the height 2 at $x = 2$; straight down to 0 at $x = 4$; 0 ever
# after. `w1`, `b1` and `w2` hold three numbers each, one for each hidden neuron; `b2` is one number. There is more
# than one right answer.

# %%
### BEGIN SOLUTION: three lists of three numbers, and one number
w1, b1, w2, b2 = [1.0, 1.0, 1.0], [-1.0, -2.0, -4.0], [2.0, -3.0, 1.0], 0.0
### END SOLUTION

# %%
check("03.4")

# %% tags=["hide-input"]
hidden_w, hidden_b, out_w, out_b = (np.array(part) for part in answer("03.4"))
drawn = relu(t[:, None] * hidden_w + hidden_b) @ out_w + out_b
plt.plot(t, drawn, color=BLUE)
plt.xlabel("input x")
plt.ylabel("output")
plot.show(
    "A tent: 0 up to x = 1, a straight rise to height 2 at x = 2, a straight fall "
    "to 0 at x = 4, then 0.",
    "Ten numbers, chosen by hand. No training.",
)

# %% [markdown]
# Put narrow tents side by side, each as high as a curve is at the tent's peak, and each reaching from the peak of its
# left neighbour to that of its right one. Their sum joins points of the curve by straight pieces. With enough neurons
# the pieces become as short as you like. This is the idea behind the theorems that a single hidden layer can come as
# near as you wish to any continuous curve *on an interval* {cite:p}`cybenko1989approximation`;
# {doc}`chapter 06 <06_multilayer_perceptron>` comes back to them. They say that good weights exist. Whether training
# finds them is another matter, so we try.

# %% [markdown]
# ## The spring, learned
#
# Two hidden layers of 64 neurons with ReLU. The loop and the loss are those of chapter 02. The optimiser is Adam, a
# gradient descent that adapts the length of its steps ({doc}`chapter 09 <09_optimisers>`).


# %%
def two_layers(activation):
    """A network 1-64-64-1."""
    hidden = nn.Linear(1, 64), activation(), nn.Linear(64, 64), activation()
    return nn.Sequential(*hidden, nn.Linear(64, 1))


def spring_net(seed, data=learned_from, activation=nn.ReLU):
    """A network 1-64-64-1 from the random start `seed`, trained on `data`."""
    seed_everything(seed)
    net = two_layers(activation)
    fit(net, data, lr=0.003, epochs=400, **ONE_BATCH)
    return net


def predict(net, inputs):
    """The outputs (n,) of a network for inputs (n, d); NumPy in, NumPy out."""
    with torch.no_grad():  # predict only: nothing is recorded for gradients
        return net(torch.tensor(inputs, dtype=torch.float32))[:, 0].numpy()


# %%
nets = [spring_net(seed) for seed in range(5)]
curves = np.array([predict(net, scale(seconds)) for net in nets])  # (5 networks, 100)

# %%
plt.plot(seconds[early], height[early], "o", color=GREY, markersize=4, label="readings")
plt.plot(seconds[early], curves[0, early], color=BLUE, label="the network")
plt.plot(seconds[early], np.cos(seconds[early]), ":", color=INK, label="cos x")
plt.xlabel("time x [s]")
plt.ylabel("height y [cm]")
plt.legend()
plot.show(
    "The readings of the first five seconds as dots. A curve of a few straight pieces "
    "runs through the middle of them and lies almost on the dotted cosine.",
    "After 400 steps: a curve, where two layers without a bend gave a line.",
)


# %%
def reading(times, rng):
    """New readings at these times, with errors of their own."""
    return np.cos(times) + rng.normal(scale=0.1, size=times.shape)


rng = np.random.default_rng(SEED)
moments = rng.uniform(0, 4.9, 1000)  # other moments of the same five seconds
fresh = reading(moments, rng)

inside = [mse(curve[early], height[early]) for curve in curves]
to_truth = [mse(curve[early], np.cos(seconds[early])) for curve in curves]
between = [mse(predict(net, scale(moments)), fresh) for net in nets]
print("readings it learned from:", np.round(inside, 4))
print("distance to cos x:       ", np.round(to_truth, 4))
print("fresh readings, same 5 s:", np.round(between, 4))

# %% [markdown]
# The loss has come down from the line's 0.253 to 0.006. That is *below* the 0.0091 of the true curve, so the network
# has followed the errors of the readings a little. How much harm did it do? Ask for moments that it has never seen,
# with new reading errors, inside the same five seconds: 1000 fresh readings give 0.0124 in the mean of five networks.
# The readings' error alone would be about 0.01, the square of 0.1. So the network does not merely repeat what it was
# shown: it answers new questions between its readings nearly as well as the truth does.

# %% tags=["claim"]
claim(
    "from the line's 0.253 to 0.006", mse(line[early], height[early]), np.mean(inside)
)
claim("1000 fresh readings give 0.0124", len(fresh), np.mean(between))
claim("*below* the 0.0091 of the true curve", np.square(reading_errors[:50]).mean())
claim("*below* the 0.0091 of the true curve", max(inside) < 0.0091)

# %% [markdown]
# ## Outside the data
#
# Now show the network the other half: five to ten seconds. It was never told what happens there.

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(7.4, 3.8))
ax.plot(seconds, height, "o", color=GREY, markersize=3, label="readings")
shades = [(BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (RED, ":"), (PURPLE, (0, (6, 2)))]
for seed, (color, dashes) in enumerate(shades):
    ax.plot(seconds, curves[seed], color=color, linestyle=dashes, label=f"start {seed}")
ax.axvline(5, color=INK, linewidth=1)
ax.text(4.9, 3.3, "learned from", ha="right")
ax.text(5.1, 3.3, "never seen")
ax.set(xlabel="time x [s]", ylabel="height y [cm]", ylim=(-1.4, 3.7))
ax.legend(ncols=2, loc="upper left", fontsize=8)
plot.show(
    "Readings over ten seconds, and five networks that differ only in their random "
    "start. Up to 5 seconds all five lie on the readings. Beyond 5 seconds the "
    "readings rise to 1 and fall again; the five curves go on upwards as nearly "
    "straight lines, each with a slope of its own, and end between about 1 and 3.5.",
    "Five trained networks that agree where they had readings to learn from, and "
    "nowhere else.",
)

# %%
outside = [mse(curve[late], height[late]) for curve in curves]
factor = np.divide(outside, between)
print("mean squared error, 5 to 10 s:", np.round(outside, 2))
print("times that of fresh readings before 5 s:", factor.round())
first, last = slice(50, 60), slice(80, 100)  # the first and the last of these seconds
soon = [mse(curve[first], height[first]) for curve in curves]
late_on = [mse(curve[last], height[last]) for curve in curves]
print("5 to 6 s: ", np.round(soon, 2))
print("8 to 10 s:", np.round(late_on, 2))

# %% [markdown]
# Beyond five seconds the error is 112 to 482 times that of fresh readings before. It grows fast: in the first second
# it is at most 0.15, in the last two at least 3.1. It is tempting to say that the network has *memorised* its
# readings. You have just seen that it has not: inside the five seconds it is right at moments that it never saw. What
# fails is {term}`extrapolation`, the answer to questions outside the region where there were data. The name matters,
# because the remedies differ. Against memorising, more readings help. Let us take ten times as many, of the same five
# seconds.

# %% tags=["claim"]
claim("the error is 112 to 482 times", *np.sort(factor)[[0, -1]])
claim("it is at most 0.15, in the last two at least 3.1", max(soon), min(late_on))

# %%
rng = np.random.default_rng(SEED)
many = rng.uniform(0, 4.9, 500)
fed = spring_net(0, data=(scale(many), reading(many, rng)[:, None]))
more = predict(fed, scale(seconds))
more_to_truth = mse(more[early], np.cos(seconds[early]))
print(f"500 readings: distance to cos x before 5 s {more_to_truth:.4f}")
print(f"500 readings: mean squared error after 5 s {mse(more[late], height[late]):.2f}")

# %% [markdown]
# With 500 readings the curve before five seconds is nearer to the cosine than with 50, and after five seconds the
# error is still above 1. The line $\hat y = 0$ would do better there: it has 0.59.

# %% tags=["claim"]
claim(
    "the curve before five seconds is nearer to the cosine than with 50",
    more_to_truth < min(to_truth),
)
claim("the error is still above 1", mse(more[late], height[late]) > 1)
claim("it has 0.59", mse(0, height[late]))

# %% [markdown]
# ### Why it must go straight on
#
# Look at {eq}`eq-curves-net` for a very large $x$. The neurons with $w^{[1]}_k > 0$ have all begun, and for them ReLU
# changes nothing. Those with $w^{[1]}_k < 0$ are silent. What is left is a line:
#
# ```{math}
# :label: eq-curves-far
# \hat y = x \sum_{k:\; w^{[1]}_k > 0} w^{[2]}_k w^{[1]}_k \;+\; \text{a constant}
# \qquad \text{for every } x \text{ beyond the last kink.}
# ```
#
# Far to the left it is the same with the other neurons, those with $w^{[1]}_k < 0$. In words: beyond its last kink a
# ReLU network is a line, however many neurons it has and however well it was trained. A kink out there, beyond the
# readings, changes none of the training errors. So no reading decides where such kinks lie and which line comes after
# them: this depends on the random start. {cite:t}`xu2021neural` study it for deeper ReLU networks and show what has to
# be built in to do better.

# %% [markdown]
# ## Exercise 03.5: far away, by hand
#
# Predict first, then run. A network with one input, four hidden ReLU neurons and one output has these numbers:
#
# ```{table} A small network
# | hidden neuron | weight $w^{[1]}_k$ | bias $b^{[1]}_k$ | output weight $w^{[2]}_k$ |
# |---|---|---|---|
# | 1 | 1 | −1 | 2 |
# | 2 | −2 | 3 | 1.5 |
# | 3 | 0.5 | −2 | −3 |
# | 4 | −1 | −4 | −1 |
# ```
#
# and $b^{[2]} = 0.5$. With a pencil: which slope does it have far to the left, and which far to the right? A slope is
# what $\hat y$ gains when $x$ grows by 1.

# %%
### BEGIN SOLUTION: two numbers, left_slope and right_slope
left_slope, right_slope = -2.0, 0.5
### END SOLUTION

# %%
check("03.5")

# %% tags=["hide-input"]
begins = np.array([[1, -2, 0.5, -1], [-1, 3, -2, -4]])  # weights and biases
t = np.linspace(-8, 8, 321)
small = relu(t[:, None] * begins[0] + begins[1]) @ [2, 1.5, -3, -1] + 0.5
kinks = -begins[1] / begins[0]
plt.plot(t, small, color=BLUE, label="the network")
at_kinks = np.interp(kinks, t, small)
plt.plot(kinks, at_kinks, "o", color=RED, label="kinks")
plt.xlabel("input x")
plt.ylabel("output ŷ")
plt.legend()
plot.show(
    "A broken line. It falls steeply from the left, with kinks at −4, 1, 1.5 and 4, "
    "and beyond x = 4 it rises gently as a straight line.",
    "The small network. Beyond its outermost kinks it goes straight on.",
)

# %% [markdown]
# Do the trained networks behave like that? They have two hidden layers, so we measure. The slope between 5.5 and 6
# seconds, and again far out:

# %%
probe = np.array([5.5, 6.0, 20.0, 20.5, 500.0, 500.5])
far = np.array([predict(net, scale(probe)) for net in nets])
slopes = (far[:, 1::2] - far[:, ::2]) / 0.5
names = ["5.5 to 6 s", "20 to 20.5 s", "500 to 500.5 s"]
frame = pd.DataFrame(slopes, columns=names)
frame.insert(0, "start", range(5))
plot.table(
    frame,
    "Slopes of the five networks [cm/s], soon after the data and far away.",
    digits=3,
)

# %% [markdown]
# After 20 seconds the slopes change by less than 0.002: of the kinks that may still come, none matters. The five
# nearly straight lines rise with 0.17 to 0.59 cm a second. Nothing in the readings asks for any of them.

# %% tags=["claim"]
claim(
    "After 20 seconds the slopes change by less than 0.002",
    abs(slopes[:, 1] - slopes[:, 2]).max() < 2e-3,
)
claim("with 0.17 to 0.59 cm a second", slopes[:, 1].min(), slopes[:, 1].max())

# %% [markdown]
# ### Would another activation help? Would a longer training?
#
# tanh has no last kink, but it levels off: far out every tanh neuron comes close to 1 or −1, and the output to a
# constant. The other suspicion is the training. A common form of this experiment runs plain gradient descent with
# learning rate 0.001 and 10 000 epochs, in five batches of ten neighbouring readings, on seconds as they are. To save
# time we take a learning rate ten times as large, and 400 epochs.

# %%
smooth = spring_net(0, activation=nn.Tanh)

seed_everything(SEED)
plain = two_layers(nn.ReLU)
settings = {"lr": 0.01, "epochs": 400, "batch_size": 10, "shuffle": False}
unscaled = seconds[early, None], height[early, None]
history = fit(plain, unscaled, loss=nn.MSELoss(), optimizer="sgd", **settings)

# %%
from scipy.optimize import curve_fit


def oscillation(x, size, speed, shift, level):
    """A motion that repeats for ever."""
    return size * np.cos(speed * x + shift) + level


swing, _ = curve_fit(oscillation, seconds[early], height[early], p0=[1, 1.2, 0, 0])

# %%
models = {
    "ReLU network": curves[0],
    "tanh network": predict(smooth, scale(seconds)),
    "ReLU, plain descent": predict(plain, seconds[:, None]),
    "a swing, 4 parameters": oscillation(seconds, *swing),
}
parts = early, late
errors = {name: [mse(c[p], height[p]) for p in parts] for name, c in models.items()}
frame = pd.DataFrame(errors, index=["before 5 s", "after 5 s"]).T.rename_axis("model")
plot.table(frame, "Mean squared errors [cm²] before and after 5 seconds.", digits=4)

# %% [markdown]
# The tanh network is wrong as well, only less wildly. Plain descent, on the usual data with the usual network, ends
# in the same place: its error after five seconds is more than a hundred times the one before. The last row is of
# another kind. It is no network but a formula, $A \cos(\omega x + \alpha) + C$ with four numbers to fit. Its error
# grows too, since five seconds fix the speed $\omega$ only roughly, but from 0.0076 to 0.036: five times, and not
# hundreds.
#
# It extrapolates because we *told* it that the motion repeats. The network was told nothing of the kind, and nothing
# in five seconds of readings says so. But had somebody caught the weight with a hand at second six, the formula would
# be wrong too. What happens outside the data is decided by assumptions, not by the fit
# {cite:p}`ziyin2020neural`. **Before you use a model, ask whether the new case lies inside the region it learned
# from.**

# %% tags=["claim"]
good, bad = errors["a swing, 4 parameters"], errors["ReLU, plain descent"]
claim("from 0.0076 to 0.036", good[0], good[1])
claim("more than a hundred times the one before", bad[1] > 100 * bad[0])
claim("only less wildly", 0.5 < errors["tanh network"][1] < min(outside))

# %% [markdown]
# ## Network or tree?
#
# Networks are not the only models that bend. A **decision tree** ({doc}`chapter 01 <01_learning_from_data>`) asks
# questions such as "is $x$ below 3.1?", one after the other, and gives each of its leaves one number. Its depth is the
# largest number of questions. Depth 2 gives at most 4 leaves, depth 5 at most 32. Which of these two trees is better,
# and does a small network do better than both?
#
# The usual data for this contest are 80 points of a sine on the interval from 0 to 5. They have no noise, but every
# fifth one is moved up or down, by at most 1.5.

# %%
from sklearn.tree import DecisionTreeRegressor

rng = np.random.RandomState(1)
spot = np.sort(5 * rng.rand(80, 1), axis=0)
value = np.sin(spot).ravel()
value[::5] += 3 * (0.5 - rng.rand(16))  # sixteen outliers

dense = np.arange(0, 5, 0.01)[:, None]  # to draw, and to compare with the truth
truth = np.sin(dense).ravel()
trees = {d: DecisionTreeRegressor(max_depth=d).fit(spot, value) for d in range(1, 7)}


# %%
def sine_net(inputs, targets, seed):
    """A network 1-10-1, trained on inputs (n, 1) and targets (n,)."""
    seed_everything(seed)
    net = nn.Sequential(nn.Linear(1, 10), nn.ReLU(), nn.Linear(10, 1))
    fit(net, (inputs, targets[:, None]), lr=0.02, epochs=400, **ONE_BATCH)
    return net


sine_nets = [sine_net(spot, value, seed) for seed in range(5)]

# %% tags=["hide-input"]
figure, axes = plt.subplots(1, 3, figsize=(8.6, 3), sharey=True)
drawn = {
    "tree of depth 2": trees[2].predict(dense),
    "tree of depth 5": trees[5].predict(dense),
    "network 1-10-1": predict(sine_nets[0], dense),
}
for ax, (name, curve) in zip(axes, drawn.items(), strict=True):
    ax.plot(spot, value, "o", color=GREY, markersize=3)
    ax.plot(dense, truth, ":", color=INK)
    ax.plot(dense, curve, color=BLUE)
    ax.set(title=name, xlabel="x")
axes[0].set_ylabel("y")
plot.show(
    "Three panels with the same points: most lie on a sine from 0 to 5, the others "
    "above or below it. The tree of depth 2 gives four steps. The tree of depth "
    "5 gives many steps with narrow spikes out to the outliers. The network gives a "
    "few straight pieces that follow the sine, and takes no notice of single "
    "outliers.",
    "Points (grey), the true sine (dotted) and three models (blue).",
)


# %%
def both_errors(model):
    """Mean squared errors of predictions: on the 80 points, and against the sine."""
    return mse(model(spot), value), mse(model(dense), truth)


rows = [
    [f"tree of depth {depth}", f"{tree.get_n_leaves()}", *both_errors(tree.predict)]
    for depth, tree in trees.items()
]
of_nets = np.array([both_errors(lambda x, n=net: predict(n, x)) for net in sine_nets])
rows.append(["network, mean of 5 starts", "–", *of_nets.mean(axis=0)])
columns = ["model", "leaves", "on the 80 points", "against the sine"]
contest = pd.DataFrame(rows, columns=columns)
plot.table(contest, "Mean squared errors of trees and network.")

# %% [markdown]
# Read the table twice. Of the three models in the figure, on the 80 points the tree of depth 5 wins clearly: 0.025,
# against 0.130 for depth 2 and about 0.130 for the network. A common comparison stops here. Against the sine it is
# the *worst* of the three: 0.145, against 0.055 for depth 2 and 0.019 for the network. It has spent its leaves on the
# outliers. **The error on the points learned from says how well a model can imitate, not how well it has
# understood.**
#
# The numbers do not say that networks beat trees. The truth here is smooth, one small network suits it, and a tree is
# made of steps. Soon you will see the opposite.

# %% tags=["claim"]
points_error, truth_error = contest["on the 80 points"], contest["against the sine"]
claim(
    "wins clearly: 0.025, against 0.130 for depth 2 and about 0.130",
    points_error[4],
    points_error[1],
    2,
    points_error[6],
)
claim(
    "0.145, against 0.055 for depth 2 and 0.019",
    truth_error[4],
    truth_error[1],
    2,
    truth_error[6],
)
claim("*worst* of the three", max(of_nets[:, 1]) < truth_error[1] < truth_error[4])

# %% [markdown]
# With real data there is no column "against the sine". What then? Points that were *held out*: cross-validation
# (chapter 01) trains on four fifths of the points, tests on the last fifth, and takes turns.

# %%
from sklearn.model_selection import KFold

folds = KFold(5, shuffle=True, random_state=SEED).split(spot)
held_out = []
for inner, outer in folds:  # row numbers to learn from, and to test on
    learn, x, y = (spot[inner], value[inner]), spot[outer], value[outer]
    row = {}
    for depth in range(1, 7):
        tree = DecisionTreeRegressor(max_depth=depth).fit(*learn)
        row[f"tree of depth {depth}"] = mse(tree.predict(x), y)
    row["network"] = mse(predict(sine_net(*learn, SEED), x), y)
    held_out.append(row)
frame = pd.DataFrame(held_out).agg(["mean", "std"]).T.rename_axis("model")
plot.table(frame, "Mean squared errors on held-out points: five folds.")

# %% [markdown]
# Without any truth the folds tell us that depth 5 is a bad choice: 0.250 against 0.155 for depth 2. They do not tell
# depth 2 and the network apart (0.155 and 0.160): held-out points contain outliers too, which nobody can predict, and
# the folds differ by far more than that. With 80 points that is all there is to say.

# %% tags=["claim"]
claim(
    "0.250 against 0.155 for depth 2",
    frame.loc["tree of depth 5", "mean"],
    frame.loc["tree of depth 2", "mean"],
    2,
)
claim(
    "(0.155 and 0.160)",
    frame.loc["tree of depth 2", "mean"],
    frame.loc["network", "mean"],
)
claim("the folds differ by far more than that", frame["std"].min() > 0.03)

# %% [markdown]
# ## Real houses: California, 1990
#
# The census of 1990 divides California into 20 640 districts {cite:p}`pace1997sparse`. For each we know eight
# features and the target, the median value of its houses. What is the error of a good prediction, in dollars?

# %%
houses = load("california_housing")
X_houses = houses.drop(columns="MedHouseVal").to_numpy()
y_houses = houses["MedHouseVal"].to_numpy()  # in 100 000 dollars
frame = houses.agg(["min", "median", "max"]).T.rename_axis("column")
plot.table(frame, "The eight features and the target of 20 640 districts.", digits=1)

# %% [markdown]
# Two things to see before any model. The features differ in size by factors of a thousand: people are counted in
# thousands, bedrooms in ones. And the target is cut off: 965 districts (4.7 %) have the value 5.00001, which means
# "500 000 dollars or more". Their true values are not in the data, so no model can learn them.
#
# A common experiment with these data trains a network with two hidden layers on the features *as they are*, measures
# the test set after every epoch, keeps the epoch with the smallest test error, and reports that error: an RMSE of
# about 0.77. RMSE is the **root mean squared error**, $\sqrt{\text{MSE}}$, in the unit of the target: 77 000 dollars.
# Is that good? The report does not say, because it compares with nothing.

# %% tags=["claim"]
claim("into 20 640 districts", len(y_houses))
claim("965 districts (4.7 %)", (y_houses > 5).sum(), 100 * (y_houses > 5).mean())

# %% [markdown]
# Four faults are in it, and each has its remedy.
#
# ```{table} How to do it right
# | fault | remedy |
# |---|---|
# | the epoch is chosen on the test set | choose it on a third set, the **validation set**; measure the test set once |
# | features are not scaled | standardise, with mean and standard deviation of the training rows |
# | no baseline | the mean, linear regression, and a strong rival: an ensemble of trees |
# | one run, one split | five splits; report mean and standard deviation |
# ```
#
# (A fifth is easily made: in a figure the labels "prediction" and "truth" are exchanged. Where it plots both columns
# against the row number, nobody notices.)
#
# Our rival is **gradient boosting**: up to a hundred small trees, each of which corrects the errors of those before it
# {cite:p}`friedman2001greedy`.

# %%
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression


def three_parts(seed):
    """Rows for training (60 %), validation (20 %) and test (20 %), at random."""
    rows = np.random.default_rng(seed).permutation(len(y_houses))
    return np.split(rows, [12_384, 16_512])


def rmse(prediction, target, axis=None):
    """Root mean squared error, in the target's unit."""
    return np.sqrt(np.mean((prediction - target) ** 2, axis=axis))


# %%
def houses_net(inputs, parts, seed):
    """Train 8-64-32-1; its history, and its test predictions after every epoch."""
    train, valid, test = ((inputs[rows], y_houses[rows, None]) for rows in parts)
    seed_everything(seed)
    hidden = nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU()
    net, kept = nn.Sequential(*hidden, nn.Linear(32, 1)), []

    def keep(state):  # not for choosing: for an experiment further down
        kept.append(predict(state.model, test[0]))

    settings = {"loss": nn.MSELoss(), "lr": 0.005, "epochs": 20, "batch_size": 256}
    history = fit(net, train, validation=valid, callbacks=[keep], **settings)
    return history, np.array(kept)


# %%
def trees_and_line(train, test, seed):
    """Test errors of the three models without a network: a dict."""
    X, y, X_new, true = X_houses[train], y_houses[train], X_houses[test], y_houses[test]
    linear = LinearRegression().fit(X, y)
    boosted = HistGradientBoostingRegressor(random_state=seed).fit(X, y)
    return {
        "mean of the training rows": rmse(y.mean(), true),
        "linear regression": rmse(linear.predict(X_new), true),
        "gradient boosting": rmse(boosted.predict(X_new), true),
    }


# %%
scores, runs = [], []
for seed in range(5):
    parts = train, valid, test = three_parts(seed)
    row = trees_and_line(train, test, seed)
    centre, spread = X_houses[train].mean(axis=0), X_houses[train].std(axis=0)
    scaled = (X_houses - centre) / spread
    for name, inputs in (("not scaled", X_houses), ("scaled", scaled)):
        history, kept = houses_net(inputs, parts, seed)
        chosen = history.best_epoch  # the smallest loss on the validation rows
        row[f"network, {name}"] = rmse(kept[chosen], y_houses[test])
    scores.append(row)
    runs.append((y_houses[test], kept))  # of the scaled network

# %%
order = ["mean of the training rows", "network, not scaled", "linear regression"]
order += ["network, scaled", "gradient boosting"]
scores = pd.DataFrame(scores)[order]
frame = scores.agg(["mean", "std"]).T.rename_axis("model")
plot.table(
    frame, "RMSE on 4128 test districts, in 100 000 dollars: five random splits."
)

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(7, 2.9))
for k, (_, column) in enumerate(scores.items()):
    ax.plot(column, 5 * [k + 0.25], "o", color=GREY, markersize=4)
    ax.errorbar(column.mean(), k, xerr=column.std(), fmt="s", color=BLUE, capsize=4)
ax.set(xlabel="RMSE [100 000 dollars]", yticks=range(5), yticklabels=scores.columns)
ax.invert_yaxis()
plot.show(
    "Five rows of points. The mean of the training rows lies near 1.14, the network "
    "without scaling near 0.77, linear regression near 0.72, the scaled network "
    "near 0.55 and gradient boosting near 0.47. The spread of each is much smaller "
    "than the gaps, but for the network without scaling, whose points come near "
    "linear regression.",
    "Dots: single splits. Squares and bars: mean and standard deviation of the five.",
)

# %% [markdown]
# Now the 77 000 dollars have a meaning. The network on features as they are has an RMSE of 0.773 ± 0.033 (mean and
# standard deviation over five splits), and *linear regression* has 0.724 ± 0.017. In a plain comparison the usual
# network loses to a line, in all five splits. Scaling alone, with everything else as before, brings it to 0.552 ±
# 0.009. So the bend is worth a lot, once the training works. And gradient boosting, with no scaling and its default
# settings, reaches 0.470 ± 0.008: it wins in all five splits. On tables of this size and kind trees usually win
# {cite:p}`grinsztajn2022tree`.
#
# Do not conclude that no network could do better. We tried one size, one learning rate and 20 epochs. With 100 epochs
# on raw features, on two of the splits, we got 0.735: level with the line's 0.737 there, no more. And a random split
# answers one question only: how good is the model for another district *among these*? For another state, or for 2025,
# it says nothing. That would be extrapolation.

# %% tags=["claim"]
center, sd = scores.mean(), scores.std()
raw, lin, scl, gbt = (
    "network, not scaled",
    "linear regression",
    "network, scaled",
    "gradient boosting",
)
claim("an RMSE of 0.773 ± 0.033", center[raw], sd[raw])
claim("*linear regression* has 0.724 ± 0.017", center[lin], sd[lin])
claim("brings it to 0.552 ± 0.009", center[scl], sd[scl])
claim("reaches 0.470 ± 0.008", center[gbt], sd[gbt])
claim("it wins in all five splits", bool((scores[gbt] < scores[scl]).all()))
claim("loses to a line", bool((scores[raw] > scores[lin]).all()))

# %%
y_test, kept = runs[0]
predicted = kept[-1]
ax = plt.subplots(figsize=(5.2, 4.2))[1]
cells = ax.hexbin(
    y_test, predicted, gridsize=30, bins="log", mincnt=1, extent=(0, 5.5, 0, 5.5)
)
ax.plot([0, 5.2], [0, 5.2], "--", color=RED)
ax.set(xlabel="true value [100 000 dollars]", ylabel="prediction", aspect="equal")
plt.colorbar(cells, label="districts")
plot.show(
    "A map of predictions against true values. Most districts lie in a band around "
    "the diagonal, wide in the middle. At the true value 5 stands a column of "
    "districts whose predictions reach from below 2 to above 5.",
    "The scaled network on the 4128 test districts of the first split. Dashed: right.",
)

# %% [markdown]
# Truth on one axis, prediction on the other: this figure cannot have its labels exchanged without being seen. The
# column on the right is the cut at 500 000 dollars.
#
# ### How much does it flatter to choose on the test set?
#
# With 4128 test districts, not much: the smallest of 20 errors is hardly below the one of the honestly chosen epoch.
# But test sets are often small. So let us play it with small ones, drawn from our predictions: choose the best of the
# 20 epochs on 100 districts, report its error there, and then look at the *same epoch* on 100 others.


# %%
def flattery(truth, kept, size, repeats, rng):
    """RMSE of the best epoch on a few districts, and on others: (repeats, 2)."""
    pairs = []
    for _ in range(repeats):
        here, there = rng.choice(len(truth), (2, size), replace=False)
        errors = rmse(kept[:, here], truth[here], axis=1)  # one for each epoch
        best = errors.argmin()
        pairs.append([errors[best], rmse(kept[best, there], truth[there])])
    return np.array(pairs)


# %%
rng = np.random.default_rng(SEED)
rows = []
for size in 50, 100, 200, 1000:
    pairs = np.concatenate([flattery(*run, size, 400, rng) for run in runs])
    gap = pairs[:, 1] - pairs[:, 0]
    rows.append([size, *pairs.mean(axis=0), gap.mean(), gap.std() / len(gap) ** 0.5])
columns = ["districts", "reported", "real", "too good by", "standard error"]
frame = pd.DataFrame(rows, columns=columns)
plot.table(
    frame, "RMSE of the epoch that is best on a few districts; 2000 draws a row."
)

# %% [markdown]
# The report of 100 districts is too good by 0.018, about 2000 dollars, and that of 1000 by 0.005. Nobody cheated: the
# smallest of 20 noisy numbers is small partly by luck, and the luck does not come along to new districts. The effect
# grows with the number of things tried, and there are many more than 20 of them in a project
# {cite:p}`cawley2010overfitting`.

# %% tags=["claim"]
claim("100 districts is too good by 0.018", frame.iloc[1, 0], frame.iloc[1, 3])
claim("and that of 1000 by 0.005", frame.iloc[3, 0], frame.iloc[3, 3])
claim("about 2000 dollars", abs(frame.iloc[1, 3] * 100_000 - 2000) < 500)
claim(
    "hardly below the one of the honestly chosen epoch",
    all(
        rmse(kept, truth_, axis=1).min() > 0.98 * column
        for (truth_, kept), column in zip(runs, scores[scl], strict=True)
    ),
)

# %% [markdown]
# ## Exercise 03.6: an honest score
#
# Here is such an experiment in four lines. `train`, `valid` and `test` hold row numbers.
#
# ```python
# Z = (X - X[train].mean(0)) / X[train].std(0)  # A
# history = fit(net, (Z[train], y[train]), validation=(Z[test], y[test]), **settings)  # B
# best = int(np.argmin(history.val_loss))  # C
# score = history.val_loss[best] ** 0.5  # D
# ```
#
# It runs, and its score is too good. Say in which line the fault is made: set `guilty` to "A", "B", "C" or "D". Then
# write the repair as a function. It gets two lists, the mean squared errors of every epoch on the validation rows and
# on the test rows. Return the chosen epoch, counted from 0, and the RMSE to be reported.

# %%
### BEGIN SOLUTION: one letter
guilty = "B"
### END SOLUTION


def report(valid_mse, test_mse):
    """The chosen epoch, and the RMSE to report for it."""
    ### BEGIN SOLUTION: choose on one list, report from the other
    epoch = int(np.argmin(valid_mse))
    return epoch, test_mse[epoch] ** 0.5
    ### END SOLUTION


# %%
check("03.6")

# %% [markdown]
# ## Insurance: what does a year of age cost?
#
# The last task of the chapter is yours from beginning to end. The data are 1338 insured persons, and what was charged
# for each in one year {cite:p}`lantz2013machine`. (The persons are invented, after statistics of the US census.) What
# does a person's age say about the charges?

# %%
insured = load("insurance")
ages = insured["age"].to_numpy(dtype=float)
charges = insured["charges"].to_numpy()
smoker = insured["smoker"].to_numpy(dtype=str)

# %% tags=["hide-input"]
for answer_, color, marker in (("yes", RED, "x"), ("no", BLUE, "o")):
    here = smoker == answer_
    settings = {"color": color, "markersize": 4, "markerfacecolor": "none"}
    plt.plot(ages[here], charges[here], marker, label=f"smoker: {answer_}", **settings)
plt.xlabel("age [years]")
plt.ylabel("charges [dollars a year]")
plt.legend()
plot.show(
    "Charges over age for smokers and others. Most of those who do not smoke lie in "
    "a narrow band that rises in a gentle curve from 1500 dollars at 18 to about 14 "
    "000 at 64. Above it are scattered points, up to 37 000. The smokers form two "
    "bands higher up, up to 64 000.",
    "1338 persons. We keep those who do not smoke.",
)

# %% [markdown]
# Smoking makes such a difference that one curve in age cannot serve both groups. We keep the 1064 persons who do not
# smoke. Their band seems to bend upwards. So the question of this chapter: **is a curve better than a line here, and
# by how much?**

# %% tags=["claim"]
claim("The data are 1338 insured persons", len(insured))
claim("We keep the 1064 persons who do not smoke", (smoker == "no").sum())

# %% [markdown]
# ## Exercise 03.7: insurance, end to end
#
# Write the whole path as one function. It gets ages, charges and smoking ("yes" or "no") of the training persons,
# three arrays of shape `(n,)`, and new ages, shape `(m,)`. It shall
#
# 1. keep those who do not smoke;
# 2. standardise age and charges, with mean and standard deviation of what was kept;
# 3. build a network with one input, a hidden layer of at least 8 neurons with an activation, and one output;
# 4. train it on the mean squared error **until the loss has stopped falling** (`fit`, or a loop of your own);
# 5. return the predictions for the new ages in dollars, shape `(m,)`.
#
# The check trains it twice. On invented clients the true curve is known: the distance (RMSE) of your predictions from
# it must be below 0.4 of the best line's. On some of these persons, held out, your RMSE must be below 1.05 of the
# line's. It takes a few seconds.


# %%
def predict_charges(age, charges, smoker, new_age):
    """Predicted charges (m,) for new ages (m,), from persons (n,) to learn from."""
    ### BEGIN SOLUTION: filter, scale, build, train, predict in dollars
    keep = smoker == "no"
    age, charges = age[keep], charges[keep]

    def column(values, like):  # standardised like the training column, shape (n, 1)
        scaled = (values - like.mean()) / like.std()
        return torch.tensor(scaled, dtype=torch.float32)[:, None]

    net = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
    data = column(age, age), column(charges, charges)
    fit(net, data, loss=nn.MSELoss(), lr=0.05, epochs=200, batch_size=None)
    with torch.no_grad():
        prediction = net(column(new_age, age))[:, 0].numpy()
    return prediction * charges.std() + charges.mean()
    ### END SOLUTION


# %%
check("03.7")

# %% [markdown]
# Now the comparison, by the rules of the last section: ten random splits, 80 % of those who do not smoke for training
# and 20 % for the test, and on each split the mean, the line, a parabola, and your network.

# %%
predict_charges = answer("03.7")

calm_age, calm_charges = ages[smoker == "no"], charges[smoker == "no"]


def insurance_scores(seed):
    """RMSE in dollars of four models on one random split: a dict."""
    rows = np.random.default_rng(seed).permutation(len(calm_age))
    x, y = calm_age[rows[213:]], calm_charges[rows[213:]]
    new, true = calm_age[rows[:213]], calm_charges[rows[:213]]
    seed_everything(seed)
    network = predict_charges(x, y, np.full(len(x), "no"), new)
    return {
        "mean of the training persons": rmse(y.mean(), true),
        "line": rmse(np.polyval(np.polyfit(x, y, 1), new), true),
        "parabola": rmse(np.polyval(np.polyfit(x, y, 2), new), true),
        "network 1-16-1": rmse(network, true),
    }


# %%
scores = pd.DataFrame([insurance_scores(seed) for seed in range(10)])
frame = scores.agg(["mean", "std"]).T.rename_axis("model")
plot.table(frame, "RMSE [dollars] on 213 test persons: ten random splits.", digits=0)
gain = scores["line"] - scores["network 1-16-1"]
print(f"line minus network: {gain.mean():.0f} ± {gain.std():.0f} dollars")
print(f"the network wins in {(gain > 0).sum()} of 10 splits")

# %% tags=["hide-input"]
years = np.arange(18.0, 65.0)
seed_everything(SEED)
curve = predict_charges(ages, charges, smoker, years)
straight_line = np.polyval(np.polyfit(calm_age, calm_charges, 1), years)
middle = [np.median(calm_charges[calm_age == year]) for year in years]
plt.plot(calm_age, calm_charges, "o", color=GREY, markersize=3, markerfacecolor="none")
plt.plot(years, straight_line, "--", color=RED, label="line")
plt.plot(years, curve, "-", color=BLUE, label="network")
plt.plot(years, middle, "^", color=GREEN, markersize=4, label="median of each age")
plt.xlabel("age [years]")
plt.ylabel("charges [dollars a year]")
plt.legend()
plot.show(
    "Charges over age of those who do not smoke, with the line, the network and the "
    "median of each age. The network bends upwards: it lies above the line at both "
    "ends and below it in the middle. The medians lie below both at nearly all "
    "ages, along the dense band.",
    "What the mean squared error asks for, and where most persons are.",
)

# %% [markdown]
# The network beats the line by 14 dollars in the mean, and the line has an RMSE of 4565. The standard deviation of
# this difference over the splits is 19 dollars, and the network wins in 8 of 10 splits. The parabola, with three
# numbers, does as well as the network. So there is a bend, and it is worth a third of a percent. To sell this as a
# success of neural networks would be dishonest.
#
# Why so little? Because age does not say more. Give every age its own mean, 47 numbers, and measure on the same
# persons that the means were made from: even that only brings the line's 4663 on these persons down to 4543. The
# rest of the spread comes from things that are not in the model. What you have reached is the limit of the *feature*,
# not the limit of the method.
#
# The green marks add a warning. Most persons lie below both curves. The mean squared error asks for the *mean*, and a
# few very expensive years pull it up. If you want the charges of a typical person, you want another loss (chapter
# 07).

# %% tags=["claim"]
own_mean = np.array([calm_charges[calm_age == year].mean() for year in years])
whose = (calm_age - 18).astype(int)
line_of_all = rmse(straight_line[whose], calm_charges)
claim("the line by 14 dollars in the mean", gain.mean())
claim("the line has an RMSE of 4565", scores["line"].mean())
claim("over the splits is 19 dollars", gain.std())
claim("wins in 8 of 10 splits", (gain > 0).sum(), 10)
claim("a third of a percent", 0.0025 < gain.mean() / scores["line"].mean() < 0.004)
claim(
    "4663 on these persons down to 4543",
    line_of_all,
    rmse(own_mean[whose], calm_charges),
)
claim("its own mean, 47 numbers", len(own_mean))
lower = np.minimum(curve, straight_line)[whose]
claim("Most persons lie below both curves", np.mean(calm_charges < lower) > 0.5)
distance = abs(scores["parabola"].mean() - scores["network 1-16-1"].mean())
claim("does as well as the network", distance < 10)

# %% [markdown]
# ### When is a training finished?
#
# Point 4 of the exercise stands in bold because this task is often given with a recipe: plain gradient descent on all
# training persons, learning rate 0.001, 1000 steps. Follow it from five random starts.


# %%
def standardised(values):
    """A column (n, 1) with mean 0 and standard deviation 1."""
    return ((values - values.mean()) / values.std())[:, None]


persons = standardised(calm_age), standardised(calm_charges)


def plain_descent(seed, lr, steps):
    """The loss of a network 1-16-1 after so many steps on all persons."""
    seed_everything(seed)
    net = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
    fit(net, persons, optimizer="sgd", lr=lr, epochs=steps, **ONE_BATCH)
    return mse(predict(net, persons[0]), persons[1][:, 0])


# %%
line_loss = 1 - np.corrcoef(calm_age, calm_charges)[0, 1] ** 2
recipe = [plain_descent(seed, 0.001, 1000) for seed in range(5)]
larger = [plain_descent(seed, 0.1, 300) for seed in range(5)]
columns = {"start": range(5), "lr 0.001, 1000 steps": recipe}
frame = pd.DataFrame(columns | {"lr 0.1, 300 steps": larger, "best line": line_loss})
plot.table(frame, "Loss after training, in squared standard deviations.", digits=4)

# %% [markdown]
# With the recipe the network is worse than the *line* from four of the five starts, although a line is among the
# things that it could draw. With a rate a hundred times as large and a third of the steps it is better than the
# line from every start. The recipe does not show what the network can do. It shows a training that was cut off. Plot
# the loss, or double the number of steps and see whether anything changes, before you judge a model.

# %% tags=["claim"]
claim("from four of the five starts", sum(v > line_loss for v in recipe) == 4)
claim("it is better than the line from every start", max(larger) < line_loss)

# %%
progress()

# %% [markdown]
# ## Recap
#
# - A chain of linear layers is one linear layer: $W = W^{[2]} W^{[1]}$, $b = W^{[2]} b^{[1]} + b^{[2]}$.
# - An activation function between the layers, applied to each neuron's *sum*, makes the difference. ReLU gives 0 or
#   more, the sigmoid lies between 0 and 1, tanh between −1 and 1, and $\tanh(z) = 2\sigma(2z) - 1$.
# - A ReLU network with one input and one hidden layer is a broken line. Its kinks lie at $-b/w$, and at each the slope
#   changes by $|w|$ times the output weight.
# - Between its data a trained network may be excellent. Beyond its last kink a ReLU network is a line whose slope no
#   data have chosen. That is extrapolation, and more data of the same region do not help.
# - The training error ranks models by how well they imitate. Use held-out data, and for choosing and reporting use
#   *different* held-out data.
# - Report the error in the target's unit, with a spread over splits or seeds, beside a line and a tree ensemble. On
#   California's houses the scaled network beats the line and loses to gradient boosting.
# - Scale the features, and train until the loss has stopped falling, before you say what a network can do.
#
# All targets here were numbers. What if the answer is yes or no? Chapters 04 and 05 begin there.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: Five linear layers, 1-20-20-20-20-1, with nothing between them. Which functions can the network compute?
#   options:
#     - right: Straight lines only
#       why: Each pair of neighbouring linear layers is one linear layer. Four such steps leave a single one.
#     - wrong: Any continuous function, since there are 81 neurons
#       why: Their number does not matter. Without a bend between them they are one weighted sum.
#     - wrong: Broken lines with up to 80 kinks
#       why: A kink needs an activation such as ReLU. There is none here.
# - question: "A hidden ReLU neuron has the weight $w = -2$ and the bias $b = 6$. At which $x$ is its kink?"
#   number: 3
#   why: "$-2x + 6 = 0$ at $x = 3$. The weight is negative, so the ramp lies to the left of 3."
# - question: What is $2\,\sigma(0) - 1$?
#   number: 0
#   why: "$\\sigma(0) = 1/2$. And $2\\sigma(2z) - 1 = \\tanh(z)$, which is 0 at 0."
# - question: A network was trained on houses between 50 and 200 square metres. It does well on a held-out fifth of them and is far wrong for a house of 900. Which of these are true?
#   options:
#     - wrong: It has memorised its training houses
#       why: Then it would have failed on the held-out fifth as well.
#     - right: It extrapolates, and nothing in the data decides how
#       why: 900 is far outside 50 to 200. There the shape of the curve is left to the kind of network and to its random start.
#     - wrong: Ten times as many houses between 50 and 200 would help
#       why: They would make the curve better where it is good already.
#     - right: Some houses of about 900 square metres among the training data could help
#       why: Then the question would no longer lie outside the data.
# - question: You train for 200 epochs, take the epoch with the smallest error on the test set, and report this error. What is wrong?
#   options:
#     - right: The smallest of 200 measured errors is too small in the mean
#       why: Part of it is luck with this test set. New data do not share that luck.
#     - wrong: Nothing, since the network was not trained on the test set
#       why: The weights were not, but the choice of the epoch was. It is fitted to the test set, too.
#     - wrong: 200 epochs are too many
#       why: The number is not the fault. With 20 epochs the report would be too good as well, only by less.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`nair2010rectified` and {cite:t}`glorot2011deep` are where ReLU began to take over.
# - {cite:t}`cybenko1989approximation` proves, for sigmoids, that a single hidden layer is enough on a bounded region.
# - {cite:t}`xu2021neural` show how ReLU networks go straight on outside the data, and {cite:t}`ziyin2020neural` what
#   it takes to learn something that repeats.
# - {cite:t}`grinsztajn2022tree` ask why trees still win on tables, and measure it with care.
# - {cite:t}`cawley2010overfitting` on the price of choosing and reporting with the same data.
# - {cite:t}`pace1997sparse` collected the California data, and {cite:t}`lantz2013machine` the insurance data.
