"""The palette: readable on both pages, told apart by colour-blind readers, found in an SVG by its text."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from nnlab.plot import CLASS_COLORS, CLASS_MARKERS, DARK, LINES, PALETTE, css_variables, use_style
from nnlab.plot.figures import contrast

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
DICHROMATS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


def seen(color, matrix):
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return lab(np.clip(np.array(matrix) @ linear, 0, 1))


def lab(linear):
    """CIE L*a*b* of a linear RGB colour: distances are about as large as they look."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    f = np.cbrt(to_xyz @ linear / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("colors", [PALETTE, DARK], ids=["light", "dark"])
def test_lines_and_text_stand_out_from_their_page(colors):
    assert min(contrast(colors[name], colors["paper"]) for name in LINES) >= 3
    assert contrast(colors["ink"], colors["paper"]) >= 7 and contrast(colors["muted"], colors["paper"]) >= 4.5


@pytest.mark.parametrize("kind", DICHROMATS)
@pytest.mark.parametrize("colors", [PALETTE, DARK], ids=["light", "dark"])
def test_no_two_lines_look_alike_to_a_dichromat(colors, kind):
    looks = {name: seen(colors[name], DICHROMATS[kind]) for name in LINES}
    nearest = min((np.linalg.norm(looks[a] - looks[b]), a, b) for a, b in combinations(LINES, 2))
    assert nearest[0] > 8, nearest


def test_both_pages_have_the_same_names_and_no_value_twice():
    assert list(PALETTE) == list(DARK)
    assert len(set(PALETTE.values())) == len(PALETTE)
    css = css_variables()
    light, dark = css.splitlines()
    assert dark.startswith('html[data-theme="dark"]')
    assert all(f"--nn-{n}:{v}" in light for n, v in PALETTE.items()) and all(v in dark for v in DARK.values())


def test_classes_differ_by_marker_too():
    assert len(set(CLASS_MARKERS)) == len(CLASS_COLORS) == len(CLASS_MARKERS)


def test_lines_differ_by_colour_and_by_dashes():
    use_style()
    cycle = list(plt.rcParams["axes.prop_cycle"])
    assert len({c["color"] for c in cycle}) == len({str(c["linestyle"]) for c in cycle}) == len(LINES)


def test_a_figure_is_transparent_in_the_book_and_light_elsewhere(monkeypatch):
    monkeypatch.setenv("NNLAB_BOOK", "1")
    use_style()
    assert plt.rcParams["figure.facecolor"] == "none"
    monkeypatch.delenv("NNLAB_BOOK")
    use_style()
    assert plt.rcParams["figure.facecolor"] == PALETTE["paper"]
