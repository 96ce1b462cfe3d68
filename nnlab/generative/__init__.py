"""Generative models: networks that make new data, one file a family. The losses are functions, to be read on their own.

- `vae.py`: variational autoencoders; the evidence lower bound, and the bounds above it (chapter 20).
- `gan.py`: adversarial training; `gan_losses.py`: its losses and penalties; `dcgan.py`: networks for images, also with
  classes; `augment.py`: augmentation that a gradient passes through (chapter 21).
- `diffusion.py`: noise schedules, the forward process, DDPM and DDIM; `flow.py`: flow matching; `denoiser.py`: one
  training function for both, and guidance; `unet.py`: their network; `ema.py`: a moving average of weights; `toys.py`:
  data whose best denoiser is known (chapter 22).

Import the file you need: `from nnlab.generative import vae`.
"""
