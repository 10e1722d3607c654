"""What a feature extractor is: a fixed network that turns an image into a vector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

import torch
from torch import Tensor, nn

from ..preparation import announce
from ..resizing import resized
from ..seeding import reproducible

WORTH_TELLING = 1000  # images: their features take a while with a large network


class Extractor(ABC):
    """A fixed network; FID, KID and the like are measured on its features.

    `name` stands beside every figure, because figures of different extractors cannot be compared.
    `width` is the length d of a feature vector, `classes` the number k of logits. Images are
    float32 (n, c, h, w) in [-1, 1], on any device; what comes back lies on the CPU.
    """

    name: str
    width: int
    classes: int | None
    batch: int = 64
    device: str = "cpu"

    @abstractmethod
    def embed(self, images: Tensor) -> Tensor:
        """Features (batch, d) of one batch, on the extractor's device."""

    @abstractmethod
    def classify(self, features: Tensor) -> Tensor:
        """Logits (n, k) of features (n, d)."""

    def maps(self, images: Tensor) -> tuple[Tensor, ...]:
        """Feature maps (batch, channels, h, w) of several depths; () where it shows none."""
        return ()

    def describe(self) -> str:
        """One line for people: the name, and how good the network is where that is known."""
        return self.name

    @torch.inference_mode()
    def features(self, images: Tensor) -> Tensor:
        """Features (n, d), float32, on the CPU; a sample's do not depend on the others."""
        with reproducible():
            parts: list[Tensor] = []
            for part in torch.split(images, self.batch):
                if len(images) >= WORTH_TELLING:
                    announce("computing features", len(parts) * self.batch, len(images))
                parts.append(self._embed_padded(part))
        return torch.cat(parts) if parts else torch.empty(0, self.width)

    @torch.inference_mode()
    def logits(self, images: Tensor) -> Tensor:
        """Logits (n, k), float32, on the CPU."""
        return self.logits_of(self.features(images))

    @torch.inference_mode()
    def logits_of(self, features: Tensor) -> Tensor:
        """Logits (n, k) of features (n, d) that were computed before, on the CPU."""
        with reproducible():
            return self.classify(features.to(self.device)).cpu()

    def _embed_padded(self, images: Tensor) -> Tensor:
        # Every batch has the same size: libraries pick another kernel, and so other last bits,
        # for another size.
        missing = self.batch - len(images)
        images = images.to(self.device, torch.float32)
        if missing:
            images = torch.cat([images, images.new_zeros(missing, *images.shape[1:])])
        return self.embed(images)[: self.batch - missing].float().cpu()


def as_rgb(images: Tensor) -> Tensor:
    """Grey images (n, 1, h, w) as three equal channels; colour images as they are."""
    return images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images


def levels(trunk: nn.Sequential, images: Tensor, ends: Collection[int]) -> tuple[Tensor, ...]:
    """What the layers of these numbers give for images; those after the last are not computed."""
    found: list[Tensor] = []
    for number in range(max(ends) + 1):
        images = trunk[number](images)
        if number in ends:
            found.append(images)
    return tuple(found)


def between(images: Tensor, smallest: int, largest: int) -> Tensor:
    """Images enlarged until the shorter side is `smallest`, or reduced until the longer one fits.

    Bilinear, antialiased; images of a size between are as they were.
    """
    shorter, longer = min(images.shape[2:]), max(images.shape[2:])
    factor = max(smallest / shorter, 1.0) * min(largest / max(longer, largest), 1.0)
    if factor == 1.0:
        return images
    height, width = (max(1, round(side * factor)) for side in images.shape[2:])
    return resized(images, (height, width), antialias=True)
