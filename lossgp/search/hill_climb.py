"""A stochastic hill climber with restarts, as ask and tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import final

from .ask_tell import Draft, GenerationalSearch
from .candidate import Individual
from .mutations import mutant
from .random_search import random_draft
from .settings import SearchSettings


@final
class HillClimb(GenerationalSearch):
    """Mutates the best loss of its climb, and starts anew from random trees where it is stuck.

    Every slot holds one mutant of the best of the climb, so a generation looks at `population`
    of its neighbours: a (1+n) search. The climb goes on from the fittest of them only where it
    is fitter. After `patience` generations without one the next generation is drawn at random,
    and its best begins a new climb; a climb that only ever mutated its best would end where the
    luck of one training put it. What was found before stays in the ranks of the run.
    """

    def __init__(self, settings: SearchSettings, seed: int) -> None:
        super().__init__(settings, seed)
        self.population: dict[str, Individual] = {}
        self.stuck = 0

    def draft(self, rng: Random, slot: int, attempt: int) -> Draft:
        """Return a mutant of the climb's best, or a random tree where a climb begins."""
        for best in self.population.values():
            parent = best.candidate
            made = mutant(rng, self.genome(parent), self.grammar, self.settings)
            return Draft(*made, (parent.name,))
        return random_draft(self, rng, slot + attempt)

    def learn(self, scored: Sequence[Individual]) -> None:
        """Step to the fittest candidate if it is fitter; restart where that took too long."""
        fittest = sorted([*self.population.values(), *scored], key=lambda i: i.order)[:1]
        better = any(i.candidate.name not in self.population for i in fittest)
        self.stuck = 0 if better else self.stuck + 1
        self.population = {i.candidate.name: i for i in fittest}
        if 0 < self.settings.patience <= self.stuck:
            self.population, self.stuck = {}, 0

    def update(self, individuals: Mapping[str, Individual]) -> None:
        """Take in the present scores of the population."""
        super().update(individuals)
        self.population = {name: individuals[name] for name in self.population}

    def state(self) -> list[Individual]:
        """Return the best of the present climb."""
        return list(self.population.values())
