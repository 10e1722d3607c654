"""Bilinear sampling that torch can differentiate twice, with the same sums on every run."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def warp(images: Tensor, grid: Tensor) -> Tensor:
    """Images (n, c, h, w) at points (n, h', w', 2), x and y in pixels: (n, c, h', w').

    Pixel (0, 0) is at point (0, 0); beyond the image the outermost pixel is repeated. It is linear
    in the images, and has gradients of every order in them; none in the points.

    Why not `grid_sample`: torch does not differentiate it twice, as penalties on D's slope need,
    and on CUDA it sums gradients in any order.
    """
    sampled: Tensor = _Warp.apply(images, grid)  # type: ignore[no-untyped-call]
    return sampled


class _Warp(torch.autograd.Function):
    """Images to samples."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, grid: Tensor) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.size = images.shape[-2:]
        return F.grid_sample(
            images, _relative(grid, ctx.size), padding_mode="border", align_corners=True
        )

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (grid,) = ctx.saved_tensors
        return _Transposed.apply(gradient, grid, ctx.size), None  # type: ignore[no-untyped-call]


class _Transposed(torch.autograd.Function):
    """Samples to images: each sample is shared out among the four pixels around it."""

    @staticmethod
    def forward(ctx: Any, samples: Tensor, grid: Tensor, size: tuple[int, int]) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.size = size
        return shared_out(samples, grid, size)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (grid,) = ctx.saved_tensors
        return _Warp.apply(gradient, grid), None, None  # type: ignore[no-untyped-call]


def _relative(grid: Tensor, size: tuple[int, int]) -> Tensor:
    """Points in pixels as `grid_sample` has them: -1 to 1 from the first pixel to the last."""
    height, width = size
    x, y = grid.unbind(-1)
    return torch.stack([x * (2 / (width - 1)) - 1, y * (2 / (height - 1)) - 1], dim=-1)


def shared_out(
    samples: Tensor, grid: Tensor, size: tuple[int, int], ordered: bool | None = None
) -> Tensor:
    """The transposed of `warp`: samples (n, c, h', w') to images (n, c, *size).

    `ordered` sorts the shares before they are summed: on CUDA, where torch's own way sums them in
    any order. The processor's order is fixed.
    """
    n, c = samples.shape[:2]
    height, width = size
    if not (samples.is_cuda if ordered is None else ordered):
        shape = samples.new_empty(1).expand(n, c, height, width)  # only its shape is looked at
        found: Tensor = torch.ops.aten.grid_sampler_2d_backward(
            samples, shape, _relative(grid, size), 0, 1, True, [True, False]
        )[0]
        return found
    x, y = grid[..., 0].clamp(0, width - 1), grid[..., 1].clamp(0, height - 1)
    left, top = x.floor(), y.floor()
    images = torch.zeros(n * height * width, c, device=samples.device, dtype=samples.dtype)
    values = samples.permute(0, 2, 3, 1)  # (n, h', w', c)
    first = (torch.arange(n, device=samples.device) * (height * width)).view(n, 1, 1)
    for right in (0, 1):
        for below in (0, 1):
            column, row = left + right, top + below
            weight = (1 - (x - column).abs()) * (1 - (y - row).abs())
            at = row.clamp(max=height - 1) * width + column.clamp(max=width - 1)
            rows = (first + at.long()).flatten()
            shares = (values * weight[..., None]).flatten(0, 2)
            images.index_put_((rows,), shares, accumulate=True)
    return images.view(n, height, width, c).permute(0, 3, 1, 2)
