"""What every search algorithm is: asked for candidates to be scored, and told their scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from .candidate import Candidate, Individual
from .genome import Genome, SeenGenomes, genome_of, loss_of
from .normalising import multipliers
from .random_trees import Grammar
from .randomness import stream
from .rates import Rates
from .screening import Reason, screen_genome
from .settings import SearchSettings
from .surrogate import Surrogate
from .surrogate_pool import guided

# Draws for one slot before the search gives the slot up: at most, and when others of the
# generation have been given up, each of which halves them.
MOST_ATTEMPTS, LEAST_ATTEMPTS = 2_000, 100


@dataclass(frozen=True)
class Draft:
    """A tree, or D's and G's, before screening, with how it was made."""

    genome: Genome
    origin: str
    parents: tuple[str, ...] = ()
    rates: Rates | None = None


@dataclass(frozen=True)
class Generation:
    """What `ask` returns: candidates to be scored, and why others were not."""

    number: int
    candidates: tuple[Candidate, ...]
    rejects: dict[str, int] = field(default_factory=dict)


class Search(Protocol):
    """A search algorithm.

    It depends on its settings, its seed, and what it is told, and on nothing else: a resumed
    search is asked and told again what it was told before, and goes on as if nothing had been.
    """

    generation: int
    """How many generations it has been told."""

    def ask(self) -> Generation:
        """Return the candidates of the next generation; the same ones until `tell`."""

    def tell(self, scored: Sequence[Individual]) -> None:
        """Take in the scores of what `ask` returned, in its order."""

    def update(self, individuals: Mapping[str, Individual]) -> None:
        """Take in the present scores of all that it was told so far, by name, before `tell`.

        Called where scores change after they were told: with fitness "posterior".
        """

    def state(self) -> list[Individual]:
        """Return what it keeps beside the generations, as an archive; it is stored to be read."""


class GenerationalSearch(ABC):
    """A search that draws trees for the slots of a generation until each passes.

    What screening or deduplication rejects is drawn again, with numbers that depend on the seed,
    the generation, the slot and the attempt alone. A subclass says how a tree is drawn, and what
    it learns from the scores.

    Args:
        settings: population, screening, and what else the subclass reads.
        seed: of the search.

    Attributes:
        surrogate: what predicts how candidates train, if the settings ask for it.
        on_drawing: called with how many slots of how many have been drawn for.
    """

    def __init__(self, settings: SearchSettings, seed: int) -> None:
        self.settings = settings
        self.seed = seed
        self.generation = 0
        self.grammar = Grammar.of(settings)
        self.surrogate = Surrogate(seed) if settings.surrogate == "forest" else None
        self.on_drawing: Callable[[int, int], None] = lambda done, total: None
        self._seen = SeenGenomes(settings.equivalence)
        self._asked: Generation | None = None

    @abstractmethod
    def draft(self, rng: Random, slot: int, attempt: int) -> Draft:
        """Return a tree, or two, for a slot; `attempt` counts those that did not pass."""

    @abstractmethod
    def learn(self, scored: Sequence[Individual]) -> None:
        """Take in the scores of the present generation."""

    def update(self, individuals: Mapping[str, Individual]) -> None:
        """Take in present scores, by name; one that keeps individuals adds to it."""
        if self.surrogate is not None:
            self.surrogate.learn(list(individuals.values()))

    @abstractmethod
    def state(self) -> list[Individual]:
        """Return what it keeps beside the generations; see `Search.state`."""

    def genome(self, candidate: Candidate) -> Genome:
        """Return the trees of a candidate that this search varies: one, or D's and G's."""
        return genome_of(candidate.loss, self.settings.genome)

    def ask(self) -> Generation:
        """Return the candidates of the next generation; the same ones until `tell`."""
        if self._asked is None:
            rejects: Counter[str] = Counter()
            found = self.seeded(rejects)
            filled = {candidate.slot for candidate in found}
            slots = [slot for slot in range(self.settings.population) if slot not in filled]
            if self.surrogate is not None and self.surrogate.is_ready:
                found += guided(self, self.surrogate, slots, rejects)
            else:
                found += self.by_chance(slots, rejects)
            found.sort(key=lambda candidate: candidate.slot)
            self._asked = Generation(self.generation, tuple(found), dict(sorted(rejects.items())))
        return self._asked

    def recall(self, candidates: Sequence[Candidate], rejects: Mapping[str, int]) -> Generation:
        """Return a generation that was asked for in an earlier session; it need not be drawn.

        Ends as `ask` did then, which may have drawn many times as many, and on a processor that
        rounds otherwise.
        """
        for candidate in candidates:
            self._seen.add(self.genome(candidate), candidate.name)
        self._asked = Generation(self.generation, tuple(candidates), dict(rejects))
        return self._asked

    def tell(self, scored: Sequence[Individual]) -> None:
        """Learn from the scored candidates, and go on to the next generation.

        Raises:
            ValueError: the individuals are not those that `ask` returned.
        """
        asked = self.ask()
        if [i.candidate for i in scored] != list(asked.candidates):
            raise ValueError("tell() takes the candidates of the last ask(), scored, in order")
        self.learn(scored)
        if self.surrogate is not None:
            self.surrogate.learn(scored)
        self.generation += 1
        self._asked = None

    def seeded(self, rejects: Counter[str]) -> list[Candidate]:
        """Return the seed losses that the first generation starts with, each in a slot.

        They are not screened, for they were asked for; of equal ones the first stands.
        """
        if self.generation:
            return []
        drafts = [
            Draft(genome_of(seed.loss, self.settings.genome), seed.origin)
            for seed in self.settings.seed_losses
        ]
        found: list[Candidate] = []
        for draft in drafts:
            candidate = self.taken(draft, len(found), rejects)
            found += [] if candidate is None else [candidate]
        return found

    def by_chance(self, slots: Iterable[int], rejects: Counter[str]) -> list[Candidate]:
        """Return for each slot the first tree that passes; a slot may be given up."""
        found, attempts = [], MOST_ATTEMPTS
        for slot in slots:
            for draft in self.drafts(slot, attempts, self.settings, rejects):
                if (candidate := self.taken(draft, slot, rejects)) is not None:
                    found.append(candidate)
                    break
            else:
                attempts = max(attempts // 2, LEAST_ATTEMPTS)
        return found

    def drafts(
        self, slot: int, attempts: int, settings: SearchSettings, rejects: Counter[str]
    ) -> Iterator[Draft]:
        """Yield what is drawn for a slot and passes the screen; what does not is counted."""
        for attempt in range(attempts):
            rng = stream(self.seed, self.generation, slot, attempt, "draw")
            draft = self.draft(rng, slot, attempt)
            reason = screen_genome(draft.genome, settings)
            if reason is None:
                yield draft
            else:
                rejects[str(reason)] += 1

    def taken(self, draft: Draft, slot: int, rejects: Counter[str]) -> Candidate | None:
        """Return a draft that passed the screen as the candidate of a slot, unless it is known."""
        if self._seen.find(draft.genome) is not None:
            rejects[str(Reason.DUPLICATE)] += 1
            return None
        loss = loss_of(draft.genome)
        made = Candidate(
            loss,
            self.generation,
            slot,
            draft.origin,
            draft.parents,
            rates=draft.rates,
            multipliers=multipliers(loss) if self.settings.normalise else (),
        )
        self._seen.add(draft.genome, made.name)
        return made
