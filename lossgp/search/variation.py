"""The genetic operators of the paper: crossover, subtree mutation M_ST, node mutation M_N."""

from __future__ import annotations

from random import Random

import sympy

from lossgp.expressions.tree import make, operands, replace, same, size, subtree

from .random_trees import Grammar, grow, leaf
from .randomness import pick

ATTEMPTS = 8


def point(rng: Random, tree: sympy.Expr) -> int:
    """Return the preorder index of a random node."""
    return int(rng.random() * size(tree))


def crossover(rng: Random, parent: sympy.Expr, mate: sympy.Expr, max_size: int) -> sympy.Expr:
    """Return the parent with a random subtree exchanged for one of the mate.

    Points are drawn again while the child would be larger than `max_size`; after 8 attempts
    the parent is returned as it is.
    """
    for _ in range(ATTEMPTS):
        child = replace(parent, point(rng, parent), subtree(mate, point(rng, mate)))
        if size(child) <= max_size:
            return child
    return parent


def mutate_subtree(
    rng: Random, tree: sympy.Expr, grammar: Grammar, max_height: int, max_size: int
) -> sympy.Expr:
    """Return the tree with a random subtree replaced by a new random one (M_ST)."""
    for _ in range(ATTEMPTS):
        height = 1 + int(rng.random() * max_height)
        child = replace(tree, point(rng, tree), grow(rng, grammar, height))
        if size(child) <= max_size:
            return child
    return tree


def mutate_node(rng: Random, tree: sympy.Expr, grammar: Grammar) -> sympy.Expr:
    """Return the tree with one node replaced by another of the same arity (M_N).

    A variable becomes another leaf, a constant a new constant or a variable; an operator's
    operands stay. Where the grammar has no other operator of that arity, the node stays.
    """
    index = point(rng, tree)
    node = subtree(tree, index)
    if not operands(node):
        return replace(tree, index, _other_leaf(rng, node, grammar))
    below = operands(node)
    names = grammar.unary if len(below) == 1 else grammar.binary
    others = [new for name in names if not same(new := make(name, *below), node)]
    return replace(tree, index, pick(rng, others)) if others else tree


def _other_leaf(rng: Random, node: sympy.Expr, grammar: Grammar) -> sympy.Expr:
    while (new := leaf(rng, grammar)) is node:
        pass
    return new
