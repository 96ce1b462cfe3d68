"""The exercises of chapter 06, the multilayer perceptron: cases, oracles, hints and slips.

Shapes are the chapter's: a batch X is [n, inputs], a weight matrix W is [outputs, inputs], a bias b is [outputs].
"""

from itertools import pairwise
from typing import Any

import numpy as np
import scipy.special

from nnlab.exercises.box import Net
from nnlab.exercises.core import Ask, exercise

# Learners may compute in float32; what a slip changes is far larger.
NEAR: Any = {"rtol": 1e-4, "atol": 1e-5}


def _layers(rng: np.random.Generator, *sizes: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Random weights [out, in] and biases [out], no bias near 0, for the layer sizes of one MLP."""
    weights = [rng.normal(size=(out, into)) for into, out in pairwise(sizes)]
    biases = [rng.choice([-1, 1], size=out) * rng.uniform(0.5, 1.5, size=out) for out in sizes[1:]]
    return weights, biases


def _relu(z):
    return np.maximum(z, 0)


# 06.1 -----------------------------------------------------------------------------------------------------------------
@exercise("06.1", "The forward pass of an MLP", reads="forward", points=2)
def forward(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    for n, sizes in (7, (3, 2)), (5, (2, 4, 3)), (6, (3, 5, 4, 2)):
        X = rng.normal(size=(n, sizes[0])) - 0.3
        weights, biases = _layers(rng, *sizes)
        aim = torch.as_tensor(X)
        for number, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
            aim = torch.nn.functional.linear(aim, torch.as_tensor(W), torch.as_tensor(b))
            aim = torch.relu(aim) if number < len(weights) else aim
        told = f"a network of {'-'.join(map(str, sizes))} neurons, X of shape {X.shape}"
        ask.close(ask.call("forward", X, weights, biases), aim, given=told, **NEAR)


forward.hints(
    "Go through the layers one by one: what leaves one layer enters the next.",
    "One layer is A @ W.T + b. The bias has shape (out,), so NumPy adds it to every row.",
    "Loop over zip(weights[:-1], biases[:-1]) with ReLU; after the loop do the last layer without it.",
)


def _pass(X, weights, biases, hidden=_relu, last=lambda z: z):
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        X = hidden(X @ W.T + b)
    return last(X @ weights[-1].T + biases[-1])


@forward.slip("the last layer has a ReLU too. Leave it plain: otherwise the network can never give a negative number")
def _(X, weights, biases):
    return _pass(X, weights, biases, last=_relu)


@forward.slip("there is no ReLU between the layers: the network has collapsed into one linear map")
def _(X, weights, biases):
    return _pass(X, weights, biases, hidden=lambda z: z)


@forward.slip("the biases are missing: every neuron adds its own")
def _(X, weights, biases):
    return _pass(X, weights, [0 * b for b in biases])


@forward.slip("W has shape (out, in), and a row of X has length in: you need X @ W.T")
def _(X, weights, biases):
    return _pass(X, [W.T for W in weights], biases)


@forward.slip("only the first and the last layer are used: loop over all of them")
def _(X, weights, biases):
    if len(weights) == 1:
        return _pass(X, weights, biases)
    return _relu(X @ weights[0].T + biases[0]) @ weights[1].T + biases[1]


@forward.slip("the ReLU comes before the layer, on its input. It comes after: first W and b, then ReLU")
def _(X, weights, biases):
    for W, b in zip(weights, biases, strict=True):
        X = _relu(X) @ W.T + b
    return X


@forward.slip("the hidden layers have a sigmoid; this network has ReLU")
def _(X, weights, biases):
    return _pass(X, weights, biases, hidden=scipy.special.expit)


# 06.2 -----------------------------------------------------------------------------------------------------------------
@exercise("06.2", "Count the parameters", reads="count_parameters")
def count_parameters(ask: Ask, rng: np.random.Generator) -> None:
    from torch import nn

    drawn = [int(k) for k in rng.permutation(np.arange(2, 10))[:5]]
    for sizes in [4, 3, 2, 3], [4, 5, 3], drawn, drawn[3:]:
        layers = [nn.Linear(into, out, device="meta") for into, out in pairwise(sizes)]
        ask.equal(ask.call("count_parameters", sizes), sum(p.numel() for layer in layers for p in layer.parameters()))


count_parameters.hints(
    "Count one layer first: how many arrows enter one of its neurons? And what does each neuron own besides?",
    "A layer from m inputs to k neurons has m·k weights and k biases: (m + 1)·k.",
    "zip(sizes, sizes[1:]) gives the pairs (m, k), one for each layer; the inputs are no layer of neurons.",
)


@count_parameters.slip("only the weights are counted. Each neuron has a bias too, though no arrow shows it")
def _(sizes):
    return sum(m * k for m, k in pairwise(sizes))


@count_parameters.slip(
    "the inputs got a bias as well. They are numbers that come in: they compute nothing and own nothing"
)
def _(sizes):
    return sum(m * k for m, k in pairwise(sizes)) + sum(sizes)


@count_parameters.slip("one bias for each layer is counted. Each neuron has its own")
def _(sizes):
    return sum(m * k + 1 for m, k in pairwise(sizes))


@count_parameters.slip("a bias for each input of a layer is counted; it is one for each neuron of the layer")
def _(sizes):
    return sum(m * k + m for m, k in pairwise(sizes))


@count_parameters.slip("the output layer is missing: its neurons have weights and biases as well")
def _(sizes):
    return sum(m * k + k for m, k in pairwise(sizes[:-1]))


@count_parameters.slip("32 is right for one network. The function has to work from `sizes`")
def _(sizes):
    return 32


# 06.3 -----------------------------------------------------------------------------------------------------------------
@exercise("06.3", "The collapse, for any depth", reads="collapse", points=2)
def collapse(ask: Ask, rng: np.random.Generator) -> None:
    # The square one first: there a wrong product has a shape too, and can be told from other slips.
    for sizes in (3, 3, 3), (2, 5, 4, 3):
        weights, biases = _layers(rng, *sizes)
        # Brute force: where the stack of layers sends the origin and the unit vectors says all about an affine map.
        at = np.vstack([np.zeros(sizes[0]), np.eye(sizes[0])])
        for W, b in zip(weights, biases, strict=True):
            at = np.einsum("ni,oi->no", at, W) + b
        told = f"linear layers of {'-'.join(map(str, sizes))} neurons"
        ask.close(ask.call("collapse", weights, biases), [(at[1:] - at[0]).T, at[0]], given=told, **NEAR)


collapse.hints(
    "Write the second layer's result with the first one put in: W2 (W1 x + b1) + b2. Multiply out.",
    "Two layers give W = W2 @ W1 and b = W2 @ b1 + b2. Then the pair (W, b) is one layer, and takes in the next one.",
    "Start with W, b = weights[0], biases[0]; for every further V, c set W, b = V @ W, V @ b + c.",
)


def _fold(weights, biases, combine):
    W, b = weights[0], biases[0]
    for V, c in zip(weights[1:], biases[1:], strict=True):
        W, b = combine(V, c, W, b)
    return W, b


@collapse.slip("the first bias is lost: it goes through the second layer's weights as well, W2 @ b1 + b2")
def _(weights, biases):
    return _fold(weights, biases, lambda V, c, W, b: (V @ W, c))


@collapse.slip("the biases are just added. The earlier one goes through the later weights first: W2 @ b1 + b2")
def _(weights, biases):
    return _fold(weights, biases, lambda V, c, W, b: (V @ W, b + c))


@collapse.slip("the product is in the wrong order: the layer that acts first stands on the right, W2 @ W1")
def _(weights, biases):
    return _fold(weights, biases, lambda V, c, W, b: (W @ V, V @ b + c))


@collapse.slip("W was overwritten before b used it: b goes through the weights V of the new layer alone, V @ b + c")
def _(weights, biases):
    return _fold(weights, biases, lambda V, c, W, b: (V @ W, V @ W @ b + c))


@collapse.slip("W is transposed: it must have shape (outputs, inputs), as every layer of the chapter")
def _(weights, biases):
    W, b = _fold(weights, biases, lambda V, c, W, b: (V @ W, V @ b + c))
    return W.T, b


@collapse.slip("only the first two layers are combined: go on until the last")
def _(weights, biases):
    return weights[1] @ weights[0], weights[1] @ biases[0] + biases[1]


@collapse.slip("this is only W: the collapsed layer has a bias too, so return the pair W, b")
def _(weights, biases):
    return _fold(weights, biases, lambda V, c, W, b: (V @ W, c))[0]


# 06.4 -----------------------------------------------------------------------------------------------------------------
@exercise("06.4", "A softmax that does not overflow", reads="softmax", points=2)
def softmax(ask: Ask, rng: np.random.Generator) -> None:
    usual = rng.normal(scale=2, size=(5, 3)) + 0.7
    far = np.array([[1000.0, 999.0, 995.0, -3.0], [-1001.0, -1000.0, -1002.0, -1000.5], [2000.0, 0.0, 1.0, -1.0]])
    for Z in usual, far + rng.normal(size=(3, 1)):
        ask.close(ask.call("softmax", Z), scipy.special.softmax(Z, axis=1), **NEAR)


softmax.hints(
    "What is np.exp(1000)? Which number may you subtract from a whole row and leave the result as it is?",
    "Subtract from each row its own largest entry: then the largest exponent is 0, and exp never exceeds 1.",
    "E = np.exp(Z - Z.max(axis=1, keepdims=True)), then divide E by E.sum(axis=1, keepdims=True).",
)


@softmax.slip("overflow: exp(1000) is infinite, and inf / inf is nan. Subtract something from the row first")
def _(Z):
    E = np.exp(Z)
    return E / E.sum(axis=1, keepdims=True)


@softmax.slip("the columns sum to 1 here. A row is one sample: sum along axis=1")
def _(Z):
    return scipy.special.softmax(Z, axis=0)


@softmax.slip("the whole batch sums to 1 here; each row must, on its own")
def _(Z):
    return scipy.special.softmax(Z)


@softmax.slip("the mean of the row is subtracted: in a row of wide spread exp still overflows. Subtract the maximum")
def _(Z):
    E = np.exp(Z - Z.mean(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@softmax.slip("one maximum for the whole batch is subtracted: a row far below it becomes 0 / 0. Each row needs its own")
def _(Z):
    E = np.exp(Z - Z.max())
    return E / E.sum(axis=1, keepdims=True)


@softmax.slip("this is a sigmoid of each number: the rows do not sum to 1")
def _(Z):
    return scipy.special.expit(Z)


@softmax.slip("this is the logarithm of the softmax: take exp at the end")
def _(Z):
    return scipy.special.log_softmax(Z, axis=1)


@softmax.slip("the exponentials are not yet divided by the sum of their row: the rows do not sum to 1")
def _(Z):
    return np.exp(Z - Z.max(axis=1, keepdims=True))


# 06.5 -----------------------------------------------------------------------------------------------------------------
@exercise("06.5", "Binary cross-entropy from logits", reads="bce_with_logits", points=2)
def bce_with_logits(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    usual = rng.normal(scale=2, size=7)
    far = np.array([-800.0, 800.0, -800.0, 60.0, 800.0, 1.5])
    for z, y in (usual, np.array([1.0, 0, 0, 1, 1, 1, 0])), (far, np.array([0.0, 1, 1, 0, 0, 1])):
        aim = torch.nn.functional.binary_cross_entropy_with_logits(torch.as_tensor(z), torch.as_tensor(y))
        ask.close(ask.call("bce_with_logits", z, y), aim.item(), **NEAR)


bce_with_logits.hints(
    "A sample costs log(1 + exp(-z)) where y = 1, and log(1 + exp(z)) where y = 0. Which exponents are dangerous?",
    "log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|)) for every z: now the exponent is never positive.",
    "np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))).",
)


def _bce(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


@bce_with_logits.slip(
    "for large logits exp is infinite, or the sigmoid exactly 0 or 1 and its log infinite; 0 times that is nan. Find a "
    "form of log(1 + exp(z)) in which no exponent is positive"
)
def _(z, y):
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@bce_with_logits.slip("exp(800) is infinite: rewrite log(1 + exp(z)) so that the exponent is never positive")
def _(z, y):
    return np.mean(np.where(y == 1, np.log(1 + np.exp(-z)), np.log(1 + np.exp(z))))


@bce_with_logits.slip(
    "clipping the probabilities hides the overflow and makes the loss too small: a confident error must cost all of |z|"
)
def _(z, y):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@bce_with_logits.slip("the sum over the batch is taken; the loss is the mean")
def _(z, y):
    return np.sum(_bce(z, y))


@bce_with_logits.slip("the sign: a loss is never negative, so a minus is missing")
def _(z, y):
    return -np.mean(_bce(z, y))


@bce_with_logits.slip("the two classes have changed places: where y = 1, a large z must cost little")
def _(z, y):
    return np.mean(_bce(z, 1 - y))


@bce_with_logits.slip("only the samples with y = 1 count here: those with y = 0 have a term as well")
def _(z, y):
    return np.mean(y * _bce(z, y))


@bce_with_logits.slip("there is one loss for each sample here: return their mean")
def _(z, y):
    return _bce(z, y)


@bce_with_logits.slip("the logits are used as if they were probabilities: the sigmoid is missing")
def _(z, y):
    return -np.mean(y * np.log(z) + (1 - y) * np.log(1 - z))


# 06.6 -----------------------------------------------------------------------------------------------------------------
@exercise("06.6", "Count the parameters of a fitted network", reads="count_fitted")
def count_fitted(ask: Ask, rng: np.random.Generator) -> None:
    for sizes in (2, 8, 6, 1), tuple(int(k) for k in rng.permutation(np.arange(2, 8))[:4]):
        weights, biases = _layers(rng, *sizes)
        coefs, intercepts = [W.T.copy() for W in weights], biases
        coefs[0][0, :2] = 0.0  # a weight that training has left at 0 is still a parameter
        aim = sum((into + 1) * out for into, out in pairwise(sizes))
        told = f"coefs of shapes {[c.shape for c in coefs]}, intercepts of shapes {[b.shape for b in intercepts]}"
        ask.equal(ask.call("count_fitted", coefs, intercepts), aim, given=told)


count_fitted.hints(
    "Print the shapes of coefs_ and of intercepts_. Which number of the first does each length of the second repeat?",
    "An array's .size is the number of its entries; a list's len is not.",
    "sum(W.size for W in coefs) + sum(b.size for b in intercepts).",
)


@count_fitted.slip("the intercepts are missing: one bias for each neuron")
def _(coefs, intercepts):
    return sum(W.size for W in coefs)


@count_fitted.slip("only the intercepts are counted: the weights are the larger part")
def _(coefs, intercepts):
    return sum(b.size for b in intercepts)


@count_fitted.slip("len counts the arrays of a list (or the rows of one array), not the numbers in it: use .size")
def _(coefs, intercepts):
    return len(coefs) + len(intercepts)


@count_fitted.slip("len of a matrix is its number of rows. Its .size is rows times columns")
def _(coefs, intercepts):
    return sum(len(W) for W in coefs) + sum(len(b) for b in intercepts)


@count_fitted.slip("only the first layer is counted")
def _(coefs, intercepts):
    return coefs[0].size + intercepts[0].size


@count_fitted.slip(
    "the weights that are 0 were left out. A parameter is a number that can be learned, also when it is 0"
)
def _(coefs, intercepts):
    return sum(np.count_nonzero(W) for W in coefs) + sum(np.count_nonzero(b) for b in intercepts)


@count_fitted.slip("85 is right for one network. The function has to count what it is given")
def _(coefs, intercepts):
    return 85


# 06.7 -----------------------------------------------------------------------------------------------------------------
@exercise("06.7", "Build a network for three species", reads="iris_net", points=2)
def iris_net(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    layers = ask.layers("iris_net")
    kinds = [layer["type"] for layer in layers]
    ask.equal(kinds, ["Linear", "ReLU", "Linear", "ReLU", "Linear"], given="the kinds of the layers, in order")
    linear = [(layer["in_features"], layer["out_features"]) for layer in layers if layer["type"] == "Linear"]
    ask.equal(linear, [(4, 16), (16, 8), (8, 3)], given="the linear layers as (in_features, out_features)")
    ask.true(all(layer["bias"] for layer in layers if layer["type"] == "Linear"), "every linear layer needs its bias")
    # The behaviour, from its own numbers: were two activations declared, and is each used where it stands?
    x = rng.normal(size=(6, 4)).astype(np.float32)
    aim = x.astype(float)
    for at in 0, 2, 4:
        W, b = (np.asarray(ask.value(f"iris_net.{at}.{name}")) for name in ("weight", "bias"))
        aim = aim @ W.T + b
        aim = np.maximum(aim, 0) if at < 4 else aim
    told = f"iris_net(x) for a batch x of shape {x.shape}"
    ask.close(ask.call("iris_net", torch.as_tensor(x)), aim, given=told, **NEAR)


iris_net.hints(
    "Four measurements come in, three logits go out. How many nn.Linear do two hidden layers need?",
    "nn.Sequential(nn.Linear(4, 16), nn.ReLU(), ...): the out of one layer is the in of the next.",
    "nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3): the loss takes logits.",
)


def _sequential(*spec):
    from torch import nn

    return nn.Sequential(*(nn.Linear(*s) if isinstance(s, tuple) else getattr(nn, s)() for s in spec))


@iris_net.slip(
    "a Softmax stands at the end. nn.CrossEntropyLoss takes logits and does that itself: once is enough", make=True
)
def _():
    from torch import nn

    return _sequential((4, 16), "ReLU", (16, 8), "ReLU", (8, 3)).append(nn.Softmax(dim=1))


@iris_net.slip("the last layer has a ReLU: logits must be free to be negative", make=True)
def _():
    return _sequential((4, 16), "ReLU", (16, 8), "ReLU", (8, 3), "ReLU")


@iris_net.slip("there is no activation between the layers: this is one linear map, written three times", make=True)
def _():
    return _sequential((4, 16), (16, 8), (8, 3))


@iris_net.slip("one hidden layer is missing: between 4 inputs and 3 outputs there are 16 and then 8 neurons", make=True)
def _():
    return _sequential((4, 16), "ReLU", (16, 3))


@iris_net.slip("there is one output neuron. Three species need three logits, one for each", make=True)
def _():
    return _sequential((4, 16), "ReLU", (16, 8), "ReLU", (8, 1))


@iris_net.slip("the hidden layers have Sigmoid; here ReLU is asked for", make=True)
def _():
    return _sequential((4, 16), "Sigmoid", (16, 8), "Sigmoid", (8, 3))


@iris_net.slip("the sizes of the two hidden layers have changed places: 16 neurons first, then 8", make=True)
def _():
    return _sequential((4, 8), "ReLU", (8, 16), "ReLU", (16, 3))


# 06.8 -----------------------------------------------------------------------------------------------------------------
@exercise("06.8", "Deep and wide with the same number of parameters", reads=("curve_parameters", "widest"), points=2)
def widest(ask: Ask, rng: np.random.Generator) -> None:
    ask.equal(ask.value("curve_parameters"), 1801, given="curve_parameters, for the network 1-80-20-1")
    n_in, n_out = int(rng.integers(3, 7)), int(rng.integers(7, 10))
    short = int(rng.integers(20, 40)) * (n_in + 1 + n_out) + n_out - 1  # one parameter short of another neuron
    for arguments in (1, 1, 1801), (n_in, n_out, short), (4, 3, 30):
        into, out, budget = arguments
        fits = [h for h in range(budget + 1) if into * h + h + h * out + out <= budget]
        ask.equal(ask.call("widest", *arguments), max(fits))


widest.hints(
    "How many parameters does one more hidden neuron bring: arrows in, arrows out, and what else?",
    "One hidden neuron costs n_in + 1 + n_out. The biases of the outputs, n_out, are to be paid in any case.",
    "(budget - n_out) // (n_in + 1 + n_out); // rounds down, because a part of a neuron does not exist.",
)


def _widest(n_in, n_out, budget):
    return (budget - n_out) // (n_in + 1 + n_out)


@widest.slip("curve_parameters holds only the weights (80 + 1600 + 20): add the biases, 80 + 20 + 1", make=True)
def _():
    return {"curve_parameters": 1700, "widest": _widest}


@widest.slip("the biases of the hidden neurons are not paid for: each new neuron brings one", make=True)
def _():
    return {"curve_parameters": 1801, "widest": lambda n_in, n_out, budget: (budget - n_out) // (n_in + n_out)}


@widest.slip(
    "one neuron too many: are the biases of the outputs paid for, and is a part of a neuron rounded down?", make=True
)
def _():
    return {"curve_parameters": 1801, "widest": lambda n_in, n_out, budget: budget // (n_in + 1 + n_out)}


@widest.slip("a part of a neuron is left over: round down to a whole number", make=True)
def _():
    return {"curve_parameters": 1801, "widest": lambda n_in, n_out, budget: (budget - n_out) / (n_in + 1 + n_out)}


@widest.slip("this rounds up (or to the nearest), and the network no longer fits the budget: round down", make=True)
def _():
    return {"curve_parameters": 1801, "widest": lambda n_in, n_out, budget: -(-(budget - n_out) // (n_in + 1 + n_out))}


@widest.slip("a network that uses the whole budget is allowed: at most, not less than", make=True)
def _():
    return {"curve_parameters": 1801, "widest": lambda n_in, n_out, budget: (budget - n_out - 1) // (n_in + 1 + n_out)}


@widest.slip("the weights from the hidden layer to the outputs are not paid for", make=True)
def _():
    return {"curve_parameters": 1801, "widest": lambda n_in, n_out, budget: (budget - n_out) // (n_in + 1)}


# 06.9 -----------------------------------------------------------------------------------------------------------------
@exercise("06.9", "Find the two bugs of a training loop", reads="train", points=2)
def train(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    for n, width, steps in (8, 3, 4), (11, 5, 6):
        (W, V), (b, c) = _layers(rng, 1, width, 1)
        W, V, b, c = (a.astype(np.float32) for a in (W, V, b, c))
        x = rng.normal(size=(n, 1)).astype(np.float32)
        y = (x[:, 0] ** 2 + rng.normal(size=n) + 1).astype(np.float32)
        lr = 0.02
        aim = _descend(*(a.astype(float) for a in (W, b, V, c, x, y)), lr=lr, steps=steps)
        net = Net(("Linear", W, b), ("Tanh",), ("Linear", V, c))
        reply = ask.call("train", net, torch.as_tensor(x), torch.as_tensor(y), lr, steps)
        told = f"a 1-{width}-1 network, X of shape {x.shape}, y of shape {y.shape}, lr {lr}, {steps} steps"
        ask.close(reply, aim, given=told, rtol=1e-3, atol=1e-5)


def _descend(W, b, V, c, x, y, *, lr, steps):
    """The MSE before each step of gradient descent for a 1-h-1 tanh network, gradients written out by hand."""
    losses = []
    for _ in range(steps):
        A = np.tanh(x @ W.T + b)
        r = A @ V.T + c - y[:, None]
        losses.append(float(np.mean(r**2)))
        g = 2 * r / len(y)
        back = (g @ V) * (1 - A**2)
        V, c = V - lr * g.T @ A, c - lr * g.sum(axis=0)
        W, b = W - lr * back.T @ x, b - lr * back.sum(axis=0)
    return losses


train.hints(
    "Print net(X).shape and y.shape. What does NumPy, or PyTorch, make of their difference?",
    "One bug is a shape: y must be a column, (n, 1). The other: what does backward() do with the gradients of before?",
    "Compare net(X) with y.unsqueeze(1), and call optimizer.zero_grad() before loss.backward().",
)


def _train(net, X, y, lr, steps, *, column=True, clear="before", reduction="mean", late=False):
    """The loop with its faults as options: the target's shape, when gradients are cleared, what is recorded."""
    import torch

    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    measure = torch.nn.MSELoss(reduction=reduction)
    y = y.unsqueeze(1) if column else y
    losses = []
    for _ in range(steps):
        loss = measure(net(X), y)
        if clear == "before":
            optimizer.zero_grad()
        loss.backward()
        if clear == "after":
            optimizer.zero_grad()
        optimizer.step()
        losses.append((measure(net(X), y) if late else loss).item())
    return losses


@train.slip("both bugs still stand")
def _(net, X, y, lr, steps):
    return _train(net, X, y, lr, steps, column=False, clear="never")


@train.slip("the shapes still do not fit: (n, 1) minus (n,) is (n, n), every prediction against every target")
def _(net, X, y, lr, steps):
    return _train(net, X, y, lr, steps, column=False)


@train.slip("the shapes are right; the gradients still pile up from step to step: clear them before backward()")
def _(net, X, y, lr, steps):
    return _train(net, X, y, lr, steps, clear="never")


@train.slip("the loss never changes: is step() there, and are the gradients cleared before backward(), not after it?")
def _(net, X, y, lr, steps):
    return _train(net, X, y, lr, steps, clear="after")


@train.slip("the loss is recorded after the step; the loop records the loss that it takes the step from")
def _(net, X, y, lr, steps):
    return _train(net, X, y, lr, steps, late=True)


@train.slip("the loss is the sum over the batch; it is to be the mean")
def _(net, X, y, lr, steps):
    return _train(net, X, y, lr, steps, reduction="sum")
