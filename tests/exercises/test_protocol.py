"""The judge, the box and the diagnosis, on small exercises made here."""

import warnings

import numpy as np
import pytest
import torch

import nnlab
from nnlab.errors import UnknownExercise
from nnlab.exercises.box import LocalBox, Net, Raised, plain
from nnlab.exercises.compare import difference
from nnlab.exercises.core import Ask, Exercise


def make(reads="f", id="99.1"):
    names = (reads,) if isinstance(reads, str) else reads

    def declare(body):
        return Exercise(id, "A made-up exercise", names, 1, body)

    return declare


@make()
def double(ask, rng):
    for x in rng.normal(size=(3, 4)), rng.normal(size=2):
        ask.close(ask.call("f", x), 2 * x)


@double.slip("squared instead of doubled")
def _(x):
    return x**2


@double.slip("doubled and one too many")
def _(x):
    return 2 * x + 1


def judged(exercise, **names):
    return exercise.judge(LocalBox(names), seed=3)


def test_a_right_answer_is_right_in_numpy_torch_and_lists():
    assert judged(double, f=lambda x: x + x).status == "right"
    assert judged(double, f=lambda x: torch.tensor(x) * 2).status == "right"
    assert judged(double, f=lambda x: (2 * x).tolist()).status == "right"


def test_a_wrong_answer_is_told_the_first_failing_case():
    verdict = judged(double, f=lambda x: 3 * x)
    assert verdict.status == "wrong"
    assert "got" in verdict.message and "expected" in verdict.message and "(shape (3, 4), float64)" in verdict.message
    assert verdict.slip == "" and verdict.points == 0


def test_numbers_of_half_precision_are_shown_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = judged(double, f=lambda x: np.asarray(x, dtype=np.float16))
    assert verdict.status == "wrong" and "float16" in verdict.message


def test_a_known_slip_is_told_its_own_sentence():
    assert judged(double, f=lambda x: x * x).slip == "squared instead of doubled"
    assert judged(double, f=lambda x: 1 + x + x).slip == "doubled and one too many"


def test_a_wrong_shape_is_said():
    assert "the shape is (4,), expected (3, 4)" in judged(double, f=lambda x: 2 * x[0]).message


@pytest.mark.parametrize("reply", [1.0, [1.0], [1.0, 2.0, 3.0], np.ones(2), None, "ab"], ids=repr)
def test_a_reply_of_too_few_or_too_many_things_is_told_their_names(reply):
    @make()
    def both(ask, rng):
        mean, spread = ask.parts(ask.call("f"), "mean", "spread")
        ask.close(mean, 1.0)
        ask.close(spread, 2.0)

    verdict = judged(both, f=lambda: reply)
    assert verdict.status == "wrong" and "2 things are to be returned: mean, spread" in verdict.message
    assert judged(both, f=lambda: (1.0, 2.0)).status == "right"


def test_an_answer_that_raises_is_wrong_and_quoted():
    def f(x):
        return x / "2"

    assert "it raised" in judged(double, f=f).message


@pytest.mark.parametrize("value", [..., lambda x: ...])
def test_dots_are_not_attempted(value):
    assert judged(double, f=value).status == "not attempted"


def test_a_name_that_is_missing_is_not_attempted():
    assert "f not defined" in judged(double).message


def test_a_todo_inside_a_loop_is_not_attempted():
    def f(x):
        for _ in range(3):
            ...  # TODO: double it
        return x

    assert judged(double, f=f).status == "not attempted"


def test_an_ellipsis_in_an_index_is_no_todo():
    def f(x):
        return 2 * x[..., :]

    assert judged(double, f=f).status == "right"


def test_an_answer_that_spoils_its_arguments_changes_no_verdict():
    def f(x):
        x *= 2
        return x

    def g(x):
        x[:] = 0
        return x

    assert judged(double, f=f).status == "right"
    assert judged(double, f=g).status == "wrong"


def test_an_object_that_claims_to_equal_everything_is_refused():
    class Liar:
        def __eq__(self, other):
            return True

        __array_priority__ = 1e9

    assert judged(double, f=lambda x: Liar()).status == "wrong"


def test_judging_takes_nothing_from_the_notebooks_random_numbers():
    torch.manual_seed(1)
    np.random.seed(1)
    expected = torch.rand(1).item(), np.random.rand()
    torch.manual_seed(1)
    np.random.seed(1)
    judged(double, f=lambda x: 2 * x + 0 * torch.rand(1).item() + 0 * np.random.rand())
    assert (torch.rand(1).item(), np.random.rand()) == expected


def test_an_exercise_that_cannot_read_the_answer_says_so_instead_of_failing():
    @make("pair")
    def two(ask, rng):
        a, b = ask.value("pair")
        ask.close(a + b, 3)

    assert judged(two, pair=(1, 2)).status == "right"
    verdict = judged(two, pair=5)
    assert verdict.status == "wrong" and "cannot be judged" in verdict.message


def test_a_network_sent_as_plain_data_computes_what_its_numbers_say():
    weight, bias = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 0.0]]), np.array([0.1, -0.2, 0.3])
    net = Net(("Linear", weight, bias), ("ReLU",))
    x = np.array([[1.0, 2.0], [-1.0, 0.5]])

    @make()
    def forward(ask, rng):
        ask.close(ask.call("f", net, x), np.maximum(x @ weight.T + bias, 0), rtol=1e-5)

    assert judged(forward, f=lambda m, x: m(torch.tensor(x, dtype=torch.float32))).status == "right"


def test_a_batch_normalisation_is_sent_with_what_it_has_learnt_and_what_it_keeps():
    scale, shift, mean, variance = np.array([[2.0, -1.0], [0.5, 0.0], [3.0, -4.0], [4.0, 0.25]])
    net = Net(("BatchNorm1d", scale, shift, mean, variance))
    x = np.array([[1.0, 2.0], [-1.0, 0.5]])
    aim = (x - mean) / np.sqrt(variance + 1e-5) * scale + shift

    @make()
    def forward(ask, rng):
        ask.close(ask.call("f", net, x), aim, rtol=1e-5)

    assert judged(forward, f=lambda m, x: m.eval()(torch.tensor(x, dtype=torch.float32))).status == "right"
    assert judged(forward, f=lambda m, x: m.train()(torch.tensor(x, dtype=torch.float32))).status == "wrong"


def test_the_layers_of_a_model_are_plain_data():
    model = torch.nn.Sequential(torch.nn.Linear(3, 2, bias=False), torch.nn.Dropout(0.25))
    first, second = LocalBox({"m": model}).layers("m")
    assert first == {"type": "Linear", "parameters": 6, "bias": False, "in_features": 3, "out_features": 2}
    assert second["type"] == "Dropout" and second["p"] == 0.25


def test_an_object_that_is_no_data_cannot_be_sent():
    assert isinstance(LocalBox({"x": object()}).value("x"), Raised)
    with pytest.raises(TypeError, match="an array, or a list"):
        plain(np.array([object()]))


@pytest.mark.parametrize(
    ("got", "expected", "differs"),
    [
        (1.0, 1, False),
        (float("nan"), 1.0, True),
        (float("nan"), float("nan"), False),
        (True, 1, True),
        (1, True, True),
        ("a", "a", False),
        ("1", 1, True),
        (None, 0, True),
        ([1, 2], np.array([1, 2]), False),
        ([[1, 2]], np.array([1, 2]), True),
        ([1, [2, 3]], [1, [2, 3]], False),
        ([1, [2, 4]], [1, [2, 3]], True),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": 1}, {"b": 1}, True),
        (1 + 1j, 1, True),
        (np.array(["x", "y"]), ["x", "y"], False),
    ],
)
def test_values_are_compared_by_rule(got, expected, differs):
    assert bool(difference(got, expected, 1e-6, 1e-9)) is differs


def test_the_failure_that_is_kept_is_the_first():
    ask = Ask(LocalBox({"a": 1, "b": 2}))
    ask.close(ask.value("a"), 5)
    ask.close(ask.value("b"), 6)
    assert "expected  5" in ask.failure and ask.failed_at == 0


@pytest.mark.parametrize("id", ["99.1", "02.99", "nonsense", 7])
def test_an_unknown_exercise_is_told_which_there_are(id):
    with pytest.raises(UnknownExercise, match="02"):
        nnlab.check(id)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("B", "B"), (" b. ", "B"), ("(b)", "B"), ("db", "BD"), ("D, B", "BD"), ("lines b and d", "BD"),
        (["D", "B"], "BD"), (np.array(["b", "d"]), "BD"), ("B, B", "B"), ("", ""), (2, ""), (None, ""), ([1, 2], ""),
    ],
)  # fmt: skip
def test_letters_are_read_however_they_are_written(answer, named):
    assert Ask(LocalBox({"lines": answer})).letters("lines") == named


@pytest.mark.parametrize(
    ("answer", "told"),
    [("c", ""), ("A", "A does not fit"), ("E", "one letter: A, B or C"), ("A, C", "one letter"), (3, "one letter")],
)
def test_a_diagnosis_is_one_of_the_letters(answer, told):
    ask = Ask(LocalBox({"diagnosis": answer}))
    ask.diagnosis("C", "ABC", "does not fit")
    assert told in ask.failure and bool(told) == bool(ask.failure)
