"""Pixel blitting: mirror, quarter turns and whole-pixel translations. Pixels are only moved."""

from __future__ import annotations

import torch
from torch import Tensor

SHIFT = 0.125  # of the side, at most
UNIFORMS = 7


class Blitting:
    """Transforms 1 to 3 of the paper's table (appendix B), each with probability p.

    Rows and columns are chosen by matrices of zeros and ones: a product with them is exact, has
    gradients of every order, and sums in a fixed order on every device. What comes in at an edge
    is mirrored there.
    """

    def __init__(self, size: int, device: torch.device | str) -> None:
        self._size = size
        self._pixels = torch.arange(size, device=device)

    def __call__(self, images: Tensor, p: Tensor, u: Tensor) -> Tensor:
        """Images (n, c, size, size) moved, by uniform numbers u (n, 7) in [0, 1)."""
        mirror = (u[:, 0] < p) & (u[:, 1] < 0.5)  # (n,)
        turns = torch.where(u[:, 2] < p, (4 * u[:, 3]).floor(), 0).long()  # 0 to 3
        shift = (2 * u[:, 5:7] - 1) * (SHIFT * self._size)  # columns, rows
        shift = torch.where(u[:, 4:5] < p, shift.round(), 0).long()  # (n, 2)
        odd = turns % 2 == 1
        # A quarter turn is a transposition, then rows flipped; after it columns are rows.
        flip_rows = ((turns == 1) | (turns == 2)) ^ (odd & mirror)
        flip_columns = ((turns == 2) | (turns == 3)) ^ (~odd & mirror)
        rows = self._chosen(shift[:, 1], flip_rows)
        columns = self._chosen(shift[:, 0], flip_columns)
        turned = torch.where(_each(odd), images.transpose(2, 3), images)
        moved = rows @ turned @ columns.transpose(2, 3)
        still = ~mirror & (turns == 0) & (shift == 0).all(dim=1)
        return torch.where(_each(still), images, moved)

    def _chosen(self, shift: Tensor, flip: Tensor) -> Tensor:
        """(n, 1, size, size): a one in each row, at the pixel that comes there."""
        size = self._size
        source = (self._pixels - shift[:, None]) % (2 * size)  # (n, size)
        source = torch.where(source < size, source, 2 * size - 1 - source)  # mirrored at edges
        source = torch.where(flip[:, None], size - 1 - source, source)
        return (source[:, :, None] == self._pixels).float()[:, None]


def _each(chosen: Tensor) -> Tensor:
    """(n,) as (n, 1, 1, 1)."""
    return chosen[:, None, None, None]
