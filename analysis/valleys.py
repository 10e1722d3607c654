"""Where mixtures of D's sides turn up again: cells of the terrain, with bounds of the minima."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jets import Array
from .small_arrays import clipped, indices, paired
from .terrain import Terrain

_RIVALS = 4  # valleys of one mixture that are refined; with more of a depth it oscillates


@dataclass(frozen=True)
class Valleys:
    """Cells of a terrain in which mixtures have a minimum; arrays of shape (k,) unless told.

    Attributes:
        row: the mixture, rising.
        cell: the index of the cell's lower end; −1 stands for the lower end of the scores, and
            n − 1 for the upper end.
        a, b: the mixture's weights, shape (k, 1).
        tilt: the mixture's slope at both ends of the cell, shape (k, 2).
        low, high: bounds of the minimum, as far as the cell's ends tell.
        limit: the infimum where it is a limit: at an end, at a pole or jump; else NaN.
    """

    row: NDArray[np.intp]
    cell: NDArray[np.intp]
    a: Array
    b: Array
    tilt: Array
    low: Array
    high: Array
    limit: Array

    @classmethod
    def of(cls, terrain: Terrain, slope: Array, a: Array, b: Array) -> Valleys:
        """Return all valleys of mixtures.

        Args:
            terrain: D's sides.
            slope: of the mixtures where the terrain is `telling`, (rows, told).
            a, b: the weights of the rows, (rows, 1).
        """
        told, last = terrain.telling, len(terrain.scores) - 1
        # Does a row turn up before its first score, between two of them, or behind its last?
        turns = np.empty((len(slope), len(told) + 1), dtype=bool)
        turns[:, 0], turns[:, -1] = _outermost(slope) > 0, _outermost(slope[:, ::-1]) < 0
        falls, others = slope < 0, slope >= 0
        np.logical_and(falls[:, :-1], others[:, 1:], out=turns[:, 1:-1])
        resting = indices(slope[:, 0] == 0)
        if len(resting):  # flat from the lower end on, as hinge is for η = 0
            flat = slope[resting]
            turns[resting, 0] = flat[np.arange(len(flat)), (flat != 0).argmax(axis=1)] > 0
        if len(terrain.broken):
            i = np.searchsorted(told, terrain.broken)
            turns[:, i + 1] |= (slope[:, i] < 0) | (slope[:, i + 1] > 0)
        # A sixth of `nonzero`'s time.
        row, column = np.divmod(indices(turns), len(told) + 1)
        cell = np.concatenate([[-1], told])[column]
        ends = paired(np.maximum(cell, 0), np.minimum(cell + 1, last))
        a, b = a[row], b[row]
        real, fake = terrain.real, terrain.fake
        one, zero = (
            np.concatenate([side.value[ends], side.slope[ends]], axis=1) for side in (real, fake)
        )
        both = mixed(a, one, b, zero)  # (k, 4): values, then slopes at both ends
        value, tilt = both[:, :2], both[:, 2:]
        low, high = _bounds(terrain.scores[ends], value, tilt)
        limit = _limits(terrain, cell, a, b, tilt)
        known = ~np.isnan(limit)
        low[known] = high[known] = limit[known]
        return cls(row, cell, a, b, tilt, low, high, limit)

    def part(self, which: Any) -> Valleys:
        """Return some of the valleys."""
        return Valleys(
            self.row[which], self.cell[which], self.a[which], self.b[which], self.tilt[which],
            self.low[which], self.high[which], self.limit[which],
        )  # fmt: skip

    def deepest(self) -> Valleys:
        """Return the valleys that may be the deepest of their rows."""
        if self.begins.all() and ((self.low <= self.high) & (self.low < np.inf)).all():
            return self  # one in each row
        lowest = self._lowest(self.high)
        rivals = indices((self.low <= lowest) & (self.low < np.inf))
        if len(rivals) and np.bincount(self.row[rivals]).max() > _RIVALS:
            # By row, and within a row by bound: the rank of each among those of its row.
            order = rivals[np.lexsort((self.high[rivals], self.row[rivals]))]
            starts = indices(np.diff(self.row[order], prepend=-1))
            lengths = np.diff(starts, append=len(order))
            rank = np.arange(len(order)) - np.repeat(starts, lengths)
            rivals = np.sort(order[rank < _RIVALS])
        return self.part(rivals)

    def lowest_of_rows(self, value: Array, tie: float) -> NDArray[np.intp]:
        """Return which valleys have the lowest value of their rows, if that is not ∞.

        Args:
            value: of each valley, (k,).
            tie: relative difference of values that are taken as equal.
        """
        lowest = self._lowest(value)
        slack = np.where(np.isfinite(lowest), tie * np.abs(lowest), 0.0)
        return indices((value <= lowest + slack) & (value < np.inf))

    def _lowest(self, value: Array) -> Array:
        """Return the lowest value of each valley's row, (k,)."""
        if not len(value):
            return value
        first = self.begins
        lowest: Array = np.minimum.reduceat(value, indices(first))
        repeated: Array = lowest[np.cumsum(first) - 1]
        return repeated

    @cached_property
    def begins(self) -> NDArray[np.bool_]:
        """Which valleys are the first ones of their rows, (k,)."""
        first = np.ones(len(self.row), dtype=bool)
        np.not_equal(self.row[1:], self.row[:-1], out=first[1:])
        return first


def _outermost(slope: Array) -> Array:
    """Return the first slope of each row that is a number, (rows,)."""
    first = slope[:, 0]
    if not np.isnan(first).any():
        return first
    outermost: Array = slope[np.arange(len(slope)), (~np.isnan(slope)).argmax(axis=1)]
    return outermost


def _bounds(x: Array, value: Array, slope: Array) -> tuple[Array, Array]:
    """Return bounds of a minimum between two points: where the tangents meet, and the lower end.

    Args:
        x, value, slope: at both ends of the cells, shape (k, 2).
    """
    high = np.fmin(value[:, 0], value[:, 1])
    high[np.isnan(high)] = np.inf
    width = x[:, 1] - x[:, 0]
    # v₀ + m₀·t = v₁ + m₁·(t − w), all (k,)
    share = (value[:, 1] - value[:, 0] - slope[:, 1] * width) / (slope[:, 0] - slope[:, 1])
    low = value[:, 0] + slope[:, 0] * clipped(share, 0.0, width)
    return np.where(low <= high, low, high), high


def _limits(terrain: Terrain, cell: NDArray[np.intp], a: Array, b: Array, slope: Array) -> Array:
    """Return the infima of mixtures that are not attained, NaN elsewhere, shape (k,).

    Args:
        terrain: D's sides.
        cell: of the valleys, (k,).
        a, b: weights, (k, 1).
        slope: of the mixtures at the ends of the cells, (k, 2).
    """
    limit = np.full(len(cell), np.nan)
    last = len(terrain.scores) - 1
    for end, which in ((0, (cell < 0) & (slope[:, 0] != 0)), (1, cell == last)):
        if which.any():
            one, zero = terrain.edges[:, end]
            heavy, light = a[which, 0], b[which, 0]
            here = np.where(heavy > 0, heavy * one, 0.0) + np.where(light > 0, light * zero, 0.0)
            if math.isinf(one) and math.isinf(zero):
                here[np.isnan(here)] = -np.inf  # it falls towards the end, and without end
            limit[which] = np.where(here == np.inf, np.nan, here)
    if len(terrain.broken):
        held = np.isin(cell, terrain.broken)
        where = np.searchsorted(terrain.broken, cell[held])
        both = terrain.breaks.mixed(where, (a[held], b[held]))
        limit[held] = np.where(np.isnan(both).all(axis=1), np.nan, np.fmin(*both.T))
    return limit


def mixed(a: Array, one: Array, b: Array, zero: Array) -> Array:
    """Return a·one + b·zero, in which a weight of 0 silences even an infinite loss.

    The weights have shape (n, 1), the losses (n, k), or (k,) if they are the same for all.
    """
    total = added(a, one, b, zero)
    for weight, side in ((a, zero), (b, one)):
        if not weight.all():
            rows = indices(weight == 0)
            total[rows] = side[rows] if side.ndim == total.ndim else side
    return total


def added(a: Array, one: Array, b: Array, zero: Array) -> Array:
    """Return a·one + b·zero for positive weights."""
    total: Array = a * one
    total += b * zero  # in place: on the whole grid these are large
    return total
