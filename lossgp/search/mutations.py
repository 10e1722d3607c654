"""The mutations by name, each with the setting that holds its rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import sympy

from lossgp.expressions.rules import simplify

from .editing import hoist, insert, mutate_constants, shrink
from .genome import Genome, with_one_changed, with_one_crossed
from .random_trees import Grammar
from .randomness import chance
from .settings import SearchSettings
from .size_fair import size_fair_crossover
from .variation import ATTEMPTS, crossover, mutate_node, mutate_subtree


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

    def of_one(
        self, rng: Random, genome: Genome, grammar: Grammar, settings: SearchSettings
    ) -> tuple[Genome, str]:
        """Return a genome with one of its trees mutated, and what was done, for the origin."""
        new, which = with_one_changed(
            rng, genome, lambda tree: self.apply(rng, tree, grammar, settings)
        )
        return new, self.name + which


# The order is that of their random numbers; the paper's two come first.
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
    Mutation("hoist mutation", "hoist_mutation", lambda rng, tree, _, __: hoist(rng, tree)),
    Mutation(
        "shrink mutation",
        "shrink_mutation",
        lambda rng, tree, grammar, _: shrink(rng, tree, grammar),
    ),
    Mutation(
        "insertion",
        "insertion",
        lambda rng, tree, grammar, s: insert(rng, tree, grammar, s.max_size),
    ),
    Mutation(
        "constant mutation",
        "constant_mutation",
        lambda rng, tree, _, s: mutate_constants(rng, tree, s.constant_scale),
    ),
)
BY_NAME = {mutation.name: mutation for mutation in MUTATIONS}


def one(rng: Random, shares: Sequence[float]) -> Mutation:
    """Return one mutation, drawn in proportion to `shares`, one a mutation."""
    left = rng.random() * sum(shares)
    for mutation, share in zip(MUTATIONS, shares, strict=True):
        left -= share
        if left < 0:
            return mutation
    return max(zip(shares, MUTATIONS, strict=True), key=lambda pair: pair[0])[1]  # of rounding


def rates(settings: SearchSettings) -> list[float]:
    """Return the rate of each mutation; where all are 0, subtree mutation alone has one."""
    found = [mutation.rate(settings) for mutation in MUTATIONS]
    return found if any(found) else [1.0, *found[1:]]


def mutant(
    rng: Random, genome: Genome, grammar: Grammar, settings: SearchSettings
) -> tuple[Genome, str]:
    """Return a genome after one mutation, drawn in proportion to the rates, and what was done.

    One that finds nothing to change is drawn again; subtree mutation always does.
    """
    shares = rates(settings)
    for _ in range(ATTEMPTS):
        mutation = one(rng, shares)
        new, how = mutation.of_one(rng, genome, grammar, settings)
        if new is not genome:
            return finished(rng, new, [how], settings)
    new, how = MUTATIONS[0].of_one(rng, genome, grammar, settings)
    return finished(rng, new, [how], settings)


def crossed(
    rng: Random, genome: Genome, mate: Genome, settings: SearchSettings
) -> tuple[Genome, str]:
    """Return a genome after crossover of the settings' kind with a mate's, and its name."""
    fair = settings.crossover_kind == "size-fair"
    cross, name = (size_fair_crossover, "size-fair crossover") if fair else (crossover, "crossover")
    new, which = with_one_crossed(
        rng,
        genome,
        mate,
        lambda tree, other: cross(rng, tree, other, settings.max_size),
        settings.crossover_between,
    )
    return new, name + which


def finished(
    rng: Random, genome: Genome, made: Sequence[str], settings: SearchSettings
) -> tuple[Genome, str]:
    """Return an offspring, simplified at the rate of simplification, and its origin.

    Simplification keeps the values, so by itself it would only make a duplicate of the parent:
    it follows other operators, and no search adapts its rate. It may bring in operators that
    random trees are not drawn of, such as powers.
    """
    if made and settings.simplification and chance(rng, settings.simplification):
        made = [*made, "simplification"]
        genome = tuple(map(simplify, genome))
    return genome, " + ".join(made) or "copy"
