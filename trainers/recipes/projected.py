"""Projected GANs: discriminators on frozen features of a pretrained network, mixed at random.

Sauer et al. 2021, "Projected GANs converge faster"; the GANetic paper's tables 3 and 7. Written
from the papers; the numbers are those of the authors' FastGAN configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, cast

from pydantic import Field, field_validator

from ..errors import TrainerError
from ..gan.augmentation_options import AugmentOptions
from ..gan.long_options import LongOptions
from ..gan.scaled import ScaledProtocol, ScaledTrainer

# What needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..gan.loop import Stage
    from ..gan.play import Play
    from ..networks.projected import ProjectedDiscriminator


class ProjectedGanProtocol(ScaledProtocol, AugmentOptions, LongOptions):
    """A projected GAN of any images, or of enlarged digits where no `data` are given.

    D is four small networks on the maps of a frozen EfficientNet-lite0 (`projection`; `random` is
    the same network with random weights, for trials without the extra `features`), which sees
    images of `view` pixels, or of `size` where that is more. The loss is that of every score (64 an
    image at 224 pixels), averaged; the original one is hinge. G is FastGAN's generator, or its
    `light` form. `width` is G's, `d_width` D's, `mixing` that of the mixed features. G moves first,
    then D, on other latents, as in the original; with `one_batch` both see one batch of images,
    for three quarters of the time. What is measured and kept is G's moving average: half of it is
    forgotten in `half_life` images (0: 312.5 batches), and at most in the part `ramp` of those
    seen (0: no limit). `size` is a power of two, 32 to 512. In `full` scale these are the paper's
    numbers: 10 million images in batches of 64.
    """

    UNHASHED: ClassVar[frozenset[str]] = ScaledProtocol.UNHASHED | {"checkpoint_every"}
    MODULES: ClassVar[tuple[str, ...]] = (
        "gan.augmentation",
        "networks.fastgan",
        "networks.projected",
        "recipes.real_features",
    )
    LAPTOP: ClassVar = {
        "iterations": 400,
        "batch": 16,
        "size": 32,
        "view": 64,
        "latent": 64,
        "light": True,
        "width": 16,
        "d_width": 64,
        "mixing": 16,
        "samples": 1000,
    }

    PAPER: ClassVar[str] = "Sauer et al. 2021, Projected GANs Converge Faster (arXiv:2111.01007)"

    name: Literal["projected-gan"] = "projected-gan"
    iterations: int = Field(default=156_250, ge=1, le=10_000_000)
    batch: int = Field(default=64, ge=2, le=4096)
    size: int = Field(default=256, ge=32, le=512)
    latent: int = Field(default=256, ge=1, le=4096)
    light: bool = False
    width: int = Field(default=128, ge=1, le=512)
    d_width: int = Field(default=512, ge=8, le=4096)
    mixing: int = Field(default=64, ge=1, le=512)
    view: int = Field(default=224, ge=64, le=512, multiple_of=32)
    projection: Literal["efficientnet", "random"] = "efficientnet"
    one_batch: bool = False
    half_life: float = Field(default=0.0, ge=0, le=1e9)
    ramp: float = Field(default=0.05, ge=0, le=10)
    learning_rate: float = Field(default=2e-4, gt=0)
    beta1: float = Field(default=0.0, ge=0, lt=1)
    beta2: float = Field(default=0.99, ge=0, lt=1)
    epsilon: float = Field(default=1e-8, gt=0)
    precision: Literal["float32", "bfloat16"] = "float32"
    samples: int = Field(default=50_000, ge=2, le=100_000)

    @field_validator("size")
    @classmethod
    def _size_is_a_power_of_two(cls, size: int) -> int:
        if size & (size - 1):
            raise ValueError(f"{size}; use a power of two: 32, 64, 128, 256 or 512")
        return size

    @property
    def latent_size(self) -> int:
        """The latent, and the noise that FastGAN's generator adds to its maps."""
        maps = [] if self.light else [8 << step for step in range((self.size // 8).bit_length())]
        return self.latent + sum(2 * size * size for size in maps)

    @property
    def seen(self) -> int:
        """Pixels along the side of the images that the feature network sees."""
        return max(self.view, self.size)

    @property
    def sampler(self) -> str:
        """G's moving average."""
        return "G average"

    def describe(self) -> str:
        """One line for people."""
        generator = "light FastGAN" if self.light else "FastGAN"
        changes = ", ".join(self.augment) or "nothing"
        return (
            f"{self.name} {self.size}x{self.size}, {generator} of width {self.width}, "
            f"{self.projection} features at {self.seen} pixels, {changes} augmented, "
            f"{self.iterations} iterations of batch {self.batch}; "
            f"FID of {self.samples} images on {self.features} features"
        )

    def networks(self) -> dict[str, nn.Module]:
        """FastGAN's generator, and the projected discriminator."""
        from ..networks.fastgan import FastGanGenerator
        from ..networks.projected import ProjectedDiscriminator

        pretrained = self.projection == "efficientnet"
        return {
            "G": FastGanGenerator(
                self.image_channels, self.size, self.width, self.latent, self.light
            ),
            "D": ProjectedDiscriminator(self.seen, self.d_width, self.mixing, pretrained),
        }

    def recipe(self, play: Play) -> list[Stage]:
        """A step of G, then one of D, on images that are augmented alike."""
        import torch

        from ..gan.augmentation import augmented, numbers_needed
        from ..gan.loop import Phase, Stage
        from .real_features import RealMaps

        g, d = play.networks["G"], cast("ProjectedDiscriminator", play.networks["D"])
        g_player, d_player = play.player("G", **self.adam), play.player("D", **self.adam)
        half_life = self.half_life or self.batch * 10 / 32 * 1000
        average = play.average("G", self.batch, half_life, self.ramp or None)
        needed = numbers_needed(self.augment)
        z = play.normal("latents", self.batch, self.latent_size)
        z_d = play.normal("latents of D", self.batch, self.latent_size)
        changes = play.uniform("augmentation", self.batch, needed)
        changes_d = play.uniform("augmentation of D", self.batch, needed)
        changes_real = play.uniform("augmentation of real images", self.batch, needed)

        def maps(images: Tensor) -> list[Tensor]:
            with play.precision():
                return d.projection.maps(images)

        def features(images: Tensor, numbers: Tensor) -> list[Tensor]:
            changed = augmented(images.float(), numbers, self.augment)
            with play.precision():
                return d.projection.mix(maps(changed))

        flips = "flips" if self.mirrored else None
        real = RealMaps(play, self.batch, maps, not self.augment, flips)
        real_draws = [real.draw, changes_real]

        def real_features() -> list[Tensor]:
            with torch.no_grad(), play.precision():
                found = real(lambda x: augmented(x, changes_real.buffer, self.augment))
                return d.projection.mix(found)

        def made(latents: Tensor) -> Tensor:
            with play.precision():
                images: Tensor = g(latents)
            return images

        def scores(features: list[Tensor]) -> Tensor:
            with play.precision():
                return d.scores(features)  # (batch, scores)

        def learn(of_made: list[Tensor]) -> None:
            on_real, on_made = scores(real_features()), scores(of_made)
            d_player.step(play.d_cost(on_real, on_made))
            play.tell_d(on_real, on_made)

        def paint(of_made: list[Tensor], images: Tensor) -> None:
            play.tally.add("g", g_player.step(play.g_cost(scores(of_made))))
            average.step()
            play.made = images.detach()

        def generator() -> None:
            images = made(z.buffer)
            paint(features(images, changes.buffer), images)

        def discriminator() -> None:
            with torch.no_grad():
                of_made = features(made(z_d.buffer), changes_d.buffer)
            learn(of_made)

        def both() -> None:
            images = made(z.buffer)
            of_made = features(images, changes.buffer)
            learn([maps.detach() for maps in of_made])
            paint(of_made, images)

        if self.one_batch:
            phases = [Phase("D, G", both, [z, changes, *real_draws])]
        else:
            phases = [
                Phase("G", generator, [z, changes]),
                Phase("D", discriminator, [z_d, changes_d, *real_draws]),
            ]
        return [Stage(phases, play.iterations)]

    def memory(self) -> int:
        """Bytes that a training needs, about.

        Of every weight that learns a gradient, two moments and a normalised copy, of G an average;
        of every layer of both networks what G's step keeps and works with: 1.4 times its output
        (measured on a processor: 0.7 to 1.3 times this estimate).
        """
        import torch

        from ..networks.counting import activations, count

        with torch.device("meta"):
            networks = self.networks()
            g, d = networks["G"], networks["D"]
            latents = torch.empty(1, self.latent_size)
            images = torch.empty(1, self.image_channels, self.size, self.size)
            kept = activations(g, latents) + activations(d, images)
        weights = 6 * count(g) + 5 * count(d)
        return round(4 * (weights + 1.4 * self.batch * kept))


class ProjectedGanTrainer(ScaledTrainer):
    """Trains a projected GAN."""

    protocol_type = ProjectedGanProtocol
    protocol: ProjectedGanProtocol
    seeds = 3
    judged_at_once = made_at_once = 32
    time_limit = 30 * 86400.0  # at full scale a training takes days on a card

    def prepare(self) -> None:
        """Read the images, embed them; see that the feature network's weights are there."""
        from ..extractors.present import EFFICIENTNET_HELP, efficientnet_weights

        if self.protocol.projection == "efficientnet" and efficientnet_weights() is None:
            raise TrainerError(
                f"protocol 'projected-gan': {EFFICIENTNET_HELP}; or try it with random features: "
                "--set trainer_options.projection=random"
            )
        super().prepare()
