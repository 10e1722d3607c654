"""Ordinary SymPy back to trees of the operator table."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import sympy

from lossgp.common.echo import printable

from .errors import FormulaError
from .notation import EXPANSIONS
from .operators import BY_NAME, BY_NODE
from .storable import ECHO, number_leaf
from .symbols import Y_PRED, Y_REAL, constant
from .tree import build, make

_CALLS = {sympy.exp: "exp", sympy.sin: "sin", sympy.cos: "cos", sympy.tanh: "tanh",
          sympy.Abs: "abs", sympy.log: "log"}  # fmt: skip
_WRITTEN_OUT = {sympy.cosh: "cosh", sympy.tan: "tan"}


def tree_of(expression: sympy.Expr) -> sympy.Expr:
    """Return the tree of an ordinary SymPy expression over `Y_PRED` and `Y_REAL`.

    Quotients, roots and logarithms become the protected operators; numbers become floats.

    Raises:
        FormulaError: the expression holds something that no operator stands for.
    """
    if expression is Y_PRED or expression is Y_REAL:
        return expression
    if expression.is_number:
        return number_leaf(expression)
    row = BY_NODE.get(type(expression))
    args = expression.args
    if isinstance(expression, sympy.Add):
        return _sum(args)
    if isinstance(expression, sympy.Mul):
        return _product(expression)
    if isinstance(expression, sympy.Pow):
        return _power(*args)
    if isinstance(expression, (sympy.Max, sympy.Min)):
        name = "max" if isinstance(expression, sympy.Max) else "min"
        return functools.reduce(lambda a, b: make(name, a, b), map(tree_of, args))
    if type(expression) in _CALLS:
        return make(_CALLS[type(expression)], tree_of(args[0]))
    if type(expression) in _WRITTEN_OUT:
        return EXPANSIONS[_WRITTEN_OUT[type(expression)]][1](tree_of(args[0]))
    if row is not None:
        return build(row, *map(tree_of, args))
    raise FormulaError(
        f"{printable(expression, ECHO)} ({type(expression).__name__}) has no operator in a loss"
    )


def _sum(terms: Sequence[sympy.Expr]) -> sympy.Expr:
    """As people write it: p - 2*y - 0.5, and not -0.5 + -2*y + p."""

    def is_negative(term: sympy.Expr) -> bool:
        return not term.is_number and bool(term.could_extract_minus_sign())

    first, *rest = sorted(terms, key=lambda a: (bool(a.is_number), is_negative(a)))
    tree = tree_of(first)
    for term in rest:
        if is_negative(term):
            tree = make("sub", tree, tree_of(-term))
        else:
            tree = make("add", tree, tree_of(term))
    return tree


def _product(expression: sympy.Expr) -> sympy.Expr:
    above, below = sympy.fraction(expression)
    if below != 1:
        return make("div", tree_of(above), tree_of(below))
    return functools.reduce(lambda a, b: make("mul", a, b), map(tree_of, expression.args))


def _power(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    if base is sympy.E:
        return make("exp", tree_of(exponent))
    if not exponent.is_number:
        raise FormulaError(
            f"the exponent {printable(exponent, ECHO)} is no number; write exp(c*log(a))"
        )
    if exponent == sympy.Rational(1, 2):
        return make("sqrt", tree_of(base))
    if exponent == -1:
        return make("div", constant(1), tree_of(base))
    return build(BY_NAME["pow"], tree_of(base), tree_of(exponent))
