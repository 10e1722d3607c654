"""GANs of images: metrics on the features of images."""

from __future__ import annotations

import math
import random
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ..preparation import announce
from .image_protocol import ImageGanProtocol
from .trainer import OF_D, GanTrainer, Networks, judgement

# What needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from ..extractors import Extractor
    from ..metrics import RealSide
    from ..metrics.passing import Passing
    from .play import Play

EMBEDDED = 1000
"""Real images that a picture of an embedding shows, at most."""


class ImageGanTrainer(GanTrainer):
    """Trains a GAN on some images; a subclass says which, and on what features it measures."""

    protocol: ImageGanProtocol
    protocol_type: ClassVar[type[ImageGanProtocol]]
    judged_at_once: ClassVar[int] = 2048
    """Images that D scores in one pass when it is measured; a large D has fewer."""

    @abstractmethod
    def load_images(self) -> Tensor:
        """The real images (n, c, side, side): float32 in [-1, 1], or uint8. On the CPU."""

    @abstractmethod
    def load_extractor(self) -> Extractor:
        """The network on whose features the metrics are measured."""

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
        from ..metrics.registry import modules

        own = f"{__package__.rpartition('.')[0]}.metrics"
        return [*super().imports(), own, f"{own}.passing", *modules(self.protocol.metrics)]

    def prepare(self) -> None:
        """Load the images, make ready the feature network, and embed the real images."""
        _ = self._images, self._real

    def another(self, options: Mapping[str, object]) -> ImageGanTrainer:
        """A trainer with other options; it shares images and features that are the same for both.

        They are where none but options `OF_TRAINING` differ.
        """
        made = self.create(options, self.device)
        self._hand_on(made)
        return made

    def _hand_on(self, other: ImageGanTrainer) -> None:
        """Give another trainer what is ready, if it would make the same ready."""
        mine, theirs = self.protocol, other.protocol
        told = [name for name in type(mine).model_fields if name not in mine.OF_TRAINING]
        if all(getattr(mine, name) == getattr(theirs, name) for name in told):
            ready = ("_images", "_extractor", "_real", "_reference")
            other.__dict__.update({n: self.__dict__[n] for n in ready if n in self.__dict__})

    def reference(self) -> Mapping[str, float]:
        """The scale of the metrics (see `metrics.reference`)."""
        return self._reference

    @cached_property
    def _reference(self) -> Mapping[str, float]:
        from ..metrics import of_real, reference

        real, extractor, samples = self._real, self._extractor, self.protocol.samples
        with self._reproducible():
            alone = of_real(self.protocol.metrics, self._images, real, extractor, samples)
            return {**reference(real, extractor, samples), **alone}

    def generate(self, path: Path, n: int, seed: int = 0) -> NDArray[np.uint8]:
        """Images (n, c, side, side) of the generator that `train` kept in the file `path`.

        Needs neither data nor metrics. Raises `TrainerError` where the file is not such a one.
        """
        return as_pixels(self._generated(path, n, seed))

    def real_images(self, n: int) -> NDArray[np.uint8]:
        """Real images (n, c, side, side) to show, always the same ones; fewer where there are.

        Raises `TrainerError` where the data are not there any more.
        """
        from ..data import as_floats

        images = self.load_images()
        rows = sorted(random.Random(0).sample(range(len(images)), min(n, len(images))))
        return as_pixels(as_floats(images[rows]))

    def embedded(
        self, path: Path, n: int, seed: int = 0
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Features (m, d) of real images, 1000 at most, and (n, d) of those that a generator makes.

        The generator is what `train` kept in the file `path`, and its images those of `generate`.
        """
        import torch

        from ..seeding import stream

        self.prepare()
        made = self._generated(path, n, seed)
        with self._reproducible():
            features = self._extractor.features(made)
        real = self._real.features
        some = torch.randperm(len(real), generator=stream(0, "embedded"))[:EMBEDDED].sort().values
        return real[some].numpy(), features.numpy()

    def _real_samples(self, seed: int) -> Tensor:
        """The images, whatever the seed."""
        return self._images

    def _evaluated(
        self, sampler: nn.Module, networks: Networks, seed: int
    ) -> tuple[Tensor, dict[str, float]]:
        """Images and their metrics; more of them than 4 GiB are measured in passing."""
        from ..metrics.measuring import WHOLE
        from ..metrics.passing import Passing

        samples = self.protocol.samples
        if samples * math.prod(self._images.shape[1:]) <= WHOLE:
            return super()._evaluated(sampler, networks, seed)
        passing = Passing(self._extractor)
        for part in self._sample_parts(sampler, seed, samples):
            announce("measuring images", passing.count, samples)
            passing.add(part.clamp(-1, 1))
            if not passing.finite:
                return part, {}
        made = passing.images.to(self.device)
        return made, self._measure(made, networks, seed, passing)

    def _measured_on_the_way(self, play: Play, count: int, seed: int) -> None:
        """FID of `count` images of the sampler, among the learning curves as `fid`."""
        import torch

        from ..metrics import measure

        sampler = play.networks[self.protocol.sampler]
        learning = sampler.training
        made = self._samples(sampler.eval(), seed, count)
        sampler.train(learning)
        with torch.inference_mode():
            found = measure(("fid",), made.clamp(-1, 1), self._real, self._extractor, seed)
        if "fid" in found:
            play.tally.add("fid", torch.tensor(found["fid"], device=play.device))

    def _measure(
        self, made: Tensor, networks: Networks, seed: int, seen: Passing | None = None
    ) -> dict[str, float]:
        """The metrics of generated images; none where an output is not finite.

        Of images that were `seen` in passing, which are more, `made` are the first.
        """
        import torch

        from ..metrics import measure, measure_passing

        with torch.inference_mode():
            on_real, on_fake = self._judged(networks["D"], made)  # (n, 1)
            if not all(bool(output.isfinite().all()) for output in (made, on_real, on_fake)):
                return {}
            names, real = self.protocol.metrics, self._real
            if seen is None:
                shown = made.clamp(-1, 1)  # as a picture: a generator may have no bounds of its own
                found = measure(names, shown, real, self._extractor, seed)
            else:
                found = measure_passing(names, seen, real, self._extractor, seed)
            of_d = self._of_d(networks["D"], on_real, on_fake)
        return {**found, **of_d, "spread": float(made.std(0).mean())}

    def measured_again(self, path: Path, seed: int) -> Mapping[str, float]:
        """The protocol's metrics of a kept generator on other latents; of D nothing is kept."""
        import torch

        from ..metrics import measure

        self.prepare()
        made = self._generated(path, self.protocol.samples, seed).to(self.device)
        with self._reproducible(), torch.inference_mode():
            shown = made.clamp(-1, 1)
            return measure(self.protocol.metrics, shown, self._real, self._extractor, seed)

    def _of_d(self, d: nn.Module, on_real: Tensor, on_made: Tensor) -> dict[str, float]:
        """What is told of D by its scores of real and of generated images, (n, 1)."""
        return judgement(on_real, on_made)

    def _judged(self, discriminator: nn.Module, made: Tensor) -> tuple[Tensor, Tensor]:
        """D's scores on real images (at most twice as many as there are samples) and on made."""
        import torch

        from ..data import as_floats

        real = self._images[self._rows_judged(2 * len(made))]
        return tuple(  # type: ignore[return-value]
            torch.cat(
                [
                    scores_of(discriminator(as_floats(part)))
                    for part in torch.split(images, self.judged_at_once)
                ]
            )
            for images in (real, made)
        )

    def _rows_judged(self, most: int) -> Tensor | slice:
        """The real images that D is judged on: all, or always the same ones, from everywhere.

        A data set may be sorted by class, and its first rows be of one class alone.
        """
        import torch

        from ..seeding import stream

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
        from ..metrics import RealSide

        with self._reproducible():
            return RealSide.of(self._images.cpu(), self._extractor)


def as_pixels(images: Tensor) -> NDArray[np.uint8]:
    """Images in [-1, 1], and what lies beyond, as bytes."""
    import torch

    pixels: NDArray[np.uint8] = (
        images.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    )
    return pixels


def scores_of(outputs: Tensor | tuple[Tensor, ...]) -> Tensor:
    """One score a sample, (n, 1): the mean of all that D gives it, in one tensor or several."""
    import torch

    parts = outputs if isinstance(outputs, tuple) else (outputs,)
    rows = torch.cat([part.float().flatten(1) for part in parts], dim=1)  # (n, outputs)
    return rows.mean(1, keepdim=True)
