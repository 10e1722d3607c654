"""Where the loss of a class has its minima and maxima, certified by the sign of its slope."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lossgp.expressions import Loss, LossPair

from .closed_form import closed_forms
from .corners import among
from .flats import edges
from .grids import PROMINENCE, Look
from .leaps import with_breaks
from .limits import turns_without_end
from .sides import Bundle, Side, Sides
from .small_arrays import increments, indices, middle
from .survey import LossSurvey
from .turns import StationaryPoint

Trend = Literal["rising", "falling", "constant", "neither"]
Bend = Literal["convex", "concave", "straight", "neither"]


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
            more than 40 times: there are more turns than `points` holds. Of more than 40 it
            holds ten: the deepest, the highest, and those that stand furthest apart.
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


def shapes_of(
    sides: Sides, *, survey: LossSurvey | None = None, closed_form: bool = False
) -> Shapes:
    """Return the shapes of sides that have been made already.

    Args:
        sides: the sides.
        survey: the first look at D's sides, where there is one already.
        closed_form: also look for formulas.
    """
    real, fake = _shapes(survey or LossSurvey.of(sides.discriminator), closed_form)
    generator = real if sides.is_flipped else shape(sides.generator, closed_form=closed_form)
    return Shapes(real, fake, generator)


def minima(
    loss: Loss | LossPair | Side, label: int = 1, *, epsilon: float = 0.0, closed_form: bool = False
) -> tuple[StationaryPoint, ...]:
    """Return the minima of l(p, label) from left to right, those at the ends included.

    Of a pair these are D's. GANetic has one for label 1, at (√α/6)^(2/7) = 0.7302.

    Raises:
        ValueError: the label is neither 0 nor 1.
    """
    if label not in (0, 1):
        raise ValueError(f"the label is {label!r}; it must be 1 (real) or 0 (generated)")
    if not isinstance(loss, Side):
        sides = Sides.of(loss, epsilon=epsilon)
        loss = sides.real if label == 1 else sides.fake
    return shape(loss, closed_form=closed_form).minima


def shape(side: Side, *, closed_form: bool = False) -> Shape:
    """Return the shape of one side; the work behind `stationary_points`."""
    return _shapes(LossSurvey.of(side.alone), closed_form)[0]


@np.errstate(all="ignore")  # infinities are answers here
def _shapes(survey: LossSurvey, closed_form: bool) -> list[Shape]:
    """Return the shapes of sides that are read together."""
    bundle, breaks = survey.bundle, survey.breaks
    shapes = []
    for i, (side, look, (lower, upper), inside) in enumerate(
        zip(bundle.sides, survey.looks, survey.edges, survey.turns, strict=True)
    ):
        if side.is_constant:
            shapes.append(Shape((), "constant", "straight", lower, upper))
        elif len(look.x) < 3:
            shapes.append(Shape((), "neither", "neither", lower, upper))
        else:
            told = inside.points if look.followed else _placed(inside.points, bundle)
            told = with_breaks(told, breaks, i, look)
            points = _prominent(_with_ends(told, side, look, lower, upper), look.least)
            if closed_form:
                points = _named(side, points)
            known = not (math.isnan(lower) or math.isnan(upper))
            complete = look.followed and inside.all_told and known
            broken = any(point.place in ("pole", "jump") for point in points)
            bend = "neither" if broken else _bend(look)
            shapes.append(Shape(tuple(points), _trend(points), bend, lower, upper, complete))
    return shapes


def _placed(points: list[StationaryPoint], bundle: Bundle) -> list[StationaryPoint]:
    """Return the points without the kinks, cusps and poles that are none.

    Where a side turns many times within a cell of its grid, what is found in the cell is no
    turn; it looks sharp, but no operator is sharp there.
    """
    smooth = ~among(bundle.corners, np.array([point.at for point in points]))
    return [
        point
        for point, free in zip(points, smooth, strict=True)
        if not (free and point.place in ("kink", "cusp", "pole"))
    ]


def _with_ends(
    turns: list[StationaryPoint], side: Side, look: Look, lower: float, upper: float
) -> list[StationaryPoint]:
    """Add the ends of the range, each a minimum or maximum by the slope beside it.

    An end is neither where the side has no limit, or turns however near to it.
    """
    x, out = look.x, look.out
    moving = indices(out.slope)
    if not len(moving):
        return turns
    first, last = int(moving[0]), int(moving[-1])
    left_end, right_end = (-math.inf, math.inf) if side.link == "identity" else (0.0, 1.0)
    flat = first > 1, last < len(x) - 2
    cells = [(x[first], x[first - 1]), (x[last], x[min(last + 1, len(x) - 1)])]
    held = [cell for cell, still in zip(cells, flat, strict=True) if still]
    edge: Iterator[float] = iter(())
    if held:
        begin, end = np.array(held).T
        edge = iter(edges(side.alone, np.zeros(len(held), dtype=np.intp), begin, end).tolist())
    endless = turns_without_end(side) if not look.followed else (False, False)
    ends: list[list[StationaryPoint]] = []
    for at, place, limit, up, still, turning in (
        (left_end, "lower end", lower, out.slope[first] < 0, flat[0], endless[0]),
        (right_end, "upper end", upper, out.slope[last] > 0, flat[1], endless[1]),
    ):
        if math.isnan(limit) or (turning and math.isfinite(limit)):
            ends.append([])
            continue
        inner = next(edge) if still else at
        high = limit > 0 if math.isinf(limit) else up
        point = StationaryPoint(
            "maximum" if high else "minimum",
            place,  # type: ignore[arg-type]
            at,
            limit,
            math.nan,
            min(inner, at),
            max(inner, at),
            is_flat=still,
        )
        ends.append([point])
    return [*ends[0], *turns, *ends[1]]


def _prominent(points: list[StationaryPoint], least: float) -> list[StationaryPoint]:
    """Drop pairs of neighbours that differ by no more than rounding."""
    kept = list(points)
    i = 0
    while i + 1 < len(kept) and len(kept) > 2:
        a, b = kept[i], kept[i + 1]
        rounding = least + PROMINENCE * min(abs(a.value), abs(b.value))
        close = math.isfinite(rounding) and abs(a.value - b.value) <= rounding
        if a.kind != b.kind and close and i > 0 and i + 2 < len(kept):
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


def _bend(look: Look) -> Bend:
    """Return whether a side is convex, by its curvature and by what its kinks add to that."""
    out = look.out
    finite = out.curvature[np.isfinite(out.curvature)]
    noise = 1e-9 * middle(np.abs(finite))
    below, above = bool((finite < -noise).any()), bool((finite > noise).any())
    if not (below and above):  # else the kinks add nothing
        width, rise = increments(look.x), increments(out.slope)
        mean = 0.5 * width * (out.curvature[:-1] + out.curvature[1:])
        size = np.abs(out.curvature)
        slack = 4.0 * width * (size[:-1] + size[1:]) + 1e-9 * middle(np.abs(out.slope))
        below = below or bool((rise - mean < -slack).any())
        above = above or bool((rise - mean > slack).any())
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
