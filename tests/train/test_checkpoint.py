"""A run that is killed and goes on, and checkpoints that are not what they should be."""

import os
import pickle
import random
import runpy
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn, optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

from nnlab.errors import DamagedCheckpoint
from nnlab.train import checkpoint as files
from nnlab.train import fit

BCE = nn.BCEWithLogitsLoss()
KILLED = Path(__file__).with_name("killed.py")
run = runpy.run_path(str(KILLED))["run"]


def same_weights(one, other):
    there = other.state_dict()
    return all(torch.equal(v, there[k]) for k, v in one.state_dict().items())


def draws():
    return torch.rand(3).tolist(), np.random.rand(), random.random()


@pytest.mark.skipif(os.name != "posix", reason="kills with SIGKILL")
@pytest.mark.parametrize("kind", ["tensors", "loader"])
def test_a_killed_run_ends_in_the_weights_of_one_that_was_never_disturbed(tmp_path, capsys, kind):
    path = tmp_path / "new" / "run.pt"
    died = subprocess.run([sys.executable, KILLED, kind, path], capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert [p.name for p in path.parent.iterdir()] == ["run.pt"]
    expected_model, expected = run(kind, None)
    expected_draws = draws()
    torch.manual_seed(999)  # the state from before the checkpoint must not matter
    model, history = run(kind, str(path))
    assert f"fit: 3 of 6 epochs were done already ({path})" in capsys.readouterr().out
    assert history == expected and len(history.seconds) == 6
    assert same_weights(model, expected_model)
    assert draws() == expected_draws


class Break(Exception):
    pass


def broken_off(make, path, points, epochs=6, **options):
    """Train, break off after the third epoch, go on in a fresh model; and the same undisturbed."""

    def stop_here(state):
        if state.epoch == 3:
            raise Break

    with pytest.raises(Break):
        fit(make(), points, loss=BCE, epochs=epochs, checkpoint=path, callbacks=[stop_here], **options)
    torch.manual_seed(1234)
    resumed = make()
    torch.manual_seed(1234)
    history = fit(resumed, points, loss=BCE, epochs=epochs, checkpoint=path, **options)
    undisturbed = make()
    return (resumed, history), (undisturbed, fit(undisturbed, points, loss=BCE, epochs=epochs, **options))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", partial(optim.SGD, lr=0.1, momentum=0.9)])
def test_every_optimizer_goes_on_exactly(tmp_path, points, network, optimizer):
    (resumed, history), (undisturbed, expected) = broken_off(
        partial(network, nn.Dropout(0.2)), tmp_path / "run.pt", points, optimizer=optimizer
    )
    assert history == expected
    assert same_weights(resumed, undisturbed)


@pytest.mark.parametrize(
    "scheduler",
    [
        partial(lr_scheduler.StepLR, step_size=2),
        partial(lr_scheduler.MultiStepLR, milestones=[2, 5]),
        partial(lr_scheduler.LambdaLR, lr_lambda=lambda epoch: 0.9**epoch),
        partial(lr_scheduler.CosineAnnealingWarmRestarts, T_0=3),
        partial(lr_scheduler.ReduceLROnPlateau, patience=0, threshold=0.5),
        lambda o: lr_scheduler.SequentialLR(o, [lr_scheduler.LinearLR(o), lr_scheduler.ExponentialLR(o, 0.8)], [3]),
    ],
)
def test_every_schedule_goes_on_exactly(tmp_path, points, network, scheduler):
    (resumed, history), (undisturbed, expected) = broken_off(
        network, tmp_path / "run.pt", points, lr=0.1, scheduler=scheduler, scheduler_every="epoch"
    )
    assert history == expected
    assert len(set(history.lr)) > 1
    assert same_weights(resumed, undisturbed)


def test_a_finished_run_is_not_trained_again(tmp_path, points, network):
    path = tmp_path / "run.pt"
    first = network()
    expected = fit(first, points, loss=BCE, epochs=3, checkpoint=path)
    written = path.read_bytes()
    again = network()
    assert fit(again, points, loss=BCE, epochs=3, checkpoint=path) == expected
    assert same_weights(again, first)
    assert path.read_bytes() == written


def test_a_run_that_stopped_early_stays_stopped_unless_it_gets_more_patience(tmp_path, points, network):
    x, y = points
    options = {"loss": BCE, "epochs": 9, "validation": (x, 1 - y), "checkpoint": tmp_path / "run.pt", "lr": 0.1}
    first = fit(network(), points, early_stopping=2, **options)
    assert first.stopped_early and len(first) < 9
    assert fit(network(), points, early_stopping=2, **options) == first
    assert len(fit(network(), points, early_stopping=4, **options)) == len(first) + 2


def test_a_run_that_was_interrupted_goes_on(tmp_path, points, network):
    def press(state):
        if state.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    options = {"loss": BCE, "epochs": 5, "checkpoint": tmp_path / "run.pt"}
    assert fit(network(), points, callbacks=[press], **options).interrupted
    history = fit(network(), points, **options)
    assert history == fit(network(), points, loss=BCE, epochs=5) and not history.interrupted


def test_resume_false_starts_anew_and_writes_over_the_file(tmp_path, points, network, capsys):
    path = tmp_path / "run.pt"
    fit(network(), points, loss=BCE, epochs=3, checkpoint=path)
    history = fit(network(), points, loss=BCE, epochs=2, checkpoint=path, resume=False)
    assert history == fit(network(), points, loss=BCE, epochs=2)
    assert capsys.readouterr().out == ""
    assert len(files.read(path)["history"]["loss"]) == 2


def test_a_run_that_diverges_leaves_the_last_sound_epoch_in_the_file(tmp_path, points):
    x, y = points
    path = tmp_path / "run.pt"
    with pytest.warns(RuntimeWarning):
        history = fit(
            nn.Linear(2, 1), (100 * x, y), loss=nn.MSELoss(), epochs=50, lr=1000.0, optimizer="sgd", checkpoint=path
        )
    assert len(files.read(path)["history"]["loss"]) == len(history) - 1


# Files that are not what they should be.


@pytest.fixture
def saved(tmp_path, points, network):
    path = tmp_path / "run.pt"
    fit(network(), points, loss=BCE, epochs=2, checkpoint=path)
    return path


def refused(path, points, model, match="cannot be read|is damaged|is no checkpoint"):
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(DamagedCheckpoint, match=match) as caught:
        fit(model, points, loss=BCE, epochs=4, checkpoint=path)
    assert "resume=False" in str(caught.value)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.9999])
def test_a_file_that_is_cut_short_is_refused(saved, points, network, kept):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * kept)])
    refused(saved, points, network())


def test_one_changed_bit_in_a_weight_is_refused(saved, points, network):
    contents = files.read(saved)
    weight = contents["model"]["0.weight"].numpy().tobytes()
    data = bytearray(saved.read_bytes())
    data[data.index(weight) + 5] ^= 0x10
    saved.write_bytes(data)
    refused(saved, points, network())


def test_a_file_of_something_else_is_refused(tmp_path, points, network):
    path = tmp_path / "run.pt"
    path.write_text("epoch,loss\n0,0.7\n")
    refused(path, points, network())
    torch.save(network().state_dict(), path)
    refused(path, points, network(), "is no checkpoint of fit")


class Trap:
    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_file_that_carries_code_is_refused_and_does_not_run_it(tmp_path, points, network):
    trap = Trap()
    trap.path = str(tmp_path / "sprung")
    path = tmp_path / "run.pt"
    torch.save({"kind": files._KIND, "model": trap}, path)
    refused(path, points, network())
    path.write_bytes(pickle.dumps(trap))
    refused(path, points, network())
    assert not (tmp_path / "sprung").exists()


def test_a_file_that_lacks_a_part_is_refused(saved, points, network):
    contents = files.read(saved)
    del contents["optimizer"]
    files.write(saved, contents)
    refused(saved, points, network(), "does not fit this run")


def test_the_checkpoint_of_another_model_is_refused(saved, points):
    refused(saved, points, nn.Linear(2, 1), "another run: model is")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"batch_size": 8}, "batch_size is 32 there and 8 here"),
        ({"lr": 0.5}, "lr is"),
        ({"optimizer": "sgd"}, "optimizer is Adam there and SGD here"),
        ({"restore_best": True}, "restore_best"),
        ({"metrics": {"zero": lambda output, y: 0.0}}, "measured"),
        ({"early_stopping": 3, "validation": "same"}, "monitor"),
        ({"scheduler": partial(lr_scheduler.StepLR, step_size=2), "scheduler_every": "epoch"}, "scheduler"),
    ],
)
def test_the_checkpoint_of_a_run_with_other_settings_is_refused(saved, points, network, change, named):
    if "validation" in change:
        change = {**change, "validation": points}
    with pytest.raises(DamagedCheckpoint, match=f"belongs to another run: {named}"):
        fit(network(), points, **{"loss": BCE, "epochs": 4, "checkpoint": saved, **change})


def test_the_checkpoint_of_other_data_is_refused(saved, points, network):
    x, y = points
    with pytest.raises(DamagedCheckpoint, match="batches is 2 there and 1 here"):
        fit(network(), (x[:30], y[:30]), loss=BCE, epochs=4, checkpoint=saved)


def test_a_loader_with_a_generator_does_not_take_the_checkpoint_of_one_without(tmp_path, points, network):
    path, data = tmp_path / "run.pt", TensorDataset(*points)
    fit(network(), DataLoader(data, batch_size=25, shuffle=True), loss=BCE, epochs=1, checkpoint=path)
    owner = DataLoader(data, batch_size=25, shuffle=True, generator=torch.Generator())
    with pytest.raises(DamagedCheckpoint, match="does not fit this run"):
        fit(network(), owner, loss=BCE, epochs=2, checkpoint=path)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(saved):
    before = saved.read_bytes()
    with pytest.raises(Exception, match="pickle"):
        files.write(saved, {"model": lambda: 0})
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]
