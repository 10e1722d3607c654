"""Constant parts of trees: their values, and whether float64 holds them."""

from __future__ import annotations

import math

import numpy as np
import sympy

from lossgp.common.echo import shortened

from .errors import FormulaError
from .operators import BY_NODE, Operator
from .printing import text
from .symbols import value_of
from .tree import operands

MAX_EXPONENT = 64
"""Largest exponent of a power: beyond it nothing but 0, 1 and infinity is left of [0, 2]."""

# Where one of these is 0 while no operand is, the result was too small for a float. exp(-800) is
# left alone: it is as near to 0 as whoever wrote it can have wanted.
_VANISHING = ("mul", "div", "pow")


def check_constants(tree: sympy.Expr) -> None:
    """Make sure that float64 holds every part of a tree that no variable stands in.

    Raises:
        FormulaError: a constant part is infinite or no number, as 1e308*10 is, or so small
            that it would be 0, as 1e-200*1e-200 is.
    """
    with np.errstate(all="ignore"):
        _value(tree)


def plain_value(tree: sympy.Expr) -> float | None:
    """Return what a formula of numbers comes to, unprotected; None where it holds a variable.

    Exponents are read so: the 1/2 of p**(1/2) is 0.5, not 1/(2 + ε).
    """
    if isinstance(tree, sympy.Number):
        return value_of(tree)
    row = BY_NODE.get(type(tree))
    if row is None:
        return None
    values = [plain_value(a) for a in tree.args]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    with np.errstate(all="ignore"):
        return _plain(row, known)


def _plain(row: Operator, values: list[float]) -> float:
    a, b = np.float64(values[0]), np.float64(values[-1])
    if row.name == "div":
        return float(a / b)
    if row.name in ("sqrt", "log"):
        return float({"sqrt": np.sqrt, "log": np.log}[row.name](a))
    if row.name == "pow":
        return float(a**b)
    return float(row.value(*map(np.float64, values)))


def _value(tree: sympy.Expr) -> float | None:
    if isinstance(tree, sympy.Number):
        return value_of(tree)
    row = BY_NODE.get(type(tree))
    if row is None:
        return None
    values = [_value(a) for a in operands(tree)]
    if row.name == "pow":
        values.append(value_of(tree.args[1]))
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    value = float(row.value(*map(np.float64, known)))
    if not math.isfinite(value):
        raise FormulaError(
            f"the constant part {shortened(text(tree), 60)} comes to {value} in float64, which "
            "holds numbers up to 1.797e308; write a smaller one"
        )
    if value == 0 and row.name in _VANISHING and 0 not in known[: row.arity]:
        raise FormulaError(
            f"the constant part {shortened(text(tree), 60)} is too small for float64, which "
            "would hold it as 0; write 0, or a larger one"
        )
    return value
