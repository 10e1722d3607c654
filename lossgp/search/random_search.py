"""Random search: what the paper's first generation draws, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import final

from .ask_tell import Draft, GenerationalSearch
from .candidate import Individual
from .random_trees import ramped


def random_draft(search: GenerationalSearch, rng: Random, turn: int) -> Draft:
    """Return a random tree, full and grown ones in turns, over all heights (ramped).

    Of a pair both trees are drawn so.
    """
    settings = search.settings
    heights = range(settings.min_height, settings.max_height + 1)
    players = 1 if settings.genome == "single" else 2
    genome = tuple(ramped(rng, search.grammar, heights, turn) for _ in range(players))
    made = "full tree" if turn % 2 else "grown tree"
    return Draft(genome, made if players == 1 else f"{made}s")


@final
class RandomSearch(GenerationalSearch):
    """Draws every candidate anew, and learns nothing: the control of every other search.

    Screening, deduplication and all that is trained are the same as theirs.
    """

    def draft(self, rng: Random, slot: int, attempt: int) -> Draft:
        """Return a random tree."""
        return random_draft(self, rng, slot + attempt)

    def learn(self, scored: Sequence[Individual]) -> None:
        """Learn nothing."""

    def state(self) -> list[Individual]:
        """Keep nothing."""
        return []
