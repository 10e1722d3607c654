"""The GANetic paper's training: Adam steps of D on real images, of D on generated ones, of G."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import Field, field_validator, model_validator

from ..gan.image_protocol import ImageGanProtocol

# What needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..gan.loop import Stage
    from ..gan.play import Play
    from ..networks import DiscriminatorNetwork


@dataclass(frozen=True)
class GaneticRecipe:
    """The numbers of the paper's training.

    G is trained on `batch` images; D on as many real and as many generated ones, or on half as
    many of each with `half_batches`, as the authors' published example does. `flip` mirrors every
    second real image, at random.
    """

    batch: int
    latent: int
    dropout: float
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    half_batches: bool = False
    flip: bool = False

    @property
    def d_batch(self) -> int:
        """How many real, and how many generated, images D sees in an iteration."""
        return self.batch // 2 if self.half_batches else self.batch

    def stages(self, play: Play) -> list[Stage]:
        """The paper's three steps, in the order of the authors' published example.

        One batch is generated for D and G, as G is unchanged in between (in the example G draws a
        batch of its own): a seventh of the time saved. G is non-saturating.
        """
        import torch

        from ..gan.loop import Phase, Stage

        g, half = play.networks["G"], self.d_batch
        d = cast("DiscriminatorNetwork", play.networks["D"])
        adam: dict[str, Any] = {
            "learning_rate": self.learning_rate,
            "beta1": self.beta1,
            "beta2": self.beta2,
            "epsilon": self.epsilon,
        }
        d_player, g_player = play.player("D", **adam), play.player("G", **adam)
        real = play.real("data", half, flips="flips" if self.flip else None)
        latents = play.normal("latents", self.batch, self.latent)
        rows = [half, half, self.batch]  # for D on real, D on generated, G
        mask = play.dropout("dropout", self.dropout, sum(rows), d.features)
        keep = torch.split(mask.buffer, rows)
        d_loss, g_loss, tally = play.criterion.discriminator, play.criterion.generator, play.tally

        def scores(images: Tensor, keep: Tensor) -> Tensor:
            with play.precision():
                found: Tensor = d(images, keep)
            return found

        def run() -> None:
            with play.precision():
                made = g(latents.buffer)  # (batch, c, side, side)
            on_real = scores(real.buffer, keep[0])  # (outputs half, 1)
            d_real = d_player.step(play.cost(d_loss, on_real, 1.0))
            on_fake = scores(made.detach()[:half], keep[1])  # (outputs half, 1)
            d_fake = d_player.step(play.cost(d_loss, on_fake, 0.0))
            on_made = scores(made, keep[2])  # (outputs batch, 1)
            g_made = g_player.step(play.cost(g_loss, on_made, 1.0))
            play.made = made

            tally.add("d_real", d_real)
            tally.add("d_fake", d_fake)
            tally.add("g", g_made)
            tally.add("d_acc_real", (on_real > 0).float().mean())
            tally.add("d_acc_fake", (on_fake <= 0).float().mean())

        return [Stage([Phase("D, D, G", run, [real, latents, mask])], play.iterations)]


class GaneticProtocol(ImageGanProtocol):
    """A GAN of images that is trained as the paper's; a subclass says with which networks.

    Networks: their `width`, and `dropout` before D's output. D sees `batch` real and as many
    generated images an iteration, or half as many with `half_batches`. `precision` is that of the
    networks; losses, weights and optimisers are always float32.
    """

    PAPER: ClassVar[str] = (
        "Akhmedova and Körber, GANetic loss for generative adversarial networks with a focus on "
        "medical applications"
    )

    half_batches: bool = False
    width: int = Field(default=64, ge=1, le=512)
    dropout: float = Field(default=0.4, ge=0, le=0.99)
    precision: Literal["float32", "bfloat16"] = "float32"

    def recipe(self, play: Play) -> list[Stage]:
        """Three Adam steps an iteration."""
        recipe = GaneticRecipe(
            self.batch,
            self.latent,
            self.dropout,
            self.learning_rate,
            self.beta1,
            self.beta2,
            self.epsilon,
            self.half_batches,
            self.mirrored,
        )
        return recipe.stages(play)


class ConvolutionalProtocol(GaneticProtocol):
    """A GAN with the paper's networks (see `networks.ganetic`).

    `width` channels in the first convolution, `stages` (multiples of the width, one for each
    convolution; every one after the first halves the side).
    """

    MODULES: ClassVar[tuple[str, ...]] = ("networks.ganetic",)

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

    def networks(self) -> dict[str, nn.Module]:
        """Both networks of the paper, in the sizes of the options."""
        from ..networks.ganetic import Discriminator, Generator

        c, side, width = self.image_channels, self.side, self.width
        generator = Generator(c, side, width, self.latent, self.stages)
        return {"G": generator, "D": Discriminator(c, side, width, self.stages)}

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
