"""The smallest protocol: 8 x 8 digits, the paper's GAN at width 16, seconds a training."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from .criterion import Criterion
from .outcome import Outcome, Status
from .protocol import Protocol
from .trainer import Trainer

# torch takes seconds to import, and the process that leads a search needs the protocol only:
# so what needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    from torch import Tensor

    from .adversarial import Recipe
    from .features import DigitClassifier
    from .networks import Discriminator, Generator

SIDE = 8


class DigitsProtocol(Protocol):
    """The GANetic paper's MNIST GAN on scikit-learn's digits; the defaults are the protocol.

    `iterations` of batch size `batch` (D sees as many real as generated, in two steps), network
    `width` (64 in the paper), `latent` size, `dropout` before D's output, Adam's settings (Keras'
    epsilon), and `samples` generated images against all 1,797 real ones for FID and KID.
    """

    VERSION: ClassVar[int] = 1

    name: Literal["digits"] = "digits"
    iterations: int = Field(default=120, ge=1, le=1_000_000)
    batch: int = Field(default=64, ge=2, le=1797)
    width: int = Field(default=16, ge=1, le=256)
    latent: int = Field(default=100, ge=1, le=4096)
    dropout: float = Field(default=0.4, ge=0, le=0.99)
    learning_rate: float = Field(default=1e-3, gt=0)
    beta1: float = Field(default=0.5, ge=0, lt=1)
    beta2: float = Field(default=0.999, ge=0, lt=1)
    epsilon: float = Field(default=1e-7, gt=0)
    samples: int = Field(default=1000, ge=2, le=100_000)

    def describe(self) -> str:
        """One line for people."""
        return (
            f"digits 8x8, width {self.width}, batch {self.batch}, {self.iterations} iterations, "
            f"Adam {self.learning_rate:g}, FID of {self.samples} images against 1797"
        )

    def recipe(self) -> Recipe:
        """The numbers that the training loop needs."""
        from .adversarial import Recipe

        return Recipe(**self.model_dump(exclude={"name", "width", "samples"}))


class DigitsTrainer(Trainer):
    """Trains the digits protocol; 26 ms an iteration on one slow core (`benchmarks.seeds`)."""

    protocol_type = DigitsProtocol
    protocol: DigitsProtocol

    def prepare(self) -> None:
        """Train or load the feature network; embed the real images."""
        _ = self._real_features

    def train(self, criterion: Criterion, seed: int) -> Outcome:
        """Train one model with this seed and measure it (see `Trainer.train`)."""
        from .adversarial import is_constant, train_gan
        from .seeding import reproducible

        self.prepare()
        start = time.perf_counter()
        with reproducible():
            generator, discriminator = self._networks(seed)
            recipe = self.protocol.recipe()
            ending = train_gan(generator, discriminator, self._images, criterion, recipe, seed)
            status, reason, metrics = ending.status, ending.reason, dict[str, float]()
            if status is not Status.DIVERGED:
                made = self._samples(generator, seed)  # (samples, 1, 8, 8)
                metrics = self._measure(made, discriminator)
                if not metrics:
                    status, reason = Status.DIVERGED, "not finite in evaluation"
                elif status is Status.OK and is_constant(made):
                    status, reason = Status.DEAD, "constant output in evaluation"
        return Outcome(seed, status, metrics, time.perf_counter() - start, reason)

    def reference(self) -> Mapping[str, float]:
        """FID and KID of real halves against each other, and of images that are no digits.

        `fid_floor` is at 898 against 899 images; `fid_ceiling` is the worst of uniform noise and
        of the constant images black, grey and white: no collapsed generator should beat it.
        """
        import torch

        from .metrics.fid import frechet_distance
        from .metrics.kid import kernel_distance
        from .seeding import reproducible, stream

        real, n = self._real_features, len(self._real_features)
        scale = stream(0, "reference")
        order = torch.randperm(n, generator=scale)
        halves = real[order[: n // 2]], real[order[n // 2 :]]
        shape = (self.protocol.samples, 1, SIDE, SIDE)
        noise = torch.rand(shape, generator=scale).mul_(2).sub_(1)
        fakes = [noise, *(torch.full(shape, grey) for grey in (-1.0, 0.0, 1.0))]
        with reproducible():
            embedded = [self._classifier.features(images) for images in fakes]
            return {
                "fid_floor": frechet_distance(*halves),
                "fid_ceiling": max(frechet_distance(fake, real) for fake in embedded),
                "kid_floor": kernel_distance(*halves),
                "kid_ceiling": max(kernel_distance(fake, real) for fake in embedded),
            }

    def _networks(self, seed: int) -> tuple[Generator, Discriminator]:
        """Both networks, with the initial weights of this seed."""
        import torch

        from .networks import Discriminator, Generator, initialise
        from .seeding import stream

        width = self.protocol.width
        with torch.device("meta"):
            generator = Generator(1, SIDE, width, self.protocol.latent)
            discriminator = Discriminator(1, SIDE, width)
        for network, purpose in ((generator, "G init"), (discriminator, "D init")):
            initialise(network, self.device, stream(seed, purpose))
        return generator, discriminator

    def _samples(self, generator: Generator, seed: int) -> Tensor:
        """Generated images (samples, 1, 8, 8): the same latents for every criterion."""
        import torch

        from .adversarial import generate
        from .seeding import stream

        shape = (self.protocol.samples, self.protocol.latent)
        latents = torch.randn(shape, generator=stream(seed, "evaluation")).to(self.device)
        return torch.cat(list(generate(generator, latents)))

    def _measure(self, made: Tensor, discriminator: Discriminator) -> dict[str, float]:
        """The metrics of generated images; none where an output is not finite."""
        import torch

        from .metrics.fid import frechet_distance
        from .metrics.kid import kernel_distance

        with torch.inference_mode():
            on_real, on_fake = discriminator(self._images), discriminator(made)  # (n, 1)
            if not all(bool(output.isfinite().all()) for output in (made, on_real, on_fake)):
                return {}
            real_right = float((on_real > 0).double().mean())
            fake_right = float((on_fake <= 0).double().mean())
            # On the CPU on every device: the network is small, and the metric then is the same.
            features = self._classifier.features(made.cpu())  # (samples, 64)
        return {
            "fid": frechet_distance(features, self._real_features),
            "kid": kernel_distance(features, self._real_features),
            "d_acc": (real_right + fake_right) / 2,
            "d_acc_real": real_right,
            "d_acc_fake": fake_right,
            "spread": float(made.std(0).mean()),
        }

    @cached_property
    def _images(self) -> Tensor:
        """The real images (1797, 1, 8, 8), on the device."""
        from .data import digits

        return digits()[0].to(self.device)

    @cached_property
    def _classifier(self) -> DigitClassifier:
        from .features import digit_classifier

        return digit_classifier()

    @cached_property
    def _real_features(self) -> Tensor:
        """Features of the real images (1797, 64), on the CPU."""
        from .seeding import reproducible

        with reproducible():
            return self._classifier.features(self._images.cpu())
