"""The augmentation pipeline: pixel blitting, general geometry, colour."""

from __future__ import annotations

import torch
from torch import Tensor

from . import blitting, colour, geometry
from .blitting import Blitting
from .colour import Colour
from .geometry import Geometry

PIPES = ("b", "bg", "bgc")
"""Blitting; with geometry; with colour too, the paper's choice (section 3, figure 4)."""
UNIFORMS = blitting.UNIFORMS + geometry.UNIFORMS + colour.UNIFORMS
NORMALS = geometry.NORMALS + colour.NORMALS
"""How many numbers an image takes, whatever the pipe: a pipe less never moves another's draws."""


class Pipeline:
    """Transforms images by drawn numbers, each transform with probability p.

    Differentiable in the images, twice; nothing waits or branches on what is drawn. Where nothing
    is drawn the image stays as it is, to the bit: so at p = 0 the pipeline is the identity.

    Args:
        pipe: one of `PIPES`.
        channels, size: of the images.
        device: where they are.
    """

    def __init__(self, pipe: str, channels: int, size: int, device: torch.device | str) -> None:
        if pipe not in PIPES:
            raise ValueError(f"unknown pipe {pipe!r}; use one of {', '.join(PIPES)}")
        self._blitting = Blitting(size, device)
        self._geometry = Geometry(size, device) if "g" in pipe else None
        self._colour = Colour(channels, device) if "c" in pipe else None

    def __call__(self, images: Tensor, p: Tensor, uniform: Tensor, normal: Tensor) -> Tensor:
        """Images (n, c, size, size), augmented.

        `p` is a scalar on the device; `uniform` (n, UNIFORMS) in [0, 1), `normal` (n, NORMALS).
        """
        u = torch.split(uniform, [blitting.UNIFORMS, geometry.UNIFORMS, colour.UNIFORMS], dim=1)
        z = torch.split(normal, [geometry.NORMALS, colour.NORMALS], dim=1)
        images = self._blitting(images, p, u[0])
        if self._geometry is not None:
            images = self._geometry(images, p, u[1], z[0])
        if self._colour is not None:
            images = self._colour(images, p, u[2], z[1])
        return images
