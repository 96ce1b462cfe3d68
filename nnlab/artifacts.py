"""What a chapter leaves for the site and the benches: samples, networks, weights, figures. Only a build keeps them."""

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.errors import BadData

if TYPE_CHECKING:
    from torch import nn

VARIABLE = "NNLAB_ARTIFACTS"  # the folder; set where a chapter is executed for the book
SAMPLES = (1000, 28, 28)


def leave(
    *,
    samples: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    networks: Mapping[str, tuple["nn.Module", tuple]] | None = None,
    weights: Mapping[str, "nn.Module"] | None = None,
    figures: Mapping[str, Any] | None = None,
) -> None:
    """Write what is given into the build's folder; where nothing is built, only look at it.

    Args:
        samples: made images, uint8 [1000, 28, 28]; with `labels` they become `samples.npz`.
        labels: the digit that each sample was asked to be, integers [1000].
        networks: by name, a module and example inputs, whose first axis is free: `NAME.onnx` (opset 17).
        weights: by name, a module: `NAME.safetensors`.
        figures: by name, numbers and lists of them: `figures.json`.

    Raises:
        BadData: samples or labels of another shape or type, or a figure that is not a finite number.
    """
    if samples is not None:
        _require(samples, "samples", SAMPLES, np.uint8)
    if labels is not None:
        _require(labels, "labels", SAMPLES[:1], np.integer)
    try:
        text = json.dumps(figures, indent=2, allow_nan=False) if figures else ""
    except (TypeError, ValueError) as error:
        raise BadData(f"figures.json takes names with finite numbers or lists of them: {error}") from error
    if VARIABLE not in os.environ:
        return
    folder = Path(os.environ[VARIABLE])
    folder.mkdir(parents=True, exist_ok=True)
    if samples is not None:
        asked = {} if labels is None else {"labels": np.asarray(labels, np.int64)}
        np.savez_compressed(folder / "samples.npz", allow_pickle=False, samples=samples, **asked)
    if text:
        (folder / "figures.json").write_text(text + "\n", encoding="utf-8")
    for name, (module, example) in (networks or {}).items():
        _export(module, example, folder / f"{name}.onnx")
    for name, module in (weights or {}).items():
        from nnlab.weights import save

        save(module, folder / f"{name}.safetensors")


def _export(module: "nn.Module", example: tuple, path: Path) -> None:
    """The network as onnxruntime-web runs it: no control flow, any number of cases at a time."""
    import torch

    inputs = [f"input{k}" for k in range(len(example))]
    free = {name: {0: "n"} for name in [*inputs, "output"]}
    training = module.training
    module.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the newer exporter needs a package more; tracing GroupNorm warns
        torch.onnx.export(
            module, example, str(path), input_names=inputs, output_names=["output"], dynamic_axes=free,
            opset_version=17, dynamo=False,
        )  # fmt: skip
    module.train(training)


def _require(array: Any, name: str, shape: tuple[int, ...], kind: type) -> None:
    if not isinstance(array, np.ndarray) or array.shape != shape or not np.issubdtype(array.dtype, kind):
        found = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
        raise BadData(f"{name}: expected a NumPy array of {kind.__name__}, shape {shape}; got {found}")
