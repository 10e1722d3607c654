"""gplearn on the operators of losses: its functions, and its programs as trees.

gplearn has protected operators of its own, with other limits (a quotient is 1 where the divisor is
below 0.001). Here it gets those that losses are trained with, ε included, so that what it finds
is a loss with the very values that it was found for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from lossgp.expressions.operators import BY_NAME, SHORTHANDS
from lossgp.expressions.symbols import Y_PRED, Y_REAL, constant
from lossgp.expressions.tree import make

FEATURES = (Y_PRED, constant(1), Y_REAL)
"""What the columns of gplearn's X are. Drawn constants are never the 1 of 1 − y_pred."""


def functions(names: Sequence[str]) -> list[Any]:
    """Return gplearn's function of each operator, with the operator's own NumPy values."""
    return [_function(name) for name in names]


def _function(name: str) -> Any:
    from gplearn.functions import make_function

    if name in SHORTHANDS:
        exponent = int(SHORTHANDS[name])
        return make_function(function=lambda a: a**exponent, name=name, arity=1, wrap=False)
    value = BY_NAME[name].value
    if BY_NAME[name].arity == 1:
        return make_function(function=lambda a: value(a), name=name, arity=1, wrap=False)
    return make_function(function=lambda a, b: value(a, b), name=name, arity=2, wrap=False)


def tree_of(program: Sequence[Any]) -> sympy.Expr:
    """Return the tree of a program: functions, columns and constants in preorder.

    Raises:
        ValueError: the program is no tree of these.
    """
    rest = list(program)
    tree = _node(rest)
    if rest:
        raise ValueError(f"the program goes on for {len(rest)} nodes after its end")
    return tree


def _node(rest: list[Any]) -> sympy.Expr:
    if not rest:
        raise ValueError("the program ends within a node")
    first = rest.pop(0)
    if isinstance(first, (int, np.integer)):
        return FEATURES[first]
    if isinstance(first, (float, np.floating)):
        return constant(float(first))
    return make(first.name, *(_node(rest) for _ in range(first.arity)))
