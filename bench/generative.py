"""The measures of Part V's generative models over several seeds: they are trained here, not loaded.

    python bench/generative.py vae [--seeds 3]

vae: minus the ELBO and minus the importance-weighted bound with 200 codes, in nats, on the 1000 test digits; and the
    Fréchet distance of 1000 samples to the training digits (units of `nnlab.quality`). Once for pixels that are on above
    127, as in chapter 20, and once for pixels drawn with the probability of their grey (fresh draws in each epoch for
    training, one fixed draw for testing). The goal: minus the ELBO at most 103.5, and the other bound below it.

Each prints a table and exits with 1 where a goal is missed. One thread; seconds are CPU time of the training.
"""

import argparse
import math
import sys
from collections.abc import Callable
from time import process_time

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
    with torch.autocast("cpu", torch.bfloat16):
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


MEASURES: dict[str, Callable[[int], bool]] = {"vae": vae}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=MEASURES)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    return 0 if MEASURES[given.what](given.seeds) else 1


if __name__ == "__main__":
    sys.exit(main())
