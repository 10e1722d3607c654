"""The constants of a tree as a list of numbers, to be changed together."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from .loss import Loss
from .pair import LossPair
from .symbols import constant, value_of
from .tree import operands, rebuilt


def coefficients(tree: sympy.Expr) -> list[float]:
    """Return the constants of a tree in preorder, without exponents."""
    below = operands(tree)
    if below:
        return [value for node in below for value in coefficients(node)]
    return [value_of(tree)] if isinstance(tree, sympy.Number) else []


def with_coefficients(tree: sympy.Expr, numbers: Sequence[float]) -> sympy.Expr:
    """Return the tree with these constants, in the order of `coefficients`.

    Raises:
        ValueError: there are not as many, or one is not finite.
    """
    if len(numbers) != len(coefficients(tree)):
        raise ValueError(f"{len(numbers)} numbers for {len(coefficients(tree))} constants")
    left = list(numbers)

    def walk(node: sympy.Expr) -> sympy.Expr:
        below = operands(node)
        if below:
            return rebuilt(node, [walk(a) for a in below])
        return constant(left.pop(0)) if isinstance(node, sympy.Number) else node

    return walk(tree)


def coefficients_of(pair: LossPair) -> list[float]:
    """Return the constants of D's loss, and of G's where that is another."""
    return [number for loss in pair.by_player() for number in coefficients(loss.expr)]


def pair_with(pair: LossPair, numbers: Sequence[float]) -> LossPair:
    """Return the pair with these constants, in the order of `coefficients_of`.

    Raises:
        ValueError: there are not as many, or one is not finite.
    """
    found, left = [], list(numbers)
    for loss in pair.by_player():
        count = len(coefficients(loss.expr))
        found.append(Loss(with_coefficients(loss.expr, left[:count]), loss.link))
        left = left[count:]
    if left:
        raise ValueError(f"there are {len(left)} numbers more than constants")
    return LossPair(found[0], found[-1])
