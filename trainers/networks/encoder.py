"""The encoder of f-AnoGAN: the critic's trunk, a dense layer, and tanh."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .resnet import Norm, ResidualCritic, draw_weights


class ResidualEncoder(nn.Module):
    """Images (batch, channels, size, size) to latents (batch, latent) in (-1, 1).

    Schlegl et al. 2019, section 3.2: a network of the critic's shape, with weights of its own,
    whose last layer gives a latent in place of a score. The official code ends it with tanh: G has
    learned from normal latents, and so E stays where most of them were.
    """

    def __init__(
        self, channels: int, size: int, width: int, latent: int, norm: Norm = "layer"
    ) -> None:
        super().__init__()
        self.trunk = ResidualCritic(channels, size, width, norm)
        self.trunk.score = nn.Linear(self.trunk.score.in_features, latent)

    def forward(self, images: Tensor) -> Tensor:
        """Latents (batch, latent)."""
        latents: Tensor = self.trunk(images)
        return latents.tanh()

    def draw(self, numbers: torch.Generator) -> None:
        """Fill weights and buffers, as those of the critic are."""
        draw_weights(self.trunk, numbers)
