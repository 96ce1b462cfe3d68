# ---
# jupyter: {kernelspec: {display_name: Python 3, language: python, name: python3}}
# ---

# %% [markdown]
# # Logistic regression by hand
#
# A laboratory has measured eleven numbers of a bottle of wine: its acids, its sugar, its salt, its alcohol. The label
# has come off, and nobody has looked at the colour. **Is the wine red or white, and how sure may we be?**
#
# A line gives any number, and here we want a probability. This chapter bends the line once, at its end, and derives
# everything else: the loss, its gradient, the training loop, all of it in NumPy. What comes out is logistic regression,
# an old method of statistics {cite:p}`berkson1944application,cox1958regression`. It is also a neural network, the
# smallest one that can classify. You will see where it surprises people: its numbers overflow, its weights may grow for
# ever, and its good score on the wine may be measured in the wrong way.
#
# You need {doc}`chapter 02 <02_regression_as_a_network>`: the neuron, the loss, the gradient, the step. Reading and
# doing the six exercises takes about two hours.

# %% tags=["parameters"]
SEED = 0
FAST = False  # nothing to shorten
DEVICE = None  # a handful of parameters needs no GPU

# %%
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from nnlab import answer, check, hint, load
from nnlab import mlp_draw, plot, progress, seed_everything

plot.use_style()
seed_everything(SEED)
BLUE, ORANGE, GREY = (plot.PALETTE[name] for name in ("blue", "orange", "grey"))
DASHED, DOTTED = (0, (5, 2)), (0, (1, 1.4))

# %% [markdown]
# ## Six cases
#
# The wine must wait. To watch each number we begin with six made-up cases of three features. The class is $y = 1$ where
# the first feature is above 3, and $y = 0$ elsewhere. The second feature rises together with the first. The third is
# random and says nothing.


# %%
def six_cases(draw):
    """Inputs X (6, 3), classes y (6,), and random first parameters w (3,), b."""
    random = np.random.RandomState(draw)
    u = np.arange(1, 7)
    first, second = np.exp(0.11 * u + 0.75), np.exp(0.04 * (u + 5) + 0.75)
    third = np.exp(0.4 * random.random_sample(6) + 0.75)
    X = np.stack([first, second, third], axis=1)
    start = random.random_sample(4) * 0.1  # between 0 and 0.1
    return X, (first > 3).astype(int), start[:3], start[3]


X, y, start_w, start_b = six_cases(SEED)
cases = pd.DataFrame(X, columns=["x₁", "x₂", "x₃"]).assign(y=y)
cases.index = pd.Index(range(1, 7), name="case")
plot.table(cases, "Six cases of three features and their class.", digits=2)

# %%
figure, axes = plt.subplots(1, 3, figsize=(8.4, 1.6), sharex=True)
for j, ax in enumerate(axes):
    for k, (color, mark) in enumerate(zip((BLUE, ORANGE), "os", strict=True)):
        values = X[y == k, j]
        ax.plot(values, 0 * values, mark, color=color, label=f"class {k}")
    ax.set(xlabel=f"feature $x_{j + 1}$", yticks=[], ylim=(-1, 1))
axes[2].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plot.show(
    "Three number lines with the six cases on each. On features 1 and 2 the three "
    "cases of class 0 lie to the left of the three cases of class 1. On feature 3 "
    "the two classes are mixed.",
    "The six cases, one feature at a time.",
)

# %% [markdown]
# A number between 2.94 and 3.29 on the first axis divides the classes without a mistake. When a line (a plane, in three
# features) can do that, the classes are {term}`linearly separable`. Keep it in mind; it decides the second half of
# the chapter.
#
# First the {term}`baseline`. Always answering the more frequent class gets 3 of 6 right, as a coin would.

# %% tags=["claim"]
from nnlab import claim

claim("A number between 2.94 and 3.29 on the first axis", X[2, 0], X[3, 0])
claim("gets 3 of 6 right", np.bincount(y).max(), len(y))

# %% [markdown]
# ## A score, and what it lacks
#
# A neuron forms the score of a case from its inputs, its weights and its bias:
#
# ```{math}
# :label: eq-logistic-score
# z = w_1 x_1 + w_2 x_2 + \dots + w_d x_d + b .
# ```
#
# The larger $z$, the more it speaks for class 1. Such a score is called a {term}`logit`. scikit-learn's
# `LogisticRegression` finds weights for us; look at the scores that they give {cite:p}`pedregosa2011scikit`.

# %%
from sklearn.linear_model import LogisticRegression

ready_made = LogisticRegression().fit(X, y)
scores = X @ ready_made.coef_[0] + ready_made.intercept_[0]
print("weights", ready_made.coef_[0].round(3))
print("bias   ", ready_made.intercept_.round(3))
print("scores ", scores.round(2))
print("classes", y)

# %% [markdown]
# Negative for class 0, positive for class 1: all 6 are right. But what does a score of 0.15 mean? Is that sure, or
# nearly a coin? A score is any real number. A probability lies between 0 and 1. We need a function that leads from one
# to the other.

# %% tags=["claim"]
claim("all 6 are right", int(((scores > 0) == y).sum()))
claim("a score of 0.15", scores[scores > 0].min())

# %% [markdown]
# ## From a score to a probability
#
# Read the score as the logarithm of the odds. If $\hat p$ ("p hat") is the predicted probability of class 1, the odds
# are $\hat p / (1 - \hat p)$: with $\hat p = 0.8$ they are 4 to 1. Set $z = \log \frac{\hat p}{1 - \hat p}$, where
# $\log$ is the natural logarithm, and solve for $\hat p$ step by step:
#
# $$
# \begin{aligned}
# e^{z} &= \frac{\hat p}{1 - \hat p} & &\text{take exp on both sides} \\
# e^{z} - e^{z}\, \hat p &= \hat p & &\text{multiply by } 1 - \hat p \\
# e^{z} &= (1 + e^{z})\, \hat p & &\text{collect } \hat p \\
# \hat p &= \frac{e^{z}}{1 + e^{z}} = \frac{1}{1 + e^{-z}} & &\text{divide; then divide above and below by } e^{z}
# \end{aligned}
# $$
#
# This function is the {term}`sigmoid`, written $\sigma$ ("sigma"):
#
# ```{math}
# :label: eq-logistic-sigmoid
# \hat p = \sigma(z) = \frac{1}{1 + e^{-z}} .
# ```
#
# It sends 0 to 0.5, large scores close to 1, very negative ones close to 0. And it is symmetric: $1 - \sigma(z) =
# \sigma(-z)$, so the probability of class 0 is the sigmoid of the score with the other sign. {term}`Logistic
# regression` is just this: a weighted sum, a bias and a sigmoid.

# %%
z_axis = np.linspace(-6, 6, 241)
figure, ax = plt.subplots(figsize=(6.4, 3.2))
ax.plot(z_axis, 1 / (1 + np.exp(-z_axis)), color=plot.PALETTE["muted"])
for k, (color, mark) in enumerate(zip((BLUE, ORANGE), "os", strict=True)):
    z = scores[y == k]
    ax.plot(z, 1 / (1 + np.exp(-z)), mark, color=color, label=f"class {k}")
ax.axhline(0.5, color=GREY, linestyle=DOTTED)
ax.set(xlabel="score z", ylabel=r"probability of class 1, $\sigma(z)$")
ax.legend()
plot.show(
    "The sigmoid rises in an S from 0 to 1. The six cases lie on it between the "
    "scores −0.9 and 1.0: the three cases of class 0 below the dotted line at 0.5, "
    "the three cases of class 1 above it.",
    "The sigmoid, and the six cases with scikit-learn's scores.",
)

# %%
drawing = mlp_draw([3, 1], show_biases=True, figsize=(5, 3))
plot.show(
    drawing.alt,
    "Logistic regression in three features, drawn as a network: inputs, one "
    "neuron, no hidden layer. The sigmoid is the neuron's activation function, and "
    "what the drawing calls ŷ is here the probability of class 1.",
)

# %% [markdown]
# ## Exercise 05.1: a sigmoid that does not overflow
#
# `np.exp(800)` is infinite: the largest number of type `float64` is about $1.8 \cdot 10^{308}$, which is $e^{709.8}$.
# In `float32` the end comes at $e^{88.7}$. So `1 / (1 + np.exp(-z))` prints a warning for $z = -800$. Write
# {eq}`eq-logistic-sigmoid` such that no exponent is ever positive. Two forms are at hand, and each is harmless for one
# sign of $z$:
#
# $$ \sigma(z) = \frac{1}{1 + e^{-z}} = \frac{e^{z}}{1 + e^{z}} . $$
#
# For very negative $z$ the answer is tiny, but it is not 0: $\sigma(-300)$ is about $5 \cdot 10^{-131}$.
#
# `z` is an array of any shape, of type `float64` or `float32`. The second function is given. It turns every
# floating-point warning into an error, so that the check can see it.


# %%
def sigmoid(z):
    """1 / (1 + exp(-z)) for each number of the array z; same shape."""
    ### BEGIN SOLUTION: a form in which no exponent is positive
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)
    ### END SOLUTION


def sigmoid_strict(z):
    """Leave this as it is: your sigmoid, with each warning made an error."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return sigmoid(z)


# %%
check("05.1")

# %% [markdown]
# A popular way round the warning is to clip $z$ to the range from −500 to 500 first. It silences `exp`. Does it
# protect what comes next? The loss will take logarithms of $\hat p$ and of $1 - \hat p$.

# %%
sigmoid, _ = answer("05.1")

for z in 30.0, 36.0, 37.0:
    gap = 1 - sigmoid(np.array([z]))[0]
    print(f"z = {z:.0f}: 1 - sigmoid(z) = {gap:.1e}")

# %% [markdown]
# At $z = 37$ the difference is exactly 0: just above 1, numbers of type `float64` lie $2.2 \cdot 10^{-16}$ apart, so
# $1 + e^{-37}$ is rounded to 1. The logarithm of this 0 would be minus infinity, long before 500. **Clipping the score
# does not protect the logarithm.** So the loss must be computed from $z$ itself, in exercise 05.2.
#
# Now the probabilities of the six cases: our sigmoid of the scores, and what scikit-learn calls `predict_proba`.

# %% tags=["claim"]
claim("At $z = 37$ the difference is exactly 0", 37, 1 - sigmoid(np.array([37.0]))[0])
spacing, largest = np.finfo(float).eps, np.finfo(float).max
claim("lie $2.2 \\cdot 10^{-16}$ apart", bool(round(spacing * 1e16, 1) == 2.2))
claim("is about $1.8 \\cdot 10^{308}$", bool(round(largest / 1e308, 1) == 1.8))
claim("which is $e^{709.8}$", bool(round(np.log(largest), 1) == 709.8))
claim("is about $5 \\cdot 10^{-131}$", bool(round(np.exp(-300.0) * 1e131) == 5))
largest32 = float(np.finfo(np.float32).max)
claim("the end comes at $e^{88.7}$", bool(round(np.log(largest32), 1) == 88.7))

# %%
p_ready = sigmoid(scores)
print("sigmoid      ", p_ready.round(2))
print("predict_proba", ready_made.predict_proba(X)[:, 1].round(2))

# %% [markdown]
# The two agree. A score of 0.15 means 0.54: hardly better than a coin. So a fitted `LogisticRegression` is a network
# that somebody else has trained. Now we train it ourselves.

# %% tags=["claim"]
claim("The two agree", bool(np.allclose(p_ready, ready_made.predict_proba(X)[:, 1])))
claim("A score of 0.15 means 0.54", scores[3], p_ready[3])

# %% [markdown]
# ## The loss: cross-entropy
#
# What should training make small? Not the number of mistakes: turn a weight a little and this number mostly does not
# change at all, so it has no useful slope. It also cannot tell a probability of 0.51 from one of 0.99. Ask instead
# **how probable the model thinks what really happened**. A case of class 1 has happened with probability $\hat p$, one
# of class 0 with $1 - \hat p$. One formula says both, because one of its exponents is always 0:
#
# $$ \hat p^{\,y}\, (1 - \hat p)^{\,1 - y} . $$
#
# For $n$ independent cases these probabilities multiply. A product of many small numbers is awkward, so we take the
# logarithm, which turns the product into a sum and keeps the order. We want it large, and a loss is to be made small,
# so we put a **minus sign** before it, and divide by $n$ so that it does not grow with the number of cases:
#
# ```{math}
# :label: eq-logistic-loss
# L = -\frac{1}{n} \sum_{i=1}^{n} \Bigl( y_i \log \hat p_i + (1 - y_i) \log (1 - \hat p_i) \Bigr) .
# ```
#
# This is the {term}`cross-entropy`. In words: the mean surprise of the model at the truth. Choosing the parameters that
# make the observed classes most probable is called **maximum likelihood**; it is the same thing.

# %%
p_axis = np.linspace(0.005, 0.995, 199)
figure, ax = plt.subplots(figsize=(6.4, 3.2))
ax.plot(p_axis, -np.log(p_axis), color=ORANGE, label="true class 1")
ax.plot(p_axis, -np.log(1 - p_axis), color=BLUE, linestyle=DASHED, label="true class 0")
ax.set(xlabel=r"predicted probability of class 1, $\hat p$", ylabel="cost of the case")
ax.legend(loc="upper center")
plot.show(
    "Two curves over the predicted probability of class 1. For a case of class 1 "
    "the cost falls from above 5 near probability 0 to 0 at probability 1. For a "
    "case of class 0 it is the mirror image. They cross at 0.5 with cost 0.69.",
    "What one case costs. To be sure and wrong is expensive.",
)

# %% [markdown]
# To say 0.5 costs 0.693, whatever the class. To say 0.99 costs 0.010 if it is right and 4.605 if it is wrong. No bound
# stands above: being certain and wrong costs infinity.
#
# ```{warning}
# **A common slip** is to define the loss as $y \log \hat p + (1 - y) \log(1 - \hat p)$, without the minus sign. A logarithm of a
# probability is never positive, so this "loss" is negative, and making it small means making the model as wrong as
# possible. A quick test: a loss of this kind must be 0 or more, and a coin must cost 0.693.
# ```

# %% tags=["claim"]
claim("To say 0.5 costs 0.693", 0.5, -np.log(0.5))
claim(
    "To say 0.99 costs 0.010 if it is right and 4.605 if it is wrong",
    *(0.99, -np.log(0.99), -np.log(1 - 0.99)),
)

# %% [markdown]
# ## Exercise 05.2: cross-entropy from the scores
#
# Put $\hat p = \sigma(z)$ into {eq}`eq-logistic-loss`. For a case of class 1 the cost is
#
# $$ -\log \sigma(z) = -\log \frac{1}{1 + e^{-z}} = \log(1 + e^{-z}) , $$
#
# and for a case of class 0 it is $-\log \sigma(-z) = \log(1 + e^{z})$. Neither has a logarithm that can meet 0. What
# can still go wrong is the exponent. The sum may be large, but the logarithm of it is tame. Take out the larger part:
#
# $$ \log(1 + e^{z}) = \max(z, 0) + \log\bigl(1 + e^{-|z|}\bigr) . $$
#
# Write the **mean** over all cases. `z` and `y` have shape `(n,)`; `y` holds 0 and 1, as whole numbers or as floats.
# The answer must be right for $z = \pm 800$ too. (`np.log1p(a)` is $\log(1 + a)$, accurate also for a tiny $a$.)


# %%
def cross_entropy(z, y):
    """Mean cross-entropy of scores z (n,) and classes y (n,): one number, >= 0."""
    ### BEGIN SOLUTION: the mean cost, without an exponent above 0
    return np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))
    ### END SOLUTION


# %%
hint("05.2")  # run it again for the next hint

# %%
check("05.2")

# %%
cross_entropy = answer("05.2")
print(f"a coin:         {cross_entropy(np.zeros(6), y):.3f}")
print(f"scikit-learn's: {cross_entropy(scores, y):.3f}")
print(f"sure and wrong: {cross_entropy(np.array([800.0]), np.array([0])):.1f}")

# %% [markdown]
# scikit-learn's weights have a loss of 0.455 on the six cases, although every one is classified correctly. The loss
# counts how sure the model is, too.

# %% tags=["claim"]
claim("have a loss of 0.455 on the six cases", cross_entropy(scores, y))

# %% [markdown]
# ## The gradient, every step
#
# Take one case $i$ and its part of the loss, $L_i = -\bigl( y \log \hat p + (1 - y) \log(1 - \hat p) \bigr)$, where
# $y$, $\hat p$, $z$ and $x_j$ are those of the case. The parameters reach $L_i$ through $z$ and then $\hat p$, so the
# chain rule has three links:
#
# $$
# \frac{\partial L_i}{\partial w_j}
#   = \frac{\partial L_i}{\partial \hat p} \cdot
#     \frac{d \hat p}{d z} \cdot
#     \frac{\partial z}{\partial w_j} .
# $$
#
# **First link.** The derivative of $\log \hat p$ is $1 / \hat p$; that of $\log(1 - \hat p)$ is $-1 / (1 - \hat p)$:
#
# $$
# \frac{\partial L_i}{\partial \hat p}
#   = -\frac{y}{\hat p} + \frac{1 - y}{1 - \hat p}
#   = \frac{-y (1 - \hat p) + (1 - y)\, \hat p}{\hat p\, (1 - \hat p)}
#   = \frac{\hat p - y}{\hat p\, (1 - \hat p)} .
# $$
#
# **Second link.** The sigmoid is $(1 + e^{-z})^{-1}$. Outer derivative times inner derivative:
#
# $$
# \frac{d \hat p}{d z}
#   = -(1 + e^{-z})^{-2} \cdot (-e^{-z})
#   = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}}
#   = \hat p\, (1 - \hat p) ,
# $$
#
# because $\frac{e^{-z}}{1 + e^{-z}} = 1 - \frac{1}{1 + e^{-z}}$.
#
# **Third link.** In {eq}`eq-logistic-score`, $w_j$ is multiplied by $x_j$, and $b$ stands alone:
# $\frac{\partial z}{\partial w_j} = x_j$ and $\frac{\partial z}{\partial b} = 1$.
#
# Now multiply. The product $\hat p\,(1 - \hat p)$ cancels, and the first two links become one of the shortest formulas
# of the field:
#
# ```{math}
# :label: eq-logistic-dz
# \frac{\partial L_i}{\partial z} = \hat p - y .
# ```
#
# Prediction minus target: it is the {term}`residual` $r$ of chapter 02, now with a probability. The mean over the cases
# gives
#
# ```{math}
# :label: eq-logistic-gradient
# \frac{\partial L}{\partial w_j} = \frac{1}{n} \sum_{i=1}^{n} (\hat p_i - y_i)\, x_{ij} ,
# \qquad
# \frac{\partial L}{\partial b} = \frac{1}{n} \sum_{i=1}^{n} (\hat p_i - y_i) ,
# ```
#
# where $x_{ij}$ is feature $j$ of case $i$. In matrix form, with $r = \hat p - y$ of shape $(n,)$, it is
# $\frac{\partial L}{\partial w} = \frac{1}{n} X^{\mathsf T} r$. Compared with the squared error of a line, only the
# factor 2 is gone. The sigmoid is hidden in $\hat p$.

# %% [markdown]
# Once with a pencil. Two cases of one feature, $(x, y) = (0, 0)$ and $(2, 1)$; start at $w = 0.5$, $b = 0$; learning
# rate $\eta = 1$.
#
# | | case 1 | case 2 | mean |
# |---|---|---|---|
# | score $z_i = 0.5\, x_i + 0$ | 0 | 1 | |
# | probability $\hat p_i$ | 0.500 | 0.731 | |
# | cost | 0.693 | 0.313 | loss 0.503 |
# | residual $r_i = \hat p_i - y_i$ | 0.500 | −0.269 | derivative for $b$: 0.116 |
# | $r_i\, x_i$ | 0 | −0.538 | derivative for $w$: −0.269 |
#
# We go against the derivatives: $w = 0.5 + 0.269 = 0.769$ and $b = 0 - 0.116 = -0.116$. The loss falls from 0.503 to
# 0.427.

# %% tags=["claim"]
from scipy.special import expit

x_two, y_two = np.array([0.0, 2.0]), np.array([0, 1])
p_two = expit(0.5 * x_two)
r_two, loss_two = p_two - y_two, cross_entropy(0.5 * x_two, y_two)
claim("| probability $\\hat p_i$ | 0.500 | 0.731 |", *p_two)
claim("0.693 | 0.313 | loss 0.503 |", *-np.log([1 - p_two[0], p_two[1]]), loss_two)
claim("| 0.500 | −0.269 | derivative for $b$: 0.116 |", *r_two, r_two.mean())
step = (r_two * x_two).mean()
claim("| 0 | −0.538 | derivative for $w$: −0.269 |", *(r_two * x_two), step)
claim("0.5 + 0.269 = 0.769", 0.5, -step, 0.5 - step)
after = cross_entropy((0.5 - step) * x_two - r_two.mean(), y_two)
claim("The loss falls from 0.503 to 0.427", loss_two, after)

# %% [markdown]
# ## Exercise 05.3: the gradient of the loss
#
# Write {eq}`eq-logistic-gradient` in NumPy. `X` has shape `(n, d)`, `y` and the result of your `sigmoid` have shape
# `(n,)`, `w` has shape `(d,)`, and `b` is a number. Return the derivatives for `w`, shape `(d,)`, and for `b`, one
# number.


# %%
def gradient(X, y, w, b):
    """Derivatives of the mean cross-entropy: for w, shape (d,), and for b."""
    ### BEGIN SOLUTION: the residuals, then the two means
    r = sigmoid(X @ w + b) - y
    return X.T @ r / len(X), r.mean()
    ### END SOLUTION


# %%
check("05.3")

# %% [markdown]
# The check compares with PyTorch's automatic differentiation. You can also test a derivative with nothing but the loss:
# change one parameter a little, up and down, and divide.

# %%
gradient = answer("05.3")
dw, db = gradient(X, y, start_w, start_b)


def loss_at(w, b):
    return cross_entropy(X @ w + b, y)


tiny = np.array([1e-5, 0, 0])
change = loss_at(start_w + tiny, start_b) - loss_at(start_w - tiny, start_b)
print(f"w1: formula {dw[0]:.6f}, by differences {change / 2e-5:.6f}")

# %% [markdown]
# Six digits agree. The derivative for $w_1$ is 0.279: raise $w_1$ and the loss grows, so the first step will *lower*
# it. Yet it is the weight that will end as the largest. A gradient knows the slope where you stand, and nothing of the
# way ahead.

# %% tags=["claim"]
claim("is 0.279: raise", dw[0])

# %% [markdown]
# ## Gradient descent, 500 iterations
#
# The gradient points to where the loss *grows* fastest. So each step goes in the **opposite** direction:
#
# $$ w \leftarrow w - \eta\, \frac{\partial L}{\partial w}, \qquad b \leftarrow b - \eta\, \frac{\partial L}{\partial b} . $$
#
# We start from the random weights that `six_cases` has drawn, take the learning rate $\eta = 0.01$, and 500 steps.


# %%
def descend(X, y, w, b, lr, iterations):
    """Gradient descent from (w, b); return the new (w, b) and all losses."""
    losses = []
    for _ in range(iterations):
        losses.append(cross_entropy(X @ w + b, y))
        dw, db = gradient(X, y, w, b)
        w, b = w - lr * dw, b - lr * db
    return w, b, losses


w, b, losses = descend(X, y, start_w, start_b, lr=0.01, iterations=500)
print("weights", w.round(3), " bias", round(b, 3))
print(f"loss {losses[0]:.3f} -> {cross_entropy(X @ w + b, y):.3f}")

# %%
table = pd.DataFrame(
    {
        "scikit-learn": sigmoid(scores),
        "ours, 500 iterations": sigmoid(X @ w + b),
        "class": y,
    },
    index=cases.index,
)
plot.table(table, "Probability of class 1: two trained networks of one neuron.")

# %% [markdown]
# At the threshold 0.5 both have all 6 cases right. It is tempting to write: "both models predict correctly", and to go
# on. But look at the numbers. Ours lie between 0.42 and 0.65, hardly more than a coin, and the weights are not alike at
# all: 0.60, −0.08, −0.52 here, and 1.00, 0.35, −0.11 there. The third feature is noise, yet our second largest weight
# (by size) belongs to it. Has the training arrived? And was it luck?

# %% tags=["claim"]
p_ours = sigmoid(X @ w + b)
claim("both have all 6 cases right", int(((p_ours > 0.5) == y).sum()))
claim("Ours lie between 0.42 and 0.65", p_ours.min(), p_ours.max())
claim("0.60, −0.08, −0.52 here", *w)
claim("1.00, 0.35, −0.11 there", *ready_made.coef_[0])
claim("our second largest weight", bool(np.argsort(-np.abs(w))[1] == 2))

# %% [markdown]
# ### One draw is one draw
#
# The third feature and the first weights were drawn at random. So draw them again, 50 times, and train all 50 networks.
# They are trained side by side: the arrays get one more axis at the front, one entry for each draw.

# %%
draws = [six_cases(k) for k in range(50)]
X50 = np.stack([draw[0] for draw in draws])  # (50, 6, 3)
w50 = np.stack([draw[2] for draw in draws])[:, :, None]  # (50, 3, 1)
b50 = np.array([draw[3] for draw in draws])[:, None, None]  # (50, 1, 1)
XT50, column = X50.transpose(0, 2, 1).copy(), y[:, None]
marks = {int(t) for t in np.geomspace(1, 100_000, 81)} | {500, 1000}
record = {}
for t in range(1, 100_001):
    r = 1 / (1 + np.exp(-(X50 @ w50 + b50))) - column  # scores stay far below 700
    w50 = w50 - 0.01 / 6 * (XT50 @ r)
    b50 = b50 - 0.01 / 6 * r.sum(axis=1, keepdims=True)
    if t in marks:
        record[t] = w50[:, :, 0], b50[:, 0], (X50 @ w50 + b50)[:, :, 0]

# %%
perfect = {t: int(((z > 0) == y).all(axis=1).sum()) for t, (_, _, z) in record.items()}
sklearn_perfect = sum((LogisticRegression().fit(A, y).score(A, y) == 1) for A in X50)
for t in 500, 1000, 10_000, 100_000:
    print(f"{t:6} iterations: all six right in {perfect[t]} of 50 draws")
print(f"scikit-learn:      all six right in {sklearn_perfect} of 50 draws")

# %% [markdown]
# After 500 iterations all six cases are right in 20 of 50 draws only. Our first draw was one of the lucky ones. After
# 1000 iterations it is 30, after 10 000 it is 48, and scikit-learn gets all 50. The model can do it in each draw; the
# training was stopped before it had arrived. **A statement about a method needs more than one draw.**

# %% tags=["claim"]
claim("all six cases are right in 20 of 50 draws only", perfect[500], 50)
claim("After 500 iterations", 500)
claim(
    "After 1000 iterations it is 30, after 10 000 it is 48, and scikit-learn gets all 50",
    *(1000, perfect[1000], 10_000, perfect[10_000], sklearn_perfect),
)

# %% [markdown]
# ## Exercise 05.4: ten thousand and a hundred thousand iterations
#
# **Predict first.** Our draw of six cases is trained on, to 10 000 and to 100 000 iterations. The classes are
# separable, and all six cases are already right. What will happen? Give a letter for each.
#
# 1. The number of cases that are right, at the end: (a) fewer than six, since training so long overfits; (b) all six;
#    (c) it swings, so nobody can say.
# 2. The loss: (a) reaches its lowest value, above 0, and stays; (b) begins to rise; (c) falls towards 0 and never
#    reaches it.
# 3. The length of the weight vector, from 10 000 to 100 000 iterations: (a) grows, but to much less than ten times; (b)
#    becomes ten times as long, like the iterations; (c) stays, because the minimum has been reached.
#
# **Then compute.** Take two cases of one feature, $x = -m$ of class 0 and $x = +m$ of class 1, no bias, and start at $w
# = 0$. Both cases cost the same, so $L = \log(1 + e^{-mw})$, and one step is
#
# $$ w \leftarrow w + \eta\, m\, \sigma(-m w) . $$
#
# It never stops, since $\sigma$ is never 0. But it gets slower and slower. How many iterations until $w$ has reached a
# given value? Write `iterations_until(target, m, lr)`. You may run the loop and count. Or read the step as the
# differential equation $\frac{dw}{dt} = \eta\, m / (1 + e^{mw})$, where $t$ counts the iterations, separate the
# variables and integrate from 0; an answer within 2 % is right.

# %%
### BEGIN SOLUTION: one letter, such as "a"
predict_right = "b"
### END SOLUTION
### BEGIN SOLUTION: one letter
predict_loss = "c"
### END SOLUTION
### BEGIN SOLUTION: one letter
predict_length = "a"
### END SOLUTION


def iterations_until(target, m, lr):
    """How many steps from w = 0 until w >= target, within 2 percent."""
    ### BEGIN SOLUTION: run and count, or integrate
    return (m * target + np.exp(m * target) - 1) / (lr * m**2)
    ### END SOLUTION


# %%
check("05.4")

# %% [markdown]
# ## The weights grow for ever
#
# Now run it: the first of the 50 draws is ours.

# %%
rows = []
for t in 500, 1000, 10_000, 100_000:
    weights, bias, z = (part[0] for part in record[t])
    right = int(((z > 0) == y).sum())
    length = np.linalg.norm(weights)
    rows.append([t, right, cross_entropy(z, y), length, *weights, bias[0]])
columns = ["iterations", "right", "loss", "length of w"]
columns += ["w₁", "w₂", "w₃", "b"]
growth = pd.DataFrame(rows, columns=columns)
plot.table(growth, "Our six cases, trained on. Nothing ever arrives.", digits=2)

# %%
steps = sorted(record)
lengths = np.array([np.linalg.norm(record[t][0], axis=1) for t in steps])
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.0))
left.plot(steps, lengths, color=GREY, linestyle="-", linewidth=0.6)
left.plot(steps, lengths[:, 0], "-", color=BLUE, linewidth=2.5, label="our draw")
left.set(xscale="log", xlabel="iterations", ylabel="length of the weights")
left.legend()
right.plot(steps, [perfect[t] for t in steps], "-", color=ORANGE)
right.set(xscale="log", xlabel="iterations", ylabel="draws with all six right")
plot.show(
    "Left: the length of the weight vector over the iterations, on a logarithmic "
    "axis, for 50 draws. It is near 0 up to 100 iterations and then rises faster "
    "and faster, to about 15 at 100 000; no curve levels off. Right: the "
    "number of draws with all six cases right rises from 0 to 50.",
    "Fifty draws: the weights do not stop growing (left), and the last draw is "
    "solved after more than 10 000 iterations (right).",
)

# %% [markdown]
# The weight vector has the length 6.16 after 10 000 iterations and 14.86 after 100 000. Ten times the iterations do not
# make it ten times as long, but it does not stop either. The loss falls from 0.551 to 0.040. All six are right in each
# row. That had to be so in the last one: a wrong case alone costs 0.693 or more, so a mean over six that is below 0.116
# leaves no room for it.
#
# This must be so, whenever the classes are separable. Suppose that $(w, b)$ classifies every case correctly, and
# multiply all its numbers by 2. The boundary, where $z = 0$, stays where it is. But every score is doubled, so every
# case is *more* certain and still right, and every cost has become smaller. So no finite parameters can be the best
# ones: **the loss has no minimum, only a lower bound of 0 that it never reaches** {cite:p}`albert1984existence`.
# Statisticians say that the maximum likelihood estimate does not exist.

# %% tags=["claim"]
claim("6.16 after 10 000 iterations", rows[2][3], 10_000)
claim("and 14.86 after 100 000", rows[3][3], 100_000)
claim("The loss falls from 0.551 to 0.040", rows[0][2], rows[3][2])
claim("All six are right in each row", all(row[1] == 6 for row in rows))
claim(
    "a wrong case alone costs 0.693 or more, so a mean over six that is below 0.116",
    *(np.log(2), np.log(2) / 6),
    bool(rows[3][2] < np.log(2) / 6),
)
claim("it does not stop either", bool((np.diff(lengths[-20:], axis=0) > 0).all()))

# %% [markdown]
# How fast? In the one-dimensional case of the exercise, $\int (1 + e^{mw})\, dw = \int \eta\, m\, dt$ gives
#
# $$ w + \frac{e^{mw} - 1}{m} = \eta\, m\, t \quad\Longrightarrow\quad w \approx \frac{\log(\eta\, m^2\, t)}{m} \quad\text{for large } t . $$
#
# The weight grows like a logarithm: ten times the iterations add $\log(10) / m$, the same amount each time, and divide
# the loss by ten. Wide gaps (a large $m$) are learned with small weights. In several dimensions the growth becomes a
# logarithm too, after a long time. (On the axis of the figure a logarithm is a straight line. At 100 000 iterations our
# curves still bend.) And more is known: the direction of the weights turns towards the plane that has the largest
# distance from the nearest cases {cite:p}`soudry2018implicit`. It turns extremely slowly. After 100 000 iterations our
# weight of the noise feature is still −10.1, nearly as large as that of the first, 10.8.
#
# Two practical readings. **A weight's size means little when classes are separable**: it tells mostly how long you
# trained. And "the loss still falls" is no reason to go on.

# %% tags=["claim"]
decade = np.diff([growth["length of w"][k] for k in (1, 2, 3)])
claim(
    "At 100 000 iterations our curves still bend",
    100_000,
    bool(decade[1] > decade[0] + 1),
)
w_end = record[100_000][0][0]
claim("still −10.1, nearly as large as that of the first, 10.8", w_end[2], w_end[0])

# %% [markdown]
# ### Much of the slowness is not the method's
#
# Chapter 02 found that inputs far from 0 make the valley of the loss long and thin. Here all inputs lie between 2.3 and
# 4.1, far from 0. {term}`Standardise <standardise>` them, and give the same 500 iterations to each of the 50 draws.

# %%
solved = 0
for features, _, first_w, first_b in draws:
    Z = (features - features.mean(axis=0)) / features.std(axis=0)
    new_w, new_b, _ = descend(Z, y, first_w, first_b, lr=0.01, iterations=500)
    solved += bool(((Z @ new_w + new_b > 0) == y).all())
print(f"standardised, 500 iterations: all six right in {solved} of 50 draws")

# %% [markdown]
# All 50, with the same learning rate and the same number of steps. Before you train longer, standardise.

# %% tags=["claim"]
claim("All 50, with the same learning rate", solved)
claim("all inputs lie between 2.3 and 4.1", bool(X50.min() > 2.1 and X50.max() < 4.1))

# %% [markdown]
# ## What scikit-learn does differently
#
# If there is no minimum, where does `LogisticRegression` stop? It looks for something else. It adds a price for large
# weights, a {term}`penalty`:
#
# ```{math}
# :label: eq-logistic-penalty
# L_C = L + \frac{1}{2\, C\, n} \bigl( w_1^2 + \dots + w_d^2 \bigr) .
# ```
#
# This is called L2 **regularisation**. The number $C > 0$ says how cheap weights are: `C=1` unless you say otherwise,
# so it is at work even if you never heard of it. The bias is free. (scikit-learn writes $C$ times the *sum* of the
# costs plus half the squared length. Divide by $C n$ and you have {eq}`eq-logistic-penalty`.) The penalty grows without
# bound when the weights do, so now there is a minimum, exactly one. Its gradient has one term more, $\frac{1}{C n}
# w_j$. Do we reach scikit-learn's weights with our own loop?


# %%
def descend_penalised(X, y, w, b, lr, iterations, C=1.0):
    """As descend, for the loss with the penalty; return the new (w, b)."""
    for _ in range(iterations):
        dw, db = gradient(X, y, w, b)
        w, b = w - lr * (dw + w / (C * len(X))), b - lr * db
    return w, b


starts = {"the random start": (start_w, start_b), "zeros": (np.zeros(3), 0.0)}
starts["far away"] = (np.array([5.0, -5.0, 5.0]), 5.0)
rows = {"scikit-learn": [*ready_made.coef_[0], ready_made.intercept_[0]]}
for name, start in starts.items():
    new_w, new_b = descend_penalised(X, y, *start, lr=0.3, iterations=20_000)
    rows[name] = [*new_w, new_b]
table = pd.DataFrame(rows, index=["w₁", "w₂", "w₃", "b"]).T
plot.table(table.rename_axis("start"), "Gradient descent on the penalised loss.")

# %% [markdown]
# To three decimals the same, from every start. That settles a second question too: where to begin? The loss of this
# network has one valley and no other dip (it is a convex function of $w$ and $b$), so the start decides only how long
# the way is. With a hidden layer that is no longer so: there, zeros are a trap
# ({doc}`chapter 06 <06_multilayer_perceptron>` and {doc}`chapter 10 <10_signals_in_deep_nets>`).

# %%
by_C = {}
for C in 0.01, 1, 100, 10_000:
    by_C[C] = LogisticRegression(C=C, max_iter=100_000, tol=1e-8).fit(X, y).coef_
    print(f"C = {C:8g}: length of the weights {np.linalg.norm(by_C[C]):6.2f}")

# %% [markdown]
# The larger $C$, the longer the weights: about 1 at $C = 1$, and more than 20 at $C = 10\,000$. So the two models of
# the first comparison differed in two ways: in their loss (with a penalty, without) and in their state of training
# (arrived, stopped early). **Compare predictions, and say which loss each model minimises.**

# %% tags=["claim"]
gaps = [np.abs(np.array(rows[n]) - rows["scikit-learn"]).max() for n in starts]
claim("To three decimals the same, from every start", bool(max(gaps) < 5e-4))
claim("about 1 at $C = 1$", np.linalg.norm(by_C[1]), 1)
claim("and more than 20 at", bool(np.linalg.norm(by_C[10_000]) > 20))

# %% [markdown]
# ## Does a falling loss mean overfitting?
#
# Some texts say: the training loss falls and falls, *therefore* the model will begin to overfit at some point. The
# second does not follow from the first. A training loss knows nothing of new cases. You have to measure. So make 2000
# new cases by the same recipe, with $u$ anywhere between 1 and 6, and follow both losses along our one training run.

# %%
random = np.random.default_rng(SEED)
u = random.uniform(1, 6, 2000)
third = np.exp(0.4 * random.random(2000) + 0.75)
first, second = np.exp(0.11 * u + 0.75), np.exp(0.04 * (u + 5) + 0.75)
X_new = np.stack([first, second, third], axis=1)
y_new = (X_new[:, 0] > 3).astype(int)

z_new = {t: X_new @ record[t][0][0] + record[t][1][0] for t in steps}
train_losses = np.array([cross_entropy(record[t][2][0], y) for t in steps])
new_losses = np.array([cross_entropy(z_new[t], y_new) for t in steps])
new_right = np.array([np.mean((z_new[t] > 0) == y_new) for t in steps])
best = steps[int(new_losses.argmin())]
print(f"lowest loss on new cases: {new_losses.min():.3f} at {best} iterations")
at_best = new_right[new_losses.argmin()]
print(f"accuracy on them: {at_best:.2f} there, {new_right[-1]:.2f} at the end")

# %%
figure, ax = plt.subplots(figsize=(6.4, 3.0))
ax.plot(steps, train_losses, color=BLUE, label="six training cases")
ax.plot(steps, new_losses, color=ORANGE, linestyle=DASHED, label="2000 new cases")
ax.set(xscale="log", xlabel="iterations", ylabel="cross-entropy", ylim=0)
ax.legend()
plot.show(
    "Over the iterations the loss on the six training cases falls to near 0. The "
    "loss on 2000 new cases falls to 0.30 and then rises again.",
    "One training run, seen from the training cases and from new ones.",
)

# %% [markdown]
# Here the loss on new cases does turn: it is lowest, 0.30, near 20 000 iterations and has risen to 0.35 at the end. The
# model gets more and more certain about cases that it gets wrong, because the noise feature has a large weight. The
# *accuracy* hardly moves: 0.86 at the lowest point and 0.85 at the end. To stop where the loss on held-out cases is
# lowest is called **early stopping**; {doc}`chapter 11 <11_overfitting>` does it properly. Note what made the statement
# possible: cases that were not trained on.

# %% tags=["claim"]
claim("it is lowest, 0.30,", new_losses.min())
claim("near 20 000 iterations", bool(18_000 < best < 22_000))
claim("has risen to 0.35 at the end", new_losses[-1])
claim("0.86 at the lowest point and 0.85 at the end", at_best, new_right[-1])

# %% [markdown]
# ## Two outputs
#
# One output gives the probability of class 1, and the rest belongs to class 0. For more classes we need more outputs: a
# neuron for each class. Try it with two first. The targets get two columns, one for each class, and NumPy has an
# operator for "not":

# %%
print("not, of whole numbers:", ~np.array([0, 1]))
print("not, of truth values: ", ~np.array([False, True]))

# %% [markdown]
# `~` is "not" for truth values. For whole numbers it flips all bits, and gives −1 and −2. Nothing complains. But put
# the target −2 into {eq}`eq-logistic-loss`: the case costs $2 \log \hat p - 3 \log(1 - \hat p)$, and this falls without
# end as $\hat p$ goes to 0. The network drives its second output towards 0 for ever, and the "loss" becomes negative.
# **A cross-entropy below 0 is a sure sign: the targets are no probabilities.** Write `1 - y`, or make `y` a truth value
# first.
#
# A second trap waits in the same place: **the bias has one number for each output and stands in a row**, shape `(1, K)`
# or `(K,)` for $K$ outputs. The scores have the shape $(n, K)$, and broadcasting must repeat the bias for each case. A
# bias of shape `(K, 1)` fails for 6 cases, and for $n = K$ cases it does not even fail: it adds the wrong numbers.

# %% tags=["claim"]
claim("gives −1 and −2", *~np.array([0, 1]))
costs = [2 * np.log(p) - 3 * np.log1p(-p) for p in (0.5, 1e-2, 1e-9, 1e-99)]
claim("and this falls without end", bool((np.diff(costs) < 0).all() and costs[1] < 0))

# %% [markdown]
# ### Several sigmoids are several models
#
# With clean targets, does a network of $K$ sigmoid outputs classify $K$ classes "in one model"? Take three groups of
# points in the plane, three outputs with a sigmoid each, and train them together. Beside it, train three separate
# networks of one neuron: group 0 against the rest, group 1 against the rest, group 2 against the rest. This is called
# {term}`one-vs-rest`.

# %%
random = np.random.default_rng(SEED)
centres = 0.8 * np.array([[0, 2], [-1.7, -1], [1.7, -1]])
groups = np.repeat([0, 1, 2], 30)
points = centres[groups] + random.normal(size=(90, 2))
targets = (groups[:, None] == np.arange(3)).astype(float)  # (90, 3), one 1 a row

W3, b3 = np.zeros((3, 2)), np.zeros((1, 3))
for _ in range(2000):
    R = sigmoid(points @ W3.T + b3) - targets
    W3, b3 = W3 - 0.5 * R.T @ points / 90, b3 - 0.5 * R.mean(axis=0, keepdims=True)
together = sigmoid(points @ W3.T + b3)

apart = np.empty_like(together)
for k in range(3):
    w_k, b_k, _ = descend(points, targets[:, k], np.zeros(2), 0.0, 0.5, 2000)
    apart[:, k] = sigmoid(points @ w_k + b_k)

# %%
sums = together.sum(axis=1)
print(f"largest difference below 1e-12: {np.abs(together - apart).max() < 1e-12}")
print(f"the three of a point sum to {sums.min():.2f} ... {sums.max():.2f}")

# %%
figure, ax = plt.subplots(figsize=(6.4, 4.2))
limits = {"cmap": "nn_diverging", "vmin": 0.3, "vmax": 1.7, "edgecolors": GREY}
for k, mark in enumerate("os^"):
    own = groups == k
    label = f"group {k}"
    shades = ax.scatter(*points[own].T, c=sums[own], marker=mark, label=label, **limits)
figure.colorbar(shades, label="sum of the three sigmoid outputs")
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
ax.set(xlabel="$x_1$", ylabel="$x_2$")
plot.show(
    "Ninety points in three groups, coloured by the sum of their three sigmoid "
    "outputs. Inside each group the sum is near 1. In the middle of the three "
    "groups it is far below 1, and outside, between two groups, it is above 1.",
    "Three sigmoids do not share one whole of probability.",
)

# %% [markdown]
# Column by column the two are the same: no weight of one output occurs in the cost of another. **Several sigmoid
# outputs are several models in one array**, one-vs-rest under another name. Their rows do not sum to 1 (here from 0.38
# to 1.77), because nothing tells one output what the others say. That is right when a case may belong to several
# classes at once (a photo may show a dog *and* a cat). It is wrong when exactly one class is true.

# %% tags=["claim"]
claim(
    "Column by column the two are the same",
    bool(np.abs(together - apart).max() < 1e-12),
)
claim("here from 0.38 to 1.77", sums.min(), sums.max())

# %% [markdown]
# ### Softmax ties them together
#
# For exactly one true class out of $K$, the scores $z_0, \dots, z_{K-1}$ of a case must share a whole of 1.
# The {term}`softmax` does that:
#
# ```{math}
# :label: eq-logistic-softmax
# \hat p_k = \frac{e^{z_k}}{e^{z_0} + \dots + e^{z_{K-1}}} , \qquad L_i = -\log \hat p_y .
# ```
#
# Here $y$ is the number of the true class, from 0 to $K - 1$, and $L_i$ is the cost of the case as before. Written out,
# $L_i = -z_y + \log \sum_k e^{z_k}$. Its derivative for one score $z_k$: the first part gives $-1$ if $k$ is the true
# class and 0 if not; the second part gives $e^{z_k}$ over the sum, which is $\hat p_k$. With $y_k = 1$ for the true
# class and 0 for the others,
#
# ```{math}
# :label: eq-logistic-softmax-dz
# \frac{\partial L_i}{\partial z_k} = \hat p_k - y_k ,
# ```
#
# prediction minus target, once more. Everything else in the loop stays. For $K = 2$ it is the model that we had, with
# the score $z_1 - z_0$: divide above and below by $e^{z_1}$, and you read $\hat p_1 = \sigma(z_1 - z_0)$. Chapter 06
# uses softmax in larger networks, and computes it without overflow.

# %% [markdown]
# ## Exercise 05.5: two outputs, three flaws
#
# A friend wants two outputs, one for each class, such that **each row of the output is one distribution over the two
# classes**. `y` holds whole numbers 0 or 1 and has shape `(n, 1)`. The function stops with an error; when that is
# mended, the result is still wrong.
#
# ```python
# def train_two(X, y, lr, iterations):
#     Y = np.hstack([~y, y])              # A: column k: is it class k?
#     W = np.zeros((2, X.shape[1]))       # B: a row for each output
#     b = np.zeros((2, 1))                # C: a bias for each output
#     for _ in range(iterations):
#         P = sigmoid(X @ W.T + b)        # D: probabilities
#         R = P - Y                       # E: residuals
#         W = W - lr * R.T @ X / len(X)   # F: step
#         b = b - lr * R.mean(axis=0)     # G: step
#     return W, b
# ```
#
# **Diagnose:** which lines are flawed? Write the letters as a string, such as `"BEG"`. **Repair:** write
# `train_classes` for any number `K` of classes: `labels` has shape `(n,)` and holds whole numbers from 0 to $K - 1$
# (some class may not occur). Start from zeros; return `W`, shape `(K, d)`, and `b`, shape `(K,)` or `(1, K)`.

# %%
### BEGIN SOLUTION: the letters, as a string such as "BEG"
flawed_lines = "ACD"
### END SOLUTION


def train_classes(X, labels, K, lr, iterations):
    """Softmax regression by gradient descent from zeros; return W (K, d), b (K,)."""
    ### BEGIN SOLUTION: the friend's loop without its flaws, for K classes
    Y = (labels[:, None] == np.arange(K)).astype(float)
    W, b = np.zeros((K, X.shape[1])), np.zeros(K)
    for _ in range(iterations):
        Z = X @ W.T + b
        E = np.exp(Z - Z.max(axis=1, keepdims=True))  # equal shares, no overflow
        R = E / E.sum(axis=1, keepdims=True) - Y
        W, b = W - lr * R.T @ X / len(X), b - lr * R.mean(axis=0)
    return W, b
    ### END SOLUTION


# %%
check("05.5")

# %%
from scipy.special import softmax

_, train_classes = answer("05.5")
W_soft, b_soft = train_classes(points, groups, 3, lr=0.5, iterations=2000)
shared = softmax(points @ np.asarray(W_soft).T + np.asarray(b_soft), axis=1)
print(f"rows sum to {shared.sum(axis=1).min():.6f} ... {shared.sum(axis=1).max():.6f}")
print(f"right: softmax {np.mean(shared.argmax(axis=1) == groups):.3f}", end=", ")
print(f"three sigmoids {np.mean(together.argmax(axis=1) == groups):.3f}")

# %% [markdown]
# Now every row sums to 1. Do not conclude that softmax classifies better: both get 0.889 of these points right. What
# softmax adds is that the numbers of a row mean something together.

# %% tags=["claim"]
claim("every row sums to 1", bool(np.allclose(shared.sum(axis=1), 1)))
for p in shared, together:
    claim("both get 0.889 of these points right", np.mean(p.argmax(axis=1) == groups))

# %% [markdown]
# ## The wine
#
# Back to the bottle. {cite:t}`cortez2009modeling` published eleven measurements each of 6497 Portuguese wines (vinho
# verde), 1599 red and 4898 white, with the marks that tasters gave them.

# %%
wine = load("wine_quality")
print(wine.shape, list(wine.columns))

# %% [markdown]
# A common experiment goes like this. Use all columns but the colour, keep a fifth of the wines as the test set, squeeze
# each feature to the range from 0 to 1, and fit a logistic regression; then a network with hidden layers of 100 and 50
# neurons; then search for a better network over sizes and learning rates. The search has taken (50, 25) neurons. We run
# the three models with the same seeds (42), and leave out the search, which takes minutes.

# %%
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import MinMaxScaler
from sklearn.model_selection import train_test_split

is_red = (wine["color"] == "red").to_numpy().astype(int)
columns = wine.drop(columns="color")  # the quality is still there
parts = train_test_split(columns, is_red, test_size=0.2, random_state=42)
squeeze = MinMaxScaler().fit(parts[0])
common_train, common_test = squeeze.transform(parts[0]), squeeze.transform(parts[1])
common = {
    "logistic regression": LogisticRegression(solver="liblinear", random_state=42),
    "network (100, 50)": MLPClassifier((100, 50), max_iter=500, random_state=42),
    "tuned network (50, 25)": MLPClassifier((50, 25), max_iter=500, random_state=42),
}
right = {}
for name, model in common.items():
    right[name] = model.fit(common_train, parts[2]).predict(common_test) == parts[3]

# %%
for name, r in right.items():
    print(f"{name:23}: accuracy {r.mean():.4f}, {(~r).sum()} mistakes")
first, tuned = right["network (100, 50)"], right["tuned network (50, 25)"]
print("right with the first network only:", (first & ~tuned).sum())
print("right with the tuned network only:", (~first & tuned).sum())

# %% [markdown]
# The logistic regression has 0.98. Both networks have more than 0.985, and in our run the tuned one makes a few
# mistakes more than the other. (Training a network adds many rounded numbers, in an order that depends on the
# processor. On another computer a few more or fewer wines may be right, here and below.) Before you read on: how many
# things can you find that are wrong with this comparison?
#
# 1. **No baseline.** Answering "white" for every wine is right for 0.754 of them.
# 2. **No error bars.** Of 1300 wines, the two networks disagree about fewer than 20. A coin thrown 4 times shows the
#    same side each time in 12.5 % of all trials. So a lead of 4 wines may well be chance: neither "tuning hurts" nor
#    "the first was best" follows.
# 3. **The quality is among the features.** It is no measurement: it is the mark of people who tasted the wine and may
#    have seen its colour. A closed bottle has no mark.
# 4. **The same wine on both sides.** 1177 rows repeat an earlier row. A random split can put one copy into the training
#    set and the other into the test set.
# 5. **In the search, the scaler was fitted before the cross-validation**, so each held-out fold had already helped to
#    set the scale.
# 6. **An unfair opponent.** You will see below what squeezing did to the logistic regression.
#
# Points 3 to 5 are {term}`leakage`: something that would not be known when the model is used has reached its training,
# or its score {cite:p}`kapoor2023leakage`.

# %% tags=["claim"]
from scipy.stats import binomtest

claim("1599 red and 4898", is_red.sum(), (1 - is_red).sum())
claim("each of 6497 Portuguese wines", len(wine))
accuracies = [r.mean() for r in right.values()]
claim("The logistic regression has 0.98", accuracies[0])
claim("Both networks have more than 0.985", bool(min(accuracies[1:]) > 0.985))
claim('Answering "white" for every wine is right for 0.754', 1 - is_red.mean())
claim("Of 1300 wines", len(first))
claim("disagree about fewer than 20", bool((first ^ tuned).sum() < 20))
claim("in 12.5 % of all trials", 100 * binomtest(0, 4).pvalue)
claim("1177 rows repeat an earlier row", wine.duplicated().sum())

# %% [markdown]
# ### How much can a repeated row matter?
#
# It depends on the question. Take another one for a moment: predict the *quality* by the mark of the most similar wine
# in the training set ({doc}`chapter 01 <01_learning_from_data>`'s nearest neighbour, $k = 1$). Once with all 6497 rows,
# and once with each wine only once.

# %%
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

nearest = make_pipeline(StandardScaler(), KNeighborsClassifier(n_neighbors=1))
five = KFold(5, shuffle=True, random_state=SEED)
neighbour = {}
for name, rows_ in ("all rows", wine), ("each wine once", wine.drop_duplicates()):
    chemistry = rows_.drop(columns=["quality", "color"]).to_numpy()
    given = rows_["quality"].to_numpy()
    neighbour[name] = cross_val_score(nearest, chemistry, given, cv=five).mean()
    print(f"{name:14}: accuracy {neighbour[name]:.2f}")

# %% [markdown]
# About 0.62 with the repeated rows and 0.49 without. More than a tenth of the wines was "predicted" by finding the same
# wine again. For red against white the effect is small, as you will see, because nearly every wine is right anyway. You
# cannot know that beforehand. So remove the leak first and measure then.

# %% tags=["claim"]
with_twins, without = neighbour.values()
near = abs(with_twins - 0.62) < 0.01 and abs(without - 0.49) < 0.01
claim("About 0.62 with the repeated rows and 0.49 without", bool(near))
claim("More than a tenth of the wines", bool(with_twins - without > 0.1))

# %% [markdown]
# ## Exercise 05.6: a wine pipeline without leakage
#
# This cell runs and prints a fine number.
#
# ```python
# wine = load("wine_quality")
# X = wine.drop(columns="color")
# y = wine["color"] == "red"
# X = StandardScaler().fit_transform(X)
# folds = StratifiedKFold(5, shuffle=True, random_state=0)
# print(cross_val_score(LogisticRegression(), X, y, cv=folds).mean())
# ```
#
# **Diagnose.** Which of these let something reach the model or its score that must not? Write the letters as a string,
# such as `"bg"`.
#
# - (a) The same wine can be in a training part and in the part held out.
# - (b) `StratifiedKFold` looks at the classes when it makes the folds.
# - (c) The scaler has seen the wines that are held out.
# - (d) The `random_state` is fixed.
# - (e) The tasters' mark is among the features.
# - (f) There are more white wines than red ones.
#
# **Repair.** Two functions:
#
# - `prepare(table)` gets an array with a row for each wine: its measurements, then the quality, then 1 for red or 0 for
#   white. It returns `X`, the measurements alone, and `y`, the colour. Of wines that agree in all measurements and in
#   colour (the mark may differ) it keeps one. Any order of the rows is right.
# - `held_out(X, y, fold)` gets for each row the number of its fold, 0, 1, 2 and so on. It returns for each row, in the
#   order of `X`, the probability of class 1 by a `StandardScaler` and a `LogisticRegression` (both as they come) that
#   have seen **only the other folds**.

# %%
### BEGIN SOLUTION: the letters, as a string such as "bg"
leaks = "ace"
### END SOLUTION


def prepare(table):
    """X (m, d) and y (m,) from a table (n, d + 2): each wine once, no mark."""
    ### BEGIN SOLUTION: drop the mark, then keep one of equal wines
    wines = np.unique(np.delete(table, -2, axis=1), axis=0)
    return wines[:, :-1], wines[:, -1]
    ### END SOLUTION


def held_out(X, y, fold):
    """P(class 1) of each row (n,), from a model that has not seen its fold."""
    ### BEGIN SOLUTION: for each fold, fit scaler and model on the others
    p = np.empty(len(X))
    for k in np.unique(fold):
        pipeline = make_pipeline(StandardScaler(), LogisticRegression())
        pipeline.fit(X[fold != k], y[fold != k])
        p[fold == k] = pipeline.predict_proba(X[fold == k])[:, 1]
    return p
    ### END SOLUTION


# %%
check("05.6")

# %% [markdown]
# `make_pipeline` chains the scaler and the model into one object: `fit` fits both, on the training part only, and
# `predict` applies both. Given to `cross_val_score`, the leak cannot happen. Make it a habit to write the pipeline even
# where it seems not to matter.
#
# Now measure what the three leaks together did for red against white.

# %%
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import StratifiedKFold

folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
chain = make_pipeline(StandardScaler(), LogisticRegression())
all_X = wine.drop(columns="color").to_numpy()
once = wine.drop(columns="quality").drop_duplicates()
X_once = once.drop(columns="color").to_numpy()
y_once = (once["color"] == "red").to_numpy().astype(int)

scaled = StandardScaler().fit_transform(all_X)
leaky = cross_val_score(LogisticRegression(), scaled, is_red, cv=folds).mean()
clean = cross_val_score(chain, X_once, y_once, cv=folds).mean()
print(f"with the three leaks {leaky:.3f}, without them {clean:.3f}")

# %% [markdown]
# For this question, on these data, the leaks together are worth about a tenth of a percent, which is within the
# sampling error. Two conclusions would be wrong. "Leaks do no harm": the nearest neighbour lost more than ten percent
# by the repeated rows alone. And "the leaky number was fine": it was fine by luck, and only the clean measurement could
# tell.

# %% tags=["claim"]
claim("about a tenth of a percent", bool(0 < leaky - clean < 0.002))
claim("lost more than ten percent", bool(with_twins - without > 0.1))

# %% [markdown]
# ### Measured without a leak
#
# 5320 different wines are left. A fifth of them, 1064, becomes the test set, and stays closed until the end. On the
# other 4256 we compare by five-fold cross-validation: each wine is predicted once, by a model that has not seen it.
# With accuracy $a$ on $n$ independent cases, the {term}`standard error` of the accuracy is about
#
# $$ \sqrt{a\,(1 - a) / n} , $$
#
# the spread that we would see if we drew other wines. (The five models share most of their training data, so this is
# approximate; no estimate of this spread is right on average for all data {cite:p}`bengio2004no`.) The network has one
# hidden layer of 32 neurons.

# %%
X_work, X_test, y_work, y_test = train_test_split(
    X_once, y_once, test_size=0.2, stratify=y_once, random_state=SEED
)


def mlp(neurons, lr):
    """A pipeline: scaler, then one hidden layer, trained until it stands still."""
    net = MLPClassifier(
        (neurons,), learning_rate_init=lr, max_iter=300, tol=3e-4, random_state=SEED
    )
    return make_pipeline(StandardScaler(), net)


def report(hits, caption):
    """From which wines each model has right: accuracy, standard error, mistakes."""
    rows = {}
    for name, hit in hits.items():
        a = hit.mean()
        rows[name] = [a, np.sqrt(a * (1 - a) / len(hit)), (~hit).sum()]
    table = pd.DataFrame(rows, index=["accuracy", "standard error", "mistakes"]).T
    table = table.astype({"mistakes": int}).rename_axis("model")
    plot.table(table, caption, digits=4)
    return table


# %%
from sklearn.model_selection import cross_val_predict

contest = {
    "always white": DummyClassifier(),
    "logistic regression": chain,
    "the same, squeezed": make_pipeline(MinMaxScaler(), LogisticRegression()),
    "network 11-32-1": mlp(32, lr=0.01),
}
hits = {
    name: cross_val_predict(model, X_work, y_work, cv=folds) == y_work
    for name, model in contest.items()
}
contest_table = report(hits, "Leak-free five-fold cross-validation on 4256 wines.")

# %% [markdown]
# The baseline has 0.74. Logistic regression, a single neuron, has more than 0.99, with a standard error of 0.001: the
# colour of a wine can be told from its chemistry. The network is near 0.995, also with 0.001. Even two standard errors
# lower, the neuron is above 0.98 and the network above 0.99. Squeezed to the range from 0 to 1, the same logistic
# regression is near 0.985. Why should the scale matter? Because of the penalty {eq}`eq-logistic-penalty`: in squeezed
# units a feature needs large weights to have any effect, and large weights are costly. With $C = 10^4$ in place of 1
# the squeezed one gets more than 0.99 too. So much of the network's lead in the common experiment was not the network's
# merit: its opponent was held back by a default.
#
# Is the rest of the lead real? Bars of two standard errors would overlap, but that is the wrong test: both models
# judged the *same* wines, so most of the luck is shared. Look at the wines on which only one of them is right
# {cite:p}`mcnemar1947note`.

# %%
alone = {
    "logistic regression": hits["logistic regression"] & ~hits["network 11-32-1"],
    "network 11-32-1": hits["network 11-32-1"] & ~hits["logistic regression"],
}
for name, wins in alone.items():
    print(f"only the {name} is right: {int(wins.sum())} wines")

# %% [markdown]
# More wines speak for the network than for the single neuron, in our run 16 to 5. A fair coin, thrown 21 times, gives
# something at least as uneven as 16 to 5 in 2.7 % of all trials. So there is some evidence that the hidden layer helps,
# by a few wines in a thousand. A single hidden layer, one data set, one seed: no more than that.

# %% tags=["claim"]
(base, line, squeezed, net), errors = (
    contest_table["accuracy"],
    contest_table.iloc[:, 1],
)
claim("5320 different wines are left. A fifth of them, 1064", len(y_once), len(y_test))
claim("On the other 4256", len(y_work))
claim("The baseline has 0.74", base)
claim("a single neuron, has more than 0.99", bool(line > 0.99))
claim("with a standard error of 0.001", errors.iloc[1])
claim("The network is near 0.995, also with 0.001", bool(abs(net - 0.995) < 0.002))
claim("also with 0.001", errors.iloc[3])
claim("the neuron is above 0.98", bool(line - 2 * errors.iloc[1] > 0.98))
claim("the network above 0.99", bool(net - 2 * errors.iloc[3] > 0.99))
claim("regression is near 0.985", bool(abs(squeezed - 0.985) < 0.002))
cheap = make_pipeline(MinMaxScaler(), LogisticRegression(C=1e4, max_iter=5000))
cheap_score = cross_val_score(cheap, X_work, y_work, cv=folds).mean()
claim("squeezed one gets more than 0.99 too", bool(cheap_score > 0.99))
wins = [int(w.sum()) for w in alone.values()]
claim("More wines speak for the network", bool(wins[1] > wins[0]))
claim("at least as uneven as 16 to 5 in 2.7 %", 16, 5, 100 * binomtest(5, 21).pvalue)

# %% [markdown]
# ### Tuning
#
# How many hidden neurons, and which learning rate? Try all pairs, each by the same five folds, each trained until it
# stands still. ({doc}`Chapter 12 <12_model_selection>` has better ways to search.)

# %%
grid = [(neurons, lr) for neurons in (2, 8, 32) for lr in (0.003, 0.01)]
tried = {}
for neurons, lr in grid:
    hit = cross_val_predict(mlp(neurons, lr), X_work, y_work, cv=folds) == y_work
    tried[f"11-{neurons}-1, rate {lr}"] = hit
search = report(
    tried, "Six networks with one hidden layer, five-fold cross-validation."
)
best_size, best_lr = grid[int(search["accuracy"].argmax())]

# %% tags=["hide-input"]
figure, ax = plt.subplots(figsize=(6.4, 3.0))
for place, (accuracy, error, _) in enumerate(search.to_numpy()):
    color, mark = ((BLUE, "o"), (ORANGE, "s"))[place % 2]
    label = f"learning rate {grid[place][1]}" if place < 2 else None
    at = place // 2 + (-0.12, 0.12)[place % 2]
    bar = {"yerr": 2 * error, "color": color, "capsize": 4, "label": label}
    ax.errorbar(at, accuracy, fmt=mark, **bar)
single = contest_table.loc["logistic regression", "accuracy"]
ax.axhline(single, color=GREY, linestyle=DASHED, label="logistic regression")
ax.set(xlabel="hidden neurons", ylabel="accuracy", xticks=[0, 1, 2])
ax.set_xticklabels(["2", "8", "32"])
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plot.show(
    "Accuracy with bars of two standard errors for 2, 8 and 32 hidden neurons and "
    "two learning rates. All six lie a little above 0.99 and all bars overlap. A "
    "dashed line between 0.992 and 0.993 marks logistic regression.",
    "The whole search happens inside the error bars.",
)

# %% [markdown]
# All six accuracies are above 0.99, and within half a percent of each other; the standard error of each is about 0.001.
# The best network has a few mistakes less than the second, of 4256 wines. Choose it, by all means; something has to be
# chosen. But the *best of six* noisy numbers is too high on average, because the choice also picks the luck. That is
# why one part of the data has not been touched.

# %% tags=["claim"]
claim("All six accuracies are above 0.99", bool(search["accuracy"].min() > 0.99))
claim("within half a percent", bool(np.ptp(search["accuracy"]) < 0.005))
claim("standard error of each is about 0.001", search["standard error"].mean())

# %% [markdown]
# ### The test set, once

# %%
finalists = {
    "always white": DummyClassifier(),
    "logistic regression": chain,
    f"network 11-{best_size}-1": mlp(best_size, best_lr),
}
opened = {
    name: model.fit(X_work, y_work).predict(X_test) == y_test
    for name, model in finalists.items()
}
final = report(opened, "The 1064 test wines.")

# %% [markdown]
# In our run the network makes 4 mistakes among 1064 wines and logistic regression 9. That agrees with the
# cross-validation, and the network's accuracy with its standard error of 0.002 is the figure to report. It does not
# prove that the network is better; 1064 wines are too few for so small a difference. And all of them come from one
# region and a few years. About a bottle from elsewhere the number says nothing.
#
# So the bottle without a label: one neuron tells its colour with an accuracy of about 99 %, and a hidden layer adds a
# few wines in a thousand.

# %% tags=["claim"]
claim("among 1064 wines", len(y_test))
claim("the network makes 4 mistakes", bool(final["mistakes"].iloc[2] <= 10))
claim("and logistic regression 9", bool(final["mistakes"].iloc[1] <= 16))
claim("its standard error of 0.002", final["standard error"].iloc[2])
claim("an accuracy of about 99 %", 100 * final["accuracy"].iloc[1])

# %%
progress()

# %% [markdown]
# ## Recap
#
# - Logistic regression is a network without a hidden layer: a weighted sum, a bias, a sigmoid. Its score is a logit,
#   the logarithm of the odds.
# - Its loss is the cross-entropy, **minus** the mean logarithm of the probability of what happened. Compute it from the
#   score; clipping does not protect a logarithm.
# - The chain rule gives $\partial L_i / \partial z = \hat p - y$, for the sigmoid and for softmax. Steps go *against*
#   the gradient.
# - On separable data the loss has no minimum and the weights grow like the logarithm of the iterations. scikit-learn's
#   penalty (`C=1`) stops that, and makes the result depend on the units of the features.
# - One draw is one draw. Look at many before you say that a method "works".
# - $K$ sigmoids are $K$ separate models. For exactly one true class use softmax, a bias in a row, and targets without
#   `~` of whole numbers.
# - Scaler inside the folds, each wine once, nothing in the features that knows the answer, a baseline, an error bar,
#   and the test set once.

# %% [markdown]
# ## Test yourself
#
# ```{quiz}
# - question: A model gives a case the score $z = 0$. What does the case cost, in cross-entropy? (Two decimals.)
#   number: 0.69
#   tolerance: 0.006
#   why: "$\\sigma(0) = 0.5$, and $-\\log 0.5 = 0.69$, whatever the class is."
# - question: "A case of class 1 has the score $z = 2$, so $\\hat p = 0.88$. What is the derivative of its cost for $z$? (Two decimals.)"
#   number: -0.12
#   tolerance: 0.006
#   why: "$\\hat p - y = 0.88 - 1 = -0.12$. It is negative: a larger score would cost less."
# - question: You train logistic regression without a penalty on separable data, ten times as long as before. What happens?
#   options:
#     - wrong: Nothing; the minimum was reached.
#       why: There is no minimum. Longer weights in the same direction always have a smaller loss.
#     - right: The weights grow a little more, and the training loss falls a little more.
#       why: The growth is like a logarithm, and it does not end.
#     - wrong: The weights become ten times as long.
#       why: The steps get shorter and shorter as the cases become certain.
#     - wrong: Training cases that were right become wrong, by overfitting.
#       why: On the training cases each step lowers the loss. Overfitting shows on new cases.
# - question: Three outputs with a sigmoid each are trained on three classes. Which of these are true?
#   options:
#     - right: It gives the same as three one-vs-rest models, trained apart from the same start.
#       why: No weight of one output occurs in the cost of another.
#     - wrong: The three outputs of a case always sum to 1.
#       why: Nothing ties them together. In the chapter the sums went from 0.38 to 1.77.
#     - right: It is the fitting output where a case may belong to several classes at once.
#       why: Then each output answers a yes-or-no question of its own.
#     - wrong: It is impossible to choose a class from it.
#       why: Take the largest output. In the chapter it was as often right as softmax.
# - question: Which of these leak something from the held-out data into training?
#   options:
#     - right: Standardising all data, then cross-validating the model
#       why: The held-out cases have helped to compute the mean and the standard deviation.
#     - wrong: A fixed random_state for the folds
#       why: It makes the folds repeatable and tells the model nothing.
#     - right: Copies of a row, some in the training part and some in the held-out part
#       why: The model can remember the very case that it is tested on.
#     - wrong: A pipeline of scaler and model, given to cross_val_score
#       why: It fits both anew in each fold, on the training part only.
# ```

# %% [markdown]
# ## Further reading
#
# - {cite:t}`cox1958regression` is where logistic regression got its present form; {cite:t}`berkson1944application` had
#   proposed the logistic curve for such data, and made the word "logit".
# - {cite:t}`albert1984existence` say for which data the best weights exist. Separable data are the exception that you
#   have seen.
# - {cite:t}`soudry2018implicit` prove where the direction of the weights goes when their length goes to infinity, and
#   how slowly.
# - {cite:t}`kapoor2023leakage` collect leakage in published studies of many fields, with a list of questions to ask of
#   your own.
# - {cite:t}`cortez2009modeling` describe the wines and their tasters.
