"""What is measured, in which mode, and the checks of the loss."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from nnlab.errors import BadData
from nnlab.train import fit

BCE = nn.BCEWithLogitsLoss()


def accuracy(output, y):
    return ((output > 0) == (y > 0.5)).float().mean()


def test_a_sum_for_a_loss_is_divided_by_the_samples(points, network):
    mean = fit(network(), points, loss=BCE, epochs=1, batch_size=16, lr=1e-9)
    total = fit(network(), points, loss=nn.BCEWithLogitsLoss(reduction="sum"), epochs=1, batch_size=16, lr=1e-9)
    assert total.loss == pytest.approx(mean.loss, rel=1e-5)


@pytest.mark.parametrize("n", [50, 2100])
def test_validation_is_the_mean_over_all_its_samples_in_eval_mode(network, points, n):
    x = torch.randn(n, 2)
    y = (x[:, :1] > 0).float()
    model = network(nn.BatchNorm1d(8), nn.Dropout(0.5))
    history = fit(model, points, loss=BCE, epochs=2, validation=(x, y), metrics={"accuracy": accuracy})
    with torch.no_grad():
        output = model.eval()(x)
    assert history.val_loss[-1] == pytest.approx(BCE(output, y).item(), abs=1e-6)
    assert history.val_metrics["accuracy"][-1] == pytest.approx(accuracy(output, y).item(), abs=1e-6)


def test_validation_changes_neither_the_training_nor_the_statistics_of_batchnorm(points, network):
    far_away = torch.randn(30, 2) * 9, torch.ones(30, 1)
    alone = network(nn.BatchNorm1d(8), nn.Dropout(0.5))
    expected = fit(alone, points, loss=BCE, epochs=3)
    watched = network(nn.BatchNorm1d(8), nn.Dropout(0.5))
    history = fit(watched, points, loss=BCE, epochs=3, validation=far_away)
    assert history.loss == expected.loss
    assert torch.equal(alone[1].running_var, watched[1].running_var)


class Recorder(nn.Module):
    """Notes of every forward pass: in train mode? with gradients?"""

    def __init__(self):
        super().__init__()
        self.layer, self.seen = nn.Linear(2, 1), []

    def forward(self, x):
        self.seen.append((self.training, torch.is_grad_enabled()))
        return self.layer(x)


def test_training_passes_are_in_train_mode_and_validation_passes_in_eval_mode_without_gradients(points):
    model = Recorder()
    fit(model, points, loss=BCE, epochs=2, batch_size=25, validation=points)
    assert model.seen == [(True, True), (True, True), (False, False)] * 2


@pytest.mark.parametrize("trained_before", [True, False])
def test_every_module_gets_its_mode_back(points, network, trained_before):
    model = network(nn.Dropout()).train(trained_before)
    model[1].train(not trained_before)
    fit(model, points, loss=BCE, epochs=1, validation=points)
    assert [m.training for m in model.modules()] == [trained_before] * 2 + [not trained_before] + [trained_before] * 2


def test_the_mode_comes_back_after_an_error_too(points, network):
    model = network().eval()
    with pytest.raises(ZeroDivisionError):
        fit(model, points, loss=BCE, epochs=1, callbacks=[lambda state: 1 / 0])
    assert not model.training


def test_metrics_see_the_whole_epoch_at_once(points, network):
    sizes = []

    def precision(output, y):
        sizes.append(tuple(output.shape))
        return y[output > 0].mean()

    fit(network(), points, loss=BCE, epochs=1, batch_size=16, metrics={"precision": precision}, validation=points)
    assert sizes == [(50, 1), (50, 1)]  # training, validation


def test_training_metrics_are_those_of_the_predictions_made_on_the_way(points, network):
    outputs, targets = [], []

    def loss(output, y):
        outputs.append(output.detach())
        targets.append(y)
        return BCE(output, y)

    history = fit(network(), points, loss=loss, epochs=1, batch_size=16, metrics={"accuracy": accuracy})
    assert history.metrics["accuracy"] == [accuracy(torch.cat(outputs), torch.cat(targets)).item()]


def test_validation_every_third_epoch_and_after_the_last(points, network):
    model = Recorder()
    history = fit(model, points, loss=BCE, epochs=7, validation=points, validate_every=3, batch_size=None)
    assert [value == value for value in history.val_loss] == [False, False, True, False, False, True, True]
    assert sum(not training for training, _ in model.seen) == 3


# Shapes that broadcast.

ELEMENTWISE = [
    nn.MSELoss(),
    nn.L1Loss(),
    nn.HuberLoss(),
    nn.BCEWithLogitsLoss(),
    F.mse_loss,
    F.binary_cross_entropy_with_logits,
    lambda p, y: ((p - y) ** 2).mean(),
    lambda p, y: ((p - y) ** 2).sum(),
]


@pytest.mark.parametrize("loss", ELEMENTWISE)
def test_outputs_of_n_by_1_against_targets_of_n_are_refused_before_the_first_update(points, network, loss):
    x, y = points
    model = network()
    with pytest.raises(BadData, match=r"\(32, 1\) and y has shape \(32,\).*y\[:, None\]"):
        fit(model, (x, y[:, 0]), loss=loss, epochs=1)
    assert torch.equal(model[0].weight, network()[0].weight)


@pytest.mark.parametrize("loss", ELEMENTWISE)
def test_outputs_of_n_against_targets_of_n_by_1_are_refused(points, loss):
    model = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
    with pytest.raises(BadData, match=r"\(32,\) and y has shape \(32, 1\).*y\[:, 0\]"):
        fit(model, points, loss=loss, epochs=1)


def test_the_validation_set_is_checked_too(points, network):
    x, y = points
    with pytest.raises(BadData, match=r"\(50, 1\) and y has shape \(50,\)"):
        fit(network(), points, loss=nn.MSELoss(), epochs=1, validation=(x, y[:, 0]))


def test_a_dataloader_is_checked_too(points, network):
    x, y = points
    with pytest.raises(BadData, match=r"\(10, 1\) and y has shape \(10,\)"):
        fit(network(), DataLoader(TensorDataset(x, y[:, 0]), batch_size=10), loss=nn.MSELoss(), epochs=1)


@pytest.mark.parametrize(
    "loss",
    [
        lambda p, y: F.mse_loss(p.squeeze(1), y),
        lambda p, y: ((p[:, 0] - y) ** 2).mean(),
        lambda p, y: ((p - y.unsqueeze(1)) ** 2).mean(),
        lambda p, y: ((p - y[:, None]) ** 2).sum(),
        lambda p, y: -torch.corrcoef(torch.stack([p.squeeze(), y.squeeze()]))[0, 1],
    ],
)
def test_a_loss_of_ones_own_that_fits_the_shapes_itself_is_left_alone(points, network, loss):
    x, y = points
    assert len(fit(network(), (x, y[:, 0]), loss=loss, epochs=2)) == 2


def test_the_check_draws_nothing_from_the_generator(points, network):
    x, y = points

    def noisy(output, target):
        return F.mse_loss(output.flatten() + torch.randn(1), target.flatten())

    assert fit(network(), (x, y[:, 0]), loss=noisy, epochs=2) == fit(network(), points, loss=noisy, epochs=2)


def test_as_many_classes_as_samples_are_no_broadcast(points):
    x, y = points
    fit(nn.Linear(2, 4), (x[:4], y[:4, 0].long()), loss=lambda p, t: F.cross_entropy(p, t), epochs=1)


def test_three_outputs_against_one_target_are_refused(points):
    with pytest.raises(BadData, match=r"\(32, 3\) and y has shape \(32, 1\).*CrossEntropyLoss"):
        fit(nn.Linear(2, 3), points, loss=nn.MSELoss(), epochs=1)


def test_whole_numbers_for_binary_cross_entropy_are_refused_with_the_remedy(points, network):
    x, y = points
    with pytest.raises(BadData, match=r"y\.float\(\)"):
        fit(network(), (x, y.long()), loss=BCE, epochs=1)


def test_a_loss_that_is_not_one_number_is_refused(points, network):
    with pytest.raises(BadData, match=r"shape \(32, 1\)"):
        fit(network(), points, loss=nn.MSELoss(reduction="none"), epochs=1)


def test_metrics_of_a_model_with_two_outputs_are_refused(points):
    class Two(nn.Linear):
        def forward(self, x):
            return super().forward(x), x

    def loss(output, y):
        return BCE(output[0], y)

    assert len(fit(Two(2, 1), points, loss=loss, epochs=1)) == 1
    with pytest.raises(BadData, match="returns one tensor"):
        fit(Two(2, 1), points, loss=loss, epochs=1, metrics={"accuracy": accuracy})
