"""The training function, guidance, and the moving average of the weights."""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from nnlab.errors import BadData
from nnlab.generative import denoiser, diffusion, flow
from nnlab.generative.ema import EMA

OBJECTIVES = {
    "epsilon": diffusion.objective(diffusion.cosine_schedule(), diffusion.EPSILON),
    "v": diffusion.objective(diffusion.cosine_schedule(), diffusion.VELOCITY),
    "flow": flow.FLOW,
}


class Spy(nn.Module):
    """A net that keeps what it is called with, and answers with one number that it learns."""

    classes = 10

    def __init__(self):
        super().__init__()
        self.number, self.seen = nn.Parameter(torch.zeros(1)), []

    def forward(self, x, t, labels=None):
        self.seen.append((x, t, labels))
        return self.number.expand_as(x)


class Points(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 1))

    def forward(self, x, t):
        return self.body(torch.cat([x, t[:, None]], dim=1))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_net_trained_on_two_points_makes_these_two_points(name):
    x0 = torch.tensor([[-1.0], [1.0]]).repeat(64, 1)
    torch.manual_seed(0)
    net, losses = denoiser.train_denoiser(
        Points(), x0, None, OBJECTIVES[name], steps=300, lr=1e-2, bf16=False, decay=0.98, batch_size=128
    )
    assert len(losses) == 300
    assert sum(losses[-50:]) < 0.8 * sum(losses[:50])
    noise = torch.randn(500, 1, generator=torch.Generator().manual_seed(1))
    if name == "flow":
        made = flow.euler(net, noise, 50)
    else:
        kind = diffusion.EPSILON if name == "epsilon" else diffusion.VELOCITY
        made = diffusion.sample(net, noise, diffusion.cosine_schedule().spaced(100), kind, ancestral=True, clip=True)
    assert ((made.abs() - 1).abs() < 0.3).float().mean() > 0.6  # of normal numbers 0.29
    assert 0.35 < (made > 0).float().mean() < 0.65


def test_the_same_seed_trains_the_same_net_and_the_returned_one_is_the_average():
    def trained(seed):
        torch.manual_seed(0)
        net = Points()
        average, losses = denoiser.train_denoiser(
            net, torch.ones(64, 1), None, flow.FLOW, steps=5, seed=seed, bf16=False, decay=0.9
        )
        return net, average, losses

    (last, average, losses), again, other = trained(1), trained(1), trained(2)
    assert losses == again[2] != other[2]
    assert not torch.equal(last.body[0].weight, average.body[0].weight)
    assert torch.equal(average.body[0].weight, again[1].body[0].weight)
    assert not average.training


def test_labels_are_hidden_as_often_as_asked_and_belong_to_their_images():
    spy, images = Spy(), torch.arange(10.0).reshape(10, 1).repeat(20, 1)
    denoiser.train_denoiser(
        spy, images, images[:, 0].long(), flow.FLOW, steps=60, batch_size=100, label_drop=0.25, bf16=False
    )
    shown = torch.cat([labels for _, _, labels in spy.seen])
    assert (shown == 10).float().mean().item() == pytest.approx(0.25, abs=0.02)
    x, t, labels = (torch.cat(parts) for parts in zip(*spy.seen, strict=True))
    near_data = (t < 0.1) & (labels < 10)
    assert near_data.sum() > 20
    assert ((x[near_data, 0] - labels[near_data]).abs() < 1.5).all()


def test_the_loss_is_the_squared_distance_to_the_target_at_the_time_the_net_is_told():
    spy, x0 = Spy(), torch.full((4, 1, 2, 2), 3.0)
    loss = denoiser.denoising_loss(spy, x0, None, OBJECTIVES["v"], torch.Generator().manual_seed(0))
    x, t, _ = spy.seen[0]
    a, b = (level[:, None, None, None] for level in OBJECTIVES["v"].levels(t))
    noise = (x - a * x0) / b
    assert loss.item() == pytest.approx((a * noise - b * x0).square().mean().item(), rel=1e-4)


def test_the_rate_rises_and_falls():
    rates = [denoiser.rate(step, 1000, 100) for step in range(1000)]
    assert rates.index(max(rates)) in (99, 100)
    assert max(rates) == 1
    assert rates[-1] == pytest.approx(0.02, abs=1e-4)
    assert all(a > b for a, b in pairwise(rates[100:]))


@pytest.mark.parametrize("images, labels", [(63, None), (64, 63)])
def test_too_few_cases_or_labels_are_refused(images, labels):
    given = None if labels is None else torch.zeros(labels, dtype=torch.long)
    with pytest.raises(BadData):
        denoiser.train_denoiser(Spy(), torch.zeros(images, 1), given, flow.FLOW, steps=1)


class ByLabel(nn.Module):
    """Answers with the label that it is told."""

    classes = 10

    def __init__(self):
        super().__init__()
        self.batches = []

    def forward(self, x, t, labels):
        self.batches.append(len(x))
        return labels[:, None].float() + 0 * x


@pytest.mark.parametrize("scale, expected, calls", [(1, [2, 5], 2), (0, [10, 10], 4), (3, [-14, -5], 4)])
def test_guidance_goes_from_no_label_towards_the_label_and_beyond(scale, expected, calls):
    net = ByLabel()
    answer = denoiser.guided(net, torch.tensor([2, 5]), scale)(torch.zeros(2, 1), torch.ones(2))
    assert answer.flatten().tolist() == expected
    assert net.batches == [calls]


def test_the_average_of_the_weights_is_torchs():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    ema, oracle = EMA(net, decay=0.5), AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.5))
    ema.updates = 1000  # past the warm-up, which torch's has not
    oracle.update_parameters(net)  # torch's first update copies
    for _ in range(4):
        net(torch.randn(8, 3))
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.add_(torch.randn_like(parameter))
        ema.update(net)
        oracle.update_parameters(net)
    for ours, theirs in zip(ema.average.parameters(), oracle.module.parameters(), strict=True):
        assert torch.allclose(ours, theirs)
    assert torch.equal(ema.average[1].running_mean, net[1].running_mean)


def test_the_average_forgets_the_start_sooner_than_its_decay_would():
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, 0.0)
    ema = EMA(net, decay=0.999)
    nn.init.constant_(net.weight, 1.0)
    for _ in range(100):
        ema.update(net)
    assert ema.average.weight.item() > 0.99
    for decay in (1.0, -0.1):
        with pytest.raises(BadData):
            EMA(net, decay)
