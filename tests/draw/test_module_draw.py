"""What a block diagram looks like: nothing overlaps, lines go around boxes, texts fit; and the same in words."""

import itertools
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from torch import nn

from nnlab import plot, zoo
from nnlab.draw import module_draw, module_graph
from nnlab.errors import BadData
from nnlab.plot import PALETTE
from nnlab.plot.svg import to_svg

from .modules import OWN, ZOO, AllToAll, UNet, made

SLACK = 0.004  # inches


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def drawn(name, orientation="v", **options):
    module, shape, depth = made(name)
    graph = module_graph(module, shape, depth=depth)
    return graph, module_draw(module, shape, depth=depth, orientation=orientation, **options).ax


def rectangles(ax):
    """Left, bottom, right and top of every box, in data coordinates (inches where the figure has its own size)."""
    found = {}
    for patch in ax.patches:
        if isinstance(patch, FancyBboxPatch):
            x, y = patch.get_x(), patch.get_y()
            found[patch.get_gid()] = np.array([x, y, x + patch.get_width(), y + patch.get_height()])
        elif isinstance(patch, Circle):
            (x, y), r = patch.center, patch.radius
            found[patch.get_gid()] = np.array([x - r, y - r, x + r, y + r])
    return found


def lines(ax):
    """The points of every arrow, its head included, close enough for no box to lie between two."""
    found = {}
    for patch in ax.patches:
        if isinstance(patch, FancyArrowPatch):
            (corners, *_) = patch.get_path().to_polygons(closed_only=False)
            pieces = [np.linspace(a, b, 60) for a, b in itertools.pairwise(corners)]
            found[tuple(patch.get_gid().split("->"))] = np.concatenate(pieces)
    return found


def distance(points, box):
    """From each point to the rectangle; negative inside."""
    left, bottom, right, top = box
    outside = np.stack([left - points[:, 0], points[:, 0] - right, bottom - points[:, 1], points[:, 1] - top])
    return outside.max(axis=0)


@pytest.mark.parametrize("orientation", ["v", "h"])
@pytest.mark.parametrize("name", [*ZOO, *OWN])
def test_boxes_and_lines_keep_apart(name, orientation):
    graph, ax = drawn(name, orientation)
    boxes, arrows = rectangles(ax), lines(ax)
    assert set(boxes) == set(graph) and set(arrows) == set(graph.edges)
    for (a, one), (b, two) in itertools.combinations(boxes.items(), 2):
        apart = max(one[0] - two[2], two[0] - one[2], one[1] - two[3], two[1] - one[3])
        assert apart > 0.05, f"{a} and {b} overlap"
    for (a, b), points in arrows.items():
        assert distance(points[:1], boxes[a]) < SLACK, f"the line from {a} to {b} does not begin at {a}"
        assert abs(distance(points, boxes[b]).min()) < 0.02, f"the line from {a} to {b} does not end at {b}"
        for node, box in boxes.items():
            least = -0.02 if node in (a, b) else 0.03  # an arrow's tip has a width
            assert distance(points, box).min() > least, f"the line from {a} to {b} runs through {node}"


@pytest.mark.parametrize("orientation", ["v", "h"])
@pytest.mark.parametrize("name", [*ZOO, *OWN])
def test_texts_fit_their_boxes_and_the_figure(name, orientation):
    _, ax = drawn(name, orientation)
    renderer = ax.figure.canvas.get_renderer()
    extents = [t.get_window_extent(renderer).transformed(ax.transData.inverted()) for t in ax.texts]
    boxes = rectangles(ax)
    for text, extent in zip(ax.texts, extents, strict=True):
        corners = extent.get_points()
        assert any((distance(corners, box) < 0).all() for box in boxes.values()), text.get_text()
    for one, two in itertools.combinations(extents, 2):
        assert min(one.x1, two.x1) < max(one.x0, two.x0) or min(one.y1, two.y1) < max(one.y0, two.y0) + 0.02
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    for points in [*(box.reshape(2, 2) for box in boxes.values()), *lines(ax).values()]:
        assert left <= points[:, 0].min() and points[:, 0].max() <= right
        assert low <= points[:, 1].min() and points[:, 1].max() <= high


@pytest.mark.parametrize("name", ZOO)
def test_a_block_of_the_zoo_fits_a_column_of_the_page(name):
    _, ax = drawn(name)
    assert ax.figure.get_size_inches()[0] < 5.2  # so that on 400 pixels a letter of 8.5 points is 9 pixels high


@pytest.mark.parametrize(
    ("name", "side_lines"),
    [("bottleneck", 1), ("dense block, open", 3), ("MBConv, open", 2), ("U-Net", 2), ("all to all", 10)],
)
def test_skips_run_at_the_side_in_lanes_of_their_own(name, side_lines):
    _, ax = drawn(name)
    boxes = rectangles(ax)
    lanes = []
    for (a, b), points in lines(ax).items():
        x = points[np.abs(points[:, 0] - boxes[a][[0, 2]].mean()).argmax(), 0]
        passed = [
            box for n, box in boxes.items() if n not in (a, b) and boxes[b][3] <= box[1] and box[3] <= boxes[a][1]
        ]
        if passed:
            assert all(x > box[2] + 0.1 or x < box[0] - 0.1 for box in passed), (a, b)
            lanes.append((x, points[:, 1].min(), points[:, 1].max()))
    assert len(lanes) == side_lines
    for (x, low, high), (x2, low2, high2) in itertools.combinations(lanes, 2):
        assert abs(x - x2) > 0.1 or high < low2 or high2 < low


def test_lines_that_enter_a_box_at_one_side_do_not_cross_or_touch_there():
    module = AllToAll()
    ax = module_draw(module, (4, 8, 8)).ax
    boxes = rectangles(ax)
    for node, box in boxes.items():
        ends = [p[np.abs(distance(p, box)).argmin()] for (_, b), p in lines(ax).items() if b == node]
        for one, two in itertools.combinations(ends, 2):
            assert np.abs(one - two).max() > 0.08


def test_branches_stand_side_by_side_and_in_straight_columns():
    _, ax = drawn("inception")
    middle = {node: (box[:2] + box[2:]) / 2 for node, box in rectangles(ax).items()}
    last = [middle[n] for n in ("one.conv", "three.conv.conv", "five.conv.conv", "pool.conv.conv")]
    assert len({round(float(y), 3) for _, y in last}) == 1
    for above, below in ("three.reduce.conv", "three.conv.conv"), ("pool.pool", "pool.conv.conv"), ("input", "cat"):
        assert middle[above][0] == pytest.approx(middle[below][0], abs=1e-3)
    bar = rectangles(ax)["cat"]
    assert bar[0] < min(x for x, _ in last) < max(x for x, _ in last) < bar[2]


def test_data_flows_down_or_to_the_right():
    for orientation, axis, sign in ("v", 1, -1), ("h", 0, 1):
        graph, ax = drawn("tangle", orientation)
        middle = {node: (box[:2] + box[2:]) / 2 for node, box in rectangles(ax).items()}
        assert all(sign * (middle[b][axis] - middle[a][axis]) > 0 for a, b in graph.edges)


def test_a_side_head_stands_beside_the_net_and_not_at_its_end():
    _, ax = drawn("GoogLeNet with its side heads")
    boxes = rectangles(ax)
    assert boxes["output 2"][1] > boxes["output 3"][1] > boxes["output 1"][1]


def test_the_kind_is_told_by_colour_and_by_text():
    _, ax = drawn("MBConv, open")
    edge = {p.get_gid(): to_hex(p.get_edgecolor()) for p in ax.patches if not isinstance(p, FancyArrowPatch)}
    assert edge["body.project.conv"] == PALETTE["blue"] and edge["body.excite.squeeze"] == PALETTE["green"]
    assert edge["add"] == edge["mul"] == PALETTE["red"]
    assert set(edge.values()) <= set(PALETTE.values())
    said = [t.get_text() for t in ax.texts]
    assert said.count("+") == 1 and said.count("×") == 1 and "global avg pool" in said and "batch norm, SiLU" in said


def test_shapes_are_in_small_print_where_they_change_or_left_out():
    _, ax = drawn("bottleneck")
    size = {t.get_text(): t.get_fontsize() for t in ax.texts}
    assert "64 × 56 × 56" in size and size["64 × 56 × 56"] < size["conv 3×3, 64"]
    assert [t.get_text() for t in ax.texts].count("256 × 56 × 56") == 3  # input, last convolution, output
    assert [t.get_text() for t in ax.texts][-4:] == ["+", "ReLU", "output", "256 × 56 × 56"]  # ReLU changes no shape
    assert not [t for t in drawn("bottleneck", shapes=False)[1].texts if "× 56" in t.get_text()]


def test_axes_that_are_given_are_drawn_on_and_the_diagram_fits():
    plot.use_style()  # with constrained layout
    figure, axes = plt.subplots(1, 2, figsize=(7, 4.6))
    with torch.device("meta"):
        blocks = zoo.BasicBlock(64, 64), zoo.Bottleneck(256, 64)
    for ax, block, channels in zip(axes, blocks, (64, 256), strict=True):
        assert module_draw(block, (channels, 56, 56), ax=ax).ax is ax
    assert plt.get_fignums() == [figure.number]
    for ax in axes:
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        for box in rectangles(ax).values():
            assert left < box[0] and box[2] < right and low < box[1] and box[3] < high


def test_a_figure_that_is_too_small_is_refused_with_the_size_that_it_needs():
    module = zoo.VGGStage(3, 8, depth=2)
    with pytest.raises(BadData, match=r"2\.0 by 1\.0 inches are too small.*it needs .* better 1\.\d by 3\.\d"):
        module_draw(module, (3, 8, 8), figsize=(2, 1))
    assert module_draw(module, (3, 8, 8), figsize=(2, 3)).ax.figure.get_size_inches().tolist() == [2, 3]
    assert not [n for n in plt.get_fignums() if plt.figure(n).get_size_inches().tolist() == [2, 1]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"orientation": "x"}, r"orientation='x' is none: use \"v\""),
        ({"figsize": (3, 3), "ax": "any"}, "give one of the two"),
    ],
)
def test_arguments_out_of_range_are_told(options, message):
    with pytest.raises(BadData, match=message):
        module_draw(nn.Linear(2, 2), (2,), **options)


def test_a_diagram_of_too_many_boxes_is_refused():
    with torch.device("meta"):
        net = zoo.densenet121()
    with pytest.raises(BadData, match=r"boxes, more than 60: give depth=1, or draw a part"):
        module_draw(net, (3, 224, 224), depth=2)


def test_the_alternative_text_tells_the_chain_and_the_branches():
    with torch.device("meta"):
        alt = module_draw(zoo.BasicBlock(64, 128, stride=2), (64, 56, 56), orientation="h").alt
    assert alt == (
        "A diagram of BasicBlock, from left to right: input (64 × 56 × 56) → 2 branches: [(1) conv 3×3 stride 2, 128 "
        "with batch norm, ReLU → conv 3×3, 128 with batch norm; (2) conv 1×1 stride 2, 128 with batch norm] → "
        "sum (+) → ReLU → output (128 × 28 × 28)."
    )


def test_the_alternative_text_says_what_skips_change_nothing():
    with torch.device("meta"):
        alt = module_draw(zoo.MBConv(16, 16, expansion=6, kernel=3), (16, 8, 8), depth=2).alt
    assert (
        alt.count("(2) unchanged]") == 2 and "→ product (×) → conv 1×1, 16 with batch norm; (2) unchanged] → sum" in alt
    )
    nested = module_draw(UNet(), (1, 32, 32)).alt
    assert nested.count("2 branches: [(1) max pool") == 2 and nested.count("concatenation") == 2


def test_the_alternative_text_numbers_the_boxes_where_branches_cross():
    alt = module_draw(AllToAll(layers=2), (4, 8, 8)).alt
    assert alt.endswith(
        "1 input (4 × 8 × 8); 2 concatenation; 3 conv 3×3, 4 with ReLU; 4 concatenation, from 1 and 3; "
        "5 conv 3×3, 4 with ReLU; 6 concatenation, from 1, 3 and 5; 7 output (12 × 8 × 8)."
    )


def test_the_svg_is_small_and_takes_the_colours_of_the_page():
    plot.use_style()
    _, ax = drawn("inception")
    svg = to_svg(ax.figure, "Four branches that meet in a concatenation.")
    assert len(svg) < 60_000 and "<image" not in svg and "nan" not in svg.lower()
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) <= set(PALETTE.values())


def test_two_drawings_of_one_module_are_the_same():
    pictures = []
    for _ in range(2):
        _, ax = drawn("tangle")
        pictures.append(({n: box.tolist() for n, box in rectangles(ax).items()}, sorted(lines(ax))))
    assert pictures[0] == pictures[1]
