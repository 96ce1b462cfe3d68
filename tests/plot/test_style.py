"""The palette is readable on both pages, tells its colours apart for everybody, and can be found in an SVG."""

import itertools
import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from nnlab.plot import CLASS_COLORS, CLASS_MARKERS, DARK, LINES, PALETTE, css_variables, use_style
from nnlab.plot.figures import contrast

PAGES = {"light": (PALETTE, "#ffffff"), "dark": (DARK, "#14181e")}

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Ottosson (2020): distances in this space are about as large as they look; 0.02 is just seen side by side."""
    lms = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ np.clip(rgb, 0, 1)
    )
    return (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ lms
    )


@pytest.mark.parametrize("page", PAGES)
def test_line_colours_have_contrast_3_and_text_more_against_their_page(page):
    colors, background = PAGES[page]
    for name in LINES:
        assert contrast(colors[name], background) >= 3, name
    assert contrast(colors["ink"], background) >= 7
    assert contrast(colors["muted"], background) >= 4.5


def test_light_line_colours_baked_into_a_picture_can_still_be_seen_on_the_dark_page():
    assert all(contrast(PALETTE[name], DARK["paper"]) >= 2 for name in LINES)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("page", PAGES)
def test_no_two_line_colours_look_alike_for_any_sight(page, sight):
    colors = PAGES[page][0]
    seen = {name: oklab(np.array(SIGHT[sight]) @ linear(colors[name])) for name in LINES}
    distance = {(a, b): np.linalg.norm(seen[a] - seen[b]) for a, b in itertools.combinations(LINES, 2)}
    assert min(distance.values()) >= 0.08, min(distance, key=distance.get)


def test_every_light_value_is_unique_and_no_round_number():
    assert PALETTE.keys() == DARK.keys()
    assert len({*PALETTE.values()}) == len(PALETTE)
    for value in PALETTE.values():
        assert value == value.lower()
        assert len({*value[1:]}) > 2 or value == "#fefefd", f"{value} may stand in an SVG by chance"


def test_the_css_gives_every_name_its_light_and_its_dark_value():
    light, dark = css_variables().strip().split("\n")
    assert light.startswith(":root{") and dark.startswith('html[data-theme="dark"]{')
    for name in PALETTE:
        assert f"--nn-{name}:{PALETTE[name]}" in light
        assert f"--nn-{name}:{DARK[name]}" in dark


@pytest.mark.parametrize("name", ["nn_sequential", "nn_diverging"])
def test_both_ends_of_a_heat_map_stand_out_from_both_pages(name):
    ends = [mpl.colormaps[name](x) for x in (0.0, 1.0)]
    for end, (_, page) in itertools.product(ends, PAGES.values()):
        assert contrast(end, page) >= 1.25


def test_the_sequential_map_gets_darker_all_the_way():
    colors = [mpl.colormaps["nn_sequential"](x) for x in np.linspace(0, 1, 40)]
    assert np.all(np.diff([linear(c) @ [0.2126, 0.7152, 0.0722] for c in colors]) < 0)


def test_lines_and_classes_differ_in_form_as_well_as_in_colour():
    with mpl.rc_context():
        use_style()
        lines = [plt.plot([0, 1])[0] for _ in LINES]
        plt.close("all")
    assert len({(repr(line._unscaled_dash_pattern), line.get_linestyle()) for line in lines}) == len(LINES)
    assert len({line.get_color() for line in lines}) == len(LINES)
    assert len({*CLASS_MARKERS}) == len(CLASS_MARKERS) == len(CLASS_COLORS)


@pytest.mark.parametrize(("book", "paper"), [("1", "none"), ("", PALETTE["paper"])])
def test_figures_are_transparent_in_the_book_and_light_elsewhere(monkeypatch, book, paper):
    monkeypatch.setenv("NNLAB_BOOK", book)
    with mpl.rc_context():
        use_style()
        assert mpl.rcParams["figure.facecolor"] == paper


def test_importing_the_plots_loads_no_torch_pandas_scikit_learn_or_seaborn():
    code = "import sys, nnlab.plot; print({'torch', 'pandas', 'sklearn', 'seaborn'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
