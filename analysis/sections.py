"""Brackets about zeros, cut in sections by the sign of the function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jets import Array

_SECTIONS = 255  # points a bracket and round at most: eight bits
_AT_ONCE = 800  # points a round, of all brackets together


def sections(low: Array, high: Array, x: Array) -> Array:
    """Return points that cut brackets in equal parts, and the points x, rising, shape (n, k)."""
    number = max(1, min(_AT_ONCE // len(low), _SECTIONS))
    share = np.arange(1, number + 1) / (number + 1)
    return np.sort(np.concatenate([low[:, None] + (high - low)[:, None] * share, x], axis=1))


def beside(points: Array, f: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Return a function at the ends of narrowed brackets; NaN where an end is not a point.

    Args:
        points, f: rising along the second axis, and the function there, shape (n, k).
        low, high: of the brackets, shape (n,).
    """
    ends = []
    for end in (low, high):
        index = np.minimum((points < end[:, None]).sum(axis=1), points.shape[1] - 1)
        row = np.arange(len(points))
        ends.append(np.where(points[row, index] == end, f[row, index], np.nan))
    return ends[0], ends[1]


def narrowed(
    points: Array, f: Array, low: Array, high: Array, rising: NDArray[np.bool_]
) -> tuple[Array, Array, NDArray[np.intp]]:
    """Return the brackets about the first change of sign, and the point nearest to zero.

    Args:
        points: rising along the second axis, shape (n, k), within the brackets.
        f: the function there.
        low, high, rising: of the brackets, shape (n,).
    """
    exact = f == 0  # (n, k), as `above`: at or past the zero
    above = ((f > 0) == rising[:, None]) | exact
    row, last = np.arange(len(points)), points.shape[1]
    # The first point past the zero, k where there is none, (n,)
    first = np.where(above[row, above.argmax(axis=1)], above.argmax(axis=1), last)
    marks = np.concatenate([low[:, None], points, high[:, None]], axis=1)  # (n, k + 2)
    before, after = np.maximum(first - 1, 0), np.minimum(first, last - 1)
    nearer = np.abs(f[row, before]) < np.abs(f[row, after])
    exact = exact[row, after]  # the bracket keeps its signs
    a, b = marks[row, first], marks[row, first + 1]
    nearest: NDArray[np.intp] = np.where(nearer, before, after)
    return np.where(exact, low, a), np.where(exact, high, b), nearest
