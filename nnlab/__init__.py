"""nnlab: the support package of the course.

Importing it is quick: each name below loads its module, and torch or matplotlib with it, when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnlab import artifacts as artifacts
    from nnlab import cards as cards
    from nnlab import data as data
    from nnlab import fria as fria
    from nnlab import generative as generative
    from nnlab import plot as plot
    from nnlab import quality as quality
    from nnlab import scratch as scratch
    from nnlab import weights as weights
    from nnlab import zoo as zoo
    from nnlab.claims import claim as claim
    from nnlab.data import load as load
    from nnlab.device import get_device as get_device
    from nnlab.device import seed_everything as seed_everything
    from nnlab.draw import mlp_draw as mlp_draw
    from nnlab.draw import module_draw as module_draw
    from nnlab.exercises import answer as answer
    from nnlab.exercises import check as check
    from nnlab.exercises import hint as hint
    from nnlab.exercises import progress as progress
    from nnlab.exercises import require as require
    from nnlab.train import History as History
    from nnlab.train import fit as fit

__version__ = "0.1.0"

_HOME = {
    "answer": "exercises",
    "check": "exercises",
    "claim": "claims",
    "fit": "train",
    "get_device": "device",
    "hint": "exercises",
    "History": "train",
    "load": "data",
    "mlp_draw": "draw",
    "module_draw": "draw",
    "progress": "exercises",
    "require": "exercises",
    "seed_everything": "device",
}
_ROOMS = ("artifacts", "cards", "data", "fria", "generative", "plot", "quality", "scratch", "weights", "zoo")

__all__ = sorted([*_HOME, *_ROOMS], key=str.lower)


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"nnlab.{name}")
    if name in _HOME:
        return getattr(import_module(f"nnlab.{_HOME[name]}"), name)
    raise AttributeError(f"module 'nnlab' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
