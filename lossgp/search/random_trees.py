"""Random trees: the ramped initial population, and the subtrees of mutation."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import sympy

from lossgp.expressions.operators import BY_NAME, SHORTHANDS
from lossgp.expressions.symbols import Y_PRED, Y_REAL, constant
from lossgp.expressions.tree import make

from .randomness import pick, uniform
from .settings import GrammarSettings

_Makers = tuple[tuple[Callable[..., sympy.Expr], int], ...]


@dataclass(frozen=True)
class Grammar:
    """What trees are drawn of: operators by arity, and the range of constants."""

    unary: tuple[str, ...]
    binary: tuple[str, ...]
    constants: tuple[float, float]

    @classmethod
    def of(cls, settings: GrammarSettings) -> Grammar:
        """Return the grammar of a search."""
        names = settings.operator_names
        unary = tuple(n for n in names if arity(n) == 1)
        return cls(unary, tuple(n for n in names if arity(n) == 2), settings.constants)

    @property
    def operators(self) -> tuple[str, ...]:
        """All operators."""
        return (*self.unary, *self.binary)


def arity(name: str) -> int:
    """Return how many operands an operator's name takes in a search."""
    return 1 if name in SHORTHANDS else BY_NAME[name].arity


def leaf(rng: Random, grammar: Grammar) -> sympy.Expr:
    """Return `y_pred`, `y_real` or a uniform constant, each with probability 1/3."""
    kind = int(rng.random() * 3)
    if kind == 2:
        return constant(uniform(rng, *grammar.constants))
    return Y_REAL if kind else Y_PRED


def full(rng: Random, grammar: Grammar, height: int) -> sympy.Expr:
    """Return a tree all of whose leaves lie at this height."""
    return _full(rng, grammar, _makers(grammar.operators), height)


def _full(rng: Random, grammar: Grammar, makers: _Makers, height: int) -> sympy.Expr:
    if height == 0:
        return leaf(rng, grammar)
    maker, operands = pick(rng, makers)
    first = _full(rng, grammar, makers, height - 1)
    return maker(first) if operands == 1 else maker(first, _full(rng, grammar, makers, height - 1))


def grow(rng: Random, grammar: Grammar, height: int, least: int = 0) -> sympy.Expr:
    """Return a tree whose leaves lie between the heights `least` and `height`."""
    return _grow(rng, grammar, _makers(grammar.operators), height, least)


def _grow(rng: Random, grammar: Grammar, makers: _Makers, height: int, least: int) -> sympy.Expr:
    # A leaf is as likely as any operator, 3 terminals against the operators (Koza).
    if height == 0 or (least <= 0 and rng.random() < 3 / (3 + len(makers))):
        return leaf(rng, grammar)
    maker, operands = pick(rng, makers)
    first = _grow(rng, grammar, makers, height - 1, least - 1)
    if operands == 1:
        return maker(first)
    return maker(first, _grow(rng, grammar, makers, height - 1, least - 1))


@functools.lru_cache(maxsize=64)
def _makers(names: tuple[str, ...]) -> _Makers:
    """Return what builds a node of each operator, and from how many operands."""
    return tuple((functools.partial(make, name), arity(name)) for name in names)


def ramped(rng: Random, grammar: Grammar, heights: Sequence[int], slot: int) -> sympy.Expr:
    """Return the tree of a slot: heights in turn, full and grown trees alternating."""
    height = heights[(slot // 2) % len(heights)]
    if slot % 2:
        return full(rng, grammar, height)
    return grow(rng, grammar, height, least=min(heights))
