"""The two sides that metrics compare: real images, embedded once, and generated ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from ..extractors import Extractor
    from .moments import Moments
    from .ms_ssim import Similarity
    from .neighbours import Neighbourhood

# Real images that KID and the neighbourhoods use at most: their cost grows with the square.
MOST = 10_000
PART = 4096  # images that are scaled at once


@dataclass(frozen=True, eq=False)
class RealSide:
    """What the metrics need of the real images, computed once.

    Attributes:
        features: (n, d) float32, on the CPU.
        shape: (c, h, w) of an image.
        extractor: the name of the network that made the features.
    """

    features: Tensor
    shape: tuple[int, int, int]
    extractor: str

    @classmethod
    def of(cls, images: Tensor, extractor: Extractor) -> RealSide:
        """From images (n, c, h, w), float32 in [-1, 1] or uint8, which are scaled part by part."""
        import torch

        from ..data import as_floats

        channels, height, width = images.shape[1:]
        # Whole batches of every extractor: the features are those of all images at once.
        parts = torch.split(images, PART if images.dtype == torch.uint8 else len(images))
        features = torch.cat([extractor.features(as_floats(part)) for part in parts])
        return cls(features, (channels, height, width), extractor.name)

    @cached_property
    def some(self) -> Tensor:
        """At most 10,000 of the features (m, d): always the same ones."""
        import torch

        from ..seeding import stream

        if len(self.features) <= MOST:
            return self.features
        rows = torch.randperm(len(self.features), generator=stream(0, "real side"))[:MOST]
        return self.features[rows]

    @cached_property
    def moments(self) -> Moments:
        """Mean and covariance of the features."""
        from .moments import Moments

        moments = Moments(self.features.shape[1])
        moments.add(self.features)
        return moments

    @cached_property
    def mean_kernel(self) -> float:
        """KID's mean kernel within `some`."""
        from .kid import mean_kernel_within

        some = self.some.double()
        return mean_kernel_within(some, some.mean(0))

    @cached_property
    def radii(self) -> Tensor:
        """The reach (m,) of the neighbourhoods of `some`."""
        from .neighbours import radii

        return radii(self.some)


@dataclass(frozen=True, eq=False)
class Sides:
    """Generated images (n, c, h, w), float32 in [-1, 1], on the CPU, beside the real ones.

    What several metrics share is computed once. Of images that were seen in passing
    (`metrics.passing`) these are the first ones, `known` the features of more, and `moments` those
    of all.
    """

    images: Tensor
    real: RealSide
    extractor: Extractor
    seed: int
    known: Tensor | None = None
    moments: Moments | None = None

    @cached_property
    def features(self) -> Tensor:
        """Features (n, d) of the generated images."""
        return self.extractor.features(self.images) if self.known is None else self.known

    @cached_property
    def logits(self) -> Tensor:
        """Logits (n, k) of the generated images."""
        return self.extractor.logits_of(self.features)

    @cached_property
    def neighbourhood(self) -> Neighbourhood:
        """Precision, recall, density and coverage."""
        from .neighbours import neighbourhood

        return neighbourhood(self.features, self.real.some, real_radii=self.real.radii)

    @cached_property
    def similarity(self) -> Similarity:
        """MS-SSIM between generated images."""
        from .ms_ssim import fake_similarity

        return fake_similarity(self.images, self.seed)
