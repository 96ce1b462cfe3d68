"""What chapters leave for the site: files that other programs read, only where a build asks for them."""

import json

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from nnlab import artifacts, weights
from nnlab.errors import BadData

SAMPLES = np.random.default_rng(0).integers(0, 256, (1000, 28, 28)).astype(np.uint8)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(artifacts.VARIABLE, str(tmp_path / "left"))
    return tmp_path / "left"


def net():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.PixelUnshuffle(2), nn.Conv2d(4, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.SiLU(), nn.BatchNorm2d(8),
        nn.PixelShuffle(2),
    )  # fmt: skip


def test_nothing_is_written_where_nothing_is_built(tmp_path, monkeypatch):
    monkeypatch.delenv(artifacts.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    artifacts.leave(samples=SAMPLES, networks={"net": (net(), (torch.zeros(1, 1, 4, 4),))}, figures={"a": 1})
    assert not list(tmp_path.iterdir())


def test_samples_and_labels_come_back(folder):
    labels = np.arange(1000, dtype=np.int32) % 10
    artifacts.leave(samples=SAMPLES, labels=labels)
    kept = np.load(folder / "samples.npz")
    assert np.array_equal(kept["samples"], SAMPLES) and kept["samples"].dtype == np.uint8
    assert np.array_equal(kept["labels"], labels) and kept["labels"].dtype == np.int64


def test_a_network_runs_elsewhere_for_any_number_of_images_and_is_left_as_it_was(folder):
    model = net().train()
    model(torch.randn(64, 1, 28, 28))
    artifacts.leave(networks={"net": (model, (torch.randn(2, 1, 28, 28),))}, weights={"net": model})
    assert model.training
    x = torch.randn(7, 1, 28, 28)
    (there,) = onnxruntime.InferenceSession(folder / "net.onnx").run(None, {"input0": x.numpy()})
    model.eval()
    with torch.no_grad():
        np.testing.assert_allclose(there, model(x), atol=1e-5)
        assert torch.equal(weights.load(net(), folder / "net.safetensors")(x), model(x))


def test_figures_come_back(folder):
    figures = {"fd": 12.5, "histogram": [1, 2], "parts": {"a": 1}}
    artifacts.leave(figures=figures)
    assert json.loads((folder / "figures.json").read_text()) == figures


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"samples": SAMPLES[:10]}, r"samples: .*\(1000, 28, 28\).*\(10, 28, 28\)"),
        ({"samples": SAMPLES / 255}, "samples: .*uint8.*float64"),
        ({"samples": SAMPLES.tolist()}, "samples: .*got list"),
        ({"samples": SAMPLES, "labels": np.zeros(1000)}, "labels: .*integer.*float64"),
        ({"samples": SAMPLES, "labels": np.zeros((1000, 10), int)}, r"labels: .*\(1000, 10\)"),
        ({"figures": {"fd": float("nan")}}, r"figures\.json takes"),
        ({"figures": {"fd": SAMPLES}}, r"figures\.json takes"),
    ],
)
def test_what_others_could_not_read_is_refused_also_where_nothing_is_built(given, told, monkeypatch):
    monkeypatch.delenv(artifacts.VARIABLE, raising=False)
    with pytest.raises(BadData, match=told):
        artifacts.leave(**given)
