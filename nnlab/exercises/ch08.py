"""The exercises of chapter 08, backpropagation: cases, oracles, hints and slips.

Shapes are the chapter's: a batch X is [n, inputs], a weight matrix W is [outputs, inputs], a bias b is [outputs].
The oracle is PyTorch's autograd, loops in plain Python, or a linear system; never the four equations.
"""

import math
from typing import Any

import numpy as np
import scipy.special

from nnlab.exercises.core import Ask, exercise

# Learners may compute in float32; what a slip changes is far larger.
NEAR: Any = {"rtol": 1e-4, "atol": 1e-6}


def _autograd(loss, *arrays):
    """The derivatives of loss(*tensors) for every array, by PyTorch."""
    import torch

    tensors = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in arrays]
    return [g.numpy() for g in torch.autograd.grad(loss(*tensors), tensors)]


# 08.1 -----------------------------------------------------------------------------------------------------------------
@exercise("08.1", "The paths of one weight, by hand", reads=("paths", "derivative"))
def paths(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    W1 = torch.tensor([[1.0, 1.0], [2.0, -1.0]], requires_grad=True)
    hidden = torch.relu(W1 @ torch.tensor([3.0, -1.0]) + torch.tensor([0.0, -1.0]))
    W2 = torch.tensor([[1.0, -1.0], [-1.0, 2.0], [2.0, 0.5]])
    second = torch.relu(W2 @ hidden + torch.tensor([0.0, -3.0, -1.0]))
    loss = (torch.tensor([5.0, -1.0, 2.0]) @ second - 3) ** 2
    behind = torch.autograd.grad(loss, second, retain_graph=True)[0]
    before = [torch.autograd.grad(s, W1, retain_graph=True)[0][1, 0] for s in second]
    products = [float(end * start) for end, start in zip(behind, before, strict=True)]
    ask.close(ask.value("paths"), products, given="the three paths, j = 1, 2, 3")
    whole = torch.autograd.grad(loss, W1)[0][1, 0].item()
    ask.close(ask.value("derivative"), whole, given="∂L/∂w, to neuron 2 from input 1")


paths.hints(
    "Forward first: the sums of the first hidden layer are 2 and 6. Which neurons of the second one have z < 0?",
    "Each path has the factors 2 (ŷ - y), w3[1, j], φ'(z2[j]), w2[j, 2], φ'(z1[2]) and x1. φ' is 1 or 0.",
    "ŷ = 2, so the first factor is 4. For j = 2: 4 · (-1) · 1 · 2 · 1 · 3. The derivative is the sum of the three.",
)
paths.slip(
    "a path through a neuron with z < 0 is closed: ReLU' is 0 there, and so is the product.",
    paths=[-60, -24, 12],
    derivative=-72,
)
paths.slip(
    "the factor 2 of the square is missing: the derivative of (ŷ - y)² is 2 (ŷ - y).", paths=[0, -12, 6], derivative=-6
)
paths.slip("the last factor is missing: the sum z changes by the input x1 = 3.", paths=[0, -8, 4], derivative=-4)
paths.slip(
    "the sign: the error is ŷ - y, prediction minus target, and it is +2 here.", paths=[0, 24, -12], derivative=12
)
paths.slip("this is the weight from the other input: the first input is 3, not -1.", paths=[0, 8, -4], derivative=4)
paths.slip("the error is missing: every path begins with 2 (ŷ - y) = 4.", paths=[0, -6, 3], derivative=-3)
paths.slip(
    "the paths are right; now add them. Only along one path the numbers are multiplied.",
    paths=[0, -24, 12],
    derivative=0,
)
paths.slip("the paths are right; now add them, a mean is not asked.", paths=[0, -24, 12], derivative=-4)
paths.slip(
    "w2[j, 1] in place of w2[j, 2]: the weight enters the second neuron, so take the second column.",
    paths=[0, 12, 48],
    derivative=60,
)


# 08.2 -----------------------------------------------------------------------------------------------------------------
@exercise("08.2", "The backward pass of a two-layer network", reads="two_layer_gradients", points=3)
def two_layer_gradients(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    # The square one first: there a wrong product has a shape too, and can be told from other slips.
    for n, d, m, k in (4, 3, 3, 3), (5, 2, 4, 3), (1, 3, 2, 1), (6, 1, 5, 2):
        X, Y = rng.normal(size=(n, d)) + 0.3, rng.normal(size=(n, k)) * 2
        W1, b1, W2, b2 = (rng.normal(size=shape) for shape in ((m, d), m, (k, m), k))

        def loss(W1, b1, W2, b2, X=X, Y=Y):
            hidden = torch.tanh(torch.nn.functional.linear(torch.tensor(X), W1, b1))
            return torch.nn.functional.mse_loss(torch.nn.functional.linear(hidden, W2, b2), torch.tensor(Y))

        told = f"X of shape {X.shape}, Y of shape {Y.shape}, {m} hidden neurons"
        names = "dW1", "db1", "dW2", "db2"
        reply = ask.parts(ask.call("two_layer_gradients", X, Y, W1, b1, W2, b2), *names, given=told)
        for name, got, aim in zip(names, reply, _autograd(loss, W1, b1, W2, b2), strict=True):
            ask.close(got, aim, given=f"{name}, with {told}", **NEAR)


two_layer_gradients.hints(
    "Write the shape of everything beside the formulas. Δ2 has the shape of Y, Δ1 that of A1.",
    "Δ2 = 2 (Ŷ - Y) / Y.size. Then one step back: Δ1 = (Δ2 @ W2) * φ'(Z1), and φ' of tanh is 1 - A1².",
    "dW1 = Δ1.T @ X and db1 = Δ1.sum(axis=0); the second layer likewise, with A1 in place of X.",
)


def _two_layer(X, Y, W1, b1, W2, b2, *, outer=None, back=None, slope=None, bias=None, weight=None, last=None):
    """The backward pass with one step replaced."""
    Z1 = X @ W1.T + b1
    A1 = np.tanh(Z1)
    out = A1 @ W2.T + b2
    out = last(out) if last else out
    delta2 = outer(out, Y) if outer else 2 * (out - Y) / Y.size
    delta1 = (back or np.matmul)(delta2, W2) * (slope(Z1, A1) if slope else 1 - A1**2)
    bias = bias or (lambda delta: delta.sum(axis=0))
    weight = weight or (lambda delta, a: delta.T @ a)
    return weight(delta1, X), bias(delta1), weight(delta2, A1), bias(delta2)


@two_layer_gradients.slip("the 2 of the square is missing: Δ2 = 2 (Ŷ - Y) divided by how many numbers there are.")
def _(*p):
    return _two_layer(*p, outer=lambda out, Y: (out - Y) / Y.size)


@two_layer_gradients.slip("this is the gradient of the sum of squares. The loss is their mean: divide Δ2 by Y.size.")
def _(*p):
    return _two_layer(*p, outer=lambda out, Y: 2 * (out - Y))


@two_layer_gradients.slip(
    "divided by the samples only. The mean is taken over all n · k numbers of Y: divide by Y.size."
)
def _(*p):
    return _two_layer(*p, outer=lambda out, Y: 2 * (out - Y) / len(Y))


@two_layer_gradients.slip("the sign: the residual is Ŷ - Y. This gradient points downhill instead of uphill.")
def _(*p):
    return _two_layer(*p, outer=lambda out, Y: 2 * (Y - out) / Y.size)


@two_layer_gradients.slip("φ' is missing on the way back: Δ1 = (Δ2 @ W2) * (1 - A1²).")
def _(*p):
    return _two_layer(*p, slope=lambda Z, A: 1)


@two_layer_gradients.slip(
    "1 - Z1²: the derivative of tanh is 1 - tanh(z)², so it is the activation that is squared, A1."
)
def _(*p):
    return _two_layer(*p, slope=lambda Z, A: 1 - Z**2)


@two_layer_gradients.slip("tanh was applied twice: A1 is tanh(Z1) already, so the derivative is 1 - A1².")
def _(*p):
    return _two_layer(*p, slope=lambda Z, A: 1 - np.tanh(A) ** 2)


@two_layer_gradients.slip("A1 * (1 - A1) is the derivative of the sigmoid. The hidden layer has tanh: 1 - A1².")
def _(*p):
    return _two_layer(*p, slope=lambda Z, A: A * (1 - A))


@two_layer_gradients.slip("backward the weights are not transposed: Δ2 @ W2. (The forward pass uses W2.T.)")
def _(*p):
    return _two_layer(*p, back=lambda delta, W: delta @ W.T)


@two_layer_gradients.slip("dW1 and dW2 are transposed: they need the shapes of W1 and W2, (to, from). Try Δ.T @ A.")
def _(*p):
    return _two_layer(*p, weight=lambda delta, a: a.T @ delta)


@two_layer_gradients.slip("the mean of Δ over the samples for the biases. The 1/n is in Δ already: add up.")
def _(*p):
    return _two_layer(*p, bias=lambda delta: delta.mean(axis=0))


@two_layer_gradients.slip("for the biases the sum over the samples is missing: db1 and db2 have shapes (m,) and (k,).")
def _(*p):
    return _two_layer(*p, bias=lambda delta: delta)


@two_layer_gradients.slip("the biases are summed over the neurons; sum over the samples, axis=0.")
def _(*p):
    return _two_layer(*p, bias=lambda delta: delta.sum(axis=1))


@two_layer_gradients.slip("db1 and db2 are rows of shape (1, …). They need the shape of the biases: no keepdims.")
def _(*p):
    return _two_layer(*p, bias=lambda delta: delta.sum(axis=0, keepdims=True))


@two_layer_gradients.slip(
    "divided twice: the 1/n stands in Δ2 and travels to all gradients. Equations (B3) and (B4) add."
)
def _(*p):
    return _two_layer(*p, outer=lambda out, Y: 2 * (out - Y) / Y.size / len(Y))


@two_layer_gradients.slip("the order: return dW1, db1, dW2, db2.")
def _(*p):
    dW1, db1, dW2, db2 = _two_layer(*p)
    return dW1, dW2, db1, db2


@two_layer_gradients.slip("the order: first the hidden layer, dW1 and db1, then the output layer.")
def _(*p):
    dW1, db1, dW2, db2 = _two_layer(*p)
    return dW2, db2, dW1, db1


@two_layer_gradients.slip(
    "divided by the outputs only. The mean is taken over all n · k numbers of Y: divide by Y.size."
)
def _(*p):
    return _two_layer(*p, outer=lambda out, Y: 2 * (out - Y) / Y.shape[1])


@two_layer_gradients.slip("1 - A1: the square is missing. The derivative of tanh is 1 - A1².")
def _(*p):
    return _two_layer(*p, slope=lambda Z, A: 1 - A)


@two_layer_gradients.slip("the output has a tanh here. It has no activation function.")
def _(*p):
    return _two_layer(*p, last=np.tanh)


# 08.3 -----------------------------------------------------------------------------------------------------------------
@exercise("08.3", "The gradient by central differences", reads="numerical_gradient")
def numerical_gradient(ask: Ask, rng: np.random.Generator) -> None:
    for n, d, h in (5, 2, 0.3), (4, 1, 0.05), (7, 4, 0.6):
        theta, X, y = rng.normal(size=d + 1), rng.normal(size=(n, d)), rng.normal(size=n)
        aim = []
        for k in range(d + 1):
            sides = [[t + sign * h * (j == k) for j, t in enumerate(theta.tolist())] for sign in (1, -1)]
            up, down = (_loss(side, X.tolist(), y.tolist()) for side in sides)
            aim.append((up - down) / (2 * h))
        ask.close(ask.call("numerical_gradient", theta, X, y, h), aim, rtol=1e-6, atol=1e-9)


def _loss(theta: list[float], X: list[list[float]], y: list[float]) -> float:
    """The loss of one tanh neuron, by loops."""
    total = 0.0
    for row, target in zip(X, y, strict=True):
        z = sum(w * x for w, x in zip(theta, row, strict=False)) + theta[-1]
        total += (math.tanh(z) - target) ** 2
    return total / len(y)


numerical_gradient.hints(
    "Loop over the entries of theta. For each one: the loss with h added, and the loss with h subtracted.",
    "Copy theta before you change an entry, or put the entry back afterwards.",
    "gradient[k] = (neuron_loss(theta + step, X, y) - neuron_loss(theta - step, X, y)) / (2 * h), where step is 0 but "
    "for its entry k, which is h.",
)


def _differences(theta, X, y, h, *, quotient=None, move=None, kept=True):
    """Central differences with one step replaced."""
    theta, gradient = np.array(theta), np.zeros(len(theta))
    for k in range(len(theta)):
        change = np.eye(len(theta))[k] * h if move is None else move(theta, k, h)
        up, at, down = (_loss((theta + s * change).tolist(), X.tolist(), y.tolist()) for s in (1, 0, -1))
        gradient[k] = quotient(up, at, down, h) if quotient else (up - down) / (2 * h)
        if not kept:
            theta = theta - change
    return gradient


@numerical_gradient.slip("a forward difference, (L(θ + h) - L(θ)) / h. The central one goes to both sides.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h, quotient=lambda up, at, down, h: (up - at) / h)


@numerical_gradient.slip("a backward difference, (L(θ) - L(θ - h)) / h. The central one goes to both sides.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h, quotient=lambda up, at, down, h: (at - down) / h)


@numerical_gradient.slip("half the step: go up by h and down by h, so that the two points lie 2h apart.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h / 2)


@numerical_gradient.slip("twice too large: from θ - h to θ + h the distance is 2h.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h, quotient=lambda up, at, down, h: (up - down) / h)


@numerical_gradient.slip("`/ 2 * h` divides by 2 and then multiplies by h: write `/ (2 * h)`.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h, quotient=lambda up, at, down, h: (up - down) / 2 * h)


@numerical_gradient.slip("the sign: the loss above minus the loss below, not the other way round.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h, quotient=lambda up, at, down, h: (down - up) / (2 * h))


@numerical_gradient.slip("all entries are changed at once. Change one, and leave all others as they are.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h, move=lambda theta, k, h: h * np.ones(len(theta)))


@numerical_gradient.slip("an entry is not put back before the next one is changed: work on a copy of theta.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h, kept=False)


@numerical_gradient.slip("the bias is missing: theta has d + 1 entries, and so has its gradient.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h)[:-1]


@numerical_gradient.slip("the last entry was left at 0: the bias is a parameter too.")
def _(theta, X, y, h):
    return np.append(_differences(theta, X, y, h)[:-1], 0.0)


@numerical_gradient.slip(
    "this is (nearly) the exact gradient: from a formula, or with a step of your own. Use the step h that is given."
)
def _(theta, X, y, h):
    a = np.tanh(X @ theta[:-1] + theta[-1])
    delta = 2 * (a - y) * (1 - a**2) / len(y)
    return np.append(delta @ X, delta.sum())


@numerical_gradient.slip("the step is h times the parameter here. It is h, whatever the parameter.")
def _(theta, X, y, h):
    return _differences(theta, X, y, h, move=lambda theta, k, h: np.eye(len(theta))[k] * h * theta[k])


# 08.4 -----------------------------------------------------------------------------------------------------------------
@exercise("08.4", "Find the bugs with a gradient check", reads=("bugs", "repaired"), points=3)
def repaired(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    named = set(ask.letters("bugs"))
    count = (
        f"named are {len(named & set('CFI'))} of the three wrong lines, and {len(named - set('CFI'))} that are right"
    )
    ask.true(named == set("CFI"), f"got       {ask.replies[-1]!r}\n{count}", given="bugs")
    for n, d, m in (5, 3, 3), (7, 2, 4), (1, 3, 2):
        X, Y = rng.normal(size=(n, d)) + 0.3, rng.integers(0, 2, size=(n, 1)).astype(float)
        W1, b1, W2, b2 = (rng.normal(size=shape) for shape in ((m, d), m, (1, m), 1))

        def loss(W1, b1, W2, b2, X=X, Y=Y):
            hidden = torch.sigmoid(torch.nn.functional.linear(torch.tensor(X), W1, b1))
            logits = torch.nn.functional.linear(hidden, W2, b2)
            return torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(Y))

        told = f"X of shape {X.shape}, {m} hidden neurons"
        names = "dW1", "db1", "dW2", "db2"
        reply = ask.parts(ask.call("repaired", X, Y, W1, b1, W2, b2), *names, given=told)
        for name, got, aim in zip(names, reply, _autograd(loss, W1, b1, W2, b2), strict=True):
            ask.close(got, aim, given=f"{name}, with {told}", **NEAR)


repaired.hints(
    "Begin with W2 and b2: the ratio is 5.000, and there are 5 samples. Which line should know of n?",
    "Then the first layer. The derivative of the sigmoid is σ(z) (1 - σ(z)), and A1 is σ(Z1) already. And which line "
    "does not do what equation (B4) says?",
    "delta2 / len(X); A1 * (1 - A1); delta1.sum(axis=0).",
)


def _friend(X, Y, W1, b1, W2, b2, *, mean=True, slope=lambda Z, A: A * (1 - A), bias=lambda d: d.sum(axis=0)):
    """The friend's function; each of its three bugs can be put back."""
    Z1 = X @ W1.T + b1
    A1 = scipy.special.expit(Z1)
    delta2 = (scipy.special.expit(A1 @ W2.T + b2) - Y) / (len(X) if mean else 1)
    delta1 = (delta2 @ W2) * slope(Z1, A1)
    return delta1.T @ X, bias(delta1), delta2.T @ A1, delta2.sum(axis=0)


def _twice(Z, A):
    return scipy.special.expit(A) * (1 - scipy.special.expit(A))


def _average(delta):
    return delta.mean(axis=0)


def _wrong(sentence, bugs="cfi", function=_friend, **options):
    repaired.slip(sentence, make=True)(lambda: {"bugs": bugs, "repaired": lambda *p: function(*p, **options)})


_wrong(
    "line h is equation (B3), as it should be: dW1 is wrong because the delta1 that it is given is wrong.", bugs="cfh"
)
_wrong("line e adds over the samples, as equation (B4) says: db2 is wrong because delta2 is.", bugs="cef")
_wrong("line g is equation (B2), with W2 not transposed. Look at what it multiplies by.", bugs="cgi")
_wrong("lines d and e are right: the constant ratio 5 comes from what both use.", bugs="dei")
_wrong("the forward lines a and b are right: they are those of friends_loss.", bugs="abc")
_wrong("the letters are right; the function still has all three bugs.", mean=False, slope=_twice, bias=_average)
_wrong("the 1/n is still missing: the loss is a mean, so delta2 is divided by len(X).", mean=False)
_wrong("the slope still takes the sigmoid twice: A1 is σ(Z1) already, so it is A1 * (1 - A1).", slope=_twice)
_wrong("db1 is still a mean. The 1/n is in the deltas; equation (B4) adds over the samples.", bias=_average)
_wrong(
    "the slope is taken of the sums, Z1 * (1 - Z1). The sigmoid's derivative is A1 * (1 - A1).",
    slope=lambda Z, A: Z * (1 - Z),
)
_wrong("the slope is that of tanh, 1 - A1². For the sigmoid it is A1 * (1 - A1).", slope=lambda Z, A: 1 - A**2)
_wrong("db1 is one number: sum over the samples only, axis=0.", bias=lambda delta: delta.sum())


def _late(*p):
    dW1, db1, dW2, db2 = _friend(*p, mean=False)
    return dW1, db1, dW2 / len(p[0]), db2 / len(p[0])


_wrong(
    "dW2 and db2 are divided by n, but delta1 was made of a delta2 without it: divide delta2 itself.", function=_late
)


# 08.5 -----------------------------------------------------------------------------------------------------------------
@exercise("08.5", "Two more operations", reads=("divide", "sigmoid_node"))
def nodes(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    signs = rng.choice([-1, 1], size=2)
    for u, v in (
        (float(rng.uniform(2, 4)), float(rng.uniform(0.3, 0.8))),
        (*(signs * rng.uniform(1.5, 5, size=2)),),
        (0.0, -3.0),
    ):
        u, v = float(u), float(v)
        ask.close(ask.call("divide", u, v), [u / v, *_autograd(lambda a, b: a / b, u, v)], **NEAR)
    for z in (*rng.uniform(0.5, 3, size=2) * [1, -1], -1000.0, 1000.0, 0.0):
        z = float(z)
        value = torch.sigmoid(torch.tensor(z, dtype=torch.float64)).item()
        ask.close(ask.call("sigmoid_node", z), [value, *_autograd(torch.sigmoid, z)], **NEAR)


nodes.hints(
    "u / v is u times 1/v. Hold v fixed for one derivative, and u for the other.",
    "The derivative of 1/v is -1/v². For the sigmoid s the derivative is s (1 - s).",
    "Where does exp overflow? exp(-|z|) never does; take σ(z) = 1 - σ(-z) for negative z, or exp(z) / (1 + exp(z)).",
)


def _divide(u, v):
    return u / v, 1 / v, -u / v**2


def _sigmoid_node(z):
    s = scipy.special.expit(z)
    return s, s * (1 - s)


def _node(sentence, divide=_divide, sigmoid_node=_sigmoid_node):
    nodes.slip(sentence, make=True)(lambda: {"divide": divide, "sigmoid_node": sigmoid_node})


_node(
    "the sign of the second derivative: if v grows, a positive u / v falls.",
    divide=lambda u, v: (u / v, 1 / v, u / v**2),
)
_node("the derivative for v needs v²: that of 1/v is -1/v².", divide=lambda u, v: (u / v, 1 / v, -u / v))
_node("the derivative for v needs the factor u.", divide=lambda u, v: (u / v, 1 / v, -1 / v**2))
_node("these are the local derivatives of u · v.", divide=lambda u, v: (u / v, v, u))
_node("the derivatives have changed places: first that for u.", divide=lambda u, v: (u / v, -u / v**2, 1 / v))
_node("the derivative for u is 1/v, not 1: v stands in the denominator.", divide=lambda u, v: (u / v, 1.0, -u / v**2))
_node("only the result of the division: its two local derivatives are asked too.", divide=lambda u, v: u / v)
_node(
    "the second number is σ(s) (1 - σ(s)) with s = σ(z): the sigmoid was taken twice.",
    sigmoid_node=lambda z: (_sigmoid_node(z)[0], _sigmoid_node(_sigmoid_node(z)[0])[1]),
)
_node(
    "1 - s² is the derivative of tanh. For the sigmoid it is s (1 - s).",
    sigmoid_node=lambda z: (_sigmoid_node(z)[0], 1 - _sigmoid_node(z)[0] ** 2),
)
_node("z (1 - z): put the result s in, not z.", sigmoid_node=lambda z: (_sigmoid_node(z)[0], z * (1 - z)))
_node(
    "exp(-z) is infinite for z = -1000, and infinite / infinite is nan. Use exp(-|z|), or s (1 - s).",
    sigmoid_node=lambda z: (1 / (1 + np.exp(-z)), np.exp(-z) / (1 + np.exp(-z)) ** 2),
)
_node(
    "exp(z) is infinite for z = 1000, and infinite / infinite is nan. Use exp(-|z|) and choose by the sign of z.",
    sigmoid_node=lambda z: (s := np.exp(z) / (1 + np.exp(z)), s * (1 - s)),
)
_node(
    "math.exp raises an error above about 709: never give it a large positive number.",
    sigmoid_node=lambda z: (s := 1 / (1 + math.exp(-z)), s * (1 - s)),
)


# 08.6 -----------------------------------------------------------------------------------------------------------------
@exercise("08.6", "The sweep, on a list", reads="graph_gradients", points=2)
def graph_gradients(ask: Ask, rng: np.random.Generator) -> None:
    # Number 3 is a square, 2 and 3 are used twice, 5 leads nowhere.
    fixed: list[list[int]] = [[], [], [0], [0, 0], [2, 3, 1], [3], [4, 2]]
    drawn = [[], [], *(rng.integers(0, k, size=2).tolist() for k in range(2, 8)), [7, 3]]
    graphs: list[list[list[int]]] = [fixed, drawn, [[]], [[], [0], [1]]]
    for parents in graphs:
        slopes = [[_slope(rng) for _ in before] for before in parents]
        # Oracle: each gradient is 1 for the result, plus what its users send. A linear system, without any order.
        system = np.eye(len(parents))
        for k, before in enumerate(parents):
            for parent, slope in zip(before, slopes[k], strict=True):
                system[parent, k] -= slope
        aim = np.linalg.solve(system, np.eye(len(parents))[-1])
        ask.close(ask.call("graph_gradients", parents, slopes), aim, rtol=1e-6, atol=1e-9)


def _slope(rng: np.random.Generator) -> float:
    return float(rng.choice([-1, 1]) * rng.uniform(0.4, 2.5))


graph_gradients.hints(
    "The derivative of the result for itself is 1, and that of all others begins at 0. In which direction do you go?",
    "Go from the last number to the first. When its turn comes, a number's own gradient is complete, because all that "
    "was made of it stands after it.",
    "for parent, slope in zip(parents[k], slopes[k]): grads[parent] += grads[k] * slope",
)


def _go_back(parents, slopes, *, send=lambda own, new: own + new, link=lambda g, s: g * s, seeds=None, order=reversed):
    grads = [0.0] * len(parents)
    for k in [len(parents) - 1] if seeds is None else seeds(parents):
        grads[k] = 1.0
    for k in order(range(len(parents))):
        for parent, slope in zip(parents[k], slopes[k], strict=True):
            grads[parent] = send(grads[parent], link(grads[k], slope))
    return grads


@graph_gradients.slip("`=` in place of `+=`: a number that is used twice keeps only the part that came last.")
def _(parents, slopes):
    return _go_back(parents, slopes, send=lambda own, new: new)


@graph_gradients.slip(
    "only the parents of the result got anything. Go from the last number to the first, so that a number passes on its "
    "gradient when it is complete."
)
def _(parents, slopes):
    return _go_back(parents, slopes, order=iter)


@graph_gradients.slip("along a path the local derivatives are multiplied, not added.")
def _(parents, slopes):
    return _go_back(parents, slopes, link=lambda g, s: g + s)


@graph_gradients.slip("nothing but zeros: the gradient of the result for itself is 1, and everything starts from it.")
def _(parents, slopes):
    return _go_back(parents, slopes, seeds=lambda parents: [])


@graph_gradients.slip("the local derivatives alone: multiply each by the gradient of the number that it leads to.")
def _(parents, slopes):
    return _go_back(parents, slopes, link=lambda g, s: s)


@graph_gradients.slip("a number that is no part of the result got a 1. Only the last number starts with 1.")
def _(parents, slopes):
    used = {p for before in parents for p in before}
    return _go_back(parents, slopes, seeds=lambda parents: [k for k in range(len(parents)) if k not in used])


@graph_gradients.slip("every number started with 1. Only the result does; all others begin with 0.")
def _(parents, slopes):
    return _go_back(parents, slopes, seeds=lambda parents: range(len(parents)))


@graph_gradients.slip("a number that stands twice among the parents, as in x * x, counts twice.")
def _(parents, slopes):
    once = [dict(zip(before, own, strict=True)) for before, own in zip(parents, slopes, strict=True)]
    return _go_back([list(o) for o in once], [list(o.values()) for o in once])


@graph_gradients.slip("the gradient of the result is missing from the list: it is 1, and it stands last.")
def _(parents, slopes):
    return _go_back(parents, slopes)[:-1]


@graph_gradients.slip("the list is in the order of the walk, from the result back. Number 0 comes first.")
def _(parents, slopes):
    return _go_back(parents, slopes)[::-1]
