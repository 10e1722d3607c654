"""Windows: which measured values are shown black and which white."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator

PRESETS = {
    "bone": (400.0, 1800.0),
    "brain": (40.0, 80.0),
    "lung": (-600.0, 1500.0),
    "mediastinum": (50.0, 350.0),
    "soft-tissue": (40.0, 400.0),
}
"""Usual centres and widths of windows for computed tomography, in Hounsfield units."""

WINDOWS = f"auto, full, CENTRE/WIDTH, {', '.join(PRESETS)}"
"""What may be written for a window."""


@dataclass(frozen=True)
class Window:
    """Values around a centre, over a width.

    function  how values become grey, as DICOM names it (PS3.3, C.11.2.1): LINEAR, LINEAR_EXACT or
              SIGMOID.
    """

    centre: float
    width: float
    function: str = "LINEAR_EXACT"

    def grey(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """The values as uint8: 0 below the window, 255 above it."""
        x = values.astype(np.float64)
        if self.function == "SIGMOID":
            part = 1 / (1 + np.exp(np.clip(-4 * (x - self.centre) / self.width, -700, 700)))
        elif self.function == "LINEAR" and self.width > 1:
            part = (x - (self.centre - 0.5)) / (self.width - 1) + 0.5
        elif self.function == "LINEAR":
            part = (x > self.centre - 0.5).astype(np.float64)
        else:
            part = (x - self.centre) / self.width + 0.5
        return _bytes(part)


def stretched(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """The values from low to high as 0 to 255; constant ones as 0."""
    if not high > low:
        return np.zeros(values.shape, np.uint8)
    return _bytes((values.astype(np.float64) - low) / (high - low))


def chosen(text: str, function: str = "LINEAR_EXACT") -> Window | None:
    """The window that a text names; None for `auto` and `full`. Raises ValueError."""
    if text in ("auto", "full"):
        return None
    if text in PRESETS:
        return Window(*PRESETS[text], function)
    centre, _, width = text.partition("/")
    try:
        numbers = float(centre), float(width)
    except ValueError:
        numbers = (math.nan, math.nan)
    if not all(map(math.isfinite, numbers)) or numbers[1] <= 0:
        raise ValueError(
            "It must be auto, full, CENTRE/WIDTH as 40/400 with a width above 0, or one of "
            f"{', '.join(PRESETS)}"
        )
    return Window(*numbers, function)


def _checked(text: str) -> str:
    chosen(text)
    return text


WindowText = Annotated[str, AfterValidator(_checked)]
"""`auto`, `full`, `CENTRE/WIDTH`, or the name of a preset."""


def _bytes(part: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Parts of white (0 to 1) as 0 to 255; what is no number is black."""
    whole = np.nan_to_num(np.clip(part, 0, 1) * 255, nan=0.0)
    return np.rint(whole).astype(np.uint8)
