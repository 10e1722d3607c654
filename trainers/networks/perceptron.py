"""Multilayer perceptrons for a GAN on small images, much quicker than convolutions there."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .roles import SLOPE, DiscriminatorNetwork, GeneratorNetwork


class MlpGenerator(GeneratorNetwork):
    """`layers` dense layers of `width` units with ReLU, then one to the pixels, with tanh."""

    def __init__(self, channels: int, side: int, width: int, latent: int, layers: int) -> None:
        super().__init__()
        self.shape = (channels, side, side)
        sizes = [latent, *[width] * layers]
        self.hidden = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.draw = nn.Linear(width, channels * side * side)

    def forward(self, latents: Tensor) -> Tensor:
        """Images (batch, c, side, side)."""
        hidden = latents  # (batch, width) from the first layer on
        for layer in self.hidden:
            hidden = F.relu(layer(hidden))
        return torch.tanh(self.draw(hidden)).view(-1, *self.shape)


class MlpDiscriminator(DiscriminatorNetwork):
    """`layers` dense layers of `width` units with LeakyReLU, dropout, then one to the score."""

    def __init__(self, channels: int, side: int, width: int, layers: int) -> None:
        super().__init__()
        sizes = [channels * side * side, *[width] * layers]
        self.hidden = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.features = width
        self.score = nn.Linear(width, 1)

    def forward(self, images: Tensor, keep: Tensor | None = None) -> Tensor:
        """Scores (batch, 1); `keep` (batch, features) is the dropout mask, as of the CNN."""
        hidden = images.flatten(1)  # (batch, width) from the first layer on
        for layer in self.hidden:
            hidden = F.leaky_relu(layer(hidden), SLOPE)
        scores: Tensor = self.score(hidden if keep is None else hidden * keep)
        return scores
