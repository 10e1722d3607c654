"""Values and slopes of a tree on NumPy arrays, without compiling it.

This is what screening and comparison use: one pass over the nodes gives the value and,
where asked, the derivative with respect to `y_pred` (forward mode).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from .operators import BY_NODE
from .symbols import Y_PRED, Y_REAL, value_of

FloatArray = NDArray[np.floating[Any]]


def values(tree: sympy.Expr, y_pred: FloatArray, y_real: FloatArray) -> FloatArray:
    """Return the tree's values on arrays of one shape, computed in their dtype.

    Where it does not overflow: no warning is given, infinities and NaN come back as such.
    """
    with np.errstate(all="ignore"):
        return _filled(_value(tree, y_pred, y_real), y_pred)


def values_and_slopes(
    tree: sympy.Expr, y_pred: FloatArray, y_real: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return values and d/d`y_pred`, both of the arrays' shape and dtype."""
    with np.errstate(all="ignore"):
        out, slope = _dual(tree, y_pred, y_real)
        return _filled(out, y_pred), _filled(0.0 if slope is None else slope, y_pred)


def constant_value(tree: sympy.Expr) -> float:
    """Return the value of a tree without variables, in float64 (it may be infinite)."""
    with np.errstate(all="ignore"):
        return float(_value(tree, _NOTHING, _NOTHING))


_NOTHING = np.empty(0)
_ONE = 1.0  # the slope of y_pred itself, known by identity


def _filled(x: Any, like: FloatArray) -> FloatArray:
    """Return x as an array of that shape and dtype."""
    if isinstance(x, np.ndarray) and x.shape == like.shape and x.dtype == like.dtype:
        return x
    return np.broadcast_to(np.asarray(x, dtype=like.dtype), like.shape)


def _value(node: sympy.Expr, p: Any, y: Any) -> Any:
    if node is Y_PRED:
        return p
    if node is Y_REAL:
        return y
    row = BY_NODE.get(type(node))
    if row is None:
        # A NumPy scalar of the arrays' dtype: divisions by zero follow IEEE, never raise.
        return p.dtype.type(value_of(node))
    args = node._args
    if len(args) == 1:
        return row.value(_value(args[0], p, y))
    return row.value(_value(args[0], p, y), _value(args[1], p, y))


def _chain(by: Any, slope: Any) -> Any:
    """Return by · slope; arrays are multiplied only where neither is the number 1 or -1."""
    if slope is _ONE:
        return by
    if type(by) is float:
        if by == 1.0:
            return slope
        if by == -1.0:
            return -slope
    return by * slope


def _dual(node: sympy.Expr, p: Any, y: Any) -> tuple[Any, Any]:
    """Return the value and the slope; None stands for a slope that is zero everywhere."""
    if node is Y_PRED:
        return p, _ONE
    if node is Y_REAL:
        return y, None
    row = BY_NODE.get(type(node))
    if row is None:
        return p.dtype.type(value_of(node)), None
    args = node._args
    a, da = _dual(args[0], p, y)
    if len(args) == 1:
        out = row.value(a)
        return out, None if da is None else _chain(row.slopes((a,), out)[0], da)
    b, db = _dual(args[1], p, y)
    out = row.value(a, b)
    if da is None and db is None:
        return out, None
    by_a, by_b = row.slopes((a, b), out)
    if db is None:
        return out, _chain(by_a, da)
    if da is None:
        return out, _chain(by_b, db)
    return out, _chain(by_a, da) + _chain(by_b, db)
