"""Size-fair crossover (Langdon 2000)."""

from __future__ import annotations

from random import Random

import sympy

from lossgp.expressions.tree import operands, replace, size, subtree

from .randomness import chance, pick
from .variation import ATTEMPTS, point


def size_fair_crossover(
    rng: Random, parent: sympy.Expr, mate: sympy.Expr, max_size: int
) -> sympy.Expr:
    """Return the parent with a random subtree exchanged for one of the mate of a like size.

    A subtree of l nodes is exchanged for one of at most 1 + 2l. One of l nodes is taken with
    probability 1/l; otherwise a smaller or a larger one, so often that children are as large as
    their parents on average: P(larger) : P(smaller) = mean difference of the smaller ones : that
    of the larger ones. Points are drawn again where the mate has none to choose from, or the
    child would be larger than `max_size`; after 8 attempts the parent is returned as it is.

    Langdon, "Size Fair and Homologous Tree Crossovers for Tree Genetic Programming", Genetic
    Programming and Evolvable Machines 1, 2000.
    """
    sizes = _sizes(mate)
    for _ in range(ATTEMPTS):
        cut = point(rng, parent)
        index = _partner(rng, size(subtree(parent, cut)), sizes)
        if index is None:
            continue
        child = replace(parent, cut, subtree(mate, index))
        if size(child) <= max_size:
            return child
    return parent


def _partner(rng: Random, length: int, sizes: list[int]) -> int | None:
    """Return the preorder index of the mate's subtree that comes in the place of `length` nodes."""
    same = [i for i, s in enumerate(sizes) if s == length]
    smaller = [i for i, s in enumerate(sizes) if s < length]
    larger = [i for i, s in enumerate(sizes) if length < s <= 1 + 2 * length]
    if same and (chance(rng, 1 / length) or not (smaller and larger)):
        return pick(rng, same)
    if not (smaller and larger):
        return None
    below = length - sum(sizes[i] for i in smaller) / len(smaller)
    above = sum(sizes[i] for i in larger) / len(larger) - length
    return pick(rng, larger if chance(rng, below / (below + above)) else smaller)


def _sizes(tree: sympy.Expr) -> list[int]:
    """Return the size of every subtree, in preorder."""
    found = [1]
    for operand in operands(tree):
        found += (inner := _sizes(operand))
        found[0] += inner[0]
    return found
