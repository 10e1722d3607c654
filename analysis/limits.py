"""The limits of a loss at the ends of its range."""

from __future__ import annotations

import math

import numpy as np

from lossgp.expressions import Link

from .jets import Array

_ENDS = np.array(
    [
        1e-75,
        1e-100,
        1e-150,
        1e-200,
        1e-300,
        0.0,
        *(1.0 - 2.0 ** -np.array([13, 19, 26, 39, 52])),
        1.0,
    ]
)
_FAR = np.array([-1e2, -1e3, -1e4, -1e6, -1e8, 1e2, 1e3, 1e4, 1e6, 1e8])


def readings(link: Link) -> Array:
    """Return the points at which a side is read to tell its limits."""
    return _FAR if link == "identity" else _ENDS


def limits(value: Array) -> tuple[float, float]:
    """Return the limits of a side at both ends: p → 0 and p → 1, or s → −∞ and s → ∞.

    The loss is read at three distances from the end, each the square of the one before. If
    its steps do not shrink it has no bound there: a logarithm doubles its step, a power
    squares it. Two readings in between tell whether it oscillates instead.

    Args:
        value: the side at its `readings`.
    """
    half = len(value) // 2
    below, above = value[:half], value[half:]
    return _limit(below), _limit(above)


def _limit(ladder: Array) -> float:
    """Return the limit of five readings towards an end, and of a sixth at the end, if any."""
    end = float(ladder[5]) if len(ladder) > 5 else math.nan
    if math.isfinite(end) or math.isinf(end):
        return end
    a, b, c = (float(v) for v in ladder[:5:2])
    if math.isinf(c) or math.isnan(c):
        return c
    first, second = b - a, c - b
    scale = 1e-3 * max(1.0, abs(c))
    steps = np.diff(ladder[:5])
    steady = bool((steps >= 0).all() or (steps <= 0).all())
    if not steady and not np.abs(steps[2:]).max() <= scale:
        return math.nan
    if not math.isfinite(first) or (abs(second) > scale and abs(second) >= 0.75 * abs(first)):
        return math.copysign(math.inf, second)
    return c
