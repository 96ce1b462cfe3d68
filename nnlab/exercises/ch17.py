"""The exercises of chapter 17, transfer learning: cases, oracles, hints and slips.

A net is sent as plain data and arrives as a chain of torch modules. Shapes are the chapter's: a batch is [n, d].
"""

import copy
from itertools import pairwise
from typing import Any

import numpy as np

from nnlab.exercises.box import Net
from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-3, "atol": 1e-4}  # float32 through several layers; what a slip changes is far larger


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def _linear(rng: np.random.Generator, inputs: int, outputs: int) -> tuple:
    return "Linear", _normal(rng, outputs, inputs) / np.float32(inputs**0.5), 0.5 * _normal(rng, outputs)


def _norm(rng: np.random.Generator, size: int) -> tuple:
    """A batch normalisation whose mean and variance are not those of any batch to come."""
    scale, variance = (rng.uniform(0.5, 2, size=size).astype(np.float32) for _ in range(2))
    return "BatchNorm1d", scale, _normal(rng, size), _normal(rng, size), variance


def _tensor(a: np.ndarray) -> Any:
    import torch

    return torch.as_tensor(a)


# 17.1 -----------------------------------------------------------------------------------------------------------------
def _through(layers: list[tuple], x: np.ndarray) -> np.ndarray:
    """Oracle: the layers in evaluation mode, in plain NumPy."""
    x = x.astype(float)
    for kind, *arrays in layers:
        if kind == "Linear":
            x = x @ arrays[0].T + arrays[1]
        elif kind == "BatchNorm1d":
            scale, shift, mean, variance = arrays
            x = (x - mean) / np.sqrt(variance + 1e-5) * scale + shift
        elif kind == "ReLU":
            x = np.maximum(x, 0)
    return x  # dropout does nothing here


@exercise("17.1", "Take features out of a net", reads="extract", points=2)
def extract(ask: Ask, rng: np.random.Generator) -> None:
    d = int(rng.integers(3, 6))
    for sizes, width in ((5, 3), d), ((4, 4, 1), 7), ((6,), 2):
        layers = [
            _linear(rng, width, 6),
            _norm(rng, 6),
            ("ReLU",),
            _linear(rng, 6, 5),
            *((("Dropout",), ("ReLU",)) if len(sizes) == 3 else (("ReLU",), ("Dropout",))),
            _linear(rng, 5, 3),
        ]
        batches = [_normal(rng, n, width) for n in sizes]
        aim = _through(layers[:-1], np.concatenate(batches))
        told = f"a chain of seven layers with batch normalisation and dropout, batches of {', '.join(map(str, sizes))}"
        reply = ask.call("extract", Net(*layers), [_tensor(x) for x in batches])
        ask.close(reply, aim, given=told, **NEAR)


extract.hints(
    "Four steps: take the last layer away, set the evaluation mode, compute without gradients, join the batches.",
    "A chain can be cut like a list: net[:-1] is the same net without its last layer, and it shares its weights.",
    "with torch.no_grad(): parts = [body(x) for x in batches], where body = net[:-1].eval(). Then torch.cat(parts).",
)


def _features(net, batches, *, cut=-1, mode=False, join=None):
    import torch

    body = net[:cut] if cut else net
    body.train(mode)
    parts = [body(x) for x in batches]
    return (join or torch.cat)(parts)


@extract.slip("the net is in training mode: dropout sets features to 0, and the batch normalises itself.")
def _(net, batches):
    return _features(net, batches, mode=True)


@extract.slip("only dropout is switched off: batch normalisation still uses the batch. Set the whole net to eval().")
def _(net, batches):
    import torch
    from torch import nn

    for layer in net:
        layer.train(not isinstance(layer, nn.Dropout))
    return torch.cat([net[:-1](x) for x in batches])


@extract.slip("these are the scores of the last layer. Leave it out: the features are what it reads.")
def _(net, batches):
    return _features(net, batches, cut=None)


@extract.slip("these are the features of the last batch only. Keep those of every batch, and join them.")
def _(net, batches):
    return _features(net, batches, join=lambda parts: parts[-1])


@extract.slip("these are the features of the first batch only. Keep those of every batch, and join them.")
def _(net, batches):
    return _features(net, batches, join=lambda parts: parts[0])


@extract.slip("this is a list with one array for each batch. Join them to one array with torch.cat.")
def _(net, batches):
    return _features(net, batches, join=list)


@extract.slip("the net is cut too early: take away the last layer only. The two before it are part of the features.")
def _(net, batches):
    return _features(net, batches, cut=-4)


@extract.slip("the net is cut too early: take away the last layer only, whatever stands before it.")
def _(net, batches):
    return _features(net, batches, cut=-2)


@extract.slip("the order of the batches has changed: row i of the result belongs to case i.")
def _(net, batches):
    return _features(net, batches[::-1])


# 17.2 -----------------------------------------------------------------------------------------------------------------
def _split_and_tune(net, k, x, y, lr, steps):
    """Oracle: the frozen layers become a fixed function that is computed once; only the rest is a net that trains."""
    import torch

    fixed, moving = copy.deepcopy(net[:k]).eval(), copy.deepcopy(net[k:]).train()
    with torch.no_grad():
        h = fixed(x)
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(moving(h), y)
        gradients = torch.autograd.grad(loss, list(moving.parameters()))
        with torch.no_grad():
            for p, g in zip(moving.parameters(), gradients, strict=True):
                p -= lr * g
    with torch.no_grad():
        return moving.eval()(h).numpy()


@exercise("17.2", "Freeze exactly these layers", reads="fine_tune", points=2)
def fine_tune(ask: Ask, rng: np.random.Generator) -> None:
    from nnlab.exercises.box import _build

    d = int(rng.integers(3, 6))
    for k, steps, lr in (3, 3, 0.3), (6, 2, 0.5), (0, 2, 0.3), (4, 3, 0.3):
        net = Net(
            _linear(rng, d, 6),
            _norm(rng, 6),
            ("ReLU",),
            _linear(rng, 6, 5),
            _norm(rng, 5),
            ("ReLU",),
            _linear(rng, 5, 3),
        )
        x, y = _tensor(_normal(rng, 9, d)), _tensor(rng.permutation(np.arange(9) % 3))
        told = f"a net of 7 layers (0 to 6) of which 1 and 4 are batch normalisations, k = {k}, {steps} steps"
        reply = ask.call("fine_tune", net, k, x, y, lr, steps)
        ask.close(reply, _split_and_tune(_build(net), k, x, y, lr, steps), given=told, **NEAR)


fine_tune.hints(
    "Two things can move in a frozen layer: its parameters, and the mean and variance of a batch normalisation.",
    "requires_grad_(False) stops the first; only eval() stops the second. And net.train() would undo an eval() that "
    "came before it: set the modes in the right order.",
    "net.train(); net[:k].eval(); net[:k].requires_grad_(False). Then the usual steps, and net.eval() at the end.",
)


def _tune(
    net, k, x, y, lr, steps, *, frozen=None, still=None, moving_mode=True, end_eval=True, clear=True, momentum=None
):
    """As the book does it, with one thing changed."""
    import torch

    net.train(moving_mode)
    for layer in net[:k] if still is None else still:
        layer.eval()
    for layer in net[:k] if frozen is None else frozen:
        layer.requires_grad_(False)
    if momentum is not None:
        for layer in net[:k]:
            layer.train()
            layer.momentum = momentum
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for _ in range(steps):
        if clear:
            optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    return (net.eval() if end_eval else net)(x)


@fine_tune.slip(
    "the weights are frozen, but the batch normalisations of the frozen layers still normalise by the batch and still "
    "move their mean and variance. Set the frozen layers to eval()."
)
def _(net, k, x, y, lr, steps):
    return _tune(net, k, x, y, lr, steps, still=[])


@fine_tune.slip("the frozen layers are in evaluation mode, but their parameters still learn: requires_grad_(False).")
def _(net, k, x, y, lr, steps):
    return _tune(net, k, x, y, lr, steps, frozen=[])


@fine_tune.slip("nothing is frozen: all layers learn.")
def _(net, k, x, y, lr, steps):
    return _tune(net, k, x, y, lr, steps, frozen=[], still=[])


@fine_tune.slip("the last k layers are frozen: it is the first k.")
def _(net, k, x, y, lr, steps):
    last = list(net)[len(net) - k :]
    return _tune(net, k, x, y, lr, steps, frozen=last, still=last)


@fine_tune.slip("one layer too many is frozen: layer k is the first that learns.")
def _(net, k, x, y, lr, steps):
    return _tune(net, k + 1, x, y, lr, steps)


@fine_tune.slip("one layer too few is frozen: the frozen ones are 0 to k - 1, which is net[:k].")
def _(net, k, x, y, lr, steps):
    return _tune(net, max(k - 1, 0), x, y, lr, steps)


@fine_tune.slip("k does not count here: everything but the last layer is frozen.")
def _(net, k, x, y, lr, steps):
    return _tune(net, len(net) - 1, x, y, lr, steps)


@fine_tune.slip("the whole net trains in evaluation mode: the layers that learn, from k on, belong in training mode.")
def _(net, k, x, y, lr, steps):
    return _tune(net, k, x, y, lr, steps, moving_mode=False)


@fine_tune.slip("the scores come from a net in training mode: call net.eval() before the last pass.")
def _(net, k, x, y, lr, steps):
    return _tune(net, k, x, y, lr, steps, end_eval=False)


@fine_tune.slip("the gradients of all steps add up: zero_grad() before each backward().")
def _(net, k, x, y, lr, steps):
    return _tune(net, k, x, y, lr, steps, clear=False)


@fine_tune.slip("with momentum 0 the frozen normalisations keep their mean, but they still normalise by the batch.")
def _(net, k, x, y, lr, steps):
    return _tune(net, k, x, y, lr, steps, momentum=0.0)


@fine_tune.slip("one step too few.")
def _(net, k, x, y, lr, steps):
    return _tune(net, k, x, y, lr, steps - 1)


# 17.3 -----------------------------------------------------------------------------------------------------------------
def _rate_of(groups: Any, array: np.ndarray) -> list[float]:
    """The rates of all places in which a parameter stands."""
    found = []
    for group in groups:
        params = group["params"] if isinstance(group["params"], list) else [group["params"]]
        found += [float(group["lr"]) for p in params if np.array_equal(np.asarray(p, np.float32), np.float32(array))]
    return found


@exercise("17.3", "A learning rate for each part", reads="rate_groups", points=2)
def rate_groups(ask: Ask, rng: np.random.Generator) -> None:
    for sizes, lr, factor in ((4, 6, 5, 3), 0.01, 2.6), ((3, 2), 0.5, 10), ((5, 4, 4, 3, 2), 1e-3, 3):
        parts = []
        for inputs, outputs in pairwise(sizes[:-1]):
            parts.append(Net(_linear(rng, inputs, outputs), _norm(rng, outputs), ("ReLU",)))
        parts.append(Net(_linear(rng, *sizes[-2:])))
        told = f"{len(parts)} parts, lr = {lr}, factor = {factor}"
        reply = ask.call("rate_groups", parts, lr, factor)
        good = isinstance(reply, list) and all(isinstance(g, dict) and {"params", "lr"} <= set(g) for g in reply)
        ask.true(good, "a list of dicts is expected, each with the keys 'params' and 'lr'", given=told)
        if not good:
            return
        for number, part in enumerate(parts):
            aim = lr / factor ** (len(parts) - 1 - number)
            names = {"Linear": ("weights", "biases"), "BatchNorm1d": ("scales", "shifts")}
            for kind, *arrays in part.layers:
                for name, array in zip(names.get(kind, ()), arrays, strict=False):
                    rates, what = _rate_of(reply, array), f"the {name} of a {kind} of part {number}"
                    ask.true(bool(rates), f"{what} are in no group", given=told)
                    ask.true(len(rates) < 2, f"{what} are in {len(rates)} groups", given=told)
                    near = bool(rates) and abs(rates[0] / aim - 1) < 1e-4
                    ask.true(near, f"{what} have the rate {(rates or [0])[0]:.5g}, expected {aim:.5g}", given=told)


rate_groups.hints(
    "Which rate has the last part? The one before it? Write the row down for three parts and factor 10.",
    "Part number i is followed by len(parts) - 1 - i others, and its rate is divided by the factor that many times.",
    "[{'params': list(part.parameters()), 'lr': ...} for i, part in enumerate(parts)].",
)


def _grouped(parts, rate, take=lambda part: list(part.parameters())):
    return [{"params": take(part), "lr": rate(i)} for i, part in enumerate(parts)]


@rate_groups.slip("the wrong way round: the last part gets lr, and the parts before it smaller rates.")
def _(parts, lr, factor):
    return _grouped(parts, lambda i: lr / factor**i)


@rate_groups.slip("the first part gets lr and the later ones more: the *last* part is to have lr.")
def _(parts, lr, factor):
    return _grouped(parts, lambda i: lr * factor**i)


@rate_groups.slip("the first parts get larger rates than lr: divide by the factor, do not multiply.")
def _(parts, lr, factor):
    return _grouped(parts, lambda i: lr * factor ** (len(parts) - 1 - i))


@rate_groups.slip("all parts have the same rate.")
def _(parts, lr, factor):
    return _grouped(parts, lambda i: lr)


@rate_groups.slip("one division too many: the last part has lr itself.")
def _(parts, lr, factor):
    return _grouped(parts, lambda i: lr / factor ** (len(parts) - i))


@rate_groups.slip("the rate is divided by factor times the distance; divide by the factor once for each part: a power.")
def _(parts, lr, factor):
    return _grouped(parts, lambda i: lr / max(1, factor * (len(parts) - 1 - i)))


@rate_groups.slip("all parts before the last one have the same rate: divide once more for each part further down.")
def _(parts, lr, factor):
    return _grouped(parts, lambda i: lr if i == len(parts) - 1 else lr / factor)


@rate_groups.slip("only the first layer of each part is in the groups: take part.parameters(), which has all of them.")
def _(parts, lr, factor):
    return _grouped(parts, lambda i: lr / factor ** (len(parts) - 1 - i), lambda part: list(part[0].parameters()))


@rate_groups.slip("only the weights are in the groups, and not the biases: take all of part.parameters().")
def _(parts, lr, factor):
    return _grouped(parts, lambda i: lr / factor ** (len(parts) - 1 - i), lambda part: [part[0].weight])


@rate_groups.slip("the last part only: that is a frozen backbone. Every part is to have its group.")
def _(parts, lr, factor):
    return [{"params": list(parts[-1].parameters()), "lr": lr}]


# 17.4 -----------------------------------------------------------------------------------------------------------------
@exercise("17.4", "Find the bug", reads=("diagnosis", "prepare"), points=2)
def prepare(ask: Ask, rng: np.random.Generator) -> None:
    ask.diagnosis("C", "ABCDE", "does not explain what the friend sees")
    for n, h, w in (6, 5, 5), (1, 4, 7), (2, 1, 1):
        pictures = rng.integers(0, 256, size=(n, h, w)).astype(np.uint8)
        mean, std = round(float(rng.uniform(0.2, 0.6)), 3), round(float(rng.uniform(0.1, 0.4)), 3)
        aim = (pictures.astype(float)[:, None] / 255 - mean) / std
        told = f"pictures of shape {pictures.shape}, mean {mean}, std {std}"
        ask.close(ask.call("prepare", pictures, mean, std), aim, given=told, **NEAR)


prepare.hints(
    "What happens to a picture must not depend on the other pictures of its batch. Read the four lines again.",
    "Two pieces of the friend's second line change with the batch. Where else could these numbers come from?",
    "The pictures were divided by 255 before mean and std were measured. Use the arguments mean and std, which are "
    "those of the source.",
)


def _ready(pictures, mean, std):
    return (pictures[:, None].astype(np.float32) / 255 - mean) / std


def _found(function=_ready, diagnosis="C"):
    return {"diagnosis": diagnosis, "prepare": function}


@prepare.slip("not A: the net is in evaluation mode, as its last line says.", make=True)
def _():
    return _found(diagnosis="A")


@prepare.slip("not B: the same head is right on the same new digits when they come all at once.", make=True)
def _():
    return _found(diagnosis="B")


@prepare.slip("not D: the same digits are read well when they come together. They have not changed.", make=True)
def _():
    return _found(diagnosis="D")


@prepare.slip("not E: a scale of 0…255 in place of 0…1 would be cancelled by the division by the std.", make=True)
def _():
    return _found(diagnosis="E")


@prepare.slip("mean and std are still those of the pictures that were handed in.", make=True)
def _():
    def own(pictures, mean, std):
        x = pictures[:, None].astype(float) / 255
        return (x - x.mean()) / (x.std() or 1)

    return _found(own)


@prepare.slip("these are the friend's lines: mean and std are still those of the pictures handed in.", make=True)
def _():
    def friend(pictures, mean, std):
        import torch

        x = torch.as_tensor(pictures)[:, None].float() / 255
        return (x - x.mean()) / x.std()

    return _found(friend)


@prepare.slip("each picture gets a mean and a std of its own: the right numbers are those of the source.", make=True)
def _():
    def each(pictures, mean, std):
        x = pictures[:, None].astype(float) / 255
        return (x - x.mean((1, 2, 3), keepdims=True)) / (x.std((1, 2, 3), keepdims=True) + 1e-5)

    return _found(each)


@prepare.slip("the division by 255 is missing: mean and std were measured on numbers from 0 to 1.", make=True)
def _():
    return _found(lambda pictures, mean, std: (pictures[:, None].astype(float) - mean) / std)


@prepare.slip("the std is not used.", make=True)
def _():
    return _found(lambda pictures, mean, std: pictures[:, None] / 255 - mean)


@prepare.slip("the mean is not used.", make=True)
def _():
    return _found(lambda pictures, mean, std: pictures[:, None] / 255 / std)


@prepare.slip("the std divides, it does not multiply.", make=True)
def _():
    return _found(lambda pictures, mean, std: (pictures[:, None] / 255 - mean) * std)


@prepare.slip("the mean is taken away last: subtract it first, then divide by the std.", make=True)
def _():
    return _found(lambda pictures, mean, std: pictures[:, None] / 255 / std - mean)


@prepare.slip("the axis of the one channel is missing: (n, 1, height, width).", make=True)
def _():
    return _found(lambda pictures, mean, std: _ready(pictures, mean, std)[:, 0])


@prepare.slip("the channel is the last axis here; torch has it second: (n, 1, height, width).", make=True)
def _():
    return _found(lambda pictures, mean, std: np.moveaxis(_ready(pictures, mean, std), 1, -1))


# 17.5 -----------------------------------------------------------------------------------------------------------------
CLASSES, HIDDEN, INPUTS = 4, 12, 40
GOAL = 0.85


class _Task:
    """A tiny task: four classes, seen through 28 directions of strong noise that the backbone has learnt to ignore.

    The backbone's 12 neurons look at 12 directions of the 40 inputs. A class switches some neurons on; how far the
    others are off is noise, and so is everything in the other 28 directions. The backbone's last layer belongs to its
    old task, for which the first two classes are alike, and so are the last two.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        basis = np.linalg.qr(rng.normal(size=(INPUTS, INPUTS)))[0]
        self.rng, self.seen, self.noise = rng, basis[:HIDDEN], basis[HIDDEN:]
        self.on = np.zeros((CLASSES, HIDDEN))
        for k, neurons in enumerate(rng.permutation(HIDDEN).reshape(CLASSES, -1)):
            self.on[k, neurons] = 1
        old = np.stack([self.on[0] + self.on[1], self.on[2] + self.on[3]])
        self.net = Net(
            ("Linear", self.seen.astype(np.float32), np.zeros(HIDDEN, np.float32)),
            ("ReLU",),
            ("Linear", old.astype(np.float32), np.zeros(2, np.float32)),
        )

    def draw(self, each: int) -> tuple[np.ndarray, np.ndarray]:
        y = self.rng.permutation(np.repeat(np.arange(CLASSES), each))
        on = self.on[y]
        z = np.where(on > 0, self.rng.normal(2, 0.5, on.shape), -np.abs(self.rng.normal(0, 6, on.shape)))
        x = z @ self.seen + self.rng.normal(0, 6, (len(y), INPUTS - HIDDEN)) @ self.noise
        return x.astype(np.float32), y


@exercise("17.5", "Beat the net from scratch", reads="classify", points=3)
def classify(ask: Ask, rng: np.random.Generator) -> None:
    for each in 4, 6, 3:
        task = _Task(rng)
        X, y = task.draw(each)
        X_new, y_new = task.draw(50)
        told = f"{each} cases a class, and {len(y_new)} new ones"
        got = ask.call("classify", task.net, _tensor(X), _tensor(y), _tensor(X_new))
        shape = np.shape(got)
        ask.true(shape == y_new.shape, f"one class for each new case is expected, shape {y_new.shape}; got {shape}")
        if shape != y_new.shape:
            return
        right = float(np.mean(np.asarray(got) == y_new))
        ask.true(right >= GOAL, f"right on {right:.0%} of the new cases; {GOAL:.0%} are asked for", given=told)


classify.hints(
    "What can four cases a class teach? Few numbers. Where do you get few, good inputs from?",
    "Cut off the last layer of the backbone, and send both X and X_new through the rest, without gradients.",
    "On the features, nearly every simple classifier will do: LogisticRegression(max_iter=1000).fit(features, y), or "
    "the class whose mean feature is nearest.",
)


def _simple(X, y, X_new, **options):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000, **options).fit(X, y).predict(X_new)


@classify.slip("the backbone is not used: from so few raw cases nobody can tell signal from noise.")
def _(backbone, X, y, X_new):
    return _simple(X.numpy(), y.numpy(), X_new.numpy())


@classify.slip("the nearest raw case: in 40 noisy inputs distances say little. Use the backbone's features.")
def _(backbone, X, y, X_new):
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(1).fit(X.numpy(), y.numpy()).predict(X_new.numpy())


@classify.slip("the scores of the old task are not enough: two classes look alike in them. Cut before the last layer.")
def _(backbone, X, y, X_new):
    old, new = (backbone(x).detach().numpy() for x in (X, X_new))
    return _simple(old, y.numpy(), new, C=1e3)


@classify.slip("these are scores of the old task, too few to tell four classes. Cut before the last layer.")
def _(backbone, X, y, X_new):
    old, new = (backbone(x).detach().numpy() for x in (X, X_new))
    return _simple(old, y.numpy(), new)


@classify.slip("these are classes of the old task. The new task has classes of its own: y says which.")
def _(backbone, X, y, X_new):
    return backbone(X_new).argmax(dim=1)


@classify.slip("the same class for every case.")
def _(backbone, X, y, X_new):
    return 0 * X_new[:, 0]


@classify.slip("the classes of the cases that you have; those of X_new are asked for.")
def _(backbone, X, y, X_new):
    return y


@classify.slip("a probability for each class: return the class with the highest one.")
def _(backbone, X, y, X_new):
    from sklearn.linear_model import LogisticRegression

    old, new = (backbone[:2](x).detach().numpy() for x in (X, X_new))
    return LogisticRegression(max_iter=1000).fit(old, y.numpy()).predict_proba(new)


@classify.slip("a head with random weights: it has to be trained on X and y.")
def _(backbone, X, y, X_new):
    import torch

    return torch.nn.Linear(HIDDEN, CLASSES)(backbone[:2](X_new)).argmax(dim=1)


@classify.slip("trained on the features, and asked with raw cases: the new cases go through the same backbone.")
def _(backbone, X, y, X_new):
    features = backbone[:2](X).detach().numpy()
    means = np.stack([features[y.numpy() == k].mean(0) for k in range(CLASSES)])
    raw = X_new.numpy()[:, :HIDDEN]
    return ((raw[:, None] - means) ** 2).sum(-1).argmin(1)
