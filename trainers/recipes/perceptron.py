"""The options of perceptrons that draw images, and what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from .ganetic import GaneticProtocol

if TYPE_CHECKING:
    from torch import nn


class PerceptronProtocol(GaneticProtocol):
    """A GAN of perceptrons: `layers` hidden layers of `width` units (see `networks.perceptron`).

    On small images they run five times as many iterations as the paper's convolutions in the same
    time, and come to good images there.
    """

    MODULES: ClassVar[tuple[str, ...]] = ("networks.perceptron",)

    iterations: int = Field(default=600, ge=1, le=1_000_000)
    width: int = Field(default=128, ge=1, le=4096)
    layers: int = Field(default=2, ge=1, le=16)
    latent: int = Field(default=16, ge=1, le=4096)
    dropout: float = Field(default=0.0, ge=0, le=0.99)
    learning_rate: float = Field(default=1e-3, gt=0)

    def networks(self) -> dict[str, nn.Module]:
        """Both perceptrons."""
        from ..networks.perceptron import MlpDiscriminator, MlpGenerator

        generator = MlpGenerator(1, self.side, self.width, self.latent, self.layers)
        return {"G": generator, "D": MlpDiscriminator(1, self.side, self.width, self.layers)}

    def memory(self) -> int:
        """Bytes that a training needs, about: activations, and four numbers for each weight."""
        units, pixels = self.layers * self.width, self.side**2
        weights = 2 * (self.layers - 1) * self.width**2
        weights += self.width * (self.latent + 2 * pixels + 1)
        return 16 * weights + 4 * 6 * self.batch * (2 * units + pixels)
