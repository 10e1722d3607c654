"""What the GAN trainers share: train the networks, measure the images, keep the generator."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from .criterion import Criterion
from .gan_protocol import GanProtocol
from .outcome import Outcome, Status
from .trainer import Trainer

# torch takes seconds to import, and the process that leads a search needs the protocol only:
# so what needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from .adversarial import Ending
    from .extractors import Extractor
    from .metrics import RealSide
    from .networks import DiscriminatorNetwork, GeneratorNetwork

OF_D = ("d_acc", "d_acc_real", "d_acc_fake", "d_auc")
"""Of D, that it takes real images for real and generated ones for generated: mean, and each (of
scores above 0, as the paper has it); and whatever the threshold, the area under its ROC."""


class GanTrainer(Trainer):
    """Trains the GANetic paper's GAN on some images; a subclass says which, and for how long."""

    protocol: GanProtocol
    protocol_type: ClassVar[type[GanProtocol]]

    @property
    @abstractmethod
    def iterations(self) -> int:
        """How many iterations a training has."""

    @abstractmethod
    def load_images(self) -> Tensor:
        """The real images (n, c, side, side): float32 in [-1, 1], or uint8. On the CPU."""

    @abstractmethod
    def load_extractor(self) -> Extractor:
        """The network on whose features the metrics are measured."""

    def side_by_side(self) -> int | None:
        """On CUDA as many as the free memory holds, at most eight: one fills half of a card."""
        if not self.device.startswith("cuda"):
            return None
        import torch

        free, _ = torch.cuda.mem_get_info(self.device)
        return side_by_side(free, self.protocol.memory())

    @property
    def extractor_name(self) -> str:
        """The network of the metrics, as it stands beside every figure."""
        return self._extractor.describe()

    @property
    def measures(self) -> tuple[str, ...]:
        """The metrics of the protocol, and what is told of D and of the generator."""
        return (*self.protocol.metrics, *OF_D, "spread")

    def imports(self) -> Sequence[str]:
        """What the loop and the protocol's metrics import."""
        from .metrics.registry import modules

        own = ("adversarial", "checkpoint", "graphs", "metrics", "networks", "seeding", "roc")
        return [*(f"{__package__}.{name}" for name in own), *modules(self.protocol.metrics)]

    def prepare(self) -> None:
        """Load the images, make ready the feature network, and embed the real images."""
        _ = self._images, self._real

    def train(self, criterion: Criterion, seed: int, keep: Path | None = None) -> Outcome:
        """Train one model with this seed and measure it (see `Trainer.train`)."""
        from .adversarial import is_constant

        self.prepare()
        start = time.perf_counter()
        with self._reproducible():
            generator, discriminator = self._networks(seed)
            ending = self._fit(generator, discriminator, criterion, seed)
            status, reason, metrics = ending.status, ending.reason, dict[str, float]()
            if status is not Status.DIVERGED:
                made = self._samples(generator, seed)  # (samples, c, side, side)
                metrics = self._measure(made, discriminator, seed)
                if not metrics:
                    status, reason = Status.DIVERGED, "not finite in evaluation"
                elif status is Status.OK and is_constant(made):
                    status, reason = Status.DEAD, "constant output in evaluation"
        if keep is not None:
            from . import checkpoint

            checkpoint.write(keep, self.protocol, criterion.text, seed, generator, ending.history)
        seconds = time.perf_counter() - start
        return Outcome(seed, status, metrics, seconds, reason, ending.iterations)

    def reference(self) -> Mapping[str, float]:
        """The scale of the metrics (see `metrics.reference`)."""
        from .metrics import reference

        with self._reproducible():
            return reference(self._real, self._extractor, self.protocol.samples)

    def generate(self, path: Path, n: int, seed: int = 0) -> NDArray[np.uint8]:
        """Images (n, c, side, side) of the generator that `train` kept in the file `path`.

        Needs neither data nor metrics. Raises `TrainerError` where the file is not such a one.
        """
        import torch

        from . import checkpoint
        from .adversarial import generate
        from .seeding import stream

        with torch.device("meta"):
            generator, _ = self.protocol.networks()
        checkpoint.load_weights(path, generator)
        generator.to(self.device)
        shape = (n, self.protocol.latent)
        latents = torch.randn(shape, generator=stream(seed, "sample")).to(self.device)
        with self._reproducible():
            images = torch.cat([part.cpu() for part in generate(generator, latents)])
        return images.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).numpy()

    def _reproducible(self) -> AbstractContextManager[None]:
        from .seeding import reproducible

        return reproducible()

    def _fit(
        self,
        generator: GeneratorNetwork,
        discriminator: DiscriminatorNetwork,
        criterion: Criterion,
        seed: int,
    ) -> Ending:
        from .adversarial import train_gan
        from .graphs import captured

        capture = captured if self._images.is_cuda else None
        recipe = self.protocol.recipe(self.iterations)
        return train_gan(generator, discriminator, self._images, criterion, recipe, seed, capture)

    def _networks(self, seed: int) -> tuple[GeneratorNetwork, DiscriminatorNetwork]:
        """Both networks, with the initial weights of this seed."""
        import torch

        from .networks import initialise
        from .seeding import stream

        with torch.device("meta"):
            generator, discriminator = self.protocol.networks()
        for network, purpose in ((generator, "G init"), (discriminator, "D init")):
            initialise(network, self.device, stream(seed, purpose))
        return generator, discriminator

    def _samples(self, generator: GeneratorNetwork, seed: int) -> Tensor:
        """Generated images (samples, c, side, side): the same latents for every criterion."""
        import torch

        from .adversarial import generate
        from .seeding import stream

        shape = (self.protocol.samples, self.protocol.latent)
        latents = torch.randn(shape, generator=stream(seed, "evaluation")).to(self.device)
        return torch.cat(list(generate(generator, latents)))

    def _measure(
        self, made: Tensor, discriminator: DiscriminatorNetwork, seed: int
    ) -> dict[str, float]:
        """The metrics of generated images; none where an output is not finite."""
        import torch

        from .metrics import measure
        from .roc import area

        with torch.inference_mode():
            on_real, on_fake = self._judged(discriminator, made)  # (n, 1)
            if not all(bool(output.isfinite().all()) for output in (made, on_real, on_fake)):
                return {}
            real_right = float((on_real > 0).double().mean())
            fake_right = float((on_fake <= 0).double().mean())
            found = measure(self.protocol.metrics, made, self._real, self._extractor, seed)
            of_d = ((real_right + fake_right) / 2, real_right, fake_right, area(on_real, on_fake))
        return {
            **found,
            **dict(zip(OF_D, of_d, strict=True)),
            "spread": float(made.std(0).mean()),
        }

    def _judged(self, discriminator: DiscriminatorNetwork, made: Tensor) -> tuple[Tensor, Tensor]:
        """D's scores on real images (at most twice as many as there are samples) and on made."""
        import torch

        from .adversarial import as_floats

        real = self._images[self._rows_judged(2 * len(made))]
        return tuple(  # type: ignore[return-value]
            torch.cat([discriminator(as_floats(part)) for part in torch.split(images, 2048)])
            for images in (real, made)
        )

    def _rows_judged(self, most: int) -> Tensor | slice:
        """The real images that D is judged on: all, or always the same ones, from everywhere.

        A data set may be sorted by class, and its first rows be of one class alone.
        """
        import torch

        from .seeding import stream

        if len(self._images) <= most:
            return slice(None)
        chosen = torch.randperm(len(self._images), generator=stream(0, "judged"))[:most]
        return chosen.sort().values.to(self._images.device)

    @cached_property
    def _images(self) -> Tensor:
        """The real images, on the device."""
        return self.load_images().to(self.device)

    @cached_property
    def _extractor(self) -> Extractor:
        return self.load_extractor()

    @cached_property
    def _real(self) -> RealSide:
        """The real images' features, and what else the metrics need of them."""
        from .adversarial import as_floats
        from .metrics import RealSide

        with self._reproducible():
            return RealSide.of(as_floats(self._images.cpu()), self._extractor)


def side_by_side(free: int, each: int) -> int:
    """How many trainings of `each` bytes share `free` bytes of a device: 1 to 8.

    Every one is a process with half a gigabyte of the driver's and the libraries' own, and a
    tenth is left to others. An estimate that was too low is mended by the engine, which runs
    fewer when the device is full.
    """
    return max(1, min(8, int(0.9 * free / (each + 2**29))))
