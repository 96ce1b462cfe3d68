"""Convolutional networks: every gradient by differences, and a whole training step for step as torch's."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from nnlab import scratch
from nnlab.data import load
from nnlab.errors import BadData
from nnlab.scratch import conv


def network(dtype=np.float64, activation="tanh"):
    how = {"seed": np.random.default_rng(0), "dtype": dtype}
    return scratch.Sequential(
        conv.Conv2d(2, 4, (3, 2), padding=((1, 0), (0, 1)), activation=activation, **how),
        conv.MaxPool2d(2, padding=1),
        conv.Conv2d(4, 6, 3, stride=2, dilation=(1, 2), padding=2, groups=2, activation=activation, **how),
        conv.AvgPool2d(2, stride=1),
        conv.Flatten(),
        scratch.Dense(12, 3, **how),
    )


def twin(ours):
    """The same network in PyTorch, with the same weights."""
    theirs = nn.Sequential(
        nn.ZeroPad2d((0, 1, 1, 0)),
        *(nn.Conv2d(2, 4, (3, 2)), nn.Tanh(), nn.MaxPool2d(2, padding=1)),
        *(nn.Conv2d(4, 6, 3, stride=2, dilation=(1, 2), padding=2, groups=2), nn.Tanh(), nn.AvgPool2d(2, stride=1)),
        *(nn.Flatten(), nn.Linear(12, 3)),
    ).double()
    with torch.no_grad():
        for p, own in zip(theirs.parameters(), ours.parameters, strict=True):
            p.copy_(torch.tensor(own))
    return theirs


def data(n=7):
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, 2, 8, 7)), rng.integers(0, 3, n)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_every_gradient_is_that_of_the_differences(activation):
    net, (x, y) = network(activation=activation), data(2)
    by_x = net.backward(scratch.cross_entropy_gradient(net.forward(x), y))

    def loss():
        return scratch.cross_entropy(net.forward(x), y)

    report = scratch.gradient_check(loss, [*net.parameters, x], [*net.gradients, by_x])
    assert report.ok, str(report)
    assert len(report.entries) == net.theta.size + x.size


def test_training_is_torchs_step_for_step():
    ours, (x, y) = network(), data(25)
    theirs, rng = twin(ours), np.random.default_rng(2)
    orders = [rng.permutation(25) for _ in range(6)]
    optimizer, expected = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9), []
    for order in orders:
        total = 0.0
        for rows in np.split(order, [10, 20]):
            loss = nn.functional.cross_entropy(theirs(torch.tensor(x[rows])), torch.tensor(y[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        expected.append(total / 25)
    mine = scratch.SGD([ours.theta], lr=0.1, momentum=0.9)
    history = ours.fit(x, y, loss="cross_entropy", optimizer=mine, epochs=6, batch_size=10, orders=orders)
    np.testing.assert_allclose(history, expected, rtol=1e-10)
    for own, p in zip(ours.parameters, theirs.parameters(), strict=True):
        np.testing.assert_allclose(own, p.detach().numpy(), rtol=1e-8, atol=1e-12)


def test_a_small_network_learns_odd_and_even_digits():
    images, labels = load("mnist")
    x, y = images[:2500, None].astype(np.float32) / 255, labels[:2500] % 2
    how = {"seed": np.random.default_rng(0), "dtype": np.float32}
    net = scratch.Sequential(
        conv.Conv2d(1, 6, 5, stride=2, activation="relu", **how),
        conv.MaxPool2d(2),
        conv.Flatten(),
        scratch.Dense(216, 1, **how),
    )
    optimizer = scratch.Adam([net.theta], lr=0.01)
    net.fit(x[:2000], y[:2000], loss="binary_cross_entropy", optimizer=optimizer, epochs=6)
    right = (net.forward(x[2000:])[:, 0] > 0) == y[2000:]
    assert right.mean() > 0.92  # a logistic regression on the pixels: 0.89 at best


def test_float32_stays_float32():
    net, (x, y) = network(np.float32), data()
    net.fit(x, y, loss="cross_entropy", optimizer=scratch.Adam([net.theta]), epochs=1)
    back = net.backward(np.ones((7, 3)))
    assert {a.dtype.name for a in (net.theta, net.gradient, net.forward(x), back)} == {"float32"}


def test_weights_live_in_one_vector_also_in_a_copy():
    net, (x, _) = network(), data()
    again = copy.deepcopy(net)
    before = net.forward(x)
    again.theta[:] = 0
    assert not again.forward(x).any() and (net.forward(x) == before).all()
    net.layers[2].weights[0, 0, 0, 0] = 9
    assert (net.theta == 9).sum() == 1


def test_initial_weights_are_uniform_within_the_bounds_of_nn_conv2d():
    layer = conv.Conv2d(8, 200, (3, 2), groups=2)  # each output reads 4 · 6 numbers
    values = layer.theta * 24**0.5
    assert -1 < values.min() < -0.99 and 0.99 < values.max() < 1 and abs(values.mean()) < 0.03


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: scratch.Sequential(), "the last layer is missing"),
        (lambda: scratch.Sequential(conv.Flatten()), "the last layer is Flatten; give a Dense"),
        (lambda: scratch.Sequential(*[scratch.Dense(2, 2)] * 2), "stands in the chain twice"),
        (lambda: conv.Conv2d(3, 4, 3, groups=2), "divide the 3 inputs and the 4 outputs"),
        (lambda: conv.Conv2d(1, 1, 0), "kernel is 0"),
        (lambda: conv.Conv2d(1, 1, 3, activation="gelu"), "choose identity, relu"),
        (lambda: network().forward(np.zeros((1, 3, 8, 7))), "3 channels"),
        (lambda: network().forward(np.zeros((1, 2, 9, 9))), r"expects shape \(n, 12\)"),
        (lambda: network().backward(np.zeros((1, 3))), "the last forward gave"),
        (lambda: conv.MaxPool2d(2).forward(np.zeros((4, 4))), r"x has shape \(4, 4\)"),
    ],
)
def test_what_does_not_fit_is_refused(call, said):
    with pytest.raises(BadData, match=said):
        call()
