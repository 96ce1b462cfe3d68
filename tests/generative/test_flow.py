"""Flow matching: straight paths, and the way back along them."""

import pytest
import torch

from nnlab.errors import BadData
from nnlab.generative import diffusion, flow


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_target_is_the_velocity_of_the_path():
    x0, noise, t, h = normal(5), normal(5, seed=1), torch.tensor(0.4).double(), 1e-6
    (a, b), (c, d) = flow.straight(t), flow.straight(t + h)
    moved = (c * x0 + d * noise) - (a * x0 + b * noise)
    assert torch.allclose(moved / h, flow.flow_target(x0, noise), atol=1e-6)
    assert torch.equal(flow.FLOW.target(x0, noise, a, b), flow.flow_target(x0, noise))


def test_times_lie_mostly_in_the_middle():
    t = flow.logit_normal(20_000, torch.Generator().manual_seed(0))
    assert ((t > 0) & (t < 1)).all()
    assert t.mean().item() == pytest.approx(0.5, abs=0.01)
    # The quarter quantile of the normal distribution is -0.6745.
    assert t.quantile(0.25).item() == pytest.approx(0.3375, abs=0.01)


def test_euler_goes_from_noise_at_1_to_data_at_0_along_a_straight_path_exactly():
    x0, noise, told = normal(6, 2), normal(6, 2, seed=1), []

    def true_velocity(x, t):
        told.append(t[0].item())
        return noise - x0

    for steps in 1, 3:
        assert torch.allclose(flow.euler(true_velocity, noise, steps), x0)
    assert told == pytest.approx([1, 1, 2 / 3, 1 / 3])
    with pytest.raises(BadData):
        flow.euler(true_velocity, noise, 0)


def test_with_the_best_velocity_noise_becomes_data():
    def best(x, t):  # where the data are normal with mean 0.7 and standard deviation 0.3
        t = t[:, None]
        a, b = flow.straight(t)
        x0 = 0.7 + a * 0.09 / (a**2 * 0.09 + b**2) * (x - a * 0.7)
        return (x - a * x0) / b - x0

    x = flow.euler(best, normal(20_000, 1), 200)
    assert x.mean().item() == pytest.approx(0.7, abs=0.01)
    assert x.std().item() == pytest.approx(0.3, abs=0.01)


def test_an_euler_step_is_a_ddim_step_on_the_straight_path():
    x0, noise = normal(6), normal(6, seed=1)
    a, b = flow.straight(torch.tensor(0.8).double())
    c, d = flow.straight(torch.tensor(0.6).double())
    x = a * x0 + b * noise
    assert torch.allclose(x - 0.2 * flow.flow_target(x0, noise), c * x0 + d * noise)
    found, seen = diffusion.EPSILON.split(x, noise, a, b)  # what both samplers read out of x
    assert torch.allclose(found, x0)
    assert torch.equal(seen, noise)
