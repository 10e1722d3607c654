"""Mutations of today's genetic programming: hoist, shrink, insertion, constants."""

from __future__ import annotations

from random import Random

import sympy

from lossgp.expressions.symbols import constant, value_of
from lossgp.expressions.tree import make, operands, preorder, rebuilt, replace, subtree

from .random_trees import Grammar, arity, leaf
from .randomness import chance, normal, pick
from .variation import point

_DIGITS = 6  # of a mutated constant: it does not depend on the last bit of a cosine


def hoist(rng: Random, tree: sympy.Expr) -> sympy.Expr:
    """Return a random subtree as the whole tree (Kinnear 1993, "Evolving a Sort").

    It is one with operators, for a leaf alone is no loss; a tree that has none under its root is
    returned as it is.
    """
    inner = [node for node in preorder(tree) if operands(node)][1:]
    return pick(rng, inner) if inner else tree


def shrink(rng: Random, tree: sympy.Expr, grammar: Grammar) -> sympy.Expr:
    """Return the tree with a random inner node replaced by a random leaf (Angeline 1996).

    A tree without inner nodes under its root is returned as it is.
    """
    inner = [i for i, node in enumerate(preorder(tree)) if i and operands(node)]
    return replace(tree, pick(rng, inner), leaf(rng, grammar)) if inner else tree


def insert(rng: Random, tree: sympy.Expr, grammar: Grammar, max_size: int) -> sympy.Expr:
    """Return the tree with a random operator put in above a random node.

    The other operand of a binary one is a random leaf, first or second. The tree is returned as
    it is where it would become larger than `max_size`.
    """
    index = point(rng, tree)
    name, node = pick(rng, grammar.operators), subtree(tree, index)
    new = [node]
    if arity(name) == 2:
        other = leaf(rng, grammar)
        new = [other, node] if chance(rng, 0.5) else [node, other]
    count = sum(1 for _ in preorder(tree)) + len(new)
    return tree if count > max_size else replace(tree, index, make(name, *new))


def mutate_constants(rng: Random, tree: sympy.Expr, scale: float) -> sympy.Expr:
    """Return the tree with Gaussian noise on all its constants (Schoenauer et al. 1996).

    The standard deviation is `scale` times the constant's size, or `scale` below 1. Exponents
    belong to their operators and stay. A tree without constants is returned as it is.
    """
    if isinstance(tree, sympy.Number):
        old = value_of(tree)
        new = old + scale * max(abs(old), 1.0) * normal(rng)
        return constant(float(f"{new:.{_DIGITS}g}"))
    below = operands(tree)
    return rebuilt(tree, [mutate_constants(rng, a, scale) for a in below]) if below else tree
