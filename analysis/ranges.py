"""The variable of a side, a prediction or a score, and the points at which it is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossgp.expressions import Link
from lossgp.expressions.domain import REACH

from .jets import Array


def sigmoid(s: Array) -> Array:
    """Return p = 1 / (1 + exp(−s)) without overflow."""
    e = np.exp(-np.abs(s))
    return np.asarray(np.where(s >= 0, 1.0, e) / (1.0 + e), dtype=np.float64)


def logit(p: Array) -> Array:
    """Return s = log(p / (1 − p)); −∞ at 0 and ∞ at 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


@dataclass(frozen=True)
class ScorePoints:
    """ScorePoints s with what σ makes of them; those that are read of every loss are made once.

    Attributes:
        s: the scores, of any shape.
        p: σ(s).
        rest: 1 − p, exactly what a tree sees as 1 − y_pred.
        slope: dp/ds = p·(1 − p).
    """

    s: Array
    p: Array
    rest: Array
    slope: Array

    @classmethod
    def of(cls, s: Array) -> ScorePoints:
        """Return scores as predictions, too."""
        p = sigmoid(s)
        rest = 1.0 - p
        return cls(s, p, rest, p * rest)


def _of_scores() -> Array:
    outer = np.geomspace(8.0, REACH, 25)[1:]
    return np.concatenate([-outer[::-1], np.linspace(-8.0, 8.0, 257), outer])


def _of_predictions() -> Array:
    tails = sigmoid(np.linspace(-27.0, -4.1, 70))
    return np.concatenate([tails, np.linspace(0.0, 1.0, 321)[6:-6], 1.0 - tails[::-1]])


_GRIDS: dict[Link, Array] = {"identity": _of_scores(), "sigmoid": _of_predictions()}


def grid(link: Link) -> Array:
    """Return the points at which a side is first looked at: its range, denser at the ends."""
    return _GRIDS[link]


_ENDS = np.array(
    [
        1e-75,
        1e-100,
        1e-150,
        1e-200,
        1e-300,
        0.0,
        *(1.0 - 2.0 ** -np.array([13, 19, 26, 39, 52])),
        1.0,
    ]
)
_FAR = np.array([-1e2, -1e3, -1e4, -1e6, -1e8, 1e2, 1e3, 1e4, 1e6, 1e8])
_SOUNDINGS = 40  # points at which rounding is looked at


def readings(link: Link) -> Array:
    """Return the points at which a side is read to tell its limits."""
    return _FAR if link == "identity" else _ENDS


def sounded(x: Array) -> tuple[slice, Array]:
    """Return which of many points rounding is looked at, and points a few last bits beside them."""
    some = slice(0, None, max(len(x) // _SOUNDINGS, 1))
    return some, x[some] * (1.0 + 8.0 * np.finfo(float).eps)


@dataclass(frozen=True)
class First:
    """All points that are read of every side, in one array, because a reading costs by its steps.

    Attributes:
        points: the readings of the limits, the grid, and points beside some of the grid.
        ends, inner, beside: which are which.
    """

    points: Array
    ends: slice
    inner: slice
    beside: slice

    @classmethod
    def of(cls, link: Link) -> First:
        """Return the points of a link."""
        parts = readings(link), grid(link), sounded(grid(link))[1]
        n, m = len(parts[0]), len(parts[0]) + len(parts[1])
        return cls(np.concatenate(parts), slice(n), slice(n, m), slice(m, None))


FIRST: dict[Link, First] = {"identity": First.of("identity"), "sigmoid": First.of("sigmoid")}
