"""Racing: which trainings a candidate gets, decided in rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

from .settings import SearchSettings


@dataclass(frozen=True)
class Entrant:
    """A candidate in a race.

    Attributes:
        name: of the candidate in its run.
        values: the metric of each of its trainings, in the order of the seeds 0, 1, 2, ...;
            failed ones as they are counted.
        failures: how many of them did not end well.
        fresh: whether it is of the generation that is trained, not of an earlier one.
        ruled_out: whether what was trained of it rules it out; see `ruling_out`.
    """

    name: str
    values: tuple[float, ...] = ()
    failures: int = 0
    fresh: bool = True
    ruled_out: bool = False


@dataclass(frozen=True)
class Order:
    """A training to be done next: of an entrant, by its index, with a seed."""

    entrant: int
    seed: int


class Racing(Protocol):
    """Decides, round by round, which trainings a generation gets.

    A race without fresh entrants is the last one of a search, after its generations.

    A round is decided after the one before has finished whole, from what its trainings came to
    and nothing else: so neither the number of workers nor an interruption changes what is
    trained. An entrant gets its seeds in their order, without a gap. One that has failed too
    often (`give_up_after`) gets no more, whatever is ordered.
    """

    equal_seeds: bool
    """Whether a candidate is measured by all seeds: those it did not get count as the ceiling."""

    def most(self, fresh: int) -> int:
        """Return how many trainings a race with so many fresh entrants may take."""

    def decide(self, generation: int, number: int, entrants: Sequence[Entrant]) -> list[Order]:
        """Return the trainings of round `number`, from 0; none where the race is over."""


@final
class FixedRacing:
    """The first seed for all, then all seeds for the best part by the first.

    Args:
        settings: what part is promoted.
        seeds: how many trainings a promoted candidate gets.
        seed: of the search; not needed here.
    """

    equal_seeds = True

    def __init__(self, settings: SearchSettings, seeds: int, seed: int) -> None:
        self._promoted = settings.promoted
        self._seeds = seeds

    def most(self, fresh: int) -> int:
        """Return one training for each, and the others of the promoted ones."""
        return fresh + self._promoted_count(fresh) * (self._seeds - 1)

    def decide(self, generation: int, number: int, entrants: Sequence[Entrant]) -> list[Order]:
        """Return the first seed of all, then the other seeds of the best."""
        fresh = [index for index, entrant in enumerate(entrants) if entrant.fresh]
        if number == 0:
            return [Order(index, 0) for index in fresh]
        if number > 1:
            return []
        order = sorted(fresh, key=lambda i: (entrants[i].ruled_out, entrants[i].values[0], i))
        chosen = sorted(order[: self._promoted_count(len(fresh))])
        return [Order(index, seed) for index in chosen for seed in range(1, self._seeds)]

    def _promoted_count(self, candidates: int) -> int:
        return math.ceil(self._promoted * candidates)
