"""The exercises of chapter 16, architectures: cases, oracles, hints and slips.

Maps are [n, channels, height, width]. A block is judged by what it puts out: the oracle applies the block's own
weights, which it finds by their shapes, in the order and with the functions that were asked for.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-3, "atol": 1e-4}  # blocks compute in float32; what a slip changes is far larger


# What the blocks have in common ---------------------------------------------------------------------------------------
def _maps(rng: np.random.Generator, *shape: int) -> Any:
    import torch

    return torch.as_tensor(rng.normal(size=shape), dtype=torch.float32)


def _own(ask: Ask, name: str) -> None:
    """The class must be the learner's own."""
    taken = str(ask.value(f"{name}.__module__")).startswith("nnlab.zoo")
    ask.true(not taken, "this is the zoo's block: build your own from the layers of torch.nn", given=name)


def _first_reply(ask: Ask, name: str, x: Any, shape: tuple[int, ...]) -> None:
    """Ask for the block's output, and look at its shape."""
    got = ask.call(name, x)
    told = f"{name}(x) for maps x of shape {tuple(x.shape)}"
    have = np.shape(got) if isinstance(got, np.ndarray) else "no maps"
    ask.true(have == shape, f"got       {have}\nexpected  maps of the shape {shape}", given=told)


def _convolutions(ask: Ask, name: str, wanted: Sequence[tuple], biased: bool = False) -> None:
    """The convolutions must be these, in any order: (inputs, outputs, side of the kernel, groups)."""
    told = f"the convolutions of {name}"
    convs = [layer for layer in ask.layers(name) if "Conv2d" in layer["type"]]
    have = [(c["in_channels"], c["out_channels"], c["kernel_size"][0], c["groups"]) for c in convs]
    have_square = all(c["kernel_size"][0] == c["kernel_size"][1] for c in convs)
    same = have_square and Counter(have) == Counter(wanted)
    ask.true(same, f"got       {_listed(have)}\nexpected  {_listed(wanted)}", given=told)
    right = all(c["bias"] == biased for c in convs)
    ask.true(right, f"each is to be {'with its' if biased else 'without a'} bias", given=told)


def _listed(convs: Sequence[tuple]) -> str:
    def one(inputs: int, outputs: int, side: int, groups: int) -> str:
        split = f" in {groups} groups" if groups > 1 else ""
        return f"{side}x{side} from {inputs} to {outputs} maps{split}"

    return "; ".join(one(*c) for c in sorted(convs)) or "none"


def _weights(ask: Ask, name: str) -> list[tuple[Any, Any]]:
    """Weight and bias (or None) of the convolutions, in the order in which they were made."""
    import torch

    state = list(ask.call(f"{name}.state_dict").items())
    found: list[tuple[Any, Any]] = []
    for k, (key, value) in enumerate(state):
        if np.ndim(value) == 4:
            after = dict(state[k + 1 : k + 2]).get(f"{key.rpartition('.')[0]}.bias")
            bias = None if after is None else torch.as_tensor(np.asarray(after, dtype=float))
            found.append((torch.as_tensor(np.asarray(value, dtype=float)), bias))
    return found


def _norm(x: Any) -> Any:
    """Batch normalisation as it starts, while training: scale 1, shift 0."""
    import torch

    return torch.nn.functional.batch_norm(x, None, None, training=True)


# 16.1 -----------------------------------------------------------------------------------------------------------------
TINY, UNEVEN = (3, 2, 4, 5, 1, 3, 6), (8, 3, 2, 7, 4, 6, 5)


def _inception_aim(weights: Sequence[tuple[Any, Any]], sizes: Sequence[int], x: Any) -> Any:
    import torch
    import torch.nn.functional as F

    inputs, one, reduce3, three, reduce5, five, pool = sizes
    by_shape = {tuple(W.shape[:3]): (W, b) for W, b in weights}

    def conv(x: Any, i: int, o: int, k: int) -> Any:
        W, b = by_shape[o, i, k]
        return torch.relu(F.conv2d(x, W, b, padding=k // 2))

    x = x.double()
    branches = [
        conv(x, inputs, one, 1),
        conv(conv(x, inputs, reduce3, 1), reduce3, three, 3),
        conv(conv(x, inputs, reduce5, 1), reduce5, five, 5),
        conv(F.max_pool2d(x, 3, stride=1, padding=1), inputs, pool, 1),
    ]
    return torch.cat(branches, dim=1)


@exercise("16.1", "An inception block", reads=("Inception", "tiny", "uneven"), points=2)
def inception(ask: Ask, rng: np.random.Generator) -> None:
    _own(ask, "tiny")
    for name, sizes in ("tiny", TINY), ("uneven", UNEVEN):
        inputs, one, reduce3, three, reduce5, five, pool = sizes
        n, h, w = 2, int(rng.integers(4, 8)), 5
        _first_reply(ask, name, _maps(rng, n, inputs, h, w), (n, one + three + five + pool, h, w))
        into = [(inputs, out, 1, 1) for out in (one, reduce3, reduce5, pool)]
        _convolutions(ask, name, [*into, (reduce3, three, 3, 1), (reduce5, five, 5, 1)], biased=True)
        weights = _weights(ask, name)
        for shape in (n, inputs, h, w), (1, inputs, 1, 1), (3, inputs, 9, 4):
            x = _maps(rng, *shape)
            told = f"{name}(x) for maps x of shape {shape}"
            ask.close(ask.call(name, x), _inception_aim(weights, sizes, x), given=told, **NEAR)


inception.hints(
    "Count the convolutions: one branch has one, two branches have two each, and the pooling has one after it. Each of "
    "the six is followed by a ReLU. Where are the parts kept between __init__ and forward?",
    "A small function for `nn.Sequential(nn.Conv2d(i, o, k, padding=k // 2), nn.ReLU())` saves much writing. The "
    "pooling needs stride=1 and padding=1 to keep the size of the maps.",
    "Put the four branches into an nn.ModuleList. In forward, torch.cat([b(x) for b in self.branches], dim=1).",
)


@cache
def _inception_class() -> Any:
    import torch
    from torch import nn

    class Inception(nn.Module):
        """The block, with its slips as options."""

        def __init__(
            self, sizes, relu_inside=True, relu_last=True, pad5=2, pool_stride=1, order=(0, 1, 2, 3), dim=1, join=None,
            direct=False, bare_pool=False, bias=True, first_relu=True, norm=False, keep=None, pooling=None,
        ):  # fmt: skip
            super().__init__()
            inputs, one, reduce3, three, reduce5, five, pool = sizes

            def conv(i, o, k, relu=True, padding=None):
                padding = k // 2 if padding is None else padding
                layers = [nn.Conv2d(i, o, k, padding=padding, bias=bias), *[nn.BatchNorm2d(o)] * norm]
                return nn.Sequential(*layers, *[nn.ReLU()] * relu)

            if direct:
                three_way, five_way = conv(inputs, three, 3), conv(inputs, five, 5)
            else:
                three_way = nn.Sequential(conv(inputs, reduce3, 1, relu_inside), conv(reduce3, three, 3, relu_last))
                five_way = nn.Sequential(
                    conv(inputs, reduce5, 1, relu_inside), conv(reduce5, five, 5, relu_last, padding=pad5)
                )
            pooling = (pooling or nn.MaxPool2d)(3, stride=pool_stride, padding=1)
            last = pooling if bare_pool else nn.Sequential(pooling, conv(inputs, pool, 1, relu_last))
            first = conv(inputs, one, 1, relu_last and first_relu)
            self.branches = (keep or nn.ModuleList)([first, three_way, five_way, last])
            self._order, self._dim, self.join = order, dim, join

        def forward(self, x):
            made = [self.branches[k](x) for k in self._order]
            return self.join(made) if self.join else torch.cat(made, dim=self._dim)

    return Inception


def _inceptions(**slip):
    import torch

    torch.manual_seed(0)
    made = [_inception_class()(sizes, **slip) for sizes in (TINY, UNEVEN)]
    return {"Inception": _inception_class(), "tiny": made[0], "uneven": made[1]}


@inception.slip("no ReLU stands between the 1×1 convolution of a branch and the one after it", make=True)
def _():
    return _inceptions(relu_inside=False)


@inception.slip("the last convolution of each branch has no ReLU: every convolution is followed by one", make=True)
def _():
    return _inceptions(relu_last=False)


@inception.slip("the 5×5 convolution needs padding=2 to keep the size; with 1 its maps are smaller", make=True)
def _():
    return _inceptions(pad5=1)


@inception.slip("without padding, the 5×5 convolution makes its maps smaller by 4", make=True)
def _():
    return _inceptions(pad5=0)


@inception.slip("nn.MaxPool2d(3) moves by 3 unless you say stride=1, so its maps are smaller", make=True)
def _():
    return _inceptions(pool_stride=3)


@inception.slip("the pooling branch comes last in the order that was asked for", make=True)
def _():
    return _inceptions(order=(3, 0, 1, 2))


@inception.slip("the maps are put together along another axis: the channels are axis 1", make=True)
def _():
    return _inceptions(dim=0)


@inception.slip(
    "the maps are added. A sum needs equal numbers of maps; here they are put one upon the other", make=True
)
def _():
    return _inceptions(join=sum)


@inception.slip(
    "the 3×3 and the 5×5 convolution see all inputs: the 1×1 convolutions before them are missing", make=True
)
def _():
    return _inceptions(direct=True)


@inception.slip(
    "after the pooling a 1×1 convolution is missing: as it is, all inputs go on to the next block", make=True
)
def _():
    return _inceptions(bare_pool=True)


@inception.slip(
    "the convolutions have no bias. There is no batch normalisation here that would make up for it", make=True
)
def _():
    return _inceptions(bias=False)


@inception.slip("the 1×1 convolution that is a branch of its own has no ReLU", make=True)
def _():
    return _inceptions(first_relu=False)


PLAIN_LIST = "PyTorch finds no layer in a plain Python list, so it would train none of them: use nn.ModuleList"


@inception.slip(PLAIN_LIST, make=True)
def _():
    return _inceptions(keep=list)


@inception.slip("there is batch normalisation: here each convolution has a bias, and only ReLU follows it", make=True)
def _():
    return _inceptions(bias=False, norm=True)


@inception.slip("this takes the mean of 3×3 pixels; max pooling is asked for", make=True)
def _():
    from torch import nn

    return _inceptions(pooling=nn.AvgPool2d)


# 16.2 -----------------------------------------------------------------------------------------------------------------
RESIDUALS = {"same": (4, 4, 1), "wider": (4, 6, 1), "both": (3, 6, 2), "smaller": (4, 4, 2)}


def _residual_aim(weights: Sequence[tuple[Any, Any]], stride: int, x: Any) -> list[Any]:
    """What the block puts out; a list, since two convolutions of one shape may have been made in either order."""
    import torch
    import torch.nn.functional as F

    x = x.double()
    large = [W for W, _ in weights if W.shape[-1] == 3]
    small = [W for W, _ in weights if W.shape[-1] == 1]
    shortcut = _norm(F.conv2d(x, small[0], stride=stride)) if small else x
    orders = [W for W in (large, large[::-1]) if W[0].shape[1] == x.shape[1] and W[1].shape[1] == W[0].shape[0]]
    aims = []
    for first, second in orders:
        z = torch.relu(_norm(F.conv2d(x, first, stride=stride, padding=1)))
        aims.append(torch.relu(_norm(F.conv2d(z, second, padding=1)) + shortcut))
    return aims


@exercise("16.2", "A residual block", reads=("Residual", *RESIDUALS, "silent"), points=2)
def residual(ask: Ask, rng: np.random.Generator) -> None:
    _own(ask, "same")
    for name, (inputs, outputs, stride) in RESIDUALS.items():
        n, h, w = 3, int(rng.integers(3, 5)) * 2, 5
        aim_shape = n, outputs, -(-h // stride), -(-w // stride)
        _first_reply(ask, name, _maps(rng, n, inputs, h, w), aim_shape)
        wanted = [(inputs, outputs, 3, 1), (outputs, outputs, 3, 1)]
        if inputs != outputs or stride > 1:
            wanted.append((inputs, outputs, 1, 1))
        _convolutions(ask, name, wanted)
        weights = _weights(ask, name)
        for shape in (n, inputs, h, w), (2, inputs, 7, 3):
            x = _maps(rng, *shape)
            got, aims = ask.call(name, x), _residual_aim(weights, stride, x)
            aim = next((a for a in aims if np.shape(got) == a.shape and np.allclose(got, a, **NEAR)), aims[0])
            ask.close(got, aim, given=f"{name}(x) for maps x of shape {shape}", **NEAR)
    x = _maps(rng, 2, 4, 3, 5)
    told = "silent(x), a block from 4 to 4 maps whose weights are all 0: ReLU(x) must come out"
    ask.close(ask.call("silent", x), x.relu(), given=told, **NEAR)


residual.hints(
    "When may you add the body's maps to x? They need the same number of maps, the same height, the same width. Which "
    "two arguments decide that?",
    "Where inputs != outputs or stride != 1: self.shortcut = nn.Sequential(a 1×1 convolution with that stride, "
    "nn.BatchNorm2d(outputs)). Elsewhere nn.Identity().",
    "forward: torch.relu(self.body(x) + self.shortcut(x)). The ReLU comes after the sum.",
)


@cache
def _residual_class() -> Any:
    import torch
    from torch import nn

    class Residual(nn.Module):
        """The block, with its slips as options."""

        def __init__(self, inputs, outputs, stride=1, *, project=None, norm=True, step=None, side=1, join=None):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
                nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
            )
            self.shortcut: nn.Module = nn.Identity()
            if (project or (lambda i, o, s: i != o or s != 1))(inputs, outputs, stride):
                self.shortcut = nn.Conv2d(inputs, outputs, side, step or stride, padding=side // 2, bias=False)
                if norm:
                    self.shortcut = nn.Sequential(self.shortcut, nn.BatchNorm2d(outputs))
            self.join = join or (lambda body, shortcut: torch.relu(body + shortcut))

        def forward(self, x):
            return self.join(self.body(x), self.shortcut(x))

    return Residual


def _residuals(**slip):
    import torch

    torch.manual_seed(0)
    made = {name: _residual_class()(*sizes, **slip) for name, sizes in RESIDUALS.items()}
    silent = _residual_class()(4, 4, **slip)
    with torch.no_grad():
        for p in silent.parameters():
            p.zero_()
    return {"Residual": _residual_class(), **made, "silent": silent}


@residual.slip("the result has no ReLU: it comes after the sum", make=True)
def _():
    return _residuals(join=lambda body, shortcut: body + shortcut)


@residual.slip(
    "the ReLU stands before the sum. Then a block can only add, and never take away from its input", make=True
)
def _():
    return _residuals(join=lambda body, shortcut: body.relu() + shortcut)


@residual.slip("this is the body alone: its input is not added", make=True)
def _():
    return _residuals(join=lambda body, shortcut: body.relu())


@residual.slip("the body and the shortcut are multiplied; they are to be added", make=True)
def _():
    return _residuals(join=lambda body, shortcut: (body * shortcut).relu())


@residual.slip(
    "a stride above 1 changes the shape too: then a projection is needed, also for equal channels", make=True
)
def _():
    return _residuals(project=lambda i, o, s: i != o)


@residual.slip("more channels need a projection too, also where the stride is 1", make=True)
def _():
    return _residuals(project=lambda i, o, s: s != 1)


@residual.slip("where the body keeps the shape, the shortcut is x itself, without a convolution", make=True)
def _():
    return _residuals(project=lambda i, o, s: True)


@residual.slip("the projection must have the stride of the body, or its maps are larger than the body's", make=True)
def _():
    return _residuals(step=1)


@residual.slip("the projection has no batch normalisation after it", make=True)
def _():
    return _residuals(norm=False)


@residual.slip("the projection is a 3×3 convolution; a 1×1 convolution is asked for", make=True)
def _():
    return _residuals(side=3)


@residual.slip("the maps are put one upon the other, as in a dense block; a residual block adds them", make=True)
def _():
    import torch

    return _residuals(join=lambda body, shortcut: torch.cat([body, shortcut], dim=1).relu())


@residual.slip("there is one ReLU too many: the body's maps are added as they are, and ReLU follows the sum", make=True)
def _():
    return _residuals(join=lambda body, shortcut: (body.relu() + shortcut).relu())


# 16.3 -----------------------------------------------------------------------------------------------------------------
DENSES = {"small_block": (5, 3, 2), "long_block": (2, 4, 4)}


def _dense_aim(weights: Sequence[tuple[Any, Any]], inputs: int, growth: int, x: Any) -> Any:
    import torch
    import torch.nn.functional as F

    seen = x.double()
    by_inputs = {W.shape[1]: W for W, _ in weights}
    for k in range(len(weights)):
        new = F.conv2d(torch.relu(_norm(seen)), by_inputs[inputs + k * growth], padding=1)
        seen = torch.cat([seen, new], dim=1)
    return seen


@exercise("16.3", "Find the bug in a dense block", reads=("diagnosis", "Dense", *DENSES), points=2)
def dense(ask: Ask, rng: np.random.Generator) -> None:
    ask.diagnosis("C", "ABCD", "does not explain what you saw")
    for name, (inputs, growth, depth) in DENSES.items():
        n, h, w = 3, int(rng.integers(3, 6)), 4
        _first_reply(ask, name, _maps(rng, n, inputs, h, w), (n, inputs + depth * growth, h, w))
        _convolutions(ask, name, [(inputs + k * growth, growth, 3, 1) for k in range(depth)])
        weights = _weights(ask, name)
        for shape in (n, inputs, h, w), (2, inputs, 7, 3):
            x = _maps(rng, *shape)
            told = f"{name}(x) for maps x of shape {shape}"
            ask.close(ask.call(name, x), _dense_aim(weights, inputs, growth, x), given=told, **NEAR)


dense.hints(
    "How many maps does each of the friend's layers make? And how many of the maps that came in are still there, "
    "unchanged, in what goes out?",
    "Two places change. A layer makes `growth` maps, whatever comes in. And forward keeps what was there before.",
    "forward: for layer in self.layers: x = torch.cat([x, layer(x)], dim=1). Then return x.",
)


def _keep(layers, x):
    import torch

    for layer in layers:
        x = torch.cat([x, layer(x)], dim=1)
    return x


@cache
def _dense_class() -> Any:
    from torch import nn

    class Dense(nn.Module):
        """The block; `sizes` gives the inputs and outputs of layer k, `flow` what happens in forward."""

        def __init__(self, inputs, growth, depth, sizes, flow, late=False, keep=None):
            super().__init__()

            def layer(i, o):
                conv, norm = nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o if late else i)
                return nn.Sequential(*((conv, norm, nn.ReLU()) if late else (norm, nn.ReLU(), conv)))

            self.layers = (keep or nn.ModuleList)([layer(*sizes(inputs, growth, k)) for k in range(depth)])
            self.flow = flow

        def forward(self, x):
            return self.flow(self.layers, x)

    return Dense


def _denses(diagnosis="C", sizes=lambda i, g, k: (i + k * g, g), flow=_keep, more=0, **slip):
    import torch

    torch.manual_seed(0)
    made = {name: _dense_class()(i, g, d + more, sizes, flow, **slip) for name, (i, g, d) in DENSES.items()}
    return {"diagnosis": diagnosis, "Dense": _dense_class(), **made}


@dense.slip("not A: the padding is right, and height and width stay as they are", make=True)
def _():
    return _denses(diagnosis="A")


@dense.slip("not B: this order is DenseNet's own, and it would not double the number of weights", make=True)
def _():
    return _denses(diagnosis="B")


@dense.slip("not D: the number of maps at the end is right, so each layer does grow by `growth`", make=True)
def _():
    return _denses(diagnosis="D")


@dense.slip("this is still the friend's block: each layer makes all maps anew", make=True)
def _():
    def chain(layers, x):
        for layer in layers:
            x = layer(x)
        return x

    return _denses(sizes=lambda i, g, k: (i + k * g, i + (k + 1) * g), flow=chain)


@dense.slip("the layers' maps are added to x: that is a residual block, whose number of maps never grows", make=True)
def _():
    def add(layers, x):
        for layer in layers:
            x = x + layer(x)
        return x

    return _denses(sizes=lambda i, g, k: (i, i), flow=add)


@dense.slip("the new maps come before the old ones; they are to come after them", make=True)
def _():
    import torch

    def before(layers, x):
        for layer in layers:
            x = torch.cat([layer(x), x], dim=1)
        return x

    return _denses(flow=before)


@dense.slip("each layer sees the newest maps only: it is to see all that were made before it", make=True)
def _():
    import torch

    def newest(layers, x):
        made = [x]
        for layer in layers:
            made.append(layer(made[-1]))
        return torch.cat(made, dim=1)

    return _denses(sizes=lambda i, g, k: (g if k else i, g), flow=newest)


@dense.slip("every layer sees the block's input only: it is to see the maps of the layers before it too", make=True)
def _():
    import torch

    return _denses(
        sizes=lambda i, g, k: (i, g), flow=lambda layers, x: torch.cat([x, *[layer(x) for layer in layers]], dim=1)
    )


@dense.slip("the block's own input is missing in what goes out: it comes first, and then the new maps", make=True)
def _():
    return _denses(flow=lambda layers, x: _keep(layers, x)[:, x.shape[1] :])


@dense.slip("there is one layer too many", make=True)
def _():
    return _denses(more=1)


@dense.slip("the convolution stands first in your layers; here normalisation and ReLU come before it", make=True)
def _():
    return _denses(late=True)


@dense.slip(PLAIN_LIST, make=True)
def _():
    return _denses(keep=list)


# 16.4 -----------------------------------------------------------------------------------------------------------------
SEPARABLES = {"unstrided": (4, 6, 1), "strided": (5, 8, 2)}


@exercise("16.4", "A depthwise separable block", reads=("separable", "count_separable", *SEPARABLES), points=2)
def separable(ask: Ask, rng: np.random.Generator) -> None:
    import torch
    import torch.nn.functional as F

    for name, (inputs, outputs, stride) in SEPARABLES.items():
        n, h, w = 3, int(rng.integers(3, 5)) * 2, 5
        _first_reply(ask, name, _maps(rng, n, inputs, h, w), (n, outputs, -(-h // stride), -(-w // stride)))
        _convolutions(ask, name, [(inputs, inputs, 3, inputs), (inputs, outputs, 1, 1)])
        by_side = {W.shape[-1]: W for W, _ in _weights(ask, name)}
        for shape in (n, inputs, h, w), (2, inputs, 7, 3):
            x = _maps(rng, *shape)
            z = F.conv2d(x.double(), by_side[3], stride=stride, padding=1, groups=inputs)
            z = F.conv2d(torch.relu(_norm(z)), by_side[1])
            told = f"{name}(x) for maps x of shape {shape}"
            ask.close(ask.call(name, x), torch.relu(_norm(z)), given=told, **NEAR)
    for inputs, outputs in (3, 16), (int(rng.integers(5, 60)), int(rng.integers(61, 300))), (128, 64), (1, 1):
        depthwise, pointwise = torch.nn.Conv2d(inputs, inputs, 3, groups=inputs), torch.nn.Conv2d(inputs, outputs, 1)
        norms = torch.nn.BatchNorm2d(inputs), torch.nn.BatchNorm2d(outputs)
        aim = sum(p.numel() for part in (depthwise, pointwise, *norms) for p in part.parameters()) - inputs - outputs
        ask.equal(ask.call("count_separable", inputs, outputs), aim)


separable.hints(
    "The first convolution gives each channel a kernel of its own. Which argument of nn.Conv2d cuts the channels into "
    "groups, and how many groups are that here?",
    "nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs, bias=False), nn.BatchNorm2d(inputs), nn.ReLU(), "
    "and then the same three for the 1×1 convolution.",
    "For the count: 9 weights for each input channel, inputs · outputs weights, and two numbers for each channel of "
    "each batch normalisation. inputs = 4, outputs = 6 gives 80.",
)


def _separables(
    count=lambda i, o: 9 * i + i * o + 2 * i + 2 * o,
    *,
    groups=True,
    relus=(True, True),
    norms=(True, True),
    bias=False,
    late=False,
    swap=False,
    padding=1,
    step=None,
):
    import torch
    from torch import nn

    def build(inputs, outputs, stride=1):
        g, stride = inputs if groups else 1, step or stride
        a = nn.Conv2d(inputs, inputs, 3, 1 if late else stride, padding=padding, groups=g, bias=bias)
        b = nn.Conv2d(inputs, outputs, 1, stride if late else 1, bias=bias)
        first, last = nn.BatchNorm2d(inputs), nn.BatchNorm2d(outputs)
        if swap:
            a = nn.Conv2d(inputs, outputs, 1, bias=bias)
            b = nn.Conv2d(outputs, outputs, 3, stride, padding=1, groups=outputs, bias=bias)
            first = nn.BatchNorm2d(outputs)
        layers = [a, *[first] * norms[0], *[nn.ReLU()] * relus[0], b, *[last] * norms[1], *[nn.ReLU()] * relus[1]]
        return nn.Sequential(*layers)

    torch.manual_seed(0)
    made = {name: build(*sizes) for name, sizes in SEPARABLES.items()}
    return {"separable": build, "count_separable": count, **made}


@separable.slip("the 3×3 convolution mixes the channels: groups=inputs is missing", make=True)
def _():
    return _separables(groups=False)


@separable.slip("no ReLU stands between the two convolutions", make=True)
def _():
    return _separables(relus=(False, True))


@separable.slip("the last ReLU is missing", make=True)
def _():
    return _separables(relus=(True, False))


@separable.slip("there is no batch normalisation: each of the two convolutions is followed by one", make=True)
def _():
    return _separables(norms=(False, False))


@separable.slip("batch normalisation is missing after the depthwise convolution", make=True)
def _():
    return _separables(norms=(False, True))


@separable.slip("without padding=1 the 3×3 convolution makes the maps smaller by 2", make=True)
def _():
    return _separables(padding=0)


@separable.slip("the stride is not used: the depthwise convolution must get it", make=True)
def _():
    return _separables(step=1)


@separable.slip("the convolutions have a bias; the batch normalisation after each has one already", make=True)
def _():
    return _separables(bias=True)


@separable.slip(
    "the stride belongs to the 3×3 convolution: a 1×1 one with stride 2 never sees 3 of 4 places", make=True
)
def _():
    return _separables(late=True)


@separable.slip("the 1×1 convolution comes first here; the depthwise one is to be the first", make=True)
def _():
    return _separables(swap=True)


@separable.slip("the count leaves out the scale and the shift of each batch normalisation", make=True)
def _():
    return _separables(lambda i, o: 9 * i + i * o)


@separable.slip("one of the two batch normalisations is counted; the first has 2 · inputs parameters", make=True)
def _():
    return _separables(lambda i, o: 9 * i + i * o + 2 * o)


@separable.slip("the first batch normalisation has one pair for each of the inputs, not of the outputs", make=True)
def _():
    return _separables(lambda i, o: 9 * i + i * o + 4 * o)


@separable.slip("this is the count of a full 3×3 convolution", make=True)
def _():
    return _separables(lambda i, o: 9 * i * o)


@separable.slip("this counts the full 3×3 convolution in place of the two small ones", make=True)
def _():
    return _separables(lambda i, o: 9 * i * o + 2 * i + 2 * o)


@separable.slip("the running mean and variance are counted; they are kept, not learned", make=True)
def _():
    return _separables(lambda i, o: 9 * i + i * o + 4 * i + 4 * o)


@separable.slip("the count has a bias for each convolution; they have none", make=True)
def _():
    return _separables(lambda i, o: 9 * i + i * o + 3 * i + 3 * o)


# 16.5 -----------------------------------------------------------------------------------------------------------------
@exercise("16.5", "Count by hand", reads=("counts", "cost_of_one"))
def counted(ask: Ask, rng: np.random.Generator) -> None:
    from torch import nn

    from nnlab.zoo import count_parameters as parameters

    layers = {
        "the first convolution": nn.Conv2d(1, 8, 5, padding=2),
        "the first batch normalisation": nn.BatchNorm2d(8),
        "the depthwise convolution": nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False),
        "the 1×1 convolution": nn.Conv2d(8, 16, 1, bias=False),
        "the second batch normalisation": nn.BatchNorm2d(16),
        "the linear layer": nn.Linear(16, 10),
    }
    counts = ask.value("counts")
    six = np.shape(counts) == (6,)
    ask.true(six, "six numbers are to stand there, one for each layer that has parameters", given="counts")
    if six:  # one after the other, and without the number that is right: it is to be found by hand
        for got, (name, layer) in zip(counts, layers.items(), strict=True):
            right = got == parameters(layer)
            ask.true(right, f"got       {got}\nwhich is not the number of its parameters", given=f"counts: {name}")
    cost, places = ask.value("cost_of_one"), 14 * 14
    right = np.ndim(cost) == 0 and cost == parameters(layers["the 1×1 convolution"]) * places
    ask.true(bool(right), f"got       {cost}\nwhich is not its cost for one picture", given="cost_of_one")


counted.hints(
    "A convolution has outputs · (inputs / groups) · side² weights, and one bias for each output, unless bias=False. "
    "Batch normalisation learns a scale and a shift for each channel.",
    "The first convolution: 8 · 1 · 5² weights and 8 biases. The linear layer gets one number for each of 16 maps.",
    "For the cost: how many places does a map have after the pooling? At each, every weight of the 1×1 convolution is "
    "used once.",
)

_COUNTS, _COST = [208, 16, 72, 128, 32, 170], 25088
counted.slip(
    "the first convolution has a bias for each of its 8 outputs", counts=[200, 16, 72, 128, 32, 170], cost_of_one=_COST
)
counted.slip(
    "batch normalisation learns two numbers a channel; its running mean and variance are not learned",
    counts=[208, 32, 72, 128, 64, 170],
    cost_of_one=_COST,
)
counted.slip(
    "batch normalisation learns two numbers for each channel, a scale and a shift",
    counts=[208, 8, 72, 128, 16, 170],
    cost_of_one=_COST,
)
counted.slip(
    "groups=8: in the depthwise convolution, each output sees one channel and not eight",
    counts=[208, 16, 576, 128, 32, 170],
    cost_of_one=_COST,
)
counted.slip("the two convolutions with bias=False have no bias", counts=[208, 16, 80, 144, 32, 170], cost_of_one=_COST)
counted.slip(
    "global pooling leaves one number of each map, so the linear layer has 16 inputs",
    counts=[208, 16, 72, 128, 32, 16 * 14 * 14 * 10 + 10],
    cost_of_one=_COST,
)
counted.slip("the linear layer has a bias for each class", counts=[208, 16, 72, 128, 32, 160], cost_of_one=_COST)
counted.slip(
    "cost_of_one: this is the number of weights; each is used once at every place of the map",
    counts=_COUNTS,
    cost_of_one=128,
)
counted.slip(
    "cost_of_one: the pooling comes before the 1×1 convolution, which sees 14 × 14 places",
    counts=_COUNTS,
    cost_of_one=128 * 28 * 28,
)
counted.slip(
    "cost_of_one: a multiplication with its addition counts once, as in `zoo.multiply_adds`",
    counts=_COUNTS,
    cost_of_one=2 * _COST,
)
counted.slip(
    "cost_of_one: this is the number of places times the inputs; there are 16 outputs",
    counts=_COUNTS,
    cost_of_one=8 * 14 * 14,
)
