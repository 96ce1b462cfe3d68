"""Where the numbers live and where chance begins: the device and the seed."""

import operator
import os
import random

import numpy as np
import torch

from nnlab.errors import BadData, UnavailableDevice

_VARIABLE = "NNLAB_DEVICE"


def get_device(prefer: str | torch.device | None = None) -> torch.device:
    """The device to train on: a CUDA GPU where there is one, else Apple's (`mps`), else the CPU.

    `prefer` overrides the choice ("cpu", "cuda", "cuda:1", "mps"), and so does the environment variable
    `NNLAB_DEVICE`; the argument wins over the variable. One line is printed that says what was picked, and why.

    Raises:
        UnavailableDevice: this machine does not have the device that was asked for, or no device has that name.

    >>> get_device("cpu")
    device: cpu (asked for by the argument)
    device(type='cpu')
    """
    variable = os.environ.get(_VARIABLE, "").strip()
    if prefer is not None:
        device = require_device(prefer)
        reason = "asked for by the argument"
    elif variable:
        device = require_device(variable, f"; it was asked for by {_VARIABLE}, which you can unset")
        reason = f"asked for by {_VARIABLE}"
    else:
        device = torch.device(_available()[0])
        reason = "no GPU that torch can use" if device.type == "cpu" else "the first that torch can use here"
    print(f"device: {device} ({reason})")
    return device


def require_device(name: str | torch.device, source: str = "") -> torch.device:
    """The device called `name`, if this machine has it; prints nothing. `source` is added to the error's sentence.

    Raises:
        UnavailableDevice: it has not.

    >>> require_device("gpu")
    Traceback (most recent call last):
    nnlab.errors.UnavailableDevice: there is no device 'gpu' here: this machine has cpu...
    """
    available = _available()
    wanted = str(name).strip().lower()
    if wanted not in available:
        raise UnavailableDevice(
            f"there is no device {str(name)!r} here: this machine has {', '.join(available)}{source}. Choose one of "
            "these, or None to have it picked. A GPU needs a build of torch for it; on Colab: Runtime, Change runtime "
            "type"
        )
    return torch.device(wanted)


def _available() -> list[str]:
    """Names of what torch can use here, the best first."""
    cuda = [f"cuda:{i}" for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps", "mps:0"] if torch.backends.mps.is_available() else []
    return [*(["cuda"] if cuda else []), *mps, "cpu", *cuda]


def seed_everything(seed: int) -> None:
    """Seed Python's `random`, NumPy's global generator, and torch on the CPU and on every GPU.

    It returns nothing, so that a notebook's cell may end with it. After it, the same code gives the same numbers on
    the same machine; other machines and other versions of torch may round differently.

    Args:
        seed: a whole number from 0 to 2³² − 1 (NumPy takes no other).

    Raises:
        BadData: `seed` is not such a number.

    >>> seed_everything(0)
    >>> first = torch.rand(2)
    >>> seed_everything(0)
    >>> bool((torch.rand(2) == first).all())
    True
    """
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if not 0 <= number < 2**32:
        raise BadData(f"the seed {seed!r} is not a whole number from 0 to 4294967295; give one such as 0")
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)  # the GPUs too: CUDA and MPS
