"""The one rule for constants that are shown: as short as leaves the loss nearly the same.

What is trained, stored and exported has every digit.
"""

from __future__ import annotations

import functools

import sympy

from .display import rounded
from .loss import Loss
from .pair import LossPair
from .symbols import constant, value_of
from .tree import operands, rebuilt

ROUNDING = 1e-4
"""How far shorter constants may move a loss that is shown, relative to 1 + |loss|."""

_FIGURES = 7


@functools.lru_cache(maxsize=1024)
def short_constants(loss: Loss) -> Loss:
    """Return the simplified loss with each constant as short as `ROUNDING` allows.

    It is for reading, for the labels 0 and 1.
    """
    return rounded(loss.simplified(), loss, ROUNDING)


def short_pair(pair: LossPair) -> LossPair:
    """Return the pair of what `short_constants` gives; D's loss keeps its label.

    Of two losses G's is the one under the label 1, which is all that it meets.
    """
    d = short_constants(pair.discriminator)
    d = d if d.uses_label() else pair.discriminator
    return LossPair(d, d if pair.is_single else short_constants(pair.generator_at_one))


def without_noise(tree: sympy.Expr) -> sympy.Expr:
    """Return a tree with its constants cut to seven figures.

    For what is computed from short constants, where 1 - 3.0085 is -2.0084999999999997.
    """
    below = operands(tree)
    if below:
        return rebuilt(tree, [without_noise(a) for a in below])
    if not isinstance(tree, sympy.Number):
        return tree
    value = float(f"{value_of(tree):.{_FIGURES}g}")
    return constant(value) if abs(value) < float("inf") else tree
