"""Write image files in the layouts of published data sets, small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def write_picture(path: Path, seed: int = 0, size=(10, 8), mode: str = "L", **saving) -> Path:
    """A picture of noise; size is (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], len(mode))
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    if mode == "RGBA":
        pixels[..., 3] = 255
    Image.fromarray(pixels, mode).save(path, **saving)
    return path


def write_mask(path: Path, box, size=(10, 8)) -> Path:
    """A black picture with a white box (left, top, right, bottom)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("L", size, 0)
    if box is not None:
        image.paste(255, box)
    image.save(path)
    return path
