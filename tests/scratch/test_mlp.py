import copy
import pickle
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nnlab import scratch
from nnlab.errors import BadData

MODULES = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "identity": nn.Identity}


def twins(sizes, activation, dtype=np.float64):
    """The same network here and in PyTorch."""
    torch.manual_seed(0)
    parts = []
    for inputs, outputs in pairwise(sizes):
        parts += [nn.Linear(inputs, outputs), MODULES[activation]()]
    theirs = nn.Sequential(*parts[:-1]).to(torch.float64 if dtype is np.float64 else torch.float32)
    ours = scratch.MLP(sizes, activation, dtype=dtype)
    ours.assign([p.detach().numpy() for p in theirs.parameters()])
    return ours, theirs


@pytest.mark.parametrize("activation", MODULES)
@pytest.mark.parametrize("sizes", [(3, 1), (2, 8, 6, 1), (4, 5, 3), (1, 1, 1, 1), (3, 7, 2, 5)])
@pytest.mark.parametrize("n", [1, 9])
def test_output_and_every_gradient_are_torchs(activation, sizes, n):
    ours, theirs = twins(sizes, activation)
    rng = np.random.default_rng(n)
    x, upstream = rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))
    tx = torch.tensor(x, requires_grad=True)
    out = theirs(tx)
    out.backward(torch.tensor(upstream))
    np.testing.assert_allclose(ours.forward(x), out.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(ours.backward(upstream), tx.grad.numpy(), rtol=1e-10, atol=1e-14)
    for g, p in zip(ours.gradients, theirs.parameters(), strict=True):
        np.testing.assert_allclose(g, p.grad.numpy(), rtol=1e-10, atol=1e-14)


def orders_and_batches(x, y, batch_size, epochs):
    """The batches of a DataLoader, and the order in which it took the rows."""
    torch.manual_seed(5)
    loader = DataLoader(TensorDataset(torch.arange(len(x)), torch.tensor(x), torch.tensor(y)), batch_size, shuffle=True)
    batches = [list(loader) for _ in range(epochs)]
    return [torch.cat([rows for rows, _, _ in epoch]).numpy() for epoch in batches], batches


@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy", "cross_entropy"])
@pytest.mark.parametrize("whole", [True, False], ids=["one vector", "a list of arrays"])
def test_training_on_a_dataloaders_batches_gives_its_losses_and_weights(loss, whole):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 2))
    y = (x[:, :1] * x[:, 1:] > 0).astype(float) if loss != "cross_entropy" else rng.integers(0, 3, 50)
    theirs_loss = {"mse": nn.MSELoss(), "binary_cross_entropy": nn.BCEWithLogitsLoss()}.get(loss, nn.CrossEntropyLoss())
    ours, theirs = twins((2, 8, 6, 3 if loss == "cross_entropy" else 1), "relu")
    orders, batches = orders_and_batches(x, y, 16, 10)  # the last batch of each epoch has 2 rows
    optimizer, expected = torch.optim.Adam(theirs.parameters(), lr=0.01), []
    for epoch in batches:
        total = 0.0
        for _, xb, yb in epoch:
            optimizer.zero_grad()
            value = theirs_loss(theirs(xb), yb)
            value.backward()
            optimizer.step()
            total += value.item() * len(xb)
        expected.append(total / 50)
    mine = scratch.Adam([ours.theta] if whole else ours.parameters, lr=0.01)
    history = ours.fit(x, y, loss=loss, optimizer=mine, epochs=10, batch_size=16, orders=orders)
    np.testing.assert_allclose(history, expected, rtol=1e-10)
    for a, b in zip(ours.parameters, theirs.parameters(), strict=True):
        np.testing.assert_allclose(a, b.detach().numpy(), rtol=1e-8, atol=1e-12)


def settings(net, **others):
    return {"loss": "mse", "optimizer": scratch.SGD([net.theta], lr=0.1), "epochs": 3, **others}


def line(n=40):
    x = np.linspace(-1, 1, n)[:, None]
    return x, 2 * x + 1


def test_the_same_seed_repeats_and_another_shuffles_otherwise():
    def run(seed):
        net = scratch.MLP((1, 4, 1))
        return net.fit(*line(), **settings(net, batch_size=7, seed=seed))

    assert run(0) == run(0) != run(1)
    assert (scratch.MLP((1, 4, 1), seed=0).theta != scratch.MLP((1, 4, 1), seed=1).theta).all()


def test_every_epoch_takes_every_row_once():
    class Watched(scratch.MLP):
        def forward(self, x):
            seen.extend(x[:, 0].tolist())
            return super().forward(x)

    seen: list[float] = []
    net, (x, y) = Watched((1, 1)), line()
    net.fit(x, y, **settings(net, batch_size=7))
    epochs = [seen[k : k + 40] for k in (0, 40, 80)]
    assert all(sorted(e) == x[:, 0].tolist() for e in epochs) and epochs[0] != epochs[1] != x[:, 0].tolist()


def test_a_schedule_sets_the_rate_of_every_step():
    rates = []

    class Watched(scratch.SGD):
        def step(self, gradients):
            rates.append(self.lr)
            super().step(gradients)

    net = scratch.MLP((1, 1))
    how = settings(net, optimizer=Watched([net.theta]), batch_size=20, schedule=lambda t: 0.1 / (1 + t))
    net.fit(*line(), **how)
    assert rates == [0.1 / (1 + t) for t in range(6)]


def test_initial_weights_are_uniform_within_the_bounds_of_nn_linear():
    layer = scratch.Dense(25, 400)
    values = layer.theta * 5  # within ±1 if the bound is 1/√25
    assert values.min() > -1 and values.max() < 1 and abs(values.mean()) < 0.03
    assert values.var() == pytest.approx(1 / 3, rel=0.05)


def test_float32_stays_float32():
    net = scratch.MLP((1, 4, 1), dtype=np.float32)
    net.fit(*line(), **settings(net, optimizer=scratch.Adam([net.theta])))
    assert {a.dtype.name for a in (net.theta, net.gradient, *net.parameters, net.forward(line()[0]))} == {"float32"}


@pytest.mark.parametrize("again", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_is_a_network_of_its_own_whose_vector_still_is_its_weights(again):
    net = scratch.MLP((1, 4, 1))
    twin = again(net)
    before = net.theta.copy()
    twin.fit(*line(), **settings(twin))
    assert (net.theta == before).all()
    twin.theta[:] = 0
    assert not any(p.any() for p in twin.parameters) and (net.theta == before).all()


def test_parameters_are_views():
    net = scratch.MLP((2, 3, 1))
    net.parameters[0][1, 0] = 7.0
    assert net.layers[0].weights[1, 0] == 7 and (net.theta == 7).sum() == 1


def test_no_data_is_changed():
    net, (x, y) = scratch.MLP((1, 4, 1)), line()
    copies = x.copy(), y.copy()
    net.fit(x, y, **settings(net))
    assert (x == copies[0]).all() and (y == copies[1]).all()


def test_a_loss_of_ones_own_may_be_given():
    absolute = scratch.Loss(lambda p, y: float(np.abs(p - y).mean()), lambda p, y: np.sign(p - y) / len(y))
    net = scratch.MLP((1, 1))
    history = net.fit(*line(), **settings(net, loss=absolute, epochs=50))
    assert history[-1] < 0.1 < history[0]


def test_divergence_ends_the_training_with_advice():
    net = scratch.MLP((1, 1))
    how = settings(net, optimizer=scratch.SGD([net.theta], lr=1e3), epochs=200)
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="learning rate that is too large"):
        history = net.fit(*line(), **how)
    assert len(history) < 200 and not np.isfinite(history[-1]) and np.isfinite(history[:-1]).all()


def test_y_of_one_output_may_be_a_vector():
    one, two = scratch.MLP((1, 4, 1)), scratch.MLP((1, 4, 1))
    x, y = line()
    assert one.fit(x, y, **settings(one)) == two.fit(x, y[:, 0].tolist(), **settings(two))


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.zeros((4, 2)), np.zeros(4), r"expects shape \(n, 1\)"),
        (np.zeros((4, 1)), np.zeros(3), r"must be \(4, 1\)"),
        (np.zeros((4, 1)), np.zeros((4, 2)), r"must be \(4, 1\)"),
        (np.zeros((4, 1)), [0, 1, np.nan, 0], "y holds NaN"),
        ([[0], [np.inf], [1], [2]], np.zeros(4), "X holds 1 NaN or infinite"),
        (np.zeros(4), np.zeros(4), "X has shape"),
        (np.zeros((0, 1)), np.zeros(0), "X has shape"),
    ],
)
def test_data_that_do_not_fit_are_refused(x, y, said):
    net = scratch.MLP((1, 1))
    with pytest.raises(BadData, match=said):
        net.fit(x, y, **settings(net))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"loss": "bce"}, "choose mse, binary_cross_entropy, cross_entropy"),
        ({"epochs": -1}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"optimizer": scratch.SGD([np.zeros(2)])}, "other parameters"),
        ({"optimizer": scratch.SGD(scratch.MLP((1, 1)).parameters)}, "other parameters"),
    ],
)
def test_settings_that_do_not_fit_are_refused(change, said):
    net = scratch.MLP((1, 1))
    with pytest.raises(BadData, match=said):
        net.fit(*line(), **settings(net, **change))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: scratch.MLP((3,)), "at least"),
        (lambda: scratch.MLP((3, 0, 1)), "outputs"),
        (lambda: scratch.MLP((3, 2.5)), "outputs"),
        (lambda: scratch.MLP((3, 1), "gelu"), "choose identity, relu"),
        (lambda: scratch.Dense(2, 2, "gelu"), "choose identity, relu"),
        (lambda: scratch.Dense(2, 2, dtype=int), "float32"),
        (lambda: scratch.MLP((3, 1)).assign([np.zeros((3, 1)), np.zeros(1)]), r"\(1, 3\)"),
        (lambda: scratch.MLP((3, 1)).forward(np.zeros(3)), r"expects shape \(n, 3\)"),
        (lambda: (net := scratch.MLP((3, 1))).forward(np.zeros((2, 3))) is net.backward(np.zeros(2)), "the gradient"),
        (lambda: scratch.MLP((3, 1)).backward(np.zeros((2, 1))), "forward"),
    ],
)
def test_what_cannot_be_is_refused(make, said):
    with pytest.raises(BadData, match=said):
        make()


def test_the_room_loads_neither_torch_nor_matplotlib():
    code = (
        "import sys, nnlab.scratch; print([m for m in ('torch', 'matplotlib', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
