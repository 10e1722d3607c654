"""Crops of large images, in a fixed order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..dataset import DatasetError
from ..decoding import decoded, own_limit_on_pixels, size_of
from ..fitting import Fit
from .listing import Images, Item

Crop = NDArray[np.uint8]


def corners(width: int, height: int, crop: int, stride: int) -> list[tuple[int, int]]:
    """The left and upper edges of all crops that fit, from the left, each column downwards."""
    across = range(0, width - crop + 1, stride)
    down = range(0, height - crop + 1, stride)
    return [(x, y) for x in across for y in down]


def count(path: Path, crop: int, stride: int) -> int:
    """How many crops an image gives. Raises `DatasetError` where it is smaller than one."""
    with own_limit_on_pixels():
        width, height = size_of(path)
    if min(width, height) < crop:
        raise DatasetError(
            f"{path}: {width}x{height} pixels; crops of {crop} do not fit, give a smaller crop"
        )
    return len(corners(width, height, crop, stride))


def cropping(
    crop: int, stride: int, wanted: Callable[[Crop], bool] | None = None
) -> Callable[[Item, Fit], Images]:
    """A decoder of an image's crops, each (c, h, w) fitted; those that are not wanted are not."""

    def decode(item: Item, fit: Fit) -> Images:
        whole = decoded(item.path, Fit(channels=fit.channels or 3))  # (c, h, w)
        _, height, width = whole.shape
        crops = []
        for x, y in corners(width, height, crop, stride):
            part = whole[:, y : y + crop, x : x + crop]
            if wanted is None or wanted(part):
                rows = part[0] if len(part) == 1 else part.transpose(1, 2, 0)
                crops.append(fit.image(Image.fromarray(np.ascontiguousarray(rows))))
        return crops

    return decode
