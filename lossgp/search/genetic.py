"""The genetic search of the GANetic paper (section 3), as ask and tell."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import final

from .archive import Archive
from .ask_tell import Draft, GenerationalSearch
from .candidate import Candidate, Individual
from .mutations import MUTATIONS, crossed, finished
from .random_search import random_draft
from .randomness import chance, pick, stream
from .selection import best, tournament
from .settings import SearchSettings


@final
class GeneticSearch(GenerationalSearch):
    """Asks for candidates to be scored, and is told their scores.

    Example:
        >>> search = GeneticSearch(SearchSettings(population=4), seed=0)
        >>> generation = search.ask()
        >>> len(generation.candidates)
        4

    A generation draws n offspring, each from the individual of its slot: crossover at rate
    Cr with a mate of the population or, with probability Cr_A, of the archive; then M_ST, M_N
    and whatever other mutations have a rate, each at its own. Offspring that screening or
    deduplication rejects are drawn again. Parents and offspring are combined and n of them
    selected; each of the others enters the archive with probability p_A.
    """

    def __init__(self, settings: SearchSettings, seed: int) -> None:
        super().__init__(settings, seed)
        self.population: list[Individual] = []
        self.archive = Archive(settings.population)

    def draft(self, rng: Random, slot: int, attempt: int) -> Draft:
        """Return a random tree of the first generation, or an offspring of the slot's parent."""
        if not self.population:
            return random_draft(self, rng, slot + attempt)
        return self._offspring(rng, slot)

    def learn(self, scored: Sequence[Individual]) -> None:
        """Select the next population from the present one and the scored candidates."""
        combined = [*self.population, *scored]
        rng = stream(self.seed, self.generation, "selection")
        n = self.settings.population
        if self.settings.selection == "best":
            survivors = best(combined, n)
        else:
            survivors = tournament(rng, combined, n, self.settings.tournament_size)
        kept = {id(i) for i in survivors}
        for loser in combined:
            if id(loser) not in kept:
                self.archive.offer(rng, loser, self.settings.archive_probability)
        self.population = survivors

    def state(self) -> list[Individual]:
        """Return the members of the archive."""
        return self.archive.members

    def _offspring(self, rng: Random, slot: int) -> Draft:
        settings = self.settings
        parent = self.population[slot % len(self.population)].candidate
        genome, made, parents = self.genome(parent), [], [parent.name]
        if chance(rng, settings.crossover):
            mate = self._mate(rng)
            genome, how = crossed(rng, genome, self.genome(mate), settings)
            made.append(how)
            parents.append(mate.name)
        for mutation in MUTATIONS:
            if chance(rng, mutation.rate(settings)):
                genome, how = mutation.of_one(rng, genome, self.grammar, settings)
                made.append(how)
        return Draft(*finished(rng, genome, made, settings), tuple(parents))

    def _mate(self, rng: Random) -> Candidate:
        from_archive = chance(rng, self.settings.archive_crossover)
        pool = self.archive.members if from_archive and len(self.archive) else self.population
        return pick(rng, pool).candidate
