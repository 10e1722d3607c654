"""The variable of a side, a prediction or a score, and the points at which it is looked at."""

from __future__ import annotations

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
