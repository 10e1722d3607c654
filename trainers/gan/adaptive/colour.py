"""Colour transforms: one affine map of red, green and blue for each image."""

from __future__ import annotations

import math

import torch
from torch import Tensor

BRIGHTNESS = 0.2  # standard deviation, of a range of 2
CONTRAST = 0.5 * math.log(2)  # standard deviation of its logarithm
SATURATION = math.log(2)  # standard deviation of its logarithm
UNIFORMS, NORMALS = 7, 3


class Colour:
    """Transforms 9 to 13 of the paper's table (appendix B), each with probability p.

    Brightness, contrast, luma flip, hue, saturation. Of one channel it is what becomes of grey:
    hue and saturation leave it as it is.
    """

    def __init__(self, channels: int, device: torch.device | str) -> None:
        if channels not in (1, 3):
            raise ValueError(f"{channels} channels; colours are transformed of 1 or 3")
        self._channels = channels
        v = torch.full((3, 1), 1 / math.sqrt(3), device=device)  # the axis of greys
        self._grey, self._all = v @ v.T, torch.eye(3, device=device)
        a = 1 / math.sqrt(3)
        cross = torch.tensor([[0, -a, a], [a, 0, -a], [-a, a, 0]])
        self._turn = cross.to(device)  # v x

    def __call__(self, images: Tensor, p: Tensor, u: Tensor, z: Tensor) -> Tensor:
        """Images (n, c, h, w), by uniform u (n, 7) and normal numbers z (n, 3)."""
        brighter, contrasted, flipped = u[:, 0] < p, u[:, 1] < p, (u[:, 2] < p) & (u[:, 3] < 0.5)
        changed = brighter | contrasted | flipped
        brightness = torch.where(brighter, BRIGHTNESS * z[:, 0], 0)[:, None, None, None]
        contrast = torch.where(contrasted, (CONTRAST * z[:, 1]).exp(), 1)
        if self._channels == 1:
            gain = torch.where(flipped, -contrast, contrast)[:, None, None, None]
            found = (images + brightness) * gain
        else:
            turned, saturated = u[:, 4] < p, u[:, 6] < p
            changed = changed | turned | saturated
            matrix = contrast[:, None, None] * self._all
            matrix = (self._all - 2 * self._grey * flipped[:, None, None]) @ matrix
            angle = torch.where(turned, (2 * u[:, 5] - 1) * math.pi, 0)[:, None, None]
            matrix = self._rotation(angle) @ matrix
            saturation = torch.where(saturated, (SATURATION * z[:, 2]).exp(), 1)[:, None, None]
            matrix = (self._grey + saturation * (self._all - self._grey)) @ matrix  # (n, 3, 3)
            found = (matrix @ (images + brightness).flatten(2)).view_as(images)
        return torch.where(changed[:, None, None, None], found, images)

    def _rotation(self, angle: Tensor) -> Tensor:
        """About the axis of greys (Rodrigues): (n, 1, 1) to (n, 3, 3)."""
        cos, sin = angle.cos(), angle.sin()
        return cos * self._all + sin * self._turn + (1 - cos) * self._grey
