"""Which models are drawn, what the drawing takes from them, and what it says of models that it cannot draw."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from nnlab.draw import mlp_draw, mlp_graph
from nnlab.draw.mlp.network import read
from nnlab.errors import BadData, NoLinearChain, UnfittedModel

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(3)
X = RNG.normal(size=(40, 3)) * [1, 10, 0.1] + [0, 5, 0]


def classifier(activation="relu", classes=3):
    y = np.arange(len(X)) % classes
    return MLPClassifier((5, 4), activation=activation, max_iter=20, random_state=0).fit(X, y)


class Functional(nn.Module):
    """A chain whose activation stands in `forward` only, and whose training flags differ."""

    def __init__(self):
        super().__init__()
        self.one, self.drop, self.two = nn.Linear(3, 4), nn.Dropout(0.9), nn.Linear(4, 2, bias=False)

    def forward(self, x):
        return torch.softmax(self.two(self.drop(torch.relu(self.one(x)))), dim=1)


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        return self.two(x) + self.one(x)


def test_a_graph_has_every_weight_of_a_scikit_learn_model_on_its_edge():
    model = classifier()
    graph = mlp_graph(model)
    assert graph.number_of_nodes() == 3 + 5 + 4 + 3
    for k, w in enumerate(model.coefs_):
        for (i, j), value in np.ndenumerate(w):
            assert graph.edges[(k, i), (k + 1, j)]["weight"] == value
    assert graph.number_of_edges() == sum(w.size for w in model.coefs_)


def test_a_graph_has_every_weight_of_a_torch_model_on_its_edge():
    model = Functional()
    graph = mlp_graph(model)
    for k, layer in enumerate((model.one, model.two)):
        for (j, i), value in np.ndenumerate(layer.weight.detach().numpy()):
            assert graph.edges[(k, i), (k + 1, j)]["weight"] == pytest.approx(value)


def test_a_pipeline_is_drawn_as_its_last_step():
    pipeline = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), max_iter=20)).fit(X, X[:, 0])
    assert read(pipeline).sizes == (3, 4, 1)
    assert np.array_equal(read(pipeline).weights[0], pipeline[-1].coefs_[0].T)


def test_activations_and_parameters_are_those_of_the_model():
    network = read(classifier("tanh"))
    assert network.between == ("tanh", "tanh", "softmax")
    assert network.parameters == 3 * 5 + 5 + 5 * 4 + 4 + 4 * 3 + 3
    net = nn.Sequential(nn.Flatten(), nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1), nn.Sigmoid())
    assert read(net).between == ("BatchNorm1d, ReLU", "Sigmoid")
    assert read(net).parameters == sum(p.numel() for p in net.parameters())
    assert read([2, 8, 6, 1]).parameters == 85


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_forward_pass_of_a_classifier_ends_in_its_probabilities(activation, classes):
    model = classifier(activation, classes)
    values = read(model).forward(X[7])
    expected = model.predict_proba(X[7:8])[0]
    assert values[-1] == pytest.approx(expected[1:] if classes == 2 else expected)
    assert [len(v) for v in values] == list(read(model).sizes)


def test_the_forward_pass_of_a_pipeline_starts_with_what_enters_the_network():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    pipeline = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), max_iter=20)).fit(frame, X[:, 0])
    for row in frame.iloc[2], frame.iloc[2:3], X[2], torch.tensor(X[2]):
        values = read(pipeline).forward(row)
        assert values[0] == pytest.approx(pipeline[0].transform(frame)[2])
        assert values[-1] == pytest.approx(pipeline.predict(frame)[2:3])


def test_the_forward_pass_of_a_torch_model_counts_activations_written_in_forward():
    model = Functional()
    values = read(model).forward(X[0])
    x = torch.tensor(X[:1], dtype=torch.float32)
    with torch.no_grad():
        hidden = torch.relu(model.one(x))
        assert values[1] == pytest.approx(hidden.numpy()[0])
        assert values[2] == pytest.approx(torch.softmax(model.two(hidden), 1).numpy()[0])


def test_the_forward_pass_leaves_the_model_as_it_was():
    model = Functional().train()
    model.two.eval()
    read(model).forward(X[0])
    assert model.training and model.drop.training and not model.two.training
    assert not model.one._forward_pre_hooks and model.one.weight.grad is None


def test_gradients_of_a_torch_model_stand_on_its_edges():
    model = Functional()
    model(torch.ones(2, 3)).pow(2).sum().backward()
    network = read(model, gradients=True)
    assert network.quantity == "gradient"
    assert network.weights[0] == pytest.approx(model.one.weight.grad.numpy())
    assert network.biases[0] == pytest.approx(model.one.bias.grad.numpy()) and network.biases[1] is None
    assert "largest gradient" in mlp_draw(model, gradients=True).alt


def test_gradients_can_be_arrays_of_the_shapes_of_the_model():
    model = classifier()
    given = [RNG.normal(size=w.shape) for w in model.coefs_]
    assert all(np.array_equal(a, b.T) for a, b in zip(read(model, given).weights, given, strict=True))
    net = Functional()
    given = [torch.ones(4, 3), torch.zeros(2, 4)]
    assert all(np.array_equal(a, b) for a, b in zip(read(net, given).weights, given, strict=True))


LAZY = nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 1))
NAN = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
NAN[1].weight.data[0, 1] = torch.nan
CNN = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4, 2))
NO_FIT = GridSearchCV(MLPRegressor(), {"alpha": [1]})
NO_FIT.best_estimator_ = MLPRegressor()
WRONG = {
    "an unfitted model": (MLPClassifier(), UnfittedModel, "call fit"),
    "an unfitted pipeline": (make_pipeline(StandardScaler(), MLPRegressor()), UnfittedModel, "call fit"),
    "another model": (LinearRegression(), NoLinearChain, "a LinearRegression cannot be drawn"),
    "a search": (NO_FIT, NoLinearChain, "best_estimator_"),
    "a convolutional network": (CNN, NoLinearChain, "0 is a Conv2d.*pass the part"),
    "attention": (nn.MultiheadAttention(4, 2), NoLinearChain, "MultiheadAttention"),
    "a recurrent network": (nn.Sequential(nn.LSTM(2, 3), nn.Linear(3, 1)), NoLinearChain, "LSTM"),
    "no linear layer": (nn.Sequential(nn.ReLU()), NoLinearChain, "no Linear layer"),
    "layers that do not chain": (
        nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1)),
        NoLinearChain,
        "layer 1 takes 4 numbers, but the one before it gives 3",
    ),
    "a lazy layer": (LAZY, NoLinearChain, "one batch"),
    "NaN": (NAN, BadData, "layer 1 hold NaN or infinity.*smaller learning rate"),
    "one size": ([3], BadData, "at least two"),
    "a size of zero": ([3, 0, 1], BadData, "1 or more"),
    "half a neuron": ([3, 2.5, 1], BadData, "whole numbers"),
    "words": ("2-8-1", NoLinearChain, "a str cannot be drawn"),
    "truth for a size": ([True, 2], BadData, "whole numbers"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_model_that_cannot_be_drawn_is_refused_with_a_remedy(case):
    model, error, message = WRONG[case]
    with pytest.raises(error, match=f"(?s){message}"):
        mlp_draw(model)


ARGUMENTS = {
    "too short a row": ({"activations": [1.0, 2.0]}, BadData, "has 2 numbers.*the network has 3 inputs.*X\\[0\\]"),
    "two rows": ({"activations": X[:2]}, BadData, r"has 6 numbers \(shape \(2, 3\)\)"),
    "NaN in a row": ({"activations": [1.0, np.nan, 0.0]}, BadData, "NaN or infinity"),
    "a row of words": ({"activations": ["a", "b", "c"]}, BadData, "not a row of numbers"),
    "no backward pass": ({"gradients": True}, BadData, "loss.backward"),
    "gradients of other shapes": ({"gradients": [np.ones((3, 4)), np.ones((2, 4))]}, BadData, r"have \[\(4, 3\)"),
    "NaN gradients": ({"gradients": [np.full((4, 3), np.nan), np.ones((2, 4))]}, BadData, "gradients of layer 0"),
    "an orientation": ({"orientation": "horizontal"}, BadData, 'use "h"'),
    "a path of two": ({"path": (0, 1)}, BadData, "layer, to, from"),
    "a path from nowhere": ({"path": (0, 1, 3)}, BadData, "to from 0 to 3 and from from 0 to 2"),
    "a path to nowhere": ({"path": (0, 4, 0)}, BadData, "to from 0 to 3"),
    "a path of no layer": ({"path": (2, 0, 0)}, BadData, "layer from 0 to 1"),
    "a path counted from the end": ({"path": (0, -1, 0)}, BadData, "to from 0"),
    "a position": ({"label_pos": 1.5}, BadData, "label_pos=1.5.*from 0 to 1"),
    "an opacity": ({"alpha": 0}, BadData, "alpha=0"),
    "a font": ({"label_size": 0.1}, BadData, "label_size=0.1.*points"),
    "a fold": ({"max_neurons": 1}, BadData, "max_neurons=1"),
    "a figure": ({"figsize": (0.5, 4)}, BadData, "figsize=0.5.*inches"),
    "names": ({"feature_names": ["a", "b"]}, BadData, "a list of 3 names"),
    "one name": ({"output_names": "ab"}, BadData, "a list of 2 names"),
    "too small a figure": ({"figsize": (1, 1), "feature_names": ["a long name"] * 3}, BadData, "larger figsize"),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_an_argument_out_of_range_is_refused_with_a_remedy(case):
    arguments, error, message = ARGUMENTS[case]
    with pytest.raises(error, match=f"(?s){message}"):
        mlp_draw(Functional(), **arguments)


def test_a_list_of_sizes_has_neither_values_nor_gradients():
    with pytest.raises(BadData, match="no weights"):
        mlp_draw([2, 1], activations=[1.0, 2.0])
    with pytest.raises(BadData, match="list of arrays"):
        mlp_draw([2, 1], gradients=True)


def test_a_model_whose_layers_do_not_run_in_a_chain_shows_no_values():
    with pytest.raises(NoLinearChain, match="draw it without activations"):
        mlp_draw(Branches(), activations=X[0])


def test_drawing_loads_neither_torch_nor_scikit_learn():
    code = "import sys, nnlab.draw as d; d.mlp_draw([2, 3, 1]); print({'torch', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.fixture(autouse=True)
def _close_figures():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")
