"""Interval arithmetic: bounds of every operator and of its slopes.

What holds for the bounds holds for every point between them. Each result is widened by a
relative 1e-12, which covers the rounding of every operator.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .symbols import EPSILON, EXP_LIMIT

_ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """The numbers from `low` to `high`, both included."""

    low: float
    high: float

    @classmethod
    def around(cls, *ends: float) -> Interval:
        """Return the least interval that holds these numbers, widened for rounding."""
        if any(math.isnan(x) for x in ends):
            return ANY
        low, high = min(ends), max(ends)
        return cls(low - _ROUNDING * abs(low), high + _ROUNDING * abs(high))

    @property
    def bounded(self) -> bool:
        """Tell whether both ends are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def size(self) -> float:
        """The largest absolute value."""
        return max(abs(self.low), abs(self.high))

    def __add__(self, other: Interval) -> Interval:
        return Interval.around(self.low + other.low, self.high + other.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        # 0 · inf counts as 0: an end at infinity stands for "arbitrarily large".
        products = [
            0.0 if a == 0 or b == 0 else a * b
            for a in (self.low, self.high)
            for b in (other.low, other.high)
        ]
        return Interval.around(*products)

    def inverse(self) -> Interval:
        """Return 1 / x; everything where 0 lies inside."""
        if self.low <= 0 <= self.high:
            return ANY
        return Interval.around(1 / self.low, 1 / self.high)

    def abs(self) -> Interval:
        """Return |x|."""
        if self.low <= 0 <= self.high:
            return Interval(0.0, self.size)
        return Interval(min(abs(self.low), abs(self.high)), self.size)

    def sign(self) -> Interval:
        """Return the sign, 0 at 0."""
        return Interval(
            float(self.low > 0) - (self.low < 0), float(self.high > 0) - (self.high < 0)
        )

    def hull(self, other: Interval) -> Interval:
        """Return the least interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))


ANY = Interval(-math.inf, math.inf)
ONE = Interval(1.0, 1.0)
UNIT = Interval(-1.0, 1.0)
_EPS = Interval.around(EPSILON)

Bounds = Callable[..., tuple[Interval, tuple[Interval, ...]]]
"""From the operands' bounds to those of the value and of the slope by each operand."""


def add(a: Interval, b: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound a + b."""
    return a + b, (ONE, ONE)


def sub(a: Interval, b: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound a − b."""
    return a - b, (ONE, -ONE)


def mul(a: Interval, b: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound a · b."""
    return a * b, (b, a)


def neg(a: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound −a."""
    return -a, (-ONE,)


def div(a: Interval, b: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound a / (b + ε)."""
    inverse = (b + _EPS).inverse()
    return a * inverse, (inverse, -(a * inverse * inverse))


def sqrt(a: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound sqrt(|a| + ε)."""
    root = monotone(math.sqrt, a.abs() + _EPS)
    return root, (a.sign() * (root + root).inverse(),)


def log(a: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound log(|a| + ε)."""
    inner = a.abs() + _EPS
    return monotone(math.log, inner), (a.sign() * inner.inverse(),)


def exp(a: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound exp(a), its argument cut off as in float32."""
    value = monotone(lambda x: math.exp(min(x, EXP_LIMIT[4])), a)
    return value, (value if a.high <= EXP_LIMIT[4] else value.hull(Interval(0.0, 0.0)),)


def sin(a: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound sin(a)."""
    return _wave(a, 0.0), (_wave(a, math.pi / 2),)


def cos(a: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound cos(a)."""
    return _wave(a, math.pi / 2), (-_wave(a, 0.0),)


def _wave(a: Interval, phase: float) -> Interval:
    """Bound sin(a + phase)."""
    if not a.bounded or a.high - a.low >= 2 * math.pi or a.size > 1e6:
        return UNIT
    ends = [math.sin(a.low + phase), math.sin(a.high + phase)]
    # A peak 1 at π/2 + 2πk and a trough −1 at −π/2 + 2πk, found with a margin for rounding.
    for top, at in ((1.0, math.pi / 2), (-1.0, -math.pi / 2)):
        turns = math.ceil((a.low + phase - at - 1e-9) / (2 * math.pi))
        if at + turns * 2 * math.pi <= a.high + phase + 1e-9:
            ends.append(top)
    return Interval.around(*ends)


def absolute(a: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound |a|."""
    return a.abs(), (a.sign(),)


def tanh(a: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound tanh(a)."""
    value = monotone(math.tanh, a)
    return value, (ONE - value.abs() * value.abs(),)


def sigmoid(a: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound 1 / (1 + exp(−a)), its slope by the sigmoids of a and −a: both keep their tails."""
    value = monotone(_sigmoid, a)
    return value, (value * monotone(_sigmoid, -a),)


def _sigmoid(x: float) -> float:
    return math.exp(min(x, 0.0)) / (1.0 + math.exp(-abs(x)))


def maximum(a: Interval, b: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound max(a, b)."""
    share = Interval(0.0, 1.0)
    return Interval(max(a.low, b.low), max(a.high, b.high)), (share, share)


def minimum(a: Interval, b: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound min(a, b)."""
    share = Interval(0.0, 1.0)
    return Interval(min(a.low, b.low), min(a.high, b.high)), (share, share)


def aq(a: Interval, b: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound a / sqrt(1 + b²)."""
    root = monotone(lambda x: math.sqrt(1.0 + x * x), b.abs())
    inverse = root.inverse()
    return a * inverse, (inverse, -(a * b * inverse * inverse * inverse))


def power(a: Interval, c: Interval) -> tuple[Interval, tuple[Interval, ...]]:
    """Bound a to the constant exponent c, protected unless c is a whole number ≥ 0."""
    k = c.low
    zero = Interval(0.0, 0.0)
    if k >= 0 and k == int(k):
        slope = Interval.around(k) * _whole(a, int(k) - 1) if k else zero
        return _whole(a, int(k)), (slope, zero)
    inner = a.abs() + _EPS
    slope = Interval.around(k) * a.sign() * monotone(lambda x: x ** (k - 1), inner)
    return monotone(lambda x: x**k, inner), (slope, zero)


def _whole(a: Interval, k: int) -> Interval:
    return monotone(lambda x: x**k, a if k % 2 else a.abs())


def monotone(function: Callable[[float], float], a: Interval) -> Interval:
    """Return the bounds of a function that only rises, or only falls, between the ends."""
    try:
        return Interval.around(function(a.low), function(a.high))
    except (OverflowError, ValueError, ZeroDivisionError):
        return ANY
