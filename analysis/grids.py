"""The points at which a side is looked at, finer wherever something may hide between them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .jets import Array, Jet
from .sides import Side, sigmoid

REACH = 40.0
"""Scores are searched on [−40, 40] under the identity link."""
_ROUNDS = 3  # of refining the grid
_MOST = 1536  # points of the refined grid
_ISOLATED = 16  # kinks and poles at most; they are suspect however fine the grid
PROMINENCE = 1e-12  # a dip shallower than this, relative to the loss's scale, is rounding


def _of_scores() -> Array:
    outer = np.geomspace(8.0, REACH, 25)[1:]
    return np.concatenate([-outer[::-1], np.linspace(-8.0, 8.0, 257), outer])


def _of_predictions() -> Array:
    tails = sigmoid(np.linspace(-27.0, -4.1, 70))
    return np.concatenate([tails, np.linspace(0.0, 1.0, 321)[6:-6], 1.0 - tails[::-1]])


_GRIDS = {"identity": _of_scores(), "sigmoid": _of_predictions()}


def grid(side: Side) -> Array:
    """Return the points at which a side is first looked at: its range, denser at the ends."""
    return _GRIDS[side.link]


def resolved(side: Side, x: Array, out: Jet) -> tuple[Array, Jet, bool]:
    """Return grid and jet, refined wherever two turns might hide between neighbours.

    The last value tells whether the grid follows the loss: in the end such places are few.

    Args:
        side: the loss of a class.
        x, out: its grid, and the jet there.
    """
    least = 10.0 * least_prominence(out)
    for _ in range(_ROUNDS):
        suspect = _suspects(x, out, least)
        if not len(suspect):
            return x, out, True
        if len(x) + 4 * len(suspect) > _MOST:
            return x, out, False
        low, high = x[suspect], x[suspect + 1]
        new = (low + (high - low) * np.array([[0.2], [0.4], [0.6], [0.8]])).ravel()
        extra = side.jet(new)
        order = np.argsort(np.concatenate([x, new]), kind="stable")
        x = np.concatenate([x, new])[order]
        out = Jet(
            np.concatenate([out.value, extra.value])[order],
            np.concatenate([out.slope, extra.slope])[order],
            np.concatenate([out.curvature, extra.curvature])[order],
        )
    return x, out, len(_suspects(x, out, least)) <= _ISOLATED


def _suspects(x: Array, out: Jet, least: float) -> NDArray[np.intp]:
    """Return the intervals in which the slope may touch zero twice, or which fit no cubic.

    What could hide there must reach `least`, or rounding would be looked into without end.
    """
    with np.errstate(all="ignore"):
        width = np.diff(x)
        d, dd = out.slope, out.curvature
        same = d[:-1] * d[1:] > 0
        dips = same & (d[:-1] * dd[:-1] < 0) & (d[1:] * dd[1:] > 0)
        # Where the tangents of the slope from both sides would reach zero.
        bend = (np.abs(dd[:-1]) + np.abs(dd[1:])) * width
        scale = np.abs(d[:-1]) + np.abs(d[1:])
        reach = bend > scale
        rise = np.diff(out.value)
        expected = 0.5 * width * (d[:-1] + d[1:])
        rough = np.abs(rise - expected) > 0.3 * width * scale
        told = width * (scale + bend) + np.abs(rise) > least
    found: NDArray[np.intp] = np.flatnonzero(told & ((dips & reach) | (rough & same)))
    return found


def least_prominence(out: Jet) -> float:
    """Return the depth of a dip from which on it is more than rounding."""
    usual = middle(np.abs(out.value))
    return PROMINENCE * max(1.0, usual if math.isfinite(usual) else 1.0)


def middle(values: Array) -> float:
    """Return the upper median, in a tenth of the time of NumPy's."""
    half = len(values) // 2
    return float(np.partition(values, half)[half])
