"""Where flat stretches of a loss begin and end, which is mostly between the points of a grid."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .corners import neighbours
from .jets import Array
from .sides import Bundle
from .small_arrays import indices, paired

_AT_ONCE = 800  # points of one reading, of all edges together
_BITS = 34  # of a cell
_BESIDE = 1e-7  # of a cell: where no slope is so close to a turn, it is a flat stretch
_SNAP = 2.0**-20  # of a cell: an edge so close to a corner is that corner


def boundaries(slopes: Callable[[Array], Array], moving: Array, flat: Array, bits: int) -> Array:
    """Return where slopes become zero, to 2^-bits of the way between two points, shape (n,).

    Args:
        slopes: points (n, k) -> the slope there, one function a row.
        moving, flat: at the first point of a row the function moves, at the second its slope is
            zero; (n,).
        bits: as above.
    """
    begin, end = moving, flat
    number = max(3, min(255, _AT_ONCE // len(begin)))  # k, points a round
    share, row = np.arange(1, number + 1) / (number + 1), np.arange(len(begin))
    for _ in range(math.ceil(bits / math.log2(number + 1))):
        points = begin[:, None] + (end - begin)[:, None] * share  # (n, k)
        moves = slopes(points) != 0
        count = moves.cumprod(axis=1).sum(axis=1)  # (n,) points before the first flat one
        marks = np.concatenate([begin[:, None], points, end[:, None]], axis=1)  # (n, k + 2)
        begin, end = marks[row, count], marks[row, count + 1]
    return 0.5 * (begin + end)


@np.errstate(all="ignore")
def edges(bundle: Bundle, which: NDArray[np.intp], moving: Array, flat: Array) -> Array:
    """Return where the slopes of sides become zero, shape (n,): corners, or to 2^-34 of a cell.

    Args:
        bundle: the sides.
        which: the side of each edge, (n,).
        moving, flat: points between which it lies: at the first one the side moves, at the
            second one its slope is zero; (n,).
    """
    if not len(which):
        return np.empty(0)

    def slopes(x: Array) -> Array:
        return bundle.chosen(x, which, curved=False).slope

    edge = boundaries(slopes, moving, flat, _BITS)
    if len(bundle.corners):
        beside = neighbours(bundle.corners, edge)  # (2, n)
        apart = np.abs(beside - edge)
        nearest, row = apart.argmin(axis=0), np.arange(len(edge))
        held = apart[nearest, row] <= _SNAP * np.abs(flat - moving)
        edge = np.where(held, beside[nearest, row], edge)
    return edge


def stretched(
    bundle: Bundle, which: NDArray[np.intp], at: Array, left: Array, right: Array
) -> dict[int, tuple[float, float]]:
    """Return which turns are flat stretches within their cells, and the ends of these.

    Args:
        bundle: the sides.
        which: the side of each turn, (n,).
        at: the turns, (n,).
        left, right: ends of their cells, where the sides move, (n,).
    """
    off = _BESIDE * (right - left)
    beside = paired(at - off, at + off)
    still = bundle.chosen(beside, which, curved=False).slope == 0
    rows = indices(still.any(axis=1))
    seed = np.where(still[rows, 0], beside[rows, 0], beside[rows, 1])
    twice = np.concatenate([which[rows], which[rows]])
    ends = edges(
        bundle, twice, np.concatenate([left[rows], right[rows]]), np.concatenate([seed, seed])
    )
    pairs = zip(*ends.reshape(2, -1).tolist(), strict=True)
    return dict(zip(rows.tolist(), pairs, strict=True))
