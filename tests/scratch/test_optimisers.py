import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab import scratch
from nnlab.errors import BadData

SHAPES = [(3, 4), (3,), (1,), ()]
same_examples = settings(derandomize=True, deadline=None, max_examples=20)  # in every run
ZERO_OR = st.one_of(st.just(0.0), st.floats(1e-4, 0.99))
RATE, EPS = st.floats(1e-4, 0.3), st.sampled_from([1e-10, 1e-8, 1e-3])
# Not below 0.5: a rule that forgets all earlier squares divides g by |g|, and a rounding near g = 0 turns its sign.
BETA = st.floats(0.5, 0.9999)


def follow(ours, theirs, dtype, seed, steps=100, decay=1.0):
    """Give both rules the same gradients; the largest difference of their parameters, relative to their size."""
    rng = np.random.default_rng(seed)
    start = [rng.normal(size=s).astype(dtype) for s in SHAPES]
    mine, torchs = [s.copy() for s in start], [torch.tensor(s, requires_grad=True) for s in start]
    left, right, worst = ours(mine), theirs(torchs), 0.0
    for _ in range(steps):
        gradients = [np.asarray(rng.normal(0, 10 ** rng.uniform(-3, 2), s), dtype) for s in SHAPES]
        before = [g.copy() for g in gradients]
        for p, g in zip(torchs, gradients, strict=True):
            p.grad = torch.tensor(g)
        left.step(gradients)
        right.step()
        left.lr *= decay
        right.param_groups[0]["lr"] *= decay
        for a, b in zip(mine, torchs, strict=True):
            assert a.dtype == dtype
            b = b.detach().numpy()
            worst = max(worst, float(np.max(np.abs(a - b) / (1 + np.abs(b)))))
        assert all((g == b).all() for g, b in zip(gradients, before, strict=True)), "the gradients were changed"
    return worst


RULES = {
    "SGD": st.fixed_dictionaries({"lr": RATE, "weight_decay": ZERO_OR, "momentum": ZERO_OR}),
    "SGD nesterov": st.fixed_dictionaries(
        {"lr": RATE, "weight_decay": ZERO_OR, "momentum": st.floats(0.01, 0.99), "nesterov": st.just(True)}
    ),
    "AdaGrad": st.fixed_dictionaries({"lr": RATE, "weight_decay": ZERO_OR, "eps": EPS}),
    "RMSprop": st.fixed_dictionaries(
        {"lr": RATE, "weight_decay": ZERO_OR, "eps": EPS, "alpha": BETA, "momentum": ZERO_OR}
    ),
    "Adam": st.fixed_dictionaries({"lr": RATE, "weight_decay": ZERO_OR, "eps": EPS, "betas": st.tuples(BETA, BETA)}),
    "AdamW": st.fixed_dictionaries({"lr": RATE, "weight_decay": ZERO_OR, "eps": EPS, "betas": st.tuples(BETA, BETA)}),
}


def pair(name):
    name = name.split()[0]
    return getattr(scratch, name), getattr(torch.optim, {"AdaGrad": "Adagrad"}.get(name, name))


@pytest.mark.parametrize("name", RULES)
@same_examples
@given(data=st.data(), seed=st.integers(0, 10**6))
def test_100_steps_are_torchs_whatever_the_settings(name, data, seed):
    ours, theirs = pair(name)
    chosen = data.draw(RULES[name])
    differ = follow(lambda p: ours(p, **chosen), lambda p: theirs(p, **chosen), np.float64, seed)
    assert differ < 1e-10


@pytest.mark.parametrize("name", ["SGD", "AdaGrad", "RMSprop", "Adam", "AdamW"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_defaults_are_torchs_and_the_rate_may_change_between_steps(name, dtype):
    ours, theirs = pair(name)
    assert follow(ours, theirs, dtype, 0) < (1e-10 if dtype is np.float64 else 1e-4)
    assert follow(ours, theirs, dtype, 0, decay=0.9) < (1e-10 if dtype is np.float64 else 1e-4)


def test_one_vector_is_the_same_as_its_pieces():
    rng = np.random.default_rng(0)
    whole = rng.normal(size=7)
    pieces = [whole[:3].copy(), whole[3:].copy()]
    one, many = scratch.Adam([whole]), scratch.Adam(pieces)
    for _ in range(5):
        g = rng.normal(size=7)
        one.step([g])
        many.step([g[:3], g[3:]])
    assert (whole == np.concatenate(pieces)).all()


def test_momentum_reaches_further_along_a_valley_than_plain_steps():
    def distance(**how):
        p = np.array([1.0, 1.0])
        rule = scratch.SGD([p], lr=0.01, **how)
        for _ in range(200):
            rule.step([p * [1, 100]])
        return np.abs(p).max()

    assert distance(momentum=0.9, nesterov=True) < distance(momentum=0.9) < distance() / 100


@pytest.mark.parametrize(
    ("rule", "settings_", "named"),
    [
        ("SGD", {"lr": -1}, "lr"),
        ("SGD", {"lr": np.nan}, "lr"),
        ("SGD", {"momentum": 1.0}, "momentum"),
        ("SGD", {"nesterov": True}, "nesterov"),
        ("SGD", {"weight_decay": -0.1}, "weight_decay"),
        ("AdaGrad", {"eps": 0}, "eps"),
        ("RMSprop", {"alpha": 1}, "alpha"),
        ("RMSprop", {"momentum": -0.5}, "momentum"),
        ("Adam", {"betas": (0.9, 1.0)}, "second beta"),
        ("AdamW", {"weight_decay": "a"}, "weight_decay"),
    ],
)
def test_settings_out_of_range_are_refused(rule, settings_, named):
    with pytest.raises(BadData, match=named):
        getattr(scratch, rule)([np.zeros(2)], **settings_)


@pytest.mark.parametrize("parameters", [[], np.zeros(3), [np.zeros(2, dtype=int)], [[1.0, 2.0]], [1.0]])
def test_what_cannot_be_changed_in_place_is_refused(parameters):
    with pytest.raises(BadData, match="parameter"):
        scratch.SGD(parameters)


@pytest.mark.parametrize("gradients", [[np.zeros(3)], [np.zeros((1, 2))], [], [np.zeros(2)] * 2, np.zeros(2), [1.0]])
def test_gradients_of_other_shapes_are_refused_and_nothing_moves(gradients):
    p = np.ones(2)
    rule = scratch.Adam([p])
    with pytest.raises(BadData, match=r"gradients have the shapes .*\(2,\)"):
        rule.step(gradients)
    assert (p == 1).all() and rule.steps == 0
