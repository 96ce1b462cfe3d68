"""A PyTorch module as a block diagram: `module_draw`; or as a networkx graph: `module_graph`.

- `trace.py`: what the module does, from a run of its forward pass; `operations.py`: the names of that.
- `merge.py`: operations that share a box. `columns.py`: where boxes lie; `routes.py`: how lines go round them.
- `boxes.py` draws them; `story.py` says it in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal

import matplotlib.pyplot as plt
import networkx as nx
from matplotlib.axes import Axes

from nnlab.draw.module.boxes import Box, boxes, draw_box, draw_line, equally_wide
from nnlab.draw.module.columns import Size, columns
from nnlab.draw.module.merge import merged
from nnlab.draw.module.routes import Routes
from nnlab.draw.module.story import story
from nnlab.draw.result import Drawing
from nnlab.errors import BadData

if TYPE_CHECKING:
    import torch

Shape = tuple[int, ...]

MOST = 60  # boxes; more cannot be read
MARGIN = 0.06  # inches
SMALLEST = 0.7  # of the usual size; smaller text cannot be read


def module_graph(
    module: torch.nn.Module,
    input_shape: Shape | Sequence[Shape],
    *,
    depth: int = 1,
    merge: bool = True,
    dtype: torch.dtype | None = None,
) -> nx.DiGraph:
    """What a module computes, as a networkx directed graph: operations are nodes, and data flows along the edges.

    Parameters
    ----------
    module, input_shape, depth, merge, dtype : what `module_draw` takes.

    Returns
    -------
    A DiGraph in the order of the calls. A node's name is that of its submodule ("body.conv1.conv") or function ("add"),
    with a number from its second call on. Attributes: `label` ("conv 3×3, 64"); `kind` (conv, linear, norm,
    activation, pool, join, shape, block, other, input or output); `shape` of the result, without the batch; `module`,
    the submodule's name or ""; for merged nodes `before` and `after`, the labels of what was merged.

    Raises
    ------
    As `module_draw`.

    >>> from torch import nn
    >>> graph = module_graph(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)), (4,))
    >>> [(data["label"], data["shape"]) for _, data in graph.nodes(data=True)]
    [('input', (4,)), ('linear, 8', (8,)), ('linear, 1', (1,)), ('output', (1,))]
    """
    import torch

    if not isinstance(module, torch.nn.Module):
        raise BadData(
            f"a {type(module).__name__} was given, and a diagram shows a torch.nn.Module: pass the module itself"
        )
    if isinstance(depth, bool) or not isinstance(depth, Integral) or depth < 1:
        raise BadData(f"depth={depth!r} is no depth: give 1 for the module's own parts, 2 to open these, and so on")
    from nnlab.draw.module.trace import trace

    graph = trace(module, _shapes(input_shape), int(depth), dtype)
    return merged(graph) if merge else graph


def module_draw(
    module: torch.nn.Module,
    input_shape: Shape | Sequence[Shape],
    *,
    depth: int = 1,
    orientation: Literal["v", "h"] = "v",
    figsize: tuple[float, float] | None = None,
    ax: Axes | None = None,
    merge: bool = True,
    shapes: bool = True,
    dtype: torch.dtype | None = None,
) -> Drawing:
    """Draw what a module computes: a box for each operation, and an arrow wherever data flows.

    The graph comes from a run of the module's `forward`, in the mode (training or not) that it is in, on tensors that
    have a shape but no numbers. So nothing is computed, and the module stays as it was. Results that the output does
    not depend on are left out, and so is what changes nothing, such as `nn.Identity`.

    Parameters
    ----------
    module : any PyTorch module; also one on the meta device.
    input_shape : of one input, without the batch: (channels, height, width) of an image. For several inputs, a list
        of such shapes. The run has a batch of 2.
    depth : how deep to look into submodules: 1 shows the module's own parts, each as one box; 2 opens these too, and
        so on. PyTorch's layers are always one box. `nn.Sequential` is no level of its own, nor is a subclass that
        holds one layer with its norm and activation.
    orientation : "v" from top to bottom, "h" from left to right.
    figsize : width and height of a new figure in inches; as large as the diagram if None.
    ax : axes to draw on; a new figure if None. The diagram is made as large as fits.
    merge : one box for a convolution or linear layer with the norm and activation before or after it.
    shapes : write the shape of each result, without the batch, in its box: channels × height × width.
    dtype : of the inputs; that of the module's parameters if None. An embedding needs torch.long.

    Returns
    -------
    Drawing(ax, alt): `alt` says the diagram in words; pass it to `nnlab.plot.show`.

    Raises
    ------
    UntraceableModule : `forward` depends on the numbers in its tensors, leaves PyTorch, or cannot be copied.
    BadData : an input shape that the module cannot take, an argument out of its range, more than 60 boxes, or axes
        that are too small.

    >>> from nnlab import zoo
    >>> print(module_draw(zoo.BasicBlock(64, 64), (64, 56, 56)).alt)
    A diagram of BasicBlock, from top to bottom: input (64 × 56 × 56) → ...
    """
    if orientation not in ("h", "v"):
        raise BadData(f'orientation={orientation!r} is none: use "v" (top to bottom) or "h" (left to right)')
    if figsize is not None and ax is not None:
        raise BadData("figsize is for a new figure, and ax is part of one: give one of the two")
    graph = module_graph(module, input_shape, depth=depth, merge=merge, dtype=dtype)
    if len(graph) > MOST:
        less = f"depth={depth - 1}, " if depth > 1 else ""
        raise BadData(
            f"the diagram would have {len(graph)} boxes, more than {MOST}: give {less}or draw a part of the module"
        )
    made = boxes(graph, shapes)
    ax = _paint(graph, made, orientation == "v", figsize, ax)
    return Drawing(ax, story(graph, type(module).__name__, orientation, shapes))


def _paint(
    graph: nx.DiGraph, made: dict[str, Box], upright: bool, figsize: tuple[float, float] | None, ax: Axes | None
) -> Axes:
    if upright:
        equally_wide(made, graph)
    sizes: dict[str, Size] = {n: (b.height, b.width) if upright else (b.width, b.height) for n, b in made.items()}
    plan = columns(graph, sizes)
    if not upright:
        for layer in plan.layers:
            equally_wide(made, [n for n in layer if isinstance(n, str)])
        plan.sizes.update({n: (b.width, b.height) for n, b in made.items()})
    joins = {n for n, b in made.items() if b.kind == "join" and not b.round}
    routes = Routes(plan, {n for n, b in made.items() if b.round}, joins)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return (point[0], -point[1]) if upright else (point[1], -point[0])

    for n in joins:
        length, breadth = plan.sizes[n]
        made[n] = made[n]._replace(width=breadth, height=length) if upright else made[n]._replace(height=breadth)
    centres = {n: place((plan.across[n], routes.along[plan.layer[n]])) for n in graph}
    lines = {edge: [place(p) for p in line] for edge, line in routes.lines.items()}
    xs = [x for line in lines.values() for x, _ in line]
    ys = [y for line in lines.values() for _, y in line]
    for n, (x, y) in centres.items():
        xs += [x - made[n].width / 2, x + made[n].width / 2]
        ys += [y - made[n].height / 2, y + made[n].height / 2]
    left, right, low, high = min(xs) - MARGIN, max(xs) + MARGIN, min(ys) - MARGIN, max(ys) + MARGIN
    wide, tall = right - left, high - low
    new = ax is None
    if ax is None:
        ax = plt.figure(figsize=figsize or (wide, tall), layout="none").add_axes((0, 0, 1, 1))
    figure: Any = ax.figure.canvas.figure  # not a SubFigure, which cannot be drawn alone
    ax.set_axis_off()
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()  # lets the engine move the axes now, not after the texts are sized
    window = ax.get_window_extent()
    room = window.width / figure.dpi, window.height / figure.dpi
    scale = min(room[0] / wide, room[1] / tall, 1.25)
    if scale < SMALLEST:
        if new:
            plt.close(figure)
        raise BadData(
            f"{room[0]:.1f} by {room[1]:.1f} inches are too small for this diagram: it needs "
            f"{SMALLEST * wide:.1f} by {SMALLEST * tall:.1f}, better {wide:.1f} by {tall:.1f}. Give a larger figsize "
            "(or larger axes), shapes=False, or a smaller depth"
        )
    ax.set_xlim((left + right) / 2 - room[0] / scale / 2, (left + right) / 2 + room[0] / scale / 2)
    ax.set_ylim((low + high) / 2 - room[1] / scale / 2, (low + high) / 2 + room[1] / scale / 2)
    for (a, b), line in lines.items():
        draw_line(ax, f"{a}->{b}", line, scale)
    for n, box in made.items():
        draw_box(ax, n, box, centres[n], scale)
    return ax


def _shapes(given: Any) -> list[Shape]:
    shapes = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if not shapes or isinstance(shapes[0], Integral):
        shapes = [given]
    for shape in shapes:
        whole = isinstance(shape, Sequence) and not isinstance(shape, str)
        if not whole or not all(isinstance(n, Integral) and not isinstance(n, bool) and int(n) > 0 for n in shape):
            raise BadData(
                f"input_shape={given!r} is no shape: give whole numbers without the batch, such as (3, 32, 32), or a "
                "list of such shapes for a module of several inputs"
            )
    return [tuple(int(n) for n in shape) for shape in shapes]
