"""The limits of a loss at the ends of its range."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .jets import Array, Jet
from .ranges import readings
from .sides import Bundle, Side
from .small_arrays import increments

_OSCILLATES = 4  # changes of the slope's sign on the way to an end
_LARGE, _SMALL = np.geomspace(1e3, 1e8, 24), np.geomspace(1e-3, 1e-40, 24)
_HALVES = 2.0 ** -np.linspace(8.0, 50.0, 24)
_APPROACHES = {
    "identity": ((-_LARGE, _LARGE), (_LARGE, _LARGE)),
    "sigmoid": ((_SMALL, _SMALL), (1.0 - _HALVES, _HALVES)),
}
_SOONER = 600.0  # exp's argument is cut off at 709; if this moves a limit, the cut has made it
_NOTHING = 1e-12  # what is smaller may be rounding


def limits_of(bundle: Bundle, jets: Sequence[Jet]) -> list[tuple[float, float]]:
    """Return the limits of sides at both ends of their range.

    Where exp is cut off, as in log(1 + exp(s)) at s = 1e3, the side goes on to infinity.

    Args:
        bundle: the sides.
        jets: those of the sides at their `readings`.
    """
    known = [limits(jet.value) for jet in jets]
    sooner = bundle.cut_sooner(readings(bundle.sides[0].link), _SOONER)
    if sooner is None:
        return known
    told = []
    for (lower, upper), jet in zip(known, sooner, strict=True):
        below, above = limits(jet.value)
        told.append((_beyond(lower, below), _beyond(upper, above)))
    return told


def _beyond(limit: float, sooner: float) -> float:
    """Return a limit: infinite if it moves with the argument at which exp is cut off."""
    move = limit - sooner
    if not math.isfinite(limit) or not abs(move) > 1e-6 * max(_NOTHING, abs(sooner)):
        return limit
    return math.copysign(math.inf, move)


@np.errstate(all="ignore")
def turns_without_end(side: Side) -> tuple[bool, bool]:
    """Tell at either end whether a side turns however near to it, as sin(1/p) does at 0.

    Its slope is read at 24 distances; what moves the side by no more than rounding is left out.
    """
    told = []
    far = side.link == "identity"
    for points, distance in _APPROACHES[side.link]:
        out = side.jet(points, curved=False)
        whole = np.abs(out.value) + (distance * np.abs(out.slope) if far else 0.0)
        moves = np.abs(out.slope) * distance > 1e-12 * np.maximum(whole, 1e-300)
        sign = np.sign(out.slope[moves & np.isfinite(out.slope)])
        told.append(int(np.count_nonzero(increments(sign))) >= _OSCILLATES)
    return told[0], told[1]


def limits(value: Array) -> tuple[float, float]:
    """Return the limits of a side at both ends: p → 0 and p → 1, or s → −∞ and s → ∞.

    The loss is read at three distances from the end, each the square of the one before. If
    its steps do not shrink it has no bound there: a logarithm doubles its step, a power
    squares it. Two readings in between tell whether it oscillates instead.

    Args:
        value: the side at its `readings`.
    """
    half = len(value) // 2
    below, above = value[:half], value[half:]
    return _limit(below), _limit(above)


def _limit(ladder: Array) -> float:
    """Return the limit of five readings towards an end, and of a sixth at the end, if any."""
    end = float(ladder[5]) if len(ladder) > 5 else math.nan
    if math.isfinite(end) or math.isinf(end):
        return end
    a, b, c = (float(v) for v in ladder[:5:2])
    if math.isinf(c) or math.isnan(c):
        return c
    first, second = b - a, c - b
    scale = 1e-3 * max(_NOTHING, abs(c))
    steps = increments(ladder[:5])
    steady = bool((steps >= 0).all() or (steps <= 0).all())
    if not steady and not np.abs(steps[2:]).max() <= scale:
        return math.nan
    if not math.isfinite(first) or (abs(second) > scale and abs(second) >= 0.75 * abs(first)):
        return math.copysign(math.inf, second)
    return c
