"""The default protocol of a search: 8 x 8 digits with perceptrons, a second a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from .digits import OnDigits
from .gan_protocol import GanProtocol

if TYPE_CHECKING:
    from .mlp import MlpDiscriminator, MlpGenerator


class DigitsMlpProtocol(GanProtocol):
    """Perceptrons of `layers` hidden layers of `width` units on scikit-learn's digits.

    At the cost of 120 iterations of the convolutional `digits` it runs 600 and more, and comes to
    good images instead of the first signs of any: a loss then shows what it is worth in one
    training, where there luck decides which seed takes off (`lossgp reliability`). The defaults are
    the protocol; `samples` generated images against all 1,797 real ones for FID and KID; the other
    options are those of every `GanProtocol`.
    """

    VERSION: ClassVar[int] = 1

    name: Literal["digits-mlp"] = "digits-mlp"
    iterations: int = Field(default=600, ge=1, le=1_000_000)
    batch: int = Field(default=64, ge=2, le=1797)
    width: int = Field(default=128, ge=1, le=4096)
    layers: int = Field(default=2, ge=1, le=16)
    latent: int = Field(default=16, ge=1, le=4096)
    dropout: float = Field(default=0.0, ge=0, le=0.99)
    learning_rate: float = Field(default=1e-3, gt=0)

    @property
    def side(self) -> int:
        """Pixels along an image's side."""
        return 8

    def networks(self) -> tuple[MlpGenerator, MlpDiscriminator]:
        """Both perceptrons."""
        from .mlp import MlpDiscriminator, MlpGenerator

        generator = MlpGenerator(1, self.side, self.width, self.latent, self.layers)
        return generator, MlpDiscriminator(1, self.side, self.width, self.layers)

    def memory(self) -> int:
        """Bytes that a training needs, about: activations, and four numbers for each weight."""
        units, pixels = self.layers * self.width, self.side**2
        weights = 2 * (self.layers - 1) * self.width**2
        weights += self.width * (self.latent + 2 * pixels + 1)
        return 16 * weights + 4 * 6 * self.batch * (2 * units + pixels)

    def describe(self) -> str:
        """One line for people."""
        return (
            f"digits 8x8, perceptrons of {self.layers} x {self.width}, batch {self.batch}, "
            f"{self.iterations} iterations, Adam {self.learning_rate:g}, "
            f"FID of {self.samples} images against 1797"
        )


class DigitsMlpTrainer(OnDigits):
    """Trains the `digits-mlp` protocol."""

    protocol_type = DigitsMlpProtocol
    protocol: DigitsMlpProtocol

    @property
    def iterations(self) -> int:
        """How many iterations a training has."""
        return self.protocol.iterations

    def imports(self) -> list[str]:
        """What the loop imports, and the perceptrons."""
        return [*super().imports(), f"{__package__}.mlp"]
