"""The weights that come with nnlab: each is what its index says, and another file is told."""

import hashlib
import json

import pytest
import torch
from torch import nn

from nnlab import weights
from nnlab.errors import BadData, DamagedCheckpoint, WeightsUnavailable


def net(width=3):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width), nn.Linear(width, 1))


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """A place of its own for what `bundle` keeps, with one net in it."""
    monkeypatch.setattr(weights, "FILES", tmp_path / "files")
    monkeypatch.setattr(weights, "_INDEX", tmp_path / "index.json")
    trained = net()
    nn.init.normal_(trained[0].weight)
    trained(torch.randn(64, 2))  # moves the running mean, a buffer
    weights.bundle(trained, "line", "made by a test")
    return trained


def test_every_file_is_the_one_that_the_index_names_and_no_other_is_there():
    index = json.loads(weights._INDEX.read_text()) if weights._INDEX.exists() else {}
    assert sorted(p.stem for p in weights.FILES.glob("*.safetensors")) == sorted(index) == weights.names()
    for name, entry in index.items():
        content = (weights.FILES / f"{name}.safetensors").read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) <= weights.LARGEST and entry["note"]


def test_a_bundled_net_comes_back_with_its_buffers_and_in_evaluation_mode(bundled):
    loaded = weights.load(net(), "line")
    assert not loaded.training
    for name, tensor in bundled.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name
    assert weights.names() == ["line"]


def test_a_path_serves_too(bundled, tmp_path):
    weights.save(bundled, tmp_path / "mine.safetensors")
    x = torch.randn(5, 2)
    assert torch.equal(weights.load(net(), tmp_path / "mine.safetensors")(x), bundled.eval()(x))


def test_an_unknown_name_is_told_what_there_is(bundled):
    with pytest.raises(WeightsUnavailable, match=r"'curve'.*come: line"):
        weights.load(net(), "curve")


def test_one_changed_byte_is_told(bundled, tmp_path):
    file = tmp_path / "files" / "line.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedCheckpoint, match="is not the file that came with nnlab"):
        weights.load(net(), "line")


def test_a_file_that_holds_no_weights_is_told(tmp_path):
    (tmp_path / "x").write_bytes(b"no weights")
    with pytest.raises(DamagedCheckpoint, match="does not hold weights"):
        weights.load(net(), tmp_path / "x")


def test_another_model_is_told_and_keeps_its_own(bundled):
    other = net(width=4)
    before = {name: tensor.clone() for name, tensor in other.state_dict().items()}
    with pytest.raises(DamagedCheckpoint, match=r"another model: 0\.bias is \[3\] in the file, \[4\]"):
        weights.load(other, "line")
    assert other.training and all(torch.equal(before[k], v) for k, v in other.state_dict().items())


def test_a_large_net_is_not_bundled(bundled, tmp_path):
    with pytest.raises(BadData, match=r"take 4\.0 MB"):
        weights.bundle(nn.Linear(1000, 1000), "large", "made by a test")
    assert weights.names() == ["line"]
