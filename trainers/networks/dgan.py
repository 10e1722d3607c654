"""The networks of the DGAN-WP-TL recipe here: the paper publishes none, so they are ours.

Blocks are numbered from the input, so that the first few can stay as they were trained.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .roles import SLOPE, DiscriminatorNetwork, GeneratorNetwork

MOST = 512  # channels


def channels_at(width: int, depth: int, level: int) -> int:
    """Channels of the maps that were halved `level` times of `depth`: doubled at each, at most 512.

    `width` is that of the finest maps.
    """
    return min(width << min(level, depth), max(MOST, width))


class PixelNorm(nn.Module):
    """Each pixel's channels scaled to a mean square of 1 (Karras et al. 2018, section 4.2).

    Unlike a batch norm it keeps no statistics, and an image does not depend on the others.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (batch, channels, h, w)."""
        return maps * torch.rsqrt(maps.square().mean(1, keepdim=True) + 1e-8)


class DganGenerator(GeneratorNetwork):
    """Latents (batch, latent) to images (batch, c, size, size) in [-1, 1].

    blocks[0]: dense to the coarsest maps, size / 2^depth; each of the other `depth` blocks:
    nearest neighbour x 2, conv 3; all with LeakyReLU and `PixelNorm`. Then conv 3 to the image,
    tanh.
    """

    def __init__(self, channels: int, size: int, width: int, depth: int, latent: int) -> None:
        super().__init__()
        self.coarsest = size >> depth
        before = channels_at(width, depth, depth)
        self.blocks = nn.ModuleList([nn.Linear(latent, before * self.coarsest**2)])
        for level in reversed(range(depth)):
            after = channels_at(width, depth, level)
            self.blocks.append(nn.Conv2d(before, after, 3, padding=1))
            before = after
        self.norm = PixelNorm()
        self.to_image = nn.Conv2d(before, channels, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        """Images (batch, c, size, size)."""
        dense, *convolutions = self.blocks
        maps = dense(latents).view(len(latents), -1, self.coarsest, self.coarsest)
        maps = self.norm(F.leaky_relu(maps, SLOPE))
        for convolution in convolutions:
            maps = convolution(F.interpolate(maps, scale_factor=2.0))
            maps = self.norm(F.leaky_relu(maps, SLOPE))
        images: Tensor = self.to_image(maps).tanh()
        return images

    def draw(self, numbers: torch.Generator) -> None:
        """He-normal weights, zero biases."""
        draw_he_normal(self, numbers)


class DganCritic(DiscriminatorNetwork):
    """Images (batch, c, size, size) to raw scores (batch, 1).

    Each of the `depth` blocks: conv 4 of stride 2, LeakyReLU; then dense 1. No norms: a gradient
    penalty is of one image alone (Gulrajani et al. 2017, section 4).
    """

    features = 0

    def __init__(self, channels: int, size: int, width: int, depth: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        before = channels
        for level in range(1, depth + 1):
            after = channels_at(width, depth, level)
            self.blocks.append(nn.Conv2d(before, after, 4, stride=2, padding=1))
            before = after
        self.score = nn.Linear(before * (size >> depth) ** 2, 1)

    def forward(self, images: Tensor, keep: Tensor | None = None) -> Tensor:
        """Scores (batch, 1); nothing is dropped."""
        maps = images
        for convolution in self.blocks:
            maps = F.leaky_relu(convolution(maps), SLOPE)
        scores: Tensor = self.score(maps.flatten(1))
        return scores

    def draw(self, numbers: torch.Generator) -> None:
        """He-normal weights, zero biases."""
        draw_he_normal(self, numbers)


def draw_he_normal(network: nn.Module, numbers: torch.Generator) -> None:
    """Weights that keep the scale of what passes a LeakyReLU (He et al. 2015); biases zero."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                inputs = parameter[0].numel()
                parameter.normal_(0, (2 / (1 + SLOPE**2) / inputs) ** 0.5, generator=numbers)
            else:
                parameter.zero_()
