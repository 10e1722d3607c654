"""The mutations by name, each with the setting that holds its rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import sympy

from .random_trees import Grammar
from .settings import SearchSettings
from .variation import mutate_node, mutate_subtree


@dataclass(frozen=True)
class Mutation:
    """A genetic operator on one tree.

    Attributes:
        name: as it stands in the origin of a candidate.
        setting: the setting that holds its rate.
        apply: returns the mutated tree; the tree itself where there is nothing to change.
    """

    name: str
    setting: str
    apply: Callable[[Random, sympy.Expr, Grammar, SearchSettings], sympy.Expr]

    def rate(self, settings: SearchSettings) -> float:
        """Return the rate that the settings give it."""
        found: float = getattr(settings, self.setting)
        return found


# The paper's two come first: they draw their random numbers in this order.
MUTATIONS = (
    Mutation(
        "subtree mutation",
        "subtree_mutation",
        lambda rng, tree, grammar, s: mutate_subtree(rng, tree, grammar, s.max_height, s.max_size),
    ),
    Mutation(
        "node mutation",
        "node_mutation",
        lambda rng, tree, grammar, _: mutate_node(rng, tree, grammar),
    ),
)


def draw(rng: Random, settings: SearchSettings) -> Mutation:
    """Return one mutation, drawn in proportion to the rates; subtree mutation if all are 0."""
    return weighted(rng, [m.rate(settings) for m in MUTATIONS])


def weighted(rng: Random, weights: list[float]) -> Mutation:
    """Return one mutation, drawn in proportion to weights, one a mutation."""
    left = rng.random() * sum(weights)
    for mutation, weight in zip(MUTATIONS, weights, strict=True):
        left -= weight
        if left < 0:
            return mutation
    return MUTATIONS[0]
