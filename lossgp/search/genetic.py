"""The genetic search of the GANetic paper (section 3), as ask and tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import sympy

from lossgp.expressions import Loss, Seen

from .archive import Archive
from .candidate import Candidate, Individual
from .random_trees import Grammar, ramped
from .randomness import chance, pick, stream
from .screening import Reason, screen
from .selection import best, tournament
from .settings import SearchSettings
from .variation import crossover, mutate_node, mutate_subtree

# Draws for one slot before the search gives the slot up: at most, and when others of the
# generation have been given up, each of which halves them.
MOST_ATTEMPTS, LEAST_ATTEMPTS = 2_000, 100


@dataclass(frozen=True)
class Draft:
    """A tree before screening, with how it was made."""

    tree: sympy.Expr
    origin: str
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Generation:
    """What `ask` returns: candidates to be scored, and why others were not."""

    number: int
    candidates: tuple[Candidate, ...]
    rejects: dict[str, int] = field(default_factory=dict)


class GeneticSearch:
    """Asks for candidates to be scored, and is told their scores.

    Example:
        >>> search = GeneticSearch(SearchSettings(population=4), seed=0)
        >>> generation = search.ask()
        >>> len(generation.candidates)
        4

    A generation draws n offspring, each from the individual of its slot: crossover at rate
    Cr with a mate of the population or, with probability Cr_A, of the archive; then M_ST and
    M_N at their rates. Offspring that screening or deduplication rejects are drawn again.
    Parents and offspring are combined and n of them selected; each of the others enters the
    archive with probability p_A.
    """

    def __init__(self, settings: SearchSettings, seed: int) -> None:
        self.settings = settings
        self.seed = seed
        self.generation = 0
        self.population: list[Individual] = []
        self.archive = Archive(settings.population)
        self._grammar = Grammar.of(settings)
        self._seen = Seen(settings.equivalence)
        self._asked: Generation | None = None

    def ask(self) -> Generation:
        """Return the candidates of the next generation; the same ones until `tell`."""
        if self._asked is None:
            rejects: Counter[str] = Counter()
            found, attempts = [], MOST_ATTEMPTS
            for slot in range(self.settings.population):
                candidate = self._candidate(slot, attempts, rejects)
                if candidate is None:
                    attempts = max(attempts // 2, LEAST_ATTEMPTS)
                else:
                    found.append(candidate)
            self._asked = Generation(self.generation, tuple(found), dict(sorted(rejects.items())))
        return self._asked

    def tell(self, scored: Sequence[Individual]) -> None:
        """Select the next population from the present one and the scored candidates.

        Raises:
            ValueError: the individuals are not those that `ask` returned.
        """
        asked = self.ask()
        if [i.candidate for i in scored] != list(asked.candidates):
            raise ValueError("tell() takes the candidates of the last ask(), scored, in order")
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
        self.generation += 1
        self._asked = None

    def _candidate(self, slot: int, attempts: int, rejects: Counter[str]) -> Candidate | None:
        for attempt in range(attempts):
            rng = stream(self.seed, self.generation, slot, attempt, "draw")
            draft = self._draft(rng, slot, attempt)
            reason = screen(draft.tree, self.settings)
            if reason is None and self._seen.find(draft.tree) is not None:
                reason = Reason.DUPLICATE
            if reason is None:
                loss = Loss(draft.tree)
                made = Candidate(loss, self.generation, slot, draft.origin, draft.parents)
                self._seen.add(draft.tree, made.name)
                return made
            rejects[str(reason)] += 1
        return None

    def _draft(self, rng: Random, slot: int, attempt: int) -> Draft:
        if not self.population:
            heights = range(self.settings.min_height, self.settings.max_height + 1)
            tree = ramped(rng, self._grammar, heights, slot + attempt)
            return Draft(tree, "full tree" if (slot + attempt) % 2 else "grown tree")
        return self._offspring(rng, slot)

    def _offspring(self, rng: Random, slot: int) -> Draft:
        settings = self.settings
        parent = self.population[slot % len(self.population)].candidate
        tree, made, parents = parent.loss.expr, [], [parent.name]
        if chance(rng, settings.crossover):
            mate = self._mate(rng)
            tree = crossover(rng, tree, mate.loss.expr, settings.max_size)
            made.append("crossover")
            parents.append(mate.name)
        if chance(rng, settings.subtree_mutation):
            tree = mutate_subtree(rng, tree, self._grammar, settings.max_height, settings.max_size)
            made.append("subtree mutation")
        if chance(rng, settings.node_mutation):
            tree = mutate_node(rng, tree, self._grammar)
            made.append("node mutation")
        return Draft(tree, " + ".join(made) or "copy", tuple(parents))

    def _mate(self, rng: Random) -> Candidate:
        from_archive = chance(rng, self.settings.archive_crossover)
        pool = self.archive.members if from_archive and len(self.archive) else self.population
        return pick(rng, pool).candidate
