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
from .jets import Array, Jet
from .sides import Side, Sides, sigmoid

Kind = Literal["minimum", "maximum"]
Place = Literal["inside", "kink", "pole", "lower end", "upper end"]
Trend = Literal["rising", "falling", "constant", "neither"]
Bend = Literal["convex", "concave", "straight", "neither"]

REACH = 40.0
"""Scores are searched on [−40, 40] under the identity link."""
_ROUNDS = 3  # of refining the grid
_MOST = 4096  # points of the refined grid
_PROMINENCE = 1e-12  # a dip shallower than this, relative to the loss's scale, is rounding


@dataclass(frozen=True)
class StationaryPoint:
    """A minimum or maximum of the loss of one class.

    Attributes:
        kind: "minimum" or "maximum".
        place: "inside" where the slope vanishes, "kink" where it jumps through zero, "pole"
            where the loss is infinite, "lower end" or "upper end" of the variable's range
            (p = 0 and 1; scores −∞ and ∞).
        at: the point; the middle of the flat stretch where the loss is flat.
        value: the loss there, a limit at an end; it may be infinite.
        curvature: the second derivative there; NaN at an end, a kink or a pole.
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
    """

    points: tuple[StationaryPoint, ...]
    trend: Trend
    bend: Bend
    at_lower: float
    at_upper: float

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


def shape(side: Side, *, closed_form: bool = False) -> Shape:
    """Return the shape of one side; the work behind `stationary_points`."""
    lower, upper = limits(side)
    if side.is_constant:
        return Shape((), "constant", "straight", lower, upper)
    x, out = _resolved(side)
    usable = np.isfinite(out.value) & np.isfinite(out.slope)
    if usable.sum() < 3:
        return Shape((), "neither", "neither", lower, upper)
    x, out = x[usable], Jet(out.value[usable], out.slope[usable], out.curvature[usable])
    points = _prominent(_with_ends(_turns(side, x, out), side, x, out, lower, upper), out)
    if closed_form:
        points = _named(side, points)
    return Shape(tuple(points), _trend(points), _bend(out.curvature), lower, upper)


def grid(side: Side) -> Array:
    """Return the points at which a side is first looked at: its range, denser at the ends."""
    if side.link == "identity":
        inner = np.linspace(-8.0, 8.0, 257)
        outer = np.geomspace(8.0, REACH, 25)[1:]
        return np.concatenate([-outer[::-1], inner, outer])
    tails = sigmoid(np.linspace(-27.0, -4.1, 70))
    return np.concatenate([tails, np.linspace(0.0, 1.0, 321)[6:-6], 1.0 - tails[::-1]])


def _resolved(side: Side) -> tuple[Array, Jet]:
    """Return grid and jet, refined wherever two turns might hide between neighbours."""
    x = grid(side)
    out = side.jet(x)
    for _ in range(_ROUNDS):
        suspect = _suspects(x, out)
        if not len(suspect) or len(x) + 4 * len(suspect) > _MOST:
            break
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
    return x, out


def _suspects(x: Array, out: Jet) -> NDArray[np.intp]:
    """Return the intervals in which the slope may touch zero twice, or which fit no cubic."""
    with np.errstate(all="ignore"):
        width = np.diff(x)
        d, dd = out.slope, out.curvature
        same = d[:-1] * d[1:] > 0
        dips = same & (d[:-1] * dd[:-1] < 0) & (d[1:] * dd[1:] > 0)
        # Where the tangents of the slope from both sides would reach zero.
        reach = (np.abs(dd[:-1]) + np.abs(dd[1:])) * width > np.abs(d[:-1]) + np.abs(d[1:])
        rise = np.diff(out.value)
        expected = 0.5 * width * (d[:-1] + d[1:])
        scale = np.abs(d[:-1]) + np.abs(d[1:])
        rough = np.abs(rise - expected) > 0.3 * width * scale
    found: NDArray[np.intp] = np.flatnonzero((dips & reach) | (rough & same))
    return found


def _turns(side: Side, x: Array, out: Jet) -> list[StationaryPoint]:
    """Return the points inside at which the slope changes its sign."""
    sign = np.sign(out.slope)
    moving = np.flatnonzero(sign)
    change = np.flatnonzero(sign[moving][:-1] != sign[moving][1:])
    left, right = moving[change], moving[change + 1]
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

        at, low, high = zeros(slopes, x[left], x[right], rising)
        low, high = _certified(side, at, low, high, rising)
        here = side.jet(at)
        beside = Jet(out.value[left], out.slope[left], out.curvature[left])
        for i, up in enumerate(rising):
            found.append(_turn(here, at, low, high, i, bool(up), beside))
    return sorted(found, key=lambda point: point.at)


def _certified(
    side: Side, at: Array, low: Array, high: Array, rising: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Return brackets as tight as the slope's signs at 1e-9 from the points allow."""
    reach = 1e-9 * np.maximum(np.abs(at), high - low)
    sign = np.where(rising, 1.0, -1.0)
    before, after = np.maximum(at - reach, low), np.minimum(at + reach, high)
    below = sign * side.jet(before).slope < 0
    above = sign * side.jet(after).slope > 0
    return np.where(below, before, low), np.where(above, after, high)


def _turn(
    here: Jet, at: Array, low: Array, high: Array, i: int, rising: bool, beside: Jet
) -> StationaryPoint:
    value, slope, curvature = (float(part[i]) for part in (here.value, here.slope, here.curvature))
    nearby = abs(float(beside.slope[i]))
    place: Place = "inside"
    if not math.isfinite(value) or abs(slope) > 1e6 * max(nearby, 1e-300):
        place = "pole"
        value = -math.inf if rising else math.inf
    elif not math.isfinite(slope) or abs(slope) > 1e-6 * nearby + 1e-12 * abs(curvature):
        place = "kink"
    elif abs(curvature) > 1e5 * abs(float(beside.curvature[i])):
        curvature = math.copysign(math.inf, curvature)  # as |x|^1.5 has at 0
    return StationaryPoint(
        "minimum" if rising else "maximum",
        place,
        float(at[i]),
        value,
        curvature if place == "inside" else math.nan,
        float(low[i]),
        float(high[i]),
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
    scale = _PROMINENCE * max(1.0, float(np.median(np.abs(out.value))))
    kept = list(points)
    i = 0
    while i + 1 < len(kept) and len(kept) > 2:
        a, b = kept[i], kept[i + 1]
        rounding = scale + _PROMINENCE * min(abs(a.value), abs(b.value))
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
    noise = 1e-9 * float(np.median(np.abs(finite))) if len(finite) else 0.0
    below, above = bool((finite < -noise).any()), bool((finite > noise).any())
    if above and below:
        return "neither"
    return "convex" if above else "concave" if below else "straight"


def limits(side: Side) -> tuple[float, float]:
    """Return the limits of a side at both ends: p → 0 and p → 1, or s → −∞ and s → ∞.

    The loss is read at three distances from the end, each the square of the one before. If
    its steps do not shrink it has no bound there: a logarithm doubles its step, a power
    squares it.
    """
    if side.link == "identity":
        ladder = np.array([1e2, 1e4, 1e8])
        lower, upper = side.jet(-ladder).value, side.jet(ladder).value
        return _limit(lower, math.nan), _limit(upper, math.nan)
    below = side.jet(np.array([1e-75, 1e-150, 1e-300, 0.0])).value
    above = side.jet(np.array([1.0 - 2.0**-13, 1.0 - 2.0**-26, 1.0 - 2.0**-52, 1.0])).value
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
