"""What every drawing function of this room returns."""

from typing import NamedTuple

from matplotlib.axes import Axes


class Drawing(NamedTuple):
    """The axes drawn on, and the drawing in words (alternative text for its figure)."""

    ax: Axes
    alt: str
