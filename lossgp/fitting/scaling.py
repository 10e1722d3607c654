"""The best constants of a tree: a scale and a shift in closed form, the others by least squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy

from lossgp.expressions.coefficients import coefficients, with_coefficients
from lossgp.expressions.evaluate import Tape
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import make, operands, operator_of

from .curve import Points, Vector

WORST = 1e6
"""The error of what is not finite."""
_EVALUATIONS = 60
_PULL = 1e-4  # of constants to where they were, in units of the error
_ROUNDING = 1e-4  # an error that shorter constants may make
_NOTHING = 1e-4  # an error that no constant is worth


def line(values: Vector, target: Vector, weights: Vector) -> tuple[float, float]:
    """Return shift a and scale b for which a + b·values is nearest to the target.

    Weighted least squares, as linear scaling of symbolic regression has it: the search is for the
    shape alone (Keijzer, "Improving symbolic regression with interval arithmetic and linear
    scaling", EuroGP 2003).
    """
    # Not by BLAS, whose last bits depend on where arrays lie in memory.
    total = weights.sum()
    x, t = (weights * values).sum() / total, (weights * target).sum() / total
    spread = (weights * (values - x) ** 2).sum()
    if not spread > 1e-24 * total * max(x * x, 1e-24):
        return float(t), 0.0
    scale = (weights * (values - x) * (target - t)).sum() / spread
    return float(t - scale * x), float(scale)


def error(values: Vector, target: Vector, weights: Vector) -> float:
    """Return the root of the weighted mean square residual; `WORST` where one is not finite."""
    with np.errstate(all="ignore"):
        found = float(np.sqrt((weights * (values - target) ** 2).sum() / len(target)))
    return found if found < WORST else WORST


def shape_error(target: Vector, values: Vector, weights: Vector) -> float:
    """Return the error that is left after the best shift and scale; gplearn's fitness."""
    with np.errstate(all="ignore"):
        if not (np.abs(values) < 1e30).all():
            return WORST
        shift, scale = line(values, target, weights)
        return error(shift + scale * values, target, weights)


def scaled(tree: sympy.Expr, points: Points) -> sympy.Expr | None:
    """Return a + b·tree with the best a and b, left out where they change nothing.

    None where the tree has no finite values on the curve, or no slope on it helps.
    """
    values = _values(tree, points)
    if not (np.abs(values) < 1e30).all():
        return None
    shift, scale = line(values, points.loss, points.weights)
    if scale == 0 or not np.isfinite([shift, scale]).all():
        return None
    if abs(scale - 1) > 1e-9:
        tree = make("mul", constant(scale), tree)
    if abs(shift) > 1e-9 * float(np.abs(points.loss).max()):
        tree = make("add", tree, constant(shift))
    return tree


def without_shift(tree: sympy.Expr, points: Points) -> sympy.Expr:
    """Return a sum with a constant, or a difference, without it where it means nothing."""
    below = operands(tree)
    row = operator_of(tree)
    if row is None or row.name not in ("add", "sub") or not isinstance(below[1], sympy.Number):
        return tree
    with_it, without = (
        error(_values(x, points), points.loss, points.weights) for x in (tree, below[0])
    )
    return below[0] if without <= with_it + _NOTHING else tree


def polished(tree: sympy.Expr, points: Points) -> sympy.Expr:
    """Return the tree with its constants at the nearest local optimum of the error.

    By Levenberg and Marquardt's method where there are no more constants than points, else as it
    is; also where nothing better is found. Exponents stay.
    """
    adjustable = Adjustable(tree, points)
    start = np.array(adjustable.constants)
    if not 0 < len(start) <= len(points.loss):
        return tree
    from scipy.optimize import least_squares

    roots, pull = np.sqrt(points.weights), _PULL / (1.0 + np.abs(start))

    def residuals(numbers: Vector) -> Vector:
        off = roots * (adjustable.values(numbers.tolist()) - points.loss)
        # Of constants that do the work of one, as in p + 1 + 2, any sum is as good: they stay.
        off = np.concatenate([off, pull * (numbers - start)])
        return np.asarray(np.nan_to_num(off, nan=WORST, posinf=WORST, neginf=-WORST))

    def cost(off: Vector) -> float:
        return float((off[: len(roots)] ** 2).sum())

    with np.errstate(all="ignore"):
        before = cost(residuals(start))
        try:
            most = _EVALUATIONS * (len(start) + 1)
            found = least_squares(residuals, start, method="lm", max_nfev=most)
        except (ValueError, np.linalg.LinAlgError):
            return tree
        better = np.isfinite(found.x).all() and cost(found.fun) < before
    return with_coefficients(tree, found.x.tolist()) if better else tree


def shortened(tree: sympy.Expr, points: Points) -> sympy.Expr:
    """Return the tree with each constant as the shortest decimal that leaves it nearly the same.

    One after the other, each takes the fewest digits with which the values stay as near to those
    of the tree, in units of the error, as `_ROUNDING`.
    """
    adjustable = Adjustable(tree, points)
    numbers = adjustable.constants
    exact = adjustable.values(numbers)
    for index, number in enumerate(numbers):
        for digits in range(1, 16):
            numbers[index] = float(f"{number:.{digits}g}")
            if error(adjustable.values(numbers), exact, points.weights) <= _ROUNDING:
                break
        else:
            numbers[index] = number
    return with_coefficients(tree, numbers)


class Adjustable:
    """A tree on points, its constants to be changed without building it anew.

    Attributes:
        constants: those of the tree, in the order of `coefficients`.
    """

    def __init__(self, tree: sympy.Expr, points: Points) -> None:
        self.constants = coefficients(tree)
        self._points = points
        self._tape = Tape(tree)
        steps = self._tape.steps
        exponents = {b - 2 for row, _, b in steps if row is not None and row.name == "pow"}
        self._steps = [k for k, (row, *_) in enumerate(steps) if row is None and k not in exponents]

    def values(self, numbers: Sequence[float]) -> Vector:
        """Return the values with these constants, in the order of `coefficients`."""
        for step, number in zip(self._steps, numbers, strict=True):
            self._tape.steps[step] = (None, number, -1)
        found = self._tape.on(self._points.p, self._points.y).value
        return np.asarray(found, dtype=np.float64)


def _values(tree: sympy.Expr, points: Points) -> Vector:
    return np.asarray(Tape(tree).on(points.p, points.y).value, dtype=np.float64)
