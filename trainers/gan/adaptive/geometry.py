"""General geometric transforms: scaling, rotation, translation by parts of a pixel.

They are one affine map for each image. It is sampled at twice the resolution, between the
low-pass filters of the wavelet sym6 (Daubechies 1992), as in the paper (appendix B): so no
transform aliases.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .warping import warp

SYM6 = (
    *(0.015404109327027373, 0.0034907120842174702, -0.11799011114819057, -0.048311742585633),
    *(0.4910559419267466, 0.787641141030194, 0.3379294217276218, -0.07263752278646252),
    *(-0.021060292512300564, 0.04472490177066578, 0.0017677118642428036, -0.007800708325034148),
)
"""Low-pass filter: orthonormal to itself shifted by 2, so that up and down again is no change."""
MIDDLE = sum(k * tap for k, tap in enumerate(SYM6)) / sum(SYM6)  # its centre, in taps
OFFSET = round(MIDDLE - 0.5)  # the tap that is at the first of a pixel's two halves
REACH = 3  # more rows of the finer grid, beyond both edges, for sampling between them
SCALE = 0.2 * math.log(2)  # standard deviation of the logarithm of a scale
SHIFT = 0.125  # standard deviation of a translation, in sides
UNIFORMS, NORMALS = 7, 4


class Geometry:
    """Transforms 4 to 8 of the paper's table (appendix B), each with probability p.

    The two rotations have probability 1 - sqrt(1 - p) each, so that an image is rotated with
    probability p. The image is mirrored at its edges. One that is not transformed stays as it is,
    to the bit.
    """

    def __init__(self, size: int, device: torch.device | str) -> None:
        self._size = size
        self._up = _up(size).to(device)
        self._down = _down(size).to(device)
        rows = torch.arange(len(self._down[0]), device=device, dtype=torch.float32) - OFFSET
        self._positions = (rows + OFFSET - MIDDLE) / 2 + 0.5 - size / 2  # from the image's middle

    def __call__(self, images: Tensor, p: Tensor, u: Tensor, z: Tensor) -> Tensor:
        """Images (n, c, size, size), by uniform u (n, 7) and normal numbers z (n, 4)."""
        matrix, shift, moved = self._inverse(p, u, z)
        x = self._positions.expand(len(self._positions), -1)
        points = torch.stack([x, x.T], dim=-1).flatten(0, 1) - shift[:, None]  # (n, m m, 2)
        points = points @ matrix.transpose(1, 2) + self._size / 2  # in pixels of the image
        period = 2 * self._size  # mirrored at the edges 0 and size
        points = self._size - (points % period - self._size).abs()
        grid = 2 * (points - 0.5) + MIDDLE - OFFSET + REACH  # rows of the finer image
        finer = self._up @ images @ self._up.T  # (n, c, 2 size + 2 REACH, ...)
        m = len(self._positions)
        sampled = warp(finer, grid.view(-1, m, m, 2))
        warped = self._down @ sampled @ self._down.T
        return torch.where(moved[:, None, None, None], warped, images)

    def _inverse(self, p: Tensor, u: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The map from a point of the result, less a translation, to one of the image.

        The matrix (n, 2, 2), the translation (n, 2) in pixels, and which images move (n,).
        """
        rotated = 1 - (1 - p).clamp(min=0).sqrt()
        scales, stretches, shifts = u[:, 0] < p, u[:, 3] < p, u[:, 6] < p
        before, after = u[:, 1] < rotated, u[:, 4] < rotated
        scale = torch.where(scales, (SCALE * z[:, 0]).exp(), 1)
        stretch = torch.where(stretches, (SCALE * z[:, 1]).exp(), 1)
        first = torch.where(before, (2 * u[:, 2] - 1) * math.pi, 0)
        last = torch.where(after, (2 * u[:, 5] - 1) * math.pi, 0)
        shift = torch.where(shifts[:, None], SHIFT * self._size * z[:, 2:4], 0)
        # Image to result: scale, rotate, stretch, rotate, translate; so backwards.
        inverse = _rotation(-first) @ _scaling(1 / stretch, stretch) @ _rotation(-last)
        moved = scales | before | stretches | after | shifts
        return inverse / scale[:, None, None], shift, moved


def _rotation(angle: Tensor) -> Tensor:
    """(n,) to (n, 2, 2)."""
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)


def _scaling(x: Tensor, y: Tensor) -> Tensor:
    """(n,) each to (n, 2, 2)."""
    return torch.diag_embed(torch.stack([x, y], dim=-1))


def _up(size: int) -> Tensor:
    """(2 size + 2 REACH, size): zeros between the pixels of the mirrored image, then SYM6.

    Row r is at r - REACH of the finer grid, in which pixel i is at 2 i.
    """
    matrix = torch.zeros(2 * size + 2 * REACH, size, dtype=torch.float64)
    for row in range(len(matrix)):
        for k, tap in enumerate(SYM6):
            twice = row - REACH - k + OFFSET
            if twice % 2 == 0:
                matrix[row, _mirrored(twice // 2, size)] += math.sqrt(2) * tap
    return matrix.float()


def _down(size: int) -> Tensor:
    """(size, 2 size + 10): SYM6 read backwards, at every second place of the finer grid.

    Column r is at r - OFFSET of the finer grid.
    """
    matrix = torch.zeros(size, 2 * size + len(SYM6) - 2, dtype=torch.float64)
    for pixel in range(size):
        matrix[pixel, 2 * pixel : 2 * pixel + len(SYM6)] = torch.tensor(SYM6) / math.sqrt(2)
    return matrix.float()


def _mirrored(at: int, size: int) -> int:
    at %= 2 * size
    return at if at < size else 2 * size - 1 - at
