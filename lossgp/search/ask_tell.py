"""What every search algorithm is: asked for candidates to be scored, and told their scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import sympy

from lossgp.expressions import Loss, Seen

from .candidate import Candidate, Individual
from .random_trees import Grammar
from .randomness import stream
from .screening import Reason, screen
from .settings import SearchSettings

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
    """

    def __init__(self, settings: SearchSettings, seed: int) -> None:
        self.settings = settings
        self.seed = seed
        self.generation = 0
        self.grammar = Grammar.of(settings)
        self._seen = Seen(settings.equivalence)
        self._asked: Generation | None = None

    @abstractmethod
    def draft(self, rng: Random, slot: int, attempt: int) -> Draft:
        """Return a tree for a slot; `attempt` counts those that did not pass."""

    @abstractmethod
    def learn(self, scored: Sequence[Individual]) -> None:
        """Take in the scores of the present generation."""

    @abstractmethod
    def state(self) -> list[Individual]:
        """Return what it keeps beside the generations; see `Search.state`."""

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
        """Learn from the scored candidates, and go on to the next generation.

        Raises:
            ValueError: the individuals are not those that `ask` returned.
        """
        asked = self.ask()
        if [i.candidate for i in scored] != list(asked.candidates):
            raise ValueError("tell() takes the candidates of the last ask(), scored, in order")
        self.learn(scored)
        self.generation += 1
        self._asked = None

    def _candidate(self, slot: int, attempts: int, rejects: Counter[str]) -> Candidate | None:
        for attempt in range(attempts):
            rng = stream(self.seed, self.generation, slot, attempt, "draw")
            draft = self.draft(rng, slot, attempt)
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
