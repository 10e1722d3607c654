"""Residual GANs whose critic has a bounded slope, and is moved more often than the generator.

Gulrajani et al. 2017, "Improved Training of Wasserstein GANs" (https://arxiv.org/abs/1704.00028):
algorithm 1, for any loss, penalty and optimiser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ..gan.augmentation_options import Augmentation
from ..gan.image_protocol import ImageGanProtocol

# What needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from ..gan.loop import Phase, Stage
    from ..gan.play import Play

LOOK_EVERY = 25  # iterations between estimates on held-out images, as between points of a curve


class CriticProtocol(ImageGanProtocol):
    """Residual networks, and a critic with a penalty that is moved more often than the generator.

    An iteration is `critic_steps` steps of the critic, then one of the generator, on `batch` images
    each. `penalty` bounds the critic's slope: `gradient` (WGAN-GP), `r1` on real or `r2` on
    generated images (Mescheder et al. 2018), or `none`; `penalty_weight` is lambda, or gamma.
    `optimizer` is that of both; the critic learns at `d_learning_rate`, or as fast as the
    generator. `beta1` and `beta2` are Adam's, `momentum` that of SGD and RMSprop.

    `width` channels next to the image, at most eight times as many further in; `norm` is the
    critic's (see `networks.resnet`), `spectral_norm` divides its weights by their largest singular
    value, `output` is the generator's last layer. `ema` is the half-life, in images, of the
    average of the generator's weights that is measured and kept instead of them; 0 is off. With
    probability `label_flips` the critic is told the wrong label of an image. `augment` names the
    changes (Zhao et al. 2020) of all images that the critic sees: color, translation, cutout.
    """

    PAPER: ClassVar[str] = (
        "Gulrajani et al. 2017, Improved Training of Wasserstein GANs (arXiv:1704.00028)"
    )
    OF_TRAINING: ClassVar[frozenset[str]] = ImageGanProtocol.OF_TRAINING | {
        *("d_learning_rate", "penalty_weight", "spectral_norm", "label_flips", "augment", "flip"),
    }
    MODULES: ClassVar[tuple[str, ...]] = (
        *("networks.resnet", "gan.penalties", "gan.label_flips", "gan.augmentation"),
    )

    iterations: int = Field(default=200_000, ge=1, le=10_000_000)
    latent: int = Field(default=128, ge=1, le=4096)
    width: int = Field(default=64, ge=1, le=512)
    critic_steps: int = Field(default=5, ge=1, le=100)
    penalty: Literal["gradient", "r1", "r2", "none"] = "gradient"
    penalty_weight: float = Field(default=10.0, ge=0, le=1e6)
    optimizer: Literal["adam", "sgd", "rmsprop"] = "adam"
    learning_rate: float = Field(default=1e-4, gt=0)
    d_learning_rate: float | None = Field(default=None, gt=0)
    momentum: float = Field(default=0.0, ge=0, lt=1)
    beta1: float = Field(default=0.0, ge=0, lt=1)
    beta2: float = Field(default=0.9, ge=0, lt=1)
    epsilon: float = Field(default=1e-8, gt=0)
    output: Literal["tanh", "none"] = "tanh"
    norm: Literal["layer", "layer-per-channel", "none"] = "layer"
    spectral_norm: bool = False
    ema: float = Field(default=0.0, ge=0, le=1e9)
    label_flips: float = Field(default=0.0, ge=0, le=0.5)
    augment: Augmentation = ()

    @property
    def sampler(self) -> str:
        """The generator, or the average of its weights."""
        return "G average" if self.ema else "G"

    def networks(self) -> dict[str, nn.Module]:
        """The residual generator and critic."""
        from ..networks.resnet import ResidualCritic, ResidualGenerator

        channels, size, width = self.image_channels, self.side, self.width
        generator = ResidualGenerator(channels, size, width, self.latent, self.output)
        critic = ResidualCritic(channels, size, width, self.norm, spectral=self.spectral_norm)
        return {"G": generator, "D": critic}

    def recipe(self, play: Play) -> list[Stage]:
        """Algorithm 1 of the paper, for any loss of the critic and the generator."""
        from ..gan.loop import Stage

        generator = self._generator_phase(play)
        looks = self._held_out_phase(play)
        return [Stage([self._critic_phase(play), generator, *looks], play.iterations)]

    def _critic_phase(self, play: Play) -> Phase:
        import torch

        from ..gan.loop import Phase

        g, d, tally = play.networks["G"], play.networks["D"], play.tally
        player = play.player("D", **self._optimiser(self.d_learning_rate or self.learning_rate))
        real = play.real("data", self.batch, flips="flips" if self.mirrored else None)
        latents = play.normal("critic latents", self.batch, self.latent)
        mix = play.uniform("mix", self.batch, 1, 1, 1)
        flips = play.uniform("label flips", 2, self.batch, 1)
        changes = play.uniform("critic augmentation", 2 * self.batch, self._change_numbers)
        penalty = self._penalty(d)

        def run() -> None:
            with torch.no_grad():
                images = torch.cat([real.buffer, g(latents.buffer)])  # (2 batch, c, side, side)
                images = self._augmented(images, changes.buffer)
            on_real, on_made = d(images).chunk(2)  # (batch, 1) each
            if self.label_flips:
                loss = self._flipped_cost(play, on_real, on_made, flips.buffer)
            else:
                loss = play.d_cost(on_real, on_made)
            if penalty is not None:
                seen, made = images.chunk(2)
                bound = penalty(seen, made, mix.buffer)
                tally.add("penalty", bound)
                loss = loss + bound
            player.step(loss)
            play.tell_d(on_real, on_made)
            tally.add("wasserstein", on_real.mean() - on_made.mean())

        draws = [real, latents, mix, flips, changes]
        return Phase("critic", run, draws, times=self.critic_steps)

    def _generator_phase(self, play: Play) -> Phase:
        from ..gan.loop import Phase

        g, d = play.networks["G"], play.networks["D"]
        player = play.player("G", **self._optimiser(self.learning_rate))
        latents = play.normal("latents", self.batch, self.latent)
        changes = play.uniform("augmentation", self.batch, self._change_numbers)
        average = play.average("G", self.batch, self.ema) if self.ema else None

        def run() -> None:
            play.made = g(latents.buffer)  # (batch, c, side, side)
            on_made = d(self._augmented(play.made, changes.buffer))  # (batch, 1)
            play.tally.add("g", player.step(play.g_cost(on_made)))
            if average is not None:
                average.step()

        return Phase("generator", run, [latents, changes])

    def _held_out_phase(self, play: Play) -> list[Phase]:
        """Now and then the critic's estimate on images that it does not learn from."""
        import torch

        from ..gan.loop import Phase

        d, held_out = play.networks["D"], play.held_out
        if held_out is None:
            return []

        parts = torch.split(held_out, self.batch)

        def run() -> None:
            assert play.made is not None
            with torch.no_grad():
                on_real = torch.cat([d(part) for part in parts])  # (n, 1)
                estimate = on_real.mean() - d(play.made.detach()).mean()
            play.tally.add("wasserstein_held_out", estimate)

        return [Phase("held out", run, every=LOOK_EVERY)]

    def _penalty(self, d: nn.Module) -> Callable[[Tensor, Tensor, Tensor], Tensor] | None:
        """The penalty of the critic by a real and a generated batch and weights to mix them."""
        from ..gan.penalties import gradient_penalty, r1, r2

        weight = self.penalty_weight
        return {
            "gradient": lambda real, made, mix: gradient_penalty(d, real, made, mix, weight),
            "r1": lambda real, made, mix: r1(d, real, weight),
            "r2": lambda real, made, mix: r2(d, made, weight),
            "none": None,
        }[self.penalty]

    def _flipped_cost(self, play: Play, on_real: Tensor, on_made: Tensor, flips: Tensor) -> Tensor:
        from ..gan.label_flips import flipped

        half, rate = play.criterion.discriminator, self.label_flips
        real = half(on_real, flipped(1.0, flips[0], rate)).mean()
        return real + half(on_made, flipped(0.0, flips[1], rate)).mean()

    def _augmented(self, images: Tensor, numbers: Tensor) -> Tensor:
        from ..gan.augmentation import augmented

        return augmented(images, numbers, self.augment) if self.augment else images

    @property
    def _change_numbers(self) -> int:
        from ..gan.augmentation import numbers_needed

        return numbers_needed(self.augment)

    def _optimiser(self, learning_rate: float) -> dict[str, Any]:
        more = {"learning_rate": learning_rate, "momentum": self.momentum}
        return {**self.adam, "optimiser": self.optimizer, **more}

    def memory(self) -> int:
        """Bytes that a training needs, about."""
        side, width, blocks = self.side, self.width, self.side.bit_length() - 3
        levels = range(blocks + 1)  # 0 next to the image, of `side` pixels
        maps = sum(width * min(8, 2**k) * (side >> k) ** 2 for k in levels)
        kept = 3 * 12 * self.batch * maps  # real, generated and mixed, twice through each block
        weights = sum(20 * (width * min(8, 2**k)) ** 2 for k in levels)
        elements = 4 * maps if self.norm == "layer" else 0
        return int(4 * kept + 16 * (2 * weights + elements))
