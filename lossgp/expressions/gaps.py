"""Where two losses that are not equal differ most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from .evaluate import FloatArray, Tape
from .sampling import chebyshev

_POINTS = 128


@dataclass(frozen=True)
class Gap:
    """The largest difference of two losses.

    Attributes:
        at, label: the prediction (or raw score) and the label where it is.
        first, second: what the two losses give there.
        size: the difference, relative to 1 + |first|.
        low, high: the range of predictions that was looked at.
    """

    at: float
    label: int
    first: float
    second: float
    size: float
    low: float
    high: float


def widest(a: sympy.Expr, b: sympy.Expr, link: str = "sigmoid") -> tuple[Gap, Gap]:
    """Return the largest gap of the values, and that of the slopes by the prediction.

    Both are judged on 256 points, dense at the ends of [0, 1], or of [-8, 8] for raw scores.
    """
    p, y = chebyshev(_POINTS, link)
    first, second = (Tape(tree).on(p, y) for tree in (a, b))
    return _gap(p, y, first.value, second.value), _gap(p, y, first.slope, second.slope)


def _gap(p: FloatArray, y: FloatArray, first: FloatArray, second: FloatArray) -> Gap:
    with np.errstate(all="ignore"):
        gaps = np.abs(first - second) / (1.0 + np.abs(first))
        # Where both are infinite, or no number, there is nothing to compare.
        same = (first == second) | (np.isnan(first) & np.isnan(second))
    gaps = np.where(same, 0.0, np.nan_to_num(gaps, nan=np.inf, posinf=np.inf))
    k = int(gaps.argmax())
    return Gap(
        float(p[k]), int(y[k]), float(first[k]), float(second[k]), float(gaps[k]),
        float(p.min()), float(p.max()),
    )  # fmt: skip
