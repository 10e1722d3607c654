"""Where a loss may bend sharply or become infinite: zeros of its operators' arguments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .brackets import inverse_cubic, newton_zeros
from .jets import Array
from .small_arrays import indices

Arguments = Callable[[Array], tuple[Array, Array]]
"""Points of any shape -> functions of which one is zero at each corner, and their slopes."""

_ROUNDS = 5  # of Newton's steps


@np.errstate(all="ignore")
def corners_between(arguments: Arguments, grid: Array, there: tuple[Array, Array]) -> Array:
    """Return the zeros of some functions within the range of a grid, rising, shape (n,).

    Two zeros of one function that stand in the same cell of the grid are not seen.

    Args:
        arguments: the functions.
        grid: rising, shape (k,).
        there: what they are on the grid.
    """
    value, slope = there  # each (functions, k)
    sign = np.sign(value)
    width = len(grid) - 1
    # A zero on a point of the grid itself, between two that are none: indices of inner points
    still = sign == 0
    hit = indices(still[:, 1:-1] & ~still[:, :-2] & ~still[:, 2:]) % (width - 1)
    # Function and cell of each change of sign, both (n,)
    which, cell = np.divmod(indices(sign[:, :-1] * sign[:, 1:] < 0), width)
    low, high = grid[cell], grid[cell + 1]
    (f0, d0), (f1, d1) = ((value[which, i], slope[which, i]) for i in (cell, cell + 1))

    def argument(x: Array, rows: NDArray[np.intp], *, curved: bool = True) -> tuple[Array, Array]:
        values, slopes = arguments(x[:, 0])  # (functions, rows)
        column = np.arange(len(rows))
        return values[which[rows], column, None], slopes[which[rows], column, None]

    start = inverse_cubic(low, high, (f0, d0), (f1, d1))
    zeros = newton_zeros(argument, low, high, f1 > 0, start, _ROUNDS)
    return np.sort(np.concatenate([zeros[np.isfinite(zeros)], grid[1:-1][hit]]))


def among(corners: Array, x: Array, within: float = 0.0) -> NDArray[np.bool_]:
    """Tell which points are corners, to rounding.

    Args:
        corners: rising, shape (m,).
        x: the points, shape (n,).
        within: a distance that counts as rounding, too.
    """
    if not len(corners):
        return np.zeros(len(x), dtype=bool)
    apart = np.abs(neighbours(corners, x) - x)  # (2, n)
    told: NDArray[np.bool_] = np.any(apart <= 4e-16 * np.abs(x) + within, axis=0)
    return told


def neighbours(corners: Array, x: Array) -> Array:
    """Return the corners next to points, one below and one above, shape (2, n).

    Args:
        corners: rising, shape (m,), m > 0.
        x: the points, shape (n,). Beyond the outermost corner both neighbours are that one.
    """
    above = np.searchsorted(corners, x)
    last = len(corners) - 1
    return np.stack([corners[np.maximum(above - 1, 0)], corners[np.minimum(above, last)]])
