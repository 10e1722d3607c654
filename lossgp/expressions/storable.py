"""Trees that a loss may have: such as are printed can be read back, node by node."""

from __future__ import annotations

import sympy

from lossgp.common.echo import printable, quoted

from . import printing
from .constants import MAX_EXPONENT
from .errors import FormulaError
from .nodes import power
from .operators import BY_NODE
from .parsing import MAX_DEPTH, parse_tree
from .symbols import Y_PRED, Y_REAL, constant, value_of
from .tree import build, height, operands, preorder, rebuilt

ECHO = 80
"""Characters of a formula that a message repeats."""

_LARGE = 400
"""Nodes from which the printed form may be too long to be read."""


def storable(tree: sympy.Expr, link: str) -> sympy.Expr:
    """Return the tree with its numbers as float64 holds them.

    Raises:
        FormulaError: a part is no part of a loss, a number cannot be held, an exponent is
            too large, or the tree is so large or deep that its text could not be read back.
    """
    count, exact = 0, True
    for node in preorder(tree):
        count += 1
        if isinstance(node, sympy.Number):
            exact = exact and _is_exact(node)
        elif type(node) is power:
            _check_exponent(node.args[1])
            exact = exact and _is_exact(node.args[1])
        elif type(node) not in BY_NODE and node is not Y_PRED and node is not Y_REAL:
            raise FormulaError(
                f"{quoted(str(node), ECHO)} ({type(node).__name__}) is not part of a loss; "
                "use lossgp.parse, or Loss.from_sympy for an ordinary SymPy expression"
            )
    if not exact:
        tree = _as_floats(tree)
    if count > _LARGE or (count > MAX_DEPTH and height(tree) >= MAX_DEPTH - 1):
        # Nothing that could not be stored is accepted: the reader itself judges.
        parse_tree(printing.text(tree, link), notation="text")
    return tree


def number_leaf(number: sympy.Expr) -> sympy.Expr:
    """Return the leaf of a SymPy number.

    Raises:
        FormulaError: it is infinite, no number, not real, or outside what float64 holds.
    """
    try:
        value = complex(number)
    except (OverflowError, TypeError, ValueError):
        value = complex("inf")
    if value.imag == 0 and value.real in (float("inf"), float("-inf")) and number.is_finite:
        raise FormulaError(
            f"{printable(number, ECHO)} is too large for float64, which holds numbers up to "
            "1.797e308"
        )
    if value.imag or not abs(value.real) < float("inf"):
        raise FormulaError(f"{printable(number, ECHO)} is no finite real number")
    if value.real == 0 and number.is_zero is False:
        raise FormulaError(
            f"{printable(number, ECHO)} is too small for float64, which would hold it as 0"
        )
    return constant(value.real)


def _is_exact(number: sympy.Expr) -> bool:
    """Tell whether a number is the leaf that reading its text gives."""
    if isinstance(number, sympy.Float):
        # Whole numbers are integers where they are exact.
        if number._prec != 53 or not number.is_finite:
            return False
        value = value_of(number)
        return not (value == int(value) and abs(value) < 2**53)
    return isinstance(number, sympy.Integer) and abs(number.p) < 2**53


def _as_floats(tree: sympy.Expr) -> sympy.Expr:
    if isinstance(tree, sympy.Number):
        return tree if _is_exact(tree) else number_leaf(tree)
    if type(tree) is power:
        return build(BY_NODE[power], *map(_as_floats, tree.args))
    below = operands(tree)
    return rebuilt(tree, [_as_floats(a) for a in below]) if below else tree


def _check_exponent(exponent: sympy.Expr) -> None:
    if not isinstance(exponent, sympy.Number):
        raise FormulaError(f"the exponent {printable(exponent, ECHO)} must be a number")
    if not abs(exponent) <= MAX_EXPONENT:
        raise FormulaError(
            f"the exponent {printable(exponent, ECHO)} is too large; it must lie between "
            f"-{MAX_EXPONENT} and {MAX_EXPONENT}"
        )
