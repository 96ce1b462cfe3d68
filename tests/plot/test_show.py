"""The SVG of a figure as a page needs it: the same bytes, no clash with others, small. `test_output` has the rest."""

import os
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient

from nnlab.errors import BadData
from nnlab.plot import PALETTE, show, table
from nnlab.plot.svg import LIMIT, to_svg

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
ALT = 'A line that rises from 0 to 1, with "quotes" & <marks>.'
CELLS = [
    "import matplotlib.pyplot as plt, numpy as np, pandas as pd\nfrom nnlab.plot import *\nuse_style()",
    f"plt.plot([0, 1], label='$x^2$'); plt.legend(); plt.scatter([0, 1], [1, 0])\nshow({ALT!r}, caption='A line.')",
    "print(plt.get_fignums())",
    "show('A cloud of points without any direction.', figure=plt.subplots()[1].scatter(*np.ones((2, 900))).axes)",
    "table(pd.DataFrame({'model': ['a<b', 'c'], 'loss': [0.12345, np.nan]}), 'Losses & more')",
    "_ = plt.plot([1, 2])",  # no show(): the notebook displays the figure by itself
]


@pytest.fixture(scope="module")
def runs():
    """The same notebook, run by two kernels."""
    notebooks = []
    for _ in range(2):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
        environment = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline", "NNLAB_BOOK": "1"}
        NotebookClient(notebook, kernel_name="python3").execute(env=environment)
        notebooks.append([cell.outputs for cell in notebook.cells])
    return notebooks


def test_the_notebook_gets_one_svg_with_alt_text_and_caption(runs):
    (output,) = runs[0][1]
    assert output.data["text/plain"] == ALT
    assert output.metadata["image/svg+xml"] == {"alt": ALT, "caption": "A line."}
    root = ET.fromstring(output.data["image/svg+xml"])
    assert root.tag == f"{SVG}svg"
    assert (root.get("role"), root.get("aria-label")) == ("img", ALT)


def test_a_shown_figure_is_closed(runs):
    assert runs[0][2][0].text == "[]\n"


def test_two_processes_give_the_same_bytes(runs):
    assert [[o.get("data") for o in cell] for cell in runs[0]] == [[o.get("data") for o in cell] for cell in runs[1]]


def test_a_figure_that_is_not_shown_comes_as_svg_too(runs):
    (output,) = runs[0][5]
    assert "image/svg+xml" in output.data
    assert "image/png" not in output.data


def test_axes_can_be_given_in_place_of_the_figure(runs):
    assert "image/svg+xml" in runs[0][3][0].data


def test_the_svg_can_stand_in_a_page_beside_others():
    def drawing(level):
        figure, ax = plt.subplots()
        ax.plot([0, level], label="one")
        ax.legend()
        return to_svg(figure, "words")

    first, second = drawing(1), drawing(2)
    ids = [{e.get("id") for e in ET.fromstring(s).iter() if e.get("id")} for s in (first, second)]
    assert ids[0] and not ids[0] & ids[1]
    for svg in (first, second):
        assert "<?xml" not in svg and "<!DOCTYPE" not in svg and "<style" not in svg and "<metadata" not in svg
        root = ET.fromstring(svg)
        known = [e.get("id") for e in root.iter() if e.get("id")]
        assert len(known) == len(set(known))
        links = {e.get(HREF)[1:] for e in root.iter() if e.get(HREF)}
        clips = {e.get("clip-path")[5:-1] for e in root.iter() if e.get("clip-path")}
        assert links | clips == set(known), "each name is used, and each link has its target"


def test_palette_colours_stand_in_styles_where_css_variables_work():
    figure, ax = plt.subplots()
    ax.plot([0, 1], color=PALETTE["red"])
    ax.set_xlabel("ink")
    ax.fill_between([0, 1], [1, 2], color=PALETTE["sky"], alpha=0.3)
    root = ET.fromstring(to_svg(figure, "words"))
    found = {
        (key, color) for e in root.iter() for key, v in e.attrib.items() for color in PALETTE.values() if color in v
    }
    assert {PALETTE["red"], PALETTE["sky"], PALETTE["ink"], PALETTE["muted"]} <= {color for _, color in found}
    assert {key for key, _ in found} == {"style"}


def scatter(ax, rng, n):
    ax.scatter(*rng.normal(size=(2, n)))


def mesh(ax, rng, n):
    ax.pcolormesh(rng.normal(size=(n, n)))


def contours(ax, rng, n):
    x = np.linspace(-2, 2, n)
    ax.contourf(x, x, np.sin(5 * x)[:, None] * np.cos(5 * x * x), 30)


def noise(ax, rng, n):
    for _ in range(4):
        ax.plot(rng.normal(size=n))


@pytest.mark.parametrize(
    ("draw", "n"), [(scatter, 450), (scatter, 501), (scatter, 20_000), (mesh, 200), (contours, 300), (noise, 20_000)]
)
def test_a_figure_stays_below_60_kilobytes_whatever_is_in_it(draw, n):
    figure, ax = plt.subplots()
    draw(ax, np.random.default_rng(0), n)
    assert len(to_svg(figure, "words").encode()) < LIMIT


def test_few_points_stay_vectors_and_many_become_a_picture():
    def pictures(n):
        figure, ax = plt.subplots()
        ax.scatter(*np.random.default_rng(0).normal(size=(2, n)))
        root = ET.fromstring(to_svg(figure, "words"))
        return len(root.findall(f".//{SVG}image"))

    assert (pictures(300), pictures(501)) == (0, 1)


def test_the_boundary_line_stays_a_vector_when_the_figure_is_too_heavy():
    figure, ax = plt.subplots()
    x = np.linspace(-3, 3, 400)
    waves = np.sin(4 * x)[:, None] * np.cos(4 * x)
    lines = ax.contour(x, x, waves, [0.5], colors=[PALETTE["ink"]])
    fill = ax.contourf(x, x, waves, 8)
    assert len(to_svg(figure, "words")) < LIMIT and fill.get_rasterized(), "otherwise this shows nothing"
    assert not lines.get_rasterized()


def test_left_out_vertices_do_not_move_a_curve():
    x = np.linspace(0, 10, 4000)
    figure, ax = plt.subplots()
    ax.plot(x, np.sin(x), gid="curve", color="#0a0b0c")
    root = ET.fromstring(to_svg(figure, "words"))
    (path,) = [e for e in root.iter(f"{SVG}path") if "#0a0b0c" in e.get("style", "")]
    numbers = np.array([float(v) for v in path.get("d").replace("M", "").replace("L", "").split()]).reshape(-1, 2)
    assert 20 < len(numbers) < 500
    box = ax.get_window_extent()
    scale = 72 / figure.dpi
    xs = np.interp(numbers[:, 0], numbers[[0, -1], 0], [0, 10])
    low, high = ax.get_ylim()
    ys = (numbers[:, 1].max() - numbers[:, 1]) / (box.height * scale) * (high - low) + np.sin(xs).min()
    assert np.abs(ys - np.sin(xs)).max() < 0.01


@pytest.mark.parametrize("alt", ["figures/loss curve of chapter 02.png", "loss_curve_of_the_network.SVG"])
def test_a_long_file_name_is_no_alt_text(alt):
    plt.plot([0, 1])
    with pytest.raises(BadData, match="is a file name"):
        show(alt)


def test_a_table_is_printed_in_a_plain_script(capsys):
    frame = pd.DataFrame(
        {"n": [1, 20], "mse": [-1.5, 1e-7], "ok": [True, False]}, index=pd.Index(["a", "b"], name="model")
    )
    table(frame, "Two models", digits=2)
    assert capsys.readouterr().out.splitlines() == [
        "Two models",
        "model   n      mse     ok",
        "    a   1    −1.50   True",
        "    b  20  1.0e−07  False",
    ]
