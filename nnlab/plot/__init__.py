"""Figures and tables of the book: `use_style()` once, `show(alt, caption)` at the end of each plotting cell."""

from nnlab.plot.boundary import decision_boundary
from nnlab.plot.figures import confusion_matrix, history, image_grid, roc
from nnlab.plot.output import show, table
from nnlab.plot.style import CLASS_COLORS, CLASS_MARKERS, DARK, LINES, PALETTE, css_variables, use_style

__all__ = [
    "CLASS_COLORS",
    "CLASS_MARKERS",
    "DARK",
    "LINES",
    "PALETTE",
    "confusion_matrix",
    "css_variables",
    "decision_boundary",
    "history",
    "image_grid",
    "roc",
    "show",
    "table",
    "use_style",
]
