"""The points at which a side is looked at, finer wherever something may hide between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .jets import Array, Jet
from .ranges import sounded
from .sides import Bundle
from .small_arrays import increments, indices, middle

_ROUNDS = 3  # of refining the grid
_MOST = 1536  # points of the refined grid
_EPS = float(np.finfo(float).eps)
_ISOLATED = 16  # kinks and poles at most; they are suspect however fine the grid
PROMINENCE = 1e-12  # a dip shallower than this, relative to the loss's scale, is rounding


@dataclass
class Look:
    """A side on its grid.

    Attributes:
        x: the points, rising.
        out: the side's jet there.
        followed: whether the grid follows the loss: places that fit no cubic are few.
        least: the depth of a dip from which on it is more than rounding.
    """

    x: Array
    out: Jet
    followed: bool = True
    least: float = 0.0

    def usable(self) -> Look:
        """Return the side where value and slope are finite."""
        fine = np.isfinite(self.out.value) & np.isfinite(self.out.slope)
        if fine.all():
            return self
        return Look(self.x[fine], self.out.part(fine), self.followed, self.least)


def resolved(bundle: Bundle, x: Array, jets: Sequence[Jet], beside: Sequence[Jet]) -> list[Look]:
    """Return the sides on grids that are refined wherever two turns might hide between neighbours.

    Args:
        bundle: the sides.
        x, jets: the first grid, and the jets of the sides there.
        beside: those beside some of its points, which `sounded` tells.
    """
    depths = _least_prominences(x, jets, beside)  # one of each side
    looks = [Look(x, out, least=least) for out, least in zip(jets, depths, strict=True)]
    least = [10.0 * depth for depth in depths]
    open_ = list(range(len(looks)))
    for _ in range(_ROUNDS):
        new: dict[int, Array] = {}
        for i in open_:
            look = looks[i]
            suspect = _suspects(look.x, look.out, least[i], bundle.corners)
            look.followed = len(look.x) + 4 * len(suspect) <= _MOST
            if len(suspect) and look.followed:
                low, high = look.x[suspect], look.x[suspect + 1]
                # Four points in each suspect interval: (4, k) -> (4·k,)
                new[i] = (low + (high - low) * np.array([[0.2], [0.4], [0.6], [0.8]])).ravel()
        open_ = list(new)
        if not open_:
            break
        extra = bundle.jets(np.concatenate(list(new.values())))
        start = 0
        for i, points in new.items():
            part = extra[i].part(slice(start, start + len(points)))
            looks[i] = _merged(looks[i], points, part)
            start += len(points)
    for i in open_:
        suspect = _suspects(looks[i].x, looks[i].out, least[i], bundle.corners)
        looks[i].followed = len(suspect) <= _ISOLATED
    return looks


def _merged(look: Look, points: Array, extra: Jet) -> Look:
    x = np.concatenate([look.x, points])
    order = np.argsort(x, kind="stable")
    return Look(x[order], look.out.joined(extra).part(order), least=look.least)


def _suspects(x: Array, out: Jet, least: float, corners: Array) -> NDArray[np.intp]:
    """Return the intervals in which the slope may touch zero twice, or which fit no cubic.

    What could hide there must reach `least`, or rounding would be looked into without end. An
    interval in which the slope changes its sign at a corner is no riddle: that is a kink.
    """
    d, dd = out.slope, out.curvature  # (n,); what follows is of the intervals, (n − 1,)
    size, bent = np.abs(d), np.abs(dd)
    width = increments(x)
    same = d[:-1] * d[1:] > 0
    turned = d * dd
    dips = same & (turned[:-1] < 0) & (turned[1:] > 0)
    # Where the tangents of the slope from both sides would reach zero.
    bend = (bent[:-1] + bent[1:]) * width
    scale = size[:-1] + size[1:]
    reach = bend > scale
    rise = increments(out.value)
    expected = 0.5 * width * (d[:-1] + d[1:])  # by the trapezoid rule
    rough = np.abs(rise - expected) > 0.3 * width * scale  # no cubic with these slopes rises so
    told = width * (scale + bend) + np.abs(rise) > least
    rough &= told
    kinks = rough & ~same
    if len(corners) and kinks.any():
        held = np.searchsorted(corners, x, "left")
        rough &= same | (held[1:] == held[:-1])
    return indices((told & dips & reach) | rough)


def _least_prominences(x: Array, jets: Sequence[Jet], beside: Sequence[Jet]) -> list[float]:
    """Return the depth of a dip in each side from which on it is more than rounding.

    This is relative to the loss's size, or to what a step of a few last bits does to it beyond
    its slope: where large terms cancel, as in sin² + cos² − 1, that is more than the size.
    """
    some, moved = sounded(x)
    off = moved - x[some]
    depths = []
    for jet, near in zip(jets, beside, strict=True):
        step = near.value - jet.value[some] - jet.slope[some] * off
        coarse = np.abs(step) / _EPS
        sizes = middle(np.abs(jet.value)), middle(coarse[np.isfinite(coarse)])
        depths.append(
            PROMINENCE * max((size for size in sizes if math.isfinite(size)), default=0.0)
        )
    return depths
