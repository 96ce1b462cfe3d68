"""The graph of a module, found by running a copy of it on tensors that have a shape and no numbers.

The copy lives on the "meta" device: it takes no memory and no time, draws no random numbers, and cannot change the
module. Control flow that depends on shapes works; where it depends on numbers, PyTorch raises an error, and so do we.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from numbers import Number
from typing import Any

import networkx as nx
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map_only

from nnlab.draw.module import operations
from nnlab.draw.module.operations import Operation, key
from nnlab.errors import BadData, NnlabError, UntraceableModule

BATCH = 2  # rows of the run: batch normalisation refuses one
_NORMS_AND_ACTIVATIONS = ("norm", "activation")


def trace(module: nn.Module, shapes: Sequence[tuple[int, ...]], depth: int, dtype: torch.dtype | None) -> nx.DiGraph:
    """A DiGraph of the calls that lead from the inputs to the outputs, in the order of the calls.

    Each node has `label`, `kind`, `shape` (of its result, without the batch), `module` (the name of its module, ""
    for a function) and `owner` (the number of the module call whose `forward` it stands in).
    """
    lazy = [name for name, p in module.named_parameters() if torch.nn.parameter.is_lazy(p)]
    if lazy:
        raise BadData(f"{lazy[0]} is lazy and has no size yet: run one batch through the module first")
    twin = _on_meta(module)
    if dtype is None:
        dtype = next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.get_default_dtype())
    inputs = [torch.empty((BATCH, *shape), dtype=dtype, device="meta") for shape in shapes]
    recorder = Recorder(twin, depth)
    for k, x in enumerate(inputs, start=1):
        recorder.enter(x, "input" if len(inputs) == 1 else f"input {k}", "input")
    sizes = " and ".join(str([BATCH, *shape]) for shape in shapes)
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad(), torch.device("meta"), recorder, recorder.hooked():
            result = twin(*inputs)
    except Exception as error:
        raise _explained(error, module, sizes) from error
    recorder.leave([t for t in tree_leaves(result) if isinstance(t, Tensor)])
    graph = recorder.graph
    ends = [n for n, kind in graph.nodes(data="kind") if kind == "output"]
    used = set(ends).union(*(nx.ancestors(graph, n) for n in ends)) if ends else set()
    if not any(graph.nodes[n]["kind"] == "input" for n in used):
        raise UntraceableModule(
            f"no path of PyTorch operations leads from the input of {type(module).__name__} to its output, so there is "
            "nothing to draw: compute the output with torch functions and modules, not with numpy or autograd.Function"
        )
    return nx.DiGraph(graph.subgraph(n for n in graph if n in used))


def _explained(error: Exception, module: nn.Module, sizes: str) -> NnlabError:
    name = type(module).__name__
    text = " ".join(str(error).split())
    if isinstance(error, UntraceableModule):
        return error
    if isinstance(error, NotImplementedError) or "meta tensor" in text or "meta device" in text:
        return UntraceableModule(
            f"the forward pass of {name} depends on the numbers in its tensors (an `if` or a loop on a value, .item(), "
            f".numpy(), a Boolean mask), so it has no single graph: {text[:200]} Draw its submodules one by one, or "
            "write the branch that you want to see as a module of its own"
        )
    return BadData(
        f"the forward pass of {name} failed on an input of shape {sizes}: {type(error).__name__}: {text[:300]} "
        "Give input_shape without the batch, such as (3, 32, 32); several inputs as a list of shapes; whole numbers "
        "(for an embedding) with dtype=torch.long"
    )


def _meta(tensor: Tensor) -> Tensor:
    if tensor.is_meta:
        return tensor
    bare = torch.empty_like(tensor.detach(), device="meta")
    return nn.Parameter(bare, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else bare


def _on_meta(module: nn.Module) -> nn.Module:
    """A copy of the module without its numbers, its gradients and the hooks of its user."""
    known: dict[int, Any] = {}
    for part in module.modules():
        for tensor in (t for t in tree_leaves(vars(part)) if isinstance(t, Tensor)):
            known.setdefault(id(tensor), _meta(tensor))
        for hooks in (part._forward_hooks, part._forward_pre_hooks):  # torch's own compute weights; others only look
            known[id(hooks)] = OrderedDict((k, h) for k, h in hooks.items() if type(h).__module__.startswith("torch."))
    try:
        return copy.deepcopy(module, known)
    except Exception as error:
        raise UntraceableModule(
            f"this {type(module).__name__} cannot be copied ({type(error).__name__}: {str(error)[:200]}), and a "
            "drawing is made from a copy: keep files, locks and generators out of the module"
        ) from error


def _is_transparent(module: nn.Module) -> bool:
    """A mere list of layers is no level of its own: nn.Sequential, and a subclass that holds one layer with its norm
    and its activation."""
    if type(module) is nn.Sequential:
        return True
    if not isinstance(module, nn.Sequential) or any(True for part in module for _ in part.children()):
        return False
    kinds = [operations.of_module(part).kind for part in module]
    main = [kind for kind in kinds if kind in ("conv", "linear")]
    return len(main) == 1 and len(kinds) - 1 == sum(kind in _NORMS_AND_ACTIVATIONS for kind in kinds)


def _is_whole(module: nn.Module, level: int, depth: int) -> bool:
    if not any(True for _ in module.children()):
        return True
    if _is_transparent(module):
        return False
    return level >= depth or type(module).__module__.startswith("torch.nn.modules.")


def _is_layer(module: nn.Module) -> bool:
    """Whether a module to be drawn is itself one layer of PyTorch, or of a class derived from one."""
    derived = any(c.__module__.startswith("torch.nn.modules.") for c in type(module).__mro__ if c is not nn.Module)
    return derived and not any(True for _ in module.children())


class Recorder(TorchFunctionMode):
    """Notes every call of a submodule or of a torch function, and which call made each tensor."""

    def __init__(self, root: nn.Module, depth: int) -> None:
        super().__init__()
        self.root, self.depth = root, depth
        self.graph = nx.DiGraph()
        self.names = {id(m): name for name, m in root.named_modules()}
        self.parameters = {id(t): name for name, t in (*root.named_parameters(), *root.named_buffers())}
        self.made: dict[int, str] = {}
        self.alive: list[Tensor] = []  # an id is free again once its object is gone
        self.calls = count(1)
        self.stack: list[tuple[int, int]] = []  # of the open module calls: number, and level of what is in it
        self.whole: nn.Module | None = None  # the open call that is one box
        self.versions: dict[int, int] = {}

    # What flows in and out

    def enter(self, tensor: Tensor, label: str, kind: str) -> None:
        node = self._node(label, Operation(label, kind), tensor, "")
        self._owns(node, tensor)

    def leave(self, tensors: Sequence[Tensor]) -> None:
        """One output for each call that made one: an LSTM's three tensors come out of one box."""
        ends = {self.made[id(t)]: t for t in reversed(tensors) if id(t) in self.made}
        for k, (source, tensor) in enumerate(reversed(ends.items()), start=1):
            label = "output" if len(ends) == 1 else f"output {k}"
            self.graph.add_edge(source, self._node(label, Operation(label, "output"), tensor, ""))

    # Functions

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        args, kwargs = tree_map_only(Tensor, self._adopt, (args, kwargs))
        name = getattr(func, "__name__", "") or ""
        if name in ("__get__", "__set__"):  # properties: x.shape, x.T
            name = getattr(getattr(func, "__self__", None), "__name__", "")
        short = key(name.strip("_"))
        if (
            short in ("to", "cpu", "cuda") and args and isinstance(args[0], Tensor)
        ):  # numbers stay away from all devices
            asked = [a for a in (*args[1:], *kwargs.values()) if isinstance(a, torch.dtype)]
            result = args[0].to(asked[0]) if asked else args[0]
        else:
            result = func(*args, **kwargs)
        if self.whole is None and self.stack:
            self._function(name, short, args, kwargs, result)
        return result

    def _function(self, name: str, short: str, args: Any, kwargs: Any, result: Any) -> None:
        if short == "setitem":  # changes its first operand and returns nothing
            result = args[0]
        made = [t for t in tree_leaves(result) if isinstance(t, Tensor)]
        sources = self._sources((args, kwargs))
        if not made or not sources or (not isinstance(result, Tensor) and short in ("shape", "size")):
            return
        if short in operations.SILENT:
            for tensor in made:
                self._owns(sources[0], tensor)
            return
        first = next(t for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor) and id(t) in self.made)
        other = next((self._constant(a) for a in args if not self._is_data(a)), None) if len(sources) == 1 else None
        shapes = tuple(first.shape), tuple(made[0].shape)
        operation = operations.of_function(name, args, kwargs, shapes, other)
        node = self._node(key(name.strip("_")), operation, made[0], "")
        for source in sources:
            self.graph.add_edge(source, node)
        for tensor in made:
            self._owns(node, tensor)

    def _is_data(self, value: Any) -> bool:
        return isinstance(value, Tensor) and id(value) in self.made

    def _constant(self, value: Any) -> Any:
        if isinstance(value, Number):
            return value
        return self.parameters.get(id(value), "constant") if isinstance(value, Tensor) else None

    # Modules

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Hear of every call of a module of the copy."""
        for module in self.root.modules():
            module.register_forward_pre_hook(self._before, with_kwargs=True)
            module.register_forward_hook(self._after, with_kwargs=True)
        yield

    def _before(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        if self.whole is not None:
            return
        level = self.stack[-1][1] if self.stack else 0
        if _is_whole(module, level, self.depth) if self.stack else _is_layer(module):
            self.whole = module
            self.versions = {id(t): t._version for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)}
        transparent = bool(self.stack) and _is_transparent(module)
        self.stack.append((next(self.calls), level + (not transparent)))

    def _after(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        if self.whole is not None and self.whole is not module:
            return
        self.stack.pop()
        if self.whole is None:
            return
        self.whole = None
        made = [t for t in tree_leaves(result) if isinstance(t, Tensor)]
        if not made:
            return
        sources = self._sources((args, kwargs))
        if isinstance(module, nn.Dropout) and module.p == 0 and sources:
            self._owns(sources[0], made[0])
            return
        same = all(self.versions.get(id(t)) == t._version for t in made)
        if same and (isinstance(module, nn.Identity) or not type(module).__module__.startswith("torch.nn.modules.")):
            return  # it gave back what it was given
        node = self._node(self.names[id(module)], operations.of_module(module), made[0], self.names[id(module)])
        for source in sources:
            self.graph.add_edge(source, node)
        for tensor in made:
            self._owns(node, tensor)

    # The graph

    def _adopt(self, tensor: Tensor) -> Tensor:
        """A tensor that the module made on another device or holds in a list: the same, without its numbers."""
        return tensor if tensor.is_meta else _meta(tensor)

    def _sources(self, values: Any) -> list[str]:
        found = (self.made.get(id(t)) for t in tree_leaves(values) if isinstance(t, Tensor))
        return list(dict.fromkeys(node for node in found if node is not None))

    def _owns(self, node: str, tensor: Tensor) -> None:
        self.made[id(tensor)] = node
        self.alive.append(tensor)

    def _node(self, base: str, operation: Operation, result: Tensor, module: str) -> str:
        name = next(n for k in count(1) if (n := (base or "module") + (f"_{k}" if k > 1 else "")) not in self.graph)
        owner = self.stack[-1][0] if self.stack else 0
        shape = tuple(result.shape[1:])
        self.graph.add_node(name, label=operation.label, kind=operation.kind, shape=shape, module=module, owner=owner)
        return name
