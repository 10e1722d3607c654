"""The options of the GANetic paper's convolutional networks, and what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import field_validator, model_validator

from .gan_protocol import GanProtocol

if TYPE_CHECKING:
    from .networks import Discriminator, Generator


class ConvolutionalProtocol(GanProtocol):
    """A GAN with the paper's networks (see `networks`).

    `width` channels in the first convolution, `stages` (multiples of the width, one for each
    convolution; every one after the first halves the side).
    """

    stages: tuple[int, ...] = (1, 2)

    @field_validator("stages")
    @classmethod
    def _stages_in_range(cls, stages: tuple[int, ...]) -> tuple[int, ...]:
        if not 1 <= len(stages) <= 8 or not all(1 <= stage <= 64 for stage in stages):
            raise ValueError(f"{list(stages)}: give 1 to 8 whole numbers from 1 to 64, as [1, 2]")
        return stages

    @model_validator(mode="after")
    def _sides_halve(self) -> ConvolutionalProtocol:
        halvings = len(self.stages) - 1
        if self.side % 2**halvings:
            raise ValueError(
                f"{len(self.stages)} stages halve the side {halvings} times, and {self.side} "
                f"pixels cannot be; give fewer stages, or a size that is a multiple of "
                f"{2**halvings}"
            )
        return self

    def networks(self) -> tuple[Generator, Discriminator]:
        """Both networks of the paper, in the sizes of the options."""
        from .networks import Discriminator, Generator

        c, side, width = self.image_channels, self.side, self.width
        generator = Generator(c, side, width, self.latent, self.stages)
        return generator, Discriminator(c, side, width, self.stages)

    def memory(self) -> int:
        """Bytes that a training needs, about: 1.6 GB at width 64 and batch 256 (measured: 1.4).

        Weights, gradients and Adam's two moments in float32; what the backward pass of G's step
        keeps of each layer of both networks, before and after its activation.
        """
        w, pixels, c = self.width, self.side**2, self.image_channels
        sizes = [pixels >> (2 * place) for place in range(len(self.stages))]
        down = sum(stage * w * size for stage, size in zip(self.stages, sizes, strict=True))
        up = sum(stage * w * size for stage, size in zip(self.stages[1:], sizes[:-1], strict=True))
        drawn = 4 * w * pixels + down + up + (self.stages[0] * w + 2 * c) * pixels
        kept = 2 * (drawn + down) * self.batch
        weights = 4 * w * pixels * (self.latent + 1)  # the dense layer: nearly all there are
        return round(1.3 * 4 * kept) + 16 * weights
