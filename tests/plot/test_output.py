"""`show` and `table`, as a script and as a real kernel see them; the SVG that goes into the page."""

import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from nnlab import plot
from nnlab.errors import BadData, NoFigure
from nnlab.plot.svg import to_svg

ALT = 'A line that rises from 0 to 1; beside it <a label> & "quotes".'


@pytest.fixture(autouse=True)
def clean():
    plot.use_style()
    yield
    plt.close("all")


def line():
    figure, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    return figure


def test_the_svg_is_well_formed_and_says_what_it_shows():
    root = ET.fromstring(to_svg(line(), ALT))
    assert root.tag.endswith("svg") and root.get("role") == "img" and root.get("aria-label") == ALT


def test_two_figures_on_one_page_share_no_id():
    other, ax = plt.subplots()
    ax.scatter([1, 2], [3, 4])
    ids = [{e.get("id") for e in ET.fromstring(to_svg(f, ALT)).iter() if e.get("id")} for f in (line(), other)]
    assert ids[0] and ids[1] and not ids[0] & ids[1]


def test_lines_use_palette_colours_that_the_page_can_replace():
    assert plot.PALETTE["blue"] in to_svg(line(), ALT)


def test_a_script_prints_the_alt_text_and_closes_the_figure(capsys):
    line()
    plot.show(ALT)
    assert capsys.readouterr().out == f"[figure] {ALT}\n" and not plt.get_fignums()


@pytest.mark.parametrize("alt", ["", "plot.png", "figures/a b.svg", "too short", 3, None])
def test_an_alt_text_that_says_nothing_is_refused(alt):
    line()
    with pytest.raises(BadData, match="alt text"):
        plot.show(alt)


def test_nothing_to_show_is_told():
    with pytest.raises(NoFigure, match="draw one first"):
        plot.show(ALT)
    with pytest.raises(NoFigure, match="got a str"):
        plot.show(ALT, figure="figure")


def test_a_notebook_gets_svg_with_alt_and_caption_once_and_a_table_with_its_caption():
    cells = [
        "import matplotlib.pyplot as plt, pandas as pd\nfrom nnlab import plot\nplot.use_style()",
        f"plt.plot([0, 1], [0, 1])\nplot.show({ALT!r}, 'A caption.')",
        "plot.table(pd.DataFrame({'n': [1, 2], 'loss': [0.5, -1e-9]}, ['a<b', 'c']), 'Two rows.')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(notebook, kernel_name="python3").execute()
    (figure,) = [o for o in notebook.cells[1].outputs if o.output_type == "display_data"]
    assert figure.metadata["image/svg+xml"] == {"alt": ALT, "caption": "A caption."}
    assert figure.data["text/plain"] == ALT and "<svg" in figure.data["image/svg+xml"]
    (table,) = notebook.cells[2].outputs
    html = ET.fromstring(table.data["text/html"])
    assert html.find("caption").text == "Two rows."
    assert [th.get("scope") for th in html.iter("th")] == ["col", "col", "row", "row"]
    assert [td.text for td in html.iter("td")][1:] == ["1", "0.500", "2", "−1.0e−09"]


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ([1, 2], "got a list"),
        (pd.DataFrame(), "0 rows"),
        (pd.DataFrame({"a": range(100)}), "100 rows"),
        (pd.DataFrame({"a": [1]}, pd.MultiIndex.from_tuples([(1, 2)])), "one level"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(frame, told):
    with pytest.raises(BadData, match=told):
        plot.table(frame, "A caption.")


def test_a_table_without_a_caption_is_refused():
    with pytest.raises(BadData, match="caption"):
        plot.table(pd.DataFrame({"a": [1]}), " ")
