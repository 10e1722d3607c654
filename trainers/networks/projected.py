"""The discriminator of projected GANs: four small networks on frozen, mixed features.

Sauer et al. 2021, "Projected GANs converge faster", section 3.2 and appendix. At the paper's
widths 10.33 million parameters learn, and 3.34 million never do.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .drawing import draw_layers
from .projection import Projection
from .spectral_norm import SpectralConv2d

SLOPE = 0.2
SMALLEST_VIEW = 64  # pixels; of fewer, no map would hold the last convolution
HALVINGS = (4, 3, 2, 1)
"""How often each small discriminator halves its maps at most: from 128, 64, 32, 16 to 8 pixels."""


def halvings(size: int) -> tuple[int, ...]:
    """How often each of the four halves its maps, where the feature network sees `size` pixels.

    As in the paper at 224 pixels and more; with fewer, until at most eight are left.
    """
    counts = []
    for scale, most in enumerate(HALVINGS):
        maps, count = size >> (scale + 1), 0
        while maps > 8 and count < most:
            maps, count = maps // 2, count + 1
        counts.append(count)
    return tuple(counts)


def logits_at(size: int) -> int:
    """How many scores an image has, of all four together: 64 at 224 pixels, 100 at 256."""
    left = [(size >> (scale + 1)) >> count for scale, count in enumerate(halvings(size))]
    return sum((maps - 3) ** 2 for maps in left)


class ProjectedDiscriminator(nn.Module):
    """Images (n, 1 or 3, side, side) in [-1, 1] to scores (n, logits), raw.

    `size` is how many pixels the feature network sees, `mixing` the channels of the first mixed
    map, `width` those of each small discriminator before its score.
    """

    features = 0  # nothing is dropped
    cpu_layout = torch.contiguous_format  # batch norms are slow channels last there

    def __init__(
        self, size: int, width: int = 512, mixing: int = 64, pretrained: bool = True
    ) -> None:
        super().__init__()
        self.projection = Projection(size, mixing, pretrained)
        self.outputs = logits_at(size)
        channels, counts = self.projection.channels, halvings(size)
        self.heads = nn.ModuleList(
            _SmallDiscriminator(inputs, width, count)
            for inputs, count in zip(channels, counts, strict=True)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Scores (n, logits)."""
        return self.scores(self.projection(images))

    def scores(self, features: Sequence[Tensor]) -> Tensor:
        """Scores (n, logits) of mixed features, which are what learns nothing gives."""
        pairs = zip(self.heads, features, strict=True)
        return torch.cat([head(maps).flatten(1) for head, maps in pairs], 1)

    def draw(self, numbers: torch.Generator) -> None:
        """Fill all weights and buffers from `numbers`, and from the feature network's file."""
        with torch.no_grad():
            self.projection.draw(numbers)
        draw_layers(self.heads, numbers)


class _SmallDiscriminator(nn.Module):
    """Features (n, c, s, s) to scores (n, 1, s', s'), one for each patch."""

    def __init__(self, channels: int, width: int, count: int) -> None:
        super().__init__()
        deeper = [max(1, width >> (count - 1 - place)) for place in range(count)]
        sizes = [channels, *deeper]
        self.convolutions = nn.ModuleList(
            SpectralConv2d(before, after, 4, stride=2, padding=1)
            for before, after in pairwise(sizes)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(after) for after in deeper)
        self.score = SpectralConv2d(sizes[-1], 1, 4)

    def forward(self, maps: Tensor) -> Tensor:
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            maps = F.leaky_relu(norm(convolution(maps)), SLOPE)
        scores: Tensor = self.score(maps)
        return scores
