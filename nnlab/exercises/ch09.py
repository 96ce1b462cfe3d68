"""The exercises of chapter 09, optimisers: cases, oracles (torch.optim), hints and slips.

A step function gets the parameters, what the rule remembers, and the gradient, all of one shape, and returns the new
ones. The judge asks many steps and hands in torch's own state before each, so that the first wrong step is named.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from nnlab.exercises.compare import difference, show
from nnlab.exercises.core import Ask, exercise

NEAR: Any = {"rtol": 1e-5, "atol": 2e-6}  # so that an answer in 32-bit numbers is right too
STEPS = 20
ASKED = 0, 1, 2, 19  # the steps of torch's walk that are asked, counted from 0


def _torch_steps(make: Callable, start: np.ndarray, gradients: list[np.ndarray], *names: str) -> Iterator[list]:
    """For the start and after each step: theta and what torch's state calls `names`, as float64 arrays."""
    import torch

    theta = torch.tensor(start, dtype=torch.float64)
    optimizer = make([theta])
    yield [start, *(np.zeros_like(start) for _ in names)]
    for g in gradients:
        theta.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        yield [theta.numpy().copy(), *(optimizer.state[theta][n].numpy().copy() for n in names)]


def _draw(rng: np.random.Generator, shape: tuple[int, ...], steps: int, scale: float) -> tuple[np.ndarray, list]:
    """A start, and gradients around a mean, with an entry that is 0 in the first step where there are several."""
    start = np.asarray(rng.normal(size=shape) * 3)
    mean = rng.normal(size=shape)
    gradients = [np.asarray(scale * (mean + rng.normal(size=shape))) for _ in range(steps)]
    if shape:
        gradients[0].flat[-1] = 0.0
    return start, gradients


def _plain(a: np.ndarray) -> Any:
    return float(a) if a.ndim == 0 else a


def _number(value: Any) -> Any:
    """A number of its own, also where it came in a list or an array, as from `walk`."""
    while isinstance(value, list | np.ndarray) and len(value) == 1:
        value = value[0]
    return value.item() if isinstance(value, np.generic) else value


def _matches(got: Any, expected: Any, rtol: float = 1e-3) -> bool:
    return not difference(got, expected, rtol, 1e-12)


# 09.1 -----------------------------------------------------------------------------------------------------------------
@exercise("09.1", "Momentum", reads="momentum_step", points=2)
def momentum_step(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    for shape, lr, beta in ((3,), 0.1, 0.9), ((), 0.02, 0.5), ((2, 3), 0.5, 0.99), ((1,), 0.3, 0.0):
        start, gradients = _draw(rng, shape, STEPS, 1.0)
        theirs = list(
            _torch_steps(
                lambda p, lr=lr, beta=beta: torch.optim.SGD(p, lr=lr, momentum=beta or 1e-300),
                start,
                gradients,
                "momentum_buffer",
            )
        )
        for k in ASKED:
            g = gradients[k]
            theta, m = (_plain(a) for a in theirs[k])
            ask.close(ask.call("momentum_step", theta, m, _plain(g), lr, beta), theirs[k + 1], **NEAR)


momentum_step.hints(
    "Two lines: first the new m from the old one and the gradient, then the new theta from the new m.",
    "The new m is beta times the old one plus g. The learning rate stands in the second line only.",
    "m = beta * m + g; then return theta - lr * m, m.",
)


@momentum_step.slip(
    "what you keep is the gradient itself, so the memory is one step long. Keep the new m: beta times the previous "
    "update, not the previous gradient"
)
def _(theta, m, g, lr, beta):
    return theta - lr * (g + beta * m), g


@momentum_step.slip("uphill: subtract lr times m, as the gradient points to where the loss grows")
def _(theta, m, g, lr, beta):
    m = beta * m + g
    return theta + lr * m, m


@momentum_step.slip("theta is right, but you return the old m: the next step would have forgotten this gradient")
def _(theta, m, g, lr, beta):
    return theta - lr * (beta * m + g), m


@momentum_step.slip("theta moves by the old m, which lacks the new gradient: compute m first, then theta")
def _(theta, m, g, lr, beta):
    return theta - lr * m, beta * m + g


@momentum_step.slip("a running mean, with (1 - beta) before g: that is Adam's m. Momentum adds the whole gradient")
def _(theta, m, g, lr, beta):
    m = beta * m + (1 - beta) * g
    return theta - lr * m, m


@momentum_step.slip(
    "your m contains the learning rate. In the chapter's form, and in PyTorch's, lr multiplies m at the end"
)
def _(theta, m, g, lr, beta):
    m = beta * m + lr * g
    return theta - m, m


@momentum_step.slip("theta is right, but the m that you return contains lr: the next step would use lr twice")
def _(theta, m, g, lr, beta):
    m = beta * m + g
    return theta - lr * m, lr * m


@momentum_step.slip("the learning rate is used twice: in m and again in the step")
def _(theta, m, g, lr, beta):
    m = beta * m + lr * g
    return theta - lr * m, m


@momentum_step.slip("beta stands at the wrong term: it shortens the old m, not the new gradient")
def _(theta, m, g, lr, beta):
    m = m + beta * g
    return theta - lr * m, m


@momentum_step.slip("this step is Nesterov's, g + beta m. Plain momentum moves by m")
def _(theta, m, g, lr, beta):
    m = beta * m + g
    return theta - lr * (g + beta * m), m


@momentum_step.slip("beta is missing: a plain sum of all gradients never forgets, and the walk swings for ever")
def _(theta, m, g, lr, beta):
    m = m + g
    return theta - lr * m, m


@momentum_step.slip("the order: return theta first, then m")
def _(theta, m, g, lr, beta):
    m = beta * m + g
    return m, theta - lr * m


@momentum_step.slip("only theta is returned: the next step needs m as well")
def _(theta, m, g, lr, beta):
    return theta - lr * (beta * m + g)


# 09.2 -----------------------------------------------------------------------------------------------------------------
@exercise("09.2", "Predict the steps of momentum", reads=("first_step", "second_step", "last_step", "beta_for_50"))
def steps_of_momentum(ask: Ask, rng: np.random.Generator) -> None:
    run = _lengths()
    for name, aim in ("first_step", run[0]), ("second_step", run[1]), ("last_step", run[-1]):
        length = _number(ask.value(name))
        ask.true(_matches(length, aim), f"got       {show(length)}\nwhich is not the length that the walk gives")
    beta = _number(ask.value("beta_for_50"))
    grown = 0.0  # walked, not computed by a formula
    for _ in range(2000 if isinstance(beta, int | float) and 0 < beta < 0.999 else 0):
        grown = 1 + beta * grown
    ask.true(_matches(grown, 50.0), "with this beta the steps do not grow to 50 times the first")


@cache
def _lengths() -> np.ndarray:
    """The lengths of torch's steps at the exercise's numbers."""
    import torch

    path = _torch_steps(lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.8), np.zeros(1), [np.full(1, 3.0)] * 150)
    return -np.diff(np.concatenate([point[0] for point in path]))


steps_of_momentum.hints(
    "In the first step m is just g. In the second step it is beta times that, plus g. The step is lr times m.",
    "In the long run m is g times 1 + beta + beta² + …, which is g / (1 - beta).",
    "For beta_for_50 solve 1 / (1 - beta) = 50.",
)

_STEPS: dict[str, Any] = {"first_step": 0.06, "second_step": 0.108, "last_step": 0.3, "beta_for_50": 0.98}
for _sentence, _name, _value in (
    ("first_step: the gradient is 3, so the step is the learning rate times 3", "first_step", 0.02),
    ("first_step: this is m; the step is the learning rate times m", "first_step", 3.0),
    ("first_step: m begins at 0, but the new gradient counts whole, not (1 - beta) of it", "first_step", 0.012),
    ("first_step: give the length, a positive number", "first_step", -0.06),
    ("second_step: the same step again would be plain descent; now the old m is added", "second_step", 0.06),
    (
        "second_step: beta times the first step is what is left of it; the new gradient comes on top",
        "second_step",
        0.048,
    ),
    ("second_step: twice the first step would need beta = 1", "second_step", 0.12),
    ("second_step: this is the way covered in both steps together", "second_step", 0.168),
    ("last_step: the growth is 1 / (1 - beta), not 1 / beta", "last_step", 0.075),
    ("last_step: this is 1 / (1 - beta) times the learning rate; the gradient is 3", "last_step", 0.1),
    ("last_step: this is the limit of m; the step is the learning rate times m", "last_step", 15.0),
    ("last_step: beta / (1 - beta) leaves the newest gradient out: the sum begins with 1", "last_step", 0.24),
    ("last_step: ten times belongs to beta = 0.9; here beta is 0.8", "last_step", 0.6),
    ("beta_for_50: this is 1 - beta", "beta_for_50", 0.02),
    ("beta_for_50: with 0.9 the steps grow to 10 times the first", "beta_for_50", 0.9),
    ("beta_for_50: 0.99 would be right for 100 times", "beta_for_50", 0.99),
    ("beta_for_50: 0.95 would be right for 20 times", "beta_for_50", 0.95),
):
    steps_of_momentum.slip(_sentence, **_STEPS | {_name: _value})


# 09.3 -----------------------------------------------------------------------------------------------------------------
@exercise("09.3", "RMSprop", reads="rmsprop_step", points=2)
def rmsprop_step(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    cases = ((3,), 0.1, 0.9, 0.1, 1.0), ((2, 3), 0.01, 0.99, 1e-8, 50.0), ((), 0.5, 0.7, 1e-3, 0.01)
    for shape, lr, beta, eps, scale in cases:
        start, gradients = _draw(rng, shape, STEPS, scale)
        theirs = list(
            _torch_steps(
                lambda p, lr=lr, beta=beta, eps=eps: torch.optim.RMSprop(p, lr=lr, alpha=beta, eps=eps),
                start,
                gradients,
                "square_avg",
            )
        )
        for k in ASKED:
            g = gradients[k]
            theta, v = (_plain(a) for a in theirs[k])
            ask.close(ask.call("rmsprop_step", theta, v, _plain(g), lr, beta, eps), theirs[k + 1], **NEAR)


rmsprop_step.hints(
    "First the new v: beta of the old one, 1 - beta of the squared gradient, number by number.",
    "The step is lr * g divided by the root of the NEW v; eps is added to the root, not inside it.",
    "v = beta * v + (1 - beta) * g**2; then return theta - lr * g / (np.sqrt(v) + eps), v.",
)


def _rms(theta, v, g, lr, beta, eps, *, mean=lambda v, g, beta: beta * v + (1 - beta) * g**2, divide=None, sign=-1):
    new = mean(v, g, beta)
    divide = divide or (lambda new, old: np.sqrt(new) + eps)
    return theta + sign * lr * g / divide(new, v), new


@rmsprop_step.slip("eps stands inside the root. Take the root of v first, then add eps: sqrt(v) + eps")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, divide=lambda new, old: np.sqrt(new + eps))


@rmsprop_step.slip("eps is missing: where v is 0 you get 0 / 0, which is nan")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, divide=lambda new, old: np.sqrt(new))


@rmsprop_step.slip("the root is missing: divide by sqrt(v), so that the unit of the gradient cancels")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, divide=lambda new, old: new + eps)


@rmsprop_step.slip("the step is divided by the OLD v: update v first, then use it")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, divide=lambda new, old: np.sqrt(old) + eps)


@rmsprop_step.slip("the weights have changed places: the old v counts beta, the new square 1 - beta")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, mean=lambda v, g, beta: (1 - beta) * v + beta * g**2)


@rmsprop_step.slip("1 - beta is missing: with the whole square added, v is 1 / (1 - beta) times too large")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, mean=lambda v, g, beta: beta * v + g**2)


@rmsprop_step.slip("this is AdaGrad's sum: it never forgets. RMSprop keeps a running mean")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, mean=lambda v, g, beta: v + g**2)


@rmsprop_step.slip("the gradient is not squared in v: it can then become negative, and its root nan")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, mean=lambda v, g, beta: beta * v + (1 - beta) * g)


@rmsprop_step.slip("(1 - beta) is squared together with g: square the gradient alone")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, mean=lambda v, g, beta: beta * v + ((1 - beta) * g) ** 2)


@rmsprop_step.slip("one v for all parameters: the mean over the array was taken. Each parameter has its own v")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, mean=lambda v, g, beta: beta * v + (1 - beta) * np.mean(np.square(g)))


@rmsprop_step.slip("eps is added to the quotient: put the root and eps in brackets, g / (np.sqrt(v) + eps)")
def _(theta, v, g, lr, beta, eps):
    theta, v = _rms(theta, v, g, lr, beta, eps, divide=lambda new, old: np.sqrt(new))
    return theta + eps, v


@rmsprop_step.slip("uphill: subtract the step")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps, sign=1)


@rmsprop_step.slip("the order: return theta first, then v")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps)[::-1]


@rmsprop_step.slip("only theta is returned: the next step needs v as well")
def _(theta, v, g, lr, beta, eps):
    return _rms(theta, v, g, lr, beta, eps)[0]


# 09.4 -----------------------------------------------------------------------------------------------------------------
@exercise("09.4", "Adam with bias correction", reads="adam_step", points=3)
def adam_step(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    cases: list[tuple[tuple[int, ...], float, dict[str, float], float]] = [
        ((3,), 0.1, {"beta1": 0.8, "beta2": 0.95, "eps": 0.1}, 1.0),
        ((2, 3), 0.01, {}, 50.0),
        ((), 0.5, {"beta1": 0.5, "beta2": 0.99, "eps": 1e-3}, 0.01),
    ]
    for shape, lr, settings, scale in cases:
        start, gradients = _draw(rng, shape, STEPS, scale)
        full = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8} | settings
        betas = full["beta1"], full["beta2"]
        theirs = list(
            _torch_steps(
                lambda p, lr=lr, betas=betas, eps=full["eps"]: torch.optim.Adam(p, lr=lr, betas=betas, eps=eps),
                start,
                gradients,
                "exp_avg",
                "exp_avg_sq",
            )
        )
        for k in ASKED:
            g = gradients[k]
            state = [_plain(a) for a in theirs[k]]
            ask.close(ask.call("adam_step", *state, _plain(g), lr, k + 1, **settings), theirs[k + 1], **NEAR)


adam_step.hints(
    "Four things in order: the new m, the new v, both corrected, the step. Give the corrected means their own names.",
    "The correction divides m by 1 - beta1**t and v by 1 - beta2**t. The first step has t = 1.",
    "return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v: m and v without their hats.",
)


def _adam(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8, *, fix1=None, fix2=None, step=None):
    """Adam with what divides m and v, and the step, as options."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * np.square(g)
    m_hat = m / np.float64(1 - beta1**t if fix1 is None else fix1)
    v_hat = v / np.float64(1 - beta2**t if fix2 is None else fix2)
    step = step or (lambda m_hat, v_hat: m_hat / (np.sqrt(v_hat) + eps))
    return theta - lr * step(m_hat, v_hat), m, v


@adam_step.slip("the bias correction is missing: the first steps are much too long. Divide by 1 - beta**t")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps, fix1=1, fix2=1)


@adam_step.slip("t is one too small. The first step has t = 1; with 0 the correction divides by 1 - beta**0 = 0")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t - 1, beta1, beta2, eps)


@adam_step.slip("t is one too large: it is already counted from 1, so do not add 1 to it")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t + 1, beta1, beta2, eps)


@adam_step.slip("you return the corrected means, and the next step would correct them again: return m and v themselves")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    theta, m, v = _adam(theta, m, v, g, lr, t, beta1, beta2, eps)
    return theta, m / (1 - beta1**t), v / (1 - beta2**t)


@adam_step.slip("only m is corrected: v begins at 0 too, and needs its own correction, with beta2")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps, fix2=1)


@adam_step.slip("only v is corrected: m begins at 0 too, and needs its own correction, with beta1")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps, fix1=1)


@adam_step.slip("v is corrected with beta1: each mean needs the beta with which it was made")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps, fix2=1 - beta1**t)


@adam_step.slip("the correction does not change with t: 1 - beta is right for the first step only. Use 1 - beta**t")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps, fix1=1 - beta1, fix2=1 - beta2)


@adam_step.slip("beta times t in place of beta to the power t: write beta1**t")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps, fix1=1 - beta1 * t, fix2=1 - beta2 * t)


@adam_step.slip("eps stands inside the root: take the root of the corrected v first, then add eps")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps, step=lambda m_hat, v_hat: m_hat / np.sqrt(v_hat + eps))


@adam_step.slip("eps is added to the uncorrected root: correct v first, take its root, and add eps last")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps / np.sqrt(1 - beta2**t))


@adam_step.slip("the root is missing: divide by the root of the corrected v")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps, step=lambda m_hat, v_hat: m_hat / (v_hat + eps))


@adam_step.slip("the numerator is the gradient: that is RMSprop with correction. Adam moves by the corrected m")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps, step=lambda m_hat, v_hat: g / (np.sqrt(v_hat) + eps))


@adam_step.slip("uphill: subtract the step")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, -lr, t, beta1, beta2, eps)


@adam_step.slip("beta1 and beta2 have changed places: beta1 belongs to m, beta2 to v")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta2, beta1, eps)


@adam_step.slip("only theta is returned: the next step needs m and v as well")
def _(theta, m, v, g, lr, t, beta1=0.9, beta2=0.999, eps=1e-8):
    return _adam(theta, m, v, g, lr, t, beta1, beta2, eps)[0]


# 09.5 -----------------------------------------------------------------------------------------------------------------
@exercise("09.5", "Predict the first step", reads=("adam_change", "rmsprop_change", "plain_change"), points=2)
def first_changes(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    makers = {
        "adam_change": lambda p: torch.optim.Adam(p, lr=0.01, eps=1e-30),
        "rmsprop_change": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.99, eps=1e-30),
        "plain_change": lambda p: torch.optim.SGD(p, lr=0.01),
    }
    for name, make in makers.items():
        *_, end = _torch_steps(make, np.zeros(3), [np.array([1000.0, -0.001, 4.0])])
        changes = ask.value(name)
        numbers = np.ravel(changes) if isinstance(changes, list | np.ndarray) else np.array([])
        three = numbers.size == 3 and numbers.dtype.kind in "iuf"
        ask.true(three, "a list of three numbers is expected")
        ask.true(_matches(numbers, end[0]), "these are not the three changes")


first_changes.hints(
    "Plain descent: minus the rate times the gradient. For Adam compute the corrected means at t = 1: what is left?",
    "At t = 1 Adam's corrected m is g and its corrected v is g². What is g divided by the root of g²?",
    "RMSprop begins at v = 0, so its first v is 0.01 g², and its root is 0.1 |g|. Is the step longer or shorter?",
)

_CHANGES: dict[str, Any] = {
    "adam_change": [-0.01, 0.01, -0.01],
    "rmsprop_change": [-0.1, 0.1, -0.1],
    "plain_change": [-10.0, 0.00001, -0.04],
}
for _sentence, _name, _changes in (
    (
        "adam_change: the sizes are right, but each parameter moves against its gradient",
        "adam_change",
        [0.01, -0.01, 0.01],
    ),
    ("adam_change: the second gradient is negative, so its parameter grows", "adam_change", [-0.01, -0.01, -0.01]),
    ("adam_change: lengths are given; the change has a sign", "adam_change", [0.01, 0.01, 0.01]),
    (
        "adam_change: this is plain descent. Adam divides the size of the gradient away",
        "adam_change",
        [-10, 1e-5, -0.04],
    ),
    (
        "adam_change: this is the step without bias correction, 0.1 / sqrt(0.001) times too long",
        "adam_change",
        [-0.0316228, 0.0316228, -0.0316228],
    ),
    (
        "adam_change: m alone is too small by 0.1, but the correction divides by it",
        "adam_change",
        [-0.001, 0.001, -0.001],
    ),
    ("adam_change: the learning rate is missing", "adam_change", [-1, 1, -1]),
    ("rmsprop_change: this is Adam's step. RMSprop does not correct its v", "rmsprop_change", [-0.01, 0.01, -0.01]),
    (
        "rmsprop_change: the root of v is 0.1 |g|. Dividing by it makes the step ten times longer, not shorter",
        "rmsprop_change",
        [-0.001, 0.001, -0.001],
    ),
    ("rmsprop_change: v is divided by without its root", "rmsprop_change", [-0.001, 1000, -0.25]),
    (
        "rmsprop_change: 3.16 belongs to beta = 0.9; here beta is 0.99",
        "rmsprop_change",
        [-0.0316228, 0.0316228, -0.0316228],
    ),
    ("rmsprop_change: each parameter moves against its gradient", "rmsprop_change", [0.1, -0.1, 0.1]),
    ("rmsprop_change: the learning rate is missing", "rmsprop_change", [-10, 10, -10]),
    ("plain_change: subtract: each parameter moves against its gradient", "plain_change", [10.0, -0.00001, 0.04]),
    ("plain_change: the learning rate is missing", "plain_change", [-1000, 0.001, -4]),
    ("plain_change: plain descent keeps the size of the gradient", "plain_change", [-0.01, 0.01, -0.01]),
    ("plain_change: the second gradient is negative, so its parameter grows", "plain_change", [-10.0, -0.00001, -0.04]),
):
    first_changes.slip(_sentence, **_CHANGES | {_name: _changes})


# 09.6 -----------------------------------------------------------------------------------------------------------------
@exercise("09.6", "Find the bugs in AdamW", reads=("wrong_lines", "run_adamw"), points=3)
def adamw_bugs(ask: Ask, rng: np.random.Generator) -> None:
    import torch

    named = ask.letters("wrong_lines")
    ask.true(named != "", 'give the letters of the two lines as a string, such as "ac"')
    ask.true(named == "BF", "these are not the two wrong lines")
    for shape, steps, lr, decay, eps in (
        ((4,), 1, 0.1, 0.5, 1e-8),
        ((3,), 9, 0.05, 2.0, 0.1),
        ((2, 2), 20, 0.01, 0.1, 1e-3),
    ):
        start, gradients = _draw(rng, shape, steps, 0.3)
        *_, end = _torch_steps(
            lambda p, lr=lr, decay=decay, eps=eps: torch.optim.AdamW(p, lr=lr, weight_decay=decay, eps=eps),
            start,
            gradients,
        )
        told = f"{steps} gradients of shape {shape}, lr {lr}, decay {decay}, eps {eps:g}"
        ask.close(ask.call("run_adamw", start, gradients, lr, decay, eps=eps), end[0], given=told, **NEAR)


adamw_bugs.hints(
    "Two different kinds of error: one line mixes the decay into something that should not know of it; another line "
    "has all its parts, but one in the wrong place.",
    "In AdamW the decay never passes through m and v. And where does eps stand in Adam's formula?",
    "In place of line b shrink the parameters: theta = theta * (1 - lr * decay). In line f add eps after the root.",
)


def _run(*, decay_at="theta", inside=False, start=1, by=lambda lr, decay: lr * decay):
    """AdamW with the place of the decay, the place of eps and the first t as options."""

    def run_adamw(theta, gradients, lr, decay, beta1=0.9, beta2=0.999, eps=1e-8):
        m, v = np.zeros_like(theta), np.zeros_like(theta)
        for t, g in enumerate(gradients, start=start):
            if decay_at == "gradient":
                g = g + decay * theta
            if decay_at == "theta":
                theta = theta * (1 - by(lr, decay))
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
            m_hat, v_hat = m / np.float64(1 - beta1**t), v / np.float64(1 - beta2**t)
            theta = theta - lr * m_hat / (np.sqrt(v_hat + eps) if inside else np.sqrt(v_hat) + eps)
            if decay_at == "after":
                theta = theta * (1 - by(lr, decay))
        return theta

    return run_adamw


for _sentence, _lines, _options in (
    ("both bugs still stand in the function", "bf", {"decay_at": "gradient", "inside": True}),
    ("line b is still wrong: the decay goes through m and v, which is the L2 penalty", "bf", {"decay_at": "gradient"}),
    ("line f is still wrong: eps stands inside the root", "bf", {"inside": True}),
    ("the decay lacks the learning rate: the factor is 1 - lr * decay", "bf", {"by": lambda lr, decay: decay}),
    (
        "the decay comes after Adam's step here, and shrinks the step as well: first the decay, then the step",
        "bf",
        {"decay_at": "after"},
    ),
    ("the parameters grow: the decay has the wrong sign", "bf", {"by": lambda lr, decay: -lr * decay}),
    ("the decay has gone altogether: take it out of the gradient, and put it on theta", "bf", {"decay_at": "nowhere"}),
    ("line a is right: t counts from 1. With 0 the first correction would divide by 0", "bf", {"start": 0}),
    ("wrong_lines: line a is right, since the first step has t = 1", "ab", {}),
    ("wrong_lines: line a is right, since the first step has t = 1; and the decay is wrong too", "af", {}),
    ("wrong_lines: line c is the running mean of the formula", "bc", {}),
    ("wrong_lines: line d is the running mean of the squares, as it should be", "bd", {}),
    ("wrong_lines: line e is the bias correction, as it should be. Look at eps", "be", {}),
    ("wrong_lines: line b is one of them; there is a second", "b", {}),
    ("wrong_lines: line f is one of them; there is a second", "f", {}),
):
    adamw_bugs.slip(_sentence, wrong_lines=_lines, run_adamw=_run(**_options))


# 09.7 -----------------------------------------------------------------------------------------------------------------
@exercise("09.7", "Warm-up, then cosine", reads="warm_cosine", points=2)
def warm_cosine(ask: Ask, rng: np.random.Generator) -> None:
    for steps, warm, highest in (100, 10, 0.4), (int(rng.integers(20, 40)), 7, 0.003), (13, 0, 1.0), (9, 8, 2.0):
        rates = _torch_rates(steps, warm, highest)
        for step in sorted({0, 1, max(warm - 1, 0), warm, (steps + warm) // 2, steps - 1}):
            ask.close(ask.call("warm_cosine", step, steps, warm, highest), rates[step], rtol=1e-4, atol=1e-6 * highest)


def _torch_rates(steps: int, warm: int, highest: float) -> list[float]:
    """LinearLR, then CosineAnnealingLR, each stepped by torch."""
    import torch

    def stepped(make: Callable, count: int) -> list[float]:
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=highest)
        scheduler, rates = make(optimizer), []
        for _ in range(count):
            rates.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            scheduler.step()
        return rates

    plans = torch.optim.lr_scheduler
    rise = stepped(lambda o: plans.LinearLR(o, 1 / warm, 1.0, warm - 1), warm) if warm else []
    return rise + stepped(lambda o: plans.CosineAnnealingLR(o, steps - warm), steps - warm)


warm_cosine.hints(
    "Two cases: step < warm, and the rest. In the second, count from the end of the warm-up.",
    "The rising part is highest * (step + 1) / warm: already step 0 has a share of 1 / warm.",
    "done = (step - warm) / (steps - warm), then highest * (1 + np.cos(np.pi * done)) / 2.",
)


def _warm(step, steps, warm, highest, *, rise=lambda s, w: (s + 1) / w, done=None, wave=None, first=None):
    wave = wave or (lambda d: (1 + np.cos(np.pi * d)) / 2)
    if first(step, warm) if first else step < warm:
        return highest * rise(step, warm)
    return highest * wave((step - warm) / (steps - warm) if done is None else done(step, steps, warm))


_SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    (
        "step 0 has the rate 0 here and does nothing: the first share is 1 / warm, so use step + 1",
        {"rise": lambda s, w: s / w},
    ),
    ("the warm-up rises in warm - 1 parts and begins at 0", {"rise": lambda s, w: s / (w - 1)}),
    (
        "the warm-up is one step too long: step warm already belongs to the cosine, so write <",
        {"first": lambda s, w: s <= w},
    ),
    ("there is no warm-up: the first steps should be short", {"rise": lambda s, w: 1.0}),
    ("the warm-up is constant here: it rises with the step", {"rise": lambda s, w: 1 / w}),
    (
        "the cosine begins at step 0 in place of the end of the warm-up: count step - warm",
        {"done": lambda s, n, w: s / n},
    ),
    ("the cosine is too slow: steps - warm steps are left, not steps", {"done": lambda s, n, w: (s - w) / n}),
    (
        "the cosine reaches its end one step too early: divide by steps - warm",
        {"done": lambda s, n, w: (s - w) / max(n - w - 1, 1)},
    ),
    ("pi is missing: half a wave of the cosine is pi long", {"wave": lambda d: (1 + np.cos(d)) / 2}),
    ("3.14 is not near enough to pi: write np.pi", {"wave": lambda d: (1 + np.cos(3.14 * d)) / 2}),
    (
        "a whole wave: the rate rises again. Half a wave is pi long, not 2 pi",
        {"wave": lambda d: (1 + np.cos(2 * np.pi * d)) / 2},
    ),
    (
        "the half is missing: 1 + cos begins at 2, so the rate jumps to twice the highest",
        {"wave": lambda d: 1 + np.cos(np.pi * d)},
    ),
    ("the rate rises: 1 - cos in place of 1 + cos", {"wave": lambda d: (1 - np.cos(np.pi * d)) / 2}),
    ("a straight line in place of the cosine", {"wave": lambda d: 1 - d}),
    ("the rate becomes negative: without the 1 + the cosine falls to -1", {"wave": lambda d: np.cos(np.pi * d)}),
    (
        "a quarter of a wave, which falls steeply to the end: half a wave is asked",
        {"wave": lambda d: np.cos(np.pi * d / 2)},
    ),
]
for _sentence, _parts in _SCHEDULES:
    warm_cosine.slip(_sentence, make=True)(
        lambda options=_parts: lambda step, steps, warm, highest: _warm(step, steps, warm, highest, **options)
    )
