"""Regularised evolution (Real et al. 2019, algorithm 1), as ask and tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import final

from .ask_tell import Draft, GenerationalSearch
from .candidate import Individual
from .mutations import mutant
from .random_search import random_draft
from .randomness import pick
from .settings import SearchSettings


@final
class RegularisedEvolution(GenerationalSearch):
    """An ageing population: who dies is the oldest, however good.

    A child is one mutation of the fittest of a sample of `tournament_size` (S of the paper),
    drawn with replacement. The paper adds one child and removes the oldest, in turns; here
    `population` children are made of the same population, so that they are trained at once.
    They join it, and those of the `lifetime`-th generation back leave. So a good loss is drawn
    for about S children in its life, as in the paper, and lucky scores are forgotten.

    Real, Aggarwal, Huang & Le, "Regularized Evolution for Image Classifier Architecture Search",
    AAAI 2019.
    """

    def __init__(self, settings: SearchSettings, seed: int) -> None:
        super().__init__(settings, seed)
        self.population: dict[str, Individual] = {}

    def draft(self, rng: Random, slot: int, attempt: int) -> Draft:
        """Return a random tree of the first generation, or a mutant of a sample's fittest."""
        if not self.population:
            return random_draft(self, rng, slot + attempt)
        alive = list(self.population.values())
        sample = [pick(rng, alive) for _ in range(self.settings.tournament_size)]
        parent = min(sample, key=lambda i: i.order).candidate
        made = mutant(rng, self.genome(parent), self.grammar, self.settings)
        return Draft(*made, (parent.name,))

    def learn(self, scored: Sequence[Individual]) -> None:
        """Take the scored candidates in, and let the oldest go."""
        oldest = self.generation + 1 - self.settings.lifetime
        joined = [*self.population.values(), *scored]
        self.population = {i.candidate.name: i for i in joined if i.candidate.generation >= oldest}

    def update(self, individuals: Mapping[str, Individual]) -> None:
        """Take in the present scores of the population."""
        super().update(individuals)
        self.population = {name: individuals[name] for name in self.population}

    def state(self) -> list[Individual]:
        """Return who is alive."""
        return list(self.population.values())
