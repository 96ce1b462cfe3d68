import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nnlab.errors import BadData, UnavailableDevice
from nnlab.train import EarlyStopping, fit

BCE = nn.BCEWithLogitsLoss()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("part", [0, 1])
def test_nan_and_infinity_are_refused_and_their_row_is_named(points, network, part, value):
    data = [t.clone() for t in points]
    data[part][17, 0] = value
    with pytest.raises(BadData, match=rf"data, {'Xy'[part]} holds 1 values.*row 17"):
        fit(network(), data, loss=BCE, epochs=1)
    with pytest.raises(BadData, match=rf"validation, {'Xy'[part]} holds"):
        fit(network(), points, loss=BCE, epochs=1, validation=data)


def test_nan_in_a_dataloader_is_refused_before_its_update(points, network):
    x, y = points[0].clone(), points[1]
    x[0, 1] = float("nan")
    model = network()
    with pytest.raises(BadData, match="data, batch 0, x holds 1 values"):
        fit(model, DataLoader(TensorDataset(x, y), batch_size=10), loss=BCE, epochs=1)
    assert torch.isfinite(model[0].weight).all()


def test_two_lengths_are_refused(points, network):
    x, y = points
    with pytest.raises(BadData, match="X has 50 rows and y has 49"):
        fit(network(), (x, y[:49]), loss=BCE, epochs=1)


def test_no_data_are_refused(network):
    empty = torch.empty(0, 2), torch.empty(0, 1)
    with pytest.raises(BadData, match="data is empty"):
        fit(network(), empty, loss=BCE, epochs=1)
    with pytest.raises(BadData, match="gives no batch"):
        fit(network(), DataLoader(TensorDataset(*empty)), loss=BCE, epochs=1)


@pytest.mark.parametrize(
    "data", [None, torch.zeros(2, 2), (torch.zeros(2, 2),), "ab", TensorDataset(torch.zeros(2, 2))]
)
def test_what_is_neither_a_pair_nor_a_dataloader_is_refused(network, data):
    with pytest.raises(BadData, match=r"pair \(X, y\)|must hold numbers|empty"):
        fit(network(), data, loss=BCE, epochs=1)


def test_a_dataloader_of_single_tensors_is_refused(points, network):
    with pytest.raises(BadData, match=r"must be a pair \(x, y\), got a list of 1"):
        fit(network(), DataLoader(TensorDataset(points[0])), loss=BCE, epochs=1)


def test_words_are_refused(points, network):
    with pytest.raises(BadData, match="X must hold numbers"):
        fit(network(), (np.array([["a", "b"]] * 50), points[1]), loss=BCE, epochs=1)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("epochs", -1),
        ("epochs", 1.5),
        ("epochs", True),
        ("batch_size", 0),
        ("batch_size", "all"),
        ("validate_every", 0),
        ("threads", 0),
        ("lr", 0.0),
        ("lr", float("nan")),
        ("early_stopping", 0),
        ("early_stopping", 2.5),
        ("optimizer", "adamm"),
        ("optimizer", lambda parameters: "no optimizer"),
        ("scheduler_every", "epoch"),
        ("metrics", {"loss": lambda output, y: 0.0}),
    ],
)
def test_an_argument_out_of_its_range_is_refused(points, network, argument, value):
    with pytest.raises(BadData):
        fit(network(), points, **{"loss": BCE, "epochs": 1, argument: value})


@pytest.mark.parametrize("wrong", [{"min_delta": -1.0}, {"mode": "least"}])
def test_early_stopping_checks_what_it_is_given(wrong):
    with pytest.raises(BadData):
        EarlyStopping(3, **wrong)


def test_a_device_that_is_not_here_is_refused(points, network):
    with pytest.raises(UnavailableDevice):
        fit(network(), points, loss=BCE, epochs=1, device="cuda:99")


def test_a_model_without_anything_to_learn_is_refused(points, network):
    with pytest.raises(BadData, match="nothing to train"):
        fit(network().requires_grad_(False), points, loss=BCE, epochs=1)


def test_the_optimizer_of_another_model_is_refused(points, network):
    with pytest.raises(BadData, match="no parameter of this model"):
        fit(network(), points, loss=BCE, epochs=1, optimizer=torch.optim.SGD(network().parameters(), lr=0.1))


@pytest.mark.parametrize(("augment", "got"), [(lambda x: x[:-1], "one of 31"), (lambda x: None, "NoneType")])
def test_an_augmentation_that_loses_rows_is_refused(points, network, augment, got):
    with pytest.raises(BadData, match=f"as many rows as it was given, 32; got {got}"):
        fit(network(), points, loss=BCE, epochs=1, augment=augment)
