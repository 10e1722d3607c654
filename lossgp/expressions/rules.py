"""Simplification by rules that hold on the domain of a loss.

The rules know that `y_real` is 0 or 1 and that `y_pred` lies in [0, 1] under the sigmoid
link, and they respect the protected operators: each rewrites a tree to a smaller or equal
one with the same values, up to rounding. They are cheap enough for the search loop, where
`sympy.simplify` is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import sympy

from .constants import MAX_EXPONENT
from .operators import BY_NODE, Operator
from .symbols import Y_PRED, Y_REAL, constant, value_of
from .tree import build, make, same, substitute

Rule = Callable[[tuple[sympy.Expr, ...], str], sympy.Expr | None]

_ZERO, _ONE = constant(0), constant(1)
_NOT_NEGATIVE = ("exp", "sqrt", "abs", "sigmoid")


def simplify(tree: sympy.Expr, link: str = "sigmoid", *, epsilon: bool = True) -> sympy.Expr:
    """Return the tree after constant folding and the domain rules, bottom up.

    The rules hold for the labels 0 and 1; for soft labels the result may differ. Where nothing
    can be simplified the tree itself comes back. With `epsilon=False` constants are folded in
    the limit ε → 0 wherever it is finite, for people to read: sqrt(0) becomes 0 and not 1e-4.
    """
    with np.errstate(all="ignore"):
        return _simplify(tree, link, epsilon)


def _simplify(tree: sympy.Expr, link: str, epsilon: bool) -> sympy.Expr:
    row = BY_NODE.get(type(tree))
    if row is None:
        return tree
    args = tuple([_simplify(a, link, epsilon) for a in tree._args])
    return simplified_node(row, tree, args, link, epsilon=epsilon)


def simplified_node(
    row: Operator,
    node: sympy.Expr,
    args: tuple[sympy.Expr, ...],
    link: str,
    *,
    epsilon: bool = True,
) -> sympy.Expr:
    """Return a node after the rules of its own operator; NumPy's warnings must be off.

    Args:
        row: its operator.
        node: the node, which comes back where nothing is changed.
        args: its operands, which are simplified already.
        link, epsilon: as in `simplify`.
    """
    old = node._args
    if isinstance(args[0], sympy.Number) and isinstance(args[-1], sympy.Number):
        value = _folded(row, args, epsilon)
        if math.isfinite(value):
            return constant(value)
    elif (rule := _RULES.get(row.name)) and (new := rule(args, link)) is not None:
        return new
    return node if args[0] is old[0] and args[-1] is old[-1] else build(row, *args)


def _folded(row: Operator, args: tuple[sympy.Expr, ...], epsilon: bool) -> float:
    """Return the value of an operator on constants, as it is computed in float64."""
    if not epsilon:
        limit = sympy.N(row.expand(*args, eps=sympy.Integer(0)))
        if limit.is_finite and limit.is_real:
            return float(limit)
    return float(row.value(*[np.float64(value_of(a)) for a in args]))


def at_label(
    tree: sympy.Expr, label: int, link: str = "sigmoid", *, epsilon: bool = True
) -> sympy.Expr:
    """Return the loss of one class, l(p, label), a tree in `y_pred` alone (equation 3)."""
    return simplify(substitute(tree, Y_REAL, constant(label)), link, epsilon=epsilon)


def _rewrite(name: str, args: tuple[sympy.Expr, ...], link: str) -> sympy.Expr:
    rule = _RULES.get(name)
    new = rule(args, link) if rule else None
    return make(name, *args) if new is None else new


def _is(node: sympy.Expr, value: float) -> bool:
    return isinstance(node, sympy.Number) and value_of(node) == value


def _name(node: sympy.Expr) -> str:
    row = BY_NODE.get(type(node))
    return row.name if row else ""


def _not_negative(node: sympy.Expr, link: str) -> bool:
    if isinstance(node, sympy.Number):
        return value_of(node) >= 0
    if node is Y_REAL or (node is Y_PRED and link == "sigmoid"):
        return True
    name = _name(node)
    if name in ("add", "mul", "div"):
        return all(_not_negative(a, link) for a in node.args)
    if name == "pow":
        return _not_negative(node.args[0], link) or value_of(node.args[1]) % 2 != 1
    return name in _NOT_NEGATIVE


def _add(args: tuple[sympy.Expr, ...], link: str) -> sympy.Expr | None:
    a, b = args
    if _is(a, 0):
        return b
    if _is(b, 0):
        return a
    if _name(b) == "neg":
        return _rewrite("sub", (a, b.args[0]), link)
    if _name(a) == "neg":
        return _rewrite("sub", (b, a.args[0]), link)
    if isinstance(b, sympy.Number) and value_of(b) < 0:
        return make("sub", a, -b)
    return None


def _sub(args: tuple[sympy.Expr, ...], link: str) -> sympy.Expr | None:
    a, b = args
    if same(a, b):
        return _ZERO
    if _is(b, 0):
        return a
    if _is(a, 0):
        return _rewrite("neg", (b,), link)
    if _name(b) == "neg":
        return _rewrite("add", (a, b.args[0]), link)
    if isinstance(b, sympy.Number) and value_of(b) < 0:
        return make("add", a, -b)
    return None


def _mul(args: tuple[sympy.Expr, ...], link: str) -> sympy.Expr | None:
    a, b = args
    for x, other in ((a, b), (b, a)):
        if _is(x, 0):
            return _ZERO
        if _is(x, 1):
            return other
        if _is(x, -1):
            return _rewrite("neg", (other,), link)
    if _name(a) == "neg" and _name(b) == "neg":
        return _rewrite("mul", (a.args[0], b.args[0]), link)
    if a is Y_REAL and b is Y_REAL:
        return Y_REAL
    if same(a, b):
        return make("pow", a, constant(2))
    return None


def _div(args: tuple[sympy.Expr, ...], _link: str) -> sympy.Expr | None:
    a, b = args
    if _is(a, 0):
        return _ZERO
    # a / (1 + ε) is a in float32, and within 1e-8 of it in float64.
    return a if _is(b, 1) else None


def _neg(args: tuple[sympy.Expr, ...], link: str) -> sympy.Expr | None:
    (a,) = args
    if _name(a) == "neg":
        return a.args[0]
    if _name(a) == "sub":
        return _rewrite("sub", (a.args[1], a.args[0]), link)
    return None


def _pow(args: tuple[sympy.Expr, ...], _link: str) -> sympy.Expr | None:
    a, c = args[0], value_of(args[1])
    if c == 0:
        return _ONE
    if c == 1 or (a is Y_REAL and c > 0 and c == int(c)):
        return a
    if _name(a) == "pow":
        inner = value_of(a.args[1])
        # A larger exponent could not be read back; nested powers can.
        whole = inner == int(inner) and c == int(c) and inner * c <= MAX_EXPONENT
        if min(inner, c) > 0 and whole:
            return make("pow", a.args[0], constant(inner * c))
    even = c == int(c) and c % 2 == 0 and c > 0
    return make("pow", a.args[0], args[1]) if even and _name(a) in ("neg", "abs") else None


def _abs(args: tuple[sympy.Expr, ...], link: str) -> sympy.Expr | None:
    (a,) = args
    if _not_negative(a, link):
        return a
    return make("abs", a.args[0]) if _name(a) == "neg" else None


def _even(name: str) -> Rule:
    """Return the rule of an operator that looks only at |a|."""

    def rule(args: tuple[sympy.Expr, ...], _link: str) -> sympy.Expr | None:
        inner = _name(args[0])
        return make(name, args[0].args[0]) if inner in ("neg", "abs") else None

    return rule


def _max(args: tuple[sympy.Expr, ...], link: str) -> sympy.Expr | None:
    a, b = args
    if same(a, b):
        return a
    for x, other in ((a, b), (b, a)):
        if isinstance(x, sympy.Number) and value_of(x) <= 0 and _not_negative(other, link):
            return other
    return None


def _min(args: tuple[sympy.Expr, ...], _link: str) -> sympy.Expr | None:
    return args[0] if same(args[0], args[1]) else None


_RULES: dict[str, Rule] = {
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "neg": _neg, "pow": _pow, "abs": _abs,
    "sqrt": _even("sqrt"), "log": _even("log"), "cos": _even("cos"), "max": _max, "min": _min,
}  # fmt: skip
