import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from nnlab.errors import BadData
from nnlab.scratch import schedules

STEPS = 100
CASES = {
    "step_decay": (
        lambda t: schedules.step_decay(t, 0.3, every=30, factor=0.2),
        lambda o: lr_scheduler.StepLR(o, 30, 0.2),
    ),
    "exponential": (lambda t: schedules.exponential(t, 0.3, 0.93), lambda o: lr_scheduler.ExponentialLR(o, 0.93)),
    "cosine": (
        lambda t: schedules.cosine(t, 0.3, STEPS, lowest=0.01),
        lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, 0.01),
    ),
    "warm_up": (
        lambda t: schedules.warm_up(t, 0.3, 7, start=0.1),
        lambda o: lr_scheduler.LinearLR(o, 0.1, total_iters=7),
    ),
    "warm_up's start": (lambda t: schedules.warm_up(t, 0.3, 5), lambda o: lr_scheduler.LinearLR(o)),
    "one_cycle": (
        lambda t: schedules.one_cycle(t, 0.3, STEPS, rise=0.4, start=0.2, end=0.01),
        lambda o: lr_scheduler.OneCycleLR(o, 0.3, STEPS, pct_start=0.4, div_factor=5, final_div_factor=100),
    ),
    "one_cycle's own": (
        lambda t: schedules.one_cycle(t, 0.3, STEPS),
        lambda o: lr_scheduler.OneCycleLR(o, 0.3, STEPS),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_step_is_torchs(name):
    ours, theirs = CASES[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    scheduler, rates = theirs(optimizer), []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose([ours(t) for t in range(STEPS)], rates, rtol=1e-10)
    np.testing.assert_allclose(ours(np.arange(STEPS)), rates, rtol=1e-10)
    assert type(ours(3)) is float and type(ours(np.int64(3))) is float


@pytest.mark.parametrize("name", ["cosine", "warm_up", "one_cycle"])
def test_what_has_an_end_stays_there(name):
    schedule = CASES[name][0]
    end = schedule(STEPS - 1 if name == "one_cycle" else STEPS)
    assert (schedule(np.arange(STEPS, 5 * STEPS)) == end).all()


@pytest.mark.parametrize("step", [-1, 0.5, np.array([0, -2]), None, "3", True])
@pytest.mark.parametrize("name", CASES)
def test_what_is_no_step_is_refused(name, step):
    with pytest.raises(BadData, match="step is"):
        CASES[name][0](step)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: schedules.step_decay(0, -0.1, 10), "lr"),
        (lambda: schedules.step_decay(0, 0.1, 0), "every"),
        (lambda: schedules.exponential(0, 0.1, 0.0), "factor"),
        (lambda: schedules.cosine(0, 0.1, 0), "steps"),
        (lambda: schedules.cosine(0, 0.1, 10, lowest=-1), "lowest"),
        (lambda: schedules.warm_up(0, 0.1, 2.5), "steps"),
        (lambda: schedules.one_cycle(0, 0.1, 3), "rise"),
        (lambda: schedules.one_cycle(0, 0.1, 100, rise=1.0), "rise"),
        (lambda: schedules.one_cycle(0, 0.0, 100), "highest"),
    ],
)
def test_settings_out_of_range_are_refused(call, named):
    with pytest.raises(BadData, match=named):
        call()
