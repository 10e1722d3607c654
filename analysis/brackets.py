"""Zeros of a derivative in brackets, many at once.

A loss is smooth but at its corners (kinks, cusps and poles). So a bracket that holds a corner is
cut there, which settles it where the slope jumps over zero; in what is left Newton's steps from
an inverse cubic converge in two or three rounds. The few brackets that stay open (most hold a
corner that was not seen) are cut in ever finer sections.

Why not `scipy.optimize.elementwise.find_root`: a search screens every tree that it draws, in about
1 ms each, and one call of it takes 9 ms and more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .jets import Array
from .sections import beside, narrowed, sections
from .small_arrays import paired


class Slopes(Protocol):
    """A function of which the zeros are sought, one for each bracket."""

    def __call__(
        self, x: Array, which: NDArray[np.intp], /, *, curved: bool = True
    ) -> tuple[Array, Array]:
        """Return the function and its derivative at points.

        Args:
            x: the points, (n, k).
            which: indices of their n brackets.
            curved: whether the derivative is asked for.
        """


_NEWTON = 7, 3  # rounds of one point a bracket, at first and in what stays open
_STALLED = 0.25  # of the function one round before: then Newton's steps lead nowhere
_CROWD = 8  # brackets of one cell
_CONVERGED = 1e-8  # of a bracket: a step of this size is Newton's last: the next is its square
_CUT = 7  # rounds of sections
_NEAR, _JUMPS = 2.0**-18, 2.0**-28  # of a bracket: where a function that jumps is told


@dataclass
class _Brackets:
    """Brackets about zeros, one row each; all arrays of shape (n,)."""

    x: Array
    low: Array
    high: Array
    rising: NDArray[np.bool_]


def zeros(
    slopes: Slopes,
    low: Array,
    high: Array,
    rising: NDArray[np.bool_],
    corners: Array | None = None,
    start: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Return the zeros of a function, one in each bracket, and the brackets that are left.

    Where the function jumps over zero, the jump is what is found.

    Args:
        slopes: the function and its derivative.
        low, high: ends of the brackets, shape (n,), low < high.
        rising: whether the function goes from negative to positive in the bracket, (n,).
        corners: points at which it may jump, rising, shape (m,); None for none.
        start: where to begin, shape (n,), such as `inverse_cubic` tells.
    """
    middle = 0.5 * (low + high)
    brackets = _Brackets(middle if start is None else start.copy(), low.copy(), high.copy(), rising)

    def shrunk(open_: NDArray[np.intp], rounds: int) -> NDArray[np.intp]:
        if corners is not None and len(corners):
            open_ = _cut_at_corners(slopes, corners, brackets, open_)
        return _newton(slopes, brackets, open_, rounds)

    open_ = shrunk(np.arange(len(low)), _NEWTON[0])
    if len(open_) > _CROWD:
        # Where D* rests at a corner all brackets of a cell hold the same one: one goes first.
        # Complex numbers, because pairs of ends are sorted as one key.
        cells, first = np.unique(low[open_] + 1j * high[open_], return_index=True)
        pioneers = open_[first]
        _bisected(slopes, brackets, shrunk(pioneers, _NEWTON[1]), high - low)
        open_ = np.setdiff1d(open_, pioneers, assume_unique=True)
        leaders = pioneers[np.searchsorted(cells, low[open_] + 1j * high[open_])]
        open_ = _parted(slopes, brackets, open_, leaders, high - low)
    _bisected(slopes, brackets, shrunk(open_, _NEWTON[1]), high - low)
    return brackets.x, brackets.low, brackets.high


def newton_zeros(
    slopes: Slopes, low: Array, high: Array, rising: NDArray[np.bool_], start: Array, rounds: int
) -> Array:
    """Return the zeros of a smooth function, one in each bracket; NaN where Newton fails.

    The arguments are those of `zeros`, and the most steps that are taken.
    """
    brackets = _Brackets(start.copy(), low.copy(), high.copy(), rising)
    lost = _newton(slopes, brackets, np.arange(len(low)), rounds)
    brackets.x[lost] = np.nan
    return brackets.x


@np.errstate(all="ignore")
def inverse_cubic(
    low: Array, high: Array, below: tuple[Array, Array], above: tuple[Array, Array]
) -> Array:
    """Return about where a function is zero: its inverse as a cubic between two points.

    Args:
        low, high: the points, shape (n,).
        below, above: the function and its derivative at `low` and at `high`.
    """
    # Hermite's cubic x(f) through (f0, low) and (f1, high) with slopes 1/d0 and 1/d1, at f = 0:
    # x = low + w·(t²·(3 − 2t) + Δf/w·t·u·(u/d0 − t/d1)), t = −f0/Δf, u = 1 − t. All (n,).
    (f0, d0), (f1, d1) = below, above
    rise, width = f1 - f0, high - low
    t = -f0 / rise
    u = 1.0 - t
    share = t * t * (3.0 - 2.0 * t) + rise / width * t * u * (u / d0 - t / d1)
    share = np.where((share > 0.0) & (share < 1.0), share, 0.5)
    return np.asarray(low + width * share, dtype=np.float64)


@np.errstate(all="ignore")
def _newton(
    slopes: Slopes, brackets: _Brackets, open_: NDArray[np.intp], rounds: int
) -> NDArray[np.intp]:
    """Take Newton's steps in the open brackets, in place; return which are open still."""
    # All arrays are of the open brackets, (k,), fewer in each round.
    x, low, high = brackets.x[open_], brackets.low[open_], brackets.high[open_]
    rising = brackets.rising[open_]
    # A zero may lie on the bracket's edge, to rounding.
    slack = 1e-9 * (high - low)
    small = np.maximum(_CONVERGED * (high - low), 4e-16 * np.abs(x))
    before = np.full(len(x), np.inf)
    for _ in range(rounds if len(open_) else 0):
        f, df = (column[:, 0] for column in slopes(x[:, None], open_))  # (k, 1) -> (k,)
        exact = f == 0
        above = ((f > 0) == rising) | exact
        low, high = np.where(above, low, x), np.where(above, x, high)
        new = np.where(exact, x, x - f / df)  # Newton's step
        inside = np.minimum(np.maximum(new, low), high)
        taken = np.abs(new - inside) <= slack
        new = np.where(taken, inside, 0.5 * (low + high))
        done = taken & (np.abs(new - x) <= small)
        x = new
        if done.any():
            brackets.x[open_], brackets.low[open_], brackets.high[open_] = x, low, high
            left = ~done
            open_ = open_[left]
            if not len(open_):
                return open_
            x, low, high, rising, slack, small, f, before = (
                column[left] for column in (x, low, high, rising, slack, small, f, before)
            )
        size = np.abs(f)
        if (size > _STALLED * before).all():
            break  # so it is with jumps
        before = size
    brackets.x[open_], brackets.low[open_], brackets.high[open_] = x, low, high
    return open_


def _cut_at_corners(
    slopes: Slopes, corners: Array, brackets: _Brackets, open_: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Cut the open brackets beside the corners that they hold, in place; return which are open.

    A bracket is settled if the function changes its sign at a corner.
    """
    first = np.searchsorted(corners, brackets.low[open_], "right")
    behind = np.searchsorted(corners, brackets.high[open_], "left")
    held = behind > first
    if not held.any():
        return open_
    # (n,) brackets that hold corners, (n, 1) indices of their first corner and of that behind all
    which, first, behind = open_[held], first[held, None], behind[held, None]
    index = first + np.arange((behind - first).max())  # (n, most corners of a bracket)
    points = np.where(index < behind, corners[np.minimum(index, len(corners) - 1)], np.nan)
    low, high = brackets.low[which, None], brackets.high[which, None]
    # How far beside a corner the function is read, (n, most corners)
    about = np.maximum(0.5 * _JUMPS * (high - low), 4e-16 * np.abs(corners[first]))
    at = np.concatenate([points - about, points + about], axis=1)
    # Brackets hold different numbers of corners; the blanks go to the end.
    at = np.sort(np.where((at > low) & (at < high), at, high), axis=1)
    f, _ = slopes(at, which, curved=False)
    a, b, _near = narrowed(at, f, low[:, 0], high[:, 0], brackets.rising[which])
    middle, x = 0.5 * (a + b), brackets.x[which]
    settled = b - a <= 2.5 * about[:, 0]
    nearest = np.nanargmin(np.abs(points - middle[:, None]), axis=1)
    corner = points[np.arange(len(which)), nearest]
    brackets.x[which] = np.where(settled, corner, np.where((x > a) & (x < b), x, middle))
    brackets.low[which], brackets.high[which] = a, b
    return np.setdiff1d(open_, which[settled], assume_unique=True)


def _bisected(slopes: Slopes, brackets: _Brackets, open_: NDArray[np.intp], width: Array) -> None:
    """Shrink the open brackets by the sign of the function, in place, as far as it tells.

    A bracket is left when it is 2^-28 of what it was, if the function came no nearer to zero
    since 2^-18.

    Args:
        slopes: the function and its derivative.
        brackets: all brackets.
        open_: indices of the open ones.
        width: of all brackets at first.
    """
    earlier, before = np.full(len(brackets.x), np.inf), np.zeros(len(brackets.x))
    for _ in range(_CUT):
        if not len(open_):
            return
        low, high, rising = brackets.low[open_], brackets.high[open_], brackets.rising[open_]
        points = sections(low, high, brackets.x[open_, None])  # (k, points of a bracket)
        f, _ = slopes(points, open_, curved=False)
        a, b, near = narrowed(points, f, low, high, rising)  # each (k,)
        row = np.arange(len(open_))
        here, f, (f0, f1) = points[row, near], f[row, near], beside(points, f, a, b)
        with np.errstate(all="ignore"):
            new = a - f0 * (b - a) / (f1 - f0)  # the secant's zero
        taken = (new > a) & (new < b)
        new = np.where(f == 0, here, np.where(taken, new, 0.5 * (a + b)))
        scale = np.maximum(np.abs(new), width[open_])
        done = taken & (np.abs(new - here) <= _CONVERGED * scale)
        done &= np.abs(f) <= _STALLED * before[open_]  # at a jump a secant means nothing
        done |= f == 0
        done |= b - a <= 4e-16 * scale
        share = (b - a) / width[open_]
        done |= (share <= _JUMPS) & (np.abs(f) > 0.5 * earlier[open_])
        first = (share <= _NEAR) & np.isinf(earlier[open_])
        earlier[open_] = np.where(first, np.abs(f), earlier[open_])
        before[open_] = np.abs(f)
        brackets.x[open_], brackets.low[open_], brackets.high[open_] = new, a, b
        open_ = open_[~done]


def _parted(
    slopes: Slopes,
    brackets: _Brackets,
    open_: NDArray[np.intp],
    leaders: NDArray[np.intp],
    width: Array,
) -> NDArray[np.intp]:
    """Give open brackets what is left of their leaders', in place, if their jump lies in it.

    Args:
        slopes: the function.
        brackets: all brackets.
        open_: indices of the open ones.
        leaders: indices of settled brackets in the same cells, one for each open one.
        width: of all brackets at first.

    Returns:
        the open brackets that hold their zero elsewhere.
    """
    if not len(open_):
        return open_
    ends = paired(brackets.low[leaders], brackets.high[leaders])  # (k, 2)
    f, _ = slopes(ends, open_, curved=False)
    up = brackets.rising[open_, None] == (f > 0)
    small = np.maximum(2.0 * _JUMPS * width[leaders], 2e-15 * np.abs(ends[:, 0]))
    held = ~up[:, 0] & up[:, 1] & np.isfinite(f).all(axis=1) & (ends[:, 1] - ends[:, 0] <= small)
    for column in (brackets.x, brackets.low, brackets.high):
        column[open_[held]] = column[leaders[held]]
    apart: NDArray[np.intp] = open_[~held]
    return apart
