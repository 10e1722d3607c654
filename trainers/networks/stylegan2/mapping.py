"""The mapping network: latents to styles."""

from __future__ import annotations

import torch
from torch import Tensor

from .equalised import Drawn, EqualisedLinear

RATE = 0.01  # of the mapping network's layers (Karras et al. 2019, appendix C)
KEPT = 0.995  # of the mean style, at each step


class Mapping(Drawn):
    """Normalise, then `depth` dense layers with leaky ReLU: latents (n, l) to styles (n, l).

    `mean` follows the mean of all styles; truncation draws styles towards it.
    """

    mean: Tensor

    def __init__(self, latent: int, depth: int = 8) -> None:
        super().__init__()
        layers = [EqualisedLinear(latent, latent, RATE, active=True) for _ in range(depth)]
        self.layers = torch.nn.ModuleList(layers)
        self.register_buffer("mean", torch.empty(latent))

    def fill(self, numbers: torch.Generator) -> None:
        """The mean begins at 0; it draws nothing."""
        self.mean.zero_()

    def forward(self, latents: Tensor) -> Tensor:
        """Styles (n, l)."""
        x = latents * (latents.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.layers:
            x = layer(x)
        return x

    @torch.no_grad()
    def follow(self, styles: Tensor) -> None:
        """Move the mean towards that of these styles (n, l), in place."""
        self.mean.lerp_(styles.detach().float().mean(dim=0), 1 - KEPT)

    def truncated(self, styles: Tensor, part: float) -> Tensor:
        """Styles at `part` of their distance from the mean (Karras et al. 2019, appendix B)."""
        return styles if part == 1 else self.mean + part * (styles - self.mean)
