"""Where two losses that are not equal differ most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from .agreement import Compared, gaps
from .domain import DOMAIN
from .sampling import Vector


@dataclass(frozen=True)
class Gap:
    """The largest difference of two losses.

    Attributes:
        at, label: the prediction (or raw score) and the label where it is.
        first, second: what the two losses give there.
        size: the difference, relative to 1 + |first|.
        low, high: the range of predictions that was looked at.
        points: the number of points there, of both labels.
    """

    at: float
    label: int
    first: float
    second: float
    size: float
    low: float
    high: float
    points: int


def widest(
    a: sympy.Expr, b: sympy.Expr, link: str = "sigmoid", reach: float | None = None
) -> tuple[Gap, Gap]:
    """Return the largest gap of the values, and that of the slopes by the prediction.

    Both are judged at the points of `looked_at`. What rounding and ε explain counts only where
    nothing else differs, so that no pole is named where another difference is the point.

    Args:
        a, b: the trees.
        link: what `y_pred` is in both.
        reach: look only at predictions or scores up to this size.
    """
    found = Compared.of(a, b, link)
    low, high = DOMAIN[link]
    if reach is not None:
        low, high = max(low, -reach), min(high, reach)
    inside = (found.p >= low) & (found.p <= high)
    values = _gap(found, inside, found.values, found.value_noise, (low, high))
    return values, _gap(found, inside, found.slopes, found.slope_noise, (low, high))


def _gap(
    found: Compared,
    inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    pair: tuple[Vector, Vector],
    noise: Vector,
    span: tuple[float, float],
) -> Gap:
    first, second, noise = pair[0][inside], pair[1][inside], noise[inside]
    with np.errstate(all="ignore"):
        size = gaps(first, second)
        relative = np.nan_to_num(size / (1.0 + np.abs(first)), nan=np.inf, posinf=np.inf)
        told = np.isfinite(noise) & ((size > noise) | ~np.isfinite(size))
    weight = np.where(told, relative, 0.0)
    if not weight.any():
        weight = relative
    k = int(weight.argmax())
    return Gap(
        float(found.p[inside][k]), int(found.y[inside][k]), float(first[k]), float(second[k]),
        float(relative[k]), *span, int(inside.sum()),
    )  # fmt: skip
