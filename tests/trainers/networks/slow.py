"""Layers written out, in float64: slow, and by no code that they are to check."""

from __future__ import annotations

import torch
from torch import Tensor


def convolved(
    images: Tensor,
    kernel: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    groups: int = 1,
) -> Tensor:
    """A convolution as the sum over the pixels of its kernel; padding before and after."""
    n, channels, height, width = images.shape
    maps, _, rows, columns = kernel.shape
    before, after = padding
    padded = images.new_zeros(n, channels, height + before + after, width + before + after)
    padded[:, :, before : before + height, before : before + width] = images
    high = (padded.shape[2] - rows) // stride + 1
    wide = (padded.shape[3] - columns) // stride + 1
    result = images.new_zeros(n, groups, maps // groups, high, wide)
    parts = padded.reshape(n, groups, channels // groups, *padded.shape[2:])
    weights = kernel.reshape(groups, maps // groups, channels // groups, rows, columns)
    for i in range(rows):
        for j in range(columns):
            seen = parts[..., i : i + stride * high : stride, j : j + stride * wide : stride]
            result = result + torch.einsum("ngchw,gmc->ngmhw", seen, weights[..., i, j])
    result = result.reshape(n, maps, high, wide)
    return result if bias is None else result + bias[:, None, None]


def normalised_by_svd(weight: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """A weight over its estimated singular value after one power iteration, and the new u."""
    matrix = weight.reshape(len(weight), -1)
    with torch.no_grad():
        v = u @ matrix
        v = v / v.square().sum().sqrt()
        new = matrix @ v
        new = new / new.square().sum().sqrt()
    return weight / (new @ matrix @ v), new


def batch_normed(maps: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    """By the batch's own mean and variance, as in training."""
    mean = maps.sum((0, 2, 3), keepdim=True) / maps[:, 0].numel()
    spread = (maps - mean).square().sum((0, 2, 3), keepdim=True) / maps[:, 0].numel()
    return (maps - mean) / (spread + 1e-5).sqrt() * gain[:, None, None] + shift[:, None, None]


def gated(maps: Tensor) -> Tensor:
    half = maps.shape[1] // 2
    return maps[:, :half] / (1 + (-maps[:, half:]).exp())


def doubled(maps: Tensor) -> Tensor:
    """Each pixel four times: nearest."""
    return maps.repeat_interleave(2, 2).repeat_interleave(2, 3)


def bilinear(maps: Tensor, size: int, corners: bool) -> Tensor:
    """Enlarged pixel by pixel."""
    before = maps.shape[-1]
    rows = []
    for y in range(size):
        columns = []
        for x in range(size):
            at = []
            for pixel in (y, x):
                if corners:
                    where = pixel * (before - 1) / (size - 1)
                else:
                    where = max((pixel + 0.5) * before / size - 0.5, 0.0)
                low = min(int(where), before - 1)
                at.append((low, min(low + 1, before - 1), where - low))
            (top, bottom, down), (left, right, along) = at
            above = maps[:, :, top, left] * (1 - along) + maps[:, :, top, right] * along
            below = maps[:, :, bottom, left] * (1 - along) + maps[:, :, bottom, right] * along
            columns.append(above * (1 - down) + below * down)
        rows.append(torch.stack(columns, -1))
    return torch.stack(rows, -2)


def shaken(network: torch.nn.Module, numbers: torch.Generator) -> None:
    """Moves every parameter a little, so that none is 0 or 1 and hides a mistake."""
    with torch.no_grad():
        for parameter in network.parameters():
            change = torch.empty(parameter.shape, dtype=parameter.dtype)
            parameter += change.normal_(0, 0.2, generator=numbers)
