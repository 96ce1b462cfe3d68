import math
from functools import partial

import pytest
import torch
from torch import nn

from nnlab.errors import BadData
from nnlab.generative import dcgan, gan
from nnlab.generative.augment import translate


def _normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _line(*weights: float) -> nn.Linear:
    line = nn.Linear(len(weights), 1)
    with torch.no_grad():
        line.weight.copy_(torch.tensor([weights]))
    return line


class _Quadratic(nn.Module):
    """The score x'Ax / 2 with a symmetric A, whose slope at x is the length of Ax."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor([[2.0, 1.0], [1.0, -3.0]]))

    def forward(self, x):
        return ((x @ self.a) * x).sum(dim=1) / 2


# losses ---------------------------------------------------------------------------------------------------------------
def test_the_losses_are_the_logarithms_of_the_papers():
    real, fake = _normal(7).double(), _normal(5, seed=1).double()
    d_real, d_fake = 1 / (1 + (-real).exp()), 1 / (1 + (-fake).exp())
    value = d_real.log().mean() + (1 - d_fake).log().mean()
    assert torch.isclose(gan.discriminator_loss(real, fake), -value)
    assert torch.isclose(gan.minimax_loss(fake), (1 - d_fake).log().mean())
    assert torch.isclose(gan.nonsaturating_loss(fake), -d_fake.log().mean())
    assert torch.isclose(gan.critic_loss(real, fake), fake.mean() - real.mean())
    assert torch.isclose(gan.wasserstein_loss(fake), -fake.mean())


def test_no_loss_overflows_for_a_discriminator_that_is_sure():
    sure = torch.tensor([800.0, -800.0])
    for loss in (gan.discriminator_loss(sure, sure), gan.minimax_loss(sure), gan.nonsaturating_loss(sure)):
        assert torch.isfinite(loss)


@pytest.mark.parametrize(("loss", "expected"), [(gan.minimax_loss, 4.5e-5), (gan.nonsaturating_loss, 1.0)])
def test_only_the_minimax_loss_saturates_where_the_discriminator_is_sure(loss, expected):
    score = torch.tensor([-10.0], requires_grad=True)
    loss(score).backward()
    assert -score.grad.item() == pytest.approx(expected, rel=0.01)


def test_soft_labels_are_the_probabilities_at_which_the_loss_is_least():
    real = torch.tensor([math.log(0.9 / 0.1)], requires_grad=True)
    fake = torch.tensor([math.log(0.2 / 0.8)], requires_grad=True)
    gan.discriminator_loss(real, fake, real_target=0.9, fake_target=0.2).backward()
    assert abs(real.grad.item()) < 1e-6 and abs(fake.grad.item()) < 1e-6


# penalties ------------------------------------------------------------------------------------------------------------
def test_r1_is_half_the_mean_squared_slope_at_the_real_points():
    critic, real = _Quadratic(), _normal(6, 2)
    assert torch.isclose(gan.r1_penalty(critic, real), (real @ critic.a).square().sum(dim=1).mean() / 2)


def test_the_gradient_penalty_asks_for_slope_one_at_points_between():
    class Watcher(_Quadratic):
        def forward(self, x):
            self.seen = x
            return super().forward(x)

    critic, real, fake = Watcher(), _normal(50, 2), _normal(50, 2, seed=1)
    penalty = gan.gradient_penalty(critic, real, fake)
    slopes = (critic.seen @ critic.a).norm(dim=1)
    assert torch.isclose(penalty, (slopes - 1).square().mean())
    shares = (critic.seen - fake) / (real - fake)
    assert torch.allclose(shares[:, 0], shares[:, 1], atol=1e-3), "each point lies on the line through its pair"
    assert 0 <= shares.min() < 0.1 and 0.9 < shares.max() <= 1


def test_penalties_teach_the_weights_and_leave_the_points_alone():
    critic, real, fake = _line(3.0, 4.0), _normal(5, 2).requires_grad_(), _normal(5, 2, seed=1)
    gan.gradient_penalty(critic, real, fake).backward()  # (|w| - 1)²
    assert torch.allclose(critic.weight.grad, 2 * 4 * torch.tensor([[0.6, 0.8]]))
    critic.zero_grad()
    gan.r1_penalty(critic, real).backward()  # |w|² / 2
    assert torch.allclose(critic.weight.grad, critic.weight)
    assert real.grad is None


def test_a_flat_critic_has_a_finite_gradient_under_the_penalty():
    critic = _line(0.0, 0.0)
    gan.gradient_penalty(critic, _normal(5, 2), _normal(5, 2, seed=1)).backward()
    assert torch.isfinite(critic.weight.grad).all()


def test_points_that_cannot_be_paired_are_refused():
    with pytest.raises(BadData, match="one shape"):
        gan.gradient_penalty(_line(1.0, 1.0), _normal(5, 2), _normal(1, 2))


# augmentation ---------------------------------------------------------------------------------------------------------
def test_translation_moves_each_image_by_whole_pixels_and_fills_with_the_background():
    images = _normal(40, 2, 5, 6)
    moved = translate(images, 1, fill=-7.0, random=torch.Generator().manual_seed(0))
    found = set()
    for image, result in zip(images, moved, strict=True):
        padded = nn.functional.pad(image, (1, 1, 1, 1), value=-7.0)
        fits = [(r, c) for r in range(3) for c in range(3) if padded[:, r : r + 5, c : c + 6].equal(result)]
        assert len(fits) == 1
        found.update(fits)
    assert len(found) == 9, "all nine moves occur"


def test_a_gradient_passes_through_a_translation_to_the_pixels_that_are_still_seen():
    images = _normal(8, 1, 6, 6).requires_grad_()
    moved = translate(images, 2)
    moved.sum().backward()
    assert set(images.grad.unique().tolist()) <= {0.0, 1.0}
    assert images.grad[:, :, 2:4, 2:4].eq(1).all()


def test_translation_refuses_what_is_no_batch_of_images():
    with pytest.raises(BadData, match="expected images"):
        translate(_normal(28, 28))


# training -------------------------------------------------------------------------------------------------------------
def _players(seed: int = 0) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(seed)
    return nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))


@pytest.mark.parametrize("game", [gan.MINIMAX, gan.NONSATURATING, gan.WASSERSTEIN])
def test_the_generator_moves_to_the_data_in_each_game(game):
    generator, discriminator = _players()
    x = 3 + 0.5 * _normal(400, 1)
    penalty = gan.gradient_penalty if game is gan.WASSERSTEIN else gan.r1_penalty
    gan.train_gan(
        generator, discriminator, x, latent=1, steps=200, game=game, discriminator_steps=2, lr=0.02, penalty=penalty
    )
    assert generator(_normal(500, 1)).mean().item() == pytest.approx(3, abs=0.5)


def test_the_same_seed_plays_the_same_game():
    histories = []
    for _ in range(2):
        generator, discriminator = _players()
        histories.append(gan.train_gan(generator, discriminator, _normal(50, 1), latent=1, steps=5))
    assert histories[0] == histories[1]
    assert len(histories[0].generator_loss) == 5


def test_the_penalty_is_lazy_and_counts_as_much():
    calls = []

    def penalty(discriminator, real, fake):
        calls.append(len(real))
        return discriminator[0].weight.sum() * 0 + 10

    generator, discriminator = _players()
    history = gan.train_gan(
        generator, discriminator, _normal(50, 1), latent=1, steps=9, batch_size=7,
        penalty=penalty, penalty_weight=0.5, penalty_every=4,
    )  # fmt: skip
    assert calls == [7, 7, 7]  # steps 0, 4, 8
    large = [loss > 10 for loss in history.discriminator_loss]
    assert large == [True, False, False, False, True, False, False, False, True]
    assert 20 < history.discriminator_loss[0] < 25  # 4 · 0.5 · 10, and the loss


def test_the_rate_falls_to_zero_after_half_of_the_steps():
    generator, discriminator = _players()
    places = [generator.bias.item()]
    gan.train_gan(
        generator, discriminator, 50 + _normal(50, 1), latent=1, steps=100, lr=0.01,
        watch=lambda step: places.append(generator.bias.item()),
    )  # fmt: skip
    first, last = places[1] - places[0], places[-1] - places[-2]
    assert abs(first) == pytest.approx(0.01, rel=0.01)  # Adam's first step has the length of the rate
    assert abs(last) < 0.001


def test_labels_reach_both_players_and_real_and_fake_have_the_same():
    seen = []

    class Asked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Linear(2, 1)

        def forward(self, x, labels):
            seen.append((x.detach(), labels))
            return self.net(torch.cat([x, labels[:, None].float()], dim=1))

    labels = torch.arange(10).repeat(5)
    x = labels[:, None].float()  # the input tells its label
    gan.train_gan(Asked(), Asked(), x, labels, latent=1, steps=1, batch_size=8)
    generated, real, fake = seen[:3]
    assert real[0][:, 0].equal(real[1].float())
    assert generated[1].equal(real[1]) and fake[1].equal(real[1])


def test_the_discriminators_step_does_not_teach_the_generator():
    class Still(nn.Linear):
        """Gives its constant only: the discriminator's score does not depend on the input."""

        def forward(self, x):
            return super().forward(x * 0)

    torch.manual_seed(0)
    generator, discriminator = nn.Linear(1, 1), Still(1, 1)
    before = [p.clone() for p in generator.parameters()], [p.clone() for p in discriminator.parameters()]
    gan.train_gan(generator, discriminator, _normal(50, 1), latent=1, steps=3)
    assert all(a.equal(b) for a, b in zip(before[0], generator.parameters(), strict=True))
    assert not before[1][1].equal(discriminator.bias)
    assert all(p.requires_grad for p in discriminator.parameters())


def test_augmentation_changes_real_and_fake_and_the_generator_learns_through_it():
    batches = []

    def double(batch):
        batches.append(batch.requires_grad)
        return 2 * batch

    generator, discriminator = _players()
    gan.train_gan(generator, discriminator, _normal(50, 1), latent=1, steps=1, augment=double)
    assert batches == [False, False, True]


@pytest.mark.parametrize("wrong", [{"labels": torch.zeros(3)}, {"discriminator_steps": 0}, {"penalty_every": 0}])
def test_training_refuses_what_does_not_fit(wrong):
    with pytest.raises(BadData):
        gan.train_gan(*_players(), _normal(50, 1), latent=1, steps=1, **wrong)


# networks -------------------------------------------------------------------------------------------------------------
def test_the_networks_fit_each_other_with_and_without_classes():
    for classes in (0, 10):
        generator, discriminator = dcgan.Generator(classes=classes, width=8), dcgan.Discriminator(classes, width=4)
        labels = (torch.arange(6),) if classes else ()
        images = generator(_normal(6, 64), *labels)
        assert images.shape == (6, 1, 28, 28) and images.abs().max() <= 1
        assert discriminator(images, *labels).shape == (6,)
        with pytest.raises(BadData, match="classes"):
            generator(_normal(6, 64), *(() if classes else (torch.arange(6),)))


def test_the_discriminators_score_is_a_common_part_and_a_projection_on_the_class():
    net = dcgan.Discriminator(width=4, features=8)
    images, labels = _normal(5, 1, 28, 28), torch.tensor([0, 3, 3, 9, 1])
    phi = net.body(images)
    expected = [net.score(p)[0] + p @ net.direction.weight[k] for p, k in zip(phi, labels.tolist(), strict=True)]
    assert torch.allclose(net(images, labels), torch.stack(expected), atol=1e-5)


def test_a_few_steps_on_images_move_both_networks_in_either_precision():
    images, labels = _normal(32, 1, 28, 28).tanh(), torch.arange(32) % 10
    for bf16 in (False, True):
        torch.manual_seed(0)
        players = dcgan.Generator(width=4), dcgan.Discriminator(width=4, features=8)
        before = [p.detach().clone() for net in players for p in net.parameters()]
        gan.train_gan(
            *players, images, labels, latent=64, steps=2, batch_size=32, penalty=gan.r1_penalty,
            augment=partial(translate, most=2), bf16=bf16,
        )  # fmt: skip
        after = [p for net in players for p in net.parameters()]
        moved = [not a.equal(b) for a, b in zip(before, after, strict=True)]
        assert sum(moved) == len(moved)
        assert not any(net.training for net in players), "ready to generate: batch normalisation uses its means"
        assert all(torch.isfinite(p).all() for p in after)
