"""Many images as one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]


def tiled(images: Images, columns: int | None = None, gap: int = 1) -> Images:
    """Return images (n, c, h, w) in rows, as one picture (H, W) for c = 1, else (H, W, c).

    Args:
        images: at least one, 1 or 3 channels.
        columns: images in a row; as many as make the grid nearly square by default.
        gap: white pixels between two images.

    Raises:
        ValueError: there is no image, or a channel number that is no picture.
    """
    n, channels, height, width = images.shape
    if n < 1 or channels not in (1, 3):
        raise ValueError(f"{n} images of {channels} channels cannot be shown; channels: 1 or 3")
    across = columns or math.ceil(math.sqrt(n))
    down = math.ceil(n / across)
    high, wide = height + gap, width + gap
    canvas = np.full((down * high - gap, across * wide - gap, channels), 255, np.uint8)
    for index, image in enumerate(images):
        top, left = index // across * high, index % across * wide
        canvas[top : top + height, left : left + width] = image.transpose(1, 2, 0)
    return canvas[..., 0] if channels == 1 else canvas
