"""Zeros of a derivative in brackets, many at once: Newton's steps, then ever finer sections."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .jets import Array

Slopes = Callable[[Array, NDArray[np.intp]], tuple[Array, Array]]
"""(points (n, k), indices of their n brackets) -> the function and its derivative there."""

NEWTON = 5  # rounds of one point a bracket; a smooth function needs four to six
_SECTIONS = 255  # points a bracket after that, at most: eight bits a round
_AT_ONCE = 800  # points a round, of all brackets together
_NEAR, JUMPS = 2.0**-18, 2.0**-28  # of a bracket: where a function that jumps is told


def zeros(
    slopes: Slopes,
    low: Array,
    high: Array,
    rising: NDArray[np.bool_],
    *,
    rounds: int = 24,
    newton: int = NEWTON,
) -> tuple[Array, Array, Array, NDArray[np.intp]]:
    """Return the zeros of a function, one in each bracket, the final brackets, and what is open.

    The last array holds the indices of the brackets that took more than so many rounds.

    Each round shrinks the brackets by the sign of the function. Where it jumps over zero (a
    kink of the loss) Newton's steps lead nowhere: then each bracket is cut in up to 256, and is
    left when it is 2^-28 of what it was, if the function came no nearer to zero since 2^-18.

    Args:
        slopes: the function and its derivative.
        low, high: ends of the brackets, shape (n,), low < high.
        rising: whether the function goes from negative to positive in the bracket, (n,).
        rounds: upper limit of the evaluations.
        newton: rounds before the brackets are cut in more than two.
    """
    low, high = low.copy(), high.copy()
    width = high - low
    x = 0.5 * (low + high)
    before = np.stack([width, 2.0 * width])  # the last two steps
    earlier = np.full(len(x), np.inf)
    open_ = np.arange(len(x))
    for round_ in range(rounds):
        if not len(open_):
            break
        points = x[open_, None]
        if round_ >= newton:
            points = _sections(low[open_], high[open_], points)
        f, df = slopes(points, open_)
        a, b, near = _narrowed(points, f, low[open_], high[open_], rising[open_])
        low[open_], high[open_] = a, b
        row = np.arange(len(open_))
        here, f, df = points[row, near], f[row, near], df[row, near]
        with np.errstate(all="ignore"):
            new = here - f / df
            # Newton's step is taken while it stays inside and halves in two rounds.
            slack = 1e-9 * width[open_]  # the zero may lie on the edge, to rounding
            taken = (new >= a - slack) & (new <= b + slack)
            taken &= (np.abs(new - here) <= 0.6 * before[1, open_]) | (round_ >= newton)
            new = np.minimum(np.maximum(new, a), b)
        exact = f == 0
        new = np.where(exact, here, np.where(taken, new, 0.5 * (a + b)))
        step = np.abs(new - here)
        x[open_], before[1, open_], before[0, open_] = new, before[0, open_], step
        scale = np.maximum(np.abs(new), width[open_])
        # Newton's error is squared from step to step: after one of 1e-12 nothing is left.
        done = exact | (taken & (step <= 1e-12 * scale)) | (b - a <= 4e-16 * scale)
        share = (b - a) / width[open_]
        done |= (share <= JUMPS) & (np.abs(f) > 0.5 * earlier[open_])
        first = (share <= _NEAR) & np.isinf(earlier[open_])
        earlier[open_] = np.where(first, np.abs(f), earlier[open_])
        open_ = open_[~done]
    return x, low, high, open_


def _sections(low: Array, high: Array, x: Array) -> Array:
    """Return points that cut brackets in equal parts, and Newton's, rising, shape (n, k)."""
    number = max(1, min(_AT_ONCE // len(low), _SECTIONS))
    share = np.arange(1, number + 1) / (number + 1)
    return np.sort(np.concatenate([low[:, None] + (high - low)[:, None] * share, x], axis=1))


def _narrowed(
    points: Array, f: Array, low: Array, high: Array, rising: NDArray[np.bool_]
) -> tuple[Array, Array, NDArray[np.intp]]:
    """Return the brackets about the first change of sign, and the point nearest to zero.

    Args:
        points: rising along the second axis, shape (n, k), within the brackets.
        f: the function there.
        low, high, rising: of the brackets, shape (n,).
    """
    exact = f == 0
    above = ((f > 0) == rising[:, None]) | exact
    if points.shape[1] == 1:
        here, to_left, exact = points[:, 0], above[:, 0], exact[:, 0]
        only = np.zeros(len(points), dtype=np.intp)
        low = np.where(to_left, low, here)
        return low, np.where(to_left & ~exact, here, high), only
    row, last = np.arange(len(points)), points.shape[1]
    first = np.where(above[row, above.argmax(axis=1)], above.argmax(axis=1), last)
    marks = np.concatenate([low[:, None], points, high[:, None]], axis=1)
    before, after = np.maximum(first - 1, 0), np.minimum(first, last - 1)
    nearer = np.abs(f[row, before]) < np.abs(f[row, after])
    exact = exact[row, after]  # the bracket keeps its signs
    a, b = marks[row, first], marks[row, first + 1]
    nearest: NDArray[np.intp] = np.where(nearer, before, after)
    return np.where(exact, low, a), np.where(exact, high, b), nearest
