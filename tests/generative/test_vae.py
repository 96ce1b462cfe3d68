"""The pieces of a VAE against torch.distributions, closed forms and brute force."""

import math

import pytest
import torch
from torch import distributions as D
from torch import nn

from nnlab import fit
from nnlab.errors import BadData
from nnlab.generative import vae


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(0)


def random_code(draw, *shape):
    mean, log_var = (torch.randn(*shape, generator=draw, dtype=torch.float64) for _ in range(2))
    return mean, log_var


def test_the_kl_term_is_that_of_torch_distributions(draw):
    mean, log_var = random_code(draw, 7, 5)
    theirs = D.kl_divergence(D.Normal(mean, torch.exp(log_var / 2)), D.Normal(0.0, 1.0))
    torch.testing.assert_close(vae.gaussian_kl(mean, log_var), theirs)


def test_the_gaussian_log_density_is_that_of_torch_distributions(draw):
    mean, log_var = random_code(draw, 7, 5)
    z = torch.randn(3, 7, 5, generator=draw, dtype=torch.float64)
    theirs = D.Normal(mean, torch.exp(log_var / 2)).log_prob(z).sum(-1)
    torch.testing.assert_close(vae.gaussian_log_density(z, mean, log_var), theirs)
    torch.testing.assert_close(vae.gaussian_log_density(z), D.Normal(0.0, 1.0).log_prob(z).sum(-1))


def test_the_bernoulli_likelihood_sums_the_pixels_of_each_image(draw):
    logits = 3 * torch.randn(4, 1, 6, 5, generator=draw, dtype=torch.float64)
    x = (torch.rand(4, 1, 6, 5, generator=draw) < 0.3).double()
    theirs = D.Bernoulli(logits=logits).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(vae.bernoulli_log_likelihood(logits, x), theirs)
    assert torch.isfinite(vae.bernoulli_log_likelihood(torch.full((1, 4), 500.0), torch.zeros(1, 4))).all()


def test_reparametrised_draws_have_the_moments_and_let_the_gradients_through(draw):
    mean = torch.tensor([-1.0, 4.0], requires_grad=True)
    log_var = torch.tensor([math.log(0.25), math.log(9.0)], requires_grad=True)
    z = vae.reparametrise(mean.expand(100_000, 2), log_var.expand(100_000, 2), draw)
    torch.testing.assert_close(z.mean(0), mean, atol=0.03, rtol=0)
    torch.testing.assert_close(z.std(0), torch.tensor([0.5, 3.0]), atol=0.03, rtol=0)
    z.square().mean(0).sum().backward()  # of E z² = mean² + exp(log_var)
    torch.testing.assert_close(mean.grad, torch.tensor([-2.0, 8.0]), atol=0.1, rtol=0)
    torch.testing.assert_close(log_var.grad, torch.tensor([0.25, 9.0]), atol=0.15, rtol=0)


def test_the_same_generator_draws_the_same_codes():
    drawn = [vae.reparametrise(torch.zeros(4), torch.zeros(4), torch.Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(*drawn)


class Toy:
    """z ~ N(0, I), a few pixels of which each is on with a probability that depends on z; few enough to sum over."""

    def __init__(self, draw, latent=1, pixels=4):
        decoder = nn.Sequential(nn.Linear(latent, pixels), nn.Unflatten(1, (1, 1, pixels)))
        encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 2 * latent))
        self.model = vae.VAE(encoder, decoder, latent).double()
        for p in self.model.parameters():
            p.data = torch.randn(p.shape, generator=draw, dtype=torch.float64)
        self.model.encode = lambda x: tuple(encoder(x).chunk(2, dim=1))  # stays in double precision
        self.model.decode = decoder
        self.x = torch.tensor([[1.0, 0, 0, 1], [0, 1, 1, 1], [0, 0, 0, 0]], dtype=torch.float64)[:, None, None, :]

    def evidence(self):
        """log p(x), by a fine grid over the one number z."""
        z = torch.linspace(-10, 10, 20_001, dtype=torch.float64)[:, None]
        prior = vae.gaussian_log_density(z)
        logits = self.model.decode(z).detach()
        each = [vae.bernoulli_log_likelihood(logits, x.expand_as(logits)) + prior for x in self.x]
        return torch.stack([torch.logsumexp(v, 0) + math.log(1e-3) for v in each])

    def log_w(self, draw, k, copies=1000):
        """[k, 3]: many images at a time are quicker than many codes one after the other."""
        x = self.x.repeat(copies, 1, 1, 1)
        return vae.log_weights(self.model, x, k // copies, draw).reshape(-1, len(self.x))


def test_the_mean_weight_is_the_evidence(draw):
    toy = Toy(draw)
    torch.testing.assert_close(vae.importance_bound(toy.log_w(draw, 40_000)), toy.evidence(), atol=0.05, rtol=0)


def test_elbo_and_the_bounds_above_it_come_in_their_order(draw):
    toy = Toy(draw)
    log_w = toy.log_w(draw, 20_000)
    evidence = toy.evidence()
    by_k = [vae.importance_bound(log_w.reshape(k, -1, 3)).mean(0) for k in (1, 5, 50)]
    assert (by_k[0] < by_k[1]).all() and (by_k[1] < by_k[2]).all() and (by_k[2] < evidence + 0.02).all()
    torch.testing.assert_close(by_k[0], log_w.mean(0))


def test_the_elbo_of_a_batch_is_the_mean_log_weight_in_expectation(draw):
    toy = Toy(draw)
    torch.manual_seed(0)
    x = toy.x.repeat(20_000, 1, 1, 1)
    with torch.no_grad():
        drawn = vae.elbo(toy.model(x), x).reshape(-1, 3).mean(0)
        loss = vae.negative_elbo(toy.model(x), x)
    torch.testing.assert_close(drawn, toy.log_w(draw, 20_000).mean(0), atol=0.1, rtol=0)
    assert loss.shape == () and abs(loss + drawn.mean()) < 0.1


def test_beta_weighs_the_kl_term_alone(draw):
    mean, log_var = random_code(draw, 6, 3)
    logits, x = torch.zeros(6, 1, 2, 2, dtype=torch.float64), torch.ones(6, 1, 2, 2, dtype=torch.float64)
    output = vae.Output(logits, mean, log_var)
    one, four = vae.elbo(output, x), vae.elbo(output, x, beta=4.0)
    torch.testing.assert_close(one - four, 3 * vae.gaussian_kl(mean, log_var).sum(1))
    torch.testing.assert_close(vae.elbo(output, x, beta=0.0), torch.full((6,), -4 * math.log(2), dtype=torch.float64))


def test_renyi_bounds_fall_with_alpha_and_are_the_known_ones_at_0_1_and_infinity(draw):
    log_w = 3 * torch.randn(50, 4, generator=draw, dtype=torch.float64) - 1000  # exp(-1000) is 0 in double precision
    alphas = [-math.inf, -3.0, 0.0, 0.5, 1 - 1e-6, 1.0, 1 + 1e-6, 5.0, math.inf]
    bounds = torch.stack([vae.renyi_bound(log_w, a) for a in alphas])
    assert (bounds.diff(dim=0) <= 1e-12).all() and torch.isfinite(bounds).all()
    torch.testing.assert_close(bounds[2], vae.importance_bound(log_w))
    torch.testing.assert_close(bounds[4], bounds[5], atol=1e-4, rtol=0)
    torch.testing.assert_close(bounds[0], log_w.max(0).values)
    torch.testing.assert_close(bounds[8], log_w.min(0).values)
    by_hand = ((log_w + 1000).exp() ** 0.5).mean(0).log() / 0.5 - 1000
    torch.testing.assert_close(bounds[3], by_hand)


def test_bad_numbers_are_refused(draw):
    with pytest.raises(BadData, match="alpha is NaN"):
        vae.renyi_bound(torch.zeros(2, 1), math.nan)
    with pytest.raises(BadData, match="k is 0"):
        vae.log_weights(Toy(draw).model, Toy(draw).x, 0)


@pytest.mark.parametrize(("make", "parameters"), [(vae.mlp_vae, 652_824), (vae.conv_vae, 139_804)])
def test_the_networks_have_their_sizes_and_keep_the_shape_of_the_images(make, parameters):
    net = make()
    assert sum(p.numel() for p in net.parameters()) == parameters
    output = net(torch.zeros(3, 1, 28, 28))
    assert output.logits.shape == (3, 1, 28, 28) and output.mean.shape == output.log_var.shape == (3, 20)
    assert make(latent=2).encode(torch.zeros(3, 1, 28, 28))[0].shape == (3, 2)


def test_bounds_are_computed_in_full_precision_under_autocast():
    net = vae.conv_vae(latent=2)
    with torch.autocast("cpu", torch.bfloat16):
        output = net(torch.zeros(2, 1, 28, 28))
        loss = vae.negative_elbo(output, torch.zeros(2, 1, 28, 28))
    assert {part.dtype for part in (*output, loss)} == {torch.float32}


def test_generated_images_are_probabilities_of_codes_from_the_prior():
    decoder = nn.Sequential(nn.Linear(3, 784), nn.Unflatten(1, (1, 28, 28)))
    nn.init.constant_(decoder[0].weight[:, 0], 1)  # each logit is the first number of the code
    nn.init.zeros_(decoder[0].weight[:, 1:])
    nn.init.zeros_(decoder[0].bias)
    model = vae.VAE(nn.Identity(), decoder, latent=3)
    drawn = vae.generate(model, 20_000, torch.Generator().manual_seed(0))
    assert drawn.shape == (20_000, 1, 28, 28) and drawn.min() > 0 and drawn.max() < 1
    z = torch.logit(drawn[:, 0, 0, 0])
    assert abs(z.mean()) < 0.03 and abs(z.std() - 1) < 0.03


def test_it_trains_with_fit_and_the_bound_rises():
    torch.manual_seed(0)
    patterns = (torch.rand(4, 1, 28, 28) < 0.3).float()
    x = patterns.repeat(32, 1, 1, 1)
    net = vae.mlp_vae(hidden=32, latent=2)
    history = fit(net, (x, x), loss=vae.negative_elbo, epochs=40, lr=1e-2, batch_size=64)
    # A perfect model says which of the four patterns it is: log 4 nats, and no more.
    assert history.loss[0] > 400 and math.log(4) - 0.3 < history.loss[-1] < 20
