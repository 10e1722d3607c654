"""The limits of a loss at the ends of its range."""

from __future__ import annotations

import math

import numpy as np

from .jets import Array
from .sides import Side

_ENDS = np.array(
    [[1e-75, 1e-150, 1e-300, 0.0], [1.0 - 2.0**-13, 1.0 - 2.0**-26, 1.0 - 2.0**-52, 1.0]]
)


def limits(side: Side) -> tuple[float, float]:
    """Return the limits of a side at both ends: p → 0 and p → 1, or s → −∞ and s → ∞.

    The loss is read at three distances from the end, each the square of the one before. If
    its steps do not shrink it has no bound there: a logarithm doubles its step, a power
    squares it.
    """
    if side.link == "identity":
        ladder = np.array([1e2, 1e4, 1e8])
        lower, upper = side.jet(np.stack([-ladder, ladder])).value
        return _limit(lower, math.nan), _limit(upper, math.nan)
    below, above = side.jet(_ENDS).value
    return _limit(below[:3], float(below[3])), _limit(above[:3], float(above[3]))


def _limit(ladder: Array, end: float) -> float:
    """Return the limit of three readings towards an end, and of the value at the end."""
    if math.isfinite(end) or math.isinf(end):
        return end
    a, b, c = (float(v) for v in ladder)
    if math.isinf(c) or math.isnan(c):
        return c
    first, second = b - a, c - b
    scale = 1e-3 * max(1.0, abs(c))
    if not math.isfinite(first) or (abs(second) > scale and abs(second) >= 0.75 * abs(first)):
        return math.copysign(math.inf, second) if first * second > 0 else math.nan
    return c
