"""Zeros of a derivative in brackets, many at once: Newton's steps, kept inside by bisection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .jets import Array

Slopes = Callable[[Array, NDArray[np.intp]], tuple[Array, Array]]
"""(points, indices of their brackets) -> the function and its derivative there."""


def zeros(
    slopes: Slopes, low: Array, high: Array, rising: NDArray[np.bool_], *, rounds: int = 60
) -> tuple[Array, Array, Array]:
    """Return the zeros of a function, one in each bracket, with the final brackets.

    Args:
        slopes: the function and its derivative.
        low, high: ends of the brackets, shape (n,), low < high.
        rising: whether the function goes from negative to positive in the bracket, (n,).
        rounds: upper limit of the evaluations. Newton needs about five; where the function
            jumps over zero (a kink of the loss) each round halves the bracket.
    """
    low, high = low.copy(), high.copy()
    x = 0.5 * (low + high)
    open_ = np.arange(len(x))
    for round_ in range(rounds):
        if not len(open_):
            break
        here = x[open_]
        f, df = slopes(here, open_)
        above = (f > 0) == rising[open_]
        exact = f == 0
        high[open_] = np.where(above | exact, here, high[open_])
        low[open_] = np.where(~above | exact, here, low[open_])
        with np.errstate(all="ignore"):
            step = here - f / df
        a, b = low[open_], high[open_]
        # Every fourth round bisects, so that a slow one-sided approach comes to an end too.
        good = np.isfinite(step) & (step > a) & (step < b) & (round_ % 4 != 3)
        new = np.where(exact, here, np.where(good, step, 0.5 * (a + b)))
        x[open_] = new
        scale = np.maximum(np.abs(new), 1e-300)
        done = exact | (np.abs(new - here) <= 2e-15 * scale) | (b - a <= 2e-15 * scale)
        open_ = open_[~done]
    return x, low, high
