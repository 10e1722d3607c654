"""Generated images measured in passing: as many as one likes, in memory that does not grow."""

from __future__ import annotations

import torch
from torch import Tensor

from ..extractors.extractor import Extractor
from ..seeding import reproducible
from .moments import Moments
from .sides import MOST, RealSide, Sides

SHOWN = 2000  # images kept as they are: for pairs of images, and for D's judgement


class Passing:
    """Takes generated images part by part, and keeps what the metrics need of them.

    FID counts all: it needs sums alone. What compares samples with samples sees the first ones:
    10,000 features for KID, precision and their like, 2,000 images for MS-SSIM and LPIPS.

    Attributes:
        count: how many images there were.
        finite: whether all were finite; of those that are not, nothing is measured.
    """

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._moments = Moments(extractor.width)
        self._features: list[Tensor] = []
        self._images: list[Tensor] = []
        self.count, self.finite = 0, True

    def add(self, images: Tensor) -> None:
        """Take in images (n, c, h, w), float32 in [-1, 1], on any device."""
        images = images.detach().float().cpu()
        self.finite = self.finite and bool(images.isfinite().all())
        if not self.finite:
            return
        features = self._extractor.features(images)
        with reproducible():
            self._moments.add(features)
        if self.count < MOST:
            self._features.append(features[: MOST - self.count])
        if self.count < SHOWN:
            self._images.append(images[: SHOWN - self.count])
        self.count += len(images)

    @property
    def images(self) -> Tensor:
        """The first images, at most 2,000."""
        return torch.cat(self._images)

    def sides(self, real: RealSide, seed: int) -> Sides:
        """What metrics are computed of."""
        known = torch.cat(self._features)
        return Sides(self.images, real, self._extractor, seed, known, self._moments)
