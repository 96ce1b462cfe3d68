"""The look of the book's figures: one palette with a light and a dark value for each name, and matplotlib's settings.

The built page shows each figure's SVG inline and replaces each light value by `var(--nn-NAME, …)`, so a figure follows
the page into dark mode. This works for the colours of `PALETTE` only: use them, and no others, for lines and text.
"""

import os
from collections.abc import Mapping
from types import MappingProxyType

import matplotlib as mpl
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap

__all__ = ["CLASS_COLORS", "CLASS_MARKERS", "DARK", "LINES", "PALETTE", "css_variables", "use_style"]

# Seven colours for lines and marks: each at least 3:1 against its page, and no two alike for a dichromat. `ink` and
# `muted` are for text, `rule` for the grid, `paper` is the page. No value is a round one: a search for it in an SVG
# finds nothing else.
PALETTE: Mapping[str, str] = MappingProxyType(
    {
        "blue": "#2349b8",
        "orange": "#c98511",
        "green": "#2f7f5f",
        "red": "#9c2a24",
        "purple": "#7b4378",
        "sky": "#1a98d8",
        "grey": "#8f928c",
        "ink": "#1b2129",
        "muted": "#565d66",
        "rule": "#d6dad5",
        "paper": "#fefefd",
    }
)

DARK: Mapping[str, str] = MappingProxyType(
    {
        "blue": "#6582f6",
        "orange": "#f2ae26",
        "green": "#7feab6",
        "red": "#ea5a33",
        "purple": "#bd62ab",
        "sky": "#38b4fb",
        "grey": "#a3a69f",
        "ink": "#e4e8ec",
        "muted": "#a9b1bb",
        "rule": "#363e48",
        "paper": "#14181e",
    }
)

LINES = ("blue", "orange", "green", "red", "purple", "sky", "grey")  # names, in the order in which plots take them
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)), (0, (9, 3)), (0, (3, 2, 1, 2, 1, 2)), (0, (2, 3)))

# One colour and one marker for each class of a classification problem: shape tells apart what colour may not.
CLASS_COLORS = ("blue", "orange", "green", "red", "purple", "sky")
CLASS_MARKERS = ("o", "s", "^", "D", "P", "v")

# Heat maps keep their colours on both pages, so no end of a map comes near the paper of either.
_MAPS = {
    "nn_sequential": ("#d3e3f1", "#8ebade", "#4784c4", "#1f4690"),
    "nn_diverging": ("#1f4690", "#6f9ad6", "#e3e5e0", "#dd9b58", "#8c3b13"),
}
for _name, _colors in _MAPS.items():
    if _name not in mpl.colormaps:  # a reload must not fail
        mpl.colormaps.register(LinearSegmentedColormap.from_list(_name, _colors))


def css_variables() -> str:
    """The palette as CSS: `--nn-NAME` for the light page, and for the page whose root says data-theme="dark".

    >>> css_variables().splitlines()[0][:28]
    ':root{--nn-blue:#2349b8;--nn'
    """

    def block(colors: Mapping[str, str]) -> str:
        return ";".join(f"--nn-{name}:{value}" for name, value in colors.items())

    return f':root{{{block(PALETTE)}}}\nhtml[data-theme="dark"]{{{block(DARK)}}}\n'


def use_style() -> None:
    """Set matplotlib to the book's style, and notebooks to SVG; call it once, before the first figure.

    In the book's build (environment variable NNLAB_BOOK=1) figures are transparent and take the page's colours.
    Elsewhere they get a light background of their own: ink on a dark JupyterLab could not be read.
    """
    paper = "none" if os.environ.get("NNLAB_BOOK") == "1" else PALETTE["paper"]
    mpl.rcParams.update(
        {
            "figure.figsize": (6.4, 3.6),  # inches
            "figure.constrained_layout.use": True,
            "figure.facecolor": paper,
            "axes.facecolor": "none",
            "savefig.facecolor": "auto",
            "svg.fonttype": "path",  # the same letters on every machine, and nothing to load
            "svg.hashsalt": "nnlab",  # ids from the content instead of from chance
            "font.size": 10,
            "font.family": "DejaVu Sans",  # comes with matplotlib
            "axes.titlesize": 10,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.grid": True,
            "axes.prop_cycle": cycler(color=[PALETTE[name] for name in LINES]) + cycler(linestyle=_DASHES),
            "axes.edgecolor": PALETTE["muted"],
            "axes.labelcolor": PALETTE["ink"],
            "axes.titlecolor": PALETTE["ink"],
            "text.color": PALETTE["ink"],
            "xtick.color": PALETTE["muted"],
            "ytick.color": PALETTE["muted"],
            "grid.color": PALETTE["rule"],
            "grid.linewidth": 0.7,
            "lines.linewidth": 1.8,
            "lines.markersize": 5,
            "lines.scale_dashes": True,
            "patch.edgecolor": PALETTE["paper"],
            "legend.frameon": False,
            "image.cmap": "nn_sequential",
            "image.interpolation": "none",  # the pixels as they are, and a small file
        }
    )
    _svg_in_notebooks()


def _svg_in_notebooks() -> None:
    from IPython import get_ipython

    if getattr(get_ipython(), "kernel", None) is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None})
