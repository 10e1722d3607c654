"""Where the loss of a class has its minima and maxima, certified by the sign of its slope."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lossgp.expressions import Loss, LossPair

from .brackets import zeros
from .closed_form import ClosedForm, closed_forms
from .grids import PROMINENCE, grid, least_prominence, middle, resolved
from .jets import Array, Jet
from .limits import limits, readings
from .sides import Side, Sides

Kind = Literal["minimum", "maximum"]
Place = Literal["inside", "kink", "cusp", "pole", "lower end", "upper end"]
Trend = Literal["rising", "falling", "constant", "neither"]
Bend = Literal["convex", "concave", "straight", "neither"]

_TURNS = 40  # turns that are told of one side, its ends apart


@dataclass(frozen=True)
class StationaryPoint:
    """A minimum or maximum of the loss of one class.

    Attributes:
        kind: "minimum" or "maximum".
        place: "inside" where the slope vanishes, "kink" where it jumps through zero, "cusp"
            where it is infinite on both sides, as sqrt|x| at 0, "pole" where the loss is
            infinite, as log|x| at 0, "lower end" or "upper end" of the variable's range
            (p = 0 and 1; scores −∞ and ∞).
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
class Shape:
    """The shape of the loss of one class over its whole range.

    Attributes:
        points: all minima and maxima, from left to right, ends included.
        trend: whether it only rises, only falls, or neither.
        bend: whether it is convex or concave in its own variable.
        at_lower, at_upper: limits at p = 0 and p = 1 (scores −∞ and ∞); infinite where the
            loss is unbounded, NaN where it has no limit.
        is_complete: False where the loss oscillates faster than the grid can follow, or turns
            more than 40 times: `points` then holds the turns that stand furthest apart, the
            deepest and the highest one; there are more.
    """

    points: tuple[StationaryPoint, ...]
    trend: Trend
    bend: Bend
    at_lower: float
    at_upper: float
    is_complete: bool = True

    @property
    def minima(self) -> tuple[StationaryPoint, ...]:
        """The minima from left to right."""
        return tuple(point for point in self.points if point.kind == "minimum")

    @property
    def lowest(self) -> StationaryPoint | None:
        """The deepest minimum; None for a constant."""
        return min(self.minima, key=lambda point: point.value, default=None)

    @property
    def bounded_below(self) -> bool:
        """Tell whether the loss stays above some number."""
        return all(point.value > -math.inf for point in self.points)

    @property
    def bounded_above(self) -> bool:
        """Tell whether the loss stays below some number."""
        return all(point.value < math.inf for point in self.points)


@dataclass(frozen=True)
class Shapes:
    """The shapes of D's loss on real and on generated samples, and of G's on generated ones."""

    real: Shape
    fake: Shape
    generator: Shape


def stationary_points(
    loss: Loss | LossPair, *, epsilon: float = 0.0, closed_form: bool = False
) -> Shapes:
    """Return minima, maxima and shape of every side of a loss.

    Args:
        loss: the loss or pair.
        epsilon: ε of the protected operators; 0 is the limit.
        closed_form: also look for formulas, within a time limit (see `closed_forms`).
    """
    return shapes_of(Sides.of(loss, epsilon=epsilon), closed_form=closed_form)


def shapes_of(sides: Sides, *, closed_form: bool = False) -> Shapes:
    """Return the shapes of sides that have been made already."""
    real = shape(sides.real, closed_form=closed_form)
    same = sides.generator is sides.real or sides.generator.tree is sides.real.tree
    generator = real if same else shape(sides.generator, closed_form=closed_form)
    return Shapes(real, shape(sides.fake, closed_form=closed_form), generator)


def minima(
    loss: Loss | Side, label: int = 1, *, epsilon: float = 0.0, closed_form: bool = False
) -> tuple[StationaryPoint, ...]:
    """Return the minima of l(p, label) from left to right, those at the ends included.

    For GANetic and label 1 this is the one minimum at (√α/6)^(2/7) = 0.7302.

    Raises:
        ValueError: the label is neither 0 nor 1.
    """
    if label not in (0, 1):
        raise ValueError(f"the label is {label!r}; it must be 1 (real) or 0 (generated)")
    if isinstance(loss, Loss):
        sides = Sides.of(loss, epsilon=epsilon)
        loss = sides.real if label == 1 else sides.fake
    return shape(loss, closed_form=closed_form).minima


@np.errstate(all="ignore")  # infinities are answers here
def shape(side: Side, *, closed_form: bool = False) -> Shape:
    """Return the shape of one side; the work behind `stationary_points`."""
    ends, inner = readings(side), grid(side)
    first = side.jet(np.concatenate([ends, inner]))
    lower, upper = limits(first.value[: len(ends)])
    if side.is_constant:
        return Shape((), "constant", "straight", lower, upper)
    x, out, followed = resolved(side, inner, first.part(slice(len(ends), None)))
    usable = np.isfinite(out.value) & np.isfinite(out.slope)
    if usable.sum() < 3:
        return Shape((), "neither", "neither", lower, upper)
    if not usable.all():
        x, out = x[usable], out.part(usable)
    turns, all_told = _turns(side, x, out)
    points = _prominent(_with_ends(turns, side, x, out, lower, upper), out)
    if closed_form:
        points = _named(side, points)
    bend = _bend(out.curvature)
    return Shape(tuple(points), _trend(points), bend, lower, upper, followed and all_told)


def _turns(side: Side, x: Array, out: Jet) -> tuple[list[StationaryPoint], bool]:
    """Return the points inside at which the slope changes its sign, and whether these are all."""
    sign = np.sign(out.slope)
    moving = np.flatnonzero(sign)
    change = np.flatnonzero(sign[moving][:-1] != sign[moving][1:])
    left, right = moving[change], moving[change + 1]
    told = _telling(x[left], out.value[left])
    all_told = len(told) == len(left)
    left, right = left[told], right[told]
    flat = right - left > 2  # more than one grid point without slope in between
    found = [
        _flat_turn(x, out, int(a), int(b)) for a, b in zip(left[flat], right[flat], strict=True)
    ]
    left, right = left[~flat], right[~flat]
    if len(left):
        rising = sign[right] > 0

        def slopes(at: Array, _which: NDArray[np.intp]) -> tuple[Array, Array]:
            here = side.jet(at)
            # Where the slope is not defined let the bracket shrink from above.
            return np.where(np.isnan(here.slope), 1.0, here.slope), here.curvature

        at, low, high, _ = zeros(slopes, x[left], x[right], rising, rounds=12, newton=4)
        low, high, jets = _certified(side, at, (x[left], low), (high, x[right]), rising)
        here = jets.part(0)
        steep = np.maximum(np.abs(out.slope[left]), np.abs(out.slope[right]))
        # As |x|^1.5 has at 0; it may also be undefined just there.
        bent = ~(np.abs(here.curvature) <= 1e5 * np.abs(out.curvature[left]))
        curvature = np.where(bent, np.where(rising, np.inf, -np.inf), here.curvature)
        places = _places(jets, steep, 1e9 * (1.0 + middle(np.abs(out.value))))
        columns = (at, here.value, curvature, low, high)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for place, up, row in zip(places, rising.tolist(), rows, strict=True):
            found.append(_turn(place, up, *row))
    return sorted(found, key=lambda point: point.at), all_told


def _telling(x: Array, value: Array) -> NDArray[np.intp]:
    """Return which of the turns near x are told: the 40 furthest apart, the deepest, the highest.

    Args:
        x, value: a point near each turn, rising, and the loss there; shape (n,).
    """
    if len(x) <= _TURNS:
        return np.arange(len(x))
    apart = np.minimum(np.diff(x, prepend=-np.inf), np.diff(x, append=np.inf))
    furthest = np.argsort(-apart, kind="stable")[: _TURNS - 2]
    return np.unique([*furthest, np.argmin(value), np.argmax(value)])


def _certified(
    side: Side,
    at: Array,
    lower: tuple[Array, Array],
    upper: tuple[Array, Array],
    rising: NDArray[np.bool_],
) -> tuple[Array, Array, Jet]:
    """Return brackets of 1e-9 about the points if the slope has the right signs, and jets.

    Where it has not, by rounding, the brackets are those that were searched. The jets, of shape
    (7, n), are at the points, at the ends of the brackets, and of brackets a hundred and ten
    thousand times as wide.

    Args:
        side: the loss of a class.
        at: the points found.
        lower: lower ends: of the cell of the grid, and of the bracket that is left of it.
        upper: upper ends: of that bracket, and of the cell.
        rising: whether the slope rises through zero.
    """
    reach = 1e-9 * np.maximum(np.abs(at), upper[1] - lower[0])
    sign = np.where(rising, 1.0, -1.0)
    low, high = np.maximum(at - reach, lower[0]), np.minimum(at + reach, upper[1])
    out = side.jet(_widened(at, low, high))
    below, above = sign * out.slope[1:3] * [[-1.0], [1.0]] > 0
    if not (below & above).all():
        low, high = np.where(below, low, lower[1]), np.where(above, high, upper[0])
        out = side.jet(_widened(at, low, high))
    return low, high, out


def _widened(at: Array, low: Array, high: Array) -> Array:
    rows = [at]
    for factor in (1.0, 1e2, 1e4):
        rows += [at - factor * (at - low), at + factor * (high - at)]
    return np.stack(rows)


def _places(out: Jet, steep: Array, huge: float) -> list[Place]:
    """Return what kind of points these are, from the jets of `_certified`.

    From one bracket to the next, a hundred times as narrow, the jump of a smooth slope shrinks
    a hundredfold, that of a kink stays, that of a cusp grows; and the loss moves less and less
    towards a cusp, but as far each time towards a logarithm's pole.

    Args:
        out: the jets, (7, n).
        steep: the slope of the loss around each point, (n,).
        huge: a value that only poles reach.
    """
    slope, value = out.slope, out.value
    jump, wide = np.abs(slope[2] - slope[1]), np.abs(slope[4] - slope[3])
    sharp = (jump > 0.5 * wide) & (jump > 1e-6 * steep)
    near, far = np.abs(value[3:5] - value[1:3]), np.abs(value[5:] - value[3:5])
    endless = sharp & (near >= 0.75 * far).all(axis=0) & (near > 0).all(axis=0)
    pole = endless | ~np.isfinite(value[0]) | (np.abs(value[0]) > huge)
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


def _flat_turn(x: Array, out: Jet, left: int, right: int) -> StationaryPoint:
    middle = (left + right) // 2
    return StationaryPoint(
        "minimum" if out.slope[right] > 0 else "maximum",
        "inside",
        float(0.5 * (x[left + 1] + x[right - 1])),
        float(out.value[middle]),
        0.0,
        float(x[left + 1]),
        float(x[right - 1]),
        is_flat=True,
    )


def _with_ends(
    turns: list[StationaryPoint], side: Side, x: Array, out: Jet, lower: float, upper: float
) -> list[StationaryPoint]:
    """Add the ends of the range, each a minimum or maximum by the slope beside it."""
    moving = np.flatnonzero(out.slope)
    if not len(moving):
        return turns
    first, last = int(moving[0]), int(moving[-1])
    left_end, right_end = (-math.inf, math.inf) if side.link == "identity" else (0.0, 1.0)
    ends = []
    for end, place, limit, up, edge in (
        (left_end, "lower end", lower, out.slope[first] < 0, x[first]),
        (right_end, "upper end", upper, out.slope[last] > 0, x[last]),
    ):
        flat = first > 1 if place == "lower end" else last < len(x) - 2
        inner = float(edge) if flat else end
        ends.append(
            StationaryPoint(
                "maximum" if up else "minimum",
                place,  # type: ignore[arg-type]
                end,
                limit,
                math.nan,
                min(inner, end),
                max(inner, end),
                is_flat=flat,
            )
        )
    return [ends[0], *turns, ends[1]]


def _prominent(points: list[StationaryPoint], out: Jet) -> list[StationaryPoint]:
    """Drop pairs of neighbours that differ by no more than rounding."""
    scale = least_prominence(out)
    kept = list(points)
    i = 0
    while i + 1 < len(kept) and len(kept) > 2:
        a, b = kept[i], kept[i + 1]
        rounding = scale + PROMINENCE * min(abs(a.value), abs(b.value))
        if a.kind != b.kind and abs(a.value - b.value) <= rounding and i > 0 and i + 2 < len(kept):
            del kept[i : i + 2]
            i = max(i - 1, 0)
        else:
            i += 1
    return kept


def _trend(points: list[StationaryPoint]) -> Trend:
    if not points:
        return "constant"
    if len(points) != 2:
        return "neither"
    return "rising" if points[0].kind == "minimum" else "falling"


def _bend(curvature: Array) -> Bend:
    finite = curvature[np.isfinite(curvature)]
    noise = 1e-9 * middle(np.abs(finite)) if len(finite) else 0.0
    below, above = bool((finite < -noise).any()), bool((finite > noise).any())
    if above and below:
        return "neither"
    return "convex" if above else "concave" if below else "straight"


def _named(side: Side, points: list[StationaryPoint]) -> list[StationaryPoint]:
    """Attach closed forms to the points that they match to nine digits."""
    from dataclasses import replace

    inner = [point for point in points if point.place == "inside" and not point.is_flat]
    forms = closed_forms(side) if inner else ()
    named = []
    for point in points:
        match = None
        if point in inner:
            near = [f for f in forms if abs(f.value - point.at) <= 1e-9 * max(1.0, abs(point.at))]
            match = near[0] if near else None
        named.append(replace(point, closed_form=match) if match else point)
    return named
