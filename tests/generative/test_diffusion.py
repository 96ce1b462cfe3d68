"""Noise schedules, the forward process, the posterior, and both ways back."""

import math

import numpy as np
import pytest
import torch

from nnlab.errors import BadData
from nnlab.generative import diffusion

SCHEDULES = {"linear": diffusion.linear_schedule, "cosine": diffusion.cosine_schedule}
SHORT = diffusion.Schedule(torch.tensor([1.0, 0.9, 0.5, 0.05], dtype=torch.float64))
KINDS = {"epsilon": diffusion.EPSILON, "v": diffusion.VELOCITY}


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_leads_from_pure_data_to_nearly_pure_noise(name):
    schedule = SCHEDULES[name]()
    assert schedule.steps == 1000
    assert schedule.alpha_bar[0] == 1
    assert 0 < schedule.alpha_bar[-1] < 1e-4
    assert ((schedule.beta > 0) & (schedule.beta < 1)).all()


def test_betas_are_those_of_the_papers():
    beta = diffusion.linear_schedule().beta
    assert torch.allclose(beta, torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64))
    cosine = diffusion.cosine_schedule(100, offset=0.01)
    f = [math.cos((t / 100 + 0.01) / 1.01 * math.pi / 2) ** 2 for t in range(101)]
    assert np.allclose(cosine.alpha_bar[:-1], [value / f[0] for value in f[:-1]])
    assert cosine.beta.max() == pytest.approx(0.999)


@pytest.mark.parametrize(
    "values", [[0.9, 0.5], [1.0], [1.0, 0.5, 0.5], [1.0, 0.5, 0.0], [1.0, 0.5, 0.7], [[1.0, 0.5]]], ids=str
)
def test_what_is_no_schedule_is_refused(values):
    with pytest.raises(BadData, match="alpha_bar"):
        diffusion.Schedule(torch.tensor(values))


def test_a_spaced_schedule_keeps_the_noise_levels_and_the_times_that_the_network_knows():
    schedule = diffusion.cosine_schedule()
    few = schedule.spaced(8)
    assert few.steps == 8
    kept = [0, 125, 250, 375, 500, 625, 750, 875, 1000]
    assert torch.equal(few.alpha_bar, schedule.alpha_bar[kept])
    assert few.times.tolist() == pytest.approx([t / 1000 for t in kept])
    assert few.spaced(4).times.tolist() == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert torch.equal(schedule.spaced(1000).alpha_bar, schedule.alpha_bar)
    for count in 0, 1001:
        with pytest.raises(BadData):
            schedule.spaced(count)


def test_levels_are_shaped_to_multiply_images_and_refuse_what_is_no_step():
    a, b = SHORT.levels(torch.tensor([0, 2, 3]), torch.zeros(3, 1, 4, 4))
    assert a.shape == (3, 1, 1, 1)
    assert a.dtype == torch.float32
    assert a.flatten().tolist() == pytest.approx([1, math.sqrt(0.5), math.sqrt(0.05)])
    assert (a**2 + b**2).flatten().tolist() == pytest.approx([1, 1, 1])
    for t in (4, -1, torch.tensor([0.5])):
        with pytest.raises(BadData, match="whole numbers"):
            SHORT.levels(t, torch.zeros(1, 2))


def test_one_jump_has_the_law_of_so_many_single_steps():
    x = torch.full((200_000, 1), 1.7, dtype=torch.float64)
    start = x.clone()
    for t in range(3):
        beta = SHORT.beta[t]
        x = (1 - beta).sqrt() * x + beta.sqrt() * normal(200_000, 1, seed=t)
        jump = diffusion.q_sample(start, t + 1, normal(200_000, 1, seed=10 + t), SHORT)
        assert x.mean().item() == pytest.approx(jump.mean().item(), abs=0.01)
        assert x.std().item() == pytest.approx(jump.std().item(), abs=0.01)


@pytest.mark.parametrize("t", [1, 2, 3])
def test_the_posterior_is_bayes_rule_for_gaussians(t):
    x0, xt = 1.3, -0.4
    before, beta = SHORT.alpha_bar[t - 1].item(), SHORT.beta[t - 1].item()
    mean, variance = diffusion.posterior(torch.tensor([x0]), torch.tensor([xt]), t, SHORT)
    if t == 1:
        assert mean.item() == pytest.approx(x0)
        assert variance == pytest.approx(0, abs=1e-12)
        return
    precision = 1 / (1 - before) + (1 - beta) / beta  # of the prior of x_{t-1}, and of what x_t says of it
    weighted = math.sqrt(before) * x0 / (1 - before) + math.sqrt(1 - beta) * xt / beta
    assert variance == pytest.approx(1 / precision)
    assert mean.item() == pytest.approx(weighted / precision)


@pytest.mark.parametrize("t", [0, 4])
def test_there_is_no_posterior_before_the_first_step_or_after_the_last(t):
    with pytest.raises(BadData, match="step back"):
        diffusion.posterior(torch.zeros(1), torch.zeros(1), t, SHORT)


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_answer_gives_back_data_and_noise(kind):
    x0, noise, a, b = normal(5, 2), normal(5, 2, seed=1), torch.tensor(0.6).double(), torch.tensor(0.8).double()
    answer = KINDS[kind].target(x0, noise, a, b)
    found = KINDS[kind].split(a * x0 + b * noise, answer, a, b)
    assert torch.allclose(found[0], x0)
    assert torch.allclose(found[1], noise)


def test_an_error_in_epsilon_grows_where_little_signal_is_left_and_one_in_v_does_not():
    a = torch.tensor(0.01, dtype=torch.float64)
    b = (1 - a**2).sqrt()
    x0, noise = normal(100), normal(100, seed=1)
    x = a * x0 + b * noise
    wrong = {name: kind.split(x, kind.target(x0, noise, a, b) + 0.1, a, b)[0] - x0 for name, kind in KINDS.items()}
    assert wrong["epsilon"].abs().mean().item() == pytest.approx(0.1 * (b / a).item())
    assert wrong["v"].abs().mean().item() == pytest.approx(0.1 * b.item())


def test_training_draws_every_step_and_the_last_one_too():
    objective = diffusion.objective(SHORT, diffusion.EPSILON)
    drawn = objective.draw(3000, torch.Generator().manual_seed(0))
    steps, counts = (drawn * 3).round().long().unique(return_counts=True)
    assert steps.tolist() == [1, 2, 3]
    assert counts.tolist() == [1000, 1000, 1000]
    a, b = objective.levels(torch.tensor([1.0]))
    assert a.item() == pytest.approx(math.sqrt(0.05))
    assert b.item() == pytest.approx(math.sqrt(0.95))


class Known:
    """The best possible answer where the data are normal with this mean and standard deviation."""

    def __init__(self, schedule, kind, mean=0.7, std=0.3):
        self.schedule, self.kind, self.mean, self.std = schedule, kind, mean, std
        self.calls = []

    def __call__(self, x, t):
        self.calls.append(t[0].item())
        a, b = self.schedule.levels((t * self.schedule.steps).round().long(), x)
        x0 = self.mean + a * self.std**2 / (a**2 * self.std**2 + b**2) * (x - a * self.mean)
        return self.kind.target(x0, (x - a * x0) / b, a, b)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ancestral", [False, True])
def test_with_the_best_denoiser_noise_becomes_data(kind, ancestral):
    schedule = diffusion.cosine_schedule(500)
    known = Known(schedule, KINDS[kind])
    random = torch.Generator().manual_seed(1)
    x = diffusion.sample(known, normal(20_000, 1), schedule, KINDS[kind], ancestral=ancestral, random=random)
    assert x.mean().item() == pytest.approx(0.7, abs=0.02)
    assert x.std().item() == pytest.approx(0.3, abs=0.02)
    assert known.calls[0] == 1
    assert known.calls[-1] == pytest.approx(1 / 500)
    assert len(known.calls) == 500


def test_the_last_step_adds_no_noise():
    schedule = diffusion.linear_schedule(50)
    x0, xt = normal(10), normal(10, seed=1)
    assert torch.allclose(diffusion.ddpm_step(x0, xt, 1, schedule), x0)


def test_a_ddpm_step_has_the_posteriors_mean_and_variance():
    xt, x0 = torch.full((100_000,), 0.5), torch.full((100_000,), -1.0)
    step = diffusion.ddpm_step(x0, xt, 2, SHORT, torch.Generator().manual_seed(0))
    mean, variance = diffusion.posterior(x0[:1], xt[:1], 2, SHORT)
    assert step.mean().item() == pytest.approx(mean.item(), abs=0.01)
    assert step.var().item() == pytest.approx(variance, rel=0.03)


def test_ddim_is_an_euler_step_in_the_ratio_of_noise_to_signal():
    x0, noise = normal(6), normal(6, seed=1)
    (a, b), (c, d) = SHORT.levels(3, x0), SHORT.levels(2, x0)
    x = a * x0 + b * noise
    euler = x / a + (d / c - b / a) * noise  # of x / a, whose slope is the noise
    assert torch.allclose(diffusion.ddim_step(x0, noise, 3, SHORT), c * euler)


def test_ddim_is_certain_and_ddpm_repeats_with_its_generator():
    known = Known(SHORT, diffusion.VELOCITY)
    x = normal(5, 1)
    assert torch.equal(diffusion.sample(known, x, SHORT), diffusion.sample(known, x, SHORT))
    runs = [
        diffusion.sample(known, x, SHORT, ancestral=True, random=torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    ]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_clipping_keeps_what_the_network_sees_among_the_images():
    def absurd(x, t):
        return torch.full_like(x, -5.0)

    free = diffusion.sample(absurd, normal(4, 1), SHORT, diffusion.EPSILON)
    clipped = diffusion.sample(absurd, normal(4, 1), SHORT, diffusion.EPSILON, clip=True)
    assert free.abs().max() > 1
    assert clipped.abs().max() <= 1
