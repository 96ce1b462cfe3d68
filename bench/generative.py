"""The measures of Part V's generative models over several seeds: they are trained here, not loaded.

    python bench/generative.py vae [--seeds 3]
    python bench/generative.py gan [--seeds 3]
    python bench/generative.py diffusion [--seeds 3] [--bundle]
    python bench/generative.py built

vae: minus the ELBO and minus the importance-weighted bound with 200 codes, in nats, on the 1000 test digits; and the
    Fréchet distance of 1000 samples to the training digits (units of `nnlab.quality`). Once for pixels that are on
    above 127, as in chapter 20, and once for pixels drawn with the probability of their grey (anew in each epoch of the
    training, once for the test). The goal: minus the ELBO at most 103.5, and the other bound below it.

gan: the conditional GAN of chapter 21, 1000 samples, with the figures of `nnlab.quality`. The goal: a Fréchet distance
    of at most 0.36 of what real digits with noise 0.1 have, label agreement at least .94, near-copies not above those
    of real test digits, no class below 7 %. And the ring of eight clusters, modes found after 400 steps, five seeds:
    the cross-entropy with Adam's defaults and without momentum, and WGAN-GP, whose goal is 8 of 8 in each.

diffusion: the U-Net of chapter 22, for v-prediction (20 steps of DDIM) and for flow matching (20 Euler steps), guidance
    1.5, 1000 samples. The goals: a Fréchet distance of at most 0.32 and 0.18 of what real digits with noise 0.1 have;
    label agreement of the flow at least .98; near-copies not above those of real test digits by more than the error of
    the difference (1.1 points for two shares near 7 % of 1000); no class below 7 %.
    With --bundle, the nets of seed 0 become the weights that chapter 22 loads.

built: the samples that the chapters left at the last build of the book, measured with the same figures.

Each prints a table and exits with 1 where a goal is missed. One thread; seconds are CPU time of the training.
"""

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import torch


def vae(seeds: int) -> bool:
    """Train `conv_vae` for each seed and each way of making digits black and white."""
    rows = [(way, seed, *_one_vae(way, seed)) for way in ("above 127", "drawn") for seed in range(seeds)]
    print(f"{'pixels':12}{'seed':>5}{'−ELBO':>9}{'−IWAE-200':>11}{'distance':>10}{'cpu-s':>8}")
    for way, seed, elbo, iwae, distance, seconds in rows:
        print(f"{way:12}{seed:5}{elbo:9.2f}{iwae:11.2f}{distance:10.1f}{seconds:8.1f}")
    return all(elbo <= 103.5 and iwae < elbo for _, _, elbo, iwae, _, _ in rows)


def _one_vae(way: str, seed: int, epochs: int = 40, batch: int = 128) -> tuple[float, float, float, float]:
    from nnlab import fit, quality
    from nnlab.generative import vae

    digits = quality.digits()
    training, test = (torch.tensor(part)[:, None] / 255 for part in (digits.training, digits.test))
    if way == "drawn":
        test = test.bernoulli(generator=torch.Generator().manual_seed(1))
        data: object = _Drawn(training, batch)
    else:
        training, test = ((part > 0.5).float() for part in (training, test))
        data = training, training
    torch.manual_seed(seed)
    net = vae.conv_vae().to(memory_format=torch.channels_last)
    steps = epochs * math.ceil(len(training) / batch)
    before = process_time()
    with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):  # or the weights of the first step stay cached
        fit(
            net, data, loss=vae.negative_elbo, epochs=epochs, batch_size=batch, optimizer="adamw", lr=4e-3,
            scheduler=lambda adamw: torch.optim.lr_scheduler.OneCycleLR(adamw, 4e-3, total_steps=steps, pct_start=0.2),
            scheduler_every="batch",
        )  # fmt: skip
    seconds = process_time() - before
    log_w = vae.log_weights(net.eval(), test, 200, torch.Generator().manual_seed(seed))
    samples = vae.generate(net, 1000, torch.Generator().manual_seed(seed))
    distance = quality.report(samples.numpy()).frechet_distance
    return -float(log_w.mean()), -float(vae.importance_bound(log_w).mean()), distance, seconds


class _Drawn(torch.utils.data.DataLoader):
    """Batches of pixels, each on with the probability of its grey, drawn anew in each epoch: input and target alike."""

    def __init__(self, greys: torch.Tensor, batch: int) -> None:
        rows = torch.utils.data.TensorDataset(greys)
        super().__init__(rows, batch, shuffle=True, collate_fn=self._draw)

    @staticmethod
    def _draw(rows: list[tuple[torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.stack([grey for (grey,) in rows]).bernoulli()
        return x, x


def gan(seeds: int) -> bool:
    """Train the conditional GAN for each seed, and three games on the ring for five."""
    rows = [(seed, *one_gan(seed)[1:]) for seed in range(seeds)]
    print(f"{'seed':>4}{'distance':>10}{'of noise 0.1':>14}{'labels':>8}{'copies':>8}{'least class':>13}{'cpu-s':>8}")
    good = True
    for seed, r, seconds in rows:
        figures = r.label_agreement, r.near_copies, r.class_histogram.min()
        print(f"{seed:4}{r.frechet_distance:10.1f}{r.fraction:14.3f}{figures[0]:8.3f}{figures[1]:8.3f}", end="")
        print(f"{figures[2]:13.3f}{seconds:8.1f}")
        good &= r.fraction <= 0.36 and figures[0] >= 0.94 and figures[1] <= r.real.near_copies and figures[2] >= 0.07
    print(f"real test digits: near-copies {rows[0][1].real.near_copies:.3f}, distance {rows[0][1].floor:.1f}")
    found = {game: [_ring(game, seed) for seed in range(5)] for game in ("defaults", "no momentum", "WGAN-GP")}
    for game, modes in found.items():
        print(f"ring, {game:12} modes of 8: {modes}")
    return bool(good) and max(found["defaults"]) < 8 and min(found["WGAN-GP"]) == 8


def one_gan(seed: int, steps: int = 1900) -> tuple:
    """As chapter 21 trains it: the generator, its report, CPU seconds."""
    from nnlab import quality
    from nnlab.generative import dcgan, gan
    from nnlab.generative.augment import translate

    digits = quality.digits()
    images = torch.tensor(digits.training)[:, None] / 127.5 - 1
    before = process_time()
    torch.manual_seed(seed)
    generator, discriminator = dcgan.Generator(), dcgan.Discriminator()
    gan.train_gan(
        generator, discriminator, images, torch.tensor(digits.training_labels), latent=64, steps=steps,
        penalty=gan.r1_penalty, penalty_weight=0.1, penalty_every=8, augment=translate, bf16=True,
    )  # fmt: skip
    seconds = process_time() - before
    labels = torch.arange(1000) % 10
    with torch.no_grad():
        made = generator(torch.randn(1000, 64, generator=torch.Generator().manual_seed(seed)), labels)
    return generator, quality.report((made / 2 + 0.5).clamp(0, 1).numpy(), labels.numpy()), seconds


def _ring(game: str, seed: int) -> int:
    """Modes with at least 2 % of 2000 points within three standard deviations."""
    from torch import nn

    from nnlab.generative import gan

    angles = torch.arange(8) * math.pi / 4
    centres = 2 * torch.stack([angles.cos(), angles.sin()], dim=1)
    torch.manual_seed(seed)
    x = centres.repeat(1000, 1) + 0.1 * torch.randn(8000, 2)
    sizes = (2, 2), (2, 1)
    players = [
        nn.Sequential(nn.Linear(i, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, o)) for i, o in sizes
    ]
    options: dict = {"betas": (0.9 if game == "defaults" else 0.0, 0.99)}
    if game == "WGAN-GP":
        options |= {"game": gan.WASSERSTEIN, "penalty": gan.gradient_penalty, "discriminator_steps": 3}
    gan.train_gan(*players, x, latent=2, steps=400, lr=2e-3, **options)
    with torch.no_grad():
        distance, near = torch.cdist(players[0](torch.randn(2000, 2)), centres).min(dim=1)
    return int((torch.bincount(near[distance <= 0.3], minlength=8) >= 40).sum())


def diffusion(seeds: int, bundle: bool = False) -> bool:
    """Train the denoiser of chapter 22 for v and for flow matching, for each seed."""
    from nnlab import weights

    good = True
    print(f"{'net':5}{'seed':>5}{'distance':>10}{'of noise 0.1':>14}{'labels':>8}{'copies':>8}", end="")
    print(f"{'least class':>13}{'cpu-s':>8}")
    for name, limit, least_agreement in (("v", 0.32, 0.0), ("flow", 0.18, 0.98)):
        for seed in range(seeds):
            net, r, seconds = one_denoiser(name, seed)
            agreement, copies, least = r.label_agreement, r.near_copies, r.class_histogram.min()
            print(f"{name:5}{seed:5}{r.frechet_distance:10.1f}{r.fraction:14.3f}{agreement:8.3f}{copies:8.3f}", end="")
            print(f"{least:13.3f}{seconds:8.1f}", flush=True)
            good &= r.fraction <= limit and agreement >= least_agreement
            good &= copies <= r.real.near_copies + 0.011 and least >= 0.07
            if bundle and seed == 0:
                told = f"{agreement:.1%} of 1000 samples are seen as asked, Fréchet distance {r.frechet_distance:.1f}"
                weights.bundle(net, f"22_{name}", f"U-Net of chapter 22, bench/generative.py diffusion: {told}")
    print(f"real test digits: near-copies {r.real.near_copies:.3f}, distance {r.floor:.1f}")
    return bool(good)


def one_denoiser(name: str, seed: int) -> tuple:
    """As chapter 22 trains and asks it, "v" or "flow": the net, the report of 1000 samples, CPU seconds."""
    from nnlab import quality
    from nnlab.generative import denoiser, diffusion, flow
    from nnlab.generative.unet import UNet

    digits, schedule = quality.digits(), diffusion.cosine_schedule()
    images = torch.tensor(digits.training)[:, None] / 127.5 - 1
    objective, steps, lr = (diffusion.objective(schedule), 1250, 4e-3) if name == "v" else (flow.FLOW, 2600, 2e-3)
    before = process_time()
    torch.manual_seed(seed)
    net, _ = denoiser.train_denoiser(
        UNet(), images, torch.tensor(digits.training_labels), objective, steps=steps, lr=lr, seed=seed
    )
    seconds = process_time() - before
    labels, random, made = torch.arange(1000) % 10, torch.Generator().manual_seed(seed), []
    for some in labels.split(100):
        ask, noise = denoiser.guided(net, some, 1.5), torch.randn(len(some), 1, 28, 28, generator=random)
        made.append(diffusion.sample(ask, noise, schedule.spaced(20)) if name == "v" else flow.euler(ask, noise, 20))
    return net, quality.report((torch.cat(made) / 2 + 0.5).clamp(0, 1).numpy(), labels.numpy()), seconds


def built(seeds: int) -> bool:
    """Measure the samples under _build/artifacts; it is no goal but that each chapter of models has left them."""
    from nnlab import quality

    print(
        f"{'chapter':20}{'samples':>8}{'distance':>10}{'of noise 0.1':>14}{'labels':>8}{'copies':>8}{'least class':>13}"
    )
    folder = Path(__file__).parents[1] / "_build" / "artifacts"
    left = sorted(folder.glob("*/samples.npz"))
    for file in left:
        with np.load(file) as arrays:
            samples, labels = arrays["samples"], arrays.get("labels")
        r = quality.report(samples, labels)
        agreement = "" if r.label_agreement is None else f"{r.label_agreement:.3f}"
        print(f"{file.parent.name:20}{len(samples):8}{r.frechet_distance:10.1f}{r.fraction:14.3f}", end="")
        print(f"{agreement:>8}{r.near_copies:8.3f}{r.class_histogram.min():13.3f}")
    return {file.parent.name[:2] for file in left} >= {"20", "21", "22"}


MEASURES: dict[str, Callable[..., bool]] = {"vae": vae, "gan": gan, "diffusion": diffusion, "built": built}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=MEASURES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--bundle", action="store_true", help="of diffusion: keep the nets of seed 0 in nnlab")
    given = parser.parse_args()
    torch.set_num_threads(1)
    options = {"bundle": True} if given.bundle else {}
    return 0 if MEASURES[given.what](given.seeds, **options) else 1


if __name__ == "__main__":
    sys.exit(main())
