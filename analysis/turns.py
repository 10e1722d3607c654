"""Where the slope of a loss changes its sign inside its range, and what kind of point that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .brackets import inverse_cubic, zeros
from .closed_form import ClosedForm
from .corners import among
from .flats import edges, stretched
from .grids import Look
from .jets import Array, Jet
from .sides import Bundle
from .small_arrays import indices, middle

Kind = Literal["minimum", "maximum"]
Place = Literal["inside", "kink", "cusp", "pole", "jump", "lower end", "upper end"]

_TURNS = 40  # turns that are told of one side, its ends apart
_SHOWN = 10  # that are told of one that has more


@dataclass(frozen=True)
class StationaryPoint:
    """A minimum or maximum of the loss of one class.

    Attributes:
        kind: "minimum" or "maximum".
        place: "inside" where the slope vanishes, "kink" where it jumps through zero, "cusp"
            where it is infinite on both sides, as sqrt|x| at 0, "pole" where the loss is
            infinite, as log|x| at 0, "jump" where it leaps, "lower end" or "upper end" of the
            variable's range (p = 0 and 1; scores −∞ and ∞).
        at: the point; the middle of the flat stretch where the loss is flat.
        value: the loss there, a limit at an end; it may be infinite.
        curvature: the second derivative there; NaN everywhere but inside.
        low, high: the slope has opposite signs at these two points (equal to `at` at an end);
            they span the whole of a flat stretch.
        is_flat: the loss is constant from `low` to `high`, as the hinge loss is past 1.
        closed_form: the point as a formula, where one was asked for and found.
    """

    kind: Kind
    place: Place
    at: float
    value: float
    curvature: float
    low: float
    high: float
    is_flat: bool = False
    closed_form: ClosedForm | None = None


@dataclass(frozen=True)
class Turns:
    """The turns inside one side's range, from left to right, and whether these are all."""

    points: list[StationaryPoint]
    all_told: bool


@dataclass(frozen=True)
class _Cells:
    """The cells of a side's grid in which its slope changes its sign; arrays of shape (n,).

    Attributes:
        look: the side on its grid.
        left, right: indices of the cells' ends.
        all_told: whether there are no more.
        flat: turns with more than one grid point without slope in between.
    """

    look: Look
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    all_told: bool
    flat: list[StationaryPoint]

    @classmethod
    def of(cls, look: Look, bundle: Bundle, index: int) -> _Cells:
        """Return where the slope changes its sign on a grid.

        Where a cell ends at a corner the bracket takes in the next one too: the corner's own
        slope is any between those beside it, and the jump would lie on the bracket's edge.
        """
        x, out = look.x, look.out
        sign = np.sign(out.slope)
        moving = indices(sign)
        change = indices(sign[moving][:-1] != sign[moving][1:])  # a cell's ends skip zeros
        left, right = moving[change], moving[change + 1]
        told = _telling(x[left], out.value[left])
        all_told = len(told) == len(left)
        left, right = left[told], right[told]
        wide = right - left > 2
        flat = _flat_turns(look, bundle, index, left[wide], right[wide])
        left, right = left[~wide], right[~wide]
        if len(left):
            before, behind = np.maximum(left - 1, 0), np.minimum(right + 1, len(x) - 1)
            opens = among(bundle.corners, x[left]) & (sign[before] == sign[left])
            closes = among(bundle.corners, x[right]) & (sign[behind] == sign[right])
            left, right = np.where(opens, before, left), np.where(closes, behind, right)
        return cls(look, left, right, all_told, flat)

    def ends(self) -> Array:
        """Return x, value, slope and curvature at both ends, shape (2, 4, n)."""
        out = self.look.out
        columns = (self.look.x, out.value, out.slope, out.curvature)
        return np.array([[column[i] for column in columns] for i in (self.left, self.right)])


def turns(bundle: Bundle, looks: Sequence[Look]) -> list[Turns]:
    """Return the points inside at which the slope of each side changes its sign.

    All sides are searched at once, because a reading costs by its steps and not by its points.

    Args:
        bundle: the sides.
        looks: the sides on their grids.
    """
    cells = [_Cells.of(look, bundle, index) for index, look in enumerate(looks)]
    counts = [len(side.left) for side in cells]
    points = [list(side.flat) for side in cells]
    if sum(counts):
        which = np.repeat(np.arange(len(looks)), counts)
        huge = [1e9 * _size(look.out.value) for look in looks]
        ends = np.concatenate([side.ends() for side in cells], axis=2)
        for i, point in zip(which, _searched(bundle, which, ends, np.array(huge)), strict=True):
            points[i].append(point)
    return [
        Turns(sorted(turned, key=lambda point: point.at), side.all_told)
        for turned, side in zip(points, cells, strict=True)
    ]


def _size(value: Array) -> float:
    """Return how large a side is as a rule; where it is 0 as a rule, at most."""
    size = np.abs(value)
    return middle(size) or float(size.max(initial=0.0))


def _searched(
    bundle: Bundle, which: NDArray[np.intp], ends: Array, huge: Array
) -> Iterator[StationaryPoint]:
    """Yield the turns in cells.

    Args:
        bundle: the sides.
        which: the side of each cell, (n,).
        ends: x, value, slope and curvature at the ends, (2, 4, n).
        huge: for each side, a value that only poles reach.
    """
    (left, _, f0, d0), (right, _, f1, d1) = ends  # each (n,)
    rising = f1 > 0

    def slopes(x: Array, rows: NDArray[np.intp], *, curved: bool = True) -> tuple[Array, Array]:
        here = bundle.chosen(x, which[rows], curved=curved)
        # Where the slope is not defined let the bracket shrink from above.
        return np.where(np.isnan(here.slope), 1.0, here.slope), here.curvature

    start = inverse_cubic(left, right, (f0, d0), (f1, d1))
    at, low, high = zeros(slopes, left, right, rising, bundle.corners, start)
    low, high, jets = _certified(bundle, which, at, (left, low), (high, right), rising)
    here = jets.part((slice(None), 0))  # (n, 7) -> (n,)
    # Undefined just there, as d·log|d| at 0 is: then what stands beside it is told.
    value = np.where(np.isnan(here.value), jets.value[:, 1], here.value)
    # As |x|^1.5 has at 0; it may also be undefined just there.
    bent = ~(np.abs(here.curvature) <= 1e5 * np.abs(d0))
    curvature = np.where(bent, np.where(rising, np.inf, -np.inf), here.curvature)
    places = _places(jets, np.maximum(np.abs(f0), np.abs(f1)), huge[which])
    flat = stretched(bundle, which, at, left, right)
    columns = (rising, at, value, curvature, low, high)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for i, (place, row) in enumerate(zip(places, rows, strict=True)):
        yield _flat(bool(rising[i]), float(value[i]), *flat[i]) if i in flat else _turn(place, *row)


def _telling(x: Array, value: Array) -> NDArray[np.intp]:
    """Return which of the turns near x are told: all, or some if there are more than 40.

    Then these are the deepest, the highest, and those that stand furthest apart.

    Args:
        x, value: a point near each turn, rising, and the loss there; shape (n,).
    """
    if len(x) <= _TURNS:
        return np.arange(len(x))
    apart = np.minimum(np.diff(x, prepend=-np.inf), np.diff(x, append=np.inf))
    furthest = np.argsort(-apart, kind="stable")[: _SHOWN - 2]
    return np.unique([*furthest, np.argmin(value), np.argmax(value)])


def _certified(
    bundle: Bundle,
    which: NDArray[np.intp],
    at: Array,
    lower: tuple[Array, Array],
    upper: tuple[Array, Array],
    rising: NDArray[np.bool_],
) -> tuple[Array, Array, Jet]:
    """Return brackets of 1e-9 about the points if the slope has the right signs, and jets.

    Where it has not, by rounding, the brackets are those that were searched. The jets, of shape
    (n, 7), are at the points, at the ends of the brackets, and of brackets a hundred and ten
    thousand times as wide.

    Args:
        bundle: the sides.
        which: the side of each point, (n,).
        at: the points found.
        lower: lower ends: of the cell of the grid, and of the bracket that is left of it.
        upper: upper ends: of that bracket, and of the cell.
        rising: whether the slope rises through zero.
    """
    reach = 1e-9 * np.maximum(np.abs(at), upper[1] - lower[0])
    sign = np.where(rising, 1.0, -1.0)[:, None]
    low, high = np.maximum(at - reach, lower[0]), np.minimum(at + reach, upper[1])
    out = bundle.chosen(_widened(at, low, high), which)  # (n, 7)
    below, above = (sign * out.slope[:, 1:3] * [-1.0, 1.0] > 0).T
    lost = indices(~(below & above))
    if len(lost):
        low[lost] = np.where(below, low, lower[1])[lost]
        high[lost] = np.where(above, high, upper[0])[lost]
        again = bundle.chosen(_widened(at[lost], low[lost], high[lost]), which[lost])
        value, slope = out.value.copy(), out.slope.copy()
        value[lost], slope[lost] = again.value, again.slope
        out = Jet(value, slope, out.curvature)
    return low, high, out


def _widened(at: Array, low: Array, high: Array) -> Array:
    """Return points and the ends of brackets: theirs, 1e2 and 1e4 times as wide, (n, 7)."""
    columns = [at]
    for factor in (1.0, 1e2, 1e4):
        columns += [at - factor * (at - low), at + factor * (high - at)]
    return np.stack(columns, axis=1)


def _places(out: Jet, steep: Array, huge: Array) -> list[Place]:
    """Return what kind of points these are, from the jets of `_certified`.

    From one bracket to the next, a hundred times as narrow, the jump of a smooth slope shrinks
    a hundredfold, that of a kink stays, that of a cusp grows; and the loss moves less and less
    towards a cusp, but as far each time towards a logarithm's pole.

    Args:
        out: the jets, (n, 7).
        steep: the slope of the loss around each point, (n,).
        huge: a value that only poles reach, (n,).
    """
    slope, value = out.slope.T, out.value.T  # (7, n): point, then lower and upper ends thrice
    jump, wide = np.abs(slope[2] - slope[1]), np.abs(slope[4] - slope[3])
    sharp = (jump > 0.5 * wide) & (jump > 1e-6 * steep)
    near, far = np.abs(value[3:5] - value[1:3]), np.abs(value[5:] - value[3:5])
    endless = sharp & (near >= 0.75 * far).all(axis=0) & (near > 0).all(axis=0)
    pole = endless | np.isinf(value[0]) | (np.abs(value[0]) > huge)
    cusp = sharp & (jump > 1.25 * wide)
    names = np.where(pole, "pole", np.where(cusp, "cusp", np.where(sharp, "kink", "inside")))
    places: list[Place] = names.tolist()
    return places


def _turn(
    place: Place, rising: bool, at: float, value: float, curvature: float, low: float, high: float
) -> StationaryPoint:
    kind: Kind = "minimum" if rising else "maximum"
    if place == "pole":
        value = -math.inf if rising else math.inf
    return StationaryPoint(
        kind, place, at, value, curvature if place == "inside" else math.nan, low, high
    )


def _flat_turns(
    look: Look, bundle: Bundle, index: int, left: NDArray[np.intp], right: NDArray[np.intp]
) -> list[StationaryPoint]:
    """Return the flat stretches of a side between points of its grid where it moves."""
    if not len(left):
        return []
    x, out = look.x, look.out
    moving, still = np.concatenate([left, right]), np.concatenate([left + 1, right - 1])
    ends = edges(bundle, np.full(len(moving), index), x[moving], x[still])
    pairs = zip(*ends.reshape(2, -1).tolist(), strict=True)
    return [
        _flat(bool(out.slope[b] > 0), float(out.value[(a + b) // 2]), low, high)
        for a, b, (low, high) in zip(left, right, pairs, strict=True)
    ]


def _flat(rising: bool, value: float, low: float, high: float) -> StationaryPoint:
    kind: Kind = "minimum" if rising else "maximum"
    middle = 0.5 * (low + high)
    return StationaryPoint(kind, "inside", middle, value, 0.0, low, high, is_flat=True)
