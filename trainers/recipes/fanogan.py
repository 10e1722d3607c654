"""f-AnoGAN: a WGAN-GP on normal images, then an encoder; what it cannot render is abnormal.

Schlegl et al. 2019, "f-AnoGAN: Fast Unsupervised Anomaly Detection with Generative Adversarial
Networks" (Medical Image Analysis 54), with the networks of the authors' code; the GANetic paper's
section 4.3.2 puts its loss into D and G.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ..anomaly.options import CRITERION, SQUARED, AnomalyImages, ElementLossText
from ..anomaly.trainer import AnomalyTrainer
from ..gan.long_options import CheckpointOptions
from ..gan.protocol import AdversarialProtocol

# What needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from ..anomaly.residuals import ElementLoss
    from ..gan.loop import Stage
    from ..gan.play import Play


class FAnoGanProtocol(CheckpointOptions, AnomalyImages, AdversarialProtocol):
    """An f-AnoGAN on normal images, measured on normal and abnormal ones.

    Stage 1, `iterations` of the generator: WGAN-GP with `critic_steps` before each, gradient
    penalty times `penalty`, Adam (`learning_rate`, `beta1`, `beta2`, `epsilon`). Stage 2,
    `encoder_iterations`: the encoder alone, with `encoder_optimiser` and `encoder_learning_rate`,
    minimises the mean squared residual of the image plus `kappa` times that of the critic's
    features. `encoder_loss` puts another loss in the place of the squared error: `criterion` the
    one that is trained, or a known name or a formula. `flip` mirrors real images at random.
    The authors' scale is width 64, batch 64, learning rates 1e-4 and 5e-5, 50,000 encoder
    iterations at 64 x 64.
    """

    UNHASHED: ClassVar[frozenset[str]] = AnomalyImages.UNHASHED | {"checkpoint_every"}
    PAPER: ClassVar[str] = (
        "Schlegl et al. 2019, f-AnoGAN: Fast Unsupervised Anomaly Detection with Generative "
        "Adversarial Networks (Medical Image Analysis 54)"
    )
    MODULES: ClassVar[tuple[str, ...]] = (
        "networks.resnet",
        "networks.encoder",
        "networks.rewritten",
        "gan.penalties",
        "anomaly.residuals",
        "anomaly.detection",
        "anomaly.detector",
        "anomaly.model_file",
    )

    name: Literal["f-anogan"] = "f-anogan"
    iterations: int = Field(default=150, ge=1, le=1_000_000)
    encoder_iterations: int = Field(default=400, ge=1, le=1_000_000)
    batch: int = Field(default=32, ge=2, le=65536)
    width: int = Field(default=8, ge=1, le=512)
    norm: Literal["layer", "layer-per-channel", "none"] = "layer"
    latent: int = Field(default=128, ge=1, le=4096)
    critic_steps: int = Field(default=5, ge=1, le=100)
    penalty: float = Field(default=10.0, ge=0)
    learning_rate: float = Field(default=1e-3, gt=0)
    beta1: float = Field(default=0.0, ge=0, lt=1)
    beta2: float = Field(default=0.9, ge=0, lt=1)
    epsilon: float = Field(default=1e-8, gt=0)
    flip: bool = False
    kappa: float = Field(default=1.0, ge=0)
    encoder_optimiser: Literal["rmsprop", "adam", "sgd"] = "rmsprop"
    encoder_learning_rate: float = Field(default=5e-4, gt=0)
    encoder_loss: ElementLossText = SQUARED
    samples: int = Field(default=256, ge=2, le=100_000)

    def describe(self) -> str:
        """One line for people."""
        element = {SQUARED: "squared error", CRITERION: "the loss itself"}
        return (
            f"f-AnoGAN {self.size}x{self.size}, width {self.width}, latent {self.latent}, batch "
            f"{self.batch}; {self.iterations} iterations of WGAN-GP (critic steps "
            f"{self.critic_steps}, penalty {self.penalty:g}, Adam {self.learning_rate:g}), then "
            f"{self.encoder_iterations} of the encoder ({self.encoder_optimiser} "
            f"{self.encoder_learning_rate:g}, {element.get(self.encoder_loss, self.encoder_loss)}, "
            f"kappa {self.kappa:g})"
        )

    def networks(self) -> dict[str, nn.Module]:
        """Generator, critic and encoder."""
        from ..networks.encoder import ResidualEncoder
        from ..networks.resnet import ResidualCritic, ResidualGenerator

        shape = (self.channels, self.size, self.width)
        return {
            "G": ResidualGenerator(*shape, self.latent),
            "D": ResidualCritic(*shape, self.norm),
            "E": ResidualEncoder(*shape, self.latent, self.norm),
        }

    def recipe(self, play: Play) -> list[Stage]:
        """The WGAN-GP, then the encoder."""
        return [self._gan(play), self._encoder(play)]

    def _gan(self, play: Play) -> Stage:
        """Stage 1: Gulrajani et al. 2017, algorithm 1, with any loss."""
        import torch

        from ..gan.loop import Phase, Stage
        from ..gan.penalties import gradient_penalty

        g, d, tally = play.networks["G"], play.networks["D"], play.tally
        critic, generator = play.player("D", **self.adam), play.player("G", **self.adam)
        real = play.real("data", self.batch, flips="flips" if self.flip else None)
        for_critic = play.normal("latents D", self.batch, self.latent)
        for_generator = play.normal("latents G", self.batch, self.latent)
        mix = play.uniform("mix", self.batch, 1, 1, 1)

        def criticise() -> None:
            with torch.no_grad():
                made = g(for_critic.buffer)  # (batch, c, size, size)
            on_real, on_made = d(torch.cat([real.buffer, made])).chunk(2)  # (batch, 1) each
            cost = play.d_cost(on_real, on_made)
            if self.penalty:
                cost = cost + gradient_penalty(d, real.buffer, made, mix.buffer, self.penalty)
            critic.step(cost)
            play.tell_d(on_real, on_made)

        def generate() -> None:
            made = g(for_generator.buffer)
            tally.add("g", generator.step(play.g_cost(d(made))))
            play.made = made.detach()

        critic_phase = Phase("D", criticise, [real, for_critic, mix], times=self.critic_steps)
        return Stage([critic_phase, Phase("G", generate, [for_generator])], self.iterations)

    def _encoder(self, play: Play) -> Stage:
        """Stage 2: izi_f, through G and D as they are."""
        import torch

        from ..anomaly.residuals import criterion_cost, squared_cost
        from ..gan.loop import Phase, Stage

        g, d, e = (play.networks[name] for name in "GDE")
        embed: Callable[[Tensor], Tensor] = d.embed  # type: ignore[assignment]
        encoder = play.player(
            "E", optimiser=self.encoder_optimiser, learning_rate=self.encoder_learning_rate
        )
        real = play.real("data E", self.batch, flips="flips E" if self.flip else None)
        loss = self._element_loss(play)

        def encode() -> None:
            # Evaluation: the reconstruction of an image must not depend on the rest of its batch.
            g.eval()
            d.eval()
            images = real.buffer
            with torch.no_grad():
                seen = embed(images)  # (batch, features)
            made = g(e(images))
            compared = (images, made, seen, embed(made), self.kappa)
            cost = criterion_cost(loss, *compared) if loss else squared_cost(*compared)
            play.tally.add("e", encoder.step(cost))

        return Stage([Phase("E", encode, [real])], self.encoder_iterations, watched=False)

    def _element_loss(self, play: Play) -> ElementLoss | None:
        """What compares pixels and features; None for the squared error."""
        if self.encoder_loss == SQUARED:
            return None
        if self.encoder_loss == CRITERION:
            return play.criterion.discriminator
        from lossgp.expressions import LossPair

        return LossPair.restored(self.encoder_loss).criterion_functions()[0]

    def memory(self) -> int:
        """Bytes that a training needs, about: weights, moments, and what a backward pass keeps."""
        w, c, pixels = self.width, self.channels, self.size**2
        deepest = w * min(8, self.size // 4)
        weights = 3 * (18 * deepest * deepest + 16 * deepest * (self.latent + 1))
        kept = (8 * w + 2 * c) * pixels * self.batch  # of one network, both passes of the penalty
        return 16 * weights + 4 * 6 * kept


class FAnoGanTrainer(AnomalyTrainer):
    """Trains `f-anogan`; a search minimises 1 - AUROC."""

    protocol_type = FAnoGanProtocol
    protocol: FAnoGanProtocol
