"""When two losses are the same: by structure, by value, by gradient.

Structure: equal after folding, the domain rules and sorting of commuting operands. Value:
equal on a grid of the domain. Gradient: the slopes by the prediction are equal up to one
positive factor, which is all that a training with Adam can see; terms without `y_pred` make
no difference. Each level includes those before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import sympy
from sympy.core.basic import Basic

from .agreement import Compared
from .domain import REACH
from .evaluate import values, values_and_slopes
from .operators import BY_NODE
from .printing import number
from .rules import simplify
from .sampling import FIND, Vector, both_labels, chebyshev, sample
from .symbols import Y_PRED, Y_REAL, value_of

Level = Literal["structure", "value", "gradient"]
LEVELS: tuple[Level, ...] = ("structure", "value", "gradient")

_TOLERANCE = 1e-6
_LOOSE = 0.05  # near the ends of the domain
_STEADY = 1e-5  # the same for sums of slopes, the paths of the values
_ROUNDING = 1e-12  # of values, by the largest of them, after some operations
_TINY = 1e-12  # slopes this far below the values are rounding, not slopes

# 64 points to find, 256 to make sure: half of each for either label. Both are Chebyshev
# points, dense at the ends of the domain, and the two sets share no point.
_CHECK = 128
_LINKS = ("sigmoid", "identity")
_GRIDS = {(n, link): chebyshev(n, link) for n in (FIND, _CHECK) for link in _LINKS}


def _ends(link: str) -> tuple[Vector, Vector]:
    """Return points from 1e-6 to 1e-2 off either end, where narrow poles hide."""
    off = np.logspace(-6, -2, 32)
    p = np.concatenate([off, 1.0 - off])
    return both_labels(REACH * (2.0 * p - 1.0) if link == "identity" else p)


_ENDS = {link: _ends(link) for link in _LINKS}


def structure_key(tree: sympy.Expr, link: str = "sigmoid") -> str:
    """Return a text that is equal for trees of equal structure."""
    return _key(simplify(tree, link))


def _key(node: sympy.Expr) -> str:
    row = BY_NODE.get(type(node))
    if row is None:
        if node is Y_PRED:
            return "p"
        return "y" if node is Y_REAL else number(value_of(node))
    if row.name in ("add", "mul"):
        return f"{row.name}({','.join(sorted(_flat(node, row.node)))})"
    keys = [_key(a) for a in node.args]
    return f"{row.name}({','.join(sorted(keys) if row.commutative else keys)})"


def _flat(node: sympy.Expr, kind: type[Basic]) -> list[str]:
    """Return the keys of the operands of nested sums, or of nested products."""
    if type(node) is not kind:
        return [_key(node)]
    return [key for a in node.args for key in _flat(a, kind)]


def fingerprint(
    tree: sympy.Expr, link: str = "sigmoid", level: Level = "value", *, check: bool = False
) -> Vector:
    """Return the numbers that stand for a loss at this level.

    Shape (64,), or (256,) with `check`: first label 1, then label 0. They are the values,
    or at the gradient level the slopes divided by the median of their sizes; a loss
    without gradient gives zeros.
    """
    if level != "gradient":
        return _values(tree, link, check=check)
    out, slope = _dual(tree, link, check=check)
    with np.errstate(all="ignore"):
        size = middle_size(slope)
        if not size > _TINY * min(max(middle_size(out), 1.0), 1e6):
            return np.zeros_like(slope)
        return slope / size


def _values(tree: sympy.Expr, link: str, *, check: bool) -> Vector:
    if link == "sigmoid" and not check:
        return np.asarray(sample(tree).find_value, dtype=np.float64)
    return np.asarray(values(tree, *_GRIDS[_CHECK if check else FIND, link]), dtype=np.float64)


def _dual(tree: sympy.Expr, link: str, *, check: bool) -> tuple[Vector, Vector]:
    if link == "sigmoid" and not check:
        found = sample(tree)
        out, slope = found.find_value, found.find_slope
    else:
        out, slope = values_and_slopes(tree, *_GRIDS[_CHECK if check else FIND, link])
    return np.asarray(out, dtype=np.float64), np.asarray(slope, dtype=np.float64)


def middle_size(x: Vector) -> float:
    """Return the median size of the numbers that are not zero; 0 where all are."""
    sizes = np.abs(x)
    sizes = np.sort(sizes[sizes > 0])
    return float(sizes[len(sizes) // 2]) if len(sizes) else 0.0


def same_values(a: Vector, b: Vector) -> bool:
    """Tell whether two fingerprints agree to one part in a million, point by point.

    Each point is judged by its own size or by the middle size, whichever is larger: a pole
    at one end of the domain hides no difference elsewhere.
    """
    return _within(a, b, _TOLERANCE, max(middle_size(a), middle_size(b)))


def _within(
    a: Vector, b: Vector, tolerance: float, least: float, noise: Vector | float = 0.0
) -> bool:
    """Tell whether numbers agree, each by its own size or by `least`, and up to noise."""
    with np.errstate(all="ignore"):
        scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), least)
        return bool((np.abs(a - b) <= tolerance * scale + noise).all())


def equal(a: sympy.Expr, b: sympy.Expr, level: Level, link: str = "sigmoid") -> bool:
    """Tell whether two trees are equal at a level (each level includes those before it)."""
    found, _ = compare(a, b, link)
    return found is not None and LEVELS.index(found) <= LEVELS.index(level)


@np.errstate(all="ignore")  # infinities are compared, too
def compare(
    a: sympy.Expr, b: sympy.Expr, link: str = "sigmoid"
) -> tuple[Level | None, float | None]:
    """Return the strictest level at which two trees are equal, and the scale between them.

    The scale is the positive factor c in a' = c · b': 1 for equal structures and values.
    Both are None for trees that are equal at no level. Values and slopes are judged on the
    whole range at all points of `looked_at`.
    """
    if structure_key(a, link) == structure_key(b, link):
        return "structure", 1.0
    if _agree(a, b, link, "value") and Compared.of(a, b, link).same_values():
        return "value", 1.0
    if not _agree(a, b, link, "gradient"):
        return None, None
    slopes = [values_and_slopes(tree, *_GRIDS[_CHECK, link])[1] for tree in (a, b)]
    below = middle_size(np.asarray(slopes[1], dtype=np.float64))
    scale = middle_size(np.asarray(slopes[0], dtype=np.float64)) / below if below else 1.0
    if not Compared.of(a, b, link, scale).same_slopes():
        return None, None
    return "gradient", scale


@dataclass(frozen=True)
class Proof:
    """What decides whether two losses are equal at a level, on 256 points and near the ends.

    Near the ends only large differences count: there is where a pole may hide between the
    points, as that of 1e-8/(1e-8 - p²), and where ε moves losses that are equal but for it.

    At the gradient level the slopes alone could miss a kink that lies between the same two
    points, |p - 0.500| and |p - 0.505|; the way that the values go from the middle of the
    domain, by the same factor, shows it at every point.
    """

    numbers: Vector  # the fingerprint
    ends: Vector  # the same near the ends
    path: Vector | None = None  # values less the middle's, by the size of the slopes
    rounding: Vector | None = None  # of the path

    @classmethod
    def of(cls, tree: sympy.Expr, link: str, level: Level) -> Proof:
        """Return what stands for a tree at a level."""
        numbers = fingerprint(tree, link, level, check=True)
        if level != "gradient":
            return cls(numbers, np.asarray(values(tree, *_ENDS[link]), dtype=np.float64))
        out, slope = _dual(tree, link, check=True)
        steep = np.asarray(values_and_slopes(tree, *_ENDS[link])[1], dtype=np.float64)
        with np.errstate(all="ignore"):
            size = middle_size(slope) if numbers.any() else max(middle_size(out), 1.0)
            steep = steep / size
            rows = out.reshape(2, -1)
            middle = rows[:, [rows.shape[1] // 2]]
            # Where values overflow, which no screened loss does, the slopes decide alone.
            path = np.nan_to_num((rows - middle).ravel() / size, nan=0.0)
            rounding = np.nan_to_num(_ROUNDING * (np.abs(rows) + np.abs(middle)).ravel() / size)
            if not numbers.any():
                rounding += _ROUNDING  # without slopes, all is rounding
        return cls(numbers, steep, path, rounding)

    @np.errstate(all="ignore")  # roundings may be as large as numbers are
    def same_as(self, other: Proof) -> bool:
        """Tell whether two losses are equal."""
        if not same_values(self.numbers, other.numbers):
            return False
        if not _within(self.ends, other.ends, _LOOSE, middle_size(self.numbers) or 1.0):
            return False
        a, b = self.path, other.path
        if a is None or b is None or self.rounding is None or other.rounding is None:
            return True
        noise = self.rounding + other.rounding
        return _within(a, b, _STEADY, max(middle_size(a), middle_size(b)), noise)


def _agree(a: sympy.Expr, b: sympy.Expr, link: str, level: Level) -> bool:
    return Proof.of(a, link, level).same_as(Proof.of(b, link, level))
