"""Value, slope and curvature of the operators, in float64, with ε kept or sent to 0.

Jets (f, f', f'') are carried through an operator by the chain rule (forward mode, second
order). The rules stand here and not in the operator table because nothing but the analysis
needs a second derivative; an operator without a rule here is differenced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import sympy
from numpy.typing import NDArray

from lossgp.expressions import BY_NAME
from lossgp.expressions.operators import Operator
from lossgp.expressions.symbols import EXP_LIMIT, value_of

Array = NDArray[np.float64]


class Jet(NamedTuple):
    """A function's value and its first two derivatives on a grid; three arrays of one shape."""

    value: Array
    slope: Array
    curvature: Array

    def part(self, which: Any) -> Jet:
        """Return the jet at some of the points, chosen as NumPy indexes."""
        return Jet(self.value[which], self.slope[which], self.curvature[which])

    def joined(self, other: Jet) -> Jet:
        """Return the jet at these points, and then at those of another; both of shape (n,)."""
        return Jet(*map(np.concatenate, zip(self, other, strict=True)))


@dataclass(slots=True)
class Dual:
    """A jet in the making: f, f' and f'', arrays or numbers.

    None stands for a derivative that is zero everywhere, or a second one that is not asked for.
    """

    f: Any
    d: Any = None
    dd: Any = None


ONE: Final = 1.0
"""The slope of the variable; this object, so that multiplying by it is left out."""
Rule = Callable[[list[Dual], float, bool], Dual]
"""(operands, ε, whether second derivatives are asked for) -> the operator's dual."""


def rule_of(row: Operator) -> Rule:
    """Return how an operator's dual follows from its operands'."""
    return _RULES.get(row.name) or _differenced(row)


@np.errstate(all="ignore")
def constant_value(row: Operator, operands: Sequence[sympy.Expr], *, epsilon: float) -> float:
    """Return the value of an operator on constants; it may be infinite or NaN."""
    return float(rule_of(row)([Dual(np.float64(value_of(a))) for a in operands], epsilon, False).f)


def missing_rules() -> list[str]:
    """Return the operators that have no second derivative of their own here."""
    return [name for name in BY_NAME if name not in _RULES]


def _chain(a: Dual, f: Any, first: Any, second: Any = None) -> Dual:
    """Return f(a) from f, f', f'' at a; no f'' where it is 0 or not asked for."""
    if a.d is None:
        return Dual(f)
    if a.d is ONE and a.dd is None:  # the variable itself
        return Dual(f, first, second)
    dd = None if second is None else second * (a.d * a.d)
    return Dual(f, first * a.d, dd if a.dd is None else _sum(dd, first * a.dd))


def _sum(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _difference(a: Any, b: Any) -> Any:
    if b is None:
        return a
    return -b if a is None else a - b


def _scaled(part: Any, factor: Any) -> Any:
    if part is None or part is ONE:
        return part if part is None else factor
    return part * factor


def _add(x: list[Dual], _eps: float, _curved: bool) -> Dual:
    a, b = x
    return Dual(a.f + b.f, _sum(a.d, b.d), _sum(a.dd, b.dd))


def _sub(x: list[Dual], _eps: float, _curved: bool) -> Dual:
    a, b = x
    return Dual(a.f - b.f, _difference(a.d, b.d), _difference(a.dd, b.dd))


def _neg(x: list[Dual], _eps: float, _curved: bool) -> Dual:
    (a,) = x
    return Dual(-a.f, _difference(None, a.d), _difference(None, a.dd))


def _product(a: Dual, b: Dual, curved: bool) -> Dual:
    d = _sum(_scaled(a.d, b.f), _scaled(b.d, a.f))
    dd = _sum(_scaled(a.dd, b.f), _scaled(b.dd, a.f))
    if curved and a.d is not None and b.d is not None:
        both = a.d * b.d
        dd = _sum(dd, both + both)
    return Dual(a.f * b.f, d, dd)


def _mul(x: list[Dual], _eps: float, curved: bool) -> Dual:
    return _product(x[0], x[1], curved)


def _div(x: list[Dual], eps: float, curved: bool) -> Dual:
    a, b = x
    below = b.f + eps if eps else b.f
    q = a.f / below
    if b.d is None:
        return Dual(q, *(None if part is None else part / below for part in (a.d, a.dd)))
    # q' = (a' − q·b')/b and q'' = (a'' − 2·q'·b' − q·b'')/b
    d = _difference(a.d, q if b.d is ONE else q * b.d) / below
    if not curved:
        return Dual(q, d)
    dd = d * b.d
    dd = dd + dd
    if b.dd is not None:
        dd = dd + q * b.dd
    return Dual(q, d, _difference(a.dd, dd) / below)


def _pow(x: list[Dual], eps: float, curved: bool) -> Dual:
    a, c = x[0], float(x[1].f)
    if is_whole(c):
        return _whole_power(a, int(c), curved)
    m = np.abs(a.f) + eps
    second = c * (c - 1) * m ** (c - 2) if curved else None
    return _chain(a, m**c, c * np.sign(a.f) * m ** (c - 1), second)


def _whole_power(a: Dual, n: int, curved: bool) -> Dual:
    if n < 2:
        return a if n else Dual(np.ones_like(a.f))
    rest = 1.0 if n == 2 else a.f if n == 3 else a.f ** (n - 2)  # aⁿ⁻²
    last = a.f if n == 2 else a.f * rest  # aⁿ⁻¹
    return _chain(a, a.f * last, n * last, n * (n - 1.0) * rest if curved else None)


def is_whole(exponent: float) -> bool:
    """Tell whether a power with this exponent is a product, smooth also at 0."""
    return exponent >= 0 and exponent == int(exponent)


def _sqrt(x: list[Dual], eps: float, curved: bool) -> Dual:
    (a,) = x
    m = np.abs(a.f) + eps if eps else np.abs(a.f)
    root = np.sqrt(m)
    return _chain(a, root, 0.5 * np.sign(a.f) / root, -0.25 / (root * m) if curved else None)


def _log(x: list[Dual], eps: float, curved: bool) -> Dual:
    (a,) = x
    m = np.abs(a.f) + eps if eps else np.abs(a.f)
    first = 1.0 / m
    # The sign comes last: it is its own square.
    return _chain(a, np.log(m), np.sign(a.f) * first, -first * first if curved else None)


def exponential(limit: float) -> Rule:
    """Return the rule of exp with its argument cut off at a limit."""

    def rule(x: list[Dual], _eps: float, curved: bool) -> Dual:
        (a,) = x
        out = np.exp(np.minimum(a.f, limit))
        slope = np.where(a.f > limit, 0.0, out)
        return _chain(a, out, slope, slope if curved else None)

    return rule


def _sin(x: list[Dual], _eps: float, curved: bool) -> Dual:
    s, c = np.sin(x[0].f), np.cos(x[0].f)
    return _chain(x[0], s, c, -s if curved else None)


def _cos(x: list[Dual], _eps: float, curved: bool) -> Dual:
    s, c = np.sin(x[0].f), np.cos(x[0].f)
    return _chain(x[0], c, -s, -c if curved else None)


def _abs(x: list[Dual], _eps: float, _curved: bool) -> Dual:
    return _chain(x[0], np.abs(x[0].f), np.sign(x[0].f))


def _tanh(x: list[Dual], _eps: float, curved: bool) -> Dual:
    a = x[0].f
    t = np.tanh(a)
    slope = _bell(2.0 * a)  # 1 − t² would be 0 from 19 on
    return _chain(x[0], t, 4.0 * slope, -8.0 * t * slope if curved else None)


def _sigmoid(x: list[Dual], _eps: float, curved: bool) -> Dual:
    a = x[0].f
    e = np.exp(-np.abs(a))
    slope = _bell(a)
    value = np.where(a >= 0, 1.0, e) / (1.0 + e)
    return _chain(x[0], value, slope, -np.tanh(0.5 * a) * slope if curved else None)


def _bell(a: Any) -> Any:
    """Return σ(a)·σ(−a), the slope of the sigmoid, exact in its tails."""
    e = np.exp(-np.abs(a))
    return e / ((1.0 + e) * (1.0 + e))


def _pick(sign: float) -> Rule:
    """Return the rule of max (sign 1) or min (sign −1); a tie takes the mean, as autograd does."""

    def rule(x: list[Dual], _eps: float, _curved: bool) -> Dual:
        a, b = x
        difference = a.f - b.f
        first = difference > 0 if sign > 0 else difference < 0
        tie = difference == 0
        tied = tie if tie.any() else None
        value = np.maximum(a.f, b.f) if sign > 0 else np.minimum(a.f, b.f)
        return Dual(value, _chosen(first, tied, a.d, b.d), _chosen(first, tied, a.dd, b.dd))

    return rule


def _chosen(first: Any, tied: Any, one: Any, other: Any) -> Any:
    """Return one part where it is the first that is picked, other where not, their mean if tied."""
    if one is None and other is None:
        return None
    one, other = 0.0 if one is None else one, 0.0 if other is None else other
    picked = np.where(first, one, other)
    return picked if tied is None else np.where(tied, 0.5 * (one + other), picked)


def _aq(x: list[Dual], _eps: float, curved: bool) -> Dual:
    b = x[1].f
    r = 1.0 / np.sqrt(1.0 + b * b)
    cube = r * r * r
    second = (2.0 * b * b - 1.0) * cube * r * r if curved else None
    return _product(x[0], _chain(x[1], r, -b * cube, second), curved)


EXP: Final = exponential(EXP_LIMIT[8])  # as it is trained, in float64
_RULES: Final[dict[str, Rule]] = {
    "add": _add, "sub": _sub, "neg": _neg, "mul": _mul, "div": _div, "pow": _pow,
    "sqrt": _sqrt, "log": _log, "exp": EXP, "sin": _sin, "cos": _cos, "abs": _abs,
    "tanh": _tanh, "sigmoid": _sigmoid, "max": _pick(1.0), "min": _pick(-1.0), "aq": _aq,
}  # fmt: skip


def _differenced(row: Operator) -> Rule:
    """Return the rule of an operator of which only the first slopes are known: by differences."""

    def rule(operands: list[Dual], _eps: float, curved: bool) -> Dual:
        values = [a.f for a in operands]
        out = row.value(*values)
        slopes = row.slopes(values, out)
        d: Any = None
        dd: Any = None
        for i, a in enumerate(operands):
            if a.d is None:
                continue
            d = _sum(d, slopes[i] * a.d)
            dd = _sum(dd, _scaled(a.dd, slopes[i]))
            for j, b in enumerate(operands):
                if curved and b.d is not None:
                    dd = _sum(dd, _slope_of_slope(row, values, i, j) * a.d * b.d)
        return Dual(out, d, dd)

    return rule


def _slope_of_slope(row: Operator, values: list[Any], i: int, j: int) -> Any:
    step = 1e-5 * np.maximum(1.0, np.abs(values[j]))
    slopes = []
    for sign in (1.0, -1.0):
        moved = [v + sign * step if k == j else v for k, v in enumerate(values)]
        slopes.append(row.slopes(moved, row.value(*moved))[i])
    return (slopes[0] - slopes[1]) / (2.0 * step)
