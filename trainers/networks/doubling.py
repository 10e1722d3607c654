"""3 x 3 convolutions next to a change of size, as one step for 4/9 of the work.

The kernel of the one step is the sum of the 3 x 3 kernel at the four corners of a 4 x 4 one:
doubling and then the convolution is its transpose of stride 2; the convolution and then the mean of
2 x 2 is a quarter of it with stride 2. The same numbers, but for rounding.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def doubled_convolution(maps: Tensor, kernel: Tensor) -> Tensor:
    """`kernel` (after, before, 3, 3), padded by one, on maps of which each pixel became 2 x 2.

    From (n, before, s, s) to (n, after, 2s, 2s).
    """
    kernel = kernel.flip(2, 3).transpose(0, 1)  # (before, after, 3, 3)
    return F.conv_transpose2d(maps, _at_corners(kernel), stride=2, padding=1)


def halved_convolution(maps: Tensor, kernel: Tensor, bias: Tensor | None) -> Tensor:
    """The mean of each 2 x 2 of what `kernel` (after, before, 3, 3) makes of the maps.

    From (n, before, s, s) to (n, after, s/2, s/2).
    """
    return F.conv2d(maps, _at_corners(kernel) / 4, bias, stride=2, padding=1)


def _at_corners(kernel: Tensor) -> Tensor:
    """The sum of a 3 x 3 kernel at the four corners of a 4 x 4 one, (.., .., 4, 4)."""
    rows = F.pad(kernel, (0, 0, 0, 1)) + F.pad(kernel, (0, 0, 1, 0))
    return F.pad(rows, (0, 1)) + F.pad(rows, (1, 0))
