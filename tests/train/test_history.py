import math

import pytest
from torch import nn

from nnlab.train import History, fit

BCE = nn.BCEWithLogitsLoss()


@pytest.fixture
def history(points, network):
    metrics = {"positive": lambda output, y: (output > 0).float().mean()}
    return fit(network(), points, loss=BCE, epochs=4, validation=points, validate_every=2, metrics=metrics)


def test_the_frame_has_a_row_an_epoch_and_a_column_for_each_number(history):
    frame = history.to_frame()
    assert list(frame.columns) == ["loss", "val_loss", "positive", "val_positive", "lr"]
    assert (frame.index.name, list(frame.index)) == ("epoch", [0, 1, 2, 3])
    assert frame["loss"].tolist() == history.loss
    assert frame.loc[history.best_epoch, "val_loss"] == history.val_loss[history.best_epoch]


def test_the_same_run_twice_is_equal_and_prints_alike(points, network):
    one, two = (fit(network(), points, loss=BCE, epochs=3, validation=points) for _ in range(2))
    assert one == two
    assert repr(one) == repr(two)
    assert one.seconds != two.seconds and min(one.seconds) > 0


def test_another_run_is_not_equal(points, network):
    assert fit(network(), points, loss=BCE, epochs=3) != fit(network(), points, loss=BCE, epochs=3, lr=0.1)


def test_repr_is_short_and_skips_epochs_that_were_not_validated(history):
    text = repr(history)
    assert len(text) < 160
    assert f"val_loss {history.val_loss[1]:.4g} to {history.val_loss[3]:.4g}" in text
    assert "nan" not in text and math.isnan(history.val_loss[0])


def test_an_empty_history_can_be_shown():
    assert repr(History()) == "History(0 epochs)"
    assert len(History().to_frame()) == 0


def test_all_flags_are_shown():
    text = repr(History(loss=[1.0], stopped_early=True, interrupted=True, diverged=True))
    assert text == "History(1 epoch, loss 1, stopped early, interrupted, diverged)"
