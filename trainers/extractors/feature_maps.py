"""Feature maps of fixed networks: what perceptual losses compare, with gradients to the image."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn

from ..seeding import stream
from .extractor import Extractor, as_rgb, levels


class FeatureMaps(nn.Module):
    """A fixed network: images (n, 1 or 3, h, w) in [-1, 1] to maps of several depths.

    Gradients flow through it to the images; its own weights have none. `name` stands under every
    figure of a training that it took part in.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @abstractmethod
    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Maps (n, channels, h, w), the finest first."""


class ExtractorMaps(FeatureMaps):
    """The maps of a network that metrics are measured with, such as EfficientNet."""

    def __init__(self, extractor: Extractor) -> None:
        super().__init__(extractor.name)
        self.extractor = extractor

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Maps (n, channels, h, w), the finest first."""
        return self.extractor.maps(images)


class RandomMaps(FeatureMaps):
    """Three convolutions that learned nothing: always the same random weights.

    Where no trained network is at hand. Random features do tell images apart (He et al. 2016,
    "A powerful generative model using random weights"), but nobody trained them to see as people
    do. 32, 64 and 128 channels at 1/2, 1/4 and 1/8 of the size; LeakyReLU 0.2.
    """

    WIDTHS = (32, 64, 128)

    def __init__(self) -> None:
        super().__init__("random convolutions (untrained)")
        numbers = stream(0, "random feature maps")
        layers: list[nn.Module] = []
        channels = 3
        for width in self.WIDTHS:
            with torch.device("meta"):  # nothing is drawn from torch's global generator
                convolution = nn.Conv2d(channels, width, 3, stride=2, padding=1)
            convolution.to_empty(device="cpu")
            with torch.no_grad():
                convolution.weight.normal_(0, (2 / (9 * channels)) ** 0.5, generator=numbers)
                assert convolution.bias is not None
                convolution.bias.zero_()
            layers += [convolution, nn.LeakyReLU(0.2)]
            channels = width
        self.layers = nn.Sequential(*layers)
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Maps (n, 32, h/2, w/2), (n, 64, h/4, w/4) and (n, 128, h/8, w/8)."""
        return levels(self.layers, as_rgb(images), (1, 3, 5))
