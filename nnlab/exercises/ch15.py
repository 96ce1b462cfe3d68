"""The exercises of chapter 15, a convolutional classifier: cases, oracles, hints and slips.

Images are [n, 1, height, width]; a confusion matrix has a row for each true class.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlab.exercises.box import Net
from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-3, "atol": 1e-5}


# 15.1 -----------------------------------------------------------------------------------------------------------------
@exercise("15.1", "LeNet-5, layer by layer", reads="lenet", points=3)
def lenet(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    images = torch.as_tensor(rng.normal(size=(3, 1, 32, 32)).astype(np.float32))
    state = ask.call("lenet.state_dict")
    scores = ask.call("lenet", images)
    # The layers are asked for last: they are the same for all who make the same mistake, and weights are not.
    layers = ask.layers("lenet")
    ask.true(
        not any(name.endswith("features.c1.weight") for name in state),
        "this is zoo.lenet5; build yours of layers of torch.nn",
        given="lenet",
    )
    sizes = [layer["parameters"] for layer in layers if layer["parameters"]]
    told = "the numbers of parameters of the layers that have any, in order"
    ask.equal(sizes, [156, 2416, 48120, 10164, 850], given=told)
    shape = getattr(scores, "shape", None)
    ask.true(shape == (3, 10), f"the shape is {shape}, expected (3, 10)", given="lenet(images) for 3 images")
    if not ask.failure:
        aim = _lenet([np.asarray(v, dtype=np.float32) for v in state.values()], images)
        worst = float(np.abs(scores - aim).max())
        told = "the sizes are right, but the scores are not those of the table's net with your weights "
        told += f"(they differ by up to {worst:.2g}): look at the activations, at the pooling, and at the end"
        ask.true(bool(np.allclose(scores, aim, **NEAR)), told, given="lenet(images) for 3 images")


def _lenet(weights: Sequence[np.ndarray], images: Any) -> np.ndarray:
    """The table, with the given weights and biases in the order of the layers."""
    import torch
    import torch.nn.functional as F

    w = [torch.as_tensor(v) for v in weights]
    x = F.avg_pool2d(torch.tanh(F.conv2d(images, w[0], w[1])), 2)
    x = F.avg_pool2d(torch.tanh(F.conv2d(x, w[2], w[3])), 2)
    x = torch.tanh(x.flatten(1) @ w[4].flatten(1).T + w[5])  # C5, written as a convolution or as a dense layer
    x = torch.tanh(x @ w[6].T + w[7])
    return (x @ w[8].T + w[9]).numpy()


lenet.hints(
    "Follow the table row by row: nn.Conv2d, nn.Tanh, nn.AvgPool2d, and again. No row says padding.",
    "Before the first nn.Linear, nn.Flatten() turns the maps of each image, [n, 120, 1, 1], into rows, [n, 120].",
    "nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), ... and the last layer is plain.",
)


def _net(*, act="Tanh", pool="AvgPool2d", c3=16, kernel=5, pooled=False, bias=True, acts=(1, 1, 1, 1), end=(), pad=0):
    from torch import nn

    def after(layer, k):
        return [layer, getattr(nn, act)()] if acts[k] else [layer]

    def subsampling():
        return [getattr(nn, pool)(2), getattr(nn, act)()] if pooled else [getattr(nn, pool)(2)]

    side = (((32 + 2 * pad - kernel + 1) // 2) - kernel + 1) // 2
    return nn.Sequential(
        *after(nn.Conv2d(1, 6, kernel, padding=pad, bias=bias), 0),
        *subsampling(),
        *after(nn.Conv2d(6, c3, kernel, bias=bias), 1),
        *subsampling(),
        *after(nn.Conv2d(c3, 120, side, bias=bias), 2),
        nn.Flatten(),
        *after(nn.Linear(120, 84, bias=bias), 3),
        nn.Linear(84, 10, bias=bias),
        *(getattr(nn, name)(*given) for name, *given in end),
    )


@lenet.slip("a softmax stands at the end: nn.CrossEntropyLoss takes plain scores and does that itself", make=True)
def _():
    return _net(end=[("Softmax", 1)])


@lenet.slip("the last layer has an activation: its scores must be free to take any value", make=True)
def _():
    return _net(end=[("Tanh",)])


@lenet.slip("the activations are ReLU: the table of 1998 says tanh", make=True)
def _():
    return _net(act="ReLU")


@lenet.slip("the pooling takes the largest of four: the table says the average", make=True)
def _():
    return _net(pool="MaxPool2d")


@lenet.slip("there is no activation after C5: three tanh are not enough, the table has four", make=True)
def _():
    return _net(acts=(1, 1, 0, 1))


@lenet.slip("there is no activation after F6: without it the last two layers are one linear map", make=True)
def _():
    return _net(acts=(1, 1, 1, 0))


@lenet.slip("a tanh stands after each pooling too: in this table the activation comes before", make=True)
def _():
    return _net(pooled=True)


@lenet.slip("there is no activation at all: the net is one linear map of the pixels", make=True)
def _():
    return _net(acts=(0, 0, 0, 0))


@lenet.slip("C1 is padded: for 32 × 32 images the maps after it are 28 × 28, so the padding is 0", make=True)
def _():
    return _net(pad=2)


@lenet.slip("the kernels are 3 × 3: the table says 5 × 5", make=True)
def _():
    return _net(kernel=3)


@lenet.slip("the layers have no bias: in the table each map and each neuron has one", make=True)
def _():
    return _net(bias=False)


@lenet.slip("the flattening is missing: nn.Linear got maps [n, 120, 1, 1] where it wants rows [n, 120]", make=True)
def _():
    from torch import nn

    return nn.Sequential(*(m for m in _net() if not isinstance(m, nn.Flatten)))


# 15.2 -----------------------------------------------------------------------------------------------------------------
@exercise("15.2", "Shift a batch of images", reads="shift", points=2)
def shift(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    for n, h, w, most, kind in (4, 6, 5, 2, torch.float32), (3, 4, 7, 3, torch.uint8), (1, 1, 1, 1, torch.float32):
        images = torch.as_tensor(rng.integers(1, 256, size=(n, 1, h, w)), dtype=kind)
        down, right = (torch.as_tensor(rng.integers(-most, most + 1, size=n)) for _ in range(2))
        if n > 2:
            down[:3], right[:3] = torch.tensor([1, -2, 0]), torch.tensor([2, 0, -1])
        _judge_shift(ask, images, down, right)
    images = torch.as_tensor(rng.normal(size=(4, 1, 3, 4)).astype(np.float32))
    for step in (3, -9, 0, 0), (4, 0, -4, 1):  # out of the picture, exactly or by far
        _judge_shift(ask, images, torch.tensor(step), torch.tensor([0, 0, 4, -5]))
    images = torch.as_tensor(rng.normal(size=(2, 3, 4, 4)))  # colour
    _judge_shift(ask, images, torch.tensor([1, 0]), torch.tensor([0, -1]))


def _judge_shift(ask: Ask, images: Any, down: Any, right: Any) -> None:
    reply = ask.call("shift", images, down, right)
    told = f"images of shape {tuple(images.shape)}, down = {down.tolist()}, right = {right.tolist()}"
    aim = _shifted(images.numpy(), down.tolist(), right.tolist())
    ask.close(reply, aim, given=told, rtol=1e-6)
    got = getattr(reply, "dtype", type(reply).__name__)
    ask.true(got == aim.dtype, f"the numbers are {got}; they were {aim.dtype}, and are to stay so", given=told)


def _shifted(images, down, right, *, fill=0, wrap=False, order=(0, 1), sign=1):
    """Pixel by pixel: each looks where it came from."""
    n, _, h, w = images.shape
    out = np.full_like(images, fill)
    for i in range(n):
        d, r = sign * (down, right)[order[0]][i], sign * (down, right)[order[1]][i]
        for row in range(h):
            for column in range(w):
                a, b = row - d, column - r
                if wrap:
                    a, b = a % h, b % w
                if 0 <= a < h and 0 <= b < w:
                    out[i, :, row, column] = images[i, :, a, b]
    return out


shift.hints(
    "Begin with torch.zeros_like(images). Which rectangle of image i stays in the picture, and where does it go?",
    "One step down: out[i, :, 1:, :] = images[i, :, :-1, :]. For steps of any sign, max(0, d) and max(0, -d) are the "
    "first rows in the new and in the old picture.",
    "F.pad may also have negative widths: F.pad(image, (r, -r, d, -d)) adds zeros on one side and cuts on the other; "
    "a picture that has left altogether needs care.",
)


def _lists(down, right):
    return [int(v) for v in down], [int(v) for v in right]


@shift.slip("what leaves on one side comes back on the other: fill with zeros instead of rolling")
def _(images, down, right):
    return _shifted(images.numpy(), *_lists(down, right), wrap=True)


@shift.slip("the images go up and left: a positive number is to move them down and right")
def _(images, down, right):
    return _shifted(images.numpy(), *_lists(down, right), sign=-1)


@shift.slip("down and right have changed places: rows are the third axis, columns the fourth")
def _(images, down, right):
    return _shifted(images.numpy(), *_lists(down, right), order=(1, 0))


@shift.slip("all images make the step of the first one: each has its own")
def _(images, down, right):
    down, right = _lists(down, right)
    return _shifted(images.numpy(), down[:1] * len(down), right[:1] * len(right))


@shift.slip("the uncovered pixels repeat the edge: they are to be 0, the black of the background")
def _(images, down, right):
    a = images.numpy()
    rows, columns = np.arange(a.shape[2]), np.arange(a.shape[3])
    moved = []
    for image, d, r in zip(a, *_lists(down, right), strict=True):
        at = np.clip(rows - d, 0, len(rows) - 1), np.clip(columns - r, 0, len(columns) - 1)
        moved.append(image[:, at[0]][:, :, at[1]])
    return np.stack(moved)


@shift.slip("the numbers have become float32: keep the dtype of the images, as torch.zeros_like does")
def _(images, down, right):
    return _shifted(images.numpy(), *_lists(down, right)).astype(np.float32)


@shift.slip(
    "an image that has left the picture: the end of a slice became negative, and such an end counts from the other side"
)
def _(images, down, right):
    import torch

    moved, (h, w) = torch.zeros_like(images), images.shape[2:]
    for i, (d, r) in enumerate(zip(*_lists(down, right), strict=True)):
        stays = images[i, :, max(-d, 0) : h - max(d, 0), max(-r, 0) : w - max(r, 0)]
        moved[i, :, max(d, 0) : h + min(d, 0), max(r, 0) : w + min(r, 0)] = stays
    return moved


@shift.slip("only the move down is made; the one to the right is missing")
def _(images, down, right):
    down, right = _lists(down, right)
    return _shifted(images.numpy(), down, [0] * len(right))


@shift.slip("only positive steps move: a negative one goes up or left", make=True)
def _():
    def positive(images, down, right):
        down, right = _lists(down, right)
        return _shifted(images.numpy(), [max(d, 0) for d in down], [max(r, 0) for r in right])

    return positive


# 15.3 -----------------------------------------------------------------------------------------------------------------
_CASES = {
    "a": ("keeps", "seen from above, a forest has no up and no left: every turned picture could be another photo"),
    "b": ("changes", 'in the mirror "turn left" becomes "turn right": the label would be wrong'),
    "c": (
        "never",
        "camera and cot are fixed, so no picture that comes will be turned: the label is right, the use none",
    ),
    "d": ("changes", "the colour *is* the label: a green tomato turned red has been given the wrong one"),
    "e": ("keeps", "someone else could have written the digit two pixels farther to the left"),
    "f": ("changes", "the word for the side belongs to the label: in the mirror the break changes sides"),
    "g": ("keeps", "the light in the street changes by itself, and the car stays a car"),
    "h": ("never", "the bird is the same one, but no microphone in this forest will ever hear the sea"),
}


@exercise("15.3", "Sensible or senseless?", reads="judged", points=2)
def judged(ask: Ask, rng: np.random.Generator) -> None:
    for letter, (right, _) in _CASES.items():
        got = ask.call("judged.get", letter)
        word = got.strip().lower() if isinstance(got, str) else got
        given = f'judged["{letter}"]'
        ask.true(
            word in ("keeps", "changes", "never"), f'got {got!r}; answer "keeps", "changes" or "never"', given=given
        )
        ask.true(word == right, f"{word!r} is not right. Ask: is the label still right? Could it occur?", given=given)


judged.hints(
    "Two questions, in this order. Is the old label still right? If so: could such an input come, with this label?",
    "Where the label names a side, or is read from a colour, whatever exchanges sides or colours makes it wrong.",
    "Each of the three answers occurs at least twice.",
)


def _all(**other):
    return {letter: right for letter, (right, _) in _CASES.items()} | other


judged.slip(
    "b: in the mirror, an arrow to the left points to the right, and the sign has another meaning", _all(b="keeps")
)
judged.slip(
    "b: mirrored signs do occur, but they are other signs. So the label is wrong, which is worse", _all(b="never")
)
judged.slip(
    "c: the label is still right, but the camera is fixed: no turned picture will ever come. The net would learn "
    "to read what does not exist", _all(c="keeps"),
)  # fmt: skip
judged.slip("c: an infant that moves its arm does so in a turned picture too: the label stays right", _all(c="changes"))
judged.slip("d: ripeness is read from the colour, so a picture of another colour needs another label", _all(d="keeps"))
judged.slip("d: red tomatoes do occur. But the picture of a green one, made red, still says unripe", _all(d="never"))
judged.slip("a: from above there is no up: a turned forest is a forest that could be photographed", _all(a="never"))
judged.slip("e: writers do not centre their digits to the pixel: two pixels aside is usual", _all(e="never"))
judged.slip("f: the label names the side, and the mirror exchanges sides", _all(f="keeps"))
judged.slip("g: evening and clouds change the brightness: such pictures come", _all(g="never"))
judged.slip("h: the sea is not heard in a mountain forest, so the net would learn what never comes", _all(h="keeps"))
judged.slip("h: the waves do not turn the bird into another one: the label stays right", _all(h="changes"))
judged.slip("all are called harmless. Go through them one by one: would the label on it still be true?",
            dict.fromkeys(_CASES, "keeps"))  # fmt: skip


# 15.4 -----------------------------------------------------------------------------------------------------------------
_MATRIX = np.array([[90, 6, 4], [2, 8, 0], [5, 1, 4]])


def _f1(cm: np.ndarray) -> np.ndarray:
    """Each class's F1, from counted pairs and scikit-learn."""
    from sklearn.metrics import f1_score

    true, predicted = _pairs(cm)
    return np.asarray(f1_score(true, predicted, average=None, zero_division=0))


def _pairs(cm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    at = np.indices(cm.shape).reshape(2, -1)
    true, predicted = np.repeat(at, cm.ravel(), axis=1)
    return true, predicted


@exercise("15.4", "Three averages by hand", reads=("macro_f1", "micro_f1", "weighted_f1"))
def three_averages(ask: Ask, rng: np.random.Generator) -> None:
    from sklearn.metrics import f1_score

    true, predicted = _pairs(_MATRIX)
    for name in "macro", "micro", "weighted":
        aim = f1_score(true, predicted, average=name)
        got = ask.value(f"{name}_f1")
        number = isinstance(got, int | float) and not isinstance(got, bool)
        ask.true(number, f"got {got!r}; a number is expected", given=f"{name}_f1")
        if number:
            told = f"got {got:.4g}, which is not the {name} average to three decimals"
            ask.true(abs(got - aim) <= 0.00055, told, given=f"{name}_f1")


three_averages.hints(
    "First make a small table: TP, FP and FN of each class. FN is the rest of the row, FP the rest of the column.",
    "F1 of a class is 2 TP / (2 TP + FP + FN). Class A: TP 90, FP 7, FN 10.",
    "Macro: the plain mean of the three. Weighted: 100, 10 and 10 parts of 120. Micro: what is right, out of 120.",
)


def _averages(**other):
    f1, n = _f1(_MATRIX), _MATRIX.sum(axis=1)
    right = {"macro_f1": f1.mean(), "micro_f1": np.trace(_MATRIX) / n.sum(), "weighted_f1": f1 @ n / n.sum()}
    return {k: round(float(v), 3) for k, v in (right | other).items()}


_P, _R = np.diag(_MATRIX) / _MATRIX.sum(axis=0), np.diag(_MATRIX) / _MATRIX.sum(axis=1)


@three_averages.slip(
    "macro_f1: this is the F1 of the mean precision and mean recall. Take the mean of the three F1", make=True
)
def _():
    return _averages(macro_f1=2 * _P.mean() * _R.mean() / (_P.mean() + _R.mean()))


@three_averages.slip("macro_f1: this is the mean recall; the false positives have no part in it", make=True)
def _():
    return _averages(macro_f1=_R.mean())


@three_averages.slip("macro_f1: this is the mean precision; the cases that were missed have no part in it", make=True)
def _():
    return _averages(macro_f1=_P.mean())


@three_averages.slip("macro and weighted have changed places: macro treats the classes alike", make=True)
def _():
    right = _averages()
    return right | {"macro_f1": right["weighted_f1"], "weighted_f1": right["macro_f1"]}


@three_averages.slip("weighted_f1: the weights are how often a class was *predicted*; take how often it is true",
                     make=True)  # fmt: skip
def _():
    return _averages(weighted_f1=_f1(_MATRIX) @ _MATRIX.sum(axis=0) / _MATRIX.sum())


@three_averages.slip(
    "micro_f1: wrong answers count twice below the line, and right ones once. It is 2 TP there too", make=True
)
def _():
    right, wrong = np.trace(_MATRIX), _MATRIX.sum() - np.trace(_MATRIX)
    return _averages(micro_f1=right / (right + 2 * wrong))


@three_averages.slip("micro_f1: this is a mean over the classes; count over all classes first, then divide once",
                     make=True)  # fmt: skip
def _():
    return _averages(micro_f1=_f1(_MATRIX).mean())


@three_averages.slip("these are percentages; give fractions between 0 and 1", make=True)
def _():
    return {k: 100 * v for k, v in _averages().items()}


# 15.5 -----------------------------------------------------------------------------------------------------------------
@exercise("15.5", "Find the bugs in a report", reads=("bugs", "report"), points=3)
def report(ask: Ask, rng: np.random.Generator) -> None:
    import torch
    from sklearn.metrics import confusion_matrix

    letters = ask.letters("bugs")
    ask.true(letters == "BD", f"{letters or 'none of A to E'}: these are not the bugs of this cell", given="bugs")
    for n, classes, dropout in (90, 3, False), (60, 3, True), (150, 5, True), (40, 2, False):
        X, y, layers = _task(rng, n, classes, dropout)
        told = f"{n} samples of {classes} classes, a net {'with' if dropout else 'without'} dropout"
        weight = layers[0][1]
        cm = confusion_matrix(y, (X @ weight.T).argmax(axis=1), labels=range(classes))
        off = cm - np.diag(np.diag(cm))
        aim = np.diag(cm) / np.maximum(cm.sum(axis=1), 1), np.unravel_index(off.argmax(), off.shape)
        names = "the recalls", "the confused pair"
        reply = ask.call("report", Net(*layers), torch.as_tensor(X), torch.as_tensor(y))
        got = ask.parts(reply, *names, given=told)
        ask.close(got[0], aim[0], given=f"the recalls, for {told}", **NEAR)
        ask.equal(got[1], [int(k) for k in aim[1]], given=f"the confused pair, for {told}")


def _task(rng: np.random.Generator, n: int, classes: int, dropout: bool) -> tuple[np.ndarray, np.ndarray, list[tuple]]:
    """Samples whose largest number is the class most often, not equally often, and one pair confused most."""
    while True:
        share = rng.dirichlet(np.full(classes, 2.0))
        y = np.concatenate([np.arange(classes), rng.choice(classes, size=n - classes, p=share)])
        X = (np.eye(classes)[y] * 1.5 + rng.normal(size=(n, classes))).astype(np.float32)
        X += X.min() * -1 + 0.5  # positive, so that dropout's zeros are never the largest
        cm = np.zeros((classes, classes), dtype=int)
        np.add.at(cm, (y, X.argmax(axis=1)), 1)
        off = cm - np.diag(np.diag(cm))
        first, second = np.sort(off.ravel())[::-1][:2]
        share = off / cm.sum(axis=1, keepdims=True)
        differs = np.abs(cm.sum(axis=0) - cm.sum(axis=1)).max() > 2 and (classes == 2 or share.argmax() != off.argmax())
        if first > second and differs and np.all(np.diag(cm) > 0):
            break
    layers: list[tuple] = [("Linear", np.eye(classes, dtype=np.float32), np.zeros(classes, dtype=np.float32))]
    return X, y, [*layers, ("Dropout",)] if dropout else layers


report.hints(
    "Run the friend's report twice on the same digits. Then: a recall is a share of which cases, the true 7s or the "
    "predicted 7s?",
    "net.eval() switches dropout off. A matrix with a row for each true class has recalls over the sums of its rows.",
    "cm.diagonal() / cm.sum(axis=1), and the largest number off the diagonal: set the diagonal to 0, then "
    "np.unravel_index(cm.argmax(), cm.shape).",
)


def _report(net, X, y, *, mode="eval", axis=1, transpose=False, diagonal=False, order=1, share=False):
    import torch

    if mode == "eval":
        net.eval()
    with torch.no_grad():
        scores = net(X)
    cm = np.zeros((scores.shape[1],) * 2)
    np.add.at(cm, (y.numpy(), scores.argmax(dim=1).numpy()), 1)
    if transpose:
        cm = cm.T
    recalls = np.diag(cm) / np.maximum(cm.sum(axis=axis), 1)
    off = cm if diagonal else cm - np.diag(np.diag(cm))
    if share:
        off = off / np.maximum(cm.sum(axis=1, keepdims=True), 1)
    pair = [int(k) for k in np.unravel_index(off.argmax(), off.shape)]
    return recalls, pair[::order]


def _reported(bugs="BD", **options):
    return {"bugs": bugs, "report": lambda net, X, y: _report(net, X, y, **options)}


@report.slip("bugs: A is none. A row is an image, so the largest score is looked for along the row, dim=1", make=True)
def _():
    return _reported("ABD")


@report.slip("bugs: one is missing. Run the report twice on the same digits: why do the numbers change?", make=True)
def _():
    return _reported("D")


@report.slip("bugs: one is missing. What has been computed where it says recalls, and by which sums is it divided?",
             make=True)  # fmt: skip
def _():
    return _reported("B")


@report.slip("bugs: C is none. no_grad() only saves the memory for a backward pass; the scores are the same", make=True)
def _():
    return _reported("BCD")


@report.slip("bugs: E is none. On the diagonal stand the right answers, and these are no confusion", make=True)
def _():
    return _reported("BDE")


@report.slip("the net still answers in training mode: with dropout, its answers are random. Call net.eval()", make=True)
def _():
    return _reported(mode="train")


@report.slip("these are the precisions: divide by how often each class is true, the sums of the rows", make=True)
def _():
    return _reported(axis=0)


@report.slip("neither bug is repaired yet: the mode of the net, and what the diagonal is divided by", make=True)
def _():
    return _reported(mode="train", axis=0)


@report.slip("rows and columns have changed places: count at cm[true, predicted]", make=True)
def _():
    return _reported(transpose=True)


@report.slip("the pair is in the wrong order: the true class comes first, then what it was taken for", make=True)
def _():
    return _reported(order=-1)


@report.slip(
    "the pair is on the diagonal: that is the class most often *right*. Set the diagonal to 0 first", make=True
)
def _():
    return _reported(diagonal=True)


@report.slip("the pair is the largest *share* of a class; asked for is what happened most often", make=True)
def _():
    return _reported(share=True)
