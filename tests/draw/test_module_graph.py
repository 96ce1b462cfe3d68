"""The graph of a module: the right operations, names, shapes and edges; and the module stays as it was."""

import random
from collections import Counter

import networkx as nx
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from nnlab import zoo
from nnlab.draw import module_graph
from nnlab.errors import BadData, UntraceableModule

from .modules import OWN, ZOO, AllToAll, Tangle, Twins, UNet, made


def labels(graph):
    return [label for _, label in graph.nodes(data="label")]


def by_label(graph):
    """The edges as pairs of labels."""
    name = dict(graph.nodes(data="label"))
    return Counter((name[a], name[b]) for a, b in graph.edges)


@pytest.mark.parametrize(
    ("name", "boxes", "joins"),
    [
        ("basic block", 2 + 1, {"+": 1}),
        ("basic block, stride 2", 3 + 1, {"+": 1}),
        ("bottleneck", 3 + 1, {"+": 1}),
        ("bottleneck, stride 2", 4 + 1, {"+": 1}),
        ("inception", 6 + 1, {"concat": 1}),
        ("depthwise separable", 2, {}),
        ("dense layer", 2, {"concat": 1}),
        ("dense block", 3, {}),
        ("dense block, open", 6, {"concat": 3}),
        ("MBConv", 4, {"+": 1}),
        ("MBConv, open", 6, {"+": 1, "×": 1}),
        ("squeeze and excitation", 3, {"×": 1}),
        ("VGG stage", 3, {}),
        ("LeNet-5", 8, {}),
    ],
)
def test_a_block_has_its_boxes_and_its_joins(name, boxes, joins):
    module, shape, depth = made(name)
    graph = module_graph(module, shape, depth=depth)
    kinds = dict(graph.nodes(data="kind"))
    assert sum(kind not in ("join", "input", "output") for kind in kinds.values()) == boxes
    assert Counter(label for n, label in graph.nodes(data="label") if kinds[n] == "join") == joins


def test_a_bottleneck_is_three_boxes_a_plus_and_a_way_around_them():
    graph = module_graph(zoo.Bottleneck(256, 64), (256, 56, 56))
    assert list(graph.edges) == [
        ("input", "body.reduce.conv"),
        ("input", "add"),
        ("body.reduce.conv", "body.conv.conv"),
        ("body.conv.conv", "body.expand.conv"),
        ("body.expand.conv", "add"),
        ("add", "relu"),
        ("relu", "output"),
    ]
    conv = graph.nodes["body.conv.conv"]
    assert conv["label"] == "conv 3×3, 64" and conv["after"] == ("batch norm", "ReLU")
    assert graph.nodes["body.expand.conv"]["after"] == ("batch norm",)


def test_the_branches_of_inception_leave_the_input_and_meet_in_the_concatenation():
    graph = module_graph(zoo.Inception(192, 64, 96, 128, 16, 32, 32), (192, 28, 28))
    assert [graph.nodes[n]["label"] for n in graph.successors("input")] == [
        "conv 1×1, 64",
        "conv 1×1, 96",
        "conv 1×1, 16",
        "max pool 3×3",
    ]
    assert sorted(graph.nodes[n]["shape"][0] for n in graph.predecessors("cat")) == [32, 32, 64, 128]
    assert graph.nodes["cat"]["shape"] == (256, 28, 28)


def test_squeeze_and_excitation_multiplies_what_came_in():
    module, shape, depth = made("MBConv, open")
    graph = module_graph(module, shape, depth=depth)
    assert set(graph.predecessors("mul")) == {"body.depthwise.conv", "body.excite.expand"}
    assert graph.nodes["body.depthwise.conv"]["label"] == "depthwise 3×3, 96"
    assert graph.nodes["body.excite.expand"]["after"] == ("sigmoid",)


def test_dense_layers_normalise_before_they_convolve():
    graph = module_graph(zoo.DenseLayer(64, growth=32), (64, 56, 56))
    assert [graph.nodes[n].get("before") for n in ("bottleneck.conv", "conv.conv")] == [("batch norm", "ReLU")] * 2
    assert set(graph.predecessors("cat")) == {"input", "conv.conv"}


def test_lenet_is_a_chain_with_the_shapes_of_the_paper():
    graph = module_graph(zoo.lenet5(), (1, 32, 32))
    assert nx.is_path(graph, list(graph))
    assert [shape for _, shape in graph.nodes(data="shape")] == [
        (1, 32, 32), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120, 1, 1), (120,), (84,), (10,), (10,)
    ]  # fmt: skip


@pytest.mark.parametrize("name", [*ZOO, *OWN])
def test_every_shape_and_edge_is_that_of_a_real_run(name):
    """Hooks on a run with numbers: what each submodule gets was made by the submodules before it in the graph."""
    make, shape, depth = {**ZOO, **OWN}[name]
    module = make()
    graph = module_graph(module, shape, depth=depth, merge=False)
    node = {data["module"]: n for n, data in graph.nodes(data=True) if data["module"]}
    seen = {}
    names = {m: n for n, m in module.named_modules()}

    def note(part, args, result):
        seen.setdefault(names[part], (args[0], result[0] if isinstance(result, tuple) else result))

    for part in module.modules():
        part.register_forward_hook(note)
    inputs = [torch.rand(2, *s) for s in (shape if isinstance(shape, list) else [shape])]
    with torch.no_grad():
        module(*inputs)
    for name, n in node.items():
        arg, result = seen[name]
        assert graph.nodes[n]["shape"] == tuple(result.shape[1:])
        for source in graph.predecessors(n):
            made_by = graph.nodes[source]["module"]
            if made_by:
                assert seen[made_by][1].data_ptr() == arg.data_ptr(), (source, n)
            elif graph.nodes[source]["kind"] == "input":
                assert arg.data_ptr() in [x.data_ptr() for x in inputs]


def test_depth_opens_submodules():
    with torch.device("meta"):
        block = zoo.DenseBlock(64, growth=32, depth=2)
        net = zoo.resnet18()
    assert labels(module_graph(block, (64, 8, 8))) == ["input", "DenseLayer", "DenseLayer", "output"]
    assert labels(module_graph(block, (64, 8, 8), depth=2)).count("concat") == 2
    assert labels(module_graph(net, (3, 64, 64))).count("BasicBlock") == 8
    opened = labels(module_graph(net, (3, 64, 64), depth=2))
    assert opened.count("+") == 8 and "BasicBlock" not in opened


def test_without_merging_each_call_is_a_node():
    graph = module_graph(zoo.BasicBlock(64, 64), (64, 8, 8), merge=False)
    assert labels(graph) == [
        "input", "conv 3×3, 64", "batch norm", "ReLU", "conv 3×3, 64", "batch norm", "+", "ReLU", "output"
    ]  # fmt: skip


def test_a_branch_is_not_merged_away():
    class Peek(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x):
            y = self.conv(x)
            return torch.relu(y) + y

    graph = module_graph(Peek(), (3, 4, 4))
    assert by_label(graph) == {
        ("input", "conv 1×1, 3"): 1, ("conv 1×1, 3", "ReLU"): 1, ("conv 1×1, 3", "+"): 1, ("ReLU", "+"): 1,
        ("+", "output"): 1,
    }  # fmt: skip


def test_a_norm_that_takes_its_scale_from_elsewhere_is_not_merged_away():
    class Student(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            return F.layer_norm(self.one(x), (4,), self.two(x).mean(0))

    graph = module_graph(Student(), (4,))
    assert set(graph.predecessors("layernorm")) == {"one", "mean"}


def test_an_activation_in_forward_belongs_to_the_layer_before_it():
    class Student(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
            self.head = nn.Linear(8 * 36, 10)

        def forward(self, x):
            x = F.relu(self.block(x))
            return F.log_softmax(self.head(x.view(len(x), -1)), dim=1)

    graph = module_graph(Student(), (3, 8, 8))
    assert labels(graph) == ["input", "conv 3×3, 8", "flatten", "linear, 10", "output"]
    assert graph.nodes["block.0"]["after"] == ("batch norm", "ReLU")
    assert graph.nodes["head"]["after"] == ("log softmax",)


def test_an_activation_after_a_sum_does_not_go_into_the_next_layer():
    class Student(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            return self.two(torch.tanh(x + self.one(x)))

    assert labels(module_graph(Student(), (4,))) == ["input", "linear, 4", "+", "tanh", "linear, 4", "output"]


def test_an_in_place_operation_is_seen_by_what_comes_after_it():
    class InPlace(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.relu, self.two = nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 4)

        def forward(self, x):
            y = self.one(x)
            self.relu(y)
            y += 1
            return self.two(y)

    graph = module_graph(InPlace(), (4,), merge=False)
    assert list(nx.topological_sort(graph)) == ["input", "one", "relu", "add", "two", "output"]
    assert graph.nodes["add"]["label"] == "+ 1"


def test_what_changes_nothing_has_no_box():
    module = nn.Sequential(nn.Identity(), nn.Linear(4, 4), nn.Dropout(0.0), zoo.StochasticDepth(0.0))
    assert labels(module_graph(module, (4,))) == ["input", "linear, 4", "output"]
    graph = module_graph(nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5)).eval(), (4,))
    assert "dropout 0.5" in labels(graph)


def test_what_the_output_does_not_need_is_left_out():
    class Waste(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(4, 4), nn.Linear(4, 9)

        def forward(self, x):
            self.unused(x)
            return self.used(x)

    assert labels(module_graph(Waste(), (4,))) == ["input", "linear, 4", "output"]


def test_a_module_called_twice_is_two_nodes():
    graph = module_graph(Twins(), [(1, 8, 8), (1, 8, 8)])
    assert labels(graph).count("linear, 16") == 2 and {"input 1", "input 2", "net.3", "net.3_2"} <= set(graph)
    assert set(graph.predecessors("sub")) == {"net.3", "net.3_2"}


def test_several_outputs_have_names_and_the_tensors_of_one_call_share_one():
    graph = module_graph(Tangle(), (4,))
    assert list(graph.predecessors("output 2")) == ["a"] and "output 1" in graph
    assert labels(module_graph(nn.LSTM(3, 4), (5, 3))) == ["input", "LSTM, 4", "output"]


def test_parameters_and_numbers_are_part_of_the_label():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = nn.Parameter(torch.zeros(4))

        def forward(self, x):
            return 1 - (x * 0.5 + self.shift) / 2

    assert labels(module_graph(Scaled(), (4,))) == ["input", "× 0.5", "+ shift", "÷ 2", "1 − …", "output"]


def test_skips_of_a_u_net_join_maps_of_one_size():
    graph = module_graph(UNet(), (1, 32, 32))
    for cat, pair in ("cat", {"down2", "widen2"}), ("cat_2", {"down1", "widen1"}):
        assert set(graph.predecessors(cat)) == pair
        assert len({graph.nodes[n]["shape"] for n in pair}) == 1


def test_each_layer_of_all_to_all_sees_all_before():
    graph = module_graph(AllToAll(), (4, 8, 8))
    assert [graph.in_degree(n) for n in graph if graph.nodes[n]["label"] == "concat"] == [1, 2, 3, 4, 5]


def test_the_mode_of_the_module_decides_which_heads_there_are():
    with torch.device("meta"):
        net = zoo.googlenet(auxiliary=True)
    for training, outputs in (True, 3), (False, 1):
        kinds = [kind for _, kind in module_graph(net.train(training), (3, 224, 224)).nodes(data="kind")]
        assert kinds.count("output") == outputs


def test_the_module_and_the_random_numbers_stay_as_they_were():
    class Moody(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Dropout(0.5))
            self.calls = 0
            self.last = self.net(torch.rand(2, 3, 8, 8))  # a tensor with a history cannot be copied as such

        def forward(self, x):
            self.calls += 1
            return self.net(x) + torch.rand(4, 1, 1) * torch.rand(1, device="cpu")

    torch.manual_seed(0)
    module = Moody()
    module.net[0].weight.grad = torch.ones_like(module.net[0].weight)
    module.net[1].eval()
    heard = []
    module.net[0].register_forward_hook(lambda *_: heard.append(1))
    hooks = [(dict(m._forward_hooks), dict(m._forward_pre_hooks)) for m in module.modules()]
    state = {k: v.clone() for k, v in module.state_dict().items()}
    modes = [m.training for m in module.modules()]
    random.seed(0), np.random.seed(0)
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    module_graph(module, (3, 8, 8))
    assert torch.equal(before[0], torch.get_rng_state())
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before[1:]
    assert all(torch.equal(v, state[k]) for k, v in module.state_dict().items())
    assert [m.training for m in module.modules()] == modes
    assert (
        module.calls == 0
        and heard == []
        and torch.equal(module.net[0].weight.grad, torch.ones_like(module.net[0].weight))
    )
    assert [(dict(m._forward_hooks), dict(m._forward_pre_hooks)) for m in module.modules()] == hooks
    assert all(p.device.type == "cpu" and p.requires_grad for p in module.parameters())


def test_meta_modules_embeddings_and_moves_between_devices_work():
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.out = nn.Embedding(50, 8), nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 50)
            self.table = [torch.ones(16)]

        def forward(self, x):
            y, _ = self.rnn(self.embed(x.to("cpu")))
            return self.out(y[:, -1].float() * self.table[0] + torch.zeros(16, device="cpu"))

    for device in "cpu", "meta":
        graph = module_graph(Words().to(device), (7,), dtype=torch.long)
        found = labels(graph)
        assert found[:4] == ["input", "embedding, 8", "LSTM, 16", "slice"] and found[-2:] == ["linear, 50", "output"]
        assert graph.nodes["rnn"]["shape"] == (7, 16)


def branch_on_a_number(x):
    return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    "forward",
    [branch_on_a_number, lambda x: x * x.max().item(), lambda x: x[x > 0], lambda x: torch.from_numpy(x.numpy())],
)
def test_control_flow_that_depends_on_numbers_is_refused(forward):
    class Student(nn.Module):
        def forward(self, x):
            return forward(x)

    with pytest.raises(UntraceableModule, match=r"depends on the numbers.*Draw its submodules one by one"):
        module_graph(Student(), (4,))


def test_control_flow_that_depends_on_shapes_is_followed():
    class Student(nn.Module):
        def forward(self, x):
            for _ in range(x.shape[1]):
                x = torch.relu(x)
            return x if len(x) > 1 else torch.tanh(x)

    assert labels(module_graph(Student(), (3,))).count("ReLU") == 3


def test_an_output_that_comes_from_nowhere_is_refused():
    class Student(nn.Module):
        def forward(self, x):
            return torch.zeros(2, 3)

    with pytest.raises(UntraceableModule, match="no path of PyTorch operations"):
        module_graph(Student(), (4,))


def test_a_module_that_cannot_be_copied_is_refused():
    module = nn.Linear(2, 2)
    module.numbers = (n for n in range(3))
    with pytest.raises(UntraceableModule, match=r"cannot be copied.*keep files, locks and generators out"):
        module_graph(module, (2,))


@pytest.mark.parametrize(
    ("module", "shape", "options", "message"),
    [
        (nn.Linear(4, 2), (5,), {}, r"shape \[2, 5\]: RuntimeError.*Give input_shape without the batch"),
        (zoo.lenet5(), (32, 32), {}, r"this net expects \[n, 1, 32, 32\]"),
        (nn.Bilinear(2, 2, 2), (2,), {}, "several inputs as a list of shapes"),
        (nn.Embedding(5, 2), (3,), {}, "dtype=torch.long"),
        (nn.LazyLinear(3), (4,), {}, "weight is lazy.*run one batch"),
        (nn.Linear, (4,), {}, "a type was given"),
        (nn.Linear(4, 2), "4", {}, "input_shape='4' is no shape"),
        (nn.Linear(4, 2), (0,), {}, r"input_shape=\(0,\) is no shape"),
        (nn.Linear(4, 2), [(4,), 3.5], {}, "is no shape"),
        (nn.Linear(4, 2), (4,), {"depth": 0}, "depth=0 is no depth"),
        (nn.Linear(4, 2), (4,), {"depth": 1.5}, "depth=1.5 is no depth"),
    ],
)
def test_what_cannot_be_drawn_is_told_with_what_to_do(module, shape, options, message):
    with pytest.raises(BadData, match=message):
        module_graph(module, shape, **options)


@pytest.mark.parametrize(
    ("layer", "shape", "label", "kind"),
    [
        (nn.Conv2d(4, 8, 3, stride=2, padding=1), (4, 8, 8), "conv 3×3 / 2, 8", "conv"),
        (nn.Conv2d(4, 8, (1, 7), stride=(1, 2)), (4, 8, 8), "conv 1×7 / 1×2, 8", "conv"),
        (nn.Conv2d(4, 8, 3, groups=2, dilation=2), (4, 8, 8), "conv 3×3, 8, 2 groups, dilation 2", "conv"),
        (nn.Conv2d(4, 4, 3, groups=4), (4, 8, 8), "depthwise 3×3, 4", "conv"),
        (nn.Conv1d(4, 8, 5), (4, 8), "conv 5, 8", "conv"),
        (nn.ConvTranspose2d(4, 2, 2, stride=2), (4, 8, 8), "transposed conv 2×2 / 2, 2", "conv"),
        (zoo.Conv2dSame(4, 8, 3, stride=2), (4, 8, 8), "conv 3×3 / 2, 8", "conv"),
        (nn.MaxPool2d(3, stride=2), (4, 8, 8), "max pool 3×3 / 2", "pool"),
        (nn.AvgPool2d(2), (4, 8, 8), "avg pool 2×2 / 2", "pool"),
        (nn.AdaptiveAvgPool2d(1), (4, 8, 8), "global avg pool", "pool"),
        (nn.AdaptiveMaxPool2d((2, None)), (4, 8, 8), "max pool to 2×?", "pool"),
        (nn.Upsample(scale_factor=2), (4, 8, 8), "upsample ×2", "pool"),
        (nn.GroupNorm(2, 4), (4, 8, 8), "group norm", "norm"),
        (nn.Softmax(dim=1), (4,), "softmax", "activation"),
        (nn.LeakyReLU(), (4,), "leaky ReLU", "activation"),
        (nn.Linear(4, 3), (4,), "linear, 3", "linear"),
        (nn.Flatten(), (4, 8, 8), "flatten", "shape"),
        (nn.MultiheadAttention(4, 2, batch_first=True), [(5, 4)] * 3, "multi head attention forward", "other"),
    ],
)
def test_layers_have_short_names(layer, shape, label, kind):
    graph = module_graph(layer, shape)
    assert (label, kind) in [(data["label"], data["kind"]) for _, data in graph.nodes(data=True)]


@pytest.mark.parametrize(
    ("function", "label"),
    [
        (lambda x: F.max_pool2d(x, 3, 2), "max pool 3×3 / 2"),
        (lambda x: F.avg_pool2d(x, kernel_size=2), "avg pool 2×2 / 2"),
        (lambda x: F.adaptive_avg_pool2d(x, 1), "global avg pool"),
        (lambda x: F.interpolate(x, scale_factor=2), "upsample ×2"),
        (lambda x: F.conv2d(x, torch.zeros(6, 4, 3, 3), None, 2), "conv 3×3 / 2, 6"),
        (lambda x: F.conv2d(x, torch.zeros(4, 1, 3, 3), groups=4), "depthwise 3×3, 4"),
        (lambda x: F.linear(x, torch.zeros(5, 8)), "linear, 5"),
        (lambda x: x.flatten(1), "flatten"),
        (lambda x: x.reshape(len(x), -1), "flatten"),
        (lambda x: x.reshape(len(x), 2, 2, 8, 8), "reshape"),
        (lambda x: x.permute(0, 2, 3, 1), "transpose"),
        (lambda x: x.mT, "transpose"),
        (lambda x: x[:, :2], "slice"),
        (lambda x: x.chunk(2, dim=1), "split"),
        (lambda x: x.mean((2, 3)), "mean"),
        (lambda x: F.pad(x, (1, 1)), "pad"),
        (lambda x: F.dropout(x, 0.3), "dropout 0.3"),
        (lambda x: x @ x, "matmul"),
        (lambda x: x**2, "power 2"),
        (lambda x: 2 / x, "2 ÷ …"),
    ],
)
def test_functions_have_short_names(function, label):
    class Student(nn.Module):
        def forward(self, x):
            return function(x)

    assert labels(module_graph(Student(), (4, 8, 8)))[1] == label
