"""DGAN-WP-TL: an adversarial loss, a perceptual loss in G's step, transfer learning.

Ryspayeva and Salykova 2025, "Impact of loss function on synthetic breast ultrasound image
generation". Their text names the parts (WGAN-GP or BCE, lambda x perceptual loss with lambda 0.5
to 10, transfer learning) and publishes neither networks nor code: what it leaves open is decided
here, and each decision is an option or declared as ours (docs/papers/dgan_wp_tl.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from ..content import Content
from ..gan.file_protocols import FolderProtocol, Patterns
from ..gan.long_options import CheckpointOptions

# What needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..gan.loop import Stage
    from ..gan.perceptual import PerceptualLoss
    from ..gan.play import Play


def _names(given: object) -> object:
    """One name may stand alone; numbers are names, too, as those of digits are."""
    parts = given if isinstance(given, list | tuple) else (given,)
    return tuple(str(part) if type(part) is int else part for part in parts)


Classes = Annotated[tuple[str, ...], BeforeValidator(_names)]


class DganProtocol(CheckpointOptions, FolderProtocol):
    """DGAN-WP-TL (Ryspayeva, Salykova 2025): a perceptual loss and transfer learning, any loss.

    On any images: pre-training on a larger set, then training on `data`.

    D takes `critic_steps` steps an iteration on its loss plus a gradient penalty of
    `penalty_weight` (0: none), G one on its loss plus `perceptual_weight` (the paper's lambda)
    times the perceptual loss: how far the features of `batch` generated images are from those of
    as many real ones, to the network `perceptual`. The first stage has `pretrain_iterations` on
    the images of `pretrain_data` (0: no transfer learning), the second `iterations` on those of
    `data`; in it the first `frozen_generator` blocks of G and `frozen_critic` of D stay as they
    were, counted from the input. The optimisers begin anew.

    `classes` and `pretrain_classes` take the images of some classes alone. Without `pretrain_data`
    both are of the same data: pre-training on the classes that are many, training on one that is
    rare. Without `data` the images are scikit-learn's digits, enlarged: 5 to 9 after 0 to 4.

    `perceptual` is `vgg16` (a file of weights: `perceptual_weights`, or torch hub's;
    `perceptual_sha256` is filled in, and checked), `efficientnet`, `random` convolutions, or
    `auto`: the first of them that can be had. `perceptual_matching` compares `pairs`, in the order
    of the batch, or the `means` of both batches. `perceptual_scale` divides by what two real
    images differ by (`real`), or takes features as they are (`none`).

    Networks (ours): `depth` halvings and doublings (down to 4 pixels or a little more, where none
    is given), `width` channels at the image's size, twice as many after each halving.
    """

    VERSION: ClassVar[int] = 1
    MODULES: ClassVar[tuple[str, ...]] = (
        *("networks.dgan", "gan.penalties", "gan.perceptual", "extractors.perceptual"),
        *("extractors.feature_maps", "extractors.efficientnet"),
    )
    OF_TRAINING: ClassVar[frozenset[str]] = FolderProtocol.OF_TRAINING | {
        *("penalty_weight", "perceptual_weight", "perceptual_matching", "perceptual_scale"),
        *("perceptual", "perceptual_weights", "perceptual_sha256", "pretrain_iterations"),
        *("pretrain_data", "pretrain_content", "pretrain_classes", "pretrain_include"),
        *("pretrain_exclude", "frozen_generator", "frozen_critic", "depth", "flip"),
        "checkpoint_every",
    }
    UNHASHED: ClassVar[frozenset[str]] = FolderProtocol.UNHASHED | {
        *("pretrain_data", "pretrain_include", "pretrain_exclude", "perceptual_weights"),
        "checkpoint_every",
    }

    PAPER: ClassVar[str] = (
        "Ryspayeva and Salykova 2025, Impact of loss function on synthetic breast ultrasound image "
        "generation (doi:10.37943/24MMIK3887)"
    )

    name: Literal["dgan-wp-tl"] = "dgan-wp-tl"
    iterations: int = Field(default=200, ge=1, le=10_000_000)
    pretrain_iterations: int = Field(default=200, ge=0, le=10_000_000)
    batch: int = Field(default=16, ge=2, le=4096)
    critic_steps: int = Field(default=2, ge=1, le=100)
    penalty_weight: float = Field(default=10.0, ge=0, le=1e6)
    learning_rate: float = Field(default=5e-4, gt=0)
    beta1: float = Field(default=0.0, ge=0, lt=1)
    beta2: float = Field(default=0.9, ge=0, lt=1)
    # The perceptual loss
    perceptual_weight: float = Field(default=5.0, ge=0, le=1e6)
    perceptual: Literal["auto", "vgg16", "efficientnet", "random"] = "auto"
    perceptual_weights: str | None = None
    perceptual_sha256: Content = ""
    perceptual_matching: Literal["pairs", "means"] = "pairs"
    perceptual_scale: Literal["real", "none"] = "real"
    # Transfer learning
    classes: Classes = ()
    pretrain_data: str | None = None
    pretrain_content: Content = ""
    pretrain_classes: Classes = ()
    pretrain_include: Patterns = ()
    pretrain_exclude: Patterns = ()
    frozen_generator: int = Field(default=0, ge=0, le=16)
    frozen_critic: int = Field(default=0, ge=0, le=16)
    # Networks
    width: int = Field(default=8, ge=1, le=512)
    depth: int | None = Field(default=None, ge=1, le=8)
    size: int = Field(default=32, ge=8, le=512)
    latent: int = Field(default=64, ge=1, le=4096)
    channels: Literal[1, 3] = 1
    samples: int = Field(default=500, ge=2, le=100_000)
    metrics: tuple[str, ...] = ("fid", "kid", "ms_ssim", "perceptual_distance")

    @model_validator(mode="after")
    def _parts_fit(self) -> DganProtocol:
        depth = self.halvings
        if self.size % 2**depth or self.size == 2**depth:
            raise ValueError(
                f"{self.size} pixels cannot be halved {depth} times to 2 or more; give "
                f"a smaller depth, or a size that is a multiple of {2 ** (depth + 1)}"
            )
        if self.frozen_generator > depth + 1 or self.frozen_critic > depth:
            raise ValueError(
                f"with depth {depth} the generator has {depth + 1} blocks and the critic "
                f"{depth}: no {self.frozen_generator} and {self.frozen_critic} can be frozen"
            )
        of_the_first = ("pretrain_data", "pretrain_classes", "frozen_generator", "frozen_critic")
        if not self.pretrain_iterations:
            for option in of_the_first:
                if getattr(self, option):
                    raise ValueError(
                        f"{option} is given, and pretrain_iterations is 0: without transfer "
                        "learning leave it out"
                    )
        if self.perceptual_weights and self.perceptual not in ("auto", "vgg16"):
            raise ValueError(
                "perceptual_weights are VGG16's, and the perceptual loss looks through "
                f"{self.perceptual}; leave one of them out"
            )
        return self

    @property
    def halvings(self) -> int:
        """`depth`, or as often as the size can be halved to 4 pixels or more; once at least."""
        if self.depth is not None:
            return self.depth
        twos = (self.size & -self.size).bit_length() - 1  # how often 2 divides it
        return max(1, min(twos, (self.size // 4).bit_length() - 1))

    @property
    def is_pinned(self) -> bool:
        """Whether nothing is left to be filled in that only the images or the machine tell."""
        larger = bool(self.pretrain_content) or not self.pretrain_iterations
        sha256 = bool(self.perceptual_sha256) or self.perceptual != "vgg16"
        return super().is_pinned and larger and sha256 and self.perceptual != "auto"

    def networks(self) -> dict[str, nn.Module]:
        """Generator and critic of our own: see `networks.dgan`."""
        from ..networks.dgan import DganCritic, DganGenerator

        sizes = self.channels, self.size, self.width, self.halvings
        return {"G": DganGenerator(*sizes, self.latent), "D": DganCritic(*sizes)}

    def recipe(
        self,
        play: Play,
        larger: Tensor | None = None,
        perceptual: Sequence[PerceptualLoss | None] = (None, None),
    ) -> list[Stage]:
        """Pre-training on the `larger` set (n, c, size, size), where there is one; then training.

        `perceptual` losses are those of each: they are scaled by the images of their stage.
        """
        from ..gan.loop import Stage

        stages = []
        if larger is not None:
            phases = self._phases(play, "pretrain: ", larger, perceptual[0])
            stages.append(Stage(phases, self.pretrain_iterations))
        phases = self._phases(play, "", play.samples, perceptual[1])
        return [*stages, Stage(phases, self.iterations)]

    def _phases(
        self, play: Play, stage: str, samples: Tensor, perceptual: PerceptualLoss | None
    ) -> list[Any]:
        """Critic steps and a generator step of one stage, whose draws and players begin so."""
        import torch

        from ..gan.loop import Phase
        from ..gan.penalties import gradient_penalty

        g, d, tally, batch = play.networks["G"], play.networks["D"], play.tally, self.batch
        frozen = (0, 0) if stage else (self.frozen_generator, self.frozen_critic)
        g_player, d_player = (
            play.player(name, f"{stage}{name}", frozen=first_blocks(network, count), **self.adam)
            for name, network, count in zip("GD", (g, d), frozen, strict=True)
        )
        flips = "flips" if self.flip else None
        real = play.real(f"{stage}data", batch, flips and f"{stage}{flips}", samples)
        latents = play.normal(f"{stage}latents D", batch, self.latent)
        mix = play.uniform(f"{stage}interpolation", batch, 1, 1, 1)

        def critic() -> None:
            with torch.no_grad():
                made = g(latents.buffer)  # (batch, c, size, size)
            on_real, on_made = d(torch.cat([real.buffer, made])).chunk(2)  # (batch, 1) each
            loss = play.d_cost(on_real, on_made)
            if self.penalty_weight:
                penalty = gradient_penalty(d, real.buffer, made, mix.buffer, self.penalty_weight)
                tally.add("penalty", penalty)
                loss = loss + penalty
            d_player.step(loss)
            play.tell_d(on_real, on_made)

        more = play.normal(f"{stage}latents G", batch, self.latent)
        targets = play.real(f"{stage}perceptual data", batch, None, samples)

        def generator() -> None:
            play.made = g(more.buffer)  # (batch, c, size, size)
            loss = play.g_cost(d(play.made))
            tally.add("g", loss)
            if perceptual is not None:
                apart = perceptual(play.made, targets.buffer)
                tally.add("perceptual", apart)
                loss = loss + self.perceptual_weight * apart
            g_player.step(loss)

        drawn = [more] if perceptual is None else [more, targets]
        return [
            Phase(f"{stage}critic", critic, [real, latents, mix], times=self.critic_steps),
            Phase(f"{stage}generator", generator, drawn),
        ]

    def describe(self) -> str:
        """One line for people: the scale, the parts, and how it is measured."""
        penalty = (
            f"gradient penalty {self.penalty_weight:g}" if self.penalty_weight else "no penalty"
        )
        perceptual = f"perceptual weight {self.perceptual_weight:g}"
        if self.perceptual_weight:
            perceptual += f" ({self.perceptual}, {self.perceptual_matching})"
        before = f"{self.pretrain_iterations} + " if self.pretrain_iterations else ""
        frozen = f", {self.frozen_generator} blocks of G and {self.frozen_critic} of D frozen"
        return (
            f"{self.name} {self.size}x{self.size}, networks of ours: width {self.width}, depth "
            f"{self.halvings}; {before}{self.iterations} iterations of batch {self.batch}, "
            f"{self.critic_steps} critic steps{frozen if frozen_any(self) else ''}; {penalty}, "
            f"{perceptual}; FID of {self.samples} images on {self.features} features"
        )

    def memory(self) -> int:
        """Bytes that a training needs, about.

        Weights, gradients and Adam's two moments, twice (a player for each stage); what a critic
        step keeps for the penalty's second derivative; and the maps of the perceptual network.
        """
        pixels = self.size**2
        drawn = sum(
            (2 * self.width << level) * (pixels >> 2 * level) for level in range(self.halvings)
        )
        most = self.width << self.halvings  # channels, or fewer
        weights = 30 * most**2 + 16 * self.latent * most
        seen = max(self.size, 64) ** 2 if self.perceptual_weight else 0
        kept = {"vgg16": 560, "random": 60}.get(self.perceptual, 330)  # numbers for each pixel
        return 4 * self.batch * (8 * drawn + kept * seen) + 24 * weights


def first_blocks(network: nn.Module, count: int) -> list[Tensor]:
    """The parameters of the first blocks of a network, counted from its input."""
    blocks: Any = network.blocks
    return [parameter for block in blocks[:count] for parameter in block.parameters()]


def frozen_any(protocol: DganProtocol) -> bool:
    """Whether a part of the networks stays fixed in the second stage."""
    return bool(protocol.frozen_generator or protocol.frozen_critic)
