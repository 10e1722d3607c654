"""The smallest protocol: 8 x 8 digits, the paper's GAN at width 16, seconds a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ..gan.image_trainer import ImageGanTrainer
from .ganetic import ConvolutionalProtocol

if TYPE_CHECKING:
    from torch import Tensor

    from ..extractors import Extractor


class DigitsProtocol(ConvolutionalProtocol):
    """The GANetic paper's MNIST GAN on scikit-learn's digits; the defaults are the protocol.

    `iterations` of batch size `batch` (D sees as many real as generated, in two steps), network
    `width` (64 in the paper), and `samples` generated images against all 1,797 real ones for FID
    and KID; the other options are those of every `ConvolutionalProtocol`.
    """

    VERSION: ClassVar[int] = 1

    name: Literal["digits"] = "digits"
    iterations: int = Field(default=120, ge=1, le=1_000_000)
    batch: int = Field(default=64, ge=2, le=1797)
    width: int = Field(default=16, ge=1, le=256)
    learning_rate: float = Field(default=1e-3, gt=0)

    @property
    def side(self) -> int:
        """Pixels along an image's side."""
        return 8

    def describe(self) -> str:
        """One line for people."""
        return (
            f"digits 8x8, width {self.width}, batch {self.batch}, {self.iterations} iterations, "
            f"Adam {self.learning_rate:g}, FID of {self.samples} images against 1797"
        )


class OnDigits(ImageGanTrainer):
    """A GAN on scikit-learn's digits, measured with their own classifier; a subclass says which."""

    def load_images(self) -> Tensor:
        """The real images (1797, 1, 8, 8)."""
        from ..data import digits

        return digits()[0]

    def load_extractor(self) -> Extractor:
        """The digits' own classifier."""
        from ..extractors.digits import digit_classifier

        return digit_classifier()


class DigitsTrainer(OnDigits):
    """Trains the digits protocol; 26 ms an iteration on one slow core (`benchmarks.seeds`)."""

    protocol_type = DigitsProtocol
    protocol: DigitsProtocol
