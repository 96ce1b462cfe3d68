# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A line is already a network
#
# Water runs into a tub. Every six seconds you read how much is in it. The gauge's needle shakes, so each reading is
# a little wrong. After ten minutes you have 100 readings and two questions: how much water comes in each minute, and
# how much was there when you began?
#
# With a ruler and a pencil you would be done in a moment: you lay a line through the dots. This chapter asks **how
# a machine can find that line by itself, and why the thing that finds it is called a neural network.** The answer
# takes four parts, and every network in this book is trained with the same four: a model with numbers to adjust, a
# loss that says how wrong it is, a gradient that says which way to turn the numbers, and a loop.
#
# You need derivatives, a little matrix algebra and some Python. Reading and doing the exercises takes about two
# hours.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten: the whole chapter takes seconds
DEVICE = None  # two parameters need no GPU

# %%
import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from torch import nn

from nnlab import answer, check, fit, hint
from nnlab import mlp_draw, plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)

# %% [markdown]
# ## The readings
#
# We make the data ourselves, so that we know the truth: 3 litres at the start, 10 litres a minute, and a gauge that
# errs by about 3 litres, too high as often as too low. The machine will see the readings only.

# %%
x = torch.arange(0, 10, 0.1)  # minutes
errors = np.random.RandomState(42).normal(scale=3, size=100)  # litres, fixed
y = 3 + 10 * x + torch.tensor(errors, dtype=torch.float32)  # litres

# %%
plt.plot(x, y, "o", color=plot.PALETTE["blue"], markersize=4)
plt.xlabel("time x [min]")
plt.ylabel("reading y [l]")
plot.show(
    "100 dots that rise from about 3 litres at 0 minutes to about 100 litres at 10 "
    "minutes. They lie in a narrow band around a straight line, a few litres above "
    "it or below it.",
    "The readings. No straight line goes through all of them.",
)

# %% [markdown]
# No line passes through all the dots, so "the right line" needs a definition. That definition is the loss, and it
# comes soon. First the model.
#
# ## A line is a network
#
# A line predicts the reading from the time by
#
# ```{math}
# :label: eq-line
# \hat y = w\,x + b .
# ```
#
# Here $x$ is the input (minutes) and $\hat y$, "y hat", is the {term}`prediction` (litres); $y$ without a hat is
# the {term}`target`, what was really read. The two numbers that we may choose are the {term}`weight` $w$ (litres a
# minute) and the {term}`bias` $b$ (litres). Together they are the {term}`parameters <parameter>` of the model. Fitting
# such a line to data is called {term}`linear regression`. With $d$ inputs instead of one, each has a weight of its own:
#
# ```{math}
# :label: eq-neuron
# \hat y = w_1 x_1 + w_2 x_2 + \dots + w_d x_d + b .
# ```

# %%
drawing = mlp_draw([3, 1], show_biases=True)
plot.show(
    drawing.alt,
    "A line in three inputs, drawn as a network. Each edge multiplies by its "
    "weight; the circle on the right adds up.",
)

# %% [markdown]
# The drawing says the same as {eq}`eq-neuron`. Each edge carries one weight, the square that is always 1 brings in
# the bias, and the circle on the right adds up what arrives. Such a circle is called a {term}`neuron`: it takes
# numbers in, weighs them, adds them and sends the sum on. A neural network is many of these, wired together. Ours
# has one.
#
# The word comes from biology, and no more than the word should be taken from there. What counts is the wiring: when
# neurons stand side by side and in layers, a small rule is repeated many times. In 1960 Widrow and Hoff built such
# a neuron as a box with a knob for each weight, and a switch behind the sum. They turned the knobs by the rule that
# you derive below {cite:p}`widrow1960adaptive`.

# %% [markdown]
# ## Tensors: numbers with a shape
#
# PyTorch keeps numbers in a {term}`tensor`: an array with a shape, a number type, and (later) a memory of how it
# was computed, which is what gives us derivatives for free. Two questions settle most errors with tensors. What is
# its shape? What is its `dtype`, the type of its numbers?

# %%
print(x.shape, x.dtype)
print(torch.tensor([3, 2, 5]).dtype)
print(torch.tensor([3.0, 2.0, 5.0]).dtype)

# %% [markdown]
# Whole numbers make an integer tensor, and a layer refuses integers: write `3.0`, or say `dtype=torch.float32`.
#
# Layers also want a certain shape. They take a whole {term}`batch` of {term}`samples <sample>` at once, as a matrix
# with **one row for each sample and one column for each {term}`feature`**: shape $(n, d)$, with $n$ samples of $d$
# features. Our 100 times are 100 samples of one feature, so they must stand in a column.

# %%
X = x[:, None]  # None adds an axis of length 1 where it stands
Y = y[:, None]
print(x.shape, "->", X.shape)

# %% [markdown]
# ```{warning}
# `x[0].unsqueeze(0)` looks like "one sample with one feature". It is not: `x[0]` is a single number without any
# axis, so one new axis gives the shape `(1,)`. One row with one column is `(1, 1)`. Some functions accept both, and
# the difference shows up much later, as a wrong number instead of an error.
# ```

# %% [markdown]
# ## A layer and its parameters
#
# `nn.Linear(3, 1)` is {eq}`eq-neuron` as a {term}`layer`: three features in, one number out. It keeps its weights
# in a matrix $W$ with one row for each output, and applies itself to every row of a batch $X$ at once:
#
# $$ \hat Y = X\,W^\mathsf{T} + b . $$

# %%
layer = nn.Linear(3, 1)
for name, parameter in layer.named_parameters():
    numbers = parameter.detach()  # without the memory of how they were computed
    print(name, tuple(parameter.shape), numbers.numpy().round(3))

# %% [markdown]
# Three weights and one bias: this layer has 4 numbers to learn. They begin as small random numbers, because there
# has to be some start. Until they are trained, what the layer predicts means nothing.

# %% tags=["claim"]
from nnlab import claim

claim("this layer has 4 numbers to learn", sum(p.numel() for p in layer.parameters()))

# %% [markdown]
# ## Exercise 02.1: predict four shapes
#
# Write down each shape as a tuple, such as `(5, 3)`, **before** you run anything like it. You may check with
# `.shape` afterwards. For (d) you need {term}`broadcasting`, the rule by which torch combines tensors of different
# shapes: the shapes are aligned at their right ends, a missing axis counts as 1, and an axis of length 1 is stretched
# to the length of the other.
#
# Run the check when you are done. When you are stuck, `hint("02.1")` gives a hint, and a further one each time you
# call it.

# %%
# (a) X[:, 0], where X has the shape (100, 1)
### BEGIN SOLUTION: a tuple
shape_a = (100,)
### END SOLUTION
# (b) x[None, :5], where x has the shape (100,)
### BEGIN SOLUTION: a tuple
shape_b = (1, 5)
### END SOLUTION
# (c) nn.Linear(3, 1)(torch.zeros(5, 3))
### BEGIN SOLUTION: a tuple
shape_c = (5, 1)
### END SOLUTION
# (d) X - y, where X has the shape (100, 1) and y the shape (100,)
### BEGIN SOLUTION: a tuple
shape_d = (100, 100)
### END SOLUTION

# %%
check("02.1")

# %% [markdown]
# Shape (d) is worth a second look, because it costs people days. Suppose that the prediction is *perfect*, equal to
# the target in every sample, but one of the two is a column and the other is flat. What error do we measure?

# %%
perfect = Y
wrong_error = ((perfect - y) ** 2).mean()
print(f"flat target:   {wrong_error:.1f}")
print(f"column target: {((perfect - Y) ** 2).mean():.1f}")

# %% [markdown]
# No exception, no warning from the subtraction: just 1695.1 where 0 is right. All 10 000 pairs of a prediction with
# *any* target were compared. Compare the shapes of prediction and target before you train.

# %% tags=["claim"]
claim("just 1695.1 where 0 is right", wrong_error, ((perfect - Y) ** 2).mean())
claim("All 10 000 pairs", (perfect - y).numel())

# %% [markdown]
# ## The loss: how wrong is a line?
#
# For sample $i$ of $n$, the {term}`residual` $r_i = \hat y_i - y_i$ is what the line predicts minus what was read.
# We need one number for all of them. Adding the residuals up would let errors above and below cancel. Squaring them
# first makes every error count, large ones most, and leaves a function that can be differentiated everywhere. The
# mean of the squares is the **mean squared error**, and it will be our {term}`loss`:
#
# ```{math}
# :label: eq-mse
# L(w, b) = \frac1n \sum_{i=1}^{n} r_i^2
#         = \frac1n \sum_{i=1}^{n} \left( w\,x_i + b - y_i \right)^2 .
# ```
#
# Read it as a function of $w$ and $b$. The data are given; the parameters are what we turn. Try it:

# %% [markdown]
# ```{live} line
# Drag the weight and the bias and watch the loss: the line on the left and its point in the valley on the right are
# the same two numbers. Try to reach the lowest loss by hand before you read on.
# ```


# %%
def loss_of(w, b):
    """Mean squared error of the line w x + b, in square litres."""
    return ((w * x + b - y) ** 2).mean().item()  # .item(): a plain number, no tensor


print(f"flat line at the mean of y: {loss_of(0, y.mean()):.1f}")
print(f"the true line, 10 x + 3:    {loss_of(10, 3):.3f}")

# %% [markdown]
# A loss needs something to be compared with. A line that ignores $x$ and always predicts the mean of $y$ has the loss
# 847.6, which is the {term}`variance` of $y$: a model that does not beat this has learned nothing. The line that the
# data were made from has 7.446, and it cannot be 0, because no line can follow the shaking needle. The unit of the loss
# is the square of a litre; its root, 2.7 litres, is about the size of the gauge's errors.

# %% tags=["claim"]
claim("has the loss 847.6", loss_of(0, y.mean()))
claim("has the loss 847.6", y.var(correction=0))
claim("made from has 7.446", loss_of(10, 3))
claim("its root, 2.7 litres", loss_of(10, 3) ** 0.5)


# %% tags=["hide-input"]
def landscape(inputs, ws, bs):
    """The loss of every line of a grid: inputs (n,), ws and bs (k, k)."""
    predictions = ws[..., None] * inputs + bs[..., None]  # (k, k, n)
    return ((predictions - y.numpy()) ** 2).mean(axis=-1)


ws, bs = np.meshgrid(np.linspace(8, 12, 101), np.linspace(-12, 18, 101))
heights = landscape(x.numpy(), ws, bs)
levels = [8, 10, 15, 25, 50, 100, 200, 400]
rings = plt.contour(ws, bs, heights, levels, colors=plot.PALETTE["muted"])
plt.clabel(rings, fmt="%g", fontsize=8)
plt.plot(10, 3, "x", color=plot.PALETTE["red"], markersize=9, markeredgewidth=2)
plt.grid(False)
plt.xlabel("weight w [l/min]")
plt.ylabel("bias b [l]")
plot.show(
    "Contour lines of the loss over weight and bias: long, thin, tilted ellipses "
    "that run from small weight and large bias to large weight and small bias. A "
    "cross marks weight 10 and bias 3, near the middle of the innermost ellipse.",
    "The loss as a landscape over (w, b), in square litres. The cross is the "
    "truth, 10 litres a minute and 3 litres.",
)

# %% [markdown]
# The loss is a bowl: one lowest point and no other dip. But look how long and thin it is. Along the valley floor a
# line that is a little too steep and starts a little too low is almost as good. Keep this shape in mind; it will
# explain a surprise below. Do not conclude that losses look like this in general: for networks with hidden layers
# they do not.

# %% [markdown]
# ## One step downhill, by hand
#
# To walk down into the valley we need to know which way is down. That is what the {term}`gradient` tells: the two
# partial derivatives of $L$. Take the derivative for $w$ first. The derivative of a mean is the mean of the
# derivatives, and for each sample the chain rule says "outer times inner":
#
# $$
# \begin{aligned}
# \frac{\partial L}{\partial w}
#   &= \frac1n \sum_{i=1}^{n} \frac{\partial}{\partial w}\, r_i^2
#    = \frac1n \sum_{i=1}^{n} 2\, r_i\, \frac{\partial r_i}{\partial w} , \\
# r_i &= w\,x_i + b - y_i
#   \quad\Longrightarrow\quad
#   \frac{\partial r_i}{\partial w} = x_i , \qquad \frac{\partial r_i}{\partial b} = 1 .
# \end{aligned}
# $$
#
# The derivative for $b$ differs only in its inner part, 1 in place of $x_i$. So
#
# ```{math}
# :label: eq-gradient
# \frac{\partial L}{\partial w} = \frac2n \sum_{i=1}^{n} r_i\, x_i ,
# \qquad
# \frac{\partial L}{\partial b} = \frac2n \sum_{i=1}^{n} r_i .
# ```
#
# The gradient points to where the loss grows fastest. **Gradient descent** takes a step the other way:
#
# ```{math}
# :label: eq-step
# w \leftarrow w - \eta\, \frac{\partial L}{\partial w} ,
# \qquad
# b \leftarrow b - \eta\, \frac{\partial L}{\partial b} .
# ```
#
# The number $\eta > 0$ ("eta", `lr` in code) is the {term}`learning rate`: how far we go for a slope of 1. Both
# derivatives belong to the old point. Compute both, then move.

# %% [markdown]
# Do it once with a pencil. Two samples, $(x, y) = (1, 5)$ and $(3, 9)$; start at $w = 1$, $b = 1$; learning rate
# $\eta = 0.1$.
#
# | | sample 1 | sample 2 | mean |
# |---|---|---|---|
# | prediction $\hat y_i = 1 \cdot x_i + 1$ | 2 | 4 | |
# | residual $r_i = \hat y_i - y_i$ | −3 | −5 | |
# | $r_i^2$ | 9 | 25 | loss 17 |
# | $2\,r_i\,x_i$ | −6 | −30 | −18 |
# | $2\,r_i$ | −6 | −10 | −8 |
#
# The step gives $w = 1 + 0.1 \cdot 18 = 2.8$ and $b = 1 + 0.1 \cdot 8 = 1.8$. The new residuals are $-0.4$ and
# $1.2$, and the loss has gone from 17 to 0.8. PyTorch finds the same two derivatives without being told the
# formula:

# %%
w = torch.tensor(1.0, requires_grad=True)  # "remember what is computed from me"
b = torch.tensor(1.0, requires_grad=True)
loss = ((w * torch.tensor([1.0, 3.0]) + b - torch.tensor([5.0, 9.0])) ** 2).mean()
loss.backward()  # runs the chain rule from the loss back to w and b
print(f"loss {loss:.0f}, dL/dw {w.grad:.0f}, dL/db {b.grad:.0f}")

# %% [markdown]
# This is **automatic differentiation**: while the loss is computed, torch records every operation, and `backward()`
# applies the chain rule along the record. A later chapter builds such a machine. Here it serves as the judge of our
# algebra: −18 and −8 agree.

# %% tags=["claim"]
claim("−18 and −8 agree", w.grad, b.grad)
claim(
    "loss has gone from 17 to 0.8",
    loss,
    np.mean([(2.8 * 1 + 1.8 - 5) ** 2, (2.8 * 3 + 1.8 - 9) ** 2]),
)

# %% [markdown]
# ## Exercise 02.2: one step of gradient descent
#
# Write {eq}`eq-gradient` and {eq}`eq-step` as a function, without `backward()`. `x` and `y` are tensors of shape
# `(n,)`; `w`, `b` and `lr` are numbers.


# %%
def step(w, b, x, y, lr):
    """The new (w, b) after one step downhill on the mean squared error."""
    ### BEGIN SOLUTION: the new w and the new b
    residual = w * x + b - y
    dw = 2 * (residual * x).mean()
    db = 2 * residual.mean()
    return w - lr * dw, b - lr * db
    ### END SOLUTION


# %%
check("02.2")

# %% [markdown]
# Let the function walk. A line that starts at $w = 0$, $b = 0$, steps with $\eta = 0.001$. Below,
# `answer("02.2")` gives your function if its check has passed, and the book's if not, so you can always read on.

# %%
step = answer("02.2")

path = [(0.0, 0.0)]
for _ in range(1000):
    path.append(tuple(float(v) for v in step(*path[-1], x, y, lr=0.001)))

rows = [(t, *path[t], loss_of(*path[t])) for t in (0, 1, 10, 100, 1000)]
frame = pd.DataFrame(rows, columns=["step", "w [l/min]", "b [l]", "loss [l²]"])
plot.table(frame, "Gradient descent on the readings, with learning rate 0.001.")

# %% [markdown]
# The first 100 steps bring the loss from 3571 down to 7.538. The next 900 steps bring it to 7.416. Is that the
# bottom? It looks so. We shall see.

# %% tags=["claim"]
claim(
    "The first 100 steps bring the loss from 3571 down to 7.538. The next 900 steps bring it to 7.416",
    100,
    loss_of(*path[0]),
    loss_of(*path[100]),
    900,
    loss_of(*path[1000]),
)

# %% [markdown]
# ## The training loop
#
# The same walk, as PyTorch writes it, works for any network, because nothing in it knows that the model is a line.
# One pass over all the data is called an {term}`epoch`.

# %%
seed_everything(SEED)
net = nn.Sequential(nn.Linear(1, 1))  # layers one after the other; here only one
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)  # knows how to step
net_losses = []
for _ in range(1000):
    optimizer.zero_grad()  # forget the last gradients: backward() adds to them
    prediction = net(X)  # forward
    loss = ((prediction - Y) ** 2).mean()  # how wrong?
    loss.backward()  # which way is up, for every parameter?
    optimizer.step()  # a step down
    net_losses.append(loss.item())  # .item(): a plain number, no tensor
for t in 0, 100, 999:
    print(f"loss after {t:3} steps: {net_losses[t]:.3f}")
print(f"w = {net[0].weight.item():.3f} l/min, b = {net[0].bias.item():.3f} l")

# %% [markdown]
# Read the loop until you could write it on a napkin; you will see it in every chapter. `SGD` stands for *stochastic
# gradient descent*: here it does nothing but {eq}`eq-step`. Why stochastic comes below, with the batches.
#
# The random start gives a loss of 3520.6. In the last epoch it is 7.350, and the network says: 10.080 litres a
# minute, and 2.232 litres at the start.

# %% tags=["claim"]
claim("The random start gives a loss of 3520.6", net_losses[0])
claim("In the last epoch it is 7.350", net_losses[-1])
claim(
    "10.080 litres a minute, and 2.232 litres at the start",
    net[0].weight,
    net[0].bias,
)

# %%
plt.plot(x, y, "o", color=plot.PALETTE["grey"], label="readings", markersize=4)
plt.plot(x, net(X).detach(), "-", color=plot.PALETTE["blue"], label="the network")
plt.xlabel("time x [min]")
plt.ylabel("water [l]")
plt.legend()
plot.show(
    "The readings as dots and the trained network's predictions as a straight line "
    "that runs through the middle of the band of dots from one end to the other.",
    "The network after 1000 epochs. By eye, nothing is missing.",
)

# %% [markdown]
# ## Exercise 02.3: the training loop
#
# Put the loop into a function that trains any model. Inside the function `x` is a matrix, like `X` above: its shape
# is `(n, d)`, and that of `y` is `(n, 1)`. The loss is the mean squared error; each epoch is one step of plain
# gradient descent on all $n$ samples. Return a new list of plain numbers, `loss.item()`: one loss for each epoch,
# computed before its step.


# %%
def train(model, x, y, lr, epochs):
    """Train `model` in place on x (n, d), y (n, 1); return each epoch's loss."""
    ### BEGIN SOLUTION: the training loop, and the list of losses
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %%
check("02.3")

# %% [markdown]
# `nnlab.fit` is the same loop with the comforts that later chapters need: batches, shuffling, a progress bar, and
# validation (measuring the loss on samples that are not trained on). It returns a history of what it measured. From
# the same start it must go the same way.

# %%
seed_everything(SEED)
twin = nn.Sequential(nn.Linear(1, 1))
history = fit(
    twin,
    (X, Y),
    loss=nn.MSELoss(),  # the mean squared error, ready-made
    optimizer="sgd",
    lr=0.001,
    epochs=1000,
    batch_size=None,  # all samples in one batch
    shuffle=False,  # in the same order, so that sums round alike
)
apart = max(abs(a - b) / a for a, b in zip(net_losses, history.loss, strict=True))
print(history)  # best_epoch: the epoch of the lowest loss, counted from 0
print(f"the losses of all epochs agree to a millionth: {apart < 1e-6}")

# %% [markdown]
# The two runs agree in every epoch to a millionth, which is rounding. Nothing in `fit` is hidden: its loop is as
# short as ours, and you may read it in `nnlab/train/loop.py`.

# %% tags=["claim"]
claim("The two runs agree in every epoch to a millionth", apart < 1e-6)

# %% [markdown]
# ## The truth to compare with
#
# Has the loop arrived? For a line, and only because it is a line, we can find the lowest point without walking. At
# the bottom of the bowl both derivatives in {eq}`eq-gradient` are zero:
#
# $$
# \sum (w x_i + b - y_i)\, x_i = 0 , \qquad \sum (w x_i + b - y_i) = 0 .
# $$
#
# Multiplied out, these are two linear equations for the two unknowns $w$ and $b$:
#
# $$
# \begin{aligned}
# w \sum x_i^2 + b \sum x_i &= \sum x_i\, y_i , \\
# w \sum x_i \;\,+ b\, n \;\;\; &= \sum y_i .
# \end{aligned}
# $$
#
# To write this for any number of features, put a column of ones beside the inputs, $X_+ = [\,X \;\; 1\,]$, so that
# the bias is one more weight, and collect the parameters in $\theta = (w_1, \dots, w_d, b)$ ("theta"). The matrix
# $X_+^\mathsf{T} X_+$ contains exactly the sums on the left, so the equations are the {term}`normal equation`
#
# ```{math}
# :label: eq-normal
# X_+^\mathsf{T} X_+ \, \theta = X_+^\mathsf{T}\, y .
# ```
#
# Its solution is the *least-squares fit*, known since 1805, long before anybody spoke of learning
# {cite:p}`stigler1981gauss`.

# %% [markdown]
# ## Exercise 02.4: the closed-form fit
#
# Solve {eq}`eq-normal` for `x` of shape `(n, d)` and `y` of shape `(n,)`: here `y` is flat. Return the weights, shape
# `(d,)`, and the bias, one number. You need `torch.ones`, `torch.column_stack`, products such as `A.T @ B`, and
# `torch.linalg.solve(A, c)`, which solves $A\,\theta = c$.


# %%
def least_squares(x, y):
    """Weights (d,) and bias of the least-squares fit to x (n, d), y (n,)."""
    ### BEGIN SOLUTION: solve the normal equation; return weights and bias
    extended = torch.column_stack([x, torch.ones(len(x), dtype=x.dtype)])
    theta = torch.linalg.solve(extended.T @ extended, extended.T @ y)
    return theta[:-1], theta[-1]
    ### END SOLUTION


# %%
check("02.4")

# %%
least_squares = answer("02.4")


def fitted(inputs):
    """Weight and bias of the least-squares line through the readings: two numbers."""
    weights, bias = least_squares(inputs[:, None], y.double())
    return float(weights[0]), float(bias)


best_w, best_b = fitted(x.double())  # double: numbers of 64 bits in place of 32
trained_w, trained_b = net[0].weight.item(), net[0].bias.item()
rows = [
    ("the truth, without the gauge's errors", 10.0, 3.0, loss_of(10, 3)),
    ("least squares", best_w, best_b, loss_of(best_w, best_b)),
    ("the network after 1000 epochs", trained_w, trained_b, net_losses[-1]),
]
columns = ["line", "w [l/min]", "b [l]", "loss [l²]"]
frame = pd.DataFrame(rows, columns=columns)
plot.table(frame, "Three lines through the same 100 readings.")

# %%
minutes = x.double().numpy()
rng = np.random.default_rng(SEED)
repeats = 3 + 10 * minutes[:, None] + rng.normal(scale=3, size=(100, 1000))
slopes, starts = np.polyfit(minutes, repeats, 1)  # 1000 sets of readings, 1000 lines
print(f"b over 1000 sets: mean {starts.mean():.2f}, spread {starts.std():.2f} litres")

# %% [markdown]
# Two things are important here.
#
# **The truth does not have the lowest loss.** Least squares has 7.334 and the line that the data were made from has
# 7.446. The fit follows the gauge's errors a little, because it cannot know that they are errors. So a loss below that
# of the truth is not a sign of a good model, and 2.482 in place of 3 litres is not a failure of the method. The last
# cell made 1000 new sets of 100 readings and fitted each: the bias is right on average, but it has a standard deviation
# of 0.59 litres. So much do 100 such readings leave open.
#
# **The network is not at the bottom.** Its loss is only 0.016 above the lowest one, yet its bias is 2.232 where
# least squares says 2.482. A thousand epochs were not enough, and the loss, nearly flat for the last 900 of them
# (7.376 to 7.350), did not tell us.

# %% tags=["claim"]
claim(
    "Least squares has 7.334 and the line that the data were made from has 7.446",
    loss_of(best_w, best_b),
    loss_of(10, 3),
)
claim("2.482 in place of 3 litres", best_b, 3)
claim("a standard deviation of 0.59 litres", starts.std())
claim("the bias is right on average", abs(starts.mean() - 3) < 0.03)
claim("only 0.016 above the lowest one", net_losses[-1] - loss_of(best_w, best_b))
claim("(7.376 to 7.350)", net_losses[100], net_losses[-1])
claim("Ours were 0.25 litres away", best_b - trained_b)
claim("its bias is 2.232 where least squares says 2.482", trained_b, best_b)

# %% [markdown]
# ```{admonition} Why learn by steps at all, when one equation gives the answer?
# Because {eq}`eq-normal` exists only for models that are linear in their parameters. Networks with hidden layers are
# not: no formula gives their lowest point, and the loop is what remains. Here, where both ways are open, the
# equation is our judge of the loop.
# ```

# %% [markdown]
# ## Why is it so slow? The shape of the valley
#
# The picture above had the answer: the valley is long and thin. Now in numbers. The second derivatives of $L$ form
# a matrix, the {term}`Hessian`. Differentiate {eq}`eq-gradient` once more, and write $\bar x$ for the mean of $x$
# and $\overline{x^2}$ for the mean of its square:
#
# ```{math}
# :label: eq-hessian
# H = \begin{pmatrix}
#   \partial^2 L / \partial w^2 & \partial^2 L / \partial w\, \partial b \\
#   \partial^2 L / \partial w\, \partial b & \partial^2 L / \partial b^2
# \end{pmatrix}
# = 2 \begin{pmatrix} \overline{x^2} & \bar x \\ \bar x & 1 \end{pmatrix} .
# ```
#
# The loss is a quadratic function, so it is exactly $L = L_{\min} + \tfrac12\, d^\mathsf{T} H d$, where $d$ is the
# vector from the lowest point to $(w, b)$. The eigenvectors of $H$ are the two axes of the ellipses, because in their
# directions $H$ only multiplies $d$ by a number, the eigenvalue $\lambda$ ("lambda"), and mixes nothing. Each $\lambda$
# says how strongly the bowl is curved along its axis.


# %%
def hessian_of(x):
    """The Hessian of the loss of a line, from its inputs x (n,)."""
    return 2 * np.array([[np.mean(x**2), np.mean(x)], [np.mean(x), 1]])


small, large = np.linalg.eigvalsh(hessian_of(minutes))
print(f"eigenvalues {small:.3f} and {large:.1f}, ratio {large / small:.0f}")

# %% [markdown]
# The bowl is 135 times as curved across the valley (67.2) as along it (0.50). What that does to the walk can be
# computed exactly. Let $\Delta$ ("Delta") be the distance to the lowest point along one of the axes. Along an axis
# $L = L_{\min} + \tfrac12 \lambda \Delta^2$: its derivative is $\lambda \Delta$. So one step turns $\Delta$ into
#
# ```{math}
# :label: eq-shrink
# \Delta \;\leftarrow\; \Delta - \eta \lambda \Delta = (1 - \eta \lambda)\, \Delta .
# ```
#
# With $\eta = 0.001$ the distance across the valley shrinks by 6.7 % in every step: after 100 steps, 0.1 % of it is
# left. The distance along the valley shrinks by 0.05 % in every step: after 1000 steps, 61 % of it is *still
# there*. It takes $1 / (\eta \lambda)$ = 2015 steps to bring it down to 37 % (= 1/e). And we cannot simply take
# longer steps: once $\eta \lambda > 2$ for the *large* eigenvalue, the factor $1 - \eta\lambda$ is below −1 and every
# step overshoots more than the last. The loop **diverges**: the loss grows without end. The limit is
# $\eta = 2 / 67.2 = 0.0298$.

# %% tags=["claim"]
claim(
    "The bowl is 135 times as curved across the valley (67.2) as along it (0.50)",
    large / small,
    large,
    small,
)
claim(
    "the distance across the valley shrinks by 6.7 % in every step: after 100 steps, 0.1 %",
    0.1 * large,
    100,
    100 * (1 - 0.001 * large) ** 100,
)
claim(
    "0.05 % in every step: after 1000 steps, 61 %",
    0.1 * small,
    1000,
    100 * (1 - 0.001 * small) ** 1000,
)
claim(
    "= 2015 steps to bring it down to 37 %",
    1 / (0.001 * small),
    100 * (1 - 0.001 * small) ** (1 / (0.001 * small)),
)
claim("2 / 67.2 = 0.0298", 2, large, 2 / large)

# %% [markdown]
# A rate that suits the steep direction is far too small for the flat one. The cure is to change the shape of the
# bowl. {eq}`eq-hessian` shows how. The number $\bar x$ off the diagonal tilts the ellipses. The two diagonal numbers,
# $\overline{x^2}$ and 1, differ, and this stretches them. So we {term}`standardise`: with the standard deviation $s$
# of $x$,
#
# ```{math}
# :label: eq-standardise
# \tilde x = \frac{x - \bar x}{s} .
# ```
#
# Now the mean is 0 and the mean square is 1, and $H$ is twice the identity matrix: a round bowl, equally curved in
# all directions.

# %%
mean, std = x.mean(), x.std(correction=0)  # correction=0: divide by n, not by n - 1
scaled = (x - mean) / std  # x with a tilde
print(np.abs(hessian_of(scaled.double().numpy())).round(3))


# %% tags=["hide-input"]
def walk(inputs, lr, steps=60):
    """The path (steps + 1, 2) of gradient descent from weight 0, bias -10."""
    points = [(0.0, -10.0)]
    for _ in range(steps):
        moved = step(*points[-1], inputs, y.double(), lr)
        points.append(tuple(float(value) for value in moved))
    return np.array(points)


def draw_walk(ax, inputs, lr):
    """The landscape around its lowest point, and the path into it."""
    points = walk(inputs, lr)
    lowest = np.array(fitted(inputs))
    reach = 1.2 * np.abs(points - lowest).max()
    span = np.linspace(-reach, reach, 121)
    ws, bs = np.meshgrid(lowest[0] + span, lowest[1] + span)
    heights = landscape(inputs.numpy(), ws, bs)
    levels = heights.min() + reach**2 * np.array([0.04, 0.2, 0.8, 2, 4])
    ax.contour(ws, bs, heights, levels, colors=plot.PALETTE["grey"], linewidths=1)
    ax.plot(*points.T, "o-", color=plot.PALETTE["blue"], markersize=3, linewidth=1)
    ax.plot(*lowest, "x", color=plot.PALETTE["red"], markersize=9, markeredgewidth=2)
    ax.set(aspect="equal", ylabel="bias [l]")
    ax.grid(False)


figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.6))
draw_walk(left, x.double(), lr=0.025)
left.set(title="as read, η = 0.025", xlabel="weight w [l/min]")
draw_walk(right, scaled.double(), lr=0.2)
right.set(title="standardised, η = 0.2", xlabel="weight v [l]")
plot.show(
    "Two panels with contour lines of the loss and 60 steps of gradient descent. "
    "Left, inputs as read: the contours are long, thin ellipses, nearly upright; "
    "the path jumps to and fro across them and then creeps along the valley, and is"
    " still on its way to the cross. Right, standardised inputs: the contours are "
    "circles and the path runs straight into the cross at the centre.",
    "The same readings, the same first line (w = 0, b = −10), 60 steps. Only the "
    "inputs' mean and scale differ.",
)

# %% [markdown]
# How much faster is it? Compare honestly: give each form of the inputs the learning rate that is best for it. We
# start from the line $\hat y = 0$ and count the steps until the loss is within 0.0001 of its minimum. We need not
# even walk: {eq}`eq-shrink` says what is left of each $\Delta$ after $t$ steps, and $\tfrac12 \lambda \Delta^2$ is what
# it adds to the loss.


# %% tags=["hide-input"]
def steps_needed(inputs, lr, tolerance=1e-4):
    """Steps from (0, 0) until the loss is within `tolerance` of its minimum."""
    curvature, axes = np.linalg.eigh(hessian_of(inputs))  # λ and axis, twice
    # The way from (0, 0) to the lowest point, measured along the axes of the ellipses
    distance = axes.T @ fitted(torch.tensor(inputs))
    t = np.arange(10_000)[:, None]  # all numbers of steps at once, one row each
    left = distance * (1 - lr * curvature) ** t  # Δ along both axes after t steps
    excess = (curvature / 2 * left**2).sum(axis=1)  # loss minus its minimum
    return int(np.argmax(excess <= tolerance)) or len(t)  # the first such t


centred = minutes - minutes.mean()
forms = {
    "as read": minutes,
    "centred": centred,
    "standardised": centred / minutes.std(),
}
rows = []
for name, inputs in forms.items():
    low, high = np.linalg.eigvalsh(hessian_of(inputs))
    rates = np.linspace(0, 2 / high, 201)[1:-1]  # 199 rates below the limit
    needed, rate = min((steps_needed(inputs, rate), rate) for rate in rates)
    rows.append([name, high / low, steps_needed(inputs, 0.001), rate, needed])
columns = [
    "inputs",
    "λmax / λmin",
    "steps at η = 0.001",
    "best η",
    "steps at best η",
]
table = pd.DataFrame(rows, columns=columns).set_index("inputs")
plot.table(table, "Steps until the loss is within 0.0001 of its minimum.")

# %% [markdown]
# At the same small rate, standardising does not even halve the work: 4343 steps in place of 7762. The gain comes
# with the rate that it *allows*. At the best of 199 rates for each, the inputs as read need 265 steps and the
# standardised ones 1: in a round bowl the gradient points straight at the bottom, and with
# $\eta = 1/\lambda = 0.5$ the factor $1 - \eta\lambda$ is 0, so one step arrives. Subtracting the mean does most of it;
# alone it leaves 36 steps. Do not conclude that standardising finds a better line. It is the same line; we only get
# there sooner.

# %% tags=["claim"]
claim("4343 steps in place of 7762", table.iloc[2, 1], table.iloc[0, 1])
claim(
    "the inputs as read need 265 steps and the standardised ones 1",
    table.iloc[0, 3],
    table.iloc[2, 3],
)
claim("= 0.5 the factor", table.iloc[2, 2])
claim("alone it leaves 36 steps", table.iloc[1, 3])

# %% [markdown]
# ## Exercise 02.5: back to the units of the data
#
# A network that was trained on $\tilde x$ predicts $\hat y = v\,\tilde x + c$, and nobody wants to know its weight
# in "litres per standard deviation". Find $w$ and $b$ such that $w\,x + b$ is the same line in the units of the
# data. Write it for $d$ features: `v`, `mean` and `std` are tensors of shape `(d,)`, `c` is a number, and
# $\hat y = \sum_j v_j\, (x_j - \bar x_j) / s_j + c$ with one term of the sum for each feature $j$.


# %%
def to_units(v, c, mean, std):
    """Weights (d,) and bias for inputs in their own units."""
    ### BEGIN SOLUTION: w and b in the units of the data
    w = v / std
    return w, c - (w * mean).sum()
    ### END SOLUTION


# %%
check("02.5")

# %%
to_units = answer("02.5")

seed_everything(SEED)
standard = nn.Sequential(nn.Linear(1, 1))
settings = {"loss": nn.MSELoss(), "optimizer": "sgd", "batch_size": None}
fit(standard, (scaled[:, None], Y), lr=0.1, epochs=100, **settings)
v, c = standard[0].weight.detach()[0], standard[0].bias.item()
weights, bias = to_units(v, c, mean[None], std[None])
standard_w, standard_b = float(weights[0]), float(bias)
print(f"standardised, 100 epochs: w = {standard_w:.3f}, b = {standard_b:.3f}")
print(f"least squares:            w = {best_w:.3f}, b = {best_b:.3f}")

# %% [markdown]
# A tenth of the epochs, and now the loop agrees with the equation: 10.042 litres a minute and 2.482 litres at the
# start. The machine has found the line by itself.
#
# ```{tip}
# Standardise inputs by habit {cite:p}`lecun1998efficient`. Compute mean and standard deviation from the training data
# (the samples that the network learns from) alone, and use these two numbers for everything that it sees later.
# ```

# %% tags=["claim"]
claim("10.042 litres a minute and 2.482 litres at the start", standard_w, standard_b)
claim(
    "A tenth of the epochs, and now the loop agrees with the equation",
    abs(standard_w - best_w) < 5e-4,
    abs(standard_b - best_b) < 5e-4,
)

# %% [markdown]
# ## Mini-batches
#
# Our loop looks at all readings before it makes one step. With 100 readings that is no burden. But a data set of
# house prices in California has 20 640 districts, and 14 447 of them are for training. To look at all of these for a
# single step is a waste, since a handful already tells roughly which way is down.
#
# So the samples are cut into {term}`mini-batches <mini-batch>` of $B$ samples (`batch_size`), usually in a new random
# order in each epoch, and every batch makes one {term}`update` of the parameters. Because the order is random, each
# gradient is a *random estimate* of the full one: right on average, wrong in each single one. This is the
# "stochastic" in the name of SGD {cite:p}`robbins1951stochastic`. When $B$ does not divide $n$, the last batch is
# short.

# %% tags=["claim"]
claim("has 20 640 districts, and 14 447 of them", 20640, int(0.7 * 20640))

# %% [markdown]
# ## Exercise 02.6: where the batches begin and end
#
# Return the batches of $n$ samples, in order, as pairs `(start, stop)`, such that `x[start:stop]` is the batch.


# %%
def batch_bounds(n, batch_size):
    """A list of pairs (start, stop), one for each batch, the last maybe short."""
    ### BEGIN SOLUTION: the list of pairs
    return [(start, min(start + batch_size, n)) for start in range(0, n, batch_size)]
    ### END SOLUTION


# %%
check("02.6")

# %%
batch_bounds = answer("02.6")

bounds = batch_bounds(14447, 10)
sizes = [stop - start for start, stop in bounds]
print(f"{len(bounds)} updates in an epoch, the last from {sizes[-1]} samples")

# %% [markdown]
# An epoch has 1445 updates, and the last of them is computed from 7 samples instead of 10. In general there
# are $\lceil n / B \rceil$ updates: $n / B$, rounded up.
#
# For the steps a short batch hardly matters. For the *bookkeeping* it does; exercise 02.7 comes to that. But
# bookkeeping can go wrong even where all batches are full. Look at this loop over the readings, in ten batches of
# ten. It trains well, and it reports a loss for each epoch.

# %% tags=["claim"]
claim(
    "An epoch has 1445 updates, and the last of them is computed from 7 samples instead of 10",
    len(bounds),
    sizes[-1],
    sizes[0],
)

# %%
seed_everything(SEED)
net = nn.Sequential(nn.Linear(1, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
batches = [(X[i:j], Y[i:j]) for i, j in batch_bounds(100, 10)]  # in order of time
mse, reported, epoch_mean, after = nn.MSELoss(), [], [], []
for _ in range(15):
    batch_losses = []
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss = mse(net(inputs), targets)
        loss.backward()
        optimizer.step()
        batch_losses.append(loss.item())
    reported.append(loss.item())  # what the careless loop prints
    epoch_mean.append(np.mean(batch_losses))  # each before its own update
    after.append(mse(net(X), Y).item())  # all readings, after the epoch
for t in 0, 14:
    print(f"after epoch {t}: last batch {reported[t]:.1f}, all readings {after[t]:.1f}")

# %% tags=["hide-input"]
for values, marker, color, label in (
    (epoch_mean, "^", "green", "mean over the epoch's batches"),
    (after, "o", "blue", "all readings, after the epoch"),
    (reported, "s", "red", "the last batch"),
):
    plt.plot(values, f"{marker}-", color=plot.PALETTE[color], label=label)
plt.yscale("log")
plt.xlabel("epoch")
plt.ylabel("loss [l²]")
plt.legend()
plot.show(
    "Three curves of the loss over fifteen epochs, on a logarithmic axis. The mean "
    "over the batches and the loss on all readings fall and level out at the same "
    "height. The loss of the last batch starts above both, falls below both by "
    "epoch 5 and levels out at about half their height.",
    "Three numbers that are all called “the loss of the epoch”.",
)

# %% [markdown]
# The last batch's loss settles at 3.7, and a careless reader reports that. On all readings the loss is 7.4. The
# last batch holds the ten latest readings and nothing else; the gauge's errors happened to be smaller there. At the
# start it misleads in the other direction: after the first epoch it says 3294 while all readings give 847 (near the
# 847.6 of the flat line only by chance).
#
# And the mean over the batches (green) is high in the first epoch because it averages the losses *along the way*,
# from the random start on. That is no error. It is what `fit` reports as `loss`, at no extra cost, and you should
# know that it is a mean over a moving model.

# %% tags=["claim"]
claim("The last batch's loss settles at 3.7", reported[-1])
claim("On all readings the loss is 7.4", after[-1])
claim(
    "after the first epoch it says 3294 while all readings give 847",
    reported[0],
    after[0],
)
claim(
    "the gauge's errors happened to be smaller there", errors[-10:].std() < errors.std()
)

# %% [markdown]
# ## Exercise 02.7: two bugs in one loop
#
# Here is such a loop as a function. It runs, the model learns, and still two things are wrong. Find them and write
# the function right. Every sample is used in every epoch. For the loss of an epoch, take each batch's loss before its
# update, and average these losses so that **every sample counts the same**: a short batch counts less. Take the
# batches in order, without shuffling.
#
# ```python
# def train_batches(model, x, y, lr, epochs, batch_size):
#     optimizer = torch.optim.SGD(model.parameters(), lr=lr)
#     epoch_losses = []
#     for _ in range(epochs):
#         for k in range(len(x) // batch_size):
#             inputs = x[k * batch_size : (k + 1) * batch_size]
#             targets = y[k * batch_size : (k + 1) * batch_size]
#             optimizer.zero_grad()
#             loss = ((model(inputs) - targets) ** 2).mean()
#             loss.backward()
#             optimizer.step()
#         epoch_losses.append(loss.item())
#     return epoch_losses
# ```


# %%
def train_batches(model, x, y, lr, epochs, batch_size):
    """Train on x (n, d), y (n, 1) in batches; return each epoch's mean loss."""
    ### BEGIN SOLUTION: the loop without its two bugs
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    epoch_losses = []
    for _ in range(epochs):
        total = 0.0
        for start in range(0, len(x), batch_size):
            inputs = x[start : start + batch_size]
            targets = y[start : start + batch_size]
            optimizer.zero_grad()
            loss = ((model(inputs) - targets) ** 2).mean()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)  # a short batch counts for less
        epoch_losses.append(total / len(x))
    return epoch_losses
    ### END SOLUTION


# %%
check("02.7")

# %% [markdown]
# ## A network learns to add: Fibonacci
#
# In the sequence 0, 1, 1, 2, 3, 5, 8, 13, 21, 34 … every number is the sum of the two before it. Can one neuron
# with two inputs find this rule from the seven pairs $(x_1, x_2) = (0, 1) \mapsto 1$ up to $(8, 13) \mapsto 21$?
# The rule is a linear map, $\hat y = 1 \cdot x_1 + 1 \cdot x_2 + 0$, so the neuron *can* hold it: weights $(1, 1)$,
# bias 0. We test on a pair that it has not seen, $(13, 21)$, which must give 34. And, as a hard test, on the same two
# numbers turned round.

# %%
train = answer("02.3")

numbers = [0.0, 1.0]
while len(numbers) < 9:
    numbers.append(numbers[-2] + numbers[-1])
pairs = torch.tensor([numbers[:-2], numbers[1:-1]]).T  # (7, 2)
sums = torch.tensor(numbers[2:])[:, None]  # (7, 1)
tests = torch.tensor([[13.0, 21.0], [21.0, 13.0]])

seed_everything(SEED)
adder = nn.Linear(2, 1)
rows, trained = [], 0
for epochs in (100, 1000, 10_000):
    loss = float(train(adder, pairs, sums, lr=0.01, epochs=epochs - trained)[-1])
    trained = epochs
    sums_of_tests = adder(tests).flatten().tolist()
    weights = adder.weight[0].tolist()
    rows.append([epochs, *weights, adder.bias.item(), loss, *sums_of_tests])
columns = ["epochs", "w₁", "w₂", "b", "last loss", "(13, 21)", "(21, 13)"]
adding = pd.DataFrame(rows, columns=columns)
plot.table(adding, "One neuron learns to add. Both tests should give 34.", digits=2)

# %% [markdown]
# After 100 epochs the test on $(13, 21)$ gives 34.32. A quick reader says: it has learned to add. It has not. Its
# weights are 0.59 and 1.28, and the turned pair gives 28.85. After 10 000 epochs both tests give 34.00 and the
# weights are 1.00 and 1.00.
#
# Why did the first test not notice? Look at where the pairs lie.

# %% tags=["claim"]
claim(
    "After 100 epochs the test on (13, 21) gives 34.32",
    100,
    13,
    21,
    adding.iloc[0, 5],
)
claim(
    "Its weights are 0.59 and 1.28, and the turned pair gives 28.85",
    adding.iloc[0, 1],
    adding.iloc[0, 2],
    adding.iloc[0, 6],
)
claim("both tests give 34.00", adding.iloc[2, 5])
claim("both tests give 34.00", adding.iloc[2, 6])
claim("the weights are 1.00 and 1.00", adding.iloc[2, 1], adding.iloc[2, 2])

# %% tags=["hide-input"]
plt.plot(*pairs.T, "o", color=plot.PALETTE["blue"], label="training pairs")
plt.plot(*tests[0], "s", color=plot.PALETTE["green"], label="test (13, 21)")
plt.plot(*tests[1], "D", color=plot.PALETTE["red"], label="test (21, 13)")
golden = (1 + 5**0.5) / 2
ray = np.array([0, 14])
plt.plot(ray, golden * ray, ":", color=plot.PALETTE["muted"], label="x₂ = 1.618 x₁")
plt.xlabel("first number x₁")
plt.ylabel("second number x₂")
plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
plot.show(
    "The seven training pairs in the plane of first and second number. They lie "
    "close to one ray of slope 1.618. The test pair (13, 21) lies on the same ray "
    "further out; the test pair (21, 13) lies far to the right of it.",
    "All training pairs lie near one ray, and so does the easy test.",
)

# %%
extended = np.column_stack([pairs, np.ones(7)])  # X with its column of ones
curvatures = np.linalg.eigvalsh(2 * extended.T @ extended / 7)
print("eigenvalues of the Hessian:", curvatures.round(2))

# %% [markdown]
# The pairs lie almost on one ray, because neighbours in the sequence have nearly the same ratio. Along a ray, many
# pairs of weights give the same sums; the data say a lot about $w_1 + 1.618\, w_2$ and little about each weight
# alone. It is the long valley again. The Hessian for all three parameters is $2 X_+^\mathsf{T} X_+ / n$; its largest
# and its smallest eigenvalue are 109 and 0.12. A test that resembles the training data cannot tell a rule from a
# habit. **Test where the two would differ.**
#
# One more caution. That 10 000 epochs were "enough" we know because we know the rule. And the neuron did not
# discover Fibonacci's sequence; it found a linear map, because a linear map was the only thing it could find.

# %% tags=["claim"]
claim(
    "its largest and its smallest eigenvalue are 109 and 0.12",
    curvatures[2],
    curvatures[0],
)
claim("the data say a lot about w_1 + 1.618\\, w_2", bool(abs(golden - 1.618) < 5e-4))

# %% [markdown]
# ## Garbage in, garbage out?
#
# A famous rule says that bad data make bad models. Which bad data? Let two gauges spoil the readings of the same
# tub.
#
# - **The shaky gauge** errs by 15 litres, five times as much as ours, as often too high as too low.
# - **The stuck gauge** is exact, except that it cannot show more than 60 litres.
#
# We fit a line to $n$ readings and see how far its slope is from the truth, 10 litres a minute, for growing $n$. We
# use the closed form here on purpose: two runs of gradient descent that are stopped early differ also by where they
# began, and it is easy to take one for the other.


# %%
def slope_and_loss(n, gauge, rng):
    """Least-squares slope and its loss on n readings of the tub by this gauge."""
    minutes = rng.uniform(0, 10, n)
    reading = gauge(3 + 10 * minutes, rng)
    slope, start = np.polyfit(minutes, reading, 1)
    return slope, np.mean((slope * minutes + start - reading) ** 2)


gauges = {
    "shaky": lambda litres, rng: litres + rng.normal(scale=15, size=litres.shape),
    "stuck": lambda litres, rng: np.minimum(litres, 60),
}
counts = [100, 1000, 10_000, 100_000]
rng = np.random.default_rng(SEED)
slope_errors, losses_seen = {}, {}
for name, gauge in gauges.items():
    runs = [[slope_and_loss(n, gauge, rng) for _ in range(100)] for n in counts]
    runs = np.array(runs)
    # runs has the shape (counts, repeats, 2)
    slope_errors[name] = np.abs(runs[:, :, 0] - 10).mean(axis=1)
    losses_seen[name] = runs[:, :, 1].mean(axis=1)

# %% tags=["hide-input"]
blue, red = plot.PALETTE["blue"], plot.PALETTE["red"]
plt.plot(counts, slope_errors["shaky"], "o-", color=blue, label="shaky (mean 0)")
plt.plot(counts, slope_errors["stuck"], "s--", color=red, label="stuck (biased)")
plt.xscale("log")
plt.yscale("log")
plt.xlabel("number of readings n")
plt.ylabel("mean error of the slope [l/min]")
plt.ylim(top=10)
plt.legend()
plot.show(
    "The mean error of the fitted slope over the number of readings, both axes "
    "logarithmic. For the shaky gauge it falls steadily from 0.45 at 100 readings "
    "to about 0.01 at 100 000. For the stuck gauge it stays at 4 throughout.",
    "More readings cure noise. They do not cure bias. (Means of 100 repeats.)",
)

# %% [markdown]
# The shaky gauge's errors average out: from 100 to 100 000 readings the error of the slope falls from 0.45 to 0.013
# litres a minute, about by the factor $\sqrt{1000} \approx 32$ that theory promises for independent errors. This is
# noise, and it is not garbage.
#
# The stuck gauge's error does not move: 3.90 litres a minute with 100 readings, 3.96 with 100 000. Its errors
# always point the same way, so there is nothing to cancel. **Random errors with mean zero average out; a biased
# label does not.**

# %% tags=["claim"]
claim(
    "from 100 to 100 000 readings the error of the slope falls from 0.45 to 0.013",
    100,
    100_000,
    slope_errors["shaky"][0],
    slope_errors["shaky"][3],
)
claim(
    "3.90 litres a minute with 100 readings, 3.96 with 100 000",
    slope_errors["stuck"][0],
    100,
    slope_errors["stuck"][3],
    100_000,
)
claim(
    "about by the factor \\sqrt{1000} \\approx 32",
    bool(0.7 < slope_errors["shaky"][0] / slope_errors["shaky"][3] / 1000**0.5 < 1.4),
)

# %% [markdown]
# Now the trap. Which of the two fits has the lower loss?

# %%
frame = pd.DataFrame(
    {
        "gauge": list(gauges),
        "loss [l²]": [losses_seen[name][-1] for name in gauges],
        "error of the slope [l/min]": [slope_errors[name][-1] for name in gauges],
    }
)
plot.table(frame, "Fits to 100 000 readings of either gauge (means of 100 repeats).")

# %% [markdown]
# The *worse* line has the *lower* loss: 49.1 against 224.9. A loss is measured against the labels, so it cannot see
# what is wrong with the labels. Nor does a test set help that was read from the same gauge.
#
# This is not only about tubs. A program in wide use in hospitals of the United States chose patients for extra care
# by predicting what they would *cost*. Cost stood in for need, and because less money was spent on Black patients
# at the same degree of illness, the label was biased, and more data could not have corrected it
# {cite:p}`obermeyer2019dissecting`. Ask of every data set: how was the label made, and in which direction is it wrong?

# %% tags=["claim"]
claim(
    "lower loss: 49.1 against 224.9",
    losses_seen["stuck"][-1],
    losses_seen["shaky"][-1],
)

# %%
progress()

# %% [markdown]
# ## Recap
#
# - A line $\hat y = w x + b$ is a network of one neuron. `nn.Linear(d, 1)` holds $d$ weights and one bias, and
#   takes a batch of shape $(n, d)$.
# - The mean squared error turns "how wrong" into one number, a bowl over the parameters. Compare it with that of
#   the mean, and prediction with target in *shape*.
# - The gradient comes from the chain rule, by hand or by `backward()`. Training is: `zero_grad`, predict, loss,
#   `backward`, `step`, again and again.
# - A flat loss is not an arrived loss. The ratio of the Hessian's eigenvalues decides how slow the last part is;
#   standardised inputs make the bowl round.
# - Where there is a closed form, use it as the judge. Where there is a baseline, name it.
# - The last batch's loss is not the epoch's loss. With $n$ samples and batches of $B$ there are $\lceil n/B \rceil$
#   updates, and the last batch may be short.
# - Zero-mean noise averages out. A biased label does not, and the loss cannot see it.
#
# All of this was about lines. Let the water run in more and more slowly as the tub fills, and no line will do. What
# does a network need in order to bend? The chapter {doc}`06_multilayer_perceptron` answers that.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: How many numbers does `nn.Linear(7, 1)` learn?
#   number: 8
#   why: Seven weights, one for each input feature, and one bias.
# - question: Predictions have the shape `(50, 1)`, targets `(50,)`. What does `((prediction - target) ** 2).mean()` give?
#   options:
#     - wrong: the mean squared error, since both hold 50 numbers
#       why: Broadcasting goes by shapes, not by how many numbers there are. (50, 1) and (50,) are not paired entry by entry.
#     - wrong: an error message about shapes
#       why: The shapes are compatible for broadcasting, so nothing complains. That is what makes it dangerous.
#     - right: the mean over all 2500 pairs of a prediction with any target
#       why: Both are stretched to (50, 50). The result is a number, it even falls during training, and it is wrong.
# - question: "For two samples the residuals are $r = (-1, 3)$ at $x = (2, 4)$. What is $\\partial L / \\partial w$ for the mean squared error?"
#   number: 10
#   why: "$\\frac{2}{2} \\left( -1 \\cdot 2 + 3 \\cdot 4 \\right) = 10$. If you found 5, the factor 2 of the square is missing; if 20, the mean is."
# - question: The loss of a line has been flat for 900 epochs. Which of these are true?
#   options:
#     - wrong: The parameters are at the minimum
#       why: In a long valley the loss is flat long before the parameters arrive. Ours were 0.25 litres away.
#     - right: The parameters may still be far from where they are going
#       why: Along the flat direction the loss hardly changes, so it cannot tell how far there is to go.
#     - right: Standardising the inputs may get there in far fewer steps, with a larger learning rate
#       why: It makes the bowl rounder, and a rounder bowl allows a rate that suits all directions.
#     - wrong: Doubling the learning rate is always safe, since the slope is so small
#       why: The largest eigenvalue sets the limit, also where the slope along the other direction is small. Beyond it the loop diverges, which means that the loss grows without end.
# - question: A gauge shows every value 5 litres too low. You fit a line to 100 readings, then to a million. What happens to the error of the bias $b$?
#   options:
#     - wrong: It shrinks like $1/\sqrt{n}$
#       why: That holds for errors with mean zero. These all point the same way.
#     - right: It stays at about 5 litres
#       why: The line fits the wrong labels better and better. The slope would come out right, the bias 5 litres too low.
#     - wrong: It grows, because more wrong data come in
#       why: More data make the fit more certain, not more wrong. It is certain of a value that is 5 litres too low.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`widrow1960adaptive` built the one-neuron network of this chapter and its learning rule, in hardware.
# - {cite:t}`stigler1981gauss` tells who found least squares, and who quarrelled over it.
# - {cite:t}`robbins1951stochastic` is where learning from noisy single steps begins;
#   {cite:t}`bottou2018optimization` is the modern survey, from the same idea to deep networks.
# - {cite:t}`lecun1998efficient` explains in detail why inputs are standardised, with the Hessian's eigenvalues as
#   the reason.
# - {cite:t}`goh2017momentum` lets you play with long valleys.
# - {cite:t}`obermeyer2019dissecting` is the study behind the example of the biased label.
