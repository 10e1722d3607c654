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
    """Return the tree's values on arrays of one shape, computed in their dtype."""
    with np.errstate(all="ignore"):
        out = _value(tree, y_pred, y_real)
    return np.broadcast_to(np.asarray(out, dtype=y_pred.dtype), y_pred.shape)


def values_and_slopes(
    tree: sympy.Expr, y_pred: FloatArray, y_real: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return values and d/d`y_pred`, both of the arrays' shape and dtype."""
    with np.errstate(all="ignore"):
        out, slope = _dual(tree, y_pred, y_real)
    shape, dtype = y_pred.shape, y_pred.dtype
    slope = 0.0 if slope is None else slope
    return (
        np.broadcast_to(np.asarray(out, dtype=dtype), shape),
        np.broadcast_to(np.asarray(slope, dtype=dtype), shape),
    )


def constant_value(tree: sympy.Expr) -> float:
    """Return the value of a tree without variables, in float64 (it may be infinite)."""
    nothing = np.empty(0)
    with np.errstate(all="ignore"):
        return float(_value(tree, nothing, nothing))


def _value(node: sympy.Expr, p: Any, y: Any) -> Any:
    row = BY_NODE.get(type(node))
    if row is not None:
        args = node.args
        if len(args) == 2:
            return row.value(_value(args[0], p, y), _value(args[1], p, y))
        return row.value(_value(args[0], p, y))
    return _leaf(node, p, y)


def _leaf(node: sympy.Expr, p: Any, y: Any) -> Any:
    if node is Y_PRED:
        return p
    if node is Y_REAL:
        return y
    # A NumPy scalar of the arrays' dtype: divisions by zero follow IEEE, never raise.
    return p.dtype.type(value_of(node))


def _dual(node: sympy.Expr, p: Any, y: Any) -> tuple[Any, Any]:
    """Return the value and the slope; None stands for a slope that is zero everywhere."""
    row = BY_NODE.get(type(node))
    if row is None:
        return _leaf(node, p, y), (1.0 if node is Y_PRED else None)
    pairs = [_dual(a, p, y) for a in node.args]
    operands = [v for v, _ in pairs]
    out = row.value(*operands)
    if all(d is None for _, d in pairs):
        return out, None
    total: Any = None
    for (_, inner), outer in zip(pairs, row.slopes(operands, out), strict=True):
        if inner is not None:
            term = outer * inner
            total = term if total is None else total + term
    return out, total
