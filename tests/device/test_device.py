import random

import numpy as np
import pytest
import torch

from nnlab.device import get_device, require_device, seed_everything
from nnlab.errors import BadData, UnavailableDevice

HAS_CUDA, HAS_MPS = torch.cuda.is_available(), torch.backends.mps.is_available()
BEST = "cuda" if HAS_CUDA else "mps" if HAS_MPS else "cpu"


@pytest.fixture(autouse=True)
def no_variable(monkeypatch):
    monkeypatch.delenv("NNLAB_DEVICE", raising=False)


def test_without_a_wish_the_best_device_is_picked_and_named_in_one_line(capsys):
    assert get_device() == torch.device(BEST)
    printed = capsys.readouterr().out
    assert printed.startswith(f"device: {BEST} (") and printed.count("\n") == 1


def test_the_argument_overrides_and_the_line_says_so(capsys):
    assert get_device("cpu") == torch.device("cpu")
    assert capsys.readouterr().out == "device: cpu (asked for by the argument)\n"


def test_the_variable_overrides_and_the_line_says_so(monkeypatch, capsys):
    monkeypatch.setenv("NNLAB_DEVICE", " CPU ")
    assert get_device() == torch.device("cpu")
    assert capsys.readouterr().out == "device: cpu (asked for by NNLAB_DEVICE)\n"


def test_the_argument_wins_over_the_variable(monkeypatch, capsys):
    monkeypatch.setenv("NNLAB_DEVICE", "no such device")
    assert get_device("cpu") == torch.device("cpu")
    assert "argument" in capsys.readouterr().out


def test_an_empty_variable_is_no_wish(monkeypatch):
    monkeypatch.setenv("NNLAB_DEVICE", "")
    assert get_device() == torch.device(BEST)


def test_a_torch_device_is_taken_as_it_is():
    assert get_device(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "cud", "cuda:99", "cpu cpu", "meta", ""])
def test_a_device_that_is_not_here_raises_and_what_is_here_is_named(name):
    with pytest.raises(UnavailableDevice, match=r"this machine has .*cpu.*Choose one of these"):
        get_device(name)


@pytest.mark.skipif(HAS_CUDA, reason="this machine has CUDA")
def test_cuda_on_a_machine_without_it_raises():
    with pytest.raises(UnavailableDevice, match="no device 'cuda' here"):
        get_device("cuda")


def test_every_device_that_is_named_as_available_can_be_chosen():
    with pytest.raises(UnavailableDevice) as caught:
        get_device("none")
    names = str(caught.value).partition("this machine has ")[2].partition(". ")[0].split(", ")
    assert "cpu" in names
    assert [get_device(name) for name in names] == [torch.device(name) for name in names]


def test_a_wrong_variable_raises_and_is_named(monkeypatch):
    monkeypatch.setenv("NNLAB_DEVICE", "tpu")
    with pytest.raises(UnavailableDevice, match=r"'tpu'.*NNLAB_DEVICE, which you can unset"):
        get_device()


def test_requiring_a_device_prints_nothing(capsys):
    require_device("cpu")
    assert capsys.readouterr().out == ""


def draws():
    return random.random(), np.random.rand(), torch.rand(3).tolist(), torch.randn(2, device=BEST).tolist()


def test_one_seed_repeats_every_generator():
    seed_everything(7)
    first = draws()
    seed_everything(7)
    assert draws() == first
    seed_everything(8)
    assert all(one != other for one, other in zip(draws(), first, strict=True))


def test_a_cell_that_ends_with_the_seed_shows_nothing():
    assert seed_everything(0) is None


def test_numpy_integers_and_both_ends_of_the_range_are_seeds():
    for seed in (np.int64(3), 0, 2**32 - 1):
        seed_everything(seed)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0", None])
def test_other_seeds_are_refused(seed):
    with pytest.raises(BadData, match="whole number from 0"):
        seed_everything(seed)
