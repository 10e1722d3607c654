"""The losses of the two classes, l(p, 1) and l(p, 0), as trees in the limit ε → 0."""

from __future__ import annotations

import math

import numpy as np
import sympy

from lossgp.expressions import Y_REAL, Loss
from lossgp.expressions.operators import BY_NODE, Operator
from lossgp.expressions.rules import simplified_node
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import build

from .jets import constant_value

_Forms = tuple[sympy.Expr, sympy.Expr]
"""A subtree of one class in the limit, and the same simplified by the rules of the domain."""
_LABELS: tuple[_Forms, _Forms] = ((constant(1),) * 2, (constant(0),) * 2)


def limits_by_class(loss: Loss) -> tuple[sympy.Expr, sympy.Expr]:
    """Return l₁(p) = l(p, 1) and l₀(p) = l(p, 0), with constants folded for ε = 0.

    They are folded wherever that is finite. `Loss.by_class(epsilon=False)` does this with SymPy's
    arithmetic, which takes seconds on some random trees; here it is done in float64. What holds
    no label the two trees share, so that a tape reads it once.
    """
    with np.errstate(all="ignore"):
        (_, one), (_, zero) = _by_class(loss.expr, loss.link)
    return one, zero


def _by_class(tree: sympy.Expr, link: str) -> tuple[_Forms, _Forms]:
    """Return the forms of a subtree under the labels 1 and 0; one object where it holds none."""
    row = BY_NODE.get(type(tree))
    if row is None:
        if tree is Y_REAL:
            return _LABELS
        leaf = tree, tree
        return leaf, leaf
    below = [_by_class(a, link) for a in tree._args]
    one = _node(row, tree, [operand[0] for operand in below], link)
    if all(operand[0] is operand[1] for operand in below):
        return one, one
    return one, _node(row, tree, [operand[1] for operand in below], link)


def _node(row: Operator, tree: sympy.Expr, below: list[_Forms], link: str) -> _Forms:
    """Return a node's forms from those of its operands."""
    args = tuple([forms[0] for forms in below])
    known = [isinstance(a, sympy.Number) for a in args]
    if any(known):
        factors = args if row.name == "mul" else args[:1] if row.name == "div" else ()
        if any(isinstance(a, sympy.Number) and not a for a in factors):
            return _LABELS[1]
        if all(known):
            value = constant_value(row, args, epsilon=0.0)
            if math.isfinite(value):
                folded = constant(value)
                return folded, folded
    old = tree._args
    limit = tree if args[0] is old[0] and args[-1] is old[-1] else build(row, *args)
    return limit, simplified_node(row, limit, tuple([forms[1] for forms in below]), link)
