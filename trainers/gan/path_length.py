"""The path length regulariser of StyleGAN2 (Karras et al. 2020, section 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor

DECAY = 0.01  # of the mean length, a step
WEIGHT = 2.0
EVERY = 4  # iterations
SHRINK = 2  # of the batch: half of it is enough (appendix B)


def path_lengths(images: Tensor, styles: Tensor, noise: Tensor) -> Tensor:
    """|J^T y|, how far images move with their styles along a random direction y: (n,).

    Images (n, c, h, w) made of styles (n, layers, latent), which must want gradients; normal noise
    y of the images' shape, over the root of the number of pixels. Of the layers the mean square.
    """
    height, width = images.shape[-2:]
    along = (images * noise).sum() / (height * width) ** 0.5
    (slope,) = torch.autograd.grad(along, styles, create_graph=True)  # (n, layers, latent)
    # Not at 0 itself, where a root has no slope.
    return (slope.square().sum(dim=2).mean(dim=1) + 1e-12).sqrt()


def path_length_penalty(images: Tensor, styles: Tensor, noise: Tensor, mean: Tensor) -> Tensor:
    """(|J^T y| - a)^2, its mean over the samples (equation 4): a scalar.

    a is the moving `mean` of the lengths, a scalar that is moved first, in place; it is a constant
    to the gradient.
    """
    lengths = path_lengths(images, styles, noise)
    with torch.no_grad():
        mean.lerp_(lengths.mean(), DECAY)
    return (lengths - mean.clone()).square().mean()
