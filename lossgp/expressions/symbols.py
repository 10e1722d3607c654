"""The leaves of a loss: its two variables, its constants, and ε."""

from __future__ import annotations

import math
from typing import Final

import sympy
from mpmath.libmp import MPZ, to_float
from sympy.core.basic import Basic

Y_PRED = sympy.Symbol("y_pred", real=True)
"""The prediction: D's output after the link, in [0, 1] under the sigmoid link."""

Y_REAL = sympy.Symbol("y_real", real=True)
"""The label: 1 for a real sample, 0 for a generated one."""

EPSILON = 1e-8
"""ε of the protected operators (GANetic paper, appendix A)."""

EXP_LIMIT: Final = {4: 88.0, 8: 709.0}
"""Largest arguments of exp that stay finite, by the size of the dtype in bytes."""


def constant(value: float) -> sympy.Expr:
    """Return the leaf for a finite number; whole numbers become SymPy integers.

    Raises:
        ValueError: the value is infinite or not a number.
    """
    if not math.isfinite(value):
        raise ValueError(f"a constant must be finite, not {value}")
    if value == int(value) and abs(value) < 2**53:
        return sympy.Integer(int(value))
    # What sympy.Float(value) does, without its checks: odd mantissa, exponent, bits.
    fraction, exponent = math.frexp(abs(value))
    mantissa = int(fraction * 2**53)
    zeros = (mantissa & -mantissa).bit_length() - 1
    mantissa >>= zeros
    leaf = Basic.__new__(sympy.Float)
    leaf._mpf_ = (int(value < 0), MPZ(mantissa), exponent - 53 + zeros, mantissa.bit_length())
    leaf._prec = 53
    return leaf


def value_of(leaf: sympy.Expr) -> float:
    """Return the exact float of a constant leaf (the inverse of `constant`)."""
    if isinstance(leaf, sympy.Float):
        sign, mantissa, exponent, bits = leaf._mpf_
        if 0 < bits <= 53 and -1000 < exponent < 900:  # exact in a float, and quick
            return math.ldexp(-mantissa if sign else mantissa, exponent)
        return float(to_float(leaf._mpf_))
    return float(leaf)
