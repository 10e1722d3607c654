"""Features of real images under a frozen network: once, where nothing changes the images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..data import as_floats
from ..preparation import announce

if TYPE_CHECKING:
    from ..gan.draws import Draw
    from ..gan.play import Play

LARGEST = 2**28
"""Numbers that are kept at most: 1 GiB."""
AT_ONCE = 64

Maps = Callable[[Tensor], list[Tensor]]
"""Images (n, c, side, side) to a frozen network's maps, each (n, ...)."""


class RealMaps:
    """A batch of real images' maps: kept from before, or worked out in every iteration.

    They are kept where the images are never changed (`fixed`) and the maps of all of them fit. The
    order of the images is the same either way; the maps differ in their last bits, as they were
    worked out in other batches.

    Attributes:
        kept: whether they are.
        draw: of the images, or of their maps.
    """

    def __init__(self, play: Play, batch: int, maps: Maps, fixed: bool, flips: str | None) -> None:
        self._maps = maps
        self._shapes: list[torch.Size] = []
        if fixed and flips is None:
            with torch.no_grad():
                self._shapes = [found.shape[1:] for found in maps(as_floats(play.samples[:1]))]
        self._widths = [shape.numel() for shape in self._shapes]
        self.kept = 0 < sum(self._widths) * len(play.samples) <= LARGEST
        of = self._all(play) if self.kept else None
        self.draw: Draw = play.real("data", batch, flips, of)

    def __call__(self, change: Callable[[Tensor], Tensor]) -> list[Tensor]:
        """The maps of the batch, whose images are changed first where they are not kept."""
        if not self.kept:
            return self._maps(change(self.draw.buffer))
        parts = torch.split(self.draw.buffer, self._widths, 1)
        return [p.view(-1, *shape) for p, shape in zip(parts, self._shapes, strict=True)]

    def _all(self, play: Play) -> Tensor:
        """The maps of all images, (n, numbers of an image), float32."""
        rows: list[Tensor] = []
        with torch.no_grad():
            for images in torch.split(play.samples, AT_ONCE):
                announce("computing features", len(rows) * AT_ONCE, len(play.samples))
                found: Sequence[Tensor] = self._maps(as_floats(images))
                rows.append(torch.cat([maps.float().flatten(1) for maps in found], 1))
        return torch.cat(rows)
