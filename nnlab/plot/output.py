"""What a cell shows: a figure with its alt text, a small table with its caption."""

import math
import re
from html import escape
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from nnlab.errors import BadData, NoFigure
from nnlab.plot.svg import to_svg

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS = 60
_SHORTEST_ALT = 20  # characters; "a plot of the loss" says nothing to who cannot see it


def show(alt: str, caption: str | None = None, figure: Any = None) -> None:
    """Show the current figure as SVG with its alt text and caption, and close it: the last line of a plotting cell.

    Args:
        alt: what the figure shows, in words for a reader who cannot see it.
        caption: the line below the figure in the book.
        figure: a `Figure`, or what belongs to one (`Axes`, a seaborn grid); the current figure where None.

    Outside a notebook a window opens where matplotlib can open one; otherwise the alt text is printed.

    Raises:
        NoFigure: nothing has been drawn, or it has been shown already.
        BadData: the alt text is empty, too short to say what the figure shows, or a file name.
    """
    alt = _alt_text(alt)
    if figure is None:
        if not plt.get_fignums():
            raise NoFigure("there is no figure to show: draw one first, in the same cell, and call show() once for it")
        figure = plt.gcf()
    owner = getattr(figure, "figure", None)
    if not isinstance(owner, Figure):
        raise NoFigure(f"show() got a {type(figure).__name__} as its figure; give a Figure, an Axes, or nothing")
    if _in_notebook():
        from IPython.display import display

        bundle = {"image/svg+xml": to_svg(owner, alt), "text/plain": alt}
        display(bundle, raw=True, metadata={"image/svg+xml": {"alt": alt, "caption": caption}})
    elif getattr(owner.canvas, "required_interactive_framework", None):
        plt.show()
    else:
        print(f"[figure] {alt}")
    plt.close(owner)  # or the notebook would show it a second time


def table(frame: "pd.DataFrame", caption: str, *, digits: int = 3) -> None:
    """Show a small table with its caption; numbers with a fraction get `digits` decimals, missing ones a dash.

    The index gives the rows their names. Where it only counts (0, 1, …), it is left out and the first column does.

    Raises:
        BadData: not a DataFrame, an index or columns of several levels, more than 60 rows, no rows, or no caption.
    """
    import pandas as pd

    if isinstance(frame, pd.Series):
        frame = frame.to_frame()
    if not isinstance(frame, pd.DataFrame):
        raise BadData(f"table() got a {type(frame).__name__}; give a pandas DataFrame: pd.DataFrame(...)")
    if frame.index.nlevels > 1 or frame.columns.nlevels > 1:
        raise BadData("table() shows one level of rows and columns; call .reset_index() or .unstack() first")
    if not 0 < len(frame) <= _MOST_ROWS or not frame.shape[1]:
        raise BadData(f"table() got {frame.shape[0]} rows and {frame.shape[1]} columns; give 1 to {_MOST_ROWS} rows")
    if not caption.strip():
        raise BadData("table() got an empty caption; say in one sentence what the table holds")
    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None and frame.shape[1] > 1:
        frame = frame.set_index(frame.columns[0])
    head = [frame.index.name, *frame.columns]
    body = [[name, *values] for name, values in zip(frame.index, _rows(frame), strict=True)]
    cells = [[_cell(v, digits) for v in row] for row in body]
    plain = f"{caption}\n{_plain([[_cell(v, digits) for v in head], *cells])}"
    if not _in_notebook():
        print(plain)
        return
    from IPython.display import display

    display({"text/html": _html(head, body, cells, caption), "text/plain": plain}, raw=True)


def _alt_text(alt: str) -> str:
    if not isinstance(alt, str):
        raise BadData(f"the alt text is a {type(alt).__name__}; give words that say what the figure shows")
    alt = " ".join(alt.split())
    if re.fullmatch(r"[\w./\\ -]+\.(png|svg|jpe?g|gif|pdf|webp)", alt, flags=re.I):
        raise BadData(f"the alt text {alt!r} is a file name; say in words what the figure shows")
    if len(alt) < _SHORTEST_ALT:
        raise BadData(
            f"the alt text {alt!r} is too short; say what the figure shows in {_SHORTEST_ALT} letters or more"
        )
    return alt


def _in_notebook() -> bool:
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def _rows(frame: "pd.DataFrame") -> list[tuple[Any, ...]]:
    # Column by column: `.to_numpy()` would turn whole numbers beside fractions into fractions.
    return list(zip(*(frame.iloc[:, i] for i in range(frame.shape[1])), strict=True))


def _cell(value: Any, digits: int) -> str:
    if value is None or value != value or type(value).__name__ == "NAType":
        return "–"
    if isinstance(value, Integral) or not isinstance(value, Real):
        return str(value).replace("-", "−", 1) if isinstance(value, Integral) else str(value)
    number = float(value)
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    text = f"{number:.{digits}f}"
    if number and not float(text):  # 0.000 would say that it is zero
        text = f"{number:.1e}"
    return text.replace("-", "−")


def _plain(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _html(head: list[Any], body: list[list[Any]], cells: list[list[str]], caption: str) -> str:
    first = "<td></td>" if head[0] is None else f'<th scope="col">{escape(str(head[0]))}</th>'
    numeric = [all(isinstance(row[i], Real) and not isinstance(row[i], bool) for row in body) for i in range(len(head))]
    kind = [' class="nn-num"' if n else "" for n in numeric]
    columns = "".join(f'<th scope="col"{k}>{escape(str(h))}</th>' for h, k in zip(head[1:], kind[1:], strict=True))
    lines = [
        f'<table class="nn-table">\n<caption>{escape(caption)}</caption>',
        f"<thead><tr>{first}{columns}</tr></thead>",
    ]
    lines.append("<tbody>")
    for row in cells:
        values = "".join(f"<td{k}>{escape(c)}</td>" for c, k in zip(row[1:], kind[1:], strict=True))
        lines.append(f'<tr><th scope="row">{escape(row[0])}</th>{values}</tr>')
    return "\n".join([*lines, "</tbody>\n</table>"])
