"""The default protocol of a search: 8 x 8 digits with perceptrons, a second a training."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from .digits import OnDigits
from .perceptron import PerceptronProtocol


class DigitsMlpProtocol(PerceptronProtocol):
    """Perceptrons of `layers` hidden layers of `width` units on scikit-learn's digits.

    At the cost of 120 iterations of the convolutional `digits` it runs 600, and good losses come to
    good images, none of whose seeds dies, where there a seed takes off or does not
    (`lossgp reliability`). The defaults are the protocol; `samples` generated images against all
    1,797 real ones for FID and KID; the other options are those of every `PerceptronProtocol`.
    """

    VERSION: ClassVar[int] = 1

    name: Literal["digits-mlp"] = "digits-mlp"
    batch: int = Field(default=64, ge=2, le=1797)

    @property
    def side(self) -> int:
        """Pixels along an image's side."""
        return 8

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
