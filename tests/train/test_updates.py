"""Optimizers and schedules."""

from functools import partial

import pytest
import torch
from torch import nn, optim
from torch.optim import lr_scheduler

from nnlab.errors import BadData
from nnlab.train import fit

BCE = nn.BCEWithLogitsLoss()
CLASSES = {"sgd": optim.SGD, "adam": optim.Adam, "adamw": optim.AdamW, "rmsprop": optim.RMSprop}


@pytest.mark.parametrize("name", CLASSES)
def test_a_name_gives_the_losses_of_torchs_own_unfused_optimizer(points, network, name):
    seen = []
    named = fit(
        network(), points, loss=BCE, epochs=20, lr=0.02, optimizer=name, callbacks=[lambda s: seen.append(s.optimizer)]
    )
    options = {} if name == "rmsprop" else {"fused": False}
    made = fit(network(), points, loss=BCE, epochs=20, lr=0.02, optimizer=partial(CLASSES[name], **options))
    assert type(seen[0]) is CLASSES[name]
    assert named.loss == pytest.approx(made.loss, abs=1e-6)
    assert seen[0].param_groups[0].get("fused", False) is (name != "rmsprop")


def test_without_a_learning_rate_torchs_default_serves(points, network):
    assert fit(network(), points, loss=BCE, epochs=1).lr == [0.001]


def test_an_instance_is_used_as_it_is(points, network):
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    by_instance = fit(model, points, loss=BCE, epochs=3, optimizer=optimizer)
    assert optimizer.state
    by_factory = fit(network(), points, loss=BCE, epochs=3, lr=0.3, optimizer=partial(optim.SGD, momentum=0.9))
    assert by_instance.loss == pytest.approx(by_factory.loss, abs=1e-6)
    assert by_instance.lr == [0.3] * 3


def test_an_instance_and_a_learning_rate_are_one_too_many(points, network):
    model = network()
    with pytest.raises(BadData, match="lr was given twice"):
        fit(model, points, loss=BCE, epochs=1, lr=0.1, optimizer=optim.SGD(model.parameters(), lr=0.3))


def test_frozen_layers_stay_as_they_are(points, network):
    model = network()
    model[0].requires_grad_(False)
    fit(model, points, loss=BCE, epochs=2, lr=0.1)
    assert torch.equal(model[0].weight, network()[0].weight)
    assert not torch.equal(model[2].weight, network()[2].weight)


def test_sparse_gradients_get_an_optimizer_that_takes_them():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(5, 3, sparse=True), nn.Linear(3, 1))
    words = torch.arange(20) % 5
    history = fit(model, (words, (words > 2).float()[:, None]), loss=BCE, epochs=30, lr=0.5, optimizer="sgd")
    assert history.loss[-1] < history.loss[0]


def test_a_schedule_by_epoch(points, network):
    halve = partial(lr_scheduler.StepLR, step_size=2, gamma=0.5)
    history = fit(network(), points, loss=BCE, epochs=5, lr=0.4, scheduler=halve, scheduler_every="epoch")
    assert history.lr == pytest.approx([0.4, 0.4, 0.2, 0.2, 0.1])


def test_a_schedule_by_batch(points, network):
    halve = partial(lr_scheduler.StepLR, step_size=4, gamma=0.5)  # 50 points in batches of 16: four batches an epoch
    history = fit(
        network(), points, loss=BCE, epochs=3, lr=0.4, batch_size=16, scheduler=halve, scheduler_every="batch"
    )
    assert history.lr == pytest.approx([0.4, 0.2, 0.1])


def test_a_ready_scheduler_of_a_ready_optimizer(points, network):
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.4)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    history = fit(model, points, loss=BCE, epochs=3, optimizer=optimizer, scheduler=scheduler, scheduler_every="epoch")
    assert history.lr == pytest.approx([0.4, 0.2, 0.1])


def test_a_scheduler_of_another_optimizer_is_refused(points, network):
    other = lr_scheduler.ExponentialLR(optim.SGD(network().parameters(), lr=1.0), 0.5)
    with pytest.raises(BadData, match="another optimizer"):
        fit(network(), points, loss=BCE, epochs=3, scheduler=other, scheduler_every="epoch")


def test_a_schedule_must_say_whether_it_counts_epochs_or_batches(points, network):
    with pytest.raises(BadData, match='say "epoch" or "batch"'):
        fit(network(), points, loss=BCE, epochs=3, scheduler=partial(lr_scheduler.StepLR, step_size=2))


def plateau(optimizer):
    return lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.1, patience=0)


def test_the_plateau_schedule_watches_the_validation_loss(points, network):
    x, y = points
    history = fit(
        network(), points, loss=BCE, epochs=4, lr=0.5, validation=(x, 1 - y), scheduler=plateau, scheduler_every="epoch"
    )
    worse = [later >= earlier for earlier, later in zip(history.val_loss, history.val_loss[1:], strict=False)]
    assert worse[0]  # the labels are the opposite ones, so learning makes it worse
    assert history.lr[:3] == pytest.approx([0.5, 0.5, 0.05])


def test_the_plateau_schedule_waits_for_epochs_that_are_validated(points, network):
    history = fit(
        network(), points, loss=BCE, epochs=8, lr=0.01, validation=points, validate_every=4,
        scheduler=plateau, scheduler_every="epoch",
    )  # fmt: skip
    assert history.lr == [0.01] * 8


def test_the_plateau_schedule_cannot_count_batches(points, network):
    with pytest.raises(BadData, match="ReduceLROnPlateau"):
        fit(network(), points, loss=BCE, epochs=1, scheduler=plateau, scheduler_every="batch")
