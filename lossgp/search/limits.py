"""Limits on the shape of a tree, beyond its size: how deep it is, and how nested."""

from __future__ import annotations

import sympy

from lossgp.expressions.tree import operands, operator_of

KINDS = (("exp",), ("log",), ("sin", "cos"), ("sqrt",), ("tanh", "sigmoid"))
"""Functions that count as one kind when they stand inside one another."""

_KIND = {name: kind for kind, names in enumerate(KINDS) for name in names}


def nesting(tree: sympy.Expr) -> int:
    """Return how many functions stand inside another of their kind, on the worst path.

    exp(y_pred) has 0, exp(1 + exp(y_pred)) has 1, sin(cos(sin(y_pred))) has 2, and
    exp(log(y_pred)) has 0.
    """
    return max(0, _most(tree, (0,) * len(KINDS)) - 1)


def _most(tree: sympy.Expr, above: tuple[int, ...]) -> int:
    """Return the largest number of functions of one kind on a path through the tree."""
    row = operator_of(tree)
    kind = None if row is None else _KIND.get(row.name)
    if kind is not None:
        above = (*above[:kind], above[kind] + 1, *above[kind + 1 :])
    return max([max(above), *(_most(a, above) for a in operands(tree))])
