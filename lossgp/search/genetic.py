"""The genetic search of the GANetic paper (section 3), as ask and tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import final

from .archive import Archive
from .ask_tell import Draft, GenerationalSearch
from .candidate import Candidate, Individual
from .mutations import MUTATIONS, Mutation, crossed, finished, one
from .random_search import random_draft
from .randomness import chance, pick, stream
from .rates import Rates
from .selection import best, tournament
from .settings import SearchSettings
from .success_history import SuccessHistory, trials


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

    With success-history adaptation the rates are drawn for each offspring, and it is mutated once
    or not at all; see `SuccessHistory`.
    """

    def __init__(self, settings: SearchSettings, seed: int) -> None:
        super().__init__(settings, seed)
        self.population: list[Individual] = []
        self.archive = Archive(settings.population)
        adaptive = settings.adaptation == "success-history"
        self.history = SuccessHistory(settings) if adaptive else None

    def draft(self, rng: Random, slot: int, attempt: int) -> Draft:
        """Return a random tree of the first generation, or an offspring of the slot's parent."""
        if not self.population:
            return random_draft(self, rng, slot + attempt)
        return self._offspring(rng, slot)

    def learn(self, scored: Sequence[Individual]) -> None:
        """Select the next population from the present one and the scored candidates."""
        if self.history:
            parents = {i.candidate.name: i.score for i in self.population}
            self.history.learn(trials(scored, parents, self.settings.success_margin))
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

    def update(self, individuals: Mapping[str, Individual]) -> None:
        """Take in the present scores of the population and of the archive."""
        super().update(individuals)
        now = [individuals[i.candidate.name] for i in self.population]
        self.population = sorted(now, key=lambda i: i.order)
        self.archive.members = [individuals[i.candidate.name] for i in self.archive.members]

    def state(self) -> list[Individual]:
        """Return the members of the archive."""
        return self.archive.members

    def _offspring(self, rng: Random, slot: int) -> Draft:
        settings = self.settings
        parent = self.population[slot % len(self.population)].candidate
        genome, made, parents = self.genome(parent), [], [parent.name]
        rates = self.history.draw(rng) if self.history else None
        if chance(rng, rates.crossover if rates else settings.crossover):
            mate = self._mate(rng)
            genome, how = crossed(rng, genome, self.genome(mate), settings)
            made.append(how)
            parents.append(mate.name)
        for mutation in self._mutations(rng, rates, needed=not made):
            genome, how = mutation.of_one(rng, genome, self.grammar, settings)
            made.append(how)
        return Draft(*finished(rng, genome, made, settings), tuple(parents), rates)

    def _mutations(self, rng: Random, rates: Rates | None, *, needed: bool) -> Iterator[Mutation]:
        """Yield each mutation by its own rate; or, of drawn rates, at most one by its share.

        Where rates are adapted, an offspring that is no child of crossover is always mutated: a
        copy would tell nothing about them.
        """
        if rates is None:
            yield from (m for m in MUTATIONS if chance(rng, m.rate(self.settings)))
        elif chance(rng, rates.mutation) or needed:
            yield one(rng, [rates.shares.get(m.name, 0.0) for m in MUTATIONS])

    def _mate(self, rng: Random) -> Candidate:
        from_archive = chance(rng, self.settings.archive_crossover)
        pool = self.archive.members if from_archive and len(self.archive) else self.population
        return pick(rng, pool).candidate
