"""The ends of a run: patience, best weights, callbacks, Ctrl-C, divergence; and the progress bar."""

import copy
import math
import signal
import time
import warnings

import pytest
import torch
from torch import nn

from nnlab.errors import BadData
from nnlab.train import EarlyStopping, fit

BCE = nn.BCEWithLogitsLoss()


class Scripted:
    """A metric that returns numbers from a list, one an epoch. Training and validation take turns."""

    def __init__(self, *values):
        self.values, self.calls = values, 0

    def __call__(self, output, y):
        self.calls += 1
        return self.values[(self.calls - 1) // 2]


def scripted_run(points, model, values, rule, **options):
    return fit(
        model, points, loss=BCE, epochs=len(values), lr=0.1, validation=points,
        metrics={"score": Scripted(*values)}, early_stopping=rule, **options,
    )  # fmt: skip


def test_the_run_ends_when_patience_epochs_have_brought_nothing_better(points, network):
    rule = EarlyStopping(2, monitor="val_score")
    history = scripted_run(points, network(), [5, 4, 3, 3, 3, 2], rule)
    assert (len(history), history.best_epoch, history.stopped_early) == (5, 2, True)


def test_an_improvement_in_time_goes_on(points, network):
    history = scripted_run(points, network(), [5, 6, 4, 5, 3, 4], EarlyStopping(2, monitor="val_score"))
    assert (len(history), history.best_epoch, history.stopped_early) == (6, 4, False)


def test_more_can_be_better(points, network):
    history = scripted_run(points, network(), [1, 2, 1, 1, 3], EarlyStopping(2, monitor="val_score", mode="max"))
    assert (len(history), history.best_epoch) == (4, 1)


def test_an_improvement_must_exceed_min_delta(points, network):
    rule = EarlyStopping(2, min_delta=1.0, monitor="val_score")
    history = scripted_run(points, network(), [5.0, 4.5, 4.0, 1.0], rule)
    assert (len(history), history.best_epoch) == (3, 0)


def test_nan_is_never_the_best(points, network):
    history = scripted_run(points, network(), [math.nan, 2, math.nan, 1], EarlyStopping(3, monitor="val_score"))
    assert history.best_epoch == 3


def test_patience_counts_epochs_but_judges_only_those_that_are_validated(points, network):
    x, y = points
    history = fit(
        network(), points, loss=BCE, epochs=20, lr=0.1, validation=(x, 1 - y), validate_every=4, early_stopping=3
    )
    assert (len(history), history.best_epoch) == (8, 3)


def test_a_number_is_patience_with_the_validation_loss(points, network):
    x, y = points
    history = fit(network(), points, loss=BCE, epochs=50, lr=0.1, validation=(x, 1 - y), early_stopping=3)
    assert history.stopped_early
    assert len(history) == history.best_epoch + 4
    assert history.val_loss[history.best_epoch] == min(history.val_loss)


def test_without_validation_the_training_loss_is_watched(points, network):
    history = fit(network(), points, loss=BCE, epochs=6, lr=1e-12, optimizer="sgd", shuffle=False, early_stopping=2)
    assert (len(history), history.best_epoch) == (3, 0)


def test_an_unknown_number_to_monitor_is_refused_with_what_there_is(points, network):
    with pytest.raises(BadData, match="no 'val_score' to monitor in this run; it measures loss, score"):
        fit(
            network(), points, loss=BCE, epochs=1, metrics={"score": Scripted(1)},
            early_stopping=EarlyStopping(1, monitor="val_score"),
        )  # fmt: skip


def test_the_weights_of_the_best_epoch_come_back_if_asked_for(points, network):
    kept = []
    keep = [lambda state: kept.append(copy.deepcopy(state.model.state_dict()))]
    for restore in (False, True):
        kept.clear()
        model = network(nn.BatchNorm1d(8))
        history = scripted_run(
            points, model, [5, 2, 4, 3], EarlyStopping(9, monitor="val_score"), restore_best=restore, callbacks=keep
        )
        assert history.best_epoch == 1
        expected = kept[1 if restore else 3]
        assert all(torch.equal(v, expected[k]) for k, v in model.state_dict().items())


def test_a_callback_sees_every_epoch_and_can_stop(points, network):
    seen = []

    def watch(state):
        seen.append((state.epoch, len(state.history), state.epochs))
        state.stop = state.epoch == 2

    history = fit(network(), points, loss=BCE, epochs=9, callbacks=[watch])
    assert seen == [(0, 1, 9), (1, 2, 9), (2, 3, 9)]
    assert (len(history), history.stopped_early) == (3, True)


class InterruptedLoss:
    """Presses Ctrl-C at one of its calls."""

    def __init__(self, at):
        self.at, self.calls = at, 0

    def __call__(self, output, y):
        self.calls += 1
        if self.calls == self.at:
            signal.raise_signal(signal.SIGINT)
        return BCE(output, y)


def test_ctrl_c_keeps_the_finished_epochs_and_the_weights(points, network):
    # Epochs of five calls: four batches and one validation. The twelfth is the second batch of the third epoch.
    model = network()
    model.eval()
    history = fit(
        model, points, loss=InterruptedLoss(12), epochs=9, lr=0.1, batch_size=16, validation=points,
        metrics={"size": lambda output, y: len(y)},
    )  # fmt: skip
    assert history.interrupted and not history.stopped_early
    assert (len(history), len(history.val_loss), len(history.lr), len(history.seconds)) == (2, 2, 2, 2)
    assert len(history.to_frame()) == 2
    assert not torch.equal(model[0].weight, network()[0].weight)
    assert not model.training


def test_ctrl_c_gives_the_best_weights_back_too(points, network):
    x, y = points
    model = network()
    first = []
    fit(
        model, points, loss=InterruptedLoss(9), epochs=9, lr=0.1, batch_size=None, validation=(x, 1 - y),
        restore_best=True, callbacks=[lambda state: first.append(copy.deepcopy(state.model.state_dict()))],
    )  # fmt: skip
    assert len(first) == 4
    assert torch.equal(model[0].weight, first[0]["0.weight"])


def test_a_loss_that_becomes_infinite_ends_the_run_with_a_warning_and_is_recorded(points):
    x, y = points
    torch.manual_seed(0)
    with pytest.warns(RuntimeWarning, match=r"loss became (inf|nan) in epoch \d+.*here 1000"):
        history = fit(nn.Linear(2, 1), (100 * x, y), loss=nn.MSELoss(), epochs=50, lr=1000.0, optimizer="sgd")
    assert history.diverged and len(history) < 50
    assert not math.isfinite(history.loss[-1]) and all(math.isfinite(v) for v in history.loss[:-1])
    assert "diverged" in repr(history)


def test_a_sound_run_does_not_warn(points, network):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(network(), points, loss=BCE, epochs=2, validation=points)


@pytest.mark.parametrize(
    ("disable", "progress", "shown"), [("", True, True), ("1", True, False), ("", False, False), ("", None, False)]
)
def test_the_bar_is_shown_when_wanted_and_wiped_at_the_end(
    points, network, monkeypatch, capsys, disable, progress, shown
):
    monkeypatch.setenv("TQDM_DISABLE", disable)
    fit(network(), points, loss=BCE, epochs=4, progress=progress, callbacks=[lambda state: time.sleep(0.2)])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert ("loss" in printed.err) is shown
    assert printed.err.split("\r")[-1].strip() == ""


def test_a_short_run_shows_no_bar_at_all(points, network, monkeypatch, capsys):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    fit(network(), points, loss=BCE, epochs=1, progress=True)
    assert capsys.readouterr().err.strip() == ""
