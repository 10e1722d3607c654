"""The residual discriminator of StyleGAN2."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .equalised import GAIN, Drawn, EqualisedConv, EqualisedLinear
from .filtering import Downsample, Filter
from .widths import widths

GROUP = 4  # images whose spread is one number


class ResidualBlock(Drawn):
    """Half the size: two 3 x 3 convolutions beside a 1 x 1 one, summed over sqrt(2).

    Karras et al. 2020, figure 7. The 1 / sqrt(2) that keeps the variance is in the gains of both
    ways.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half = math.sqrt(0.5)
        self.first = EqualisedConv(inputs, inputs, 3, padding=1)
        self.filter = Filter()
        self.second = EqualisedConv(inputs, outputs, 3, stride=2, gain=GAIN * half)
        self.down = Downsample()
        self.skip = EqualisedConv(inputs, outputs, 1, bias=False, gain=half, active=False)

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, 2h, 2w) to (n, outputs, h, w)."""
        deep: Tensor = self.second(self.filter(self.first(x), padding=2))
        skip: Tensor = self.skip(self.down(x))
        return skip + deep


def with_deviation(x: Tensor, group: int = GROUP) -> Tensor:
    """Maps (n, c, h, w) with one more, (n, c + 1, h, w): the spread in each image's group.

    Minibatch standard deviation (Karras et al. 2018, section 3): the standard deviation of each
    feature at each pixel over `group` images, averaged to one number. Groups are neighbours, so
    two batches after one another do not mix; images left over are in a group with the last ones
    before them, and fewer images than a group are one.
    """
    n, _, height, width = x.shape
    group = min(group, n)
    whole = n - n % group
    spread = _spread(x[:whole].view(-1, group, *x.shape[1:])).repeat_interleave(group)  # (whole,)
    if whole < n:
        rest = _spread(x[n - group :].unsqueeze(0)).expand(n - whole)
        spread = torch.cat([spread, rest])
    return torch.cat([x, spread.to(x.dtype).view(n, 1, 1, 1).expand(n, 1, height, width)], dim=1)


def _spread(groups: Tensor) -> Tensor:
    """(groups, members, c, h, w) to one number for each, in float32 at least."""
    groups = groups.float() if groups.dtype == torch.bfloat16 else groups
    variance = groups.var(dim=1, unbiased=False)  # (groups, c, h, w)
    return (variance + 1e-8).sqrt().mean(dim=(1, 2, 3))


class ResidualDiscriminator(Drawn):
    """Images (n, channels, size, size) to raw scores (n, 1).

    A score depends on the three images beside it, by their spread.

    Args:
        channels: of the image.
        size: of the image, a power of two.
        base, most: channels by resolution (see `widths`).
    """

    def __init__(self, channels: int, size: int, base: int, most: int) -> None:
        super().__init__()
        sizes = widths(size, base, most)
        deepest = sizes[4]
        self.from_image = EqualisedConv(channels, sizes[size], 1)
        self.blocks = nn.ModuleList()
        side = size
        while side > 4:
            self.blocks.append(ResidualBlock(sizes[side], sizes[side // 2]))
            side //= 2
        self.conv = EqualisedConv(deepest + 1, deepest, 3, padding=1)
        self.dense = EqualisedLinear(16 * deepest, deepest, active=True)
        self.score = EqualisedLinear(deepest, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Scores (n, 1)."""
        x = self.from_image(images).contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x)
        x = self.conv(with_deviation(x))  # (n, deepest, 4, 4)
        scores: Tensor = self.score(self.dense(x.flatten(1)))
        return scores
