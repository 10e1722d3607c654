"""Numbers that stand for grey levels or colours, as bytes from 0 to 255."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import DatasetError

TOLERANCE = 0.05
"""How far floats may leave a range, as a part of it: what resizing with overshoot leaves."""
_ROWS = 1 << 22  # values that are turned into bytes at a time


@dataclass(frozen=True)
class _Range:
    """What floats may mean: black and white; and where the ends of a set must lie."""

    black: float
    white: float
    least_low: float
    most_low: float
    least_high: float

    @property
    def slack(self) -> float:
        return TOLERANCE * (self.white - self.black)

    def holds(self, low: float, high: float) -> bool:
        inside = self.black - self.slack <= low and high <= self.white + self.slack
        return inside and self.least_low <= low <= self.most_low and high >= self.least_high


# Both ends decide. Between them lies what could be either: a lowest value of -0.3 is too deep for
# an undershoot of [0, 1], and too high for the black of [-1, 1]; a highest one of 3 is neither
# white of [0, 1] nor of [0, 255].
_RANGES = (
    _Range(0, 1, -TOLERANCE, np.inf, -np.inf),
    _Range(-1, 1, -np.inf, -0.5, -np.inf),
    _Range(0, 255, -np.inf, np.inf, 32),
)


def in_bytes(path: Path, images: NDArray[Any]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Images of any type and range as uint8, and what a user should know of it.

    Integers lie in 0 .. 255. Floats are in [0, 1], in [-1, 1] or in [0, 255], whichever both
    their ends fit; what over- or undershoots it by at most a twentieth is cut off. Raises
    `DatasetError` where they fit none, and for other types.
    """
    if images.dtype == np.uint8 or images.size == 0:  # an empty set is refused later
        return images.astype(np.uint8, copy=False), ()
    if images.dtype == np.bool_:
        return images.astype(np.uint8) * np.uint8(255), ()
    if images.dtype.kind not in "iuf":
        raise DatasetError(f"{path}: images are {images.dtype}; they must be integers or floats")
    low, high = float(images.min()), float(images.max())
    if images.dtype.kind != "f":
        if not 0 <= low <= high <= 255:
            raise _out_of_range(path, low, high)
        return images.astype(np.uint8), ()
    meant = next((each for each in _RANGES if each.holds(low, high)), None)
    if meant is None:  # NaN included
        raise _out_of_range(path, low, high)
    notes: tuple[str, ...] = ()
    if low < meant.black or high > meant.white:
        notes = (
            f"pixels run from {low:.6g} to {high:.6g}; they were taken for "
            f"[{meant.black:g}, {meant.white:g}], and what lies outside was cut off",
        )
    return _scaled(images, meant), notes


def _scaled(images: NDArray[Any], meant: _Range) -> NDArray[np.uint8]:
    """Whole values 0 to 255; a part of the images at a time, as they may fill the memory."""
    scaled = np.empty(images.shape, np.uint8)
    step = max(1, _ROWS // (images.size // len(images)))
    for first in range(0, len(images), step):
        part = images[first : first + step]
        if meant.white != 255:
            scale, shift = (255.0, 0.0) if meant.black == 0 else (127.5, 127.5)
            part = part.astype(np.float32) * scale + shift
        scaled[first : first + step] = np.clip(np.rint(part), 0, 255).astype(np.uint8)
    return scaled


def _out_of_range(path: Path, low: float, high: float) -> DatasetError:
    return DatasetError(
        f"{path}: pixels run from {low:g} to {high:g}; they must lie in [0, 255], or as "
        "floats in [0, 1] or [-1, 1]; scale them, or cut off what lies outside (numpy.clip)"
    )
