"""Whether two losses agree at every point that `looked_at` tells, between grid points too.

Points of a grid cannot show what is narrow, and where a tree is sharp rounding and ε weigh much.
So a difference counts here only if it is more than the two of them explain: more than either
loss moves from one float to its neighbours, and than the difference moves when ε is doubled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from .evaluate import Evaluation, Tape
from .operators import BY_NODE
from .points import looked_at
from .sampling import Vector
from .symbols import EPSILON, constant
from .tree import is_protected_node, make, operands, rebuilt

_TOLERANCE = 1e-6  # of values
_SLOPES = 3e-6  # of slopes, of which the scale is known to 1e-6
_PATH = 1e-5  # of the ways that values go, sums of slopes
_ROUNDING = 1e-12
_NEIGHBOURS, _DOUBLING = 4.0, 8.0  # times as large a difference is explained


@dataclass(frozen=True)
class Compared:
    """Two losses at the points that were looked at; all arrays of shape (n,).

    Attributes:
        p, y: the points.
        values, slopes: of the first and of the second loss.
        value_noise, slope_noise: what rounding and ε make of the difference there.
    """

    p: Vector
    y: Vector
    values: tuple[Vector, Vector]
    slopes: tuple[Vector, Vector]
    value_noise: Vector
    slope_noise: Vector

    @classmethod
    @np.errstate(all="ignore")
    def of(cls, a: sympy.Expr, b: sympy.Expr, link: str, scale: float = 1.0) -> Compared:
        """Return two trees side by side, the second one times a scale."""
        p, y = looked_at([a, b], link)
        near = np.stack([p, np.nextafter(p, -np.inf), np.nextafter(p, np.inf)])
        if link == "sigmoid":
            near = np.clip(near, 0.0, 1.0)
        first, second = (_read(tree, near, y) for tree in (a, b))
        first2, second2 = (_read(_doubled(tree), near[:1], y) for tree in (a, b))
        noise, pairs = [], []
        for k in (0, 1):  # values, slopes
            one, other = first[k], scale * second[k]
            around = sum(np.maximum(gaps(x[0], x[1]), gaps(x[0], x[2])) for x in (one, other))
            moved = gaps(one[0] - other[0], first2[k][0] - scale * second2[k][0])
            noise.append(_NEIGHBOURS * around + _DOUBLING * moved)
            pairs.append((one[0], other[0]))
        return cls(p, y, pairs[0], pairs[1], noise[0], noise[1])

    def same_values(self) -> bool:
        """Tell whether the values agree to one part in a million, by size or by middle size."""
        return _agree(*self.values, self.value_noise, _TOLERANCE)

    def same_slopes(self) -> bool:
        """Tell whether the slopes agree, and the ways that the values go."""
        if not _agree(*self.slopes, self.slope_noise, _SLOPES, self._unmoved()):
            return False
        paths, rounding = [], np.zeros_like(self.p)
        for value in self.values:
            base = np.empty_like(value)
            for label in (0.0, 1.0):
                rows = self.y == label
                base[rows] = value[rows][rows.sum() // 2]
            with np.errstate(all="ignore"):
                paths.append(value - base)
                rounding += np.nan_to_num(_ROUNDING * (np.abs(value) + np.abs(base)))
        noise = self.value_noise + rounding
        return _agree(paths[0], paths[1], noise, _PATH, self._unmoved())

    def _unmoved(self) -> float:
        """Return what counts as no slope beside the values, for losses that have none."""
        return 1e-6 * max(1.0, *(middle(value) for value in self.values))


def middle(x: Vector) -> float:
    """Return the median size of the finite numbers that are not zero; 0 where there is none."""
    sizes = np.abs(x)
    sizes = np.sort(sizes[(sizes > 0) & np.isfinite(sizes)])
    return float(sizes[len(sizes) // 2]) if len(sizes) else 0.0


@np.errstate(all="ignore")
def gaps(a: Vector, b: Vector) -> Vector:
    """Return |a − b|: 0 where both are the same infinity, or no number; ∞ where one alone is."""
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return np.where(same, 0.0, np.nan_to_num(np.abs(a - b), nan=np.inf, posinf=np.inf))


@np.errstate(all="ignore")
def _agree(a: Vector, b: Vector, noise: Vector, tolerance: float, least: float = 0.0) -> bool:
    difference = gaps(a, b)
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), max(middle(a), middle(b), least))
    told = np.isfinite(noise)
    apart = np.where(np.isfinite(difference), difference > tolerance * scale + noise, True)
    return not bool((apart & told).any())


def _read(tree: sympy.Expr, p: Vector, y: Vector) -> tuple[Vector, Vector]:
    """Return values and slopes at rows of points, shape (rows, n)."""
    rows = len(p)
    found: Evaluation = Tape(tree).on(p.ravel(), np.tile(y, rows))
    value, slope = (
        np.asarray(part, dtype=np.float64).reshape(rows, -1) for part in (found.value, found.slope)
    )
    return value, slope


def _doubled(tree: sympy.Expr) -> sympy.Expr:
    """Return a tree that has the values of this one with twice the ε."""
    row = BY_NODE.get(type(tree))
    if row is None:
        return tree
    below = [_doubled(a) for a in operands(tree)]
    if not is_protected_node(tree):
        return rebuilt(tree, below)
    if row.name == "div":
        return rebuilt(tree, [below[0], make("add", below[1], constant(EPSILON))])
    return rebuilt(tree, [make("add", make("abs", below[0]), constant(EPSILON))])
