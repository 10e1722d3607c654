"""Zeros of a derivative in brackets, many at once: Newton's steps, kept inside by bisection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .jets import Array

Slopes = Callable[[Array, NDArray[np.intp]], tuple[Array, Array]]
"""(points, indices of their brackets) -> the function and its derivative there."""


def zeros(
    slopes: Slopes,
    low: Array,
    high: Array,
    rising: NDArray[np.bool_],
    *,
    rounds: int = 60,
    jump: int = 60,
) -> tuple[Array, Array, Array]:
    """Return the zeros of a function, one in each bracket, with the final brackets.

    Args:
        slopes: the function and its derivative.
        low, high: ends of the brackets, shape (n,), low < high.
        rising: whether the function goes from negative to positive in the bracket, (n,).
        rounds: upper limit of the evaluations. Newton needs about five; where the function
            jumps over zero (a kink of the loss) each round halves the bracket.
        jump: the round from which on a function that has not come nearer to zero for ten
            rounds counts as jumping, and is left where it is.
    """
    low, high = low.copy(), high.copy()
    width = high - low
    x = 0.5 * (low + high)
    last, before = width.copy(), 2.0 * width  # the last two steps
    open_ = np.arange(len(x))
    earlier = np.full(len(x), np.inf)
    for round_ in range(rounds):
        if not len(open_):
            break
        here = x[open_]
        f, df = slopes(here, open_)
        above = (f > 0) == rising[open_]
        exact = f == 0
        high[open_] = np.where(above & ~exact, here, high[open_])
        low[open_] = np.where(above | exact, low[open_], here)
        a, b = low[open_], high[open_]
        with np.errstate(all="ignore"):
            new = here - f / df
            # Newton's step is taken while it stays inside and halves in two rounds.
            slack = 1e-9 * width[open_]  # the zero may lie on the edge, to rounding
            newton = (new >= a - slack) & (new <= b + slack)
            newton &= np.abs(new - here) <= 0.6 * before[open_]
            new = np.clip(new, a, b)
        new = np.where(exact, here, np.where(newton, new, 0.5 * (a + b)))
        step = np.abs(new - here)
        x[open_], before[open_], last[open_] = new, last[open_], step
        scale = np.maximum(np.abs(new), width[open_])
        # Newton's error is squared from step to step: after one of 1e-12 nothing is left.
        done = exact | (newton & (step <= 1e-12 * scale)) | (b - a <= 4e-16 * scale)
        if round_ == jump - 10:
            earlier[open_] = np.abs(f)
        if round_ >= jump:
            done |= np.abs(f) > 0.5 * earlier[open_]
        open_ = open_[~done]
    return x, low, high
