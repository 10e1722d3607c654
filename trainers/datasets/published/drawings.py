"""Masks: drawings of where something is in a picture, in files beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..dataset import DatasetError
from ..decoding import decoded, size_of
from ..fitting import Fit

_WHITE = 128
_AS_IT_IS = Fit(channels=1)


def merged_mask(picture: Path, masks: tuple[Path, ...], fit: Fit) -> NDArray[np.uint8]:
    """What any of the masks marks (a logical or), uint8 (1, h, w), 0 or 255, fitted as the picture.

    No mask: nothing is marked. After resizing, a pixel is marked where half of it is. Raises
    `DatasetError` where a mask cannot be read, or has another size than the picture.
    """
    from PIL import Image

    width, height = size_of(picture)
    marked = np.zeros((height, width), np.uint8)
    for path in masks:
        drawn = decoded(path, _AS_IT_IS)[0]
        if drawn.shape != marked.shape:
            raise DatasetError(
                f"{path}: {drawn.shape[1]}x{drawn.shape[0]} pixels, but {picture.name} has "
                f"{width}x{height}; a mask is as large as its picture"
            )
        marked |= np.where(drawn >= _WHITE, np.uint8(255), np.uint8(0))
    fitted = replace(fit, channels=1).image(Image.fromarray(marked))
    return np.where(fitted >= _WHITE, np.uint8(255), np.uint8(0))
