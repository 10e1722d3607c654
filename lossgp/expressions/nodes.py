"""SymPy classes of the operators that SymPy lacks, or that are protected.

They are opaque: SymPy never evaluates them by itself, which keeps building a tree quick and
a tree as it was written. `Loss.sympy()` and `doit` expand them to ordinary SymPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import sympy
from sympy.printing.precedence import PRECEDENCE

from .symbols import EPSILON

if TYPE_CHECKING:
    from .operators import Operator

_EPS = sympy.Float(EPSILON, 17)


class Opaque(sympy.Function):
    """An operator that SymPy never evaluates by itself; `doit` expands it.

    Attributes:
        row: its row of the operator table, which `operators` sets.
        precedence: how tightly SymPy's printers take it to bind.
    """

    row: ClassVar[Operator]
    precedence: ClassVar[int] = PRECEDENCE["Func"]

    def doit(self, **hints: Any) -> sympy.Expr:
        """Return the operator as ordinary SymPy, ε written out."""
        args = [a.doit(**hints) if hints.get("deep", True) else a for a in self.args]
        return self.row.expand(*args, eps=_EPS)

    def _eval_evalf(self, prec: int) -> sympy.Expr:
        return self.doit()._eval_evalf(prec)

    def _sympystr(self, printer: Any) -> str:
        """Return what `print` shows: infix signs and brackets, as in a formula."""
        if self.row.infix is None:
            return f"{self.row.name}({', '.join(map(printer._print, self.args))})"
        operands = self._bracketed(printer)
        if len(operands) == 1:
            return f"{self.row.infix}{operands[0]}"
        return (self.row.infix if self.row.infix in "/**" else f" {self.row.infix} ").join(operands)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        plain = self.row.infix is None or self.row.name == "div"
        operands = list(map(printer._print, self.args)) if plain else self._bracketed(printer)
        written = self.row.latex.format(a=operands[0], b=operands[-1], e="", m="", m2="")
        return written if exp is None else rf"\left({written}\right)^{{{exp}}}"

    def _bracketed(self, printer: Any) -> list[str]:
        """Return the operands, in brackets where reading back needs them."""
        first, *rest = self.args
        # A power's base stands in brackets unless it is an atom or a call: 2**3**x is another.
        tight = isinstance(self, power)
        return [
            printer.parenthesize(first, self.precedence, strict=not tight),
            *(printer.parenthesize(a, self.precedence, strict=False) for a in rest),
        ]


class sub(Opaque):
    """a − b as one node."""

    nargs = 2
    precedence = PRECEDENCE["Add"]

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        return sympy.Integer(1 if argindex == 1 else -1)


class neg(Opaque):
    """−a as one node."""

    nargs = 1
    precedence = PRECEDENCE["Add"]

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        return sympy.Integer(-1)


class div(Opaque):
    """Protected division a / (b + ε)."""

    nargs = 2
    precedence = PRECEDENCE["Mul"]

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        a, b = self.args
        return 1 / (b + _EPS) if argindex == 1 else -a / (b + _EPS) ** 2


class sqrt(Opaque):
    """Protected root sqrt(|a| + ε); ε stands inside, so the slope at 0 is finite."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        (a,) = self.args
        return sympy.sign(a) / (2 * sympy.sqrt(sympy.Abs(a) + _EPS))


class log(Opaque):
    """Protected logarithm log(|a| + ε)."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        (a,) = self.args
        return sympy.sign(a) / (sympy.Abs(a) + _EPS)


class maximum(Opaque):
    """max(a, b)."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        a, b = self.args if argindex == 1 else self.args[::-1]
        return sympy.Heaviside(a - b, sympy.Rational(1, 2))


class minimum(Opaque):
    """min(a, b)."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        a, b = self.args if argindex == 1 else self.args[::-1]
        return sympy.Heaviside(b - a, sympy.Rational(1, 2))


class power(Opaque):
    """a to a constant exponent c, protected: aᶜ for whole c ≥ 0, else (|a| + ε)ᶜ."""

    nargs = 2
    precedence = PRECEDENCE["Pow"]

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        a, c = self.args
        if is_whole(float(c)):
            return c * a ** (c - 1)
        return c * sympy.sign(a) * (sympy.Abs(a) + _EPS) ** (c - 1)


class sigmoid(Opaque):
    """1 / (1 + exp(−a))."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        return self * (1 - self)


class aq(Opaque):
    """Analytic quotient a / sqrt(1 + b²) (Ni, Drieberg & Rockett 2013)."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the partial derivative."""
        a, b = self.args
        root = sympy.sqrt(1 + b**2)
        return 1 / root if argindex == 1 else -a * b / root**3


def is_whole(exponent: float) -> bool:
    """Tell whether a power with this exponent is a plain product, which needs no protection."""
    return exponent >= 0 and exponent == int(exponent)
