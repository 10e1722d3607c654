"""Doubling an image and then a 3 x 3 convolution, as one step for 4/9 of the work."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def doubled_convolution(maps: Tensor, kernel: Tensor) -> Tensor:
    """`kernel` (after, before, 3, 3), padded by one, on maps of which each pixel became 2 x 2.

    It is the transpose of a 4 x 4 convolution of stride 2, whose kernel is the sum of the 3 x 3 one
    at its four corners: the same numbers. From (n, before, s, s) to (n, after, 2s, 2s).
    """
    kernel = kernel.flip(2, 3).transpose(0, 1)  # (before, after, 3, 3)
    rows = F.pad(kernel, (0, 0, 0, 1)) + F.pad(kernel, (0, 0, 1, 0))
    corners = F.pad(rows, (0, 1)) + F.pad(rows, (1, 0))  # (before, after, 4, 4)
    return F.conv_transpose2d(maps, corners, stride=2, padding=1)
