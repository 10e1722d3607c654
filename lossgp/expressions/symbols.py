"""The leaves of a loss: its two variables, its constants, and ε."""

from __future__ import annotations

import math

import sympy
from mpmath.libmp import from_float, to_float

Y_PRED = sympy.Symbol("y_pred", real=True)
"""The prediction: D's output after the link, in [0, 1] under the sigmoid link."""

Y_REAL = sympy.Symbol("y_real", real=True)
"""The label: 1 for a real sample, 0 for a generated one."""

EPSILON = 1e-8
"""ε of the protected operators (GANetic paper, appendix A)."""


def constant(value: float) -> sympy.Expr:
    """Return the leaf for a finite number; whole numbers become SymPy integers.

    Raises:
        ValueError: the value is infinite or not a number.
    """
    if not math.isfinite(value):
        raise ValueError(f"a constant must be finite, not {value}")
    if value == int(value) and abs(value) < 2**53:
        return sympy.Integer(int(value))
    return sympy.Float._new(from_float(float(value)), 53)


def value_of(leaf: sympy.Expr) -> float:
    """Return the exact float of a constant leaf (the inverse of `constant`)."""
    if isinstance(leaf, sympy.Float):
        return float(to_float(leaf._mpf_))
    return float(leaf)
