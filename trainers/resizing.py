"""Bilinear resizing whose gradient is the same to the bit on every run, on CUDA too."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F


def resized(
    images: Tensor, size: tuple[int, int], *, corners: bool = False, antialias: bool = False
) -> Tensor:
    """Images (n, c, h, w), bilinearly brought to (n, c, *size).

    With `corners` the outermost pixels' centres stay in the corners ("align_corners"); with
    `antialias` a pixel of a smaller image is a mean of all those that it stands for. On CUDA it is
    two products with constant matrices: the library's own adds up its gradient in any order.
    """
    if tuple(images.shape[-2:]) == size:
        return images
    if not images.is_cuda:
        return F.interpolate(
            images, size, mode="bilinear", align_corners=corners, antialias=antialias
        )
    down, across = (
        interpolation(before, after, corners, antialias, images.device, images.dtype)
        for before, after in zip(images.shape[-2:], size, strict=True)
    )
    return down @ images @ across.t()


@cache
def interpolation(
    before: int,
    after: int,
    corners: bool,
    antialias: bool,
    device: torch.device,
    dtype: torch.dtype,
) -> Tensor:
    """The matrix (after, before) that resizes a column of pixels: what becomes of an identity."""
    each = torch.eye(before, dtype=torch.float64)[None, None]
    size = (after, before)
    matrix = F.interpolate(each, size, mode="bilinear", align_corners=corners, antialias=antialias)
    return matrix[0, 0].to(device, dtype)
