"""A proof that a loss is finite with a bounded slope on its whole domain, or that it is not.

Bounds of every node and of its slope are computed from those of its operands
(`intervals`). The domain is cut into pieces, since bounds are tighter on smaller ones, and
a piece that proves nothing is halved again. What is left may hold a pole (`poles`); else
nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from .domain import DOMAIN
from .intervals import Interval
from .operators import BY_NODE
from .poles import pole
from .symbols import Y_PRED, Y_REAL, value_of

LARGEST = 1e38
"""Intermediate values must stay below this: losses are computed in float32."""

_PIECES = {"sigmoid": 16, "identity": 32}
_HALVINGS = 6


@dataclass(frozen=True)
class Certificate:
    """What interval arithmetic proves of a loss.

    Attributes:
        finite: value and slope are finite everywhere on the domain; where it is False and
            there is no pole, nothing is known.
        value: bounds of the value, over both labels.
        slope: largest size of the slope by `y_pred`.
        where: the piece of the domain, and the label, that could not be proven.
        pole: a place in it where the loss is infinite for certain.
    """

    finite: bool
    value: tuple[float, float] | None = None
    slope: float | None = None
    where: tuple[float, float, int] | None = None
    pole: float | None = None

    def __str__(self) -> str:
        if self.value is None:
            low, high, label = self.where or (0.0, 0.0, 0)
            if self.pole is not None:
                return f"disproven: infinite at y_pred = {self.pole:.7g} for y_real = {label}"
            return f"unknown (near y_pred in [{low:.4g}, {high:.4g}] for y_real = {label})"
        return (
            f"proven: the loss lies in [{self.value[0]:.4g}, {self.value[1]:.4g}] and its slope "
            f"is at most {self.slope:.4g} in size"
        )


def certify(tree: sympy.Expr, link: str = "sigmoid") -> Certificate:
    """Prove that a tree's value and slope are finite on its domain, for both labels."""
    low, high = DOMAIN[link]
    number = _PIECES[link]
    width = (high - low) / number
    found: list[tuple[Interval, Interval]] = []
    for label in (0, 1):
        pieces = [(low + k * width, low + (k + 1) * width, 0) for k in range(number)]
        while pieces:
            left, right, depth = pieces.pop()
            bounds = _bounds(tree, Interval(left, right), Interval(float(label), float(label)))
            if bounds is not None:
                found.append(bounds)
            elif depth == _HALVINGS:
                at = _pole(tree, left, right, label)
                return Certificate(False, where=(left, right, label), pole=at)
            else:
                middle = (left + right) / 2
                pieces += [(left, middle, depth + 1), (middle, right, depth + 1)]
    values, slopes = zip(*found, strict=True)
    value = min(v.low for v in values), max(v.high for v in values)
    return Certificate(True, value, max(s.size for s in slopes))


def _pole(tree: sympy.Expr, left: float, right: float, label: int) -> float | None:
    """Return a place in a piece where the tree is infinite for certain, or None."""
    y = Interval(float(label), float(label))

    def bound(node: sympy.Expr, low: float, high: float) -> Interval | None:
        found = _bounds(node, Interval(low, high), y)
        return None if found is None else found[0]

    return pole(tree, left, right, bound)


def _bounds(node: sympy.Expr, p: Interval, y: Interval) -> tuple[Interval, Interval] | None:
    """Return the bounds of value and slope; None where they are not within float32."""
    row = BY_NODE.get(type(node))
    if row is None:
        if node is Y_PRED:
            return p, Interval(1.0, 1.0)
        constant = 0.0 if node is Y_REAL else value_of(node)
        return (y if node is Y_REAL else Interval(constant, constant)), Interval(0.0, 0.0)
    operands = [_bounds(a, p, y) for a in node.args]
    known = [bounds for bounds in operands if bounds is not None]
    if len(known) < len(operands):
        return None
    value, slopes = row.bounds(*(v for v, _ in known))
    total = Interval(0.0, 0.0)
    for outer, (_, inner) in zip(slopes, known, strict=True):
        if inner.size:
            total = total + outer * inner
    return (value, total) if max(value.size, total.size) < LARGEST else None
