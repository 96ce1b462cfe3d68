"""Draw networks: a multilayer perceptron neuron by neuron, or any PyTorch module as a block diagram.

- `mlp_draw`: neurons, and weights as edges. `mlp_graph`: the same as a networkx graph. Both are in `mlp/`.
- `module_draw`: operations as boxes, data as arrows. `module_graph`: the same as a networkx graph. In `module/`.

Both draw a picture and say it in words, in alternative text for readers who cannot see it.
"""

from nnlab.draw.mlp import mlp_draw, mlp_graph
from nnlab.draw.module import module_draw, module_graph
from nnlab.draw.result import Drawing

__all__ = ["Drawing", "mlp_draw", "mlp_graph", "module_draw", "module_graph"]
