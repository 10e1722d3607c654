"""The minima and maxima of a loss at its poles and jumps, where no slope need change its sign."""

from __future__ import annotations

import math

from .breaks import Breaks
from .grids import Look
from .turns import Kind, Place, StationaryPoint

_NEXT = 1e-9  # of a break: what the search for turns found so close to it is the break itself


def with_breaks(
    turns: list[StationaryPoint], breaks: Breaks, index: int, look: Look
) -> list[StationaryPoint]:
    """Return turns and what a side does at its breaks, from left to right.

    Where it falls to −∞ and comes down from ∞ behind that, as 1/(p − 0.3) does, the break is a
    minimum and a maximum, in this order; where both limits are ∞ it is one maximum.

    Args:
        turns: the points at which the slope changes its sign, from left to right.
        breaks: poles and jumps of the sides.
        index: which of the sides of the breaks this is.
        look: this side on its grid.
    """
    points = list(turns)
    for at, limits, slopes in breaks.told(index):
        if any(math.isnan(v) for v in limits):
            continue
        place: Place = "pole" if any(map(math.isinf, limits)) else "jump"
        low, high = at - _NEXT * abs(at), at + _NEXT * abs(at)
        below, above = (
            tilt or _moving(look, at, way) for tilt, way in zip(slopes, (-1, 1), strict=True)
        )
        before, behind = _kind(limits[0], -below), _kind(limits[1], above)
        points = [p for p in points if not (low <= p.at <= high and not p.is_flat)]
        if before is None or behind is None:
            continue
        values = limits if before != behind else (_outer(before, limits),)
        if before != behind and (limits[1] > limits[0]) != (before == "minimum"):
            continue  # it leaps the way it goes
        kinds = (before, behind)[: len(values)]
        ends = ((low, at), (at, high)) if len(values) > 1 else ((low, high),)
        new = [
            StationaryPoint(kind, place, at, value, math.nan, *end)
            for kind, value, end in zip(kinds, values, ends, strict=True)
        ]
        first = sum(p.at < at for p in points)
        points[first:first] = new
    return points


def _moving(look: Look, at: float, way: int) -> float:
    """Return the slope of the first point below (−1) or above (1) a break that is not flat."""
    slope = look.out.slope[look.x < at][::-1] if way < 0 else look.out.slope[look.x > at]
    moving = slope[slope != 0]
    return float(moving[0]) if len(moving) else 0.0


def _kind(limit: float, away: float) -> Kind | None:
    """Return what a side has at one edge of a break, from the limit and the slope away from it."""
    if math.isinf(limit):
        return "maximum" if limit > 0 else "minimum"
    if not away:
        return None
    return "minimum" if away > 0 else "maximum"


def _outer(kind: Kind, limits: tuple[float, float]) -> float:
    return min(limits) if kind == "minimum" else max(limits)
