"""Bilinear enlargement whose gradient is the same to the bit on every run, on CUDA too."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F


def enlarged(maps: Tensor, size: int, corners: bool = False) -> Tensor:
    """Square maps (n, c, s, s), bilinearly enlarged to (n, c, size, size).

    With `corners` the outermost pixels' centres stay in the corners ("align_corners"). On CUDA it
    is two products with a constant matrix: the library's own adds up its gradient in any order.
    """
    if maps.shape[-1] == size:
        return maps
    if not maps.is_cuda:
        return F.interpolate(maps, (size, size), mode="bilinear", align_corners=corners)
    matrix = interpolation(maps.shape[-1], size, corners, maps.device, maps.dtype)
    return matrix @ maps @ matrix.t()


@cache
def interpolation(
    before: int, after: int, corners: bool, device: torch.device, dtype: torch.dtype
) -> Tensor:
    """The matrix (after, before) that enlarges a row of pixels bilinearly."""
    at = torch.arange(after, dtype=torch.float64)
    if corners:
        at = at * ((before - 1) / (after - 1))
    else:
        at = ((at + 0.5) * (before / after) - 0.5).clamp_min(0)
    low = at.floor().long().clamp_max(before - 1)
    high, part = (low + 1).clamp_max(before - 1), at - low
    matrix = torch.zeros(after, before, dtype=torch.float64)
    rows = torch.arange(after)
    matrix[rows, low] += 1 - part
    matrix[rows, high] += part
    return matrix.to(device, dtype)
