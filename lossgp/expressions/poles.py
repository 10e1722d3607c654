"""Proof that a loss is infinite somewhere: a denominator changes its sign under a numerator.

A quotient a / (b + ε) is infinite in every interval in which b + ε is continuous and has both
signs while a is not zero; and what is made of it is infinite too, as long as nothing takes the
infinity away, as tanh would, or may, as another infinite term.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy

from .intervals import Interval
from .operators import BY_NODE
from .symbols import EPSILON, value_of
from .tree import preorder

Bound = Callable[[sympy.Expr, float, float], Interval | None]
"""Bounds of a tree for y_pred between two numbers; None where it may be infinite."""

_HALVINGS = 40


def pole(tree: sympy.Expr, low: float, high: float, bound: Bound) -> float | None:
    """Return a place between two numbers where the tree is proven infinite, or None."""
    for node in preorder(tree):
        if _name(node) != "div":
            continue
        ends = _bracket(node.args[1], low, high, bound)
        if ends is not None and _is_infinite(tree, *ends, bound):
            return 0.5 * (ends[0] + ends[1])
    return None


def _name(node: sympy.Expr) -> str:
    row = BY_NODE.get(type(node))
    return row.name if row else ""


def _bracket(
    below: sympy.Expr, low: float, high: float, bound: Bound
) -> tuple[float, float] | None:
    """Return a narrow interval in which a denominator has both signs for certain, or None."""
    signs = _sign(below, low, bound), _sign(below, high, bound)
    if signs[0] * signs[1] >= 0:
        return None
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        sign = _sign(below, middle, bound)
        if sign == 0 or not low < middle < high:
            break
        low, high = (middle, high) if sign == signs[0] else (low, middle)
    return low, high


def _sign(below: sympy.Expr, at: float, bound: Bound) -> int:
    """Return the sign of a denominator with its ε at a point; 0 where it is not certain."""
    found = bound(below, at, at)
    if found is None:
        return 0
    found = found + Interval.around(EPSILON)
    return int(found.low > 0) - int(found.high < 0)


def _is_infinite(node: sympy.Expr, low: float, high: float, bound: Bound) -> bool:
    """Tell whether a tree is infinite somewhere between the ends, for certain."""
    name = _name(node)

    def bounded(a: sympy.Expr) -> bool:
        return bound(a, low, high) is not None

    def away(a: sympy.Expr) -> bool:
        found = bound(a, low, high)
        return found is not None and (found.low > 0 or found.high < 0)

    def infinite(a: sympy.Expr) -> bool:
        return _is_infinite(a, low, high, bound)

    if name == "div":
        above, below = node.args
        if bounded(below) and _sign(below, low, bound) * _sign(below, high, bound) < 0:
            return away(above)
        return infinite(above) and bounded(below)
    if name in ("add", "sub"):
        a, b = node.args
        return (infinite(a) and bounded(b)) or (infinite(b) and bounded(a))
    if name == "mul":
        a, b = node.args
        return (infinite(a) and away(b)) or (infinite(b) and away(a))
    if name == "pow":
        return value_of(node.args[1]) > 0 and infinite(node.args[0])
    return name in ("neg", "abs", "sqrt", "log") and infinite(node.args[0])
